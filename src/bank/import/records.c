/* records.c - splitting records into cells.
 *
 * This is the inner loop of every import, so it looks at each byte once: cells are
 * stretches of the block, copied only when a doubled quotation mark must become one. A
 * record is never refused here for its content; what is odd (too many cells, broken JSON)
 * is told with the record, and the rows behind it are read all the same. */
#include "bank/import/records.h"

#include <jansson.h>

struct ku_records {
    const ku_plan *plan;
    ku_arena *arena; /* cells that had to be copied */
    ku_cell *cell;
    size_t capacity;
    const char *at, *end;
    int64_t line;
    bool stop[256]; /* bytes that end a cell */
};

ku_records *ku_records_new(const ku_plan *plan)
{
    ku_records *r = calloc(1, sizeof *r);
    if (r == NULL) return NULL;
    r->plan = plan;
    r->capacity = plan->column_count + 8;
    r->cell = calloc(r->capacity, sizeof *r->cell);
    r->arena = ku_arena_new();
    r->stop[(unsigned char)plan->dialect.delimiter] = true;
    r->stop[(unsigned char)plan->dialect.newline] = true;
    if (r->cell != NULL && r->arena != NULL) return r;
    ku_records_free(r);
    return NULL;
}

void ku_records_free(ku_records *records)
{
    if (records == NULL) return;
    ku_arena_free(records->arena);
    free(records->cell);
    free(records);
}

void ku_records_begin(ku_records *records, const ku_block *block)
{
    records->at = block->bytes;
    records->end = block->bytes + block->length;
    records->line = block->first_line;
}

void ku_records_forget(ku_records *records)
{
    ku_arena_reset(records->arena);
}

/* ---- CSV ---------------------------------------------------------------------------------- */

/* Reads the quoted cell at `p` (its opening mark); returns where it ends. What stands
 * between the closing mark and the delimiter belongs to the cell, marks and all. */
static const char *quoted_cell(ku_records *r, const char *p, ku_cell *cell, int64_t *lines)
{
    const char quote = r->plan->dialect.quote, newline = r->plan->dialect.newline;
    const char *start = p + 1;
    cell->quoted = false;
    for (p = start; p < r->end; p++) {
        if (*p == newline) (*lines)++;
        if (*p != quote) continue;
        if (p + 1 < r->end && p[1] == quote) {
            cell->quoted = true;
            p++;
            continue;
        }
        break;
    }
    cell->text = (ku_span){start, (size_t)(p - start)};
    if (p < r->end) p++;
    const char *after = p;
    while (!r->stop[(unsigned char)*p]) p++;
    bool only_return = p - after == 1 && *after == '\r';
    if (p > after && !only_return) cell->text = (ku_span){start - 1, (size_t)(p - start + 1)};
    return p;
}

static bool is_blank(const ku_record *record)
{
    for (size_t i = 0; i < record->cells; i++)
        if (record->cell[i].text.length > 0) return false;
    return true;
}

static void read_line(ku_records *r, ku_record *record)
{
    const char *p = r->at, newline = r->plan->dialect.newline, quote = r->plan->dialect.quote;
    int64_t lines = 0;
    size_t n = 0;
    ku_cell spare;
    for (;; p++) {
        /* Cells beyond the room for them are counted, not kept. */
        ku_cell *cell = n < r->capacity ? &r->cell[n] : &spare;
        const char *start = p;
        n++;
        if (quote != 0 && *p == quote) {
            p = quoted_cell(r, p, cell, &lines);
        } else {
            while (!r->stop[(unsigned char)*p]) p++;
            *cell = (ku_cell){{start, (size_t)(p - start)}, false};
        }
        if (*p == newline) {
            if (p > start && p[-1] == '\r' && cell->text.length > 0 &&
                cell->text.at + cell->text.length == p)
                cell->text.length--;
            break;
        }
    }
    size_t whole = (size_t)(p - r->at);
    if (whole > 0 && p[-1] == '\r') whole--;
    *record = (ku_record){
        r->cell, n < r->capacity ? n : r->capacity, r->line, {r->at, whole}, NULL};
    r->at = p + 1;
    r->line += lines + 1;
}

/* Fewer or more values than the header has names mean that the row's values may stand
 * under the wrong names. Empty ones at the end are harmless. */
static void check_width(const ku_records *r, ku_record *record)
{
    size_t expected = r->plan->column_count, found = record->cells;
    while (found > expected && record->cell[found - 1].text.length == 0) found--;
    /* A workbook leaves out the empty cells at the end of a row. */
    if (r->plan->format == KU_FORMAT_XLSX)
        while (found < expected) record->cell[found++] = (ku_cell){{"", 0}, false};
    if (found > expected) record->problem = "more values than the header has columns";
    if (found < expected) record->problem = "fewer values than the header has columns";
    record->cells = found;
}

ku_span ku_records_text(ku_records *records, ku_cell cell)
{
    if (!cell.quoted) return cell.text;
    char quote = records->plan->dialect.quote;
    char *to = ku_arena_alloc(records->arena, cell.text.length + 1);
    size_t n = 0;
    for (size_t i = 0; i < cell.text.length; i++) {
        to[n++] = cell.text.at[i];
        if (cell.text.at[i] == quote && i + 1 < cell.text.length && cell.text.at[i + 1] == quote)
            i++;
    }
    return (ku_span){to, n};
}

/* ---- JSON lines ------------------------------------------------------------------------------ */

static ku_span json_cell(ku_records *r, const json_t *value)
{
    if (value == NULL || json_is_null(value)) return (ku_span){"", 0};
    if (json_is_true(value)) return (ku_span){"true", 4};
    if (json_is_false(value)) return (ku_span){"false", 5};
    char *text;
    if (json_is_string(value)) {
        text = ku_arena_strndup(r->arena, json_string_value(value), json_string_length(value));
        return (ku_span){text, json_string_length(value)};
    }
    char *dump = json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT | JSON_REAL_PRECISION(17));
    if (dump == NULL) return (ku_span){"", 0};
    text = ku_arena_strdup(r->arena, dump);
    free(dump);
    return (ku_span){text, strlen(text)};
}

static void read_object(ku_records *r, ku_record *record)
{
    const char *newline = memchr(r->at, r->plan->dialect.newline, (size_t)(r->end - r->at));
    size_t length = (size_t)(newline - r->at);
    *record = (ku_record){r->cell, r->plan->column_count, r->line, ku_text_trim(r->at, length),
                          NULL};
    r->at = newline + 1;
    r->line++;
    if (record->raw.length == 0) {
        record->cells = 0;
        return;
    }
    json_t *object = json_loadb(record->raw.at, record->raw.length, 0, NULL);
    if (!json_is_object(object)) record->problem = "not a JSON object on one line";
    for (size_t i = 0; i < record->cells; i++)
        r->cell[i] = (ku_cell){json_cell(r, json_object_get(object, r->plan->column[i])), false};
    json_decref(object);
}

/* ---- either ------------------------------------------------------------------------------------ */

bool ku_records_next(ku_records *records, ku_record *record)
{
    while (records->at < records->end) {
        if (records->plan->format == KU_FORMAT_JSONL) {
            read_object(records, record);
            if (record->raw.length > 0) return true;
        } else {
            read_line(records, record);
            if (is_blank(record)) continue;
            check_width(records, record);
            return true;
        }
    }
    return false;
}
