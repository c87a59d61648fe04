/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The readers of what says when code runs, and in which context: mechanisms and entry points. */
#include "refs/keyfile.h"
#include "refs/reader.h"

#include <string.h>

static const char *const contexts[] = {"task",	  "task_work", "softirq", "hardirq", "nmi", "rcu",
				       "worker", "kthread",   "idle",	 "caller",  NULL};

/* ---- the forms of words ---------------------------------------------------------------------- */

/* "function#1" */
static bool is_parameter(const char *text)
{
	size_t n = ew_refs_identifier_length(text);

	if (!n || text[n] != '#' || !text[n + 1])
		return false;
	return text[n + 1 + strspn(text + n + 1, "0123456789")] == '\0';
}

/* "function%name" */
static bool is_local(const char *text)
{
	size_t n = ew_refs_identifier_length(text);

	return n && text[n] == '%' && ew_refs_is_identifier(text + n + 1);
}

/* "function#1", "function#1@struct" */
static bool is_registrar(const char *text)
{
	g_auto(GStrv) parts = g_strsplit(text, "@", 2);

	return parts[0] && is_parameter(parts[0]) && (!parts[1] || ew_refs_is_identifier(parts[1]));
}

/* "function#0,2" */
static bool is_mark(const char *text)
{
	g_auto(GStrv) parts = g_strsplit(text, ",", 2);

	return parts[0] && is_parameter(parts[0]) && parts[1] && *parts[1] &&
	       !parts[1][strspn(parts[1], "0123456789")];
}

/* "HRTIMER_MODE_*" */
static bool is_enumerator(const char *text)
{
	const char *star = strchr(text, '*');
	g_autofree char *name = g_strdelimit(g_strdup(text), "*", '_');

	return !(star && strchr(star + 1, '*')) && ew_refs_is_identifier(name);
}

/* "HRTIMER_MODE_*SOFT", "HRTIMER_MODE_ABS@!CONFIG_PREEMPT_RT" */
static bool is_constant(const char *text)
{
	g_auto(GStrv) parts = g_strsplit(text, "@", 2);
	const char *symbol = parts[0] ? parts[1] : NULL;

	if (symbol && *symbol == '!')
		symbol++;
	return parts[0] && is_enumerator(parts[0]) &&
	       (!symbol || (g_str_has_prefix(symbol, "CONFIG_") && ew_refs_is_identifier(symbol)));
}

/* "function" or "__x64_sys_*" */
static bool is_name_or_prefix(const char *text)
{
	size_t n = ew_refs_identifier_length(text);

	return n && (!text[n] || !strcmp(text + n, "*"));
}

static bool is_context(const char *text)
{
	return g_strv_contains(contexts, text);
}

/* The words of a list, each of the form that `is_well_formed` knows and `form` shows. */
static GPtrArray *read_words(const struct ew_keyfile *f, const char *group, const char *key,
			     bool (*is_well_formed)(const char *), const char *form, GError **error)
{
	g_autoptr(GPtrArray) words = g_ptr_array_new_with_free_func(g_free);
	g_auto(GStrv) list = ew_keyfile_list(f, group, key, error);

	if (!list)
		return NULL;
	for (int i = 0; list[i]; i++) {
		if (!is_well_formed(list[i])) {
			ew_keyfile_complain(f, group, key, error, "“%s” is not “%s”", list[i], form);
			return NULL;
		}
		g_ptr_array_add(words, g_strdup(list[i]));
	}
	return g_steal_pointer(&words);
}

/* ---- what both kinds say --------------------------------------------------------------------- */

static GPtrArray *read_contexts(const struct ew_keyfile *f, const char *group, GError **error)
{
	g_autofree char *known = g_strjoinv(", ", (char **)contexts);
	g_autofree char *form = g_strdup_printf("one of %s", known);

	return read_words(f, group, "context", is_context, form, error);
}

static bool read_sleeps(const struct ew_keyfile *f, const char *group, enum ew_refs_sleeps *sleeps,
			GError **error)
{
	g_autofree char *word = ew_keyfile_value(f, group, "sleeps", error);

	if (!word)
		return false;
	if (!strcmp(word, "yes"))
		*sleeps = EW_REFS_MAY_SLEEP;
	else if (!strcmp(word, "no"))
		*sleeps = EW_REFS_MUST_NOT_SLEEP;
	else if (!strcmp(word, "caller"))
		*sleeps = EW_REFS_SLEEPS_AS_CALLER;
	else
		ew_keyfile_complain(f, group, "sleeps", error,
				    "“%s” is not “yes”, “no” or “caller”", word);
	return !strcmp(word, "yes") || !strcmp(word, "no") || !strcmp(word, "caller");
}

/* ---- mechanisms ------------------------------------------------------------------------------ */

void ew_refs_mechanism_free(struct ew_refs_mechanism *m)
{
	if (!m)
		return;
	g_free(m->name);
	g_free(m->title);
	g_free(m->slot);
	g_clear_pointer(&m->registrars, g_ptr_array_unref);
	g_clear_pointer(&m->sections, g_ptr_array_unref);
	g_clear_pointer(&m->symbols, g_ptr_array_unref);
	g_clear_pointer(&m->dispatchers, g_ptr_array_unref);
	g_clear_pointer(&m->heads, g_ptr_array_unref);
	g_clear_pointer(&m->chains, g_ptr_array_unref);
	g_clear_pointer(&m->constants, g_ptr_array_unref);
	g_clear_pointer(&m->marks, g_ptr_array_unref);
	g_clear_pointer(&m->raisers, g_ptr_array_unref);
	g_free(m->of_name);
	g_free(m->of_place);
	g_clear_pointer(&m->contexts, g_ptr_array_unref);
	g_free(m);
}
EW_DEFINE_AUTO(refs_mechanism, ew_refs_mechanism_free)

static GPtrArray *read_optional(const struct ew_keyfile *f, bool is_optional, const char *key,
				bool (*is_well_formed)(const char *), const char *form, GError **error)
{
	g_auto(GStrv) keys = ew_keyfile_keys(f, "mechanism");

	if (is_optional && !g_strv_contains((const char *const *)keys, key))
		return g_ptr_array_new_with_free_func(g_free);
	return read_words(f, "mechanism", key, is_well_formed, form, error);
}

/* ".initcall*.init" */
static bool is_section(const char *text)
{
	return *text == '.' && text[1];
}

/* One is nothing without the other. */
static bool read_chains(const struct ew_keyfile *f, struct ew_refs_mechanism *m, GError **error)
{
	m->heads = read_optional(f, true, "heads", ew_refs_is_identifier, "struct", error);
	if (m->heads)
		m->chains = read_optional(f, !m->heads->len, "chains", is_parameter, "function#0", error);
	if (!m->chains || m->heads->len || !m->chains->len)
		return m->chains != NULL;
	ew_keyfile_complain(f, "mechanism", "chains", error, "there are no “heads” that they take");
	return false;
}

/* Constants are nothing without somebody who gives them. */
static bool read_constants(const struct ew_keyfile *f, struct ew_refs_mechanism *m, GError **error)
{
	m->marks = read_optional(f, true, "marks", is_mark, "function#0,2", error);
	if (!m->marks)
		return false;
	m->constants = read_optional(f, !m->marks->len, "constants", is_enumerator, "ENUMERATOR", error);
	m->raisers = m->constants ? read_optional(f, true, "raisers", is_parameter, "function#0", error) : NULL;
	if (!m->raisers || m->marks->len || (!m->constants->len && !m->raisers->len))
		return m->raisers != NULL;
	ew_keyfile_complain(f, "mechanism", m->constants->len ? "constants" : "raisers", error,
			    "there are no “marks”, functions that give the constants");
	return false;
}

/* What is called now may do without registrars and dispatchers: the store registers, and every call through the slot
 * dispatches. What the linker hands over nobody registers. */
static bool read_ends(const struct ew_keyfile *f, struct ew_refs_mechanism *m, GError **error)
{
	bool is_now = !strcmp(m->name, "now"), is_linked;

	m->sections = read_optional(f, true, "sections", is_section, ".initcall*.init", error);
	if (!m->sections)
		return false;
	m->symbols = read_optional(f, true, "symbols", ew_refs_is_identifier, "function", error);
	if (!m->symbols)
		return false;
	is_linked = m->sections->len || m->symbols->len;
	m->registrars = read_optional(f, is_now || is_linked, "registrars", is_registrar, "function#0", error);
	if (!m->registrars)
		return false;
	m->dispatchers =
		read_optional(f, is_now, "dispatchers", ew_refs_is_identifier, "function", error);
	return m->dispatchers && read_chains(f, m, error) && read_constants(f, m, error);
}

/* Of a mechanism where a constant says which part of it runs: slot and ends are the other's. */
static bool read_part(const struct ew_keyfile *f, const char *path, struct ew_refs_mechanism *m, GError **error)
{
	static const char *const keys[] = {"when", "title", "of", "constants", "context", "sleeps", NULL};
	GPtrArray **none[] = {&m->registrars, &m->sections, &m->symbols, &m->heads,
			      &m->chains,     &m->marks,    &m->raisers};
	size_t i;

	if (!ew_keyfile_only_keys(f, "mechanism", keys, error))
		return false;
	m->of_name = ew_keyfile_value(f, "mechanism", "of", error);
	m->of_place = g_strdup_printf("%s:%d", path, ew_keyfile_line(f, "mechanism", "of"));
	for (i = 0; i < G_N_ELEMENTS(none); i++)
		*none[i] = g_ptr_array_new_with_free_func(g_free);
	m->constants = read_optional(f, false, "constants", is_constant, "ENUMERATOR", error);
	return m->of_name && m->constants;
}

static bool read_whole(const struct ew_keyfile *f, struct ew_refs_mechanism *m, GError **error)
{
	m->slot = ew_keyfile_value(f, "mechanism", "slot", error);
	if (!m->slot)
		return false;
	if (!ew_refs_is_slot(m->slot) && !is_parameter(m->slot) && !is_local(m->slot)) {
		ew_keyfile_complain(f, "mechanism", "slot", error,
				    "“%s” is not “struct.field” or “function#1” or “function%%name”", m->slot);
		return false;
	}
	return read_ends(f, m, error);
}

static bool read_mechanism_keys(const struct ew_keyfile *f, const char *path, struct ew_refs_mechanism *m,
				GError **error)
{
	static const char group[] = "mechanism";
	g_auto(GStrv) keys = NULL;

	m->name = ew_keyfile_value(f, group, "when", error);
	if (!m->name)
		return false;
	m->title = ew_keyfile_value(f, group, "title", error);
	if (!m->title)
		return false;
	keys = ew_keyfile_keys(f, group);
	if (g_strv_contains((const char *const *)keys, "of") ? !read_part(f, path, m, error)
							    : !read_whole(f, m, error))
		return false;
	m->contexts = read_contexts(f, group, error);
	return m->contexts && read_sleeps(f, group, &m->sleeps, error);
}

struct ew_refs_mechanism *ew_refs_read_mechanism(const char *path, GError **error)
{
	static const char *const groups[] = {"mechanism", NULL};
	static const char *const keys[] = {"when",	  "title",   "slot",   "registrars",
					   "dispatchers", "context", "sleeps", "sections",
					   "symbols", "heads",   "chains", "constants", "marks", "raisers", "of", NULL};
	ew_auto(keyfile) f = ew_keyfile_open(path, error);

	if (!f || !ew_keyfile_only(f, groups, error) ||
	    !ew_keyfile_only_keys(f, "mechanism", keys, error))
		return NULL;

	ew_auto(refs_mechanism) m = g_new0(struct ew_refs_mechanism, 1);
	return read_mechanism_keys(f, path, m, error) ? g_steal_pointer(&m) : NULL;
}

static bool link_part(struct ew_refs_mechanism *m, const GPtrArray *all, GError **error)
{
	guint i;

	for (i = 0; i < all->len; i++) {
		const struct ew_refs_mechanism *whole = g_ptr_array_index(all, i);

		if (strcmp(whole->name, m->of_name) || whole->of_name)
			continue;
		m->of = whole;
		m->slot = g_strdup(whole->slot);
		m->dispatchers = g_ptr_array_ref(whole->dispatchers);
		return true;
	}
	g_set_error(error, EW_ERROR, EW_ERROR_INPUT,
		    "%s: no mechanism is called “%s”; name what another file says as `when`", m->of_place,
		    m->of_name);
	return false;
}

bool ew_refs_link_mechanisms(const GPtrArray *all, GError **error)
{
	guint i;

	for (i = 0; i < all->len; i++) {
		struct ew_refs_mechanism *m = g_ptr_array_index(all, i);

		if (m->of_name && !link_part(m, all, error))
			return false;
	}
	return true;
}

/* ---- entry points ---------------------------------------------------------------------------- */

void ew_refs_entry_free(struct ew_refs_entry *e)
{
	if (!e)
		return;
	g_free(e->name);
	g_free(e->title);
	g_clear_pointer(&e->functions, g_ptr_array_unref);
	g_clear_pointer(&e->contexts, g_ptr_array_unref);
	g_free(e);
}
EW_DEFINE_AUTO(refs_entry, ew_refs_entry_free)

struct ew_refs_entry *ew_refs_read_entry(const char *path, GError **error)
{
	static const char *const groups[] = {"entry", NULL};
	static const char *const keys[] = {"title", "functions", "context", "sleeps", NULL};
	ew_auto(keyfile) f = ew_keyfile_open(path, error);

	if (!f || !ew_keyfile_only(f, groups, error) ||
	    !ew_keyfile_only_keys(f, "entry", keys, error))
		return NULL;

	ew_auto(refs_entry) e = g_new0(struct ew_refs_entry, 1);
	e->name = ew_refs_stem(path);
	e->title = ew_keyfile_value(f, "entry", "title", error);
	if (!e->title)
		return NULL;
	e->functions = read_words(f, "entry", "functions", is_name_or_prefix,
				  "function” or “beginning_*", error);
	if (!e->functions)
		return NULL;
	e->contexts = read_contexts(f, "entry", error);
	if (!e->contexts || !read_sleeps(f, "entry", &e->sleeps, error))
		return NULL;
	return g_steal_pointer(&e);
}
