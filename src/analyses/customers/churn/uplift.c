/* uplift.c - cross-fitted doubly robust scores and effects that differ between people.
 *
 * The people are cut into five folds. For each, the outcome of every arm is learned from the
 * other folds (a regression on what was known before) and corrected by what was seen in the
 * arm: score = m(x) + [in the arm] (y - m(x)) / share. Its mean is right whatever m is worth,
 * and narrower the better m is.
 *
 * How the effect differs: the difference of two scores, learned again within the other folds so
 * that no outcome of the fold is in it, is regressed on what was known before (the DR-learner;
 * Kennedy 2023, Electronic Journal of Statistics 17, algorithm 1). Single differences are mostly
 * noise, so coefficients are drawn to zero as strongly as the data ask for: the prior's variance
 * with the most evidence (MacKay 1992, Neural Computation 4). Where none is more credible than
 * no difference at all, the effect is the same for all. */
#include "analyses/customers/churn/uplift.h"

#include <math.h>
#include <string.h>

#include "num/linear.h"

enum { MOST_LEARN = 200000, STRENGTHS = 25 };

static const double never = 1e9; /* penalty that keeps a column out */

typedef struct learning {
    const trial *t;
    const trial_outcome *o;
    ku_run_context *context;
    ku_arena *scratch;
    ku_glm_rows rows;
    double *weight, *psi;
    double penalty[1 + TRIAL_FEATURES];
    int8_t *fold, *half;
    bool *used;
    double *inner[2]; /* scores learned within the other folds: control, arm */
} learning;

estimate mean_of(const double *value, size_t n, double *error)
{
    double sum = 0, squares = 0;
    for (size_t i = 0; i < n; i++) sum += value[i];
    double mean = sum / (double)n;
    for (size_t i = 0; i < n; i++) squares += (value[i] - mean) * (value[i] - mean);
    double e = n > 1 ? sqrt(squares / ((double)n - 1) / (double)n) : 0;
    if (error != NULL) *error = e;
    return churn_around(mean, e);
}

/* ---- outcomes of an arm -------------------------------------------------------------------------- */

/* Learns arm a from those who are not in fold `but`, and with half >= 0 from that half. */
static ku_status learn_arm(learning *l, int a, int but, int half, ku_glm *out, ku_error *err)
{
    for (size_t i = 0; i < l->t->rows; i++)
        l->weight[i] = l->used[i] && l->t->arm[i] == a && l->fold[i] != but &&
                       (half < 0 || l->half[i] == half);
    l->rows.y = l->o->y;
    l->rows.weight = l->weight;
    ku_arena_reset(l->scratch);
    return ku_glm_fit(l->o->binary ? KU_GLM_LOGIT : KU_GLM_LINE, &l->rows, l->penalty, l->scratch,
                      ku_run_pool(l->context), out, err);
}

static double score(const learning *l, const ku_glm *glm, int a, size_t i)
{
    double m = ku_glm_predictor(&l->rows, i, glm->beta);
    if (l->o->binary) m = ku_logistic(m);
    return m + (l->t->arm[i] == a ? (l->o->y[i] - m) / l->t->share[a] : 0);
}

static ku_status score_fold(learning *l, uplift *u, int k, ku_error *err)
{
    for (int a = 0; a < l->t->arms; a++) {
        ku_glm glm;
        KU_TRY(learn_arm(l, a, k, -1, &glm, err));
        for (size_t i = 0; i < l->t->rows; i++)
            if (l->fold[i] == k) u->score[a][i] = score(l, &glm, a, i);
    }
    return KU_OK;
}

/* ---- the regression of effects ----------------------------------------------------------------- */

typedef struct ridge {
    int columns;
    double n, level, noise; /* mean effect; variance of one difference */
    double mean[TRIAL_FEATURES], beta[TRIAL_FEATURES];
    double square[TRIAL_FEATURES * TRIAL_FEATURES], factor[TRIAL_FEATURES * TRIAL_FEATURES];
    double product[TRIAL_FEATURES];
    bool same; /* for all */
} ridge;

/* Centred sums over those not in fold `but`. */
static void sum_up(const learning *l, int but, ridge *r)
{
    int p = r->columns;
    double squares = 0;
    r->n = r->level = 0;
    memset(r->mean, 0, sizeof r->mean);
    memset(r->square, 0, sizeof r->square);
    memset(r->product, 0, sizeof r->product);
    for (size_t i = 0; i < l->t->rows; i++) {
        if (l->fold[i] == but || !l->used[i]) continue;
        const double *x = l->t->x + i * (size_t)p;
        r->n++;
        r->level += l->psi[i];
        squares += l->psi[i] * l->psi[i];
        for (int a = 0; a < p; a++) {
            r->mean[a] += x[a];
            r->product[a] += x[a] * l->psi[i];
            for (int b = 0; b <= a; b++) r->square[a * p + b] += x[a] * x[b];
        }
    }
    r->level /= r->n;
    r->noise = (squares - r->n * r->level * r->level) / (r->n - 1);
    for (int a = 0; a < p; a++) r->mean[a] /= r->n;
    for (int a = 0; a < p; a++) {
        r->product[a] -= r->n * r->mean[a] * r->level;
        for (int b = 0; b <= a; b++) r->square[a * p + b] -= r->n * r->mean[a] * r->mean[b];
    }
}

/* Evidence for this strength against no difference at all; leaves factor and beta. */
static double try_strength(const learning *l, ridge *r, double strength)
{
    int p = r->columns;
    double evidence = 0;
    memcpy(r->factor, r->square, sizeof r->factor);
    for (int a = 0; a < p; a++)
        r->factor[a * p + a] += l->t->feature[a].left_out ? never * r->n : strength;
    if (!ku_cholesky(r->factor, p, p)) return -INFINITY;
    memcpy(r->beta, r->product, sizeof r->beta);
    ku_cholesky_solve(r->factor, p, p, r->beta);
    for (int a = 0; a < p; a++) {
        double own = l->t->feature[a].left_out ? never * r->n : strength;
        evidence += r->product[a] * r->beta[a] / (2 * r->noise);
        evidence += log(own) / 2 - log(r->factor[a * p + a]);
    }
    return evidence;
}

static void fit_ridge(const learning *l, int but, ridge *r)
{
    double best = 0, chosen = INFINITY;
    r->columns = l->t->features;
    sum_up(l, but, r);
    for (int k = 0; k < STRENGTHS && r->noise > 0; k++) {
        double strength = r->n * exp2(k - 8);
        double evidence = try_strength(l, r, strength);
        if (evidence <= best) continue;
        best = evidence;
        chosen = strength;
    }
    r->same = isinf(chosen);
    if (!r->same) try_strength(l, r, chosen);
}

static void apply_ridge(const learning *l, const ridge *r, uplift *u, int a, int k)
{
    int p = r->columns;
    double away[TRIAL_FEATURES];
    for (size_t i = 0; i < l->t->rows; i++) {
        if (l->fold[i] != k) continue;
        const double *x = l->t->x + i * (size_t)p;
        double tilt = 0, variance = r->noise / r->n;
        for (int j = 0; j < p && !r->same; j++) {
            away[j] = x[j] - r->mean[j];
            tilt += r->beta[j] * away[j];
        }
        for (int j = 0; j < p && !r->same; j++) { /* |L^-1 away|^2 */
            for (int b = 0; b < j; b++) away[j] -= r->factor[j * p + b] * away[b];
            away[j] /= r->factor[j * p + j];
            variance += r->noise * away[j] * away[j];
        }
        u->tilt[a][i] = tilt;
        u->effect[a][i] = r->level + tilt;
        u->error[a][i] = sqrt(variance);
    }
}

/* Scores of arm a for those not in fold k, each half learned from the other. */
static ku_status score_inner(learning *l, int a, int k, double *to, ku_error *err)
{
    for (int half = 0; half < 2; half++) {
        ku_glm glm;
        KU_TRY(learn_arm(l, a, k, 1 - half, &glm, err));
        for (size_t i = 0; i < l->t->rows; i++)
            if (l->fold[i] != k && l->half[i] == half) to[i] = score(l, &glm, a, i);
    }
    return KU_OK;
}

static ku_status effects_fold(learning *l, uplift *u, int k, ku_error *err)
{
    ridge *r = ku_arena_alloc(ku_run_arena(l->context), sizeof *r);
    KU_TRY(score_inner(l, 0, k, l->inner[0], err));
    for (int a = 1; a < l->t->arms; a++) {
        KU_TRY(score_inner(l, a, k, l->inner[1], err));
        for (size_t i = 0; i < l->t->rows; i++) l->psi[i] = l->inner[1][i] - l->inner[0][i];
        fit_ridge(l, k, r);
        apply_ridge(l, r, u, a, k);
    }
    return KU_OK;
}

bool uplift_reactions(const trial *t, const uplift *u, int a, ku_run_context *context,
                      estimate change[TRIAL_FEATURES])
{
    ku_arena *arena = ku_run_arena(context);
    learning l = {.t = t,
                  .context = context,
                  .psi = KU_ARRAY(arena, t->rows + 1, double),
                  .fold = KU_ARRAY(arena, t->rows + 1, int8_t),
                  .used = KU_ARRAY(arena, t->rows + 1, bool)};
    ridge *r = ku_arena_alloc(arena, sizeof *r);
    for (size_t i = 0; i < t->rows; i++) {
        l.psi[i] = u->score[a][i] - u->score[0][i];
        l.used[i] = true;
    }
    fit_ridge(&l, -1, r);
    for (int j = 0; j < r->columns && !r->same; j++) {
        double unit[TRIAL_FEATURES] = {0}, step = 1;
        if (t->feature[j].two_values) step = 1 / t->feature[j].deviation;
        unit[j] = 1;
        ku_cholesky_solve(r->factor, r->columns, r->columns, unit);
        change[j] = churn_around(step * r->beta[j], step * sqrt(r->noise * unit[j]));
    }
    return !r->same;
}

/* ---- the whole -------------------------------------------------------------------------------------- */

static ku_status make_room(learning *l, uplift *u, ku_error *err)
{
    ku_arena *arena = ku_run_arena(l->context);
    size_t n = l->t->rows + 1, count = 0;
    double **room[4 * TRIAL_ARMS + 4];
    room[count++] = &l->weight;
    room[count++] = &l->psi;
    room[count++] = &l->inner[0];
    room[count++] = &l->inner[1];
    for (int a = 0; a < l->t->arms; a++) {
        room[count++] = &u->score[a];
        if (a == 0) continue;
        room[count++] = &u->effect[a];
        room[count++] = &u->error[a];
        room[count++] = &u->tilt[a];
    }
    for (size_t k = 0; k < count; k++) {
        *room[k] = ku_arena_try(arena, n * sizeof(double));
        if (*room[k] == NULL)
            return ku_error_set(err, KU_NO_MEMORY, "experiment",
                                "%zu people do not fit into memory", l->t->rows);
    }
    l->fold = KU_ARRAY(arena, n, int8_t);
    l->half = KU_ARRAY(arena, n, int8_t);
    l->used = KU_ARRAY(arena, n, bool);
    return KU_OK;
}

/* Folds by the run's seed, the same for every outcome. */
static void deal(learning *l)
{
    ku_rng rng = ku_run_rng(l->context, 1);
    double keep = fmin(1, MOST_LEARN / (double)l->t->rows);
    for (size_t i = 0; i < l->t->rows; i++) {
        l->fold[i] = (int8_t)ku_rng_below(&rng, UPLIFT_FOLDS);
        l->half[i] = (int8_t)ku_rng_below(&rng, 2);
        l->used[i] = ku_rng_uniform(&rng) < keep;
    }
}

static ku_status estimate_all(learning *l, uplift *out, ku_error *err)
{
    for (int k = 0; k < UPLIFT_FOLDS; k++) {
        KU_TRY(score_fold(l, out, k, err));
        KU_TRY(effects_fold(l, out, k, err));
    }
    return KU_OK;
}

ku_status uplift_estimate(const trial *t, const trial_outcome *o, ku_run_context *context,
                          uplift *out, ku_error *err)
{
    learning l = {.t = t, .o = o, .context = context};
    *out = (uplift){0};
    KU_TRY(make_room(&l, out, err));
    deal(&l);
    out->fold = l.fold;
    l.rows = (ku_glm_rows){.rows = t->rows, .dense = t->features, .x = t->x};
    for (int j = 0; j < t->features; j++) l.penalty[1 + j] = t->feature[j].left_out ? never : 1;
    l.scratch = ku_arena_new();
    if (l.scratch == NULL)
        return ku_error_set(err, KU_NO_MEMORY, "experiment", "no memory to learn effects");
    ku_status status = estimate_all(&l, out, err);
    ku_arena_free(l.scratch);
    return status;
}
