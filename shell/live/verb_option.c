/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Verbs that set: options of sockets, and sysctls of the actor's network namespace. */
#include "live/internal.h"

#include <errno.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

/* Newer than the headers of some distributions. */
#ifndef TCP_RTO_MAX_MS
#define TCP_RTO_MAX_MS 44
#endif
#ifndef TCP_RTO_MIN_US
#define TCP_RTO_MIN_US 45
#endif

static const struct {
	const char *name;
	int level, number;
} options[] = {
#define SO(name)                                                                                   \
	{                                                                                          \
#name, SOL_SOCKET, name                                                            \
	}
#define TCP(name)                                                                                  \
	{                                                                                          \
#name, IPPROTO_TCP, name                                                           \
	}
	SO(SO_REUSEADDR),	SO(SO_REUSEPORT),      SO(SO_KEEPALIVE),
	SO(SO_OOBINLINE),	SO(SO_SNDBUF),	       SO(SO_RCVBUF),
	SO(SO_PRIORITY),	SO(SO_MARK),	       SO(SO_INCOMING_CPU),
	SO(SO_BUSY_POLL),	TCP(TCP_NODELAY),      TCP(TCP_CORK),
	TCP(TCP_KEEPIDLE),	TCP(TCP_KEEPINTVL),    TCP(TCP_KEEPCNT),
	TCP(TCP_USER_TIMEOUT),	TCP(TCP_LINGER2),      TCP(TCP_DEFER_ACCEPT),
	TCP(TCP_QUICKACK),	TCP(TCP_FASTOPEN),     TCP(TCP_FASTOPEN_CONNECT),
	TCP(TCP_SYNCNT),	TCP(TCP_MAXSEG),       TCP(TCP_REPAIR),
	TCP(TCP_NOTSENT_LOWAT), TCP(TCP_WINDOW_CLAMP), TCP(TCP_RTO_MAX_MS),
	TCP(TCP_RTO_MIN_US),	TCP(TCP_SAVE_SYN),     TCP(TCP_THIN_LINEAR_TIMEOUTS),
#undef SO
#undef TCP
};

bool live_option_find(const char *name)
{
	for (size_t i = 0; i < G_N_ELEMENTS(options); i++)
		if (!strcmp(options[i].name, name))
			return true;
	return false;
}

char *live_option_names(void)
{
	GString *s = g_string_new(NULL);

	for (size_t i = 0; i < G_N_ELEMENTS(options); i++)
		g_string_append_printf(s, "%s%s", i ? " " : "", options[i].name);
	return g_string_free(s, FALSE);
}

static int64_t act_setsockopt(struct live_self *self, const struct live_command *c,
			      struct live_reply *r)
{
	int value = (int)c->arguments[1].number, fd = live_self_fd(self, c);

	for (size_t i = 0; i < G_N_ELEMENTS(options); i++)
		if (!strcmp(options[i].name, c->arguments[0].text))
			return setsockopt(fd, options[i].level, options[i].number, &value,
					  sizeof(value));
	errno = ENOPROTOOPT;
	return -1;
}

static int64_t act_linger(struct live_self *self, const struct live_command *c,
			  struct live_reply *r)
{
	struct linger l = {.l_onoff = 1, .l_linger = (int)c->arguments[0].number};

	return setsockopt(live_self_fd(self, c), SOL_SOCKET, SO_LINGER, &l, sizeof(l));
}

static int64_t act_cork(struct live_self *self, const struct live_command *c, struct live_reply *r)
{
	int on = 1;

	return setsockopt(live_self_fd(self, c), IPPROTO_TCP, TCP_CORK, &on, sizeof(on));
}

static int64_t act_sysctl(struct live_self *self, const struct live_command *c,
			  struct live_reply *r)
{
	if (!g_str_has_prefix(c->arguments[0].text, "net.") || strchr(c->arguments[0].text, '/') ||
	    strstr(c->arguments[0].text, "..")) {
		errno = EPERM;
		return -1;
	}
	return live_write_sysctl(c->arguments[0].text, c->arguments[1].text) ? 0 : -1;
}

const struct live_verb live_verbs_option[] = {
	{{"setsockopt", "OPTION INTEGER",
	  "sets an option of a whole number: SO_KEEPALIVE 1, TCP_USER_TIMEOUT 3000, TCP_LINGER2 -1"},
	 .act = act_setsockopt},
	{{"linger", "N", "sets SO_LINGER to on and so many seconds"}, .act = act_linger},
	{{"cork", NULL, "sets TCP_CORK: a segment that is not full waits"}, .act = act_cork},
	{{"sysctl", "NAME VALUE",
	  "sets a sysctl of its network namespace, net.…, while the experiment runs"},
	 .act = act_sysctl},
	{{NULL}},
};
