#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# The shell on a terminal: completion, Ctrl-C, history, a lesson's options, Ctrl-D.
# usage: tty.sh EXITWALK INDEXES; exit 77 where there is no script(1)
exitwalk=${1:?usage: tty.sh EXITWALK INDEXES} index=${2:?}/rel-a.sqlite
command -v script >/dev/null 2>&1 || { echo "no script(1): skipped"; exit 77; }
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM
mkdir "$work/data"
ln -s "$here/../fixtures/refs" "$work/data/kernel-refs"
unset NO_COLOR COLUMNS LINES INPUTRC
export HOME="$work" EXITWALK_DATA="$work/data" TERM=xterm LC_ALL=C.UTF-8 PAGER=cat
export XDG_STATE_HOME="$work/state" XDG_CACHE_HOME="$work/cache" XDG_CONFIG_HOME="$work/config"
printf '$if exitwalk\nset enable-bracketed-paste off\n"\\C-xw": "where"\n$endif\n' >"$work/.inputrc"
status=0

# Waits until the screen holds what is expected (a pattern of grep) `count` times.
await() {
	tries=0
	until [ "$(grep -c -e "$1" "$work/screen" 2>/dev/null)" -ge "${2:-1}" ]; do
		tries=$((tries + 1))
		[ $tries -gt 200 ] && { echo "never seen: $1"; cat -v "$work/screen"; status=1; exec 3>&-; exit 1; }
		sleep 0.05
	done
}

mkfifo "$work/keys"
script -qec "$exitwalk --index $index" /dev/null <"$work/keys" >"$work/screen" 2>&1 &
exec 3>"$work/keys"
await 'exitwalk>'
printf 'callers tube_rel\t\n' >&3			# Tab completes the symbol
await 'stores it there'
printf 'garbage that goes\003' >&3			# Ctrl-C drops the line, and the shell stays
await '\^C'
printf 'open end_handle\n' >&3
await 'exitwalk end_handle>'
printf '\030w\n' >&3					# inputrc's "$if exitwalk"
await 'where'
printf 'callees | grep -c through\n' >&3
await '^1'
printf 'callers --depth 2 tube_release > %s/depth.txt\n' "$work" >&3
printf 'calers\n' >&3
await 'did you mean'
printf '\004' >&3					# Ctrl-D leaves
exec 3>&-
wait $! || { echo "the shell ended with $?"; status=1; }

grep -q 'garbage' "$work/state/exitwalk/history" && { echo "a dropped line is in the history"; status=1; }
grep -q '^callers tube_release' "$work/state/exitwalk/history" || { echo "no history"; status=1; }
[ "$(stat -c %a "$work/state/exitwalk/history")" = 600 ] || { echo "the history is readable by others"; status=1; }
exit $status
