/* believe.c - what customers are believed to spend elsewhere, one by one and in sum. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analyses/customers/wallet/wallet_internal.h"

enum { BANDS = 4, LIKE_LEAST = 20 };

/* ---- what is spent elsewhere ---------------------------------------------------------------- */

static range lognormal(double mean, double error)
{
    if (mean <= 0) return (range){0, 0};
    double variance = log1p(error * error / (mean * mean)), middle = log(mean) - variance / 2;
    return (range){exp(middle - WALLET_Z95 * sqrt(variance)),
                   exp(middle + WALLET_Z95 * sqrt(variance))};
}

/* Truths lie around expectations as answers do, less what answers are off by. */
static range truth_around(const wallet_spread *s, double wallet, double own)
{
    double reach = (s->quantile[2] - s->quantile[1]) / (2 * 1.2815515655446004);
    double part = reach > 0 ? 1 - s->answer_variance / (reach * reach) : 1;
    double by = sqrt(fmax(0.05, part)), center = s->center + s->answer_variance / 2;
    return (range){fmax(own, wallet * exp(center + by * (s->quantile[0] - s->center))),
                   fmax(own, wallet * exp(center + by * (s->quantile[3] - s->center)))};
}

static void believe_model(wallet_run_state *r)
{
    size_t n = (size_t)r->model.unknowns;
    double *slope = KU_ARRAY(r->arena, n, double);
    for (size_t i = 0; i < r->people; i++) {
        const wallet_person *p = &r->person[i];
        double elsewhere = wallet_elsewhere(&r->model, p, slope), all = p->own + elsewhere;
        r->belief[i] = (belief){all, truth_around(&r->spread, all, p->own)};
        int to[2] = {p->segment, r->segments};
        for (int k = 0; k < 2; k++) {
            segment_sum *sum = &r->sum[to[k]];
            sum->elsewhere += elsewhere;
            sum->squares += all * all;
            for (size_t j = 0; j < n; j++) sum->slope[j] += slope[j];
        }
    }
}

/* ---- without answers: the best of those alike ------------------------------------------------ */

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static int band_of(double purchases)
{
    return purchases < 2 ? 0 : purchases < 4 ? 1 : purchases < 8 ? 2 : 3;
}

/* The spend that nine of ten do not exceed, with the limits of its rank (binomial). */
static belief best_tenth(double *own, size_t count)
{
    qsort(own, count, sizeof *own, by_size);
    double n = (double)count, reach = WALLET_Z95 * sqrt(n * 0.09), last = n - 1;
    size_t at = (size_t)fmin(last, ceil(0.9 * n) - 1);
    size_t lo = (size_t)fmax(0, floor(0.9 * n - reach) - 1);
    size_t hi = (size_t)fmin(last, ceil(0.9 * n + reach) - 1);
    return (belief){own[at], {own[lo], own[hi]}};
}

/* segment -1: of all segments. */
static belief best_alike(const wallet_run_state *r, int segment, int band, double *room,
                         size_t *count)
{
    *count = 0;
    for (size_t i = 0; i < r->people; i++)
        if ((segment < 0 || r->person[i].segment == segment) &&
            band_of(r->person[i].purchases) == band)
            room[(*count)++] = r->person[i].own;
    return *count > 0 ? best_tenth(room, *count) : (belief){0};
}

static void believe_alike(wallet_run_state *r)
{
    double *room = KU_ARRAY(r->arena, r->people, double);
    belief *best = KU_ARRAY(r->arena, (size_t)r->segments * BANDS, belief);
    for (int s = 0; s < r->segments; s++)
        for (int band = 0; band < BANDS; band++) {
            size_t count;
            belief *b = &best[s * BANDS + band];
            *b = best_alike(r, s, band, room, &count);
            if (count < LIKE_LEAST) *b = best_alike(r, -1, band, room, &count);
        }
    for (size_t i = 0; i < r->people; i++) {
        const wallet_person *p = &r->person[i];
        belief b = best[p->segment * BANDS + band_of(p->purchases)];
        r->belief[i] = (belief){fmax(p->own, b.wallet),
                                {fmax(p->own, b.limits.lo), fmax(p->own, b.limits.hi)}};
        int to[2] = {p->segment, r->segments};
        for (int k = 0; k < 2; k++) {
            r->sum[to[k]].elsewhere += r->belief[i].wallet - p->own;
            r->sum[to[k]].lo += r->belief[i].limits.lo - p->own;
            r->sum[to[k]].hi += r->belief[i].limits.hi - p->own;
        }
    }
}

/* ---- sums --------------------------------------------------------------------------------- */

static void start_sums(wallet_run_state *r)
{
    r->sum = KU_ARRAY(r->arena, (size_t)r->segments + 1, segment_sum);
    for (int s = 0; s <= r->segments; s++) {
        r->sum[s].slope = KU_ARRAY(r->arena, WALLET_TERMS + (size_t)r->segments, double);
    }
    for (size_t i = 0; i < r->people; i++) {
        int to[2] = {r->person[i].segment, r->segments};
        for (int k = 0; k < 2; k++) {
            r->sum[to[k]].customers++;
            r->sum[to[k]].own += r->person[i].own;
            r->sum[to[k]].surveyed += r->told[i];
        }
    }
}

/* A panel's spend a head of a segment takes the place of what was worked out for it; what is
 * spent elsewhere is scaled for each of its customers. */
static void take_panel(wallet_run_state *r)
{
    const ku_frame *head = ku_frames_find(r->in, "head");
    double *scale = KU_ARRAY(r->arena, (size_t)r->segments, double);
    for (int s = 0; s < r->segments; s++) scale[s] = 1;
    for (int64_t row = 0; row < head->rows; row++) {
        const char *name = ku_column_text(ku_frame_column(head, "segment"), row, r->arena);
        for (int s = 0; s < r->segments; s++) {
            segment_sum *sum = &r->sum[s], *all = &r->sum[r->segments];
            if (strcmp(name, r->name[s]) != 0 || sum->elsewhere <= 0) continue;
            double elsewhere = fmax(0,
                                    wallet_number(head, "spend", row) * sum->customers - sum->own);
            scale[s] = elsewhere / sum->elsewhere;
            all->elsewhere += elsewhere - sum->elsewhere;
            sum->elsewhere = elsewhere;
            sum->given = all->given = true;
        }
    }
    for (size_t i = 0; i < r->people; i++) {
        belief *b = &r->belief[i];
        double own = r->person[i].own, by = scale[r->person[i].segment];
        *b = (belief){own + by * (b->wallet - own),
                      {own + by * (b->limits.lo - own), own + by * (b->limits.hi - own)}};
    }
}

/* The doubt about the coefficients, and the chance of the persons. */
static double sum_error(const wallet_run_state *r, const segment_sum *sum)
{
    size_t n = (size_t)r->model.unknowns;
    double doubt = 0;
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++)
            doubt += sum->slope[i] * r->model.covariance[i * n + j] * sum->slope[j];
    double chance = fmax(0, r->model.variance - r->spread.answer_variance);
    return sqrt(doubt + chance * sum->squares);
}

range wallet_sum_limits(const wallet_run_state *r, const segment_sum *sum)
{
    if (sum->given) return (range){NAN, NAN};
    if (r->modelled) return lognormal(sum->elsewhere, sum_error(r, sum));
    return (range){sum->lo, sum->hi};
}

void wallet_believe(wallet_run_state *r)
{
    start_sums(r);
    if (r->modelled)
        believe_model(r);
    else
        believe_alike(r);
    take_panel(r);
}
