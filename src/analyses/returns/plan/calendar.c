/* calendar.c - the periods of the plan, the stretches of the calendar that amounts are planned
 * for, the cells, and what a plan like today's is: what was spent in the same weeks a year ago. */
#include <math.h>
#include <string.h>

#include "analyses/returns/plan/planning.h"

static int32_t plus_months(int32_t day, int months)
{
    ku_civil c = ku_date_to_civil(day);
    int all = c.year * 12 + c.month - 1 + months;
    int32_t first = ku_date_from_civil(all / 12, all % 12 + 1, 1);
    int32_t next = ku_date_from_civil((all + 1) / 12, (all + 1) % 12 + 1, 1);
    int32_t same = first + c.day - 1;
    return same < next ? same : next - 1;
}

static bool begins_stretch(const planning *p, int32_t before, int32_t now)
{
    ku_civil a = ku_date_to_civil(before), b = ku_date_to_civil(now);
    bool month = a.year != b.year || a.month != b.month;
    if (strcmp(p->by, "whole") == 0) return false;
    if (strcmp(p->by, "week") == 0) return p->step != 1 || ku_date_weekday(now) == 1;
    if (strcmp(p->by, "quarter") == 0) return month && (b.month - 1) % 3 == 0;
    return month;
}

/* Periods from the start until `months` later, and the stretches they fall into. */
static ku_status lay_out(planning *p, ku_error *err)
{
    int months = (int)ku_param_int(p->params, "months"), count = 0, longest = 0;
    int32_t begin = ku_param_set(p->params, "start") ? ku_param_date(p->params, "start")
                                                     : planning_period_date(p, p->past);
    p->start = planning_period(p, begin);
    if (planning_period_date(p, p->start) < begin) p->start++;
    if (p->start < 1)
        return ku_error_set(err, KU_BAD_DATA, "start",
                            "the plan begins before anything was spent; begin it after the first "
                            "spend of the table media");
    begin = planning_period_date(p, p->start);
    int32_t end = plus_months(begin, months);
    while (planning_period_date(p, p->start + count) < end) count++;
    p->media.periods = count;
    p->date = KU_ARRAY(p->arena, (size_t)count, int32_t);
    p->stretch_of = KU_ARRAY(p->arena, (size_t)count, int);
    p->stretch_date = KU_ARRAY(p->arena, (size_t)count, int32_t);
    p->by = ku_param_text_value(p->params, "by");
    for (int t = 0; t < count; t++) {
        p->date[t] = planning_period_date(p, p->start + t);
        if (t == 0 || begins_stretch(p, p->date[t - 1], p->date[t]))
            p->stretch_date[p->stretches++] = p->date[t];
        p->stretch_of[t] = p->stretches - 1;
    }
    for (int c = 0; c < p->channel.count; c++)
        if (p->media.form[c].lag > longest) longest = p->media.form[c].lag;
    p->media.tail = longest;
    p->media.before = p->start < longest ? p->start : longest;
    return KU_OK;
}

int planning_stretch(const planning *p, int32_t day)
{
    int found = -1;
    if (day >= plus_months(p->stretch_date[p->stretches - 1], 12)) return -1;
    for (int b = 0; b < p->stretches && p->stretch_date[b] <= day; b++) found = b;
    return found;
}

const char *planning_stretch_name(const planning *p, int stretch)
{
    static const char *const months[] = {"January",   "February", "March",    "April",
                                         "May",       "June",     "July",     "August",
                                         "September", "October",  "November", "December"};
    char day[KU_DATE_TEXT];
    ku_civil c = ku_date_to_civil(p->stretch_date[stretch]);
    if (strcmp(p->by, "month") == 0)
        return ku_arena_printf(p->arena, "%s %d", months[c.month - 1], c.year);
    if (strcmp(p->by, "whole") == 0) return "the whole time";
    ku_date_show(p->stretch_date[stretch], day);
    return ku_arena_printf(p->arena, "%s of %s",
                           strcmp(p->by, "week") == 0 ? "the week" : "the quarter", day);
}

/* ---- history ----------------------------------------------------------------------------------- */

/* What works on in the first planned periods; after the last known period nothing was spent. */
static void take_history(planning *p)
{
    int before = p->media.before, regions = p->region.count;
    double *history = KU_ARRAY(p->arena, (size_t)(p->channel.count * before) * (size_t)regions + 1,
                               double);
    for (int c = 0; c < p->channel.count; c++)
        for (int t = 0; t < before; t++) {
            int from = p->start - before + t;
            if (from >= p->past) continue;
            memcpy(history + (size_t)(c * before + t) * (size_t)regions,
                   p->worked + (size_t)(c * p->past + from) * (size_t)regions,
                   (size_t)regions * sizeof *history);
        }
    p->media.history = history;
    if (p->start > p->past)
        ku_run_remark(p->context, KU_WARN, "start",
                      "Nothing is known of the %d periods between the last spend and the plan's "
                      "start; they count as without spend.",
                      p->start - p->past);
}

static int year_of(const planning *p)
{
    return p->step == 0 ? 12 : (364 + p->step - 1) / p->step;
}

/* What the channel spent in the region in the planned period a year before, or on average. */
static double year_ago(const planning *p, int c, int g, int period)
{
    int known = p->past < p->start ? p->past : p->start, at = p->start + period;
    while (at >= known) at -= year_of(p);
    if (at >= 0)
        return p->spent[((size_t)c * (size_t)p->past + (size_t)at) * (size_t)p->region.count +
                        (size_t)g];
    double sum = 0;
    for (int t = 0; t < known; t++)
        sum += p->spent[((size_t)c * (size_t)p->past + (size_t)t) * (size_t)p->region.count +
                        (size_t)g];
    return sum / known;
}

/* ---- cells ---------------------------------------------------------------------------------------- */

static ku_status read_groups(planning *p, ku_error *err)
{
    const ku_frame *f = ku_frames_find(p->in, "groups");
    bool together = strcmp(ku_param_text_value(p->params, "regions"), "together") == 0;
    p->group_of = KU_ARRAY(p->arena, (size_t)p->region.count, int);
    for (int g = 0; g < p->region.count; g++) p->group_of[g] = -1;
    for (int64_t row = 0; f != NULL && row < f->rows; row++) {
        const char *region = ku_column_text(ku_frame_column(f, "region"), row, p->arena);
        const char *group = ku_column_text(ku_frame_column(f, "group"), row, p->arena);
        int g = ku_returns_name_find(&p->region, region);
        if (g < 0)
            return ku_error_set(err, KU_BAD_DATA, "groups",
                                "row %lld: the model knows no region \"%s\"", (long long)row + 1,
                                region);
        p->group_of[g] = ku_returns_name(&p->group, group, p->arena);
    }
    for (int g = 0; g < p->region.count; g++)
        if (p->group_of[g] < 0)
            p->group_of[g] = ku_returns_name(
                &p->group, together && p->region.count > 1 ? "All regions" : p->region.name[g],
                p->arena);
    return KU_OK;
}

static size_t grid_at(const planning *p, int c, int t, int g)
{
    return ((size_t)c * (size_t)p->media.periods + (size_t)t) * (size_t)p->region.count + (size_t)g;
}

/* The share of a channel's money in each region of its group, as it was in the past; where
 * nothing was, alike. */
static void region_shares(const planning *p, int c, double *share)
{
    double *sum = KU_ARRAY(p->arena, (size_t)p->group.count, double);
    int *count = KU_ARRAY(p->arena, (size_t)p->group.count, int);
    for (int g = 0; g < p->region.count; g++) {
        share[g] = 0;
        for (int t = 0; t < p->past; t++)
            share[g] +=
                p->spent[((size_t)c * (size_t)p->past + (size_t)t) * (size_t)p->region.count +
                         (size_t)g];
        sum[p->group_of[g]] += share[g];
        count[p->group_of[g]]++;
    }
    for (int g = 0; g < p->region.count; g++) {
        int group = p->group_of[g];
        share[g] = sum[group] > 0 ? share[g] / sum[group] : 1. / count[group];
    }
}

/* Every planned period and region belongs to a cell; within a stretch money runs evenly, or, if
 * so asked for, as it did a year before. */
static void make_cells(planning *p)
{
    size_t all = (size_t)p->channel.count * (size_t)p->media.periods * (size_t)p->region.count;
    bool even = strcmp(ku_param_text_value(p->params, "within"), "even") == 0;
    double *share = KU_ARRAY(p->arena, (size_t)p->region.count, double);
    p->cells = p->channel.count * p->group.count * p->stretches;
    p->cell = KU_ARRAY(p->arena, all, int);
    p->weight = KU_ARRAY(p->arena, all, double);
    p->today = KU_ARRAY(p->arena, (size_t)p->cells, double);
    double *even_sum = KU_ARRAY(p->arena, (size_t)p->cells, double);
    for (int c = 0; c < p->channel.count; c++) {
        region_shares(p, c, share);
        for (int t = 0; t < p->media.periods; t++)
            for (int g = 0; g < p->region.count; g++) {
                int cell = planning_cell(p, c, p->group_of[g], p->stretch_of[t]);
                size_t at = grid_at(p, c, t, g);
                p->cell[at] = cell;
                p->weight[at] = year_ago(p, c, g, t);
                p->today[cell] += p->weight[at];
                even_sum[cell] += share[g];
            }
        for (int t = 0; t < p->media.periods; t++)
            for (int g = 0; g < p->region.count; g++) {
                size_t at = grid_at(p, c, t, g);
                int cell = p->cell[at];
                p->weight[at] = even || !(p->today[cell] > 0) ? share[g] / even_sum[cell]
                                                              : p->weight[at] / p->today[cell];
            }
    }
    for (int i = 0; i < p->cells; i++) p->today[i] *= p->minor;
}

/* The most that a channel spent in a group within as many periods as a stretch has. */
static void find_busiest(planning *p)
{
    int length = (p->media.periods + p->stretches - 1) / p->stretches;
    p->busiest = KU_ARRAY(p->arena, (size_t)(p->channel.count * p->group.count), double);
    double *by_period = KU_ARRAY(p->arena, (size_t)p->past, double);
    for (int c = 0; c < p->channel.count; c++)
        for (int group = 0; group < p->group.count; group++) {
            double sum = 0, *most = &p->busiest[c * p->group.count + group];
            for (int t = 0; t < p->past; t++) {
                by_period[t] = 0;
                for (int g = 0; g < p->region.count; g++)
                    if (p->group_of[g] == group)
                        by_period[t] += p->spent[((size_t)c * (size_t)p->past + (size_t)t) *
                                                     (size_t)p->region.count +
                                                 (size_t)g];
                sum += by_period[t] - (t >= length ? by_period[t - length] : 0);
                *most = fmax(*most, sum * p->minor);
            }
        }
}

ku_status planning_calendar(planning *p, ku_error *err)
{
    p->minor = pow(10, (double)ku_param_int(p->params, "decimals"));
    KU_TRY(lay_out(p, err));
    KU_TRY(read_groups(p, err));
    take_history(p);
    make_cells(p);
    find_busiest(p);
    return KU_OK;
}
