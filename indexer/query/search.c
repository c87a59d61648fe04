/* SPDX-License-Identifier: GPL-3.0-or-later */
/* See search.h. */
#include <string.h>

#include "query/search.h"

static void make_room(struct way_search *s, uint32_t states, uint32_t buckets)
{
	uint32_t n = 1;

	if (states > s->room) {
		g_free(s->cost);
		s->cost = g_new(uint32_t, 3 * (size_t)states);
		s->edge = s->cost + states;
		s->before = s->edge + states;
		s->room = states;
		s->reached.length = 0;
		memset(s->cost, 0xff, states * sizeof *s->cost);
	}
	while (n < buckets)
		n *= 2;
	if (n > s->n_buckets) {
		s->buckets = g_renew(struct search_bucket, s->buckets, n);
		memset(s->buckets + s->n_buckets, 0, (n - s->n_buckets) * sizeof *s->buckets);
		s->n_buckets = n;
	}
	s->mask = s->n_buckets - 1;
}

void search_begin(struct way_search *s, uint32_t states, uint32_t most)
{
	uint32_t i;

	make_room(s, states, most + 1);
	for (i = 0; i < s->reached.length; i++)
		s->cost[s->reached.states[i]] = SEARCH_NONE;
	s->reached.length = 0;
	for (i = 0; i < s->n_buckets; i++)
		s->buckets[i].length = 0;
	s->now = s->taken = s->waiting = 0;
}

void search_clear(struct way_search *s)
{
	uint32_t i;

	for (i = 0; i < s->n_buckets; i++)
		g_free(s->buckets[i].states);
	g_free(s->buckets);
	g_free(s->reached.states);
	g_free(s->cost);
	*s = (struct way_search){0};
}

static void append(struct search_bucket *b, uint32_t state)
{
	if (b->length == b->room) {
		b->room = b->room ? 2 * b->room : 64;
		b->states = g_renew(uint32_t, b->states, b->room);
	}
	b->states[b->length++] = state;
}

void search_put(struct way_search *s, uint32_t state, uint32_t cost)
{
	append(&s->buckets[cost & s->mask], state);
	s->waiting++;
}

void search_reach(struct way_search *s, uint32_t state)
{
	append(&s->reached, state);
}

bool search_next_within(struct way_search *s, uint32_t most, uint32_t *state)
{
	while (s->waiting && s->now <= most) {
		struct search_bucket *b = &s->buckets[s->now & s->mask];

		while (s->taken < b->length) {
			*state = b->states[s->taken++];
			s->waiting--;
			if (s->cost[*state] == s->now)
				return true;
		}
		b->length = s->taken = 0;
		s->now++;
	}
	return false;
}

bool search_next(struct way_search *s, uint32_t *state)
{
	return search_next_within(s, SEARCH_NONE, state);
}

void search_turn_round(GArray *way)
{
	uint32_t *edges = (uint32_t *)(void *)way->data;
	guint i;

	for (i = 0; i < way->len / 2; i++) {
		uint32_t edge = edges[i];

		edges[i] = edges[way->len - 1 - i];
		edges[way->len - 1 - i] = edge;
	}
}

GArray *search_way(const struct way_search *s, uint32_t state)
{
	GArray *way = g_array_new(false, false, sizeof(uint32_t));

	for (; s->before[state] != SEARCH_NONE; state = s->before[state])
		g_array_append_val(way, s->edge[state]);
	search_turn_round(way);
	return way;
}
