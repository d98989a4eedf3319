/* csv.h - frames as comma-separated text. Owns nothing. */
#ifndef KU_FRAMES_CSV_H
#define KU_FRAMES_CSV_H

#include "base/csv.h"
#include "kemudi/frame.h"

/* The heading line, and rows [first, first + count), each ended by a line feed. Dates and
 * times ISO 8601, doubles so that they read back the same, bool true and false, nulls empty.
 * Call it in portions for a large frame. */
void ku_frame_csv_heading(const ku_frame *frame, ku_csv_guard guard, ku_text *out);
void ku_frame_csv_rows(const ku_frame *frame, int64_t first, int64_t count, ku_csv_guard guard,
                       ku_text *out);
/* One value as it stands in such a row. */
void ku_frame_csv_cell(const ku_column *column, int64_t row, ku_csv_guard guard, ku_text *out);

#endif
