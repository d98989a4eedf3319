/* test_outlook.c - what one series gets: the list of methods, models asked for by name,
 * quantiles between the bounds. */
#include "check.h"

#include <string.h>

#include "forecast/outlook.h"

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

/* The choices of --model are made from methods.def; the methods say the same of themselves. */
static void methods_are_as_listed(void **state)
{
    (void)state;
    static const struct {
        const char *name, *title;
    } listed[] = {
#define KU_METHOD(name, title) {#name, title},
#include "forecast/methods.def"
#undef KU_METHOD
    };
    assert_int_equal(ku_method_count, sizeof listed / sizeof *listed);
    for (int i = 0; i < ku_method_count; i++) {
        assert_string_equal(ku_methods[i]->name, listed[i].name);
        assert_string_equal(ku_methods[i]->title, listed[i].title);
        assert_int_equal(ku_outlook_model(listed[i].name), i);
    }
    assert_int_equal(ku_outlook_model("auto"), KU_OUTLOOK_AUTO);
    assert_int_equal(ku_outlook_model("MAdM"), ku_method_count + 13);
    assert_int_equal(ku_outlook_model("oracle"), KU_OUTLOOK_AUTO - 1);
}

static ku_outlook make(const char *model, const double *y, int n, int season, int horizon)
{
    ku_outlook_options options = {
        .horizon = horizon, .shortest = 3, .model = ku_outlook_model(model)};
    ku_past past = {.y = y, .n = n, .season = season};
    if (season > 1) past.seasons[past.season_count++] = season;
    ku_outlook_work *work = ku_outlook_work_new(arena, n, season, &options);
    ku_outlook out = {0};
    assert_non_null(work);
    assert_true(ku_outlook_room(arena, horizon, n, &out));
    ku_outlook_make(work, &past, ku_rng_make(1, 1), &out);
    return out;
}

static void asked_models_are_used(void **state)
{
    (void)state;
    double y[48];
    for (int t = 0; t < 48; t++) y[t] = 50 + t % 7 + 10 * (t % 12 == 3);
    assert_string_equal(make("MNM", y, 48, 12, 6).model, "ETS(M,N,M)");
    assert_string_equal(make("AAdN", y, 48, 12, 6).model, "ETS(A,Ad,N)");
    assert_true(strncmp(make("ets", y, 48, 12, 6).model, "ETS(", 4) == 0);
}

static void quantiles_pass_through_the_bounds(void **state)
{
    (void)state;
    double y[40];
    for (int t = 0; t < 40; t++) y[t] = 100 + t * 37 % 11;
    ku_outlook out = make("ANN", y, 40, 1, 4);
    double before = -INFINITY;
    for (int b = 0; b < KU_BOUNDS; b++)
        check_near("bound", out.bound[b][2], ku_outlook_quantile(&out, 2, ku_bound_share[b]),
                   1e-12);
    check_near("median", out.mean[2], ku_outlook_quantile(&out, 2, 0.5), 1e-12);
    for (int i = 1; i < 200; i++) {
        double q = ku_outlook_quantile(&out, 2, i / 200.0);
        assert_true(q > before);
        before = q;
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(methods_are_as_listed),
        cmocka_unit_test(asked_models_are_used),
        cmocka_unit_test(quantiles_pass_through_the_bounds),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
