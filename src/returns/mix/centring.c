/* centring.c - regions' differences in a shape that a sampler can walk.
 *
 * A region's coefficient is beta = e^(b + s z), or its difference d = s z, with z a standard
 * normal and s the spread over regions. Where the region's own data say little, z is the thing
 * to sample: it hardly depends on s. Where they say much, they fix beta itself, and z = (ln beta
 * - b) / s must follow every move of s and b. Neither serves all regions and all s. So the
 * sampler moves
 *   w = z + beta / kappa   or   z + d / kappa,
 * kappa the standard error of beta or d from the region's own data: it is z where they are far
 * below their error, and beta or d in errors where they are far above. In w the likelihood's
 * curvature, (dbeta/dw / kappa)^2, and the prior's, (dz/dw)^2, are at most 1 each and at least
 * 1/2 together, for any s and z. It is the interpolation between the centred and the non-centred
 * form (Papaspiliopoulos, Roberts & Skold 2007, Statistical Science 22(1)), bent to effects that
 * are factors. For the same reason b is moved in place of the return or contribution: these are
 * sums over all regions and would tie every region to every other. */
#include "returns/mix/mix_internal.h"

#include <math.h>

/* ---- the groups ------------------------------------------------------------------------------- */

static void add_group(mix_group *to, int *n, const mix_slot *spread, int first, int count,
                      int channel, bool control, ku_arena *arena)
{
    if (first < 0) return;
    to[*n] = (mix_group){spread, first, count, channel, control, NULL};
    to[(*n)++].information = KU_ARRAY(arena, (size_t)count, double);
}

void mix_find_groups(const ku_mix_model *k, ku_arena *arena, mix_ground *to)
{
    const ku_mix_data *data = k->data;
    size_t most = 2 * (size_t)data->channels + (size_t)(data->treatments + data->controls);
    to->group = KU_ARRAY(arena, most, mix_group);
    to->groups = 0;
    for (int m = 0; m < data->channels; m++) {
        const mix_media *c = &k->media[m];
        int channel = c->spec->spread == KU_MIX_BY_FACTORS ? m : -1;
        add_group(to->group, &to->groups, &c->part[KU_MIX_PART_SPREAD], c->z, k->regions, channel,
                  false, arena);
        add_group(to->group, &to->groups, &c->part[KU_MIX_PART_DRIFT], c->drift, c->steps, -1,
                  false, arena);
    }
    for (int n = 0; n < data->treatments + data->controls; n++) {
        const mix_linear *l = n < data->treatments ? &k->treatment[n]
                                                   : &k->control[n - data->treatments];
        add_group(to->group, &to->groups, &l->effect.spread, l->effect.z, k->regions, -1,
                  n >= data->treatments, arena);
    }
}

/* 1 / kappa of each region: the root of its cells' information on a regressor, its mean and so
 * the region's level taken off. */
static void inform(const ku_mix_model *k, const double *x, const double *weight,
                   double *information)
{
    size_t regions = (size_t)k->regions;
    for (size_t g = 0; g < regions; g++) {
        double all = 0, sum = 0, squares = 0;
        for (size_t i = g; i < k->cells; i += regions) {
            all += weight[i];
            sum += weight[i] * x[i];
            squares += weight[i] * x[i] * x[i];
        }
        double left = all > 0 ? squares - sum * sum / all : 0;
        information[g] = left > 0 ? sqrt(left) : 0;
    }
}

void mix_inform_groups(const ku_mix_model *k, const mix_state *s, mix_ground *to)
{
    const double *weight = to->weight;
    for (int i = 0; i < to->groups; i++) {
        mix_group *group = &to->group[i];
        for (int m = 0; m < k->data->channels; m++)
            if (group->first == k->media[m].z && (group->channel < 0 || mix_by_level(&k->media[m])))
                inform(k, s->media[m].out, weight, group->information);
        for (int n = 0; n < k->data->treatments; n++)
            if (group->first == k->treatment[n].effect.z)
                inform(k, k->treatment[n].z, weight, group->information);
        for (int n = 0; n < k->data->controls; n++)
            if (group->first == k->control[n].effect.z)
                inform(k, k->control[n].z, weight, group->information);
    }
}

/* ---- there and back ------------------------------------------------------------------------------ */

/* A group's spread and level at u, the latter in the place of the effect. */
typedef struct placed {
    double spread, by_u, level;
    int effect; /* the unknown in whose place the level stands, or -1 */
} placed;

static placed place(const mix_ground *ground, const mix_group *group, const double *u)
{
    const mix_slot *spread = group->spread;
    placed p = {.spread = spread->prior.a, .effect = -1};
    if (spread->at >= 0) p.spread = ku_prior_at(&spread->prior, u[spread->at], &p.by_u);
    if (group->channel < 0 || !mix_by_level(&ground->model->media[group->channel])) return p;
    p.effect = ground->model->media[group->channel].part[KU_MIX_PART_EFFECT].at;
    p.level = u[p.effect];
    return p;
}

/* beta / kappa of a member, or d / kappa by s z. */
static double beta(const mix_group *group, const placed *p, double z, double q)
{
    return group->channel < 0 ? q : q * exp(p->level + p->spread * z);
}

/* z of w = z + q e^(b + s z): Newton from the side where the function is above 0, so that every
 * step goes down. */
static double z_of(double w, const placed *p, double q)
{
    double s = p->spread, z = w;
    if (q == 0) return w;
    if (w > 0 && s > 0) z = fmin(w, (log(w / q) - p->level) / s);
    for (int i = 0; i < 100; i++) {
        double e = q * exp(p->level + s * z), down = (z + e - w) / (1 + s * e);
        z -= down;
        if (!(fabs(down) > 1e-13 * (1 + fabs(z)))) break;
    }
    return z;
}

void mix_centre(const mix_ground *ground, const mix_state *s, double *w)
{
    const ku_mix_model *k = ground->model;
    for (int m = 0; m < k->data->channels; m++)
        if (mix_by_level(&k->media[m]))
            w[k->media[m].part[KU_MIX_PART_EFFECT].at] = s->media[m].level;
    for (int i = 0; i < ground->groups; i++) {
        const mix_group *group = &ground->group[i];
        placed p = place(ground, group, w);
        for (int j = 0; j < group->count; j++) {
            double *z = &w[group->first + j], e = beta(group, &p, *z, group->information[j]);
            *z += group->channel < 0 ? p.spread * *z * e : e;
        }
    }
}

double mix_uncentre(const mix_ground *ground, bool control, double *u)
{
    double value = 0;
    for (int i = 0; i < ground->groups; i++) {
        const mix_group *group = &ground->group[i];
        if (group->control != control) continue;
        placed p = place(ground, group, u);
        for (int j = 0; j < group->count; j++) {
            double *z = &u[group->first + j], q = group->information[j];
            *z = group->channel < 0 ? *z / (1 + p.spread * q) : z_of(*z, &p, q);
            value -= log1p(p.spread * beta(group, &p, *z, q));
        }
    }
    return value;
}

void mix_uncentre_back(const mix_ground *ground, bool control, const double *u, const double *level,
                       double *gradient)
{
    for (int i = 0; i < ground->groups; i++) {
        const mix_group *group = &ground->group[i];
        if (group->control != control) continue;
        placed p = place(ground, group, u);
        if (p.effect >= 0) p.level = level[p.effect];
        bool factors = group->channel >= 0;
        double by_spread = 0, by_level = 0, s = p.spread;
        for (int j = 0; j < group->count; j++) {
            double z = u[group->first + j], e = beta(group, &p, z, group->information[j]);
            double slope = 1 / (1 + s * e), by_z = gradient[group->first + j];
            if (factors) by_z -= s * s * e * slope;
            gradient[group->first + j] = by_z * slope;
            by_spread -= by_z * z * e * slope + e * slope * (factors ? 1 + s * z : 1);
            by_level -= (by_z + s) * e * slope;
        }
        if (group->spread->at >= 0) gradient[group->spread->at] += by_spread * p.by_u;
        if (p.effect >= 0) gradient[p.effect] += by_level;
    }
}

/* ---- levels in place of effects --------------------------------------------------------------------- */

void mix_give_levels(const mix_ground *ground, const double *w, mix_state *s)
{
    const ku_mix_model *k = ground->model;
    for (int m = 0; m < k->data->channels; m++) {
        if (!mix_by_level(&k->media[m])) continue;
        s->media[m].by_level = true;
        s->media[m].level = w[k->media[m].part[KU_MIX_PART_EFFECT].at];
    }
}

/* The density of u is that of a standard normal, so that of the effect's logarithm has the
 * factor du / d ln effect; its own derivative by differences. */
static double log_slope(const ku_prior *prior, double u, double *by_effect)
{
    const double h = 1e-5;
    double by, up, down, effect = ku_prior_at(prior, u, &by), slope = effect / by;
    double high = ku_prior_at(prior, u + h, &up), low = ku_prior_at(prior, u - h, &down);
    double second = (log(high / up) - log(low / down)) / (2 * h);
    *by_effect = (second - u) * slope;
    return log(slope);
}

bool mix_take_effects(const mix_ground *ground, mix_state *s, double *u, double *stretch)
{
    const ku_mix_model *k = ground->model;
    for (int m = 0; m < k->data->channels; m++) {
        mix_media_state *c = &s->media[m];
        if (!c->by_level) continue;
        const mix_slot *slot = &k->media[m].part[KU_MIX_PART_EFFECT];
        u[slot->at] = ku_prior_back(&slot->prior, c->effect);
        if (!(fabs(u[slot->at]) < 7.9)) return false;
        *stretch += log_slope(&slot->prior, u[slot->at], &c->by_effect);
        s->natural[slot->at] = c->effect;
        s->by[slot->at] = 1; /* of the level, which stands in its place */
    }
    return true;
}
