/* lanes.h - the logarithm and the exponential written so that a compiler turns a loop over
 * an array into vector instructions: no branch, no call, no table. Owns nothing.
 *
 * Only additions, multiplications and divisions of IEEE arithmetic are used and the build
 * forbids joining them, so that every width of vector gives the same bits; unlike those of
 * the C library these are the same on every machine too. Relative error below 3e-16. */
#ifndef KU_NUM_LANES_H
#define KU_NUM_LANES_H

#include <stdint.h>
#include <string.h>

#if defined(__x86_64__) && defined(__GNUC__)
/* A function compiled once more for processors with AVX2, and for those with AVX-512; ask
 * KU_HAS_WIDE_LANES or KU_HAS_WIDEST_LANES first. */
#define KU_WIDE_LANES     __attribute__((target("avx2")))
#define KU_WIDEST_LANES   __attribute__((target("avx512f,avx512dq,prefer-vector-width=512")))
#define KU_HAS_WIDE_LANES __builtin_cpu_supports("avx2")
#define KU_HAS_WIDEST_LANES                                                                        \
    (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq"))
#else
#define KU_WIDE_LANES
#define KU_WIDEST_LANES
#define KU_HAS_WIDE_LANES   0
#define KU_HAS_WIDEST_LANES 0
#endif
#define KU_LANES static inline __attribute__((always_inline))

/* Doubles between 0 and 2^52 have the number itself in their last bits once this is added. */
static const double ku_lane_shift = 4503599627370496.0; /* 2^52 */
static const double ku_lane_ln2_high = 6.93147180369123816490e-01;
static const double ku_lane_ln2_low = 1.90821492927058770002e-10;

/* ln x for a normal x > 0. With x = 2^k m, m between sqrt(1/2) and sqrt 2, and
 * s = (m - 1) / (m + 1): ln m = 2 (s + s^3/3 + s^5/5 + ...), the series bent to the
 * interval as in the C library of Sun (fdlibm, e_log.c; its coefficients). */
KU_LANES double ku_lane_log(double x)
{
    uint64_t bits, root = UINT64_C(0x3fe6a09e667f3bcd), top = UINT64_C(0xfff0000000000000);
    double m, k;
    memcpy(&bits, &x, sizeof bits);
    uint64_t off = bits - root; /* its top bits count powers of two from sqrt(1/2) */
    uint64_t reduced = bits - (off & top);
    uint64_t power = ((off + (UINT64_C(1024) << 52)) >> 52) | UINT64_C(0x4330000000000000);
    memcpy(&m, &reduced, sizeof m);
    memcpy(&k, &power, sizeof k);
    k -= ku_lane_shift + 1024;
    double f = m - 1, s = f / (2 + f), z = s * s, half = 0.5 * f * f;
    double r = 1.479819860511658591e-01;
    r = r * z + 1.531383769920937332e-01;
    r = r * z + 1.818357216161805012e-01;
    r = r * z + 2.222219843214978396e-01;
    r = r * z + 2.857142874366239149e-01;
    r = r * z + 3.999999999940941908e-01;
    r = r * z + 6.666666666666735130e-01;
    return k * ku_lane_ln2_high - ((half - (s * (half + r * z) + k * ku_lane_ln2_low)) - f);
}

/* e^x for x between -700 and 700: 2^n times Taylor's series of what is left. */
KU_LANES double ku_lane_exp(double x)
{
    const double shift = 1.5 * ku_lane_shift; /* rounds to whole numbers of either sign */
    uint64_t bits;
    double n = x * 1.44269504088896338700 + shift, scale;
    memcpy(&bits, &n, sizeof bits);
    bits = (bits + 1023) << 52;
    memcpy(&scale, &bits, sizeof scale);
    n -= shift;
    double r = x - n * ku_lane_ln2_high - n * ku_lane_ln2_low;
    double p = 1.0 / 6227020800;
    p = p * r + 1.0 / 479001600;
    p = p * r + 1.0 / 39916800;
    p = p * r + 1.0 / 3628800;
    p = p * r + 1.0 / 362880;
    p = p * r + 1.0 / 40320;
    p = p * r + 1.0 / 5040;
    p = p * r + 1.0 / 720;
    p = p * r + 1.0 / 120;
    p = p * r + 1.0 / 24;
    p = p * r + 1.0 / 6;
    p = p * r + 1.0 / 2;
    p = p * r + 1;
    p = p * r + 1;
    return p * scale;
}

/* ln(1 + u) for u > -1, given 1 / (1 + u). */
KU_LANES double ku_lane_log1p(double u, double inverse)
{
    double y = 1 + u;
    return ku_lane_log(y) + (u - (y - 1)) * inverse;
}

/* The same for arrays of n, to[i] = f(from[i]), with the widest instructions there are; the two
 * may be one. */
void ku_lanes_log(const double *from, double *to, int n);
void ku_lanes_log1p(const double *from, double *to, int n);
/* 0 below -700; above 700 as at 700. */
void ku_lanes_exp(const double *from, double *to, int n);

#endif
