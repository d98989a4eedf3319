/* value_run.h - for the tests of customers.value: a run from tables of text, looking things up
 * in its results, and what must add up in every result. The run is the state of a test. */
#ifndef KU_TESTS_CUSTOMERS_VALUE_RUN_H
#define KU_TESTS_CUSTOMERS_VALUE_RUN_H

#include <string.h>

#include "base/date.h"
#include "base/file.h"
#include "base/text.h"
#include "check.h"
#include "kemudi/rng.h"
#include "runs/run.h"

#define ID "customers.value"

enum { TABLES = 6 };

typedef struct run {
    ku_arena *arena;
    char folder[64];
    ku_text table[TABLES];
    ku_param_text param[8];
    size_t params;
    unsigned threads;
    ku_run_record record;
    ku_frames out;
    ku_error err;
} run;

static const char *const table_name[TABLES] = {"sales",      "customer", "spend",
                                               "covariates", "renewals", "conditions"};
enum { SALES, CUSTOMER, SPEND, COVARIATES, RENEWALS, CONDITIONS };

static inline int run_new(void **state)
{
    run *r = calloc(1, sizeof *r);
    r->arena = ku_arena_new();
    snprintf(r->folder, sizeof r->folder, "/tmp/kemudi-value-XXXXXX");
    assert_non_null(mkdtemp(r->folder));
    ku_frames_init(&r->out);
    ku_text_add(&r->table[SALES], "customer,date,amount,margin\n");
    *state = r;
    return 0;
}

static inline int run_end(void **state)
{
    run *r = *state;
    ku_folder_remove(r->folder, &r->err);
    for (int i = 0; i < TABLES; i++) ku_text_clear(&r->table[i]);
    ku_frames_clear(&r->out);
    ku_arena_free(r->arena);
    free(r);
    return 0;
}

static inline void with(run *r, const char *name, const char *value)
{
    assert_true(r->params < sizeof r->param / sizeof *r->param);
    r->param[r->params++] = (ku_param_text){name, value};
}

/* A line of sales `day` days after 1 January 2024. */
static inline void put(run *r, const char *customer, int day, double amount, double margin)
{
    char date[KU_DATE_TEXT];
    ku_date_format(ku_date_from_civil(2024, 1, 1) + day, date);
    ku_text_addf(&r->table[SALES], "%s,%s,%.4f,%.4f\n", customer, date, amount, margin);
}

static inline ku_status go(run *r)
{
    ku_table_file files[TABLES];
    size_t count = 0;
    for (int i = 0; i < TABLES; i++) {
        if (r->table[i].length == 0) continue;
        const char *path = ku_arena_printf(r->arena, "%s/%s.csv", r->folder, table_name[i]);
        check_ok(ku_file_write(path, r->table[i].bytes, r->table[i].length, 0600, &r->err),
                 &r->err);
        files[count++] = (ku_table_file){table_name[i], path};
    }
    ku_run_request request = {.analysis = ku_analysis_find(ID),
                              .params = r->param,
                              .param_count = r->params,
                              .files = files,
                              .file_count = count,
                              .seed = 1,
                              .threads = r->threads};
    ku_frames_clear(&r->out);
    return ku_run_now(NULL, &request, NULL, NULL, r->arena, &r->record, &r->out, &r->err);
}

static const ku_frame *table(const run *r, const char *name)
{
    const ku_frame *frame = ku_frames_find(&r->out, name);
    if (frame == NULL) fail_msg("no table %s", name);
    return frame;
}

static inline double number(const run *r, const char *name, const char *column, int64_t row)
{
    return ku_column_number(ku_frame_column(table(r, name), column), row);
}

static const char *word(const run *r, const char *name, const char *column, int64_t row)
{
    return ku_column_text(ku_frame_column(table(r, name), column), row, r->arena);
}

/* The first row whose columns hold the words; `b` NULL: one column. */
static inline int64_t row_of(const run *r, const char *name, const char *a, const char *is,
                             const char *b, const char *is_too)
{
    for (int64_t i = 0; i < table(r, name)->rows; i++)
        if (strcmp(word(r, name, a, i), is) == 0 &&
            (b == NULL || strcmp(word(r, name, b, i), is_too) == 0))
            return i;
    fail_msg("table %s has no row with %s", name, is);
    return -1;
}

static inline double figure(const run *r, const char *measure, const char *column)
{
    return number(r, "figures", column, row_of(r, "figures", "measure", measure, NULL, NULL));
}

/* The remark of that check says the words. */
static inline void says(const run *r, ku_severity severity, const char *check, const char *words)
{
    for (size_t i = 0; i < r->record.remark_count; i++) {
        const ku_remark *m = &r->record.remark[i];
        if (strcmp(m->check, check) == 0 && m->severity == severity && strstr(m->text, words))
            return;
    }
    for (size_t i = 0; i < r->record.remark_count; i++)
        print_error("remark %s: %s\n", r->record.remark[i].check, r->record.remark[i].text);
    fail_msg("no remark %s with \"%s\"", check, words);
}

/* ---- what must add up ----------------------------------------------------------------------------- */

static inline void check_bridges(const run *r)
{
    const ku_frame *bridge = table(r, "bridge");
    assert_true(bridge->rows > 0 && bridge->rows % 6 == 0);
    for (int64_t i = 0; i < bridge->rows; i += 6) {
        double level = 0;
        for (int k = 0; k < 5; k++) level += number(r, "bridge", "amount", i + k);
        check_near("bridge ends at the equity", number(r, "bridge", "amount", i + 5), level, 1e-9);
    }
}

static inline void check_groups(const run *r)
{
    const ku_frame *equity = table(r, "equity");
    int64_t all = equity->rows - 1;
    assert_string_equal(word(r, "equity", "kind", all), "all");
    static const char *const kinds[] = {"segment", "channel", "region", "cohort", "contact"};
    static const char *const added[] = {"customers", "equity",    "before", "won",
                                        "lost",      "frequency", "basket"};
    for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++) {
        double sum[7] = {0};
        int64_t groups = 0;
        for (int64_t i = 0; i < all; i++) {
            if (strcmp(word(r, "equity", "kind", i), kinds[k]) != 0) continue;
            for (int a = 0; a < 7; a++) sum[a] += number(r, "equity", added[a], i);
            groups++;
        }
        for (int a = 0; groups > 0 && a < 7; a++)
            check_near(added[a], number(r, "equity", added[a], all), sum[a], 1e-6);
    }
    check_near("equity", number(r, "equity", "equity", all), figure(r, "Customer equity", "value"),
               1e-12);
}

static inline void check_customers(const run *r)
{
    const ku_frame *c = table(r, "customers");
    double value = 0, last = INFINITY;
    for (int64_t i = 0; i < c->rows; i++) {
        double v = number(r, "customers", "value", i), alive = number(r, "customers", "alive", i);
        assert_true(v <= last && alive >= 0 && alive <= 1);
        assert_true(number(r, "customers", "value_lo", i) <= v * 1.000001 + 1e-6);
        assert_true(number(r, "customers", "value_hi", i) >= 0);
        last = v;
        value += v;
    }
    check_near("customers' values", figure(r, "Customer equity", "value"), value, 1e-5);
}

/* ---- a company -------------------------------------------------------------------------------- */

/* Pareto/NBD customers of two years, spend Gamma-Gamma, into the sales of the run; what those
 * of them who bought by then do in the third year is returned. */
typedef struct future {
    double purchases, money;
} future;

enum { YEAR = 365, SOLD = 2 * YEAR };

static inline future put_company(run *r, ku_rng *rng, int customers)
{
    future ahead = {0};
    for (int i = 0; i < customers; i++) {
        double rate = ku_rng_gamma(rng, 1.0) / 40, leave = ku_rng_gamma(rng, 1.5) / 500;
        double each = 30 * 3 / ku_rng_gamma(rng, 4.0);
        int first = (int)ku_rng_below(rng, SOLD), last = -1;
        double life = ku_rng_exponential(rng) / leave, t = 0;
        char name[16];
        snprintf(name, sizeof name, "C%05d", i);
        while (t <= life && first + (int)t < SOLD + YEAR) {
            int day = first + (int)t;
            double money = each * ku_rng_gamma(rng, 5.0) / 5;
            if (day != last && day < SOLD) put(r, name, day, money, money / 2);
            if (day != last && day >= SOLD) {
                ahead.purchases++;
                ahead.money += money / 2;
            }
            last = day;
            t += ku_rng_exponential(rng) / rate;
        }
    }
    put(r, "", SOLD - 1, 10, 5); /* the data reach to this day */
    return ahead;
}

#define RUN(test) cmocka_unit_test_setup_teardown(test, run_new, run_end)

#endif
