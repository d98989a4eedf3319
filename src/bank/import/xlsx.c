/* xlsx.c - the rows of a sheet as text.
 *
 * The sheet is parsed as it unpacks, so that a workbook with a million rows needs no more
 * memory than its shared strings. Cells that Excel leaves out because they are empty are
 * put back, by the references the others carry. */
#include "bank/import/xlsx.h"

#include <math.h>
#include <string.h>

#include "bank/import/blocks.h"
#include "bank/import/xlsx_internal.h"
#include "base/number.h"

#define OUTPUT_LIMIT (UINT64_C(8) << 30)

typedef struct xlsx_stream {
    ku_stream stream;
    ku_stream_gauge *gauge;
    ku_workbook *book;
    ku_xml xml;
    bool more;
    ku_text out; /* records not read yet, from `at` */
    size_t at;
    uint64_t produced;
    /* the row and the cell under way */
    int64_t row;
    int column, written; /* zero-based; cells of the row written so far */
    char type[12];
    size_t style;
    bool in_value;
    ku_text value;
} xlsx_stream;

/* ---- cells ------------------------------------------------------------------------------------- */

static void add_shared(xlsx_stream *s)
{
    int64_t index = -1;
    const ku_workbook *b = s->book;
    if (ku_parse_int(ku_text_string(&s->value), s->value.length, &index, NULL) != KU_OK ||
        index < 0 || (size_t)index >= b->string_count) {
        ku_xml_fail(&s->xml, KU_BAD_DATA, "the workbook is damaged; save it again");
        return;
    }
    size_t start = b->string[index], end = b->string[index + 1];
    ku_inner_cell(&s->out, ku_text_string(&b->strings) + start, end - start);
}

static void add_number(xlsx_stream *s)
{
    double number;
    char date[40];
    bool is_date = s->style < s->book->style_count && s->book->date_style[s->style];
    size_t length = 0;
    if (is_date &&
        ku_parse_double(ku_text_string(&s->value), s->value.length, '.', &number, NULL) == KU_OK)
        length = ku_xlsx_date_text(number, s->book->from_1904, date);
    if (length > 0)
        ku_text_addn(&s->out, date, length);
    else
        ku_inner_cell(&s->out, ku_text_string(&s->value), s->value.length);
}

static void write_cell(xlsx_stream *s)
{
    const char *text = ku_text_string(&s->value);
    if (s->value.length == 0) return;
    for (; s->written < s->column; s->written++) ku_text_addc(&s->out, KU_DIALECT_INNER.delimiter);
    if (strcmp(s->type, "s") == 0)
        add_shared(s);
    else if (strcmp(s->type, "b") == 0)
        ku_text_add(&s->out, text[0] == '1' ? "true" : "false");
    else if (strcmp(s->type, "n") == 0)
        add_number(s);
    else if (strcmp(s->type, "e") != 0) /* inlineStr, str, d; an error is no value */
        ku_inner_cell(&s->out, text, s->value.length);
}

/* ---- events ------------------------------------------------------------------------------------------ */

/* The column of a reference like "AB12", zero-based; -1 when it is none. */
static int reference_column(const char *reference)
{
    int column = 0;
    for (; *reference >= 'A' && *reference <= 'Z' && column <= KU_XLSX_COLUMNS; reference++)
        column = column * 26 + (*reference - 'A' + 1);
    return column <= KU_XLSX_COLUMNS ? column - 1 : -1;
}

static void start_row(xlsx_stream *s, const char **attributes)
{
    int64_t row = s->row + 1;
    const char *reference = ku_xml_attribute(attributes, "r");
    if (reference != NULL &&
        (ku_parse_int(reference, strlen(reference), &row, NULL) != KU_OK || row <= s->row)) {
        ku_xml_fail(&s->xml, KU_BAD_DATA, "the workbook is damaged; save it again");
        return;
    }
    if (row > KU_XLSX_ROWS) {
        ku_xml_fail(&s->xml, KU_TOO_LARGE, "the sheet has more rows than Excel allows");
        return;
    }
    for (int64_t i = s->row + 1; i < row; i++) ku_text_addc(&s->out, KU_DIALECT_INNER.newline);
    s->row = row;
    s->column = -1;
    s->written = 0;
}

static void start_cell(xlsx_stream *s, const char **attributes)
{
    const char *reference = ku_xml_attribute(attributes, "r"),
               *type = ku_xml_attribute(attributes, "t"),
               *style = ku_xml_attribute(attributes, "s");
    int column = reference != NULL ? reference_column(reference) : s->column + 1;
    if (column <= s->column || column >= KU_XLSX_COLUMNS) {
        ku_xml_fail(&s->xml, KU_BAD_DATA, "the workbook is damaged; save it again");
        return;
    }
    s->column = column;
    ku_text_copy(s->type, sizeof s->type, type != NULL ? type : "n");
    s->style = style != NULL ? (size_t)strtoul(style, NULL, 10) : 0;
    ku_text_empty(&s->value);
}

static void sheet_start(ku_xml *xml, const char *name, const char **attributes)
{
    xlsx_stream *s = xml->data;
    if (strcmp(name, "row") == 0)
        start_row(s, attributes);
    else if (strcmp(name, "c") == 0 && s->row > 0)
        start_cell(s, attributes);
    else if (strcmp(name, "v") == 0 || strcmp(name, "t") == 0)
        s->in_value = true;
}

static void sheet_end(ku_xml *xml, const char *name)
{
    xlsx_stream *s = xml->data;
    if (strcmp(name, "v") == 0 || strcmp(name, "t") == 0) s->in_value = false;
    if (strcmp(name, "c") == 0 && s->row > 0) write_cell(s);
    if (strcmp(name, "row") == 0) ku_text_addc(&s->out, KU_DIALECT_INNER.newline);
}

static void sheet_text(ku_xml *xml, const char *text, int length)
{
    xlsx_stream *s = xml->data;
    if (!s->in_value) return;
    ku_text_addn(&s->value, text, (size_t)length);
    if (s->value.length > KU_XLSX_CELL_BYTES)
        ku_xml_fail(xml, KU_TOO_LARGE, "a cell of the workbook holds more text than Excel allows");
}

/* ---- the stream ---------------------------------------------------------------------------------------- */

static ku_status refill(xlsx_stream *s, ku_error *err)
{
    ku_text_empty(&s->out);
    s->at = 0;
    ku_status status = ku_xml_some(&s->xml, &s->more, err);
    if (status == KU_OK) status = ku_text_check(&s->out, err);
    if (status != KU_OK) {
        s->more = false;
        return status;
    }
    s->produced += s->out.length;
    if (s->produced > OUTPUT_LIMIT)
        return ku_error_set(err, KU_TOO_LARGE, NULL,
                            "the workbook unpacks to more than any real one does and is not read");
    if (s->gauge != NULL && s->xml.size > 0)
        atomic_store(&s->gauge->done, (uint64_t)((double)s->gauge->total * (double)s->xml.unpacked /
                                                 (double)s->xml.size));
    return KU_OK;
}

static ku_status xlsx_read(ku_stream *stream, char *to, size_t capacity, size_t *got, ku_error *err)
{
    xlsx_stream *s = (xlsx_stream *)stream;
    *got = 0;
    while (s->at == s->out.length && s->more) KU_TRY(refill(s, err));
    size_t rest = s->out.length - s->at;
    *got = rest < capacity ? rest : capacity;
    if (*got > 0) memcpy(to, s->out.bytes + s->at, *got);
    s->at += *got;
    return KU_OK;
}

static void xlsx_free(ku_stream *stream)
{
    xlsx_stream *s = (xlsx_stream *)stream;
    ku_xml_close(&s->xml);
    ku_workbook_free(s->book);
    ku_text_clear(&s->out);
    ku_text_clear(&s->value);
    free(s);
}

static const char *part_of(const ku_workbook *book, const char *sheet)
{
    for (size_t i = 0; i < book->sheet_count; i++)
        if (strcmp(book->sheet[i].name, sheet) == 0) return book->sheet[i].part;
    return "";
}

static ku_status start_sheet(xlsx_stream *s, const char *path, const char *sheet, ku_error *err)
{
    KU_TRY(ku_workbook_open(path, &s->book, err));
    KU_TRY(ku_workbook_load(s->book, err));
    s->xml = (ku_xml){.data = s, .start = sheet_start, .end = sheet_end, .text = sheet_text};
    ku_status status = ku_xml_open(&s->xml, s->book->zip, part_of(s->book, sheet), err);
    if (status != KU_NOT_FOUND) return status;
    return ku_error_set(err, KU_BAD_DATA, NULL, "the workbook has no sheet %s", sheet);
}

ku_status ku_xlsx_open(const char *path, const char *sheet, ku_stream_gauge *gauge,
                       ku_stream **stream, ku_error *err)
{
    ku_stream *file = NULL; /* only for its checks of the file and its size */
    KU_TRY(ku_stream_file(path, gauge, &file, err));
    ku_stream_free(file);
    xlsx_stream *s = calloc(1, sizeof *s);
    if (s == NULL) return ku_error_set(err, KU_NO_MEMORY, path, "there is not enough memory");
    s->stream = (ku_stream){xlsx_read, xlsx_free};
    s->gauge = gauge;
    s->more = true;
    ku_status status = start_sheet(s, path, sheet, err);
    if (status == KU_OK) {
        *stream = &s->stream;
        return KU_OK;
    }
    xlsx_free(&s->stream);
    return ku_error_at(err, "%s", path);
}

/* ---- choosing the sheet ----------------------------------------------------------------------------------- */

static ku_status choose(const ku_workbook *book, const char *wanted, const ku_sheet **sheet,
                        ku_error *err)
{
    const char *names = "";
    *sheet = &book->sheet[0];
    for (size_t i = book->sheet_count; i-- > 0;) {
        if (wanted != NULL && ku_text_fold_equal(book->sheet[i].name, wanted)) {
            *sheet = &book->sheet[i];
            return KU_OK;
        }
        if (!book->sheet[i].hidden) *sheet = &book->sheet[i];
        names = ku_arena_printf(book->arena, "%s%s%s", book->sheet[i].name,
                                names[0] != '\0' ? ", " : "", names);
    }
    if (wanted == NULL) return KU_OK;
    return ku_error_set(err, KU_BAD_DATA, NULL, "there is no sheet %s; the sheets are: %s", wanted,
                        names);
}

ku_status ku_xlsx_sheet(const char *path, const char *wanted, ku_arena *arena, const char **sheet,
                        ku_error *err)
{
    ku_workbook *book = NULL;
    const ku_sheet *chosen = NULL;
    KU_TRY(ku_workbook_open(path, &book, err));
    ku_status status = choose(book, wanted, &chosen, err);
    if (status == KU_OK) *sheet = ku_arena_strdup(arena, chosen->name);
    ku_workbook_free(book);
    return status == KU_OK ? KU_OK : ku_error_at(err, "%s", path);
}
