/* SPDX-License-Identifier: GPL-3.0-or-later */
/* clangd indexes in the background once a file is open, and tells of it as progress. */
#include "lsp.h"

#include "measure.h"

#include <gio/gio.h>
#include <json-glib/json-glib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct server {
	GOutputStream *to;
	GDataInputStream *from;
	int units;    /* that it must index */
	int indexed;  /* that it has, in the rounds that are over */
	int in_round; /* that this round is to have */
};

/* ---- messages -------------------------------------------------------------------------------- */

static void send_message(const struct server *s, const char *body)
{
	g_autofree char *text = g_strdup_printf("Content-Length: %zu\r\n\r\n%s", strlen(body), body);

	if (!g_output_stream_write_all(s->to, text, strlen(text), NULL, NULL, NULL))
		measure_fail("clangd takes no more messages");
}

/* NULL where it has ended. */
static JsonNode *read_message(const struct server *s)
{
	gsize length = 0, got;
	g_autofree char *body = NULL;
	char *line;

	while ((line = g_data_input_stream_read_line(s->from, NULL, NULL, NULL))) {
		g_autofree char *header = g_strchomp(line);

		if (g_str_has_prefix(header, "Content-Length: "))
			length = (gsize)atol(header + strlen("Content-Length: "));
		if (!*header)
			break;
	}
	if (!line || !length)
		return NULL;
	body = g_malloc0(length + 1);
	if (!g_input_stream_read_all(G_INPUT_STREAM(s->from), body, length, &got, NULL, NULL) ||
	    got < length)
		return NULL;
	return json_from_string(body, NULL);
}

static void open_file(const struct server *s, const char *path)
{
	g_autoptr(JsonNode) text = json_node_new(JSON_NODE_VALUE);
	g_autofree char *bytes = NULL, *uri = g_filename_to_uri(path, NULL, NULL), *valid, *quoted, *body;
	g_autoptr(GError) error = NULL;

	if (!g_file_get_contents(path, &bytes, NULL, &error))
		measure_fail("%s", error->message);
	valid = g_utf8_make_valid(bytes, -1);
	json_node_set_string(text, valid);
	quoted = json_to_string(text, FALSE);
	body = g_strdup_printf("{\"jsonrpc\":\"2.0\",\"method\":\"textDocument/didOpen\",\"params\":"
			       "{\"textDocument\":{\"uri\":\"%s\",\"languageId\":\"c\",\"version\":1,"
			       "\"text\":%s}}}",
			       uri, quoted);
	send_message(s, body);
}

/* ---- progress -------------------------------------------------------------------------------- */

/* "12/247": what is done of this round, and how much it is. Is everything done? */
static bool is_complete(struct server *s, JsonObject *message)
{
	JsonObject *value = json_object_get_object_member(
		json_object_get_object_member(message, "params"), "value");
	const char *kind = json_object_get_string_member_with_default(value, "kind", "");
	const char *text = json_object_get_string_member_with_default(value, "message", "");
	const char *slash = strchr(text, '/');

	if (slash)
		s->in_round = MAX(s->in_round, atoi(slash + 1));
	if (strcmp(kind, "end"))
		return false;
	s->indexed += s->in_round;
	s->in_round = 0;
	return s->indexed >= s->units;
}

static bool wait_for_index(struct server *s)
{
	JsonNode *node;

	while ((node = read_message(s))) {
		g_autoptr(JsonNode) keep = node;
		JsonObject *message = json_node_get_object(node);
		const char *method =
			json_object_get_string_member_with_default(message, "method", "");

		if (!strcmp(method, "window/workDoneProgress/create")) {
			g_autofree char *id = json_to_string(json_object_get_member(message, "id"), FALSE);
			g_autofree char *answer =
				g_strdup_printf("{\"jsonrpc\":\"2.0\",\"id\":%s,\"result\":null}", id);

			send_message(s, answer);
		}
		if (!strcmp(method, "$/progress") && is_complete(s, message))
			return true;
	}
	return false;
}

/* ---- the server ------------------------------------------------------------------------------ */

static char *first_file(const char *directory, int *units)
{
	g_autofree char *path = g_build_filename(directory, "compile_commands.json", NULL);
	g_autoptr(JsonParser) parser = json_parser_new();
	g_autoptr(GError) error = NULL;
	JsonArray *commands;

	if (!json_parser_load_from_file(parser, path, &error))
		measure_fail("%s", error->message);
	commands = json_node_get_array(json_parser_get_root(parser));
	*units = (int)json_array_get_length(commands);
	return g_strdup(json_object_get_string_member(json_array_get_object_element(commands, 0), "file"));
}

int lsp_index(const char *clangd, int jobs, const char *directory)
{
	g_autofree char *j = g_strdup_printf("-j=%d", jobs);
	g_autofree char *where = g_strdup_printf("--compile-commands-dir=%s", directory);
	struct server s = {0};
	g_autofree char *file = first_file(directory, &s.units);
	g_autoptr(GError) error = NULL;
	g_autoptr(GSubprocess) process = g_subprocess_new(
		G_SUBPROCESS_FLAGS_STDIN_PIPE | G_SUBPROCESS_FLAGS_STDOUT_PIPE, &error, clangd, j, where,
		"--background-index", "--background-index-priority=normal", "--log=error", NULL);
	bool complete;

	if (!process)
		measure_fail("%s", error->message);
	s.to = g_subprocess_get_stdin_pipe(process);
	s.from = g_data_input_stream_new(g_subprocess_get_stdout_pipe(process));
	send_message(&s, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"initialize\",\"params\":{\"capabilities\":"
			 "{\"window\":{\"workDoneProgress\":true}}}}");
	send_message(&s, "{\"jsonrpc\":\"2.0\",\"method\":\"initialized\",\"params\":{}}");
	open_file(&s, file);
	complete = wait_for_index(&s);
	printf("%d of %d units%s\n", s.indexed + s.in_round, s.units, complete ? "" : "; clangd ended");
	g_subprocess_force_exit(process);
	g_subprocess_wait(process, NULL, NULL);
	return complete ? 0 : 1;
}
