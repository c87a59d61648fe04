/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Why one function does not call another: at each call, what excludes the candidates. */
#include "view/view.h"

enum { NAMES_SHOWN = 4 };

static const char *ground_name(enum ew_ground ground)
{
	static const char *const names[] = {
		[EW_GROUND_MECHANISM] = "mechanism",
		[EW_GROUND_OBJECT] = "object",
		[EW_GROUND_SIGNATURE] = "signature",
		[EW_GROUND_UNION] = "union",
		[EW_GROUND_BINDING] = "binding",
		[EW_GROUND_CHAIN] = "chain",
	};

	return names[ground];
}

/* What was asked about, as a sentence's subject. */
static char *subject(const struct ew_why_not *w)
{
	return w->callee ? g_strdup(w->callee->name)
			 : g_strdup_printf("what %s runs (%d function%s)", w->mechanism, w->asked, ew_view_plural(w->asked));
}

/* ---- one class --------------------------------------------------------------------------------- */

static void add_names(struct ew_block *b, const char *key, const GPtrArray *names, enum ew_role role)
{
	g_autoptr(GPtrArray) all = g_ptr_array_new();
	guint shown = names->len <= NAMES_SHOWN + 1 ? names->len : NAMES_SHOWN;

	for (guint i = 0; i < names->len; i++) {
		const char *name = g_ptr_array_index(names, i);

		g_ptr_array_add(all, (gpointer)name);
		if (i < shown) {
			ew_doc_say(b, i ? ", " : "");
			ew_doc_text(b, role, NULL, name);
		}
	}
	if (shown < names->len)
		ew_doc_sayf(b, " and %u more", names->len - shown);
	g_ptr_array_add(all, NULL);
	ew_doc_strings(b, EW_ROLE_HIDDEN, key, (const char *const *)all->pdata, ", ");
}

static void say_ground(struct ew_block *b, const struct ew_exclusion *x, const struct ew_why_not_site *s,
		       const struct ew_why_not *w)
{
	switch (x->ground) {
	case EW_GROUND_MECHANISM:
		ew_doc_say(b, x->count == 1 ? " is registered with " : " are registered with ");
		ew_doc_text(b, EW_ROLE_DEFERRED, NULL, x->mechanism);
		break;
	case EW_GROUND_SIGNATURE:
		ew_doc_say(b, x->count == 1 ? " is of another type, in objects that do not come here"
					    : " are of another type, in objects that do not come here");
		break;
	case EW_GROUND_UNION:
		ew_doc_say(b, x->count == 1 ? " is meant for another member of the union"
					    : " are meant for another member of the union");
		break;
	case EW_GROUND_BINDING:
		ew_doc_say(b, x->count == 1 ? " is excluded by " : " are excluded by ");
		ew_doc_text(b, EW_ROLE_STRONG, NULL, w->binding);
		break;
	case EW_GROUND_CHAIN:
		ew_doc_say(b, x->count == 1 ? " is on another chain, " : " are on another chain, ");
		ew_doc_text(b, EW_ROLE_VARIABLE, NULL, x->mechanism);
		break;
	default:
		if (s->when)
			ew_doc_sayf(b, "%s not seen to be handed to a registrar of %s",
				    x->count == 1 ? " is" : " are", s->when);
		else
			ew_doc_say(b, x->count == 1 ? " is stored into an object that does not come here"
						    : " are stored into objects that do not come here");
	}
}

static void add_class(struct ew_group *g, const struct ew_exclusion *x, const struct ew_why_not_site *s,
		      const struct ew_why_not *w)
{
	struct ew_block *b = ew_doc_item(g, 6);
	g_autoptr(GPtrArray) names = g_ptr_array_new();

	ew_doc_int(b, EW_ROLE_STRONG, "count", x->count);
	say_ground(b, x, s, w);
	ew_doc_text(b, EW_ROLE_HIDDEN, "ground", ground_name(x->ground));
	ew_doc_text(b, EW_ROLE_HIDDEN, "mechanism", x->ground == EW_GROUND_CHAIN ? NULL : x->mechanism);
	ew_doc_text(b, EW_ROLE_HIDDEN, "chain", x->ground == EW_GROUND_CHAIN ? x->mechanism : NULL);
	ew_doc_int(b, EW_ROLE_HIDDEN, "asked", x->asked);
	if (x->asked && w->callee)
		ew_doc_textf(b, EW_ROLE_STRONG, NULL, "; %s among them", w->callee->name);
	else if (x->asked)
		ew_doc_textf(b, EW_ROLE_STRONG, NULL, "; %d of %s among them", x->asked, w->mechanism);
	if (x->place.file)
		ew_doc_say(b, ", stored at ");
	ew_doc_place(b, "place", &x->place);
	for (guint i = 0; i < x->functions->len; i++)
		g_ptr_array_add(names, (gpointer)((struct ew_symbol *)x->functions->pdata[i])->name);
	b = ew_doc_item(g, 8);
	add_names(b, "functions", names, EW_ROLE_FUNCTION);
	b = ew_doc_item(g, 8);
	if (x->objects->len)
		ew_doc_text(b, EW_ROLE_FAINT, NULL, "in ");
	add_names(b, "objects", x->objects, EW_ROLE_VARIABLE);
}

/* ---- one call ---------------------------------------------------------------------------------- */

/* What excludes the one that was asked about, where it is no candidate. */
static void say_asked(struct ew_group *g, const struct ew_why_not_site *s, const struct ew_why_not *w)
{
	struct ew_block *b = ew_doc_item(g, 4);
	g_autofree char *who = subject(w);

	if (s->asked)
		return;
	if (!s->site.slot) {
		ew_doc_text(b, EW_ROLE_WARNING, "verdict",
			    "the expression has no name: what it can call is not known");
	} else if (w->callee && s->site.is_partly) {
		ew_doc_textf(b, EW_ROLE_WARNING, "verdict", "whether %s is put there is not known", who);
	} else if (!w->callee) {
		ew_doc_textf(b, EW_ROLE_PLAIN, "verdict", "none of %s is ever stored there", who);
	} else if (!w->slots->len) {
		ew_doc_textf(b, EW_ROLE_PLAIN, "verdict", "the address of %s is never taken in this index", who);
	} else {
		ew_doc_textf(b, EW_ROLE_PLAIN, "verdict", "%s is never stored there%s", who,
			     s->is_other_type ? ", and it has another type" : "");
		if (s->type)
			ew_doc_textf(b, EW_ROLE_FAINT, NULL, "; the call is of %s", s->type);
	}
}

static void add_targets(struct ew_group *g, const struct ew_why_not_site *s, const struct ew_why_not *w)
{
	struct ew_block *b = ew_doc_item(g, 4);
	g_autoptr(GPtrArray) names = g_ptr_array_new();

	if (!s->targets->len && !s->site.reason) {
		ew_doc_sayf(b, "it calls nothing as %s", w->binding);
	} else if (!s->targets->len) {
		ew_doc_say(b, "it calls nothing that is known: ");
		ew_doc_text(b, EW_ROLE_WARNING, "no_target", ew_site_reason_text(s->site.reason));
	} else {
		ew_doc_sayf(b, "it calls %u function%s: ", s->targets->len, ew_view_plural((int)s->targets->len));
	}
	for (guint i = 0; i < s->targets->len; i++)
		g_ptr_array_add(names, (gpointer)((struct ew_symbol *)s->targets->pdata[i])->name);
	add_names(b, "targets", names, EW_ROLE_FUNCTION);
}

static void add_site(struct ew_group *g, const struct ew_why_not_site *s, const struct ew_why_not *w)
{
	struct ew_block *b = ew_doc_item(g, 2);

	ew_doc_say(b, "through ");
	ew_doc_text(b, EW_ROLE_FIELD, "slot", s->site.slot);
	if (s->is_chain)
		ew_doc_say(b, s->chain ? " of chain " : " of a chain whose head has no name");
	ew_doc_text(b, EW_ROLE_VARIABLE, "chain", s->chain);
	ew_doc_say(b, s->site.slot ? " at " : "an expression at ");
	ew_doc_place(b, "site", &s->site.place);
	if (s->when)
		ew_doc_say(b, ", which runs ");
	ew_doc_text(b, EW_ROLE_DEFERRED, "when", s->when);
	ew_doc_bool(b, EW_ROLE_WARNING, "compiled", s->site.is_compiled, NULL, ", not compiled");
	ew_doc_text(b, EW_ROLE_HIDDEN, "type", s->type);
	ew_doc_int(b, EW_ROLE_HIDDEN, "by_signature", s->site.by_signature);
	ew_doc_int(b, EW_ROLE_HIDDEN, "by_slot", s->site.by_slot);
	ew_doc_int(b, EW_ROLE_HIDDEN, "candidates", s->candidates);
	say_asked(g, s, w);
	if (s->classes->len) {
		int excluded = s->candidates - (int)s->targets->len;

		ew_doc_sayf(ew_doc_item(g, 4), "of %d function%s that can stand there %d %s excluded:", s->candidates,
			    ew_view_plural(s->candidates), excluded, excluded == 1 ? "is" : "are");
	}
	struct ew_list *classes = ew_doc_list(g, "excluded", EW_LIST_PLAIN);
	for (guint i = 0; i < s->classes->len; i++)
		add_class(ew_list_entry(classes), g_ptr_array_index(s->classes, i), s, w);
	add_targets(g, s, w);
}

/* ---- the answer -------------------------------------------------------------------------------- */

static void add_dead(struct ew_group *g, const GPtrArray *dead)
{
	struct ew_list *list = ew_doc_list(g, "dead", EW_LIST_PLAIN);

	for (guint i = 0; i < dead->len; i++) {
		const struct ew_edge *e = g_ptr_array_index(dead, i);
		struct ew_block *b = ew_doc_item(ew_list_entry(list), 2);

		ew_doc_text(b, EW_ROLE_WARNING, NULL, "a direct call that is not compiled: ");
		ew_doc_place(b, "site", &e->site);
		if (e->condition)
			ew_doc_text(b, EW_ROLE_FAINT, NULL, ", this configuration makes its condition false: ");
		ew_doc_text(b, EW_ROLE_CODE, "condition", e->condition);
	}
}

/* "as tcp4, __f2 of f is tcp_v4_send_check; the call stands where it is tcp_v6_send_check", and why */
static void add_ruled_out(struct ew_group *g, const struct ew_ruled_out *o, const char *binding)
{
	struct ew_block *b = ew_doc_item(g, 2);

	ew_doc_say(b, "excluded by ");
	ew_doc_text(b, EW_ROLE_STRONG, NULL, binding);
	ew_doc_say(b, ": the direct call at ");
	ew_doc_place(b, "site", &o->edge->site);
	ew_doc_say(b, " is made only where ");
	ew_doc_text(b, EW_ROLE_VARIABLE, "pointer", o->pointer);
	ew_doc_say(b, o->is_equal ? " is " : " is not ");
	ew_doc_text(b, EW_ROLE_FUNCTION, "wanted", o->wanted);
	ew_doc_bool(b, EW_ROLE_HIDDEN, "equal", o->is_equal, NULL, NULL);
	ew_doc_text(b, EW_ROLE_HIDDEN, "ground", "pointer");
	b = ew_doc_item(g, 4);
	ew_doc_say(b, o->held->len ? "it is " : "it holds no function there");
	add_names(b, "held", o->held, EW_ROLE_FUNCTION);
	ew_doc_sayf(b, " under %s", binding);
	ew_view_steps(g, "steps", o->steps);
}

static void add_direct(struct ew_group *g, const struct ew_why_not *w)
{
	struct ew_block *b = ew_doc_item(g, 2);
	g_autofree char *who = subject(w);

	ew_doc_int(b, EW_ROLE_HIDDEN, "direct_calls", w->direct);
	if (!w->caller->place.file)
		ew_doc_textf(b, EW_ROLE_WARNING, NULL, "%s has no body in this index: what it calls is not known",
			     w->caller->name);
	else if (w->direct && !w->dead->len && !w->ruled_out->len && w->callee)
		ew_doc_sayf(b, "none of its %d direct call%s names %s", w->direct, ew_view_plural(w->direct), who);
	else if (!w->direct && !w->sites->len)
		ew_doc_say(b, "it calls nothing at all");
}

static void add_called(struct ew_group *g, const struct ew_why_not *w)
{
	struct ew_block *b = ew_doc_note(g, EW_ROLE_WARNING);
	g_autofree char *who = subject(w);

	ew_doc_sayf(b, "%s does call %s%s%s. ", w->caller->name, who, w->binding ? " as " : "",
		    w->binding ? w->binding : "");
	if (w->callee)
		ew_doc_textf(b, EW_ROLE_COMMAND, NULL, "exitwalk why %s %s", w->caller->name, w->callee->name);
	else
		ew_doc_textf(b, EW_ROLE_COMMAND, NULL, "exitwalk callees %s", w->caller->name);
	ew_doc_say(b, " says why.");
}

struct ew_doc *ew_view_why_not(struct ew_query *q, const struct ew_why_not *w)
{
	struct ew_doc *doc = ew_doc_new("exitwalk.why-not/1");
	struct ew_group *g = ew_doc_root(doc);
	struct ew_block *title = ew_doc_heading(g, 1);
	g_autofree char *who = subject(w);

	ew_doc_text(title, EW_ROLE_FUNCTION, "caller", w->caller->name);
	ew_doc_say(title, w->is_called ? " calls " : w->is_partly ? " is not seen to call " : " does not call ");
	ew_doc_text(title, EW_ROLE_FUNCTION, NULL, who);
	ew_doc_text(title, EW_ROLE_HIDDEN, "callee", w->callee ? w->callee->name : NULL);
	ew_doc_text(title, EW_ROLE_HIDDEN, "mechanism", w->mechanism);
	if (w->binding)
		ew_doc_say(title, " as ");
	ew_doc_text(title, EW_ROLE_STRONG, "binding", w->binding);
	ew_doc_bool(title, EW_ROLE_HIDDEN, "called", w->is_called, NULL, NULL);
	if (w->is_called) {
		add_called(g, w);
		ew_view_provenance(g, q);
		return doc;
	}
	add_direct(g, w);
	add_dead(g, w->dead);
	struct ew_list *out = ew_doc_list(g, "ruled_out", EW_LIST_PLAIN);
	for (guint i = 0; i < w->ruled_out->len; i++)
		add_ruled_out(ew_list_entry(out), g_ptr_array_index(w->ruled_out, i), w->binding);
	struct ew_list *sites = ew_doc_list(g, "sites", EW_LIST_PLAIN);
	for (guint i = 0; i < w->sites->len; i++)
		add_site(ew_list_entry(sites), g_ptr_array_index(w->sites, i), w);
	if (w->callee)
		ew_doc_textf(ew_doc_paragraph(g), EW_ROLE_COMMAND, NULL, "exitwalk path %s %s", w->caller->name,
			     w->callee->name);
	ew_view_provenance(g, q);
	return doc;
}
