/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Whole objects as values: copies of structures, and objects without a name.
 *
 * A copy is told as a flow of each member that can hold a function, or the address of an object that carries some, from
 * the one object into the other. What is copied into an unknown object, or out of one, says so by its base.
 */
#include <string.h>

#include "parse/body.h"

/* The object that a member is of. */
struct object {
	enum ew_node_kind kind;
	const char *key;
	enum ew_base_mode mode;
};

struct copy {
	struct unit *unit;
	const struct flow_context *context;
	struct object to, from;
	bool is_from_known;
	CXCursor at;
	int depth;
};

enum { DEEPEST = 8 };

static struct object object_of_value(struct unit *u, const struct value *v, int level)
{
	struct object none = {EW_NODE_NONE, NULL, EW_BASE_NONE};
	struct ew_ref object;

	level += v->level;
	if (v->ref.kind == EW_NODE_NONE || v->ref.kind == EW_NODE_FUNCTION || level > 0 || level < -1)
		return none;
	object = level ? v->ref : part_of(u, &v->ref);
	return (struct object){object.kind, object.key, level ? EW_BASE_POINTER : EW_BASE_OBJECT};
}

static struct ew_ref member_of(const struct object *o, const char *field)
{
	return (struct ew_ref){
		.kind = EW_NODE_FIELD,
		.key = field,
		.base_kind = o->kind,
		.base = o->key,
		.base_mode = o->mode,
	};
}

static enum CXVisitorResult copy_field(CXCursor field, CXClientData data);

static struct object part_within(struct unit *u, const struct object *o, CXCursor field)
{
	struct ew_ref member = member_of(o, field_key(u, field)), part = part_of(u, &member);

	return (struct object){part.kind, part.key, EW_BASE_OBJECT};
}

static void copy_fields(struct copy *c, CXType record)
{
	if (c->depth++ < DEEPEST)
		clang_Type_visitFields(record, copy_field, c);
	c->depth--;
}

static CXType element_of(CXType type)
{
	type = clang_getCanonicalType(type);
	while (type.kind == CXType_ConstantArray)
		type = clang_getCanonicalType(clang_getArrayElementType(type));
	return type;
}

static enum CXVisitorResult copy_field(CXCursor field, CXClientData data)
{
	struct copy *c = data;
	struct unit *u = c->unit;
	CXType type = element_of(clang_getCursorType(field));
	struct ew_ref to, from = {.kind = EW_NODE_NONE};

	if (type.kind == CXType_Record && is_nameless(field)) {
		copy_fields(c, type);
		return CXVisit_Continue;
	}
	if (type.kind == CXType_Record) { /* a layer of its own */
		struct copy inner = *c;

		inner.to = part_within(u, &c->to, field);
		inner.from = part_within(u, &c->from, field);
		if (is_relevant_type(u, type))
			copy_fields(&inner, type);
		return CXVisit_Continue;
	}
	if (!is_relevant_type(u, type))
		return CXVisit_Continue;
	to = member_of(&c->to, field_key(u, field));
	if (c->is_from_known)
		from = member_of(&c->from, field_key(u, field));
	say_flow(u, c->context, &to, &from, c->at, EW_FLOW_COPY);
	return CXVisit_Continue;
}

/* Each of the objects that `value` may be, or point to where `level` is -1, into each of the targets. */
static void copy_values(struct copy *c, CXType type, CXCursor value, int level)
{
	g_autoptr(GArray) values = g_array_new(false, false, sizeof(struct value));
	CXType record = element_of(type);
	guint i;

	if (record.kind != CXType_Record || !is_relevant_type(c->unit, record))
		return;
	collect_values(c->unit, value, values);
	for (i = 0; i < values->len; i++) {
		c->from = object_of_value(c->unit, &g_array_index(values, struct value, i), level);
		c->is_from_known = g_array_index(values, struct value, i).ref.kind != EW_NODE_NONE;
		copy_fields(c, record);
	}
	if (!values->len && !is_constant(c->unit, value)) {
		c->is_from_known = false;
		copy_fields(c, record);
	}
}

void say_copy(struct unit *u, const struct flow_context *context, const struct ew_ref *to,
	      enum ew_base_mode mode, CXType type, CXCursor value)
{
	struct copy c = {.unit = u, .context = context, .at = value};
	struct ew_ref object = mode == EW_BASE_OBJECT ? part_of(u, to) : *to;

	c.to = (struct object){object.kind, object.key, mode};
	copy_values(&c, type, value, 0);
}

/* ---- memcpy and kin -------------------------------------------------------------------------- */

/* What a pointer points to, whatever it is handed over as. */
static CXCursor without_casts(struct unit *u, CXCursor expr)
{
	for (;;) {
		unsigned first, n;

		expr = unwrap(u, expr);
		if (clang_getCursorKind(expr) != CXCursor_CStyleCastExpr)
			return expr;
		n = children_of(u, expr, &first);
		if (n)
			expr = child_at(u, first + n - 1);
		drop_children(u, first);
		if (!n)
			return expr;
	}
}

static CXType pointee_of(CXCursor expr)
{
	CXType type = clang_getCanonicalType(clang_getCursorType(expr));

	if (type.kind == CXType_Pointer)
		type = clang_getCanonicalType(clang_getPointeeType(type));
	return element_of(type);
}

static bool is_same_record(CXCursor a, CXCursor b)
{
	return pointee_of(a).kind == CXType_Record &&
	       clang_equalCursors(clang_getTypeDeclaration(pointee_of(a)),
				  clang_getTypeDeclaration(pointee_of(b)));
}

void say_memory_copy(struct unit *u, const struct flow_context *context, CXCursor to, CXCursor from)
{
	g_autoptr(GArray) targets = g_array_new(false, false, sizeof(struct value));
	guint i;

	to = without_casts(u, to);
	from = without_casts(u, from);
	if (!is_same_record(to, from) || !is_relevant_type(u, pointee_of(to)))
		return;
	collect_values(u, to, targets);
	for (i = 0; i < targets->len; i++) {
		struct copy c = {.unit = u, .context = context, .at = from};

		c.to = object_of_value(u, &g_array_index(targets, struct value, i), -1);
		copy_values(&c, pointee_of(from), from, -1);
	}
}

struct duplicate_search {
	CXCursor call;
	bool is_found;
};

static enum CXChildVisitResult find_duplicate(CXCursor c, CXCursor parent, CXClientData data)
{
	struct duplicate_search *s = data;
	CXString name;

	if (clang_getCursorKind(c) != CXCursor_CallExpr)
		return CXChildVisit_Recurse;
	name = clang_getCursorSpelling(c);
	s->is_found = strstr(clang_getCString(name), "memdup") != NULL;
	s->call = c;
	clang_disposeString(name);
	return s->is_found ? CXChildVisit_Break : CXChildVisit_Recurse;
}

/* kmemdup(p, …) and kin, in whatever macro: the first parameter that is such a pointer is what is copied. */
void say_duplicate(struct unit *u, const struct flow_context *context, const struct ew_ref *to,
		   CXType type, CXCursor value)
{
	struct duplicate_search s = {.is_found = false};
	struct copy c = {.unit = u, .context = context, .to = {to->kind, to->key, EW_BASE_POINTER}};
	CXType pointee = clang_getCanonicalType(clang_getPointeeType(clang_getCanonicalType(type)));
	unsigned first, n, i;

	if (pointee.kind != CXType_Record || !is_relevant_type(u, pointee))
		return;
	if (!find_duplicate(value, value, &s))
		return;
	if (!s.is_found)
		clang_visitChildren(value, find_duplicate, &s);
	if (!s.is_found)
		return;
	n = children_of(u, s.call, &first);
	for (i = 1; i < n; i++) {
		CXCursor from = without_casts(u, child_at(u, first + i));

		c.at = from;
		if (clang_equalCursors(clang_getTypeDeclaration(pointee_of(from)),
				       clang_getTypeDeclaration(pointee))) {
			copy_values(&c, pointee, from, -1);
			break;
		}
	}
	drop_children(u, first);
}

/* ---- objects without a name ------------------------------------------------------------------ */

/* At file level it is as a variable is; within a function as a local. */
struct ew_ref literal_object(struct unit *u, CXCursor literal)
{
	struct unit_place p = unit_place_of(u, clang_getCursorLocation(literal));
	const char *owner = u->function ? u->function : p.place.file ? p.place.file : "";
	g_autofree char *key = g_strdup_printf(u->function ? "%s%%(literal)@%u" : "%s:(literal)@%u", owner,
					       p.offset);

	return (struct ew_ref){
		.kind = u->function ? EW_NODE_LOCAL : EW_NODE_VARIABLE,
		.key = intern(u, key),
	};
}

static void say_literal_variable(struct unit *u, const struct ew_ref *object, CXCursor literal)
{
	struct unit_place p = unit_place_of(u, clang_getCursorLocation(literal));
	unsigned end;
	struct ew_fact_variable v = {
		.key = object->key,
		.name = "(literal)",
		.place = p.place,
		.linkage = EW_LINKAGE_STATIC,
		.type = intern_cx(u, clang_getTypeSpelling(clang_getCursorType(literal))),
	};

	clang_getFileLocation(clang_getRangeEnd(clang_getCursorExtent(literal)), NULL, &end, NULL, NULL);
	v.end_line = end;
	u->sink->variable(u->sink->data, &v);
}

/* &(T){…}, or (T[]){…} where a pointer is wanted: what is stored into it. */
void say_literal(struct unit *u, const struct flow_context *context, CXCursor expr)
{
	struct ew_ref object;
	unsigned first, n;

	expr = without_casts(u, expr);
	if (clang_getCursorKind(expr) == CXCursor_UnaryOperator &&
	    clang_getCursorUnaryOperatorKind(expr) == CXUnaryOperator_AddrOf) {
		n = children_of(u, expr, &first);
		expr = n ? unwrap(u, child_at(u, first)) : expr;
		drop_children(u, first);
	}
	if (clang_getCursorKind(expr) != CXCursor_CompoundLiteralExpr ||
	    !is_relevant_type(u, clang_getCursorType(expr)))
		return;
	object = literal_object(u, expr);
	if (object.kind == EW_NODE_VARIABLE)
		say_literal_variable(u, &object, expr);
	say_initialiser(u, context, &object, clang_getCursorType(expr), expr);
}
