/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * exitwalk: asks an index, walks through lessons, runs experiments. With a command it answers and
 * ends; without one it is a shell on a terminal, and a batch reader otherwise.
 */
#include "cmd/cmd.h"

int main(int argc, char **argv)
{
	struct ew_cmd_context context;

	ew_term_start();
	ew_cmd_context_init(&context);
	int code = ew_cmd_run(&context, argc - 1, argv + 1, "exitwalk");
	ew_cmd_context_clear(&context);
	return code;
}
