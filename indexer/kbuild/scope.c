/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Scope patterns. */
#include "kbuild/kbuild.h"

#include <fnmatch.h>
#include <string.h>

bool ew_kbuild_matches(const char *pattern, const char *file)
{
	size_t n;

	while (g_str_has_prefix(pattern, "./"))
		pattern += 2;
	n = strlen(pattern);
	if (!strcmp(pattern, "all") || !strcmp(pattern, ".") || !n)
		return true;
	if (pattern[n - 1] == '/')
		return !strncmp(file, pattern, n);
	if (strpbrk(pattern, "*?["))
		return fnmatch(pattern, file, FNM_PATHNAME) == 0;
	return !strncmp(file, pattern, n) && (file[n] == '\0' || file[n] == '/');
}
