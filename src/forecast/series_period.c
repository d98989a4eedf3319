/* series_period.c - from dates to periods.
 *
 * A file gives dates, not periods. Which period it is, is found from all distances
 * between neighbouring dates: if every date is the same day of its month (or the last
 * one), the distances count in months, else in days; the period is their greatest common
 * divisor. So a month without a row is seen as a gap and not taken for a shorter step.
 * Whole numbers in place of dates keep their own distance in the same way. */
#include <assert.h>
#include <math.h>
#include <stdio.h>

#include "base/date.h"
#include "forecast/series_internal.h"

static int64_t gcd(int64_t a, int64_t b)
{
    while (b) {
        int64_t rest = a % b;
        a = b;
        b = rest;
    }
    return a;
}

static int64_t month_number(int64_t date)
{
    ku_civil c = ku_date_to_civil((int32_t)date);
    return (int64_t)c.year * 12 + c.month - 1;
}

static bool is_month_end(int64_t date)
{
    ku_civil c = ku_date_to_civil((int32_t)date);
    return c.day == ku_month_days(c.year, c.month);
}

/* Whether all dates are the same day of their months, or all last days. */
static bool counts_in_months(const ku_series_row *rows, size_t count, bool *month_end)
{
    bool same = true;
    *month_end = true;
    int day = ku_date_to_civil((int32_t)rows[0].date).day;
    for (size_t i = 0; i < count; i++) {
        same = same && ku_date_to_civil((int32_t)rows[i].date).day == day;
        *month_end = *month_end && is_month_end(rows[i].date);
        if (!same && !*month_end) return false;
    }
    return true;
}

ku_series_period ku_series_find_period(const ku_series_row *rows, size_t count, bool numbers)
{
    ku_series_period p = {.numbers = numbers};
    if (!numbers) p.months = counts_in_months(rows, count, &p.month_end);
    for (size_t i = 1; i < count; i++) {
        if (rows[i].rank != rows[i - 1].rank) continue;
        p.step = gcd(p.step, p.months ? month_number(rows[i].date) - month_number(rows[i - 1].date)
                                      : rows[i].date - rows[i - 1].date);
    }
    if (p.step == 0) /* no series has two dates */
        p = (ku_series_period){.months = !numbers, .numbers = numbers, .step = 1};
    return p;
}

ku_series_period ku_series_named_period(const char *name, ku_series_row *rows, size_t count)
{
    static const ku_series_period periods[] = {
        [KU_PERIOD_DAY] = {.step = 1},
        [KU_PERIOD_WEEK] = {.step = 7},
        [KU_PERIOD_MONTH] = {.months = true, .step = 1},
        [KU_PERIOD_QUARTER] = {.months = true, .step = 3},
        [KU_PERIOD_YEAR] = {.months = true, .step = 12},
    };
    ku_period period = KU_PERIOD_DAY;
    bool known = ku_period_find(name, &period);
    assert(known);
    (void)known;
    for (size_t i = 0; i < count; i++)
        rows[i].date = ku_period_floor(period, (int32_t)rows[i].date);
    return periods[period];
}

int ku_series_season_of(const ku_series_period *p)
{
    if (p->numbers) return 1;
    if (p->months) return p->step < 12 && 12 % p->step == 0 ? (int)(12 / p->step) : 1;
    if (p->step == 1) return 7;
    int season = (int)lround(365.25 / (double)p->step);
    return season > 1 ? season : 1;
}

int64_t ku_series_date(const ku_series_period *period, int64_t first, int n)
{
    if (!period->months) return first + n * period->step;
    ku_civil c = ku_date_to_civil((int32_t)first);
    int64_t month = (int64_t)c.year * 12 + c.month - 1 + n * period->step;
    int year = (int)(month / 12), days = ku_month_days(year, (int)(month % 12) + 1);
    int day = period->month_end || c.day > days ? days : c.day;
    return ku_date_from_civil(year, (int)(month % 12) + 1, day);
}

void ku_series_put_date(ku_frame_builder *to, int column, const ku_series_period *period,
                        int64_t first, int n)
{
    int64_t date = ku_series_date(period, first, n);
    if (period->numbers)
        ku_build_int(to, column, date);
    else
        ku_build_date(to, column, (int32_t)date);
}

char *ku_series_date_text(const ku_series_period *period, int64_t date, char to[KU_SERIES_DATE])
{
    char day[KU_DATE_TEXT];
    if (period->numbers)
        snprintf(to, KU_SERIES_DATE, "%lld", (long long)date);
    else
        snprintf(to, KU_SERIES_DATE, "%s", ku_date_format((int32_t)date, day));
    return to;
}

int64_t ku_series_place(const ku_series_period *p, int64_t first, int64_t date)
{
    int64_t distance = p->months ? month_number(date) - month_number(first) : date - first;
    int64_t place = distance / p->step;
    return distance % p->step < 0 ? place - 1 : place;
}

char *ku_series_period_name(const ku_series_period *p, char to[KU_SERIES_PERIOD])
{
    static const struct {
        bool months;
        int step;
        const char *name;
    } named_steps[] = {
        {false, 1, "day"},    {false, 7, "week"}, {true, 1, "month"},
        {true, 3, "quarter"}, {true, 12, "year"},
    };
    for (size_t i = 0; i < sizeof named_steps / sizeof *named_steps && !p->numbers; i++)
        if (named_steps[i].months == p->months && named_steps[i].step == p->step) {
            snprintf(to, KU_SERIES_PERIOD, "%s", named_steps[i].name);
            return to;
        }
    if (p->numbers && p->step == 1)
        snprintf(to, KU_SERIES_PERIOD, "number");
    else
        snprintf(to, KU_SERIES_PERIOD, "%lld %s", (long long)p->step,
                 p->numbers  ? "numbers"
                 : p->months ? "months"
                             : "days");
    return to;
}
