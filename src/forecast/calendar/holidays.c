/* holidays.c - Easter by its rule, the Islamic year by its table, the Chinese new year by the
 * moon and the sun. */
#include "forecast/calendar/holidays.h"

#include <math.h>

#include "base/date.h"

int32_t ku_easter(int year)
{
    int a = year % 19, b = year / 100, c = year % 100;
    int d = b / 4, e = b % 4, g = (8 * b + 13) / 25;
    int h = (19 * a + b - d - g + 15) % 30, i = c / 4, k = c % 4;
    int l = (32 + 2 * e + 2 * i - h - k) % 7, m = (a + 11 * h + 19 * l) / 433;
    int month = (h + l - 7 * m + 90) / 25;
    return ku_date_from_civil(year, month, (h + l - 7 * m + 33 * month + 19) % 32);
}

/* 1 Muharram 1 is 16 July 622 of the Julian calendar. */
static const int32_t hijra = -492148;

int32_t ku_islamic(int year, int month)
{
    return hijra + (year - 1) * 354 + (3 + 11 * year) / 30 + 29 * (month - 1) + month / 2;
}

int ku_islamic_year(int32_t day)
{
    int year = (int)((day - hijra) / 354.3667) + 2;
    while (ku_islamic(year, 1) > day) year--;
    return year;
}

/* ---- moon and sun ------------------------------------------------------------------------------ */

static const double degree = 0.017453292519943295;
/* The Julian ephemeris day of 1970-01-01 0h in Beijing, the 70 seconds or so by which
 * ephemeris time is ahead included. */
static const double beijing = 2440587.5 - 8.0 / 24 + 70.0 / 86400;

/* The new moon `k` after that of 6 January 2000, as days since 1970 in Beijing. */
static double new_moon(int k)
{
    /* Sine terms: coefficient, multiples of the sun's anomaly, the moon's, its latitude's. */
    static const double term[][4] = {
        {-0.40720, 0, 1, 0}, {0.17241, 1, 0, 0},   {0.01608, 0, 2, 0},  {0.01039, 0, 0, 2},
        {0.00739, -1, 1, 0}, {-0.00514, 1, 1, 0},  {0.00208, 2, 0, 0},  {-0.00111, 0, 1, -2},
        {-0.00057, 0, 1, 2}, {0.00056, 1, 2, 0},   {-0.00042, 0, 3, 0}, {0.00042, 1, 0, 2},
        {0.00038, 1, 0, -2}, {-0.00024, -1, 2, 0},
    };
    double t = k / 1236.85, e = 1 - 0.002516 * t - 0.0000074 * t * t;
    double jde = 2451550.09766 + 29.530588861 * k + 0.00015437 * t * t;
    double sun = 2.5534 + 29.10535670 * k - 0.0000014 * t * t;
    double moon = 201.5643 + 385.81693528 * k + 0.0107582 * t * t;
    double node = 160.7108 + 390.67050284 * k - 0.0016118 * t * t;
    double omega = 124.7746 - 1.56375588 * k + 0.0020672 * t * t;
    for (int i = 0; i < 14; i++) {
        double angle = term[i][1] * sun + term[i][2] * moon + term[i][3] * node;
        jde += term[i][0] * pow(e, fabs(term[i][1])) * sin(degree * angle);
    }
    return jde - 0.00017 * sin(degree * omega) - beijing;
}

/* The sun's longitude in degrees at a moment of days since 1970 in Beijing. */
static double sun_longitude(double day)
{
    double t = (day + beijing - 2451545.0) / 36525;
    double m = degree * (357.52911 + 35999.05029 * t - 0.0001537 * t * t);
    double center = (1.914602 - 0.004817 * t) * sin(m) + 0.019993 * sin(2 * m) +
                    0.000289 * sin(3 * m);
    double omega = degree * (125.04 - 1934.136 * t);
    double longitude = 280.46646 + 36000.76983 * t + 0.0003032 * t * t + center - 0.00569 -
                       0.00478 * sin(omega);
    return longitude - 360 * floor(longitude / 360);
}

static int32_t winter_solstice(int year)
{
    int32_t day = ku_date_from_civil(year, 12, 18);
    while (sun_longitude(day + 1) < 270) day++;
    return day;
}

/* Whether between two days the sun enters none of the twelve signs. */
static bool no_sign(int32_t from, int32_t to)
{
    return floor(sun_longitude(from) / 30) - floor(sun_longitude(to) / 30) == 0;
}

/* The number of the last new moon not after the day. */
static int moon_before(int32_t day)
{
    int k = (int)((day - 10962) / 29.530588861) + 2;
    while (floor(new_moon(k)) > day) k--;
    return k;
}

int32_t ku_chinese_new_year(int year)
{
    int eleventh = moon_before(winter_solstice(year - 1));
    bool leap = moon_before(winter_solstice(year)) - eleventh == 13;
    int32_t moon[4];
    for (int i = 0; i < 4; i++) moon[i] = (int32_t)floor(new_moon(eleventh + i));
    bool between = leap && (no_sign(moon[1], moon[2]) || no_sign(moon[2], moon[3]));
    return moon[between ? 3 : 2];
}
