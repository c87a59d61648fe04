/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A map from two node numbers to a number: open addressing, since GHashTable would box every key. */
#include "resolve/internal.h"

void pair_map_init(struct pair_map *m)
{
	m->used = 0;
	m->size = 1 << 16;
	m->keys = g_new0(uint64_t, m->size);
	m->values = g_new(int, m->size);
}

void pair_map_clear(struct pair_map *m)
{
	g_clear_pointer(&m->keys, g_free);
	g_clear_pointer(&m->values, g_free);
}

static uint64_t pair_key(int a, int b)
{
	return ((uint64_t)(uint32_t)a << 32 | (uint32_t)b) + 1; /* 0 means free */
}

static size_t pair_slot(const struct pair_map *m, uint64_t key)
{
	size_t i = key * 0x9e3779b97f4a7c15u >> 20 & (m->size - 1);

	while (m->keys[i] && m->keys[i] != key)
		i = (i + 1) & (m->size - 1);
	return i;
}

static void pair_map_grow(struct pair_map *m)
{
	struct pair_map old = *m;
	size_t i;

	m->size = old.size * 2;
	m->keys = g_new0(uint64_t, m->size);
	m->values = g_new(int, m->size);
	for (i = 0; i < old.size; i++) {
		size_t at;

		if (!old.keys[i])
			continue;
		at = pair_slot(m, old.keys[i]);
		m->keys[at] = old.keys[i];
		m->values[at] = old.values[i];
	}
	pair_map_clear(&old);
}

bool pair_map_add(struct pair_map *m, int a, int b, int value)
{
	uint64_t key = pair_key(a, b);
	size_t i = pair_slot(m, key);

	if (m->keys[i])
		return false;
	if (m->used * 2 > m->size) {
		pair_map_grow(m);
		i = pair_slot(m, key);
	}
	m->keys[i] = key;
	m->values[i] = value;
	m->used++;
	return true;
}

int *pair_map_at(struct pair_map *m, int a, int b)
{
	size_t i = pair_slot(m, pair_key(a, b));

	return m->keys[i] ? &m->values[i] : NULL;
}

int pair_map_get(const struct pair_map *m, int a, int b, int missing)
{
	size_t i = pair_slot(m, pair_key(a, b));

	return m->keys[i] ? m->values[i] : missing;
}
