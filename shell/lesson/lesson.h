/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * lesson: lesson files, what they say of an index, and how far the learner has come.
 *
 * A lesson is one CommonMark file whose fenced blocks carry directives (lessons/README.md is the
 * author's manual). This module parses it, resolves its anchors, evaluates its quizzes and checks
 * against an index, and keeps the progress log. It draws nothing: shell/view turns what it returns
 *into documents, and shell/repl and shell/cmd drive a struct ew_session:
 *
 *	ew_auto(course) course = ew_course_open(NULL);
 *	ew_auto(lesson) lesson = ew_course_load(course, "tcp-close", &error);
 *	ew_auto(session) s = ew_session_new(lesson, query, progress, &error);
 *	do show(ew_session_step(s)); while (ew_session_next(s));
 *
 * Errors are EW_ERROR_INPUT for a lesson that is not well formed (the message is one line a
 *problem, each "file:line: what is wrong; what to do"), EW_ERROR_USAGE for a lesson or step that
 *does not exist, and the query's own for questions to the index.
 */
#ifndef EW_LESSON_H
#define EW_LESSON_H

#include "fact/fact.h"
#include "query/query.h"

/* ---- prose ----------------------------------------------------------------------------------- */

enum ew_prose_span_kind {
	EW_SPAN_TEXT,
	EW_SPAN_CODE, /* an identifier, a command: `fput` */
	EW_SPAN_EMPHASIS,
	EW_SPAN_STRONG,
	EW_SPAN_LINK, /* text is what is read, target the address */
};

struct ew_prose_span {
	enum ew_prose_span_kind kind;
	char *text;
	char *target;
};

enum ew_prose_kind {
	EW_PROSE_PARAGRAPH,
	EW_PROSE_HEADING, /* level counts from 1 */
	EW_PROSE_ITEM, /* level is the list's depth from 1, number > 0 in an ordered list; a level
			  of 0 and no bullet belongs to the item before (its second paragraph) */
	EW_PROSE_QUOTE,
	EW_PROSE_CODE, /* one span, its text has line breaks */
};

struct ew_prose {
	enum ew_prose_kind kind;
	int level, number;
	GPtrArray *spans; /* of struct ew_prose_span */
};

/* Any CommonMark text as a flat list (of struct ew_prose); for kernel-refs notes too. Never fails:
 * every text is CommonMark. Control characters other than line breaks are removed, and bytes that
 * are not UTF-8 replaced. */
GPtrArray *ew_prose_parse(const char *markdown);

/* ---- a lesson -------------------------------------------------------------------------------- */

enum ew_lesson_block_kind {
	EW_LESSON_PROSE,
	EW_LESSON_ANCHOR,
	EW_LESSON_PATH,
	EW_LESSON_QUIZ,
	EW_LESSON_HINT, /* of the quiz before it in the step, else of the step */
	EW_LESSON_CHECK,
	EW_LESSON_LIVE,
	EW_LESSON_CLAIM,
	EW_LESSON_NOTE, /* for the teacher; not shown to learners */
};

enum ew_quiz_kind { EW_QUIZ_CHOICE, EW_QUIZ_NUMBER, EW_QUIZ_SYMBOL };

struct ew_quiz {
	char *id; /* unique in the step; "quiz" where not given */
	char *ask;
	enum ew_quiz_kind kind;
	GPtrArray *choices; /* of char *, answered as a, b, c …; empty but for EW_QUIZ_CHOICE */
	char *answer;	    /* a letter, a number, a symbol, or a question to the index */
	bool is_question;   /* answer is evaluated by ew_lesson_solve() */
	char *because;	    /* CommonMark, shown after the answer; or NULL */
};

/* One fact that an index must hold: "calls __fput sock_close through file_operations.release". */
struct ew_check_fact {
	char *text;
	int line;
};

struct ew_claim {
	char *says;
	char *verdict;	  /* "true", "false" or "half true" */
	char *found;	  /* where it is said, or NULL */
	char *because;	  /* CommonMark */
	char *live;	  /* the experiment that shows it, or NULL */
	GPtrArray *facts; /* of struct ew_check_fact: what proves or refutes it; may be empty */
};

struct ew_prediction {
	char *side; /* an actor of the experiment ("client", "client end"), "packets" or "closed" */
	char *ask;  /* answered as ew_live_prediction_parse() reads it */
};

struct ew_lesson_live {
	char *experiment;	/* name of a file in lessons/experiments */
	GPtrArray *predictions; /* of struct ew_prediction; asked before the run, graded by what the
				   kernel did */
	char *because;		/* CommonMark, read after the run; or NULL */
};

struct ew_walk_mark {
	char *from, *to, *via, *as; /* where the block does not say, the lesson's own walk */
	char *at; /* the function at which we stand, or NULL; alternatives with | */
};

struct ew_anchor_block {
	char *key; /* "tcp-close/queued#1": lesson, step, ordinal in the step */
	char *in, *at, *show;
	char *drift;		    /* said where the anchor is lost, or NULL */
	struct ew_anchor_spec spec; /* points into the above */
};

struct ew_lesson_block {
	enum ew_lesson_block_kind kind;
	int line;	  /* in the lesson file */
	GPtrArray *prose; /* PROSE, HINT, NOTE: of struct ew_prose; else NULL */
	union {		  /* by kind */
		struct ew_anchor_block *anchor;
		struct ew_walk_mark *path;
		struct ew_quiz *quiz;
		struct ew_lesson_live *live;
		struct ew_claim *claim;
		GPtrArray *facts; /* CHECK: of struct ew_check_fact */
	};
};

struct ew_lesson_step {
	char *slug, *title;
	int line;
	GPtrArray *blocks; /* of struct ew_lesson_block */
};

struct ew_lesson {
	char *file, *slug, *title;
	char *time;	/* "30m", or NULL */
	char *about;	/* one line for the list, or NULL */
	char *hash;	/* of the file's bytes; in progress logs */
	char *lock_dir; /* anchors/ beside the file */
	struct ew_walk_mark
		walk;	    /* front matter "walk: do_exit to tcp_send_fin via tcp_close as tcp4" */
	GPtrArray *sources; /* of char *: front matter "source:" lines */
	GPtrArray *steps;   /* of struct ew_lesson_step; at least one */
};

struct ew_lesson *ew_lesson_load(const char *file, GError **error);
struct ew_lesson *ew_lesson_parse(const char *file, const char *text, GError **error);
void ew_lesson_free(struct ew_lesson *lesson);
EW_DEFINE_AUTO(lesson, ew_lesson_free)

/* The step of that slug, or NULL. */
const struct ew_lesson_step *ew_lesson_step(const struct ew_lesson *lesson, const char *slug);

/* ---- the course: all lessons there are ------------------------------------------------------- */

struct ew_course_entry {
	char *slug, *title, *file;
	char *time, *about; /* or NULL */
	int steps;
	char *problem; /* why it cannot be loaded, or NULL */
};

struct ew_course {
	GPtrArray *entries; /* of struct ew_course_entry, sorted by slug */
};

/* Every *.md with front matter "lesson:" in `dirs` (NULL-terminated, the user's own before) and in
 * the data directory's lessons/. Never fails: a lesson that is broken is listed with its problem.
 */
struct ew_course *ew_course_open(const char *const *dirs);
void ew_course_close(struct ew_course *course);
EW_DEFINE_AUTO(course, ew_course_close)

/* By slug, or by the path of a file. EW_ERROR_USAGE with a suggestion where there is none. */
struct ew_lesson *ew_course_load(const struct ew_course *course, const char *name, GError **error);

/* ---- anchors, judged ------------------------------------------------------------------------- */

/* What `lesson accept` recorded for one release. */
struct ew_lock;

/* anchors/<release>.lock of `dir`; an absent file is an empty lock that ew_lock_is_absent() tells.
 * `release` is an index's ("6.1.192"); its first two numbers name the file. */
struct ew_lock *ew_lock_open(const char *dir, const char *release, GError **error);
void ew_lock_close(struct ew_lock *lock);
EW_DEFINE_AUTO(lock, ew_lock_close)
bool ew_lock_is_absent(const struct ew_lock *lock);
const char *ew_lock_file(const struct ew_lock *lock);

struct ew_judged {
	enum ew_verdict verdict;
	bool is_new;	   /* nothing was accepted for it yet (the verdict is then CHANGED) */
	GPtrArray *places; /* of struct ew_anchor_place: one, several (AMBIGUOUS), none (LOST) */
	char *why;	   /* a sentence for the reader, or NULL where all is as accepted */
};

/* Resolve and judge; NULL only where the index itself cannot be asked. `lock` may be NULL. */
struct ew_judged *ew_anchor_judge(struct ew_query *q, const struct ew_anchor_block *anchor,
				  const struct ew_lock *lock, GError **error);
void ew_judged_free(struct ew_judged *judged);
EW_DEFINE_AUTO(judged, ew_judged_free)

const char *ew_verdict_name(enum ew_verdict verdict);

/* Record what all anchors of a lesson resolve to now, and write the file (beside, then renamed).
 * Anchors that are ambiguous or lost are not recorded; `*left` counts them. Says in `changes` (of
 * char
 * *, may be NULL) what is different from before. */
bool ew_lock_accept(struct ew_lock *lock, struct ew_query *q, const struct ew_lesson *lesson,
		    int *left, GPtrArray *changes, GError **error);

/* ---- the walk -------------------------------------------------------------------------------- */

/* The walk that a path block or the lesson names, leg by leg (from … via … to), computed now: of
 * struct ew_path, in order. Errors are ew_query_path()'s. */
GPtrArray *ew_lesson_walk(struct ew_query *q, const struct ew_walk_mark *walk, GError **error);

/* ---- checks and questions to the index ------------------------------------------------------- */

/*
 * Does the index hold the fact? False with *error unset is an honest no; `*why` then says what was
 * found instead (caller frees). Facts (| separates alternatives, of which one must hold):
 *
 *	calls A B [through S.m]          an edge from A to B, direct, or by the member
 *	order F A B …                    in F, the first call of A stands before the first of B …
 *	stores OBJECT S.m F              the object's member holds F
 *	defers A B [MECHANISM]           A runs B later: "defers task_work_run ____fput task_work"
 *	path A B [as BINDING] [via F …]  a proved path, which passes through each F in that order
 *	under F A "TEXT"                 F calls A under a condition whose text contains TEXT
 */
bool ew_lesson_check(struct ew_query *q, const char *fact, char **why, GError **error);

/* Is the text one that ew_lesson_check() understands? For the parser; the message says what is not.
 */
bool ew_lesson_check_is_valid(const char *fact, GError **error);

/*
 * What a question evaluates to (of char *): every right answer. Questions:
 *
 *	callers F [within A]     who calls F; within A: A itself, or what A calls directly
 *	callees F [calling G]    whom F calls, of those only who call G
 *	held OBJECT S.m          the function that the object's member holds
 *	after F, before F        F's neighbour on the lesson's walk
 *	count callers F, count stores S.m, count hops    a number
 */
GPtrArray *ew_lesson_solve(struct ew_query *q, const struct ew_lesson *lesson, const char *question,
			   GError **error);

/* ---- lesson check ---------------------------------------------------------------------------- */

enum ew_finding_grade { EW_FINDING_PASS, EW_FINDING_WARN, EW_FINDING_FAIL };

struct ew_finding {
	enum ew_finding_grade grade;
	const char *step;
	const char *what;    /* "anchor", "quiz", "check", "claim", "path", "live", "unit" */
	const char *verdict; /* "exact", "moved", …, "holds", "does not hold", "solved" */
	char *text;	     /* the anchor, question or fact, in one line */
	char *why;	     /* or NULL */
	int line;
	struct ew_place place; /* of an anchor; file NULL else */
};

/* Everything in the lesson that an index can confirm or refute (of struct ew_finding). `first` (NULL: not
 * looked at) are the patterns of what is indexed first for lessons: an anchor or a walk that leads into
 * another unit is a finding that warns. */
GPtrArray *ew_lesson_examine(struct ew_query *q, const struct ew_lesson *lesson,
			     const struct ew_lock *lock, const char *const *first, GError **error);

/* ---- progress -------------------------------------------------------------------------------- */

enum ew_event { EW_EVENT_SEEN, EW_EVENT_PASSED, EW_EVENT_FAILED, EW_EVENT_HINT, EW_EVENT_RESET };

struct ew_progress_entry {
	char *time; /* ISO 8601, UTC */
	char *lesson, *step;
	char *item; /* the quiz, or NULL */
	enum ew_event event;
	char *lesson_hash, *index_id; /* or NULL */
};

/* The append-only log in $XDG_STATE_HOME/exitwalk/progress.jsonl. */
struct ew_progress_log;

/* Opening never fails: where the file can be neither read nor written, ew_progress_warning() says
 * so, and what happens is remembered in memory only. `file` NULL is the default place. */
struct ew_progress_log *ew_progress_open(const char *file);
void ew_progress_close(struct ew_progress_log *progress);
EW_DEFINE_AUTO(progress_log, ew_progress_close)

/* Something went wrong since the last call: one sentence, told once; else NULL. */
const char *ew_progress_warning(struct ew_progress_log *progress);

void ew_progress_add(struct ew_progress_log *progress, enum ew_event event, const char *lesson,
		     const char *step, const char *item, const char *lesson_hash,
		     const char *index_id);

/* Everything logged, in order, of struct ew_progress_entry; owned by progress. */
const GPtrArray *ew_progress_entries(const struct ew_progress_log *progress);

struct ew_standing {
	bool is_seen, is_passed, is_failed; /* since the last reset; passed outlives failed */
	int hints;
};

/* Of a step (item NULL: seen, hints; passed where any quiz of it is), or of one quiz in it. */
struct ew_standing ew_progress_standing(const struct ew_progress_log *progress, const char *lesson,
					const char *step, const char *item);

/* How many of the lesson's steps were seen, and of its quizzes and predictions passed. */
struct ew_score {
	int steps, seen, quizzes, passed;
};
struct ew_score ew_progress_score(const struct ew_progress_log *progress,
				  const struct ew_lesson *lesson);
/* Of one step. */
struct ew_score ew_progress_step_score(const struct ew_progress_log *progress,
				       const struct ew_lesson *lesson,
				       const struct ew_lesson_step *step);

/* ---- a session: one learner in one lesson ---------------------------------------------------- */

struct ew_session;

/* `q` may be NULL (no index: prose is shown, nothing is resolved), `progress` too. All are
 * borrowed. The session begins at the first step that was not seen, or at the first if all were;
 * nothing is logged until a step is shown (ew_session_seen). Fails where the lock of accepted
 * anchors is damaged. */
struct ew_session *ew_session_new(const struct ew_lesson *lesson, struct ew_query *q,
				  struct ew_progress_log *progress, GError **error);
/* Go on with another index of the same release. */
void ew_session_renew(struct ew_session *s, struct ew_query *q);
void ew_session_free(struct ew_session *s);
EW_DEFINE_AUTO(session, ew_session_free)

const struct ew_lock *ew_session_lock(const struct ew_session *s);
const struct ew_lesson_step *ew_session_step(const struct ew_session *s);
int ew_session_position(const struct ew_session *s); /* of the step, from 0 */

/* Move; false at the end or the beginning. ew_session_go takes a slug or a number from 1. */
bool ew_session_next(struct ew_session *s);
bool ew_session_prev(struct ew_session *s);
bool ew_session_go(struct ew_session *s, const char *step, GError **error);

/* The step was shown: log it (once a session). */
void ew_session_seen(struct ew_session *s);

/* The quiz to answer now: the first of the step that is not passed, or, where all are, the first;
 * NULL where the step asks nothing. `id` chooses one. A live step's prediction is not among them.
 */
const struct ew_quiz *ew_session_quiz(const struct ew_session *s, const char *id);

/* The next hint of the current quiz or step (prose), logged; NULL when there is none left. */
const GPtrArray *ew_session_hint(struct ew_session *s);

struct ew_grade {
	bool is_right;
	char *expected; /* what would have been right: "b", "60", "exit_task_work or do_exit" */
	char *because;	/* CommonMark, or NULL */
};

/* Grade and log. NULL with an error where the answer is not of the quiz's kind (EW_ERROR_USAGE,
 * nothing is logged), or the index cannot be asked. */
struct ew_grade *ew_session_answer(struct ew_session *s, const struct ew_quiz *quiz,
				   const char *answer, GError **error);
void ew_grade_free(struct ew_grade *grade);
EW_DEFINE_AUTO(grade, ew_grade_free)

/* The live block of the current step, or NULL; and the file of its experiment: in experiments/
 * beside the lesson, else in the data directory (the caller frees). */
const struct ew_lesson_live *ew_session_live(const struct ew_session *s);
char *ew_lesson_experiment(const struct ew_lesson *lesson, const char *name);

/* What the learner predicted for one side, compared with what the kernel did; logged. An answer
 * that is no state is EW_ERROR_USAGE; use ew_live_state_parse() to refuse it before the run. */
struct ew_live_experiment;
struct ew_live_result;
struct ew_grade *ew_session_predicted(struct ew_session *s, const struct ew_prediction *prediction,
				      const char *answer, const struct ew_live_experiment *x,
				      const struct ew_live_result *result, GError **error);

/* Forget the progress of a step (NULL: of the lesson): an event in the log, nothing is erased. */
void ew_session_reset(struct ew_session *s, const char *step);

#endif
