/* SPDX-License-Identifier: GPL-3.0-or-later */
/* An answer that is written while it is made. */
#include "cmd/internal.h"

struct ew_cmd_output {
	const struct ew_term *term;
	struct ew_doc_stream *stream;
	struct ew_text_style style;
	FILE *out, *to; /* `to` is the pager's input, or `out` */
	GPid pid;
	GError *error;
};

struct ew_cmd_output *ew_cmd_output_new(const struct ew_cmd_call *call, struct ew_doc *doc, int lines, GError **error)
{
	struct ew_cmd_context *context = call->context;
	struct ew_cmd_output *o = g_new0(struct ew_cmd_output, 1);

	o->term = &context->term;
	o->style = ew_term_style(&context->term);
	o->out = context->out;
	o->to = ew_term_page(o->term, o->out, lines, &o->pid, error);
	if (!o->to) {
		g_free(o);
		return NULL;
	}
	o->stream = ew_doc_stream_new(doc, context->globals.json ? NULL : &o->style);
	return o;
}

static bool print(struct ew_cmd_output *o, const char *text)
{
	return !o->error && ew_term_print(o->term, o->to, text, false, &o->error) && !ew_term_gone(o->to);
}

bool ew_cmd_output_flush(struct ew_cmd_output *o)
{
	g_autofree char *text = ew_doc_stream_take(o->stream);

	return print(o, text);
}

bool ew_cmd_output_end(struct ew_cmd_output *o, GError **error)
{
	g_autofree char *text = ew_doc_stream_end(o->stream);
	bool is_good;

	print(o, text);
	if (o->to != o->out)
		ew_term_pipe_close(o->to, o->pid);
	is_good = !o->error;
	if (o->error)
		g_propagate_error(error, o->error);
	g_free(o);
	return is_good;
}
