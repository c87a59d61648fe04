/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Writes a file that the user has named: over one of its kind, into a device or pipe, over nothing else. */
#include "live/internal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static bool begins_with(const char *path, const char *head, size_t length)
{
	char start[128] = "";
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd >= 0 ? read(fd, start, MIN(length, sizeof(start))) : -1;

	if (fd >= 0)
		close(fd);
	return n == 0 || (n == (ssize_t)length && !memcmp(start, head, length));
}

bool live_may_replace(const char *path, const char *head, size_t length, const char *what, GError **error)
{
	struct stat is;

	if (stat(path, &is) < 0 || !S_ISREG(is.st_mode) || begins_with(path, head, length))
		return true;
	g_set_error(error, EW_ERROR, EW_ERROR_USAGE,
		    "%s is there and is not %s; give another name, or remove it", path, what);
	return false;
}

static bool write_into(const char *path, const GString *s)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	gsize at = 0;
	int was;

	for (ssize_t n = fd < 0 ? -1 : 0; at < s->len && n >= 0; at += (gsize)MAX(n, 0))
		n = write(fd, s->str + at, s->len - at);
	was = errno;
	if (fd >= 0)
		close(fd);
	errno = was;
	return at == s->len;
}

bool live_save(const char *path, const char *head, const char *what, const GString *s, GError **error)
{
	g_autofree char *real = NULL;
	g_autoptr(GError) problem = NULL;
	char *resolved = NULL;
	struct stat is;

	if (!live_may_replace(path, head, strlen(head), what, error))
		return false;
	if (stat(path, &is) == 0 && !S_ISREG(is.st_mode)) {
		if (write_into(path, s))
			return true;
		g_set_error(error, EW_ERROR, EW_ERROR_NOT_POSSIBLE, "cannot write %s to %s: %s", what, path,
			    g_strerror(errno));
		return false;
	}
	/* what a link names is replaced, not the link */
	resolved = realpath(path, NULL);
	real = g_strdup(resolved ? resolved : path);
	free(resolved);
	if (g_file_set_contents(real, s->str, (gssize)s->len, &problem))
		return true;
	g_set_error(error, EW_ERROR, EW_ERROR_NOT_POSSIBLE, "cannot write %s: %s", what, problem->message);
	return false;
}
