/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Bindings as `index` stores them: to look one up is to follow flows all over the index.
 *
 * EW_KEPT_BINDING, by the low half of the hash of what kernel-refs says: the whole hash; the holder; the slots with their
 * objects; the calls that it touches, with what is left of them; the calls that are never made; what of direct calls that
 * leaves none; the steps. Numbers of tables stand before them, one more where the table may be another thing (see add_table()).
 */
#include <string.h>

#include "query/binding.h"

static gpointer key_of(int64_t number)
{
	return GSIZE_TO_POINTER((gsize)number);
}

static int64_t number_of(gpointer key)
{
	return (int64_t)GPOINTER_TO_SIZE(key);
}

/* Of all that the answer depends on, apart from the index. */
static int64_t hash_of(const struct ew_refs_binding *refs)
{
	g_autoptr(GByteArray) all = g_byte_array_new();
	guint i, k;

	pack_text(all, refs->name);
	pack_text(all, refs->holder ? refs->holder : "");
	for (i = 0; i < refs->binds->len; i++) {
		const struct ew_refs_bind *bind = g_ptr_array_index(refs->binds, i);

		pack_text(all, bind->slot);
		pack_number(all, bind->objects->len);
		for (k = 0; k < bind->objects->len; k++)
			pack_text(all, g_ptr_array_index(bind->objects, k));
	}
	for (i = 0; i < refs->absent->len; i++)
		pack_text(all, g_ptr_array_index(refs->absent, i));
	return ew_store_hash(all->data, all->len);
}

/* ---- storing ------------------------------------------------------------------------------------- */

/* 0: it is `nothing`. */
static void pack_table(GByteArray *out, const struct binding *b, GHashTable *table)
{
	GHashTableIter i;
	gpointer key, value;

	if (table == b->nothing) {
		pack_number(out, 0);
		return;
	}
	pack_number(out, 1 + g_hash_table_size(table));
	g_hash_table_iter_init(&i, table);
	while (g_hash_table_iter_next(&i, &key, &value)) {
		pack_number(out, number_of(key));
		pack_number(out, number_of(value));
	}
}

static void pack_tables(GByteArray *out, const struct binding *b, GHashTable *tables)
{
	GHashTableIter i;
	gpointer key, table;

	pack_number(out, g_hash_table_size(tables));
	g_hash_table_iter_init(&i, tables);
	while (g_hash_table_iter_next(&i, &key, &table)) {
		pack_number(out, number_of(key));
		pack_table(out, b, table);
	}
}

static void pack_out(GByteArray *out, const struct binding *b)
{
	GHashTableIter i;
	gpointer key, value;

	pack_number(out, g_hash_table_size(b->out));
	g_hash_table_iter_init(&i, b->out);
	while (g_hash_table_iter_next(&i, &key, &value)) {
		const struct ruled_out *o = value;

		pack_number(out, number_of(key));
		pack_number(out, o->condition);
		pack_number(out, o->slot);
		pack_number(out, o->base);
		pack_number(out, o->value);
		pack_number(out, (uint64_t)o->mode << 1 | o->is_equal);
	}
	pack_number(out, g_hash_table_size(b->out_direct));
	g_hash_table_iter_init(&i, b->out_direct);
	while (g_hash_table_iter_next(&i, &key, NULL))
		pack_number(out, *(const int64_t *)key);
}

static void pack_text_or_none(GByteArray *out, const char *text)
{
	pack_number(out, text != NULL);
	if (text)
		pack_text(out, text);
}

static void pack_steps(GByteArray *out, const struct binding *b)
{
	guint i;

	pack_number(out, b->steps->len);
	for (i = 0; i < b->steps->len; i++) {
		const struct ew_step *s = g_ptr_array_index(b->steps, i);

		pack_text(out, s->role);
		pack_text(out, s->text);
		pack_text_or_none(out, s->how);
		pack_text_or_none(out, s->place.file);
		pack_number(out, s->place.line);
		pack_number(out, s->place.column);
		pack_text_or_none(out, s->function);
		pack_text_or_none(out, s->macro);
		pack_text_or_none(out, s->condition);
	}
}

void bindings_keep(struct ew_query *q, struct ew_store_writer *w)
{
	const GPtrArray *all = ew_refs_bindings(q->refs);
	guint i;

	for (i = 0; i < all->len; i++) {
		const struct ew_refs_binding *refs = g_ptr_array_index(all, i);
		struct binding *b = query_binding(q, refs->name, NULL);
		g_autoptr(GByteArray) out = g_byte_array_new();
		int64_t hash = hash_of(refs);

		if (!b)
			continue;
		pack_number(out, hash);
		pack_number(out, b->holder);
		pack_tables(out, b, b->bound);
		pack_tables(out, b, b->calls);
		pack_out(out, b);
		pack_steps(out, b);
		ew_store_keep(w, EW_KEPT_BINDING, (uint32_t)hash, out->data, out->len);
	}
}

/* ---- reading ------------------------------------------------------------------------------------- */

/* Each entry takes a byte at least: a damaged number runs into the end. */
static GHashTable *read_table(struct binding *b, struct unpacker *u)
{
	uint64_t n = unpack_number(u);
	GHashTable *table;

	if (!n)
		return b->nothing;
	table = g_hash_table_new(NULL, NULL);
	g_ptr_array_add(b->tables, table);
	while (--n && u->is_whole) {
		int64_t key = unpack_number(u);

		g_hash_table_insert(table, key_of(key), key_of(unpack_number(u)));
	}
	return table;
}

static void read_tables(struct binding *b, struct unpacker *u, GHashTable *tables)
{
	uint64_t n;

	for (n = unpack_number(u); n && u->is_whole; n--) {
		int64_t key = unpack_number(u);

		g_hash_table_insert(tables, key_of(key), read_table(b, u));
	}
}

static void read_out(struct binding *b, struct unpacker *u)
{
	uint64_t n;

	for (n = unpack_number(u); n && u->is_whole; n--) {
		struct ruled_out *o = g_new0(struct ruled_out, 1);
		int64_t call = unpack_number(u);
		uint64_t mode;

		o->condition = unpack_number(u);
		o->slot = unpack_number(u);
		o->base = unpack_number(u);
		o->value = unpack_number(u);
		mode = unpack_number(u);
		o->mode = (int)(mode >> 1);
		o->is_equal = mode & 1;
		g_hash_table_insert(b->out, key_of(call), o);
	}
	for (n = unpack_number(u); n && u->is_whole; n--) {
		int64_t key = unpack_number(u);

		binding_add_out_direct(b, key >> 32, key & UINT32_MAX);
	}
}

static const char *read_text(struct ew_query *q, struct unpacker *u)
{
	return query_intern(q, unpack_text(u));
}

static const char *read_text_or_none(struct ew_query *q, struct unpacker *u)
{
	return unpack_number(u) ? read_text(q, u) : NULL;
}

static void read_steps(struct binding *b, struct unpacker *u)
{
	struct ew_query *q = b->query;
	uint64_t n;

	for (n = unpack_number(u); n && u->is_whole; n--) {
		struct ew_step *s = g_new0(struct ew_step, 1);

		s->role = read_text(q, u);
		s->text = read_text(q, u);
		s->how = read_text_or_none(q, u);
		s->place.file = read_text_or_none(q, u);
		s->place.line = (int)unpack_number(u);
		s->place.column = (int)unpack_number(u);
		s->function = read_text_or_none(q, u);
		s->macro = read_text_or_none(q, u);
		s->condition = read_text_or_none(q, u);
		g_ptr_array_add(b->steps, s);
	}
}

static bool find_row(struct ew_query *q, const struct ew_refs_binding *refs, struct ew_rows **r, struct unpacker *u)
{
	int64_t hash = hash_of(refs);

	return query_kept(q, EW_KEPT_BINDING, (uint32_t)hash, r, u) && (int64_t)unpack_number(u) == hash;
}

bool binding_is_kept(struct ew_query *q, const struct ew_refs_binding *refs)
{
	ew_auto(rows) r = NULL;
	struct unpacker u;

	return find_row(q, refs, &r, &u);
}

bool binding_read_kept(struct binding *b)
{
	ew_auto(rows) r = NULL;
	struct unpacker u;

	if (!find_row(b->query, b->refs, &r, &u))
		return false;
	b->holder = unpack_number(&u);
	read_tables(b, &u, b->bound);
	read_tables(b, &u, b->calls);
	read_out(b, &u);
	read_steps(b, &u);
	query_check_kept(b->query, &u);
	return true;
}
