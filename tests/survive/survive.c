/* SPDX-License-Identifier: GPL-3.0-or-later */
/* See survive.h. */
#include "survive.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

char *top;

/* ---- files ----------------------------------------------------------------------------------- */

char *in_top(const char *name)
{
	return g_build_filename(top, name, NULL);
}

void put_text(const char *name, const char *text)
{
	g_autofree char *path = in_top(name);
	g_autofree char *parent = g_path_get_dirname(path);

	g_assert_cmpint(g_mkdir_with_parents(parent, 0755), ==, 0);
	g_assert_true(g_file_set_contents(path, text, -1, NULL));
	g_assert_cmpint(g_chmod(path, 0644), ==, 0);
}

static void put_in_tree(const char *tree, const char *name, const char *text)
{
	g_autofree char *path = g_build_filename(tree, name, NULL);

	put_text(path, text);
}

char *make_tree(const char *name, ...)
{
	g_autoptr(GString) commands = g_string_new("[");
	const char *file, *text;
	va_list pairs;

	va_start(pairs, name);
	while ((file = va_arg(pairs, const char *))) {
		text = va_arg(pairs, const char *);
		if (text)
			put_in_tree(name, file, text);
		if (g_str_has_suffix(file, ".c"))
			g_string_append_printf(commands,
					       "%s{\"directory\": \".\", \"file\": \"%s\", "
					       "\"command\": \"clang -I. -c -o x.o %s\"}",
					       commands->len > 1 ? ",\n" : "", file, file);
	}
	va_end(pairs);
	g_string_append(commands, "]\n");
	put_in_tree(name, "compile_commands.json", commands->str);
	put_in_tree(name, "Makefile", "VERSION = 1\nPATCHLEVEL = 0\nSUBLEVEL = 0\nEXTRAVERSION =\n");
	put_in_tree(name, "Kconfig", "mainmenu \"Test\"\n");
	return in_top(name);
}

static int compare_names(gconstpointer a, gconstpointer b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

char *names_in(const char *dir)
{
	g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
	g_autoptr(GDir) d = g_dir_open(dir, 0, NULL);
	const char *name;

	g_assert_nonnull(d);
	while ((name = g_dir_read_name(d)))
		g_ptr_array_add(names, g_strdup(name));
	g_ptr_array_sort(names, compare_names);
	g_ptr_array_add(names, NULL);
	return g_strjoinv(" ", (char **)names->pdata);
}

/* ---- the test's own surroundings --------------------------------------------------------------- */

void survive_begin(void)
{
	g_autofree char *refs = g_build_filename(EW_TEST_DIR, "fixtures/refs", NULL);
	g_autofree char *link = NULL, *home = NULL, *cache = NULL;

	top = g_dir_make_tmp("exitwalk-survive-XXXXXX", NULL);
	g_assert_nonnull(top);
	g_assert_cmpint(g_chmod(top, 0755), ==, 0);
	link = in_top("kernel-refs");
	home = in_top("home");
	cache = in_top("cache");
	g_assert_cmpint(symlink(refs, link), ==, 0);
	g_mkdir(home, 0777);
	g_mkdir(cache, 0777);
	g_setenv("EXITWALK_DATA", top, TRUE);
	g_setenv("HOME", home, TRUE);
	g_setenv("XDG_CACHE_HOME", cache, TRUE);
	g_setenv("LC_ALL", "C", TRUE);
	g_setenv("COLUMNS", "200", TRUE);
	g_assert_cmpint(prctl(PR_SET_CHILD_SUBREAPER, 1), ==, 0);
}

int survive_end(int status)
{
	g_autofree char *command = g_strdup_printf("rm -rf '%s'", top);

	return system(command) == 0 ? status : 1;
}

static bool write_proc(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	bool written = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);

	if (fd >= 0)
		close(fd);
	return written;
}

bool own_tmpfs(const char *dir, const char *size)
{
	g_autofree char *uid = g_strdup_printf("0 %d 1", (int)getuid());
	g_autofree char *gid = g_strdup_printf("0 %d 1", (int)getgid());
	g_autofree char *options = g_strdup_printf("size=%s", size);

	if (unshare(CLONE_NEWUSER | CLONE_NEWNS) == 0) {
		if (!write_proc("/proc/self/setgroups", "deny") ||
		    !write_proc("/proc/self/uid_map", uid) || !write_proc("/proc/self/gid_map", gid))
			return false;
	} else if (unshare(CLONE_NEWNS)) { /* in a chroot root may do only this */
		return false;
	}
	return mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
	       mount("exitwalk-test", dir, "tmpfs", 0, options) == 0;
}

/* ---- processes --------------------------------------------------------------------------------- */

static void open_as(const char *name, int fd)
{
	g_autofree char *path = in_top(name);
	int file = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0666);

	if (file < 0 || dup2(file, fd) < 0)
		_exit(126);
	close(file);
}

static pid_t start(uid_t uid, const char *const *words, const char *out, const char *err)
{
	pid_t parent = getpid(), pid = fork();

	g_assert_cmpint(pid, >=, 0);
	if (pid)
		return pid;
	setpgid(0, 0);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(126);
	open_as(out, STDOUT_FILENO);
	open_as(err, STDERR_FILENO);
	if (uid && (setgid(uid) || setuid(uid)))
		_exit(126);
	execv(words[0], (char **)words);
	_exit(127);
}

static int status_of(int status)
{
	return WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
}

int wait_for(pid_t pid)
{
	int status = 0, i;

	for (i = 0; i < 60000; i++) {
		if (waitpid(pid, &status, WNOHANG) == pid)
			return status_of(status);
		g_usleep(1000);
	}
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	g_error("process %d did not end within a minute", (int)pid);
	return -1;
}

static char *text_of(const char *name)
{
	g_autofree char *path = in_top(name);
	char *text = NULL;

	g_assert_true(g_file_get_contents(path, &text, NULL, NULL));
	return text;
}

struct outcome run_words(uid_t uid, const char *const *words)
{
	struct outcome o = {.status = wait_for(start(uid, words, "out", "err"))};

	o.out = text_of("out");
	o.err = text_of("err");
	return o;
}

void outcome_clear(struct outcome *o)
{
	g_clear_pointer(&o->out, g_free);
	g_clear_pointer(&o->err, g_free);
}

#define INDEX_WORDS(tree, out, option, value)                                                      \
	(const char *const[])                                                                      \
	{                                                                                          \
		EW_INDEXER, "--tree", tree, "--scope", "all", "--out", out, option, value, NULL    \
	}

struct outcome index_tree(const char *tree, const char *out, const char *option, const char *value)
{
	return run_words(0, INDEX_WORDS(tree, out, option, value));
}

pid_t start_index(const char *tree, const char *out, const char *option, const char *value)
{
	return start(0, INDEX_WORDS(tree, out, option, value), "log", "log");
}

char *log_text(void)
{
	return text_of("log");
}

/* The fourth field of /proc/PID/stat, after the name in parentheses. */
static pid_t parent_of(const char *pid)
{
	g_autofree char *path = g_build_filename("/proc", pid, "stat", NULL), *text = NULL;
	const char *end;

	if (!g_file_get_contents(path, &text, NULL, NULL))
		return 0;
	end = strrchr(text, ')');
	return end && strlen(end) > 4 ? atoi(end + 4) : 0;
}

static pid_t look_for_child(pid_t pid)
{
	g_autoptr(GDir) proc = g_dir_open("/proc", 0, NULL);
	const char *name;

	while (proc && (name = g_dir_read_name(proc)))
		if (g_ascii_isdigit(*name) && parent_of(name) == pid)
			return atoi(name);
	return 0;
}

pid_t child_of(pid_t pid)
{
	pid_t child = 0;
	int i;

	for (i = 0; i < 2000 && !child; i++) {
		child = look_for_child(pid);
		g_usleep(1000);
	}
	return child;
}

bool all_gone(int ms)
{
	gint64 until = g_get_monotonic_time() + ms * 1000;
	pid_t pid;

	do {
		pid = waitpid(-1, NULL, WNOHANG);
		if (pid < 0 && errno == ECHILD)
			return true;
		if (!pid)
			g_usleep(1000);
	} while (pid > 0 || g_get_monotonic_time() < until);
	while ((pid = look_for_child(getpid())) > 0) {
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
	}
	return false;
}

/* ---- answers ----------------------------------------------------------------------------------- */

char *dump(const char *index, const char *what)
{
	struct outcome o = RUN(EW_PROGRAM, "--index", index, "dump", what);
	char *text = o.status ? NULL : g_steal_pointer(&o.out);

	if (!text)
		g_test_message("dump %s: %s", what, o.err);
	outcome_clear(&o);
	return text;
}

char *sorted_facts(const char *index)
{
	g_autofree char *text = dump(index, "facts");
	g_autoptr(GPtrArray) lines = g_ptr_array_new();
	char *line, *rest = text;

	g_assert_nonnull(text);
	while ((line = strsep(&rest, "\n")))
		g_ptr_array_add(lines, line);
	g_ptr_array_sort(lines, compare_names);
	g_ptr_array_add(lines, NULL);
	return g_strjoinv("\n", (char **)lines->pdata);
}

/* The first line that only one of them has. */
static void say_difference(const char *now, const char *before)
{
	g_auto(GStrv) a = g_strsplit(now, "\n", -1), b = g_strsplit(before, "\n", -1);
	int i = 0, k = 0;

	while (a[i] && b[k] && !strcmp(a[i], b[k]))
		i++, k++;
	g_error("other facts:\n%s\nfor\n%s", a[i] ? a[i] : "", b[k] ? b[k] : "");
}

void expect_facts(const char *index, const char *facts)
{
	g_autofree char *now = sorted_facts(index);

	if (strcmp(now, facts))
		say_difference(now, facts);
}

void expect(const struct outcome *o, int status, const char *in_out, const char *in_err)
{
	if (o->status == status && (!in_out || strstr(o->out, in_out)) &&
	    (!in_err || strstr(o->err, in_err)))
		return;
	g_error("expected status %d, “%s” and “%s”; status %d:\n%s%s", status, in_out ? in_out : "",
		in_err ? in_err : "", o->status, o->out, o->err);
}
