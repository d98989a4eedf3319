/* contracts.c - customers under contract, whose leaving is seen: no model of buying is needed,
 * only how the will to renew differs between customers. Two models are fitted; the one in which
 * it also changes with tenure is used where a likelihood-ratio test asks for it (5 %). */
#include <math.h>

#include "analyses/customers/value/value.h"

/* ---- reading ------------------------------------------------------------------------------- */

static bool same_cohort(const ku_column *cohort, int64_t a, int64_t b)
{
    return cohort->as.codes[a] == cohort->as.codes[b];
}

static ku_status read_cohort(const ku_frame *f, int64_t from, int64_t to, value_case *c,
                             value_cohort *k, ku_error *err)
{
    const ku_column *period = ku_frame_column(f, "period");
    const ku_column *customers = ku_frame_column(f, "customers");
    double *alive = KU_ARRAY(c->arena, (size_t)(to - from), double), paid = 0, payers = 0;
    *k = (value_cohort){.name = ku_column_text(ku_frame_column(f, "cohort"), from, c->arena)};
    for (int64_t i = from; i < to; i++) {
        double payment = ku_column_number(ku_frame_column(f, "payment"), i);
        alive[i - from] = ku_column_number(customers, i);
        if (period->as.i64[i] != i - from)
            return ku_error_set(err, KU_BAD_DATA, "renewals",
                                "cohort %s has period %lld where %lld was expected; periods run"
                                " 0, 1, 2 ... without a gap",
                                k->name, (long long)period->as.i64[i], (long long)(i - from));
        if (!isnan(payment)) paid += payment * alive[i - from], payers += alive[i - from];
    }
    k->payment = payers > 0 ? paid / payers : NAN;
    k->seen = (ku_cohort){(int)(to - from) - 1, alive};
    return KU_OK;
}

static ku_status read_cohorts(const ku_frame *f, value_case *c, ku_error *err)
{
    const ku_column *cohort = ku_frame_column(f, "cohort");
    value_contracts *all = &c->contracts;
    int count = 0;
    for (int64_t i = 0; i < f->rows; i++) count += i == 0 || !same_cohort(cohort, i, i - 1);
    all->cohort = KU_ARRAY(c->arena, (size_t)count, value_cohort);
    for (int64_t from = 0, to = 0; from < f->rows; from = to) {
        while (to < f->rows && same_cohort(cohort, from, to)) to++;
        if (to - from > KU_CONTRACT_PERIODS)
            return ku_error_set(err, KU_BAD_DATA, "renewals", "more than %d periods of a cohort",
                                KU_CONTRACT_PERIODS);
        KU_TRY(read_cohort(f, from, to, c, &all->cohort[all->cohorts], err));
        all->cohorts++;
    }
    return KU_OK;
}

/* ---- fitting and valuing --------------------------------------------------------------------- */

/* Cohorts that have had no chance to leave tell nothing. */
static int tellers(const value_contracts *all, ku_arena *arena, ku_cohort **seen)
{
    int n = 0;
    *seen = KU_ARRAY(arena, (size_t)all->cohorts, ku_cohort);
    for (int k = 0; k < all->cohorts; k++)
        if (all->cohort[k].seen.periods > 0) (*seen)[n++] = all->cohort[k].seen;
    return n;
}

static ku_status fit_contracts(value_case *c, ku_error *err)
{
    value_contracts *all = &c->contracts;
    ku_cohort *seen;
    ku_tenure tenure;
    ku_error why = {0};
    int n = tellers(all, c->arena, &seen);
    if (n == 0)
        return ku_error_set(err, KU_BAD_DATA, "renewals",
                            "no cohort has had a chance to leave yet; a period after 0 is needed");
    KU_TRY(ku_tenure_of(seen, n, c->arena, &tenure, err));
    KU_TRY(ku_contract_estimate(&tenure, false, &all->geometric, err));
    all->has_weibull = ku_contract_estimate(&tenure, true, &all->weibull, &why) == KU_OK;
    if (!all->has_weibull) return KU_OK;
    all->test = ku_contract_compare(&all->geometric, &all->weibull);
    all->use_weibull = all->weibull.converged && all->test.p_value < 0.05;
    return KU_OK;
}

static void value_cohort_now(const value_case *c, double rate, value_cohort *k)
{
    double left = k->seen.alive[k->seen.periods];
    ku_contract_interval due = ku_contract_residual(value_contract_fit(&c->contracts),
                                                    k->seen.periods, rate, c->contracts.horizon);
    k->value = left * k->payment * due.mean;
    k->lo = left * k->payment * due.lo;
    k->hi = left * k->payment * due.hi;
}

static void remark_contracts(const value_case *c)
{
    const value_contracts *all = &c->contracts;
    double c_of = all->weibull.c;
    if (!all->has_weibull)
        ku_run_remark(c->context, KU_NOTE, "contracts",
                      "Contracts: too few periods to tell whether the will to renew changes with"
                      " tenure; it counts as constant for each customer.");
    else if (all->use_weibull)
        ku_run_remark(c->context, KU_NOTE, "contracts",
                      "Contracts: each customer's own will to leave %s with tenure (c = %.2f,"
                      " p = %.4f).",
                      c_of > 1 ? "grows" : "falls", c_of, all->test.p_value);
    else
        ku_run_remark(c->context, KU_NOTE, "contracts",
                      "Contracts: that retention rises over time is because those who leave easily"
                      " leave first; a change with tenure itself is not shown (p = %.2f).",
                      all->test.p_value);
    for (int k = 0; k < all->cohorts; k++)
        if (isnan(all->cohort[k].payment)) {
            ku_run_remark(c->context, KU_WARN, "payment",
                          "What cohort %s pays is not given, so it has no value in money.",
                          all->cohort[k].name);
            break;
        }
}

ku_status value_contracts_make(const ku_frame *rows, value_case *c, ku_error *err)
{
    if (rows->rows == 0) return KU_OK;
    double months = (double)ku_param_int(c->params, "contract-months");
    double rate = pow(1 + ku_param_real(c->params, "discount"), months / 12) - 1;
    KU_TRY(read_cohorts(rows, c, err));
    KU_TRY(fit_contracts(c, err));
    c->contracts.horizon = fmax(1, floor((double)ku_param_int(c->params, "horizon") / months));
    for (int k = 0; k < c->contracts.cohorts; k++)
        value_cohort_now(c, fmax(rate, 1e-9), &c->contracts.cohort[k]);
    remark_contracts(c);
    return KU_OK;
}

/* ---- the table -------------------------------------------------------------------------------- */

static void put_period(ku_frame_builder *b, const value_cohort *k, int t, double customers,
                       const ku_contract_interval *ahead, double fitted)
{
    ku_build_text(b, 0, k->name);
    ku_build_int(b, 1, t);
    ku_build_text(b, 2, ahead == NULL ? "actual" : "forecast");
    ku_build_double(b, 3, customers);
    if (ahead != NULL) {
        ku_build_double(b, 4, ahead->lo);
        ku_build_double(b, 5, ahead->hi);
    }
    ku_build_double(b, 6, fitted);
    ku_build_row(b);
}

ku_status value_retention(const value_case *c, ku_frames *out, ku_error *err)
{
    const ku_contract_fit *fit = value_contract_fit(&c->contracts);
    ku_frame_builder *b = ku_run_output(c->context, "retention");
    for (int i = 0; i < c->contracts.cohorts; i++) {
        const value_cohort *k = &c->contracts.cohort[i];
        int seen = k->seen.periods;
        double start = k->seen.alive[0], left = k->seen.alive[seen];
        for (int t = 0; t <= seen; t++)
            put_period(b, k, t, k->seen.alive[t], NULL, start * ku_contract_survival(fit, t).mean);
        for (int t = seen + 1; t <= seen + (int)c->contracts.horizon; t++) {
            ku_contract_interval ahead = ku_contract_alive(fit, left, seen, t);
            put_period(b, k, t, ahead.mean, &ahead, start * ku_contract_survival(fit, t).mean);
        }
    }
    return ku_frames_add_built(out, b, err);
}
