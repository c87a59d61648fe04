#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
#
# bootstrap.sh BOOTSTRAP: run it on a machine of stand-ins, which note how they were called. The real
# thing on a real machine is tests/fresh/run.
set -u

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
bin=$dir/bin checkout="$dir/check out" calls=$dir/calls failures=0
mkdir "$bin" "$checkout"
cp "$1" "$checkout/bootstrap"

# stand_in NAME: a program of the text on standard input, which first notes its call
stand_in()
{
	{
		echo '#!/bin/sh'
		# shellcheck disable=SC2016  # it is the stand-in that expands them
		echo 'echo "${0##*/} $*" >>'"'$calls'"
		cat
	} >"$bin/$1"
	chmod +x "$bin/$1"
}

# A Debian with nothing installed: dpkg-query knows what apt-get noted in $dir/installed.
machine()
{
	rm -rf "$bin" "$checkout/build" "$dir/installed" "$dir/index" "$dir/part" "$dir/busy"
	mkdir "$bin"
	: >"$dir/installed"
	for tool in sh cat tail mkdir dirname env printf; do
		ln -s "$(command -v $tool)" "$bin/$tool"
	done
	echo 'echo 0' | stand_in id
	echo "cat '$dir/installed'" | stand_in dpkg-query
	stand_in apt-get <<-END
		while [ "\$1" != install ]; do [ \$# -gt 1 ] || exit 0; shift; done
		[ ! -e '$dir/no-network' ] || { echo 'E: no network'; exit 100; }
		for p; do printf '%s=installed ' "\$p"; done >>'$dir/installed'
	END
	stand_in cmake <<-END
		[ ! -e '$dir/no-build' ] || { echo 'x.c:1: error: no such thing'; exit 1; }
		mkdir -p '$checkout/build/dev' && : >'$checkout/build/dev/build.ninja'
		cp '$dir/exitwalk' '$checkout/build/dev/exitwalk'
	END
	ln -s "$(command -v cp)" "$bin/cp"
	ln -s "$(command -v rm)" "$bin/rm"
	stand_in ../exitwalk <<-END
		case "\$*" in
		*coverage) [ ! -e '$dir/part' ] || exit 4; [ -e '$dir/index' ] || exit 3 ;;
		index*) [ ! -e '$dir/busy' ] || exit 3; echo "summary" && : >'$dir/index' && rm -f '$dir/part' && exit 4 ;;
		*) echo "answer" && exit 1 ;;
		esac
	END
}

# boot ARGUMENTS: call bootstrap there; leaves out, err, calls and status
boot()
{
	: >"$calls"
	PATH=$bin "$checkout/bootstrap" "$@" >"$dir/out" 2>"$dir/err" </dev/null
	status=$?
}

bad()
{
	echo "bootstrap: $*"
	sed 's/^/	/' "$calls" "$dir/err"
	failures=$((failures + 1))
}

expect_status()
{
	[ "$status" = "$1" ] || bad "status $status, expected $1"
}

called()
{
	grep -q -e "$1" "$calls" || bad "no call like: $1"
}

not_called()
{
	! grep -q -e "$1" "$calls" || bad "there is a call like: $1"
}

says()
{
	grep -q -F -e "$1" "$dir/err" || bad "does not say: $1"
}

# A first call installs, builds, indexes and runs; standard output is the command's alone.
machine
boot callers 'f g' --color never
expect_status 1
called '^apt-get .*update'
called '^apt-get .*install --no-install-recommends .*libclang-19-dev'
called '^apt-get .*install .*flex.* linux-source-6.1 linux-config-6.1'
called '^cmake .*--preset dev'
called '^exitwalk index 6.1$'
called '^exitwalk callers f g --color never$'
[ "$(cat "$dir/out")" = answer ] || bad "standard output is: $(cat "$dir/out")"

# The second does nothing of it, and is silent.
boot callers f
expect_status 1
not_called '^apt-get'
not_called 'preset'
not_called '^exitwalk index'
[ ! -s "$dir/err" ] || bad "it speaks"

# A lesson reads what it needs by itself, so that its first step does not wait; what that takes is there.
machine
boot lesson tcp-close
expect_status 1
called '^apt-get .*install .*flex.* linux-source-6.1 linux-config-6.1'
not_called '^exitwalk index'
called '^exitwalk lesson tcp-close$'
machine
boot lesson tcp-close --tree 6.12
called 'linux-source-6.12 linux-config-6.12'
machine
boot lesson tcp-close --tree=/src/linux
not_called 'linux-source'
boot lesson check
called '^exitwalk index 6.1$'

# An index of what a lesson needed is enough for a lesson, and for nothing else; while somebody makes the
# rest, it must do.
machine
: >"$dir/part"
boot lesson tcp-close
not_called '^apt-get .*linux-source'
not_called '^exitwalk index'
: >"$dir/busy"
boot callers f
expect_status 1
called '^exitwalk index 6.1$'
called '^exitwalk callers f$'
rm "$dir/busy"
boot callers f
expect_status 1
[ ! -e "$dir/part" ] || bad "the rest was not made"

# What asks no index makes none; another release is another package; --index is the user's own.
machine
for line in --version help trees 'live kill-established' lesson lessn 'callers --help' \
	'callers f --index x' 'index /tree'; do
	# shellcheck disable=SC2086
	boot $line
	not_called 'linux-source'
	not_called '^exitwalk index 6'
	called "^exitwalk $line\$"
done
rm -f "$dir/index"
boot --release 6.12 callers fput
called 'linux-source-6.12 linux-config-6.12'
called '^exitwalk index 6.12$'
machine
boot index 6.12 --jobs 2
called 'linux-source-6.12 linux-config-6.12'
called '^exitwalk index 6.12 --jobs 2$'
machine
boot path a b --release=mine
not_called '^exitwalk index'

# No privilege: the command to type, and nothing tried. With sudo it is used.
machine
echo 'echo 1000' | stand_in id
boot --version
expect_status 3
says '  apt-get update && apt-get install --no-install-recommends gcc '
not_called '^apt-get'
stand_in sudo <<-"END"
	[ "$1" != -n ] || shift
	"$@"
END
boot --version
expect_status 1
called '^sudo apt-get .*update'
called '^sudo env .*apt-get .*install'
called '^exitwalk --version'

# apt or the build fails: its words, and a status that is no answer's.
machine
: >"$dir/no-network"
boot --version
expect_status 3
says 'E: no network'
says 'could not be installed'
rm "$dir/no-network"
: >"$dir/no-build"
boot --version
expect_status 3
says 'x.c:1: error'
says 'build/bootstrap.log'
rm "$dir/no-build"

# No Debian: what is missing; with all of it there, on.
machine
rm "$bin/apt-get" "$bin/dpkg-query"
boot lesson tcp-close
expect_status 3
says 'pkg-config'
says 'libmnl'
says './bootstrap index DIRECTORY-OF-A-KERNEL-TREE'
for tool in cc make ninja pkg-config; do
	echo 'exit 0' | stand_in $tool
done
boot --version
expect_status 1
called '^exitwalk --version'

# test: everything for both releases, every preset, and a failure of either counts.
machine
stand_in ctest <<-"END"
	[ "$2" != ci-clang ]
END
boot test
expect_status 1
called 'libclang-rt-19-dev'
called 'linux-source-6.1 linux-config-6.1 linux-source-6.12 linux-config-6.12'
called '^ctest --preset ci-gcc'
called '^ctest --preset ci-clang'
echo 'exit 0' | stand_in ctest
boot test
expect_status 0

[ $failures = 0 ]
