# SPDX-License-Identifier: GPL-3.0-or-later
# Fails unless the words of `names` stand in the text, as whole identifiers, in that order.
# usage: awk -v names="do_exit exit_files" -f in-order.awk FILE
BEGIN { n = split(names, want, " "); next_one = 1 }
{
	line = $0
	while (next_one <= n && match(line, "(^|[^A-Za-z0-9_])" want[next_one] "([^A-Za-z0-9_]|$)")) {
		line = substr(line, RSTART + RLENGTH - 1)
		next_one++
	}
}
END {
	if (next_one <= n)
		print "not there, or not in its place: " want[next_one]
	exit next_one <= n
}
