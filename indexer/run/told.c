/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "run/told.h"

static void add_words(GPtrArray **to, GStrv words)
{
	if (!*to)
		*to = g_ptr_array_new();
	for (; *words; words++)
		g_ptr_array_add(*to, *words);
}

static const char *const *ended(GPtrArray *words)
{
	if (!words)
		return NULL;
	g_ptr_array_add(words, NULL);
	return (const char *const *)words->pdata;
}

static void add_heads(struct told *t, const struct ew_refs *refs)
{
	const GPtrArray *all = ew_refs_mechanisms(refs);
	guint i, k;

	t->heads = g_ptr_array_new();
	for (i = 0; i < all->len; i++) {
		const struct ew_refs_mechanism *m = g_ptr_array_index(all, i);

		for (k = 0; k < m->heads->len; k++)
			g_ptr_array_add(t->heads, g_ptr_array_index(m->heads, k));
	}
}

/* "__hrtimer_init#0,2": the last is the parameter of the constant. */
static void add_marked(struct told *t, const char *mark)
{
	const char *hash = strchr(mark, '#'), *comma = strchr(mark, ',');

	g_ptr_array_add(t->constants, g_strdup_printf("%.*s#%s", (int)(hash - mark), mark, comma ? comma + 1 : hash + 1));
}

static void add_constants(struct told *t, const struct ew_refs *refs)
{
	const GPtrArray *all = ew_refs_mechanisms(refs);
	guint i, k;

	t->constants = g_ptr_array_new_with_free_func(g_free);
	for (i = 0; i < all->len; i++) {
		const struct ew_refs_mechanism *m = g_ptr_array_index(all, i);

		for (k = 0; !m->of && k < m->constants->len; k++)
			g_ptr_array_add(t->constants, g_strdup(g_ptr_array_index(m->constants, k)));
		for (k = 0; k < m->marks->len; k++)
			add_marked(t, g_ptr_array_index(m->marks, k));
		for (k = 0; k < m->raisers->len; k++)
			add_marked(t, g_ptr_array_index(m->raisers, k));
	}
}

void told_init(struct told *t, const struct ew_refs *refs)
{
	const GPtrArray *all = ew_refs_states(refs);
	guint i;

	*t = (struct told){0};
	for (i = 0; i < all->len; i++) {
		const struct ew_refs_states *s = g_ptr_array_index(all, i);

		add_words(&t->states, s->states);
		add_words(&t->members, s->members);
		add_words(&t->setters, s->setters);
		add_words(&t->getters, s->getters);
	}
	add_constants(t, refs);
	add_heads(t, refs);
	t->all = (struct ew_parse_states){ended(t->states), ended(t->members), ended(t->setters),
					  ended(t->getters)};
	t->all_heads = ended(t->heads);
	t->all_constants = ended(t->constants);
}

void told_clear(struct told *t)
{
	g_clear_pointer(&t->states, g_ptr_array_unref);
	g_clear_pointer(&t->members, g_ptr_array_unref);
	g_clear_pointer(&t->setters, g_ptr_array_unref);
	g_clear_pointer(&t->getters, g_ptr_array_unref);
	g_clear_pointer(&t->heads, g_ptr_array_unref);
	g_clear_pointer(&t->constants, g_ptr_array_unref);
}

char *told_heads(const struct ew_refs *refs)
{
	struct told t = {0};
	char *text;

	add_heads(&t, refs);
	text = g_strjoinv(" ", (char **)ended(t.heads));
	told_clear(&t);
	return text;
}

char *told_constants(const struct ew_refs *refs)
{
	struct told t = {0};
	char *text;

	add_constants(&t, refs);
	text = g_strjoinv(" ", (char **)ended(t.constants));
	told_clear(&t);
	return text;
}
