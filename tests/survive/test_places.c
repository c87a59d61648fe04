/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where an index cannot be written: read-only, full, no such directory. The older index stays. */
#include "survive.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

static char *tree, *cache;

static void remount(const char *options, unsigned long flags)
{
	g_assert_cmpint(mount("none", cache, NULL, MS_REMOUNT | flags, options), ==, 0);
}

/* One error line that names the place and says what to do; no parsing was begun in vain. */
static void expect_refusal(struct outcome o, int status, const char *place, const char *why)
{
	expect(&o, status, NULL, why);
	expect(&o, status, NULL, place);
	expect(&o, status, NULL, "--index FILE");
	g_assert_cmpstr(o.out, ==, "");
	outcome_clear(&o);
}

static void check_answers(const char *index, const char *edges)
{
	g_autofree char *now = dump(index, "edges");

	g_assert_cmpstr(now, ==, edges);
}

static void test_no_directory(void)
{
	g_autofree char *out = in_top("none/x.sqlite");

	expect_refusal(index_tree(tree, out, NULL, NULL), 3, out, "No such file or directory");
}

static void test_is_directory(void)
{
	g_autofree char *out = in_top("directory");
	struct outcome o;

	g_assert_cmpint(g_mkdir(out, 0755), ==, 0);
	o = index_tree(tree, out, NULL, NULL);
	g_assert_null(strstr(o.err, "parsing"));
	expect_refusal(o, 3, out, "Is a directory");
}

static void test_read_only(void)
{
	g_autofree char *out = g_build_filename(cache, "x.sqlite", NULL), *edges = NULL;
	struct outcome o = index_tree(tree, out, NULL, NULL);

	expect(&o, 0, NULL, NULL);
	outcome_clear(&o);
	edges = dump(out, "edges");
	remount("size=8m", MS_RDONLY);
	expect_refusal(index_tree(tree, out, NULL, NULL), 3, cache, "Read-only file system");
	check_answers(out, edges);
	/* The same where the index has its own place in the cache. */
	o = RUN(EW_INDEXER, "--tree", tree, "--scope", "all");
	expect(&o, 3, NULL, "Read-only file system");
	expect(&o, 3, NULL, cache);
	outcome_clear(&o);
	remount("size=8m", 0);
}

static void fill(const char *path)
{
	static const char page[4096] = {1};
	FILE *f = fopen(path, "w");

	g_assert_nonnull(f);
	setvbuf(f, NULL, _IONBF, 0);
	while (fwrite(page, 1, sizeof page, f) == sizeof page)
		;
	g_assert_cmpint(errno, ==, ENOSPC);
	fclose(f);
}

/* Room for the older index and not for two. */
static void test_full(void)
{
	g_autofree char *out = g_build_filename(cache, "y.sqlite", NULL), *edges = NULL, *names = NULL;
	g_autofree char *filler = g_build_filename(cache, "fill", NULL);
	g_autofree char *reserve = g_build_filename(cache, "reserve", NULL), *some = g_malloc0(150000);
	struct outcome o = index_tree(tree, out, NULL, NULL);

	expect(&o, 0, NULL, NULL);
	outcome_clear(&o);
	edges = dump(out, "edges");
	g_assert_true(g_file_set_contents(reserve, some, 150000, NULL));
	fill(filler);
	expect_refusal(index_tree(tree, out, "--fresh", NULL), 3, out, "free some space");
	check_answers(out, edges);
	/* With room for a beginning it fails at the end. */
	g_assert_cmpint(unlink(reserve), ==, 0);
	o = index_tree(tree, out, "--fresh", "--jobs=1");
	expect(&o, 3, NULL, "resolving pointers");
	expect_refusal(o, 3, out, "free some space");
	names = names_in(cache);
	g_assert_null(strstr(names, ".new"));
	check_answers(out, edges);
	g_assert_cmpint(unlink(filler), ==, 0);
}

/* 20,000 typedefs fill a precompiled header, and are nothing to the index. */
static char *make_bulky_tree(void)
{
	g_autoptr(GString) header = g_string_new("#pragma once\n");
	int i;

	for (i = 0; i < 20000; i++)
		g_string_append_printf(header, "typedef int type_%d;\n", i);
	return make_tree("bulky", "h.h", header->str, "1.c", "#include <h.h>\nvoid a(void) { }\n", "2.c",
			 "#include <h.h>\nvoid a(void);\nvoid b(void) { a(); }\n", "3.c", "#include <h.h>\n", "4.c", "",
			 "5.c", "", "6.c", "", "7.c", "", "8.c", "", NULL);
}

/* Enough room for the index, not for a precompiled prefix: that only costs time. */
static void test_no_room_for_prefix(void)
{
	g_autofree char *bulky = make_bulky_tree(), *roomy = in_top("roomy.sqlite");
	g_autofree char *out = g_build_filename(cache, "z.sqlite", NULL), *edges = NULL, *names = NULL;
	g_autofree char *command = g_strdup_printf("rm -f '%s'/*.*", cache);
	struct outcome o = index_tree(bulky, roomy, NULL, NULL);

	expect(&o, 0, "(8 behind a precompiled prefix)", NULL);
	outcome_clear(&o);
	edges = dump(roomy, "edges");
	g_assert_cmpint(system(command), ==, 0);
	remount("size=900k", 0);
	o = index_tree(bulky, out, NULL, NULL);
	expect(&o, 0, "(0 behind a precompiled prefix), 0 of them with errors, 0 not indexed", NULL);
	outcome_clear(&o);
	check_answers(out, edges);
	names = names_in(cache);
	g_assert_null(strstr(names, ".new"));
	remount("size=8m", 0);
}

/* However much room there is: in prefixes, facts, indexes or edges, where it ends does not matter. */
static void test_full_anywhere(void)
{
	g_autofree char *old_tree = g_build_filename(EW_TEST_DIR, "fixtures/rel-b", NULL);
	g_autofree char *clean = g_strdup_printf("rm -f '%s'/*", cache), *undisturbed = in_top("undisturbed.sqlite");
	g_autofree char *out = g_build_filename(cache, "w.sqlite", NULL), *edges = NULL, *facts = NULL;
	int early = 0, late = 0, whole = 0, size;
	struct outcome o = index_tree(tree, undisturbed, NULL, NULL);

	outcome_clear(&o);
	facts = sorted_facts(undisturbed);
	for (size = 760; size <= 4000; size = size * 21 / 20) {
		g_autofree char *room = g_strdup_printf("size=%dk", size), *names = NULL;

		g_assert_cmpint(system(clean), ==, 0);
		remount("size=8m", 0);
		o = index_tree(old_tree, out, NULL, NULL);
		expect(&o, 0, NULL, NULL);
		outcome_clear(&o);
		g_clear_pointer(&edges, g_free);
		edges = dump(out, "edges");
		remount(room, 0);
		o = index_tree(tree, out, "--jobs", "1");
		whole += o.status == 0;
		if (o.status) {
			early += !strstr(o.err, "resolving pointers");
			late += strstr(o.err, "resolving pointers") != NULL;
			expect_refusal(o, 3, out, "free some space");
			check_answers(out, edges);
			names = names_in(cache);
			g_assert_null(strstr(names, ".new"));
			remount("size=8m", 0);
			o = index_tree(tree, out, NULL, NULL);
			expect(&o, 0, "0 not indexed", NULL);
		}
		outcome_clear(&o);
		expect_facts(out, facts);
	}
	g_test_message("%d ended before resolving, %d after, %d had room", early, late, whole);
	g_assert_cmpint(early + late, >, 2);
	g_assert_cmpint(late, >, 0);
	g_assert_cmpint(whole, >, 0);
	remount("size=8m", 0);
}

int main(int argc, char **argv)
{
	int status;

	g_test_init(&argc, &argv, NULL);
	survive_begin();
	tree = g_build_filename(EW_TEST_DIR, "fixtures/rel-a", NULL);
	cache = in_top("cache");
	if (!own_tmpfs(cache, "8m")) {
		printf("1..0 # SKIP no user and mount namespace of one's own here: %s\n",
		       g_strerror(errno));
		return survive_end(77);
	}
	g_test_add_func("/places/no-directory", test_no_directory);
	g_test_add_func("/places/is-directory", test_is_directory);
	g_test_add_func("/places/read-only", test_read_only);
	g_test_add_func("/places/full", test_full);
	g_test_add_func("/places/no-room-for-prefix", test_no_room_for_prefix);
	g_test_add_func("/places/full-anywhere", test_full_anywhere);
	status = g_test_run();
	umount2(cache, MNT_DETACH);
	return survive_end(status);
}
