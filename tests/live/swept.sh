#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# A runner that is itself killed leaves a frozen control group behind; the next run that makes one takes it away.
# usage: swept.sh EXITWALK
exitwalk=${1:?usage: swept.sh EXITWALK}
root=/sys/fs/cgroup/freezer
[ -w $root/cgroup.procs ] || { echo "skipped: version 1 of the freezer cannot be written here"; exit 77; }

# its owner lives until all is there: from then on any other run of this machine may take it away, too
sleep 60 &
owner=$!
left=$root/exitwalk-$owner-0
mkdir "$left" || exit 1
sleep 60 &
sleeper=$!
echo $sleeper >"$left/cgroup.procs" && echo FROZEN >"$left/freezer.state" || exit 1
kill -9 $sleeper # does not end it while it is frozen
kill -9 $owner
wait $owner 2>/dev/null

# one of a runner that lives is left alone
mkdir "$root/exitwalk-$$-0" || exit 1
"$exitwalk" live frozen-v1 >/dev/null
code=$?
[ -d "$root/exitwalk-$$-0" ] || { echo "it has taken the group of a process that lives"; failed=1; }
rmdir "$root/exitwalk-$$-0" 2>/dev/null
if [ -d "$left" ]; then
	echo "the group is still there"
	failed=1
	echo THAWED >"$left/freezer.state"
	wait $sleeper
	rmdir "$left"
fi
[ $code -eq 0 ] || { echo "frozen-v1: exit code $code"; failed=1; }
exit ${failed:-0}
