/* grid.c - rows as grids of periods and regions.
 *
 * Everything is laid out by region first and put together for the whole country at the end where
 * that is asked for, so that both see the same data. Spend without a region is shared out by the
 * regions' populations, or by what they sell where those are not known. Weeks begin on
 * the weekday the outcome's own dates fall on, as weekly tables of Sundays and of Mondays are
 * both usual. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analyses/returns/data.h"
#include "base/format.h"

enum { CELLS_MOST = 4000000, PERIODS_MOST = 20000 };

typedef struct gridding {
    const ku_returns_rows *rows;
    const ku_params *params;
    ku_returns_findings *findings;
    ku_arena *arena;
    ku_returns_data *data;
    int32_t anchor; /* first day of the first period of the outcome */
    bool own_weeks; /* weeks counted from the anchor, not ISO */
    int *place;     /* [region of the rows]: its number in the data, -1: none */
    double *weight; /* [region of the data]: share of the whole */
    int most_before;
} gridding;

/* ---- time --------------------------------------------------------------------------------- */

static int floor_division(int a, int b)
{
    return a >= 0 ? a / b : -((-a + b - 1) / b);
}

static int period_of(const gridding *g, int32_t date)
{
    if (g->own_weeks) return floor_division(date - g->anchor, 7);
    return (int)ku_period_between(g->data->period, g->anchor, date);
}

static int32_t period_start(const gridding *g, int period)
{
    if (g->own_weeks) return g->anchor + 7 * period;
    return ku_period_add(g->data->period, g->anchor, period);
}

static bool within(const gridding *g, int32_t date)
{
    if (ku_param_set(g->params, "from") && date < ku_param_date(g->params, "from")) return false;
    return !ku_param_set(g->params, "until") || date <= ku_param_date(g->params, "until");
}

static int by_date(const void *a, const void *b)
{
    int32_t x = *(const int32_t *)a, y = *(const int32_t *)b;
    return (x > y) - (x < y);
}

/* The outcome's dates, each once, in order; their count. */
static size_t list_dates(const gridding *g, int32_t *dates)
{
    size_t count = 0, kept = 0;
    for (size_t i = 0; i < g->rows->outcome_count; i++)
        if (within(g, g->rows->outcome[i].date)) dates[count++] = g->rows->outcome[i].date;
    qsort(dates, count, sizeof *dates, by_date);
    for (size_t i = 0; i < count; i++)
        if (kept == 0 || dates[kept - 1] != dates[i]) dates[kept++] = dates[i];
    return kept;
}

/* The usual distance between dates that follow each other: the middle one. */
static int usual_step(const int32_t *dates, size_t count, ku_arena *arena)
{
    if (count < 2) return 0;
    int32_t *steps = KU_ARRAY(arena, count, int32_t);
    for (size_t i = 1; i < count; i++) steps[i - 1] = dates[i] - dates[i - 1];
    qsort(steps, count - 1, sizeof *steps, by_date);
    return steps[(count - 1) / 2];
}

static ku_status check_step(const gridding *g, int step, ku_error *err)
{
    ku_period period = g->data->period;
    bool monthly = step >= 27 && period < KU_PERIOD_MONTH;
    bool weekly = step >= 6 && period == KU_PERIOD_DAY;
    if (!monthly && !weekly) return KU_OK;
    return ku_error_set(err, KU_BAD_DATA, "period",
                        "the outcome has a date every %d days, but periods are to be %ss: run it"
                        " with --period %s",
                        step, ku_period_name(period), monthly ? "month" : "week");
}

static ku_status lay_time(gridding *g, ku_error *err)
{
    ku_returns_data *d = g->data;
    int32_t *dates = KU_ARRAY(g->arena, g->rows->outcome_count + 1, int32_t);
    size_t count = list_dates(g, dates);
    if (count == 0)
        return ku_error_set(err, KU_BAD_DATA, "outcome",
                            "no outcome lies between the days asked for");
    KU_TRY(check_step(g, usual_step(dates, count, g->arena), err));
    bool same_weekday = d->period == KU_PERIOD_WEEK;
    for (size_t i = 1; i < count && same_weekday; i++)
        same_weekday = (dates[i] - dates[0]) % 7 == 0;
    g->own_weeks = same_weekday;
    g->anchor = same_weekday ? dates[0] : ku_period_floor(d->period, dates[0]);
    d->periods = period_of(g, dates[count - 1]) + 1;
    if (d->periods > PERIODS_MOST)
        return ku_error_set(err, KU_TOO_LARGE, "outcome",
                            "%d periods are more than %d: take longer"
                            " periods or give --from",
                            d->periods, PERIODS_MOST);
    int earliest = 0;
    for (size_t i = 0; i < g->rows->media_count; i++) {
        int at = period_of(g, g->rows->media[i].date);
        if (at < earliest) earliest = at;
    }
    d->before = earliest < -g->most_before ? g->most_before : -earliest;
    int32_t *first = KU_ARRAY(g->arena, (size_t)(d->before + d->periods), int32_t);
    for (int t = -d->before; t < d->periods; t++) first[d->before + t] = period_start(g, t);
    d->date = first;
    return KU_OK;
}

/* ---- regions ------------------------------------------------------------------------------ */

static ku_status lay_regions(gridding *g, ku_error *err)
{
    const ku_returns_rows *rows = g->rows;
    ku_returns_data *d = g->data;
    const char **names = KU_ARRAY(g->arena, (size_t)rows->region.count + 1, const char *);
    bool nowhere = false;
    g->place = KU_ARRAY(g->arena, (size_t)rows->region.count + 1, int);
    for (int r = 0; r < rows->region.count; r++) g->place[r] = -1;
    for (size_t i = 0; i < rows->outcome_count; i++) {
        int r = rows->outcome[i].region;
        if (!within(g, rows->outcome[i].date)) continue;
        if (r < 0) nowhere = true;
        if (r < 0 || g->place[r] >= 0) continue;
        g->place[r] = d->regions;
        names[d->regions++] = rows->region.name[r];
    }
    if (d->regions > 0 && nowhere)
        return ku_error_set(err, KU_BAD_DATA, "outcome",
                            "some rows have a region and some have none; give each row its region,"
                            " or none");
    if (d->regions == 0) names[d->regions++] = "All";
    d->region = names;
    if ((double)d->regions * (d->before + d->periods) > CELLS_MOST)
        return ku_error_set(err, KU_TOO_LARGE, "outcome",
                            "%d regions in %d periods are more than can be worked on; run it for"
                            " the whole country or for fewer regions",
                            d->regions, d->periods);
    return KU_OK;
}

/* The region of a row in the data; -1: everywhere, -2: one that the outcome does not have. */
static int region_at(const gridding *g, int region)
{
    if (region < 0) return -1;
    if (g->data->regions == 1 && g->place[region] < 0) {
        for (int r = 0; r < g->rows->region.count; r++)
            if (g->place[r] >= 0) return -2;
        return 0; /* an outcome without regions takes all there is */
    }
    return g->place[region] >= 0 ? g->place[region] : -2;
}

/* ---- the outcome -------------------------------------------------------------------------- */

static int by_cell(const void *a, const void *b)
{
    const ku_returns_outcome_row *x = a, *y = b;
    if (x->region != y->region) return x->region < y->region ? -1 : 1;
    return (x->date > y->date) - (x->date < y->date);
}

/* Rows that say twice what happened on one day in one region would count it twice. */
static void find_duplicates(const gridding *g)
{
    size_t count = g->rows->outcome_count, twice = 0;
    ku_returns_outcome_row *copy = KU_ARRAY(g->arena, count + 1, ku_returns_outcome_row);
    memcpy(copy, g->rows->outcome, count * sizeof *copy);
    qsort(copy, count, sizeof *copy, by_cell);
    for (size_t i = 1; i < count; i++) twice += by_cell(&copy[i - 1], &copy[i]) == 0;
    ku_returns_find(g->findings, "Duplicates", "", twice > 0 ? KU_WARN : KU_NOTE, (double)twice,
                    "count",
                    twice > 0 ? ku_arena_printf(g->arena,
                                                "%zu rows of the outcome stand for a day and region"
                                                " that another row stands for too; they were added"
                                                " up.",
                                                twice)
                              : "Each day and region stands in one row of the outcome.",
                    twice > 0 ? "Take them out where they are the same sales twice." : "");
}

static void lay_outcome(gridding *g)
{
    ku_returns_data *d = g->data;
    size_t cells = (size_t)d->periods * (size_t)d->regions;
    double *money = KU_ARRAY(g->arena, cells, double);
    double *people = KU_ARRAY(g->arena, (size_t)d->regions, double);
    bool with_revenue = false;
    int known = 0;
    d->outcome = KU_ARRAY(g->arena, cells, double);
    d->revenue = KU_ARRAY(g->arena, cells, double);
    for (size_t i = 0; i < cells; i++) d->outcome[i] = NAN;
    for (size_t i = 0; i < g->rows->outcome_count; i++) {
        const ku_returns_outcome_row *row = &g->rows->outcome[i];
        if (!within(g, row->date)) continue;
        int r = row->region < 0 ? 0 : g->place[row->region];
        size_t at = (size_t)period_of(g, row->date) * (size_t)d->regions + (size_t)r;
        if (isfinite(row->population) && row->population > 0) people[r] = row->population;
        if (!isfinite(row->value)) continue;
        with_revenue = with_revenue || isfinite(row->revenue);
        d->outcome[at] = isfinite(d->outcome[at]) ? d->outcome[at] + row->value : row->value;
        if (!isfinite(row->revenue)) continue;
        money[at] += row->value * row->revenue;
        d->revenue[at] = row->revenue; /* where the value is 0 */
    }
    for (int r = 0; r < d->regions; r++) known += people[r] > 0;
    d->population = known == d->regions ? people : NULL;
    if (d->regions > 1 || known > 0)
        ku_returns_find(
            g->findings, "Population", "", known == d->regions ? KU_NOTE : KU_WARN, known, "count",
            known == d->regions ? "The population of every region is known."
                                : ku_arena_printf(g->arena,
                                                  "The population of %d of %d regions is not known;"
                                                  " what they sell is taken for their size.",
                                                  d->regions - known, d->regions),
            known == d->regions ? "" : "Give population with the outcome.");
    if (!with_revenue) d->revenue = NULL;
    for (size_t i = 0; i < cells && with_revenue; i++)
        if (isfinite(d->outcome[i]) && fabs(d->outcome[i]) > 0)
            d->revenue[i] = money[i] / d->outcome[i];
}

/* A cell without revenue per unit takes its region's mean, else everyone's. */
static void fill_revenue(ku_returns_data *d)
{
    double all = 0, all_count = 0;
    size_t cells = (size_t)d->periods * (size_t)d->regions;
    for (size_t i = 0; i < cells; i++)
        if (d->revenue[i] > 0) all += d->revenue[i], all_count++;
    for (int r = 0; r < d->regions; r++) {
        double sum = 0, count = 0;
        for (int t = 0; t < d->periods; t++) {
            double v = d->revenue[(size_t)t * (size_t)d->regions + (size_t)r];
            if (v > 0) sum += v, count++;
        }
        double mean = count > 0 ? sum / count : all_count > 0 ? all / all_count : 1;
        for (int t = 0; t < d->periods; t++) {
            double *v = &d->revenue[(size_t)t * (size_t)d->regions + (size_t)r];
            if (!(*v > 0)) *v = mean;
        }
    }
}

/* By population, else by what is sold. */
static void weigh_regions(gridding *g)
{
    const ku_returns_data *d = g->data;
    double all = 0;
    g->weight = KU_ARRAY(g->arena, (size_t)d->regions, double);
    for (int r = 0; r < d->regions; r++) {
        for (int t = 0; t < d->periods && d->population == NULL; t++) {
            double v = d->outcome[(size_t)t * (size_t)d->regions + (size_t)r];
            if (v > 0) g->weight[r] += v;
        }
        if (d->population != NULL) g->weight[r] = d->population[r];
        all += g->weight[r];
    }
    for (int r = 0; r < d->regions; r++)
        g->weight[r] = all > 0 ? g->weight[r] / all : 1.0 / d->regions;
}

/* ---- media --------------------------------------------------------------------------------- */

typedef struct media_sums {
    double *spend, *exposure, *reach, *contacts; /* media grids */
    bool any_spend, any_exposure, any_reach, any_frequency;
} media_sums;

static void add_everywhere(const gridding *g, double *grid, int period, int region, double value)
{
    const ku_returns_data *d = g->data;
    if (!isfinite(value)) return;
    double *row = grid + (size_t)(d->before + period) * (size_t)d->regions;
    if (region >= 0)
        row[region] += value;
    else
        for (int r = 0; r < d->regions; r++) row[r] += value * g->weight[r];
}

static void add_media_row(const gridding *g, const ku_returns_media_row *row, int period,
                          int region, media_sums *s)
{
    s->any_spend = s->any_spend || row->spend > 0;
    s->any_exposure = s->any_exposure || isfinite(row->exposure);
    s->any_reach = s->any_reach || isfinite(row->reach);
    s->any_frequency = s->any_frequency || isfinite(row->frequency);
    add_everywhere(g, s->spend, period, region, row->spend);
    add_everywhere(g, s->exposure, period, region, row->exposure);
    add_everywhere(g, s->reach, period, region, row->reach);
    add_everywhere(g, s->contacts, period, region, row->reach * row->frequency);
}

static void cut_negative(const gridding *g, double *grid, const char *channel, const char *what)
{
    const ku_returns_data *d = g->data;
    size_t cells = (size_t)(d->before + d->periods) * (size_t)d->regions, count = 0;
    double sum = 0;
    for (size_t i = 0; i < cells; i++)
        if (grid[i] < 0) {
            count++;
            sum += grid[i];
            grid[i] = 0;
        }
    if (count == 0) return;
    char money[KU_NUMBER_TEXT];
    ku_returns_find(g->findings, "Negative spend or exposure", channel, KU_WARN, sum, "",
                    ku_arena_printf(g->arena,
                                    "%zu periods have less than no %s, %s in all; taken"
                                    " as none.",
                                    count, what, ku_format_number(money, sum, "", NULL)),
                    "Book credit notes to the period whose spend they correct.");
}

static void finish_channel(const gridding *g, int c, const media_sums *s, ku_returns_channel *to)
{
    const ku_returns_data *d = g->data;
    size_t cells = (size_t)(d->before + d->periods) * (size_t)d->regions;
    cut_negative(g, s->spend, to->name, "spend");
    cut_negative(g, s->exposure, to->name, "exposure");
    cut_negative(g, s->reach, to->name, "reach");
    bool organic = g->rows->organic != NULL && g->rows->organic[c];
    to->spend = s->any_spend && !organic ? s->spend : NULL;
    to->exposure = s->exposure;
    if (s->any_reach && s->any_frequency) {
        to->exposure = s->reach;
        to->frequency = s->contacts;
        for (size_t i = 0; i < cells; i++)
            to->frequency[i] = s->reach[i] > 0 ? fmax(0, s->contacts[i] / s->reach[i]) : 0;
    } else if (!s->any_exposure) {
        to->exposure = s->any_reach ? s->reach : s->spend;
        to->by_spend = !s->any_reach;
    }
}

static void lay_media(gridding *g)
{
    const ku_returns_rows *rows = g->rows;
    ku_returns_data *d = g->data;
    size_t cells = (size_t)(d->before + d->periods) * (size_t)d->regions;
    int channels = rows->channel.count;
    media_sums *sums = KU_ARRAY(g->arena, (size_t)channels, media_sums);
    double elsewhere = 0, all = 0;
    for (int c = 0; c < channels; c++) {
        double **grids[] = {&sums[c].spend, &sums[c].exposure, &sums[c].reach, &sums[c].contacts};
        for (size_t k = 0; k < 4; k++) *grids[k] = KU_ARRAY(g->arena, cells, double);
    }
    for (size_t i = 0; i < rows->media_count; i++) {
        const ku_returns_media_row *row = &rows->media[i];
        int period = period_of(g, row->date), region = region_at(g, row->region);
        double spend = isfinite(row->spend) ? row->spend : 0;
        if (period < -d->before || period >= d->periods) continue;
        all += spend;
        if (region == -2)
            elsewhere += spend;
        else
            add_media_row(g, row, period, region, &sums[row->channel]);
    }
    d->channels = channels;
    d->channel = KU_ARRAY(g->arena, (size_t)channels + 1, ku_returns_channel);
    for (int c = 0; c < channels; c++) {
        d->channel[c].name = rows->channel.name[c];
        finish_channel(g, c, &sums[c], &d->channel[c]);
    }
    if (elsewhere > 0)
        ku_returns_find(g->findings, "Regions", "", KU_WARN, elsewhere / all, "share",
                        ku_arena_printf(g->arena,
                                        "%.1f %% of the spend went to regions that have no outcome"
                                        " and is left out.",
                                        100 * elsewhere / all),
                        "Call regions the same in both tables.");
}

/* ---- what else moves the outcome ----------------------------------------------------------- */

/* Values of a series not given: the last one before it, at the start the first one. */
static size_t fill_gaps(const ku_returns_data *d, double *value, const double *count)
{
    size_t filled = 0;
    for (int r = 0; r < d->regions; r++) {
        double last = NAN;
        for (int t = 0; t < d->periods; t++) {
            size_t at = (size_t)t * (size_t)d->regions + (size_t)r;
            if (count[at] > 0) {
                if (!isfinite(last))
                    for (int k = 0; k < t; k++)
                        value[(size_t)k * (size_t)d->regions + (size_t)r] = value[at];
                last = value[at];
            } else {
                filled++;
                value[at] = isfinite(last) ? last : 0;
            }
        }
    }
    return filled;
}

static void add_control(const gridding *g, const ku_returns_control_row *row, double *value,
                        double *count)
{
    const ku_returns_data *d = g->data;
    int period = period_of(g, row->date), region = region_at(g, row->region);
    if (period < 0 || period >= d->periods || region == -2) return;
    for (int r = 0; r < d->regions; r++) {
        if (region >= 0 && r != region) continue;
        value[(size_t)period * (size_t)d->regions + (size_t)r] += row->value;
        count[(size_t)period * (size_t)d->regions + (size_t)r]++;
    }
}

/* An event that is not the same everywhere is a control. */
static bool same_everywhere(const ku_returns_data *d, const double *value)
{
    for (int t = 0; t < d->periods; t++)
        for (int r = 1; r < d->regions; r++) {
            const double *row = value + (size_t)t * (size_t)d->regions;
            if (fabs(row[r] - row[0]) > 1e-9 * (1 + fabs(row[0]))) return false;
        }
    return true;
}

static void finish_series(const gridding *g, int s, double *value, const double *count)
{
    ku_returns_data *d = g->data;
    size_t cells = (size_t)d->periods * (size_t)d->regions, filled = 0;
    ku_returns_series *to = &d->serie[d->series++];
    *to = (ku_returns_series){g->rows->series.name[s], g->rows->kind[s], value};
    if (to->kind == KU_RETURNS_EVENT && same_everywhere(d, value)) {
        for (int t = 0; t < d->periods; t++) value[t] = value[(size_t)t * (size_t)d->regions];
        return;
    }
    if (to->kind == KU_RETURNS_EVENT) {
        to->kind = KU_RETURNS_CONTROL;
        return;
    }
    for (size_t i = 0; i < cells; i++)
        if (count[i] > 0) value[i] /= count[i];
    filled = fill_gaps(d, value, count);
    if (10 * filled > cells)
        ku_returns_find(g->findings, "Gaps in what else is known", to->name,
                        filled == cells ? KU_WARN : KU_NOTE, (double)filled / (double)cells,
                        "share",
                        ku_arena_printf(g->arena,
                                        "%.0f %% of the periods have no figure; the last"
                                        " one known was taken.",
                                        100.0 * (double)filled / (double)cells),
                        "");
}

static void lay_series(gridding *g)
{
    const ku_returns_rows *rows = g->rows;
    ku_returns_data *d = g->data;
    size_t cells = (size_t)d->periods * (size_t)d->regions;
    int count = rows->series.count;
    double **value = KU_ARRAY(g->arena, (size_t)count + 1, double *);
    double **seen = KU_ARRAY(g->arena, (size_t)count + 1, double *);
    d->serie = KU_ARRAY(g->arena, (size_t)count + 1, ku_returns_series);
    for (int s = 0; s < count; s++) {
        value[s] = KU_ARRAY(g->arena, cells, double);
        seen[s] = KU_ARRAY(g->arena, cells, double);
    }
    for (size_t i = 0; i < rows->control_count; i++) {
        const ku_returns_control_row *row = &rows->control[i];
        add_control(g, row, value[row->series], seen[row->series]);
    }
    for (int s = 0; s < count; s++) finish_series(g, s, value[s], seen[s]);
}

/* ---- the whole country --------------------------------------------------------------------- */

/* Sums over regions, in place; NAN where no region is known. */
static void sum_regions(double *grid, int periods, int regions)
{
    for (int t = 0; t < periods; t++) {
        double sum = 0;
        bool known = false;
        for (int r = 0; r < regions; r++) {
            double v = grid[(size_t)t * (size_t)regions + (size_t)r];
            if (isfinite(v)) sum += v, known = true;
        }
        grid[t] = known ? sum : NAN;
    }
}

/* Means by a weight that is a grid or, with step 0, one of regions. */
static void mean_regions(double *grid, const double *weight, size_t step, int periods, int regions)
{
    for (int t = 0; t < periods; t++) {
        double sum = 0, all = 0, plain = 0;
        for (int r = 0; r < regions; r++) {
            double v = grid[(size_t)t * (size_t)regions + (size_t)r];
            double w = weight[(size_t)t * step + (size_t)r];
            plain += v / regions;
            if (w > 0) sum += w * v, all += w;
        }
        grid[t] = all > 0 ? sum / all : plain;
    }
}

static void collapse_channel(ku_returns_data *d, ku_returns_channel *c)
{
    int periods = d->before + d->periods;
    size_t step = (size_t)d->regions;
    if (c->frequency != NULL) mean_regions(c->frequency, c->exposure, step, periods, d->regions);
    if (c->spend != NULL && c->spend != c->exposure) sum_regions(c->spend, periods, d->regions);
    sum_regions(c->exposure, periods, d->regions);
}

static void collapse(gridding *g)
{
    static const char *const whole[] = {"All"};
    ku_returns_data *d = g->data;
    size_t step = (size_t)d->regions;
    for (int c = 0; c < d->channels; c++) collapse_channel(d, &d->channel[c]);
    for (int s = 0; s < d->series; s++)
        if (d->serie[s].kind != KU_RETURNS_EVENT)
            mean_regions(d->serie[s].value, g->weight, 0, d->periods, d->regions);
    if (d->revenue != NULL) mean_regions(d->revenue, d->outcome, step, d->periods, d->regions);
    sum_regions(d->outcome, d->periods, d->regions);
    for (int r = 1; r < d->regions && d->population != NULL; r++)
        d->population[0] += d->population[r];
    d->region = whole;
    d->regions = 1;
}

/* ---- the whole ------------------------------------------------------------------------------ */

ku_status ku_returns_grid(const ku_returns_rows *rows, const ku_params *params, int lag,
                          ku_returns_findings *findings, ku_arena *arena, ku_returns_data *out,
                          ku_error *err)
{
    gridding g = {.rows = rows,
                  .params = params,
                  .findings = findings,
                  .arena = arena,
                  .data = out,
                  .most_before = lag};
    *out = (ku_returns_data){0};
    ku_period_find(ku_param_text_value(params, "period"), &out->period);
    KU_TRY(lay_time(&g, err));
    KU_TRY(lay_regions(&g, err));
    find_duplicates(&g);
    lay_outcome(&g);
    if (out->revenue != NULL) fill_revenue(out);
    weigh_regions(&g);
    lay_media(&g);
    lay_series(&g);
    if (out->regions > 1 && !ku_param_bool(params, "by-region")) collapse(&g);
    return KU_OK;
}
