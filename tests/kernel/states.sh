#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# The states that the program finds in TCP's own files, against states-RELEASE.tsv, which was made by reading them:
# none is missing, none is more.
# usage: states.sh EXITWALK DIRECTORY RELEASE
exitwalk=${1:?} directory=${2:?} release=${3:?}
table=$(dirname "$0")/states-$release.tsv
index=$directory/$release-${EW_KERNEL_SCOPE:-core}.sqlite
[ -f "$index" ] || { echo "skipped: no index of $release was made"; exit 77; }
[ "${EW_KERNEL_SCOPE:-core}" = lesson ] && { echo "skipped: the scope lesson has not all of TCP"; exit 77; }
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
export LC_ALL=C.UTF-8

# Lines are compared only in the very version that was read.
read_version=$(sed -n '1s/.*linux-source-[0-9.]* \([0-9.]*[0-9]\)\. .*/\1/p' "$table")
version=$(dpkg-query -W -f '${Version}' "linux-source-$release" | sed 's/-.*//')
drop=
[ "$version" = "$read_version" ] || {
	echo "the table is of $read_version, the index of $version: lines are not compared"
	drop='s/:[0-9]*, table :[0-9]*$//; s/:[0-9]*$//'
}

COLUMNS=400 "$exitwalk" --index "$index" --color never states >"$work/states" || exit 1
# What is shared with other protocols has a +. mptcp has tables like TCP's, but not TCP's sockets.
awk -F '   *' '/^  / && $5 !~ /\+(,|$)/ && $2 != "to" { print $2 "\t" $3 "\t" $4 "\t" $5 }' "$work/states" |
	sed "$drop" | sort >"$work/told"
sed '/^#/d; /^to	/d' "$table" | sed "$drop" | sort >"$work/read"
[ "$(wc -l <"$work/read")" -gt 40 ] || { echo "$table is too short"; exit 1; }
diff "$work/read" "$work/told" >"$work/diff" || {
	echo "what was read (<) and what is told (>) differ:"
	cat "$work/diff"
	exit 1
}
echo "$(wc -l <"$work/read") transitions agree"
