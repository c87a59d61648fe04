#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Whoever calls what drops a reference, or counts down, has a gate, or stands in ungated.tsv with the reason.
# usage: ungated.sh EXITWALK DIRECTORY RELEASE
exitwalk=${1:?} directory=${2:?} release=${3:?}
here=$(dirname "$0")
. "$here/asked.sh"

# what drops and says something, but for what only looks
awk '/^\[/ { group = $0 }
	/^[a-z]/ && group ~ /^\[(tests|counts|denials|unless|results)\]$/ {
		sub(/^[^=]*= */, ""); n = split($0, names, / *; */)
		for (i = 1; i <= n; i++) print names[i] }' "$here/../../kernel-refs/gates" >"$work/primitives"
"$exitwalk" --index "$index" dump edges | awk -F '\t' '
	NR == FNR { is[$1] = 1; next }
	is[$3] && $8 == "yes" && $2 !~ /^include\/linux\/atomic\// { print "refs " $2 ":" $1 " --json" }' \
	"$work/primitives" - | sort -u >"$work/questions"
"$exitwalk" --index "$index" <"$work/questions" 2>"$work/errors" | awk '
	/^  "from" :/ { gsub(/[",]/, ""); from = $3 }
	/^  "followed" : false/ { print from, "cannot be followed" }
	/^  "count" :/ { gsub(/,/, ""); print from, $3 }' >"$work/answers"
asked=$(wc -l <"$work/questions") answered=$(grep -c ' [0-9]*$' "$work/answers")
[ "$asked" -eq "$answered" ] || { echo "$asked functions asked about, $answered answers"; cat "$work/errors"; exit 1; }
grep -v '^#' "$here/ungated.tsv" | sed 1d | cut -f 1 >"$work/explained"
awk 'NR == FNR { is[$1] = 1; next } $2 != 0 && $2 !~ /^cannot/ { gated++ } $2 == 0 && !is[$1] || $2 ~ /^cannot/ { print; bad = 1 }
	is[$1] && $2 > 0 { print $1 " has a gate, and stands in ungated.tsv"; bad = 1 }
	END { print gated " with a gate"; exit bad || gated < 150 }' "$work/explained" "$work/answers"
