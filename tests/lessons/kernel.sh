#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Every shipped lesson on one real kernel: each anchor stands, each fact holds, each question has an answer.
# usage: kernel.sh EXITWALK DIRECTORY RELEASE; exit 77 where the index was not made
exitwalk=${1:?} directory=${2:?} release=${3:?}
index=$directory/$release-${EW_KERNEL_SCOPE:-core}.sqlite
[ -f "$index" ] || { echo "skipped: no index of $release was made"; exit 77; }
export COLUMNS=140
lessons=$(cd "$(dirname "$0")/../../lessons" && pwd)

"$exitwalk" --index "$index" --color never lesson check --all || exit 1
for lesson in "$lessons"/[a-z]*.md; do
	"$exitwalk" --index "$index" --color never lesson "$lesson" >/dev/null || exit 1
done
# The walk is long enough to be one, and nothing was shown that is not there.
hops=$("$exitwalk" --index "$index" --color never lesson tcp-close --json |
	grep -c '"function" *: *"\(do_exit\|exit_files\|fput\|____fput\|sock_close\|inet_release\|tcp_send_fin\)"')
[ "$hops" -ge 14 ] || { echo "the lesson draws too little of the walk: $hops"; exit 1; }
