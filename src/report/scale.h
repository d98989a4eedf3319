/* scale.h - round numbers and dates for axes. Plain values; owns nothing. */
#ifndef KU_REPORT_SCALE_H
#define KU_REPORT_SCALE_H

#include "base/date.h"
#include "base/format.h"

/* An axis from `lo` to `hi`, both ticks, in `count` ticks `step` apart. */
typedef struct ku_scale {
    double lo, hi, step;
    int count;
} ku_scale;

/* The narrowest scale over [lo, hi] with steps of 1, 2 or 5 times a power of ten and at most
 * `most` ticks (>= 2). `whole`: no step below 1, for what is only counted whole. Equal ends
 * get room around them; lo > hi and numbers that are not finite give 0..1. */
ku_scale ku_scale_nice(double lo, double hi, int most, bool whole);

double ku_scale_tick(const ku_scale *scale, int i);
/* Where a value stands between the places `from` (of lo) and `to` (of hi). */
double ku_scale_place(const ku_scale *scale, double value, double from, double to);
/* The text of a tick: as many decimals as the step needs, the same on the whole axis;
 * millions and more by letter ("1.5 M"), shares and changes in percent. Without currency
 * and unit word, which the axis' title says. Returns `to`. */
char *ku_scale_label(const ku_scale *scale, double value, const char *unit,
                     char to[KU_NUMBER_TEXT]);

/* Whether [lo, hi] lies so far above zero that an axis from zero would hide its shape. */
bool ku_scale_far_from_zero(double lo, double hi);

/* Dates at which an axis over periods of that length is labelled: every first day of a
 * period at a usual distance (1, 2, 3, 6 months; 1, 2, 5, 10 years; ...) within [from, to],
 * at most `most` of them, most >= 1. Returns their number. */
int ku_scale_dates(ku_period period, int32_t from, int32_t to, int most, int32_t *ticks);

/* The length of the periods that dates at this least distance stand for. */
ku_period ku_scale_period(int32_t least_days);

#endif
