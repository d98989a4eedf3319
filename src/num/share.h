/* share.h - intervals of shares. Owns nothing, safe from any thread. */
#ifndef KU_NUM_SHARE_H
#define KU_NUM_SHARE_H

typedef struct ku_interval {
    double lo, hi;
} ku_interval;

/* The share behind `hits` of `trials` >= 1, with the given confidence: Wilson's interval;
 * Brown, Cai & DasGupta (2001), Interval estimation for a binomial proportion, Statistical
 * Science 16, eq. 4. */
ku_interval ku_wilson(double hits, double trials, double confidence);

#endif
