#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# On a real kernel: what is read first suffices for every step of every shipped lesson, and takes seconds once
# Kbuild has answered: two processors do it in 15 s. Others may use them at the same time, so the time that is
# tested is the processors'. Uses the caller's cache, with an index of its own.
# usage: first_kernel.sh EXITWALK RELEASE; exit 77 where the release is not installed
exitwalk=${1:?} release=${2:?}
[ -f "/usr/src/linux-source-$release.tar.xz" ] && [ -d "/usr/src/linux-config-$release" ] || {
	echo "skipped: linux-source-$release and linux-config-$release are not installed"
	exit 77
}
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM
export LC_ALL=C.UTF-8 COLUMNS=140

# Processor seconds of all children up to now.
spent() {
	times >"$work/times"
	sed -n 2p "$work/times" | tr 'ms' '  ' | awk '{ print $1 * 60 + $2 + $3 * 60 + $4 }'
}

# Kbuild's answers, which this test does not measure.
"$exitwalk-index" --commands --tree "$release" --scope lesson >"$work/log" 2>&1 || { cat "$work/log"; exit 1; }
spent >"$work/before"
start=$(date +%s%N)
"$exitwalk-index" --tree "$release" --first lesson --out "$work/first.sqlite" >"$work/log" 2>&1 ||
	{ cat "$work/log"; exit 1; }
"$exitwalk" --index "$work/first.sqlite" lesson tcp-close >"$work/out" || { cat "$work/out"; exit 1; }
took=$((($(date +%s%N) - start) / 1000000))
spent >"$work/after"
cat "$work/before" "$work/after" | awk -v took=$took '
	NR == 1 { before = $1 }
	END {
		printf "to the first step: %.1f s, %.1f s of processors\n", took / 1000, $1 - before
		exit $1 - before >= 30
	}' || { echo "that is more than two processors do in 15 s"; exit 1; }

"$exitwalk" --index "$work/first.sqlite" --color never lesson check --all >"$work/out"
code=$?
cat "$work/out"
[ $code -eq 0 ] && ! grep -q '^warn ' "$work/out"
