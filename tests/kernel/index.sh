#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Index one release for the other tests of this directory, unless that has been done with this program.
# usage: index.sh EXITWALK DIRECTORY RELEASE; EW_KERNEL_SCOPE chooses the scope (default core)
exitwalk=${1:?} directory=${2:?} release=${3:?}
scope=${EW_KERNEL_SCOPE:-core}
index=$directory/$release-$scope.sqlite
for package in "linux-source-$release" "linux-config-$release"; do
	dpkg-query -W -f '${db:Status-Status}\n' "$package" 2>/dev/null | grep -qx installed || {
		echo "skipped: the package $package is not installed (apt-get install $package)"
		exit 77
	}
done
mkdir -p "$directory" || exit 1
refs=$(dirname "$0")/../../kernel-refs
if [ -f "$index" ] && ! find "$exitwalk-index" "$refs" -type f -newer "$index" | grep -q .; then
	echo "$index is newer than the program"
	exit 0
fi
"$exitwalk" index "$release" --scope "$scope" --index "$index"
status=$?
# 4: some units could not be indexed, and they were listed. The tables say whether that matters.
[ $status -eq 4 ] && status=0
exit $status
