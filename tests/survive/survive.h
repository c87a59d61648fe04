/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the tests of survival share: trees of a few lines, the two programs as processes of one's own,
 * and who is left of them. The test is the reaper of its descendants, so that a worker whose parent
 * was killed comes to it, and nothing else is ever waited for or killed.
 */
#ifndef EW_TEST_SURVIVE_H
#define EW_TEST_SURVIVE_H

#include "fact/fact.h"

#include <sys/types.h>

extern char *top; /* a temporary directory, removed by survive_end() */

/* Make `top`, and an environment in which the programs see the fixtures' kernel-refs. */
void survive_begin(void);
int survive_end(int status);
/* A mount namespace of one's own with a tmpfs of `size` on `dir`; false, with errno, if not possible. */
bool own_tmpfs(const char *dir, const char *size);

char *in_top(const char *name);
void put_text(const char *name, const char *text);
/* A tree in top/NAME with a unit of each text; each ends in .c. Pairs of name and text, NULL-ended; a
 * NULL text names a file that is made otherwise, or not at all. */
char *make_tree(const char *name, ...) G_GNUC_NULL_TERMINATED;

struct outcome {
	int status; /* exit status, or minus the signal that it died of */
	char *out, *err;
};
void outcome_clear(struct outcome *o);

/* Run a program to its end; the words are NULL-ended. `uid` is 0 to stay who we are. */
struct outcome run_words(uid_t uid, const char *const *words);
#define RUN(...) run_words(0, (const char *const[]){__VA_ARGS__, NULL})
/* exitwalk-index of `tree` into `out`, with two options more or NULL. */
struct outcome index_tree(const char *tree, const char *out, const char *option, const char *value);

/* The same, not waited for: its process, in a group of its own. Its output goes to top/log. */
pid_t start_index(const char *tree, const char *out, const char *option, const char *value);
int wait_for(pid_t pid); /* as in struct outcome; a test that hangs for a minute has failed */
char *log_text(void);

/* A child of `pid`, 0 if it has none; waits up to two seconds for one. */
pid_t child_of(pid_t pid);
/* Are all our descendants gone, at most `ms` from now? Those that are not are killed. */
bool all_gone(int ms);
/* Names in a directory, sorted, blanks between. */
char *names_in(const char *dir);

char *dump(const char *index, const char *what); /* NULL if that fails */
char *sorted_facts(const char *index); /* the lines of dump facts, sorted: the same if the facts are */
void expect_facts(const char *index, const char *facts);
void expect(const struct outcome *o, int status, const char *in_out, const char *in_err);

#endif
