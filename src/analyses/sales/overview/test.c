/* test.c - the split of a change of revenue: worked by hand, and by its axioms on random
 * shops. The whole analysis is run by the registry's example test and, on real data, by
 * tests/whole. */
#include <math.h>

#include "analyses/sales/overview/overview.h"
#include "check.h"

enum { PRODUCTS = 40 };

static double driver_sum(const overview_drivers *d)
{
    return d->customers + d->volume + d->unknown + d->mix + d->price + d->added + d->dropped +
           d->returns;
}

static double net_change(const overview_product *products, size_t count,
                         const overview_totals *totals)
{
    double change = totals->returned[0] - totals->returned[1];
    for (size_t i = 0; i < count; i++) change += products[i].revenue[1] - products[i].revenue[0];
    return change;
}

/* Two products; units 10 -> 12 at 2 -> 3 and 10 -> 20 at 1 -> 1; 4 -> 8 customers.
 * By hand: price = (3-2)(10+12)/2 = 11; quantity = (12-10)(2+3)/2 + (20-10)1 = 15; units
 * 20 -> 32; average price = (2.5*11 + 1*15)/26; volume = 12 times that, mix the rest. */
static void test_by_hand(void **state)
{
    (void)state;
    const overview_product products[] = {{{10, 12}, {20, 36}}, {{10, 20}, {10, 20}}};
    const overview_totals totals = {.customers = {4, 8}};
    overview_drivers d = overview_split(products, 2, &totals);
    double average = (2.5 * 11 + 15) / 26, each[2] = {20 / 4.0, 32 / 8.0};
    check_near("price", 11, d.price, 1e-12);
    check_near("mix", 15 - 12 * average, d.mix, 1e-12);
    check_near("customers", average * 4 * (each[0] + each[1]) / 2, d.customers, 1e-12);
    check_near("volume", average * (each[1] - each[0]) * 6, d.volume, 1e-12);
    check_near("sum", 26, driver_sum(&d), 1e-12);
}

static void test_range_and_returns(void **state)
{
    (void)state;
    const overview_product products[] = {{{5, 0}, {50, 0}}, {{0, 3}, {0, 21}}};
    const overview_totals totals = {.returned = {4, 10}};
    overview_drivers d = overview_split(products, 2, &totals);
    check_near("dropped", -50, d.dropped, 0);
    check_near("added", 21, d.added, 0);
    check_near("returns", -6, d.returns, 0);
    check_near("the rest", 0, d.customers + d.volume + d.unknown + d.mix + d.price, 0);
}

static void make_shop(ku_rng *rng, overview_product *products, overview_totals *totals)
{
    double units[2] = {0, 0};
    for (int i = 0; i < PRODUCTS; i++)
        for (int w = 0; w < 2; w++) {
            bool sold = ku_rng_uniform(rng) > 0.2;
            products[i].units[w] = sold ? (double)ku_rng_below(rng, 50) : 0;
            products[i].revenue[w] = products[i].units[w] * (1 + 9 * ku_rng_uniform(rng));
            units[w] += products[i].units[w];
        }
    for (int w = 0; w < 2; w++) {
        totals->customers[w] = (double)ku_rng_below(rng, 30);
        totals->units_unknown[w] = floor(units[w] * ku_rng_uniform(rng));
        totals->returned[w] = 100 * ku_rng_uniform(rng);
    }
}

static void swap(double pair[2])
{
    double first = pair[0];
    pair[0] = pair[1];
    pair[1] = first;
}

/* The parts add up, and looking backwards changes every sign. */
static void test_axioms(void **state)
{
    (void)state;
    for (uint64_t shop = 0; shop < 500; shop++) {
        ku_rng rng = ku_rng_make(7, shop);
        overview_product products[PRODUCTS];
        overview_totals totals;
        make_shop(&rng, products, &totals);
        overview_drivers forth = overview_split(products, PRODUCTS, &totals);
        check_near("sum of the parts", net_change(products, PRODUCTS, &totals), driver_sum(&forth),
                   1e-9);
        for (int i = 0; i < PRODUCTS; i++) {
            swap(products[i].units);
            swap(products[i].revenue);
        }
        swap(totals.customers);
        swap(totals.units_unknown);
        swap(totals.returned);
        overview_drivers back = overview_split(products, PRODUCTS, &totals);
        check_near("price, backwards", -forth.price, back.price, 1e-9);
        check_near("mix, backwards", -forth.mix, back.mix, 1e-9);
        check_near("customers, backwards", -forth.customers, back.customers, 1e-9);
        check_near("volume, backwards", -forth.volume, back.volume, 1e-9);
        check_near("added, backwards", -forth.dropped, back.added, 1e-9);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_by_hand),
        cmocka_unit_test(test_range_and_returns),
        cmocka_unit_test(test_axioms),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
