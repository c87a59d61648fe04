/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Static calls of the kernel: static_call(name)(…) calls the trampoline __SCT__name, which jumps to what the
 * member `func` of the key __SCK__name says. So it is told as a call through the key, which counts as a
 * variable that holds the function, for all keys are known by name; what is put into the member goes there, too. The macro mentions the key
 * beside the trampoline; where it does not, the call stays one of the trampoline.
 *
 * Where an update names its key, the value goes there. Else it is told as a store by way of the pointer, into the
 * member `func` of whatever `(key)` points to, a local without a name of its own that holds what the first argument
 * may be; and where the value is taken out of *p, `(from)` is that p. resolve/key.c makes targets of these.
 */
#include <string.h>

#include "parse/body.h"

static const char TRAMPOLINE[] = "__SCT__", KEY[] = "__SCK__";

struct key_search {
	const char *name;
	CXCursor key; /* declaration */
	bool is_found;
};

static enum CXChildVisitResult find_key(CXCursor c, CXCursor parent, CXClientData data)
{
	struct key_search *s = data;
	CXCursor decl;
	CXString name;

	if (clang_getCursorKind(c) != CXCursor_DeclRefExpr)
		return CXChildVisit_Recurse;
	decl = clang_getCursorReferenced(c);
	name = clang_getCursorSpelling(decl);
	s->is_found = clang_getCursorKind(decl) == CXCursor_VarDecl &&
		      g_str_has_prefix(clang_getCString(name), KEY) &&
		      !strcmp(clang_getCString(name) + strlen(KEY), s->name);
	s->key = decl;
	clang_disposeString(name);
	return s->is_found ? CXChildVisit_Break : CXChildVisit_Recurse;
}

bool static_call_slot(struct unit *u, CXCursor callee, const char *function, struct ew_ref *slot)
{
	struct key_search s = {.name = function + strlen(TRAMPOLINE)};

	if (!g_str_has_prefix(function, TRAMPOLINE))
		return false;
	clang_visitChildren(callee, find_key, &s);
	if (!s.is_found)
		return false;
	*slot = (struct ew_ref){
		.kind = EW_NODE_VARIABLE,
		.key = variable_key(u, s.key),
	};
	return true;
}

bool is_static_call_slot(const struct ew_ref *slot)
{
	return slot->kind == EW_NODE_FIELD && g_str_has_prefix(slot->key, "static_call_key@") &&
	       g_str_has_suffix(slot->key, ".func");
}

bool is_static_call_key(CXCursor record)
{
	CXString name = clang_getCursorSpelling(record);
	bool answer = !strcmp(clang_getCString(name), "static_call_key");

	clang_disposeString(name);
	return answer;
}

struct key_pointer_search {
	int depth;
	bool is_found;
};

static enum CXVisitorResult find_key_pointer(CXCursor field, CXClientData data)
{
	struct key_pointer_search *s = data;
	CXType type = clang_getCanonicalType(clang_getCursorType(field));
	CXCursor record = record_of_type(type);

	if (type.kind != CXType_Pointer || clang_Cursor_isNull(record))
		return CXVisit_Continue;
	s->is_found = is_static_call_key(record);
	if (!s->is_found && s->depth) {
		s->depth--;
		clang_Type_visitFields(clang_getCursorType(record), find_key_pointer, s);
		s->depth++;
	}
	return s->is_found ? CXVisit_Break : CXVisit_Continue;
}

bool leads_to_static_call(CXType record)
{
	struct key_pointer_search s = {.depth = 1};

	clang_Type_visitFields(record, find_key_pointer, &s);
	return s.is_found;
}

/* ---- updates --------------------------------------------------------------------------------- */

static struct ew_ref update_local(struct body *b, CXCursor call, const char *name)
{
	struct unit_place p = unit_place_of(b->unit, clang_getCursorLocation(call));
	g_autofree char *key = g_strdup_printf("%s%%%s@%u", b->key, name, p.offset);

	return (struct ew_ref){.kind = EW_NODE_LOCAL, .key = intern(b->unit, key)};
}

struct func_search {
	CXCursor field;
	bool is_found;
};

static enum CXVisitorResult find_func(CXCursor field, CXClientData data)
{
	struct func_search *s = data;
	CXString name = clang_getCursorSpelling(field);

	s->is_found = !strcmp(clang_getCString(name), "func");
	s->field = field;
	clang_disposeString(name);
	return s->is_found ? CXVisit_Break : CXVisit_Continue;
}

/* p of p->a.b, where nothing else is behind a pointer; else null. */
static CXCursor pointer_of_member(struct unit *u, CXCursor expr)
{
	expr = unwrap(u, expr);
	while (clang_getCursorKind(expr) == CXCursor_MemberRefExpr) {
		unsigned first, n = children_of(u, expr, &first);
		CXCursor object = n ? unwrap(u, child_at(u, first)) : clang_getNullCursor();

		drop_children(u, first);
		if (clang_getCanonicalType(clang_getCursorType(object)).kind == CXType_Pointer)
			return object;
		expr = object;
	}
	return clang_getNullCursor();
}

/* Of a value out of *p: where p itself comes from. */
static void tell_object(struct body *b, const struct flow_context *c, CXCursor call, CXCursor value, struct ew_ref *v)
{
	struct unit *u = b->unit;
	g_autoptr(GArray) pointers = g_array_new(false, false, sizeof(struct value));
	CXCursor pointer = v->kind == EW_NODE_FIELD ? pointer_of_member(u, value) : clang_getNullCursor();
	struct ew_ref from = update_local(b, call, "(from)");
	const struct value *p;

	if (clang_Cursor_isNull(pointer))
		return;
	collect_values(u, pointer, pointers);
	p = &g_array_index(pointers, struct value, 0);
	if (pointers->len != 1 || p->level != 0 || p->ref.kind == EW_NODE_NONE)
		return;
	say_flow(u, c, &from, &p->ref, call, EW_FLOW_ASSIGNMENT);
	v->base_kind = from.kind;
	v->base = from.key;
	v->base_mode = EW_BASE_POINTER;
}

/* What cannot be named is told as such, so that the update is seen. */
static void say_update_by_value(struct body *b, const struct flow_context *c, CXCursor call, CXCursor record,
				const struct ew_ref *key, CXCursor value)
{
	struct unit *u = b->unit;
	g_autoptr(GArray) values = g_array_new(false, false, sizeof(struct value));
	struct ew_ref local = update_local(b, call, "(key)"), unknown = {.kind = EW_NODE_NONE};
	struct func_search s = {.is_found = false};
	struct ew_ref to;
	guint i;

	clang_Type_visitFields(clang_getCursorType(record), find_func, &s);
	if (!s.is_found)
		return;
	to = (struct ew_ref){.kind = EW_NODE_FIELD, .key = field_key(u, s.field), .base_kind = local.kind,
			     .base = local.key, .base_mode = EW_BASE_POINTER};
	say_flow(u, c, &local, key, call, EW_FLOW_ASSIGNMENT);
	collect_values(u, value, values);
	for (i = 0; i < values->len; i++) {
		struct ew_ref v = g_array_index(values, struct value, i).ref;

		if (g_array_index(values, struct value, i).level < 0)
			v = unknown;
		if (values->len == 1)
			tell_object(b, c, call, value, &v);
		say_flow(u, c, &to, &v, call, EW_FLOW_ASSIGNMENT);
	}
	if (!values->len && !is_constant(u, value))
		say_flow(u, c, &to, &unknown, call, EW_FLOW_ASSIGNMENT);
}

/* static_call_update(name, f): update(&__SCK__name, trampoline, f). */
void say_static_call_update(struct body *b, CXCursor call, unsigned first, unsigned n)
{
	struct unit *u = b->unit;
	struct flow_context context = flows_here(b, -1);
	g_autoptr(GArray) keys = g_array_new(false, false, sizeof(struct value));
	struct ew_ref unknown = {.kind = EW_NODE_NONE};
	CXCursor record, value;
	guint i;

	if (n < 3)
		return;
	record = record_of_type(clang_getCursorType(child_at(u, first + 1)));
	value = child_at(u, first + n - 1);
	if (!is_static_call_key(record) ||
	    clang_getCanonicalType(clang_getCursorType(value)).kind != CXType_Pointer)
		return;
	collect_values(u, child_at(u, first + 1), keys);
	for (i = 0; i < keys->len; i++) {
		struct ew_ref key = g_array_index(keys, struct value, i).ref;

		if (g_array_index(keys, struct value, i).level < 0)
			key = unknown;

		if (key.kind == EW_NODE_VARIABLE && key.is_address) {
			key.is_address = false;
			say_flows(u, &context, &key, clang_getCursorType(unwrap(u, value)), value,
				  EW_FLOW_ASSIGNMENT);
		} else {
			say_update_by_value(b, &context, call, record, &key, value);
		}
	}
	if (!keys->len)
		say_update_by_value(b, &context, call, record, &unknown, value);
}
