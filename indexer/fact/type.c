/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Types of functions, as libclang spells them: "int (unsigned int, struct hlist_node *)". */
#include <string.h>

#include "fact/fact.h"

static size_t length_of(const char *type)
{
	const char *attribute = strstr(type, " __attribute__(");

	return attribute ? (size_t)(attribute - type) : strlen(type);
}

/* How much of "int ()" is the result; 0 if there is a prototype. */
static size_t result_of(const char *type, size_t length)
{
	return length > 2 && type[length - 2] == '(' && type[length - 1] == ')' ? length - 2 : 0;
}

bool ew_fact_is_same_type(const char *a, const char *b)
{
	size_t length_a = length_of(a), length_b = length_of(b);
	size_t result = result_of(a, length_a);

	if (!result)
		result = result_of(b, length_b);
	if (result)
		return length_a > result && length_b > result && !strncmp(a, b, result + 1);
	return length_a == length_b && !strncmp(a, b, length_a);
}

bool ew_fact_is_untyped(const char *type)
{
	return type && g_str_has_suffix(type, "void *");
}
