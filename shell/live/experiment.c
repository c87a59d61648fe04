/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Experiments as values: where they come from, what they are called. Their language is
 * language.c's. */
#include "live/internal.h"

#include <string.h>

#define TEXT_MAX	 (256 * 1024)
#define DEFAULT_BOUND_MS 3000
#define WATCHED_MAX	 64 /* connections that are looked at, unless `watch` names them */

struct ew_live_experiment *live_experiment_new(const char *path)
{
	struct ew_live_experiment *x = g_new0(struct ew_live_experiment, 1);

	x->path = g_strdup(path);
	x->name = g_path_get_basename(path);
	if (g_str_has_suffix(x->name, ".exp"))
		x->name[strlen(x->name) - 4] = '\0';
	x->group = g_strdup("");
	x->sysctls = g_array_new(FALSE, TRUE, sizeof(struct ew_live_sysctl));
	x->steps = g_array_new(FALSE, TRUE, sizeof(struct ew_live_step));
	x->watched = g_array_new(FALSE, TRUE, sizeof(int));
	x->expected = g_array_new(FALSE, TRUE, sizeof(struct ew_live_expected));
	x->packets = g_array_new(FALSE, TRUE, sizeof(struct ew_live_expected_packet));
	x->clauses = g_array_new(FALSE, TRUE, sizeof(struct ew_live_clause));
	x->counters = g_array_new(FALSE, TRUE, sizeof(struct ew_live_expected_counter));
	x->closes = g_array_new(FALSE, TRUE, sizeof(struct ew_live_expected_close));
	x->because = g_array_new(FALSE, TRUE, sizeof(struct ew_live_because));
	x->decides = g_new0(char *, 1);
	x->needs = g_new0(char *, 1);
	x->has_ipv4 = true;
	x->bound_ms = DEFAULT_BOUND_MS;
	return x;
}

static void free_lines(struct ew_live_experiment *x)
{
	for (guint i = 0; i < x->sysctls->len; i++) {
		g_free(g_array_index(x->sysctls, struct ew_live_sysctl, i).name);
		g_free(g_array_index(x->sysctls, struct ew_live_sysctl, i).value);
	}
	for (guint i = 0; i < x->steps->len; i++)
		g_free(g_array_index(x->steps, struct ew_live_step, i).text);
	for (guint i = 0; i < x->clauses->len; i++)
		g_array_unref(g_array_index(x->clauses, struct ew_live_clause, i).marks);
	for (guint i = 0; i < x->because->len; i++) {
		struct ew_live_because *b = &g_array_index(x->because, struct ew_live_because, i);

		g_free(b->function);
		g_free(b->at);
		g_free(b->words);
	}
}

void ew_live_experiment_free(struct ew_live_experiment *x)
{
	if (!x)
		return;
	free_lines(x);
	GArray *const arrays[] = {x->sysctls, x->steps,	  x->watched,  x->expected,
				  x->packets, x->clauses, x->counters, x->because, x->closes};
	for (size_t i = 0; i < G_N_ELEMENTS(arrays); i++)
		g_array_unref(arrays[i]);
	for (int i = 0; i < x->actor_count; i++)
		g_free(x->actors[i].name);
	g_strfreev(x->decides);
	g_strfreev(x->needs);
	char *const texts[] = {x->name,	    x->path,	 x->group,   x->title,
			       x->question, x->topology, x->teaches, x->refutes};
	for (size_t i = 0; i < G_N_ELEMENTS(texts); i++)
		g_free(texts[i]);
	g_free(x);
}

static struct ew_live_experiment *parse_one(const char *text, const char *path, const struct ew_live_variant *variant,
					    GPtrArray *problems)
{
	struct ew_live_experiment *x = live_experiment_new(path);

	x->variant = *variant;
	live_parse_into(x, text, problems);
	return x;
}

struct ew_live_experiment *ew_live_parse_variant(const char *text, const char *path,
						 const struct ew_live_variant *variant,
						 GError **error)
{
	static const struct ew_live_variant plain;
	g_autoptr(GPtrArray) problems = live_problems_new();
	ew_auto(live_experiment) x = parse_one(text, path, variant ? variant : &plain, problems);

	/* the lines of the other variant must be right, too */
	if (x->has_full) {
		struct ew_live_variant v = variant ? *variant : plain;

		v.is_full = !v.is_full;
		ew_auto(live_experiment) other = parse_one(text, path, &v, problems);
	}
	if (!problems->len)
		return g_steal_pointer(&x);
	live_problems_tell(problems, path, error);
	return NULL;
}

struct ew_live_experiment *ew_live_parse(const char *text, const char *path, GError **error)
{
	return ew_live_parse_variant(text, path, NULL, error);
}

struct ew_live_experiment *ew_live_load(const char *path, GError **error)
{
	return ew_live_load_variant(path, NULL, error);
}

struct ew_live_experiment *
ew_live_load_variant(const char *path, const struct ew_live_variant *variant, GError **error)
{
	g_autofree char *text = NULL;
	g_autoptr(GError) problem = NULL;
	gsize length;

	if (!g_file_get_contents(path, &text, &length, &problem)) {
		bool missing = g_error_matches(problem, G_FILE_ERROR, G_FILE_ERROR_NOENT);

		g_set_error(error, EW_ERROR, missing ? EW_ERROR_NO_ANSWER : EW_ERROR_INPUT,
			    "cannot read the experiment %s: %s", path, problem->message);
		return NULL;
	}
	if (length > TEXT_MAX || strlen(text) != length) {
		g_set_error(error, EW_ERROR, EW_ERROR_INPUT, "%s:1: this is no experiment: %s",
			    path,
			    length > TEXT_MAX ? "the file is too large" : "it contains zero bytes");
		return NULL;
	}
	return ew_live_parse_variant(text, path, variant, error);
}

int ew_live_actor(const struct ew_live_experiment *x, const char *name)
{
	for (int i = 0; i < x->actor_count; i++)
		if (!strcmp(x->actors[i].name, name))
			return i;
	return -1;
}

int ew_live_side(const struct ew_live_experiment *x, const char *actor)
{
	int i = ew_live_actor(x, actor);

	return i < EW_LIVE_SIDES ? i : -1;
}

bool ew_live_is_watched(const struct ew_live_experiment *x, int connection)
{
	for (guint i = 0; i < x->watched->len; i++)
		if (g_array_index(x->watched, int, i) == connection)
			return true;
	return !x->watched->len && connection <= WATCHED_MAX;
}

const char *ew_live_lacks_ipv6(const struct ew_live_experiment *x)
{
	if (x->protocol == EW_LIVE_UNIX)
		return "sockets of protocol unix have no addresses of IP";
	return x->has_ipv6 ? NULL : "it says so, or says nothing; a line \"family both\" would let it";
}

enum ew_live_outcome ew_live_expected_outcome(const struct ew_live_experiment *x, int connection)
{
	enum ew_live_outcome of_each = EW_LIVE_OUTCOME_UNKNOWN;

	for (guint i = 0; i < x->closes->len; i++) {
		const struct ew_live_expected_close *c =
			&g_array_index(x->closes, struct ew_live_expected_close, i);

		if (c->connection == connection)
			return c->outcome;
		if (!c->connection)
			of_each = c->outcome;
	}
	return of_each;
}

bool ew_live_expects(const struct ew_live_experiment *x)
{
	bool expects = x->expected->len || x->expects_packets || x->clauses->len || x->counters->len ||
		       x->closes->len;

	for (guint i = 0; i < x->steps->len; i++) {
		const struct ew_live_step *s = &g_array_index(x->steps, struct ew_live_step, i);

		expects |= s->fails || s->has_value || s->blocks_ms;
	}
	return expects;
}

int ew_live_connection_count(const struct ew_live_experiment *x)
{
	int count = 0;

	for (guint i = 0; i < x->steps->len; i++) {
		const struct ew_live_step *s = &g_array_index(x->steps, struct ew_live_step, i);

		count += strcmp(s->verb->name, "connect") ? 0 : s->repeat;
	}
	return count;
}

static bool is_of_packets(const struct ew_live_clause *c)
{
	enum ew_live_state state;

	for (guint i = 0; i < c->marks->len; i++) {
		const char *word = g_array_index(c->marks, struct ew_live_mark, i).word;

		if (!strcmp(word, "dead") || ew_live_state_parse(word, &state))
			return false;
	}
	return true;
}

void ew_live_without_observers(struct ew_live_experiment *x)
{
	x->is_bare = true;
	x->watch = EW_LIVE_WATCH_PACKETS;
	g_array_set_size(x->closes, 0);
	g_array_set_size(x->expected, 0);
	g_array_set_size(x->counters, 0);
	for (guint i = x->clauses->len; i-- > 0;) {
		struct ew_live_clause *c = &g_array_index(x->clauses, struct ew_live_clause, i);

		if (is_of_packets(c))
			continue;
		g_array_unref(c->marks);
		g_array_remove_index(x->clauses, i);
	}
}
