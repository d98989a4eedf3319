/* test_bfgs.c - minima known in closed form: Rosenbrock (1960), a quadratic within bounds,
 * functions that are flat or not defined everywhere. */
#include "check.h"

#include <string.h>

#include "num/bfgs.h"

enum { MOST = 8 };

static const double none[MOST] = {-INFINITY, -INFINITY, -INFINITY, -INFINITY,
                                  -INFINITY, -INFINITY, -INFINITY, -INFINITY};
static const double all[MOST] = {INFINITY, INFINITY, INFINITY, INFINITY,
                                 INFINITY, INFINITY, INFINITY, INFINITY};

static double rosenbrock(void *data, const double *x, double *g)
{
    int n = *(int *)data;
    double sum = 0;
    memset(g, 0, (size_t)n * sizeof *g);
    for (int i = 0; i + 1 < n; i++) {
        double u = x[i + 1] - x[i] * x[i], v = 1 - x[i];
        sum += 100 * u * u + v * v;
        g[i] += -400 * u * x[i] - 2 * v;
        g[i + 1] += 200 * u;
    }
    return sum;
}

static ku_bfgs_result solve(ku_bfgs_problem p, double *x, double *g, double tolerance)
{
    double hessian[MOST * MOST] = {0}, work[256];
    assert_true(ku_bfgs_room(p.unknowns) <= 256);
    ku_bfgs_options options = {.evaluations = 2000, .tolerance = tolerance, .longest = 1};
    return ku_bfgs(&p, &options, x, g, hessian, work);
}

static void valley(void **state)
{
    (void)state;
    for (int n = 2; n <= MOST; n++) {
        double x[MOST] = {-1.2, 1, -1.2, 1, -1.2, 1, -1.2, 1}, g[MOST];
        ku_bfgs_problem p = {n, none, all, rosenbrock, &n};
        ku_bfgs_result r = solve(p, x, g, 1e-20);
        assert_true(r.converged);
        assert_true(r.evaluations < 60 * n);
        /* With four and more variables a second minimum lies near x = (-1, 1, .., 1). */
        for (int i = x[0] < 0 ? 1 : 0; i < n - 1; i++)
            if (x[0] > 0) check_near("x", 1, x[i], 1e-8);
        for (int i = 0; i < n; i++) check_near("gradient", 0, g[i], 1e-7);
    }
}

/* (x - 3)^2 + (x - y)^2 */
static double bowl(void *data, const double *x, double *g)
{
    (void)data;
    double u = x[0] - 3, v = x[0] - x[1];
    g[0] = 2 * u + 2 * v;
    g[1] = -2 * v;
    return u * u + v * v;
}

static void bounds_hold(void **state)
{
    (void)state;
    static const double lower[] = {-5, -5}, upper[] = {10, 1};
    double x[] = {-4, 0.5}, g[2];
    ku_bfgs_result r = solve((ku_bfgs_problem){2, lower, upper, bowl, NULL}, x, g, 1e-18);
    assert_true(r.converged);
    check_near("x", 2, x[0], 1e-8); /* (3 + y) / 2 with y at its bound */
    check_near("y", 1, x[1], 0);
}

/* Not defined for x <= 0, and nearly flat far out: x - 1000 ln x. */
static double half_line(void *data, const double *x, double *g)
{
    (void)data;
    if (x[0] <= 0) return NAN;
    g[0] = 1 - 1000 / x[0];
    return x[0] - 1000 * log(x[0]);
}

static void a_function_that_is_not_everywhere(void **state)
{
    (void)state;
    double x[] = {0.5}, g[1], hessian[1] = {0}, work[16];
    ku_bfgs_problem p = {1, none, all, half_line, NULL};
    ku_bfgs_options options = {.evaluations = 500, .tolerance = 1e-12, .longest = 1e4};
    ku_bfgs_result r = ku_bfgs(&p, &options, x, g, hessian, work);
    assert_true(r.converged);
    check_near("x", 1000, x[0], 1e-6);
    check_near("curvature", 1e-3, hessian[0], 1e-4);
    x[0] = -1;
    r = ku_bfgs(&p, &options, x, g, hessian, work);
    assert_true(isinf(r.value) && !r.converged && x[0] == -1);
}

/* Starts at the minimum and stays there. */
static void nothing_to_do(void **state)
{
    (void)state;
    double x[] = {3, 3}, g[2];
    ku_bfgs_result r = solve((ku_bfgs_problem){2, none, all, bowl, NULL}, x, g, 1e-18);
    assert_true(r.converged && r.evaluations == 1 && x[0] == 3 && x[1] == 3);
}

/* f = x^3 y + e^y: its second derivatives, and those beside a bound. */
static double cubic(void *data, const double *x, double *gradient)
{
    (void)data;
    gradient[0] = 3 * x[0] * x[0] * x[1];
    gradient[1] = x[0] * x[0] * x[0] + exp(x[1]);
    return x[0] * x[0] * x[0] * x[1] + exp(x[1]);
}

static void hessian_by_differences(void **state)
{
    (void)state;
    const double lower[] = {-9, 0.5}, upper[] = {2, 9}, x[] = {2, 0.5};
    const double want[] = {6 * 2 * 0.5, 3 * 4, 3 * 4, exp(0.5)};
    double found[4], work[32];
    ku_bfgs_problem p = {2, lower, upper, cubic, NULL};
    for (int rough = 0; rough < 2; rough++) {
        ku_bfgs_hessian(&p, x, rough, found, work);
        for (int k = 0; k < 4; k++) check_near("second derivative", want[k], found[k], 5e-4);
    }
    const double inside[] = {1, 1}, exact[] = {6, 3, 3, exp(1)};
    ku_bfgs_hessian(&p, inside, false, found, work);
    for (int k = 0; k < 4; k++) check_near("second derivative", exact[k], found[k], 1e-7);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(valley),
        cmocka_unit_test(bounds_hold),
        cmocka_unit_test(a_function_that_is_not_everywhere),
        cmocka_unit_test(nothing_to_do),
        cmocka_unit_test(hessian_by_differences),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
