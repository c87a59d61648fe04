/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What resolve adds: edges, their evidence, and the graph as an array. */
#include "store/writer.h"

void ew_store_add_edge(struct ew_store_writer *w, int64_t call, int64_t callee, const char *when,
		       int grade, int64_t container, int64_t proof)
{
	writer_run(w, INSERT_EDGE, "iininn", call, callee, writer_string(w, when), (int64_t)grade, container,
	    proof);
}

void ew_store_add_proof(struct ew_store_writer *w, int64_t id, int seq, enum ew_store_role role,
			int64_t flow)
{
	writer_run(w, INSERT_PROOF, "iiii", id, (int64_t)seq, (int64_t)role, flow);
}

void ew_store_add_reach(struct ew_store_writer *w, int64_t slot, int64_t value, int64_t flow)
{
	writer_run(w, INSERT_REACH, "iii", slot, value, flow);
}

/* Edges by caller; EW_GRAPH_… flags as in store.h. */
static const char graph_sql[] =
	"SELECT caller, callee, id, dead, 0, 0 FROM call WHERE callee IS NOT NULL UNION ALL "
	"SELECT caller, edge.callee, call.id, dead, 1, run IS NOT NULL FROM edge "
	"JOIN call ON call.id = edge.call ORDER BY 1, 3, 2";

static void read_graph(struct ew_store_writer *w, GArray *first, GArray *to, GArray *calls)
{
	sqlite3_stmt *s = NULL;

	if (sqlite3_prepare_v2(w->db, graph_sql, -1, &s, NULL) != SQLITE_OK)
		writer_keep_error(w);
	while (s && sqlite3_step(s) == SQLITE_ROW) {
		uint32_t caller = sqlite3_column_int64(s, 0), at = to->len;
		uint32_t callee = sqlite3_column_int64(s, 1), call = sqlite3_column_int64(s, 2);

		callee |= (sqlite3_column_int(s, 3) ? EW_GRAPH_DEAD : 0) |
			  (sqlite3_column_int(s, 4) ? EW_GRAPH_POINTER : 0) |
			  (sqlite3_column_int(s, 5) ? EW_GRAPH_DEFERRED : 0);
		while (first->len <= caller)
			g_array_append_val(first, at);
		g_array_append_val(to, callee);
		g_array_append_val(calls, call);
	}
	sqlite3_finalize(s);
	while (first->len <= w->functions.last_id + 1)
		g_array_append_val(first, to->len);
}

void ew_store_add_graph(struct ew_store_writer *w)
{
	g_autoptr(GArray) first = g_array_new(false, false, sizeof(uint32_t));
	g_autoptr(GArray) to = g_array_new(false, false, sizeof(uint32_t));
	g_autoptr(GArray) calls = g_array_new(false, false, sizeof(uint32_t));
	g_autoptr(GByteArray) data = g_byte_array_new();
	uint32_t header[2];

	if (w->error)
		return;
	read_graph(w, first, to, calls);
	header[0] = first->len - 1;
	header[1] = to->len;
	g_byte_array_append(data, (uint8_t *)header, sizeof header);
	g_byte_array_append(data, (uint8_t *)first->data, first->len * sizeof(uint32_t));
	g_byte_array_append(data, (uint8_t *)to->data, to->len * sizeof(uint32_t));
	g_byte_array_append(data, (uint8_t *)calls->data, calls->len * sizeof(uint32_t));
	writer_run_blob(w, INSERT_GRAPH, data->data, data->len, "");
}
