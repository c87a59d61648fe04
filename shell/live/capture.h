/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The packets of one TCP connection of a network namespace, as they come: each once, stamped by the
 * kernel, in the words of tcpdump and, where that is wanted, in a pcap file.
 *
 * A handle of libpcap cannot be given from one namespace to another, but a descriptor can, by which a
 * plain user's namespace is watched from outside. So the packet socket is the caller's to open;
 * libpcap makes its filter, which runs in the kernel, and writes the file. All interfaces are watched.
 * What passes several of them (a bridge and its port) is one packet, and so is what leaves and arrives
 * by loopback.
 */
#ifndef EW_LIVE_CAPTURE_H
#define EW_LIVE_CAPTURE_H

/* Two ends; an IPv4 address that is mapped into IPv6 is to be given as IPv4. */
struct ew_live_ends {
	int family; /* AF_INET, AF_INET6 */
	uint8_t address[2][16];
	uint16_t port[2]; /* host order */
};

struct ew_live_captured {
	int64_t time; /* CLOCK_REALTIME, nanoseconds */
	int side;     /* which of the ends sent it */
	unsigned flags;
	uint32_t seq, ack, length, window; /* numbers relative, as the line has them */
	int interface;
	const char *line; /* as `tcpdump -n` prints it, without the time */
};
/* Returns whether more are wanted after this one. */
typedef bool (*ew_live_captured_fn)(const struct ew_live_captured *p, void *data);

struct ew_live_capture;
/* `fd` is an AF_PACKET socket of the kind SOCK_DGRAM and of protocol 0; it is taken over, whatever
 * comes of it. Packets from now on are caught. */
struct ew_live_capture *ew_live_capture_new(int fd, const struct ew_live_ends *ends, GError **error);
/* Writes what is read from now on into a file, as bare IP packets. */
bool ew_live_capture_keep(struct ew_live_capture *c, const char *path, GError **error);
int ew_live_capture_fd(const struct ew_live_capture *c);

/* Reads what has come, in the order of the kernel, and does not wait. What was read is in the file when
 * it returns. */
bool ew_live_capture_read(struct ew_live_capture *c, ew_live_captured_fn fn, void *data, GError **error);

/* The states that the end `side` must have gone through between two looks, by the packets that were
 * read: times and states, at most EW_LIVE_CAPTURE_PASSED. It was `before` at `since` and is `after`
 * at `until`. Returns how many. */
#define EW_LIVE_CAPTURE_PASSED 6
struct ew_live_passed {
	int64_t time;
	enum ew_live_state state;
};
int ew_live_capture_passed(const struct ew_live_capture *c, int side, enum ew_live_state before,
			   enum ew_live_state after, int64_t since, int64_t until,
			   struct ew_live_passed passed[EW_LIVE_CAPTURE_PASSED]);

/* Packets that the kernel threw away because they came faster than they were read. */
unsigned ew_live_capture_lost(struct ew_live_capture *c);
/* An interface's name in the namespace that is watched. */
bool ew_live_capture_interface(const struct ew_live_capture *c, int interface, char *name, size_t size);
/* Ends it, and the file. False if that could not be written. NULL is allowed. */
bool ew_live_capture_free(struct ew_live_capture *c, GError **error);

#endif
