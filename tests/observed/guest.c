/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The only program of the guest: process 1 of an initramfs. It makes victims, kills them with SIGKILL
 * while the function tracer is on, and writes what was called from where to the second serial line.
 */
#include <fcntl.h>
#include <net/if.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "pairs.h"
#include "victims.h"

#define MEGABYTES 160 /* of events, a processor */
#define TIME_WAIT_MS 62000

void pause_ms(unsigned int ms)
{
	struct timespec t = { .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000L };

	nanosleep(&t, NULL);
}

static void loopback_up(void)
{
	struct ifreq request = { .ifr_name = "lo" };
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	request.ifr_flags = IFF_UP | IFF_RUNNING;
	if (ioctl(fd, SIOCSIFFLAGS, &request) != 0)
		perror("guest: lo");
	close(fd);
}

/* The victim tells by one byte that it stands where it is to be killed, or dies without. */
static void run(const struct victim *v, const struct variant *variant)
{
	struct stage stage = { .variant = variant, .peer = -1, .listener = -1 };
	char byte = 0;
	pid_t pid;

	if (pipe(stage.ready) != 0 || (v->prepare && !v->prepare(&stage))) {
		printf("guest: %s %s cannot be prepared\n", v->name, variant->name);
		return;
	}
	pid = fork();
	if (pid == 0) {
		v->live(&stage);
		printf("guest: %s %s cannot run here: %m\n", v->name, variant->name);
		_exit(1);
	}
	close(stage.ready[1]);
	if (v->meet)
		v->meet(&stage);
	if (read(stage.ready[0], &byte, 1) == 1)
		pause_ms(v->blocks ? 200 : 20);
	pairs_on();
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	if (v->mourn)
		v->mourn(&stage);
	pause_ms(v->settle_ms ? v->settle_ms : 300);
	pairs_off();
	close(stage.ready[0]);
	stage_clear(&stage);
	printf("guest: %s %s %s\n", v->name, variant->name, byte ? "killed" : "was not there");
}

static void run_all(void)
{
	for (const struct victim *v = victims; v->name; v++) {
		for (const struct variant *variant = variants; variant->name; variant++) {
			if (v->variants & variant->bit)
				run(v, variant);
		}
	}
	/* What waits by the clock: TIME_WAIT and FIN_WAIT2, in a network namespace that goes then, too. */
	pairs_on();
	pause_ms(TIME_WAIT_MS);
	pairs_off();
}

int main(void)
{
	struct utsname name;
	FILE *out;

	mkdir("/proc", 0755);
	mkdir("/dev", 0755);
	mkdir("/tmp", 0755);
	mount("proc", "/proc", "proc", 0, NULL);
	mount("devtmpfs", "/dev", "devtmpfs", 0, NULL);
	mount("tmpfs", "/tmp", "tmpfs", 0, NULL);
	freopen("/dev/console", "w", stdout);
	setvbuf(stdout, NULL, _IOLBF, 0);
	dup2(fileno(stdout), STDERR_FILENO);
	signal(SIGPIPE, SIG_IGN);
	loopback_up();
	write_file("/proc/sys/net/ipv4/tcp_fin_timeout", "2");
	uname(&name);
	if (!pairs_begin(MEGABYTES)) {
		printf("guest: no function tracer: %m\n");
	} else {
		run_all();
		out = fopen("/dev/ttyS1", "w");
		fprintf(out, "kernel %s %s\n", name.release, name.version);
		pairs_write(out);
		fprintf(out, "end\n");
		fclose(out);
	}
	sync();
	reboot(RB_POWER_OFF);
	return 0;
}
