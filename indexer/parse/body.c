/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The walk over one function's body: calls with the conditions that they stand under, flows, accesses
 * of members.
 *
 * Operands are walked before the operation, so that the ordinals of calls follow the order in which
 * they run as far as C fixes it.
 */
#include <string.h>

#include "parse/state.h"

static const struct use READ = {EW_ACCESS_READ, false};

/* ---- calls ----------------------------------------------------------------------------------- */

/* What is called: a function, or what a pointer points to. */
static CXType called_type(CXCursor callee)
{
	CXType type = clang_getCanonicalType(clang_getCursorType(callee));

	if (type.kind == CXType_Pointer)
		type = clang_getPointeeType(type);
	return clang_getCanonicalType(type);
}

/* `slots` is the key that the position goes behind: a function's, or that of a call through a pointer. */
static void say_arguments(struct body *b, enum ew_node_kind kind, const char *slots, CXCursor call,
			  unsigned first, unsigned n, int ordinal)
{
	struct unit *u = b->unit;
	struct flow_context context = flows_here(b, ordinal);
	CXCursor decl = clang_getCursorReferenced(call);
	CXType called = called_type(child_at(u, first));
	bool is_direct = kind == EW_NODE_PARAM;
	int parameters = is_direct ? clang_Cursor_getNumArguments(decl) : clang_getNumArgTypes(called);
	unsigned i;

	for (i = 1; i < n && (int)i <= parameters; i++) {
		g_autofree char *key = g_strdup_printf("%s#%u", slots, i - 1);
		struct ew_ref to = {.kind = kind, .key = intern(u, key)};
		CXCursor argument = child_at(u, first + i);
		CXType type = is_direct ? clang_getCursorType(clang_Cursor_getArgument(decl, i - 1))
					: clang_getArgType(called, i - 1);

		say_constants(u, &context, &to, type, argument, EW_FLOW_ARGUMENT);
		if (!is_relevant_type(u, type))
			type = clang_getCursorType(unwrap(u, argument));
		say_flows(u, &context, &to, type, argument, EW_FLOW_ARGUMENT);
	}
}

static const char *call_signature(struct unit *u, CXCursor callee)
{
	return intern_cx(u, clang_getTypeSpelling(called_type(callee)));
}

/* The key of a call through a pointer, by which its arguments and its result are named. */
static const char *name_call(struct body *b, CXCursor call, int ordinal)
{
	g_autofree char *key = g_strdup_printf("%s!%d", b->key, ordinal);
	const char *name = intern(b->unit, key);

	g_hash_table_insert(b->unit->calls, (gpointer)call.data[1], (gpointer)name);
	return name;
}

/* What (a ? f : g)(x) calls through: a slot without a name of its own, that holds either. */
static struct ew_ref say_choice(struct body *b, CXCursor call, GArray *values)
{
	struct unit *u = b->unit;
	struct unit_place p = unit_place_of(u, clang_getCursorLocation(call));
	g_autofree char *key = g_strdup_printf("%s%%(chosen)@%u", b->key, p.offset);
	struct ew_ref slot = {.kind = EW_NODE_LOCAL, .key = intern(u, key)};
	guint i;

	for (i = 0; i < values->len; i++) {
		struct ew_fact_flow f = {
			.to = slot,
			.from = g_array_index(values, struct value, i).ref,
			.how = EW_FLOW_ASSIGNMENT,
			.function = b->key,
			.place = p.place,
			.call = -1,
			.macro = macro_name_at(u, &p),
			.dead = dead_here(b),
		};

		u->sink->flow(u->sink->data, &f);
	}
	return slot;
}

/* (c ? a : b)->f(x): one member, of either object. */
static bool is_one_member(const GArray *values)
{
	const struct ew_ref *one = &g_array_index(values, struct value, 0).ref;
	guint i;

	for (i = 0; i < values->len; i++) {
		const struct ew_ref *r = &g_array_index(values, struct value, i).ref;

		if (r->kind != EW_NODE_FIELD || strcmp(r->key, one->key))
			return false;
	}
	return true;
}

static struct ew_ref without_base(const GArray *values)
{
	return (struct ew_ref){.kind = EW_NODE_FIELD,
			       .key = g_array_index(values, struct value, 0).ref.key};
}

/* memcpy(a, b, n) of objects of one type. */
static void say_copying_call(struct body *b, const char *callee, unsigned first, unsigned n)
{
	struct flow_context context = flows_here(b, -1);

	if (n >= 4 && (strstr(callee, "memcpy") || strstr(callee, "memmove")))
		say_memory_copy(b->unit, &context, child_at(b->unit, first + 1),
				child_at(b->unit, first + 2));
}

static void say_call(struct body *b, CXCursor call, unsigned first, unsigned n)
{
	struct unit *u = b->unit;
	g_autoptr(GArray) values = g_array_new(false, false, sizeof(struct value));
	struct unit_place p = unit_place_of(u, clang_getCursorLocation(call));
	struct ew_fact_call c = {
		.caller = b->key,
		.place = p.place,
		.macro = macro_name_at(u, &p),
		.is_dead = is_dead_here(b),
	};

	collect_values(u, child_at(u, first), values);
	if (values->len > 1 && is_one_member(values))
		c.slot = without_base(values);
	else if (values->len > 1)
		c.slot = say_choice(b, call, values);
	else if (values->len == 1)
		c.slot = g_array_index(values, struct value, 0).ref;
	if (c.slot.kind == EW_NODE_FUNCTION &&
	    static_call_slot(u, child_at(u, first), c.slot.key, &c.slot)) {
		c.signature = call_signature(u, child_at(u, first));
	} else if (c.slot.kind == EW_NODE_FUNCTION) {
		c.callee = c.slot.key;
		c.slot = (struct ew_ref){0};
		if (g_str_has_prefix(c.callee, "__builtin_"))
			return;
	} else {
		c.signature = call_signature(u, child_at(u, first));
		say_untyped(b, &c.slot);
	}
	c.condition = say_conditions(b);
	c.ordinal = b->calls++;
	u->sink->call(u->sink->data, &c);
	say_arguments(b, c.callee ? EW_NODE_PARAM : EW_NODE_ARGUMENT,
		      c.callee ? c.callee : name_call(b, call, c.ordinal), call, first, n, c.ordinal);
	if (c.callee)
		say_copying_call(b, c.callee, first, n);
	if (c.callee)
		say_static_call_update(b, call, first, n);
	if (c.callee && u->parser->states)
		say_call_states(b, call, c.callee, first, n);
}

static void walk_call(struct body *b, CXCursor call, unsigned first, unsigned n)
{
	enum call_sense sense = sense_of_call(call);
	unsigned i;

	if (sense == CALL_IS_NOT_EVALUATED)
		return;
	for (i = 0; i < n; i++)
		body_walk(b, child_at(b->unit, first + i), READ);
	if (n && sense == CALL_IS_MADE)
		say_call(b, call, first, n);
}

/* ---- members, assignments -------------------------------------------------------------------- */

static void walk_member(struct body *b, CXCursor cursor, unsigned first, unsigned n, struct use use)
{
	struct unit *u = b->unit;
	CXCursor field = clang_getCursorReferenced(cursor);
	struct use outer = {EW_ACCESS_READ, use.in_condition};
	unsigned i;

	if (clang_getCursorKind(field) == CXCursor_FieldDecl && is_nameless(field))
		outer = use;
	for (i = 0; i < n; i++)
		body_walk(b, child_at(u, first + i), outer);
	if (clang_getCursorKind(field) == CXCursor_FieldDecl && !is_nameless(field)) {
		struct ew_fact_access a = {
			.function = b->key,
			.field = field_key(u, field),
			.mode = use.mode,
			.in_condition = use.in_condition,
			.place = unit_place_of(u, clang_getCursorLocation(cursor)).place,
		};

		u->sink->access(u->sink->data, &a);
	}
}

static void say_assignment(struct body *b, unsigned first)
{
	struct unit *u = b->unit;
	g_autoptr(GArray) targets = g_array_new(false, false, sizeof(struct value));
	struct flow_context context = flows_here(b, -1);
	CXCursor target = child_at(u, first), value = child_at(u, first + 1);
	CXType type = clang_getCursorType(target);
	bool is_object = clang_getCanonicalType(type).kind == CXType_Record;
	guint i;

	collect_values(u, target, targets);
	for (i = 0; i < targets->len; i++) {
		const struct value *v = &g_array_index(targets, struct value, i);

		if (v->ref.kind == EW_NODE_NONE || v->ref.kind == EW_NODE_FUNCTION)
			continue;
		if (is_object && is_relevant_type(u, type))
			say_object(u, &context, &v->ref,
				   v->level == 0	? EW_BASE_OBJECT
				   : v->level == -1 ? EW_BASE_POINTER
						    : EW_BASE_NONE,
				   type, value);
		else
			say_flows(u, &context, &v->ref, type, value, EW_FLOW_ASSIGNMENT);
	}
}

static void say_lost(struct body *b, CXCursor target)
{
	struct flow_context context = flows_here(b, -1);

	say_constant_lost(b->unit, &context, target);
}

static void walk_binary(struct body *b, CXCursor cursor, unsigned first, unsigned n, struct use use)
{
	struct unit *u = b->unit;
	enum CXBinaryOperatorKind kind = clang_getCursorBinaryOperatorKind(cursor);
	CXCursor left = n == 2 ? child_at(u, first) : cursor;

	if (n != 2)
		return;
	if (kind == CXBinaryOperator_LAnd || kind == CXBinaryOperator_LOr) {
		bool is_and = kind == CXBinaryOperator_LAnd;
		guint depth = b->conditions->len;

		body_walk(b, left, use);
		open_condition(b, cursor, left, is_and ? EW_CONDITION_AND : EW_CONDITION_OR,
			       constant_value(left) == (is_and ? 0 : 1));
		body_walk(b, child_at(u, first + 1), use);
		close_conditions(b, depth);
		return;
	}
	if (kind >= CXBinaryOperator_Assign && kind <= CXBinaryOperator_OrAssign) {
		body_walk(b, child_at(u, first + 1), (struct use){EW_ACCESS_READ, use.in_condition});
		body_walk(b, left, (struct use){EW_ACCESS_WRITE, use.in_condition});
		if (kind == CXBinaryOperator_Assign)
			say_assignment(b, first);
		else
			say_lost(b, left);
		if (u->parser->states)
			say_assigned_state(b, left, kind == CXBinaryOperator_Assign
							     ? child_at(u, first + 1)
							     : clang_getNullCursor());
		return;
	}
	body_walk(b, left, use);
	body_walk(b, child_at(u, first + 1), use);
}

static void walk_unary(struct body *b, CXCursor cursor, unsigned first, unsigned n, struct use use)
{
	if (!n)
		return;
	switch (clang_getCursorUnaryOperatorKind(cursor)) {
	case CXUnaryOperator_AddrOf:
		use.mode = EW_ACCESS_ADDRESS;
		say_lost(b, child_at(b->unit, first));
		break;
	case CXUnaryOperator_PostInc:
	case CXUnaryOperator_PostDec:
	case CXUnaryOperator_PreInc:
	case CXUnaryOperator_PreDec:
		use.mode = EW_ACCESS_WRITE;
		say_lost(b, child_at(b->unit, first));
		break;
	default:
		use.mode = EW_ACCESS_READ;
	}
	body_walk(b, child_at(b->unit, first), use);
}

/* ---- declarations ---------------------------------------------------------------------------- */

static void name_local(struct body *b, CXCursor decl)
{
	struct unit *u = b->unit;
	CXString spelling = clang_getCursorSpelling(decl);
	unsigned offset = unit_place_of(u, clang_getCursorLocation(decl)).offset;
	g_autofree char *name = lasting_name(clang_getCString(spelling));
	g_autofree char *key = g_strdup_printf("%s%%%s@%u", b->key, name, offset);

	clang_disposeString(spelling);
	set_decl_key(u, decl, intern(u, key));
}

/* Only what it is initialised with: typeof(f()) in its type calls nothing. */
static void walk_variable(struct body *b, CXCursor decl)
{
	struct unit *u = b->unit;
	bool is_static = clang_Cursor_hasVarDeclGlobalStorage(decl);
	struct flow_context context = is_static ? (struct flow_context){NULL, -1, NULL} : flows_here(b, -1);
	CXCursor init = clang_Cursor_getVarDeclInitializer(decl);
	struct ew_ref target = {.kind = is_static ? EW_NODE_VARIABLE : EW_NODE_LOCAL};

	if (!is_static)
		name_local(b, decl);
	if (!clang_Cursor_isNull(init)) {
		body_walk(b, init, READ);
		target.key = is_static ? variable_key(u, decl)
				       : g_hash_table_lookup(u->keys, decl.data[0]);
		say_initialiser(u, &context, &target, clang_getCursorType(decl), init);
	}
	if (!is_static)
		note_cleanup(b, decl);
}

static void say_return(struct body *b, unsigned first, unsigned n)
{
	struct unit *u = b->unit;
	struct flow_context context = flows_here(b, -1);
	g_autofree char *key = g_strdup_printf("%s#r", b->key);
	struct ew_ref to = {.kind = EW_NODE_RETURN, .key = intern(u, key)};

	if (n)
		say_flows(u, &context, &to, b->result, child_at(u, first), EW_FLOW_RETURN);
}

/* ---- the walk -------------------------------------------------------------------------------- */

static void walk_children(struct body *b, unsigned first, unsigned n, struct use use)
{
	unsigned i;

	for (i = 0; i < n; i++)
		body_walk(b, child_at(b->unit, first + i), use);
}

/* Its type may hold an expression: offsetof(typeof(*f()), member). That of an initialiser ends with the value. */
static bool is_offsetof(struct unit *u, unsigned first, unsigned n)
{
	return n > 1 && clang_getCursorKind(child_at(u, first + n - 1)) == CXCursor_MemberRef;
}

void body_walk(struct body *b, CXCursor cursor, struct use use)
{
	enum CXCursorKind kind = clang_getCursorKind(cursor);
	unsigned first, n = children_of(b->unit, cursor, &first);
	guint cleanups = open_cleanups(b);

	switch ((int)kind) {
	case CXCursor_IfStmt:
		walk_if(b, cursor, first, n);
		break;
	case CXCursor_ConditionalOperator:
		walk_conditional(b, cursor, first, n);
		break;
	case CXCursor_ForStmt:
	case CXCursor_WhileStmt:
	case CXCursor_DoStmt:
		walk_loop(b, cursor, first, n);
		say_cleanups(b, cleanups);
		break;
	case CXCursor_SwitchStmt:
		walk_switch(b, cursor, first, n);
		say_cleanups(b, cleanups);
		break;
	case CXCursor_CompoundStmt:
		walk_compound(b, cursor, first, n);
		say_cleanups(b, cleanups);
		break;
	case CXCursor_LabelStmt:
	case CXCursor_CaseStmt:
	case CXCursor_DefaultStmt:
		pass_label(b, cursor);
		walk_children(b, first, n, READ);
		break;
	case CXCursor_CallExpr:
		walk_call(b, cursor, first, n);
		break;
	case CXCursor_MemberRefExpr:
		walk_member(b, cursor, first, n, use);
		break;
	case CXCursor_BinaryOperator:
	case CXCursor_CompoundAssignOperator:
		walk_binary(b, cursor, first, n, use);
		break;
	case CXCursor_UnaryOperator:
		walk_unary(b, cursor, first, n, use);
		break;
	case CXCursor_VarDecl:
		walk_variable(b, cursor);
		break;
	case CXCursor_ReturnStmt:
		walk_children(b, first, n, READ);
		say_return(b, first, n);
		break;
	case CXCursor_ArraySubscriptExpr:
	case CXCursor_ParenExpr:
		walk_children(b, first, n, use);
		break;
	case CXCursor_UnexposedExpr:
		if (is_offsetof(b->unit, first, n))
			break;
		/* fall through */
	case CXCursor_GenericSelectionExpr:
		if (!walk_choice(b, cursor, first, n, use))
			walk_children(b, first, n, use);
		break;
	case CXCursor_CStyleCastExpr: /* behind the expressions in typeof(), which are not evaluated */
		if (n)
			walk_children(b, first + n - 1, 1, use);
		break;
	case CXCursor_TypedefDecl:
	case CXCursor_StaticAssert:
	case CXCursor_UnaryExpr: /* sizeof, _Alignof: never evaluated */
		break;
	default:
		walk_children(b, first, n, (struct use){EW_ACCESS_READ, use.in_condition});
	}
	drop_children(b->unit, first);
}

static void name_parameters(struct body *b, CXCursor function)
{
	int n = clang_Cursor_getNumArguments(function), i;

	for (i = 0; i < n; i++) {
		g_autofree char *key = g_strdup_printf("%s#%d", b->key, i);

		set_decl_key(b->unit, clang_Cursor_getArgument(function, i), intern(b->unit, key));
	}
}

void say_body(struct unit *u, CXCursor function, const char *key)
{
	struct body b = {
		.unit = u,
		.function = function,
		.key = key,
		.result = clang_getCursorResultType(function),
		.conditions = g_array_new(false, false, sizeof(struct open_condition)),
		.state_events = g_array_new(false, false, sizeof(struct state_event)),
	};
	unsigned first, n = children_of(u, function, &first), i;

	u->function = key;
	name_parameters(&b, function);
	for (i = 0; i < n; i++)
		if (clang_getCursorKind(child_at(u, first + i)) == CXCursor_CompoundStmt)
			body_walk(&b, child_at(u, first + i), READ);
	drop_children(u, first);
	u->function = NULL;
	jumps_free(b.jumps);
	if (b.cleanups)
		g_array_unref(b.cleanups);
	free_untyped(&b);
	g_array_unref(b.conditions);
	g_array_unref(b.state_events);
}
