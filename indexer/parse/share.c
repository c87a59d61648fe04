/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Structs with a name within a union: `union { struct a x; struct b y; }`. What is stored into a member of the one is in
 * the member of the other that lies in the same bytes. Only members are looked at that can hold a function, and only two of
 * which one is meant to; of members of the union itself member.c tells.
 */
#include "parse/internal.h"

enum { DEEPEST = 4 };

struct leaf {
	CXCursor field;
	CXCursor first; /* the member of the union that it is in; null if it is one itself */
	struct ew_ref object;
	long long offset; /* in bits, from the union's beginning */
	bool is_function_pointer;
};

struct search {
	struct unit *unit;
	const char *record;
	GArray *leaves; /* of struct leaf */
	CXCursor first;
	struct ew_ref object;
	long long offset;
	int depth;
};

/* A function pointer, or what such is hidden in. */
static bool can_hold_function(CXType type)
{
	type = clang_getCanonicalType(type);
	return type.kind == CXType_Long || type.kind == CXType_ULong || is_function_pointer_type(type) ||
	       (type.kind == CXType_Pointer && clang_getCanonicalType(clang_getPointeeType(type)).kind == CXType_Void);
}

static struct ew_ref object_within(struct unit *u, const struct ew_ref *around, CXCursor field)
{
	struct ew_ref member = {.kind = EW_NODE_FIELD, .key = field_key(u, field)}, part;

	if (around->kind == EW_NODE_NONE)
		return member;
	member.base_kind = around->kind;
	member.base = around->key;
	member.base_mode = EW_BASE_OBJECT;
	part = part_of(u, &member);
	return (struct ew_ref){.kind = part.kind, .key = part.key};
}

static enum CXVisitorResult find_leaf(CXCursor field, CXClientData data)
{
	struct search *s = data, inner = *s;
	CXType type = clang_getCanonicalType(clang_getCursorType(field));

	inner.offset += clang_Cursor_getOffsetOfField(field);
	if (type.kind == CXType_Record && s->depth < DEEPEST) {
		inner.depth++;
		if (!is_nameless(field)) {
			inner.object = object_within(s->unit, &s->object, field);
			if (clang_Cursor_isNull(s->first))
				inner.first = field;
		}
		clang_Type_visitFields(type, find_leaf, &inner);
	} else if (can_hold_function(type) && !clang_Cursor_isBitField(field)) {
		struct leaf l = {field, s->first, s->object, inner.offset, is_function_pointer_type(type)};

		g_array_append_val(s->leaves, l);
	}
	return CXVisit_Continue;
}

/* Within one member of the union, or of the union alone: another union tells, or member.c. */
static bool is_told_elsewhere(const struct leaf *a, const struct leaf *b)
{
	return clang_equalCursors(a->first, b->first);
}

static void say_shares_of(struct search *s)
{
	guint i, k;

	for (i = 0; i < s->leaves->len; i++)
		for (k = i + 1; k < s->leaves->len; k++) {
			const struct leaf *a = &g_array_index(s->leaves, struct leaf, i);
			const struct leaf *b = &g_array_index(s->leaves, struct leaf, k);
			struct ew_fact_share share = {s->record, a->object, NULL, b->object, NULL};

			if (a->offset != b->offset || !(a->is_function_pointer || b->is_function_pointer) ||
			    is_told_elsewhere(a, b))
				continue;
			share.field = field_key(s->unit, a->field);
			share.other = field_key(s->unit, b->field);
			s->unit->sink->share(s->unit->sink->data, &share);
		}
}

static enum CXVisitorResult note_struct(CXCursor field, CXClientData data)
{
	bool *found = data;

	*found |= clang_getCanonicalType(clang_getCursorType(field)).kind == CXType_Record;
	return *found ? CXVisit_Break : CXVisit_Continue;
}

static void look_at_union(struct unit *u, CXCursor decl, const char *record)
{
	struct search s = {.unit = u, .record = record, .first = clang_getNullCursor()};
	CXType type = clang_getCursorType(decl);
	bool has_struct = false;

	clang_Type_visitFields(type, note_struct, &has_struct);
	if (!has_struct)
		return;
	s.leaves = g_array_new(false, false, sizeof(struct leaf));
	clang_Type_visitFields(type, find_leaf, &s);
	say_shares_of(&s);
	g_array_unref(s.leaves);
}

struct look {
	struct unit *unit;
	const char *record;
};

static enum CXChildVisitResult find_union(CXCursor child, CXCursor parent, CXClientData data)
{
	struct look *l = data;
	enum CXCursorKind kind = clang_getCursorKind(child);

	if ((kind != CXCursor_StructDecl && kind != CXCursor_UnionDecl) || !is_nameless(child))
		return CXChildVisit_Continue;
	if (kind == CXCursor_UnionDecl)
		look_at_union(l->unit, child, l->record);
	return CXChildVisit_Recurse;
}

void say_shares(struct unit *u, CXCursor decl, const char *record)
{
	struct look l = {u, record};

	if (clang_getCursorKind(decl) == CXCursor_UnionDecl)
		look_at_union(u, decl, record);
	clang_visitChildren(decl, find_union, &l);
}
