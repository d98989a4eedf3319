/* launch.c - pooling analogues, weighing them against the launch's own sales, drawing. */
#include "forecast/diffusion/launch.h"

#include <math.h>
#include <string.h>

#include "num/linear.h"

enum { K = KU_BASS_UNKNOWNS };

/* Deviations of ln m, ln p, ln q between launches when nothing else is known, and how many
 * analogues that counts as. */
static const double usual_deviation[K] = {0.7, 0.7, 0.4};
static const double usual_count = 2;
/* Noise of a launch when its analogues had next to none. */
static const double least_noise = 1e-4;

/* Between the estimates of an analogue and its truth there is an error too, so an analogue
 * that was hardly seen counts less: by the variance of its ln m against the usual spread. */
static double trusted_weight(const ku_analogue *a)
{
    double usual = usual_deviation[0] * usual_deviation[0];
    return a->weight * usual / (usual + fmin(fmax(a->fit.covariance[0], 0), 1e6));
}

void ku_launch_pool(const ku_analogue *analogue, int count, ku_launch_prior *prior)
{
    double sum = 0, squares = 0;
    *prior = (ku_launch_prior){0};
    for (int i = 0; i < count; i++) sum += trusted_weight(&analogue[i]);
    for (int i = 0; i < count; i++) {
        double w = trusted_weight(&analogue[i]) / sum;
        squares += w * w;
        prior->noise += w * analogue[i].fit.noise;
        for (int k = 0; k < K; k++) prior->mean[k] += w * analogue[i].fit.bass.theta[k];
    }
    prior->effective = 1 / squares;
    prior->noise = fmax(prior->noise, least_noise);
    for (int i = 0; i < count; i++) {
        double w = trusted_weight(&analogue[i]) / sum * prior->effective;
        double apart[K];
        for (int k = 0; k < K; k++) apart[k] = analogue[i].fit.bass.theta[k] - prior->mean[k];
        for (int k = 0; k < K; k++)
            for (int l = 0; l < K; l++) prior->scale[k * K + l] += w * apart[k] * apart[l];
    }
    /* Inverse Wishart: sums of squares over counts; one degree goes into the mean. */
    double degrees = usual_count + prior->effective - 1;
    for (int k = 0; k < K; k++)
        prior->scale[k * K + k] += usual_count * usual_deviation[k] * usual_deviation[k];
    for (int k = 0; k < K * K; k++) prior->scale[k] *= (1 + squares) / degrees;
    prior->freedom = degrees + 2; /* the usual spread is known from elsewhere */
}

/* ---- densities and draws of a Student t of three dimensions ------------------------------------ */

typedef struct student {
    double mean[K], factor[K * K]; /* scale = L L' */
    double freedom;
} student;

static bool make_student(const double *mean, const double *scale, double freedom, student *s)
{
    memcpy(s->mean, mean, sizeof s->mean);
    memcpy(s->factor, scale, sizeof s->factor);
    s->freedom = freedom;
    return ku_cholesky(s->factor, K, K);
}

/* Up to a constant that depends on the freedom only. */
static double log_density(const student *s, const double *theta)
{
    double z[K], form = 0, size = 0;
    for (int i = 0; i < K; i++) {
        z[i] = theta[i] - s->mean[i];
        for (int j = 0; j < i; j++) z[i] -= s->factor[i * K + j] * z[j];
        z[i] /= s->factor[i * K + i];
        form += z[i] * z[i];
        size += log(s->factor[i * K + i]);
    }
    return -size - (s->freedom + K) / 2 * log1p(form / s->freedom);
}

static void draw_student(const student *s, ku_rng *rng, double *theta)
{
    double z[K];
    for (int i = 0; i < K; i++) z[i] = ku_rng_normal(rng);
    double stretch = sqrt(s->freedom / (2 * ku_rng_gamma(rng, s->freedom / 2)));
    for (int i = 0; i < K; i++) {
        theta[i] = s->mean[i];
        for (int j = 0; j <= i; j++) theta[i] += stretch * s->factor[i * K + j] * z[j];
    }
}

/* ---- the launch's own sales ---------------------------------------------------------------------- */

static double peak_of(const double *curve, int n)
{
    double peak = 0;
    for (int t = 0; t < n; t++) peak = fmax(peak, curve[t]);
    return peak;
}

/* Variance of sales around what is expected; sales that were hardly expected vary too. */
static double variance_of(double expected, double peak, double noise)
{
    return noise * fmax(expected * peak, 0.01 * peak * peak) + 1e-300;
}

/* The peak of the whole life: own sales may not have reached it. */
static double life_peak(const ku_bass *b, bool again)
{
    double m = exp(b->theta[0]), p = exp(b->theta[1]), q = exp(b->theta[2]);
    if (again) return m;
    return q > p ? m * (p + q) * (p + q) / (4 * q) : m * p; /* Bass (1969), eq. 13 */
}

static double log_likelihood(const ku_bass *b, const double *y, int n, bool again, double noise,
                             double *curve)
{
    double sum = 0, peak = life_peak(b, again);
    ku_bass_curve(b, again, n, curve);
    for (int t = 0; t < n; t++) {
        double v = variance_of(curve[t], peak, noise), e = y[t] - curve[t];
        sum -= e * e / v / 2 + log(v) / 2;
    }
    return sum;
}

/* The most likely curve and the spread around it; deviations of the sales first from the
 * prior's mean curve, then from the curve found. */
static bool find_mode(const ku_launch_prior *prior, const double *y, int n, bool again,
                      ku_bass_fit *fit, double *deviation, double *work)
{
    ku_bass_prior normal;
    double factor[K * K];
    memcpy(normal.mean, prior->mean, sizeof normal.mean);
    memcpy(factor, prior->scale, sizeof factor);
    if (!ku_cholesky(factor, K, K)) return false;
    for (int j = 0; j < K; j++) {
        double unit[K] = {0};
        unit[j] = 1;
        ku_cholesky_solve(factor, K, K, unit);
        for (int i = 0; i < K; i++) normal.precision[i * K + j] = unit[i];
    }
    memcpy(fit->bass.theta, prior->mean, sizeof fit->bass.theta);
    memcpy(fit->covariance, prior->scale, sizeof fit->covariance);
    for (int round = 0; round < 4 && n > 0; round++) {
        double peak = life_peak(&fit->bass, again);
        ku_bass_curve(&fit->bass, again, n, work);
        for (int t = 0; t < n; t++)
            deviation[t] = sqrt(variance_of(fmax(work[t], round ? 0 : y[t]),
                                            fmax(peak, peak_of(y, n)), prior->noise));
        if (!ku_bass_fit_curve(y, n, again, deviation, &normal, work, fit)) return false;
    }
    return true;
}

/* Systematic resampling: draw i of the result is the proposal in which the (i + u)-th of
 * `draws` equal parts of the weight lies. */
static void resample(const ku_bass *from, const double *weight, int draws, double u, ku_bass *to)
{
    double total = 0, sum = 0;
    for (int i = 0; i < draws; i++) total += weight[i];
    int at = 0;
    sum = weight[0];
    for (int i = 0; i < draws; i++) {
        double place = (i + u) / draws * total;
        while (sum < place && at < draws - 1) sum += weight[++at];
        to[i] = from[at];
    }
}

bool ku_launch_draw(const ku_launch_prior *prior, const double *y, int n, bool again, ku_rng rng,
                    int draws, ku_bass *theta, double *work)
{
    ku_bass_fit mode;
    student known, proposal;
    double *weight = work, *deviation = weight + draws, *room = deviation + n;
    ku_bass *proposed = (ku_bass *)(room + ku_bass_room(n));
    double wider[K * K], largest = -INFINITY;
    if (!find_mode(prior, y, n, again, &mode, deviation, room)) return false;
    for (int i = 0; i < K * K; i++) wider[i] = (n > 0 ? 1.3 : 1) * mode.covariance[i];
    if (!make_student(prior->mean, prior->scale, prior->freedom, &known)) return false;
    if (!make_student(mode.bass.theta, wider, fmin(prior->freedom, 5), &proposal)) return false;
    for (int i = 0; i < draws; i++) {
        draw_student(&proposal, &rng, proposed[i].theta);
        weight[i] = log_density(&known, proposed[i].theta) -
                    log_density(&proposal, proposed[i].theta) +
                    log_likelihood(&proposed[i], y, n, again, prior->noise, room);
        if (!isfinite(weight[i])) weight[i] = -INFINITY;
        largest = fmax(largest, weight[i]);
    }
    if (!isfinite(largest)) return false;
    for (int i = 0; i < draws; i++) weight[i] = exp(weight[i] - largest);
    resample(proposed, weight, draws, ku_rng_uniform(&rng), theta);
    return true;
}

void ku_launch_future(const ku_bass *b, double noise, int n, int h, bool again, ku_rng *rng,
                      double *curve, double *sales)
{
    double peak = life_peak(b, again);
    ku_bass_curve(b, again, n + h, curve);
    for (int k = 0; k < h; k++) {
        double expected = curve[n + k], v = variance_of(expected, peak, noise);
        /* Gamma: right mean and variance, never negative. */
        double shape = expected * expected / v;
        sales[k] = shape > 1e-8 ? ku_rng_gamma(rng, shape) * v / expected : 0;
    }
}
