/* archive_write.c - writing a backup: members are streamed through the compressor into a
 * file that gets its name at the end, so a backup cut short never looks like one. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zstd.h>

#include "base/date.h"
#include "base/file.h"
#include "base/hash.h"
#include "base/text.h"
#include "workspace/archive.h"
#include "workspace/archive_internal.h"

enum { LEVEL = 3, CHUNK = 1 << 17 };

struct ku_archive {
    ku_file file;
    ZSTD_CCtx *zstd;
    ku_text list;
    char *in, *out; /* CHUNK bytes each */
};

static ku_status put(ku_archive *a, const void *bytes, size_t length, ZSTD_EndDirective end,
                     ku_error *err)
{
    ZSTD_inBuffer in = {bytes, length, 0};
    for (size_t left = 1; left != 0 || in.pos < in.size;) {
        ZSTD_outBuffer out = {a->out, CHUNK, 0};
        left = ZSTD_compressStream2(a->zstd, &out, &in, end);
        if (ZSTD_isError(left))
            return ku_error_set(err, KU_FAULT, a->file.path, "compressing: %s",
                                ZSTD_getErrorName(left));
        KU_TRY(ku_file_add(&a->file, a->out, out.pos, err));
        if (end == ZSTD_e_continue && in.pos == in.size) break;
    }
    return KU_OK;
}

static void put_octal(char *to, size_t size, uint64_t value)
{
    to[--size] = '\0';
    while (size > 0) {
        to[--size] = (char)('0' + (value & 7));
        value >>= 3;
    }
}

static void put_size(char to[12], uint64_t size)
{
    if (size >> 33 == 0) {
        put_octal(to, 12, size);
        return;
    }
    memset(to, 0, 12);
    to[0] = (char)0x80;
    for (int i = 11; i > 3; i--, size >>= 8) to[i] = (char)(size & 0xff);
}

static ku_status put_header(ku_archive *a, const char *name, uint64_t size, ku_error *err)
{
    tar_header h;
    memset(&h, 0, sizeof h);
    if (strlen(name) >= TAR_NAME)
        return ku_error_set(err, KU_FAULT, name, "the name is too long for a backup");
    ku_text_copy(h.name, sizeof h.name, name);
    put_octal(h.mode, sizeof h.mode, 0600);
    put_octal(h.uid, sizeof h.uid, 0);
    put_octal(h.gid, sizeof h.gid, 0);
    put_size(h.size, size);
    put_octal(h.mtime, sizeof h.mtime, (uint64_t)(ku_now_micros() / 1000000));
    h.type = '0';
    memcpy(h.magic, "ustar", 6);
    memcpy(h.version, "00", 2);
    memset(h.checksum, ' ', sizeof h.checksum);
    unsigned sum = 0;
    const unsigned char *byte = (const unsigned char *)&h;
    for (size_t i = 0; i < sizeof h; i++) sum += byte[i];
    put_octal(h.checksum, sizeof h.checksum - 1, sum);
    return put(a, &h, sizeof h, ZSTD_e_continue, err);
}

static ku_status put_padding(ku_archive *a, uint64_t size, ku_error *err)
{
    static const char zeros[TAR_BLOCK];
    return put(a, zeros, (size_t)(-size % TAR_BLOCK), ZSTD_e_continue, err);
}

static ku_status put_content(ku_archive *a, const char *name, int fd, uint64_t size, ku_hash *hash,
                             ku_error *err)
{
    for (uint64_t left = size; left > 0;) {
        ssize_t n = read(fd, a->in, left < CHUNK ? (size_t)left : CHUNK);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return ku_error_errno(err, errno, name, "reading");
        if (n == 0) return ku_error_set(err, KU_IO, name, "the file became shorter meanwhile");
        ku_hash_add(hash, a->in, (size_t)n);
        KU_TRY(put(a, a->in, (size_t)n, ZSTD_e_continue, err));
        left -= (uint64_t)n;
    }
    return put_padding(a, size, err);
}

ku_status ku_archive_add(ku_archive *archive, const char *name, int fd, uint64_t size,
                         ku_error *err)
{
    ku_hash hash;
    char hex[KU_HASH_TEXT];
    ku_hash_init(&hash);
    KU_TRY(put_header(archive, name, size, err));
    KU_TRY(put_content(archive, name, fd, size, &hash, err));
    ku_hash_finish(&hash, hex);
    ku_text_addf(&archive->list, "%s %llu %s\n", hex, (unsigned long long)size, name);
    return ku_text_check(&archive->list, err);
}

ku_status ku_archive_add_file(ku_archive *archive, const char *name, const char *path,
                              ku_error *err)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return ku_error_errno(err, errno, path, "opening");
    struct stat st;
    ku_status status = fstat(fd, &st) == 0
                           ? ku_archive_add(archive, name, fd, (uint64_t)st.st_size, err)
                           : ku_error_errno(err, errno, path, "reading");
    close(fd);
    return status;
}

static ku_status put_text(ku_archive *a, const char *name, const char *text, size_t length,
                          ku_error *err)
{
    KU_TRY(put_header(a, name, length, err));
    KU_TRY(put(a, text, length, ZSTD_e_continue, err));
    return put_padding(a, length, err);
}

static ku_status start(ku_archive *a, const char *path, ku_error *err)
{
    a->zstd = ZSTD_createCCtx();
    a->in = malloc(CHUNK);
    a->out = malloc(CHUNK);
    if (a->zstd == NULL || a->in == NULL || a->out == NULL)
        return ku_error_set(err, KU_NO_MEMORY, path, "no memory for a backup");
    ZSTD_CCtx_setParameter(a->zstd, ZSTD_c_compressionLevel, LEVEL);
    ZSTD_CCtx_setParameter(a->zstd, ZSTD_c_checksumFlag, 1);
    KU_TRY(ku_file_create(&a->file, path, 0600, err));
    return put_text(a, ARCHIVE_MARK, ARCHIVE_MARK_TEXT, strlen(ARCHIVE_MARK_TEXT), err);
}

ku_status ku_archive_new(const char *path, ku_archive **archive, ku_error *err)
{
    if (ku_file_exists(path))
        return ku_error_set(err, KU_CONFLICT, path,
                            "there is such a file already; a backup replaces nothing");
    ku_archive *a = calloc(1, sizeof *a);
    if (a == NULL) return ku_error_set(err, KU_NO_MEMORY, path, "no memory for a backup");
    a->file.fd = -1;
    ku_text_init(&a->list);
    ku_status status = start(a, path, err);
    if (status == KU_OK)
        *archive = a;
    else
        ku_archive_drop(a);
    return status;
}

ku_status ku_archive_finish(ku_archive *archive, ku_error *err)
{
    static const char end[2 * TAR_BLOCK];
    ku_archive *a = archive;
    ku_status status = put_text(a, ARCHIVE_LIST, ku_text_string(&a->list), a->list.length, err);
    if (status == KU_OK) status = put(a, end, sizeof end, ZSTD_e_end, err);
    if (status == KU_OK) status = ku_file_commit(&a->file, err);
    ku_archive_drop(a);
    return status;
}

void ku_archive_drop(ku_archive *archive)
{
    if (archive == NULL) return;
    ku_file_drop(&archive->file);
    ZSTD_freeCCtx(archive->zstd);
    ku_text_clear(&archive->list);
    free(archive->in);
    free(archive->out);
    free(archive);
}
