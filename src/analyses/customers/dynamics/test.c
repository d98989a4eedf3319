/* test.c - customers.dynamics: the tube bound and its false alarms, chains of known shares, the
 * worked parts against R, real hotels, the simulated company's shift, and bad input. */
#include "whole_run.h"

#include "analyses/customers/dynamics/chain.h"
#include "analyses/customers/dynamics/shift.h"
#include "bank/session.h"
#include "kemudi/rng.h"
#include "simulate/company.h"

/* ---- changes ------------------------------------------------------------------------------------ */

enum { MONTHS = 36 };

/* Monthly means of `count` visits with a season, a spread of months beyond chance and a step. */
static void make_course(uint64_t stream, double between, double step, int at, double *y,
                        double *count)
{
    ku_rng rng = ku_rng_make(11, stream);
    for (int t = 0; t < MONTHS; t++) {
        count[t] = 100 + 400 * ku_rng_uniform(&rng);
        y[t] = 3 + sin(t * 0.5235987755982988) + ku_rng_normal(&rng) / sqrt(count[t]) +
               between * ku_rng_normal(&rng) + (t >= at ? step : 0);
    }
}

static shift_series series_of(const double *y, const double *count)
{
    return (shift_series){MONTHS, y, count, 1, 12, 4, NULL};
}

/* Where nothing changed, p is at most as small as it says: of 2,000 courses the share below .05
 * and below .01. Months that differ beyond chance included. */
static void test_false_alarms(void **state)
{
    (void)state;
    double y[MONTHS], count[MONTHS];
    for (int kind = 0; kind < 2; kind++) {
        int at5 = 0, at1 = 0;
        for (uint64_t i = 0; i < 2000; i++) {
            shift found;
            make_course(i, kind == 0 ? 0 : 0.15, 0, 0, y, count);
            shift_series s = series_of(y, count);
            assert_true(shift_find(&s, 6, 3, &found));
            at5 += found.p <= 0.05, at1 += found.p <= 0.01;
        }
        print_message("# false alarms of 2000 (months alike / not: %d): %d at 5 %%, %d at 1 %%\n",
                      kind, at5, at1);
        assert_in_range(at5, 10, 120); /* 6 % : the season and the variances are estimated */
        assert_in_range(at1, 0, 30);
    }
}

/* 150 companies of 24 segments and 4 measures in which nothing changed: how many get any
 * warning, at 5 % false. And as many in which one segment's measure changes: it is found. */
static void test_companies(void **state)
{
    (void)state;
    enum { COMPANIES = 150, COURSES = 96 };
    double y[MONTHS], count[MONTHS], p[COURSES];
    bool held[COURSES];
    int order[COURSES], alarms = 0, found_it = 0, dated = 0, false_ones = 0;
    for (uint64_t c = 0; c < 2 * COMPANIES; c++) {
        bool shifts = c >= COMPANIES;
        int at = -1;
        for (uint64_t i = 0; i < COURSES; i++) {
            shift found;
            make_course(1000000 + c * COURSES + i, 0.05, shifts && i == 7 ? -0.5 : 0, 20, y, count);
            shift_series s = series_of(y, count);
            assert_true(shift_find(&s, 6, 3, &found));
            p[i] = found.p;
            if (i == 7) at = found.at;
        }
        int n = shift_hold(p, COURSES, 0.05, held, order);
        if (!shifts) {
            alarms += n > 0;
            continue;
        }
        found_it += held[7];
        dated += held[7] && abs(at - 20) <= 1;
        false_ones += n - held[7];
    }
    print_message("# without a change: %d of %d companies warned; with one: %d found, %d dated"
                  " within a month, %d false beside them\n",
                  alarms, COMPANIES, found_it, dated, false_ones);
    assert_in_range(alarms, 0, 15);
    assert_in_range(found_it, 147, COMPANIES);
    assert_in_range(dated, 140, COMPANIES);
    assert_in_range(false_ones, 0, 25);
}

/* Of 500 steps of known size: intervals that hold the size, the beginning, near 95 %. */
static void test_size_and_date(void **state)
{
    (void)state;
    double y[MONTHS], count[MONTHS];
    int size = 0, date = 0;
    for (uint64_t i = 0; i < 500; i++) {
        shift found;
        make_course(9000000 + i, 0.05, 0.6, 18, y, count);
        shift_series s = series_of(y, count);
        assert_true(shift_find(&s, 6, 3, &found));
        size += !found.gradual && fabs(found.size - 0.6) <= 2.07 * found.error;
        date += found.at_low <= 18 && found.at_high >= 18;
    }
    print_message("# of 500: size held %d, date held %d\n", size, date);
    assert_in_range(size, 460, 498);
    assert_in_range(date, 465, 500);
}

/* 100 companies of 60 courses, of which none or three change by half a month's spread, seen alone
 * and as a family: a family finds more of them, and no more false ones than were asked for.
 * Spreads differ between courses, so that none is the family's. */
static void test_family(void **state)
{
    (void)state;
    enum { COMPANIES = 100, COURSES = 60, SHIFTS = 3 };
    static double y[COURSES][MONTHS], count[COURSES][MONTHS], room[2 * COURSES];
    int held_true[2] = {0}, alarms[2] = {0};
    double wrong[2] = {0};
    for (uint64_t c = 0; c < 2 * COMPANIES; c++) {
        int shifts = c < COMPANIES ? 0 : SHIFTS, order[COURSES];
        shift_series list[COURSES], learned[COURSES];
        shift_family f;
        ku_rng rng = ku_rng_make(12, c);
        for (uint64_t i = 0; i < COURSES; i++) {
            double between = 0.15 * sqrt(8 / (2 * ku_rng_gamma(&rng, 4))), step = 0;
            if (i < (uint64_t)shifts) step = 0.34;
            make_course(2000000 + c * COURSES + i, between, step, 20, y[i], count[i]);
            learned[i] = list[i] = series_of(y[i], count[i]);
        }
        assert_true(shift_family_learn(learned, COURSES, room, &f));
        for (int kind = 0; kind < 2; kind++) {
            double p[COURSES];
            bool held[COURSES];
            for (int i = 0; i < COURSES; i++) {
                shift found;
                list[i].family = kind == 1 ? &f : NULL;
                assert_true(shift_find(&list[i], 6, 3, &found));
                p[i] = found.p;
            }
            int n = shift_hold(p, COURSES, 0.05, held, order), right = 0;
            for (int i = 0; i < shifts; i++) right += held[i];
            if (shifts == 0) alarms[kind] += n > 0;
            held_true[kind] += right;
            if (n > 0 && shifts > 0) wrong[kind] += (double)(n - right) / n / COMPANIES;
        }
    }
    print_message("# of %d changes found alone %d, as a family %d; companies without any that were"
                  " warned: %d, %d of %d; mean share of false ones %.3f, %.3f\n",
                  SHIFTS * COMPANIES, held_true[0], held_true[1], alarms[0], alarms[1], COMPANIES,
                  wrong[0], wrong[1]);
    assert_true(held_true[1] >= held_true[0] + 20);
    assert_in_range(alarms[1], 0, 10);
    assert_true(wrong[1] <= 0.07);
}

static void test_too_little(void **state)
{
    (void)state;
    double y[MONTHS] = {0}, count[MONTHS] = {0};
    shift found;
    shift_series s = series_of(y, count);
    assert_false(shift_find(&s, 6, 3, &found)); /* nothing known */
    for (int t = 0; t < MONTHS; t++) count[t] = 10;
    assert_false(shift_find(&s, 6, 3, &found)); /* always the same */
    s.periods = 8;
    y[3] = 1;
    assert_false(shift_find(&s, 6, 3, &found)); /* no room for a change */
}

/* R: p.adjust(c(.01, .02, .03, .04, .05, .5, .6, .7, .8, .9), "BH") <= .1 */
static void test_hold(void **state)
{
    (void)state;
    static const double p[10] = {0.9, 0.02, 0.03, 0.04, 0.05, 0.5, 0.6, 0.7, 0.8, 0.01};
    bool held[10];
    int order[10];
    assert_int_equal(shift_hold(p, 10, 0.1, held, order), 5);
    assert_true(held[9] && held[1] && held[4] && !held[5] && !held[0]);
    assert_int_equal(shift_hold(p, 10, 0.05, held, order), 0);
}

/* ---- chains -------------------------------------------------------------------------------------------- */

enum { SEGMENTS = 3, PERIODS = 25 };

static const double truth[SEGMENTS][SEGMENTS] = {
    {0.8, 0.15, 0.05}, {0.2, 0.7, 0.1}, {0, 0.05, 0.95}};

/* Counts of a chain with those shares, differing from period to period by rho. */
static void make_chain(uint64_t stream, double rho, double *moves, double *arrive, double *last)
{
    ku_rng rng = ku_rng_make(5, stream);
    double size[SEGMENTS] = {3000, 2000, 1000};
    memset(moves, 0, sizeof(double) * PERIODS * SEGMENTS * SEGMENTS);
    memset(arrive, 0, sizeof(double) * PERIODS * SEGMENTS);
    for (int t = 1; t < PERIODS; t++) {
        double next[SEGMENTS] = {200, 0, 0};
        arrive[t * SEGMENTS] = 200;
        for (int i = 0; i < SEGMENTS; i++) {
            double share[SEGMENTS], sum = 0, left = size[i], rest = 1;
            for (int j = 0; j < SEGMENTS; j++) {
                share[j] = rho > 0 && truth[i][j] > 0
                               ? ku_rng_gamma(&rng, truth[i][j] * (1 / rho - 1))
                               : truth[i][j];
                sum += share[j];
            }
            for (int j = 0; j < SEGMENTS; j++) {
                double p = fmin(1, share[j] / sum / rest);
                double n = j == SEGMENTS - 1 ? left : chain_binomial(&rng, left, p);
                moves[(t * SEGMENTS + i) * SEGMENTS + j] = n;
                next[j] += n;
                left -= n;
                rest = fmax(rest - share[j] / sum, 1e-12);
            }
        }
        memcpy(size, next, sizeof size);
    }
    memcpy(last, size, sizeof size);
}

static void test_chain(void **state)
{
    (void)state;
    static double moves[PERIODS * SEGMENTS * SEGMENTS], arrive[PERIODS * SEGMENTS];
    double last[SEGMENTS];
    int rejected[2] = {0, 0};
    double rho = 0;
    for (uint64_t i = 0; i < 200; i++)
        for (int kind = 0; kind < 2; kind++) {
            chain c;
            make_chain(i * 2 + (uint64_t)kind, kind * 0.005, moves, arrive, last);
            const chain_counts counts = {SEGMENTS, PERIODS, 12, 3, moves, arrive, NULL};
            chain_fit(&counts, 1, PERIODS - 1, &c);
            rejected[kind] += c.row[1].chance < 0.05;
            if (kind == 1) rho += c.row[1].spread / 200;
            for (int j = 0; j < SEGMENTS; j++)
                check_near("share", truth[1][j], c.row[1].share[j], kind == 0 ? 0.015 : 0.06);
            assert_true(c.row[2].share[0] < 1e-4);
        }
    print_message("# equal shares rejected: %d of 200 where equal, %d where not; rho %.4f\n",
                  rejected[0], rejected[1], rho);
    assert_in_range(rejected[0], 2, 20);
    assert_in_range(rejected[1], 195, 200);
    check_near("rho", 0.005, rho, 0.001);
}

/* 14 months of a chain whose moves into the first segment double in the lively half of the year:
 * told from how much is bought then, before two years of moves are known. */
static void test_lively(void **state)
{
    (void)state;
    enum { KNOWN = 14 };
    static double moves[KNOWN * SEGMENTS * SEGMENTS], arrive[KNOWN * SEGMENTS];
    double lively[12];
    for (int g = 0; g < 12; g++) lively[g] = g < 6 ? 1.3 : 0.7;
    ku_rng rng = ku_rng_make(8, 1);
    for (int t = 1; t < KNOWN; t++)
        for (int i = 0; i < SEGMENTS; i++) {
            double *to = moves + (t * SEGMENTS + i) * SEGMENTS;
            to[0] = chain_binomial(&rng, 2000, t % 12 < 6 ? 0.4 : 0.2);
            to[1] = chain_binomial(&rng, 2000 - to[0], 0.5);
            to[2] = 2000 - to[0] - to[1];
        }
    chain_counts counts = {SEGMENTS, KNOWN, 12, 0, moves, arrive, lively};
    chain c;
    chain_fit(&counts, 1, KNOWN - 1, &c);
    for (int i = 0; i < SEGMENTS; i++) {
        check_near("lively", 0.4, c.row[i].mean[2][0], 0.02);
        check_near("quiet", 0.2, c.row[i].mean[9][0], 0.02);
    }
    counts.lively = NULL;
    chain_fit(&counts, 1, KNOWN - 1, &c);
    check_near("unknown", c.row[0].share[0], c.row[0].mean[2][0], 1e-12);
}

/* One period ahead from a chain whose shares differ: the 80 and 95 % intervals of futures. */
static void test_futures(void **state)
{
    (void)state;
    enum { DRAWS = 400 };
    static double moves[PERIODS * SEGMENTS * SEGMENTS], arrive[PERIODS * SEGMENTS];
    double last[SEGMENTS], coming[1] = {200}, size[SEGMENTS];
    int held80 = 0, held95 = 0;
    for (uint64_t i = 0; i < 300; i++) {
        chain c;
        int below = 0;
        make_chain(5000 + i, 0.004, moves, arrive, last);
        for (int j = 0; j < SEGMENTS; j++) {
            size[j] = 0;
            for (int k = 0; k < SEGMENTS; k++)
                size[j] += moves[((PERIODS - 1) * SEGMENTS + j) * SEGMENTS + k];
        }
        /* all but the last period are known */
        const chain_counts counts = {SEGMENTS, PERIODS - 1, 12, 3, moves, arrive, NULL};
        chain_fit(&counts, 1, PERIODS - 2, &c);
        for (uint64_t k = 0; k < DRAWS; k++) {
            double next[SEGMENTS];
            ku_rng rng = ku_rng_make(6, ku_rng_stream(i, k));
            chain_draw(&c, size, 2, 1, coming, &rng, next);
            below += next[0] < last[0];
            check_near("nobody is lost", size[0] + size[1] + size[2] + 200,
                       next[0] + next[1] + next[2], 1e-12);
        }
        held80 += below >= 0.1 * DRAWS && below <= 0.9 * DRAWS;
        held95 += below >= 0.025 * DRAWS && below <= 0.975 * DRAWS;
    }
    print_message("# of 300 futures: %d in 80 %%, %d in 95 %%\n", held80, held95);
    assert_in_range(held80, 215, 270);
    assert_in_range(held95, 270, 300);
}

/* Mean and variance of n p, n p (1 - p). */
static void test_binomial(void **state)
{
    (void)state;
    static const double cases[][2] = {{5, 0.3}, {200, 0.02}, {100000, 0.4}};
    for (int c = 0; c < 3; c++) {
        double n = cases[c][0], p = cases[c][1], sum = 0, square = 0;
        ku_rng rng = ku_rng_make(3, (uint64_t)c);
        for (int i = 0; i < 20000; i++) {
            double x = chain_binomial(&rng, n, p);
            assert_true(x >= 0 && x <= n);
            sum += x, square += (x - n * p) * (x - n * p);
        }
        double sd = sqrt(n * p * (1 - p));
        check_near("mean", 0, (sum / 20000 - n * p) / sd, 0.03);
        check_near("variance", 1, square / 20000 / (sd * sd), 0.05);
    }
}

/* ---- whole runs ------------------------------------------------------------------------------------------- */

static const char *const id = "customers.dynamics";

static ku_status go_on(whole_run *w, const char *table, const char *text)
{
    whole_forget(w);
    whole_table(w, table, text);
    return whole_go(w, id);
}

/* The row of the warning, or -1. */
static int64_t find_warning(const whole_run *w, const char *group, const char *what)
{
    const ku_frame *warnings = ku_frames_find(&w->out, "warnings");
    for (int64_t i = 0; i < warnings->rows; i++)
        if (strcmp(whole_text(w, "warnings", "segment", i), group) == 0 &&
            strcmp(whole_text(w, "warnings", "measure", i), what) == 0)
            return i;
    return -1;
}

static void check_refused(whole_run *w, ku_status status, const char *words)
{
    assert_int_equal(status, KU_BAD_DATA);
    if (strstr(w->err.message, words) == NULL)
        fail_msg("expected \"%s\", found \"%s\"", words, w->err.message);
}

static void test_bad_input(void **state)
{
    whole_run *w = *state;
    check_refused(w, go_on(w, "sales", "customer,date,amount\nA,2024-01-05,10\nB,2024-01-05,7\n"),
                  "no complete month");
    check_refused(w, go_on(w, "sales", "customer,date,amount\n,2024-01-05,10\n,2024-03-05,7\n"),
                  "known customers");
    check_refused(w, go_on(w, "visits", "amount,x\n10,3\n12,4\n"), "no visit has a day");
    check_refused(w, go_on(w, "visits", "date,x\n2024-01-01,3\n2024-05-01,4\n"),
                  "no visit has an amount");
}

/* Months of one customer, then of many who never come back and of returns alone: tables without
 * a finding, and a word about why. */
static void test_nothing_to_find(void **state)
{
    whole_run *w = *state;
    ku_arena *a = w->arena;
    char *one = ku_arena_strdup(a, "customer,date,amount\n"), *all = one;
    for (int m = 0; m < 24; m++)
        one = ku_arena_printf(a, "%sA,%d-%02d-01,10\nA,%d-%02d-28,-12\n", one, 2023 + m / 12,
                              m % 12 + 1, 2023 + m / 12, m % 12 + 1);
    check_ok(go_on(w, "sales", one), &w->err);
    assert_int_equal(ku_frames_find(&w->out, "warnings")->rows, 0);
    assert_true(whole_remarks(w, "more money was given back"));
    for (int m = 0; m < 24; m++)
        for (int i = 0; i < 4; i++)
            all = ku_arena_printf(a, "%sC%d,%d-%02d-%02d,10\n", all, m * 4 + i, 2023 + m / 12,
                                  m % 12 + 1, 1 + 9 * i);
    check_ok(go_on(w, "sales", all), &w->err);
    assert_int_equal(ku_frames_find(&w->out, "warnings")->rows, 0);
    assert_true(whole_remarks(w, "Nobody bought on a second day"));
}

/* Irish guests over a weekend bring half as much again as the average and shorten their stays. */
static void check_weekend(const whole_run *w)
{
    int64_t row = find_warning(w, "Stay: over a weekend, Country: IRL", "Nights");
    assert_true(row >= 0);
    assert_string_equal(whole_text(w, "warnings", "effect", row), "loses");
    assert_true(whole_number(w, "warnings", "worth", row) > 0.4);
    check_near("nights before", 6.4, whole_number(w, "warnings", "before", row), 0.02);
    check_near("nights now", 5.1, whole_number(w, "warnings", "after", row), 0.02);
    assert_true(whole_number(w, "warnings", "at_stake_hi", row) < 0);
}

/* Antonio, Almeida & Nunes (2019), with the settings as they are: found among everything, and
 * when only the length of stays is looked at. */
static void test_hotels(void **state)
{
    whole_run *w = *state;
    char path[512];
    whole_file(w, "visits", data_path("sales/hotels/hotel_bookings.csv.gz", path, sizeof path));
    if (access(path, R_OK) != 0) {
        print_message("# skipped: the hotel bookings are not here\n");
        skip();
    }
    check_ok(whole_go(w, id), &w->err);
    check_weekend(w);
    whole_param(w, "measures", "Nights");
    whole_param(w, "attributes", "Stay, Hotel, Country");
    check_ok(whole_go(w, id), &w->err);
    check_weekend(w);
}

/* The bookings with the years of whole months interchanged, or those of single bookings of the
 * same month: nothing can have changed. */
static void shuffle_hotels(whole_run *w, const char *from, const char *to, bool single, int seed)
{
    ku_bank *bank;
    ku_session *session;
    ku_bank_options options = {.mode = KU_BANK_WRITE};
    const char *read = ku_arena_printf(
        w->arena,
        "WITH line AS (SELECT * REPLACE (CAST(arrival_date_year AS INTEGER) AS arrival_date_year), "
        "row_number() OVER () AS line FROM read_csv('%s', all_varchar = true))",
        from);
    const char *months = ku_arena_printf(
        w->arena,
        "COPY (%s SELECT * EXCLUDE (line) REPLACE (CASE WHEN arrival_date_month IN ('July', "
        "'August') THEN 2015 + "
        "(arrival_date_year - 2015 + hash(arrival_date_month, %d) %% 3) %% 3 "
        "WHEN hash(arrival_date_month, %d) %% 2 = 0 THEN arrival_date_year "
        "WHEN arrival_date_month IN ('September', 'October', 'November', 'December') "
        "THEN 4031 - arrival_date_year ELSE 4033 - arrival_date_year END AS arrival_date_year) "
        "FROM line) TO '%s' (HEADER)",
        read, seed, seed, to);
    const char *bookings = ku_arena_printf(
        w->arena,
        "COPY (%s, year AS (SELECT arrival_date_month AS month, arrival_date_year AS year, "
        "row_number() OVER (PARTITION BY arrival_date_month ORDER BY arrival_date_year) AS nth "
        "FROM line), mixed AS (SELECT *, row_number() OVER (PARTITION BY arrival_date_month "
        "ORDER BY hash(line, %d)) AS nth FROM line) "
        "SELECT m.* EXCLUDE (line, nth) REPLACE (y.year AS arrival_date_year) FROM mixed m "
        "JOIN year y ON y.month = m.arrival_date_month AND y.nth = m.nth ORDER BY m.line) TO '%s' "
        "(HEADER)",
        read, seed, to);
    check_ok(ku_bank_open(NULL, &options, &bank, &w->err), &w->err);
    check_ok(ku_session_open(bank, &session, &w->err), &w->err);
    check_ok(ku_session_exec(session, single ? bookings : months, NULL, 0, NULL, &w->err), &w->err);
    ku_session_close(session);
    ku_bank_close(bank);
}

/* Of four files in which nothing can have changed at most one is warned of, at one false
 * warning in twenty. (The weekday of arrival hangs on the year, so it is not looked at.) */
static void test_shuffled_hotels(void **state)
{
    whole_run *w = *state;
    char path[512];
    const char *to = ku_arena_printf(w->arena, "%s/mixed.csv", w->folder);
    int warned = 0;
    data_path("sales/hotels/hotel_bookings.csv.gz", path, sizeof path);
    if (access(path, R_OK) != 0) {
        print_message("# skipped: the hotel bookings are not here\n");
        skip();
    }
    whole_file(w, "visits", to);
    whole_param(w, "attributes", "Stay, Hotel, Country, Market segment, Customer type, Guests");
    whole_param(w, "measures", "Nights, Cancelled, Lead time, Revenue of a visit");
    for (int i = 0; i < 4; i++) {
        shuffle_hotels(w, path, to, i % 2 == 1, i);
        check_ok(whole_go(w, id), &w->err);
        int64_t found = whole_rows(w, "warnings");
        print_message("# years of %s interchanged: %lld warnings\n",
                      i % 2 == 1 ? "bookings" : "months", (long long)found);
        warned += found > 0;
    }
    unlink(to);
    assert_in_range(warned, 0, 1);
}

/* The sales of a simulated company as the analysis takes them: the first word of a time is its
 * day. Columns: time, order_id, customer, product, product_group, channel, ..., amount. */
static void write_sales(const whole_run *w)
{
    char line[1024];
    FILE *in = fopen(ku_arena_printf(w->arena, "%s/company/sale.csv", w->folder), "r");
    FILE *out = fopen(ku_arena_printf(w->arena, "%s/rows.csv", w->folder), "w");
    assert_true(in != NULL && out != NULL && fgets(line, sizeof line, in) != NULL);
    fprintf(out, "date,customer,channel,amount\n");
    while (fgets(line, sizeof line, in) != NULL) {
        const char *cell[16] = {line};
        int cells = 1;
        for (char *c = line; *c != '\0' && cells < 16; c++)
            if (*c == ',') *c = '\0', cell[cells++] = c + 1;
        assert_true(cells > 11);
        fprintf(out, "%.10s,%s,%s,%s\n", cell[0], cell[2], cell[5], cell[11]);
    }
    fclose(in);
    fclose(out);
}

/* Mean relative error of the forecasts of known periods, and had nothing moved. */
static void check_forecast(const whole_run *w, const char *measure)
{
    const ku_frame *held = ku_frames_find(&w->out, "holdout");
    double error[2] = {0}, rows = 0, in80 = 0, in95 = 0;
    for (int64_t i = 0; i < held->rows; i++) {
        double e = whole_number(w, "holdout", "error", i);
        if (isnan(e) || strcmp(whole_text(w, "holdout", "measure", i), measure) != 0) continue;
        error[0] += fabs(e), error[1] += fabs(whole_number(w, "holdout", "error_unchanged", i));
        in80 += ku_column_bool(ku_frame_column(held, "inside80"), i);
        in95 += ku_column_bool(ku_frame_column(held, "inside95"), i);
        rows++;
    }
    print_message(
        "# %s: error %.3f, had nothing moved %.3f; %.2f in 80 %%, %.2f in 95 %% of %.0f\n", measure,
        error[0] / rows, error[1] / rows, in80 / rows, in95 / rows, rows);
    assert_true(rows > 50 && error[0] <= error[1]);
    assert_true(in80 / rows > 0.65 && in95 / rows > 0.85);
}

/* Everyone who came to a segment in the last period is there by name, with what changed and
 * whether they may be contacted. */
static void check_movers(const whole_run *w)
{
    const ku_frame *flows = ku_frames_find(&w->out, "flows");
    int64_t last = flows->rows - 1, rows = whole_rows(w, "movers");
    int32_t period = ku_frame_column(flows, "period")->as.days[last];
    double came = 0, known = 0;
    for (int64_t i = last; i >= 0 && ku_frame_column(flows, "period")->as.days[i] == period; i--) {
        const char *flow = whole_text(w, "flows", "flow", i);
        if (strcmp(flow, "new customers") == 0 || strcmp(flow, "came from other segments") == 0)
            came += whole_number(w, "flows", "customers", i);
    }
    check_near("movers", came, (double)rows, 0);
    for (int64_t i = 0; i < rows; i++) {
        double change = whole_number(w, "movers", "change", i);
        check_near("change",
                   whole_number(w, "movers", "revenue_to", i) -
                       whole_number(w, "movers", "revenue_from", i),
                   change, 1e-6);
        assert_true(strcmp(whole_text(w, "movers", "segment_from", i),
                           whole_text(w, "movers", "segment_to", i)) != 0);
        assert_true(whole_text(w, "movers", "why", i)[0] != '\0');
        if (i > 0) assert_true(fabs(change) <= fabs(whole_number(w, "movers", "change", i - 1)));
        known += ku_column_valid(
            ku_frame_column(ku_frames_find(&w->out, "movers"), "contact_allowed"), i);
    }
    assert_true(known > 0.9 * (double)rows);
}

/* The connoisseurs change on truth's shift.date, 26 August 2024: they order less, found to the
 * month, and it costs more than any other change. */
static void test_shift_is_found(void **state)
{
    whole_run *w = *state;
    static const char *const only[] = {"sale", "customer"};
    const ku_company_options options = {.out = ku_arena_printf(w->arena, "%s/company", w->folder),
                                        .seed = 1,
                                        .customers = 20000,
                                        .only = only,
                                        .only_count = 2};
    check_ok(ku_simulate_company(&options, NULL, NULL, NULL, &w->err), &w->err);
    write_sales(w);
    whole_file(w, "sales", ku_arena_printf(w->arena, "%s/rows.csv", w->folder));
    whole_file(w, "customer", ku_arena_printf(w->arena, "%s/company/customer.csv", w->folder));
    whole_param(w, "attributes", "Segment, Type");
    check_ok(whole_go(w, id), &w->err);
    int64_t row = find_warning(w, "Connoisseurs", "Purchases a customer and month");
    assert_int_equal(row, 0);
    const ku_frame *warnings = ku_frames_find(&w->out, "warnings");
    /* 2024-08-01 .. 2024-10-01 as days */
    assert_in_range(ku_frame_column(warnings, "since")->as.days[row], 19936, 19997);
    assert_true(whole_number(w, "warnings", "at_stake_hi", row) < 0);
    assert_true(find_warning(w, "Connoisseurs", "Share of web") >= 0);
    assert_true(ku_frames_find(&w->out, "customers")->rows > 0);
    check_forecast(w, "customers");
    check_forecast(w, "revenue");
    check_movers(w);
    static const char *const left[] = {"rows.csv", "company/sale.csv", "company/customer.csv",
                                       "company/truth.json", "company"};
    for (size_t i = 0; i < sizeof left / sizeof *left; i++)
        remove(ku_arena_printf(w->arena, "%s/%s", w->folder, left[i]));
}

int main(int argc, char **argv)
{
    int fd;
    if (ku_worker_asked(argc, argv, &fd)) return ku_worker_main(fd, NULL);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_false_alarms),
        cmocka_unit_test(test_companies),
        cmocka_unit_test(test_size_and_date),
        cmocka_unit_test(test_family),
        cmocka_unit_test(test_too_little),
        cmocka_unit_test(test_hold),
        cmocka_unit_test(test_chain),
        cmocka_unit_test(test_lively),
        cmocka_unit_test(test_futures),
        cmocka_unit_test(test_binomial),
        WHOLE_TEST(test_bad_input),
        WHOLE_TEST(test_nothing_to_find),
        WHOLE_TEST(test_hotels),
        WHOLE_TEST(test_shuffled_hotels),
        WHOLE_TEST(test_shift_is_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
