/* scenario.c - reading futures that are to stand side by side. Rows for all series are laid
 * down first, so that rows for one of them go before. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "forecast/regress/drivers.h"

typedef struct reading {
    const ku_frame *table;
    const ku_series_set *set;
    int horizon;
    ku_arena *arena;
    ku_scenarios *to;
    const ku_column *scenario, *series, *date;
    int *column; /* of the set, for each column of the table; -1: none */
} reading;

static ku_status wrong_row(int64_t row, ku_error *err, const char *format, ...) KU_PRINTF(3, 4);
static ku_status wrong_row(int64_t row, ku_error *err, const char *format, ...)
{
    char where[64];
    va_list args;
    va_start(args, format);
    ku_error_setv(err, KU_BAD_DATA, NULL, format, args);
    va_end(args);
    snprintf(where, sizeof where, "scenario, row %lld", (long long)row + 1);
    return ku_error_at(err, "%s", where);
}

static bool is_key(const char *name)
{
    return strcmp(name, "scenario") == 0 || strcmp(name, "series") == 0 ||
           strcmp(name, "date") == 0;
}

static ku_status match_columns(reading *r, ku_error *err)
{
    r->column = KU_ARRAY(r->arena, (size_t)r->table->columns, int);
    for (int32_t i = 0; i < r->table->columns; i++) {
        const char *name = r->table->column[i].name;
        r->column[i] = -1;
        if (is_key(name)) continue;
        for (int j = 0; j < r->set->columns; j++)
            if (strcmp(r->set->column[j], name) == 0) r->column[i] = j;
        if (r->column[i] < 0)
            return ku_error_set(err, KU_BAD_DATA, "scenario",
                                "the regressor '%.60s' is not among those of the series", name);
    }
    return KU_OK;
}

static void name_scenarios(reading *r)
{
    int32_t count = r->scenario->dictionary.size;
    r->to->name = KU_ARRAY(r->arena, (size_t)count + 1, const char *);
    for (int32_t i = 0; i < count; i++) {
        int32_t length;
        const char *text = ku_dictionary_at(&r->scenario->dictionary, i, &length);
        r->to->name[i] = ku_arena_strndup(r->arena, text, (size_t)length);
    }
    r->to->count = count;
    r->to->plan = KU_ARRAY(r->arena, (size_t)count * r->set->count + 1, double *);
}

static double *plan_of(const reading *r, int scenario, size_t series)
{
    double **plan = &r->to->plan[(size_t)scenario * r->set->count + series];
    size_t cells = (size_t)r->set->columns * (size_t)r->horizon;
    if (*plan != NULL) return *plan;
    *plan = ku_arena_try(r->arena, cells * sizeof **plan);
    for (size_t i = 0; *plan != NULL && i < cells; i++) (*plan)[i] = NAN;
    return *plan;
}

/* One row into the plan of one series. */
static ku_status put_row(const reading *r, int64_t row, size_t i, bool named, ku_error *err)
{
    const ku_series *s = &r->set->series[i];
    int64_t date = r->date->type == KU_INT64 ? r->date->as.i64[row] : r->date->as.days[row];
    if (s->value == NULL) return KU_OK;
    int64_t k = ku_series_place(&r->set->period, s->first, date) - s->n;
    char text[KU_SERIES_DATE];
    if (k < 0 && named)
        return wrong_row(row, err, "%s lies before the forecast of \"%.60s\" begins",
                         ku_series_date_text(&r->set->period, date, text), s->name);
    if (k < 0 || k >= r->horizon) return KU_OK;
    double *plan = plan_of(r, r->scenario->as.codes[row], i);
    if (plan == NULL)
        return ku_error_set(err, KU_NO_MEMORY, "scenario", "too many scenarios for the memory");
    for (int32_t c = 0; c < r->table->columns; c++) {
        double value = r->column[c] < 0 ? NAN : ku_column_number(&r->table->column[c], row);
        if (isnan(value)) continue;
        if (!(fabs(value) <= 1e120))
            return wrong_row(row, err, "%.60s is not a number of usual size (at most 1e120)",
                             r->table->column[c].name);
        plan[(size_t)r->column[c] * (size_t)r->horizon + (size_t)k] = value;
    }
    return KU_OK;
}

static ku_status read_row(const reading *r, int64_t row, bool named, ku_error *err)
{
    if (!ku_column_valid(r->scenario, row))
        return wrong_row(row, err, "the name of the scenario is missing");
    if (!ku_column_valid(r->date, row)) return wrong_row(row, err, "the date is missing");
    const char *name = r->series != NULL && r->series->type == KU_TEXT
                           ? ku_column_text(r->series, row, r->arena)
                           : NULL;
    bool has_name = name != NULL && name[0] != '\0';
    if (has_name != named) return KU_OK;
    if (!named) {
        for (size_t i = 0; i < r->set->count; i++) KU_TRY(put_row(r, row, i, false, err));
        return KU_OK;
    }
    const ku_series *s = ku_series_find(r->set, name);
    if (s == NULL)
        return wrong_row(row, err, "there is no series \"%.60s\"; leave the name out to mean all",
                         name);
    return put_row(r, row, (size_t)(s - r->set->series), true, err);
}

ku_status ku_scenarios_read(const ku_frame *table, const ku_series_set *set, int horizon,
                            ku_arena *arena, ku_scenarios *scenarios, ku_error *err)
{
    *scenarios = (ku_scenarios){0};
    if (table == NULL || table->rows == 0) return KU_OK;
    reading r = {.table = table, .set = set, .horizon = horizon, .arena = arena, .to = scenarios};
    r.scenario = ku_frame_column(table, "scenario");
    r.series = ku_frame_column(table, "series");
    r.date = ku_frame_column(table, "date");
    if ((r.date->type == KU_INT64) != set->period.numbers)
        return ku_error_set(err, KU_BAD_DATA, "scenario",
                            "its dates are not of the kind of the series' dates");
    KU_TRY(match_columns(&r, err));
    name_scenarios(&r);
    for (int named = 0; named < 2; named++)
        for (int64_t row = 0; row < table->rows; row++) KU_TRY(read_row(&r, row, named, err));
    return KU_OK;
}
