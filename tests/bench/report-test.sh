#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# The report says what the numbers say: a few results, and the tables that follow from them, worked out by
# hand. Ratios are of the same round of the same run; a peer that did not finish stands there.
# shellcheck disable=SC2016,SC2015 # Markdown, not commands
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
status=0

want() {
	grep -qF -e "$1" "$work/out/peers.md" || { echo "the report lacks: $1"; status=1; }
}

tr '|' '\t' >"$work/peers.tsv" <<'END'
time|run|part|set|tool|round|what|wall_s|cpu_s|peak_mib|disk_mib|status|note
2026-01-02T03:04:05Z|A|machine|-|-|-|-|-|-|-|-|ok|a machine
2026-01-02T03:04:05Z|A|version|-|exitwalk|-|6.1 defconfig|-|-|-|-|ok|exitwalk 1
t|A|build|bench|exitwalk|1|200|10.00|18.00|400|40.0|ok|-
t|A|build|bench|clang|1|200|80.00|150.00|300|0.0|ok|0 units fail
t|A|build|bench|clang|2|200|60.00|110.00|310|0.0|ok|0 units fail
t|A|build|bench|exitwalk|2|200|12.00|20.00|420|40.0|partly|-
t|B|build|bench|exitwalk|1|200|20.00|19.00|410|40.0|ok|-
t|B|build|bench|clang|1|200|90.00|130.00|305|0.0|ok|0 units fail
t|B|build|bench|ccls|1|200|50.01|90.00|500|80.0|did not finish in 50 s|3 parses
t|B|ask|bench|global|5|callers f (cold)|0.004000|-|-|-|ok|least=3.5 greatest=6.2 ms answers=2 wanted=x.c fact=no stays=0
t|B|ask|bench|global|5|callers f (warm)|0.002000|-|-|-|ok|least=1.5 greatest=2.5 ms answers=2 wanted=x.c fact=no stays=0
t|B|grow|50|exitwalk|1|50|10.00|20.00|300|9.0|ok|50 units;10.0 s (parsing 9.5, resolving 0.1), at most
t|B|grow|50|clang|1|50|25.00|48.00|300|0.0|ok|-
END
"$here/report.sh" "$work/peers.tsv" "$work/out" >/dev/null || exit 1
want 'Linux 6.1 defconfig, on 2026-01-02: a machine.'
want '| **exitwalk** | 12.0 (10.0 – 20.0) | 1 | 19.0 | 410 | 40.0 | 3 |'
# 80/10 = 8, 60/12 = 5, 90/20 = 4.5
want '| `clang -fsyntax-only` | 80.0 (60.0 – 90.0) | 5.00 (4.50 – 8.00) | 130 | 305 | 0.00 | 3 |'
want '| `ccls --index` | did not finish in 50 s | – | – | – | – | 0 |'
want '| callers f | global | 2.0 (1.5 – 2.5) | 4.0 (3.5 – 6.2) | 2 | x.c: no |'
want '| 50 | 10.0 | 9.50 | 0.10 | 20.0 | 400 | 300 | 9.00 | 25.0 | 2.50 |'

# Recording puts it between the two comments, and only there; twice is as good as once.
printf '%s\n' before '<!-- bench-record: begin -->' old '<!-- bench-record: end -->' after >"$work/README"
"$here/report.sh" "$work/peers.tsv" "$work/out" "$work/README" >/dev/null &&
	cp "$work/README" "$work/once" &&
	"$here/report.sh" "$work/out/peers.tsv" "$work/out" "$work/README" >/dev/null || status=1
cmp "$work/README" "$work/once" && cmp "$work/peers.tsv" "$work/out/peers.tsv" || status=1
[ "$(sed q "$work/README")" = before ] && [ "$(tail -n 1 "$work/README")" = after ] || {
	echo "recording changed more than its place"
	status=1
}
! grep -qx old "$work/README" || { echo "the old text is still there"; status=1; }
grep -q '^| \*\*exitwalk\*\*' "$work/README" || { echo "the tables are not in the README"; status=1; }
echo none >"$work/README"
! "$here/report.sh" "$work/peers.tsv" "$work/out" "$work/README" 2>/dev/null >&2 || {
	echo "a README without a place was accepted"
	status=1
}
exit $status
