/* xlsx_book.c - the parts of a workbook beside its sheets: names, styles, shared strings.
 *
 * A cell says little by itself: a text is the number of a shared string, a date is a
 * number whose style shows dates. So these parts are read before the sheet. */
#include <math.h>
#include <string.h>

#include "bank/import/xlsx_internal.h"
#include "base/date.h"
#include "base/number.h"

/* ---- workbook.xml and its relations -------------------------------------------------------- */

/* A sheet as the workbook lists it; its part is found through the relation's id. */
typedef struct listed_sheet {
    const char *name, *relation;
    bool hidden;
} listed_sheet;

typedef struct book_reader {
    ku_workbook *book;
    listed_sheet *sheet;
    size_t count;
    bool in_cell_styles;
    struct {
        int id;
        bool date;
    } * format; /* the workbook's own number formats */
    size_t format_count;
} book_reader;

#define SHEET_LIMIT 1024
#define STYLE_LIMIT 65536

static void workbook_start(ku_xml *xml, const char *name, const char **attributes)
{
    book_reader *r = xml->data;
    if (strcmp(name, "workbookPr") == 0) {
        const char *value = ku_xml_attribute(attributes, "date1904");
        r->book->from_1904 = value != NULL &&
                             (strcmp(value, "1") == 0 || strcmp(value, "true") == 0);
    }
    if (strcmp(name, "sheet") != 0 || r->count == SHEET_LIMIT) return;
    const char *title = ku_xml_attribute(attributes, "name"),
               *state = ku_xml_attribute(attributes, "state"), *relation = NULL;
    for (const char **a = attributes; *a != NULL; a += 2) /* r:id, not sheetId */
        if (strchr(a[0], ':') != NULL && strcmp(strchr(a[0], ':'), ":id") == 0) relation = a[1];
    if (title == NULL || relation == NULL) return;
    r->sheet[r->count++] = (listed_sheet){ku_arena_strdup(r->book->arena, title),
                                          ku_arena_strdup(r->book->arena, relation),
                                          state != NULL && strcmp(state, "visible") != 0};
}

static void relations_start(ku_xml *xml, const char *name, const char **attributes)
{
    book_reader *r = xml->data;
    const char *id = ku_xml_attribute(attributes, "Id"),
               *target = ku_xml_attribute(attributes, "Target");
    if (strcmp(name, "Relationship") != 0 || id == NULL || target == NULL) return;
    for (size_t i = 0; i < r->count; i++) {
        if (strcmp(r->sheet[i].relation, id) != 0) continue;
        const char *part = target[0] == '/' ? ku_arena_strdup(r->book->arena, target + 1)
                                            : ku_arena_printf(r->book->arena, "xl/%s", target);
        if (r->book->sheet_count < SHEET_LIMIT)
            r->book->sheet[r->book->sheet_count++] = (ku_sheet){r->sheet[i].name, part,
                                                                r->sheet[i].hidden};
    }
}

static ku_status not_workbook(ku_error *err)
{
    return ku_error_set(err, KU_BAD_DATA, NULL, "this is not an Excel workbook, or it is damaged");
}

/* Part, or the text for a required one that is missing. */
static ku_status read_part(ku_workbook *book, ku_xml *xml, const char *part, bool required,
                           ku_error *err)
{
    ku_status status = ku_xml_read(xml, book->zip, part, err);
    if (status != KU_NOT_FOUND) return status;
    return required ? not_workbook(err) : KU_OK;
}

static ku_status read_names(ku_workbook *book, ku_error *err)
{
    book_reader reader = {.book = book};
    reader.sheet = KU_ARRAY(book->arena, SHEET_LIMIT, listed_sheet);
    book->sheet = KU_ARRAY(book->arena, SHEET_LIMIT, ku_sheet);
    ku_xml xml = {.data = &reader, .start = workbook_start};
    KU_TRY(read_part(book, &xml, "xl/workbook.xml", true, err));
    xml = (ku_xml){.data = &reader, .start = relations_start};
    KU_TRY(read_part(book, &xml, "xl/_rels/workbook.xml.rels", true, err));
    return book->sheet_count > 0 ? KU_OK : not_workbook(err);
}

/* ---- opening ------------------------------------------------------------------------------------ */

ku_status ku_workbook_open(const char *path, ku_workbook **out, ku_error *err)
{
    ku_workbook *book = calloc(1, sizeof *book);
    if (book == NULL) return ku_error_set(err, KU_NO_MEMORY, path, "there is not enough memory");
    book->arena = ku_arena_new();
    book->zip = zip_open(path, ZIP_RDONLY, NULL);
    ku_status status = book->arena != NULL && book->zip != NULL ? KU_OK : not_workbook(err);
    if (status == KU_OK && zip_get_num_entries(book->zip, 0) > KU_XLSX_ENTRIES)
        status = ku_error_set(err, KU_TOO_LARGE, NULL,
                              "the workbook has more than %d parts, as no real one does",
                              KU_XLSX_ENTRIES);
    if (status == KU_OK) status = read_names(book, err);
    if (status == KU_OK) {
        *out = book;
        return KU_OK;
    }
    ku_workbook_free(book);
    return ku_error_at(err, "%s", path);
}

void ku_workbook_free(ku_workbook *book)
{
    if (book == NULL) return;
    if (book->zip != NULL) zip_discard(book->zip);
    ku_text_clear(&book->strings);
    free(book->string);
    free(book->date_style);
    ku_arena_free(book->arena);
    free(book);
}

/* ---- styles ---------------------------------------------------------------------------------------- */

bool ku_xlsx_date_format(const char *code)
{
    for (const char *p = code; *p != '\0'; p++) {
        if (*p == '"') {
            p = strchr(p + 1, '"');
            if (p == NULL) return false;
        } else if (*p == '[') { /* a colour, a language, or elapsed time: [h] */
            if (p[1] == 'h' || p[1] == 'm' || p[1] == 's') return true;
            p = strchr(p, ']');
            if (p == NULL) return false;
        } else if ((*p == '\\' || *p == '_' || *p == '*') && p[1] != '\0') {
            p++;
        } else if (strchr("dmyhsDMYHS", *p) != NULL) {
            return true;
        } else if (strncmp(p, "General", 7) == 0) {
            p += 6;
        }
    }
    return false;
}

/* The formats that Excel knows without being told (ISO/IEC 29500-1, 18.8.30). */
static bool built_in_date(int id)
{
    return (id >= 14 && id <= 22) || (id >= 27 && id <= 36) || (id >= 45 && id <= 47) ||
           (id >= 50 && id <= 58);
}

static int attribute_int(const char **attributes, const char *name, int otherwise)
{
    const char *text = ku_xml_attribute(attributes, name);
    return text != NULL ? (int)strtol(text, NULL, 10) : otherwise;
}

static void add_style(book_reader *r, int format)
{
    bool date = built_in_date(format);
    for (size_t i = 0; i < r->format_count; i++)
        if (r->format[i].id == format) date = r->format[i].date;
    if (r->book->style_count < STYLE_LIMIT) r->book->date_style[r->book->style_count++] = date;
}

static void styles_start(ku_xml *xml, const char *name, const char **attributes)
{
    book_reader *r = xml->data;
    if (strcmp(name, "numFmt") == 0) {
        const char *code = ku_xml_attribute(attributes, "formatCode");
        if (code == NULL || r->format_count == STYLE_LIMIT) return;
        r->format[r->format_count].id = attribute_int(attributes, "numFmtId", -1);
        r->format[r->format_count++].date = ku_xlsx_date_format(code);
    } else if (strcmp(name, "cellXfs") == 0) {
        r->in_cell_styles = true;
    } else if (strcmp(name, "xf") == 0 && r->in_cell_styles) {
        add_style(r, attribute_int(attributes, "numFmtId", 0));
    }
}

static void styles_end(ku_xml *xml, const char *name)
{
    book_reader *r = xml->data;
    if (strcmp(name, "cellXfs") == 0) r->in_cell_styles = false;
}

static ku_status read_styles(ku_workbook *book, ku_error *err)
{
    book_reader reader = {.book = book};
    book->date_style = calloc(STYLE_LIMIT, sizeof *book->date_style);
    reader.format = calloc(STYLE_LIMIT, sizeof *reader.format);
    ku_xml xml = {.data = &reader, .start = styles_start, .end = styles_end};
    ku_status status = book->date_style != NULL && reader.format != NULL
                           ? read_part(book, &xml, "xl/styles.xml", false, err)
                           : ku_error_set(err, KU_NO_MEMORY, NULL, "there is not enough memory");
    free(reader.format);
    return status;
}

/* ---- shared strings ----------------------------------------------------------------------------------- */

typedef struct string_reader {
    ku_workbook *book;
    size_t room;
    bool in_text;
    int phonetic; /* depth of rPh, whose text is a reading aid and not part of the string */
} string_reader;

static void strings_start(ku_xml *xml, const char *name, const char **attributes)
{
    string_reader *r = xml->data;
    (void)attributes;
    if (strcmp(name, "rPh") == 0) r->phonetic++;
    r->in_text = strcmp(name, "t") == 0 && r->phonetic == 0;
}

static void strings_text(ku_xml *xml, const char *text, int length)
{
    string_reader *r = xml->data;
    if (!r->in_text) return;
    ku_text_addn(&r->book->strings, text, (size_t)length);
    if (r->book->strings.length > KU_XLSX_STRING_BYTES)
        ku_xml_fail(xml, KU_TOO_LARGE,
                    "the workbook unpacks to more than any real one does and is not read");
}

static bool end_string(string_reader *r)
{
    ku_workbook *book = r->book;
    if (book->string_count + 2 > r->room) {
        size_t room = r->room == 0 ? 1024 : r->room * 2;
        size_t *more = realloc(book->string, room * sizeof *more);
        if (more == NULL) return false;
        if (r->room == 0) more[0] = 0;
        book->string = more;
        r->room = room;
    }
    book->string[++book->string_count] = book->strings.length;
    return true;
}

static void strings_end(ku_xml *xml, const char *name)
{
    string_reader *r = xml->data;
    if (strcmp(name, "rPh") == 0) r->phonetic--;
    if (strcmp(name, "t") == 0) r->in_text = false;
    if (strcmp(name, "si") == 0 && !end_string(r))
        ku_xml_fail(xml, KU_NO_MEMORY, "there is not enough memory");
}

static ku_status read_strings(ku_workbook *book, ku_error *err)
{
    string_reader reader = {.book = book};
    ku_xml xml = {
        .data = &reader, .start = strings_start, .end = strings_end, .text = strings_text};
    KU_TRY(read_part(book, &xml, "xl/sharedStrings.xml", false, err));
    return ku_text_check(&book->strings, err);
}

ku_status ku_workbook_load(ku_workbook *book, ku_error *err)
{
    KU_TRY(read_styles(book, err));
    return read_strings(book, err);
}

/* ---- dates --------------------------------------------------------------------------------------------- */

/* Excel's day 1 is 1900-01-01, but it counts a 29 February 1900 that never was, so from
 * day 61 on (1900-03-01) its numbers are one too high; the other system starts at
 * 1904-01-01 as day 0. */
size_t ku_xlsx_date_text(double serial, bool from_1904, char to[40])
{
    if (!(serial >= 0 && serial < 2958466)) return 0; /* 9999-12-31 is the last day */
    double milliseconds = round(serial * 86400000.0);
    int64_t all = (int64_t)milliseconds, day = all / 86400000, rest = all % 86400000 / 1000;
    int32_t days = (int32_t)(from_1904 ? day - 24107 : day < 60 ? day - 25568 : day - 25569);
    ku_civil civil = ku_date_to_civil(days);
    int n = snprintf(to, 40, "%04d-%02d-%02d", civil.year, civil.month, civil.day);
    if (all % 86400000 != 0)
        n += snprintf(to + n, 40 - (size_t)n, " %02d:%02d:%02d", (int)(rest / 3600),
                      (int)(rest / 60 % 60), (int)(rest % 60));
    return (size_t)n;
}
