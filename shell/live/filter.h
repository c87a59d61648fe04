/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Filters of system calls (seccomp), which containers and sandboxes set: they answer in the kernel's place, and what
 * they answer, ENOSYS too, is not what the kernel has.
 */
#ifndef EW_LIVE_FILTER_H
#define EW_LIVE_FILTER_H

#include "fact/fact.h"

/* What /proc/self/status says: "a seccomp filter is at work (Seccomp: 2, NoNewPrivs: 1 in /proc/self/status)". NULL where
 * there is none, or no /proc that would tell. Valid until the next call. */
const char *ew_live_filter_text(void);
/* "; or it is the filter's answer: a seccomp filter …", to be put behind another reason; "" where there is none. Valid
 * until the next call. */
const char *ew_live_filter_doubt(void);

#endif
