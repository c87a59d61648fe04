/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The names behind the ids of an index, for `dump facts`. */
#include <string.h>

#include "query/facts.h"

/* More than any kernel has; what a damaged row says beyond it is not believed. */
enum { MOST_ROWS = 1 << 26, WIDEST_GAP = 1 << 22, DEEPEST = 1000 };

static bool is_possible(struct facts *f, int64_t id, guint length)
{
	if (id > 0 && id < MOST_ROWS && id < (int64_t)length + WIDEST_GAP)
		return true;
	ew_store_say_damaged(f->store, "a row has an impossible id");
	return false;
}

static void say_missing(struct facts *f)
{
	ew_store_say_damaged(f->store, "a row that is referred to is not there");
}

/* ---- names of entities ----------------------------------------------------------------------- */

static void keep_name(struct facts *f, char kind, int64_t id, const char *name)
{
	GPtrArray *names = f->names[(int)kind];

	if (!is_possible(f, id, names->len))
		return;
	if (id >= names->len)
		g_ptr_array_set_size(names, id + 1);
	names->pdata[id] = g_string_chunk_insert(f->text, name ? name : "");
}

const char *facts_name(struct facts *f, char kind, int64_t id)
{
	GPtrArray *names = f->names[(int)kind];

	if (id > 0 && id < names->len && names->pdata[id])
		return names->pdata[id];
	say_missing(f);
	return "?";
}

/* A static one with its file, as in fact.h; so a twin. */
static char *key_of(struct facts *f, const char *name, int64_t file, int64_t flags)
{
	if (!(flags & (EW_STORE_STATIC | EW_STORE_TWIN)) || !file)
		return g_strdup(name);
	return g_strdup_printf("%s:%s", facts_name(f, 'p', file), name);
}

static char *function_name(struct facts *f, struct ew_rows *r)
{
	return key_of(f, ew_rows_text(r, 1), ew_rows_int(r, 2), ew_rows_int(r, 6));
}

static char *record_name(struct facts *f, struct ew_rows *r)
{
	int64_t file = ew_rows_int(r, 3);

	return file ? g_strdup_printf("%s@%s:%d", ew_rows_text(r, 1), facts_name(f, 'p', file),
				      (int)ew_rows_int(r, 4))
		    : g_strdup(ew_rows_text(r, 1));
}

static char *field_name(struct facts *f, struct ew_rows *r)
{
	const char *record = facts_name(f, 'R', ew_rows_int(r, 1));

	return g_strdup_printf("%s.%s@%d", record, ew_rows_text(r, 2), (int)ew_rows_int(r, 4));
}

static char *variable_name(struct facts *f, struct ew_rows *r)
{
	return key_of(f, ew_rows_text(r, 1), ew_rows_int(r, 2), ew_rows_int(r, 6));
}

/* Where one function has several of a name, they are told apart by their order. */
static char *local_name(struct facts *f, struct ew_rows *r, GHashTable *count)
{
	g_autofree char *name = g_strdup_printf("%s%%%s", facts_name(f, 'F', ew_rows_int(r, 1)),
						facts_name(f, 's', ew_rows_int(r, 2)));
	int n = GPOINTER_TO_INT(g_hash_table_lookup(count, name)) + 1;

	g_hash_table_replace(count, g_strdup(name), GINT_TO_POINTER(n));
	return n > 1 ? g_strdup_printf("%s~%d", name, n) : g_steal_pointer(&name);
}

static char *name_of_row(struct facts *f, char kind, struct ew_rows *r, GHashTable *count)
{
	switch (kind) {
	case 'F':
		return function_name(f, r);
	case 'R':
		return record_name(f, r);
	case 'D':
		return field_name(f, r);
	case 'V':
		return variable_name(f, r);
	case 'L':
		return local_name(f, r, count);
	default:
		return g_strdup(ew_rows_text(r, 1));
	}
}

static void read_names(struct facts *f, char kind, enum ew_statement statement)
{
	ew_auto(rows) r = ew_store_select(f->store, statement, "");
	g_autoptr(GHashTable) count = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);

	f->names[(int)kind] = g_ptr_array_new();
	while (ew_rows_next(r)) {
		g_autofree char *name = name_of_row(f, kind, r, count);

		keep_name(f, kind, ew_rows_int(r, 0), name);
	}
}

/* ---- places of rows that have no name -------------------------------------------------------- */

static struct fact_place place_of(struct ew_rows *r, int column)
{
	return (struct fact_place){ew_rows_int(r, column), ew_rows_int(r, column + 1),
				   ew_rows_int(r, column + 2)};
}

static gpointer slot_for(struct facts *f, GArray *rows, int64_t id)
{
	if (!is_possible(f, id, rows->len))
		id = 0;
	if (id >= rows->len)
		g_array_set_size(rows, id + 1);
	return rows->data + id * g_array_get_element_size(rows);
}

static void read_conditions(struct facts *f)
{
	ew_auto(rows) r = ew_store_select(f->store, EW_FACTS_CONDITION, "");

	f->conditions = g_array_new(false, true, sizeof(struct fact_condition));
	while (ew_rows_next(r)) {
		struct fact_condition *c = slot_for(f, f->conditions, ew_rows_int(r, 0));

		*c = (struct fact_condition){
			.parent = ew_rows_int(r, 1),
			.kind = ew_rows_int(r, 2),
			.place = place_of(r, 4),
			.end_line = ew_rows_int(r, 7),
			.end_column = ew_rows_int(r, 8),
		};
	}
}

static void read_calls(struct facts *f)
{
	ew_auto(rows) r = ew_store_select(f->store, EW_ALL_CALLS, "");

	f->calls = g_array_new(false, true, sizeof(struct fact_call));
	while (ew_rows_next(r)) {
		struct fact_call *c = slot_for(f, f->calls, ew_rows_int(r, 0));

		*c = (struct fact_call){ew_rows_int(r, 1), ew_rows_int(r, 2)};
	}
}

static void read_flows(struct facts *f)
{
	ew_auto(rows) r = ew_store_select(f->store, EW_ALL_FLOWS, "");

	f->flows = g_array_new(false, true, sizeof(struct fact_flow));
	while (ew_rows_next(r)) {
		struct fact_flow *flow = slot_for(f, f->flows, ew_rows_int(r, 0));

		*flow = (struct fact_flow){place_of(r, 10), ew_rows_int(r, 1)};
	}
}

void facts_init(struct facts *f)
{
	static const struct {
		char kind;
		enum ew_statement statement;
	} in_order[] = {{'s', EW_FACTS_STRING}, {'p', EW_FACTS_FILE},	  {'F', EW_FACTS_FUNCTION},
			{'R', EW_FACTS_RECORD}, {'D', EW_FACTS_FIELD},	  {'V', EW_FACTS_VARIABLE},
			{'L', EW_FACTS_LOCAL},	  {'U', EW_FACTS_UNIT}};
	size_t i;

	f->line = g_string_new(NULL);
	f->text = g_string_chunk_new(1 << 16);
	for (i = 0; i < G_N_ELEMENTS(in_order); i++)
		read_names(f, in_order[i].kind, in_order[i].statement);
	read_conditions(f);
	read_calls(f);
	read_flows(f);
}

void facts_clear(struct facts *f)
{
	size_t i;

	for (i = 0; i < G_N_ELEMENTS(f->names); i++)
		if (f->names[i])
			g_ptr_array_unref(f->names[i]);
	g_array_unref(f->conditions);
	g_array_unref(f->calls);
	g_array_unref(f->flows);
	g_string_chunk_free(f->text);
	g_string_free(f->line, true);
}

/* ---- writing --------------------------------------------------------------------------------- */

void facts_add_number(GString *line, int64_t number)
{
	char digits[24], *at = digits + sizeof digits;
	uint64_t rest = number < 0 ? -(uint64_t)number : (uint64_t)number;

	do
		*--at = '0' + rest % 10;
	while (rest /= 10);
	if (number < 0)
		*--at = '-';
	g_string_append_len(line, at, digits + sizeof digits - at);
}

static void add_place(struct facts *f, const struct fact_place *p)
{
	g_string_append(f->line, p->file ? facts_name(f, 'p', p->file) : "-");
	g_string_append_c(f->line, ':');
	facts_add_number(f->line, p->line);
	g_string_append_c(f->line, ':');
	facts_add_number(f->line, p->column);
}

static void add_part(struct facts *f, int64_t id)
{
	ew_auto(rows) r = ew_store_select(f->store, EW_PART, "i", id);

	if (!ew_rows_next(r)) {
		say_missing(f);
		return;
	}
	facts_add_node(f, ew_rows_int(r, 0));
	g_string_append_c(f->line, '>');
	g_string_append(f->line, facts_name(f, 'D', ew_rows_int(r, 1)));
}

void facts_add_node(struct facts *f, int64_t node)
{
	int64_t id = ew_node_id(node);

	switch (ew_node_kind_of(node)) {
	case EW_NODE_FUNCTION:
		g_string_append(f->line, facts_name(f, 'F', id));
		g_string_append(f->line, "()");
		return;
	case EW_NODE_VARIABLE:
		g_string_append(f->line, facts_name(f, 'V', id));
		return;
	case EW_NODE_FIELD:
		g_string_append(f->line, facts_name(f, 'D', id));
		return;
	case EW_NODE_PARAM:
		g_string_append(f->line, facts_name(f, 'F', id));
		g_string_append_c(f->line, '#');
		facts_add_number(f->line, ew_node_position(node));
		return;
	case EW_NODE_RETURN:
		g_string_append(f->line, facts_name(f, 'F', id));
		g_string_append(f->line, "#r");
		return;
	case EW_NODE_LOCAL:
		g_string_append(f->line, facts_name(f, 'L', id));
		return;
	case EW_NODE_PART:
		add_part(f, id);
		return;
	case EW_NODE_CONSTANT:
		g_string_append(f->line, facts_name(f, 's', id));
		return;
	case EW_NODE_ARGUMENT:
		facts_add_call(f, id);
		g_string_append_c(f->line, '#');
		facts_add_number(f->line, ew_node_position(node));
		return;
	default:
		say_missing(f);
	}
}

static gpointer row_of(struct facts *f, GArray *rows, int64_t id)
{
	if (id > 0 && id < rows->len)
		return rows->data + id * g_array_get_element_size(rows);
	say_missing(f);
	return NULL;
}

static int depth_of(struct facts *f, const struct fact_condition *c)
{
	int depth = 0;

	while (c && c->parent && depth++ < DEEPEST)
		c = row_of(f, f->conditions, c->parent);
	return depth;
}

void facts_add_condition(struct facts *f, int64_t id)
{
	const struct fact_condition *c = row_of(f, f->conditions, id);

	if (!c)
		return;
	facts_add_number(f->line, c->kind);
	g_string_append_c(f->line, '@');
	add_place(f, &c->place);
	g_string_append_c(f->line, '-');
	facts_add_number(f->line, c->end_line);
	g_string_append_c(f->line, ':');
	facts_add_number(f->line, c->end_column);
	g_string_append_c(f->line, '^');
	facts_add_number(f->line, depth_of(f, c));
}

void facts_add_call(struct facts *f, int64_t id)
{
	const struct fact_call *c = row_of(f, f->calls, id);

	if (!c)
		return;
	g_string_append(f->line, facts_name(f, 'F', c->caller));
	g_string_append_c(f->line, '(');
	facts_add_number(f->line, c->ordinal);
	g_string_append_c(f->line, ')');
}

void facts_add_flow(struct facts *f, int64_t id)
{
	const struct fact_flow *flow = row_of(f, f->flows, id);

	if (!flow)
		return;
	add_place(f, &flow->place);
	g_string_append_c(f->line, '=');
	facts_add_node(f, flow->to);
}
