/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How calls are shown: what a macro repeats stands once. */
#include "tree/tree.h"
#include "view/view.h"
#include <glib/gstdio.h>

static const struct ew_symbol caller = {.name = "close"}, net = {.name = "net"}, add = {.name = "add"};

static struct ew_edge call(const struct ew_symbol *callee, int line, int column, bool is_compiled)
{
	return (struct ew_edge){
		.caller = &caller,
		.callee = callee,
		.site = {"close.c", line, column},
		.is_compiled = is_compiled,
		.depth = 1,
	};
}

static GPtrArray *array_of(struct ew_edge *edges, int count)
{
	GPtrArray *array = g_ptr_array_new();

	for (int i = 0; i < count; i++)
		g_ptr_array_add(array, edges + i);
	return array;
}

static void check_written(struct ew_edge *edges, int count, const int *expected, guint many)
{
	g_autoptr(GPtrArray) all = array_of(edges, count);
	g_autoptr(GPtrArray) written = ew_view_written(all);

	g_assert_cmpuint(written->len, ==, many);
	for (guint i = 0; i < many; i++)
		g_assert_true(written->pdata[i] == edges + expected[i]);
}

/* A statistics macro that uses its argument in each case of a switch: one case is compiled. */
static void test_macro_repeats(void)
{
	struct ew_edge edges[] = {
		call(&net, 7, 3, false), call(&add, 7, 3, true), call(&net, 7, 3, true),
		call(&net, 7, 3, false), call(&net, 7, 20, true), call(&net, 8, 3, true),
	};

	check_written(edges, 6, (const int[]){2, 1, 4, 5}, 4);
}

/* What --depth opened below a call does not part it from its like; nor is it one with them. */
static void test_depth(void)
{
	struct ew_edge edges[] = {call(&net, 7, 3, true), call(&add, 7, 3, true), call(&net, 7, 3, true)};

	edges[1].depth = 2;
	check_written(edges, 3, (const int[]){0, 1}, 2);
	edges[2].depth = 2;
	check_written(edges, 3, (const int[]){0, 1, 2}, 3);
}

/* The targets of one pointer call are several edges at one place, and stay. */
static void test_pointer_calls(void)
{
	struct ew_edge edges[] = {call(&net, 7, 3, true), call(&net, 7, 3, true)};

	edges[0].is_pointer = edges[1].is_pointer = true;
	check_written(edges, 2, (const int[]){0, 1}, 2);
}

static void test_under(void)
{
	g_assert_cmpstr(ew_view_under("loop: i < n"), ==, "in a ");
	g_assert_cmpstr(ew_view_under("switch: state"), ==, "in a ");
	g_assert_cmpstr(ew_view_under("looping"), ==, "if ");
}

static void check_rest(const struct ew_query_about *about, const char *config, const char *expected)
{
	g_autofree char *command = ew_view_rest_command(about, config);

	g_assert_cmpstr(command, ==, expected);
}

/* What reads the rest of a first part, so that it lands on the same index. */
static void test_rest_command(void)
{
	g_autofree char *cache = g_dir_make_tmp("ew-view-XXXXXX", NULL);

	g_setenv("XDG_CACHE_HOME", cache, TRUE);
	g_autofree char *dir = ew_tree_index_dir(NULL);
	g_autofree char *above = g_path_get_dirname(dir);
	g_autofree char *usual = ew_tree_index_path("6.12-debian-core", NULL);
	g_autofree char *own = ew_tree_index_path("a_b-my.config-core", NULL);
	struct ew_query_about about = {.tree = "/usr/src/linux-source-6.12.tar.xz",
				       .config = "debian",
				       .part_of = "core",
				       .path = usual};

	check_rest(&about, NULL, "exitwalk index 6.12");
	about.path = "/lab/it.sqlite";
	check_rest(&about, NULL, "exitwalk index 6.12 --index /lab/it.sqlite");
	about.config = "defconfig";
	about.part_of = "all";
	check_rest(&about, NULL,
		   "exitwalk index 6.12 --config defconfig --scope all --index /lab/it.sqlite");
	about = (struct ew_query_about){
		.tree = "/src/a b", .config = "my.config", .part_of = "core", .path = own};
	check_rest(&about, NULL, "exitwalk index '/src/a b' --config FILE");
	check_rest(&about, "/etc/my.config", "exitwalk index '/src/a b' --config /etc/my.config");
	about.config = "commands"; /* of a compile_commands.json: none is given */
	about.path = "it.sqlite";
	check_rest(&about, NULL, "exitwalk index '/src/a b' --index it.sqlite");
	g_assert_cmpint(g_rmdir(dir) | g_rmdir(above) | g_rmdir(cache), ==, 0);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/view/macro-repeats", test_macro_repeats);
	g_test_add_func("/view/depth", test_depth);
	g_test_add_func("/view/pointer-calls", test_pointer_calls);
	g_test_add_func("/view/under", test_under);
	g_test_add_func("/view/rest-command", test_rest_command);
	return g_test_run();
}
