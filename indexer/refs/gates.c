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
	static const char *const groups[] = {"tests", "counts", "references", "puts", NULL};

	if (!g_file_test(path, G_FILE_TEST_EXISTS))
		return true;
	ew_auto(keyfile) f = ew_keyfile_open(path, error);
	return f && ew_keyfile_only(f, groups, error) && read_group(f, "tests", true, gates->tests, error) &&
	       read_group(f, "counts", true, gates->counts, error) &&
	       read_group(f, "references", false, gates->references, error) &&
	       read_group(f, "puts", true, gates->puts, error);
}
