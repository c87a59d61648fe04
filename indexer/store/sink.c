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
	int64_t hash = ew_store_hash(key, strlen(key));
	struct entity *known = g_hash_table_lookup(e->by_key, &hash);

	if (known)
		return known;
	known = g_new0(struct entity, 1);
	known->hash = hash;
	known->id = ++e->last_id;
	known->key = g_strdup(key);
	g_hash_table_insert(e->by_key, &known->hash, known);
	return known;
}

void writer_free_entity(gpointer data)
{
	struct entity *e = data;

	g_free(e->key);
	g_free(e);
}

int writer_rank(const struct ew_store_writer *w, int32_t owner)
{
	if (owner <= 0)
		return owner ? G_MININT - owner : 0;
	return owner < (int32_t)w->ranks->len ? g_array_index(w->ranks, int, owner) : G_MAXINT;
}

/* Its row is written: the key has done its work. */
static void define(struct ew_store_writer *w, struct entity *e, int64_t file)
{
	e->is_defined = e->has_row = true;
	e->is_lost = false;
	e->owner = w->owner;
	e->file = file;
	g_clear_pointer(&e->key, g_free);
}

static void shadow(struct ew_store_writer *w, enum ew_node_kind kind, const struct entity *e,
		   int32_t owner, int64_t twin)
{
	writer_run(w, INSERT_SHADOWED, "iin", ew_node_make(kind, e->id), (int64_t)owner, twin);
}

int64_t writer_string(struct ew_store_writer *w, const char *text)
{
	struct entity *e;

	if (!text)
		return 0;
	e = writer_entity(&w->strings, text);
	if (!e->is_defined) {
		define(w, e, 0);
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
		e->is_defined = e->has_row = true;
		writer_run(w, INSERT_FILE, "is", e->id, path);
		g_ptr_array_add(w->new_files, e->key);
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

/* Ids are handed out in the order of index, so the array's position is the index. */
static int64_t id_at(GArray *ids, int index)
{
	return index >= 0 && index < (int)ids->len ? g_array_index(ids, int64_t, index) : 0;
}

/* "F!12#2" and "F!12#r", of the function that is being told */
static int64_t argument_of(struct ew_store_writer *w, const char *key)
{
	const char *call = strrchr(key, '!'), *hash = call ? strchr(call, '#') : NULL;
	int64_t id = hash ? id_at(w->calls, atoi(call + 1)) : 0;

	if (!id)
		return 0;
	if (hash[1] == 'r')
		return ew_node_argument(id, EW_NODE_RESULT);
	return ew_node_argument(id, MIN(atoi(hash + 1), EW_NODE_RESULT - 1));
}

static int64_t node_of(struct ew_store_writer *w, enum ew_node_kind kind, const char *key);

int64_t writer_part(struct ew_store_writer *w, int64_t outer, int64_t member)
{
	g_autofree char *key = g_strdup_printf("%" PRId64 ".%" PRId64, outer, member);
	int64_t id = (intptr_t)g_hash_table_lookup(w->parts, key);

	if (id)
		return id;
	id = ++w->last_part;
	g_hash_table_insert(w->parts, g_steal_pointer(&key), (gpointer)(intptr_t)id);
	writer_run(w, INSERT_PART, "iii", id, outer, member);
	return id;
}

/* "vbar>foo@a.h:1.ops" */
static int64_t part_node(struct ew_store_writer *w, const char *key)
{
	static const enum ew_node_kind kinds[] = {['v'] = EW_NODE_VARIABLE, ['f'] = EW_NODE_FIELD,
						  ['l'] = EW_NODE_LOCAL, ['p'] = EW_NODE_PART};
	const char *member = strrchr(key, '>');
	g_autofree char *outer = member ? g_strndup(key + 1, member - key - 1) : NULL;
	unsigned char kind = key[0];
	int64_t node = outer && kind < G_N_ELEMENTS(kinds) ? node_of(w, kinds[kind], outer) : 0;

	if (!node)
		return 0;
	return ew_node_make(EW_NODE_PART,
			    writer_part(w, node, writer_entity(&w->fields, member + 1)->id));
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
	case EW_NODE_ARGUMENT:
		return argument_of(w, key);
	case EW_NODE_PART:
		return part_node(w, key);
	case EW_NODE_CONSTANT:
		return ew_node_make(kind, writer_string(w, key));
	default:
		return 0;
	}
}

/* ---- the sink -------------------------------------------------------------------------------- */

static void insert_function(struct ew_store_writer *w, const struct entity *e,
			    const struct ew_fact_function *f, bool is_twin)
{
	int64_t flags = (f->linkage == EW_LINKAGE_STATIC ? EW_STORE_STATIC : 0) |
			(f->is_inline ? EW_STORE_INLINE : 0) | (f->is_weak ? EW_STORE_WEAK : 0) |
			(is_twin ? EW_STORE_TWIN : 0);

	writer_run(w, INSERT_FUNCTION, "isniiiiinn", e->id, f->name, e->file,
		   (int64_t)f->place.line, (int64_t)f->place.column, (int64_t)f->end_line, flags,
		   writer_string(w, f->signature), (int64_t)e->owner, e->hash);
}

/* A strong definition goes before a weak one, then the unit that comes first. Of a header's function any
 * unit's telling will do. */
static bool goes_before(struct ew_store_writer *w, const struct entity *e, bool is_weak, int64_t file)
{
	if (e->is_weak != is_weak)
		return e->is_weak;
	return e->file != file && writer_rank(w, w->owner) < writer_rank(w, e->owner);
}

/* There is no index to find a function's rows by yet: of those that may be replaced the place is kept. */
static void note_extent(struct ew_store_writer *w, struct extent *x, int end)
{
	x->calls[end] = w->last_call;
	x->flows[end] = w->last_flow;
	x->conditions[end] = w->last_condition;
	x->locals[end] = w->last_local;
}

static void begin_weak(struct ew_store_writer *w, int64_t function)
{
	w->extent = g_new0(struct extent, 1);
	note_extent(w, w->extent, 0);
	g_hash_table_insert(w->weak, (gpointer)(intptr_t)function, w->extent);
}

static void replace_function(struct ew_store_writer *w, struct entity *e)
{
	const struct extent *x = g_hash_table_lookup(w->weak, (gpointer)(intptr_t)e->id);

	shadow(w, EW_NODE_FUNCTION, e, e->owner, 0);
	w->has_replaced = true;
	if (w->is_update) {
		if (!e->is_weak)
			e->lost_owner = e->owner; /* who will tell it as a twin */
		writer_drop_function(w, e->id);
	} else if (x) {
		writer_run(w, DROP_CALLS, "ii", x->calls[0], x->calls[1]);
		writer_run(w, DROP_FLOWS, "ii", x->flows[0], x->flows[1]);
		writer_run(w, DROP_CONDITIONS, "ii", x->conditions[0], x->conditions[1]);
		writer_run(w, DROP_COMPARISONS, "i", e->id);
		writer_run(w, DROP_LOCALS, "ii", x->locals[0], x->locals[1]);
		writer_run(w, DROP_ACCESSES, "i", e->id);
		writer_run(w, DROP_STATES, "i", e->id);
	}
}

static void begin_function(struct ew_store_writer *w, struct entity *e, const struct ew_fact_function *f,
			   int64_t file, bool is_twin)
{
	define(w, e, file);
	e->is_weak = f->is_weak;
	w->function = e->id;
	if (e->is_weak && !w->is_update)
		begin_weak(w, e->id);
	insert_function(w, e, f, is_twin);
}

/* Neither gives way: two programs have a function of this name each. */
static bool begin_twin(struct ew_store_writer *w, const struct entity *first, const struct ew_fact_function *f,
		       int64_t file)
{
	g_autofree char *key = g_strdup_printf("%s:%s", f->place.file, f->key);
	struct entity *e = writer_entity(&w->functions, key);

	if (e->is_defined)
		return false;
	shadow(w, EW_NODE_FUNCTION, first, w->owner, e->id);
	begin_function(w, e, f, file, true);
	return true;
}

static bool on_function(void *data, const struct ew_fact_function *f)
{
	struct ew_store_writer *w = data;
	struct entity *e = writer_entity(&w->functions, f->key);
	int64_t file = writer_file(w, f->place.file);

	if (e->is_defined && !goes_before(w, e, f->is_weak, file)) {
		if (e->file == file)
			return false;
		if (!e->is_weak && !f->is_weak && w->owner > 0)
			return begin_twin(w, e, f, file);
		shadow(w, EW_NODE_FUNCTION, e, w->owner, 0);
		return false;
	}
	if (e->is_defined)
		replace_function(w, e);
	begin_function(w, e, f, file, false);
	return true;
}

void writer_end_function(struct ew_store_writer *w)
{
	w->function = 0;
	if (w->extent)
		note_extent(w, w->extent, 1);
	w->extent = NULL;
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

	w->record = 0;
	if (e->is_defined)
		return;
	define(w, e, writer_file(w, r->place.file));
	w->record = e->id;
	writer_run(w, INSERT_RECORD, "issniiinn", e->id, r->name, r->keyword, e->file,
		   (int64_t)r->place.line, (int64_t)r->place.column, (int64_t)r->end_line,
		   (int64_t)e->owner, e->hash);
}

/* All members of a record come from the one unit whose telling of the record was taken. */
static void on_field(void *data, const struct ew_fact_field *f)
{
	struct ew_store_writer *w = data;
	struct entity *e;

	if (w->record != writer_entity(&w->records, f->record)->id)
		return;
	e = writer_entity(&w->fields, f->key);
	if (e->is_defined)
		return;
	define(w, e, 0);
	writer_run(w, INSERT_FIELD, "iisniinnn", e->id, w->record, f->name, writer_string(w, f->type),
		   (int64_t)f->line,
		   (int64_t)(f->is_function_pointer ? EW_STORE_FUNCTION_POINTER : 0),
		   writer_string(w, f->signature), (int64_t)f->overlay, e->hash);
}

static void on_share(void *data, const struct ew_fact_share *s)
{
	struct ew_store_writer *w = data;
	int64_t object, field, other_object, other;

	if (w->record != writer_entity(&w->records, s->record)->id)
		return;
	object = node_of(w, s->object.kind, s->object.key);
	field = writer_entity(&w->fields, s->field)->id;
	other_object = node_of(w, s->other_object.kind, s->other_object.key);
	other = writer_entity(&w->fields, s->other)->id;
	writer_run(w, INSERT_SHARED, "iiiii", field, other, w->record, object, other_object);
	writer_run(w, INSERT_SHARED, "iiiii", other, field, w->record, other_object, object);
}

static void on_variable(void *data, const struct ew_fact_variable *v)
{
	struct ew_store_writer *w = data;
	struct entity *e = writer_entity(&w->variables, v->key);
	int64_t file = writer_file(w, v->place.file);
	bool is_first = !e->is_defined || goes_before(w, e, false, file);

	if (e->is_defined && e->file != file)
		shadow(w, EW_NODE_VARIABLE, e, is_first ? e->owner : w->owner, 0);
	if (!is_first)
		return;
	define(w, e, file);
	writer_run(w, INSERT_VARIABLE, "isniiiinnn", e->id, v->name, e->file,
		   (int64_t)v->place.line, (int64_t)v->place.column, (int64_t)v->end_line,
		   (int64_t)(v->linkage == EW_LINKAGE_STATIC ? EW_STORE_STATIC : 0),
		   writer_string(w, v->type), (int64_t)e->owner, e->hash);
}

static void add_comparison(struct ew_store_writer *w, int64_t condition, const struct ew_fact_condition *c)
{
	int64_t slot = node_of(w, c->slot.kind, c->slot.key), value = node_of(w, c->value.kind, c->value.key);

	if (slot && value)
		writer_run(w, INSERT_COMPARISON, "iiiniii", condition, w->function, slot,
			   node_of(w, c->slot.base_kind, c->slot.base), (int64_t)c->slot.base_mode, value,
			   (int64_t)c->is_equal);
}

static void on_condition(void *data, const struct ew_fact_condition *c)
{
	struct ew_store_writer *w = data;
	int64_t id = ++w->last_condition;

	writer_run(w, INSERT_CONDITION, "iniiniiii", id, id_at(w->conditions, c->parent),
		   (int64_t)(c->kind | (c->is_in_macro ? EW_STORE_IN_MACRO : 0)),
		   (int64_t)c->is_dead, writer_file(w, c->place.file), (int64_t)c->place.line,
		   (int64_t)c->place.column, (int64_t)c->end_line, (int64_t)c->end_column);
	add_comparison(w, id, c);
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
	writer_run(w, INSERT_CALL, "iiinnnnnniinni", id, w->function, (int64_t)c->ordinal, callee,
		   slot, base, (int64_t)c->slot.base_mode, writer_string(w, c->signature),
		   writer_file(w, c->place.file), (int64_t)c->place.line, (int64_t)c->place.column,
		   writer_string(w, c->macro), id_at(w->conditions, c->condition),
		   (int64_t)c->is_dead);
	g_array_append_val(w->calls, id);
}

/* A header's table may be told by every worker: once is enough. */
static bool was_told(struct ew_store_writer *w, int64_t to, int64_t from,
		     const struct ew_place *place)
{
	g_autofree char *key = NULL;

	if (w->is_update)
		return writer_has_flow(w, to, from, writer_file(w, place->file), place);
	key = g_strdup_printf("%" PRId64 ".%" PRId64 ".%s:%d:%d", to, from, place->file,
			      place->line, place->column);
	return !g_hash_table_add(w->file_flows, g_steal_pointer(&key));
}

static void on_flow(void *data, const struct ew_fact_flow *f)
{
	struct ew_store_writer *w = data;
	int64_t to = node_of(w, f->to.kind, f->to.key);
	int64_t from = node_of(w, f->from.kind, f->from.key);

	if (!to || (!f->function && was_told(w, to, from, &f->place)))
		return;
	writer_run(w, INSERT_FLOW, "iiniiniiinniinnnn", ++w->last_flow, to,
		   node_of(w, f->to.base_kind, f->to.base), (int64_t)f->to.base_mode, from,
		   node_of(w, f->from.base_kind, f->from.base), (int64_t)f->from.base_mode,
		   (int64_t)f->from.is_address, (int64_t)f->how, f->function ? w->function : 0,
		   writer_file(w, f->place.file), (int64_t)f->place.line, (int64_t)f->place.column,
		   id_at(w->calls, f->call), writer_string(w, f->macro),
		   f->function ? 0 : (int64_t)w->owner, id_at(w->conditions, f->dead - 1));
}

static void on_access(void *data, const struct ew_fact_access *a)
{
	struct ew_store_writer *w = data;

	writer_run(w, INSERT_ACCESS, "iiiii", w->function, (int64_t)a->place.line,
		   (int64_t)a->place.column, writer_entity(&w->fields, a->field)->id,
		   (int64_t)(a->mode | (a->in_condition ? 4 : 0)));
}

static void on_state(void *data, const struct ew_fact_state *s)
{
	struct ew_store_writer *w = data;

	writer_run(w, INSERT_STATE, "iiiinnnnnniinni", w->function, (int64_t)s->ordinal,
		   node_of(w, s->target.kind, s->target.key), (int64_t)s->how,
		   writer_string(w, s->value), node_of(w, s->source.kind, s->source.key),
		   writer_string(w, s->from), writer_string(w, s->note), (int64_t)s->entry,
		   writer_file(w, s->place.file), (int64_t)s->place.line, (int64_t)s->place.column,
		   writer_string(w, s->macro), id_at(w->conditions, s->condition),
		   (int64_t)s->is_dead);
}

static void on_file(void *data, const char *path)
{
	struct ew_store_writer *w = data;
	int64_t file = writer_file(w, path);

	g_array_append_val(w->unit_files, file);
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
