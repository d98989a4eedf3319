/* outlook.c - prospects of all active customers, and sums of them with honest errors: what is
 * wrong for one (a coefficient, the level of the season) is wrong for all alike, so errors of a
 * sum come from derivatives of the sum, not from adding up customers as if apart. */
#include "analyses/customers/churn/outlook.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCK = 256 };

static void look_at_block(void *data, size_t block, unsigned thread)
{
    const outlook *o = data;
    double x[DESIGN_DENSE] = {0};
    int32_t level[FACTORS];
    (void)thread;
    for (size_t i = block * BLOCK; i < o->d->active && i < (block + 1) * BLOCK; i++) {
        design_row(o->d, o->d->active_row[i], x, level);
        o->of[i] = hazard_prospect(o->d, o->h, x, level);
        o->at_stake[i] = o->of[i].leave.value * o->of[i].worth.value;
    }
}

typedef struct placed {
    double at_stake, leave;
    size_t i;
} placed;

static int by_stake(const void *a, const void *b)
{
    const placed *x = a, *y = b;
    if (x->at_stake != y->at_stake) return x->at_stake > y->at_stake ? -1 : 1;
    if (x->leave != y->leave) return x->leave > y->leave ? -1 : 1;
    return (x->i > y->i) - (x->i < y->i);
}

static ku_status put_in_order(outlook *o, ku_error *err)
{
    size_t n = o->d->active;
    placed *all = ku_arena_try(ku_run_arena(o->context), (n + 1) * sizeof *all);
    if (all == NULL)
        return ku_error_set(err, KU_NO_MEMORY, NULL, "%zu customers do not fit into memory", n);
    for (size_t i = 0; i < n; i++) {
        double stake = o->at_stake[i], leave = o->of[i].leave.value;
        all[i] = (placed){isnan(stake) ? -1 : stake, isnan(leave) ? -1 : leave, i};
        if (!isnan(stake)) o->total_at_stake += stake;
    }
    qsort(all, n, sizeof *all, by_stake);
    for (size_t i = 0; i < n; i++) o->order[i] = all[i].i;
    return KU_OK;
}

ku_status outlook_make(const design *d, const hazard *h, const action *act, bool consent_known,
                       ku_run_context *context, outlook *out, ku_error *err)
{
    ku_arena *arena = ku_run_arena(context);
    *out = (outlook){.d = d,
                     .h = h,
                     .action = act,
                     .context = context,
                     .consent_known = consent_known,
                     .of = ku_arena_try(arena, (d->active + 1) * sizeof *out->of),
                     .at_stake = ku_arena_try(arena, (d->active + 1) * sizeof *out->at_stake),
                     .order = ku_arena_try(arena, (d->active + 1) * sizeof *out->order)};
    if (out->of == NULL || out->at_stake == NULL || out->order == NULL)
        return ku_error_set(err, KU_NO_MEMORY, NULL, "%zu customers do not fit into memory",
                            d->active);
    ku_pool_each(ku_run_pool(context), (d->active + BLOCK - 1) / BLOCK, 0, look_at_block, out);
    return put_in_order(out, err);
}

consent outlook_consent(const outlook *o, size_t i)
{
    int64_t row = o->d->active_row[i];
    if (!ku_column_valid(o->d->contact_allowed, row)) return CONSENT_UNKNOWN;
    return ku_column_bool(o->d->contact_allowed, row) ? CONSENT_YES : CONSENT_NO;
}

/* ---- sums ------------------------------------------------------------------------------------ */

void sum_new(const outlook *o, total *s)
{
    size_t n = (size_t)ku_glm_columns(&o->d->rows) + 1;
    ku_arena *arena = ku_run_arena(o->context);
    *s = (total){.leave_by = KU_ARRAY(arena, n, double),
                 .stake_by = KU_ARRAY(arena, n, double),
                 .stake_worth_by = KU_ARRAY(arena, n, double)};
}

void sum_add_row(const outlook *o, size_t i, const ku_glm_rows *row, total *s)
{
    const prospect *p = &o->of[i];
    s->customers++;
    if (isnan(p->leave.value)) return;
    double curvature = p->leave.value * (1 - p->leave.value);
    s->leave += p->leave.value;
    s->leave_drift += curvature;
    ku_glm_add(row, 0, p->leave_slope, s->leave_by);
    if (isnan(p->worth.value)) return;
    s->at_stake += o->at_stake[i];
    s->stake_drift += curvature * p->worth.value;
    s->stake_worth_drift += o->at_stake[i];
    ku_glm_add(row, 0, p->leave_slope * p->worth.value, s->stake_by);
    ku_glm_add(row, 0, o->at_stake[i], s->stake_worth_by);
}

void sum_add(const outlook *o, size_t i, total *s)
{
    double x[DESIGN_DENSE] = {0};
    int32_t level[FACTORS];
    design_row(o->d, o->d->active_row[i], x, level);
    ku_glm_rows one = design_single(o->d, x, level);
    sum_add_row(o, i, &one, s);
}

static double stake_variance(const outlook *o, const total *s)
{
    const hazard *h = o->h;
    int columns = ku_glm_columns(&o->d->rows);
    return ku_quadratic(h->leave.covariance, s->stake_by, columns) +
           h->drift * s->stake_drift * s->stake_drift +
           ku_quadratic(h->value.covariance, s->stake_worth_by, columns) +
           h->value_drift * s->stake_worth_drift * s->stake_worth_drift;
}

/* On the scale of log odds, so that the interval stays within 0 and 1. Who of those likely to
 * leave does is chance too: the last term. */
estimate sum_leave(const outlook *o, const total *s)
{
    if (!o->h->learned || s->customers == 0) return (estimate){NAN, NAN, NAN};
    double mean = s->leave / s->customers, n = s->customers;
    double variance = ku_quadratic(o->h->leave.covariance, s->leave_by,
                                   ku_glm_columns(&o->d->rows)) +
                      o->h->drift * s->leave_drift * s->leave_drift + s->leave_drift;
    double error = sqrt(variance) / n / fmax(mean * (1 - mean), 1e-12);
    double eta = score_log_odds(mean);
    return (estimate){mean, ku_logistic(eta - CHURN_Z * error), ku_logistic(eta + CHURN_Z * error)};
}

estimate sum_at_stake(const outlook *o, const total *s)
{
    if (!o->h->learned || !o->h->valued) return (estimate){NAN, NAN, NAN};
    if (!(s->at_stake > 0)) return (estimate){0, 0, 0};
    double error = sqrt(stake_variance(o, s)) / s->at_stake;
    return (estimate){s->at_stake, s->at_stake * exp(-CHURN_Z * error),
                      s->at_stake * exp(CHURN_Z * error)};
}

estimate sum_gain(const outlook *o, const total *s)
{
    const action *a = o->action;
    if (!o->h->learned || !o->h->valued) return (estimate){NAN, NAN, NAN};
    double saved = a->save * s->at_stake;
    double error = sqrt(a->save * a->save * stake_variance(o, s) +
                        s->at_stake * s->at_stake * a->save_error * a->save_error);
    estimate gain = churn_around(saved - a->cost * s->customers, error);
    if (a->save - CHURN_Z * a->save_error >= 0) gain.lo = fmax(gain.lo, -a->cost * s->customers);
    return gain;
}
