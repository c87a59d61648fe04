/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Where control may come in other than from above.
 *
 * What holds in a part of a body holds until a label to which control comes from outside of that part:
 * after `if (!p) return;` p is set, but no more behind `out:`, if some `goto out` stands before the
 * guard. The labels of a switch are reached from its head. Labels and jumps are numbered in the order
 * of the source.
 */
#include <string.h>

#include "parse/body.h"

/* A label or a jump to one. A label of a switch has the switch as its target. */
struct event {
	const void *target; /* NULL: a jump to any label (computed, or by asm) */
	bool is_label, is_case;
	bool leaves; /* a return, or a break or continue of `out_of` */
	const void *out_of;
	unsigned first_jump, last_jump; /* of a label: the jumps to it */
};

struct extent {
	unsigned begin, end; /* numbers of events */
	unsigned first, last; /* numbers of statements */
};

struct jumps {
	struct unit *unit;
	GArray *events;
	GHashTable *extents; /* statement -> struct extent */
	GArray *loops;	     /* of struct extent */
	const void *innermost_switch, *innermost_loop, *innermost_break; /* the last: of both */
	unsigned statements;
	unsigned first_any, last_any; /* jumps to any label */
};

static void add_event(struct jumps *j, const void *target, bool is_label)
{
	struct event e = {.target = target, .is_label = is_label, .first_jump = G_MAXUINT};

	if (!target) {
		j->first_any = MIN(j->first_any, j->events->len);
		j->last_any = MAX(j->last_any, j->events->len);
	}
	g_array_append_val(j->events, e);
}

static void add_leave(struct jumps *j, const void *out_of)
{
	static const char none;

	add_event(j, &none, false);
	g_array_index(j->events, struct event, j->events->len - 1).leaves = true;
	g_array_index(j->events, struct event, j->events->len - 1).out_of = out_of;
}

static bool is_loop(enum CXCursorKind kind)
{
	return kind == CXCursor_DoStmt || kind == CXCursor_WhileStmt || kind == CXCursor_ForStmt;
}

static bool is_asm_goto(struct unit *u, CXCursor statement)
{
	size_t n;
	const char *text = unit_spelling(u, statement, &n), *end;

	end = text ? memchr(text, '(', n) : NULL;
	return !end || memmem(text, end - text, "goto", 4);
}

static enum CXChildVisitResult scan(CXCursor c, CXCursor parent, CXClientData data)
{
	enum CXCursorKind kind = clang_getCursorKind(c);
	struct jumps *j = data;
	struct extent *extent = NULL;
	const void *outer = j->innermost_switch, *outer_loop = j->innermost_loop;
	const void *outer_break = j->innermost_break;

	if (clang_isStatement(kind) || kind == CXCursor_StmtExpr ||
	    (clang_isExpression(kind) && clang_isStatement(clang_getCursorKind(parent)))) { /* f(); */
		extent = g_new(struct extent, 1);
		extent->begin = j->events->len;
		extent->first = j->statements++;
		g_hash_table_insert(j->extents, (gpointer)c.data[1], extent);
	}
	if (kind == CXCursor_LabelStmt) {
		add_event(j, c.data[1], true);
	} else if (kind == CXCursor_CaseStmt || kind == CXCursor_DefaultStmt) {
		add_event(j, j->innermost_switch, true);
		g_array_index(j->events, struct event, j->events->len - 1).is_case = true;
	} else if (kind == CXCursor_LabelRef) {
		add_event(j, clang_getCursorReferenced(c).data[1], false);
	} else if (kind == CXCursor_IndirectGotoStmt ||
		   (kind == CXCursor_GCCAsmStmt && is_asm_goto(j->unit, c))) {
		add_event(j, NULL, false);
	} else if (kind == CXCursor_ReturnStmt) {
		add_leave(j, NULL);
	} else if (kind == CXCursor_BreakStmt) {
		add_leave(j, outer_break);
	} else if (kind == CXCursor_ContinueStmt) {
		add_leave(j, outer_loop);
	}
	if (kind == CXCursor_SwitchStmt) {
		add_event(j, c.data[1], false);
		j->innermost_switch = c.data[1];
		j->innermost_break = c.data[1];
	} else if (is_loop(kind)) {
		j->innermost_loop = j->innermost_break = c.data[1];
	}
	clang_visitChildren(c, scan, j);
	j->innermost_switch = outer;
	j->innermost_loop = outer_loop;
	j->innermost_break = outer_break;
	if (extent && g_hash_table_lookup(j->extents, c.data[1]) == extent) {
		extent->end = j->events->len;
		extent->last = j->statements;
	}
	if (extent && is_loop(kind)) {
		struct extent *known = g_hash_table_lookup(j->extents, c.data[1]);

		g_array_append_val(j->loops, *known);
	}
	return CXChildVisit_Continue;
}

/* A label that nothing jumps to counts as reached from anywhere: it may have been meant. */
static void find_jumps(struct jumps *j)
{
	g_autoptr(GHashTable) first = g_hash_table_new(NULL, NULL);
	g_autoptr(GHashTable) last = g_hash_table_new(NULL, NULL);
	guint i;

	for (i = 0; i < j->events->len; i++) {
		struct event *e = &g_array_index(j->events, struct event, i);

		if (e->is_label || !e->target)
			continue;
		if (!g_hash_table_contains(first, e->target))
			g_hash_table_insert(first, (gpointer)e->target, GUINT_TO_POINTER(i));
		g_hash_table_insert(last, (gpointer)e->target, GUINT_TO_POINTER(i));
	}
	for (i = 0; i < j->events->len; i++) {
		struct event *e = &g_array_index(j->events, struct event, i);
		gpointer from, to;

		if (!e->is_label)
			continue;
		if (!g_hash_table_lookup_extended(first, e->target, NULL, &from)) {
			e->first_jump = 0;
			e->last_jump = G_MAXUINT;
			continue;
		}
		to = g_hash_table_lookup(last, e->target);
		e->first_jump = GPOINTER_TO_UINT(from);
		e->last_jump = GPOINTER_TO_UINT(to);
		if (e->is_case)
			continue;
		e->first_jump = MIN(e->first_jump, j->first_any);
		e->last_jump = MAX(e->last_jump, j->last_any);
	}
}

struct jumps *jumps_new(struct unit *u, CXCursor function)
{
	struct jumps *j = g_new0(struct jumps, 1);

	j->unit = u;
	j->events = g_array_new(false, false, sizeof(struct event));
	j->extents = g_hash_table_new_full(NULL, NULL, NULL, g_free);
	j->loops = g_array_new(false, false, sizeof(struct extent));
	j->first_any = G_MAXUINT;
	clang_visitChildren(function, scan, j);
	find_jumps(j);
	return j;
}

void jumps_free(struct jumps *j)
{
	if (!j)
		return;
	g_array_unref(j->events);
	g_hash_table_unref(j->extents);
	g_array_unref(j->loops);
	g_free(j);
}

static struct extent extent_of(const struct jumps *j, CXCursor statement)
{
	const struct extent *known = g_hash_table_lookup(j->extents, statement.data[1]);

	return known ? *known : (struct extent){0};
}

/* The fixed point: a jump from behind a label that is reached from outside is from outside, too. */
static unsigned first_entry(const struct jumps *j, struct extent part)
{
	unsigned i, end = part.end;

	for (i = part.begin; i < part.end && i < end; i++) {
		const struct event *e = &g_array_index(j->events, struct event, i);

		if (!e->is_label || (e->first_jump >= part.begin && e->last_jump < end))
			continue;
		end = i;
		i = part.begin - 1;
	}
	return end < part.end ? end : JUMPS_NEVER;
}

unsigned jumps_into(const struct jumps *j, CXCursor statement)
{
	struct extent part = extent_of(j, statement);

	return first_entry(j, part);
}

/* A loop that is entered in its middle comes round to its beginning. */
static bool is_in_loop(const struct jumps *j, struct extent part, unsigned label)
{
	guint i;

	for (i = 0; i < j->loops->len; i++) {
		const struct extent *loop = &g_array_index(j->loops, struct extent, i);

		if (loop->begin >= part.begin && loop->begin <= label && label < loop->end)
			return true;
	}
	return false;
}

unsigned jumps_between(const struct jumps *j, CXCursor after, CXCursor within)
{
	struct extent part = {extent_of(j, after).end, extent_of(j, within).end};
	unsigned label = first_entry(j, part);

	return label != JUMPS_NEVER && is_in_loop(j, part, label) ? JUMPS_AT_ONCE : label;
}

unsigned jumps_from(const struct jumps *j, CXCursor from, CXCursor within)
{
	struct extent part = {extent_of(j, from).begin, extent_of(j, within).end};

	return first_entry(j, part);
}

unsigned jumps_label(const struct jumps *j, CXCursor label)
{
	return extent_of(j, label).begin;
}

static bool is_within(const struct jumps *j, const void *statement, struct extent part)
{
	const struct extent *known = g_hash_table_lookup(j->extents, statement);

	return known && known->first >= part.first && known->first < part.last;
}

static bool has_label(const struct jumps *j, struct extent part, const void *label)
{
	unsigned i;

	for (i = part.begin; i < part.end; i++) {
		const struct event *e = &g_array_index(j->events, struct event, i);

		if (e->is_label && e->target == label)
			return true;
	}
	return false;
}

bool jumps_out(const struct jumps *j, CXCursor statement)
{
	struct extent part = extent_of(j, statement);
	unsigned i;

	for (i = part.begin; i < part.end; i++) {
		const struct event *e = &g_array_index(j->events, struct event, i);

		if (e->leaves ? !e->out_of || !is_within(j, e->out_of, part)
			      : !e->is_label && e->target && !is_within(j, e->target, part) &&
					!has_label(j, part, e->target))
			return true;
	}
	return false;
}

/* ---- statements that leave ------------------------------------------------------------------- */

struct search {
	bool continues_too, found;
};

/* A break of the loop itself, not one of a loop or switch in it. */
static enum CXChildVisitResult find_break(CXCursor c, CXCursor parent, CXClientData data)
{
	struct search *s = data;

	switch ((int)clang_getCursorKind(c)) {
	case CXCursor_BreakStmt:
		s->found = true;
		return CXChildVisit_Break;
	case CXCursor_ContinueStmt:
		s->found |= s->continues_too;
		return CXChildVisit_Continue;
	case CXCursor_ForStmt:
	case CXCursor_WhileStmt:
	case CXCursor_DoStmt:
		return CXChildVisit_Continue;
	case CXCursor_SwitchStmt:
		return s->continues_too ? CXChildVisit_Recurse : CXChildVisit_Continue;
	default:
		return CXChildVisit_Recurse;
	}
}

static bool breaks(CXCursor loop, bool continues_too)
{
	struct search s = {continues_too, false};

	clang_visitChildren(loop, find_break, &s);
	return s.found;
}

static bool is_noreturn_call(struct unit *u, CXCursor call)
{
	unsigned first, n = children_of(u, call, &first);
	bool answer = false;

	if (n) {
		CXString type = clang_getTypeSpelling(clang_getCursorType(child_at(u, first)));

		answer = strstr(clang_getCString(type), "noreturn") != NULL;
		clang_disposeString(type);
	}
	drop_children(u, first);
	return answer;
}

static bool loop_leaves(struct unit *u, CXCursor loop, unsigned first, unsigned n)
{
	bool is_do = clang_getCursorKind(loop) == CXCursor_DoStmt;
	CXCursor head = n ? child_at(u, first + (is_do ? n - 1 : 0)) : loop;

	if (is_do && statement_leaves(u, child_at(u, first)) && !breaks(loop, true))
		return true;
	if (clang_getCursorKind(loop) == CXCursor_ForStmt)
		return n == 1 && !breaks(loop, false);
	return n == 2 && constant_value(head) == 1 && !breaks(loop, false);
}

static enum CXChildVisitResult find_default(CXCursor c, CXCursor parent, CXClientData data)
{
	enum CXCursorKind kind = clang_getCursorKind(c);

	*(bool *)data |= kind == CXCursor_DefaultStmt;
	return kind == CXCursor_SwitchStmt ? CXChildVisit_Continue : CXChildVisit_Recurse;
}

/* Each label leads to the end of the body, where nothing breaks out of it. */
static bool switch_leaves(struct unit *u, CXCursor statement, unsigned first, unsigned n)
{
	bool has_default = false;

	clang_visitChildren(statement, find_default, &has_default);
	return has_default && n > 1 && !breaks(statement, false) &&
	       statement_leaves(u, child_at(u, first + n - 1));
}

static bool if_leaves(struct unit *u, unsigned first, unsigned n)
{
	int value = n > 1 ? constant_value(child_at(u, first)) : -1;
	bool then_leaves = n > 1 && value != 0 && statement_leaves(u, child_at(u, first + 1));
	bool else_leaves = n > 2 && value != 1 && statement_leaves(u, child_at(u, first + 2));

	return (then_leaves || value == 0) && (else_leaves || value == 1);
}

bool statement_leaves(struct unit *u, CXCursor c)
{
	enum CXCursorKind kind = clang_getCursorKind(c);
	unsigned first, n;
	bool answer;

	switch ((int)kind) {
	case CXCursor_ReturnStmt:
	case CXCursor_GotoStmt:
	case CXCursor_IndirectGotoStmt:
	case CXCursor_BreakStmt:
	case CXCursor_ContinueStmt:
		return true;
	case CXCursor_CallExpr:
		return is_noreturn_call(u, c);
	case CXCursor_IfStmt:
	case CXCursor_SwitchStmt:
	case CXCursor_ForStmt:
	case CXCursor_WhileStmt:
	case CXCursor_DoStmt:
	case CXCursor_CompoundStmt:
	case CXCursor_LabelStmt:
	case CXCursor_CaseStmt:
	case CXCursor_DefaultStmt:
	case CXCursor_StmtExpr:
	case CXCursor_ParenExpr:
		break;
	default:
		return false;
	}
	n = children_of(u, c, &first);
	if (kind == CXCursor_IfStmt)
		answer = if_leaves(u, first, n);
	else if (kind == CXCursor_SwitchStmt)
		answer = switch_leaves(u, c, first, n);
	else if (kind == CXCursor_ForStmt || kind == CXCursor_WhileStmt || kind == CXCursor_DoStmt)
		answer = loop_leaves(u, c, first, n);
	else
		answer = n && statement_leaves(u, child_at(u, first + n - 1));
	drop_children(u, first);
	return answer;
}
