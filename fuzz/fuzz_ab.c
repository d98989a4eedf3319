/* fuzz_ab.c - any records in any arms: values, effects, chances and corrections are in order or
 * not known, and taking units back leaves what was there before. */
#include "bytes.h"

#include "returns/ab/effect.h"
#include "returns/ab/ratio.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { ARMS = 4, UNITS = 200 };

static void check_p(const char *what, double p)
{
    if (!isnan(p) && !(p >= 0 && p <= 1 + 1e-9)) wrong("%s: %g", what, p);
}

static void check_effect(const ku_ab_effect *e)
{
    if (isfinite(e->lo) && !(e->lo <= e->effect && e->effect <= e->hi))
        wrong("effect %g, interval %g to %g", e->effect, e->lo, e->hi);
    if (isfinite(e->always_lo) && e->always_lo > e->always_hi) wrong("always");
    if (isfinite(e->relative_lo) && !(e->relative_lo <= e->relative_hi))
        wrong("relative %g, interval %g to %g", e->relative, e->relative_lo, e->relative_hi);
    check_p("p", e->p);
    check_p("always p", e->always_p);
}

static void take_record(bytes *from, const ku_ab_metric *metric, const double *y, int i,
                        double record[KU_AB_SIZE])
{
    record[0] = metric->kind == KU_AB_SHARE ? take_below(from, 2) : y[i];
    record[1] = metric->kind == KU_AB_RATIO ? 1 + take_below(from, 9) : 1;
    for (int k = 0; k < metric->before; k++)
        record[2 + k] = take_below(from, 3) == 0 ? y[i] : take_scale(from) * take_below(from, 5);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    bytes from = {data, size};
    static ku_ab_arm arm[ARMS];
    ku_ab_metric metric = {
        .kind = (ku_ab_kind)take_below(&from, 3), .before = take_below(&from, 4), .shift = {0, 1}};
    int arms = 2 + take_below(&from, ARMS - 1), units = take_below(&from, UNITS), order[ARMS];
    double y[UNITS], record[KU_AB_SIZE], n[ARMS], share[ARMS], p[ARMS], out[ARMS];
    memset(arm, 0, sizeof arm);
    take_series(&from, y, units, 7);
    for (int i = 0; i < units; i++) y[i] = fmax(-1e100, fmin(1e100, y[i]));
    for (int i = 0; i < units; i++) {
        int g = take_below(&from, arms);
        take_record(&from, &metric, y, i, record);
        ku_ab_add(&metric, &arm[g], record, 1);
        if (take_below(&from, 16) == 15) ku_ab_add(&metric, &arm[g], record, -1);
    }
    ku_ab_value value[ARMS];
    ku_ab_plan plan = {0.95, 2 + take_below(&from, 1000)};
    ku_ab_values how = ku_ab_work_out(&metric, arm, arms, value);
    if (!(how.saved <= 1)) wrong("saved %g", how.saved);
    for (int g = 0; g < arms; g++) {
        ku_ab_effect e = ku_ab_compare(&metric, how.adjusted, &value[0], &value[g], &plan);
        check_effect(&e);
        p[g] = e.p;
        n[g] = value[g].units;
        share[g] = 1.0 / arms;
        ku_interval i = ku_ab_interval(&metric, how.adjusted, &value[g], 0.95);
        if (i.lo > i.hi) wrong("value %g, interval %g to %g", value[g].mean, i.lo, i.hi);
    }
    ku_ab_holm(p, arms, out, order);
    for (int g = 0; g < arms; g++) check_p("Holm", out[g]);
    ku_ab_benjamini(p, arms, out, order);
    for (int g = 0; g < arms; g++) check_p("Benjamini", out[g]);
    check_p("ratio", ku_ab_ratio_p(n, share, arms));
    if (isnan(ku_ab_ratio_evidence(n, share, arms, 100))) wrong("evidence");
    for (int g = 0; g < arms; g++)
        if (!isfinite(value[g].error)) return 0;
    ku_ab_chance chance[ARMS];
    double all = 0;
    ku_ab_best(&metric, how.adjusted, value, arms, 0, 50, ku_rng_make(1, 1), chance);
    for (int g = 0; g < arms; g++) {
        all += chance[g].best;
        check_p("better", chance[g].better);
        if (!(chance[g].loss >= 0)) wrong("loss %g", chance[g].loss);
    }
    if (!(fabs(all - 1) < 1e-9)) wrong("chances add up to %g", all);
    return 0;
}
