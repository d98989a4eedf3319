/* column.h - growing columns: what the frame builder and the Arrow import put values into.
 * A ku_grow is owned by whoever initialised it; ku_grow_finish moves its buffers into a
 * frame's owner, ku_grow_clear frees what is left. Internal to frames. */
#ifndef KU_FRAMES_COLUMN_H
#define KU_FRAMES_COLUMN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kemudi/frame.h"

/* A buffer aligned to 64 bytes whose spare room is zero. */
typedef struct ku_bytes {
    uint8_t *at;
    size_t length, capacity;
} ku_bytes;

/* Makes room for `more` bytes; false when there is no memory. */
bool ku_bytes_reserve(ku_bytes *bytes, size_t more);
void ku_bytes_clear(ku_bytes *bytes);

/* A dictionary that is being filled: each string once, codes in order of first sight. */
typedef struct ku_words {
    ku_bytes offsets; /* int32, size + 1 */
    ku_bytes text;
    int32_t size;
    uint32_t *slot; /* open addressing, code + 1; 0 is empty */
    uint32_t *hash; /* of each slot's word */
    size_t slots;   /* a power of two */
} ku_words;

/* The word's code, or -1 when memory or the 2 GiB that codes can address run out. */
int32_t ku_words_code(ku_words *words, const char *text, size_t length);
void ku_words_clear(ku_words *words);

typedef struct ku_grow {
    ku_type type;
    int64_t rows, nulls;
    ku_bytes values;   /* fixed width, or bits */
    ku_bytes validity; /* empty while there are no nulls */
    ku_words words;
    int32_t last_code; /* of the previous text, as texts often repeat */
    bool failed;
} ku_grow;

void ku_grow_init(ku_grow *grow, ku_type type);
void ku_grow_clear(ku_grow *grow);
/* One value or null at the end. The value is given by its bits in the column's own type. */
void ku_grow_null(ku_grow *grow);
void ku_grow_i64(ku_grow *grow, int64_t value); /* INT64, TIMESTAMP */
void ku_grow_f64(ku_grow *grow, double value);  /* NaN becomes a null */
void ku_grow_i32(ku_grow *grow, int32_t value); /* DATE */
void ku_grow_bool(ku_grow *grow, bool value);
void ku_grow_text(ku_grow *grow, const char *text, size_t length);
void ku_grow_code(ku_grow *grow, int32_t code); /* TEXT, of a word already in `words` */

/* Bytes of the values buffer and of a bitmap for so many rows. */
size_t ku_values_size(ku_type type, int64_t rows);
static inline size_t ku_bits_size(int64_t rows)
{
    return (size_t)(rows / 8 + (rows % 8 != 0));
}

/* ---- owners ------------------------------------------------------------------------- */

/* What keeps a frame's memory: blocks to free, and foreign things to release. */
typedef struct ku_owner ku_owner;
ku_owner *ku_owner_new(void);
void ku_owner_free(ku_owner *owner);
/* Zeroed memory, aligned to 64, freed with the owner; NULL when there is none. */
void *ku_owner_alloc(ku_owner *owner, size_t bytes);
char *ku_owner_strdup(ku_owner *owner, const char *text);
/* Takes over a block from aligned_alloc or malloc; false (and freed) without memory. */
bool ku_owner_take(ku_owner *owner, void *block);

/* Fills `column` from what has grown; its buffers now belong to the owner. */
bool ku_grow_finish(ku_grow *grow, ku_owner *owner, const char *name, ku_column *column);

/* A frame over columns that the owner keeps. Takes the owner over, also on failure (NULL). */
ku_frame *ku_frame_over(ku_owner *owner, const char *name, int64_t rows, const ku_column *columns,
                        size_t count);

#endif
