/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Machines and files on which an experiment cannot go as it should: live_bad TEST. Each has a clear
 * outcome, and nothing is left. Exits 77, with the reason, where this machine forbids the stage.
 */
#include "../check.h"
#include "live/live.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define HEAD                                                                                       \
	"title t\nquestion q\ntopology loopback\nwatch sockets packets processes\nbound 400ms\n"   \
	"actors client server\n"
#define WIRE                                                                                       \
	"title t\nquestion q\ntopology wire\nwatch sockets packets processes\nbound 2s\n"           \
	"actors client server\n"
#define OPEN "step server listen\nstep client connect server\nstep server accept\n"

static struct ew_live_experiment *parse(const char *text)
{
	g_autoptr(GError) error = NULL;
	struct ew_live_experiment *x = ew_live_parse(text, "bad.exp", &error);

	CHECK(x, "%s", error->message);
	return x;
}

static void check_nothing_left(void)
{
	CHECK(waitid(P_ALL, 0, NULL, WEXITED | WNOHANG | WNOWAIT) < 0 && errno == ECHILD);
}

/* It must fail with this code, and say so. */
static void check_fails_as(enum ew_error code, const char *text, const char *says)
{
	g_autoptr(GError) error = NULL;
	ew_auto(live_experiment) x = parse(text);

	CHECK(!ew_live_run(x, NULL, NULL, &error), "it ran");
	printf("%s\n", error->message);
	CHECK(g_error_matches(error, EW_ERROR, (int)code), "code %d: %s", error->code, error->message);
	CHECK(strstr(error->message, says), "does not say \"%s\"", says);
	check_nothing_left();
}

/* For what this machine lacks or forbids. */
static void check_fails(const char *text, const char *says)
{
	check_fails_as(EW_ERROR_NOT_POSSIBLE, text, says);
}

/* For what the file asks for. */
static void check_wrong(const char *text, const char *says)
{
	check_fails_as(EW_ERROR_INPUT, text, says);
}

/* ---- steps ----------------------------------------------------------------------------------- */

static void test_steps(void)
{
	check_wrong(HEAD OPEN "step client hang within 300ms\nstep client kill\n",
		    "bad.exp:10: the step \"client hang\" failed: no answer within 0.3 s");
	check_wrong(HEAD "helper other on server\n" OPEN "step other bind like server\nstep client kill\n",
		    "bad.exp:11: the step \"other bind like server\" failed: Address already in use");
	check_wrong(HEAD OPEN "step client recv on nothing\nstep client kill\n",
		    "bad.exp:10: the step \"client recv\" failed: Bad file descriptor");
	check_wrong(HEAD OPEN "step client continue\nstep client kill\n", "it was not frozen");
	check_wrong(HEAD OPEN "step client recv without waiting\nstep client send 1\nstep client kill\n",
		    "bad.exp:11: the step \"client send 1\" failed: no answer within 2 s");
	check_wrong(HEAD "sysctl net.ipv4.tcp_fin_timeout never\n" OPEN "step client kill\n", "Invalid argument");
	check_fails(HEAD "needs file /nonexistent\n" OPEN "step client kill\n",
		    "the experiment bad cannot run here: /nonexistent is not there; no run of it was recorded");
}

#define OF(protocol) \
	"title t\nquestion q\ntopology loopback\nprotocol " protocol "\nwatch processes\nbound 400ms\nactors client server\n"

/* Not supported: on any machine, where the verb and the kind of socket tell; and perhaps here, where they do not. */
static void test_unsupported(void)
{
	check_wrong(OF("udp") "step server listen\nstep server kill\n",
		    "bad.exp:8: the step \"server listen\" failed: Operation not supported: a socket of protocol udp, as it is "
		    "then, cannot do that on any machine");
	check_wrong(OF("udp") "step server bind\nstep client connect server\nstep client send 1 urgent\nstep client kill\n",
		    "cannot do that on any machine");
	check_wrong(OF("udp") "step server bind\nstep client connect server\nstep client cork\nstep client kill\n",
		    "cannot do that on any machine");
	check_wrong(OF("unix") "step server listen\nstep client connect server\nstep client setsockopt TCP_NODELAY 1\n"
			       "step client kill\n",
		    "cannot do that on any machine");
	/* the kernel says the same where it may not, as it is set up */
	check_fails(HEAD "sysctl net.ipv4.tcp_fastopen 0\nstep server listen\nstep client socket\n"
			 "step client setsockopt TCP_FASTOPEN_CONNECT 1\nstep client kill\n",
		    "Operation not supported: by this kernel as it is set up, or by a socket of protocol tcp as it is then");
}

/* What a file waits for and what does not come is an honest no. */
static void test_vain(void)
{
	check_fails_as(EW_ERROR_NO_ANSWER, HEAD OPEN "until client CLOSE_WAIT within 200ms\nstep client kill\n",
		       "bad.exp:10: the step \"until client CLOSE_WAIT\" failed: it did not come to that state");
	check_fails_as(EW_ERROR_NO_ANSWER, WIRE OPEN "hold\nrelease FIN within 200ms\nstep client kill\n",
		       "no such frame was held in time");
}

/* A host can be left when nobody is there any more, and only then is it asked for. */
static void test_leave(void)
{
	check_wrong(WIRE OPEN "zero\nleave client\nstep client kill\n",
		    "bad.exp:11: the step \"leave client\" failed: an actor still lives on that host");
	check_wrong(WIRE OPEN "step client kill\nhost-exists client\n",
		    "bad.exp:11: the step \"host-exists client\" failed: that host was not left");
	check_wrong(WIRE OPEN "step client kill\nleave client\nleave client\n",
		    "bad.exp:12: the step \"leave client\" failed: a host was left already");
	check_wrong(WIRE OPEN "step client kill\nleave client\nunaddress client\n",
		    "bad.exp:12: the step \"unaddress client\" failed: that host was left already");
}

/* After the kill a step that is not done meets the bound, and the run is complete. */
static void test_bound(void)
{
	g_autoptr(GError) error = NULL;
	ew_auto(live_experiment) x =
		parse(HEAD OPEN "step client kill\nstep server hang\nstep server close\n");
	ew_auto(live_result) r = ew_live_run(x, NULL, NULL, &error);

	CHECK(r, "%s", error->message);
	CHECK(r->completed && r->bound_reached);
	check_nothing_left();
	/* what was expected of a step that was never done differs */
	ew_auto(live_experiment) y =
		parse(HEAD OPEN "step client kill\nstep server hang\nstep server recv gives 0\n");
	ew_auto(live_result) s = ew_live_run(y, NULL, NULL, &error);
	CHECK(s, "%s", error->message);
	CHECK(!s->matched && strstr(s->difference, "observed that it was not done"), "%s",
	      s->difference);
}

/* ---- machines -------------------------------------------------------------------------------- */

/* From here on the system call is answered so, in this process and its children. */
static void filter(int number, unsigned answer)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)number, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, answer),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = {.len = G_N_ELEMENTS(code), .filter = code};

	CHECK(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
	CHECK(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0, "%s", strerror(errno));
}

/* The same of calls whose first argument is this one. */
static void filter_argument(int number, unsigned argument, unsigned answer)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)number, 0, 3),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[0])),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, argument, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, answer),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = {.len = G_N_ELEMENTS(code), .filter = code};

	CHECK(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
	CHECK(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0, "%s", strerror(errno));
}

static void test_seccomp(void)
{
	filter(SYS_unshare, SECCOMP_RET_ERRNO | EPERM);
	CHECK(!ew_live_check(NULL));
	check_fails(HEAD OPEN "step client kill\n", "a seccomp filter is at work");
}

/* A filter that answers as a kernel without them would. */
static void test_seccomp_absent(void)
{
	filter(SYS_unshare, SECCOMP_RET_ERRNO | ENOSYS);
	check_fails(HEAD OPEN "step client kill\n",
		    "this kernel has them (/proc/self/ns). a seccomp filter is at work (Seccomp: 2, NoNewPrivs: 1 in "
		    "/proc/self/status)");
}

static void test_seccomp_setns(void)
{
	filter(SYS_setns, SECCOMP_RET_ERRNO | ENOSYS);
	check_fails(WIRE OPEN "step client kill\n", "a seccomp filter is at work");
}

/* No socket of netlink: sock_diag is not there. */
static void test_seccomp_diag(void)
{
	filter_argument(SYS_socket, AF_NETLINK, SECCOMP_RET_ERRNO | ENOSYS);
	check_fails(HEAD OPEN "step client kill\n", "a seccomp filter is at work");
}

/* Actors that die as soon as they are born. */
static void test_stillborn(void)
{
	filter(SYS_prctl, SECCOMP_RET_KILL_PROCESS);
	check_fails(HEAD OPEN "step client kill\n", "bad.exp:7: the step \"server listen\" failed");
}

/* Nothing can be forked. */
static void test_no_fork(void)
{
	filter(SYS_clone, SECCOMP_RET_ERRNO | EAGAIN);
	check_fails(HEAD OPEN "step client kill\n", "cannot start the experiment");
}

static void test_no_proc(void)
{
	g_autoptr(GError) error = NULL;
	ew_auto(live_experiment) x = parse(HEAD OPEN "step client kill\nclosed yes\n"
						     "expect server ESTABLISHED CLOSE_WAIT\n");

	if (unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0 ||
	    mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
	    mount("none", "/proc", "tmpfs", 0, NULL) != 0) {
		printf("skipped: /proc cannot be hidden here: %s\n", strerror(errno));
		exit(SKIP);
	}
	CHECK(access("/proc/self", F_OK) != 0);
	ew_auto(live_result) r = ew_live_run(x, NULL, NULL, &error);
	CHECK(r, "%s", error->message);
	CHECK(r->matched, "%s", r->difference);
	check_nothing_left();
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		void (*test)(void);
	} tests[] = {
		{"steps", test_steps},	       {"vain", test_vain}, {"unsupported", test_unsupported},	       {"bound", test_bound},	  {"seccomp", test_seccomp}, {"seccomp-absent", test_seccomp_absent}, {"seccomp-setns", test_seccomp_setns},
		{"seccomp-diag", test_seccomp_diag},
		{"leave", test_leave},
		{"stillborn", test_stillborn}, {"no-fork", test_no_fork}, {"no-proc", test_no_proc},
	};
	g_autoptr(GError) error = NULL;

	CHECK(argc == 2, "usage: live_bad TEST");
	if (!ew_live_check(&error)) {
		printf("skipped: %s\n", error->message);
		return SKIP;
	}
	for (size_t i = 0; i < G_N_ELEMENTS(tests); i++) {
		if (strcmp(argv[1], tests[i].name) == 0) {
			tests[i].test();
			return 0;
		}
	}
	CHECK(false, "no test %s", argv[1]);
	return 1;
}
