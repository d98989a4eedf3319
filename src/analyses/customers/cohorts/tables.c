/* tables.c - the outputs of customers.cohorts from the triangles and their completions. */
#include <math.h>
#include <string.h>

#include "analyses/customers/cohorts/cohorts_internal.h"
#include "analyses/customers/cohorts/interval.h"

static double number_at(const ku_frame *frame, const char *column, int64_t row)
{
    return ku_column_number(ku_frame_column(frame, column), row);
}

static size_t place(const projection *p, int cohort, int age)
{
    return (size_t)cohort * (size_t)p->ages + (size_t)age;
}

/* Ages that a cohort's rows go up to: those seen, and those projected. */
static int last_age(const cohort_run *r, const cohort_group *g, enum quantity q, int cohort)
{
    int known = r->periods - cohort;
    int ages = r->ages < g->projection[q].ages ? r->ages : g->projection[q].ages;
    return g->has_projection[q] && ages > known ? ages : known;
}

/* The columns that every cell begins with; returns the next column. */
static int put_head(ku_frame_builder *table, const cohort_run *r, const cohort_group *g, int cohort,
                    int age)
{
    ku_build_text(table, 0, g->name);
    ku_build_text(table, 1, cohort_label(r, cohort));
    ku_build_int(table, 2, age);
    ku_build_date(table, 3, cohort_day(r, cohort + age));
    ku_build_text(table, 4, age < r->periods - cohort ? "actual" : "projected");
    ku_build_int(table, 5, (int64_t)g->size[cohort]);
    return 6;
}

static void put_range(ku_frame_builder *table, int column, range r, double by)
{
    ku_build_double(table, column, r.lo / by);
    ku_build_double(table, column + 1, r.hi / by);
}

/* ---- triangles ---------------------------------------------------------------------------- */

static void put_share(ku_frame_builder *table, const cohort_run *r, const cohort_group *g,
                      int cohort, int age)
{
    int at = put_head(table, r, g, cohort, age);
    double n = g->size[cohort], share;
    if (age < r->periods - cohort) {
        double active = triangle_at(&g->triangle[ACTIVE], cohort, age);
        ku_build_double(table, at, active);
        share = active / n;
    } else {
        const projection *p = &g->projection[ACTIVE];
        double mean = p->cell[place(p, cohort, age)], error = p->cell_error[place(p, cohort, age)];
        range wide = range_of_count(n, mean, error, RANGE_95);
        ku_build_double(table, at, mean);
        put_range(table, at + 1, wide, 1);
        share = mean / n;
        put_range(table, at + 4, wide, n);
        put_range(table, at + 6, range_of_count(n, mean, error, RANGE_80), n);
    }
    ku_build_double(table, at + 3, share);
    if (age > 0) ku_build_double(table, at + 8, share);
    ku_build_row(table);
}

static ku_frame_builder *put_retention(const cohort_run *r)
{
    ku_frame_builder *table = ku_run_output(r->context, "retention");
    for (int g = 0; g < r->groups; g++)
        for (int c = 0; c < r->periods; c++)
            for (int age = 0; age < last_age(r, &r->group[g], ACTIVE, c); age++)
                if (r->group[g].size[c] > 0) put_share(table, r, &r->group[g], c, age);
    return table;
}

static void put_money_ahead(ku_frame_builder *table, int at, const projection *p, double seen,
                            double n, int cohort, int age)
{
    size_t cell = place(p, cohort, age);
    range wide = range_of_money(p->ahead[cell], p->ahead_error[cell], RANGE_95);
    range narrow = range_of_money(p->ahead[cell], p->ahead_error[cell], RANGE_80);
    ku_build_double(table, at, p->cell[cell]);
    put_range(table, at + 1, range_of_money(p->cell[cell], p->cell_error[cell], RANGE_95), 1);
    range total = {seen + wide.lo, seen + wide.hi}, inner = {seen + narrow.lo, seen + narrow.hi};
    ku_build_double(table, at + 3, seen + p->ahead[cell]);
    put_range(table, at + 4, total, 1);
    ku_build_double(table, at + 6, (seen + p->ahead[cell]) / n);
    put_range(table, at + 7, total, n);
    put_range(table, at + 9, inner, n);
}

static void put_money_cohort(ku_frame_builder *table, const cohort_run *r, const cohort_group *g,
                             enum quantity q, int cohort)
{
    double seen = 0, n = g->size[cohort];
    for (int age = 0; age < last_age(r, g, q, cohort); age++) {
        int at = put_head(table, r, g, cohort, age);
        if (age < r->periods - cohort) {
            double amount = triangle_at(&g->triangle[q], cohort, age);
            seen += amount;
            ku_build_double(table, at, amount);
            ku_build_double(table, at + 3, seen);
            ku_build_double(table, at + 6, seen / n);
        } else {
            put_money_ahead(table, at, &g->projection[q], seen, n, cohort, age);
        }
        ku_build_row(table);
    }
}

static ku_frame_builder *put_money(const cohort_run *r, enum quantity q, const char *name)
{
    ku_frame_builder *table = ku_run_output(r->context, name);
    if (q == MARGIN && !r->has_margin) return table;
    for (int g = 0; g < r->groups; g++)
        for (int c = 0; c < r->periods; c++)
            if (r->group[g].size[c] > 0) put_money_cohort(table, r, &r->group[g], q, c);
    return table;
}

/* ---- the course over age ------------------------------------------------------------------- */

static void put_seen_course(ku_frame_builder *table, const cohort_run *r, const cohort_group *g)
{
    for (int age = 0; age < r->periods; age++) {
        double active = 0, people = 0;
        for (int c = r->has_old; c < r->periods - age; c++) {
            active += triangle_at(&g->triangle[ACTIVE], c, age);
            people += g->size[c];
        }
        if (people <= 0) continue;
        ku_build_text(table, 0, g->name);
        ku_build_text(table, 1, "Seen");
        ku_build_int(table, 2, age);
        ku_build_double(table, 3, active / people);
        ku_build_row(table);
    }
}

static void put_expected_course(ku_frame_builder *table, const cohort_run *r, const cohort_group *g)
{
    const projection *p = &g->projection[ACTIVE];
    for (int age = 0; age < r->ages && age < p->ages; age++) {
        ku_build_text(table, 0, g->name);
        ku_build_text(table, 1, "New cohort");
        ku_build_int(table, 2, age);
        ku_build_double(table, 3, p->curve[age]);
        put_range(table, 4, range_of_share(p->curve[age], p->curve_error[age], RANGE_95), 1);
        put_range(table, 6, range_of_share(p->curve[age], p->curve_error[age], RANGE_80), 1);
        ku_build_row(table);
    }
}

static ku_frame_builder *put_course(const cohort_run *r)
{
    ku_frame_builder *table = ku_run_output(r->context, "course");
    for (int g = 0; g < r->groups; g++) {
        put_seen_course(table, r, &r->group[g]);
        if (r->group[g].has_projection[ACTIVE]) put_expected_course(table, r, &r->group[g]);
    }
    return table;
}

/* ---- what comes from customers already won -------------------------------------------------- */

static void put_past(ku_frame_builder *table, const cohort_run *r, int period)
{
    const cohort_group *g = &r->group[0];
    double sum[QUANTITIES] = {0};
    for (int q = 0; q < QUANTITIES; q++)
        for (int c = 0; c <= period; c++) sum[q] += triangle_at(&g->triangle[q], c, period - c);
    ku_build_date(table, 0, cohort_day(r, period));
    ku_build_text(table, 1, "actual");
    for (int q = 0; q < QUANTITIES; q++)
        if (q != MARGIN || r->has_margin) ku_build_double(table, 2 + 3 * q, sum[q]);
    ku_build_row(table);
}

static void put_ahead(ku_frame_builder *table, const cohort_run *r, int step)
{
    const cohort_group *g = &r->group[0];
    ku_build_date(table, 0, cohort_day(r, r->periods + step));
    ku_build_text(table, 1, "projected");
    for (int q = 0; q < QUANTITIES; q++) {
        const projection *p = g->ahead[q];
        if (p == NULL || step >= p->ages - r->periods || p->sum_error[step] <= 0) continue;
        ku_build_double(table, 2 + 3 * q, p->sum[step]);
        put_range(table, 3 + 3 * q, range_of_money(p->sum[step], p->sum_error[step], RANGE_95), 1);
    }
    ku_build_row(table);
}

/* A year ahead, as far as every cohort is projected. */
static ku_frame_builder *put_outlook(const cohort_run *r)
{
    ku_frame_builder *table = ku_run_output(r->context, "outlook");
    int steps = 12 / r->months;
    for (int period = 0; period < r->periods; period++) put_past(table, r, period);
    for (int h = 0; h < steps && r->group[0].has_projection[ACTIVE]; h++) put_ahead(table, r, h);
    return table;
}

/* ---- states ------------------------------------------------------------------------------- */

enum movement { FRESH, RETURNING, RESURRECTED, LOST, RETURNED, MOVEMENTS };

typedef struct flow {
    double customers[MOVEMENTS], revenue[MOVEMENTS], margin[MOVEMENTS];
} flow;

/* By period of all the data, those left out of the triangles too. */
static flow *read_flows(const cohort_run *r)
{
    static const char *const names[MOVEMENTS] = {"new", "returning", "resurrected", "lost",
                                                 "returned"};
    const ku_frame *moves = ku_frames_find(r->in, "movement");
    const ku_column *what = ku_frame_column(moves, "what");
    int periods = r->periods + r->skipped;
    flow *all = KU_ARRAY(r->arena, (size_t)periods, flow);
    for (int64_t row = 0; row < moves->rows; row++) {
        int at = (int)number_at(moves, "slot", row), kind = 0;
        const char *text = ku_column_text(what, row, r->arena);
        while (kind < MOVEMENTS - 1 && strcmp(text, names[kind]) != 0) kind++;
        if (at < 0 || at >= periods) continue;
        double revenue = number_at(moves, "revenue", row), margin = number_at(moves, "margin", row);
        all[at].customers[kind] += number_at(moves, "customers", row);
        all[at].revenue[kind] += isnan(revenue) ? 0 : revenue;
        all[at].margin[kind] += isnan(margin) ? 0 : margin;
    }
    return all;
}

static void put_state(ku_frame_builder *table, const cohort_run *r, int period, const char *state,
                      double customers, double revenue, double margin)
{
    ku_build_date(table, 0, cohort_day(r, period - r->skipped));
    ku_build_text(table, 1, state);
    ku_build_int(table, 2, (int64_t)customers);
    ku_build_double(table, 3, revenue);
    if (r->has_margin) ku_build_double(table, 4, margin);
    ku_build_row(table);
}

static double ratio(double part, double whole)
{
    return whole > 0 ? part / whole : NAN;
}

static void put_balance(ku_frame_builder *table, const cohort_run *r, int period, const flow *f,
                        double paused, double dormant)
{
    ku_build_date(table, 0, cohort_day(r, period - r->skipped));
    ku_build_int(table, 1, (int64_t)f->customers[FRESH]);
    ku_build_int(table, 2, (int64_t)f->customers[RETURNING]);
    ku_build_int(table, 3, (int64_t)f->customers[RESURRECTED]);
    ku_build_int(table, 4, (int64_t)f->customers[LOST]);
    ku_build_int(table, 5, (int64_t)paused);
    ku_build_int(table, 6, (int64_t)dormant);
    ku_build_double(table, 7,
                    ratio(f->customers[FRESH] + f->customers[RESURRECTED], f->customers[LOST]));
    ku_build_double(table, 8, f->revenue[FRESH] + f->revenue[RESURRECTED]);
    ku_build_double(table, 9, f->revenue[LOST]);
    ku_build_double(table, 10,
                    ratio(f->revenue[FRESH] + f->revenue[RESURRECTED], f->revenue[LOST]));
    ku_build_row(table);
}

static void put_states(const cohort_run *r, ku_frame_builder **states, ku_frame_builder **balance)
{
    const flow *all = read_flows(r);
    double known = 0, dormant = 0;
    *states = ku_run_output(r->context, "states");
    *balance = ku_run_output(r->context, "balance");
    for (int period = 0; period < r->periods + r->skipped; period++) {
        const flow *f = &all[period];
        double active = f->customers[FRESH] + f->customers[RETURNING] + f->customers[RESURRECTED];
        known += f->customers[FRESH];
        dormant += f->customers[LOST] - f->customers[RESURRECTED];
        double paused = known - active - dormant;
        put_state(*states, r, period, "Returning", f->customers[RETURNING], f->revenue[RETURNING],
                  f->margin[RETURNING]);
        put_state(*states, r, period, "Resurrected", f->customers[RESURRECTED],
                  f->revenue[RESURRECTED], f->margin[RESURRECTED]);
        put_state(*states, r, period, "New", f->customers[FRESH], f->revenue[FRESH],
                  f->margin[FRESH]);
        put_state(*states, r, period, "Pausing", paused, 0, 0);
        put_state(*states, r, period, "Dormant", dormant, 0, 0);
        put_balance(*balance, r, period, f, paused, dormant);
    }
}

/* ---- cohorts ------------------------------------------------------------------------------ */

/* What one customer of a cohort brings by an age, seen and ahead. */
typedef struct value {
    double seen, mean;
    range limits;
    bool known; /* the projection reaches so far */
} value;

static value value_at(const cohort_run *r, const cohort_group *g, enum quantity q, int cohort,
                      int ages)
{
    int known = r->periods - cohort;
    value v = {.known = true};
    for (int age = 0; age < known && age < ages; age++)
        v.seen += triangle_at(&g->triangle[q], cohort, age);
    v.mean = v.limits.lo = v.limits.hi = v.seen;
    if (ages <= known) return v;
    const projection *p = &g->projection[q];
    v.known = g->has_projection[q] && ages <= p->ages;
    if (!v.known) return v;
    size_t at = place(p, cohort, ages - 1);
    v.limits = range_of_money(p->ahead[at], p->ahead_error[at], RANGE_95);
    v.mean += p->ahead[at];
    v.limits.lo += v.seen;
    v.limits.hi += v.seen;
    return v;
}

static void put_value(ku_frame_builder *table, int column, const cohort_run *r,
                      const cohort_group *g, enum quantity q, int cohort)
{
    value v = value_at(r, g, q, cohort, r->within);
    double n = g->size[cohort];
    ku_build_double(table, column, v.seen / n);
    if (!v.known) return;
    ku_build_double(table, column + 1, v.mean / n);
    if (r->within > r->periods - cohort) put_range(table, column + 2, v.limits, n);
}

/* The first age at which the cohort has brought as much as it cost: as expected, at worst and
 * at best; -1 when not within what is projected. */
static void put_payback(ku_frame_builder *table, int column, const cohort_run *r,
                        const cohort_group *g, int cohort)
{
    enum quantity q = r->has_margin ? MARGIN : REVENUE;
    double spend = r->spend[cohort];
    int mean = -1, best = -1, worst = -1;
    if (spend <= 0) return;
    ku_build_double(table, column, spend);
    ku_build_double(table, column + 1, spend / g->size[cohort]);
    for (int age = 0; age < last_age(r, g, q, cohort); age++) {
        value v = value_at(r, g, q, cohort, age + 1);
        if (v.mean >= spend && mean < 0) mean = age;
        if (v.limits.hi >= spend && best < 0) best = age;
        if (v.limits.lo >= spend && worst < 0) worst = age;
    }
    if (mean >= 0) ku_build_int(table, column + 2, mean);
    if (best >= 0) ku_build_int(table, column + 3, best);
    if (worst >= 0) ku_build_int(table, column + 4, worst);
}

static void put_cohort(ku_frame_builder *table, const cohort_run *r, const cohort_group *g, int c)
{
    double n = g->size[c], revenue = 0, margin = 0;
    for (int age = 0; age < r->periods - c; age++) {
        revenue += triangle_at(&g->triangle[REVENUE], c, age);
        margin += triangle_at(&g->triangle[MARGIN], c, age);
    }
    ku_build_text(table, 0, g->name);
    ku_build_text(table, 1, cohort_label(r, c));
    ku_build_date(table, 2, cohort_day(r, c));
    ku_build_int(table, 3, (int64_t)n);
    ku_build_int(table, 4, r->periods - c);
    ku_build_double(table, 5, g->repeaters[c] / n);
    ku_build_double(table, 6, g->first_value[c] / n);
    ku_build_double(table, 7, revenue);
    put_value(table, 8, r, g, REVENUE, c);
    if (r->has_margin) {
        ku_build_double(table, 12, margin);
        put_value(table, 13, r, g, MARGIN, c);
    }
    if (r->spend != NULL && g == &r->group[0]) put_payback(table, 17, r, g, c);
    ku_build_row(table);
}

static ku_frame_builder *put_cohorts(const cohort_run *r)
{
    ku_frame_builder *table = ku_run_output(r->context, "cohorts");
    for (int g = 0; g < r->groups; g++)
        for (int c = 0; c < r->periods; c++)
            if (r->group[g].size[c] > 0) put_cohort(table, r, &r->group[g], c);
    return table;
}

/* ---- the holdout, and customers ------------------------------------------------------------ */

static ku_frame_builder *put_holdout(const cohort_run *r)
{
    static const char *const what[QUANTITIES] = {"active customers", "revenue", "margin"};
    ku_frame_builder *table = ku_run_output(r->context, "holdout");
    for (int q = 0; q < QUANTITIES; q++)
        for (int m = 0; m < PROJECT_METHODS; m++) {
            const holdout_score *score = &r->score[q][m];
            if (score->cells == 0) continue;
            ku_build_text(table, 0, what[q]);
            ku_build_text(table, 1, project_name((project_method)m));
            ku_build_bool(table, 2, r->method[q] == (project_method)m);
            ku_build_int(table, 3, score->cells);
            ku_build_double(table, 4, score->miss);
            ku_build_double(table, 5, score->bias);
            ku_build_double(table, 6, score->inside80);
            ku_build_double(table, 7, score->inside95);
            ku_build_double(table, 8, score->score);
            ku_build_row(table);
        }
    return table;
}

static const char *state_of(const cohort_run *r, int last, int before, int cohort)
{
    int now = r->periods + r->skipped - 1;
    if (now - last > r->dormant) return "Dormant";
    if (last < now) return "Pausing";
    if (cohort == now) return "New";
    return before >= 0 && last - before > r->dormant ? "Resurrected" : "Returning";
}

static void put_customer(ku_frame_builder *table, const cohort_run *r, const ku_frame *people,
                         const ku_column *const *column, int64_t row)
{
    enum {
        NAME,
        GROUP,
        COHORT,
        FIRST,
        LAST,
        PURCHASES,
        REVENUE_SUM,
        MARGIN_SUM,
        LAST_AT,
        BEFORE,
        AGES
    };
    (void)people;
    int cohort = (int)ku_column_number(column[COHORT], row);
    double before = ku_column_number(column[BEFORE], row);
    int32_t length;
    const ku_column *name = column[NAME];
    const char *text = ku_dictionary_at(&name->dictionary, name->as.codes[row], &length);
    ku_build_textn(table, 0, text, (size_t)length);
    ku_build_text(table, 1, cohort_label(r, cohort - r->skipped));
    text = ku_dictionary_at(&column[GROUP]->dictionary, column[GROUP]->as.codes[row], &length);
    ku_build_textn(table, 2, text, (size_t)length);
    ku_build_text(table, 3,
                  state_of(r, (int)ku_column_number(column[LAST_AT], row),
                           isnan(before) ? -1 : (int)before, cohort));
    ku_build_date(table, 4, column[FIRST]->as.days[row]);
    ku_build_date(table, 5, column[LAST]->as.days[row]);
    ku_build_int(table, 6, (int64_t)ku_column_number(column[PURCHASES], row));
    ku_build_double(table, 7, ku_column_number(column[REVENUE_SUM], row));
    ku_build_double(table, 8, ku_column_number(column[MARGIN_SUM], row));
    text = ku_dictionary_at(&column[AGES]->dictionary, column[AGES]->as.codes[row], &length);
    ku_build_textn(table, 9, text, (size_t)length);
    ku_build_row(table);
}

static ku_frame_builder *put_customers(const cohort_run *r)
{
    static const char *const names[] = {"customer", "grp",         "cohort",  "first_day",
                                        "last_day", "purchases",   "revenue", "margin",
                                        "last_at",  "before_last", "ages"};
    const ku_frame *people = ku_frames_find(r->in, "people");
    const ku_column *column[sizeof names / sizeof *names];
    ku_frame_builder *table = ku_run_output(r->context, "customers");
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        column[i] = ku_frame_column(people, names[i]);
    for (int64_t row = 0; row < people->rows; row++) put_customer(table, r, people, column, row);
    return table;
}

ku_status cohorts_put_tables(const cohort_run *r, ku_frames *out, ku_error *err)
{
    ku_frame_builder *states, *balance;
    put_states(r, &states, &balance);
    ku_frame_builder *tables[] = {put_cohorts(r),
                                  put_retention(r),
                                  put_course(r),
                                  put_money(r, REVENUE, "revenue"),
                                  put_money(r, MARGIN, "margin"),
                                  put_outlook(r),
                                  states,
                                  balance,
                                  put_holdout(r),
                                  put_customers(r)};
    return ku_frames_add_all(out, tables, sizeof tables / sizeof *tables, err);
}
