/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Words that views share. */
#include "tree/tree.h"
#include "view/view.h"
#include <glib/gstdio.h>

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
	g_test_add_func("/view/under", test_under);
	g_test_add_func("/view/rest-command", test_rest_command);
	return g_test_run();
}
