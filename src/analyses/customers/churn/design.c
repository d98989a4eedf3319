/* design.c - from sums of purchases to columns.
 *
 * Most of what tells who leaves is silence measured against the own rhythm: ten days are long
 * for one and nothing for another. Rhythm is the mean of a customer's own pauses, drawn to the
 * usual one by the weight of one pause; what it promises for the coming horizon is held against
 * the season of the same weeks a year before. Effects need not be straight: a driver's slope may
 * change at quantiles of its values. Columns are centred and scaled on the rows learned from,
 * so that one penalty suits all and the sum of a driver's terms is its part against the
 * average customer. */
#include "analyses/customers/churn/design.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_LEVELS = 40, FEWEST_ROWS = 40, YEAR = 365 };

const driver_spec driver_specs[DRIVERS] = {
    [DRIVER_SILENCE] = {"Silence against own rhythm", "usual pauses",
                        "silent for longer than usual", "bought just now", 0.25, 2, false},
    [DRIVER_RHYTHM] = {"Own rhythm", "purchases a horizon", "buys often", "buys rarely", 0.1, 1,
                       false},
    [DRIVER_RECENT] = {"Purchases in two horizons", "purchases", "bought often lately",
                       "bought little lately", 1, 1, false},
    [DRIVER_TREND] = {"Purchases against the horizon before", "times as many",
                      "buys more often than before", "buys less often than before", 0.01, 0, false},
    [DRIVER_SPEND] = {"Spend lately", "of a usual customer's spend", "spends much", "spends little",
                      0.05, 1, false},
    [DRIVER_BASKET] = {"Size of purchases against before", "times as large",
                       "larger purchases than before", "smaller purchases than before", 0.01, 0,
                       false},
    [DRIVER_ONCE] = {"Only one purchase so far", "", "has bought only once", "has come back before",
                     0, 0, false},
    [DRIVER_RETURNS] = {"Sent back", "of what was bought", "sent goods back", "sends nothing back",
                        0, 0, false},
    [DRIVER_COMPLAINTS] = {"Complaints", "complaints", "complained", "has not complained", 0, 0,
                           false},
    [DRIVER_BREADTH] = {"Breadth of range bought", "kinds of goods", "buys many kinds of goods",
                        "buys few kinds of goods", 1, 0, false},
    [DRIVER_DISCOUNT] = {"Bought at a discount", "of list prices taken off", "buys at a discount",
                         "buys at full price", 0, 0, false},
    [DRIVER_TENURE] = {"Time as a customer", "horizons", "has been with us for long",
                       "new customer", 0.25, 1, false},
    [DRIVER_MARGIN] = {"Margin lately", "of a usual customer's spend", "", "", 0.05, 1, true},
    [DRIVER_MARGIN_BEFORE] = {"Margin before", "of a usual customer's spend", "", "", 0.05, 0,
                              true},
};

const char *const factor_names[FACTORS] = {"Segment", "Channel", "Outlet", "Region"};
static const char *const factor_columns[FACTORS] = {"segment", "channel", "outlet", "region"};

/* ---- values ---------------------------------------------------------------------------------- */

static double number(const ku_column *column, int64_t row)
{
    double value = ku_column_number(column, row);
    return isnan(value) ? 0 : value;
}

double design_pause(const design *d, int64_t row)
{
    double usual = d->horizon / 2.302585092994046; /* nine of ten pauses are shorter than H */
    return (number(d->between, row) + usual) / fmax(number(d->purchases, row), 1);
}

static double share_of(double part, double whole)
{
    return whole > 0 ? fmin(fmax(part / whole, 0), 1) : 0;
}

/* Mean purchase of the last horizon against the one before; 1 where there is none. */
static double basket(const design *d, int64_t row)
{
    double now = number(d->spend, row) / fmax(number(d->recent, row), 1);
    double n = number(d->before, row), then = n > 0 ? number(d->spend_before, row) / n : 0;
    return now > 0 && then > 0 ? fmin(fmax(now / then, 0.1), 10) : 1;
}

double design_value(const design *d, driver_id id, int64_t row)
{
    double gross = number(d->gross, row);
    switch (id) {
    case DRIVER_SILENCE:
        return number(d->silent, row) / design_pause(d, row);
    case DRIVER_RHYTHM:
        return d->season[d->window->as.i64[row]] * d->horizon / design_pause(d, row);
    case DRIVER_RECENT:
        return number(d->recent, row) + number(d->before, row);
    case DRIVER_TREND:
        return (number(d->recent, row) + 1) / (number(d->before, row) + 1);
    case DRIVER_SPEND:
        return fmax(number(d->spend, row) / d->money, 0);
    case DRIVER_BASKET:
        return basket(d, row);
    case DRIVER_ONCE:
        return number(d->purchases, row) <= 1;
    case DRIVER_RETURNS:
        return share_of(number(d->back, row), gross);
    case DRIVER_COMPLAINTS:
        return fmin(number(d->complaints, row), 3);
    case DRIVER_BREADTH:
        return number(d->breadth, row);
    case DRIVER_DISCOUNT:
        return share_of(number(d->discount, row), gross + number(d->discount, row));
    case DRIVER_TENURE:
        return fmax(number(d->tenure, row), 0) / d->horizon;
    case DRIVER_MARGIN:
        return fmax(number(d->margin, row) / d->money, 0);
    default:
        return fmax(number(d->margin_before, row) / d->money, 0);
    }
}

static double shape(driver_id id, double value)
{
    return driver_specs[id].add > 0 ? log(value + driver_specs[id].add) : value;
}

void design_columns(const design *d, driver_id id, double value, double *to)
{
    const driver *own = &d->driver[id];
    double g = shape(id, value);
    for (int k = 0; k <= driver_specs[id].knots; k++) {
        double raw = k == 0 ? g : fmax(g - own->knot[k - 1], 0);
        to[k] = own->scale[k] > 0 ? (raw - own->centre[k]) / own->scale[k] : 0;
    }
}

void design_row(const design *d, int64_t row, double *x, int32_t *level)
{
    for (int id = 0; id < DRIVERS; id++)
        if (d->driver[id].used)
            design_columns(d, (driver_id)id, design_value(d, (driver_id)id, row),
                           x + d->driver[id].column - 1);
    for (int f = 0; f < FACTORS; f++) {
        const factor *of = &d->factor[f];
        bool known = of->used && ku_column_valid(of->column, row);
        level[f] = known ? of->level[of->column->as.codes[row]] : -1;
    }
}

ku_glm_rows design_single(const design *d, const double *x, const int32_t *level)
{
    return (ku_glm_rows){.rows = 1,
                         .dense = d->dense,
                         .x = x,
                         .factors = FACTORS,
                         .levels = d->levels,
                         .level = level};
}

/* ---- making ------------------------------------------------------------------------------------ */

static void find_columns(design *d)
{
    const struct {
        const ku_column **column;
        const char *name;
    } wanted[] = {{&d->window, "window"},

                  {&d->code, "customer"},
                  {&d->silent, "silent"},
                  {&d->between, "between"},
                  {&d->tenure, "tenure"},
                  {&d->purchases, "purchases"},
                  {&d->recent, "recent"},
                  {&d->before, "before"},
                  {&d->spend, "spend"},
                  {&d->spend_before, "spend_before"},
                  {&d->margin, "margin"},
                  {&d->margin_before, "margin_before"},
                  {&d->gross, "gross"},
                  {&d->back, "back"},
                  {&d->discount, "discount"},
                  {&d->breadth, "breadth"},
                  {&d->complaints, "complaints"},
                  {&d->later, "later"},
                  {&d->later_margin, "later_margin"},
                  {&d->contact_allowed, "contact_allowed"}};
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++)
        *wanted[i].column = ku_frame_column(d->state, wanted[i].name);
    for (int f = 0; f < FACTORS; f++)
        d->factor[f].column = ku_frame_column(d->state, factor_columns[f]);
}

/* The share of the customers with us who buy again, day by day; sum[i]: over the days before i. */
static double *daily_rates(const ku_frame *days, double cover, ku_arena *arena)
{
    double *sum = KU_ARRAY(arena, (size_t)cover + 2, double), active = 0;
    const ku_column *day = ku_frame_column(days, "day");
    const ku_column *again = ku_frame_column(days, "again");
    const ku_column *with_us = ku_frame_column(days, "active");
    int64_t row = 0;
    for (size_t i = 0; i < (size_t)cover; i++) {
        double rate = 0;
        if (row < days->rows && ku_column_number(day, row) == (double)i) {
            rate = active > 0 ? ku_column_number(again, row) / active : 0;
            active = ku_column_number(with_us, row++);
        }
        sum[i + 1] = sum[i] + rate;
    }
    return sum;
}

/* The season of each window from the year before it only, so that no date knows of later ones.
 * The weeks are held against the year around them, so that growth does not look like season. */
static void find_season(design *d, const ku_frame *days, double cover, ku_arena *arena)
{
    double *sum = daily_rates(days, cover, arena);
    d->season = KU_ARRAY(arena, (size_t)d->windows + 1, double);
    for (int k = 0; k <= d->windows; k++) {
        double from = cover - k * d->horizon - YEAR, middle = from + floor(d->horizon / 2);
        double year_from = middle - floor(YEAR / 2.0), year_to = year_from + YEAR;
        d->season[k] = 1;
        if (year_from < 0 || year_to > cover - k * d->horizon) continue;
        double weeks = sum[(size_t)(from + d->horizon)] - sum[(size_t)from];
        double year = sum[(size_t)year_to] - sum[(size_t)year_from];
        if (weeks > 0) d->season[k] = weeks / d->horizon / (year / YEAR);
    }
}

static void split_rows(design *d, ku_arena *arena)
{
    size_t rows = (size_t)d->state->rows;
    for (size_t i = 0; i < rows; i++) d->learn += d->window->as.i64[i] > 0;
    d->active = rows - d->learn;
    d->learn_row = KU_ARRAY(arena, d->learn + 1, int64_t);
    d->learn_window = KU_ARRAY(arena, d->learn + 1, int);
    d->active_row = KU_ARRAY(arena, d->active + 1, int64_t);
    size_t learn = 0, active = 0;
    for (size_t i = 0; i < rows; i++) {
        if (d->window->as.i64[i] == 0) {
            d->active_row[active++] = (int64_t)i;
        } else {
            d->learn_window[learn] = (int)d->window->as.i64[i];
            d->learn_row[learn++] = (int64_t)i;
        }
    }
}

/* Money is looked at in multiples of a usual customer's spend, so that its unit is nothing. */
static void find_money(design *d)
{
    const int64_t *row = d->learn > 0 ? d->learn_row : d->active_row;
    size_t rows = d->learn > 0 ? d->learn : d->active;
    double sum = 0;
    for (size_t i = 0; i < rows; i++) sum += fmax(number(d->spend, row[i]), 0);
    d->money = sum > 0 ? sum / (double)rows : 1;
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void scale_column(const double *g, size_t rows, double knot, bool hinge, double *centre,
                         double *scale)
{
    double sum = 0, square = 0;
    for (size_t i = 0; i < rows; i++) sum += hinge ? fmax(g[i] - knot, 0) : g[i];
    *centre = sum / (double)rows;
    for (size_t i = 0; i < rows; i++) {
        double away = (hinge ? fmax(g[i] - knot, 0) : g[i]) - *centre;
        square += away * away;
    }
    *scale = sqrt(square / (double)rows);
    if (*scale < 1e-9 * (1 + fabs(*centre))) *scale = 0;
}

/* Knots at quantiles of the values, centre and spread of each column. */
static void make_driver(design *d, driver_id id, double *g, double *sorted)
{
    driver *own = &d->driver[id];
    int knots = driver_specs[id].knots;
    for (size_t i = 0; i < d->learn; i++)
        sorted[i] = g[i] = shape(id, design_value(d, id, d->learn_row[i]));
    qsort(sorted, d->learn, sizeof *sorted, by_value);
    for (int k = 0; k < knots; k++)
        own->knot[k] = sorted[(size_t)((double)(d->learn - 1) * (k + 1) / (knots + 1))];
    for (int k = 0; k <= knots; k++)
        scale_column(g, d->learn, k > 0 ? own->knot[k - 1] : 0, k > 0, &own->centre[k],
                     &own->scale[k]);
    own->used = own->scale[0] > 0;
    own->column = 1 + d->dense;
    if (own->used) d->dense += 1 + knots;
}

typedef struct tally {
    int64_t rows;
    int32_t code;
} tally;

static int by_rows(const void *a, const void *b)
{
    const tally *x = a, *y = b;
    if (x->rows != y->rows) return x->rows < y->rows ? 1 : -1;
    return (x->code > y->code) - (x->code < y->code);
}

/* Levels with enough rows, the most frequent first; a factor with one level tells nothing. */
static void make_factor(design *d, factor *of, ku_arena *arena)
{
    size_t codes = (size_t)of->column->dictionary.size;
    tally *count = KU_ARRAY(arena, codes + 1, tally);
    of->level = KU_ARRAY(arena, codes + 1, int32_t);
    for (size_t c = 0; c < codes; c++) count[c].code = (int32_t)c;
    for (size_t i = 0; i < d->learn; i++)
        if (ku_column_valid(of->column, d->learn_row[i]))
            count[of->column->as.codes[d->learn_row[i]]].rows++;
    qsort(count, codes, sizeof *count, by_rows);
    while (of->count < MOST_LEVELS && (size_t)of->count < codes &&
           count[of->count].rows >= FEWEST_ROWS)
        of->count++;
    of->used = of->count > 1;
    of->first = 1 + d->dense + d->levels;
    of->code = KU_ARRAY(arena, (size_t)of->count + 1, int32_t);
    for (size_t c = 0; c < codes; c++) of->level[c] = -1;
    for (int k = 0; k < of->count && of->used; k++) {
        of->code[k] = count[k].code;
        of->level[count[k].code] = of->first + k;
    }
    if (of->used) d->levels += of->count;
}

static ku_status fill(design *d, ku_arena *arena, ku_error *err)
{
    size_t rows = d->learn + 1;
    double *x = ku_arena_try(arena, rows * (size_t)(d->dense + 1) * sizeof *x);
    int32_t *level = ku_arena_try(arena, rows * FACTORS * sizeof *level);
    int64_t *belong = ku_arena_try(arena, rows * sizeof *belong);
    if (x == NULL || level == NULL || belong == NULL)
        return ku_error_set(err, KU_NO_MEMORY, NULL,
                            "%zu rows to learn from do not fit into memory", d->learn);
    for (size_t i = 0; i < d->learn; i++) {
        design_row(d, d->learn_row[i], x + i * (size_t)d->dense, level + i * FACTORS);
        belong[i] = d->code->as.codes[d->learn_row[i]];
    }
    d->rows = (ku_glm_rows){.rows = d->learn,
                            .dense = d->dense,
                            .x = x,
                            .factors = FACTORS,
                            .levels = d->levels,
                            .level = level,
                            .belong = belong};
    return KU_OK;
}

ku_status design_make(const ku_frame *state, const ku_frame *days, double cover, double horizon,
                      int windows, ku_arena *arena, design *out, ku_error *err)
{
    *out = (design){.state = state, .horizon = horizon, .windows = windows};
    find_columns(out);
    find_season(out, days, cover, arena);
    split_rows(out, arena);
    find_money(out);
    if (out->learn == 0) return KU_OK;
    double *room = ku_arena_try(arena, 2 * out->learn * sizeof *room);
    if (room == NULL)
        return ku_error_set(err, KU_NO_MEMORY, NULL,
                            "%zu rows to learn from do not fit into memory", out->learn);
    for (int id = 0; id < DRIVERS; id++) make_driver(out, (driver_id)id, room, room + out->learn);
    for (int f = 0; f < FACTORS; f++) make_factor(out, &out->factor[f], arena);
    return fill(out, arena, err);
}
