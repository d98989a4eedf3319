/* test_cdnow.c - NBD, BG/NBD and MBG/NBD on the customers on whom they were published.
 * BG/NBD: Fader, Hardie & Lee (2005) print r .243, alpha 4.414, a .793, b 2.426 and a
 * log-likelihood of -9582.4; the further digits of all three models were recomputed from the
 * same file with other programs. Holdout totals are those at the rounded parameters. */
#include "cdnow.h"

#include "customers/fit.h"

enum { MOST = 4 };

typedef struct published {
    const char *name;
    double loglik, parameter[MOST];
    double rounded[MOST], holdout; /* 0: not published */
} published;

static const published references[] = {
    {"nbd", -9763.6576, {.38477, 12.07202}, {0}, 0},
    {"bgnbd", -9582.4292, {.24259, 4.41360, .79292, 2.42590}, {.243, 4.414, .793, 2.426}, 1653.94},
    {"mbgnbd", -9582.1357, {.52484, 6.18308, .89136, 1.61401}, {.525, 6.183, .891, 1.614}, 1577.13},
};

static void fits_are_the_published_ones(void **state)
{
    (void)state;
    ku_error err;
    ku_arena *arena = ku_arena_new();
    ku_buyers buyers = cdnow_read(arena, NULL);
    for (size_t i = 0; i < sizeof references / sizeof *references; i++) {
        const published *want = &references[i];
        const ku_buying_model *model = ku_buying_find(want->name);
        ku_buying_fit fit;
        assert_non_null(model);
        check_ok(ku_buying_estimate(model, &buyers, NULL, arena, NULL, &fit, &err), &err);
        assert_true(fit.converged && !fit.at_edge);
        assert_int_equal(fit.starts, fit.agreed);
        check_near(want->name, 0, fit.loglik - want->loglik, 1e-4);
        for (int p = 0; p < model->parameters; p++)
            check_near(model->parameter[p], 1, fit.parameter[p] / want->parameter[p], 1e-4);
        check_near("gradient", 0, fit.gradient, 1e-7);
        check_near("aic", 2 * model->parameters - 2 * fit.loglik, fit.aic, 1e-12);
    }
    ku_arena_free(arena);
}

static void holdouts_are_the_published_ones(void **state)
{
    (void)state;
    ku_arena *arena = ku_arena_new();
    double *later, bought = 0, expected[CDNOW_ROWS];
    ku_buyers buyers = cdnow_read(arena, &later);
    for (size_t i = 0; i < buyers.rows; i++) bought += later[i];
    check_near("bought in the 39 weeks after", 1882, bought, 0);
    for (size_t i = 0; i < sizeof references / sizeof *references; i++) {
        const published *want = &references[i];
        if (want->holdout == 0) continue;
        double sum = 0;
        ku_buying_find(want->name)->expected(want->rounded, &buyers, 0, buyers.rows, 39, expected);
        for (size_t row = 0; row < buyers.rows; row++) sum += expected[row];
        check_near(want->name, 0, sum - want->holdout, 0.006);
    }
    ku_arena_free(arena);
}

/* The unit of time changes alpha and nothing else; a million times shorter it would leave
 * the models' limits. */
static void any_unit_of_time_will_do(void **state)
{
    (void)state;
    ku_error err;
    ku_arena *arena = ku_arena_new();
    ku_buyers weeks = cdnow_read(arena, NULL), other = weeks;
    const ku_buying_model *model = ku_buying_find("bgnbd");
    double *t_x = KU_ARRAY(arena, weeks.rows, double), *T = KU_ARRAY(arena, weeks.rows, double);
    other.t_x = t_x, other.T = T;
    ku_buying_fit fit, again;
    check_ok(ku_buying_estimate(model, &weeks, NULL, arena, NULL, &fit, &err), &err);
    static const double factor[] = {7, 604800, 1e-4};
    for (int k = 0; k < 3; k++) {
        double purchases = 0;
        for (size_t i = 0; i < weeks.rows; i++) {
            t_x[i] = weeks.t_x[i] * factor[k];
            T[i] = weeks.T[i] * factor[k];
            purchases += weeks.x[i];
        }
        check_ok(ku_buying_estimate(model, &other, NULL, arena, NULL, &again, &err), &err);
        check_near("r", fit.parameter[0], again.parameter[0], 1e-6);
        check_near("alpha", fit.parameter[1], again.parameter[1] / factor[k], 1e-6);
        check_near("its error", fit.se[1], again.se[1] / factor[k], 1e-4);
        check_near("loglik", fit.loglik - purchases * log(factor[k]), again.loglik, 1e-9);
    }
    ku_arena_free(arena);
}

static void joined_rows_give_the_same(void **state)
{
    (void)state;
    ku_error err;
    ku_arena *arena = ku_arena_new();
    ku_buyers all = cdnow_read(arena, NULL);
    uint32_t row_of[CDNOW_ROWS];
    ku_buyers joined = ku_buyers_compress(&all, arena, row_of);
    double customers = 0;
    assert_true(joined.rows < all.rows);
    for (size_t i = 0; i < joined.rows; i++) customers += joined.weight[i];
    check_near("customers", CDNOW_ROWS, customers, 0);
    for (size_t i = 0; i < all.rows; i++) {
        assert_true(joined.x[row_of[i]] == all.x[i] && joined.t_x[row_of[i]] == all.t_x[i]);
        assert_true(joined.T[row_of[i]] == all.T[i]);
    }
    ku_buying_fit fit, again;
    const ku_buying_model *model = ku_buying_find("mbgnbd");
    check_ok(ku_buying_estimate(model, &all, NULL, arena, NULL, &fit, &err), &err);
    check_ok(ku_buying_estimate(model, &joined, NULL, arena, NULL, &again, &err), &err);
    check_near("loglik", fit.loglik, again.loglik, 1e-11);
    for (int p = 0; p < model->parameters; p++) {
        check_near("parameter", fit.parameter[p], again.parameter[p], 1e-6);
        check_near("error", fit.se[p], again.se[p], 1e-5);
    }
    ku_arena_free(arena);
}

/* Beside the rows of CDNOW: a part of them joined in passing, and cells that keep sums. */
static void fewer_rows_keep_their_sums(void **state)
{
    (void)state;
    ku_arena *arena = ku_arena_new();
    ku_buyers all = cdnow_read(arena, NULL), fewer[3];
    fewer[0] = ku_buyers_join(&all, arena);
    fewer[1] = ku_buyers_cells(&all, (ku_cells){30, 4, 6, 16}, false, arena);
    fewer[2] = ku_buyers_cells(&all, (ku_cells){30, 2, 2, 3}, true, arena);
    double want[4] = {0};
    for (size_t i = 0; i < all.rows; i++)
        want[0] += 1, want[1] += all.x[i], want[2] += all.t_x[i], want[3] += all.T[i];
    for (int k = 0; k < 3; k++) {
        const ku_buyers *b = &fewer[k];
        double sum[4] = {0};
        for (size_t i = 0; i < b->rows; i++) {
            double w = b->weight[i];
            sum[0] += w, sum[1] += w * b->x[i], sum[2] += w * b->t_x[i], sum[3] += w * b->T[i];
            assert_true(b->t_x[i] <= b->T[i] && (b->x[i] > 0) == (b->t_x[i] > 0));
            if (k == 2) assert_true(b->T[i] == floor(b->T[i]) && b->t_x[i] == floor(b->t_x[i]));
        }
        for (int c = 0; c < (k == 2 ? 2 : 4); c++) check_near("sum", want[c], sum[c], 1e-12);
    }
    assert_true(fewer[0].rows < 1500 && fewer[1].rows < 600 && fewer[2].rows < 100);
    ku_arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fits_are_the_published_ones),
        cmocka_unit_test(holdouts_are_the_published_ones),
        cmocka_unit_test(any_unit_of_time_will_do),
        cmocka_unit_test(joined_rows_give_the_same),
        cmocka_unit_test(fewer_rows_keep_their_sums),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
