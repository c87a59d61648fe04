/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Subprocesses, locks, and removing what we made ourselves.
 *
 * Not GSubprocess: that starts a thread, and whoever configures a tree goes on to fork parsers.
 */
#include "tree/internal.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <unistd.h>

int ew_tree_run(char **argv, const char *directory, char **envp, int out, int err, GError **error)
{
	g_autoptr(GError) why = NULL;
	int status = 0;
	bool started;
	pid_t r;
	GPid pid;

	started = g_spawn_async_with_fds(directory, argv, envp,
					 G_SPAWN_DO_NOT_REAP_CHILD | G_SPAWN_SEARCH_PATH_FROM_ENVP,
					 NULL, NULL, &pid, -1, out, err, &why);
	if (!started) {
		g_set_error(error, EW_ERROR, EW_ERROR_NOT_POSSIBLE, "%s cannot be run: %s", argv[0],
			    why->message);
		return -1;
	}
	do
		r = waitpid(pid, &status, 0);
	while (r < 0 && errno == EINTR);
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

int ew_tree_lock(const char *path, ew_tree_say say, void *data, GError **error)
{
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666), r;

	if (fd < 0) {
		g_set_error(error, EW_ERROR, EW_ERROR_NOT_POSSIBLE,
			    "%s: cannot be made: %s; set XDG_CACHE_HOME to another directory", path,
			    g_strerror(errno));
		return -1;
	}
	r = flock(fd, LOCK_EX | LOCK_NB);
	if (r && errno == EWOULDBLOCK && say)
		say("waiting for another exitwalk that works on the same tree", data);
	if (r && errno == EWOULDBLOCK)
		r = flock(fd, LOCK_EX); /* a signal ends the wait: the caller acts on it */
	if (!r)
		return fd;
	g_set_error(error, EW_ERROR, EW_ERROR_NOT_POSSIBLE, "%s: cannot be locked: %s", path,
		    g_strerror(errno));
	close(fd);
	return -1;
}

static int remove_entry(const char *path, const struct stat *st, int type, struct FTW *at)
{
	return remove(path);
}

bool ew_tree_remove(const char *path, GError **error)
{
	g_autofree char *cache = ew_tree_cache_dir(error);
	g_autofree char *below = cache ? g_strconcat(cache, "/", NULL) : NULL;

	if (!cache)
		return false;
	g_return_val_if_fail(g_str_has_prefix(path, below), false);
	if (nftw(path, remove_entry, 32, FTW_DEPTH | FTW_PHYS | FTW_MOUNT) == 0 || errno == ENOENT)
		return true;
	g_set_error(error, EW_ERROR, EW_ERROR_NOT_POSSIBLE, "%s: cannot be removed: %s", path,
		    g_strerror(errno));
	return false;
}
