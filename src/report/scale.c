/* scale.c - round numbers and dates for axes.
 *
 * A reader counts along an axis in steps of 1, 2 or 5; anything else must be calculated. So
 * the step is the smallest such number that needs no more ticks than there is room for, and
 * both ends of the axis are ticks. Dates have their own round numbers: months go by 1, 2, 3
 * and 6, years by 1, 2 and 5, and each begins where the calendar does, not where the data do. */
#include "report/scale.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static int ticks_needed(double lo, double hi, double step)
{
    double from = floor(lo / step + 1e-9), to = ceil(hi / step - 1e-9);
    return (int)fmin(to - from, 1e6) + 1;
}

/* The next larger of 1, 2, 5, 10, 20, ...; `*mantissa` is its first digit. */
static double larger_step(double power, int *mantissa)
{
    *mantissa = *mantissa == 1 ? 2 : *mantissa == 2 ? 5 : 10;
    return *mantissa * power;
}

static double smallest_step(double lo, double hi, int most, bool whole)
{
    double power = pow(10, floor(log10((hi - lo) / most)));
    int mantissa = 1;
    if (whole && power < 1) power = 1;
    double step = power;
    while (ticks_needed(lo, hi, step) > most) {
        step = larger_step(power, &mantissa);
        if (mantissa == 10) {
            power *= 10;
            mantissa = 1;
        }
    }
    return step;
}

ku_scale ku_scale_nice(double lo, double hi, int most, bool whole)
{
    if (!isfinite(lo) || !isfinite(hi) || lo > hi) lo = 0, hi = 1;
    if (hi - lo <= 1e-12 * fmax(fabs(lo), fabs(hi)) || hi == lo) {
        double room = lo == 0 ? 1 : fabs(lo) / 2;
        hi = lo + room;
        lo -= lo == 0 ? 0 : room;
    }
    if (most < 2) most = 2;
    double step = smallest_step(lo, hi, most, whole);
    ku_scale scale = {.step = step, .count = ticks_needed(lo, hi, step)};
    scale.lo = floor(lo / step + 1e-9) * step;
    scale.hi = scale.lo + (scale.count - 1) * step;
    return scale;
}

double ku_scale_tick(const ku_scale *scale, int i)
{
    double tick = scale->lo + i * scale->step;
    return fabs(tick) < scale->step * 1e-9 ? 0 : tick;
}

double ku_scale_place(const ku_scale *scale, double value, double from, double to)
{
    return from + (value - scale->lo) / (scale->hi - scale->lo) * (to - from);
}

bool ku_scale_far_from_zero(double lo, double hi)
{
    return (lo > 0 && lo > 0.55 * hi) || (hi < 0 && hi < 0.55 * lo);
}

/* ---- labels of numbers --------------------------------------------------------------- */

static int decimals_of(double step)
{
    int decimals = 0;
    while (decimals < 9 && fabs(step - round(step)) > 1e-6 * step) {
        step *= 10;
        decimals++;
    }
    return decimals;
}

/* Millions and more are written by letter unless that would take more than two decimals. */
static const char *letter_for(const ku_scale *scale, double *size)
{
    static const struct {
        double size;
        const char *letter;
    } letters[] = {{1e12, " T"}, {1e9, " B"}, {1e6, " M"}};
    double largest = fmax(fabs(scale->lo), fabs(scale->hi));
    for (size_t i = 0; i < sizeof letters / sizeof *letters; i++)
        if (largest >= letters[i].size && decimals_of(scale->step / letters[i].size) <= 2) {
            *size = letters[i].size;
            return letters[i].letter;
        }
    *size = 1;
    return "";
}

static void append(char to[KU_NUMBER_TEXT], const char *text)
{
    size_t at = strlen(to);
    snprintf(to + at, KU_NUMBER_TEXT - at, "%s", text);
}

char *ku_scale_label(const ku_scale *scale, double value, const char *unit, char to[KU_NUMBER_TEXT])
{
    bool percent = strcmp(unit, "share") == 0 || strcmp(unit, "change") == 0;
    double size = 0.01;
    const char *after = percent ? " %" : letter_for(scale, &size);
    double shown = value / size;
    ku_format_fixed(to, shown, value == 0 ? 0 : decimals_of(scale->step / size), NULL);
    if (value != 0)
        append(to, after);
    else if (percent)
        append(to, " %");
    if (strcmp(unit, "change") == 0 && value > 0) {
        char plain[KU_NUMBER_TEXT];
        snprintf(plain, sizeof plain, "%s", to);
        snprintf(to, KU_NUMBER_TEXT, "+%.60s", plain);
    }
    return to;
}

/* ---- dates ------------------------------------------------------------------------------ */

typedef struct date_step {
    ku_period period;
    int every;
} date_step;

static const date_step date_steps[] = {
    {KU_PERIOD_DAY, 1},     {KU_PERIOD_DAY, 2},   {KU_PERIOD_WEEK, 1},   {KU_PERIOD_WEEK, 2},
    {KU_PERIOD_MONTH, 1},   {KU_PERIOD_MONTH, 2}, {KU_PERIOD_MONTH, 3},  {KU_PERIOD_MONTH, 6},
    {KU_PERIOD_YEAR, 1},    {KU_PERIOD_YEAR, 2},  {KU_PERIOD_YEAR, 5},   {KU_PERIOD_YEAR, 10},
    {KU_PERIOD_YEAR, 20},   {KU_PERIOD_YEAR, 50}, {KU_PERIOD_YEAR, 100}, {KU_PERIOD_YEAR, 500},
    {KU_PERIOD_YEAR, 5000},
};

/* A step fits the data's periods when every tick is the first day of one of them. */
static bool step_fits(date_step step, ku_period period)
{
    if (step.period == KU_PERIOD_WEEK) return period <= KU_PERIOD_WEEK;
    if (period == KU_PERIOD_WEEK) return step.period > KU_PERIOD_WEEK;
    if (period == KU_PERIOD_QUARTER)
        return step.period == KU_PERIOD_YEAR ||
               (step.period == KU_PERIOD_MONTH && step.every % 3 == 0);
    return step.period >= period;
}

/* The number that tells whether a period is a round one: months count from January, years
 * from 0, weeks and days from the epoch. */
static int64_t ordinal(ku_period period, int32_t days)
{
    ku_civil civil = ku_date_to_civil(days);
    if (period == KU_PERIOD_YEAR) return civil.year;
    if (period == KU_PERIOD_MONTH) return civil.year * 12 + civil.month - 1;
    if (period == KU_PERIOD_WEEK) return (days + 3) / 7;
    return days;
}

static int dates_of_step(date_step step, int32_t from, int32_t to, int most, int32_t *ticks)
{
    int count = 0;
    int32_t at = ku_period_floor(step.period, from);
    for (int guard = 0; at <= to && guard < 100000;
         at = ku_period_add(step.period, at, 1), guard++) {
        int64_t place = ordinal(step.period, at);
        if (at < from || (place % step.every + step.every) % step.every != 0) continue;
        if (count < most) ticks[count] = at;
        count++;
    }
    return count;
}

int ku_scale_dates(ku_period period, int32_t from, int32_t to, int most, int32_t *ticks)
{
    if (most < 1) return 0;
    for (size_t i = 0; i < sizeof date_steps / sizeof *date_steps; i++) {
        date_step step = date_steps[i];
        if (!step_fits(step, period)) continue;
        int count = dates_of_step(step, from, to, most, ticks);
        if (count > 0 && count <= most) return count;
        /* The next step would show nothing at all: the first day is a label then. */
        if (count == 0) break;
    }
    ticks[0] = from;
    return 1;
}

ku_period ku_scale_period(int32_t least_days)
{
    if (least_days >= 360) return KU_PERIOD_YEAR;
    if (least_days >= 85) return KU_PERIOD_QUARTER;
    if (least_days >= 28) return KU_PERIOD_MONTH;
    return least_days >= 7 ? KU_PERIOD_WEEK : KU_PERIOD_DAY;
}
