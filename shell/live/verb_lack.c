/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Verbs of what an actor must do without: packets that its socket does not hear, and descriptors. */
#include "live/internal.h"

#include <linux/filter.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>

/* A filter of the socket's own sees each segment from its TCP header on; what it drops never came.
 * The flags are byte 13 of the header. */
static int64_t act_ignore(struct live_self *self, const struct live_command *c,
			  struct live_reply *r)
{
	static const struct {
		const char *word;
		uint32_t flag;
	} flags[] = {{"FIN", EW_LIVE_FIN},
		     {"SYN", EW_LIVE_SYN},
		     {"RST", EW_LIVE_RST},
		     {"ACK", EW_LIVE_ACK}};
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 13),
		BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, 0, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, 0),
		BPF_STMT(BPF_RET | BPF_K, 0xffffffff),
	};
	struct sock_fprog program = {.len = G_N_ELEMENTS(code), .filter = code};
	int fd = live_self_fd(self, c), nothing = 0;

	for (size_t i = 0; i < G_N_ELEMENTS(flags); i++)
		if (!strcmp(c->arguments[0].text, flags[i].word))
			code[1].k = flags[i].flag;
	if (!code[1].k)
		return setsockopt(fd, SOL_SOCKET, SO_DETACH_FILTER, &nothing, sizeof(nothing));
	return setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program));
}

static int64_t act_limit(struct live_self *self, const struct live_command *c, struct live_reply *r)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
		return -1;
	limit.rlim_cur = (rlim_t)c->arguments[0].number;
	return setrlimit(RLIMIT_NOFILE, &limit);
}

const struct live_verb live_verbs_lack[] = {
	{{"ignore", "FIN|SYN|RST|ACK|none",
	  "its socket drops what arrives with this flag, as if it had been lost; none: it hears "
	  "all again"},
	 .act = act_ignore},
	{{"limit-descriptors", "N", "may have no more descriptors than so many (RLIMIT_NOFILE)"},
	 .act = act_limit},
	{{NULL}},
};
