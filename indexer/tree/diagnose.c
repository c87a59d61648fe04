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

/* The forms in which shells, make, env, tar and compilers say that something is not there. */
static const char *const forms[] = {
	"fatal error: '?([A-Za-z0-9_./+-]+\\.h)'?(?:: No such file| file not found)",
	"(?:^|[ :/])([A-Za-z0-9_.+-]+): (?:command )?not found",
	"make.*?: ([A-Za-z0-9_./+-]+): No such file or directory",
	"env: .?([A-Za-z0-9_.+-]+).?: No such file",
	"([A-Za-z0-9_.+-]+): Cannot exec: No such file",
};

char *ew_tree_diagnose(const char *log)
{
	g_autofree char *utf8 = g_utf8_make_valid(log, -1);

	for (size_t i = 0; i < G_N_ELEMENTS(forms); i++) {
		g_autoptr(GRegex) form = g_regex_new(forms[i], G_REGEX_MULTILINE, 0, NULL);
		g_autoptr(GMatchInfo) match = NULL;
		g_autofree char *word = NULL, *base = NULL;
		const char *package;

		if (!g_regex_match(form, utf8, 0, &match))
			continue;
		word = g_match_info_fetch(match, 1);
		base = g_path_get_basename(word);
		package = package_of(word);
		if (!package)
			package = package_of(base);
		if (!package)
			return g_strdup_printf("%s is missing; install it", word);
		return g_strdup_printf("%s is missing; install it (Debian: apt-get install %s)",
				       g_str_has_suffix(word, ".h") ? word : base, package);
	}
	return NULL;
}

char *ew_tree_tail(const char *text, int lines)
{
	g_auto(GStrv) all = g_strsplit(text, "\n", -1);
	g_autoptr(GPtrArray) kept = g_ptr_array_new();
	g_autoptr(GString) tail = g_string_new(NULL);

	for (char **line = all; *line; line++)
		if (*g_strchomp(*line))
			g_ptr_array_add(kept, *line);
	for (guint i = kept->len > (guint)lines ? kept->len - (guint)lines : 0; i < kept->len; i++)
		g_string_append_printf(tail, "%s  %s", tail->len ? "\n" : "", (char *)kept->pdata[i]);
	return g_string_free(g_steal_pointer(&tail), FALSE);
}

/* Output may be cut where the message stood that would tell: the disk itself is asked, too. */
bool ew_tree_is_full(const char *directory, const char *output)
{
	struct statvfs st;

	return strstr(output, "No space left on device") || strstr(output, "Disk quota exceeded") ||
	       (!statvfs(directory, &st) && !st.f_bavail);
}
