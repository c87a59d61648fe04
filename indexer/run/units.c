/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Units through the pool into the store: all of them, or those that have to be done again. */
#include <string.h>

#include "run/group.h"
#include "run/internal.h"
#include "run/pool.h"
#include "run/told.h"

/* ---- one answer ------------------------------------------------------------------------------ */

/* Text and state of the files that the unit was the first to read. */
static void add_texts(struct run *r)
{
	g_autoptr(GPtrArray) files = ew_store_take_new_files(r->writer);
	guint i;

	for (i = 0; i < files->len; i++) {
		const char *path = g_ptr_array_index(files, i);
		struct ew_store_file_state state;
		size_t length;
		g_autofree char *text = state_read(&r->roots, path, r->since, &length, &state);

		if (!text)
			continue;
		ew_store_add_text(r->writer, path, text, length);
		ew_store_set_file_state(r->writer, path, &state);
	}
}

static bool refuse_function(void *data, const struct ew_fact_function *f)
{
	return false;
}

static void keep_file(void *data, const char *path)
{
	g_ptr_array_add(data, g_strdup(path));
}

static GPtrArray *files_in(const struct unit_answer *a)
{
	GPtrArray *files = g_ptr_array_new_with_free_func(g_free);
	const struct ew_sink sink = {.data = files, .function = refuse_function, .file = keep_file};

	ew_fact_unpack(a->bytes, a->length, &sink, NULL);
	return files;
}

/* Of a prefix that is only made to go faster, the index has the facts already. */
static bool is_prefix_wanted(struct run *r, const struct prefix *x)
{
	const struct owner *o = r->plan ? g_hash_table_lookup(r->plan->prefixes, &x->command) : NULL;

	return !o || o->is_gone;
}

static void know_prefix(const struct unit_answer *a, void *data)
{
	struct run *r = data;
	const struct prefix *x = groups_prefix(r->groups, a->prefix);
	g_autoptr(GPtrArray) files = files_in(a);

	closure_add_prefix(r->closure, a->prefix, files, x->plan.headers,
			   (const char *const *)x->like->argv);
}

static bool fits_prefix(const struct ew_unit *unit, int prefix, void *data)
{
	struct run *r = data;

	return closure_fits(r->closure, prefix, unit);
}

static void take_prefix(struct run *r, const struct unit_answer *a)
{
	const struct prefix *x = groups_prefix(r->groups, a->prefix);
	g_autofree char *headers = g_strjoinv("\n", (char **)x->plan.headers);

	if (!is_prefix_wanted(r, x))
		return;
	ew_store_begin_prefix(r->writer, x->command, headers);
	ew_fact_unpack(a->bytes, a->length, ew_store_sink(r->writer), NULL);
	ew_store_end_prefix(r->writer);
	add_texts(r);
}

static void say_files_of_prefix(struct run *r, const struct unit_answer *a)
{
	const struct ew_sink *sink = ew_store_sink(r->writer);
	g_autoptr(GPtrArray) files = files_in(a);

	closure_say(r->closure, a->prefix, files, sink->file, sink->data);
}

/* The value of -DNAME="VALUE", NULL if it is not there. */
static char *macro_value(const struct ew_unit *unit, const char *option)
{
	int i;

	for (i = 0; unit->argv[i]; i++)
		if (g_str_has_prefix(unit->argv[i], option))
			return g_strndup(unit->argv[i] + strlen(option),
					 strcspn(unit->argv[i] + strlen(option), "\""));
	return NULL;
}

/* What the unit is linked into: Kbuild's command says it. */
static void set_program(struct run *r, const struct ew_unit *unit)
{
	const char *const *argv = (const char *const *)unit->argv;
	g_autofree char *module = macro_value(unit, "-DKBUILD_MODNAME=\"");
	g_autofree char *directory = g_path_get_dirname(unit->file);
	g_autofree char *alone = g_strconcat(directory, "/", NULL);

	if (g_strv_contains(argv, "-D__DISABLE_EXPORTS"))
		ew_store_set_program(r->writer, alone);
	else if (module)
		ew_store_set_program(r->writer, g_strv_contains(argv, "-DMODULE") ? module : EW_STORE_KERNEL);
}

static void take_unit(const struct unit_answer *a, void *data)
{
	struct run *r = data;
	struct ew_run_summary *s = r->summary;
	enum ew_store_status status = a->errors ? EW_STORE_ERRORS : EW_STORE_INDEXED;
	g_autoptr(GError) error = NULL;
	const char *reason = a->reason;

	if (!a->unit) {
		take_prefix(r, a);
		return;
	}
	ew_store_begin_unit(r->writer, a->unit->file);
	ew_store_set_command(r->writer, plan_command(a->unit));
	ew_store_set_behind_prefix(r->writer, a->prefix >= 0);
	set_program(r, a->unit);
	if (!reason && !ew_fact_unpack(a->bytes, a->length, ew_store_sink(r->writer), &error))
		reason = error->message;
	if (!reason && a->prefix >= 0)
		say_files_of_prefix(r, a);
	if (reason)
		status = EW_STORE_NOT_INDEXED;
	ew_store_end_unit(r->writer, status, a->errors, reason);
	add_texts(r);
	s->behind_prefix += a->prefix >= 0;
	s->failed += status == EW_STORE_NOT_INDEXED;
	s->with_errors += status == EW_STORE_ERRORS;
	r->done++;
	if (r->options->progress) {
		struct ew_run_progress p = {r->done, r->total, s->failed};

		r->options->progress(&p, r->options->data);
	}
}

/* ---- through the pool ------------------------------------------------------------------------ */

static bool is_known(const struct ew_fact_function *f, const void *data)
{
	const struct run *r = data;

	return f->place.file && ew_store_knows(r->writer, f->key, f->place.file);
}

/* With r->groups, which are freed. */
static bool parse(struct run *r, GPtrArray *units, GError **error)
{
	struct told told;
	struct pool_options pool = {
		.tree = r->roots.tree,
		.build = r->roots.build,
		.states = &told.all,
		.units = units,
		.groups = r->groups,
		.jobs = MIN(r->jobs, MAX((int)units->len, 1)),
		.unit_seconds = r->options->unit_seconds ? r->options->unit_seconds
							 : EW_RUN_UNIT_SECONDS,
		.stop = r->options->stop,
		.knows = r->plan ? is_known : NULL,
		.made = know_prefix,
		.fits = fits_prefix,
		.answer = take_unit,
		.data = r,
	};
	int64_t start = g_get_monotonic_time();
	bool answer;

	told_init(&told, r->refs);
	pool.heads = told.all_heads;
	pool.constants = told.all_constants;
	r->closure = closure_new(&r->roots);
	answer = pool_run(&pool, &r->summary->peak_memory, error);
	told_clear(&told);
	g_clear_pointer(&r->closure, closure_free);
	g_clear_pointer(&r->groups, groups_free);
	r->summary->parse_seconds += (g_get_monotonic_time() - start) / 1e6;
	return answer;
}

bool units_parse(struct run *r, GError **error)
{
	if (!r->options->no_prefix)
		r->groups = groups_plan(r->units->units, r->temporary);
	r->total = r->summary->units;
	return parse(r, r->units->units, error);
}

/* ---- again ----------------------------------------------------------------------------------- */

static GPtrArray *units_to_redo(struct run *r)
{
	GPtrArray *units = g_ptr_array_new();
	guint i;

	for (i = 0; i < r->units->units->len; i++)
		if (g_hash_table_contains(r->plan->redo, r->units->units->pdata[i]))
			g_ptr_array_add(units, r->units->units->pdata[i]);
	return units;
}

static void take_out_planned(struct run *r)
{
	g_autoptr(GArray) owners = g_array_new(false, false, sizeof(int64_t));
	guint i;

	for (i = 0; i < r->plan->owners->len; i++) {
		const struct owner *o = g_ptr_array_index(r->plan->owners, i);

		if (!o->is_gone)
			continue;
		g_array_append_val(owners, o->id);
		if (!o->unit) /* prefixes are written again when they are told */
			ew_store_remove_owner(r->writer, o->id);
	}
	ew_store_take_out(r->writer, (int64_t *)owners->data, owners->len);
}

static void take_out_units(struct run *r, const GPtrArray *units)
{
	g_autoptr(GArray) owners = g_array_new(false, false, sizeof(int64_t));
	guint i;

	for (i = 0; i < units->len; i++) {
		const struct ew_unit *unit = g_ptr_array_index(units, i);
		const struct owner *o = g_hash_table_lookup(r->plan->by_file, unit->file);

		g_array_append_val(owners, o->id);
	}
	ew_store_take_out(r->writer, (int64_t *)owners->data, owners->len);
}

static void forget_changed_texts(struct run *r)
{
	GHashTableIter i;
	gpointer id;

	g_hash_table_iter_init(&i, r->plan->changed);
	while (g_hash_table_iter_next(&i, &id, NULL))
		ew_store_forget_text(r->writer, g_hash_table_lookup(r->plan->paths, id));
}

static void order_units(struct run *r)
{
	g_autoptr(GPtrArray) files = g_ptr_array_new();
	guint i;

	for (i = 0; i < r->units->units->len; i++)
		g_ptr_array_add(files, ((struct ew_unit *)r->units->units->pdata[i])->file);
	g_ptr_array_add(files, NULL);
	ew_store_order_units(r->writer, (const char *const *)files->pdata);
}

static GHashTable *stale_prefixes(struct run *r)
{
	GHashTable *stale = g_hash_table_new(g_int64_hash, g_int64_equal);
	GHashTableIter i;
	gpointer command, value;

	g_hash_table_iter_init(&i, r->plan->prefixes);
	while (g_hash_table_iter_next(&i, &command, &value))
		if (((struct owner *)value)->is_gone)
			g_hash_table_add(stale, command);
	return stale;
}

/* Prefixes of the set `stale` are made in any case. */
static struct groups *groups_again(struct run *r, const GPtrArray *units, GHashTable *stale)
{
	g_autoptr(GHashTable) stored = g_hash_table_new(g_int64_hash, g_int64_equal);
	GHashTableIter i;
	gpointer command, value;

	g_hash_table_iter_init(&i, r->plan->prefixes);
	while (g_hash_table_iter_next(&i, &command, &value))
		g_hash_table_insert(stored, command, ((struct owner *)value)->name);
	return groups_plan_again(r->units->units, units, stored, stale, r->temporary);
}

/* Those that hold what comes out of a shadow are to tell it again. */
static GHashTable *take_out_prefixes(struct run *r, GHashTable *shadowed)
{
	GHashTable *stale = g_hash_table_new(g_int64_hash, g_int64_equal);
	GHashTableIter i;
	gpointer value;

	g_hash_table_iter_init(&i, r->plan->prefixes);
	while (g_hash_table_iter_next(&i, NULL, &value)) {
		struct owner *o = value;

		if (o->is_gone || !g_hash_table_contains(shadowed, &o->id))
			continue;
		o->is_gone = true;
		ew_store_take_out(r->writer, &o->id, 1);
		ew_store_remove_owner(r->writer, o->id);
		g_hash_table_add(stale, &o->command);
	}
	return stale;
}

/* What was taken out and is not told again, or otherwise, may be for others to tell: those that define the
 * same, or read the same files. */
static bool parse_others(struct run *r, GError **error)
{
	int most = 1;

	for (;;) {
		g_autoptr(GHashTable) files = ew_store_files_of_lost(r->writer);
		g_autoptr(GHashTable) shadowed = ew_store_units_unshadowed(r->writer);
		g_autoptr(GPtrArray) units = plan_add(r->plan, shadowed, files, most);
		g_autoptr(GHashTable) stale = take_out_prefixes(r, shadowed);

		if (!units->len && !g_hash_table_size(stale))
			return true;
		if (g_hash_table_size(stale))
			r->groups = groups_again(r, units, stale);
		take_out_units(r, units);
		r->total += units->len;
		if (!parse(r, units, error))
			return false;
		most *= 2;
	}
}

static bool is_one_of(struct closure *c, const char *header, const GPtrArray *files)
{
	g_autofree char *name = closure_name_of_header(c, header);
	guint i;

	for (i = 0; i < files->len; i++)
		if (closure_ends_in(files->pdata[i], name))
			return true;
	return false;
}

/* The headers of the prefix, without those that no unit reads; NULL if all are read. */
static char *headers_in_use(struct closure *c, const struct owner *prefix, const GPtrArray *unread)
{
	g_auto(GStrv) headers = g_strsplit(prefix->name, "\n", -1);
	g_autoptr(GStrvBuilder) left = g_strv_builder_new();
	g_auto(GStrv) joined = NULL;
	bool answer = false;
	int i;

	for (i = 0; headers[i]; i++) {
		if (is_one_of(c, headers[i], unread))
			answer = true;
		else
			g_strv_builder_add(left, headers[i]);
	}
	joined = g_strv_builder_end(left);
	return answer ? g_strjoinv("\n", joined) : NULL;
}

/* A prefix with headers that nobody includes any more is made without them: they are to leave no trace. */
static bool shrink_prefixes(struct run *r, GError **error)
{
	g_autoptr(GPtrArray) unread = ew_store_files_of_no_unit(r->writer);
	g_autoptr(GHashTable) stale = g_hash_table_new(g_int64_hash, g_int64_equal);
	g_autoptr(GPtrArray) nobody = g_ptr_array_new();
	struct closure *c = closure_new(&r->roots);
	GHashTableIter i;
	gpointer value;

	g_hash_table_iter_init(&i, r->plan->prefixes);
	while (g_hash_table_iter_next(&i, NULL, &value)) {
		struct owner *o = value;
		char *headers = headers_in_use(c, o, unread);

		if (!headers)
			continue;
		g_free(o->name);
		o->name = headers;
		o->is_gone = true;
		ew_store_take_out(r->writer, &o->id, 1);
		ew_store_remove_owner(r->writer, o->id);
		if (*headers)
			g_hash_table_add(stale, &o->command);
	}
	closure_free(c);
	if (!g_hash_table_size(stale))
		return true;
	r->groups = groups_again(r, nobody, stale);
	return parse(r, nobody, error);
}

/* Those that are as they were count for the summary, too. */
static void count_others(struct run *r)
{
	guint i;

	for (i = 0; i < r->plan->owners->len; i++) {
		const struct owner *o = g_ptr_array_index(r->plan->owners, i);

		if (o->is_gone || o->id < 0)
			continue;
		r->summary->failed += o->status == EW_STORE_NOT_INDEXED;
		r->summary->with_errors += o->status == EW_STORE_ERRORS;
	}
}

bool units_parse_again(struct run *r, GError **error)
{
	g_autoptr(GPtrArray) units = units_to_redo(r);
	g_autoptr(GHashTable) stale = stale_prefixes(r);

	order_units(r);
	take_out_planned(r);
	forget_changed_texts(r);
	r->groups = groups_again(r, units, stale);
	r->total = units->len;
	if (!parse(r, units, error) || !parse_others(r, error) || !shrink_prefixes(r, error) ||
	    !parse_others(r, error))
		return false;
	add_texts(r);
	count_others(r);
	return true;
}
