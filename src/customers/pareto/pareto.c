/* pareto.c - Pareto/NBD: a customer may leave at any moment. Schmittlein, Morrison & Colombo
 * (1987), Counting your customers, Management Science 33(1); formulas as in Fader & Hardie
 * (2005), A note on deriving the Pareto/NBD model, brucehardie.com/notes/009.
 *
 * Rates of buying are Gamma(r, alpha), rates of leaving Gamma(s, beta) among customers, so
 * S(t) = (beta / (beta + t))^s. The papers write the integral over the moment of departure
 * as a difference of two hypergeometric functions, which overflow or need thousands of terms
 * where x is large or alpha and beta are far apart; see ../departure.h for what is done
 * instead. */
#include "customers/pareto/pareto.h"

#include <assert.h>
#include <math.h>

#include "customers/departure_internal.h"
#include "customers/moments.h"
#include "customers/pareto/pareto_internal.h"
#include "num/lanes.h"

enum { R = KU_PARETO_R, ALPHA = KU_PARETO_ALPHA, S = KU_PARETO_S, BETA = KU_PARETO_BETA };

/* ---- the law of departure --------------------------------------------------------------------- */

static void law_at(const double *law, const double *t, int n, ku_departure_at *out)
{
    double s = law[0], beta = law[1], past[KU_DEPARTURE_AT_ONCE];
    assert(n > 0 && n <= KU_DEPARTURE_AT_ONCE);
    for (int i = 0; i < n; i++) past[i] = t[i] / beta;
    ku_lanes_log1p(past, past, n);
    for (int i = 0; i < n; i++) {
        double share = 1 / (beta + t[i]);
        out[i].stay = -s * past[i];
        out[i].hazard = s * share;
        out[i].stay_by[0] = out[i].stay;
        out[i].stay_by[1] = s * t[i] * share;
        out[i].hazard_by[0] = 1;
        out[i].hazard_by[1] = -beta * share;
        out[i].stay_by[2] = out[i].hazard_by[2] = 0;
    }
}

static double law_scale(const double *law)
{
    return law[1];
}

static double law_reach(const double *law, double t)
{
    (void)law;
    (void)t;
    return INFINITY;
}

const ku_departure_law ku_pareto_law = {2, law_at, law_scale, law_reach};

/* ---- the model -------------------------------------------------------------------------------- */

static double pareto_loglik(const double *parameter, const ku_buyers *buyers, size_t from,
                            size_t to, double *gradient)
{
    return ku_departure_loglik(&ku_pareto_law, parameter, buyers, from, to, gradient);
}

static void pareto_alive(const double *parameter, const ku_buyers *buyers, size_t from, size_t to,
                         double *out)
{
    ku_departure_alive(&ku_pareto_law, parameter, buyers, from, to, out);
}

double ku_pareto_stays(double s, double beta, double T, double t)
{
    double past = log1p(t / (beta + T)), power = (s - 1) * past;
    return (beta + T) * past * (fabs(power) > 0 ? -expm1(-power) / power : 1);
}

/* Fader & Hardie (2005), eq. (41). */
static void pareto_expected(const double *parameter, const ku_buyers *buyers, size_t from,
                            size_t to, double t, double *out)
{
    pareto_alive(parameter, buyers, from, to, out);
    for (size_t i = from; i < to; i++) {
        double T = buyers->T[i], rate = (parameter[R] + buyers->x[i]) / (parameter[ALPHA] + T);
        out[i - from] *= rate * ku_pareto_stays(parameter[S], parameter[BETA], T, t);
    }
}

/* Fader & Hardie (2005), eq. (27). */
static double pareto_expected_new(const double *parameter, double t)
{
    return parameter[R] / parameter[ALPHA] * ku_pareto_stays(parameter[S], parameter[BETA], 0, t);
}

/* Still a customer at T, the rate of leaving is Gamma(s, beta + T). */
static double remaining(const double *own, double T, ku_rng *rng)
{
    return ku_rng_exponential(rng) * (own[1] + T) / ku_rng_gamma(rng, own[0]);
}

static int pareto_draw(const double *parameter, double x, double t_x, double T, double t,
                       ku_rng *rng, double *times, int most)
{
    return ku_departure_draw(&ku_pareto_law, parameter, remaining, x, t_x, T, t, rng, times, most);
}

double ku_pareto_residual(const double *parameter, double x, double t_x, double T, double discount)
{
    double alive, weight = 1, rate = (parameter[R] + x) / (parameter[ALPHA] + T);
    ku_buyers one = {1, &x, &t_x, &T, &weight};
    pareto_alive(parameter, &one, 0, 1, &alive);
    return alive * rate * ku_departure_stay(&ku_pareto_law, parameter + S, T, INFINITY, discount);
}

/* The moment u in [t_x, T] before which the given share of those who left in it has left: density
 * (alpha + u)^-(r + x) (beta + u)^-(s + 1). By bisection. */
static double left_at(const double *parameter, double x, double t_x, double T, double share)
{
    double power = parameter[R] + x, low = t_x, high = T;
    double all = ku_departure_between(&ku_pareto_law, parameter, power, t_x, T).of;
    for (int i = 0; i < 60 && high - low > 1e-12 * T; i++) {
        double u = low + (high - low) / 2;
        bool below = ku_departure_between(&ku_pareto_law, parameter, power, t_x, u).of <
                     share * all;
        *(below ? &low : &high) = u;
    }
    return low + (high - low) / 2;
}

/* Given the moment the rates are independent: Gamma(r + x, alpha + u) and Gamma(s, beta + T) for
 * who is still there, Gamma(s + 1, beta + u) for who left at u. */
ku_pareto_draw ku_pareto_draw_rates(const double *parameter, double x, double t_x, double T,
                                    ku_rng *rng)
{
    double alive, weight = 1;
    ku_buyers one = {1, &x, &t_x, &T, &weight};
    pareto_alive(parameter, &one, 0, 1, &alive);
    ku_pareto_draw draw = {.left = INFINITY};
    bool here = ku_rng_uniform(rng) < alive;
    if (!here) draw.left = left_at(parameter, x, t_x, T, ku_rng_uniform(rng));
    double seen = here ? T : draw.left;
    draw.rate = ku_rng_gamma(rng, parameter[R] + x) / (parameter[ALPHA] + seen);
    draw.leave = ku_rng_gamma(rng, parameter[S] + (here ? 0 : 1)) / (parameter[BETA] + seen);
    return draw;
}

/* Long lives, short ones, all much alike, hardly anybody leaves. */
static void pareto_start(const ku_buyers *buyers, int which, double *parameter)
{
    static const double shape[][3] = {
        /* s, beta in mean times seen, share of alpha */
        {0.6, 0.5, 0.7}, {1, 0.2, 0.4}, {0.3, 1, 0.9}, {3, 3, 0.7}, {0.5, 0.05, 0.2},
    };
    const double *own = shape[which % 5];
    double time = 0, customers = 0;
    for (size_t i = 0; i < buyers->rows; i++) {
        customers += buyers->weight[i];
        time += buyers->weight[i] * buyers->T[i];
    }
    ku_buying_moments(buyers, &parameter[R], &parameter[ALPHA]);
    parameter[ALPHA] *= own[2];
    parameter[S] = own[0];
    parameter[BETA] = time > 0 ? own[1] * time / customers : 1;
}

static const char *const names[] = {"r", "alpha", "s", "beta", NULL};

const ku_buying_model ku_buying_pareto = {
    .name = "pareto",
    .title = "Pareto/NBD",
    .about = "may leave at any moment",
    .parameters = KU_PARETO_COUNT,
    .parameter = names,
    .leaves = true,
    .effect = {.rate = {[ALPHA] = -1}, .dropout = {[BETA] = -1}},
    .time = {[ALPHA] = 1, [BETA] = 1},
    .start = pareto_start,
    .loglik = pareto_loglik,
    .alive = pareto_alive,
    .expected = pareto_expected,
    .expected_new = pareto_expected_new,
    .draw = pareto_draw,
};
