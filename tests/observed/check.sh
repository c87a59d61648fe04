#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Is what a running kernel called explained by the index of the same release? And was each hop of the ways of
# ways.tsv taken?
# usage: check.sh EXITWALK DIRECTORY RELEASE (calls|ways) [OBSERVED]; DIRECTORY has the indexes of the kernel tests
exitwalk=${1:?} directory=${2:?} release=${3:?} what=${4:?}
here=$(cd "$(dirname "$0")" && pwd)
observed=${5:-$here/$release.tsv}
index=$directory/$release-core.sqlite
[ -f "$index" ] || { echo "skipped: no index of the core of $release was made"; exit 77; }
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT

source=$(dpkg-query -W -f '${Version}' "linux-source-$release")
image=$(sed -n 's/^# image: [^ ]* //p' "$observed")
[ "$source" = "$image" ] || {
	echo "skipped: $observed is of $image, linux-source-$release is $source; the target observed-$release observes anew"
	exit 77
}
"$exitwalk" --index "$index" dump edges >"$work/edges" || exit 1
awk -v release="$release" -v steps_file="$work/steps" -f "$here/check.awk" \
	"$here/remainder.tsv" "$work/edges" "$observed" >"$work/calls"
status=$?
if [ "$what" = calls ]; then
	cat "$work/calls"
	exit $status
fi

# Hops as JSON, a member a line.
status=0
while read -r binding from to; do
	case $binding in "" | \#*) continue ;; esac
	"$exitwalk" --index "$index" path "$from" "$to" --as "$binding" --json >"$work/path" || status=1
	awk -v way="$from to $to as $binding" '
		function value(line) { sub(/^[^:]*: "/, "", line); sub(/",?$/, "", line); return line }
		FNR == NR { split($1, f, "@"); split($2, t, "@"); taken[f[1], $2] = 1; next }
		/^ *"caller" : "/ { caller = value($0) }
		/^ *"callee" : "/ { callee = value($0) }
		/^ *"callee_file" : "/ && caller != "" {
			hops++
			if (!((caller, callee "@" value($0)) in taken)) {
				print way ": nobody was seen to take the hop " caller " -> " callee; bad = 1
			}
			caller = ""
		}
		END {
			if (!hops) { print way ": no hop in the answer"; bad = 1 }
			if (!bad) print way ": each of " hops " hops was taken"
			exit bad
		}' "$work/steps" "$work/path" || status=1
done <"$here/ways.tsv"
exit $status
