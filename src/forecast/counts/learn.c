/* learn.c - what all series of a set have in common, by the likelihood of each count given
 * those before it.
 *
 * Five numbers: the mean rate, for how many periods it counts, the memory, the spread, and
 * for how many periods that counts. They are searched one after the other by steps that grow
 * where they help and shrink where they do not (Hooke & Jeeves 1961, Journal of the ACM 8,
 * 212-229), on scales on which a step means about the same everywhere. */
#include <math.h>
#include <stdint.h>

#include "forecast/counts/counts_internal.h"

enum { LEVEL, WEIGHT, MEMORY, SPREAD, SPREAD_WEIGHT, UNKNOWNS };
enum { PERIODS = 60000, ROUNDS = 40 };
static const double lower[UNKNOWNS] = {-14, -3, -7, -7, 0};
static const double upper[UNKNOWNS] = {11.5, 6, -0.7, 7, 7};
static const double most = 1e5;

typedef struct search {
    const ku_counts_series *series;
    size_t step, taken;
    ku_counts_pool pool;
    ku_pool *threads;
} search;

bool ku_counts_possible(const double *y, int n)
{
    for (int t = 0; t < n; t++)
        if (!(y[t] >= 0 && y[t] <= most) || y[t] != floor(y[t])) return false;
    return n > 0;
}

static void set(ku_counts_pool *pool, const double *x)
{
    pool->level = exp(x[LEVEL]);
    pool->weight = exp(x[WEIGHT]);
    pool->memory = 1 - exp(x[MEMORY]);
    pool->spread = 1 + exp(x[SPREAD]);
    pool->spread_weight = exp(x[SPREAD_WEIGHT]);
}

static double likelihood_of(void *data, size_t item)
{
    const search *s = data;
    counts_state state;
    return ku_counts_run(&s->pool, &s->series[item * s->step], &state, NULL);
}

static double value(search *s, const double *x)
{
    set(&s->pool, x);
    return ku_pool_sum(s->threads, s->taken, likelihood_of, s);
}

/* One series says nothing about how series differ: the prior is then its own mean for one
 * period, and its spread that of five. */
static void start(const search *s, double *x, double *step, size_t count)
{
    double sum = 0, periods = 0;
    for (size_t i = 0; i < s->taken; i++) {
        const ku_counts_series *one = &s->series[i * s->step];
        for (int t = 0; t < one->n; t++) sum += one->y[t];
        periods += one->n;
    }
    const double begin[UNKNOWNS] = {log(fmax(sum, 0.5) / periods), count > 1 ? 1 : 0, -2.5, 0,
                                    count > 1 ? 3 : log(5)};
    const double steps[UNKNOWNS] = {0.3, 0.8, 0.8, 0.5, 0.8};
    for (int k = 0; k < UNKNOWNS; k++) {
        bool own = k == LEVEL || k == WEIGHT || k == SPREAD_WEIGHT;
        x[k] = fmin(fmax(begin[k], lower[k]), upper[k]);
        step[k] = count == 1 && own ? 0 : steps[k];
    }
}

/* One step of one unknown either way; true when it helped. */
static bool improve(search *s, double *x, int k, double by, double *best)
{
    double from = x[k];
    for (int way = 0; way < 2; way++) {
        x[k] = fmin(fmax(from + (way ? -by : by), lower[k]), upper[k]);
        double found = value(s, x);
        if (found > *best) {
            *best = found;
            return true;
        }
    }
    x[k] = from;
    return false;
}

void ku_counts_search(ku_counts_pool *pool, const ku_counts_series *series, size_t count,
                      size_t step, ku_pool *threads)
{
    search s = {series, step, (count + step - 1) / step, *pool, threads};
    double x[UNKNOWNS], by[UNKNOWNS];
    start(&s, x, by, count);
    double best = value(&s, x);
    for (int round = 0; round < ROUNDS; round++) {
        bool moving = false;
        for (int k = 0; k < UNKNOWNS; k++) {
            if (fabs(by[k]) < 0.02) continue;
            moving = true;
            double before = x[k];
            bool helped = improve(&s, x, k, by[k], &best);
            /* Go on the way that helped. */
            by[k] = !helped ? by[k] / 3 : x[k] > before ? fabs(by[k]) * 1.5 : -fabs(by[k]) * 1.5;
        }
        if (!moving) break;
    }
    value(&s, x);
    *pool = s.pool;
    double periods = 0;
    for (size_t i = 0; i < s.taken; i++) periods += series[i * step].n;
    pool->likelihood = best / periods;
}

bool ku_counts_pool_learn(ku_counts_pool *pool, const ku_counts_series *series, size_t count,
                          int season, ku_pool *threads, ku_arena *arena)
{
    ku_counts_series *kept = ku_arena_try(arena, (count + 1) * sizeof *kept);
    size_t used = 0, periods = 0;
    if (kept == NULL) return false;
    for (size_t i = 0; i < count; i++)
        if (ku_counts_possible(series[i].y, series[i].n)) {
            kept[used++] = series[i];
            periods += (size_t)series[i].n;
        }
    if (used == 0) return false;
    if (season < 1) season = 1;
    int begin, span = ku_counts_span(kept, used, &begin);
    double *wave = ku_arena_try(arena, (size_t)season * sizeof *wave);
    double *tide = ku_arena_try(arena, ((size_t)span + 1) * sizeof *tide);
    double *room = ku_arena_try(arena, 2 * (size_t)(span > season ? span : season) * sizeof *room);
    if (wave == NULL || tide == NULL || room == NULL) return false;
    ku_counts_season(kept, used, season, wave, tide, room);
    *pool = (ku_counts_pool){
        .season = season, .wave = wave, .begin = begin, .span = span, .tide = tide, .series = used};
    ku_counts_search(pool, kept, used, (periods + PERIODS - 1) / PERIODS, threads);
    return true;
}
