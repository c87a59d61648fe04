#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Last-reference gates, against gates.tsv, which was made by reading the source.
# usage: gates.sh EXITWALK DIRECTORY RELEASE
exitwalk=${1:?} directory=${2:?} release=${3:?}
here=$(dirname "$0")
. "$here/asked.sh"
status=0 rows=0

# "CALLEE member kind" of each gated call of a function.
list() {
	"$exitwalk" --index "$index" --json refs "$1" | awk '
		function value(s) { sub(/^[^:]* : /, "", s); gsub(/[",]/, "", s); return s }
		/"member" :/ { member = value($0) }
		/"kind" :/ { kind = value($0) }
		/"partly" : true/ { kind = "partly" }
		/"callee" :/ { callee = value($0) }
		/"slot" :/ { print (callee == "null" ? value($0) : callee), member == "null" ? "-" : member, kind }'
}

grep -v '^#' "$here/gates.tsv" | sed 1d >"$work/rows"
before=
while IFS=$tab read -r which function callee member kind; do
	[ "$which" = all ] || [ "$which" = "$release" ] || continue
	rows=$((rows + 1))
	[ "$function" = "$before" ] || list "$function" >"$work/answer"
	before=$function
	found=$(awk -v callee="$callee" '$1 == callee { print $2, $3; exit }' "$work/answer")
	[ "$kind" != none ] || kind=
	[ "$member" != - ] || [ -z "$found" ] || member=${found% *}
	[ "$found" = "${kind:+$member $kind}" ] && continue
	echo "$function, $callee: read was “$member ${kind:-none}”, found is “${found:-none}”"
	status=1
done <"$work/rows"
echo "$rows calls"
[ $rows -gt 35 ] && exit $status
exit 1
