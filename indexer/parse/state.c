/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where a state is given to what keeps it: the calls and assignments that say so. */
#include <string.h>

#include "parse/state.h"

/* ---- what the parser was told ----------------------------------------------------------------- */

static GHashTable *set_of(const char *const *words)
{
	GHashTable *set = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);

	for (; words && *words; words++) {
		const char *hash = strchr(*words, '#');

		g_hash_table_insert(set, hash ? g_strndup(*words, hash - *words) : g_strdup(*words),
				    GINT_TO_POINTER(hash ? atoi(hash + 1) + 1 : 1));
	}
	return set;
}

struct state_words *state_words_new(const struct ew_parse_states *told)
{
	struct state_words *w;

	if (!told)
		return NULL;
	w = g_new0(struct state_words, 1);
	w->states = set_of(told->states);
	w->members = set_of(told->members);
	w->setters = set_of(told->setters);
	w->getters = set_of(told->getters);
	return w;
}

void state_words_free(struct state_words *w)
{
	int i;

	if (!w)
		return;
	g_hash_table_unref(w->states);
	g_hash_table_unref(w->members);
	g_hash_table_unref(w->setters);
	g_hash_table_unref(w->getters);
	for (i = 0; i < MOST_STATES; i++)
		g_free(w->name[i]);
	g_free(w);
}

/* ---- enumerators ------------------------------------------------------------------------------ */

static bool is_state(const struct body *b, CXCursor enumerator)
{
	CXString s = clang_getCursorSpelling(enumerator);
	bool answer = g_hash_table_contains(b->unit->parser->states->states, clang_getCString(s));

	clang_disposeString(s);
	return answer;
}

static enum CXChildVisitResult learn_one(CXCursor child, CXCursor parent, CXClientData data)
{
	const struct body *b = data;
	struct state_words *w = b->unit->parser->states;
	long long value;

	if (clang_getCursorKind(child) != CXCursor_EnumConstantDecl || !is_state(b, child))
		return CXChildVisit_Continue;
	value = clang_getEnumConstantDeclValue(child);
	if (value >= 0 && value < MOST_STATES && !w->name[value]) {
		CXString s = clang_getCursorSpelling(child);

		w->name[value] = g_strdup(clang_getCString(s));
		clang_disposeString(s);
	}
	return CXChildVisit_Continue;
}

static void learn_kin(struct body *b, CXCursor enumerator)
{
	long long value = clang_getEnumConstantDeclValue(enumerator);

	if (!state_name(b, value) && is_state(b, enumerator))
		clang_visitChildren(clang_getCursorSemanticParent(enumerator), learn_one, b);
}

CXCursor enumerator_of(struct body *b, CXCursor expr)
{
	CXCursor decl;

	expr = peel(b->unit, expr);
	if (clang_getCursorKind(expr) != CXCursor_DeclRefExpr)
		return clang_getNullCursor();
	decl = clang_getCursorReferenced(expr);
	if (clang_getCursorKind(decl) != CXCursor_EnumConstantDecl)
		return clang_getNullCursor();
	learn_kin(b, decl);
	return decl;
}

const char *state_name(const struct body *b, long long value)
{
	return value >= 0 && value < MOST_STATES ? b->unit->parser->states->name[value] : NULL;
}

static enum CXChildVisitResult learn_below(CXCursor child, CXCursor parent, CXClientData data)
{
	CXCursor decl = clang_getCursorReferenced(child);

	if (clang_getCursorKind(child) == CXCursor_DeclRefExpr &&
	    clang_getCursorKind(decl) == CXCursor_EnumConstantDecl)
		learn_kin(data, decl);
	return CXChildVisit_Recurse;
}

void learn_states(struct body *b, CXCursor expr)
{
	clang_visitChildren(expr, learn_below, b);
}

/* ---- expressions ------------------------------------------------------------------------------ */

bool evaluate(CXCursor expr, long long *value)
{
	CXEvalResult result = clang_Cursor_Evaluate(expr);
	bool is_integer = result && clang_EvalResult_getKind(result) == CXEval_Int;

	if (is_integer)
		*value = clang_EvalResult_getAsLongLong(result);
	clang_EvalResult_dispose(result);
	return is_integer;
}

/* Child `i`, negative from the end, or a null cursor. */
static CXCursor child_of(struct unit *u, CXCursor cursor, int i)
{
	unsigned first, n = children_of(u, cursor, &first);
	CXCursor child = clang_getNullCursor();

	if (i < 0)
		i += (int)n;
	if (i >= 0 && i < (int)n)
		child = child_at(u, first + i);
	drop_children(u, first);
	return child;
}

/* *&x is x. */
static CXCursor peel_dereference(struct unit *u, CXCursor expr)
{
	CXCursor inner;

	if (clang_getCursorUnaryOperatorKind(expr) != CXUnaryOperator_Deref)
		return clang_getNullCursor();
	inner = peel(u, child_of(u, expr, 0));
	if (clang_getCursorKind(inner) != CXCursor_UnaryOperator ||
	    clang_getCursorUnaryOperatorKind(inner) != CXUnaryOperator_AddrOf)
		return clang_getNullCursor();
	return child_of(u, inner, 0);
}

CXCursor peel(struct unit *u, CXCursor expr)
{
	for (;;) {
		CXCursor inner = clang_getNullCursor();

		switch ((int)clang_getCursorKind(expr)) {
		case CXCursor_ParenExpr:
		case CXCursor_CStyleCastExpr:
			inner = child_of(u, expr, -1);
			break;
		case CXCursor_UnexposedExpr:
			inner = unwrap(u, expr);
			if (clang_equalCursors(inner, expr))
				return expr;
			break;
		case CXCursor_StmtExpr:
			inner = child_of(u, child_of(u, expr, 0), -1);
			break;
		case CXCursor_UnaryOperator:
			inner = peel_dereference(u, expr);
			break;
		default:
			break;
		}
		if (clang_Cursor_isNull(inner))
			return expr;
		expr = inner;
	}
}

unsigned offset_of(struct body *b, CXCursor cursor)
{
	return unit_place_of(b->unit, clang_getRangeStart(clang_getCursorExtent(cursor))).offset;
}

/* ---- saying ----------------------------------------------------------------------------------- */

static void note_event(struct body *b, gconstpointer object, unsigned offset)
{
	struct state_event e = {object, offset};

	g_array_append_val(b->state_events, e);
}

struct site {
	CXCursor cursor;
	struct ew_ref target;
	enum ew_state_how how;
	gconstpointer object;
};

static void say_state(struct body *b, const struct site *site, const struct state_value *v)
{
	struct unit *u = b->unit;
	struct unit_place p = unit_place_of(u, clang_getCursorLocation(site->cursor));
	struct ew_fact_state s = {
		.function = b->key,
		.ordinal = b->states_said++,
		.target = site->target,
		.how = v->how == EW_STATE_TABLE ? v->how : site->how,
		.value = v->name,
		.source = v->source,
		.from = v->from,
		.note = v->note,
		.entry = v->entry,
		.place = p.place,
		.macro = macro_name_at(u, &p),
		.is_dead = is_dead_here(b),
	};

	if (!s.from && site->object && s.how != EW_STATE_TABLE)
		s.from = state_from(b, site->object, p.offset);
	s.condition = say_conditions(b);
	u->sink->state(u->sink->data, &s);
}

static void say_states(struct body *b, const struct site *site, CXCursor value)
{
	g_autoptr(GArray) values = g_array_new(false, true, sizeof(struct state_value));
	guint i;

	if (!clang_Cursor_isNull(value))
		collect_states(b, value, site->object, values);
	else
		g_array_set_size(values, 1); /* what it becomes is no constant */
	for (i = 0; i < values->len; i++)
		say_state(b, site, &g_array_index(values, struct state_value, i));
	if (site->object)
		note_event(b, site->object, offset_of(b, site->cursor));
}

/* An argument that is the new state of a setter; or any that is a state, for it may end in one. */
void say_call_states(struct body *b, CXCursor call, const char *callee, unsigned first, unsigned n)
{
	struct unit *u = b->unit;
	const struct state_words *w = u->parser->states;
	struct site site = {.cursor = call, .how = EW_STATE_CALL};
	const char *name = strrchr(callee, ':');
	int parameter = GPOINTER_TO_INT(g_hash_table_lookup(w->setters, name ? name + 1 : callee)) - 1;
	unsigned i;

	for (i = 1; i < n; i++) {
		CXCursor argument = child_at(u, first + i), decl = enumerator_of(b, argument);
		g_autofree char *key = NULL;

		if (parameter != (int)i - 1 && (clang_Cursor_isNull(decl) || !is_state(b, decl)))
			continue;
		key = g_strdup_printf("%s#%u", callee, i - 1);
		site.target = (struct ew_ref){.kind = EW_NODE_PARAM, .key = intern(u, key)};
		site.object = i > 1 ? object_of(b, child_at(u, first + 1)) : NULL;
		say_states(b, &site, argument);
	}
}

/* "sock_common@include/net/sock.h:160.skc_state" keeps a state if sock_common.skc_state does. */
bool is_state_member(const struct unit *u, const char *key)
{
	const char *at = strchr(key, '@'), *dot = strrchr(key, '.');
	g_autofree char *name = NULL;

	if (!at || !dot)
		return false;
	name = g_strdup_printf("%.*s%s", (int)(at - key), key, dot);
	return g_hash_table_contains(u->parser->states->members, name);
}

/* `value` is a null cursor where the member is changed otherwise than to a value: x |= 1, x++. */
void say_assigned_state(struct body *b, CXCursor target, CXCursor value)
{
	struct site site = {.cursor = target, .how = EW_STATE_ASSIGNMENT};
	struct ew_ref slot;
	bool is_object;
	unsigned since = 0;

	if (clang_getCursorKind(target) == CXCursor_DeclRefExpr) {
		note_event(b, clang_getCursorReferenced(target).data[0], offset_of(b, target));
		return;
	}
	if (!slot_of_lvalue(b->unit, target, &slot, &is_object) || slot.kind != EW_NODE_FIELD ||
	    !is_state_member(b->unit, slot.key))
		return;
	site.target = (struct ew_ref){.kind = slot.kind, .key = slot.key};
	site.object = state_read_by(b, target, &since);
	say_states(b, &site, value);
}
