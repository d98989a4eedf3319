/* test_impact.c - the structural time series: its states against the distribution of many
 * variables that they have, its choice of columns against all choices counted out, its effects
 * against what R's CausalImpact printed, its intervals against effects that are known. */
#include "check.h"

#include <string.h>

#include "num/linear.h"
#include "returns/impact/impact.h"
#include "returns/impact/select.h"
#include "returns/impact/state.h"

/* ---- states ----------------------------------------------------------------------------------------- */

enum { N = 9, SIZE = 4, SHOCKS = SIZE + 2 * N };

static const ku_state_model with_seasons = {.seasons = SIZE,
                                            .duration = 2,
                                            .first = 3,
                                            .first_variance = 1.5,
                                            .noise_variance = 0.4,
                                            .level_variance = 0.2,
                                            .season_variance = 0.1};
static const ku_state_model level_alone = {.seasons = 1,
                                           .duration = 1,
                                           .first = 3,
                                           .first_variance = 1.5,
                                           .noise_variance = 0.4,
                                           .level_variance = 0.2};

static const double y[N] = {3.1, 4.2, 2.2, NAN, 5.0, 3.3, 2.0, 6.1, 5.9};

/* The signal of each period as a sum of independent shocks of variance 1: by[t][shock]. */
static void unfold(const ku_state_model *m, double by[][SHOCKS])
{
    int size = ku_state_size(m);
    for (int k = 0; k < SHOCKS; k++) {
        double state[SIZE] = {0};
        if (k < size) state[k] = sqrt(m->first_variance);
        for (int t = 0; t < N; t++) {
            by[t][k] = ku_state_signal(state, size);
            if (k == SIZE + 2 * t) state[0] += sqrt(m->level_variance);
            if (size == 1 || (t + 1) % m->duration != 0) continue;
            double next = -(state[1] + state[2] + state[3]);
            state[3] = state[2];
            state[2] = state[1];
            state[1] = next + (k == SIZE + 2 * t + 1 ? sqrt(m->season_variance) : 0);
        }
    }
}

/* Mean and variance of the signals, and at [N] of their sum, given the values seen, from the
 * joint normal distribution. */
static void condition(const ku_state_model *m, const bool *seen, double mean[N + 1],
                      double variance[N + 1])
{
    double by[N + 1][SHOCKS] = {{0}}, cov[N + 1][N + 1] = {{0}}, l[N * N], gain[N];
    int at[N] = {0}, count = 0;
    unfold(m, by);
    for (int t = 0; t < N; t++)
        for (int k = 0; k < SHOCKS; k++) by[N][k] += by[t][k];
    for (int s = 0; s <= N; s++)
        for (int t = 0; t <= N; t++)
            for (int k = 0; k < SHOCKS; k++) cov[s][t] += by[s][k] * by[t][k];
    for (int t = 0; t < N; t++)
        if (seen[t]) at[count++] = t;
    for (int i = 0; i < count; i++)
        for (int j = 0; j < count; j++)
            l[i * N + j] = cov[at[i]][at[j]] + (i == j ? m->noise_variance : 0);
    assert_true(ku_cholesky(l, count, N));
    for (int t = 0; t <= N; t++) {
        for (int i = 0; i < count; i++) gain[i] = cov[t][at[i]];
        ku_cholesky_solve(l, count, N, gain);
        mean[t] = t < N ? m->first : N * m->first;
        variance[t] = cov[t][t];
        for (int i = 0; i < count; i++) {
            mean[t] += gain[i] * (y[at[i]] - m->first);
            variance[t] -= gain[i] * cov[t][at[i]];
        }
    }
}

/* Means within 4.5 standard errors, variances within 4.5 of theirs. */
static void draw_many(const ku_state_model *m)
{
    enum { DRAWS = 40000 };
    const bool seen[N] = {true, true, true, false, true, true, true, true, true};
    double mean[N + 1], variance[N + 1], sum[N + 1] = {0}, square[N + 1] = {0}, states[N * SIZE];
    double *work = calloc(ku_state_room(m, N), sizeof *work);
    int size = ku_state_size(m);
    ku_rng rng = ku_rng_make(1, 1);
    condition(m, seen, mean, variance);
    for (int d = 0; d < DRAWS; d++) {
        double all = -mean[N];
        ku_state_draw(m, N, y, seen, &rng, states, work);
        for (int t = 0; t <= N; t++) {
            double off = t < N ? ku_state_signal(states + t * size, size) - mean[t] : all;
            if (t < N) all += off + mean[t];
            sum[t] += off / DRAWS;
            square[t] += off * off / DRAWS;
        }
    }
    for (int t = 0; t <= N; t++) {
        check_near("mean", 0, sum[t], 4.5 * sqrt(variance[t] / DRAWS));
        check_near("variance", 1, square[t] / variance[t], 4.5 * sqrt(2.0 / DRAWS));
    }
    free(work);
}

static void states_have_their_distribution(void **state)
{
    (void)state;
    draw_many(&with_seasons);
    draw_many(&level_alone);
}

/* What is expected one period ahead is the mean given the values before. */
static void ahead_knows_the_past_only(void **state)
{
    (void)state;
    double expected[N], mean[N + 1], variance[N + 1];
    double *work = calloc(ku_state_room(&with_seasons, N), sizeof *work);
    bool seen[N] = {true, true, true, false, true, true, true, true, true};
    ku_state_ahead(&with_seasons, N, y, seen, expected, work);
    for (int t = N - 1; t >= 0; t--) {
        seen[t] = false;
        condition(&with_seasons, seen, mean, variance);
        check_near("expected", mean[t], expected[t], 1e-12);
    }
    free(work);
}

/* ---- the choice of columns --------------------------------------------------------------------------- */

enum { COLUMNS = 3, ROWS = 20 };

typedef struct regression {
    double xx[COLUMNS * COLUMNS], xr[COLUMNS], rr, precision[COLUMNS * COLUMNS];
    double chance[COLUMNS];
} regression;

static regression make_regression(void)
{
    regression g = {.chance = {0.3, 0.5, 0.2}};
    ku_rng rng = ku_rng_make(4, 0);
    for (int t = 0; t < ROWS; t++) {
        double x[COLUMNS] = {ku_rng_normal(&rng), ku_rng_normal(&rng), ku_rng_normal(&rng)};
        x[2] = 0.8 * x[0] + 0.6 * x[2];
        double r = 0.45 * x[0] + ku_rng_normal(&rng);
        g.rr += r * r;
        for (int i = 0; i < COLUMNS; i++) {
            g.xr[i] += x[i] * r;
            for (int j = 0; j < COLUMNS; j++) g.xx[i * COLUMNS + j] += x[i] * x[j];
        }
    }
    ku_select_precision(g.xx, COLUMNS, ROWS, 0.4, g.precision);
    return g;
}

/* Solves a x = b by elimination, a spoilt; returns the determinant of a. */
static double eliminate(double a[COLUMNS][COLUMNS], double *b, int n)
{
    double size = 1;
    for (int i = 0; i < n; i++) {
        size *= a[i][i];
        for (int k = i + 1; k < n; k++) {
            double by = a[k][i] / a[i][i];
            for (int j = i; j < n; j++) a[k][j] -= by * a[i][j];
            b[k] -= by * b[i];
        }
    }
    for (int i = n - 1; i >= 0; i--) {
        for (int j = i + 1; j < n; j++) b[i] -= a[i][j] * b[j];
        b[i] /= a[i][i];
    }
    return size;
}

/* The weight of a set of columns and the means of their coefficients. */
static double weigh(const regression *g, int set, double freedom, double guess,
                    double mean[COLUMNS])
{
    double prior[COLUMNS][COLUMNS], post[COLUMNS][COLUMNS], none[COLUMNS] = {0}, b[COLUMNS];
    double weight = 1, sum = freedom * guess * guess + g->rr;
    int at[COLUMNS], count = 0;
    for (int j = 0; j < COLUMNS; j++) {
        bool in = set >> j & 1;
        weight *= in ? g->chance[j] : 1 - g->chance[j];
        if (in) at[count++] = j;
        mean[j] = 0;
    }
    for (int i = 0; i < count; i++) {
        b[i] = g->xr[at[i]];
        for (int j = 0; j < count; j++) {
            prior[i][j] = g->precision[at[i] * COLUMNS + at[j]];
            post[i][j] = prior[i][j] + g->xx[at[i] * COLUMNS + at[j]];
        }
    }
    weight *= sqrt(eliminate(prior, none, count) / eliminate(post, b, count));
    for (int i = 0; i < count; i++) {
        mean[at[i]] = b[i];
        sum -= b[i] * g->xr[at[i]];
    }
    return weight * pow(sum, -(freedom + ROWS) / 2);
}

static void columns_are_chosen_by_their_weight(void **state)
{
    (void)state;
    enum { DRAWS = 60000 };
    regression g = make_regression();
    double chance[COLUMNS] = {0}, expected[COLUMNS] = {0}, all = 0;
    for (int set = 0; set < 8; set++) {
        double mean[COLUMNS], weight = weigh(&g, set, 5, 0.9, mean);
        all += weight;
        for (int j = 0; j < COLUMNS; j++) {
            chance[j] += set >> j & 1 ? weight : 0;
            expected[j] += weight * mean[j];
        }
    }
    ku_select_prior prior = {g.chance, g.precision, 5, 0.9, INFINITY, 100};
    ku_select_rows rows = {COLUMNS, ROWS, g.xx, g.xr, g.rr};
    double coefficient[COLUMNS], found[COLUMNS] = {0}, counted[COLUMNS] = {0}, work[12];
    int places[2 * COLUMNS];
    bool counts[COLUMNS] = {false};
    ku_rng rng = ku_rng_make(2, 2);
    assert_true(ku_select_room(COLUMNS) <= 12);
    for (int d = 0; d < DRAWS; d++) {
        ku_select_draw(&prior, &rows, &rng, counts, coefficient, work, places);
        for (int j = 0; j < COLUMNS; j++) {
            counted[j] += counts[j] / (double)DRAWS;
            found[j] += coefficient[j] / DRAWS;
        }
    }
    for (int j = 0; j < COLUMNS; j++) {
        print_message("column %d counts %.4f, drawn %.4f\n", j, chance[j] / all, counted[j]);
        check_near("chance", chance[j] / all, counted[j], 0.012);
        check_near("coefficient", expected[j] / all, found[j], 0.012);
    }
}

/* Of a Gamma(2) cut where only 1 in 10,000 lies: all draws are within, spread as they should. */
static void deviations_stay_below_their_limit(void **state)
{
    (void)state;
    ku_rng rng = ku_rng_make(3, 0);
    double most = sqrt(1 / 11.76), mean = 0;
    for (int d = 0; d < 4000; d++) {
        double sd = ku_draw_deviation(&rng, 2, 1, most);
        assert_true(sd > 0 && sd <= most);
        mean += 1 / (sd * sd) / 4000;
    }
    /* E(x | x > c) of Gamma(2) is (c² + 2c + 2) / (c + 1). */
    check_near("mean precision", (11.76 * 11.76 + 2 * 11.76 + 2) / 12.76, mean, 0.005);
}

/* ---- against R ------------------------------------------------------------------------------------------ */

enum { LONGEST = 200 };

typedef struct table {
    int rows;
    double y[LONGEST], x[LONGEST];
    bool seen[LONGEST];
} table;

/* The two columns behind the first `skip` of them. */
static table read_table(const char *name, int skip)
{
    char path[512], line[256];
    table t = {0};
    FILE *file = fopen(data_path(name, path, sizeof path), "r");
    assert_non_null(file);
    assert_non_null(fgets(line, sizeof line, file));
    while (t.rows < LONGEST && fgets(line, sizeof line, file) != NULL) {
        char *at = line;
        for (int i = 0; i < skip; i++) at = strchr(at, ',') + 1;
        t.y[t.rows] = strtod(at, &at);
        t.x[t.rows] = strtod(at + 1, NULL);
        t.seen[t.rows++] = true;
    }
    fclose(file);
    return t;
}

static ku_impact_options usual(int draws)
{
    return (ku_impact_options){.structural = {.chains = 4,
                                              .warmup = 200,
                                              .draws = draws,
                                              .seasons = 1,
                                              .duration = 1,
                                              .level_sd = 0.01,
                                              .model_size = 3,
                                              .seed = 1},
                               .confidence = 0.95};
}

/* What R printed of the sum from 900 draws. The Monte Carlo error of its mean is sd / 30, of
 * its sd 2.4 %, of its limits .09 sd; 3 of each and half of the last digit are allowed. */
static void check_r(const char *what, const table *t, int first, double effect, double sd,
                    double lo, double hi, double digit)
{
    ku_impact_series series = {t->rows, first, t->y, t->seen, 1, t->x};
    ku_impact_options options = usual(2500);
    ku_arena *arena = ku_arena_new();
    ku_error err = {0};
    ku_impact out;
    check_ok(ku_impact_estimate_effect(&series, &options, arena, &out, &err), &err);
    const ku_impact_estimate *e = &out.sum.effect;
    print_message("%s: effect %.3f (%.3f) [%.3f, %.3f], R %g (%g) [%g, %g]\n", what, e->mean, e->sd,
                  e->lo, e->hi, effect, sd, lo, hi);
    check_near("effect", 0, (e->mean - effect) / (0.1 * sd + digit), 1);
    check_near("sd", 0, (e->sd - sd) / (0.075 * sd + digit), 1);
    check_near("lo", 0, (e->lo - lo) / (0.27 * sd + digit), 1);
    check_near("hi", 0, (e->hi - hi) / (0.27 * sd + digit), 1);
    check_near("chains", 1, out.rhat, 0.01);
    ku_arena_free(arena);
}

static void as_r_arma(void **state)
{
    (void)state;
    table t = read_table("returns/causalimpact/arma_data.csv", 0);
    check_r("arma", &t, 70, 26.67, 9.1, 7.99, 44.4, 0.05);
}

static void as_r_basque(void **state)
{
    (void)state;
    table t = read_table("returns/causalimpact/basque_data.csv", 1);
    check_r("basque", &t, 21, -16.75, 6.89, -30.0, -4.3, 0.05);
}

/* The vignette prints the average's interval, [9.8, 11], in two digits. */
static void as_r_vignette(void **state)
{
    (void)state;
    table t = read_table("returns/causalimpact_vignette/causalimpact_toy.csv", 1);
    ku_impact_series series = {t.rows, 70, t.y, t.seen, 1, t.x};
    ku_impact_options options = usual(2500);
    ku_arena *arena = ku_arena_new();
    ku_error err = {0};
    ku_impact out;
    check_ok(ku_impact_estimate_effect(&series, &options, arena, &out, &err), &err);
    print_message("vignette: %.3f [%.3f, %.3f]\n", out.average.effect.mean, out.average.effect.lo,
                  out.average.effect.hi);
    check_near("lo", 0, (out.average.effect.lo - 9.8) / (0.27 * 0.37 + 0.05), 1);
    check_near("hi", 0, (out.average.effect.hi - 11) / (0.27 * 0.37 + 0.5), 1);
    assert_true(out.average.effect.lo <= 10 && 10 <= out.average.effect.hi);
    check_near("tail", 1.0 / 10001, out.tail, 1e-9);
    ku_arena_free(arena);
}

/* ---- against the truth ----------------------------------------------------------------------------- */

typedef struct truth {
    table t;
    double x[3 * LONGEST]; /* the second column tells nothing */
    int n, first;
    double effect; /* a period */
} truth;

static void simulate(truth *s, ku_rng *rng, int season)
{
    double level = 50, a = 0, b = 0;
    for (int t = 0; t < s->n; t++) {
        a = 0.8 * a + ku_rng_normal(rng);
        b = 0.5 * b + ku_rng_normal(rng);
        level += 0.03 * ku_rng_normal(rng);
        s->x[t] = 10 + a;
        s->x[s->n + t] = 100 + 10 * ku_rng_normal(rng);
        s->x[2 * s->n + t] = b;
        s->t.y[t] = level + 1.5 * a - b + ku_rng_normal(rng);
        if (season > 1) s->t.y[t] += 3 * sin(6.283185307179586 * t / season);
        if (t >= s->first) s->t.y[t] += s->effect;
        s->t.seen[t] = ku_rng_uniform(rng) > 0.03;
    }
}

/* Share of the 95 % intervals that hold the effect, over many series; and what is compared with
 * that tells nothing does not count. */
static void cover(int runs, int season, int n, int first, double *share, double *noise_counts)
{
    ku_impact_options options = usual(150);
    options.structural.seasons = season;
    *share = *noise_counts = 0;
    for (int i = 0; i < runs; i++) {
        static truth s;
        ku_rng rng = ku_rng_make(11, (uint64_t)i);
        ku_arena *arena = ku_arena_new();
        ku_error err = {0};
        ku_impact out;
        s.n = n;
        s.first = first;
        s.effect = 2 * ku_rng_normal(&rng);
        simulate(&s, &rng, season);
        ku_impact_series series = {n, first, s.t.y, s.t.seen, 3, s.x};
        options.structural.seed = (uint64_t)i;
        check_ok(ku_impact_estimate_effect(&series, &options, arena, &out, &err), &err);
        const ku_impact_estimate *e = &out.average.effect;
        *share += (e->lo <= s.effect && s.effect <= e->hi) / (double)runs;
        *noise_counts += fabs(out.column[1].share) / runs;
        assert_true(out.column[0].counts > 0.5);
        ku_arena_free(arena);
    }
}

/* 200 intervals of 95 %: 183 to 197 of them in 99 of 100 cases; a little more doubt than need be
 * is no fault. */
static void intervals_hold_the_effect(void **state)
{
    (void)state;
    double share, noise;
    cover(200, 1, 70, 50, &share, &noise);
    print_message("without seasons: %.3f inside, weight of what tells nothing %.3f\n", share,
                  noise);
    assert_true(share >= 0.915 && share <= 0.995);
    assert_true(noise < 0.05);
    cover(80, 7, 84, 63, &share, &noise);
    print_message("with seasons: %.3f inside, weight of what tells nothing %.3f\n", share, noise);
    assert_true(share >= 0.88);
}

/* Nothing that happens from the start on changes what is expected without it. */
static void the_future_does_not_leak(void **state)
{
    (void)state;
    static truth s;
    ku_rng rng = ku_rng_make(5, 0);
    ku_impact_options options = usual(100);
    ku_arena *arena = ku_arena_new();
    ku_error err = {0};
    ku_impact with, without;
    s.n = 60;
    s.first = 40;
    simulate(&s, &rng, 1);
    ku_impact_series series = {s.n, s.first, s.t.y, s.t.seen, 3, s.x};
    check_ok(ku_impact_estimate_effect(&series, &options, arena, &without, &err), &err);
    for (int t = s.first; t < s.n; t++) s.t.y[t] = 1000 * t;
    options.pool = ku_pool_new(2); /* nor do threads change a bit */
    check_ok(ku_impact_estimate_effect(&series, &options, arena, &with, &err), &err);
    for (int t = 0; t < s.n; t++) {
        assert_true(with.period[t].predicted.mean == without.period[t].predicted.mean);
        assert_true(with.period[t].predicted.hi == without.period[t].predicted.hi);
    }
    ku_pool_free(options.pool);
    ku_arena_free(arena);
}

/* In a quiet past pretended starts find nothing, in most cases. */
static void pretended_starts_find_nothing(void **state)
{
    (void)state;
    int right = 0, all = 0, inside = 0, seen = 0;
    ku_impact_options options = usual(150);
    for (int i = 0; i < 15; i++) {
        static truth s;
        ku_rng rng = ku_rng_make(12, (uint64_t)i);
        ku_arena *arena = ku_arena_new();
        ku_error err = {0};
        ku_impact_placebo found[6];
        int count;
        s.n = 80;
        s.first = 60;
        s.effect = 5;
        simulate(&s, &rng, 1);
        ku_impact_series series = {s.n, s.first, s.t.y, s.t.seen, 3, s.x};
        check_ok(ku_impact_placebos(&series, &options, 6, arena, found, &count, &err), &err);
        assert_int_equal(count, 6);
        for (int k = 0; k < count; k++) {
            assert_true(found[k].first >= 30 && found[k].first + found[k].periods <= 60);
            right += found[k].covers;
            inside += found[k].inside;
            seen += found[k].seen;
            all++;
        }
        ku_arena_free(arena);
    }
    print_message("%d of %d find nothing; %d of %d values inside\n", right, all, inside, seen);
    assert_true(right >= 0.88 * all);
    check_near("inside", 0.95, (double)inside / seen, 0.025);
}

static void columns_that_moved(void **state)
{
    (void)state;
    double x[60];
    ku_rng rng = ku_rng_make(6, 0);
    for (int t = 0; t < 60; t++) x[t] = 100 + ku_rng_normal(&rng) + (t >= 40 ? 10 : 0);
    ku_impact_move at = ku_impact_moved(x, 60, 40), before = ku_impact_moved(x, 40, 30);
    check_near("jump", 0.1, at.jump, 0.01);
    assert_true(at.compared > 3 && at.places == 21);
    assert_true(before.compared < 1.5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(states_have_their_distribution),
        cmocka_unit_test(ahead_knows_the_past_only),
        cmocka_unit_test(columns_are_chosen_by_their_weight),
        cmocka_unit_test(deviations_stay_below_their_limit),
        cmocka_unit_test(as_r_arma),
        cmocka_unit_test(as_r_basque),
        cmocka_unit_test(as_r_vignette),
        cmocka_unit_test(intervals_hold_the_effect),
        cmocka_unit_test(the_future_does_not_leak),
        cmocka_unit_test(pretended_starts_find_nothing),
        cmocka_unit_test(columns_that_moved),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
