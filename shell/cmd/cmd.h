/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cmd: the one command table, and everything that follows from it: argv parsing, --help, completion,
 * the man page, did-you-mean, and running a command for the program and for the shell alike.
 *
 * To add a command: write cmd_NAME.c with one `const struct ew_cmd ew_cmd_NAME`, and name it in
 * table.c. Its function gets its options in a zeroed struct that lives for that call only, builds a
 * document (a view_NAME.c does), and hands it to ew_cmd_answer().
 */
#ifndef EW_CMD_H
#define EW_CMD_H

#include "query/query.h"
#include "term/term.h"

/* ---- rows ------------------------------------------------------------------------------------ */

/* What a command needs before its function is called; what is missing is one error, exit code 3. */
enum ew_cmd_needs {
	EW_NEEDS_INDEX = 1 << 0, /* context->query is open */
	EW_NEEDS_REFS = 1 << 1,	 /* context->refs is loaded */
	EW_NEEDS_LIVE = 1 << 2,	 /* user namespaces; said in --help, probed by the command */
	EW_NEEDS_SHELL = 1 << 3, /* makes sense within the shell only */
	EW_NEEDS_TTY = 1 << 4,	 /* standard input and output are terminals */
};

enum ew_option_type {
	EW_OPTION_FLAG,	   /* bool */
	EW_OPTION_INT,	   /* int, not negative */
	EW_OPTION_STRING,  /* const char * */
	EW_OPTION_CHOICE,  /* const char *, one of `choices` */
	EW_OPTION_STRINGS, /* GPtrArray * of const char *, NULL where it was not given; freed after the call */
};

/* What completes an argument or an option's value. */
enum ew_complete {
	EW_COMPLETE_NONE,
	EW_COMPLETE_FUNCTION,
	EW_COMPLETE_MECHANISM, /* a function, or a mechanism that runs some */
	EW_COMPLETE_SYMBOL,
	EW_COMPLETE_FIELD,
	EW_COMPLETE_FILE, /* of this machine */
	EW_COMPLETE_COMMAND,
	EW_COMPLETE_BINDING,
	EW_COMPLETE_STATE, /* of a state machine, without its prefix */
	EW_COMPLETE_SCOPE, /* a scope, or a file of the index */
	EW_COMPLETE_INDEX, /* name of an index */
	EW_COMPLETE_RELEASE,
	EW_COMPLETE_LESSON,
	EW_COMPLETE_STEP,
	EW_COMPLETE_EXPERIMENT,
	EW_COMPLETE_WORD, /* one of the row's `words`; of an option, too */
};

struct ew_option {
	const char *name;     /* "depth" for --depth; NULL ends the array */
	char letter;	      /* 'd' for -d, or 0 */
	enum ew_option_type type;
	size_t offset;	      /* into the options struct */
	const char *argument; /* "N"; NULL for a flag */
	const char *help;     /* one line, no full stop */
	const char *const *choices; /* of a string, they complete it and no more */
	enum ew_complete complete;
	bool is_hidden; /* not in help and completion */
};

#define EW_CMD_OPTIONS_MAX 256

struct ew_cmd_call;

struct ew_cmd {
	const char *name;
	const char *group;    /* heading in the overview: see enum of titles in table.c */
	const char *synopsis; /* after the name: "A B [--as BINDING]" */
	const char *summary;  /* one line, lower case, no full stop */
	const char *help;     /* paragraphs, parted by blank lines; may be NULL */
	unsigned needs;
	int min_arguments, max_arguments; /* max -1: any number */
	const struct ew_option *options;  /* ends with a NULL name; may be NULL */
	size_t options_size;		  /* of the struct, at most EW_CMD_OPTIONS_MAX */
	enum ew_complete complete;	  /* of the arguments */
	enum ew_complete complete_last;	  /* of the last one that there may be, if it is another kind */
	const char *const *words;	  /* for EW_COMPLETE_WORD, ends with NULL */
	bool is_hidden;
	/* Returns the exit code (0 yes, 1 honest no, 4 partly); -1 with *error set otherwise. */
	int (*run)(const struct ew_cmd_call *call, GError **error);
};

/* One call of a command. */
struct ew_cmd_call {
	struct ew_cmd_context *context;
	const struct ew_cmd *cmd;
	const void *options; /* the command's options struct */
	int argc;	     /* arguments without command name and options */
	char *const *argv;
};

/* All commands, in the order of the overview; ends with NULL. */
const struct ew_cmd *const *ew_cmd_table(void);
const struct ew_cmd *ew_cmd_named(const char *name);

/* ---- the context that commands share --------------------------------------------------------- */

/* A guide is an open lesson, as the shell's next, prev, hint, quiz and where see it. `cmd_lesson`
 * implements it and puts it into the context; each function prints through the call and returns like a
 * command. A NULL function means that the guide has no such thing. */
struct ew_guide {
	void *data;
	char *(*prompt)(void *data); /* "tcp-close 3/14"; the caller frees */
	GStrv (*steps)(void *data); /* slugs of its steps, for completion; the caller frees */
	int (*move)(void *data, const struct ew_cmd_call *call, int by, GError **error);
	int (*go)(void *data, const struct ew_cmd_call *call, const char *step, GError **error);
	int (*where)(void *data, const struct ew_cmd_call *call, GError **error);
	int (*hint)(void *data, const struct ew_cmd_call *call, GError **error);
	int (*quiz)(void *data, const struct ew_cmd_call *call, GError **error); /* argv: the answer */
	void (*renew)(void *data, struct ew_query *q); /* its index was made anew */
	void (*close)(void *data);
};

struct ew_globals {
	const char *index;   /* --index */
	const char *release; /* --release */
	const char *color;   /* --color */
	bool json;
	bool help;
	bool version;
};

struct ew_cmd_context {
	struct ew_globals defaults; /* of the program's command line; each call may override them */
	struct ew_globals globals;  /* of the call that runs */
	struct ew_term term;
	FILE *out;	      /* answers; the shell redirects it */
	bool is_shell;	      /* called from the interactive shell or a batch on standard input */
	bool wants_quit;      /* set by quit */
	bool enter_shell;     /* set by a command: open the shell when it is done (`lesson X` on a tty) */
	struct ew_refs *refs; /* NULL until needed */
	struct ew_query *query; /* of the call that runs */
	GHashTable *queries;  /* every index that was opened, by what chose it; closed at the end */
	int choice;	      /* counted up when `use` changes what the default index is */
	bool is_redirected;   /* `out` is a file or pipe of the shell's: no colour, no pager */
	struct ew_guide *guide; /* or NULL; ew_cmd_set_guide() */
	struct ew_rest *rest; /* of an index that holds its first units only, while it is made; or NULL */
	/* where the shell's open, up and back are */
	char *current;	    /* the open function, or NULL */
	GPtrArray *trail;   /* of char *, the functions before it */
};

void ew_cmd_context_init(struct ew_cmd_context *context);
void ew_cmd_context_clear(struct ew_cmd_context *context);

/* Open what the command needs, if it is not open; for commands whose need depends on their arguments. */
bool ew_cmd_need_index(struct ew_cmd_context *context, GError **error);
bool ew_cmd_need_refs(struct ew_cmd_context *context, GError **error);

/* Takes the guide over (and closes the one before); NULL closes. The struct is freed with g_free(). */
void ew_cmd_set_guide(struct ew_cmd_context *context, struct ew_guide *guide);

/* Prints the document as text or JSON, as the call wants it. Returns `code`, or -1 with an error where
 * it could not be written. */
int ew_cmd_answer(const struct ew_cmd_call *call, const struct ew_doc *doc, int code, GError **error);

/* ---- running --------------------------------------------------------------------------------- */

/* Parses argv (argv[0] is the command or a global option, no program name), runs, prints any error to
 * standard error prefixed by `where` ("exitwalk" or "line 3"), returns the exit code. Global options
 * with no command at all become the context's defaults, and enter_shell is set. */
int ew_cmd_run(struct ew_cmd_context *context, int argc, char *const *argv, const char *where);

/* Says the error on standard error and returns its exit code. */
int ew_cmd_complain(const struct ew_cmd_context *context, const char *where, const GError *error);

/* Words that may stand where `word` stands after `before` (the words before it, the command first), each
 * beginning with `word`: for readline and for `exitwalk help --complete`. Array of char *; NULL where
 * files of this machine are wanted. */
GPtrArray *ew_cmd_complete(struct ew_cmd_context *context, const char *const *before, const char *word);

#endif
