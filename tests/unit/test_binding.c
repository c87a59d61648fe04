/* SPDX-License-Identifier: GPL-3.0-or-later */
/* query: what a binding says of calls whose condition asks for a pointer, and where it must say nothing. The binding is
 * the fixtures' "shelf": handle.h_ops holds shelf_ops. */
#include "small_index.h"

#include <glib/gstdio.h>
#include <string.h>

static char *work;

#define WORLD                                                                                          \
	"struct handle; struct ops { void (*put)(struct handle *); void (*take)(struct handle *); };\n" \
	"struct handle { const struct ops *h_ops, *other; };\n"                                        \
	"void put(struct handle *h) { } void take(struct handle *h) { } void third(struct handle *h) { }\n" \
	"struct ops shelf_ops = { put, take }, tube_ops = { third, third };\n"                         \
	"void make(struct handle *h, int c) { h->h_ops = c ? &shelf_ops : &tube_ops; h->other = h->h_ops; }\n" \
	"void use(struct handle *h) { h->h_ops->take(h); h->other->take(h); }\n"                          \
	"void far(void) { } void near(void) { }\n"

/* The callees of `f` with the binding: "put third*" with * for a call through a pointer. */
static void expect(const char *source, const char *callees)
{
	g_autofree char *text = g_strconcat(WORLD, source, NULL);
	g_autofree char *index = index_of_source(work, text);
	g_autofree char *dir = g_build_filename(EW_TEST_DIR, "fixtures/refs", NULL);
	struct ew_refs *refs = ew_refs_open(dir, NULL);
	g_autoptr(GError) error = NULL;
	struct ew_query *q = ew_query_open(index, refs, &error);
	const struct ew_symbol *f = ew_query_one(q, "f", EW_SYMBOL_FUNCTION, &error);
	const struct ew_edge_options options = {.binding = "shelf"};
	bool more;
	g_autoptr(GPtrArray) edges = ew_query_callees(q, f, &options, &more, &error);
	g_autoptr(GString) told = g_string_new(NULL);

	g_assert_no_error(error);
	for (guint i = 0; i < edges->len; i++) {
		const struct ew_edge *e = g_ptr_array_index(edges, i);

		if (e->callee)
			g_string_append_printf(told, "%s%s%s", told->len ? " " : "", e->callee->name,
					       e->is_pointer ? "*" : "");
	}
	if (strcmp(told->str, callees))
		g_error("of %s\n  f calls %s\n  expected %s", source, told->str, callees);
	ew_query_close(q);
	ew_refs_close(refs);
}

static void test_member(void)
{
	expect("void f(struct handle *h) { if (h->h_ops->put == put) far(); else near(); }\n", "far");
	expect("void f(struct handle *h) { if (h->h_ops->put != third) far(); else near(); }\n", "far");
	expect("void f(struct handle *h) { if (h->h_ops == &tube_ops) far(); near(); }\n", "near");
	expect("void f(struct handle *h) { if (h->h_ops != &shelf_ops) return; far(); }\n", "far");
	expect("void f(struct handle *h) { if (h->h_ops != &tube_ops) return; far(); }\n", "");
	expect("void f(struct handle *h, int n) { if (n && &tube_ops == h->h_ops) far(); else near(); }\n", "near");
	expect("void f(struct handle *h, int n) { if (n || h->h_ops == &tube_ops) far(); else near(); }\n", "far near");
	/* By way of a pointer that may be to it. */
	expect("void g(struct ops *o) { o->put = third; } void make_it(void) { g(&shelf_ops); }\n"
	       "void f(struct handle *h) { if (h->h_ops->put == third) far(); else near(); }\n", "far near");
	expect("void g(struct ops *o) { o->put = third; } void make_it(void) { g(&tube_ops); }\n"
	       "void f(struct handle *h) { if (h->h_ops->put == third) far(); else near(); }\n", "near");
	expect("void g(struct ops *o) { struct ops *copy = o; copy->put = third; }\n"
	       "void make_it(void) { g(&shelf_ops); }\n"
	       "void f(struct handle *h) { if (h->h_ops->put == third) far(); else near(); }\n", "far near");
	/* The member is stored into by others, and another member of the handle is no slot of the binding. */
	expect("void g(void (*p)(struct handle *)) { shelf_ops.put = p; }\n"
	       "void f(struct handle *h) { if (h->h_ops->put == third) far(); else near(); }\n", "far near");
	expect("void f(struct handle *h) { if (h->other->put == third) far(); if (h->other == &tube_ops) near(); }\n",
	       "far near");
}

static void test_local(void)
{
	expect("void f(struct handle *h) { void (*p)(struct handle *) = h->h_ops->put;\n"
	       "p == third ? third(h) : p == put ? put(h) : p(h); }\n", "put put*");
	expect("void f(struct handle *h) { const struct ops *o = h->h_ops; if (o->put == third) far(); o->take(h); }\n",
	       "take*");
	/* It may be NULL, so what asks for another function than the one is made. */
	expect("void f(struct handle *h, int n) { void (*p)(struct handle *) = 0; if (n) p = h->h_ops->put;\n"
	       "if (p != put) far(); }\n", "far");
	/* Or something else. */
	expect("void f(struct handle *h, int n) { void (*p)(struct handle *) = h->h_ops->put; if (n) p = h->other->put;\n"
	       "if (p == third) far(); p(h); }\n", "far put* third*");
	expect("void f(struct handle *h, const struct ops *o) { const struct ops *p = h->h_ops; if (!p) p = o;\n"
	       "if (p->put == third) far(); p->put(h); }\n"
	       "void g(struct handle *h) { f(h, &tube_ops); }\n", "far third* put*");
	expect("void f(struct handle *h, void (*p)(struct handle *)) { if (p == third) far(); }\n"
	       "void g(struct handle *h) { f(h, h->h_ops->put); }\n", "far");
}

int main(int argc, char **argv)
{
	g_autofree char *command = NULL;
	int status;

	g_test_init(&argc, &argv, NULL);
	work = g_dir_make_tmp("exitwalk-binding-XXXXXX", NULL);
	g_test_add_func("/binding/member", test_member);
	g_test_add_func("/binding/local", test_local);
	status = g_test_run();
	command = g_strdup_printf("rm -rf '%s'", work);
	return system(command) == 0 ? status : 1;
}
