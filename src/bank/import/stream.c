/* stream.c - files as streams of UTF-8 text.
 *
 * Exports come plain or packed (gzip, Zstandard) and in the encodings of the program that
 * wrote them. Each of the three steps, reading, unpacking, decoding, is a small stream
 * over the one below, so that memory stays constant for a file of any size and a damaged
 * file is noticed where the damage is. */
#include "bank/import/stream.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#define CHUNK ((size_t)256 * 1024)

static ku_status no_memory(ku_error *err)
{
    return ku_error_set(err, KU_NO_MEMORY, NULL, "there is not enough memory to read the file");
}

/* ---- the file itself --------------------------------------------------------------- */

typedef struct file_stream {
    ku_stream stream;
    int fd;
    ku_stream_gauge *gauge;
} file_stream;

static ku_status file_read(ku_stream *stream, char *to, size_t capacity, size_t *got, ku_error *err)
{
    file_stream *file = (file_stream *)stream;
    ssize_t n;
    do n = read(file->fd, to, capacity);
    while (n < 0 && errno == EINTR);
    if (n < 0) return ku_error_errno(err, errno, NULL, "reading the file");
    *got = (size_t)n;
    if (file->gauge != NULL) atomic_fetch_add(&file->gauge->done, (uint64_t)n);
    return KU_OK;
}

static void file_free(ku_stream *stream)
{
    close(((file_stream *)stream)->fd);
    free(stream);
}

static ku_status check_regular(const char *path, int fd, uint64_t *size, ku_error *err)
{
    struct stat info;
    if (fstat(fd, &info) != 0) return ku_error_errno(err, errno, path, "looking at the file");
    if (S_ISDIR(info.st_mode))
        return ku_error_set(err, KU_BAD_DATA, path, "this is a folder; a file is expected");
    if (!S_ISREG(info.st_mode))
        return ku_error_set(err, KU_BAD_DATA, path,
                            "this is not an ordinary file; save the data as a file first");
    if (info.st_size == 0) return ku_error_set(err, KU_BAD_DATA, path, "the file is empty");
    *size = (uint64_t)info.st_size;
    return KU_OK;
}

ku_status ku_stream_file(const char *path, ku_stream_gauge *gauge, ku_stream **stream,
                         ku_error *err)
{
    /* Without O_NONBLOCK opening a named pipe would wait for its writer. */
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0) {
        if (errno == ENOENT || errno == ENOTDIR)
            return ku_error_set(err, KU_NOT_FOUND, path, "there is no such file");
        return ku_error_errno(err, errno, path, "opening the file");
    }
    uint64_t size = 0;
    ku_status status = check_regular(path, fd, &size, err);
    file_stream *file = status == KU_OK ? malloc(sizeof *file) : NULL;
    if (file == NULL) {
        close(fd);
        return status != KU_OK ? status : no_memory(err);
    }
    (void)posix_fadvise(fd, 0, 0, POSIX_FADV_SEQUENTIAL);
    *file = (file_stream){{file_read, file_free}, fd, gauge};
    if (gauge != NULL) gauge->total = size;
    *stream = &file->stream;
    return KU_OK;
}

/* ---- unpacking ------------------------------------------------------------------------ */

ku_packing ku_packing_of(const void *bytes, size_t length)
{
    const unsigned char *b = bytes;
    if (length >= 2 && b[0] == 0x1f && b[1] == 0x8b) return KU_GZIP;
    if (length >= 4 && b[0] == 0x28 && b[1] == 0xb5 && b[2] == 0x2f && b[3] == 0xfd) return KU_ZSTD;
    return KU_PLAIN;
}

typedef struct unpack_stream {
    ku_stream stream;
    ku_stream *below;
    bool zstd, inside; /* inside: a member (gzip) or frame (zstd) has begun and not ended */
    z_stream zlib;
    ZSTD_DStream *zstd_state;
    size_t at, filled; /* of `in` */
    char in[CHUNK];
} unpack_stream;

static ku_status damaged(ku_error *err)
{
    return ku_error_set(err, KU_BAD_DATA, NULL,
                        "the packed file is damaged; copy or export it again");
}

static ku_status inflate_some(unpack_stream *s, char *to, size_t capacity, size_t *got,
                              ku_error *err)
{
    s->zlib.next_in = (unsigned char *)s->in + s->at;
    s->zlib.avail_in = (uInt)(s->filled - s->at);
    s->zlib.next_out = (unsigned char *)to;
    s->zlib.avail_out = (uInt)capacity;
    int result = inflate(&s->zlib, Z_NO_FLUSH);
    s->at = s->filled - s->zlib.avail_in;
    *got = capacity - s->zlib.avail_out;
    if (result == Z_MEM_ERROR) return no_memory(err);
    if (result != Z_OK && result != Z_STREAM_END && result != Z_BUF_ERROR) return damaged(err);
    if (result == Z_STREAM_END) { /* another member may follow */
        s->inside = false;
        inflateReset(&s->zlib);
    }
    return KU_OK;
}

static ku_status unzstd_some(unpack_stream *s, char *to, size_t capacity, size_t *got,
                             ku_error *err)
{
    ZSTD_inBuffer in = {s->in, s->filled, s->at};
    ZSTD_outBuffer out = {to, capacity, 0};
    size_t result = ZSTD_decompressStream(s->zstd_state, &out, &in);
    if (ZSTD_isError(result)) return damaged(err);
    s->at = in.pos;
    s->inside = result != 0;
    *got = out.pos;
    return KU_OK;
}

static ku_status unpack_read(ku_stream *stream, char *to, size_t capacity, size_t *got,
                             ku_error *err)
{
    unpack_stream *s = (unpack_stream *)stream;
    *got = 0;
    if (capacity > CHUNK) capacity = CHUNK;
    bool ended = false;
    while (*got == 0) {
        if (s->at == s->filled) {
            s->at = s->filled = 0;
            KU_TRY(ku_stream_read(s->below, s->in, CHUNK, &s->filled, err));
            ended = s->filled == 0;
            if (ended && !s->inside) return KU_OK;
        }
        if (s->filled > 0) s->inside = true;
        KU_TRY(s->zstd ? unzstd_some(s, to, capacity, got, err)
                       : inflate_some(s, to, capacity, got, err));
        if (ended && *got == 0)
            return ku_error_set(err, KU_BAD_DATA, NULL,
                                "the packed file ends too early; it was not copied or "
                                "downloaded whole");
    }
    return KU_OK;
}

static void unpack_free(ku_stream *stream)
{
    unpack_stream *s = (unpack_stream *)stream;
    if (s->zstd)
        ZSTD_freeDStream(s->zstd_state);
    else
        inflateEnd(&s->zlib);
    ku_stream_free(s->below);
    free(s);
}

static bool unpack_start(unpack_stream *s)
{
    if (!s->zstd) return inflateInit2(&s->zlib, 15 + 16) == Z_OK;
    s->zstd_state = ZSTD_createDStream();
    /* A window of 128 MiB is the most that a file may ask of us. */
    return s->zstd_state != NULL &&
           !ZSTD_isError(ZSTD_DCtx_setParameter(s->zstd_state, ZSTD_d_windowLogMax, 27));
}

ku_status ku_stream_unpack(ku_stream *below, ku_packing packing, ku_stream **stream, ku_error *err)
{
    if (packing == KU_PLAIN) {
        *stream = below;
        return KU_OK;
    }
    unpack_stream *s = calloc(1, sizeof *s);
    if (s != NULL) {
        s->stream = (ku_stream){unpack_read, unpack_free};
        s->zstd = packing == KU_ZSTD;
        if (unpack_start(s)) {
            s->below = below;
            *stream = &s->stream;
            return KU_OK;
        }
        ZSTD_freeDStream(s->zstd_state);
        free(s);
    }
    ku_stream_free(below);
    return no_memory(err);
}

/* ---- decoding --------------------------------------------------------------------------- */

typedef struct decode_stream {
    ku_stream stream;
    ku_stream *below;
    ku_encoding encoding;
    bool begun, ended;
    uint32_t high;     /* a UTF-16 high surrogate that waits for its other half, or 0 */
    size_t at, filled; /* of `in` */
    unsigned char in[CHUNK];
} decode_stream;

/* The characters that Windows-1252 puts where Latin-1 has control codes (Unicode's
 * CP1252.TXT); the five it leaves open stay as they are. */
static const uint16_t windows_1252[32] = {
    0x20AC, 0x0081, 0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160,
    0x2039, 0x0152, 0x008D, 0x017D, 0x008F, 0x0090, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022,
    0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0x009D, 0x017E, 0x0178};

static size_t put_utf8(char *to, uint32_t c)
{
    if (c < 0x80) {
        to[0] = (char)c;
        return 1;
    }
    if (c < 0x800) {
        to[0] = (char)(0xC0 | c >> 6);
        to[1] = (char)(0x80 | (c & 0x3F));
        return 2;
    }
    if (c < 0x10000) {
        to[0] = (char)(0xE0 | c >> 12);
        to[1] = (char)(0x80 | (c >> 6 & 0x3F));
        to[2] = (char)(0x80 | (c & 0x3F));
        return 3;
    }
    to[0] = (char)(0xF0 | c >> 18);
    to[1] = (char)(0x80 | (c >> 12 & 0x3F));
    to[2] = (char)(0x80 | (c >> 6 & 0x3F));
    to[3] = (char)(0x80 | (c & 0x3F));
    return 4;
}

static size_t decode_1252(decode_stream *s, char *to, size_t capacity)
{
    size_t n = 0;
    while (s->at < s->filled && n + 4 <= capacity) {
        unsigned char b = s->in[s->at++];
        n += put_utf8(to + n, b >= 0x80 && b < 0xA0 ? windows_1252[b - 0x80] : b);
    }
    return n;
}

/* One unit of UTF-16 more; a half without its other half becomes U+FFFD. */
static size_t decode_unit(decode_stream *s, char *to, uint32_t unit)
{
    size_t n = 0;
    if (s->high != 0 && unit >= 0xDC00 && unit < 0xE000) {
        n = put_utf8(to, 0x10000 + ((s->high - 0xD800) << 10) + (unit - 0xDC00));
        s->high = 0;
        return n;
    }
    if (s->high != 0) n = put_utf8(to, 0xFFFD);
    s->high = 0;
    if (unit >= 0xD800 && unit < 0xDC00)
        s->high = unit;
    else
        n += put_utf8(to + n, unit >= 0xDC00 && unit < 0xE000 ? 0xFFFD : unit);
    return n;
}

static size_t decode_utf16(decode_stream *s, char *to, size_t capacity)
{
    size_t n = 0;
    bool big = s->encoding == KU_UTF16BE;
    while (s->at + 2 <= s->filled && n + 8 <= capacity) {
        uint32_t first = s->in[s->at], second = s->in[s->at + 1];
        s->at += 2;
        n += decode_unit(s, to + n, big ? first << 8 | second : second << 8 | first);
    }
    if (s->ended && n + 8 <= capacity) {
        if (s->at < s->filled || s->high != 0) n += put_utf8(to + n, 0xFFFD);
        s->at = s->filled;
        s->high = 0;
    }
    return n;
}

static size_t mark_size(const decode_stream *s)
{
    const unsigned char *b = s->in;
    if (s->encoding == KU_UTF8)
        return s->filled >= 3 && b[0] == 0xEF && b[1] == 0xBB && b[2] == 0xBF ? 3 : 0;
    if (s->filled < 2) return 0;
    if (s->encoding == KU_UTF16LE) return b[0] == 0xFF && b[1] == 0xFE ? 2 : 0;
    if (s->encoding == KU_UTF16BE) return b[0] == 0xFE && b[1] == 0xFF ? 2 : 0;
    return 0;
}

static ku_status decode_refill(decode_stream *s, ku_error *err)
{
    size_t rest = s->filled - s->at, got = 0;
    memmove(s->in, s->in + s->at, rest);
    s->at = 0;
    s->filled = rest;
    KU_TRY(ku_stream_fill(s->below, (char *)s->in + rest, CHUNK - rest, &got, err));
    s->filled += got;
    s->ended = got == 0;
    if (!s->begun) s->at = mark_size(s);
    s->begun = true;
    return KU_OK;
}

static ku_status decode_read(ku_stream *stream, char *to, size_t capacity, size_t *got,
                             ku_error *err)
{
    decode_stream *s = (decode_stream *)stream;
    *got = 0;
    if (s->encoding == KU_UTF8 && s->begun && s->at == s->filled)
        return ku_stream_read(s->below, to, capacity, got, err);
    while (*got == 0 && !(s->ended && s->at == s->filled && s->high == 0)) {
        if (s->filled - s->at < 2 && !s->ended) KU_TRY(decode_refill(s, err));
        if (s->encoding == KU_UTF8) {
            *got = s->filled - s->at < capacity ? s->filled - s->at : capacity;
            memcpy(to, s->in + s->at, *got);
            s->at += *got;
        } else if (s->encoding == KU_WINDOWS_1252) {
            *got = decode_1252(s, to, capacity);
        } else {
            *got = decode_utf16(s, to, capacity);
        }
    }
    return KU_OK;
}

static void decode_free(ku_stream *stream)
{
    ku_stream_free(((decode_stream *)stream)->below);
    free(stream);
}

ku_status ku_stream_decode(ku_stream *below, ku_encoding encoding, ku_stream **stream,
                           ku_error *err)
{
    decode_stream *s = malloc(sizeof *s);
    if (s == NULL) {
        ku_stream_free(below);
        return no_memory(err);
    }
    s->stream = (ku_stream){decode_read, decode_free};
    s->below = below;
    s->encoding = encoding;
    s->begun = s->ended = false;
    s->high = 0;
    s->at = s->filled = 0;
    *stream = &s->stream;
    return KU_OK;
}

/* ---- together ---------------------------------------------------------------------------- */

ku_status ku_stream_text(const char *path, ku_packing packing, ku_encoding encoding,
                         ku_stream_gauge *gauge, ku_stream **stream, ku_error *err)
{
    ku_stream *s = NULL;
    KU_TRY(ku_stream_file(path, gauge, &s, err));
    KU_TRY(ku_stream_unpack(s, packing, &s, err));
    return ku_stream_decode(s, encoding, stream, err);
}

ku_status ku_stream_fill(ku_stream *stream, char *to, size_t capacity, size_t *got, ku_error *err)
{
    size_t n = 0, some = 1;
    while (n < capacity && some > 0) {
        KU_TRY(ku_stream_read(stream, to + n, capacity - n, &some, err));
        n += some;
    }
    *got = n;
    return KU_OK;
}
