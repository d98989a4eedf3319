/* export.c - the heads of the log for keeping elsewhere, and the log against them.
 *
 * Who has both the database and the workspace's key can write the whole log anew and sign it
 * again. Against that only a copy of the heads helps that was out of their hands before. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "access/event_internal.h"
#include "access/keys.h"
#include "workspace/sql.h"

enum { SIGNATURE_HEX = 2 * KU_SIGNATURE_BYTES + 1, PUBLIC_HEX = 2 * KU_PUBLIC_BYTES + 1 };

static json_t *hex_json(sqlite3_stmt *statement, int column, int length)
{
    char hex[SIGNATURE_HEX] = "";
    if (sqlite3_column_bytes(statement, column) == length)
        sodium_bin2hex(hex, sizeof hex, sqlite3_column_blob(statement, column), (size_t)length);
    return json_string(hex);
}

ku_status ku_events_heads(sqlite3 *db, json_t **heads, ku_error *err)
{
    sqlite3_stmt *statement;
    bool row;
    KU_TRY(ku_sql_prepare(db, &statement, err,
                          "SELECT day, seq, hash, signature, public FROM event_head ORDER BY day",
                          ""));
    json_t *list = json_array();
    for (;;) {
        ku_status status = ku_sql_step(&statement, &row, err);
        if (status != KU_OK) {
            json_decref(list);
            return status;
        }
        if (!row) break;
        json_t *head = json_object();
        json_object_set_new(head, "day",
                            json_string((const char *)sqlite3_column_text(statement, 0)));
        json_object_set_new(head, "seq", json_integer(sqlite3_column_int64(statement, 1)));
        json_object_set_new(head, "hash",
                            json_string((const char *)sqlite3_column_text(statement, 2)));
        json_object_set_new(head, "signature", hex_json(statement, 3, KU_SIGNATURE_BYTES));
        json_object_set_new(head, "public", hex_json(statement, 4, KU_PUBLIC_BYTES));
        json_array_append_new(list, head);
    }
    *heads = list;
    return KU_OK;
}

/* ---- comparing --------------------------------------------------------------------------------- */

typedef struct kept_head {
    const char *day, *hash, *signature, *public;
    int64_t seq;
} kept_head;

static ku_status read_head(const json_t *json, size_t at, kept_head *head, ku_error *err)
{
    char path[32];
    snprintf(path, sizeof path, "head %zu", at + 1);
    KU_TRY(ku_json_text(json, path, "day", &head->day, err));
    KU_TRY(ku_json_int(json, path, "seq", &head->seq, err));
    KU_TRY(ku_json_text(json, path, "hash", &head->hash, err));
    KU_TRY(ku_json_text(json, path, "signature", &head->signature, err));
    return ku_json_text(json, path, "public", &head->public, err);
}

static bool signature_holds(const kept_head *head)
{
    char text[KU_HEAD_TEXT];
    unsigned char signature[KU_SIGNATURE_BYTES], public[KU_PUBLIC_BYTES];
    size_t signed_length = 0, public_length = 0;
    size_t length = ku_event_head_text(head->day, head->seq, head->hash, text);
    return length > 0 &&
           sodium_hex2bin(signature, sizeof signature, head->signature, strlen(head->signature),
                          NULL, &signed_length, NULL) == 0 &&
           sodium_hex2bin(public, sizeof public, head->public, strlen(head->public), NULL,
                          &public_length, NULL) == 0 &&
           signed_length == sizeof signature && public_length == sizeof public &&
           ku_signature_holds(signature, public, text, length);
}

static ku_status compare_head(sqlite3 *db, const kept_head *head, ku_error *err)
{
    sqlite3_stmt *statement;
    bool row;
    char where[96];
    snprintf(where, sizeof where, "the head of %.20s", head->day);
    if (!signature_holds(head))
        return ku_error_set(err, KU_BAD_DATA, where,
                            "the kept copy was altered: its signature does not hold");
    KU_TRY(ku_sql_prepare(db, &statement, err, "SELECT hash FROM event WHERE seq = ?1", "i",
                          head->seq));
    KU_TRY(ku_sql_step(&statement, &row, err));
    if (!row)
        return ku_error_set(err, KU_BAD_DATA, where,
                            "event %" PRId64 " is no longer in the log: its end was cut off",
                            head->seq);
    const char *hash = (const char *)sqlite3_column_text(statement, 0);
    bool same = hash != NULL && strcmp(hash, head->hash) == 0;
    sqlite3_finalize(statement);
    if (same) return KU_OK;
    return ku_error_set(err, KU_BAD_DATA, where,
                        "event %" PRId64 " is another one than the kept copy says: the log was "
                        "written anew",
                        head->seq);
}

ku_status ku_events_compare(sqlite3 *db, const json_t *heads, ku_error *err)
{
    size_t i;
    const json_t *json;
    kept_head head;
    json_array_foreach((json_t *)(uintptr_t)heads, i, json)
    {
        KU_TRY(read_head(json, i, &head, err));
        KU_TRY(compare_head(db, &head, err));
    }
    return KU_OK;
}
