/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Addresses as people write them. */
#include "sockets/internal.h"

#include <arpa/inet.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};
static const uint8_t any[16];

static bool fail(const char *text, const char *why, GError **error)
{
	g_set_error(error, EW_ERROR, EW_ERROR_USAGE,
		    "\"%.80s\" is no address of a socket: %s; write 127.0.0.1:80, [::1]:80, :80 for any "
		    "address, or * for the peer of a listener",
		    text, why);
	return false;
}

static bool read_port(const char *text, uint16_t *port)
{
	char *end;
	unsigned long number = strtoul(text, &end, 10);

	if (!g_ascii_isdigit(*text) || *end || number > 65535)
		return false;
	*port = (uint16_t)number;
	return true;
}

bool ew_socket_address_parse(const char *text, struct ew_socket_address *a, GError **error)
{
	const char *colon = strrchr(text, ':');

	*a = (struct ew_socket_address){.family = AF_UNSPEC};
	if (!strcmp(text, "*") || !strcmp(text, "*:*"))
		return true;
	if (!colon)
		return fail(text, "it has no port", error);
	if (strcmp(colon, ":*") != 0 && !read_port(colon + 1, &a->port))
		return fail(text, "a port is a number from 1 to 65535", error);
	bool is_bracketed = *text == '[' && colon > text + 1 && colon[-1] == ']';
	g_autofree char *host =
		g_strndup(text + is_bracketed, (gsize)(colon - text) - 2 * (gsize)is_bracketed);
	host[strcspn(host, "%")] = '\0';
	if (!is_bracketed && (!*host || !strcmp(host, "*"))) {
		/* any address; without a port: nobody */
		a->family = a->port ? AF_INET : AF_UNSPEC;
		return true;
	}
	if (!is_bracketed && inet_pton(AF_INET, host, a->bytes) == 1)
		a->family = AF_INET;
	else if (is_bracketed && inet_pton(AF_INET6, host, a->bytes) == 1)
		a->family = AF_INET6;
	else if (!is_bracketed && strchr(host, ':'))
		return fail(text, "an IPv6 address stands in brackets", error);
	else
		return fail(text, "what stands before the port is no number of IPv4 or IPv6", error);
	if (!a->port && !memcmp(a->bytes, any, sizeof(any)))
		a->family = AF_UNSPEC;
	return true;
}

static char *put_number(char *at, unsigned n)
{
	if (n >= 10)
		at = put_number(at, n / 10);
	*at++ = (char)('0' + n % 10);
	return at;
}

void ew_socket_address_text(const struct ew_socket_address *a, char *text, size_t size)
{
	char host[INET6_ADDRSTRLEN] = "?", four[32], *at = four;

	if (!a->port && !memcmp(a->bytes, any, sizeof(any))) {
		g_strlcpy(text, "*", size);
		return;
	}
	if (a->family == AF_INET6) {
		inet_ntop(a->family, a->bytes, host, sizeof(host));
		snprintf(text, size, "[%s]:%u", host, a->port);
		return;
	}
	/* there may be tens of thousands, each written twice */
	for (int i = 0; i < 4; i++) {
		at = put_number(at, a->bytes[i]);
		*at++ = i < 3 ? '.' : ':';
	}
	*put_number(at, a->port) = '\0';
	g_strlcpy(text, four, size);
}

/* The sixteen bytes of IPv6 for both. */
static void widen(const struct ew_socket_address *a, uint8_t *bytes)
{
	memcpy(bytes, a->bytes, 16);
	if (a->family != AF_INET)
		return;
	memcpy(bytes, mapped, sizeof(mapped));
	memcpy(bytes + sizeof(mapped), a->bytes, 4);
}

bool ew_socket_address_equal(const struct ew_socket_address *a, const struct ew_socket_address *b)
{
	uint8_t x[16], y[16];

	widen(a, x);
	widen(b, y);
	return a->port == b->port && !memcmp(x, y, sizeof(x));
}
