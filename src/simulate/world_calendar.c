/* world_calendar.c - the days of the simulated period: weekdays, holidays, the common
 * season and the weather.
 *
 * The season of a day is a smooth yearly wave times a bump before Christmas, scaled to a
 * mean of 1 over a plain year; a group's own season, by week, is built alike. */
#include <math.h>

#include "base/date.h"
#include "simulate/world_internal.h"

enum {
    NEW_YEAR,
    GOOD_FRIDAY,
    EASTER_MONDAY,
    LABOUR_DAY,
    ASCENSION,
    WHIT_MONDAY,
    UNITY_DAY,
    CHRISTMAS_DAY,
    BOXING_DAY,
    VALENTINE,
    MOTHERS_DAY,
    BLACK_FRIDAY,
    CHRISTMAS_EVE,
    SAINT_NICHOLAS
};

static const double pi = 3.14159265358979323846;

/* Easter Sunday by the anonymous Gregorian algorithm (Meeus, Astronomical Algorithms, 8). */
static int32_t easter(int year)
{
    int a = year % 19, b = year / 100, c = year % 100;
    int h = (19 * a + b - b / 4 - (b - (b + 8) / 25 + 1) / 3 + 15) % 30;
    int l = (32 + 2 * (b % 4) + 2 * (c / 4) - h - c % 4) % 7;
    int m = (a + 11 * h + 22 * l) / 451;
    int n = h + l - 7 * m + 114;
    return ku_date_from_civil(year, n / 31, n % 31 + 1);
}

/* The n-th given weekday (Monday 1) of a month. */
static int32_t nth_weekday(int year, int month, int weekday, int n)
{
    int32_t first = ku_date_from_civil(year, month, 1);
    return first + (weekday - ku_date_weekday(first) + 7) % 7 + 7 * (n - 1);
}

static void holidays_of(int year, int32_t at[HOLIDAYS])
{
    int32_t sunday = easter(year);
    at[NEW_YEAR] = ku_date_from_civil(year, 1, 1);
    at[GOOD_FRIDAY] = sunday - 2;
    at[EASTER_MONDAY] = sunday + 1;
    at[LABOUR_DAY] = ku_date_from_civil(year, 5, 1);
    at[ASCENSION] = sunday + 39;
    at[WHIT_MONDAY] = sunday + 50;
    at[UNITY_DAY] = ku_date_from_civil(year, 10, 3);
    at[CHRISTMAS_DAY] = ku_date_from_civil(year, 12, 25);
    at[BOXING_DAY] = ku_date_from_civil(year, 12, 26);
    at[VALENTINE] = ku_date_from_civil(year, 2, 14);
    at[MOTHERS_DAY] = nth_weekday(year, 5, 7, 2);
    at[BLACK_FRIDAY] = nth_weekday(year, 11, 4, 4) + 1;
    at[CHRISTMAS_EVE] = ku_date_from_civil(year, 12, 24);
    at[SAINT_NICHOLAS] = ku_date_from_civil(year, 12, 6);
}

static void mark_holiday(world *w, int kind, int32_t date)
{
    int day = date - w->start;
    if (day >= 0 && day < w->days && w->special[day] < 0) w->special[day] = (int8_t)kind;
    if (kind == VALENTINE || kind == MOTHERS_DAY || kind == SAINT_NICHOLAS)
        for (int d = day - 5; d < day; d++)
            if (d >= 0 && d < w->days) w->before_gifts[d] = true;
    if (kind == BLACK_FRIDAY)
        for (int d = day - 4; d <= day + 3; d++)
            if (d >= 0 && d < w->days) w->black_friday[d] = true;
}

static void mark_holidays(world *w)
{
    for (int d = 0; d < w->days; d++) w->special[d] = -1;
    int last = ku_date_to_civil(w->end).year;
    for (int year = ku_date_to_civil(w->start).year; year <= last; year++) {
        int32_t at[HOLIDAYS];
        holidays_of(year, at);
        for (int kind = 0; kind < HOLIDAYS; kind++) mark_holiday(w, kind, at[kind]);
    }
}

double ku_sim_world_years(int day)
{
    return (double)day / 365.25;
}

static double share_of_year(int32_t date)
{
    int year = ku_date_to_civil(date).year;
    return (double)(date - ku_date_from_civil(year, 1, 1)) / 365.25;
}

double ku_sim_world_year_share(const world *w, int day)
{
    return share_of_year(w->start + day);
}

double ku_sim_world_advent(int32_t date)
{
    int year = ku_date_to_civil(date).year;
    int before = ku_date_from_civil(year, 12, 24) - date;
    return before < 0 || before > 34 ? 0.0 : 1.0 - (double)before / 35.0;
}

static double wave(double year_share)
{
    return 0.05 * cos(2 * pi * (year_share - 0.90)) + 0.03 * cos(4 * pi * (year_share - 0.30));
}

static double raw_season(int32_t date)
{
    return exp(wave(share_of_year(date)) + 0.28 * ku_sim_world_advent(date));
}

static void make_season(world *w)
{
    double sum = 0;
    int32_t first = ku_date_from_civil(2023, 1, 1);
    for (int d = 0; d < 365; d++) sum += raw_season(first + d);
    for (int d = 0; d < w->days; d++) w->season[d] = raw_season(w->start + d) * 365.0 / sum;
}

/* A group's raw season at a date: its summer wave and its own height before Christmas. */
static double raw_group_season(const group_params *g, int32_t date)
{
    double summer = cos(2 * pi * (share_of_year(date) - 0.537));
    return exp(g->summer * summer + g->advent * ku_sim_world_advent(date));
}

double ku_sim_world_group_season(const world *w, int group, int week)
{
    const group_params *g = &ku_sim_world_groups[group];
    double sum = 0;
    int32_t first = ku_date_from_week(2023, 1) + 3;
    for (int k = 0; k < 52; k++) sum += raw_group_season(g, first + 7 * k);
    return raw_group_season(g, w->monday + 7 * week + 3) * 52.0 / sum;
}

static double usual_temperature(double year_share)
{
    return 10.5 - 9.0 * cos(2 * pi * (year_share - 0.055));
}

/* Daily degrees: the season's usual value and a persistent deviation. */
static void make_weather(world *w)
{
    ku_rng rng = ku_sim_world_rng(w, STREAM_CALENDAR, 0);
    double deviation = 0;
    for (int d = 0; d < w->days; d++) {
        deviation = 0.82 * deviation + 2.0 * ku_rng_normal(&rng);
        w->temperature[d] = usual_temperature(ku_sim_world_year_share(w, d)) + deviation;
        w->heat[w->week[d]] += deviation / 7.0;
    }
}

void ku_sim_world_make_calendar(world *w)
{
    int32_t first_month = ku_period_floor(KU_PERIOD_MONTH, w->start);
    w->months = (int)ku_period_between(KU_PERIOD_MONTH, w->start, w->end) + 1;
    for (int d = 0; d < w->days; d++) {
        int32_t date = w->start + d;
        w->weekday[d] = (int8_t)(ku_date_weekday(date) - 1);
        w->week[d] = (int16_t)((date - w->monday) / 7);
        w->month[d] = (int16_t)ku_period_between(KU_PERIOD_MONTH, first_month, date);
        char text[KU_DATE_TEXT];
        memcpy(w->date[d], ku_date_format(date, text), 11);
    }
    mark_holidays(w);
    make_season(w);
    make_weather(w);
}

int ku_sim_world_week_from(const world *w, int week)
{
    int from = w->monday + 7 * week - w->start;
    return from < 0 ? 0 : from;
}

int ku_sim_world_week_to(const world *w, int week)
{
    int to = w->monday + 7 * week + 7 - w->start;
    return to > w->days ? w->days : to;
}
