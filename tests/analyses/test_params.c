/* Parameters of a made-up analysis: defaults, refusals in plain words; and that a
 * descriptor with a slip in it is found out. */
#include "analyses/check.h"
#include "base/date.h"
#include "check.h"

static ku_status run_nothing(const ku_frames *in, const ku_params *params, ku_run_context *context,
                             ku_frames *out, ku_error *err)
{
    (void)in;
    (void)params;
    (void)context;
    (void)out;
    (void)err;
    return KU_OK;
}

static const ku_choice by[] = {{"product", "Product"}, {"country", "Country"}, {NULL, NULL}};

static const ku_param_spec specs[] = {
    {.name = "horizon",
     .type = KU_PARAM_INT,
     .unit = "periods",
     .min = 1,
     .max = 104,
     .default_value = "13",
     .label = "How far",
     .help = "Periods ahead."},
    {.name = "level",
     .type = KU_PARAM_REAL,
     .unit = "share",
     .min = 0.5,
     .max = 0.99,
     .default_value = "0.95",
     .label = "Sureness",
     .help = "Of the interval."},
    {.name = "trend",
     .type = KU_PARAM_BOOL,
     .unit = "",
     .default_value = "yes",
     .label = "Trend",
     .help = "Whether there is one."},
    {.name = "by",
     .type = KU_PARAM_CHOICE,
     .unit = "",
     .choices = by,
     .default_value = "product",
     .label = "By",
     .help = "What to group by."},
    {.name = "from", .type = KU_PARAM_DATE, .unit = "", .label = "From", .help = "First day."},
    {.name = "note", .type = KU_PARAM_TEXT, .unit = "", .label = "Note", .help = "Any words."},
    {0}};

static const ku_column_spec columns[] = {
    {"date", KU_DATE, "", true, "Date", "The day."},
    {"value", KU_DOUBLE, "money", true, "Value", "What was sold."},
    {0}};
static const ku_table_spec inputs[] = {
    {.name = "series", .meaning = "What was.", .columns = columns}, {0}};
static const ku_table_spec outputs[] = {
    {.name = "result", .meaning = "What is.", .columns = columns}, {0}};
static const ku_view_spec views[] = {{.name = "chart",
                                      .title = "Value",
                                      .kind = KU_VIEW_LINE,
                                      .table = "result",
                                      .x = "date",
                                      .y = "value"},
                                     {0}};
static const char *const assumptions[] = {"Tomorrow is like today.", NULL};
static const ku_source_spec sources[] = {{"Nobody (2026)", "eq. 1"}, {0}};
static const char *const args[] = {"--horizon", "8", NULL};
static const ku_example_spec example = {"Made up", args, 1e-9, "Read it so."};

static const ku_analysis made_up = {.id = "test.made-up",
                                    .version = "1",
                                    .title = "Made up",
                                    .area = "Test",
                                    .question = "Is it?",
                                    .summary = "It is.",
                                    .inputs = inputs,
                                    .params = specs,
                                    .outputs = outputs,
                                    .views = views,
                                    .assumptions = assumptions,
                                    .sources = sources,
                                    .example = &example,
                                    .run = run_nothing};

static ku_status parse(ku_arena *arena, const char *name, const char *value, ku_params **params,
                       ku_error *err)
{
    ku_param_text text = {name, value};
    return ku_params_parse(&made_up, &text, 1, arena, params, err);
}

static void defaults_fill_what_is_not_given(void **state)
{
    ku_arena *arena = *state;
    ku_params *params;
    ku_error err = {0};
    check_ok(ku_params_parse(&made_up, NULL, 0, arena, &params, &err), &err);
    assert_int_equal(ku_param_int(params, "horizon"), 13);
    check_near("level", 0.95, ku_param_real(params, "level"), 0);
    assert_true(ku_param_bool(params, "trend"));
    assert_string_equal(ku_param_canonical(params, "trend"), "true");
    assert_string_equal(ku_param_text_value(params, "by"), "product");
    assert_false(ku_param_set(params, "from"));
    assert_null(ku_param_canonical(params, "from"));
    assert_null(ku_param_text_value(params, "note"));
}

static void values_are_read_and_made_canonical(void **state)
{
    ku_arena *arena = *state;
    ku_params *params;
    ku_error err = {0};
    check_ok(parse(arena, "horizon", " +08", &params, &err), &err);
    assert_string_equal(ku_param_canonical(params, "horizon"), "8");
    check_ok(parse(arena, "level", "0.900", &params, &err), &err);
    assert_string_equal(ku_param_canonical(params, "level"), "0.9");
    check_ok(parse(arena, "from", "20261123", &params, &err), &err);
    assert_int_equal(ku_param_date(params, "from"), ku_date_from_civil(2026, 11, 23));
    assert_string_equal(ku_param_canonical(params, "from"), "2026-11-23");
    check_ok(parse(arena, "trend", "Off", &params, &err), &err);
    assert_false(ku_param_bool(params, "trend"));
}

static void refusals_say_what_to_do(void **state)
{
    ku_arena *arena = *state;
    ku_params *params;
    ku_error err = {0};
    check_fails(KU_USAGE, "did you mean horizon?", parse(arena, "horzon", "8", &params, &err),
                &err);
    assert_string_equal(err.where, "horzon");
    check_fails(KU_USAGE, "from 1 to 104, found 105", parse(arena, "horizon", "105", &params, &err),
                &err);
    check_fails(KU_USAGE, "whole number, found \"8.5\"",
                parse(arena, "horizon", "8.5", &params, &err), &err);
    check_fails(KU_USAGE, "from 0.5 to 0.99", parse(arena, "level", "95", &params, &err), &err);
    check_fails(KU_USAGE, "product or country", parse(arena, "by", "contry", &params, &err), &err);
    check_fails(KU_USAGE, "did you mean country?", parse(arena, "by", "contry", &params, &err),
                &err);
    check_fails(KU_USAGE, "February has no 31st", parse(arena, "from", "2026-02-31", &params, &err),
                &err);
    check_fails(KU_USAGE, "yes or no", parse(arena, "trend", "maybe", &params, &err), &err);
    check_fails(KU_USAGE, "UTF-8", parse(arena, "note", "\xFF", &params, &err), &err);
    ku_param_text twice[] = {{"horizon", "8"}, {"horizon", "9"}};
    check_fails(KU_USAGE, "twice", ku_params_parse(&made_up, twice, 2, arena, &params, &err), &err);
}

/* With limits a choice may be a whole number too. */
static void choices_may_be_numbers(void **state)
{
    ku_arena *arena = *state;
    ku_param_spec season[] = {specs[3], {0}};
    season[0].min = 2;
    season[0].max = 366;
    ku_analysis analysis = made_up;
    analysis.params = season;
    ku_params *params;
    ku_error err = {0};
    const ku_param_text good = {"by", " 0012"}, word = {"by", "country"};
    check_ok(ku_params_parse(&analysis, &good, 1, arena, &params, &err), &err);
    assert_string_equal(ku_param_text_value(params, "by"), "12");
    check_ok(ku_params_parse(&analysis, &word, 1, arena, &params, &err), &err);
    assert_string_equal(ku_param_canonical(params, "by"), "country");
    const ku_param_text low = {"by", "1"}, odd = {"by", "1.5"};
    check_fails(KU_USAGE, "from 2 to 366, found 1",
                ku_params_parse(&analysis, &low, 1, arena, &params, &err), &err);
    check_fails(KU_USAGE, "must be product, country or a whole number, found \"1.5\"",
                ku_params_parse(&analysis, &odd, 1, arena, &params, &err), &err);
    check_fails(KU_USAGE, "country, found", /* without limits no number is a choice */
                ku_params_parse(&made_up, &good, 1, arena, &params, &err), &err);
}

static void a_good_descriptor_passes(void **state)
{
    (void)state;
    ku_error err = {0};
    check_ok(ku_analysis_check(&made_up, &err), &err);
}

static void a_slip_in_a_descriptor_is_named(void **state)
{
    (void)state;
    ku_error err = {0};
    ku_analysis bad = made_up;
    bad.id = "nodot";
    check_fails(KU_FAULT, "area.name", ku_analysis_check(&bad, &err), &err);

    bad = made_up;
    ku_column_spec twins[] = {columns[0], columns[0], {0}};
    ku_table_spec twin_table[] = {{.name = "series", .meaning = "Twice.", .columns = twins}, {0}};
    bad.inputs = twin_table;
    check_fails(KU_FAULT, "two columns date", ku_analysis_check(&bad, &err), &err);
    twins[1] = columns[1];
    twins[1].unit = "furlongs";
    check_fails(KU_FAULT, "unknown unit \"furlongs\"", ku_analysis_check(&bad, &err), &err);

    bad = made_up;
    ku_view_spec blind[] = {views[0], {0}};
    blind[0].y = "price";
    bad.views = blind;
    check_fails(KU_FAULT, "result.price, which is not there", ku_analysis_check(&bad, &err), &err);
    blind[0] = views[0];
    blind[0].lo = "value";
    check_fails(KU_FAULT, "one edge", ku_analysis_check(&bad, &err), &err);

    bad = made_up;
    ku_param_spec far[] = {specs[0], {0}};
    far[0].default_value = "500";
    bad.params = far;
    check_fails(KU_FAULT, "default of setting horizon must be from 1 to 104",
                ku_analysis_check(&bad, &err), &err);
    far[0] = specs[0];
    far[0].name = "format";
    check_fails(KU_FAULT, "the command line uses itself", ku_analysis_check(&bad, &err), &err);
}

static void every_registered_analysis_is_consistent(void **state)
{
    (void)state;
    size_t count;
    const ku_analysis *const *list = ku_analyses(&count);
    for (size_t i = 0; i < count; i++) {
        ku_error err = {0};
        check_ok(ku_analysis_check(list[i], &err), &err);
        assert_ptr_equal(ku_analysis_find(list[i]->id), list[i]);
        assert_non_null(ku_analysis_file(list[i], "descriptor.c", NULL));
        if (i > 0) assert_true(strcmp(list[i - 1]->id, list[i]->id) < 0);
    }
    assert_null(ku_analysis_find("no.such"));
    assert_true(ku_unit_known("money") && !ku_unit_known("furlongs") && !ku_unit_known(NULL));
}

static int make_arena(void **state)
{
    *state = ku_arena_new();
    return *state == NULL;
}

static int free_arena(void **state)
{
    ku_arena_free(*state);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(defaults_fill_what_is_not_given),
        cmocka_unit_test(values_are_read_and_made_canonical),
        cmocka_unit_test(refusals_say_what_to_do),
        cmocka_unit_test(choices_may_be_numbers),
        cmocka_unit_test(a_good_descriptor_passes),
        cmocka_unit_test(a_slip_in_a_descriptor_is_named),
        cmocka_unit_test(every_registered_analysis_is_consistent),
    };
    return cmocka_run_group_tests(tests, make_arena, free_arena);
}
