/* test.c - demand.hierarchy as a whole: sums, signs and order of what comes out, every kind
 * of bad or meagre input, the bank's queries, the same bits for any threads, and the
 * Australian tourism hierarchy, where the published order of the methods must be found. */
#include "check.h"

#include <fcntl.h>
#include <string.h>
#include <zlib.h>

#include "analyses/check.h"
#include "bank/session.h"
#include "base/date.h"
#include "runs/context.h"

#define ID "demand.hierarchy"

typedef struct run {
    ku_arena *arena;
    ku_frame_builder *rows, *groups;
    ku_frames in, out;
    ku_control control;
    ku_error err;
    ku_param_text param[10];
    size_t params;
    unsigned threads;
} run;

static int run_new(void **state)
{
    run *r = calloc(1, sizeof *r);
    const ku_field fields[] = {{"series", KU_TEXT}, {"date", KU_DATE}, {"value", KU_DOUBLE}};
    const ku_field group_fields[] = {{"series", KU_TEXT}, {"level", KU_TEXT}, {"member", KU_TEXT}};
    r->arena = ku_arena_new();
    r->rows = ku_frame_builder_new("series", fields, 3);
    r->groups = ku_frame_builder_new("groups", group_fields, 3);
    r->threads = 1;
    ku_frames_init(&r->in);
    ku_frames_init(&r->out);
    *state = r;
    return 0;
}

static int run_end(void **state)
{
    run *r = *state;
    ku_frame_builder_free(r->rows);
    ku_frame_builder_free(r->groups);
    ku_frames_clear(&r->in);
    ku_frames_clear(&r->out);
    ku_arena_free(r->arena);
    free(r);
    return 0;
}

static void put(run *r, const char *series, int32_t date, double value)
{
    ku_build_text(r->rows, 0, series);
    ku_build_date(r->rows, 1, date);
    ku_build_double(r->rows, 2, value);
    ku_build_row(r->rows);
}

static void group(run *r, const char *series, const char *level, const char *member)
{
    ku_build_text(r->groups, 0, series);
    ku_build_text(r->groups, 1, level);
    ku_build_text(r->groups, 2, member);
    ku_build_row(r->groups);
}

static void with(run *r, const char *name, const char *value)
{
    r->param[r->params++] = (ku_param_text){name, value};
}

static void finish(run *r, ku_frame_builder **rows)
{
    ku_frame *frame;
    if (*rows == NULL) return;
    check_ok(ku_frame_builder_finish(*rows, &frame, &r->err), &r->err);
    check_ok(ku_frames_add(&r->in, frame, &r->err), &r->err);
    *rows = NULL;
}

static ku_status go(run *r)
{
    const ku_analysis *analysis = ku_analysis_find(ID);
    ku_params *params;
    assert_non_null(analysis);
    finish(r, &r->rows);
    finish(r, &r->groups);
    ku_frames_clear(&r->out);
    check_ok(ku_params_parse(analysis, r->param, r->params, r->arena, &params, &r->err), &r->err);
    ku_run_context context = {.analysis = analysis,
                              .arena = r->arena,
                              .seed = 5,
                              .pool = ku_pool_new(r->threads),
                              .control = &r->control,
                              .messages = open("/dev/null", O_WRONLY | O_CLOEXEC)};
    ku_status status = analysis->run(&r->in, params, &context, &r->out, &r->err);
    close(context.messages);
    ku_pool_free(context.pool);
    return status;
}

static double number(const run *r, const char *table, const char *column, int64_t row)
{
    return ku_column_number(ku_frame_column(ku_frames_find(&r->out, table), column), row);
}

static const char *text(const run *r, const char *table, const char *column, int64_t row)
{
    const char *found = ku_column_text(ku_frame_column(ku_frames_find(&r->out, table), column), row,
                                       r->arena);
    return found != NULL ? found : "";
}

static int64_t rows(const run *r, const char *table)
{
    return ku_frames_find(&r->out, table)->rows;
}

static int32_t month(int n)
{
    return ku_date_from_civil(2020 + n / 12, n % 12 + 1, 1);
}

/* Row of a node's first period in the forecast. */
static int64_t find(const run *r, const char *node)
{
    for (int64_t i = 0; i < rows(r, "forecast"); i++)
        if (strcmp(text(r, "forecast", "node", i), node) == 0) return i;
    print_error("no node %s\n", node);
    fail();
    return -1;
}

/* Every number is finite and the bounds nest. */
static void numbers(const run *r)
{
    for (int64_t i = 0; i < rows(r, "forecast"); i++) {
        double lo95 = number(r, "forecast", "lo95", i), lo80 = number(r, "forecast", "lo80", i);
        double mean = number(r, "forecast", "mean", i);
        double hi80 = number(r, "forecast", "hi80", i), hi95 = number(r, "forecast", "hi95", i);
        assert_true(isfinite(lo95) && isfinite(mean) && isfinite(hi95));
        assert_true(lo95 <= lo80 && lo80 <= mean && mean <= hi80 && hi80 <= hi95);
    }
}

/* And each level adds up to the same: for levels that all series have a group on. */
static void sound(const run *r)
{
    numbers(r);
    double total = number(r, "levels", "reconciled", 0);
    for (int64_t i = 1; i < rows(r, "levels"); i++)
        check_near("level", total, number(r, "levels", "reconciled", i), 1e-9);
}

/* Two groups of three products crossed with two regions, 36 months. */
static void put_shop(run *r)
{
    ku_rng rng = ku_rng_make(6, 6);
    for (int i = 0; i < 6; i++)
        for (int k = 0; k < 2; k++) {
            char name[32], product[16];
            snprintf(product, sizeof product, "P%d", i);
            snprintf(name, sizeof name, "%s %s", product, k ? "south" : "north");
            group(r, name, "Group", i < 3 ? "Tea" : "Coffee");
            group(r, name, "Product", product);
            group(r, name, "Region", k ? "South" : "North");
            for (int t = 0; t < 36; t++)
                put(r, name, month(t), 20 + 10 * i + 6 * sin(t * 0.5236) + 4 * ku_rng_normal(&rng));
        }
}

/* ---- what comes out ----------------------------------------------------------------------- */

static void descriptor_is_consistent(void **state)
{
    run *r = *state;
    check_ok(ku_analysis_check(ku_analysis_find(ID), &r->err), &r->err);
}

static void every_method_adds_up(void **state)
{
    run *r = *state;
    static const char *const methods[] = {
        "mint",      "wls-variance",     "wls-structure",  "ols",
        "bottom-up", "top-down-average", "top-down-total", "top-down-forecast"};
    put_shop(r);
    with(r, "horizon", "3");
    with(r, "futures", "100");
    with(r, "model", "ets");
    for (size_t k = 0; k < sizeof methods / sizeof *methods; k++) {
        r->param[3] = (ku_param_text){"method", methods[k]};
        r->params = 4;
        check_ok(go(r), &r->err);
        sound(r);
        /* Total, 2 groups, 2 regions, 6 products, 4 of group by region, 12 series. */
        assert_int_equal(rows(r, "forecast"), 27 * 3);
        assert_int_equal(rows(r, "levels"), 6);
        double tea = 0;
        for (int i = 0; i < 3; i++) {
            char name[16];
            snprintf(name, sizeof name, "P%d", i);
            tea += number(r, "forecast", "mean", find(r, name));
        }
        check_near("tea", tea, number(r, "forecast", "mean", find(r, "Tea")), 1e-9);
        assert_true(number(r, "forecast", "mean", find(r, "Tea, North")) > 0);
    }
}

static void without_crossing(void **state)
{
    run *r = *state;
    put_shop(r);
    with(r, "horizon", "1");
    with(r, "futures", "100");
    with(r, "model", "mean");
    with(r, "cross", "false");
    check_ok(go(r), &r->err);
    sound(r);
    assert_int_equal(rows(r, "levels"), 5);
}

static void paths_make_levels(void **state)
{
    run *r = *state;
    for (int t = 0; t < 12; t++) {
        put(r, "Drinks/Tea/Green", month(t), 5 + t % 3);
        put(r, "Drinks/Tea/Black", month(t), 9 + t % 2);
        put(r, "Drinks/Coffee", month(t), 20);
        put(r, "Food/Bread", month(t), 30 + t % 4);
        put(r, "Food/Jam", month(t), 2);
    }
    with(r, "horizon", "1");
    with(r, "futures", "100");
    with(r, "model", "naive");
    check_ok(go(r), &r->err);
    numbers(r);
    assert_int_equal(rows(r, "forecast"), 1 + 2 + 1 + 5);
    check_near("Drinks", 7 + 10 + 20, number(r, "forecast", "mean", find(r, "Drinks")), 1e-9);
    check_near("Drinks/Tea", 17, number(r, "forecast", "mean", find(r, "Drinks/Tea")), 1e-9);
    check_near("Total", 37 + 33 + 2, number(r, "forecast", "mean", 0), 1e-9);
}

/* Products that sell now and then, forecasts near zero: nothing may be negative. */
static void no_negative_demand(void **state)
{
    run *r = *state;
    ku_rng rng = ku_rng_make(7, 7);
    for (int i = 0; i < 12; i++) {
        char name[16];
        snprintf(name, sizeof name, "S%02d", i);
        group(r, name, "Group", i % 3 ? "a" : "b");
        for (int t = 0; t < 48; t++)
            put(r, name, month(t),
                (t < 24 || i % 2) && ku_rng_uniform(&rng) < 0.3 ? 1 + 5 * ku_rng_uniform(&rng) : 0);
    }
    with(r, "horizon", "6");
    with(r, "futures", "300");
    with(r, "method", "ols");
    check_ok(go(r), &r->err);
    sound(r);
    for (int64_t i = 0; i < rows(r, "forecast"); i++)
        assert_true(number(r, "forecast", "lo95", i) >= 0);
}

/* Series that were negative may stay so. */
static void negative_values_are_kept(void **state)
{
    run *r = *state;
    for (int t = 0; t < 24; t++) {
        put(r, "refunds", month(t), -40 - t % 3);
        put(r, "sales", month(t), 100 + t % 5);
    }
    with(r, "horizon", "2");
    with(r, "futures", "100");
    check_ok(go(r), &r->err);
    sound(r);
    assert_true(number(r, "forecast", "mean", find(r, "refunds")) < -30);
}

/* ---- meagre and bad input ------------------------------------------------------------------ */

static void one_leaf_is_its_own_total(void **state)
{
    run *r = *state;
    for (int t = 0; t < 12; t++) put(r, "only", month(t), 10 + t % 3);
    with(r, "horizon", "2");
    with(r, "futures", "100");
    check_ok(go(r), &r->err);
    sound(r);
    check_near("total", number(r, "forecast", "mean", 2), number(r, "forecast", "mean", 0), 1e-12);
}

static void zeros_constants_and_late_beginners(void **state)
{
    run *r = *state;
    for (int t = 0; t < 24; t++) {
        put(r, "A/zero", month(t), 0);
        put(r, "A/none", month(t), 0);
        put(r, "B/constant", month(t), 7);
        put(r, "B/huge", month(t), 1e100 * (1 + t % 3));
        if (t >= 22) put(r, "C/late", month(t), 4);
        if (t < 10) put(r, "C/ended", month(t), 3 + t % 2);
        if (t % 5 != 2) put(r, "C/gaps", month(t), 8 + t % 4);
        if (t == 23) put(r, "D/new", month(t), 6);
    }
    with(r, "horizon", "3");
    with(r, "futures", "100");
    check_ok(go(r), &r->err);
    sound(r);
    check_near("zero", 0, number(r, "forecast", "hi95", find(r, "A/zero")), 0);
    assert_true(number(r, "forecast", "mean", find(r, "A")) < 1e90);
    assert_non_null(strstr(text(r, "nodes", "remark", rows(r, "nodes") - 3), "missing"));
}

/* A file that leaves out what was not sold: with gaps as zeros the mean of the sparse series
 * is that of all its periods; else it is left out. */
static void gaps_may_be_zeros(void **state)
{
    run *r = *state;
    for (int t = 0; t < 24; t++) {
        put(r, "full", month(t), 10);
        if (t % 6 == 0 || t == 23) put(r, "sparse", month(t), 6);
    }
    with(r, "futures", "100");
    with(r, "model", "mean");
    with(r, "missing", "zero");
    check_ok(go(r), &r->err);
    sound(r);
    check_near("sparse", 5 * 6 / 24.0, number(r, "forecast", "mean", find(r, "sparse")), 1e-9);
    check_near("total", 10 + 1.25, number(r, "forecast", "mean", 0), 1e-9);
    r->params = 2;
    check_ok(go(r), &r->err);
    check_near("total without it", 10, number(r, "forecast", "mean", 0), 1e-9);
}

static void all_zero_adds_up_to_zero(void **state)
{
    run *r = *state;
    for (int t = 0; t < 24; t++) {
        put(r, "A/x", month(t), 0);
        put(r, "A/y", month(t), 0);
        put(r, "B/z", month(t), 0);
    }
    with(r, "futures", "100");
    with(r, "method", "top-down-average");
    check_ok(go(r), &r->err);
    sound(r);
    check_near("total", 0, number(r, "forecast", "hi95", 0), 0);
}

static void leaf_in_two_groups_is_refused(void **state)
{
    run *r = *state;
    put(r, "a", month(0), 1);
    put(r, "a", month(1), 2);
    group(r, "a", "Region", "North");
    group(r, "a", "Channel", "Web");
    group(r, "a", "Region", "South");
    check_fails(KU_BAD_DATA, "is in \"North\" and in \"South\" of the level \"Region\"", go(r),
                &r->err);
    assert_string_equal(r->err.where, "groups, row 3");
}

static void sum_among_the_leaves_is_refused(void **state)
{
    run *r = *state;
    for (int t = 0; t < 4; t++) {
        put(r, "Drinks", month(t), 9);
        put(r, "Drinks/Tea", month(t), 5);
        put(r, "Drinks/Coffee", month(t), 4);
    }
    check_fails(KU_BAD_DATA, "\"Drinks\" is a series and also the group of", go(r), &r->err);
}

static void leaf_without_a_group_is_kept(void **state)
{
    run *r = *state;
    for (int t = 0; t < 6; t++) {
        put(r, "a", month(t), 3);
        put(r, "b", month(t), 4);
        put(r, "c", month(t), 5);
    }
    group(r, "a", "Region", "North");
    group(r, "b", "Region", "North");
    group(r, "who", "Region", "South");
    with(r, "futures", "100");
    check_ok(go(r), &r->err);
    sound(r);
    check_near("not known", 5, number(r, "forecast", "mean", find(r, "(not known)")), 1e-9);
}

static void same_name_on_two_levels_is_told_apart(void **state)
{
    run *r = *state;
    for (int t = 0; t < 6; t++)
        for (int i = 0; i < 4; i++) {
            char name[8];
            snprintf(name, sizeof name, "s%d", i);
            put(r, name, month(t), 1 + i);
        }
    for (int i = 0; i < 4; i++) {
        char name[8];
        snprintf(name, sizeof name, "s%d", i);
        group(r, name, "Region", i < 2 ? "Other" : "North");
        group(r, name, "Group", i % 2 ? "Other" : "Tea");
    }
    with(r, "futures", "100");
    check_ok(go(r), &r->err);
    check_near("region", 3, number(r, "forecast", "mean", find(r, "Other (Region)")), 1e-9);
    check_near("group", 6, number(r, "forecast", "mean", find(r, "Other (Group)")), 1e-9);
}

static void nothing_to_forecast_is_refused(void **state)
{
    run *r = *state;
    check_fails(KU_BAD_DATA, "not one row", go(r), &r->err);
}

static void cancel_ends_the_run(void **state)
{
    run *r = *state;
    put_shop(r);
    atomic_store(&r->control.cancel, 1);
    check_fails(KU_CANCELLED, "cancelled", go(r), &r->err);
}

/* ---- the same bits ------------------------------------------------------------------------- */

static void same_bits_for_any_threads(void **state)
{
    run *r = *state;
    double first[27 * 2];
    put_shop(r);
    with(r, "horizon", "2");
    with(r, "futures", "200");
    with(r, "model", "theta");
    for (unsigned threads = 1; threads <= 3; threads++) {
        r->threads = threads;
        check_ok(go(r), &r->err);
        for (int64_t i = 0; i < 27 * 2; i++) {
            double value = number(r, "forecast", "hi95", i) + number(r, "forecast", "mean", i);
            if (threads == 1) first[i] = value;
            assert_true(memcmp(&first[i], &value, sizeof value) == 0);
        }
    }
}

/* ---- from the bank ----------------------------------------------------------------------------- */

static void sales_of_the_bank(void **state)
{
    run *r = *state;
    ku_bank *bank;
    ku_session *session;
    ku_params *params;
    check_ok(ku_bank_open(NULL, NULL, &bank, &r->err), &r->err);
    check_ok(ku_session_open(bank, &session, &r->err), &r->err);
    check_ok(ku_session_exec(session,
                             "INSERT INTO sale (time, product, product_group, channel, quantity,"
                             " amount, batch)"
                             " SELECT TIMESTAMP '2023-01-01' + INTERVAL (i) DAY,"
                             " CASE WHEN i % 2 = 0 THEN 'tea' ELSE 'rum' END,"
                             " CASE WHEN i % 7 = 0 THEN NULL WHEN i = 5 THEN 'Wrong'"
                             "      WHEN i % 2 = 0 THEN 'Hot' ELSE 'Cold' END,"
                             " CASE WHEN i % 3 = 0 THEN 'web' ELSE 'shop' END, 2, 5, 1"
                             " FROM range(120) t(i)",
                             NULL, 0, NULL, &r->err),
             &r->err);
    ku_session_close(session);
    with(r, "by", "product-channel");
    with(r, "period", "month");
    with(r, "horizon", "1");
    with(r, "futures", "100");
    const ku_analysis *analysis = ku_analysis_find(ID);
    check_ok(ku_params_parse(analysis, r->param, r->params, r->arena, &params, &r->err), &r->err);
    check_ok(ku_bank_inputs(bank, analysis, params, NULL, 0, &r->in, &r->err), &r->err);
    ku_bank_close(bank);
    /* 4 series in 4 months; group, product and channel of each. */
    assert_int_equal(ku_frames_find(&r->in, "series")->rows, 16);
    assert_int_equal(ku_frames_find(&r->in, "groups")->rows, 12);
    ku_frame_builder_free(r->rows);
    ku_frame_builder_free(r->groups);
    r->rows = r->groups = NULL;
    check_ok(go(r), &r->err);
    sound(r);
    assert_true(number(r, "forecast", "mean", find(r, "rum, web")) > 0);
    assert_true(number(r, "forecast", "mean", find(r, "Cold")) > 0);
}

/* ---- real data ------------------------------------------------------------------------------------ */

enum { QUARTERS = 80, HELD_OUT = 8, SERIES = 304 };

typedef struct tourism {
    char name[SERIES][96];
    double trips[SERIES][QUARTERS];
    int count;
} tourism;

static bool next_quoted(const char **at, char *to, size_t size)
{
    const char *from = strchr(*at, '"');
    const char *end = from ? strchr(from + 1, '"') : NULL;
    if (end == NULL) return false;
    snprintf(to, size, "%.*s", (int)(end - from - 1), from + 1);
    *at = end + 1;
    return true;
}

/* Quarter, region, state, purpose, trips: 80 rows a series, one series after another. */
static void read_tourism(run *r, tourism *all)
{
    char path[512], line[512];
    data_path("demand/aus_tourism_hierarchy/tourism_304.csv.gz", path, sizeof path);
    gzFile file = gzopen(path, "r");
    assert_non_null(file);
    gzgets(file, line, sizeof line);
    for (int row = 0; gzgets(file, line, sizeof line) != NULL; row++) {
        char date[16], region[48], state[48], purpose[16], *name = all->name[row / QUARTERS];
        const char *at = line;
        assert_true(next_quoted(&at, date, sizeof date) && next_quoted(&at, region, sizeof region));
        assert_true(next_quoted(&at, state, sizeof state) &&
                    next_quoted(&at, purpose, sizeof purpose));
        double trips = strtod(at + 1, NULL);
        int year = (row % QUARTERS) / 4 + 1998, quarter = row % 4;
        snprintf(name, sizeof all->name[0], "%s, %s", region, purpose);
        all->trips[row / QUARTERS][row % QUARTERS] = trips;
        if (row % QUARTERS < QUARTERS - HELD_OUT)
            put(r, name, ku_date_from_civil(year, 3 * quarter + 1, 1), trips);
        if (row % QUARTERS == 0) {
            group(r, name, "State", state);
            group(r, name, "Region", region);
            group(r, name, "Purpose", purpose);
            all->count++;
        }
    }
    gzclose(file);
    assert_int_equal(all->count, SERIES);
}

typedef struct scores {
    double total, leaves; /* root mean squared errors */
    double own_leaves;    /* of the leaves' own forecasts */
    double inside;        /* share of the leaves' values in the 95 % interval */
} scores;

static scores score(const run *r, const tourism *all)
{
    scores s = {0};
    for (int k = 0; k < HELD_OUT; k++) {
        double total = 0;
        for (int i = 0; i < SERIES; i++) total += all->trips[i][QUARTERS - HELD_OUT + k];
        s.total += pow(total - number(r, "forecast", "mean", k), 2) / HELD_OUT;
    }
    for (int i = 0; i < SERIES; i++) {
        int64_t at = find(r, all->name[i]);
        for (int k = 0; k < HELD_OUT; k++) {
            double y = all->trips[i][QUARTERS - HELD_OUT + k];
            s.leaves += pow(y - number(r, "forecast", "mean", at + k), 2) / HELD_OUT / SERIES;
            s.own_leaves += pow(y - number(r, "forecast", "base", at + k), 2) / HELD_OUT / SERIES;
            s.inside += (y >= number(r, "forecast", "lo95", at + k) &&
                         y <= number(r, "forecast", "hi95", at + k)) /
                        (double)(HELD_OUT * SERIES);
        }
    }
    return (scores){sqrt(s.total), sqrt(s.leaves), sqrt(s.own_leaves), s.inside};
}

/* Forecasting: Principles and Practice, 3rd ed., section 11.4: the same data, split, ETS and
 * methods. MinT is better than bottom-up from the total to the single series, where it also
 * beats the forecasts by themselves. */
static void tourism_as_published(void **state)
{
    run *r = *state;
    tourism *all = KU_NEW(r->arena, tourism);
    read_tourism(r, all);
    with(r, "horizon", "8");
    with(r, "futures", "400");
    with(r, "model", "ets");
    check_ok(go(r), &r->err);
    sound(r);
    assert_int_equal(rows(r, "forecast"), 425 * 8); /* the book's 425 series */
    scores mint = score(r, all);
    with(r, "method", "bottom-up");
    check_ok(go(r), &r->err);
    scores up = score(r, all);
    print_message(
        "# MinT: total %.0f, series %.2f (own %.2f), 95 %% intervals hold %.3f; bottom-up:"
        " total %.0f\n",
        mint.total, mint.leaves, mint.own_leaves, mint.inside, up.total);
    assert_true(mint.total < 0.75 * up.total);
    assert_true(mint.leaves < 0.95 * mint.own_leaves);
    assert_true(mint.inside > 0.85);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, run_new, run_end)
    const struct CMUnitTest tests[] = {
        TEST(descriptor_is_consistent),
        TEST(every_method_adds_up),
        TEST(without_crossing),
        TEST(paths_make_levels),
        TEST(no_negative_demand),
        TEST(negative_values_are_kept),
        TEST(one_leaf_is_its_own_total),
        TEST(zeros_constants_and_late_beginners),
        TEST(gaps_may_be_zeros),
        TEST(all_zero_adds_up_to_zero),
        TEST(leaf_in_two_groups_is_refused),
        TEST(sum_among_the_leaves_is_refused),
        TEST(leaf_without_a_group_is_kept),
        TEST(same_name_on_two_levels_is_told_apart),
        TEST(nothing_to_forecast_is_refused),
        TEST(cancel_ends_the_run),
        TEST(same_bits_for_any_threads),
        TEST(sales_of_the_bank),
        TEST(tourism_as_published),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
