#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# The program is started with the libraries of an answer alone; the others come when they are called, and
# a damaged one is an error that names it.
# usage: needed.sh READELF EXITWALK
readelf=${1:?} exitwalk=${2:?}
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
export LC_ALL=C HOME="$work" XDG_CACHE_HOME="$work/cache" XDG_CONFIG_HOME="$work/config"
status=0

cat >"$work/expected" <<'END'
libc.so.6
libglib-2.0.so.0
libreadline.so.8
libsqlite3.so.0
libzstd.so.1
END
"$readelf" -d "$exitwalk" >"$work/dynamic" || exit 1
sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p' "$work/dynamic" | sort >"$work/needed"
diff "$work/expected" "$work/needed" >"$work/diff" || {
	echo "$exitwalk needs other libraries (>) than an answer does (<):"
	cat "$work/diff"
	echo "a function of a late library that has no line in shell/late.S has it linked: see shell/README.md"
	status=1
}
if grep -E '\((RPATH|RUNPATH)\)' "$work/dynamic"; then
	echo "$exitwalk looks for its libraries in a path of its own first"
	status=1
fi

mkdir "$work/lib"
: >"$work/lib/libmnl.so.0"
LD_LIBRARY_PATH=$work/lib "$exitwalk" sockets >"$work/out" 2>"$work/err"
code=$?
if [ $code -ne 3 ] || ! grep -q 'install the package that holds libmnl.so.0' "$work/err"; then
	echo "without libmnl: exit code $code, $(cat "$work/err")"
	status=1
fi
exit $status
