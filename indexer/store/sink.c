/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Facts as rows: keys become ids. An entity gets its id when it is first named, and its row when it is
 * defined, or at the end if it never is.
 */
#include <inttypes.h>
#include <string.h>

#include "store/writer.h"

enum { MAX_PARAMETER = 63 };

/* ---- ids ------------------------------------------------------------------------------------- */

struct entity *writer_entity(struct entities *e, const char *key)
{
	struct entity *known = g_hash_table_lookup(e->by_key, key);

	if (known)
		return known;
	known = g_new0(struct entity, 1);
	known->id = ++e->last_id;
	g_hash_table_insert(e->by_key, g_strdup(key), known);
	return known;
}

int64_t writer_string(struct ew_store_writer *w, const char *text)
{
	struct entity *e;

	if (!text)
		return 0;
	e = writer_entity(&w->strings, text);
	if (!e->is_defined) {
		e->is_defined = true;
		writer_run(w, INSERT_STRING, "is", e->id, text);
	}
	return e->id;
}

int64_t writer_file(struct ew_store_writer *w, const char *path)
{
	struct entity *e;

	if (!path)
		return 0;
	e = writer_entity(&w->files, path);
	if (!e->is_defined) {
		gpointer kept;

		e->is_defined = true;
		writer_run(w, INSERT_FILE, "is", e->id, path);
		g_hash_table_lookup_extended(w->files.by_key, path, &kept, NULL);
		g_ptr_array_add(w->new_files, kept);
	}
	return e->id;
}

static int64_t local_id(struct ew_store_writer *w, const char *key)
{
	int64_t id = (intptr_t)g_hash_table_lookup(w->locals, key);
	const char *name, *end;

	if (id)
		return id;
	id = ++w->last_local;
	g_hash_table_insert(w->locals, g_strdup(key), (gpointer)(intptr_t)id);
	name = strrchr(key, '%');
	end = strrchr(key, '@');
	if (name && end > name) {
		g_autofree char *text = g_strndup(name + 1, end - name - 1);

		writer_run(w, INSERT_LOCAL, "iii", id, w->function, writer_string(w, text));
	}
	return id;
}

/* "F#2" and "F#r" */
static int64_t function_part(struct ew_store_writer *w, enum ew_node_kind kind, const char *key)
{
	const char *hash = strrchr(key, '#');
	g_autofree char *function = hash ? g_strndup(key, hash - key) : NULL;
	int64_t id;

	if (!hash)
		return 0;
	id = writer_entity(&w->functions, function)->id;
	if (kind == EW_NODE_RETURN)
		return ew_node_make(kind, id);
	return ew_node_param(id, MIN(atoi(hash + 1), MAX_PARAMETER));
}

static int64_t node_of(struct ew_store_writer *w, enum ew_node_kind kind, const char *key)
{
	switch (kind) {
	case EW_NODE_FUNCTION:
		return ew_node_make(kind, writer_entity(&w->functions, key)->id);
	case EW_NODE_VARIABLE:
		return ew_node_make(kind, writer_entity(&w->variables, key)->id);
	case EW_NODE_FIELD:
		return ew_node_make(kind, writer_entity(&w->fields, key)->id);
	case EW_NODE_PARAM:
	case EW_NODE_RETURN:
		return function_part(w, kind, key);
	case EW_NODE_LOCAL:
		return ew_node_make(kind, local_id(w, key));
	default:
		return 0;
	}
}

/* ---- the sink -------------------------------------------------------------------------------- */

static void insert_function(struct ew_store_writer *w, int64_t id, const struct ew_fact_function *f)
{
	int64_t flags = (f->linkage == EW_LINKAGE_STATIC ? EW_STORE_STATIC : 0) |
			(f->is_inline ? EW_STORE_INLINE : 0) | (f->is_weak ? EW_STORE_WEAK : 0);

	writer_run(w, INSERT_FUNCTION, "isniiiii", id, f->name, writer_file(w, f->place.file),
	    (int64_t)f->place.line, (int64_t)f->place.column, (int64_t)f->end_line, flags,
	    writer_string(w, f->signature));
}

static bool on_function(void *data, const struct ew_fact_function *f)
{
	struct ew_store_writer *w = data;
	struct entity *e = writer_entity(&w->functions, f->key);

	if (e->is_defined && (!e->is_weak || f->is_weak))
		return false;
	if (e->is_defined) {
		struct replaced *r = g_new(struct replaced, 1);

		*r = (struct replaced){e->id, w->last_call, w->last_flow};
		g_ptr_array_add(w->replaced, r);
		writer_run(w, DROP_ACCESSES, "i", e->id);
	}
	e->is_defined = true;
	e->is_weak = f->is_weak;
	w->function = e->id;
	insert_function(w, e->id, f);
	return true;
}

void writer_end_function(struct ew_store_writer *w)
{
	w->function = 0;
	g_hash_table_remove_all(w->locals);
	g_array_set_size(w->conditions, 0);
	g_array_set_size(w->calls, 0);
}

static void on_end_function(void *data)
{
	writer_end_function(data);
}

static void on_record(void *data, const struct ew_fact_record *r)
{
	struct ew_store_writer *w = data;
	struct entity *e = writer_entity(&w->records, r->key);

	if (e->is_defined)
		return;
	e->is_defined = true;
	writer_run(w, INSERT_RECORD, "issniii", e->id, r->name, r->keyword, writer_file(w, r->place.file),
	    (int64_t)r->place.line, (int64_t)r->place.column, (int64_t)r->end_line);
}

static void on_field(void *data, const struct ew_fact_field *f)
{
	struct ew_store_writer *w = data;
	struct entity *e = writer_entity(&w->fields, f->key);

	if (e->is_defined)
		return;
	e->is_defined = true;
	writer_run(w, INSERT_FIELD, "iisnii", e->id, writer_entity(&w->records, f->record)->id, f->name,
	    writer_string(w, f->type), (int64_t)f->line,
	    (int64_t)(f->is_function_pointer ? EW_STORE_FUNCTION_POINTER : 0));
}

static void on_variable(void *data, const struct ew_fact_variable *v)
{
	struct ew_store_writer *w = data;
	struct entity *e = writer_entity(&w->variables, v->key);

	if (e->is_defined)
		return;
	e->is_defined = true;
	writer_run(w, INSERT_VARIABLE, "isniiiin", e->id, v->name, writer_file(w, v->place.file),
	    (int64_t)v->place.line, (int64_t)v->place.column, (int64_t)v->end_line,
	    (int64_t)(v->linkage == EW_LINKAGE_STATIC ? EW_STORE_STATIC : 0),
	    writer_string(w, v->type));
}

/* Ids are handed out in the order of index, so the array's position is the index. */
static int64_t id_at(GArray *ids, int index)
{
	return index >= 0 && index < (int)ids->len ? g_array_index(ids, int64_t, index) : 0;
}

static void on_condition(void *data, const struct ew_fact_condition *c)
{
	struct ew_store_writer *w = data;
	int64_t id = ++w->last_condition;

	writer_run(w, INSERT_CONDITION, "iniiniiii", id, id_at(w->conditions, c->parent), (int64_t)(c->kind | (c->is_in_macro ? EW_STORE_IN_MACRO : 0)),
	    (int64_t)c->is_dead, writer_file(w, c->place.file), (int64_t)c->place.line,
	    (int64_t)c->place.column, (int64_t)c->end_line, (int64_t)c->end_column);
	g_array_append_val(w->conditions, id);
}

static void on_call(void *data, const struct ew_fact_call *c)
{
	struct ew_store_writer *w = data;
	int64_t id = ++w->last_call, callee = 0, slot = 0, base = 0;

	if (c->callee)
		callee = writer_entity(&w->functions, c->callee)->id;
	else
		slot = node_of(w, c->slot.kind, c->slot.key);
	if (slot)
		base = node_of(w, c->slot.base_kind, c->slot.base);
	writer_run(w, INSERT_CALL, "iiinnnnnniinni", id, w->function, (int64_t)c->ordinal, callee, slot, base,
	    (int64_t)c->slot.base_mode, writer_string(w, c->signature), writer_file(w, c->place.file),
	    (int64_t)c->place.line, (int64_t)c->place.column, writer_string(w, c->macro),
	    id_at(w->conditions, c->condition), (int64_t)c->is_dead);
	g_array_append_val(w->calls, id);
}

/* A header's table may be told by every worker: once is enough. */
static bool was_told(struct ew_store_writer *w, int64_t to, int64_t from,
		     const struct ew_place *place)
{
	g_autofree char *key = g_strdup_printf("%" PRId64 ".%" PRId64 ".%s:%d:%d", to, from,
					       place->file, place->line, place->column);

	return !g_hash_table_add(w->file_flows, g_steal_pointer(&key));
}

static void on_flow(void *data, const struct ew_fact_flow *f)
{
	struct ew_store_writer *w = data;
	int64_t to = node_of(w, f->to.kind, f->to.key);
	int64_t from = node_of(w, f->from.kind, f->from.key);

	if (!to || (!f->function && was_told(w, to, from, &f->place)))
		return;
	writer_run(w, INSERT_FLOW, "iiniiniiinniinn", ++w->last_flow, to, node_of(w, f->to.base_kind, f->to.base),
	    (int64_t)f->to.base_mode, from, node_of(w, f->from.base_kind, f->from.base),
	    (int64_t)f->from.base_mode, (int64_t)f->from.is_address, (int64_t)f->how,
	    f->function ? w->function : 0, writer_file(w, f->place.file), (int64_t)f->place.line,
	    (int64_t)f->place.column, id_at(w->calls, f->call), writer_string(w, f->macro));
}

static void on_access(void *data, const struct ew_fact_access *a)
{
	struct ew_store_writer *w = data;

	writer_run(w, INSERT_ACCESS, "iiiii", w->function, (int64_t)a->place.line, (int64_t)a->place.column,
	    writer_entity(&w->fields, a->field)->id, (int64_t)(a->mode | (a->in_condition ? 4 : 0)));
}

static void on_file(void *data, const char *path)
{
	writer_file(data, path);
}

static void on_diagnostic(void *data, const struct ew_place *place, const char *text)
{
	struct ew_store_writer *w = data;

	if (w->diagnostic)
		return;
	w->diagnostic = place->file ? g_strdup_printf("%s:%d: %s", place->file, place->line, text)
				    : g_strdup(text);
}

void writer_init_sink(struct ew_store_writer *w)
{
	w->sink = (struct ew_sink){
		.data = w,
		.function = on_function,
		.end_function = on_end_function,
		.record = on_record,
		.field = on_field,
		.variable = on_variable,
		.condition = on_condition,
		.call = on_call,
		.flow = on_flow,
		.access = on_access,
		.file = on_file,
		.diagnostic = on_diagnostic,
	};
}
