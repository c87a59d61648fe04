/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reading an index. */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zstd.h>

#include "store/internal.h"

struct ew_rows {
	struct ew_store *store;
	enum ew_statement which;
	sqlite3_stmt *statement;
};

void ew_store_say_damaged(struct ew_store *s, const char *what)
{
	if (!s->error)
		g_set_error(&s->error, EW_ERROR, EW_ERROR_INPUT,
			    "%s: the index is damaged (%s); make it again with `exitwalk index`",
			    s->path, what);
}

static void say_not_possible(struct ew_store *s, const char *what, const char *next)
{
	if (!s->error)
		g_set_error(&s->error, EW_ERROR, EW_ERROR_NOT_POSSIBLE, "%s: cannot be read: %s; %s",
			    s->path, what, next);
}

/* What the machine lacks is no damage. */
static void keep_error(struct ew_store *s)
{
	const char *what = sqlite3_errmsg(s->db);

	switch (sqlite3_errcode(s->db) & 0xff) {
	case SQLITE_NOMEM:
		say_not_possible(s, what, "free some memory, or raise its limit");
		break;
	case SQLITE_FULL:
		say_not_possible(s, what, "free some space in the temporary directory");
		break;
	case SQLITE_IOERR:
		say_not_possible(s, what, "free some space in the temporary directory, or see what the "
					  "kernel says of the disk");
		break;
	default:
		ew_store_say_damaged(s, what);
	}
}

enum { HOT_BYTES = 40 * 16384 };

static int64_t be32(const unsigned char *at)
{
	return (int64_t)at[0] << 24 | at[1] << 16 | at[2] << 8 | at[3];
}

static void say_not_an_index(const char *path, const char *why, GError **error)
{
	g_set_error(error, EW_ERROR, EW_ERROR_INPUT,
		    "%s: not an exitwalk index, or a damaged one (%s); make one with `exitwalk index`",
		    path, why);
}

static void say_unreadable(const char *path, const char *why, GError **error)
{
	g_set_error(error, EW_ERROR, EW_ERROR_NOT_POSSIBLE,
		    "%s: cannot be opened: %s; mend that, or make an index of your own with "
		    "`exitwalk index`",
		    path, why);
}

/*
 * The database header, as the file format lays it down: magic at 0, page size at 16, number of pages at 28,
 * user version at 60, big-endian. Nothing is parsed of a file that is no index or was cut short.
 */
static bool is_header_right(const char *path, const unsigned char *h, int64_t length, GError **error)
{
	int64_t page = h[16] << 8 | h[17], version = be32(h + 60);

	if (memcmp(h, "SQLite format 3", 16))
		say_not_an_index(path, "it is no database", error);
	else if (!version)
		say_not_an_index(path, "it says no version", error);
	else if (version != EW_SCHEMA_VERSION)
		g_set_error(error, EW_ERROR, EW_ERROR_NOT_POSSIBLE,
			    "%s: an index of version %d, this exitwalk reads version %d; make it "
			    "again with `exitwalk index`",
			    path, (int)version, EW_SCHEMA_VERSION);
	else if (length < be32(h + 28) * (page == 1 ? 65536 : page))
		g_set_error(error, EW_ERROR, EW_ERROR_INPUT,
			    "%s: the index was cut short; make it again with `exitwalk index`", path);
	else
		return true;
	return false;
}

/* The length is that of the file that was opened: another one may be renamed into its place. */
static bool check_header(struct ew_store *s, GError **error)
{
	unsigned char h[100] = {0};
	struct stat st;

	s->fd = open(s->path, O_RDONLY | O_CLOEXEC);
	if (s->fd < 0 || fstat(s->fd, &st) < 0 || pread(s->fd, h, sizeof h, 0) < 0) {
		say_unreadable(s->path, g_strerror(errno), error);
		return false;
	}
	/* The roots of all trees stand at the front: they come in one go, while the schema is parsed. */
	posix_fadvise(s->fd, 0, HOT_BYTES, POSIX_FADV_WILLNEED);
	s->page_size = h[16] << 8 | h[17];
	s->pages = be32(h + 28);
	s->asked = g_new0(uint8_t, s->pages / 8 + 1);
	return is_header_right(s->path, h, st.st_size, error);
}

/* Nobody writes to a finished index, it is replaced: no locks, no looks for a journal. */
static int open_database(const char *path, sqlite3 **db)
{
	g_autofree char *absolute = g_canonicalize_filename(path, NULL);
	g_autofree char *escaped = g_uri_escape_string(absolute, "/", false);
	g_autofree char *uri = g_strconcat("file:", escaped, "?immutable=1", NULL);

	return sqlite3_open_v2(uri, db, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI | SQLITE_OPEN_NOMUTEX,
			       NULL);
}

struct ew_store *ew_store_open(const char *path, GError **error)
{
	struct ew_store *s;
	struct stat st;

	if (stat(path, &st) < 0) {
		g_set_error(error, EW_ERROR, EW_ERROR_NOT_POSSIBLE,
			    "%s: no index there (%s); make one with `exitwalk index`", path,
			    g_strerror(errno));
		return NULL;
	}
	if (!S_ISREG(st.st_mode)) {
		g_set_error(error, EW_ERROR, EW_ERROR_INPUT,
			    "%s: not a file; make an index with `exitwalk index`", path);
		return NULL;
	}
	s = g_new0(struct ew_store, 1);
	s->path = g_strdup(path);
	if (!check_header(s, error)) {
		ew_store_close(s);
		return NULL;
	}
	if (open_database(path, &s->db) != SQLITE_OK) {
		say_unreadable(path, sqlite3_errmsg(s->db), error);
		ew_store_close(s);
		return NULL;
	}
	/* One transaction, or each statement begins its own. No mmap: a fault reads as much around it as the
	 * disk reads ahead, which is the whole index on some. */
	if (sqlite3_exec(s->db, "PRAGMA cache_size = -32768; BEGIN", NULL, NULL, NULL) != SQLITE_OK) {
		say_not_an_index(path, sqlite3_errmsg(s->db), error);
		ew_store_close(s);
		return NULL;
	}
	return s;
}

void ew_store_close(struct ew_store *s)
{
	int i;

	if (!s)
		return;
	for (i = 0; i < EW_STATEMENTS; i++)
		if (s->idle[i]) {
			sqlite3_finalize(s->idle[i]->statement);
			g_free(s->idle[i]);
		}
	if (!s->is_borrowed)
		sqlite3_close(s->db);
	store_clear_ahead(s);
	g_clear_error(&s->error);
	g_free(s->path);
	g_free(s);
}

/* ---- rows ------------------------------------------------------------------------------------ */

static struct ew_rows *take_rows(struct ew_store *s, enum ew_statement which)
{
	struct ew_rows *r = s->idle[which];

	if (r) {
		s->idle[which] = NULL;
		return r;
	}
	r = g_new0(struct ew_rows, 1);
	r->store = s;
	r->which = which;
	if (sqlite3_prepare_v3(s->db, statements[which].sql, -1, SQLITE_PREPARE_PERSISTENT,
			       &r->statement, NULL) != SQLITE_OK)
		keep_error(s);
	return r;
}

struct ew_rows *ew_store_select(struct ew_store *s, enum ew_statement statement, const char *types,
				...)
{
	struct ew_rows *r = take_rows(s, statement);
	va_list values;
	int i;

	va_start(values, types);
	for (i = 0; types[i]; i++) {
		if (types[i] == 'i')
			sqlite3_bind_int64(r->statement, i + 1, va_arg(values, int64_t));
		else
			sqlite3_bind_text(r->statement, i + 1, va_arg(values, const char *), -1,
					  SQLITE_TRANSIENT);
	}
	va_end(values);
	return r;
}

bool ew_rows_next(struct ew_rows *r)
{
	int code = r->statement ? sqlite3_step(r->statement) : SQLITE_DONE;

	if (code != SQLITE_ROW && code != SQLITE_DONE)
		keep_error(r->store);
	return code == SQLITE_ROW;
}

int64_t ew_rows_int(struct ew_rows *r, int column)
{
	return sqlite3_column_int64(r->statement, column);
}

bool ew_rows_is_null(struct ew_rows *r, int column)
{
	return sqlite3_column_type(r->statement, column) == SQLITE_NULL;
}

const char *ew_rows_text(struct ew_rows *r, int column)
{
	return (const char *)sqlite3_column_text(r->statement, column);
}

const void *ew_rows_blob(struct ew_rows *r, int column, size_t *length)
{
	*length = sqlite3_column_bytes(r->statement, column);
	return sqlite3_column_blob(r->statement, column);
}

GBytes *ew_rows_unpacked(struct ew_rows *r, int size_column, int zstd_column)
{
	int64_t size = ew_rows_int(r, size_column);
	const void *packed = sqlite3_column_blob(r->statement, zstd_column);
	size_t packed_size = sqlite3_column_bytes(r->statement, zstd_column);
	char *text;

	/* The frame says its size, too: no memory is taken on the word of a damaged row. */
	if (size < 0 || !packed || ZSTD_getFrameContentSize(packed, packed_size) != (uint64_t)size)
		text = NULL;
	else
		text = g_try_malloc(size + 1);
	if (!text || ZSTD_decompress(text, size, packed, packed_size) != (size_t)size) {
		g_free(text);
		keep_error(r->store);
		return NULL;
	}
	text[size] = '\0';
	return g_bytes_new_take(text, size);
}

void ew_rows_end(struct ew_rows *r)
{
	if (!r)
		return;
	if (r->statement && !r->store->idle[r->which]) {
		sqlite3_reset(r->statement);
		r->store->idle[r->which] = r;
		return;
	}
	sqlite3_finalize(r->statement);
	g_free(r);
}

/* ---- about ----------------------------------------------------------------------------------- */

const GError *ew_store_error(const struct ew_store *s)
{
	return s->error;
}

int64_t ew_store_size(struct ew_store *s)
{
	ew_auto(rows) r = ew_store_select(s, EW_SIZE, "");

	return ew_rows_next(r) ? ew_rows_int(r, 0) : 0;
}

const char *ew_store_sqlite_version(void)
{
	return sqlite3_libversion();
}

const char *ew_store_statement_name(enum ew_statement statement)
{
	return statements[statement].name;
}

bool ew_store_is_scan_meant(enum ew_statement statement)
{
	return statements[statement].is_scan_meant;
}

char *ew_store_explain(struct ew_store *s, enum ew_statement which)
{
	g_autofree char *sql = g_strconcat("EXPLAIN QUERY PLAN ", statements[which].sql, NULL);
	GString *plan = g_string_new(NULL);
	sqlite3_stmt *statement = NULL;

	if (sqlite3_prepare_v2(s->db, sql, -1, &statement, NULL) != SQLITE_OK)
		g_string_append(plan, sqlite3_errmsg(s->db));
	while (statement && sqlite3_step(statement) == SQLITE_ROW)
		g_string_append_printf(plan, "%s\n", sqlite3_column_text(statement, 3));
	sqlite3_finalize(statement);
	return g_string_free(plan, FALSE);
}
