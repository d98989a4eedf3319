/* ability.c - a lognormal distribution from income bands, and what it says of a price.
 *
 * Incomes are known in bands ("1,500 to 2,500: 240 people"), the last one open. The bands are
 * coarser than the question, so a distribution is put through them; incomes of whole
 * populations are near lognormal but for the richest few, who can pay anyway. */
#include "analyses/demand/effective/ability.h"

#include <math.h>

enum { ITERATIONS = 200, FEWEST_BANDS = 3 };
static const double settled = 1e-12;

/* What the bands say at (middle, ln spread): ln likelihood, its gradient, and Fisher's
 * information (xx, xy, yy). */
typedef struct likelihood {
    double value, x, y, xx, xy, yy;
} likelihood;

static double below(double z)
{
    return 0.5 * erfc(-z * M_SQRT1_2);
}

static double density(double z)
{
    return isfinite(z) ? exp(-z * z / 2) / sqrt(2 * M_PI) : 0;
}

/* P(lo < Z < hi), from the side where it does not cancel. */
static double between(double lo, double hi)
{
    return lo > 0 ? below(-lo) - below(-hi) : below(hi) - below(lo);
}

static likelihood at(const income_band *band, int bands, double middle, double log_spread)
{
    likelihood l = {0};
    double spread = exp(log_spread), people = 0;
    for (int i = 0; i < bands; i++) people += band[i].people;
    for (int i = 0; i < bands; i++) {
        double lo = band[i].low > 0 ? (log(band[i].low) - middle) / spread : -INFINITY;
        double hi = isfinite(band[i].high) ? (log(band[i].high) - middle) / spread : INFINITY;
        double p = fmax(between(lo, hi), 1e-300);
        double dx = -(density(hi) - density(lo)) / spread;
        double dy = -((isfinite(hi) ? hi * density(hi) : 0) -
                      (isfinite(lo) ? lo * density(lo) : 0));
        l.value += band[i].people * log(p);
        l.x += band[i].people * dx / p;
        l.y += band[i].people * dy / p;
        l.xx += people * dx * dx / p;
        l.xy += people * dx * dy / p;
        l.yy += people * dy * dy / p;
    }
    return l;
}

/* Mean and deviation of the logarithms of the bands' middles. */
static void start(const income_band *band, int bands, double *middle, double *log_spread)
{
    double people = 0, sum = 0, squares = 0;
    for (int i = 0; i < bands; i++) {
        double low = band[i].low > 0 ? band[i].low : band[i].high / 3;
        double high = isfinite(band[i].high) ? band[i].high : 2 * band[i].low;
        double x = (log(low) + log(high)) / 2;
        people += band[i].people;
        sum += band[i].people * x;
        squares += band[i].people * x * x;
    }
    *middle = sum / people;
    *log_spread = log(fmax(sqrt(fmax(squares / people - *middle * *middle, 0)), 0.05));
}

bool income_fit_bands(const income_band *band, int bands, income_fit *fit)
{
    int filled = 0;
    for (int i = 0; i < bands; i++) filled += band[i].people > 0;
    if (filled < FEWEST_BANDS) return false;
    double x, y;
    start(band, bands, &x, &y);
    likelihood l = at(band, bands, x, y);
    for (int i = 0; i < ITERATIONS; i++) {
        double determinant = l.xx * l.yy - l.xy * l.xy;
        double dx = (l.yy * l.x - l.xy * l.y) / determinant;
        double dy = (l.xx * l.y - l.xy * l.x) / determinant;
        if (!(determinant > 0) || dx * l.x + dy * l.y < settled * fabs(l.value)) break;
        double part = fmin(1, 0.7 / fmax(fabs(dy), 1e-9));
        likelihood next = at(band, bands, x + part * dx, y + part * dy);
        for (int half = 0; half < 40 && !(next.value > l.value); half++) {
            part /= 2;
            next = at(band, bands, x + part * dx, y + part * dy);
        }
        if (!(next.value > l.value)) break;
        x += part * dx, y += part * dy;
        l = next;
    }
    double determinant = l.xx * l.yy - l.xy * l.xy;
    if (!(determinant > 0)) return false;
    *fit = (income_fit){.middle = x, .spread = exp(y)};
    for (int i = 0; i < bands; i++) fit->people += band[i].people;
    fit->error[0] = sqrt(l.yy / determinant);
    fit->error[1] = -l.xy / determinant / fit->error[0];
    fit->error[2] = sqrt(1 / l.yy);
    return true;
}

double ability_share(double price, double afford, double differ, double middle, double spread)
{
    return below((middle + log(afford) - log(price)) / hypot(spread, differ));
}
