/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One connection, followed: its packets, and the states of those of its ends that are in the namespace. */
#include "sockets/internal.h"

#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#define EAGER_NS (50 * INT64_C(1000000))

struct ew_sockets_follow {
	struct ew_sockets_source *source;
	struct ew_socket ends[2];
	int64_t since[2]; /* when they were seen so last; CLOCK_REALTIME */
	int count;
	struct ew_live_capture *capture;
	GArray *events; /* of struct ew_sockets_followed; of one turn */
	int64_t left;	/* packets that are still wanted, or -1 */
	int64_t eager;	/* until then it looks more often: states follow packets */
};

static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};

static int64_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	return t.tv_sec * INT64_C(1000000000) + t.tv_nsec;
}

bool ew_socket_is_other_end(const struct ew_socket *a, const struct ew_socket *b)
{
	return ew_socket_address_equal(&a->local, &b->peer) && ew_socket_address_equal(&a->peer, &b->local) &&
	       a->peer.port;
}

/* ---- beginning and end ----------------------------------------------------------------------- */

/* An IPv4 address that an IPv6 socket has is IPv4 on the wire. */
static void fill_ends(const struct ew_socket *k, struct ew_live_ends *e)
{
	const struct ew_socket_address *both[] = {&k->local, &k->peer};
	bool is_ipv6 = k->local.family == AF_INET6;
	bool is_mapped = is_ipv6 && !memcmp(k->local.bytes, mapped, sizeof(mapped));

	*e = (struct ew_live_ends){.family = is_ipv6 && !is_mapped ? AF_INET6 : AF_INET};
	for (int i = 0; i < 2; i++) {
		e->port[i] = both[i]->port;
		memcpy(e->address[i], both[i]->bytes + (is_mapped ? sizeof(mapped) : 0), is_mapped ? 4 : 16);
	}
}

struct ew_sockets_follow *ew_sockets_follow_new(struct ew_sockets_source *source, const struct ew_socket *ends,
						int count, GError **error)
{
	struct ew_live_ends e;
	int fd = sockets_enter(source->netns, SOCKETS_PACKETS, error);

	if (fd < 0)
		return NULL;
	fill_ends(&ends[0], &e);
	struct ew_live_capture *capture = ew_live_capture_new(fd, &e, error);
	if (!capture)
		return NULL;
	struct ew_sockets_follow *f = g_new0(struct ew_sockets_follow, 1);
	f->source = source;
	f->capture = capture;
	f->count = count;
	memcpy(f->ends, ends, (size_t)count * sizeof(*ends));
	f->since[0] = f->since[1] = now();
	f->events = g_array_new(FALSE, FALSE, sizeof(struct ew_sockets_followed));
	f->left = -1;
	return f;
}

static void clear_events(struct ew_sockets_follow *f)
{
	for (guint i = 0; i < f->events->len; i++)
		g_free(g_array_index(f->events, struct ew_sockets_followed, i).line);
	g_array_set_size(f->events, 0);
}

bool ew_sockets_follow_free(struct ew_sockets_follow *f, GError **error)
{
	if (!f)
		return true;
	bool is_good = ew_live_capture_free(f->capture, error);

	clear_events(f);
	g_array_unref(f->events);
	g_free(f);
	return is_good;
}

struct ew_live_capture *ew_sockets_follow_capture(struct ew_sockets_follow *f)
{
	return f->capture;
}

void ew_sockets_follow_limit(struct ew_sockets_follow *f, int64_t packets)
{
	f->left = packets;
}

bool ew_sockets_follow_is_over(const struct ew_sockets_follow *f)
{
	for (int i = 0; i < f->count; i++)
		if (f->ends[i].state != EW_LIVE_GONE)
			return false;
	return true;
}

enum ew_live_state ew_sockets_follow_state(const struct ew_sockets_follow *f, int end)
{
	return end < f->count ? f->ends[end].state : EW_LIVE_GONE;
}

bool ew_sockets_follow_is_full(const struct ew_sockets_follow *f)
{
	return f->left == 0;
}

/* ---- a turn ---------------------------------------------------------------------------------- */

static bool take_packet(const struct ew_live_captured *p, void *data)
{
	struct ew_sockets_follow *f = data;
	struct ew_sockets_followed e = {.time = p->time, .is_packet = true, .packet = *p};

	e.line = g_strdup(p->line);
	e.packet.line = e.line;
	g_array_append_val(f->events, e);
	if (f->left > 0)
		f->left--;
	return f->left != 0;
}

static void add_state(struct ew_sockets_follow *f, int end, enum ew_live_state *before,
		      enum ew_live_state state, int64_t time, bool is_inferred)
{
	struct ew_sockets_followed e = {.time = time,
					.end = end,
					.before = *before,
					.state = state,
					.is_inferred = is_inferred};

	g_array_append_val(f->events, e);
	*before = state;
}

/* Looks at both ends. Packets that led to what is seen have come before, and are read after. */
static bool look(struct ew_sockets_follow *f, struct ew_socket seen[2], int64_t times[2], GError **error)
{
	for (int i = 0; i < f->count; i++) {
		seen[i] = f->ends[i];
		if (seen[i].state != EW_LIVE_GONE && !ew_sockets_again(f->source, &f->ends[i], &seen[i], error))
			return false;
		times[i] = now();
	}
	return true;
}

static void tell_states(struct ew_sockets_follow *f, const struct ew_socket seen[2], const int64_t times[2])
{
	for (int i = 0; i < f->count; i++) {
		struct ew_live_passed passed[EW_LIVE_CAPTURE_PASSED];
		enum ew_live_state before = f->ends[i].state;
		int side = i; /* end 1 is here only as the other end of end 0 */
		int count = 0;

		if (seen[i].state != before)
			count = ew_live_capture_passed(f->capture, side, before, seen[i].state, f->since[i],
						       times[i], passed);
		for (int k = 0; k < count; k++)
			add_state(f, i, &before, passed[k].state, passed[k].time, true);
		if (seen[i].state != before)
			add_state(f, i, &before, seen[i].state, times[i], false);
		f->ends[i] = seen[i];
		f->since[i] = times[i];
	}
}

static int compare_events(const void *a, const void *b)
{
	const struct ew_sockets_followed *x = a, *y = b;

	if (x->time != y->time)
		return x->time < y->time ? -1 : 1;
	return 0;
}

bool ew_sockets_follow_turn(struct ew_sockets_follow *f, int timeout_ms, ew_sockets_followed_fn fn, void *data,
			    GError **error)
{
	struct pollfd p = {.fd = ew_live_capture_fd(f->capture), .events = POLLIN};
	struct ew_socket seen[2];
	int64_t times[2] = {0};

	clear_events(f);
	poll(&p, 1, now() < f->eager ? MIN(timeout_ms, 1) : timeout_ms); /* a signal ends it early */
	if (!look(f, seen, times, error) || !ew_live_capture_read(f->capture, take_packet, f, error))
		return false;
	if (f->events->len)
		f->eager = now() + EAGER_NS;
	tell_states(f, seen, times);
	g_array_sort(f->events, compare_events); /* keeps the order of what is equal */
	for (guint i = 0; i < f->events->len; i++)
		fn(&g_array_index(f->events, struct ew_sockets_followed, i), data);
	return true;
}
