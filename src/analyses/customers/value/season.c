/* season.c - time as trade counts it.
 *
 * The models suppose that a customer buys at the same rate all year. Where December brings
 * twice as much as August they are misled: at the end of December everybody has bought lately
 * and nobody seems to have left. So time is counted by the season: a day of a month that sells
 * half as much again as the average counts as a day and a half. A process whose rate follows
 * the season is one of constant rate in that time (Cox & Lewis 1966, The Statistical Analysis
 * of Series of Events, section 2.2), and a year is still a year.
 *
 * The season comes from the sales themselves: purchases of each twelfth of a year against the
 * mean of the year around it, drawn towards 1 by as much as chance alone would spread them.
 * A season comes back: years must be like each other. */
#include <assert.h>
#include <math.h>

#include "analyses/customers/value/value.h"
#include "base/date.h"

enum { MONTHS = 12, MOST = 600 };

static const double month_days = 365.25 / MONTHS;
static const double like_before = 0.4; /* correlation of a year's months with the next year's */

static int month_of(int32_t until, int32_t day)
{
    int64_t back = (int64_t)floor((until - day) / month_days) % MONTHS;
    return (int)(back < 0 ? back + MONTHS : back);
}

/* Purchases of whole months, the latest first; how many months. */
static int count_months(const ku_frame *f, const value_span *s, double *count)
{
    const ku_column *month = ku_frame_column(f, "month");
    const ku_column *purchases = ku_frame_column(f, "purchases");
    int whole = (int)floor((s->until_day - s->first_day + 2) / month_days);
    if (whole > MOST) whole = MOST;
    for (int i = 0; i < whole; i++) count[i] = 0;
    for (int64_t i = 0; i < f->rows; i++)
        if (month->as.i64[i] < whole) count[month->as.i64[i]] = (double)purchases->as.i64[i];
    return whole;
}

/* Mean ratio of each month to the year around it, and how much of it chance spreads. False
 * where a year has months without purchases. */
static bool ratios(const double *count, int months, double ratio[MONTHS], double *chance)
{
    double sum[MONTHS] = {0}, times[MONTHS] = {0};
    *chance = 0;
    for (int i = MONTHS / 2; i + MONTHS / 2 < months; i++) {
        double year = (count[i - MONTHS / 2] + count[i + MONTHS / 2]) / 2;
        for (int k = 1 - MONTHS / 2; k < MONTHS / 2; k++) year += count[i + k];
        if (!(year > 0)) return false;
        sum[i % MONTHS] += count[i] * MONTHS / year;
        times[i % MONTHS]++;
        *chance += MONTHS / year;
    }
    for (int m = 0; m < MONTHS; m++) {
        if (times[m] == 0) return false;
        ratio[m] = sum[m] / times[m];
        *chance = m == 0 ? *chance / (times[m] * times[m]) : *chance;
    }
    *chance /= MONTHS;
    return true;
}

/* The logarithms of a year's months without their line. */
static void pattern_of(const double *count, double pattern[MONTHS])
{
    double mean = 0, slope = 0, middle = (MONTHS - 1) / 2.0;
    for (int m = 0; m < MONTHS; m++) {
        pattern[m] = log(count[m] + 0.5);
        mean += pattern[m] / MONTHS;
        slope += (m - middle) * pattern[m] * 12 / (MONTHS * (MONTHS * MONTHS - 1.0));
    }
    for (int m = 0; m < MONTHS; m++) pattern[m] -= mean + slope * (m - middle);
}

/* Is a year like the one before? A company that first wins customers and then lives on them
 * bulges between its two years; that is no season, and each year shows the reverse of it. */
static bool comes_back(const double *count, int months)
{
    double across = 0, size[2] = {0}, year[2][MONTHS];
    for (int from = 0; from + 2 * MONTHS <= months; from += MONTHS) {
        pattern_of(count + from, year[0]);
        pattern_of(count + from + MONTHS, year[1]);
        for (int m = 0; m < MONTHS; m++) {
            across += year[0][m] * year[1][m];
            size[0] += year[0][m] * year[0][m];
            size[1] += year[1][m] * year[1][m];
        }
    }
    return across > like_before * sqrt(size[0] * size[1]);
}

/* Draws ratios towards 1 by the share of their spread that is chance; mean 1. False where
 * chance explains it all. */
static bool draw_in(double ratio[MONTHS], double chance)
{
    double mean = 0, spread = 0, total = 0;
    for (int m = 0; m < MONTHS; m++) mean += ratio[m] / MONTHS;
    for (int m = 0; m < MONTHS; m++) spread += pow(ratio[m] / mean - 1, 2) / (MONTHS - 1);
    double keep = spread > chance ? 1 - chance / spread : 0;
    for (int m = 0; m < MONTHS; m++) {
        ratio[m] = fmax(0.05, 1 + keep * (ratio[m] / mean - 1));
        total += ratio[m] / MONTHS;
    }
    for (int m = 0; m < MONTHS; m++) ratio[m] /= total;
    return keep > 0.5;
}

/* The days of the middle of the strongest and the weakest month. */
static void remark_season(const value_case *c)
{
    const value_season *s = &c->season;
    int high = 0, low = 0;
    char from[2][KU_DATE_TEXT], to[2][KU_DATE_TEXT];
    for (int m = 1; m < MONTHS; m++) {
        if (s->ratio[m] > s->ratio[high]) high = m;
        if (s->ratio[m] < s->ratio[low]) low = m;
    }
    const int month[] = {high, low};
    for (int k = 0; k < 2; k++) {
        ku_date_show(c->span.until_day - (int32_t)ceil((month[k] + 1) * month_days) + 1, from[k]);
        ku_date_show(c->span.until_day - (int32_t)ceil(month[k] * month_days), to[k]);
    }
    ku_run_remark(
        c->context, KU_NOTE, "season",
        "Customers buy most about %s to %s (%+.0f %%) and least about %s to %s (%+.0f %%);"
        " time is counted by that season.",
        from[0], to[0], 100 * (s->ratio[high] - 1), from[1], to[1], 100 * (s->ratio[low] - 1));
}

void value_season_make(const ku_frame *months, value_case *c)
{
    value_season *s = &c->season;
    double count[MOST], chance;
    int whole = count_months(months, &c->span, count);
    bool asked = ku_param_bool(c->params, "season");
    s->on = asked && whole >= 2 * MONTHS && comes_back(count, whole) &&
            ratios(count, whole, s->ratio, &chance) && draw_in(s->ratio, chance);
    if (!s->on) return;
    int32_t ahead = (int32_t)ceil((double)ku_param_int(c->params, "horizon") * month_days);
    int32_t last = c->span.until_day + ahead;
    if (c->span.held_to > last) last = c->span.held_to;
    s->first_day = c->span.first_day;
    s->days = last - s->first_day + 1;
    s->passed = KU_ARRAY(c->arena, (size_t)s->days, double);
    for (int32_t i = 1; i < s->days; i++)
        s->passed[i] = s->passed[i - 1] + s->ratio[month_of(c->span.until_day, s->first_day + i)];
    remark_season(c);
}

double value_days(const value_case *c, int32_t from, int32_t to)
{
    const value_season *s = &c->season;
    if (!s->on) return to - from;
    assert(from >= s->first_day && to >= from && to - s->first_day < s->days);
    return s->passed[to - s->first_day] - s->passed[from - s->first_day];
}
