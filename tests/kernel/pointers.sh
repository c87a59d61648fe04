#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# The targets of calls through pointers against pointers-RELEASE.tsv: calls drawn at random (draw.sh),
# whose targets were found by reading the source, not by asking the program.
# usage: pointers.sh EXITWALK DIRECTORY RELEASE
exitwalk=${1:?} directory=${2:?} release=${3:?}
here=$(dirname "$0")
table=$here/pointers-$release.tsv
. "$here/table.sh"
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT

# In another version than was read, lines differ: then a caller's sites of one slot are taken together,
# and what is neither expected nor explained is not judged.
[ "$lines" = 1 ] || echo "the table is of $read_version, the index of $version: lines are not compared"

for what in calls edges; do
	"$exitwalk" --index "$index" --color never dump $what >"$work/$what" || exit 1
done
awk -F '\t' -v lines="$lines" -f "$here/pointers.awk" "$work/calls" "$work/edges" "$table"
