/* SPDX-License-Identifier: GPL-3.0-or-later */
/* live --all and --group: many experiments one after the other, a line each; and live new. */
#include "cmd/internal.h"
#include "view/view.h"
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

/* ---- many ------------------------------------------------------------------------------------ */

struct tally {
	const struct ew_cmd_call *call;
	int repeat;
	struct ew_live_total total;
	int signal;
	GError *error; /* of writing */
};

static void show(struct tally *t, struct ew_doc *taken)
{
	struct ew_cmd_context *context = t->call->context;
	struct ew_text_style style = ew_term_style(&context->term);
	ew_auto(doc) doc = taken;
	g_autofree char *text =
		context->globals.json ? ew_doc_to_json(doc, false) : ew_doc_to_text(doc, &style);

	if (!t->error && strcmp(text, "\n"))
		ew_term_print(&context->term, context->out, text, false, &t->error);
}

/* Runs it so often, or until it differs in what is told of it. */
static void run_one(struct tally *t, const struct ew_live_experiment *x, struct ew_live_row *row)
{
	int64_t start = g_get_monotonic_time();

	for (int i = 0; i < t->repeat && !t->signal; i++) {
		g_autoptr(GError) error = NULL;
		ew_auto(live_result) r = ew_live_run(x, NULL, NULL, &error);

		row->runs++;
		if (!r) {
			g_free(row->why);
			row->why = g_strdup(error->message);
			continue;
		}
		t->signal = r->signal;
		t->total.left_behind += r->left_behind;
		row->matched += r->matched;
		if (!r->matched && !row->why)
			row->why = g_strdup(r->difference);
		if (!row->unjudged)
			row->unjudged = g_strdup(r->unjudged);
	}
	row->seconds = (double)(g_get_monotonic_time() - start) / 1e6 / MAX(row->runs, 1);
}

static void add_row(struct tally *t, const struct ew_live_experiment *x)
{
	struct ew_live_row row = {.x = x};

	row.skipped = ew_live_missing(x);
	if (row.skipped)
		row.replay = ew_live_replay_command(x);
	else
		run_one(t, x, &row);
	if (!t->signal) {
		t->total.skipped += row.skipped != NULL;
		t->total.matched += !row.skipped && row.matched == row.runs;
		t->total.differ += !row.skipped && row.matched < row.runs;
		if (row.seconds > t->total.slowest_seconds) {
			t->total.slowest_seconds = row.seconds;
			g_free(t->total.slowest);
			t->total.slowest = g_strdup(x->name);
		}
		show(t, ew_view_live_row(&row));
	}
	g_free(row.skipped);
	g_free(row.replay);
	g_free(row.why);
	g_free(row.unjudged);
}

/* The same file in the wanted variant. */
static void run_variant(struct tally *t, const struct ew_live_experiment *plain,
			const struct ew_live_variant *variant)
{
	const char *lacks = variant->is_ipv6 ? ew_live_lacks_ipv6(plain) : NULL;
	struct ew_live_row row = {.x = plain, .is_other_family = lacks != NULL};
	g_autoptr(GError) error = NULL;
	ew_auto(live_experiment) x = lacks ? NULL : ew_live_load_variant(plain->path, variant, &error);

	if (x) {
		add_row(t, x);
		return;
	}
	t->total.skipped++;
	row.skipped = lacks ? g_strdup_printf("it is not for IPv6: %s", lacks) : g_strdup(error->message);
	show(t, ew_view_live_row(&row));
	g_free(row.skipped);
}

static bool has_group(const GPtrArray *list, const char *group, GError **error)
{
	g_autoptr(GPtrArray) names = g_ptr_array_new();

	for (guint i = 0; i < list->len; i++) {
		const struct ew_live_experiment *x = list->pdata[i];

		if (!strcmp(x->group, group))
			return true;
		g_ptr_array_add(names, x->group);
	}
	g_ptr_array_add(names, NULL);
	const char *near = ew_nearest(group, (const char *const *)names->pdata);
	g_set_error(error, EW_ERROR, EW_ERROR_NO_ANSWER,
		    "there is no group \"%.40s\"%s%s%s; \"exitwalk live\" lists them", group,
		    near ? "; did you mean \"" : "", near ? near : "", near ? "\"" : "");
	return false;
}

int ew_cmd_live_all(const struct ew_cmd_call *call, const char *directory, const char *group,
		    int repeat, const struct ew_live_variant *variant, GError **error)
{
	struct tally t = {.call = call, .repeat = MAX(repeat, 1)};
	g_autoptr(GPtrArray) problems = g_ptr_array_new_with_free_func(g_free);
	g_autoptr(GPtrArray) list = ew_live_list(directory, problems, error);

	if (!list || (group && !has_group(list, group, error)) || !ew_live_check(error))
		return -1;
	for (guint i = 0; i < problems->len; i++)
		show(&t, ew_view_live_problem(problems->pdata[i]));
	for (guint i = 0; i < list->len && !t.signal && !t.error; i++) {
		const struct ew_live_experiment *plain = list->pdata[i];

		if (group && strcmp(plain->group, group))
			continue;
		run_variant(&t, plain, variant);
	}
	if (!t.signal)
		show(&t, ew_view_live_total(&t.total));
	g_free(t.total.slowest);
	if (t.signal)
		return ew_cmd_stopped(call, t.signal);
	if (t.error) {
		g_propagate_error(error, t.error);
		return -1;
	}
	return t.total.differ || problems->len ? 1 : t.total.skipped ? 4 : 0;
}

/* ---- new ------------------------------------------------------------------------------------- */

static const char template[] =
	"# What this experiment shows, and where it is written (RFC, source).\n"
	"# \"exitwalk live --verbs\" lists what can be done, exitwalk-live(1) tells the whole "
	"language.\n"
	"\n"
	"title     Kill the client of an established connection\n"
	"question  The question that a reader should think about before the run.\n"
	"topology  loopback\n"
	"watch     sockets packets processes\n"
	"bound     3s                          # the watching ends this long after the kill\n"
	"\n"
	"actors    client server               # left and right column\n"
	"step      server listen\n"
	"step      client connect server       # connection 1\n"
	"step      server accept\n"
	"step      client send 10\n"
	"step      client kill                 # time counts from here\n"
	"still     200ms                       # until nothing has happened for so long\n"
	"step      server recv gives 10\n"
	"step      server recv gives 0         # the end of file\n"
	"\n"
	"# Write what you expect before you run it.\n"
	"expect    client ESTABLISHED FIN_WAIT1 FIN_WAIT2\n"
	"expect    server ESTABLISHED CLOSE_WAIT\n"
	"packets   client FIN, server ACK      # after the kill, retransmissions apart\n"
	"closed    yes                         # yes, rude (RST), late, no, paused\n"
	"\n"
	"decides   do_exit __tcp_close tcp_send_fin tcp_fin\n"
	"teaches   What a reader should take away.\n";

int ew_cmd_live_new(const struct ew_cmd_call *call, const char *name, GError **error)
{
	size_t length = strlen(name);
	g_autofree char *path =
		g_str_has_suffix(name, ".exp") ? g_strdup(name) : g_strconcat(name, ".exp", NULL);

	if (!length || length > 100) {
		g_set_error(error, EW_ERROR, EW_ERROR_USAGE, "live new: a name is missing");
		return -1;
	}
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
	bool ok = fd >= 0 && write(fd, template, sizeof(template) - 1) == sizeof(template) - 1;
	int number = errno;
	if (fd >= 0)
		close(fd);
	if (ok) {
		ew_auto(doc) doc = ew_view_live_new_file(path);
		return ew_cmd_answer(call, doc, 0, error);
	}
	g_set_error(error, EW_ERROR, number == EEXIST ? EW_ERROR_USAGE : EW_ERROR_NOT_POSSIBLE,
		    "cannot write %s: %s%s", path, g_strerror(number),
		    number == EEXIST ? "; choose another name" : "");
	return -1;
}
