/* calendar.c - columns from the calendar.
 *
 * A column counts the days of its kind that a period holds: the working days of a month, the
 * days around Easter that fall into a week. So one rule serves days, weeks and months, the
 * effect is one of a day, and an Easter at the turn of a month counts in both. What is the
 * same in every period (the working days of a week) is left to the regression to drop. */
#include "forecast/calendar/calendar.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/date.h"
#include "base/text.h"
#include "forecast/calendar/holidays.h"

const char *const ku_calendar_names = "working-days, easter, islamic, chinese, christmas, events";

enum { MOST_EVENTS = 40 };

/* ---- days of a kind ------------------------------------------------------------------------------ */

/* How many of the days [a, b) lie in [from, to). */
static int overlap(int32_t from, int32_t to, int32_t a, int32_t b)
{
    int32_t low = from > a ? from : a, high = to < b ? to : b;
    return high > low ? high - low : 0;
}

static int working_days(int32_t from, int32_t to)
{
    int32_t weeks = (to - from) / 7;
    int count = (int)weeks * 5;
    for (int32_t day = from + 7 * weeks; day < to; day++) {
        int weekday = (int)(((int64_t)day + 3) % 7); /* 1970-01-01 was a Thursday; 0: Monday */
        if (weekday < 0) weekday += 7;
        count += weekday < 5;
    }
    return count;
}

static int all_days(int32_t from, int32_t to)
{
    return to - from;
}

/* The days around one that moves, over the years the period touches. */
static int around(int32_t from, int32_t to, int32_t (*day_of)(int year), int before, int after)
{
    int first = ku_date_to_civil(from - 60).year, last = ku_date_to_civil(to + 60).year, count = 0;
    for (int year = first; year <= last; year++) {
        int32_t day = day_of(year);
        count += overlap(from, to, day - before, day + after);
    }
    return count;
}

static int easter_days(int32_t from, int32_t to)
{
    return around(from, to, ku_easter, 2, 2); /* Good Friday to Easter Monday */
}

static int days_before_easter(int32_t from, int32_t to)
{
    return around(from, to, ku_easter, 9, -2);
}

static int chinese_days(int32_t from, int32_t to)
{
    return around(from, to, ku_chinese_new_year, 1, 7);
}

static int days_before_chinese(int32_t from, int32_t to)
{
    return around(from, to, ku_chinese_new_year, 15, -1);
}

static int32_t christmas(int year)
{
    return ku_date_from_civil(year, 12, 25);
}

static int christmas_days(int32_t from, int32_t to)
{
    return around(from, to, christmas, 1, 2);
}

static int days_before_christmas(int32_t from, int32_t to)
{
    return around(from, to, christmas, 8, -1);
}

/* Days of a stretch of the Islamic year, from `before` days ahead of the first of a month. */
static int islamic_days(int32_t from, int32_t to, int month, int before, int after)
{
    int first = ku_islamic_year(from - 60), last = ku_islamic_year(to + 60), count = 0;
    for (int year = first; year <= last; year++) {
        int32_t day = ku_islamic(year, month);
        count += overlap(from, to, day - before, day + after);
    }
    return count;
}

static int ramadan_days(int32_t from, int32_t to)
{
    return islamic_days(from, to, 9, 0, 30);
}

static int fitr_days(int32_t from, int32_t to)
{
    return islamic_days(from, to, 10, 2, 3);
}

static int adha_days(int32_t from, int32_t to)
{
    return islamic_days(from, to, 12, -7, 13); /* 8 to 13 Dhu al-Hijja */
}

typedef struct kind {
    const char *list; /* the name in --calendar */
    const char *name; /* of the column */
    int (*days)(int32_t from, int32_t to);
    bool months; /* only where periods are months or longer */
} kind;

static const kind kinds[] = {
    {"working-days", "working days", working_days, true},
    {"working-days", "days", all_days, true},
    {"easter", "Easter", easter_days, false},
    {"easter", "before Easter", days_before_easter, false},
    {"islamic", "Ramadan", ramadan_days, false},
    {"islamic", "Eid al-Fitr", fitr_days, false},
    {"islamic", "Eid al-Adha", adha_days, false},
    {"chinese", "Chinese New Year", chinese_days, false},
    {"chinese", "before Chinese New Year", days_before_chinese, false},
    {"christmas", "Christmas", christmas_days, false},
    {"christmas", "before Christmas", days_before_christmas, false},
};
enum { KINDS = sizeof kinds / sizeof *kinds };

/* ---- which are asked for ----------------------------------------------------------------------------- */

static ku_status unknown(const char *at, size_t length, ku_error *err)
{
    return ku_error_set(err, KU_USAGE, "calendar", "found \"%.*s\", expected some of: %s, or all",
                        (int)(length < 60 ? length : 60), at, ku_calendar_names);
}

static bool same(ku_span part, const char *name)
{
    return strlen(name) == part.length && memcmp(part.at, name, part.length) == 0;
}

/* Marks the kinds; *events: the events of the fact too. */
static ku_status choose(const char *list, bool asked[KINDS], bool *events, ku_error *err)
{
    for (const char *at = list; at != NULL;) {
        const char *comma = strchr(at, ',');
        ku_span part = ku_text_trim(at, comma != NULL ? (size_t)(comma - at) : strlen(at));
        bool all = same(part, "all"), known = all || same(part, "events");
        if (known) *events = true;
        for (int i = 0; i < KINDS; i++)
            if (all || same(part, kinds[i].list)) asked[i] = known = true;
        if (!known) return unknown(part.at, part.length, err);
        at = comma != NULL ? comma + 1 : NULL;
    }
    return KU_OK;
}

/* ---- the columns -------------------------------------------------------------------------------------- */

/* More rows ahead and more columns; what was there stays, what is new is not given. */
static bool widen(ku_series *s, int columns, int more, int horizon, ku_arena *arena)
{
    int ahead = s->ahead > horizon ? s->ahead : horizon;
    size_t old = (size_t)(s->n + s->ahead), length = (size_t)(s->n + ahead);
    double *x = ku_arena_try(arena, (size_t)(columns + more) * length * sizeof *x);
    if (x == NULL) return false;
    for (size_t i = 0; i < (size_t)(columns + more) * length; i++) x[i] = NAN;
    for (int c = 0; c < columns; c++)
        memcpy(x + (size_t)c * length, s->x + (size_t)c * old, old * sizeof *x);
    s->x = x;
    s->ahead = ahead;
    return true;
}

static void put_kind(const ku_series_period *p, ku_series *s, int column, const kind *k)
{
    double *to = s->x + (size_t)column * (size_t)(s->n + s->ahead);
    for (int t = 0; t < s->n + s->ahead; t++)
        to[t] = k->days((int32_t)ku_series_date(p, s->first, t),
                        (int32_t)ku_series_date(p, s->first, t + 1));
}

typedef struct event {
    int32_t date;
    int which; /* of the names */
    double value;
    const char *region; /* NULL: everywhere */
} event;

/* A day of the fact, in the period that holds it. */
static void put_event(const ku_series_period *p, ku_series *s, int first_column, const event *e)
{
    if (e->region != NULL && strcmp(e->region, s->name) != 0) return;
    int64_t at = ku_series_place(p, s->first, e->date);
    int length = s->n + s->ahead;
    if (at < 0 || at >= length) return;
    s->x[(size_t)(first_column + e->which) * (size_t)length + (size_t)at] += e->value;
}

/* Reads the fact; names of events in order of first sight. */
static size_t read_events(const ku_frame *table, ku_arena *arena, event **events,
                          const char *names[MOST_EVENTS], int *count)
{
    *count = 0;
    if (table == NULL) return 0;
    const ku_column *date = ku_frame_column(table, "date"), *name = ku_frame_column(table, "event");
    const ku_column *region = ku_frame_column(table, "region");
    const ku_column *value = ku_frame_column(table, "value");
    size_t found = 0;
    *events = KU_ARRAY(arena, (size_t)table->rows + 1, event);
    for (int64_t i = 0; i < table->rows; i++) {
        if (!ku_column_valid(date, i) || !ku_column_valid(name, i)) continue;
        const char *text = ku_column_text(name, i, arena);
        int which = 0;
        while (which < *count && strcmp(names[which], text) != 0) which++;
        if (which == *count && *count == MOST_EVENTS) continue;
        if (which == *count) names[(*count)++] = text;
        double number = value != NULL && ku_column_valid(value, i) ? ku_column_number(value, i) : 1;
        const char *where = region != NULL ? ku_column_text(region, i, arena) : NULL;
        (*events)[found++] = (event){date->as.days[i], which, number,
                                     where != NULL && where[0] != '\0' ? where : NULL};
    }
    return found;
}

static void fill(ku_series_set *set, ku_series *s, const bool asked[KINDS], int columns,
                 const event *events, size_t event_count, int names)
{
    for (int i = 0; i < KINDS; i++)
        if (asked[i]) put_kind(&set->period, s, columns++, &kinds[i]);
    int length = s->n + s->ahead;
    for (size_t i = 0; i < (size_t)names * (size_t)length; i++)
        s->x[(size_t)columns * (size_t)length + i] = 0;
    for (size_t i = 0; i < event_count; i++) put_event(&set->period, s, columns, &events[i]);
}

ku_status ku_calendar_add(ku_series_set *set, const char *list, const ku_frame *table, int horizon,
                          ku_arena *arena, ku_error *err)
{
    bool asked[KINDS] = {false}, with_events = false;
    KU_TRY(choose(list, asked, &with_events, err));
    if (set->period.numbers)
        return ku_error_set(err, KU_USAGE, "calendar",
                            "the dates are whole numbers, for which there is no calendar");
    const char *names[MOST_EVENTS];
    event *events = NULL;
    int event_names = 0, more = 0, columns = set->columns;
    size_t event_count = with_events ? read_events(table, arena, &events, names, &event_names) : 0;
    for (int i = 0; i < KINDS; i++) {
        asked[i] = asked[i] && (!kinds[i].months || set->period.months);
        more += asked[i];
    }
    const char **column = KU_ARRAY(arena, (size_t)(columns + more + event_names) + 1, const char *);
    for (int i = 0; i < columns; i++) column[i] = set->column[i];
    int at = columns;
    for (int i = 0; i < KINDS; i++)
        if (asked[i]) column[at++] = kinds[i].name;
    for (int i = 0; i < event_names; i++) column[at++] = names[i];
    set->column = column;
    set->columns = at;
    for (size_t i = 0; i < set->count; i++) {
        ku_series *s = &set->series[i];
        if (s->value == NULL) continue;
        if (!widen(s, columns, at - columns, horizon, arena))
            return ku_error_set(err, KU_NO_MEMORY, "series", "too many rows for the memory");
        fill(set, s, asked, columns, events, event_count, event_names);
    }
    return KU_OK;
}
