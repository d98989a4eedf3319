/* test_hyper.c - ₂F₁ and its derivatives against mpmath 1.3 (hyp2f1 at 50 digits,
 * derivatives by central differences of 1e-15). */
#include "check.h"

#include "num/hyper.h"

static void logarithm_and_derivatives(void **state)
{
    (void)state;
    static const double reference[][8] = {
        /* a, b, c, z, ln F, by a, by b, by c */
        {0.25, 2.4, 2.2, 0.5, 0.19307417193255482623, 0.76964585681017688667,
         0.10097215851821541342, -0.10918145735252572534},
        {2000.25, 2002.4, 2002.2, 0.9, 4606.2061738643542353, 2.3026750891637809483,
         2.3017080545115549813, -2.3017979630156828465},
        {301.2, 1.5, 302.2, 0.9999, 10.711373359300841174, 2.5477754877105523568,
         8.0316946718699627743, -2.5449259324596605764},
        {1, 300.7, 302.2, 0.995, 4.7397940948719566716, 4.795478317616938207,
         0.31080072323292442699, -0.30958817767247448852},
        {0, 2, 3, 0.5, 0, 0.42055845832016407175, 0, 0},
        {3, 4, 5, 0, 0, 0, 0, 0},
        {1e6, 3, 1e6 + 5, 0.3, 1.070018403289308975, 1.2857040000997597443e-6,
         0.35667280109781384453, -1.2856975716174117283e-6},
        {1.5, 2.5, 50, 0.99, 0.078136397637229603201, 0.052913011398355629214,
         0.032082471726759419203, -0.001644935653110845153},
    };
    for (size_t i = 0; i < sizeof reference / sizeof *reference; i++) {
        const double *r = reference[i];
        double by[3];
        check_near("ln F", r[4], ku_log_hyper(r[0], r[1], r[2], r[3], by), 1e-12);
        for (int k = 0; k < 3; k++) check_near("its derivative", r[5 + k], by[k], 1e-11);
        check_near("without", r[4], ku_log_hyper(r[0], r[1], r[2], r[3], NULL), 1e-12);
    }
}

static void series_with_negative_parameters(void **state)
{
    (void)state;
    static const double reference[][8] = {
        {-0.3, 1.9, 2.2, 0.6, 0.79923686096728071949, 0.59163238633774315833,
         -0.12743730619264549039, 0.11116464273006376964},
        {-3, 1.5, 2, 0.4, 0.36499999999999997752, 0.11075136290172542036, -0.327333333333333339,
         0.23791666666666667021},
        {-0.3, -1.9, 0.2, 0.6, 2.4357500552503400284, -5.1808645840144270569,
         -0.50098990285561174739, -6.9476731488016937932},
    };
    for (size_t i = 0; i < sizeof reference / sizeof *reference; i++) {
        const double *r = reference[i];
        ku_hyper_sum sum = ku_hyper_series(r[0], r[1], r[2], r[3]);
        check_near("F", r[4], sum.value, 1e-14);
        check_near("by a", r[5], sum.by_a, 1e-14);
        check_near("by b", r[6], sum.by_b, 1e-14);
        check_near("by c", r[7], sum.by_c, 1e-14);
        assert_true(sum.terms < 200);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(logarithm_and_derivatives),
        cmocka_unit_test(series_with_negative_parameters),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
