/* rng.c - Philox4x32-10 and the draws made from it.
 *
 * Every draw is a function of (seed, stream, position) alone. Distributions that reject
 * proposals use as many positions as they need; the position stays part of the value, so
 * a copied ku_rng continues the same way. */
#include "kemudi/rng.h"

#include <assert.h>
#include <math.h>

__extension__ typedef unsigned __int128 uint128;

/* ---- the generator -------------------------------------------------------------------- */

/* Salmon et al. (2011), section 3.3 and table 2: multipliers and Weyl key increments. */
static const uint32_t multiplier[2] = {0xD2511F53u, 0xCD9E8D57u};
static const uint32_t weyl[2] = {0x9E3779B9u, 0xBB67AE85u};

static void philox(const uint32_t counter[4], const uint32_t key[2], uint32_t out[4])
{
    uint32_t c[4] = {counter[0], counter[1], counter[2], counter[3]};
    uint32_t k[2] = {key[0], key[1]};
    for (int round = 0; round < 10; round++) {
        uint64_t a = (uint64_t)multiplier[0] * c[0], b = (uint64_t)multiplier[1] * c[2];
        uint32_t next[4] = {(uint32_t)(b >> 32) ^ c[1] ^ k[0], (uint32_t)b,
                            (uint32_t)(a >> 32) ^ c[3] ^ k[1], (uint32_t)a};
        for (int i = 0; i < 4; i++) c[i] = next[i];
        k[0] += weyl[0];
        k[1] += weyl[1];
    }
    for (int i = 0; i < 4; i++) out[i] = c[i];
}

ku_rng ku_rng_make(uint64_t seed, uint64_t stream)
{
    return (ku_rng){.seed = seed, .stream = stream};
}

uint64_t ku_rng_stream(uint64_t a, uint64_t b)
{
    const uint32_t counter[4] = {(uint32_t)b, (uint32_t)(b >> 32), 0x6B656D75u, 0x64690000u};
    const uint32_t key[2] = {(uint32_t)a, (uint32_t)(a >> 32)};
    uint32_t out[4];
    philox(counter, key, out);
    return (uint64_t)out[1] << 32 | out[0];
}

uint32_t ku_rng_u32(ku_rng *rng)
{
    if (rng->left == 0) {
        const uint32_t counter[4] = {(uint32_t)rng->block, (uint32_t)(rng->block >> 32),
                                     (uint32_t)rng->stream, (uint32_t)(rng->stream >> 32)};
        const uint32_t key[2] = {(uint32_t)rng->seed, (uint32_t)(rng->seed >> 32)};
        philox(counter, key, rng->word);
        rng->block++;
        rng->left = 4;
    }
    return rng->word[4 - rng->left--];
}

uint64_t ku_rng_u64(ku_rng *rng)
{
    uint64_t low = ku_rng_u32(rng);
    return (uint64_t)ku_rng_u32(rng) << 32 | low;
}

/* ---- uniform draws ---------------------------------------------------------------------- */

double ku_rng_uniform(ku_rng *rng)
{
    /* The middle of one of 2^52 equal cells: never 0, never 1, symmetric about 1/2. */
    return ((double)(ku_rng_u64(rng) >> 12) + 0.5) * 0x1p-52;
}

uint64_t ku_rng_below(ku_rng *rng, uint64_t n)
{
    /* Lemire (2019), "Fast random integer generation in an interval", algorithm 5. */
    assert(n >= 1);
    uint128 product = (uint128)ku_rng_u64(rng) * n;
    if ((uint64_t)product < n) {
        uint64_t threshold = -n % n;
        while ((uint64_t)product < threshold) product = (uint128)ku_rng_u64(rng) * n;
    }
    return (uint64_t)(product >> 64);
}

/* ---- normal ------------------------------------------------------------------------------ */

static double polynomial(const double *c, int degree, double x)
{
    double sum = c[degree];
    for (int i = degree - 1; i >= 0; i--) sum = sum * x + c[i];
    return sum;
}

double ku_normal_quantile(double p)
{
    /* Wichura (1988), algorithm AS 241, PPND16: three rational approximations, about 16
     * digits. */
    static const double a[] = {3.3871328727963666080e0,  1.3314166789178437745e+2,
                               1.9715909503065514427e+3, 1.3731693765509461125e+4,
                               4.5921953931549871457e+4, 6.7265770927008700853e+4,
                               3.3430575583588128105e+4, 2.5090809287301226727e+3};
    static const double b[] = {1.0,
                               4.2313330701600911252e+1,
                               6.8718700749205790830e+2,
                               5.3941960214247511077e+3,
                               2.1213794301586595867e+4,
                               3.9307895800092710610e+4,
                               2.8729085735721942674e+4,
                               5.2264952788528545610e+3};
    static const double c[] = {1.42343711074968357734e0,  4.63033784615654529590e0,
                               5.76949722146069140550e0,  3.64784832476320460504e0,
                               1.27045825245236838258e0,  2.41780725177450611770e-1,
                               2.27238449892691845833e-2, 7.74545014278341407640e-4};
    static const double d[] = {1.0,
                               2.05319162663775882187e0,
                               1.67638483018380384940e0,
                               6.89767334985100004550e-1,
                               1.48103976427480074590e-1,
                               1.51986665636164571966e-2,
                               5.47593808499534494600e-4,
                               1.05075007164441684324e-9};
    static const double e[] = {6.65790464350110377720e0,  5.46378491116411436990e0,
                               1.78482653991729133580e0,  2.96560571828504891230e-1,
                               2.65321895265761230930e-2, 1.24266094738807843860e-3,
                               2.71155556874348757815e-5, 2.01033439929228813265e-7};
    static const double f[] = {1.0,
                               5.99832206555887937690e-1,
                               1.36929880922735805310e-1,
                               1.48753612908506148525e-2,
                               7.86869131145613259100e-4,
                               1.84631831751005468180e-5,
                               1.42151175831644588870e-7,
                               2.04426310338993978564e-15};
    if (!(p > 0 && p < 1)) return p == 0 ? -INFINITY : p == 1 ? INFINITY : NAN;
    double q = p - 0.5;
    if (fabs(q) <= 0.425) {
        double r = 0.180625 - q * q;
        return q * polynomial(a, 7, r) / polynomial(b, 7, r);
    }
    double r = sqrt(-log(q < 0 ? p : 1 - p));
    double z = r <= 5 ? polynomial(c, 7, r - 1.6) / polynomial(d, 7, r - 1.6)
                      : polynomial(e, 7, r - 5) / polynomial(f, 7, r - 5);
    return q < 0 ? -z : z;
}

double ku_rng_normal(ku_rng *rng)
{
    return ku_normal_quantile(ku_rng_uniform(rng));
}

/* ---- other distributions -------------------------------------------------------------------- */

double ku_rng_exponential(ku_rng *rng)
{
    return -log(ku_rng_uniform(rng));
}

double ku_rng_gamma(ku_rng *rng, double shape)
{
    /* Marsaglia & Tsang (2000), "A simple method for generating gamma variables", fig. 1.
     * Below shape 1: gamma(shape + 1) * U^(1 / shape), their section 6. */
    assert(shape > 0);
    double boost = 1;
    if (shape < 1) {
        boost = pow(ku_rng_uniform(rng), 1 / shape);
        shape += 1;
    }
    double d = shape - 1.0 / 3, c = 1 / sqrt(9 * d);
    for (;;) {
        double x = ku_rng_normal(rng), t = 1 + c * x;
        if (t <= 0) continue;
        double v = t * t * t, u = ku_rng_uniform(rng);
        if (u < 1 - 0.0331 * (x * x) * (x * x) || log(u) < 0.5 * x * x + d * (1 - v + log(v)))
            return boost * d * v;
    }
}

/* The logarithm of a gamma(shape) draw, which for tiny shapes does not underflow. */
static double log_gamma_draw(ku_rng *rng, double shape)
{
    if (shape >= 1) return log(ku_rng_gamma(rng, shape));
    double log_boost = log(ku_rng_uniform(rng)) / shape;
    return log(ku_rng_gamma(rng, shape + 1)) + log_boost;
}

double ku_rng_beta(ku_rng *rng, double a, double b)
{
    assert(a > 0 && b > 0);
    double x = log_gamma_draw(rng, a), y = log_gamma_draw(rng, b);
    return 1 / (1 + exp(y - x));
}

static int64_t poisson_inversion(ku_rng *rng, double mean)
{
    double u = ku_rng_uniform(rng), p = exp(-mean), sum = p;
    int64_t k = 0;
    /* Past 200 the terms of a mean below 10 are smaller than a double's last digit. */
    while (u > sum && k < 200) {
        k++;
        p *= mean / (double)k;
        sum += p;
    }
    return k;
}

static int64_t poisson_ptrs(ku_rng *rng, double mean)
{
    /* Hoermann (1993), "The transformed rejection method for generating Poisson random
     * variables", algorithm PTRS. */
    double root = sqrt(mean), log_mean = log(mean);
    double b = 0.931 + 2.53 * root, a = -0.059 + 0.02483 * b;
    double inverse_alpha = 1.1239 + 1.1328 / (b - 3.4), v_r = 0.9277 - 3.6224 / (b - 2);
    for (;;) {
        double u = ku_rng_uniform(rng) - 0.5, v = ku_rng_uniform(rng), us = 0.5 - fabs(u);
        double k = floor((2 * a / us + b) * u + mean + 0.43);
        if (us >= 0.07 && v <= v_r) return (int64_t)k;
        if (k < 0 || (us < 0.013 && v > us)) continue;
        int sign;
        if (log(v * inverse_alpha / (a / (us * us) + b)) <=
            k * log_mean - mean - lgamma_r(k + 1, &sign))
            return (int64_t)k;
    }
}

int64_t ku_rng_poisson(ku_rng *rng, double mean)
{
    assert(mean >= 0 && mean < 9e15);
    if (mean == 0) return 0;
    return mean < 10 ? poisson_inversion(rng, mean) : poisson_ptrs(rng, mean);
}
