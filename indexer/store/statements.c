/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Every statement that a reader runs. What it takes and gives is said in store.h. */
#include "store/internal.h"

#define CALL "id, caller, ordinal, callee, slot, base, base_mode, signature, file, line, col, "         \
	     "macro, condition, dead"
#define FLOW "id, dst, dst_base, dst_mode, src, src_base, src_mode, is_address, how, function, "         \
	     "file, line, col, call, macro, condition"
#define FLOW_OF(t)                                                                                     \
	t ".id, " t ".dst, " t ".dst_base, " t ".dst_mode, " t ".src, " t ".src_base, " t           \
	  ".src_mode, " t ".is_address, " t ".how, " t ".function, " t ".file, " t ".line, " t       \
	  ".col, " t ".call, " t ".macro, " t ".condition"
/* In the order in which an index made anew has them, whenever they were told: of proofs that are as
 * good the first is taken. */
#define OWNER_OF_FLOW                                                                                  \
	"LEFT JOIN function ON function.id = flow.function "                                           \
	"LEFT JOIN unit ON unit.id = coalesce(flow.unit, function.unit) "
#define AS_MADE_ANEW                                                                                   \
	"ORDER BY coalesce(flow.unit, function.unit) > 0, "                                            \
	"coalesce(unit.rank, -coalesce(flow.unit, function.unit)), flow.id"
#define STATE                                                                                          \
	"function, ordinal, target, how, value, source, origin, note, entry, file, line, col, "         \
	"macro, condition, dead"
#define COMPARISON "condition, function, slot, base, base_mode, value, equal"
#define EDGE "id, call, callee, run, grade, container, proof, differs, dead"
#define SITE "reason, origin, by_signature, by_slot, by_object, is_open"
#define OF_CALL(call) "edge.id BETWEEN (" call ") << 20 AND (" call ") << 20 | 1048575"
#define LIKE(table)                                                                                    \
	"SELECT DISTINCT name FROM " table " WHERE name >= ?1 AND name < ?2 ORDER BY name LIMIT ?3"

const struct statement statements[EW_STATEMENTS] = {
	[EW_META] = {"META", "SELECT value FROM meta WHERE key = ?"},
	[EW_SIZE] = {"SIZE", "SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()", true},
	[EW_STRING] = {"STRING", "SELECT text FROM string WHERE id = ?"},
	[EW_UNITS] = {"UNITS", "SELECT file, status, errors, reason FROM unit ORDER BY rank", true},
	[EW_FILE] = {"FILE", "SELECT path FROM file WHERE id = ?"},
	[EW_ALL_FILES] = {"ALL_FILES", "SELECT id, path, hash, size, mtime, ctime, inode FROM file",
			  true},
	[EW_ALL_UNITS] = {"ALL_UNITS", "SELECT id, file, status, reason, command, files, rank FROM unit",
			  true},
	[EW_ALL_PREFIXES] = {"ALL_PREFIXES", "SELECT id, command, headers, files FROM prefix", true},
	[EW_ALL_SHADOWED] = {"ALL_SHADOWED",
			     "SELECT shadowed.unit, function.unit FROM shadowed JOIN function "
			     "ON function.id = node >> 4 WHERE node & 15 = 1 UNION ALL "
			     "SELECT shadowed.unit, variable.unit FROM shadowed JOIN variable "
			     "ON variable.id = node >> 4 WHERE node & 15 = 2",
			     true},
	[EW_FILE_BY_PATH] = {"FILE_BY_PATH", "SELECT id, spdx FROM file WHERE path = ?"},
	[EW_FILES_LIKE] = {"FILES_LIKE", "SELECT path FROM file WHERE path >= ?1 AND path < ?2 "
					 "ORDER BY path LIMIT ?3"},
	[EW_GRAPH] = {"GRAPH", "SELECT data FROM graph WHERE id = ?"},
	[EW_KEPT] = {"KEPT", "SELECT data FROM kept WHERE id = ?"},
	[EW_SOURCE] = {"SOURCE", "SELECT size, zstd FROM source WHERE file = ?"},
	[EW_FUNCTION] = {"FUNCTION", "SELECT name, file, line, col, end_line, flags, signature "
				     "FROM function WHERE id = ?"},
	[EW_PROGRAM_OF] = {"PROGRAM_OF", "SELECT unit.id, program FROM function "
					 "JOIN unit ON unit.id = function.unit WHERE function.id = ?"},
	[EW_UNIT_OF_FUNCTION] = {"UNIT_OF_FUNCTION", "SELECT unit.file FROM function "
						     "JOIN unit ON unit.id = function.unit "
						     "WHERE function.id = ?"},
	[EW_UNIT_OF_VARIABLE] = {"UNIT_OF_VARIABLE", "SELECT unit.file FROM variable "
						     "JOIN unit ON unit.id = variable.unit "
						     "WHERE variable.id = ?"},
	/* Bodies to be inlined are none. A twin knows that it came later; the first of them does not know that there are others. */
	[EW_TWINS] = {"TWINS", "SELECT function.id FROM function WHERE name = ? AND flags & 1 = 0 "
			       "AND flags & 6 <> 6 AND file IS NOT NULL ORDER BY flags & 8, id"},
	[EW_GIVING_WAY] = {"GIVING_WAY", "SELECT unit.file FROM shadowed JOIN unit ON unit.id = shadowed.unit "
					 "WHERE node = ? AND twin IS NULL"},
	[EW_FUNCTIONS_NAMED] = {"FUNCTIONS_NAMED", "SELECT id FROM function WHERE name = ?"},
	[EW_FUNCTIONS_LIKE] = {"FUNCTIONS_LIKE", LIKE("function")},
	[EW_RECORD] = {"RECORD", "SELECT name, keyword, file, line, col, end_line FROM record "
				 "WHERE id = ?"},
	[EW_RECORDS_NAMED] = {"RECORDS_NAMED", "SELECT id FROM record WHERE name = ?"},
	[EW_RECORDS_LIKE] = {"RECORDS_LIKE", LIKE("record")},
	[EW_FIELD] = {"FIELD", "SELECT record, name, type, line, flags FROM field WHERE id = ?"},
	[EW_FIELDS_OF] = {"FIELDS_OF", "SELECT id, name FROM field WHERE record = ? ORDER BY id"},
	[EW_VARIABLE] = {"VARIABLE", "SELECT name, file, line, col, end_line, flags, type "
				     "FROM variable WHERE id = ?"},
	[EW_VARIABLES_NAMED] = {"VARIABLES_NAMED", "SELECT id FROM variable WHERE name = ?"},
	[EW_VARIABLES_LIKE] = {"VARIABLES_LIKE", LIKE("variable")},
	[EW_MACROS_NAMED] = {"MACROS_NAMED", "SELECT id, file, line, end_line FROM macro "
					     "WHERE name = ?"},
	[EW_MACROS_LIKE] = {"MACROS_LIKE", LIKE("macro")},
	[EW_LOCAL] = {"LOCAL", "SELECT function, name FROM local WHERE id = ?"},
	[EW_PART] = {"PART", "SELECT outer, member FROM part WHERE id = ?"},
	[EW_ALL_PARTS] = {"ALL_PARTS", "SELECT id, outer, member FROM part ORDER BY id", true},
	[EW_OVERLAYS] = {"OVERLAYS", "SELECT id, record, overlay, signature FROM field WHERE overlay > 0 "
				     "ORDER BY record, overlay, id", true},
	[EW_OVERLAY] = {"OVERLAY", "SELECT record, overlay FROM field WHERE id = ? AND overlay > 0"},
	[EW_SHARED] = {"SHARED", "SELECT field, other, object, other_object FROM shared", true},
	[EW_SHARED_WITH] = {"SHARED_WITH", "SELECT object, other_object FROM shared WHERE field = ? AND other = ?"},
	[EW_CONDITION] = {"CONDITION", "SELECT parent, kind, dead, file, line, col, end_line, "
				       "end_col FROM condition WHERE id = ?"},
	[EW_CALL] = {"CALL", "SELECT " CALL " FROM call WHERE id = ?"},
	[EW_CALLS_OF] = {"CALLS_OF", "SELECT " CALL " FROM call WHERE caller = ? ORDER BY ordinal"},
	[EW_CALLS_BEGIN] = {"CALLS_BEGIN", "SELECT id FROM call WHERE caller = ? ORDER BY ordinal LIMIT 1"},
	[EW_FIRST_CALL] = {"FIRST_CALL", "SELECT " CALL " FROM call WHERE caller = ? AND +callee = ? "
				       "AND dead = 0 ORDER BY id LIMIT 1"},
	[EW_CALLS_TO] = {"CALLS_TO", "SELECT " CALL " FROM call WHERE callee = ?"},
	[EW_CALLERS] = {"CALLERS", "SELECT direct, pointer, calls FROM callers WHERE callee = ?"},
	[EW_ALL_CALLERS] = {"ALL_CALLERS", "SELECT callee, direct, pointer, calls FROM callers", true},
	[EW_CALLS_THROUGH] = {"CALLS_THROUGH", "SELECT " CALL " FROM call WHERE slot = ?"},
	[EW_EDGES_OF_CALL] = {"EDGES_OF_CALL", "SELECT " EDGE " FROM edge WHERE " OF_CALL("?1")},
	[EW_EDGES_TO] = {"EDGES_TO", "SELECT " EDGE " FROM edge WHERE callee = ?"},
	[EW_EDGE_COUNT] = {"EDGE_COUNT", "SELECT count(*) FROM edge WHERE " OF_CALL("?1")},
	[EW_CHAINS] = {"CHAINS", "SELECT call, via, head FROM chain ORDER BY call", true},
	[EW_PROOF] = {"PROOF", "SELECT role, flow FROM proof WHERE id = ? ORDER BY seq"},
	[EW_REACH] = {"REACH", "SELECT flow FROM reach WHERE slot = ? AND value = ?"},
	[EW_REACHES_OF] = {"REACHES_OF", "SELECT value, flow FROM reach WHERE slot = ?"},
	[EW_FLOW] = {"FLOW", "SELECT " FLOW " FROM flow WHERE id = ?"},
	[EW_FLOWS_INTO] = {"FLOWS_INTO", "SELECT " FLOW " FROM flow WHERE dst = ?"},
	[EW_ENDS_INTO] = {"ENDS_INTO", "SELECT id, src, dst_base FROM flow WHERE dst = ?"},
	[EW_FLOWS_FROM] = {"FLOWS_FROM", "SELECT " FLOW " FROM flow WHERE src = ?"},
	/* "+": by dst, whose index holds src as well. */
	[EW_FLOWS_OF_INTO] = {"FLOWS_OF_INTO", "SELECT " FLOW_OF("flow") " FROM flow " OWNER_OF_FLOW
					       "WHERE dst = ? AND +src = ? " AS_MADE_ANEW},
	[EW_STORED_INTO] = {"STORED_INTO", "SELECT src FROM flow WHERE dst = ? AND dst_base = ?"},
	[EW_POINTERS_ON] = {"POINTERS_ON", "SELECT id, slot FROM call WHERE base = ? AND base_mode = ?"},
	[EW_COPIES_OF] = {"COPIES_OF", "SELECT dst FROM flow WHERE src = ? AND is_address = 0"},
	[EW_FLOWS_OF_CALL] = {"FLOWS_OF_CALL", "SELECT " FLOW " FROM flow WHERE call = ?"},
	[EW_SITE] = {"SITE", "SELECT " SITE " FROM site WHERE call = ?"},
	[EW_UNRESOLVED] = {"UNRESOLVED", "SELECT " CALL ", " SITE " FROM site JOIN call ON call.id = site.call "
					 "WHERE reason <> 0", true},
	[EW_POINTER_SITES] = {"POINTER_SITES", "SELECT site.call, reason, dead, by_signature, by_slot, slot FROM site "
					       "JOIN call ON call.id = site.call ORDER BY site.call", true},
	[EW_ALL_SITES] = {"ALL_SITES", "SELECT call, " SITE " FROM site ORDER BY call", true},
	[EW_WRITE_OF] = {"WRITE_OF", "SELECT function FROM access WHERE field = ? AND mode & 3 = 1 LIMIT 1"},
	[EW_ACCESSORS] = {"ACCESSORS", "SELECT DISTINCT function FROM access WHERE field = ?"},
	[EW_ACCESSES_OF] = {"ACCESSES_OF", "SELECT line, col, field, mode FROM access "
					   "WHERE function = ?"},
	[EW_ALL_COMPARISONS] = {"ALL_COMPARISONS", "SELECT " COMPARISON " FROM comparison ORDER BY condition", true},
	[EW_COMPARISON] = {"COMPARISON", "SELECT " COMPARISON " FROM comparison WHERE condition = ?"},
	[EW_ALL_STATES] = {"ALL_STATES", "SELECT " STATE " FROM state LEFT JOIN file ON file.id = file "
					 "ORDER BY path, line, col, ordinal", true},
	[EW_COUNTS] = {"COUNTS",
		       "SELECT (SELECT count(*) FROM function WHERE file IS NOT NULL), "
		       "(SELECT count(*) FROM record), (SELECT count(*) FROM call), "
		       "(SELECT count(callee) FROM call), "
		       "(SELECT count(*) FROM flow WHERE (src & 15) = 1), "
		       "(SELECT count(*) FROM flow), (SELECT count(*) FROM edge WHERE call NOT IN (SELECT call FROM chain)), "
		       "(SELECT count(*) FROM access), (SELECT sum(behind) FROM unit)",
		       true},
	[EW_POINTER_COUNTS] = {"POINTER_COUNTS",
			       "SELECT count(*), count(CASE WHEN EXISTS "
			       "(SELECT 1 FROM edge WHERE " OF_CALL("call.id") " AND dead = 0) THEN 1 END) "
			       "FROM call WHERE callee IS NULL",
			       true},
	[EW_FUNCTION_NAMES] = {"FUNCTION_NAMES", "SELECT DISTINCT name FROM function", true},
	[EW_RECORD_NAMES] = {"RECORD_NAMES", "SELECT DISTINCT name FROM record", true},
	[EW_ALL_FUNCTIONS] = {"ALL_FUNCTIONS", "SELECT id, name, flags, signature FROM function",
			      true},
	[EW_DEFINED_FUNCTIONS] = {"DEFINED_FUNCTIONS",
				  "SELECT id FROM function WHERE file IS NOT NULL", true},
	[EW_ALL_CALLS] = {"ALL_CALLS", "SELECT " CALL " FROM call ORDER BY id", true},
	[EW_CALL_COUNT] = {"CALL_COUNT", "SELECT count(*) FROM call", true},
	/* INDIRECT_CALL_2(f, a, b, …) is (f) == a ? a(…) : (f) == b ? b(…) : (f)(…), conditions in a macro (32) that hold (6).
	 * Not where the caller calls it elsewhere, too. */
	[EW_ALTERNATIVES] = {"ALTERNATIVES",
			     "SELECT p.id, p.caller, d.callee FROM site CROSS JOIN call p ON p.id = site.call "
			     "CROSS JOIN call d ON d.caller = p.caller CROSS JOIN condition k ON k.id = d.condition "
			     "WHERE reason = 0 AND by_slot > 1 AND p.macro IS NOT NULL AND d.callee IS NOT NULL AND k.kind = 32 + 6 "
			     "AND k.line = p.line AND k.col = p.col AND k.file = p.file AND EXISTS ("
			     "SELECT 1 FROM edge WHERE " OF_CALL("p.id") " AND +edge.callee = d.callee AND edge.dead = 0) AND NOT EXISTS ("
			     "SELECT 1 FROM call o WHERE o.caller = d.caller AND +o.callee = d.callee "
			     "AND o.condition IS NOT d.condition)", true},
	/* 4: a parameter; the mode is EW_BASE_POINTER. */
	[EW_MIXED_CALLS] = {"MIXED_CALLS",
			    "SELECT DISTINCT c.id FROM site CROSS JOIN call c ON c.id = site.call CROSS JOIN flow ON flow.dst = c.base "
			    "WHERE c.base & 15 = 4 AND c.base_mode = 1 AND is_address = 1 AND flow.src IS NOT NULL AND NOT EXISTS ("
			    "SELECT 1 FROM edge WHERE " OF_CALL("c.id") " AND container = flow.src) AND NOT EXISTS ("
			    "SELECT 1 FROM flow held WHERE held.dst = c.slot AND held.dst_base = flow.src)", true},
	[EW_POINTER_CALLS] = {"POINTER_CALLS",
			      "SELECT call.id, caller, slot, base, base_mode, call.signature FROM call "
			      "JOIN function ON function.id = caller LEFT JOIN unit ON unit.id = function.unit "
			      "WHERE callee IS NULL ORDER BY function.unit > 0, "
			      "coalesce(unit.rank, -function.unit), call.id",
			      true},
	[EW_ALL_FLOWS] = {"ALL_FLOWS",
			  "SELECT " FLOW_OF("flow") " FROM flow " OWNER_OF_FLOW AS_MADE_ANEW, true},
	[EW_ALL_FIELDS] = {"ALL_FIELDS", "SELECT field.id, record.name, field.name "
					 "FROM field JOIN record ON record.id = field.record",
			   true},
	[EW_ALL_EDGES] = {"ALL_EDGES", "SELECT " EDGE " FROM edge ORDER BY id", true},
	[EW_QUEUEINGS] = {"QUEUEINGS", "SELECT DISTINCT call.caller, edge.call, edge.callee, flow.id, "
				       "flow.function, edge.run FROM edge JOIN proof ON proof.id = edge.proof "
				       "JOIN flow ON flow.id = proof.flow "
				       "JOIN call ON call.id = edge.call "
				       "WHERE edge.run IS NOT NULL AND edge.dead = 0 AND flow.condition IS NULL AND proof.role = ? "
				       "AND flow.function IS NOT NULL", true},
	[EW_FACTS_META] = {"FACTS_META", "SELECT key, value FROM meta "
					 "WHERE key NOT IN ('id', 'made')", true},
	[EW_FACTS_STRING] = {"FACTS_STRING", "SELECT id, text FROM string", true},
	[EW_FACTS_FILE] = {"FACTS_FILE", "SELECT id, path, spdx, source.size, length(zstd), hash, "
					 "file.size "
					 "FROM file LEFT JOIN source ON source.file = id", true},
	[EW_FACTS_UNIT] = {"FACTS_UNIT", "SELECT id, file, status, errors, reason, rank, command, program "
					 "FROM unit", true},
	[EW_FACTS_SHADOWED] = {"FACTS_SHADOWED", "SELECT node, unit, twin FROM shadowed WHERE unit > 0", true},
	[EW_FACTS_FUNCTION] = {"FACTS_FUNCTION", "SELECT id, name, file, line, col, end_line, flags & 15, "
						 "signature, key FROM function", true},
	[EW_FACTS_RECORD] = {"FACTS_RECORD", "SELECT id, name, keyword, file, line, col, end_line, key "
					     "FROM record", true},
	[EW_FACTS_FIELD] = {"FACTS_FIELD", "SELECT id, record, name, type, line, flags, signature, "
					 "overlay, key FROM field",
			    true},
	[EW_FACTS_SHARED] = {"FACTS_SHARED", "SELECT field, other, record, object, other_object FROM shared", true},
	[EW_FACTS_VARIABLE] = {"FACTS_VARIABLE", "SELECT id, name, file, line, col, end_line, flags, "
						 "type, key FROM variable", true},
	[EW_FACTS_LOCAL] = {"FACTS_LOCAL", "SELECT id, function, name FROM local", true},
	[EW_FACTS_CONDITION] = {"FACTS_CONDITION", "SELECT id, parent, kind, dead, file, line, col, "
						   "end_line, end_col FROM condition", true},
	[EW_FACTS_MACRO] = {"FACTS_MACRO", "SELECT name, file, line, end_line FROM macro", true},
	[EW_FACTS_ACCESS] = {"FACTS_ACCESS", "SELECT function, line, col, field, mode FROM access",
			     true},
	[EW_FACTS_STATE] = {"FACTS_STATE", "SELECT " STATE " FROM state", true},
	[EW_FACTS_REACH] = {"FACTS_REACH", "SELECT slot, value, flow FROM reach", true},
};
