/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Variables that are cleaned up: T x __attribute__((cleanup(f))) calls f(&x) where the block ends that it
 * stands in, the last one first. In a kernel they are behind guard(), scoped_guard(), CLASS() and __free().
 *
 * libclang shows that there is an attribute, and which one in print only; so the function is looked up by its
 * name. Of a unit behind a prefix, libclang lists only what the unit itself declares: which static functions
 * the prefix has stands in a file beside it.
 */
#include <string.h>

#include "parse/body.h"

struct cleanup {
	const char *callee;
	struct unit_place place;
	int condition;
	bool is_dead;
};

/* ---- which function -------------------------------------------------------------------------- */

static enum CXChildVisitResult find_attribute(CXCursor child, CXCursor parent, CXClientData data)
{
	if (clang_getCursorKind(child) != CXCursor_UnexposedAttr)
		return CXChildVisit_Continue;
	*(bool *)data = true;
	return CXChildVisit_Break;
}

/* The name in cleanup(name), NULL where there is none; the caller frees it. */
static char *cleanup_name(CXCursor variable)
{
	bool has_attribute = false;
	CXPrintingPolicy policy;
	const char *from;
	char *name = NULL;
	CXString print;

	clang_visitChildren(variable, find_attribute, &has_attribute);
	if (!has_attribute)
		return NULL;
	policy = clang_getCursorPrintingPolicy(variable);
	clang_PrintingPolicy_setProperty(policy, CXPrintingPolicy_SuppressInitializers, 1);
	print = clang_getCursorPrettyPrinted(variable, policy);
	from = clang_getCString(print);
	from = from ? strstr(from, "cleanup(") : NULL;
	if (from) {
		from += strlen("cleanup(");
		name = g_strndup(from, strcspn(from, ")"));
	}
	clang_disposeString(print);
	clang_PrintingPolicy_dispose(policy);
	return name;
}

static enum CXChildVisitResult note_function(CXCursor child, CXCursor parent, CXClientData data)
{
	struct unit *u = data;

	if (clang_getCursorKind(child) == CXCursor_FunctionDecl &&
	    clang_getCursorLinkage(child) == CXLinkage_Internal && clang_Cursor_getNumArguments(child) == 1)
		g_hash_table_insert(u->statics, (gpointer)intern_cx(u, clang_getCursorSpelling(child)),
				    (gpointer)function_key(u, child));
	return CXChildVisit_Continue;
}

/* Name -> key of the static functions with one parameter that the unit declares itself. */
static GHashTable *statics_of_unit(struct unit *u)
{
	if (!u->statics) {
		u->statics = g_hash_table_new(g_str_hash, g_str_equal);
		clang_visitChildren(clang_getTranslationUnitCursor(u->tu), note_function, u);
	}
	return u->statics;
}

/* A prefix's file: a line for each, "name<tab>key". */
bool cleanup_write_statics(struct unit *u, const char *prefix, GError **error)
{
	g_autofree char *path = g_strconcat(prefix, ".statics", NULL);
	g_autoptr(GString) text = g_string_new(NULL);
	gpointer name, key;
	GHashTableIter i;

	g_hash_table_iter_init(&i, statics_of_unit(u));
	while (g_hash_table_iter_next(&i, &name, &key))
		g_string_append_printf(text, "%s\t%s\n", (char *)name, (char *)key);
	return g_file_set_contents(path, text->str, text->len, error);
}

static GHashTable *statics_of_prefix(struct ew_parser *p, const char *prefix)
{
	GHashTable *statics = g_hash_table_lookup(p->statics, prefix);
	g_autofree char *path = NULL, *text = NULL;
	char *line, *end, *tab;

	if (statics)
		return statics;
	statics = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
	g_hash_table_insert(p->statics, g_strdup(prefix), statics);
	path = g_strconcat(prefix, ".statics", NULL);
	if (!g_file_get_contents(path, &text, NULL, NULL))
		return statics;
	for (line = text; (end = strchr(line, '\n')); line = end + 1) {
		*end = '\0';
		tab = strchr(line, '\t');
		if (tab)
			g_hash_table_insert(statics, g_strndup(line, tab - line), g_strdup(tab + 1));
	}
	return statics;
}

/* What no static function is called is a function of the linker's. */
static const char *cleanup_key(struct unit *u, CXCursor variable)
{
	g_autofree char *name = cleanup_name(variable);
	const char *key;

	if (!name)
		return NULL;
	key = g_hash_table_lookup(statics_of_unit(u), name);
	if (!key && u->prefix)
		key = g_hash_table_lookup(statics_of_prefix(u->parser, u->prefix), name);
	return intern(u, key ? key : name);
}

/* ---- when it is called ----------------------------------------------------------------------- */

void note_cleanup(struct body *b, CXCursor variable)
{
	struct unit *u = b->unit;
	struct cleanup c = {.callee = cleanup_key(u, variable), .is_dead = is_dead_here(b)};

	if (!c.callee)
		return;
	c.place = unit_place_of(u, clang_getCursorLocation(variable));
	c.condition = say_conditions(b);
	if (!b->cleanups)
		b->cleanups = g_array_new(false, false, sizeof(struct cleanup));
	g_array_append_val(b->cleanups, c);
}

guint open_cleanups(const struct body *b)
{
	return b->cleanups ? b->cleanups->len : 0;
}

/* The place is the variable's: at the end of the block, a reader would find a brace. */
void say_cleanups(struct body *b, guint depth)
{
	struct unit *u = b->unit;

	while (open_cleanups(b) > depth) {
		struct cleanup *c = &g_array_index(b->cleanups, struct cleanup, b->cleanups->len - 1);
		struct ew_fact_call call = {
			.caller = b->key,
			.ordinal = b->calls++,
			.callee = c->callee,
			.place = c->place.place,
			.macro = macro_name_at(u, &c->place),
			.condition = c->condition,
			.is_dead = c->is_dead,
		};

		u->sink->call(u->sink->data, &call);
		g_array_set_size(b->cleanups, b->cleanups->len - 1);
	}
}
