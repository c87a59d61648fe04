/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The reader of what may sleep. */
#include "refs/keyfile.h"
#include "refs/reader.h"

void ew_refs_sleeps_free(struct ew_refs_sleep_roots *s)
{
	if (!s)
		return;
	g_strfreev(s->functions);
	g_strfreev(s->markers);
	g_strfreev(s->except);
	g_strfreev(s->by_argument);
	g_free(s);
}

static bool read_names(const struct ew_keyfile *f, const char *key, GStrv *names, GError **error)
{
	g_auto(GStrv) keys = ew_keyfile_keys(f, "sleeps");
	int i;

	if (!g_strv_contains((const char *const *)keys, key)) {
		*names = g_new0(char *, 1);
		return true;
	}
	*names = ew_keyfile_list(f, "sleeps", key, error);
	for (i = 0; *names && (*names)[i]; i++) {
		if (g_regex_match_simple("^[A-Za-z_]\\w*$", (*names)[i], 0, 0))
			continue;
		ew_keyfile_complain(f, "sleeps", key, error, "“%s” is not a name", (*names)[i]);
		return false;
	}
	return *names != NULL;
}

struct ew_refs_sleep_roots *ew_refs_read_sleeps(const char *path, GError **error)
{
	static const char *const groups[] = {"sleeps", NULL};
	static const char *const keys[] = {"functions", "markers", "except", "by-argument", NULL};
	ew_auto(keyfile) f = ew_keyfile_open(path, error);
	struct ew_refs_sleep_roots *s;

	if (!f || !ew_keyfile_only(f, groups, error) ||
	    !ew_keyfile_only_keys(f, "sleeps", keys, error))
		return NULL;
	s = g_new0(struct ew_refs_sleep_roots, 1);
	if (read_names(f, "functions", &s->functions, error) &&
	    read_names(f, "markers", &s->markers, error) &&
	    read_names(f, "except", &s->except, error) &&
	    read_names(f, "by-argument", &s->by_argument, error) && *s->functions)
		return s;
	if (s->by_argument && !*s->functions)
		ew_keyfile_complain(f, "sleeps", "functions", error, "[sleeps] needs “functions = …”");
	ew_refs_sleeps_free(s);
	return NULL;
}
