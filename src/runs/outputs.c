/* outputs.c - a kernel's result against its descriptor. Charts, pages, the API and the
 * documents are drawn from the descriptor; a result that differs from it is a fault of the
 * analysis and must not go further. */
#include "runs/outputs.h"

#include <math.h>
#include <string.h>

static ku_status wrong(ku_error *err, const char *table, const char *format, ...) KU_PRINTF(3, 4);
static ku_status wrong(ku_error *err, const char *table, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    ku_error_setv(err, KU_FAULT, NULL, format, args);
    va_end(args);
    return ku_error_at(err, "result table %s", table);
}

static ku_status check_finite(const ku_frame *frame, const ku_column *column, ku_error *err)
{
    for (int64_t row = 0; row < column->rows; row++)
        if (!isfinite(column->as.f64[row]) && ku_column_valid(column, row))
            return wrong(err, frame->name,
                         "column %s, row %lld: the analysis gave %s, which is "
                         "no number",
                         column->name, (long long)row + 1,
                         isnan(column->as.f64[row]) ? "NaN" : "infinity");
    return KU_OK;
}

static bool type_fits(ku_type found, ku_type expected)
{
    if (expected == KU_DATE_OR_INT64) return found == KU_DATE || found == KU_INT64;
    return found == expected;
}

static ku_status check_column(const ku_frame *frame, const ku_column_spec *spec, int32_t place,
                              ku_error *err)
{
    if (place >= frame->columns) return wrong(err, frame->name, "column %s is missing", spec->name);
    const ku_column *column = &frame->column[place];
    if (strcmp(column->name, spec->name) != 0)
        return wrong(err, frame->name, "column %d is %s; expected %s", (int)place + 1, column->name,
                     spec->name);
    if (!type_fits(column->type, spec->type))
        return wrong(err, frame->name, "column %s holds %s; expected %s", column->name,
                     ku_type_name(column->type), ku_type_name(spec->type));
    return column->type == KU_DOUBLE ? check_finite(frame, column, err) : KU_OK;
}

static ku_status check_table(const ku_frame *frame, const ku_table_spec *spec, ku_error *err)
{
    int32_t place = 0;
    for (const ku_column_spec *c = spec->columns; c->name != NULL; c++, place++)
        KU_TRY(check_column(frame, c, place, err));
    if (frame->columns > place)
        return wrong(err, frame->name, "column %s is not in the descriptor",
                     frame->column[place].name);
    return KU_OK;
}

/* Moves the frame of that name to `place`; false when there is none at or after it. */
static bool bring(ku_frames *frames, const char *name, size_t place)
{
    for (size_t i = place; i < frames->count; i++) {
        if (strcmp(frames->frame[i]->name, name) != 0) continue;
        ku_frame *found = frames->frame[i];
        frames->frame[i] = frames->frame[place];
        frames->frame[place] = found;
        return true;
    }
    return false;
}

ku_status ku_outputs_check(const ku_analysis *analysis, ku_frames *out, ku_error *err)
{
    size_t place = 0;
    for (const ku_table_spec *spec = analysis->outputs; spec->name != NULL; spec++) {
        if (!bring(out, spec->name, place)) {
            if (spec->optional) continue;
            return wrong(err, spec->name, "the analysis did not give this table");
        }
        KU_TRY(check_table(out->frame[place], spec, err));
        place++;
    }
    if (place < out->count)
        return wrong(err, out->frame[place]->name,
                     "the analysis gave a table that its "
                     "descriptor does not name, or gave it twice");
    return KU_OK;
}
