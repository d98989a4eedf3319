/* moves.c - the density as the sampler sees it: of v, on the ground (ground.c). */
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC optimize("O3", "no-trapping-math") /* loops over grids in vectors */
#endif

#include "returns/mix/mix_internal.h"

#include <math.h>

/* ---- triangles --------------------------------------------------------------------------------- */

/* The block of the factor from member `from` on, `n` wide; x = L^-T x, from the last row up. */
static void solve_back(const mix_ground *ground, int from, int n, double *x)
{
    for (int i = n - 1; i >= 0; i--) {
        const double *row = ground->l + (size_t)(from + i) * (size_t)ground->n + from;
        double value = x[i] /= row[i];
        for (int j = 0; j < i; j++) x[j] -= row[j] * value;
    }
}

/* x = L^-1 x. Four sums side by side: a single one would wait for itself. */
static void solve_forward(const mix_ground *ground, int from, int n, double *x)
{
    for (int i = 0; i < n; i++) {
        const double *row = ground->l + (size_t)(from + i) * (size_t)ground->n + from;
        double sum[4] = {0};
        int j = 0;
        for (; j + 4 <= i; j += 4)
            for (int c = 0; c < 4; c++) sum[c] += row[j + c] * x[j + c];
        for (; j < i; j++) sum[0] += row[j] * x[j];
        x[i] = (x[i] - ((sum[0] + sum[1]) + (sum[2] + sum[3]))) / row[i];
    }
}

/* ---- the linear unknowns' derivatives ------------------------------------------------------------ */

/* to = J_L' pull for a grid of pulls: what each linear member sees of it. `rows`: periods and
 * regions. */
static void gather(const mix_ground *ground, const double *pull, double *to, double *rows)
{
    const ku_mix_model *k = ground->model;
    size_t regions = (size_t)k->regions, periods = (size_t)k->periods;
    double *by_period = rows, *by_region = rows + periods;
    for (int i = 0; i < ground->linear; i++) to[i] = 0;
    for (size_t g = 0; g < regions; g++) by_region[g] = 0;
    for (size_t t = 0; t < periods; t++) {
        double sum = 0;
        for (size_t g = 0; g < regions; g++) {
            sum += pull[t * regions + g];
            by_region[g] += pull[t * regions + g];
        }
        by_period[t] = sum;
    }
    for (size_t t = 0; t < periods; t++) {
        double right = k->knot_right[t];
        to[k->knot_left[t]] += (1 - right) * by_period[t];
        if (right > 0) to[k->knot_left[t] + 1] += right * by_period[t];
        for (int j = 0; j < k->columns; j++)
            to[k->knots + j] += by_period[t] * k->basis[(size_t)j * periods + t];
    }
    double *next = to + k->knots + k->columns;
    for (int g = 0; g < k->regions; g++)
        if (k->first_region >= 0 && g != k->base_region) *next++ = by_region[g];
    for (int n = 0; n < k->data->controls; n++) {
        const mix_linear *l = &k->control[n];
        for (size_t g = 0; g < regions; g++) by_region[g] = 0;
        for (size_t t = 0; t < periods; t++)
            for (size_t g = 0; g < regions; g++)
                by_region[g] += pull[t * regions + g] * l->z[t * regions + g];
        bool level = l->effect.level.at >= 0;
        bool each = l->effect.z >= 0 && ground->at[l->effect.z] >= 0;
        for (size_t g = 0; g < regions; g++) {
            if (level) *next += by_region[g];
            if (each) next[(size_t)level + g] = by_region[g];
        }
        next += (level ? 1 : 0) + (each ? k->regions : 0);
    }
    for (int i = 0; i < ground->linear; i++) to[i] *= ground->size[i];
}

/* to -= W J_L x: what moving the linear members by x takes from a grid. */
static void spread_out(const mix_ground *ground, const double *x, double *to, double *rows)
{
    const ku_mix_model *k = ground->model;
    size_t regions = (size_t)k->regions, periods = (size_t)k->periods;
    double *by_region = rows;
    const double *size = ground->size, *at = x + k->knots + k->columns;
    const double *its = size + k->knots + k->columns;
    for (size_t g = 0; g < regions; g++) {
        bool own = k->first_region >= 0 && (int)g != k->base_region;
        by_region[g] = own ? *at++ * *its++ : 0;
    }
    for (size_t t = 0; t < periods; t++) {
        int left = k->knot_left[t];
        double right = k->knot_right[t], sum = (1 - right) * x[left] * size[left];
        if (right > 0) sum += right * x[left + 1] * size[left + 1];
        for (int j = 0; j < k->columns; j++)
            sum += x[k->knots + j] * size[k->knots + j] * k->basis[(size_t)j * periods + t];
        for (size_t i = t * regions; i < (t + 1) * regions; i++)
            to[i] -= ground->weight[i] * (sum + by_region[i - t * regions]);
    }
    for (int n = 0; n < k->data->controls; n++) {
        const mix_linear *l = &k->control[n];
        bool level = l->effect.level.at >= 0;
        bool each = l->effect.z >= 0 && ground->at[l->effect.z] >= 0;
        double common = level ? *at++ * *its++ : 0;
        for (size_t g = 0; g < regions; g++) by_region[g] = common + (each ? *at++ * *its++ : 0);
        for (size_t i = 0; i < k->cells; i++)
            to[i] -= ground->weight[i] * by_region[i % regions] * l->z[i];
    }
}

/* ---- there and back -------------------------------------------------------------------------------- */

/* The memory behind the model's own: unknowns u, members, rows. */
typedef struct moves {
    double *u, *level, *member, *rows;
    mix_state s;
    double stretch;
} moves;

size_t mix_ground_room(const mix_ground *ground)
{
    const ku_mix_model *k = ground->model;
    return k->density.room + 3 * (size_t)k->unknowns + (size_t)(k->periods + k->regions);
}

static void linear_naturals(const mix_ground *ground, moves *m)
{
    const ku_mix_model *k = ground->model;
    for (int i = 0; i < ground->linear; i++) {
        int at = ground->member[i];
        m->s.natural[at] = ku_prior_at(&k->prior[at], m->u[at], &m->s.by[at]);
    }
    for (int i = 0; i < ground->groups; i++)
        for (int j = 0; j < ground->group[i].count && ground->group[i].control; j++) {
            int at = ground->group[i].first + j;
            m->s.natural[at] = m->u[at];
        }
}

/* u and the state up to the prediction at v. */
static bool move(const mix_ground *ground, const double *v, double *work, moves *m)
{
    const ku_mix_model *k = ground->model;
    int n = ground->n, linear = ground->linear;
    m->u = work + k->density.room;
    m->level = m->u + k->unknowns;
    m->member = m->level + k->unknowns;
    m->rows = m->member + k->unknowns;
    mix_state_carve(k, work, &m->s);
    for (int i = linear; i < n; i++) m->member[i] = v[ground->member[i]];
    solve_back(ground, linear, n - linear, m->member + linear);
    for (int i = 0; i < k->unknowns; i++) m->u[i] = ground->w[i] + (ground->at[i] < 0 ? v[i] : 0);
    for (int i = linear; i < n; i++) m->u[ground->member[i]] += m->member[i];
    for (int i = 0; i < k->unknowns; i++) m->level[i] = m->u[i];
    m->stretch = mix_uncentre(ground, false, m->u);
    for (int i = 0; i < k->unknowns; i++)
        if (!(fabs(m->u[i]) < 30)) return false;
    mix_naturals(k, m->u, &m->s);
    mix_give_levels(ground, m->level, &m->s);
    if (!mix_forward_treated(k, &m->s)) return false;
    if (!mix_take_effects(ground, &m->s, m->u, &m->stretch)) return false;
    for (size_t i = 0; i < k->cells; i++)
        m->s.temp[i] = ground->weight[i] * (m->s.treated[i] - ground->treated[i]);
    gather(ground, m->s.temp, m->member, m->rows);
    solve_forward(ground, 0, linear, m->member);
    for (int i = 0; i < linear; i++) m->member[i] = v[ground->member[i]] - m->member[i];
    solve_back(ground, 0, linear, m->member);
    for (int i = 0; i < linear; i++) m->u[ground->member[i]] += m->member[i];
    m->stretch += mix_uncentre(ground, true, m->u);
    linear_naturals(ground, m);
    mix_forward_rest(k, &m->s);
    return true;
}

void mix_from_ground(const mix_ground *ground, const double *v, double *u, double *work)
{
    moves m;
    move(ground, v, work, &m);
    for (int i = 0; i < ground->model->unknowns; i++) u[i] = m.u[i];
}

/* Adds what has gathered in the adjoints and clears them. */
static void collect(const ku_mix_model *k, moves *m, double *gradient)
{
    for (int i = 0; i < k->unknowns; i++) {
        gradient[i] += m->s.adjoint[i] * m->s.by[i];
        m->s.adjoint[i] = 0;
    }
}

/* The gradient by the linear members' v; what they take of the prediction when channels and
 * treatments bring more is taken from the latter's pull. */
static void back_linear(const mix_ground *ground, moves *m, double *gradient)
{
    for (int i = 0; i < ground->linear; i++) m->member[i] = gradient[ground->member[i]];
    solve_forward(ground, 0, ground->linear, m->member);
    for (int i = 0; i < ground->linear; i++) gradient[ground->member[i]] = m->member[i];
    solve_back(ground, 0, ground->linear, m->member);
    spread_out(ground, m->member, m->s.pull, m->rows);
}

static void back_others(const mix_ground *ground, moves *m, double *gradient)
{
    int linear = ground->linear, n = ground->n;
    for (int i = linear; i < n; i++) m->member[i] = gradient[ground->member[i]];
    solve_forward(ground, linear, n - linear, m->member + linear);
    for (int i = linear; i < n; i++) gradient[ground->member[i]] = m->member[i];
}

static void back(const mix_ground *ground, moves *m, double *gradient)
{
    const ku_mix_model *k = ground->model;
    for (int i = 0; i < k->unknowns; i++) gradient[i] = -m->u[i];
    for (int c = 0; c < k->data->channels; c++) /* theirs is in by_effect */
        if (m->s.media[c].by_level) gradient[k->media[c].part[KU_MIX_PART_EFFECT].at] = 0;
    mix_backward_rest(k, &m->s);
    collect(k, m, gradient);
    mix_uncentre_back(ground, true, m->u, m->level, gradient);
    back_linear(ground, m, gradient);
    mix_backward_treated(k, &m->s);
    collect(k, m, gradient);
    mix_uncentre_back(ground, false, m->u, m->level, gradient);
    back_others(ground, m, gradient);
}

double mix_value_on_ground(const void *data, const double *v, double *gradient, double *work)
{
    const mix_ground *ground = data;
    const ku_mix_model *k = ground->model;
    moves m;
    if (!move(ground, v, work, &m)) return -INFINITY;
    double value = m.stretch;
    for (int i = 0; i < k->unknowns; i++) {
        if (!(fabs(m.u[i]) < 30)) return -INFINITY;
        value -= .5 * m.u[i] * m.u[i];
    }
    value += mix_likelihood(k, &m.s) + mix_lifts(k, &m.s) + mix_feeds(k, &m.s);
    if (!isfinite(value)) return -INFINITY;
    back(ground, &m, gradient);
    return value;
}
