/* coefficients.c - from what a prior speaks of (return, marginal return, contribution or the
 * coefficient itself) to each region's coefficient, and back.
 *
 * A channel that brings `share_g` of money per unit of region g's coefficient brings
 * sum_g share_g beta_g in all, which the prior says is effect x money. So
 *   by factors  beta_g = e^b f_g,  f_g = e^(spread z_g),  e^b = effect money / sum share_g f_g
 *   by shifts   beta_g = b + spread z_g,  b = (effect money - spread sum share_g z_g) / sum share_g
 * (Meridian's model specification, ROI parameterisation). A sampler may move b instead of the
 * effect, which then follows from it; see centring.c. */
#include "returns/mix/mix_internal.h"

#include <math.h>

static const double *normals(const mix_state *s, int first)
{
    return first < 0 ? NULL : s->natural + first;
}

static bool by_factors(const mix_media *m, int regions, const double *z, mix_media_state *c)
{
    double all = 0;
    for (int g = 0; g < regions; g++) {
        c->factor[g] = z != NULL ? exp(c->spread * z[g]) : 1;
        all += c->share[g] * c->factor[g];
    }
    c->all = all;
    if (c->by_level) c->effect = exp(c->level) * (m->money == 0 ? 1 : all / m->money);
    double typical = m->money == 0 ? c->effect : c->effect * m->money / all;
    if (!(typical > 0) || !isfinite(typical)) return false;
    c->level = log(typical);
    for (int g = 0; g < regions; g++) c->beta[g] = typical * c->factor[g];
    return true;
}

bool mix_coefficients(const mix_media *m, int regions, const mix_state *s, mix_media_state *c)
{
    const double *z = normals(s, m->z);
    if (!c->by_level) c->effect = mix_take(s, &m->part[KU_MIX_PART_EFFECT]);
    c->spread = z != NULL ? mix_take(s, &m->part[KU_MIX_PART_SPREAD]) : 0;
    if (m->spec->spread == KU_MIX_BY_FACTORS) return by_factors(m, regions, z, c);
    double all = 0, moved = 0;
    for (int g = 0; g < regions; g++) {
        all += c->share[g];
        moved += z != NULL ? c->share[g] * z[g] : 0;
    }
    c->all = all;
    c->level = m->money == 0 ? c->effect : (c->effect * m->money - c->spread * moved) / all;
    for (int g = 0; g < regions; g++) {
        c->factor[g] = 1;
        c->beta[g] = c->level + (z != NULL ? c->spread * z[g] : 0);
    }
    return isfinite(c->level);
}

/* by_share first holds the gradient by spread z_g, then its meaning. */
void mix_coefficients_back(const mix_media *m, int regions, mix_state *s, const mix_media_state *c,
                           double *by_share)
{
    const double *z = normals(s, m->z);
    bool factors = m->spec->spread == KU_MIX_BY_FACTORS, bound = m->money != 0;
    double level = 0, spread = 0;
    for (int g = 0; g < regions; g++) level += c->by_beta[g] * (factors ? c->beta[g] : 1);
    /* By the level, per money; where the level is given, what follows is the prior's. */
    double each = !bound ? 0 : (c->by_level ? -c->by_effect : level) / c->all;
    for (int g = 0; g < regions; g++) {
        double own = c->by_beta[g] * (factors ? c->beta[g] : 1);
        double moved = own - each * c->share[g] * c->factor[g];
        by_share[g] = -each * (factors ? c->factor[g] : c->beta[g]);
        if (z == NULL) continue;
        spread += moved * z[g];
        s->adjoint[m->z + g] += moved * c->spread;
    }
    if (z != NULL) mix_give(s, &m->part[KU_MIX_PART_SPREAD], spread);
    double effect = factors ? level / c->effect : bound ? each * m->money : level;
    if (c->by_level) effect = level + c->by_effect;
    mix_give(s, &m->part[KU_MIX_PART_EFFECT], effect);
}

/* ---- treatments and controls: always by shifts, their shares known beforehand ---------------- */

void mix_linear_coefficients(const mix_linear *l, int regions, const mix_state *s, double *gamma)
{
    const double *z = normals(s, l->effect.z);
    double effect = mix_take(s, &l->effect.level), moved = 0;
    double spread = z != NULL ? mix_take(s, &l->effect.spread) : 0;
    if (l->money != 0) {
        for (int g = 0; g < regions && z != NULL; g++) moved += l->share[g] * z[g];
        effect = (effect * l->money - spread * moved) / l->all;
    }
    for (int g = 0; g < regions; g++) gamma[g] = effect + (z != NULL ? spread * z[g] : 0);
}

void mix_linear_back(const mix_linear *l, int regions, mix_state *s, const double *by_gamma)
{
    const double *z = normals(s, l->effect.z);
    double level = 0, by_spread = 0;
    double spread = z != NULL ? mix_take(s, &l->effect.spread) : 0;
    for (int g = 0; g < regions; g++) level += by_gamma[g];
    double each = l->money != 0 ? level / l->all : 0;
    for (int g = 0; g < regions && z != NULL; g++) {
        double moved = by_gamma[g] - (l->money != 0 ? each * l->share[g] : 0);
        by_spread += moved * z[g];
        s->adjoint[l->effect.z + g] += moved * spread;
    }
    if (z != NULL) mix_give(s, &l->effect.spread, by_spread);
    mix_give(s, &l->effect.level, l->money != 0 ? each * l->money : level);
}
