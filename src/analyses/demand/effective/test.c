/* test.c - demand.effective: incomes against R, the example's sums, intervals that hold the
 * truth of simulated markets, the bank's queries, and what is refused. */
#include "check.h"

#include <fcntl.h>
#include <string.h>

#include "analyses/demand/effective/ability.h"
#include "bank/session.h"
#include "kemudi/rng.h"
#include "runs/context.h"

#define ID "demand.effective"

/* ---- incomes --------------------------------------------------------------------------------- */

static const income_band students[4] = {
    {0, 600, 310}, {600, 1000, 420}, {1000, 1600, 210}, {1600, INFINITY, 60}};

/* R 4.2.2: the likelihood of the bands by plnorm, maximised by optim and nlm; the covariance
 * from Fisher's information with numerical derivatives. */
static void income_matches_reference(void **state)
{
    (void)state;
    income_fit fit;
    assert_true(income_fit_bands(students, 4, &fit));
    check_near("middle", 6.6278761574, fit.middle, 1e-7);
    check_near("spread", 0.473103578702, fit.spread, 1e-7);
    check_near("error of the middle", 0.0164745061441, fit.error[0], 1e-7);
    check_near("shared error", -0.00578120524459, fit.error[1], 1e-7);
    check_near("error of the spread", 0.0315194828959, fit.error[2], 1e-7);
    check_near("people", 1000, fit.people, 0);
}

/* Incomes drawn from a lognormal, counted in bands: the fit finds it within its errors. */
static void income_is_recovered(void **state)
{
    (void)state;
    static const double edge[] = {0, 500, 900, 1500, 2500, 4000, INFINITY};
    int near = 0;
    for (uint64_t k = 0; k < 100; k++) {
        ku_rng rng = ku_rng_make(4, k);
        income_band band[6];
        income_fit fit;
        for (int b = 0; b < 6; b++) band[b] = (income_band){edge[b], edge[b + 1], 0};
        for (int i = 0; i < 800; i++) {
            double income = exp(7.2 + 0.6 * ku_rng_normal(&rng));
            int b = 0;
            while (income >= edge[b + 1]) b++;
            band[b].people++;
        }
        assert_true(income_fit_bands(band, 6, &fit));
        double z0 = (7.2 - fit.middle) / fit.error[0];
        double z1 = (log(0.6 / fit.spread) - fit.error[1] * z0) / fit.error[2];
        near += z0 * z0 + z1 * z1 < 5.991464547107979; /* R: qchisq(.95, 2) */
    }
    if (near < 88 || near > 100) fail_msg("expected 95 of 100 within the ellipse, found %d", near);
}

static void too_few_bands(void **state)
{
    (void)state;
    static const income_band two[4] = {{0, 600, 310}, {600, 1000, 420}, {1000, 1600, 0}};
    static const income_band far[3] = {{0, 1, 1}, {1e6, 2e6, 1}, {1e9, INFINITY, 1}};
    income_fit fit;
    assert_false(income_fit_bands(two, 3, &fit));
    assert_true(income_fit_bands(far, 3, &fit));
    assert_true(isfinite(fit.middle) && isfinite(fit.spread) && fit.spread > 1);
}

static void ability_by_hand(void **state)
{
    (void)state;
    /* Ceiling 5 % of a median of 2,000: half can pay 100. */
    check_near("half", 0.5, ability_share(100, 0.05, 0.3, log(2000), 0.4), 1e-12);
    /* One deviation, hypot(.3, .4) = .5, above and below; R: pnorm(c(-1, 1)). */
    check_near("dear", 0.158655253931457, ability_share(100 * exp(0.5), 0.05, 0.3, log(2000), 0.4),
               1e-12);
    check_near("cheap", 0.841344746068543,
               ability_share(100 * exp(-0.5), 0.05, 0.3, log(2000), 0.4), 1e-12);
}

/* ---- runs ---------------------------------------------------------------------------------------- */

typedef struct run {
    ku_arena *arena;
    ku_frames in, out;
    ku_frame_builder *interest, *income, *price, *stock;
    ku_control control;
    ku_error err;
    ku_param_text param[4];
    size_t params;
    uint64_t seed;
} run;

static int run_new(void **state)
{
    static const ku_field interest[] = {{"segment", KU_TEXT},
                                        {"product", KU_TEXT},
                                        {"people", KU_DOUBLE},
                                        {"asked", KU_DOUBLE},
                                        {"interested", KU_DOUBLE}};
    static const ku_field income[] = {
        {"segment", KU_TEXT}, {"low", KU_DOUBLE}, {"high", KU_DOUBLE}, {"people", KU_DOUBLE}};
    static const ku_field price[] = {{"product", KU_TEXT},
                                     {"price", KU_DOUBLE},
                                     {"units", KU_DOUBLE},
                                     {"afford_low", KU_DOUBLE},
                                     {"afford_high", KU_DOUBLE}};
    static const ku_field stock[] = {
        {"product", KU_TEXT}, {"availability", KU_DOUBLE}, {"checks", KU_DOUBLE}};
    run *r = calloc(1, sizeof *r);
    r->arena = ku_arena_new();
    r->interest = ku_frame_builder_new("interest", interest, 5);
    r->income = ku_frame_builder_new("income", income, 4);
    r->price = ku_frame_builder_new("price", price, 5);
    r->stock = ku_frame_builder_new("stock", stock, 3);
    r->seed = 5;
    ku_frames_init(&r->in);
    ku_frames_init(&r->out);
    *state = r;
    return 0;
}

static int run_end(void **state)
{
    run *r = *state;
    ku_frame_builder *open[] = {r->interest, r->income, r->price, r->stock};
    for (int i = 0; i < 4; i++) ku_frame_builder_free(open[i]);
    ku_frames_clear(&r->in);
    ku_frames_clear(&r->out);
    ku_arena_free(r->arena);
    free(r);
    return 0;
}

static void put_interest(run *r, const char *segment, const char *product, double people,
                         double asked, double interested)
{
    const double value[3] = {people, asked, interested};
    ku_build_text(r->interest, 0, segment);
    ku_build_text(r->interest, 1, product);
    for (int i = 0; i < 3; i++) ku_build_double(r->interest, 2 + i, value[i]);
    ku_build_row(r->interest);
}

static void put_band(run *r, const char *segment, double low, double high, double people)
{
    ku_build_text(r->income, 0, segment);
    ku_build_double(r->income, 1, low);
    if (isfinite(high)) ku_build_double(r->income, 2, high);
    ku_build_double(r->income, 3, people);
    ku_build_row(r->income);
}

static void put_students(run *r, const char *segment)
{
    for (int i = 0; i < 4; i++)
        put_band(r, segment, students[i].low, students[i].high, students[i].people);
}

/* NAN leaves a value out. */
static void put_price(run *r, const char *product, double price, double units, double low,
                      double high)
{
    const double value[4] = {price, units, low, high};
    ku_build_text(r->price, 0, product);
    for (int i = 0; i < 4; i++) ku_build_double(r->price, 1 + i, value[i]);
    ku_build_row(r->price);
}

static void put_stock(run *r, const char *product, double availability, double checks)
{
    ku_build_text(r->stock, 0, product);
    ku_build_double(r->stock, 1, availability);
    ku_build_double(r->stock, 2, checks);
    ku_build_row(r->stock);
}

static void take(run *r, ku_frame_builder **builder)
{
    ku_frame *frame;
    if (*builder == NULL) return;
    check_ok(ku_frame_builder_finish(*builder, &frame, &r->err), &r->err);
    check_ok(ku_frames_add(&r->in, frame, &r->err), &r->err);
    *builder = NULL;
}

static void with(run *r, const char *name, const char *value)
{
    r->param[r->params++] = (ku_param_text){name, value};
}

static ku_status go(run *r)
{
    const ku_analysis *analysis = ku_analysis_find(ID);
    ku_params *params;
    assert_non_null(analysis);
    take(r, &r->interest);
    take(r, &r->income);
    take(r, &r->price);
    take(r, &r->stock);
    ku_frames_clear(&r->out);
    check_ok(ku_params_parse(analysis, r->param, r->params, r->arena, &params, &r->err), &r->err);
    ku_run_context context = {.analysis = analysis,
                              .arena = r->arena,
                              .seed = r->seed,
                              .control = &r->control,
                              .messages = open("/dev/null", O_WRONLY | O_CLOEXEC)};
    ku_status status = analysis->run(&r->in, params, &context, &r->out, &r->err);
    close(context.messages);
    return status;
}

static double number(const run *r, const char *table, const char *column, int64_t row)
{
    return ku_column_number(ku_frame_column(ku_frames_find(&r->out, table), column), row);
}

static const char *text(const run *r, const char *table, const char *column, int64_t row)
{
    return ku_column_text(ku_frame_column(ku_frames_find(&r->out, table), column), row, r->arena);
}

/* ---- what must add up ------------------------------------------------------------------------------ */

static void small_town(run *r)
{
    put_interest(r, "Young", "Bike", 1000, 100, 60);
    put_interest(r, "Old", "Bike", 500, 100, 20);
    put_interest(r, "Young", "Helmet", 1000, 100, 50);
    put_students(r, "Young");
    put_students(r, "Old");
    put_students(r, "Nobody");
    put_price(r, "Bike", 40, NAN, NAN, NAN);
    put_price(r, "Helmet", 10, 2, 0.01, 0.02);
    put_price(r, "Not asked about", 10, NAN, NAN, NAN);
    put_stock(r, "Bike", 0.8, NAN);
    with(r, "draws", "400");
}

static void sums_and_order(void **state)
{
    run *r = *state;
    small_town(r);
    check_ok(go(r), &r->err);
    const ku_frame *demand = ku_frames_find(&r->out, "demand");
    assert_int_equal(demand->rows, 4);
    assert_string_equal(text(r, "demand", "segment", 0), "Old");
    assert_string_equal(text(r, "demand", "segment", 2), "All segments");
    assert_string_equal(text(r, "demand", "product", 3), "Helmet");
    static const char *const additive[] = {"people", "interested", "able",       "served",
                                           "units",  "money",      "lost_price", "lost_stock"};
    for (size_t i = 0; i < sizeof additive / sizeof *additive; i++)
        check_near(additive[i],
                   number(r, "demand", additive[i], 0) + number(r, "demand", additive[i], 1),
                   number(r, "demand", additive[i], 2), 1e-12);
    check_near("interested", 500 * 20.5 / 101, number(r, "demand", "interested", 0), 1e-12);
    check_near("served", 0.8 * number(r, "demand", "able", 0), number(r, "demand", "served", 0),
               1e-12);
    check_near("two helmets a buyer", 2 * number(r, "demand", "served", 3),
               number(r, "demand", "units", 3), 1e-12);
    for (int64_t i = 0; i < demand->rows; i++) {
        double at[4], value = number(r, "demand", "units", i);
        static const char *const bound[4] = {"lo95", "lo80", "hi80", "hi95"};
        for (int k = 0; k < 4; k++) at[k] = number(r, "demand", bound[k], i);
        assert_true(0 <= at[0] && at[0] < at[1] && at[1] < value && value < at[2] && at[2] < at[3]);
    }
    /* Each waterfall ends where its steps lead. */
    const ku_frame *steps = ku_frames_find(&r->out, "steps");
    assert_int_equal(steps->rows, 15);
    for (int64_t i = 0; i < steps->rows; i += 5) {
        double level = 0;
        for (int k = 0; k < 4; k++) level += number(r, "steps", "units", i + k);
        check_near("last step", level, number(r, "steps", "units", i + 4), 1e-9);
    }
}

/* Same seed, same bits; the order of the rows does not matter; another seed moves only the
 * intervals. */
static void repeatable(void **state)
{
    run *r = *state;
    small_town(r);
    check_ok(go(r), &r->err);
    double lo = number(r, "demand", "lo95", 2), value = number(r, "demand", "units", 2);
    check_ok(go(r), &r->err);
    assert_true(lo == number(r, "demand", "lo95", 2));
    r->seed = 6;
    check_ok(go(r), &r->err);
    assert_true(lo != number(r, "demand", "lo95", 2));
    assert_true(value == number(r, "demand", "units", 2));
}

/* Dearer means fewer; a full shelf has nothing to win; a cut of what all can pay loses money. */
static void levers(void **state)
{
    run *r = *state;
    put_interest(r, "Young", "Cheap", 1000, 100, 60);
    put_interest(r, "Young", "Dear", 1000, 100, 60);
    put_students(r, "Young");
    put_price(r, "Cheap", 0.5, NAN, NAN, NAN);
    put_price(r, "Dear", 200, NAN, NAN, NAN);
    with(r, "draws", "400");
    check_ok(go(r), &r->err);
    assert_true(number(r, "demand", "units", 0) > 500 && number(r, "demand", "units", 1) < 10);
    assert_string_equal(text(r, "levers", "lever", 0), "Price 10 % lower");
    check_near("money lost by the cut", -0.1 * number(r, "demand", "money", 0),
               number(r, "levers", "money", 0), 1e-4);
    assert_true(number(r, "levers", "money", 2) > 0);
    assert_true(number(r, "levers", "units", 1) == 0 && number(r, "levers", "hi95", 1) == 0);
}

/* Markets with known shares, asked, counted and visited anew each time: the 95 % interval
 * holds the demand that they really have, in nineteen cases of twenty. */
static void intervals_hold_the_truth(void **state)
{
    run *r = *state;
    enum { MARKETS = 200, PEOPLE = 5000 };
    static const double edge[] = {0, 700, 1200, 2000, 3500, INFINITY};
    int inside = 0;
    for (uint64_t k = 0; k < MARKETS; k++) {
        run *one;
        run_new((void **)&one);
        ku_rng rng = ku_rng_make(77, k);
        double wants = ku_rng_beta(&rng, 3, 3), has = ku_rng_beta(&rng, 8, 2);
        double afford = sqrt(0.03 * 0.06) *
                        exp(log(2) / (2 * 1.2815515655446004) * ku_rng_normal(&rng));
        double counted[5] = {0}, interested = 0, found = 0;
        for (int i = 0; i < 150; i++) interested += ku_rng_uniform(&rng) < wants;
        for (int i = 0; i < 60; i++) found += ku_rng_uniform(&rng) < has;
        for (int i = 0; i < 300; i++) {
            double income = exp(7.2 + 0.6 * ku_rng_normal(&rng));
            int b = 0;
            while (income >= edge[b + 1]) b++;
            counted[b]++;
        }
        double bought = 0;
        for (int i = 0; i < PEOPLE; i++) {
            double ceiling = afford *
                             exp(7.2 + 0.6 * ku_rng_normal(&rng) + 0.4 * ku_rng_normal(&rng));
            bought += ku_rng_uniform(&rng) < wants && ceiling >= 60 && ku_rng_uniform(&rng) < has;
        }
        put_interest(one, "All", "Thing", PEOPLE, 150, interested);
        for (int b = 0; b < 5; b++) put_band(one, "All", edge[b], edge[b + 1], counted[b]);
        put_price(one, "Thing", 60, NAN, NAN, NAN);
        put_stock(one, "Thing", found / 60, 60);
        with(one, "draws", "1000");
        one->seed = k;
        check_ok(go(one), &one->err);
        inside += bought >= number(one, "demand", "lo95", 0) &&
                  bought <= number(one, "demand", "hi95", 0);
        run_end((void **)&one);
    }
    print_message("truth inside the 95 %% interval in %d of %d markets\n", inside, MARKETS);
    assert_in_range(inside, MARKETS * 91 / 100, MARKETS * 99 / 100);
    (void)r;
}

/* ---- what is refused ---------------------------------------------------------------------------------- */

static void refuses(run *r, const char *words)
{
    check_fails(KU_BAD_DATA, words, go(r), &r->err);
}

static void nothing_asked(void **state)
{
    refuses(*state, "not one row of interest");
}

static void more_interested_than_asked(void **state)
{
    run *r = *state;
    put_interest(r, "Young", "Bike", 1000, 10, 11);
    refuses(r, "interested is 11, but 10 were asked");
    assert_string_equal(r->err.where, "interest, row 1");
}

static void asked_twice(void **state)
{
    run *r = *state;
    put_interest(r, "Young", "Bike", 1000, 10, 5);
    put_interest(r, "Young", "Bike", 1000, 10, 5);
    refuses(r, "are there twice");
}

static void nobody_asked(void **state)
{
    run *r = *state;
    put_interest(r, "Young", "Bike", 1000, 0, 0);
    refuses(r, "at least one person must have been asked");
}

static void no_income(void **state)
{
    run *r = *state;
    put_interest(r, "Young", "Bike", 1000, 10, 5);
    put_band(r, "Young", 0, 1000, 5);
    refuses(r, "segment \"Young\" has 1 income band; at least three");
}

static void overlapping_bands(void **state)
{
    run *r = *state;
    put_interest(r, "Young", "Bike", 1000, 10, 5);
    put_students(r, "Young");
    put_band(r, "Young", 800, 900, 5);
    refuses(r, "overlap");
}

static void upside_down_band(void **state)
{
    run *r = *state;
    put_interest(r, "Young", "Bike", 1000, 10, 5);
    put_band(r, "Young", 1000, 900, 5);
    refuses(r, "the band from 1000 ends at 900");
}

static void no_price(void **state)
{
    run *r = *state;
    put_interest(r, "Young", "Bike", 1000, 10, 5);
    put_students(r, "Young");
    refuses(r, "product \"Bike\" has no price");
}

static void two_prices(void **state)
{
    run *r = *state;
    put_interest(r, "Young", "Bike", 1000, 10, 5);
    put_students(r, "Young");
    put_price(r, "Bike", 10, NAN, NAN, NAN);
    put_price(r, "Bike", 11, NAN, NAN, NAN);
    refuses(r, "has a price already");
    assert_string_equal(r->err.where, "price, row 2");
}

static void half_a_range(void **state)
{
    run *r = *state;
    put_interest(r, "Young", "Bike", 1000, 10, 5);
    put_students(r, "Young");
    put_price(r, "Bike", 10, NAN, 0.02, NAN);
    refuses(r, "only one end is given");
}

static void more_than_always(void **state)
{
    run *r = *state;
    put_interest(r, "Young", "Bike", 1000, 10, 5);
    put_students(r, "Young");
    put_price(r, "Bike", 10, NAN, NAN, NAN);
    put_stock(r, "Bike", 92, NAN);
    refuses(r, "availability is 92; a share of 0 to 1");
}

static void range_upside_down(void **state)
{
    run *r = *state;
    put_interest(r, "Young", "Bike", 1000, 10, 5);
    put_students(r, "Young");
    put_price(r, "Bike", 10, NAN, NAN, NAN);
    with(r, "afford-low", "0.2");
    check_fails(KU_USAGE, "0.2 is above --afford-high 0.06", go(r), &r->err);
}

/* Nobody or everybody interested, a price no one can pay, no stock at all: finite everywhere. */
static void extremes(void **state)
{
    run *r = *state;
    put_interest(r, "Young", "A", 1e9, 1, 1);
    put_interest(r, "Young", "B", 0, 5, 0);
    put_interest(r, "Young", "C", 3, 1e6, 1e6);
    put_students(r, "Young");
    put_price(r, "A", 1e12, NAN, NAN, NAN);
    put_price(r, "B", 1e-9, NAN, 0.01, 0.01);
    put_price(r, "C", 20, 100, NAN, NAN);
    put_stock(r, "A", 1, 1);
    put_stock(r, "C", 0, NAN);
    with(r, "draws", "200");
    check_ok(go(r), &r->err);
    for (size_t f = 0; f < r->out.count; f++)
        for (int32_t c = 0; c < r->out.frame[f]->columns; c++) {
            const ku_column *column = &r->out.frame[f]->column[c];
            for (int64_t i = 0; column->type == KU_DOUBLE && i < column->rows; i++)
                assert_true(ku_column_valid(column, i) && isfinite(column->as.f64[i]));
        }
    assert_true(number(r, "demand", "hi95", 1) == 0 && number(r, "demand", "units", 2) == 0);
}

/* ---- from the bank -------------------------------------------------------------------------------------- */

/* Three young customers of whom two answered; one changed his mind; a price that fell and one
 * of a competitor; four visits. */
static const char facts[] =
    "INSERT INTO customer_rows (customer, segment, batch) VALUES ('c1', 'Young', 1),"
    " ('c2', 'Young', 1), ('c3', 'Young', 1);"
    "INSERT INTO survey (date, wave, respondent, customer, question, answer, batch) VALUES"
    " (DATE '2026-01-05', '1', 'r1', 'c1', 'interest: Bike', 'no', 1),"
    " (DATE '2026-02-05', '2', 'r1', 'c1', 'interest: Bike', 'Yes', 1),"
    " (DATE '2026-01-05', '1', 'r2', 'c2', 'interest: Bike', 'no', 1),"
    " (DATE '2026-01-05', '1', 'r2', 'c2', 'satisfaction', '9', 1);"
    "INSERT INTO price (date, product, seller, price, batch) VALUES"
    " (DATE '2026-01-01', 'Bike', NULL, 40, 1), (DATE '2026-03-01', 'Bike', NULL, 30, 1),"
    " (DATE '2026-04-01', 'Bike', 'Rival', 20, 1);"
    "INSERT INTO \"check\" (date, outlet, criterion, score, best_score, batch) VALUES"
    " (DATE '2026-01-01', 'o1', 'in stock: Bike', 1, 1, 1),"
    " (DATE '2026-01-02', 'o1', 'in stock: Bike', 1, 1, 1),"
    " (DATE '2026-01-03', 'o2', 'In stock: Bike', 0, 1, 1),"
    " (DATE '2026-01-04', 'o2', 'in stock: Bike', 1, 1, 1)";

static void facts_of_the_bank(void **state)
{
    run *r = *state;
    const ku_analysis *analysis = ku_analysis_find(ID);
    ku_params *params;
    ku_bank *bank;
    ku_session *session;
    char path[] = "/tmp/kemudi-effective-XXXXXX.csv";
    int file = mkstemps(path, 4);
    assert_true(file >= 0);
    static const char bands[] = "segment,low,high,people\nYoung,0,600,31\nYoung,600,1000,42\n"
                                "Young,1000,1600,21\nYoung,1600,,6\n";
    assert_int_equal(write(file, bands, sizeof bands - 1), sizeof bands - 1);
    close(file);
    check_ok(ku_bank_open(NULL, NULL, &bank, &r->err), &r->err);
    check_ok(ku_session_open(bank, &session, &r->err), &r->err);
    check_ok(ku_session_exec(session, facts, NULL, 0, NULL, &r->err), &r->err);
    ku_session_close(session);
    check_ok(ku_params_parse(analysis, NULL, 0, r->arena, &params, &r->err), &r->err);
    ku_table_file given = {"income", path};
    check_ok(ku_bank_inputs(bank, analysis, params, &given, 1, &r->in, &r->err), &r->err);
    ku_frame_builder *unused[] = {r->interest, r->income, r->price, r->stock};
    for (int i = 0; i < 4; i++) ku_frame_builder_free(unused[i]);
    r->interest = r->income = r->price = r->stock = NULL;
    check_ok(go(r), &r->err);
    assert_int_equal(ku_frames_find(&r->out, "demand")->rows, 1);
    check_near("people", 3, number(r, "demand", "people", 0), 0);
    check_near("interested, 1 of 2", 1.5, number(r, "demand", "interested", 0), 1e-12);
    check_near("served, 3 of 4 visits", 3.5 / 5 * number(r, "demand", "able", 0),
               number(r, "demand", "served", 0), 1e-12);
    check_near("at the price of the latest day", 30 * number(r, "demand", "units", 0),
               number(r, "demand", "money", 0), 1e-12);
    ku_bank_close(bank);
    unlink(path);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, run_new, run_end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(income_matches_reference),
        cmocka_unit_test(income_is_recovered),
        cmocka_unit_test(too_few_bands),
        cmocka_unit_test(ability_by_hand),
        TEST(sums_and_order),
        TEST(repeatable),
        TEST(levers),
        TEST(intervals_hold_the_truth),
        TEST(nothing_asked),
        TEST(more_interested_than_asked),
        TEST(asked_twice),
        TEST(nobody_asked),
        TEST(no_income),
        TEST(overlapping_bands),
        TEST(upside_down_band),
        TEST(no_price),
        TEST(two_prices),
        TEST(half_a_range),
        TEST(more_than_always),
        TEST(range_upside_down),
        TEST(extremes),
        TEST(facts_of_the_bank),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
