#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Is what a running kernel called explained by the index of the same release?
# usage: check.sh EXITWALK DIRECTORY RELEASE [OBSERVED]; DIRECTORY has the indexes of the kernel tests
exitwalk=${1:?} directory=${2:?} release=${3:?}
here=$(cd "$(dirname "$0")" && pwd)
observed=${4:-$here/$release.tsv}
index=$directory/$release-core.sqlite
[ -f "$index" ] || { echo "skipped: no index of the core of $release was made"; exit 77; }
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT

source=$(dpkg-query -W -f '${Version}' "linux-source-$release")
image=$(sed -n 's/^# image: [^ ]* //p' "$observed")
[ "$source" = "$image" ] || {
	echo "skipped: $observed is of $image, linux-source-$release is $source; ./run $release observes another"
	exit 77
}
"$exitwalk" --index "$index" dump edges >"$work/edges" || exit 1
awk -v release="$release" -f "$here/check.awk" "$here/remainder.tsv" "$work/edges" "$observed"
