/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How a live run is shown: the recorded run at several widths, in ASCII and as JSON. */
#include "view/view.h"

#include <string.h>

#define EXPERIMENTS EW_TEST_DIR "/../lessons/experiments"

struct shown {
	struct ew_view_live *view;
	struct ew_text_style style;
	bool is_json;
	GString *text;
};

static void add_doc(struct shown *s, struct ew_doc *taken)
{
	ew_auto(doc) doc = taken;
	g_autofree char *text =
		s->is_json ? ew_doc_to_json(doc, false) : ew_doc_to_text(doc, &s->style);

	if (strcmp(text, "\n"))
		g_string_append(s->text, text);
}

static void add_event(const struct ew_live_event *e, void *data)
{
	struct shown *s = data;

	add_doc(s, ew_view_live_event(s->view, e));
}

/* The whole run as one text. */
static char *show(int width, bool ascii, bool is_json)
{
	g_autoptr(GError) error = NULL;
	ew_auto(live_experiment) x = ew_live_load(EXPERIMENTS "/kill-established.exp", &error);
	g_assert_no_error(error);
	ew_auto(view_live) view = ew_view_live_new(x, width);
	struct shown s = {view, {.width = width, .ascii = ascii}, is_json, g_string_new(NULL)};

	add_doc(&s, ew_view_live_head(view));
	ew_auto(live_result) r =
		ew_live_replay(x, EXPERIMENTS "/kill-established.timeline", add_event, &s, &error);
	g_assert_no_error(error);
	add_doc(&s, ew_view_live_verdict(view, r));
	return g_string_free(s.text, FALSE);
}

static void assert_has(const char *text, const char *line)
{
	if (!strstr(text, line))
		g_error("not shown: %s\nin: %s", line, text);
}

static void test_wide(void)
{
	g_autofree char *text = show(80, true, false);

	assert_has(text, "\n       ms  client                                           server\n");
	assert_has(text, "\n    0.000  x kill -9\n");
	assert_has(text, "\n    0.473                  ---- FIN,ACK seq 1 ack 1 ----->\n"
			 "    0.487  FIN_WAIT1\n"
			 "           no process, Send-Q 1, timer rto 204 ms\n"
			 "    0.492                                                   CLOSE_WAIT\n"
			 "                                                            Recv-Q 1\n");
	assert_has(text, "\n    3.426                  <------ ACK seq 1 ack 2 -------\n");
	assert_has(
		text,
		"-- stand-still: nothing has happened for 500 ms --\n"
		"           FIN_WAIT2                                        CLOSE_WAIT\n"
		"           no process, timer timewait 59.5 s                Recv-Q 1, no timer\n");
	assert_has(text, "LAST_ACK (inferred)\n");
	assert_has(text, "-- bound of 2000 ms reached --\n 2000.198  TIME_WAIT is still there\n");
	assert_has(text, "Matched: this is what the experiment expects.\n"
			 "client  ESTABLISHED -> FIN_WAIT1 -> FIN_WAIT2 -> TIME_WAIT\n"
			 "server  ESTABLISHED -> CLOSE_WAIT -> LAST_ACK -> gone\n");
}

static void test_narrow(void)
{
	g_autofree char *text = show(40, true, false);

	assert_has(text, "\n0.000 client: x kill -9\n");
	assert_has(text, "\n0.487 client: FIN_WAIT1\n  no process, Send-Q 1, timer rto 204 ms\n");
	assert_has(text, "\n3.426 server: -> client ACK seq 1 ack 2\n");
	assert_has(text, "  client: FIN_WAIT2\n");
}

static void test_widths(void)
{
	static const int widths[] = {20, 40, 60, 71, 72, 80, 100, 200};

	for (size_t i = 0; i < G_N_ELEMENTS(widths); i++) {
		g_autofree char *text = show(widths[i], false, false);
		g_auto(GStrv) lines = g_strsplit(text, "\n", -1);

		for (int k = 0; lines[k]; k++)
			if (ew_doc_columns(lines[k]) > widths[i])
				g_error("wider than %d: %s", widths[i], lines[k]);
	}
}

static void test_ascii(void)
{
	g_autofree char *text = show(80, true, false);

	for (const char *c = text; *c; c++)
		g_assert_true((unsigned char)*c < 0x80);
	/* every sign has a spelling */
	g_assert_null(strstr(text, "?-"));
	g_assert_null(strstr(text, "? Matched"));
}

static bool is_event(const char *line, const char *event)
{
	g_autofree char *start =
		g_strdup_printf("{\"schema\":\"exitwalk.live/1\",\"event\":\"%s\",", event);

	return g_str_has_prefix(line, start) && g_str_has_suffix(line, "}");
}

static void test_json(void)
{
	g_autofree char *text = show(80, false, true);
	g_auto(GStrv) lines = g_strsplit(g_strchomp(text), "\n", -1);
	guint count = g_strv_length(lines);
	int fins = 0;

	for (guint i = 0; i < count; i++) {
		g_assert_true(
			g_str_has_prefix(lines[i], "{\"schema\":\"exitwalk.live/1\",\"event\":\""));
		g_assert_true((i == 0) == is_event(lines[i], "header"));
		g_assert_true((i == count - 1) == is_event(lines[i], "completed"));
		fins += is_event(lines[i], "packet") && strstr(lines[i], "\"flags\":\"FIN,ACK\"");
	}
	g_assert_cmpint(fins, ==, 2);
	assert_has(text,
		   "\"event\":\"step\",\"ms\":0.0,\"side\":\"client\",\"line\":18,\"errno\":0,"
		   "\"result\":0,\"step\":\"client kill\"}\n");
	assert_has(text, "\"completed\":true,\"matched\":true,\"bound_reached\":true,\"signal\":0,"
			 "\"left_behind\":0,\"differences\":[]");
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/live-view/wide", test_wide);
	g_test_add_func("/live-view/narrow", test_narrow);
	g_test_add_func("/live-view/widths", test_widths);
	g_test_add_func("/live-view/ascii", test_ascii);
	g_test_add_func("/live-view/json", test_json);
	return g_test_run();
}
