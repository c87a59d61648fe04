/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * refs: the curated knowledge of kernel-refs/, loaded into memory.
 *
 * It holds what no parser can find: which function dispatches which kind of deferred work, what a
 * path's binding is called, what a concept is and where it is written down. It never holds an edge of
 * the call graph, nor a place in a source file: those are proved from the index.
 *
 * Layout of the directory (see kernel-refs/README.md):
 *	bindings/NAME.binding      key file, one binding
 *	mechanisms/NAME.mechanism  key file, one kind of deferred work
 *	entries/NAME.entry         key file, functions that nothing in the index calls, by kind
 *	notes/NAME.md              front matter and CommonMark prose
 *	states/NAME.states         key file, one state machine: what keeps its state, and who sets it
 *	sleeps/NAME.sleeps         key file, functions that may sleep
 *	ends                       key file, functions that give up and do not return
 *	scopes/NAME.scope          one directory, file, glob in one directory, or "all" a line
 *	gates                      key file, functions that drop a reference
 *	releases                   key file, one group a release, the first is the default
 */
#ifndef EW_REFS_H
#define EW_REFS_H

#include "fact/fact.h"

/* A binding narrows pointer calls along a path: "the file is a TCP socket of IPv4". Each row says
 * which object a slot holds; that the tree really stores it there is looked up in the index. */
struct ew_refs_bind {
	char *slot;   /* "file.f_op" */
	GPtrArray *objects; /* of char *: "socket_file_ops"; of several it holds one */
};

struct ew_refs_binding {
	char *name;   /* "tcp4" */
	char *title;  /* "a connected TCP socket over IPv4" */
	/* "fdtable.fd": the member that holds the reference which is dropped, or NULL. Of the ways to a
	 * place where work is queued, one through a function that uses the member is meant. */
	char *holder;
	GPtrArray *binds; /* of struct ew_refs_bind */
	GPtrArray *absent; /* of char *: "socket.ops", slots of other objects, which this one is not and has not */
};

/* May a callback, or an entry point, sleep? */
enum ew_refs_sleeps { EW_REFS_MUST_NOT_SLEEP, EW_REFS_MAY_SLEEP, EW_REFS_SLEEPS_AS_CALLER };

/* A kind of deferred work: objects are handed to a registrar, and a dispatcher later calls the
 * function pointer that they carry. */
struct ew_refs_mechanism {
	/* "task_work", the key `when` of the file: the edge's time in `dump edges`. Two files share it
	 * where a mechanism has two such slots. "now": nothing is deferred, the callback is called by whoever
	 * does what it waits for. */
	char *name;
	char *title;	   /* "when the task returns to user mode or exits" */
	char *slot;	   /* "callback_head.func"; or "kref_put#1", called through that parameter, "console_init%call", a local */
	/* of char *, none if the store into the slot is all that registers: "task_work_add#1": the function and, counted from 0, the parameter that carries the
	 * object; or the function to run itself, where there is no object to pass ("open_softirq#1").
	 * "rcu_segcblist_entrain#1@rcu_data": only objects that are a member of that struct. */
	GPtrArray *registrars;
	/* of char *, none if nothing is: what the linker hands over. Sections (".initcall*.init", one * allowed) whose
	 * functions come into the slot, and names ("init_module") under which a module's function does. */
	GPtrArray *sections, *symbols;
	/* of char *: "task_work_run"; none if every call through the slot is one. */
	GPtrArray *dispatchers;
	/* of char *, both or none: where one slot serves many chains of objects. Structs that a chain begins with
	 * ("raw_notifier_head"), and functions with the parameter that takes one ("raw_notifier_call_chain#0"): of a registrar the
	 * chain that the object is put on, of another function the one that is called. */
	GPtrArray *heads, *chains;
	/* Where a constant tells when the function runs (the mode of a timer), or by which one it is set off (the number of a
	 * softirq). Of char *, may be empty. Enumerators ("HRTIMER_MODE_*", one * allowed); functions that give the object,
	 * or the function, in one parameter the constant in the other ("__hrtimer_init#0,2"); functions that set off what has
	 * the constant that they take ("__raise_softirq_irqoff#0"). */
	GPtrArray *constants, *marks, *raisers;
	/* What it is part of: this is the same mechanism where all objects with the function have one of these constants;
	 * "HRTIMER_MODE_ABS@CONFIG_PREEMPT_RT" is one where that is set, "@!CONFIG_…" where it is not. Slot and dispatchers are the
	 * other's. NULL of a mechanism by itself. */
	const struct ew_refs_mechanism *of;
	char *of_name, *of_place; /* where it is written, "file:line" */
	/* of char *, the contexts in which the function may run: task, task_work, softirq, hardirq, nmi,
	 * rcu, worker, kthread, idle; or caller, the dispatcher's own. Never empty. */
	GPtrArray *contexts;
	enum ew_refs_sleeps sleeps;
};

/* A kind of function that code outside of C calls, or that nothing calls: a root of a context. What it
 * names need not be in an index. It makes no edge. */
struct ew_refs_entry {
	char *name;	      /* "syscall" */
	char *title;	      /* "a system call" */
	GPtrArray *functions; /* of char *: names, or beginnings of names: "__x64_sys_*" */
	GPtrArray *contexts;  /* as of a mechanism */
	enum ew_refs_sleeps sleeps;
};

struct ew_refs_note {
	char *file;	    /* where it stands, for error messages */
	char *title;
	GStrv symbols;	    /* functions, records, members that it is about; may be empty */
	GStrv concepts;
	GStrv sources;	    /* "man 7 tcp", "RFC 9293 section 3.6", "Documentation/…" */
	char *text;	    /* CommonMark */
};

/* Functions that may sleep: where a search for one ends. */
struct ew_refs_sleep_roots {
	GStrv functions;   /* "mutex_lock": it may, whoever calls it */
	GStrv markers;	   /* "__cond_resched": what might_sleep() comes to; only where a macro calls it … */
	GStrv except;	   /* … that is none of these: "cond_resched" */
	GStrv by_argument; /* "might_alloc": whether it sleeps an argument says; not looked into */
};

/*
 * A state machine that the source writes down: which enumerators are its states, which members keep one,
 * and which functions set it. What they are set to, where and under what, is proved from the index.
 */
struct ew_refs_states {
	char *name;	 /* "tcp", of the file */
	char *title;	 /* "the state of a TCP socket" */
	char *prefix;	 /* of the enumerators, which may be left out: "TCP_"; or "" */
	GStrv states;	 /* "TCP_ESTABLISHED" */
	GStrv members;	 /* "sock_common.skc_state" */
	GStrv setters;	 /* "tcp_set_state#1": the parameter that is the new state; parameter 0 is the object */
	GStrv getters;	 /* "inet_sk_state_load": gives the state of its argument; may be empty */
	GStrv home;	 /* "net/ipv4/tcp*": globs of the files whose states are its own; elsewhere the
			  * same constants and members may serve others; may be empty: all files are its own */
};

struct ew_refs_release {
	char *name;	/* "6.1" */
	char *package;	/* "linux-source-6.1" */
	char *config_package; /* "linux-config-6.1" */
};

/* What functions say of references: sets of names. */
struct ew_refs_gates {
	GHashTable *tests; /* drop one, and say whether it was the last */
	GHashTable *counts; /* the same of any counter: a reference only where it is one of `references` */
	GHashTable *denials; /* the same, and they say no where it was the last */
	GHashTable *unless; /* the same where they are given -1 and 1: atomic_add_unless */
	GHashTable *results; /* the same, and they say how many are left */
	GHashTable *reads; /* say how many there are */
	GHashTable *looks; /* the same of any counter */
	GHashTable *takes; /* take one more, or begin with one */
	GHashTable *references; /* members: "f_count", "files->count" */
	GHashTable *numbers; /* the same of those that are plain numbers */
	GHashTable *puts;  /* run what they are given where it was the last */
};

struct ew_refs;

/* Load the directory `dir`. An unreadable or malformed file is an error that names it and the line. */
struct ew_refs *ew_refs_open(const char *dir, GError **error);
/* The same, but each kind of file is read when it is first asked for: most answers need one kind, and all
 * of them are fifty files. What does not read well is then empty, and ew_refs_is_sound() says so. */
struct ew_refs *ew_refs_open_late(const char *dir, GError **error);
bool ew_refs_load(struct ew_refs *refs, GError **error); /* all that is not read yet */
/* False, and *error set, if something that was asked for did not read well. */
bool ew_refs_is_sound(const struct ew_refs *refs, GError **error);
void ew_refs_close(struct ew_refs *refs);
EW_DEFINE_AUTO(refs, ew_refs_close)

/* All of them, in the order of their file names; releases as in their file. Owned by refs. */
const GPtrArray *ew_refs_bindings(const struct ew_refs *refs);
const GPtrArray *ew_refs_mechanisms(const struct ew_refs *refs);
const GPtrArray *ew_refs_entries(const struct ew_refs *refs);
const GPtrArray *ew_refs_notes(const struct ew_refs *refs);
const GPtrArray *ew_refs_states(const struct ew_refs *refs);
const GPtrArray *ew_refs_sleeps(const struct ew_refs *refs);
/* Functions with which the kernel is given up, and which do not return; ends with NULL. */
const char *const *ew_refs_ends(const struct ew_refs *refs);
const GPtrArray *ew_refs_releases(const struct ew_refs *refs);
/* Is what a mechanism of that name runs handed over by the linker? */
bool ew_refs_is_linked(const struct ew_refs *refs, const char *when);
const struct ew_refs_gates *ew_refs_gates(const struct ew_refs *refs);

/* By name, or NULL. */
const struct ew_refs_binding *ew_refs_binding(const struct ew_refs *refs, const char *name);
const struct ew_refs_release *ew_refs_release(const struct ew_refs *refs, const char *name);

/* The patterns of a scope, or NULL where it does not exist. Owned by refs. */
const char *const *ew_refs_scope(const struct ew_refs *refs, const char *name);

/* The first note about a symbol ("fput", "file.f_op") or a concept, or NULL. */
const struct ew_refs_note *ew_refs_note_for(const struct ew_refs *refs, const char *name);

/*
 * Split "--- key: value … ---" from the text after it. Values of a key that comes twice are joined by
 * a newline. `body` points into `text`; `*body_line` is its first line. Lessons use the same form.
 */
GHashTable *ew_refs_front_matter(const char *text, const char *file, const char **body,
				 int *body_line, GError **error);

#endif
