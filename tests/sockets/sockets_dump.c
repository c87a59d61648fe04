/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * dump connection on connections of the test's own: sockets_dump TEST EXITWALK. As sockets_look.c. What is told
 * is what was done here, and what tcpdump reads from the file.
 */
#include "stage.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/securebits.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define WORDS_MOST 24

static const char *program;

#define expect(code, err_says, ...) stage_expect(program, code, NULL, err_says, __VA_ARGS__)
static char *directory;

/* ---- the program, while it runs -------------------------------------------------------------- */

struct dump {
	pid_t pid;
	FILE *out;
	GString *text; /* all that it has said */
};

/* `words` are its arguments, with spaces between. */
static struct dump start(const char *words)
{
	struct dump d = {.text = g_string_new(NULL)};
	g_auto(GStrv) parts = g_strsplit(words, " ", -1);
	const char *argv[WORDS_MOST] = {program, "dump", "connection"};
	int channel[2];

	CHECK(g_strv_length(parts) < WORDS_MOST - 4 && pipe2(channel, O_CLOEXEC) == 0);
	memcpy(argv + 3, parts, g_strv_length(parts) * sizeof(*parts));
	d.pid = stage_fork();
	if (d.pid == 0) {
		dup2(channel[1], 1);
		execv(program, (char *const *)argv);
		_exit(127);
	}
	close(channel[1]);
	d.out = fdopen(channel[0], "r");
	CHECK(d.out);
	return d;
}

/* Reads on until a line says it. */
static void await_line(struct dump *d, const char *says)
{
	char line[65536];

	while (fgets(line, sizeof(line), d->out)) {
		g_string_append(d->text, line);
		if (strstr(line, says))
			return;
	}
	CHECK(false, "it never says %s:\n%s", says, d->text->str);
}

/* Reads the rest; the wait status. */
static int end(struct dump *d)
{
	char line[65536];
	int status;

	while (fgets(line, sizeof(line), d->out))
		g_string_append(d->text, line);
	fclose(d->out);
	CHECK(waitpid(d->pid, &status, 0) == d->pid);
	return status;
}

static int count(const char *text, const char *what)
{
	int n = 0;

	for (const char *at = text; (at = strstr(at, what)); at += strlen(what))
		n++;
	return n;
}

/* One behind the other. */
static void expect_order(const char *text, const char *const *says)
{
	const char *at = text;

	for (; *says; says++) {
		at = strstr(at, *says);
		CHECK(at, "nothing says \"%s\" there:\n%s", *says, text);
		at += strlen(*says);
	}
}

/* ---- the packets ----------------------------------------------------------------------------- */

static void settle(void)
{
	usleep(150000); /* an acknowledgement may be held back for 40 ms */
}

/* Data, its ACK, the client's FIN, its ACK, the server's RST: five packets, each told once. */
static void play(struct pair *p)
{
	const struct linger now = {.l_onoff = 1};
	char bytes[8];

	CHECK(send(p->client, "12345", 5, 0) == 5 && recv(p->server, bytes, sizeof(bytes), 0) == 5);
	settle();
	CHECK(shutdown(p->client, SHUT_WR) == 0);
	settle();
	CHECK(setsockopt(p->server, SOL_SOCKET, SO_LINGER, &now, sizeof(now)) == 0);
	stage_close(&p->server);
}

/* Nobody in a namespace without users: a tcpdump that is root would want to become another, and may not. */
static void be_nobody(void *data)
{
	(void)data;
	(void)!unshare(CLONE_NEWUSER);
}

/* The lines that tcpdump has of the file, against the same of ours. */
static void compare_with_tcpdump(const char *file, const char *text)
{
	g_autofree char *tcpdump = g_find_program_in_path("tcpdump");
	g_autofree char *out = NULL, *err = NULL;
	g_autoptr(GString) ours = g_string_new(NULL);
	const char *argv[] = {tcpdump, "-n", "-r", file, NULL};
	g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
	int status;

	if (!tcpdump) {
		printf("tcpdump is not here: its words are not compared\n");
		return;
	}
	CHECK(g_spawn_sync(NULL, (char **)argv, NULL, G_SPAWN_DEFAULT, be_nobody, NULL, &out, &err, &status, NULL));
	CHECK(status == 0, "%s", err);
	for (char **l = lines; *l; l++)
		if (strstr(*l, " IP ") || strstr(*l, " IP6 "))
			g_string_append_printf(ours, "%s\n", *l);
	CHECK(!strcmp(ours->str, out), "ours:\n%stcpdump's:\n%s", ours->str, out);
}

static void check_packets(int family, bool is_json)
{
	uint16_t port = 0;
	int listener = stage_listen(family, 8, &port);
	struct pair p = stage_pair(family, listener, port);
	const char *address = family == AF_INET6 ? "[::1]" : "127.0.0.1";
	g_autofree char *file = g_build_filename(directory, "packets.pcap", NULL);
	g_autofree char *words =
		g_strdup_printf("%s:%u %s:%u --pcap %s%s", address, p.client_port, address, port, file,
				is_json ? " --json" : "");
	g_autofree char *client = g_strdup_printf("%s:%u", address, p.client_port);
	g_autofree char *server = g_strdup_printf("%s:%u", address, port);
	struct dump d = start(words);

	await_line(&d, is_json ? "\"connection\"" : server);
	if (!is_json)
		await_line(&d, "fd"); /* of the second end: the head is out */
	settle();
	play(&p);
	int status = end(&d);
	CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0, "%x %s", (unsigned)status, d.text->str);
	if (is_json) {
		g_autofree char *first = g_strdup_printf("\"event\":\"state\"");
		g_autofree char *wait = g_strdup_printf("\"socket\":\"%s\",\"before\":\"ESTABLISHED\",\"state\":\"CLOSE_WAIT\"",
							server);
		g_autofree char *two = g_strdup_printf("\"socket\":\"%s\",\"before\":\"FIN_WAIT1\",\"state\":\"FIN_WAIT2\"",
						       client);

		CHECK(count(d.text->str, "\"event\":\"packet\"") == 5, "%s", d.text->str);
		expect_order(d.text->str, (const char *[]){"\"flags\":\"P.\"", "\"length\":5", "\"flags\":\".\"",
							   "\"flags\":\"F.\"", first, "\"flags\":\".\"",
							   "\"flags\":\"R.\"", "\"state\":\"gone\"",
							   "\"state\":\"gone\"", "\"packets\":5", "\"lo\"",
							   "\"gone\"", "\"lost\":0", NULL});
		CHECK(strstr(d.text->str, wait) && strstr(d.text->str, two), "%s", d.text->str);
	} else {
		expect_order(d.text->str, (const char *[]){"Flags [P.]", "length 5", "Flags [.], ack 5,", "Flags [F.], seq 5,",
							   "Flags [.], ack 6,", "Flags [R.]", "→ gone", "→ gone",
							   "5 packets by lo; the connection is gone.", NULL});
		compare_with_tcpdump(file, d.text->str);
	}
	g_string_free(d.text, TRUE);
	CHECK(unlink(file) == 0);
	/* a second time: it is gone, and nothing is written */
	expect(1, "no such connection here", "dump connection %s %s --pcap %s", client, server, file);
	CHECK(access(file, F_OK) != 0);
}

static void test_packets(void)
{
	check_packets(AF_INET, false);
	check_packets(AF_INET, true);
}

static void test_packets6(void)
{
	check_packets(AF_INET6, false);
	check_packets(AF_INET6, true);
}

/* An IPv6 socket whose connection is IPv4's. */
static void test_mapped(void)
{
	struct sockaddr_in6 any = {.sin6_family = AF_INET6};
	int zero = 0, listener = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
	socklen_t length = sizeof(any);

	CHECK(setsockopt(listener, IPPROTO_IPV6, IPV6_V6ONLY, &zero, sizeof(zero)) == 0 &&
	      bind(listener, (struct sockaddr *)&any, sizeof(any)) == 0 && listen(listener, 8) == 0 &&
	      getsockname(listener, (struct sockaddr *)&any, &length) == 0);
	struct pair p = stage_pair(AF_INET, listener, ntohs(any.sin6_port));
	g_autofree char *words = g_strdup_printf("--inode %u", stage_inode(p.server));
	struct dump d = start(words);
	await_line(&d, "fd");
	await_line(&d, "fd"); /* the other end is found, whose address is written in the other family */
	settle();
	play(&p);
	CHECK(end(&d) == 0);
	CHECK(count(d.text->str, " IP 127.0.0.1.") == 5, "%s", d.text->str);
	g_string_free(d.text, TRUE);
}

/* ---- which, and how long --------------------------------------------------------------------- */

static void test_command(void)
{
	uint16_t port = 0;
	int listener = stage_listen(AF_INET, 8, &port);
	struct pair a = stage_pair(AF_INET, listener, port);

	expect(2, "say which", "dump connection");
	expect(2, "both ends", "dump connection 127.0.0.1:%u", port);
	expect(2, "is no address", "dump connection 127.0.0.1 127.0.0.1:%u", port);
	expect(2, "--for takes a time", "dump connection --port %u --for soon", port);
	expect(2, "--for takes a time", "dump connection --port %u --for 0", port);
	expect(2, "--for takes a time", "dump connection --port %u --for -1s", port);
	expect(2, "--for takes a time", "dump connection --port %u --for nan", port);
	expect(2, "--count takes a number", "dump connection --port %u --count 0", port);
	expect(2, "of \"dump packets EXPERIMENT\"", "dump connection --port %u --connection 1", port);
	expect(2, "of \"dump connection\"", "dump edges --port %u", port);
	expect(2, "of \"dump connection\"", "dump packets kill-established --for 1s");
	expect(1, "no such connection", "dump connection --port 1");
	expect(3, "cannot write the packets", "dump connection --port %u --pcap /nowhere/x", port);
	expect(2, "a listening socket", "dump connection --port %u --state LISTEN", port);
	expect(0, NULL, "dump connection --port %u --for 100ms", port);
	expect(0, NULL, "dump connection --pid %d --port %u --for 0.1", (int)getpid(), port);
	struct pair b = stage_pair(AF_INET, listener, port);
	expect(2, "4 sockets match", "dump connection --port %u", port);
	stage_close(&a.client);
	stage_close(&b.client);
}

static void test_limits(void)
{
	uint16_t port = 0;
	int listener = stage_listen(AF_INET, 8, &port);
	struct pair p = stage_pair(AF_INET, listener, port);
	g_autofree char *file = g_build_filename(directory, "limits.pcap", NULL);
	g_autofree char *counted = g_strdup_printf("--inode %u --count 3 --json --pcap %s", stage_inode(p.client), file);
	g_autofree char *endless = g_strdup_printf("--inode %u --json --pcap %s", stage_inode(p.client), file);
	struct dump d = start(counted);
	char byte;

	await_line(&d, "\"connection\"");
	for (int i = 0; i < 20; i++)
		CHECK(send(p.client, "x", 1, 0) == 1 && recv(p.server, &byte, 1, 0) == 1);
	CHECK(end(&d) == 0);
	CHECK(count(d.text->str, "\"event\":\"packet\"") == 3 && strstr(d.text->str, "\"reason\":\"count\""), "%s",
	      d.text->str);
	g_string_free(d.text, TRUE);
	/* Ctrl-C: what was seen is in the file, and the signal ends it */
	d = start(endless);
	await_line(&d, "\"connection\"");
	CHECK(send(p.client, "x", 1, 0) == 1 && recv(p.server, &byte, 1, 0) == 1);
	await_line(&d, "\"packet\"");
	CHECK(kill(d.pid, SIGINT) == 0);
	int status = end(&d);
	CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGINT, "%x", (unsigned)status);
	CHECK(strstr(d.text->str, "\"reason\":\"stopped\""), "%s", d.text->str);
	g_string_free(d.text, TRUE);
	/* killed: what was told is in the file all the same */
	d = start(endless);
	await_line(&d, "\"connection\"");
	CHECK(send(p.client, "x", 1, 0) == 1 && recv(p.server, &byte, 1, 0) == 1);
	await_line(&d, "\"packet\"");
	CHECK(kill(d.pid, SIGKILL) == 0);
	end(&d);
	g_autofree char *bytes = NULL;
	gsize size;
	CHECK(g_file_get_contents(file, &bytes, &size, NULL) && size > 24 + 16 + 40, "%zu", size);
	g_string_free(d.text, TRUE);
	unlink(file);
}

/* ---- privilege, and another namespace -------------------------------------------------------- */

static void test_forbidden(void)
{
	uint16_t port = 0;
	int status, listener = stage_listen(AF_INET, 8, &port);
	struct pair p = stage_pair(AF_INET, listener, port);
	pid_t child = stage_fork();

	if (child == 0) {
		/* that its number is 0 gives nothing back to the program */
		CHECK(prctl(PR_SET_SECUREBITS, SECBIT_NOROOT | SECBIT_NOROOT_LOCKED) == 0);
		stage_drop_capabilities();
		expect(3, "CAP_NET_RAW", "dump connection 127.0.0.1:%u 127.0.0.1:%u", p.client_port, port);
		_exit(0);
	}
	CHECK(waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

/* A connection in a user's own namespace, watched by that user from outside. */
static void outside(void)
{
	int ready[2], go[2];
	uint16_t port = 0;
	char byte;

	CHECK(pipe(ready) == 0 && pipe(go) == 0);
	pid_t child = stage_fork();
	if (child == 0) {
		stage_enter(true);
		int listener = stage_listen(AF_INET, 8, &port);
		struct pair p = stage_pair(AF_INET, listener, port);

		CHECK(write(ready[1], &port, sizeof(port)) == sizeof(port) && read(go[0], &byte, 1) == 1);
		settle();
		play(&p);
		pause();
	}
	close(ready[1]);
	if (read(ready[0], &port, sizeof(port)) != sizeof(port)) {
		printf("skipped: no user namespaces here\n");
		exit(SKIP);
	}
	g_autofree char *words = g_strdup_printf("--netns %d --port %u --json", (int)child, port);
	struct dump d = start(words);
	await_line(&d, "\"connection\"");
	CHECK(write(go[1], "x", 1) == 1);
	CHECK(end(&d) == 0, "%s", d.text->str);
	CHECK(count(d.text->str, "\"event\":\"packet\"") == 5 && strstr(d.text->str, "\"interface\":\"lo\""), "%s",
	      d.text->str);
	g_string_free(d.text, TRUE);
	CHECK(kill(child, SIGKILL) == 0 && waitpid(child, NULL, 0) == child);
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		void (*test)(void);
	} tests[] = {
		{"packets", test_packets}, {"packets6", test_packets6},	  {"mapped", test_mapped},
		{"command", test_command}, {"forbidden", test_forbidden}, {"limits", test_limits},
		{"outside", outside},
	};

	CHECK(argc == 3, "usage: sockets_dump TEST EXITWALK");
	const char *name = argv[1];
	program = argv[2];
	alarm(60);
	if (g_str_has_prefix(name, "plain-")) {
		stage_become_plain();
		name += strlen("plain-");
	}
	directory = g_dir_make_tmp("exitwalk-dump-XXXXXX", NULL);
	CHECK(directory);
	if (strcmp(name, "outside"))
		stage_enter(false);
	for (size_t i = 0; i < G_N_ELEMENTS(tests); i++) {
		if (strcmp(name, tests[i].name) == 0) {
			tests[i].test();
			rmdir(directory);
			return 0;
		}
	}
	CHECK(false, "no test %s", name);
	return 1;
}
