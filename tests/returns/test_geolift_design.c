/* test_geolift_design.c - designs of GeoLift's walkthrough, likeness of candidates, and the same bits
 * from every number of threads. */
#include "geolift_data.h"

#include "returns/geolift/design.h"

enum { PRE_DAYS = 90, EFFECTS = 11 };

typedef struct plan {
    cities cities;
    bool with[CITIES], without[CITIES];
    double effect[EFFECTS];
    ku_set_question sets;
    ku_design_question question;
    ku_arena *arena;
    ku_design *design;
    size_t designs;
} plan;

/* GeoLiftMarketSelection(treatment_periods = c(10, 15), N = 2:5, effect_size = seq(-.25, .25, .05),
 * include_markets = "chicago", exclude_markets = "honolulu", alpha = .1). */
static void open_plan(plan *p)
{
    p->arena = ku_arena_new();
    read_cities(&p->cities, "returns/geolift/GeoLift_PreTest.csv", PRE_DAYS);
    p->with[city_of(&p->cities, "chicago")] = true;
    p->without[city_of(&p->cities, "honolulu")] = true;
    for (int e = 1; e < EFFECTS; e++) p->effect[e] = 0.05 * (e <= 5 ? e : 5 - e);
    p->sets = (ku_set_question){.regions = CITIES,
                                .periods = PRE_DAYS,
                                .value = p->cities.value,
                                .with = p->with,
                                .without = p->without,
                                .smallest = 2,
                                .largest = 5};
    p->question = (ku_design_question){.regions = CITIES,
                                       .periods = PRE_DAYS,
                                       .value = p->cities.value,
                                       .effect = p->effect,
                                       .effects = EFFECTS,
                                       .windows = 1,
                                       .confidence = 0.9,
                                       .days = true,
                                       .draws = 999,
                                       .seed = 1};
}

static void make_designs(plan *p)
{
    static const int durations[] = {10, 15};
    ku_region_set *sets;
    size_t count = ku_region_sets(&p->sets, p->arena, &sets);
    p->designs = 0;
    p->design = KU_ARRAY(p->arena, 2 * count, ku_design);
    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; k < 2; k++)
            p->design[p->designs++] = (ku_design){.set = sets[i], .duration = durations[k]};
}

static const ku_design *design_of(const plan *p, const char *const *names, int count, int duration)
{
    for (size_t i = 0; i < p->designs; i++) {
        const ku_design *d = &p->design[i];
        int same = 0;
        for (int k = 0; k < count; k++)
            for (int j = 0; j < d->set.count; j++)
                same += strcmp(p->cities.name[d->set.region[j]], names[k]) == 0;
        if (d->duration == duration && d->set.count == count && same == count) return d;
    }
    fail_msg("no design with %s", names[0]);
    return NULL;
}

static int effect_of(const plan *p, double effect)
{
    for (int e = 0; e < EFFECTS; e++)
        if (fabs(p->effect[e] - effect) < 1e-9) return e;
    fail_msg("no effect %g", effect);
    return -1;
}

/* BestMarkets of vignettes/GeoLift_Walkthrough.md: the simulated last window. */
static void walkthrough_rows(void **state)
{
    (void)state;
    static const struct {
        const char *name[5];
        int count, duration;
        double effect, imbalance, investment, average, lift, share;
    } rows[] = {
        {{"chicago", "cincinnati", "houston", "portland"},
         4,
         15,
         .05,
         .1971864,
         74118.38,
         159.3627,
         .04829912,
         .07576405},
        {{"chicago", "portland"}, 2, 15, -.1, .1738778, 64563.75, -283.8929, -.09904014, .03306537},
        {{"chicago", "portland"}, 2, 10, -.1, .1682310, 43646.25, -281.0099, -.09690716, .03306537},
        {{"chicago", "cincinnati", "houston", "portland"},
         4,
         10,
         -.1,
         .1966996,
         99027.75,
         -343.5647,
         -.10365827,
         .07576405},
        {{"chicago", "houston", "portland"},
         3,
         10,
         -.1,
         .2305628,
         75389.25,
         -319.8125,
         -.09588481,
         .05797087},
        {{"atlanta", "chicago", "cleveland", "las vegas", "reno"},
         5,
         10,
         -.05,
         .4536741,
         69300.00,
         -174.5212,
         -.04735064,
         .10714670},
    };
    plan *p = calloc(1, sizeof *p);
    open_plan(p);
    make_designs(p);
    ku_designs_try(&p->question, p->design, p->designs, p->arena, NULL);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const ku_design *d = design_of(p, rows[i].name, rows[i].count, rows[i].duration);
        int e = effect_of(p, rows[i].effect);
        check_near("imbalance", rows[i].imbalance, d->imbalance, 1e-5);
        check_near("investment", rows[i].investment, 7.5 * d->outcome * fabs(rows[i].effect), 1e-6);
        check_near("average", rows[i].average, d->average[e], 1e-5);
        check_near("lift", rows[i].lift, d->lift[e], 1e-5);
        check_near("share", rows[i].share, d->share, 1e-6);
        assert_true(d->found[e] == 1); /* their smallest effect with power */
    }
    ku_arena_free(p->arena);
    free(p);
}

static void same_bits(void **state)
{
    (void)state;
    plan *p = calloc(1, sizeof *p);
    ku_pool *pool = ku_pool_new(3);
    open_plan(p);
    p->sets.drawn = 5;
    p->question.windows = 3;
    make_designs(p);
    ku_design *first = p->design;
    ku_designs_try(&p->question, first, p->designs, p->arena, NULL);
    make_designs(p);
    ku_designs_try(&p->question, p->design, p->designs, p->arena, pool);
    for (size_t i = 0; i < p->designs; i++) {
        assert_memory_equal(first[i].found, p->design[i].found, EFFECTS * sizeof(double));
        assert_memory_equal(first[i].lift, p->design[i].lift, EFFECTS * sizeof(double));
        assert_memory_equal(&first[i].imbalance, &p->design[i].imbalance, sizeof(double));
    }
    ku_pool_free(pool);
    ku_arena_free(p->arena);
    free(p);
}

/* Sets are new, ascending, of their size, with and without what was asked. */
static void candidates(void **state)
{
    (void)state;
    plan *p = calloc(1, sizeof *p);
    ku_region_set *sets;
    open_plan(p);
    p->sets.drawn = 10;
    size_t count = ku_region_sets(&p->sets, p->arena, &sets);
    assert_true(count >= 20);
    for (size_t i = 0; i < count; i++) {
        bool chicago = false;
        for (int k = 0; k < sets[i].count; k++) {
            assert_true(k == 0 || sets[i].region[k] > sets[i].region[k - 1]);
            assert_false(p->without[sets[i].region[k]]);
            chicago = chicago || p->with[sets[i].region[k]];
        }
        assert_true(chicago);
        for (size_t j = 0; j < i; j++)
            assert_true(
                sets[j].count != sets[i].count ||
                memcmp(sets[i].region, sets[j].region, (size_t)sets[i].count * sizeof(int)) != 0);
    }
    ku_arena_free(p->arena);
    free(p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(walkthrough_rows),
        cmocka_unit_test(same_bits),
        cmocka_unit_test(candidates),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
