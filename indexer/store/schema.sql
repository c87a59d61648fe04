-- SPDX-License-Identifier: GPL-3.0-or-later
-- The index: one SQLite file a kernel tree and configuration. It is a cache: when EW_SCHEMA_VERSION
-- (store.h) differs from PRAGMA user_version it is made anew, never migrated. Indexes are in
-- indexes.sql, made after the bulk load.
--
-- Nodes. A slot or value is one integer that tells its own kind (enum ew_node_kind, the low 4 bits):
--   function, variable, field, return, local, part:  id << 4 | kind
--   constant:                                        string id << 4 | kind
--   argument:                                        (call id << 6 | position) << 4 | kind; position 63 is the result
--   parameter:                                       (function id << 6 | position) << 4 | kind
-- 0 is no node.

CREATE TABLE meta(key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;

-- Text that recurs: types, signatures, macro names, names of locals.
CREATE TABLE string(id INTEGER PRIMARY KEY, text TEXT NOT NULL);

-- Files that any unit read; paths relative to the tree, or to the build directory if generated. What they
-- were when they were read: the hash of the text, and what stat() said (times in ns). hash is NULL where
-- that is not certain: the file then counts as changed; size is NULL where there was nothing to read.
CREATE TABLE file(id INTEGER PRIMARY KEY, path TEXT NOT NULL, spdx TEXT, hash INTEGER, size INTEGER,
                  mtime INTEGER, ctime INTEGER, inode INTEGER);
CREATE TABLE source(file INTEGER PRIMARY KEY, size INTEGER NOT NULL, zstd BLOB NOT NULL);

-- status: 0 indexed, 1 indexed with errors, 2 not indexed; reason: the first error, or why not. rank: the
-- place in the order of units. command: the hash of the compile command. files: the ids of the files that
-- it read, ascending, each as the difference from the one before, seven bits a byte. behind: 1 if it was
-- parsed behind a precompiled prefix, which a few kinds of facts show (tests/truth/whole-classes). program: what
-- the unit is linked into, see ew_store_set_program().
CREATE TABLE unit(id INTEGER PRIMARY KEY, file TEXT NOT NULL, status INTEGER NOT NULL,
                  errors INTEGER NOT NULL, reason TEXT, rank INTEGER NOT NULL, command INTEGER,
                  behind INTEGER NOT NULL, files BLOB, program TEXT);
-- Headers that were precompiled for many units. command: the hash of what the units' commands share.
-- headers: one a line.
CREATE TABLE prefix(id INTEGER PRIMARY KEY, command INTEGER, headers TEXT, files BLOB);
-- Who else defines a function or variable: had its unit come first, or were it not weak, it would stand
-- in the owner's place. twin: the function that it defines all the same, beside the owner's (see twin.c).
CREATE TABLE shadowed(node INTEGER, unit INTEGER, twin INTEGER, PRIMARY KEY(node, unit)) WITHOUT ROWID;

-- An entity's key is the hash of its key (fact.h). Its unit is the owner, who said it: a unit's id, or minus
-- a prefix's; NULL where it was only referred to.

-- flags: 1 static, 2 inline, 4 weak, 8 a twin (another unit defines an external function of this name, too,
-- and came first), 16 one that came first. file is NULL where only a call or declaration was seen.
CREATE TABLE function(id INTEGER PRIMARY KEY, name TEXT NOT NULL, file INTEGER, line INTEGER,
                      col INTEGER, end_line INTEGER, flags INTEGER, signature INTEGER,
                      unit INTEGER, key INTEGER);
CREATE TABLE record(id INTEGER PRIMARY KEY, name TEXT NOT NULL, keyword TEXT, file INTEGER,
                    line INTEGER, col INTEGER, end_line INTEGER, unit INTEGER, key INTEGER);
-- flags: 1 function pointer, then signature: the function's type. overlay: members of a record with the same number
-- share their bytes (struct ew_fact_field).
CREATE TABLE field(id INTEGER PRIMARY KEY, record INTEGER NOT NULL, name TEXT NOT NULL,
                   type INTEGER, line INTEGER, flags INTEGER, signature INTEGER, overlay INTEGER,
                   key INTEGER);
-- Members in the same bytes of a union, of which one or both belong to a struct within it (struct ew_fact_share); each two
-- stand here twice. object: the node of what has the field, 0 for what the record itself has.
CREATE TABLE shared(field INTEGER, other INTEGER, record INTEGER, object INTEGER, other_object INTEGER,
                    PRIMARY KEY(field, other, record, object, other_object)) WITHOUT ROWID;
-- flags: 1 static.
CREATE TABLE variable(id INTEGER PRIMARY KEY, name TEXT NOT NULL, file INTEGER, line INTEGER,
                      col INTEGER, end_line INTEGER, flags INTEGER, type INTEGER, unit INTEGER,
                      key INTEGER);
CREATE TABLE local(id INTEGER PRIMARY KEY, function INTEGER NOT NULL, name INTEGER NOT NULL);
-- An object that is a member of another. outer: its node, a variable, local, part, or a field where the object that
-- has it is not known. member: a field.
CREATE TABLE part(id INTEGER PRIMARY KEY, outer INTEGER NOT NULL, member INTEGER NOT NULL);
CREATE TABLE macro(id INTEGER PRIMARY KEY, name TEXT NOT NULL, file INTEGER, line INTEGER,
                   end_line INTEGER);

-- kind: enum ew_condition_kind, + 32 if a macro holds the whole statement (the text is its name). The
-- text stands in the source from line:col to end_line:end_col.
CREATE TABLE condition(id INTEGER PRIMARY KEY, parent INTEGER, kind INTEGER NOT NULL,
                       dead INTEGER NOT NULL, file INTEGER, line INTEGER, col INTEGER,
                       end_line INTEGER, end_col INTEGER);

-- Of a condition that compares: the code under it runs only where the slot (a node, with base and base_mode as a call
-- has them) holds the value (equal 1), or does not (0). value: the node of a function, or of a global whose address it is.
CREATE TABLE comparison(condition INTEGER PRIMARY KEY, function INTEGER NOT NULL, slot INTEGER NOT NULL, base INTEGER,
                        base_mode INTEGER, value INTEGER NOT NULL, equal INTEGER NOT NULL);

-- Every call site. callee is NULL for a call through a pointer, then slot (a node, NULL if it has no
-- name), base, base_mode (enum ew_base_mode) and signature say what it goes through.
CREATE TABLE call(id INTEGER PRIMARY KEY, caller INTEGER NOT NULL, ordinal INTEGER NOT NULL,
                  callee INTEGER, slot INTEGER, base INTEGER, base_mode INTEGER, signature INTEGER,
                  file INTEGER, line INTEGER, col INTEGER, macro INTEGER, condition INTEGER,
                  dead INTEGER NOT NULL);

-- Every flow of a function pointer, or of an object that carries some, into a slot.
-- src is 0 where the value cannot be named (arithmetic, a cast of a number).
-- how: enum ew_flow_how. call: the call site of an argument. unit: the owner of one outside of functions. condition: the
-- innermost one that it stands under, where this configuration does not compile it; else NULL.
CREATE TABLE flow(id INTEGER PRIMARY KEY, dst INTEGER NOT NULL, dst_base INTEGER, dst_mode INTEGER,
                  src INTEGER NOT NULL, src_base INTEGER, src_mode INTEGER, is_address INTEGER,
                  how INTEGER NOT NULL, function INTEGER, file INTEGER, line INTEGER, col INTEGER,
                  call INTEGER, macro INTEGER, unit INTEGER, condition INTEGER);

-- mode: enum ew_access_mode, + 4 if inside a condition. The file is the function's.
CREATE TABLE access(function INTEGER, line INTEGER, col INTEGER, field INTEGER, mode INTEGER,
                    PRIMARY KEY(function, line, col, field, mode)) WITHOUT ROWID;

-- Every state that is given to what keeps one (struct ew_fact_state, enum ew_state_how): see
-- kernel-refs/states. value, origin (from), note: strings. source: the node that the value is, where it is no constant.
-- entry: the line of the row of a table.
CREATE TABLE state(function INTEGER, ordinal INTEGER, target INTEGER NOT NULL, how INTEGER NOT NULL,
                   value INTEGER, source INTEGER, origin INTEGER, note INTEGER, entry INTEGER,
                   file INTEGER, line INTEGER, col INTEGER, macro INTEGER, condition INTEGER,
                   dead INTEGER NOT NULL, PRIMARY KEY(function, ordinal)) WITHOUT ROWID;

-- What resolve adds. One row a target of a pointer call.
-- id: call << 20 and a number, so that the targets of a call stand together and need no index.
-- run: id of a mechanism in `string` ("task_work"), NULL for now. grade: layers that held (1 signature,
-- 2 field, 3 object, 4 told apart by the object around it), 0 for a flow through parameters and locals. 1 is where the
-- function was stored into another member of a union, and is of the type that is called.
-- container: the node of the object. differs: 1 if the type of the function is not the one that is called. dead: 1 if
-- the function comes there only through code that this configuration does not compile: each way has such a flow.
CREATE TABLE edge(id INTEGER PRIMARY KEY, call INTEGER NOT NULL, callee INTEGER NOT NULL,
                  run INTEGER, grade INTEGER NOT NULL, container INTEGER, proof INTEGER,
                  differs INTEGER NOT NULL, dead INTEGER NOT NULL);
-- Direct calls that hand over the head of a chain of objects, and lead to the call 'via', of a dispatcher of all chains.
-- Their rows in edge say what is on this chain. The edges of via, to what is on any, are not in the packed graph.
-- head: the node that is handed over, NULL if it has no name.
CREATE TABLE chain(call INTEGER PRIMARY KEY, via INTEGER NOT NULL, head INTEGER);
-- One row a pointer call: why it has no target (enum ew_site_reason, 0: it has), with the node at which the
-- search ended (where it has targets: a parameter of the object that nobody in the index gives a value, or of a function that
-- code outside may call, so that the whole slot counts); how many functions would be candidates by one layer alone: those of its signature whose
-- address is taken anywhere (0 where the type is not known), those that reach the slot, those that the
-- objects leave (for a deferred call: those registered). is_open: an object may stand here that the index
-- does not show, so the whole slot counts.
CREATE TABLE site(call INTEGER PRIMARY KEY, reason INTEGER NOT NULL, origin INTEGER,
                  by_signature INTEGER NOT NULL, by_slot INTEGER NOT NULL, by_object INTEGER NOT NULL,
                  is_open INTEGER NOT NULL);
-- The evidence: the flows of one proof in reading order. role: enum ew_store_role.
CREATE TABLE proof(id INTEGER, seq INTEGER, role INTEGER NOT NULL, flow INTEGER NOT NULL,
                   PRIMARY KEY(id, seq)) WITHOUT ROWID;
-- How a value (a function, or the address of an object) reaches a slot: the last flow on its way. Value 0: a static call
-- is updated there through a pointer to its key, with something that is not followed.
CREATE TABLE reach(slot INTEGER, value INTEGER, flow INTEGER NOT NULL,
                   PRIMARY KEY(slot, value)) WITHOUT ROWID;
-- The call graph packed, by parts, see store.h.
CREATE TABLE graph(id INTEGER PRIMARY KEY, data BLOB NOT NULL);
-- What query works out of the finished graph, see query/keep.c. id: enum ew_kept << 32, and a number within it.
CREATE TABLE kept(id INTEGER PRIMARY KEY, data BLOB NOT NULL);
-- Where a function is called, of those that at least EW_MANY_CALLS calls have as callee or target, see store.h:
-- how many direct places and how many through a pointer, and the calls in the order of the answer.
CREATE TABLE callers(callee INTEGER PRIMARY KEY, direct INTEGER NOT NULL, pointer INTEGER NOT NULL,
                     calls BLOB NOT NULL);

-- Places for the roots of the indexes: what is dropped is taken by the next that is made, so that the roots of
-- all trees stand at the front, where a reader gets them in one go.
CREATE TABLE root_1(x);
CREATE TABLE root_2(x);
CREATE TABLE root_3(x);
CREATE TABLE root_4(x);
CREATE TABLE root_5(x);
CREATE TABLE root_6(x);
CREATE TABLE root_7(x);
CREATE TABLE root_8(x);
CREATE TABLE root_9(x);
CREATE TABLE root_10(x);
CREATE TABLE root_11(x);
CREATE TABLE root_12(x);
CREATE TABLE root_13(x);
CREATE TABLE root_14(x);
CREATE TABLE root_15(x);
