/* SPDX-License-Identifier: GPL-3.0-or-later */
/* refs: each kind of file, every mistake that a person can make in one, and the room that we ship.
 */
#include "refs/refs.h"

#include <glib/gstdio.h>
#include <string.h>

/* A directory with one file in it, removed by room_free(). */
struct room {
	char *dir, *path;
};

static struct room room_with(const char *kind, const char *name, const char *text, gssize length)
{
	struct room r;

	r.dir = g_dir_make_tmp("ew-refs-XXXXXX", NULL);
	g_assert_nonnull(r.dir);
	g_autofree char *sub = g_build_filename(r.dir, kind, NULL);
	g_assert_cmpint(g_mkdir_with_parents(sub, 0700), ==, 0);
	r.path = g_build_filename(sub, name, NULL);
	g_assert_true(g_file_set_contents(r.path, text, length, NULL));
	return r;
}

static void room_free(struct room *r)
{
	g_autofree char *sub = g_path_get_dirname(r->path);

	g_remove(r->path);
	if (strcmp(sub, r->dir) != 0)
		g_rmdir(sub);
	g_rmdir(r->dir);
	g_free(r->dir);
	g_free(r->path);
}

/* Opening the room fails, and the message is "<path>:<line>: …words…". */
static void expect_error(const char *kind, const char *name, const char *text, int line,
			 const char *words)
{
	struct room r = room_with(kind, name, text, -1);
	g_autoptr(GError) error = NULL;
	ew_auto(refs) refs = ew_refs_open(r.dir, &error);

	g_assert_null(refs);
	g_assert_error(error, EW_ERROR, EW_ERROR_INPUT);
	g_autofree char *place = g_strdup_printf("%s:%d: ", r.path, line);
	if (!g_str_has_prefix(error->message, place) || !strstr(error->message, words))
		g_error("got “%s”, expected “%s…%s”", error->message, place, words);
	room_free(&r);
}

static void test_binding(void)
{
	struct room r = room_with("bindings", "tube.binding",
				  "# a comment\n[binding]\ntitle = a tube\n\n[slots]\n"
				  "vessel.ops = tube_ops\nend.how=tube_how ; other_how\n"
				  "[absent]\nslots = box.ops; lid.how\n",
				  -1);
	g_autoptr(GError) error = NULL;
	ew_auto(refs) refs = ew_refs_open(r.dir, &error);

	g_assert_no_error(error);
	const struct ew_refs_binding *b = ew_refs_binding(refs, "tube");
	g_assert_nonnull(b);
	g_assert_cmpstr(b->title, ==, "a tube");
	g_assert_cmpint(b->binds->len, ==, 2);
	const struct ew_refs_bind *first = b->binds->pdata[0], *second = b->binds->pdata[1];
	g_assert_cmpstr(first->slot, ==, "vessel.ops");
	g_assert_cmpstr((const char *)g_ptr_array_index(first->objects, 0), ==, "tube_ops");
	g_assert_cmpstr(second->slot, ==, "end.how");
	g_assert_cmpstr((const char *)g_ptr_array_index(second->objects, 0), ==, "tube_how");
	g_assert_cmpint(second->objects->len, ==, 2);
	g_assert_cmpstr((const char *)g_ptr_array_index(second->objects, 1), ==, "other_how");
	g_assert_cmpint(b->absent->len, ==, 2);
	g_assert_cmpstr((const char *)g_ptr_array_index(b->absent, 1), ==, "lid.how");
	g_assert_null(ew_refs_binding(refs, "tub"));
	g_assert_cmpint(ew_refs_mechanisms(refs)->len, ==, 0);
	g_assert_cmpint(ew_refs_releases(refs)->len, ==, 0);
	room_free(&r);
}

static void test_binding_errors(void)
{
	const char *name = "x.binding";

	expect_error("bindings", name, "[binding]\ntitle = t\n[slots]\nops = a\n", 4,
		     "is not “struct.field = object”");
	expect_error("bindings", name, "[binding]\ntitle = t\n[slots]\na.b = c d\n", 4,
		     "is not “struct.field = object”");
	expect_error("bindings", name, "[binding]\ntitle = t\n\n[slots]\n", 4, "at least one");
	expect_error("bindings", name, "[binding]\ntitle = t\n", 1, "at least one");
	expect_error("bindings", name, "[binding]\n[slots]\na.b = c\n", 1, "title");
	expect_error("bindings", name, "[binding]\ntitle = t\n[slot]\na.b = c\n", 3,
		     "unknown group [slot]");
	expect_error("bindings", name, "[binding]\ntitle = t\nname = n\n[slots]\na.b = c\n", 3,
		     "unknown key “name”");
	expect_error("bindings", name, "[binding]\ntitle = t\n[slots]\na.b = c\na.b = d\n", 5,
		     "stands in line 4 already");
	expect_error("bindings", name, "[binding]\ntitle = t\nwhat is this\n", 3, "neither");
	expect_error("bindings", name, "title = t\n", 1, "before the first");
	expect_error("bindings", name, "[binding]\ntitle = t\n[slots]\na.b =\n", 4, "needs");
	expect_error("bindings", name, "[binding]\ntitle = t\n[slots]\na.b = c\n[absent]\nslots = d\n", 6,
		     "is not “struct.field”");
	expect_error("bindings", name, "[binding]\ntitle = t\n[slots]\na.b = c\n[absent]\nslots = d.e; a.b\n", 6,
		     "a.b stands in [slots] as well");
	expect_error("bindings", name, "[binding]\ntitle = t\n[slots]\na.b = c\n[absent]\nslot = d.e\n", 6,
		     "unknown key “slot”");
	expect_error("bindings", name, "[binding\ntitle = t\n", 1, "neither");
	expect_error("bindings", name, "", 1, "title");
}

static void test_mechanism(void)
{
	struct room r = room_with("mechanisms", "later.mechanism",
				  "[mechanism]\nwhen = later\ntitle = some day\nslot = job.run\n"
				  "registrars = give#1; give_first#0 ;\ndispatchers = work\n"
				  "heads = list\nchains = give#0; work_on#2\ncontext = softirq; hardirq\nsleeps = no\n",
				  -1);
	g_autoptr(GError) error = NULL;
	ew_auto(refs) refs = ew_refs_open(r.dir, &error);

	g_assert_no_error(error);
	g_assert_cmpint(ew_refs_mechanisms(refs)->len, ==, 1);
	const struct ew_refs_mechanism *m = ew_refs_mechanisms(refs)->pdata[0];
	g_assert_cmpstr(m->name, ==, "later");
	g_assert_cmpstr(m->title, ==, "some day");
	g_assert_cmpstr(m->slot, ==, "job.run");
	g_assert_cmpint(m->registrars->len, ==, 2);
	g_assert_cmpstr(m->registrars->pdata[0], ==, "give#1");
	g_assert_cmpstr(m->registrars->pdata[1], ==, "give_first#0");
	g_assert_cmpint(m->dispatchers->len, ==, 1);
	g_assert_cmpstr(m->dispatchers->pdata[0], ==, "work");
	g_assert_cmpint(m->heads->len, ==, 1);
	g_assert_cmpstr(m->chains->pdata[1], ==, "work_on#2");
	g_assert_cmpint(m->contexts->len, ==, 2);
	g_assert_cmpstr(m->contexts->pdata[1], ==, "hardirq");
	g_assert_cmpint(m->sleeps, ==, EW_REFS_MUST_NOT_SLEEP);
	room_free(&r);
}

/* The mode of a timer: a part has the slot and the dispatchers of the whole, wherever its file stands. */
static void test_mechanism_part(void)
{
	static const char *const hard =
		"[mechanism]\nwhen = hard\nof = later\ntitle = at once\nconstants = M_*HARD; M_A@!CONFIG_RT\n"
		"context = hardirq\nsleeps = no\n";
	struct room r = room_with("mechanisms", "later.mechanism",
				  "[mechanism]\nwhen = later\ntitle = some day\nslot = job.run\n"
				  "registrars = give#1\ndispatchers = work\nconstants = M_*\nmarks = set#0,2; other#1,0\n"
				  "raisers = raise#0\ncontext = softirq; hardirq\nsleeps = no\n", -1);
	g_autofree char *file = g_build_filename(r.dir, "mechanisms", "a.mechanism", NULL);
	g_autoptr(GError) error = NULL;
	const struct ew_refs_mechanism *part, *whole;

	g_assert_true(g_file_set_contents(file, hard, -1, NULL));
	ew_auto(refs) refs = ew_refs_open(r.dir, &error);
	g_assert_no_error(error);
	g_assert_cmpint(ew_refs_mechanisms(refs)->len, ==, 2);
	part = ew_refs_mechanisms(refs)->pdata[0];
	whole = ew_refs_mechanisms(refs)->pdata[1];
	g_assert_cmpstr(whole->marks->pdata[1], ==, "other#1,0");
	g_assert_cmpstr(whole->raisers->pdata[0], ==, "raise#0");
	g_assert_null(whole->of);
	g_assert_true(part->of == whole);
	g_assert_cmpstr(part->name, ==, "hard");
	g_assert_cmpstr(part->slot, ==, "job.run");
	g_assert_cmpstr(part->dispatchers->pdata[0], ==, "work");
	g_assert_cmpint(part->registrars->len, ==, 0);
	g_assert_cmpstr(part->constants->pdata[1], ==, "M_A@!CONFIG_RT");
	room_free(&r);
}

static void test_states(void)
{
	struct room r = room_with("states", "door.states",
				  "[states]\ntitle = of a door\nprefix = D_\nstates = D_OPEN; D_SHUT;\n"
				  "members = door.state\nsetters = set_door#1\nhome = house/*; a.c\n", -1);
	ew_auto(refs) refs = ew_refs_open(r.dir, NULL);
	const struct ew_refs_states *s;

	g_assert_nonnull(refs);
	g_assert_cmpint(ew_refs_states(refs)->len, ==, 1);
	s = ew_refs_states(refs)->pdata[0];
	g_assert_cmpstr(s->name, ==, "door");
	g_assert_cmpstr(s->title, ==, "of a door");
	g_assert_cmpstr(s->prefix, ==, "D_");
	g_assert_cmpstr(s->states[1], ==, "D_SHUT");
	g_assert_null(s->states[2]);
	g_assert_cmpstr(s->members[0], ==, "door.state");
	g_assert_cmpstr(s->setters[0], ==, "set_door#1");
	g_assert_null(s->getters[0]);
	g_assert_cmpstr(s->home[1], ==, "a.c");
	room_free(&r);
}

static void test_states_errors(void)
{
	static const struct {
		const char *text;
		int line;
		const char *words;
	} cases[] = {
		{"states = A\nmembers = a.b", 1, "needs “title"},
		{"title = t\nmembers = a.b", 1, "needs “states"},
		{"title = t\nstates = A", 1, "needs “members"},
		{"title = t\nstates = A B\nmembers = a.b", 3, "“A B” is not “ENUMERATOR”"},
		{"title = t\nstates = A\nprefix = B\nmembers = a.b", 4, "“A” does not begin with “B”"},
		{"title = t\nstates = A\nmembers = a", 4, "“a” is not “struct.field”"},
		{"title = t\nstates = A\nmembers = a.b\nsetters = f", 5, "“f” is not “function#1”"},
		{"title = t\nstates = A\nmembers = a.b\nsetters = f#123", 5, "is not “function#1”"},
		{"title = t\nstates = A\nmembers = a.b\ngetters = 1f", 5, "“1f” is not “function”"},
		{"title = t\nstates = A\nmembers = a.b\nhome = /etc", 5, "“/etc” is not"},
		{"title = t\nstates = A\nmembers = a.b\nwhere = x", 5, "unknown key “where”"},
	};

	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autofree char *text = g_strdup_printf("[states]\n%s\n", cases[i].text);

		expect_error("states", "x.states", text, cases[i].line, cases[i].words);
	}
}

static void test_mechanism_errors(void)
{
	const char *name = "x.mechanism";
	const char *head = "[mechanism]\nwhen = w\ntitle = t\n";
	struct {
		const char *rest;
		int line;
		const char *words;
	} cases[] = {
		{"slot = job\nregistrars = a#0\ndispatchers = b\n", 4, "is not “struct.field” or “function#1” or “function%name”"},
		{"slot = j.r\nregistrars = a\ndispatchers = b\n", 5, "is not “function#0”"},
		{"slot = j.r\nregistrars = a#x\ndispatchers = b\n", 5, "is not “function#0”"},
		{"slot = j.r\nregistrars = ;\ndispatchers = b\n", 5, "names nothing"},
		{"slot = j.r\nregistrars = a#0\ndispatchers = b c\n", 6, "is not “function”"},
		{"slot = j.r\nregistrars = a#0\n", 1, "dispatchers"},
		{"slot = j.r\nregistrars = a#0\ndispatchers = b\nheads = h\n", 1, "chains"},
		{"slot = j.r\nregistrars = a#0\ndispatchers = b\nchains = a#1\n", 7, "there are no “heads”"},
		{"slot = j.r\nregistrars = a#0\ndispatchers = b\nheads = h\nchains = a\n", 8, "is not “function#0”"},
		{"slot = j.r\nregistrars = a#0\ndispatchers = b\nconstants = A_*\n", 7, "there are no “marks”"},
		{"slot = j.r\nregistrars = a#0\ndispatchers = b\nraisers = a#0\n", 7, "there are no “marks”"},
		{"slot = j.r\nregistrars = a#0\ndispatchers = b\nmarks = a#0,1\n", 1, "constants"},
		{"slot = j.r\nregistrars = a#0\ndispatchers = b\nmarks = a#0\n", 7, "is not “function#0,2”"},
		{"slot = j.r\nregistrars = a#0\ndispatchers = b\nmarks = a#0,x\n", 7, "is not “function#0,2”"},
		{"slot = j.r\nregistrars = a#0\ndispatchers = b\nmarks = a#0,1\nconstants = A*B*\n", 8,
		 "is not “ENUMERATOR”"},
		{"slot = j.r\nregistrars = a#0\ndispatchers = b\nmarks = a#0,1\nconstants = A@B\n", 8,
		 "is not “ENUMERATOR”"},
		{"of = other\nconstants = A\nslot = j.r\n", 6, "unknown key “slot”"},
		{"of = other\ncontext = task\nsleeps = no\n", 1, "constants"},
		{"of = other\nconstants = A@!CONFIG_B\ncontext = task\nsleeps = no\n", 4, "no mechanism is called “other”"},
		{"slot = j.r\ndispatchers = b\n", 1, "registrars"},
		{"slot = j.r\nsections = init\ndispatchers = b\n", 5, "is not “.initcall*.init”"},
		{"slot = j.r\nsymbols = .init\ndispatchers = b\n", 5, "is not “function”"},
		{"slot = j.r\nsections = .init\ndispatchers = b\n", 1, "context"},
		{"slot = j.r\nregistrars = a#0\ndispatchers = b\n", 1, "context"},
		{"slot = j.r\nregistrars = a#0\ndispatchers = b\ncontext = bottom\n", 7,
		 "one of task, task_work, softirq"},
		{"slot = j.r\nregistrars = a#0\ndispatchers = b\ncontext = task\n", 1, "sleeps"},
		{"slot = j.r\nregistrars = a#0\ndispatchers = b\ncontext = task\nsleeps = maybe\n", 8,
		 "is not “yes”, “no” or “caller”"},
	};

	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autofree char *text = g_strconcat(head, cases[i].rest, NULL);
		expect_error("mechanisms", name, text, cases[i].line, cases[i].words);
	}
}

static void test_entry(void)
{
	struct room r = room_with("entries", "door.entry",
				  "[entry]\ntitle = the door\nfunctions = open; knock_* ;\n"
				  "context = task\nsleeps = yes\n",
				  -1);
	g_autoptr(GError) error = NULL;
	ew_auto(refs) refs = ew_refs_open(r.dir, &error);

	g_assert_no_error(error);
	g_assert_cmpint(ew_refs_entries(refs)->len, ==, 1);
	const struct ew_refs_entry *e = ew_refs_entries(refs)->pdata[0];
	g_assert_cmpstr(e->name, ==, "door");
	g_assert_cmpstr(e->title, ==, "the door");
	g_assert_cmpint(e->functions->len, ==, 2);
	g_assert_cmpstr(e->functions->pdata[1], ==, "knock_*");
	g_assert_cmpstr(e->contexts->pdata[0], ==, "task");
	g_assert_cmpint(e->sleeps, ==, EW_REFS_MAY_SLEEP);
	room_free(&r);

	expect_error("entries", "x.entry", "[entry]\ntitle = t\nfunctions = *\n", 3,
		     "is not “function” or “beginning_*”");
	expect_error("entries", "x.entry", "[entry]\ntitle = t\nfunctions = a*b\n", 3,
		     "is not “function” or “beginning_*”");
	expect_error("entries", "x.entry", "[entry]\ntitle = t\nfunctions = a\nslot = b.c\n", 4,
		     "unknown key “slot”");
}

static void test_note(void)
{
	struct room r =
		room_with("notes", "give.md",
			  "---\ntitle: Giving\nsymbols: give, job.run\nconcepts: later work\n"
			  "source: man 2 give\nsource: RFC 1, section 2\n---\n\nProse.\n",
			  -1);
	g_autoptr(GError) error = NULL;
	ew_auto(refs) refs = ew_refs_open(r.dir, &error);

	g_assert_no_error(error);
	const struct ew_refs_note *n = ew_refs_note_for(refs, "job.run");
	g_assert_nonnull(n);
	g_assert_true(n == ew_refs_note_for(refs, "give"));
	g_assert_true(n == ew_refs_note_for(refs, "later work"));
	g_assert_null(ew_refs_note_for(refs, "later"));
	g_assert_cmpstr(n->title, ==, "Giving");
	g_assert_cmpstr(n->file, ==, r.path);
	g_assert_cmpint(g_strv_length(n->sources), ==, 2);
	g_assert_cmpstr(n->sources[1], ==, "RFC 1, section 2");
	g_assert_cmpstr(n->text, ==, "\nProse.\n");
	room_free(&r);
}

static void test_note_errors(void)
{
	const char *name = "x.md";

	expect_error("notes", name, "# no head\n", 1, "must begin");
	expect_error("notes", name, "---\ntitle: t\n", 2, "no closing");
	expect_error("notes", name, "---\ntitle: t\njust words\n---\n", 3, "is not “key: value”");
	expect_error("notes", name, "---\ntitle: t\nsymbols: s\n---\n", 1, "source:");
	expect_error("notes", name, "---\ntitle: t\nsource: s\n---\n", 1, "symbols:");
	expect_error("notes", name, "---\nsource: s\nsymbols: s\n---\n", 1, "title:");
	expect_error("notes", name, "---\ntitle: t\nsource: s\nsymbol: s\n---\n", 1,
		     "unknown key “symbol”");
}

static void test_scope(void)
{
	struct room r =
		room_with("scopes", "few.scope",
			  "# few\nnet/ipv4/   # a directory\n\nnet/socket.c\nkernel/*.c\n", -1);
	g_autoptr(GError) error = NULL;
	ew_auto(refs) refs = ew_refs_open(r.dir, &error);

	g_assert_no_error(error);
	const char *const *scope = ew_refs_scope(refs, "few");
	g_assert_nonnull(scope);
	g_assert_cmpstr(scope[0], ==, "net/ipv4/");
	g_assert_cmpstr(scope[1], ==, "net/socket.c");
	g_assert_cmpstr(scope[2], ==, "kernel/*.c");
	g_assert_null(scope[3]);
	g_assert_null(ew_refs_scope(refs, "none"));
	room_free(&r);

	expect_error("scopes", "x.scope", "# nothing\n", 1, "names nothing");
	expect_error("scopes", "x.scope", "a/\n/etc/\n", 2, "is not a directory");
	expect_error("scopes", "x.scope", "a/../../b\n", 1, "is not a directory");
	expect_error("scopes", "x.scope", "a/ b/\n", 1, "is not a directory");
}

static void test_releases(void)
{
	struct room r = room_with(".", "releases",
				  "[2.0]\npackage = src-2.0\nconfig-package = conf-2.0\n"
				  "[1.0]\npackage = src-1.0\nconfig-package = conf-1.0\n",
				  -1);
	g_autoptr(GError) error = NULL;
	ew_auto(refs) refs = ew_refs_open(r.dir, &error);

	g_assert_no_error(error);
	const struct ew_refs_release *first = ew_refs_releases(refs)->pdata[0];
	g_assert_cmpstr(first->name, ==, "2.0");
	const struct ew_refs_release *found = ew_refs_release(refs, "1.0");
	g_assert_nonnull(found);
	g_assert_cmpstr(found->package, ==, "src-1.0");
	g_assert_cmpstr(found->config_package, ==, "conf-1.0");
	g_assert_null(ew_refs_release(refs, "3.0"));

	g_assert_true(g_file_set_contents(r.path, "[2.0]\npackage = p\n", -1, NULL));
	g_assert_null(ew_refs_open(r.dir, &error));
	g_assert_error(error, EW_ERROR, EW_ERROR_INPUT);
	g_assert_nonnull(strstr(error->message, "releases:1: [2.0] needs “config-package"));
	room_free(&r);
}

static void test_front_matter(void)
{
	const char *text = "---\r\na: 1\n# comment\n\nb: x: y\na: 2\n---\nbody\n";
	g_autoptr(GError) error = NULL;
	const char *body;
	int line;
	g_autoptr(GHashTable) head = ew_refs_front_matter(text, "f.md", &body, &line, &error);

	g_assert_no_error(error);
	g_assert_cmpstr(g_hash_table_lookup(head, "a"), ==, "1\n2");
	g_assert_cmpstr(g_hash_table_lookup(head, "b"), ==, "x: y");
	g_assert_cmpstr(body, ==, "body\n");
	g_assert_cmpint(line, ==, 8);
	g_assert_null(ew_refs_front_matter("", "f.md", &body, &line, &error));
	g_assert_nonnull(strstr(error->message, "f.md:1:"));
}

static void test_unreadable(void)
{
	struct room r = room_with("notes", "x.md", "---\ntitle: \xff\n---\n", -1);
	g_autoptr(GError) error = NULL;

	g_assert_null(ew_refs_open(r.dir, &error));
	g_assert_error(error, EW_ERROR, EW_ERROR_INPUT);
	g_assert_nonnull(strstr(error->message, "x.md:2: a byte that is not UTF-8"));
	g_clear_error(&error);

	g_assert_cmpint(g_remove(r.path), ==, 0);
	g_assert_cmpint(g_mkdir(r.path, 0700), ==, 0);
	g_assert_null(ew_refs_open(r.dir, &error));
	g_assert_error(error, EW_ERROR, EW_ERROR_INPUT);
	g_assert_nonnull(strstr(error->message, "x.md"));
	g_clear_error(&error);
	room_free(&r);

	g_assert_null(ew_refs_open("/nonexistent/kernel-refs", &error));
	g_assert_error(error, EW_ERROR, EW_ERROR_INPUT);
}

static void test_fixture(void)
{
	g_autofree char *dir = g_build_filename(EW_TEST_DIR, "fixtures", "refs", NULL);
	g_autoptr(GError) error = NULL;
	ew_auto(refs) refs = ew_refs_open(dir, &error);

	g_assert_no_error(error);
	g_assert_cmpint(ew_refs_bindings(refs)->len, ==, 4);
	g_assert_cmpint(ew_refs_mechanisms(refs)->len, ==, 15);
}

/* The rooms in this repository load, and hold what the rest of the program relies on. */
static void test_shipped(void)
{
	g_autofree char *dir = g_build_filename(EW_TEST_DIR, "..", "kernel-refs", NULL);
	g_autoptr(GError) error = NULL;
	ew_auto(refs) refs = ew_refs_open(dir, &error);

	g_assert_no_error(error);
	const struct ew_refs_binding *tcp4 = ew_refs_binding(refs, "tcp4");
	g_assert_nonnull(tcp4);
	const struct ew_refs_bind *last = tcp4->binds->pdata[2];
	g_assert_cmpstr(last->slot, ==, "sock_common.skc_prot");
	g_assert_cmpstr((const char *)g_ptr_array_index(last->objects, 0), ==, "tcp_prot");
	const struct ew_refs_release *first = ew_refs_releases(refs)->pdata[0];
	g_assert_cmpstr(first->name, ==, "6.1");
	g_assert_cmpstr(ew_refs_release(refs, "6.12")->package, ==, "linux-source-6.12");
	g_assert_true(g_strv_contains(ew_refs_scope(refs, "lesson"), "net/ipv4/tcp.c"));
	g_assert_nonnull(ew_refs_scope(refs, "core"));
	g_assert_nonnull(ew_refs_scope(refs, "all"));
	g_assert_nonnull(ew_refs_note_for(refs, "fput"));
	g_assert_nonnull(ew_refs_note_for(refs, "TIME_WAIT"));
	bool found = false;
	for (guint i = 0; i < ew_refs_mechanisms(refs)->len; i++) {
		const struct ew_refs_mechanism *m = ew_refs_mechanisms(refs)->pdata[i];

		if (strcmp(m->name, "task_work") == 0) {
			found = true;
			g_assert_cmpstr(m->slot, ==, "callback_head.func");
			g_assert_cmpstr(m->registrars->pdata[0], ==, "task_work_add#1");
		}
	}
	g_assert_true(found);
	g_assert_cmpint(ew_refs_entries(refs)->len, >=, 10);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/refs/binding", test_binding);
	g_test_add_func("/refs/binding-errors", test_binding_errors);
	g_test_add_func("/refs/mechanism", test_mechanism);
	g_test_add_func("/refs/mechanism-part", test_mechanism_part);
	g_test_add_func("/refs/states", test_states);
	g_test_add_func("/refs/states-errors", test_states_errors);
	g_test_add_func("/refs/mechanism-errors", test_mechanism_errors);
	g_test_add_func("/refs/entry", test_entry);
	g_test_add_func("/refs/note", test_note);
	g_test_add_func("/refs/note-errors", test_note_errors);
	g_test_add_func("/refs/scope", test_scope);
	g_test_add_func("/refs/releases", test_releases);
	g_test_add_func("/refs/front-matter", test_front_matter);
	g_test_add_func("/refs/unreadable", test_unreadable);
	g_test_add_func("/refs/fixture", test_fixture);
	g_test_add_func("/refs/shipped", test_shipped);
	return g_test_run();
}
