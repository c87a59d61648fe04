/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One function for each word of an experiment's language that is neither a step nor an expectation. */
#include "live/internal.h"

#include <string.h>

static bool take_text(struct live_parser *p, char *rest, char **text)
{
	if (!*g_strstrip(rest))
		return live_parse_failed(p, "the text is missing");
	*text = g_strdup(rest);
	return true;
}

bool live_parse_title(struct live_parser *p, char *rest)
{
	return take_text(p, rest, &p->x->title);
}

bool live_parse_question(struct live_parser *p, char *rest)
{
	return take_text(p, rest, &p->x->question);
}

bool live_parse_teaches(struct live_parser *p, char *rest)
{
	return take_text(p, rest, &p->x->teaches);
}

bool live_parse_refutes(struct live_parser *p, char *rest)
{
	return take_text(p, rest, &p->x->refutes);
}

bool live_parse_group(struct live_parser *p, char *rest)
{
	const char *word = live_parse_word(&rest);

	if (!word || strlen(word) > 24 ||
	    word[strspn(word, "abcdefghijklmnopqrstuvwxyz0123456789-")])
		return live_parse_failed(p, "\"%s\" is no name of a group; take small letters",
					 word ? word : "");
	g_free(p->x->group);
	p->x->group = g_strdup(word);
	return live_parse_end(p, rest);
}

bool live_parse_needs(struct live_parser *p, char *rest)
{
	g_autoptr(GPtrArray) all = g_ptr_array_new();
	char *word;

	for (int i = 0; p->x->needs[i]; i++)
		g_ptr_array_add(all, p->x->needs[i]);
	while ((word = live_parse_word(&rest))) {
		bool takes_parameter;

		if (!live_probe_find(word, &takes_parameter)) {
			g_autofree char *names = live_probe_names();

			return live_parse_failed(p, "\"%s\" is not known as a need; there are: %s",
						 word, names);
		}
		const char *parameter = takes_parameter ? live_parse_word(&rest) : NULL;
		if (takes_parameter && !parameter)
			return live_parse_failed(p, "\"%s\" of what?", word);
		g_ptr_array_add(all, parameter ? g_strdup_printf("%s %s", word, parameter)
					       : g_strdup(word));
		/* kept at once, so that an error in the next word frees it */
		g_free(p->x->needs);
		p->x->needs = g_new0(char *, all->len + 1);
		memcpy(p->x->needs, all->pdata, sizeof(char *) * all->len);
	}
	return p->x->needs[0] || live_parse_failed(p, "what it needs is missing");
}

bool live_parse_topology(struct live_parser *p, char *rest)
{
	const char *word = live_parse_word(&rest);
	g_autoptr(GString) names = g_string_new(NULL);

	for (int i = 0; live_topologies[i]; i++)
		g_string_append_printf(names, " %s", live_topologies[i]->name);
	if (!word || !live_topology_find(word))
		return live_parse_failed(p, "no topology \"%s\"; there is:%s", word ? word : "",
					 names->str);
	p->x->topology = g_strdup(word);
	return live_parse_end(p, rest);
}

bool live_parse_family(struct live_parser *p, char *rest)
{
	const char *word = live_parse_word(&rest);
	bool is_both = word && !strcmp(word, "both");

	p->x->has_ipv4 = is_both || (word && !strcmp(word, "ipv4"));
	p->x->has_ipv6 = is_both || (word && !strcmp(word, "ipv6"));
	if (!p->x->has_ipv4 && !p->x->has_ipv6)
		return live_parse_failed(p, "a family is ipv4, ipv6 or both");
	return live_parse_end(p, rest);
}

bool live_parse_protocol(struct live_parser *p, char *rest)
{
	const char *word = live_parse_word(&rest);

	for (int i = 0; word && i < EW_LIVE_PROTOCOLS; i++) {
		if (!strcmp(word, ew_live_protocol_name(i))) {
			p->x->protocol = i;
			return live_parse_end(p, rest);
		}
	}
	return live_parse_failed(p, "a protocol is tcp, udp, unix or mptcp");
}

bool live_parse_sysctl(struct live_parser *p, char *rest)
{
	struct ew_live_sysctl s = {.line = p->line};
	char *name = live_parse_word(&rest);

	if (!name || !g_str_has_prefix(name, "net.") || strstr(name, "..") || strchr(name, '/'))
		return live_parse_failed(p, "a sysctl of the network namespace is missing, such as "
					    "\"sysctl net.ipv4.tcp_fin_timeout 2\"");
	if (!*g_strstrip(rest))
		return live_parse_failed(p, "the value of %s is missing", name);
	s.name = g_strdup(name);
	s.value = g_strdup(rest);
	g_array_append_val(p->x->sysctls, s);
	return true;
}

bool live_parse_watch(struct live_parser *p, char *rest)
{
	static const char *const words[] = {"sockets", "packets", "processes"};
	char *word;

	while ((word = live_parse_word(&rest))) {
		size_t i;

		if (g_ascii_isdigit(*word)) {
			int64_t number;

			if (!live_parse_number(p, word, 1, EW_LIVE_CONNECTIONS_MAX, &number))
				return false;
			g_array_append_vals(p->x->watched, &(int){(int)number}, 1);
			continue;
		}
		for (i = 0; i < G_N_ELEMENTS(words) && strcmp(word, words[i]); i++)
			;
		if (i == G_N_ELEMENTS(words))
			return live_parse_failed(
				p, "\"%s\" cannot be watched; there are: sockets packets processes",
				word);
		p->x->watch |= 1u << i;
	}
	return p->x->watch ||
	       live_parse_failed(p, "what to watch is missing: sockets packets processes");
}

bool live_parse_bound(struct live_parser *p, char *rest)
{
	const char *word = live_parse_word(&rest);

	return live_parse_duration(p, word, &p->x->bound_ms) && live_parse_end(p, rest);
}

bool live_parse_within(struct live_parser *p, char *rest)
{
	const char *word = live_parse_word(&rest);

	return live_parse_duration(p, word, &p->within_ms) && live_parse_end(p, rest);
}

bool live_parse_zero(struct live_parser *p, char *rest)
{
	p->is_zero = true;
	return live_parse_end(p, rest);
}

/* ---- actors ---------------------------------------------------------------------------------- */

bool live_parse_actor_name(struct live_parser *p, const char *word)
{
	size_t n = strspn(word, "abcdefghijklmnopqrstuvwxyz0123456789-");

	return (!word[n] && n <= 12 && g_ascii_isalpha(*word)) ||
	       live_parse_failed(p, "\"%s\" is no name for an actor; take up to 12 small letters",
				 word);
}

int live_parse_new_actor(struct live_parser *p, const char *name, int side)
{
	struct ew_live_experiment *x = p->x;

	if (!live_parse_actor_name(p, name))
		return -1;
	if (ew_live_actor(x, name) >= 0)
		return live_parse_failed(p, "two actors are called \"%s\"", name), -1;
	if (x->actor_count == EW_LIVE_ACTORS_MAX)
		return live_parse_failed(p, "at most %d actors can be watched", EW_LIVE_ACTORS_MAX),
		       -1;
	x->actors[x->actor_count] =
		(struct ew_live_actor){.name = g_strdup(name), .side = side, .line = p->line};
	return x->actor_count++;
}

bool live_parse_actors(struct live_parser *p, char *rest)
{
	char *word;

	while ((word = live_parse_word(&rest))) {
		if (p->x->actor_count == EW_LIVE_SIDES)
			return live_parse_failed(p,
						 "there are two columns, left and right; another "
						 "actor is a helper: \"helper %s on %s\"",
						 word, p->x->actors[1].name);
		if (live_parse_new_actor(p, word, p->x->actor_count) < 0)
			return false;
	}
	return p->x->actor_count == EW_LIVE_SIDES ||
	       live_parse_failed(p, "two actors are needed, such as \"actors client server\"");
}

bool live_parse_helper(struct live_parser *p, char *rest)
{
	const char *name = live_parse_word(&rest), *on = live_parse_word(&rest);
	int of;

	if (!name || !on || strcmp(on, "on"))
		return live_parse_failed(p, "it is written \"helper NAME on ACTOR\"");
	return live_parse_actor(p, live_parse_word(&rest), &of) &&
	       live_parse_new_actor(p, name, p->x->actors[of].side) >= 0 && live_parse_end(p, rest);
}

bool live_parse_decides(struct live_parser *p, char *rest)
{
	g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
	char *word;

	while ((word = live_parse_word(&rest))) {
		if (word[strspn(word, G_CSET_a_2_z G_CSET_A_2_Z G_CSET_DIGITS "_|")])
			return live_parse_failed(p, "\"%s\" is no name of a function", word);
		if (!live_parse_families(p, word))
			return false;
		g_ptr_array_add(names, g_strdup(word));
	}
	if (!names->len)
		return live_parse_failed(p, "the functions that decide it are missing");
	g_strfreev(p->x->decides);
	g_ptr_array_add(names, NULL);
	p->x->decides = (char **)g_ptr_array_free(g_steal_pointer(&names), FALSE);
	return true;
}
