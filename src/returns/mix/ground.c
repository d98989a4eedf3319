/* ground.c - where the sampler starts, and how it moves.
 *
 * The unknowns of a mix model hang together - levels of regions with knots, both with controls
 * and with what media bring - and a sampler with one scale for each of them creeps. So it moves
 * v, nearly a standard normal vector, in place of the unknowns (w, after centring.c):
 *   w_N = w*_N + L_NN^-T v_N                      of what the prediction is not linear in
 *   w_L = w*_L + L_LL^-T (v_L - L_LL^-1 J_L' W (m(w_N) - m*))    of what it is linear in
 * Here w* is a point in the middle of the posterior, m what channels and treatments bring, J_L
 * the derivatives of the prediction by w_L and W the cells' information there, and L L' =
 * 1 + J' W J Gauss and Newton's curvature, the linear unknowns first. The second line sets each
 * linear unknown to where the data want it under whatever the media bring - exactly, not only
 * near w* - so that v_N has nearly the density that is left once the linear unknowns are
 * integrated out. Both lines are triangular with constant diagonals: the posterior is the same.
 *
 * w* comes from Gauss-Newton steps (Nocedal & Wright 2006, section 10.3). The spreads behind
 * regions' standard normals have no useful maximum together with these; they come from the
 * standard normals' second moments (EM: Dempster, Laird & Rubin 1977), the noise from its own
 * gradient. */
#include "returns/mix/mix_internal.h"

#include <math.h>
#include <string.h>

#include "num/linear.h"

enum { ROUNDS = 5, HALVINGS = 8, MOST = 1500 };

typedef struct search {
    const ku_mix_model *k;
    mix_ground *to;
    int n;
    bool centred; /* derivatives are by w, not by u */
    ku_pool *pool;
    bool *frozen; /* [unknown] not moved by the steps */
    double *u, *next, *gradient, *other, *delta, *predicted;
    float *j;     /* [member][row]: derivatives of the cells, times the root of the weight */
    size_t row;   /* cells, made up to whole lanes */
    double *work; /* [thread]: of the model, u, levels */
    size_t room;
    double value;
} search;

static double evaluate(search *s, const double *u, double *gradient)
{
    return s->k->density.value(s->k, u, gradient, s->work);
}

/* ---- the curvature ---------------------------------------------------------------------------- */

/* The expected information of each cell about its prediction. */
static void weigh(search *s, const mix_state *state)
{
    const ku_mix_model *k = s->k;
    for (size_t i = 0; i < k->cells; i++) {
        if (k->spec->family == KU_MIX_COUNTS) {
            double mean = mix_outcome(k, state, i, state->predicted[i]);
            double more = mean * mix_take(state, &k->dispersion);
            s->to->weight[i] = k->used[i] * k->scale * k->scale * mean / (1 + more);
        } else {
            size_t g = k->sigmas > 1 ? i % (size_t)k->regions : 0;
            double sigma = mix_take(state, &k->sigma[g]);
            s->to->weight[i] = k->used[i] / (sigma * sigma);
        }
    }
}

/* The state at the unknowns u, or at w, which becomes u; false where it is not allowed. */
static bool state_at(const search *s, double *u, double *level, mix_state *state)
{
    const ku_mix_model *k = s->k;
    double stretch;
    if (!s->centred) return mix_forward(k, u, state);
    memcpy(level, u, (size_t)k->unknowns * sizeof *u);
    mix_uncentre(s->to, true, u);
    mix_uncentre(s->to, false, u);
    mix_naturals(k, u, state);
    mix_give_levels(s->to, level, state);
    if (!mix_forward_treated(k, state)) return false;
    mix_forward_rest(k, state);
    return mix_take_effects(s->to, state, u, &stretch);
}

/* Column `item` of the derivatives, by differences: of the cells' prediction times the roots of
 * their weights, then of the unknowns u themselves, whose priors weigh 1. */
static void column(void *data, size_t item, unsigned thread)
{
    search *s = data;
    const ku_mix_model *k = s->k;
    const double h = 1e-4;
    double *work = s->work + thread * s->room, *u = work + k->density.room;
    float *to = s->j + item * s->row;
    int unknown = s->to->member[item];
    mix_state state;
    mix_state_carve(k, work, &state);
    memcpy(u, s->centred ? s->to->w : s->u, (size_t)k->unknowns * sizeof *u);
    memset(to, 0, s->row * sizeof *to);
    u[unknown] += h;
    if (s->frozen[unknown] || !state_at(s, u, u + k->unknowns, &state)) {
        to[k->cells + (size_t)unknown] = 1;
        return;
    }
    for (size_t i = 0; i < k->cells; i++)
        to[i] = (float)(sqrt(s->to->weight[i]) * (state.predicted[i] - s->predicted[i]) / h);
    for (int i = 0; i < k->unknowns; i++) to[k->cells + (size_t)i] = (float)((u[i] - s->u[i]) / h);
}

/* The products of four columns with another, over a block of cells: in lanes of eight. */
static void products(const float *mine, const float *const its[4], size_t cells, double sum[4])
{
    float lane[4][8] = {{0}};
    for (size_t c = 0; c < cells; c += 8)
        for (int j = 0; j < 4; j++)
            for (int l = 0; l < 8; l++) lane[j][l] += mine[c + (size_t)l] * its[j][c + (size_t)l];
    for (int j = 0; j < 4; j++)
        for (int l = 0; l < 8; l++) sum[j] += (double)lane[j][l];
}

/* Row `item` of J'J. */
static void row(void *data, size_t item, unsigned thread)
{
    enum { BLOCK = 512 };
    search *s = data;
    size_t n = (size_t)s->to->n;
    const float *mine = s->j + item * s->row;
    double *to = s->to->l + item * n;
    (void)thread;
    for (size_t i = 0; i <= item; i += 4) {
        double sum[4] = {0};
        for (size_t c = 0; c < s->row; c += BLOCK) {
            const float *its[4];
            size_t left = s->row - c < BLOCK ? s->row - c : BLOCK;
            for (size_t j = 0; j < 4; j++) its[j] = s->j + (i + j < n ? i + j : i) * s->row + c;
            products(mine + c, its, left, sum);
        }
        for (size_t j = 0; j < 4 && i + j <= item; j++) to[i + j] = sum[j];
    }
}

static double *entry(search *s, int a, int b)
{
    int most = a > b ? a : b, least = a > b ? b : a;
    return &s->to->l[(size_t)most * (size_t)s->to->n + (size_t)least];
}

/* The curvature along one unknown alone, from its gradient. */
static double curvature(search *s, int unknown)
{
    const double h = 1e-3;
    double at = s->u[unknown], up, down;
    s->u[unknown] = at + h;
    evaluate(s, s->u, s->other);
    up = s->other[unknown];
    s->u[unknown] = at - h;
    evaluate(s, s->u, s->other);
    down = s->other[unknown];
    s->u[unknown] = at;
    return fmax((down - up) / (2 * h), 1);
}

/* The noise's own curvature, which the prediction does not have. */
static void add_noise(search *s, const mix_slot *slot)
{
    if (slot->at >= 0)
        *entry(s, s->to->at[slot->at], s->to->at[slot->at]) += curvature(s, slot->at) - 1;
}

/* The curvature at s->u, factored. False where it cannot be. */
static bool curve(search *s)
{
    const ku_mix_model *k = s->k;
    mix_state state;
    mix_state_carve(k, s->work, &state);
    if (!mix_forward(k, s->u, &state)) return false;
    weigh(s, &state);
    memcpy(s->predicted, state.predicted, k->cells * sizeof *s->predicted);
    memcpy(s->to->treated, state.treated, k->cells * sizeof *s->predicted);
    ku_pool_each(s->pool, (size_t)s->to->n, 1, column, s);
    ku_pool_each(s->pool, (size_t)s->to->n, 1, row, s);
    for (int g = 0; g < k->sigmas && k->spec->family != KU_MIX_COUNTS; g++)
        add_noise(s, &k->sigma[g]);
    if (k->spec->family == KU_MIX_COUNTS) add_noise(s, &k->dispersion);
    for (int m = 0; m < k->data->channels; m++) {
        if (k->media[m].spec->feeds >= 0) add_noise(s, &k->media[m].part[KU_MIX_PART_FEED]);
        if (k->media[m].fed) add_noise(s, &k->media[m].fed_noise);
    }
    return ku_cholesky(s->to->l, s->to->n, s->to->n);
}

/* ---- steps -------------------------------------------------------------------------------------- */

/* A step to where the curvature promises the top, halved until the density rises. */
static bool step(search *s)
{
    const mix_ground *to = s->to;
    if (!curve(s)) return false;
    for (int i = 0; i < to->n; i++)
        s->delta[i] = s->frozen[to->member[i]] ? 0 : s->gradient[to->member[i]];
    ku_cholesky_solve(to->l, to->n, to->n, s->delta);
    double length = 1;
    for (int h = 0; h < HALVINGS; h++, length *= .5) {
        memcpy(s->next, s->u, (size_t)s->n * sizeof *s->u);
        for (int i = 0; i < to->n; i++) {
            double d = fmin(fmax(s->delta[i], -3), 3);
            if (!s->frozen[to->member[i]]) s->next[to->member[i]] += length * d;
        }
        double value = evaluate(s, s->next, s->other);
        if (!(value > s->value)) continue;
        memcpy(s->u, s->next, (size_t)s->n * sizeof *s->u);
        memcpy(s->gradient, s->other, (size_t)s->n * sizeof *s->u);
        s->value = value;
        return true;
    }
    return false;
}

static void move_one(search *s, int unknown)
{
    for (int i = 0; i < 4 && unknown >= 0; i++) {
        double move = s->gradient[unknown] / curvature(s, unknown);
        s->u[unknown] += fmin(fmax(move, -1), 1);
        s->value = evaluate(s, s->u, s->gradient);
    }
}

static void move_noise(search *s)
{
    if (s->k->spec->family == KU_MIX_COUNTS) move_one(s, s->k->dispersion.at);
    for (int g = 0; g < s->k->sigmas && s->k->spec->family != KU_MIX_COUNTS; g++)
        move_one(s, s->k->sigma[g].at);
    for (int m = 0; m < s->k->data->channels; m++)
        if (s->k->media[m].spec->feeds >= 0) move_one(s, s->k->media[m].part[KU_MIX_PART_FEED].at);
    for (int m = 0; m < s->k->data->channels; m++)
        if (s->k->media[m].fed) move_one(s, s->k->media[m].fed_noise.at);
}

/* ---- spreads ------------------------------------------------------------------------------------ */

/* No spread begins above a third of the outcome's standard deviation. */
static void begin_spread(search *s, const mix_slot *slot)
{
    if (slot->at < 0) return;
    s->frozen[slot->at] = true;
    double third = ku_prior_back(&slot->prior, .3);
    if (third < s->u[slot->at]) s->u[slot->at] = third;
}

/* Variance of member i of the ground: what its standard normal keeps of the prior's. */
static double variance(search *s, int i)
{
    memset(s->delta, 0, (size_t)s->to->n * sizeof *s->delta);
    s->delta[i] = 1;
    ku_cholesky_solve(s->to->l, s->to->n, s->to->n, s->delta);
    return s->delta[i];
}

static void update_spread(search *s, const mix_group *group)
{
    const mix_slot *slot = group->spread;
    int first = group->first, count = group->count;
    if (slot->at < 0) return;
    double sum = 0;
    for (int i = first; i < first + count; i++)
        sum += s->u[i] * s->u[i] + (s->to->at[i] >= 0 ? variance(s, s->to->at[i]) : 1);
    double was = ku_prior_at(&slot->prior, s->u[slot->at], NULL), ratio = sqrt(sum / count);
    s->u[slot->at] = ku_prior_back(&slot->prior, was * ratio);
    for (int i = first; i < first + count; i++) s->u[i] /= ratio;
}

/* ---- all of it ------------------------------------------------------------------------------------ */

static void add_member(mix_ground *to, int unknown)
{
    to->at[unknown] = to->n;
    to->member[to->n++] = unknown;
}

/* All unknowns, or without the regions' and steps' standard normals where these would be too
 * many; what the prediction is linear in comes first. */
static void choose_members(const ku_mix_model *k, mix_ground *to)
{
    bool all = k->unknowns <= MOST;
    to->n = 0;
    for (int i = 0; i < k->unknowns; i++) to->at[i] = -1;
    for (int i = 0; i < k->knots; i++) add_member(to, k->first_knot + i);
    for (int i = 0; i < k->columns; i++) add_member(to, k->first_column + i);
    for (int g = 0; g + 1 < k->regions; g++) add_member(to, k->first_region + g);
    for (int n = 0; n < k->data->controls; n++) {
        const mix_effect *e = &k->control[n].effect;
        if (e->level.at >= 0) add_member(to, e->level.at);
        for (int g = 0; g < k->regions && e->z >= 0 && all; g++) add_member(to, e->z + g);
    }
    to->linear = to->n;
    for (int i = 0; i < k->unknowns; i++)
        if (to->at[i] < 0 && (all || k->main[i])) add_member(to, i);
}

static void allocate(search *s, ku_arena *arena, ku_arena *spare)
{
    const ku_mix_model *k = s->k;
    size_t n = (size_t)k->unknowns, threads = s->pool != NULL ? ku_pool_threads(s->pool) : 1;
    mix_ground *to = s->to;
    to->member = KU_ARRAY(arena, n, int);
    to->at = KU_ARRAY(arena, n, int);
    choose_members(k, to);
    mix_find_groups(k, arena, to);
    to->l = KU_ARRAY(arena, (size_t)to->n * (size_t)to->n, double);
    to->w = KU_ARRAY(arena, n, double);
    to->treated = KU_ARRAY(arena, k->cells, double);
    to->weight = KU_ARRAY(arena, k->cells, double);
    to->size = KU_ARRAY(arena, (size_t)to->linear, double);
    s->u = KU_ARRAY(spare, n, double);
    s->frozen = KU_ARRAY(spare, n, bool);
    s->next = KU_ARRAY(spare, n, double);
    s->gradient = KU_ARRAY(spare, n, double);
    s->other = KU_ARRAY(spare, n, double);
    s->delta = KU_ARRAY(spare, n, double);
    s->predicted = KU_ARRAY(spare, k->cells, double);
    s->row = (k->cells + n + 7) / 8 * 8;
    s->j = KU_ARRAY(spare, (size_t)to->n * s->row, float);
    s->room = (k->density.room + 2 * n + 7) / 8 * 8;
    s->work = KU_ARRAY(spare, threads * s->room, double);
}

/* What one unit of a linear member's w moves the number it stands for by: the prior's scale; of a
 * control's region, the coefficient. */
static void size_members(search *s)
{
    mix_ground *to = s->to;
    for (int i = 0; i < to->linear; i++)
        ku_prior_at(&s->k->prior[to->member[i]], s->u[to->member[i]], &to->size[i]);
    for (int i = 0; i < to->groups; i++) {
        const mix_group *group = &to->group[i];
        if (!group->control || to->at[group->first] < 0) continue;
        double spread = group->spread->at < 0
                            ? group->spread->prior.a
                            : ku_prior_at(&group->spread->prior, s->u[group->spread->at], NULL);
        for (int j = 0; j < group->count; j++)
            to->size[to->at[group->first + j]] = spread / (1 + spread * group->information[j]);
    }
}

/* From the point found in u to the curvature by w. */
static bool finish(search *s)
{
    const ku_mix_model *k = s->k;
    mix_state state;
    mix_state_carve(k, s->work, &state);
    if (!mix_forward(k, s->u, &state)) return false;
    weigh(s, &state);
    mix_inform_groups(k, &state, s->to);
    memcpy(s->to->w, s->u, (size_t)s->n * sizeof *s->u);
    mix_centre(s->to, &state, s->to->w);
    memset(s->frozen, 0, (size_t)s->n * sizeof *s->frozen);
    s->centred = true;
    size_members(s);
    return curve(s);
}

bool mix_find_ground(const ku_mix_model *k, ku_pool *pool, ku_arena *arena, mix_ground *to)
{
    ku_arena *spare = ku_arena_new();
    if (spare == NULL) return false;
    search s = {.k = k, .to = to, .n = k->unknowns, .pool = pool};
    allocate(&s, arena, spare);
    for (int i = 0; i < to->groups; i++) begin_spread(&s, to->group[i].spread);
    s.value = evaluate(&s, s.u, s.gradient);
    bool found = isfinite(s.value);
    for (int r = 0; r < ROUNDS && found && step(&s); r++) {
        move_noise(&s);
        for (int i = 0; i < to->groups; i++) update_spread(&s, &to->group[i]);
        s.value = evaluate(&s, s.u, s.gradient);
    }
    found = found && finish(&s);
    ku_arena_free(spare);
    return found;
}
