/* SPDX-License-Identifier: GPL-3.0-or-later */
/* live: kills real processes and shows what their connections do, while they do it. */
#include "cmd/internal.h"
#include "tree/tree.h"
#include "view/view.h"
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define REPEAT_MOST 10000

struct options {
	bool predict, recorded, by_hand, all, full, verbs, bare, explain;
	int repeat;
	const char *record, *replay, *group, *family, *pcap;
};

/* ---- for the lesson too ---------------------------------------------------------------------- */

/* The experiments' names, for did-you-mean; ends with NULL. */
static GPtrArray *experiment_names(const char *directory)
{
	GPtrArray *names = g_ptr_array_new_with_free_func(g_free);
	g_autoptr(GPtrArray) list = ew_live_list(directory, NULL, NULL);

	for (guint i = 0; list && i < list->len; i++)
		g_ptr_array_add(names,
				g_strdup(((struct ew_live_experiment *)list->pdata[i])->name));
	g_ptr_array_add(names, NULL);
	return names;
}

static char *experiments_directory(void)
{
	g_autofree char *lessons = ew_tree_data_dir("lessons");

	return g_build_filename(lessons, "experiments", NULL);
}

/* In the plain variant, or another. */
static struct ew_live_experiment *find_experiment(const char *name, const struct ew_live_variant *v,
						  GError **error)
{
	if (strchr(name, '/') || g_str_has_suffix(name, ".exp"))
		return ew_live_load_variant(name, v, error);
	g_autofree char *directory = experiments_directory();
	g_autofree char *file = g_strconcat(name, ".exp", NULL);
	g_autofree char *path = g_build_filename(directory, file, NULL);
	if (g_file_test(path, G_FILE_TEST_EXISTS))
		return ew_live_load_variant(path, v, error);
	g_autoptr(GPtrArray) names = experiment_names(directory);
	const char *near = ew_nearest(name, (const char *const *)names->pdata);
	g_set_error(error, EW_ERROR, EW_ERROR_NO_ANSWER,
		    "there is no experiment \"%.60s\"%s%s%s; \"exitwalk live\" lists them, and a "
		    "file of "
		    "your own is "
		    "given as ./NAME.exp",
		    name, near ? "; did you mean \"" : "", near ? near : "", near ? "\"" : "");
	return NULL;
}

struct ew_live_experiment *ew_cmd_experiment(const char *name, GError **error)
{
	return find_experiment(name, NULL, error);
}

/* ---- showing --------------------------------------------------------------------------------- */

struct show {
	const struct ew_cmd_call *call;
	struct ew_view_live *view;
	const struct ew_live_experiment *x;
	GError *error; /* the first that writing met */
};

/* Adds a document below the ones before: no pager, flushed at once. Takes the document. */
static void show_doc(struct show *s, struct ew_doc *taken)
{
	struct ew_cmd_context *context = s->call->context;
	struct ew_text_style style = ew_term_style(&context->term);
	ew_auto(doc) doc = taken;
	g_autofree char *text =
		context->globals.json ? ew_doc_to_json(doc, false) : ew_doc_to_text(doc, &style);

	if (!s->error && strcmp(text, "\n"))
		ew_term_print(&context->term, context->out, text, false, &s->error);
}

static void show_event(const struct ew_live_event *e, void *data)
{
	struct show *s = data;

	show_doc(s, ew_view_live_event(s->view, e));
}

static bool ask_order(const struct ew_live_event *turn, struct ew_live_order *o, void *data)
{
	const struct show *s = data;

	return ew_cmd_ask_order(s->call, s->x, turn, o);
}

static void show_gap(struct show *s)
{
	if (!s->error && !s->call->context->globals.json)
		ew_term_print(&s->call->context->term, s->call->context->out, "\n", false,
			      &s->error);
}

int ew_cmd_stopped(const struct ew_cmd_call *call, int number)
{
	if (call->context->is_shell)
		return 128 + number;
	fflush(NULL);
	signal(number, SIG_DFL);
	raise(number);
	return 128 + number;
}

/* ---- predictions ----------------------------------------------------------------------------- */

static void show_grades(struct show *s, const struct ew_live_experiment *x,
			const struct ew_live_result *r, const GArray *predictions)
{
	for (guint i = 0; predictions && i < predictions->len; i++) {
		struct ew_doc *doc = ew_doc_new("exitwalk.live/1");
		struct ew_group *g = ew_doc_root(doc);

		ew_doc_text(ew_doc_line(g), EW_ROLE_HIDDEN, "event", "prediction");
		ew_view_live_grade(g, x, r,
				   &g_array_index(predictions, struct ew_live_prediction, i));
		show_doc(s, doc);
	}
}

/* ---- the command ----------------------------------------------------------------------------- */

static int list_experiments(const struct ew_cmd_call *call, GError **error)
{
	g_autofree char *directory = experiments_directory();
	g_autoptr(GPtrArray) problems = g_ptr_array_new_with_free_func(g_free);
	g_autoptr(GPtrArray) list = ew_live_list(directory, problems, error);

	if (!list)
		return -1;
	ew_auto(doc) doc = ew_view_live_list(list, problems);
	return ew_cmd_answer(call, doc, problems->len ? 4 : 0, error);
}

/* A real run, with its packets written where that is asked for. */
static struct ew_live_result *run_real(const struct ew_live_experiment *x, const struct options *o,
				       ew_live_event_fn fn, void *data, GError **error)
{
	struct ew_live_options options = {0};

	if (!o->pcap)
		return ew_live_run_with(x, &options, fn, data, error);
	options.frames = ew_live_frames_new(error);
	if (options.frames < 0)
		return NULL;
	ew_auto(live_result) r = ew_live_run_with(x, &options, fn, data, error);
	bool is_good = r && ew_live_frames_write(options.frames, r, 0, o->pcap, NULL, error);
	close(options.frames);
	return is_good ? g_steal_pointer(&r) : NULL;
}

char *ew_cmd_recording(const struct ew_live_experiment *x)
{
	g_autofree char *directory = g_path_get_dirname(x->path);
	g_autofree char *file = g_strconcat(x->name, ".timeline", NULL);

	return g_build_filename(directory, file, NULL);
}

/* The packets of a recording, and what they are made of. */
static bool write_rebuilt(const struct ew_live_experiment *x, struct ew_live_result *r, const char *path,
			  GError **error)
{
	int frames = ew_live_frames_rebuild(x, r, error);
	bool is_good = frames >= 0 && ew_live_frames_write(frames, r, 0, path, ew_live_rebuilt, error);

	if (frames >= 0)
		close(frames);
	if (is_good)
		fprintf(stderr, "%s: %s.\n", path, ew_live_rebuilt);
	return is_good;
}

static struct ew_live_result *run_or_replay(struct ew_live_experiment *x, const struct options *o,
					    ew_live_event_fn fn, void *data, GError **error)
{
	if (o->by_hand)
		return ew_live_run_by_hand(x, fn, ask_order, data, error);
	if (!o->recorded && !o->replay)
		return run_real(x, o, fn, data, error);
	g_autofree char *path = o->replay ? g_strdup(o->replay) : ew_cmd_recording(x);
	ew_auto(live_result) r = ew_live_replay(x, path, fn, data, error);
	if (r && o->pcap && !write_rebuilt(x, r, o->pcap, error))
		return NULL;
	return g_steal_pointer(&r);
}

/* Without an index it explains what can be explained without one; one that was named must be there. */
static bool show_explanation(struct show *s, const struct ew_live_experiment *x,
			     const struct ew_live_result *r, GError **error)
{
	struct ew_cmd_context *context = s->call->context;
	bool is_named = context->globals.index || context->globals.release;

	if (!ew_cmd_need_index(context, is_named ? error : NULL) && is_named)
		return false;
	struct ew_doc *doc = ew_view_live_explain(x, r, context->query, error);
	if (doc)
		show_doc(s, doc);
	return doc;
}

static int run_once(struct show *s, struct ew_live_experiment *x, const struct options *o,
		    GError **error)
{
	g_autoptr(GArray) predictions = NULL;

	if (o->by_hand && !ew_live_by_hand(x, error))
		return -1;
	if ((o->pcap && !ew_live_frames_can_write(o->pcap, error)) ||
	    (o->record && !ew_live_can_record(o->record, error)))
		return -1;
	show_doc(s, ew_view_live_head(s->view));
	if (o->predict) {
		predictions = ew_cmd_predict(s->call, x);
		if (!predictions)
			return 128 + SIGINT;
	}
	show_gap(s);
	if (o->replay || o->recorded)
		show_doc(s, ew_view_live_recorded());
	ew_auto(live_result) r = run_or_replay(x, o, show_event, s, error);
	if (!r)
		return -1;
	if (o->record && r->completed && !ew_live_record(x, r, o->record, error))
		return -1;
	show_gap(s);
	show_grades(s, x, r, predictions);
	if (predictions && predictions->len)
		show_gap(s);
	show_doc(s, ew_view_live_verdict(s->view, r));
	if (r->signal)
		return ew_cmd_stopped(s->call, r->signal);
	if (o->explain && !show_explanation(s, x, r, error))
		return -1;
	return r->matched || o->by_hand ? 0 : 1;
}

/* Says in how many of the runs the sequence was the expected one. */
static int run_often(struct show *s, const struct ew_live_experiment *x, int count, GError **error)
{
	int matched = 0, left_behind = 0;

	show_doc(s, ew_view_live_head(s->view));
	for (int i = 1; i <= count; i++) {
		ew_auto(live_result) r = ew_live_run(x, NULL, NULL, error);

		if (!r)
			return -1;
		if (r->signal)
			return ew_cmd_stopped(s->call, r->signal);
		matched += r->matched;
		left_behind += r->left_behind;
		show_doc(s, ew_view_live_run(r, i, count));
	}
	show_doc(s, ew_view_live_repeated(matched, count, left_behind));
	return matched == count ? 0 : 1;
}

static bool check_options(const struct ew_cmd_call *call, const struct options *o, GError **error)
{
	const char *wrong = NULL;
	bool of_one = o->predict || o->by_hand || o->record || o->replay || o->recorded ||
		      o->explain || o->pcap;

	if ((o->all || o->group || o->verbs) && call->argc)
		wrong = "--all, --group and --verbs take no experiment";
	else if (o->all && o->group)
		wrong = "--all is every group; leave --all or --group away";
	else if (call->argc == 1 && !strcmp(call->argv[0], "new"))
		wrong = "the name of the new experiment is missing: live new NAME";
	else if ((o->all || o->group) && of_one)
		wrong = "--all and --group run them, a line each; leave --predict, --explain, --pcap "
			"and recordings away";
	else if (o->family && strcmp(o->family, "ipv4") && strcmp(o->family, "ipv6"))
		wrong = "--family is ipv4 or ipv6";
	else if (o->recorded && o->family && !strcmp(o->family, "ipv6"))
		wrong = "the recorded runs are of IPv4; leave --recorded or --family away";
	else if (!call->argc && !o->all && !o->group && (of_one || o->repeat))
		wrong = "name an experiment; \"live\" alone lists them";
	else if (o->repeat > REPEAT_MOST)
		wrong = "--repeat takes at most 10000";
	else if (o->repeat > 1 && (o->predict || o->record || o->replay || o->recorded || o->pcap ||
				   o->explain))
		wrong = "--repeat only counts; leave --predict, --record, --replay, --recorded, "
			"--pcap and --explain away";
	else if (o->pcap && o->by_hand)
		wrong = "--pcap writes the packets of a run that goes by itself; leave --step away";
	else if (o->by_hand && (o->repeat || o->replay || o->recorded))
		wrong = "--step runs it once, for real; leave --repeat, --replay and --recorded "
			"away";
	else if (o->full && o->recorded)
		wrong = "the run that comes with an experiment was recorded in its accelerated form; leave --full away "
			"to see it, or leave --recorded away to run it at full length";
	else if (o->replay && o->recorded)
		wrong = "--replay FILE and --recorded are two recordings; leave one away";
	else if (o->bare && (!call->argc || o->replay || o->recorded || o->predict))
		wrong = "--no-observers runs an experiment; leave --predict, --replay and "
			"--recorded away";
	else if (o->record && (o->replay || o->recorded))
		wrong = "what is replayed is recorded already; leave --record away";
	if (wrong)
		g_set_error(error, EW_ERROR, EW_ERROR_USAGE, "live: %s", wrong);
	return !wrong;
}

/* "live new NAME" is the one use of two arguments. */
static int make_new(const struct ew_cmd_call *call, GError **error)
{
	if (!strcmp(call->argv[0], "new"))
		return ew_cmd_live_new(call, call->argv[1], error);
	g_set_error(error, EW_ERROR, EW_ERROR_USAGE,
		    "live: one experiment at a time; \"live new NAME\" makes one");
	return -1;
}

static int run(const struct ew_cmd_call *call, GError **error)
{
	const struct options *o = call->options;

	if (!check_options(call, o, error))
		return -1;
	const struct ew_live_variant variant = {.is_full = o->full,
						.is_ipv6 = o->family && !strcmp(o->family, "ipv6")};
	if (o->all || o->group) {
		g_autofree char *directory = experiments_directory();

		return ew_cmd_live_all(call, directory, o->all ? NULL : o->group, o->repeat,
				       &variant, error);
	}
	if (o->verbs) {
		ew_auto(doc) doc = ew_view_live_verbs();

		return ew_cmd_answer(call, doc, 0, error);
	}
	if (!call->argc)
		return list_experiments(call, error);
	if (call->argc == 2)
		return make_new(call, error);
	ew_auto(live_experiment) x = find_experiment(call->argv[0], &variant, error);
	if (!x)
		return -1;
	if (o->bare)
		ew_live_without_observers(x);
	ew_auto(view_live) view = ew_view_live_new(x, call->context->term.width);
	struct show s = {.call = call, .view = view, .x = x};
	int code = o->repeat > 1 ? run_often(&s, x, o->repeat, error) : run_once(&s, x, o, error);
	if (s.error && code >= 0) {
		g_propagate_error(error, s.error);
		return -1;
	}
	g_clear_error(&s.error);
	return code;
}

struct ew_live_result *ew_cmd_run_live(const struct ew_cmd_call *call,
				       const struct ew_live_experiment *x, GError **error)
{
	ew_auto(view_live) view = ew_view_live_new(x, call->context->term.width);
	struct show s = {.call = call, .view = view};
	struct ew_live_result *r = ew_live_run(x, show_event, &s, error);

	if (r) {
		show_gap(&s);
		show_doc(&s, ew_view_live_verdict(view, r));
		show_gap(&s);
	}
	if (r && s.error) {
		g_propagate_error(error, s.error);
		g_clear_pointer(&r, ew_live_result_free);
	}
	return r;
}

static const struct ew_option options[] = {
	{"predict", 'p', EW_OPTION_FLAG, offsetof(struct options, predict), NULL,
	 "ask for states, packets and the close first, and grade by what the kernel did"},
	{"repeat", 'n', EW_OPTION_INT, offsetof(struct options, repeat), "N",
	 "run it N times and count how often it went as expected"},
	{"step", 's', EW_OPTION_FLAG, offsetof(struct options, by_hand), NULL,
	 "on a wire that is held: you let each packet go on, or drop it"},
	{"all", 'a', EW_OPTION_FLAG, offsetof(struct options, all), NULL,
	 "run them all, and say of each in a line how it went"},
	{"group", 'g', EW_OPTION_STRING, offsetof(struct options, group), "GROUP",
	 "run those of a group"},
	{"full", 0, EW_OPTION_FLAG, offsetof(struct options, full), NULL,
	 "at full length, with the kernel's own timers, where it is accelerated"},
	{"family", 0, EW_OPTION_STRING, offsetof(struct options, family), "FAMILY",
	 "ipv4 (as usual) or ipv6"},
	{"no-observers", 0, EW_OPTION_FLAG, offsetof(struct options, bare), NULL,
	 "watch nothing but packets, to see that watching changes nothing on the wire"},
	{"verbs", 0, EW_OPTION_FLAG, offsetof(struct options, verbs), NULL,
	 "list what the lines of an experiment can do"},
	{"explain", 'e', EW_OPTION_FLAG, offsetof(struct options, explain), NULL,
	 "after the run: what decided it, which counters prove it, and the lines of an index"},
	{"pcap", 0, EW_OPTION_STRING, offsetof(struct options, pcap), "FILE",
	 "write the packets for Wireshark and tcpdump, and their text beside it; of a recorded run "
	 "what was recorded of them", NULL,
	 EW_COMPLETE_FILE},
	{"record", 0, EW_OPTION_STRING, offsetof(struct options, record), "FILE",
	 "keep the timeline in a file", NULL, EW_COMPLETE_FILE},
	{"replay", 0, EW_OPTION_STRING, offsetof(struct options, replay), "FILE",
	 "show a timeline that was kept, and judge it anew", NULL, EW_COMPLETE_FILE},
	{"recorded", 0, EW_OPTION_FLAG, offsetof(struct options, recorded), NULL,
	 "show the recorded run that comes with the experiment"},
	{0},
};

const struct ew_cmd ew_cmd_live = {
	.name = "live",
	.group = "Learn",
	.synopsis = "[EXPERIMENT | FILE | new NAME] [--all | --group GROUP] [--repeat N] "
		    "[--predict] [--explain]",
	.summary = "kill a real process and watch both ends of its connection",
	.help = "Without an argument it lists the experiments. \"new NAME\" writes one to begin "
		"with; the language is described in exitwalk-live(1). An experiment runs in a user "
		"and "
		"network "
		"namespace of its own, so that it needs no privilege and disturbs nobody; "
		"processes, sockets "
		"and namespaces are gone when it ends, after Ctrl-C too.\n\n"
		"The left and the right column are the two ends, as the kernel's NETLINK_SOCK_DIAG "
		"tells their "
		"states; between them are the packets that libpcap saw. Times are milliseconds "
		"after the "
		"kill. With --json each event is one line, \"header\" first and \"completed\" "
		"last.\n\n"
		"The exit code is 0 if the run went as the experiment expects, 1 if not or if what it waits for before "
		"the kill did not come, 2 if the file is wrong (all its errors are told) or a step of it cannot work as "
		"written, 3 where this machine lacks or forbids something, and 4 if of several some were skipped.",
	.needs = EW_NEEDS_LIVE,
	.max_arguments = 2,
	.options = options,
	.options_size = sizeof(struct options),
	.complete = EW_COMPLETE_EXPERIMENT,
	.run = run,
};
