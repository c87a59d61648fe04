/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Calls through a pointer as `index` stores them, so that nobody has to read a row of each.
 *
 * Sites are packed as: how many texts, the texts; how many sites, and of each its numbers, where a text is its
 * index + 1, and 0 is none. EW_KEPT_SITES: those without a target in the order of all_sites(). EW_KEPT_POINTERS: the
 * numbers of pointer coverage, then the widest sites.
 */
#include "query/internal.h"
#include "query/sites.h"

/* ---- packing ------------------------------------------------------------------------------------- */

struct packer {
	GByteArray *texts, *sites;
	GHashTable *indexes; /* text -> index + 1 */
};

static void put_text(struct packer *p, const char *text)
{
	guint index = text ? GPOINTER_TO_UINT(g_hash_table_lookup(p->indexes, text)) : 0;

	if (text && !index) {
		index = g_hash_table_size(p->indexes) + 1;
		g_hash_table_insert(p->indexes, (gpointer)text, GUINT_TO_POINTER(index));
		pack_text(p->texts, text);
	}
	pack_number(p->sites, index);
}

static void put_place(struct packer *p, const struct ew_place *place)
{
	put_text(p, place->file);
	pack_number(p->sites, place->line);
	pack_number(p->sites, place->column);
}

static void put_function(struct packer *p, const struct ew_symbol *f)
{
	pack_number(p->sites, f->id);
	put_text(p, f->name);
	put_place(p, &f->place);
	pack_number(p->sites, f->end_line);
	pack_number(p->sites, f->is_static | f->is_inline << 1);
	pack_number(p->sites, query_type_id(f));
}

static void put_site(struct packer *p, const struct ew_site *s)
{
	GByteArray *out = p->sites;

	put_function(p, s->caller);
	pack_number(out, s->call);
	put_place(p, &s->place);
	put_text(p, s->slot);
	put_text(p, s->macro);
	put_text(p, s->origin);
	pack_number(out, s->is_compiled | s->is_open << 1 | s->is_partly << 2);
	pack_number(out, s->reason);
	pack_number(out, s->by_signature);
	pack_number(out, s->by_slot);
	pack_number(out, s->by_object);
	pack_number(out, s->targets);
}

static void pack_sites(GByteArray *out, const GPtrArray *sites)
{
	g_autoptr(GByteArray) texts = g_byte_array_new(), rows = g_byte_array_new();
	g_autoptr(GHashTable) indexes = g_hash_table_new(g_str_hash, g_str_equal);
	struct packer p = {texts, rows, indexes};
	guint i;

	for (i = 0; i < sites->len; i++)
		put_site(&p, g_ptr_array_index(sites, i));
	pack_number(out, g_hash_table_size(indexes));
	g_byte_array_append(out, texts->data, texts->len);
	pack_number(out, sites->len);
	g_byte_array_append(out, rows->data, rows->len);
}

/* ---- unpacking ----------------------------------------------------------------------------------- */

struct reader {
	struct ew_query *query;
	struct unpacker u;
	const char **texts;
	uint64_t n_texts;
};

static const char *take_text(struct reader *r)
{
	uint64_t index = unpack_number(&r->u);

	if (index <= r->n_texts)
		return index ? r->texts[index - 1] : NULL;
	r->u.is_whole = false;
	return NULL;
}

static struct ew_place take_place(struct reader *r)
{
	struct ew_place place = {take_text(r)};

	place.line = unpack_number(&r->u);
	place.column = unpack_number(&r->u);
	return place;
}

static const struct ew_symbol *take_function(struct reader *r)
{
	struct ew_symbol f = {.kind = EW_SYMBOL_FUNCTION, .id = unpack_number(&r->u)};
	uint64_t flags;

	f.name = take_text(r);
	f.place = take_place(r);
	f.end_line = unpack_number(&r->u);
	flags = unpack_number(&r->u);
	f.is_static = flags & 1;
	f.is_inline = flags >> 1 & 1;
	return query_told_symbol(r->query, &f, unpack_number(&r->u));
}

static struct ew_site *take_site(struct reader *r)
{
	struct ew_site *s = g_new0(struct ew_site, 1);
	uint64_t flags;

	s->caller = take_function(r);
	s->call = unpack_number(&r->u);
	s->place = take_place(r);
	s->slot = take_text(r);
	s->macro = take_text(r);
	s->origin = take_text(r);
	flags = unpack_number(&r->u);
	s->is_compiled = flags & 1;
	s->is_open = flags >> 1 & 1;
	s->is_partly = flags >> 2 & 1;
	s->reason = unpack_number(&r->u);
	if (s->reason < 0 || s->reason >= EW_SITE_REASONS) {
		r->u.is_whole = false;
		s->reason = EW_SITE_RESOLVED;
	}
	s->by_signature = unpack_number(&r->u);
	s->by_slot = unpack_number(&r->u);
	s->by_object = unpack_number(&r->u);
	s->targets = unpack_number(&r->u);
	return s;
}

static void unpack_sites(struct ew_query *q, struct unpacker *u, GPtrArray *sites)
{
	struct reader r = {.query = q, .u = *u};
	uint64_t n = unpack_number(&r.u), i;

	/* Each is a byte at least: no memory is taken on the word of a damaged row. */
	if (n > (uint64_t)(r.u.end - r.u.at))
		r.u.is_whole = false;
	else
		r.texts = g_new(const char *, n);
	for (; r.u.is_whole && r.n_texts < n; r.n_texts++)
		r.texts[r.n_texts] = query_intern(q, unpack_text(&r.u));
	for (i = r.u.is_whole ? unpack_number(&r.u) : 0; i && r.u.is_whole; i--)
		g_ptr_array_add(sites, take_site(&r));
	g_free(r.texts);
	*u = r.u;
}

/* ---- pointer coverage ---------------------------------------------------------------------------- */

static void pack_double(GByteArray *out, double value)
{
	uint64_t bits;

	memcpy(&bits, &value, sizeof bits);
	pack_number(out, bits);
}

static double unpack_double(struct unpacker *u)
{
	uint64_t bits = unpack_number(u);
	double value;

	memcpy(&value, &bits, sizeof value);
	return value;
}

static void pack_coverage(GByteArray *out, const struct ew_pointer_coverage *c)
{
	int i;

	pack_number(out, c->sites);
	pack_number(out, c->dead);
	pack_number(out, c->resolved);
	pack_number(out, c->single);
	pack_number(out, c->targets);
	pack_double(out, c->mean);
	pack_double(out, c->median);
	pack_number(out, c->plain.resolved);
	pack_number(out, c->plain.single);
	pack_number(out, c->plain.targets);
	pack_double(out, c->plain.mean);
	pack_double(out, c->plain.median);
	pack_double(out, c->mean_by_signature);
	pack_double(out, c->mean_by_slot);
	pack_number(out, c->without_signature);
	pack_number(out, c->differing);
	for (i = 0; i < EW_GRADES; i++)
		pack_number(out, c->grades[i]);
	for (i = 0; i < EW_REASONS; i++)
		pack_number(out, c->reasons[i]);
	pack_sites(out, c->widest);
}

static void unpack_coverage(struct ew_query *q, struct unpacker *u, struct ew_pointer_coverage *c)
{
	int i;

	c->sites = unpack_number(u);
	c->dead = unpack_number(u);
	c->resolved = unpack_number(u);
	c->single = unpack_number(u);
	c->targets = unpack_number(u);
	c->mean = unpack_double(u);
	c->median = unpack_double(u);
	c->plain.resolved = unpack_number(u);
	c->plain.single = unpack_number(u);
	c->plain.targets = unpack_number(u);
	c->plain.mean = unpack_double(u);
	c->plain.median = unpack_double(u);
	c->mean_by_signature = unpack_double(u);
	c->mean_by_slot = unpack_double(u);
	c->without_signature = unpack_number(u);
	c->differing = unpack_number(u);
	for (i = 0; i < EW_GRADES; i++)
		c->grades[i] = unpack_number(u);
	for (i = 0; i < EW_REASONS; i++)
		c->reasons[i] = unpack_number(u);
	unpack_sites(q, u, c->widest);
}

/* ---- stored and read ----------------------------------------------------------------------------- */

void sites_keep(struct ew_query *q, struct ew_store_writer *w)
{
	g_autoptr(GPtrArray) sites = sites_found(q);
	ew_auto(pointer_coverage) coverage = pointer_coverage_found(q);
	g_autoptr(GByteArray) out = g_byte_array_new();

	pack_sites(out, sites);
	ew_store_keep(w, EW_KEPT_SITES, 0, out->data, out->len);
	g_byte_array_set_size(out, 0);
	pack_coverage(out, coverage);
	ew_store_keep(w, EW_KEPT_POINTERS, 0, out->data, out->len);
}

GPtrArray *sites_kept(struct ew_query *q)
{
	ew_auto(rows) r = NULL;
	GPtrArray *sites;
	struct unpacker u;

	if (!query_kept(q, EW_KEPT_SITES, 0, &r, &u))
		return NULL;
	sites = g_ptr_array_new_with_free_func(g_free);
	unpack_sites(q, &u, sites);
	query_check_kept(q, &u);
	return sites;
}

struct ew_pointer_coverage *pointer_coverage_kept(struct ew_query *q)
{
	ew_auto(rows) r = NULL;
	struct ew_pointer_coverage *c;
	struct unpacker u;

	if (!query_kept(q, EW_KEPT_POINTERS, 0, &r, &u))
		return NULL;
	c = g_new0(struct ew_pointer_coverage, 1);
	c->widest = g_ptr_array_new_with_free_func(g_free);
	unpack_coverage(q, &u, c);
	query_check_kept(q, &u);
	return c;
}
