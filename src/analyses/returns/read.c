/* read.c - the tables media, outcome and controls as rows whose names are numbers. */
#include <math.h>
#include <string.h>

#include "analyses/returns/data.h"
#include "base/text.h"

/* ---- columns ---------------------------------------------------------------------------- */

/* The number of every entry of a text column's dictionary; -1 for an empty one. */
static const int *number_names(const ku_column *column, ku_returns_names *names, ku_arena *arena)
{
    const ku_dictionary *d = &column->dictionary;
    int *number = KU_ARRAY(arena, (size_t)d->size + 1, int);
    for (int32_t code = 0; code < d->size; code++) {
        int32_t length;
        const char *text = ku_dictionary_at(d, code, &length);
        ku_span name = ku_text_trim(text, (size_t)length);
        number[code] = name.length == 0
                           ? -1
                           : ku_returns_name(names, ku_arena_strndup(arena, name.at, name.length),
                                             arena);
    }
    return number;
}

/* -1 where there is no name. */
static int number_at(const ku_column *column, const int *number, int64_t row)
{
    return column != NULL && ku_column_valid(column, row) ? number[column->as.codes[row]] : -1;
}

static double value_at(const ku_column *column, int64_t row)
{
    return column != NULL ? ku_column_number(column, row) : NAN;
}

typedef struct text_column {
    const ku_column *column;
    const int *number;
} text_column;

static text_column names_of(const ku_frame *frame, const char *name, ku_returns_names *names,
                            ku_arena *arena)
{
    text_column c = {.column = ku_frame_column(frame, name)};
    if (c.column != NULL) c.number = number_names(c.column, names, arena);
    return c;
}

/* ---- tables ------------------------------------------------------------------------------ */

static bool says(const ku_column *column, int64_t row, const char *word)
{
    if (column == NULL || !ku_column_valid(column, row)) return false;
    int32_t length;
    const char *text = ku_dictionary_at(&column->dictionary, column->as.codes[row], &length);
    if ((size_t)length != strlen(word)) return false;
    for (int32_t i = 0; i < length; i++)
        if (ku_char_lower(text[i]) != word[i]) return false;
    return true;
}

static void read_media(const ku_frame *f, ku_arena *arena, ku_returns_rows *out)
{
    const ku_column *date = ku_frame_column(f, "date"), *kind = ku_frame_column(f, "kind");
    const ku_column *spend = ku_frame_column(f, "spend");
    const ku_column *exposure = ku_frame_column(f, "exposure");
    const ku_column *reach = ku_frame_column(f, "reach");
    const ku_column *frequency = ku_frame_column(f, "frequency");
    text_column region = names_of(f, "region", &out->region, arena);
    text_column channel = names_of(f, "channel", &out->channel, arena);
    out->organic = KU_ARRAY(arena, (size_t)out->channel.count + 1, bool);
    out->media = KU_ARRAY(arena, (size_t)f->rows + 1, ku_returns_media_row);
    for (int64_t row = 0; row < f->rows; row++) {
        int c = number_at(channel.column, channel.number, row);
        if (c < 0) continue;
        if (says(kind, row, "organic")) out->organic[c] = true;
        out->media[out->media_count++] = (ku_returns_media_row){
            .date = date->as.days[row],
            .region = number_at(region.column, region.number, row),
            .channel = c,
            .spend = value_at(spend, row),
            .exposure = value_at(exposure, row),
            .reach = value_at(reach, row),
            .frequency = value_at(frequency, row)};
    }
}

static void read_outcome(const ku_frame *f, ku_arena *arena, ku_returns_rows *out)
{
    const ku_column *date = ku_frame_column(f, "date"), *value = ku_frame_column(f, "value");
    const ku_column *revenue = ku_frame_column(f, "revenue_per_unit");
    const ku_column *population = ku_frame_column(f, "population");
    text_column region = names_of(f, "region", &out->region, arena);
    out->outcome = KU_ARRAY(arena, (size_t)f->rows + 1, ku_returns_outcome_row);
    for (int64_t row = 0; row < f->rows; row++)
        out->outcome[out->outcome_count++] = (ku_returns_outcome_row){
            .date = date->as.days[row],
            .region = number_at(region.column, region.number, row),
            .value = value_at(value, row),
            .revenue = value_at(revenue, row),
            .population = value_at(population, row)};
}

static void read_controls(const ku_frame *f, ku_arena *arena, ku_returns_rows *out)
{
    const ku_column *date = ku_frame_column(f, "date"), *value = ku_frame_column(f, "value");
    const ku_column *kind = ku_frame_column(f, "kind");
    text_column region = names_of(f, "region", &out->region, arena);
    text_column series = names_of(f, "name", &out->series, arena);
    out->kind = KU_ARRAY(arena, (size_t)out->series.count + 1, ku_returns_kind);
    out->control = KU_ARRAY(arena, (size_t)f->rows + 1, ku_returns_control_row);
    for (int64_t row = 0; row < f->rows; row++) {
        int s = number_at(series.column, series.number, row);
        if (s < 0 || !isfinite(value_at(value, row))) continue;
        if (says(kind, row, "treatment")) out->kind[s] = KU_RETURNS_TREATMENT;
        if (says(kind, row, "event") || says(kind, row, "holiday")) out->kind[s] = KU_RETURNS_EVENT;
        out->control[out->control_count++] = (ku_returns_control_row){
            .date = date->as.days[row],
            .region = number_at(region.column, region.number, row),
            .series = s,
            .value = value_at(value, row)};
    }
}

static ku_status check_there(const ku_returns_rows *rows, ku_error *err)
{
    if (rows->outcome_count == 0)
        return ku_error_set(err, KU_BAD_DATA, "outcome",
                            "there is no outcome: import sales, give --in outcome=FILE with the"
                            " columns date and value, or --in wide=FILE");
    if (rows->media_count == 0)
        return ku_error_set(err, KU_BAD_DATA, "media",
                            "there is no spend: import spend, give --in media=FILE with the"
                            " columns date, channel and spend, or --in wide=FILE");
    return KU_OK;
}

ku_status ku_returns_read(const ku_frames *in, const ku_params *params,
                          ku_returns_findings *findings, ku_arena *arena, ku_returns_rows *out,
                          ku_error *err)
{
    const ku_frame *wide = ku_frames_find(in, "wide"), *media = ku_frames_find(in, "media");
    const ku_frame *outcome = ku_frames_find(in, "outcome");
    const ku_frame *controls = ku_frames_find(in, "controls");
    *out = (ku_returns_rows){0};
    if (wide != NULL && wide->rows > 0) {
        KU_TRY(ku_returns_read_wide(wide, params, findings, arena, out, err));
        return check_there(out, err);
    }
    if (outcome != NULL) read_outcome(outcome, arena, out);
    if (media != NULL) read_media(media, arena, out);
    if (controls != NULL) read_controls(controls, arena, out);
    return check_there(out, err);
}
