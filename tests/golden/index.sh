#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# The indexes that golden tests ask: both fixtures, and the annex, made by the real indexer.
# usage: index.sh EXITWALK-INDEX DIRECTORY
indexer=${1:?usage: index.sh EXITWALK-INDEX DIRECTORY} out=${2:?}
fixtures=$(cd "$(dirname "$0")/../fixtures" && pwd)
mkdir -p "$out" || exit 1
for release in rel-a rel-b annex; do
	"$indexer" --tree "$fixtures/$release" --scope all --refs "$fixtures/refs" --jobs 1 \
		--out "$out/$release.sqlite" || exit 1
done
