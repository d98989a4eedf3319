/* archive_read.c - unpacking a backup. The file may come from anywhere, so nothing in it
 * is believed: names must be plain paths below the folder, nothing is overwritten, and
 * the list of hashes at the end must match what was written, file by file. Without that
 * list the file was cut off. */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zstd.h>

#include "base/file.h"
#include "base/hash.h"
#include "base/text.h"
#include "workspace/archive.h"
#include "workspace/archive_internal.h"

enum { CHUNK = 1 << 17, LIST_LIMIT = 1 << 30 };

typedef struct unpack {
    const char *path, *folder;
    int fd;
    ZSTD_DCtx *zstd;
    ZSTD_inBuffer in;
    char *packed, *plain;       /* CHUNK bytes each */
    ku_text seen;               /* our own list, as the writer's */
    ku_text list;               /* the archive's list */
    bool marked, listed, whole; /* whole: the packed stream ended, its checksum was right */
} unpack;

static ku_status cut_off(const unpack *u, ku_error *err)
{
    return ku_error_set(err, KU_BAD_DATA, u->path, "the backup is not complete: it ends too early");
}

static ku_status not_ours(const unpack *u, ku_error *err)
{
    return ku_error_set(err, KU_BAD_DATA, u->path, "this is not a backup made by Kemudi");
}

/* Exactly `length` plain bytes; *got less at the end of the file. */
static ku_status take(unpack *u, char *to, size_t length, size_t *got, ku_error *err)
{
    ZSTD_outBuffer out = {to, length, 0};
    while (out.pos < out.size) {
        if (u->in.pos == u->in.size) {
            ssize_t n = read(u->fd, u->packed, CHUNK);
            if (n < 0 && errno == EINTR) continue;
            if (n < 0) return ku_error_errno(err, errno, u->path, "reading");
            u->in = (ZSTD_inBuffer){u->packed, (size_t)n, 0};
        }
        size_t before = out.pos, left = ZSTD_decompressStream(u->zstd, &out, &u->in);
        if (ZSTD_isError(left))
            return u->marked ? ku_error_set(err, KU_BAD_DATA, u->path, "the backup is damaged")
                             : not_ours(u, err);
        if (left == 0) u->whole = true;
        if (out.pos == before && u->in.size == 0) break;
    }
    *got = out.pos;
    return KU_OK;
}

static ku_status take_all(unpack *u, char *to, size_t length, ku_error *err)
{
    size_t got;
    KU_TRY(take(u, to, length, &got, err));
    return got == length ? KU_OK : cut_off(u, err);
}

static ku_status skip_padding(unpack *u, uint64_t size, ku_error *err)
{
    char block[TAR_BLOCK];
    return take_all(u, block, (size_t)(-size % TAR_BLOCK), err);
}

/* ---- headers -------------------------------------------------------------------- */

static bool read_octal(const char *field, size_t size, uint64_t *value)
{
    uint64_t n = 0;
    size_t i = 0;
    for (; i < size && field[i] >= '0' && field[i] <= '7'; i++) n = n << 3 | (field[i] - '0');
    *value = n;
    return i > 0 && (i == size || field[i] == '\0' || field[i] == ' ');
}

static bool read_size(const char field[12], uint64_t *value)
{
    if ((field[0] & 0x80) == 0) return read_octal(field, 12, value);
    *value = 0;
    for (int i = 1; i < 4; i++)
        if (field[i] != 0) return false;
    for (int i = 4; i < 12; i++) *value = *value << 8 | (unsigned char)field[i];
    return *value >> 62 == 0;
}

static bool checksum_good(const tar_header *h)
{
    uint64_t told;
    unsigned sum = 0;
    const unsigned char *byte = (const unsigned char *)h;
    size_t from = offsetof(tar_header, checksum), to = from + sizeof h->checksum;
    for (size_t i = 0; i < sizeof *h; i++) sum += i >= from && i < to ? ' ' : byte[i];
    return read_octal(h->checksum, sizeof h->checksum, &told) && told == sum;
}

/* Lower-case names joined by single slashes; none begins with a dot. */
static bool name_good(const char name[TAR_NAME])
{
    if (memchr(name, '\0', TAR_NAME) == NULL || *name == '\0') return false;
    bool start = true;
    for (const char *c = name; *c != '\0'; c++) {
        bool letter = (*c >= 'a' && *c <= 'z') || (*c >= '0' && *c <= '9') || *c == '_' ||
                      *c == '-';
        if (!letter && (start || (*c != '.' && *c != '/'))) return false;
        start = *c == '/';
    }
    return !start;
}

/* ---- members -------------------------------------------------------------------- */

static ku_status make_parents(const unpack *u, const char *name, ku_error *err)
{
    char path[4096];
    const char *slash = strrchr(name, '/');
    if (slash == NULL) return KU_OK;
    int n = snprintf(path, sizeof path, "%s/%.*s", u->folder, (int)(slash - name), name);
    if (n < 0 || (size_t)n >= sizeof path)
        return ku_error_set(err, KU_USAGE, u->folder, "the folder's name is too long");
    return ku_folder_make(path, 0700, err);
}

static ku_status copy_out(unpack *u, const char *name, int fd, uint64_t size, ku_error *err)
{
    ku_hash hash;
    char hex[KU_HASH_TEXT];
    ku_hash_init(&hash);
    for (uint64_t left = size; left > 0;) {
        size_t n = left < CHUNK ? (size_t)left : CHUNK;
        KU_TRY(take_all(u, u->plain, n, err));
        ku_hash_add(&hash, u->plain, n);
        KU_TRY(ku_write_all(fd, u->plain, n, name, err));
        left -= n;
    }
    if (fsync(fd) != 0) return ku_error_errno(err, errno, name, "writing");
    ku_hash_finish(&hash, hex);
    ku_text_addf(&u->seen, "%s %llu %s\n", hex, (unsigned long long)size, name);
    return ku_text_check(&u->seen, err);
}

static ku_status unpack_file(unpack *u, const char *name, uint64_t size, ku_error *err)
{
    char path[4096];
    KU_TRY(make_parents(u, name, err));
    int n = snprintf(path, sizeof path, "%s/%s", u->folder, name);
    if (n < 0 || (size_t)n >= sizeof path)
        return ku_error_set(err, KU_USAGE, u->folder, "the folder's name is too long");
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0) return ku_error_errno(err, errno, path, "creating");
    ku_status status = copy_out(u, name, fd, size, err);
    if (close(fd) != 0 && status == KU_OK) status = ku_error_errno(err, errno, path, "writing");
    return status;
}

static ku_status take_text(unpack *u, uint64_t size, ku_text *text, ku_error *err)
{
    for (uint64_t left = size; left > 0;) {
        size_t n = left < CHUNK ? (size_t)left : CHUNK;
        KU_TRY(take_all(u, u->plain, n, err));
        ku_text_addn(text, u->plain, n);
        left -= n;
    }
    return ku_text_check(text, err);
}

static ku_status unpack_mark(unpack *u, const tar_header *h, uint64_t size, ku_error *err)
{
    ku_text text;
    ku_text_init(&text);
    bool named = strcmp(h->name, ARCHIVE_MARK) == 0 && size < TAR_BLOCK;
    ku_status status = named ? take_text(u, size, &text, err) : not_ours(u, err);
    if (status == KU_OK && strcmp(ku_text_string(&text), ARCHIVE_MARK_TEXT) != 0)
        status = ku_error_set(err, KU_CONFLICT, u->path,
                              "a newer Kemudi made this backup; install that version");
    ku_text_clear(&text);
    u->marked = status == KU_OK;
    return status;
}

static ku_status unpack_member(unpack *u, const tar_header *h, ku_error *err)
{
    uint64_t size;
    if (!checksum_good(h) || !read_size(h->size, &size) || h->type != '0' || !name_good(h->name))
        return u->marked ? ku_error_set(err, KU_BAD_DATA, u->path, "the backup is damaged")
                         : not_ours(u, err);
    if (!u->marked) {
        KU_TRY(unpack_mark(u, h, size, err));
    } else if (strcmp(h->name, ARCHIVE_LIST) == 0 && size <= LIST_LIMIT) {
        KU_TRY(take_text(u, size, &u->list, err));
        u->listed = true;
    } else {
        KU_TRY(unpack_file(u, h->name, size, err));
    }
    return skip_padding(u, size, err);
}

/* What follows the list: the zero blocks that end a tar, and the end of the packed stream,
 * whose checksum covers what no member does (the padding). */
static ku_status take_end(unpack *u, ku_error *err)
{
    char block[TAR_BLOCK];
    size_t got = sizeof block;
    for (int blocks = 0; got == sizeof block; blocks++) {
        KU_TRY(take(u, block, sizeof block, &got, err));
        bool zero = true;
        for (size_t i = 0; i < got; i++) zero = zero && block[i] == 0;
        if (!zero || blocks > TAR_END_BLOCKS)
            return ku_error_set(err, KU_BAD_DATA, u->path, "the backup is damaged");
    }
    return u->whole ? KU_OK : cut_off(u, err);
}

static ku_status unpack_members(unpack *u, ku_error *err)
{
    while (!u->listed) {
        tar_header h;
        size_t got;
        KU_TRY(take(u, (char *)&h, sizeof h, &got, err));
        if (got < sizeof h) return u->marked ? cut_off(u, err) : not_ours(u, err);
        KU_TRY(unpack_member(u, &h, err));
    }
    KU_TRY(take_end(u, err));
    if (u->seen.length == u->list.length &&
        memcmp(ku_text_string(&u->seen), ku_text_string(&u->list), u->seen.length) == 0)
        return KU_OK;
    return ku_error_set(err, KU_BAD_DATA, u->path,
                        "the backup is damaged: a file in it is not what was saved");
}

ku_status ku_archive_unpack(const char *path, const char *folder, ku_error *err)
{
    unpack u = {.path = path, .folder = folder, .fd = open(path, O_RDONLY | O_CLOEXEC)};
    if (u.fd < 0) return ku_error_errno(err, errno, path, "opening");
    ku_text_init(&u.seen);
    ku_text_init(&u.list);
    u.zstd = ZSTD_createDCtx();
    u.packed = malloc(CHUNK);
    u.plain = malloc(CHUNK);
    ku_status status = u.zstd != NULL && u.packed != NULL && u.plain != NULL
                           ? unpack_members(&u, err)
                           : ku_error_set(err, KU_NO_MEMORY, path, "no memory to unpack");
    free(u.packed);
    free(u.plain);
    ZSTD_freeDCtx(u.zstd);
    ku_text_clear(&u.seen);
    ku_text_clear(&u.list);
    close(u.fd);
    return status;
}
