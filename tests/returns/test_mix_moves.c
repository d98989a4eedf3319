/* test_mix_moves.c - the density that the sampler moves on is the model's: at every v it is that
 * of the unknowns u(v) times the determinant of u by v, up to one constant. What a wrong
 * determinant would do to the draws is not seen by gradients. */
#include "mix_made.h"

#include <string.h>

#include "returns/mix/mix_internal.h"

/* ln |determinant| of the n x n matrix a, which is spoilt: elimination with the largest pivot. */
static double log_determinant(double *a, size_t n)
{
    double sum = 0;
    for (size_t k = 0; k < n; k++) {
        size_t best = k;
        for (size_t i = k + 1; i < n; i++)
            if (fabs(a[i * n + k]) > fabs(a[best * n + k])) best = i;
        for (size_t j = 0; j < n; j++) {
            double held = a[k * n + j];
            a[k * n + j] = a[best * n + j];
            a[best * n + j] = held;
        }
        sum += log(fabs(a[k * n + k]));
        for (size_t i = k + 1; i < n; i++) {
            double part = a[i * n + k] / a[k * n + k];
            for (size_t j = k; j < n; j++) a[i * n + j] -= part * a[k * n + j];
        }
    }
    return sum;
}

/* The density of v less that of u(v) less the determinant's logarithm. */
static double left_over(const mix_ground *ground, double *v, ku_arena *arena)
{
    const ku_mix_model *k = ground->model;
    size_t n = (size_t)k->unknowns, room = mix_ground_room(ground);
    double *work = KU_ARRAY(arena, room, double), *gradient = KU_ARRAY(arena, n, double);
    double *up = KU_ARRAY(arena, n, double), *down = KU_ARRAY(arena, n, double);
    double *a = KU_ARRAY(arena, n * n, double), h = 1e-5;
    for (size_t i = 0; i < n; i++) {
        double at = v[i];
        v[i] = at + h;
        mix_from_ground(ground, v, up, work);
        v[i] = at - h;
        mix_from_ground(ground, v, down, work);
        v[i] = at;
        for (size_t j = 0; j < n; j++) a[i * n + j] = (up[j] - down[j]) / (2 * h);
    }
    double on = mix_value_on_ground(ground, v, gradient, work);
    mix_from_ground(ground, v, up, work);
    const ku_density *density = ku_mix_density(k);
    double of = density->value(density->model, up, gradient, work);
    return on - of - log_determinant(a, n);
}

static void check_moves(const char *what, const ku_mix_data *data, const ku_mix_spec *spec,
                        ku_arena *arena)
{
    const ku_mix_model *model;
    ku_error err;
    check_ok(ku_mix_new(data, spec, arena, &model, &err), &err);
    mix_ground ground = {.model = model};
    assert_true(mix_find_ground(model, NULL, arena, &ground));
    double *v = KU_ARRAY(arena, (size_t)model->unknowns, double), first = 0;
    for (uint64_t place = 0; place < 5; place++) {
        ku_rng rng = ku_rng_make(4, place);
        for (int i = 0; i < model->unknowns; i++) v[i] = ku_rng_normal(&rng);
        double left = left_over(&ground, v, arena);
        if (place == 0) first = left;
        check_near(what, 0, left - first, 1e-5);
    }
}

static void meridian(void **state)
{
    (void)state;
    for (int regions = 1; regions <= 4; regions += 3)
        for (int spread = 0; spread < 3; spread++) {
            ku_arena *arena = ku_arena_new();
            ku_mix_data data = made_data(regions, arena, 8);
            ku_mix_spec *spec = ku_mix_spec_meridian(&data, arena);
            spec->knots = KU_MIX_KNOTS_EVERY;
            spec->knots_number = 6;
            for (int m = 0; m < data.channels; m++)
                ku_mix_spec_channel(spec, m)->spread = (ku_mix_spread)spread;
            ku_mix_spec_channel(spec, 0)->drift_every = 9;
            check_moves("Meridian's model", &data, spec, arena);
            ku_arena_free(arena);
        }
}

static void pymc(void **state)
{
    (void)state;
    ku_arena *arena = ku_arena_new();
    ku_mix_data data = made_data(1, arena, 9);
    ku_mix_spec *spec = ku_mix_spec_pymc(&data, arena);
    spec->fourier = 2;
    check_moves("PyMC-Marketing's model", &data, spec, arena);
    ku_arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(meridian),
        cmocka_unit_test(pymc),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
