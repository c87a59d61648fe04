/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Whether the observers say what others say: on the same runs, within the same stage, `ss -tanoi` and
 * tcpdump look too, on a wire at each host. live_cross DIRECTORY [NAME] runs the experiments below and some
 * that are shipped in the directory. Exits 77, with the reason, where one of the programs or the stage is
 * missing.
 *
 * Packets must be the same, one by one: what leaves a host, and what reaches it. A look of ss takes
 * milliseconds, so it is compared where our timeline says that nothing changed meanwhile: state, both
 * queues, the timer's kind and, where no packet came since, what is left of it.
 */
#include "../check.h"
#include "live/frame.h"
#include "live/live.h"
#include "others.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define MARGIN_NS INT64_C(4000000)
#define JIFFIES_MS 12 /* three, at 250 a second */
/* How long the programs may take to come up before the experiment begins. */
#define HEAD_START "still 2500ms\n"

#define HEAD                                                                                       \
	"title t\nquestion q\ntopology loopback\nwatch sockets packets processes\nbound 1500ms\n"  \
	"actors client server\n"
#define OPEN                                                                                       \
	"step server listen\nstep client connect server\nstep server accept\n"

static const struct {
	const char *name, *text;
} own[] = {
	{"kill-client", HEAD OPEN "step client kill\nstill 300ms\nstep server recv\nstep server close\n"},
	{"kill-server", HEAD OPEN "step server kill\nstill 300ms\nstep client recv\nstep client close\n"},
	{"kill-both", HEAD OPEN "step client kill\nstep server kill\nstill 300ms\n"},
	{"unread", HEAD OPEN "step server send 10\nstill 200ms\nstep client kill\nstill 200ms\n"},
	{"read", HEAD OPEN "step server send 5000\nstep client recv\nstill 200ms\nstep client kill\n"
		 "still 300ms\n"},
	{"close-wait", HEAD OPEN "step server close\nstill 200ms\nstep client kill\nstill 300ms\n"},
	{"fin-wait-2", HEAD OPEN "step client close\nstill 300ms\nstep server kill\nstill 300ms\n"},
	{"late-data", HEAD OPEN "step client kill\nstill 300ms\nstep server send 10\nstill 300ms\n"},
	{"orphan-expires", HEAD "sysctl net.ipv4.tcp_fin_timeout 1\n" OPEN
			   "step client kill\nstill 1200ms\n"},
	{"accept-queue", HEAD "step server listen\nstep client connect server\nstill 200ms\n"
			 "step server kill\nstill 200ms\n"},
	{"zero-window", HEAD OPEN "step client send 200000\nstill 300ms\nstep client kill\n"
			"still 600ms\n"},
	{"half-read", HEAD OPEN "step client send 100000\nstill 200ms\nstep server recv\n"
		      "still 200ms\nstep server kill\nstill 200ms\n"},
};

/* Of one connection each, so that two ports tell the sockets apart. */
static const char *const shipped[] = {
	"kill-established", "close-wait-kill", "peer-writes", "unread-data",
	"half-closed", "orphan-expires", "linger-ten", "linger-zero", "zombie", "held-by-child",
	"zero-window-late", "kill-both", "closing", "fin-lost-twice", "rst-lost", "syn-sent",
};

/* ---- one run --------------------------------------------------------------------------------- */

static bool is_there(const char *program)
{
	g_autofree char *path = g_find_program_in_path(program);

	if (!path)
		printf("skipped: there is no %s\n", program);
	return path;
}

struct run {
	const struct ew_live_experiment *x;
	struct ew_live_result *result;
	int looks;		    /* who look: one, or on a wire one at each host */
	char *frames[2], *answers[2]; /* files of tcpdump and ss */
	int64_t zero;		/* CLOCK_REALTIME of the kill; 0: not known yet */
	uint16_t ports[2];	/* of side 0 and 1 */
	int compared, timers;	/* looks of ss; of these with a timer's rest */
};

static bool is_wire(const struct run *run)
{
	return strcmp(run->x->topology, "loopback");
}

/* The run is done by a child, so that the runner is found, and comes back as a recording. */
static pid_t start_run(const struct run *run, const char *record)
{
	g_autoptr(GError) error = NULL;
	pid_t child = fork();

	CHECK(child >= 0);
	if (child)
		return child;
	ew_auto(live_result) r = ew_live_run(run->x, NULL, NULL, &error);

	if (!r)
		fprintf(stderr, "%s: %s\n", run->x->name, error->message);
	_exit(!r ? 3 : ew_live_record(run->x, r, record, NULL) ? 0 : 1);
}

static void run_watched(struct run *run, const char *directory)
{
	g_autofree char *record = g_build_filename(directory, "timeline", NULL);
	g_autoptr(GError) error = NULL;
	pid_t tcpdump[2], ss[2], places[2] = {0};
	int status;

	run->looks = is_wire(run) ? 2 : 1;
	pid_t child = start_run(run, record);
	pid_t runner = places[0] = others_wait_for_runner(child);
	CHECK(runner, "%s: no runner", run->x->name);
	if (is_wire(run)) {
		places[0] = 0;
		others_find_actors(runner, places);
	}
	for (int i = 0; i < run->looks; i++) {
		run->frames[i] = g_strdup_printf("%s/frames-%d", directory, i);
		run->answers[i] = g_strdup_printf("%s/answers-%d", directory, i);
		tcpdump[i] = others_start_tcpdump(places[i], is_wire(run), run->frames[i]);
		ss[i] = others_start_ss(places[i], run->answers[i]);
	}
	CHECK(waitpid(child, &status, 0) == child && WIFEXITED(status));
	usleep(100000);
	for (int i = 0; i < run->looks; i++) {
		others_stop(ss[i], SIGKILL);
		others_stop(tcpdump[i], SIGTERM);
	}
	CHECK(WEXITSTATUS(status) == 0, "%s: %d", run->x->name, WEXITSTATUS(status));
	run->result = ew_live_replay(run->x, record, NULL, NULL, &error);
	CHECK(run->result, "%s", error->message);
	g_unlink(record);
}

static const struct ew_live_event *event_at(const struct run *run, guint i)
{
	return &g_array_index(run->result->events, struct ew_live_event, i);
}

static int64_t end_of(const struct run *run)
{
	return event_at(run, run->result->events->len - 1)->time;
}

/* ---- packets --------------------------------------------------------------------------------- */

struct packets {
	struct run *run;
	int host;      /* at which it was seen; -1 on loopback */
	guint next[2]; /* event, of each side's packets */
	int count;
	uint32_t isn[2];
	struct live_lines *lines;
	GString *text; /* ours of tcpdump's frames */
};

/* A packet leaves once; it arrives if it passes, at once or after it was held. */
static bool is_seen(const struct ew_live_event *e, int host)
{
	if (host < 0)
		return true;
	return e->side == host ? !e->was_held : e->fate == EW_LIVE_FATE_PASSED;
}

static const struct ew_live_event *next_packet(struct packets *p, int side)
{
	while (p->next[side] < p->run->result->events->len) {
		const struct ew_live_event *e = event_at(p->run, p->next[side]++);

		if (e->kind == EW_LIVE_EVENT_PACKET && e->side == side && is_seen(e, p->host))
			return e;
	}
	return NULL;
}

/* The client's port is known from the first SYN. */
static int side_of_frame(const struct packets *p, const struct live_frame *f)
{
	if (p->run->zero)
		return f->port == p->run->ports[0] ? 0 : 1;
	for (guint i = 0; i < p->run->result->events->len; i++)
		if (event_at(p->run, i)->kind == EW_LIVE_EVENT_PACKET)
			return event_at(p->run, i)->side;
	return 0;
}

static void compare_packet(int64_t time, const uint8_t *bytes, uint32_t captured, uint32_t length,
			   void *data)
{
	struct packets *p = data;
	g_autofree char *line = live_lines_next(p->lines, bytes, captured);
	struct live_frame f;

	g_string_append_printf(p->text, "%s\n", line);
	CHECK(live_frame_read(bytes, captured, &f));
	int side = side_of_frame(p, &f);
	const struct ew_live_event *e = next_packet(p, side);
	/* what clearing the stage sends comes after the end */
	if (!e && p->count && time - p->run->zero >= end_of(p->run))
		return;
	CHECK(e, "%s: tcpdump saw one more: %s", p->run->x->name, line);
	p->count++;
	if (!p->run->zero) {
		p->run->zero = time - e->time;
		p->run->ports[side] = f.port;
		p->run->ports[1 - side] = f.peer_port;
	}
	if (f.flags & EW_LIVE_SYN)
		p->isn[side] = f.seq;
	CHECK(e->port == f.port && e->flags == (f.flags & 0x3f) && e->length == f.length &&
		      e->window == f.window,
	      "%s: %s", p->run->x->name, line);
	CHECK(e->seq == f.seq - p->isn[side], "%s: seq %u: %s", p->run->x->name, e->seq, line);
	CHECK(!(f.flags & EW_LIVE_ACK) || e->ack == f.ack - p->isn[1 - side], "%s: ack %u: %s",
	      p->run->x->name, e->ack, line);
	/* both have the kernel's stamp of the sender's end */
	CHECK((p->host >= 0 && side != p->host) ||
		ABS(p->run->zero + e->time - time) < MARGIN_NS, "%s: at %.3f ms: %s",
	      p->run->x->name, ew_live_event_ms(e), line);
}

/* What tcpdump itself prints for its file. */
static char *tcpdump_text(const char *file)
{
	const char *argv[] = {"tcpdump", "-r", file, "-n", "-t", NULL};
	g_autoptr(GError) error = NULL;
	char *text = NULL;

	CHECK(g_spawn_sync(NULL, (char **)argv, NULL,
			   G_SPAWN_SEARCH_PATH | G_SPAWN_STDERR_TO_DEV_NULL, NULL, NULL, &text,
			   NULL, NULL, &error),
	      "%s", error->message);
	return text;
}

static int compare_packets(struct run *run, int look)
{
	struct packets p = {.run = run, .host = is_wire(run) ? look : -1,
			     .lines = live_lines_new(), .text = g_string_new(NULL)};
	g_autofree char *theirs = tcpdump_text(run->frames[look]);
	g_autoptr(GError) error = NULL;
	int fd = open(run->frames[look], O_RDONLY | O_CLOEXEC);

	CHECK(fd >= 0, "tcpdump wrote nothing");
	CHECK(live_pcap_each(fd, compare_packet, &p, &error), "%s", error->message);
	close(fd);
	CHECK(!next_packet(&p, 0) && !next_packet(&p, 1), "%s: tcpdump saw %d packets only", run->x->name, p.count);
	CHECK(strcmp(theirs, p.text->str) == 0, "tcpdump prints\n%sand we\n%s", theirs, p.text->str);
	live_lines_free(p.lines);
	g_string_free(p.text, TRUE);
	return p.count;
}

/* ---- sockets --------------------------------------------------------------------------------- */

/* A socket as ss tells of it. */
struct told {
	enum ew_live_state state;
	unsigned receive_queue, send_queue;
	enum ew_live_timer timer;
	int64_t expires_ms, exact_to_ms; /* of the timer, as far as ss tells */
};

static enum ew_live_timer timer_of(const char *line)
{
	static const struct {
		const char *name;
		enum ew_live_timer timer;
	} names[] = {{"timer:(on,", EW_LIVE_TIMER_RTO},
		     {"timer:(keepalive,", EW_LIVE_TIMER_KEEPALIVE},
		     {"timer:(timewait,", EW_LIVE_TIMER_TIMEWAIT},
		     {"timer:(persist,", EW_LIVE_TIMER_PERSIST}};

	for (size_t i = 0; i < G_N_ELEMENTS(names); i++)
		if (strstr(line, names[i].name))
			return names[i].timer;
	return EW_LIVE_TIMER_NONE;
}

/* "2min30sec", "59sec", "1.204ms" (a second and 204 ms), "204ms": above nine minutes or seconds without what
 * is smaller. */
static void read_rest(const char *line, struct told *t)
{
	const char *at = strstr(line, "timer:(");
	int64_t ms = 0;

	at = at ? strchr(at, ',') : NULL;
	t->exact_to_ms = 1;
	while (at && g_ascii_isdigit(at[1])) {
		int64_t n = g_ascii_strtoll(at + 1, (char **)&at, 10);

		if (g_str_has_prefix(at, "min")) {
			ms += n * 60000;
			t->exact_to_ms = n > 9 ? 60000 : 1000;
			at += 2;
		} else if (g_str_has_prefix(at, "sec")) {
			ms += n * 1000;
			t->exact_to_ms = 1000;
			at += 2;
		} else {
			ms += *at == '.' ? n * 1000 : n;
		}
	}
	t->expires_ms = ms;
}

/* The socket with these ports in an answer; state EW_LIVE_GONE if it is not there. */
static struct told find_told(char **lines, uint16_t port, uint16_t peer_port)
{
	struct told t = {.state = EW_LIVE_GONE};

	for (; *lines && **lines != '@'; lines++) {
		char state[32], local[64], peer[64];
		unsigned receive, send;

		if (sscanf(*lines, "%31s %u %u %63s %63s", state, &receive, &send, local, peer) != 5)
			continue;
		const char *a = strrchr(local, ':'), *b = strrchr(peer, ':');
		if (!a || !b || atoi(a + 1) != port || atoi(b + 1) != peer_port)
			continue;
		CHECK(ew_live_state_parse(state, &t.state), "%s", *lines);
		t.receive_queue = receive;
		t.send_queue = send;
		t.timer = timer_of(*lines);
		read_rest(*lines, &t);
	}
	return t;
}

/* The event that says how the side is from `from` to `to`; NULL where something changes about then,
 * or is not yet known. */
static const struct ew_live_event *state_between(const struct run *run, int side, int64_t from,
						 int64_t to)
{
	const struct ew_live_event *found = NULL;
	int64_t last = INT64_MIN;

	for (guint i = 0; i < run->result->events->len; i++) {
		const struct ew_live_event *e = event_at(run, i);

		if (e->time > last)
			last = e->time;
		if (e->kind == EW_LIVE_EVENT_PACKET && e->time > from - MARGIN_NS &&
		    e->time < to + MARGIN_NS)
			return NULL;
		if (e->side != side || e->inferred ||
		    (e->kind != EW_LIVE_EVENT_STATE && e->kind != EW_LIVE_EVENT_SOCKET))
			continue;
		if (e->time < from - MARGIN_NS)
			found = e;
		else if (e->time < to + MARGIN_NS || e->since < to)
			return NULL;
	}
	return to + MARGIN_NS < last ? found : NULL;
}

/* Whether a packet went between two times: then timers were set anew. */
static bool has_packet(const struct run *run, int64_t from, int64_t to)
{
	for (guint i = 0; i < run->result->events->len; i++) {
		const struct ew_live_event *e = event_at(run, i);

		if (e->kind == EW_LIVE_EVENT_PACKET && e->time > from && e->time < to)
			return true;
	}
	return false;
}

/* What is left of a timer when ss looks is what was left before, less the time in between; of one that is due and has
 * not run yet nothing is left. */
static void compare_rest(struct run *run, const struct ew_live_event *e, const struct told *t,
			 int64_t from, int64_t to)
{
	if (e->timer == EW_LIVE_TIMER_NONE || has_packet(run, e->time, to))
		return;
	int64_t most = e->expires_ms - (from - e->time) / 1000000 + JIFFIES_MS;
	int64_t least = e->expires_ms - (to - e->time) / 1000000 - JIFFIES_MS - t->exact_to_ms;
	CHECK(t->expires_ms >= least && t->expires_ms <= MAX(most, 0),
	      "%s, side %d at %.3f ms: ss says that the timer has %d ms left, we %d to %d",
	      run->x->name, e->side, (double)from / 1e6, (int)t->expires_ms, (int)least, (int)most);
	run->timers++;
}

static void compare_look(struct run *run, int look, int64_t from, int64_t to,
			 char **lines)
{
	for (int side = 0; side < 2; side++) {
		if (is_wire(run) && side != look)
			continue;
		const struct ew_live_event *e = state_between(run, side, from, to);

		if (!e)
			continue;
		struct told t = find_told(lines, run->ports[side], run->ports[1 - side]);
		bool same = t.state == e->state &&
			    (t.state == EW_LIVE_GONE ||
			     (t.receive_queue == e->receive_queue && t.send_queue == e->send_queue &&
			      t.timer == e->timer));
		CHECK(same,
		      "%s, side %d at %.3f ms: ss says %s %u %u timer %s, we %s %u %u timer %s",
		      run->x->name, side, (double)from / 1e6, ew_live_state_name(t.state),
		      t.receive_queue, t.send_queue, ew_live_timer_name(t.timer),
		      ew_live_state_name(e->state), e->receive_queue, e->send_queue,
		      ew_live_timer_name(e->timer));
		run->compared++;
		if (t.state != EW_LIVE_GONE)
			compare_rest(run, e, &t, from, to);
	}
}

static void compare_sockets(struct run *run, int look)
{
	g_autofree char *text = NULL;

	CHECK(g_file_get_contents(run->answers[look], &text, NULL, NULL));
	g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
	for (int i = 0; lines[i]; i++) {
		int64_t from, to;

		if (sscanf(lines[i], "@ %" G_GINT64_FORMAT " %" G_GINT64_FORMAT, &from, &to) == 2)
			compare_look(run, look, from - run->zero, to - run->zero, lines + i + 1);
	}
}

/* ---- all of them ----------------------------------------------------------------------------- */

/* Returns how many looks of ss were compared. */
static int cross_check_once(const struct ew_live_experiment *x)
{
	g_autofree char *directory = g_dir_make_tmp("exitwalk-XXXXXX", NULL);
	struct run run = {.x = x};

	run_watched(&run, directory);
	int packets = 0;
	for (int i = 0; i < run.looks; i++)
		packets += compare_packets(&run, i);
	for (int i = 0; i < run.looks; i++)
		compare_sockets(&run, i);
	printf("%s: %d packets, %d looks of ss, %d rests of timers: the same\n", x->name, packets,
	       run.compared, run.timers);
	fflush(stdout);
	CHECK(packets > 0, "%s: no packet was compared", x->name);
	ew_live_result_free(run.result);
	for (int i = 0; i < run.looks; i++) {
		g_unlink(run.frames[i]);
		g_unlink(run.answers[i]);
		g_free(run.frames[i]);
		g_free(run.answers[i]);
	}
	g_rmdir(directory);
	return run.compared;
}

/* On a machine that is busy ss may not come to look within a short run: that says nothing. */
static void cross_check(const struct ew_live_experiment *x)
{
	int compared = 0;

	for (int tries = 0; !compared && tries < 5; tries++)
		compared = cross_check_once(x);
	CHECK(compared, "%s: nothing was compared", x->name);
}

/* The experiment with a head start before its first step. */
static struct ew_live_experiment *with_head_start(const char *text, const char *name)
{
	const char *step = strstr(text, "\nstep");
	g_autoptr(GError) error = NULL;
	g_autofree char *late = g_strdup_printf("%.*s\n" HEAD_START "%s", (int)(step - text), text,
						step + 1);
	struct ew_live_experiment *x = ew_live_parse(late, name, &error);

	CHECK(x, "%s: %s", name, error->message);
	return x;
}

/* A shipped one; without what its machine must have, it is skipped. */
static void check_shipped(const char *directory, const char *name)
{
	g_autofree char *path = g_strdup_printf("%s/%s.exp", directory, name);
	g_autofree char *text = NULL;

	CHECK(g_file_get_contents(path, &text, NULL, NULL), "no %s", path);
	ew_auto(live_experiment) x = with_head_start(text, name);
	g_autofree char *missing = ew_live_missing(x);

	CHECK(ew_live_connection_count(x) == 1, "%s: not one connection", name);
	if (missing)
		printf("%s: skipped: %s\n", name, missing);
	else
		cross_check(x);
}

int main(int argc, char **argv)
{
	const char *directory = argv[1], *only = argc > 2 ? argv[2] : NULL;
	g_autoptr(GError) error = NULL;

	if (!is_there("ss") || !is_there("tcpdump"))
		return SKIP;
	if (!ew_live_check(&error)) {
		printf("skipped: %s\n", error->message);
		return SKIP;
	}
	for (size_t i = 0; i < G_N_ELEMENTS(own); i++) {
		if (only && strcmp(only, own[i].name))
			continue;
		ew_auto(live_experiment) x = with_head_start(own[i].text, own[i].name);

		cross_check(x);
	}
	for (size_t i = 0; i < G_N_ELEMENTS(shipped); i++)
		if (!only || !strcmp(only, shipped[i]))
			check_shipped(directory, shipped[i]);
	return 0;
}
