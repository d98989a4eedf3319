/* report.c - the tables of what was estimated and how well it forecast: parameters, fit,
 * holdout, course. */
#include <math.h>
#include <string.h>

#include "analyses/customers/value/value.h"
#include "num/cumulative.h"

enum { GROUPS = 8, COURSE_ROWS = 20000 };

static const double z95 = 1.959963984540054;

static const char *const with_conditions = "Pareto/NBD with conditions";

static const char *data_of(const value_case *c, bool all)
{
    return all || c->same ? "all sales looked at" : "sales before the holdout";
}

/* ---- parameters ------------------------------------------------------------------------------ */

static void put_parameter(ku_frame_builder *b, const char *model, const char *data,
                          const char *name, double estimate, double se, bool positive)
{
    double reach = positive ? exp(z95 * se / estimate) : 0;
    ku_build_text(b, 0, model);
    ku_build_text(b, 1, data);
    ku_build_text(b, 2, name);
    ku_build_double(b, 3, estimate);
    bool known = isfinite(se) && (!positive || isfinite(reach));
    ku_build_double(b, 4, isfinite(se) ? se : NAN);
    ku_build_double(b, 5, !known ? NAN : positive ? estimate / reach : estimate - z95 * se);
    ku_build_double(b, 6, !known ? NAN : positive ? estimate * reach : estimate + z95 * se);
    ku_build_row(b);
}

/* Of covariates `name`, effects of one unit of them where the fit's is `scale` of it; NULL: 1. */
static void put_named_parameters(const value_case *c, const ku_buying_fit *fit, const char *title,
                                 const char *data, const char *const *name, const double *units,
                                 ku_frame_builder *b)
{
    const ku_buying_model *m = fit->model;
    int at = m->parameters;
    for (int i = 0; i < m->parameters; i++)
        put_parameter(b, title, data, m->parameter[i], fit->parameter[i], fit->se[i], true);
    for (int side = 0; side < 2; side++) {
        if (side == 1 && fit->unknowns - m->parameters <= fit->covariates) break;
        for (int k = 0; k < fit->covariates; k++, at++) {
            double scale = units != NULL ? units[k] : 1;
            const char *what = ku_arena_printf(c->arena, "%s: %s", name[k],
                                               side == 0 ? "buying" : "leaving");
            put_parameter(b, title, data, what,
                          scale * (side == 0 ? fit->rate[k] : fit->dropout[k]), scale * fit->se[at],
                          false);
        }
    }
}

static void put_fit_parameters(const value_case *c, const ku_buying_fit *fit, const char *data,
                               ku_frame_builder *b)
{
    put_named_parameters(c, fit, fit->model->title, data, c->traits.name, c->traits.scale, b);
}

static void put_spend_parameters(const value_case *c, ku_frame_builder *b)
{
    const ku_spend *s = &c->money.spend;
    if (!c->money.money || !isfinite(s->p)) return;
    const char *data = data_of(c, true);
    put_parameter(b, "Gamma-Gamma", data, "p", s->p, s->se_p, true);
    put_parameter(b, "Gamma-Gamma", data, "q", s->q, s->se_q, true);
    put_parameter(b, "Gamma-Gamma", data, "gamma", s->gamma, s->se_gamma, true);
}

/* The which-th model to be shown: the chosen one first. */
static int shown(const value_choice *all, int which)
{
    if (all->chosen < 0) return which;
    return which == 0 ? all->chosen : which - (which <= all->chosen);
}

static void put_parameters(const value_case *c, ku_frame_builder *b)
{
    const value_choice *all = &c->choice;
    if (all->chosen >= 0) put_fit_parameters(c, &all->fit, data_of(c, true), b);
    for (int k = 0; k < all->candidates; k++) {
        int i = shown(all, k);
        if (all->candidate[i].usable && (i != all->chosen || !c->same))
            put_fit_parameters(c, &all->candidate[i].fit, data_of(c, false), b);
    }
    if (c->conditions.known)
        put_named_parameters(c, &c->conditions.fit, with_conditions, data_of(c, true),
                             c->conditions.name, NULL, b);
    put_spend_parameters(c, b);
}

/* ---- fit --------------------------------------------------------------------------------------- */

/* Whether the first is a special case of the second, at the edge of its parameters: nobody
 * leaves in the NBD; Pareto/NBD is Gamma-Gompertz/NBD whose risk to leave does not change. */
static bool contains(const ku_buying_model *simple, const ku_buying_model *m)
{
    if (simple->discrete != m->discrete || simple->parameters >= m->parameters) return false;
    if (!simple->leaves) return m->leaves;
    return strcmp(simple->name, "pareto") == 0 && strcmp(m->name, "ggompertz") == 0;
}

/* The largest special case among those fitted, or NULL. */
static const value_candidate *simpler(const value_case *c, const value_candidate *m)
{
    const value_candidate *found = NULL;
    for (int i = 0; i < c->choice.candidates; i++) {
        const value_candidate *s = &c->choice.candidate[i];
        if (s->usable && contains(s->model, m->model) &&
            (found == NULL || s->model->parameters > found->model->parameters))
            found = s;
    }
    return found;
}

static const char *fit_remark(const ku_buying_fit *fit, ku_arena *arena)
{
    if (!fit->converged) return "The search did not end at a maximum.";
    if (fit->at_edge) return "A parameter ran to its limit: the model is more than the data tell.";
    if (fit->agreed < fit->starts)
        return ku_arena_printf(arena, "%d of %d searches ended at this maximum.", fit->agreed,
                               fit->starts);
    return NULL;
}

static void put_fit_of(const value_case *c, const char *title, const char *about,
                       const ku_buying_fit *fit, size_t customers, bool all, bool chosen,
                       ku_frame_builder *b)
{
    ku_build_text(b, 0, title);
    ku_build_text(b, 1, about);
    ku_build_text(b, 2, data_of(c, all));
    ku_build_bool(b, 3, chosen);
    ku_build_int(b, 4, (int64_t)customers);
    ku_build_int(b, 5, fit->unknowns);
    ku_build_double(b, 6, fit->loglik);
    ku_build_double(b, 7, fit->aic);
    ku_build_double(b, 8, fit->bic);
    ku_build_bool(b, 12, fit->converged);
    ku_build_text(b, 13, fit_remark(fit, c->arena));
}

static void put_fit(const value_case *c, const ku_buying_fit *fit, const value_history *h, bool all,
                    bool chosen, ku_frame_builder *b)
{
    put_fit_of(c, fit->model->title, fit->model->about, fit, h->customers, all, chosen, b);
}

static void put_test(const value_candidate *m, const value_candidate *s, ku_frame_builder *b)
{
    double ratio = 2 * (m->fit.loglik - s->fit.loglik);
    int freedom = m->fit.unknowns - s->fit.unknowns;
    ku_build_text(b, 9, s->model->title);
    ku_build_double(b, 10, fmax(0, ratio));
    ku_build_double(b, 11, ku_gamma_above(fmax(0, ratio) / 2, freedom / 2.0));
}

/* What the traits of the chosen model explain, against the same model without. */
static void put_trait_test(const value_case *c, ku_frame_builder *b)
{
    const value_choice *all = &c->choice;
    double ratio, p = ku_buying_compare(&all->plain, &all->fit,
                                        all->fit.unknowns - all->plain.unknowns, &ratio);
    ku_build_text(b, 9, ku_arena_printf(c->arena, "%s without traits", all->fit.model->title));
    ku_build_double(b, 10, ratio);
    ku_build_double(b, 11, p);
}

static void put_conditions(const value_case *c, ku_frame_builder *b)
{
    const value_conditions *k = &c->conditions;
    if (!k->known) return;
    put_fit_of(c, with_conditions,
               "may leave at any moment; what changes over time moves buying and leaving", &k->fit,
               k->customers, true, false, b);
    ku_build_text(b, 9, k->plain.model->title);
    ku_build_double(b, 10, k->ratio);
    ku_build_double(b, 11, k->p_value);
    ku_build_row(b);
}

static void put_unusable(const value_case *c, const value_candidate *m, ku_frame_builder *b)
{
    ku_build_text(b, 0, m->model->title);
    ku_build_text(b, 1, m->model->about);
    ku_build_text(b, 2, data_of(c, false));
    ku_build_bool(b, 3, false);
    ku_build_int(b, 4, (int64_t)c->fit.customers);
    ku_build_int(b, 5, m->model->parameters);
    ku_build_bool(b, 12, false);
    ku_build_text(b, 13, m->why);
    ku_build_row(b);
}

static void put_fits(const value_case *c, ku_frame_builder *b)
{
    const value_choice *all = &c->choice;
    if (all->chosen >= 0 && !c->same) {
        put_fit(c, &all->fit, &c->now, true, true, b);
        if (all->fit.covariates > 0) put_trait_test(c, b);
        ku_build_row(b);
    }
    for (int k = 0; k < all->candidates; k++) {
        int i = shown(all, k);
        const value_candidate *m = &all->candidate[i], *s = simpler(c, m);
        if (!m->usable) {
            put_unusable(c, m, b);
            continue;
        }
        put_fit(c, &m->fit, &c->fit, false, i == all->chosen, b);
        if (s != NULL) put_test(m, s, b);
        if (i == all->chosen && c->same && m->fit.covariates > 0) put_trait_test(c, b);
        ku_build_row(b);
    }
    put_conditions(c, b);
}

/* ---- contracts ------------------------------------------------------------------------------- */

static void put_contract(const value_case *c, const ku_contract_fit *fit, bool chosen,
                         ku_frame_builder *parameters, ku_frame_builder *b)
{
    const char *model = fit->weibull ? "Beta-discrete-Weibull" : "Shifted beta-geometric";
    const char *data = "contracts";
    double customers = 0;
    for (int k = 0; k < c->contracts.cohorts; k++)
        customers += c->contracts.cohort[k].seen.alive[0];
    put_parameter(parameters, model, data, "gamma", fit->gamma, fit->se_gamma, true);
    put_parameter(parameters, model, data, "delta", fit->delta, fit->se_delta, true);
    if (fit->weibull) put_parameter(parameters, model, data, "c", fit->c, fit->se_c, true);
    ku_build_text(b, 0, model);
    ku_build_text(b, 1,
                  fit->weibull ? "the will to renew differs and changes with tenure"
                               : "the will to renew differs and stays as it is");
    ku_build_text(b, 2, data);
    ku_build_bool(b, 3, chosen);
    ku_build_int(b, 4, (int64_t)customers);
    ku_build_int(b, 5, fit->weibull ? 3 : 2);
    ku_build_double(b, 6, fit->loglik);
    ku_build_double(b, 7, fit->aic);
    ku_build_double(b, 8, fit->bic);
    ku_build_bool(b, 12, fit->converged);
    if (fit->at_edge) ku_build_text(b, 13, "A parameter ran to its limit.");
}

static void put_contracts(const value_case *c, ku_frame_builder *parameters, ku_frame_builder *b)
{
    const value_contracts *k = &c->contracts;
    if (k->cohorts == 0) return;
    put_contract(c, &k->geometric, !k->use_weibull, parameters, b);
    ku_build_row(b);
    if (!k->has_weibull) return;
    put_contract(c, &k->weibull, k->use_weibull, parameters, b);
    ku_build_text(b, 9, "Shifted beta-geometric");
    ku_build_double(b, 10, k->test.ratio);
    ku_build_double(b, 11, k->test.p_value);
    ku_build_row(b);
}

/* ---- holdout ----------------------------------------------------------------------------------- */

typedef struct slice {
    double customers, actual, expected;
} slice;

static void put_slice(const char *model, bool chosen, const char *with, const slice *s,
                      double deviance, ku_frame_builder *b)
{
    ku_build_text(b, 0, model);
    ku_build_bool(b, 1, chosen);
    ku_build_text(b, 2, with);
    ku_build_int(b, 3, (int64_t)s->customers);
    ku_build_double(b, 4, s->actual);
    ku_build_double(b, 5, s->expected);
    ku_build_double(b, 6, s->actual > 0 ? s->expected / s->actual - 1 : NAN);
    ku_build_double(b, 7, deviance);
    ku_build_row(b);
}

static void put_slices(const value_case *c, const value_candidate *m, bool chosen,
                       ku_frame_builder *b)
{
    static const char *const with[GROUPS] = {"1 purchase",  "2 purchases", "3 purchases",
                                             "4 purchases", "5 purchases", "6 purchases",
                                             "7 purchases", "8 or more"};
    const value_history *h = &c->fit;
    const ku_column *held = m->model->discrete ? ku_frame_column(c->people.occasions, "held")
                                               : c->people.held;
    slice group[GROUPS] = {{0}}, all = {(double)h->customers, m->actual_sum, m->expected_sum};
    for (size_t i = 0; i < h->customers; i++) {
        double x = h->buyers.x[h->row[i]];
        slice *s = &group[x < GROUPS - 1 ? (int)x : GROUPS - 1];
        s->customers++;
        s->actual += (double)held->as.i64[h->who[i]];
        s->expected += m->expected[h->row[i]];
    }
    put_slice(m->model->title, chosen, "all", &all, m->deviance, b);
    for (int g = 0; g < GROUPS; g++)
        if (group[g].customers > 0) put_slice(m->model->title, chosen, with[g], &group[g], NAN, b);
}

/* ---- the holdout over time ----------------------------------------------------------------------- */

static int32_t step_end(const value_case *c, int64_t step)
{
    int64_t day = c->span.fit_to + step * c->span.step_days;
    return day < c->span.held_to ? (int32_t)day : c->span.held_to;
}

static void put_step(const value_case *c, const char *series, int64_t step, double purchases,
                     double so_far, ku_frame_builder *b)
{
    ku_build_text(b, 0, series);
    ku_build_date(b, 1, step_end(c, step));
    ku_build_double(b, 2, purchases);
    ku_build_double(b, 3, so_far);
    ku_build_row(b);
}

static int64_t steps_of(const value_case *c)
{
    int64_t days = c->span.held_to - c->span.fit_to;
    return (days + c->span.step_days - 1) / c->span.step_days;
}

static void put_actual_course(const value_case *c, const ku_frame *held, ku_frame_builder *b)
{
    const ku_column *step = ku_frame_column(held, "step");
    const ku_column *count = ku_frame_column(held, "purchases");
    double so_far = 0;
    int64_t row = 0;
    put_step(c, "bought", 0, NAN, 0, b);
    for (int64_t s = 1; s <= steps_of(c); s++) {
        double bought = row < held->rows && step->as.i64[row] == s ? ku_column_number(count, row++)
                                                                   : 0;
        put_step(c, "bought", s, bought, so_far += bought, b);
    }
}

/* Some rows, evenly taken, where there are very many: they tell the shape, the end is exact. */
static value_history sample_of(const value_case *c, const value_history *h)
{
    size_t stride = h->buyers.rows / COURSE_ROWS + 1, n = 0, k = (size_t)h->covariates.columns;
    if (stride == 1) return *h;
    size_t rows = h->buyers.rows / stride;
    double *column[4], *value = k > 0 ? KU_ARRAY(c->arena, rows * k, double) : NULL;
    for (int i = 0; i < 4; i++) column[i] = KU_ARRAY(c->arena, rows, double);
    for (; n < rows; n++) {
        size_t i = n * stride;
        column[0][n] = h->buyers.x[i];
        column[1][n] = h->buyers.t_x[i];
        column[2][n] = h->buyers.T[i];
        column[3][n] = h->buyers.weight[i];
        if (k > 0) memcpy(value + n * k, h->covariates.value + i * k, k * sizeof *value);
    }
    value_history some = {.day = h->day, .covariates = {h->covariates.columns, value}};
    some.buyers = (ku_buyers){rows, column[0], column[1], column[2], column[3]};
    return some;
}

static double total_within(const value_case *c, const value_candidate *m, const value_history *h,
                           int32_t until, double *work)
{
    double sum = 0, days = value_days(c, c->span.fit_to, until);
    value_expected(&m->fit, h, days / c->span.unit_days, ku_run_pool(c->context), work);
    for (size_t i = 0; i < h->buyers.rows; i++) sum += work[i] * h->buyers.weight[i];
    return sum;
}

static void put_course(const value_case *c, const value_candidate *m, const value_history *some,
                       double *work, ku_frame_builder *b)
{
    double last = 0, end = total_within(c, m, some, c->span.held_to, work);
    double scale = end > 0 ? m->expected_sum / end : 0;
    put_step(c, m->model->title, 0, NAN, 0, b);
    for (int64_t s = 1; s <= steps_of(c); s++) {
        double so_far = scale * total_within(c, m, some, step_end(c, s), work);
        put_step(c, m->model->title, s, so_far - last, so_far, b);
        last = so_far;
    }
}

static ku_status put_holdout(const value_case *c, const ku_frames *in, ku_frames *out,
                             ku_error *err)
{
    const value_choice *all = &c->choice;
    ku_frame_builder *holdout = ku_run_output(c->context, "holdout");
    ku_frame_builder *course = ku_run_output(c->context, "course");
    value_history some = sample_of(c, &c->fit);
    double *work = KU_ARRAY(c->arena, some.buyers.rows + 1, double);
    bool discrete = all->candidate[0].model->discrete;
    if (!discrete) put_actual_course(c, ku_frames_find(in, "held"), course);
    for (int k = 0; k < all->candidates; k++) {
        int i = shown(all, k);
        const value_candidate *m = &all->candidate[i];
        if (m->expected == NULL || !m->usable) continue;
        put_slices(c, m, i == all->chosen, holdout);
        if (!discrete) put_course(c, m, &some, work, course);
    }
    KU_TRY(ku_frames_add_built(out, holdout, err));
    return ku_frames_add_built(out, course, err);
}

ku_status value_report(const value_case *c, const ku_frames *in, ku_frames *out, ku_error *err)
{
    ku_frame_builder *parameters = ku_run_output(c->context, "parameters");
    ku_frame_builder *fits = ku_run_output(c->context, "fit");
    put_parameters(c, parameters);
    put_fits(c, fits);
    put_contracts(c, parameters, fits);
    KU_TRY(ku_frames_add_built(out, parameters, err));
    KU_TRY(ku_frames_add_built(out, fits, err));
    const value_choice *all = &c->choice;
    if (all->chosen < 0 || all->candidate[all->chosen].expected == NULL) return KU_OK;
    return put_holdout(c, in, out, err);
}
