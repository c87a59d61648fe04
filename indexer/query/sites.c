/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Calls through a pointer as a whole: those without a target and why, and how well the others are told apart. */
#include <string.h>

#include "kbuild/kbuild.h"
#include "query/sites.h"

static const struct {
	const char *name, *text;
} reasons[EW_SITE_REASONS] = {
	[EW_SITE_RESOLVED] = {"resolved", "it has a target"},
	[EW_SITE_NO_STORE] = {"no_store", "nothing in this index stores a function there"},
	[EW_SITE_ONLY_CONSTANTS] = {"only_constants", "only NULL or numbers are stored there"},
	[EW_SITE_NEVER_GIVEN] = {"never_given", "nobody in this index gives the parameter a value"},
	[EW_SITE_OBJECT_EMPTY] = {"object_empty", "other objects are filled, but nothing is stored into this one"},
	[EW_SITE_RETURN_WITHOUT_BODY] = {"return_without_body",
					 "it comes back from a function that has no body in this index"},
	[EW_SITE_FROM_OUTSIDE] = {"from_outside",
				  "it comes in as a parameter of a function that code outside can call"},
	[EW_SITE_ONLY_UNNAMED] = {"only_unnamed",
				  "what is stored there has no name: arithmetic, a number, a value out of memory"},
	[EW_SITE_NO_NAME] = {"no_name", "the expression that is called has no name"},
	[EW_SITE_NOT_REGISTERED] = {"not_registered", "nothing is registered with the mechanism that runs here"},
	[EW_SITE_PROBES] = {"probes", "the probes of a tracepoint: what register_trace_NAME() and the trace events "
				      "hand over is kept as a void * (tracepoint_func.func), and not followed"},
	[EW_SITE_KEY_BY_VALUE] = {"key_by_value", "a static call that is updated through a key held in a variable: "
					      "not followed"},
	[EW_SITE_NOT_COMPILED] = {"not_compiled", "only code that this configuration does not compile stores a function there"},
	[EW_SITE_OTHER_MEMBER] = {"other_member", "only another member in its bytes of a union is given a function, of another type "
						  "than is called"},
	[EW_SITE_UNTYPED] = {"untyped", "its value passes through a place without a function type (a void *), or is only NULL"},
};

const char *ew_site_reason_name(int reason)
{
	return reason >= 0 && reason < EW_SITE_REASONS && reasons[reason].name ? reasons[reason].name : "unknown";
}

int ew_query_site_reason(struct ew_query *q, int64_t call)
{
	ew_auto(rows) r = ew_store_select(q->store, EW_SITE, "i", call);

	return ew_rows_next(r) ? CLAMP(ew_rows_int(r, 0), 0, EW_SITE_REASONS - 1) : EW_SITE_NO_STORE;
}

const char *ew_site_reason_text(int reason)
{
	return reason >= 0 && reason < EW_SITE_REASONS && reasons[reason].text ? reasons[reason].text
								      : "the reason is not known";
}

static bool open_update(struct ew_query *q, int64_t slot, struct flow_row *f)
{
	ew_auto(rows) r = slot ? ew_store_select(q->store, EW_REACH, "ii", slot, (int64_t)0) : NULL;

	return r && ew_rows_next(r) && query_flow_row(q, ew_rows_int(r, 0), f);
}

struct ew_step *ew_query_open_update(struct ew_query *q, int64_t call)
{
	struct call_row c;
	struct flow_row f;

	return query_call_row(q, call, &c) && open_update(q, c.slot, &f) ? query_step(q, "update", &f) : NULL;
}

static bool is_handed_on(struct ew_query *q, int64_t function)
{
	ew_auto(rows) r = ew_store_select(q->store, EW_FLOWS_FROM, "i", ew_node_make(EW_NODE_FUNCTION, function));

	return ew_rows_next(r);
}

const char *ew_query_open_parameter(struct ew_query *q, int64_t call, bool *is_outside)
{
	ew_auto(rows) r = ew_store_select(q->store, EW_SITE, "i", call);
	int64_t parameter;

	if (!ew_rows_next(r) || ew_rows_int(r, 0) || !ew_rows_int(r, 1))
		return NULL;
	parameter = ew_rows_int(r, 1);
	*is_outside = ew_node_kind_of(parameter) == EW_NODE_PARAM && is_handed_on(q, ew_node_id(parameter));
	return query_node_name(q, parameter);
}

bool ew_query_is_from_outside(struct ew_query *q, const struct ew_edge *e)
{
	ew_auto(rows) r = NULL;

	if (!e->is_pointer || !e->object || g_strcmp0(e->grade, "layers:2") || g_strcmp0(e->when, "now"))
		return false;
	r = ew_store_select(q->store, EW_SITE, "i", e->call);
	return ew_rows_next(r) && !ew_rows_int(r, 5);
}

/* What passes through a void * that is not followed, or is put there by such an update. */
static bool is_partly(struct ew_query *q, int64_t slot, int reason)
{
	struct flow_row f;

	return reason == EW_SITE_UNTYPED || reason == EW_SITE_PROBES || reason == EW_SITE_KEY_BY_VALUE ||
	       query_untyped_slot(q, slot) || open_update(q, slot, &f);
}

void query_fill_site(struct ew_query *q, const struct call_row *c, struct ew_rows *r, int column,
		     struct ew_site *s)
{
	int64_t origin = ew_rows_int(r, column + 1);

	s->caller = query_symbol(q, EW_SYMBOL_FUNCTION, c->caller);
	s->call = c->id;
	s->place = (struct ew_place){query_file(q, c->file), c->line, c->column};
	s->slot = c->slot ? query_node_name(q, c->slot) : NULL;
	s->macro = query_string(q, c->macro);
	s->is_compiled = !c->is_dead;
	s->reason = ew_rows_int(r, column);
	s->origin = origin && origin != c->slot ? query_node_name(q, origin) : NULL;
	s->by_signature = ew_rows_int(r, column + 2);
	s->by_slot = ew_rows_int(r, column + 3);
	s->by_object = ew_rows_int(r, column + 4);
	s->is_open = ew_rows_int(r, column + 5);
	s->is_partly = is_partly(q, c->slot, s->reason);
}

/* ---- without a target -------------------------------------------------------------------------- */

static bool is_in_scope(const char *file, const char *const *patterns)
{
	int i;

	for (i = 0; file && patterns && patterns[i]; i++)
		if (ew_kbuild_matches(patterns[i], file))
			return true;
	return !patterns;
}

bool ew_query_has_file(struct ew_query *q, const char *const *patterns)
{
	ew_auto(rows) r = ew_store_select(q->store, EW_ALL_FILES, "");

	while (ew_rows_next(r))
		if (is_in_scope(ew_rows_text(r, 1), patterns))
			return true;
	return false;
}

static int compare_sites(gconstpointer a, gconstpointer b)
{
	const struct ew_site *x = *(struct ew_site *const *)a, *y = *(struct ew_site *const *)b;
	int order = x->reason - y->reason;

	if (!order)
		order = g_strcmp0(x->slot, y->slot);
	if (!order)
		order = g_strcmp0(x->place.file, y->place.file);
	if (!order)
		order = x->place.line - y->place.line;
	return order ? order : x->place.column - y->place.column;
}

GPtrArray *sites_found(struct ew_query *q)
{
	GPtrArray *sites = g_ptr_array_new_with_free_func(g_free);
	ew_auto(rows) r = ew_store_select(q->store, EW_UNRESOLVED, "");

	while (ew_rows_next(r)) {
		struct ew_site *s = g_new0(struct ew_site, 1);
		struct call_row c;

		query_read_call(r, &c);
		query_fill_site(q, &c, r, EW_CALL_COLUMNS, s);
		s->reason = CLAMP(s->reason, 0, EW_SITE_REASONS - 1);
		g_ptr_array_add(sites, s);
	}
	g_ptr_array_sort(sites, compare_sites);
	return sites;
}

/* Kept: the list is long, and the same for every question. */
static const GPtrArray *all_sites(struct ew_query *q)
{
	if (!q->sites)
		q->sites = sites_kept(q);
	if (!q->sites)
		q->sites = sites_found(q);
	return q->sites;
}

/* Of the reasons that are left the one that most have, the first of several; -1 if none is. */
static int next_reason(int counts[EW_SITE_REASONS])
{
	int most = -1, i;

	for (i = 0; i < EW_SITE_REASONS; i++)
		if (counts[i] && (most < 0 || counts[i] > counts[most]))
			most = i;
	return most;
}

/* The reason that most have first; those of one reason stand together. */
GPtrArray *ew_query_unresolved(struct ew_query *q, const char *const *patterns, GError **error)
{
	const GPtrArray *all = all_sites(q);
	g_autoptr(GPtrArray) asked = g_ptr_array_sized_new(all->len);
	GPtrArray *sites = g_ptr_array_sized_new(all->len);
	int counts[EW_SITE_REASONS] = {0}, first[EW_SITE_REASONS] = {0}, reason, i;
	guint k;

	for (k = 0; k < all->len; k++) {
		struct ew_site *s = g_ptr_array_index(all, k);

		if (!is_in_scope(s->place.file, patterns))
			continue;
		if (!counts[s->reason]++)
			first[s->reason] = asked->len;
		g_ptr_array_add(asked, s);
	}
	for (; (reason = next_reason(counts)) >= 0; counts[reason] = 0)
		for (i = first[reason]; i < first[reason] + counts[reason]; i++)
			g_ptr_array_add(sites, asked->pdata[i]);
	if (query_is_sound(q, error))
		return sites;
	g_ptr_array_unref(sites);
	return NULL;
}

/* ---- all of them ------------------------------------------------------------------------------- */

struct tally {
	struct ew_query *query;
	struct ew_pointer_coverage *c;
	GArray *targets; /* of int: of each site that is compiled and has some */
	GArray *plain;	 /* the same without static calls */
	GArray *widest;	 /* of struct wide, the widest first */
	int64_t by_signature, by_slot;
	int with_signature; /* sites whose type is known */
};

struct wide {
	int64_t call;
	int targets;
};

/* The targets of the calls, by call; a call's stand together. */
struct edges_of_calls {
	struct ew_rows *rows;
	struct edge_row next;
	bool has_next;
	int differing; /* of the targets of the call counted last: those of another type */
};

static void next_edge(struct edges_of_calls *e)
{
	e->has_next = ew_rows_next(e->rows);
	if (e->has_next)
		query_read_edge(e->rows, &e->next);
}

/* Functions that compiled code brings there, and the least that was proved of one of them. */
static int count_targets(struct edges_of_calls *e, int64_t call, int *grade, GHashTable *seen)
{
	g_hash_table_remove_all(seen);
	*grade = EW_GRADES - 1;
	e->differing = 0;
	while (e->has_next && e->next.call < call)
		next_edge(e);
	for (; e->has_next && e->next.call == call; next_edge(e)) {
		if (e->next.is_dead)
			continue;
		if (g_hash_table_add(seen, GSIZE_TO_POINTER((gsize)e->next.callee)))
			e->differing += e->next.differs;
		*grade = MIN(*grade, e->next.grade);
	}
	return g_hash_table_size(seen);
}

static void keep_wide(struct tally *t, int64_t call, int targets)
{
	struct wide w = {call, targets};
	guint i = t->widest->len;

	while (i && g_array_index(t->widest, struct wide, i - 1).targets < targets)
		i--;
	if (i == EW_WIDEST_SITES)
		return;
	g_array_insert_val(t->widest, i, w);
	if (t->widest->len > EW_WIDEST_SITES)
		g_array_set_size(t->widest, EW_WIDEST_SITES);
}

static bool is_static_call(struct ew_query *q, int64_t slot)
{
	return ew_node_kind_of(slot) == EW_NODE_VARIABLE && g_str_has_prefix(query_node_name(q, slot), "__SCK__");
}

static void count_site(struct tally *t, struct ew_rows *r, int targets, int grade, int differing)
{
	struct ew_pointer_coverage *c = t->c;
	int by_signature = ew_rows_int(r, 3);

	c->sites++;
	if (ew_rows_int(r, 2)) {
		c->dead++;
		return;
	}
	if (!targets) {
		c->reasons[CLAMP(ew_rows_int(r, 1), 0, EW_SITE_REASONS - 1)]++;
		return;
	}
	c->resolved++;
	c->single += targets == 1;
	c->targets += targets;
	c->differing += differing;
	c->grades[CLAMP(grade, 0, EW_GRADES - 1)]++;
	g_array_append_val(t->targets, targets);
	if (!is_static_call(t->query, ew_rows_int(r, 5))) {
		c->plain.resolved++;
		c->plain.single += targets == 1;
		c->plain.targets += targets;
		g_array_append_val(t->plain, targets);
	}
	keep_wide(t, ew_rows_int(r, 0), targets);
	t->by_slot += ew_rows_int(r, 4);
	if (by_signature) {
		t->by_signature += by_signature;
		t->with_signature++;
	}
}

static int compare_ints(gconstpointer a, gconstpointer b)
{
	return *(const int *)a - *(const int *)b;
}

/* The mean of the two in the middle where there is none. */
static double median(GArray *values)
{
	guint n = values->len;

	if (!n)
		return 0;
	g_array_sort(values, compare_ints);
	return (g_array_index(values, int, (n - 1) / 2) + g_array_index(values, int, n / 2)) / 2.0;
}

static void add_widest(struct ew_query *q, struct tally *t)
{
	guint i;

	for (i = 0; i < t->widest->len; i++) {
		const struct wide *w = &g_array_index(t->widest, struct wide, i);
		ew_auto(rows) r = ew_store_select(q->store, EW_SITE, "i", w->call);
		struct ew_site *s = g_new0(struct ew_site, 1);
		struct call_row c;

		if (ew_rows_next(r) && query_call_row(q, w->call, &c))
			query_fill_site(q, &c, r, 0, s);
		s->targets = w->targets;
		g_ptr_array_add(t->c->widest, s);
	}
}

static void finish(struct ew_query *q, struct tally *t)
{
	struct ew_pointer_coverage *c = t->c;

	c->median = median(t->targets);
	c->plain.median = median(t->plain);
	c->plain.mean = c->plain.resolved ? (double)c->plain.targets / c->plain.resolved : 0;
	c->mean = c->resolved ? (double)c->targets / c->resolved : 0;
	c->mean_by_slot = c->resolved ? (double)t->by_slot / c->resolved : 0;
	c->mean_by_signature = t->with_signature ? (double)t->by_signature / t->with_signature : 0;
	c->without_signature = c->resolved - t->with_signature;
	add_widest(q, t);
}

struct ew_pointer_coverage *pointer_coverage_found(struct ew_query *q)
{
	struct ew_pointer_coverage *c = g_new0(struct ew_pointer_coverage, 1);
	g_autoptr(GArray) targets = g_array_new(FALSE, FALSE, sizeof(int));
	g_autoptr(GArray) plain = g_array_new(FALSE, FALSE, sizeof(int));
	g_autoptr(GArray) widest = g_array_new(FALSE, FALSE, sizeof(struct wide));
	g_autoptr(GHashTable) seen = g_hash_table_new(NULL, NULL);
	struct tally t = {.query = q, .c = c, .plain = plain, .targets = targets, .widest = widest};
	ew_auto(rows) edges = ew_store_select(q->store, EW_ALL_EDGES, "");
	ew_auto(rows) r = ew_store_select(q->store, EW_POINTER_SITES, "");
	struct edges_of_calls e = {.rows = edges};

	c->widest = g_ptr_array_new_with_free_func(g_free);
	next_edge(&e);
	while (ew_rows_next(r)) {
		int grade, n = count_targets(&e, ew_rows_int(r, 0), &grade, seen);

		count_site(&t, r, n, grade, e.differing);
	}
	finish(q, &t);
	return c;
}

struct ew_pointer_coverage *ew_query_pointer_coverage(struct ew_query *q, GError **error)
{
	struct ew_pointer_coverage *c = pointer_coverage_kept(q);

	if (!c)
		c = pointer_coverage_found(q);
	if (query_is_sound(q, error))
		return c;
	ew_pointer_coverage_free(c);
	return NULL;
}

void ew_pointer_coverage_free(struct ew_pointer_coverage *c)
{
	if (!c)
		return;
	g_ptr_array_unref(c->widest);
	g_free(c);
}
