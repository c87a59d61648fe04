/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What an experiment may need of the machine beyond namespaces: one row and one function each. A
 * probe looks whether the thing is there, it never asks for a release; it returns the reason in
 * words.
 */
#include "live/internal.h"
#include "live/nft.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef IPPROTO_MPTCP
#define IPPROTO_MPTCP 262
#endif

struct probe {
	const char *name;
	const char *help;
	bool takes_parameter;
	char *(*missing)(const char *parameter); /* NULL if it is there */
};

static char *no_root(const char *parameter)
{
	return geteuid() == 0 ? NULL : g_strdup("root is needed");
}

static char *no_sysctl(const char *name)
{
	g_autofree char *path = g_strconcat("/proc/sys/", name, NULL);

	g_strdelimit(path, ".", '/');
	return access(path, F_OK) == 0 ? NULL
				       : g_strdup_printf("this kernel has no sysctl %s", name);
}

static char *no_ipv6(const char *parameter)
{
	return access("/proc/net/if_inet6", F_OK) == 0 ? NULL : g_strdup("this kernel has no IPv6");
}

static char *no_mptcp(const char *parameter)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, IPPROTO_MPTCP);

	if (fd < 0)
		return g_strdup_printf("no MPTCP sockets: %s", g_strerror(errno));
	close(fd);
	return NULL;
}

static char *no_io_uring(const char *parameter)
{
	g_autofree char *text = NULL;

#ifdef SYS_io_uring_setup
	errno = 0;
	syscall(SYS_io_uring_setup, 0, NULL);
	if (errno == ENOSYS)
		return g_strdup(
			"this kernel has no io_uring, or a filter of system calls forbids it");
	if (g_file_get_contents("/proc/sys/kernel/io_uring_disabled", &text, NULL, NULL) &&
	    (*text == '2' || (*text == '1' && geteuid() != 0)))
		return g_strdup("kernel.io_uring_disabled forbids io_uring here");
	return NULL;
#else
	return g_strdup("this build knows no io_uring");
#endif
}

static char *no_tls(const char *parameter)
{
	g_autofree char *text = NULL;

	g_file_get_contents("/proc/sys/net/ipv4/tcp_available_ulp", &text, NULL, NULL);
	return text && strstr(text, "tls") ? NULL
					   : g_strdup("the kernel's TLS is not there "
						      "(try \"modprobe tls\" as root)");
}

static char *no_nf_tables(const char *parameter)
{
	for (int kind = 0; kind < LIVE_FIREWALLS; kind++) {
		int error = live_firewall_missing((enum live_firewall)kind);

		if (error)
			return g_strdup_printf("no firewall can be set up: %s (try \"modprobe -a nf_tables nft_ct\" "
					       "as root)",
					       g_strerror(error));
	}
	return NULL;
}

static char *no_fuse(const char *parameter)
{
	int fd = open("/dev/fuse", O_RDWR | O_CLOEXEC);

	if (fd < 0)
		return g_strdup_printf("/dev/fuse cannot be opened: %s", g_strerror(errno));
	close(fd);
	return NULL;
}

static char *no_file(const char *path)
{
	return access(path, F_OK) == 0 ? NULL : g_strdup_printf("%s is not there", path);
}

static char *no_cgroup2(const char *parameter)
{
	return live_cgroup_missing("v2");
}

static char *no_freezer(const char *parameter)
{
	return live_cgroup_missing("v1");
}

static char *no_memory_cgroup(const char *parameter)
{
	return live_cgroup_missing("memory");
}

static char *no_core_file(const char *parameter)
{
	g_autofree char *text = NULL;

	g_file_get_contents("/proc/sys/kernel/core_pattern", &text, NULL, NULL);
	if (text && *text && *text != '|' && *text != '/')
		return NULL;
	return g_strdup("kernel.core_pattern does not write core files into the working directory");
}

static const struct probe probes[] = {
	{"root", "the superuser", false, no_root},
	{"sysctl", "a sysctl, named after it, is there", true, no_sysctl},
	{"file", "a file, named after it, is there", true, no_file},
	{"ipv6", "IPv6", false, no_ipv6},
	{"mptcp", "sockets of MPTCP", false, no_mptcp},
	{"io_uring", "io_uring", false, no_io_uring},
	{"tls", "TLS in the kernel", false, no_tls},
	{"fuse", "/dev/fuse", false, no_fuse},
	{"nf_tables", "nf_tables with meta and ct", false, no_nf_tables},
	{"cgroup-v2", "a cgroup of version 2 that can be written", false, no_cgroup2},
	{"cgroup-v1-freezer", "the freezer of version 1", false, no_freezer},
	{"cgroup-v1-memory", "the memory controller of version 1", false, no_memory_cgroup},
	{"core-file", "core files are written into the working directory", false, no_core_file},
};

static const struct probe *find(const char *word)
{
	for (size_t i = 0; i < G_N_ELEMENTS(probes); i++)
		if (!strcmp(probes[i].name, word))
			return &probes[i];
	return NULL;
}

bool live_probe_find(const char *word, bool *takes_parameter)
{
	const struct probe *p = find(word);

	*takes_parameter = p && p->takes_parameter;
	return p != NULL;
}

char *live_probe(const char *word, const char *parameter)
{
	const struct probe *p = find(word);

	return p ? p->missing(parameter) : g_strdup_printf("nothing looks for \"%s\"", word);
}

char *live_probe_names(void)
{
	GString *s = g_string_new(NULL);

	for (size_t i = 0; i < G_N_ELEMENTS(probes); i++)
		g_string_append_printf(s, "%s%s%s", s->len ? ", " : "", probes[i].name,
				       probes[i].takes_parameter ? " NAME" : "");
	return g_string_free(s, FALSE);
}

const char *ew_live_need(size_t number, const char **help)
{
	if (number >= G_N_ELEMENTS(probes))
		return NULL;
	if (help)
		*help = probes[number].help;
	return probes[number].name;
}

/* Of a list of words: "root io_uring". */
static char *first_missing(const char *words)
{
	g_auto(GStrv) parts = g_strsplit(words ? words : "", " ", -1);

	for (int i = 0; parts[i] && *parts[i]; i++) {
		bool takes_parameter;

		live_probe_find(parts[i], &takes_parameter);
		char *why = live_probe(parts[i], takes_parameter ? parts[i + 1] : NULL);
		if (why)
			return why;
		i += takes_parameter;
	}
	return NULL;
}

char *ew_live_missing(const struct ew_live_experiment *x)
{
	char *why = first_missing(live_topology_find(x->topology)->needs);

	for (int i = 0; !why && x->needs[i]; i++)
		why = first_missing(x->needs[i]);
	for (guint i = 0; !why && i < x->steps->len; i++)
		why = first_missing(g_array_index(x->steps, struct ew_live_step, i).verb->needs);
	for (guint i = 0; !why && i < x->sysctls->len; i++)
		why = no_sysctl(g_array_index(x->sysctls, struct ew_live_sysctl, i).name);
	if (!why && x->variant.is_ipv6)
		why = first_missing("ipv6");
	if (!why && x->protocol == EW_LIVE_MPTCP)
		why = first_missing("mptcp");
	return why;
}
