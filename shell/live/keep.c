/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Frames that were kept, chosen and written. */
#include "live/keep.h"

#include "live/frame.h"
#include "live/internal.h"
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define TEXT_HEAD "# milliseconds after the kill, and the packet as tcpdump prints it\n"

int ew_live_frames_new(GError **error)
{
	int fd = memfd_create("exitwalk-frames", MFD_CLOEXEC);

	if (fd < 0)
		g_set_error(error, EW_ERROR, EW_ERROR_NOT_POSSIBLE, "cannot keep the packets: %s",
			    g_strerror(errno));
	return fd;
}

/* ---- choosing -------------------------------------------------------------------------------- */

/* Both ports of a connection, by any packet of it. */
static bool find_ports(const struct ew_live_result *r, int connection, uint16_t ports[2])
{
	for (guint i = 0; i < r->events->len; i++) {
		const struct ew_live_event *e = &g_array_index(r->events, struct ew_live_event, i);

		if (e->kind == EW_LIVE_EVENT_PACKET && e->connection == connection) {
			ports[0] = e->port;
			ports[1] = e->peer_port;
			return true;
		}
	}
	return false;
}

bool ew_live_frames_check(const struct ew_live_result *r, int connection, GError **error)
{
	uint16_t ports[2];

	if (!connection || find_ports(r, connection, ports))
		return true;
	g_set_error(error, EW_ERROR, EW_ERROR_NO_ANSWER,
		    "the run has no packet of a connection %d; connections are numbered from 1 in the "
		    "order of connect, and without --connection all packets are written",
		    connection);
	return false;
}

struct choice {
	int connection;
	uint16_t ports[2];
	int64_t zero; /* CLOCK_REALTIME of the kill */
	struct live_lines *lines;
	ew_live_line_fn fn;
	void *data;
	struct live_pcap *pcap;
	bool is_over;
};

static bool is_chosen(const struct choice *c, const uint8_t *bytes, uint32_t captured)
{
	struct live_frame f;

	if (!c->connection)
		return true;
	if (!live_frame_read(bytes, captured, &f) || f.protocol != IPPROTO_TCP)
		return false;
	return (f.port == c->ports[0] && f.peer_port == c->ports[1]) ||
	       (f.port == c->ports[1] && f.peer_port == c->ports[0]);
}

static void take_frame(int64_t time, const uint8_t *bytes, uint32_t captured, uint32_t length,
		       void *data)
{
	struct choice *c = data;

	if (c->is_over || !is_chosen(c, bytes, captured))
		return;
	if (c->pcap)
		live_pcap_add(c->pcap, time, bytes, captured, length);
	if (!c->fn)
		return;
	g_autofree char *line = live_lines_next(c->lines, bytes, captured);
	c->is_over = !c->fn(c->zero ? time - c->zero : 0, line, c->data);
}

static struct choice make_choice(const struct ew_live_result *r, int connection)
{
	struct choice c = {.connection = connection};

	if (connection)
		find_ports(r, connection, c.ports);
	for (guint i = 0; i < r->events->len && !c.zero; i++) {
		const struct ew_live_event *e = &g_array_index(r->events, struct ew_live_event, i);

		if (e->kind == EW_LIVE_EVENT_STAGE)
			c.zero = e->clock;
	}
	return c;
}

/* ---- writing --------------------------------------------------------------------------------- */

bool ew_live_frames_lines(int frames, const struct ew_live_result *r, int connection,
			  ew_live_line_fn fn, void *data, GError **error)
{
	struct choice c = make_choice(r, connection);

	if (!ew_live_frames_check(r, connection, error))
		return false;
	c.fn = fn;
	c.data = data;
	c.lines = live_lines_new();
	bool is_good = live_pcap_each(frames, take_frame, &c, error);
	live_lines_free(c.lines);
	return is_good;
}

static int open_file(const char *path, GError **error)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);

	if (fd < 0)
		g_set_error(error, EW_ERROR, EW_ERROR_NOT_POSSIBLE,
			    "cannot write the packets to %s: %s", path, g_strerror(errno));
	return fd;
}

bool ew_live_frames_pcap(int frames, const struct ew_live_result *r, int connection,
			 const char *path, GError **error)
{
	struct choice c = make_choice(r, connection);

	if (!ew_live_frames_check(r, connection, error))
		return false;
	int fd = open_file(path, error);
	c.pcap = fd >= 0 ? live_pcap_new(fd, error) : NULL;
	if (!c.pcap)
		return false;
	bool is_good = live_pcap_each(frames, take_frame, &c, error);
	return live_pcap_end(c.pcap, is_good ? error : NULL) && is_good;
}

/* "x.pcap" and "x.cap" have "x.txt", anything else has ".txt" behind it. */
static char *text_path(const char *path)
{
	const char *dot = strrchr(path, '.');
	bool is_known = dot && (!strcmp(dot, ".pcap") || !strcmp(dot, ".cap"));

	return g_strdup_printf("%.*s.txt", (int)(is_known ? dot - path : (ptrdiff_t)strlen(path)),
			       path);
}

bool ew_live_frames_can_write(const char *path, GError **error)
{
	/* with times in nanoseconds, in our order of bytes, as pcap.c writes them */
	static const uint32_t head = 0xa1b23c4d;
	g_autofree char *beside = text_path(path);

	if (!live_may_replace(path, (const char *)&head, sizeof(head), "a file of packets that exitwalk wrote",
			      error) ||
	    !live_may_replace(beside, TEXT_HEAD, strlen(TEXT_HEAD), "the text of packets, which is kept beside them",
			      error))
		return false;
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0666);

	if (fd >= 0)
		close(fd);
	else
		g_set_error(error, EW_ERROR, EW_ERROR_NOT_POSSIBLE,
			    "cannot write the packets to %s: %s", path, g_strerror(errno));
	return fd >= 0;
}

static bool add_line(int64_t time, const char *line, void *data)
{
	g_string_append_printf(data, "%12.3f  %s\n", (double)time / 1e6, line);
	return true;
}

bool ew_live_frames_write(int frames, const struct ew_live_result *r, int connection,
			  const char *path, const char *remark, GError **error)
{
	g_autoptr(GString) s = g_string_new(TEXT_HEAD);
	g_autofree char *beside = text_path(path);

	if (remark)
		g_string_append_printf(s, "# %s\n", remark);
	if (!ew_live_frames_pcap(frames, r, connection, path, error) ||
	    !ew_live_frames_lines(frames, r, connection, add_line, s, error))
		return false;
	if (live_save(beside, TEXT_HEAD, "the text of packets", s, error))
		return true;
	g_prefix_error(error, "the packets are in %s, but: ", path);
	return false;
}
