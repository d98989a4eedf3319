/* date.c - the civil calendar. Reading and writing dates is in date_text.c. */
#include "base/date.h"

#include <assert.h>
#include <string.h>
#include <time.h>

static bool is_leap(int year)
{
    return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

int ku_month_days(int year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    assert(month >= 1 && month <= 12);
    return month == 2 && is_leap(year) ? 29 : days[month - 1];
}

bool ku_civil_valid(int year, int month, int day)
{
    return year >= 1 && year <= 9999 && month >= 1 && month <= 12 && day >= 1 &&
           day <= ku_month_days(year, month);
}

/* Both conversions count years from March, so that the leap day is a year's last, and
 * work within eras of 400 years = 146,097 days (Hinnant). 719,468 days lie between
 * 0000-03-01 and 1970-01-01. */
int32_t ku_date_from_civil(int year, int month, int day)
{
    assert(month >= 1 && month <= 12);
    year -= month <= 2;
    int era = (year >= 0 ? year : year - 399) / 400;
    int year_of_era = year - era * 400;
    int day_of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
    int day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return era * 146097 + day_of_era - 719468;
}

ku_civil ku_date_to_civil(int32_t days)
{
    int64_t z = (int64_t)days + 719468;
    int64_t era = (z >= 0 ? z : z - 146096) / 146097;
    int day_of_era = (int)(z - era * 146097);
    int year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) /
                      365;
    int day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int shifted = (5 * day_of_year + 2) / 153;
    int month = shifted < 10 ? shifted + 3 : shifted - 9;
    return (ku_civil){.year = (int)(year_of_era + era * 400) + (month <= 2),
                      .month = month,
                      .day = day_of_year - (153 * shifted + 2) / 5 + 1};
}

/* Division that rounds down. */
static int64_t floor_div(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

int ku_date_weekday(int32_t days)
{
    int64_t since_monday = (int64_t)days + 3; /* 1970-01-01 was a Thursday */
    return (int)(since_monday - 7 * floor_div(since_monday, 7)) + 1;
}

ku_week ku_date_to_week(int32_t days)
{
    int32_t thursday = days - ku_date_weekday(days) + 4;
    int year = ku_date_to_civil(thursday).year;
    return (ku_week){year, (thursday - ku_date_from_civil(year, 1, 1)) / 7 + 1};
}

int32_t ku_date_from_week(int year, int week)
{
    int32_t fourth = ku_date_from_civil(year, 1, 4); /* always in week 1 */
    return fourth - ku_date_weekday(fourth) + 1 + 7 * (week - 1);
}

int ku_week_count(int year)
{
    return ku_date_to_week(ku_date_from_civil(year, 12, 28)).week; /* always in the last */
}

int32_t ku_date_of(int64_t micros)
{
    return (int32_t)floor_div(micros, KU_DAY_MICROS);
}

/* ---- clocks ------------------------------------------------------------------------ */

int64_t ku_now_micros(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

int32_t ku_today(void)
{
    return ku_date_of(ku_now_micros());
}

double ku_clock_seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

/* ---- periods ----------------------------------------------------------------------- */

static const char *const period_names[KU_PERIOD_COUNT] = {"day", "week", "month", "quarter",
                                                          "year"};

const char *ku_period_name(ku_period period)
{
    assert((unsigned)period < KU_PERIOD_COUNT);
    return period_names[period];
}

bool ku_period_find(const char *name, ku_period *period)
{
    for (int i = 0; i < KU_PERIOD_COUNT; i++)
        if (strcmp(period_names[i], name) == 0) {
            *period = (ku_period)i;
            return true;
        }
    return false;
}

int ku_period_season(ku_period period)
{
    static const int season[KU_PERIOD_COUNT] = {365, 52, 12, 4, 1};
    assert((unsigned)period < KU_PERIOD_COUNT);
    return season[period];
}

static int months_in(ku_period period)
{
    return period == KU_PERIOD_MONTH ? 1 : period == KU_PERIOD_QUARTER ? 3 : 12;
}

/* A number that grows by one from each period to the next. */
static int64_t ordinal(ku_period period, int32_t days)
{
    if (period == KU_PERIOD_DAY) return days;
    if (period == KU_PERIOD_WEEK) return floor_div((int64_t)days + 3, 7);
    ku_civil c = ku_date_to_civil(days);
    return floor_div((int64_t)c.year * 12 + c.month - 1, months_in(period));
}

static int32_t first_day(ku_period period, int64_t number)
{
    if (period == KU_PERIOD_DAY) return (int32_t)number;
    if (period == KU_PERIOD_WEEK) return (int32_t)(number * 7 - 3);
    int64_t month = number * months_in(period);
    int year = (int)floor_div(month, 12);
    return ku_date_from_civil(year, (int)(month - (int64_t)year * 12) + 1, 1);
}

int32_t ku_period_floor(ku_period period, int32_t days)
{
    return first_day(period, ordinal(period, days));
}

int32_t ku_period_add(ku_period period, int32_t days, int64_t n)
{
    return first_day(period, ordinal(period, days) + n);
}

int64_t ku_period_between(ku_period period, int32_t from, int32_t to)
{
    return ordinal(period, to) - ordinal(period, from);
}
