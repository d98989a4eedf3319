/* blocks.c - cutting a stream into blocks of whole records.
 *
 * Several threads can read one CSV file only if each starts at the start of a record,
 * and a line break within quotation marks ends none. So one thread at a time, under a
 * lock, reads on and finds the last end of a record in what it has read; what follows is
 * carried over to the next block. Finding it needs only the places of the quotation
 * marks, which memchr gives at the speed of memory; splitting into cells, the slow part,
 * is done outside the lock.
 *
 * A quotation mark opens a quotation only at the start of a cell; elsewhere (6" pipe) it
 * is a character like any other. Within a quotation a doubled mark stands for itself. */
#include "bank/import/blocks.h"

#include <pthread.h>

#define BLOCK_BYTES ((size_t)1024 * 1024)

struct ku_blocks {
    pthread_mutex_t lock;
    ku_stream *stream;
    ku_dialect dialect;
    char *carry; /* the beginning of a record that the last block did not hold whole */
    size_t carried, carry_capacity;
    uint64_t sequence;
    int64_t line;
    bool ended;
};

static ku_status no_memory(ku_error *err)
{
    return ku_error_set(err, KU_NO_MEMORY, NULL, "there is not enough memory to read the file");
}

ku_status ku_blocks_new(ku_stream *stream, ku_dialect dialect, ku_blocks **blocks, ku_error *err)
{
    ku_blocks *b = calloc(1, sizeof *b);
    if (b == NULL || pthread_mutex_init(&b->lock, NULL) != 0) {
        free(b);
        ku_stream_free(stream);
        return no_memory(err);
    }
    b->stream = stream;
    b->dialect = dialect;
    b->line = 1;
    *blocks = b;
    return KU_OK;
}

void ku_blocks_free(ku_blocks *blocks)
{
    if (blocks == NULL) return;
    pthread_mutex_destroy(&blocks->lock);
    ku_stream_free(blocks->stream);
    free(blocks->carry);
    free(blocks);
}

void ku_block_clear(ku_block *block)
{
    free(block->bytes);
    *block = (ku_block){0};
}

/* ---- where records end ------------------------------------------------------------------ */

/* Past the closing mark of the quotation that opens at `at`, or 0 when it is not closed. */
static size_t skip_quotation(const char *bytes, size_t length, size_t at, char quote)
{
    at++;
    while (at < length) {
        const char *mark = memchr(bytes + at, quote, length - at);
        if (mark == NULL) return 0;
        at = (size_t)(mark - bytes) + 1;
        if (at == length || bytes[at] != quote) return at;
        at++;
    }
    return 0;
}

static bool opens(const char *bytes, size_t at, ku_dialect dialect)
{
    return at == 0 || bytes[at - 1] == dialect.delimiter || bytes[at - 1] == dialect.newline;
}

size_t ku_records_length(const char *bytes, size_t length, ku_dialect dialect, bool *open)
{
    size_t at = 0, end = 0;
    bool within = false;
    while (at < length && !within) {
        const char *mark = dialect.quote != 0 ? memchr(bytes + at, dialect.quote, length - at)
                                              : NULL;
        size_t stop = mark != NULL ? (size_t)(mark - bytes) : length;
        const char *last = memrchr(bytes + at, dialect.newline, stop - at);
        if (last != NULL) end = (size_t)(last - bytes) + 1;
        if (mark == NULL) break;
        if (!opens(bytes, stop, dialect)) {
            at = stop + 1;
            continue;
        }
        at = skip_quotation(bytes, length, stop, dialect.quote);
        within = at == 0;
    }
    if (open != NULL) *open = within;
    return end;
}

static int64_t count_lines(const char *bytes, size_t length, char newline)
{
    int64_t lines = 0;
    const char *end = bytes + length;
    while ((bytes = memchr(bytes, newline, (size_t)(end - bytes))) != NULL) {
        lines++;
        bytes++;
    }
    return lines;
}

/* ---- blocks ------------------------------------------------------------------------------- */

static ku_status reserve(char **bytes, size_t *capacity, size_t wanted, ku_error *err)
{
    if (*capacity >= wanted) return KU_OK;
    char *more = realloc(*bytes, wanted);
    if (more == NULL) return no_memory(err);
    *bytes = more;
    *capacity = wanted;
    return KU_OK;
}

static ku_status too_long(const ku_blocks *b, bool open, ku_error *err)
{
    char where[40];
    snprintf(where, sizeof where, "line %lld", (long long)b->line);
    if (open)
        return ku_error_set(err, KU_BAD_DATA, where,
                            "a quotation mark is opened in or after this line and never closed");
    return ku_error_set(err, KU_BAD_DATA, where,
                        "this line is longer than 16 MiB; is it a file of lines at all?");
}

/* Moves what follows the last whole record to the carry. */
static ku_status carry_rest(ku_blocks *b, ku_block *block, size_t whole, ku_error *err)
{
    size_t rest = block->length - whole;
    KU_TRY(reserve(&b->carry, &b->carry_capacity, rest, err));
    if (rest > 0) memcpy(b->carry, block->bytes + whole, rest);
    b->carried = rest;
    block->length = whole;
    return KU_OK;
}

static ku_status next_block(ku_blocks *b, ku_block *block, ku_error *err)
{
    size_t whole = 0;
    bool open = false;
    block->length = 0;
    if (b->ended) return KU_OK;
    KU_TRY(reserve(&block->bytes, &block->capacity, b->carried + BLOCK_BYTES + 1, err));
    if (b->carried > 0) memcpy(block->bytes, b->carry, b->carried);
    block->length = b->carried;
    while (whole == 0 && !b->ended) {
        if (block->length > KU_RECORD_LIMIT) return too_long(b, open, err);
        size_t got = 0;
        KU_TRY(reserve(&block->bytes, &block->capacity, block->length * 2 + BLOCK_BYTES + 1, err));
        size_t wanted = block->length > BLOCK_BYTES ? block->length : BLOCK_BYTES;
        KU_TRY(ku_stream_fill(b->stream, block->bytes + block->length, wanted, &got, err));
        block->length += got;
        b->ended = got < wanted;
        if (b->ended && block->length > 0 && block->bytes[block->length - 1] != b->dialect.newline)
            block->bytes[block->length++] = b->dialect.newline;
        whole = ku_records_length(block->bytes, block->length, b->dialect, &open);
    }
    if (b->ended && whole < block->length) {
        b->line += count_lines(block->bytes, whole, b->dialect.newline);
        return too_long(b, open, err);
    }
    KU_TRY(carry_rest(b, block, whole, err));
    block->sequence = b->sequence++;
    block->first_line = b->line;
    b->line += count_lines(block->bytes, whole, b->dialect.newline);
    return KU_OK;
}

ku_status ku_blocks_next(ku_blocks *blocks, ku_block *block, ku_error *err)
{
    pthread_mutex_lock(&blocks->lock);
    ku_status status = next_block(blocks, block, err);
    if (status != KU_OK) blocks->ended = true;
    pthread_mutex_unlock(&blocks->lock);
    return status;
}

/* ---- the program's own dialect -------------------------------------------------------------- */

void ku_inner_cell(ku_text *out, const char *bytes, size_t length)
{
    const ku_dialect d = KU_DIALECT_INNER;
    if (memchr(bytes, d.delimiter, length) == NULL && memchr(bytes, d.newline, length) == NULL &&
        memchr(bytes, d.quote, length) == NULL) {
        ku_text_addn(out, bytes, length);
        return;
    }
    ku_text_addc(out, d.quote);
    for (size_t i = 0; i < length; i++) {
        if (bytes[i] == d.quote) ku_text_addc(out, d.quote);
        ku_text_addc(out, bytes[i]);
    }
    ku_text_addc(out, d.quote);
}
