/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The files of kernel-refs, one reader a kind (internal to refs). Each reads one file and gives one
 * value, or NULL and an error that names the file and, where there is one, the line.
 */
#ifndef EW_REFS_READER_H
#define EW_REFS_READER_H

#include "refs/refs.h"

struct ew_refs_binding *ew_refs_read_binding(const char *path, GError **error);
void ew_refs_binding_free(struct ew_refs_binding *b);

struct ew_refs_mechanism *ew_refs_read_mechanism(const char *path, GError **error);
/* After all were read: finds what each `of` names. */
bool ew_refs_link_mechanisms(const GPtrArray *all, GError **error);
void ew_refs_mechanism_free(struct ew_refs_mechanism *m);

struct ew_refs_entry *ew_refs_read_entry(const char *path, GError **error);
void ew_refs_entry_free(struct ew_refs_entry *e);

struct ew_refs_note *ew_refs_read_note(const char *path, GError **error);
void ew_refs_note_free(struct ew_refs_note *n);

struct ew_refs_sleep_roots *ew_refs_read_sleeps(const char *path, GError **error);
void ew_refs_sleeps_free(struct ew_refs_sleep_roots *s);
/* ends.c: the caller's; empty where there is no such file. */
GStrv ew_refs_read_ends(const char *path, GError **error);

struct ew_refs_states *ew_refs_read_states(const char *path, GError **error);
void ew_refs_states_free(struct ew_refs_states *s);

/* The releases file gives an array of struct ew_refs_release; it need not exist. */
GPtrArray *ew_refs_read_releases(const char *path, GError **error);
void ew_refs_release_free(struct ew_refs_release *r);

/* Adds to the two sets; the file need not exist. */
bool ew_refs_read_gates(const char *path, struct ew_refs_gates *gates, GError **error);

GStrv ew_refs_read_scope(const char *path, GError **error);

/* The file's whole text, which must be UTF-8 and free of NUL bytes. */
char *ew_refs_read_text(const char *path, GError **error);

/* "tcp4" of "…/bindings/tcp4.binding". */
char *ew_refs_stem(const char *path);

/* How long the C identifier is that the text begins with, 0 if none; is the text one; is it
 * “struct.field”? */
size_t ew_refs_identifier_length(const char *text);
bool ew_refs_is_identifier(const char *text);
bool ew_refs_is_slot(const char *text);

#endif
