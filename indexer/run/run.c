/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One indexing run: what is asked of the other modules, in order. */
#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <inttypes.h>
#include <sys/resource.h>
#include <unistd.h>

#include "parse/parse.h"
#include "query/query.h"
#include "resolve/resolve.h"
#include "run/group.h"
#include "run/internal.h"
#include "run/told.h"

static void say(struct run *r, const char *what)
{
	if (r->options->say)
		r->options->say(what, r->options->data);
}

/* ---- what to index --------------------------------------------------------------------------- */

/* Names of scopes become their patterns; anything else is a path. */
static void plan_scope(struct run *r)
{
	static const char *const core[] = {"core", NULL};
	const char *const first[] = {r->options->first, NULL};
	const char *const *all = r->options->scope && r->options->scope[0] ? r->options->scope : core;
	const char *const *given = *first ? first : all;
	g_autoptr(GStrvBuilder) patterns = g_strv_builder_new();
	int i;

	for (i = 0; given[i]; i++) {
		const char *const *named = ew_refs_scope(r->refs, given[i]);

		if (named)
			g_strv_builder_addv(patterns, (const char **)named);
		else
			g_strv_builder_add(patterns, given[i]);
	}
	r->scope = g_strv_builder_end(patterns);
	r->scope_name = g_strdelimit(g_strjoinv("+", (char **)given), "/", '_');
	r->place_name = g_strdelimit(g_strjoinv("+", (char **)all), "/", '_');
}

static bool open_tree(struct run *r, GError **error)
{
	const struct ew_run_options *o = r->options;

	r->refs = ew_refs_open(o->refs, error);
	if (!r->refs)
		return false;
	r->tree = ew_tree_open(o->tree ? o->tree : EW_TREE_DEFAULT_RELEASE, o->say, o->data, error);
	if (!r->tree)
		return false;
	if (!r->tree->commands) {
		r->build = ew_tree_configure(r->tree, o->config, r->jobs, o->say, o->data, error);
		if (!r->build)
			return false;
	}
	r->roots = (struct roots){r->tree->root, r->build ? r->build->directory : NULL};
	plan_scope(r);
	r->units = ew_kbuild_ask(r->tree, r->build, (const char *const *)r->scope, r->jobs, o->say,
				 o->data, error);
	return r->units != NULL;
}

/* ---- where to --------------------------------------------------------------------------------- */

static const char *config_name(struct run *r)
{
	return r->build ? r->build->config : "commands";
}

/*
 * One writer an index. The lock file stays: removing it would let two writers lock two files. A record
 * lock, because that is not inherited: of a run that was killed no dying worker holds it.
 */
static bool lock_out(struct run *r, GError **error)
{
	struct flock whole = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
	g_autofree char *path = g_strconcat(r->out, ".lock", NULL);

	r->lock = open(path, O_CREAT | O_RDWR | O_CLOEXEC, 0666);
	if (r->lock < 0) {
		g_set_error(error, EW_ERROR, EW_ERROR_NOT_POSSIBLE,
			    "%s: cannot be written: %s; name another place with --index FILE", path,
			    g_strerror(errno));
		return false;
	}
	if (fcntl(r->lock, F_SETLK, &whole) < 0) {
		g_set_error(error, EW_ERROR, EW_ERROR_NOT_POSSIBLE,
			    "%s: another exitwalk is writing this index; wait for it, or name "
			    "another with --index FILE",
			    r->out);
		return false;
	}
	return true;
}

/* What can be told before any work is done. */
static bool check_out(struct run *r, GError **error)
{
	if (!r->options->out || !g_file_test(r->options->out, G_FILE_TEST_IS_DIR))
		return true;
	g_set_error(error, EW_ERROR, EW_ERROR_NOT_POSSIBLE,
		    "%s: cannot be written: %s; name a file with --index FILE", r->options->out,
		    g_strerror(EISDIR));
	return false;
}

static bool plan_out(struct run *r, GError **error)
{
	if (r->options->out) {
		r->out = g_canonicalize_filename(r->options->out, NULL);
	} else {
		g_autofree char *name = g_strdup_printf("%s-%s-%s", r->tree->name, config_name(r),
							r->place_name);

		r->out = ew_tree_index_path(name, error);
		if (!r->out)
			return false;
	}
	r->temporary = g_strconcat(r->out, ".new", NULL);
	if (!lock_out(r, error))
		return false;
	unlink(r->temporary); /* what a run that was killed left behind */
	groups_clean(r->temporary);
	return true;
}

/* ---- an older index ---------------------------------------------------------------------------- */

/* What an index must have in common with this run to be brought up to date. Of refs, the states,
 * the heads of chains and the constants say what is parsed; the rest only what is resolved. */
static GStrv identity(struct run *r)
{
	g_autoptr(GStrvBuilder) pairs = g_strv_builder_new();
	g_autofree char *parser = ew_parse_version();
	g_autofree char *program = g_strdup_printf("%" PRIx64, state_of_program());
	const char *part_of = r->options->first ? r->place_name : "";
	g_autofree char *directory = g_build_filename(r->options->refs, "states", NULL);
	g_autofree char *states = g_strdup_printf("%" PRIx64, state_of_directory(directory));
	g_autofree char *heads = told_heads(r->refs);
	g_autofree char *constants = told_constants(r->refs);
	const char *all[] = {"release", r->tree->release, "config", config_name(r), "scope",
			     r->scope_name, "part_of", part_of, "root", r->roots.tree, "build",
			     r->roots.build ? r->roots.build : "", "parser", parser, "program",
			     program, "states", states, "heads", heads, "constants", constants};
	size_t i;

	for (i = 0; i < G_N_ELEMENTS(all); i++)
		g_strv_builder_add(pairs, all[i]);
	return g_strv_builder_end(pairs);
}

static char *refs_hash(struct run *r)
{
	return g_strdup_printf("%" PRIx64, state_of_directory(r->options->refs));
}

static bool has_same_refs(struct run *r)
{
	g_autofree char *refs = refs_hash(r);
	ew_auto(rows) row = ew_store_select(r->plan->old, EW_META, "s", "refs");

	return ew_rows_next(row) && !g_strcmp0(ew_rows_text(row, 0), refs);
}

static void make_plan(struct run *r)
{
	g_auto(GStrv) same = identity(r);
	char **why = &r->summary->why;

	if (r->options->fresh || r->options->no_prefix) {
		*why = g_strdup("as asked for");
		return;
	}
	r->plan = plan_make(r->out, &r->roots, r->units->units, (const char *const *)same, why);
	if (!r->plan || g_hash_table_size(r->plan->redo) < r->units->units->len)
		return;
	*why = plan_say(r->plan);
	g_clear_pointer(&r->plan, plan_free);
}

static int64_t number_of(struct ew_store *s, const char *key)
{
	ew_auto(rows) r = ew_store_select(s, EW_META, "s", key);

	return ew_rows_next(r) ? ew_rows_int(r, 0) : 0;
}

/* The summary of a run that had nothing to do is that of the one before. */
static bool is_up_to_date(struct run *r)
{
	struct ew_run_summary *s = r->summary;
	struct ew_store *old = r->plan ? r->plan->old : NULL;

	if (!old || !plan_is_empty(r->plan) || !has_same_refs(r) ||
	    number_of(old, "units_in_config") != r->units->total)
		return false;
	s->is_up_to_date = true;
	s->failed = number_of(old, "units_failed");
	s->with_errors = number_of(old, "units_with_errors");
	s->functions = number_of(old, "functions");
	s->calls = number_of(old, "calls");
	s->pointer_calls = number_of(old, "pointer_calls");
	s->pointer_resolved = number_of(old, "pointer_resolved");
	s->edges = number_of(old, "edges");
	return true;
}

static bool open_writer(struct run *r, GError **error)
{
	r->writer = r->plan ? ew_store_update(r->out, r->temporary, error)
			    : ew_store_create(r->temporary, error);
	return r->writer != NULL;
}

/* ---- the end ---------------------------------------------------------------------------------- */

static void set_number(struct run *r, const char *key, int64_t value)
{
	g_autofree char *text = g_strdup_printf("%" PRId64, value);

	ew_store_set_meta(r->writer, key, text);
}

static void set_meta(struct run *r)
{
	g_autoptr(GDateTime) now = g_date_time_new_now_utc();
	g_autofree char *made = g_date_time_format(now, "%Y-%m-%dT%H:%M:%SZ");
	g_autofree char *refs = refs_hash(r);
	g_auto(GStrv) same = identity(r);
	int i;
	g_autofree char *id = g_strdup_printf("%s-%s-%s-%s", r->tree->release, config_name(r),
					      r->scope_name, made);

	for (i = 0; same[i]; i += 2)
		ew_store_set_meta(r->writer, same[i], same[i + 1]);
	ew_store_set_meta(r->writer, "refs", refs);
	ew_store_set_meta(r->writer, "id", id);
	ew_store_set_meta(r->writer, "arch", "x86_64");
	ew_store_set_meta(r->writer, "tree", r->tree->source);
	ew_store_set_meta(r->writer, "made", made);
	set_number(r, "units", r->summary->units);
	set_number(r, "units_failed", r->summary->failed);
	set_number(r, "units_with_errors", r->summary->with_errors);
	set_number(r, "units_in_config", r->units->total);
}

static bool publish(struct run *r, GError **error)
{
	bool closed = ew_store_close_writer(g_steal_pointer(&r->writer), error);

	if (!closed)
		return false;
	if (g_rename(r->temporary, r->out) == 0)
		return true;
	g_set_error(error, EW_ERROR, EW_ERROR_NOT_POSSIBLE, "%s: cannot be put in place: %s", r->out,
		    g_strerror(errno));
	unlink(r->temporary);
	return false;
}

static bool resolve(struct run *r, GError **error)
{
	struct ew_resolve_counts counts;
	bool is_whole = r->summary->units - r->summary->failed >= r->units->total;
	int64_t start = g_get_monotonic_time();

	if (!ew_resolve(r->writer, r->refs, is_whole, &counts, error) ||
	    !ew_query_keep(r->writer, r->refs, error))
		return false;
	r->summary->functions = counts.functions;
	r->summary->calls = counts.calls;
	r->summary->pointer_calls = counts.pointer_calls;
	r->summary->pointer_resolved = counts.pointer_resolved;
	r->summary->edges = counts.edges;
	set_number(r, "functions", counts.functions);
	set_number(r, "calls", counts.calls);
	set_number(r, "pointer_calls", counts.pointer_calls);
	set_number(r, "pointer_resolved", counts.pointer_resolved);
	set_number(r, "edges", counts.edges);
	r->summary->resolve_seconds = (g_get_monotonic_time() - start) / 1e6;
	return true;
}

/* The pool sees a signal by itself; here it is asked for between the steps that come after. */
static bool goes_on(struct run *r, GError **error)
{
	if (!r->options->stop || !*r->options->stop)
		return true;
	g_set_error(error, EW_ERROR, EW_ERROR_NOT_POSSIBLE,
		    "interrupted; the index is as it was");
	return false;
}

static void count_redone(struct run *r)
{
	r->summary->redone = r->plan ? (int)g_hash_table_size(r->plan->redo) : r->summary->units;
	if (!r->plan)
		return;
	g_clear_pointer(&r->summary->why, g_free);
	r->summary->why = plan_say(r->plan);
}

static bool do_run(struct run *r, GError **error)
{
	if (!check_out(r, error) || !open_tree(r, error) || !plan_out(r, error))
		return false;
	r->since = state_now();
	r->summary->units = r->units->units->len;
	make_plan(r);
	if (is_up_to_date(r))
		return true;
	if (!open_writer(r, error))
		return false;
	say(r, "parsing");
	if (!(r->plan ? units_parse_again(r, error) : units_parse(r, error)))
		return false;
	count_redone(r);
	say(r, "resolving pointers");
	set_meta(r);
	return ew_store_finish_facts(r->writer, error) && goes_on(r, error) && resolve(r, error) &&
	       goes_on(r, error) && publish(r, error);
}

static void clear_run(struct run *r)
{
	ew_store_abandon(r->writer);
	plan_free(r->plan);
	ew_kbuild_free(r->units);
	ew_tree_build_free(r->build);
	ew_tree_free(r->tree);
	ew_refs_close(r->refs);
	g_strfreev(r->scope);
	g_free(r->scope_name);
	g_free(r->place_name);
	g_free(r->out);
	g_free(r->temporary);
	if (r->lock >= 0)
		close(r->lock);
}

static int jobs_of(const struct ew_run_options *options)
{
	return options->jobs > 0 ? options->jobs : (int)g_get_num_processors();
}

bool ew_run(const struct ew_run_options *options, struct ew_run_summary *summary, GError **error)
{
	struct run r = {.options = options, .summary = summary, .jobs = jobs_of(options), .lock = -1};
	int64_t start = g_get_monotonic_time();
	struct rusage usage;
	GStatBuf st;
	bool answer;

	*summary = (struct ew_run_summary){0};
	answer = do_run(&r, error);
	getrusage(RUSAGE_SELF, &usage);
	summary->peak_memory += (int64_t)usage.ru_maxrss * 1024;
	summary->seconds = (g_get_monotonic_time() - start) / 1e6;
	if (answer) {
		summary->out = g_strdup(r.out);
		if (g_stat(r.out, &st) == 0)
			summary->size = st.st_size;
	} else {
		ew_run_summary_clear(summary);
	}
	clear_run(&r);
	return answer;
}

bool ew_run_units(const struct ew_run_options *options,
		  void (*unit)(const struct ew_unit *unit, void *data), GError **error)
{
	struct run r = {.options = options, .jobs = jobs_of(options), .lock = -1};
	bool answer = open_tree(&r, error);
	guint i;

	for (i = 0; answer && i < r.units->units->len; i++)
		unit(g_ptr_array_index(r.units->units, i), options->data);
	clear_run(&r);
	return answer;
}

void ew_run_summary_clear(struct ew_run_summary *s)
{
	g_clear_pointer(&s->out, g_free);
	g_clear_pointer(&s->why, g_free);
}
