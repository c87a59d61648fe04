/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the conditions around a place say of an object's old state, as far as that is written there: an
 * if or a loop over a comparison or a mask of states, the labels of a switch.
 *
 * Each of them counts only while nothing on the way can have made it untrue: no store to the state of the
 * object, nor to the variable that names it, between the condition and the place, no label that a goto may
 * come in by, and no loop in between. A guard, if (…) return; is a condition of all that stands behind it.
 * What a function does that is called in between is not looked at.
 */
#include <string.h>

#include "parse/state.h"

/* States by the bit of their value: these, or, negated, all but these. */
struct state_set {
	bool is_negated;
	uint64_t states;
};

static const struct state_set all = {true, 0};

static struct state_set both(struct state_set a, struct state_set b)
{
	if (a.is_negated && b.is_negated)
		return (struct state_set){true, a.states | b.states};
	if (a.is_negated)
		return (struct state_set){false, b.states & ~a.states};
	return (struct state_set){false, b.is_negated ? a.states & ~b.states : a.states & b.states};
}

static struct state_set inverse(struct state_set a)
{
	return (struct state_set){!a.is_negated, a.states};
}

static struct state_set either(struct state_set a, struct state_set b)
{
	return inverse(both(inverse(a), inverse(b)));
}

/* ---- conditions ------------------------------------------------------------------------------- */

/* Of which object, and how early it was read. */
struct reading {
	struct body *body;
	gconstpointer object;
	unsigned since;
};

static bool reads(struct reading *r, CXCursor expr)
{
	unsigned since = r->since;

	if (state_read_by(r->body, expr, &since) != r->object)
		return false;
	r->since = since;
	return true;
}

static bool state_of(struct reading *r, CXCursor expr, struct state_set *set)
{
	CXCursor decl = enumerator_of(r->body, expr);
	long long value = clang_Cursor_isNull(decl) ? -1 : clang_getEnumConstantDeclValue(decl);

	*set = (struct state_set){false, 0};
	if (!state_name(r->body, value))
		return false;
	set->states = 1ull << value;
	return true;
}

static bool operands(struct reading *r, CXCursor expr, CXCursor *left, CXCursor *right)
{
	struct unit *u = r->body->unit;
	unsigned first, n = children_of(u, expr, &first);

	if (n == 2) {
		*left = child_at(u, first);
		*right = child_at(u, first + 1);
	}
	drop_children(u, first);
	return n == 2;
}

static struct state_set compared(struct reading *r, CXCursor left, CXCursor right)
{
	struct state_set set;

	if ((state_of(r, right, &set) && reads(r, left)) || (state_of(r, left, &set) && reads(r, right)))
		return set;
	return all;
}

/* 1 << state */
static bool is_bit_of_state(struct reading *r, CXCursor expr)
{
	CXCursor left, right;
	long long one;

	expr = peel(r->body->unit, expr);
	return clang_getCursorKind(expr) == CXCursor_BinaryOperator &&
	       clang_getCursorBinaryOperatorKind(expr) == CXBinaryOperator_Shl &&
	       operands(r, expr, &left, &right) && evaluate(left, &one) && one == 1 && reads(r, right);
}

/* Every bit of it has a name, or none that has not is told of. */
static struct state_set set_of_mask(struct reading *r, CXCursor expr)
{
	struct state_set set = {false, 0};
	long long mask;
	int i;

	learn_states(r->body, expr);
	if (!evaluate(expr, &mask))
		return all;
	set.is_negated = mask < 0;
	set.states = mask < 0 ? ~(uint64_t)mask : (uint64_t)mask;
	for (i = 0; i < MOST_STATES; i++)
		if (set.states >> i & 1 && !state_name(r->body, i))
			return all;
	return set;
}

static struct state_set masked(struct reading *r, CXCursor left, CXCursor right)
{
	if (is_bit_of_state(r, left))
		return set_of_mask(r, right);
	return is_bit_of_state(r, right) ? set_of_mask(r, left) : all;
}

static struct state_set set_where(struct reading *r, CXCursor expr, bool wanted);

static struct state_set set_where_binary(struct reading *r, CXCursor expr, bool wanted)
{
	CXCursor left, right;
	struct state_set set = all;
	enum CXBinaryOperatorKind kind = clang_getCursorBinaryOperatorKind(expr);

	if (!operands(r, expr, &left, &right))
		return all;
	switch ((int)kind) {
	case CXBinaryOperator_LAnd:
	case CXBinaryOperator_LOr:
		set = set_where(r, left, wanted);
		return (kind == CXBinaryOperator_LAnd) == wanted
			       ? both(set, set_where(r, right, wanted))
			       : either(set, set_where(r, right, wanted));
	case CXBinaryOperator_EQ:
	case CXBinaryOperator_NE:
		set = compared(r, left, right);
		wanted = (kind == CXBinaryOperator_EQ) == wanted;
		break;
	case CXBinaryOperator_And:
		set = masked(r, left, right);
		break;
	default:
		return all;
	}
	if (set.is_negated && !set.states) /* it says nothing, and neither does its opposite */
		return all;
	return wanted ? set : inverse(set);
}

/* __builtin_expect(x, …), to which likely() and unlikely() come */
static CXCursor expected_of(struct unit *u, CXCursor expr)
{
	CXString s = clang_getCursorSpelling(expr);
	bool is_expect = !strcmp(clang_getCString(s), "__builtin_expect");

	clang_disposeString(s);
	return is_expect && clang_Cursor_getNumArguments(expr) > 0 ? clang_Cursor_getArgument(expr, 0)
								     : clang_getNullCursor();
}

/* In which states the expression can be true, or can be false. */
static struct state_set set_where(struct reading *r, CXCursor expr, bool wanted)
{
	struct unit *u = r->body->unit;
	CXCursor inner;
	unsigned first, n;

	expr = peel(u, expr);
	switch ((int)clang_getCursorKind(expr)) {
	case CXCursor_BinaryOperator:
		return set_where_binary(r, expr, wanted);
	case CXCursor_CallExpr:
		inner = expected_of(u, expr);
		return clang_Cursor_isNull(inner) ? all : set_where(r, inner, wanted);
	case CXCursor_UnaryOperator:
		if (clang_getCursorUnaryOperatorKind(expr) != CXUnaryOperator_LNot)
			return all;
		n = children_of(u, expr, &first);
		inner = n ? child_at(u, first) : expr;
		drop_children(u, first);
		return n ? set_where(r, inner, !wanted) : all;
	default:
		return all;
	}
}

/* ---- a switch --------------------------------------------------------------------------------- */

static bool is_label(CXCursor c)
{
	return clang_getCursorKind(c) == CXCursor_CaseStmt ||
	       clang_getCursorKind(c) == CXCursor_DefaultStmt;
}

static bool ends_with_jump(struct unit *u, CXCursor c)
{
	enum CXCursorKind kind = clang_getCursorKind(c);
	unsigned first, n;
	bool answer;

	if (kind == CXCursor_BreakStmt || kind == CXCursor_ReturnStmt || kind == CXCursor_GotoStmt ||
	    kind == CXCursor_ContinueStmt)
		return true;
	if (!is_label(c) && kind != CXCursor_CompoundStmt)
		return false;
	n = children_of(u, c, &first);
	answer = n && ends_with_jump(u, child_at(u, first + n - 1));
	drop_children(u, first);
	return answer;
}

/* The states that come in by a label, and by those that stand in it; `*is_default`: one is the default.
 * A label that names no state, or a range, may stand for any. */
static struct state_set set_of_label(struct reading *r, CXCursor label, bool *is_default)
{
	struct unit *u = r->body->unit;
	struct state_set set = {false, 0};
	unsigned first, n = children_of(u, label, &first);
	CXCursor inner = n ? child_at(u, first + n - 1) : label;

	if (clang_getCursorKind(label) == CXCursor_DefaultStmt)
		*is_default = true;
	else if (n != 2 || !state_of(r, child_at(u, first), &set))
		set = all;
	drop_children(u, first);
	if (n && is_label(inner))
		set = either(set, set_of_label(r, inner, is_default));
	return set;
}

struct labels {
	struct state_set here;	/* that come in where the place stands */
	struct state_set other; /* that have a label anywhere in the switch */
	bool is_default;	/* the default comes in where the place stands */
	unsigned since;		/* where the first of these labels stands */
};

static void take_labels(struct reading *r, CXCursor body, unsigned offset, struct labels *l)
{
	struct unit *u = r->body->unit;
	unsigned first, n = children_of(u, body, &first), i;
	bool is_open = false;

	for (i = 0; i < n; i++) {
		CXCursor c = child_at(u, first + i);
		unsigned at = offset_of(r->body, c);
		bool is_default = false;
		struct state_set set = {false, 0};

		if (is_label(c))
			set = set_of_label(r, c, &is_default);
		if (!set.is_negated) /* else it may stand for any: the default takes what no label has */
			l->other = either(l->other, set);
		if (at > offset)
			continue;
		if (!is_open) {
			l->here = (struct state_set){false, 0};
			l->is_default = false;
			l->since = at;
		}
		l->here = either(l->here, set);
		l->is_default |= is_default;
		is_open = !ends_with_jump(u, c);
	}
	drop_children(u, first);
}

static struct state_set set_in_switch(struct reading *r, CXCursor statement, CXCursor text,
				      unsigned offset)
{
	struct labels l = {.other = {false, 0}};
	struct unit *u = r->body->unit;
	unsigned first, n = children_of(u, statement, &first);
	CXCursor body = n ? child_at(u, first + n - 1) : statement;

	drop_children(u, first);
	if (clang_getCursorKind(body) != CXCursor_CompoundStmt || !reads(r, text))
		return all;
	take_labels(r, body, offset, &l);
	r->since = MIN(r->since, l.since);
	return l.is_default ? either(l.here, inverse(l.other)) : l.here;
}

/* ---- what may have happened since -------------------------------------------------------------- */

/* Stretches of the source that do not lie on the way to the place: the other arm of an if, the cases before. */
struct stretch {
	unsigned from, to;
};

static struct stretch stretch_of(struct body *b, CXCursor arm)
{
	CXSourceLocation end = clang_getRangeEnd(clang_getCursorExtent(arm));

	return (struct stretch){offset_of(b, arm), unit_place_of(b->unit, end).offset};
}

static void add_stretch(struct body *b, const struct open_condition *c, unsigned offset, GArray *out)
{
	struct unit *u = b->unit;
	struct labels l = {.since = 0};
	struct reading nobody = {b, NULL, UINT_MAX};
	unsigned first, n = children_of(u, c->statement, &first);
	struct stretch s = {0, 0};

	if ((c->kind == EW_CONDITION_ELSE || c->kind == EW_CONDITION_AFTER) && n > 1) {
		s = stretch_of(b, child_at(u, first + 1));
	} else if (c->kind == EW_CONDITION_AFTER_ELSE && n > 2) {
		s = stretch_of(b, child_at(u, first + 2));
	} else if (c->kind == EW_CONDITION_CASE && n >= 2) {
		take_labels(&nobody, child_at(u, first + n - 1), offset, &l);
		s = (struct stretch){offset_of(b, child_at(u, first + n - 1)), l.since};
	}
	drop_children(u, first);
	if (s.to > s.from)
		g_array_append_val(out, s);
}

static bool is_on_the_way(unsigned at, unsigned from, unsigned to, GArray *stretches)
{
	guint i;

	if (at <= from || at >= to)
		return false;
	for (i = 0; i < stretches->len; i++) {
		const struct stretch *s = &g_array_index(stretches, struct stretch, i);

		if (at >= s->from && at < s->to)
			return false;
	}
	return true;
}

struct labels_met {
	struct body *body;
	unsigned from, to;
	GArray *stretches;
	bool is_met;
};

static enum CXChildVisitResult meet_label(CXCursor child, CXCursor parent, CXClientData data)
{
	struct labels_met *m = data;

	if (clang_getCursorKind(child) == CXCursor_LabelStmt)
		m->is_met |= is_on_the_way(offset_of(m->body, child), m->from, m->to, m->stretches);
	return m->is_met ? CXChildVisit_Break : CXChildVisit_Recurse;
}

/* Between the condition, which was asked at `from`, and the place. */
static bool may_have_changed(struct body *b, gconstpointer object, guint condition, unsigned from,
			     unsigned to)
{
	g_autoptr(GArray) stretches = g_array_new(false, false, sizeof(struct stretch));
	struct labels_met met = {b, from, to, stretches, false};
	guint i;

	for (i = condition; i < b->conditions->len; i++) {
		const struct open_condition *c =
			&g_array_index(b->conditions, struct open_condition, i);

		if (i > condition && c->kind == EW_CONDITION_LOOP)
			return true;
		add_stretch(b, c, to, stretches);
	}
	for (i = 0; i < b->state_events->len; i++) {
		const struct state_event *e = &g_array_index(b->state_events, struct state_event, i);

		if (e->object == object && is_on_the_way(e->offset, from, to, stretches))
			return true;
	}
	clang_visitChildren(b->function, meet_label, &met);
	return met.is_met;
}

/* ---- the answer ------------------------------------------------------------------------------- */

static struct state_set set_under(struct body *b, gconstpointer object, guint i, unsigned offset)
{
	const struct open_condition *c = &g_array_index(b->conditions, struct open_condition, i);
	struct reading r = {b, object, UINT_MAX};
	struct state_set set = all;

	if (c->is_over)
		return all;
	switch (c->kind) {
	case EW_CONDITION_CASE:
		set = set_in_switch(&r, c->statement, c->text, offset);
		break;
	case EW_CONDITION_THEN:
	case EW_CONDITION_AND:
	case EW_CONDITION_TRUE:
	case EW_CONDITION_AFTER_ELSE:
		set = set_where(&r, c->text, true);
		break;
	case EW_CONDITION_ELSE:
	case EW_CONDITION_OR:
	case EW_CONDITION_FALSE:
	case EW_CONDITION_AFTER:
		set = set_where(&r, c->text, false);
		break;
	case EW_CONDITION_LOOP: /* its text may be the whole head of a for */
	case EW_CONDITION_LABEL: /* the CASE around it has looked */
	case EW_CONDITION_LABEL_FALL:
	case EW_CONDITION_UNREACHABLE:
	case EW_CONDITION_UNDER: /* and what follows it: together they say little */
	case EW_CONDITION_UNDER_ELSE:
	case EW_CONDITION_LEFT:
	case EW_CONDITION_LEFT_ELSE:
	case EW_CONDITION_PASSED:
	case EW_CONDITION_WITHIN:
		break;
	}
	if ((set.is_negated && !set.states) || may_have_changed(b, object, i, r.since, offset))
		return all;
	return set;
}

const char *state_from(struct body *b, gconstpointer object, unsigned offset)
{
	g_autoptr(GString) names = g_string_new(NULL);
	struct state_set set = all;
	guint i;

	for (i = 0; i < b->conditions->len; i++)
		set = both(set, set_under(b, object, i, offset));
	for (i = 0; i < MOST_STATES; i++)
		if (set.states >> i & 1)
			g_string_append_printf(names, "%s%s", names->len ? "|" : "",
					       state_name(b, i));
	if (!names->len)
		return NULL;
	if (set.is_negated)
		g_string_prepend_c(names, '!');
	return intern(b->unit, names->str);
}
