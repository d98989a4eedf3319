/* fuzz_reconcile.c - any bytes as levels over leaves and forecasts of every node: whatever
 * the levels, crossed, alike, empty for a leaf, and whatever the variances, the result is
 * finite, adds up and, where asked, has no negative leaf. */
#include "bytes.h"

#include "forecast/reconcile/reconcile.h"
#include "forecast/reconcile/shrink.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { LEAVES = 40, LEVELS = 5, NODES = LEAVES * (LEVELS + 1), PERIODS = 12 };

typedef struct job {
    int32_t group[LEVELS][LEAVES];
    ku_level level[LEVELS];
    int leaves, levels;
    double base[NODES], variance[NODES], share[LEAVES], error[PERIODS * NODES];
    bool bounded[LEAVES];
} job;

/* Groups numbered as they come up, so every group has a leaf. */
static void take_level(bytes *from, job *j, int l)
{
    int place[256], groups = 0, kinds = 1 + take_below(from, j->leaves);
    for (int k = 0; k < 256; k++) place[k] = -1;
    bool early = take(from) & 1;
    for (int i = 0; i < j->leaves; i++) {
        int k = kinds == 1 ? 0 : take_below(from, kinds + early);
        if (k < kinds && place[k] < 0) place[k] = groups++;
        j->group[l][i] = k < kinds ? place[k] : -1;
    }
    j->level[l] = (ku_level){j->group[l], groups};
}

static void take_job(bytes *from, job *j)
{
    j->leaves = 1 + take_below(from, LEAVES);
    int levels = take_below(from, LEVELS + 1);
    for (int l = 0; l < levels; l++) {
        take_level(from, j, j->levels);
        j->levels += j->level[j->levels].groups > 0;
    }
    take_series(from, j->base, NODES, 12);
    take_series(from, j->error, PERIODS * NODES, 7);
    double sum = 0;
    for (int i = 0; i < j->leaves; i++) {
        j->bounded[i] = take(from) & 1;
        j->share[i] = 1 + take(from);
        sum += j->share[i];
    }
    for (int i = 0; i < j->leaves; i++) j->share[i] /= sum;
}

/* As the covariance wants them: mean square 1, or all 0. */
static void scale_errors(job *j, int nodes)
{
    for (int i = 0; i < nodes; i++) {
        double largest = 0, sum = 0;
        for (int t = 0; t < PERIODS; t++) largest = fmax(largest, fabs(j->error[t * nodes + i]));
        for (int t = 0; t < PERIODS && largest > 0; t++)
            sum += pow(j->error[t * nodes + i] / largest, 2) / PERIODS;
        for (int t = 0; t < PERIODS && largest > 0; t++)
            j->error[t * nodes + i] = j->error[t * nodes + i] / largest / sqrt(sum);
        j->variance[i] = sum * largest * largest;
    }
}

static void check_sums(const ku_hierarchy *h, const double *y, int method)
{
    double sum[NODES], size[NODES], magnitude[LEAVES];
    for (int i = 0; i < h->nodes; i++)
        if (!isfinite(y[i])) wrong("method %d: node %d is %g", method, i, y[i]);
    for (int i = 0; i < h->leaves; i++) magnitude[i] = fabs(y[h->aggregates + i]);
    ku_hierarchy_sum(h, y + h->aggregates, sum);
    ku_hierarchy_sum(h, magnitude, size);
    for (int i = 0; i < h->aggregates; i++)
        if (!(fabs(sum[i] - y[i]) <= 1e-12 * size[i]))
            wrong("method %d: node %d is %g, its leaves are %g", method, i, y[i], sum[i]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static job j;
    bytes from = {data, size};
    ku_arena *arena = ku_arena_new();
    double out[NODES], gram[PERIODS * PERIODS];
    j = (job){0};
    int method = take_below(&from, KU_MINT + 1);
    take_job(&from, &j);
    ku_hierarchy *h = ku_hierarchy_new(arena, j.leaves, j.level, j.levels);
    bool top_down = method == KU_TOP_DOWN || method == KU_TOP_DOWN_FORECAST;
    if (h && !(top_down && ku_hierarchy_total(h) < 0)) {
        scale_errors(&j, h->nodes);
        double shrinkage = ku_shrink_intensity(j.error, h->nodes, PERIODS, gram);
        if (!(shrinkage >= 0 && shrinkage <= 1)) wrong("shrinkage %g", shrinkage);
        ku_reconcile_options options = {.method = (ku_reconcile_method)method,
                                        .share = j.share,
                                        .variance = j.variance,
                                        .error = j.error,
                                        .periods = PERIODS,
                                        .shrinkage = shrinkage};
        double start = seconds_used();
        ku_reconciler *r = ku_reconciler_new(arena, h, &options);
        double *work = KU_ARRAY(arena, ku_reconciler_room(r), double);
        ku_reconcile(r, j.base, 1e-12, out, work);
        check_sums(h, out, method);
        ku_reconcile_bounded(r, j.base, j.bounded, out, work);
        check_sums(h, out, method);
        for (int i = 0; i < j.leaves; i++)
            if (j.bounded[i] && out[h->aggregates + i] < 0)
                wrong("method %d: leaf below zero", method);
        if (seconds_used() - start > 5) wrong("took %.1f s", seconds_used() - start);
    }
    ku_arena_free(arena);
    return 0;
}
