/* blob.c - bytes kept by the BLAKE2b-256 of their content, compressed.
 *
 * A blob is written under a name of its own and renamed when it is on the disk; two
 * writers of the same content rename the same bytes. Since the name is the hash, reading
 * can prove that nothing was damaged, and what is there already is never written again. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <zstd.h>

#include "base/file.h"
#include "base/hash.h"
#include "workspace/workspace_internal.h"

enum { LEVEL = 3 };

void ku_blob_path(const char *id, char path[KU_BLOB_PATH])
{
    snprintf(path, KU_BLOB_PATH, "%.2s/%s.zst", id, id);
}

/* Streams the compressed bytes into the file. */
static ku_status compress_to(ku_file *file, ZSTD_CCtx *zstd, const void *bytes, size_t length,
                             ku_error *err)
{
    char buffer[1 << 16];
    ZSTD_inBuffer in = {bytes, length, 0};
    ZSTD_CCtx_setParameter(zstd, ZSTD_c_compressionLevel, LEVEL);
    ZSTD_CCtx_setParameter(zstd, ZSTD_c_checksumFlag, 1);
    ZSTD_CCtx_setPledgedSrcSize(zstd, length);
    for (size_t left = 1; left != 0;) {
        ZSTD_outBuffer out = {buffer, sizeof buffer, 0};
        left = ZSTD_compressStream2(zstd, &out, &in, ZSTD_e_end);
        if (ZSTD_isError(left))
            return ku_error_set(err, KU_FAULT, file->path, "compressing: %s",
                                ZSTD_getErrorName(left));
        KU_TRY(ku_file_add(file, buffer, out.pos, err));
    }
    return KU_OK;
}

static ku_status write_blob(const char *path, const void *bytes, size_t length, ku_error *err)
{
    ku_file file;
    ZSTD_CCtx *zstd = ZSTD_createCCtx();
    if (zstd == NULL) return ku_error_set(err, KU_NO_MEMORY, path, "no memory to compress");
    ku_status status = ku_file_create(&file, path, 0600, err);
    if (status == KU_OK) {
        status = compress_to(&file, zstd, bytes, length, err);
        if (status == KU_OK) status = ku_file_commit(&file, err);
        ku_file_drop(&file);
    }
    ZSTD_freeCCtx(zstd);
    return status;
}

static ku_status store(ku_workspace *workspace, const char *id, const void *bytes, size_t length,
                       ku_arena *arena, ku_error *err)
{
    char relative[KU_BLOB_PATH];
    ku_blob_path(id, relative);
    char *path = ku_arena_printf(arena, "%s/blobs/%s", workspace->path, relative);
    if (ku_file_exists(path)) return KU_OK;
    char *folder = ku_arena_printf(arena, "%s/blobs/%.2s", workspace->path, id);
    KU_TRY(ku_folder_make(folder, 0700, err));
    return write_blob(path, bytes, length, err);
}

/* Whether this is 64 lower-case hexadecimal digits. */
static bool is_id(const char *text)
{
    return strlen(text) == KU_BLOB_ID - 1 && strspn(text, "0123456789abcdef") == KU_BLOB_ID - 1;
}

ku_status ku_blob_put(ku_workspace *workspace, const void *bytes, size_t length,
                      char id[KU_BLOB_ID], ku_error *err)
{
    ku_arena *arena = ku_arena_new();
    if (arena == NULL) return ku_error_set(err, KU_NO_MEMORY, NULL, "no memory");
    char hash[KU_HASH_TEXT];
    ku_hash_bytes(bytes, length, hash);
    ku_status status = store(workspace, hash, bytes, length, arena, err);
    if (status == KU_OK) memcpy(id, hash, sizeof hash);
    ku_arena_free(arena);
    return status;
}

static ku_status damaged(const char *id, ku_error *err)
{
    return ku_error_set(err, KU_BAD_DATA, NULL,
                        "the stored file blobs/%.2s/%s.zst is damaged; restore a backup", id, id);
}

ku_status ku_blob_unpack(const char *id, const void *packed, size_t packed_length, ku_arena *arena,
                         void **bytes, size_t *length, ku_error *err)
{
    unsigned long long size = ZSTD_getFrameContentSize(packed, packed_length);
    if (size == ZSTD_CONTENTSIZE_UNKNOWN || size == ZSTD_CONTENTSIZE_ERROR) return damaged(id, err);
    /* zstd cannot expand further than this, whatever a damaged header says. */
    if (size / 65536 > packed_length) return damaged(id, err);
    void *to = ku_arena_try(arena, (size_t)size);
    if (to == NULL)
        return ku_error_set(err, KU_NO_MEMORY, NULL, "no memory for a stored file of %llu bytes",
                            size);
    char hash[KU_HASH_TEXT];
    size_t got = ZSTD_decompress(to, (size_t)size, packed, packed_length);
    if (ZSTD_isError(got) || got != size) return damaged(id, err);
    ku_hash_bytes(to, got, hash);
    if (strcmp(hash, id) != 0) return damaged(id, err);
    *bytes = to;
    *length = got;
    return KU_OK;
}

ku_status ku_blob_get(ku_workspace *workspace, const char *id, ku_arena *arena, void **bytes,
                      size_t *length, ku_error *err)
{
    if (!is_id(id)) return ku_error_set(err, KU_NOT_FOUND, NULL, "no such stored file");
    char relative[KU_BLOB_PATH];
    ku_blob_path(id, relative);
    ku_arena *scratch = ku_arena_new();
    if (scratch == NULL) return ku_error_set(err, KU_NO_MEMORY, NULL, "no memory");
    char *packed;
    size_t packed_length;
    const char *path = ku_arena_printf(scratch, "%s/blobs/%s", workspace->path, relative);
    ku_status status = ku_file_read(path, SIZE_MAX / 2, scratch, &packed, &packed_length, err);
    if (status == KU_OK)
        status = ku_blob_unpack(id, packed, packed_length, arena, bytes, length, err);
    ku_arena_free(scratch);
    return status;
}

ku_status ku_blob_remove(ku_workspace *workspace, const char *id, ku_error *err)
{
    char relative[KU_BLOB_PATH];
    if (!is_id(id)) return ku_error_set(err, KU_NOT_FOUND, NULL, "no such stored file");
    ku_arena *arena = ku_arena_new();
    if (arena == NULL) return ku_error_set(err, KU_NO_MEMORY, NULL, "no memory");
    ku_blob_path(id, relative);
    int failed = unlink(ku_arena_printf(arena, "%s/blobs/%s", workspace->path, relative));
    int errnum = errno;
    ku_arena_free(arena);
    if (failed == 0 || errnum == ENOENT) return KU_OK;
    return ku_error_errno(err, errnum, relative, "removing a stored file");
}
