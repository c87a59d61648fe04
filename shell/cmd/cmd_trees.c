/* SPDX-License-Identifier: GPL-3.0-or-later */
/* trees and use: which kernels are indexed here, and which of them answers. */
#include "cmd/internal.h"
#include "tree/tree.h"
#include "view/view.h"
#include <string.h>

struct found {
	GPtrArray *indexes, *queries, *errors;
	GArray *trees;
};

static void close_query(void *q)
{
	ew_query_close(q);
}

static void free_error(void *e)
{
	g_error_free(e);
}

/* Opens each index for what it says of itself; a broken one is listed with what is wrong. */
static void look_at(struct found *f, const struct ew_tree_index *index, const char *chosen,
		    const struct ew_refs *refs)
{
	g_autoptr(GError) error = NULL;
	struct ew_query *q = ew_query_open(index->path, refs, &error);
	struct ew_view_tree tree = {
		.name = index->name,
		.path = index->path,
		.bytes = index->size,
		.is_chosen = chosen && !strcmp(chosen, index->path),
		.about = q ? ew_query_about(q) : NULL,
		.writer = ew_tree_index_writer(index->path),
		.problem = q ? NULL : error->message,
	};

	if (q)
		g_ptr_array_add(f->queries, q);
	else
		g_ptr_array_add(f->errors, g_steal_pointer(&error));
	g_array_append_val(f->trees, tree);
}

static int run_trees(const struct ew_cmd_call *call, GError **error)
{
	struct ew_cmd_context *context = call->context;
	g_autoptr(GPtrArray) indexes = ew_tree_list_indexes(error);
	g_autoptr(GPtrArray) queries = g_ptr_array_new_with_free_func(close_query);
	g_autoptr(GPtrArray) errors = g_ptr_array_new_with_free_func(free_error);
	g_autoptr(GArray) trees = g_array_new(FALSE, FALSE, sizeof(struct ew_view_tree));
	struct found found = {indexes, queries, errors, trees};

	if (!indexes)
		return -1;
	g_autofree char *chosen = ew_tree_choose_index(context->globals.index,
						       context->globals.release, NULL);
	for (guint i = 0; i < indexes->len; i++)
		look_at(&found, g_ptr_array_index(indexes, i), chosen, context->refs);

	ew_auto(doc) doc = ew_view_trees(trees);
	return ew_cmd_answer(call, doc, trees->len ? 0 : 1, error);
}

static int run_use(const struct ew_cmd_call *call, GError **error)
{
	if (!ew_tree_use(call->argv[0], error))
		return -1;
	call->context->choice++;

	ew_auto(doc) doc = ew_doc_new("exitwalk.use/1");
	struct ew_block *p = ew_doc_paragraph(ew_doc_root(doc));
	ew_doc_say(p, "Questions are now answered from ");
	ew_doc_text(p, EW_ROLE_STRONG, "index", call->argv[0]);
	ew_doc_say(p, ".");
	return ew_cmd_answer(call, doc, 0, error);
}

const struct ew_cmd ew_cmd_trees = {
	.name = "trees",
	.group = "Indexes",
	.synopsis = "",
	.summary = "list the kernels that are indexed on this machine",
	.help = "The arrow points at the index that answers unless --index or --release names another.",
	.needs = EW_NEEDS_REFS,
	.run = run_trees,
};

const struct ew_cmd ew_cmd_use = {
	.name = "use",
	.group = "Indexes",
	.synopsis = "INDEX",
	.summary = "choose the index that answers from now on",
	.help = "INDEX is a name that \"exitwalk trees\" lists, or a release such as 6.12.",
	.min_arguments = 1,
	.max_arguments = 1,
	.complete = EW_COMPLETE_INDEX,
	.run = run_use,
};
