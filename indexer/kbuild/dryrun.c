/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Kbuild's dry run, read as a stream: tens of megabytes, of which one line at a time is held.
 *
 * make runs with -k, because some goals cannot be planned while nothing is built (vmlinux.o wants
 * an archive that the dry run did not make). Its status therefore says little: it is trusted if
 * make came to its own end and named units, and what it complained of is passed on as warnings.
 */
#include "kbuild/internal.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

static bool start_make(const struct ew_tree *tree, const struct ew_tree_build *build, int jobs,
		       int err, GPid *pid, int *out, GError **error)
{
	g_autoptr(GPtrArray) argv = ew_tree_make_argv(tree, build->directory);
	g_auto(GStrv) envp = ew_tree_make_environment();
	g_autoptr(GError) why = NULL;

	g_ptr_array_add(argv, g_strdup("-n"));
	g_ptr_array_add(argv, g_strdup("-k"));
	g_ptr_array_add(argv, g_strdup("-Oline")); /* else parallel lines mix in the pipe */
	g_ptr_array_add(argv, g_strdup_printf("-j%d", MAX(jobs, 1)));
	g_ptr_array_add(argv, NULL);
	if (g_spawn_async_with_pipes_and_fds(
		    tree->root, (const char *const *)argv->pdata, (const char *const *)envp,
		    G_SPAWN_DO_NOT_REAP_CHILD | G_SPAWN_SEARCH_PATH_FROM_ENVP, NULL, NULL, -1, -1,
		    err, NULL, NULL, 0, pid, NULL, out, NULL, &why))
		return true;
	g_set_error(error, EW_ERROR, EW_ERROR_NOT_POSSIBLE,
		    "make cannot be run: %s; install it (Debian: apt-get install make)",
		    why->message);
	return false;
}

/* A recipe's line may go on after a backslash. */
static bool goes_on(const char *line, ssize_t length)
{
	int backslashes = 0;

	while (length > 0 && line[length - 1] == '\\') {
		length--;
		backslashes++;
	}
	return backslashes % 2;
}

static void read_units(FILE *f, const struct ew_tree_build *build, GPtrArray *units)
{
	g_autoptr(GString) joined = g_string_new(NULL);
	char *line = NULL;
	size_t size = 0;
	ssize_t n;

	while ((n = getline(&line, &size, f)) >= 0) {
		struct ew_unit *unit;

		if (n && line[n - 1] == '\n')
			line[--n] = '\0';
		g_string_append_len(joined, line, n);
		if (goes_on(line, n)) {
			g_string_append_c(joined, '\n');
			continue;
		}
		unit = ew_kbuild_lex(joined->str, ew_tree_compiler());
		if (unit) {
			unit->directory = g_strdup(build->directory);
			g_ptr_array_add(units, unit);
		}
		g_string_truncate(joined, 0);
	}
	free(line);
}

/* make's errors: lines with "***", without those that only say that a sub-make failed. */
static void collect_warnings(const char *text, GPtrArray *warnings)
{
	g_auto(GStrv) lines = g_strsplit(text, "\n", -1);

	for (char **line = lines; *line; line++)
		if (strstr(*line, "*** ") &&
		    !g_regex_match_simple("\\] Error [0-9]+$", *line, 0, 0))
			g_ptr_array_add(warnings, g_strdup(*line));
}

static bool check_end(const struct ew_tree *tree, int status, const char *text, guint units,
		      GError **error)
{
	g_autofree char *shown = NULL;

	if (!WIFSIGNALED(status) && units)
		return true;
	shown = g_utf8_make_valid(text + MAX((gssize)strlen(text) - 1000, 0), -1);
	if (WIFSIGNALED(status))
		g_set_error(error, EW_ERROR, EW_ERROR_NOT_POSSIBLE,
			    "%s: Kbuild's dry run was killed by signal %d; try again", tree->source,
			    WTERMSIG(status));
	else
		g_set_error(
			error, EW_ERROR, EW_ERROR_NOT_POSSIBLE,
			"%s: Kbuild's dry run (make -n) names no compile command (status %d); does "
			"the tree build with clang for x86_64?\n%s",
			tree->source, WEXITSTATUS(status), shown);
	return false;
}

/* make's standard error, in memory: a second pipe could fill while we read the first, the disk be
 * full. */
static FILE *open_errors(GError **error)
{
	int fd = memfd_create("make", MFD_CLOEXEC);

	if (fd >= 0)
		return fdopen(fd, "w+");
	g_set_error(error, EW_ERROR, EW_ERROR_NOT_POSSIBLE, "no memory for the output of make: %s",
		    g_strerror(errno));
	return NULL;
}

static char *read_errors(FILE *f)
{
	GString *text = g_string_new(NULL);
	char part[4096];
	size_t n;

	rewind(f);
	while (text->len < (1 << 20) && (n = fread(part, 1, sizeof(part), f)) > 0)
		g_string_append_len(text, part, (gssize)n);
	return g_string_free(text, FALSE);
}

GPtrArray *ew_dryrun_units(const struct ew_tree *tree, const struct ew_tree_build *build, int jobs,
			   GPtrArray *warnings, GError **error)
{
	g_autoptr(GPtrArray) units = g_ptr_array_new_with_free_func((GDestroyNotify)ew_unit_free);
	g_autofree char *text = NULL;
	FILE *errors = open_errors(error), *f;
	int out, status = 0;
	GPid pid;

	if (!errors)
		return NULL;
	if (!start_make(tree, build, jobs, fileno(errors), &pid, &out, error)) {
		fclose(errors);
		return NULL;
	}
	f = fdopen(out, "re");
	read_units(f, build, units);
	fclose(f);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	text = read_errors(errors);
	fclose(errors);
	collect_warnings(text, warnings);
	return check_end(tree, status, text, units->len, error) ? g_steal_pointer(&units) : NULL;
}
