/* nuts_fate.c - chains that did not work, found and put into words.
 *
 * Chains of other programs collapse without a word: R-hat of 1e12 is all that is seen. There are
 * two ways. A chain stands still: nearly every trajectory is refused, or the step has become so
 * small that it never gets anywhere. Or it has settled apart, in a place from where it does not
 * find out, though the density there is far below that of the others' places: the draws of a
 * chain vary in log density by about sqrt(unknowns / 2), so a gap of many times their spread is
 * no accident. The place of the highest density is taken for the right one. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "num/nuts_internal.h"

/* A chain stands still when fewer of its draws move, or when most unknowns vary by less than
 * this share of what they do elsewhere; it is apart when the gap is this many spreads. */
static const double least_moved = 0.1, least_spread = 0.02, spreads = 5, least_gap = 10;

typedef struct height {
    double mean, sd, moved;
} height;

static const double *draw_of(const ku_nuts_draws *d, int chain, int draw)
{
    return d->x + ((size_t)chain * (size_t)d->draws + (size_t)draw) * (size_t)d->unknowns;
}

/* Share of a chain's draws that differ from the one before. */
static double moved(const ku_nuts_draws *d, int chain)
{
    int count = 0;
    size_t bytes = (size_t)d->unknowns * sizeof(double);
    for (int i = 1; i < d->draws; i++)
        count += memcmp(draw_of(d, chain, i), draw_of(d, chain, i - 1), bytes) != 0;
    return d->draws < 2 ? 1 : (double)count / (d->draws - 1);
}

static height height_of(const ku_nuts_draws *d, int chain)
{
    const ku_nuts_stat *stat = d->stat + (size_t)chain * (size_t)d->draws;
    double mean = 0, square = 0;
    for (int i = 0; i < d->draws; i++) {
        double off = stat[i].log_density - mean;
        mean += off / (i + 1);
        square += off * (stat[i].log_density - mean);
    }
    return (height){mean, sqrt(square / d->draws), moved(d, chain)};
}

static double spread_of(const ku_nuts_draws *d, int chain, int unknown)
{
    double mean = 0, square = 0;
    for (int i = 0; i < d->draws; i++) {
        double x = draw_of(d, chain, i)[unknown], off = x - mean;
        mean += off / (i + 1);
        square += off * (x - mean);
    }
    return sqrt(square / d->draws);
}

/* Whether most unknowns hardly vary in a chain beside how they vary in the other. */
static bool shrunk(const ku_nuts_draws *d, int chain, int other)
{
    int count = 0;
    for (int k = 0; k < d->unknowns; k++)
        count += spread_of(d, chain, k) < least_spread * spread_of(d, other, k);
    return 2 * count > d->unknowns;
}

void ku_nuts_judge(ku_nuts_draws *draws)
{
    height best = {-INFINITY, 0, 0};
    int at = -1;
    for (int c = 0; c < draws->chains; c++) {
        height h = height_of(draws, c);
        if (h.moved >= least_moved && h.mean > best.mean) best = h, at = c;
    }
    for (int c = 0; c < draws->chains; c++) {
        height h = height_of(draws, c);
        ku_nuts_fate *fate = &draws->chain[c].fate;
        if (h.moved < least_moved || (at >= 0 && at != c && shrunk(draws, c, at)))
            *fate = KU_NUTS_STILL;
        else if (h.mean < best.mean - least_gap - spreads * best.sd)
            *fate = KU_NUTS_APART;
        draws->chain[c].moved = h.moved;
        draws->chain[c].height = h.mean;
    }
}

static double best_height(const ku_nuts_draws *draws)
{
    double best = -INFINITY;
    for (int c = 0; c < draws->chains; c++)
        if (draws->chain[c].fate == KU_NUTS_WELL) best = fmax(best, draws->chain[c].height);
    return best;
}

void ku_nuts_explain(const ku_nuts_draws *draws, int chain, char *to, size_t size)
{
    const ku_nuts_chain *c = &draws->chain[chain];
    const char *advice = "Its draws say nothing and are best left out. If a run with another seed "
                         "ends the same way, look for inputs that contradict each other or a "
                         "prior that is far too wide";
    if (c->fate == KU_NUTS_STILL && c->moved < least_moved)
        snprintf(to, size,
                 "Chain %d of %d got stuck: it stayed at the same place in %.0f %% of its draws. "
                 "%s.",
                 chain + 1, draws->chains, 100 * (1 - c->moved), advice);
    else if (c->fate == KU_NUTS_STILL)
        snprintf(to, size,
                 "Chain %d of %d got stuck: it keeps to a spot so small that it sees almost "
                 "nothing of what the other chains see. %s.",
                 chain + 1, draws->chains, advice);
    else if (c->fate == KU_NUTS_APART)
        snprintf(to, size,
                 "Chain %d of %d settled on an explanation that fits far worse than that of the "
                 "others (its log density is %.0f lower) and did not find out. %s.",
                 chain + 1, draws->chains, best_height(draws) - c->height, advice);
    else if (size > 0)
        to[0] = '\0';
}
