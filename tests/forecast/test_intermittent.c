/* test_intermittent.c - demand with many periods of none: Croston against R forecast 8.20 on
 * spare parts, the others by hand, the negative binomial against R, and whether the
 * intervals hold what they promise. */
#include "check.h"

#include <string.h>
#include <zlib.h>

#include "forecast/counts/negbin.h"
#include "forecast/intermittent/intermittent.h"
#include "forecast/method.h"

enum { H = 6 };
static const double shares[KU_BOUNDS] = {0.025, 0.1, 0.9, 0.975};

/* ---- the negative binomial ---------------------------------------------------------------- */

/* R 4.2.2: qnbinom(c(.025,.1,.9,.975), size, mu), qpois. */
static void quantiles_match_reference(void **state)
{
    (void)state;
    static const struct {
        ku_negbin d;
        double expected[4], tolerance;
    } cases[] = {
        {{2, 0.7}, {0, 0, 5, 10}, 0},
        {{250, 30}, {164, 190, 313, 353}, 0},
        {{3.3, INFINITY}, {0, 1, 6, 7}, 0},
        {{2000, INFINITY}, {1913, 1943, 2057, 2088}, 1}, /* by the expansion */
        {{5000, 3000}, {4776, 4852, 5148, 5228}, 1},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        for (int k = 0; k < 4; k++) {
            double found = ku_negbin_quantile(cases[i].d, shares[k]);
            if (fabs(found - cases[i].expected[k]) > cases[i].tolerance)
                fail_msg("mean %g size %g at %g: expected %g, found %g", cases[i].d.mean,
                         cases[i].d.size, shares[k], cases[i].expected[k], found);
        }
}

/* R 4.2.2: dnbinom(c(0,1,5,40), size=.7, mu=2, log=TRUE), dpois(c(0,3,50), 3.3, log=TRUE). */
static void probabilities_match_reference(void **state)
{
    (void)state;
    static const double k[] = {0, 1, 5, 40, 0, 3, 50};
    static const double expected[] = {
        -0.944948701864311, -1.60172823825338, -3.20986299839814, -14.3192840506776, -3.3,
        -1.50999206381075,  -92.0816435281513};
    for (int i = 0; i < 7; i++) {
        ku_negbin d = i < 4 ? (ku_negbin){2, 0.7} : (ku_negbin){3.3, INFINITY};
        check_near("log probability", expected[i], ku_negbin_log(d, k[i]), 1e-13);
    }
}

/* R 4.2.2: sums of dnbinom and dpois over k.. and the moments of what is left. */
static void tails_match_reference(void **state)
{
    (void)state;
    static const struct {
        ku_negbin d;
        double k, above, mean, variance;
    } cases[] = {
        {{2, 0.7}, 4, 0.198251719530471, 6.51116674034097, 9.27504166535473},
        {{900, INFINITY}, 0, 1, 900, 900},
        {{9, INFINITY}, 30, 2.76541842311017e-08, 30.3956396140785, 0.535037400122909},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        double mean, variance;
        double above = ku_negbin_above(cases[i].d, cases[i].k, &mean, &variance);
        check_near("probability", 1, above / cases[i].above, 1e-9);
        check_near("mean", cases[i].mean, mean, 1e-9);
        check_near("variance", cases[i].variance, variance, 1e-6);
    }
}

/* ---- the methods -------------------------------------------------------------------------- */

/* 0 0 3 0 0 0 2 0 5: amounts 3, 2, 5 and intervals 3, 4, 2. */
static const double few[9] = {0, 0, 3, 0, 0, 0, 2, 0, 5};

static void croston_by_hand(void **state)
{
    (void)state;
    double fitted[9];
    ku_occurrence s = ku_croston(few, 9, 0.1, 0.2, fitted);
    double size = 0.9 * (0.9 * 3 + 0.1 * 2) + 0.1 * 5;
    double interval = 0.8 * (0.8 * 3 + 0.2 * 4) + 0.2 * 2;
    check_near("amount", size, s.size, 1e-15);
    check_near("chance", 1 / interval, s.chance, 1e-15);
    check_near("forecast", size / interval, s.mean, 1e-15);
    check_near("fit before the first demand", 1, fitted[0], 1e-15);
    check_near("fit after it", 1, fitted[6], 1e-15);
    check_near("fit after the second", 2.9 / 3.2, fitted[8], 1e-15);
    ku_occurrence less = ku_sba(few, 9, 0.1, 0.2, fitted);
    check_near("Syntetos-Boylan", 0.9 * size / interval, less.mean, 1e-15);
    check_near("its fit", 0.9 * 2.9 / 3.2, fitted[8], 1e-15);
}

/* Amount and chance of the past to start with; the chance moves in every period. */
static void tsb_falls_in_silence(void **state)
{
    (void)state;
    double y[60] = {0};
    for (int t = 0; t < 30; t += 3) y[t] = 4;
    ku_occurrence alive = ku_tsb_best(y, 30, NULL), dying = ku_tsb_best(y, 60, NULL);
    ku_occurrence croston = ku_croston_best(y, 60, NULL);
    check_near("amount", 4, alive.size, 1e-12);
    check_near("chance", 1.0 / 3, alive.chance, 0.05);
    assert_true(dying.mean < 0.2 * alive.mean);
    assert_true(croston.mean > 0.8 * alive.mean); /* which is why TSB was made */
    double fitted[60];
    ku_occurrence again = ku_tsb_best(y, 60, fitted);
    double chance = 10.0 / 60, w = again.interval_weight;
    check_near("first fit", 4 * chance, fitted[0], 1e-12);
    check_near("second fit", 4 * (chance + w * (1 - chance)), fitted[1], 1e-12);
}

/* Blocks of three: 3, 2, 5; a constant comes back as it is. */
static void aggregated_by_hand(void **state)
{
    (void)state;
    double fitted[11], room[11], flat[11], y[10] = {7, 0, 0, 3, 0, 0, 2, 0, 5, 0};
    double mean = ku_adida(y, 10, 3, fitted), sums[3] = {3, 2, 5}, level = 3;
    double best = INFINITY, expected = 0;
    for (int i = 0; i < 12; i++) { /* the weights of the search */
        double w = 0.01 * pow(30, i / 11.0), cost = 0;
        level = sums[0];
        for (int b = 0; b < 3; b++) {
            cost += (sums[b] - level) * (sums[b] - level);
            level += w * (sums[b] - level);
        }
        if (cost < best) best = cost, expected = level / 3;
    }
    check_near("ADIDA", expected, mean, 1e-14);
    check_near("fit of the second block", 1, fitted[5], 1e-14);
    check_near("one block size", mean,
               (3 * ku_imapa(y, 10, 3, fitted, room) - ku_adida(y, 10, 1, NULL) -
                ku_adida(y, 10, 2, NULL)),
               1e-12);
    for (int t = 0; t < 11; t++) flat[t] = 4;
    check_near("a constant", 4, ku_imapa(flat, 11, 5, fitted, room), 1e-14);
    for (int t = 0; t < 11; t++) check_near("its fit", 4, fitted[t], 1e-14);
}

static void classes(void **state)
{
    (void)state;
    static const double smooth[] = {4, 5, 6, 5, 4, 5}, erratic[] = {1, 20, 1, 2, 30, 1};
    static const double seldom[] = {0, 2, 0, 0, 2, 0}, lumpy[] = {0, 1, 0, 0, 40, 0, 1, 0};
    assert_int_equal(ku_demand_classify(smooth, 6).class, KU_DEMAND_SMOOTH);
    assert_int_equal(ku_demand_classify(erratic, 6).class, KU_DEMAND_ERRATIC);
    assert_int_equal(ku_demand_classify(lumpy, 8).class, KU_DEMAND_LUMPY);
    ku_demand_pattern p = ku_demand_classify(seldom, 6);
    assert_int_equal(p.class, KU_DEMAND_INTERMITTENT);
    check_near("interval", 3, p.interval, 1e-15);
    check_near("variation", 0, p.variation, 1e-15);
    p = ku_demand_classify(few, 9);
    check_near("variance of 3, 2, 5", 7.0 / 3, p.size_variance, 1e-14);
    assert_int_equal(ku_demand_classify(smooth, 0).class, KU_DEMAND_NONE);
    assert_string_equal(ku_demand_class_name(KU_DEMAND_LUMPY), "lumpy");
}

/* ---- as methods ----------------------------------------------------------------------------- */

static const char *const names[] = {"croston", "croston_best", "sba", "tsb", "adida", "imapa"};
enum { METHODS = sizeof names / sizeof *names };

typedef struct ahead {
    ku_ahead ahead;
    double mean[H], bound[KU_BOUNDS][H], fitted[256];
} ahead;

static bool forecast(const ku_method *m, void *work, const double *y, int n, ahead *a)
{
    ku_past past = {.y = y, .n = n, .season = 1};
    a->ahead = (ku_ahead){.h = H, .mean = a->mean, .fitted = a->fitted};
    for (int b = 0; b < KU_BOUNDS; b++) a->ahead.bound[b] = a->bound[b];
    return m->forecast(work, &past, ku_rng_make(1, 2), &a->ahead);
}

/* Whole units stay whole and nothing is below zero; whatever the series, finite. */
static void bounds_are_possible_demand(void **state)
{
    (void)state;
    static const double zero[5] = {0}, one[1] = {3}, parts[6] = {0, 0.25, 0, 1.5, 0, 0};
    static const double huge[6] = {0, 1e120, 0, 0, 3e119, 0}, below[3] = {0, -1, 2};
    const struct {
        const double *y;
        int n;
        bool possible, whole;
    } cases[] = {{few, 9, true, true},    {zero, 5, true, true},  {one, 1, true, true},
                 {parts, 6, true, false}, {huge, 6, true, false}, {below, 3, false, false}};
    ku_arena *arena = ku_arena_new();
    for (int m = 0; m < METHODS; m++)
        for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
            const ku_method *method = ku_method_find(names[m]);
            assert_non_null(method);
            ahead a;
            bool made = forecast(method, method->work_new(arena, 9, 1, H), cases[i].y, cases[i].n,
                                 &a);
            assert_int_equal(made, cases[i].possible);
            for (int k = 0; made && k < H; k++) {
                double before = -1;
                for (int b = 0; b < KU_BOUNDS; b++) {
                    static const int order[KU_BOUNDS] = {2, 0, 1, 3};
                    double q = a.bound[order[b]][k];
                    assert_true(isfinite(q) && q >= 0 && q >= before);
                    if (cases[i].whole) assert_true(q == floor(q));
                    before = q;
                }
                assert_true(isfinite(a.mean[k]) && a.mean[k] >= 0);
            }
            for (int t = 0; made && t < cases[i].n; t++) assert_true(isfinite(a.fitted[t]));
        }
    ku_arena_free(arena);
}

/* Demand with a chance of .3 and amounts 1 + Poisson(2): the 80 % and 95 % intervals hold at
 * least that share of what comes, and not everything above it. */
static void intervals_cover(void **state)
{
    (void)state;
    enum { SERIES = 400, N = 120 };
    ku_arena *arena = ku_arena_new();
    for (int m = 0; m < METHODS; m++) {
        const ku_method *method = ku_method_find(names[m]);
        void *work = method->work_new(arena, N, 1, H);
        int beyond[2] = {0};
        for (int i = 0; i < SERIES; i++) {
            ku_rng rng = ku_rng_make(11, (uint64_t)i);
            double y[N + H];
            for (int t = 0; t < N + H; t++) {
                bool demand = ku_rng_uniform(&rng) < 0.3;
                y[t] = demand ? 1 + (double)ku_rng_poisson(&rng, 2) : 0;
            }
            ahead a;
            assert_true(forecast(method, work, y, N, &a));
            for (int k = 0; k < H; k++)
                for (int w = 0; w < 2; w++)
                    beyond[w] += y[N + k] < a.bound[2 * w][k] || y[N + k] > a.bound[2 * w + 1][k];
        }
        /* The lower ends are zero, so what lies beyond can only be above: up to 10 % and
         * 2.5 %, three standard errors of 2,400 on top. */
        double share[2] = {(double)beyond[0] / (SERIES * H), (double)beyond[1] / (SERIES * H)};
        if (share[0] > 0.12 || share[1] > 0.035 || share[0] < 0.03 || share[1] < 0.004)
            fail_msg("%s: %.3f beyond the 80 %% and %.4f beyond the 95 %% interval", names[m],
                     share[0], share[1]);
    }
    ku_arena_free(arena);
}

/* ---- spare parts against R -------------------------------------------------------------------- */

enum { PARTS = 3000, MONTHS = 60, LINE = 65536 };

typedef struct part {
    char name[16];
    double y[MONTHS];
    int n;
} part;

static int read_parts(part *parts)
{
    char path[512], *line = malloc(LINE), *rest;
    int count = 0;
    gzFile file = gzopen(data_path("demand/carparts/carparts.csv.gz", path, sizeof path), "r");
    assert_non_null(file);
    assert_non_null(gzgets(file, line, LINE));
    for (char *name = strtok_r(line, ",\"\n", &rest); name != NULL && count < PARTS;
         name = strtok_r(NULL, ",\"\n", &rest))
        if (strcmp(name, "t") != 0) snprintf(parts[count++].name, sizeof parts->name, "%s", name);
    while (gzgets(file, line, LINE) != NULL) {
        char *cell = strtok_r(line, ",\n", &rest);
        for (int i = 0; i < count; i++) {
            cell = strtok_r(NULL, ",\n", &rest);
            assert_non_null(cell);
            if (strcmp(cell, "NA") != 0) parts[i].y[parts[i].n++] = strtod(cell, NULL);
        }
    }
    gzclose(file);
    free(line);
    return count;
}

static void croston_matches_reference(void **state)
{
    (void)state;
    char path[512], line[256], name[16];
    data_path("demand/carparts/carparts_croston.csv", path, sizeof path);
    part *parts = calloc(PARTS, sizeof *parts);
    int count = read_parts(parts), compared = 0;
    assert_int_equal(count, 2674);
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    assert_non_null(fgets(line, sizeof line, file));
    while (fgets(line, sizeof line, file) != NULL) {
        double expected;
        assert_int_equal(sscanf(line, "%15[^,],%lf", name, &expected), 2);
        for (int i = 0; i < count; i++) {
            if (strcmp(parts[i].name, name) != 0) continue;
            ku_occurrence s = ku_croston(parts[i].y, parts[i].n, 0.1, 0.1, NULL);
            check_near(name, expected, s.mean, 1e-12);
            compared++;
        }
    }
    fclose(file);
    free(parts);
    assert_int_equal(compared, 500);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(quantiles_match_reference),
        cmocka_unit_test(probabilities_match_reference),
        cmocka_unit_test(tails_match_reference),
        cmocka_unit_test(croston_by_hand),
        cmocka_unit_test(tsb_falls_in_silence),
        cmocka_unit_test(aggregated_by_hand),
        cmocka_unit_test(classes),
        cmocka_unit_test(bounds_are_possible_demand),
        cmocka_unit_test(intervals_cover),
        cmocka_unit_test(croston_matches_reference),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
