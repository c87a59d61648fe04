#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Which functions may sleep, against sleep.tsv, which was made by reading the source.
# usage: sleep.sh EXITWALK DIRECTORY RELEASE
exitwalk=${1:?} directory=${2:?} release=${3:?}
here=$(dirname "$0")
. "$here/asked.sh"
status=0 rows=0

fail() {
	echo "$1"
	sed -n '/"sleep"/,$p' "$work/answer"
	status=1
}

grep -v '^#' "$here/sleep.tsv" | sed 1d >"$work/rows"
while IFS=$tab read -r function sleeps by; do
	rows=$((rows + 1))
	"$exitwalk" --index "$index" --json context "$function" >"$work/answer"
	[ $? -le 1 ] || { fail "context $function fails"; continue; }
	sed -n '/"sleep" :/,$p' "$work/answer" >"$work/sleep"
	read -r proved <<-END
		$(sed -n 's/.*"proved" : \([a-z]*\).*/\1/p' "$work/sleep")
	END
	case $sleeps-$proved in
	yes-true) grep -q "\"root\" : \"$by\"" "$work/sleep" || fail "$function sleeps, but by $by" ;;
	no-false) ;;
	*) fail "$function: read was $sleeps, and “proved” is $proved" ;;
	esac
done <"$work/rows"
echo "$rows functions"
[ $rows -gt 25 ] && exit $status
exit 1
