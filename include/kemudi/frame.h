/* frame.h - tables of typed columns in memory, the only thing analyses read and
 * write. A frame is immutable; whoever got it from a function that says "new" owns
 * it and calls ku_frame_free, frames reached through a ku_frames belong to that set.
 *
 * Layout: each column is the Arrow columnar layout (https://arrow.apache.org/docs/
 * format/Columnar.html): values in one buffer aligned to 64 bytes, a validity bitmap
 * (bit set = present, least significant bit first), booleans as bits, dates as int32
 * days and timestamps as int64 microseconds since 1970-01-01 (UTC, no zone), text as
 * int32 codes into a dictionary of UTF-8 strings. So a frame crosses the Arrow C Data
 * Interface without a copy (frames/arrow.h), and a packed frame is the same bytes at
 * another address (frames/pack.h). */
#ifndef KEMUDI_FRAME_H
#define KEMUDI_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kemudi/arena.h"
#include "kemudi/error.h"

typedef enum ku_type {
    KU_INT64,
    KU_DOUBLE,
    KU_BOOL,
    KU_DATE,
    KU_TIMESTAMP,
    KU_TEXT,
    KU_TYPE_COUNT,
    /* Descriptors and builders only, for the periods of a series: a date or a whole
     * number, whichever the input has. A frame's column is one of the two. */
    KU_DATE_OR_INT64 = KU_TYPE_COUNT
} ku_type;

/* "int64", "double", "bool", "date", "timestamp", "text"; "date or int64". */
const char *ku_type_name(ku_type type);

/* Strings of a text column: entry i is bytes[offset[i] .. offset[i+1]). Entries need
 * not be sorted nor end with NUL. */
typedef struct ku_dictionary {
    int32_t size;
    const int32_t *offset; /* size + 1 */
    const char *bytes;
} ku_dictionary;

typedef struct ku_column {
    const char *name;
    ku_type type;
    int64_t rows;
    int64_t nulls;
    const uint8_t *validity; /* NULL when nulls == 0 */
    union {
        const void *data;
        const int64_t *i64;   /* KU_INT64, KU_TIMESTAMP (microseconds) */
        const double *f64;    /* KU_DOUBLE; never NaN for "missing", that is a null */
        const uint8_t *bits;  /* KU_BOOL */
        const int32_t *days;  /* KU_DATE */
        const int32_t *codes; /* KU_TEXT */
    } as;
    ku_dictionary dictionary; /* KU_TEXT only */
} ku_column;

typedef struct ku_frame {
    const char *name;
    int64_t rows;
    int32_t columns;
    const ku_column *column;
    void *owner;             /* private to the library */
    void (*release)(void *); /* private to the library */
} ku_frame;

void ku_frame_free(ku_frame *frame); /* NULL is safe */

/* The column of that name, or NULL. */
const ku_column *ku_frame_column(const ku_frame *frame, const char *name);

static inline bool ku_column_valid(const ku_column *column, int64_t row)
{
    return column->validity == NULL || (column->validity[row >> 3] >> (row & 7) & 1);
}
static inline bool ku_column_bool(const ku_column *column, int64_t row)
{
    return column->as.bits[row >> 3] >> (row & 7) & 1;
}
/* The string of a dictionary code; not NUL-terminated, *length bytes. */
static inline const char *ku_dictionary_at(const ku_dictionary *dictionary, int32_t code,
                                           int32_t *length)
{
    *length = dictionary->offset[code + 1] - dictionary->offset[code];
    return dictionary->bytes + dictionary->offset[code];
}
/* The value of a text column as a NUL-terminated copy in the arena; NULL for a null. */
char *ku_column_text(const ku_column *column, int64_t row, ku_arena *arena);
/* A numeric column's value as a double (int64, double, bool, date as days); NaN for a null. */
double ku_column_number(const ku_column *column, int64_t row);

/* A set of frames by name: the input or the output of a run. Owns its frames. */
typedef struct ku_frames {
    size_t count;
    ku_frame **frame;
} ku_frames;

void ku_frames_init(ku_frames *frames);
void ku_frames_clear(ku_frames *frames); /* frees every frame; the set can be used again */
ku_status ku_frames_add(ku_frames *frames, ku_frame *frame, ku_error *err); /* takes it over */
ku_frame *ku_frames_find(const ku_frames *frames, const char *name);        /* or NULL */

/* ---- building ---------------------------------------------------------------- */

typedef struct ku_frame_builder ku_frame_builder;

/* What a column is called and holds; the first two fields of a ku_column_spec. */
typedef struct ku_field {
    const char *name;
    ku_type type;
} ku_field;

/* A new builder for the given columns; it copies the names. Put one value into each
 * column, then call ku_build_row; a column not set in a row is null there. Setting
 * a column twice in one row keeps the last value. A value of the wrong type for the
 * column is a programmer's error and asserts; int64 may go into a double column. What the
 * first value of a KU_DATE_OR_INT64 column is, all of them must be; without one it is a
 * column of dates. */
ku_frame_builder *ku_frame_builder_new(const char *name, const ku_field *fields, size_t count);
void ku_frame_builder_free(ku_frame_builder *builder); /* NULL is safe */
void ku_build_int(ku_frame_builder *builder, int column, int64_t value);
void ku_build_double(ku_frame_builder *builder, int column, double value); /* NaN becomes null */
void ku_build_bool(ku_frame_builder *builder, int column, bool value);
void ku_build_date(ku_frame_builder *builder, int column, int32_t days);
void ku_build_timestamp(ku_frame_builder *builder, int column, int64_t micros);
void ku_build_text(ku_frame_builder *builder, int column, const char *text); /* NULL: null */
void ku_build_textn(ku_frame_builder *builder, int column, const char *text, size_t length);
void ku_build_row(ku_frame_builder *builder);
int64_t ku_build_rows(const ku_frame_builder *builder);
/* Turns what was built into a new frame and frees the builder, also on failure. */
ku_status ku_frame_builder_finish(ku_frame_builder *builder, ku_frame **frame, ku_error *err);
/* The same, and the frame goes into the set. */
ku_status ku_frames_add_built(ku_frames *frames, ku_frame_builder *builder, ku_error *err);
/* The same for `count` builders; all are freed, also those after a failure. */
ku_status ku_frames_add_all(ku_frames *frames, ku_frame_builder *const *builders, size_t count,
                            ku_error *err);

#endif
