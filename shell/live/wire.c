/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The forwarder: takes the frames off one end of the cable, decides what becomes of each, and puts
 * them on the other. It never sleeps; whoever has the wire calls it when its descriptor can be
 * read.
 */
#include "live/internal.h"
#include "live/wire.h"

#include <errno.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#define FRAME_SIZE  2048 /* in the ring; a frame has 1514 bytes at most */
#define FRAMES	    1024
#define BLOCK_SIZE  (32 * FRAME_SIZE)
#define RING_SIZE   ((size_t)FRAME_SIZE * FRAMES)
#define HEADERS_MAX 128

/* One end of the cable. */
struct end {
	int fd;
	uint8_t *ring;
	unsigned next; /* frame of the ring that will be filled next */
};

struct rule {
	enum ew_live_fate fate;
	int side;
	enum live_match match;
	int times; /* that are left; 0: for good */
};

struct held {
	struct live_transit transit;
	bool is_doubled;
	uint8_t bytes[];
};

/* The last that a host said on a connection. */
struct last {
	struct live_transit transit;
	uint8_t bytes[HEADERS_MAX];
};

struct live_wire {
	struct live_link link;
	struct end ends[2]; /* by side */
	int epoll;
	bool is_up, is_holding;
	GArray *rules;	     /* of struct rule */
	GQueue held;	     /* of struct held */
	GHashTable *last[2]; /* ports → struct last */
	int64_t offset;	     /* realtime - monotonic, of the batch that is read */
	unsigned overruns;
	live_transit_fn fn;
	void *data;
};

/* ---- laying ---------------------------------------------------------------------------------- */

static bool fail(GError **error, const char *what)
{
	g_set_error(error, EW_ERROR, EW_ERROR_NOT_POSSIBLE,
		    "frames cannot be passed on between the two hosts: %s: %s%s", what,
		    g_strerror(errno),
		    errno == EAFNOSUPPORT ? "; the kernel needs CONFIG_PACKET" : "");
	return false;
}

static bool open_end(struct live_wire *w, int side, GError **error)
{
	struct tpacket_req ring = {.tp_block_size = BLOCK_SIZE,
				   .tp_block_nr = RING_SIZE / BLOCK_SIZE,
				   .tp_frame_size = FRAME_SIZE,
				   .tp_frame_nr = FRAMES};
	struct sockaddr_ll address = {.sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL)};
	struct epoll_event event = {.events = EPOLLIN, .data.u32 = (uint32_t)side};
	int version = TPACKET_V2, on = 1;
	struct end *e = &w->ends[side];

	address.sll_ifindex = (int)if_nametoindex(live_link_end(side));
	e->fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (e->fd < 0)
		return fail(error, "a packet socket");
	/* what we send ourselves comes back otherwise; older kernels mark it, see read_end() */
	setsockopt(e->fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, &on, sizeof(on));
	if (setsockopt(e->fd, SOL_PACKET, PACKET_VERSION, &version, sizeof(version)) < 0 ||
	    setsockopt(e->fd, SOL_PACKET, PACKET_RX_RING, &ring, sizeof(ring)) < 0)
		return fail(error, "a ring of frames");
	e->ring = mmap(NULL, RING_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, e->fd, 0);
	if (e->ring == MAP_FAILED) {
		e->ring = NULL;
		return fail(error, "mmap of a ring of frames");
	}
	if (bind(e->fd, (struct sockaddr *)&address, sizeof(address)) < 0)
		return fail(error, "bind of a packet socket");
	return epoll_ctl(w->epoll, EPOLL_CTL_ADD, e->fd, &event) == 0 || fail(error, "epoll");
}

struct live_wire *live_wire_new(GError **error)
{
	struct live_wire *w = g_new0(struct live_wire, 1);

	*w = (struct live_wire){.link = {-1, {-1, -1}}, .is_up = true};
	w->ends[0].fd = w->ends[1].fd = -1;
	w->rules = g_array_new(FALSE, TRUE, sizeof(struct rule));
	g_queue_init(&w->held);
	for (int side = 0; side < 2; side++)
		w->last[side] = g_hash_table_new_full(NULL, NULL, NULL, g_free);
	w->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (w->epoll >= 0 && live_link_lay(&w->link, error) && open_end(w, 0, error) &&
	    open_end(w, 1, error))
		return w;
	if (error && !*error)
		fail(error, "epoll");
	live_wire_free(w);
	return NULL;
}

void live_wire_free(struct live_wire *w)
{
	if (!w)
		return;
	for (int side = 0; side < 2; side++) {
		if (w->ends[side].ring)
			munmap(w->ends[side].ring, RING_SIZE);
		if (w->ends[side].fd >= 0)
			close(w->ends[side].fd);
		g_hash_table_unref(w->last[side]);
	}
	if (w->epoll >= 0)
		close(w->epoll);
	g_queue_clear_full(&w->held, g_free);
	g_array_unref(w->rules);
	live_link_clear(&w->link);
	g_free(w);
}

/* ---- what becomes of a frame ----------------------------------------------------------------- */

/* The fate that the rules give a frame; PASSED if they say nothing. */
static enum ew_live_fate apply_rules(struct live_wire *w, const struct live_transit *t)
{
	for (guint i = 0; i < w->rules->len; i++) {
		struct rule *r = &g_array_index(w->rules, struct rule, i);
		enum ew_live_fate fate = r->fate;

		if (!live_transit_matches(t, r->side, r->match))
			continue;
		if (r->times == 1)
			g_array_remove_index(w->rules, i);
		else if (r->times)
			r->times--;
		return fate;
	}
	return EW_LIVE_FATE_PASSED;
}

static void tell(struct live_wire *w, const struct live_transit *t)
{
	if (w->fn)
		w->fn(t, w->data);
}

/* Puts it on the other end. It is told by the time before that: the receiver has it, and has acted
 * on it, when send() returns. */
static void let_go(struct live_wire *w, struct live_transit *t, bool is_doubled)
{
	t->fate = !w->is_up ? EW_LIVE_FATE_LOST : is_doubled ? EW_LIVE_FATE_DOUBLED : EW_LIVE_FATE_PASSED;
	t->time = live_now();
	tell(w, t);
	for (int i = 0; w->is_up && i < 1 + is_doubled; i++)
		/* a host whose namespace is gone has no interface to send to */
		if (send(w->ends[1 - t->side].fd, t->bytes, t->size, MSG_NOSIGNAL) < 0)
			g_debug("frame of %zu bytes: %s", t->size, g_strerror(errno));
}

/* What is sent again while it is held is held already. */
static bool is_held(const struct live_wire *w, const struct live_transit *t)
{
	for (const GList *l = w->held.head; l; l = l->next) {
		const struct live_transit *h = &((const struct held *)l->data)->transit;

		if (h->side == t->side && h->frame.is_ipv6 == t->frame.is_ipv6 &&
		    h->frame.port == t->frame.port && h->frame.peer_port == t->frame.peer_port &&
		    h->frame.seq == t->frame.seq && h->frame.ack == t->frame.ack &&
		    h->frame.length == t->frame.length && h->frame.flags == t->frame.flags)
			return true;
	}
	return false;
}

static void hold_back(struct live_wire *w, const struct live_transit *t, bool is_doubled)
{
	struct held *h = g_malloc(sizeof(*h) + t->size);

	h->transit = *t;
	h->is_doubled = is_doubled;
	memcpy(h->bytes, t->bytes, t->size);
	h->transit.bytes = h->bytes;
	live_frame_read(h->bytes, t->size, &h->transit.frame);
	h->transit.was_held = true;
	g_queue_push_tail(&w->held, h);
}

static void remember(struct live_wire *w, const struct live_transit *t)
{
	struct last *l;

	if (!(t->frame.flags & EW_LIVE_ACK))
		return;
	l = g_new0(struct last, 1);
	l->transit = *t;
	memcpy(l->bytes, t->bytes, MIN(t->size, HEADERS_MAX));
	l->transit.bytes = l->bytes;
	l->transit.frame.options = NULL;
	g_hash_table_replace(w->last[t->side],
			     GUINT_TO_POINTER((guint)t->frame.port << 16 | t->frame.peer_port), l);
}

/* A frame that has just left its host. */
static void take_frame(struct live_wire *w, struct live_transit *t)
{
	t->is_tcp =
		live_frame_read(t->bytes, t->size, &t->frame) && t->frame.protocol == IPPROTO_TCP;
	if (t->is_tcp && w->is_up) {
		remember(w, t);
		t->fate = apply_rules(w, t);
	}
	if (t->fate == EW_LIVE_FATE_DROPPED) {
		t->time = live_now();
		tell(w, t);
	} else if (t->is_tcp && w->is_up && w->is_holding) {
		bool is_doubled = t->fate == EW_LIVE_FATE_DOUBLED;

		t->time = t->left;
		t->fate = EW_LIVE_FATE_HELD;
		tell(w, t);
		if (!is_held(w, t))
			hold_back(w, t, is_doubled);
	} else {
		let_go(w, t, t->fate == EW_LIVE_FATE_DOUBLED);
	}
}

/* ---- reading --------------------------------------------------------------------------------- */

static struct tpacket2_hdr *waiting(const struct end *e)
{
	struct tpacket2_hdr *h = (struct tpacket2_hdr *)(e->ring + (size_t)e->next * FRAME_SIZE);

	return __atomic_load_n(&h->tp_status, __ATOMIC_ACQUIRE) & TP_STATUS_USER ? h : NULL;
}

static int64_t stamp(const struct tpacket2_hdr *h)
{
	return h->tp_sec * INT64_C(1000000000) + h->tp_nsec;
}

static bool is_own(const struct tpacket2_hdr *h)
{
	const struct sockaddr_ll *address =
		(const void *)((const uint8_t *)h + TPACKET_ALIGN(sizeof(*h)));

	return address->sll_pkttype == PACKET_OUTGOING;
}

/* Takes the one frame, and gives its place back to the kernel. */
static int read_frame(struct live_wire *w, int side, struct tpacket2_hdr *h)
{
	struct live_transit t = {.side = side,
				 .left = stamp(h) - w->offset,
				 .bytes = (const uint8_t *)h + h->tp_mac,
				 .size = h->tp_snaplen};

	if (!is_own(h))
		take_frame(w, &t);
	__atomic_store_n(&h->tp_status, TP_STATUS_KERNEL, __ATOMIC_RELEASE);
	w->ends[side].next = (w->ends[side].next + 1) % FRAMES;
	return t.is_tcp;
}

/* An end whose device went down or away can always be "read", until its error was taken. */
static void take_errors(struct live_wire *w)
{
	struct epoll_event events[2];
	int count = epoll_wait(w->epoll, events, 2, 0);

	for (int i = 0; i < count; i++) {
		int error;
		socklen_t size = sizeof(error);

		if (events[i].events & (EPOLLERR | EPOLLHUP))
			getsockopt(w->ends[events[i].data.u32].fd, SOL_SOCKET, SO_ERROR, &error, &size);
	}
}

int live_wire_pump(struct live_wire *w)
{
	int count = 0;

	w->offset = live_clock_offset();
	/* what one host is sent makes it answer at once, so that this goes on for a while */
	for (;;) {
		struct tpacket2_hdr *h[2] = {waiting(&w->ends[0]), waiting(&w->ends[1])};

		if (!h[0] && !h[1])
			break;
		int side = !h[0] || (h[1] && stamp(h[1]) < stamp(h[0]));
		count += read_frame(w, side, h[side]);
	}
	if (!count)
		take_errors(w);
	return count;
}

unsigned live_wire_overruns(struct live_wire *w)
{
	for (int side = 0; side < 2; side++) {
		struct tpacket_stats stats = {0};
		socklen_t size = sizeof(stats);

		if (getsockopt(w->ends[side].fd, SOL_PACKET, PACKET_STATISTICS, &stats, &size) == 0)
			w->overruns += stats.tp_drops;
	}
	return w->overruns;
}

/* ---- what one can do to it ------------------------------------------------------------------- */

void live_wire_hold(struct live_wire *w)
{
	w->is_holding = true;
}

bool live_wire_is_holding(const struct live_wire *w)
{
	return w->is_holding;
}

/* The first that is held, of the side and the kind; NULL if there is none. */
static GList *find_held(struct live_wire *w, int side, enum live_match match)
{
	GList *l = w->held.head;

	while (l && !live_transit_matches(&((struct held *)l->data)->transit, side, match))
		l = l->next;
	return l;
}

bool live_wire_step(struct live_wire *w, int side, enum live_match match)
{
	GList *l = find_held(w, side, match);

	if (!l)
		return false;
	g_autofree struct held *h = l->data;
	g_queue_delete_link(&w->held, l);
	let_go(w, &h->transit, h->is_doubled);
	return true;
}

void live_wire_pass(struct live_wire *w)
{
	w->is_holding = false;
	while (live_wire_step(w, -1, LIVE_MATCH_ANY))
		;
}

const struct live_transit *live_wire_held(const struct live_wire *w, unsigned i)
{
	const struct held *h = g_queue_peek_nth((GQueue *)&w->held, i);

	return h ? &h->transit : NULL;
}

static void add_rule(struct live_wire *w, struct rule r)
{
	g_array_append_val(w->rules, r);
}

void live_wire_drop(struct live_wire *w, int side, enum live_match match, int times)
{
	int left = times;
	GList *l;

	while ((!times || left > 0) && (l = find_held(w, side, match))) {
		g_autofree struct held *h = l->data;

		g_queue_delete_link(&w->held, l);
		h->transit.fate = EW_LIVE_FATE_DROPPED;
		h->transit.time = live_now();
		tell(w, &h->transit);
		left--;
	}
	if (!times || left > 0)
		add_rule(w, (struct rule){EW_LIVE_FATE_DROPPED, side, match, times ? left : 0});
}

void live_wire_double(struct live_wire *w, int side, enum live_match match, int times)
{
	add_rule(w, (struct rule){EW_LIVE_FATE_DOUBLED, side, match, times});
}

int live_wire_repeat(struct live_wire *w, int side)
{
	GHashTableIter i;
	gpointer value;
	int count = 0;

	g_hash_table_iter_init(&i, w->last[side]);
	while (g_hash_table_iter_next(&i, NULL, &value)) {
		struct live_transit t = ((struct last *)value)->transit;

		if (!live_transit_matches(&t, side, LIVE_MATCH_ACK) || t.size > HEADERS_MAX)
			continue;
		t.left = live_now();
		let_go(w, &t, false);
		count++;
	}
	return count;
}

void live_wire_forget(struct live_wire *w)
{
	g_array_set_size(w->rules, 0);
}

void live_wire_link(struct live_wire *w, bool is_up)
{
	w->is_up = is_up;
}

/* ---- hosts ----------------------------------------------------------------------------------- */

void live_wire_watch(struct live_wire *w, live_transit_fn fn, void *data)
{
	w->fn = fn;
	w->data = data;
}

int live_wire_namespace(const struct live_wire *w, int side)
{
	return side < 0 ? w->link.own : w->link.hosts[side];
}

bool live_wire_enter(struct live_wire *w, int side)
{
	return live_link_enter(&w->link, side);
}

int live_wire_fd(const struct live_wire *w)
{
	return w->epoll;
}

bool live_wire_remove_address(struct live_wire *w, int side, GError **error)
{
	return live_link_remove_address(&w->link, side, error);
}

bool live_wire_slow(struct live_wire *w, unsigned rto_min_ms, GError **error)
{
	return live_link_slow(&w->link, rto_min_ms, error);
}

void live_wire_abandon(struct live_wire *w, int side)
{
	if (w->link.hosts[side] >= 0)
		close(w->link.hosts[side]);
	w->link.hosts[side] = -1;
}

bool live_wire_exists(const struct live_wire *w, int side)
{
	return if_nametoindex(live_link_end(side)) != 0;
}

void live_wire_reset(struct live_wire *w, int side)
{
	uint8_t bytes[HEADERS_MAX];
	GHashTableIter i;
	gpointer value;

	g_hash_table_iter_init(&i, w->last[side]);
	while (g_hash_table_iter_next(&i, NULL, &value)) {
		size_t size =
			live_transit_reset(&((struct last *)value)->transit, bytes, sizeof(bytes));

		if (size && send(w->ends[side].fd, bytes, size, MSG_NOSIGNAL) < 0)
			g_debug("reset: %s", g_strerror(errno));
	}
}
