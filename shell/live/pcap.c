/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Files of frames, written and read with libpcap, so that whatever reads its files reads ours. */
#include "live/frame.h"

#include <errno.h>
#include <pcap.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define SNAPLEN 262144
#define SECOND	INT64_C(1000000000)

struct live_pcap {
	pcap_t *pcap;
	pcap_dumper_t *dumper;
};

static struct live_pcap *open_pcap(int fd, int link, GError **error)
{
	struct live_pcap *p = g_new0(struct live_pcap, 1);
	FILE *file = fdopen(fd, "w");

	p->pcap = pcap_open_dead_with_tstamp_precision(link, SNAPLEN,
						       PCAP_TSTAMP_PRECISION_NANO);
	if (p->pcap && file)
		p->dumper = pcap_dump_fopen(p->pcap, file);
	if (p->dumper)
		return p;
	g_set_error(error, EW_ERROR, EW_ERROR_NOT_POSSIBLE, "cannot keep the packets: %s",
		    p->pcap && file ? pcap_geterr(p->pcap) : g_strerror(errno));
	if (file)
		fclose(file);
	else
		close(fd);
	live_pcap_end(p, NULL);
	return NULL;
}

struct live_pcap *live_pcap_new(int fd, GError **error)
{
	return open_pcap(fd, DLT_EN10MB, error);
}

struct live_pcap *live_pcap_new_ip(int fd, GError **error)
{
	return open_pcap(fd, DLT_RAW, error);
}

void live_pcap_add(struct live_pcap *p, int64_t time, const uint8_t *bytes, uint32_t captured,
		   uint32_t length)
{
	/* what is called tv_usec are nanoseconds in a file of this precision */
	struct pcap_pkthdr h = {.ts = {time / SECOND, time % SECOND},
				.caplen = captured,
				.len = length};

	pcap_dump((u_char *)p->dumper, &h, bytes);
}

bool live_pcap_flush(struct live_pcap *p, GError **error)
{
	if (pcap_dump_flush(p->dumper) == 0 && !ferror(pcap_dump_file(p->dumper)))
		return true;
	g_set_error(error, EW_ERROR, EW_ERROR_NOT_POSSIBLE, "cannot keep the packets: %s",
		    g_strerror(errno));
	return false;
}

bool live_pcap_end(struct live_pcap *p, GError **error)
{
	bool is_good = true;

	if (!p)
		return true;
	if (p->dumper) {
		is_good = live_pcap_flush(p, error);
		pcap_dump_close(p->dumper);
	}
	if (p->pcap)
		pcap_close(p->pcap);
	g_free(p);
	return is_good;
}

static bool read_all(pcap_t *pcap, live_frame_fn fn, void *data)
{
	struct pcap_pkthdr *h;
	const u_char *bytes;
	int result;

	while ((result = pcap_next_ex(pcap, &h, &bytes)) == 1)
		fn(h->ts.tv_sec * SECOND + h->ts.tv_usec, bytes, h->caplen, h->len, data);
	return result == PCAP_ERROR_BREAK;
}

bool live_pcap_each(int fd, live_frame_fn fn, void *data, GError **error)
{
	char buffer[PCAP_ERRBUF_SIZE] = "";
	int copy = lseek(fd, 0, SEEK_SET) == 0 ? dup(fd) : -1;
	FILE *file = copy >= 0 ? fdopen(copy, "r") : NULL;
	pcap_t *pcap = NULL;
	bool is_good = false;

	if (file)
		pcap = pcap_fopen_offline_with_tstamp_precision(file, PCAP_TSTAMP_PRECISION_NANO,
								buffer);
	if (pcap)
		is_good = read_all(pcap, fn, data);
	if (!is_good)
		g_set_error(error, EW_ERROR, EW_ERROR_NOT_POSSIBLE,
			    "the packets that were kept cannot be read: %s",
			    pcap ? pcap_geterr(pcap) : file ? buffer : g_strerror(errno));
	if (pcap)
		pcap_close(pcap); /* and the file */
	else if (file)
		fclose(file);
	else if (copy >= 0)
		close(copy);
	return is_good;
}
