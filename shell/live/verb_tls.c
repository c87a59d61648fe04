/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The verb that gives a connection the kernel's TLS (Documentation/networking/tls.rst): records are made
 * and opened within the socket. A handshake is a program's business and is left out; both ends know the
 * one key beforehand.
 */
#include "live/internal.h"

#include <errno.h>
#include <linux/tls.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#ifndef SOL_TLS
#define SOL_TLS 282
#endif

/* A key of zeros keeps nothing secret, and is as good as any other to watch. */
static int64_t act_tls(struct live_self *self, const struct live_command *c, struct live_reply *r)
{
	struct tls12_crypto_info_aes_gcm_128 key = {
		.info = {.version = TLS_1_3_VERSION, .cipher_type = TLS_CIPHER_AES_GCM_128}};
	int fd = live_self_fd(self, c);

	if (fd < 0 || setsockopt(fd, IPPROTO_TCP, TCP_ULP, "tls", sizeof("tls")) < 0 ||
	    setsockopt(fd, SOL_TLS, TLS_TX, &key, sizeof(key)) < 0)
		return -1;
	return setsockopt(fd, SOL_TLS, TLS_RX, &key, sizeof(key));
}

const struct live_verb live_verbs_tls[] = {
	{{"tls", NULL, "has the kernel encrypt its connection: TLS 1.3, with a key that both ends know",
	  "tls"},
	 .act = act_tls},
	{{NULL}},
};
