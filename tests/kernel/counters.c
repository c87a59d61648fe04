/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Which counter proves which branch, held to a real kernel: counters INDEX REFS. The constant of each row of
 * the table stands in the function that the row names. Exits 77 where there is no such index.
 */
#include "../check.h"
#include "live/counter.h"
#include "query/query.h"

#include <unistd.h>

static guint count_places(struct ew_query *q, const char *function, const char *constant)
{
	g_autofree char *in = g_strconcat("function ", function, NULL);
	g_autofree char *at = g_strconcat("like ", constant, NULL);
	struct ew_anchor_spec spec = {.in = in, .at = at};
	g_autoptr(GError) error = NULL;
	g_autoptr(GPtrArray) places = ew_query_anchor(q, &spec, &error);

	CHECK(places, "%s in %s: %s", constant, function, error->message);
	return places->len;
}

int main(int argc, char **argv)
{
	g_autoptr(GError) error = NULL;
	int rows = 0, wrong = 0;

	CHECK(argc == 3, "counters INDEX REFS");
	if (access(argv[1], R_OK)) {
		printf("skipped: there is no %s\n", argv[1]);
		return SKIP;
	}
	ew_auto(refs) refs = ew_refs_open(argv[2], &error);
	CHECK(refs, "%s", error->message);
	ew_auto(query) q = ew_query_open(argv[1], refs, &error);
	CHECK(q, "%s", error->message);
	for (const struct ew_live_counter *c = NULL; (c = ew_live_counter_next(NULL, c)); rows++) {
		if (count_places(q, c->function, c->constant))
			continue;
		printf("%s: there is no %s in %s\n", c->name, c->constant, c->function);
		wrong++;
	}
	/* what is elsewhere is not found */
	CHECK(!count_places(q, "tcp_fin", "LINUX_MIB_TCPABORTONCLOSE"));
	CHECK(rows > 0);
	printf("%d rows, %d of them wrong\n", rows, wrong);
	return wrong ? 1 : 0;
}
