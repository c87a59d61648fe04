/* SPDX-License-Identifier: GPL-3.0-or-later */
/* exitwalk-index as a child: waited for, or left to itself while a lesson goes on. */
#include "cmd/internal.h"
#include "tree/tree.h"
#include "view/view.h"
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

char *ew_cmd_need_indexer(GError **error)
{
	char *program = ew_cmd_indexer();

	if (!program)
		g_set_error(error, EW_ERROR, EW_ERROR_NOT_POSSIBLE,
			    "exitwalk-index is not installed beside exitwalk; it makes indexes and needs "
			    "libclang. An index made elsewhere is used with --index FILE");
	return program;
}

void ew_cmd_add_pair(GPtrArray *argv, const char *option, const char *value)
{
	if (!value)
		return;
	g_ptr_array_add(argv, g_strdup(option));
	g_ptr_array_add(argv, g_strdup(value));
}

static void execute(char **argv)
{
	ew_term_child();
	execv(argv[0], argv);
	_exit(127);
}

static int refuse_start(const char *program, GError **error)
{
	g_set_error(error, EW_ERROR, EW_ERROR_NOT_POSSIBLE, "cannot start %s: %s", program,
		    g_strerror(errno));
	return -1;
}

int ew_cmd_run_indexer(char **argv, bool is_quiet, GError **error)
{
	int nowhere = is_quiet ? open("/dev/null", O_WRONLY | O_CLOEXEC) : -1;
	struct ew_interrupt before;
	int status = 0;

	fflush(NULL);
	ew_term_yield_interrupt(&before);
	pid_t pid = fork();
	if (pid == 0) {
		if (nowhere >= 0)
			dup2(nowhere, STDOUT_FILENO);
		execute(argv);
	}
	while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	ew_term_take_interrupt(&before);
	if (nowhere >= 0)
		close(nowhere);
	if (pid < 0)
		return refuse_start(argv[0], error);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/* ---- what the lesson needs ------------------------------------------------------------------- */

#define FIRST_SCOPE "lesson" /* in kernel-refs */

static GPtrArray *argv_new(const char *program, const char *tree, const char *config, const char *out)
{
	GPtrArray *argv = g_ptr_array_new_with_free_func(g_free);

	g_ptr_array_add(argv, g_strdup(program));
	ew_cmd_add_pair(argv, "--tree", tree);
	ew_cmd_add_pair(argv, "--config", config);
	ew_cmd_add_pair(argv, "--out", out);
	return argv;
}

int ew_cmd_index_first(const struct ew_cmd_call *call, const char *tree, const char *config,
		       GError **error)
{
	const struct ew_globals *g = &call->context->globals;
	g_autofree char *program = ew_cmd_need_indexer(error);

	if (!program)
		return -1;
	g_autoptr(GPtrArray) argv = argv_new(program, tree, config, g->index);
	g_autofree char *shown = ew_doc_clean(tree, -1);

	ew_cmd_add_pair(argv, "--first", FIRST_SCOPE);
	g_ptr_array_add(argv, NULL);
	fprintf(stderr, "%s: there is no index of %s yet; reading what the lesson needs of it first\n",
		call->cmd->name, shown);
	return ew_cmd_run_indexer((char **)argv->pdata, true, error);
}

/* ---- the rest -------------------------------------------------------------------------------- */

struct ew_rest {
	char *path;    /* of the index */
	char *whole;   /* what it will hold: "core" */
	char *command; /* that reads the rest */
	ino_t inode;   /* of the index that holds the first units */
	pid_t pid;     /* who makes the rest */
	int output;    /* of our child; -1 where another makes the rest */
	int status;    /* of our child, once it was waited for */
	bool is_child; /* that has not been waited for */
	bool is_taken; /* the whole index is in use */
	bool is_of_guide; /* the open lesson is on this index */
};

static void rest_free(struct ew_rest *rest)
{
	if (!rest)
		return;
	if (rest->output >= 0)
		close(rest->output);
	g_free(rest->path);
	g_free(rest->whole);
	g_free(rest->command);
	g_free(rest);
}

static void forget_rest(struct ew_cmd_context *context)
{
	rest_free(g_steal_pointer(&context->rest));
}

static ino_t inode_of(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 ? st.st_ino : 0;
}

/* In a session of its own, so that it outlives the terminal, and behind everything else that runs. */
static pid_t start_apart(char **argv, int output)
{
	int nothing = open("/dev/null", O_RDONLY | O_CLOEXEC);
	pid_t pid;

	fflush(NULL);
	pid = fork();
	if (pid == 0) {
		setsid();
		setpriority(PRIO_PROCESS, 0, 19);
		dup2(nothing, STDIN_FILENO);
		dup2(output, STDOUT_FILENO);
		dup2(output, STDERR_FILENO);
		execute(argv);
	}
	if (nothing >= 0)
		close(nothing);
	return pid;
}

static struct ew_rest *rest_new(const struct ew_query_about *about, const char *config)
{
	struct ew_rest *rest = g_new0(struct ew_rest, 1);
	g_autofree char *command = ew_view_rest_command(about, config);

	rest->path = g_strdup(about->path);
	rest->whole = ew_doc_clean(about->part_of, -1);
	rest->command = ew_doc_clean(command, -1);
	rest->inode = inode_of(about->path);
	rest->pid = ew_tree_index_writer(about->path);
	rest->output = -1;
	rest->is_of_guide = true;
	return rest;
}

static bool start_rest(struct ew_rest *rest, const struct ew_query_about *about, const char *config)
{
	g_autofree char *program = ew_cmd_indexer();
	g_autofree char *tree = ew_tree_spec(about->tree);
	const char *name = ew_view_config_is_known(about) ? about->config : config;

	if (!program || !name)
		return false;
	g_autoptr(GPtrArray) argv =
		argv_new(program, tree, strcmp(name, "commands") ? name : NULL, rest->path);

	ew_cmd_add_pair(argv, "--scope", rest->whole);
	g_ptr_array_add(argv, NULL);
	rest->output = memfd_create("exitwalk-index", MFD_CLOEXEC);
	if (rest->output >= 0)
		rest->pid = start_apart((char **)argv->pdata, rest->output);
	rest->is_child = rest->pid > 0;
	return rest->is_child;
}

static void tell_start(const struct ew_cmd_call *call, const struct ew_rest *rest, int units)
{
	fprintf(stderr,
		"%s: %d translation units are read; the rest of %s is being read in the background",
		call->cmd->name, units, rest->whole);
	if (rest->pid > 0)
		fprintf(stderr, " (`kill %d` stops it)", rest->pid);
	fputc('\n', stderr);
}

static void tell_busy(const struct ew_cmd_call *call, const struct ew_query_about *about,
		      const char *config)
{
	g_autofree char *command = ew_view_rest_command(about, config);
	g_autofree char *shown = ew_doc_clean(command, -1);

	fprintf(stderr,
		"%s: the index holds %d translation units only, and the rest of another is being "
		"read; `%s` reads this one's\n",
		call->cmd->name, about->units, shown);
}

void ew_cmd_rest_start(const struct ew_cmd_call *call, const char *config)
{
	struct ew_cmd_context *context = call->context;
	const struct ew_query_about *about =
		context->query ? ew_query_about(context->query) : NULL;
	struct ew_rest *rest = context->rest;

	if (rest)
		rest->is_of_guide = about && !strcmp(about->path, rest->path);
	if (!about || !about->part_of || (rest && rest->is_of_guide))
		return;
	if (rest && !rest->is_taken) {
		tell_busy(call, about, config);
		return;
	}
	forget_rest(context);
	rest = rest_new(about, config);
	if (rest->pid == 0 && !start_rest(rest, about, config)) {
		fprintf(stderr,
			"%s: the index holds %d translation units only; `%s` reads the rest\n",
			call->cmd->name, about->units, rest->command);
		rest_free(rest);
		return;
	}
	tell_start(call, rest, about->units);
	context->rest = rest;
}

/* The new index in the place of the old one: for the open lesson, and for all that is asked from now on. */
static bool take_new(struct ew_cmd_context *context)
{
	struct ew_rest *rest = context->rest;
	g_autoptr(GError) error = NULL;

	context->choice++;
	context->globals = (struct ew_globals){.index = rest->path};
	if (!ew_cmd_need_index(context, &error)) {
		ew_cmd_complain(context, "index", error);
		return true;
	}
	const struct ew_query_about *about = ew_query_about(context->query);
	if (about->part_of) { /* somebody made the first part once more */
		rest->inode = inode_of(rest->path);
		return false;
	}
	if (rest->is_of_guide && context->guide && context->guide->renew)
		context->guide->renew(context->guide->data, context->query);
	fprintf(stderr, "index: it now holds all of %s: %d of %d translation units\n", rest->whole,
		about->units, about->units_in_config);
	return true;
}

/* What the child said last. */
static char *last_line(int output)
{
	char text[4096];
	ssize_t n = pread(output, text, sizeof(text) - 1, MAX(lseek(output, 0, SEEK_END) - 4095, 0));
	char *line;

	text[MAX(n, 0)] = '\0';
	g_strchomp(text);
	line = strrchr(text, '\n');
	return ew_doc_clean(line ? line + 1 : text, -1);
}

static char *why_ended(const struct ew_rest *rest)
{
	g_autofree char *said = rest->output >= 0 ? last_line(rest->output) : NULL;
	int number = WIFSIGNALED(rest->status) ? WTERMSIG(rest->status) : 0;

	if (!said)
		return g_strdup("the process that read it has ended");
	if (number)
		return g_strdup_printf("%s%sit was ended by signal %d, %s", said, *said ? "; " : "",
				       number, g_strsignal(number));
	return *said ? g_steal_pointer(&said)
		     : g_strdup_printf("exit code %d", WEXITSTATUS(rest->status));
}

static void tell_failure(const struct ew_rest *rest)
{
	g_autofree char *why = why_ended(rest);

	fprintf(stderr,
		"index: the rest of %s was not read (%s); the lesson goes on with what there is, "
		"and `%s` tries again\n",
		rest->whole, why, rest->command);
}

/* Whether anybody makes the rest: our child, or, where that found another at work, the other. */
static bool is_being_made(struct ew_rest *rest)
{
	pid_t writer;

	if (rest->is_child && waitpid(rest->pid, &rest->status, WNOHANG) == 0)
		return true;
	rest->is_child = false;
	writer = ew_tree_index_writer(rest->path);
	if (writer != 0 && rest->output >= 0) {
		close(rest->output);
		rest->output = -1;
		rest->pid = writer;
	}
	return writer != 0;
}

void ew_cmd_rest_look(struct ew_cmd_context *context)
{
	struct ew_rest *rest = context->rest;

	if (!rest)
		return;
	bool goes_on = is_being_made(rest);
	if (!rest->is_taken && inode_of(rest->path) != rest->inode) {
		rest->is_taken = take_new(context);
	} else if (!rest->is_taken && !goes_on) {
		tell_failure(rest);
		forget_rest(context);
		return;
	}
	if (rest->is_taken && !rest->is_child)
		forget_rest(context);
}

void ew_cmd_rest_leave(struct ew_cmd_context *context)
{
	struct ew_rest *rest = context->rest;

	if (rest && rest->is_child && !rest->is_taken &&
	    waitpid(rest->pid, &rest->status, WNOHANG) == 0)
		fprintf(stderr,
			"exitwalk: the rest of %s is still being read in the background (`kill %d` "
			"stops it)\n",
			rest->whole, rest->pid);
	forget_rest(context);
}
