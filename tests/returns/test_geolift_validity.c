/* test_geolift_validity.c - what the tests and intervals promise, kept or not: windows of ten days at
 * any place of GeoLift's 40 simulated cities, one to four of them taken as treated, when nothing was
 * done and with lifts added. The README's table comes from here. */
#include "geolift_data.h"

#include "returns/geolift/conformal.h"

enum { WINDOW = 10, LEAST_END = 60, PRE_DAYS = 90, TESTED = 1000, BOUNDED = 200, DRAWS = 999 };

/* Standard error of a share of 5 % in 1,000 windows is 0.7 %; windows overlap, so that it is more. */
static const double rejection_tolerance = 0.025;
static const double coverage_tolerance = 0.05;

typedef struct field {
    cities cities;
    double target[PRE_DAYS], donor[CITIES * PRE_DAYS], level;
    ku_synth_case series;
    ku_synth *synth;
    int period[PRE_DAYS];
    ku_arena *arena;
} field;

static void open_field(field *f)
{
    f->arena = ku_arena_new();
    read_cities(&f->cities, "returns/geolift/GeoLift_PreTest.csv", PRE_DAYS);
    for (int t = 0; t < PRE_DAYS; t++) f->period[t] = t;
}

/* Some cities as treated with a lift in the last WINDOW days up to `end`. */
static void treat(field *f, ku_rng *rng, int end, double lift)
{
    int count = 1 + (int)ku_rng_below(rng, 4), order[CITIES], donors = 0;
    for (int i = 0; i < CITIES; i++) order[i] = i;
    for (int i = 0; i < count; i++) {
        int other = i + (int)ku_rng_below(rng, (uint64_t)(CITIES - i)), kept = order[i];
        order[i] = order[other];
        order[other] = kept;
    }
    memset(f->target, 0, sizeof f->target);
    for (int i = 0; i < CITIES; i++)
        for (int t = 0; t < PRE_DAYS; t++) {
            double value = f->cities.value[order[i] * PRE_DAYS + t];
            if (i < count)
                f->target[t] += value / count;
            else
                f->donor[donors * PRE_DAYS + t] = value;
            if (i >= count && t == PRE_DAYS - 1) donors++;
        }
    f->level = 0;
    for (int t = end - WINDOW; t < end; t++) {
        f->level += f->target[t] / WINDOW;
        f->target[t] *= 1 + lift;
    }
    f->series = (ku_synth_case){donors, PRE_DAYS, f->target, f->donor};
    f->synth = ku_synth_new(f->arena, &f->series);
}

static int draw_end(ku_rng *rng)
{
    return LEAST_END + (int)ku_rng_below(rng, PRE_DAYS - LEAST_END + 1);
}

typedef struct found {
    double average05, average10, days05, days10;
} found;

static found try_lift(field *f, double lift)
{
    found sum = {0};
    int room[PRE_DAYS];
    for (uint64_t k = 0; k < TESTED; k++) {
        ku_rng rng = ku_rng_make(31, k);
        int end = draw_end(&rng);
        treat(f, &rng, end, lift);
        ku_synth_fit(f->synth, f->period, end, KU_NO_RIDGE);
        double average = ku_conformal_blocks(f->synth->residual, end, WINDOW, KU_LIFT_AVERAGE);
        double days = ku_conformal_days(f->synth->residual, end, WINDOW, DRAWS, &rng, room);
        sum.average05 += average <= 0.05;
        sum.average10 += average <= 0.10;
        sum.days05 += days <= 0.05;
        sum.days10 += days <= 0.10;
        ku_arena_reset(f->arena);
    }
    found share = {sum.average05 / TESTED, sum.average10 / TESTED, sum.days05 / TESTED,
                   sum.days10 / TESTED};
    print_message("lift %.0f %%: average found at 5 %% %.3f, at 10 %% %.3f; days %.3f, %.3f\n",
                  100 * lift, share.average05, share.average10, share.days05, share.days10);
    return share;
}

static void check_share(const char *what, double expected, double share, double tolerance)
{
    if (fabs(share - expected) > tolerance)
        fail_msg("%s: expected %.3f, found %.3f, tolerance %.3f", what, expected, share, tolerance);
}

static void nothing_done(void **state)
{
    (void)state;
    field *f = calloc(1, sizeof *f);
    open_field(f);
    found none = try_lift(f, 0);
    check_share("false effects at 5 %", 0.05, none.average05, rejection_tolerance);
    check_share("false effects at 10 %", 0.10, none.average10, rejection_tolerance);
    ku_arena_free(f->arena);
    free(f);
}

static void lifts_added(void **state)
{
    (void)state;
    field *f = calloc(1, sizeof *f);
    open_field(f);
    found five = try_lift(f, 0.05), ten = try_lift(f, 0.10);
    assert_true(five.average10 >
                five.days10); /* finds more than GeoLift's test, at its true size */
    assert_true(five.average10 > 0.4 && ten.average10 > 0.8);
    ku_arena_free(f->arena);
    free(f);
}

static double coverage(field *f, double confidence, bool ridge, double *width)
{
    int inside = 0;
    *width = 0;
    for (uint64_t k = 0; k < BOUNDED; k++) {
        ku_rng rng = ku_rng_make(32, k);
        int end = draw_end(&rng);
        double lift = 0.15 * ku_rng_uniform(&rng), truth;
        treat(f, &rng, end, lift);
        truth = lift * f->level;
        double lambda = ridge ? ku_synth_lambda(f->synth, f->period, end - WINDOW, f->arena)
                              : KU_NO_RIDGE;
        ku_synth_fit(f->synth, f->period, end, lambda);
        ku_lift_interval limits = ku_conformal_interval(f->synth, WINDOW, KU_LIFT_AVERAGE,
                                                        confidence, truth);
        assert_true(limits.lo <= limits.hi);
        inside += limits.lo <= truth && truth <= limits.hi;
        *width += (limits.hi - limits.lo) / f->level / BOUNDED;
        ku_arena_reset(f->arena);
    }
    return (double)inside / BOUNDED;
}

static void intervals_hold_lifts(void **state)
{
    (void)state;
    field *f = calloc(1, sizeof *f);
    open_field(f);
    for (int ridge = 0; ridge <= 1; ridge++)
        for (int k = 0; k < 2; k++) {
            double confidence = k == 0 ? 0.90 : 0.95, width;
            double share = coverage(f, confidence, ridge, &width);
            print_message("%s, %.0f %%: %.3f hold the true lift, mean width %.3f of the level\n",
                          ridge ? "ridge" : "mixture", 100 * confidence, share, width);
            check_share("coverage", confidence, share, coverage_tolerance);
        }
    ku_arena_free(f->arena);
    free(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_done),
        cmocka_unit_test(lifts_added),
        cmocka_unit_test(intervals_hold_lifts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
