/* gradient.h - a density's gradient against differences of its values. Owns nothing. */
#ifndef KU_TESTS_GRADIENT_H
#define KU_TESTS_GRADIENT_H

#include "check.h"

#include "num/nuts.h"

/* The derivatives at x against differences of four values around it (error of order step^4),
 * each to |found - expected| <= tolerance * max(1, |expected|). 1e-3 and 1e-6 suit densities of
 * unknowns of the size of one. */
static inline void check_gradient_at(const ku_density *density, const double *x, double step,
                                     double tolerance, const char *file, int line)
{
    size_t n = (size_t)density->unknowns;
    double *at = malloc(n * sizeof *at), *gradient = calloc(n, sizeof *at);
    double *other = malloc(n * sizeof *at), *work = NULL;
    assert_int_equal(posix_memalign((void **)&work, 64, (density->room + 8) * sizeof *work), 0);
    assert_true(at != NULL && gradient != NULL && other != NULL);
    if (!isfinite(density->value(density->model, x, gradient, work))) {
        print_error("the density is not finite where its gradient is checked\n");
        _fail(file, line);
    }
    for (size_t i = 0; i < n; i++) at[i] = x[i];
    for (size_t i = 0; i < n; i++) {
        static const double offset[] = {1, -1, 2, -2}, weight[] = {8, -8, -1, 1};
        char what[64];
        double difference = 0;
        for (int k = 0; k < 4; k++) {
            at[i] = x[i] + offset[k] * step;
            difference += weight[k] * density->value(density->model, at, other, work);
        }
        at[i] = x[i];
        snprintf(what, sizeof what, "derivative by unknown %zu", i);
        check_near_at(what, difference / (12 * step), gradient[i], tolerance, file, line);
    }
    free(at);
    free(gradient);
    free(other);
    free(work);
}
#define check_gradient(density, x, step, tolerance)                                                \
    check_gradient_at((density), (x), (step), (tolerance), __FILE__, __LINE__)

#endif
