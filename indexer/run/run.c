/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One indexing run: what is asked of the other modules, in order. */
#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <inttypes.h>
#include <sys/resource.h>
#include <unistd.h>

#include "parse/parse.h"
#include "refs/refs.h"
#include "resolve/resolve.h"
#include "run/group.h"
#include "run/worker.h"
#include "store/store.h"

struct run {
	const struct ew_run_options *options;
	struct ew_run_summary *summary;
	struct ew_tree *tree;
	struct ew_tree_build *build;
	struct ew_kbuild *units;
	struct ew_refs *refs;
	struct ew_store_writer *writer;
	GStrv scope; /* patterns */
	char *scope_name;
	char *out, *temporary;
	int lock;
	int jobs;
	int done;
};

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
	const char *const *given = r->options->scope && r->options->scope[0] ? r->options->scope : core;
	g_autoptr(GStrvBuilder) patterns = g_strv_builder_new();
	g_autofree char *joined = g_strjoinv("+", (char **)given);
	int i;

	for (i = 0; given[i]; i++) {
		const char *const *named = ew_refs_scope(r->refs, given[i]);

		if (named)
			g_strv_builder_addv(patterns, (const char **)named);
		else
			g_strv_builder_add(patterns, given[i]);
	}
	r->scope = g_strv_builder_end(patterns);
	r->scope_name = g_strdelimit(g_steal_pointer(&joined), "/", '_');
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
							r->scope_name);

		r->out = ew_tree_index_path(name, error);
		if (!r->out)
			return false;
	}
	r->temporary = g_strconcat(r->out, ".new", NULL);
	if (!lock_out(r, error))
		return false;
	r->writer = ew_store_create(r->temporary, error);
	return r->writer != NULL;
}

/* ---- units ------------------------------------------------------------------------------------ */

/* Text of the files that the unit was the first to read, from the tree or the build directory. */
static void add_texts(struct run *r)
{
	g_autoptr(GPtrArray) files = ew_store_take_new_files(r->writer);
	const char *roots[] = {r->tree->root, r->build ? r->build->directory : r->tree->root};
	guint i, k;

	for (i = 0; i < files->len; i++) {
		const char *path = g_ptr_array_index(files, i);

		for (k = 0; k < G_N_ELEMENTS(roots); k++) {
			g_autofree char *absolute = g_canonicalize_filename(path, roots[k]);
			g_autofree char *text = NULL;
			gsize length;

			if (!g_file_get_contents(absolute, &text, &length, NULL))
				continue;
			ew_store_add_text(r->writer, path, text, length);
			break;
		}
	}
}

static void take_unit(const struct unit_answer *a, void *data)
{
	struct run *r = data;
	struct ew_run_summary *s = r->summary;
	enum ew_store_status status = a->errors ? EW_STORE_ERRORS : EW_STORE_INDEXED;
	g_autoptr(GError) error = NULL;
	const char *reason = a->reason;

	if (!a->unit) {
		ew_fact_unpack(a->bytes, a->length, ew_store_sink(r->writer), NULL);
		add_texts(r);
		return;
	}
	ew_store_begin_unit(r->writer, a->unit->file);
	if (!reason && !ew_fact_unpack(a->bytes, a->length, ew_store_sink(r->writer), &error))
		reason = error->message;
	if (reason)
		status = EW_STORE_NOT_INDEXED;
	ew_store_end_unit(r->writer, status, a->errors, reason);
	add_texts(r);
	s->failed += status == EW_STORE_NOT_INDEXED;
	s->with_errors += status == EW_STORE_ERRORS;
	s->behind_prefix += a->is_behind_prefix;
	r->done++;
	if (r->options->progress) {
		struct ew_run_progress p = {r->done, s->units, s->failed};

		r->options->progress(&p, r->options->data);
	}
}

static bool parse_units(struct run *r, GError **error)
{
	struct pool_options pool = {
		.tree = r->tree->root,
		.build = r->build ? r->build->directory : NULL,
		.units = r->units->units,
		.jobs = r->jobs,
		.unit_seconds = r->options->unit_seconds ? r->options->unit_seconds
							 : EW_RUN_UNIT_SECONDS,
		.stop = r->options->stop,
		.answer = take_unit,
		.data = r,
	};
	int64_t start = g_get_monotonic_time();
	bool answer;

	groups_clean(r->temporary);
	if (!r->options->no_prefix)
		pool.groups = groups_plan(r->units->units, r->temporary);
	r->summary->units = r->units->units->len;
	pool.jobs = MIN(pool.jobs, MAX(r->summary->units, 1));
	answer = pool_run(&pool, &r->summary->peak_memory, error);
	groups_free(pool.groups);
	r->summary->parse_seconds = (g_get_monotonic_time() - start) / 1e6;
	return answer;
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
	g_autofree char *parser = ew_parse_version();
	g_autofree char *id = g_strdup_printf("%s-%s-%s-%s", r->tree->release, config_name(r),
					      r->scope_name, made);

	ew_store_set_meta(r->writer, "id", id);
	ew_store_set_meta(r->writer, "release", r->tree->release);
	ew_store_set_meta(r->writer, "arch", "x86_64");
	ew_store_set_meta(r->writer, "config", config_name(r));
	ew_store_set_meta(r->writer, "scope", r->scope_name);
	ew_store_set_meta(r->writer, "tree", r->tree->source);
	ew_store_set_meta(r->writer, "made", made);
	ew_store_set_meta(r->writer, "parser", parser);
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

	if (!ew_resolve(r->writer, r->refs, is_whole, &counts, error))
		return false;
	r->summary->functions = counts.functions;
	r->summary->calls = counts.calls;
	r->summary->pointer_calls = counts.pointer_calls;
	r->summary->pointer_resolved = counts.pointer_resolved;
	r->summary->edges = counts.edges;
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

static bool do_run(struct run *r, GError **error)
{
	if (!check_out(r, error) || !open_tree(r, error) || !plan_out(r, error))
		return false;
	say(r, "parsing");
	if (!parse_units(r, error))
		return false;
	say(r, "resolving pointers");
	set_meta(r);
	return ew_store_finish_facts(r->writer, error) && goes_on(r, error) && resolve(r, error) &&
	       goes_on(r, error) && publish(r, error);
}

static void clear_run(struct run *r)
{
	ew_store_abandon(r->writer);
	ew_kbuild_free(r->units);
	ew_tree_build_free(r->build);
	ew_tree_free(r->tree);
	ew_refs_close(r->refs);
	g_strfreev(r->scope);
	g_free(r->scope_name);
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
}
