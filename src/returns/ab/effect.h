/* effect.h - how two arms of a test differ: effects with intervals that hold at one look and
 * with intervals that hold at every look, what a test can see, and how likely each arm is the
 * best. Owns nothing. */
#ifndef KU_RETURNS_EFFECT_H
#define KU_RETURNS_EFFECT_H

#include "kemudi/rng.h"
#include "num/share.h"
#include "returns/ab/arms.h"

typedef struct ku_ab_effect {
    double effect, error; /* value of b less that of a */
    double lo, hi;
    double p;                                  /* of no difference; NAN: not known */
    double relative, relative_lo, relative_hi; /* to the value of a as observed; NAN where that
                                                  may be 0 */
    double always_lo, always_hi;               /* hold however often one looks */
    double always_p;
} ku_ab_effect;

/* What the looks at a running test were planned for: the units at which intervals that hold at
 * every look are narrowest. They hold for any number fixed before the test. */
typedef struct ku_ab_plan {
    double confidence; /* .95 */
    double units;      /* of both arms */
} ku_ab_plan;

/* b against a. Shares that are not corrected: Newcombe's interval (1998, Statistics in Medicine
 * 17, method 10) and, where fewer than 10 hits are expected in an arm, Fisher's exact test; all
 * else: Welch's t. Relative: Fieller (1954, Journal of the Royal Statistical Society B 16). At every look: the asymptotic confidence sequence
 * of Waudby-Smith, Arbour, Sinha, Kennedy & Ramdas (2021), arXiv:2103.06476, theorem 2.2. */
ku_ab_effect ku_ab_compare(const ku_ab_metric *metric, bool adjusted, const ku_ab_value *a,
                           const ku_ab_value *b, const ku_ab_plan *plan);

/* The parameter of that sequence that makes it narrowest at n units. */
double ku_ab_rho(double units, double alpha);
/* Half its width for an effect of n units with a standard error. */
double ku_ab_reach(double units, double error, double rho, double alpha);
/* The least alpha at which 0 is outside it. */
double ku_ab_always_p(double units, double effect, double error, double rho);

/* The interval of one arm's value: Wilson's for a share that is not corrected, else normal. */
ku_interval ku_ab_interval(const ku_ab_metric *metric, bool adjusted, const ku_ab_value *value,
                           double confidence);

/* Two-sided p of Fisher's exact test: x of n against y of m. */
double ku_ab_fisher(double x, double n, double y, double m);

/* The effect that a test with this error finds with the given power (.8), in units of it: 2.8. */
double ku_ab_seen(double confidence, double power);

/* Of each arm: the chance to have the highest value, the chance to have a higher one than the
 * control, and what is lost on average by taking it where another is better. From `draws` draws
 * of the arms' values: Beta with Jeffreys' prior for a share that is not corrected, else normal. */
typedef struct ku_ab_chance {
    double best, better, loss;
} ku_ab_chance;
void ku_ab_best(const ku_ab_metric *metric, bool adjusted, const ku_ab_value *value, int arms,
                int control, int draws, ku_rng rng, ku_ab_chance *chance);

/* p-values of `count` tests so corrected that, of all of them, an error is as rare as said
 * (Holm 1979), or that of those found as small a share is in error (Benjamini & Hochberg 1995).
 * NAN stays NAN and does not count. `order` is memory for count places. */
void ku_ab_holm(const double *p, int count, double *out, int *order);
void ku_ab_benjamini(const double *p, int count, double *out, int *order);

#endif
