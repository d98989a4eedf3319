/* ets_fit.c - maximum likelihood for one model, and the choice among models.
 *
 * The concentrated likelihood of n observations is, without constants,
 *     n ln(sum e^2) + 2 sum ln|f|     (the second sum for multiplicative errors only,
 * where e is relative; HKOS eq. 5.3). It equals n ln of a sum of squares F = G^2 sum e^2
 * with G the geometric mean of the fits, so estimating is least squares: a dozen
 * Gauss-Newton steps with exact derivatives find what a simplex search approaches in
 * thousands of evaluations. The unknowns are put so that the usual bounds
 *     .0001 <= beta <= alpha, .0001 <= gamma <= 1 - alpha, .8 <= phi <= .98
 * become a box: beta and gamma are carried as shares of their ranges. */
#include "forecast/ets/ets_internal.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

static const double low = 1e-4, high = 0.9999, phi_low = 0.8, phi_high = 0.98;
/* Squared errors below this share of the scale squared are rounding. */
static const double smallest_square = 1e-26;

#define KU_ETS_MODEL(error, trend, season, name, words) {error, trend, season},
const ku_ets_model ku_ets_models[KU_ETS_MODELS] = {
#include "forecast/ets/models.def"
};
#undef KU_ETS_MODEL

#define KU_ETS_MODEL(error, trend, season, name, words) #name,
static const char *const short_names[KU_ETS_MODELS] = {
#include "forecast/ets/models.def"
};
#undef KU_ETS_MODEL

struct ku_ets_work {
    int observations, season, lanes;
    double *y; /* the series over its scale */
    double *jacobian, *residual, *drift, *carried;
    double *matrix; /* lanes x lanes, natural columns */
    double *gradient;
    double *ring; /* seasonal states during a run */
    double *x, *first_x, *best_x, *lower, *upper, *search, *room;
    double *seasonal[4]; /* initial and final factors of two fits */
};

/* One fit under way. */
typedef struct fitting {
    ku_ets_work *work;
    ku_ets_model model;
    ets_layout layout;
    int n, season;
} fitting;

void ku_ets_name(ku_ets_model model, char name[KU_ETS_NAME])
{
    const char *trend = model.trend == 'N' ? "N" : model.trend == 'A' ? "A" : "Ad";
    snprintf(name, KU_ETS_NAME, "ETS(%c,%s,%c)", model.error, trend, model.season);
}

int ku_ets_find(const char *text)
{
    for (int i = 0; i < KU_ETS_MODELS; i++)
        if (strcmp(short_names[i], text) == 0) return i;
    return -1;
}

ets_layout ku_ets_layout(ku_ets_model model, int season)
{
    bool slope = model.trend != 'N', seasonal = model.season != 'N';
    ets_layout l = {.slope = slope ? ETS_LEVEL + 1 : -1, .seasonal = -1};
    int columns = ETS_LEVEL + 1 + slope;
    l.smoothing = 1 + slope + seasonal + (model.trend == 'D');
    l.unknowns = l.smoothing + 1 + slope;
    if (seasonal) {
        l.seasonal = columns;
        columns += season - 1;
        l.unknowns += season - 1;
    }
    l.lanes = (columns + ETS_LANES - 1) / ETS_LANES * ETS_LANES;
    return l;
}

ku_ets_work *ku_ets_work_new(ku_arena *arena, int observations, int season)
{
    ku_ets_work *w = KU_NEW(arena, ku_ets_work);
    size_t n = (size_t)observations, m = (size_t)season;
    w->observations = observations;
    w->season = season;
    w->lanes = ku_ets_layout((ku_ets_model){'M', 'D', 'M'}, season).lanes;
    size_t lanes = (size_t)w->lanes;
    struct {
        double **to;
        size_t count;
    } parts[] = {
        {&w->y, n},
        {&w->jacobian, n * lanes},
        {&w->residual, n},
        {&w->drift, lanes},
        {&w->carried, (2 + m) * lanes},
        {&w->matrix, lanes * lanes},
        {&w->gradient, lanes},
        {&w->ring, m},
        {&w->x, lanes},
        {&w->first_x, lanes},
        {&w->best_x, lanes},
        {&w->lower, lanes},
        {&w->upper, lanes},
        {&w->search, ku_levenberg_room((int)lanes)},
        {&w->room, 8 * n + 2 * m + 8},
        {&w->seasonal[0], m},
        {&w->seasonal[1], m},
        {&w->seasonal[2], m},
        {&w->seasonal[3], m},
    };
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        /* At least 64 bytes, for then the arena aligns them for the lanes. */
        size_t count = parts[i].count < 8 ? 8 : parts[i].count;
        *parts[i].to = ku_arena_try(arena, count * sizeof(double));
        if (!*parts[i].to) return NULL;
    }
    return w;
}

/* ---- from the search's unknowns to parameters and back ------------------------------ */

typedef struct places { /* where the unknowns stand in x; -1: not there */
    int beta, gamma, phi, level, slope, seasonal;
} places;

static places places_of(const fitting *f)
{
    places p = {-1, -1, -1, f->layout.smoothing, -1, -1};
    int next = 1;
    if (f->model.trend != 'N') p.beta = next++;
    if (f->model.season != 'N') p.gamma = next++;
    if (f->model.trend == 'D') p.phi = next++;
    next = p.level + 1;
    if (f->model.trend != 'N') p.slope = next++;
    if (f->model.season != 'N') p.seasonal = next;
    return p;
}

static void natural_parameters(const places *p, const double *x, double natural[4])
{
    double alpha = x[0];
    natural[ETS_ALPHA] = alpha;
    natural[ETS_BETA] = p->beta < 0 ? 0 : low + x[p->beta] * (fmax(alpha, low) - low);
    natural[ETS_GAMMA] = p->gamma < 0 ? 0 : low + x[p->gamma] * (fmax(1 - alpha, low) - low);
    natural[ETS_PHI] = p->phi < 0 ? 1 : x[p->phi];
}

/* Initial states of x into the ring; false when a seasonal factor is not allowed. */
static bool initial_states(const fitting *f, const places *p, const double *x, ets_states *states)
{
    *states = (ets_states){x[p->level], p->slope < 0 ? 0 : x[p->slope], f->work->ring};
    if (p->seasonal < 0) return true;
    double rest = f->model.season == 'M' ? f->season : 0;
    for (int j = 0; j + 1 < f->season; j++) {
        states->seasonal[j] = x[p->seasonal + j];
        rest -= states->seasonal[j];
    }
    states->seasonal[f->season - 1] = rest;
    return f->model.season == 'A' || rest > 1e-8;
}

static void set_bounds(const fitting *f, const places *p, double *lower, double *upper)
{
    for (int i = 0; i < f->layout.unknowns; i++) {
        lower[i] = -INFINITY;
        upper[i] = INFINITY;
    }
    for (int i = 0; i < f->layout.smoothing; i++) {
        lower[i] = 0;
        upper[i] = 1;
    }
    lower[0] = low;
    upper[0] = high;
    if (p->phi >= 0) {
        lower[p->phi] = phi_low;
        upper[p->phi] = phi_high;
    }
    if (f->model.season == 'M')
        for (int j = 0; j + 1 < f->season; j++) lower[p->seasonal + j] = 1e-8;
}

/* ---- the two functions of the search -------------------------------------------------- */

static double likelihood_value(const fitting *f, const ets_sum *sum)
{
    double squares = fmax(sum->squares, f->n * smallest_square);
    return log(squares) + 2 * sum->logs / f->n;
}

static double value_at(void *data, const double *x)
{
    fitting *f = data;
    const places p = places_of(f);
    double natural[4];
    ets_states states;
    ets_sum sum;
    natural_parameters(&p, x, natural);
    if (!initial_states(f, &p, x, &states)) return INFINITY;
    if (f->model.season != 'N' &&
        !ku_ets_forgets(natural[0], natural[1], natural[2], natural[3], f->season, f->work->room))
        return INFINITY;
    if (!ku_ets_run(f->model, f->work->y, f->n, f->season, natural, &states, &sum, NULL))
        return INFINITY;
    return likelihood_value(f, &sum);
}

/* For multiplicative errors F = G^2 sum r^2, and the derivative of G r_t over G is
 * d r_t + r_t c with c the mean of d ln f: two more rank-one terms. */
static void add_drift(const fitting *f, double squares)
{
    ku_ets_work *w = f->work;
    int lanes = f->layout.lanes;
    for (int i = 0; i < lanes; i++)
        for (int j = 0; j <= i; j++)
            w->matrix[i * lanes + j] += w->drift[i] * w->gradient[j] +
                                        w->gradient[i] * w->drift[j] +
                                        squares * w->drift[i] * w->drift[j];
    for (int i = 0; i < lanes; i++) w->gradient[i] += squares * w->drift[i];
}

/* Chain rule for beta and gamma carried as shares: the column of alpha takes in theirs,
 * theirs are stretched by the length of the range. The same for the rows. */
static void to_shares(const fitting *f, const places *p, const double *x)
{
    ku_ets_work *w = f->work;
    int lanes = f->layout.lanes;
    double alpha = x[0];
    double share_b = p->beta < 0 ? 0 : x[p->beta], share_g = p->gamma < 0 ? 0 : x[p->gamma];
    double range_b = alpha - low, range_g = 1 - alpha - low;
    double *m = w->matrix;
    for (int i = 0; i < 4; i++) /* make the corner whole */
        for (int j = 0; j < i; j++) m[j * lanes + i] = m[i * lanes + j];
    for (int i = 0; i < lanes; i++) {
        double *row = m + (size_t)i * (size_t)lanes;
        row[ETS_ALPHA] += share_b * row[ETS_BETA] - share_g * row[ETS_GAMMA];
        row[ETS_BETA] *= range_b;
        row[ETS_GAMMA] *= range_g;
    }
    for (int j = 0; j < 4; j++) {
        m[j] += share_b * m[ETS_BETA * lanes + j] - share_g * m[ETS_GAMMA * lanes + j];
        m[ETS_BETA * lanes + j] *= range_b;
        m[ETS_GAMMA * lanes + j] *= range_g;
    }
    double *g = w->gradient;
    g[ETS_ALPHA] += share_b * g[ETS_BETA] - share_g * g[ETS_GAMMA];
    g[ETS_BETA] *= range_b;
    g[ETS_GAMMA] *= range_g;
}

/* Natural column of unknown i. */
static int column_of(const fitting *f, const places *p, int i)
{
    if (i == 0) return ETS_ALPHA;
    if (i == p->beta) return ETS_BETA;
    if (i == p->gamma) return ETS_GAMMA;
    if (i == p->phi) return ETS_PHI;
    return ETS_LEVEL + (i - f->layout.smoothing);
}

static void normal_at(void *data, const double *x, double *matrix, double *gradient)
{
    fitting *f = data;
    ku_ets_work *w = f->work;
    const places p = places_of(f);
    double natural[4], squares = 0;
    ets_states states;
    natural_parameters(&p, x, natural);
    initial_states(f, &p, x, &states);
    ku_ets_run_derivatives(f->model, w->y, f->n, f->season, natural, &f->layout, &states,
                           w->jacobian, w->residual, w->drift, w->carried);
    ku_ets_normal(w->jacobian, w->residual, f->n, f->layout.lanes, w->matrix, f->layout.lanes,
                  w->gradient);
    for (int t = 0; t < f->n; t++) squares += w->residual[t] * w->residual[t];
    if (f->model.error == 'M') add_drift(f, squares);
    to_shares(f, &p, x);
    double by = 1 / fmax(squares, f->n * smallest_square);
    int unknowns = f->layout.unknowns, lanes = f->layout.lanes;
    for (int i = 0; i < unknowns; i++) {
        int ci = column_of(f, &p, i);
        gradient[i] = w->gradient[ci] * by;
        for (int j = 0; j <= i; j++)
            matrix[i * unknowns + j] = w->matrix[ci * lanes + column_of(f, &p, j)] * by;
    }
}

/* ---- one model ---------------------------------------------------------------------- */

/* Where a search starts: alpha, and beta and gamma as shares of their ranges. The
 * likelihood has several hills, which differ in how fast level and slope move. */
typedef struct start {
    double alpha, beta, gamma, phi;
} start;
static const start starts[] = {
    {0.1, 0.02, 0.02, 0.95}, {0.1, 0.4, 0.02, 0.95},   {0.1, 0.02, 0.4, 0.95},
    {0.1, 0.4, 0.4, 0.95},   {0.4, 0.02, 0.02, 0.95},  {0.4, 0.4, 0.02, 0.95},
    {0.4, 0.02, 0.4, 0.95},  {0.4, 0.4, 0.4, 0.95},    {0.8, 0.02, 0.02, 0.95},
    {0.8, 0.4, 0.02, 0.95},  {0.8, 0.02, 0.4, 0.95},   {0.8, 0.4, 0.4, 0.95},
    {0.5, 0.8, 0.05, 0.9},   {0.02, 0.1, 0.05, 0.978},
};
#define STARTS   ((int)(sizeof starts / sizeof *starts))
#define SEARCHES 3 /* from the best start and from the best of those with another level */

static void put_start(const places *p, const start *from, double *x)
{
    x[0] = from->alpha;
    if (p->beta >= 0) x[p->beta] = from->beta;
    if (p->gamma >= 0) x[p->gamma] = from->gamma;
    if (p->phi >= 0) x[p->phi] = from->phi;
}

/* The value of every start with the initial states in x; a start that differs from an
 * earlier one only in what the model has not is INFINITY. */
static void rate_starts(fitting *f, const places *p, double *x, double rating[STARTS])
{
    for (int i = 0; i < STARTS; i++) {
        bool seen = false;
        for (int j = 0; j < i; j++)
            seen |= starts[j].alpha == starts[i].alpha &&
                    (p->beta < 0 || starts[j].beta == starts[i].beta) &&
                    (p->gamma < 0 || starts[j].gamma == starts[i].gamma);
        put_start(p, &starts[i], x);
        rating[i] = seen ? INFINITY : value_at(f, x);
    }
}

/* Takes the best start off the list, with all that begin at the same alpha; -1: none. */
static int take_start(double rating[STARTS])
{
    int best = -1;
    for (int i = 0; i < STARTS; i++)
        if (isfinite(rating[i]) && (best < 0 || rating[i] < rating[best])) best = i;
    for (int i = 0; best >= 0 && i < STARTS; i++)
        if (starts[i].alpha == starts[best].alpha) rating[i] = INFINITY;
    return best;
}

static void start_states(fitting *f, const places *p, double *x)
{
    ku_ets_work *w = f->work;
    double level, slope;
    ku_ets_start(f->model, w->y, f->n, f->season, &level, &slope, w->ring, w->room);
    x[p->level] = level;
    if (p->slope >= 0) x[p->slope] = slope;
    for (int j = 0; p->seasonal >= 0 && j + 1 < f->season; j++) x[p->seasonal + j] = w->ring[j];
}

/* Halves slope and season about the level of the first periods: where the heuristic
 * states give a fit below zero, which relative errors exclude, calmer ones may not. */
static void calm_states(fitting *f, const places *p, double *x)
{
    double neutral = f->model.season == 'M' ? 1 : 0;
    int first = f->n < 2 * f->season || f->n < 10 ? f->n : f->season > 5 ? 2 * f->season : 10;
    if (p->slope >= 0) {
        x[p->slope] /= 2;
        x[p->level] += x[p->slope] * (first + 1) / 2;
    }
    for (int j = 0; p->seasonal >= 0 && j + 1 < f->season; j++)
        x[p->seasonal + j] = (x[p->seasonal + j] + neutral) / 2;
}

/* Heuristic states in x and the value of every start with them; calmer and calmer states
 * if with none of the starts the model can run. */
static void begin(fitting *f, const places *p, double *x, double rating[STARTS])
{
    start_states(f, p, x);
    for (int attempt = 0; attempt < 6; attempt++) {
        rate_starts(f, p, x, rating);
        for (int i = 0; i < STARTS; i++)
            if (isfinite(rating[i])) return;
        calm_states(f, p, x);
    }
}

static double search(fitting *f, double *x, double good_enough)
{
    ku_ets_work *w = f->work;
    ku_levenberg_problem problem = {f->layout.unknowns, w->lower, w->upper, value_at, normal_at, f};
    ku_levenberg_options options = {80, 1e-9, good_enough};
    return ku_levenberg(&problem, &options, x, w->search).value;
}

/* Smallest n for which the AICc of k parameters exists, and its penalty. */
static double aicc_penalty(int n, int unknowns)
{
    double k = unknowns + 1;
    return 2 * k + 2 * k * (k + 1) / (n - k - 1);
}

/* Scales by a power of two (exact), so that no series is too large or small. */
static double load(ku_ets_work *w, const double *y, int n)
{
    double mean = 0;
    int exponent;
    for (int t = 0; t < n; t++) mean += fabs(y[t]) / n;
    if (!(mean > 0)) mean = 1;
    frexp(mean, &exponent);
    double scale = ldexp(1, exponent - 1);
    for (int t = 0; t < n; t++) w->y[t] = y[t] / scale;
    return scale;
}

/* Fills the result from the unknowns: parameters, states in the data's unit, likelihood. */
static void finish(fitting *f, const double *x, double scale, ku_ets_fit *fit)
{
    const places p = places_of(f);
    double natural[4];
    ets_states states;
    ets_sum sum;
    bool multiplies = f->model.season == 'M';
    natural_parameters(&p, x, natural);
    initial_states(f, &p, x, &states);
    fit->model = f->model;
    fit->n = f->n;
    fit->season = f->model.season == 'N' ? 1 : f->season;
    fit->unknowns = f->layout.unknowns;
    fit->alpha = natural[ETS_ALPHA];
    fit->beta = natural[ETS_BETA];
    fit->gamma = natural[ETS_GAMMA];
    fit->phi = natural[ETS_PHI];
    fit->level0 = states.level * scale;
    fit->slope0 = states.slope * scale;
    double unit = multiplies ? 1 : scale;
    for (int j = 0; p.seasonal >= 0 && j < f->season; j++)
        fit->seasonal0[j] = states.seasonal[j] * unit;
    ku_ets_run(f->model, f->work->y, f->n, f->season, natural, &states, &sum, NULL);
    fit->level = states.level * scale;
    fit->slope = states.slope * scale;
    for (int j = 0; p.seasonal >= 0 && j < f->season; j++)
        fit->seasonal[j] = states.seasonal[(f->n + j) % f->season] * unit;
    double h = f->n * (likelihood_value(f, &sum) + 2 * log(scale));
    fit->loglik = -0.5 * h;
    fit->aicc = h + aicc_penalty(f->n, f->layout.unknowns);
    fit->sigma2 = sum.squares / (f->n - f->layout.unknowns);
    if (f->model.error == 'A') fit->sigma2 *= scale * scale;
}

bool ku_ets_possible(ku_ets_model model, const double *y, int n, int season)
{
    if (model.season != 'N' && (season < 2 || n <= season)) return false;
    if (n < ku_ets_layout(model, season).unknowns + 3) return false;
    if (model.error == 'A') return true;
    for (int t = 0; t < n; t++)
        if (!(y[t] > 0)) return false;
    return true;
}

/* The fit on the loaded series. `worth`: the AICc to be beaten. */
static bool fit_loaded(ku_ets_work *w, ku_ets_model model, int n, int season, double scale,
                       double worth, ku_ets_fit *fit)
{
    fitting f = {w, model, ku_ets_layout(model, season), n, season};
    const places p = places_of(&f);
    assert(n <= w->observations && f.layout.lanes <= w->lanes);
    double good_enough = isfinite(worth)
                             ? (worth - aicc_penalty(n, f.layout.unknowns)) / n - 2 * log(scale)
                             : INFINITY;
    set_bounds(&f, &p, w->lower, w->upper);
    double rating[STARTS], best = INFINITY;
    begin(&f, &p, w->x, rating);
    memcpy(w->first_x, w->x, (size_t)f.layout.unknowns * sizeof *w->x);
    for (int k = 0, at; k < SEARCHES && (at = take_start(rating)) >= 0; k++) {
        memcpy(w->x, w->first_x, (size_t)f.layout.unknowns * sizeof *w->x);
        put_start(&p, &starts[at], w->x);
        double value = search(&f, w->x, fmin(good_enough, best));
        if (!(value < best)) continue;
        best = value;
        memcpy(w->best_x, w->x, (size_t)f.layout.unknowns * sizeof *w->x);
    }
    if (!isfinite(best)) return false;
    finish(&f, w->best_x, scale, fit);
    return isfinite(fit->loglik);
}

bool ku_ets_fit_model(ku_ets_work *work, ku_ets_model model, const double *y, int n, int season,
                      ku_ets_fit *fit)
{
    double scale = load(work, y, n);
    fit->seasonal0 = work->seasonal[0];
    fit->seasonal = work->seasonal[1];
    return fit_loaded(work, model, n, season, scale, INFINITY, fit);
}

bool ku_ets_choose(ku_ets_work *work, unsigned allowed, const double *y, int n, int season,
                   ku_ets_fit *fit)
{
    double scale = load(work, y, n);
    ku_ets_fit best = {.aicc = INFINITY};
    ku_ets_fit trial = {.seasonal0 = work->seasonal[0], .seasonal = work->seasonal[1]};
    double *spare[2] = {work->seasonal[2], work->seasonal[3]};
    for (int i = 0; i < KU_ETS_MODELS; i++) {
        ku_ets_model model = ku_ets_models[i];
        if (!(allowed >> i & 1) || !ku_ets_possible(model, y, n, season)) continue;
        if (!fit_loaded(work, model, n, season, scale, best.aicc, &trial)) continue;
        if (!(trial.aicc < best.aicc)) continue;
        best = trial;
        trial = (ku_ets_fit){.seasonal0 = spare[0], .seasonal = spare[1]};
        spare[0] = best.seasonal0;
        spare[1] = best.seasonal;
    }
    *fit = best;
    return isfinite(best.aicc);
}

void ku_ets_fitted(ku_ets_work *work, const ku_ets_fit *fit, const double *y, double *fitted)
{
    double natural[4] = {fit->alpha, fit->beta, fit->gamma, fit->phi};
    ets_states states = {fit->level0, fit->slope0, work->ring};
    ets_sum sum;
    if (fit->model.season != 'N')
        memcpy(work->ring, fit->seasonal0, (size_t)fit->season * sizeof *work->ring);
    /* The recursion is that of additive errors; only what is summed differs, not needed here. */
    ku_ets_model model = {'A', fit->model.trend, fit->model.season};
    ku_ets_run(model, y, fit->n, fit->season, natural, &states, &sum, fitted);
}
