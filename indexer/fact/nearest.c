/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Did you mean: the nearest name by edit distance, where swapping two neighbours is one edit. */
#include "fact/fact.h"
#include <string.h>

#define LONGEST 64

static int distance(const char *a, const char *b)
{
	int la = (int)strlen(a), lb = (int)strlen(b);
	int d[LONGEST + 1][LONGEST + 1];

	for (int i = 0; i <= la; i++)
		d[i][0] = i;
	for (int k = 0; k <= lb; k++)
		d[0][k] = k;
	for (int i = 1; i <= la; i++) {
		for (int k = 1; k <= lb; k++) {
			int change = d[i - 1][k - 1] + (a[i - 1] != b[k - 1]);

			d[i][k] = MIN(change, MIN(d[i - 1][k], d[i][k - 1]) + 1);
			if (i > 1 && k > 1 && a[i - 1] == b[k - 2] && a[i - 2] == b[k - 1])
				d[i][k] = MIN(d[i][k], d[i - 2][k - 2] + 1);
		}
	}
	return d[la][lb];
}

const char *ew_nearest(const char *typed, const char *const *names)
{
	const char *best = NULL;
	size_t length = strlen(typed);
	int least = (int)MIN(length, 9) / 3 + 1; /* edits beyond which it is another word */

	if (length == 0 || length > LONGEST)
		return NULL;
	for (; *names; names++) {
		if (strlen(*names) > LONGEST)
			continue;
		int edits = distance(typed, *names);

		if (length >= 3 && g_str_has_prefix(*names, typed))
			edits = MIN(edits, 1);
		if (edits <= least && (!best || edits < least)) {
			best = *names;
			least = edits;
		}
	}
	return best;
}
