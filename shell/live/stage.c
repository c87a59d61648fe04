/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The stage: a user namespace and a network namespace with nothing in it but loopback. Whoever
 * forbids it is named, because "Operation not permitted" helps nobody.
 */
#include "live/filter.h"
#include "live/internal.h"

#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

/* The number in a file of /proc/sys, or -1. */
static long read_number(const char *path)
{
	g_autofree char *text = NULL;

	if (!g_file_get_contents(path, &text, NULL, NULL) || !g_ascii_isdigit(*text))
		return -1;
	return strtol(text, NULL, 10);
}

/* A kernel that was built without them and a filter that says so answer alike; what /proc has is the kernel's own
 * word. */
static const char *explain_absence(void)
{
	static char words[512];
	const char *filter = ew_live_filter_text();
	bool is_built = access("/proc/self/ns/user", F_OK) == 0 && access("/proc/self/ns/net", F_OK) == 0;

	if (!filter)
		return is_built ? "this kernel has them (/proc/self/ns), and does not make new ones for this process"
				: "this kernel was built without them (CONFIG_USER_NS, CONFIG_NET_NS)";
	snprintf(words, sizeof(words),
		 "%s. %s, as in most containers, and answers in the kernel's place; allow unshare(2) there (docker run "
		 "--security-opt seccomp=unconfined), or run this outside of the container",
		 is_built ? "this kernel has them (/proc/self/ns)"
			  : "either this kernel was built without them (CONFIG_USER_NS, CONFIG_NET_NS), or a filter "
			    "forbids them",
		 filter);
	return words;
}

/* What on this machine forbids namespaces, and what helps. */
static const char *explain(int error)
{
	if (read_number("/proc/sys/user/max_user_namespaces") == 0)
		return "user.max_user_namespaces is 0: the administrator has switched user "
		       "namespaces off; "
		       "\"sysctl user.max_user_namespaces=10000\" as root allows them, or run this "
		       "as root";
	if (read_number("/proc/sys/user/max_net_namespaces") == 0)
		return "user.max_net_namespaces is 0: the administrator has switched network "
		       "namespaces off; "
		       "\"sysctl user.max_net_namespaces=10000\" as root allows them";
	if (read_number("/proc/sys/kernel/unprivileged_userns_clone") == 0)
		return "kernel.unprivileged_userns_clone is 0: only root may make user namespaces "
		       "here; "
		       "\"sysctl kernel.unprivileged_userns_clone=1\" as root allows them, or run "
		       "this as root";
	if (read_number("/proc/sys/kernel/apparmor_restrict_unprivileged_userns") > 0)
		return "kernel.apparmor_restrict_unprivileged_userns is set: AppArmor takes the "
		       "privileges "
		       "inside user namespaces away; \"sysctl "
		       "kernel.apparmor_restrict_unprivileged_userns=0\" as root allows them, or "
		       "run this as root";
	if (error == ENOSPC)
		return "a limit on namespaces is reached (user.max_user_namespaces, "
		       "user.max_net_namespaces, or "
		       "they are nested too deep); end what holds them, or raise the limits as "
		       "root";
	if (error == EINVAL || error == ENOSYS)
		return explain_absence();
	if (ew_live_filter_text())
		return "a seccomp filter is at work, as in most containers; allow unshare(2) there "
		       "(docker run "
		       "--security-opt seccomp=unconfined), or run this outside of the container";
	return "the kernel refuses them to this process, as it does within a chroot and under some "
	       "security "
	       "modules; run this as root, or outside of the chroot";
}

static bool forbidden(GError **error, const char *what, int number)
{
	g_set_error(error, EW_ERROR, EW_ERROR_NOT_POSSIBLE,
		    "no experiment can run here: %s failed (%s). An experiment runs in a user and "
		    "network "
		    "namespace of its own: %s",
		    what, g_strerror(number), explain(number));
	return false;
}

bool live_write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	size_t length = strlen(text);

	if (fd < 0)
		return false;
	ssize_t n = write(fd, text, length);
	int saved = errno;
	close(fd);
	errno = saved;
	return n == (ssize_t)length;
}

/* Maps the one user to root of the namespace. That is for tools that look; the privileges are there
 * without it, so that a refusal (no /proc, no CAP_SETFCAP) is no failure. */
static void map_ids(uid_t uid, gid_t gid)
{
	char line[64];

	live_write_file("/proc/self/setgroups", "deny");
	snprintf(line, sizeof(line), "0 %u 1", (unsigned)uid);
	live_write_file("/proc/self/uid_map", line);
	snprintf(line, sizeof(line), "0 %u 1", (unsigned)gid);
	live_write_file("/proc/self/gid_map", line);
}

static bool loopback_up(void)
{
	struct ifreq r = {.ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING};
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return false;
	int result = ioctl(fd, SIOCSIFFLAGS, &r);
	int saved = errno;
	close(fd);
	errno = saved;
	return result == 0;
}

bool live_write_sysctl(const char *name, const char *value)
{
	g_autofree char *path = g_strconcat("/proc/sys/", name, NULL);

	g_strdelimit(path, ".", '/');
	return live_write_file(path, value);
}

/* ---- hosts ----------------------------------------------------------------------------------- */

bool live_stage_is_split(const struct live_stage *stage)
{
	return stage->hosts[0] != stage->hosts[1] || stage->is_left[0] || stage->is_left[1];
}

bool live_stage_go(const struct live_stage *stage, int side)
{
	if (stage->is_left[side]) {
		errno = ESTALE;
		return false;
	}
	return stage->hosts[side] < 0 || setns(stage->hosts[side], CLONE_NEWNET) == 0;
}

bool live_stage_home(const struct live_stage *stage)
{
	return !live_stage_is_split(stage) || setns(stage->home, CLONE_NEWNET) == 0;
}

static bool set_sysctl(const struct ew_live_experiment *x, const struct ew_live_sysctl *s,
		       GError **error)
{
	if (live_write_sysctl(s->name, s->value))
		return true;
	g_set_error(error, EW_ERROR, errno == EINVAL ? EW_ERROR_INPUT : EW_ERROR_NOT_POSSIBLE,
		    "%s:%d: this kernel does not let the experiment set %s to %s: %s", x->path,
		    s->line, s->name, s->value,
		    errno == ENOENT ? "it is not there, or not a network namespace's own"
				    : g_strerror(errno));
	return false;
}

/* Once for all where the sides share a namespace, else on each host. */
static bool set_sysctls(const struct live_stage *stage, const struct ew_live_experiment *x,
			GError **error)
{
	int hosts = live_stage_is_split(stage) ? EW_LIVE_SIDES : 1;

	for (int side = 0; side < hosts; side++) {
		bool ok = live_stage_go(stage, side);

		for (guint i = 0; ok && i < x->sysctls->len; i++)
			ok = set_sysctl(x, &g_array_index(x->sysctls, struct ew_live_sysctl, i),
					error);
		if (!live_stage_home(stage) || !ok)
			return false;
	}
	return true;
}

/* ---- entering -------------------------------------------------------------------------------- */

static void describe(struct ew_live_event *e, bool has_user_namespace)
{
	struct utsname name;
	struct stat st;

	*e = (struct ew_live_event){.kind = EW_LIVE_EVENT_STAGE,
				    .time = live_now(),
				    .side = -1,
				    .actor = -1,
				    .status = has_user_namespace};
	if (uname(&name) == 0)
		g_strlcpy(e->text, name.release, sizeof(e->text));
	if (stat("/proc/self/ns/net", &st) == 0)
		e->value = (int64_t)st.st_ino;
}

static bool unshare_all(struct live_stage *stage, bool *has_user_namespace, GError **error)
{
	uid_t uid = geteuid();
	gid_t gid = getegid();

	*has_user_namespace = unshare(CLONE_NEWUSER | CLONE_NEWNET) == 0;
	if (*has_user_namespace) {
		map_ids(uid, gid);
	} else {
		/* root needs no user namespace, and gets none within a chroot */
		int first = errno;

		if (unshare(CLONE_NEWNET) != 0)
			return forbidden(error, "unshare(CLONE_NEWUSER | CLONE_NEWNET)", first);
	}
	return loopback_up() ||
	       forbidden(error, "bringing up the loopback of a new namespace", errno);
}

bool live_stage_enter(struct live_stage *stage, const struct ew_live_experiment *x,
		      struct ew_live_event *event, GError **error)
{
	bool has_user_namespace;

	*stage = (struct live_stage){.home = -1, .room = -1, .hosts = {-1, -1}};
	if (!unshare_all(stage, &has_user_namespace, error))
		return false;
	stage->topology = live_topology_find(x->topology ? x->topology : "loopback");
	stage->home = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	if (!stage->topology->set(stage, x, error) || !set_sysctls(stage, x, error))
		return false;
	describe(event, has_user_namespace);
	return true;
}

void live_stage_clear(struct live_stage *stage)
{
	if (!stage->topology)
		return;
	stage->topology->clear(stage);
	if (stage->home >= 0)
		close(stage->home);
	if (stage->room >= 0)
		close(stage->room);
}
