/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Facts as bytes, for the way from a worker process to the writer.
 *
 * A record is a tag and its members in order. Integers are variable-length, seven bits a byte. A
 * string is a number: one that was said before by its index, a new one by the next free index and then
 * its bytes with the final NUL, so that the reader can point into the buffer.
 */
#include <string.h>

#include "fact/fact.h"

enum tag {
	TAG_FUNCTION = 1,
	TAG_END_FUNCTION,
	TAG_RECORD,
	TAG_FIELD,
	TAG_VARIABLE,
	TAG_CONDITION,
	TAG_CALL,
	TAG_FLOW,
	TAG_ACCESS,
	TAG_FILE,
	TAG_DIAGNOSTIC,
	TAG_STATE,
	TAG_SHARE,
};

/* ---- writing --------------------------------------------------------------------------------- */

struct packer {
	GByteArray *bytes;
	GHashTable *strings; /* char * -> index + 1 */
};

static void put_uint(struct packer *p, uint64_t v)
{
	uint8_t buffer[10];
	unsigned n = 0;

	do {
		buffer[n++] = (v & 0x7f) | (v > 0x7f ? 0x80 : 0);
		v >>= 7;
	} while (v);
	g_byte_array_append(p->bytes, buffer, n);
}

/* Small negative numbers (-1 for "none") stay small. */
static void put_int(struct packer *p, int v)
{
	put_uint(p, v < 0 ? ((uint64_t)(-(int64_t)v) << 1) - 1 : (uint64_t)v << 1);
}

static void put_string(struct packer *p, const char *s)
{
	gpointer known;
	guint index;

	if (!s) {
		put_uint(p, 0);
		return;
	}
	known = g_hash_table_lookup(p->strings, s);
	if (known) {
		put_uint(p, GPOINTER_TO_UINT(known));
		return;
	}
	index = g_hash_table_size(p->strings) + 1;
	g_hash_table_insert(p->strings, g_strdup(s), GUINT_TO_POINTER(index));
	put_uint(p, index);
	g_byte_array_append(p->bytes, (const uint8_t *)s, strlen(s) + 1);
}

static void put_place(struct packer *p, const struct ew_place *place)
{
	put_string(p, place->file);
	put_int(p, place->line);
	put_int(p, place->column);
}

static void put_ref(struct packer *p, const struct ew_ref *r)
{
	put_uint(p, r->kind | r->base_kind << 4 | r->base_mode << 8 | r->is_address << 10);
	if (r->kind != EW_NODE_NONE)
		put_string(p, r->key);
	if (r->base_kind != EW_NODE_NONE)
		put_string(p, r->base);
}

static bool pack_function(void *data, const struct ew_fact_function *f)
{
	struct packer *p = data;

	put_uint(p, TAG_FUNCTION);
	put_string(p, f->key);
	put_string(p, f->name);
	put_place(p, &f->place);
	put_int(p, f->end_line);
	put_uint(p, f->linkage | f->is_inline << 1 | f->is_weak << 2);
	put_string(p, f->signature);
	return true;
}

static void pack_end_function(void *data)
{
	put_uint(data, TAG_END_FUNCTION);
}

static void pack_record(void *data, const struct ew_fact_record *r)
{
	struct packer *p = data;

	put_uint(p, TAG_RECORD);
	put_string(p, r->key);
	put_string(p, r->name);
	put_string(p, r->keyword);
	put_place(p, &r->place);
	put_int(p, r->end_line);
}

static void pack_field(void *data, const struct ew_fact_field *f)
{
	struct packer *p = data;

	put_uint(p, TAG_FIELD);
	put_string(p, f->key);
	put_string(p, f->record);
	put_string(p, f->name);
	put_string(p, f->type);
	put_int(p, f->line);
	put_uint(p, f->is_function_pointer);
	put_string(p, f->signature);
	put_int(p, f->overlay);
}

static void pack_share(void *data, const struct ew_fact_share *s)
{
	struct packer *p = data;

	put_uint(p, TAG_SHARE);
	put_string(p, s->record);
	put_ref(p, &s->object);
	put_string(p, s->field);
	put_ref(p, &s->other_object);
	put_string(p, s->other);
}

static void pack_variable(void *data, const struct ew_fact_variable *v)
{
	struct packer *p = data;

	put_uint(p, TAG_VARIABLE);
	put_string(p, v->key);
	put_string(p, v->name);
	put_place(p, &v->place);
	put_int(p, v->end_line);
	put_uint(p, v->linkage);
	put_string(p, v->type);
}

static void pack_condition(void *data, const struct ew_fact_condition *c)
{
	struct packer *p = data;

	put_uint(p, TAG_CONDITION);
	put_string(p, c->function);
	put_int(p, c->index);
	put_int(p, c->parent);
	put_uint(p, c->kind << 2 | c->is_in_macro << 1 | c->is_dead);
	put_place(p, &c->place);
	put_int(p, c->end_line);
	put_int(p, c->end_column);
	put_ref(p, &c->slot);
	put_ref(p, &c->value);
	put_uint(p, c->is_equal);
}

static void pack_call(void *data, const struct ew_fact_call *c)
{
	struct packer *p = data;

	put_uint(p, TAG_CALL);
	put_string(p, c->caller);
	put_int(p, c->ordinal);
	put_string(p, c->callee);
	put_ref(p, &c->slot);
	put_string(p, c->signature);
	put_place(p, &c->place);
	put_string(p, c->macro);
	put_int(p, c->condition);
	put_uint(p, c->is_dead);
}

static void pack_flow(void *data, const struct ew_fact_flow *f)
{
	struct packer *p = data;

	put_uint(p, TAG_FLOW);
	put_ref(p, &f->to);
	put_ref(p, &f->from);
	put_uint(p, f->how);
	put_string(p, f->function);
	put_place(p, &f->place);
	put_int(p, f->call);
	put_string(p, f->macro);
	put_int(p, f->dead);
}

static void pack_access(void *data, const struct ew_fact_access *a)
{
	struct packer *p = data;

	put_uint(p, TAG_ACCESS);
	put_string(p, a->function);
	put_string(p, a->field);
	put_uint(p, a->mode << 1 | a->in_condition);
	put_place(p, &a->place);
}

static void pack_state(void *data, const struct ew_fact_state *s)
{
	struct packer *p = data;

	put_uint(p, TAG_STATE);
	put_string(p, s->function);
	put_int(p, s->ordinal);
	put_ref(p, &s->target);
	put_uint(p, s->how << 1 | s->is_dead);
	put_string(p, s->value);
	put_ref(p, &s->source);
	put_string(p, s->from);
	put_string(p, s->note);
	put_int(p, s->entry);
	put_place(p, &s->place);
	put_string(p, s->macro);
	put_int(p, s->condition);
}

static void pack_file(void *data, const char *path)
{
	put_uint(data, TAG_FILE);
	put_string(data, path);
}

static void pack_diagnostic(void *data, const struct ew_place *place, const char *text)
{
	put_uint(data, TAG_DIAGNOSTIC);
	put_place(data, place);
	put_string(data, text);
}

struct ew_sink *ew_fact_pack_new(GByteArray *bytes)
{
	struct ew_sink *sink = g_new(struct ew_sink, 1);
	struct packer *p = g_new(struct packer, 1);

	p->bytes = bytes;
	p->strings = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	*sink = (struct ew_sink){
		.data = p,
		.function = pack_function,
		.end_function = pack_end_function,
		.record = pack_record,
		.field = pack_field,
		.share = pack_share,
		.variable = pack_variable,
		.condition = pack_condition,
		.call = pack_call,
		.flow = pack_flow,
		.access = pack_access,
		.state = pack_state,
		.file = pack_file,
		.diagnostic = pack_diagnostic,
	};
	return sink;
}

void ew_fact_pack_free(struct ew_sink *sink)
{
	struct packer *p;

	if (!sink)
		return;
	p = sink->data;
	g_hash_table_unref(p->strings);
	g_free(p);
	g_free(sink);
}

/* ---- reading --------------------------------------------------------------------------------- */

struct unpacker {
	const uint8_t *at, *end;
	GPtrArray *strings; /* of const char *, into the buffer */
	bool is_bad;
};

static uint64_t get_uint(struct unpacker *u)
{
	uint64_t v = 0;
	int shift;

	for (shift = 0; u->at < u->end && shift < 64; shift += 7) {
		uint8_t byte = *u->at++;

		v |= (uint64_t)(byte & 0x7f) << shift;
		if (!(byte & 0x80))
			return v;
	}
	u->is_bad = true;
	return 0;
}

static int get_int(struct unpacker *u)
{
	uint64_t v = get_uint(u);

	return v & 1 ? (int)-(int64_t)((v + 1) >> 1) : (int)(v >> 1);
}

static const char *get_string(struct unpacker *u)
{
	uint64_t index = get_uint(u);
	const uint8_t *nul;
	const char *s;

	if (index == 0)
		return NULL;
	if (index <= u->strings->len)
		return g_ptr_array_index(u->strings, index - 1);
	nul = memchr(u->at, 0, u->end - u->at);
	if (index != u->strings->len + 1 || !nul) {
		u->is_bad = true;
		return NULL;
	}
	s = (const char *)u->at;
	u->at = nul + 1;
	g_ptr_array_add(u->strings, (gpointer)s);
	return s;
}

/* A string that the record cannot do without. */
static const char *need_string(struct unpacker *u)
{
	const char *s = get_string(u);

	if (!s)
		u->is_bad = true;
	return s ? s : "";
}

/* The value of an enumeration whose last is `last`. */
static int in_range(struct unpacker *u, uint64_t value, int last)
{
	if (value > (uint64_t)last)
		u->is_bad = true;
	return u->is_bad ? 0 : (int)value;
}

static struct ew_place get_place(struct unpacker *u)
{
	struct ew_place place = {.file = get_string(u)};

	place.line = get_int(u);
	place.column = get_int(u);
	return place;
}

static struct ew_ref get_ref(struct unpacker *u)
{
	uint64_t bits = get_uint(u);
	struct ew_ref r = {
		.kind = in_range(u, bits & 15, EW_NODE_LAST),
		.base_kind = in_range(u, bits >> 4 & 15, EW_NODE_LAST),
		.base_mode = in_range(u, bits >> 8 & 3, EW_BASE_OBJECT),
		.is_address = bits >> 10 & 1,
	};

	if (r.kind != EW_NODE_NONE)
		r.key = need_string(u);
	if (r.base_kind != EW_NODE_NONE)
		r.base = need_string(u);
	return r;
}

/* The skipped function's records are read and dropped: they still carry new strings. */
static void get_function(struct unpacker *u, const struct ew_sink *sink, bool *is_skipping)
{
	struct ew_fact_function f = {.key = need_string(u)};
	uint64_t bits;

	f.name = need_string(u);
	f.place = get_place(u);
	f.end_line = get_int(u);
	bits = get_uint(u);
	f.linkage = bits & 1;
	f.is_inline = bits >> 1 & 1;
	f.is_weak = bits >> 2 & 1;
	f.signature = get_string(u);
	if (!u->is_bad)
		*is_skipping = sink->function && !sink->function(sink->data, &f);
}

static void get_record(struct unpacker *u, const struct ew_sink *sink)
{
	struct ew_fact_record r = {.key = need_string(u)};

	r.name = need_string(u);
	r.keyword = get_string(u);
	r.place = get_place(u);
	r.end_line = get_int(u);
	if (!u->is_bad && sink->record)
		sink->record(sink->data, &r);
}

static void get_field(struct unpacker *u, const struct ew_sink *sink)
{
	struct ew_fact_field f = {.key = need_string(u)};

	f.record = need_string(u);
	f.name = need_string(u);
	f.type = get_string(u);
	f.line = get_int(u);
	f.is_function_pointer = get_uint(u);
	f.signature = get_string(u);
	f.overlay = get_int(u);
	if (!u->is_bad && sink->field)
		sink->field(sink->data, &f);
}

static void get_share(struct unpacker *u, const struct ew_sink *sink)
{
	struct ew_fact_share s = {.record = need_string(u)};

	s.object = get_ref(u);
	s.field = need_string(u);
	s.other_object = get_ref(u);
	s.other = need_string(u);
	if (!u->is_bad && sink->share)
		sink->share(sink->data, &s);
}

static void get_variable(struct unpacker *u, const struct ew_sink *sink)
{
	struct ew_fact_variable v = {.key = need_string(u)};

	v.name = need_string(u);
	v.place = get_place(u);
	v.end_line = get_int(u);
	v.linkage = get_uint(u) & 1;
	v.type = get_string(u);
	if (!u->is_bad && sink->variable)
		sink->variable(sink->data, &v);
}

static void get_condition(struct unpacker *u, const struct ew_sink *sink)
{
	struct ew_fact_condition c = {.function = need_string(u)};
	uint64_t bits;

	c.index = get_int(u);
	c.parent = get_int(u);
	bits = get_uint(u);
	c.kind = in_range(u, bits >> 2, EW_CONDITION_LAST);
	c.is_in_macro = bits >> 1 & 1;
	c.is_dead = bits & 1;
	c.place = get_place(u);
	c.end_line = get_int(u);
	c.end_column = get_int(u);
	c.slot = get_ref(u);
	c.value = get_ref(u);
	c.is_equal = get_uint(u) & 1;
	if (!u->is_bad && sink->condition)
		sink->condition(sink->data, &c);
}

static void get_call(struct unpacker *u, const struct ew_sink *sink)
{
	struct ew_fact_call c = {.caller = need_string(u)};

	c.ordinal = get_int(u);
	c.callee = get_string(u);
	c.slot = get_ref(u);
	c.signature = get_string(u);
	c.place = get_place(u);
	c.macro = get_string(u);
	c.condition = get_int(u);
	c.is_dead = get_uint(u);
	if (!u->is_bad && sink->call)
		sink->call(sink->data, &c);
}

static void get_flow(struct unpacker *u, const struct ew_sink *sink)
{
	struct ew_fact_flow f = {.to = get_ref(u)};

	f.from = get_ref(u);
	f.how = in_range(u, get_uint(u), EW_FLOW_COPY);
	f.function = get_string(u);
	f.place = get_place(u);
	f.call = get_int(u);
	f.macro = get_string(u);
	f.dead = get_int(u);
	if (!u->is_bad && sink->flow)
		sink->flow(sink->data, &f);
}

static void get_access(struct unpacker *u, const struct ew_sink *sink)
{
	struct ew_fact_access a = {.function = need_string(u)};
	uint64_t bits;

	a.field = need_string(u);
	bits = get_uint(u);
	a.mode = in_range(u, bits >> 1, EW_ACCESS_ADDRESS);
	a.in_condition = bits & 1;
	a.place = get_place(u);
	if (!u->is_bad && sink->access)
		sink->access(sink->data, &a);
}

static void get_state(struct unpacker *u, const struct ew_sink *sink)
{
	struct ew_fact_state s = {.function = need_string(u)};
	uint64_t bits;

	s.ordinal = get_int(u);
	s.target = get_ref(u);
	bits = get_uint(u);
	s.how = in_range(u, bits >> 1, EW_STATE_TABLE);
	s.is_dead = bits & 1;
	s.value = get_string(u);
	s.source = get_ref(u);
	s.from = get_string(u);
	s.note = get_string(u);
	s.entry = get_int(u);
	s.place = get_place(u);
	s.macro = get_string(u);
	s.condition = get_int(u);
	if (!u->is_bad && sink->state)
		sink->state(sink->data, &s);
}

static void get_file(struct unpacker *u, const struct ew_sink *sink)
{
	const char *path = need_string(u);

	if (!u->is_bad && sink->file)
		sink->file(sink->data, path);
}

static void get_diagnostic(struct unpacker *u, const struct ew_sink *sink)
{
	struct ew_place place = get_place(u);
	const char *text = need_string(u);

	if (!u->is_bad && sink->diagnostic)
		sink->diagnostic(sink->data, &place, text);
}

bool ew_fact_unpack(const uint8_t *bytes, size_t length, const struct ew_sink *sink, GError **error)
{
	static const struct ew_sink nobody;
	struct unpacker u = {.at = bytes, .end = length ? bytes + length : bytes,
			     .strings = g_ptr_array_new()};
	bool is_skipping = false;

	while (u.at < u.end && !u.is_bad) {
		const struct ew_sink *to = is_skipping ? &nobody : sink;
		uint64_t tag = get_uint(&u);

		switch (tag) {
		case TAG_FUNCTION:
			get_function(&u, sink, &is_skipping);
			break;
		case TAG_END_FUNCTION:
			if (to->end_function)
				to->end_function(to->data);
			is_skipping = false;
			break;
		case TAG_RECORD:
			get_record(&u, sink);
			break;
		case TAG_FIELD:
			get_field(&u, sink);
			break;
		case TAG_SHARE:
			get_share(&u, sink);
			break;
		case TAG_VARIABLE:
			get_variable(&u, sink);
			break;
		case TAG_CONDITION:
			get_condition(&u, to);
			break;
		case TAG_CALL:
			get_call(&u, to);
			break;
		case TAG_FLOW:
			get_flow(&u, to);
			break;
		case TAG_ACCESS:
			get_access(&u, to);
			break;
		case TAG_STATE:
			get_state(&u, to);
			break;
		case TAG_FILE:
			get_file(&u, sink);
			break;
		case TAG_DIAGNOSTIC:
			get_diagnostic(&u, sink);
			break;
		default:
			u.is_bad = true;
		}
	}
	g_ptr_array_unref(u.strings);
	if (u.is_bad)
		g_set_error(error, EW_ERROR, EW_ERROR_INPUT,
			    "a worker's facts are damaged at byte %zu of %zu",
			    (size_t)(u.at - bytes), length);
	return !u.is_bad;
}
