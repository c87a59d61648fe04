#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# The rules of the house that a machine can check. Each finding is one line, file:line: what.
# usage: lint.sh ROOT
# Exit 1 on a broken rule. Long functions and files are warnings, and do not fail.
root=${1:?usage: lint.sh ROOT}
cd "$root" || exit 2
export LC_ALL=C
work=$(mktemp -d) || exit 2
trap 'rm -rf "$work"' EXIT

# The code of the two rooms; the same and the tests' own.
rooms=$(find indexer shell -name '*.[ch]' 2>/dev/null | sort)
tests=$(find tests -name '*.[ch]' 2>/dev/null | sort)
[ -n "$rooms" ] || { echo "$root: no code in indexer/ and shell/"; exit 2; }

# The layer order, lowest first, out of the one list in CMakeLists.txt.
awk '/^set\(EW_MODULES/ { on = 1 }
	on && match($0, /"(indexer|shell)\/[a-z_]+/) {
		path = substr($0, RSTART + 1, RLENGTH - 1); sub(/.*\//, "", path); print path
	}
	on && /\)[ \t]*$/ { exit }' CMakeLists.txt >"$work/order"
[ -s "$work/order" ] || { echo "CMakeLists.txt: no list EW_MODULES"; exit 2; }

# Headers of other people, and the modules that alone may include them.
cat >"$work/foreign" <<'END'
clang-c/	parse
sqlite3.h	store
zstd.h	store
libmnl/	live sockets
pcap.h	live
pcap/	live
sched.h	live sockets
cmark.h	lesson
termios.h	term
readline/	repl
END

# A module includes what stands before it, by its public header alone; its own headers as it likes.
# The two programs, which stand beside the modules, include anything of ours.
check_includes() {
	awk -v order="$work/order" -v foreign="$work/foreign" '
		BEGIN {
			while ((getline line <order) > 0) rank[line] = ++modules
			while ((getline line <foreign) > 0) {
				split(line, part, "\t"); owners[part[1]] = " " part[2] " "
			}
		}
		function report(what) { print FILENAME ":" FNR ": " what; bad = 1 }
		FNR == 1 {
			own = ""
			if (split(FILENAME, path, "/") > 2) own = path[2]
			if (own != "" && !(own in rank)) report("module " own " is not in EW_MODULES")
		}
		!/^[ \t]*#[ \t]*include[ \t]/ { next }
		match($0, /"[^"]*"/) {
			name = substr($0, RSTART + 1, RLENGTH - 2)
			other = name; sub(/\/.*/, "", other)
			if (name !~ /\// || !(other in rank))
				report("\"" name "\": write \"module/header.h\"; the modules are in CMakeLists.txt")
			else if (own == "" || other == own)
				next
			else if (rank[other] > rank[own])
				report(own " includes " name ", which stands above it")
			else if (name != other "/" other ".h")
				report(own " includes " name ", which is private; the public header is " other "/" other ".h")
			next
		}
		match($0, /<[^>]*>/) {
			name = substr($0, RSTART + 1, RLENGTH - 2)
			for (header in owners)
				if (index(name, header) == 1 && !index(owners[header], " " own " "))
					report("<" name "> belongs to" owners[header] "alone")
		}
		END { exit bad }' $rooms
}

check_rooms() {
	found=$(find lessons kernel-refs data -name '*.[ch]' 2>/dev/null)
	[ -z "$found" ] || {
		echo "$found" | sed 's/$/:1: C in a room of knowledge/'
		return 1
	}
}

# Presence is tested, never a release. The one release named in code is the default.
check_releases() {
	awk '/LINUX_VERSION_CODE|KERNEL_VERSION[ \t]*\(/ ||
		(/"[2-9]\.[0-9]+(\.[0-9]+)?"/ && !/EW_TREE_DEFAULT_RELEASE/ &&
		 !/^[ \t]*(\/\*|\*|\/\/)/ && !/(\/\*|\/\/).*"[2-9]\.[0-9]/) {
			print FILENAME ":" FNR ": a kernel release in code: test whether the thing is there"
			bad = 1
		}
		END { exit bad }' $rooms
}

check_spdx() {
	for file in $rooms $tests; do
		head -n 1 "$file" | grep -q 'SPDX-License-Identifier: GPL-3.0-or-later' || {
			echo "$file:1: no SPDX-License-Identifier line"
			echo bad >"$work/spdx"
		}
	done
	[ ! -f "$work/spdx" ]
}

# In kernel layout a function begins with { and ends with } in the first column.
warn_lengths() {
	awk '
		FNR == 1 { start = 0 }
		/^{/ { start = FNR; name = before }
		/^}/ && start {
			if (FNR - start - 1 > 80)
				print FILENAME ":" start ": warning: a function of " FNR - start - 1 " lines (80): " name
			start = 0
		}
		!/^[ \t{}]/ && /\(/ { before = $0 }
		FNR == 601 { print FILENAME ":601: warning: a file of more than 600 lines" }' $rooms $tests
}

status=0
check_includes || status=1
check_rooms || status=1
check_releases || status=1
check_spdx || status=1
warn_lengths
[ $status -ne 0 ] || echo "$(echo "$rooms" "$tests" | wc -w) files keep the rules"
exit $status
