/* table.h - frames as aligned tables for a terminal. Owns nothing. */
#ifndef KU_APP_CLI_TABLE_H
#define KU_APP_CLI_TABLE_H

#include "app/cli/session.h"
#include "base/format.h"

/* A table with headings (label and unit from `columns`, the descriptor's list, or the
 * column's own name when NULL), numbers right-aligned with thousands separators. At most
 * `limit` rows (0: all), then a line that says how many are left. Too wide a table drops
 * to fewer columns and says which. A column named "unit" gives each row's unit and is
 * not shown. */
void cli_table_print(cli_session *session, const ku_frame *frame, const ku_column_spec *columns,
                     const ku_format *format, int64_t limit, FILE *out);

/* A small table of texts: rows x columns, row-major, the first row the headings.
 * `right[i]` aligns column i to the right; NULL: none. */
void cli_table_texts(cli_session *session, const char *const *cells, size_t rows, size_t columns,
                     const bool *right, FILE *out);

#endif
