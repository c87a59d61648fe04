/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The reader of the file ends: functions that give up and do not return. */
#include "refs/keyfile.h"
#include "refs/reader.h"

GStrv ew_refs_read_ends(const char *path, GError **error)
{
	static const char *const groups[] = {"ends", NULL};
	static const char *const keys[] = {"functions", NULL};

	if (!g_file_test(path, G_FILE_TEST_EXISTS))
		return g_new0(char *, 1);
	ew_auto(keyfile) f = ew_keyfile_open(path, error);
	if (!f || !ew_keyfile_only(f, groups, error) || !ew_keyfile_only_keys(f, "ends", keys, error))
		return NULL;
	g_auto(GStrv) names = ew_keyfile_list(f, "ends", "functions", error);
	for (int i = 0; names && names[i]; i++) {
		if (ew_refs_is_identifier(names[i]))
			continue;
		ew_keyfile_complain(f, "ends", "functions", error, "“%s” is not the name of a function", names[i]);
		return NULL;
	}
	return g_steal_pointer(&names);
}
