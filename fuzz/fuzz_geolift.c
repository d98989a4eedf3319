/* fuzz_geolift.c - any bytes as a panel of regions, a campaign in some of them and effects: weights
 * are a mixture, figures that follow from finite ones are finite, limits stand in order. */
#include "bytes.h"

#include "returns/geolift/design.h"
#include "returns/geolift/lift.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { REGIONS = 9, PERIODS = 60 };

typedef struct job {
    int regions, periods, treated[REGIONS], donor[REGIONS];
    double value[REGIONS * PERIODS];
    ku_lift_question question;
} job;

/* Series of one size, as the outcome of a company's regions is; some twins of others. */
static bool take_panel(bytes *from, job *j)
{
    j->regions = 2 + take_below(from, REGIONS - 1);
    j->periods = KU_LIFT_LEAST_BEFORE + 1 + take_below(from, PERIODS - KU_LIFT_LEAST_BEFORE);
    for (int i = 0; i < j->regions; i++) {
        double *series = j->value + i * j->periods;
        if (i > 0 && take(from) % 8 == 0)
            memcpy(series, series - j->periods, (size_t)j->periods * sizeof *series);
        else
            take_series(from, series, j->periods, 7);
        for (int t = 0; t < j->periods; t++)
            if (!isfinite(series[t]) || fabs(series[t]) > 1e12) return false;
    }
    return true;
}

static void take_question(bytes *from, job *j)
{
    int treated = 1 + take_below(from, j->regions - 1), donors = 0;
    for (int i = 0; i < treated; i++) j->treated[i] = i;
    for (int i = treated; i < j->regions; i++) j->donor[donors++] = i;
    int first = KU_LIFT_LEAST_BEFORE + take_below(from, j->periods - KU_LIFT_LEAST_BEFORE);
    j->question = (ku_lift_question){.regions = j->regions,
                                     .periods = j->periods,
                                     .value = j->value,
                                     .treated = j->treated,
                                     .treated_count = treated,
                                     .donor = j->donor,
                                     .donors = donors,
                                     .first = first,
                                     .last = first + take_below(from, j->periods - first),
                                     .ridge = take(from) & 1,
                                     .confidence = 0.5 + 0.49 * take(from) / 255,
                                     .draws = 100,
                                     .seed = 1};
}

static void check_lift(const job *j, const ku_lift *lift)
{
    double sum = 0;
    for (int k = 0; k < j->question.donors; k++) {
        if (!(lift->mixture[k] >= 0) || !isfinite(lift->weight[k])) abort();
        sum += lift->mixture[k];
    }
    if (fabs(sum - 1) > 1e-9) abort();
    if (!isfinite(lift->effect) || !isfinite(lift->imbalance)) abort();
    if (!(lift->interval.lo <= lift->interval.hi)) abort();
    if (!(lift->jackknife.lo <= lift->jackknife.hi)) abort();
    if (!(lift->p_average > 0 && lift->p_average <= 1)) abort();
    if (!(lift->p_days > 0 && lift->p_days <= 1)) abort();
    for (int t = j->question.first; t <= j->question.last; t++)
        if (!(lift->each[t].lo <= lift->each[t].hi)) abort();
}

static void try_design(bytes *from, const job *j, ku_arena *arena)
{
    const double effect[] = {0, 0.05, 0.2};
    const bool none[REGIONS] = {false};
    ku_set_question sets = {.regions = j->regions,
                            .periods = j->periods,
                            .value = j->value,
                            .with = none,
                            .without = none,
                            .smallest = 1,
                            .largest = 1 + take_below(from, j->regions - 1),
                            .drawn = 2,
                            .seed = 1};
    ku_design_question question = {.regions = j->regions,
                                   .periods = j->periods,
                                   .value = j->value,
                                   .effect = effect,
                                   .effects = 3,
                                   .windows = 1 + take_below(from, 3),
                                   .confidence = 0.9};
    ku_region_set *set;
    size_t count = ku_region_sets(&sets, arena, &set);
    ku_design *design = KU_ARRAY(arena, count + 1, ku_design);
    int duration = 1 + take_below(from, 12);
    for (size_t i = 0; i < count; i++) design[i] = (ku_design){.set = set[i], .duration = duration};
    ku_designs_try(&question, design, count, arena, NULL);
    for (size_t i = 0; i < count; i++)
        for (int e = 0; e < 3; e++)
            if (!(design[i].found[e] >= 0 && design[i].found[e] <= 1)) abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    bytes from = {data, size};
    job *j = calloc(1, sizeof *j);
    ku_arena *arena = ku_arena_new();
    ku_lift lift;
    if (j == NULL || arena == NULL) abort();
    if (take_panel(&from, j)) {
        take_question(&from, j);
        ku_lift_estimate(&j->question, arena, NULL, &lift);
        check_lift(j, &lift);
        try_design(&from, j, arena);
    }
    ku_arena_free(arena);
    free(j);
    return 0;
}
