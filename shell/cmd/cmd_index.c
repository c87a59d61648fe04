/* SPDX-License-Identifier: GPL-3.0-or-later */
/* index: hands over to exitwalk-index, the program that links libclang. */
#include "cmd/internal.h"
#include <errno.h>
#include <unistd.h>

struct options {
	const char *config;
	GPtrArray *scopes;
	int jobs, seconds;
	bool fresh, no_prefix;
};

static const struct ew_option options[] = {
	{"config", 0, EW_OPTION_STRING, offsetof(struct options, config), "C",
	 "debian (the default), defconfig, running, or a file", .complete = EW_COMPLETE_FILE},
	{"scope", 0, EW_OPTION_STRINGS, offsetof(struct options, scopes), "S",
	 "core (the default), lesson, all, or a directory of the tree; may be repeated"},
	{"jobs", 'j', EW_OPTION_INT, offsetof(struct options, jobs), "N",
	 "parse in N processes (one per processor if not given)"},
	{"unit-seconds", 0, EW_OPTION_INT, offsetof(struct options, seconds), "N",
	 "give a translation unit N seconds, then leave it out (120 if not given)"},
	{"fresh", 0, EW_OPTION_FLAG, offsetof(struct options, fresh), NULL,
	 "make the index anew, even where it could be brought up to date"},
	{"no-prefix", 0, EW_OPTION_FLAG, offsetof(struct options, no_prefix), NULL,
	 "parse every unit as it stands; slow, for comparing"},
	{NULL},
};

static void add_number(GPtrArray *argv, const char *option, int number)
{
	g_autofree char *text = number ? g_strdup_printf("%d", number) : NULL;

	ew_cmd_add_pair(argv, option, text);
}

/* "--scope core,net/ipv4" and "--scope core --scope net/ipv4" mean the same. */
static void add_scopes(GPtrArray *argv, const GPtrArray *scopes)
{
	for (guint i = 0; scopes && i < scopes->len; i++) {
		g_auto(GStrv) parts = g_strsplit(g_ptr_array_index(scopes, i), ",", -1);

		for (char **part = parts; *part; part++)
			if (**part)
				ew_cmd_add_pair(argv, "--scope", *part);
	}
}

static GPtrArray *build_argv(const struct ew_cmd_call *call, const char *program)
{
	GPtrArray *argv = g_ptr_array_new_with_free_func(g_free);
	const struct options *o = call->options;

	g_ptr_array_add(argv, g_strdup(program));
	ew_cmd_add_pair(argv, "--tree", call->argc ? call->argv[0] : call->context->globals.release);
	ew_cmd_add_pair(argv, "--config", o->config);
	add_scopes(argv, o->scopes);
	add_number(argv, "--jobs", o->jobs);
	add_number(argv, "--unit-seconds", o->seconds);
	if (o->fresh)
		g_ptr_array_add(argv, g_strdup("--fresh"));
	if (o->no_prefix)
		g_ptr_array_add(argv, g_strdup("--no-prefix"));
	ew_cmd_add_pair(argv, "--out", call->context->globals.index);
	g_ptr_array_add(argv, NULL);
	return argv;
}

static int run(const struct ew_cmd_call *call, GError **error)
{
	g_autofree char *program = ew_cmd_need_indexer(error);

	if (!program)
		return -1;
	g_autoptr(GPtrArray) argv = build_argv(call, program);
	if (call->context->is_shell) {
		call->context->choice++;
		return ew_cmd_run_indexer((char **)argv->pdata, false, error);
	}
	fflush(NULL);
	execv(program, (char **)argv->pdata);
	g_set_error(error, EW_ERROR, EW_ERROR_NOT_POSSIBLE, "cannot start %s: %s", program,
		    g_strerror(errno));
	return -1;
}

const struct ew_cmd ew_cmd_index = {
	.name = "index",
	.group = "Indexes",
	.synopsis = "[TREE]",
	.summary = "read a kernel tree and make the index that answers questions",
	.help = "TREE is a directory, a tarball, or a release such as 6.1 or 6.12, which means Debian's "
		"package linux-source-6.1; 6.1 if not given. The tree is never written to.\n\n"
		"The index lands where \"exitwalk trees\" looks, or in the file that --index names. An "
		"index that is there already stays usable until the new one is whole. If it is of the "
		"same tree, configuration and scope, only what changed since is read again.",
	.max_arguments = 1,
	.options = options,
	.options_size = sizeof(struct options),
	.complete = EW_COMPLETE_RELEASE,
	.run = run,
};
