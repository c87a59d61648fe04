#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Two classes at once on one machine: two users run the same experiments at the same time, so many times each,
# and both see what they see alone.
# usage: classes.sh EXITWALK RUNS NAME|--all
exitwalk=${1:?usage: classes.sh EXITWALK RUNS NAME|--all} runs=${2:?} what=${3:?}
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
chmod 755 "$work"
export COLUMNS=1000 # a line is a line

# as USER-NUMBER: the command, as that user where we may become one, with a home of his own
as() {
	user=$1
	shift
	mkdir -p "$work/$user"
	if [ "$(id -u)" -eq 0 ]; then
		chown "$user:$user" "$work/$user"
		HOME="$work/$user" TMPDIR="$work/$user" setpriv --reuid "$user" --regid "$user" --clear-groups "$@"
	else
		HOME="$work/$user" TMPDIR="$work/$user" "$@"
	fi
}

[ "$(id -u)" -eq 0 ] || echo "not root: both classes are of one user"
as 65533 "$exitwalk" live kill-established >"$work/alone" 2>&1
code=$?
[ $code -eq 3 ] && { echo "skipped: $(cat "$work/alone")"; exit 77; }
[ $code -eq 0 ] || { echo "alone it is not as expected: exit code $code"; cat "$work/alone"; exit 1; }

pids=
for user in 65533 65534; do
	as "$user" "$exitwalk" live "$what" --repeat "$runs" >"$work/out.$user" 2>&1 &
	pids="$pids $!"
done
status=0 user=65533
for pid in $pids; do
	wait "$pid"
	code=$?
	tail -n 1 "$work/out.$user"
	# 4: some were skipped, with the reason
	[ $code -eq 0 ] || [ $code -eq 4 ] || { echo "user $user: exit code $code"; cat "$work/out.$user"; status=1; }
	user=65534
done
exit $status
