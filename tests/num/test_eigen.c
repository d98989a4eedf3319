/* test_eigen.c - eigenvalues and eigenvectors: matrices whose values are known, and what makes
 * them right whatever the matrix. */
#include "check.h"

#include "kemudi/rng.h"
#include "num/eigen.h"

enum { MOST = 150 };
static double matrix[MOST * MOST], vectors[MOST * MOST], values[MOST], work[MOST * (MOST + 2)];

static void solve(int n)
{
    assert_true(ku_eigen_room(n) <= sizeof work / sizeof *work);
    for (int i = 0; i < n * n; i++) vectors[i] = matrix[i];
    assert_true(ku_symmetric_eigen(vectors, n, values, work));
}

/* A u = value u, u'u = 1, u'w = 0, to `tolerance` of the largest value. */
static void check_vectors(int n, double tolerance)
{
    double largest = fmax(fabs(values[0]), fabs(values[n - 1]));
    for (int k = 0; k < n; k++) {
        const double *u = vectors + k * n;
        for (int i = 0; i < n; i++) {
            double sum = 0;
            for (int j = 0; j < n; j++) sum += matrix[i * n + j] * u[j];
            check_near("A u", values[k] * u[i] / largest, sum / largest, tolerance);
        }
        for (int m = 0; m <= k; m++) {
            double sum = 0;
            for (int j = 0; j < n; j++) sum += vectors[m * n + j] * u[j];
            check_near("u'w", m == k, sum, tolerance);
        }
        assert_true(k == 0 || values[k] >= values[k - 1]);
    }
}

/* -1, 2, -1 along the diagonal: 2 - 2 cos(k pi / (n + 1)). */
static void second_differences(void **state)
{
    (void)state;
    int n = MOST;
    for (int i = 0; i < n * n; i++) matrix[i] = 0;
    for (int i = 0; i < n; i++) {
        matrix[i * n + i] = 2;
        if (i > 0) matrix[i * n + i - 1] = matrix[(i - 1) * n + i] = -1;
    }
    solve(n);
    for (int k = 0; k < n; k++)
        check_near("value", 2 - 2 * cos((k + 1) * M_PI / (n + 1)), values[k], 1e-14);
    check_vectors(n, 1e-13);
}

/* Hilbert's matrix of 6 rows, which is nearly singular; values from mpmath with 30 digits. */
static void hilbert(void **state)
{
    (void)state;
    static const double expected[] = {1.0827994845655497685e-7, 1.2570757122625194923e-5,
                                      6.1574835418265764866e-4, 1.6321521319875822142e-2,
                                      0.24236087057520955214,   1.618899858924339097};
    for (int i = 0; i < 6; i++)
        for (int j = 0; j < 6; j++) matrix[i * 6 + j] = 1.0 / (i + j + 1);
    solve(6);
    for (int k = 0; k < 6; k++) check_near("value", expected[k], values[k], 1e-15);
    check_near("least value, relative", 1, values[0] / expected[0], 1e-8);
    check_vectors(6, 1e-14);
}

static void random_matrices_of_every_size(void **state)
{
    (void)state;
    for (int n = 1; n <= MOST; n = n < 20 ? n + 1 : n + 43) {
        ku_rng rng = ku_rng_make(30, (uint64_t)n);
        for (int i = 0; i < n; i++)
            for (int j = 0; j <= i; j++)
                matrix[i * n + j] = matrix[j * n + i] = 1e150 * ku_rng_normal(&rng);
        solve(n);
        check_vectors(n, 1e-12);
    }
}

static void equal_values_and_zeros(void **state)
{
    (void)state;
    int n = 20;
    for (int i = 0; i < n * n; i++) matrix[i] = 1; /* rank one: n - 1 times 0, and n */
    solve(n);
    check_near("n", n, values[n - 1], 1e-14);
    for (int k = 0; k < n - 1; k++) check_near("none", 0, values[k], 1e-14);
    check_vectors(n, 1e-13);
    for (int i = 0; i < n * n; i++) matrix[i] = 0;
    solve(n);
    assert_true(values[0] == 0 && values[n - 1] == 0);
}

static void not_finite(void **state)
{
    (void)state;
    double a[] = {1, NAN, NAN, 1};
    assert_false(ku_symmetric_eigen(a, 2, values, work));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(second_differences),
        cmocka_unit_test(hilbert),
        cmocka_unit_test(random_matrices_of_every_size),
        cmocka_unit_test(equal_values_and_zeros),
        cmocka_unit_test(not_finite),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
