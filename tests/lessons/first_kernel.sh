#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# On a real kernel: what is read first suffices for every step of every shipped lesson, and takes seconds once
# Kbuild has answered. How long is told, and judged only where a bar is given: a machine that does something else, or is
# slow, says nothing about it. Uses the caller's cache, with an index of its own.
# usage: first_kernel.sh EXITWALK RELEASE [SECONDS]; exit 77 where the release is not installed
exitwalk=${1:?} release=${2:?} most=${3-}
[ -f "/usr/src/linux-source-$release.tar.xz" ] && [ -d "/usr/src/linux-config-$release" ] || {
	echo "skipped: linux-source-$release and linux-config-$release are not installed"
	exit 77
}
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM
export LC_ALL=C.UTF-8 COLUMNS=140

# Kbuild's answers, which this test does not measure.
"$exitwalk-index" --commands --tree "$release" --scope lesson >"$work/log" 2>&1 || { cat "$work/log"; exit 1; }
start=$(date +%s%N)
"$exitwalk-index" --tree "$release" --first lesson --out "$work/first.sqlite" >"$work/log" 2>&1 ||
	{ cat "$work/log"; exit 1; }
"$exitwalk" --index "$work/first.sqlite" lesson tcp-close >"$work/out" || { cat "$work/out"; exit 1; }
took=$(($(date +%s%N) - start))
echo "to the first step: $((took / 1000000)) ms"
[ -z "$most" ] || [ $took -lt $((most * 1000000000)) ] || { echo "that is more than $most s"; exit 1; }

"$exitwalk" --index "$work/first.sqlite" --color never lesson check --all >"$work/out"
code=$?
cat "$work/out"
[ $code -eq 0 ] && ! grep -q '^warn ' "$work/out"
