/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which types the flow of function pointers is followed through. */
#include "parse/internal.h"

/*
 * Objects are followed if they are mostly function pointers (ops tables) or small carriers of one
 * (work items, timers, callbacks). A large object that merely holds a few callbacks (struct sock,
 * struct task_struct) is not: its fields are still slots, only the object itself is not told apart.
 */
enum { CARRIER_FIELDS = 16, TABLE_SHARE = 3 };

struct field_count {
	int fields, function_pointers;
	int keys; /* pointers to keys of static calls, into which functions are put */
	int depth;
};

bool is_function_pointer_type(CXType type)
{
	type = clang_getCanonicalType(type);
	if (type.kind != CXType_Pointer)
		return false;
	type = clang_getPointeeType(type);
	return type.kind == CXType_FunctionProto || type.kind == CXType_FunctionNoProto;
}

static CXType strip(CXType type)
{
	for (;;) {
		type = clang_getCanonicalType(type);
		switch (type.kind) {
		case CXType_Pointer:
			type = clang_getPointeeType(type);
			break;
		case CXType_ConstantArray:
		case CXType_IncompleteArray:
		case CXType_VariableArray:
			type = clang_getArrayElementType(type);
			break;
		default:
			return type;
		}
	}
}

CXCursor record_of_type(CXType type)
{
	return clang_getTypeDeclaration(strip(type));
}

static enum CXVisitorResult count_field(CXCursor field, CXClientData data)
{
	struct field_count *count = data;
	CXType type = clang_getCanonicalType(clang_getCursorType(field));

	while (type.kind == CXType_ConstantArray)
		type = clang_getCanonicalType(clang_getArrayElementType(type));
	if (type.kind == CXType_Record && count->depth < 4) {
		count->depth++;
		clang_Type_visitFields(type, count_field, count);
		count->depth--;
		return CXVisit_Continue;
	}
	count->fields++;
	if (is_function_pointer_type(type))
		count->function_pointers++;
	if (type.kind == CXType_Pointer && is_static_call_key(record_of_type(type)))
		count->keys++;
	return CXVisit_Continue;
}

bool is_head_type(struct unit *u, CXType type)
{
	type = strip(type);
	return type.kind == CXType_Record && g_hash_table_size(u->parser->heads) &&
	       g_hash_table_contains(u->parser->heads, record_name(u, clang_getTypeDeclaration(type)));
}

bool is_relevant_type(struct unit *u, CXType type)
{
	struct field_count count = {0};
	gpointer known;
	CXCursor record;
	bool answer;

	type = strip(type);
	if (type.kind == CXType_FunctionProto || type.kind == CXType_FunctionNoProto)
		return true;
	if (type.kind != CXType_Record)
		return false;
	record = clang_getTypeDeclaration(type);
	known = g_hash_table_lookup(u->relevant, record.data[0]);
	if (known)
		return GPOINTER_TO_INT(known) == 2;
	clang_Type_visitFields(type, count_field, &count);
	answer = count.function_pointers > 0 &&
		 (count.fields <= CARRIER_FIELDS ||
		  count.function_pointers * TABLE_SHARE >= count.fields);
	answer |= is_static_call_key(record) || is_head_type(u, type) ||
		  (count.keys > 0 && count.fields <= CARRIER_FIELDS);
	g_hash_table_insert(u->relevant, (gpointer)record.data[0], GINT_TO_POINTER(answer + 1));
	return answer;
}
