/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What commands share: the open indexes, the knowledge, the guide, the place in the shell. */
#include "cmd/internal.h"
#include "tree/tree.h"
#include <string.h>

static void close_query(void *q)
{
	ew_query_close(q);
}

void ew_cmd_context_init(struct ew_cmd_context *context)
{
	*context = (struct ew_cmd_context){.out = stdout};
	context->queries = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, close_query);
	context->trail = g_ptr_array_new_with_free_func(g_free);
	ew_term_init(&context->term, EW_COLOR_AUTO);
}

void ew_cmd_context_clear(struct ew_cmd_context *context)
{
	ew_cmd_rest_leave(context);
	ew_cmd_set_guide(context, NULL);
	g_hash_table_unref(context->queries);
	ew_refs_close(context->refs);
	g_ptr_array_unref(context->trail);
	g_free(context->current);
}

void ew_cmd_set_guide(struct ew_cmd_context *context, struct ew_guide *guide)
{
	if (context->guide) {
		if (context->guide->close)
			context->guide->close(context->guide->data);
		g_free(context->guide);
	}
	context->guide = guide;
}

static bool open_refs(struct ew_cmd_context *context, GError **error)
{
	if (context->refs)
		return true;
	g_autofree char *dir = ew_tree_data_dir("kernel-refs");
	context->refs = ew_refs_open_late(dir, error);
	return context->refs != NULL;
}

bool ew_cmd_need_refs(struct ew_cmd_context *context, GError **error)
{
	return open_refs(context, error) && ew_refs_load(context->refs, error);
}

/* An index that was opened once stays open: answers and an open lesson hold on to it. */
bool ew_cmd_need_index(struct ew_cmd_context *context, GError **error)
{
	const struct ew_globals *g = &context->globals;
	g_autofree char *key = g_strdup_printf("%d\n%s\n%s", context->choice,
					       g->index ? g->index : "", g->release ? g->release : "");

	context->query = g_hash_table_lookup(context->queries, key);
	if (context->query)
		return true;
	if (!open_refs(context, error))
		return false;
	g_autofree char *path = ew_tree_choose_index(g->index, g->release, error);
	if (!path)
		return false;
	context->query = ew_query_open(path, context->refs, error);
	if (!context->query)
		return false;
	g_hash_table_insert(context->queries, g_steal_pointer(&key), context->query);
	return true;
}

int ew_cmd_answer(const struct ew_cmd_call *call, const struct ew_doc *doc, int code, GError **error)
{
	struct ew_cmd_context *context = call->context;
	struct ew_text_style style = ew_term_style(&context->term);
	g_autofree char *text = context->globals.json ? ew_doc_to_json(doc, true)
						      : ew_doc_to_text(doc, &style);

	return ew_term_print(&context->term, context->out, text, true, error) ? code : -1;
}

/* ---- arguments ------------------------------------------------------------------------------- */

#define NAME_MAX_BYTES 512

bool ew_cmd_check_name(const char *name, GError **error)
{
	size_t length = strlen(name);

	if (*name && length <= NAME_MAX_BYTES && g_utf8_validate(name, -1, NULL))
		return true;
	g_autofree char *start = g_utf8_make_valid(name, (gssize)MIN(length, 40));
	if (!*name)
		g_set_error(error, EW_ERROR, EW_ERROR_USAGE,
			    "a name is empty; give the name of a function such as do_exit");
	else if (length > NAME_MAX_BYTES)
		g_set_error(error, EW_ERROR, EW_ERROR_NO_ANSWER,
			    "no symbol is called \"%s…\": that name has %zu characters, and none has more than %d",
			    start, length, NAME_MAX_BYTES);
	else
		g_set_error(error, EW_ERROR, EW_ERROR_NO_ANSWER,
			    "no symbol is called \"%s\": the name is not UTF-8", start);
	return false;
}

const struct ew_symbol *ew_cmd_symbol(const struct ew_cmd_call *call, int i, unsigned kinds,
				      GError **error)
{
	if (!ew_cmd_check_name(call->argv[i], error))
		return NULL;
	return ew_query_one(call->context->query, call->argv[i], kinds, error);
}
