/* test_models.c - what every model of models.def promises, whichever it is: a gradient that
 * is that of its likelihood, sums over runs, numbers at the ends of all ranges, and draws
 * that agree with its expectations. */
#include "check.h"

#include "customers/model.h"

enum { ROWS = 14, SETS = 4, DRAWS = 40000 };

/* x, t_x, T: none, one, some, many; just bought; hardly seen. Whole numbers with x <= t_x
 * suit models that count occasions. */
static const double rows[ROWS][3] = {
    {0, 0, 0},     {0, 0, 1},       {0, 0, 40},         {1, 1, 40},   {1, 40, 40},
    {2, 31, 39},   {5, 6, 40},      {7, 30, 30},        {30, 38, 40}, {63, 100, 104},
    {64, 90, 104}, {200, 380, 400}, {2000, 3000, 5000}, {3, 4, 365},
};

/* Parameters in turn: usual ones, small ones, large ones. */
static const double sets[SETS][KU_BUYING_PARAMETERS] = {
    {0.55, 10.5, 0.6, 11.6, 0.7, 2.1, 1, 1},
    {0.02, 0.3, 0.05, 0.4, 0.1, 0.2, 0.1, 0.1},
    {12, 300, 6, 45, 20, 8, 5, 5},
    {1.5, 2, 1, 1, 1, 3, 2, 2},
};

static const double ones[ROWS] = {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1};

static ku_buyers all_rows(double columns[3][ROWS])
{
    for (int i = 0; i < ROWS; i++)
        for (int c = 0; c < 3; c++) columns[c][i] = rows[i][c];
    return (ku_buyers){ROWS, columns[0], columns[1], columns[2], ones};
}

static void gradients_are_those_of_the_likelihood(void **state)
{
    (void)state;
    double columns[3][ROWS];
    ku_buyers buyers = all_rows(columns);
    for (int m = 0; m < ku_buying_model_count; m++)
        for (int set = 0; set < SETS; set++)
            for (size_t i = 0; i < ROWS; i++) {
                const ku_buying_model *model = ku_buying_models[m];
                double p[KU_BUYING_PARAMETERS], gradient[KU_BUYING_PARAMETERS] = {0};
                for (int k = 0; k < model->parameters; k++) p[k] = sets[set][k];
                model->loglik(p, &buyers, i, i + 1, gradient);
                for (int k = 0; k < model->parameters; k++) {
                    const double h = 1e-5;
                    p[k] = sets[set][k] * exp(h);
                    double up = model->loglik(p, &buyers, i, i + 1, NULL);
                    p[k] = sets[set][k] * exp(-h);
                    double down = model->loglik(p, &buyers, i, i + 1, NULL);
                    p[k] = sets[set][k];
                    char what[96];
                    snprintf(what, sizeof what, "%s by %s, x %g, set %d", model->title,
                             model->parameter[k], rows[i][0], set);
                    check_near(what, (up - down) / (2 * h), gradient[k], 1e-7 + 1e-10 * fabs(up));
                }
            }
}

static void sums_are_sums(void **state)
{
    (void)state;
    double columns[3][ROWS], weight[ROWS];
    ku_buyers buyers = all_rows(columns);
    buyers.weight = weight;
    for (int i = 0; i < ROWS; i++) weight[i] = 1 + i % 3;
    for (int m = 0; m < ku_buying_model_count; m++) {
        const ku_buying_model *model = ku_buying_models[m];
        double gradient[KU_BUYING_PARAMETERS] = {0}, parts[KU_BUYING_PARAMETERS] = {0}, sum = 0;
        double whole = model->loglik(sets[0], &buyers, 0, ROWS, gradient);
        for (size_t i = 0; i < ROWS; i++) sum += model->loglik(sets[0], &buyers, i, i + 1, parts);
        check_near(model->title, whole, sum, 1e-12);
        for (int k = 0; k < model->parameters; k++)
            check_near(model->title, gradient[k], parts[k], 1e-11);
        check_near(model->title, whole, model->loglik(sets[0], &buyers, 0, ROWS, NULL), 1e-15);
    }
}

/* All corners of the contract: parameters from 1e-8 to 1e8, x to a million. */
static void numbers_at_the_ends_of_all_ranges(void **state)
{
    (void)state;
    static const double value[] = {1e-8, 1e-3, 1, 1e3, 1e8};
    static const double more[][3] = {{1e6, 2e6, 3e6}, {1e6, 1e6, 1e6}, {1, 1, 1}, {12, 12, 1e5}};
    ku_rng rng = ku_rng_make(3, 0);
    for (int m = 0; m < ku_buying_model_count; m++)
        for (int i = 0; i < 600; i++) {
            const ku_buying_model *model = ku_buying_models[m];
            double p[KU_BUYING_PARAMETERS], gradient[KU_BUYING_PARAMETERS] = {0}, out;
            for (int k = 0; k < model->parameters; k++) p[k] = value[ku_rng_below(&rng, 5)];
            const double *row = i % 9 < 4 ? more[i % 9 % 4] : rows[ku_rng_below(&rng, ROWS)];
            double x = row[0], t_x = row[1], T = row[2], one = 1;
            ku_buyers buyer = {1, &x, &t_x, &T, &one};
            assert_true(isfinite(model->loglik(p, &buyer, 0, 1, gradient)));
            for (int k = 0; k < model->parameters; k++) assert_true(isfinite(gradient[k]));
            model->expected(p, &buyer, 0, 1, 52, &out);
            assert_true(out >= 0 && isfinite(out));
            double fresh = model->expected_new(p, 52);
            assert_true(fresh >= 0 && isfinite(fresh));
            assert_true((model->alive != NULL) == model->leaves);
            if (model->alive == NULL) continue;
            model->alive(p, &buyer, 0, 1, &out);
            assert_true(out >= 0 && out <= 1);
        }
}

typedef struct drawn {
    double mean, error, none;
} drawn;

static drawn draw_many(const ku_buying_model *model, const double *p, const double *row, double t,
                       uint64_t stream)
{
    ku_rng rng = ku_rng_make(11, stream);
    double sum = 0, square = 0, none = 0;
    for (int i = 0; i < DRAWS; i++) {
        int n = model->draw(p, row[0], row[1], row[2], t, &rng, NULL, 0);
        sum += n, square += (double)n * n, none += n == 0;
    }
    double mean = sum / DRAWS;
    return (drawn){mean, sqrt((square / DRAWS - mean * mean) / DRAWS), none / DRAWS};
}

static void draws_agree_with_expectations(void **state)
{
    (void)state;
    const double t = 20;
    static const int some[] = {0, 2, 3, 5, 6, 8};
    for (int m = 0; m < ku_buying_model_count; m++)
        for (int i = 0; i < 6; i++) {
            const ku_buying_model *model = ku_buying_models[m];
            double x = rows[some[i]][0], t_x = rows[some[i]][1], T = rows[some[i]][2], one = 1;
            ku_buyers buyer = {1, &x, &t_x, &T, &one};
            double want;
            model->expected(sets[0], &buyer, 0, 1, t, &want);
            drawn found = draw_many(model, sets[0], rows[some[i]], t, (uint64_t)(m * 10 + i));
            char what[96];
            snprintf(what, sizeof what, "%s after %g purchases", model->title, x);
            check_near(what, want, found.mean, 5 * fmax(found.error, 1.0 / DRAWS));
            if (T == 0) check_near(what, model->expected_new(sets[0], t), want, 1e-10);
        }
}

/* Moments of purchases ascend within the time, and asking for them changes no count's law. */
static void moments_of_purchases(void **state)
{
    (void)state;
    enum { MOST = 5 };
    for (int m = 0; m < ku_buying_model_count; m++) {
        const ku_buying_model *model = ku_buying_models[m];
        ku_rng rng = ku_rng_make(12, (uint64_t)m);
        double sum = 0, square = 0, times[MOST];
        for (int i = 0; i < DRAWS; i++) {
            int n = model->draw(sets[0], 0, 0, 0, 30, &rng, times, MOST);
            for (int k = 0; k < n && k < MOST; k++)
                assert_true(times[k] > (k > 0 ? times[k - 1] : 0) && times[k] <= 30);
            sum += n, square += (double)n * n;
        }
        double mean = sum / DRAWS, error = sqrt((square / DRAWS - mean * mean) / DRAWS);
        check_near(model->title, model->expected_new(sets[0], 30), mean, 5 * error);
    }
}

static void found_by_name(void **state)
{
    (void)state;
    for (int m = 0; m < ku_buying_model_count; m++) {
        const ku_buying_model *model = ku_buying_models[m];
        assert_ptr_equal(model, ku_buying_find(model->name));
        assert_true(model->parameters <= KU_BUYING_PARAMETERS);
        for (int k = 0; k < model->parameters; k++) assert_non_null(model->parameter[k]);
    }
    assert_null(ku_buying_find("nobody"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gradients_are_those_of_the_likelihood),
        cmocka_unit_test(sums_are_sums),
        cmocka_unit_test(numbers_at_the_ends_of_all_ranges),
        cmocka_unit_test(draws_agree_with_expectations),
        cmocka_unit_test(moments_of_purchases),
        cmocka_unit_test(found_by_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
