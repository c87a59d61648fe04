/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * resolve: from stored facts to edges. It reads calls and flows, and adds, for every call through a
 * pointer, the functions that it may call, each with a proof; it parses nothing.
 *
 * Values (addresses of functions, and of objects that carry some) flow between slots over the whole
 * index to a fixed point: Andersen's analysis, one slot a field, on function pointers only. A call
 * through an object's field is narrowed by the object: which objects reach the slot that the call
 * finds its object in, and what was stored into them. Stores made by a helper through its parameters
 * count for each caller's object, through any number of helpers. Where several kinds of deferred work
 * share one slot, a dispatcher gets the functions of those objects that were handed to a registrar of
 * its kind.
 *
 * No result is dropped for being common. Where an object is not known, the field's whole set stands.
 */
#ifndef EW_RESOLVE_H
#define EW_RESOLVE_H

#include "refs/refs.h"
#include "store/store.h"

struct ew_resolve_counts {
	int64_t functions, calls, pointer_calls, pointer_resolved, edges;
};

/* Between ew_store_finish_facts() and ew_store_close_writer(). */
/* `is_whole`: the index holds every unit of the configuration, so nobody outside of it can use a global
 * object. Else an object of external linkage, or one handed to a function without a body here, may be
 * behind any pointer to its kind: it counts as an object that is not known. */
bool ew_resolve(struct ew_store_writer *writer, const struct ew_refs *refs, bool is_whole,
		struct ew_resolve_counts *counts, GError **error);

#endif
