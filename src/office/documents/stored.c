/* stored.c - where the bytes and words of versions lie: plain bytes as blobs by the hash of their
 * content, secret ones sealed, words of those that are not secret in the index. */
#include "office/documents/stored.h"

#include <inttypes.h>

#include "office/documents/sealed.h"
#include "workspace/sql.h"

/* ---- words in the index --------------------------------------------------------------------- */

ku_status ku_stored_words(ku_office *office, int64_t document, const char *words, ku_error *err)
{
    return ku_sql_run(office->db, err, "UPDATE document_search SET body = ?1 WHERE rowid = ?2",
                      "si", words, document);
}

/* ---- where bytes lie ---------------------------------------------------------------------------- */

static const char *sealed_about(ku_office *office, int64_t document, int64_t number)
{
    return ku_arena_printf(office->arena, "document:%" PRId64 ":%" PRId64, document, number);
}

ku_status ku_stored_put(ku_office *office, int64_t document, int64_t number, bool secret,
                        const void *bytes, size_t length, char blob[KU_BLOB_ID], ku_error *err)
{
    if (!secret) return ku_blob_put(office->workspace, bytes, length, blob, err);
    return ku_sealed_put(office, sealed_about(office, document, number), bytes, length, blob, err);
}

ku_status ku_stored_get(ku_office *office, const json_t *version, ku_arena *arena, void **bytes,
                        size_t *length, ku_error *err)
{
    const char *blob = ku_member_text(version, "blob");
    if (blob == NULL)
        return ku_error_set(err, KU_NOT_FOUND, "version",
                            "the file was destroyed when its time of keeping was over");
    if (!json_is_true(json_object_get(version, "sealed")))
        return ku_blob_get(office->workspace, blob, arena, bytes, length, err);
    const char *about = sealed_about(office, ku_member_id(version, "document"),
                                     ku_member_id(version, "number"));
    return ku_sealed_get(office, blob, about, arena, bytes, length, err);
}
