/* walks_fit.c - the search for the parameters of Pareto/NBD under covariates that change.
 *
 * The unknowns are the logarithms of r, alpha, s and beta and the effects; covariates are
 * centred and scaled for the search, which moves alpha and beta. It starts at the maximum
 * without covariates, where the effects are 0: from there on it only climbs. */
#include <math.h>
#include <string.h>

#include "customers/pareto/pareto_internal.h"
#include "customers/pareto/walks.h"
#include "num/bfgs.h"
#include "num/linear.h"

enum {
    BASE = KU_PARETO_COUNT,
    MOST = KU_BUYING_COVARIATES,
    UNKNOWNS = BASE + 2 * MOST,
    BLOCK = 256,
    EVALUATIONS = 300,
};

static const double furthest = 18.42, furthest_effect = 20;

typedef struct search {
    ku_walks walks; /* with the covariates of the search */
    int columns, unknowns;
    double centre[MOST], unit[MOST];
    double customers;
    double *partial; /* blocks x (1 + unknowns) */
    ku_pool *pool;
    ku_walk_parameters now;
    int evaluations;
} search;

/* ---- checks ------------------------------------------------------------------------------------- */

static const char *what_is_wrong(const ku_walks *walks, size_t row)
{
    const ku_buyers *b = &walks->buyers;
    double bought = 0, before = 0;
    size_t columns = (size_t)walks->columns;
    if (!(b->x[row] >= 0 && b->t_x[row] >= 0 && b->t_x[row] <= b->T[row] && isfinite(b->T[row])))
        return "the last purchase must lie between the first and the end of observation";
    if (walks->first[row + 1] <= walks->first[row]) return "there are no periods";
    for (size_t k = walks->first[row]; k < walks->first[row + 1]; k++) {
        if (!(walks->end[k] >= before)) return "the ends of its periods do not ascend";
        if (!(walks->bought[k] >= 0)) return "the purchases of a period are not a number";
        for (size_t c = 0; c < columns; c++)
            if (!isfinite(walks->value[k * columns + c])) return "a covariate is not a number";
        before = walks->end[k];
        bought += walks->bought[k];
    }
    return fabs(bought - b->x[row]) > 0 ? "the purchases of its periods do not sum to all" : NULL;
}

static ku_status check(const ku_walks *walks, ku_error *err)
{
    const char *title = "Pareto/NBD with changing covariates";
    if (walks->buyers.rows == 0)
        return ku_error_set(err, KU_BAD_DATA, title, "there are no customers to learn from");
    if (walks->columns < 0 || walks->columns > MOST)
        return ku_error_set(err, KU_BAD_DATA, title, "%d covariates, at most %d are possible",
                            walks->columns, MOST);
    for (size_t row = 0; row < walks->buyers.rows; row++) {
        const char *wrong = what_is_wrong(walks, row);
        if (wrong != NULL)
            return ku_error_set(err, KU_BAD_DATA, title, "customer %zu: %s", row + 1, wrong);
    }
    return KU_OK;
}

/* ---- the likelihood per customer ---------------------------------------------------------------- */

static void add_block(void *data, size_t block, unsigned thread)
{
    (void)thread;
    search *s = data;
    size_t from = block * BLOCK, to = from + BLOCK, width = (size_t)(1 + s->unknowns);
    double *sums = s->partial + block * width;
    if (to > s->walks.buyers.rows) to = s->walks.buyers.rows;
    memset(sums, 0, width * sizeof *sums);
    sums[0] = ku_walks_loglik(&s->now, &s->walks, from, to, sums + 1);
}

static ku_walk_parameters parameters_at(const double *unknown, int columns)
{
    ku_walk_parameters p = {.base = {0}};
    for (int k = 0; k < BASE; k++) p.base[k] = exp(unknown[k]);
    for (int k = 0; k < columns; k++) {
        p.rate[k] = unknown[BASE + k];
        p.dropout[k] = unknown[BASE + columns + k];
    }
    return p;
}

static double badness(void *data, const double *unknown, double *gradient)
{
    search *s = data;
    size_t blocks = (s->walks.buyers.rows + BLOCK - 1) / BLOCK, width = (size_t)(1 + s->unknowns);
    double sums[1 + UNKNOWNS] = {0};
    s->now = parameters_at(unknown, s->columns);
    s->evaluations++;
    ku_pool_each(s->pool, blocks, 1, add_block, s);
    for (size_t b = 0; b < blocks; b++)
        for (size_t i = 0; i < width; i++) sums[i] += s->partial[b * width + i];
    for (int i = 0; i < s->unknowns; i++) gradient[i] = -sums[1 + i] / s->customers;
    return -sums[0] / s->customers;
}

/* ---- covariates of the search ---------------------------------------------------------------------- */

/* Every period counts alike; a column that does not vary becomes 0. */
static void standardise(search *s, ku_arena *arena)
{
    size_t columns = (size_t)s->columns, periods = s->walks.first[s->walks.buyers.rows];
    size_t from = s->walks.first[0];
    double *to = KU_ARRAY(arena, periods * columns + 1, double), count = (double)(periods - from);
    for (size_t c = 0; c < columns; c++) {
        double sum = 0, square = 0;
        for (size_t k = from; k < periods; k++) sum += s->walks.value[k * columns + c];
        s->centre[c] = sum / count;
        for (size_t k = from; k < periods; k++) {
            double off = s->walks.value[k * columns + c] - s->centre[c];
            square += off * off;
        }
        double deviation = sqrt(square / count);
        s->unit[c] = deviation > 1e-12 * fabs(s->centre[c]) ? deviation : 0;
        for (size_t k = from; k < periods; k++)
            to[k * columns + c] = s->unit[c] > 0
                                      ? (s->walks.value[k * columns + c] - s->centre[c]) /
                                            s->unit[c]
                                      : 0;
    }
    s->walks.value = to;
}

/* From the search's unknowns to log parameters and effects on the covariates as they are:
 * ln alpha and ln beta take what the centres did. Row by row. */
static void unit_map(const search *s, double *map)
{
    int n = s->unknowns;
    memset(map, 0, (size_t)(n * n) * sizeof *map);
    for (int i = 0; i < n; i++) map[i * n + i] = 1;
    for (int k = 0; k < s->columns; k++)
        for (int side = 0; side < 2; side++) {
            int e = BASE + side * s->columns + k, p = side == 0 ? KU_PARETO_ALPHA : KU_PARETO_BETA;
            map[e * n + e] = s->unit[k] > 0 ? 1 / s->unit[k] : 0;
            map[p * n + e] = map[e * n + e] * s->centre[k];
        }
}

/* ---- the fit ----------------------------------------------------------------------------------------- */

/* covariance = map (Hessian x customers)^-1 map' over what the Hessian tells apart. Whether all
 * of the unknowns of columns that vary are so known. */
static bool state_covariance(const search *s, const double *hessian, const double *map,
                             ku_buying_fit *fit)
{
    int n = s->unknowns;
    double inverse[UNKNOWNS * UNKNOWNS], half[UNKNOWNS], room[UNKNOWNS * (UNKNOWNS + 1)];
    bool known[UNKNOWNS], all = true;
    ku_invert_known(hessian, n, known, inverse, room);
    for (int i = 0; i < n; i++) {
        int column = i < BASE ? -1 : (i - BASE) % s->columns;
        all = all && (known[i] || (column >= 0 && !(s->unit[column] > 0)));
        memset(half, 0, sizeof half);
        for (int k = 0; k < n; k++)
            for (int j = 0; j < n; j++) half[j] += map[i * n + k] * inverse[k * n + j];
        for (int j = 0; j < n; j++) {
            double sum = 0;
            for (int k = 0; k < n; k++) sum += half[k] * map[j * n + k];
            fit->covariance[i * n + j] = sum / s->customers;
        }
    }
    return all;
}

static void state_fit(const search *s, const double *unknown, const double *gradient, double value,
                      const double *map, ku_buying_fit *fit)
{
    int n = s->unknowns;
    for (int i = 0; i < n; i++) {
        double sum = 0;
        for (int k = 0; k < n; k++) sum += map[i * n + k] * unknown[k];
        if (i < BASE)
            fit->parameter[i] = exp(sum);
        else if (i < BASE + s->columns)
            fit->rate[i - BASE] = sum;
        else
            fit->dropout[i - BASE - s->columns] = sum;
        fit->gradient = fmax(fit->gradient, fabs(gradient[i]));
    }
    fit->loglik = -value * s->customers;
    fit->aic = 2 * n - 2 * fit->loglik;
    fit->bic = n * log(s->customers) - 2 * fit->loglik;
    fit->covariates = s->columns;
    fit->unknowns = n;
    fit->evaluations = s->evaluations;
}

static void state_errors(ku_buying_fit *fit, bool known)
{
    int n = fit->unknowns;
    fit->at_edge = !known;
    for (int i = 0; i < n; i++) {
        double variance = fit->covariance[i * n + i], size = i < BASE ? fit->parameter[i] : 1;
        fit->se[i] = variance > 0 ? size * sqrt(variance) : NAN;
        if (i < BASE)
            fit->at_edge = fit->at_edge || fabs(log(fit->parameter[i])) > furthest - 1 ||
                           !(fit->se[i] / size < 3.5);
    }
}

static ku_status run(search *s, ku_arena *arena, ku_buying_fit *fit, ku_error *err)
{
    int n = s->unknowns;
    double unknown[UNKNOWNS] = {0}, gradient[UNKNOWNS], lower[UNKNOWNS], upper[UNKNOWNS];
    double *hessian = KU_ARRAY(arena, (size_t)(n * n), double);
    double *map = KU_ARRAY(arena, (size_t)(n * n), double);
    double *work = KU_ARRAY(arena, ku_bfgs_room(n), double);
    for (int i = 0; i < n; i++) {
        upper[i] = i < BASE ? furthest : furthest_effect;
        lower[i] = -upper[i];
        if (i < BASE) unknown[i] = fmin(fmax(log(fit->parameter[i]), lower[i]), upper[i]);
    }
    ku_bfgs_problem problem = {n, lower, upper, badness, s};
    ku_bfgs_options options = {.evaluations = EVALUATIONS, .tolerance = 1e-14, .longest = 1};
    ku_bfgs_result found = ku_bfgs(&problem, &options, unknown, gradient, hessian, work);
    if (!isfinite(found.value))
        return ku_error_set(err, KU_BAD_DATA, "Pareto/NBD with changing covariates",
                            "no parameters were found that explain these customers");
    unit_map(s, map);
    *fit = (ku_buying_fit){.model = fit->model, .starts = 1, .agreed = 1};
    ku_bfgs_hessian(&problem, unknown, false, hessian, work);
    state_fit(s, unknown, gradient, found.value, map, fit);
    fit->converged = found.converged || fit->gradient < 1e-8;
    state_errors(fit, state_covariance(s, hessian, map, fit));
    return KU_OK;
}

ku_status ku_walks_estimate(const ku_walks *walks, ku_arena *arena, ku_pool *pool,
                            ku_buying_fit *fit, ku_error *err)
{
    KU_TRY(check(walks, err));
    KU_TRY(ku_buying_estimate(&ku_buying_pareto, &walks->buyers, NULL, arena, pool, fit, err));
    search s = {.walks = *walks, .columns = walks->columns, .pool = pool};
    s.unknowns = BASE + 2 * s.columns;
    for (size_t i = 0; i < walks->buyers.rows; i++) s.customers += walks->buyers.weight[i];
    size_t blocks = (walks->buyers.rows + BLOCK - 1) / BLOCK;
    s.partial = KU_ARRAY(arena, blocks * (size_t)(1 + s.unknowns), double);
    standardise(&s, arena);
    return run(&s, arena, fit, err);
}

ku_walk_parameters ku_walks_parameters(const ku_buying_fit *fit)
{
    ku_walk_parameters p = {.base = {0}};
    memcpy(p.base, fit->parameter, sizeof p.base);
    memcpy(p.rate, fit->rate, sizeof p.rate);
    memcpy(p.dropout, fit->dropout, sizeof p.dropout);
    return p;
}
