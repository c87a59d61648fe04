/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "stage.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* ---- namespaces ------------------------------------------------------------------------------ */

static void write_text(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	CHECK(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text), "%s: %s", path,
	      strerror(errno));
	close(fd);
}

/* Root of the new namespace, so that programs started here keep what it gives. */
static void map_ids(unsigned uid, unsigned gid)
{
	g_autofree char *uids = g_strdup_printf("0 %u 1", uid), *gids = g_strdup_printf("0 %u 1", gid);

	write_text("/proc/self/setgroups", "deny");
	write_text("/proc/self/uid_map", uids);
	write_text("/proc/self/gid_map", gids);
}

static bool enter_both(void)
{
	unsigned uid = geteuid(), gid = getegid();

	if (unshare(CLONE_NEWUSER | CLONE_NEWNET) != 0)
		return false;
	map_ids(uid, gid);
	return true;
}

void stage_enter(bool user)
{
	struct ifreq r = {.ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING};

	if ((user || unshare(CLONE_NEWNET) != 0) && !enter_both()) {
		printf("skipped: unshare: %s\n", strerror(errno));
		fflush(stdout);
		_exit(SKIP);
	}
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	CHECK(fd >= 0 && ioctl(fd, SIOCSIFFLAGS, &r) == 0);
	close(fd);
}

pid_t stage_fork(void)
{
	pid_t child = fork();

	CHECK(child >= 0);
	if (child == 0)
		prctl(PR_SET_PDEATHSIG, SIGKILL);
	return child;
}

void stage_become_plain(void)
{
	if (geteuid() == 0)
		CHECK(setgroups(0, NULL) == 0 && setresgid(65534, 65534, 65534) == 0 &&
		      setresuid(65534, 65534, 65534) == 0);
	CHECK(prctl(PR_SET_DUMPABLE, 1) == 0);
}

void stage_drop_capabilities(void)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct none[2] = {0};

	CHECK(syscall(SYS_capset, &header, none) == 0);
}

bool stage_sees_all(void)
{
	return access("/proc/1/fd/.", R_OK | X_OK) == 0 && geteuid() == 0;
}

/* ---- sockets --------------------------------------------------------------------------------- */

static socklen_t loopback(struct sockaddr_storage *a, int family, uint16_t port)
{
	struct sockaddr_in *v4 = (struct sockaddr_in *)a;
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)a;

	memset(a, 0, sizeof(*a));
	a->ss_family = (sa_family_t)family;
	if (family == AF_INET6) {
		v6->sin6_addr = in6addr_loopback;
		v6->sin6_port = htons(port);
		return sizeof(*v6);
	}
	v4->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	v4->sin_port = htons(port);
	return sizeof(*v4);
}

static uint16_t own_port(int fd)
{
	struct sockaddr_storage a;
	socklen_t length = sizeof(a);

	CHECK(getsockname(fd, (struct sockaddr *)&a, &length) == 0);
	return ntohs(((struct sockaddr_in *)&a)->sin_port); /* at the same place in both */
}

int stage_listen(int family, int backlog, uint16_t *port)
{
	struct sockaddr_storage a;
	int one = 1, fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);

	CHECK(fd >= 0, "%s", strerror(errno));
	setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &one, sizeof(one));
	socklen_t length = loopback(&a, family, *port);
	CHECK(bind(fd, (struct sockaddr *)&a, length) == 0, "%s", strerror(errno));
	CHECK(listen(fd, backlog) == 0);
	*port = own_port(fd);
	return fd;
}

int stage_connect(int family, uint16_t port, uint16_t *own)
{
	struct sockaddr_storage a;
	int fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	socklen_t length = loopback(&a, family, port);

	CHECK(fd >= 0 && connect(fd, (struct sockaddr *)&a, length) == 0, "%s", strerror(errno));
	*own = own_port(fd);
	return fd;
}

struct pair stage_pair(int family, int listener, uint16_t port)
{
	struct pair p = {.server_port = port};

	p.client = stage_connect(family, port, &p.client_port);
	p.server = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	CHECK(p.server >= 0, "%s", strerror(errno));
	return p;
}

size_t stage_fill(int fd)
{
	static const char bytes[65536];
	size_t sum = 0;

	/* as long as the kernel finds room: a full queue may drain once more */
	for (int quiet = 0; quiet < 20;) {
		ssize_t n = send(fd, bytes, sizeof(bytes), MSG_DONTWAIT | MSG_NOSIGNAL);

		if (n > 0) {
			sum += (size_t)n;
			quiet = 0;
			continue;
		}
		CHECK(errno == EAGAIN, "%s", strerror(errno));
		usleep(10000);
		quiet++;
	}
	return sum;
}

uint32_t stage_inode(int fd)
{
	struct stat st;

	CHECK(fstat(fd, &st) == 0);
	return (uint32_t)st.st_ino;
}

void stage_close(int *fd)
{
	CHECK(close(*fd) == 0);
	*fd = -1;
}

/* ---- looking --------------------------------------------------------------------------------- */

struct ew_sockets_source *stage_open(void)
{
	g_autoptr(GError) error = NULL;
	struct ew_sockets_source *source = ew_sockets_open(NULL, &error);

	CHECK(source, "%s", error->message);
	return source;
}

struct ew_sockets *stage_look(struct ew_sockets_source *source)
{
	const struct ew_sockets_filter all = {0};
	g_autoptr(GError) error = NULL;
	struct ew_sockets *s = ew_sockets_look(source, &all, true, &error);

	CHECK(s, "%s", error->message);
	CHECK(!*s->walk.problem, "%s", s->walk.problem);
	return s;
}

struct ew_socket *stage_find(const struct ew_sockets *s, uint16_t local, uint16_t peer)
{
	for (guint i = 0; i < s->sockets->len; i++) {
		struct ew_socket *k = ew_sockets_at(s, i);

		if (k->local.port == local && k->peer.port == peer)
			return k;
	}
	return NULL;
}

struct ew_sockets *stage_await(struct ew_sockets_source *source, uint16_t local, uint16_t peer,
			       enum ew_live_state state, struct ew_socket **found)
{
	for (int i = 0; i < 500; i++) {
		struct ew_sockets *s = stage_look(source);

		*found = stage_find(s, local, peer);
		if ((*found ? (*found)->state : EW_LIVE_GONE) == state)
			return s;
		ew_sockets_free(s);
		usleep(10000);
	}
	CHECK(false, "%u to %u never came into %s", local, peer, ew_live_state_name(state));
	return NULL;
}

int stage_run(const char *program, const char *arguments, char **out, char **err)
{
	g_autofree char *line = g_strdup_printf("COLUMNS=1000 %s %s </dev/null", program, arguments);
	char *const argv[] = {(char *)"/bin/sh", (char *)"-c", line, NULL};
	g_autoptr(GError) error = NULL;
	int status;

	CHECK(g_spawn_sync(NULL, (char **)argv, NULL, G_SPAWN_DEFAULT, NULL, NULL, out, err, &status, &error),
	      "%s", error->message);
	CHECK(WIFEXITED(status), "%s ended by a signal", arguments);
	return WEXITSTATUS(status);
}

/* Parts between "…" in their order. */
static bool says(const char *text, const char *wanted)
{
	g_auto(GStrv) parts = g_strsplit(wanted, "…", -1);

	for (int i = 0; parts[i] && text; i++) {
		text = strstr(text, parts[i]);
		text = text ? text + strlen(parts[i]) : NULL;
	}
	return text;
}

void stage_expect(const char *program, int code, const char *out_says, const char *err_says, const char *format, ...)
{
	g_autofree char *out = NULL, *err = NULL;
	va_list args;

	va_start(args, format);
	g_autofree char *arguments = g_strdup_vprintf(format, args);
	va_end(args);
	int is = stage_run(program, arguments, &out, &err);
	CHECK(is == code, "%s: exit code %d, not %d\n%s%s", arguments, is, code, out, err);
	CHECK(!out_says || says(out, out_says), "%s: does not say \"%s\":\n%s%s", arguments, out_says, out, err);
	CHECK(!err_says || says(err, err_says), "%s: does not complain \"%s\":\n%s%s", arguments, err_says, out,
	      err);
}
