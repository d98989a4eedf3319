/* centring.c - regions' differences in a shape that a sampler can walk.
 *
 * A region's coefficient is b e^(s z) or b + s z with z a standard normal and s the spread over
 * regions. Where the region's own data say little, z is the thing to sample: it hardly depends
 * on s. Where they say much, they fix the coefficient itself, and z = ln(beta / b) / s must
 * follow every move of s. Neither serves all regions and all s. So the sampler moves
 *   w = z + d / kappa,   d = e^(s z) - 1  or  s z,
 * kappa the standard error of d from the region's own data: it is z where d is far below its
 * error and d in errors where it is far above. In w the likelihood's curvature, (dd/dw / kappa)^2,
 * and the prior's, (dz/dw)^2, are at most 1 each, and at least 1/2 together, for any s and z. It
 * is the interpolation between the centred and the non-centred form (Papaspiliopoulos, Roberts &
 * Skold 2007, Statistical Science 22(1)), bent to effects that are factors. */
#include "returns/mix/mix_internal.h"

#include <math.h>

/* ---- the groups ------------------------------------------------------------------------------- */

static void add_group(mix_group *to, int *n, const mix_slot *spread, int first, int count,
                      bool factors, bool control, ku_arena *arena)
{
    if (first < 0) return;
    to[*n] = (mix_group){spread, first, count, factors, control, NULL};
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
        bool factors = c->spec->spread == KU_MIX_BY_FACTORS;
        add_group(to->group, &to->groups, &c->part[KU_MIX_PART_SPREAD], c->z, k->regions, factors,
                  false, arena);
        add_group(to->group, &to->groups, &c->part[KU_MIX_PART_DRIFT], c->drift, c->steps, false,
                  false, arena);
    }
    for (int n = 0; n < data->treatments + data->controls; n++) {
        const mix_linear *l = n < data->treatments ? &k->treatment[n]
                                                   : &k->control[n - data->treatments];
        add_group(to->group, &to->groups, &l->effect.spread, l->effect.z, k->regions, false,
                  n >= data->treatments, arena);
    }
}

/* 1 / kappa of each region: the root of its cells' information on a regressor, its mean and so
 * the region's level taken off, times what one unit of d moves the coefficient by. */
static void inform(const ku_mix_model *k, const double *x, const double *weight, double size,
                   double *information)
{
    size_t regions = (size_t)k->regions;
    for (size_t g = 0; g < regions; g++) {
        double all = 0, sum = 0, squares = 0;
        for (size_t i = g; i < k->cells; i += regions) {
            double w = weight[i];
            all += w;
            sum += w * x[i];
            squares += w * x[i] * x[i];
        }
        double left = all > 0 ? squares - sum * sum / all : 0;
        information[g] = left > 0 ? fabs(size) * sqrt(left) : 0;
    }
}

void mix_inform_groups(const ku_mix_model *k, const mix_state *s, mix_ground *to)
{
    const double *weight = to->weight;
    for (int i = 0; i < to->groups; i++) {
        mix_group *group = &to->group[i];
        for (int m = 0; m < k->data->channels; m++) {
            const mix_media_state *c = &s->media[m];
            double size = group->factors ? exp(c->level) : 1;
            if (group->first == k->media[m].z) inform(k, c->out, weight, size, group->information);
        }
        for (int n = 0; n < k->data->treatments; n++)
            if (group->first == k->treatment[n].effect.z)
                inform(k, k->treatment[n].z, weight, 1, group->information);
        for (int n = 0; n < k->data->controls; n++)
            if (group->first == k->control[n].effect.z)
                inform(k, k->control[n].z, weight, 1, group->information);
    }
}

/* ---- there and back ------------------------------------------------------------------------------ */

/* z of w = z + (e^(s z) - 1) q with q = 1 / kappa: Newton from the side where the function is
 * above 0, so that every step goes down. */
static double z_of(double w, double s, double q)
{
    if (q == 0 || s == 0) return w;
    double z = w > 0 ? fmin(w, log1p(w / q) / s) : fmin(0, w + q);
    for (int i = 0; i < 50; i++) {
        double e = q * exp(s * z), over = z + e - q - w;
        double down = over / (1 + s * e);
        z -= down;
        if (!(fabs(down) > 1e-14 * (1 + fabs(z)))) break;
    }
    return z;
}

static double spread_at(const mix_group *group, const double *u, double *by_u)
{
    *by_u = 0;
    if (group->spread->at < 0) return group->spread->prior.a;
    return ku_prior_at(&group->spread->prior, u[group->spread->at], by_u);
}

void mix_centre(const mix_ground *ground, const double *u, double *w)
{
    double by;
    for (int i = 0; i < ground->groups; i++) {
        const mix_group *group = &ground->group[i];
        double s = spread_at(group, u, &by);
        for (int j = 0; j < group->count; j++) {
            double z = u[group->first + j];
            w[group->first + j] += group->information[j] * (group->factors ? expm1(s * z) : s * z);
        }
    }
}

double mix_uncentre(const mix_ground *ground, bool control, double *u)
{
    double by, value = 0;
    for (int i = 0; i < ground->groups; i++) {
        const mix_group *group = &ground->group[i];
        if (group->control != control) continue;
        double s = spread_at(group, u, &by);
        for (int j = 0; j < group->count; j++) {
            double *z = &u[group->first + j], q = group->information[j];
            *z = group->factors ? z_of(*z, s, q) : *z / (1 + s * q);
            value -= log1p(s * q * (group->factors ? exp(s * *z) : 1));
        }
    }
    return value;
}

void mix_uncentre_back(const mix_ground *ground, bool control, const double *u, double *gradient)
{
    for (int i = 0; i < ground->groups; i++) {
        const mix_group *group = &ground->group[i];
        if (group->control != control) continue;
        double by, s = spread_at(group, u, &by), by_spread = 0;
        for (int j = 0; j < group->count; j++) {
            double z = u[group->first + j], q = group->information[j];
            double e = group->factors ? q * exp(s * z) : q, slope = 1 / (1 + s * e);
            double by_z = gradient[group->first + j];
            if (group->factors) by_z -= s * s * e * slope;
            gradient[group->first + j] = by_z * slope;
            by_spread -= by_z * z * e * slope;
            by_spread -= e * slope * (group->factors ? 1 + s * z : 1);
        }
        if (group->spread->at >= 0) gradient[group->spread->at] += by_spread * by;
    }
}

void mix_centring_slopes(const mix_group *group, const double *u, int which, double *by_w,
                         double *by_spread)
{
    double by, s = spread_at(group, u, &by), z = u[group->first + which];
    double e = group->information[which] * (group->factors ? exp(s * z) : 1);
    *by_w = 1 / (1 + s * e);
    *by_spread = -z * e * *by_w * by;
}
