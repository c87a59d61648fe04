/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One unit: parse it, say its entities, hand each body on. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "parse/internal.h"

struct ew_parser *ew_parser_new(const struct ew_parse_options *options)
{
	struct ew_parser *p = g_new0(struct ew_parser, 1);
	int i;

	p->index = clang_createIndex(1, 0); /* 1: what a prefix holds is not shown again */
	/* Or libclang would go on after a crash, with what the crash left of its memory. */
	clang_toggleCrashRecovery(0);
	p->tree = g_canonicalize_filename(options->tree, NULL);
	p->build = options->build ? g_canonicalize_filename(options->build, NULL) : NULL;
	p->said = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, NULL);
	p->states = state_words_new(options->states);
	p->constants = constant_words_new(options->constants);
	p->heads = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	for (i = 0; options->heads && options->heads[i]; i++)
		g_hash_table_add(p->heads, g_strdup(options->heads[i]));
	p->texts = g_hash_table_new_full(g_str_hash, g_str_equal, g_free,
					 (GDestroyNotify)g_bytes_unref);
	p->statics = g_hash_table_new_full(g_str_hash, g_str_equal, g_free,
					   (GDestroyNotify)g_hash_table_unref);
	p->words = g_hash_table_new_full(g_str_hash, g_str_equal, g_free,
					 (GDestroyNotify)g_hash_table_unref);
	return p;
}

void ew_parser_free(struct ew_parser *p)
{
	if (!p)
		return;
	clang_disposeIndex(p->index);
	state_words_free(p->states);
	constant_words_free(p->constants);
	g_hash_table_unref(p->heads);
	g_hash_table_unref(p->said);
	g_hash_table_unref(p->words);
	g_hash_table_unref(p->statics);
	g_hash_table_unref(p->texts);
	g_free(p->tree);
	g_free(p->build);
	g_free(p);
}

char *ew_parse_version(void)
{
	CXString s = clang_getClangVersion();
	char *version = g_strdup(clang_getCString(s));

	clang_disposeString(s);
	return version;
}

/* ---- files and places ------------------------------------------------------------------------ */

static const char *below(const char *path, const char *root)
{
	size_t n = root ? strlen(root) : 0;

	if (!n || strncmp(path, root, n) != 0 || path[n] != '/')
		return NULL;
	return path + n + 1;
}

static struct unit_file *unit_file_of(struct unit *u, CXFile file)
{
	struct unit_file *f = g_hash_table_lookup(u->files, file);
	g_autofree char *absolute = NULL;
	const char *relative;
	CXString name;

	if (f)
		return f;
	f = g_new0(struct unit_file, 1);
	name = clang_getFileName(file);
	absolute = g_canonicalize_filename(clang_getCString(name), NULL);
	clang_disposeString(name);
	relative = below(absolute, u->parser->build);
	if (!relative)
		relative = below(absolute, u->parser->tree);
	f->absolute = intern(u, absolute);
	f->path = relative ? intern(u, relative) : f->absolute;
	f->is_main = clang_File_isEqual(file, u->main_file);
	g_hash_table_insert(u->files, file, f);
	return f;
}

const char *unit_main_path(struct unit *u)
{
	return unit_file_of(u, u->main_file)->path;
}

/* Not by clang_getFileContents(): that looks through every file of the prefix, and so reads them all back. */
static GBytes *text_of(struct ew_parser *p, const char *path)
{
	GBytes *text = g_hash_table_lookup(p->texts, path);
	char *bytes;
	gsize length;

	if (!text && g_file_get_contents(path, &bytes, &length, NULL)) {
		text = g_bytes_new_take(bytes, length);
		g_hash_table_insert(p->texts, g_strdup(path), text);
	}
	return text;
}

/* Many files are included and hold nothing but macros: only what a place is in is read. */
static const struct unit_file *with_text(struct unit *u, struct unit_file *f)
{
	GBytes *text = f->is_read ? NULL : text_of(u->parser, f->absolute);

	f->is_read = true;
	if (text)
		f->text = g_bytes_get_data(text, &f->length);
	return f;
}

struct unit_place unit_place_of(struct unit *u, CXSourceLocation location)
{
	struct unit_place p = {0};
	CXFile file, spelling_file;
	unsigned line, column, spelling_offset;

	clang_getFileLocation(location, &file, &line, &column, &p.offset);
	if (!file)
		return p;
	p.file = with_text(u, unit_file_of(u, file));
	p.place = (struct ew_place){p.file->path, line, column};
	clang_getSpellingLocation(location, &spelling_file, NULL, NULL, &spelling_offset);
	p.is_macro_body = spelling_file != file || spelling_offset != p.offset;
	return p;
}

/* Where its first token is written; NULL if that is in no file. */
static const struct unit_file *spelled_in(struct unit *u, CXCursor c, unsigned *offset)
{
	const struct unit_file *f;
	CXFile file;

	clang_getSpellingLocation(clang_getRangeStart(clang_getCursorExtent(c)), &file, NULL, NULL,
				  offset);
	f = file ? with_text(u, unit_file_of(u, file)) : NULL;
	return f && f->text && *offset < f->length ? f : NULL;
}

const char *unit_spelling(struct unit *u, CXCursor c, size_t *length)
{
	unsigned offset;
	const struct unit_file *f = spelled_in(u, c, &offset);

	if (!f)
		return NULL;
	*length = f->length - offset;
	return f->text + offset;
}

const char *unit_text_before(struct unit *u, CXCursor c, size_t *length)
{
	unsigned offset;
	const struct unit_file *f = spelled_in(u, c, &offset);

	if (!f)
		return NULL;
	*length = offset;
	return f->text;
}

/* A macro's body is placed where the macro is expanded, and there stands its name. */
const char *macro_name_at(struct unit *u, const struct unit_place *p)
{
	size_t end;
	g_autofree char *name = NULL;

	if (!p->is_macro_body || !p->file || !p->file->text || p->offset >= p->file->length)
		return NULL;
	for (end = p->offset; end < p->file->length; end++)
		if (!g_ascii_isalnum(p->file->text[end]) && p->file->text[end] != '_')
			break;
	if (end == p->offset)
		return NULL;
	name = g_strndup(p->file->text + p->offset, end - p->offset);
	return intern(u, name);
}

unsigned macro_call_end(const struct unit_place *p, int *line, int *column)
{
	const char *text = p->file->text;
	size_t at = p->offset, length = p->file->length, end;
	int depth = 0;

	while (at < length && (g_ascii_isalnum(text[at]) || text[at] == '_'))
		at++;
	for (end = at; end < length && g_ascii_isspace(text[end]); end++)
		;
	if (end < length && text[end] == '(') {
		do {
			depth += text[end] == '(' ? 1 : text[end] == ')' ? -1 : 0;
			end++;
		} while (depth && end < length);
		at = end;
	}
	for (end = p->offset; end < at; end++) {
		*column = text[end] == '\n' ? 1 : *column + 1;
		*line += text[end] == '\n';
	}
	return at;
}

/* ---- children -------------------------------------------------------------------------------- */

static enum CXChildVisitResult push_child(CXCursor child, CXCursor parent, CXClientData data)
{
	g_array_append_val((GArray *)data, child);
	return CXChildVisit_Continue;
}

unsigned children_of(struct unit *u, CXCursor cursor, unsigned *first)
{
	*first = u->cursors->len;
	clang_visitChildren(cursor, push_child, u->cursors);
	return u->cursors->len - *first;
}

CXCursor child_at(struct unit *u, unsigned index)
{
	return g_array_index(u->cursors, CXCursor, index);
}

void drop_children(struct unit *u, unsigned first)
{
	g_array_set_size(u->cursors, first);
}

/* ---- entities -------------------------------------------------------------------------------- */

/*
 * Whether a header's entity was said before by this parser; it counts as said from now on. One place
 * may define several (a macro that defines a family of functions), so the name is part of it.
 */
static bool was_said(struct unit *u, const struct unit_place *p, const char *key)
{
	int64_t *id = g_new(int64_t, 1);

	*id = (uint64_t)g_str_hash(key) << 32 ^ (uint64_t)g_str_hash(p->place.file) << 12 ^ p->offset;
	if (g_hash_table_contains(u->parser->said, id)) {
		g_free(id);
		return true;
	}
	g_hash_table_add(u->parser->said, id);
	return false;
}

static int end_line_of(CXCursor cursor)
{
	unsigned line;

	clang_getFileLocation(clang_getRangeEnd(clang_getCursorExtent(cursor)), NULL, &line, NULL,
			      NULL);
	return line;
}

static enum ew_linkage linkage_of(CXCursor decl)
{
	return clang_getCursorLinkage(decl) == CXLinkage_External ? EW_LINKAGE_EXTERNAL
								  : EW_LINKAGE_STATIC;
}

static CXType canonical_type(CXCursor decl)
{
	return clang_getCanonicalType(clang_getCursorType(decl));
}

/* `alias`: the function that it is another name of, or NULL. */
static void say_function(struct unit *u, CXCursor decl, const char *alias)
{
	struct unit_place p = unit_place_of(u, clang_getCursorLocation(decl));
	struct ew_fact_function f = {
		.key = function_key(u, decl),
		.name = intern_cx(u, clang_getCursorSpelling(decl)),
		.place = p.place,
		.end_line = end_line_of(decl),
		.linkage = linkage_of(decl),
		.is_inline = clang_Cursor_isFunctionInlined(decl),
	};

	if (!p.file || (!p.file->is_main && was_said(u, &p, f.key)))
		return;
	f.is_weak = gives_way(u, decl);
	f.signature = intern_cx(u, clang_getTypeSpelling(canonical_type(decl)));
	if (!u->sink->function(u->sink->data, &f))
		return;
	if (alias)
		say_alias_body(u, decl, f.key, alias);
	else
		say_body(u, decl, f.key);
	if (u->sink->end_function)
		u->sink->end_function(u->sink->data);
}

/* What EXPORT_SYMBOL leaves behind so that the linker keeps the symbol; nobody calls it. But what a module begins and
 * ends with is called by its name. */
static bool is_left_for_linker(const char *variable)
{
	static const char beginning[] = "__UNIQUE_ID___addressable_";
	const char *symbol = variable + strlen(beginning);

	return g_str_has_prefix(variable, beginning) && !g_str_has_prefix(symbol, "init_module") &&
	       !g_str_has_prefix(symbol, "cleanup_module");
}

static void say_variable(struct unit *u, CXCursor decl)
{
	struct unit_place p = unit_place_of(u, clang_getCursorLocation(decl));
	struct flow_context context = {NULL, -1};
	CXCursor init = clang_Cursor_getVarDeclInitializer(decl);
	g_autofree char *name = NULL;
	struct ew_fact_variable v = {
		.key = variable_key(u, decl),
		.name = intern_cx(u, clang_getCursorSpelling(decl)),
		.place = p.place,
		.end_line = end_line_of(decl),
		.linkage = linkage_of(decl),
	};
	struct ew_ref target = {.kind = EW_NODE_VARIABLE, .key = v.key};

	if (!p.file || (!p.file->is_main && was_said(u, &p, v.key)))
		return;
	if (is_left_for_linker(v.name))
		return;
	name = lasting_name(v.name);
	v.name = intern(u, name);
	v.type = intern_cx(u, clang_getTypeSpelling(clang_getCursorType(decl)));
	u->sink->variable(u->sink->data, &v);
	if (!clang_Cursor_isNull(init))
		say_initialiser(u, &context, &target, clang_getCursorType(decl), init);
	say_section(u, decl, init);
}

static void say_record(struct unit *u, CXCursor decl)
{
	struct unit_place p = unit_place_of(u, clang_getCursorLocation(decl));
	struct ew_fact_record r = {
		.key = record_key(u, decl),
		.name = record_name(u, decl),
		.keyword = clang_getCursorKind(decl) == CXCursor_UnionDecl ? "union" : "struct",
		.place = p.place,
		.end_line = end_line_of(decl),
	};

	if (!p.file || (!p.file->is_main && was_said(u, &p, r.key)))
		return;
	u->sink->record(u->sink->data, &r);
	say_members(u, decl, r.key);
	say_shares(u, decl, r.key);
}

static enum CXChildVisitResult say_nested_record(CXCursor child, CXCursor parent, CXClientData data)
{
	enum CXCursorKind kind = clang_getCursorKind(child);

	if (kind != CXCursor_StructDecl && kind != CXCursor_UnionDecl)
		return CXChildVisit_Continue;
	if (!is_nameless(child) && clang_isCursorDefinition(child))
		say_record(data, child);
	return CXChildVisit_Recurse;
}

/* The headers hold tens of thousands of declarations: look at the kind first, all else costs. */
static enum CXChildVisitResult say_top(CXCursor child, CXCursor parent, CXClientData data)
{
	struct unit *u = data;
	const char *alias;

	switch ((int)clang_getCursorKind(child)) {
	case CXCursor_FunctionDecl:
		if (clang_isCursorDefinition(child))
			say_function(u, child, NULL);
		else if ((alias = alias_key(u, child)))
			say_function(u, child, alias);
		break;
	case CXCursor_VarDecl:
		if (clang_isCursorDefinition(child) ||
		    !clang_Cursor_isNull(clang_Cursor_getVarDeclInitializer(child)))
			say_variable(u, child);
		break;
	case CXCursor_UnexposedDecl:
		say_assembly(u, child);
		break;
	case CXCursor_StructDecl:
	case CXCursor_UnionDecl:
		if (clang_isCursorDefinition(child)) {
			say_record(u, child);
			clang_visitChildren(child, say_nested_record, u);
		}
		break;
	default:
		break;
	}
	return CXChildVisit_Continue;
}

/* ---- one unit -------------------------------------------------------------------------------- */

static void say_file(CXFile file, CXSourceLocation *stack, unsigned depth, CXClientData data)
{
	struct unit *u = data;
	const struct unit_file *f = unit_file_of(u, file);

	if (!u->is_prefix || !f->is_main)
		u->sink->file(u->sink->data, f->path);
}

static void say_diagnostics(struct unit *u)
{
	unsigned n = clang_getNumDiagnostics(u->tu), i;

	for (i = 0; i < n; i++) {
		CXDiagnostic d = clang_getDiagnostic(u->tu, i);

		if (clang_getDiagnosticSeverity(d) >= CXDiagnostic_Error) {
			struct unit_place p = unit_place_of(u, clang_getDiagnosticLocation(d));
			CXString text = clang_getDiagnosticSpelling(d);

			u->result->errors++;
			u->sink->diagnostic(u->sink->data, &p.place, clang_getCString(text));
			clang_disposeString(text);
		}
		clang_disposeDiagnostic(d);
	}
}

void say_entities(struct unit *u)
{
	clang_getInclusions(u->tu, say_file, u);
	clang_visitChildren(clang_getTranslationUnitCursor(u->tu), say_top, u);
}

static const char *reason_of(enum CXErrorCode code)
{
	switch (code) {
	case CXError_Crashed:
		return "libclang crashed";
	case CXError_ASTReadError:
		return "libclang could not read its own output";
	case CXError_InvalidArguments:
		return "libclang refused the arguments";
	default:
		return "libclang could not parse it";
	}
}

/* Warnings do not matter here; errors do, all of them. */
static GPtrArray *full_arguments(const struct ew_parse_unit *unit,
				 const struct ew_parse_prefix *prefix)
{
	GPtrArray *argv = g_ptr_array_new_with_free_func(g_free);
	int i;

	if (prefix)
		prefix_add_arguments(argv, prefix);
	for (i = 0; unit->argv[i]; i++)
		g_ptr_array_add(argv, g_strdup(unit->argv[i]));
	g_ptr_array_add(argv, g_strdup("-w"));
	g_ptr_array_add(argv, g_strdup("-ferror-limit=0"));
	return argv;
}

static bool can_be_read(const struct ew_parse_unit *unit, GError **error)
{
	if (unit->directory && chdir(unit->directory) < 0) {
		g_set_error(error, EW_ERROR, EW_ERROR_INPUT, "%s: no directory %s to compile it in",
			    unit->file, unit->directory);
		return false;
	}
	if (access(unit->file, R_OK) == 0)
		return true;
	g_set_error(error, EW_ERROR, EW_ERROR_INPUT, "%s: %s", unit->file, g_strerror(errno));
	return false;
}

static CXTranslationUnit read_unit(struct ew_parser *p, const struct ew_parse_unit *unit,
				   const struct ew_parse_prefix *prefix, GError **error)
{
	g_autoptr(GPtrArray) argv = full_arguments(unit, prefix);
	CXTranslationUnit tu = NULL;
	enum CXErrorCode code = clang_parseTranslationUnit2(
		p->index, unit->file, (const char *const *)argv->pdata, argv->len, NULL, 0,
		CXTranslationUnit_KeepGoing, &tu);

	if (code == CXError_Success)
		return tu;
	g_set_error(error, EW_ERROR, EW_ERROR_INPUT, "%s: %s", unit->file, reason_of(code));
	return NULL;
}

int count_errors(CXTranslationUnit tu)
{
	unsigned n = clang_getNumDiagnostics(tu), i;
	int errors = 0;

	for (i = 0; i < n; i++) {
		CXDiagnostic d = clang_getDiagnostic(tu, i);

		errors += clang_getDiagnosticSeverity(d) >= CXDiagnostic_Error;
		clang_disposeDiagnostic(d);
	}
	return errors;
}

/* Behind the first prefix where that goes without an error, else as it stands. */
static CXTranslationUnit read_best(struct ew_parser *p, const struct ew_parse_unit *unit,
				   struct ew_parse_result *result, GError **error)
{
	int i;

	for (i = 0; unit->prefixes && unit->prefixes[i]; i++) {
		const struct ew_parse_prefix *prefix = unit->prefixes[i];
		CXTranslationUnit tu;

		if (!prefix_fits(p, unit, prefix))
			continue;
		tu = read_unit(p, unit, prefix, NULL);
		if (tu && !count_errors(tu)) {
			result->prefix = i;
			return tu;
		}
		if (tu)
			clang_disposeTranslationUnit(tu);
	}
	return read_unit(p, unit, NULL, error);
}

void unit_open(struct unit *u, const char *main_file)
{
	u->main_file = clang_getFile(u->tu, main_file);
	u->strings = g_string_chunk_new(64 * 1024);
	u->files = g_hash_table_new_full(NULL, NULL, NULL, g_free);
	u->keys = g_hash_table_new(NULL, NULL);
	u->calls = g_hash_table_new(NULL, NULL);
	u->names = g_hash_table_new(NULL, NULL);
	u->relevant = g_hash_table_new(NULL, NULL);
	u->cursors = g_array_sized_new(false, false, sizeof(CXCursor), 4096);
}

void unit_close(struct unit *u)
{
	g_array_unref(u->cursors);
	g_hash_table_unref(u->relevant);
	g_hash_table_unref(u->names);
	if (u->statics)
		g_hash_table_unref(u->statics);
	g_hash_table_unref(u->keys);
	g_hash_table_unref(u->calls);
	g_hash_table_unref(u->files);
	g_string_chunk_free(u->strings);
	clang_disposeTranslationUnit(u->tu);
}

bool ew_parse_unit(struct ew_parser *p, const struct ew_parse_unit *unit, const struct ew_sink *sink,
		   struct ew_parse_result *result, GError **error)
{
	struct unit u = {.parser = p, .sink = sink, .result = result};

	*result = (struct ew_parse_result){.prefix = -1};
	if (!can_be_read(unit, error))
		return false;
	u.tu = read_best(p, unit, result, error);
	if (!u.tu)
		return false;
	if (result->prefix >= 0)
		u.prefix = unit->prefixes[result->prefix]->path;
	unit_open(&u, unit->file);
	say_entities(&u);
	say_diagnostics(&u);
	unit_close(&u);
	g_hash_table_remove(p->texts, unit->file);
	return true;
}
