/* session.h - who is signed in: sessions of browsers, tokens of programs. Both are random
 * texts of which only a hash is kept. All take a transaction of the caller's. */
#ifndef KU_ACCESS_SESSION_H
#define KU_ACCESS_SESSION_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>

#include "access/secret.h"
#include "kemudi/error.h"

/* Seconds: without a request, in all, until the text is changed for a new one, for which the
 * old one is still good then (requests on their way), and for which a confirmation counts. */
enum {
    KU_SESSION_IDLE = 1800,
    KU_SESSION_WHOLE = 12 * 3600,
    KU_SESSION_ROTATE = 900,
    KU_SESSION_GRACE = 30,
};

ku_status ku_user_session_begin(sqlite3 *db, int64_t user, const char *agent, int64_t now,
                                int64_t *session, char token[KU_SECRET_TEXT], ku_error *err);
/* The session of a cookie's text: 0 when there is none that is good. *due: ku_user_session_touch
 * wants to be called. */
ku_status ku_user_session_find(sqlite3 *db, const char *token, int64_t now, int64_t *session,
                               bool *due, ku_error *err);
/* Writes that it was seen and, when it is time, changes its text: *changed, `token` the new
 * one. */
ku_status ku_user_session_touch(sqlite3 *db, int64_t session, int64_t now, bool *changed,
                                char token[KU_SECRET_TEXT], ku_error *err);
/* Who they are was confirmed just now; the text changes. */
ku_status ku_user_session_confirm(sqlite3 *db, int64_t session, int64_t now,
                                  char token[KU_SECRET_TEXT], ku_error *err);
/* Ends one of the user's sessions (0: all of them but `keep`). Holds at once. */
ku_status ku_user_session_end(sqlite3 *db, int64_t user, int64_t session, int64_t keep, int64_t now,
                              ku_error *err);

/* "kmd_..." for a program; `scopes` of KU_SCOPE_*. */
#define KU_TOKEN_TEXT (KU_SECRET_TEXT + 4)
ku_status ku_token_make(sqlite3 *db, int64_t user, const char *name, unsigned scopes,
                        int64_t expires, int64_t now, int64_t *id, char token[KU_TOKEN_TEXT],
                        ku_error *err);
/* The row of a good one; 0 when it is not. */
ku_status ku_token_find(sqlite3 *db, const char *token, int64_t now, int64_t *id, ku_error *err);
ku_status ku_token_end(sqlite3 *db, int64_t user, int64_t id, int64_t now, ku_error *err);

#endif
