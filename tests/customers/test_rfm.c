/* test_rfm.c - scores of recency, frequency and money: worked by hand, and their axioms. */
#include <string.h>

#include "check.h"
#include "customers/segments/rfm.h"
#include "kemudi/rng.h"

static void check_bands(const double *value, const double *expected, size_t rows)
{
    double work[64];
    ku_bands bands;
    ku_bands_learn(value, rows, work, &bands);
    for (size_t i = 0; i < rows; i++)
        check_near("band", expected[i], ku_band_of(&bands, value[i]), 0);
}

static void fifths_of_ten(void **state)
{
    (void)state;
    const double value[] = {10, 9, 8, 7, 6, 5, 4, 3, 2, 1};
    const double band[] = {5, 5, 4, 4, 3, 3, 2, 2, 1, 1};
    check_bands(value, band, 10);
}

/* Six ones take the places 1 to 6 of ten, whose middle is 0.3: band 2. The twos take 7 to 9,
 * middle 0.75: band 4. The five has place 10, middle 0.95: band 5. */
static void equals_stay_together(void **state)
{
    (void)state;
    const double value[] = {1, 2, 1, 2, 1, 5, 1, 2, 1, 1};
    const double band[] = {2, 4, 2, 4, 2, 5, 2, 4, 2, 2};
    check_bands(value, band, 10);
    const double same[] = {7, 7, 7}, middle[] = {3, 3, 3};
    check_bands(same, middle, 3);
    const double alone[] = {-4};
    check_bands(alone, middle, 1);
}

static void nobody(void **state)
{
    (void)state;
    double work[1];
    ku_bands bands;
    ku_bands_learn(NULL, 0, work, &bands);
    check_near("of nobody", 1, ku_band_of(&bands, 3), 0);
    assert_true(isnan(ku_band_of(&bands, NAN)));
}

/* Neither the order of rows nor doubling every row changes a band; more is never less. */
static void order_and_number_do_not_matter(void **state)
{
    (void)state;
    enum { N = 500 };
    static double value[2 * N], work[2 * N];
    ku_rng rng = ku_rng_make(1, 1);
    for (int i = 0; i < N; i++) value[i] = floor(8 * ku_rng_exponential(&rng));
    ku_bands once, twice;
    ku_bands_learn(value, N, work, &once);
    for (int i = 0; i < N; i++) value[2 * N - 1 - i] = value[i];
    ku_bands_learn(value, 2 * N, work, &twice);
    for (int b = 0; b < KU_RFM_BANDS - 1; b++)
        check_near("border", once.border[b], twice.border[b], 0);
    for (double x = -1; x < 60; x++) assert_true(ku_band_of(&once, x) <= ku_band_of(&once, x + 1));
}

static const char *name_of(double r, double f, double m, double purchases, double ever)
{
    static char arena_name[80];
    ku_rfm_borders borders; /* so that a value is its own score */
    for (int b = 0; b < KU_RFM_BANDS - 1; b++) {
        borders.recency.border[b] = b + 2 - 6;
        borders.purchases.border[b] = b + 2;
        borders.spend.border[b] = b + 2;
    }
    double recency = 6 - r, score[3];
    const ku_rfm_customers customer = {1, &recency, &f, &m, &ever};
    int32_t segment;
    ku_arena *arena = ku_arena_new();
    if (purchases > 0)
        ku_rfm_assign(&customer, &borders, arena, NULL, &score[0], &score[1], &score[2], &segment);
    else {
        const ku_rfm_customers gone = {1, &recency, &purchases, &m, &ever};
        ku_rfm_assign(&gone, &borders, arena, NULL, &score[0], &score[1], &score[2], &segment);
        assert_true(isnan(score[0]) && isnan(score[1]) && isnan(score[2]));
    }
    snprintf(arena_name, sizeof arena_name, "%s", ku_rfm_segments[segment].name);
    ku_arena_free(arena);
    return arena_name;
}

static void names(void **state)
{
    (void)state;
    assert_string_equal(name_of(5, 5, 5, 5, 9), "Champions");
    assert_string_equal(name_of(1, 5, 5, 5, 9), "Cannot lose");
    assert_string_equal(name_of(3, 4, 2, 4, 9), "Loyal");
    assert_string_equal(name_of(4, 1, 5, 1, 4), "Big spenders");
    assert_string_equal(name_of(5, 1, 2, 1, 1), "New");
    assert_string_equal(name_of(5, 2, 2, 2, 3), "Promising");
    assert_string_equal(name_of(2, 3, 2, 3, 3), "At risk");
    assert_string_equal(name_of(3, 2, 2, 2, 3), "Needs attention");
    assert_string_equal(name_of(1, 1, 1, 1, 1), "Hibernating");
    assert_string_equal(name_of(1, 1, 1, 0, 1), "Lost");
}

/* Nobody falls through the table, whatever the scores. */
static void everybody_has_a_name(void **state)
{
    (void)state;
    assert_string_equal(ku_rfm_segments[ku_rfm_segment_count - 1].rule, "otherwise");
    for (int k = 1; k <= 125; k++) {
        double r = 1 + (k - 1) / 25, f = 1 + (k - 1) / 5 % 5, m = 1 + (k - 1) % 5;
        assert_string_not_equal(name_of(r, f, m, f, f), "Lost");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fifths_of_ten), cmocka_unit_test(equals_stay_together),
        cmocka_unit_test(nobody),        cmocka_unit_test(order_and_number_do_not_matter),
        cmocka_unit_test(names),         cmocka_unit_test(everybody_has_a_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
