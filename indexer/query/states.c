/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The transitions of a state machine: every fact `state` whose value ends in what keeps a state, at once or
 * by way of a parameter that a function hands on.
 */
#include <string.h>

#include "query/internal.h"

/* ---- names ------------------------------------------------------------------------------------ */

/* "close-wait" is "CLOSE_WAIT"; with or without the prefix. */
static bool is_meant(const char *typed, const char *state, const char *prefix)
{
	g_autofree char *upper = g_ascii_strup(typed, -1);

	g_strdelimit(upper, "- ", '_');
	return !strcmp(upper, state) || !strcmp(typed, state) ||
	       (g_str_has_prefix(state, prefix) && !strcmp(upper, state + strlen(prefix)));
}

const char *ew_query_state_named(const struct ew_refs *refs, const char *name)
{
	const GPtrArray *machines = ew_refs_states(refs);
	guint i;
	int k;

	for (i = 0; i < machines->len; i++) {
		const struct ew_refs_states *m = g_ptr_array_index(machines, i);

		for (k = 0; m->states[k]; k++)
			if (is_meant(name, m->states[k], m->prefix))
				return m->states[k];
	}
	return NULL;
}

static int state_index(const struct ew_refs_states *m, const char *name)
{
	int i;

	for (i = 0; name && m->states[i]; i++)
		if (!strcmp(m->states[i], name))
			return i;
	return -1;
}

static bool is_home(const struct ew_refs_states *m, const char *file)
{
	int i;

	for (i = 0; m->home[i]; i++)
		if (g_pattern_match_simple(m->home[i], file))
			return true;
	return !m->home[0];
}

/* Is the state among those that `from` names, or not among those that it excludes? */
static bool is_from(const char *from, const char *state)
{
	bool is_negated = *from == '!';
	g_auto(GStrv) names = g_strsplit(from + is_negated, "|", -1);

	return g_strv_contains((const char *const *)names, state) != is_negated;
}

/* ---- rows ------------------------------------------------------------------------------------- */

/* A row of table state. */
struct state_row {
	int64_t function, target, value, source, origin, note, file, macro, condition;
	int how, entry, line, column;
	bool is_dead;
};

static void read_row(struct ew_rows *r, struct state_row *s)
{
	*s = (struct state_row){
		.function = ew_rows_int(r, 0),
		.target = ew_rows_int(r, 2),
		.how = ew_rows_int(r, 3),
		.value = ew_rows_int(r, 4),
		.source = ew_rows_int(r, 5),
		.origin = ew_rows_int(r, 6),
		.note = ew_rows_int(r, 7),
		.entry = ew_rows_int(r, 8),
		.file = ew_rows_int(r, 9),
		.line = ew_rows_int(r, 10),
		.column = ew_rows_int(r, 11),
		.macro = ew_rows_int(r, 12),
		.condition = ew_rows_int(r, 13),
		.is_dead = ew_rows_int(r, 14),
	};
}

static GArray *all_rows(struct ew_query *q)
{
	GArray *rows = g_array_new(false, false, sizeof(struct state_row));
	ew_auto(rows) r = ew_store_select(q->store, EW_ALL_STATES, "");

	while (ew_rows_next(r)) {
		struct state_row s;

		read_row(r, &s);
		g_array_append_val(rows, s);
	}
	return rows;
}

/* ---- what keeps a state ----------------------------------------------------------------------- */

/* Nodes of members and parameters; the value is 1, or 2 for a parameter that is only handed on. */
static void add_node(GHashTable *keepers, int64_t node, int how)
{
	g_hash_table_insert(keepers, g_memdup2(&node, sizeof node), GINT_TO_POINTER(how));
}

static void add_members(struct ew_query *q, const struct ew_refs_states *m, GHashTable *keepers)
{
	int i;
	guint k;

	for (i = 0; m->members[i]; i++) {
		g_autoptr(GArray) nodes = query_field_nodes(q, m->members[i]);

		for (k = 0; k < nodes->len; k++)
			add_node(keepers, g_array_index(nodes, int64_t, k), 1);
	}
}

static void add_setters(struct ew_query *q, const struct ew_refs_states *m, GHashTable *keepers)
{
	int i;

	for (i = 0; m->setters[i]; i++) {
		const char *hash = strchr(m->setters[i], '#');
		g_autofree char *name = g_strndup(m->setters[i], hash - m->setters[i]);
		ew_auto(rows) r = ew_store_select(q->store, EW_FUNCTIONS_NAMED, "s", name);

		while (ew_rows_next(r))
			add_node(keepers, ew_node_param(ew_rows_int(r, 0), atoi(hash + 1)), 1);
	}
}

/* Through any number of functions: until no parameter is found any more. */
static void add_forwarders(const GArray *rows, GHashTable *keepers)
{
	bool is_new = true;
	guint i;

	while (is_new) {
		is_new = false;
		for (i = 0; i < rows->len; i++) {
			const struct state_row *s = &g_array_index(rows, struct state_row, i);

			if (s->value || !s->source || !g_hash_table_contains(keepers, &s->target) ||
			    g_hash_table_contains(keepers, &s->source))
				continue;
			add_node(keepers, s->source, 2);
			is_new = true;
		}
	}
}

/* ---- the answer ------------------------------------------------------------------------------- */

struct search {
	struct ew_query *query;
	const struct ew_states_question *question;
	const struct ew_refs_states *machine;
	GHashTable *keepers;
	GPtrArray *found;
	int unknown;
};

static const char *name_of_keeper(struct ew_query *q, int64_t node)
{
	if (ew_node_kind_of(node) == EW_NODE_PARAM)
		return query_symbol(q, EW_SYMBOL_FUNCTION, ew_node_id(node))->name;
	return query_node_name(q, node);
}

static uint32_t bit_of_context(const char *name)
{
	int i;

	for (i = 0; ew_context_names[i]; i++)
		if (!strcmp(ew_context_names[i], name))
			return (uint32_t)1 << i;
	return 0;
}

/* A function that gives several states is asked about once. */
static uint32_t bound_contexts(struct search *s, const struct ew_symbol *f, uint32_t *sure, uint32_t *proved)
{
	g_autoptr(GPtrArray) contexts = NULL;
	uint32_t bits = 0;
	guint i;

	for (i = 0; i < s->found->len; i++) {
		const struct ew_state *known = g_ptr_array_index(s->found, i);

		if (known->function != f)
			continue;
		*sure = known->sure;
		*proved = known->proved;
		return known->contexts;
	}
	contexts = ew_query_contexts(s->query, f, s->question->binding, NULL);
	for (i = 0; contexts && i < contexts->len; i++) {
		const struct ew_context *c = g_ptr_array_index(contexts, i);

		bits |= bit_of_context(c->name);
		*sure |= c->kind != EW_CONTEXT_DOUBTFUL ? bit_of_context(c->name) : 0;
		*proved |= c->kind == EW_CONTEXT_PROVED ? bit_of_context(c->name) : 0;
	}
	return bits;
}

static struct ew_state *state_of_row(struct search *s, const struct state_row *row)
{
	struct ew_query *q = s->query;
	struct ew_state *t = g_new0(struct ew_state, 1);
	gpointer how = g_hash_table_lookup(s->keepers, &row->target);

	t->function = query_symbol(q, EW_SYMBOL_FUNCTION, row->function);
	t->machine = s->machine;
	t->to = query_string(q, row->value);
	t->from = query_string(q, row->origin);
	t->note = query_string(q, row->note);
	t->how = row->how;
	t->by = name_of_keeper(q, row->target);
	t->is_forwarded = GPOINTER_TO_INT(how) == 2;
	t->parameter = ew_node_kind_of(row->source) == EW_NODE_PARAM ? ew_node_position(row->source) : -1;
	t->place = (struct ew_place){query_file(q, row->file), row->line, row->column};
	t->entry = row->entry;
	t->macro = query_string(q, row->macro);
	t->condition = query_condition(q, row->condition);
	t->is_compiled = !row->is_dead;
	t->is_shared = (t->to && state_index(s->machine, t->to) < 0) ||
		       !t->place.file || !is_home(s->machine, t->place.file);
	if (s->question->binding)
		t->contexts = bound_contexts(s, t->function, &t->sure, &t->proved);
	else
		t->contexts = ew_query_context_bits(q, t->function, &t->sure, &t->proved);
	return t;
}

static void take_row(struct search *s, const struct state_row *row)
{
	const struct ew_states_question *a = s->question;
	const char *to, *from;

	if (!g_hash_table_contains(s->keepers, &row->target) ||
	    (a->function && a->function->id != row->function))
		return;
	to = query_string(s->query, row->value);
	from = query_string(s->query, row->origin);
	if (a->to && g_strcmp0(to, a->to))
		return;
	if (a->from && !from) {
		s->unknown++;
		return;
	}
	if (!a->from || is_from(from, a->from))
		g_ptr_array_add(s->found, state_of_row(s, row));
}

/* States in their order, then what is no state of the machine, then what is no constant. */
static int rank(const struct ew_state *t)
{
	int index = state_index(t->machine, t->to);

	return index >= 0 ? index : t->to ? G_MAXINT - 1 : G_MAXINT;
}

static int compare(gconstpointer a, gconstpointer b)
{
	const struct ew_state *x = *(struct ew_state *const *)a, *y = *(struct ew_state *const *)b;
	int order = rank(x) < rank(y) ? -1 : rank(x) > rank(y);

	if (!order)
		order = g_strcmp0(x->place.file, y->place.file);
	if (!order)
		order = x->place.line - y->place.line;
	if (!order)
		order = x->entry - y->entry;
	return order ? order : x->place.column - y->place.column;
}

GPtrArray *ew_query_states(struct ew_query *q, const struct ew_states_question *question, int *unknown,
			   GError **error)
{
	const GPtrArray *machines = ew_refs_states(q->refs);
	g_autoptr(GPtrArray) found = g_ptr_array_new_with_free_func(g_free);
	g_autoptr(GArray) rows = all_rows(q);
	struct search s = {.query = q, .question = question, .found = found};
	guint i, k;

	for (i = 0; i < machines->len; i++) {
		s.machine = g_ptr_array_index(machines, i);
		s.keepers = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, NULL);
		add_members(q, s.machine, s.keepers);
		add_setters(q, s.machine, s.keepers);
		add_forwarders(rows, s.keepers);
		for (k = 0; k < rows->len; k++)
			take_row(&s, &g_array_index(rows, struct state_row, k));
		g_hash_table_unref(s.keepers);
	}
	g_ptr_array_sort(found, compare);
	*unknown = s.unknown;
	return query_is_sound(q, error) ? g_steal_pointer(&found) : NULL;
}
