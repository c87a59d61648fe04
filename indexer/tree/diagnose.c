/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a failed step's output says about what the machine lacks. */
#include "tree/internal.h"

#include <string.h>
#include <sys/statvfs.h>

static const struct {
	const char *word;    /* a program, or the file name of a header */
	const char *package; /* of Debian */
} providers[] = {
	{"bc", "bc"},
	{"bison", "bison"},
	{"clang", "clang-19"},
	{"cpio", "cpio"},
	{"dwarf.h", "libdw-dev"},
	{"elf.h", "libc6-dev"},
	{"flex", "flex"},
	{"gcc", "gcc"},
	{"gelf.h", "libelf-dev"},
	{"gzip", "gzip"},
	{"ld", "binutils"},
	{"ld.lld", "lld-19"},
	{"libelf.h", "libelf-dev"},
	{"llvm-ar", "llvm-19"},
	{"llvm-nm", "llvm-19"},
	{"llvm-objcopy", "llvm-19"},
	{"llvm-objdump", "llvm-19"},
	{"llvm-readelf", "llvm-19"},
	{"llvm-strip", "llvm-19"},
	{"m4", "m4"},
	{"make", "make"},
	{"openssl/bio.h", "libssl-dev"},
	{"openssl/evp.h", "libssl-dev"},
	{"openssl/opensslv.h", "libssl-dev"},
	{"perl", "perl"},
	{"python3", "python3"},
	{"rsync", "rsync"},
	{"stdio.h", "libc6-dev"},
	{"tar", "tar"},
	{"xz", "xz-utils"},
};

static const char *package_of(const char *word)
{
	for (size_t i = 0; i < G_N_ELEMENTS(providers); i++)
		if (!strcmp(providers[i].word, word))
			return providers[i].package;
	return NULL;
}

/* How shells, make, env, tar, compilers and Kconfig say that something is not there. */
static const char *const forms[] = {
	"fatal error: '?([A-Za-z0-9_./+-]+\\.h)'?(?:: No such file| file not found)",
	"(?:^|[ :/])([A-Za-z0-9_.+-]+): (?:command )?not found",
	"(?:compiler|linker) '([A-Za-z0-9_./+-]+)' not found",
	"make.*?: ([A-Za-z0-9_./+-]+): No such file or directory",
	"env: .?([A-Za-z0-9_.+-]+).?: No such file",
	"([A-Za-z0-9_.+-]+): Cannot exec: No such file",
};

/* Add what the form finds missing to `words`, and its package, where known, to `packages`. */
static void find_missing(const char *log, const char *pattern, GPtrArray *words,
			 GPtrArray *packages)
{
	g_autoptr(GRegex) form = g_regex_new(pattern, G_REGEX_MULTILINE, 0, NULL);
	g_autoptr(GMatchInfo) match = NULL;

	for (g_regex_match(form, log, 0, &match); g_match_info_matches(match);
	     g_match_info_next(match, NULL)) {
		g_autofree char *found = g_match_info_fetch(match, 1);
		g_autofree char *base = g_path_get_basename(found);
		const char *word = g_str_has_suffix(found, ".h") ? found : base;
		const char *package = package_of(word);

		if (!g_ptr_array_find_with_equal_func(words, word, g_str_equal, NULL))
			g_ptr_array_add(words, g_strdup(word));
		if (package &&
		    !g_ptr_array_find_with_equal_func(packages, package, g_str_equal, NULL))
			g_ptr_array_add(packages, (char *)package);
	}
}

char *ew_tree_diagnose(const char *log)
{
	g_autoptr(GPtrArray) words = g_ptr_array_new_with_free_func(g_free);
	g_autoptr(GPtrArray) packages = g_ptr_array_new();
	g_autofree char *utf8 = g_utf8_make_valid(log, -1), *list = NULL, *install = NULL;

	for (size_t i = 0; i < G_N_ELEMENTS(forms); i++)
		find_missing(utf8, forms[i], words, packages);
	if (!words->len)
		return NULL;
	g_ptr_array_add(words, NULL);
	list = g_strjoinv(", ", (char **)words->pdata);
	if (!packages->len)
		return g_strdup_printf("missing: %s; install it", list);
	g_ptr_array_add(packages, NULL);
	install = g_strjoinv(" ", (char **)packages->pdata);
	return g_strdup_printf("missing: %s (Debian: apt-get install %s)", list, install);
}

/* Progress and the chatter of make, between which the cause is hard to see. */
static bool is_noise(const char *line)
{
	return g_regex_match_simple(
		"^(make\\[[0-9]+\\]: (\\*\\*\\* Waiting|Leaving|Entering)|  [A-Z]{2,} +\\S)", line,
		0, 0);
}

char *ew_tree_tail(const char *text, int lines)
{
	g_auto(GStrv) all = g_strsplit(text, "\n", -1);
	g_autoptr(GPtrArray) kept = g_ptr_array_new();
	g_autoptr(GString) tail = g_string_new(NULL);

	for (char **line = all; *line; line++)
		if (*g_strchomp(*line) && !is_noise(*line))
			g_ptr_array_add(kept, *line);
	for (guint i = kept->len > (guint)lines ? kept->len - (guint)lines : 0; i < kept->len; i++)
		g_string_append_printf(tail, "%s  %s", tail->len ? "\n" : "",
				       (char *)kept->pdata[i]);
	return g_string_free(g_steal_pointer(&tail), FALSE);
}

/* Output may be cut where the message stood that would tell: the disk itself is asked, too. */
bool ew_tree_is_full(const char *directory, const char *output)
{
	struct statvfs st;

	return strstr(output, "No space left on device") || strstr(output, "Disk quota exceeded") ||
	       (!statvfs(directory, &st) && !st.f_bavail);
}
