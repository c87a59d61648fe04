/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The file gates: functions that drop a reference. */
#include "refs/keyfile.h"
#include "refs/reader.h"

static bool read_group(const struct ew_keyfile *f, const char *group, bool are_functions, GHashTable *names,
		       GError **error)
{
	g_auto(GStrv) keys = ew_keyfile_keys(f, group);

	for (int i = 0; keys[i]; i++) {
		g_auto(GStrv) list = ew_keyfile_list(f, group, keys[i], error);

		if (!list)
			return false;
		for (int k = 0; list[k]; k++) {
			if (are_functions && !ew_refs_is_identifier(list[k])) {
				ew_keyfile_complain(f, group, keys[i], error,
						    "“%s” is not the name of a function", list[k]);
				return false;
			}
			g_hash_table_add(names, g_strdup(list[k]));
		}
	}
	return true;
}

bool ew_refs_read_gates(const char *path, struct ew_refs_gates *gates, GError **error)
{
	const struct {
		const char *name;
		bool are_functions;
		GHashTable *names;
	} groups[] = {{"tests", true, gates->tests},	 {"counts", true, gates->counts},
		      {"denials", true, gates->denials}, {"results", true, gates->results},
		      {"reads", true, gates->reads},	 {"takes", true, gates->takes},
		      {"unless", true, gates->unless},
		      {"looks", true, gates->looks},	 {"numbers", false, gates->numbers},
		      {"puts", true, gates->puts},	 {"references", false, gates->references}};
	const char *known[G_N_ELEMENTS(groups) + 1] = {NULL};
	size_t i;

	if (!g_file_test(path, G_FILE_TEST_EXISTS))
		return true;
	for (i = 0; i < G_N_ELEMENTS(groups); i++)
		known[i] = groups[i].name;
	ew_auto(keyfile) f = ew_keyfile_open(path, error);
	if (!f || !ew_keyfile_only(f, known, error))
		return false;
	for (i = 0; i < G_N_ELEMENTS(groups); i++)
		if (!read_group(f, groups[i].name, groups[i].are_functions, groups[i].names, error))
			return false;
	return true;
}
