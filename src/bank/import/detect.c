/* detect.c - format, encoding and layout of a file from its beginning.
 *
 * People export from programs whose settings they do not know, so everything that can be
 * seen in the file is read from it, shown, and can be forced. The beginning of the file
 * (at most SAMPLE_BYTES) decides: the format by its first bytes, the encoding by byte
 * order marks, zero bytes and the validity of UTF-8, the delimiter by trying each and
 * taking the one that cuts most lines into the same number of cells. */
#include "bank/import/detect.h"

#include <jansson.h>
#include <string.h>

#include "bank/import/records.h"
#include "bank/import/xlsx.h"

#define SAMPLE_BYTES ((size_t)1024 * 1024)
#define SAMPLE_ROWS  ((size_t)2000)
#define SAMPLE_CELLS ((size_t)200000)
#define COLUMN_LIMIT 4096

/* ---- names ----------------------------------------------------------------------------------- */

static const char *const format_names[] = {"csv", "jsonl", "xlsx", "parquet"};
static const char *const encoding_names[] = {"utf-8", "latin-1", "utf-16le", "utf-16be"};

const char *ku_format_name(ku_file_format format)
{
    return format_names[format];
}

const char *ku_encoding_name(ku_encoding encoding)
{
    return encoding_names[encoding];
}

static bool find_name(const char *name, const char *const *names, size_t count, size_t *at)
{
    for (size_t i = 0; i < count; i++)
        if (ku_text_fold_equal(name, names[i])) {
            *at = i;
            return true;
        }
    return false;
}

/* ---- format --------------------------------------------------------------------------------------- */

static ku_status read_head(const char *path, ku_packing packing, char *head, size_t capacity,
                           size_t *got, ku_error *err)
{
    ku_stream *stream = NULL;
    KU_TRY(ku_stream_file(path, NULL, &stream, err));
    ku_status status = ku_stream_unpack(stream, packing, &stream, err);
    if (status == KU_OK) {
        status = ku_stream_fill(stream, head, capacity, got, err);
        ku_stream_free(stream);
    }
    if (status != KU_OK) ku_error_at(err, "%s", path);
    return status;
}

static bool begins(const char *head, size_t length, const char *magic, size_t size)
{
    return length >= size && memcmp(head, magic, size) == 0;
}

/* "[{": a list of objects as one value. */
static bool is_json_list(const char *head, size_t length)
{
    size_t at = begins(head, length, "\xEF\xBB\xBF", 3) ? 3 : 0;
    for (char next = '['; at < length; at++) {
        if (head[at] == ' ' || head[at] == '\t' || head[at] == '\r' || head[at] == '\n') continue;
        if (head[at] != next) return false;
        if (next == '{') return true;
        next = '{';
    }
    return false;
}

static ku_status refuse_known(const char *path, const char *head, size_t length, ku_error *err)
{
    if (begins(head, length, "\xD0\xCF\x11\xE0", 4))
        return ku_error_set(err, KU_BAD_DATA, path,
                            "this is an old Excel workbook (.xls); save it as .xlsx or CSV");
    if (begins(head, length, "%PDF", 4))
        return ku_error_set(err, KU_BAD_DATA, path,
                            "this is a PDF document; export the table as CSV or .xlsx");
    if (is_json_list(head, length))
        return ku_error_set(err, KU_BAD_DATA, path,
                            "this is one JSON list; expected JSON lines, one object a line");
    return KU_OK;
}

static ku_file_format text_format(const char *head, size_t length)
{
    size_t at = begins(head, length, "\xEF\xBB\xBF", 3) ? 3 : 0;
    while (at < length &&
           (head[at] == ' ' || head[at] == '\t' || head[at] == '\r' || head[at] == '\n'))
        at++;
    return at < length && head[at] == '{' ? KU_FORMAT_JSONL : KU_FORMAT_CSV;
}

static ku_status detect_format(const ku_import_options *options, const char *path, char *head,
                               size_t *length, ku_plan *plan, ku_error *err)
{
    size_t forced = 0;
    if (options->format != NULL && !find_name(options->format, format_names, 4, &forced))
        return ku_error_set(err, KU_USAGE, "format",
                            "expected csv, jsonl, xlsx or parquet, found %s", options->format);
    KU_TRY(read_head(path, KU_PLAIN, head, SAMPLE_BYTES, length, err));
    plan->packing = ku_packing_of(head, *length);
    if (plan->packing != KU_PLAIN)
        KU_TRY(read_head(path, plan->packing, head, SAMPLE_BYTES, length, err));
    if (*length == 0) return ku_error_set(err, KU_BAD_DATA, path, "the file is empty");
    if (options->format != NULL)
        plan->format = (ku_file_format)forced;
    else if (begins(head, *length, "PK\x03\x04", 4))
        plan->format = KU_FORMAT_XLSX;
    else if (begins(head, *length, "PAR1", 4))
        plan->format = KU_FORMAT_PARQUET;
    else
        plan->format = text_format(head, *length);
    bool container = plan->format == KU_FORMAT_XLSX || plan->format == KU_FORMAT_PARQUET;
    if (container && plan->packing != KU_PLAIN)
        return ku_error_set(err, KU_BAD_DATA, path,
                            "a packed %s file cannot be read; unpack it first",
                            ku_format_name(plan->format));
    return refuse_known(path, head, *length, err);
}

/* ---- encoding --------------------------------------------------------------------------------------- */

/* UTF-16 without a mark: in text of western scripts every second byte is zero. */
static bool looks_utf16(const char *head, size_t length, ku_encoding *encoding)
{
    size_t even = 0, odd = 0, pairs = length / 2;
    for (size_t i = 0; i + 1 < length; i += 2) {
        even += head[i] == 0;
        odd += head[i + 1] == 0;
    }
    if (pairs < 2) return false;
    *encoding = odd > even ? KU_UTF16LE : KU_UTF16BE;
    size_t more = odd > even ? odd : even, fewer = odd > even ? even : odd;
    return more * 10 > pairs * 4 && fewer * 20 < pairs;
}

static ku_status detect_encoding(const ku_import_options *options, const char *head, size_t length,
                                 ku_encoding *encoding, ku_error *err)
{
    static const char *const words[] = {"utf-8",      "utf8",         "latin-1", "latin1",
                                        "iso-8859-1", "windows-1252", "cp1252",  "utf-16",
                                        "utf-16le",   "utf-16be"};
    static const ku_encoding meant[] = {
        KU_UTF8,         KU_UTF8,         KU_WINDOWS_1252, KU_WINDOWS_1252, KU_WINDOWS_1252,
        KU_WINDOWS_1252, KU_WINDOWS_1252, KU_UTF16LE,      KU_UTF16LE,      KU_UTF16BE};
    size_t at = 0;
    if (options->encoding != NULL) {
        if (!find_name(options->encoding, words, sizeof words / sizeof *words, &at))
            return ku_error_set(err, KU_USAGE, "encoding",
                                "expected utf-8, latin-1 or utf-16, found %s", options->encoding);
        *encoding = meant[at];
        if (ku_text_fold_equal(words[at], "utf-16") && begins(head, length, "\xFE\xFF", 2))
            *encoding = KU_UTF16BE;
        return KU_OK;
    }
    size_t bad = 0;
    if (begins(head, length, "\xFF\xFE", 2))
        *encoding = KU_UTF16LE;
    else if (begins(head, length, "\xFE\xFF", 2))
        *encoding = KU_UTF16BE;
    else if (looks_utf16(head, length, encoding))
        return KU_OK;
    else if (ku_utf8_valid(head, length, &bad) || (length == SAMPLE_BYTES && bad + 4 > length))
        *encoding = KU_UTF8; /* a character may be cut at the sample's end */
    else
        *encoding = KU_WINDOWS_1252;
    return KU_OK;
}

/* Text has no zero bytes and hardly a control character. */
static ku_status check_text(const char *path, const char *text, size_t length, ku_error *err)
{
    size_t control = 0;
    bool zero = memchr(text, '\0', length) != NULL;
    for (size_t i = 0; i < length; i++) {
        unsigned char c = (unsigned char)text[i];
        control += c < 0x20 && c != '\t' && c != '\n' && c != '\r' && c != '\f';
    }
    if (!zero && control * 50 <= length) return KU_OK;
    return ku_error_set(err, KU_BAD_DATA, path,
                        "this is not a table of text but binary data; expected CSV, Parquet, "
                        "JSON lines or .xlsx");
}

/* ---- the sample ------------------------------------------------------------------------------------- */

/* The beginning of the file as text, cut to whole records of the dialect. */
typedef struct beginning {
    char *text; /* room for one more byte */
    size_t length;
    bool whole_file;
} beginning;

static ku_status read_beginning(const ku_plan *plan, ku_arena *arena, beginning *b, ku_error *err)
{
    ku_stream *stream = NULL;
    KU_TRY(ku_plan_open(plan, NULL, &stream, err));
    b->text = ku_arena_alloc(arena, SAMPLE_BYTES + 1);
    ku_status status = ku_stream_fill(stream, b->text, SAMPLE_BYTES, &b->length, err);
    ku_stream_free(stream);
    if (status != KU_OK) return ku_error_at(err, "%s", plan->path);
    b->whole_file = b->length < SAMPLE_BYTES;
    return KU_OK;
}

/* Whole records at the start of the text; the last one of the file needs no newline. */
static size_t whole_records(const beginning *b, ku_dialect dialect)
{
    size_t length = b->length;
    if (b->whole_file && length > 0 && b->text[length - 1] != dialect.newline)
        b->text[length++] = dialect.newline;
    return ku_records_length(b->text, length, dialect, NULL);
}

/* A reader over the sample. The plan may have no columns yet. */
typedef struct sampler {
    ku_plan plan;
    ku_records *records;
    ku_block block;
} sampler;

static ku_status sampler_start(sampler *s, const ku_plan *plan, const beginning *b,
                               ku_dialect dialect, ku_error *err)
{
    s->plan = *plan;
    s->plan.dialect = dialect;
    if (s->plan.format != KU_FORMAT_JSONL) s->plan.column_count = COLUMN_LIMIT;
    s->block = (ku_block){.bytes = b->text, .length = whole_records(b, dialect), .first_line = 1};
    s->records = ku_records_new(&s->plan);
    if (s->records == NULL)
        return ku_error_set(err, KU_NO_MEMORY, NULL, "there is not enough memory");
    ku_records_begin(s->records, &s->block);
    return KU_OK;
}

/* ---- delimiter and quotation mark ------------------------------------------------------------------ */

/* How well a dialect fits: the share of records with the commonest number of cells, above
 * one; more cells decide between equals. */
static ku_status score_dialect(const ku_plan *plan, const beginning *b, ku_dialect dialect,
                               double *score, ku_error *err)
{
    size_t times[66] = {0}, rows = 0, best = 0;
    sampler s;
    ku_record record;
    KU_TRY(sampler_start(&s, plan, b, dialect, err));
    while (rows < SAMPLE_ROWS && ku_records_next(s.records, &record)) {
        times[record.cells < 65 ? record.cells : 65]++;
        rows++;
    }
    ku_records_free(s.records);
    for (size_t n = 2; n < 66; n++)
        if (times[n] > 0 && times[n] > times[best]) best = n;
    *score = best > 0 ? (double)times[best] / (double)rows + 0.001 * (double)best : 0;
    return KU_OK;
}

/* ' stands around texts when cells begin and end with it and none with ". */
static char detect_quote(const beginning *b, char newline)
{
    size_t single = 0, twice = 0;
    for (size_t i = 0; i < b->length; i++) {
        char before = i == 0 ? newline : b->text[i - 1];
        bool starts = before == newline || before == ',' || before == ';' || before == '\t' ||
                      before == '|';
        single += starts && b->text[i] == '\'';
        twice += starts && b->text[i] == '"';
    }
    return single > 0 && twice == 0 ? '\'' : '"';
}

static char detect_newline(const beginning *b)
{
    bool feed = memchr(b->text, '\n', b->length) != NULL;
    bool carriage = memchr(b->text, '\r', b->length) != NULL;
    return !feed && carriage ? '\r' : '\n';
}

static ku_status detect_dialect(const ku_import_options *options, const beginning *b, ku_plan *plan,
                                ku_error *err)
{
    static const char candidates[] = {',', ';', '\t', '|'};
    ku_dialect dialect = {options->delimiter, options->quote, detect_newline(b)};
    if (dialect.quote == 0) dialect.quote = detect_quote(b, dialect.newline);
    double best = -1;
    for (size_t i = 0; options->delimiter == 0 && i < sizeof candidates; i++) {
        double score;
        ku_dialect tried = {candidates[i], dialect.quote, dialect.newline};
        KU_TRY(score_dialect(plan, b, tried, &score, err));
        if (score > best) {
            best = score;
            dialect.delimiter = candidates[i];
        }
    }
    plan->dialect = dialect;
    if (whole_records(b, dialect) > 0) return KU_OK;
    return ku_error_set(err, KU_BAD_DATA, plan->path,
                        b->whole_file ? "a quotation mark is opened in line 1 and never closed"
                                      : "the first line is longer than 1 MiB; is it a file of "
                                        "lines at all?");
}

/* ---- columns ---------------------------------------------------------------------------------------- */

static bool looks_like_value(ku_span cell)
{
    cell = ku_text_trim(cell.at, cell.length);
    if (cell.length == 0) return false;
    bool digit = false;
    for (size_t i = 0; i < cell.length; i++) {
        digit |= cell.at[i] >= '0' && cell.at[i] <= '9';
        if (memchr("0123456789.,:/+-TZ %", cell.at[i], 20) == NULL) return false;
    }
    return digit;
}

/* A row of names holds no numbers or dates. */
static bool looks_like_header(const ku_record *record)
{
    size_t filled = 0;
    for (size_t i = 0; i < record->cells; i++) {
        if (looks_like_value(record->cell[i].text)) return false;
        filled += record->cell[i].text.length > 0;
    }
    return filled > 0;
}

static const char *cell_text(sampler *s, ku_arena *arena, ku_cell cell)
{
    ku_span text = ku_records_text(s->records, cell);
    text = ku_text_trim(text.at, text.length);
    return ku_arena_strndup(arena, text.at, text.length);
}

static void name_columns(sampler *s, const ku_record *first, ku_arena *arena, ku_plan *plan)
{
    const char **name = KU_ARRAY(arena, first->cells, const char *);
    for (size_t i = 0; i < first->cells; i++) {
        name[i] = plan->header ? cell_text(s, arena, first->cell[i]) : "";
        if (name[i][0] == '\0') name[i] = ku_arena_printf(arena, "column%zu", i + 1);
    }
    plan->column = name;
    plan->column_count = first->cells;
}

static ku_status table_columns(const ku_import_options *options, const beginning *b,
                               ku_arena *arena, ku_plan *plan, ku_error *err)
{
    sampler s;
    ku_record first;
    KU_TRY(sampler_start(&s, plan, b, plan->dialect, err));
    bool any = ku_records_next(s.records, &first);
    if (any) {
        while (first.cells > 1 && first.cell[first.cells - 1].text.length == 0) first.cells--;
        plan->header = options->header != 0
                           ? options->header > 0
                           : plan->format == KU_FORMAT_PARQUET || looks_like_header(&first);
        name_columns(&s, &first, arena, plan);
    }
    ku_records_free(s.records);
    if (!any) return ku_error_set(err, KU_BAD_DATA, plan->path, "the file has no rows");
    if (plan->column_count < COLUMN_LIMIT) return KU_OK;
    return ku_error_set(err, KU_BAD_DATA, plan->path, "the first line has more than %d values",
                        COLUMN_LIMIT);
}

/* The keys of all sampled objects, in the order they are met. */
static ku_status object_columns(const beginning *b, ku_arena *arena, ku_plan *plan, ku_error *err)
{
    const char **name = KU_ARRAY(arena, COLUMN_LIMIT, const char *);
    size_t count = 0, at = 0, length = whole_records(b, plan->dialect);
    for (size_t row = 0; row < SAMPLE_ROWS && at < length; row++) {
        const char *end = memchr(b->text + at, '\n', length - at), *key;
        json_t *value, *object = json_loadb(b->text + at, (size_t)(end - b->text) - at, 0, NULL);
        if (json_is_object(object)) json_object_foreach(object, key, value)
            {
                bool known = false;
                for (size_t i = 0; i < count && !known; i++) known = strcmp(name[i], key) == 0;
                if (!known && count < COLUMN_LIMIT) name[count++] = ku_arena_strdup(arena, key);
            }
        json_decref(object);
        at = (size_t)(end - b->text) + 1;
    }
    plan->column = name;
    plan->column_count = count;
    if (count > 0) return KU_OK;
    return ku_error_set(err, KU_BAD_DATA, plan->path,
                        "no line of the file's beginning is a JSON object with values");
}

/* ---- rows of the sample -------------------------------------------------------------------------------- */

static ku_status take_sample(const beginning *b, ku_arena *arena, const ku_plan *plan,
                             ku_sample *sample, ku_error *err)
{
    size_t columns = plan->column_count, rows = 0, most = SAMPLE_CELLS / columns;
    if (most > SAMPLE_ROWS) most = SAMPLE_ROWS;
    const char **cell = KU_ARRAY(arena, columns * most, const char *);
    sampler s;
    ku_record record;
    KU_TRY(sampler_start(&s, plan, b, plan->dialect, err));
    s.plan.column_count = columns;
    if (plan->header) ku_records_next(s.records, &record);
    while (rows < most && ku_records_next(s.records, &record)) {
        for (size_t i = 0; i < columns; i++)
            cell[rows * columns + i] = i < record.cells ? cell_text(&s, arena, record.cell[i]) : "";
        rows++;
    }
    ku_records_free(s.records);
    *sample = (ku_sample){cell, rows, columns};
    return KU_OK;
}

ku_status ku_detect_layout(const ku_import_options *options, const char *path, ku_arena *arena,
                           ku_arena *scratch, ku_plan *plan, ku_sample *sample, ku_error *err)
{
    size_t length = 0;
    char *head = ku_arena_alloc(scratch, SAMPLE_BYTES);
    *plan = (ku_plan){.path = path, .time_field = -1, .dialect = {'\0', '\0', '\n'}};
    KU_TRY(detect_format(options, path, head, &length, plan, err));
    bool text = plan->format == KU_FORMAT_CSV || plan->format == KU_FORMAT_JSONL;
    if (text)
        KU_TRY(detect_encoding(options, head, length, &plan->encoding, err));
    else
        plan->dialect = KU_DIALECT_INNER;
    if (plan->format == KU_FORMAT_XLSX)
        KU_TRY(ku_xlsx_sheet(path, options->sheet, arena, &plan->sheet, err));
    beginning b;
    KU_TRY(read_beginning(plan, scratch, &b, err));
    if (text) KU_TRY(check_text(path, b.text, b.length, err));
    if (plan->format == KU_FORMAT_CSV) KU_TRY(detect_dialect(options, &b, plan, err));
    KU_TRY(plan->format == KU_FORMAT_JSONL ? object_columns(&b, arena, plan, err)
                                           : table_columns(options, &b, arena, plan, err));
    return take_sample(&b, scratch, plan, sample, err);
}
