/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The reader of state machines. */
#include "refs/keyfile.h"
#include "refs/reader.h"

#include <string.h>

void ew_refs_states_free(struct ew_refs_states *s)
{
	if (!s)
		return;
	g_free(s->name);
	g_free(s->title);
	g_free(s->prefix);
	g_strfreev(s->states);
	g_strfreev(s->members);
	g_strfreev(s->setters);
	g_strfreev(s->getters);
	g_strfreev(s->home);
	g_free(s);
}
EW_DEFINE_AUTO(refs_states, ew_refs_states_free)

/* Is each word of the form, and if not, say which. */
static GStrv words_of_form(const struct ew_keyfile *f, const char *key, const char *pattern,
			   const char *form, GError **error)
{
	g_auto(GStrv) words = ew_keyfile_list(f, "states", key, error);

	for (int i = 0; words && words[i]; i++) {
		if (g_regex_match_simple(pattern, words[i], 0, 0))
			continue;
		ew_keyfile_complain(f, "states", key, error, "“%s” is not “%s”", words[i], form);
		return NULL;
	}
	return g_steal_pointer(&words);
}

/* The same; nothing where the key is not there. */
static GStrv optional_words(const struct ew_keyfile *f, const char *key, const char *pattern,
			    const char *form, GError **error)
{
	g_auto(GStrv) keys = ew_keyfile_keys(f, "states");

	if (!g_strv_contains((const char *const *)keys, key))
		return g_new0(char *, 1);
	return words_of_form(f, key, pattern, form, error);
}

static bool read_prefix(const struct ew_keyfile *f, struct ew_refs_states *s, GError **error)
{
	g_auto(GStrv) keys = ew_keyfile_keys(f, "states");

	s->prefix = g_strv_contains((const char *const *)keys, "prefix")
			    ? ew_keyfile_value(f, "states", "prefix", error)
			    : g_strdup("");
	for (int i = 0; s->prefix && s->states[i]; i++) {
		if (g_str_has_prefix(s->states[i], s->prefix) && strcmp(s->states[i], s->prefix))
			continue;
		ew_keyfile_complain(f, "states", "prefix", error, "“%s” does not begin with “%s”",
				    s->states[i], s->prefix);
		return false;
	}
	return s->prefix != NULL;
}

struct ew_refs_states *ew_refs_read_states(const char *path, GError **error)
{
	static const char *const groups[] = {"states", NULL};
	static const char *const keys[] = {"title",   "prefix",	 "states", "members",
					   "setters", "getters", "home",   NULL};
	static const char name[] = "^[A-Za-z_]\\w*$";
	ew_auto(keyfile) f = ew_keyfile_open(path, error);

	if (!f || !ew_keyfile_only(f, groups, error) ||
	    !ew_keyfile_only_keys(f, "states", keys, error))
		return NULL;

	ew_auto(refs_states) s = g_new0(struct ew_refs_states, 1);
	s->name = ew_refs_stem(path);
	s->title = ew_keyfile_value(f, "states", "title", error);
	if (!s->title)
		return NULL;
	s->states = words_of_form(f, "states", name, "ENUMERATOR", error);
	if (!s->states || !read_prefix(f, s, error))
		return NULL;
	s->members = words_of_form(f, "members", "^[A-Za-z_]\\w*\\.[A-Za-z_]\\w*$", "struct.field",
				   error);
	if (!s->members)
		return NULL;
	s->setters = optional_words(f, "setters", "^[A-Za-z_]\\w*#\\d{1,2}$", "function#1", error);
	if (!s->setters)
		return NULL;
	s->getters = optional_words(f, "getters", name, "function", error);
	if (!s->getters)
		return NULL;
	s->home = optional_words(f, "home", "^[^/\\s]\\S*$", "net/ipv4/tcp*", error);
	return s->home ? g_steal_pointer(&s) : NULL;
}
