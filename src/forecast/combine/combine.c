/* combine.c - several methods instead of the best one.
 *
 * No method is best for all series, and which is best for one cannot be told well from its
 * past: the choice itself is a source of error. The mean of methods that err differently
 * is hard to beat (Bates & Granger 1969; Petropoulos & Svetunkov 2020). It is improved a
 * little, not replaced, by weights: the last half horizon is held out once, each method
 * forecasts it, and weighs by 1 / (its mean absolute error). */
#include "forecast/combine/combine.h"

#include <math.h>
#include <string.h>

#include "forecast/ets/ets.h"
#include "forecast/intermittent/intermittent.h"

/* Who is asked, by kind of series; a name that no method has is passed over. */
static const char *const asked_names[KU_COMBINE_KINDS][KU_COMBINE_MEMBERS] = {
    [KU_COMBINE_USUAL] = {"ets_mean", "theta", "dotm", "arima", "ces", "cautious", "snaive"},
    [KU_COMBINE_LONG] = {"mstl", "lags"},
    [KU_COMBINE_SPARSE] = {"sba", "tsb", "imapa"},
    [KU_COMBINE_DRIVEN] = {"arima"},
};

static const double weight_power = 1;

typedef struct seat {
    const ku_method *method; /* NULL: none */
    void *work;
} seat;

struct ku_combine_work {
    seat seat[KU_COMBINE_KINDS][KU_COMBINE_MEMBERS];
    int horizon;
    ku_ahead part[KU_COMBINE_MEMBERS]; /* arrays for 2 * horizon + 3 and `longest` */
    ku_ahead mixed;                    /* the same, for the held-out end */
    double *variance;
};

/* ---- memory ------------------------------------------------------------------------------ */

int ku_combine_held_out(int n, int horizon)
{
    int half = (horizon + 1) / 2;
    int wanted = half > 3 ? half : 3, most = n / 4;
    wanted = wanted < most ? wanted : most;
    return wanted >= 2 ? wanted : 0;
}

/* The furthest a method must see: the held-out end, with regressors the horizon too. */
static int furthest(int horizon)
{
    return horizon + (horizon + 1) / 2 + 3;
}

static bool take_seat(seat *s, const ku_method *method, ku_arena *arena, int longest, int season,
                      int horizon)
{
    s->method = method;
    s->work = method->work_new(arena, longest, season, furthest(horizon));
    return s->work != NULL;
}

static bool room_for(ku_arena *arena, ku_ahead *ahead, int longest, int horizon)
{
    size_t h = (size_t)furthest(horizon);
    double *room = ku_arena_try(arena,
                                ((1 + KU_BOUNDS) * h + (size_t)longest + 1) * sizeof(double));
    if (room == NULL) return false;
    ahead->mean = room;
    for (size_t b = 0; b < KU_BOUNDS; b++) ahead->bound[b] = room + (1 + b) * h;
    ahead->fitted = room + (1 + KU_BOUNDS) * h;
    return true;
}

ku_combine_work *ku_combine_work_new(ku_arena *arena, int longest, int season, int horizon,
                                     const ku_method *asked)
{
    ku_combine_work *w = KU_NEW(arena, ku_combine_work);
    bool whole = room_for(arena, &w->mixed, longest, horizon);
    for (int k = 0; k < KU_COMBINE_KINDS; k++)
        for (int i = 0, taken = 0; asked == NULL && i < KU_COMBINE_MEMBERS; i++) {
            const char *name = asked_names[k][i];
            const ku_method *method = name == NULL ? NULL : ku_method_find(name);
            if (method != NULL)
                whole = take_seat(&w->seat[k][taken++], method, arena, longest, season, horizon) &&
                        whole;
        }
    if (asked != NULL)
        whole = take_seat(&w->seat[KU_COMBINE_ASKED][0], asked, arena, longest, season, horizon) &&
                whole;
    for (int i = 0; i < KU_COMBINE_MEMBERS; i++)
        whole = room_for(arena, &w->part[i], longest, horizon) && whole;
    w->horizon = horizon;
    w->variance = ku_arena_try(arena, (size_t)furthest(horizon) * sizeof(double));
    return whole && w->variance != NULL ? w : NULL;
}

/* ---- which methods ------------------------------------------------------------------------- */

/* Zeros that come back at the same places of every season are a season, not chance. */
static bool zeros_are_seasonal(const ku_past *past)
{
    int m = past->season, always = 0, sometimes = 0;
    if (m < 2 || past->n < 2 * m) return false;
    for (int j = 0; j < m; j++) {
        int zeros = 0, values = 0;
        for (int t = j; t < past->n; t += m) {
            values++;
            zeros += past->y[t] == 0;
        }
        always += zeros == values;
        sometimes += zeros > 0 && zeros < values;
    }
    return always > sometimes;
}

bool ku_combine_sparse(const ku_past *past)
{
    for (int t = 0; t < past->n; t++)
        if (past->y[t] < 0) return false;
    ku_demand_class class = ku_demand_classify(past->y, past->n).class;
    return (class == KU_DEMAND_INTERMITTENT || class == KU_DEMAND_LUMPY) &&
           !zeros_are_seasonal(past);
}

static ku_combine_kind kind_of(const ku_combine_work *w, const ku_past *past)
{
    if (w->seat[KU_COMBINE_ASKED][0].method != NULL) return KU_COMBINE_ASKED;
    const seat *driven = &w->seat[KU_COMBINE_DRIVEN][0];
    if (past->x != NULL && driven->method != NULL && driven->method->regressors)
        return KU_COMBINE_DRIVEN;
    if (ku_combine_sparse(past)) return KU_COMBINE_SPARSE;
    bool several = past->season_count > 1 || past->season > KU_ETS_LONGEST_SEASON;
    return several && w->seat[KU_COMBINE_LONG][0].method != NULL ? KU_COMBINE_LONG
                                                                 : KU_COMBINE_USUAL;
}

/* ---- mixing -------------------------------------------------------------------------------- */

void ku_combine_weigh(ku_combine_member *member, int members, double power)
{
    double sum = 0, most = 0;
    for (int i = 0; i < members; i++) most = fmax(most, member[i].missed);
    for (int i = 0; i < members; i++) {
        /* Of those that missed nothing none may take all: errors below a billionth of the
         * largest are the same. */
        double missed = most > 0 ? member[i].missed / most + 1e-9 : 1;
        member[i].weight = member[i].prior * pow(missed, -power);
        sum += member[i].weight;
    }
    for (int i = 0; i < members; i++) member[i].weight /= sum;
}

/* The second smallest and second largest of the members' means for a step; with fewer than
 * four members the smallest and largest. */
static void inner_range(const ku_combine_work *w, int members, int step, double *lo, double *hi)
{
    double low[2] = {INFINITY, INFINITY}, high[2] = {-INFINITY, -INFINITY};
    for (int i = 0; i < members; i++) {
        double x = w->part[i].mean[step];
        if (x < low[0]) {
            low[1] = low[0];
            low[0] = x;
        } else {
            low[1] = fmin(low[1], x);
        }
        if (x > high[0]) {
            high[1] = high[0];
            high[0] = x;
        } else {
            high[1] = fmax(high[1], x);
        }
    }
    *lo = low[members > 3];
    *hi = high[members > 3];
}

/* Mean, bounds and fits of the members' parts by weight; in `variance` that of the mixture:
 * the members' own and what they differ by. At each step the outermost member on either
 * side counts for the mean as the next one in (a winsorised mean), so one that went astray
 * cannot take the forecast along. */
static void mix(const ku_combine_work *w, const ku_combine_result *r, int n, ku_ahead *to,
                double *variance)
{
    for (int k = 0; k < to->h; k++) {
        double mean = 0, spread = 0, lo, hi, bound[KU_BOUNDS] = {0};
        inner_range(w, r->members, k, &lo, &hi);
        for (int i = 0; i < r->members; i++) {
            const ku_ahead *part = &w->part[i];
            mean += r->member[i].weight * fmin(fmax(part->mean[k], lo), hi);
            for (int b = 0; b < KU_BOUNDS; b++) bound[b] += r->member[i].weight * part->bound[b][k];
        }
        for (int i = 0; i < r->members; i++) {
            double off = fmin(fabs(w->part[i].mean[k] - mean), KU_SPREAD_LARGEST);
            spread += r->member[i].weight * (ku_spread_variance(&w->part[i], k) + off * off);
        }
        to->mean[k] = mean;
        variance[k] = spread;
        for (int b = 0; b < KU_BOUNDS; b++) to->bound[b][k] = bound[b];
    }
    for (int t = 0; to->fitted != NULL && t < n; t++) {
        to->fitted[t] = 0;
        for (int i = 0; i < r->members; i++)
            to->fitted[t] += r->member[i].weight * w->part[i].fitted[t];
    }
}

double ku_combine_variance(const ku_combine_work *work, int step)
{
    return work->variance[step];
}

/* What a usual method is worth before anything is known of the series but its length: one, but
 * for two that a season seen once to three times needs, when smoothing models see none of
 * it or all of its noise. Every sixth series of M3's months, an end within its training part
 * cut to 18, 24 and 30 of them, six held out: sMAPE 13.5, 13.2 and 12.6 % with these two,
 * 14.9, 14.7 and 13.6 % without; with all the past, 12.29 against 12.37 %. */
static double prior_of(const ku_method *method, const ku_past *past)
{
    double seen = past->season > 1 ? (double)past->n / past->season : INFINITY; /* seasons */
    if (strcmp(method->name, "cautious") == 0) return 12 / seen;
    if (strcmp(method->name, "snaive") == 0) return fmax(0, 1.5 * (3 - seen));
    return 1;
}

/* Asks every member for h periods; those that refuse leave. Swaps keep the arrays. */
static void ask(ku_combine_work *w, const ku_past *past, int h, bool fitted, ku_rng rng,
                ku_combine_result *r)
{
    int answered = 0;
    for (int i = 0; i < KU_COMBINE_MEMBERS; i++) {
        const seat *s = &w->seat[r->kind][i];
        if (s->method == NULL) break;
        double prior = r->kind == KU_COMBINE_USUAL ? prior_of(s->method, past) : 1;
        if (!(prior > 0)) continue;
        ku_ahead part = w->part[answered];
        double *room = part.fitted;
        part.h = h;
        part.fitted = fitted ? room : NULL;
        bool made = s->method->forecast(s->work, past, rng, &part);
        part.fitted = room;
        if (!made) continue;
        w->part[answered] = part;
        r->member[answered++] = (ku_combine_member){.method = s->method, .prior = prior};
    }
    r->members = answered;
    ku_combine_weigh(r->member, answered, 0);
}

static bool all_positive(const ku_past *past)
{
    for (int t = 0; t < past->n; t++)
        if (!(past->y[t] > 0)) return false;
    return true;
}

static double mean_error(const double *mean, const double *truth, int h)
{
    double sum = 0;
    for (int k = 0; k < h; k++) sum += fabs(truth[k] - mean[k]) / h;
    return sum;
}

/* Forecasts the last values from those before. What the plain mean missed and the interval
 * held goes to r->misses, each member's error to `before`. */
static void hold_out(ku_combine_work *w, const ku_past *past, ku_rng rng, ku_combine_result *r,
                     ku_combine_result *before)
{
    int back = ku_combine_held_out(past->n, w->horizon);
    if (back == 0) return;
    ku_past shorter = *past;
    shorter.n -= back;
    const double *truth = past->y + shorter.n;
    /* Regressors have rows for the horizon too. */
    ask(w, &shorter, past->x == NULL ? back : back + w->horizon, false, rng, before);
    if (before->members == 0) return;
    for (int i = 0; i < before->members; i++)
        before->member[i].missed = mean_error(w->part[i].mean, truth, back);
    ku_ahead mixed = w->mixed;
    mixed.h = back;
    mixed.fitted = NULL;
    mix(w, before, 0, &mixed, w->variance);
    if (before->kind != KU_COMBINE_SPARSE)
        ku_spread_bounds(&mixed, w->variance, shorter.n, all_positive(&shorter), &r->misses);
    ku_spread_count(&mixed, w->variance, truth, back, &r->misses);
}

/* Gives the members the errors they had; false unless all were there before. */
static bool match(const ku_combine_result *before, ku_combine_result *r)
{
    for (int i = 0; i < r->members; i++) {
        int j = 0;
        while (j < before->members && before->member[j].method != r->member[i].method) j++;
        if (j == before->members) return false;
        r->member[i].missed = before->member[j].missed;
    }
    return true;
}

static void mean_square(const ku_past *past, ku_ahead *ahead)
{
    double sum = 0;
    for (int t = 0; t < past->n; t++) {
        double error = fmin(fabs(past->y[t] - ahead->fitted[t]), KU_SPREAD_LARGEST);
        sum += error * error / past->n;
    }
    ahead->sigma2 = sum;
}

bool ku_combine(ku_combine_work *w, const ku_past *past, bool plain, ku_rng rng, ku_ahead *ahead,
                ku_combine_result *r)
{
    *r = (ku_combine_result){.kind = kind_of(w, past)};
    ku_combine_result before = *r;
    if (!plain) hold_out(w, past, rng, r, &before);
    ask(w, past, ahead->h, ahead->fitted != NULL, rng, r);
    if (r->members == 0 && r->kind != KU_COMBINE_USUAL && r->kind != KU_COMBINE_ASKED) {
        /* None of the special methods can; the usual ones may. */
        *r = (ku_combine_result){.kind = KU_COMBINE_USUAL};
        before = *r;
        if (!plain) hold_out(w, past, rng, r, &before);
        ask(w, past, ahead->h, ahead->fitted != NULL, rng, r);
    }
    if (r->members == 0) return false;
    bool weighed = r->kind == KU_COMBINE_USUAL && match(&before, r);
    if (weighed) ku_combine_weigh(r->member, r->members, weight_power);
    bool sparse = ku_combine_sparse(past);
    mix(w, r, past->n, ahead, w->variance);
    if (!plain && !sparse)
        ku_spread_bounds(ahead, w->variance, past->n, all_positive(past), &r->misses);
    ahead->likelihood = r->members == 1 && w->part[0].likelihood;
    ahead->loglik = w->part[0].loglik;
    ahead->aicc = w->part[0].aicc;
    memcpy(ahead->model, w->part[0].model, sizeof ahead->model);
    memcpy(ahead->parameters, w->part[0].parameters, sizeof ahead->parameters);
    if (ahead->fitted != NULL) mean_square(past, ahead);
    return true;
}
