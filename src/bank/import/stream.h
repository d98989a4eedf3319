/* stream.h - the bytes of a file as a stream of UTF-8 text, whatever it is packed or
 * encoded in. A stream owns the streams below it; free the topmost with ku_stream_free. */
#ifndef KU_BANK_IMPORT_STREAM_H
#define KU_BANK_IMPORT_STREAM_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kemudi/error.h"

/* How far the reading of one file is, in bytes of the file itself; read by another thread
 * to draw the progress bar. */
typedef struct ku_stream_gauge {
    atomic_uint_fast64_t done;
    uint64_t total;
} ku_stream_gauge;

typedef struct ku_stream ku_stream;
struct ku_stream {
    /* Puts up to `capacity` bytes into `to`; *got 0 means the end. */
    ku_status (*read)(ku_stream *stream, char *to, size_t capacity, size_t *got, ku_error *err);
    void (*free)(ku_stream *stream);
};

static inline ku_status ku_stream_read(ku_stream *stream, char *to, size_t capacity, size_t *got,
                                       ku_error *err)
{
    return stream->read(stream, to, capacity, got, err);
}
static inline void ku_stream_free(ku_stream *stream)
{
    if (stream != NULL) stream->free(stream);
}

typedef enum ku_packing { KU_PLAIN, KU_GZIP, KU_ZSTD } ku_packing;
typedef enum ku_encoding { KU_UTF8, KU_WINDOWS_1252, KU_UTF16LE, KU_UTF16BE } ku_encoding;

/* Opens a regular file. KU_NOT_FOUND, KU_NOT_ALLOWED; KU_BAD_DATA for a folder, a device
 * or an empty file. `gauge` may be NULL, else it must outlive the stream. */
ku_status ku_stream_file(const char *path, ku_stream_gauge *gauge, ku_stream **stream,
                         ku_error *err);
/* The packing that the first bytes of a file show. */
ku_packing ku_packing_of(const void *bytes, size_t length);
/* Unpacks `below`, which it takes over, also on failure. A file that ends too early or is
 * damaged is KU_BAD_DATA when the place is reached. */
ku_status ku_stream_unpack(ku_stream *below, ku_packing packing, ku_stream **stream, ku_error *err);
/* Turns `below`, which it takes over, into UTF-8; drops a byte order mark. */
ku_status ku_stream_decode(ku_stream *below, ku_encoding encoding, ku_stream **stream,
                           ku_error *err);
/* All three: the text of a packed file. */
ku_status ku_stream_text(const char *path, ku_packing packing, ku_encoding encoding,
                         ku_stream_gauge *gauge, ku_stream **stream, ku_error *err);
/* Reads until `capacity` is full or the stream ends. */
ku_status ku_stream_fill(ku_stream *stream, char *to, size_t capacity, size_t *got, ku_error *err);

#endif
