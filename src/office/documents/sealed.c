/* sealed.c - a large secret as a row of sealed pieces.
 *
 *     "KUSEAL1" NUL, length of the content (8 bytes), then each piece: its sealed length (4
 *     bytes) and the sealed bytes of up to PIECE of content. Numbers are little-endian.
 *
 * Every piece is bound to its place among how many, so that none can be left out, doubled or
 * put elsewhere. The whole is an ordinary blob: backup and verification treat it as any. */
#include "office/documents/sealed.h"

#include <inttypes.h>
#include <string.h>

#include "access/keys.h"

enum { PIECE = 1 << 20, HEAD = 16 };
static const char mark[8] = "KUSEAL1";

static void add_number(ku_text *out, uint64_t value, int bytes)
{
    for (int i = 0; i < bytes; i++) ku_text_addc(out, (char)(value >> 8 * i & 0xff));
}

static uint64_t number_at(const unsigned char *at, int bytes)
{
    uint64_t value = 0;
    for (int i = 0; i < bytes; i++) value |= (uint64_t)at[i] << 8 * i;
    return value;
}

static uint64_t piece_count(uint64_t length)
{
    return length == 0 ? 1 : (length + PIECE - 1) / PIECE;
}

static const char *place(ku_arena *arena, const char *about, uint64_t piece, uint64_t length)
{
    return ku_arena_printf(arena, "%s:%" PRIu64 "/%" PRIu64 ":%" PRIu64, about, piece,
                           piece_count(length), length);
}

static ku_status seal_pieces(ku_office *office, const char *about, const char *bytes, size_t length,
                             ku_arena *arena, ku_text *out, ku_error *err)
{
    ku_text_addn(out, mark, sizeof mark);
    add_number(out, length, 8);
    for (uint64_t i = 0; i < piece_count(length); i++) {
        size_t at = (size_t)i * PIECE, size = length - at < PIECE ? length - at : PIECE,
               sealed_length;
        void *sealed;
        KU_TRY(ku_seal(office->workspace, office->db, 0, place(arena, about, i, length), bytes + at,
                       size, arena, &sealed, &sealed_length, err));
        add_number(out, sealed_length, 4);
        ku_text_addn(out, sealed, sealed_length);
        ku_arena_reset(arena);
    }
    return ku_text_check(out, err);
}

ku_status ku_sealed_put(ku_office *office, const char *about, const void *bytes, size_t length,
                        char blob[KU_BLOB_ID], ku_error *err)
{
    ku_text out = {0};
    ku_arena *arena = ku_arena_new();
    if (arena == NULL) return ku_error_set(err, KU_NO_MEMORY, NULL, "no memory");
    ku_status status = seal_pieces(office, about, bytes, length, arena, &out, err);
    if (status == KU_OK) status = ku_blob_put(office->workspace, out.bytes, out.length, blob, err);
    ku_text_clear(&out);
    ku_arena_free(arena);
    return status;
}

/* ---- opening ----------------------------------------------------------------------------------- */

static ku_status altered(ku_error *err)
{
    return ku_error_set(err, KU_BAD_DATA, NULL,
                        "the stored file of a secret document was altered; restore a backup");
}

static ku_status open_pieces(ku_office *office, const char *about, const unsigned char *from,
                             size_t from_length, ku_arena *scratch, unsigned char *to,
                             uint64_t length, ku_error *err)
{
    size_t at = HEAD;
    for (uint64_t i = 0, done = 0; i < piece_count(length); i++) {
        if (from_length - at < 4) return altered(err);
        uint64_t sealed_length = number_at(from + at, 4);
        size_t got;
        void *plain;
        at += 4;
        if (sealed_length > from_length - at) return altered(err);
        KU_TRY(ku_unseal(office->workspace, office->db, 0, place(scratch, about, i, length),
                         from + at, (size_t)sealed_length, scratch, &plain, &got, err));
        if (got != (length - done < PIECE ? length - done : PIECE)) return altered(err);
        if (got > 0) memcpy(to + done, plain, got);
        at += (size_t)sealed_length;
        done += got;
        ku_arena_reset(scratch);
    }
    return at == from_length ? KU_OK : altered(err);
}

static ku_status open_blob(ku_office *office, const char *blob, const char *about, ku_arena *packed,
                           ku_arena *scratch, ku_arena *arena, void **bytes, size_t *length,
                           ku_error *err)
{
    void *from;
    size_t from_length;
    KU_TRY(ku_blob_get(office->workspace, blob, packed, &from, &from_length, err));
    if (from_length < HEAD || memcmp(from, mark, sizeof mark) != 0) return altered(err);
    uint64_t plain_length = number_at((const unsigned char *)from + 8, 8);
    if (plain_length > from_length) return altered(err);
    *bytes = ku_arena_try(arena, (size_t)plain_length + 1);
    *length = (size_t)plain_length;
    if (*bytes == NULL)
        return ku_error_set(err, KU_NO_MEMORY, NULL, "no memory for the stored file");
    return open_pieces(office, about, from, from_length, scratch, *bytes, plain_length, err);
}

ku_status ku_sealed_get(ku_office *office, const char *blob, const char *about, ku_arena *arena,
                        void **bytes, size_t *length, ku_error *err)
{
    ku_arena *packed = ku_arena_new(), *scratch = ku_arena_new();
    ku_status status = packed != NULL && scratch != NULL
                           ? open_blob(office, blob, about, packed, scratch, arena, bytes, length,
                                       err)
                           : ku_error_set(err, KU_NO_MEMORY, NULL, "no memory");
    ku_arena_free(packed);
    ku_arena_free(scratch);
    return status;
}
