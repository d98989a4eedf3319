/* test_gamma.c - the gamma function's relatives against mpmath 1.3 at 60 digits. */
#include "check.h"

#include "num/gamma.h"

/* Relative also for numbers below one, where check_near is absolute. */
static void check_digits(const char *what, double expected, double found, double tolerance)
{
    double size = fabs(expected) > 1e-300 ? fabs(expected) : 1;
    check_near(what, expected / size, found / size, tolerance);
}

static void steps_keep_their_digits(void **state)
{
    (void)state;
    static const double reference[][5] = {
        /* x, a, of ln Γ, of ψ, of ψ' */
        {0.25, 3, -0.35222059358935209911, 5.2444444444444444444, -16.837530864197530864},
        {1e-8, 1, -18.420680743952365451, 99999999.999999997908, -9999999999999999.5815},
        {2.5, 1e-9, 7.0315664089042210903e-10, 4.9035775598213286973e-10,
         -2.3620405152977449336e-10},
        {4.4, 2000, 13230.055052956153585, 6.2391650877101695477, -0.25453718058722074431},
        {1e8, 1e-3, 0.018420680738957365847, 1.0000000049950000374e-11, -1.0000000099900000707e-19},
        {1e8, 7, 128.94476541766655376, 6.9999997900000091e-8, -6.9999995800000273e-16},
        {1e8, 1e6, 18425664.155147176405, 0.0099503309026730335075, -9.9009901975296544457e-11},
        {15.9, 0.3, 0.823265201449116873, 0.019286562409195126455, -0.0012395173605621423415},
        {0.5, 1e6, 12815510.904537822717, 15.77902058398573925, -4.9348012005446793095},
        {37.25, -36, -96.71815642469991434, -3.8316226063818925756, 1.1701199487031551641},
        {16, 16, 50.192952169474419065, 0.70901620220752687377, -0.032750416882937271655},
        {1e-8, 1e8, 1742068047.6831541553, 100000018.99789638531, -10000000000000001.226},
    };
    for (size_t i = 0; i < sizeof reference / sizeof *reference; i++) {
        const double *r = reference[i];
        check_digits("step of ln gamma", r[2], ku_log_gamma_step(r[0], r[1]), 4e-15);
        check_digits("step of psi", r[3], ku_digamma_step(r[0], r[1]), 4e-15);
        check_digits("step of psi'", r[4], ku_trigamma_step(r[0], r[1]), 4e-15);
    }
}

static void derivatives_are_exact(void **state)
{
    (void)state;
    static const double reference[][3] = {
        {1e-8, -100000000.57721564636, 10000000000000001.226},
        {0.1, -10.423754940411076232, 101.4332991507927477},
        {1, -0.57721566490153286061, 1.6449340668482264365},
        {2.5, 0.70315664064524318723, 0.49035775610023486497},
        {10, 2.2517525890667211076, 0.10516633568168574612},
        {15.99, 2.7403681825035517287, 0.064535390319818274479},
        {16, 2.7410133283274603684, 0.064493783403239361782},
        {1234.5, 7.1180162318279978433, 0.0008103727271269666527},
        {1e8, 18.420680738952365464, 1.0000000050000000167e-8},
    };
    for (size_t i = 0; i < sizeof reference / sizeof *reference; i++) {
        const double *r = reference[i];
        check_digits("psi", r[1], ku_digamma(r[0]), 4e-15);
        check_digits("psi'", r[2], ku_trigamma(r[0]), 4e-15);
    }
}

static void log_beta_of_any_size(void **state)
{
    (void)state;
    static const double reference[][3] = {
        {0.8, 2.5, -0.55035602902197792828}, {1e-8, 1e-8, 19.113827924512310596},
        {1e8, 0.5, -8.637975427801482649},   {1e8, 1e8, -138629444.05681730912},
        {20, 1e6, -236.97051697085100008},
    };
    for (size_t i = 0; i < sizeof reference / sizeof *reference; i++) {
        const double *r = reference[i];
        check_digits("ln beta", r[2], ku_log_beta(r[0], r[1]), 1e-14);
        check_digits("ln beta", r[2], ku_log_beta(r[1], r[0]), 1e-14);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(steps_keep_their_digits),
        cmocka_unit_test(derivatives_are_exact),
        cmocka_unit_test(log_beta_of_any_size),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
