#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# The hooks of security modules against lsm-RELEASE.tsv, which was made by reading the source: each hook has its
# function and nothing else, and no other hook has any.
# usage: lsm.sh EXITWALK DIRECTORY RELEASE
exitwalk=${1:?} directory=${2:?} release=${3:?}
here=$(dirname "$0")
table=$here/lsm-$release.tsv
. "$here/table.sh"
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
export LC_ALL=C

[ "$lines" = 1 ] || echo "the table is of $read_version, the index of $version: lines are not compared"
for what in calls edges; do
	"$exitwalk" --index "$index" --color never dump $what >"$work/$what" || exit 1
done
grep -v '^#' "$table" | sed 1d >"$work/rows"

# call CALLER LINE SLOT TARGETS, and edge CALLER LINE FUNCTION
awk -F '\t' -v lines="$lines" '{
	for (i = 0; i < $6; i++) {
		slot = $5 == "static" ? "__SCK__lsm_static_call_" $1 "_" i : "security_list_options." $1
		print "call", $2, lines ? $3 : "-", slot, 1
		print "edge", $2, lines ? $3 : "-", $4
	}
}' "$work/rows" | sort >"$work/expected"
awk -F '\t' -v lines="$lines" '
	function line(site) { sub(/.*:/, "", site); return lines ? site : "-" }
	NR == FNR && $3 == "pointer" && $6 == "yes" && $5 > 0 && $4 ~ /^(__SCK__lsm_static_call_|security_list_options\.)/ {
		print "call", $1, line($8), $4, $5
		hook[$1, line($8)] = 1
	}
	NR != FNR && $5 == "pointer" && $8 == "yes" && ($1, line($9)) in hook { print "edge", $1, line($9), $3 }
' "$work/calls" "$work/edges" | sort >"$work/said"
diff "$work/expected" "$work/said" || { echo "< read in the source   > said by the program"; exit 1; }
echo "$(wc -l <"$work/rows") hooks, $(grep -c '^call' "$work/said") calls"
[ "$(wc -l <"$work/rows")" -eq 18 ]
