# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=sh disable=SC2154
# What exitwalk is to print; read by the tests beside, which have $exitwalk, the directory $work, and fail().

# expect CODE ARGUMENTS…: runs, and wants that exit code
expect() {
	code=$1
	shift
	"$exitwalk" --color never "$@" >"$work/out" 2>"$work/err" </dev/null
	got=$?
	[ $got -eq "$code" ] || fail "$*: exit code $got, not $code"
}

# says FILE PATTERN…: each (basic regular expression) stands in the output
says() {
	file=$work/$1
	shift
	for pattern; do
		grep -q -e "$pattern" "$file" || fail "nothing says: $pattern"
	done
}

never() {
	! grep -q -e "$2" "$work/$1" || fail "something says: $2"
}
