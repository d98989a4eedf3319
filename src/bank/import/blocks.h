/* blocks.h - a stream of text cut into blocks of whole records, so that several threads
 * can read one file. A ku_blocks owns its stream; a ku_block is owned by the thread that
 * fills it again and again, and cleared with ku_block_clear. */
#ifndef KU_BANK_IMPORT_BLOCKS_H
#define KU_BANK_IMPORT_BLOCKS_H

#include "bank/import/stream.h"
#include "base/text.h"

/* How the records of a file are written. */
typedef struct ku_dialect {
    char delimiter;
    char quote;   /* 0: none */
    char newline; /* the byte that ends a record */
} ku_dialect;

/* What the program itself writes between cells when it turns a workbook or a column file
 * into text: bytes that such cells can hardly hold, and quotes where they do. */
#define KU_DIALECT_INNER ((ku_dialect){'\x1f', '"', '\x1e'})

/* Appends one cell in KU_DIALECT_INNER. */
void ku_inner_cell(ku_text *out, const char *bytes, size_t length);

#define KU_RECORD_LIMIT ((size_t)16 * 1024 * 1024) /* no record is longer than this */

typedef struct ku_block {
    char *bytes; /* `length` bytes, whole records, the last one ended by a newline */
    size_t length, capacity;
    uint64_t sequence; /* 0, 1, 2, ... */
    int64_t first_line;
} ku_block;

typedef struct ku_blocks ku_blocks;

/* Takes the stream over, also on failure. */
ku_status ku_blocks_new(ku_stream *stream, ku_dialect dialect, ku_blocks **blocks, ku_error *err);
void ku_blocks_free(ku_blocks *blocks); /* NULL is safe */
/* The next block; length 0 at the end. Thread-safe. KU_BAD_DATA for a record above
 * KU_RECORD_LIMIT or a quotation that is never closed; `where` then is "line N". */
ku_status ku_blocks_next(ku_blocks *blocks, ku_block *block, ku_error *err);
void ku_block_clear(ku_block *block);

/* The length of the whole records that `bytes` begins with, 0 when the first one is not
 * whole. *open (may be NULL) tells whether the rest stands within quotation marks. */
size_t ku_records_length(const char *bytes, size_t length, ku_dialect dialect, bool *open);

#endif
