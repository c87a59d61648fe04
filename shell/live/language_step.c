/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The lines of steps:
 *
 *	step  ACTOR VERB ARGUMENTS [MODIFIERS]
 *	VERB ARGUMENTS				of the stage, such as "still 500ms"
 *
 * with these modifiers, in any order, at the end:
 *
 *	on NAME | N		the descriptor: by the name it got, or the number of its connection
 *	as NAME			the name for the descriptor that it makes
 *	xN			N times
 *	within DURATION		it must be done by then
 *	without waiting		the next step begins before this one is done
 *	blocks DURATION		it is expected not to come back for so long
 *	fails ERRNO		it is expected to fail
 *	gives N			it is expected to return N
 */
#include "live/internal.h"

#include <errno.h>
#include <string.h>

#define REPEAT_MAX 2000
#define STEPS_MAX  4000

static const struct {
	const char *name;
	int number;
} errors[] = {
#define E(name)                                                                                    \
	{                                                                                          \
#name, name                                                                        \
	}
	E(EADDRINUSE),	 E(EADDRNOTAVAIL), E(EAGAIN),	    E(EBADF),	    E(ECONNABORTED),
	E(ECONNREFUSED), E(ECONNRESET),	   E(EHOSTUNREACH), E(EINPROGRESS), E(EINTR),
	E(EINVAL),	 E(EMFILE),	   E(ENETUNREACH),  E(ENOENT),	    E(ENOTCONN),
	E(EPERM),	 E(EACCES),	   E(EPIPE),	    E(ETIMEDOUT),   E(ESRCH),
	E(ENOBUFS),	 E(ENOMEM),	   E(EOPNOTSUPP),   E(EALREADY),    E(EISCONN),
#undef E
};

const char *ew_live_errno_name(int number)
{
	for (size_t i = 0; i < G_N_ELEMENTS(errors); i++)
		if (errors[i].number == number)
			return errors[i].name;
	return g_strerror(number);
}

/* ---- modifiers ------------------------------------------------------------------------------- */

static bool take_name(struct live_parser *p, const char *word, char *to)
{
	if (!word || strlen(word) >= EW_LIVE_NAME_MAX ||
	    word[strspn(word, "abcdefghijklmnopqrstuvwxyz0123456789-")])
		return live_parse_failed(p,
					 "\"%s\" is no name for a descriptor; take up to %d "
					 "small letters and digits",
					 word ? word : "", EW_LIVE_NAME_MAX - 1);
	g_strlcpy(to, word, EW_LIVE_NAME_MAX);
	return true;
}

static bool modify_on(struct live_parser *p, const char *value, struct ew_live_step *s)
{
	return take_name(p, value, s->on);
}

static bool modify_as(struct live_parser *p, const char *value, struct ew_live_step *s)
{
	if (value && g_ascii_isdigit(*value))
		return live_parse_failed(p,
					 "\"%s\": a name begins with a letter; numbers are "
					 "those of connections",
					 value);
	return take_name(p, value, s->as);
}

static bool modify_within(struct live_parser *p, const char *value, struct ew_live_step *s)
{
	return live_parse_duration(p, value, &s->within_ms);
}

static bool modify_without(struct live_parser *p, const char *value, struct ew_live_step *s)
{
	s->is_detached = true;
	return (value && !strcmp(value, "waiting")) ||
	       live_parse_failed(p, "\"without\" is written \"without waiting\"");
}

static bool modify_blocks(struct live_parser *p, const char *value, struct ew_live_step *s)
{
	return live_parse_duration(p, value, &s->blocks_ms);
}

static bool modify_fails(struct live_parser *p, const char *value, struct ew_live_step *s)
{
	for (size_t i = 0; value && i < G_N_ELEMENTS(errors); i++) {
		if (strcmp(value, errors[i].name))
			continue;
		s->fails = errors[i].number;
		return true;
	}
	return live_parse_failed(p,
				 "\"%s\" is no error that is known here; write one as in "
				 "errno(3): fails ECONNRESET",
				 value ? value : "");
}

static bool modify_gives(struct live_parser *p, const char *value, struct ew_live_step *s)
{
	s->has_value = true;
	return live_parse_number(p, value, 0, INT64_C(1) << 40, &s->value);
}

static const struct {
	const char *name;
	bool (*parse)(struct live_parser *p, const char *value, struct ew_live_step *s);
} modifiers[] = {
	{"on", modify_on},	     {"as", modify_as},	      {"within", modify_within},
	{"without", modify_without}, {"fails", modify_fails}, {"gives", modify_gives},
	{"blocks", modify_blocks},
};

static bool parse_repeat(struct live_parser *p, const char *word, struct ew_live_step *s)
{
	int64_t n;

	if (!live_parse_number(p, word + 1, 1, REPEAT_MAX, &n))
		return false;
	s->repeat = (int)n;
	return true;
}

/* Takes the modifiers off the end of the words; returns false with an error. */
static bool take_modifiers(struct live_parser *p, GPtrArray *words, struct ew_live_step *s)
{
	for (bool found = true; found && words->len > 1;) {
		const char *last = words->pdata[words->len - 1];
		const char *before = words->pdata[words->len - 2];

		found = false;
		if (*last == 'x' && g_ascii_isdigit(last[1])) {
			if (!parse_repeat(p, last, s))
				return false;
			g_ptr_array_set_size(words, (int)words->len - 1);
			found = true;
		}
		for (size_t i = 0; !found && i < G_N_ELEMENTS(modifiers); i++) {
			if (strcmp(before, modifiers[i].name))
				continue;
			if (!modifiers[i].parse(p, last, s))
				return false;
			g_ptr_array_set_size(words, (int)words->len - 2);
			found = true;
		}
	}
	return true;
}

/* ---- a step ---------------------------------------------------------------------------------- */

static void split(char *rest, GPtrArray *words)
{
	char *word;

	while ((word = live_parse_word(&rest)))
		g_ptr_array_add(words, word);
}

static char *join(const char *actor, const char *verb, const GPtrArray *words)
{
	GString *s = g_string_new(actor);

	g_string_append_printf(s, "%s%s", actor ? " " : "", verb);
	for (guint i = 0; i < words->len; i++)
		if (words->pdata[i])
			g_string_append_printf(s, " %s", (char *)words->pdata[i]);
	return g_string_free(s, FALSE);
}

/* A verb that makes an actor names it; from here on it can be spoken of. */
static bool add_born(struct live_parser *p, struct ew_live_step *s, const struct live_verb *v)
{
	if (!(v->flags & LIVE_VERB_BEARS))
		return true;
	s->target = live_parse_new_actor(p, s->arguments[0].text, p->x->actors[s->actor].side);
	if (s->target < 0)
		return false;
	p->x->actors[s->target].is_born = true;
	return true;
}

static bool add_step(struct live_parser *p, int actor, const struct live_verb *v, GPtrArray *words)
{
	struct ew_live_step s = {.verb = &v->words,
				 .actor = actor,
				 .target = -1,
				 .repeat = 1,
				 .within_ms = p->within_ms,
				 .is_zero = p->is_zero,
				 .line = p->line};

	if (p->x->steps->len == STEPS_MAX)
		return live_parse_failed(p, "an experiment has at most %d steps", STEPS_MAX);
	g_ptr_array_add(words, NULL);
	if (!live_verb_parse(p, v, (char **)words->pdata, &s) || !add_born(p, &s, v))
		return false;
	s.text = join(actor < 0 ? NULL : p->x->actors[actor].name, v->words.name, words);
	p->is_zero = false;
	g_array_append_val(p->x->steps, s);
	return true;
}

/* The modifiers are read into the step after it was made, since the text does not show them. */
static bool parse_words(struct live_parser *p, int actor, const struct live_verb *v, char *rest)
{
	g_autoptr(GPtrArray) words = g_ptr_array_new();
	struct ew_live_step m = {.repeat = 1};

	g_ptr_array_add(words, (char *)v->words.name);
	split(rest, words);
	if (!take_modifiers(p, words, &m))
		return false;
	g_ptr_array_remove_index(words, 0);
	if (!add_step(p, actor, v, words))
		return false;
	struct ew_live_step *s =
		&g_array_index(p->x->steps, struct ew_live_step, p->x->steps->len - 1);
	memcpy(s->on, m.on, sizeof(s->on));
	memcpy(s->as, m.as, sizeof(s->as));
	s->repeat = m.repeat;
	if (m.repeat > 1) {
		char *once = s->text;

		s->text = g_strdup_printf("%s x%d", once, m.repeat);
		g_free(once);
	}
	s->within_ms = m.within_ms ? m.within_ms : s->within_ms;
	s->is_detached = m.is_detached;
	s->fails = m.fails;
	s->blocks_ms = m.blocks_ms;
	s->has_value = m.has_value;
	s->value = m.value;
	return true;
}

bool live_parse_step(struct live_parser *p, char *rest)
{
	const char *word = live_parse_word(&rest);
	int actor;

	if (!live_parse_actor(p, word, &actor))
		return false;
	word = live_parse_word(&rest);
	const struct live_verb *v = word ? live_verb_find(word, false) : NULL;
	if (v && parse_words(p, actor, v, rest))
		return true;
	/* one that is not known, too, might have made an actor */
	p->lacks_actors |= !v || v->flags & LIVE_VERB_BEARS;
	if (v)
		return false;
	g_autofree char *names = live_verb_names(false);
	return live_parse_failed(p, "an actor cannot \"%s\"; it can: %s", word ? word : "", names);
}

bool live_parse_stage_step(struct live_parser *p, const char *verb, char *rest)
{
	return parse_words(p, -1, live_verb_find(verb, true), rest);
}

/* ---- whether the steps make sense ------------------------------------------------------------ */

struct check {
	bool listens[EW_LIVE_ACTORS_MAX];
	int killed[EW_LIVE_ACTORS_MAX]; /* line, 0 for not */
	bool is_there[EW_LIVE_ACTORS_MAX];
	int execed[EW_LIVE_ACTORS_MAX]; /* line */
};

/* Who is it that does it? */
static void check_actor(struct live_parser *p, struct check *c, const struct ew_live_step *s)
{
	const struct live_verb *v = live_verb_of(s);
	const char *name = p->x->actors[s->actor].name;

	if (!c->is_there[s->actor]) {
		live_parse_failed(p, "%s is not born yet", name);
		c->is_there[s->actor] = true;
	}
	if (c->killed[s->actor] && !(v->flags & LIVE_VERB_ON_DEAD) && !(v->run && s->fails))
		live_parse_failed(p, "%s ended on line %d and cannot do anything any more", name,
				  c->killed[s->actor]);
	if (c->execed[s->actor] && !v->run)
		live_parse_failed(p, "%s became another program on line %d, which is told nothing", name,
				  c->execed[s->actor]);
}

static void check_connection(struct live_parser *p, struct check *c, const struct ew_live_step *s)
{
	const struct ew_live_actor *actors = p->x->actors;
	const char *name = actors[s->actor].name;

	if (!strcmp(s->verb->name, "accept") && !c->listens[s->actor])
		live_parse_failed(p, "%s cannot accept before it listens", name);
	if (strcmp(s->verb->name, "connect"))
		return;
	if (!c->listens[s->target]) {
		live_parse_failed(p, "%s must listen before %s can connect to it", actors[s->target].name, name);
		c->listens[s->target] = true; /* what only follows is not told */
	}
	if (actors[s->target].side == actors[s->actor].side)
		live_parse_failed(p, "%s and %s are on one side; connections go from one side to the other",
				  name, actors[s->target].name);
}

static void check_step(struct live_parser *p, struct check *c, const struct ew_live_step *s)
{
	const struct live_verb *v = live_verb_of(s);

	if (v->flags & LIVE_VERB_WIRE && strcmp(p->x->topology, "wire"))
		live_parse_failed(p, "both sides are one host here, and there is no wire between them for \"%s\"; "
				     "write \"topology wire\"",
				  v->words.name);
	if (s->actor < 0)
		return;
	check_actor(p, c, s);
	if (v->flags & LIVE_VERB_EXECS)
		c->execed[s->actor] = s->line;
	if (v->flags & LIVE_VERB_LISTENER)
		c->listens[s->actor] = true;
	if (v->flags & LIVE_VERB_BEARS) {
		c->is_there[s->target] = true;
		c->listens[s->target] = c->listens[s->actor];
	}
	check_connection(p, c, s);
	if (v->flags & LIVE_VERB_ENDS && !s->fails)
		c->killed[s->actor] = s->line;
}

/* The step from which time counts: the one after a line "zero", else the first kill. */
static void find_zero(struct live_parser *p)
{
	struct ew_live_step *kill = NULL;

	for (guint i = 0; i < p->x->steps->len; i++) {
		struct ew_live_step *s = &g_array_index(p->x->steps, struct ew_live_step, i);

		if (s->is_zero)
			return;
		if (!kill && !strcmp(s->verb->name, "kill"))
			kill = s;
	}
	if (kill)
		kill->is_zero = true;
	else
		live_parse_failed(p, "nobody is killed; add a step such as \"step client kill\", time counts from "
				     "it (or a line \"zero\" before the step that it counts from)");
}

/* `enough` ends the watching of what the zero began. */
static void check_end(struct live_parser *p)
{
	bool has_begun = false;

	for (guint i = 0; i < p->x->steps->len; i++) {
		const struct ew_live_step *s = &g_array_index(p->x->steps, struct ew_live_step, i);
		bool is_enough = !strcmp(s->verb->name, "enough");

		p->line = s->line;
		has_begun |= s->is_zero;
		if (is_enough && !has_begun)
			live_parse_failed(p, "there is nothing to be seen before the kill; \"enough\" comes after it");
		else if (is_enough && i + 1 < p->x->steps->len)
			live_parse_failed(p, "\"enough\" ends the steps, and there are more after it");
	}
}

void live_check_steps(struct live_parser *p)
{
	struct check c = {0};

	for (int i = 0; i < p->x->actor_count; i++)
		c.is_there[i] = !p->x->actors[i].is_born;
	for (guint i = 0; i < p->x->steps->len; i++) {
		const struct ew_live_step *s = &g_array_index(p->x->steps, struct ew_live_step, i);

		p->line = s->line;
		check_step(p, &c, s);
	}
	find_zero(p);
	check_end(p);
}
