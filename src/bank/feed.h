/* feed.h - rows made by the program as a table that a database reads, without a file
 * between. The feed and its data belong to the caller and must outlive the statement that
 * reads them. */
#ifndef KU_BANK_FEED_H
#define KU_BANK_FEED_H

#include "base/text.h"
#include "kemudi/frame.h"

/* Some rows, column by column, to be filled in place. */
typedef struct ku_feed_column {
    union {
        void *data;
        int64_t *i64;
        double *f64;
        bool *boolean;
        int32_t *days;
        int64_t *micros;
        ku_span *text; /* must stay readable until the thread's next call of `fill` */
    } as;
    uint64_t *validity; /* a bit a row, all set at the start; clear it for a null */
} ku_feed_column;

typedef struct ku_feed_chunk {
    size_t capacity;
    size_t rows;            /* set by `fill` */
    ku_feed_column *column; /* one for each field */
} ku_feed_chunk;

static inline void ku_feed_null(ku_feed_column *column, size_t row)
{
    column->validity[row / 64] &= ~(UINT64_C(1) << (row % 64));
}

typedef struct ku_feed {
    const ku_field *field;
    size_t field_count;
    unsigned threads;       /* at most so many at once; 0: as many as the database has */
    uint64_t expected_rows; /* about; 0: not known */
    /* What one thread works with; called on that thread. */
    ku_status (*start)(void *data, void **thread, ku_error *err);
    void (*end)(void *thread);
    /* Fills the chunk; zero rows mean that there are no more. A failure ends the
     * statement with this very error. */
    ku_status (*fill)(void *data, void *thread, ku_feed_chunk *chunk, ku_error *err);
    void *data;
} ku_feed;

#endif
