#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Draw pointer calls at random, always the same ones: those of pointers-RELEASE.tsv were drawn so.
# usage: draw.sh SEED COUNT < (exitwalk dump calls)
# Of every compiled call through a pointer, each site once, the line SEED:FILE:CALLER:LINE:SLOT is
# hashed with MD5; the COUNT sites with the smallest hashes are drawn. How many targets a site has
# plays no part, and is not printed.
seed=${1:?} count=${2:?}
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
	}' | LC_ALL=C sort -u | while read -r site; do
	printf '%s %s\n' "$(printf '%s' "$site" | md5sum | cut -d ' ' -f 1)" "$site"
done | LC_ALL=C sort | head -n "$count" | awk '{
	sub(/^[^ ]* /, "")
	split($0, part, ":")
	sub(/^[^:]*:[^:]*:[^:]*:[^:]*:/, "")
	print part[2] "\t" part[3] "\t" part[4] "\t" $0
}'
