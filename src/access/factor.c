/* factor.c - the second factor, recovery codes and one-time links.
 *
 * A time-based code is good for its own half minute and the one on either side, for clocks
 * that go a little wrong, and only once: the last step accepted is kept, and nothing up to
 * it is accepted again (RFC 6238, 5.2). */
#include <liboath/oath.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "access/credential.h"
#include "access/keys.h"
#include "access/secret.h"
#include "base/date.h"
#include "base/text.h"
#include "workspace/sql.h"

enum { KEY_BYTES = 20, STEP = 30, DIGITS = 6 };

static const int64_t second = INT64_C(1000000);

/* ---- keys ------------------------------------------------------------------------------------- */

typedef struct totp_key {
    int64_t id, last; /* row; the last step accepted */
    bool pending;
    unsigned char key[KEY_BYTES];
} totp_key;

static ku_status read_key(ku_workspace *workspace, sqlite3 *db, int64_t user, bool pending,
                          int64_t now, totp_key *key, bool *found, ku_error *err)
{
    sqlite3_stmt *statement;
    KU_TRY(ku_sql_prepare(db, &statement, err,
                          "SELECT id, secret, coalesce(used, 0) FROM credential WHERE user = ?1"
                          " AND kind = 'totp' AND (CASE WHEN ?2 THEN expires > ?3"
                          " ELSE expires IS NULL END)",
                          "iii", user, (int64_t)pending, now));
    KU_TRY(ku_sql_step(&statement, found, err));
    if (!*found) return KU_OK;
    ku_arena *arena = ku_arena_new();
    void *plain = NULL;
    size_t length = 0;
    key->id = sqlite3_column_int64(statement, 0);
    key->last = sqlite3_column_int64(statement, 2);
    ku_status status = ku_unseal(
        workspace, db, 0, "second factor", sqlite3_column_blob(statement, 1),
        (size_t)sqlite3_column_bytes(statement, 1), arena, &plain, &length, err);
    if (status == KU_OK && length == KEY_BYTES)
        memcpy(key->key, plain, KEY_BYTES);
    else if (status == KU_OK)
        status = ku_error_set(err, KU_BAD_DATA, "credential", "the stored key is damaged");
    if (plain != NULL) sodium_memzero(plain, length);
    ku_arena_free(arena);
    sqlite3_finalize(statement);
    return status;
}

bool ku_totp_on(sqlite3 *db, int64_t user)
{
    sqlite3_stmt *statement;
    bool row = false;
    if (ku_sql_prepare(db, &statement, NULL,
                       "SELECT 1 FROM credential WHERE user = ?1 AND kind = 'totp'"
                       " AND expires IS NULL",
                       "i", user) != KU_OK)
        return true; /* when in doubt the second factor is asked for */
    if (ku_sql_step(&statement, &row, NULL) != KU_OK) return true;
    sqlite3_finalize(statement);
    return row;
}

/* "Kemudi:ana", with what is no letter or digit written as in addresses. */
static void add_escaped(ku_text *uri, const char *text)
{
    for (; *text != '\0'; text++) {
        unsigned char c = (unsigned char)*text;
        bool plain = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
                     c == '-' || c == '.' || c == '_';
        ku_text_addf(uri, plain ? "%c" : "%%%02X", c);
    }
}

ku_status ku_totp_begin(ku_workspace *workspace, sqlite3 *db, int64_t user, const char *user_name,
                        int64_t now, ku_arena *arena, const char **secret, const char **uri,
                        ku_error *err)
{
    unsigned char key[KEY_BYTES];
    void *sealed;
    size_t length, encoded_length;
    char *encoded = NULL;
    sqlite3_stmt *statement;
    bool row;
    randombytes_buf(key, sizeof key);
    if (oath_base32_encode((const char *)key, sizeof key, &encoded, &encoded_length) != OATH_OK)
        return ku_error_set(err, KU_NO_MEMORY, NULL, "no memory for a key");
    *secret = ku_arena_strdup(arena, encoded);
    free(encoded);
    KU_TRY(
        ku_seal(workspace, db, 0, "second factor", key, sizeof key, arena, &sealed, &length, err));
    sodium_memzero(key, sizeof key);
    KU_TRY(ku_sql_run(db, err,
                      "DELETE FROM credential WHERE user = ?1 AND kind = 'totp'"
                      " AND expires IS NOT NULL",
                      "i", user));
    KU_TRY(ku_sql_prepare(db, &statement, err,
                          "INSERT INTO credential (user, kind, created, expires, secret)"
                          " VALUES (?1, 'totp', ?2, ?3, ?4)",
                          "iii", user, now, now + KU_TOTP_PENDING * second));
    sqlite3_bind_blob64(statement, 4, sealed, length, SQLITE_TRANSIENT);
    KU_TRY(ku_sql_step(&statement, &row, err));
    ku_text text = {0};
    ku_text_add(&text, "otpauth://totp/Kemudi:");
    add_escaped(&text, user_name);
    ku_text_addf(&text, "?secret=%s&issuer=Kemudi", *secret);
    *uri = ku_arena_strdup(arena, ku_text_string(&text));
    ku_text_clear(&text);
    return KU_OK;
}

/* The step whose code this is, or 0; all three are computed whichever fits. */
static int64_t step_of(const totp_key *key, const char *code, int64_t now)
{
    int64_t found = 0, present = now / second / STEP;
    char expected[DIGITS + 1];
    if (strlen(code) != DIGITS) return 0;
    for (int64_t step = present - 1; step <= present + 1; step++) {
        if (oath_hotp_generate((const char *)key->key, KEY_BYTES, (uint64_t)step, DIGITS, false,
                               OATH_HOTP_DYNAMIC_TRUNCATION, expected) != OATH_OK)
            continue;
        if (sodium_memcmp(expected, code, DIGITS) == 0) found = step;
    }
    return found;
}

ku_status ku_totp_accept(ku_workspace *workspace, sqlite3 *db, int64_t user, const char *code,
                         int64_t now, bool *good, ku_error *err)
{
    totp_key key;
    bool found;
    *good = false;
    KU_TRY(read_key(workspace, db, user, false, now, &key, &found, err));
    if (!found) return KU_OK;
    int64_t step = step_of(&key, code, now);
    sodium_memzero(key.key, sizeof key.key);
    if (step == 0 || step <= key.last) return KU_OK;
    *good = true;
    return ku_sql_run(db, err, "UPDATE credential SET used = ?2 WHERE id = ?1", "ii", key.id, step);
}

ku_status ku_totp_confirm(ku_workspace *workspace, sqlite3 *db, int64_t user, const char *code,
                          int64_t now, ku_error *err)
{
    totp_key key;
    bool found;
    KU_TRY(read_key(workspace, db, user, true, now, &key, &found, err));
    if (!found)
        return ku_error_set(err, KU_CONFLICT, "code",
                            "there is no new key to confirm, or it is too old; begin again");
    int64_t step = step_of(&key, code, now);
    sodium_memzero(key.key, sizeof key.key);
    if (step == 0)
        return ku_error_set(err, KU_NOT_ALLOWED, "code",
                            "this is not the code of now; is the telephone's clock right?");
    KU_TRY(ku_sql_run(db, err,
                      "DELETE FROM credential WHERE user = ?1 AND kind = 'totp' AND id <> ?2", "ii",
                      user, key.id));
    return ku_sql_run(db, err, "UPDATE credential SET expires = NULL, used = ?2 WHERE id = ?1",
                      "ii", key.id, step);
}

ku_status ku_totp_remove(sqlite3 *db, int64_t user, ku_error *err)
{
    return ku_sql_run(db, err,
                      "DELETE FROM credential WHERE user = ?1 AND kind IN ('totp', 'recovery')",
                      "i", user);
}

/* ---- hashed secrets that are good once ------------------------------------------------------------ */

static ku_status keep_hash(sqlite3 *db, int64_t user, const char *kind, const char *text,
                           int64_t now, int64_t expires, ku_error *err)
{
    unsigned char hash[KU_SECRET_HASH];
    sqlite3_stmt *statement;
    bool row;
    ku_secret_hash(text, hash);
    KU_TRY(ku_sql_prepare(db, &statement, err,
                          "INSERT INTO credential (user, kind, created, expires, secret)"
                          " VALUES (?1, ?2, ?3, ?4, ?5)",
                          "isi", user, kind, now));
    if (expires != 0) sqlite3_bind_int64(statement, 4, expires);
    sqlite3_bind_blob(statement, 5, hash, sizeof hash, SQLITE_TRANSIENT);
    return ku_sql_step(&statement, &row, err);
}

/* The unused one with this hash; 0 when there is none. `user` 0: anyone's. */
static ku_status find_hash(sqlite3 *db, int64_t user, const char *kind, const char *text,
                           int64_t now, int64_t *id, int64_t *owner, ku_error *err)
{
    unsigned char hash[KU_SECRET_HASH];
    sqlite3_stmt *statement;
    bool row;
    *id = 0;
    ku_secret_hash(text, hash);
    KU_TRY(ku_sql_prepare(db, &statement, err,
                          "SELECT id, user FROM credential WHERE kind = ?1 AND used IS NULL"
                          " AND (expires IS NULL OR expires > ?2) AND (?3 = 0 OR user = ?3)"
                          " AND secret = ?4",
                          "sii", kind, now, user));
    sqlite3_bind_blob(statement, 4, hash, sizeof hash, SQLITE_TRANSIENT);
    KU_TRY(ku_sql_step(&statement, &row, err));
    if (!row) return KU_OK;
    *id = sqlite3_column_int64(statement, 0);
    if (owner != NULL) *owner = sqlite3_column_int64(statement, 1);
    sqlite3_finalize(statement);
    return KU_OK;
}

static ku_status mark_used(sqlite3 *db, int64_t id, int64_t now, ku_error *err)
{
    return ku_sql_run(db, err, "UPDATE credential SET used = ?2 WHERE id = ?1", "ii", id, now);
}

/* ---- recovery codes ----------------------------------------------------------------------------------- */

/* Letters and digits that are not mistaken for each other: 32 of them, 5 bits each. */
static const char letters[] = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789";
enum { CODE_GROUPS = 6, CODE_GROUP = 4, CODE_TEXT = CODE_GROUPS * (CODE_GROUP + 1) };

static bool hyphen_at(size_t at)
{
    return at % (CODE_GROUP + 1) == CODE_GROUP;
}

static void make_code(char code[CODE_TEXT])
{
    for (size_t i = 0; i < CODE_TEXT - 1; i++)
        code[i] = hyphen_at(i) ? '-' : letters[randombytes_uniform(sizeof letters - 1)];
    code[CODE_TEXT - 1] = '\0';
}

/* As it was made, whatever capitals, blanks and hyphens it was typed with. */
static void plain_code(const char *typed, char code[CODE_TEXT])
{
    size_t at = 0;
    for (; *typed != '\0' && at < CODE_TEXT - 1; typed++) {
        char c = *typed;
        if (c >= 'a' && c <= 'z') c = (char)(c - 'a' + 'A');
        if (c == ' ' || c == '-') continue;
        if (hyphen_at(at)) code[at++] = '-';
        code[at++] = c;
    }
    code[at] = '\0';
}

ku_status ku_recovery_make(sqlite3 *db, int64_t user, int64_t now, ku_arena *arena,
                           const char *codes[KU_RECOVERY_CODES], ku_error *err)
{
    KU_TRY(ku_sql_run(db, err, "DELETE FROM credential WHERE user = ?1 AND kind = 'recovery'", "i",
                      user));
    for (int i = 0; i < KU_RECOVERY_CODES; i++) {
        char code[CODE_TEXT];
        make_code(code);
        codes[i] = ku_arena_strdup(arena, code);
        ku_status status = keep_hash(db, user, "recovery", code, now, 0, err);
        sodium_memzero(code, sizeof code);
        KU_TRY(status);
    }
    return KU_OK;
}

ku_status ku_recovery_accept(sqlite3 *db, int64_t user, const char *typed, int64_t now, bool *good,
                             ku_error *err)
{
    char code[CODE_TEXT];
    int64_t id;
    plain_code(typed, code);
    ku_status status = find_hash(db, user, "recovery", code, now, &id, NULL, err);
    sodium_memzero(code, sizeof code);
    KU_TRY(status);
    *good = id != 0;
    return *good ? mark_used(db, id, now, err) : KU_OK;
}

ku_status ku_recovery_left(sqlite3 *db, int64_t user, int64_t *left, ku_error *err)
{
    sqlite3_stmt *statement;
    bool row;
    KU_TRY(ku_sql_prepare(db, &statement, err,
                          "SELECT count(*) FROM credential WHERE user = ?1 AND kind = 'recovery'"
                          " AND used IS NULL",
                          "i", user));
    KU_TRY(ku_sql_step(&statement, &row, err));
    *left = sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    return KU_OK;
}

/* ---- one-time links --------------------------------------------------------------------------------------- */

ku_status ku_link_make(sqlite3 *db, int64_t user, int64_t hours, int64_t now, ku_arena *arena,
                       const char **link, ku_error *err)
{
    char text[KU_SECRET_TEXT];
    KU_TRY(
        ku_sql_run(db, err, "DELETE FROM credential WHERE user = ?1 AND kind = 'link'", "i", user));
    ku_secret_make(text);
    *link = ku_arena_strdup(arena, text);
    return keep_hash(db, user, "link", text, now, now + hours * 3600 * second, err);
}

ku_status ku_link_user(sqlite3 *db, const char *link, bool use, int64_t now, int64_t *user,
                       ku_error *err)
{
    int64_t id;
    KU_TRY(find_hash(db, 0, "link", link, now, &id, user, err));
    if (id == 0)
        return ku_error_set(err, KU_NOT_ALLOWED, "link",
                            "this link is not good: it was used, is too old, or was replaced; "
                            "ask an administrator for a new one");
    return use ? mark_used(db, id, now, err) : KU_OK;
}
