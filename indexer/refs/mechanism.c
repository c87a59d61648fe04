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
	return m->dispatchers && read_chains(f, m, error);
}

static bool read_mechanism_keys(const struct ew_keyfile *f, struct ew_refs_mechanism *m,
				GError **error)
{
	static const char group[] = "mechanism";

	m->name = ew_keyfile_value(f, group, "when", error);
	if (!m->name)
		return false;
	m->title = ew_keyfile_value(f, group, "title", error);
	if (!m->title)
		return false;
	m->slot = ew_keyfile_value(f, group, "slot", error);
	if (!m->slot)
		return false;
	if (!ew_refs_is_slot(m->slot) && !is_parameter(m->slot) && !is_local(m->slot)) {
		ew_keyfile_complain(f, group, "slot", error,
				    "“%s” is not “struct.field” or “function#1” or “function%%name”", m->slot);
		return false;
	}
	if (!read_ends(f, m, error))
		return false;
	m->contexts = read_contexts(f, group, error);
	return m->contexts && read_sleeps(f, group, &m->sleeps, error);
}

struct ew_refs_mechanism *ew_refs_read_mechanism(const char *path, GError **error)
{
	static const char *const groups[] = {"mechanism", NULL};
	static const char *const keys[] = {"when",	  "title",   "slot",   "registrars",
					   "dispatchers", "context", "sleeps", "sections",
					   "symbols", "heads",   "chains", NULL};
	ew_auto(keyfile) f = ew_keyfile_open(path, error);

	if (!f || !ew_keyfile_only(f, groups, error) ||
	    !ew_keyfile_only_keys(f, "mechanism", keys, error))
		return NULL;

	ew_auto(refs_mechanism) m = g_new0(struct ew_refs_mechanism, 1);
	return read_mechanism_keys(f, m, error) ? g_steal_pointer(&m) : NULL;
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
