#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Is what the table of pointer calls says of itself true: does it have a row for every site that its seeds draw?
# usage: drawn.sh EXITWALK DIRECTORY RELEASE [TABLE]
exitwalk=${1:?} directory=${2:?} release=${3:?}
here=$(dirname "$0")
table=${4:-$here/pointers-$release.tsv}
. "$here/table.sh"
# A site's line is a part of what is drawn.
[ "$lines" = 1 ] || {
	echo "skipped: the table is of $read_version, the index of $version: another draw"
	exit 77
}
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT

"$exitwalk" --index "$index" --color never dump calls >"$work/calls" || exit 1
sed -n 's/^# seed \([^ ]*\) \([0-9]*\)$/\1 \2/p' "$table" >"$work/seeds"
[ -s "$work/seeds" ] || { echo "$table: no line \"# seed SEED COUNT\" says how it was drawn"; exit 1; }
while read -r seed count; do
	"$here/draw.sh" "$seed" "$count" <"$work/calls" >"$work/draw" || exit 1
	[ "$(wc -l <"$work/draw")" -eq "$count" ] || echo "seed $seed: not $count sites were drawn" >>"$work/bad"
	cat "$work/draw" >>"$work/drawn"
done <"$work/seeds"
LC_ALL=C sort -u -o "$work/drawn" "$work/drawn"
awk -F '\t' '!/^#/ && $1 != "caller_file" { print $1 "\t" $2 "\t" $3 "\t" $4 }' "$table" |
	LC_ALL=C sort -u >"$work/table"
LC_ALL=C comm -23 "$work/drawn" "$work/table" | sed 's/^/drawn, and not in the table: /' >>"$work/bad"
cat "$work/bad"
echo "$(wc -l <"$work/drawn") sites drawn by $(wc -l <"$work/seeds") seeds, $(LC_ALL=C comm -12 "$work/drawn" "$work/table" |
	wc -l) of them in the table, which has $(wc -l <"$work/table")"
[ ! -s "$work/bad" ]
