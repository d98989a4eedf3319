/* session.c - sessions and tokens.
 *
 * A browser's text is changed every quarter of an hour and whenever its holder confirms who
 * they are, so that one that leaked is soon worth nothing. Requests that were on their way
 * still carry the one before; it is good for half a minute more. */
#include "access/session.h"

#include <inttypes.h>
#include <string.h>

#include "base/text.h"
#include "workspace/sql.h"

static const int64_t second = INT64_C(1000000);
enum { SEEN_EVERY = 60 };

static void bind_hash(sqlite3_stmt *statement, int at, const char *token)
{
    unsigned char hash[KU_SECRET_HASH];
    ku_secret_hash(token, hash);
    sqlite3_bind_blob(statement, at, hash, sizeof hash, SQLITE_TRANSIENT);
}

ku_status ku_user_session_begin(sqlite3 *db, int64_t user, const char *agent, int64_t now,
                                int64_t *session, char token[KU_SECRET_TEXT], ku_error *err)
{
    sqlite3_stmt *statement;
    bool row;
    char shown[121];
    ku_text_copy(shown, sizeof shown, agent != NULL ? agent : "");
    ku_secret_make(token);
    KU_TRY(ku_sql_prepare(db, &statement, err,
                          "INSERT INTO user_session (user, created, rotated, seen, confirmed,"
                          " expires, agent, token) VALUES (?1, ?2, ?2, ?2, ?2, ?3, ?4, ?5)",
                          "iiis", user, now, now + KU_SESSION_WHOLE * second, shown));
    bind_hash(statement, 5, token);
    KU_TRY(ku_sql_step(&statement, &row, err));
    *session = sqlite3_last_insert_rowid(db);
    return KU_OK;
}

ku_status ku_user_session_find(sqlite3 *db, const char *token, int64_t now, int64_t *session,
                               bool *due, ku_error *err)
{
    sqlite3_stmt *statement;
    bool row;
    *session = 0;
    *due = false;
    KU_TRY(ku_sql_prepare(db, &statement, err,
                          "SELECT id, seen, rotated, previous = ?4 FROM user_session"
                          " WHERE (token = ?4 OR (previous = ?4 AND rotated > ?2))"
                          " AND revoked IS NULL AND expires > ?1 AND seen > ?3",
                          "iii", now, now - KU_SESSION_GRACE * second,
                          now - KU_SESSION_IDLE * second));
    bind_hash(statement, 4, token);
    KU_TRY(ku_sql_step(&statement, &row, err));
    if (!row) return KU_OK;
    *session = sqlite3_column_int64(statement, 0);
    bool old_text = sqlite3_column_int(statement, 3) != 0;
    *due = !old_text && (now - sqlite3_column_int64(statement, 1) > SEEN_EVERY * second ||
                         now - sqlite3_column_int64(statement, 2) > KU_SESSION_ROTATE * second);
    sqlite3_finalize(statement);
    return KU_OK;
}

static ku_status rotate(sqlite3 *db, int64_t session, int64_t now, char token[KU_SECRET_TEXT],
                        ku_error *err)
{
    sqlite3_stmt *statement;
    bool row;
    ku_secret_make(token);
    KU_TRY(ku_sql_prepare(db, &statement, err,
                          "UPDATE user_session SET previous = token, token = ?3, rotated = ?2"
                          " WHERE id = ?1",
                          "ii", session, now));
    bind_hash(statement, 3, token);
    return ku_sql_step(&statement, &row, err);
}

ku_status ku_user_session_touch(sqlite3 *db, int64_t session, int64_t now, bool *changed,
                                char token[KU_SECRET_TEXT], ku_error *err)
{
    sqlite3_stmt *statement;
    bool row;
    *changed = false;
    KU_TRY(
        ku_sql_run(db, err, "UPDATE user_session SET seen = ?2 WHERE id = ?1", "ii", session, now));
    /* Asked again within the writer's turn: another request may have been quicker. */
    KU_TRY(ku_sql_prepare(db, &statement, err,
                          "SELECT 1 FROM user_session WHERE id = ?1 AND rotated < ?2", "ii",
                          session, now - KU_SESSION_ROTATE * second));
    KU_TRY(ku_sql_step(&statement, &row, err));
    sqlite3_finalize(statement);
    if (!row) return KU_OK;
    *changed = true;
    return rotate(db, session, now, token, err);
}

ku_status ku_user_session_confirm(sqlite3 *db, int64_t session, int64_t now,
                                  char token[KU_SECRET_TEXT], ku_error *err)
{
    KU_TRY(ku_sql_run(db, err, "UPDATE user_session SET confirmed = ?2, seen = ?2 WHERE id = ?1",
                      "ii", session, now));
    return rotate(db, session, now, token, err);
}

ku_status ku_user_session_end(sqlite3 *db, int64_t user, int64_t session, int64_t keep, int64_t now,
                              ku_error *err)
{
    return ku_sql_run(db, err,
                      "UPDATE user_session SET revoked = ?4 WHERE user = ?1 AND revoked IS NULL"
                      " AND (?2 = 0 OR id = ?2) AND id <> ?3",
                      "iiii", user, session, keep, now);
}

/* ---- tokens --------------------------------------------------------------------------------------- */

ku_status ku_token_make(sqlite3 *db, int64_t user, const char *name, unsigned scopes,
                        int64_t expires, int64_t now, int64_t *id, char token[KU_TOKEN_TEXT],
                        ku_error *err)
{
    sqlite3_stmt *statement;
    bool row;
    memcpy(token, "kmd_", 4);
    ku_secret_make(token + 4);
    KU_TRY(ku_sql_prepare(db, &statement, err,
                          "INSERT INTO api_token (version, state, created, changed, name, user,"
                          " scopes, expires, token) VALUES (1, 'active', ?1, ?1, ?2, ?3, ?4, ?5,"
                          " ?6)",
                          "isiii", now, name, user, (int64_t)scopes, expires));
    bind_hash(statement, 6, token);
    KU_TRY(ku_sql_step(&statement, &row, err));
    *id = sqlite3_last_insert_rowid(db);
    return KU_OK;
}

ku_status ku_token_find(sqlite3 *db, const char *token, int64_t now, int64_t *id, ku_error *err)
{
    sqlite3_stmt *statement;
    bool row;
    *id = 0;
    if (!ku_text_starts(token, "kmd_")) return KU_OK;
    KU_TRY(ku_sql_prepare(db, &statement, err,
                          "SELECT id FROM api_token WHERE token = ?2 AND revoked IS NULL"
                          " AND expires > ?1",
                          "i", now));
    bind_hash(statement, 2, token);
    KU_TRY(ku_sql_step(&statement, &row, err));
    if (!row) return KU_OK;
    *id = sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    return KU_OK;
}

ku_status ku_token_end(sqlite3 *db, int64_t user, int64_t id, int64_t now, ku_error *err)
{
    KU_TRY(ku_sql_run(db, err,
                      "UPDATE api_token SET revoked = ?3, state = 'revoked', changed = ?3,"
                      " version = version + 1 WHERE id = ?2 AND revoked IS NULL"
                      " AND (?1 = 0 OR user = ?1)",
                      "iii", user, id, now));
    if (sqlite3_changes(db) > 0) return KU_OK;
    return ku_error_set(err, KU_NOT_FOUND, "token", "there is no such token in use");
}
