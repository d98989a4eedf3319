/* date.h - civil dates as days since 1970-01-01, times as microseconds since then (UTC),
 * weeks and periods of the business calendar. Owns nothing; all values are plain. */
#ifndef KU_BASE_DATE_H
#define KU_BASE_DATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kemudi/error.h"

#define KU_DAY_MICROS INT64_C(86400000000)

/* Proleptic Gregorian; years 0001..9999 are read and written. */
typedef struct ku_civil {
    int year, month, day; /* month 1..12, day 1..31 */
} ku_civil;

bool ku_civil_valid(int year, int month, int day);
int ku_month_days(int year, int month);
/* Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms", days_from_civil and
 * civil_from_days. The date must be valid. */
int32_t ku_date_from_civil(int year, int month, int day);
ku_civil ku_date_to_civil(int32_t days);
int ku_date_weekday(int32_t days); /* ISO: 1 Monday .. 7 Sunday */

/* ISO 8601 week: the week of a year that holds its first Thursday is week 1. */
typedef struct ku_week {
    int year, week; /* week 1..53 */
} ku_week;
ku_week ku_date_to_week(int32_t days);
int32_t ku_date_from_week(int year, int week); /* its Monday */
int ku_week_count(int year);                   /* 52 or 53 */

/* ---- reading and writing ---------------------------------------------------------- */

typedef enum ku_date_order {
    KU_DATE_YMD, /* 2026-11-23, also 2026/11/23, 2026.11.23 and 20261123 */
    KU_DATE_DMY, /* 23.11.2026, 23/11/2026, 23-11-2026 */
    KU_DATE_MDY, /* 11/23/2026 */
} ku_date_order;

/* The whole text as a date in the given order; a year of two digits is refused. "31.02."
 * is refused saying that February has no 31st. KU_USAGE. */
ku_status ku_date_parse(const char *text, size_t length, ku_date_order order, int32_t *days,
                        ku_error *err);
/* A date, optionally followed by T or a space and hh:mm[:ss[.ffffff]][Z|+hh:mm]. Without a
 * zone it is taken as it stands. */
ku_status ku_timestamp_parse(const char *text, size_t length, ku_date_order order, int64_t *micros,
                             ku_error *err);

#define KU_DATE_TEXT      16
#define KU_TIMESTAMP_TEXT 32
/* "2026-11-23"; returns `to`. */
char *ku_date_format(int32_t days, char to[KU_DATE_TEXT]);
/* "2026-11-23T17:50:33Z", with .ffffff when there are parts of a second. */
char *ku_timestamp_format(int64_t micros, char to[KU_TIMESTAMP_TEXT]);
/* "23 Nov 2026", for people. */
char *ku_date_show(int32_t days, char to[KU_DATE_TEXT]);

int64_t ku_now_micros(void);   /* the clock, UTC */
int32_t ku_today(void);        /* UTC */
double ku_clock_seconds(void); /* monotonic, for measuring */
/* The date of an instant; rounds down also before 1970. */
int32_t ku_date_of(int64_t micros);

/* ---- periods ---------------------------------------------------------------------- */

typedef enum ku_period {
    KU_PERIOD_DAY,
    KU_PERIOD_WEEK, /* ISO, from Monday */
    KU_PERIOD_MONTH,
    KU_PERIOD_QUARTER,
    KU_PERIOD_YEAR,
    KU_PERIOD_COUNT
} ku_period;

const char *ku_period_name(ku_period period); /* "day", "week", "month", "quarter", "year" */
bool ku_period_find(const char *name, ku_period *period);
/* First day of the period that holds the date. */
int32_t ku_period_floor(ku_period period, int32_t days);
/* First day of the period n after (before: negative) the one that holds the date. */
int32_t ku_period_add(ku_period period, int32_t days, int64_t n);
/* How many periods from the one that holds `from` to the one that holds `to`. */
int64_t ku_period_between(ku_period period, int32_t from, int32_t to);
/* Periods in a year: 365, 52, 12, 4, 1. */
int ku_period_season(ku_period period);
/* "23 Nov 2026", "2026-W48", "Nov 2026", "Q4 2026", "2026"; returns `to`. */
#define KU_PERIOD_TEXT 16
char *ku_period_label(ku_period period, int32_t days, char to[KU_PERIOD_TEXT]);

#endif
