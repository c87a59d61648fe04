# SPDX-License-Identifier: GPL-3.0-or-later
# Is each observed call explained by the edges of the index?
# usage: awk -v release=RELEASE -f check.awk REMAINDER EDGES OBSERVED; EDGES is `dump edges`, the others are described
# in README.md. With -v reduce=1, to make OBSERVED: the rows between functions of the index, each with the way
# by which it is explained, or all its ways.
function is_edge(from, to) {
	sub(/\.part@/, "@", from)
	if (to == from || sub(/\.part@/, "@", to) && to == from)
		return to ~ /@/ # what the compiler split off a function is the function
	return (from, to) in edge
}
# 1: each hop is an edge, 2: each up to a function that the index does not have, 0: no.
function explain(chain,    item, n, k, file, name, last) {
	gsub(/,/, " ", chain)
	n = split(chain, item, " ")
	for (k = 1; k <= n; k++) {
		if (item[k] !~ /@/)
			item[k] = item[k] "@" file
		file = name = item[k]
		sub(/.*@/, "", file)
		sub(/\.part@/, "@", name)
		if (!(name in defined))
			return 2
		if (k > 1 && !is_edge(last, item[k])) {
			lacking = last " -> " item[k]
			return 0
		}
		last = item[k]
	}
	return 1
}
function kind_of(before, after,    way, n, k, result, outside) {
	used = "-"
	if ($5 != "jump" && $5 != "unknown" && explain(before " " after) == 1)
		return $3 == "-" ? "direct" : "inlined"
	n = $6 == "-" ? 0 : split($6, way, "|")
	for (k = 1; k <= n; k++) {
		result = explain(before " " way[k] " " after)
		if (result == 1) {
			used = way[k]
			return "jump"
		}
		if (result == 2 && outside == "")
			outside = way[k]
	}
	used = outside == "" ? $6 : outside
	return outside == "" ? "" : "outside"
}
BEGIN { FS = OFS = "\t" }
FILENAME == ARGV[1] {
	if (!/^#/ && $1 == release)
		cause[$2, $3] = $4
	next
}
FILENAME == ARGV[2] {
	if ($4 != "-")
		defined[$3 "@" $4] = 1
	defined[$1 "@" $2] = 1
	if ($8 == "yes" && $7 != "asserted") {
		edge[$1 "@" $2, $3 "@" $4] = 1
		at[$1 "@" $2, $3 "@" $4, $9] = 1
	}
	next
}
/^#/ || $1 == "caller" { next }
{
	callee = $7 "@" $8
	sub(/\.part@/, "@", callee)
	if (!(($1 "@" $2) in defined) || !(callee in defined)) {
		strange[++strangers] = $1 " (" $2 ") -> " $7 " (" $8 ")"
		next
	}
	rows++
	pairs += !known_pair[$1, $2, $7, $8]++
	kind = kind_of($1 "@" $2 ($3 == "-" ? "" : " " $3), $7 "@" $8)
	if (verbose && kind == "outside")
		print "by way of what is outside: " $1 " -> " $7 " at " $4 " (" $5 "): " used
	n[kind]++
	if (reduce) {
		$6 = used
		print
	} else if (kind == "" && ($1, $7) in cause) {
		met[$1, $7] = 1
		listed++
	} else if (kind == "") {
		print "not explained: " $1 " -> " $7 " at " $4 " (" $5 "); there is no edge " lacking
		bad++
	}
}
END {
	if (reduce)
		exit
	for (i = 1; i <= strangers; i++)
		print "not in the index: " strange[i]
	for (pair in cause) {
		split(pair, name, SUBSEP)
		if (!((name[1], name[2]) in met)) {
			print "listed as remainder, but explained or not observed: " name[1] " -> " name[2]
			bad++
		}
	}
	if (rows < 1000) {
		print "only " rows + 0 " calls were compared"
		bad++
	}
	print rows " observed calls, " pairs " pairs of functions: " n["direct"] " are an edge, " n["inlined"] \
		" one through inlined functions, " n["jump"] " by jumps from a function that was called, " \
		n["outside"] + 0 " by way of a function outside of the index, " listed + 0 " are listed with their cause, " \
		bad + strangers " are wrong"
	exit bad + strangers > 0
}
