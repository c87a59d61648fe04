/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Runs real experiments and looks at what they leave: live_run TEST SHIPPED-DIRECTORY
 * OWN-DIRECTORY. Order and outcome are asserted, never times. Exits 77, with the reason, where this
 * machine forbids the stage.
 */
#include "../check.h"
#include "live/live.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <linux/capability.h>
#include <unistd.h>

static const char *shipped_dir, *own_dir;

/* ---- looking for what was left --------------------------------------------------------------- */

static ino_t own_namespace(void)
{
	struct stat st;

	CHECK(stat("/proc/self/ns/net", &st) == 0);
	return st.st_ino;
}

/* How many processes live in the network namespace. */
static int count_inhabitants(ino_t namespace)
{
	DIR *proc = opendir("/proc");
	struct dirent *d;
	int n = 0;

	CHECK(proc);
	while ((d = readdir(proc))) {
		char path[300];
		struct stat st;

		snprintf(path, sizeof(path), "/proc/%s/ns/net", d->d_name);
		if (g_ascii_isdigit(*d->d_name) && stat(path, &st) == 0 && st.st_ino == namespace)
			n++;
	}
	closedir(proc);
	return n;
}

static int count_descriptors(void)
{
	DIR *d = opendir("/proc/self/fd");
	int n = 0;

	CHECK(d);
	while (readdir(d))
		n++;
	closedir(d);
	return n;
}

static bool has_children(void)
{
	return waitid(P_ALL, 0, NULL, WEXITED | WNOHANG | WNOWAIT) == 0;
}

/* Waits until nobody is in the namespace any more, up to ten seconds. */
static bool becomes_empty(ino_t namespace)
{
	for (int i = 0; i < 1000; i++) {
		if (count_inhabitants(namespace) == 0)
			return true;
		usleep(10000);
	}
	return false;
}

/* ---- running --------------------------------------------------------------------------------- */

static struct ew_live_experiment *load(const char *directory, const char *name)
{
	g_autofree char *file = g_strconcat(name, ".exp", NULL);
	g_autofree char *path = g_build_filename(directory, file, NULL);
	g_autoptr(GError) error = NULL;
	struct ew_live_experiment *x = ew_live_load(path, &error);

	CHECK(x, "%s", error->message);
	return x;
}

/* Where the stage is not possible at all, there is nothing to test. */
static void skip_if_impossible(const struct ew_live_experiment *x)
{
	g_autoptr(GError) error = NULL;
	ew_auto(live_result) r = ew_live_run(x, NULL, NULL, &error);

	if (r)
		return;
	CHECK(g_error_matches(error, EW_ERROR, EW_ERROR_NOT_POSSIBLE), "%s", error->message);
	printf("skipped: %s\n", error->message);
	exit(SKIP);
}

static ino_t stage_of(const struct ew_live_result *r)
{
	for (guint i = 0; i < r->events->len; i++) {
		const struct ew_live_event *e = &g_array_index(r->events, struct ew_live_event, i);

		if (e->kind == EW_LIVE_EVENT_STAGE)
			return (ino_t)e->value;
	}
	return 0;
}

/* Runs it and checks that nothing is different afterwards. */
static struct ew_live_result *run(const struct ew_live_experiment *x)
{
	g_autoptr(GError) error = NULL;
	ino_t namespace = own_namespace();
	int descriptors = count_descriptors();
	sigset_t before, after;

	sigprocmask(SIG_BLOCK, NULL, &before);
	struct ew_live_result *r = ew_live_run(x, NULL, NULL, &error);
	CHECK(r, "%s", error->message);
	sigprocmask(SIG_BLOCK, NULL, &after);
	CHECK(own_namespace() == namespace);
	CHECK(count_descriptors() == descriptors);
	CHECK(sigismember(&before, SIGINT) == sigismember(&after, SIGINT));
	CHECK(!has_children());
	CHECK(r->left_behind == 0);
	if (stage_of(r)) {
		CHECK(stage_of(r) != namespace);
		CHECK(count_inhabitants(stage_of(r)) == 0);
	}
	return r;
}

static void check_order(const struct ew_live_result *r)
{
	int64_t last = INT64_MIN;

	for (guint i = 0; i < r->events->len; i++) {
		const struct ew_live_event *e = &g_array_index(r->events, struct ew_live_event, i);

		CHECK(e->time >= last, "event %u of kind %s goes back in time", i,
		      ew_live_event_name(e->kind));
		CHECK(i + 1 == r->events->len || e->kind != EW_LIVE_EVENT_END);
		last = e->time;
	}
	CHECK(g_array_index(r->events, struct ew_live_event, r->events->len - 1).kind ==
	      EW_LIVE_EVENT_END);
}

static void test_shipped(void)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(GPtrArray) list = ew_live_list(shipped_dir, NULL, &error);

	CHECK(list && list->len > 0);
	CHECK(ew_live_check(NULL));
	CHECK(!has_children());
	for (guint i = 0; i < list->len; i++) {
		const struct ew_live_experiment *x = list->pdata[i];
		g_autofree char *missing = ew_live_missing(x);

		if (missing) {
			printf("%s: skipped: %s\n", x->name, missing);
			continue;
		}
		ew_auto(live_result) r = run(x);

		printf("%s: %s\n", x->name, r->matched ? "matched" : r->difference);
		CHECK(r->completed);
		CHECK(r->matched);
		check_order(r);
	}
	/* what this experiment teaches, beyond the sequence */
	ew_auto(live_experiment) x = load(shipped_dir, "kill-established");
	ew_auto(live_result) r = run(x);
	CHECK(r->bound_reached);
	CHECK(r->sides[0].has_still && r->sides[0].still == EW_LIVE_FIN_WAIT2);
	CHECK(r->sides[1].has_still && r->sides[1].still == EW_LIVE_CLOSE_WAIT);
	for (guint i = 0; i < r->events->len; i++) {
		const struct ew_live_event *e = &g_array_index(r->events, struct ew_live_event, i);

		/* the dead client's socket belongs to nobody and has a timer, the server's is the
		 * reverse */
		if (e->kind == EW_LIVE_EVENT_STILL && e->side == 0)
			CHECK(e->inode == 0 && e->timer == EW_LIVE_TIMER_TIMEWAIT);
		if (e->kind == EW_LIVE_EVENT_STILL && e->side == 1)
			CHECK(e->inode != 0 && e->timer == EW_LIVE_TIMER_NONE &&
			      e->receive_queue == 1);
		if (e->kind == EW_LIVE_EVENT_PROCESS)
			CHECK(WIFSIGNALED(e->status) && WTERMSIG(e->status) == SIGKILL);
		if (e->kind == EW_LIVE_EVENT_LEFT)
			CHECK(e->side == 0 && e->state == EW_LIVE_TIME_WAIT);
	}
}

/* An experiment a verb or a way of using one: each must go as it says, and leave nothing. */
static void test_verbs(void)
{
	g_autofree char *directory = g_build_filename(own_dir, "verbs", NULL);
	g_autoptr(GPtrArray) problems = g_ptr_array_new_with_free_func(g_free);
	g_autoptr(GPtrArray) list = ew_live_list(directory, problems, NULL);

	CHECK(list && list->len > 0 && !problems->len, "%s",
	      problems->len ? (char *)problems->pdata[0] : "none");
	for (guint i = 0; i < list->len; i++) {
		const struct ew_live_experiment *x = list->pdata[i];
		g_autofree char *missing = ew_live_missing(x);

		if (missing) {
			printf("%s: skipped: %s\n", x->name, missing);
			continue;
		}
		ew_auto(live_result) r = run(x);
		CHECK(r->matched, "%s: %s", x->name, r->difference);
		check_order(r);
	}
}

static void test_variants(void)
{
	ew_auto(live_experiment) unread = load(own_dir, "unread-data");
	ew_auto(live_experiment) orphan = load(own_dir, "orphan-expires");
	ew_auto(live_result) a = run(unread);
	ew_auto(live_result) b = run(orphan);

	CHECK(a->matched && !a->bound_reached, "%s", a->difference);
	CHECK(a->outcome == EW_LIVE_OUTCOME_RUDE);
	CHECK(b->matched && !b->bound_reached, "%s", b->difference);
	/* a false expectation must be told */
	g_array_index(unread->expected, struct ew_live_expected, 1).states[1] = EW_LIVE_CLOSE_WAIT;
	ew_auto(live_result) c = run(unread);
	CHECK(c->completed && !c->matched);
	CHECK(strcmp(c->difference,
		     "server: expected ESTABLISHED CLOSE_WAIT, observed ESTABLISHED gone") == 0,
	      "%s", c->difference);
}

/* ---- stopping -------------------------------------------------------------------------------- */

/* Sends SIGINT to this process after a while. */
static pid_t interrupt_later(int after_us)
{
	pid_t test = getpid(), child = fork();

	CHECK(child >= 0);
	if (child == 0) {
		usleep((useconds_t)after_us);
		kill(test, SIGINT);
		_exit(0);
	}
	return child;
}

static void test_interrupted(void)
{
	static const int moments[] = {0,     500,   1000,  2000,  4000,	  6000,	  8000,	  10000,
				      12000, 15000, 20000, 30000, 100000, 300000, 520000, 700000};
	ew_auto(live_experiment) x = load(shipped_dir, "kill-established");

	for (size_t i = 0; i < G_N_ELEMENTS(moments); i++) {
		g_autoptr(GError) error = NULL;
		int descriptors = count_descriptors();
		/* blocked here too, so that one that comes too early does not end the test */
		sigset_t set;
		sigemptyset(&set);
		sigaddset(&set, SIGINT);
		sigprocmask(SIG_BLOCK, &set, NULL);
		pid_t child = interrupt_later(moments[i]);
		ew_auto(live_result) r = ew_live_run(x, NULL, NULL, &error);

		CHECK(r, "%s", error->message);
		CHECK(waitpid(child, NULL, 0) == child);
		CHECK(!r->completed && r->signal == SIGINT && !r->matched, "at %d us", moments[i]);
		CHECK(!has_children() && count_descriptors() == descriptors);
		CHECK(r->left_behind == 0);
		CHECK(!stage_of(r) || count_inhabitants(stage_of(r)) == 0);
		check_order(r);
	}
}

/* Tells the namespace through a pipe as soon as the client was killed. */
static void tell_stage(const struct ew_live_event *e, void *data)
{
	int *pipe_end = data;

	if (e->kind == EW_LIVE_EVENT_STAGE)
		CHECK(write(*pipe_end, &e->value, sizeof(e->value)) == sizeof(e->value));
}

/* Forks a process that runs the experiment; returns once the experiment's stage is known. */
static pid_t run_in_child(const struct ew_live_experiment *x, ino_t *stage)
{
	int64_t value;
	int fds[2];

	CHECK(pipe(fds) == 0);
	pid_t child = fork();
	CHECK(child >= 0);
	if (child == 0) {
		g_autoptr(GError) error = NULL;

		close(fds[0]);
		struct ew_live_result *r = ew_live_run(x, tell_stage, &fds[1], &error);
		_exit(r ? 0 : error->code == EW_ERROR_NOT_POSSIBLE ? 3 : 1);
	}
	close(fds[1]);
	CHECK(read(fds[0], &value, sizeof(value)) == sizeof(value));
	close(fds[0]);
	*stage = (ino_t)value;
	return child;
}

/* The only child of a process. */
static pid_t child_of(pid_t pid)
{
	g_autofree char *path = g_strdup_printf("/proc/%d/task/%d/children", pid, pid);
	g_autofree char *text = NULL;

	CHECK(g_file_get_contents(path, &text, NULL, NULL), "%s", path);
	return (pid_t)strtol(text, NULL, 10);
}

static void test_killed(void)
{
	ew_auto(live_experiment) x = load(shipped_dir, "kill-established");
	ino_t stage;
	int status;

	pid_t user = run_in_child(x, &stage);
	CHECK(count_inhabitants(stage) > 0);
	CHECK(kill(user, SIGKILL) == 0);
	CHECK(waitpid(user, &status, 0) == user);
	CHECK(becomes_empty(stage), "the runner outlived the user's process");

	user = run_in_child(x, &stage);
	pid_t runner = child_of(user);
	CHECK(runner > 0 && count_inhabitants(stage) > 0);
	CHECK(kill(runner, SIGKILL) == 0);
	CHECK(waitpid(user, &status, 0) == user);
	CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 3, "status %x", (unsigned)status);
	CHECK(becomes_empty(stage), "the actors outlived their runner");
}

/* ---- namespaces ------------------------------------------------------------------------------ */

static void write_text(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY);

	CHECK(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text), "%s: %s", path,
	      strerror(errno));
	close(fd);
}

/* Enters a user namespace, whose limits are its own and no concern of the machine. */
static void enter_user_namespace(void)
{
	char uid_map[64], gid_map[64];

	snprintf(uid_map, sizeof(uid_map), "0 %u 1", (unsigned)geteuid());
	snprintf(gid_map, sizeof(gid_map), "0 %u 1", (unsigned)getegid());
	if (unshare(CLONE_NEWUSER) != 0) {
		/* root within a chroot can run experiments, but gets no user namespace */
		printf("skipped: this test needs a user namespace of its own: %s\n",
		       strerror(errno));
		fflush(stdout);
		_exit(SKIP);
	}
	write_text("/proc/self/setgroups", "deny");
	write_text("/proc/self/uid_map", uid_map);
	write_text("/proc/self/gid_map", gid_map);
}

/* Only one network namespace at a time is allowed: each run must give its own back. A dying
 * namespace needs a moment, which is waited for. */
static void test_namespaces(void)
{
	ew_auto(live_experiment) x = load(own_dir, "unread-data");
	ew_auto(live_experiment) established = load(shipped_dir, "kill-established");

	established->bound_ms = 700; /* stops with a socket in FIN_WAIT2 and one in CLOSE_WAIT */
	enter_user_namespace();
	write_text("/proc/sys/user/max_net_namespaces", "1");
	for (int i = 0; i < 4; i++) {
		struct ew_live_result *r = NULL;

		for (int tries = 0; !r && tries < 100; tries++) {
			r = ew_live_run(i % 2 ? established : x, NULL, NULL, NULL);
			if (!r)
				usleep(100000);
		}
		CHECK(r, "run %d: the namespace of the one before was not given back in 10 s", i);
		ew_live_result_free(r);
	}
}

static void drop_capabilities(void)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct none[2] = {0};

	CHECK(syscall(SYS_capset, &header, none) == 0);
}

static void check_forbidden(const char *file, const char *says)
{
	pid_t child = fork();
	int status;

	CHECK(child >= 0);
	if (child == 0) {
		g_autoptr(GError) error = NULL;
		ew_auto(live_experiment) x = load(shipped_dir, "kill-established");

		enter_user_namespace();
		write_text(file, "0");
		drop_capabilities();
		CHECK(!ew_live_check(NULL));
		CHECK(!ew_live_run(x, NULL, NULL, &error));
		printf("%s\n", error->message);
		CHECK(g_error_matches(error, EW_ERROR, EW_ERROR_NOT_POSSIBLE));
		CHECK(strstr(error->message, says), "does not say \"%s\"", says);
		CHECK(!has_children());
		fflush(stdout);
		_exit(0);
	}
	CHECK(waitpid(child, &status, 0) == child && WIFEXITED(status));
	if (WEXITSTATUS(status) == SKIP)
		exit(SKIP);
	CHECK(WEXITSTATUS(status) == 0);
}

static void test_forbidden(void)
{
	check_forbidden("/proc/sys/user/max_user_namespaces", "user.max_user_namespaces is 0");
	check_forbidden("/proc/sys/user/max_net_namespaces", "user.max_net_namespaces is 0");
}

/* ---- experiments that go wrong --------------------------------------------------------------- */

#define START                                                                                      \
	"title t\nquestion q\ntopology loopback\nwatch sockets packets\nbound 400ms\n"             \
	"actors client server\n"

static void check_failure(enum ew_error code, const char *text, const char *says)
{
	g_autoptr(GError) error = NULL;
	ew_auto(live_experiment) x = ew_live_parse(text, "broken.exp", &error);

	CHECK(x, "%s", error->message);
	CHECK(!ew_live_run(x, NULL, NULL, &error));
	CHECK(g_error_matches(error, EW_ERROR, (int)code), "%s", error->message);
	CHECK(strstr(error->message, says), "%s", error->message);
	CHECK(!has_children());
}

static void test_broken_steps(void)
{
	check_failure(EW_ERROR_INPUT, START "step server listen\nstep client recv\nstep client kill\n",
		      "broken.exp:8: the step \"client recv\" failed");
	check_failure(EW_ERROR_INPUT, START "step server listen\nstep server accept\nstep client kill\n",
		      "broken.exp:8: the step \"server accept\" failed: no answer within 2 s");
	check_failure(EW_ERROR_NOT_POSSIBLE,
		START "sysctl net.ipv4.no_such_thing 1\nstep client kill\n",
		"this kernel has no sysctl net.ipv4.no_such_thing");
	/* a step that blocks after the kill meets the bound */
	g_autoptr(GError) error = NULL;
	ew_auto(live_experiment) x = ew_live_parse(
		START "step server listen\nstep client connect server\nstep server accept\n"
		      "step client kill\nstep server recv\nstep server recv\nstep server accept\n"
		      "step server close\n",
		"blocks.exp", &error);
	CHECK(x, "%s", error->message);
	ew_auto(live_result) r = run(x);
	CHECK(r->completed && r->bound_reached);
	for (guint i = 0; i < r->events->len; i++) {
		const struct ew_live_event *e = &g_array_index(r->events, struct ew_live_event, i);

		if (e->kind == EW_LIVE_EVENT_BOUND)
			CHECK(strcmp(e->text, "server accept") == 0 && e->line == 13, "%s",
			      e->text);
	}
}

static void test_plain_user(void)
{
	ew_auto(live_experiment) x = load(shipped_dir, "kill-established");

	if (geteuid() == 0) {
		CHECK(setgroups(0, NULL) == 0 && setresgid(65534, 65534, 65534) == 0 &&
		      setresuid(65534, 65534, 65534) == 0);
		/* /proc/self is root's otherwise, which is a matter of setuid() and not of plain
		 * users */
		CHECK(prctl(PR_SET_DUMPABLE, 1) == 0);
	}
	skip_if_impossible(x);
	ew_auto(live_result) r = run(x);
	CHECK(r->matched, "%s", r->difference);
	CHECK(g_array_index(r->events, struct ew_live_event, 0).kind == EW_LIVE_EVENT_STAGE);
	CHECK(g_array_index(r->events, struct ew_live_event, 0).status == 1);
}

/* ---- observing ------------------------------------------------------------------------------- */

/* "client FIN server ACK …": the packets after the kill, retransmissions apart. */
static char *wire_of(const struct ew_live_experiment *x, const struct ew_live_result *r)
{
	GString *s = g_string_new(NULL);

	for (guint i = 0; i < r->events->len; i++) {
		const struct ew_live_event *e = &g_array_index(r->events, struct ew_live_event, i);

		if (e->kind == EW_LIVE_EVENT_PACKET && e->time >= 0 && !e->retransmission)
			g_string_append_printf(s, "%s %s ", x->actors[e->side].name,
					       ew_live_packet_word(e->flags, e->length));
	}
	return g_string_free(s, FALSE);
}

/* With and without those who watch, the same is on the wire. */
static void test_unobserved(void)
{
	static const char *const names[] = {"unread-data", "orphan-expires"};

	for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
		g_autoptr(GError) error = NULL;
		ew_auto(live_experiment) x = load(own_dir, names[i]);
		ew_auto(live_experiment) bare = load(own_dir, names[i]);
		ew_auto(live_result) with = run(x);

		ew_live_without_observers(bare);
		ew_auto(live_result) without = ew_live_run(bare, NULL, NULL, &error);

		CHECK(without, "%s", error->message);
		CHECK(without->matched, "%s: %s", names[i], without->difference);
		g_autofree char *a = wire_of(x, with), *b = wire_of(x, without);
		CHECK(*a && strcmp(a, b) == 0, "%s: observed %s, unobserved %s", names[i], a, b);
		for (guint k = 0; k < without->events->len; k++) {
			enum ew_live_event_kind kind =
				g_array_index(without->events, struct ew_live_event, k).kind;

			CHECK(kind != EW_LIVE_EVENT_STATE && kind != EW_LIVE_EVENT_COUNTER &&
				      kind != EW_LIVE_EVENT_FREED,
			      "a %s was seen without observers", ew_live_event_name(kind));
		}
	}
}

static const struct ew_live_event *find_event(const struct ew_live_result *r,
					      enum ew_live_event_kind kind, const char *text)
{
	for (guint i = 0; i < r->events->len; i++) {
		const struct ew_live_event *e = &g_array_index(r->events, struct ew_live_event, i);

		if (e->kind == kind && e->time >= 0 && (!text || !strcmp(e->text, text)))
			return e;
	}
	return NULL;
}

/* Counters tell the branch, the freed socket is told, and what watching took. */
static void test_observers(void)
{
	ew_auto(live_experiment) unread = load(own_dir, "unread-data");
	ew_auto(live_experiment) established = load(shipped_dir, "kill-established");
	ew_auto(live_result) a = run(unread);
	ew_auto(live_result) b = run(established);

	CHECK(find_event(a, EW_LIVE_EVENT_COUNTER, "TCPAbortOnClose"));
	CHECK(find_event(a, EW_LIVE_EVENT_COUNTER, "OutRsts"));
	CHECK(!find_event(a, EW_LIVE_EVENT_COUNTER, "TW"));
	CHECK(find_event(a, EW_LIVE_EVENT_FREED, NULL));
	CHECK(find_event(b, EW_LIVE_EVENT_COUNTER, "TW"));
	CHECK(!find_event(b, EW_LIVE_EVENT_COUNTER, "TCPAbortOnClose"));
	/* what was opened before the kill is no consequence of it */
	CHECK(!find_event(b, EW_LIVE_EVENT_COUNTER, "ActiveOpens"));
	const struct ew_live_event *pace = find_event(b, EW_LIVE_EVENT_OBSERVERS, NULL);
	CHECK(pace && pace->line > 100 && pace->steps > 0 && pace->value > pace->steps && pace->clock > 1000000);
	printf("kill-established: %d looks, 99 of 100 within %d us while things happened; %.2f %% of a "
	       "core\n",
	       pace->line, pace->status, 100.0 * (double)pace->value / (double)pace->clock);
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		void (*test)(void);
	} tests[] = {
		{"shipped", test_shipped},	 {"verbs", test_verbs},
		{"variants", test_variants},	 {"interrupted", test_interrupted},
		{"killed", test_killed},	 {"namespaces", test_namespaces},
		{"forbidden", test_forbidden},	 {"broken-steps", test_broken_steps},
		{"plain-user", test_plain_user}, {"unobserved", test_unobserved},
		{"observers", test_observers},	
	};

	CHECK(argc == 4, "usage: live_run TEST SHIPPED OWN");
	if (access("/proc/self/ns/net", F_OK) != 0) {
		printf("skipped: /proc is not mounted, and what a run leaves cannot be looked "
		       "for\n");
		return SKIP;
	}
	shipped_dir = argv[2];
	own_dir = argv[3];
	ew_auto(live_experiment) probe = load(own_dir, "unread-data");
	skip_if_impossible(probe);
	for (size_t i = 0; i < G_N_ELEMENTS(tests); i++) {
		if (strcmp(argv[1], tests[i].name) == 0) {
			tests[i].test();
			return 0;
		}
	}
	CHECK(false, "no test %s", argv[1]);
	return 1;
}
