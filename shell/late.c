/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Libraries that most commands do without, loaded by the first call into them.
 *
 * An answer from the index takes a few milliseconds, and half of that was spent on linking libpcap and
 * json-glib with the seventeen libraries behind them. late.S has a stub for each of their functions; the
 * code that calls them knows nothing of it.
 */
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

struct late {
	void *function; /* the stub's own way here, until it is found */
	const char *library, *name;
};

void *late_find(struct late *late);

static pid_t program;

__attribute__((constructor)) static void remember_program(void)
{
	program = getpid();
}

/* What the program does at its end is not for a process that it forked. */
static void end(void)
{
	if (getpid() == program)
		exit(3);
	_exit(3);
}

void *late_find(struct late *late)
{
	void *library = dlopen(late->library, RTLD_LAZY | RTLD_LOCAL);
	void *function = library ? dlsym(library, late->name) : NULL;

	if (!function) {
		fprintf(stderr, "exitwalk: %s; install the package that holds %s\n", dlerror(),
			late->library);
		end();
	}
	late->function = function;
	return function;
}
