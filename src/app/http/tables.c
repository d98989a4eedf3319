/* tables.c - the output tables of runs: a page of rows, the values of one column, or the
 * whole table as CSV.
 *
 * A forecast of ten thousand products by thirteen weeks has 130,000 rows. A page is
 * written straight from the columns, filters are looked up once in the dictionary and
 * then compared as numbers, and the CSV leaves in portions, so no answer holds more than
 * the frame and one portion. */
#include "app/http/server_internal.h"

#include "app/http/handlers.h"
#include "base/date.h"
#include "base/hash.h"
#include "base/json.h"
#include "base/number.h"
#include "frames/csv.h"
#include "frames/json.h"

#define PORTION 2000 /* rows of CSV at a time */
#define FILTERS 8

/* ---- filters ----------------------------------------------------------------------------------------- */

typedef struct filter {
    const ku_column *column;
    bool never;        /* no row can fit: a text the dictionary does not hold */
    bool null;         /* an empty value asks for missing ones */
    bool out;          /* rows that fit are left out */
    const bool *holds; /* searching: by code, whether the text holds what is sought */
    int32_t code;      /* texts */
    double number;     /* the rest; dates as days */
    int64_t micros;
} filter;

static int32_t find_code(const ku_dictionary *dictionary, const char *text)
{
    size_t width = strlen(text);
    for (int32_t i = 0; i < dictionary->size; i++) {
        int32_t length;
        const char *entry = ku_dictionary_at(dictionary, i, &length);
        if ((size_t)length == width && memcmp(entry, text, width) == 0) return i;
    }
    return -1;
}

static ku_status read_filter(filter *f, const char *value, const char *where, ku_error *err)
{
    size_t length = strlen(value);
    int32_t days = 0;
    ku_status status = KU_OK;
    switch (f->column->type) {
    case KU_TEXT:
        f->code = find_code(&f->column->dictionary, value);
        f->never = f->code < 0;
        break;
    case KU_DATE:
        status = ku_date_parse(value, length, KU_DATE_YMD, &days, err);
        f->number = days;
        break;
    case KU_TIMESTAMP:
        status = ku_timestamp_parse(value, length, KU_DATE_YMD, &f->micros, err);
        break;
    case KU_BOOL:
        f->number = strcmp(value, "true") == 0;
        if (f->number < 1 && strcmp(value, "false") != 0)
            status = ku_error_set(err, KU_USAGE, where, "expected true or false, found \"%.40s\"",
                                  value);
        break;
    case KU_INT64:
    case KU_DOUBLE:
    case KU_TYPE_COUNT:
        status = ku_parse_double(value, length, '.', &f->number, err);
        break;
    }
    return status == KU_OK ? KU_OK : ku_error_at(err, "%s", where);
}

static bool fits(const filter *f, int64_t row)
{
    bool valid = ku_column_valid(f->column, row);
    if (f->null || !valid) return f->null && !valid;
    if (f->never) return false;
    if (f->holds != NULL) return f->holds[f->column->as.codes[row]];
    if (f->column->type == KU_TEXT) return f->column->as.codes[row] == f->code;
    if (f->column->type == KU_TIMESTAMP) return f->column->as.i64[row] == f->micros;
    double number = ku_column_number(f->column, row);
    return !(number < f->number) && !(number > f->number);
}

static const char filtering[] = "filter.", searching[] = "search.", leaving_out[] = "not.";

typedef struct filters {
    filter one[FILTERS];
    size_t count;
} filters;

static bool holds(const char *text, size_t length, const char *part) /* ASCII letters folded */
{
    size_t width = strlen(part);
    for (size_t at = 0; at + width <= length; at++) {
        size_t i = 0;
        while (i < width && ku_char_lower(text[at + i]) == ku_char_lower(part[i])) i++;
        if (i == width) return true;
    }
    return false;
}

static ku_status read_search(filter *f, const char *part, const char *where, ku_arena *arena,
                             ku_error *err)
{
    const ku_dictionary *d = &f->column->dictionary;
    if (f->column->type != KU_TEXT)
        return ku_error_set(err, KU_USAGE, where, "only a column of texts can be searched");
    bool *by_code = ku_arena_zero(arena, (size_t)d->size + 1);
    for (int32_t i = 0; i < d->size; i++) {
        int32_t length;
        const char *text = ku_dictionary_at(d, i, &length);
        by_code[i] = holds(text, (size_t)length, part);
    }
    f->holds = by_code;
    return KU_OK;
}

static ku_status read_condition(http_call *call, const http_pair *pair, const ku_frame *frame,
                                filters *all, ku_error *err)
{
    bool search = ku_text_starts(pair->name, searching);
    bool out = ku_text_starts(pair->name, leaving_out);
    const char *name = strchr(pair->name, '.') + 1;
    const char *where = ku_arena_printf(call->arena, "query, %s", pair->name);
    if (all->count == FILTERS)
        return ku_error_set(err, KU_USAGE, where, "more than %d filters", FILTERS);
    filter *f = &all->one[all->count++];
    *f = (filter){.column = ku_frame_column(frame, name), .out = out};
    if (f->column == NULL)
        return ku_error_set(err, KU_USAGE, where, "the table has no such column");
    if (search) return read_search(f, pair->value, where, call->arena, err);
    f->null = *pair->value == '\0';
    return f->null ? KU_OK : read_filter(f, pair->value, where, err);
}

static ku_status read_filters(http_call *call, const ku_frame *frame, filters *all, ku_error *err)
{
    all->count = 0;
    for (size_t i = 0; i < call->url.pair_count; i++) {
        const http_pair *pair = &call->url.pair[i];
        if (ku_text_starts(pair->name, filtering) || ku_text_starts(pair->name, searching) ||
            ku_text_starts(pair->name, leaving_out))
            KU_TRY(read_condition(call, pair, frame, all, err));
    }
    return KU_OK;
}

static bool row_fits(const filters *all, int64_t row)
{
    for (size_t i = 0; i < all->count; i++) {
        if (fits(&all->one[i], row) == all->one[i].out) return false;
    }
    return true;
}

/* ---- a page --------------------------------------------------------------------------------------------- */

static const ku_column_spec *column_spec(const char *analysis, const char *table,
                                         const char *column)
{
    const ku_analysis *a = ku_analysis_find(analysis);
    for (const ku_table_spec *t = a != NULL ? a->outputs : NULL; t != NULL && t->name != NULL;
         t++) {
        if (strcmp(t->name, table) != 0) continue;
        for (const ku_column_spec *c = t->columns; c->name != NULL; c++) {
            if (strcmp(c->name, column) == 0) return c;
        }
    }
    return NULL;
}

static void add_columns(const ku_frame *frame, const char *analysis, const char *table,
                        ku_text *out)
{
    for (int32_t i = 0; i < frame->columns; i++) {
        const ku_column *column = &frame->column[i];
        const ku_column_spec *spec = column_spec(analysis, table, column->name);
        ku_text_add(out, i > 0 ? ",{\"name\":" : "{\"name\":");
        ku_json_add(out, column->name);
        ku_text_addf(out, ",\"type\":\"%s\",\"unit\":", ku_type_name(column->type));
        ku_json_add(out, spec != NULL && spec->unit != NULL ? spec->unit : "");
        ku_text_add(out, ",\"label\":");
        ku_json_add(out, spec != NULL && spec->label != NULL ? spec->label : column->name);
        ku_text_addc(out, '}');
    }
}

static void add_row(const ku_frame *frame, int64_t row, ku_text *out)
{
    ku_text_addc(out, '[');
    for (int32_t i = 0; i < frame->columns; i++) {
        if (i > 0) ku_text_addc(out, ',');
        ku_frame_json_cell(&frame->column[i], row, out);
    }
    ku_text_addc(out, ']');
}

/* Rows that fit, from the cursor on; returns how many fit in all, and in *next the row to
 * go on with, or -1. */
static int64_t add_rows(const ku_frame *frame, const filters *all, int64_t from, int64_t limit,
                        int64_t *next, ku_text *out)
{
    int64_t total = 0, given = 0;
    *next = -1;
    for (int64_t row = 0; row < frame->rows; row++) {
        if (!row_fits(all, row)) continue;
        total++;
        if (row < from) continue;
        if (given == limit) {
            if (*next < 0) *next = row;
            continue;
        }
        if (given++ > 0) ku_text_addc(out, ',');
        add_row(frame, row, out);
    }
    return total;
}

/* ---- in another order ----------------------------------------------------------------------------------- */

typedef struct order {
    const ku_column *column;
    bool down;
} order;

static int compare_texts(const ku_dictionary *d, int32_t a, int32_t b)
{
    int32_t long_a, long_b;
    const char *text_a = ku_dictionary_at(d, a, &long_a), *text_b = ku_dictionary_at(d, b, &long_b);
    int first = memcmp(text_a, text_b, (size_t)(long_a < long_b ? long_a : long_b));
    return first != 0 ? first : (long_a > long_b) - (long_a < long_b);
}

static int compare_values(const ku_column *c, int64_t a, int64_t b)
{
    if (c->type == KU_TEXT) return compare_texts(&c->dictionary, c->as.codes[a], c->as.codes[b]);
    if (c->type == KU_TIMESTAMP || c->type == KU_INT64)
        return (c->as.i64[a] > c->as.i64[b]) - (c->as.i64[a] < c->as.i64[b]);
    double x = ku_column_number(c, a), y = ku_column_number(c, b);
    return (x > y) - (x < y);
}

/* Missing values stand last either way; equal rows keep the table's order. */
static int compare_rows(const void *left, const void *right, void *data)
{
    const order *by = data;
    int64_t a = *(const int64_t *)left, b = *(const int64_t *)right;
    bool has_a = ku_column_valid(by->column, a), has_b = ku_column_valid(by->column, b);
    if (has_a != has_b) return has_a ? -1 : 1;
    int sign = has_a ? compare_values(by->column, a, b) : 0;
    if (sign != 0) return by->down ? -sign : sign;
    return (a > b) - (a < b);
}

/* The column to order by; NULL where the rows stay as they are. */
static ku_status read_order(http_call *call, const ku_frame *frame, order *by, ku_error *err)
{
    const char *sort = http_text(call, "sort");
    *by = (order){0};
    if (sort == NULL) return KU_OK;
    by->down = sort[0] == '-';
    by->column = ku_frame_column(frame, sort + by->down);
    if (by->column != NULL) return KU_OK;
    return ku_error_set(err, KU_USAGE, "query, sort", "the table has no column \"%.60s\"",
                        sort + by->down);
}

/* The rows that fit, in order; rows has room for all of the frame. Returns how many. */
static int64_t sort_rows(const ku_frame *frame, const filters *all, order by, int64_t *rows)
{
    int64_t count = 0;
    for (int64_t row = 0; row < frame->rows; row++)
        if (row_fits(all, row)) rows[count++] = row;
    qsort_r(rows, (size_t)count, sizeof *rows, compare_rows, &by);
    return count;
}

static ku_status no_memory_to_sort(ku_error *err)
{
    return ku_error_set(err, KU_NO_MEMORY, NULL, "no memory to sort so many rows");
}

/* As add_rows; cursor and *next count the rows in the new order. */
static ku_status add_sorted(http_call *call, const ku_frame *frame, const filters *all, order by,
                            int64_t *total, int64_t *next, ku_text *out, ku_error *err)
{
    int64_t from = http_int(call, "cursor"), limit = http_int(call, "limit");
    int64_t *rows = ku_arena_try(call->arena, ((size_t)frame->rows + 1) * sizeof *rows);
    if (rows == NULL) return no_memory_to_sort(err);
    *total = sort_rows(frame, all, by, rows);
    int64_t to = from + limit < *total ? from + limit : *total;
    for (int64_t i = from; i < to; i++) {
        if (i > from) ku_text_addc(out, ',');
        add_row(frame, rows[i], out);
    }
    *next = to < *total ? to : -1;
    return KU_OK;
}

static ku_status add_ordered(http_call *call, const ku_frame *frame, const filters *all,
                             int64_t *total, int64_t *next, ku_text *out, ku_error *err)
{
    order by;
    KU_TRY(read_order(call, frame, &by, err));
    if (by.column != NULL) return add_sorted(call, frame, all, by, total, next, out, err);
    *total = add_rows(frame, all, http_int(call, "cursor"), http_int(call, "limit"), next, out);
    return KU_OK;
}

static ku_status answer_rows(http_call *call, const ku_frame *frame, const char *analysis,
                             const filters *all, ku_error *err)
{
    ku_text out = {0};
    int64_t next = -1, total = 0;
    ku_text_add(&out, "{\"name\":");
    ku_json_add(&out, http_path(call, "table"));
    ku_text_add(&out, ",\"columns\":[");
    add_columns(frame, analysis, http_path(call, "table"), &out);
    ku_text_add(&out, "],\"rows\":[");
    ku_status status = add_ordered(call, frame, all, &total, &next, &out, err);
    ku_text_addf(&out, "],\"total\":%lld,\"next\":", (long long)total);
    if (next >= 0)
        ku_text_addf(&out, "\"%lld\"}", (long long)next);
    else
        ku_text_add(&out, "null}");
    if (status == KU_OK) status = http_reply_text(call, 200, "application/json", &out, err);
    ku_text_clear(&out);
    return status;
}

/* ---- the values of one column ------------------------------------------------------------------------------- */

typedef struct value_page {
    const char *q;
    int64_t from, limit, seen, given;
    bool more;
} value_page;

static void add_value(value_page *page, const ku_column *column, int64_t row, ku_text *out)
{
    int32_t length;
    const char *text = ku_dictionary_at(&column->dictionary, column->as.codes[row], &length);
    if (page->q != NULL && !holds(text, (size_t)length, page->q)) return;
    if (page->seen++ < page->from) return;
    if (page->given == page->limit) {
        page->more = true;
        return;
    }
    if (page->given++ > 0) ku_text_addc(out, ',');
    ku_json_addn(out, text, (size_t)length);
}

/* In the order of their first row; each code of the dictionary is marked when given. */
static ku_status answer_values(http_call *call, const ku_frame *frame, const filters *all,
                               ku_error *err)
{
    const char *name = http_text(call, "distinct");
    const ku_column *column = ku_frame_column(frame, name);
    ku_text out = {0};
    if (column == NULL)
        return ku_error_set(err, KU_USAGE, "query, distinct", "the table has no column \"%.60s\"",
                            name);
    if (column->type != KU_TEXT) {
        return ku_error_set(err, KU_USAGE, "query, distinct", "\"%.60s\" is not a column of texts",
                            name);
    }
    bool *seen = ku_arena_zero(call->arena, (size_t)column->dictionary.size + 1);
    value_page page = {.q = http_text(call, "q"),
                       .from = http_int(call, "cursor"),
                       .limit = http_int(call, "limit")};
    ku_text_add(&out, "{\"values\":[");
    for (int64_t row = 0; row < frame->rows && !page.more; row++) {
        if (!ku_column_valid(column, row) || seen[column->as.codes[row]] || !row_fits(all, row))
            continue;
        seen[column->as.codes[row]] = true;
        add_value(&page, column, row, &out);
    }
    if (page.more)
        ku_text_addf(&out, "],\"next\":\"%lld\"}", (long long)(page.from + page.given));
    else
        ku_text_add(&out, "],\"next\":null}");
    ku_status status = http_reply_text(call, 200, "application/json", &out, err);
    ku_text_clear(&out);
    return status;
}

/* ---- CSV ------------------------------------------------------------------------------------------------------- */

typedef struct csv_source {
    ku_frame *frame;
    filters all;
    int64_t *sorted; /* rows in another order; NULL: as they stand, those that fit */
    int64_t row, rows;
    bool begun;
} csv_source;

static ku_status csv_piece(void *state, ku_text *out, ku_error *err)
{
    csv_source *source = state;
    (void)err;
    if (!source->begun) ku_frame_csv_heading(source->frame, KU_CSV_GUARDED, out);
    source->begun = true;
    for (int64_t given = 0; given < PORTION && source->row < source->rows; source->row++) {
        int64_t row = source->sorted != NULL ? source->sorted[source->row] : source->row;
        if (source->sorted == NULL && !row_fits(&source->all, row)) continue;
        ku_frame_csv_rows(source->frame, row, 1, KU_CSV_GUARDED, out);
        given++;
    }
    return KU_OK;
}

static void free_csv(void *state)
{
    csv_source *source = state;
    ku_frame_free(source->frame);
    free(source->sorted);
    free(source);
}

static ku_status sort_csv(csv_source *source, order by, ku_error *err)
{
    source->sorted = malloc(((size_t)source->rows + 1) * sizeof *source->sorted);
    if (source->sorted == NULL) return no_memory_to_sort(err);
    source->rows = sort_rows(source->frame, &source->all, by, source->sorted);
    return KU_OK;
}

/* Takes the frame over. */
static ku_status answer_csv(http_call *call, ku_frame *frame, const filters *all, ku_error *err)
{
    csv_source *source = calloc(1, sizeof *source);
    if (source == NULL) {
        ku_frame_free(frame);
        return ku_error_set(err, KU_NO_MEMORY, NULL, "out of memory");
    }
    *source = (csv_source){.frame = frame, .all = *all, .rows = frame->rows};
    order by;
    ku_status status = read_order(call, frame, &by, err);
    if (status == KU_OK && by.column != NULL) status = sort_csv(source, by, err);
    if (status != KU_OK) {
        free_csv(source);
        return status;
    }
    http_reply_stream(call, "text/csv; charset=utf-8", csv_piece, source, free_csv);
    http_reply_header(call, "Content-Disposition",
                      ku_arena_printf(call->arena, "attachment; filename=\"%s-%s.csv\"",
                                      http_path(call, "id"), http_path(call, "table")));
    return KU_OK;
}

/* ---- the handler -------------------------------------------------------------------------------------------------- */

/* A finished run never changes, so its output hash and the address name the answer. */
static bool client_has_it(http_call *call, const ku_run_record *record)
{
    char hash[KU_HASH_TEXT];
    const char *what = ku_arena_printf(
        call->arena, "%s %s", record->output_hash != NULL ? record->output_hash : record->id,
        call->target);
    ku_hash_bytes(what, strlen(what), hash);
    hash[32] = '\0';
    http_reply_header(call, "ETag", ku_arena_printf(call->arena, "\"%s\"", hash));
    http_reply_header(call, "Cache-Control", "private, no-cache");
    if (!http_etag_matches(call, hash)) return false;
    http_reply_empty(call, 304);
    return true;
}

static ku_status answer_table(http_call *call, ku_frame *frame, const char *analysis, ku_error *err)
{
    filters all;
    ku_status status = read_filters(call, frame, &all, err);
    if (status == KU_OK && strcmp(http_text(call, "format"), "csv") == 0) {
        return answer_csv(call, frame, &all, err);
    }
    if (status == KU_OK) {
        status = http_text(call, "distinct") != NULL
                     ? answer_values(call, frame, &all, err)
                     : answer_rows(call, frame, analysis, &all, err);
    }
    ku_frame_free(frame);
    return status;
}

ku_status http_run_table(http_call *call, ku_error *err)
{
    const char *id = http_path(call, "id"), *table = http_path(call, "table");
    ku_run_record record;
    ku_frame *frame;
    KU_TRY(ku_run_get(call->server->workspace, id, call->arena, &record, err));
    if (client_has_it(call, &record)) return KU_OK;
    KU_TRY(http_shelf_table(call->server->shelf, call->server->workspace, record.id, table, &frame,
                            err));
    return answer_table(call, frame, record.analysis, err);
}
