/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A key file whose mistakes can be pointed at (internal to refs). GKeyFile parses it, but does not
 * say in which line a value stands, and takes the last of two equal keys in silence; this adds
 * both.
 */
#ifndef EW_REFS_KEYFILE_H
#define EW_REFS_KEYFILE_H

#include "fact/fact.h"

struct ew_keyfile;

struct ew_keyfile *ew_keyfile_open(const char *path, GError **error);
void ew_keyfile_free(struct ew_keyfile *f);
EW_DEFINE_AUTO(keyfile, ew_keyfile_free)

/* The line of a key, or of the group where key is NULL or not there; 1 where the group is missing.
 */
int ew_keyfile_line(const struct ew_keyfile *f, const char *group, const char *key);

/* The groups, and the keys of one, in the order of the file; the keys are never NULL. */
GStrv ew_keyfile_groups(const struct ew_keyfile *f);
GStrv ew_keyfile_keys(const struct ew_keyfile *f, const char *group);

/* A value that must be there and not be empty. */
char *ew_keyfile_value(const struct ew_keyfile *f, const char *group, const char *key,
		       GError **error);

/* A value of words that stand apart by ";"; at least one. */
GStrv ew_keyfile_list(const struct ew_keyfile *f, const char *group, const char *key,
		      GError **error);

/* Fail on a group or key that is not in the NULL-terminated list: it would be a typing error. */
bool ew_keyfile_only(const struct ew_keyfile *f, const char *const *groups, GError **error);
bool ew_keyfile_only_keys(const struct ew_keyfile *f, const char *group, const char *const *keys,
			  GError **error);

/* Set an error that names the file and the line of the key. */
void ew_keyfile_complain(const struct ew_keyfile *f, const char *group, const char *key,
			 GError **error, const char *format, ...) G_GNUC_PRINTF(5, 6);

#endif
