/* feeds.c - media that drive other media: television that makes people search. The exposure of a
 * channel that others feed has an equation of its own,
 *   x_gt = a_g + c_t + sum over the channels that feed it of kappa_m R_m,gt + noise,
 * a_g a level of each region and c_t a line between a knot every 13 periods. Their priors are
 * flat, so both are taken out of either side by least squares before anything is sampled
 * (Frisch & Waugh 1933): only kappa and the noise stay. What a channel brings through another is
 * then the other's response to the exposure it would not have had. */
#include "returns/mix/mix_internal.h"

#include <math.h>
#include <string.h>

#include "num/linear.h"

enum { STEP = 13 };

/* ---- levels and the line over time taken out ------------------------------------------------- */

/* Hat functions on a knot every STEP periods, the last one shared with what is left over. */
static int knots_of(int periods)
{
    int n = (periods - 1) / STEP;
    return n < 1 ? 1 : n + 1;
}

static double hat(int periods, int knots, int which, int t)
{
    if (knots == 1) return 1;
    double width = (double)(periods - 1) / (knots - 1), off = fabs(t / width - which);
    return off < 1 ? 1 - off : 0;
}

void mix_prepare_feeds(ku_mix_model *k, ku_arena *arena)
{
    k->fed_knots = knots_of(k->periods);
    size_t n = (size_t)k->fed_knots, periods = (size_t)k->periods;
    double *basis = KU_ARRAY(arena, n * periods, double), *l = KU_ARRAY(arena, n * n, double);
    for (size_t i = 0; i < n; i++)
        for (size_t t = 0; t < periods; t++)
            basis[i * periods + t] = hat(k->periods, k->fed_knots, (int)i, (int)t);
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j <= i; j++)
            for (size_t t = 0; t < periods; t++)
                l[i * n + j] += basis[i * periods + t] * basis[j * periods + t];
    bool factored = ku_cholesky(l, k->fed_knots, k->fed_knots);
    k->fed_basis = factored ? basis : NULL;
    k->fed_factor = l;
    k->fed_freedom = (double)k->cells - k->regions - (k->fed_knots - 1);
    for (int m = 0; m < k->data->channels; m++) {
        mix_media *fed = &k->media[m];
        if (!fed->fed) continue;
        double *x = KU_ARRAY(arena, k->cells, double);
        size_t first = (size_t)k->before * (size_t)k->regions;
        memcpy(x, fed->x + first, k->cells * sizeof *x);
        mix_take_out(k, x, KU_ARRAY(arena, mix_take_out_room(k), double));
        fed->own = x;
    }
}

size_t mix_take_out_room(const ku_mix_model *k)
{
    return (size_t)(k->regions + k->periods + k->fed_knots);
}

void mix_take_out(const ku_mix_model *k, double *x, double *work)
{
    size_t regions = (size_t)k->regions, periods = (size_t)k->periods;
    double *level = work, *mean = work + regions, *line = mean + periods;
    for (size_t g = 0; g < regions; g++) level[g] = 0;
    for (size_t i = 0; i < k->cells; i++) level[i % regions] += x[i] / (double)periods;
    for (size_t t = 0; t < periods; t++) {
        mean[t] = 0;
        for (size_t g = 0; g < regions; g++) {
            x[t * regions + g] -= level[g];
            mean[t] += x[t * regions + g] / (double)regions;
        }
    }
    if (k->fed_basis == NULL) return;
    for (int i = 0; i < k->fed_knots; i++) {
        const double *basis = k->fed_basis + (size_t)i * periods;
        line[i] = 0;
        for (size_t t = 0; t < periods; t++) line[i] += basis[t] * mean[t];
    }
    ku_cholesky_solve(k->fed_factor, k->fed_knots, k->fed_knots, line);
    for (size_t t = 0; t < periods; t++) {
        double at = 0;
        for (int i = 0; i < k->fed_knots; i++)
            at += line[i] * k->fed_basis[(size_t)i * periods + t];
        for (size_t g = 0; g < regions; g++) x[t * regions + g] -= at;
    }
}

/* ---- the likelihood ----------------------------------------------------------------------------- */

/* Of one fed channel; leaves residuals in its state and adds to the gradients of what feeds it. */
static double fed_likelihood(const ku_mix_model *k, int fed, mix_state *s)
{
    const mix_media *f = &k->media[fed];
    double *miss = s->media[fed].miss, squares = 0, sigma = mix_take(s, &f->fed_noise);
    if (!(sigma > 0)) return -INFINITY;
    for (size_t i = 0; i < k->cells; i++) miss[i] = 0;
    for (int m = 0; m < k->data->channels; m++) {
        if (k->media[m].spec->feeds != fed) continue;
        double kappa = mix_take(s, &k->media[m].part[KU_MIX_PART_FEED]);
        for (size_t i = 0; i < k->cells; i++) miss[i] -= kappa * s->media[m].out[i];
    }
    mix_take_out(k, miss, s->rows);
    for (size_t i = 0; i < k->cells; i++) {
        miss[i] += f->own[i];
        squares += miss[i] * miss[i];
    }
    double precision = 1 / (sigma * sigma);
    for (int m = 0; m < k->data->channels; m++) {
        const mix_slot *slot = &k->media[m].part[KU_MIX_PART_FEED];
        if (k->media[m].spec->feeds != fed) continue;
        double by = 0;
        for (size_t i = 0; i < k->cells; i++) by += miss[i] * s->media[m].out[i];
        mix_give(s, slot, by * precision);
        s->media[m].by_feed = mix_take(s, slot) * precision;
    }
    mix_give(s, &f->fed_noise, (squares * precision - k->fed_freedom) / sigma);
    return -.5 * squares * precision - k->fed_freedom * log(sigma);
}

double mix_feeds(const ku_mix_model *k, mix_state *s)
{
    double value = 0;
    for (int m = 0; m < k->data->channels; m++)
        if (k->media[m].fed) value += fed_likelihood(k, m, s);
    return value;
}
