/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Building a document. */
#include "doc/model.h"
#include <string.h>

/* ---- making and freeing ---------------------------------------------------------------------- */

static void span_free(void *p)
{
	struct ew_span *span = p;

	g_free(span->text);
	g_free(span->link);
	g_strfreev(span->strings);
	g_free(span);
}

static struct ew_block *block_new(enum ew_kind kind)
{
	struct ew_block *b = g_new0(struct ew_block, 1);

	b->kind = kind;
	b->spans = g_ptr_array_new_with_free_func(span_free);
	return b;
}

static void block_free(void *p)
{
	struct ew_block *b = p;

	g_ptr_array_unref(b->spans);
	g_free(b->title);
	g_free(b);
}

static void any_free(void *p);

static struct ew_group *group_new(const char *key)
{
	struct ew_group *g = g_new0(struct ew_group, 1);

	g->kind = EW_KIND_GROUP;
	g->key = g_strdup(key);
	g->blocks = g_ptr_array_new_with_free_func(any_free);
	return g;
}

static void group_free(void *p)
{
	struct ew_group *g = p;

	g_ptr_array_unref(g->blocks);
	g_free(g->key);
	g_free(g->rail);
	g_free(g);
}

static void list_free(struct ew_list *list)
{
	g_ptr_array_unref(list->entries);
	g_free(list->key);
	g_free(list);
}

static void column_free(void *p)
{
	struct ew_column *c = p;

	g_free(c->key);
	g_free(c->title);
	g_free(c);
}

static void table_free(struct ew_table *t)
{
	g_ptr_array_unref(t->columns);
	g_ptr_array_unref(t->rows);
	g_free(t->key);
	g_free(t);
}

static void mark_free(void *p)
{
	struct ew_mark *m = p;

	g_free(m->note);
	g_free(m->link);
	g_free(m);
}

static void listing_line_free(void *p)
{
	struct ew_listing_line *line = p;

	g_ptr_array_unref(line->marks);
	g_free(line->text);
	g_free(line->map);
	g_free(line);
}

static void listing_free(struct ew_listing *l)
{
	g_ptr_array_unref(l->lines);
	g_free(l->key);
	g_free(l->file);
	g_free(l->release);
	g_free(l->spdx);
	g_free(l);
}

static void any_free(void *p)
{
	switch (ew_kind_of(p)) {
	case EW_KIND_GROUP:
		group_free(p);
		break;
	case EW_KIND_LIST:
		list_free(p);
		break;
	case EW_KIND_TABLE:
		table_free(p);
		break;
	case EW_KIND_LISTING:
		listing_free(p);
		break;
	default:
		block_free(p);
	}
}

struct ew_doc *ew_doc_new(const char *schema)
{
	struct ew_doc *doc = g_new0(struct ew_doc, 1);

	doc->schema = g_strdup(schema);
	doc->root = group_new(NULL);
	return doc;
}

void ew_doc_free(struct ew_doc *doc)
{
	if (!doc)
		return;
	group_free(doc->root);
	g_free(doc->schema);
	g_free(doc);
}

struct ew_group *ew_doc_root(struct ew_doc *doc)
{
	return doc->root;
}

/* ---- blocks that take spans ------------------------------------------------------------------ */

static void *add(struct ew_group *g, void *block)
{
	g_ptr_array_add(g->blocks, block);
	return block;
}

struct ew_block *ew_doc_paragraph(struct ew_group *g)
{
	return add(g, block_new(EW_KIND_PARAGRAPH));
}

struct ew_block *ew_doc_line(struct ew_group *g)
{
	return add(g, block_new(EW_KIND_LINE));
}

struct ew_block *ew_doc_item(struct ew_group *g, int indent)
{
	struct ew_block *b = add(g, block_new(EW_KIND_ITEM));

	b->indent = indent;
	return b;
}

struct ew_block *ew_doc_heading(struct ew_group *g, int level)
{
	struct ew_block *b = add(g, block_new(EW_KIND_HEADING));

	b->indent = level;
	return b;
}

struct ew_block *ew_doc_field(struct ew_group *g, const char *title)
{
	struct ew_block *b = add(g, block_new(EW_KIND_FIELD));

	b->title = ew_doc_clean(title, -1);
	return b;
}

struct ew_block *ew_doc_note(struct ew_group *g, enum ew_role role)
{
	struct ew_block *b = add(g, block_new(EW_KIND_NOTE));

	b->role = role;
	return b;
}

/* ---- spans ----------------------------------------------------------------------------------- */

static struct ew_span *add_span(struct ew_block *b, enum ew_role role, const char *key,
				enum ew_value value)
{
	size_t size = key ? strlen(key) + 1 : 0;
	struct ew_span *span = g_malloc0(sizeof(*span) + size);

	span->role = role;
	if (key)
		span->key = memcpy(span + 1, key, size);
	span->value = value;
	g_ptr_array_add(b->spans, span);
	return span;
}

void ew_doc_text(struct ew_block *b, enum ew_role role, const char *key, const char *text)
{
	struct ew_span *span = add_span(b, role, key, text ? EW_VALUE_TEXT : EW_VALUE_NULL);

	if (text)
		span->text = ew_doc_clean(text, -1);
}

void ew_doc_textf(struct ew_block *b, enum ew_role role, const char *key, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	g_autofree char *text = g_strdup_vprintf(format, arguments);
	va_end(arguments);
	ew_doc_text(b, role, key, text);
}

void ew_doc_int(struct ew_block *b, enum ew_role role, const char *key, int64_t value)
{
	struct ew_span *span = add_span(b, role, key, EW_VALUE_INT);

	span->number = value;
	if (role == EW_ROLE_HIDDEN)
		return; /* for programs, which take the number */
	GString *text = g_string_new(NULL);

	g_string_printf(text, "%" G_GINT64_FORMAT, value);
	for (int at = (int)text->len - 3; at > (value < 0 ? 1 : 0); at -= 3)
		g_string_insert_c(text, at, ',');
	span->text = g_string_free(text, FALSE);
}

void ew_doc_bool(struct ew_block *b, enum ew_role role, const char *key, bool value, const char *yes,
		 const char *no)
{
	struct ew_span *span = add_span(b, role, key, EW_VALUE_BOOL);

	span->number = value;
	span->text = g_strdup(value ? yes : no);
}

void ew_doc_place(struct ew_block *b, const char *key, const struct ew_place *place)
{
	if (!place || !place->file) {
		ew_doc_text(b, EW_ROLE_PLACE, key, NULL);
		return;
	}
	if (place->line > 0)
		ew_doc_textf(b, EW_ROLE_PLACE, key, "%s:%d", place->file, place->line);
	else
		ew_doc_text(b, EW_ROLE_PLACE, key, place->file);

	g_autofree char *target = g_strdup_printf("place:%s:%d", place->file, place->line);
	ew_doc_link(b, target);
}

void ew_doc_real(struct ew_block *b, enum ew_role role, const char *key, double value, int decimals)
{
	struct ew_span *span = add_span(b, role, key, EW_VALUE_REAL);
	char format[16], text[64];

	g_snprintf(format, sizeof(format), "%%.%df", CLAMP(decimals, 0, 9));
	span->real = value;
	span->text = g_strdup(g_ascii_formatd(text, sizeof(text), format, value));
}

void ew_doc_strings(struct ew_block *b, enum ew_role role, const char *key, const char *const *strings,
		    const char *separator)
{
	struct ew_span *span = add_span(b, role, key, EW_VALUE_STRINGS);
	int count = strings ? (int)g_strv_length((GStrv)strings) : 0;

	span->strings = g_new0(char *, count + 1);
	for (int i = 0; i < count; i++)
		span->strings[i] = ew_doc_clean(strings[i], -1);
	span->text = g_strjoinv(separator ? separator : ", ", span->strings);
}

void ew_doc_link(struct ew_block *b, const char *target)
{
	struct ew_span *span = g_ptr_array_index(b->spans, b->spans->len - 1);

	g_free(span->link);
	span->link = ew_doc_clean(target, -1);
}

void ew_doc_say(struct ew_block *b, const char *text)
{
	ew_doc_text(b, EW_ROLE_PLAIN, NULL, text);
}

void ew_doc_sayf(struct ew_block *b, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	g_autofree char *text = g_strdup_vprintf(format, arguments);
	va_end(arguments);
	ew_doc_say(b, text);
}

/* ---- lists, groups and tables ---------------------------------------------------------------- */

struct ew_list *ew_doc_list(struct ew_group *g, const char *key, enum ew_list_style style)
{
	struct ew_list *list = g_new0(struct ew_list, 1);

	list->kind = EW_KIND_LIST;
	list->key = g_strdup(key);
	list->style = style;
	list->entries = g_ptr_array_new_with_free_func(group_free);
	return add(g, list);
}

struct ew_group *ew_list_entry(struct ew_list *list)
{
	struct ew_group *entry = group_new(NULL);

	g_ptr_array_add(list->entries, entry);
	return entry;
}

struct ew_group *ew_doc_group(struct ew_group *g, const char *key, int indent)
{
	struct ew_group *inner = add(g, group_new(key));

	inner->indent = indent;
	return inner;
}

struct ew_group *ew_doc_rail(struct ew_group *g, const char *key, int indent, const char *rail,
			     enum ew_role role)
{
	struct ew_group *inner = ew_doc_group(g, key, indent);

	inner->rail = g_strdup(rail);
	inner->rail_role = role;
	return inner;
}

struct ew_table *ew_doc_table(struct ew_group *g, const char *key)
{
	struct ew_table *t = g_new0(struct ew_table, 1);

	t->kind = EW_KIND_TABLE;
	t->key = g_strdup(key);
	t->columns = g_ptr_array_new_with_free_func(column_free);
	t->rows = g_ptr_array_new_with_free_func(block_free);
	return add(g, t);
}

void ew_table_column(struct ew_table *t, const char *key, const char *title, enum ew_align align)
{
	struct ew_column *c = g_new0(struct ew_column, 1);

	c->key = g_strdup(key);
	c->title = g_strdup(title ? title : "");
	c->align = align;
	g_ptr_array_add(t->columns, c);
}

void ew_table_fold(struct ew_table *t)
{
	t->folds = true;
}

struct ew_block *ew_table_row(struct ew_table *t)
{
	struct ew_block *row = block_new(EW_KIND_ROW);

	g_ptr_array_add(t->rows, row);
	return row;
}

/* ---- listings -------------------------------------------------------------------------------- */

struct ew_listing *ew_doc_listing(struct ew_group *g, const char *key, const char *file,
				  const char *release, const char *spdx, int first_line)
{
	struct ew_listing *l = g_new0(struct ew_listing, 1);

	l->kind = EW_KIND_LISTING;
	l->key = g_strdup(key);
	l->file = ew_doc_clean(file, -1);
	l->release = release ? ew_doc_clean(release, -1) : NULL;
	l->spdx = spdx ? ew_doc_clean(spdx, -1) : NULL;
	l->next_line = first_line;
	l->lines = g_ptr_array_new_with_free_func(listing_line_free);
	return add(g, l);
}

void ew_listing_line(struct ew_listing *l, const char *text, int length)
{
	struct ew_listing_line *line = g_new0(struct ew_listing_line, 1);

	line->raw_length = length < 0 ? (int)strlen(text) : length;
	line->map = g_new(int, line->raw_length + 1);
	line->text = ew_clean_map(text, line->raw_length, false, line->map);
	line->number = l->next_line++;
	line->has_gap_before = l->gap_comes;
	line->marks = g_ptr_array_new_with_free_func(mark_free);
	l->gap_comes = false;
	g_ptr_array_add(l->lines, line);
}

/* Lines ascend. */
static struct ew_listing_line *find_line(struct ew_listing *l, int number)
{
	guint low = 0, high = l->lines->len;

	while (low < high) {
		guint middle = (low + high) / 2;
		struct ew_listing_line *line = g_ptr_array_index(l->lines, middle);

		if (line->number == number)
			return line;
		if (line->number < number)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

void ew_listing_mark(struct ew_listing *l, int number, int start, int end, enum ew_role role,
		     const char *note, const char *link)
{
	struct ew_listing_line *line = find_line(l, number);

	if (!line)
		return;
	struct ew_mark *m = g_new0(struct ew_mark, 1);
	m->start = line->map[CLAMP(start, 0, line->raw_length)];
	m->end = line->map[CLAMP(end, 0, line->raw_length)];
	m->role = role;
	m->note = note ? ew_doc_clean(note, -1) : NULL;
	m->link = link ? ew_doc_clean(link, -1) : NULL;
	g_ptr_array_add(line->marks, m);
}

void ew_listing_point(struct ew_listing *l, int number)
{
	struct ew_listing_line *line = find_line(l, number);

	if (line)
		line->is_pointed = true;
}

void ew_listing_gap(struct ew_listing *l, int next_line)
{
	if (next_line > l->next_line) {
		l->gap_comes = l->lines->len > 0;
		l->next_line = next_line;
	}
}
