/* Random numbers against published vectors and moments; the pool's independence of the
 * number of threads. */
#include "check.h"
#include "kemudi/pool.h"
#include "kemudi/rng.h"

static void philox_gives_the_published_vectors(void **state)
{
    (void)state;
    /* Random123, kat_vectors: philox4x32 10. Counter words 0, 1 are the position, 2, 3 the
     * stream; the key is the seed. */
    static const struct {
        uint64_t seed, stream, block;
        uint32_t out[4];
    } vectors[] = {
        {0, 0, 0, {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}},
        {UINT64_MAX, UINT64_MAX, UINT64_MAX, {0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}},
        {0x299f31d0a4093822u,
         0x0370734413198a2eu,
         0x85a308d3243f6a88u,
         {0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}}};
    for (size_t v = 0; v < sizeof vectors / sizeof *vectors; v++) {
        ku_rng rng = ku_rng_make(vectors[v].seed, vectors[v].stream);
        rng.block = vectors[v].block;
        for (int i = 0; i < 4; i++) assert_int_equal(ku_rng_u32(&rng), vectors[v].out[i]);
    }
}

static void the_normal_quantile_gives_the_published_values(void **state)
{
    (void)state;
    /* Wichura (1988), AS 241: check values for PPND16. */
    const double digits = 1e-15;
    check_near("p = 0.25", -0.6744897501960817, ku_normal_quantile(0.25), digits);
    check_near("p = 0.001", -3.090232306167814, ku_normal_quantile(0.001), digits);
    check_near("p = 1e-20", -9.262340089798408, ku_normal_quantile(1e-20), digits);
    check_near("p = 0.975", 1.959963984540054, ku_normal_quantile(0.975), digits);
    assert_true(isinf(ku_normal_quantile(0)) && isnan(ku_normal_quantile(2)));
}

typedef double draw_fn(ku_rng *rng, double a, double b);
static double draw_uniform(ku_rng *r, double a, double b)
{
    (void)a;
    (void)b;
    return ku_rng_uniform(r);
}
static double draw_normal(ku_rng *r, double a, double b)
{
    (void)a;
    (void)b;
    return ku_rng_normal(r);
}
static double draw_exponential(ku_rng *r, double a, double b)
{
    (void)a;
    (void)b;
    return ku_rng_exponential(r);
}
static double draw_gamma(ku_rng *r, double a, double b)
{
    (void)b;
    return ku_rng_gamma(r, a);
}
static double draw_beta(ku_rng *r, double a, double b)
{
    return ku_rng_beta(r, a, b);
}
static double draw_poisson(ku_rng *r, double a, double b)
{
    (void)b;
    return (double)ku_rng_poisson(r, a);
}
static double draw_below(ku_rng *r, double a, double b)
{
    (void)b;
    return (double)ku_rng_below(r, (uint64_t)a);
}

static void draws_have_their_mean_and_variance(void **state)
{
    (void)state;
    enum { DRAWS = 200000 };
    static const struct {
        const char *what;
        draw_fn *draw;
        double a, b, mean, variance, kurtosis; /* kurtosis: fourth central moment / variance^2 */
    } cases[] = {
        {"uniform", draw_uniform, 0, 0, 0.5, 1.0 / 12, 1.8},
        {"normal", draw_normal, 0, 0, 0, 1, 3},
        {"exponential", draw_exponential, 0, 0, 1, 1, 9},
        {"gamma 0.3", draw_gamma, 0.3, 0, 0.3, 0.3, 23},
        {"gamma 4", draw_gamma, 4, 0, 4, 4, 4.5},
        {"beta 2, 5", draw_beta, 2, 5, 2.0 / 7, 10.0 / 392, 2.88},
        {"poisson 3", draw_poisson, 3, 0, 3, 3, 3 + 1.0 / 3},
        {"poisson 9.9", draw_poisson, 9.9, 0, 9.9, 9.9, 3.1},
        {"poisson 10", draw_poisson, 10, 0, 10, 10, 3.1},
        {"poisson 250", draw_poisson, 250, 0, 250, 250, 3},
        {"below 6", draw_below, 6, 0, 2.5, 35.0 / 12, 1.73},
    };
    const double standard_errors = 4.5; /* the draws are fixed, so this passes always or never */
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        ku_rng rng = ku_rng_make(20261123, c);
        double sum = 0, squares = 0;
        for (int i = 0; i < DRAWS; i++) {
            double x = cases[c].draw(&rng, cases[c].a, cases[c].b) - cases[c].mean;
            sum += x;
            squares += x * x;
        }
        double mean_error = sum / DRAWS / sqrt(cases[c].variance / DRAWS);
        double variance_error = (squares / DRAWS - cases[c].variance) /
                                (cases[c].variance * sqrt((cases[c].kurtosis - 1) / DRAWS));
        if (fabs(mean_error) > standard_errors || fabs(variance_error) > standard_errors)
            fail_msg("%s: mean off by %.2f, variance by %.2f standard errors; tolerance %.1f",
                     cases[c].what, mean_error, variance_error, standard_errors);
    }
}

static void streams_differ_and_positions_repeat(void **state)
{
    (void)state;
    ku_rng a = ku_rng_make(1, 0), b = ku_rng_make(1, 1), copy = a;
    uint64_t first = ku_rng_u64(&a);
    assert_true(first != ku_rng_u64(&b));
    assert_true(first == ku_rng_u64(&copy));
    assert_true(ku_rng_stream(1, 2) != ku_rng_stream(2, 1));
}

enum { ITEMS = 100001 };

static void mark(void *data, size_t item, unsigned thread)
{
    (void)thread;
    ((unsigned char *)data)[item]++;
}

static void every_item_is_done_once(void **state)
{
    (void)state;
    unsigned char *done = calloc(ITEMS, 1);
    static const size_t grains[] = {0, 1, 7, 5000, ITEMS};
    for (unsigned threads = 1; threads <= 4; threads++) {
        ku_pool *pool = ku_pool_new(threads);
        assert_non_null(pool);
        for (size_t g = 0; g < sizeof grains / sizeof *grains; g++) {
            memset(done, 0, ITEMS);
            ku_pool_each(pool, ITEMS, grains[g], mark, done);
            for (size_t i = 0; i < ITEMS; i++) assert_int_equal(done[i], 1);
        }
        ku_pool_each(pool, 0, 0, mark, done);
        ku_pool_free(pool);
    }
    free(done);
    ku_pool_free(NULL);
}

static double term(void *data, size_t item)
{
    (void)data;
    return 1.0 / (double)(item + 1);
}

static void sums_are_the_same_for_any_number_of_threads(void **state)
{
    (void)state;
    static const size_t sizes[] = {0, 1, 1023, 1024, 1025, 5000, ITEMS};
    for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++) {
        double alone = ku_pool_sum(NULL, sizes[s], term, NULL);
        for (unsigned threads = 1; threads <= 5; threads++) {
            ku_pool *pool = ku_pool_new(threads);
            double sum = ku_pool_sum(pool, sizes[s], term, NULL);
            assert_memory_equal(&sum, &alone, sizeof sum);
            ku_pool_free(pool);
        }
    }
    /* The harmonic number by its asymptotic series: ln n + gamma + 1/2n - 1/12n^2. */
    double n = ITEMS, expected = log(n) + 0.57721566490153286 + 1 / (2 * n) - 1 / (12 * n * n);
    check_near("H(100001)", expected, ku_pool_sum(NULL, ITEMS, term, NULL), 1e-15);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(philox_gives_the_published_vectors),
        cmocka_unit_test(the_normal_quantile_gives_the_published_values),
        cmocka_unit_test(draws_have_their_mean_and_variance),
        cmocka_unit_test(streams_differ_and_positions_repeat),
        cmocka_unit_test(every_item_is_done_once),
        cmocka_unit_test(sums_are_the_same_for_any_number_of_threads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
