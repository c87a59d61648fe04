#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# The targets of calls through pointers against pointers-RELEASE.tsv: calls drawn at random (draw.sh),
# whose targets were found by reading the source, not by asking the program.
# usage: pointers.sh EXITWALK DIRECTORY RELEASE
exitwalk=${1:?} directory=${2:?} release=${3:?}
here=$(dirname "$0")
table=$here/pointers-$release.tsv
scope=${EW_KERNEL_SCOPE:-core}
index=$directory/$release-$scope.sqlite
[ "$scope" = core ] || { echo "skipped: the table is of the scope core, not $scope"; exit 77; }
[ -f "$index" ] || { echo "skipped: no index of $release was made"; exit 77; }
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT

# In another version than was read, lines differ: then a caller's sites of one slot are taken together,
# and what is neither expected nor explained is not judged.
read_version=$(sed -n '1s/.*linux-source-[0-9.]* \([0-9.]*[0-9]\)\. .*/\1/p' "$table")
version=$(dpkg-query -W -f '${Version}' "linux-source-$release" | sed 's/-.*//')
[ "$version" = "$read_version" ] && lines=1 || lines=0
[ "$lines" = 1 ] || echo "the table is of $read_version, the index of $version: lines are not compared"

for what in calls edges; do
	"$exitwalk" --index "$index" --color never dump $what >"$work/$what" || exit 1
done
awk -F '\t' -v lines="$lines" -f "$here/pointers.awk" "$work/calls" "$work/edges" "$table"
