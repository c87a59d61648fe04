/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A question, answered: the sockets that pass the filter, sorted, each with its holders. */
#include "sockets/internal.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

void ew_sockets_free(struct ew_sockets *s)
{
	if (!s)
		return;
	g_array_unref(s->sockets);
	g_array_unref(s->holders);
	g_string_chunk_free(s->names);
	g_free(s);
}

struct ew_sockets *sockets_new(void)
{
	struct ew_sockets *s = g_new0(struct ew_sockets, 1);

	s->sockets = g_array_new(FALSE, FALSE, sizeof(struct ew_socket));
	s->holders = g_array_new(FALSE, FALSE, sizeof(struct ew_socket_holder));
	s->names = g_string_chunk_new(256);
	return s;
}

/* ---- filter and order ------------------------------------------------------------------------ */

static bool address_passes(const struct ew_socket_address *wanted, const struct ew_socket_address *is)
{
	static const uint8_t any[16];

	if (wanted->family == AF_UNSPEC)
		return true;
	if (wanted->port && wanted->port != is->port)
		return false;
	struct ew_socket_address bare = *is;

	bare.port = wanted->port;
	return ew_socket_address_equal(wanted, &bare) ||
	       (wanted->port && !memcmp(wanted->bytes, any, sizeof(any)));
}

bool sockets_passes(const struct ew_sockets_filter *f, const struct ew_socket *k)
{
	/* the kernel gives requests with full sockets */
	if (f->states && !(f->states & (1U << k->state)))
		return false;
	if (f->port && f->port != k->local.port && f->port != k->peer.port)
		return false;
	if (f->inode && f->inode != k->inode)
		return false;
	if (f->has_peer && f->peer.family == AF_UNSPEC && k->peer.port)
		return false;
	return address_passes(&f->local, &k->local) && address_passes(&f->peer, &k->peer);
}

static int compare_sockets(const void *a, const void *b)
{
	const struct ew_socket *x = a, *y = b;
	bool x_listens = x->state == EW_LIVE_LISTEN, y_listens = y->state == EW_LIVE_LISTEN;

	if (x_listens != y_listens)
		return y_listens - x_listens;
	if (x->local.port != y->local.port)
		return x->local.port - y->local.port;
	int order = memcmp(x->local.bytes, y->local.bytes, sizeof(x->local.bytes));
	if (!order)
		order = memcmp(x->peer.bytes, y->peer.bytes, sizeof(x->peer.bytes));
	if (!order)
		order = x->peer.port - y->peer.port;
	return order ? order : memcmp(x->cookie, y->cookie, sizeof(x->cookie));
}

/* ---- owners ---------------------------------------------------------------------------------- */

static int compare_holders(const void *a, const void *b)
{
	const struct ew_socket_holder *x = a, *y = b;

	if (x->inode != y->inode)
		return x->inode < y->inode ? -1 : 1;
	if (x->pid != y->pid)
		return x->pid - y->pid;
	return x->fd - y->fd;
}

void sockets_assign(struct ew_sockets *s)
{
	g_autoptr(GHashTable) first = g_hash_table_new(NULL, NULL);
	const struct ew_socket_holder *holders = (void *)s->holders->data;

	g_array_sort(s->holders, compare_holders);
	for (guint i = s->holders->len; i-- > 0;)
		g_hash_table_insert(first, GUINT_TO_POINTER(holders[i].inode), GUINT_TO_POINTER(i + 1));
	for (guint i = 0; i < s->sockets->len; i++) {
		struct ew_socket *k = ew_sockets_at(s, i);
		guint at = GPOINTER_TO_UINT(g_hash_table_lookup(first, GUINT_TO_POINTER(k->inode)));

		k->holder_count = 0;
		k->first_holder = at ? (int)at - 1 : 0;
		for (guint h = at; k->inode && h && h <= s->holders->len && holders[h - 1].inode == k->inode; h++)
			k->holder_count++;
	}
}

void ew_sockets_find_owners(struct ew_sockets *s)
{
	g_autoptr(GHashTable) inodes = g_hash_table_new(NULL, NULL);

	for (guint i = 0; i < s->sockets->len; i++)
		if (ew_sockets_at(s, i)->inode)
			g_hash_table_add(inodes, GUINT_TO_POINTER(ew_sockets_at(s, i)->inode));
	g_array_set_size(s->holders, 0);
	sockets_walk("/proc", inodes, s);
	sockets_assign(s);
}

static bool walk_was_whole(const struct ew_sockets_walk *w)
{
	return !*w->problem && !w->refused && !w->is_hidden && !w->is_contained;
}

/* Between the dump and the walk sockets end and lose their files. Of those without a holder, where one would
 * have been found, only what is still there is told of. */
static void look_again(struct ew_sockets_source *source, struct ew_sockets *s)
{
	guint kept = 0;

	for (guint i = 0; i < s->sockets->len; i++) {
		struct ew_socket *k = ew_sockets_at(s, i), now;

		if (k->inode && !k->holder_count && walk_was_whole(&s->walk)) {
			int number = sockets_look_up(source, k, &now);

			if (number == ENOENT)
				continue;
			if (!number)
				*k = now;
		}
		*ew_sockets_at(s, kept++) = *k;
	}
	g_array_set_size(s->sockets, kept);
}

static bool is_held_by(const struct ew_sockets *s, const struct ew_socket *k, pid_t pid)
{
	for (int i = 0; i < k->holder_count; i++)
		if (ew_sockets_holder(s, k, i)->pid == pid)
			return true;
	return false;
}

/* That this process holds none can be said of one that was looked into. */
static bool check_process(const struct ew_sockets *s, pid_t pid, GError **error)
{
	g_autofree char *path = g_strdup_printf("/proc/%d/fd/.", (int)pid);

	if (*s->walk.problem)
		g_set_error(error, EW_ERROR, EW_ERROR_NOT_POSSIBLE,
			    "what process %d holds stands in /proc, which cannot be read: %s", (int)pid,
			    s->walk.problem);
	else if (s->walk.refused && access(path, R_OK | X_OK) != 0 && errno != ENOENT)
		g_set_error(error, EW_ERROR, EW_ERROR_NOT_POSSIBLE,
			    "process %d may not be looked into: CAP_SYS_PTRACE is missing; run this as root, or as "
			    "its user",
			    (int)pid);
	else
		return true;
	return false;
}

/* ---- looking --------------------------------------------------------------------------------- */

struct ew_sockets *ew_sockets_look(struct ew_sockets_source *source, const struct ew_sockets_filter *f,
				   bool owners, GError **error)
{
	ew_auto(sockets) s = sockets_new();
	guint kept = 0;

	if (!sockets_dump(source, f->states, s->sockets, error))
		return NULL;
	for (guint i = 0; i < s->sockets->len; i++)
		if (sockets_passes(f, ew_sockets_at(s, i)))
			*ew_sockets_at(s, kept++) = *ew_sockets_at(s, i);
	g_array_set_size(s->sockets, kept);
	g_array_sort(s->sockets, compare_sockets);
	if (owners || f->pid) {
		ew_sockets_find_owners(s);
		look_again(source, s);
	}
	for (guint i = kept = 0; i < s->sockets->len; i++)
		if (!f->pid || is_held_by(s, ew_sockets_at(s, i), f->pid))
			*ew_sockets_at(s, kept++) = *ew_sockets_at(s, i);
	g_array_set_size(s->sockets, kept);
	if (f->pid && !kept && !check_process(s, f->pid, error))
		return NULL;
	return g_steal_pointer(&s);
}

bool ew_sockets_again(struct ew_sockets_source *source, const struct ew_socket *k, struct ew_socket *now,
		      GError **error)
{
	int number = sockets_look_up(source, k, now);

	if (number == ENOENT) {
		*now = *k;
		now->state = EW_LIVE_GONE;
		return true;
	}
	if (number)
		g_set_error(error, EW_ERROR, EW_ERROR_NOT_POSSIBLE, "cannot look at the socket again: %s",
			    g_strerror(number));
	return !number;
}
