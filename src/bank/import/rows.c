/* rows.c - from records to checked rows.
 *
 * Every format comes down to the same thing: a record with cells, a line number, and a
 * fact's descriptor that says what each field must be. This file holds that one check, so
 * that a row is refused or kept for the same reasons whatever file it came in. It runs on
 * as many threads as the database has; each has its own reader, counts and list of
 * refused rows, joined when the thread is done. */
#include "bank/import/rows.h"

#include <inttypes.h>
#include <math.h>
#include <pthread.h>

#include "bank/import/records.h"

struct ku_rows {
    ku_rows_setup setup;
    ku_blocks *blocks;
    ku_feed feed;
    ku_field field[KU_FIELD_LIMIT + 1];
    pthread_mutex_t lock; /* of what follows */
    ku_arena *arena;
    ku_tally tally;
};

/* What one thread works with. */
typedef struct worker {
    ku_rows *rows;
    const ku_plan *plan;
    ku_records *records;
    ku_arena *arena; /* of the reasons */
    ku_block block;
    bool in_block, suspect; /* suspect: the block holds bytes that are not clean UTF-8 */
    int64_t refused_in_block;
    ku_text refused;
    ku_tally tally;
} worker;

/* ---- counting -------------------------------------------------------------------------------- */

static void count_reason(ku_tally *tally, ku_arena *arena, const char *column, const char *reason,
                         int64_t rows)
{
    for (size_t i = 0; i < tally->reason_count; i++)
        if (strcmp(tally->reason[i].reason, reason) == 0 &&
            strcmp(tally->reason[i].column, column) == 0) {
            tally->reason[i].rows += rows;
            return;
        }
    if ((tally->reason_count & (tally->reason_count - 1)) == 0) { /* room is 1, 2, 4, ... */
        size_t room = tally->reason_count == 0 ? 1 : tally->reason_count * 2;
        ku_reason_count *more = KU_ARRAY(arena, room, ku_reason_count);
        if (tally->reason_count > 0)
            memcpy(more, tally->reason, tally->reason_count * sizeof *more);
        tally->reason = more;
    }
    tally->reason[tally->reason_count++] = (ku_reason_count){ku_arena_strdup(arena, column),
                                                             ku_arena_strdup(arena, reason), rows};
}

static void tally_init(ku_tally *tally)
{
    *tally = (ku_tally){.first = INT64_MAX, .last = INT64_MIN};
}

static void tally_join(ku_tally *to, ku_arena *arena, const ku_tally *from)
{
    to->read += from->read;
    to->refused += from->refused;
    if (from->first < to->first) to->first = from->first;
    if (from->last > to->last) to->last = from->last;
    for (size_t i = 0; i < KU_FIELD_LIMIT; i++) {
        to->missing[i] += from->missing[i];
        to->outside[i] += from->outside[i];
    }
    for (size_t i = 0; i < from->reason_count; i++)
        count_reason(to, arena, from->reason[i].column, from->reason[i].reason,
                     from->reason[i].rows);
}

/* ---- one row ------------------------------------------------------------------------------------ */

/* Why a row is refused. */
typedef struct refusal {
    const char *column;
    ku_span value;
    const char *reason;
    ku_error words; /* holds the reason when it had to be put together */
} refusal;

static bool refuse(refusal *why, const char *column, ku_span value, const char *reason)
{
    why->column = column;
    why->value = value;
    why->reason = reason;
    return false;
}

static const char *file_column(const ku_plan *plan, const ku_plan_field *field)
{
    return field->column >= 0 ? plan->column[field->column] : field->spec->name;
}

static double as_number(const ku_plan_field *field, const ku_value *value)
{
    return field->spec->type == KU_INT64 ? (double)value->as.i64 : value->as.f64;
}

/* Whether a number is outside the range of its column. */
static bool is_outside(const ku_plan_field *field, const ku_value *value)
{
    const ku_fact_column *spec = field->spec;
    if ((spec->type != KU_DOUBLE && spec->type != KU_INT64) || (spec->min == 0 && spec->max == 0))
        return false;
    double number = as_number(field, value);
    return number < spec->min || number > spec->max;
}

/* Dates such as 9999-12-31 stand for "never" or are slips; one of them would stretch every
 * course over time. */
static bool is_plausible(ku_type type, const ku_value *value)
{
    enum { FIRST = -25567, LAST = 84005 }; /* 1900-01-01 and 2199-12-31, in days from 1970 */
    if (type == KU_DATE) return value->as.days >= FIRST && value->as.days <= LAST;
    return value->as.i64 >= FIRST * KU_DAY_MICROS && value->as.i64 < (LAST + 1) * KU_DAY_MICROS;
}

static const char *outside_words(const ku_fact_column *spec, double number, ku_error *words)
{
    if (number < spec->min)
        ku_error_set(words, KU_BAD_DATA, NULL, "below %g, the least that %s may be", spec->min,
                     spec->name);
    else
        ku_error_set(words, KU_BAD_DATA, NULL, "above %g, the most that %s may be", spec->max,
                     spec->name);
    return words->message;
}

static void store(const ku_plan_field *field, ku_feed_column *column, size_t row,
                  const ku_value *value)
{
    switch (field->spec->type) {
    case KU_DOUBLE:
        column->as.f64[row] = value->as.f64;
        break;
    case KU_INT64:
    case KU_TIMESTAMP:
        column->as.i64[row] = value->as.i64;
        break;
    case KU_DATE:
        column->as.days[row] = value->as.days;
        break;
    case KU_BOOL:
        column->as.boolean[row] = value->as.boolean;
        break;
    case KU_TEXT:
        column->as.text[row] = value->as.text;
        break;
    case KU_TYPE_COUNT:
        break;
    }
}

static bool text_is_clean(ku_span text)
{
    return memchr(text.at, '\0', text.length) == NULL && ku_utf8_valid(text.at, text.length, NULL);
}

/* The first `count` characters of the value without the spaces around it. */
static ku_span beginning(ku_span cell, size_t count)
{
    size_t end = 0;
    cell = ku_text_trim(cell.at, cell.length);
    for (; end < cell.length && count > 0; count--) do
            end++;
        while (end < cell.length && ((unsigned char)cell.at[end] & 0xC0) == 0x80);
    return (ku_span){cell.at, end};
}

static ku_span cell_of(worker *w, const ku_record *record, const ku_plan_field *field)
{
    if (field->column < 0) return (ku_span){field->constant, strlen(field->constant)};
    ku_span cell = ku_records_text(w->records, record->cell[field->column]);
    return field->first > 0 ? beginning(cell, field->first) : cell;
}

/* Fields that are remarkable in one row, as bits. */
typedef struct remarks {
    uint64_t missing, outside;
} remarks;

static bool check_field(worker *w, const ku_record *record, size_t i, ku_feed_column *column,
                        size_t row, remarks *seen, refusal *why)
{
    const ku_plan_field *field = &w->plan->field[i];
    const ku_fact_column *spec = field->spec;
    ku_span cell = cell_of(w, record, field);
    ku_value value;
    switch (ku_value_read(cell, spec->type, &w->plan->style, &value, &why->words)) {
    case KU_VALUE_MISSING:
        if (spec->required && field->derived_from == 0)
            return refuse(why, file_column(w->plan, field), cell, "missing");
        ku_feed_null(column, row);
        seen->missing |= UINT64_C(1) << i;
        return true;
    case KU_VALUE_WRONG:
        return refuse(why, file_column(w->plan, field), cell, why->words.message);
    case KU_VALUE_PRESENT:
        break;
    }
    if (spec->type == KU_TEXT && w->suspect && !text_is_clean(value.as.text))
        return refuse(why, file_column(w->plan, field), cell,
                      "characters that are not in the file's encoding");
    if ((int)i == w->plan->time_field && !is_plausible(spec->type, &value))
        return refuse(why, file_column(w->plan, field), cell,
                      "the year cannot be meant; expected 1900 to 2199");
    if (is_outside(field, &value)) {
        if (spec->outside == KU_REJECT)
            return refuse(why, file_column(w->plan, field), cell,
                          outside_words(spec, as_number(field, &value), &why->words));
        seen->outside |= UINT64_C(1) << i;
    }
    store(field, column, row, &value);
    return true;
}

/* A required field that is empty must be workable out from others that are not. */
static bool check_derived(worker *w, const remarks *seen, refusal *why)
{
    for (size_t i = 0; i < w->plan->field_count; i++) {
        const ku_plan_field *field = &w->plan->field[i];
        if (field->derived_from == 0 || !field->spec->required) continue;
        if (!(seen->missing >> i & 1) || !(seen->missing & field->derived_from)) continue;
        return refuse(why, file_column(w->plan, field), (ku_span){"", 0},
                      "missing, and cannot be worked out from the other columns");
    }
    return true;
}

static void count_row(worker *w, const remarks *seen, const ku_feed_chunk *chunk, size_t row)
{
    for (uint64_t bits = seen->missing; bits != 0; bits &= bits - 1)
        w->tally.missing[__builtin_ctzll(bits)]++;
    for (uint64_t bits = seen->outside; bits != 0; bits &= bits - 1)
        w->tally.outside[__builtin_ctzll(bits)]++;
    int t = w->plan->time_field;
    if (t < 0 || (seen->missing >> t & 1)) return;
    int64_t at = w->plan->field[t].spec->type == KU_DATE
                     ? chunk->column[t].as.days[row] * KU_DAY_MICROS
                     : chunk->column[t].as.micros[row];
    if (at < w->tally.first) w->tally.first = at;
    if (at > w->tally.last) w->tally.last = at;
}

static bool check_row(worker *w, const ku_record *record, ku_feed_chunk *chunk, refusal *why)
{
    size_t row = chunk->rows, fields = w->plan->field_count;
    remarks seen = {0};
    if (record->problem != NULL) return refuse(why, "", (ku_span){"", 0}, record->problem);
    for (size_t i = 0; i < fields; i++)
        if (!check_field(w, record, i, &chunk->column[i], row, &seen, why)) {
            for (size_t k = 0; k <= i; k++) /* the next row takes this place */
                chunk->column[k].validity[row / 64] |= UINT64_C(1) << (row % 64);
            return false;
        }
    if (!check_derived(w, &seen, why)) {
        for (size_t k = 0; k < fields; k++)
            chunk->column[k].validity[row / 64] |= UINT64_C(1) << (row % 64);
        return false;
    }
    chunk->column[fields].as.i64[row] = record->line;
    count_row(w, &seen, chunk, row);
    return true;
}

/* ---- refused rows -------------------------------------------------------------------------------- */

/* The row for the rejects file: as it stands in the file, or, from a workbook, its cells
 * with commas. */
static ku_span row_text(const ku_plan *plan, const ku_record *record, ku_text *scratch)
{
    if (plan->format == KU_FORMAT_CSV || plan->format == KU_FORMAT_JSONL) return record->raw;
    for (size_t i = 0; i < record->raw.length; i++) {
        char c = record->raw.at[i];
        ku_text_addc(scratch, c == plan->dialect.delimiter ? ',' : c);
    }
    return (ku_span){ku_text_string(scratch), scratch->length};
}

static void note_refused(worker *w, const ku_record *record, const refusal *why)
{
    w->tally.refused++;
    count_reason(&w->tally, w->arena, why->column, why->reason, 1);
    if (w->rows->setup.rejects == NULL) return;
    ku_text scratch = {0};
    ku_rejects_line(&w->refused, w->plan->path, record->line, why->column, why->value, why->reason,
                    row_text(w->plan, record, &scratch));
    ku_text_clear(&scratch);
    w->refused_in_block++;
}

/* ---- blocks ---------------------------------------------------------------------------------------- */

static bool is_plain_ascii(const char *bytes, size_t length)
{
    size_t i = 0;
    uint64_t high = 0, word;
    for (; i + 8 <= length; i += 8) {
        memcpy(&word, bytes + i, 8);
        high |= word;
    }
    for (; i < length; i++) high |= (unsigned char)bytes[i];
    return (high & UINT64_C(0x8080808080808080)) == 0 && memchr(bytes, '\0', length) == NULL;
}

static ku_status end_block(worker *w, ku_error *err)
{
    if (!w->in_block) return KU_OK;
    w->in_block = false;
    int64_t count = w->refused_in_block;
    w->refused_in_block = 0;
    if (w->rows->setup.rejects == NULL) return KU_OK;
    return ku_rejects_add(w->rows->setup.rejects, w->block.sequence, &w->refused, count, err);
}

static ku_status next_block(worker *w, bool *more, ku_error *err)
{
    KU_TRY(end_block(w, err));
    if (atomic_load(w->rows->setup.stop))
        return ku_error_set(err, KU_CANCELLED, NULL, "the import was cancelled");
    KU_TRY(ku_blocks_next(w->rows->blocks, &w->block, err));
    *more = w->block.length > 0;
    if (!*more) return KU_OK;
    w->in_block = true;
    w->suspect = !is_plain_ascii(w->block.bytes, w->block.length) &&
                 !text_is_clean((ku_span){w->block.bytes, w->block.length});
    ku_records_begin(w->records, &w->block);
    ku_record head;
    if (w->block.sequence == 0 && w->plan->header) ku_records_next(w->records, &head);
    return KU_OK;
}

/* ---- the feed ----------------------------------------------------------------------------------------- */

static ku_status fill_chunk(worker *w, ku_feed_chunk *chunk, ku_error *err)
{
    bool more = true;
    refusal why;
    ku_record record;
    ku_records_forget(w->records);
    chunk->rows = 0;
    while (chunk->rows < chunk->capacity) {
        if (w->in_block && ku_records_next(w->records, &record)) {
            w->tally.read++;
            if (check_row(w, &record, chunk, &why))
                chunk->rows++;
            else
                note_refused(w, &record, &why);
            continue;
        }
        /* Texts in the chunk point into the block, so it ends with the block. */
        if (w->in_block && chunk->rows > 0) break;
        KU_TRY(next_block(w, &more, err));
        if (!more) break;
    }
    return KU_OK;
}

static ku_status feed_fill(void *data, void *thread, ku_feed_chunk *chunk, ku_error *err)
{
    ku_rows *rows = data;
    ku_status status = fill_chunk(thread, chunk, err);
    if (status != KU_OK && err->where[0] != '\0')
        ku_error_at(err, "%s, %s", rows->setup.plan->path,
                    ku_arena_strdup(rows->arena, err->where));
    else if (status != KU_OK)
        ku_error_at(err, "%s", rows->setup.plan->path);
    return status;
}

static void feed_end(void *thread)
{
    worker *w = thread;
    if (w == NULL) return;
    pthread_mutex_lock(&w->rows->lock);
    tally_join(&w->rows->tally, w->rows->arena, &w->tally);
    pthread_mutex_unlock(&w->rows->lock);
    ku_records_free(w->records);
    ku_block_clear(&w->block);
    ku_text_clear(&w->refused);
    ku_arena_free(w->arena);
    free(w);
}

static ku_status feed_start(void *data, void **thread, ku_error *err)
{
    ku_rows *rows = data;
    worker *w = calloc(1, sizeof *w);
    if (w == NULL) return ku_error_set(err, KU_NO_MEMORY, NULL, "there is not enough memory");
    w->rows = rows;
    w->plan = rows->setup.plan;
    w->records = ku_records_new(w->plan);
    w->arena = ku_arena_new();
    tally_init(&w->tally);
    *thread = w;
    if (w->records != NULL && w->arena != NULL) return KU_OK;
    feed_end(w);
    *thread = NULL;
    return ku_error_set(err, KU_NO_MEMORY, NULL, "there is not enough memory");
}

/* ---- the rows of a file ---------------------------------------------------------------------------------- */

static void describe_feed(ku_rows *rows)
{
    const ku_plan *plan = rows->setup.plan;
    for (size_t i = 0; i < plan->field_count; i++)
        rows->field[i] = (ku_field){plan->field[i].spec->name, plan->field[i].spec->type};
    rows->field[plan->field_count] = (ku_field){"_line", KU_INT64};
    rows->feed = (ku_feed){.field = rows->field,
                           .field_count = plan->field_count + 1,
                           .start = feed_start,
                           .end = feed_end,
                           .fill = feed_fill,
                           .data = rows};
}

ku_status ku_rows_open(const ku_rows_setup *setup, ku_rows **rows, ku_error *err)
{
    ku_rows *r = calloc(1, sizeof *r);
    if (r != NULL) r->arena = ku_arena_new();
    if (r == NULL || r->arena == NULL || pthread_mutex_init(&r->lock, NULL) != 0) {
        if (r != NULL) ku_arena_free(r->arena);
        free(r);
        return ku_error_set(err, KU_NO_MEMORY, NULL, "there is not enough memory");
    }
    r->setup = *setup;
    tally_init(&r->tally);
    describe_feed(r);
    ku_stream *stream = NULL;
    ku_status status = ku_plan_open(setup->plan, setup->gauge, &stream, err);
    if (status == KU_OK) status = ku_blocks_new(stream, setup->plan->dialect, &r->blocks, err);
    if (status != KU_OK) {
        ku_rows_free(r);
        return status;
    }
    *rows = r;
    return KU_OK;
}

void ku_rows_free(ku_rows *rows)
{
    if (rows == NULL) return;
    ku_blocks_free(rows->blocks);
    pthread_mutex_destroy(&rows->lock);
    ku_arena_free(rows->arena);
    free(rows);
}

const ku_feed *ku_rows_feed(ku_rows *rows)
{
    return &rows->feed;
}

static int by_frequency(const void *a, const void *b)
{
    const ku_reason_count *x = a, *y = b;
    if (x->rows != y->rows) return x->rows < y->rows ? 1 : -1;
    int c = strcmp(x->column, y->column);
    return c != 0 ? c : strcmp(x->reason, y->reason);
}

const ku_tally *ku_rows_tally(ku_rows *rows)
{
    pthread_mutex_lock(&rows->lock);
    if (rows->tally.reason_count > 0)
        qsort(rows->tally.reason, rows->tally.reason_count, sizeof *rows->tally.reason,
              by_frequency);
    pthread_mutex_unlock(&rows->lock);
    return &rows->tally;
}
