/* test_m3.c - against R forecast 8.20 on real series: the M3 competition's 3,003 and the
 * classic ones. The same model must be chosen, or one with a better AICc; where both
 * searches ended in the same place, forecasts and intervals must agree. Skipped without
 * the data. */
#include "check.h"

#include <string.h>
#include <zlib.h>

#include "forecast/ets/ets.h"

enum { SERIES = 3003, LONGEST = 200, FURTHEST = 18 };

typedef struct m3_series {
    char id[8], model[8];
    int season, n, ahead, tests;
    double loglik, aicc, past[LONGEST], future[FURTHEST];
    double mean[FURTHEST], lo95[FURTHEST], hi95[FURTHEST];
} m3_series;

typedef struct m3 {
    m3_series *series;
    int count;
} m3;

/* ---- reading ------------------------------------------------------------------------------ */

static bool next_line(gzFile file, char *line, int size)
{
    return gzgets(file, line, size) != NULL;
}

/* "ETS(M,Ad,M)" as "MAdM". */
static void short_name(const char *from, char to[8])
{
    int n = 0;
    for (const char *c = from + 4; *c != '\0' && *c != ')' && n < 7; c++)
        if (*c != ',') to[n++] = *c;
    to[n] = '\0';
}

static void read_models(m3 *all, const char *path)
{
    gzFile file = gzopen(path, "r");
    char line[4096], id[8], model[32];
    assert_non_null(file);
    next_line(file, line, sizeof line);
    while (all->count < SERIES && next_line(file, line, sizeof line)) {
        m3_series *s = &all->series[all->count++];
        double aic;
        int found = sscanf(line, "%*d,%7[^,],%d,%d,%d,\"%31[^\"]\",%lf,%lf,%lf", id, &s->season,
                           &s->n, &s->ahead, model, &s->loglik, &aic, &s->aicc);
        assert_int_equal(found, 8);
        memcpy(s->id, id, sizeof id);
        short_name(model, s->model);
        s->n = 0; /* counted again from the values */
    }
    gzclose(file);
}

static void read_values(m3 *all, const char *path)
{
    gzFile file = gzopen(path, "r");
    char line[256], id[8], part[8];
    double value;
    int at = 0;
    assert_non_null(file);
    next_line(file, line, sizeof line);
    while (next_line(file, line, sizeof line)) {
        int found = sscanf(line, "%7[^,],%*[^,],%*d,%*d,%*[^,],%7[^,],%*d,%lf", id, part, &value);
        assert_int_equal(found, 3);
        while (strcmp(all->series[at].id, id) != 0) assert_true(++at < all->count);
        m3_series *s = &all->series[at];
        if (part[1] == 'r' && s->n < LONGEST)
            s->past[s->n++] = value;
        else if (s->tests < FURTHEST)
            s->future[s->tests++] = value;
    }
    gzclose(file);
}

static void read_forecasts(m3 *all, const char *path)
{
    gzFile file = gzopen(path, "r");
    char line[256];
    assert_non_null(file);
    next_line(file, line, sizeof line);
    while (next_line(file, line, sizeof line)) {
        int index, step;
        double mean, lo, hi;
        int found = sscanf(line, "%d,%d,%lf,%*f,%*f,%lf,%lf", &index, &step, &mean, &lo, &hi);
        assert_int_equal(found, 5);
        m3_series *s = &all->series[index - 1];
        s->mean[step - 1] = mean;
        s->lo95[step - 1] = lo;
        s->hi95[step - 1] = hi;
    }
    gzclose(file);
}

static m3 read_m3(ku_arena *arena)
{
    char path[3][512];
    data_path("demand/oracle/m3_ets.csv.gz", path[0], sizeof path[0]);
    data_path("demand/m3/M3_long.csv.gz", path[1], sizeof path[1]);
    data_path("demand/oracle/m3_ets_fc.csv.gz", path[2], sizeof path[2]);
    m3 all = {KU_ARRAY(arena, SERIES, m3_series), 0};
    read_models(&all, path[0]);
    read_values(&all, path[1]);
    read_forecasts(&all, path[2]);
    assert_int_equal(all.count, SERIES);
    return all;
}

/* ---- the tests ------------------------------------------------------------------------------ */

static const double better_margin = 1e-4; /* AICc; R prints ten digits */
static const double least_agreement = 0.98;
static const double accuracy_margin = 0.35; /* of the sMAPE, in points above R's 13.07 */

static double series_smape(const m3_series *s, const double *mean)
{
    double sum = 0;
    for (int h = 0; h < s->ahead; h++)
        sum += 200 * fabs(mean[h] - s->future[h]) / (fabs(mean[h]) + fabs(s->future[h])) / s->ahead;
    return sum;
}

static void same_choice_or_better(void **state)
{
    (void)state;
    ku_arena *arena = ku_arena_new();
    m3 all = read_m3(arena);
    ku_ets_work *work = ku_ets_work_new(arena, LONGEST, 12);
    int same = 0, better = 0;
    double smape = 0, reference = 0;
    for (int i = 0; i < all.count; i++) {
        const m3_series *s = &all.series[i];
        ku_ets_fit fit;
        char name[KU_ETS_NAME], chosen[8];
        double mean[FURTHEST], variance[FURTHEST];
        assert_true(ku_ets_choose(work, (1U << KU_ETS_MODELS) - 1, s->past, s->n, s->season, &fit));
        ku_ets_name(fit.model, name);
        short_name(name, chosen);
        if (strcmp(chosen, s->model) == 0)
            same++;
        else if (fit.aicc < s->aicc + better_margin)
            better++;
        ku_ets_predict(&fit, s->ahead, mean, variance);
        smape += series_smape(s, mean) / all.count;
        reference += series_smape(s, s->mean) / all.count;
    }
    print_message("# same model %d, better AICc %d, of %d; sMAPE %.3f, R %.3f\n", same, better,
                  all.count, smape, reference);
    check_near("R's sMAPE", 13.067, reference, 1e-4);
    assert_true(same + better >= least_agreement * all.count);
    assert_true(smape < reference + accuracy_margin);
    ku_arena_free(arena);
}

/* Fits R's own model of each series. Where the log-likelihood is the same to 1e-4 the
 * parameters are the same place, and forecasts and interval widths must be too. */
static void same_model_same_forecast(void **state)
{
    (void)state;
    static const double mean_tolerance = 2e-3, width_tolerance = 1e-2;
    ku_arena *arena = ku_arena_new();
    m3 all = read_m3(arena);
    ku_ets_work *work = ku_ets_work_new(arena, LONGEST, 12);
    int worse = 0, compared = 0;
    for (int i = 0; i < all.count; i++) {
        const m3_series *s = &all.series[i];
        ku_ets_fit fit;
        double mean[FURTHEST], variance[FURTHEST];
        ku_ets_model model = ku_ets_models[ku_ets_find(s->model)];
        assert_true(ku_ets_fit_model(work, model, s->past, s->n, s->season, &fit));
        worse += fit.loglik < s->loglik - 0.01;
        if (fabs(fit.loglik - s->loglik) > 1e-4) continue;
        compared++;
        ku_ets_predict(&fit, s->ahead, mean, variance);
        for (int h = 0; h < s->ahead; h++) {
            check_near(s->id, s->mean[h], mean[h], mean_tolerance);
            check_near(s->id, s->hi95[h] - s->lo95[h], 2 * 1.9599639845400545 * sqrt(variance[h]),
                       width_tolerance);
        }
    }
    print_message("# %d series compared; likelihood below R's in %d of %d\n", compared, worse,
                  all.count);
    assert_true(compared > 500);
    assert_true(worse <= 0.02 * all.count);
    ku_arena_free(arena);
}

/* The classic series of the textbooks: every model on every series. */
static void classic_series(void **state)
{
    (void)state;
    char path[2][512], line[4096], name[32], now[32] = "", model[8];
    data_path("demand/oracle/classic_series.csv", path[0], sizeof path[0]);
    data_path("demand/oracle/classic_ets_all_models.csv", path[1], sizeof path[1]);
    ku_arena *arena = ku_arena_new();
    ku_ets_work *work = ku_ets_work_new(arena, 1000, 12);
    double y[1000], value, loglik;
    int n = 0, season = 1, models = 0, worse = 0;
    FILE *results = fopen(path[1], "r");
    assert_non_null(results);
    assert_non_null(fgets(line, sizeof line, results));
    while (fgets(line, sizeof line, results)) {
        assert_int_equal(sscanf(line, "%31[^,],%7[^,],%*[^,],%lf", name, model, &loglik), 3);
        if (strcmp(name, now) != 0) {
            FILE *values = fopen(path[0], "r");
            char other[32];
            int frequency;
            assert_non_null(values);
            n = 0;
            while (fgets(line, sizeof line, values))
                if (sscanf(line, "%31[^,],%d,%*[^,],%*d,%lf", other, &frequency, &value) == 3 &&
                    strcmp(other, name) == 0 && n < 1000) {
                    y[n++] = value;
                    season = frequency;
                }
            fclose(values);
            memcpy(now, name, sizeof now);
        }
        ku_ets_fit fit;
        assert_true(ku_ets_fit_model(work, ku_ets_models[ku_ets_find(model)], y, n, season, &fit));
        models++;
        if (fit.loglik >= loglik - 0.01) continue;
        worse++;
        print_message("# %s %s: R %.4f, found %.4f\n", name, model, loglik, fit.loglik);
    }
    fclose(results);
    print_message("# %d models, likelihood below R's in %d\n", models, worse);
    assert_true(models > 200);
    assert_true(worse <= 0.03 * models);
    ku_arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(same_choice_or_better),
        cmocka_unit_test(same_model_same_forecast),
        cmocka_unit_test(classic_series),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
