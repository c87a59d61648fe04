#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# The lint finds what it is for: a small house that keeps the rules, then one bad example at a time.
lint=$(cd "$(dirname "$0")" && pwd)/lint.sh
house=$(mktemp -d) || exit 1
trap 'rm -rf "$house"' EXIT
status=0
spdx='/* SPDX-License-Identifier: GPL-3.0-or-later */'

build_house() {
	rm -rf "${house:?}"/*
	mkdir -p "$house/indexer/fact" "$house/indexer/store" "$house/shell/doc" "$house/kernel-refs" "$house/tests"
	cat >"$house/CMakeLists.txt" <<'END'
set(EW_MODULES
  "indexer/fact"
  "indexer/store    PkgConfig::SQLITE"
  "shell/doc")
set(OTHER "shell/term")
END
	printf '%s\n#include <stdio.h>\n' "$spdx" >"$house/indexer/fact/fact.h"
	printf '%s\n#include "fact/fact.h"\n#include <sqlite3.h>\n' "$spdx" >"$house/indexer/store/store.h"
	printf '%s\n#include "store/store.h"\n#include "store/inner.h"\n' "$spdx" >"$house/indexer/store/store.c"
	printf '%s\n/* in "6.1" it was otherwise */\n' "$spdx" >"$house/shell/doc/doc.h"
	printf '%s\n#include "doc/doc.h"\n#include "store/store.h"\n' "$spdx" >"$house/shell/exitwalk.c"
	printf '%s\n#include <sqlite3.h>\n' "$spdx" >"$house/tests/test.c"
}

# expect STATUS WORDS: the lint's exit status, and words that its output holds.
expect() {
	output=$("$lint" "$house")
	got=$?
	if [ $got -ne "$1" ] || ! printf '%s\n' "$output" | grep -qF -- "$2"; then
		echo "expected status $1 and “$2”, got status $got and:"
		printf '%s\n' "$output"
		status=1
	fi
	build_house
}

# add FILE LINE: one line more.
add() {
	printf '%s\n' "$2" >>"$house/$1"
}

build_house
expect 0 "6 files keep the rules"
add indexer/fact/fact.h '#include "store/store.h"'
expect 1 "indexer/fact/fact.h:3: fact includes store/store.h, which stands above it"
add shell/doc/doc.h '#include "store/inner.h"'
expect 1 "shell/doc/doc.h:3: doc includes store/inner.h, which is private"
add shell/doc/doc.h '#  include <sqlite3.h>'
expect 1 "shell/doc/doc.h:3: <sqlite3.h> belongs to store alone"
add shell/exitwalk.c '#include <clang-c/Index.h>'
expect 1 "shell/exitwalk.c:4: <clang-c/Index.h> belongs to parse alone"
add indexer/store/store.c '#include "inner.h"'
expect 1 'indexer/store/store.c:4: "inner.h": write "module/header.h"'
mkdir "$house/shell/term" && printf '%s\n' "$spdx" >"$house/shell/term/term.c"
expect 1 "shell/term/term.c:1: module term is not in EW_MODULES"
printf '%s\n' "$spdx" >"$house/kernel-refs/fact.c"
expect 1 "kernel-refs/fact.c:1: C in a room of knowledge"
add indexer/store/store.c 'bool is_old = strcmp(release, "6.1") == 0;'
expect 1 "indexer/store/store.c:4: a kernel release in code"
add indexer/store/store.c '#if LINUX_VERSION_CODE < 5'
expect 1 "indexer/store/store.c:4: a kernel release in code"
echo 'int x;' >"$house/tests/test.c"
expect 1 "tests/test.c:1: no SPDX-License-Identifier line"
{
	printf 'void long_one(void)\n{\n'
	i=0
	while [ $i -lt 81 ]; do echo '	x++;'; i=$((i + 1)); done
	echo '}'
} >>"$house/indexer/store/store.c"
expect 0 "indexer/store/store.c:5: warning: a function of 81 lines (80): void long_one(void)"
rm "$house"/*/*/*.[ch] "$house"/shell/exitwalk.c
expect 2 "no code"
[ $status -eq 0 ] && echo "the lint finds what it is for"
exit $status
