/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A configuration becomes a build directory: .config, olddefconfig, prepare, and the stamp last. */
#include "tree/internal.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <glib/gstdio.h>

#define LOG_FILE     "exitwalk.log"

#define COMPILER EW_LLVM_PREFIX "/bin/clang"

void ew_tree_build_free(struct ew_tree_build *build)
{
	if (!build)
		return;
	g_free(build->directory);
	g_free(build->config);
	g_free(build->stamp);
	g_free(build);
}

const char *ew_tree_compiler(void)
{
	return COMPILER;
}

GPtrArray *ew_tree_make_argv(const struct ew_tree *tree, const char *directory)
{
	GPtrArray *argv = g_ptr_array_new_with_free_func(g_free);

	g_ptr_array_add(argv, g_strdup("make"));
	g_ptr_array_add(argv, g_strdup_printf("O=%s", directory));
	g_ptr_array_add(argv, g_strdup("ARCH=x86_64"));
	g_ptr_array_add(argv, g_strdup("LLVM=" EW_LLVM_PREFIX "/bin/"));
	g_ptr_array_add(argv, g_strdup("CC=" COMPILER));
	g_ptr_array_add(argv, g_strdup("LD=" EW_LLVM_PREFIX "/bin/ld.lld"));
	g_ptr_array_add(argv, g_strdup("HOSTCC=gcc"));
	return argv;
}

/* Variables of a make outside, or of a user's shell, that Kbuild would read. */
static const char *const foreign[] = {
	"MAKEFLAGS", "MFLAGS",	"MAKELEVEL",	 "MAKEOVERRIDES", "GNUMAKEFLAGS",
	"KCFLAGS",   "KCPPFLAGS", "CROSS_COMPILE", "KBUILD_OUTPUT", "KCONFIG_CONFIG",
	"V",	     "W",	"C",		 "M",		  "O",
};

GStrv ew_tree_make_environment(void)
{
	GStrv envp = g_environ_setenv(g_get_environ(), "LC_ALL", "C", TRUE);

	for (size_t i = 0; i < G_N_ELEMENTS(foreign); i++)
		envp = g_environ_unsetenv(envp, foreign[i]);
	return envp;
}

/* ---- one configuring ------------------------------------------------------------------------- */

struct job {
	const struct ew_tree *tree;
	const struct ew_config_source *source;
	const char *directory;
	struct ew_stamp *stamp; /* what the directory is to be made from */
	int jobs;
	int log; /* file descriptor */
	ew_tree_say say;
	void *data;
};

static void step_failed(const struct job *job, const char *step, int status, off_t from,
			GError **error)
{
	g_autofree char *path = g_build_filename(job->directory, LOG_FILE, NULL);
	g_autofree char *text = NULL, *tail = NULL, *missing = NULL;
	g_autoptr(GError) why = NULL;
	gsize length = 0;

	if (!g_file_get_contents(path, &text, &length, &why) || (gsize)from > length)
		from = 0;
	tail = ew_tree_tail(text ? text + from : "", 8);
	missing = ew_tree_diagnose(text ? text + from : "");
	if (ew_tree_is_full(job->directory, text ? text + from : "")) {
		g_free(missing);
		missing = g_strdup("the disk is full; make room, or set XDG_CACHE_HOME to another "
				   "directory");
	}
	g_set_error(
		error, EW_ERROR, EW_ERROR_NOT_POSSIBLE,
		"configuring %s: `make %s` failed (status %d)%s%s; the whole output is in %s\n%s",
		job->tree->source, step, status, missing ? ": " : "", missing ? missing : "", path,
		tail);
}

static bool run_step(const struct job *job, const char *step, GError **error)
{
	g_autoptr(GPtrArray) argv = ew_tree_make_argv(job->tree, job->directory);
	g_auto(GStrv) envp = ew_tree_make_environment();
	g_autofree char *what = g_strdup_printf("configuring %s (%s): make %s", job->tree->name,
						job->source->name, step);
	off_t from = lseek(job->log, 0, SEEK_END);
	int status;

	if (job->say)
		job->say(what, job->data);
	g_ptr_array_add(argv, g_strdup_printf("-j%d", MAX(job->jobs, 1)));
	g_ptr_array_add(argv, g_strdup(step));
	g_ptr_array_add(argv, NULL);
	dprintf(job->log, "exitwalk: make %s\n", step);
	status =
		ew_tree_run((char **)argv->pdata, job->tree->root, envp, job->log, job->log, error);
	if (status > 0)
		step_failed(job, step, status, from, error);
	return status == 0;
}

/* Put `before` back where .config has come out the same: where it is as old as it was, Kbuild
 * generates nothing anew on its account. */
static void keep_config(const char *config, const char *before)
{
	g_autofree char *old = NULL, *new = NULL;

	if (!g_file_get_contents(before, &old, NULL, NULL))
		return;
	if (g_file_get_contents(config, &new, NULL, NULL) && !strcmp(old, new))
		g_rename(before, config);
	else
		g_unlink(before);
}

/* From the configuration itself, not from what an older Kconfig made of it: the same build directory
 * comes of it as from nothing. */
static bool write_config(const struct job *job, GError **error)
{
	g_autofree char *config = g_build_filename(job->directory, ".config", NULL);
	g_autofree char *before = g_strconcat(config, ".before", NULL);

	g_rename(config, before);
	if (job->source->is_target) {
		if (!run_step(job, job->source->name, error))
			return false;
	} else if (!ew_config_source_write(job->source, config, error)) {
		return false;
	}
	if (!run_step(job, "olddefconfig", error))
		return false;
	keep_config(config, before);
	return true;
}

/* Without its stamp, which is written last, a build directory counts as half made. */
static bool configure_into(struct job *job, bool is_configured, GError **error)
{
	g_autofree char *log = g_build_filename(job->directory, LOG_FILE, NULL);
	g_autofree char *stamp_file = ew_stamp_path(job->directory);
	bool done;

	g_unlink(stamp_file);
	if (g_mkdir_with_parents(job->directory, 0777) == 0)
		job->log = open(log, O_WRONLY | O_CREAT | O_APPEND | O_TRUNC | O_CLOEXEC, 0666);
	if (job->log < 0) {
		g_set_error(
			error, EW_ERROR, EW_ERROR_NOT_POSSIBLE,
			"%s: cannot be written: %s; make room, or set XDG_CACHE_HOME to another "
			"directory",
			log, g_strerror(errno));
		return false;
	}
	done = (is_configured || write_config(job, error)) && run_step(job, "prepare", error);
	close(job->log);
	job->log = -1;
	if (!done)
		return false;
	job->stamp->finished = g_get_real_time() * 1000;
	return ew_stamp_write(job->directory, job->stamp, error);
}

/* ---- which one, and is it as it should be? --------------------------------------------------- */

/* BUILDS/NAME-CONFIG-HASH; the hash keeps trees and configuration files of one name apart. */
static char *directory_for(const struct ew_tree *tree, const struct ew_config_source *source,
			   GError **error)
{
	g_autofree char *builds = ew_tree_cache_subdir("builds", error);
	g_autofree char *key = g_strdup_printf("%s\n%s", tree->root, source->path);
	g_autofree char *sum = g_compute_checksum_for_string(G_CHECKSUM_SHA256, key, -1);

	if (!builds)
		return NULL;
	if (!strpbrk(builds, " :"))
		return g_strdup_printf("%s/%s-%s-%.8s", builds, tree->name, source->name, sum);
	g_set_error(error, EW_ERROR, EW_ERROR_NOT_POSSIBLE,
		    "%s: Kbuild takes no directory with a space or a colon in its path; set "
		    "XDG_CACHE_HOME to another one",
		    builds);
	return NULL;
}

/* Kbuild refuses O= for a tree that was built, or configured, in its own directory. */
static bool check_clean(const struct ew_tree *tree, GError **error)
{
	static const char *const marks[] = {".config", "include/config",
					    "arch/x86/include/generated"};

	if (strpbrk(tree->root, " :")) {
		g_set_error(
			error, EW_ERROR, EW_ERROR_INPUT,
			"%s: Kbuild takes no tree with a space or a colon in its path; rename or "
			"copy it",
			tree->root);
		return false;
	}
	for (size_t i = 0; i < G_N_ELEMENTS(marks); i++) {
		g_autofree char *path = g_build_filename(tree->root, marks[i], NULL);

		if (!g_file_test(path, G_FILE_TEST_EXISTS))
			continue;
		g_set_error(
			error, EW_ERROR, EW_ERROR_INPUT,
			"%s was built in its own directory (it has %s), and Kbuild then builds "
			"nowhere else; either run `make compile_commands.json` in it after a build "
			"with clang, or `make mrproper` (which deletes its .config and objects), "
			"or give a clean copy of it",
			tree->root, marks[i]);
		return false;
	}
	return true;
}

/* The answers of `make -n` may differ, the build directory does not: it was made when it was made.
 * Where that cannot be written, the next run finds the same once more. */
static void note_stamp(const struct job *job, const struct ew_stamp *before)
{
	job->stamp->started = before->started;
	job->stamp->finished = before->finished;
	ew_stamp_write(job->directory, job->stamp, NULL);
}

/* Kbuild finds out by itself what to do again, and where it cannot, all begins anew. */
static bool make_build(struct job *job, struct ew_tree_build *build, GError **error)
{
	ew_auto(stamp) before = ew_stamp_read(job->directory);
	enum ew_stamp_work work;

	job->stamp = ew_stamp_take(job->tree, job->source, before);
	build->stamp = ew_stamp_answers(job->stamp);
	work = ew_stamp_compare(before, job->stamp);
	if (work == EW_STAMP_NOTE)
		note_stamp(job, before);
	if (work == EW_STAMP_KEEP || work == EW_STAMP_NOTE)
		return true;
	build->is_fresh = true;
	if (work != EW_STAMP_ANEW && configure_into(job, work == EW_STAMP_PREPARE, NULL))
		return true;
	return ew_tree_remove(job->directory, error) && configure_into(job, false, error);
}

struct ew_tree_build *ew_tree_configure(const struct ew_tree *tree, const char *config, int jobs,
					ew_tree_say say, void *data, GError **error)
{
	ew_auto(config_source) source = ew_config_source_find(tree, config, error);
	ew_auto(tree_build) build = g_new0(struct ew_tree_build, 1);
	struct job job = {tree, source, NULL, NULL, jobs, -1, say, data};
	g_autofree char *lock = NULL;
	bool done;
	int fd;

	if (!source || !check_clean(tree, error))
		return NULL;
	build->directory = directory_for(tree, source, error);
	if (!build->directory)
		return NULL;
	build->config = g_strdup(source->name);
	job.directory = build->directory;
	lock = g_strconcat(build->directory, ".lock", NULL);
	fd = ew_tree_lock(lock, say, data, error);
	if (fd < 0)
		return NULL;
	done = make_build(&job, build, error);
	close(fd);
	ew_stamp_free(job.stamp);
	if (!done)
		return NULL;
	build->directory = ew_tree_resolved(build->directory);
	return g_steal_pointer(&build);
}
