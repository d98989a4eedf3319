/* test_lanes.c - ln and exp for vectors against those of the C library. */
#include "check.h"

#include "kemudi/rng.h"
#include "num/lanes.h"

enum { TRIES = 200000 };

static void logarithms(void **state)
{
    (void)state;
    ku_rng rng = ku_rng_make(1, 1);
    for (int i = 0; i < TRIES; i++) {
        double reach = i % 2 ? 1400 : 1, x = exp((ku_rng_uniform(&rng) - 0.5) * reach);
        double want = log(x), off = ku_lane_log(x) - want;
        if (fabs(off) > 3e-16 * fabs(want)) check_near("ln", want, want + off, 0);
    }
    assert_true(ku_lane_log(1) == 0);
    check_near("least", log(2.3e-308), ku_lane_log(2.3e-308), 1e-15);
    check_near("largest", log(1.7e308), ku_lane_log(1.7e308), 1e-15);
}

static void exponentials(void **state)
{
    (void)state;
    ku_rng rng = ku_rng_make(1, 2);
    for (int i = 0; i < TRIES; i++) {
        double x = (ku_rng_uniform(&rng) - 0.5) * (i % 2 ? 1400 : 2), want = exp(x);
        double off = ku_lane_exp(x) / want - 1;
        if (fabs(off) > 5e-16) check_near("exp", 1, 1 + off, 0);
    }
    assert_true(ku_lane_exp(0) == 1);
}

KU_WIDE_LANES static void wide(const double *x, double *ln, double *e, int n)
{
    for (int i = 0; i < n; i++) ln[i] = ku_lane_log(x[i]), e[i] = ku_lane_exp(x[i]);
}

static void narrow(const double *x, double *ln, double *e, int n)
{
    for (int i = 0; i < n; i++) ln[i] = ku_lane_log(x[i]), e[i] = ku_lane_exp(x[i]);
}

KU_WIDEST_LANES static void widest(const double *x, double *ln, double *e, int n)
{
    for (int i = 0; i < n; i++) ln[i] = ku_lane_log(x[i]), e[i] = ku_lane_exp(x[i]);
}

static void every_width_gives_the_same_bits(void **state)
{
    (void)state;
    enum { N = 256 };
    double x[N], a[N], b[N], c[N], d[N];
    ku_rng rng = ku_rng_make(1, 3);
    for (int i = 0; i < N; i++) x[i] = 100 * ku_rng_uniform(&rng);
    narrow(x, a, b, N);
    if (KU_HAS_WIDE_LANES)
        wide(x, c, d, N);
    else
        narrow(x, c, d, N);
    assert_memory_equal(a, c, sizeof a);
    assert_memory_equal(b, d, sizeof b);
    if (!KU_HAS_WIDEST_LANES) return;
    widest(x, c, d, N);
    assert_memory_equal(a, c, sizeof a);
    assert_memory_equal(b, d, sizeof b);
}

/* Arrays of any length, in place too, and nothing beyond their end. */
static void arrays(void **state)
{
    (void)state;
    enum { MOST = 40 };
    ku_rng rng = ku_rng_make(1, 4);
    for (int n = 1; n < MOST; n++) {
        double x[MOST], ln[MOST], more[MOST], e[MOST];
        for (int i = 0; i < MOST; i++) x[i] = e[i] = 50 * ku_rng_uniform(&rng);
        ln[n] = more[n] = -1;
        ku_lanes_log(x, ln, n);
        ku_lanes_log1p(x, more, n);
        ku_lanes_exp(e, e, n);
        for (int i = 0; i < n; i++) {
            assert_true(ln[i] == ku_lane_log(x[i]) && e[i] == ku_lane_exp(x[i]));
            check_near("ln(1 + x)", log1p(x[i]), more[i], 4e-16);
        }
        assert_true(ln[n] == -1 && more[n] == -1 && e[n] == x[n]);
    }
    double far[] = {-701, -1e300, 701, INFINITY}, tiny = 1e-30;
    ku_lanes_exp(far, far, 4);
    assert_true(far[0] == 0 && far[1] == 0 && far[2] == ku_lane_exp(700) && far[3] == far[2]);
    ku_lanes_log1p(&tiny, &tiny, 1);
    assert_true(tiny == 1e-30);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(logarithms),
        cmocka_unit_test(exponentials),
        cmocka_unit_test(every_width_gives_the_same_bits),
        cmocka_unit_test(arrays),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
