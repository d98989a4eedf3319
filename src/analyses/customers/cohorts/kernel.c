/* kernel.c - customers.cohorts: reads the triangles that the extracts counted, chooses by a
 * holdout how to complete each of them, completes them, and says what limits the result. */
#include <math.h>
#include <string.h>

#include "analyses/customers/cohorts/cohorts_internal.h"
#include "base/format.h"

enum { MOST_PERIODS = 120 };

/* ---- periods ------------------------------------------------------------------------------ */

int32_t cohort_day(const cohort_run *r, int period)
{
    ku_civil first = ku_date_to_civil(r->origin);
    int month = first.year * 12 + first.month - 1 + period * r->months;
    return ku_date_from_civil(month / 12, month % 12 + 1, 1);
}

const char *cohort_label(const cohort_run *r, int period)
{
    ku_civil day = ku_date_to_civil(cohort_day(r, period));
    if (r->months == 12) return ku_arena_printf(r->arena, "%04d", day.year);
    if (r->months == 3) return ku_arena_printf(r->arena, "%04d-Q%d", day.year, (day.month + 2) / 3);
    return ku_arena_printf(r->arena, "%04d-%02d", day.year, day.month);
}

/* ---- reading ------------------------------------------------------------------------------ */

static double number_at(const ku_frame *frame, const char *column, int64_t row)
{
    return ku_column_number(ku_frame_column(frame, column), row);
}

static double or_zero(double value)
{
    return isnan(value) ? 0 : value;
}

static ku_status read_span(cohort_run *r, ku_error *err)
{
    const ku_frame *span = ku_frames_find(r->in, "span");
    if (span->rows != 1 || !ku_column_valid(ku_frame_column(span, "first_day"), 0))
        return ku_error_set(err, KU_BAD_DATA, "sales", "there are no sales to look at");
    if (ku_frames_find(r->in, "size")->rows == 0)
        return ku_error_set(err, KU_BAD_DATA, "sales",
                            "no known customer has a day with more bought than sent back; "
                            "expected sales with customers");
    r->period = ku_param_text_value(r->params, "period");
    r->months = strcmp(r->period, "month") == 0 ? 1 : strcmp(r->period, "quarter") == 0 ? 3 : 12;
    r->origin = ku_frame_column(span, "origin")->as.days[0];
    r->periods = (int)number_at(span, "periods", 0);
    r->dormant = (int)number_at(ku_frames_find(r->in, "rhythm"), "dormant", 0);
    if (r->periods <= MOST_PERIODS) return KU_OK;
    r->skipped = r->periods - MOST_PERIODS;
    r->origin = cohort_day(r, r->skipped);
    r->periods = MOST_PERIODS;
    return KU_OK;
}

static cohort_group new_group(const cohort_run *r, const char *name)
{
    cohort_group g = {.name = name};
    size_t periods = (size_t)r->periods;
    ku_civil first = ku_date_to_civil(r->origin);
    g.size = KU_ARRAY(r->arena, periods, double);
    g.first_value = KU_ARRAY(r->arena, periods, double);
    g.repeaters = KU_ARRAY(r->arena, periods, double);
    for (int q = 0; q < QUANTITIES; q++) {
        g.cell[q] = KU_ARRAY(r->arena, periods * periods, double);
        g.triangle[q] = (triangle){.periods = r->periods,
                                   .season = 12 / r->months,
                                   .phase = (first.month - 1) / r->months,
                                   .size = g.size,
                                   .cell = g.cell[q]};
    }
    return g;
}

static cohort_group *find_group(cohort_run *r, const char *name)
{
    for (int g = 1; g < r->groups; g++)
        if (strcmp(r->group[g].name, name) == 0) return &r->group[g];
    return NULL;
}

static void add_size(const cohort_run *r, cohort_group *g, const ku_frame *size, int64_t row)
{
    int cohort = (int)number_at(size, "cohort", row) - r->skipped;
    if (g == NULL || cohort < 0 || cohort >= r->periods) return;
    g->size[cohort] += number_at(size, "customers", row);
    g->first_value[cohort] += or_zero(number_at(size, "first_value", row));
    g->repeaters[cohort] += number_at(size, "repeaters", row);
}

static void add_cell(cohort_run *r, cohort_group *g, const ku_frame *cells, int64_t row)
{
    int cohort = (int)number_at(cells, "cohort", row) - r->skipped;
    int age = (int)number_at(cells, "age", row);
    if (g == NULL || cohort < 0 || cohort + age >= r->periods) return;
    size_t at = (size_t)cohort * (size_t)r->periods + (size_t)age;
    g->cell[ACTIVE][at] += number_at(cells, "active", row);
    g->cell[REVENUE][at] += or_zero(number_at(cells, "revenue", row));
    g->cell[MARGIN][at] += or_zero(number_at(cells, "margin", row));
}

/* All customers first; with cohorts divided by origin, each of these after them. */
static void read_groups(cohort_run *r)
{
    const ku_frame *size = ku_frames_find(r->in, "size");
    const ku_frame *cells = ku_frames_find(r->in, "triangle");
    const ku_column *name = ku_frame_column(size, "grp");
    bool divided = strcmp(ku_param_text_value(r->params, "by"), "none") != 0;
    r->group = KU_ARRAY(r->arena, (size_t)(divided ? size->rows : 0) + 1, cohort_group);
    r->group[0] = new_group(r, "All customers");
    r->groups = 1;
    for (int64_t row = 0; row < size->rows; row++) {
        const char *text = ku_column_text(name, row, r->arena);
        if (divided && find_group(r, text) == NULL) r->group[r->groups++] = new_group(r, text);
        add_size(r, &r->group[0], size, row);
        add_size(r, find_group(r, text), size, row);
    }
    name = ku_frame_column(cells, "grp");
    for (int64_t row = 0; row < cells->rows; row++) {
        add_cell(r, &r->group[0], cells, row);
        if (divided) add_cell(r, find_group(r, ku_column_text(name, row, r->arena)), cells, row);
        if (!isnan(number_at(cells, "margin", row))) r->has_margin = true;
    }
}

static void read_spend(cohort_run *r)
{
    const ku_frame *spend = ku_frames_find(r->in, "spending");
    if (spend->rows == 0) return;
    r->spend = KU_ARRAY(r->arena, (size_t)r->periods, double);
    for (int64_t row = 0; row < spend->rows; row++) {
        int at = (int)number_at(spend, "slot", row) - r->skipped;
        if (at >= 0 && at < r->periods) r->spend[at] += or_zero(number_at(spend, "amount", row));
    }
}

/* ---- choosing and completing -------------------------------------------------------------- */

static const project_method share_methods[] = {PROJECT_SMOOTH, PROJECT_GEOMETRIC, PROJECT_AVERAGE};
static const project_method money_methods[] = {PROJECT_SMOOTH, PROJECT_MACK, PROJECT_POISSON};

static bool is_asked(const cohort_run *r, enum quantity q, project_method *method)
{
    const char *asked = ku_param_text_value(r->params, q == ACTIVE ? "retention" : "money");
    for (int m = 0; m < PROJECT_METHODS; m++)
        if (strcmp(asked, project_name((project_method)m)) == 0) {
            *method = (project_method)m;
            return true;
        }
    return false;
}

/* The least interval score of the holdout; the smooth model where there was none. */
static void choose(cohort_run *r, enum quantity q)
{
    const project_method *methods = q == ACTIVE ? share_methods : money_methods;
    double least = INFINITY;
    r->method[q] = PROJECT_SMOOTH;
    for (int i = 0; i < 3; i++) {
        holdout_score *score = &r->score[q][methods[i]];
        holdout_run(&r->group[0].triangle[q], q == ACTIVE, methods[i], r->arena, score);
        if (score->cells > 0 && score->score < least) {
            least = score->score;
            r->method[q] = methods[i];
        }
    }
    is_asked(r, q, &r->method[q]);
}

/* A year beyond the age of the oldest cohort, so that all cohorts can be added up for as long. */
static int far_ages(const cohort_run *r)
{
    return r->ages + 12 / r->months;
}

/* Money with intervals as wide as what was held back asks for. */
static bool complete_by(const cohort_run *r, const cohort_group *g, enum quantity q,
                        project_method method, int ages, projection *out)
{
    const triangle *t = &g->triangle[q];
    if (!project(t, q == ACTIVE, method, ages, r->arena, out)) return false;
    if (q != ACTIVE) projection_widen(out, t->periods, holdout_width(t, method, r->arena));
    return true;
}

/* What the chain ladder cannot reach, the smooth model adds: unless the ladder was asked for. */
static void look_ahead(cohort_run *r, cohort_group *g, enum quantity q, bool asked)
{
    bool ladder = r->method[q] == PROJECT_MACK || r->method[q] == PROJECT_POISSON;
    if (g->has_projection[q] && !ladder) g->ahead[q] = &g->projection[q];
    if (g != r->group || !ladder || asked) return;
    projection *far = KU_NEW(r->arena, projection);
    if (complete_by(r, g, q, PROJECT_SMOOTH, far_ages(r), far)) g->ahead[q] = far;
}

static void complete(cohort_run *r, cohort_group *g, enum quantity q)
{
    project_method asked;
    bool ladder = r->method[q] == PROJECT_MACK || r->method[q] == PROJECT_POISSON;
    g->has_projection[q] = complete_by(r, g, q, r->method[q], ladder ? r->periods : far_ages(r),
                                       &g->projection[q]);
    if (!g->has_projection[q] && r->method[q] != PROJECT_SMOOTH)
        g->has_projection[q] = complete_by(r, g, q, PROJECT_SMOOTH, far_ages(r), &g->projection[q]);
    look_ahead(r, g, q, is_asked(r, q, &asked));
}

static void complete_all(cohort_run *r)
{
    int last = r->has_margin ? MARGIN : REVENUE;
    for (int q = ACTIVE; q <= last; q++) {
        ku_run_progress(r->context, 0.1 + 0.3 * q, "comparing ways to complete the triangles");
        choose(r, (enum quantity)q);
        for (int g = 0; g < r->groups && !ku_run_cancelled(r->context); g++)
            complete(r, &r->group[g], (enum quantity)q);
    }
}

/* ---- remarks ------------------------------------------------------------------------------ */

static void remark_unknown(const cohort_run *r, const ku_frame *span)
{
    char lines[KU_NUMBER_TEXT], money[KU_NUMBER_TEXT];
    double unknown = number_at(span, "unknown_lines", 0);
    double revenue = number_at(span, "revenue", 0), part = number_at(span, "unknown_revenue", 0);
    if (unknown > 0)
        ku_run_remark(
            r->context, revenue > 0 && part > 0.2 * revenue ? KU_WARN : KU_NOTE, "customer",
            "%s lines have no customer; their revenue of %s (%.1f %% of all) is in no "
            "cohort.",
            ku_format_fixed(lines, unknown, 0, NULL), ku_format_number(money, part, "money", NULL),
            revenue > 0 ? 100 * part / revenue : 0);
}

static void remark_returns(const cohort_run *r, const ku_frame *span)
{
    const ku_frame *size = ku_frames_find(r->in, "size");
    double all = 0;
    for (int64_t row = 0; row < size->rows; row++) all += number_at(size, "customers", row);
    double without = number_at(span, "customers", 0) - all;
    if (without > 0)
        ku_run_remark(r->context, KU_NOTE, "returns",
                      "%.0f %s sent back at least as much as bought on every day; in no cohort.",
                      without, without == 1 ? "customer" : "customers");
    double costed = number_at(span, "costed_revenue", 0),
           known = number_at(span, "known_revenue", 0);
    if (!r->has_margin)
        ku_run_remark(r->context, KU_NOTE, "margin",
                      "No costs are known, so there is no margin; give sales with a margin, or "
                      "costs in the bank.");
    else if (costed < 0.995 * known)
        ku_run_remark(r->context, KU_WARN, "margin",
                      "Costs are known for %.0f %% of revenue; the margin covers only that part.",
                      known > 0 ? 100 * costed / known : 0);
}

static void remark_time(const cohort_run *r, const ku_frame *span)
{
    int32_t last = ku_frame_column(span, "last_day")->as.days[0];
    int32_t finish = ku_frame_column(span, "finish")->as.days[0];
    char day[KU_DATE_TEXT];
    if (last >= finish)
        ku_run_remark(r->context, KU_NOTE, "unfinished",
                      "The last %s is not over in the data: sales from %s on are left out.",
                      r->period, ku_date_show(finish, day));
    if (last + 1 < finish)
        ku_run_remark(r->context, KU_WARN, "unfinished",
                      "The data do not reach over a whole %s; its figures are too low.", r->period);
    if (r->skipped > 0)
        ku_run_remark(r->context, KU_NOTE, "old",
                      "Cohorts are shown for the last %d periods; customers won earlier are in the "
                      "table of customers and in the states only.",
                      r->periods);
    if (r->periods < 3)
        ku_run_remark(r->context, KU_WARN, "short",
                      "There %s %d %s%s of data; nothing is projected from fewer than three.",
                      r->periods == 1 ? "is" : "are", r->periods, r->period,
                      r->periods == 1 ? "" : "s");
}

/* Those who bought before the data begin seem new in its first periods. */
static void look_at_first(cohort_run *r)
{
    const cohort_group *all = &r->group[0];
    if (r->periods < 4 || r->skipped > 0 || all->size[0] < 30) return;
    double later = 0, repeat = 0, people = 0;
    for (int c = 1; c < r->periods; c++) later += all->size[c];
    later /= r->periods - 1;
    for (int c = 1; c < r->periods - 1; c++) {
        repeat += triangle_at(&all->triangle[ACTIVE], c, 1);
        people += all->size[c];
    }
    double first = all->size[0] > 0 ? triangle_at(&all->triangle[ACTIVE], 0, 1) / all->size[0] : 0;
    double usual = people > 0 ? repeat / people : 0;
    r->has_old = first > 1.15 * usual && all->size[0] > 0.5 * later;
    if (r->has_old)
        ku_run_remark(r->context, KU_NOTE, "first",
                      "The first cohort (%s) has %.0f customers, of whom %.0f %% came back in the "
                      "next %s; later ones have %.0f on average, and %.0f %% came back. It "
                      "probably holds old customers who bought before the data begin; it does "
                      "not count for the levels of the others.",
                      cohort_label(r, 0), all->size[0], 100 * first, r->period, later, 100 * usual);
}

static void remark_choice(const cohort_run *r)
{
    static const char *const what[QUANTITIES] = {"share of active customers", "revenue", "margin"};
    for (int q = 0; q < QUANTITIES; q++) {
        const holdout_score *best = &r->score[q][r->method[q]];
        if (q == MARGIN && !r->has_margin) continue;
        if (r->periods >= 3 && !r->group[0].has_projection[q])
            ku_run_remark(r->context, KU_WARN, "projection",
                          "The %s cannot be projected: too few customers came back, or what they "
                          "brought is not above zero.",
                          what[q]);
        else if (best->cells >= 20 && best->inside95 < 0.85)
            ku_run_remark(r->context, KU_WARN, "holdout",
                          "On the periods held back, %.0f %% of the 95 %% intervals of the %s held "
                          "the truth: trust the projection less than its interval says.",
                          100 * best->inside95, what[q]);
    }
}

/* ---- the run ------------------------------------------------------------------------------ */

ku_status cohorts_run(const ku_frames *in, const ku_params *params, ku_run_context *context,
                      ku_frames *out, ku_error *err)
{
    cohort_run r = {.in = in, .params = params, .context = context, .arena = ku_run_arena(context)};
    const ku_frame *span = ku_frames_find(in, "span");
    KU_TRY(read_span(&r, err));
    read_groups(&r);
    read_spend(&r);
    r.ages = ku_param_set(params, "ages") ? (int)ku_param_int(params, "ages") + 1 : r.periods;
    r.within = ku_param_set(params, "within") ? (int)ku_param_int(params, "within")
                                              : (r.months == 1   ? 12
                                                 : r.months == 3 ? 4
                                                                 : 3);
    if (r.ages < r.periods) r.ages = r.periods;
    if (r.ages < r.within && r.periods >= 3) r.ages = r.within;
    remark_unknown(&r, span);
    remark_returns(&r, span);
    remark_time(&r, span);
    look_at_first(&r);
    complete_all(&r);
    remark_choice(&r);
    return cohorts_put_tables(&r, out, err);
}
