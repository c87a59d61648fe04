/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Two firewalls that an experiment can have on a host, by nf_tables and without any program. */
#ifndef EW_LIVE_NFT_H
#define EW_LIVE_NFT_H

enum live_firewall {
	LIVE_FIREWALL_OWNER,   /* lets out what a process of this user sends, and nothing else */
	LIVE_FIREWALL_INVALID, /* does not take in what connection tracking calls invalid */
	LIVE_FIREWALLS,
};

/* Sets it up in the network namespace that the calling process is in; it goes with that. Returns 0 or
 * an errno. */
int live_firewall_set(enum live_firewall kind);
/* Why this machine has none: 0 if it has, or an errno. Looks once. */
int live_firewall_missing(enum live_firewall kind);

#endif
