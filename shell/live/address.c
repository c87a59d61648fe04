/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Addresses of both families as one plain value. */
#include "live/internal.h"

#include <string.h>
#include <sys/socket.h>

socklen_t live_address_put(const struct live_address *a, struct sockaddr_storage *s)
{
	memset(s, 0, sizeof(*s));
	if (a->family == AF_INET6) {
		struct sockaddr_in6 *six = (struct sockaddr_in6 *)s;

		six->sin6_family = AF_INET6;
		six->sin6_port = htons(a->port);
		memcpy(&six->sin6_addr, a->bytes, 16);
		return sizeof(*six);
	}
	struct sockaddr_in *four = (struct sockaddr_in *)s;
	four->sin_family = AF_INET;
	four->sin_port = htons(a->port);
	memcpy(&four->sin_addr, a->bytes, 4);
	return sizeof(*four);
}

void live_address_get(struct live_address *a, const struct sockaddr_storage *s)
{
	*a = (struct live_address){.family = s->ss_family};
	if (s->ss_family == AF_INET) {
		const struct sockaddr_in *four = (const struct sockaddr_in *)s;

		a->port = ntohs(four->sin_port);
		memcpy(a->bytes, &four->sin_addr, 4);
	} else if (s->ss_family == AF_INET6) {
		const struct sockaddr_in6 *six = (const struct sockaddr_in6 *)s;
		bool is_mapped = IN6_IS_ADDR_V4MAPPED(&six->sin6_addr);

		a->port = ntohs(six->sin6_port);
		a->family = is_mapped ? AF_INET : AF_INET6;
		memcpy(a->bytes, six->sin6_addr.s6_addr + (is_mapped ? 12 : 0), is_mapped ? 4 : 16);
	} else {
		a->family = 0;
	}
}

bool live_address_equal(const struct live_address *a, const struct live_address *b)
{
	return a->family == b->family && a->port == b->port && !memcmp(a->bytes, b->bytes, 16);
}

struct live_address live_address_loopback(int family)
{
	struct live_address a = {.family = family};

	if (family == AF_INET6)
		memcpy(a.bytes, &in6addr_loopback, 16);
	else
		memcpy(a.bytes, (const uint8_t[]){127, 0, 0, 1}, 4);
	return a;
}
