/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Which of make's answers about a user's tree still hold? One walk over the tree tells, by the
 * stamps of the files that make reads; no file is opened.
 *
 * What make reads was seen with strace on 6.1: `make defconfig`, `olddefconfig` and `prepare` open
 * every Kconfig file (crypto's in all architectures), scripts/, tools/, headers, and of C files
 * those that headers and tools are generated from; `make -n` opens makefiles, and asks of each C or
 * assembler source only whether it is there. So the contents of an ordinary source decide nothing,
 * its name does. What is unknown counts as read.
 */
#include "tree/internal.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Parts of a tree of which make reads different things. */
enum part {
	NOWHERE,   /* never read */
	ROOT,	   /* the top directory itself */
	ORDINARY,  /* kernel/, net/ and so on */
	SCRIPTS,   /* run by Kconfig as well */
	TOOLS,	   /* `make prepare` builds objtool and its libraries */
	ARCH,	   /* arch/ itself */
	FOREIGN,   /* an architecture that is not ours */
	X86,	   /* arch/x86/ itself */
	X86_TOOLS, /* built by `make prepare` */
	DOCUMENTS, /* Documentation/ itself */
};

static const struct {
	enum part in;
	const char *name; /* NULL: any other */
	enum part part;
} parts[] = {
	{ROOT, "scripts", SCRIPTS},	    {ROOT, "tools", TOOLS}, {ROOT, "arch", ARCH},
	{ROOT, "Documentation", DOCUMENTS}, {ROOT, NULL, ORDINARY}, {TOOLS, "testing", NOWHERE},
	{TOOLS, "perf", NOWHERE},	    {ARCH, "x86", X86},	    {ARCH, NULL, FOREIGN},
	{X86, "tools", X86_TOOLS},	    {X86, NULL, ORDINARY},  {DOCUMENTS, NULL, NOWHERE},
};

static enum part enter(enum part in, const char *name)
{
	if (name[0] == '.' || !strcmp(name, "__pycache__"))
		return NOWHERE;
	for (size_t i = 0; i < G_N_ELEMENTS(parts); i++)
		if (parts[i].in == in && (!parts[i].name || !strcmp(parts[i].name, name)))
			return parts[i].part;
	return in;
}

/* ---- what a file decides --------------------------------------------------------------------- */

enum {
	CONFIGURE = 1 << EW_FINGERPRINT_CONFIGURE,
	PREPARE = 1 << EW_FINGERPRINT_PREPARE,
	ASK = 1 << EW_FINGERPRINT_ASK,
	NAME = 1 << EW_FINGERPRINT_N, /* whether it is there decides what is asked */
};

/* Left by editors, git and other indexers; hidden files too, for make reads none. */
static bool is_noise(const char *name)
{
	static const char *const suffixes[] = {"~",	".orig", ".rej", ".swp", ".patch",
					       ".diff", ".rst",	 ".md",	 ".pyc"};

	if (name[0] == '.' || name[0] == '#')
		return true;
	for (size_t i = 0; i < G_N_ELEMENTS(suffixes); i++)
		if (g_str_has_suffix(name, suffixes[i]))
			return true;
	return false;
}

/* A header is generated from what the compiler makes of it: asm-offsets.c, bounds.c and their
 * like. */
static bool is_generator(const char *name)
{
	return strstr(name, "offsets") || !strcmp(name, "bounds.c");
}

static int classify_makefile(enum part part)
{
	return part == ROOT || part == X86 ? CONFIGURE : PREPARE | ASK;
}

static int classify_ordinary(enum part part, const char *name)
{
	if (g_str_has_prefix(name, "Makefile") || g_str_has_prefix(name, "Kbuild") ||
	    g_str_has_prefix(name, "localversion"))
		return classify_makefile(part);
	if (g_str_has_suffix(name, ".h"))
		return PREPARE;
	if (g_str_has_suffix(name, ".c") || g_str_has_suffix(name, ".S"))
		return is_generator(name) || part == TOOLS || part == X86_TOOLS ? NAME | PREPARE
										: NAME;
	return part == ROOT ? 0 : PREPARE | ASK;
}

static int classify(enum part part, const char *name)
{
	if (is_noise(name))
		return 0;
	if (part == SCRIPTS || g_str_has_prefix(name, "Kconfig"))
		return CONFIGURE;
	if (part == FOREIGN || part == DOCUMENTS)
		return 0;
	return classify_ordinary(part, name);
}

/* ---- the walk -------------------------------------------------------------------------------- */

struct walk {
	const char *root;
	int64_t started, finished; /* of the make before; 0: there was none */
	struct ew_fingerprint *found;
};

static uint64_t mix(uint64_t hash, uint64_t value)
{
	hash = (hash ^ value) * 0x9fb21c651e98df25u;
	hash ^= hash >> 32;
	hash *= 0xd6e8feb86659fd93u;
	return hash ^ hash >> 29;
}

static uint64_t mix_name(uint64_t hash, const char *name)
{
	for (; *name; name++)
		hash = (hash ^ (unsigned char)*name) * 0x100000001b3u;
	return mix(hash, '/');
}

static int64_t nanoseconds(const struct timespec *t)
{
	return (int64_t)t->tv_sec * 1000000000 + t->tv_nsec;
}

/* Sums, so that the order in a directory does not matter. */
static void add(struct walk *w, int what, uint64_t hash)
{
	for (int i = 0; i < EW_FINGERPRINT_N; i++)
		if (what & 1 << i)
			w->found->sums[i] += hash;
}

static void add_stat(struct walk *w, int what, uint64_t hash, const struct stat *st)
{
	int64_t mtime = nanoseconds(&st->st_mtim), ctime = nanoseconds(&st->st_ctim);

	w->found->newest = MAX(w->found->newest, ctime);
	w->found->is_hidden |= w->started && ctime > w->started && mtime <= w->finished;
	hash = mix(mix(hash, (uint64_t)st->st_size), (uint64_t)mtime);
	add(w, what, mix(mix(mix(hash, (uint64_t)ctime), st->st_ino), st->st_mode));
}

static void visit_file(struct walk *w, int dir, enum part part, const char *name, uint64_t hash)
{
	int what = classify(part, name);
	struct stat st;

	if (what & NAME)
		add(w, ASK, hash);
	what &= ~NAME;
	if (what && fstatat(dir, name, &st, 0) == 0)
		add_stat(w, what, hash, &st);
}

static void walk_directory(struct walk *w, int dir, enum part part, uint64_t hash, bool is_linked);

/* A link to a directory is followed out of the tree, and there no further: below the tree's root
 * all is met anyhow, and nothing is met for ever. */
static bool may_follow(struct walk *w, int fd, bool is_linked)
{
	g_autofree char *proc = g_strdup_printf("/proc/self/fd/%d", fd);
	g_autofree char *real = g_file_read_link(proc, NULL);
	size_t n = strlen(w->root);

	return !is_linked && real && (strncmp(real, w->root, n) || (real[n] && real[n] != '/'));
}

static void visit_directory(struct walk *w, int dir, enum part part, const char *name,
			    uint64_t hash, bool is_link, bool is_linked)
{
	int fd = openat(dir, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | (is_link ? 0 : O_NOFOLLOW));

	if (fd < 0)
		return;
	if (!is_link || may_follow(w, fd, is_linked))
		walk_directory(w, fd, part, hash, is_linked || is_link);
	else
		close(fd);
}

static int type_of(int dir, const char *name, unsigned char type, bool *is_link)
{
	struct stat st;

	*is_link = type == DT_LNK;
	if (type != DT_LNK && type != DT_UNKNOWN)
		return type;
	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW))
		return DT_UNKNOWN;
	*is_link = S_ISLNK(st.st_mode);
	if (*is_link && fstatat(dir, name, &st, 0))
		return DT_UNKNOWN;
	return IFTODT(st.st_mode);
}

/* Closes `dir`. A directory that cannot be read adds nothing; make will say so. */
static void walk_directory(struct walk *w, int dir, enum part part, uint64_t hash, bool is_linked)
{
	DIR *entries = fdopendir(dir);
	struct dirent *entry;

	if (!entries) {
		close(dir);
		return;
	}
	while ((entry = readdir(entries))) {
		const char *name = entry->d_name;
		uint64_t path = mix_name(hash, name);
		bool is_link;
		int type = type_of(dir, name, entry->d_type, &is_link);
		enum part below = type == DT_DIR ? enter(part, name) : NOWHERE;

		if (type == DT_REG)
			visit_file(w, dir, part, name, path);
		else if (below != NOWHERE)
			visit_directory(w, dir, below, name, path, is_link, is_linked);
	}
	closedir(entries);
}

/* Until when may a file be changed again without its stamp showing it? A file system that keeps
 * whole seconds, or every second one, shows it by its zeros; others take the time of the kernel's
 * last tick. */
static int64_t settles_at(int64_t newest)
{
	return newest + (newest % 1000000000 ? 50000000 : 2100000000);
}

/* One walk. How long, in nanoseconds, until what it saw can be relied on? */
static int64_t walk_once(struct walk *w)
{
	int64_t now = g_get_real_time() * 1000;
	int fd = open(w->root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	*w->found = (struct ew_fingerprint){.taken = now};
	if (fd < 0)
		return INT64_MAX;
	walk_directory(w, fd, ROOT, 0, false);
	return settles_at(w->found->newest) - now;
}

void ew_fingerprint_take(const char *root, int64_t started, int64_t finished,
			 struct ew_fingerprint *found)
{
	struct walk w = {root, started, finished, found};
	const int64_t longest = 3000000000;
	int64_t wait = walk_once(&w);

	for (int i = 0; i < 3 && wait > 0 && wait <= longest; i++) {
		g_usleep((gulong)(wait / 1000 + 1));
		wait = walk_once(&w);
	}
	for (int i = 0; i < EW_FINGERPRINT_N && wait > 0; i++)
		found->sums[i] = mix((uint64_t)found->taken, (uint64_t)i);
}
