/* likelihood.c - how likely the outcome is at a prediction, for each family. Cells that are not
 * known or held out weigh 0. */
#include "returns/mix/mix_internal.h"

#include <math.h>

#include "num/gamma.h"

static const double half_log_2pi = .91893853320467274;

static double sigma_of(const ku_mix_model *k, const mix_state *s, size_t region)
{
    return mix_take(s, &k->sigma[k->sigmas > 1 ? region : 0]);
}

/* Gaussian, of the outcome or of its logarithm; both scaled. */
static double gaussian(const ku_mix_model *k, mix_state *s)
{
    size_t regions = (size_t)k->regions;
    double value = 0, *precision = s->regions, *sum = s->regions + regions;
    for (size_t g = 0; g < regions; g++) {
        double sigma = sigma_of(k, s, g);
        if (!(sigma > 0)) return -INFINITY;
        precision[g] = 1 / (sigma * sigma);
        sum[g] = 0;
    }
    for (size_t t = 0; t < (size_t)k->periods; t++) {
        const double *y = k->y + t * regions, *used = k->used + t * regions;
        const double *predicted = s->predicted + t * regions;
        double *pull = s->pull + t * regions;
        for (size_t g = 0; g < regions; g++) {
            double miss = used[g] * (y[g] - predicted[g]);
            sum[g] += miss * miss;
            pull[g] = miss * precision[g];
        }
    }
    for (size_t g = 0; g < regions; g++) {
        double sigma = sigma_of(k, s, g), squares = sum[g] * precision[g];
        value -= .5 * squares + k->used_by[g] * (log(sigma) + half_log_2pi);
        mix_give(s, &k->sigma[k->sigmas > 1 ? g : 0], (squares - k->used_by[g]) / sigma);
    }
    return value;
}

static double log_mean(const ku_mix_model *k, size_t cell, double predicted)
{
    return log(k->head[cell % (size_t)k->regions]) + k->center + k->scale * predicted;
}

/* ln P(y) of the negative binomial with mean e^eta and variance mean + mean^2 / size; the
 * derivatives by eta and by size. */
static double count_likelihood(double y, double eta, double size, double *by_eta, double *by_size)
{
    double mean = exp(eta), all = size + mean;
    double of_size = -log1p(mean / size), of_mean = eta - log(all);
    *by_eta = size * (y - mean) / all;
    *by_size = ku_digamma_step(size, y) + of_size + (mean - y) / all;
    return ku_log_gamma_step(size, y) - ku_log_gamma(y + 1) + size * of_size + y * of_mean;
}

static double counts(const ku_mix_model *k, mix_state *s)
{
    double dispersion = mix_take(s, &k->dispersion), value = 0, all = 0;
    if (!(dispersion > 0)) return -INFINITY;
    double size = 1 / dispersion;
    for (size_t i = 0; i < k->cells; i++) {
        double by_eta, by_size;
        s->pull[i] = 0;
        if (k->used[i] == 0) continue;
        value += count_likelihood(k->y[i], log_mean(k, i, s->predicted[i]), size, &by_eta,
                                  &by_size);
        s->pull[i] = by_eta * k->scale;
        all += by_size;
    }
    mix_give(s, &k->dispersion, -all * size * size);
    return value;
}

double mix_likelihood(const ku_mix_model *k, mix_state *s)
{
    return k->spec->family == KU_MIX_COUNTS ? counts(k, s) : gaussian(k, s);
}

double mix_cell_likelihood(const ku_mix_model *k, const mix_state *s, size_t cell)
{
    double y = k->data->outcome[cell], by_eta, by_size, predicted = s->predicted[cell];
    size_t g = cell % (size_t)k->regions;
    if (isnan(y)) return NAN;
    if (k->spec->family == KU_MIX_COUNTS)
        return count_likelihood(y, log_mean(k, cell, predicted), 1 / mix_take(s, &k->dispersion),
                                &by_eta, &by_size);
    bool logs = k->spec->family == KU_MIX_LOG_NORMAL;
    double sigma = sigma_of(k, s, g), per_head = y / k->head[g];
    double z = ((logs ? log(per_head) : per_head) - k->center) / k->scale;
    double stretch = logs ? y * k->scale : k->head[g] * k->scale;
    double miss = (z - predicted) / sigma;
    return -.5 * miss * miss - log(sigma) - half_log_2pi - log(stretch);
}

double mix_outcome(const ku_mix_model *k, const mix_state *s, size_t cell, double predicted)
{
    size_t g = cell % (size_t)k->regions;
    if (k->spec->family == KU_MIX_GAUSSIAN) return k->head[g] * (k->center + k->scale * predicted);
    double eta = log_mean(k, cell, predicted);
    if (k->spec->family == KU_MIX_COUNTS) return exp(eta);
    double sd = k->scale * sigma_of(k, s, g);
    return exp(eta + .5 * sd * sd);
}
