/* SPDX-License-Identifier: GPL-3.0-or-later */
/* doctor: what is here, what is missing, how to get it. It looks; it never changes anything. */
#include "cmd/internal.h"
#include "tree/tree.h"
#include "view/view.h"
#include <string.h>

static const char asking[] = "To ask and to learn";
static const char indexing[] = "To make an index";
static const char living[] = "To run experiments";

static void check_clear(void *check)
{
	g_free(((struct ew_view_check *)check)->detail);
}

/* Takes `detail`. */
static void add(GArray *checks, const char *part, const char *what, bool is_here, char *detail,
		const char *remedy)
{
	struct ew_view_check check = {part, what, is_here, detail, remedy};

	g_array_append_val(checks, check);
}

static void check_room(GArray *checks, const char *room)
{
	char *dir = ew_tree_data_dir(room);

	add(checks, asking, room, g_file_test(dir, G_FILE_TEST_IS_DIR), dir,
	    "the installation is not whole: install exitwalk again, or set EXITWALK_DATA to its data");
}

static void check_indexes(GArray *checks)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(GPtrArray) indexes = ew_tree_list_indexes(&error);
	g_autoptr(GString) names = g_string_new(NULL);

	for (guint i = 0; indexes && i < indexes->len; i++) {
		const struct ew_tree_index *index = g_ptr_array_index(indexes, i);

		pid_t writer = ew_tree_index_writer(index->path);

		g_string_append_printf(names, "%s%s", i ? ", " : "", index->name);
		if (writer > 0)
			g_string_append_printf(names, " (process %d makes it anew)", (int)writer);
	}
	if (error)
		g_string_assign(names, error->message);
	add(checks, asking, "an index", indexes && indexes->len,
	    g_string_free(g_steal_pointer(&names), FALSE),
	    "exitwalk index makes one; --index FILE uses one that was made elsewhere");
}

static void check_program(GArray *checks, const char *part, const char *program, const char *remedy)
{
	char *path = g_find_program_in_path(program);

	add(checks, part, program, path != NULL, path, remedy);
}

static void check_indexer(GArray *checks)
{
	char *path = ew_cmd_indexer();

	add(checks, indexing, "exitwalk-index", path != NULL, path,
	    "it is built with exitwalk where libclang 19 is; without it, use --index FILE");
	char *compiler = g_strdup(ew_tree_compiler());
	add(checks, indexing, "clang", g_file_test(compiler, G_FILE_TEST_IS_EXECUTABLE), compiler,
	    "apt install clang-19 lld-19 llvm-19");
	check_program(checks, indexing, "make", "apt install make");
	check_program(checks, indexing, "flex", "apt install flex");
	check_program(checks, indexing, "bison", "apt install bison");
	check_program(checks, indexing, "bc", "apt install bc");
	check_program(checks, indexing, "xz", "apt install xz-utils");
}

/* One of the two packages that make a release: `stem` with any suffix in /usr/src. */
static void check_package(GArray *checks, const char *package)
{
	g_autoptr(GDir) dir = g_dir_open("/usr/src", 0, NULL);
	char *found = NULL;

	for (const char *name; dir && !found && (name = g_dir_read_name(dir));)
		if (g_str_has_prefix(name, package) &&
		    (name[strlen(package)] == '.' || !name[strlen(package)]))
			found = g_strdup_printf("/usr/src/%s", name);
	/* The remedy lives as long as the program: there are few releases. */
	add(checks, indexing, package, found != NULL, found,
	    g_intern_string(g_strdup_printf("apt install %s, if you want to index this release",
					    package)));
}

static void check_packages(GArray *checks, const struct ew_refs *refs)
{
	const GPtrArray *releases = refs ? ew_refs_releases(refs) : NULL;

	for (guint i = 0; releases && i < releases->len; i++) {
		const struct ew_refs_release *r = g_ptr_array_index(releases, i);

		check_package(checks, r->package);
		check_package(checks, r->config_package);
	}
}

/* The honest test is to set a stage, with everything that an experiment needs. */
static void check_live(GArray *checks)
{
	add(checks, living, "user and network namespaces", ew_live_check(NULL), NULL,
	    "run as root, or allow them: sysctl kernel.unprivileged_userns_clone=1, "
	    "user.max_user_namespaces above 0, kernel.apparmor_restrict_unprivileged_userns=0; in a "
	    "container, ask whoever runs it");
}

static void check_terminal(GArray *checks, const struct ew_term *t)
{
	add(checks, asking, "UTF-8", !t->ascii, NULL,
	    "lines are drawn in ASCII; LANG=C.UTF-8 gives better ones");
	check_program(checks, asking, "less", "apt install less, for answers taller than the screen");
}

static int run(const struct ew_cmd_call *call, GError **error)
{
	struct ew_cmd_context *context = call->context;
	g_autoptr(GArray) checks = g_array_new(FALSE, FALSE, sizeof(struct ew_view_check));
	g_autoptr(GError) broken = NULL;
	int code = 0;

	g_array_set_clear_func(checks, check_clear);
	check_indexes(checks);
	check_room(checks, "kernel-refs");
	check_room(checks, "lessons");
	if (!ew_cmd_need_refs(context, &broken))
		add(checks, asking, "knowledge that can be read", false, g_strdup(broken->message),
		    "mend the file that it names");
	check_terminal(checks, &context->term);
	check_indexer(checks);
	check_packages(checks, context->refs);
	check_live(checks);
	for (guint i = 0; i < checks->len; i++)
		if (!g_array_index(checks, struct ew_view_check, i).is_here)
			code = 4;
	ew_auto(doc) doc = ew_view_doctor(checks);
	return ew_cmd_answer(call, doc, code, error);
}

const struct ew_cmd ew_cmd_doctor = {
	.name = "doctor",
	.group = "Indexes",
	.synopsis = "",
	.summary = "say what is here, what is missing, and how to get it",
	.help = "Exit code 0 if nothing is missing, 4 otherwise. What is missing may not be needed: a "
		"machine with an index needs nothing of what makes one.",
	.run = run,
};
