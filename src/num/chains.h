/* chains.h - whether several chains of draws can be trusted, and what they say. Owns nothing;
 * the caller gives all memory (ku_chains_room).
 *
 * Source: Vehtari, Gelman, Simpson, Carpenter & Bürkner (2021), Rank-normalization, folding,
 * and localization: an improved R-hat, Bayesian Analysis 16(2); as computed by R's posterior. */
#ifndef KU_NUM_CHAINS_H
#define KU_NUM_CHAINS_H

#include <stddef.h>

/* The draws of one unknown: chain c, draw i at x[c * chain_stride + i * draw_stride]. */
typedef struct ku_chains {
    int chains, draws;
    const double *x;
    size_t chain_stride, draw_stride;
} ku_chains;

/* NAN where it cannot be said: R-hat and effective draws of fewer than 4 draws or of draws that
 * are all the same; anything of draws that are not finite. */
typedef struct ku_chain_summary {
    double mean, sd;
    double median, lo, hi; /* quantiles .5, .025, .975 */
    double rhat;      /* eq. 14, the larger of that of ranks and of folded ranks; want < 1.01 */
    double ess_bulk;  /* effective draws for the middle, section 4.1; want >= 400 in all */
    double ess_tail;  /* and for the 5 % and 95 % quantiles, section 4.3 */
    double ess_mean;  /* for the mean itself, without ranks */
    double mcse_mean; /* error of the mean for want of draws */
} ku_chain_summary;

/* Number of doubles of work memory for that many draws in all. */
size_t ku_chains_room(int chains, int draws);
ku_chain_summary ku_chains_summarise(const ku_chains *chains, double *work);
/* The pieces. The quantile is R's type 7, over all chains. */
double ku_chains_rhat(const ku_chains *chains, double *work);
double ku_chains_ess_bulk(const ku_chains *chains, double *work);
double ku_chains_ess_tail(const ku_chains *chains, double *work);
double ku_chains_ess_mean(const ku_chains *chains, double *work);
double ku_chains_quantile(const ku_chains *chains, double p, double *work);
/* Error of that quantile for want of draws (section 4.4). */
double ku_chains_mcse_quantile(const ku_chains *chains, double p, double *work);
/* How well the energy of one chain mixes: low (below 0.3) where the tails are hard to reach.
 * Betancourt (2016), arXiv:1604.00695, eq. for E-BFMI. energy[draws] `stride` apart. */
double ku_energy_mixing(const double *energy, int draws, size_t stride);

#endif
