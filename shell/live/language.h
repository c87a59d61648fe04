/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The language of experiments, as its files share it (language*.c, save.c); language.c says what it is. */
#ifndef EW_LIVE_LANGUAGE_H
#define EW_LIVE_LANGUAGE_H

#include "live/live.h"

struct ew_live_experiment *live_experiment_new(const char *path);
#define LIVE_PROBLEMS_TOLD 20
/* What is wrong with a file. */
GPtrArray *live_problems_new(void);
/* Makes one error of them, a line each by their places, the last line the count of more than one. */
void live_problems_tell(GPtrArray *problems, const char *path, GError **error);
/* Reads the text into an empty experiment, and adds to the problems; returns whether there are none. */
bool live_parse_into(struct ew_live_experiment *x, const char *text, GPtrArray *problems);

/* What the files of the language share. A function that returns false has told what is
 * wrong, or it follows from what was told. */
enum { LIVE_WATCHES = 3 }; /* bits of `watch` */

struct live_parser {
	struct ew_live_experiment *x;
	int line;
	GHashTable *seen;  /* words that may stand once */
	GHashTable *meant; /* words that an unknown one is near to */
	int64_t within_ms; /* of the steps that follow */
	bool is_zero;	   /* the next step is */
	int wants[LIVE_WATCHES]; /* the first line that says something of what a bit of `watch` shows, or 0 */
	bool lacks_actors; /* a line was wrong that would have made some: who is not known may be one of them */
	bool lacks_steps;  /* a line was wrong that the steps hang on */
	GPtrArray *problems; /* all that is wrong */
};
/* Adds what is wrong with the line that is read; returns false. */
bool live_parse_failed(struct live_parser *p, const char *format, ...) G_GNUC_PRINTF(2, 3);
/* Takes the next word off *rest; NULL at the end. */
char *live_parse_word(char **rest);
/* Whether nothing is left. */
bool live_parse_end(struct live_parser *p, char *rest);
bool live_parse_actor(struct live_parser *p, const char *word, int *actor);
/* A column's name, with the number of a connection after a #: "client#2"; 0 without one. */
bool live_parse_side(struct live_parser *p, const char *word, int *side, int *connection);
/* "500ms", "3s", "2m" */
bool live_parse_duration(struct live_parser *p, const char *word, int64_t *ms);
/* A number with a unit of bytes or none: "10", "64KiB", "4MiB". */
bool live_parse_number(struct live_parser *p, const char *word, int64_t least, int64_t most,
		       int64_t *number);
bool live_parse_actor_name(struct live_parser *p, const char *word);
/* Adds an actor; the name must be a new one. Returns its number or -1. */
int live_parse_new_actor(struct live_parser *p, const char *name, int side);
/* The lines of each file of the language. */
bool live_parse_title(struct live_parser *p, char *rest);
bool live_parse_question(struct live_parser *p, char *rest);
bool live_parse_teaches(struct live_parser *p, char *rest);
bool live_parse_refutes(struct live_parser *p, char *rest);
bool live_parse_group(struct live_parser *p, char *rest);
bool live_parse_needs(struct live_parser *p, char *rest);
bool live_parse_topology(struct live_parser *p, char *rest);
bool live_parse_family(struct live_parser *p, char *rest);
bool live_parse_protocol(struct live_parser *p, char *rest);
bool live_parse_sysctl(struct live_parser *p, char *rest);
bool live_parse_watch(struct live_parser *p, char *rest);
bool live_parse_bound(struct live_parser *p, char *rest);
bool live_parse_within(struct live_parser *p, char *rest);
bool live_parse_zero(struct live_parser *p, char *rest);
bool live_parse_actors(struct live_parser *p, char *rest);
bool live_parse_helper(struct live_parser *p, char *rest);
bool live_parse_decides(struct live_parser *p, char *rest);
bool live_parse_step(struct live_parser *p, char *rest);
/* A line that begins with a verb of the stage ("still", "drop"). */
bool live_parse_stage_step(struct live_parser *p, const char *verb, char *rest);
void live_check_steps(struct live_parser *p);
/* What is expected is watched. */
void live_check_watched(struct live_parser *p);
bool live_parse_expect(struct live_parser *p, char *rest);
bool live_parse_packets(struct live_parser *p, char *rest);
bool live_parse_order(struct live_parser *p, char *rest);
bool live_parse_never(struct live_parser *p, char *rest);
bool live_parse_takes(struct live_parser *p, char *rest);
bool live_parse_counter(struct live_parser *p, char *rest);
bool live_parse_because(struct live_parser *p, char *rest);
/* A name of `because` and `decides` may be two, one for each family; at the end one of them is chosen. */
bool live_parse_families(struct live_parser *p, const char *name);
void live_choose_family(struct ew_live_experiment *x);
bool live_parse_closed(struct live_parser *p, char *rest);

/* save.c: writes a file that the user has named; it replaces only what begins with `head` or is empty, and writes into a
 * device or pipe. `what` is it, in words: "a recording". */
bool live_save(const char *path, const char *head, const char *what, const GString *s, GError **error);
bool live_may_replace(const char *path, const char *head, size_t length, const char *what, GError **error);

#endif
