/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Prefixes: headers parsed once for many units.
 *
 * A unit spends its time in headers. Behind a precompiled prefix it pays only for what the prefix does
 * not hold. Include guards make the order in which headers come irrelevant, but for macros that the
 * unit defines first in order to change a header: such a unit does not fit.
 */
#include <string.h>
#include <unistd.h>

#include "parse/internal.h"

/*
 * What differs from unit to unit on Kbuild's command lines. The headers' own code expands some of them
 * (a message with the module's name), so the prefix defines them for itself and forgets them again.
 */
static const char *const unit_macros[] = {"KBUILD_MODFILE", "KBUILD_BASENAME", "KBUILD_MODNAME",
					  "__KBUILD_MODNAME"};

/* Defined by many units before they include anything, and expanded only where messages are printed:
 * the text of a message changes, no call and no flow; if it is mere text. */
static const char *const message_macros[] = {"pr_fmt", "dev_fmt"};

bool ew_parse_is_unit_macro(const char *argument)
{
	size_t i;

	for (i = 0; i < G_N_ELEMENTS(unit_macros); i++) {
		size_t n = strlen(unit_macros[i]);

		if (!strncmp(argument, "-D", 2) && !strncmp(argument + 2, unit_macros[i], n) &&
		    (argument[2 + n] == '=' || !argument[2 + n]))
			return true;
	}
	return false;
}

/* ---- words ----------------------------------------------------------------------------------- */

static bool is_word(char c)
{
	return g_ascii_isalnum(c) || c == '_';
}

/* Past a comment that begins at `at`; `at` itself if none does. */
static const char *skip_comment(const char *at, const char *end)
{
	const char *close;

	if (end - at < 2 || at[0] != '/')
		return at;
	if (at[1] == '/') {
		close = memchr(at, '\n', end - at);
		return close ? close : end;
	}
	if (at[1] != '*')
		return at;
	close = memmem(at + 2, end - at - 2, "*/", 2);
	return close ? close + 2 : end;
}

/* Every identifier outside of comments; those of strings too, which only makes fewer units fit. */
static void collect_words(const char *text, size_t length, GHashTable *words)
{
	const char *at = text, *end = text + length;

	while (at < end) {
		const char *start = at = skip_comment(at, end);

		while (at < end && is_word(*at))
			at++;
		if (at > start && !g_ascii_isdigit(*start))
			g_hash_table_add(words, g_strndup(start, at - start));
		if (at == start && at < end)
			at++;
	}
}

static void collect_file(CXFile file, CXSourceLocation *stack, unsigned depth, CXClientData data)
{
	CXString name = clang_getFileName(file);
	g_autofree char *text = NULL;
	gsize length;

	if (g_file_get_contents(clang_getCString(name), &text, &length, NULL))
		collect_words(text, length, data);
	clang_disposeString(name);
}

static GHashTable *words_of_prefix(struct ew_parser *p, const struct ew_parse_prefix *prefix)
{
	GHashTable *words = g_hash_table_lookup(p->words, prefix->path);
	g_autofree char *path = NULL, *text = NULL;
	gsize length = 0;

	if (words)
		return words;
	words = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	path = g_strconcat(prefix->path, ".words", NULL);
	if (g_file_get_contents(path, &text, &length, NULL))
		collect_words(text, length, words);
	g_hash_table_insert(p->words, g_strdup(prefix->path), words);
	return words;
}

/* ---- does a unit fit? ------------------------------------------------------------------------ */

/* "# define NAME": the name, or NULL if the line is another directive or none. */
static char *directive_name(const char *line, const char *directive)
{
	const char *end;
	size_t n = strlen(directive);

	while (*line == ' ' || *line == '\t')
		line++;
	if (*line++ != '#')
		return NULL;
	while (*line == ' ' || *line == '\t')
		line++;
	if (strncmp(line, directive, n) != 0 || is_word(line[n]))
		return NULL;
	for (line += n; *line == ' ' || *line == '\t'; line++)
		;
	for (end = line; is_word(*end); end++)
		;
	return g_strndup(line, end - line);
}

/* "NAME(format) "text" format, __func__": what it expands to calls nothing. */
static bool is_mere_text(const char *line, const char *name)
{
	const char *body = strstr(line, name) + strlen(name);

	if (*body == '(')
		body += strcspn(body, ")");
	return !strchr(body, '(') && !g_str_has_suffix(body, "\\");
}

static bool is_message_macro(const char *name)
{
	size_t i;

	for (i = 0; i < G_N_ELEMENTS(message_macros); i++)
		if (!strcmp(name, message_macros[i]))
			return true;
	return false;
}

static bool changes_headers(struct ew_parser *p, const char *line,
			    const struct ew_parse_prefix *prefix)
{
	g_autofree char *defined = directive_name(line, "define");
	g_autofree char *undefined = directive_name(line, "undef");
	const char *name = defined ? defined : undefined;

	if (!name || (is_message_macro(name) && (undefined || is_mere_text(line, name))))
		return false;
	return g_hash_table_contains(words_of_prefix(p, prefix), name);
}

bool prefix_fits(struct ew_parser *p, const struct ew_parse_unit *unit,
		 const struct ew_parse_prefix *prefix)
{
	g_autofree char *text = NULL;
	g_auto(GStrv) lines = NULL;
	int last = -1, i;

	if (!g_hash_table_size(words_of_prefix(p, prefix)) ||
	    !g_file_get_contents(unit->file, &text, NULL, NULL))
		return false;
	lines = g_strsplit(text, "\n", -1);
	for (i = 0; lines[i]; i++) {
		g_autofree char *include = directive_name(lines[i], "include");

		if (include)
			last = i;
	}
	for (i = 0; i < last; i++)
		if (changes_headers(p, lines[i], prefix))
			return false;
	return true;
}

/* Its headers were read a moment ago: a stat for each, for every unit, would find nothing new. */
void prefix_add_arguments(GPtrArray *argv, const struct ew_parse_prefix *prefix)
{
	g_ptr_array_add(argv, g_strdup("-include-pch"));
	g_ptr_array_add(argv, g_strconcat(prefix->path, ".pch", NULL));
	g_ptr_array_add(argv, g_strdup("-Xclang"));
	g_ptr_array_add(argv, g_strdup("-fno-validate-pch"));
}

/* ---- making one ------------------------------------------------------------------------------ */

struct prefix {
	struct ew_parser *parser;
	const struct ew_parse_prefix *plan;
	GPtrArray *headers; /* of const char *: those of the plan that compile */
	char *source;	    /* path.h */
	int first_line;	    /* of the includes */
};

static bool write_source(struct prefix *x, GError **error)
{
	g_autoptr(GString) text = g_string_new(NULL);
	guint i;

	for (i = 0; i < G_N_ELEMENTS(unit_macros); i++)
		g_string_append_printf(text, "#define %s %s\n", unit_macros[i],
				       i == G_N_ELEMENTS(unit_macros) - 1 ? "kmod_prefix"
									   : "\"prefix\"");
	x->first_line = i + 1;
	for (i = 0; i < x->headers->len; i++)
		g_string_append_printf(text, "#include %s\n",
				       (char *)g_ptr_array_index(x->headers, i));
	for (i = 0; i < G_N_ELEMENTS(unit_macros); i++)
		g_string_append_printf(text, "#undef %s\n", unit_macros[i]);
	return g_file_set_contents(x->source, text->str, text->len, error);
}

/* ---- headers that do not go together --------------------------------------------------------- */

struct blame {
	CXFile source, file;
	unsigned line; /* of the prefix's source, 0 if not found */
};

/* The line of the source at the bottom of an inclusion stack; 0 for what the command line includes. */
static unsigned line_at_bottom(CXFile source, CXSourceLocation *stack, unsigned depth)
{
	unsigned line = 0;
	CXFile file = NULL;

	if (depth)
		clang_getFileLocation(stack[depth - 1], &file, &line, NULL, NULL);
	return file && clang_File_isEqual(file, source) ? line : 0;
}

static void find_include(CXFile file, CXSourceLocation *stack, unsigned depth, CXClientData data)
{
	struct blame *b = data;

	if (clang_File_isEqual(file, b->file))
		b->line = line_at_bottom(b->source, stack, depth);
}

/* The header of the list through which `file` came in: its index, or -1. */
static int header_behind(struct prefix *x, CXTranslationUnit tu, CXFile file, unsigned line)
{
	struct blame b = {clang_getFile(tu, x->source), file, line};
	int index;

	if (!clang_File_isEqual(file, b.source)) {
		b.line = 0;
		clang_getInclusions(tu, find_include, &b);
	}
	index = (int)b.line - x->first_line;
	return index >= 0 && index < (int)x->headers->len ? index : -1;
}

/* Mark the headers that brought errors; false if one error cannot be laid on any. */
static bool mark_broken(struct prefix *x, CXTranslationUnit tu, bool *is_out)
{
	unsigned n = clang_getNumDiagnostics(tu), i;
	bool answer = true;

	for (i = 0; i < n && answer; i++) {
		CXDiagnostic d = clang_getDiagnostic(tu, i);
		unsigned line;
		CXFile file;

		if (clang_getDiagnosticSeverity(d) >= CXDiagnostic_Error) {
			int index;

			clang_getFileLocation(clang_getDiagnosticLocation(d), &file, &line, NULL,
					      NULL);
			index = file ? header_behind(x, tu, file, line) : -1;
			answer = index >= 0;
			if (answer)
				is_out[index] = true;
		}
		clang_disposeDiagnostic(d);
	}
	return answer;
}

/* Past blanks and comments. */
static const char *skip_space(const char *at, const char *end)
{
	const char *start;

	do {
		for (start = at; at < end && g_ascii_isspace(*at); at++)
			;
		at = skip_comment(at, end);
	} while (at != start);
	return at;
}

static const char *next_line(const char *at, const char *end)
{
	const char *newline = memchr(at, '\n', end - at);

	return newline ? newline + 1 : end;
}

/* Does the first directive ask for a macro, or for once? Headers of trace events first name their system. */
bool ew_parse_is_guarded(const char *path)
{
	g_autofree char *text = NULL;
	const char *at, *end;
	gsize length;

	if (!g_file_test(path, G_FILE_TEST_IS_REGULAR) || !g_file_get_contents(path, &text, &length, NULL))
		return true;
	end = text + length;
	for (at = skip_space(text, end); at < end && *at == '#'; at = skip_space(at, end)) {
		at = skip_space(at + 1, end);
		if (!g_str_has_prefix(at, "undef") && !g_str_has_prefix(at, "define"))
			return g_str_has_prefix(at, "ifndef") || g_str_has_prefix(at, "if !defined") ||
			       g_str_has_prefix(at, "pragma once");
		at = next_line(at, end);
	}
	return false;
}

char *ew_parse_find_header(const char *name, const char *directory, const char *const *argv)
{
	int i;

	for (i = 0; argv[i]; i++) {
		const char *where = argv[i] + strlen("-I");
		g_autofree char *below = NULL, *path = NULL;

		if (strncmp(argv[i], "-I", strlen("-I")) != 0)
			continue;
		if (!*where && !(where = argv[++i]))
			break;
		below = g_canonicalize_filename(where, directory);
		path = g_canonicalize_filename(name, below);
		if (access(path, R_OK) == 0)
			return g_steal_pointer(&path);
	}
	return NULL;
}

/* Is the header one that a prefix can hold? What cannot be found is left for the compiler to tell. */
static bool can_be_held(const char *header, const char *directory, const char *const *argv)
{
	g_autofree char *name = g_strndup(header + 1, strlen(header) - 2);
	g_autofree char *file = ew_parse_find_header(name, directory, argv);

	return !file || ew_parse_is_guarded(file);
}

struct header_walk {
	struct prefix *prefix;
	CXFile source;
	bool *is_out;
};

/* The file that makes definitions of trace events is the last that each of their headers includes. */
static void mark_header(CXFile file, CXSourceLocation *stack, unsigned depth, CXClientData data)
{
	struct header_walk *w = data;
	struct prefix *x = w->prefix;
	int index = (int)line_at_bottom(w->source, stack, depth) - x->first_line;
	CXString name = clang_getFileName(file);
	const char *path = clang_getCString(name);

	if (index >= 0 && index < (int)x->headers->len &&
	    ((depth == 1 && !ew_parse_is_guarded(path)) ||
	     (x->plan->is_plain && g_str_has_suffix(path, "/trace/define_trace.h"))))
		w->is_out[index] = true;
	clang_disposeString(name);
}

/* Take out the headers that may not stay; whether any went. */
static bool drop_headers(struct prefix *x, CXTranslationUnit tu)
{
	guint n = x->headers->len, i;
	g_autofree bool *is_out = g_new0(bool, n);
	struct header_walk w = {x, clang_getFile(tu, x->source), is_out};

	if (!mark_broken(x, tu, is_out)) {
		g_ptr_array_set_size(x->headers, 0);
		return true;
	}
	clang_getInclusions(tu, mark_header, &w);
	for (i = n; i-- > 0;)
		if (is_out[i])
			g_ptr_array_remove_index(x->headers, i);
	return x->headers->len < n;
}

static CXTranslationUnit parse_prefix(struct prefix *x, const char *const *argv)
{
	g_autoptr(GPtrArray) all = g_ptr_array_new_with_free_func(g_free);
	CXTranslationUnit tu = NULL;
	int i;

	g_ptr_array_add(all, g_strdup("-x"));
	g_ptr_array_add(all, g_strdup("c-header"));
	for (i = 0; argv[i]; i++)
		if (!ew_parse_is_unit_macro(argv[i]))
			g_ptr_array_add(all, g_strdup(argv[i]));
	g_ptr_array_add(all, g_strdup("-w"));
	g_ptr_array_add(all, g_strdup("-ferror-limit=0"));
	if (clang_parseTranslationUnit2(x->parser->index, x->source,
					(const char *const *)all->pdata, all->len, NULL, 0,
					CXTranslationUnit_ForSerialization |
						CXTranslationUnit_Incomplete |
						CXTranslationUnit_KeepGoing,
					&tu) != CXError_Success)
		return NULL;
	return tu;
}

static CXTranslationUnit parse_until_clean(struct prefix *x, const char *const *argv, GError **error)
{
	int attempt;

	for (attempt = 0; attempt < EW_PARSE_ATTEMPTS && x->headers->len; attempt++) {
		CXTranslationUnit tu;

		if (!write_source(x, error))
			return NULL;
		tu = parse_prefix(x, argv);
		if (!tu)
			break;
		if (!drop_headers(x, tu))
			return tu;
		clang_disposeTranslationUnit(tu);
	}
	g_set_error(error, EW_ERROR, EW_ERROR_INPUT, "the headers do not compile together");
	return NULL;
}

/* ---- its files ------------------------------------------------------------------------------- */

static bool write_words(struct prefix *x, CXTranslationUnit tu, GError **error)
{
	g_autoptr(GHashTable) words = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	g_autoptr(GString) text = g_string_new(NULL);
	g_autofree char *path = g_strconcat(x->plan->path, ".words", NULL);
	GHashTableIter i;
	gpointer word;

	clang_getInclusions(tu, collect_file, words);
	g_hash_table_iter_init(&i, words);
	while (g_hash_table_iter_next(&i, &word, NULL))
		g_string_append_printf(text, "%s\n", (char *)word);
	return g_file_set_contents(path, text->str, text->len, error);
}

static bool save(struct prefix *x, CXTranslationUnit tu, GError **error)
{
	g_autofree char *path = g_strconcat(x->plan->path, ".pch", NULL);

	if (clang_saveTranslationUnit(tu, path, CXSaveTranslationUnit_None) == CXSaveError_None)
		return write_words(x, tu, error);
	unlink(path);
	g_set_error(error, EW_ERROR, EW_ERROR_NOT_POSSIBLE, "%s: cannot be written", path);
	return false;
}

bool ew_parser_make_prefix(struct ew_parser *p, const struct ew_parse_prefix *prefix,
			   const char *directory, const char *const *argv,
			   const struct ew_sink *sink, GError **error)
{
	struct prefix x = {.parser = p, .plan = prefix};
	struct ew_parse_result result = {0};
	struct unit u = {.parser = p, .sink = sink, .result = &result, .is_prefix = true};
	bool answer = false;
	int i;

	if (directory && chdir(directory) < 0) {
		g_set_error(error, EW_ERROR, EW_ERROR_INPUT, "no directory %s to compile in",
			    directory);
		return false;
	}
	x.source = g_strconcat(prefix->path, ".h", NULL);
	x.headers = g_ptr_array_new();
	for (i = 0; prefix->headers[i]; i++) /* each that is found out now saves an attempt */
		if (can_be_held(prefix->headers[i], directory, argv))
			g_ptr_array_add(x.headers, (gpointer)prefix->headers[i]);
	u.tu = parse_until_clean(&x, argv, error);
	if (u.tu) {
		answer = save(&x, u.tu, error);
		unit_open(&u, x.source);
		answer = answer && cleanup_write_statics(&u, prefix->path, error);
		if (answer)
			say_entities(&u);
		unit_close(&u);
	}
	g_ptr_array_unref(x.headers);
	g_free(x.source);
	return answer;
}
