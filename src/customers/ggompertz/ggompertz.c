/* ggompertz.c - Gamma-Gompertz/NBD: a customer may leave at any moment, and the older the
 * customer the likelier. Bemmaor & Glady (2012), Modeling purchasing behavior with sudden
 * "death": a flexible customer lifetime model, Management Science 58(5).
 *
 * Lifetimes are Gompertz with hazard b eta e^(b t) where eta is Gamma(s, beta) among
 * customers, so S(t) = (beta / (beta - 1 + e^(b t)))^s (eq. (6)). Pareto/NBD is the limit b -> 0
 * with beta / b fixed. The likelihood has no closed form; ../departure.h integrates it. */
#include <math.h>

#include "customers/departure.h"
#include "customers/model.h"
#include "customers/moments.h"

enum { R, ALPHA, B, S, BETA, COUNT };

/* ---- the law of departure --------------------------------------------------------------------- */

/* From b t on e^(b t) is all that counts of beta - 1 + e^(b t), whatever beta. */
static const double old_age = 600;

static void law_at(const double *law, const double *t, int n, ku_departure_at *out)
{
    double b = law[0], s = law[1], beta = law[2];
    for (int i = 0; i < n; i++) {
        double age = b * t[i];
        bool old = age > old_age;
        double grown = old ? 0 : expm1(age), share = old ? 0 : beta / (beta + grown);
        out[i].stay = -s * (old ? age - log(beta) : log1p(grown / beta));
        out[i].hazard = s * b * (old ? 1 : (1 + grown) / (beta + grown));
        out[i].stay_by[0] = -t[i] * out[i].hazard;
        out[i].stay_by[1] = out[i].stay;
        out[i].stay_by[2] = s * (1 - share);
        out[i].hazard_by[0] = 1 + (old ? 0 : age * (beta - 1) / (beta + grown));
        out[i].hazard_by[1] = 1;
        out[i].hazard_by[2] = -share;
    }
}

/* To where beta - 1 + e^(b t) is 0 for a t below 0. */
static double law_scale(const double *law)
{
    double b = law[0], beta = law[2];
    return beta < 0.95 ? -log1p(-beta) / b : 3 / b;
}

/* Once e^(b t) is far above beta - 1 the hazard stays as it is. */
static double law_reach(const double *law, double t)
{
    double b = law[0], beta = law[2];
    return b * t < log(fmax(1, beta)) + 40 ? 1 / b : INFINITY;
}

static const ku_departure_law law = {3, law_at, law_scale, law_reach};

/* ---- the model -------------------------------------------------------------------------------- */

static double ggompertz_loglik(const double *parameter, const ku_buyers *buyers, size_t from,
                               size_t to, double *gradient)
{
    return ku_departure_loglik(&law, parameter, buyers, from, to, gradient);
}

static void ggompertz_alive(const double *parameter, const ku_buyers *buyers, size_t from,
                            size_t to, double *out)
{
    ku_departure_alive(&law, parameter, buyers, from, to, out);
}

/* P(alive) x mean rate x time he is expected to stay. */
static void ggompertz_expected(const double *parameter, const ku_buyers *buyers, size_t from,
                               size_t to, double t, double *out)
{
    enum { BATCH = 8192 };
    double stays[BATCH];
    ggompertz_alive(parameter, buyers, from, to, out);
    for (size_t i = from; i < to; i += BATCH) {
        size_t n = to - i < BATCH ? to - i : BATCH;
        ku_departure_stays(&law, parameter, t, buyers->T + i, n, stays);
        for (size_t k = 0; k < n; k++) {
            double rate = (parameter[R] + buyers->x[i + k]) / (parameter[ALPHA] + buyers->T[i + k]);
            out[i - from + k] *= rate * stays[k];
        }
    }
}

static double ggompertz_expected_new(const double *parameter, double t)
{
    return parameter[R] / parameter[ALPHA] * ku_departure_stay(&law, parameter + B, 0, t, 0);
}

/* Still a customer at T, eta is Gamma(s, beta - 1 + e^(b T)); the rest of life v has the
 * cumulative hazard eta e^(b T) (e^(b v) - 1). */
static double remaining(const double *own, double T, ku_rng *rng)
{
    double b = own[0], s = own[1], beta = own[2], shrunk = exp(-b * T);
    double scaled = ku_rng_exponential(rng) / ku_rng_gamma(rng, s);
    return log1p(scaled * (1 + (beta - 1) * shrunk)) / b;
}

static int ggompertz_draw(const double *parameter, double x, double t_x, double T, double t,
                          ku_rng *rng, double *times, int most)
{
    return ku_departure_draw(&law, parameter, remaining, x, t_x, T, t, rng, times, most);
}

/* Near Pareto/NBD, half of the customers gone early, most of them late. */
static void ggompertz_start(const ku_buyers *buyers, int which, double *parameter)
{
    static const double shape[][4] = {
        /* b x mean time seen, s, beta, share of alpha */
        {0.1, 0.6, 0.05, 0.7},  {1, 0.8, 1, 0.7}, {3, 0.5, 10, 0.8},
        {0.02, 0.6, 0.01, 0.7}, {5, 0.1, 1, 0.5},
    };
    const double *own = shape[which % 5];
    double time = 0, customers = 0;
    for (size_t i = 0; i < buyers->rows; i++) {
        customers += buyers->weight[i];
        time += buyers->weight[i] * buyers->T[i];
    }
    ku_buying_moments(buyers, &parameter[R], &parameter[ALPHA]);
    parameter[ALPHA] *= own[3];
    parameter[B] = time > 0 ? own[0] * customers / time : 1;
    parameter[S] = own[1];
    parameter[BETA] = own[2];
}

static const char *const names[] = {"r", "alpha", "b", "s", "beta", NULL};

const ku_buying_model ku_buying_ggompertz = {
    .name = "ggompertz",
    .title = "Gamma-Gompertz/NBD",
    .about = "may leave at any moment, the likelier the older",
    .parameters = COUNT,
    .parameter = names,
    .leaves = true,
    .effect = {.rate = {[ALPHA] = -1}, .dropout = {[BETA] = -1}},
    .time = {[ALPHA] = 1, [B] = -1},
    .start = ggompertz_start,
    .loglik = ggompertz_loglik,
    .alive = ggompertz_alive,
    .expected = ggompertz_expected,
    .expected_new = ggompertz_expected_new,
    .draw = ggompertz_draw,
};
