/* test.c - customers.cohorts: the chain ladder and the Poisson model on the published triangle,
 * intervals against R and against simulated truth, real data held back, and bad input. */
#include "whole_run.h"

#include "analyses/customers/cohorts/holdout.h"
#include "analyses/customers/cohorts/interval.h"
#include "analyses/customers/cohorts/ladder.h"
#include "bank/session.h"
#include "kemudi/rng.h"

/* ---- the triangle of Taylor & Ashe (1983) --------------------------------------------------- */

enum { YEARS = 10 };

/* Payments by origin and development year, as printed by Mack (1993), section 6. */
static const double paid[YEARS * YEARS] = {
    357848, 766940,  610542,  482940,  527326, 574398, 146342, 139950, 227229, 67948, /* */
    352118, 884021,  933894,  1183289, 445745, 320996, 527804, 266172, 425046, 0,     /* */
    290507, 1001799, 926219,  1016654, 750816, 146923, 495992, 280405, 0,      0,     /* */
    310608, 1108250, 776189,  1562400, 272482, 352053, 206286, 0,      0,      0,     /* */
    443160, 693190,  991983,  769488,  504851, 470639, 0,      0,      0,      0,     /* */
    396132, 937085,  847498,  805037,  705960, 0,      0,      0,      0,      0,     /* */
    440832, 847631,  1131398, 1063269, 0,      0,      0,      0,      0,      0,     /* */
    359480, 1061648, 1443370, 0,       0,      0,      0,      0,      0,      0,     /* */
    376686, 986608,  0,       0,       0,      0,      0,      0,      0,      0,     /* */
    344014, 0,       0,       0,       0,      0,      0,      0,      0,      0};
static const double one[YEARS] = {1, 1, 1, 1, 1, 1, 1, 1, 1, 1};
static const triangle claims = {.periods = YEARS, .season = 1, .size = one, .cell = paid};

/* Mack (1993), table 3: reserves and standard errors in full. */
static const double reserve[YEARS] = {0,       94634,   469511,  709638,  984889,
                                      1419459, 2177641, 3920301, 4278972, 4625811};
static const double mack_error[YEARS] = {0,      75535,  121699, 133549, 261406,
                                         411010, 558317, 875328, 971258, 1363155};

static void check_printed(const char *what, double printed, double found)
{
    check_near(what, 0, fabs(found - printed) / fmax(1, printed), 0.5001 / fmax(1, printed));
}

static void mack_matches_the_paper(void **state)
{
    (void)state;
    ku_arena *arena = ku_arena_new();
    projection p;
    assert_true(project(&claims, false, PROJECT_MACK, YEARS, arena, &p));
    for (int i = 0; i < YEARS; i++) {
        size_t last = (size_t)i * YEARS + YEARS - 1;
        check_printed("reserve", reserve[i], p.ahead[last]);
        check_printed("standard error", mack_error[i], p.ahead_error[last]);
    }
    int known[YEARS];
    double total[YEARS * YEARS] = {0};
    for (int i = 0; i < YEARS; i++) {
        known[i] = YEARS - i;
        for (int k = 0; k < known[i]; k++)
            total[i * YEARS + k] = paid[i * YEARS + k] + (k > 0 ? total[i * YEARS + k - 1] : 0);
    }
    ladder l = {.cohorts = YEARS, .ages = YEARS, .known = known, .total = total};
    assert_true(ladder_fit(&l, arena));
    check_printed("total reserve", 18680856, l.reserve);
    check_printed("its standard error", 2447095, l.reserve_error);
    ku_arena_free(arena);
}

/* R 4.2.2: glm(y ~ origin + age, quasipoisson) with epsilon 1e-14, errors of prediction by the delta method; they
 * print as the percentages of England & Verrall (1999), table 2: 116, 46, 37, 31, 26, 23, 20,
 * 24, 43. The last three: all origins together in the next three years. */
static void poisson_matches_r(void **state)
{
    (void)state;
    static const double error[YEARS] = {
        0,           110099.2784, 216042.2619, 260870.7753,  303548.5401,
        375012.1104, 495375.6075, 789957.0334, 1046508.2792, 1980090.7243};
    static const double percent[YEARS] = {0, 116, 46, 37, 31, 26, 23, 20, 24, 43};
    static const double year[3] = {5226535.8259, 4179394.4371, 3131667.5224};
    static const double year_error[3] = {747367.7288, 710142.6430, 644137.6612};
    ku_arena *arena = ku_arena_new();
    projection p;
    assert_true(project(&claims, false, PROJECT_POISSON, YEARS, arena, &p));
    for (int i = 1; i < YEARS; i++) {
        size_t last = (size_t)i * YEARS + YEARS - 1;
        check_printed("reserve", reserve[i], p.ahead[last]);
        check_near("error of prediction", error[i], p.ahead_error[last], 1e-8);
        check_near("in per cent", percent[i], 100 * p.ahead_error[last] / p.ahead[last],
                   0.51 / percent[i]);
    }
    for (int h = 0; h < 3; h++) {
        check_near("next years", year[h], p.sum[h], 1e-9);
        check_near("their error", year_error[h], p.sum_error[h], 1e-8);
    }
    ku_arena_free(arena);
}

/* ---- intervals ------------------------------------------------------------------------------ */

/* R 4.2.2: the distribution summed from lchoose and lbeta. */
static void count_intervals_match_r(void **state)
{
    (void)state;
    range r = range_of_count(200, 24, 7.5, RANGE_95);
    check_near("low", 11, r.lo, 0);
    check_near("high", 40, r.hi, 0);
    r = range_of_count(200, 24, 7.5, RANGE_80);
    check_near("low 80", 15, r.lo, 0);
    check_near("high 80", 34, r.hi, 0);
    r = range_of_count(40, 1.3, 1.4, RANGE_95);
    check_near("low of few", 0, r.lo, 0);
    check_near("high of few", 5, r.hi, 0);
    r = range_of_count(1500, 250, 40, RANGE_95);
    check_near("low of many", 176, r.lo, 0);
    check_near("high of many", 333, r.hi, 0);
    r = range_of_money(-5, 2, RANGE_95);
    check_near("below zero", -5 - 2 * RANGE_95, r.lo, 1e-12);
}

/* Shares that follow the curve exactly give it back. */
static void geometric_curve_is_recovered(void **state)
{
    (void)state;
    enum { PERIODS = 30 };
    double size[PERIODS], cell[PERIODS * PERIODS] = {0}, share[PERIODS], truth[PERIODS];
    double survivor = 1, p = 0.3, gamma = 0.7, delta = 2.5;
    for (int age = 1; age < PERIODS; age++) {
        survivor *= (delta + age - 1) / (gamma + delta + age - 1);
        truth[age] = p * survivor;
    }
    for (int c = 0; c < PERIODS; c++) {
        size[c] = 1e7;
        for (int age = 1; age < PERIODS - c; age++) cell[c * PERIODS + age] = 1e7 * truth[age];
    }
    triangle t = {.periods = PERIODS, .season = 12, .size = size, .cell = cell};
    assert_true(project_geometric_curve(&t, PERIODS, share));
    for (int age = 1; age < PERIODS; age++) check_near("share", truth[age], share[age], 1e-5);
}

/* ---- simulated companies ---------------------------------------------------------------------- */

enum { MONTHS = 24, SEEN = 17 };

typedef struct company {
    double size[MONTHS], active[MONTHS * MONTHS], money[MONTHS * MONTHS];
} company;

/* Customers who buy in a month with a chance of their own, leave with another, spend by a gamma
 * distribution; good and bad cohorts, good and bad months, and a season. */
static void live(company *world, uint64_t number, bool large)
{
    ku_rng rng = ku_rng_make(11, number);
    double month[MONTHS], level = 0, start = 12 * ku_rng_uniform(&rng);
    memset(world, 0, sizeof *world);
    for (int m = 0; m < MONTHS; m++) {
        level = 0.7 * level + 0.08 * ku_rng_normal(&rng);
        month[m] = exp(level + 0.15 * sin(2 * 3.141592653589793 * (m + start) / 12));
    }
    for (int c = 0; c < MONTHS; c++) {
        double quality = exp(0.15 * ku_rng_normal(&rng));
        world->size[c] = large ? 400 + (double)ku_rng_below(&rng, 600)
                               : 60 + (double)ku_rng_below(&rng, 120);
        for (int i = 0; i < (int)world->size[c]; i++) {
            double buys = ku_rng_beta(&rng, 1.5, 4) * quality, leaves = ku_rng_beta(&rng, 0.8, 6);
            double basket = ku_rng_gamma(&rng, large ? 1 : 4) * 10; /* some far above others */
            for (int age = 0; age < MONTHS - c; age++) {
                if (age > 0 && ku_rng_uniform(&rng) < leaves) break;
                if (age > 0 && ku_rng_uniform(&rng) > buys * month[c + age]) continue;
                world->active[c * MONTHS + age]++;
                world->money[c * MONTHS + age] += basket * ku_rng_gamma(&rng, 2) / 2;
            }
        }
    }
}

typedef struct coverage {
    double cells, inside80, inside95;
} coverage;

static void count_inside(coverage *sum, double truth, range r80, range r95)
{
    sum->cells++;
    sum->inside80 += truth >= r80.lo && truth <= r80.hi;
    sum->inside95 += truth >= r95.lo && truth <= r95.hi;
}

/* What happened after month SEEN against what was expected then. */
static void compare(const company *world, bool shares, project_method method, coverage *sum)
{
    ku_arena *arena = ku_arena_new();
    const double *all = shares ? world->active : world->money;
    double cell[SEEN * SEEN] = {0};
    projection p;
    for (int c = 0; c < SEEN; c++)
        for (int age = 0; age < SEEN - c; age++) cell[c * SEEN + age] = all[c * MONTHS + age];
    triangle t = {.periods = SEEN, .season = 12, .size = world->size, .cell = cell};
    assert_true(project(&t, shares, method, SEEN, arena, &p));
    if (!shares) projection_widen(&p, SEEN, holdout_width(&t, method, arena));
    for (int c = 0; c < SEEN; c++) {
        double brought = 0;
        for (int age = SEEN - c; age < SEEN && age < MONTHS - c; age++) {
            size_t at = (size_t)c * SEEN + (size_t)age;
            double n = world->size[c], mean = p.cell[at], error = p.cell_error[at];
            brought += all[c * MONTHS + age];
            if (shares)
                count_inside(sum, all[c * MONTHS + age], range_of_count(n, mean, error, RANGE_80),
                             range_of_count(n, mean, error, RANGE_95));
            else
                count_inside(sum, brought, range_of_money(p.ahead[at], p.ahead_error[at], RANGE_80),
                             range_of_money(p.ahead[at], p.ahead_error[at], RANGE_95));
        }
    }
    ku_arena_free(arena);
}

static void check_coverage(bool shares, project_method method, bool large)
{
    enum { COMPANIES = 200 };
    coverage sum = {0};
    company *world = malloc(sizeof *world);
    assert_non_null(world);
    for (uint64_t k = 0; k < COMPANIES; k++) {
        live(world, k, large);
        compare(world, shares, method, &sum);
    }
    free(world);
    sum.inside80 /= sum.cells;
    sum.inside95 /= sum.cells;
    print_message("# %s of %s%s: %.0f cells, inside 80 %%: %.3f, inside 95 %%: %.3f\n",
                  project_name(method), shares ? "shares" : "money", large ? ", large cohorts" : "",
                  sum.cells, sum.inside80, sum.inside95);
    double most = shares ? 0.99 : 0.97, most80 = shares ? 0.93 : 0.82; /* counts are whole */
    if (sum.inside95 < 0.93 || sum.inside95 > most)
        fail_msg("expected 0.93 to %.2f inside the 95 %% interval, found %.3f", most, sum.inside95);
    if (sum.inside80 < 0.78 || sum.inside80 > most80)
        fail_msg("expected 0.78 to %.2f inside the 80 %% interval, found %.3f", most80,
                 sum.inside80);
}

static void intervals_hold_the_truth(void **state)
{
    (void)state;
    check_coverage(true, PROJECT_SMOOTH, false);
    check_coverage(true, PROJECT_GEOMETRIC, false);
    check_coverage(false, PROJECT_SMOOTH, false);
    check_coverage(false, PROJECT_SMOOTH, true);
}

/* ---- whole runs -------------------------------------------------------------------------------- */

static const char *const id = "customers.cohorts";

static ku_status go_with(whole_run *w, const char *columns, const char *lines)
{
    whole_forget(w);
    whole_table(w, "sales", ku_arena_printf(w->arena, "%s\n%s", columns, lines));
    return whole_go(w, id);
}

static ku_status go_on(whole_run *w, const char *lines)
{
    return go_with(w, "customer,date,amount", lines);
}

/* One customer on one day: a cohort, no projection, nothing made up. */
static void one_customer(void **state)
{
    whole_run *w = *state;
    check_ok(go_on(w, "Ada,2026-02-28,30\n"), &w->err);
    assert_int_equal(whole_rows(w, "cohorts"), 1);
    assert_int_equal(whole_rows(w, "retention"), 1);
    check_near("share", 1, whole_number(w, "retention", "share", 0), 0);
    assert_true(isnan(whole_number(w, "cohorts", "value", 0)));
    assert_string_equal(whole_text(w, "customers", "state", 0), "New");
}

static void all_the_same_day(void **state)
{
    whole_run *w = *state;
    check_ok(go_on(w, "Ada,2026-03-10,30\nBen,2026-03-10,20\nBen,2026-03-10,5\nCem,2026-03-10,1\n"),
             &w->err);
    assert_int_equal(whole_rows(w, "cohorts"), 1);
    check_near("customers", 3, whole_number(w, "cohorts", "customers", 0), 0);
    check_near("revenue", 56, whole_number(w, "cohorts", "revenue", 0), 1e-12);
    assert_int_equal(whole_rows(w, "holdout"), 0);
}

/* Nobody comes back for half a year: counted, and nothing is projected. */
static void nobody_returns(void **state)
{
    whole_run *w = *state;
    check_ok(go_on(w, "A,2026-01-10,30\nB,2026-02-10,20\nC,2026-03-10,5\nD,2026-04-10,1\n"
                      "E,2026-05-10,3\nF,2026-06-30,8\n"),
             &w->err);
    assert_int_equal(whole_rows(w, "retention"), 6 * 7 / 2);
    for (int64_t i = 0; i < whole_rows(w, "retention"); i++)
        assert_string_equal(whole_text(w, "retention", "kind", i), "actual");
}

/* More sent back than bought: no purchase, so in no cohort; a day's return after a purchase
 * takes its money off. */
static void returns_and_unknown(void **state)
{
    whole_run *w = *state;
    check_ok(go_on(w, "Ada,2026-01-10,30\nAda,2026-01-10,-40\nBen,2026-01-11,50\n"
                      "Ben,2026-02-03,-60\n,2026-02-28,99\n"),
             &w->err);
    assert_int_equal(whole_rows(w, "customers"), 1);
    check_near("revenue", -10, whole_number(w, "customers", "revenue", 0), 1e-12);
    check_near("second month", -60, whole_number(w, "revenue", "amount", 1), 1e-12);
    check_near("nobody active", 0, whole_number(w, "retention", "active", 1), 0);
}

/* Every sale at a loss: the margins are shown, and none is projected; revenue is. */
static void negative_margins(void **state)
{
    whole_run *w = *state;
    char lines[4096] = "";
    for (int i = 0; i < 60; i++) {
        char line[64];
        snprintf(line, sizeof line, "C%02d,2026-%02d-%02d,20,-3\n", i % 17, 1 + i % 6, 1 + i % 28);
        memcpy(lines + strlen(lines), line, strlen(line) + 1);
    }
    memcpy(lines + strlen(lines), "C00,2026-06-30,20,-3\n", 22);
    check_ok(go_with(w, "customer,date,amount,margin", lines), &w->err);
    double sum = 0;
    for (int64_t i = 0; i < whole_rows(w, "margin"); i++) {
        assert_string_equal(whole_text(w, "margin", "kind", i), "actual");
        sum += whole_number(w, "margin", "amount", i);
    }
    check_near("margin", -183, sum, 1e-9);
    assert_true(whole_rows(w, "revenue") > whole_rows(w, "margin"));
}

/* Groups by the channel of the first day; quarters by their names. */
static void divided_by_channel(void **state)
{
    whole_run *w = *state;
    whole_param(w, "by", "channel");
    whole_param(w, "period", "quarter");
    check_ok(go_with(w, "customer,date,amount,channel",
                     "A,2026-01-10,30,web\nA,2026-05-10,30,shop\nB,2026-02-03,10,shop\n"
                     "B,2026-02-03,40,web\nC,2026-04-03,10,shop\nC,2026-06-30,10,\n"),
             &w->err);
    assert_int_equal(whole_rows(w, "cohorts"), 4);
    assert_string_equal(whole_text(w, "cohorts", "group", 0), "All customers");
    assert_string_equal(whole_text(w, "cohorts", "cohort", 1), "2026-Q2");
    for (int64_t i = 0; i < 3; i++)
        assert_string_equal(whole_text(w, "customers", "group", i), i < 2 ? "web" : "shop");
}

/* Dormant after one month: bought in January and April, so lost in March, back in April. */
static void states_over_time(void **state)
{
    whole_run *w = *state;
    whole_param(w, "dormant", "1");
    check_ok(go_on(w, "Ada,2026-01-10,30\nAda,2026-04-30,20\nBen,2026-02-03,10\n"), &w->err);
    static const double lost[4] = {0, 0, 1, 1}, back[4] = {0, 0, 0, 1}, dormant[4] = {0, 0, 1, 1};
    for (int64_t i = 0; i < 4; i++) {
        check_near("fell dormant", lost[i], whole_number(w, "balance", "lost", i), 0);
        check_near("resurrected", back[i], whole_number(w, "balance", "resurrected", i), 0);
        check_near("dormant", dormant[i], whole_number(w, "balance", "dormant", i), 0);
    }
    check_near("quick ratio", 1, whole_number(w, "balance", "quick_ratio", 3), 0);
    check_near("revenue lost", 10, whole_number(w, "balance", "revenue_lost", 3), 0);
}

static void nothing_known(void **state)
{
    whole_run *w = *state;
    check_fails(KU_BAD_DATA, "no known customer", go_on(w, ",2026-01-10,30\n,2026-02-28,5\n"),
                &w->err);
    check_fails(KU_BAD_DATA, "no rows", go_on(w, ""), &w->err);
}

/* ---- real data ---------------------------------------------------------------------------------- */

/* Both years of Online Retail II without the days that are in both, as customer, date, amount. */
static void write_online_retail(const char *to, whole_run *w)
{
    char first[512], second[512];
    ku_bank *bank;
    ku_session *session;
    ku_bank_options options = {.mode = KU_BANK_WRITE};
    data_path("sales/online_retail_II/online_retail_II.csv.gz", first, sizeof first);
    data_path("sales/online_retail_II/onlineretail.csv.gz", second, sizeof second);
    const char *sql = ku_arena_printf(
        w->arena,
        "COPY (WITH line AS (SELECT * FROM read_csv('%s', all_varchar = true) UNION ALL BY NAME "
        "SELECT * FROM read_csv('%s', all_varchar = true) WHERE InvoiceDate >= '2010-12-10') "
        "SELECT coalesce(\"Customer ID\", CustomerID) AS customer, CAST(CAST(InvoiceDate AS "
        "TIMESTAMP) AS DATE) AS date, "
        "CAST(Quantity AS DOUBLE) * CAST(coalesce(Price, UnitPrice) AS DOUBLE) AS amount FROM "
        "line) TO '%s' (HEADER)",
        first, second, to);
    check_ok(ku_bank_open(NULL, &options, &bank, &w->err), &w->err);
    check_ok(ku_session_open(bank, &session, &w->err), &w->err);
    check_ok(ku_session_exec(session, sql, NULL, 0, NULL, &w->err), &w->err);
    ku_session_close(session);
    ku_bank_close(bank);
}

/* What the periods held back say of the methods: the smooth course beats the yardstick, and its
 * intervals hold. The cells hang together, so that the band is wide. */
static void online_retail_held_back(void **state)
{
    whole_run *w = *state;
    const char *path = ku_arena_printf(w->arena, "%s/sales.csv", w->folder);
    write_online_retail(path, w);
    whole_file(w, "sales", path);
    check_ok(whole_go(w, id), &w->err);
    unlink(path);
    double miss[2][PROJECT_METHODS] = {{0}};
    for (int64_t i = 0; i < whole_rows(w, "holdout"); i++) {
        const char *what = whole_text(w, "holdout", "quantity", i);
        const char *method = whole_text(w, "holdout", "method", i);
        double inside = whole_number(w, "holdout", "inside95", i);
        int q = strcmp(what, "revenue") == 0, m = 0;
        while (strcmp(project_name((project_method)m), method) != 0) m++;
        miss[q][m] = whole_number(w, "holdout", "error", i);
        print_message("%s, %s: off by %.3f, inside 95 %%: %.3f\n", what, method, miss[q][m],
                      inside);
        if (m == PROJECT_SMOOTH || m == PROJECT_GEOMETRIC) assert_true(inside >= 0.85);
    }
    assert_true(miss[0][PROJECT_SMOOTH] < 0.6 * miss[0][PROJECT_AVERAGE]);
    assert_true(miss[1][PROJECT_SMOOTH] < 0.9 * miss[1][PROJECT_MACK]);
    check_near("periods", 24, (double)whole_rows(w, "balance"), 0);
}

int main(int argc, char **argv)
{
    int fd;
    if (ku_worker_asked(argc, argv, &fd)) return ku_worker_main(fd, NULL);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(mack_matches_the_paper),
        cmocka_unit_test(poisson_matches_r),
        cmocka_unit_test(count_intervals_match_r),
        cmocka_unit_test(geometric_curve_is_recovered),
        cmocka_unit_test(intervals_hold_the_truth),
        WHOLE_TEST(one_customer),
        WHOLE_TEST(all_the_same_day),
        WHOLE_TEST(nobody_returns),
        WHOLE_TEST(returns_and_unknown),
        WHOLE_TEST(negative_margins),
        WHOLE_TEST(divided_by_channel),
        WHOLE_TEST(states_over_time),
        WHOLE_TEST(online_retail_held_back),
        WHOLE_TEST(nothing_known),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
