/* SPDX-License-Identifier: GPL-3.0-or-later */
/* fact: every record as bytes and back, and bytes that were cut or altered. */
#include "fact/fact.h"

#include <limits.h>
#include <string.h>

/* ---- a sink that writes down all that it is told --------------------------------------------- */

struct log {
	GString *text; /* a record a line */
	bool refuse;   /* every function */
};

/* A string, told apart from none. */
#define S(s) ((s) ? "\"" : ""), ((s) ? (s) : "-"), ((s) ? "\"" : "")
#define STRING "%s%s%s "

static void put_place(GString *text, const struct ew_place *p)
{
	g_string_append_printf(text, STRING "%d:%d ", S(p->file), p->line, p->column);
}

static void put_ref(GString *text, const struct ew_ref *r)
{
	g_assert_cmpint(r->kind, <=, EW_NODE_LAST);
	g_assert_cmpint(r->base_kind, <=, EW_NODE_LAST);
	g_assert_cmpint(r->base_mode, <=, EW_BASE_OBJECT);
	g_assert_true(!r->key == (r->kind == EW_NODE_NONE));
	g_assert_true(!r->base == (r->base_kind == EW_NODE_NONE));
	g_string_append_printf(text, "(%d " STRING "%d " STRING "%d %d) ", r->kind, S(r->key),
			       r->base_kind, S(r->base), r->base_mode, r->is_address);
}

static bool on_function(void *data, const struct ew_fact_function *f)
{
	struct log *log = data;

	g_string_append_printf(log->text, "function " STRING STRING, S(f->key), S(f->name));
	put_place(log->text, &f->place);
	g_string_append_printf(log->text, "%d %d %d %d " STRING "\n", f->end_line, f->linkage,
			       f->is_inline, f->is_weak, S(f->signature));
	return !log->refuse;
}

static void on_end_function(void *data)
{
	g_string_append(((struct log *)data)->text, "end\n");
}

static void on_record(void *data, const struct ew_fact_record *r)
{
	GString *text = ((struct log *)data)->text;

	g_string_append_printf(text, "record " STRING STRING STRING, S(r->key), S(r->name),
			       S(r->keyword));
	put_place(text, &r->place);
	g_string_append_printf(text, "%d\n", r->end_line);
}

static void on_field(void *data, const struct ew_fact_field *f)
{
	g_string_append_printf(((struct log *)data)->text,
			       "field " STRING STRING STRING STRING "%d %d " STRING "%d\n", S(f->key),
			       S(f->record), S(f->name), S(f->type), f->line,
			       f->is_function_pointer, S(f->signature), f->overlay);
}

static void on_share(void *data, const struct ew_fact_share *s)
{
	GString *text = ((struct log *)data)->text;

	g_string_append_printf(text, "share " STRING, S(s->record));
	put_ref(text, &s->object);
	g_string_append_printf(text, STRING, S(s->field));
	put_ref(text, &s->other_object);
	g_string_append_printf(text, STRING "\n", S(s->other));
}

static void on_variable(void *data, const struct ew_fact_variable *v)
{
	GString *text = ((struct log *)data)->text;

	g_string_append_printf(text, "variable " STRING STRING, S(v->key), S(v->name));
	put_place(text, &v->place);
	g_string_append_printf(text, "%d %d " STRING "\n", v->end_line, v->linkage, S(v->type));
}

static void on_condition(void *data, const struct ew_fact_condition *c)
{
	GString *text = ((struct log *)data)->text;

	g_assert_cmpint(c->kind, <=, EW_CONDITION_LAST);
	g_string_append_printf(text, "condition " STRING "%d %d %d ", S(c->function), c->index,
			       c->parent, c->kind);
	put_place(text, &c->place);
	put_ref(text, &c->slot);
	put_ref(text, &c->value);
	g_string_append_printf(text, "%d:%d %d %d\n", c->end_line, c->end_column, c->is_dead, c->is_equal);
}

static void on_call(void *data, const struct ew_fact_call *c)
{
	GString *text = ((struct log *)data)->text;

	g_string_append_printf(text, "call " STRING "%d " STRING, S(c->caller), c->ordinal,
			       S(c->callee));
	put_ref(text, &c->slot);
	g_string_append_printf(text, STRING, S(c->signature));
	put_place(text, &c->place);
	g_string_append_printf(text, STRING "%d %d\n", S(c->macro), c->condition, c->is_dead);
}

static void on_flow(void *data, const struct ew_fact_flow *f)
{
	GString *text = ((struct log *)data)->text;

	g_assert_cmpint(f->how, <=, EW_FLOW_COPY);
	g_string_append(text, "flow ");
	put_ref(text, &f->to);
	put_ref(text, &f->from);
	g_string_append_printf(text, "%d " STRING, f->how, S(f->function));
	put_place(text, &f->place);
	g_string_append_printf(text, "%d " STRING " %d\n", f->call, S(f->macro), f->dead);
}

static void on_access(void *data, const struct ew_fact_access *a)
{
	GString *text = ((struct log *)data)->text;

	g_assert_cmpint(a->mode, <=, EW_ACCESS_ADDRESS);
	g_string_append_printf(text, "access " STRING STRING "%d %d ", S(a->function), S(a->field),
			       a->mode, a->in_condition);
	put_place(text, &a->place);
	g_string_append_c(text, '\n');
}

static void on_state(void *data, const struct ew_fact_state *s)
{
	GString *text = ((struct log *)data)->text;

	g_assert_cmpint(s->how, <=, EW_STATE_TABLE);
	g_string_append_printf(text, "state " STRING "%d %d " STRING STRING STRING, S(s->function),
			       s->ordinal, s->how, S(s->value), S(s->from), S(s->note));
	put_ref(text, &s->target);
	put_ref(text, &s->source);
	put_place(text, &s->place);
	g_string_append_printf(text, "%d %d %d " STRING "\n", s->entry, s->condition, s->is_dead,
			       S(s->macro));
}

static void on_file(void *data, const char *path)
{
	g_string_append_printf(((struct log *)data)->text, "file " STRING "\n", S(path));
}

static void on_diagnostic(void *data, const struct ew_place *p, const char *text)
{
	struct log *log = data;

	g_string_append_printf(log->text, "diagnostic " STRING, S(text));
	put_place(log->text, p);
	g_string_append_c(log->text, '\n');
}

static struct ew_sink log_sink(struct log *log)
{
	return (struct ew_sink){
		.data = log,
		.function = on_function,
		.end_function = on_end_function,
		.record = on_record,
		.field = on_field,
		.share = on_share,
		.variable = on_variable,
		.condition = on_condition,
		.call = on_call,
		.flow = on_flow,
		.access = on_access,
		.state = on_state,
		.file = on_file,
		.diagnostic = on_diagnostic,
	};
}

/* ---- what is told: each kind of record, with the values at its edges -------------------------- */

static const struct ew_place here = {"fs/a.c", 12, 3}, nowhere = {NULL, 0, 0};
static const struct ew_place far_off = {"", INT_MAX, INT_MIN};
static const struct ew_ref nothing = {.kind = EW_NODE_NONE};
static const struct ew_ref whole = {EW_NODE_FIELD, "r@a.h:1.f", EW_NODE_LOCAL, "f%x@12",
				    EW_BASE_POINTER, true};
static const struct ew_ref bare = {.kind = EW_NODE_PARAM, .key = "f#63"};
static const struct ew_ref constant = {.kind = EW_NODE_CONSTANT, .key = "MODE_SOFT"};

static void say_entities(const struct ew_sink *to)
{
	to->file(to->data, "fs/a.c");
	to->file(to->data, "");
	to->record(to->data, &(struct ew_fact_record){"r@a.h:1", "r", "struct", here, 14});
	to->record(to->data, &(struct ew_fact_record){"(unnamed)@a.h:9", "(unnamed)", NULL, nowhere, -1});
	to->field(to->data,
		  &(struct ew_fact_field){"r@a.h:1.f", "r@a.h:1", "f", "void (*)(void)", 2, true, "void (void)", 7});
	to->field(to->data, &(struct ew_fact_field){"r@a.h:1.g", "r@a.h:1", "g", NULL, 3, false, NULL, 0});
	to->share(to->data, &(struct ew_fact_share){"r@a.h:1", {EW_NODE_FIELD, "r@a.h:1.g"}, "r@a.h:1.f", {EW_NODE_NONE},
						    "r@a.h:1.g"});
	to->variable(to->data, &(struct ew_fact_variable){"v", "v", here, 13, EW_LINKAGE_EXTERNAL,
							  "struct r[2]"});
	to->variable(to->data, &(struct ew_fact_variable){"a.c:w", "w", far_off, INT_MIN,
							  EW_LINKAGE_STATIC, NULL});
	to->diagnostic(to->data, &here, "expected ';'\twith a tab, an \xff and \xe2\x86\x92");
	to->diagnostic(to->data, &nowhere, "no place");
}

static void say_flows(const struct ew_sink *to, const char *function)
{
	int how;

	for (how = EW_FLOW_INITIALISER; how <= EW_FLOW_COPY; how++)
		to->flow(to->data, &(struct ew_fact_flow){whole, bare, how, function, here, how, "M", how});
	to->flow(to->data, &(struct ew_fact_flow){bare, constant, EW_FLOW_ARGUMENT, function, here, 4, NULL, 0});
	to->flow(to->data, &(struct ew_fact_flow){bare, nothing, EW_FLOW_RETURN, NULL, far_off, -1, NULL, 0});
}

static void say_states(const struct ew_sink *to, const char *function)
{
	int how;

	for (how = EW_STATE_CALL; how <= EW_STATE_TABLE; how++)
		to->state(to->data, &(struct ew_fact_state){function, how, whole, how, "OPEN", nothing,
							    "!SHUT|OPEN", "OIL", 300, here, "M", how, true});
	to->state(to->data, &(struct ew_fact_state){function, 3, bare, EW_STATE_CALL, NULL, bare, NULL,
						    NULL, 0, far_off, NULL, -1, false});
}

static void say_body(const struct ew_sink *to, const char *function)
{
	int kind, mode;

	for (kind = EW_CONDITION_THEN; kind <= EW_CONDITION_LAST; kind++)
		to->condition(to->data, &(struct ew_fact_condition){function, kind, kind - 1, kind, here,
								    12, 70, kind & 1, false,
								    whole, {EW_NODE_FUNCTION, "g"}, kind & 1});
	to->call(to->data, &(struct ew_fact_call){.caller = function, .callee = "g", .place = here,
						  .macro = "M", .condition = -1, .is_dead = true});
	to->call(to->data, &(struct ew_fact_call){.caller = function, .ordinal = 300, .slot = whole,
						  .signature = "void (void)", .place = here});
	say_flows(to, function);
	say_states(to, function);
	for (mode = EW_ACCESS_READ; mode <= EW_ACCESS_ADDRESS; mode++)
		to->access(to->data, &(struct ew_fact_access){function, "r@a.h:1.f", mode, mode == 1, here});
}

static void say_all(const struct ew_sink *to)
{
	say_entities(to);
	if (to->function(to->data, &(struct ew_fact_function){"f", "f", here, 20, EW_LINKAGE_EXTERNAL,
							      false, true, "int (void)"})) {
		say_body(to, "f");
		to->end_function(to->data);
	}
	if (to->function(to->data, &(struct ew_fact_function){"a.c:h", "h", here, 99, EW_LINKAGE_STATIC,
							      true, false, NULL})) {
		say_body(to, "only said here");
		to->end_function(to->data);
	}
	say_flows(to, NULL);
	to->file(to->data, "only said here");
}

static GByteArray *packed(void)
{
	GByteArray *bytes = g_byte_array_new();
	struct ew_sink *sink = ew_fact_pack_new(bytes);

	say_all(sink);
	ew_fact_pack_free(sink);
	return bytes;
}

static char *as_told(bool refuse)
{
	struct log log = {g_string_new(NULL), refuse};
	struct ew_sink sink = log_sink(&log);

	say_all(&sink);
	return g_string_free(log.text, FALSE);
}

/* Unpack a copy of exactly that length, so that a byte read beyond it is seen. */
static char *as_unpacked(const uint8_t *bytes, size_t length, bool refuse, GError **error)
{
	struct log log = {g_string_new(NULL), refuse};
	struct ew_sink sink = log_sink(&log);
	g_autofree uint8_t *copy = g_memdup2(bytes, length);
	bool answer = ew_fact_unpack(copy, length, &sink, error);

	g_assert_true(answer == !*error);
	return g_string_free(log.text, FALSE);
}

/* ---- tests ----------------------------------------------------------------------------------- */

static void test_round_trip(void)
{
	g_autofree char *told = as_told(false), *read = NULL;
	g_autoptr(GByteArray) bytes = packed();
	g_autoptr(GError) error = NULL;

	g_assert_nonnull(strstr(told, "a.c:h"));
	read = as_unpacked(bytes->data, bytes->len, false, &error);
	g_assert_no_error(error);
	g_assert_cmpstr(read, ==, told);
}

/* A sink that knows the functions gets none of their records, and all that stands outside. */
static void test_refused(void)
{
	g_autofree char *told = as_told(true), *read = NULL;
	g_autoptr(GByteArray) bytes = packed();
	g_autoptr(GError) error = NULL;

	g_assert_null(strstr(told, "condition"));
	g_assert_nonnull(strstr(told, "file \"only said here\""));
	read = as_unpacked(bytes->data, bytes->len, true, &error);
	g_assert_no_error(error);
	g_assert_cmpstr(read, ==, told);
}

static void test_nobody_listens(void)
{
	static const struct ew_sink deaf;
	g_autoptr(GByteArray) bytes = packed();
	g_autoptr(GError) error = NULL;

	g_assert_true(ew_fact_unpack(bytes->data, bytes->len, &deaf, &error));
	g_assert_true(ew_fact_unpack(bytes->data, 0, &deaf, &error));
	g_assert_no_error(error);
}

/* What was cut is an error, or ends at a record; what is read before is as it was told. */
static void test_cut(void)
{
	g_autofree char *told = as_told(false);
	g_autoptr(GByteArray) bytes = packed();
	guint records = 0, whole_ones = 0, i;

	for (i = 0; told[i]; i++)
		records += told[i] == '\n';
	for (i = 0; i < bytes->len; i++) {
		g_autoptr(GError) error = NULL;
		g_autofree char *read = as_unpacked(bytes->data, i, false, &error);

		g_assert_true(g_str_has_prefix(told, read));
		g_assert_cmpint(strlen(read), <, strlen(told));
		whole_ones += !error;
		if (error)
			g_assert_error(error, EW_ERROR, EW_ERROR_INPUT);
	}
	g_assert_cmpuint(whole_ones, ==, records); /* 0 bytes are whole, all of them are not asked */
}

/* Any one byte altered: the sink's own assertions and the sanitizers judge. */
static void test_altered(void)
{
	static const uint8_t values[] = {0, 1, 2, 3, 5, 7, 9, 11, 12, 13, 0x1f, 0x40, 0x7f, 0x80, 0xff};
	g_autoptr(GByteArray) bytes = packed();
	guint errors = 0, i, k;

	for (i = 0; i < bytes->len; i++) {
		uint8_t was = bytes->data[i];

		for (k = 0; k < G_N_ELEMENTS(values); k++) {
			g_autoptr(GError) error = NULL;

			bytes->data[i] = values[k];
			g_free(as_unpacked(bytes->data, bytes->len, i & 1, &error));
			if (error)
				g_assert_error(error, EW_ERROR, EW_ERROR_INPUT);
			errors += error != NULL;
		}
		bytes->data[i] = was;
	}
	g_assert_cmpuint(errors, >, bytes->len);
}

static void test_noise(void)
{
	g_autoptr(GRand) rand = g_rand_new_with_seed(7);
	uint8_t noise[64];
	int i, k;

	for (i = 0; i < 5000; i++) {
		g_autoptr(GError) error = NULL;

		for (k = 0; k < 64; k++)
			noise[k] = g_rand_int_range(rand, 0, k & 1 ? 256 : 12);
		g_free(as_unpacked(noise, 1 + i % 64, false, &error));
	}
}

static void test_types(void)
{
	g_assert_true(ew_fact_is_same_type("int (int)", "int (int)"));
	g_assert_false(ew_fact_is_same_type("int (int)", "int (long)"));
	g_assert_false(ew_fact_is_same_type("int (int)", "int (int, int)"));
	g_assert_true(ew_fact_is_same_type("int (void *)", "int (void *) __attribute__((noreturn))"));
	g_assert_false(ew_fact_is_same_type("int (int)", "int (void *) __attribute__((noreturn))"));
	g_assert_true(ew_fact_is_same_type("int ()", "int (int)"));
	g_assert_true(ew_fact_is_same_type("int (int)", "int () __attribute__((noreturn))"));
	g_assert_false(ew_fact_is_same_type("int ()", "int *(int)"));
	g_assert_false(ew_fact_is_same_type("int ()", "long (int)"));
	g_assert_true(ew_fact_is_same_type("int ()", "int ()"));
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/fact/round-trip", test_round_trip);
	g_test_add_func("/fact/refused", test_refused);
	g_test_add_func("/fact/nobody-listens", test_nobody_listens);
	g_test_add_func("/fact/cut", test_cut);
	g_test_add_func("/fact/altered", test_altered);
	g_test_add_func("/fact/types", test_types);
	g_test_add_func("/fact/noise", test_noise);
	return g_test_run();
}
