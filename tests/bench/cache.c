/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Files out of the page cache. */
#include "measure.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static size_t left; /* nftw() has no other way to carry it */

static size_t cached_pages(int fd, size_t size)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE), pages = (size + page - 1) / page, cached = 0, i;
	void *map = mmap(NULL, size, PROT_READ, MAP_SHARED, fd, 0);
	g_autofree unsigned char *resident = g_malloc0(pages);

	if (map == MAP_FAILED || mincore(map, size, resident) < 0)
		measure_fail("mincore: %s", strerror(errno));
	munmap(map, size);
	for (i = 0; i < pages; i++)
		cached += resident[i] & 1;
	return cached;
}

/* Only clean pages go, hence fdatasync(); and none that the kernel still has in its hands, hence again. */
static int drop_file(const char *path, const struct stat *st, int type, struct FTW *where)
{
	size_t stays = 1;
	int fd, tries;

	if (type != FTW_F || !st->st_size)
		return 0;
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		measure_fail("%s: %s", path, strerror(errno));
	if (cached_pages(fd, (size_t)st->st_size)) {
		fdatasync(fd);
		for (tries = 0; stays && tries < 10; tries++) {
			posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
			stays = cached_pages(fd, (size_t)st->st_size);
		}
		left += stays;
	}
	close(fd);
	return 0;
}

size_t measure_drop(const char *path)
{
	left = 0;
	if (nftw(path, drop_file, 16, FTW_PHYS) < 0)
		measure_fail("%s: %s", path, strerror(errno));
	return left;
}
