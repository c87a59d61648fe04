/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What resolve adds: edges, their evidence, and the graph as an array. */
#include "store/varint.h"
#include "store/writer.h"

void ew_store_add_edge(struct ew_store_writer *w, int64_t call, int64_t callee, const char *when,
		       int grade, int64_t container, int64_t proof, bool differs, bool is_dead)
{
	writer_run(w, INSERT_EDGE, "iininnii", call, callee, writer_string(w, when), (int64_t)grade, container,
		   proof, (int64_t)differs, (int64_t)is_dead);
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

void ew_store_add_site(struct ew_store_writer *w, const struct ew_store_site *s)
{
	writer_run(w, INSERT_SITE, "iiniiii", s->call, (int64_t)s->reason, s->origin,
		   (int64_t)s->by_signature, (int64_t)s->by_slot, (int64_t)s->by_object,
		   (int64_t)s->is_open);
}

void ew_store_add_chain(struct ew_store_writer *w, int64_t call, int64_t via, int64_t head)
{
	writer_run(w, INSERT_CHAIN, "iin", call, via, head);
}

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

/* The edges of one function, packed; they are put behind their number when the next begins. */
struct packer {
	GByteArray *all, *edges;
	uint32_t function, count, total;
	uint32_t *last; /* by callee: 1 + the last function that calls it directly */
};

static void end_functions(struct packer *p, uint32_t next)
{
	for (; p->function < next; p->function++) {
		pack_number(p->all, p->count);
		g_byte_array_append(p->all, p->edges->data, p->edges->len);
		g_byte_array_set_size(p->edges, 0);
		p->total += p->count;
		p->count = 0;
	}
}

static void pack_edge(struct packer *p, uint32_t callee, uint32_t call, bool is_pointer)
{
	int64_t distance = (int64_t)callee - p->function;

	if (!is_pointer && p->last[callee] == p->function + 1)
		return;
	if (!is_pointer)
		p->last[callee] = p->function + 1;
	pack_number(p->edges, ((uint64_t)distance << 1 ^ (uint64_t)(distance >> 63)) << 1 | is_pointer);
	if (is_pointer)
		pack_number(p->edges, call);
	p->count++;
}

static void pack_edges(struct ew_store_writer *w, struct packer *p)
{
	sqlite3_stmt *s = writer_select(w, graph_sql);
	int64_t last = w->functions.last_id;

	while (writer_next(w, s)) {
		int64_t caller = sqlite3_column_int64(s, 0), callee = sqlite3_column_int64(s, 1);
		int64_t call = sqlite3_column_int64(s, 2);

		if (caller < 0 || caller > last || callee < 0 || callee > last || call >> 32) {
			writer_say_damaged(w, "a call of a function that is not there");
			break;
		}
		end_functions(p, caller);
		pack_edge(p, callee, call, sqlite3_column_int(s, 3));
	}
	sqlite3_finalize(s);
	end_functions(p, last + 1);
}

void ew_store_add_graph(struct ew_store_writer *w)
{
	g_autoptr(GByteArray) all = g_byte_array_new(), edges = g_byte_array_new();
	g_autoptr(GByteArray) data = g_byte_array_new();
	g_autofree uint32_t *last = g_new0(uint32_t, w->functions.last_id + 1);
	struct packer p = {.all = all, .edges = edges, .last = last};

	if (w->error)
		return;
	pack_edges(w, &p);
	pack_number(data, p.function);
	pack_number(data, p.total);
	g_byte_array_append(data, all->data, all->len);
	writer_run_blob(w, INSERT_GRAPH, data->data, data->len, "");
	writer_add_callers(w);
}

void ew_store_keep(struct ew_store_writer *w, enum ew_kept what, int64_t id, const void *bytes, size_t length)
{
	writer_run_blob(w, INSERT_KEPT, bytes ? bytes : "", length, "i", ew_store_kept(what, id));
}
