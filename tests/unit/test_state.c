/* SPDX-License-Identifier: GPL-3.0-or-later */
/* parse: the states that a few lines of C give away, and what stands around them of the old one. */
#include "parse/parse.h"

#include <stdlib.h>
#include <string.h>

static char *work;

static const char head[] =
	"enum { OPEN = 1, GRIPS, SHUT, STUCK };\n"
	"enum { F_OPEN = 1 << OPEN, F_GRIPS = 1 << GRIPS, F_SHUT = 1 << SHUT };\n"
	"enum { OTHER = 9 };\n"
	"#define DEAD 11\n"
	"#define READ(x) ({ (*(const volatile __typeof__(x) *)&(x)); })\n"
	"#define STORE(p, v) do { *(volatile __typeof__(*p) *)&(*p) = (v); } while (0)\n"
	"#define likely(x) __builtin_expect(!!(x), 1)\n"
	"struct vice { int state, turns; struct vice *next; };\n"
	"struct bench { struct vice in; struct vice *at; };\n"
	"void set(struct vice *v, int state); int get(const struct vice *v); int odd(void);\n"
	"void wrap(struct vice *v, int state, int why);\n";

/* "set#1 = SHUT from OPEN|GRIPS + OIL by table; " */
static void on_state(void *lines, const struct ew_fact_state *s)
{
	const char *dot = strrchr(s->target.key, '.');

	g_string_append_printf(lines, "%s = %s", dot ? dot + 1 : s->target.key,
			       s->value ? s->value : "?");
	if (s->source.kind)
		g_string_append_printf(lines, " (%s)", s->source.key);
	if (s->from)
		g_string_append_printf(lines, " from %s", s->from);
	if (s->note)
		g_string_append_printf(lines, " + %s", s->note);
	g_string_append_printf(lines, "%s%s; ", s->how == EW_STATE_TABLE ? " by table" : "",
			       s->is_dead ? " dead" : "");
}

static void tell(const char *text, const struct ew_parse_states *told, GByteArray *bytes)
{
	static const char *const argv[] = {"-std=gnu11", NULL};
	struct ew_parse_options options = {.tree = work, .states = told};
	ew_auto(parser) p = ew_parser_new(&options);
	g_autofree char *file = g_build_filename(work, "t.c", NULL);
	g_autofree char *whole = g_strconcat(head, text, "\n", NULL);
	struct ew_parse_unit unit = {file, work, argv, NULL};
	struct ew_sink *sink = ew_fact_pack_new(bytes);
	struct ew_parse_result result = {0};
	g_autoptr(GError) error = NULL;

	g_assert_true(g_file_set_contents(file, whole, -1, NULL));
	g_assert_true(ew_parse_unit(p, &unit, sink, &result, &error));
	g_assert_no_error(error);
	g_assert_cmpint(result.errors, ==, 0);
	ew_fact_pack_free(sink);
}

static char *states_of(const char *text, const struct ew_parse_states *told)
{
	g_autoptr(GByteArray) bytes = g_byte_array_new();
	GString *lines = g_string_new(NULL);
	struct ew_sink sink = {.data = lines, .state = on_state};

	tell(text, told, bytes);
	g_assert_true(ew_fact_unpack(bytes->data, bytes->len, &sink, NULL));
	return g_string_free(lines, FALSE);
}

static const struct ew_parse_states vices = {
	.states = (const char *const[]){"OPEN", "GRIPS", "SHUT", "STUCK", NULL},
	.members = (const char *const[]){"vice.state", NULL},
	.setters = (const char *const[]){"set#1", NULL},
	.getters = (const char *const[]){"get", NULL},
};

/* What the body of a function says: v, w and u are vices, c is a number. */
static void expect(const char *body, const char *states)
{
	g_autofree char *text = g_strdup_printf(
		"void f(struct vice *v, struct vice *w, struct bench *u, int c, int state) { %s }", body);
	g_autofree char *told = states_of(text, &vices);

	if (strcmp(told, states))
		g_error("%s\n  gives    %s\n  expected %s", body, told, states);
}

static void test_values(void)
{
	expect("set(v, SHUT);", "set#1 = SHUT; ");
	expect("v->state = SHUT;", "state = SHUT; ");
	expect("STORE(&v->state, SHUT);", "state = SHUT; ");
	expect("u->in.state = SHUT; u->at->state = OPEN;", "state = SHUT; state = OPEN; ");
	expect("set(v, (int)(SHUT));", "set#1 = SHUT; ");
	expect("set(v, c ? SHUT : OPEN);", "set#1 = SHUT; set#1 = OPEN; ");
	expect("w->state = v->state = SHUT;", "state = SHUT; state = SHUT; ");
	expect("set(v, OTHER);", "set#1 = OTHER; ");
	expect("set(v, DEAD);", "set#1 = DEAD; ");
	expect("set(v, 3);", "set#1 = 3; "); /* as it is written, whatever it may mean */
	expect("set(v, 1 + 2);", "set#1 = 3; ");
	expect("if (0) set(v, SHUT);", "set#1 = SHUT dead; ");
	expect("v->turns = SHUT; (void)(v->state == SHUT);", "");
}

static void test_variables(void)
{
	expect("set(v, state);", "set#1 = ? (f#4); ");
	expect("state = odd(); set(v, state);", "set#1 = ?; ");
	expect("state++; set(v, state);", "set#1 = ?; ");
	expect("int *p = &state; *p = 1; set(v, state);", "set#1 = ?; ");
	expect("int x = SHUT; set(v, x);", "set#1 = SHUT; ");
	expect("int x = SHUT; if (c) x = OPEN; set(v, x);", "set#1 = SHUT; set#1 = OPEN; ");
	expect("int x = SHUT; x |= 1; set(v, x);", "set#1 = ?; ");
	expect("int x; odd(); set(v, x);", "set#1 = ?; ");
	expect("set(v, odd());", "set#1 = ?; ");
	expect("v->state |= 4; v->state++;", "state = ?; ");
	expect("set(v, w->state);", "set#1 = ?; ");
}

/* A state may end in a setter by way of a parameter: so it is told wherever it is an argument. */
static void test_arguments(void)
{
	expect("wrap(v, SHUT, c);", "wrap#1 = SHUT; ");
	expect("wrap(v, c, OTHER);", "");
	expect("if (v->state == OPEN) wrap(v, SHUT, c);", "wrap#1 = SHUT from OPEN; ");
}

static void test_from(void)
{
	expect("if (v->state == OPEN) set(v, SHUT); else set(v, OPEN);",
	       "set#1 = SHUT from OPEN; set#1 = OPEN from !OPEN; ");
	expect("if (v->state != OPEN) set(v, SHUT);", "set#1 = SHUT from !OPEN; ");
	expect("if (!(v->state == OPEN)) set(v, SHUT);", "set#1 = SHUT from !OPEN; ");
	expect("if (OPEN == READ(v->state)) set(v, SHUT);", "set#1 = SHUT from OPEN; ");
	expect("if (likely(get(v) == OPEN)) set(v, SHUT);", "set#1 = SHUT from OPEN; ");
	expect("if ((1 << v->state) & (F_OPEN | F_GRIPS)) set(v, SHUT);",
	       "set#1 = SHUT from OPEN|GRIPS; ");
	expect("if (!((1 << v->state) & (F_OPEN | F_GRIPS))) set(v, SHUT);",
	       "set#1 = SHUT from !OPEN|GRIPS; ");
	expect("if ((1 << v->state) & ~F_OPEN) set(v, SHUT);", "set#1 = SHUT from !OPEN; ");
	expect("if (v->state == OPEN || v->state == GRIPS) set(v, SHUT);",
	       "set#1 = SHUT from OPEN|GRIPS; ");
	expect("if (v->state != OPEN && v->state != GRIPS) set(v, SHUT);",
	       "set#1 = SHUT from !OPEN|GRIPS; ");
	expect("if (v->state == OPEN && c) set(v, SHUT); else set(v, OPEN);",
	       "set#1 = SHUT from OPEN; set#1 = OPEN; ");
	expect("if (v->state == OPEN || c) set(v, SHUT); else set(v, OPEN);",
	       "set#1 = SHUT; set#1 = OPEN from !OPEN; ");
	expect("if (c) { if (v->state == OPEN) { if (odd()) set(v, SHUT); } }",
	       "set#1 = SHUT from OPEN; ");
	expect("if (v->state != OPEN) if (v->state != SHUT) set(v, GRIPS);",
	       "set#1 = GRIPS from !OPEN|SHUT; ");
	expect("int old = v->state; if (old == OPEN) set(v, SHUT);", "set#1 = SHUT from OPEN; ");
	expect("if (u->in.state == OPEN) set(&u->in, SHUT);", "set#1 = SHUT from OPEN; ");
	expect("set(v, v->state == OPEN ? SHUT : OPEN);", "set#1 = SHUT; set#1 = OPEN; ");
}

/* if (…) return; stands before all that follows. */
static void test_from_guard(void)
{
	expect("if (v->state == OPEN) return; set(v, SHUT);", "set#1 = SHUT from !OPEN; ");
	expect("if (v->state != OPEN) return; odd(); if (v->state == GRIPS || c) return; set(v, SHUT);",
	       "set#1 = SHUT from OPEN; ");
	expect("if (v->state == OPEN) { set(v, GRIPS); return; } set(v, SHUT);",
	       "set#1 = GRIPS from OPEN; set#1 = SHUT from !OPEN; ");
	expect("if (v->state == OPEN) odd(); else return; set(v, SHUT);", "set#1 = SHUT from OPEN; ");
	expect("if (v->state == OPEN) return; if (c) set(v, GRIPS); set(v, SHUT);",
	       "set#1 = GRIPS from !OPEN; set#1 = SHUT; ");
	expect("if (c) goto in; if (v->state == OPEN) return; in: set(v, SHUT);", "set#1 = SHUT; ");
	expect("if (v->state == OPEN) goto out; set(v, SHUT); out: odd();", "set#1 = SHUT from !OPEN; ");
	expect("if (v->state == OPEN) odd(); set(v, SHUT);", "set#1 = SHUT; ");
}

/* What is not known is not guessed. */
static void test_from_nothing(void)
{
	expect("if (w->state == OPEN) set(v, SHUT);", "set#1 = SHUT; ");
	expect("if (u->at->state == OPEN) set(&u->in, SHUT);", "set#1 = SHUT; ");
	expect("if (v->turns == OPEN) set(v, SHUT);", "set#1 = SHUT; ");
	expect("if (v->state == c) set(v, SHUT);", "set#1 = SHUT; ");
	expect("if (v->state == OTHER) set(v, SHUT);", "set#1 = SHUT; ");
	expect("if (v->state & F_OPEN) set(v, SHUT);", "set#1 = SHUT; ");
	expect("if ((1 << v->state) & (1 << 20)) set(v, SHUT);", "set#1 = SHUT; ");
	expect("if (v->state == OPEN) { set(v, SHUT); set(v, GRIPS); }",
	       "set#1 = SHUT from OPEN; set#1 = GRIPS; ");
	expect("if (v->state == OPEN) { v = w; set(v, SHUT); }", "set#1 = SHUT; ");
	expect("if (v->state == OPEN) { again: set(v, SHUT); if (odd()) goto again; }",
	       "set#1 = SHUT; ");
	expect("if (v->state == OPEN) while (odd()) set(v, SHUT);", "set#1 = SHUT; ");
	expect("int old = v->state; set(v, GRIPS); if (old == OPEN) set(v, SHUT);",
	       "set#1 = GRIPS; set#1 = SHUT; ");
	expect("if (v->state == OPEN) { if (c) set(v, GRIPS); else set(v, SHUT); }",
	       "set#1 = GRIPS from OPEN; set#1 = SHUT from OPEN; ");
}

static void test_switch(void)
{
	expect("switch (v->state) { case OPEN: set(v, GRIPS); break; case GRIPS: case SHUT: odd(); "
	       "set(v, STUCK); break; default: set(v, OPEN); }",
	       "set#1 = GRIPS from OPEN; set#1 = STUCK from GRIPS|SHUT; "
	       "set#1 = OPEN from !OPEN|GRIPS|SHUT; ");
	expect("switch (v->state) { case OPEN: odd(); case GRIPS: set(v, SHUT); }",
	       "set#1 = SHUT from OPEN|GRIPS; ");
	expect("switch (v->state) { case OPEN: odd(); default: set(v, SHUT); break; case GRIPS: break; }",
	       "set#1 = SHUT from !GRIPS; ");
	expect("switch (v->state) { case OPEN: { odd(); break; } case GRIPS: { set(v, SHUT); } }",
	       "set#1 = SHUT from GRIPS; ");
	expect("switch (v->state) { case OPEN: set(v, GRIPS); case GRIPS: set(v, SHUT); }",
	       "set#1 = GRIPS from OPEN; set#1 = SHUT; ");
	expect("switch (v->state) { case OPEN ... SHUT: set(v, STUCK); break; default: set(v, OPEN); }",
	       "set#1 = STUCK; set#1 = OPEN; ");
	expect("switch (v->state) { case OPEN: x: set(v, SHUT); break; case GRIPS: goto x; }",
	       "set#1 = SHUT; ");
	expect("switch (c) { case OPEN: set(v, SHUT); }", "set#1 = SHUT; ");
}

#define TABLE "#define OIL 32\n"                                                                         \
	      "static const unsigned char next[] = { [OPEN] = GRIPS | OIL, SHUT, [9] = OPEN };\n"

static void expect_table(const char *body, const char *states)
{
	g_autofree char *text = g_strconcat(TABLE, "void f(struct vice *v, struct vice *w) { ",
					    body, " }", NULL);
	g_autofree char *told = states_of(text, &vices);

	g_assert_cmpstr(told, ==, states);
}

static void test_table(void)
{
	static const char rows[] = "set#1 = GRIPS from OPEN + OIL by table; "
				   "set#1 = SHUT from GRIPS by table; set#1 = OPEN from 9 by table; ";

	expect_table("set(v, next[v->state] & 15);", rows);
	expect_table("int n = (int)next[v->state], s = n & 15; set(v, s);", rows);
	expect_table("int n = next[get(v)]; set(v, 15 & n);", rows);
	expect_table("set(v, next[w->state] & 15);", "set#1 = ?; ");
	expect_table("int n = next[v->state]; n |= 1; set(v, n & 15);", "set#1 = ?; ");
	expect_table("set(v, next[v->turns] & 15);", "set#1 = ?; ");
}

static void test_not_asked(void)
{
	static const struct ew_parse_states empty;
	g_autofree char *nothing = states_of("void f(struct vice *v) { set(v, SHUT); v->state = OPEN; }",
					     NULL);
	g_autofree char *none = states_of("void f(struct vice *v) { set(v, SHUT); v->state = OPEN; }",
					  &empty);

	g_assert_cmpstr(nothing, ==, "");
	g_assert_cmpstr(none, ==, "");
}

int main(int argc, char **argv)
{
	g_autofree char *command = NULL;
	int status;

	g_test_init(&argc, &argv, NULL);
	work = g_dir_make_tmp("exitwalk-state-XXXXXX", NULL);
	g_test_add_func("/state/values", test_values);
	g_test_add_func("/state/variables", test_variables);
	g_test_add_func("/state/arguments", test_arguments);
	g_test_add_func("/state/from", test_from);
	g_test_add_func("/state/from-guard", test_from_guard);
	g_test_add_func("/state/from-nothing", test_from_nothing);
	g_test_add_func("/state/switch", test_switch);
	g_test_add_func("/state/table", test_table);
	g_test_add_func("/state/not-asked", test_not_asked);
	status = g_test_run();
	command = g_strdup_printf("rm -rf '%s'", work);
	return system(command) == 0 ? status : 1;
}
