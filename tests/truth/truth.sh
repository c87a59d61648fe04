#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Are the facts behind precompiled prefixes the facts without? A scope is indexed both ways, and the
# sorted lines of `exitwalk dump facts` are compared: `index --no-prefix` is the oracle.
# usage: truth.sh EXITWALK DIRECTORY [CLASSES]
#
#	EW_TRUTH_TREE	 what is indexed (default 6.1; anything that `exitwalk index` takes)
#	EW_TRUTH_CONFIG	 (default defconfig; nothing for a tree that is not configured)
#	EW_TRUTH_SCOPE	 scopes and paths, with spaces between them (default all)
#	EW_TRUTH_JOBS	 processes (default: one a processor)
#	EW_TRUTH_KEEP	 if set, the indexes in DIRECTORY are used again, each if it is there
#	EW_TRUTH_INDEXES two index files instead: the one with prefixes, the one without
#
# DIRECTORY keeps with.sqlite, without.sqlite, their facts, and `different`: every line that only one
# has, `<` with prefixes, `>` without. CLASSES (default: prefix-classes beside this file) names the
# lines that may differ, and why.
#
# Exit status: 0 the facts are the same, but for known classes; 1 they are not; 2 nothing was compared, 77
# the release is not installed.
exitwalk=${1:?usage: truth.sh EXITWALK DIRECTORY [CLASSES]} directory=${2:?}
here=$(cd "$(dirname "$0")" && pwd)
classes=${3:-$here/prefix-classes}
tree=${EW_TRUTH_TREE:-6.1} config=${EW_TRUTH_CONFIG-defconfig} jobs=${EW_TRUTH_JOBS:-$(nproc)}
case $tree in
[0-9]*.[0-9]*)
	dpkg-query -W -f '${db:Status-Status}\n' "linux-source-$tree" 2>/dev/null | grep -qx installed || {
		echo "skipped: the package linux-source-$tree is not installed (apt-get install linux-source-$tree)"
		exit 77
	} ;;
esac
mkdir -p "$directory" || exit 2
LC_ALL=C
export LC_ALL

# index NAME [OPTION]: beside its place and renamed by the indexer, so that what is there is whole
index() {
	out=$directory/$1.sqlite
	shift
	if [ -n "${EW_TRUTH_KEEP-}" ] && [ -f "$out" ]; then
		echo "kept: $out"
		return 0
	fi
	rm -f "$out"
	set -f
	for scope in ${EW_TRUTH_SCOPE:-all}; do
		set -- "$@" --scope "$scope"
	done
	set +f
	[ -z "$config" ] || set -- "$@" --config "$config"
	"$exitwalk" index "$tree" --index "$out" --jobs "$jobs" "$@"
	status=$?
	[ $status -eq 0 ] || [ $status -eq 4 ] # 4: some units could not be indexed; which, is compared
}

# facts INDEX NAME
facts() {
	"$exitwalk" --index "$1" dump facts >"$directory/$2.unsorted" &&
		sort -S 512M -T "$directory" -o "$directory/$2.facts" "$directory/$2.unsorted" &&
		rm "$directory/$2.unsorted"
}

if [ -n "${EW_TRUTH_INDEXES-}" ]; then
	with=${EW_TRUTH_INDEXES%% *} without=${EW_TRUTH_INDEXES#* }
else
	index with && index without --no-prefix || exit 2
	with=$directory/with.sqlite without=$directory/without.sqlite
fi
facts "$with" with && facts "$without" without || exit 2
tab=$(printf '\t')
comm -3 "$directory/with.facts" "$directory/without.facts" |
	sed -e "s/^[^$tab]/< &/" -e "s/^$tab/> /" >"$directory/different" || exit 2
grep '^#' "$directory/without.facts" >"$directory/headers"
echo "== facts"
cut -f 1 "$directory/without.facts" | grep -v '^#' | uniq -c
awk -f "$here/classes.awk" "$classes" "$directory/headers" "$directory/different"
