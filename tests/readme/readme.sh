#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# The shell blocks of README.md and of the rooms' guides, run: tests/README.md says which and how.
# usage: readme.sh ROOT EXITWALK plain
#        readme.sh ROOT EXITWALK kernel INDEXES	(a directory with RELEASE-SCOPE.sqlite)
root=${1:?usage: readme.sh ROOT EXITWALK plain|kernel [INDEXES]} exitwalk=${2:?} mode=${3:?} indexes=${4-}
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT

# A home of its own, in which ./bootstrap and exitwalk are the program under test. What bootstrap itself
# does before it hands over is tested by bootstrap/set-up and by fresh/run.
mkdir -p "$work/bin" "$work/home" "$work/cache/exitwalk/index"
ln -s "$exitwalk" "$work/bin/exitwalk"
ln -s "$exitwalk-index" "$work/bin/exitwalk-index"
ln -s "$exitwalk" "$work/home/bootstrap"
PATH=$work/bin:$PATH HOME=$work/home XDG_CACHE_HOME=$work/cache COLUMNS=80 LC_ALL=C.UTF-8
export PATH HOME XDG_CACHE_HOME COLUMNS LC_ALL
unset XDG_STATE_HOME XDG_CONFIG_HOME EXITWALK_DATA PAGER

# file:line<tab>word<tab>command, for each line of a block that begins with ```sh; word is - for none.
# Commands outside of a block would escape us, so they are an error.
find_commands() {
	(cd "$root" && find . -name README.md -not -path './build/*' | sort | xargs awk -v OFS='\t' '
		FNR == 1 { fence = "" }
		fence == "" && /^```/ {
			fence = $1; word = NF > 1 ? $2 : "-"
			next
		}
		/^```$/ { fence = ""; next }
		fence == "```sh" && NF && !/^#/ { print FILENAME ":" FNR, word, $0 }
		fence == "" && /^(    |\t)(\.\/bootstrap|\.\/configure|cmake |ctest |sudo |apt-get )/ {
			print FILENAME ":" FNR, "unfenced", $0
		}')
}

# What is typed by hand must at least be a command with options that there are.
check_by_hand() {
	case $1 in
	'./bootstrap test' | 'exitwalk-index'*) return 0 ;;
	./bootstrap\ * | exitwalk\ *) ;;
	*) return 0 ;;
	esac
	(cd "$work/home" && eval "${1%%#*} --help") >"$work/out" 2>&1 </dev/null
}

run() {
	(cd "$work/home" && eval "$1") >"$work/out" 2>&1 </dev/null
}

# An experiment needs namespaces; where they are forbidden, 3 is the right answer.
is_success() {
	[ "$1" -eq 0 ] || { [ "$1" -eq 3 ] && case $2 in *' live '*) true ;; *) false ;; esac; }
}

find_commands >"$work/commands"
[ -s "$work/commands" ] || { echo "no README has a shell block"; exit 1; }
if [ "$mode" = kernel ]; then
	for release in 6.1 6.12; do
		index=$indexes/$release-${EW_KERNEL_SCOPE:-core}.sqlite
		[ -f "$index" ] || { echo "skipped: no index of $release was made"; exit 77; }
		ln -s "$index" "$work/cache/exitwalk/index/$release-debian-core.sqlite"
	done
fi

status=0 count=0
while IFS='	' read -r place word command; do
	case $mode:$word in
	plain:- | kernel:kernel) run "$command" ;;
	plain:by-hand | plain:kernel | plain:fresh) check_by_hand "$command" ;;
	kernel:*) continue ;;
	*)
		echo "$place: \"$word\": shell blocks begin with \`\`\`sh, and kernel, fresh, by-hand or nothing behind it"
		status=1
		continue ;;
	esac
	code=$?
	count=$((count + 1))
	is_success $code "$command" && continue
	echo "$place: $command: status $code"
	sed 's/^/  /' "$work/out"
	status=1
done <"$work/commands"
[ $count -gt 0 ] || { echo "no command for $mode"; exit 1; }
[ $status -ne 0 ] || echo "$count commands"
exit $status
