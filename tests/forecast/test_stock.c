/* test_stock.c - demand behind stock that ran out: shelves are filled and emptied by buyers
 * whose number is known, and the estimates must find it where sales do not. */
#include "check.h"

#include <string.h>

#include "forecast/stock/stock.h"
#include "forecast/stock/stock_internal.h"
#include "kemudi/rng.h"

enum { N = 156, SERIES = 40, SEASON = 12 };

typedef struct market {
    double truth[N], sold[N], available[N], demand[N], deviation[N];
    double room[6 * N + SEASON];
    ku_stock_summary lost;
} market;

/* Buyers come at random over the period at `rate`; the shelf holds `stock`. Returns how many
 * would have bought, in *sold how many did, in *share how long there was something left. */
static double empty_the_shelf(ku_rng *rng, double rate, double stock, double *sold, double *share)
{
    double clock = 0, buyers = 0;
    *sold = 0;
    *share = 1;
    for (;;) {
        clock += ku_rng_exponential(rng) / rate;
        if (clock >= 1) return buyers;
        buyers++;
        if (*sold < stock && ++*sold == stock) *share = clock;
    }
}

static double wave(int t)
{
    return 1 + 0.4 * sin(2 * M_PI * t / SEASON);
}

typedef enum kind { SHARE_KNOWN, FLAG_ONLY } kind;

/* Relative error of a sum of demand over all series: of sales as they are, of periods in
 * stock alone, and of ours; and the share of truths within 1.96 deviations. */
typedef struct bias {
    double sales, in_stock, ours, within;
} bias;

static bias of_counts(kind known, double mixing, int season)
{
    market *m = calloc(1, sizeof *m);
    double truth = 0, sales = 0, ours = 0, full = 0, full_periods = 0, out = 0, within = 0;
    for (int i = 0; i < SERIES; i++) {
        ku_rng rng = ku_rng_make(21, (uint64_t)i);
        double level = 2 + 10 * ku_rng_uniform(&rng);
        for (int t = 0; t < N; t++) {
            double share, rate = level * (season > 1 ? wave(t) : 1);
            double stock = floor(1.3 * level) + (double)ku_rng_below(&rng, 3);
            if (mixing > 0) rate *= ku_rng_gamma(&rng, mixing) / mixing;
            m->truth[t] = empty_the_shelf(&rng, rate, stock, &m->sold[t], &share);
            m->available[t] = share == 1 ? 1 : known == FLAG_ONLY ? NAN : share;
        }
        assert_true(ku_stock_uncensor(m->sold, m->available, N, season, m->demand, m->deviation,
                                      m->room, &m->lost));
        assert_int_equal(m->lost.family, KU_STOCK_COUNTS);
        check_near("sum", m->lost.sold + m->lost.lost, m->lost.demand, 1e-12);
        for (int t = 0; t < N; t++) {
            truth += m->truth[t], sales += m->sold[t], ours += m->demand[t];
            if (m->available[t] == 1) {
                full += m->sold[t], full_periods++;
                assert_true(m->demand[t] == m->sold[t] && m->deviation[t] == 0);
                continue;
            }
            assert_true(m->demand[t] >= m->sold[t]);
            out++;
            within += fabs(m->truth[t] - m->demand[t]) <= 1.96 * m->deviation[t] + 0.5;
        }
    }
    bias b = {sales / truth - 1, full / full_periods * N * SERIES / truth - 1, ours / truth - 1,
              within / out};
    print_message("bias: sales %+.3f, in stock only %+.3f, estimated %+.3f; within %.3f\n", b.sales,
                  b.in_stock, b.ours, b.within);
    free(m);
    return b;
}

static void recovered(bias b, double most)
{
    if (b.sales > -0.03 || b.in_stock > -0.08)
        fail_msg("the shelves were never empty enough: %.3f, %.3f", b.sales, b.in_stock);
    if (fabs(b.ours) > most) fail_msg("expected a bias within %.3f, found %.3f", most, b.ours);
    if (b.within < 0.92 || b.within > 0.99)
        fail_msg("expected 92 to 99 %% of the truths within, found %.3f", b.within);
}

static void poisson_with_shares(void **state)
{
    (void)state;
    recovered(of_counts(SHARE_KNOWN, 0, 1), 0.015);
}

static void poisson_with_flags(void **state)
{
    (void)state;
    recovered(of_counts(FLAG_ONLY, 0, 1), 0.02);
}

static void spread_counts_with_shares(void **state)
{
    (void)state;
    recovered(of_counts(SHARE_KNOWN, 4, 1), 0.03);
}

static void spread_counts_with_flags(void **state)
{
    (void)state;
    recovered(of_counts(FLAG_ONLY, 4, 1), 0.04);
}

static void season_with_shares(void **state)
{
    (void)state;
    recovered(of_counts(SHARE_KNOWN, 0, SEASON), 0.015);
}

static void season_with_flags(void **state)
{
    (void)state;
    recovered(of_counts(FLAG_ONLY, 0, SEASON), 0.03);
}

/* Weights and money: demand above a limit is cut off at it. */
static void recovers_measured(ku_stock_family family, double most)
{
    market *m = calloc(1, sizeof *m);
    double truth = 0, sales = 0, ours = 0, within = 0, out = 0;
    int right = 0;
    for (int i = 0; i < SERIES; i++) {
        ku_rng rng = ku_rng_make(22, (uint64_t)i);
        for (int t = 0; t < N; t++) {
            double z = ku_rng_normal(&rng);
            m->truth[t] = family == KU_STOCK_NORMAL ? 100.5 + 20 * z : 80 * exp(0.7 * z);
            double limit = 75 + 70 * ku_rng_uniform(&rng);
            m->sold[t] = fmin(m->truth[t], limit);
            m->available[t] = m->truth[t] > limit ? NAN : 1;
        }
        assert_true(ku_stock_uncensor(m->sold, m->available, N, 1, m->demand, m->deviation, m->room,
                                      &m->lost));
        right += m->lost.family == family;
        for (int t = 0; t < N; t++) {
            truth += m->truth[t], sales += m->sold[t], ours += m->demand[t];
            if (m->available[t] == 1) continue;
            out++;
            within += fabs(m->truth[t] - m->demand[t]) <= 1.96 * m->deviation[t];
        }
    }
    print_message("bias: sales %+.3f, estimated %+.3f; within %.3f; family right in %d\n",
                  sales / truth - 1, ours / truth - 1, within / out, right);
    assert_true(sales / truth < 0.96);
    check_near("bias", 0, ours / truth - 1, most);
    assert_true(right >= SERIES * 8 / 10);
    assert_true(within / out > 0.9 && within / out < 0.99);
    free(m);
}

static void normal_recovered(void **state)
{
    (void)state;
    recovers_measured(KU_STOCK_NORMAL, 0.015);
}

static void lognormal_recovered(void **state)
{
    (void)state;
    recovers_measured(KU_STOCK_LOGNORMAL, 0.04);
}

/* One level and one bound, so the answer is that of the censored Poisson likelihood: the
 * mean at which mean = (sum of the full + E(X | X >= 5)) / n. */
static void fixed_point_of_one_bound(void **state)
{
    (void)state;
    static const double y[6] = {3, 4, 2, 3, 5, 3};
    static const double available[6] = {1, 1, 1, 1, NAN, 1};
    double demand[6], deviation[6], room[37], mean = 3.3;
    ku_stock_summary lost;
    assert_true(ku_stock_uncensor(y, available, 6, 1, demand, deviation, room, &lost));
    assert_true(isinf(lost.dispersion) && lost.memory == 1);
    for (int i = 0; i < 200; i++) {
        double above = 0, first = 0, p = exp(-mean);
        for (int k = 0; k < 200; k++) {
            if (k >= 5) above += p, first += k * p;
            p *= mean / (k + 1);
        }
        mean = (15 + first / above) / 6;
    }
    check_near("level", mean, lost.per_period, 1e-7);
    check_near("demand", 6 * mean - 15, demand[4], 1e-6);
    assert_true(deviation[4] > 0 && demand[4] > 5);
}

/* A share of a half is half an observation: sums over sums. */
static void a_share_is_a_part(void **state)
{
    (void)state;
    static const double y[5] = {6, 4, 3, 5, 0}, available[5] = {1, 1, 0.5, 1, 0};
    double demand[5], deviation[5], room[31];
    ku_stock_summary lost;
    assert_true(ku_stock_uncensor(y, available, 5, 1, demand, deviation, room, &lost));
    check_near("level", 18 / 3.5, lost.per_period, 1e-9);
    check_near("half a period", 3 + 0.5 * 18 / 3.5, demand[2], 1e-9);
    check_near("a period without", 18 / 3.5, demand[4], 1e-9);
    assert_int_equal(lost.periods, 2);
}

static void nothing_to_estimate(void **state)
{
    (void)state;
    static const double y[4] = {5, 0, 2, 4}, below[4] = {5, -1, 2, 4}, zero[4] = {0};
    static const double always[4] = {1, 1, 1, 1}, seldom[4] = {1, 1, NAN, 0};
    static const double once[4] = {1, 1, 1, 0};
    double demand[4], deviation[4], room[25];
    ku_stock_summary lost;
    assert_false(ku_stock_uncensor(y, always, 4, 1, demand, deviation, room, &lost));
    assert_non_null(strstr(lost.reason, "always in stock"));
    assert_memory_equal(demand, y, sizeof y);
    assert_false(ku_stock_uncensor(y, seldom, 4, 1, demand, deviation, room, &lost));
    assert_non_null(strstr(lost.reason, "Fewer than three"));
    assert_false(ku_stock_uncensor(below, once, 4, 1, demand, deviation, room, &lost));
    assert_non_null(strstr(lost.reason, "negative"));
    assert_false(ku_stock_uncensor(zero, once, 4, 1, demand, deviation, room, &lost));
    assert_non_null(strstr(lost.reason, "Nothing was sold"));
    for (int t = 0; t < 4; t++) assert_true(deviation[t] == 0);
}

/* Huge, tiny, constant, all but three out: always finite and never below what was sold. */
static void stays_finite(void **state)
{
    (void)state;
    enum { M = 8 };
    static const double cases[][M] = {
        {1e120, 2e120, 1e119, 5e119, 1e120, 3e120, 1e120, 1e118},
        {1e-9, 2e-9, 0, 1e-9, 4e-9, 1e-9, 0, 1e-9},
        {7, 7, 7, 7, 7, 7, 7, 7},
        {0, 0, 0, 0, 1, 0, 0, 0},
        {0.5, 1000, 0.25, 0.5, 90000, 0.5, 0.1, 0.3},
        {1, 99000, 3, 2, 50, 1, 0, 4},
    };
    static const double available[][M] = {{1, NAN, 1, 0.01, 1, NAN, 1, 1},
                                          {NAN, NAN, 1, 1, NAN, 0.3, 0, 1}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        for (int a = 0; a < 2; a++)
            for (int season = 1; season <= 4; season += 3) {
                double demand[M], deviation[M], room[6 * M + 4];
                ku_stock_summary lost;
                ku_stock_uncensor(cases[i], available[a], M, season, demand, deviation, room,
                                  &lost);
                for (int t = 0; t < M; t++)
                    if (!isfinite(demand[t]) || !isfinite(deviation[t]) || demand[t] < cases[i][t])
                        fail_msg("case %zu, stock %d, period %d: sold %g, demand %g, deviation %g",
                                 i, a, t, cases[i][t], demand[t], deviation[t]);
            }
}

/* Tobin's moments above a bound, by sums over a fine grid. */
static void moments_above_a_bound(void **state)
{
    (void)state;
    const stock_demand d[2] = {{KU_STOCK_NORMAL, 10, 9}, {KU_STOCK_LOGNORMAL, 10, 0.3}};
    for (int k = 0; k < 2; k++) {
        double mean, variance, sum = 0, first = 0, second = 0, step = 1e-3;
        double found = ku_stock_log_above(d[k], 12, &mean, &variance);
        for (double x = 12 + step / 2; x < 400; x += step) {
            double p = exp(ku_stock_log_sold(d[k], x, 1)) * step;
            sum += p, first += p * x, second += p * x * x;
        }
        check_near("probability", log(sum), found, 1e-6);
        check_near("mean", first / sum, mean, 1e-6);
        check_near("variance", second / sum - first / sum * (first / sum), variance, 1e-5);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(poisson_with_shares),       cmocka_unit_test(poisson_with_flags),
        cmocka_unit_test(spread_counts_with_shares), cmocka_unit_test(spread_counts_with_flags),
        cmocka_unit_test(season_with_shares),        cmocka_unit_test(season_with_flags),
        cmocka_unit_test(normal_recovered),          cmocka_unit_test(lognormal_recovered),
        cmocka_unit_test(fixed_point_of_one_bound),  cmocka_unit_test(a_share_is_a_part),
        cmocka_unit_test(nothing_to_estimate),       cmocka_unit_test(stays_finite),
        cmocka_unit_test(moments_above_a_bound),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
