/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What --config means: which file holds the configuration, and how it is read. */
#include "tree/internal.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

void ew_config_source_free(struct ew_config_source *s)
{
	if (!s)
		return;
	g_free(s->name);
	g_free(s->path);
	g_free(s);
}

static struct ew_config_source *source_new(const char *name, const char *path, const char *unpack)
{
	struct ew_config_source *s = g_new0(struct ew_config_source, 1);

	s->name = ew_tree_safe_name(name);
	s->path = g_strdup(path);
	s->unpack = unpack;
	return s;
}

static struct ew_config_source *debian_source(const struct ew_tree *tree, GError **error)
{
	g_autofree char *path = g_strdup_printf(
		"/usr/src/linux-config-%s/config.amd64_none_cloud-amd64.xz", tree->series);

	if (g_file_test(path, G_FILE_TEST_IS_REGULAR))
		return source_new("debian", path, "xz");
	g_set_error(error, EW_ERROR, EW_ERROR_NOT_POSSIBLE,
		    "%s is not there; on Debian, install the configuration of Linux %s with\n"
		    "  apt-get install linux-config-%s\n"
		    "or choose another: --config defconfig, --config running or --config FILE",
		    path, tree->series, tree->series);
	return NULL;
}

static struct ew_config_source *running_source(GError **error)
{
	g_autofree char *boot = NULL;
	struct utsname u;

	if (g_file_test("/proc/config.gz", G_FILE_TEST_EXISTS))
		return source_new("running", "/proc/config.gz", "gzip");
	uname(&u);
	boot = g_strdup_printf("/boot/config-%s", u.release);
	if (g_file_test(boot, G_FILE_TEST_EXISTS))
		return source_new("running", boot, NULL);
	g_set_error(
		error, EW_ERROR, EW_ERROR_NOT_POSSIBLE,
		"the running kernel's configuration is not there: neither /proc/config.gz nor %s; "
		"choose --config debian, --config defconfig or --config FILE",
		boot);
	return NULL;
}

static struct ew_config_source *file_source(const char *config, GError **error)
{
	g_autofree char *base = g_path_get_basename(config);

	if (g_file_test(config, G_FILE_TEST_IS_REGULAR))
		return source_new(base, config,
				  g_str_has_suffix(config, ".xz")   ? "xz"
				  : g_str_has_suffix(config, ".gz") ? "gzip"
								    : NULL);
	g_set_error(
		error, EW_ERROR, EW_ERROR_USAGE,
		"--config %s: no such file; the configuration is debian, defconfig, running or a "
		"file",
		config);
	return NULL;
}

struct ew_config_source *ew_config_source_find(const struct ew_tree *tree, const char *config,
					       GError **error)
{
	g_autofree char *defconfig = NULL;
	struct ew_config_source *s;

	if (!config || !strcmp(config, "debian"))
		return debian_source(tree, error);
	if (!strcmp(config, "running"))
		return running_source(error);
	if (strcmp(config, "defconfig"))
		return file_source(config, error);
	defconfig = g_build_filename(tree->root, "arch/x86/configs/x86_64_defconfig", NULL);
	s = source_new("defconfig", defconfig, NULL);
	s->is_target = true;
	return s;
}

static bool copy_file(const char *from, const char *to, GError **error)
{
	g_autofree char *text = NULL;
	g_autoptr(GError) why = NULL;
	gsize length;

	if (g_file_get_contents(from, &text, &length, &why) &&
	    g_file_set_contents(to, text, (gssize)length, &why))
		return true;
	g_set_error(error, EW_ERROR, EW_ERROR_NOT_POSSIBLE, "%s", why->message);
	return false;
}

bool ew_config_source_write(const struct ew_config_source *s, const char *to, GError **error)
{
	char *argv[] = {(char *)s->unpack, "-dc", s->path, NULL};
	g_auto(GStrv) envp = g_get_environ();
	int fd, status;

	if (!s->unpack)
		return copy_file(s->path, to, error);
	fd = open(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	if (fd < 0) {
		g_set_error(error, EW_ERROR, EW_ERROR_NOT_POSSIBLE, "%s: cannot be written: %s", to,
			    g_strerror(errno));
		return false;
	}
	status = ew_tree_run(argv, NULL, envp, fd, -1, error);
	close(fd);
	if (status > 0)
		g_set_error(
			error, EW_ERROR, EW_ERROR_NOT_POSSIBLE,
			"%s: %s cannot unpack it (status %d); the file is damaged, or the disk of "
			"%s is full",
			s->path, s->unpack, status, to);
	return status == 0;
}
