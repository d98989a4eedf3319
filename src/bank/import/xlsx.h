/* xlsx.h - the cells of one sheet of an Excel workbook (ISO/IEC 29500) as text. Streams are
 * owned by their caller, names by the arena. */
#ifndef KU_BANK_IMPORT_XLSX_H
#define KU_BANK_IMPORT_XLSX_H

#include "bank/import/stream.h"
#include "kemudi/arena.h"

/* The name of the sheet to read: `wanted`, or the first visible one when NULL. KU_BAD_DATA
 * when there is none of that name (the message lists them) or this is no workbook. */
ku_status ku_xlsx_sheet(const char *path, const char *wanted, ku_arena *arena, const char **sheet,
                        ku_error *err);

/* The rows of the sheet in KU_DIALECT_INNER, one record a row of the sheet (empty ones
 * too, so that line numbers are row numbers); dates as 2026-11-23 14:05:00, numbers as
 * they are stored, errors as empty cells. KU_TOO_LARGE for a workbook that unpacks to
 * more than any real one. */
ku_status ku_xlsx_open(const char *path, const char *sheet, ku_stream_gauge *gauge,
                       ku_stream **stream, ku_error *err);

#endif
