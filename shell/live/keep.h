/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The frames of a run, kept: as a pcap file that Wireshark and tcpdump read, and in tcpdump's words
 * with the timeline's times.
 */
#ifndef EW_LIVE_KEEP_H
#define EW_LIVE_KEEP_H

#include "live/live.h"

/* A file without a name for struct ew_live_options' `frames`; -1 with an error. */
int ew_live_frames_new(GError **error);

/* The same of a run that was recorded, with the frames in it, as far as a timeline has them; what is in
 * them is told by ew_live_rebuilt. A run without the time of its kill gets one. */
int ew_live_frames_rebuild(const struct ew_live_experiment *x, struct ew_live_result *r, GError **error);
extern const char ew_live_rebuilt[];

/* Whether the file can be written, before anything is run; it may be made for it. */
bool ew_live_frames_can_write(const char *path, GError **error);

/* Which frames: those of one connection, or, with 0, all, of whatever protocol. Fails with
 * EW_ERROR_NO_ANSWER for a connection that the run did not have. */
bool ew_live_frames_check(const struct ew_live_result *r, int connection, GError **error);

typedef bool (*ew_live_line_fn)(int64_t time, const char *line, void *data);
/* Calls `fn` for each frame: time in nanoseconds after the kill, and the line that tcpdump would
 * print. It may end this by returning false. */
bool ew_live_frames_lines(int frames, const struct ew_live_result *r, int connection,
			  ew_live_line_fn fn, void *data, GError **error);
/* Writes the pcap file. */
bool ew_live_frames_pcap(int frames, const struct ew_live_result *r, int connection,
			 const char *path, GError **error);
/* The same, and the lines into a file beside it: "x.pcap" and "x.txt", where `remark` (or NULL) stands at
 * the top. */
bool ew_live_frames_write(int frames, const struct ew_live_result *r, int connection,
			  const char *path, const char *remark, GError **error);

#endif
