/* mix_made.h - a small company whose media are known, for tests of the mix model. Owns what is
 * in its arena. */
#ifndef KU_TESTS_MIX_MADE_H
#define KU_TESTS_MIX_MADE_H

#include "check.h"

#include <string.h>

#include "returns/mix/mix.h"

enum { MADE_PERIODS = 30, MADE_BEFORE = 4, MADE_CHANNELS = 4 };

/* TV, social, an organic channel and video with reach and frequency; a price, two controls, a
 * holiday. Spend comes in bursts. The outcome is positive. */
static inline ku_mix_data made_data(int regions, ku_arena *arena, uint64_t seed)
{
    static const char *const name[] = {"TV", "Social", "Mail", "Video"};
    static const char *const region[] = {"North", "East", "South", "West", "Middle"};
    int rows = MADE_BEFORE + MADE_PERIODS;
    size_t grid = (size_t)(MADE_PERIODS * regions), all = (size_t)(rows * regions);
    ku_rng rng = ku_rng_make(seed, 1);
    ku_mix_data d = {.regions = regions,
                     .periods = MADE_PERIODS,
                     .before = MADE_BEFORE,
                     .channels = MADE_CHANNELS,
                     .treatments = 1,
                     .controls = 2,
                     .events = 1,
                     .region = region};
    ku_mix_channel *channel = KU_ARRAY(arena, MADE_CHANNELS, ku_mix_channel);
    double *y = KU_ARRAY(arena, grid, double), *each = KU_ARRAY(arena, grid, double);
    for (int m = 0; m < MADE_CHANNELS; m++) {
        double *x = KU_ARRAY(arena, all, double), *often = KU_ARRAY(arena, all, double);
        double *spend = KU_ARRAY(arena, all, double);
        for (size_t i = 0; i < all; i++) {
            bool on = ku_rng_uniform(&rng) < .7;
            x[i] = on ? 100 * ku_rng_gamma(&rng, 2) : 0;
            often[i] = on ? 1 + ku_rng_gamma(&rng, 2) : 0;
            spend[i] = x[i] * (1 + .2 * m);
        }
        channel[m] = (ku_mix_channel){name[m], x, m == 3 ? often : NULL, m != 2 ? spend : NULL};
    }
    for (size_t i = 0; i < grid; i++) {
        size_t now = i + (size_t)(MADE_BEFORE * regions);
        y[i] = 2000 + 200 * ku_rng_normal(&rng);
        for (int m = 0; m < 3; m++)
            y[i] += 300 * channel[m].exposure[now] / (200 + channel[m].exposure[now]);
        y[i] = floor(y[i]);
        each[i] = 1.5 + .1 * ku_rng_normal(&rng);
    }
    ku_mix_series *series = KU_ARRAY(arena, 3, ku_mix_series);
    for (int n = 0; n < 3; n++) {
        double *z = KU_ARRAY(arena, grid, double);
        for (size_t i = 0; i < grid; i++) z[i] = 3 + ku_rng_normal(&rng);
        static const char *const names[] = {"Price", "Weather", "Rival"};
        series[n] = (ku_mix_series){names[n], z, n == 2};
    }
    double *people = KU_ARRAY(arena, (size_t)regions, double);
    for (int g = 0; g < regions; g++) people[g] = 50 + 30 * g;
    double *year = KU_ARRAY(arena, MADE_PERIODS, double);
    double *feast = KU_ARRAY(arena, MADE_PERIODS, double);
    for (int t = 0; t < MADE_PERIODS; t++) year[t] = t / 52.0, feast[t] = t % 13 == 5;
    ku_mix_event *event = KU_NEW(arena, ku_mix_event);
    *event = (ku_mix_event){"Feast", feast};
    d.outcome = y;
    d.revenue_per_unit = each;
    d.population = people;
    d.year = year;
    d.channel = channel;
    d.treatment = series;
    d.control = series + 1;
    d.event = event;
    return d;
}

#endif
