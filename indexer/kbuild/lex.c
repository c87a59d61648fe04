/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Shell text to compile commands: just as much of the shell's grammar as Kbuild's recipes use. */
#include "kbuild/internal.h"

#include <string.h>

void ew_unit_free(struct ew_unit *unit)
{
	if (!unit)
		return;
	g_free(unit->file);
	g_free(unit->path);
	g_free(unit->directory);
	g_free(unit->object);
	g_strfreev(unit->argv);
	g_free(unit->problem);
	g_free(unit);
}

/* ---- arguments ------------------------------------------------------------------------------- */

/* Options that ask for output which the parser does not make; the second kind takes a word. */
static bool is_dependency_output(const char *word)
{
	return g_str_has_prefix(word, "-Wp,-M") || !strcmp(word, "-MD") || !strcmp(word, "-MMD") ||
	       !strcmp(word, "-MP") || !strcmp(word, "-MG") || !strcmp(word, "-MV");
}

static bool takes_dependency_word(const char *word)
{
	return !strcmp(word, "-MF") || !strcmp(word, "-MT") || !strcmp(word, "-MQ") ||
	       !strcmp(word, "-MJ");
}

/* Options whose next word is theirs, so that it is not taken for the source. */
static bool takes_word(const char *word)
{
	static const char *const options[] = {
		"-I",	     "-D",	 "-U",		"-include",
		"-imacros",  "-isystem", "-iquote",	"-idirafter",
		"-isysroot", "-x",	 "-target",	"-Xclang",
		"-mllvm",    "-arch",	 "-Xassembler", "-Xpreprocessor",
		"-Xlinker",  "--param"};

	for (size_t i = 0; i < G_N_ELEMENTS(options); i++)
		if (!strcmp(word, options[i]))
			return true;
	return false;
}

struct ew_unit *ew_unit_from_words(char *const *words, bool needs_c)
{
	ew_auto(unit) unit = g_new0(struct ew_unit, 1);
	g_autoptr(GPtrArray) argv = g_ptr_array_new();
	bool has_c = !needs_c;

	for (; *words; words++) {
		const char *word = *words;

		if (!strcmp(word, "-c")) {
			has_c = true;
		} else if (!strcmp(word, "-E") || !strcmp(word, "-S")) {
			return NULL;
		} else if (!strcmp(word, "-o") && words[1]) {
			g_free(unit->object);
			unit->object = g_strdup(*++words);
		} else if (takes_dependency_word(word)) {
			words += words[1] ? 1 : 0;
		} else if (takes_word(word) && words[1]) {
			g_ptr_array_add(argv, (char *)word);
			g_ptr_array_add(argv, *++words);
		} else if (*word != '-' && g_str_has_suffix(word, ".c") && !unit->path) {
			unit->path = g_strdup(word);
		} else if (!is_dependency_output(word)) {
			g_ptr_array_add(argv, (char *)word);
		}
	}
	if (!unit->path || !has_c)
		return NULL;
	g_ptr_array_add(argv, NULL);
	unit->argv = g_strdupv((char **)argv->pdata);
	if (!unit->object)
		unit->object = g_strdup("");
	return g_steal_pointer(&unit);
}

/* ---- words ----------------------------------------------------------------------------------- */

struct lexer {
	const char *at;
	GString *word;
	bool in_word; /* '' is a word, too */
};

static void lex_single_quoted(struct lexer *x)
{
	const char *end = strchr(x->at, '\'');

	if (!end)
		end = x->at + strlen(x->at);
	g_string_append_len(x->word, x->at, end - x->at);
	x->at = *end ? end + 1 : end;
}

static void lex_double_quoted(struct lexer *x)
{
	for (; *x->at && *x->at != '"'; x->at++) {
		if (*x->at == '\\' && x->at[1] && strchr("\"\\$`\n", x->at[1]))
			x->at++;
		g_string_append_c(x->word, *x->at);
	}
	if (*x->at)
		x->at++;
}

/* The next word of the simple command, in x->word. False at the command's end; x->at then stands on
 * the operator that ends it, or on the end of the line. */
static bool lex_word(struct lexer *x)
{
	g_string_truncate(x->word, 0);
	x->in_word = false;
	while (*x->at == ' ' || *x->at == '\t')
		x->at++;
	while (*x->at && !strchr(" \t\n;|&()", *x->at)) {
		char c = *x->at++;

		if (c == '\\' && *x->at == '\n') {
			x->at++;
			x->at += x->in_word ? 0 : strspn(x->at, " \t");
			continue;
		}
		x->in_word = true;
		if (c == '\'')
			lex_single_quoted(x);
		else if (c == '"')
			lex_double_quoted(x);
		else if (c != '\\')
			g_string_append_c(x->word, c);
		else if (*x->at)
			g_string_append_c(x->word, *x->at++);
	}
	return x->in_word;
}

static void skip_operator(struct lexer *x)
{
	while (*x->at && strchr(" \t\n;|&()", *x->at))
		x->at++;
}

/* The words of one simple command whose first word has been read and is the compiler. */
static struct ew_unit *lex_command(struct lexer *x)
{
	g_autoptr(GPtrArray) words = g_ptr_array_new_with_free_func(g_free);

	while (lex_word(x))
		g_ptr_array_add(words, g_strdup(x->word->str));
	g_ptr_array_add(words, NULL);
	return ew_unit_from_words((char *const *)words->pdata, true);
}

struct ew_unit *ew_kbuild_lex(const char *line, const char *compiler)
{
	g_autoptr(GString) word = NULL;
	struct lexer x = {line, NULL, false};

	/* Most lines of a dry run compile nothing. */
	if (!strstr(line, compiler))
		return NULL;
	x.word = word = g_string_sized_new(256);
	while (*x.at) {
		struct ew_unit *unit;

		if (lex_word(&x) && !strcmp(word->str, compiler)) {
			unit = lex_command(&x);
			if (unit)
				return unit;
		}
		while (lex_word(&x))
			;
		skip_operator(&x);
	}
	return NULL;
}
