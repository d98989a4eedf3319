/* points.h - log-likelihoods worked out elsewhere, held against a model's. Owns nothing. */
#ifndef KU_TESTS_POINTS_H
#define KU_TESTS_POINTS_H

#include "check.h"

#include "customers/model.h"

typedef struct point {
    double parameter[KU_BUYING_PARAMETERS];
    double row[3]; /* x, t_x, T */
    double loglik, alive;
    double gradient[KU_BUYING_PARAMETERS]; /* by the log parameters */
} point;

/* One row alone and as one of many, which may be worked out in another way. */
static inline void check_points(const ku_buying_model *model, const point *points, size_t count,
                                double tolerance)
{
    enum { MANY = 40 };
    double column[4][MANY], alive[MANY];
    ku_buyers buyers = {MANY, column[0], column[1], column[2], column[3]};
    for (size_t i = 0; i < count; i++) {
        const point *want = &points[i];
        for (int k = 0; k < MANY; k++) {
            for (int c = 0; c < 3; c++) column[c][k] = want->row[c];
            column[3][k] = 1;
        }
        for (size_t n = 1; n <= MANY; n += MANY - 1) {
            char what[64];
            double gradient[KU_BUYING_PARAMETERS] = {0}, share = 1 / (double)n;
            double found = model->loglik(want->parameter, &buyers, 0, n, gradient) * share;
            snprintf(what, sizeof what, "point %zu, %zu rows", i, n);
            check_near(what, want->loglik, found, tolerance);
            for (int p = 0; p < model->parameters; p++)
                check_near(what, want->gradient[p], gradient[p] * share, 10 * tolerance);
            model->alive(want->parameter, &buyers, 0, n, alive);
            for (size_t k = 0; k < n; k++) check_near(what, want->alive, alive[k], tolerance);
        }
    }
}

#endif
