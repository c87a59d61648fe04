/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What resolve adds: edges and their evidence. */
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

void ew_store_keep(struct ew_store_writer *w, enum ew_kept what, int64_t id, const void *bytes, size_t length)
{
	writer_run_blob(w, INSERT_KEPT, bytes ? bytes : "", length, "i", ew_store_kept(what, id));
}
