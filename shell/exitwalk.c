/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * exitwalk: asks an index, walks through lessons, runs experiments. With a command it answers and
 * ends; without one it is a shell on a terminal, and reads commands from standard input otherwise.
 */
#include "repl/repl.h"

/* Without a command, or after one that leaves something open (a lesson). */
static int enter_shell(struct ew_cmd_context *context)
{
	static char help[] = "help";
	char *const argv[] = {help, NULL};

	if (!context->term.in_tty)
		return ew_repl_batch(context, stdin);
	if (!context->term.out_tty)
		return ew_cmd_run(context, 1, argv, "exitwalk");
	return ew_repl_run(context);
}

int main(int argc, char **argv)
{
	struct ew_cmd_context context;

	ew_term_start();
	ew_cmd_context_init(&context);
	int code = ew_cmd_run(&context, argc - 1, argv + 1, "exitwalk");
	if (context.enter_shell)
		code = enter_shell(&context);
	ew_cmd_context_clear(&context);
	return code;
}
