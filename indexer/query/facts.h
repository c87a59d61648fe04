/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What facts.c and fact_names.c share; within the query module only. */
#ifndef EW_QUERY_FACTS_H
#define EW_QUERY_FACTS_H

#include "query/internal.h"

/* What is known of a row to which others refer by its id. */
struct fact_place {
	int32_t file, line, column;
};
struct fact_condition {
	struct fact_place place;
	int32_t parent, kind, end_line, end_column;
};
struct fact_call {
	int32_t caller, ordinal;
};
struct fact_flow {
	struct fact_place place;
	int64_t to;
};

struct facts {
	struct ew_query *query;
	struct ew_store *store;
	ew_query_emit emit;
	void *data;
	GString *line;
	GStringChunk *text;
	GPtrArray *names[128]; /* by the letter of the kind, then by id: const char *, NULL if no row */
	GArray *conditions, *calls, *flows; /* by id */
};

/* fact_names.c: what ids stand for, as fact.h writes keys. A row that is not there is damage. */
void facts_init(struct facts *f);
void facts_clear(struct facts *f);
/* s string, p path, F function, R record, D field, V variable, L local, U unit. */
const char *facts_name(struct facts *f, char kind, int64_t id);
void facts_add_number(GString *line, int64_t number);
void facts_add_node(struct facts *f, int64_t node);
void facts_add_condition(struct facts *f, int64_t id); /* kind@file:line:column-line:column^depth */
void facts_add_call(struct facts *f, int64_t id);      /* caller(ordinal) */
void facts_add_flow(struct facts *f, int64_t id);      /* file:line:column=slot */

#endif
