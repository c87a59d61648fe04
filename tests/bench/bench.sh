#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
#
# The floors of speed and memory, measured on a real kernel. A target, not a test: run it on a machine
# that does nothing else (`cmake --build --preset dev --target bench`).
# usage: bench.sh BUILD CLANG; BUILD holds the programs, and takes the index in BUILD/bench
#
#	EW_BENCH_TREE	what is indexed (default 6.1; anything that `exitwalk index` takes)
#	EW_BENCH_SCOPE	(default core); all: the bars of resolution are those of the whole kernel
#	EW_BENCH_JOBS	processes of either side (default: one a processor)
#	EW_BENCH_REPEAT	how often indexing and compiling take turns (default 1)
#	EW_BENCH_RUNS	how often each question is asked as a process (default 300)
#	EW_BENCH_INDEX	ask this index, of EW_BENCH_SCOPE, and measure no indexing
#
# Exit status: 0 every bar holds, 1 one does not, 2 nothing was measured.
build=${1:?usage: bench.sh BUILD CLANG} clang=${2:?}
tree=${EW_BENCH_TREE:-6.1} scope=${EW_BENCH_SCOPE:-core} jobs=${EW_BENCH_JOBS:-$(nproc)}
index=${EW_BENCH_INDEX:-$build/bench/bench.sqlite}
here=$(cd "$(dirname "$0")" && pwd) || exit 2
mkdir -p "$build/bench" || exit 2
status=0

machine() {
	sed -n 's/^model name[^:]*: *//p' /proc/cpuinfo | sed q
	echo "$(nproc) processors, $(sed -n 's/^MemTotal: *//p' /proc/meminfo), load $(cut -d ' ' -f 1-3 /proc/loadavg)"
}

machine
if [ -z "${EW_BENCH_INDEX-}" ]; then
	echo "== Linux $tree, scope $scope: exitwalk-index against clang -fsyntax-only"
	"$build/tests/bench_compile" "$build/exitwalk-index" "$clang" "$index" "$jobs" \
		"${EW_BENCH_REPEAT:-1}" --tree "$tree" --scope "$scope" || status=$?
	sed 's/^/  /' "$index.summary"
fi
[ $status -le 1 ] || exit 2
echo "== questions"
"$build/tests/bench_query" "$build/exitwalk" "$index" "${EW_BENCH_RUNS:-300}" || status=$?
echo "== resolution, of a copy of the index"
whole=
[ "$scope" != all ] || whole=whole
"$build/tests/bench_resolve" "$index" "$build/bench/resolved.sqlite" \
	"$here/../../kernel-refs" $whole || status=$?
rm -f "$build/bench/resolved.sqlite"
machine | tail -n 1
exit $status
