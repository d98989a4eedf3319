/* json.c - frames as JSON. */
#include "frames/json.h"

#include "base/date.h"
#include "base/json.h"
#include "base/number.h"

void ku_frame_json_cell(const ku_column *column, int64_t row, ku_text *out)
{
    char date[KU_DATE_TEXT], time[KU_TIMESTAMP_TEXT];
    if (!ku_column_valid(column, row)) {
        ku_text_add(out, "null");
        return;
    }
    switch (column->type) {
    case KU_INT64:
        ku_text_add_int(out, column->as.i64[row]);
        break;
    case KU_DOUBLE:
        ku_json_add_double(out, column->as.f64[row]);
        break;
    case KU_BOOL:
        ku_text_add(out, ku_column_bool(column, row) ? "true" : "false");
        break;
    case KU_DATE:
        ku_json_add(out, ku_date_format(column->as.days[row], date));
        break;
    case KU_TIMESTAMP:
        ku_json_add(out, ku_timestamp_format(column->as.i64[row], time));
        break;
    default: {
        int32_t length;
        const char *text = ku_dictionary_at(&column->dictionary, column->as.codes[row], &length);
        ku_json_addn(out, text, (size_t)length);
        break;
    }
    }
}

static int64_t end_of(const ku_frame *frame, int64_t first, int64_t count)
{
    return count < frame->rows - first ? first + count : frame->rows;
}

void ku_frame_json_rows(const ku_frame *frame, int64_t first, int64_t count, ku_text *out)
{
    int64_t end = end_of(frame, first, count);
    ku_text_addc(out, '[');
    for (int64_t row = first; row < end; row++) {
        ku_text_add(out, row > first ? ",[" : "[");
        for (int32_t i = 0; i < frame->columns; i++) {
            if (i > 0) ku_text_addc(out, ',');
            ku_frame_json_cell(&frame->column[i], row, out);
        }
        ku_text_addc(out, ']');
    }
    ku_text_addc(out, ']');
}

void ku_frame_json_objects(const ku_frame *frame, int64_t first, int64_t count, ku_text *out)
{
    int64_t end = end_of(frame, first, count);
    ku_text_addc(out, '[');
    for (int64_t row = first; row < end; row++) {
        ku_text_add(out, row > first ? ",{" : "{");
        for (int32_t i = 0; i < frame->columns; i++) {
            if (i > 0) ku_text_addc(out, ',');
            ku_json_add(out, frame->column[i].name);
            ku_text_addc(out, ':');
            ku_frame_json_cell(&frame->column[i], row, out);
        }
        ku_text_addc(out, '}');
    }
    ku_text_addc(out, ']');
}
