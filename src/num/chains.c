/* chains.c - R-hat, effective draws and quantiles of chains.
 *
 * A chain's draws depend on each other, so a thousand of them may tell as much as ten. R-hat
 * compares the spread between chains (and between the halves of each) with that within; the
 * effective number follows from how the draws' autocorrelation dies out. Both are taken of the
 * ranks of the draws turned into normal scores, so that they mean something for heavy tails too,
 * and R-hat also of the distances from the median, or chains that differ only in their spread
 * would pass (Vehtari et al. 2021, section 4).
 *
 * The autocorrelation is summed lag by lag, directly: chains worth keeping need few lags. */
#include "num/chains.h"

#include <assert.h>
#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "kemudi/rng.h"
#include "num/cumulative.h"

typedef struct placed {
    double value;
    size_t place;
} placed;

static_assert(sizeof(placed) == 2 * sizeof(double), "two doubles of the work memory each");

/* Work memory: draws as they are, scores, and pairs for sorting. */
typedef struct room {
    double *draws;  /* [chain][draw] */
    double *scores; /* the same */
    double *lags;   /* [draw] */
    placed *sorted, *spare;
} room;

size_t ku_chains_room(int chains, int draws)
{
    size_t all = (size_t)chains * (size_t)draws;
    return 6 * all + (size_t)draws + 2;
}

static room lay_out(const ku_chains *c, double *work)
{
    size_t all = (size_t)c->chains * (size_t)c->draws;
    return (room){.draws = work,
                  .scores = work + all,
                  .sorted = (placed *)(void *)(work + 2 * all),
                  .spare = (placed *)(void *)(work + 4 * all),
                  .lags = work + 6 * all};
}

/* Copies the draws; false when they are not all finite. */
static bool gather(const ku_chains *c, double *to)
{
    for (int k = 0; k < c->chains; k++)
        for (int i = 0; i < c->draws; i++) {
            *to = c->x[(size_t)k * c->chain_stride + (size_t)i * c->draw_stride];
            if (!isfinite(*to++)) return false;
        }
    return true;
}

static bool gather_varied(const ku_chains *c, double *to)
{
    if (c->draws < 4 || !gather(c, to)) return false;
    for (size_t i = 1; i < (size_t)c->chains * (size_t)c->draws; i++)
        if (to[i] != to[0]) return true;
    return false;
}

/* ---- order --------------------------------------------------------------------------------------- */

/* Merge sort, without memory of its own. */
static void sort(placed *a, placed *spare, size_t n)
{
    placed *from = a, *to = spare;
    for (size_t width = 1; width < n; width *= 2) {
        for (size_t start = 0; start < n; start += 2 * width) {
            size_t middle = start + width < n ? start + width : n;
            size_t end = middle + width < n ? middle + width : n;
            for (size_t i = start, j = middle, k = start; k < end; k++)
                to[k] = i < middle && (j == end || from[i].value <= from[j].value) ? from[i++]
                                                                                   : from[j++];
        }
        placed *held = from;
        from = to;
        to = held;
    }
    if (from != a) memcpy(a, from, n * sizeof *a);
}

static void order(const double *x, size_t n, room *r)
{
    for (size_t i = 0; i < n; i++) r->sorted[i] = (placed){x[i], i};
    sort(r->sorted, r->spare, n);
}

/* Normal scores of ranks, equal values sharing theirs (eq. 14). The middle draw of an odd number
 * belongs to no half and is left out. */
static void score(const ku_chains *c, const double *x, room *r)
{
    size_t n = 0, draws = (size_t)c->draws;
    for (size_t i = 0; i < (size_t)c->chains * draws; i++)
        if (draws % 2 == 0 || i % draws != draws / 2) r->sorted[n++] = (placed){x[i], i};
    sort(r->sorted, r->spare, n);
    for (size_t i = 0, end; i < n; i = end) {
        for (end = i + 1; end < n && r->sorted[end].value == r->sorted[i].value;) end++;
        double rank = 0.5 * (double)(i + 1 + end);
        double z = ku_normal_quantile((rank - 0.375) / ((double)n + 0.25));
        for (size_t k = i; k < end; k++) r->scores[r->sorted[k].place] = z;
    }
}

/* Of r->sorted; R's type 7. */
static double quantile_of(const room *r, size_t n, double p)
{
    double at = p * (double)(n - 1), low = floor(at);
    size_t i = (size_t)low;
    double a = r->sorted[i].value;
    return i + 1 < n ? a + (at - low) * (r->sorted[i + 1].value - a) : a;
}

/* ---- halves of chains ------------------------------------------------------------------------------ */

/* The half `h` of the chains' halves; with an odd number the middle draw belongs to none. */
static const double *half_of(const double *x, int draws, int h)
{
    int half = draws / 2;
    return x + (size_t)(h / 2) * (size_t)draws + (h % 2 ? (size_t)(draws - half) : 0);
}

static double mean_of(const double *x, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++) sum += x[i];
    return sum / (double)n;
}

/* Mean product of draws `lag` apart (divided by n, whatever the lag). */
static double autocovariance(const double *x, double mean, int n, int lag)
{
    double sum = 0;
    for (int i = 0; i + lag < n; i++) sum += (x[i] - mean) * (x[i + lag] - mean);
    return sum / n;
}

typedef struct halves {
    const double *x;
    int count, length, draws;
    double within, between; /* mean variance (of n - 1), variance of the means */
} halves;

static halves halves_of(const double *x, int chains, int draws)
{
    halves s = {.x = x, .count = 2 * chains, .length = draws / 2, .draws = draws};
    double mean = 0, square = 0, within = 0;
    for (int h = 0; h < s.count; h++) {
        const double *half = half_of(x, draws, h);
        double m = mean_of(half, (size_t)s.length), off = m - mean;
        mean += off / (h + 1);
        square += off * (m - mean);
        within += autocovariance(half, m, s.length, 0);
    }
    s.within = within / s.count * s.length / (s.length - 1);
    s.between = square / (s.count - 1);
    return s;
}

static double plain_rhat(const double *x, int chains, int draws)
{
    halves s = halves_of(x, chains, draws);
    return sqrt((s.length * s.between / s.within + s.length - 1) / s.length);
}

static double mean_autocovariance(const halves *s, int lag)
{
    double sum = 0;
    for (int h = 0; h < s->count; h++) {
        const double *half = half_of(s->x, s->draws, h);
        sum += autocovariance(half, mean_of(half, (size_t)s->length), s->length, lag);
    }
    return sum / s->count;
}

/* Sums pairs of autocorrelations for as long as they are positive (Geyer's initial positive
 * sequence), none larger than the one before (his monotone sequence); eq. 10 and 11, with the
 * additions of section 3.2. `rho` has room for a half's length. */
static double plain_ess(const double *x, int chains, int draws, double *rho)
{
    halves s = halves_of(x, chains, draws);
    int n = s.length, t = 0;
    double all = (double)s.count * n;
    double plus = s.within * (n - 1) / n + s.between, even = 1, odd;
    if (n < 3 || !(plus > 0)) return NAN;
    rho[0] = 1;
    rho[1] = odd = 1 - (s.within - mean_autocovariance(&s, 1)) / plus;
    while (t < n - 5 && even + odd > 0) {
        t += 2;
        even = 1 - (s.within - mean_autocovariance(&s, t)) / plus;
        odd = 1 - (s.within - mean_autocovariance(&s, t + 1)) / plus;
        rho[t] = even + odd >= 0 ? even : 0;
        rho[t + 1] = even + odd >= 0 ? odd : 0;
    }
    if (even > 0) rho[t] = even;
    for (int k = 2; k + 2 <= t; k += 2)
        if (rho[k] + rho[k + 1] > rho[k - 2] + rho[k - 1])
            rho[k] = rho[k + 1] = 0.5 * (rho[k - 2] + rho[k - 1]);
    double tau = -1 + rho[t];
    for (int k = 0; k < t; k++) tau += 2 * rho[k];
    return all / fmax(tau, 1 / log10(all));
}

/* ---- the measures ---------------------------------------------------------------------------------- */

static double rhat(const ku_chains *c, room *r)
{
    size_t all = (size_t)c->chains * (size_t)c->draws;
    order(r->draws, all, r);
    double middle = quantile_of(r, all, 0.5);
    score(c, r->draws, r);
    double bulk = plain_rhat(r->scores, c->chains, c->draws);
    for (size_t i = 0; i < all; i++) r->scores[i] = fabs(r->draws[i] - middle);
    score(c, r->scores, r);
    double folded = plain_rhat(r->scores, c->chains, c->draws);
    return folded > bulk ? folded : bulk;
}

static double ess_bulk(const ku_chains *c, room *r)
{
    score(c, r->draws, r);
    return plain_ess(r->scores, c->chains, c->draws, r->lags);
}

/* Of the share at or below a quantile; r->sorted is used. */
static double ess_quantile(const ku_chains *c, room *r, double p)
{
    size_t all = (size_t)c->chains * (size_t)c->draws;
    double at = quantile_of(r, all, p);
    if (r->sorted[all - 1].value <= at) return NAN;
    for (size_t i = 0; i < all; i++) r->scores[i] = r->draws[i] <= at;
    return plain_ess(r->scores, c->chains, c->draws, r->lags);
}

static double ess_tail(const ku_chains *c, room *r)
{
    double low = ess_quantile(c, r, 0.05), high = ess_quantile(c, r, 0.95);
    return high < low ? high : low;
}

double ku_chains_rhat(const ku_chains *chains, double *work)
{
    room r = lay_out(chains, work);
    return gather_varied(chains, r.draws) ? rhat(chains, &r) : NAN;
}

double ku_chains_ess_bulk(const ku_chains *chains, double *work)
{
    room r = lay_out(chains, work);
    return gather_varied(chains, r.draws) ? ess_bulk(chains, &r) : NAN;
}

double ku_chains_ess_tail(const ku_chains *chains, double *work)
{
    room r = lay_out(chains, work);
    if (!gather_varied(chains, r.draws)) return NAN;
    order(r.draws, (size_t)chains->chains * (size_t)chains->draws, &r);
    return ess_tail(chains, &r);
}

double ku_chains_ess_mean(const ku_chains *chains, double *work)
{
    room r = lay_out(chains, work);
    if (!gather_varied(chains, r.draws)) return NAN;
    return plain_ess(r.draws, chains->chains, chains->draws, r.lags);
}

double ku_chains_quantile(const ku_chains *chains, double p, double *work)
{
    room r = lay_out(chains, work);
    size_t all = (size_t)chains->chains * (size_t)chains->draws;
    if (!gather(chains, r.draws)) return NAN;
    order(r.draws, all, &r);
    return quantile_of(&r, all, p);
}

double ku_chains_mcse_quantile(const ku_chains *chains, double p, double *work)
{
    room r = lay_out(chains, work);
    size_t all = (size_t)chains->chains * (size_t)chains->draws;
    if (!gather_varied(chains, r.draws)) return NAN;
    order(r.draws, all, &r);
    double ess = ess_quantile(chains, &r, p), n = (double)all;
    if (!isfinite(ess)) return NAN;
    /* the normal distribution's shares below -1 and 1 */
    double low = ku_beta_quantile(0.1586553, ess * p + 1, ess * (1 - p) + 1);
    double high = ku_beta_quantile(0.8413447, ess * p + 1, ess * (1 - p) + 1);
    size_t from = (size_t)fmax(floor(low * n), 1), to = (size_t)fmin(ceil(high * n), n);
    return 0.5 * (r.sorted[to - 1].value - r.sorted[from - 1].value);
}

static double sd_of(const double *x, size_t n, double mean)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++) sum += (x[i] - mean) * (x[i] - mean);
    return sqrt(sum / (double)(n - 1));
}

ku_chain_summary ku_chains_summarise(const ku_chains *chains, double *work)
{
    room r = lay_out(chains, work);
    size_t all = (size_t)chains->chains * (size_t)chains->draws;
    ku_chain_summary s = {NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN};
    if (!gather(chains, r.draws)) return s;
    order(r.draws, all, &r);
    s.mean = mean_of(r.draws, all);
    s.sd = sd_of(r.draws, all, s.mean);
    s.median = quantile_of(&r, all, 0.5);
    s.lo = quantile_of(&r, all, 0.025);
    s.hi = quantile_of(&r, all, 0.975);
    if (!gather_varied(chains, r.draws)) return s;
    s.ess_tail = ess_tail(chains, &r);
    s.ess_mean = plain_ess(r.draws, chains->chains, chains->draws, r.lags);
    s.mcse_mean = s.sd / sqrt(s.ess_mean);
    s.ess_bulk = ess_bulk(chains, &r);
    s.rhat = rhat(chains, &r);
    return s;
}

double ku_energy_mixing(const double *energy, int draws, size_t stride)
{
    double mean = 0, square = 0, steps = 0;
    for (int i = 0; i < draws; i++) {
        double e = energy[(size_t)i * stride], off = e - mean;
        mean += off / (i + 1);
        square += off * (e - mean);
        double step = i > 0 ? e - energy[(size_t)(i - 1) * stride] : 0;
        steps += step * step;
    }
    return steps / square;
}
