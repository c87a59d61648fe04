/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Other programs that look at a stage while an experiment runs in it: where its processes are, and
 * tcpdump and ss among them. What fails ends the test.
 */
#ifndef EW_TEST_OTHERS_H
#define EW_TEST_OTHERS_H

#include <stdbool.h>
#include <sys/types.h>

/* The runner that `parent` has, once it is in its stage; 0 if it does not come. */
pid_t others_wait_for_runner(pid_t parent);
/* Of a wire: an actor of each side, from whose namespace others may look. */
void others_find_actors(pid_t runner, pid_t actors[2]);
/* Both look from the inhabitant's network namespace, and write to the file until others_stop(). */
pid_t others_start_tcpdump(pid_t inhabitant, bool is_wire, const char *file);
pid_t others_start_ss(pid_t inhabitant, const char *file);
void others_stop(pid_t pid, int signal);

#endif
