/* chain.c - shares by moments, differences between periods by a chi square. */
#include "analyses/customers/dynamics/chain.h"

#include <math.h>
#include <string.h>

#include "num/cumulative.h"

static const double most_alike = 0.5; /* the largest rho */

/* ---- one row ----------------------------------------------------------------------------------- */

typedef struct fitter {
    const chain_counts *c;
    int from, first, last;
    chain_row *row;
    double n[CHAIN_SEASONS]; /* by place in the year */
    double sum[CHAIN_SEASONS][CHAIN_MOST];
    int years[CHAIN_SEASONS];
    bool season;
} fitter;

static const double *moves_at(const fitter *f, int period)
{
    const chain_counts *c = f->c;
    if (f->from == c->count) return c->arrive + (long)period * c->count;
    return c->moves + ((long)period * c->count + f->from) * c->count;
}

static double total_of(const double *moves, int count)
{
    double n = 0;
    for (int j = 0; j < count; j++) n += moves[j];
    return n;
}

static int place_of(const chain_counts *c, int period)
{
    return (c->start + period) % c->season;
}

/* Half a customer is spread over all segments, so that no share is surely 0. */
static void add_up(fitter *f)
{
    int count = f->c->count;
    chain_row *r = f->row;
    for (int t = f->first; t <= f->last; t++) {
        const double *m = moves_at(f, t);
        int g = place_of(f->c, t);
        f->n[g] += total_of(m, count);
        f->years[g] += total_of(m, count) > 0;
        for (int j = 0; j < count; j++) f->sum[g][j] += m[j], r->share[j] += m[j];
    }
    r->total = total_of(r->share, count);
    for (int j = 0; j < count; j++) r->share[j] = (r->share[j] + 0.5 / count) / (r->total + 0.5);
}

/* Chi square of the periods' shares around `mean` of their group, its freedom, and the rho that
 * explains it. seasonal: each place in the year has its own mean. */
static double compare(const fitter *f, bool seasonal, double *statistic, double *freedom)
{
    int count = f->c->count, kinds = 0, periods = 0, groups = 0;
    double chi = 0, n1 = 0, n2[CHAIN_SEASONS] = {0}, all2 = 0;
    for (int j = 0; j < count; j++) kinds += f->row->share[j] * f->row->total > 0.5;
    for (int t = f->first; t <= f->last; t++) {
        const double *m = moves_at(f, t);
        double n = total_of(m, count);
        int g = place_of(f->c, t);
        if (!(n > 0)) continue;
        periods++;
        n1 += n, n2[g] += n * n, all2 += n * n;
        for (int j = 0; j < count; j++) {
            double mean = seasonal ? f->sum[g][j] / f->n[g] : f->row->share[j];
            double off = m[j] / n - mean;
            chi += n * off * off / f->row->share[j];
        }
    }
    double room = 0;
    for (int g = 0; g < f->c->season; g++) groups += f->years[g] > 0;
    if (!seasonal) groups = 1, room = n1 > 0 ? n1 - all2 / n1 : 0;
    for (int g = 0; seasonal && g < f->c->season; g++)
        if (f->n[g] > 0) room += f->n[g] - n2[g] / f->n[g];
    *statistic = chi;
    *freedom = (double)(periods - groups) * (kinds - 1);
    if (!(*freedom > 0)) return 0;
    double each = room / (periods - groups);
    return fmin(most_alike, fmax(0, (chi / *freedom - 1) / fmax(each - 1, 1)));
}

/* How far the mean leans on the time of year: as far as that explains the differences. */
static void lean(fitter *f, double all, double rest, double each)
{
    chain_row *r = f->row;
    double between = fmax(0, all - rest);
    int periods = 0;
    for (int g = 0; g < f->c->season; g++) periods += f->years[g];
    double widest = 0;
    for (int g = 0; g < f->c->season; g++) {
        int years = f->years[g] > 0 ? f->years[g] : 1;
        double noise = (rest + 1 / fmax(each, 1)) / years;
        double weight = f->season && f->n[g] > 0 && between > 0 ? between / (between + noise) : 0;
        for (int j = 0; j < f->c->count; j++)
            r->mean[g][j] = (1 - weight) * r->share[j] +
                            (weight > 0 ? weight * f->sum[g][j] / f->n[g] : 0);
        widest = fmax(widest, weight * weight * noise + (1 - weight) * (1 - weight) *
                                                            (all + 1 / fmax(each, 1)) /
                                                            (periods > 0 ? periods : 1));
        r->differ = fmax(r->differ, rest + (1 - weight) * between);
    }
    r->doubt = fmin(most_alike, widest);
}

/* ---- how lively the time of year is ------------------------------------------------------------ */

static double lively_at(const fitter *f, int place)
{
    return log(fmax(f->c->lively[place], 0.05));
}

/* Chi square around shares that rise and fall with the liveliness, slope[j] a unit of it. */
static double chi_around(const fitter *f, double middle, const double *slope)
{
    double chi = 0;
    for (int t = f->first; t <= f->last; t++) {
        const double *m = moves_at(f, t);
        double n = total_of(m, f->c->count), x = lively_at(f, place_of(f->c, t)) - middle;
        for (int j = 0; j < f->c->count && n > 0; j++) {
            double off = m[j] / n - f->row->share[j] - x * slope[j];
            chi += n * off * off / f->row->share[j];
        }
    }
    return chi;
}

/* Shares as a line over the liveliness, as far as that explains more than chance; the periods'
 * differences around it. Not carried further than half as far again as it was seen. */
static void lean_on_lively(fitter *f)
{
    chain_row *r = f->row;
    double n = 0, sum = 0, square = 0, slope[CHAIN_MOST] = {0}, low = INFINITY, high = -INFINITY;
    int count = f->c->count, periods = 0, kinds = 0;
    for (int t = f->first; t <= f->last; t++) {
        double all = total_of(moves_at(f, t), count), x = lively_at(f, place_of(f->c, t));
        n += all, sum += all * x, periods += all > 0;
        low = fmin(low, x), high = fmax(high, x);
    }
    double middle = n > 0 ? sum / n : 0;
    for (int t = f->first; t <= f->last; t++) {
        const double *m = moves_at(f, t);
        double all = total_of(m, count), x = lively_at(f, place_of(f->c, t)) - middle;
        square += all * x * x;
        for (int j = 0; j < count; j++) slope[j] += x * (m[j] - all * r->share[j]);
    }
    for (int j = 0; j < count; j++) kinds += r->share[j] * r->total > 0.5;
    if (periods < 5 || kinds < 2 || !(square > 1e-6 * n)) return;
    for (int j = 0; j < count; j++) slope[j] /= square;
    double rest = chi_around(f, middle, slope), freedom = (periods - 2.0) * (kinds - 1);
    double ratio = (r->statistic - rest) / (kinds - 1) / (rest / freedom);
    double weight = ratio > 1 ? 1 - 1 / ratio : 0, beyond = (high - low) / 2;
    for (int g = 0; g < f->c->season; g++) {
        double x = fmin(fmax(lively_at(f, g), low - beyond), high + beyond) - middle, all = 0;
        for (int j = 0; j < count; j++)
            all += r->mean[g][j] = fmax(r->share[j] / 20, r->share[j] + weight * x * slope[j]);
        for (int j = 0; j < count; j++) r->mean[g][j] /= all;
    }
    double each = n / periods, left = fmax(0, (rest / freedom - 1) / fmax(each - 1, 1));
    r->differ = weight * fmin(left, r->differ) + (1 - weight) * r->differ;
}

static void fit_row(const chain_counts *c, int from, int first, int last, chain_row *row)
{
    fitter f = {.c = c, .from = from, .first = first, .last = last, .row = row};
    double ignored[2];
    memset(row, 0, sizeof *row);
    add_up(&f);
    row->spread = compare(&f, false, &row->statistic, &row->freedom);
    row->chance = row->freedom > 0 ? ku_gamma_above(row->statistic / 2, row->freedom / 2) : 1;
    f.season = last - first + 1 >= 2 * c->season && c->season > 1;
    double rest = f.season ? compare(&f, true, &ignored[0], &ignored[1]) : row->spread;
    lean(&f, row->spread, rest, row->total / (last - first + 1));
    if (!f.season && c->lively != NULL && c->season > 1) lean_on_lively(&f);
}

void chain_fit(const chain_counts *counts, int first, int last, chain *out)
{
    out->count = counts->count;
    out->season = counts->season;
    for (int i = 0; i <= counts->count; i++) fit_row(counts, i, first, last, &out->row[i]);
}

/* ---- draws ----------------------------------------------------------------------------------------- */

double chain_binomial(ku_rng *rng, double n, double p)
{
    double x = 0;
    if (!(p > 0)) return 0;
    if (p >= 1) return n;
    while (n > 20) {
        double i = floor((n + 1) / 2), cut = ku_rng_beta(rng, i, n + 1 - i);
        if (cut <= p) {
            x += i, n -= i;
            p = (p - cut) / (1 - cut);
        } else {
            n = i - 1;
            p /= cut;
        }
        if (!(p > 0)) return x;
        if (p >= 1) return x + n;
    }
    for (; n > 0.5; n--) x += ku_rng_uniform(rng) < p;
    return x;
}

/* Shares around `mean` with that rho; an exponent so small that all gammas vanish leaves one. */
static void draw_shares(ku_rng *rng, const double *mean, int count, double rho, double *share)
{
    double sum = 0, size = rho > 1e-12 ? 1 / rho - 1 : 0;
    for (int j = 0; j < count; j++) {
        share[j] = rho > 1e-12 && mean[j] > 0 ? ku_rng_gamma(rng, size * mean[j]) : mean[j];
        sum += share[j];
    }
    for (int j = 0; j < count; j++) share[j] = sum > 0 ? share[j] / sum : mean[j];
}

static void send(ku_rng *rng, double n, const double *share, int count, double *to)
{
    double left = 1;
    for (int j = 0; j < count && n > 0.5; j++) {
        double moved = j == count - 1 ? n : chain_binomial(rng, n, fmin(1, share[j] / left));
        to[j] += moved;
        n -= moved;
        left = fmax(left - share[j], 1e-300);
    }
}

/* The mean as this future has it: tilted by what is not known of it, the same in all periods. */
static void draw_tilt(ku_rng *rng, const chain_row *r, int count, double *tilt)
{
    double share[CHAIN_MOST];
    draw_shares(rng, r->share, count, r->doubt, share);
    for (int j = 0; j < count; j++) tilt[j] = r->share[j] > 0 ? share[j] / r->share[j] : 1;
}

static void draw_period(ku_rng *rng, const chain *c, int from, int place, double n,
                        const double *tilt, double *to)
{
    double mean[CHAIN_MOST], share[CHAIN_MOST], sum = 0;
    const chain_row *r = &c->row[from];
    if (!(n > 0.5)) return;
    for (int j = 0; j < c->count; j++) sum += mean[j] = r->mean[place][j] * tilt[j];
    for (int j = 0; j < c->count; j++) mean[j] = sum > 0 ? mean[j] / sum : r->mean[place][j];
    draw_shares(rng, mean, c->count, r->differ, share);
    send(rng, n, share, c->count, to);
}

void chain_draw(const chain *c, const double *size, int place, int ahead, const double *arrive,
                ku_rng *rng, double *sizes)
{
    double tilt[CHAIN_MOST + 1][CHAIN_MOST];
    for (int i = 0; i <= c->count; i++) draw_tilt(rng, &c->row[i], c->count, tilt[i]);
    for (int h = 0; h < ahead; h++) {
        double *to = sizes + (long)h * c->count;
        place = (place + 1) % c->season;
        for (int j = 0; j < c->count; j++) to[j] = 0;
        for (int i = 0; i < c->count; i++)
            draw_period(rng, c, i, place, round(size[i]), tilt[i], to);
        draw_period(rng, c, c->count, place, round(fmax(arrive[h], 0)), tilt[c->count], to);
        size = to;
    }
}
