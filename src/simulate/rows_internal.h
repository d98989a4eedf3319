/* rows_internal.h - rows of CSV put together by hand, because formatting is where a
 * simulator spends its time. A `rows` owns its bytes and is freed by ku_sim_rows_clear. With a
 * file it empties itself into it whenever it is full; without one it grows. */
#ifndef KU_SIMULATE_ROWS_INTERNAL_H
#define KU_SIMULATE_ROWS_INTERNAL_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

typedef struct rows {
    char *base, *at, *limit;
    int64_t count;   /* rows begun */
    int64_t written; /* bytes that went to the file */
    int fd;          /* -1: grows */
    int failed;      /* errno of what went wrong, 0: nothing */
} rows;

enum { ROW_LIMIT = 1024 }; /* no row is longer */

void ku_sim_rows_init(rows *r, int fd);
void ku_sim_rows_clear(rows *r);
void ku_sim_rows_empty(rows *r);     /* forgets content and count, keeps the memory */
void ku_sim_rows_make_room(rows *r); /* at least ROW_LIMIT bytes; sets `failed` otherwise */
void ku_sim_rows_flush(rows *r);

/* Starts a row: returns where to put it. After a failure rows go nowhere. */
static inline char *rows_begin(rows *r)
{
    if (r->limit - r->at < ROW_LIMIT) ku_sim_rows_make_room(r);
    r->count++;
    return r->at;
}
/* Ends the row whose fields each ended with a comma. */
static inline void rows_end(rows *r, char *p)
{
    p[-1] = '\n';
    r->at = p;
}

/* ---- fields: each writes its text and a comma --------------------------------------- */

static inline char *put_none(char *p)
{
    *p++ = ',';
    return p;
}
static inline char *put_bytes(char *p, const char *text, size_t length)
{
    memcpy(p, text, length);
    p[length] = ',';
    return p + length + 1;
}
/* Text known to hold no comma, quote or line break. */
static inline char *put_text(char *p, const char *text)
{
    return put_bytes(p, text, strlen(text));
}
static inline char *put_digits(char *p, uint64_t value, int width)
{
    char digits[20];
    int n = 0;
    do {
        digits[n++] = (char)('0' + value % 10);
        value /= 10;
    } while (value > 0);
    while (n < width) digits[n++] = '0';
    while (n > 0) *p++ = digits[--n];
    return p;
}
static inline char *put_int(char *p, int64_t value)
{
    if (value < 0) *p++ = '-';
    p = put_digits(p, value < 0 ? (uint64_t)-value : (uint64_t)value, 1);
    *p++ = ',';
    return p;
}
/* Hundredths as a number with two decimals. */
static inline char *put_cents(char *p, int64_t cents)
{
    if (cents < 0) *p++ = '-';
    uint64_t size = cents < 0 ? (uint64_t)-cents : (uint64_t)cents;
    p = put_digits(p, size / 100, 1);
    *p++ = '.';
    *p++ = (char)('0' + size / 10 % 10);
    *p++ = (char)('0' + size % 10);
    *p++ = ',';
    return p;
}
/* A letter and a number: C00001234. */
static inline char *put_mark(char *p, char letter, uint64_t number, int width)
{
    *p++ = letter;
    p = put_digits(p, number, width);
    *p++ = ',';
    return p;
}
static inline char *put_pair(char *p, unsigned value)
{
    *p++ = (char)('0' + value / 10);
    *p++ = (char)('0' + value % 10);
    return p;
}
/* "2025-03-01 14:05:59": the day's ISO text and the second of the day. */
static inline char *put_time(char *p, const char date[12], unsigned second)
{
    memcpy(p, date, 10);
    p[10] = ' ';
    p = put_pair(p + 11, second / 3600);
    *p++ = ':';
    p = put_pair(p, second / 60 % 60);
    *p++ = ':';
    p = put_pair(p, second % 60);
    *p++ = ',';
    return p;
}
static inline char *put_bool(char *p, bool value)
{
    return value ? put_bytes(p, "true", 4) : put_bytes(p, "false", 5);
}

#endif
