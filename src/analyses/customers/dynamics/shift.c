/* shift.c - the search for one change in the course of a measure.
 *
 * The season is taken out of course and shapes alike by subtracting each place of the year's
 * weighted mean, so a change is seen against the same place of other years only. What remains
 * is a regression on one shape at a time: sums over the periods, no matrix. */
#include "analyses/customers/dynamics/shift.h"

#include <math.h>
#include <stdlib.h>

#include "num/gamma.h"
#include "num/student.h"

enum { LEAST_COURSES = 12 };         /* of a family */
static const double most_prior = 60; /* degrees of freedom that others may lend */

typedef struct work {
    const shift_series *s;
    int before, after;            /* known periods that either side of a change must have */
    int place[SHIFT_LONGEST];     /* in the year */
    double weight[SHIFT_LONGEST]; /* 1 / variance */
    double rest[SHIFT_LONGEST];   /* y without season */
    double shape[SHIFT_LONGEST], last[SHIFT_LONGEST];
    double total[SHIFT_SEASONS]; /* of weights */
    double square;               /* of the rest */
    int freedom;                 /* dimensions of the rest */
    double between;              /* variance between periods beyond chance */
} work;

static double shape_at(bool gradual, int at, int t, int periods)
{
    if (t < at) return 0;
    return gradual ? (double)(t - at + 1) / (periods - at) : 1;
}

/* Subtracts each place's weighted mean. */
static void take_season(const work *w, const double *from, double *to)
{
    double sum[SHIFT_SEASONS] = {0};
    for (int t = 0; t < w->s->periods; t++)
        if (w->weight[t] > 0) sum[w->place[t]] += w->weight[t] * from[t];
    for (int t = 0; t < w->s->periods; t++)
        to[t] = w->weight[t] > 0 ? from[t] - sum[w->place[t]] / w->total[w->place[t]] : 0;
}

static double product(const work *w, const double *a, const double *b)
{
    double sum = 0;
    for (int t = 0; t < w->s->periods; t++) sum += w->weight[t] * a[t] * b[t];
    return sum;
}

static void weigh(work *w)
{
    for (int g = 0; g < SHIFT_SEASONS; g++) w->total[g] = 0;
    w->freedom = 0;
    for (int t = 0; t < w->s->periods; t++) {
        double n = w->s->count[t];
        w->place[t] = (w->s->start + t) % w->s->season;
        w->weight[t] = n > 0 ? 1 / (w->s->within / n + w->between) : 0;
        if (n > 0) w->freedom += w->total[w->place[t]] > 0;
        w->total[w->place[t]] += w->weight[t];
    }
    take_season(w, w->s->y, w->rest);
    w->square = product(w, w->rest, w->rest);
}

/* The shape from `at` on, season taken out, in w->shape; its squared length, or 0 where it
 * cannot be told from the season. */
static double lay_shape(work *w, bool gradual, int at)
{
    double raw[SHIFT_LONGEST] = {0}, size = 0;
    for (int t = 0; t < w->s->periods; t++) {
        raw[t] = shape_at(gradual, at, t, w->s->periods);
        size += w->weight[t] * raw[t] * raw[t];
    }
    take_season(w, raw, w->shape);
    double square = product(w, w->shape, w->shape);
    return square > 1e-9 * size ? square : 0;
}

/* What the search over one kind of shape found. */
typedef struct peak {
    int at;         /* -1: none */
    double cosine2; /* squared, between course and shape */
    double length;  /* of the curve that the shapes draw on the sphere */
} peak;

static bool allowed(const work *w, int at)
{
    int before = 0, after = 0;
    for (int t = 0; t < w->s->periods; t++)
        if (w->weight[t] > 0) *(t < at ? &before : &after) += 1;
    return before >= w->before && after >= w->after;
}

static peak search(work *w, bool gradual)
{
    peak best = {.at = -1};
    double last_square = 0;
    for (int at = 1; at < w->s->periods; at++) {
        if (w->weight[at] <= 0 || !allowed(w, at)) continue;
        double square = lay_shape(w, gradual, at);
        if (!(square > 0)) continue;
        double along = product(w, w->shape, w->rest);
        double cosine2 = w->square > 0 ? along * along / (square * w->square) : 0;
        if (best.at < 0 || cosine2 > best.cosine2) best.at = at, best.cosine2 = cosine2;
        if (last_square > 0) {
            double turn = product(w, w->shape, w->last) / sqrt(square * last_square);
            best.length += acos(fmax(-1, fmin(1, turn)));
        }
        for (int t = 0; t < w->s->periods; t++) w->last[t] = w->shape[t];
        last_square = square;
    }
    return best;
}

/* The better of both shapes, by fit. */
static peak search_both(work *w, bool *gradual, double *length, int *curves)
{
    peak step = search(w, false), ramp = search(w, true);
    *gradual = step.at < 0 || (ramp.at >= 0 && ramp.cosine2 > step.cosine2);
    *length = step.length + ramp.length;
    *curves = (step.at >= 0) + (ramp.at >= 0);
    return *gradual ? ramp : step;
}

/* Variance between periods beyond what their counts explain, by moments. */
static double beyond_chance(const work *w, double cosine2)
{
    double left = w->square * (1 - cosine2) - (w->freedom - 1), room = 0;
    double square[SHIFT_SEASONS] = {0};
    for (int t = 0; t < w->s->periods; t++) square[w->place[t]] += w->weight[t] * w->weight[t];
    for (int g = 0; g < w->s->season; g++)
        if (w->total[g] > 0) room += w->total[g] - square[g] / w->total[g];
    return left > 0 && room > 0 ? left / room : 0;
}

/* First autocorrelation of what is left, not below 0; a short course shows less of it. */
static double follow(const work *w, double size)
{
    double square = 0, next = 0, before = 0;
    int n = 0;
    for (int t = 0; t < w->s->periods; t++) {
        if (w->weight[t] <= 0) continue;
        double left = sqrt(w->weight[t]) * (w->rest[t] - size * w->shape[t]);
        square += left * left;
        next += left * before;
        before = left;
        n++;
    }
    if (!(square > 0)) return 0;
    return fmin(0.8, fmax(0, next / square + 1.0 / n));
}

static double tube(double cosine2, double length, int curves, double freedom)
{
    double t = sqrt(cosine2 / (1 - cosine2) * (freedom - 1));
    double caps = 2 * curves * ku_student_below(-t, freedom - 1);
    double along = length / 3.14159265358979323846 * pow(1 - cosine2, (freedom - 2) / 2);
    return fmin(1, caps + along);
}

/* The share of a period's variance that is chance alone: less than it cannot be. (A course alone
 * is weighed so that it has variance 1.) */
static double chance_share(const work *w)
{
    double sum = 0, n = 0;
    if (w->s->family == NULL) return 1;
    for (int t = 0; t < w->s->periods; t++)
        if (w->weight[t] > 0) sum += w->weight[t] * w->s->within / w->s->count[t], n++;
    return n > 0 ? sum / n : 0;
}

/* The variance of the model's unit, and its degrees of freedom: the course's own, and what the
 * others lend. */
static double variance_of(const work *w, double cosine2, double *freedom)
{
    const shift_family *f = w->s->family;
    double own = w->square * (1 - cosine2), lent = f != NULL ? f->freedom : 0;
    *freedom = w->freedom - 1 + lent;
    double scale = (own + (f != NULL ? lent * f->scale : 0)) / *freedom;
    return w->s->within > 0 ? fmax(scale, chance_share(w)) : scale;
}

/* The chance of the change against a year ago, a beginning that is not searched for; 1 where the
 * data reach over less than that. */
static double against_year(work *w, double wider)
{
    int at = w->s->periods - w->s->season;
    if (w->s->season < 2 || at < 1 || !allowed(w, at)) return 1;
    double square = lay_shape(w, false, at);
    if (!(square > 0)) return 1;
    double along = product(w, w->shape, w->rest), freedom;
    double cosine2 = fmin(along * along / (square * w->square), 1 - 1e-12);
    double scale = variance_of(w, cosine2, &freedom);
    return 2 * ku_student_below(-fabs(along) / sqrt(square * scale * wider), freedom);
}

/* The beginnings that fit not much worse than the best one. */
static void date_it(work *w, double slack, shift *found)
{
    found->at_low = found->at_high = found->at;
    double along, square = lay_shape(w, found->gradual, found->at);
    along = product(w, w->shape, w->rest);
    double best = along * along / square;
    for (int at = 1; at < w->s->periods; at++) {
        if (w->weight[at] <= 0 || !allowed(w, at)) continue;
        square = lay_shape(w, found->gradual, at);
        if (!(square > 0)) continue;
        along = product(w, w->shape, w->rest);
        if (best - along * along / square > slack) continue;
        if (at < found->at_low) found->at_low = at;
        if (at > found->at_high) found->at_high = at;
    }
}

/* Season and level without the change, and how far a period's value lies from it by chance. */
static void expect(const work *w, double scale, const shift *found, double *expected, double *doubt)
{
    double mean[SHIFT_SEASONS] = {0};
    for (int t = 0; t < w->s->periods; t++)
        if (w->weight[t] > 0)
            mean[w->place[t]] += w->weight[t] *
                                 (w->s->y[t] - found->size * shape_at(found->gradual, found->at, t,
                                                                      w->s->periods));
    for (int t = 0; t < w->s->periods; t++) {
        double total = w->total[w->place[t]];
        bool known = w->weight[t] > 0;
        expected[t] = known ? mean[w->place[t]] / total : NAN;
        doubt[t] = known ? sqrt(scale * (1 / w->weight[t] + 1 / total)) : NAN;
    }
}

/* The best change, with the variance between periods that is known of the family or else the
 * course's own. */
static peak fit(work *w, bool *gradual, double *length, int *curves)
{
    const shift_series *s = w->s;
    if (s->family != NULL) w->between = s->family->between * s->within;
    if (!(s->within > 0)) w->between = 1; /* no chance within a period: all weigh alike */
    weigh(w);
    if (w->freedom < 4 || !(w->square > 0)) return (peak){.at = -1};
    peak best = search_both(w, gradual, length, curves);
    if (best.at < 0 || s->family != NULL || !(s->within > 0)) return best;
    w->between = beyond_chance(w, best.cosine2);
    weigh(w);
    return search_both(w, gradual, length, curves);
}

bool shift_trace(const shift_series *series, int before, int after, shift *found, double *expected,
                 double *doubt)
{
    work w = {.s = series, .before = before, .after = after};
    bool gradual;
    double length, freedom;
    int curves;
    if (series->periods > SHIFT_LONGEST || series->season > SHIFT_SEASONS) return false;
    peak best = fit(&w, &gradual, &length, &curves);
    if (best.at < 0) return false;
    double cosine2 = fmin(best.cosine2, 1 - 1e-12);
    double scale = variance_of(&w, cosine2, &freedom);
    *found = (shift){.gradual = gradual, .at = best.at, .freedom = freedom};
    double square = lay_shape(&w, gradual, best.at);
    found->size = product(&w, w.shape, w.rest) / square;
    double r = series->family != NULL ? series->family->follow : follow(&w, found->size);
    double wider = (1 + r) / (1 - r);
    double t2 = found->size * found->size * square / (scale * wider * freedom);
    double searched = tube(t2 / (1 + t2), length, curves, freedom + 1);
    found->p = fmin(1, 2 * fmin(searched, against_year(&w, wider)));
    found->error = sqrt(scale * wider / square);
    double t95 = ku_student_quantile(0.975, freedom);
    date_it(&w, t95 * t95 * scale * wider, found);
    if (expected != NULL) expect(&w, scale, found, expected, doubt);
    return true;
}

bool shift_find(const shift_series *series, int before, int after, shift *found)
{
    return shift_trace(series, before, after, found, NULL, NULL);
}

/* ---- what courses have in common ------------------------------------------------------------- */

/* What is left of one course. */
typedef struct leftover {
    double square, next; /* sums of squares and of products with the period before, */
    double smooth;       /* and how much of the latter is only that shapes were taken out */
    int freedom;
} leftover;

/* Takes the shape in w->shape out of the rest; false where it is none. */
static bool take_out(work *w, leftover *r)
{
    double square = product(w, w->shape, w->shape), before = 0;
    if (!(square > 1e-9)) return false;
    double size = product(w, w->shape, w->rest) / square;
    for (int t = 0; t < w->s->periods; t++) {
        if (w->weight[t] <= 0) continue;
        double here = w->shape[t] * sqrt(w->weight[t] / square);
        w->rest[t] -= size * w->shape[t];
        r->smooth += here * before;
        before = here;
    }
    r->freedom--;
    return true;
}

static leftover remain(const shift_series *course, double between)
{
    work w = {.s = course, .between = between * course->within};
    weigh(&w);
    leftover r = {.freedom = w.freedom};
    int year = course->periods - course->season;
    double before = 0;
    if (lay_shape(&w, true, 1) > 0 && take_out(&w, &r))
        for (int t = 0; t < course->periods; t++) w.last[t] = w.shape[t];
    if (year > 0 && lay_shape(&w, false, year) > 0) {
        double both = product(&w, w.shape, w.last), square = product(&w, w.last, w.last);
        for (int t = 0; t < course->periods && square > 0; t++)
            w.shape[t] -= both / square * w.last[t];
        take_out(&w, &r);
    }
    for (int t = 0; t < course->periods; t++) {
        if (w.weight[t] <= 0) continue;
        double left = sqrt(w.weight[t]) * w.rest[t];
        r.square += left * left;
        r.next += left * before;
        before = left;
    }
    return r;
}

static bool tells(const shift_series *course)
{
    return course->within > 0 && course->periods <= SHIFT_LONGEST &&
           course->season <= SHIFT_SEASONS && remain(course, 0).freedom >= 4;
}

/* Mean of the courses' variances by the model; one that is far off counts as four times. */
static double mean_variance(const shift_series *course, int count, double between)
{
    enum { FAR = 4 };
    double sum = 0, freedom = 0;
    for (int i = 0; i < count; i++) {
        leftover r = remain(&course[i], between);
        sum += fmin(r.square, (double)FAR * r.freedom), freedom += r.freedom;
    }
    return freedom > 0 ? sum / freedom : 0;
}

static double find_between(const shift_series *course, int count)
{
    enum { HALVINGS = 24 };
    double low = 1e-7, high = 10;
    if (mean_variance(course, count, 0) <= 1) return 0;
    for (int i = 0; i < HALVINGS; i++) {
        double middle = sqrt(low * high);
        *(mean_variance(course, count, middle) > 1 ? &low : &high) = middle;
    }
    return sqrt(low * high);
}

/* x with trigamma(x) = y, by Newton on 1 / trigamma, Smyth's appendix. */
static double trigamma_inverse(double y)
{
    double x = 0.5 + 1 / y;
    for (int i = 0; i < 50; i++) {
        double here = ku_trigamma(x), step = 1e-4 * x;
        double slope = (ku_trigamma(x + step) - ku_trigamma(x - step)) / (2 * step);
        double move = here * (1 - here / y) / slope;
        x += move;
        if (fabs(move) < 1e-8 * x) break;
    }
    return x;
}

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

bool shift_family_learn(shift_series *course, int count, double *z, shift_family *out)
{
    double *follow = z + count, mean = 0, spread = 0, known = 0;
    int telling = 0, n = 0;
    for (int i = 0; i < count; i++)
        if (tells(&course[i])) course[telling++] = course[i];
    if (telling < LEAST_COURSES) return false;
    *out = (shift_family){.between = find_between(course, telling)};
    for (int i = 0; i < telling; i++) {
        leftover r = remain(&course[i], out->between);
        double half = r.freedom / 2.0, unit = r.square / r.freedom;
        if (!(unit > 0)) continue;
        z[n] = log(unit) - ku_digamma(half) + log(half);
        mean += z[n], known += ku_trigamma(half);
        follow[n++] = (r.next / unit + r.smooth) / r.freedom;
    }
    if (n < LEAST_COURSES) return false;
    mean /= n, known /= n;
    for (int i = 0; i < n; i++) spread += (z[i] - mean) * (z[i] - mean) / (n - 1);
    double half = spread > known ? trigamma_inverse(spread - known) : most_prior / 2;
    out->freedom = fmin(2 * half, most_prior);
    half = out->freedom / 2;
    out->scale = exp(mean + ku_digamma(half) - log(half));
    qsort(follow, (size_t)n, sizeof *follow, ascending);
    out->follow = fmin(0.8, fmax(0, follow[n / 2])); /* a true change drags its months along */
    return true;
}

/* ---- many tests ------------------------------------------------------------------------------ */

/* Sorts the places by p (shell sort: no memory, the order of equal p is that of the places). */
static void sort_places(const double *p, int n, int *order)
{
    for (int i = 0; i < n; i++) order[i] = i;
    for (int gap = n / 2; gap > 0; gap /= 2)
        for (int i = gap; i < n; i++) {
            int moving = order[i], k = i;
            for (; k >= gap && p[order[k - gap]] > p[moving]; k -= gap) order[k] = order[k - gap];
            order[k] = moving;
        }
}

int shift_hold(const double *p, int n, double wrong, bool *held, int *order)
{
    int last = -1;
    sort_places(p, n, order);
    for (int i = 0; i < n; i++)
        if (p[order[i]] <= wrong * (i + 1) / n) last = i;
    for (int i = 0; i < n; i++) held[order[i]] = i <= last;
    return last + 1;
}
