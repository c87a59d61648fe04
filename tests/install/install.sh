#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
#
# install.sh CMAKE BUILD: install into a prefix of our own, move it, and use it from elsewhere.
set -eu

cmake=$1 build=$2 fixtures=$(cd "$(dirname "$0")/../fixtures" && pwd)
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
unset EXITWALK_DATA XDG_CACHE_HOME XDG_CONFIG_HOME XDG_STATE_HOME
export HOME="$dir/home"
mkdir "$HOME"

fail()
{
	echo "install: $*" >&2
	exit 1
}

"$cmake" --install "$build" --prefix "$dir/first" >/dev/null
mv "$dir/first" "$dir/prefix"
cd "$dir/prefix"
for file in bin/exitwalk libexec/exitwalk/exitwalk-index share/exitwalk/kernel-refs/releases \
	share/exitwalk/lessons/tcp-close.md share/man/man1/exitwalk.1 share/man/man1/exitwalk-live.1 \
	share/bash-completion/completions/exitwalk; do
	[ -s "$file" ] || fail "$file is missing"
done
[ -z "$(find . -name '*.c' -o -name '*.h' -o -name CMakeLists.txt)" ] || fail "sources are installed"

# Its own exitwalk-index, and its own kernel-refs: a scope that only this copy has is found.
cd /
exitwalk=$dir/prefix/bin/exitwalk
"$exitwalk" --version | grep -q '^libclang  *[^ ].*version' || fail "exitwalk-index was not found"
echo 'all' >"$dir/prefix/share/exitwalk/kernel-refs/scopes/only-here.scope"
"$exitwalk" index "$fixtures/rel-a" --scope only-here >"$dir/out" 2>"$dir/err" ||
	fail "index: $(cat "$dir/err")"
"$exitwalk" coverage >"$dir/out" || fail "coverage has no answer"
