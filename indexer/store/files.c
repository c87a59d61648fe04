/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Files as a unit read them: what they were, and which they were. */
#include "store/writer.h"

static int compare_ids(gconstpointer a, gconstpointer b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

GByteArray *ids_packed(GArray *ids)
{
	GByteArray *bytes = g_byte_array_new();
	int64_t last = 0;
	guint i;

	g_array_sort(ids, compare_ids);
	for (i = 0; i < ids->len; i++) {
		uint64_t step = g_array_index(ids, int64_t, i) - last;

		last += step;
		while (step) {
			uint8_t byte = (step & 0x7f) | (step > 0x7f ? 0x80 : 0);

			g_byte_array_append(bytes, &byte, 1);
			step >>= 7;
		}
	}
	return bytes;
}

GArray *ew_store_unpack_ids(const void *bytes, size_t length)
{
	GArray *ids = g_array_new(false, false, sizeof(int64_t));
	const uint8_t *at = bytes, *end = length ? at + length : at;
	uint64_t step = 0;
	int64_t last = 0;
	int shift = 0;

	for (; at < end; at++) {
		step |= (uint64_t)(*at & 0x7f) << shift;
		shift = *at & 0x80 ? (shift + 7) & 63 : 0;
		if (shift)
			continue;
		last += step;
		step = 0;
		g_array_append_val(ids, last);
	}
	return ids;
}

void ew_store_set_file_state(struct ew_store_writer *w, const char *path,
			     const struct ew_store_file_state *state)
{
	writer_run(w, UPDATE_FILE, "iniiii", writer_file(w, path), state->hash, state->size,
		   state->mtime, state->ctime, state->inode);
}
