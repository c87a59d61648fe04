/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the files of shell/cmd share among themselves. */
#ifndef EW_CMD_INTERNAL_H
#define EW_CMD_INTERNAL_H

#include "cmd/cmd.h"
#include "live/live.h"

extern const struct ew_option ew_cmd_global_options[]; /* into struct ew_globals */

/* A parsed command line. Strings belong to the argv that was parsed. */
struct ew_cmd_line {
	const struct ew_cmd *cmd; /* NULL: no command was named */
	struct ew_globals globals;
	GPtrArray *arguments; /* of char * */
	_Alignas(max_align_t) char options[EW_CMD_OPTIONS_MAX];
};

bool ew_cmd_parse(const struct ew_globals *defaults, int argc, char *const *argv,
		  struct ew_cmd_line *line, GError **error);
/* Whether the number of arguments is one that the command takes. */
bool ew_cmd_check_arguments(const struct ew_cmd_line *line, GError **error);
void ew_cmd_line_clear(struct ew_cmd_line *line);

/* The option of `options` called `name` (`length` bytes), or with that letter; NULL if none. */
const struct ew_option *ew_cmd_find_option(const struct ew_option *options, const char *name,
					   size_t length);

/* Help as documents and as roff. */
struct ew_doc *ew_help_overview(void);
struct ew_doc *ew_help_command(const struct ew_cmd *cmd);
char *ew_help_man(const char *prose);
struct ew_doc *ew_help_version(void);

/* Argument `i` as the one function (or other symbol) that it names. */
const struct ew_symbol *ew_cmd_symbol(const struct ew_cmd_call *call, int i, unsigned kinds,
				      GError **error);
static inline const struct ew_symbol *ew_cmd_function(const struct ew_cmd_call *call, int i,
						      GError **error)
{
	return ew_cmd_symbol(call, i, EW_SYMBOL_FUNCTION, error);
}

/* Fails for a name that is longer than any symbol. */
/* output.c: an answer that is written while it is made (ew_doc_stream). `lines`: at least so many, for the pager.
 * ew_cmd_output_flush() is false where there is no use in going on: the reader has gone, or *error of
 * ew_cmd_output_end() will say why. */
struct ew_cmd_output;
struct ew_cmd_output *ew_cmd_output_new(const struct ew_cmd_call *call, struct ew_doc *doc, int lines, GError **error);
bool ew_cmd_output_flush(struct ew_cmd_output *o);
bool ew_cmd_output_end(struct ew_cmd_output *o, GError **error);

bool ew_cmd_check_name(const char *name, GError **error);

/* A binding that does not exist is a wrong option, with what there is; none (NULL) is fine. */
bool ew_cmd_check_binding(const struct ew_refs *refs, const char *name, GError **error);
/* The first two arguments as functions. */
bool ew_cmd_get_ends(const struct ew_cmd_call *call, const struct ew_symbol **a,
		     const struct ew_symbol **b, GError **error);

/* ---- live runs: for the command, and for a lesson's live step ---------------------------------- */

/* The experiment called `name`; a name with a slash or ".exp" is a file. */
struct ew_live_experiment *ew_cmd_experiment(const char *name, GError **error);
/* The file of the run that comes with it. */
char *ew_cmd_recording(const struct ew_live_experiment *x);

/* How a question ended: with an answer; with an empty line, or none that can be graded; at the end of the input
 * (Ctrl-D); with Ctrl-C, in the shell. */
enum ew_cmd_answered { EW_CMD_ANSWERED, EW_CMD_SKIPPED, EW_CMD_ENDED, EW_CMD_STOPPED };

/* Asks on standard error, and reads the answer from standard input; again if it is none of those that
 * can be given. */
enum ew_cmd_answered ew_cmd_ask_prediction(const struct ew_cmd_call *call, const char *question,
					   struct ew_live_prediction *p);
/* Asks all that the experiment can be asked; of struct ew_live_prediction, those that were answered. NULL after
 * Ctrl-C. */
GArray *ew_cmd_predict(const struct ew_cmd_call *call, const struct ew_live_experiment *x);

/* Asks what is to be done when a run by hand stands still, as ew_cmd_ask_state(). */
bool ew_cmd_ask_order(const struct ew_cmd_call *call, const struct ew_live_experiment *x,
		      const struct ew_live_event *turn, struct ew_live_order *o);

/* Runs the experiment and shows it as it happens, with the verdict below; for a head and for grades there
 * are ew_view_live_head() and ew_view_live_grade(). The caller looks at result->signal. */
struct ew_live_result *ew_cmd_run_live(const struct ew_cmd_call *call,
				       const struct ew_live_experiment *x, GError **error);

/* Ends as the signal wants it that stopped a run: raises it again, or, in the shell, returns the code. */
int ew_cmd_stopped(const struct ew_cmd_call *call, int number);
/* live --all, or a group of them; and live new. */
int ew_cmd_live_all(const struct ew_cmd_call *call, const char *directory, const char *group,
		    int repeat, const struct ew_live_variant *variant, GError **error);
int ew_cmd_live_new(const struct ew_cmd_call *call, const char *name, GError **error);

/* ---- exitwalk-index ---------------------------------------------------------------------------- */

/* Where it is, or NULL. */
char *ew_cmd_indexer(void);
char *ew_cmd_need_indexer(GError **error);

void ew_cmd_add_pair(GPtrArray *argv, const char *option, const char *value); /* nothing for NULL */

/* Runs it to its end; Ctrl-C is for it alone. Returns its exit code, or 128 and the signal that ended it; -1
 * with an error where it could not be started. A quiet one does not say what it has made. */
int ew_cmd_run_indexer(char **argv, bool is_quiet, GError **error);

/* Where there is a tree and no index: reads what lessons need of it, so that the first step can be shown.
 * `tree` and `config` are those of `index`. As ew_cmd_run_indexer(). */
int ew_cmd_index_first(const struct ew_cmd_call *call, const char *tree, const char *config,
		       GError **error);

/* The rest of the index that the call has open, in a process of its own, if there is a rest and nobody
 * makes it yet; of one index at a time. Says so on standard error, or why not. To be called for every
 * lesson on a terminal: the new index is for the lesson that is open on the old one. */
void ew_cmd_rest_start(const struct ew_cmd_call *call, const char *config);
/* Between two commands of the shell: once it is there, the new index is used, and told. */
void ew_cmd_rest_look(struct ew_cmd_context *context);
/* Leaves it to itself, and says so. */
void ew_cmd_rest_leave(struct ew_cmd_context *context);

#endif
