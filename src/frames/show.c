/* show.c - cells of frames as people read them. */
#include "frames/show.h"

#include "base/date.h"

const char *ku_frame_show(const ku_column *column, int64_t row, const char *unit,
                          const ku_format *format, ku_arena *arena)
{
    char number[KU_NUMBER_TEXT], date[KU_DATE_TEXT], time[KU_TIMESTAMP_TEXT];
    if (!ku_column_valid(column, row)) return "–";
    switch (column->type) {
    case KU_TEXT:
        return ku_column_text(column, row, arena);
    case KU_BOOL:
        return ku_column_bool(column, row) ? "yes" : "no";
    case KU_DATE:
        return ku_arena_strdup(arena, ku_date_format(column->as.days[row], date));
    case KU_TIMESTAMP:
        return ku_arena_strdup(arena, ku_timestamp_format(column->as.i64[row], time));
    case KU_INT64:
        if (unit == NULL || unit[0] == '\0')
            return ku_arena_strdup(arena, ku_format_int(number, column->as.i64[row], format));
        break;
    default:
        break;
    }
    return ku_arena_strdup(arena,
                           ku_format_number(number, ku_column_number(column, row), unit, format));
}
