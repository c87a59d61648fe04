/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A firewall of one table, one chain and one rule, by the netlink of nf_tables, in the network namespace
 * that the process is in. libmnl, which is here for other things, can say that much; libnftnl would be one
 * more library for a page of attributes.
 *
 * All goes in one batch, which the kernel does as a whole or not at all. Numbers are of network order, but
 * for values that are compared.
 */
#include "live/nft.h"

#include <arpa/inet.h>
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_conntrack_common.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <sched.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define TABLE "exitwalk"
#define CHAIN "only"

struct batch {
	char bytes[4096] __attribute__((aligned(8)));
	size_t length;
	uint32_t sequence;
};

/* ---- messages -------------------------------------------------------------------------------- */

static struct nlmsghdr *begin(struct batch *b, uint16_t type, uint16_t flags, uint8_t family,
			      uint16_t resource)
{
	struct nlmsghdr *h = mnl_nlmsg_put_header(b->bytes + b->length);
	struct nfgenmsg *g = mnl_nlmsg_put_extra_header(h, sizeof(*g));

	h->nlmsg_type = type;
	h->nlmsg_flags = NLM_F_REQUEST | flags;
	h->nlmsg_seq = ++b->sequence;
	*g = (struct nfgenmsg){.nfgen_family = family, .res_id = htons(resource)};
	return h;
}

static struct nlmsghdr *begin_object(struct batch *b, uint16_t type)
{
	return begin(b, (NFNL_SUBSYS_NFTABLES << 8) | type, NLM_F_CREATE | NLM_F_ACK, NFPROTO_INET,
		     0);
}

static void end(struct batch *b, struct nlmsghdr *h)
{
	b->length += MNL_ALIGN(h->nlmsg_len);
}

static void add_table(struct batch *b)
{
	struct nlmsghdr *h = begin_object(b, NFT_MSG_NEWTABLE);

	mnl_attr_put_strz(h, NFTA_TABLE_NAME, TABLE);
	end(b, h);
}

static void add_chain(struct batch *b, uint32_t hook, uint32_t policy)
{
	struct nlmsghdr *h = begin_object(b, NFT_MSG_NEWCHAIN);

	mnl_attr_put_strz(h, NFTA_CHAIN_TABLE, TABLE);
	mnl_attr_put_strz(h, NFTA_CHAIN_NAME, CHAIN);
	struct nlattr *nest = mnl_attr_nest_start(h, NFTA_CHAIN_HOOK);
	mnl_attr_put_u32(h, NFTA_HOOK_HOOKNUM, htonl(hook));
	mnl_attr_put_u32(h, NFTA_HOOK_PRIORITY, htonl(0));
	mnl_attr_nest_end(h, nest);
	mnl_attr_put_u32(h, NFTA_CHAIN_POLICY, htonl(policy));
	mnl_attr_put_strz(h, NFTA_CHAIN_TYPE, "filter");
	end(b, h);
}

/* ---- expressions ----------------------------------------------------------------------------- */

struct expression {
	struct nlmsghdr *h;
	struct nlattr *element, *data;
};

static struct expression open_expression(struct nlmsghdr *h, const char *name)
{
	struct expression e = {.h = h, .element = mnl_attr_nest_start(h, NFTA_LIST_ELEM)};

	mnl_attr_put_strz(h, NFTA_EXPR_NAME, name);
	e.data = mnl_attr_nest_start(h, NFTA_EXPR_DATA);
	return e;
}

static void close_expression(const struct expression *e)
{
	mnl_attr_nest_end(e->h, e->data);
	mnl_attr_nest_end(e->h, e->element);
}

static void put_value(struct nlmsghdr *h, uint16_t type, uint32_t value)
{
	struct nlattr *nest = mnl_attr_nest_start(h, type);

	mnl_attr_put_u32(h, NFTA_DATA_VALUE, value);
	mnl_attr_nest_end(h, nest);
}

static void add_meta(struct nlmsghdr *h, uint32_t key)
{
	struct expression e = open_expression(h, "meta");

	mnl_attr_put_u32(h, NFTA_META_DREG, htonl(NFT_REG_1));
	mnl_attr_put_u32(h, NFTA_META_KEY, htonl(key));
	close_expression(&e);
}

static void add_ct(struct nlmsghdr *h, uint32_t key)
{
	struct expression e = open_expression(h, "ct");

	mnl_attr_put_u32(h, NFTA_CT_DREG, htonl(NFT_REG_1));
	mnl_attr_put_u32(h, NFTA_CT_KEY, htonl(key));
	close_expression(&e);
}

static void add_mask(struct nlmsghdr *h, uint32_t mask)
{
	struct expression e = open_expression(h, "bitwise");

	mnl_attr_put_u32(h, NFTA_BITWISE_SREG, htonl(NFT_REG_1));
	mnl_attr_put_u32(h, NFTA_BITWISE_DREG, htonl(NFT_REG_1));
	mnl_attr_put_u32(h, NFTA_BITWISE_LEN, htonl(sizeof(mask)));
	put_value(h, NFTA_BITWISE_MASK, mask);
	put_value(h, NFTA_BITWISE_XOR, 0);
	close_expression(&e);
}

static void add_compare(struct nlmsghdr *h, uint32_t operation, uint32_t value)
{
	struct expression e = open_expression(h, "cmp");

	mnl_attr_put_u32(h, NFTA_CMP_SREG, htonl(NFT_REG_1));
	mnl_attr_put_u32(h, NFTA_CMP_OP, htonl(operation));
	put_value(h, NFTA_CMP_DATA, value);
	close_expression(&e);
}

static void add_verdict(struct nlmsghdr *h, uint32_t verdict)
{
	struct expression e = open_expression(h, "immediate");

	mnl_attr_put_u32(h, NFTA_IMMEDIATE_DREG, htonl(NFT_REG_VERDICT));
	struct nlattr *data = mnl_attr_nest_start(h, NFTA_IMMEDIATE_DATA);
	struct nlattr *nest = mnl_attr_nest_start(h, NFTA_DATA_VERDICT);
	mnl_attr_put_u32(h, NFTA_VERDICT_CODE, htonl(verdict));
	mnl_attr_nest_end(h, nest);
	mnl_attr_nest_end(h, data);
	close_expression(&e);
}

/* ---- the two firewalls ----------------------------------------------------------------------- */

static void add_rule(struct batch *b, enum live_firewall kind)
{
	struct nlmsghdr *h = begin_object(b, NFT_MSG_NEWRULE);
	struct nlattr *nest;

	h->nlmsg_flags |= NLM_F_APPEND;
	mnl_attr_put_strz(h, NFTA_RULE_TABLE, TABLE);
	mnl_attr_put_strz(h, NFTA_RULE_CHAIN, CHAIN);
	nest = mnl_attr_nest_start(h, NFTA_RULE_EXPRESSIONS);
	if (kind == LIVE_FIREWALL_OWNER) {
		add_meta(h, NFT_META_SKUID);
		add_compare(h, NFT_CMP_EQ, geteuid());
		add_verdict(h, NF_ACCEPT);
	} else {
		add_ct(h, NFT_CT_STATE);
		add_mask(h, NF_CT_STATE_INVALID_BIT);
		add_compare(h, NFT_CMP_NEQ, 0);
		add_verdict(h, NF_DROP);
	}
	mnl_attr_nest_end(h, nest);
	end(b, h);
}

static void fill(struct batch *b, enum live_firewall kind)
{
	bool is_owner = kind == LIVE_FIREWALL_OWNER;

	end(b, begin(b, NFNL_MSG_BATCH_BEGIN, 0, AF_UNSPEC, NFNL_SUBSYS_NFTABLES));
	add_table(b);
	add_chain(b, is_owner ? NF_INET_LOCAL_OUT : NF_INET_LOCAL_IN,
		  is_owner ? NF_DROP : NF_ACCEPT);
	add_rule(b, kind);
	end(b, begin(b, NFNL_MSG_BATCH_END, 0, AF_UNSPEC, NFNL_SUBSYS_NFTABLES));
}

/* The first error among the answers, which are all there when the batch was sent; 0 if there is none. */
static int first_error(struct mnl_socket *s)
{
	char bytes[8192] __attribute__((aligned(8)));
	int result = 0, answers = 0;
	ssize_t n;

	while ((n = recv(mnl_socket_get_fd(s), bytes, sizeof(bytes), MSG_DONTWAIT)) > 0) {
		const struct nlmsghdr *h = (const struct nlmsghdr *)bytes;
		int length = (int)n;

		for (; mnl_nlmsg_ok(h, length); h = mnl_nlmsg_next(h, &length)) {
			const struct nlmsgerr *e = mnl_nlmsg_get_payload(h);

			if (h->nlmsg_type != NLMSG_ERROR ||
			    mnl_nlmsg_get_payload_len(h) < sizeof(*e))
				continue;
			answers++;
			result = result ? result : -e->error;
		}
	}
	return answers ? result : EBADMSG;
}

int live_firewall_set(enum live_firewall kind)
{
	struct mnl_socket *s = mnl_socket_open2(NETLINK_NETFILTER, SOCK_CLOEXEC);
	struct batch b = {.length = 0};
	int result;

	if (!s)
		return errno;
	fill(&b, kind);
	if (mnl_socket_bind(s, 0, MNL_SOCKET_AUTOPID) < 0 ||
	    mnl_socket_sendto(s, b.bytes, b.length) < 0)
		result = errno;
	else
		result = first_error(s);
	mnl_socket_close(s);
	return result;
}

/* ---- whether it is there --------------------------------------------------------------------- */

/* Nobody may ask it but in a namespace of one's own: in a child that goes at once. 0 where no such
 * namespace can be had, which is told where the stage is laid. */
static int try_in_child(enum live_firewall kind)
{
	int status = 0;
	pid_t pid = fork();

	if (pid == 0) {
		bool is_in = unshare(CLONE_NEWUSER | CLONE_NEWNET) == 0 || unshare(CLONE_NEWNET) == 0;

		_exit(is_in ? live_firewall_set(kind) & 0xff : 0);
	}
	if (pid < 0)
		return errno;
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return WIFEXITED(status) ? WEXITSTATUS(status) : EINTR;
}

int live_firewall_missing(enum live_firewall kind)
{
	static int known[LIVE_FIREWALLS] = {-1, -1};

	if (known[kind] < 0)
		known[kind] = try_in_child(kind);
	return known[kind];
}
