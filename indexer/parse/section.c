/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the linker calls together: the addresses of functions that are put into a section of initcalls, by assembly
 * at file level (".section NAME … .long FUNCTION - .") or as a variable of that section. The section is told as a
 * variable that they flow into, "section .initcall6.init".
 */
#include <string.h>

#include "parse/internal.h"

#define NAME_CHARACTERS G_CSET_A_2_Z G_CSET_a_2_z G_CSET_DIGITS "_.$"

/* Other sections hold exports, alternatives, tables of exceptions: nobody calls what is named there. */
static char *section_named_at(const char *text)
{
	g_autofree char *name = g_strndup(text, strspn(text, NAME_CHARACTERS));

	return strstr(name, "initcall") ? g_strconcat("section ", name, NULL) : NULL;
}

static void say(struct unit *u, CXCursor at, const char *section, const struct ew_ref *function)
{
	struct flow_context context = {NULL, -1};
	struct ew_ref to = {.kind = EW_NODE_VARIABLE, .key = intern(u, section)};

	say_flow(u, &context, &to, function, at, EW_FLOW_INITIALISER);
}

/* The word after ".long" and its kin, in print: a line ends with \n there. */
static char *address_in(const char *assembly)
{
	static const char *const directives[] = {".long", ".quad", ".balign 8; .quad"};
	guint i;

	for (i = 0; i < G_N_ELEMENTS(directives); i++) {
		const char *at = strstr(assembly, directives[i]);

		if (!at)
			continue;
		at += strlen(directives[i]);
		at += strspn(at, " ");
		if (g_str_has_prefix(at, "\\t"))
			at += 2;
		return g_strndup(at, strspn(at, NAME_CHARACTERS));
	}
	return NULL;
}

void say_assembly(struct unit *u, CXCursor decl)
{
	struct unit_place p = unit_place_of(u, clang_getCursorLocation(decl));
	g_autofree char *section = NULL, *name = NULL;
	struct ew_ref function = {.kind = EW_NODE_FUNCTION};
	const char *text, *at;
	CXString print;

	if (!p.file || !p.file->is_main)
		return;
	print = clang_getCursorPrettyPrinted(decl, NULL);
	text = clang_getCString(print);
	at = text && g_str_has_prefix(text, "__asm") ? strstr(text, ".section") : NULL;
	at = at ? strchr(at, '"') : NULL;
	section = at ? section_named_at(at + 1) : NULL;
	name = section ? address_in(at) : NULL;
	clang_disposeString(print);
	if (!name || !*name)
		return;
	function.key = function_key_named(u, name);
	say(u, decl, section, &function);
}

void say_section(struct unit *u, CXCursor variable, CXCursor init)
{
	g_autoptr(GArray) values = NULL;
	g_autofree char *section = NULL;
	CXString print;
	const char *at;
	guint i;

	if (!clang_Cursor_hasAttrs(variable) || !is_function_pointer_type(clang_getCursorType(variable)))
		return;
	print = clang_getCursorPrettyPrinted(variable, NULL);
	at = strstr(clang_getCString(print), "section(\"");
	section = at ? section_named_at(at + strlen("section(\"")) : NULL;
	clang_disposeString(print);
	if (!section)
		return;
	values = g_array_new(false, false, sizeof(struct value));
	collect_values(u, init, values);
	for (i = 0; i < values->len; i++)
		if (g_array_index(values, struct value, i).ref.kind == EW_NODE_FUNCTION)
			say(u, variable, section, &g_array_index(values, struct value, i).ref);
}
