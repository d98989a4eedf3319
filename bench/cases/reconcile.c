/* reconcile.c - making 30,000 series of 60 periods add up, in a tree and with crossed groups:
 * time of the processor and memory, without the base forecasts themselves. A dense covariance
 * of these nodes would take 8 GB. */
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

#include "../process.h"
#include "forecast/reconcile/futures.h"
#include "forecast/reconcile/shrink.h"

enum { LEAVES = 30000, PERIODS = 60, FUTURES = 1000, REPEATS = 5 };

typedef struct bench {
    ku_arena *arena;
    ku_hierarchy *h;
    double *error, *variance, *base, *bound[KU_BOUNDS], *y;
    float *score;
    bool *bounded;
} bench;

static void print(const char *what, const char *structure, double value, const char *unit,
                  const char *target, const char *note)
{
    printf("%s, %s\t%.3g\t%s\t%s\t%s\n", what, structure, value, unit, target, note);
}

/* 1,500 families of 20 in 60 groups; with `crossed`, 40 channels drawn at random. */
static void make_structure(bench *b, bool crossed)
{
    int32_t *group = KU_ARRAY(b->arena, 4 * LEAVES, int32_t);
    ku_rng rng = ku_rng_make(1, 1);
    for (int i = 0; i < LEAVES; i++) {
        group[LEAVES + i] = i / 500;
        group[2 * LEAVES + i] = i / 20;
        group[3 * LEAVES + i] = (int32_t)(i < 40 ? (uint64_t)i : ku_rng_below(&rng, 40));
    }
    const ku_level level[] = {{group, 1},
                              {group + LEAVES, LEAVES / 500},
                              {group + 2 * LEAVES, LEAVES / 20},
                              {group + 3 * LEAVES, 40}};
    b->h = ku_hierarchy_new(b->arena, LEAVES, level, crossed ? 4 : 3);
}

/* Leaves around 2, some of them near zero; errors partly common to a group. */
static void make_errors(bench *b)
{
    size_t n = (size_t)b->h->nodes;
    ku_rng rng = ku_rng_make(2, 2);
    b->error = KU_ARRAY(b->arena, n * PERIODS, double);
    b->score = KU_ARRAY(b->arena, n * PERIODS, float);
    b->variance = KU_ARRAY(b->arena, n, double);
    for (size_t t = 0; t < PERIODS; t++) {
        double common = ku_rng_normal(&rng), *row = b->error + t * n;
        for (int i = 0; i < LEAVES; i++)
            row[b->h->aggregates + i] = ku_rng_normal(&rng) + 0.5 * common;
        ku_hierarchy_sum(b->h, row + b->h->aggregates, row);
    }
    for (size_t i = 0; i < n; i++) {
        double squares = 0;
        for (size_t t = 0; t < PERIODS; t++) squares += pow(b->error[t * n + i], 2);
        b->variance[i] = squares / PERIODS;
        for (size_t t = 0; t < PERIODS; t++) {
            b->error[t * n + i] /= sqrt(b->variance[i]);
            b->score[t * n + i] = (float)b->error[t * n + i];
        }
    }
}

static void make_base(bench *b)
{
    size_t n = (size_t)b->h->nodes;
    ku_rng rng = ku_rng_make(3, 3);
    b->base = KU_ARRAY(b->arena, n, double);
    b->y = KU_ARRAY(b->arena, n, double);
    b->bounded = KU_ARRAY(b->arena, LEAVES, bool);
    for (int i = 0; i < LEAVES; i++) {
        b->base[b->h->aggregates + i] = fabs(2 + 1.5 * ku_rng_normal(&rng));
        b->bounded[i] = true;
    }
    ku_hierarchy_sum(b->h, b->base + b->h->aggregates, b->base);
    for (int g = 0; g < b->h->aggregates; g++)
        b->base[g] += sqrt(b->variance[g]) * ku_rng_normal(&rng);
    for (size_t k = 0; k < KU_BOUNDS; k++) {
        b->bound[k] = KU_ARRAY(b->arena, n, double);
        for (size_t i = 0; i < n; i++)
            b->bound[k][i] = b->base[i] +
                             ku_normal_quantile(ku_bound_share[k]) * sqrt(b->variance[i]);
    }
}

static void measure_futures(bench *b, const ku_reconciler *r, double shrinkage,
                            const char *structure)
{
    ku_futures_options options = {.hierarchy = b->h,
                                  .reconciler = r,
                                  .score = b->score,
                                  .periods = PERIODS,
                                  .shrinkage = shrinkage,
                                  .bounded = b->bounded,
                                  .count = FUTURES,
                                  .seed = 1};
    ku_futures *f = ku_futures_new(b->arena, &options, 1);
    ku_futures_base base = {b->base, {b->bound[0], b->bound[1], b->bound[2], b->bound[3]}};
    double *bound[KU_BOUNDS], from = processor_seconds();
    for (size_t k = 0; k < KU_BOUNDS; k++)
        bound[k] = KU_ARRAY(b->arena, (size_t)b->h->nodes, double);
    ku_futures_set(f, &base, 1);
    ku_futures_bounds(f, NULL, bound);
    print("intervals of one period", structure, processor_seconds() - from, "s", "",
          "1,000 reconciled futures and their quantiles, one core");
}

static void measure(bool crossed)
{
    const char *structure = crossed ? "30,000 leaves, crossed" : "30,000 leaves, tree";
    bench *b = &(bench){.arena = ku_arena_new()};
    make_structure(b, crossed);
    make_errors(b);
    make_base(b);
    double from = processor_seconds();
    double *gram = KU_ARRAY(b->arena, PERIODS * PERIODS, double);
    double shrinkage = ku_shrink_intensity(b->error, b->h->nodes, PERIODS, gram);
    ku_reconcile_options options = {.method = KU_MINT,
                                    .variance = b->variance,
                                    .error = b->error,
                                    .periods = PERIODS,
                                    .shrinkage = shrinkage};
    ku_reconciler *r = ku_reconciler_new(b->arena, b->h, &options);
    double *work = KU_ARRAY(b->arena, ku_reconciler_room(r), double);
    print("MinT set up", structure, processor_seconds() - from, "s", "<= 5",
          "shrinkage of 60 periods and the projections, one core");
    from = processor_seconds();
    for (int k = 0; k < REPEATS; k++) ku_reconcile(r, b->base, 1e-12, b->y, work);
    print("MinT, one period", structure, 1e3 * (processor_seconds() - from) / REPEATS, "ms", "",
          "reconciling all nodes");
    from = processor_seconds();
    ku_bounded_end end = ku_reconcile_bounded(r, b->base, b->bounded, b->y, work);
    char note[96];
    snprintf(note, sizeof note, "%d rounds, %d leaves at zero, %s", end.rounds, end.zeros,
             end.optimal ? "optimal" : "not optimal");
    print("MinT without negatives", structure, processor_seconds() - from, "s", "<= 10", note);
    measure_futures(b, r, shrinkage, structure);
    ku_arena_free(b->arena);
}

int main(void)
{
    struct rusage usage;
    measure(false);
    measure(true);
    getrusage(RUSAGE_SELF, &usage);
    print("memory", "30,000 leaves", (double)usage.ru_maxrss / 1024, "MiB", "<= 600",
          "most at once, with 1,000 futures");
    return 0;
}
