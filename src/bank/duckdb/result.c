/* result.c - what a DuckDB query returns, as a frame.
 *
 * The result streams: one chunk of some two thousand rows after the other is put at the
 * end of growing columns, so that the answer is never in memory twice. Types a frame has
 * not are brought to the nearest one it has: whole numbers of any size become int64 and,
 * once one does not fit, the whole column double; decimals become double (int64 without
 * decimals); instants of any precision become microseconds.
 *
 * Text becomes codes of a dictionary. A column of ten million rows has mostly few
 * different strings, met again and again, so a small cache answers before the dictionary
 * is asked. Its key is the sixteen bytes DuckDB describes a string with: strings of up to
 * twelve bytes lie within them and are their own key for ever; longer ones are a pointer
 * that is good within its chunk only, so their entries carry the chunk's number. */
#include <assert.h>
#include <string.h>

#include "bank/duckdb/engine_internal.h"
#include "frames/column.h"

enum { CACHE = 4096, INLINE_LENGTH = 12 };
static const uint32_t EVER = UINT32_MAX; /* the chunk number of short strings */

typedef struct cached {
    uint64_t low, high;
    uint32_t chunk; /* 0: empty */
    int32_t code;
} cached;

typedef struct sink {
    const char *name;
    duckdb_type type;     /* as it arrives; of enums and decimals the inner one below */
    duckdb_type internal; /* storage of a decimal, codes of an enum */
    double scale;         /* of a decimal: 10^digits */
    ku_type first;        /* type of the column, unless a number is too large for it */
    ku_grow grow;
    cached *cache;             /* text only */
    duckdb_logical_type words; /* enum only */
    uint32_t chunk;
} sink;

static bool frame_type(duckdb_type type, double scale, ku_type *to)
{
    switch (type) {
    case DUCKDB_TYPE_BOOLEAN:
        *to = KU_BOOL;
        return true;
    case DUCKDB_TYPE_TINYINT:
    case DUCKDB_TYPE_SMALLINT:
    case DUCKDB_TYPE_INTEGER:
    case DUCKDB_TYPE_BIGINT:
    case DUCKDB_TYPE_UTINYINT:
    case DUCKDB_TYPE_USMALLINT:
    case DUCKDB_TYPE_UINTEGER:
    case DUCKDB_TYPE_UBIGINT:
    case DUCKDB_TYPE_HUGEINT:
    case DUCKDB_TYPE_UHUGEINT:
        *to = KU_INT64;
        return true;
    case DUCKDB_TYPE_FLOAT:
    case DUCKDB_TYPE_DOUBLE:
        *to = KU_DOUBLE;
        return true;
    case DUCKDB_TYPE_DECIMAL:
        *to = scale > 1 ? KU_DOUBLE : KU_INT64;
        return true;
    case DUCKDB_TYPE_DATE:
        *to = KU_DATE;
        return true;
    case DUCKDB_TYPE_TIMESTAMP:
    case DUCKDB_TYPE_TIMESTAMP_TZ:
    case DUCKDB_TYPE_TIMESTAMP_S:
    case DUCKDB_TYPE_TIMESTAMP_MS:
    case DUCKDB_TYPE_TIMESTAMP_NS:
        *to = KU_TIMESTAMP;
        return true;
    case DUCKDB_TYPE_VARCHAR:
    case DUCKDB_TYPE_ENUM:
        *to = KU_TEXT;
        return true;
    default:
        return false;
    }
}

static ku_status sink_init(sink *s, duckdb_result *result, idx_t column, ku_error *err)
{
    s->name = duckdb_column_name(result, column);
    s->type = duckdb_column_type(result, column);
    s->internal = s->type;
    s->scale = 1;
    duckdb_logical_type logical = duckdb_column_logical_type(result, column);
    if (s->type == DUCKDB_TYPE_DECIMAL) {
        s->internal = duckdb_decimal_internal_type(logical);
        for (int i = duckdb_decimal_scale(logical); i > 0; i--) s->scale *= 10;
    }
    if (s->type == DUCKDB_TYPE_ENUM) {
        s->internal = duckdb_enum_internal_type(logical);
        s->words = logical;
    } else {
        duckdb_destroy_logical_type(&logical);
    }
    if (!frame_type(s->type, s->scale, &s->first))
        return ku_error_set(err, KU_FAULT, s->name,
                            "the query returns a column of a type that tables cannot hold");
    ku_grow_init(&s->grow, s->first);
    if (s->type == DUCKDB_TYPE_VARCHAR && (s->cache = calloc(CACHE, sizeof *s->cache)) == NULL)
        return ku_error_set(err, KU_NO_MEMORY, s->name, "no memory for the query's result");
    return KU_OK;
}

static void sinks_free(sink *sinks, idx_t count)
{
    if (sinks == NULL) return;
    for (idx_t i = 0; i < count; i++) {
        ku_grow_clear(&sinks[i].grow);
        free(sinks[i].cache);
        if (sinks[i].words != NULL) duckdb_destroy_logical_type(&sinks[i].words);
    }
    free(sinks);
}

/* ---- numbers ------------------------------------------------------------------------ */

/* A whole number that does not fit int64 turns the column to double. */
static void put_large(sink *s, double value)
{
    if (s->grow.type == KU_INT64) {
        ku_grow wide;
        ku_grow_init(&wide, KU_DOUBLE);
        const int64_t *old = (const int64_t *)(const void *)s->grow.values.at;
        for (int64_t i = 0; i < s->grow.rows; i++) {
            bool there = s->grow.validity.length == 0 ||
                         (s->grow.validity.at[i >> 3] >> (i & 7) & 1);
            if (there)
                ku_grow_f64(&wide, (double)old[i]);
            else
                ku_grow_null(&wide);
        }
        wide.failed = wide.failed || s->grow.failed;
        ku_grow_clear(&s->grow);
        s->grow = wide;
    }
    ku_grow_f64(&s->grow, value);
}

static void put_whole(sink *s, int64_t value)
{
    if (s->grow.type == KU_DOUBLE)
        ku_grow_f64(&s->grow, (double)value / s->scale);
    else
        ku_grow_i64(&s->grow, value);
}

static void put_huge(sink *s, duckdb_hugeint value)
{
    bool fits = (value.upper == 0 && value.lower <= INT64_MAX) ||
                (value.upper == -1 && value.lower > (uint64_t)INT64_MAX);
    if (fits)
        put_whole(s, (int64_t)value.lower);
    else
        put_large(s, duckdb_hugeint_to_double(value) / s->scale);
}

static void put_number(sink *s, const void *data, idx_t row)
{
    switch (s->internal) {
    case DUCKDB_TYPE_TINYINT:
        put_whole(s, ((const int8_t *)data)[row]);
        break;
    case DUCKDB_TYPE_SMALLINT:
        put_whole(s, ((const int16_t *)data)[row]);
        break;
    case DUCKDB_TYPE_INTEGER:
        put_whole(s, ((const int32_t *)data)[row]);
        break;
    case DUCKDB_TYPE_BIGINT:
        put_whole(s, ((const int64_t *)data)[row]);
        break;
    case DUCKDB_TYPE_UTINYINT:
        put_whole(s, ((const uint8_t *)data)[row]);
        break;
    case DUCKDB_TYPE_USMALLINT:
        put_whole(s, ((const uint16_t *)data)[row]);
        break;
    case DUCKDB_TYPE_UINTEGER:
        put_whole(s, ((const uint32_t *)data)[row]);
        break;
    case DUCKDB_TYPE_UBIGINT:
        put_huge(s, (duckdb_hugeint){.lower = ((const uint64_t *)data)[row]});
        break;
    case DUCKDB_TYPE_HUGEINT:
        put_huge(s, ((const duckdb_hugeint *)data)[row]);
        break;
    case DUCKDB_TYPE_UHUGEINT: {
        duckdb_uhugeint v = ((const duckdb_uhugeint *)data)[row];
        if (v.upper == 0 && v.lower <= INT64_MAX)
            put_whole(s, (int64_t)v.lower);
        else
            put_large(s, duckdb_uhugeint_to_double(v));
        break;
    }
    case DUCKDB_TYPE_FLOAT:
        ku_grow_f64(&s->grow, (double)((const float *)data)[row]);
        break;
    case DUCKDB_TYPE_DOUBLE:
        ku_grow_f64(&s->grow, ((const double *)data)[row]);
        break;
    default:
        assert(!"a number's type");
        break;
    }
}

/* ---- dates and times ---------------------------------------------------------------- */

static void put_date(sink *s, const void *data, idx_t row)
{
    duckdb_date date = ((const duckdb_date *)data)[row];
    if (duckdb_is_finite_date(date))
        ku_grow_i32(&s->grow, date.days);
    else
        ku_grow_null(&s->grow);
}

/* Rounds down, also before 1970. */
static int64_t floor_div(int64_t value, int64_t by)
{
    return value / by - (value % by < 0);
}

static void put_instant(sink *s, const void *data, idx_t row)
{
    int64_t value = ((const int64_t *)data)[row], micros = value;
    if (value == INT64_MAX || value == -INT64_MAX) { /* DuckDB's infinities */
        ku_grow_null(&s->grow);
        return;
    }
    bool fits = true;
    if (s->type == DUCKDB_TYPE_TIMESTAMP_NS) micros = floor_div(value, 1000);
    if (s->type == DUCKDB_TYPE_TIMESTAMP_MS) fits = !__builtin_mul_overflow(value, 1000, &micros);
    if (s->type == DUCKDB_TYPE_TIMESTAMP_S) fits = !__builtin_mul_overflow(value, 1000000, &micros);
    if (fits)
        ku_grow_i64(&s->grow, micros);
    else
        ku_grow_null(&s->grow);
}

/* ---- text --------------------------------------------------------------------------- */

static size_t cache_place(uint64_t low, uint64_t high)
{
    uint64_t h = (low ^ high * UINT64_C(0x9e3779b97f4a7c15)) * UINT64_C(0xd1b54a32d192ed03);
    return (size_t)(h >> 52); /* the upper 12 bits: CACHE is 4096 */
}

static void put_text(sink *s, const void *data, idx_t row)
{
    const duckdb_string_t *string = (const duckdb_string_t *)data + row;
    uint64_t low, high;
    memcpy(&low, string, 8);
    memcpy(&high, (const char *)string + 8, 8);
    uint32_t length = string->value.inlined.length;
    bool inlined = length <= INLINE_LENGTH;
    uint32_t chunk = inlined ? EVER : s->chunk;
    cached *c = &s->cache[cache_place(low, high)];
    if (c->chunk != chunk || c->low != low || c->high != high) {
        const char *text = inlined ? string->value.inlined.inlined : string->value.pointer.ptr;
        int32_t code = ku_words_code(&s->grow.words, text, length);
        if (code < 0) {
            s->grow.failed = true;
            return;
        }
        *c = (cached){.low = low, .high = high, .chunk = chunk, .code = code};
    }
    ku_grow_code(&s->grow, c->code);
}

static void put_enum(sink *s, const void *data, idx_t row)
{
    idx_t index = s->internal == DUCKDB_TYPE_UTINYINT    ? ((const uint8_t *)data)[row]
                  : s->internal == DUCKDB_TYPE_USMALLINT ? ((const uint16_t *)data)[row]
                                                         : ((const uint32_t *)data)[row];
    char *word = duckdb_enum_dictionary_value(s->words, index);
    ku_grow_text(&s->grow, word, strlen(word));
    duckdb_free(word);
}

/* A result that is being read. */
typedef struct table {
    const char *name;
    duckdb_result *result;
    sink *sinks;
    idx_t columns;
    int64_t rows;      /* in the columns now */
    const ku_cut *cut; /* NULL: all in one frame */
    idx_t by;          /* the column that pieces must not divide */
    int64_t total;
} table;

/* ---- chunks ------------------------------------------------------------------------- */

static void put(sink *s, const void *data, idx_t row)
{
    switch (s->type) {
    case DUCKDB_TYPE_BOOLEAN:
        ku_grow_bool(&s->grow, ((const bool *)data)[row]);
        break;
    case DUCKDB_TYPE_DATE:
        put_date(s, data, row);
        break;
    case DUCKDB_TYPE_TIMESTAMP:
    case DUCKDB_TYPE_TIMESTAMP_TZ:
    case DUCKDB_TYPE_TIMESTAMP_S:
    case DUCKDB_TYPE_TIMESTAMP_MS:
    case DUCKDB_TYPE_TIMESTAMP_NS:
        put_instant(s, data, row);
        break;
    case DUCKDB_TYPE_VARCHAR:
        put_text(s, data, row);
        break;
    case DUCKDB_TYPE_ENUM:
        put_enum(s, data, row);
        break;
    default:
        put_number(s, data, row);
        break;
    }
}

static void put_chunk(sink *s, duckdb_vector vector, idx_t from, idx_t to)
{
    const void *data = duckdb_vector_get_data(vector);
    const uint64_t *validity = duckdb_vector_get_validity(vector);
    s->chunk = s->chunk + 1 == EVER ? 1 : s->chunk + 1;
    for (idx_t row = from; row < to && !s->grow.failed; row++) {
        if (validity == NULL || (validity[row / 64] >> (row % 64) & 1))
            put(s, data, row);
        else
            ku_grow_null(&s->grow);
    }
}

/* Puts the chunk's rows from..to at the end of the columns. */
static ku_status put_rows(table *t, duckdb_data_chunk chunk, idx_t from, idx_t to, ku_error *err)
{
    bool failed = false;
    for (idx_t i = 0; i < t->columns; i++) {
        put_chunk(&t->sinks[i], duckdb_data_chunk_get_vector(chunk, i), from, to);
        failed = failed || t->sinks[i].grow.failed;
    }
    t->rows += (int64_t)(to - from);
    if (!failed) return KU_OK;
    return ku_error_set(err, KU_LIMIT, NULL,
                        "the result is too large: more than memory, or 2 GiB of "
                        "different texts in a column");
}

/* ---- pieces ------------------------------------------------------------------------- */

static ku_frame *frame_of(table *t)
{
    ku_owner *owner = ku_owner_new();
    ku_column *columns = calloc(t->columns + 1, sizeof *columns);
    bool whole = owner != NULL && columns != NULL;
    for (idx_t i = 0; whole && i < t->columns; i++)
        whole = ku_grow_finish(&t->sinks[i].grow, owner, t->sinks[i].name, &columns[i]);
    ku_frame *frame = NULL;
    if (whole)
        frame = ku_frame_over(owner, t->name, t->rows, columns, t->columns);
    else
        ku_owner_free(owner);
    free(columns);
    return frame;
}

static ku_status finish(table *t, ku_frame **frame, ku_error *err)
{
    *frame = frame_of(t);
    if (*frame != NULL) return KU_OK;
    return ku_error_set(err, KU_NO_MEMORY, t->name, "no memory for the query's result");
}

/* Hands the rows so far over and begins anew. */
static ku_status hand_over(table *t, ku_error *err)
{
    ku_frame *piece;
    KU_TRY(finish(t, &piece, err));
    for (idx_t i = 0; i < t->columns; i++) {
        sink *s = &t->sinks[i];
        ku_grow_init(&s->grow, s->first);
        if (s->cache != NULL) memset(s->cache, 0, CACHE * sizeof *s->cache);
    }
    t->rows = 0;
    return t->cut->visit(t->cut->data, piece, t->total, err);
}

typedef struct span {
    const char *at;
    size_t length;
} span;

static span text_of(duckdb_string_t *string)
{
    return (span){duckdb_string_t_data(string), duckdb_string_t_length(*string)};
}

/* The text of the last row put into the columns. */
static span text_before(const sink *s)
{
    const int32_t *offset = (const int32_t *)(const void *)s->grow.words.offsets.at;
    int32_t code = ((const int32_t *)(const void *)s->grow.values.at)[s->grow.rows - 1];
    return (span){(const char *)s->grow.words.text.at + offset[code],
                  (size_t)(offset[code + 1] - offset[code])};
}

/* The first row at which a new piece begins, `count` when none does in this chunk. A row
 * stands before each that is looked at, as a piece has at least one. */
static idx_t next_cut(const table *t, duckdb_string_t *texts, idx_t from, idx_t count)
{
    int64_t missing = t->cut->rows - t->rows;
    idx_t row = missing > 0 ? from + (idx_t)missing : from;
    for (; row < count; row++) {
        span before = row > from ? text_of(&texts[row - 1]) : text_before(&t->sinks[t->by]);
        span here = text_of(&texts[row]);
        if (before.length != here.length || memcmp(before.at, here.at, here.length) != 0)
            return row;
    }
    return count;
}

static ku_status put_pieces(table *t, duckdb_data_chunk chunk, idx_t count, ku_error *err)
{
    duckdb_string_t *texts = duckdb_vector_get_data(duckdb_data_chunk_get_vector(chunk, t->by));
    idx_t from = 0;
    for (;;) {
        idx_t to = next_cut(t, texts, from, count);
        KU_TRY(put_rows(t, chunk, from, to, err));
        if (to == count) return KU_OK;
        KU_TRY(hand_over(t, err));
        from = to;
    }
}

static ku_status drain(table *t, ku_error *err)
{
    duckdb_data_chunk chunk;
    ku_status status = KU_OK;
    while (status == KU_OK && (chunk = duckdb_fetch_chunk(*t->result)) != NULL) {
        idx_t count = duckdb_data_chunk_get_size(chunk);
        status = t->cut == NULL ? put_rows(t, chunk, 0, count, err)
                                : put_pieces(t, chunk, count, err);
        duckdb_destroy_data_chunk(&chunk);
    }
    const char *message = status == KU_OK ? duckdb_result_error(t->result) : NULL;
    return message != NULL ? ku_duckdb_error(message, err) : status;
}

/* ---- results ------------------------------------------------------------------------ */

static ku_status begin(table *t, duckdb_result *result, ku_error *err)
{
    t->result = result;
    t->columns = duckdb_column_count(result);
    t->sinks = calloc(t->columns + 1, sizeof *t->sinks);
    if (t->sinks == NULL)
        return ku_error_set(err, KU_NO_MEMORY, t->name, "no memory for the query's result");
    for (idx_t i = 0; i < t->columns; i++) KU_TRY(sink_init(&t->sinks[i], result, i, err));
    return KU_OK;
}

ku_status ku_duckdb_frame(const char *name, duckdb_result *result, ku_frame **frame, ku_error *err)
{
    table t = {.name = name};
    ku_status status = begin(&t, result, err);
    if (status == KU_OK) status = drain(&t, err);
    if (status == KU_OK) status = finish(&t, frame, err);
    sinks_free(t.sinks, t.columns);
    return status;
}

static ku_status find_by(table *t, const char *by, ku_error *err)
{
    for (t->by = 0; t->by < t->columns; t->by++)
        if (strcmp(t->sinks[t->by].name, by) == 0) break;
    if (t->by < t->columns && t->sinks[t->by].type == DUCKDB_TYPE_VARCHAR) return KU_OK;
    return ku_error_set(err, KU_FAULT, by, "the table %s has no text of this name", t->name);
}

ku_status ku_duckdb_pieces(const char *name, duckdb_result *result, const char *by,
                           const ku_cut *cut, int64_t total, ku_error *err)
{
    table t = {.name = name, .cut = cut, .total = total};
    ku_status status = begin(&t, result, err);
    if (status == KU_OK) status = find_by(&t, by, err);
    if (status == KU_OK) status = drain(&t, err);
    if (status == KU_OK && t.rows > 0) status = hand_over(&t, err);
    sinks_free(t.sinks, t.columns);
    return status;
}
