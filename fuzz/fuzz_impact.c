/* fuzz_impact.c - any series with any columns and any start: what is expected without the
 * intervention, its effect and the pretended starts are numbers in order, the same twice. */
#include "bytes.h"

#include "returns/impact/impact.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MOST = 60, COLUMNS = 4 };

static void check_estimate(const char *what, ku_impact_estimate e)
{
    if (!isfinite(e.mean) || !isfinite(e.lo) || !isfinite(e.hi) || !(e.sd >= 0) || e.lo > e.hi)
        wrong("%s: %g (%g), interval %g to %g", what, e.mean, e.sd, e.lo, e.hi);
}

static void check_impact(const ku_impact_series *s, const ku_impact *i)
{
    check_estimate("sum", i->sum.effect);
    check_estimate("average", i->average.effect);
    if (!isnan(i->sum.relative.mean)) check_estimate("relative", i->sum.relative);
    if (!(i->tail > 0 && i->tail <= 1)) wrong("tail %g", i->tail);
    if (i->periods < 1) wrong("%d periods", i->periods);
    for (int t = 0; t < s->n; t++) {
        check_estimate("predicted", i->period[t].predicted);
        check_estimate("cumulative", i->period[t].cumulative);
        if (s->seen[t]) check_estimate("effect", i->period[t].effect);
    }
    for (int j = 0; j < s->columns; j++) {
        if (!(i->column[j].counts >= 0 && i->column[j].counts <= 1)) wrong("column %d", j);
        if (!isnan(i->column[j].coefficient.mean))
            check_estimate("coefficient", i->column[j].coefficient);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    bytes from = {data, size};
    double value[MOST], x[COLUMNS * MOST], all[MOST];
    bool seen[MOST];
    ku_impact_series s = {
        .n = 5 + take_below(&from, MOST - 5), .value = value, .seen = seen, .x = x};
    s.first = 1 + take_below(&from, s.n - 1);
    int columns = take_below(&from, COLUMNS + 1), seasons = 1 + take_below(&from, 8);
    take_series(&from, value, s.n, seasons);
    for (int t = 0; t < s.n; t++) seen[t] = take_below(&from, 16) != 15;
    for (int j = 0; j < columns; j++) {
        take_series(&from, all, s.n, seasons);
        if (!ku_impact_column_varies(all, s.n, s.first)) continue;
        memcpy(x + s.columns++ * s.n, all, (size_t)s.n * sizeof *x);
    }
    if (!ku_impact_possible(&s)) return 0;
    ku_impact_options options = {.structural = {.chains = 2,
                                                .warmup = 5,
                                                .draws = 20,
                                                .seasons = seasons,
                                                .duration = 1 + take_below(&from, 3),
                                                .level_sd = 0.01,
                                                .model_size = 1 + take_below(&from, 4),
                                                .seed = 1},
                                 .confidence = 0.95};
    ku_arena *arena = ku_arena_new();
    ku_error err = {0};
    ku_impact out, again;
    ku_impact_placebo placebo[3];
    int count;
    if (ku_impact_estimate_effect(&s, &options, arena, &out, &err) != KU_OK ||
        ku_impact_estimate_effect(&s, &options, arena, &again, &err) != KU_OK ||
        ku_impact_placebos(&s, &options, 3, arena, placebo, &count, &err) != KU_OK)
        wrong("%s", err.message);
    check_impact(&s, &out);
    if (memcmp(&out.sum, &again.sum, sizeof out.sum) != 0) wrong("not the same twice");
    for (int i = 0; i < count; i++) check_estimate("placebo", placebo[i].effect);
    for (int j = 0; j < s.columns; j++) ku_impact_moved(x + j * s.n, s.n, s.first);
    ku_arena_free(arena);
    return 0;
}
