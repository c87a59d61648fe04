-- SPDX-License-Identifier: GPL-3.0-or-later
-- Made once, after the bulk load; each serves a statement of statements.c.
CREATE INDEX function_name ON function(name);
CREATE INDEX record_name ON record(name);
CREATE INDEX field_record ON field(record);
CREATE INDEX variable_name ON variable(name);
CREATE INDEX macro_name ON macro(name);
CREATE INDEX file_path ON file(path);
CREATE INDEX call_caller ON call(caller, ordinal);
CREATE INDEX call_callee ON call(callee) WHERE callee IS NOT NULL;
CREATE INDEX call_slot ON call(slot) WHERE slot IS NOT NULL;
CREATE INDEX call_base ON call(base, base_mode, slot) WHERE base IS NOT NULL;
CREATE INDEX flow_src ON flow(src, is_address, dst);
CREATE INDEX access_field ON access(field);
CREATE INDEX flow_dst ON flow(dst, dst_base, src);
CREATE INDEX flow_call ON flow(call) WHERE call IS NOT NULL;
CREATE INDEX edge_call ON edge(call);
CREATE INDEX edge_callee ON edge(callee);
