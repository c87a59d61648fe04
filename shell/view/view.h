/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * view: answers -> documents. One view_NAME.c a family; each function takes a typed answer and returns a
 * document, or adds to one. Nothing here asks for a terminal or prints.
 */
#ifndef EW_VIEW_H
#define EW_VIEW_H

#include "query/query.h"
#include "doc/doc.h"
#include "live/live.h"
#include "lesson/lesson.h"
#include "sockets/sockets.h"

/* ---- parts that many answers share ----------------------------------------------------------- */

/* "s" but for one. */
static inline const char *ew_view_plural(int64_t count)
{
	return count == 1 ? "" : "s";
}

/* The last line of every answer from an index: "Linux 6.1.192 x86_64, debian config · over 372 of 4,746
 * translation units"; in JSON the member "index". */
void ew_view_provenance(struct ew_group *g, struct ew_query *q);

/* The command that reads the rest of an index that holds the first units only: "exitwalk index 6.12 --config
 * defconfig". `config` is how it was given, or NULL: of a file the index knows its name only. The caller
 * frees. */
char *ew_view_rest_command(const struct ew_query_about *about, const char *config);
/* Whether the index says all that is needed to give its configuration once more. */
bool ew_view_config_is_known(const struct ew_query_about *about);

/* The lines that somebody wants to see. */
struct ew_view_source {
	const char *file;
	int first_line, last_line; /* last 0: to the end of the file */
	const int *points;	   /* lines to point at, ends with 0; or NULL */
	const struct ew_symbol *function; /* whose calls are marked, or NULL */
};

/* Lines of a file of the index as a highlighted listing, member `key`, with release, path and SPDX line,
 * calls marked (pointer calls apart from direct ones). Returns NULL with *error where the text is not in
 * the index. */
struct ew_listing *ew_view_source(struct ew_group *g, const char *key, struct ew_query *q,
				  const struct ew_view_source *source, GError **error);

/* CommonMark as plain paragraphs, lists and code lines: enough for kernel-refs notes. */
void ew_view_markdown(struct ew_group *g, const char *text);
/* The same, parsed already: of struct ew_prose. */
void ew_view_prose(struct ew_group *g, const GPtrArray *prose);

/* A kernel-refs note with what it rests on, member "note"; nothing where `note` is NULL. */
void ew_view_note(struct ew_group *g, const struct ew_refs_note *note);

/* The walk, hop by hop on a rail: member `key`, an array of hops. */
struct ew_view_walk {
	struct ew_query *q;
	const struct ew_refs *refs;
	const struct ew_path *path;
	bool is_long; /* every condition on a line of its own, with its place; guards; may the callee sleep */
};
void ew_view_walk(struct ew_group *g, const char *key, const struct ew_view_walk *w);

/* "[layers:3]" of a pointer call, and what programs want to know of any. */
void ew_view_grade(struct ew_block *b, const struct ew_edge *e);
void ew_view_chain(struct ew_block *b, const struct ew_edge *e); /* " of chain netdev_chain", or nothing */
/* view_wide.c: why the edge counts though no object proves it, and what else may be called there; nothing where nothing is
 * to be said. The second of all edges of one call, [from, end). */
void ew_view_wide(struct ew_group *g, struct ew_query *q, const struct ew_edge *e, int indent);
void ew_view_wide_call(struct ew_group *g, struct ew_query *q, const GPtrArray *edges, guint from, guint end, int indent);

/* The conditions of a call (of struct ew_condition), member "conditions": in text the innermost ones, on one
 * line; or all, each on its own with its place. The second says nothing to people. */
void ew_view_conditions(struct ew_group *g, int indent, const GPtrArray *conditions, bool is_long);
void ew_view_conditions_for_programs(struct ew_group *g, const GPtrArray *conditions);

/* The CONFIG_ guards of the call's place and of its callee's definition, members "guards" and
 * "callee_guards", each with the other arms. */
void ew_view_guards(struct ew_group *g, int indent, struct ew_query *q, const struct ew_edge *e);

/* Whether f may sleep, with the end of the chain that says so, member "sleep". Searches the call graph. The second says
 * the whole chain, and what the contexts that f runs in (of struct ew_context) make of it. */
void ew_view_sleep(struct ew_group *g, int indent, struct ew_query *q, const struct ew_symbol *f);
void ew_view_sleep_way(struct ew_group *g, struct ew_query *q, const struct ew_symbol *f,
		       const GPtrArray *contexts);
/* A hop of a way in context: "→ fput  fs/open.c:1432, if …"; its condition in words only where that is said. */
void ew_view_way_hop(struct ew_group *g, const struct ew_edge *e, bool has_condition);

/* "only the last reference (file.f_count: atomic_long_dec_and_test at …)"; with keys for programs. */
void ew_view_gate_words(struct ew_block *b, const struct ew_gate *gate, bool has_keys);
/* "gate: only the last reference (…)", member "gate"; nothing (null) if the call has none. */
void ew_view_gate(struct ew_group *g, int indent, struct ew_query *q, int64_t call,
		  const struct ew_symbol *callee);

/* When a kind of deferred work runs, in words: "when the task returns to user mode or exits"; NULL for
 * "now" and for what kernel-refs does not describe. */
const char *ew_view_when(const struct ew_refs *refs, const char *when);
/* When a callback is called, be it deferred or not, by the edge and its proof; NULL where no mechanism of kernel-refs knows the call. */
/* Steps of a proof, numbered. */
void ew_view_steps(struct ew_group *g, const char *key, const GPtrArray *steps);
const char *ew_view_moment(const struct ew_refs *refs, const struct ew_edge *e, const GPtrArray *steps);

/* The words before a call's condition: "if ", or "in a " before "loop: …" and "switch: …". */
const char *ew_view_under(const char *condition);

/* ---- answers --------------------------------------------------------------------------------- */

/* What the commands about calls know of their question. */
struct ew_view_question {
	struct ew_query *q;
	const struct ew_refs *refs;
	const struct ew_symbol *f;
	const char *binding; /* or NULL */
	int limit;	     /* that cut the answer where `more` */
	bool more;
	const struct ew_caller_count *callers; /* for the view of callers */
};

/* `unknown` as ew_query_states() gives it. */
struct ew_doc *ew_view_states(struct ew_query *q, const GPtrArray *states,
			      const struct ew_states_question *question, int unknown, bool is_long,
			      GError **error);
/* Of the functions that give the states, the way to each from where each of its contexts begins. */
bool ew_view_reach(struct ew_group *g, struct ew_query *q, const GPtrArray *states, const char *binding,
		   GError **error);
/* `given` as ew_query_contexts_given() gives them; or NULL. */
struct ew_doc *ew_view_contexts(const struct ew_view_question *v, const GPtrArray *contexts, const GPtrArray *given);

/* Says of a direct call if nothing tells which of several functions of one name it means. */
void ew_view_ambiguous(struct ew_group *g, int indent, struct ew_query *q, const struct ew_edge *e);
/* Where the edge is not compiled, that and why. */
void ew_view_not_compiled(struct ew_group *g, int indent, const struct ew_edge *e);
/* Callers come one by one into the list; what stands after them comes last. */
struct ew_doc *ew_view_callers(const struct ew_view_question *v, struct ew_list **list);
void ew_view_caller(struct ew_list *list, const struct ew_view_question *v, const struct ew_edge *e);
void ew_view_callers_end(struct ew_doc *doc, const struct ew_view_question *v);
struct ew_doc *ew_view_callees(const struct ew_view_question *v, const GPtrArray *edges);

/* What `path` was asked, and what it found: `path`, or `paths` for --all. */
struct ew_view_ways {
	struct ew_query *q;
	const struct ew_refs *refs;
	const struct ew_symbol *from, *to;
	const char *binding;	  /* or NULL */
	const char *const *avoid; /* names as they were given, or NULL */
	const struct ew_path *path;
	const struct ew_paths *paths;
	bool is_long;
};
struct ew_doc *ew_view_path(const struct ew_view_ways *v);
struct ew_doc *ew_view_paths(const struct ew_view_ways *v);
/* `gates` of struct ew_gate_group: those on v->path, or, without one, those of the function v->from. */
struct ew_doc *ew_view_refs(const struct ew_view_ways *v, const GPtrArray *gates);
/* names: bindings, ended by NULL; question: what to ask again, with --as and one of them. */
void ew_view_narrowing(struct ew_group *g, const char *const *names, const char *question);
/* a, b: what the indexes were called where it was asked. */
struct ew_doc *ew_view_diff(const struct ew_diff *d, const char *a, const char *b);
/* edges: of struct ew_edge; asks for the proof of each. */
struct ew_doc *ew_view_why(struct ew_query *q, const struct ew_refs *refs, const GPtrArray *edges,
			   GError **error);
struct ew_doc *ew_view_why_not(struct ew_query *q, const struct ew_why_not *w);
/* limit: of stores and of calls, 0 for all. */
struct ew_doc *ew_view_slot(struct ew_query *q, const struct ew_slot *slot, int limit);
/* registrations: of struct ew_registration; v->limit of them are shown, 0 for all. */
struct ew_doc *ew_view_registers(const struct ew_view_question *v, const GPtrArray *registrations);
struct ew_doc *ew_view_symbols(struct ew_query *q, const GPtrArray *symbols);
struct ew_doc *ew_view_show(struct ew_query *q, const struct ew_refs *refs,
			    const struct ew_symbol *symbol, GError **error);
struct ew_doc *ew_view_coverage(struct ew_query *q, const struct ew_coverage *coverage);
struct ew_doc *ew_view_pointer_coverage(struct ew_query *q, const struct ew_pointer_coverage *c);
/* sites: of struct ew_site, those of one reason and slot together; scope: as it was asked for, or NULL; limit: of
 * sites for each reason, 0 for all. */
struct ew_doc *ew_view_unresolved(struct ew_query *q, const GPtrArray *sites, const char *scope, int limit);

/* One thing that doctor looked for. */
struct ew_view_check {
	const char *part; /* "To ask and to learn": checks of one part stand together */
	const char *what;
	bool is_here;
	char *detail; /* or NULL */
	const char *remedy; /* what to do where it is missing */
};

struct ew_doc *ew_view_doctor(const GArray *checks); /* of struct ew_view_check */

/* One index of this machine; `about` is NULL and `problem` says why where it cannot be opened. */
struct ew_view_tree {
	const char *name, *path, *problem;
	int64_t bytes;
	bool is_chosen;
	pid_t writer; /* the process that makes it anew, or 0 */
	const struct ew_query_about *about;
};

struct ew_doc *ew_view_trees(const GArray *trees); /* of struct ew_view_tree */

/* ---- live runs -------------------------------------------------------------------------------- */

/* A run is shown while it happens: a head, a document per event, a verdict. As text each adds lines below
 * the ones before (an event may add none); as JSON each is one line, with the member "event": "header"
 * first, "completed" last. The experiment is borrowed. */
struct ew_view_live;
struct ew_view_live *ew_view_live_new(const struct ew_live_experiment *x, int width);
void ew_view_live_free(struct ew_view_live *v);
EW_DEFINE_AUTO(view_live, ew_view_live_free)

struct ew_doc *ew_view_live_head(const struct ew_view_live *v);
struct ew_doc *ew_view_live_event(struct ew_view_live *v, const struct ew_live_event *e);
struct ew_doc *ew_view_live_verdict(const struct ew_view_live *v, const struct ew_live_result *r);

/* Instead of running: says that what follows is a recording. */
struct ew_doc *ew_view_live_recorded(void);

/* One of many runs, which are only counted, and the count. */
struct ew_doc *ew_view_live_run(const struct ew_live_result *r, int number, int count);
struct ew_doc *ew_view_live_repeated(int matched, int count, int left_behind);

/* A prediction, and what the kernel did. */
void ew_view_live_grade(struct ew_group *g, const struct ew_live_experiment *x,
			const struct ew_live_result *r, const struct ew_live_prediction *p);

/* Why a run went as it did: what decided it, and which counters prove it, with the lines of `q`'s kernel
 * where there is an index (else NULL). */
struct ew_doc *ew_view_live_explain(const struct ew_live_experiment *x, const struct ew_live_result *r,
				    struct ew_query *q, GError **error);

/* experiments: of struct ew_live_experiment; problems: messages about the files that are none. */
struct ew_doc *ew_view_live_list(const GPtrArray *experiments, const GPtrArray *problems);

/* One of many experiments, run so often; and all of them together. */
struct ew_live_row {
	const struct ew_live_experiment *x;
	int runs, matched;
	double seconds; /* a run */
	char *skipped;	/* why, or NULL */
	char *replay; /* of one that was skipped: the command that shows its recorded run, NULL if there is none */
	bool is_other_family; /* it was skipped for that; its recorded run is of another */
	char *why;	/* the first difference or error, or NULL */
	char *unjudged; /* what a run could not observe, a line each; or NULL */
};
struct ew_live_total {
	int matched, differ, skipped, left_behind;
	double slowest_seconds;
	char *slowest; /* or NULL */
};
struct ew_doc *ew_view_live_row(const struct ew_live_row *row);
struct ew_doc *ew_view_live_total(const struct ew_live_total *t);
struct ew_doc *ew_view_live_problem(const char *message);
struct ew_doc *ew_view_live_new_file(const char *path);
struct ew_doc *ew_view_live_verbs(void);

/* ---- sockets ----------------------------------------------------------------------------------- */

struct ew_view_sockets {
	const struct ew_sockets *sockets;
	unsigned stale; /* seconds of CLOSE_WAIT after which close() was forgotten */
	int width;
	bool is_json; /* twenty thousand sockets are described for the one reader that there is */
};
struct ew_doc *ew_view_sockets(const struct ew_view_sockets *v);

/* The same in parts, for an answer that is written while it is made. */
struct ew_view_socket_columns {
	int local, peer, queue, timer;
	bool is_wide; /* all columns fit beside each other */
};
struct ew_view_sockets_parts {
	const struct ew_view_sockets *view;
	struct ew_view_socket_columns columns;
	struct ew_doc *doc; /* the caller's */
	struct ew_list *list;
};
void ew_view_sockets_begin(struct ew_view_sockets_parts *p, const struct ew_view_sockets *v);
void ew_view_sockets_add(struct ew_view_sockets_parts *p, guint i); /* socket i */
void ew_view_sockets_end(struct ew_view_sockets_parts *p);

/* A line (or more) of sockets --watch; `when` is its time in microseconds since the epoch. As JSON one object a
 * line, with the member "event". */
struct ew_doc *ew_view_socket_change(const struct ew_view_sockets *v, const struct ew_socket_change *c,
				     int64_t when);
/* The same of what was there at the beginning; JSON only. */
struct ew_doc *ew_view_socket_there(const struct ew_view_sockets *v, const struct ew_socket *k, int64_t when);

/* Before: what is about to be dropped, and what each side will see of it. After: what became of each; for
 * programs with all that was known before. */
struct ew_view_drop {
	const struct ew_sockets *sockets;
	const struct ew_dropped *dropped; /* one a socket; afterwards */
	bool is_fin;
	int listeners, timewaits; /* that a filter matched and did not mean */
	int width;
	bool is_json;
};
struct ew_doc *ew_view_drop_before(const struct ew_view_drop *v);
struct ew_doc *ew_view_drop_after(const struct ew_view_drop *v);

/* dump connection: what is followed, each thing that happens, and how it ended. */
struct ew_view_follow {
	const struct ew_sockets *sockets; /* with the holders */
	const struct ew_socket *ends;	  /* as they were found */
	int count;
};
struct ew_doc *ew_view_follow_head(const struct ew_view_follow *v, int64_t time); /* CLOCK_REALTIME, ns */
struct ew_doc *ew_view_follow_event(const struct ew_view_follow *v, const struct ew_sockets_followed *e,
				    const char *interface);
enum ew_follow_reason {
	EW_FOLLOW_GONE,
	EW_FOLLOW_COUNT,
	EW_FOLLOW_TIME,
	EW_FOLLOW_STOPPED,
};
struct ew_view_follow_end {
	enum ew_follow_reason reason;
	int64_t time, packets;
	unsigned lost;
	enum ew_live_state states[2];
	const char *const *interfaces; /* their names; ends with NULL */
	const char *pcap;	       /* the file, or NULL */
};
struct ew_doc *ew_view_follow_end(const struct ew_view_follow *v, const struct ew_view_follow_end *end);

/* ---- lessons: view_lesson.c -------------------------------------------------------------------- */

/* What the views of a lesson know. */
struct ew_view_lesson {
	struct ew_query *q; /* NULL: prose alone */
	const struct ew_refs *refs;
	const struct ew_lesson *lesson;
	const struct ew_lock *lock; /* or NULL */
	const struct ew_progress_log *progress; /* or NULL */
	bool is_guided; /* in the shell: says what to type */
};

struct ew_doc *ew_view_lesson_list(const struct ew_course *course, const struct ew_progress_log *progress);
/* One step, or all of them. Errors are those of the index. */
struct ew_doc *ew_view_lesson_step(const struct ew_view_lesson *v, int position, GError **error);
struct ew_doc *ew_view_lesson_whole(const struct ew_view_lesson *v, GError **error);
struct ew_doc *ew_view_lesson_where(const struct ew_view_lesson *v, int position, GError **error);
/* The question alone; NULL where the step asks nothing. */
struct ew_doc *ew_view_lesson_quiz(const struct ew_quiz *quiz);
struct ew_doc *ew_view_lesson_grade(const struct ew_quiz *quiz, const struct ew_grade *grade);
/* prose: of struct ew_prose, or NULL where no hint is left. */
struct ew_doc *ew_view_lesson_hint(const GPtrArray *prose);

/* What `lesson check` found in one lesson of one index. */
struct ew_view_findings {
	const struct ew_lesson *lesson;
	const struct ew_query_about *about;
	const GPtrArray *findings; /* of struct ew_finding */
};
/* findings: of struct ew_view_findings. Rows that pass are left out unless `all`. */
struct ew_doc *ew_view_lesson_check(const GArray *findings, bool all);
/* What was accepted: changes of char *, `left` anchors that were not. */
struct ew_doc *ew_view_lesson_accepted(const GPtrArray *changes, const GPtrArray *files, int left);
/* The log: a row a lesson, or a row a step where `lesson` is given. */
struct ew_doc *ew_view_progress(const struct ew_course *course, const struct ew_lesson *lesson,
				const struct ew_progress_log *progress);

/* ---- half-open: how fast each way finds out -------------------------------------------------- */

#define EW_VIEW_HALF_OPEN_PEERS 2 /* one that vanished, one that is stopped */
#define EW_VIEW_HALF_OPEN_WAYS	8

struct ew_view_half_open_way {
	const char *name, *does;
};

struct ew_view_half_open_found {
	int error; /* errno that the program got; 0: it was not told within the bound */
	double ms;
	int64_t bound_ms;
};

struct ew_view_half_open {
	const struct ew_view_half_open_way *ways; /* ends with a name that is NULL */
	const char *const *experiments;
	struct ew_view_half_open_found found[EW_VIEW_HALF_OPEN_WAYS][EW_VIEW_HALF_OPEN_PEERS];
	bool matched[EW_VIEW_HALF_OPEN_PEERS];
	char *differences[EW_VIEW_HALF_OPEN_PEERS];
	bool is_recorded, is_ipv6;
};

struct ew_doc *ew_view_half_open(const struct ew_view_half_open *v);

#endif
