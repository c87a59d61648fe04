/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Locals without a type (void *) that something is called through: `void *f = p->func; ((fn *)f)();`.
 *
 * Most such locals hold data, and what is put into them is not told. So it is kept until a call goes through one; from
 * then on it is said.
 */
#include "parse/body.h"

static bool is_untyped(CXType type)
{
	type = clang_getCanonicalType(type);
	return type.kind == CXType_Pointer &&
	       clang_getCanonicalType(clang_getPointeeType(type)).kind == CXType_Void;
}

static bool is_slot(const struct value *v)
{
	switch (v->ref.kind) {
	case EW_NODE_VARIABLE:
	case EW_NODE_FIELD:
	case EW_NODE_PARAM:
	case EW_NODE_LOCAL:
		return v->level == 0;
	default:
		return false;
	}
}

bool may_be_untyped(const struct body *b, const struct ew_ref *to, CXType type, const struct value *v)
{
	return b && to->kind == EW_NODE_LOCAL && is_untyped(type) && is_slot(v);
}

static void start(struct body *b)
{
	if (b->untyped)
		return;
	b->untyped = g_array_new(false, false, sizeof(struct ew_fact_flow));
	b->called_untyped = g_hash_table_new(g_str_hash, g_str_equal);
}

void keep_untyped(struct body *b, const struct ew_fact_flow *flow)
{
	start(b);
	g_array_append_vals(b->untyped, flow, 1);
	if (g_hash_table_contains(b->called_untyped, flow->to.key)) {
		b->unit->sink->flow(b->unit->sink->data, flow);
		say_untyped(b, &flow->from);
	}
}

void say_untyped(struct body *b, const struct ew_ref *slot)
{
	guint i;

	if (slot->kind != EW_NODE_LOCAL)
		return;
	start(b);
	if (!g_hash_table_add(b->called_untyped, (gpointer)slot->key))
		return;
	for (i = 0; i < b->untyped->len; i++) {
		struct ew_fact_flow f = g_array_index(b->untyped, struct ew_fact_flow, i);

		if (!g_str_equal(f.to.key, slot->key))
			continue;
		b->unit->sink->flow(b->unit->sink->data, &f);
		say_untyped(b, &f.from);
	}
}

void free_untyped(struct body *b)
{
	if (!b->untyped)
		return;
	g_array_unref(b->untyped);
	g_hash_table_unref(b->called_untyped);
}
