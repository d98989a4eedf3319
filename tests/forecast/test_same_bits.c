/* test_same_bits.c - demand.forecast gives the same bytes for any number of threads and each
 * time it is run, by every model, on series of many kinds. That it also does so whatever the
 * compiler is tools/compare-builds' to show. */
#include "check.h"

#include <fcntl.h>
#include <string.h>

#include "base/date.h"
#include "forecast/method.h"
#include "frames/pack.h"
#include "kemudi/rng.h"
#include "runs/context.h"

enum { SERIES = 40, MONTHS = 72, TABLES = 3 };

static double value_of(int kind, int t, double size, double walk, ku_rng *rng)
{
    double season = sin(t * 0.5235987755982988), noise = ku_rng_normal(rng);
    switch (kind) {
    case 0:
        return size * (1 + 0.01 * t + 0.3 * season + 0.05 * noise);
    case 1:
        return size * exp(0.005 * t + 0.4 * season + 0.1 * noise);
    case 2:
        return size * noise;
    case 3:
        return ku_rng_uniform(rng) < 0.6 ? 0 : (double)ku_rng_below(rng, 5);
    case 4:
        return (double)ku_rng_below(rng, 40);
    case 5:
        return size * (t == 30 ? 20 : 1 + 0.1 * noise);
    case 6:
        return t < 40 ? size : 1.7 * size + noise;
    case 7:
        return size;
    default:
        return size * (9 + walk);
    }
}

/* Most of them six years of months, some just begun. */
static ku_frame *make_series(void)
{
    static const ku_field fields[] = {
        {"series", KU_TEXT}, {"date", KU_DATE_OR_INT64}, {"value", KU_DOUBLE}};
    ku_frame_builder *rows = ku_frame_builder_new("series", fields, 3);
    ku_rng rng = ku_rng_make(20, 1);
    ku_frame *frame;
    ku_error err = {0};
    for (int s = 0; s < SERIES; s++) {
        char name[16];
        double size = pow(10, (double)ku_rng_below(&rng, 9) - 2), walk = 0;
        snprintf(name, sizeof name, "series %d", s);
        for (int t = s % 7 == 6 ? 60 + s % 10 : 0; t < MONTHS; t++) {
            walk += ku_rng_normal(&rng);
            ku_build_text(rows, 0, name);
            ku_build_date(rows, 1, ku_date_from_civil(2015 + t / 12, t % 12 + 1, 1));
            ku_build_double(rows, 2, value_of(s % 9, t, size, walk, &rng));
            ku_build_row(rows);
        }
    }
    check_ok(ku_frame_builder_finish(rows, &frame, &err), &err);
    return frame;
}

/* The hashes of the tables of one run. */
static void run(ku_frames *in, const char *model, unsigned threads, char hex[TABLES][KU_HASH_TEXT])
{
    static const char *const table[TABLES] = {"forecast", "models", "course"};
    const ku_analysis *analysis = ku_analysis_find("demand.forecast");
    const ku_param_text given[] = {{"model", model}};
    ku_arena *arena = ku_arena_new();
    ku_control control = {0};
    ku_params *params;
    ku_frames out;
    ku_error err = {0};
    ku_frames_init(&out);
    check_ok(ku_params_parse(analysis, given, 1, arena, &params, &err), &err);
    ku_run_context context = {.analysis = analysis,
                              .arena = arena,
                              .seed = 5,
                              .pool = ku_pool_new(threads),
                              .control = &control,
                              .messages = open("/dev/null", O_WRONLY | O_CLOEXEC)};
    check_ok(analysis->run(in, params, &context, &out, &err), &err);
    for (int i = 0; i < TABLES; i++) ku_frame_hash(ku_frames_find(&out, table[i]), hex[i]);
    close(context.messages);
    ku_pool_free(context.pool);
    ku_frames_clear(&out);
    ku_arena_free(arena);
}

static void compare(ku_frames *in, const char *model)
{
    char one[TABLES][KU_HASH_TEXT], many[TABLES][KU_HASH_TEXT];
    run(in, model, 1, one);
    for (unsigned threads = 2; threads <= 3; threads++) {
        run(in, model, threads, many);
        for (int i = 0; i < TABLES; i++)
            if (strcmp(one[i], many[i]) != 0)
                fail_msg("--model %s: table %d is another with %u threads", model, i + 1, threads);
    }
}

static void any_number_of_threads(void **state)
{
    (void)state;
    ku_frames in;
    ku_error err = {0};
    ku_frames_init(&in);
    check_ok(ku_frames_add(&in, make_series(), &err), &err);
    compare(&in, "auto");
    for (int i = 0; i < ku_method_count; i++) compare(&in, ku_methods[i]->name);
    ku_frames_clear(&in);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_number_of_threads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
