/* model.c - the regression behind customers.wallet and its judgement on customers left out. */
#include "analyses/customers/wallet/model.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "num/linear.h"

enum { STEPS = 100, GROUPS = 10 };

static const double usual = 0.04; /* variance that segments are pulled to: twenty per cent */

/* The terms of a person, segments left out. */
static void terms_of(const wallet_model *m, const wallet_person *p, double x[WALLET_TERMS])
{
    x[0] = 1;
    x[1] = log((p->own + m->small) / (2 * m->small));
    x[2] = log(p->purchases);
    x[3] = log(p->ever);
    x[4] = log((p->known + 30) / 365);
}

static double predictor(const wallet_model *m, const wallet_person *p, double x[WALLET_TERMS])
{
    terms_of(m, p, x);
    double sum = m->b[WALLET_TERMS + p->segment];
    for (int t = 0; t < WALLET_TERMS; t++) sum += m->b[t] * x[t];
    return fmax(-30, fmin(30, sum));
}

double wallet_elsewhere(const wallet_model *m, const wallet_person *p, double *slope)
{
    double x[WALLET_TERMS], mean = m->small * exp(predictor(m, p, x));
    if (slope == NULL) return mean;
    memset(slope, 0, (size_t)m->unknowns * sizeof *slope);
    for (int t = 0; t < WALLET_TERMS; t++) slope[t] = mean * x[t];
    slope[WALLET_TERMS + p->segment] = mean;
    return mean;
}

/* ---- fitting ------------------------------------------------------------------------------ */

typedef struct work {
    wallet_model *m;
    const wallet_answer *answer;
    size_t count;
    double *a, *factor, *right, *score, *inverse;
    double mean_weight;
} work;

static double prior_of(const wallet_model *m, int i)
{
    if (i == 0) return 1e-6;
    return i < WALLET_TERMS ? 0.25 : 1 / m->of_segments;
}

/* The information of the answers; returns the weighted sum of squared relative errors. */
static double gather(work *w)
{
    wallet_model *m = w->m;
    size_t n = (size_t)m->unknowns;
    double squares = 0;
    memset(w->a, 0, n * n * sizeof *w->a);
    memset(w->right, 0, n * sizeof *w->right);
    for (size_t i = 0; i < w->count; i++) {
        const wallet_answer *a = &w->answer[i];
        double mean = wallet_elsewhere(m, &a->person, w->score), all = a->own_then + mean;
        double miss = (a->said - all) / all, weight = a->weight / w->mean_weight;
        squares += weight * miss * miss;
        int index[WALLET_TERMS + 1] = {0, 1, 2, 3, 4, WALLET_TERMS + a->person.segment};
        for (int s = 0; s <= WALLET_TERMS; s++) {
            double left = weight * w->score[index[s]] / all;
            w->right[index[s]] += left * miss;
            for (int t = 0; t <= s; t++)
                w->a[(size_t)index[s] * n + (size_t)index[t]] += left * w->score[index[t]] / all;
        }
    }
    return squares;
}

/* A step of b; returns its length in the largest coefficient, or -1. */
static double step(work *w)
{
    wallet_model *m = w->m;
    size_t n = (size_t)m->unknowns;
    double longest = 0;
    gather(w);
    for (size_t i = 0; i < n * n; i++) w->factor[i] = w->a[i] / m->variance;
    for (size_t i = 0; i < n; i++) {
        double prior = prior_of(m, (int)i);
        w->factor[i * n + i] += prior;
        w->right[i] = w->right[i] / m->variance - prior * m->b[i];
    }
    if (!ku_cholesky(w->factor, m->unknowns, m->unknowns)) return -1;
    ku_cholesky_solve(w->factor, m->unknowns, m->unknowns, w->right);
    for (size_t i = 0; i < n; i++) {
        if (!isfinite(w->right[i])) return -1;
        longest = fmax(longest, fabs(w->right[i]));
    }
    double part = longest > 1 ? 1 / longest : 1; /* of the step, lest it overshoots */
    for (size_t i = 0; i < n; i++) m->b[i] += part * w->right[i];
    return longest;
}

/* The inverse of the factored matrix, column by column. */
static void invert(work *w)
{
    size_t n = (size_t)w->m->unknowns;
    for (size_t j = 0; j < n; j++) {
        memset(w->right, 0, n * sizeof *w->right);
        w->right[j] = 1;
        ku_cholesky_solve(w->factor, w->m->unknowns, w->m->unknowns, w->right);
        for (size_t i = 0; i < n; i++) w->inverse[i * n + j] = w->right[i];
    }
}

/* The variances by their fixed points; returns the largest relative change. */
static double revise(work *w)
{
    wallet_model *m = w->m;
    size_t n = (size_t)m->unknowns;
    double square = 0, trace = 0, spent = 0, before[2] = {m->variance, m->of_segments};
    invert(w);
    for (size_t i = 0; i < n; i++) spent += 1 - prior_of(m, (int)i) * w->inverse[i * n + i];
    for (size_t i = WALLET_TERMS; i < n; i++) {
        square += m->b[i] * m->b[i];
        trace += w->inverse[i * n + i];
    }
    double held = fmax(0, m->segments - trace / m->of_segments);
    m->of_segments = (square + usual) / (held + 1);
    m->variance = fmax(1e-6, gather(w) / fmax(1, (double)w->count - spent));
    return fmax(fabs(log(m->variance / before[0])), fabs(log(m->of_segments / before[1])));
}

static void multiply(const double *a, const double *b, size_t n, double *product)
{
    memset(product, 0, n * n * sizeof *product);
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < n; k++)
            for (size_t j = 0; j < n; j++) product[i * n + j] += a[i * n + k] * b[k * n + j];
}

/* inverse x (sum over customers of score score' + prior) x inverse; the sum for as many
 * customers as coefficients more, which the fit has drawn to itself. */
static void sandwich(work *w)
{
    wallet_model *m = w->m;
    size_t n = (size_t)m->unknowns;
    double *meat = w->a, *half = w->factor;
    double customers = w->answer[w->count - 1].who + 1.0;
    double few = customers / fmax(customers / 2, customers - (double)n);
    memset(meat, 0, n * n * sizeof *meat);
    for (size_t i = 0; i < n; i++) meat[i * n + i] = prior_of(m, (int)i);
    memset(w->right, 0, n * sizeof *w->right);
    for (size_t i = 0; i < w->count; i++) {
        const wallet_answer *a = &w->answer[i];
        double all = a->own_then + wallet_elsewhere(m, &a->person, w->score);
        double by = a->weight / w->mean_weight * (a->said - all) / (all * all * m->variance);
        for (size_t k = 0; k < n; k++) w->right[k] += by * w->score[k];
        if (i + 1 < w->count && w->answer[i + 1].who == a->who) continue;
        for (size_t s = 0; s < n; s++)
            for (size_t t = 0; t < n && w->right[s] != 0; t++)
                meat[s * n + t] += few * w->right[s] * w->right[t];
        memset(w->right, 0, n * sizeof *w->right);
    }
    multiply(w->inverse, meat, n, half);
    multiply(half, w->inverse, n, m->covariance);
}

/* The scale of own spend, and a start: all spend as much elsewhere as the mean. */
static bool begin(work *w)
{
    wallet_model *m = w->m;
    double weight = 0, own = 0, said = 0;
    for (size_t i = 0; i < w->count; i++) {
        weight += w->answer[i].weight;
        own += w->answer[i].weight * w->answer[i].own_then;
        said += w->answer[i].weight * w->answer[i].said;
    }
    if (w->count < WALLET_TERMS + 1 || own <= 0 || said <= own * 1.001) return false;
    w->mean_weight = weight / (double)w->count;
    m->small = 0.05 * own / weight;
    m->b[0] = log((said - own) / weight / m->small);
    m->variance = 0.25;
    m->of_segments = usual;
    return true;
}

bool wallet_fit(const wallet_answer *answer, size_t count, int segments, ku_arena *arena,
                wallet_model *m)
{
    *m = (wallet_model){.segments = segments, .unknowns = WALLET_TERMS + segments};
    size_t n = (size_t)m->unknowns;
    m->b = KU_ARRAY(arena, n, double);
    m->covariance = KU_ARRAY(arena, n * n, double);
    work w = {.m = m,
              .answer = answer,
              .count = count,
              .a = KU_ARRAY(arena, n * n, double),
              .factor = KU_ARRAY(arena, n * n, double),
              .inverse = KU_ARRAY(arena, n * n, double),
              .right = KU_ARRAY(arena, n, double),
              .score = KU_ARRAY(arena, n, double)};
    if (!begin(&w)) return false;
    for (int i = 0; i < STEPS; i++) {
        double length = step(&w);
        if (length < 0) return false;
        double change = revise(&w);
        if (length < 1e-9 && change < 1e-9) break;
    }
    if (step(&w) < 0 || !(m->variance < 1e6)) return false;
    invert(&w);
    sandwich(&w);
    return true;
}

/* ---- judging ------------------------------------------------------------------------------ */

typedef struct scored {
    double log_miss, weight; /* ln(answer / expected) by a model without the customer */
    int group;
} scored;

static int by_miss(const void *a, const void *b)
{
    const scored *p = a, *q = b;
    return (p->log_miss > q->log_miss) - (p->log_miss < q->log_miss);
}

/* Weighted quantile of sorted scores, those of group `without` left out. The place allows for
 * the one to come (Vovk, Gammerman & Shafer 2005, section 2.2). */
static double quantile(const scored *s, size_t count, int without, double at)
{
    double all = 0, sum = 0, last = NAN, largest = 0;
    for (size_t i = 0; i < count; i++)
        if (s[i].group != without) {
            all += s[i].weight;
            largest = fmax(largest, s[i].weight);
        }
    double place = at < 0.5 ? at * (all + largest) - largest : at * (all + largest);
    for (size_t i = 0; i < count; i++) {
        if (s[i].group == without) continue;
        last = s[i].log_miss;
        if ((sum += s[i].weight) >= place) break;
    }
    return last;
}

static size_t without_group(const wallet_answer *answer, size_t count, int group, wallet_answer *to)
{
    size_t kept = 0;
    for (size_t i = 0; i < count; i++)
        if (answer[i].who % GROUPS != group) to[kept++] = answer[i];
    return kept;
}

/* What people of a segment say for each unit spent with us; of all where it is empty. */
static double plain_ratio(const wallet_answer *answer, size_t count, int segment)
{
    double own = 0, said = 0, all_own = 0, all_said = 0;
    for (size_t i = 0; i < count; i++) {
        const wallet_answer *a = &answer[i];
        all_own += a->weight * a->own_then;
        all_said += a->weight * a->said;
        own += a->person.segment == segment ? a->weight * a->own_then : 0;
        said += a->person.segment == segment ? a->weight * a->said : 0;
    }
    return own > 0 ? said / own : all_said / all_own;
}

typedef struct tally {
    double weight, said, miss, bias;
} tally;

static void add_miss(tally *t, const wallet_answer *a, double expected)
{
    t->weight += a->weight;
    t->said += a->weight * a->said;
    t->miss += a->weight * fabs(a->said - expected);
    t->bias += a->weight * (expected - a->said);
}

static void settle(const tally *t, wallet_check *check)
{
    *check = (wallet_check){t->miss / t->said, t->bias / t->said, NAN, NAN};
}

static void count_inside(const scored *s, size_t count, wallet_check *check)
{
    double all = 0, inside[2] = {0};
    for (int g = 0; g < GROUPS; g++) {
        double q[4] = {quantile(s, count, g, 0.025), quantile(s, count, g, 0.1),
                       quantile(s, count, g, 0.9), quantile(s, count, g, 0.975)};
        for (size_t i = 0; i < count; i++) {
            if (s[i].group != g) continue;
            all += s[i].weight;
            inside[0] += s[i].log_miss >= q[1] && s[i].log_miss <= q[2] ? s[i].weight : 0;
            inside[1] += s[i].log_miss >= q[0] && s[i].log_miss <= q[3] ? s[i].weight : 0;
        }
    }
    check->inside80 = inside[0] / all;
    check->inside95 = inside[1] / all;
}

/* Answers of one customer differ only by how answers differ from the truth. */
static void find_answer_variance(const wallet_answer *answer, const scored *s, size_t count,
                                 wallet_spread *spread)
{
    double squares = 0;
    for (size_t i = 0; i < count;) {
        size_t from = i;
        double sum = 0;
        while (i < count && answer[i].who == answer[from].who) sum += s[i++].log_miss;
        for (size_t k = from; k < i; k++) {
            double miss = s[k].log_miss - sum / (double)(i - from);
            squares += miss * miss;
        }
        spread->repeats += (int)(i - from) - 1;
    }
    if (spread->repeats >= 10) spread->answer_variance = squares / spread->repeats;
}

bool wallet_judge(const wallet_answer *answer, size_t count, int segments, ku_arena *arena,
                  wallet_spread *spread, wallet_check *model, wallet_check *plain)
{
    scored *s = KU_ARRAY(arena, count, scored);
    wallet_answer *kept = KU_ARRAY(arena, count, wallet_answer);
    tally by_model = {0}, by_plain = {0};
    double all = 0;
    *spread = (wallet_spread){0};
    for (int g = 0; g < GROUPS; g++) {
        wallet_model m;
        size_t left = without_group(answer, count, g, kept);
        if (left == count) continue;
        if (!wallet_fit(kept, left, segments, arena, &m)) return false;
        for (size_t i = 0; i < count; i++) {
            const wallet_answer *a = &answer[i];
            if (a->who % GROUPS != g) continue;
            double expected = a->own_then + wallet_elsewhere(&m, &a->person, NULL);
            add_miss(&by_model, a, expected);
            add_miss(&by_plain, a, a->own_then * plain_ratio(kept, left, a->person.segment));
            s[i] = (scored){log(fmax(a->said, 1e-9) / expected), a->weight, g};
            spread->center += a->weight * s[i].log_miss;
            all += a->weight;
        }
    }
    spread->center /= all;
    find_answer_variance(answer, s, count, spread);
    settle(&by_model, model);
    settle(&by_plain, plain);
    qsort(s, count, sizeof *s, by_miss);
    static const double at[4] = {0.025, 0.1, 0.9, 0.975};
    for (int k = 0; k < 4; k++) spread->quantile[k] = quantile(s, count, -1, at[k]);
    count_inside(s, count, model);
    return true;
}
