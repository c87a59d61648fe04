/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Reads the ring buffers raw: as text, a guest without hardware help would be at it for hours. The pages
 * are described by events/header_page and header_event, the entry by events/ftrace/function/format.
 */
#include "pairs.h"

#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#define TRACEFS "/trace/"
#define PAGE_SIZE 4096
#define PAGE_HEADER 16
#define TABLE_SIZE (1u << 19)

enum { EVENT_PADDING = 29, EVENT_TIME_EXTEND, EVENT_TIME_STAMP, EVENT_DATA_MAX = 28 };
enum { TRACE_FN = 1 };

/* struct ftrace_entry, after struct trace_entry */
struct entry {
	uint16_t type;
	uint8_t flags, preempt_count;
	int32_t pid;
	uint64_t ip, parent;
};

struct pair {
	uint64_t ip, parent, count;
};

static struct pair table[TABLE_SIZE];
static unsigned int used;
static unsigned long long lost;

bool write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY);
	bool ok = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);

	if (fd >= 0)
		close(fd);
	return ok;
}

bool pairs_begin(unsigned int megabytes)
{
	char kilobytes[32];

	mkdir(TRACEFS, 0755);
	snprintf(kilobytes, sizeof(kilobytes), "%u", megabytes * 1024);
	return mount("tracefs", TRACEFS, "tracefs", 0, NULL) == 0 &&
	       write_file(TRACEFS "tracing_on", "0") && write_file(TRACEFS "buffer_size_kb", kilobytes) &&
	       write_file(TRACEFS "current_tracer", "function");
}

static void count(const struct entry *entry)
{
	uint64_t hash = (entry->ip * 31 + entry->parent) * 0x9e3779b97f4a7c15u;
	unsigned int at = (unsigned int)(hash >> 40) % TABLE_SIZE;

	while (table[at].count && (table[at].ip != entry->ip || table[at].parent != entry->parent))
		at = (at + 1) % TABLE_SIZE;
	if (!table[at].count && ++used > TABLE_SIZE / 2) {
		fprintf(stderr, "guest: more pairs than there is room for\n");
		exit(1);
	}
	table[at].ip = entry->ip;
	table[at].parent = entry->parent;
	table[at].count++;
}

/* One event at @data: how many bytes it takes. */
static size_t read_event(const unsigned char *data, size_t left)
{
	uint32_t head, length;
	const unsigned char *body = data + 4;
	struct entry entry;

	memcpy(&head, data, sizeof(head));
	head &= 31;
	if (head == EVENT_TIME_EXTEND || head == EVENT_TIME_STAMP)
		return 8;
	length = head * 4;
	if (head == 0 || head == EVENT_PADDING) {
		memcpy(&length, body, sizeof(length));
		if (head == EVENT_PADDING)
			return length ? length + 4 : left;
		body += 4;
		length -= 4;
	}
	if (length >= sizeof(entry) && left >= (size_t)(body - data) + sizeof(entry)) {
		memcpy(&entry, body, sizeof(entry));
		if (entry.type == TRACE_FN)
			count(&entry);
	}
	return (size_t)(body - data) + length;
}

static void read_page(const unsigned char *page, size_t size)
{
	uint64_t commit;
	size_t at = PAGE_HEADER, end;

	memcpy(&commit, page + 8, sizeof(commit));
	end = PAGE_HEADER + (commit & 0xfffff);
	if (end > size)
		end = size;
	while (at + 4 <= end)
		at += read_event(page + at, end - at);
}

static void read_lost(int cpu)
{
	char path[64], line[128];
	unsigned long long n;
	FILE *f;

	snprintf(path, sizeof(path), TRACEFS "per_cpu/cpu%d/stats", cpu);
	f = fopen(path, "r");
	while (f && fgets(line, sizeof(line), f)) {
		if (sscanf(line, "overrun: %llu", &n) == 1 || sscanf(line, "dropped events: %llu", &n) == 1)
			lost += n;
	}
	if (f)
		fclose(f);
}

void pairs_on(void)
{
	write_file(TRACEFS "tracing_on", "1");
}

void pairs_off(void)
{
	static unsigned char page[PAGE_SIZE];
	char path[64];
	ssize_t size;

	write_file(TRACEFS "tracing_on", "0");
	for (int cpu = 0; cpu < sysconf(_SC_NPROCESSORS_CONF); cpu++) {
		int fd;

		read_lost(cpu);
		snprintf(path, sizeof(path), TRACEFS "per_cpu/cpu%d/trace_pipe_raw", cpu);
		fd = open(path, O_RDONLY | O_NONBLOCK);
		while (fd >= 0 && (size = read(fd, page, sizeof(page))) > PAGE_HEADER)
			read_page(page, (size_t)size);
		if (fd >= 0)
			close(fd);
	}
	close(open(TRACEFS "trace", O_WRONLY | O_TRUNC)); /* and begin counting anew */
}

void pairs_write(FILE *out)
{
	for (unsigned int i = 0; i < TABLE_SIZE; i++) {
		if (table[i].count)
			fprintf(out, "pair %llx %llx %llu\n", (unsigned long long)table[i].ip,
				(unsigned long long)table[i].parent, (unsigned long long)table[i].count);
	}
	fprintf(out, "lost %llu\n", lost);
}
