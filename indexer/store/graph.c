/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The call graph as stored: packed by parts, in both directions, so that a search reads what it comes to. */
#include "store/varint.h"
#include "store/writer.h"

/*
 * Live calls by caller; of each the callee, the call, and whether it goes through a pointer. The
 * targets of one call stand by name and file: of ways that cost the same the first is taken, and an
 * id only tells when a function was met first.
 * What a dispatcher calls for many chains is left out where each call of a chain has edges of its own.
 */
static const char graph_sql[] =
	"SELECT caller, callee, id, 0, NULL, NULL FROM call WHERE callee IS NOT NULL AND dead = 0 "
	"UNION ALL SELECT caller, edge.callee, call.id, 1, function.name, path FROM edge "
	"JOIN call ON call.id = edge.call JOIN function ON function.id = edge.callee "
	"LEFT JOIN file ON file.id = function.file WHERE call.dead = 0 AND edge.dead = 0 "
	"AND call.id NOT IN (SELECT via FROM chain) ORDER BY 1, 3, 5, 6, 2";

struct arrow {
	uint32_t from, to, call; /* call: 0 of a direct one */
};

/* Of the direct calls of one function to another the first is kept: by callee, 1 + the last function that calls it. */
static GArray *read_arrows(struct ew_store_writer *w, int64_t last)
{
	GArray *arrows = g_array_new(false, false, sizeof(struct arrow));
	g_autofree uint32_t *seen = g_new0(uint32_t, last + 1);
	sqlite3_stmt *s = writer_select(w, graph_sql);

	while (writer_next(w, s)) {
		int64_t caller = sqlite3_column_int64(s, 0), callee = sqlite3_column_int64(s, 1);
		int64_t call = sqlite3_column_int64(s, 2);
		struct arrow a = {caller, callee, sqlite3_column_int(s, 3) ? call : 0};

		if (caller < 0 || caller > last || callee < 0 || callee > last || call >> 32) {
			writer_say_damaged(w, "a call of a function that is not there");
			break;
		}
		if (!a.call && seen[callee] == caller + 1)
			continue;
		if (!a.call)
			seen[callee] = caller + 1;
		g_array_append_val(arrows, a);
	}
	sqlite3_finalize(s);
	return arrows;
}

/* By what they lead to; callers stay in their order. */
static GArray *by_callee(const GArray *arrows, int64_t last)
{
	GArray *sorted = g_array_sized_new(false, false, sizeof(struct arrow), arrows->len);
	g_autofree uint32_t *next = g_new0(uint32_t, last + 2);
	guint i;

	g_array_set_size(sorted, arrows->len);
	for (i = 0; i < arrows->len; i++)
		next[g_array_index(arrows, struct arrow, i).to + 1]++;
	for (i = 0; i < last; i++)
		next[i + 1] += next[i];
	for (i = 0; i < arrows->len; i++) {
		const struct arrow *a = &g_array_index(arrows, struct arrow, i);

		g_array_index(sorted, struct arrow, next[a->to]++) = (struct arrow){a->to, a->from, a->call};
	}
	return sorted;
}

/* The arrows that leave one function, from `at` on; returns where those of the next begin. */
static guint pack_function(GByteArray *heads, GByteArray *out, const GArray *arrows, guint at, uint32_t function)
{
	const struct arrow *a = (const struct arrow *)(const void *)arrows->data;
	guint first = at, before = out->len;

	for (; at < arrows->len && a[at].from == function; at++) {
		int64_t distance = (int64_t)a[at].to - function;

		pack_number(out, ((uint64_t)distance << 1 ^ (uint64_t)(distance >> 63)) << 1 | !!a[at].call);
		if (a[at].call)
			pack_number(out, a[at].call);
	}
	pack_number(heads, at - first);
	if (at > first)
		pack_number(heads, out->len - before);
	return at;
}

/* Rows from `id` on, one a part; the numbers of their arrows go into the head. */
static void add_parts(struct ew_store_writer *w, int64_t id, uint32_t functions, const GArray *arrows, GByteArray *head)
{
	g_autoptr(GByteArray) heads = g_byte_array_new(), out = g_byte_array_new();
	uint32_t function = 0;
	guint at = 0;

	while (function < functions) {
		guint first = at;

		g_byte_array_set_size(heads, 0);
		g_byte_array_set_size(out, 0);
		do
			at = pack_function(heads, out, arrows, at, function);
		while (++function < functions && function % EW_GRAPH_PART);
		pack_number(head, at - first);
		g_byte_array_append(heads, out->data, out->len);
		writer_run_blob(w, INSERT_GRAPH, heads->data, heads->len, "i", id++);
	}
}

void ew_store_add_graph(struct ew_store_writer *w)
{
	int64_t last = w->functions.last_id;
	g_autoptr(GByteArray) head = g_byte_array_new();
	g_autoptr(GArray) forward = NULL, backward = NULL;

	if (w->error)
		return;
	forward = read_arrows(w, last);
	backward = by_callee(forward, last);
	pack_number(head, last + 1);
	pack_number(head, forward->len);
	add_parts(w, EW_GRAPH_FORWARD, last + 1, forward, head);
	add_parts(w, ew_store_graph_backward(last + 1), last + 1, backward, head);
	writer_run_blob(w, INSERT_GRAPH, head->data, head->len, "i", (int64_t)EW_GRAPH_HEAD);
	writer_add_callers(w);
}
