/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Numbers in few bytes: 7 bits a byte, the low ones first, the high bit says that more follow. */
#ifndef EW_STORE_VARINT_H
#define EW_STORE_VARINT_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

static inline void pack_number(GByteArray *out, uint64_t value)
{
	uint8_t bytes[10];
	int n = 0;

	for (; value > 127; value >>= 7)
		bytes[n++] = value | 128;
	bytes[n++] = value;
	g_byte_array_append(out, bytes, n);
}

/* Small where it is near to 0. */
static inline void pack_signed(GByteArray *out, int64_t value)
{
	pack_number(out, (uint64_t)value << 1 ^ (uint64_t)(value >> 63));
}

static inline void pack_text(GByteArray *out, const char *text)
{
	g_byte_array_append(out, (const uint8_t *)text, strlen(text) + 1);
}

struct unpacker {
	const uint8_t *at, *end;
	bool is_whole; /* false once something was not there */
};

static inline struct unpacker unpacker_of(const void *bytes, size_t length)
{
	return (struct unpacker){bytes, length ? (const uint8_t *)bytes + length : bytes, bytes || !length};
}

uint64_t unpack_long(struct unpacker *u);

static inline uint64_t unpack_number(struct unpacker *u)
{
	return u->at < u->end && *u->at < 128 ? *u->at++ : unpack_long(u);
}

static inline int64_t unpack_signed(struct unpacker *u)
{
	uint64_t value = unpack_number(u);

	return value >> 1 ^ -(value & 1);
}

/* As long as the bytes live. */
const char *unpack_text(struct unpacker *u);

#endif
