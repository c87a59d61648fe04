#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Contexts of functions, against contexts.tsv, which was made by reading the source.
# usage: contexts.sh EXITWALK DIRECTORY RELEASE
exitwalk=${1:?} directory=${2:?} release=${3:?}
here=$(dirname "$0")
. "$here/asked.sh"
status=0 rows=0

# "CONTEXT said" of a function: of its lists the first that has the context.
list() {
	"$exitwalk" --index "$index" --json context "$1" | awk '
		/^  "contexts" : \[/ { given = 0 } /^  "given" : \[/ { given = 1 } /^  "not_ruled_out" : \[/ { given = 0 }
		/^      "context" :/ { gsub(/[",]/, ""); context = $3 }
		/^      "kind" :/ { gsub(/[",]/, ""); print context, given ? "given" : $3 }'
}

fail() {
	echo "$1"
	status=1
}

grep -v '^#' "$here/contexts.tsv" | sed 1d >"$work/rows"
before=
while IFS=$tab read -r which function context read said; do
	[ "$which" = all ] || [ "$which" = "$release" ] || continue
	rows=$((rows + 1))
	[ "$function" = "$before" ] || list "$function" >"$work/answer"
	[ -s "$work/answer" ] || fail "context $function says nothing"
	before=$function
	found=$(awk -v context="$context" '$1 == context { print $2; exit }' "$work/answer")
	found=${found:-excluded}
	case $read-$found in
	never-proved | never-object | never-given | runs-excluded) fail "$function, $context: $read, and said is $found" ;;
	esac
	[ "$said" = - ] || [ "$said" = "$found" ] || fail "$function, $context: expected $said, said is $found"
done <"$work/rows"
echo "$rows rows"
[ $rows -gt 45 ] && exit $status
exit 1
