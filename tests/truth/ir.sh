#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Are the direct edges of the index the calls in the code? Every unit of a scope is compiled to LLVM's
# unoptimised IR by the command that it was indexed with, and compared both ways: recall over all calls in
# the code, precision over the edges that the index says are compiled and whose caller has code.
# usage: ir.sh EXITWALK CLANG TOOLS DIRECTORY [CLASSES]; TOOLS is where truth_ir_unit is
#
#	EW_IR_TREE    what is compared (default 6.1; anything that `exitwalk index` takes)
#	EW_IR_CONFIG  (default debian; nothing for a tree that is not configured)
#	EW_IR_SCOPE   scopes and paths, with spaces between them (default core)
#	EW_IR_JOBS    processes (default: one a processor)
#	EW_IR_KEEP    if set, the code of a unit is used again if DIRECTORY has it of the same command; the index is
#	              made anew
#	EW_IR_INDEX   an index of the same units; the default is to make one
#
# DIRECTORY keeps index.sqlite, units/SUM.calls (the calls in the code of a unit, see ir_unit.c; SUM is that of its command),
# `different`, a line a difference with its class, and `sites`, where the numbers of call sites differ.
# CLASSES (default: ir-classes beside this file) names the differences that may be, and why.
#
# Exit status: 0 they are the same, but for known classes; 1 they are not; 2 nothing was compared, 77 the
# release is not installed or there is no clang.
exitwalk=${1:?usage: ir.sh EXITWALK CLANG TOOLS DIRECTORY [CLASSES]} clang=${2:?} tools=${3:?} directory=${4:?}
here=$(cd "$(dirname "$0")" && pwd)
classes=${5:-$here/ir-classes}
tree=${EW_IR_TREE:-6.1} config=${EW_IR_CONFIG-debian} jobs=${EW_IR_JOBS:-$(nproc)}
command -v "$clang" >/dev/null 2>&1 || { echo "skipped: no $clang (apt-get install clang-19)"; exit 77; }
case $tree in
[0-9]*.[0-9]*)
	dpkg-query -W -f '${db:Status-Status}\n' "linux-source-$tree" 2>/dev/null | grep -qx installed || {
		echo "skipped: the package linux-source-$tree is not installed (apt-get install linux-source-$tree)"
		exit 77
	} ;;
esac
mkdir -p "$directory" || exit 2
LC_ALL=C
export LC_ALL clang tools directory

set -f
set --
for scope in ${EW_IR_SCOPE:-core}; do
	set -- "$@" --scope "$scope"
done
set +f
[ -z "$config" ] || set -- "$@" --config "$config"

index=${EW_IR_INDEX:-$directory/index.sqlite}
if [ -z "${EW_IR_INDEX-}" ]; then
	"$exitwalk" index "$tree" --index "$index" --jobs "$jobs" "$@"
	status=$?
	[ $status -eq 0 ] || [ $status -eq 4 ] || exit 2 # 4: some units could not be indexed
fi

# A unit's code is some megabytes, of which some kilobytes stay. "end" is missing where clang fails.
unit='
	sum=$(printf "%s\n" "$1" | cksum)
	name=${sum% *}-${sum#* }.calls
	echo "$name"
	out=$directory/units/$name
	[ "$(tail -n 1 "$out" 2>/dev/null)" = end ] && exit
	eval "set -- $1"
	cd "$1" || exit 255
	shift
	for source; do :; done
	{
		printf "unit\t%s\n" "$source"
		{ "$clang" "$@" -w -gline-tables-only -Xclang -disable-llvm-passes -S -emit-llvm -o - || echo "!broken"; } |
			"$tools/truth_ir_unit"
	} >"$out"'
[ -n "${EW_IR_KEEP-}" ] || rm -rf "$directory/units"
mkdir -p "$directory/units" || exit 2
"$exitwalk-index" --commands --tree "$tree" "$@" >"$directory/commands" || exit 2
xargs -d '\n' -n 1 -P "$jobs" sh -c "$unit" unit <"$directory/commands" >"$directory/names" || exit 2
for kept in "$directory/units"/*; do
	grep -qxF "${kept##*/}" "$directory/names" || rm -f "$kept"
done

# Only the first kinds of facts are wanted: what follows is many times as much.
"$exitwalk" --index "$index" dump facts |
	awk -F '\t' -v d="$directory" '$1 == "meta" { print >(d "/meta") } $1 == "function" { print >(d "/functions") }
		$1 == "record" { exit }'
"$exitwalk" --index "$index" dump edges | sed 1d >"$directory/edges" &&
	"$exitwalk" --index "$index" dump calls | sed 1d >"$directory/calls" || exit 2
"$tools/truth_ir_compare" "$classes" "$directory"
