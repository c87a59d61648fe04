/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The table of topologies, and the simplest of them: both sides on one loopback. */
#include "live/internal.h"

#include <string.h>
#include <sys/socket.h>

static bool set_loopback(struct live_stage *stage, const struct ew_live_experiment *x,
			 GError **error)
{
	for (int i = 0; i < EW_LIVE_SIDES; i++)
		stage->addresses[i] =
			live_address_loopback(x->variant.is_ipv6 ? AF_INET6 : AF_INET);
	return true;
}

static void clear_loopback(struct live_stage *stage)
{
}

const struct live_topology live_topology_loopback = {
	.name = "loopback",
	.help = "both sides in one network namespace, which has nothing but loopback",
	.set = set_loopback,
	.clear = clear_loopback,
};

/* A new topology is a line here and one in internal.h. */
const struct live_topology *const live_topologies[] = {
	&live_topology_loopback,
	&live_topology_wire,
	NULL,
};

const struct live_topology *live_topology_find(const char *name)
{
	for (int i = 0; live_topologies[i]; i++)
		if (!strcmp(live_topologies[i]->name, name))
			return live_topologies[i];
	return NULL;
}

const char *ew_live_topology(size_t number, const char **help)
{
	if (number >= G_N_ELEMENTS(live_topologies) - 1)
		return NULL;
	if (help)
		*help = live_topologies[number]->help;
	return live_topologies[number]->name;
}
