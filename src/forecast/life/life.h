/* life.h - the end of a product, and its successor. All lies in the run's arena. */
#ifndef KU_FORECAST_LIFE_H
#define KU_FORECAST_LIFE_H

#include "forecast/series.h"

/* How many periods at its end a series seems to have been gone: zeros at the end that are longer
 * than twice any before them and than `least` (and a season, where the past has one). 0: it is
 * alive, or never was. */
int ku_life_gone(const ku_series *series, int season, int least);

/* Reads replacement(old, new, date) and gives each new series the past of the old one before
 * its own first value, scaled by what both sold where they overlap, else by the mean of up to four
 * periods before and after the change. What the old one sold from the date on, on its way
 * out, is taken as its last value before. replaced[i] (set->count, NULL where none) is a sentence
 * for people on what was done to series i. KU_BAD_DATA with the row for a series that is not
 * there, one that is its own successor, and for a product replaced twice. */
ku_status ku_life_replace(const ku_frame *table, ku_series_set *set, const char **replaced,
                          ku_arena *arena, ku_error *err);

#endif
