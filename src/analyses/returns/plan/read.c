/* read.c - the draws of the response as arrays, and what was spent so far as a grid. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analyses/returns/plan/planning.h"

enum { MOST_DRAWS = 500 };

/* ---- the response ------------------------------------------------------------------------- */

/* What of the table is used, by row. */
typedef struct response_table {
    const ku_frame *frame;
    const ku_column *draw, *channel, *region, *adstock, *saturation;
    int *channel_of, *region_of; /* by code of the dictionary; -1: left out */
    int64_t *draws;              /* sorted */
    int draw_count, every;       /* every so many-th is used */
} response_table;

static double number_at(const ku_frame *frame, const char *name, int64_t row, double otherwise)
{
    const ku_column *column = ku_frame_column(frame, name);
    double x = column != NULL ? ku_column_number(column, row) : NAN;
    return isnan(x) ? otherwise : x;
}

static int by_number(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

static void list_draws(response_table *t, ku_arena *arena)
{
    int64_t rows = t->frame->rows, count = 0;
    t->draws = KU_ARRAY(arena, (size_t)rows + 1, int64_t);
    memcpy(t->draws, t->draw->as.i64, (size_t)rows * sizeof *t->draws);
    qsort(t->draws, (size_t)rows, sizeof *t->draws, by_number);
    for (int64_t i = 0; i < rows; i++)
        if (count == 0 || t->draws[i] != t->draws[count - 1]) t->draws[count++] = t->draws[i];
    t->every = (int)((count + MOST_DRAWS - 1) / MOST_DRAWS);
    t->draw_count = (int)((count + t->every - 1) / t->every);
    for (int i = 0; i < t->draw_count; i++) t->draws[i] = t->draws[(int64_t)i * t->every];
}

static int place_of(const response_table *t, int64_t draw)
{
    const int64_t *found = bsearch(&draw, t->draws, (size_t)t->draw_count, sizeof draw, by_number);
    return found != NULL ? (int)(found - t->draws) : -1;
}

/* Channels whose money buys nothing known (organic ones) cannot be planned. */
static bool *priced_channels(const response_table *t, ku_arena *arena)
{
    bool *priced = KU_ARRAY(arena, (size_t)t->channel->dictionary.size + 1, bool);
    for (int64_t row = 0; row < t->frame->rows; row++)
        if (number_at(t->frame, "price", row, 0) > 0) priced[t->channel->as.codes[row]] = true;
    return priced;
}

static void name_all(planning *p, response_table *t)
{
    const ku_dictionary *channels = &t->channel->dictionary, *regions = &t->region->dictionary;
    bool *priced = priced_channels(t, p->arena);
    t->channel_of = KU_ARRAY(p->arena, (size_t)channels->size + 1, int);
    t->region_of = KU_ARRAY(p->arena, (size_t)regions->size + 1, int);
    for (int32_t code = 0; code < channels->size; code++) {
        int32_t length;
        const char *text = ku_dictionary_at(channels, code, &length);
        const char *name = ku_arena_strndup(p->arena, text, (size_t)length);
        t->channel_of[code] = priced[code] ? ku_returns_name(&p->channel, name, p->arena) : -1;
        if (!priced[code])
            ku_run_remark(p->context, KU_NOTE, "channels",
                          "%s has no price in the model, so no money can be planned for it; it is "
                          "left out.",
                          name);
    }
    for (int32_t code = 0; code < regions->size; code++) {
        int32_t length;
        const char *text = ku_dictionary_at(regions, code, &length);
        t->region_of[code] = ku_returns_name(
            &p->region, ku_arena_strndup(p->arena, text, (size_t)length), p->arena);
    }
}

static ku_status read_kind(const ku_frame *f, int64_t row, ku_arena *arena, ku_response_form *form,
                           ku_error *err)
{
    const char *adstock = ku_column_text(ku_frame_column(f, "adstock"), row, arena);
    const char *saturation = ku_column_text(ku_frame_column(f, "saturation"), row, arena);
    double lag = number_at(f, "lag", row, 0);
    *form = (ku_response_form){.adstock = ku_adstock_find(adstock),
                               .saturation = ku_saturation_find(saturation),
                               .lag = lag >= 0 && lag <= KU_ADSTOCK_LONGEST ? (int)lag : -1,
                               .normalised = number_at(f, "normalised", row, 1) != 0,
                               .saturated_first = number_at(f, "saturated_first", row, 0) != 0};
    if (form->adstock == KU_ADSTOCK_COUNT)
        return ku_error_set(err, KU_BAD_DATA, "response", "\"%.40s\" is no kind of adstock",
                            adstock);
    if (form->saturation == KU_SATURATION_COUNT)
        return ku_error_set(err, KU_BAD_DATA, "response", "\"%.40s\" is no kind of saturation",
                            saturation);
    if (form->lag < 0)
        return ku_error_set(err, KU_BAD_DATA, "response", "a lag must be 0 to %d periods, not %g",
                            KU_ADSTOCK_LONGEST, lag);
    return KU_OK;
}

static bool good_values(const ku_response_form *form, const ku_response_values *v)
{
    bool weibull = form->adstock == KU_ADSTOCK_WEIBULL_CDF ||
                   form->adstock == KU_ADSTOCK_WEIBULL_PDF;
    bool carry = weibull ? v->carry > 0 && v->delay > 0 : v->carry >= 0 && v->carry <= 1;
    return carry && v->delay >= 0 && v->half > 0 && v->slope > 0 && isfinite(v->half) &&
           isfinite(v->slope) && isfinite(v->carry) && isfinite(v->delay);
}

typedef struct response_arrays {
    ku_response_form *form;
    ku_response_values *values;
    double *coefficient, *unit;
    bool *seen;
} response_arrays;

static ku_status read_row(planning *p, const response_table *t, response_arrays *a, int64_t row,
                          ku_error *err)
{
    const ku_frame *f = t->frame;
    int draw = place_of(t, t->draw->as.i64[row]), c = t->channel_of[t->channel->as.codes[row]];
    int g = t->region_of[t->region->as.codes[row]];
    if (draw < 0 || c < 0) return KU_OK;
    size_t at = ((size_t)draw * (size_t)p->channel.count + (size_t)c) * (size_t)p->region.count +
                (size_t)g;
    if (a->seen[at])
        return ku_error_set(err, KU_BAD_DATA, "response", "draw %lld of %s has two rows for %s",
                            (long long)t->draw->as.i64[row], p->channel.name[c], p->region.name[g]);
    a->seen[at] = true;
    if (draw == 0) KU_TRY(read_kind(f, row, p->arena, &a->form[c], err));
    a->values[at] = (ku_response_values){
        number_at(f, "carry", row, 0), number_at(f, "delay", row, 0), number_at(f, "half", row, 1),
        number_at(f, "slope", row, 1)};
    double scale = number_at(f, "scale", row, NAN), price = number_at(f, "price", row, NAN);
    a->coefficient[at] = number_at(f, "coefficient", row, NAN);
    a->unit[at] = scale > 0 && price > 0 ? 1 / (scale * price) : 0; /* money buys nothing there */
    p->price[c * p->region.count + g] = price > 0 ? price : NAN;
    if (!isfinite(a->coefficient[at]) || !isfinite(a->unit[at]))
        return ku_error_set(err, KU_BAD_DATA, "response",
                            "row %lld: coefficient and scale must be numbers", (long long)row + 1);
    return KU_OK;
}

static ku_status check_complete(const planning *p, const response_table *t,
                                const response_arrays *a, ku_error *err)
{
    int regions = p->region.count, channels = p->channel.count;
    for (int i = 0; i < t->draw_count * channels * regions; i++) {
        int c = i / regions % channels, g = i % regions;
        if (!a->seen[i])
            return ku_error_set(err, KU_BAD_DATA, "response", "draw %lld of %s has no row for %s",
                                (long long)t->draws[i / regions / channels], p->channel.name[c],
                                p->region.name[g]);
        if (!good_values(&a->form[c], &a->values[i]))
            return ku_error_set(err, KU_BAD_DATA, "response",
                                "draw %lld of %s in %s: carry-over, half-saturation or slope are "
                                "outside what they can be",
                                (long long)t->draws[i / regions / channels], p->channel.name[c],
                                p->region.name[g]);
    }
    return KU_OK;
}

/* Hill's curve with a slope of 1 in all draws has a faster form. */
static void simplify(const planning *p, const response_table *t, response_arrays *a, int channel)
{
    if (a->form[channel].saturation != KU_SATURATION_HILL) return;
    for (int d = 0; d < t->draw_count; d++)
        for (int g = 0; g < p->region.count; g++)
            if (a->values[(d * p->channel.count + channel) * p->region.count + g].slope != 1)
                return;
    a->form[channel].saturation = KU_SATURATION_MICHAELIS_MENTEN;
}

static ku_status read_response(planning *p, ku_error *err)
{
    response_table t = {.frame = ku_frames_find(p->in, "response")};
    t.draw = ku_frame_column(t.frame, "draw");
    t.channel = ku_frame_column(t.frame, "channel");
    t.region = ku_frame_column(t.frame, "region");
    list_draws(&t, p->arena);
    name_all(p, &t);
    if (p->channel.count == 0)
        return ku_error_set(err, KU_BAD_DATA, "response",
                            "no channel has a price, so there is nothing to plan");
    size_t rows = (size_t)t.draw_count * (size_t)p->channel.count * (size_t)p->region.count;
    response_arrays a = {KU_ARRAY(p->arena, (size_t)p->channel.count, ku_response_form),
                         KU_ARRAY(p->arena, rows, ku_response_values),
                         KU_ARRAY(p->arena, rows, double), KU_ARRAY(p->arena, rows, double),
                         KU_ARRAY(p->arena, rows, bool)};
    p->price = KU_ARRAY(p->arena, (size_t)(p->channel.count * p->region.count), double);
    for (int64_t row = 0; row < t.frame->rows; row++) KU_TRY(read_row(p, &t, &a, row, err));
    KU_TRY(check_complete(p, &t, &a, err));
    for (int c = 0; c < p->channel.count; c++) simplify(p, &t, &a, c);
    p->media = (ku_plan_media){.channels = p->channel.count,
                               .regions = p->region.count,
                               .draws = t.draw_count,
                               .form = a.form,
                               .values = a.values,
                               .coefficient = a.coefficient,
                               .unit = a.unit};
    return KU_OK;
}

/* ---- what was spent -------------------------------------------------------------------------- */

static int by_day(const void *a, const void *b)
{
    int32_t x = *(const int32_t *)a, y = *(const int32_t *)b;
    return (x > y) - (x < y);
}

/* The commonest distance between dates that follow each other: 1, 7, or 0 for months. */
static int step_of(const int32_t *date, int count)
{
    int days = 0, weeks = 0, months = 0;
    for (int i = 1; i < count; i++) {
        int32_t apart = date[i] - date[i - 1];
        days += apart < 7;
        weeks += apart >= 7 && apart < 28;
        months += apart >= 28;
    }
    return months > days && months > weeks ? 0 : days > weeks ? 1 : 7;
}

static void find_periods(planning *p, int32_t *days, size_t rows)
{
    int count = 0;
    qsort(days, rows, sizeof *days, by_day);
    for (size_t i = 0; i < rows; i++)
        if (count == 0 || days[i] != days[count - 1]) days[count++] = days[i];
    p->first = days[0];
    p->step = step_of(days, count);
    p->past = planning_period(p, days[count - 1]) + 1;
}

int planning_period(const planning *p, int32_t day)
{
    if (p->step > 0) return (int)floor((double)(day - p->first) / p->step);
    ku_civil from = ku_date_to_civil(p->first), to = ku_date_to_civil(day);
    return (to.year - from.year) * 12 + to.month - from.month;
}

int32_t planning_period_date(const planning *p, int period)
{
    if (p->step > 0) return p->first + period * p->step;
    ku_civil from = ku_date_to_civil(p->first);
    int months = from.year * 12 + from.month - 1 + period;
    return ku_date_from_civil(months / 12, months % 12 + 1, 1);
}

/* Adds one row of media; money for everywhere is shared out as `share` [region] says. */
static void add_spend(planning *p, int c, int g, int t, double spend, double worked)
{
    int regions = p->region.count;
    size_t at = ((size_t)c * (size_t)p->past + (size_t)t) * (size_t)regions;
    int from = g >= 0 ? g : 0, until = g >= 0 ? g + 1 : regions;
    for (g = from; g < until; g++) {
        p->spent[at + (size_t)g] += spend / (until - from);
        p->worked[at + (size_t)g] += worked / (until - from);
    }
}

/* One row of media, whichever table it is from. */
typedef struct media_row {
    int32_t date;
    const char *channel, *region; /* region NULL: everywhere */
    double spend, exposure;       /* NAN: not given */
} media_row;

typedef struct strangers { /* rows of names that the model does not know */
    int64_t channels, regions;
    const char *channel, *region;
} strangers;

static void take_row(planning *p, const media_row *row, strangers *unknown)
{
    int c = ku_returns_name_find(&p->channel, row->channel);
    int g = row->region != NULL ? ku_returns_name_find(&p->region, row->region) : -1;
    if (p->region.count == 1) g = 0; /* the model is of the whole */
    if (c < 0) {
        unknown->channels++;
        unknown->channel = row->channel;
        return;
    }
    if (g < 0 && row->region != NULL) {
        unknown->regions++;
        unknown->region = row->region;
        return;
    }
    double spend = row->spend > 0 ? row->spend : 0;
    double price = p->price[c * p->region.count + (g >= 0 ? g : 0)];
    bool known = row->exposure >= 0 && price > 0;
    add_spend(p, c, g, planning_period(p, row->date), spend, known ? row->exposure * price : spend);
}

static media_row *rows_of_media(const planning *p, const ku_frame *f, size_t *count)
{
    media_row *rows = KU_ARRAY(p->arena, (size_t)f->rows + 1, media_row);
    for (int64_t i = 0; i < f->rows; i++)
        rows[i] = (media_row){ku_frame_column(f, "date")->as.days[i],
                              ku_column_text(ku_frame_column(f, "channel"), i, p->arena),
                              ku_column_text(ku_frame_column(f, "region"), i, p->arena),
                              number_at(f, "spend", i, NAN), number_at(f, "exposure", i, NAN)};
    *count = (size_t)f->rows;
    return rows;
}

/* The wide table is read as the model reads it when nothing is set. */
static ku_status rows_of_wide(const planning *p, const ku_frame *f, media_row **out, size_t *count,
                              ku_error *err)
{
    ku_params *params;
    ku_returns_findings findings = {.arena = p->arena};
    ku_returns_rows wide = {0};
    const ku_analysis *mix = ku_analysis_find("returns.mix");
    KU_TRY(ku_params_parse(mix, NULL, 0, p->arena, &params, err));
    KU_TRY(ku_returns_read_wide(f, params, &findings, p->arena, &wide, err));
    *out = KU_ARRAY(p->arena, wide.media_count + 1, media_row);
    *count = wide.media_count;
    for (size_t i = 0; i < wide.media_count; i++) {
        const ku_returns_media_row *row = &wide.media[i];
        (*out)[i] = (media_row){row->date, wide.channel.name[row->channel],
                                row->region >= 0 ? wide.region.name[row->region] : NULL, row->spend,
                                row->exposure};
    }
    return KU_OK;
}

static bool any_planned(const planning *p, const media_row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (rows[i].spend > 0 && ku_returns_name_find(&p->channel, rows[i].channel) >= 0)
            return true;
    return false;
}

static void tell_strangers(const planning *p, const strangers *unknown)
{
    if (unknown->channels > 0)
        ku_run_remark(p->context, KU_NOTE, "media",
                      "%lld rows are of channels that are not planned, such as %s; left out.",
                      (long long)unknown->channels, unknown->channel);
    if (unknown->regions > 0)
        ku_run_remark(
            p->context, KU_WARN, "media",
            "%lld rows are of regions that the model does not know, such as %s; left out.",
            (long long)unknown->regions, unknown->region);
}

/* The table media where it has spend of the model's channels, else the wide one. */
static ku_status read_media(planning *p, ku_error *err)
{
    const ku_frame *media = ku_frames_find(p->in, "media"), *wide = ku_frames_find(p->in, "wide");
    media_row *rows = NULL;
    size_t count = 0;
    strangers unknown = {0};
    if (media != NULL) rows = rows_of_media(p, media, &count);
    if (wide != NULL && !any_planned(p, rows, count))
        KU_TRY(rows_of_wide(p, wide, &rows, &count, err));
    if (!any_planned(p, rows, count))
        return ku_error_set(err, KU_BAD_DATA, "media",
                            "no spend on the model's channels is known: import the fact spend, or "
                            "give the table that the model was made from: --in media=FILE");
    int32_t *days = KU_ARRAY(p->arena, count, int32_t);
    for (size_t i = 0; i < count; i++) days[i] = rows[i].date;
    find_periods(p, days, count);
    size_t all = (size_t)p->channel.count * (size_t)p->past * (size_t)p->region.count;
    p->spent = KU_ARRAY(p->arena, all, double);
    p->worked = KU_ARRAY(p->arena, all, double);
    for (size_t i = 0; i < count; i++) take_row(p, &rows[i], &unknown);
    tell_strangers(p, &unknown);
    return KU_OK;
}

ku_status planning_read(planning *p, ku_error *err)
{
    KU_TRY(read_response(p, err));
    return read_media(p, err);
}
