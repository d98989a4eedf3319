/* test_arima_data.c - ARIMA against R forecast 8.20 on real series: the tests that decide
 * on differences, the likelihoods and forecasts of R's own orders, and the automatic
 * choice, on the classic series, the M3 competition's and a regression. Skipped without
 * the data.
 *
 * The choice: an AICc says something only against another of the same series differenced
 * alike. So a choice counts as agreeing when it is R's order, or when it has R's
 * differences and an AICc not above R's; other differences count as a miss. */
#include "m3.h"

#include "forecast/arima/arima.h"
#include "forecast/arima/arima_internal.h"

enum { CLASSICS = 32, CLASSIC_LONGEST = 500 };

typedef struct classic {
    char name[32];
    int season, n;
    double y[CLASSIC_LONGEST];
} classic;

static ku_arena *arena;

static int set_up(void **state)
{
    (void)state;
    arena = ku_arena_new();
    return arena == NULL;
}

static int tear_down(void **state)
{
    (void)state;
    ku_arena_free(arena);
    return 0;
}

/* ---- reading -------------------------------------------------------------------------------- */

static FILE *open_csv(const char *name, char *line, int size)
{
    char path[512];
    FILE *file = fopen(data_path(name, path, sizeof path), "r");
    assert_non_null(file);
    assert_non_null(fgets(line, size, file)); /* the heading */
    return file;
}

static int read_classics(classic *all)
{
    char line[256], name[32];
    int count = 0, season;
    double value;
    FILE *file = open_csv("demand/oracle/classic_series.csv", line, sizeof line);
    while (fgets(line, sizeof line, file) != NULL) {
        if (sscanf(line, "%31[^,],%d,%*[^,],%*d,%lf", name, &season, &value) != 3) continue;
        if (count == 0 || strcmp(all[count - 1].name, name) != 0) {
            assert_true(count < CLASSICS);
            all[count] = (classic){.season = season};
            memcpy(all[count++].name, name, sizeof name);
        }
        classic *c = &all[count - 1];
        assert_true(c->n < CLASSIC_LONGEST);
        c->y[c->n++] = value;
    }
    fclose(file);
    return count;
}

static const classic *find_classic(const classic *all, int count, const char *name)
{
    for (int i = 0; i < count; i++)
        if (strcmp(all[i].name, name) == 0) return &all[i];
    return NULL;
}

/* "ARIMA(1,0,2)(1,1,2)[12] with drift". */
static ku_arima_order read_order(const char *name)
{
    ku_arima_order o = {.season = 1};
    int season = 1, found = sscanf(name, "ARIMA(%d,%d,%d)(%d,%d,%d)[%d]", &o.p, &o.d, &o.q, &o.P,
                                   &o.D, &o.Q, &season);
    assert_true(found == 3 || found == 7);
    o.season = season;
    o.constant = strstr(name, "with drift") != NULL || strstr(name, "non-zero mean") != NULL;
    return o;
}

/* ---- differences ---------------------------------------------------------------------------- */

static void differences_agree(void **state)
{
    (void)state;
    classic *all = KU_ARRAY(arena, CLASSICS, classic);
    double *room = KU_ARRAY(arena, CLASSIC_LONGEST, double);
    char line[512], name[32], seasonal[8];
    int count = read_classics(all), d, seen = 0;
    FILE *file = open_csv("demand/oracle/classic_tests.csv", line, sizeof line);
    while (fgets(line, sizeof line, file) != NULL) {
        assert_int_equal(sscanf(line, "%31[^,],%d,%*[^,],%*[^,],%7[^,]", name, &d, seasonal), 3);
        const classic *c = find_classic(all, count, name);
        assert_non_null(c);
        if (ku_arima_differences(c->y, c->n, 2, room) != d) fail_msg("differences of %s", name);
        if (c->season > 1) {
            ku_stl_work *stl = ku_stl_work_new(arena, c->n, c->season);
            int D = ku_arima_seasonal_differences(stl, c->y, c->n, c->season);
            if (D != seasonal[0] - '0') fail_msg("seasonal differences of %s", name);
        }
        seen++;
    }
    fclose(file);
    assert_true(seen >= 17);
}

/* ---- R's own orders --------------------------------------------------------------------------- */

/* R begins its filter with a variance of a million instead of infinity: with its `kappa` at
 * 1e8 the likelihoods named below become -425.44109 and -84.39041. Near a root at one its
 * start for the stationary part loses digits, too. */
static void classic_likelihoods(void **state)
{
    (void)state;
    static const double absolute = 1.25e-3;
    classic *all = KU_ARRAY(arena, CLASSICS, classic);
    ku_arima_work *work = ku_arima_work_new(arena, CLASSIC_LONGEST, 12, 12, 0);
    char line[4096], name[32], kind[32], model[64];
    int count = read_classics(all), seen = 0, off = 0;
    double loglik;
    FILE *file = open_csv("demand/oracle/classic_auto.csv", line, sizeof line);
    while (fgets(line, sizeof line, file) != NULL) {
        if (sscanf(line, "%31[^,],%31[^,],\"%63[^\"]\",%lf", name, kind, model, &loglik) != 4 ||
            strncmp(kind, "auto.arima", 10) != 0)
            continue;
        const classic *c = find_classic(all, count, name);
        if (strcmp(name, "presidents") == 0) continue; /* has gaps */
        assert_non_null(c);
        ku_arima_order order = read_order(model);
        ku_arima_data data = {.y = c->y, .n = c->n};
        ku_arima_fit fit;
        assert_true(ku_arima_fit_order(work, &data, &order, NULL, &fit));
        seen++;
        if (fit.loglik > loglik - absolute) continue;
        off++;
        print_message("# %s %s: R %.6f, found %.6f\n", name, model, loglik, fit.loglik);
    }
    fclose(file);
    print_message("# %d models, likelihood below R's in %d\n", seen, off);
    assert_true(seen >= 34);
    assert_int_equal(0, off);
}

/* ---- a regression ------------------------------------------------------------------------------ */

/* Insurance quotes on television advertising: R forecast 8.20's auto.arima(quotes, xreg =
 * advertising), oracle/insurance_xreg_auto_arima.txt. It goes on with a drift after it found
 * the order without one better, and so never tries ARIMA(0,1,1), AICc 68.69 by its own
 * Arima(). */
static void regression_with_arima_errors(void **state)
{
    (void)state;
    enum { MONTHS = 40 };
    char line[256], name[KU_ARIMA_NAME];
    double y[MONTHS], x[MONTHS + 1], error[1], mean[1], variance[1];
    int n = 0;
    FILE *file = open_csv("demand/fpp2/insurance.csv", line, sizeof line);
    while (fgets(line, sizeof line, file) != NULL && n < MONTHS)
        n += sscanf(line, "\"%*[^\"]\",%lf,%lf", &y[n], &x[n]) == 2;
    fclose(file);
    assert_int_equal(MONTHS, n);
    x[n] = 8;
    ku_arima_work *work = ku_arima_work_new(arena, MONTHS, 12, 1, 1);
    ku_arima_data data = {y, MONTHS, x, 1, MONTHS + 1};
    ku_arima_fit fit;
    assert_true(ku_arima_choose(work, &data, 12, &fit));
    ku_arima_name(&fit.order, 1, name);
    assert_string_equal("Regression with ARIMA(0,1,1) errors", name);
    check_near("aicc of the choice", 68.69, fit.aicc, 1e-4);
    const ku_arima_order order = {.d = 1, .season = 1};
    assert_true(ku_arima_fit_order(work, &data, &order, NULL, &fit));
    check_near("advertising", 1.34850733321272, fit.coefficient[0], 1e-6);
    check_near("loglik", -33.2190479211809, fit.loglik, 1e-3 / 33);
    check_near("sigma2", 0.33009994, fit.sigma2, 1e-6);
    check_near("aicc", 70.77, fit.aicc, 1e-4);
    ku_arima_errors(work, &data, &fit, error);
    check_near("error of advertising", 0.06659735, error[0], 1e-5);
    ku_arima_predict(work, &data, &fit, 1, mean, variance);
    double apart = x[n] - x[n - 1];
    check_near("mean", y[n - 1] + fit.coefficient[0] * apart, mean[0], 1e-9);
    assert_true(variance[0] > fit.sigma2);
}

/* ---- the M3 series ----------------------------------------------------------------------------- */

typedef struct chosen {
    char model[64];
    double loglik, aicc;
} chosen;

static chosen *read_choices(void)
{
    chosen *all = KU_ARRAY(arena, M3_SERIES, chosen);
    char path[512], line[1024];
    gzFile file = gzopen(data_path("demand/oracle/m3_autoarima.csv.gz", path, sizeof path), "r");
    assert_non_null(file);
    gzgets(file, line, sizeof line);
    while (gzgets(file, line, sizeof line) != NULL) {
        int index;
        chosen c;
        assert_int_equal(sscanf(line, "%d,%*[^,],%*d,%*d,%*d,\"%63[^\"]\",%lf,%*f,%lf", &index,
                                c.model, &c.loglik, &c.aicc),
                         4);
        all[index - 1] = c;
    }
    gzclose(file);
    return all;
}

/* R's order on each series. Where the likelihoods agree to 1e-4 the parameters are nearly the
 * same, and the forecasts must be, within a small part of the interval's width. So must the
 * intervals where no coefficient of a regression is uncertain, which R leaves out; with one
 * ours are wider. */
static void same_order_same_forecast(void **state)
{
    (void)state;
    static const double mean_tolerance = 0.03, width_tolerance = 0.03;
    m3_series *all = m3_read(arena, "autoarima");
    chosen *choice = read_choices();
    ku_arima_work *work = ku_arima_work_new(arena, M3_LONGEST, 12, M3_FURTHEST, 0);
    int below = 0, above = 0, compared = 0;
    for (int i = 0; i < M3_SERIES; i++) {
        const m3_series *s = &all[i];
        ku_arima_order order = read_order(choice[i].model);
        ku_arima_data data = {.y = s->past, .n = s->n};
        ku_arima_fit fit;
        double mean[M3_FURTHEST], variance[M3_FURTHEST];
        assert_true(ku_arima_fit_order(work, &data, &order, NULL, &fit));
        below += fit.loglik < choice[i].loglik - 5e-3;
        above += fit.loglik > choice[i].loglik + 5e-3;
        if (fabs(fit.loglik - choice[i].loglik) > 1e-4) continue;
        compared++;
        ku_arima_predict(work, &data, &fit, s->ahead, mean, variance);
        for (int h = 0; h < s->ahead; h++) {
            double width = 2 * 1.9599639845400545 * sqrt(variance[h]);
            double reference = s->bound[3][h] - s->bound[2][h];
            check_near(s->id, 0, (mean[h] - s->mean[h]) / reference, mean_tolerance);
            if (!fit.order.constant) check_near(s->id, 1, width / reference, width_tolerance);
            assert_true(width > reference * (1 - width_tolerance));
        }
    }
    print_message("# %d forecasts compared; likelihood below R's in %d, above in %d\n", compared,
                  below, above);
    assert_true(compared > 2500);
    assert_true(below < 0.015 * M3_SERIES);
}

static void same_choice_or_better(void **state)
{
    (void)state;
    static const double least_agreement = 0.95, margin = 1e-4;
    m3_series *all = m3_read(arena, "autoarima");
    chosen *choice = read_choices();
    ku_arima_work *work = ku_arima_work_new(arena, M3_LONGEST, 12, M3_FURTHEST, 0);
    int same = 0, better = 0, differences = 0;
    double smape = 0, reference = 0;
    for (int i = 0; i < M3_SERIES; i++) {
        const m3_series *s = &all[i];
        ku_arima_order theirs = read_order(choice[i].model);
        ku_arima_data data = {.y = s->past, .n = s->n};
        ku_arima_fit fit;
        char name[KU_ARIMA_NAME];
        double mean[M3_FURTHEST], variance[M3_FURTHEST];
        assert_true(ku_arima_choose(work, &data, s->season, &fit));
        ku_arima_name(&fit.order, 0, name);
        bool alike = fit.order.d == theirs.d && fit.order.D == theirs.D;
        differences += !alike;
        if (strcmp(name, choice[i].model) == 0)
            same++;
        else if (alike && fit.aicc < choice[i].aicc + margin)
            better++;
        ku_arima_predict(work, &data, &fit, s->ahead, mean, variance);
        smape += m3_smape(s, mean) / M3_SERIES;
        reference += m3_smape(s, s->mean) / M3_SERIES;
    }
    print_message("# same order %d, better AICc %d, other differences %d, of %d; sMAPE %.3f, R "
                  "%.3f\n",
                  same, better, differences, M3_SERIES, smape, reference);
    assert_true(same + better >= least_agreement * M3_SERIES);
    assert_true(smape < reference + 0.1);
}

/* The classic series: R's quick and its full search, which fits every order exactly. */
static void classic_choices(void **state)
{
    (void)state;
    classic *all = KU_ARRAY(arena, CLASSICS, classic);
    ku_arima_work *work = ku_arima_work_new(arena, CLASSIC_LONGEST, 12, 12, 0);
    char line[4096], name[32], kind[32], model[64], found[KU_ARIMA_NAME];
    int count = read_classics(all), seen = 0, agree[2] = {0};
    double aicc;
    FILE *file = open_csv("demand/oracle/classic_auto.csv", line, sizeof line);
    while (fgets(line, sizeof line, file) != NULL) {
        if (sscanf(line, "%31[^,],%31[^,],\"%63[^\"]\",%*f,%lf", name, kind, model, &aicc) != 4 ||
            strncmp(kind, "auto.arima", 10) != 0 || strcmp(name, "presidents") == 0)
            continue;
        const classic *c = find_classic(all, count, name);
        assert_non_null(c);
        ku_arima_data data = {.y = c->y, .n = c->n};
        ku_arima_fit fit;
        assert_true(ku_arima_choose(work, &data, c->season, &fit));
        ku_arima_name(&fit.order, 0, found);
        ku_arima_order theirs = read_order(model);
        bool full = kind[10] != '\0', alike = fit.order.d == theirs.d && fit.order.D == theirs.D;
        bool good = strcmp(found, model) == 0 || (alike && fit.aicc < aicc + 3e-3);
        agree[full] += good;
        seen += !full;
        if (!good)
            print_message("# %s, %s search: R %s %.4f, found %s %.4f\n", name,
                          full ? "full" : "quick", model, aicc, found, fit.aicc);
    }
    fclose(file);
    print_message("# %d series: R's quick search reached or passed in %d, its full one in %d\n",
                  seen, agree[0], agree[1]);
    assert_true(agree[0] >= seen - 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(differences_agree),
        cmocka_unit_test(classic_likelihoods),
        cmocka_unit_test(regression_with_arima_errors),
        cmocka_unit_test(same_order_same_forecast),
        cmocka_unit_test(same_choice_or_better),
        cmocka_unit_test(classic_choices),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
