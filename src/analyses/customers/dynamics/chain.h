/* chain.h - moves between segments as a Markov chain whose shares differ from period to period:
 * how they are estimated, whether they are the same over time, and what lies ahead. Knows no
 * customers, only counts; memory from the caller's arena.
 *
 * Of n customers in a segment the counts that move are Dirichlet-multinomial: multinomial with
 * shares that are themselves drawn around a mean, each period anew. rho in 0..1 is how much
 * they differ, the correlation of two customers of the same period (Mosimann 1962); 0: a plain
 * chain. The mean leans on the time of year as far as that explains the differences: on each
 * place's own moves where two years are known, before that on how much is bought at it. */
#ifndef KU_CUSTOMERS_DYNAMICS_CHAIN_H
#define KU_CUSTOMERS_DYNAMICS_CHAIN_H

#include <stdbool.h>

#include "kemudi/arena.h"
#include "kemudi/rng.h"

enum { CHAIN_MOST = 24, CHAIN_SEASONS = 12 };

typedef struct chain_counts {
    int count;            /* segments */
    int periods;          /* of which moves into periods 1 .. periods - 1 are known */
    int season, start;    /* periods in a year; place in it of period 0 */
    const double *moves;  /* [period][from][to], into the period; period 0 is not looked at */
    const double *arrive; /* [period][to]: new customers */
    const double *lively; /* [season]: how much is bought at a place in the year, mean 1; or NULL */
} chain_counts;

/* One segment's way out. */
typedef struct chain_row {
    double total;                           /* moves counted */
    double share[CHAIN_MOST];               /* over all periods */
    double mean[CHAIN_SEASONS][CHAIN_MOST]; /* at a place in the year */
    double differ;                          /* rho of a period around its mean */
    double doubt;                           /* rho of the mean itself */
    double statistic, freedom, chance;      /* equal shares in all periods? */
    double spread;                          /* rho over all periods, season included */
} chain_row;

typedef struct chain {
    int count, season;
    chain_row row[CHAIN_MOST + 1]; /* the last: where new customers begin */
} chain;

/* From the moves into periods first .. last of the counts.
 * The statistic is Anderson & Goodman's (1957, eq. 3.14) over the shares above 0. */
void chain_fit(const chain_counts *counts, int first, int last, chain *out);

/* One future: sizes after each of `ahead` periods, [ahead][count], from size[count] at the end
 * of a period with place `place` in the year; arrive[ahead]: new customers. */
void chain_draw(const chain *c, const double *size, int place, int ahead, const double *arrive,
                ku_rng *rng, double *sizes);

/* The binomial distribution: a draw by splitting at beta order statistics (Ahrens & Dieter 1974),
 * exact for every n. */
double chain_binomial(ku_rng *rng, double n, double p);

#endif
