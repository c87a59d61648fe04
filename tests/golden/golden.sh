#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Golden tests: a file holds commands and what they print; this runs them and compares.
#
#	$ exitwalk callers x		a command of sh, in which exitwalk is the program under test
#	answer				its standard output
#	! message			its standard error, each line with "! " before it
#	? 1				its exit code, where that is not 0
#
# usage: golden.sh EXITWALK INDEXES [bless] FILE.test…
#	INDEXES: a directory with rel-a.sqlite, rel-b.sqlite and annex.sqlite; $A, $B and $C in commands are these.
#	bless writes what is printed now into the files: read the difference before you commit it.
exitwalk=${1:?usage: golden.sh EXITWALK INDEXES [bless] FILE.test...} indexes=${2:?} mode=compare
# Commands run elsewhere; and to bless what a missing program says would be a pity.
exitwalk=$(realpath -e "$exitwalk") && indexes=$(realpath -e "$indexes") || exit 2
shift 2
[ "$1" = bless ] && { mode=bless; shift; }
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM

# Everything that could change an answer from outside is fixed.
mkdir -p "$work/bin" "$work/home" "$work/data"
ln -s "$exitwalk" "$work/bin/exitwalk"
ln -s "$here/../fixtures/refs" "$work/data/kernel-refs"
mkdir -p "$work/data/lessons"
ln -s "$here/../../lessons/experiments" "$work/data/lessons/experiments"
unset NO_COLOR PAGER LESS LINES XDG_CACHE_HOME XDG_STATE_HOME XDG_CONFIG_HOME
PATH=$work/bin:$PATH HOME=$work/home EXITWALK_DATA=$work/data
A=$indexes/rel-a.sqlite B=$indexes/rel-b.sqlite C=$indexes/annex.sqlite
COLUMNS=80 TERM=xterm LC_ALL=C.UTF-8 EXITWALK_NOW=1700000000
export PATH HOME EXITWALK_DATA A B C COLUMNS TERM LC_ALL EXITWALK_NOW

# Runs one command; paths of this run come out as names.
run() {
	(cd "$work/home" && sh -c "$1") >"$work/out" 2>"$work/err" </dev/null
	code=$?
	[ -s "$work/out" ] && [ -n "$(tail -c 1 "$work/out")" ] && echo >>"$work/out"
	{
		printf '$ %s\n' "$1"
		cat "$work/out"
		sed 's/^/! /' "$work/err"
		[ $code -eq 0 ] || echo "? $code"
	} | sed -e "s|$work|WORK|g" -e "s|$indexes|INDEXES|g" \
		-e 's/[0-9][0-9][0-9][0-9]-[01][0-9]-[0-3][0-9]T[0-9][0-9]:[0-9][0-9]:[0-9][0-9]Z/TIME/g'
}

# All commands of a file, with the comment that the file begins with.
run_file() {
	sed '/^\$ /,$d' "$1"
	grep '^\$ ' "$1" | while IFS= read -r line; do
		run "${line#\$ }"
	done
}

status=0
for file; do
	rm -rf "$work/home" && mkdir "$work/home"
	run_file "$file" >"$work/now"
	if [ $mode = bless ]; then
		cmp -s "$work/now" "$file" || { cp "$work/now" "$file" && echo "blessed $file"; }
	elif ! diff -u "$file" "$work/now"; then
		echo "$file: not what it says; if the new answer is right: $0 $exitwalk $indexes bless $file"
		status=1
	fi
done
exit $status
