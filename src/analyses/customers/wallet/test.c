/* test.c - customers.wallet: intervals against simulated truth, answers of one customer, the
 * Wallet Allocation Rule, what is given without answers, and bad input. */
#include "whole_run.h"

#include <jansson.h>

#include "analyses/customers/wallet/model.h"
#include "kemudi/rng.h"
#include "simulate/company.h"

/* ---- simulated truth -------------------------------------------------------------------------- */

enum { SEGMENTS = 4, TOLD = 300, PEOPLE = 3000 };

typedef struct town {
    wallet_person person[PEOPLE];
    double elsewhere[PEOPLE];
    wallet_answer answer[2 * TOLD];
    size_t answers;
} town;

/* Customers whose spend elsewhere goes with their rate and level of spend, which the model does
 * not see; frequent buyers are asked more often, some twice; answers are off by 30 %. */
static void live(town *t, uint64_t number)
{
    ku_rng rng = ku_rng_make(21, number);
    t->answers = 0;
    int who = 0;
    for (int i = 0; i < PEOPLE; i++) {
        double rate = ku_rng_gamma(&rng, 1.3) * 6, level = ku_rng_gamma(&rng, 4) / 4;
        int segment = (int)ku_rng_below(&rng, SEGMENTS);
        double years = 0.3 + 2.7 * ku_rng_uniform(&rng), recent = fmin(1, years);
        double late = 1 + (double)ku_rng_poisson(&rng, rate * recent);
        double before = years > 1 ? (double)ku_rng_poisson(&rng, rate * (years - 1)) : 0;
        double own = 25 * level * ku_rng_gamma(&rng, late * 2) / 2;
        t->person[i] = (wallet_person){segment, own, late, late + before, 365 * years};
        t->elsewhere[i] = 150 * (1 + segment) * sqrt(rate / 8 + 0.05) * sqrt(level) *
                          exp(0.4 * ku_rng_normal(&rng) - 0.08);
        double asked = fmin(1, 0.2 * (late + before) / 20);
        bool told = false;
        for (int k = 0; k < 2 && t->answers < (size_t)2 * TOLD; k++) {
            if (ku_rng_uniform(&rng) > asked) continue;
            double said = (own + t->elsewhere[i]) * exp(0.3 * ku_rng_normal(&rng) - 0.045);
            t->answer[t->answers++] = (wallet_answer){t->person[i], who, own, said, 1};
            told = true;
        }
        who += told;
    }
}

typedef struct inside {
    double segments, of_segments, people, of_people;
} inside;

/* The segment's total by the delta method, as the kernel adds it up. */
static void check_town(const town *t, ku_arena *arena, inside *sum)
{
    wallet_model m;
    wallet_spread spread;
    wallet_check by_model, by_plain;
    assert_true(
        wallet_judge(t->answer, t->answers, SEGMENTS, arena, &spread, &by_model, &by_plain));
    assert_true(wallet_fit(t->answer, t->answers, SEGMENTS, arena, &m));
    assert_true(by_model.miss < by_plain.miss);
    double chance = fmax(0, m.variance - spread.answer_variance);
    for (int s = 0; s < SEGMENTS; s++) {
        double truth = 0, mean = 0, squares = 0, doubt = 0, one[16], all[16] = {0};
        for (int i = 0; i < PEOPLE; i++) {
            if (t->person[i].segment != s) continue;
            double elsewhere = wallet_elsewhere(&m, &t->person[i], one);
            truth += t->elsewhere[i];
            mean += elsewhere;
            squares += (elsewhere + t->person[i].own) * (elsewhere + t->person[i].own);
            for (int k = 0; k < m.unknowns; k++) all[k] += one[k];
        }
        for (int j = 0; j < m.unknowns; j++)
            for (int k = 0; k < m.unknowns; k++)
                doubt += all[j] * m.covariance[j * m.unknowns + k] * all[k];
        double relative = sqrt(doubt + chance * squares) / mean;
        sum->segments++;
        sum->of_segments += fabs(log(truth / mean)) < 1.96 * relative;
    }
    for (int i = 0; i < PEOPLE; i++) {
        double own = t->person[i].own;
        double expected = own + wallet_elsewhere(&m, &t->person[i], NULL);
        double miss = log((own + t->elsewhere[i]) / expected);
        sum->people++;
        sum->of_people += miss >= spread.quantile[0] && miss <= spread.quantile[3];
    }
}

static void intervals_hold_the_truth(void **state)
{
    (void)state;
    enum { TOWNS = 200 };
    town *t = malloc(sizeof *t);
    inside sum = {0};
    assert_non_null(t);
    for (uint64_t k = 0; k < TOWNS; k++) {
        ku_arena *arena = ku_arena_new();
        live(t, k);
        check_town(t, arena, &sum);
        ku_arena_free(arena);
    }
    free(t);
    print_message("segments inside 95 %%: %.3f, people inside (answers' errors left in): %.3f\n",
                  sum.of_segments / sum.segments, sum.of_people / sum.people);
    if (sum.of_segments < 0.90 * sum.segments || sum.of_segments > 0.99 * sum.segments)
        fail_msg("expected 90 to 99 %% of segments inside, found %.3f",
                 sum.of_segments / sum.segments);
    /* with errors of answers in them intervals are too wide, never too narrow */
    assert_true(sum.of_people > 0.95 * sum.people);
}

/* Two answers of everybody: what they differ by is found. */
static void second_answers(void **state)
{
    (void)state;
    enum { PAIRS = 400 };
    static wallet_answer answer[2 * PAIRS];
    ku_rng rng = ku_rng_make(5, 1);
    for (int i = 0; i < PAIRS; i++) {
        double own = 200 * exp(0.5 * ku_rng_normal(&rng));
        double all = own + 300 * exp(0.5 * ku_rng_normal(&rng));
        for (int k = 0; k < 2; k++)
            answer[2 * i + k] = (wallet_answer){
                {0, own, 5, 9, 400}, i, own, all * exp(0.25 * ku_rng_normal(&rng)), 1};
    }
    ku_arena *arena = ku_arena_new();
    wallet_spread spread;
    wallet_check model, plain;
    assert_true(wallet_judge(answer, 2 * PAIRS, 1, arena, &spread, &model, &plain));
    assert_int_equal(spread.repeats, PAIRS);
    check_near("variance of answers", 0.0625, spread.answer_variance, 0.01);
    check_near("inside 95 %", 0.95, model.inside95, 0.03);
    check_near("inside 80 %", 0.80, model.inside80, 0.05);
    ku_arena_free(arena);
}

static void nothing_elsewhere(void **state)
{
    (void)state;
    wallet_answer answer[30];
    for (int i = 0; i < 30; i++) answer[i] = (wallet_answer){{0, 100, 3, 5, 300}, i, 100, 90, 1};
    ku_arena *arena = ku_arena_new();
    wallet_model m;
    assert_false(wallet_fit(answer, 30, 1, arena, &m));
    assert_false(wallet_fit(answer, 3, 1, arena, &m));
    ku_arena_free(arena);
}

/* ---- whole runs -------------------------------------------------------------------------------- */

static const char *const id = "customers.wallet";

/* Ten customers with 10, 20, .. 100 once each: the ninth of them has what nine of ten do not
 * exceed. */
static void best_of_like_customers(void **state)
{
    whole_run *w = *state;
    char sales[1024] = "customer,date,amount\n";
    for (int i = 1; i <= 10; i++) {
        char line[64];
        snprintf(line, sizeof line, "C%02d,2026-03-%02d,%d\n", i, i, 10 * i);
        memcpy(sales + strlen(sales), line, strlen(line) + 1);
    }
    whole_table(w, "sales", sales);
    check_ok(whole_go(w, id), &w->err);
    assert_string_equal(whole_text(w, "segments", "basis", 0), "the best of like customers");
    check_near("own", 550, whole_number(w, "segments", "own", 0), 1e-9);
    check_near("headroom", 360, whole_number(w, "segments", "headroom", 0), 1e-9);
    assert_string_equal(whole_text(w, "customers", "customer", 0), "C01");
    check_near("of the smallest", 80, whole_number(w, "customers", "headroom", 0), 1e-9);
    check_near("of the largest", 0, whole_number(w, "customers", "headroom", 9), 1e-9);
}

/* Ranks 1 of 2, 2 of 2 and 1 of 3: shares 2/3, 1/3 and 1/2, as in the book's tables. */
static void allocation_rule(void **state)
{
    whole_run *w = *state;
    whole_table(w, "sales", "customer,date,amount\nA,2026-03-01,5\n");
    whole_table(w, "survey",
                "date,wave,respondent,customer,question,answer\n"
                "2026-03-01,1,R1,A,rank: Us,1\n2026-03-01,1,R1,A,rank: Them,2\n"
                "2026-03-01,1,R2,,rank: Them,1\n2026-03-01,1,R2,,rank: Us,2\n"
                "2026-03-01,1,R3,,rank: Us,1\n2026-03-01,1,R3,,rank: Them,2\n"
                "2026-03-01,1,R3,,rank: Others,3\n");
    check_ok(whole_go(w, id), &w->err);
    assert_string_equal(whole_text(w, "brands", "brand", 0), "Us");
    check_near("our share", (2.0 / 3 + 1.0 / 3 + 1.0 / 2) / 3,
               whole_number(w, "brands", "share", 0), 1e-12);
    check_near("theirs", (1.0 / 3 + 2.0 / 3 + 1.0 / 3) / 3, whole_number(w, "brands", "share", 1),
               1e-12);
    double all = 0;
    for (int64_t i = 0; i < 3; i++) all += whole_number(w, "brands", "share", i);
    check_near("shares of all", 1, all, 1e-12);
}

/* A panel's figure for a segment takes the place of what was worked out. */
static void panel_of_segments(void **state)
{
    whole_run *w = *state;
    whole_table(w, "sales",
                "customer,date,amount\nA,2026-03-01,40\nB,2026-03-02,60\nC,2026-03-03,50\n");
    whole_table(w, "customer", "customer,segment\nA,Small\nB,Small\nC,Large\n");
    whole_table(w, "panel", "customer,segment,category_spend\n,Small,125\n");
    check_ok(whole_go(w, id), &w->err);
    int64_t row = strcmp(whole_text(w, "segments", "segment", 1), "Small") == 0 ? 1 : 2;
    assert_string_equal(whole_text(w, "segments", "basis", row), "a panel");
    check_near("wallet", 250, whole_number(w, "segments", "wallet", row), 1e-9);
    check_near("share", 0.4, whole_number(w, "segments", "share", row), 1e-9);
}

static void one_customer(void **state)
{
    whole_run *w = *state;
    whole_table(w, "sales", "customer,date,amount\nA,2026-03-01,40\n");
    whole_table(w, "survey",
                "date,wave,respondent,customer,question,answer\n"
                "2026-03-01,1,R1,A,category spend,about 1200 EUR\n");
    check_ok(whole_go(w, id), &w->err);
    assert_int_equal(ku_frames_find(&w->out, "customers")->rows, 1);
    check_near("headroom", 0, whole_number(w, "segments", "headroom", 0), 1e-12);
}

/* Thirty who say 100 a year and one whose finger slipped. */
static void slip_of_the_pen(void **state)
{
    whole_run *w = *state;
    char sales[4096] = "customer,date,amount\nC00,2025-01-01,1\n";
    char survey[4096] = "date,wave,respondent,customer,question,answer\n";
    for (int i = 0; i < 31; i++) {
        char line[80];
        snprintf(line, sizeof line, "C%02d,2026-03-%02d,%d\n", i, 1 + i % 28, 40 + i);
        memcpy(sales + strlen(sales), line, strlen(line) + 1);
        snprintf(line, sizeof line, "2026-03-29,1,R%d,C%02d,category spend,%s\n", i, i,
                 i == 7  ? "1e300"
                 : i % 2 ? "90"
                         : "110");
        memcpy(survey + strlen(survey), line, strlen(line) + 1);
    }
    whole_table(w, "sales", sales);
    whole_table(w, "survey", survey);
    whole_param(w, "meaning", "year");
    check_ok(whole_go(w, id), &w->err);
    assert_string_equal(whole_text(w, "segments", "basis", 0), "what customers told");
    check_near("answers", 30, whole_number(w, "check", "answers", 0), 0);
    check_near("wallet", 31 * 100, whole_number(w, "segments", "wallet", 0), 0.05);
}

static void returns_and_unknown(void **state)
{
    whole_run *w = *state;
    whole_table(w, "sales",
                "customer,date,amount\nA,2026-03-01,40\nA,2026-03-05,-90\n,2026-03-02,60\n");
    check_ok(whole_go(w, id), &w->err);
    check_near("own", 0, whole_number(w, "segments", "own", 0), 1e-12);
    whole_forget(w);
    whole_table(w, "sales", "customer,date,amount\n,2026-03-02,60\nB,2026-03-02,-5\n");
    whole_param(w, "months", "3");
    check_fails(KU_BAD_DATA, "no known customer bought", whole_go(w, id), &w->err);
}

/* ---- the simulated company ------------------------------------------------------------------- */

/* Its sale lines as customer, date, amount: columns 3, 1 (the day of it) and 12. */
static void shorten_sales(const char *from, const char *to)
{
    FILE *in = fopen(from, "r"), *out = fopen(to, "w");
    char line[1024];
    assert_true(in != NULL && out != NULL);
    assert_non_null(fgets(line, sizeof line, in));
    fputs("customer,date,amount\n", out);
    while (fgets(line, sizeof line, in)) {
        const char *field[12] = {line};
        for (int k = 1; k < 12; k++) field[k] = strchr(field[k - 1], ',') + 1;
        fprintf(out, "%.*s,%.10s,%.*s\n", (int)(field[3] - field[2] - 1), field[2], line,
                (int)strcspn(field[11], ","), field[11]);
    }
    fclose(in);
    assert_int_equal(fclose(out), 0);
}

/* The category spend of customers who bought in the last year, of all segments together and of
 * each, lies in its interval. */
static void company_is_covered(void **state)
{
    static const char *const only[] = {"sale", "customer", "survey"};
    whole_run *w = *state;
    const char *company = ku_arena_printf(w->arena, "%s/company", w->folder);
    ku_company_options options = {
        .out = company, .seed = 1, .customers = 12000, .only = only, .only_count = 3};
    check_ok(ku_simulate_company(&options, NULL, NULL, NULL, &w->err), &w->err);
    const char *sales = ku_arena_printf(w->arena, "%s/sales.csv", w->folder);
    shorten_sales(ku_arena_printf(w->arena, "%s/sale.csv", company), sales);
    whole_file(w, "sales", sales);
    for (int k = 1; k < 3; k++)
        whole_file(w, only[k], ku_arena_printf(w->arena, "%s/%s.csv", company, only[k]));
    check_ok(whole_go(w, id), &w->err);
    json_t *truth = json_load_file(ku_arena_printf(w->arena, "%s/truth.json", company), 0, NULL);
    const json_t *wallets = json_object_get(json_object_get(truth, "realised"), "wallet_last_year");
    double all = 0;
    assert_int_equal(json_array_size(wallets), 5);
    for (int64_t row = 5; row >= 0; row--) { /* all customers are the first row */
        double spend = all;
        for (size_t s = 0; row > 0 && s < 5; s++) {
            const json_t *one = json_array_get(wallets, s);
            const char *name = json_string_value(json_object_get(one, "segment"));
            if (strcmp(name, whole_text(w, "segments", "segment", row)) == 0)
                spend = json_number_value(json_object_get(one, "category_spend"));
        }
        if (row > 0) all += spend;
        double lo = whole_number(w, "segments", "wallet_lo", row);
        double hi = whole_number(w, "segments", "wallet_hi", row);
        print_message("%s: %.0f in %.0f to %.0f\n", whole_text(w, "segments", "segment", row),
                      spend, lo, hi);
        assert_true(lo <= spend && spend <= hi);
    }
    check_near("inside 95 %", 0.95, whole_number(w, "check", "inside95", 0), 0.03);
    assert_true(whole_number(w, "check", "error", 0) < whole_number(w, "check", "error", 1));
    json_decref(truth);
    unlink(sales);
    ku_folder_remove(company, NULL);
}

int main(int argc, char **argv)
{
    int fd;
    if (ku_worker_asked(argc, argv, &fd)) return ku_worker_main(fd, NULL);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(intervals_hold_the_truth),
        cmocka_unit_test(second_answers),
        cmocka_unit_test(nothing_elsewhere),
        WHOLE_TEST(best_of_like_customers),
        WHOLE_TEST(allocation_rule),
        WHOLE_TEST(panel_of_segments),
        WHOLE_TEST(one_customer),
        WHOLE_TEST(slip_of_the_pen),
        WHOLE_TEST(company_is_covered),
        WHOLE_TEST(returns_and_unknown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
