/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is different between two looks. The kernel's cookie stays with a connection from its request to its
 * timewait socket, so that one is known again. */
#include "sockets/internal.h"

#include <string.h>

static const char *const event_names[EW_SOCKET_EVENTS] = {"new", "state", "accepted", "hint", "gone"};

const char *ew_socket_event_name(enum ew_socket_event event)
{
	return (unsigned)event < EW_SOCKET_EVENTS ? event_names[event] : "unknown";
}

static guint hash_cookie(gconstpointer p)
{
	const struct ew_socket *k = p;

	return k->cookie[0] * 2654435761U ^ k->cookie[1];
}

static gboolean is_same_cookie(gconstpointer a, gconstpointer b)
{
	const struct ew_socket *x = a, *y = b;

	return !memcmp(x->cookie, y->cookie, sizeof(x->cookie));
}

static GHashTable *by_cookie(const struct ew_sockets *s)
{
	GHashTable *table = g_hash_table_new(hash_cookie, is_same_cookie);

	for (guint i = 0; i < s->sockets->len; i++)
		g_hash_table_add(table, ew_sockets_at(s, i));
	return table;
}

static void add_holders(struct ew_sockets *s, const struct ew_sockets *before, const struct ew_socket *k)
{
	for (int i = 0; i < k->holder_count; i++) {
		struct ew_socket_holder h = *ew_sockets_holder(before, k, i);

		h.name = g_string_chunk_insert_const(s->names, h.name);
		g_array_append_val(s->holders, h);
	}
}

bool ew_sockets_carry_over(struct ew_sockets *s, const struct ew_sockets *before)
{
	g_autoptr(GHashTable) table = by_cookie(before);
	bool is_new = false;

	g_array_set_size(s->holders, 0);
	s->walk = before->walk;
	for (guint i = 0; i < s->sockets->len; i++) {
		const struct ew_socket *k = ew_sockets_at(s, i), *was = g_hash_table_lookup(table, k);

		if (was && was->inode == k->inode)
			add_holders(s, before, was);
		else
			is_new |= k->inode != 0;
	}
	sockets_assign(s);
	return is_new;
}

static void compare_one(const struct ew_sockets *before, const struct ew_socket *was,
			const struct ew_sockets *s, const struct ew_socket *k, unsigned stale,
			ew_socket_change_fn fn, void *data)
{
	struct ew_socket_change c = {.before = was, .now = k};
	const unsigned unsaid = EW_HINT_HOLDER_UNSEEN;

	c.hints = ew_socket_hints(s, k, stale) & ~(was ? ew_socket_hints(before, was, stale) : 0U) & ~unsaid;
	if (!was)
		c.event = EW_SOCKET_NEW;
	else if (was->state != k->state)
		c.event = EW_SOCKET_STATE;
	else if (ew_socket_is_unaccepted(was) && k->inode)
		c.event = EW_SOCKET_ACCEPTED;
	else if (c.hints)
		c.event = EW_SOCKET_HINT;
	else
		return;
	fn(&c, s, data);
}

void ew_sockets_compare(const struct ew_sockets *before, const struct ew_sockets *s, unsigned stale,
			ew_socket_change_fn fn, void *data)
{
	g_autoptr(GHashTable) old = by_cookie(before), new = by_cookie(s);

	for (guint i = 0; i < before->sockets->len; i++) {
		struct ew_socket_change c = {.event = EW_SOCKET_GONE, .before = ew_sockets_at(before, i)};

		if (!g_hash_table_contains(new, c.before))
			fn(&c, before, data);
	}
	for (guint i = 0; i < s->sockets->len; i++)
		compare_one(before, g_hash_table_lookup(old, ew_sockets_at(s, i)), s, ew_sockets_at(s, i),
			    stale, fn, data);
}
