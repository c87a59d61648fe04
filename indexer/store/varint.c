/* SPDX-License-Identifier: GPL-3.0-or-later */
/* See varint.h. */
#include "store/varint.h"

uint64_t unpack_long(struct unpacker *u)
{
	uint64_t value = 0;
	int shift;

	for (shift = 0; shift < 64 && u->at < u->end; shift += 7) {
		value |= (uint64_t)(*u->at & 127) << shift;
		if (!(*u->at++ & 128))
			return value;
	}
	u->is_whole = false;
	return 0;
}

const char *unpack_text(struct unpacker *u)
{
	const char *text = (const char *)u->at;
	const uint8_t *end = u->at < u->end ? memchr(u->at, 0, u->end - u->at) : NULL;

	if (!end) {
		u->is_whole = false;
		return "";
	}
	u->at = end + 1;
	return text;
}
