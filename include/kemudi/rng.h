/* rng.h - counter-based random numbers with independent streams. A ku_rng is a
 * plain value: copy it to remember a position. The same (seed, stream) gives the
 * same numbers on every machine, whatever the number of threads. Not for secrets.
 *
 * Generator: Philox4x32-10, Salmon, Moraes, Dror & Shaw (2011), "Parallel random
 * numbers: as easy as 1, 2, 3", SC11. The key is the seed, the counter's upper half
 * the stream, its lower half the position. */
#ifndef KEMUDI_RNG_H
#define KEMUDI_RNG_H

#include <stdint.h>

typedef struct ku_rng {
    uint64_t seed;
    uint64_t stream;
    uint64_t block;   /* next counter value */
    uint32_t word[4]; /* the current block's output */
    uint32_t left;    /* words of it not used yet */
} ku_rng;

/* Starts stream `stream` of `seed` at its beginning. */
ku_rng ku_rng_make(uint64_t seed, uint64_t stream);
/* A stream number from two indices, for nested streams (customer, year). */
uint64_t ku_rng_stream(uint64_t a, uint64_t b);

uint32_t ku_rng_u32(ku_rng *rng);
uint64_t ku_rng_u64(ku_rng *rng);
/* Uniform on the open interval (0, 1): the middles of 2^52 equal cells. */
double ku_rng_uniform(ku_rng *rng);
/* Whole number in [0, n), without modulo bias; n >= 1. */
uint64_t ku_rng_below(ku_rng *rng, uint64_t n);
/* Standard normal (inverse of the distribution function, so one uniform a draw). */
double ku_rng_normal(ku_rng *rng);
/* The standard normal's quantile at p in [0, 1], to about 16 digits: Wichura (1988),
 * algorithm AS 241, PPND16. */
double ku_normal_quantile(double p);
/* Exponential with mean 1. */
double ku_rng_exponential(ku_rng *rng);
/* Gamma with the given shape > 0 and scale 1 (Marsaglia & Tsang 2000). */
double ku_rng_gamma(ku_rng *rng, double shape);
/* Beta(a, b), a, b > 0. */
double ku_rng_beta(ku_rng *rng, double a, double b);
/* Poisson with mean >= 0 (inversion below 10, PTRS of Hoermann 1993 above). */
int64_t ku_rng_poisson(ku_rng *rng, double mean);

#endif
