/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Keys: the names by which entities of different units are known to be the same (fact.h).
 *
 * libclang's own USR is not used: for a static function it holds only the base name of the file, so
 * that two static functions in inode.c of two directories would become one.
 */
#include <string.h>

#include "parse/internal.h"

const char *intern(struct unit *u, const char *s)
{
	return g_string_chunk_insert_const(u->strings, s);
}

const char *intern_cx(struct unit *u, CXString s)
{
	const char *text = clang_getCString(s);
	const char *kept = intern(u, text ? text : "");

	clang_disposeString(s);
	return kept;
}

void set_decl_key(struct unit *u, CXCursor decl, const char *key)
{
	g_hash_table_insert(u->keys, (gpointer)decl.data[0], (gpointer)key);
}

static const char *known_key(struct unit *u, CXCursor decl)
{
	return g_hash_table_lookup(u->keys, decl.data[0]);
}

static const char *keep_key(struct unit *u, CXCursor decl, char *key)
{
	const char *kept = intern(u, key);

	g_free(key);
	set_decl_key(u, decl, kept);
	return kept;
}

/* What is static in a source that a unit includes is another thing in each unit that does. */
static char *static_key(struct unit *u, CXCursor decl, const char *name)
{
	struct unit_place p = unit_place_of(u, clang_getCursorLocation(decl));

	if (!p.file || p.file->is_main || !g_str_has_suffix(p.place.file, ".c"))
		return g_strdup_printf("%s:%s", p.place.file, name);
	return g_strdup_printf("%s|%s:%s", unit_main_path(u), p.place.file, name);
}

static char *name_of(CXCursor decl)
{
	CXString s = clang_getCursorSpelling(decl);
	char *name = g_strdup(clang_getCString(s));

	clang_disposeString(s);
	return name ? name : g_strdup("");
}

static enum CXChildVisitResult find_label(CXCursor child, CXCursor parent, CXClientData data)
{
	if (clang_getCursorKind(child) != CXCursor_AsmLabelAttr)
		return CXChildVisit_Continue;
	*(bool *)data = true;
	return CXChildVisit_Break;
}

/* The name that the linker sees: f() __asm__("g") is g. A body to be inlined that is overloadable has one of its own,
 * beside the function of its name. */
static char *symbol_of(struct unit *u, CXCursor decl, const char *name)
{
	bool is_labelled = false;
	const char *label;
	CXString s;
	char *symbol;

	clang_visitChildren(decl, find_label, &is_labelled);
	if (!is_labelled && !is_inline_body(u, decl))
		return g_strdup(name);
	s = clang_Cursor_getMangling(decl);
	label = clang_getCString(s);
	symbol = g_strdup(label && *label == '\001' ? label + 1 : label && *label ? label : name);
	clang_disposeString(s);
	return symbol;
}

/* Functions of the C library that no kernel has are not here. */
const char *library_function(const char *name)
{
	static const char *const names[] = {
		"bcmp",	  "memchr",  "memcmp",	    "memcpy", "memmove", "memset",  "snprintf",	   "sprintf",
		"stpcpy", "strcasecmp", "strcat",  "strchr", "strcmp",	"strcpy",  "strcspn",	   "strlen",
		"strncasecmp", "strncat", "strncmp", "strncpy", "strnlen", "strpbrk", "strrchr", "strspn",
		"strstr", "vsnprintf", "vsprintf",
	};
	const char *rest = name;
	guint i;

	if (g_str_has_prefix(name, "__builtin_"))
		rest += strlen("__builtin_");
	for (i = 0; i < G_N_ELEMENTS(names); i++)
		if (!strcmp(rest, names[i]))
			return rest;
	return NULL;
}

/* A static function is named with the file of its definition, where the unit has one. */
const char *function_key(struct unit *u, CXCursor decl)
{
	const char *known = known_key(u, decl);
	g_autofree char *name = NULL;
	CXCursor definition;

	if (known)
		return known;
	name = name_of(decl);
	if (g_str_has_prefix(name, "__builtin_") && library_function(name)) /* the kernel's own, then */
		return keep_key(u, decl, g_strdup(library_function(name)));
	if (clang_getCursorLinkage(decl) != CXLinkage_Internal)
		return keep_key(u, decl, symbol_of(u, decl, name));
	definition = clang_getCursorDefinition(decl);
	if (clang_Cursor_isNull(definition))
		definition = decl;
	return keep_key(u, decl, static_key(u, definition, name));
}

/*
 * The kernel's __UNIQUE_ID() ends a name with a count that every header before it raises: the same place
 * has another name in the next unit. Without the count the name lasts.
 */
char *lasting_name(const char *name)
{
	size_t n = strlen(name);

	if (g_str_has_prefix(name, "__UNIQUE_ID_"))
		while (n && g_ascii_isdigit(name[n - 1]))
			n--;
	return g_strndup(name, n);
}

/* What tells two of one lasting name apart. */
static char *name_in_file(struct unit *u, CXCursor decl, const char *name)
{
	g_autofree char *lasting = lasting_name(name);

	if (!strcmp(lasting, name))
		return g_steal_pointer(&lasting);
	return g_strdup_printf("%s@%u", lasting,
			       unit_place_of(u, clang_getCursorLocation(decl)).offset);
}

/* A global; a static local counts as one, named with its function. Locals proper and parameters got
 * their keys when their function's body was entered. */
const char *variable_key(struct unit *u, CXCursor decl)
{
	const char *known = known_key(u, decl);
	g_autofree char *spelling = NULL, *name = NULL;
	CXCursor parent;

	if (known)
		return known;
	spelling = name_of(decl);
	name = name_in_file(u, decl, spelling);
	if (clang_getCursorLinkage(decl) == CXLinkage_External)
		return keep_key(u, decl, g_strdup(name));
	parent = clang_getCursorSemanticParent(decl);
	if (clang_getCursorKind(parent) == CXCursor_FunctionDecl) {
		g_autofree char *function = name_of(parent);

		g_autofree char *inner = g_strconcat(function, ".", name, NULL);

		return keep_key(u, decl, static_key(u, decl, inner));
	}
	return keep_key(u, decl, static_key(u, decl, name));
}

bool is_nameless(CXCursor decl)
{
	CXString s = clang_getCursorSpelling(decl);
	const char *name = clang_getCString(s);
	bool answer = !name || !*name || strchr(name, '(') || strchr(name, ' ');

	clang_disposeString(s);
	return answer;
}

static bool is_record(CXCursor decl)
{
	enum CXCursorKind kind = clang_getCursorKind(decl);

	return kind == CXCursor_StructDecl || kind == CXCursor_UnionDecl;
}

/* The record that readers would name: out of anonymous and unnamed members, to the outermost one. */
static CXCursor named_record(CXCursor decl)
{
	while (is_nameless(decl)) {
		CXCursor parent = clang_getCursorSemanticParent(decl);

		if (!is_record(parent))
			break;
		decl = parent;
	}
	return decl;
}

/* The name of a typedef of an unnamed record stands in its type. */
const char *record_name(struct unit *u, CXCursor decl)
{
	const char *known;
	CXCursor named = named_record(decl);
	const char *name;

	known = g_hash_table_lookup(u->names, named.data[0]);
	if (known)
		return known;
	name = intern_cx(u, clang_getCursorSpelling(named));
	if (is_nameless(named)) {
		name = intern_cx(u, clang_getTypeSpelling(clang_getCursorType(named)));
		if (strchr(name, '('))
			name = "(unnamed)";
	}
	g_hash_table_insert(u->names, (gpointer)named.data[0], (gpointer)name);
	return name;
}

const char *record_key(struct unit *u, CXCursor decl)
{
	CXCursor named = named_record(decl);
	const char *known = known_key(u, named);
	struct unit_place p;
	CXCursor definition;

	if (known)
		return known;
	definition = clang_getCursorDefinition(named);
	p = unit_place_of(u, clang_getCursorLocation(
				     clang_Cursor_isNull(definition) ? named : definition));
	return keep_key(u, named, g_strdup_printf("%s@%s:%d", record_name(u, named), p.place.file,
						  p.place.line));
}

/*
 * A field belongs to the outermost record that has a name. Two members of one name in two unnamed
 * structs inside one record would meet: the line tells them apart.
 */
const char *field_key(struct unit *u, CXCursor decl)
{
	const char *known = known_key(u, decl);
	g_autofree char *member = NULL;
	CXCursor record;

	if (known)
		return known;
	record = clang_getCursorSemanticParent(decl);
	member = name_of(decl);
	if (is_nameless(record) && !clang_Cursor_isAnonymousRecordDecl(record)) {
		struct unit_place p = unit_place_of(u, clang_getCursorLocation(decl));

		return keep_key(u, decl, g_strdup_printf("%s.%s@%d", record_key(u, record), member,
							 p.place.line));
	}
	return keep_key(u, decl, g_strdup_printf("%s.%s", record_key(u, record), member));
}
