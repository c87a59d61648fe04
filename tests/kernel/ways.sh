#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Ways other than the shortest, what stands on them, and the shortest in two releases: what a reader of the sources
# finds. Places are compared only in the versions that were read.
# usage: ways.sh EXITWALK DIRECTORY RELEASE (avoid|all|queued|marks|bound|raised|diff|handed|diff)
exitwalk=${1:?} directory=${2:?} release=${3:?} what=${4:?}
here=$(dirname "$0")
scope=${EW_KERNEL_SCOPE:-core}
index=$directory/$release-$scope.sqlite
[ -f "$index" ] || { echo "skipped: no index of $release was made"; exit 77; }
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT

# The answer on one line, without the rail.
ask() {
	"$exitwalk" --index "$index" --color never "$@" >"$work/answer" || {
		echo "$* fails"
		return 1
	}
	sed 's/[│┆]//g' "$work/answer" | tr -s '\n ' '  ' >"$work/line"
}

expect() {
	grep -qE -e "$1" "$work/line" || {
		echo "this is not there: $1"
		cat "$work/answer"
		return 1
	}
}

expect_not() {
	! grep -qE -e "$1" "$work/line" || {
		echo "this is there, and should not be: $1"
		cat "$work/answer"
		return 1
	}
}

# fs/file_table.c: fput's decrement and schedule_delayed_work(); fs/file.c: put_files_struct's decrement.
read_version=$(sed -n '1s/.*linux-source-[0-9.]* \([0-9.]*[0-9]\)\. .*/\1/p' "$here/walk-$release.tsv")
version=$(dpkg-query -W -f '${Version}' "linux-source-$release" | sed 's/-.*//')
case $release-$version in
6.1-$read_version) fput=371 delayed=386 put=434 ;;
6.12-$read_version) fput=519 delayed=538 put=439 ;;
*) echo "read was $read_version, the index is of $version: lines are not compared"
	fput='[0-9]+' delayed='[0-9]+' put='[0-9]+' ;;
esac

# Without task work, a worker does it: delayed_fput, which fput queues where task_work_add() fails or may not be used.
check_avoid() {
	ask path do_exit tcp_close --as tcp4 --avoid task_work_run || return 1
	awk -v names="do_exit fput schedule_delayed_work delayed_fput_work process_one_work delayed_fput __fput \
sock_close __sock_release inet_release tcp_close" -f "$here/../in-order.awk" "$work/answer" || {
		cat "$work/answer"
		return 1
	}
	expect "queues it with schedule_delayed_work at fs/file_table\.c:$delayed, carried by delayed_fput_work" &&
		expect "run later \(workqueue: [^)]*\) by process_one_work " &&
		expect_not '(^| )____fput ' && expect_not '(^| )exit_task_work '
}

# The files are one way to the socket, whoever runs the work then.
check_all() {
	ask path do_exit tcp_close --all || return 1
	expect 'do_exit → exit_task_work → task_work_run ┄▶ ____fput → __fput → sock_close → __sock_release → inet_release → tcp_close' &&
		expect 'do_exit → exit_files → put_files_struct → close_files → filp_close → fput ┄▶ (____|delayed_)fput → __fput → sock_close → __sock_release → inet_release → tcp_close'
}

# The way is by what is queued, though a much longer one of calls alone is there (through panic() and its notifiers).
check_queued() {
	ask path filp_close tcp_close --as tcp4 || return 1
	expect ": 7 hops " || return 1
	awk -v names="filp_close fput task_work_add ____fput __fput sock_close __sock_release \
inet_release tcp_close" -f "$here/../in-order.awk" "$work/answer" || {
		cat "$work/answer"
		return 1
	}
	ask path dst_release dst_destroy || return 1
	expect ': 2 hops .* queues it with call_rcu(_hurry)? at net/core/dst\.c:[0-9]+, carried by .* dst_destroy_rcu '
}

# Last references; who may not be a kernel thread; where the end of the walk may sleep.
check_marks() {
	ask path do_exit tcp_close --as tcp4 --long || return 1
	expect "gate: only the last reference \(file\.f_count: atomic_long_dec_and_test at fs/file_table\.c:$fput\)" &&
		expect "gate before close_files: only the last reference \(files_struct\.count: atomic_dec_and_test at fs/file\.c:$put\)" &&
		expect '[ (]PF_KTHREAD' &&
		expect 'inet_release net/ipv4/af_inet\.c calls through proto\.close .* may sleep: [^:]*lock_sock_nested at .* tcp_close net/ipv4/tcp\.c' ||
		return 1
	# set aside by repair, or by SO_LINGER with no time: two calls, each with its conditions
	ask path __tcp_close tcp_disconnect --as tcp4 --long || return 1
	expect 'if unlikely\(tcp_sk\(sk\)->repair\) .* also at .* if !\(data_was_unread\) .* if sock_flag\(sk, SOCK_LINGER\) && !sk->sk_lingertime ' ||
		return 1
	ask path exit_files close_files || return 1
	expect "gate: only the last reference \(files_struct\.count: atomic_dec_and_test at fs/file\.c:$put\)"
}

# Between the two, struct file's member for task work became one of its own; nothing else on the way has changed.
check_diff() {
	other=$directory/6.12-$scope.sqlite
	[ -f "$other" ] || { echo "skipped: no index of 6.12 was made"; exit 77; }
	ask diff "$index" "$other" --path do_exit tcp_close --as tcp4 || return 1
	expect '12 the same, 1 changed\. ' &&
		expect '~ changed: task_work_run ┄▶ ____fput .*the object: file\.f_rcuhead before, now file\.f_task_work ____fput → ' ||
		return 1
	for hop in 'do_exit → exit_files' 'put_files_struct → close_files' 'filp_close → fput' \
		'__sock_release → inet_release' 'inet_release → tcp_close'; do
		expect "$hop " || return 1
	done
}

# __tcp_transmit_skb calls what icsk_af_ops holds by INDIRECT_CALL_INET: as tcp4 only what ipv4_specific holds.
check_bound() {
	ask path __tcp_transmit_skb tcp_v4_send_check --as tcp4 || return 1
	expect 'ipv4_specific stores tcp_v4_send_check there at net/ipv4/tcp_ipv4\.c:[0-9]+, chosen from 2 by tcp4' || return 1
	ask why-not __tcp_transmit_skb tcp_v6_send_check --as tcp4 || return 1
	expect 'is made only where __f2 of __tcp_transmit_skb is tcp_v6_send_check it is tcp_v4_send_check under tcp4' &&
		expect 'store ipv4_specific\.send_check = tcp_v4_send_check net/ipv4/tcp_ipv4\.c:' || return 1
	ask callees __tcp_transmit_skb --as tcp4 || return 1
	expect ' ip_queue_xmit ' && expect_not '(inet6_csk_xmit|tcp_v6_send_check)' || return 1
	for how in "" --all "--avoid tcp_rcv_established"; do
		# shellcheck disable=SC2086
		"$exitwalk" --index "$index" path __tcp_transmit_skb tcp_v6_send_check --as tcp4 $how \
			>"$work/answer" 2>&1
		[ $? -eq 1 ] || {
			echo "a way from __tcp_transmit_skb to tcp_v6_send_check as tcp4 $how:"
			cat "$work/answer"
			return 1
		}
	done
	ask callers tcp_v4_send_check --as tcp4 || return 1
	expect ' __tcp_transmit_skb '
}

# What a function calls that it is handed, the caller on the way hands over; what sk_reset_timer() queues, its callers give.
check_handed() {
	ask path ip_rcv ip_local_deliver_finish || return 1
	expect ": 6 hops " || return 1
	awk -v names="ip_rcv NF_HOOK ip_rcv_finish dst_input ip_local_deliver NF_HOOK ip_local_deliver_finish" \
		-f "$here/../in-order.awk" "$work/answer" || {
		cat "$work/answer"
		return 1
	}
	ask path tcp_sendmsg dev_queue_xmit || return 1
	expect_not "arp_xmit_finish" || return 1
	for timer in icsk_retransmit_timer:tcp_write_timer '(sk_timer|icsk_keepalive_timer):tcp_keepalive_timer'; do
		ask path sk_reset_timer "${timer#*:}" || return 1
		expect ": 1 hop " || return 1
		expect "queues it where [a-z_]+ gives it [a-z_]*sock\.${timer%:*} at [a-z0-9/_]+\.[ch]:[0-9]+ .*run later \(timer: " ||
			return 1
	done
	# does nothing but what mod_timer() does before it
	"$exitwalk" --index "$index" path detach_if_pending tcp_write_timer >"$work/answer" 2>&1
	[ $? -eq 1 ] || {
		cat "$work/answer"
		return 1
	}
	"$exitwalk" --index "$index" path sk_reset_timer inet_gifconf >"$work/answer" 2>&1
	[ $? -eq 1 ] && grep -q "what sk_reset_timer is given and queues is one of .*tcp_write_timer" "$work/answer" || {
		cat "$work/answer"
		return 1
	}
}

# Who raises a softirq by its number comes to the action of that number, and to no other.
check_raised() {
	ask path __napi_schedule net_rx_action || return 1
	expect ": 2 hops .*queues it with (__)?raise_softirq_irqoff at net/core/dev\.c:[0-9]+, by NET_RX_SOFTIRQ .*run later \(softirq: " ||
		return 1
	ask path raise_softirq run_timer_softirq || return 1
	expect ": 1 hop .*queues it where run_local_timers gives it TIMER_SOFTIRQ at kernel/time/timer\.c:" || return 1
	ask path __tasklet_schedule tasklet_action || return 1
	expect ": 1 hop .*by TASKLET_SOFTIRQ " || return 1
	# what opens it does not raise it
	"$exitwalk" --index "$index" path net_dev_init net_rx_action >"$work/answer" 2>&1
	! grep -q ": 1 hop" "$work/answer" || {
		cat "$work/answer"
		return 1
	}
}

check_"$what"
