/* test_plan.c - the planner: parabolas under limits against closed forms, gradients against
 * differences, equal marginal returns, limits that hold to the unit whatever they are, and the
 * budget of Meridian's demonstration. */
#include "check.h"

#include <string.h>
#include <time.h>
#include <zlib.h>

#include "base/date.h"
#include "kemudi/rng.h"
#include "returns/plan/plan.h"
#include "returns/plan/quadratic.h"

/* ---- parabolas under limits ------------------------------------------------------------------- */

static const double solved = 1e-6;

static void test_water_filling(void **state)
{
    (void)state;
    enum { CELLS = 4 };
    /* gain - bend x equal wherever 0 < x < high; the total is 10. */
    static const double gain[CELLS] = {5, 4, 3, 0.1}, bend[CELLS] = {1, 1, 0.5, 1},
                        none[CELLS] = {0}, high[CELLS] = {100, 2, 100, 100};
    static const int start[CELLS + 1] = {0, 1, 2, 3, 4}, row[CELLS] = {0};
    double total = 10, x[CELLS], price;
    ku_arena *arena = ku_arena_new();
    ku_quadratic q = {.cells = CELLS,
                      .rows = 1,
                      .gain = gain,
                      .bend = bend,
                      .centre = none,
                      .low = none,
                      .high = high,
                      .start = start,
                      .row = row,
                      .least = &total,
                      .most = &total};
    assert_true(ku_quadratic_solve(&q, arena, x, &price));
    /* cell 1 at its bound; 5 - x0 = 3 - x2 / 2, x0 + x2 = 8, so x0 = 4, price 1 */
    check_near("first", 4, x[0], solved);
    check_near("at its bound", 2, x[1], solved);
    check_near("third", 4, x[2], solved);
    check_near("worth nothing", 0, x[3], solved);
    check_near("price", 1, price, solved);
    total = 1000;
    assert_false(ku_quadratic_solve(&q, arena, x, &price));
    ku_arena_free(arena);
}

/* ---- a market made up ---------------------------------------------------------------------------- */

enum { CHANNELS = 3, REGIONS = 2, BEFORE = 6, PERIODS = 12, TAIL = 6, DRAWS = 40, STRETCHES = 3 };
enum { CELLS = CHANNELS * REGIONS * STRETCHES, GRID = CHANNELS * PERIODS * REGIONS };
enum { ROWS_OF_VALUES = DRAWS * CHANNELS * REGIONS };

typedef struct market {
    ku_arena *arena;
    ku_response_form form[CHANNELS];
    ku_response_values values[ROWS_OF_VALUES];
    double coefficient[ROWS_OF_VALUES], unit[ROWS_OF_VALUES];
    double history[CHANNELS * BEFORE * REGIONS];
    int cell[GRID];
    double weight[GRID];
    ku_plan_media media;
    ku_plan_cells cells;
    ku_plan_model *model;
} market;

static market *market_new(double slope, uint64_t seed)
{
    market *m = calloc(1, sizeof *m);
    ku_rng rng = ku_rng_make(seed, 1);
    m->arena = ku_arena_new();
    for (int c = 0; c < CHANNELS; c++)
        m->form[c] = (ku_response_form){KU_ADSTOCK_GEOMETRIC, KU_SATURATION_HILL, TAIL, true,
                                        false};
    for (int i = 0; i < ROWS_OF_VALUES; i++) {
        int c = i / REGIONS % CHANNELS;
        m->values[i] = (ku_response_values){0.1 + 0.2 * c + 0.1 * ku_rng_uniform(&rng), 0,
                                            0.8 + 0.4 * ku_rng_uniform(&rng), slope};
        m->coefficient[i] = (3 + c) * (0.5 + ku_rng_uniform(&rng));
        m->unit[i] = 0.01 * (1 + c);
    }
    for (int i = 0; i < CHANNELS * BEFORE * REGIONS; i++)
        m->history[i] = 100 * ku_rng_uniform(&rng);
    for (int i = 0; i < GRID; i++) {
        int c = i / REGIONS / PERIODS, t = i / REGIONS % PERIODS, g = i % REGIONS;
        m->cell[i] = (c * REGIONS + g) * STRETCHES + t * STRETCHES / PERIODS;
        m->weight[i] = (double)STRETCHES / PERIODS;
    }
    m->media = (ku_plan_media){CHANNELS, REGIONS,   DRAWS,          BEFORE,  PERIODS,   TAIL,
                               m->form,  m->values, m->coefficient, m->unit, m->history};
    m->cells = (ku_plan_cells){CELLS, m->cell, m->weight};
    m->model = ku_plan_model_new(&m->media, &m->cells, NULL, m->arena);
    return m;
}

static void market_free(market *m)
{
    ku_arena_free(m->arena);
    free(m);
}

static void test_gradient(void **state)
{
    (void)state;
    static const double step = 1e-3, differences = 1e-7;
    market *m = market_new(1.3, 3);
    double amount[CELLS], gradient[CELLS], up[CELLS], marginal[CELLS * DRAWS], by[DRAWS * CHANNELS];
    for (int i = 0; i < CELLS; i++) amount[i] = 100 + 37 * (i % 5);
    double value = ku_plan_gradient(m->model, amount, 1, gradient), mean = 0;
    ku_plan_outcomes(m->model, amount, by);
    for (int i = 0; i < DRAWS * CHANNELS; i++) mean += by[i] / DRAWS;
    check_near("mean of the draws", value, mean, 1e-12);
    ku_plan_marginals(m->model, amount, marginal);
    for (int i = 0; i < CELLS; i++) {
        double above, below, average = 0;
        amount[i] += step;
        above = ku_plan_gradient(m->model, amount, 1, up);
        amount[i] -= 2 * step;
        below = ku_plan_gradient(m->model, amount, 1, up);
        amount[i] += step;
        for (int d = 0; d < DRAWS; d++) average += marginal[i * DRAWS + d] / DRAWS;
        check_near("one more unit", (above - below) / (2 * step), gradient[i], differences);
        check_near("mean of the draws' next unit", gradient[i], average, 1e-12);
    }
    double nothing[CELLS] = {0};
    check_near("no plan brings nothing", 0, ku_plan_gradient(m->model, nothing, 1, up), 1e-12);
    market_free(m);
}

/* ---- the best plan ------------------------------------------------------------------------------- */

typedef struct limits {
    double low[CELLS], high[CELLS], least[64], most[64];
    int start[CELLS + 1], row[CELLS * 64];
    bool in[64][CELLS];
    int rows;
    ku_plan_limits all;
} limits;

static int add_row(limits *l, double least, double most)
{
    l->least[l->rows] = least;
    l->most[l->rows] = most;
    return l->rows++;
}

static void finish(limits *l)
{
    int at = 0;
    for (int i = 0; i < CELLS; i++) {
        for (int k = 0; k < l->rows; k++)
            if (l->in[k][i]) l->row[at++] = k;
        l->start[i + 1] = at;
    }
    l->all = (ku_plan_limits){l->low, l->high, l->rows, l->least, l->most, l->start, l->row};
}

static limits *only_total(double total)
{
    limits *l = calloc(1, sizeof *l);
    int k = add_row(l, total, total);
    for (int i = 0; i < CELLS; i++) {
        l->high[i] = 2 * total;
        l->in[k][i] = true;
    }
    finish(l);
    return l;
}

static void test_marginal_returns_are_equal(void **state)
{
    (void)state;
    static const double alike = 2e-3;
    market *m = market_new(1, 5);
    limits *l = only_total(6000);
    double amount[CELLS] = {0}, gradient[CELLS], price, lowest = INFINITY, highest = -INFINITY;
    ku_plan_best best;
    assert_true(ku_plan_concave(&m->media));
    assert_true(ku_plan_improve(m->model, &l->all, 1, 1e-12, amount, &price, &best));
    ku_plan_gradient(m->model, amount, 1, gradient);
    for (int i = 0; i < CELLS; i++) {
        if (amount[i] < 1) continue; /* nothing to take away */
        lowest = fmin(lowest, gradient[i]);
        highest = fmax(highest, gradient[i]);
    }
    for (int i = 0; i < CELLS; i++) assert_true(gradient[i] < highest * (1 + alike));
    check_near("equal returns", 1, lowest / highest, alike);
    check_near("price of the total", highest, price, alike);
    assert_true(best.gap >= 0 && best.gap < alike * best.value);
    /* No exchange of any size between two cells gains. */
    for (int i = 0; i < CELLS * CELLS; i++) {
        double trial[CELLS], move = fmin(25, amount[i / CELLS]);
        memcpy(trial, amount, sizeof trial);
        trial[i / CELLS] -= move;
        trial[i % CELLS] += move;
        assert_true(ku_plan_gradient(m->model, trial, 1, gradient) <= best.value * (1 + 1e-9));
    }
    free(l);
    market_free(m);
}

static void test_s_shapes_are_known(void **state)
{
    (void)state;
    market *m = market_new(2.2, 5);
    limits *l = only_total(600);
    double amount[CELLS] = {0}, gradient[CELLS], sum = 0;
    ku_plan_best best;
    assert_false(ku_plan_concave(&m->media));
    for (int i = 0; i < CELLS; i++) amount[i] = 600. / CELLS;
    double before = ku_plan_gradient(m->model, amount, 1, gradient);
    assert_true(ku_plan_improve(m->model, &l->all, 1, 1e-9, amount, NULL, &best));
    for (int i = 0; i < CELLS; i++) sum += amount[i];
    assert_true(best.value > before && isnan(best.gap));
    check_near("total", 600, sum, 1e-7);
    free(l);
    market_free(m);
}

/* ---- limits ---------------------------------------------------------------------------------------- */

static bool holds(const limits *l, const int64_t *whole)
{
    for (int k = 0; k < l->rows; k++) {
        int64_t sum = 0;
        for (int i = 0; i < CELLS; i++) sum += l->in[k][i] ? whole[i] : 0;
        if ((double)sum < l->least[k] || (double)sum > l->most[k]) return false;
    }
    for (int i = 0; i < CELLS; i++)
        if ((double)whole[i] < l->low[i] || (double)whole[i] > l->high[i]) return false;
    return true;
}

/* Limits by channel, region, stretch and pairs of them around a plan that satisfies them all. */
static limits *random_limits(ku_rng *rng, int64_t *inside)
{
    limits *l = calloc(1, sizeof *l);
    for (int i = 0; i < CELLS; i++) {
        inside[i] = (int64_t)ku_rng_below(rng, 5000);
        l->low[i] = ku_rng_below(rng, 4) == 0 ? (double)inside[i] : 0;
        l->high[i] = ku_rng_below(rng, 4) == 0 ? (double)inside[i] : 20000;
    }
    for (int k = 0; k < 12; k++) {
        int channel = (int)ku_rng_below(rng, CHANNELS + 1),
            region = (int)ku_rng_below(rng, REGIONS + 1);
        int stretch = (int)ku_rng_below(rng, STRETCHES + 1), row = add_row(l, 0, 0);
        int64_t sum = 0;
        for (int i = 0; i < CELLS; i++) {
            l->in[row][i] = (channel == CHANNELS || i / STRETCHES / REGIONS == channel) &&
                            (region == REGIONS || i / STRETCHES % REGIONS == region) &&
                            (stretch == STRETCHES || i % STRETCHES == stretch);
            sum += l->in[row][i] ? inside[i] : 0;
        }
        double slack = ku_rng_below(rng, 3) == 0 ? 0 : (double)ku_rng_below(rng, 900);
        l->least[row] = ku_rng_below(rng, 3) == 0 ? -INFINITY : (double)sum - slack;
        l->most[row] = ku_rng_below(rng, 3) == 0 ? INFINITY : (double)sum + slack;
    }
    finish(l);
    return l;
}

static void test_limits_hold_to_the_unit(void **state)
{
    (void)state;
    market *m = market_new(1, 8);
    ku_rng rng = ku_rng_make(20, 0);
    for (int trial = 0; trial < 200; trial++) {
        int64_t inside[CELLS], whole[CELLS];
        limits *l = random_limits(&rng, inside);
        double amount[CELLS];
        ku_plan_best best;
        for (int i = 0; i < CELLS; i++) amount[i] = 1000 * ku_rng_uniform(&rng);
        assert_true(holds(l, inside));
        assert_true(ku_plan_improve(m->model, &l->all, 4, 1e-4, amount, NULL, &best));
        assert_true(ku_plan_whole(&l->all, CELLS, amount, m->arena, whole));
        assert_true(holds(l, whole));
        free(l);
    }
    market_free(m);
}

/* Commitments stand; the cap gives way before them, the wish before the cap. */
static void test_limits_give_way_in_order(void **state)
{
    (void)state;
    enum { BOOKED, CAP, WISH };
    limits *l = calloc(1, sizeof *l);
    ku_arena *arena = ku_arena_new();
    double least[3], most[3], amount[CELLS] = {0}, weight[3] = {3000, 300, 30};
    add_row(l, 500, INFINITY);
    add_row(l, -INFINITY, 400);
    add_row(l, 900, INFINITY);
    for (int i = 0; i < CELLS; i++) {
        l->in[BOOKED][i] = i < 3;
        l->in[CAP][i] = i < 6;
        l->in[WISH][i] = i < 6;
        l->high[i] = 1000;
    }
    finish(l);
    memcpy(least, l->least, sizeof least);
    memcpy(most, l->most, sizeof most);
    assert_int_equal(ku_plan_loosen(&l->all, CELLS, weight, arena, least, most, amount), 2);
    check_near("booked", 500, least[BOOKED], 0);
    check_near("cap", 500, most[CAP], 1.5);
    check_near("wish", 500, least[WISH], 1.5);
    ku_arena_free(arena);
    free(l);
}

/* ---- Meridian's demonstration --------------------------------------------------------------------- */

enum { GEOS = 40, WEEKS = 156, MEDIA = 5, SAMPLES = 500, LAG = 8 };

typedef struct demo {
    double spend[MEDIA * WEEKS * GEOS], exposure[MEDIA * WEEKS * GEOS], people[GEOS];
} demo;

static demo *read_demo(void)
{
    char path[512], line[4096];
    gzFile file = gzopen(
        data_path("returns/meridian_sim/geo_all_channels.csv.gz", path, sizeof path), "r");
    demo *d = calloc(1, sizeof *d);
    assert_non_null(file);
    gzgets(file, line, sizeof line);
    for (int row = 0; row < GEOS * WEEKS; row++) {
        int geo = row / WEEKS, week = row % WEEKS;
        assert_non_null(gzgets(file, line, sizeof line));
        double x[19] = {0};
        char *at = line;
        for (int column = 0; column < 20;
             column++) { /* ,geo,time,5 impressions,2 controls,5 spends */
            if (column >= 3 && column < 22) x[column - 3] = strtod(at, NULL);
            at = strchr(at, ',');
            if (at == NULL) break;
            at++;
        }
        char *last = strrchr(line, ',');
        for (int c = 0; c < MEDIA; c++) {
            d->exposure[(c * WEEKS + week) * GEOS + geo] = x[c];
            d->spend[(c * WEEKS + week) * GEOS + geo] = x[c + 7];
        }
        d->people[geo] = strtod(last + 1, NULL);
    }
    gzclose(file);
    return d;
}

/* Draws whose returns have the mean that Meridian published for these data and whose marginal
 * returns are about half of them, as published. */
static void make_draws(const demo *d, ku_response_values *values, double *coefficient, double *unit)
{
    static const double published[MEDIA] = {1.613, .939, 1.240, .798, 1.648};
    ku_rng rng = ku_rng_make(9, 0);
    for (int s = 0; s < SAMPLES; s++)
        for (int c = 0; c < MEDIA; c++) {
            ku_response_form form = {KU_ADSTOCK_GEOMETRIC, KU_SATURATION_MICHAELIS_MENTEN, LAG,
                                     true, false};
            ku_response_values v = {ku_rng_beta(&rng, 4, 4), 0, 0.5 + ku_rng_uniform(&rng), 1};
            double per_head = 0, spend = 0, brought = 0;
            for (int i = 0; i < WEEKS * GEOS; i++) {
                per_head += d->exposure[c * WEEKS * GEOS + i] / d->people[i % GEOS] /
                            (WEEKS * GEOS);
                spend += d->spend[c * WEEKS * GEOS + i];
            }
            for (int i = 0; i < WEEKS * GEOS; i++) /* about: without adstock */
                brought += d->people[i % GEOS] * ku_saturation(&form, &v,
                                                               d->exposure[c * WEEKS * GEOS + i] /
                                                                   d->people[i % GEOS] / per_head,
                                                               NULL, NULL);
            double roi = published[c] * exp(0.35 * ku_rng_normal(&rng) - 0.06125);
            for (int g = 0; g < GEOS; g++) {
                int at = (s * MEDIA + c) * GEOS + g;
                values[at] = v;
                coefficient[at] = roi * spend / brought * d->people[g];
                unit[at] = 1 / (per_head * d->people[g]);
            }
        }
}

/* Of all threads: what a search takes does not depend on what else the machine does. */
static double processor_seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* The whole history's budget again, its pattern kept, channels free by 30 %: as Meridian's
 * optimiser is asked. Money buys what it bought. */
static void test_budget_of_meridian(void **state)
{
    (void)state;
    static const double nothing[GEOS] = {0}, millions[MEDIA] = {52.6, 27.7, 15.7, 61.5, 62.0},
                        printed = 0.06;
    demo *d = read_demo();
    ku_arena *arena = ku_arena_new();
    ku_pool *pool = ku_pool_new(2);
    size_t rows = (size_t)SAMPLES * MEDIA * GEOS, grid = (size_t)MEDIA * WEEKS * GEOS;
    ku_response_values *values = KU_ARRAY(arena, rows, ku_response_values);
    double *coefficient = KU_ARRAY(arena, rows, double), *unit = KU_ARRAY(arena, rows, double);
    double *weight = KU_ARRAY(arena, grid, double), today[MEDIA] = {0}, amount[MEDIA];
    double low[MEDIA], high[MEDIA], total = 0, gradient[MEDIA];
    int *cell = KU_ARRAY(arena, grid, int), start[MEDIA + 1] = {0, 1, 2, 3, 4, 5}, row[MEDIA] = {0};
    ku_response_form form[MEDIA];
    make_draws(d, values, coefficient, unit);
    for (int c = 0; c < MEDIA; c++) {
        double seen = 0;
        form[c] = (ku_response_form){KU_ADSTOCK_GEOMETRIC, KU_SATURATION_MICHAELIS_MENTEN, LAG,
                                     true, false};
        for (int i = 0; i < WEEKS * GEOS; i++) {
            today[c] += d->spend[c * WEEKS * GEOS + i];
            seen += d->exposure[c * WEEKS * GEOS + i];
        }
        for (int i = 0; i < WEEKS * GEOS; i++) {
            cell[c * WEEKS * GEOS + i] = c;
            weight[c * WEEKS * GEOS + i] = d->exposure[c * WEEKS * GEOS + i] / today[c];
        }
        assert_true(seen > 0);
        amount[c] = today[c];
        low[c] = 0.7 * today[c];
        high[c] = 1.3 * today[c];
        total += today[c];
    }
    ku_plan_media media = {MEDIA, GEOS,   SAMPLES,     0,    WEEKS,  LAG,
                           form,  values, coefficient, unit, nothing};
    ku_plan_cells cells = {MEDIA, cell, weight};
    ku_plan_limits bounds = {low, high, 1, &total, &total, start, row};
    ku_plan_model *model = ku_plan_model_new(&media, &cells, pool, arena);
    double before = ku_plan_gradient(model, today, 1, gradient), clock = ku_clock_seconds();
    double busy = processor_seconds();
    ku_plan_best best;
    assert_true(ku_plan_improve(model, &bounds, SAMPLES / 100, 1e-5, amount, NULL, &best));
    assert_true(ku_plan_improve(model, &bounds, 1, 1e-6, amount, NULL, &best));
    clock = ku_clock_seconds() - clock;
    busy = processor_seconds() - busy;
    print_message("# %.1f million as today, %.1f million at best, found in %.2f s (%.2f s of "
                  "processors)\n",
                  before / 1e6, best.value / 1e6, clock, busy);
    assert_true(best.value > 1.02 * before);
    for (int c = 0; c < MEDIA; c++) {
        print_message("# channel %d: %.2f million, Meridian %.1f\n", c, amount[c] / 1e6,
                      millions[c]);
        check_near("spend as Meridian found it, millions", millions[c], amount[c] / 1e6, printed);
    }
    ku_pool_free(pool);
    ku_arena_free(arena);
    free(d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_water_filling),
        cmocka_unit_test(test_gradient),
        cmocka_unit_test(test_marginal_returns_are_equal),
        cmocka_unit_test(test_s_shapes_are_known),
        cmocka_unit_test(test_limits_hold_to_the_unit),
        cmocka_unit_test(test_limits_give_way_in_order),
        cmocka_unit_test(test_budget_of_meridian),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
