/* SPDX-License-Identifier: GPL-3.0-or-later */
/* As much of the Language Server Protocol as makes clangd index a project. */
#ifndef EW_BENCH_LSP_H
#define EW_BENCH_LSP_H

/*
 * Start `clangd` with `jobs` workers on `directory`, which has a compile_commands.json, open its first
 * source, and wait until it says that its background index is idle and as many units have gone through it as
 * there are commands. Prints how many did. 0; 1 where clangd ended before.
 */
int lsp_index(const char *clangd, int jobs, const char *directory);

#endif
