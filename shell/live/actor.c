/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Actors as the runner sees them: forked children, known by pidfd, told over a socketpair. */
#include "live/internal.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <signal.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static bool start_failed(GError **error, const char *what)
{
	g_set_error(error, EW_ERROR, EW_ERROR_NOT_POSSIBLE, "cannot start an actor: %s: %s", what,
		    g_strerror(errno));
	return false;
}

/* ---- birth ----------------------------------------------------------------------------------- */

bool live_actor_expect(struct live_actor *a, int side, int ends[2], GError **error)
{
	int control[2], inbox[2];

	*a = (struct live_actor){.pidfd = -1, .control = -1, .inbox = -1, .side = side};
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, control) < 0)
		return start_failed(error, "socketpair");
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, inbox) < 0) {
		close(control[0]);
		close(control[1]);
		return start_failed(error, "socketpair");
	}
	a->control = control[0];
	a->inbox = inbox[0];
	ends[0] = control[1];
	ends[1] = inbox[1];
	return true;
}

/* The actor must hold nothing of the runner's: not its captures, not the way to the user's process.
 * */
static bool keep_only(int ends[2])
{
	int control = fcntl(ends[0], F_DUPFD_CLOEXEC, 10);
	int inbox = fcntl(ends[1], F_DUPFD_CLOEXEC, 10);

	if (control < 0 || inbox < 0 || dup3(control, 3, O_CLOEXEC) < 0 ||
	    dup3(inbox, 4, O_CLOEXEC) < 0)
		return false;
	return close_range(5, ~0U, 0) == 0;
}

static bool know(struct live_actor *a)
{
	a->is_running = true;
	a->pidfd = pidfd_open(a->pid, 0);
	return a->pidfd >= 0;
}

bool live_actor_start(struct live_actor *a, const char *name, const struct live_stage *stage,
		      int side, GError **error)
{
	pid_t runner = getpid();
	int ends[2];

	if (!live_actor_expect(a, side, ends, error))
		return false;
	a->pid = fork();
	if (a->pid == 0) {
		/* dies with the runner, even with one that is killed itself */
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (getppid() != runner || !live_stage_go(stage, side) || !keep_only(ends))
			_exit(1);
		live_actor_main(3, 4, name);
	}
	close(ends[0]);
	close(ends[1]);
	if (a->pid < 0)
		return start_failed(error, "fork");
	return know(a) || start_failed(error, "pidfd_open");
}

bool live_actor_greet(struct live_actor *a)
{
	struct live_reply hello;

	if (recv(a->control, &hello, sizeof(hello), MSG_DONTWAIT) != (ssize_t)sizeof(hello))
		return false;
	a->pid = (pid_t)hello.value;
	return know(a);
}

/* ---- talking --------------------------------------------------------------------------------- */

bool live_actor_tell(struct live_actor *a, const struct live_command *c, const int *fds, int count)
{
	union {
		struct cmsghdr header;
		char bytes[CMSG_SPACE(sizeof(int) * 4)];
	} control;
	struct iovec part = {(void *)(uintptr_t)c, sizeof(*c)};
	struct msghdr m = {.msg_iov = &part, .msg_iovlen = 1};

	if (count) {
		memset(&control, 0, sizeof(control));
		m.msg_control = &control;
		m.msg_controllen = CMSG_SPACE(sizeof(int) * (size_t)count);
		control.header.cmsg_level = SOL_SOCKET;
		control.header.cmsg_type = SCM_RIGHTS;
		control.header.cmsg_len = CMSG_LEN(sizeof(int) * (size_t)count);
		memcpy(CMSG_DATA(&control.header), fds, sizeof(int) * (size_t)count);
	}
	return sendmsg(a->control, &m, MSG_NOSIGNAL) == (ssize_t)sizeof(*c);
}

/* ---- death ----------------------------------------------------------------------------------- */

bool live_actor_signal(struct live_actor *a, int number)
{
	return pidfd_send_signal(a->pidfd, number, NULL, 0) == 0;
}

/* A traced actor stops at each signal, which is passed on, and once within its exit. */
static bool take_stop(struct live_actor *a, int status)
{
	if (status >> 8 == (SIGTRAP | PTRACE_EVENT_EXIT << 8))
		return true;
	ptrace(PTRACE_CONT, a->pid, NULL, (void *)(intptr_t)(status >> 16 ? 0 : WSTOPSIG(status)));
	return false;
}

bool live_actors_changed(void)
{
	siginfo_t info = {0};

	return waitid(P_ALL, 0, &info, WEXITED | WSTOPPED | WNOHANG | WNOWAIT) < 0 || info.si_pid;
}

bool live_actor_look(struct live_actor *a, bool *stopped)
{
	siginfo_t info = {0};
	int status;

	*stopped = false;
	if (!a->is_running)
		return false;
	if (a->is_unreaped) {
		if (waitid(P_PID, (id_t)a->pid, &info, WEXITED | WNOHANG | WNOWAIT) < 0 ||
		    info.si_pid != a->pid)
			return false;
		a->status = info.si_code == CLD_EXITED ? info.si_status << 8 : info.si_status;
		a->is_running = false;
		return true;
	}
	if (waitpid(a->pid, &status, WNOHANG) != a->pid)
		return false;
	if (WIFSTOPPED(status)) {
		*stopped = take_stop(a, status);
		return false;
	}
	a->status = status;
	a->is_running = false;
	a->is_reaped = true;
	return true;
}

void live_actor_end(struct live_actor *a)
{
	/* not yet reaped, so that the number is still its own */
	if (a->pid > 0 && !a->is_reaped && a->is_running &&
	    (a->pidfd < 0 || !live_actor_signal(a, SIGKILL)))
		kill(a->pid, SIGKILL);
}

void live_actor_clear(struct live_actor *a)
{
	live_actor_end(a);
	if (a->pid > 0 && !a->is_reaped) {
		/* a traced one stops within its exit, and must be let go on */
		while (waitpid(a->pid, &a->status, 0) == a->pid && WIFSTOPPED(a->status))
			ptrace(PTRACE_DETACH, a->pid, NULL, NULL);
	}
	if (a->pid > 0 && a->pidfd >= 0)
		close(a->pidfd);
	if ((a->pid > 0 || a->control > 0) && a->control >= 0) {
		close(a->control);
		close(a->inbox);
	}
	*a = (struct live_actor){.pidfd = -1, .control = -1, .inbox = -1};
}
