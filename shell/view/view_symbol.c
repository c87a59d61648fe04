/* SPDX-License-Identifier: GPL-3.0-or-later */
/* def and slots: where a name is defined, what a member holds and where it is called. */
#include "view/view.h"
#include <string.h>

static const char *kind_name(const struct ew_symbol *s)
{
	switch (s->kind) {
	case EW_SYMBOL_FUNCTION:
		return "function";
	case EW_SYMBOL_RECORD:
		return "struct";
	case EW_SYMBOL_FIELD:
		return "member";
	case EW_SYMBOL_VARIABLE:
		return "variable";
	case EW_SYMBOL_MACRO:
		return "macro";
	case EW_SYMBOL_FILE:
		return "file";
	default:
		return "symbol";
	}
}

/* What the function is linked into, where that tells it from others of its name. */
static void add_program(struct ew_group *g, struct ew_query *q, const struct ew_symbol *s)
{
	const char *program = ew_query_program(q, s);
	struct ew_block *b = ew_doc_item(g, 4);

	if (!program) {
		ew_doc_text(b, EW_ROLE_HIDDEN, "program", NULL);
		ew_doc_say(b, "not known what it is linked into");
	} else if (!strcmp(program, "vmlinux")) {
		ew_doc_text(b, EW_ROLE_HIDDEN, "program", program);
		ew_doc_say(b, "in the kernel itself");
	} else {
		ew_doc_say(b, g_str_has_suffix(program, "/") ? "linked by itself in " : "in the module ");
		ew_doc_text(b, EW_ROLE_PLAIN, "program", program);
	}
}

static void add_including_unit(struct ew_group *g, struct ew_query *q, const struct ew_symbol *s)
{
	const char *unit = ew_query_including_unit(q, s);
	struct ew_block *b;

	if (!unit)
		return;
	b = ew_doc_item(g, 4);
	ew_doc_say(b, "as ");
	ew_doc_text(b, EW_ROLE_PLAIN, "unit", unit);
	ew_doc_say(b, " includes it");
}

static void add_giving_way(struct ew_group *g, struct ew_query *q, const struct ew_symbol *s)
{
	g_autoptr(GPtrArray) files = ew_query_giving_way(q, s);

	if (!files->len)
		return;
	struct ew_list *list = ew_doc_list(g, "giving_way", EW_LIST_PLAIN);
	for (guint i = 0; i < files->len; i++) {
		struct ew_block *b = ew_doc_item(ew_list_entry(list), 4);

		ew_doc_text(b, EW_ROLE_FAINT, "file", files->pdata[i]);
		ew_doc_text(b, EW_ROLE_FAINT, NULL, " defines it too, and gives way");
	}
}

/* Of several external functions of one name: which one is meant. */
static void add_meaning(struct ew_group *g, const GPtrArray *twins)
{
	const struct ew_symbol *first = g_ptr_array_index(twins, 0);
	struct ew_block *b = ew_doc_paragraph(g);

	ew_doc_sayf(b, "%u units define it for programs of their own. A call means the one of its own unit; else "
		       "of its own program; else the kernel's. Where that does not tell, the first is taken: ",
		    twins->len);
	ew_doc_textf(b, EW_ROLE_FUNCTION, "first", "%s:%s", first->place.file, first->name);
}

static void add_symbol(struct ew_group *g, struct ew_query *q, const struct ew_symbol *s, bool has_twins)
{
	struct ew_block *b = ew_doc_item(g, 0);

	ew_doc_bool(b, EW_ROLE_FAINT, "static", s->is_static, "static ", NULL);
	ew_doc_bool(b, EW_ROLE_FAINT, "inline", s->is_inline, "inline ", NULL);
	ew_doc_text(b, EW_ROLE_PLAIN, "kind", s->kind == EW_SYMBOL_RECORD && s->type ? s->type
										 : kind_name(s));
	ew_doc_say(b, " ");
	ew_doc_text(b, EW_ROLE_FUNCTION, "name", s->name);
	ew_doc_say(b, "  ");
	ew_doc_place(b, "place", &s->place);
	ew_doc_int(b, EW_ROLE_HIDDEN, "end_line", s->end_line);
	if (!s->place.file)
		ew_doc_text(b, EW_ROLE_WARNING, NULL, "declared only: its definition is not in this index");
	if (s->kind == EW_SYMBOL_RECORD)
		ew_doc_text(b, EW_ROLE_HIDDEN, "type", s->type);
	else
		ew_doc_text(ew_doc_item(g, 4), EW_ROLE_TYPE, "type", s->type);
	if (has_twins && s->kind == EW_SYMBOL_FUNCTION && !s->is_static)
		add_program(g, q, s);
	add_including_unit(g, q, s);
	add_giving_way(g, q, s);
}

static GPtrArray *twins_among(struct ew_query *q, const GPtrArray *symbols)
{
	for (guint i = 0; i < symbols->len; i++) {
		GPtrArray *twins = ew_query_twins(q, g_ptr_array_index(symbols, i));

		if (twins->len)
			return twins;
		g_ptr_array_unref(twins);
	}
	return g_ptr_array_new();
}

struct ew_doc *ew_view_symbols(struct ew_query *q, const GPtrArray *symbols)
{
	struct ew_doc *doc = ew_doc_new("exitwalk.def/1");
	struct ew_group *g = ew_doc_root(doc);
	struct ew_list *list = ew_doc_list(g, "symbols", EW_LIST_PLAIN);
	g_autoptr(GPtrArray) twins = twins_among(q, symbols);

	for (guint i = 0; i < symbols->len; i++)
		add_symbol(ew_list_entry(list), q, g_ptr_array_index(symbols, i), twins->len > 0);
	if (twins->len)
		add_meaning(g, twins);
	ew_view_provenance(g, q);
	return doc;
}

/* ---- slots ----------------------------------------------------------------------------------- */

static void say_cut(struct ew_group *g, guint shown, guint all)
{
	if (shown < all)
		ew_doc_sayf(ew_doc_note(g, EW_ROLE_WARNING), "… and %u more: --limit %u cut the answer.",
			    all - shown, shown);
}

static void add_store(struct ew_table *t, const struct ew_slot_store *store)
{
	struct ew_block *row = ew_table_row(t);

	ew_doc_text(row, EW_ROLE_FUNCTION, "function", store->function ? store->function->name : NULL);
	ew_doc_text(row, EW_ROLE_VARIABLE, "container", store->container);
	if (!store->container)
		ew_doc_textf(row, EW_ROLE_FAINT, NULL, "(by %s)", store->how);
	ew_doc_text(row, EW_ROLE_HIDDEN, "how", store->how);
	ew_doc_place(row, "place", &store->place);
}

static void add_dispatch(struct ew_table *t, const struct ew_edge *e)
{
	struct ew_block *row = ew_table_row(t);

	ew_doc_text(row, EW_ROLE_FUNCTION, "caller", e->caller->name);
	ew_doc_place(row, "site", &e->site);
	ew_doc_int(row, e->candidates ? EW_ROLE_PLAIN : EW_ROLE_WARNING, "targets", e->candidates);
	ew_doc_text(row, EW_ROLE_FAINT, "macro", e->macro);
}

/* "3 stores in 3 objects, 2 calls: 2 with a target, 0 without" */
static void add_counts(struct ew_group *g, const struct ew_slot *slot)
{
	g_autoptr(GHashTable) objects = g_hash_table_new(g_str_hash, g_str_equal);
	struct ew_block *b = ew_doc_paragraph(g);
	guint resolved = 0;

	for (guint i = 0; i < slot->stores->len; i++) {
		const struct ew_slot_store *s = g_ptr_array_index(slot->stores, i);

		if (s->container)
			g_hash_table_add(objects, (void *)s->container);
	}
	for (guint i = 0; i < slot->dispatches->len; i++)
		resolved += ((struct ew_edge *)g_ptr_array_index(slot->dispatches, i))->candidates > 0;
	ew_doc_int(b, EW_ROLE_PLAIN, "store_count", slot->stores->len);
	ew_doc_say(b, slot->stores->len == 1 ? " store in " : " stores in ");
	ew_doc_int(b, EW_ROLE_PLAIN, "object_count", g_hash_table_size(objects));
	ew_doc_say(b, g_hash_table_size(objects) == 1 ? " named object; " : " named objects; ");
	ew_doc_int(b, EW_ROLE_PLAIN, "dispatch_count", slot->dispatches->len);
	ew_doc_say(b, slot->dispatches->len == 1 ? " call" : " calls");
	if (slot->direct < slot->dispatches->len)
		ew_doc_sayf(b, " (%u through copies of its value)", slot->dispatches->len - slot->direct);
	ew_doc_int(b, EW_ROLE_HIDDEN, "direct_count", slot->direct);
	ew_doc_say(b, ": ");
	ew_doc_int(b, EW_ROLE_GOOD, "resolved_count", resolved);
	ew_doc_say(b, " with a target, ");
	ew_doc_int(b, EW_ROLE_WARNING, "unresolved_count", slot->dispatches->len - resolved);
	ew_doc_say(b, " without");
}

static void say_stores(struct ew_block *b, const GPtrArray *stores)
{
	g_autoptr(GHashTable) functions = g_hash_table_new(NULL, NULL);

	for (guint i = 0; i < stores->len; i++)
		g_hash_table_add(functions, (void *)((struct ew_slot_store *)stores->pdata[i])->function);
	guint count = g_hash_table_size(functions);
	ew_doc_sayf(b, "%u function%s stored there", count, count == 1 ? " is" : "s are");
	if (count != stores->len)
		ew_doc_sayf(b, ", in %u places", stores->len);
}

static void add_objects(struct ew_group *g, const struct ew_slot *slot, int limit)
{
	guint all = slot->objects->len, shown = limit ? MIN((guint)limit, all) : all;

	if (!all)
		return;
	ew_doc_sayf(ew_doc_heading(g, 2), "%u object%s it, and so many calls can find each", all,
		    all == 1 ? " holds" : "s hold");
	struct ew_table *t = ew_doc_table(ew_doc_group(g, NULL, 2), "objects");
	ew_table_column(t, "object", "object", EW_ALIGN_LEFT);
	ew_table_column(t, "stores", "stores", EW_ALIGN_RIGHT);
	ew_table_column(t, "dispatches", "calls", EW_ALIGN_RIGHT);
	for (guint i = 0; i < shown; i++) {
		const struct ew_slot_object *o = g_ptr_array_index(slot->objects, i);
		struct ew_block *row = ew_table_row(t);

		ew_doc_text(row, EW_ROLE_VARIABLE, "object", o->name);
		ew_doc_int(row, EW_ROLE_PLAIN, "stores", o->stores);
		ew_doc_int(row, o->dispatches ? EW_ROLE_PLAIN : EW_ROLE_WARNING, "dispatches", o->dispatches);
	}
	say_cut(g, shown, all);
}

struct ew_doc *ew_view_slot(struct ew_query *q, const struct ew_slot *slot, int limit)
{
	guint stored = limit ? MIN((guint)limit, slot->stores->len) : slot->stores->len;
	guint called = limit ? MIN((guint)limit, slot->dispatches->len) : slot->dispatches->len;
	struct ew_doc *doc = ew_doc_new("exitwalk.slots/1");
	struct ew_group *g = ew_doc_root(doc);
	struct ew_block *title = ew_doc_heading(g, 1);

	ew_doc_text(title, EW_ROLE_FIELD, "slot", slot->field->name);
	ew_doc_say(title, "  ");
	ew_doc_place(title, "place", &slot->field->place);
	ew_doc_text(ew_doc_paragraph(g), EW_ROLE_TYPE, "type", slot->field->type);

	add_counts(g, slot);
	say_stores(ew_doc_heading(g, 2), slot->stores);
	struct ew_table *stores = ew_doc_table(ew_doc_group(g, NULL, 2), "stores");
	ew_table_column(stores, "function", "function", EW_ALIGN_LEFT);
	ew_table_column(stores, "container", "in the object", EW_ALIGN_LEFT);
	ew_table_column(stores, "place", "where", EW_ALIGN_LEFT);
	for (guint i = 0; i < stored; i++)
		add_store(stores, g_ptr_array_index(slot->stores, i));
	say_cut(g, stored, slot->stores->len);

	ew_doc_sayf(ew_doc_heading(g, 2), "%u call%s through it", slot->dispatches->len,
		    slot->dispatches->len == 1 ? " goes" : "s go");
	struct ew_table *calls = ew_doc_table(ew_doc_group(g, NULL, 2), "dispatches");
	ew_table_column(calls, "caller", "caller", EW_ALIGN_LEFT);
	ew_table_column(calls, "site", "where", EW_ALIGN_LEFT);
	ew_table_column(calls, "targets", "targets", EW_ALIGN_RIGHT);
	ew_table_column(calls, "macro", "macro", EW_ALIGN_LEFT);
	for (guint i = 0; i < called; i++)
		add_dispatch(calls, g_ptr_array_index(slot->dispatches, i));
	say_cut(g, called, slot->dispatches->len);
	add_objects(g, slot, limit);
	ew_doc_bool(ew_doc_paragraph(g), EW_ROLE_HIDDEN, "more",
		    stored < slot->stores->len || called < slot->dispatches->len, NULL, NULL);
	ew_view_provenance(g, q);
	return doc;
}
