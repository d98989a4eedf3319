/* keys.c - sealing under a person's key, and signing in a person's name.
 *
 * Each person has a random key of their own; the database keeps it only wrapped by the master
 * key. Destroying the wrapped bytes makes everything sealed under the key unreadable at once,
 * wherever it lies: rows, the log. A destroyed key leaves its row behind, so that no second
 * one is ever made. Signing keys are kept in the same way; the public halves stay for ever, so
 * that what an erased person signed can still be checked.
 *
 * Layout of a sealed value: nonce (24), ciphertext, tag (16); `about` is authenticated. */
#include "access/keys.h"

#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "access/keys_internal.h"
#include "base/date.h"
#include "workspace/sql.h"

enum { ABOUT = 64 };

/* ---- a person's key ---------------------------------------------------------------------------- */

typedef struct wrapped_row {
    bool there, destroyed;
    unsigned char bytes[KU_WRAPPED_BYTES];
    size_t length;
} wrapped_row;

static void copy_blob(sqlite3_stmt *statement, int column, wrapped_row *row)
{
    int length = sqlite3_column_bytes(statement, column);
    row->length = length > 0 ? (size_t)length : 0;
    if (row->length <= sizeof row->bytes && row->length > 0)
        memcpy(row->bytes, sqlite3_column_blob(statement, column), row->length);
}

static ku_status find_wrapped(sqlite3 *db, int64_t person, wrapped_row *row, ku_error *err)
{
    sqlite3_stmt *statement;
    *row = (wrapped_row){0};
    KU_TRY(ku_sql_prepare(db, &statement, err,
                          "SELECT wrapped, destroyed IS NOT NULL FROM person_key WHERE person = ?1",
                          "i", person));
    KU_TRY(ku_sql_step(&statement, &row->there, err));
    if (row->there) {
        row->destroyed = sqlite3_column_int(statement, 1) != 0;
        copy_blob(statement, 0, row);
    }
    sqlite3_finalize(statement);
    return KU_OK;
}

static ku_status run_with_blob(sqlite3 *db, const char *sql, int64_t person, const void *bytes,
                               size_t length, ku_error *err)
{
    sqlite3_stmt *statement;
    bool row;
    KU_TRY(ku_sql_prepare(db, &statement, err, sql, "i", person));
    sqlite3_bind_blob(statement, 2, bytes, (int)length, SQLITE_TRANSIENT);
    return ku_sql_step(&statement, &row, err);
}

/* Whether anything is wrapped already: then a missing master key is a loss, not a beginning. */
static ku_status nothing_wrapped(sqlite3 *db, bool *nothing, ku_error *err)
{
    sqlite3_stmt *statement;
    bool row;
    KU_TRY(ku_sql_prepare(db, &statement, err,
                          "SELECT NOT EXISTS (SELECT 1 FROM person_key WHERE wrapped IS NOT NULL)"
                          " AND NOT EXISTS (SELECT 1 FROM person_signer WHERE wrapped IS NOT NULL)",
                          ""));
    KU_TRY(ku_sql_step(&statement, &row, err));
    *nothing = sqlite3_column_int(statement, 0) != 0;
    sqlite3_finalize(statement);
    return KU_OK;
}

static ku_status master_key(ku_workspace *workspace, sqlite3 *db, unsigned char key[KU_KEY_BYTES],
                            ku_error *err)
{
    bool fresh;
    KU_TRY(nothing_wrapped(db, &fresh, err));
    return ku_master_key(workspace, fresh, key, err);
}

static ku_status make_key(ku_workspace *workspace, sqlite3 *db, int64_t person, const char *about,
                          unsigned char key[KU_KEY_BYTES], ku_error *err)
{
    unsigned char master[KU_KEY_BYTES], wrapped[KU_WRAPPED_BYTES];
    KU_TRY(master_key(workspace, db, master, err));
    randombytes_buf(key, KU_KEY_BYTES);
    ku_key_wrap(master, about, key, wrapped);
    sodium_memzero(master, sizeof master);
    ku_status status =
        run_with_blob(db, "INSERT INTO person_key (person, wrapped) VALUES (?1, ?2)", person,
                      wrapped, sizeof wrapped, err);
    if (status != KU_OK) sodium_memzero(key, KU_KEY_BYTES);
    return status;
}

static ku_status open_wrapped(ku_workspace *workspace, const char *about, const wrapped_row *row,
                              unsigned char key[KU_KEY_BYTES], ku_error *err)
{
    unsigned char master[KU_KEY_BYTES];
    KU_TRY(ku_master_key(workspace, false, master, err));
    bool opened = ku_key_unwrap(master, about, row->bytes, row->length, key);
    sodium_memzero(master, sizeof master);
    if (opened) return KU_OK;
    return ku_error_set(err, KU_BAD_DATA, about,
                        "this key does not open with keys/master.key: one of the two was altered "
                        "or is of another workspace; restore a backup");
}

static ku_status person_key(ku_workspace *workspace, sqlite3 *db, int64_t person, bool make,
                            unsigned char key[KU_KEY_BYTES], ku_error *err)
{
    wrapped_row row;
    char about[ABOUT];
    snprintf(about, sizeof about, "key of person %" PRId64, person);
    KU_TRY(find_wrapped(db, person, &row, err));
    if (row.destroyed)
        return ku_error_set(err, KU_NOT_FOUND, about,
                            "this person has been erased: their key is destroyed, and what it "
                            "sealed cannot be read again");
    if (row.there) return open_wrapped(workspace, about, &row, key, err);
    if (make) return make_key(workspace, db, person, about, key, err);
    return ku_error_set(err, KU_BAD_DATA, about, "the key is missing; restore a backup");
}

/* ---- sealing ------------------------------------------------------------------------------------- */

ku_status ku_seal(ku_workspace *workspace, sqlite3 *db, int64_t person, const char *about,
                  const void *plain, size_t length, ku_arena *arena, void **sealed,
                  size_t *sealed_length, ku_error *err)
{
    unsigned char key[KU_KEY_BYTES];
    unsigned char *out = ku_arena_try(arena, KU_NONCE_BYTES + length + KU_TAG_BYTES);
    if (out == NULL) return ku_error_set(err, KU_NO_MEMORY, about, "no memory to seal it");
    KU_TRY(person_key(workspace, db, person, true, key, err));
    randombytes_buf(out, KU_NONCE_BYTES);
    crypto_aead_xchacha20poly1305_ietf_encrypt(out + KU_NONCE_BYTES, NULL, plain, length,
                                               (const unsigned char *)about, strlen(about), NULL,
                                               out, key);
    sodium_memzero(key, sizeof key);
    *sealed = out;
    *sealed_length = KU_NONCE_BYTES + length + KU_TAG_BYTES;
    return KU_OK;
}

static ku_status altered(const char *about, ku_error *err)
{
    return ku_error_set(err, KU_BAD_DATA, about,
                        "the sealed value was altered or moved here; restore a backup");
}

ku_status ku_unseal(ku_workspace *workspace, sqlite3 *db, int64_t person, const char *about,
                    const void *sealed, size_t sealed_length, ku_arena *arena, void **plain,
                    size_t *length, ku_error *err)
{
    unsigned char key[KU_KEY_BYTES];
    const unsigned char *bytes = sealed;
    if (sealed_length < KU_NONCE_BYTES + KU_TAG_BYTES) return altered(about, err);
    size_t size = sealed_length - KU_NONCE_BYTES - KU_TAG_BYTES;
    unsigned char *out = ku_arena_try(arena, size + 1);
    if (out == NULL) return ku_error_set(err, KU_NO_MEMORY, about, "no memory to open it");
    KU_TRY(person_key(workspace, db, person, false, key, err));
    int failed = crypto_aead_xchacha20poly1305_ietf_decrypt(
        out, NULL, NULL, bytes + KU_NONCE_BYTES, sealed_length - KU_NONCE_BYTES,
        (const unsigned char *)about, strlen(about), bytes, key);
    sodium_memzero(key, sizeof key);
    if (failed != 0) return altered(about, err);
    out[size] = '\0';
    *plain = out;
    *length = size;
    return KU_OK;
}

ku_status ku_key_destroy(sqlite3 *db, int64_t person, int64_t now, ku_error *err)
{
    sqlite3_stmt *statement;
    bool row;
    /* Freed bytes are overwritten, not left in the file's unused pages. */
    KU_TRY(ku_sql_prepare(db, &statement, err, "PRAGMA secure_delete = ON", ""));
    KU_TRY(ku_sql_step(&statement, &row, err));
    sqlite3_finalize(statement);
    KU_TRY(ku_sql_run(db, err,
                      "INSERT INTO person_key (person, wrapped, destroyed) VALUES (?1, NULL, ?2)"
                      " ON CONFLICT (person) DO UPDATE SET wrapped = NULL,"
                      " destroyed = coalesce(destroyed, ?2)",
                      "ii", person, now));
    return ku_sql_run(db, err,
                      "UPDATE person_signer SET wrapped = NULL, retired = coalesce(retired, ?2)"
                      " WHERE person = ?1",
                      "ii", person, now);
}

/* ---- signing --------------------------------------------------------------------------------------- */

typedef struct signer {
    unsigned char secret[crypto_sign_SECRETKEYBYTES];
    unsigned char public[crypto_sign_PUBLICKEYBYTES];
} signer;

_Static_assert(crypto_sign_SEEDBYTES == KU_KEY_BYTES, "a signer is kept as its seed");
_Static_assert(crypto_sign_PUBLICKEYBYTES == KU_PUBLIC_BYTES, "public key");
_Static_assert(crypto_sign_BYTES == KU_SIGNATURE_BYTES, "signature");

static ku_status insert_signer(sqlite3 *db, int64_t person, const signer *s,
                               const unsigned char wrapped[KU_WRAPPED_BYTES], ku_error *err)
{
    sqlite3_stmt *statement;
    bool row;
    KU_TRY(ku_sql_prepare(
        db, &statement, err,
        "INSERT INTO person_signer (person, created, public, wrapped) VALUES (?1, ?2, ?3, ?4)",
        "ii", person, ku_now_micros()));
    sqlite3_bind_blob(statement, 3, s->public, KU_PUBLIC_BYTES, SQLITE_TRANSIENT);
    sqlite3_bind_blob(statement, 4, wrapped, KU_WRAPPED_BYTES, SQLITE_TRANSIENT);
    return ku_sql_step(&statement, &row, err);
}

static ku_status make_signer(ku_workspace *workspace, sqlite3 *db, int64_t person,
                             const char *about, signer *s, ku_error *err)
{
    unsigned char master[KU_KEY_BYTES], seed[KU_KEY_BYTES], wrapped[KU_WRAPPED_BYTES];
    KU_TRY(master_key(workspace, db, master, err));
    randombytes_buf(seed, sizeof seed);
    crypto_sign_seed_keypair(s->public, s->secret, seed);
    ku_key_wrap(master, about, seed, wrapped);
    sodium_memzero(master, sizeof master);
    sodium_memzero(seed, sizeof seed);
    return insert_signer(db, person, s, wrapped, err);
}

static ku_status open_signer(ku_workspace *workspace, const char *about, const wrapped_row *row,
                             signer *s, ku_error *err)
{
    unsigned char seed[KU_KEY_BYTES];
    KU_TRY(open_wrapped(workspace, about, row, seed, err));
    crypto_sign_seed_keypair(s->public, s->secret, seed);
    sodium_memzero(seed, sizeof seed);
    return KU_OK;
}

static ku_status find_signer(sqlite3 *db, int64_t person, wrapped_row *row, ku_error *err)
{
    sqlite3_stmt *statement;
    *row = (wrapped_row){0};
    KU_TRY(ku_sql_prepare(db, &statement, err,
                          "SELECT wrapped FROM person_signer WHERE person = ?1 AND retired IS NULL"
                          " ORDER BY id DESC LIMIT 1",
                          "i", person));
    KU_TRY(ku_sql_step(&statement, &row->there, err));
    if (row->there) copy_blob(statement, 0, row);
    sqlite3_finalize(statement);
    return KU_OK;
}

static ku_status person_signer(ku_workspace *workspace, sqlite3 *db, int64_t person, signer *s,
                               ku_error *err)
{
    wrapped_row row;
    char about[ABOUT];
    snprintf(about, sizeof about, "signer of person %" PRId64, person);
    KU_TRY(find_wrapped(db, person, &row, err));
    if (row.destroyed)
        return ku_error_set(err, KU_NOT_FOUND, about,
                            "this person has been erased and signs nothing any more");
    KU_TRY(find_signer(db, person, &row, err));
    if (row.there) return open_signer(workspace, about, &row, s, err);
    return make_signer(workspace, db, person, about, s, err);
}

ku_status ku_sign(ku_workspace *workspace, sqlite3 *db, int64_t person, const void *message,
                  size_t length, unsigned char signature[KU_SIGNATURE_BYTES],
                  unsigned char public_key[KU_PUBLIC_BYTES], ku_error *err)
{
    signer s;
    ku_status status = person_signer(workspace, db, person, &s, err);
    if (status == KU_OK) {
        crypto_sign_detached(signature, NULL, message, length, s.secret);
        memcpy(public_key, s.public, KU_PUBLIC_BYTES);
    }
    sodium_memzero(&s, sizeof s);
    return status;
}

bool ku_signature_holds(const unsigned char signature[KU_SIGNATURE_BYTES],
                        const unsigned char public_key[KU_PUBLIC_BYTES], const void *message,
                        size_t length)
{
    return crypto_sign_verify_detached(signature, message, length, public_key) == 0;
}
