/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The facts of an index as lines, in names and places instead of ids: sorted, the lines of two indexes
 * are the same where their facts are. Not shown: ids, when the index was made and files were changed,
 * the texts of files (their length and hash are), prefixes, who owns what, which files a unit read and
 * whether it was behind a prefix. One table says what a kind's line holds; fact_names.c makes the names.
 *
 * In memory are the names of entities, and a few words for each condition, call and flow; rows are
 * streamed.
 */
#include "query/facts.h"

#include <string.h>

/*
 * A kind of line: the columns that its statement selects, each with how it is written:
 *	t text   i number   s string   p path   F function   R record   D field   V variable   L local   U unit
 *	N node   C condition   A call   W flow   P proof   - not at all
 * NULL is written as -, and so is 0 where a name is wanted.
 */
struct kind {
	const char *name;
	enum ew_statement statement;
	const char *how, *columns;
};

static const struct kind kinds[] = {
	{"meta", EW_FACTS_META, "tt", "key\tvalue"},
	{"file", EW_FACTS_FILE, "-ttiiii", "path\tspdx\tlength\tpacked\thash\tsize"},
	{"unit", EW_FACTS_UNIT, "-tiitiit",
	 "file\tstatus\terrors\treason\trank\tcommand\tprogram"},
	{"shadowed", EW_FACTS_SHADOWED, "NUF", "node\tunit\ttwin"},
	{"function", EW_FACTS_FUNCTION, "Ftpiiiisi",
	 "function\tname\tfile\tline\tcolumn\tend_line\tflags\tsignature\tkey"},
	{"record", EW_FACTS_RECORD, "Rttpiiii",
	 "record\tname\tkeyword\tfile\tline\tcolumn\tend_line\tkey"},
	{"field", EW_FACTS_FIELD, "DRtsiisii", "field\trecord\tname\ttype\tline\tflags\tsignature\toverlay\tkey"},
	{"shared", EW_FACTS_SHARED, "DDRNN", "field\tother\trecord\tobject\tother_object"},
	{"variable", EW_FACTS_VARIABLE, "Vtpiiiisi",
	 "variable\tname\tfile\tline\tcolumn\tend_line\tflags\ttype\tkey"},
	{"local", EW_FACTS_LOCAL, "LFs", "local\tfunction\tname"},
	{"macro", EW_FACTS_MACRO, "tpii", "name\tfile\tline\tend_line"},
	{"condition", EW_FACTS_CONDITION, "-Ciipiiii",
	 "parent\tkind\tdead\tfile\tline\tcolumn\tend_line\tend_column"},
	{"comparison", EW_ALL_COMPARISONS, "CFNNiNi", "condition\tfunction\tslot\tbase\tbase_mode\tvalue\tequal"},
	{"call", EW_ALL_CALLS, "-FiFNNispiisCi",
	 "caller\tordinal\tcallee\tslot\tbase\tbase_mode\tsignature\tfile\tline\tcolumn\tmacro\t"
	 "condition\tdead"},
	{"flow", EW_ALL_FLOWS, "-NNiNNiiiFpiiAsC",
	 "to\tto_base\tto_mode\tfrom\tfrom_base\tfrom_mode\tis_address\thow\tfunction\tfile\tline\t"
	 "column\tcall\tmacro\tcondition"},
	{"access", EW_FACTS_ACCESS, "FiiDi", "function\tline\tcolumn\tfield\tmode"},
	{"state", EW_FACTS_STATE, "FiNisNssipiisCi",
	 "function\tordinal\ttarget\thow\tvalue\tsource\tfrom\tnote\tentry\tfile\tline\tcolumn\tmacro\t"
	 "condition\tdead"},
	{"edge", EW_ALL_EDGES, "-AFsiNPii", "call\tcallee\twhen\tgrade\tcontainer\tproof\tdiffers\tdead"},
	{"chain", EW_CHAINS, "AAN", "call\tvia\thead"},
	{"site", EW_ALL_SITES, "AiNiiii",
	 "call\treason\torigin\tby_signature\tby_slot\tby_object\tis_open"},
	{"reach", EW_FACTS_REACH, "NNW", "slot\tvalue\tflow"},
};

/* ---- one line -------------------------------------------------------------------------------- */

/* An index is not trusted: a text may hold what would break the line, or the terminal. */
static void add_text(GString *line, const char *text)
{
	const char *from = text;

	for (; *text; text++) {
		if ((unsigned char)*text >= ' ' && *text != '\\' && *text != 0x7f)
			continue;
		g_string_append_len(line, from, text - from);
		g_string_append_printf(line, "\\x%02x", (unsigned char)*text);
		from = text + 1;
	}
	g_string_append_len(line, from, text - from);
}

static void add_proof(struct facts *f, int64_t id)
{
	ew_auto(rows) r = ew_store_select(f->store, EW_PROOF, "i", id);
	bool is_first = true;

	while (ew_rows_next(r)) {
		g_string_append(f->line, is_first ? "" : "; ");
		facts_add_number(f->line, ew_rows_int(r, 0));
		g_string_append_c(f->line, ' ');
		facts_add_flow(f, ew_rows_int(r, 1));
		is_first = false;
	}
}

static void add_named(struct facts *f, char how, int64_t id)
{
	switch (how) {
	case 'N':
		facts_add_node(f, id);
		break;
	case 'C':
		facts_add_condition(f, id);
		break;
	case 'A':
		facts_add_call(f, id);
		break;
	case 'W':
		facts_add_flow(f, id);
		break;
	case 'P':
		add_proof(f, id);
		break;
	default:
		add_text(f->line, facts_name(f, how, id));
	}
}

static void add_cell(struct facts *f, struct ew_rows *r, int column, char how)
{
	const char *text;
	int64_t number;

	if (how == 't') {
		text = ew_rows_text(r, column);
		add_text(f->line, text ? text : "-");
		return;
	}
	number = ew_rows_int(r, column);
	if (how == 'i' && !ew_rows_is_null(r, column))
		facts_add_number(f->line, number);
	else if (how == 'i' || !number)
		g_string_append_c(f->line, '-');
	else
		add_named(f, how, number);
}

static bool emit_line(struct facts *f)
{
	return f->emit(f->line->str, f->data);
}

static bool emit_header(struct facts *f, const char *kind, const char *columns)
{
	g_string_printf(f->line, "#%s\t%s", kind, columns);
	return emit_line(f);
}

static bool emit_kind(struct facts *f, const struct kind *k)
{
	ew_auto(rows) r = ew_store_select(f->store, k->statement, "");
	bool wanted = emit_header(f, k->name, k->columns);

	while (wanted && ew_rows_next(r)) {
		int i;

		g_string_assign(f->line, k->name);
		for (i = 0; k->how[i]; i++) {
			if (k->how[i] == '-')
				continue;
			g_string_append_c(f->line, '\t');
			add_cell(f, r, i, k->how[i]);
		}
		wanted = emit_line(f);
	}
	return wanted;
}

/* ---- the graph ------------------------------------------------------------------------------- */

static bool emit_arrow(struct facts *f, uint32_t from, uint32_t to, uint32_t call)
{
	g_string_assign(f->line, "graph\t");
	add_text(f->line, facts_name(f, 'F', from));
	g_string_append_c(f->line, '\t');
	add_text(f->line, facts_name(f, 'F', to & EW_GRAPH_FUNCTION));
	g_string_append_c(f->line, '\t');
	facts_add_number(f->line, to >> 31);
	g_string_append_c(f->line, '\t');
	if (call)
		facts_add_call(f, call);
	else
		g_string_append_c(f->line, '-');
	return emit_line(f);
}

static bool emit_graph(struct facts *f)
{
	const struct call_graph *g = &f->query->graph;
	bool wanted = emit_header(f, "graph", "caller\tcallee\tis pointer\tcall");
	uint32_t i, k;

	if (!wanted || !query_load_graph(f->query))
		return false;
	for (i = 0; wanted && i < g->functions; i++)
		for (k = g->first[i]; wanted && k < g->first[i + 1]; k++)
			wanted = emit_arrow(f, i, g->to[k], g->call[k]);
	return wanted;
}

/* The stored callers of a function: how many, and the calls in their order. */
static bool emit_callers(struct facts *f)
{
	ew_auto(rows) r = ew_store_select(f->store, EW_ALL_CALLERS, "");
	bool wanted = emit_header(f, "callers", "callee\tdirect\tpointer\tcalls");

	while (wanted && ew_rows_next(r)) {
		struct stored_callers calls;
		int64_t call;

		g_string_assign(f->line, "callers\t");
		add_text(f->line, facts_name(f, 'F', ew_rows_int(r, 0)));
		g_string_append_printf(f->line, "\t%d\t%d\t", (int)ew_rows_int(r, 1), (int)ew_rows_int(r, 2));
		stored_callers_init(&calls, r, 3);
		while ((call = stored_callers_next(&calls))) {
			facts_add_call(f, call);
			g_string_append_c(f->line, ' ');
		}
		wanted = emit_line(f);
		g_bytes_unref(calls.bytes);
	}
	return wanted;
}

bool ew_query_dump_facts(struct ew_query *q, ew_query_emit emit, void *data, GError **error)
{
	struct facts f = {.query = q, .store = q->store, .emit = emit, .data = data};
	bool wanted;
	size_t i;

	facts_init(&f);
	wanted = query_is_sound(q, NULL);
	for (i = 0; wanted && i < G_N_ELEMENTS(kinds); i++)
		wanted = emit_kind(&f, &kinds[i]);
	if (wanted && emit_graph(&f))
		emit_callers(&f);
	facts_clear(&f);
	return query_is_sound(q, error);
}
