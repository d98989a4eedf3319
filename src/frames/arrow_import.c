/* arrow_import.c - Arrow record batches as a frame.
 *
 * Every column is read by a small reader chosen from its format: one that widens whole
 * numbers, one for reals, and so on, each appending to a growing column. A single batch
 * whose column already has our layout is not read at all: the column points at the
 * producer's buffers and the frame holds on to the array. */
#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "frames/arrow.h"
#include "frames/column.h"

/* ---- formats -------------------------------------------------------------------------- */

typedef enum reading {
    READ_I8,
    READ_U8,
    READ_I16,
    READ_U16,
    READ_I32,
    READ_U32,
    READ_I64,
    READ_U64, /* to int64 */
    READ_F32,
    READ_F64,  /* to double */
    READ_BITS, /* to bool */
    READ_DAYS,
    READ_DAY_MILLIS, /* to date */
    READ_STAMP,      /* to timestamp */
    READ_UTF8,
    READ_LARGE_UTF8,
    READ_UTF8_VIEW,
    READ_DICTIONARY, /* to text */
    READ_DECIMAL_WHOLE,
    READ_DECIMAL, /* int64, double */
} reading;

typedef struct plan {
    const char *name;
    reading reading;
    ku_type type;
    int64_t multiply, divide; /* STAMP: to microseconds */
    int scale, width;         /* DECIMAL: digits after the mark, bytes */
    reading codes, words;     /* DICTIONARY */
} plan;

static bool plan_plain(const char *format, plan *p)
{
    static const struct {
        const char *format;
        reading reading;
        ku_type type;
    } known[] = {{"c", READ_I8, KU_INT64},          {"C", READ_U8, KU_INT64},
                 {"s", READ_I16, KU_INT64},         {"S", READ_U16, KU_INT64},
                 {"i", READ_I32, KU_INT64},         {"I", READ_U32, KU_INT64},
                 {"l", READ_I64, KU_INT64},         {"L", READ_U64, KU_INT64},
                 {"f", READ_F32, KU_DOUBLE},        {"g", READ_F64, KU_DOUBLE},
                 {"b", READ_BITS, KU_BOOL},         {"tdD", READ_DAYS, KU_DATE},
                 {"tdm", READ_DAY_MILLIS, KU_DATE}, {"u", READ_UTF8, KU_TEXT},
                 {"U", READ_LARGE_UTF8, KU_TEXT},   {"vu", READ_UTF8_VIEW, KU_TEXT}};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (strcmp(known[i].format, format) == 0) {
            p->reading = known[i].reading;
            p->type = known[i].type;
            return true;
        }
    return false;
}

/* "tsu:" and its kin: seconds, milli-, micro- and nanoseconds with any zone. */
static bool plan_stamp(const char *format, plan *p)
{
    static const struct {
        char unit;
        int64_t multiply, divide;
    } units[] = {{'s', 1000000, 1}, {'m', 1000, 1}, {'u', 1, 1}, {'n', 1, 1000}};
    if (!ku_text_starts(format, "ts") || format[2] == '\0' || format[3] != ':') return false;
    for (size_t i = 0; i < sizeof units / sizeof *units; i++)
        if (units[i].unit == format[2]) {
            p->reading = READ_STAMP;
            p->type = KU_TIMESTAMP;
            p->multiply = units[i].multiply;
            p->divide = units[i].divide;
            return true;
        }
    return false;
}

/* "d:precision,scale[,bits]". */
static bool plan_decimal(const char *format, plan *p)
{
    if (!ku_text_starts(format, "d:")) return false;
    char *end;
    strtol(format + 2, &end, 10); /* the precision follows from the values */
    if (*end != ',') return false;
    p->scale = (int)strtol(end + 1, &end, 10);
    long bits = *end == ',' ? strtol(end + 1, &end, 10) : 128;
    if (*end != '\0' || (bits != 128 && bits != 64 && bits != 32)) return false;
    p->width = (int)bits / 8;
    p->reading = p->scale == 0 ? READ_DECIMAL_WHOLE : READ_DECIMAL;
    p->type = p->scale == 0 ? KU_INT64 : KU_DOUBLE;
    return true;
}

static ku_status make_plan(const struct ArrowSchema *schema, plan *p, ku_error *err)
{
    *p = (plan){.name = schema->name != NULL ? schema->name : ""};
    bool known = plan_plain(schema->format, p) || plan_stamp(schema->format, p) ||
                 plan_decimal(schema->format, p);
    if (known && schema->dictionary != NULL) {
        plan words = {0};
        known = p->reading <= READ_U64 && plan_plain(schema->dictionary->format, &words) &&
                words.type == KU_TEXT;
        *p = (plan){.name = p->name,
                    .reading = READ_DICTIONARY,
                    .type = KU_TEXT,
                    .codes = p->reading,
                    .words = words.reading};
    }
    if (known) return KU_OK;
    return ku_error_set(err, KU_BAD_DATA, p->name,
                        "the column has a type that is not understood here (Arrow format %.40s)",
                        schema->format);
}

/* ---- values ----------------------------------------------------------------------------- */

static bool is_present(const struct ArrowArray *array, int64_t row)
{
    const uint8_t *validity = array->n_buffers > 0 ? array->buffers[0] : NULL;
    row += array->offset;
    return validity == NULL || array->null_count == 0 || (validity[row >> 3] >> (row & 7) & 1);
}

/* The i-th value of a buffer, whatever its alignment. */
#define VALUE(type, buffer, i)                                                                     \
    (*(const type *)memcpy(&(type){0}, (const char *)(buffer) + (size_t)(i) * sizeof(type),        \
                           sizeof(type)))

/* A whole number of any width; false for one beyond int64. */
static bool whole_at(reading r, const struct ArrowArray *array, int64_t row, int64_t *value)
{
    const void *data = array->buffers[1];
    int64_t i = array->offset + row;
    switch (r) {
    case READ_I8:
        *value = VALUE(int8_t, data, i);
        return true;
    case READ_U8:
        *value = VALUE(uint8_t, data, i);
        return true;
    case READ_I16:
        *value = VALUE(int16_t, data, i);
        return true;
    case READ_U16:
        *value = VALUE(uint16_t, data, i);
        return true;
    case READ_I32:
        *value = VALUE(int32_t, data, i);
        return true;
    case READ_U32:
        *value = VALUE(uint32_t, data, i);
        return true;
    case READ_I64:
        *value = VALUE(int64_t, data, i);
        return true;
    default: {
        uint64_t u = VALUE(uint64_t, data, i);
        *value = (int64_t)u;
        return u <= INT64_MAX;
    }
    }
}

__extension__ typedef __int128 int128;

static int128 decimal_at(const plan *p, const struct ArrowArray *array, int64_t row)
{
    const void *data = array->buffers[1];
    int64_t i = array->offset + row;
    switch (p->width) {
    case 4:
        return VALUE(int32_t, data, i);
    case 8:
        return VALUE(int64_t, data, i);
    default:
        return VALUE(int128, data, i);
    }
}

/* Dividing by a power of ten is exact in its result's last digit up to 10^22, which
 * multiplying by 0.1^scale would not be. */
static double scaled(int128 value, int scale)
{
    double number = (double)value;
    for (; scale > 22; scale -= 22) number /= 1e22;
    double power = 1;
    for (int i = 0; i < (scale < 0 ? -scale : scale); i++) power *= 10;
    return scale < 0 ? number * power : number / power;
}

/* A string view is 16 bytes: length, then either the text itself (up to 12 bytes) or a
 * prefix, the number of a buffer and an offset in it. */
static ku_span view_at(const struct ArrowArray *array, int64_t i)
{
    const char *view = (const char *)array->buffers[1] + (size_t)i * 16;
    int32_t length = VALUE(int32_t, view, 0);
    if (length <= 12) return (ku_span){view + 4, (size_t)length};
    int32_t buffer = VALUE(int32_t, view, 2), offset = VALUE(int32_t, view, 3);
    return (ku_span){(const char *)array->buffers[2 + buffer] + offset, (size_t)length};
}

static ku_span text_at(reading r, const struct ArrowArray *array, int64_t row)
{
    const void *offsets = array->buffers[1];
    const char *bytes = array->n_buffers > 2 ? array->buffers[2] : NULL;
    int64_t i = array->offset + row, first, end;
    if (r == READ_UTF8_VIEW) return view_at(array, i);
    if (r == READ_UTF8) {
        first = VALUE(int32_t, offsets, i);
        end = VALUE(int32_t, offsets, i + 1);
    } else {
        first = VALUE(int64_t, offsets, i);
        end = VALUE(int64_t, offsets, i + 1);
    }
    return end == first ? (ku_span){"", 0} : (ku_span){bytes + first, (size_t)(end - first)};
}

static int64_t floor_div(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

/* ---- reading a batch ----------------------------------------------------------------------- */

static ku_status too_far(const plan *p, int64_t row, ku_error *err)
{
    return ku_error_set(err, KU_BAD_DATA, p->name, "row %lld has a value too large to be stored",
                        (long long)row + 1);
}

static ku_status read_text(const plan *p, reading r, const struct ArrowArray *array, int64_t row,
                           ku_grow *grow, ku_error *err)
{
    ku_span s = text_at(r, array, row);
    if (!ku_utf8_valid(s.at, s.length, NULL))
        return ku_error_set(err, KU_BAD_DATA, p->name, "row %lld has text that is not UTF-8",
                            (long long)row + 1);
    ku_grow_text(grow, s.at, s.length);
    return KU_OK;
}

static ku_status read_word(const plan *p, const struct ArrowArray *array, int64_t row,
                           ku_grow *grow, ku_error *err)
{
    int64_t code;
    const struct ArrowArray *words = array->dictionary;
    if (!whole_at(p->codes, array, row, &code) || code < 0 || code >= words->length)
        return ku_error_set(err, KU_BAD_DATA, p->name, "row %lld has a text that is missing",
                            (long long)row + 1);
    if (!is_present(words, code)) {
        ku_grow_null(grow);
        return KU_OK;
    }
    return read_text(p, p->words, words, code, grow, err);
}

static ku_status read_stamp(const plan *p, const struct ArrowArray *array, int64_t row,
                            ku_grow *grow, ku_error *err)
{
    int64_t value = VALUE(int64_t, array->buffers[1], array->offset + row);
    if (__builtin_mul_overflow(value, p->multiply, &value)) return too_far(p, row, err);
    ku_grow_i64(grow, floor_div(value, p->divide));
    return KU_OK;
}

static ku_status read_value(const plan *p, const struct ArrowArray *array, int64_t row,
                            ku_grow *grow, ku_error *err)
{
    int64_t i = array->offset + row, whole;
    const uint8_t *bits = array->buffers[1];
    switch (p->reading) {
    case READ_F32:
        ku_grow_f64(grow, (double)VALUE(float, bits, i));
        return KU_OK;
    case READ_F64:
        ku_grow_f64(grow, VALUE(double, bits, i));
        return KU_OK;
    case READ_BITS:
        ku_grow_bool(grow, bits[i >> 3] >> (i & 7) & 1);
        return KU_OK;
    case READ_DAYS:
        ku_grow_i32(grow, VALUE(int32_t, bits, i));
        return KU_OK;
    case READ_DAY_MILLIS:
        whole = floor_div(VALUE(int64_t, bits, i), 86400000);
        if (whole > INT32_MAX || whole < INT32_MIN) return too_far(p, row, err);
        ku_grow_i32(grow, (int32_t)whole);
        return KU_OK;
    case READ_STAMP:
        return read_stamp(p, array, row, grow, err);
    case READ_UTF8:
    case READ_LARGE_UTF8:
    case READ_UTF8_VIEW:
        return read_text(p, p->reading, array, row, grow, err);
    case READ_DICTIONARY:
        return read_word(p, array, row, grow, err);
    case READ_DECIMAL_WHOLE:
        ku_grow_i64(grow, (int64_t)decimal_at(p, array, row));
        return KU_OK;
    case READ_DECIMAL:
        ku_grow_f64(grow, scaled(decimal_at(p, array, row), p->scale));
        return KU_OK;
    default:
        if (!whole_at(p->reading, array, row, &whole)) return too_far(p, row, err);
        ku_grow_i64(grow, whole);
        return KU_OK;
    }
}

static ku_status read_batch(const plan *p, const struct ArrowArray *array, ku_grow *grow,
                            ku_error *err)
{
    for (int64_t row = 0; row < array->length; row++) {
        if (is_present(array, row))
            KU_TRY(read_value(p, array, row, grow, err));
        else
            ku_grow_null(grow);
    }
    if (grow->failed)
        return ku_error_set(err, KU_NO_MEMORY, p->name, "no memory for the column's values");
    return KU_OK;
}

/* A column of decimals without decimals becomes int64 when every value fits, else double. */
static void settle_decimal(plan *p, const struct ArrowArray *arrays, size_t count)
{
    if (p->reading != READ_DECIMAL_WHOLE) return;
    for (size_t b = 0; b < count; b++)
        for (int64_t row = 0; row < arrays[b].length; row++) {
            if (!is_present(&arrays[b], row)) continue;
            int128 value = decimal_at(p, &arrays[b], row);
            if (value > INT64_MAX || value < INT64_MIN) {
                p->reading = READ_DECIMAL;
                p->type = KU_DOUBLE;
                return;
            }
        }
}

/* ---- without a copy -------------------------------------------------------------------------- */

static bool has_nan(const double *values, int64_t count)
{
    bool found = false;
    for (int64_t i = 0; i < count; i++) found |= isnan(values[i]) != 0;
    return found;
}

static int64_t count_nulls(const struct ArrowArray *array)
{
    int64_t nulls = 0;
    for (int64_t row = 0; row < array->length; row++) nulls += !is_present(array, row);
    return nulls;
}

/* Points the column at the producer's buffers when they have our layout already. */
static bool borrow(const plan *p, const struct ArrowArray *array, ku_column *column)
{
    int64_t rows = array->length;
    bool same = p->reading == READ_I64 || p->reading == READ_F64 || p->reading == READ_BITS ||
                p->reading == READ_DAYS ||
                (p->reading == READ_STAMP && p->multiply == 1 && p->divide == 1);
    size_t width = ku_values_size(p->type, 1);
    const char *data = array->buffers[1];
    const uint8_t *validity = array->buffers[0];
    if (p->type == KU_BOOL) width = 1;
    if (!same || data == NULL || array->offset % 8 != 0 || (uintptr_t)data % width != 0)
        return false;
    data += p->type == KU_BOOL ? (size_t)array->offset / 8 : (size_t)array->offset * width;
    if (p->type == KU_DOUBLE && has_nan((const double *)(const void *)data, rows)) return false;
    column->type = p->type;
    column->rows = rows;
    column->as.data = data;
    column->nulls = validity == NULL || array->null_count == 0 ? 0 : count_nulls(array);
    column->validity = column->nulls > 0 ? validity + array->offset / 8 : NULL;
    return true;
}

/* ---- the frame -------------------------------------------------------------------------------- */

/* What a frame over foreign buffers keeps: its own memory and the batch. */
typedef struct holder {
    void *owner;
    void (*release_owner)(void *);
    struct ArrowArray batch;
} holder;

static void release_holder(void *data)
{
    holder *h = data;
    h->release_owner(h->owner);
    h->batch.release(&h->batch);
    free(h);
}

static ku_status read_column(plan *p, const struct ArrowArray *arrays, size_t count,
                             ku_owner *owner, ku_column *column, ku_error *err)
{
    ku_grow grow;
    ku_status status = KU_OK;
    settle_decimal(p, arrays, count);
    ku_grow_init(&grow, p->type);
    for (size_t b = 0; b < count && status == KU_OK; b++)
        status = read_batch(p, &arrays[b], &grow, err);
    if (status == KU_OK && !ku_grow_finish(&grow, owner, p->name, column))
        status = ku_error_set(err, KU_NO_MEMORY, p->name, "no memory for the column's values");
    ku_grow_clear(&grow);
    return status;
}

/* The i-th column of every batch. */
static ku_status import_column(const struct ArrowSchema *schema, const struct ArrowArray *batches,
                               size_t count, int64_t i, ku_owner *owner, ku_column *column,
                               bool *borrowed, ku_error *err)
{
    plan p;
    KU_TRY(make_plan(schema->children[i], &p, err));
    struct ArrowArray *arrays = calloc(count + 1, sizeof *arrays);
    if (arrays == NULL) return ku_error_set(err, KU_NO_MEMORY, p.name, "no memory");
    for (size_t b = 0; b < count; b++) { /* a batch may be a slice of its columns */
        arrays[b] = *batches[b].children[i];
        arrays[b].offset += batches[b].offset;
        arrays[b].length = batches[b].length;
    }
    ku_status status = KU_OK;
    if (count == 1 && borrow(&p, &arrays[0], column)) {
        *borrowed = true;
        column->name = ku_owner_strdup(owner, p.name);
        if (column->name == NULL) status = ku_error_set(err, KU_NO_MEMORY, p.name, "no memory");
    } else {
        status = read_column(&p, arrays, count, owner, column, err);
    }
    free(arrays);
    return status;
}

/* Gives the frame the batch its columns point into. */
static bool hold(ku_frame *frame, struct ArrowArray *batch)
{
    holder *h = malloc(sizeof *h);
    if (h == NULL) return false;
    *h = (holder){frame->owner, frame->release, *batch};
    batch->release = NULL; /* moved, as the interface allows */
    frame->owner = h;
    frame->release = release_holder;
    return true;
}

static ku_status import_frame(const char *name, const struct ArrowSchema *schema,
                              struct ArrowArray *batches, size_t count, ku_frame **frame,
                              ku_error *err)
{
    if (strcmp(schema->format, "+s") != 0)
        return ku_error_set(err, KU_BAD_DATA, name, "expected a table, found Arrow format %.40s",
                            schema->format);
    int64_t rows = 0;
    bool borrowed = false;
    ku_status status = KU_OK;
    for (size_t b = 0; b < count; b++) rows += batches[b].length;
    ku_owner *owner = ku_owner_new();
    ku_column *columns = calloc((size_t)schema->n_children + 1, sizeof *columns);
    if (owner == NULL || columns == NULL)
        status = ku_error_set(err, KU_NO_MEMORY, name, "no memory for the table");
    for (int64_t i = 0; i < schema->n_children && status == KU_OK; i++)
        status = import_column(schema, batches, count, i, owner, &columns[i], &borrowed, err);
    ku_frame *made = NULL;
    if (status == KU_OK)
        made = ku_frame_over(owner, name, rows, columns, (size_t)schema->n_children);
    else
        ku_owner_free(owner);
    free(columns);
    if (status == KU_OK && (made == NULL || (borrowed && !hold(made, &batches[0])))) {
        ku_frame_free(made);
        status = ku_error_set(err, KU_NO_MEMORY, name, "no memory for the table");
    }
    if (status == KU_OK) *frame = made;
    return status;
}

ku_status ku_arrow_import(const char *name, struct ArrowSchema *schema, struct ArrowArray *batches,
                          size_t count, ku_frame **frame, ku_error *err)
{
    ku_status status = import_frame(name, schema, batches, count, frame, err);
    for (size_t b = 0; b < count; b++)
        if (batches[b].release != NULL) batches[b].release(&batches[b]);
    if (schema->release != NULL) schema->release(schema);
    return status;
}
