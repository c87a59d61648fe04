/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A 64 bit hash of contents and keys: eight bytes a step, multiplied to 128 bits and folded, as wyhash
 * does it. It tells whether something changed; nobody is meant to be kept from making two that are alike.
 */
#include <string.h>

#include "store/store.h"

static const uint64_t odd[] = {0xa0761d6478bd642fULL, 0xe7037ed1a0b428dbULL, 0x8ebc6af09c88c6e3ULL};

static uint64_t fold(uint64_t a, uint64_t b)
{
	unsigned __int128 product = (unsigned __int128)a * b;

	return (uint64_t)product ^ (uint64_t)(product >> 64);
}

int64_t ew_store_hash(const void *bytes, size_t length)
{
	const uint8_t *at = bytes;
	uint64_t hash = odd[0] ^ length, words[2] = {0};
	size_t left;

	for (left = length; left > sizeof words; left -= sizeof words, at += sizeof words) {
		memcpy(words, at, sizeof words);
		hash = fold(words[0] ^ odd[1], words[1] ^ hash);
	}
	words[0] = words[1] = 0;
	memcpy(words, at, left);
	hash = fold(words[0] ^ odd[1], words[1] ^ hash);
	hash = fold(hash ^ odd[2], length ^ odd[1]);
	return hash ? (int64_t)hash : 1;
}
