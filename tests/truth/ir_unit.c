/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The calls in one unit's code: LLVM's textual IR comes in on standard input, as a stream, and these
 * lines go out, with tabs between columns:
 *
 *	function NAME FILE LINE LINKAGE     each that the unit defines, followed by its calls:
 *	alias    NAME -    -    LINKAGE     another name of one, before those
 *	direct   NAME FILE SITE_FILE LINE   FILE is - where the callee is no static function
 *	pointer  -    -    SITE_FILE LINE
 *	intrinsic NAME -   SITE_FILE LINE   the compiler's own, llvm.NAME
 *	asm      NAME -    SITE_FILE LINE   NAME is what a call instruction in the text names
 *	unreached NAME FILE SITE_FILE LINE  a direct call to which control never comes
 *	refused  NAME -    SITE_FILE LINE   a direct call of a function with the attribute error: it must not stay
 *	end                                 all was read; missing where the compiler failed
 *
 * Names and files of functions are those of the debug information (-gline-tables-only), files absolute.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ir_blocks.h"
#include "ir_line.h"

struct function {
	const char *name; /* in the code */
	int64_t debug;
	enum ir_linkage linkage;
	guint first_call;
};

struct call {
	enum ir_callee kind;
	bool is_unreached;
	guint block;
	const char *name;
	int64_t debug;
};

struct metadata {
	enum { OTHER, SUBPROGRAM, FILE_NAME, LOCATION, SCOPE } kind;
	int64_t file, scope, line;
	const char *text;
};

struct unit {
	GStringChunk *strings;
	GArray *functions, *calls;
	GArray *metadata;     /* by number */
	GHashTable *by_name;  /* name in the code -> index in functions, + 1 */
	GHashTable *declared; /* name -> number of its attributes */
	GHashTable *refusals; /* numbers of attributes */
	struct ir_blocks *blocks; /* of the function that is being read */
};

static const char *const linkages[] = {
	[IR_GLOBAL] = "global",
	[IR_STATIC] = "static",
	[IR_WEAK] = "weak",
	[IR_INLINE] = "inline",
};

static const char *keep(struct unit *u, char *text)
{
	const char *kept = text ? g_string_chunk_insert_const(u->strings, text) : NULL;

	g_free(text);
	return kept;
}

/* ---- reading --------------------------------------------------------------------------------- */

static void read_define(struct unit *u, const char *line)
{
	struct function f = {.debug = ir_line_debug(line), .first_call = u->calls->len};

	f.name = keep(u, ir_line_define(line, &f.linkage));
	if (!f.name)
		return;
	g_array_append_val(u->functions, f);
	g_hash_table_insert(u->by_name, (gpointer)f.name, GUINT_TO_POINTER(u->functions->len));
}

static void read_declare(struct unit *u, const char *line)
{
	int64_t attributes;
	const char *name = keep(u, ir_line_declare(line, &attributes));

	if (name)
		g_hash_table_insert(u->declared, (gpointer)name, GINT_TO_POINTER((int)attributes));
}

/* Not of functions alone; a name that no function has harms nothing. */
static void read_alias(const char *line)
{
	enum ir_linkage linkage;
	g_autofree char *name = ir_line_alias(line, &linkage);

	if (name)
		printf("alias\t%s\t-\t-\t%s\n", name, linkages[linkage]);
}

static void read_attributes(struct unit *u, const char *line)
{
	int64_t refusal = ir_line_refusal(line);

	if (refusal >= 0)
		g_hash_table_add(u->refusals, GINT_TO_POINTER((int)refusal));
}

/* "call f", "callq %P0": what is called; NULL where the text calls nothing by a name. */
static char *called_in_asm(const char *text)
{
	const char *p = strstr(text, "call"), *from;

	if (!p || (p > text && g_ascii_isalnum(p[-1])))
		return NULL;
	p += p[4] == 'q' ? 5 : 4;
	if (*p != ' ' && !g_str_has_prefix(p, "\\09"))
		return NULL;
	p += *p == ' ' ? 1 : 3;
	for (from = p; *p && *p != ' ' && *p != '\\' && *p != '"' && *p != ';'; p++)
		;
	return p > from ? g_strndup(from, p - from) : NULL;
}

static void read_call(struct unit *u, const char *line, guint block)
{
	g_autofree char *name = NULL;
	struct call c = {.kind = ir_line_call(line, &name), .block = block};

	if (c.kind == IR_NO_CALL || !u->functions->len)
		return;
	if (c.kind == IR_ASM) {
		char *called = called_in_asm(name);

		g_free(name);
		name = called;
		if (!name)
			return;
	}
	c.name = keep(u, g_steal_pointer(&name));
	c.debug = ir_line_debug(line);
	g_array_append_val(u->calls, c);
}

static void end_function(struct unit *u)
{
	const bool *reached = ir_blocks_reached(u->blocks);
	guint i;

	if (!u->functions->len)
		return;
	for (i = g_array_index(u->functions, struct function, u->functions->len - 1).first_call;
	     i < u->calls->len; i++) {
		struct call *c = &g_array_index(u->calls, struct call, i);

		c->is_unreached = !reached[c->block];
	}
}

static char *file_of(const char *members)
{
	g_autofree char *name = ir_member_text(members, "filename");
	g_autofree char *directory = ir_member_text(members, "directory");

	return name ? g_canonicalize_filename(name, directory && *directory ? directory : "/") : NULL;
}

static void read_metadata(struct unit *u, const char *line)
{
	const char *kind, *members;
	int64_t number = ir_line_metadata(line, &kind, &members);
	struct metadata m = {.kind = OTHER};

	if (number < 0)
		return;
	if (g_str_has_prefix(kind, "File("))
		m = (struct metadata){FILE_NAME, -1, -1, -1, keep(u, file_of(members))};
	else if (g_str_has_prefix(kind, "Subprogram("))
		m = (struct metadata){SUBPROGRAM, ir_member_number(members, "file"), -1,
				      ir_member_number(members, "line"),
				      keep(u, ir_member_text(members, "name"))};
	else if (g_str_has_prefix(kind, "Location("))
		m = (struct metadata){LOCATION, -1, ir_member_number(members, "scope"),
				      ir_member_number(members, "line"), NULL};
	else if (g_str_has_prefix(kind, "LexicalBlock"))
		m = (struct metadata){SCOPE, ir_member_number(members, "file"), -1, -1, NULL};
	if (number >= u->metadata->len)
		g_array_set_size(u->metadata, number + 1);
	g_array_index(u->metadata, struct metadata, number) = m;
}

static bool read_code(struct unit *u, FILE *in)
{
	char *line = NULL;
	size_t room = 0;
	bool is_in_body = false, is_broken = false;

	while (getline(&line, &room, in) > 0) {
		if (g_str_has_prefix(line, "define ")) {
			read_define(u, line);
			ir_blocks_begin(u->blocks);
			is_in_body = true;
		} else if (is_in_body && line[0] == '}') {
			end_function(u);
			is_in_body = false;
		} else if (is_in_body) {
			read_call(u, line, ir_blocks_line(u->blocks, line));
		} else if (line[0] == '@') {
			read_alias(line);
		} else if (g_str_has_prefix(line, "declare ")) {
			read_declare(u, line);
		} else if (g_str_has_prefix(line, "attributes #")) {
			read_attributes(u, line);
		} else if (g_str_has_prefix(line, "!broken")) { /* ir.sh: the compiler failed */
			is_broken = true;
		} else if (line[0] == '!') {
			read_metadata(u, line);
		}
	}
	free(line);
	return !is_broken && !ferror(in);
}

/* ---- writing --------------------------------------------------------------------------------- */

static const struct metadata *metadata_at(const struct unit *u, int64_t number)
{
	static const struct metadata none = {.kind = OTHER, .file = -1, .scope = -1, .line = -1};

	return number < 0 || number >= u->metadata->len
		       ? &none
		       : &g_array_index(u->metadata, struct metadata, number);
}

static const char *or_dash(const char *text)
{
	return text ? text : "-";
}

static const char *source_name(const struct unit *u, const struct function *f)
{
	const struct metadata *m = metadata_at(u, f->debug);

	return m->kind == SUBPROGRAM && m->text ? m->text : f->name;
}

static const char *source_file(const struct unit *u, const struct function *f)
{
	return or_dash(metadata_at(u, metadata_at(u, f->debug)->file)->text);
}

static bool is_refused(const struct unit *u, const struct call *c)
{
	gpointer attributes;

	return c->kind == IR_DIRECT && g_hash_table_lookup_extended(u->declared, c->name, NULL, &attributes) &&
	       g_hash_table_contains(u->refusals, attributes);
}

static void write_call(const struct unit *u, const struct call *c)
{
	static const char *const kinds[] = {
		[IR_DIRECT] = "direct",
		[IR_POINTER] = "pointer",
		[IR_INTRINSIC] = "intrinsic",
		[IR_ASM] = "asm",
	};
	const struct metadata *place = metadata_at(u, c->debug);
	const char *kind = c->is_unreached ? "unreached" : is_refused(u, c) ? "refused" : kinds[c->kind];
	const char *site = metadata_at(u, metadata_at(u, place->scope)->file)->text;
	const char *name = or_dash(c->name), *file = "-";
	guint known = c->kind == IR_DIRECT
			      ? GPOINTER_TO_UINT(g_hash_table_lookup(u->by_name, c->name))
			      : 0;

	if (c->is_unreached && c->kind != IR_DIRECT)
		return;
	if (known) {
		const struct function *f = &g_array_index(u->functions, struct function, known - 1);

		name = source_name(u, f);
		if (f->linkage == IR_STATIC)
			file = source_file(u, f);
	}
	printf("%s\t%s\t%s\t%s\t%d\n", kind, name, file, or_dash(site), (int)place->line);
}

static void write_unit(const struct unit *u)
{
	guint i, j;

	for (i = 0; i < u->functions->len; i++) {
		const struct function *f = &g_array_index(u->functions, struct function, i);
		guint end = i + 1 < u->functions->len ? f[1].first_call : u->calls->len;

		printf("function\t%s\t%s\t%d\t%s\n", source_name(u, f), source_file(u, f),
		       (int)metadata_at(u, f->debug)->line, linkages[f->linkage]);
		for (j = f->first_call; j < end; j++)
			write_call(u, &g_array_index(u->calls, struct call, j));
	}
	printf("end\n");
}

int main(void)
{
	struct unit u = {
		.strings = g_string_chunk_new(1 << 16),
		.functions = g_array_new(false, true, sizeof(struct function)),
		.calls = g_array_new(false, true, sizeof(struct call)),
		.metadata = g_array_new(false, true, sizeof(struct metadata)),
		.by_name = g_hash_table_new(g_str_hash, g_str_equal),
		.declared = g_hash_table_new(g_str_hash, g_str_equal),
		.refusals = g_hash_table_new(NULL, NULL),
		.blocks = ir_blocks_new(),
	};

	if (!read_code(&u, stdin))
		return 2;
	write_unit(&u);
	g_string_chunk_free(u.strings);
	g_array_unref(u.functions);
	g_array_unref(u.calls);
	g_array_unref(u.metadata);
	g_hash_table_unref(u.by_name);
	g_hash_table_unref(u.declared);
	g_hash_table_unref(u.refusals);
	ir_blocks_free(u.blocks);
	return fflush(stdout) == 0 ? 0 : 2;
}
