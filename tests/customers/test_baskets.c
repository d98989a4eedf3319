/* What is bought together: the search against counting everything, the tests against exact
 * fractions, the proposals against customers whose habits are known. */
#include "check.h"

#include <string.h>

#include "customers/baskets/association.h"
#include "customers/baskets/baskets.h"
#include "customers/baskets/next.h"
#include "kemudi/rng.h"

/* ---- the search ---------------------------------------------------------------------------- */

enum { PRODUCTS = 11, BASKETS = 400, LINES = 2400 };

typedef struct shop {
    int64_t basket[LINES];
    int32_t product[LINES];
    unsigned holds[BASKETS]; /* bit p: product p is in it */
} shop;

static void fill(shop *s, uint64_t seed)
{
    ku_rng rng = ku_rng_make(7, seed);
    memset(s->holds, 0, sizeof s->holds);
    for (int i = 0; i < LINES; i++) {
        s->basket[i] = (int64_t)ku_rng_below(&rng, BASKETS);
        /* the later the product the rarer; the last one is never sold */
        s->product[i] = (int32_t)(ku_rng_uniform(&rng) * ku_rng_uniform(&rng) * (PRODUCTS - 1));
        s->holds[s->basket[i]] |= 1u << s->product[i];
    }
}

static int64_t count_of(const shop *s, unsigned set)
{
    int64_t found = 0;
    for (int b = 0; b < BASKETS; b++) found += (s->holds[b] & set) == set;
    return found;
}

static void search_counts_everything(void **state)
{
    (void)state;
    static shop s;
    ku_error err = {0};
    for (uint64_t seed = 0; seed < 20; seed++) {
        ku_arena *arena = ku_arena_new();
        ku_baskets baskets;
        ku_basket_sets sets;
        int64_t least = 3 + (int64_t)seed;
        int size = 2 + (int)seed % 5;
        fill(&s, seed);
        check_ok(ku_baskets_make(s.basket, s.product, LINES, BASKETS, PRODUCTS, least, arena,
                                 &baskets, &err),
                 &err);
        check_ok(ku_baskets_search(&baskets, least, size, 100000, arena, NULL, &sets, &err), &err);
        size_t expected = 0;
        for (unsigned set = 1; set < 1u << PRODUCTS; set++) {
            int products = __builtin_popcount(set);
            expected += products >= 2 && products <= size && count_of(&s, set) >= least;
        }
        if (sets.count != expected)
            fail_msg("seed %d: expected %zu sets, found %zu", (int)seed, expected, sets.count);
        for (size_t i = 0; i < sets.count; i++) {
            unsigned set = 0;
            for (int k = 0; k < sets.set[i].size; k++)
                set |= 1u << baskets.product[sets.rank[sets.set[i].first + k]];
            assert_int_equal(__builtin_popcount(set), sets.set[i].size);
            assert_int_equal(sets.set[i].found, count_of(&s, set));
        }
        ku_arena_free(arena);
    }
}

static void threads_find_the_same(void **state)
{
    (void)state;
    static shop s;
    ku_error err = {0};
    ku_arena *arena = ku_arena_new();
    ku_pool *pool = ku_pool_new(3);
    ku_baskets baskets;
    ku_basket_sets one, three;
    fill(&s, 99);
    check_ok(
        ku_baskets_make(s.basket, s.product, LINES, BASKETS, PRODUCTS, 2, arena, &baskets, &err),
        &err);
    check_ok(ku_baskets_search(&baskets, 2, 6, 100000, arena, NULL, &one, &err), &err);
    check_ok(ku_baskets_search(&baskets, 2, 6, 100000, arena, pool, &three, &err), &err);
    assert_int_equal(one.count, three.count);
    assert_memory_equal(one.set, three.set, one.count * sizeof *one.set);
    ku_pool_free(pool);
    ku_arena_free(arena);
}

static void too_many_raise_the_bound(void **state)
{
    (void)state;
    static shop s;
    ku_error err = {0};
    ku_arena *arena = ku_arena_new();
    ku_baskets baskets;
    ku_basket_sets sets;
    fill(&s, 5);
    check_ok(
        ku_baskets_make(s.basket, s.product, LINES, BASKETS, PRODUCTS, 1, arena, &baskets, &err),
        &err);
    check_ok(ku_baskets_search(&baskets, 1, 6, 50, arena, NULL, &sets, &err), &err);
    assert_true(sets.cut && sets.count > 0 && sets.count <= 50);
    for (size_t i = 0; i < sets.count; i++) assert_true(sets.set[i].found >= sets.least);
    ku_arena_free(arena);
}

static void nothing_to_find(void **state)
{
    (void)state;
    static const int64_t basket[] = {0, 1, 1};
    static const int32_t product[] = {0, 1, 1};
    ku_error err = {0};
    ku_arena *arena = ku_arena_new();
    ku_baskets baskets;
    ku_basket_sets sets;
    check_ok(ku_baskets_make(basket, product, 3, 2, 2, 1, arena, &baskets, &err), &err);
    assert_int_equal(baskets.count, 2);
    check_ok(ku_baskets_search(&baskets, 1, 4, 10, arena, NULL, &sets, &err), &err);
    assert_int_equal(sets.count, 0);
    check_ok(ku_baskets_make(basket, product, 0, 0, 0, 1, arena, &baskets, &err), &err);
    check_ok(ku_baskets_search(&baskets, 1, 4, 10, arena, NULL, &sets, &err), &err);
    assert_int_equal(baskets.count + (int64_t)sets.count, 0);
    ku_arena_free(arena);
}

/* ---- luck and lift ------------------------------------------------------------------------- */

/* The tail as a sum of exact fractions (Python, fractions and decimal). */
static void luck_is_exact(void **state)
{
    (void)state;
    static const struct {
        ku_together t;
        double expected;
    } cases[] = {
        {{8, 10, 12, 30}, -5.931417372831200813},
        {{3, 10, 12, 30}, -0.1244285421793288720},
        {{1, 5, 5, 100}, -1.467894745592026599},
        {{40, 200, 150, 1000}, -3.922953326193340252},
        {{300, 1000, 900, 20000}, -399.2929654301530987},
        {{0, 10, 10, 100}, 0},
        {{90, 95, 95, 100}, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        check_near("ln of luck", cases[i].expected, ku_together_luck(&cases[i].t),
                   1e-11 * fmax(1, fabs(cases[i].expected)));
}

/* Tables drawn with known shares: the interval holds the true lift. */
static void lift_covers(void **state)
{
    (void)state;
    int covered = 0, trials = 2000;
    ku_rng rng = ku_rng_make(3, 3);
    for (int trial = 0; trial < trials; trial++) {
        ku_together t = {.all = 3000};
        for (int i = 0; i < 3000; i++) {
            bool a = ku_rng_uniform(&rng) < 0.1, b = ku_rng_uniform(&rng) < (a ? 0.2 : 0.08);
            t.a += a;
            t.b += b;
            t.both += a && b;
        }
        ku_lift lift = ku_together_lift(&t);
        double truth = 0.2 / (0.1 * 0.2 + 0.9 * 0.08);
        covered += lift.lo <= truth && truth <= lift.hi;
    }
    if (covered < 0.935 * trials || covered > 0.965 * trials)
        fail_msg("expected 95 %% of %d within, found %d", trials, covered);
}

/* ---- proposals ------------------------------------------------------------------------------ */

enum { CUSTOMERS = 6000, GOODS = 20, DAYS = 400 };

typedef struct club {
    int64_t start[CUSTOMERS + 1];
    int32_t product[CUSTOMERS * GOODS], first[CUSTOMERS * GOODS];
    int32_t last[KU_NEXT_MOMENTS][CUSTOMERS];
    ku_owned owned;
} club;

/* Everyone buys product 0 or 1 first. Later purchases come at random days; owners of 0 like
 * even products `liking` times as much as odd ones, owners of 1 the other way. */
static void open_club(club *c, double liking)
{
    int64_t at = 0;
    for (int who = 0; who < CUSTOMERS; who++) {
        ku_rng rng = ku_rng_make(11, (uint64_t)who);
        int32_t kind = who % 2;
        c->start[who] = at;
        c->product[at] = kind;
        c->first[at++] = 0;
        for (int32_t p = 2; p < GOODS; p++) {
            double rate = (p % 2 == kind ? liking : 1) / 1500.0;
            double day = 1 + ku_rng_exponential(&rng) / rate;
            if (day >= DAYS) continue;
            int64_t to = at++;
            for (; to > c->start[who] && c->first[to - 1] > (int32_t)day; to--) {
                c->product[to] = c->product[to - 1];
                c->first[to] = c->first[to - 1];
            }
            c->product[to] = p;
            c->first[to] = (int32_t)day;
        }
        for (int m = 0; m < KU_NEXT_MOMENTS; m++) {
            int32_t moment = DAYS - 90 * (KU_NEXT_MOMENTS - 1 - m);
            c->owned.moment[m] = moment;
            for (int64_t i = c->start[who]; i < at; i++)
                if (c->first[i] <= moment) c->last[m][who] = c->first[i];
        }
    }
    c->start[CUSTOMERS] = at;
    c->owned.customers = CUSTOMERS;
    c->owned.products = GOODS;
    c->owned.start = c->start;
    c->owned.product = c->product;
    c->owned.first = c->first;
    for (int m = 0; m < KU_NEXT_MOMENTS; m++) c->owned.last[m] = c->last[m];
}

static void proposals_find_the_liking(void **state)
{
    (void)state;
    static club c;
    static ku_proposal proposal[CUSTOMERS * 3];
    static int count[CUSTOMERS];
    ku_error err = {0};
    ku_arena *arena = ku_arena_new();
    ku_next *next;
    const char *why;
    ku_next_hit hit[3];
    open_club(&c, 4);
    check_ok(ku_next_learn(&c.owned, arena, NULL, &next, &why, &err), &err);
    assert_non_null(next);
    ku_next_hits(next, hit);
    assert_true(hit[0].share_range.lo > hit[0].popular_range.hi);
    ku_next_propose(next, 3, NULL, proposal, count);
    int liked = 0, all = 0;
    double chance = 0;
    for (int who = 0; who < CUSTOMERS; who++)
        for (int k = 0; k < count[who] && k < 1; k++) {
            liked += proposal[who * 3 + k].product % 2 == who % 2;
            chance += proposal[who * 3 + k].chance;
            all++;
            assert_true(proposal[who * 3 + k].range.lo <= proposal[who * 3 + k].chance &&
                        proposal[who * 3 + k].chance <= proposal[who * 3 + k].range.hi);
        }
    if (liked < 0.9 * all) fail_msg("expected 90 %% of %d proposals liked, found %d", all, liked);
    /* The chance to buy a liked product within 90 days: 1 - exp(-90 x 4 / 1500). */
    check_near("chance", 0.2134, chance / all, 0.02);
    ku_arena_free(arena);
}

static void no_liking_no_better(void **state)
{
    (void)state;
    static club c;
    ku_error err = {0};
    ku_arena *arena = ku_arena_new();
    ku_next *next;
    const char *why;
    ku_next_hit hit[3];
    open_club(&c, 1);
    check_ok(ku_next_learn(&c.owned, arena, NULL, &next, &why, &err), &err);
    assert_non_null(next);
    ku_next_hits(next, hit);
    /* 18 products that all sell alike: three of about 17 left are hit in one case of six. */
    assert_true(hit[1].share_range.lo < 0.3 && hit[1].share_range.hi > 0.15);
    ku_arena_free(arena);
}

static void too_few_are_refused(void **state)
{
    (void)state;
    static club c;
    ku_error err = {0};
    ku_arena *arena = ku_arena_new();
    ku_next *next;
    const char *why = NULL;
    open_club(&c, 1);
    c.owned.customers = 10;
    check_ok(ku_next_learn(&c.owned, arena, NULL, &next, &why, &err), &err);
    assert_null(next);
    assert_non_null(why);
    ku_arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(search_counts_everything),
        cmocka_unit_test(threads_find_the_same),
        cmocka_unit_test(too_many_raise_the_bound),
        cmocka_unit_test(nothing_to_find),
        cmocka_unit_test(luck_is_exact),
        cmocka_unit_test(lift_covers),
        cmocka_unit_test(proposals_find_the_liking),
        cmocka_unit_test(no_liking_no_better),
        cmocka_unit_test(too_few_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
