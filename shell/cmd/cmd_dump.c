/* SPDX-License-Identifier: GPL-3.0-or-later */
/* dump: all edges, all call sites or all facts, streamed; the one answer that is no document. */
#include "cmd/dump.h"
#include <errno.h>
#include <json-glib/json-glib.h>
#include <string.h>
#include <unistd.h>

static const char *const words[] = {"edges", "calls", "facts", "packets", "connection", NULL};

struct dump {
	const struct ew_cmd_call *call;
	GStrv columns; /* from the last header line */
	bool is_facts; /* many kinds, each with a header that begins with # */
	int reason;    /* errno of a write that failed, or 0 */
};

static void write_object(const struct dump *d, const char *line)
{
	g_autoptr(JsonBuilder) b = json_builder_new();
	g_auto(GStrv) cells = g_strsplit(line, "\t", -1);

	json_builder_begin_object(b);
	for (guint i = 0; d->columns[i] && cells[i]; i++) {
		g_autofree char *clean = ew_doc_clean(cells[i], -1);

		json_builder_set_member_name(b, d->columns[i]);
		json_builder_add_string_value(b, clean);
	}
	json_builder_end_object(b);
	g_autoptr(JsonNode) root = json_builder_get_root(b);
	g_autofree char *text = json_to_string(root, FALSE);
	fprintf(d->call->context->out, "%s\n", text);
}

/* The name of its kind is the first member of every object. */
static void take_header(struct dump *d, const char *line)
{
	g_strfreev(d->columns);
	d->columns = g_strsplit(line, "\t", -1);
	if (!d->is_facts)
		return;
	g_free(d->columns[0]);
	d->columns[0] = g_strdup("fact");
}

static bool emit(const char *line, void *data)
{
	struct dump *d = data;
	FILE *out = d->call->context->out;

	if (!d->call->context->globals.json)
		fprintf(out, "%s\n", line);
	else if (d->is_facts ? *line == '#' : !d->columns)
		take_header(d, line);
	else
		write_object(d, line);
	if (ferror(out))
		d->reason = errno;
	return !d->reason && !ew_term_interrupted();
}

typedef bool (*dump_function)(struct ew_query *q, ew_query_emit emit, void *data, GError **error);

static dump_function function_for(const char *what)
{
	if (!strcmp(what, "edges"))
		return ew_query_dump_edges;
	return !strcmp(what, "calls") ? ew_query_dump_calls : ew_query_dump_facts;
}

/* ---- packets --------------------------------------------------------------------------------- */

static bool emit_packet(int64_t time, const char *line, void *data)
{
	g_autofree char *row = g_strdup_printf("%.3f\t%s", (double)time / 1e6, line);

	return emit(row, data);
}

static int write_packets(struct dump *d, const struct ew_dump_options *o, int frames,
			 const struct ew_live_result *r, GError **error)
{
	struct ew_cmd_context *context = d->call->context;

	if (!ew_live_frames_check(r, o->connection, error))
		return -1;
	if (o->pcap && !ew_live_frames_pcap(frames, r, o->connection, o->pcap, error))
		return -1;
	bool is_good = !emit("ms\tpacket", d) ||
		       ew_live_frames_lines(frames, r, o->connection, emit_packet, d, error);
	if (is_good && d->reason)
		is_good = !ew_term_failed(context->out, d->reason, error);
	if (!is_good || !ew_term_print(&context->term, context->out, "", false, error))
		return -1;
	if (r->signal)
		return ew_cmd_stopped(d->call, r->signal);
	return r->matched ? 0 : 1;
}

/* A timeline has the fields of TCP's packets, and of no others. */
static bool has_packets(const struct ew_live_experiment *x, const struct ew_live_result *r, GError **error)
{
	bool is_unix = x->protocol == EW_LIVE_UNIX;
	g_autofree char *advice = g_strdup_printf("; \"exitwalk dump packets %s\" runs it and writes what is on its wire", x->name);

	for (guint i = 0; i < r->events->len; i++)
		if (g_array_index(r->events, struct ew_live_event, i).kind == EW_LIVE_EVENT_PACKET)
			return true;
	g_set_error(error, EW_ERROR, EW_ERROR_NO_ANSWER, "%s: no packet is recorded: %s%s", x->name,
		    is_unix				? "what goes over a Unix socket is in no packet"
		    : x->protocol == EW_LIVE_UDP ? "a timeline keeps the headers of TCP's packets, and those of this experiment are of UDP"
						 : "this run had none",
		    is_unix ? "" : advice);
	return false;
}

/* Runs the experiment, or takes the run that comes with it; *frames is what was on the wire. */
static struct ew_live_result *take_run(const struct ew_live_experiment *x, bool is_recorded, int *frames, GError **error)
{
	struct ew_live_options options = {0};

	*frames = -1;
	if (!is_recorded) {
		*frames = options.frames = ew_live_frames_new(error);
		return *frames < 0 ? NULL : ew_live_run_with(x, &options, NULL, NULL, error);
	}
	g_autofree char *path = ew_cmd_recording(x);
	ew_auto(live_result) r = ew_live_replay(x, path, NULL, NULL, error);
	if (r && has_packets(x, r, error))
		*frames = ew_live_frames_rebuild(x, r, error);
	if (*frames < 0)
		return NULL;
	fprintf(stderr, "%s: %s.\n", x->name, ew_live_rebuilt);
	return g_steal_pointer(&r);
}

/* Writes no timeline but its packets. */
static int dump_packets(struct dump *d, const struct ew_dump_options *o, GError **error)
{
	int frames;

	if (d->call->argc != 2) {
		g_set_error(error, EW_ERROR, EW_ERROR_USAGE,
			    "dump packets of which experiment? \"exitwalk live\" lists them");
		return -1;
	}
	ew_auto(live_experiment) x = ew_cmd_experiment(d->call->argv[1], error);
	if (!x || (o->pcap && !ew_live_frames_can_write(o->pcap, error)))
		return -1;
	ew_auto(live_result) r = take_run(x, o->recorded, &frames, error);
	int code = r ? write_packets(d, o, frames, r, error) : -1;
	if (frames >= 0)
		close(frames);
	g_strfreev(d->columns);
	return code;
}

/* ---- the command ----------------------------------------------------------------------------- */

static const struct ew_option options[] = {
	{"pcap", 0, EW_OPTION_STRING, offsetof(struct ew_dump_options, pcap), "FILE",
	 "packets, connection: write them for Wireshark and tcpdump, too", NULL, EW_COMPLETE_FILE},
	{"connection", 0, EW_OPTION_INT, offsetof(struct ew_dump_options, connection), "N",
	 "packets: of one connection, numbered from 1 in the order of connect"},
	{"recorded", 0, EW_OPTION_FLAG, offsetof(struct ew_dump_options, recorded), NULL,
	 "packets: of the recorded run that comes with the experiment, as far as they were recorded"},
	EW_NARROW_INODE(struct ew_dump_options),
	EW_NARROW_OPTIONS(struct ew_dump_options),
	{"for", 0, EW_OPTION_STRING, offsetof(struct ew_dump_options, duration), "TIME",
	 "connection: end after 500ms, 10s, 2m"},
	{"count", 'c', EW_OPTION_STRING, offsetof(struct ew_dump_options, count), "N",
	 "connection: end after so many packets"},
	{0},
};

/* Options of one dump are not for another. */
static bool check_options(const struct ew_cmd_call *call, const struct ew_dump_options *o, GError **error)
{
	const struct ew_narrow *n = &o->narrow;
	bool is_connection = !strcmp(call->argv[0], "connection");

	if (is_connection)
		g_set_error(error, EW_ERROR, EW_ERROR_USAGE,
			    "dump connection: --connection N and --recorded are of \"dump packets EXPERIMENT\"; "
			    "here a connection is named by LOCAL PEER, --inode, --port, --pid or --state");
	else if (o->inode || o->count || o->duration || n->state || n->port || n->pid || n->netns)
		g_set_error(error, EW_ERROR, EW_ERROR_USAGE,
			    "dump %s: --inode, --state, --port, --pid, --netns, --for and --count are of "
			    "\"dump connection\"",
			    call->argv[0]);
	else
		return true;
	return false;
}

static int run(const struct ew_cmd_call *call, GError **error)
{
	struct ew_cmd_context *context = call->context;
	const struct ew_dump_options *o = call->options;
	struct dump d = {.call = call, .is_facts = !strcmp(call->argv[0], "facts")};
	bool is_good;

	if (!strcmp(call->argv[0], "connection") && !o->connection && !o->recorded)
		return ew_cmd_dump_connection(call, error);
	if (!check_options(call, o, error))
		return -1;
	if (!strcmp(call->argv[0], "packets"))
		return dump_packets(&d, o, error);
	if (!g_strv_contains(words, call->argv[0])) {
		g_set_error(error, EW_ERROR, EW_ERROR_USAGE,
			    "dump writes edges, calls, facts, packets or a connection, not \"%.60s\"",
			    call->argv[0]);
		return -1;
	}
	if (call->argc > 1 || o->pcap || o->connection || o->recorded) {
		g_set_error(error, EW_ERROR, EW_ERROR_USAGE,
			    "dump %s is of the whole index: it takes no more words, and --pcap, "
			    "--connection and --recorded are of \"dump packets EXPERIMENT\"",
			    call->argv[0]);
		return -1;
	}
	if (!ew_cmd_need_index(context, error))
		return -1;
	is_good = function_for(call->argv[0])(context->query, emit, &d, error);
	g_strfreev(d.columns);
	if (is_good && d.reason)
		is_good = !ew_term_failed(context->out, d.reason, error);
	return is_good && ew_term_print(&context->term, context->out, "", false, error) ? 0 : -1;
}

const struct ew_cmd ew_cmd_dump = {
	.name = "dump",
	.group = "Ask",
	.synopsis = "edges|calls|facts|packets EXPERIMENT|connection [LOCAL PEER] [--pcap FILE]",
	.summary = "every edge, call site, fact or packet, a line each",
	.help = "edges: caller, caller_file, callee, callee_file, kind, when, grade, compiled, site. calls: "
		"every call site with its slot and how many targets it has. The first line names the "
		"columns. facts: what the index says, in names and places instead of ids, each kind behind a "
		"line that begins with # and names its columns; flags, kinds and modes are the numbers of "
		"indexer/store/schema.sql. Left out: the texts of files (their length and hash are shown) and "
		"what only serves to bring an index up to date (prefixes, owners, the files that a unit read). "
		"Sorted, the facts of two indexes of one tree can be compared. packets: runs an experiment "
		"(see live) and writes what was on its wire, as tcpdump prints it, with the milliseconds "
		"after the kill; it needs no index. With --recorded they are rebuilt from the timeline that comes "
		"with the experiment: what it does not have is left out, and said. With "
		"--json, one object a line.\n\n"
		"connection: the packets of one TCP connection of this machine, as they come, and between "
		"them the states of those of its ends that are here; until it is gone, Ctrl-C, --for or "
		"--count. Which one is said as in drop, and more than one is refused. A packet's line is "
		"that of \"tcpdump -n\", with the kernel's time; numbers are relative to the first packet "
		"that was seen. States are looked at after each packet, and fifty times a second; one that "
		"was over before that, and that the packets prove, is marked as inferred. All interfaces "
		"are watched, and a packet that passes several is told of once. The file of --pcap has bare "
		"IP packets, can be read while it grows, and is whole after Ctrl-C. It takes CAP_NET_RAW in "
		"the user namespace that owns the network namespace.",
	.min_arguments = 1,
	.max_arguments = 3,
	.options = options,
	.options_size = sizeof(struct ew_dump_options),
	.complete = EW_COMPLETE_WORD,
	.words = words,
	.run = run,
};
