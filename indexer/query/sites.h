/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What sites.c, which goes over all calls through a pointer, and site_kept.c, which stores what it found, share. */
#ifndef EW_QUERY_SITES_H
#define EW_QUERY_SITES_H

#include "query/internal.h"

/* All without a target (of struct ew_site), by reason, slot and place. */
GPtrArray *sites_found(struct ew_query *q);
struct ew_pointer_coverage *pointer_coverage_found(struct ew_query *q);

/* The same, stored; NULL if it is not there. */
GPtrArray *sites_kept(struct ew_query *q);
struct ew_pointer_coverage *pointer_coverage_kept(struct ew_query *q);

#endif
