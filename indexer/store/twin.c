/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Twins: external functions of one name that several units define, each for its own program: the kernel, a
 * module, a part that is linked by itself. The first one has the name's key, and all that was told of the
 * name; when everybody has told, what a unit says of the name goes to the one that its linker would take.
 */
#include "store/writer.h"

/* Which twin a node is of, and the same node of another one. */
#define ID_OF(node) "CASE " node " & 15 WHEN 4 THEN " node " >> 10 ELSE " node " >> 4 END"
#define NODE_OF(node, id)                                                                              \
	"CASE " node " & 15 WHEN 4 THEN (" id " << 6 | (" node " >> 4 & 63)) << 4 | 4 "                 \
	"ELSE " id " << 4 | (" node " & 15) END"
#define IS_OF_FUNCTION(node) node " & 15 IN (1, 4, 5) AND " ID_OF(node)

/* meant(name, unit, function): by what a unit says of the function `name` it means another one. unit 0: all. */
#define MOVE_NODE(table, column, owner)                                                                \
	"UPDATE " table " SET " column " = " NODE_OF(column, "meant.function") " FROM meant "           \
	"WHERE " IS_OF_FUNCTION(column) " = meant.name AND meant.unit IN (0, " owner ");"
#define OWNER_OF_CALL "(SELECT unit FROM function WHERE id = call.caller)"
#define OWNER_OF_COMPARISON "(SELECT unit FROM function WHERE id = comparison.function)"
#define OWNER_OF_STATE "(SELECT unit FROM function WHERE id = state.function)"
#define OWNER_OF_FLOW "coalesce(flow.unit, (SELECT unit FROM function WHERE id = flow.function))"

static const char move_sql[] =
	"UPDATE call SET callee = meant.function FROM meant "
	"WHERE callee = meant.name AND meant.unit IN (0, " OWNER_OF_CALL ");"
	MOVE_NODE("call", "slot", OWNER_OF_CALL)
	MOVE_NODE("call", "base", OWNER_OF_CALL)
	MOVE_NODE("flow", "dst", OWNER_OF_FLOW)
	MOVE_NODE("flow", "dst_base", OWNER_OF_FLOW)
	MOVE_NODE("flow", "src", OWNER_OF_FLOW)
	MOVE_NODE("flow", "src_base", OWNER_OF_FLOW)
	MOVE_NODE("comparison", "slot", OWNER_OF_COMPARISON)
	MOVE_NODE("comparison", "base", OWNER_OF_COMPARISON)
	MOVE_NODE("comparison", "value", OWNER_OF_COMPARISON)
	MOVE_NODE("state", "target", OWNER_OF_STATE)
	MOVE_NODE("state", "source", OWNER_OF_STATE)
	"DROP TABLE meant;";

static const char create_sql[] =
	"CREATE TEMP TABLE meant(name INTEGER, unit INTEGER, function INTEGER, PRIMARY KEY(name, unit)) "
	"WITHOUT ROWID;";

/* The definition of the unit itself; that of its program; the kernel's, whose symbols modules may use, but no
 * part that is linked by itself. For all others the first one stands. */
static const char fill_sql[] =
	"CREATE TEMP TABLE twin(name INTEGER, function INTEGER, unit INTEGER, program TEXT, rank INTEGER);"
	"INSERT INTO twin SELECT node >> 4, twin, unit.id, program, rank FROM shadowed "
	"JOIN unit ON unit.id = shadowed.unit WHERE twin IS NOT NULL;"
	"INSERT INTO twin SELECT DISTINCT twin.name, function.id, unit.id, unit.program, unit.rank "
	"FROM twin "
	"JOIN function ON function.id = twin.name JOIN unit ON unit.id = function.unit;"
	"INSERT OR IGNORE INTO meant SELECT name, unit, function FROM twin;"
	"INSERT OR IGNORE INTO meant SELECT name, unit.id, function FROM twin "
	"JOIN unit ON unit.program = twin.program ORDER BY twin.rank;"
	"INSERT OR IGNORE INTO meant SELECT name, unit.id, function FROM twin "
	"JOIN unit ON unit.program NOT LIKE '%/' WHERE twin.program = '" EW_STORE_KERNEL "' "
	"ORDER BY twin.rank;"
	"DELETE FROM meant WHERE name = function;"
	"DROP TABLE twin;";

static bool has_twins(struct ew_store_writer *w)
{
	sqlite3_stmt *s = writer_select(w, "SELECT 1 FROM shadowed WHERE twin IS NOT NULL LIMIT 1");
	bool answer = writer_next(w, s);

	sqlite3_finalize(s);
	return answer;
}

/* Set again in every run: a twin may have gone. */
static const char mark_sql[] =
	"UPDATE function SET flags = flags & ~16 WHERE flags & 16;"
	"UPDATE function SET flags = flags | 16 WHERE flags & 9 = 0 AND file IS NOT NULL AND name IN "
	"(SELECT name FROM function WHERE flags & 8);";

void writer_mark_twins(struct ew_store_writer *w)
{
	writer_execute(w, mark_sql);
}

void writer_join_twins(struct ew_store_writer *w)
{
	if (!has_twins(w))
		return;
	writer_execute(w, create_sql);
	writer_execute(w, "INSERT OR IGNORE INTO meant SELECT twin, 0, node >> 4 FROM shadowed "
			  "WHERE twin IS NOT NULL");
	writer_execute(w, move_sql);
}

void writer_part_twins(struct ew_store_writer *w)
{
	if (!has_twins(w))
		return;
	writer_execute(w, create_sql);
	writer_execute(w, fill_sql);
	writer_execute(w, move_sql);
}
