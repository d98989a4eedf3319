/* credential.h - how a user shows who they are: password, second factor, recovery codes,
 * one-time links. Secrets come in and go out as texts of the caller's, who wipes them; the
 * database holds hashes or sealed bytes only. All take a transaction of the caller's. */
#ifndef KU_ACCESS_CREDENTIAL_H
#define KU_ACCESS_CREDENTIAL_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>

#include "kemudi/arena.h"
#include "kemudi/error.h"
#include "workspace/workspace.h"

/* ---- passwords: Argon2id ------------------------------------------------------------------ */

enum { KU_PASSWORD_MIN = 12, KU_PASSWORD_MAX = 128 }; /* characters, any of them */

/* KU_BAD_DATA says what is wrong: too short or long, common, or the user's own name. */
ku_status ku_password_fit(const char *password, const char *user_name, ku_error *err);
/* Takes some tenths of a second by intent, and 64 MiB. At most two at a time, here and in
 * ku_password_matches together, so that a flood of attempts does not take the machine's
 * memory. */
ku_status ku_password_hash(const char *password, ku_arena *arena, const char **hash, ku_error *err);
/* Replaces the user's password. */
ku_status ku_password_set(sqlite3 *db, int64_t user, const char *hash, int64_t now, ku_error *err);
/* The stored hash, or one that nothing matches, so that an unknown user takes as long as a
 * known one. */
ku_status ku_password_stored(sqlite3 *db, int64_t user, ku_arena *arena, const char **hash,
                             ku_error *err);
/* Takes as long as hashing; needs no database, so that nobody waits for it. */
bool ku_password_matches(const char *hash, const char *password);

/* ---- the second factor: time-based one-time passwords (RFC 6238, 30 s, 6 digits) ------------- */

enum { KU_TOTP_PENDING = 600 }; /* seconds to confirm a new one in */

bool ku_totp_on(sqlite3 *db, int64_t user);
/* A new key, to be confirmed by a first code; `secret` in base 32, `uri` for the picture the
 * telephone reads. */
ku_status ku_totp_begin(ku_workspace *workspace, sqlite3 *db, int64_t user, const char *user_name,
                        int64_t now, ku_arena *arena, const char **secret, const char **uri,
                        ku_error *err);
/* Puts the pending key into use; KU_NOT_ALLOWED for a wrong code. */
ku_status ku_totp_confirm(ku_workspace *workspace, sqlite3 *db, int64_t user, const char *code,
                          int64_t now, ku_error *err);
/* Whether the code is that of now or a step beside it; each is good once. */
ku_status ku_totp_accept(ku_workspace *workspace, sqlite3 *db, int64_t user, const char *code,
                         int64_t now, bool *good, ku_error *err);
ku_status ku_totp_remove(sqlite3 *db, int64_t user, ku_error *err);

/* ---- recovery codes ------------------------------------------------------------------------- */

enum { KU_RECOVERY_CODES = 10 };
/* New ones in place of the old, shown once: six groups of four, "K7QF-3MXP-...", 120 bits each,
 * so that a plain hash of them tells nothing (ASVS 5.0, 6.5.2). */
ku_status ku_recovery_make(sqlite3 *db, int64_t user, int64_t now, ku_arena *arena,
                           const char *codes[KU_RECOVERY_CODES], ku_error *err);
/* Each is good once. */
ku_status ku_recovery_accept(sqlite3 *db, int64_t user, const char *code, int64_t now, bool *good,
                             ku_error *err);
ku_status ku_recovery_left(sqlite3 *db, int64_t user, int64_t *left, ku_error *err);

/* ---- one-time links ---------------------------------------------------------------------------- */

/* A text of 43 letters and digits that lets its bearer set the user's password once. Those
 * made before are void. */
ku_status ku_link_make(sqlite3 *db, int64_t user, int64_t hours, int64_t now, ku_arena *arena,
                       const char **link, ku_error *err);
/* Whose it is; KU_NOT_ALLOWED when it is unknown, used or too old. With `use` it is spent. */
ku_status ku_link_user(sqlite3 *db, const char *link, bool use, int64_t now, int64_t *user,
                       ku_error *err);

#endif
