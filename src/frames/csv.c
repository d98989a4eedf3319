/* csv.c - frames as comma-separated text. */
#include "frames/csv.h"

#include <string.h>

#include "base/date.h"
#include "base/number.h"

void ku_frame_csv_cell(const ku_column *column, int64_t row, ku_csv_guard guard, ku_text *out)
{
    char date[KU_DATE_TEXT], time[KU_TIMESTAMP_TEXT];
    if (!ku_column_valid(column, row)) return;
    switch (column->type) {
    case KU_INT64:
        ku_text_add_int(out, column->as.i64[row]);
        break;
    case KU_DOUBLE:
        ku_text_add_double(out, column->as.f64[row]);
        break;
    case KU_BOOL:
        ku_text_add(out, ku_column_bool(column, row) ? "true" : "false");
        break;
    case KU_DATE:
        ku_text_add(out, ku_date_format(column->as.days[row], date));
        break;
    case KU_TIMESTAMP:
        ku_text_add(out, ku_timestamp_format(column->as.i64[row], time));
        break;
    default: {
        int32_t length;
        const char *text = ku_dictionary_at(&column->dictionary, column->as.codes[row], &length);
        ku_csv_add(out, text, (size_t)length, guard);
        break;
    }
    }
}

void ku_frame_csv_heading(const ku_frame *frame, ku_csv_guard guard, ku_text *out)
{
    for (int32_t i = 0; i < frame->columns; i++) {
        if (i > 0) ku_text_addc(out, ',');
        ku_csv_add(out, frame->column[i].name, strlen(frame->column[i].name), guard);
    }
    ku_text_addc(out, '\n');
}

void ku_frame_csv_rows(const ku_frame *frame, int64_t first, int64_t count, ku_csv_guard guard,
                       ku_text *out)
{
    int64_t end = count < frame->rows - first ? first + count : frame->rows;
    for (int64_t row = first; row < end; row++) {
        for (int32_t i = 0; i < frame->columns; i++) {
            if (i > 0) ku_text_addc(out, ',');
            ku_frame_csv_cell(&frame->column[i], row, guard, out);
        }
        ku_text_addc(out, '\n');
    }
}
