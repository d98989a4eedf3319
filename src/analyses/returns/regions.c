/* regions.c - reading the outcome by region and date. */
#include "analyses/returns/regions.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/date.h"
#include "base/text.h"

enum { MOST_FIGURES = 50000000 };

const ku_column_spec ku_returns_region_columns[] = {
    {"date", KU_DATE, "", true, "Date", "Day, or first day of the period."},
    {"region", KU_TEXT, "", true, "Region", "Where: city, state, sales area."},
    {"value", KU_DOUBLE, "", true, "Outcome", "What was sold or reached; empty: not known."},
    {"revenue_per_unit", KU_DOUBLE, "money/unit", false, "Revenue per unit",
     "Money that one unit of the outcome brings; empty where it is money itself."},
    {.name = NULL},
};

const ku_alias_spec ku_returns_region_aliases[] = {
    {"date", "day"},        {"date", "week"},     {"date", "time"},         {"date", "period"},
    {"region", "location"}, {"region", "geo"},    {"region", "market"},     {"region", "city"},
    {"region", "state"},    {"region", "dma"},    {"region", "area"},       {"region", "territory"},
    {"value", "Y"},         {"value", "outcome"}, {"value", "kpi"},         {"value", "sales"},
    {"value", "revenue"},   {"value", "units"},   {"value", "conversions"}, {"value", "orders"},
    {"value", "amount"},    {.column = NULL},
};

const ku_choice ku_returns_region_periods[] = {
    {"given", "As in the data"}, {"week", "Weeks"}, {"month", "Months"}, {.value = NULL}};

const ku_choice ku_returns_region_outcomes[] = {{"revenue", "Revenue"},
                                                {"margin", "Margin"},
                                                {"units", "Units"},
                                                {"orders", "Orders"},
                                                {.value = NULL}};

const ku_choice ku_returns_region_gaps[] = {
    {"leave", "Not known: leave out"}, {"zero", "Nothing was sold: 0"}, {.value = NULL}};

/* ---- reading -------------------------------------------------------------------------------- */

static int by_day(const void *a, const void *b)
{
    int32_t x = *(const int32_t *)a, y = *(const int32_t *)b;
    return (x > y) - (x < y);
}

static void read_dates(const ku_column *date, ku_arena *arena, ku_region_panel *panel)
{
    panel->date = KU_ARRAY(arena, (size_t)date->rows, int32_t);
    memcpy(panel->date, date->as.days, (size_t)date->rows * sizeof *panel->date);
    qsort(panel->date, (size_t)date->rows, sizeof *panel->date, by_day);
    int count = 0;
    for (int64_t i = 0; i < date->rows; i++)
        if (count == 0 || panel->date[i] != panel->date[count - 1])
            panel->date[count++] = panel->date[i];
    panel->periods = count;
}

/* Rows come by region; names in a new order of the alphabet begin a new region. */
static int *read_regions(const ku_column *region, ku_arena *arena, ku_region_panel *panel)
{
    int *of = KU_ARRAY(arena, (size_t)region->rows, int);
    panel->name = KU_ARRAY(arena, (size_t)region->dictionary.size + 1, const char *);
    for (int64_t row = 0; row < region->rows; row++) {
        bool same = row > 0 && region->as.codes[row] == region->as.codes[row - 1];
        if (!same) panel->name[panel->regions++] = ku_column_text(region, row, arena);
        of[row] = panel->regions - 1;
    }
    return of;
}

static void fill(const ku_frame *frame, const int *region, ku_region_panel *panel)
{
    const ku_column *date = ku_frame_column(frame, "date");
    const ku_column *value = ku_frame_column(frame, "value");
    const ku_column *money = ku_frame_column(frame, "money");
    for (int64_t row = 0; row < frame->rows; row++) {
        int32_t day = date->as.days[row];
        const int32_t *found = bsearch(&day, panel->date, (size_t)panel->periods, sizeof day,
                                       by_day);
        size_t at = (size_t)region[row] * (size_t)panel->periods + (size_t)(found - panel->date);
        panel->value[at] = ku_column_number(value, row);
        if (panel->money != NULL) panel->money[at] = ku_column_number(money, row);
    }
}

ku_status ku_region_panel_read(const ku_frame *frame, ku_arena *arena, ku_region_panel *panel,
                               ku_error *err)
{
    const ku_column *money = ku_frame_column(frame, "money");
    *panel = (ku_region_panel){0};
    if (frame->rows == 0)
        return ku_error_set(err, KU_BAD_DATA, "outcome",
                            "there is no row with a date, a region and a figure");
    const int *region = read_regions(ku_frame_column(frame, "region"), arena, panel);
    read_dates(ku_frame_column(frame, "date"), arena, panel);
    if (panel->regions == 1)
        return ku_error_set(err, KU_BAD_DATA, "outcome",
                            "the data know one region only, %s; what a campaign did shows against "
                            "regions without it. returns.impact judges one region by its own past",
                            panel->name[0]);
    size_t figures = (size_t)panel->regions * (size_t)panel->periods;
    if (figures > MOST_FIGURES)
        return ku_error_set(err, KU_BAD_DATA, "outcome",
                            "%d regions and %d dates are too many; add up to weeks or months",
                            panel->regions, panel->periods);
    panel->value = KU_ARRAY(arena, figures, double);
    if (money->nulls < money->rows) panel->money = KU_ARRAY(arena, figures, double);
    for (size_t i = 0; i < figures; i++) panel->value[i] = NAN;
    fill(frame, region, panel);
    return KU_OK;
}

/* ---- names ---------------------------------------------------------------------------------- */

static bool same_name(const char *name, const char *other, size_t length)
{
    if (strlen(name) != length) return false;
    for (size_t i = 0; i < length; i++)
        if (ku_char_lower(name[i]) != ku_char_lower(other[i])) return false;
    return true;
}

int ku_region_find(const ku_region_panel *panel, const char *name, size_t length)
{
    ku_span span = ku_text_trim(name, length);
    for (int i = 0; i < panel->regions; i++)
        if (strlen(panel->name[i]) == span.length &&
            memcmp(panel->name[i], span.at, span.length) == 0)
            return i;
    for (int i = 0; i < panel->regions; i++)
        if (same_name(panel->name[i], span.at, span.length)) return i;
    return -1;
}

static const char *name_at(const void *data, size_t i)
{
    return ((const char *const *)data)[i];
}

const char *ku_region_nearest(const ku_region_panel *panel, const char *name)
{
    return ku_text_nearest(name, (size_t)panel->regions, name_at, panel->name);
}

int ku_region_list(const ku_region_panel *panel, const char *text, ku_arena *arena, int *which,
                   const char **unknown)
{
    char mark = strchr(text, ';') != NULL ? ';' : ',';
    int count = 0;
    *unknown = NULL;
    /* one region whose name has a comma in it */
    int whole = ku_region_find(panel, text, strlen(text));
    if (whole >= 0) {
        which[0] = whole;
        return 1;
    }
    while (*text != '\0') {
        const char *end = strchr(text, mark);
        size_t length = end != NULL ? (size_t)(end - text) : strlen(text);
        ku_span name = ku_text_trim(text, length);
        int found = name.length > 0 ? ku_region_find(panel, name.at, name.length) : -1;
        bool known = found < 0;
        for (int i = 0; i < count; i++) known = known || which[i] == found;
        if (!known) which[count++] = found;
        if (found < 0 && name.length > 0 && *unknown == NULL)
            *unknown = ku_arena_strndup(arena, name.at, name.length);
        text += length + (end != NULL);
    }
    return count;
}

/* ---- gaps ----------------------------------------------------------------------------------- */

static bool has_gap(const ku_region_panel *p, int region)
{
    for (int t = 0; t < p->periods; t++)
        if (isnan(p->value[(size_t)region * (size_t)p->periods + (size_t)t])) return true;
    return false;
}

/* Moves what is kept together, which is never further on. */
static void keep(ku_region_panel *p, const bool *region, const bool *period)
{
    size_t to = 0;
    int regions = 0, periods = 0;
    for (int i = 0; i < p->regions; i++)
        for (int t = 0; t < p->periods && region[i]; t++) {
            size_t from = (size_t)i * (size_t)p->periods + (size_t)t;
            if (!period[t]) continue;
            p->value[to] = p->value[from];
            if (p->money != NULL) p->money[to] = p->money[from];
            to++;
        }
    for (int i = 0; i < p->regions; i++)
        if (region[i]) p->name[regions++] = p->name[i];
    for (int t = 0; t < p->periods; t++)
        if (period[t]) p->date[periods++] = p->date[t];
    p->regions = regions;
    p->periods = periods;
}

static int keep_periods(ku_region_panel *p, const bool *needed, ku_arena *arena)
{
    bool *region = KU_ARRAY(arena, (size_t)p->regions, bool);
    bool *period = KU_ARRAY(arena, (size_t)p->periods, bool);
    int lost = 0;
    for (int i = 0; i < p->regions; i++) region[i] = true;
    for (int t = 0; t < p->periods; t++) {
        period[t] = true;
        for (int i = 0; i < p->regions; i++)
            if (needed[i] && isnan(p->value[(size_t)i * (size_t)p->periods + (size_t)t]))
                period[t] = false;
        lost += !period[t];
    }
    if (lost > 0) keep(p, region, period);
    return lost;
}

static int keep_regions(ku_region_panel *p, const bool *needed, ku_arena *arena,
                        const char **example)
{
    bool *region = KU_ARRAY(arena, (size_t)p->regions, bool);
    bool *period = KU_ARRAY(arena, (size_t)p->periods, bool);
    int lost = 0;
    for (int t = 0; t < p->periods; t++) period[t] = true;
    for (int i = 0; i < p->regions; i++) {
        region[i] = needed[i] || !has_gap(p, i);
        if (!region[i] && lost++ == 0) *example = p->name[i];
    }
    if (lost > 0) keep(p, region, period);
    return lost;
}

void ku_region_panel_close(ku_region_panel *panel, const bool *needed, bool zero,
                           ku_run_context *context)
{
    ku_arena *arena = ku_run_arena(context);
    size_t figures = (size_t)panel->regions * (size_t)panel->periods;
    const char *example = "";
    if (zero) {
        for (size_t i = 0; i < figures; i++)
            if (isnan(panel->value[i])) panel->value[i] = 0;
        return;
    }
    int periods = keep_periods(panel, needed, arena);
    int regions = keep_regions(panel, needed, arena, &example);
    if (periods > 0)
        ku_run_remark(context, KU_WARN, "gaps",
                      "On %d date%s a region of the campaign has no figure; left out for all. If "
                      "nothing was sold then, ask for gaps to be zero.",
                      periods, periods == 1 ? "" : "s");
    if (regions > 0)
        ku_run_remark(context, KU_WARN, "gaps",
                      "%d region%s dates without a figure, which leaves out %s%s. If nothing was "
                      "sold then, ask for gaps to be zero.",
                      regions, regions == 1 ? " has" : "s have", example,
                      regions == 1 ? "" : " and others");
}
