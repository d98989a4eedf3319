/* bass.h - the diffusion of a new product: how many have adopted it t periods after its
 * launch, and the curve fitted to the sales of one that is in its past. Owns nothing.
 *
 * Bass (1969), Management Science 15, 215-227: of those who have not adopted yet, a share p
 * adopts by itself in a period and a share q F(t) because others have. Adopters up to t:
 *   m F(t),  F(t) = (1 - e^-(p+q)t) / (1 + (q/p) e^-(p+q)t).
 * Sales of period t, first purchases only, are m (F(t) - F(t-1)), fitted by least squares as
 * Srinivasan & Mason (1986), Marketing Science 5, 169-178, eq. 5. What is bought again and
 * again sells m (F(t) + F(t-1)) / 2, m then being the sales of a period once all adopted. */
#ifndef KU_FORECAST_DIFFUSION_BASS_H
#define KU_FORECAST_DIFFUSION_BASS_H

#include <stdbool.h>
#include <stddef.h>

enum { KU_BASS_UNKNOWNS = 3 };

/* The unknowns as logarithms: ln m, ln p, ln q; p and q are per period. */
typedef struct ku_bass {
    double theta[KU_BASS_UNKNOWNS];
} ku_bass;

ku_bass ku_bass_of(double m, double p, double q);
/* F(t), 0..1. */
double ku_bass_adopted(const ku_bass *b, double t);
/* Expected sales of periods 1 .. n after the launch into y. */
void ku_bass_curve(const ku_bass *b, bool again, int n, double *y);

/* What is known beforehand: theta is normal with this mean and the inverse of this
 * covariance (full, symmetric). */
typedef struct ku_bass_prior {
    double mean[KU_BASS_UNKNOWNS];
    double precision[KU_BASS_UNKNOWNS * KU_BASS_UNKNOWNS];
} ku_bass_prior;

typedef struct ku_bass_fit {
    ku_bass bass;
    double squares; /* of the errors, unweighted */
    double noise;   /* squares relative to expected sales times their peak, mean */
    /* Of theta: the inverse of the curvature at the optimum, by rows. */
    double covariance[KU_BASS_UNKNOWNS * KU_BASS_UNKNOWNS];
} ku_bass_fit;

/* Doubles of work memory for a fit to n periods. */
size_t ku_bass_room(int n);

/* Fits the curve to y[n], sales of the periods 1 .. n after the launch, by least squares of
 * the errors over deviation[t] (NULL: all 1) plus, where there is a prior, its square form.
 * Without a prior n must be above 3. False when y is not above zero in sum, too short, or no
 * curve has a finite error. */
bool ku_bass_fit_curve(const double *y, int n, bool again, const double *deviation,
                       const ku_bass_prior *prior, double *work, ku_bass_fit *out);

#endif
