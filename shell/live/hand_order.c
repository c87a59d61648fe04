/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a person may order when a run is stepped by hand, in words. */
#include "live/internal.h"
#include "live/wire.h"

#include <string.h>

/* What may follow the word. */
enum {
	TAKES_SIDE = 1,
	TAKES_KIND = 2,
	NEEDS_KIND = 4,
	TAKES_TIMES = 8,
	NEEDS_LINK = 16,
};

static const struct {
	const char *name;
	enum ew_live_order_kind kind;
	unsigned takes;
	const char *help;
} orders[] = {
	{"step", EW_LIVE_ORDER_STEP, TAKES_SIDE | TAKES_KIND,
	 "step [SIDE] [FIN …]  let the next frame go on; where none is held, do the next line"},
	{"next", EW_LIVE_ORDER_NEXT, 0, "next  do the experiment's next line"},
	{"hold", EW_LIVE_ORDER_HOLD, 0, "hold  frames stand still on the wire, as at the start"},
	{"pass", EW_LIVE_ORDER_PASS, 0, "pass  all that is held goes on, and what comes, too"},
	{"drop", EW_LIVE_ORDER_DROP, TAKES_SIDE | TAKES_KIND | NEEDS_KIND | TAKES_TIMES,
	 "drop FIN [SIDE] [N | always]  drop the held one, or the next that comes"},
	{"duplicate", EW_LIVE_ORDER_DUPLICATE, TAKES_SIDE | TAKES_KIND | NEEDS_KIND | TAKES_TIMES,
	 "duplicate FIN [SIDE] [N | always]  deliver the next that comes twice"},
	{"link", EW_LIVE_ORDER_LINK_DOWN, NEEDS_LINK,
	 "link down | link up  pull the cable, or put it back"},
	{"state", EW_LIVE_ORDER_STATE, 0, "state  both ends as they are, and what is held"},
	{"wait", EW_LIVE_ORDER_WAIT, 0, "wait  let a second pass"},
	{"continue", EW_LIVE_ORDER_CONTINUE, 0, "continue  pass, and let the rest run by itself"},
	{"help", EW_LIVE_ORDER_HELP, 0, "help  this list"},
	{"quit", EW_LIVE_ORDER_QUIT, 0, "quit  end it here"},
};

char *ew_live_order_help(void)
{
	GString *s = g_string_new(NULL);

	for (size_t i = 0; i < G_N_ELEMENTS(orders); i++)
		g_string_append_printf(s, "  %s\n", orders[i].help);
	return g_string_free(s, FALSE);
}

G_GNUC_PRINTF(2, 3)
static bool fail(GError **error, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	g_autofree char *text = g_strdup_vprintf(format, args);
	va_end(args);
	g_set_error_literal(error, EW_ERROR, EW_ERROR_USAGE, text);
	return false;
}

/* A word may be shortened, as long as it is clear: "s" would be step or state, and is step. */
static int find_order(const char *word)
{
	for (size_t i = 0; i < G_N_ELEMENTS(orders); i++)
		if (g_str_has_prefix(orders[i].name, word))
			return (int)i;
	return -1;
}

static bool take_word(const struct ew_live_experiment *x, unsigned takes, const char *word,
		      struct ew_live_order *o, GError **error)
{
	enum live_match match;
	char *end;

	if ((takes & TAKES_SIDE) && ew_live_side(x, word) >= 0) {
		o->side = ew_live_side(x, word);
		return true;
	}
	if ((takes & TAKES_KIND) && live_match_parse(word, &match)) {
		o->match = match;
		o->has_match = true;
		return true;
	}
	if ((takes & TAKES_TIMES) && !strcmp(word, "always")) {
		o->times = 0;
		return true;
	}
	if ((takes & TAKES_TIMES) && g_ascii_isdigit(*word)) {
		guint64 n = g_ascii_strtoull(word, &end, 10);
		o->times = (int)n;
		return (!*end && n > 0 && n <= 1000) ||
		       fail(error, "\"%s\" is no number of frames from 1 to 1000", word);
	}
	if ((takes & NEEDS_LINK) && (!strcmp(word, "up") || !strcmp(word, "down"))) {
		o->kind = *word == 'u' ? EW_LIVE_ORDER_LINK_UP : EW_LIVE_ORDER_LINK_DOWN;
		o->has_match = true;
		return true;
	}
	return fail(error, "\"%s\" cannot stand here; \"help\" tells what can be said", word);
}

bool ew_live_order_parse(const struct ew_live_experiment *x, const char *line,
			 struct ew_live_order *o, GError **error)
{
	g_auto(GStrv) words = g_strsplit_set(line, " \t\r\n", -1);
	int found = -1;

	*o = (struct ew_live_order){.kind = EW_LIVE_ORDER_STEP, .side = -1, .times = 1};
	for (int i = 0; words[i]; i++) {
		if (!*words[i])
			continue;
		if (found >= 0) {
			if (!take_word(x, orders[found].takes, words[i], o, error))
				return false;
			continue;
		}
		found = find_order(words[i]);
		if (found < 0)
			return fail(
				error,
				"\"%.40s\" is nothing that can be done here; there are: step next "
				"hold pass drop duplicate link state wait continue help quit",
				words[i]);
		o->kind = orders[found].kind;
	}
	if (found >= 0 && (orders[found].takes & NEEDS_KIND) && !o->has_match)
		return fail(error, "%s what? Say %s FIN, RST, SYN, SYN-ACK, DATA, ACK or any",
			    orders[found].name, orders[found].name);
	if (found >= 0 && (orders[found].takes & NEEDS_LINK) && !o->has_match)
		return fail(error, "say link down, or link up");
	return true;
}
