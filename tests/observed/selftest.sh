#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# The scripts of this directory on small tables made by hand: what is explained, what is not, and what jumps and
# return addresses become.
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
status=0

edge() {
	printf '%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n' "$@"
}

{
	edge caller caller_file callee callee_file kind when grade compiled site
	edge open_drawer a.c turn_key key.h direct now direct yes a.c:5
	edge turn_key key.h click lock.c direct now direct yes key.h:9
	edge open_drawer a.c ring - direct now direct yes a.c:7
	edge open_drawer a.c pull a.c pointer timer layers:2 yes a.c:8
	edge pull a.c slide a.c direct now direct yes a.c:20
	edge slide a.c click lock.c direct now direct no a.c:30
} >"$work/edges"

# check_row WORDS HOW ROW: the answer about one row says WORDS, and its exit status is HOW.
check_row() {
	printf '%b\n' "$3" >"$work/observed"
	awk -v release=1 -v least=1 -f "$here/check.awk" "$work/remainder" "$work/edges" "$work/observed" >"$work/out"
	code=$?
	[ $code -eq "$2" ] && grep -qF -- "$1" "$work/out" && return
	echo "expected status $2 and \"$1\" of: $3"
	cat "$work/out"
	status=1
}

printf '# release\n' >"$work/remainder"
check_row "1 are an edge" 0 'open_drawer\ta.c\t-\ta.c:5\tcall\t-\tturn_key\tkey.h\t1'
check_row "0 of 1 calls stand in the line" 1 'open_drawer\ta.c\t-\ta.c:6\tcall\t-\tturn_key\tkey.h\t1'
check_row "1 one through inlined" 0 'open_drawer\ta.c\tturn_key@key.h\tkey.h:9\tcall\t-\tclick\tlock.c\t1'
check_row "no edge open_drawer@a.c -> click@lock.c" 1 'open_drawer\ta.c\t-\ta.c:5\tcall\t-\tclick\tlock.c\t1'
check_row "1 by jumps" 0 'open_drawer\ta.c\t-\ta.c:5\tjump\tturn_key@key.h\tclick\tlock.c\t1'
check_row "no edge pull@a.c -> click@lock.c" 1 'open_drawer\ta.c\t-\ta.c:8\tpointer\tpull\tclick\tlock.c\t1'
check_row "1 by jumps" 0 'open_drawer\ta.c\t-\ta.c:8\tpointer\tturn_key@key.h,click@lock.c|pull\tslide\ta.c\t1'
check_row "no edge open_drawer@a.c -> slide@a.c" 1 'open_drawer\ta.c\t-\ta.c:8\tpointer-itself\tpull\tslide\ta.c\t1'
check_row "deferred, timer: 1 of 1" 0 'open_drawer\ta.c\t-\ta.c:8\tpointer\t-\tpull\ta.c\t1'
check_row "1 by way of a function outside" 0 'open_drawer\ta.c\t-\ta.c:7\tjump\tring@bell.c\tclick\tlock.c\t1'
check_row "no edge pull@a.c -> turn_key@key.h" 1 'pull\ta.c\t-\ta.c:7\tjump\tturn_key@key.h ring@bell.c\tclick\tlock.c\t1'
check_row "no edge slide@a.c -> click@lock.c" 1 'slide\ta.c\t-\ta.c:30\tcall\t-\tclick\tlock.c\t1' # not compiled
check_row "no edge slide@a.c -> slide@a.c" 1 'slide\ta.c\t-\ta.c:31\tcall\t-\tslide\ta.c\t1'
check_row "1 are an edge" 0 'slide\ta.c\t-\ta.c:31\tcall\t-\tslide.part\ta.c\t1'
check_row "not in the index: open_drawer (a.c) -> ring (bell.c)" 1 'open_drawer\ta.c\t-\ta.c:7\tcall\t-\tring\tbell.c\t1'
printf '1\topen_drawer\tclick\tby hand\n2\ta\tb\tof another release\n' >"$work/remainder"
check_row "1 are listed with their cause, 0 are wrong" 0 'open_drawer\ta.c\t-\ta.c:5\tcall\t-\tclick\tlock.c\t1'
check_row "listed as remainder, not observed: open_drawer -> click" 0 'open_drawer\ta.c\t-\ta.c:5\tcall\t-\tturn_key\tkey.h\t1'
printf '1\topen_drawer\tturn_key\tby hand\n' >"$work/remainder"
check_row "listed as remainder, but explained" 1 'open_drawer\ta.c\t-\ta.c:5\tcall\t-\tturn_key\tkey.h\t1'

# In the code: a call by name, one through a pointer that became two bytes long, and a jump out of a function
# that the tracer does not see.
cat >"$work/pairs" <<'END'
kernel test
pair ffffffff81000100 ffffffff8100000a 3
pair ffffffff81000200 ffffffff8100000c 2
END
cat >"$work/code" <<'END'
ffffffff81000000 <open_drawer>:
ffffffff81000000:	call   ffffffff81000900 <__fentry__>
ffffffff81000005:	call   ffffffff81000300 <turn_key>
ffffffff8100000a:	cs call ffffffff81000800 <__x86_indirect_thunk_r11>

ffffffff81000300 <turn_key>:
ffffffff81000300:	jne    ffffffff81000304 <turn_key+0x4>
ffffffff81000304:	jmp    ffffffff81000100 <click>
ffffffff81000309:	jmp    ffffffff81000700 <turn_key.cold>
END
cat >"$work/expected" <<'END'
return ffffffff8100000a ffffffff81000009
return ffffffff8100000c ffffffff8100000b
call ffffffff8100000a ffffffff81000300
call ffffffff8100000c *
untraced ffffffff81000300
untraced ffffffff81000304
jump ffffffff81000304 ffffffff81000100
untraced ffffffff81000309
END
awk -f "$here/code.awk" "$work/pairs" "$work/code" >"$work/out"
diff "$work/expected" "$work/out" || status=1

symbol() {
	printf '0x%s\n' "$1"
	shift
	while [ $# -gt 0 ]; do
		printf '%s\n  Filename: debian/build/b/%s\n  Function start line: %s\n  Line: %s\n' "$1" "$2" "$3" "$4"
		shift 4
	done
	echo
}
{
	symbol ffffffff81000009 look key.h 3 4 open_drawer a.c 1 5
	symbol ffffffff8100000b open_drawer bit.h 1 77 # a macro's line, of a function of a.c
	symbol ffffffff81000100 click lock.c 1 1
	symbol ffffffff81000200 pull a.c 19 19
	symbol ffffffff81000300 turn_key key.h 8 8
	symbol ffffffff81000304 turn_key key.h 8 9
	symbol ffffffff81000309 turn_key key.h 8 9
} >"$work/symbols"
printf '%b\n' 'open_drawer\ta.c\t-\tbit.h:77\tpointer-itself\t-\tpull\ta.c\t2' \
	'open_drawer\ta.c\tlook@key.h\tkey.h:4\tjump\tturn_key\tclick\tlock.c\t3' >"$work/expected"
awk -f "$here/join.awk" "$work/symbols" "$work/out" "$work/pairs" | sort >"$work/calls"
diff "$work/expected" "$work/calls" || status=1
[ $status -ne 0 ] || echo "all as worked out"
exit $status
