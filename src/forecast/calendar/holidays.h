/* holidays.h - days that move from year to year. Days are counted since 1970-01-01, years are
 * of the Gregorian calendar. Owns nothing. */
#ifndef KU_FORECAST_HOLIDAYS_H
#define KU_FORECAST_HOLIDAYS_H

#include <stdint.h>

/* Easter Sunday of the western churches. Meeus (1998), Astronomical Algorithms, chapter 8. */
int32_t ku_easter(int year);

/* First day of a month (1 Muharram .. 12 Dhu al-Hijja) of a year of the Hijra by the tabular
 * calendar (Reingold & Dershowitz 2018, Calendrical Calculations, eq. 7.3). The crescent
 * that is sighted, and so the holiday of a country, can be a day off. */
int32_t ku_islamic(int hijra_year, int month);
/* The year of the Hijra that holds the day. */
int ku_islamic_year(int32_t day);

/* Chinese New Year, from the new moons and the winter solstice in the time of Beijing: the
 * second new moon after the solstice, the third where a leap month comes between. New moons
 * by Meeus, chapter 49 (to about a minute), the sun by chapter 25 (to .01 degrees): right for
 * 1950-2100 but where a new moon falls within minutes of midnight. */
int32_t ku_chinese_new_year(int year);

#endif
