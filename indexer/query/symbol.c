/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Symbols: by id, by name; and the near ones when there is none. */
#include <inttypes.h>
#include <string.h>

#include "query/internal.h"

enum { LONGEST_NAME = 200, NEAR = 3 };

/* ---- by id ----------------------------------------------------------------------------------- */

/* A symbol in q->symbols. Its type is text of another table, and most symbols are only named in an answer. */
struct known {
	struct ew_symbol symbol;
	int64_t type; /* id of a string that symbol.type is not yet; 0 */
	bool is_alone; /* known to have no twins */
};

static struct known *known(const struct ew_symbol *s)
{
	return (struct known *)s;
}

static void fill_function(struct ew_query *q, struct ew_symbol *s)
{
	ew_auto(rows) r = ew_store_select(q->store, EW_FUNCTION, "i", s->id);

	if (!ew_rows_next(r))
		return;
	s->name = query_intern(q, ew_rows_text(r, 0));
	s->place = (struct ew_place){query_file(q, ew_rows_int(r, 1)), ew_rows_int(r, 2),
				     ew_rows_int(r, 3)};
	s->end_line = ew_rows_int(r, 4);
	s->is_static = ew_rows_int(r, 5) & EW_STORE_STATIC;
	s->is_inline = ew_rows_int(r, 5) & EW_STORE_INLINE;
	known(s)->is_alone = !(ew_rows_int(r, 5) & (EW_STORE_TWIN | EW_STORE_HAS_TWIN));
	known(s)->type = ew_rows_int(r, 6);
}

static void fill_record(struct ew_query *q, struct ew_symbol *s)
{
	ew_auto(rows) r = ew_store_select(q->store, EW_RECORD, "i", s->id);

	if (!ew_rows_next(r))
		return;
	s->name = query_intern(q, ew_rows_text(r, 0));
	s->type = query_intern(q, ew_rows_text(r, 1));
	s->place = (struct ew_place){query_file(q, ew_rows_int(r, 2)), ew_rows_int(r, 3),
				     ew_rows_int(r, 4)};
	s->end_line = ew_rows_int(r, 5);
}

/* A member of an unnamed struct is keyed "name@line"; it is shown without. */
static void fill_field(struct ew_query *q, struct ew_symbol *s)
{
	ew_auto(rows) r = ew_store_select(q->store, EW_FIELD, "i", s->id);
	const struct ew_symbol *record;
	g_autofree char *name = NULL;

	if (!ew_rows_next(r))
		return;
	record = query_symbol(q, EW_SYMBOL_RECORD, ew_rows_int(r, 0));
	name = g_strdup_printf("%s.%s", record->name, ew_rows_text(r, 1));
	*strchrnul(name, '@') = '\0';
	s->name = query_intern(q, name);
	s->place = (struct ew_place){record->place.file, ew_rows_int(r, 3), 1};
	s->end_line = s->place.line;
	known(s)->type = ew_rows_int(r, 2);
}

static void fill_variable(struct ew_query *q, struct ew_symbol *s)
{
	ew_auto(rows) r = ew_store_select(q->store, EW_VARIABLE, "i", s->id);

	if (!ew_rows_next(r))
		return;
	s->name = query_intern(q, ew_rows_text(r, 0));
	s->place = (struct ew_place){query_file(q, ew_rows_int(r, 1)), ew_rows_int(r, 2),
				     ew_rows_int(r, 3)};
	s->end_line = ew_rows_int(r, 4);
	s->is_static = ew_rows_int(r, 5) & EW_STORE_STATIC;
	known(s)->type = ew_rows_int(r, 6);
}

static struct ew_symbol *new_symbol(struct ew_query *q, enum ew_symbol_kind kind, int64_t id)
{
	struct known *k = g_new0(struct known, 1);
	struct ew_symbol *s = &k->symbol;
	int64_t *key = g_new(int64_t, 1);

	s->kind = kind;
	s->id = id;
	s->name = "";
	*key = (int64_t)kind << 48 | id;
	g_hash_table_insert(q->symbols, key, s);
	return s;
}

const struct ew_symbol *query_symbol(struct ew_query *q, enum ew_symbol_kind kind, int64_t id)
{
	int64_t key = (int64_t)kind << 48 | id;
	struct ew_symbol *s = g_hash_table_lookup(q->symbols, &key);

	if (s)
		return s;
	s = new_symbol(q, kind, id);
	switch (kind) {
	case EW_SYMBOL_FUNCTION:
		fill_function(q, s);
		break;
	case EW_SYMBOL_RECORD:
		fill_record(q, s);
		break;
	case EW_SYMBOL_FIELD:
		fill_field(q, s);
		break;
	case EW_SYMBOL_VARIABLE:
		fill_variable(q, s);
		break;
	default:
		break;
	}
	return s;
}

const struct ew_symbol *query_told_symbol(struct ew_query *q, const struct ew_symbol *told, int64_t type)
{
	int64_t key = (int64_t)told->kind << 48 | told->id;
	struct ew_symbol *s = g_hash_table_lookup(q->symbols, &key);

	if (s)
		return s;
	s = new_symbol(q, told->kind, told->id);
	*s = *told;
	known(s)->type = type;
	return s;
}

bool query_is_alone(const struct ew_symbol *s)
{
	return known(s)->is_alone;
}

int64_t query_type_id(const struct ew_symbol *s)
{
	return known(s)->type;
}

const struct ew_symbol *query_typed_symbol(struct ew_query *q, enum ew_symbol_kind kind, int64_t id)
{
	struct known *k = known(query_symbol(q, kind, id));

	if (k->type)
		k->symbol.type = query_string(q, k->type);
	k->type = 0;
	return &k->symbol;
}

static const char *name_of(struct ew_query *q, enum ew_symbol_kind kind, int64_t id);

static char *read_name(struct ew_query *q, enum ew_symbol_kind kind, int64_t id)
{
	static const enum ew_statement statements[] = {
		[EW_SYMBOL_FUNCTION] = EW_FUNCTION,
		[EW_SYMBOL_VARIABLE] = EW_VARIABLE,
		[EW_SYMBOL_RECORD] = EW_RECORD,
	};
	ew_auto(rows) r = ew_store_select(
		q->store, kind == EW_SYMBOL_FIELD ? EW_FIELD : statements[kind], "i", id);
	char *name;

	if (!ew_rows_next(r))
		return NULL;
	if (kind != EW_SYMBOL_FIELD)
		return g_strdup(ew_rows_text(r, 0));
	name = g_strdup_printf("%s.%s", name_of(q, EW_SYMBOL_RECORD, ew_rows_int(r, 0)),
			       ew_rows_text(r, 1));
	*strchrnul(name, '@') = '\0';
	return name;
}

/* The name alone: where a symbol stands is in other tables again. */
static const char *name_of(struct ew_query *q, enum ew_symbol_kind kind, int64_t id)
{
	int64_t key = (int64_t)kind << 48 | id;
	const struct ew_symbol *s = g_hash_table_lookup(q->symbols, &key);
	const char *name = s ? s->name : g_hash_table_lookup(q->names, &key);
	g_autofree char *read = NULL;

	if (name)
		return name;
	read = read_name(q, kind, id);
	name = query_intern(q, read ? read : "");
	g_hash_table_insert(q->names, g_memdup2(&key, sizeof key), (gpointer)name);
	return name;
}

static const char *argument_name(struct ew_query *q, int64_t call, int position)
{
	ew_auto(rows) r = ew_store_select(q->store, EW_CALL, "i", call);
	struct call_row c;
	g_autofree char *name = NULL;

	if (!ew_rows_next(r))
		return "?";
	query_read_call(r, &c);
	if (position == EW_NODE_RESULT)
		name = g_strdup_printf("what the call at %s:%d returns", query_file(q, c.file), c.line);
	else
		name = g_strdup_printf("argument %d of the call at %s:%d", position + 1,
				       query_file(q, c.file), c.line);
	return query_intern(q, name);
}

/* "bar.ops", "x.dw.work of f" */
static char *part_name(struct ew_query *q, int64_t id)
{
	ew_auto(rows) r = ew_store_select(q->store, EW_PART, "i", id);
	const char *outer, *of, *member;

	if (!ew_rows_next(r))
		return NULL;
	outer = query_node_name(q, ew_rows_int(r, 0));
	member = strchr(name_of(q, EW_SYMBOL_FIELD, ew_rows_int(r, 1)), '.');
	of = strstr(outer, " of ");
	if (!of)
		of = outer + strlen(outer);
	return g_strdup_printf("%.*s%s%s", (int)(of - outer), outer, member ? member : ".?", of);
}

bool query_is_same_object(struct ew_query *q, int64_t a, int64_t b)
{
	while (a != b) {
		ew_auto(rows) ra = ew_store_select(q->store, EW_PART, "i", ew_node_id(a));
		ew_auto(rows) rb = ew_store_select(q->store, EW_PART, "i", ew_node_id(b));
		bool has_a = ew_node_kind_of(a) == EW_NODE_PART && ew_rows_next(ra);
		bool has_b = ew_node_kind_of(b) == EW_NODE_PART && ew_rows_next(rb);
		int64_t member_a = has_a ? ew_node_make(EW_NODE_FIELD, ew_rows_int(ra, 1)) : a;
		int64_t member_b = has_b ? ew_node_make(EW_NODE_FIELD, ew_rows_int(rb, 1)) : b;

		if (member_a != member_b)
			return false;
		if (!has_a || !has_b)
			return true;
		a = ew_rows_int(ra, 0);
		b = ew_rows_int(rb, 0);
	}
	return true;
}

const char *query_node_name(struct ew_query *q, int64_t node)
{
	int64_t id = ew_node_id(node);
	g_autofree char *name = NULL;
	struct ew_rows *r;

	switch (ew_node_kind_of(node)) {
	case EW_NODE_FUNCTION:
		return name_of(q, EW_SYMBOL_FUNCTION, id);
	case EW_NODE_VARIABLE:
		return name_of(q, EW_SYMBOL_VARIABLE, id);
	case EW_NODE_FIELD:
		return name_of(q, EW_SYMBOL_FIELD, id);
	case EW_NODE_PARAM:
		name = g_strdup_printf("parameter %d of %s", ew_node_position(node) + 1,
				       name_of(q, EW_SYMBOL_FUNCTION, id));
		break;
	case EW_NODE_RETURN:
		name = g_strdup_printf("what %s returns",
				       name_of(q, EW_SYMBOL_FUNCTION, id));
		break;
	case EW_NODE_LOCAL:
		r = ew_store_select(q->store, EW_LOCAL, "i", id);
		if (ew_rows_next(r))
			name = g_strdup_printf(
				"%s of %s", query_string(q, ew_rows_int(r, 1)),
				name_of(q, EW_SYMBOL_FUNCTION, ew_rows_int(r, 0)));
		ew_rows_end(r);
		break;
	case EW_NODE_ARGUMENT:
		return argument_name(q, id, ew_node_position(node));
	case EW_NODE_PART:
		name = part_name(q, id);
		break;
	case EW_NODE_CONSTANT:
		return query_string(q, id);
	default:
		return "a value that has no name";
	}
	return query_intern(q, name ? name : "?");
}

/* ---- by name --------------------------------------------------------------------------------- */

static void add_named(struct ew_query *q, enum ew_statement statement, enum ew_symbol_kind kind,
		      const char *name, GPtrArray *found)
{
	ew_auto(rows) r = ew_store_select(q->store, statement, "s", name);

	while (ew_rows_next(r))
		g_ptr_array_add(found, (gpointer)query_typed_symbol(q, kind, ew_rows_int(r, 0)));
}

static void add_fields(struct ew_query *q, const char *name, GPtrArray *found)
{
	const char *dot = strchr(name, '.');
	g_autofree char *record = dot ? g_strndup(name, dot - name) : NULL;
	ew_auto(rows) records = NULL;

	if (!dot)
		return;
	records = ew_store_select(q->store, EW_RECORDS_NAMED, "s", record);
	while (ew_rows_next(records)) {
		ew_auto(rows) r =
			ew_store_select(q->store, EW_FIELDS_OF, "i", ew_rows_int(records, 0));

		while (ew_rows_next(r)) {
			g_autofree char *member = g_strdup(ew_rows_text(r, 1));

			*strchrnul(member, '@') = '\0';
			if (!strcmp(member, dot + 1))
				g_ptr_array_add(found, (gpointer)query_typed_symbol(
							q, EW_SYMBOL_FIELD, ew_rows_int(r, 0)));
		}
	}
}

static void add_macros(struct ew_query *q, const char *name, GPtrArray *found)
{
	ew_auto(rows) r = ew_store_select(q->store, EW_MACROS_NAMED, "s", name);

	while (ew_rows_next(r)) {
		int64_t id = ew_rows_int(r, 0), key = (int64_t)EW_SYMBOL_MACRO << 48 | id;
		struct ew_symbol *s = g_hash_table_lookup(q->symbols, &key);

		if (!s) {
			s = new_symbol(q, EW_SYMBOL_MACRO, id);
			s->name = query_intern(q, name);
			s->place = (struct ew_place){query_file(q, ew_rows_int(r, 1)),
						     ew_rows_int(r, 2), 1};
			s->end_line = ew_rows_int(r, 3);
		}
		g_ptr_array_add(found, s);
	}
}

static void add_file(struct ew_query *q, const char *path, GPtrArray *found)
{
	ew_auto(rows) r = ew_store_select(q->store, EW_FILE_BY_PATH, "s", path);
	g_autoptr(GBytes) text = NULL;
	struct ew_symbol *s;
	const char *at;
	gsize length, i;

	if (!ew_rows_next(r))
		return;
	s = new_symbol(q, EW_SYMBOL_FILE, ew_rows_int(r, 0));
	s->name = query_intern(q, path);
	s->place = (struct ew_place){s->name, 1, 1};
	text = ew_query_text(q, path, NULL);
	at = text ? g_bytes_get_data(text, &length) : NULL;
	for (i = 0; at && i < length; i++)
		s->end_line += at[i] == '\n';
	g_ptr_array_add(found, s);
}

/* "file_table.c" and "fs/file_table.c" both name fs/file_table.c, "le.c" does not. */
static bool is_path_end(const char *path, const char *end)
{
	size_t n = strlen(end);
	size_t length = path ? strlen(path) : 0;

	return path && length >= n && !strcmp(path + length - n, end) &&
	       (length == n || path[length - n - 1] == '/');
}

static void keep_in_file(struct ew_query *q, GPtrArray *found, const char *file)
{
	guint i = 0;

	while (i < found->len) {
		const struct ew_symbol *s = g_ptr_array_index(found, i);
		const char *unit = ew_query_including_unit(q, s);

		if (is_path_end(s->place.file, file) || (unit && is_path_end(unit, file)))
			i++;
		else
			g_ptr_array_remove_index(found, i);
	}
}

/* What is defined comes first, then by place. */
static int compare_symbols(gconstpointer a, gconstpointer b)
{
	const struct ew_symbol *x = *(struct ew_symbol *const *)a, *y = *(struct ew_symbol *const *)b;

	if (!x->place.file != !y->place.file)
		return !x->place.file - !y->place.file;
	if (x->kind != y->kind)
		return (int)x->kind - (int)y->kind;
	if (x->place.file && strcmp(x->place.file, y->place.file))
		return strcmp(x->place.file, y->place.file);
	return x->place.line - y->place.line;
}

static GPtrArray *find_all(struct ew_query *q, const char *name, unsigned kinds)
{
	GPtrArray *found = g_ptr_array_new();
	const char *colon = strrchr(name, ':');
	const char *plain = colon ? colon + 1 : name;

	if (kinds & EW_SYMBOL_FUNCTION)
		add_named(q, EW_FUNCTIONS_NAMED, EW_SYMBOL_FUNCTION, plain, found);
	if (kinds & EW_SYMBOL_RECORD)
		add_named(q, EW_RECORDS_NAMED, EW_SYMBOL_RECORD, plain, found);
	if (kinds & EW_SYMBOL_FIELD)
		add_fields(q, plain, found);
	if (kinds & EW_SYMBOL_VARIABLE)
		add_named(q, EW_VARIABLES_NAMED, EW_SYMBOL_VARIABLE, plain, found);
	if (kinds & EW_SYMBOL_MACRO)
		add_macros(q, plain, found);
	if (kinds & EW_SYMBOL_FILE)
		add_file(q, plain, found);
	if (colon) {
		g_autofree char *file = g_strndup(name, colon - name);

		keep_in_file(q, found, file);
	}
	g_ptr_array_sort(found, compare_symbols);
	return found;
}

/* ---- near names ------------------------------------------------------------------------------ */

/* Edit distance, given up above `most`. */
static int distance(const char *a, const char *b, int most)
{
	int n = strlen(a), m = strlen(b), i, k;
	int row[LONGEST_NAME + 1];

	if (abs(n - m) > most || n > LONGEST_NAME || m > LONGEST_NAME)
		return most + 1;
	for (k = 0; k <= m; k++)
		row[k] = k;
	for (i = 1; i <= n; i++) {
		int diagonal = row[0], least = most + 1;

		row[0] = i;
		for (k = 1; k <= m; k++) {
			int above = row[k];

			row[k] = MIN(MIN(above, row[k - 1]) + 1, diagonal + (a[i - 1] != b[k - 1]));
			diagonal = above;
			least = MIN(least, row[k]);
		}
		if (least > most)
			return most + 1;
	}
	return row[m];
}

struct nearest {
	const char *name;
	int best;
	char *found;
};

static void consider(struct nearest *n, const char *candidate)
{
	int d = distance(n->name, candidate, n->best - 1);

	if (d >= n->best)
		return;
	n->best = d;
	g_free(n->found);
	n->found = g_strdup(candidate);
}

static void consider_all(struct ew_query *q, struct nearest *n, enum ew_statement names)
{
	ew_auto(rows) r = ew_store_select(q->store, names, "");

	while (ew_rows_next(r))
		consider(n, ew_rows_text(r, 0));
}

/* "file_operations.relase": a member of the record, or, if there is no such record, a record near it. */
static void consider_members(struct ew_query *q, struct nearest *n)
{
	g_autofree char *record = g_strndup(n->name, strchr(n->name, '.') - n->name);
	g_autofree char *prefix = g_strconcat(record, ".", NULL);
	g_autoptr(GPtrArray) members = ew_query_complete(q, prefix, EW_SYMBOL_FIELD, G_MAXINT);
	struct nearest of_record = {record, NEAR + 1, NULL};
	guint i;

	for (i = 0; i < members->len; i++)
		consider(n, g_ptr_array_index(members, i));
	if (!members->len) {
		consider_all(q, &of_record, EW_RECORD_NAMES);
		if (of_record.found)
			n->found = g_strconcat(of_record.found, strchr(n->name, '.'), NULL);
		g_free(of_record.found);
	}
}

static char *nearest(struct ew_query *q, const char *name, unsigned kinds)
{
	struct nearest n = {name, MIN(NEAR, (int)strlen(name) / 3 + 1) + 1, NULL};

	if (strlen(name) > LONGEST_NAME)
		return NULL;
	if (strchr(name, '.')) {
		if (kinds & EW_SYMBOL_FIELD)
			consider_members(q, &n);
		return n.found;
	}
	if (kinds & EW_SYMBOL_FUNCTION)
		consider_all(q, &n, EW_FUNCTION_NAMES);
	if (kinds & EW_SYMBOL_RECORD)
		consider_all(q, &n, EW_RECORD_NAMES);
	return n.found;
}

static void no_such_symbol(struct ew_query *q, const char *name, unsigned kinds, GError **error)
{
	g_autofree char *shown = g_strdup_printf("%.60s%s", name, strlen(name) > 60 ? "…" : "");
	g_autofree char *near = nearest(q, name, kinds);

	if (!query_is_sound(q, error))
		return;
	g_set_error(error, EW_ERROR, EW_ERROR_NO_ANSWER, "no symbol %s in this index%s%s%s", shown,
		    near ? "; did you mean " : "", near ? near : "", near ? "?" : "");
}

GPtrArray *ew_query_find(struct ew_query *q, const char *name, unsigned kinds, GError **error)
{
	GPtrArray *found = find_all(q, name, kinds);

	if (found->len)
		return found;
	g_ptr_array_unref(found);
	no_such_symbol(q, name, kinds, error);
	return NULL;
}

const struct ew_symbol *ew_query_one(struct ew_query *q, const char *name, unsigned kinds,
				     GError **error)
{
	g_autoptr(GPtrArray) found = ew_query_find(q, name, kinds, error);
	g_autoptr(GString) list = NULL;
	const struct ew_symbol *first;
	guint defined = 0, i;

	if (!found)
		return NULL;
	first = g_ptr_array_index(found, 0);
	for (i = 0; i < found->len; i++)
		defined += ((struct ew_symbol *)g_ptr_array_index(found, i))->place.file != NULL;
	if (defined <= 1)
		return first;
	if (query_kernels_own(q, found, defined))
		return query_kernels_own(q, found, defined);
	if (query_original(q, found, defined))
		return query_original(q, found, defined);
	list = g_string_new(NULL);
	for (i = 0; i < defined; i++) {
		const struct ew_symbol *s = g_ptr_array_index(found, i);

		g_string_append_printf(list, "\n  %s:%s  (line %d)",
				       query_telling_file(q, found, s), s->name, s->place.line);
	}
	g_set_error(error, EW_ERROR, EW_ERROR_USAGE, "%u symbols are called %s; name one of%s",
		    defined, first->name, list->str);
	return NULL;
}

GArray *query_field_nodes(struct ew_query *q, const char *name)
{
	GArray *nodes = g_array_new(false, false, sizeof(int64_t));
	g_autoptr(GPtrArray) found = g_ptr_array_new();
	guint i;

	add_fields(q, name, found);
	for (i = 0; i < found->len; i++) {
		int64_t node = ew_node_make(EW_NODE_FIELD,
					    ((struct ew_symbol *)g_ptr_array_index(found, i))->id);

		g_array_append_val(nodes, node);
	}
	return nodes;
}

GArray *query_variable_nodes(struct ew_query *q, const char *name)
{
	GArray *nodes = g_array_new(false, false, sizeof(int64_t));
	ew_auto(rows) r = ew_store_select(q->store, EW_VARIABLES_NAMED, "s", name);

	while (ew_rows_next(r)) {
		int64_t node = ew_node_make(EW_NODE_VARIABLE, ew_rows_int(r, 0));

		g_array_append_val(nodes, node);
	}
	return nodes;
}
