/* xlsx_internal.h - what the parts of the workbook reader share. A ku_workbook is owned by
 * its opener. */
#ifndef KU_BANK_IMPORT_XLSX_INTERNAL_H
#define KU_BANK_IMPORT_XLSX_INTERNAL_H

#include <expat.h>
#include <zip.h>

#include "base/text.h"
#include "kemudi/arena.h"

/* A workbook of Excel's own size stays far below these. */
#define KU_XLSX_ENTRIES      10000
#define KU_XLSX_PART_BYTES   (UINT64_C(4) << 30) /* one part, unpacked */
#define KU_XLSX_RATIO        400                 /* unpacked to packed, of parts above: */
#define KU_XLSX_RATIO_FROM   (UINT64_C(16) << 20)
#define KU_XLSX_STRING_BYTES ((size_t)512 << 20) /* all shared strings */
#define KU_XLSX_CELL_BYTES   ((size_t)1 << 20)
#define KU_XLSX_ROWS         1048576
#define KU_XLSX_COLUMNS      16384

/* ---- one part as XML -------------------------------------------------------------------- */

typedef struct ku_xml ku_xml;

/* Called with local names (without a namespace's prefix). A handler that fails sets
 * xml->status and xml->err; the reading then ends. */
struct ku_xml {
    void *data;
    void (*start)(ku_xml *xml, const char *name, const char **attributes);
    void (*end)(ku_xml *xml, const char *name);
    void (*text)(ku_xml *xml, const char *text, int length);
    ku_status status;
    ku_error err;
    /* private */
    XML_Parser parser;
    zip_file_t *file;
    uint64_t unpacked, size, limit;
};

/* Opens the part; KU_NOT_FOUND (without an error text) when the workbook has none of the
 * name. ku_xml_close is safe after a failure. */
ku_status ku_xml_open(ku_xml *xml, zip_t *zip, const char *part, ku_error *err);
/* Parses a little more; *more false at the end. */
ku_status ku_xml_some(ku_xml *xml, bool *more, ku_error *err);
void ku_xml_close(ku_xml *xml);
/* All of it at once. */
ku_status ku_xml_read(ku_xml *xml, zip_t *zip, const char *part, ku_error *err);
/* Ends the reading from within a handler. */
void ku_xml_fail(ku_xml *xml, ku_status status, const char *message);
/* The attribute's value, or NULL. */
const char *ku_xml_attribute(const char **attributes, const char *name);

/* ---- the workbook --------------------------------------------------------------------------- */

typedef struct ku_sheet {
    const char *name, *part;
    bool hidden;
} ku_sheet;

typedef struct ku_workbook {
    zip_t *zip;
    ku_arena *arena;
    ku_sheet *sheet;
    size_t sheet_count;
    bool from_1904;
    bool *date_style; /* by cell style: numbers are dates */
    size_t style_count;
    size_t *string; /* shared string i is bytes[string[i] .. string[i + 1]) */
    size_t string_count;
    ku_text strings;
} ku_workbook;

/* Opens the file and reads the names of its sheets. */
ku_status ku_workbook_open(const char *path, ku_workbook **book, ku_error *err);
/* Reads styles and shared strings. */
ku_status ku_workbook_load(ku_workbook *book, ku_error *err);
void ku_workbook_free(ku_workbook *book); /* NULL is safe */

/* Whether a number format's code shows dates or times. */
bool ku_xlsx_date_format(const char *code);
/* A serial number of Excel as "2026-11-23" or "2026-11-23 14:05:00"; 0 when there is no
 * such day. */
size_t ku_xlsx_date_text(double serial, bool from_1904, char to[40]);

#endif
