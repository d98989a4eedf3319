/* detect.h - how a file is to be read, found from its beginning. Everything returned lives
 * in the arena. */
#ifndef KU_BANK_IMPORT_DETECT_H
#define KU_BANK_IMPORT_DETECT_H

#include "bank/import.h"
#include "bank/import/plan.h"

/* The first rows of a file as cells, row by row, each row as wide as the file's columns.
 * The row of names is not among them. */
typedef struct ku_sample {
    const char *const *cell;
    size_t rows, columns;
} ku_sample;

/* The sample lives in `scratch`, the plan in `arena`.
 * Format, packing, encoding, delimiter, quotation mark, row of names, sheet and columns,
 * as forced by `options` or as the file shows them. KU_USAGE for a forced value that is
 * none; KU_BAD_DATA for a file that is not a table. */
ku_status ku_detect_layout(const ku_import_options *options, const char *path, ku_arena *arena,
                           ku_arena *scratch, ku_plan *plan, ku_sample *sample, ku_error *err);

/* Decimal mark and order of dates from the sampled cells of the mapped fields. *how gets
 * the grounds of the date's order in a few words, NULL when the file has no dates. */
ku_status ku_detect_style(const ku_import_options *options, const ku_sample *sample,
                          ku_arena *arena, ku_plan *plan, const char **how, ku_error *err);

const char *ku_format_name(ku_file_format format);
const char *ku_encoding_name(ku_encoding encoding);
const char *ku_date_order_name(ku_date_order order); /* "ymd", "dmy", "mdy" */

#endif
