/* SPDX-License-Identifier: GPL-3.0-or-later */
/* half-open: ways of finding out that a peer is not there any more, measured side by side. */
#include "cmd/internal.h"
#include "view/view.h"
#include <string.h>

static const char *const experiments[EW_VIEW_HALF_OPEN_PEERS] = {"half-open-vanished",
								 "half-open-stopped"};

/* The actors of both experiments, and what they do. */
static const struct ew_view_half_open_way ways[] = {
	{"plain", "it only reads"},
	{"keepalive", "SO_KEEPALIVE: after 1 s of silence a probe each second, three of them"},
	{"timeout", "TCP_USER_TIMEOUT of 3 s, with data under way"},
	{"ping", "the application asks, and waits 3 s for the answer"},
	{"idle", "the application's own timer: 3 s without data"},
	{NULL, NULL},
};

/* When the actor's call came back with an error. */
static void look_for(const struct ew_live_experiment *x, const struct ew_live_result *r,
		     const char *name, struct ew_view_half_open_found *found)
{
	int actor = ew_live_actor(x, name);

	*found = (struct ew_view_half_open_found){.bound_ms = x->bound_ms};
	for (guint i = 0; i < r->events->len && !found->error; i++) {
		const struct ew_live_event *e = &g_array_index(r->events, struct ew_live_event, i);

		if (e->kind != EW_LIVE_EVENT_STEP || e->actor != actor || e->time < 0 || !e->status)
			continue;
		found->ms = ew_live_event_ms(e);
		found->error = e->status;
	}
}

struct options {
	bool recorded;
	const char *family;
};

/* Another family is another reading of the same file. */
static struct ew_live_experiment *load(const char *name, const struct options *o, GError **error)
{
	const struct ew_live_variant variant = {.is_ipv6 = !g_strcmp0(o->family, "ipv6")};
	ew_auto(live_experiment) x = ew_cmd_experiment(name, error);

	return x && variant.is_ipv6 ? ew_live_load_variant(x->path, &variant, error)
				    : g_steal_pointer(&x);
}

static int measure(const struct ew_cmd_call *call, int peer, struct ew_view_half_open *view,
		   GError **error)
{
	const struct options *o = call->options;
	ew_auto(live_experiment) x = load(experiments[peer], o, error);
	if (!x)
		return -1;
	g_autofree char *directory = g_path_get_dirname(x->path);
	g_autofree char *file = g_strconcat(x->name, ".timeline", NULL);
	g_autofree char *path = g_build_filename(directory, file, NULL);
	ew_auto(live_result) r = o->recorded ? ew_live_replay(x, path, NULL, NULL, error)
					     : ew_live_run(x, NULL, NULL, error);
	if (!r)
		return -1;
	if (r->signal)
		return ew_cmd_stopped(call, r->signal);
	for (int i = 0; ways[i].name; i++)
		look_for(x, r, ways[i].name, &view->found[i][peer]);
	view->matched[peer] = r->matched;
	view->differences[peer] = g_strdup(r->difference);
	return 0;
}

/* The recordings are of IPv4. */
static bool check_options(const struct options *o, GError **error)
{
	bool is_ipv6 = !g_strcmp0(o->family, "ipv6");

	if (o->family && !is_ipv6 && strcmp(o->family, "ipv4"))
		g_set_error(error, EW_ERROR, EW_ERROR_USAGE, "half-open: --family is ipv4 or ipv6");
	else if (is_ipv6 && o->recorded)
		g_set_error(error, EW_ERROR, EW_ERROR_USAGE,
			    "half-open: the recorded runs are of IPv4; leave --recorded or --family "
			    "away");
	else
		return true;
	return false;
}

static int run(const struct ew_cmd_call *call, GError **error)
{
	const struct options *o = call->options;
	struct ew_view_half_open view = {
		.ways = ways, .experiments = experiments, .is_recorded = o->recorded,
					 .is_ipv6 = !g_strcmp0(o->family, "ipv6")};
	int code = 0;

	if (!check_options(o, error))
		return -1;
	for (int peer = 0; peer < EW_VIEW_HALF_OPEN_PEERS && code == 0; peer++)
		code = measure(call, peer, &view, error);
	if (code == 0) {
		ew_auto(doc) doc = ew_view_half_open(&view);

		code = ew_cmd_answer(call, doc, view.matched[0] && view.matched[1] ? 0 : 1, error);
	}
	for (int peer = 0; peer < EW_VIEW_HALF_OPEN_PEERS; peer++)
		g_free(view.differences[peer]);
	return code;
}

static const char *const families[] = {"ipv4", "ipv6", NULL};

static const struct ew_option options[] = {
	{"family", 0, EW_OPTION_STRING, offsetof(struct options, family), "FAMILY",
	 "over ipv4 (as usual) or ipv6", families},
	{"recorded", 0, EW_OPTION_FLAG, offsetof(struct options, recorded), NULL,
	 "the times of the recorded runs that come with the experiments"},
	{0},
};

const struct ew_cmd ew_cmd_half_open = {
	.name = "half-open",
	.group = "Learn",
	.synopsis = "[--family FAMILY] [--recorded]",
	.summary = "measure what finds out that a peer is gone, or hangs, and how fast",
	.help = "Five connections of five programs run side by side on a stage of their own, once "
		"with a "
		"peer whose host vanishes and once with one whose program is stopped. The table "
		"says after how "
		"long each was told, and by which error; \"not told\" means not within the nine seconds. It "
		"takes about "
		"twenty seconds. The runs are the experiments half-open-vanished and "
		"half-open-stopped: "
		"\"live half-open-stopped\" shows one packet by packet.\n\n"
		"The exit code is 0 if both went as expected, 1 if not, 3 where this machine "
		"allows no such "
		"namespaces.",
	.needs = EW_NEEDS_LIVE,
	.options = options,
	.options_size = sizeof(struct options),
	.run = run,
};
