/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Initialisers and assignments as flows.
 *
 * libclang shows the syntactic form of an initialiser: a designated element is an unexposed expression
 * whose children are a member reference for each `.name`, an expression for each `[index]`, and last
 * the value. Elements without a designator take the members in their order.
 */
#include "parse/body.h"

static struct ew_fact_flow flow_of(struct unit *u, const struct flow_context *c, const struct ew_ref *to,
				   const struct ew_ref *from, CXCursor at, enum ew_flow_how how)
{
	struct unit_place p = unit_place_of(u, clang_getCursorLocation(at));

	return (struct ew_fact_flow){
		.to = *to,
		.from = *from,
		.how = how,
		.function = c->function,
		.place = p.place,
		.call = how == EW_FLOW_ARGUMENT ? c->call : -1,
		.macro = macro_name_at(u, &p),
		.dead = c->body ? dead_here(c->body) : 0,
	};
}

void say_flow(struct unit *u, const struct flow_context *c, const struct ew_ref *to,
	      const struct ew_ref *from, CXCursor at, enum ew_flow_how how)
{
	struct ew_fact_flow f = flow_of(u, c, to, from, at, how);

	u->sink->flow(u->sink->data, &f);
}

static void keep_flow(struct unit *u, const struct flow_context *c, const struct ew_ref *to, CXType type,
		      const struct value *v, CXCursor at, enum ew_flow_how how)
{
	struct ew_fact_flow f;

	if (!may_be_untyped(c->body, to, type, v))
		return;
	f = flow_of(u, c, to, &v->ref, at, how);
	keep_untyped(c->body, &f);
}

/* rcu_assign_pointer() keeps the pointer in a local integer: what was cast to it tells its type. */
static bool is_relevant_integer(struct unit *u, const struct ew_ref *to, CXType type, CXCursor expr)
{
	enum CXTypeKind kind = clang_getCanonicalType(type).kind;

	if (to->kind != EW_NODE_LOCAL || (kind != CXType_ULong && kind != CXType_ULongLong))
		return false;
	expr = unwrap(u, expr);
	while (clang_getCursorKind(expr) == CXCursor_CStyleCastExpr) {
		unsigned first, n = children_of(u, expr, &first);

		expr = n ? unwrap(u, child_at(u, first + n - 1)) : clang_getNullCursor();
		drop_children(u, first);
	}
	type = clang_getCanonicalType(clang_getCursorType(expr));
	return (type.kind == CXType_FunctionProto || type.kind == CXType_Pointer) &&
	       is_relevant_type(u, type);
}

/* A void * that is given the head of a chain. */
static bool is_hidden_head(struct unit *u, CXType type, CXCursor expr)
{
	type = clang_getCanonicalType(type);
	return type.kind == CXType_Pointer && clang_getPointeeType(type).kind == CXType_Void &&
	       is_head_type(u, clang_getCursorType(unwrap(u, expr)));
}

/*
 * A function's address always matters, even where the slot's type hides it (void *). A value that
 * cannot be named is said as such: the slot then holds more than is known. So does the head of a chain matter.
 */
void say_flows(struct unit *u, const struct flow_context *c, const struct ew_ref *to, CXType type,
	       CXCursor expr, enum ew_flow_how how)
{
	g_autoptr(GArray) values = g_array_new(false, false, sizeof(struct value));
	bool is_relevant = is_relevant_type(u, type) || is_static_call_slot(to) ||
			   is_relevant_integer(u, to, type, expr) || is_hidden_head(u, type, expr);
	bool is_through = false;
	guint i;

	if (how != EW_FLOW_ARGUMENT)
		say_constants(u, c, to, type, expr, how);
	if (is_relevant && clang_getCanonicalType(type).kind == CXType_Record) {
		say_object(u, c, to, EW_BASE_OBJECT, type, expr);
		return;
	}
	if (is_relevant) {
		say_literal(u, c, expr);
		say_duplicate(u, c, to, type, expr);
	}
	collect_values(u, expr, values);
	for (i = 0; i < values->len; i++) {
		struct value *v = &g_array_index(values, struct value, i);

		if (v->ref.kind == EW_NODE_FUNCTION || is_relevant)
			say_flow(u, c, to, &v->ref, expr, how);
		else
			keep_flow(u, c, to, type, v, expr, how);
		is_through |= v->level < 0 && v->ref.kind != EW_NODE_FUNCTION;
	}
	/* x = *p: what a pointer points to, if it is a pointer itself, has no name. */
	is_through &= clang_getCanonicalType(clang_getCursorType(expr)).kind == CXType_Pointer;
	if (is_relevant && (is_through || !values->len) && !is_constant(u, expr)) {
		struct ew_ref unknown = {.kind = EW_NODE_NONE};

		say_flow(u, c, to, &unknown, expr, how);
	}
}
struct field_list {
	GArray *fields; /* of CXCursor */
};

static enum CXVisitorResult list_field(CXCursor field, CXClientData data)
{
	struct field_list *list = data;

	g_array_append_val(list->fields, field);
	return CXVisit_Continue;
}

static int field_position(GArray *fields, CXCursor field)
{
	guint i;

	for (i = 0; i < fields->len; i++)
		if (clang_equalCursors(g_array_index(fields, CXCursor, i), field))
			return i;
	return -1;
}

static struct ew_ref member_slot(struct unit *u, const struct ew_ref *object, CXCursor field)
{
	struct ew_ref around = part_of(u, object);

	return (struct ew_ref){
		.kind = EW_NODE_FIELD,
		.key = field_key(u, field),
		.base_kind = around.kind,
		.base = around.key,
		.base_mode = object->kind == EW_NODE_NONE ? EW_BASE_NONE : EW_BASE_OBJECT,
	};
}

/* A bit-field without a name takes no value. */
static bool is_padding(CXCursor field)
{
	return clang_Cursor_isBitField(field) && is_nameless(field);
}

static void say_member(struct unit *u, const struct flow_context *c, const struct ew_ref *object,
		       CXCursor field, CXCursor value)
{
	struct ew_ref slot;

	if (is_nameless(field)) {
		say_initialiser(u, c, object, clang_getCursorType(field), value);
		return;
	}
	slot = member_slot(u, object, field);
	say_initialiser(u, c, &slot, clang_getCursorType(field), value);
	if (is_static_call_slot(&slot) && object->kind == EW_NODE_VARIABLE)
		say_flows(u, c, object, clang_getCursorType(field), value, EW_FLOW_INITIALISER);
}

/* The designators before the value; the last member named is what the value goes to, and the object
 * that it belongs to is the member before it. */
static void say_designated(struct unit *u, const struct flow_context *c,
			   const struct ew_ref *object, CXType type, CXCursor element,
			   GArray *fields, int *position)
{
	unsigned first, n = children_of(u, element, &first), i;
	struct ew_ref outer = *object;
	CXCursor field = clang_getNullCursor();
	CXType element_type = clang_getArrayElementType(clang_getCanonicalType(type));

	for (i = 0; i + 1 < n; i++) {
		CXCursor part = child_at(u, first + i);

		if (clang_getCursorKind(part) != CXCursor_MemberRef)
			continue;
		if (!clang_Cursor_isNull(field) && !is_nameless(field))
			outer = member_slot(u, &outer, field);
		field = clang_getCursorReferenced(part);
		if (i == 0 && fields)
			*position = field_position(fields, field) + 1;
	}
	if (n) {
		CXCursor value = child_at(u, first + n - 1);

		if (!clang_Cursor_isNull(field))
			say_member(u, c, &outer, field, value);
		else
			say_initialiser(u, c, object, element_type, value);
	}
	drop_children(u, first);
}

static bool is_designated(struct unit *u, CXCursor element)
{
	unsigned first, n;
	bool answer = false;

	if (clang_getCursorKind(element) != CXCursor_UnexposedExpr)
		return false;
	n = children_of(u, element, &first);
	if (n > 1)
		answer = clang_getCursorKind(child_at(u, first)) == CXCursor_MemberRef ||
			 clang_isExpression(clang_getCursorKind(child_at(u, first)));
	drop_children(u, first);
	return answer;
}

/* The elements of a list that are not taken yet. */
struct elements {
	unsigned next, end; /* among u->cursors */
};

static void say_positions(struct unit *u, const struct flow_context *c, const struct ew_ref *object,
			  CXType type, struct elements *e, bool is_braced);

/* A string for an array of characters, a record for a record: C11 6.7.9, 13 and 14. */
static bool is_whole(struct unit *u, CXType type, CXCursor element)
{
	CXType own = clang_getCanonicalType(clang_getCursorType(element));
	CXCursor inner = unwrap(u, element);

	if (clang_getCursorKind(element) == CXCursor_InitListExpr)
		return true;
	if (type.kind == CXType_Record)
		return own.kind == CXType_Record && clang_equalCursors(clang_getTypeDeclaration(own),
								       clang_getTypeDeclaration(type));
	type = clang_getCanonicalType(clang_getArrayElementType(type));
	return type.kind == CXType_Invalid ||
	       (own.kind != CXType_Pointer && clang_getCursorKind(inner) == CXCursor_CompoundLiteralExpr) ||
	       (clang_getCursorKind(inner) == CXCursor_StringLiteral && type.kind != CXType_Pointer &&
		type.kind != CXType_Record && clang_getArrayElementType(type).kind == CXType_Invalid);
}

/* One member or element; without braces of its own, a record or array takes what it needs of the list: 20. */
static void say_position(struct unit *u, const struct flow_context *c, const struct ew_ref *object,
			 CXCursor field, CXType type, struct elements *e)
{
	CXType canonical = clang_getCanonicalType(type);
	bool is_field = !clang_Cursor_isNull(field);
	struct ew_ref slot = *object;

	if ((canonical.kind != CXType_Record && clang_getArrayElementType(canonical).kind == CXType_Invalid) ||
	    is_whole(u, canonical, child_at(u, e->next))) {
		CXCursor value = child_at(u, e->next++);

		if (is_field)
			say_member(u, c, object, field, value);
		else
			say_initialiser(u, c, object, type, value);
		return;
	}
	if (is_field && !is_nameless(field))
		slot = member_slot(u, object, field);
	say_positions(u, c, &slot, canonical, e, false);
}

static void say_record_positions(struct unit *u, const struct flow_context *c, const struct ew_ref *object,
				 CXType type, struct elements *e, bool is_braced)
{
	g_autoptr(GArray) fields = g_array_new(false, false, sizeof(CXCursor));
	struct field_list members = {fields};
	bool is_union = clang_getCursorKind(clang_getTypeDeclaration(type)) == CXCursor_UnionDecl;
	int position = 0;

	clang_Type_visitFields(type, list_field, &members);
	while (e->next < e->end) {
		CXCursor field;

		if (is_designated(u, child_at(u, e->next))) {
			if (!is_braced)
				return;
			say_designated(u, c, object, type, child_at(u, e->next++), fields, &position);
			continue;
		}
		while (position < (int)fields->len && is_padding(g_array_index(fields, CXCursor, position)))
			position++;
		if (position >= (int)fields->len)
			return;
		field = g_array_index(fields, CXCursor, position);
		say_position(u, c, object, field, clang_getCursorType(field), e);
		position = is_union ? (int)fields->len : position + 1;
	}
}

/* An array whose elements each lead to a static call of their own: which of them a function stands in tells which
 * call it is for (resolve/key.c). So these are told apart, as objects that the array is copied together from. */
static struct ew_ref element_object(struct unit *u, const struct flow_context *c, const struct ew_ref *array,
				    long long index, CXType type, CXCursor at)
{
	g_autofree char *key = g_strdup_printf("%s[%lld]", array->key, index);
	const char *name = strrchr(key, ':');
	struct unit_place p = unit_place_of(u, clang_getCursorLocation(at));
	struct ew_ref element = {.kind = EW_NODE_VARIABLE, .key = intern(u, key)};
	struct ew_fact_variable v = {
		.key = element.key,
		.name = name ? intern(u, name + 1) : element.key,
		.place = p.place,
		.end_line = p.place.line,
		.linkage = EW_LINKAGE_STATIC,
		.type = intern_cx(u, clang_getTypeSpelling(type)),
	};

	u->sink->variable(u->sink->data, &v);
	say_flow(u, c, array, &element, at, EW_FLOW_COPY);
	return element;
}

static void say_positions(struct unit *u, const struct flow_context *c, const struct ew_ref *object,
			  CXType type, struct elements *e, bool is_braced)
{
	CXType element_type = clang_getArrayElementType(type);
	long long size = is_braced ? -1 : clang_getArraySize(type), i;
	bool is_split = object->kind == EW_NODE_VARIABLE && is_braced && !c->function &&
			clang_getCanonicalType(element_type).kind == CXType_Record && leads_to_static_call(element_type);

	if (type.kind == CXType_Record) {
		say_record_positions(u, c, object, type, e, is_braced);
		return;
	}
	for (i = 0; e->next < e->end && i != size; i++) {
		unsigned before = e->next;
		struct ew_ref element = *object;

		if (is_split && !is_designated(u, child_at(u, e->next)))
			element = element_object(u, c, object, i, element_type, child_at(u, e->next));
		if (!is_designated(u, child_at(u, e->next)))
			say_position(u, c, &element, clang_getNullCursor(),
				     element_type.kind == CXType_Invalid ? type : element_type, e);
		else if (is_braced)
			say_designated(u, c, object, type, child_at(u, e->next++), NULL, NULL);
		if (e->next == before)
			return;
	}
}

static void say_list(struct unit *u, const struct flow_context *c, const struct ew_ref *object,
		     CXType type, CXCursor list)
{
	unsigned first, n = children_of(u, list, &first);
	struct elements e = {first, first + n};

	say_positions(u, c, object, clang_getCanonicalType(type), &e, true);
	drop_children(u, first);
}

/* The list of a compound literal (T){…} or of its address, if that is what the expression is. */
static CXCursor literal_list(struct unit *u, CXCursor expr, CXType *type)
{
	unsigned first, n, i;
	CXCursor list = clang_getNullCursor();

	expr = unwrap(u, expr);
	if (clang_getCursorKind(expr) == CXCursor_CStyleCastExpr) {
		n = children_of(u, expr, &first);
		list = n ? child_at(u, first + n - 1) : list;
		drop_children(u, first);
		return n ? literal_list(u, list, type) : list;
	}
	if (clang_getCursorKind(expr) != CXCursor_CompoundLiteralExpr)
		return list;
	*type = clang_getCursorType(expr);
	n = children_of(u, expr, &first);
	for (i = 0; i < n; i++)
		if (clang_getCursorKind(child_at(u, first + i)) == CXCursor_InitListExpr)
			list = child_at(u, first + i);
	drop_children(u, first);
	return list;
}

/* (struct T[]){…} where a pointer is wanted: another object. */
static bool is_pointer_to_literal(CXType type, CXType literal)
{
	CXType element = clang_getArrayElementType(clang_getCanonicalType(literal));

	return clang_getCanonicalType(type).kind == CXType_Pointer && element.kind != CXType_Invalid &&
	       clang_getCanonicalType(element).kind == CXType_Record;
}

void say_initialiser(struct unit *u, const struct flow_context *c, const struct ew_ref *target,
		     CXType type, CXCursor init)
{
	CXCursor list = init;
	CXType list_type = type;

	if (clang_getCursorKind(init) != CXCursor_InitListExpr)
		list = literal_list(u, init, &list_type);
	if (!clang_Cursor_isNull(list) && !is_pointer_to_literal(type, list_type))
		say_list(u, c, target, list_type, list);
	else if (target->kind != EW_NODE_NONE)
		say_flows(u, c, target, type, init, EW_FLOW_INITIALISER);
}

void say_object(struct unit *u, const struct flow_context *c, const struct ew_ref *to,
		enum ew_base_mode mode, CXType type, CXCursor value)
{
	struct ew_ref nameless = {.kind = EW_NODE_NONE};
	CXCursor list = literal_list(u, value, &type);

	if (!clang_Cursor_isNull(list))
		say_list(u, c, mode == EW_BASE_OBJECT ? to : &nameless, type, list);
	else
		say_copy(u, c, to, mode, type, value);
}
