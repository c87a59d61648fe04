#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# The command on a real run: its lines in order, its exit codes, Ctrl-C.
# usage: command.sh EXITWALK EXPERIMENTS-OF-THE-TESTS
exitwalk=${1:?usage: command.sh EXITWALK DIRECTORY} own=${2:?}
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT

fail() {
	echo "$*" >&2
	sed 's/^/  /' "$work/out" "$work/err" >&2
	exit 1
}

"$exitwalk" live "$own/unread-data.exp" --json >"$work/out" 2>"$work/err"
code=$?
[ $code -eq 3 ] && { echo "skipped: $(cat "$work/err")"; exit 77; }
[ $code -eq 0 ] || fail "exit code $code, not 0"
[ -s "$work/err" ] && fail "something on standard error"
head -n 1 "$work/out" | grep -q '"event":"header"' || fail "the header is not first"
tail -n 1 "$work/out" | grep -q '"event":"completed".*"matched":true' || fail "completed is not last"
grep -q '"event":"packet".*"side":"client","flags":"RST,ACK"' "$work/out" || fail "no RST seen"
grep -c '"event":"completed"' "$work/out" | grep -qx 1 || fail "not one completed"

# what was expected wrongly is an honest no
sed 's/^closed .*/closed yes/' "$own/unread-data.exp" >"$work/wrong.exp"
"$exitwalk" live "$work/wrong.exp" >"$work/out" 2>"$work/err"
[ $? -eq 1 ] || fail "a run that differs does not exit with 1"
grep -q 'closed: expected yes, observed rude' "$work/out" || fail "the difference is not told"

# Ctrl-C ends the program by the signal, after everything was cleared and told
timeout --preserve-status -s INT 0.8 "$exitwalk" live kill-established --json >"$work/out" 2>"$work/err"
[ $? -eq 130 ] || fail "SIGINT was not raised again"
tail -n 1 "$work/out" | grep -q '"event":"completed","completed":false' || fail "no end is told"

# packets as tcpdump reads them, and their text beside
"$exitwalk" live "$own/unread-data.exp" --pcap "$work/x.pcap" >"$work/out" 2>"$work/err" ||
	fail "the packets cannot be written"
grep -q "Flags \[R\.\]" "$work/x.txt" || fail "no RST in the text: $(cat "$work/x.txt")"
if command -v tcpdump >/dev/null; then
	tcpdump -n -t -r "$work/x.pcap" >"$work/theirs" 2>"$work/err" || fail "tcpdump cannot read it"
	sed "1d;s/^ *[-0-9.]*  //" "$work/x.txt" | cmp -s - "$work/theirs" || fail "tcpdump reads other packets"
fi
"$exitwalk" dump packets "$own/unread-data.exp" --connection 1 >"$work/out" 2>"$work/err" ||
	fail "dump packets fails"
head -n 1 "$work/out" | grep -qx "ms	packet" || fail "dump packets names no columns"
tail -n 1 "$work/out" | grep -q "^[0-9.]*	IP .*Flags \[R\.\]" || fail "the last packet is no RST"
"$exitwalk" dump packets "$own/unread-data.exp" --connection 2 >"$work/out" 2>"$work/err"
[ $? -eq 1 ] || fail "a connection that was not there is no honest no"

# an ICMP error, with what it quotes; on the timeline, too
"$exitwalk" live udp --json --pcap "$work/udp.pcap" >"$work/out" 2>"$work/err" || fail "udp does not run"
grep -q '"event":"icmp".*"side":"server","type":3,"code":3,"quoted":"port unreachable: udp 127\.0\.0\.1\.[0-9]* > 127\.0\.0\.1\.[0-9]*"' "$work/out" ||
	fail "the ICMP error is not told"
grep -q "ICMP 127\.0\.0\.1 udp port [0-9]* unreachable" "$work/udp.txt" || fail "no ICMP in the text: $(cat "$work/udp.txt")"
if command -v tcpdump >/dev/null; then
	tcpdump -n -t -r "$work/udp.pcap" >"$work/theirs" 2>"$work/err" || fail "tcpdump cannot read it"
	sed "1d;s/^ *[-0-9.]*  //" "$work/udp.txt" | cmp -s - "$work/theirs" || fail "tcpdump reads other words"
fi

# Each frame stands once. What a host itself says twice is of IPv6's neighbours: reports of multicast listeners are repeated
# (RFC 3810, 9.1), before anybody has connected.
twice() {
	tcpdump -n -t -xx -r "$1" 2>"$work/err" | awk '
		/^[^\t ]/ { if (frame != "" && frame !~ /ICMP6/) print frame; frame = "" }
		{ frame = frame $0 }
		END { if (frame !~ /ICMP6/) print frame }' | sort | uniq -d
}
if command -v tcpdump >/dev/null; then
	for name in "$own/unread-data.exp" closing rst-lost; do
		rm -f "$work/once.pcap" "$work/once.txt"
		"$exitwalk" live "$name" --pcap "$work/once.pcap" >"$work/out" 2>"$work/err" || fail "$name fails"
		tcpdump -n -r "$work/once.pcap" tcp 2>"$work/err" | grep -q "Flags \[S\]" || fail "$name: no SYN in the packets"
		[ -z "$(twice "$work/once.pcap")" ] || fail "$name: a frame stands twice: $(twice "$work/once.pcap")"
	done
fi

# what decided it: the counter that only one branch counts
"$exitwalk" live "$own/unread-data.exp" --explain >"$work/out" 2>"$work/err" || fail "no explanation"
grep -q "TCPAbortOnClose +1" "$work/out" || fail "the counter is not told"
grep -q "__tcp_close: data that the application had not read" "$work/out" || fail "the branch is not told"

# a recording of a real run is judged like the run
"$exitwalk" live "$own/unread-data.exp" --record "$work/timeline" >"$work/out" 2>"$work/err" ||
	fail "the run cannot be recorded"
"$exitwalk" live "$own/unread-data.exp" --replay "$work/timeline" >"$work/again" 2>"$work/err" ||
	fail "the recording is judged in another way"
[ "$(grep -v 'A recorded run' "$work/again" | tail -n +7)" = "$(tail -n +7 "$work/out")" ] ||
	fail "the recording shows something else: $(cat "$work/again")"
exit 0
