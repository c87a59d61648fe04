#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Tables and plots out of what peers.sh measured.
# usage: report.sh TSV DIRECTORY [README]
#
# Writes peers.md, peers.svg and growth.svg into DIRECTORY. With README it records the result: TSV is copied
# into DIRECTORY as peers.tsv, and the tables replace what stands in README between the two comments
# "bench-record: begin" and "bench-record: end". The plots want gnuplot.
tsv=${1:?usage: report.sh TSV DIRECTORY [README]} out=${2:?usage: report.sh TSV DIRECTORY [README]} readme=${3-}
here=$(cd "$(dirname "$0")" && pwd) || exit 2
[ -s "$tsv" ] || { echo "$tsv: nothing was measured; see peers.sh" >&2; exit 2; }
work=$(mktemp -d) || exit 2
trap 'rm -rf "$work"' EXIT
mkdir -p "$out" || exit 2
export LC_ALL=C.UTF-8

report() {
	want=$1
	shift
	awk -v want="$want" "$@" -f "$here/report.awk" "$tsv"
}

# On dark pages too: the picture brings its own white ground. Colours differ in lightness as well.
style() {
	cat <<-END
		set encoding utf8
		set terminal svg size $1 font "DejaVu Sans,13" background "white" dynamic
		set output "$2"
		set border 3 lc rgb "#444444"
		set tics nomirror textcolor rgb "#222222"
		set grid lc rgb "#dddddd" lt 1
		set style line 1 lc rgb "#b3420f" lw 2 pt 7 ps 0.8
		set style line 2 lc rgb "#1f5a99" lw 2 pt 5 ps 0.8
		set style line 3 lc rgb "#6a8f3c" lw 2 pt 9 ps 0.9
		set datafile separator "\t"
	END
}

# A panel a set; the length of a bar is the median, the line at its end goes from the least to the greatest.
plot_peers() {
	report sets >"$work/sets"
	panels=$(wc -l <"$work/sets")
	[ "$panels" -gt 0 ] || return 0
	height=0
	while read -r set units; do
		report bars -v want_set="$set" >"$work/bars-$(echo "$set" | tr / -)"
		height=$((height + 130 + 26 * $(wc -l <"$work/bars-$(echo "$set" | tr / -)")))
	done <"$work/sets"
	{
		style "760,$height" "$out/peers.svg"
		echo "set multiplot layout $panels,1"
		echo 'set logscale x; set xlabel "wall-clock time, seconds (logarithmic)"; unset key'
		echo 'set boxwidth 0.6; set style fill solid 0.9 noborder; set lmargin 12; set rmargin 9'
		echo 'set tics scale 0.5; color(k) = k == 0 ? 0xb3420f : k == 1 ? 0x1f5a99 : 0x6a8f3c'
		while read -r set units; do
			bars=$work/bars-$(echo "$set" | tr / -)
			awk -F '\t' -v set="$set" -v units="$units" '
				$4 != "-" { if (!least || $3 < least) least = $3; if ($5 > most) most = $5 }
				END {
					low = least ? 10 ^ (int(log(least) / log(10) + 100) - 100) : 0.1
					if (low > least / 1.5) low /= 10
					printf "set title \"Set \\\"%s\\\", %d units\" font \",14\"\n", set, units
					printf "low = %g\nset xrange [%g:%g]\nset yrange [%g:-0.3]\n", low, low, (most ? most : 1) * 2.2, -NR - 0.6
				}' "$bars"
			cat <<-END
				plot "$bars" using (low):1:(low):4:(\$1-0.3):(\$1+0.3):(color(\$6)):ytic(2) with boxxyerror lc rgb variable, \\
				     "" using 4:1:3:5 with xerrorbars lc rgb "#222222" lw 1.5 pt -1, \\
				     "" using 5:1:(sprintf("  %.4g s", \$4)) with labels left textcolor rgb "#222222", \\
				     "" using (low * 1.01):1:(strcol(7) eq "~" ? "" : "  " . strcol(7)):ytic(2) with labels left textcolor rgb "#222222"
			END
		done <"$work/sets"
		echo 'unset multiplot'
	} >"$work/peers.gp"
	gnuplot "$work/peers.gp"
}

plot_growth() {
	report growth >"$work/growth"
	grep -q . "$work/growth" || return 0
	{
		style 760,400 "$out/growth.svg"
		echo 'set multiplot layout 1,2; set logscale xy; set xlabel "translation units (logarithmic)"'
		echo 'set key inside bottom right samplen 2; set yrange [1:]'
		awk -F '\t' 'NF > 1 { if (!least || $1 < least) least = $1; if ($1 > most) most = $1; seen[$1] = 1 }
			END {
				for (n in seen) tics = tics (tics ? ", " : "") n
				printf "set xtics (%s)\nset xrange [%g:%g]\n", tics, least * 0.8, most * 1.3
			}' "$work/growth"
		cat <<-END
			set ylabel "wall-clock time, seconds (logarithmic)"; set title "Time" font ",14"
			plot "$work/growth" index 0 using 1:3:2:4 with yerrorlines ls 1 title "exitwalk index", \\
			     "" index 1 using 1:3:2:4 with yerrorlines ls 2 title "clang -fsyntax-only"
			set ylabel "MiB (logarithmic)"; set title "Memory and index" font ",14"
			plot "$work/growth" index 0 using 1:5 with linespoints ls 1 title "peak memory, all processes", \\
			     "" index 0 using 1:6 with linespoints ls 3 title "index on disk", \\
			     "" index 1 using 1:5 with linespoints ls 2 title "clang, peak memory"
			unset multiplot
		END
	} >"$work/growth.gp"
	gnuplot "$work/growth.gp"
}

# The tables, and the plots that there are, between the two comments.
record() {
	cmp -s "$tsv" "$out/peers.tsv" || cp "$tsv" "$out/peers.tsv" || exit 2
	{
		for plot in peers growth; do
			[ ! -s "$out/$plot.svg" ] || printf '![%s](%s)\n\n' "$plot" "tests/bench/results/$plot.svg"
		done
		cat "$out/peers.md"
	} >"$work/text"
	awk -v text="$work/text" '
		/<!-- bench-record: begin -->/ { print; print ""; while ((getline line <text) > 0) print line; print ""; skip = 1; seen++ }
		/<!-- bench-record: end -->/ { skip = 0; seen++ }
		!skip
		END { exit seen != 2 }' "$readme" >"$work/readme" || {
		echo "$readme: wants the lines <!-- bench-record: begin --> and <!-- bench-record: end -->" >&2
		exit 2
	}
	cat "$work/readme" >"$readme"
}

report tables >"$out/peers.md" || exit 2
if command -v gnuplot >/dev/null; then
	plot_peers && plot_growth || exit 2
else
	echo "gnuplot is not installed: no plots" >&2
fi
[ -z "$readme" ] || record
echo "$out/peers.md"
