/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The members of a record, and which of them lie in the same bytes: what is stored into the one member of a union
 * is called through the other. Only members that can hold a function are looked at, and only where one of them is
 * meant to.
 */
#include "parse/internal.h"

struct member {
	CXCursor field;
	CXCursor owner;	  /* the record that its offset counts from; null if it lies in no union */
	long long offset; /* in bits */
	bool is_function_pointer;
	int overlay;
};

struct member_list {
	struct unit *unit;
	GArray *members; /* of struct member */
};

static bool can_hold_function(CXType type)
{
	type = clang_getCanonicalType(type);
	switch (type.kind) {
	case CXType_Pointer:
	case CXType_Long:
	case CXType_ULong:
		return true;
	default:
		return false;
	}
}

/* Out of anonymous records, to the one that the offsets count from. */
static CXCursor owner_in_union(CXCursor field)
{
	CXCursor owner = clang_getCursorSemanticParent(field);
	bool is_union = clang_getCursorKind(owner) == CXCursor_UnionDecl;

	while (clang_Cursor_isAnonymousRecordDecl(owner)) {
		owner = clang_getCursorSemanticParent(owner);
		is_union |= clang_getCursorKind(owner) == CXCursor_UnionDecl;
	}
	return is_union ? owner : clang_getNullCursor();
}

static void add_member(struct member_list *list, CXCursor field)
{
	CXType type = clang_getCursorType(field);
	struct member m = {
		.field = field,
		.owner = clang_getNullCursor(),
		.is_function_pointer = is_function_pointer_type(type),
	};

	if (can_hold_function(type))
		m.owner = owner_in_union(field);
	if (!clang_Cursor_isNull(m.owner)) {
		const char *name = intern_cx(list->unit, clang_getCursorSpelling(field));

		m.offset = clang_Type_getOffsetOf(clang_getCursorType(m.owner), name);
	}
	g_array_append_val(list->members, m);
}

static enum CXChildVisitResult list_member(CXCursor child, CXCursor parent, CXClientData data)
{
	enum CXCursorKind kind = clang_getCursorKind(child);

	if (kind == CXCursor_StructDecl || kind == CXCursor_UnionDecl) {
		if (is_nameless(child))
			clang_visitChildren(child, list_member, data);
	} else if (kind == CXCursor_FieldDecl && !is_nameless(child)) {
		add_member(data, child);
	}
	return CXChildVisit_Continue;
}

static bool is_shared(const struct member *a, const struct member *b)
{
	return !clang_Cursor_isNull(b->owner) && a->offset == b->offset && a->offset >= 0 &&
	       clang_equalCursors(a->owner, b->owner);
}

/* Numbers from 1 for those around a function pointer that others lie upon. */
static void find_overlays(GArray *members)
{
	int last = 0;
	guint i, k;

	for (i = 0; i < members->len; i++) {
		struct member *m = &g_array_index(members, struct member, i);
		bool is_alone = true;

		if (clang_Cursor_isNull(m->owner) || !m->is_function_pointer || m->overlay)
			continue;
		for (k = 0; k < members->len; k++) {
			struct member *other = &g_array_index(members, struct member, k);

			if (k == i || !is_shared(m, other))
				continue;
			other->overlay = last + 1;
			is_alone = false;
		}
		if (!is_alone)
			m->overlay = ++last;
	}
}

static const char *signature_of(struct unit *u, const struct member *m)
{
	CXType type = clang_getCanonicalType(clang_getCursorType(m->field));

	if (!m->is_function_pointer)
		return NULL;
	return intern_cx(u, clang_getTypeSpelling(clang_getPointeeType(type)));
}

void say_members(struct unit *u, CXCursor decl, const char *record)
{
	g_autoptr(GArray) members = g_array_new(false, false, sizeof(struct member));
	struct member_list list = {u, members};
	guint i;

	clang_visitChildren(decl, list_member, &list);
	find_overlays(members);
	for (i = 0; i < members->len; i++) {
		const struct member *m = &g_array_index(members, struct member, i);
		struct ew_fact_field f = {
			.key = field_key(u, m->field),
			.record = record,
			.name = intern_cx(u, clang_getCursorSpelling(m->field)),
			.type = intern_cx(u, clang_getTypeSpelling(clang_getCursorType(m->field))),
			.line = unit_place_of(u, clang_getCursorLocation(m->field)).place.line,
			.is_function_pointer = m->is_function_pointer,
			.signature = signature_of(u, m),
			.overlay = m->overlay,
		};

		u->sink->field(u->sink->data, &f);
	}
}
