/* fit.c - the search for the parameters of a model of repeat buying.
 *
 * The unknowns are the logarithms of the parameters and the effects of covariates, these
 * centred and scaled; the function made small is the negative log-likelihood per customer.
 * A million customers are not needed to find out where the maximum is, only to find out
 * where exactly: all starts run on a few dozen cells of customers like each other, the best
 * of them is taken over to a finer grid, and in the end, with the curvature known from there,
 * to all rows, where two evaluations do. Under covariates cells would mix what
 * they tell apart, and cells can hide a tail that keeps a parameter finite; then a sample of
 * the rows takes their place, then larger ones. A few thousand rows need neither.
 *
 * Rows are summed in blocks of a fixed size and blocks in order, so that the sum does not
 * depend on threads. */
#include "customers/fit.h"

#include <math.h>
#include <string.h>

#include "num/bfgs.h"
#include "num/linear.h"

enum {
    BLOCK = 8192,
    FEW = 8192,         /* rows for which neither cells nor samples are needed */
    MANY = 65536,       /* rows worth a grid of their own for it */
    GROWTH = 8,         /* from one sample to the next */
    CURVATURE = 131072, /* rows from which standard errors come where there are no cells */
    STARTS = 5,
    FIRST_STARTS = 3, /* on cells no more where these agree */
    UNKNOWNS = KU_BUYING_UNKNOWNS,
    PARAMETERS = KU_BUYING_PARAMETERS,
};

/* The models' contract: parameters between 1e-8 and 1e8. */
static const double furthest = 18.42, furthest_effect = 20;
static const double agreement = 1e-6; /* of starts, relative to the value */
/* To what the log-likelihood of all customers is found; where rows are few; on cells. */
static const double precise = 1e-5, cheap = 1e-10, rough = 1e-3;

static const ku_cells coarse = {5, 2, 2, 4}, fine = {8, 4, 6, 16}, finest = {16, 4, 12, 32};

/* Some of the rows, and what the search asks of them. */
typedef struct sample {
    const ku_buying_model *model;
    ku_buyers buyers;
    int parameters, columns, unknowns;
    bool rate, dropout;  /* the model has such effects */
    const double *value; /* covariates, standardised; rows x columns */
    double customers;    /* sum of weights */
    double *partial;     /* blocks x (1 + unknowns) */
    ku_pool *pool;
    const double *unknown;
    int evaluations;
} sample;

/* ---- the likelihood and its gradient ------------------------------------------------------------ */

/* The parameters under a row's covariates. */
static void parameters_of(const sample *s, const double *unknown, const double *value,
                          double *parameter)
{
    const ku_buying_effect *effect = &s->model->effect;
    double rate = 0, dropout = 0;
    for (int k = 0; k < s->columns; k++) {
        if (s->rate) rate += unknown[s->parameters + k] * value[k];
        if (s->dropout) dropout += unknown[s->parameters + s->columns + k] * value[k];
    }
    for (int p = 0; p < s->parameters; p++) {
        double by = effect->rate[p] * rate + effect->dropout[p] * dropout;
        parameter[p] = exp(fmin(fmax(unknown[p] + by, -furthest), furthest));
    }
}

/* Adds rows that share their covariates to the block's sums. */
static void add_run(const sample *s, size_t from, size_t to, double *sums)
{
    const double *value = s->columns > 0 ? s->value + from * (size_t)s->columns : NULL;
    const ku_buying_effect *effect = &s->model->effect;
    double parameter[PARAMETERS], gradient[PARAMETERS] = {0}, rate = 0, dropout = 0;
    parameters_of(s, s->unknown, value, parameter);
    sums[0] += s->model->loglik(parameter, &s->buyers, from, to, gradient);
    for (int p = 0; p < s->parameters; p++) {
        sums[1 + p] += gradient[p];
        rate += effect->rate[p] * gradient[p];
        dropout += effect->dropout[p] * gradient[p];
    }
    double *effects = sums + 1 + s->parameters;
    for (int k = 0; k < s->columns; k++) {
        if (s->rate) effects[k] += rate * value[k];
        if (s->dropout) effects[s->columns + k] += dropout * value[k];
    }
}

static void add_block(void *data, size_t block, unsigned thread)
{
    (void)thread;
    sample *s = data;
    size_t from = block * BLOCK, end = from + BLOCK, width = (size_t)s->columns;
    double *sums = s->partial + block * (size_t)(1 + s->unknowns);
    if (end > s->buyers.rows) end = s->buyers.rows;
    memset(sums, 0, (size_t)(1 + s->unknowns) * sizeof *sums);
    while (from < end) {
        size_t to = width == 0 ? end : from + 1;
        while (to < end && memcmp(s->value + from * width, s->value + to * width,
                                  width * sizeof *s->value) == 0)
            to++;
        add_run(s, from, to, sums);
        from = to;
    }
}

/* The negative log-likelihood per customer: a ku_bfgs_problem's value. */
static double badness(void *data, const double *unknown, double *gradient)
{
    sample *s = data;
    size_t blocks = (s->buyers.rows + BLOCK - 1) / BLOCK, width = (size_t)(1 + s->unknowns);
    double sums[1 + UNKNOWNS] = {0};
    s->unknown = unknown;
    s->evaluations++;
    ku_pool_each(s->pool, blocks, 1, add_block, s);
    for (size_t b = 0; b < blocks; b++)
        for (size_t i = 0; i < width; i++) sums[i] += s->partial[b * width + i];
    for (int i = 0; i < s->unknowns; i++) gradient[i] = -sums[1 + i] / s->customers;
    return -sums[0] / s->customers;
}

/* ---- rows ------------------------------------------------------------------------------------- */

/* One row of each of `rows` equal parts, chosen by a fixed stream. */
static sample take_part(const sample *all, size_t rows, ku_arena *arena)
{
    sample s = *all;
    size_t width = (size_t)s.columns, n = all->buyers.rows;
    double *x = KU_ARRAY(arena, rows, double), *t_x = KU_ARRAY(arena, rows, double);
    double *T = KU_ARRAY(arena, rows, double), *weight = KU_ARRAY(arena, rows, double);
    double *value = KU_ARRAY(arena, rows * width + 1, double);
    ku_rng rng = ku_rng_make(1, 0);
    s.customers = 0;
    for (size_t k = 0; k < rows; k++) {
        size_t first = (size_t)((double)k * (double)n / (double)rows);
        size_t next = (size_t)((double)(k + 1) * (double)n / (double)rows);
        size_t i = first + ku_rng_below(&rng, next > first ? next - first : 1);
        x[k] = all->buyers.x[i], t_x[k] = all->buyers.t_x[i];
        T[k] = all->buyers.T[i], weight[k] = all->buyers.weight[i];
        for (size_t c = 0; c < width; c++) value[k * width + c] = all->value[i * width + c];
        s.customers += weight[k];
    }
    s.buyers = (ku_buyers){rows, x, t_x, T, weight};
    s.value = value;
    s.evaluations = 0;
    return s;
}

/* The factor that brings time into a range where the models' limits are far away; 1 where
 * it is or where the model does not say how its parameters depend on the unit. */
static double time_factor(const ku_buying_model *model, const ku_buyers *buyers)
{
    double longest = 0;
    bool told = false;
    for (int p = 0; p < model->parameters; p++) told = told || model->time[p] != 0;
    for (size_t i = 0; i < buyers->rows; i++)
        longest = buyers->T[i] > longest ? buyers->T[i] : longest;
    if (!told || !(longest > 0) || (longest >= 1 && longest <= 1e4)) return 1;
    return exp2(round(log2(64 / longest)));
}

static const double *scaled(const double *time, size_t rows, double factor, ku_arena *arena)
{
    if (factor == 1) return time;
    double *to = KU_ARRAY(arena, rows + 1, double);
    for (size_t i = 0; i < rows; i++) to[i] = time[i] * factor;
    return to;
}

/* Centres and scales the covariates; a column that does not vary becomes 0. */
static void standardise(sample *s, const double *value, double *centre, double *unit,
                        ku_arena *arena)
{
    size_t rows = s->buyers.rows, width = (size_t)s->columns;
    double *to = KU_ARRAY(arena, rows * width + 1, double);
    for (size_t c = 0; c < width; c++) {
        double sum = 0, square = 0;
        for (size_t i = 0; i < rows; i++) sum += s->buyers.weight[i] * value[i * width + c];
        centre[c] = sum / s->customers;
        for (size_t i = 0; i < rows; i++) {
            double off = value[i * width + c] - centre[c];
            square += s->buyers.weight[i] * off * off;
        }
        double deviation = sqrt(square / s->customers);
        unit[c] = deviation > 1e-12 * fabs(centre[c]) ? deviation : 0;
        for (size_t i = 0; i < rows; i++)
            to[i * width + c] = unit[c] > 0 ? (value[i * width + c] - centre[c]) / unit[c] : 0;
    }
    s->value = to;
}

/* ---- the search -------------------------------------------------------------------------------- */

typedef struct search {
    double unknown[UNKNOWNS], gradient[UNKNOWNS], hessian[UNKNOWNS * UNKNOWNS];
    double value;
    bool converged;
    const double *enough;               /* a value below which to stop, or NULL */
    double curved[UNKNOWNS * UNKNOWNS]; /* the Hessian of the fine cells */
    bool has_curved;
    double lower[UNKNOWNS], upper[UNKNOWNS];
    double *work;
} search;

static ku_bfgs_problem problem_of(const search *f, sample *s)
{
    return (ku_bfgs_problem){s->unknowns, f->lower, f->upper, badness, s};
}

static void run_search(search *f, sample *s, int evaluations, double precision)
{
    ku_bfgs_problem problem = problem_of(f, s);
    double tolerance = fmin(fmax(precision / s->customers, 1e-15), 1e-9);
    ku_bfgs_options options = {.evaluations = evaluations, .tolerance = tolerance, .longest = 2};
    options.enough = f->enough;
    ku_bfgs_result result = ku_bfgs(&problem, &options, f->unknown, f->gradient, f->hessian,
                                    f->work);
    f->value = result.value;
    f->converged = result.converged;
}

static void find_curvature(search *f, sample *s, bool roughly)
{
    ku_bfgs_problem problem = problem_of(f, s);
    ku_bfgs_hessian(&problem, f->unknown, roughly, f->hessian, f->work);
}

/* Forgets a Hessian that is not that of a minimum. */
static void drop_bad_curvature(search *f, int n)
{
    double factor[UNKNOWNS * UNKNOWNS];
    size_t bytes = (size_t)(n * n) * sizeof *factor;
    memcpy(factor, f->hessian, bytes);
    if (!ku_cholesky(factor, n, n)) memset(f->hessian, 0, bytes);
}

/* On with the Hessian as it is here. */
static void run_with_curvature(search *f, sample *s, int evaluations)
{
    find_curvature(f, s, false);
    drop_bad_curvature(f, s->unknowns);
    run_search(f, s, evaluations, s->buyers.rows <= FEW ? cheap : precise);
}

/* How many of the first `count` ends are as good as the best. */
static int count_agreed(const double *value, int count, double best)
{
    int agreed = 0;
    for (int i = 0; i < count; i++) agreed += value[i] - best <= agreement * fabs(best);
    return agreed;
}

/* The best of several starts; how many there were and how many agree goes into the fit. In a
 * `hurry` a start is not followed further once it agrees with the best before it, and there
 * are no more of them once the first few agree. */
static void run_starts(search *best, sample *s, bool hurry, ku_buying_fit *fit)
{
    double value[STARTS], enough;
    search f = *best;
    int count = 0, wanted = hurry ? FIRST_STARTS : STARTS;
    best->value = INFINITY;
    fit->agreed = 0;
    while (count < wanted || (count < STARTS && fit->agreed < count)) {
        double parameter[PARAMETERS];
        memset(f.unknown, 0, sizeof f.unknown);
        memset(f.hessian, 0, sizeof f.hessian);
        s->model->start(&s->buyers, count, parameter);
        for (int p = 0; p < s->parameters; p++)
            f.unknown[p] = fmin(fmax(log(parameter[p]), -furthest), furthest);
        run_search(&f, s, 300, hurry ? rough : cheap);
        value[count++] = f.value;
        if (f.value < best->value) *best = f;
        enough = best->value + agreement * fabs(best->value);
        f.enough = hurry ? &enough : NULL;
        fit->agreed = count_agreed(value, count, best->value);
    }
    best->enough = NULL;
    fit->starts = count;
}

/* The step that the search would take next: it promises less than can be measured, but brings
 * the unknowns to more digits than the value. */
static void last_step(search *f, int n)
{
    double factor[UNKNOWNS * UNKNOWNS], step[UNKNOWNS];
    memcpy(factor, f->hessian, (size_t)(n * n) * sizeof *factor);
    for (int i = 0; i < n; i++) step[i] = -f->gradient[i];
    if (!ku_cholesky(factor, n, n)) return;
    ku_cholesky_solve(factor, n, n, step);
    for (int i = 0; i < n; i++)
        if (!(fabs(f->unknown[i] + step[i]) < f->upper[i] && fabs(step[i]) < 1e-2)) return;
    for (int i = 0; i < n; i++) {
        f->unknown[i] += step[i];
        f->value += f->gradient[i] * step[i] / 2;
    }
}

/* On to all rows with the curvature of fewer. */
static void run_on_all(search *f, sample *all)
{
    double factor[UNKNOWNS * UNKNOWNS];
    memcpy(factor, f->hessian, sizeof factor);
    f->converged = false; /* so far only on fewer */
    if (ku_cholesky(factor, all->unknowns, all->unknowns)) run_search(f, all, 40, precise);
    if (!f->converged) run_with_curvature(f, all, 100);
    if (f->converged) last_step(f, all->unknowns);
}

static sample cells_of(const sample *all, ku_cells grid, ku_arena *arena)
{
    sample s = *all;
    s.buyers = ku_buyers_cells(&all->buyers, grid, s.model->discrete, arena);
    s.evaluations = 0;
    return s;
}

static void run_samples(search *f, sample *all, ku_arena *arena, ku_buying_fit *fit)
{
    size_t size = FEW;
    if (all->buyers.rows <= 4 * FEW) {
        run_starts(f, all, false, fit);
        if (isfinite(f->value)) run_with_curvature(f, all, 100);
        return;
    }
    sample part = take_part(all, size, arena);
    run_starts(f, &part, false, fit);
    if (!isfinite(f->value)) return;
    for (;;) {
        run_with_curvature(f, &part, 100);
        find_curvature(f, &part, false);
        size *= GROWTH;
        if (size > all->buyers.rows / 4) break;
        part = take_part(all, size, arena);
    }
    run_on_all(f, all);
}

/* Beyond 6e4 or 1/6e4: where the likelihood is flat, so that no search finds back. */
static bool is_lost(const search *f, const sample *s)
{
    bool far = !isfinite(f->value);
    for (int p = 0; p < s->parameters; p++) far = far || fabs(f->unknown[p]) > 11;
    return far;
}

/* False where the cells led astray: means of like customers can hide that some left early. */
static bool run_cells(search *f, sample *all, ku_arena *arena, ku_buying_fit *fit)
{
    sample part = cells_of(all, fine, arena), few = cells_of(&part, coarse, arena);
    run_starts(f, &few, true, fit);
    if (is_lost(f, all)) run_starts(f, &part, true, fit);
    if (is_lost(f, all)) return false;
    find_curvature(f, &few, true);
    drop_bad_curvature(f, all->unknowns);
    run_search(f, &part, 100, rough);
    if (is_lost(f, all)) return false;
    find_curvature(f, &part, true);
    memcpy(f->curved, f->hessian, sizeof f->curved);
    f->has_curved = true;
    run_on_all(f, all);
    return f->converged && !is_lost(f, all);
}

/* ---- how sure -------------------------------------------------------------------------------- */

/* From the search's unknowns to log parameters and effects in the caller's units: a linear
 * map, row by row. */
static void unit_map(const sample *s, const double *centre, const double *unit, double *map)
{
    const ku_buying_effect *effect = &s->model->effect;
    int n = s->unknowns;
    memset(map, 0, (size_t)(n * n) * sizeof *map);
    for (int i = 0; i < n; i++) map[i * n + i] = 1;
    for (int k = 0; k < s->columns; k++)
        for (int side = 0; side < 2; side++) {
            if (!(side == 0 ? s->rate : s->dropout)) continue;
            int e = s->parameters + (side == 1 ? s->columns : 0) + k;
            double share = unit[k] > 0 ? 1 / unit[k] : 0;
            map[e * n + e] = share;
            for (int p = 0; p < s->parameters; p++)
                map[p * n + e] = -(side == 0 ? effect->rate : effect->dropout)[p] * share *
                                 centre[k];
        }
}

/* covariance = map inverse map' / customers. */
static void transform(const double *map, const double *inverse, int n, double customers,
                      double *covariance)
{
    double half[UNKNOWNS * UNKNOWNS] = {0};
    for (int i = 0; i < n; i++)
        for (int j = 0; j < n; j++) {
            half[i * n + j] = 0;
            for (int k = 0; k < n; k++) half[i * n + j] += map[i * n + k] * inverse[k * n + j];
        }
    for (int i = 0; i < n; i++)
        for (int j = 0; j < n; j++) {
            double sum = 0;
            for (int k = 0; k < n; k++) sum += half[i * n + k] * map[j * n + k];
            covariance[i * n + j] = sum / customers;
        }
}

static void state_errors(ku_buying_fit *fit, const sample *s, const bool *known)
{
    int n = s->unknowns;
    for (int i = 0; i < n; i++) {
        double variance = fit->covariance[i * n + i];
        double size = i < s->parameters ? fit->parameter[i] : 1;
        fit->se[i] = known[i] && variance > 0 ? size * sqrt(variance) : NAN;
    }
}

/* A parameter at its limit, or one that may as well be a thousand times larger or smaller. */
static bool is_at_edge(const ku_buying_fit *fit, const search *f, const sample *s)
{
    for (int p = 0; p < s->parameters; p++) {
        double error = fit->se[p] / fit->parameter[p];
        if (fabs(f->unknown[p]) > furthest - 1 || !(error < 3.5)) return true;
    }
    return false;
}

/* The Hessian at the maximum: of all rows, or of a part or of cells where they are many. */
static void final_curvature(search *f, sample *all, ku_arena *arena)
{
    size_t rows = all->buyers.rows;
    sample part = *all;
    if (!f->has_curved && rows > 2 * CURVATURE) part = take_part(all, CURVATURE, arena);
    if (f->has_curved && rows > MANY) part = cells_of(all, finest, arena);
    if (f->has_curved && rows <= MANY)
        memcpy(f->hessian, f->curved, sizeof f->curved);
    else
        find_curvature(f, &part, f->has_curved);
}

/* The covariance, and what follows from it. */
static void find_errors(ku_buying_fit *fit, search *f, sample *all, const double *map,
                        ku_arena *arena)
{
    double inverse[UNKNOWNS * UNKNOWNS];
    bool known[UNKNOWNS];
    final_curvature(f, all, arena);
    double room[UNKNOWNS * (UNKNOWNS + 1)];
    ku_invert_known(f->hessian, all->unknowns, known, inverse, room);
    transform(map, inverse, all->unknowns, all->customers, fit->covariance);
    state_errors(fit, all, known);
    fit->at_edge = is_at_edge(fit, f, all);
}

/* ---- the whole --------------------------------------------------------------------------------- */

static sample all_rows(const ku_buying_model *model, const ku_buyers *buyers, int columns,
                       double factor, ku_arena *arena, ku_pool *pool)
{
    sample s = {.model = model, .buyers = *buyers, .parameters = model->parameters};
    s.columns = columns;
    s.pool = pool;
    s.unknowns = s.parameters;
    for (int p = 0; p < s.parameters && columns > 0; p++) {
        s.rate = s.rate || model->effect.rate[p] != 0;
        s.dropout = s.dropout || model->effect.dropout[p] != 0;
    }
    s.unknowns += columns * (s.rate + s.dropout);
    s.buyers.t_x = scaled(buyers->t_x, buyers->rows, factor, arena);
    s.buyers.T = scaled(buyers->T, buyers->rows, factor, arena);
    for (size_t i = 0; i < buyers->rows; i++) s.customers += buyers->weight[i];
    size_t blocks = (buyers->rows + BLOCK - 1) / BLOCK;
    s.partial = KU_ARRAY(arena, blocks * (size_t)(1 + s.unknowns), double);
    return s;
}

/* Log parameters and effects in the caller's units. */
static void state_parameters(ku_buying_fit *fit, const search *f, const sample *s,
                             const double *map, double factor)
{
    int n = s->unknowns;
    for (int i = 0; i < n; i++) {
        double value = 0;
        for (int k = 0; k < n; k++) value += map[i * n + k] * f->unknown[k];
        int effect = i - s->parameters;
        if (effect < 0)
            fit->parameter[i] = exp(value - s->model->time[i] * log(factor));
        else if (s->rate && effect < s->columns)
            fit->rate[effect] = value;
        else
            fit->dropout[effect - (s->rate ? s->columns : 0)] = value;
    }
}

static void state_quality(ku_buying_fit *fit, const search *f, const sample *s, double factor)
{
    double purchases = 0;
    for (size_t i = 0; i < s->buyers.rows; i++) purchases += s->buyers.weight[i] * s->buyers.x[i];
    fit->loglik = -f->value * s->customers + purchases * log(factor);
    fit->aic = 2 * s->unknowns - 2 * fit->loglik;
    fit->bic = s->unknowns * log(s->customers) - 2 * fit->loglik;
    fit->gradient = 0;
    for (int i = 0; i < s->unknowns; i++) {
        bool held = f->unknown[i] <= f->lower[i] || f->unknown[i] >= f->upper[i];
        if (!held) fit->gradient = fmax(fit->gradient, fabs(f->gradient[i]));
    }
    fit->converged = f->converged || fit->gradient < 1e-9;
}

ku_status ku_buying_estimate(const ku_buying_model *model, const ku_buyers *buyers,
                             const ku_buying_covariates *covariates, ku_arena *arena, ku_pool *pool,
                             ku_buying_fit *fit, ku_error *err)
{
    int columns = covariates != NULL ? covariates->columns : 0;
    if (buyers->rows == 0)
        return ku_error_set(err, KU_BAD_DATA, model->title, "there are no customers to learn from");
    if (columns > KU_BUYING_COVARIATES)
        return ku_error_set(err, KU_BAD_DATA, model->title,
                            "%d covariates, at most %d are possible", columns,
                            KU_BUYING_COVARIATES);
    double factor = time_factor(model, buyers);
    double centre[KU_BUYING_COVARIATES], unit[KU_BUYING_COVARIATES];
    sample all = all_rows(model, buyers, columns, factor, arena, pool);
    if (columns > 0)
        standardise(&all, covariates->value, centre, unit, arena);
    else
        all.buyers = ku_buyers_join(&all.buyers, arena);
    search *f = KU_NEW(arena, search);
    f->work = KU_ARRAY(arena, ku_bfgs_room(all.unknowns), double);
    for (int i = 0; i < all.unknowns; i++) {
        f->upper[i] = i < all.parameters ? furthest : furthest_effect;
        f->lower[i] = -f->upper[i];
    }
    *fit = (ku_buying_fit){.model = model, .covariates = columns, .unknowns = all.unknowns};
    bool cells = columns == 0 && all.buyers.rows > FEW && run_cells(f, &all, arena, fit);
    if (!cells) {
        f->has_curved = false;
        run_samples(f, &all, arena, fit);
    }
    if (!isfinite(f->value))
        return ku_error_set(err, KU_BAD_DATA, model->title,
                            "no parameters were found that explain these customers");
    double *map = KU_ARRAY(arena, (size_t)(all.unknowns * all.unknowns), double);
    unit_map(&all, centre, unit, map);
    fit->evaluations = all.evaluations;
    state_parameters(fit, f, &all, map, factor);
    state_quality(fit, f, &all, factor);
    find_errors(fit, f, &all, map, arena);
    return KU_OK;
}
