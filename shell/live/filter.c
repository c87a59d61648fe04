/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Whether a filter of system calls is at work in this process. */
#include "live/filter.h"

#include <stdio.h>
#include <string.h>

/* The number behind a name of /proc/self/status, -1 where it is not there. */
static long number_of(const char *status, const char *name)
{
	const char *line = strstr(status, name);

	return line ? strtol(line + strlen(name), NULL, 10) : -1;
}

const char *ew_live_filter_text(void)
{
	static char words[128];
	g_autofree char *status = NULL;

	if (!g_file_get_contents("/proc/self/status", &status, NULL, NULL) || number_of(status, "\nSeccomp:") != 2)
		return NULL;
	snprintf(words, sizeof(words), "a seccomp filter is at work (Seccomp: 2, NoNewPrivs: %ld in /proc/self/status)",
		 number_of(status, "\nNoNewPrivs:"));
	return words;
}

const char *ew_live_filter_doubt(void)
{
	static char words[256];
	const char *text = ew_live_filter_text();

	if (!text)
		return "";
	snprintf(words, sizeof(words), "; or it is no answer of the kernel's: %s, as in containers, and may forbid it",
		 text);
	return words;
}
