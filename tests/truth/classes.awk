# SPDX-License-Identifier: GPL-3.0-or-later
# What differs, by class: usage awk -f classes.awk CLASSES HEADERS DIFFERENT (see truth.sh)
#
# A class of CLASSES is a name, a kind of facts, an extended regular expression and a reason, with tabs
# between them; it holds the lines of that kind that the expression matches. Lines of no class are put
# together by kind, by whether a line has a counterpart on the other side (the columns that name it are
# the same) and in which column that differs, and by whether a header or a source says it.
BEGIN {
	FS = "\t"
	# How many columns name the fact; in a flow and an access all of them do.
	split("meta 1 file 1 unit 1 function 1 record 1 field 1 variable 1 local 1 macro 3 call 2 edge 2 " \
	      "graph 4 reach 2", pairs, " ")
	for (i = 1; i in pairs; i += 2)
		columns[pairs[i]] = pairs[i + 1]
}
FNR == 1 { file++ }
file == 1 {
	if ($0 ~ /^(#|$)/)
		next
	if (NF != 4) {
		print FILENAME ":" FNR ": not four columns"
		broken = 1
	}
	class[++known] = $1; of[known] = $2; expression[known] = $3; reason[known] = $4
	next
}
file == 2 { # "#call	caller	ordinal …"
	for (i = 2; i <= NF; i++)
		name[substr($1, 2), i] = $i
	next
}
/^[<>] #/ { # a header line: another version of the program
	say("another program wrote one of them", $0)
	next
}
{
	side = substr($0, 1, 1)
	kind = substr($1, 3)
	total[kind]++
	for (i = 1; i <= known; i++)
		if (of[i] == kind && $0 ~ expression[i]) {
			met[i]++
			next
		}
	if (!(kind in columns)) {
		say(kind ", only " (side == "<" ? "with" : "without") where(), $0)
		next
	}
	key = kind
	for (i = 2; i <= 1 + columns[kind]; i++)
		key = key FS $i
	key = key FS (++seen[side, key])
	keys[key] = 1
	line[side, key] = $0
}
function where() {
	return $0 ~ /\.h[:\t]/ ? ", in a header" : ", in a source"
}
function say(name, example) {
	if (!count[name]++)
		order[++names] = name
	if (count[name] <= 5)
		examples[name] = examples[name] "    " example "\n"
}
# The first column in which two lines differ.
function first_difference(kind, a, b,    x, y, n, i) {
	n = split(a, x, FS)
	split(b, y, FS)
	for (i = 2; i <= n; i++)
		if (x[i] != y[i])
			return name[kind, i]
}
END {
	for (key in keys) {
		kind = key
		sub(/\t.*/, "", kind)
		a = ("<", key) in line ? line["<", key] : ""
		b = (">", key) in line ? line[">", key] : ""
		$0 = a b
		if (a != "" && b != "")
			say(kind ", column " first_difference(kind, a, b) " differs" where(), a "\n    " b)
		else
			say(kind ", only " (a != "" ? "with" : "without") where(), a b)
	}
	print "== different"
	for (kind in total)
		printf "%7d %s\n", total[kind], kind | "sort -k 2"
	close("sort -k 2")
	for (i = 1; i <= known; i++) {
		if (met[i])
			printf "%7d known: %s (%s): %s\n", met[i], class[i], of[i], reason[i]
		else
			printf "%7d no line any more: %s (%s)\n", 0, class[i], of[i]
	}
	for (i = 1; i <= names; i++) {
		printf "%7d unexplained: %s\n%s", count[order[i]], order[i], examples[order[i]]
		broken = 1
	}
	if (!broken)
		print "the same facts" (length(met) ? ", but for the known classes" : "")
	exit broken
}
