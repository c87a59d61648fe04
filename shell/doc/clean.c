/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Text from kernels, processes and lessons is somebody else's: it must not drive a terminal. */
#include "doc/model.h"
#include <string.h>

static bool turns_direction(gunichar c)
{
	return (c >= 0x202a && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069) ||
	       (c >= 0x200b && c <= 0x200f) || c == 0x2028 || c == 0x2029 || c == 0xfeff;
}

/* What is shown for one character. */
static gunichar visible(gunichar c, bool keep_newline)
{
	if (c == '\t' || (c == '\n' && keep_newline))
		return c;
	if (c < 0x20)
		return 0x2400 + c;
	if (c == 0x7f)
		return 0x2421;
	if ((c >= 0x80 && c < 0xa0) || turns_direction(c))
		return 0xfffd;
	return c;
}

/* Most text is plain, and taken as it stands. */
static bool is_plain(const char *bytes, int size, bool keep_newline)
{
	for (int i = 0; i < size; i++)
		if ((bytes[i] < 0x20 && bytes[i] != '\t' && (bytes[i] != '\n' || !keep_newline)) ||
		    bytes[i] == 0x7f)
			return false;
	return true;
}

char *ew_clean_map(const char *bytes, int length, bool keep_newline, int *map)
{
	int size = length < 0 ? (int)strlen(bytes) : length;

	if (!map && is_plain(bytes, size, keep_newline))
		return g_strndup(bytes, (gsize)size);
	g_autoptr(GString) out = g_string_new(NULL);

	for (int i = 0; i < size;) {
		gunichar c = g_utf8_get_char_validated(bytes + i, size - i);
		int step = 1;

		if (bytes[i] == 0)
			c = 0x2400;
		else if (c == (gunichar)-1 || c == (gunichar)-2)
			c = 0xfffd;
		else
			step = g_utf8_next_char(bytes + i) - (bytes + i);
		for (int k = 0; map && k < step; k++)
			map[i + k] = (int)out->len;
		g_string_append_unichar(out, visible(c, keep_newline));
		i += step;
	}
	if (map)
		map[size] = (int)out->len;
	return g_string_free(g_steal_pointer(&out), FALSE);
}

char *ew_doc_clean(const char *bytes, int length)
{
	return ew_clean_map(bytes, length, true, NULL);
}

int ew_doc_columns(const char *text)
{
	int columns = 0;

	for (const char *p = text; *p; p = g_utf8_next_char(p)) {
		if (!(*p & 0x80)) {
			columns++;
			continue;
		}
		gunichar c = g_utf8_get_char(p);

		if (!g_unichar_iszerowidth(c))
			columns += g_unichar_iswide(c) ? 2 : 1;
	}
	return columns;
}

static const struct {
	gunichar sign;
	const char *ascii;
} spellings[] = {
	{0x00a0, " "}, {0x00b7, "-"},  {0x00d7, "x"},  {0x2013, "-"},	{0x2014, "--"},
	{0x2018, "'"}, {0x2019, "'"},  {0x201c, "\""}, {0x201d, "\""},	{0x2022, "*"},
	{0x2026, "..."}, {0x2190, "<-"}, {0x2192, "->"}, {0x2500, "-"}, {0x2502, "|"},
	{0x2506, ":"}, {0x250a, ":"},  {0x250c, "+"},  {0x2514, "`"},	{0x251c, "+"},
	{0x2504, "-"}, {0x25b6, ">"},  {0x25c0, "<"},  {0x2713, "v"},	{0x2717, "x"},
	{0x2193, "v"}, {0x2191, "^"},  {0x2510, "+"},  {0x2518, "+"},	{0x2524, "+"},
	{0x2565, "+"}, {0x2551, "|"},  {0x2588, "#"},  {0x2591, "."},
};

static const char *spell(gunichar c)
{
	for (size_t i = 0; i < G_N_ELEMENTS(spellings); i++)
		if (spellings[i].sign == c)
			return spellings[i].ascii;
	return "?";
}

char *ew_ascii(const char *text)
{
	GString *out = g_string_new(NULL);

	for (const char *p = text; *p; p = g_utf8_next_char(p)) {
		if ((unsigned char)*p < 0x80)
			g_string_append_c(out, *p);
		else
			g_string_append(out, spell(g_utf8_get_char(p)));
	}
	return g_string_free(out, FALSE);
}
