/* contract.c - the likelihood of the two models of contracts and its maximum.
 *
 * A cohort is a chain of chances to leave, and its likelihood the product of binomials
 * whether each was taken: lost(t) ln(1 - r(t)) + kept(t) ln r(t) with the retention rate r(t)
 * = S(t) / S(t-1). So all cohorts are one: lost and kept are added up by tenure. ln r(t) is
 * the difference of ln Γ(x + a) - ln Γ(x) at two x, worked out as such with the smaller a
 * of the two possible, which keeps its digits where hardly anyone leaves. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "customers/contract/contract_internal.h"
#include "num/climb.h"
#include "num/gamma.h"

/* ---- one step of tenure -------------------------------------------------------------------- */

/* ln Γ(gamma + delta + t^c) - ln Γ(delta + t^c), also where t^c is too large for a number. */
static double far_step(double gamma, double delta, double c, double t)
{
    double u = pow(t, c);
    return u < 1e100 ? ku_log_gamma_step(delta + u, gamma) : gamma * c * log(t);
}

double ku_contract_log_survival(double gamma, double delta, double c, double from, double to)
{
    double low = pow(from, c), high = pow(to, c), step = high - low;
    if (!(step <= gamma)) return far_step(gamma, delta, c, from) - far_step(gamma, delta, c, to);
    return ku_log_gamma_step(delta + low, step) - ku_log_gamma_step(gamma + delta + low, step);
}

double ku_contract_log_retention(double gamma, double delta, double c, double t)
{
    if (c == 1) return -log1p(gamma / (delta + t - 1));
    return ku_contract_log_survival(gamma, delta, c, t - 1, t);
}

/* Derivatives of ln r(t) by ln gamma, ln delta, ln c. */
static void retention_slope(double gamma, double delta, double c, double t, double *slope)
{
    double low = pow(t - 1, c), high = pow(t, c), step = high - low;
    double all = ku_digamma_step(gamma + delta + low, step);
    slope[0] = -gamma * all;
    slope[1] = delta * (ku_digamma_step(delta + low, step) - all);
    double at_high = t > 1 ? high * log(t) * -ku_digamma_step(delta + high, gamma) : 0;
    double at_low = t > 2 ? low * log(t - 1) * -ku_digamma_step(delta + low, gamma) : 0;
    slope[2] = c * (at_high - at_low);
}

/* ---- the likelihood ------------------------------------------------------------------------ */

double ku_contract_loglik(double gamma, double delta, double c, const ku_tenure *data,
                          double *gradient)
{
    double sum = 0, slope[3];
    for (int t = 1; t <= data->periods; t++) {
        double lost = data->lost[t - 1], kept = data->kept[t - 1];
        if (lost == 0 && kept == 0) continue;
        double rho = ku_contract_log_retention(gamma, delta, c, t), leave = -expm1(rho);
        sum += kept * rho + (lost > 0 ? lost * log(leave) : 0);
        if (gradient == NULL) continue;
        double by_rho = kept - (lost > 0 ? lost * exp(rho) / leave : 0);
        retention_slope(gamma, delta, c, t, slope);
        for (int i = 0; i < 3; i++) gradient[i] += by_rho * slope[i];
    }
    return sum;
}

/* ---- the data ------------------------------------------------------------------------------ */

static ku_status check_cohort(const ku_cohort *cohort, int which, ku_error *err)
{
    char where[64];
    if (cohort->periods < 0 || cohort->periods > KU_CONTRACT_PERIODS) {
        snprintf(where, sizeof where, "cohort %d", which + 1);
        return ku_error_set(err, KU_BAD_DATA, where, "Found %d periods, at most %d are possible.",
                            cohort->periods, KU_CONTRACT_PERIODS);
    }
    for (int t = 0; t <= cohort->periods; t++) {
        double alive = cohort->alive[t];
        snprintf(where, sizeof where, "cohort %d, period %d", which + 1, t);
        if (!isfinite(alive) || alive < 0)
            return ku_error_set(err, KU_BAD_DATA, where,
                                "The number of customers is %g: expected 0 or more.", alive);
        if (t > 0 && alive > cohort->alive[t - 1])
            return ku_error_set(err, KU_BAD_DATA, where,
                                "%g customers after %g: under contract nobody comes back.", alive,
                                cohort->alive[t - 1]);
    }
    return KU_OK;
}

ku_status ku_tenure_of(const ku_cohort *cohorts, int count, ku_arena *arena, ku_tenure *tenure,
                       ku_error *err)
{
    ku_tenure all = {0};
    for (int i = 0; i < count; i++) {
        KU_TRY(check_cohort(&cohorts[i], i, err));
        if (cohorts[i].periods > all.periods) all.periods = cohorts[i].periods;
        if (cohorts[i].periods > 0) all.customers += cohorts[i].alive[0];
    }
    if (!(all.customers > 0))
        return ku_error_set(err, KU_BAD_DATA, "cohorts",
                            "No customer has had a chance to leave yet: nothing tells who stays.");
    all.lost = KU_ARRAY(arena, (size_t)all.periods, double);
    all.kept = KU_ARRAY(arena, (size_t)all.periods, double);
    for (int i = 0; i < count; i++)
        for (int t = 1; t <= cohorts[i].periods; t++) {
            all.kept[t - 1] += cohorts[i].alive[t];
            all.lost[t - 1] += cohorts[i].alive[t - 1] - cohorts[i].alive[t];
        }
    *tenure = all;
    return KU_OK;
}

/* ---- the maximum --------------------------------------------------------------------------- */

typedef struct search {
    const ku_tenure *data;
    bool weibull;
} search;

static double climb_loglik(void *data, const double *x, double *gradient)
{
    const search *s = data;
    double slope[3] = {0};
    double value = ku_contract_loglik(exp(x[0]), exp(x[1]), s->weibull ? exp(x[2]) : 1, s->data,
                                      gradient != NULL ? slope : NULL);
    if (gradient != NULL) memcpy(gradient, slope, (s->weibull ? 3 : 2) * sizeof *slope);
    return isfinite(value) ? value : -INFINITY;
}

/* The share who leave first is gamma / (gamma + delta); customers alike and not. */
static int make_starts(const ku_tenure *data, bool weibull, double *to)
{
    static const double sum[] = {2, 8, 0.5, 2, 2}, c[] = {1, 1, 1, 1.5, 0.7};
    double first = (data->lost[0] + 0.5) / (data->lost[0] + data->kept[0] + 1);
    int unknowns = weibull ? 3 : 2, count = weibull ? 5 : 3;
    for (int i = 0; i < count; i++) {
        to[i * unknowns] = log(sum[i] * first);
        to[i * unknowns + 1] = log(sum[i] * (1 - first));
        if (weibull) to[i * unknowns + 2] = log(c[i]);
    }
    return count;
}

/* A standard error of a logarithm beyond which it may as well be endless: a ridge. */
static const double loosest = 3.5;

static void take_peak(const ku_climb_peak *peak, int unknowns, double customers,
                      ku_contract_fit *fit)
{
    double *parameter[] = {&fit->gamma, &fit->delta, &fit->c};
    double *se[] = {&fit->se_gamma, &fit->se_delta, &fit->se_c};
    fit->at_edge = peak->at_edge || !peak->curved;
    for (int i = 0; i < unknowns; i++) {
        double variance = peak->covariance[i * unknowns + i];
        bool known = peak->curved && !peak->edge[i];
        *parameter[i] = exp(peak->x[i]);
        fit->at_edge = fit->at_edge || variance > loosest * loosest;
        *se[i] = known ? *parameter[i] * sqrt(variance) : (double)NAN;
        for (int j = 0; j < unknowns; j++)
            fit->covariance[i * KU_CONTRACT_UNKNOWNS + j] = peak->covariance[i * unknowns + j];
    }
    fit->loglik = peak->loglik;
    fit->aic = 2 * unknowns - 2 * peak->loglik;
    fit->bic = unknowns * log(customers) - 2 * peak->loglik;
    fit->converged = peak->converged;
    fit->starts = peak->starts;
    fit->agreed = peak->agreed;
}

ku_status ku_contract_estimate(const ku_tenure *tenure, bool weibull, ku_contract_fit *fit,
                               ku_error *err)
{
    static const double lower[] = {-9, -9, -4}, upper[] = {11, 11, 2.5};
    double starts[15];
    int chances = 0;
    for (int t = 0; t < tenure->periods; t++) chances += tenure->lost[t] + tenure->kept[t] > 0;
    if (weibull && chances < 3)
        return ku_error_set(err, KU_BAD_DATA, "cohorts",
                            "Whether customers leave sooner or later in their own time needs 3 "
                            "chances to leave; found %d.",
                            chances);
    search s = {tenure, weibull};
    int unknowns = weibull ? 3 : 2, count = make_starts(tenure, weibull, starts);
    ku_climb_problem problem = {.unknowns = unknowns,
                                .lower = lower,
                                .upper = upper,
                                .weight = tenure->customers,
                                .loglik = climb_loglik,
                                .data = &s};
    ku_climb_peak peak = ku_climb(&problem, starts, count);
    if (!isfinite(peak.loglik))
        return ku_error_set(err, KU_BAD_DATA, "cohorts",
                            "The numbers of customers are not those of people under contract.");
    ku_contract_fit found = {.weibull = weibull, .c = 1};
    take_peak(&peak, unknowns, tenure->customers, &found);
    *fit = found;
    return KU_OK;
}

/* The chi-squared distribution with 1 degree of freedom is that of a squared normal. */
ku_contract_test ku_contract_compare(const ku_contract_fit *geometric,
                                     const ku_contract_fit *weibull)
{
    double ratio = fmax(0, 2 * (weibull->loglik - geometric->loglik));
    return (ku_contract_test){ratio, erfc(sqrt(ratio / 2))};
}
