#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Draw pointer calls at random, always the same ones: those of pointers-RELEASE.tsv were drawn so.
# usage: draw.sh SEED COUNT < (exitwalk dump calls)
# Of every compiled call through a pointer, each site once, the line SEED:FILE:CALLER:LINE:SLOT is
# hashed with MD5; the COUNT sites with the smallest hashes are drawn. How many targets a site has
# plays no part, and is not printed.
seed=${1:?} count=${2:?}
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
awk -F '\t' -v seed="$seed" '
	NR == 1 {
		for (i = 1; i <= NF; i++)
			column[$i] = i
		next
	}
	$column["kind"] == "pointer" && $column["compiled"] == "yes" {
		line = $column["site"]
		sub(/.*:/, "", line)
		print seed ":" $column["caller_file"] ":" $column["caller"] ":" line ":" $column["slot"]
	}' | LC_ALL=C sort -u >"$work/sites"
# a file for each, so that one md5sum does for all
mkdir "$work/site" || exit 1
(cd "$work/site" && awk '{ printf "%s", $0 >NR; close(NR) }' && find . -type f -exec md5sum {} +) <"$work/sites" |
	tr -d "*" | sed "s| *./| |" | awk '
	NR == FNR {
		hash[$2] = $1
		next
	}
	{ print hash[FNR], $0 }' - "$work/sites" | LC_ALL=C sort | head -n "$count" | awk '{
	sub(/^[^ ]* /, "")
	split($0, part, ":")
	sub(/^[^:]*:[^:]*:[^:]*:[^:]*:/, "")
	print part[2] "\t" part[3] "\t" part[4] "\t" $0
}'
