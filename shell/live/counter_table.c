/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Which counter proves which branch. Each row was read in the functions named, in 6.1 and in 6.12:
 * the constant stands in that function in both.
 * Counters of ordinary traffic (octets, fast-path hits) prove nothing and are not here.
 */
#include "live/counter.h"

#include <string.h>

static const struct ew_live_counter table[] = {
	/* closing by a reset */
	{"TCPAbortOnClose", "__tcp_close", "LINUX_MIB_TCPABORTONCLOSE",
	 "data that the application had not read lay in the receive queue"},
	{"TCPAbortOnData", "__tcp_close", "LINUX_MIB_TCPABORTONDATA",
	 "SO_LINGER was on with a time of zero"},
	{"TCPAbortOnData", "tcp_rcv_state_process", "LINUX_MIB_TCPABORTONDATA",
	 "data arrived for a socket that nobody can read any more", .nth = 3, .of = 3,
	 .where = "RCV_SHUTDOWN"},
	{"TCPAbortOnData", "tcp_rcv_state_process", "LINUX_MIB_TCPABORTONDATA",
	 "an orphan's FIN was acknowledged, and its TCP_LINGER2 was negative", .nth = 1, .of = 3,
	 .where = "linger2"},
	{"TCPAbortOnData", "tcp_rcv_state_process", "LINUX_MIB_TCPABORTONDATA",
	 "the segment that acknowledged an orphan's FIN brought data that it had not got", .nth = 2,
	 .of = 3, .where = "end_seq"},
	{"TCPAbortOnLinger", "__tcp_close", "LINUX_MIB_TCPABORTONLINGER",
	 "the socket was in FIN_WAIT2 and TCP_LINGER2 was negative"},
	{"TCPAbortOnMemory", "__tcp_close", "LINUX_MIB_TCPABORTONMEMORY",
	 "there were too many orphans, or TCP had used up its memory"},
	{"TCPAbortOnMemory", "tcp_out_of_resources", "LINUX_MIB_TCPABORTONMEMORY",
	 "a timer of an orphan ran out while there were too many orphans"},
	{"TCPAbortOnTimeout", "tcp_write_err", "LINUX_MIB_TCPABORTONTIMEOUT",
	 "retransmissions, probes or keepalives went unanswered for too long: the connection was given "
	 "up"},
	{"TCPAbortFailed", "tcp_send_active_reset", "LINUX_MIB_TCPABORTFAILED",
	 "the RST could not be sent: no memory, or no way out of this host"},
	{"OutRsts", "tcp_send_active_reset", "TCP_MIB_OUTRSTS",
	 "a socket was closed by a RST"},
	{"OutRsts", "tcp_v4_send_reset", "TCP_MIB_OUTRSTS",
	 "a packet came for which there is no socket, or which its socket does not accept", .family = 4},
	{"OutRsts", "tcp_v6_send_response", "TCP_MIB_OUTRSTS",
	 "a packet came for which there is no socket, or which its socket does not accept", .family = 6},
	{"EstabResets", "tcp_set_state", "TCP_MIB_ESTABRESETS",
	 "a socket went from ESTABLISHED or CLOSE_WAIT to CLOSE directly"},
	/* after the close */
	{"TW", "__inet_twsk_schedule", "LINUX_MIB_TIMEWAITED",
	 "a timewait socket was set up for more than four seconds: it stands for FIN_WAIT2 or "
	 "TIME_WAIT"},
	{"TWKilled", "__inet_twsk_schedule", "LINUX_MIB_TIMEWAITKILLED",
	 "a timewait socket was set up for four seconds or less"},
	{"TWRecycled", "__inet_check_established", "LINUX_MIB_TIMEWAITRECYCLED",
	 "connect() took over the port of a timewait socket"},
	{"TCPTimeWaitOverflow", "tcp_time_wait", "LINUX_MIB_TCPTIMEWAITOVERFLOW",
	 "no timewait socket could be had (tcp_max_tw_buckets, or memory): the connection ended at "
	 "once"},
	{"TCPACKSkippedTimeWait", "tcp_timewait_state_process", "LINUX_MIB_TCPACKSKIPPEDTIMEWAIT",
	 "TIME_WAIT would have acknowledged a packet out of its window, but did so a moment ago"},
	{"TCPACKSkippedFinWait2", "tcp_timewait_state_process", "LINUX_MIB_TCPACKSKIPPEDFINWAIT2",
	 "an orphan's FIN_WAIT2 would have acknowledged a packet out of its window, but did so a moment "
	 "ago"},
	/* sending again */
	{"TCPTimeouts", "tcp_retransmit_timer", "LINUX_MIB_TCPTIMEOUTS",
	 "the retransmission timer ran out"},
	{"TCPTimeouts", "tcp_syn_ack_timeout", "LINUX_MIB_TCPTIMEOUTS",
	 "a SYN,ACK went unanswered"},
	{"TCPLossProbes", "tcp_send_loss_probe", "LINUX_MIB_TCPLOSSPROBES",
	 "the last segment was sent again early, as a probe for its loss"},
	{"RetransSegs", "__tcp_retransmit_skb", "TCP_MIB_RETRANSSEGS", "a segment was sent again"},
	{"RetransSegs", "tcp_rtx_synack", "TCP_MIB_RETRANSSEGS", "a SYN,ACK was sent again"},
	{"TCPSynRetrans", "__tcp_retransmit_skb", "LINUX_MIB_TCPSYNRETRANS", "a SYN was sent again"},
	{"TCPSynRetrans", "tcp_rtx_synack", "LINUX_MIB_TCPSYNRETRANS", "a SYN,ACK was sent again"},
	{"TCPWinProbe", "tcp_send_probe0", "LINUX_MIB_TCPWINPROBE",
	 "the peer's window was zero, and the persist timer ran out"},
	{"TCPWinProbe", "tcp_send_window_probe", "LINUX_MIB_TCPWINPROBE",
	 "TCP_REPAIR was taken off an established socket"},
	{"TCPKeepAlive", "tcp_keepalive_timer", "LINUX_MIB_TCPKEEPALIVE",
	 "nothing had been heard for the keepalive time"},
	{"TCPToZeroWindowAdv", "tcp_select_window", "LINUX_MIB_TCPTOZEROWINDOWADV",
	 "the receiver closed its window: its buffer is full"},
	{"TCPZeroWindowDrop", "tcp_data_queue", "LINUX_MIB_TCPZEROWINDOWDROP",
	 "data came for which there was no window"},
	{"TCPRcvQDrop", "tcp_data_queue", "LINUX_MIB_TCPRCVQDROP",
	 "data came in order, but the receive buffer had no room for it"},
	/* challenges: RFC 5961 */
	{"TCPChallengeACK", "tcp_send_challenge_ack", "LINUX_MIB_TCPCHALLENGEACK",
	 "a SYN or RST was answered by an ACK that asks whether it was meant"},
	{"TCPChallengeACK", "tcp_reqsk_send_challenge_ack", "LINUX_MIB_TCPCHALLENGEACK",
	 "a RST for an embryonic connection was answered by an ACK that asks whether it was meant"},
	{"TCPSYNChallenge", "tcp_validate_incoming", "LINUX_MIB_TCPSYNCHALLENGE",
	 "a SYN came for a connection that is synchronized"},
	{"TCPACKSkippedChallenge", "tcp_send_challenge_ack", "LINUX_MIB_TCPACKSKIPPEDCHALLENGE",
	 "a challenge ACK was due, but one was sent a moment ago"},
	/* opening */
	{"ActiveOpens", "tcp_connect", "TCP_MIB_ACTIVEOPENS", "connect() sent a SYN"},
	{"PassiveOpens", "tcp_create_openreq_child", "TCP_MIB_PASSIVEOPENS",
	 "a listener's request became a socket"},
	{"AttemptFails", "tcp_done", "TCP_MIB_ATTEMPTFAILS",
	 "a connection ended in SYN_SENT or SYN_RECV"},
	{"AttemptFails", "tcp_check_req", "TCP_MIB_ATTEMPTFAILS",
	 "a RST or SYN came for a connection that was not yet open"},
	{"EmbryonicRsts", "tcp_check_req", "LINUX_MIB_EMBRYONICRSTS",
	 "a connection that was not yet open was reset"},
	{"TCPDeferAcceptDrop", "tcp_check_req", "LINUX_MIB_TCPDEFERACCEPTDROP",
	 "TCP_DEFER_ACCEPT threw away the handshake's bare ACK: it waits for data"},
	{"ListenOverflows", "tcp_conn_request", "LINUX_MIB_LISTENOVERFLOWS",
	 "a SYN came while the accept queue was full"},
	{"ListenOverflows", "tcp_v4_syn_recv_sock", "LINUX_MIB_LISTENOVERFLOWS",
	 "the handshake's last ACK came while the accept queue was full", .family = 4},
	{"ListenOverflows", "tcp_v6_syn_recv_sock", "LINUX_MIB_LISTENOVERFLOWS",
	 "the handshake's last ACK came while the accept queue was full", .family = 6},
	{"ListenDrops", "tcp_listendrop", "LINUX_MIB_LISTENDROPS",
	 "a listener dropped a SYN or a finished handshake"},
	{"TCPMigrateReqSuccess", "inet_csk_listen_stop", "LINUX_MIB_TCPMIGRATEREQSUCCESS",
	 "a closed listener's unaccepted connection went to another listener of its group"},
	{"TCPMigrateReqSuccess", "inet_csk_complete_hashdance", "LINUX_MIB_TCPMIGRATEREQSUCCESS",
	 "a handshake that ended after its listener went to another listener of its group"},
	{"TCPMigrateReqFailure", "inet_csk_listen_stop", "LINUX_MIB_TCPMIGRATEREQFAILURE",
	 "a closed listener's unaccepted connection found no room at another listener of its group"},
	{"TCPFastOpenPassive", "tcp_try_fastopen", "LINUX_MIB_TCPFASTOPENPASSIVE",
	 "a SYN with a valid cookie opened a socket before the handshake had ended"},
	{"TCPFastOpenActive", "tcp_rcv_fastopen_synack", "LINUX_MIB_TCPFASTOPENACTIVE",
	 "the SYN,ACK acknowledged data that went with the SYN"},
};

bool ew_live_counter_serves(const struct ew_live_counter *row, bool is_ipv6)
{
	return !row->family || row->family == (is_ipv6 ? 6 : 4);
}

const struct ew_live_counter *ew_live_counter_next(const char *name,
						   const struct ew_live_counter *after)
{
	const struct ew_live_counter *row = after ? after + 1 : table;

	for (; row < table + G_N_ELEMENTS(table); row++)
		if (!name || !strcmp(name, row->name))
			return row;
	return NULL;
}
