/* project.c - futures, one after the other, and their quantiles.
 *
 * Within a future each kind of doubt is one path: the chance of moves is drawn each period, what
 * is not known of the shares once; new customers and revenue per customer wander around their
 * forecast, a miss in one period being followed by a like one in the next, and partly in common
 * for all segments, as their past misses were. */
#include "analyses/customers/dynamics/project.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "forecast/outlook.h"

enum { MEMORY_YEARS = 3 };
static const double carried = 0.6; /* of a period's miss into the next */

void census_take(const states *s, ku_arena *arena, census *out)
{
    size_t k = (size_t)s->count, n = (size_t)s->periods;
    double *moves = KU_ARRAY(arena, n * k * k + 1, double);
    double *arrive = KU_ARRAY(arena, n * k + 1, double);
    *out = (census){.states = s, .size = KU_ARRAY(arena, n * k + 1, double)};
    for (size_t t = 0; t < n; t++)
        for (int64_t i = 0; i < s->persons; i++) {
            uint8_t at = s->at[(int64_t)t * s->persons + i];
            if (at == STATE_NONE) continue;
            out->size[t * k + at]++;
            uint8_t was = t > 0 ? s->at[(int64_t)(t - 1) * s->persons + i] : STATE_NONE;
            if (was == STATE_NONE)
                arrive[t * k + at]++;
            else
                moves[(t * k + was) * k + at]++;
        }
    out->counts = (chain_counts){.count = s->count,
                                 .periods = s->periods,
                                 .season = 12 / s->step,
                                 .start = s->first % 12 / s->step,
                                 .moves = moves,
                                 .arrive = arrive};
}

/* ---- series -------------------------------------------------------------------------------------- */

/* New customers (the last series) and revenue of a customer of each segment. */
typedef struct course_set {
    const census *c;
    int known, ahead, series;
    double season[2][CHAIN_SEASONS]; /* of revenue, of new customers, by place in the year */
    double **y;
    int *n;
    ku_outlook *outlook;
    ku_outlook_work **work;
    ku_run_context *context;
    uint64_t stream;
} course_set;

/* Growth a year, as logarithm: of the periods that have the same place in the year before. */
static double yearly_growth(const double *y, int n, int season)
{
    double sum = 0;
    int known = 0;
    for (int t = season; t < n; t++)
        if (y[t] > 0 && y[t - season] > 0) sum += log(y[t] / y[t - season]), known++;
    return known > 0 ? sum / known : 0;
}

/* How much of an index of one year came again in the next: 1 less the variance of what the
 * places have in the second year of the first, against that of two unlike years. */
static double came_again(const double *y, int n, int season, const double *index)
{
    double growth = yearly_growth(y, n, season), unlike = 0, square = 0, mean = 0;
    int known = 0;
    for (int t = season; t < n; t++) {
        if (!(y[t] > 0 && y[t - season] > 0)) continue;
        double off = log(y[t] / y[t - season]) - growth;
        unlike += off * off, known++;
    }
    for (int g = 0; g < season; g++) mean += log(index[g]) / season;
    for (int g = 0; g < season; g++)
        square += (log(index[g]) - mean) * (log(index[g]) - mean) / (season - 1);
    if (known < 3 || !(square > 0)) return 0;
    return fmax(0, 1 - unlike / (known - 1) / (2 * square));
}

/* With little more than one year: what is left of it once growth is taken out. */
static void find_short_season(const double *y, int n, int season, int start, double *index)
{
    double sum[CHAIN_SEASONS] = {0}, all = 0, growth = yearly_growth(y, n, season);
    int years[CHAIN_SEASONS] = {0};
    for (int t = 0; t < n; t++) {
        sum[(start + t) % season] += fmax(y[t], 0) * exp(-growth * t / season);
        years[(start + t) % season]++;
    }
    for (int g = 0; g < season; g++) {
        if (years[g] == 0 || !(sum[g] > 0)) return;
        all += sum[g] / years[g] / season;
    }
    for (int g = 0; g < season; g++) index[g] = sum[g] / years[g] / all;
}

/* What a place in the year has of the level around it: ratios to the mean of the year around,
 * averaged; all 1 where little more than a year is known. y[0] lies `start` into the year. */
static void find_season(const double *y, int n, int season, int start, double *index)
{
    double sum[CHAIN_SEASONS] = {0}, all = 0;
    int years[CHAIN_SEASONS] = {0}, half = season / 2;
    for (int g = 0; g < CHAIN_SEASONS; g++) index[g] = 1;
    if (season < 2 || n < season + season / 3) return;
    if (n < 2 * season) {
        find_short_season(y, n, season, start, index);
    } else {
        for (int t = half; t + half < n; t++) {
            double level = (y[t - half] + y[t + half]) / 2;
            for (int i = 1 - half; i < half; i++) level += y[t + i];
            if (!(level > 0)) continue;
            sum[(start + t) % season] += y[t] * season / level;
            years[(start + t) % season]++;
        }
        for (int g = 0; g < season; g++) {
            if (years[g] == 0 || !(sum[g] > 0)) return;
            all += sum[g] / years[g] / season;
        }
        for (int g = 0; g < season; g++) index[g] = sum[g] / years[g] / all;
    }
    double again = n < 3 * season ? came_again(y, n, season, index) : 1;
    for (int g = 0; g < season; g++) index[g] = pow(index[g], again);
}

static void find_seasons(course_set *s, ku_arena *arena)
{
    const chain_counts *c = &s->c->counts;
    const states *st = s->c->states;
    double *came = KU_ARRAY(arena, (size_t)s->known + 1, double);
    for (int t = 1; t <= s->known; t++)
        for (int j = 0; j < c->count; j++) came[t - 1] += c->arrive[t * c->count + j];
    int first = (c->start - st->lead % c->season + c->season) % c->season;
    find_season(st->total, st->lead + s->known + 1, c->season, first, s->season[0]);
    find_season(came, s->known, c->season, (c->start + 1) % c->season, s->season[1]);
}

/* The index of a period `after` the one the states begin with. */
static double season_at(const course_set *s, int series, int after)
{
    const chain_counts *c = &s->c->counts;
    return s->season[series == c->count][(c->start + after) % c->season];
}

static void lay_series(course_set *s, ku_arena *arena)
{
    const census *c = s->c;
    int k = c->counts.count;
    for (int i = 0; i < s->series; i++) {
        s->y[i] = KU_ARRAY(arena, (size_t)s->known + 1, double);
        for (int t = 1; t <= s->known; t++) {
            double value = 0, size = i < k ? c->size[t * k + i] : 1;
            if (i < k) value = c->states->revenue[t * k + i];
            for (int j = 0; i == k && j < k; j++) value += c->counts.arrive[t * k + j];
            s->y[i][s->n[i]++] = size > 0 ? value / size / season_at(s, i, t) : 0;
        }
    }
}

static void foresee(void *data, size_t item, unsigned thread)
{
    course_set *s = data;
    const ku_past past = {.y = s->y[item], .n = s->n[item], .season = 1};
    ku_outlook_make(s->work[thread], &past, ku_run_rng(s->context, ku_rng_stream(s->stream, item)),
                    &s->outlook[item]);
}

static ku_status foresee_all(course_set *s, ku_error *err)
{
    ku_arena *arena = ku_run_arena(s->context);
    const ku_outlook_options options = {
        .horizon = s->ahead, .shortest = 1, .model = KU_OUTLOOK_AUTO};
    unsigned threads = ku_pool_threads(ku_run_pool(s->context));
    s->y = KU_ARRAY(arena, (size_t)s->series, double *);
    s->n = KU_ARRAY(arena, (size_t)s->series, int);
    s->outlook = KU_ARRAY(arena, (size_t)s->series, ku_outlook);
    s->work = KU_ARRAY(arena, threads, ku_outlook_work *);
    bool room = true;
    for (unsigned t = 0; t < threads; t++)
        room &= (s->work[t] = ku_outlook_work_new(arena, s->known, 1, &options)) != NULL;
    for (int i = 0; i < s->series; i++)
        room &= ku_outlook_room(arena, s->ahead, s->known, &s->outlook[i]);
    if (!room) return ku_error_set(err, KU_NO_MEMORY, NULL, "no memory for the forecast");
    find_seasons(s, arena);
    lay_series(s, arena);
    ku_pool_each(ku_run_pool(s->context), (size_t)s->series, 1, foresee, s);
    return KU_OK;
}

/* Mean correlation of the segments' past misses. */
static double shared_miss(const course_set *s)
{
    double sum = 0, pairs = 0;
    int k = s->series - 1;
    for (int a = 0; a < k; a++)
        for (int b = a + 1; b < k; b++) {
            double ab = 0, aa = 0, bb = 0;
            for (int t = 0; t < s->n[a]; t++) {
                double x = s->y[a][t] - s->outlook[a].fitted[t];
                double y = s->y[b][t] - s->outlook[b].fitted[t];
                if (!isfinite(x) || !isfinite(y)) continue;
                ab += x * y, aa += x * x, bb += y * y;
            }
            if (aa > 0 && bb > 0) sum += ab / sqrt(aa * bb), pairs++;
        }
    return pairs > 0 ? fmin(0.9, fmax(0, sum / pairs)) : 0;
}

/* ---- futures --------------------------------------------------------------------------------------- */

typedef struct futures {
    const course_set *s;
    const chain *chain;
    int draws;
    double shared;
    double *size, *revenue; /* [ahead][segments + 1][draw] */
} futures;

static double below(double z)
{
    return fmin(1 - 1e-9, fmax(1e-9, 0.5 * erfc(-z / sqrt(2))));
}

/* A miss of each period, carried on from one to the next. */
static void draw_path(ku_rng *rng, int ahead, double *z)
{
    for (int h = 0; h < ahead; h++) {
        double fresh = ku_rng_normal(rng);
        z[h] = h == 0 ? fresh : carried * z[h - 1] + sqrt(1 - carried * carried) * fresh;
    }
}

/* A quantile of a series in a period ahead; its last value where none could be forecast. */
static double ahead_at(const course_set *s, int series, int h, double share)
{
    const ku_outlook *o = &s->outlook[series];
    double level = o->forecast ? ku_outlook_quantile(o, h, share) : s->y[series][s->n[series] - 1];
    return fmax(0, level) * season_at(s, series, s->known + 1 + h);
}

static void draw_future(void *data, size_t item, unsigned thread)
{
    enum { FAR = 36 };
    const futures *f = data;
    const course_set *s = f->s;
    const census *c = s->c;
    int k = c->counts.count;
    double common[FAR], own[FAR], arrive[FAR], sizes[FAR * CHAIN_MOST], total[FAR][2] = {{0}};
    ku_rng rng = ku_run_rng(s->context, ku_rng_stream(s->stream + 1, item));
    (void)thread;
    draw_path(&rng, s->ahead, own);
    for (int h = 0; h < s->ahead; h++) arrive[h] = ahead_at(s, k, h, below(own[h]));
    int place = (c->counts.start + s->known) % c->counts.season;
    chain_draw(f->chain, c->size + (long)s->known * k, place, s->ahead, arrive, &rng, sizes);
    draw_path(&rng, s->ahead, common);
    for (int i = 0; i < k; i++) {
        draw_path(&rng, s->ahead, own);
        for (int h = 0; h < s->ahead; h++) {
            double z = sqrt(f->shared) * common[h] + sqrt(1 - f->shared) * own[h];
            double each = ahead_at(s, i, h, below(z));
            size_t at = ((size_t)h * (size_t)(k + 1) + (size_t)i) * (size_t)f->draws + item;
            f->size[at] = sizes[h * k + i];
            f->revenue[at] = sizes[h * k + i] * each;
            total[h][0] += f->size[at], total[h][1] += f->revenue[at];
        }
    }
    for (int h = 0; h < s->ahead; h++) {
        size_t at = ((size_t)h * (size_t)(k + 1) + (size_t)k) * (size_t)f->draws + item;
        f->size[at] = total[h][0];
        f->revenue[at] = total[h][1];
    }
}

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static figure summarise(double *draw, int n)
{
    static const double share[4] = {0.1, 0.9, 0.025, 0.975};
    figure f = {0};
    for (int i = 0; i < n; i++) f.mean += draw[i] / n;
    qsort(draw, (size_t)n, sizeof *draw, ascending);
    for (int b = 0; b < 4; b++) {
        double at = share[b] * (n - 1);
        int low = (int)at;
        f.bound[b] = draw[low] + (at - low) * (draw[low + 1 < n ? low + 1 : low] - draw[low]);
    }
    return f;
}

ku_status project_ahead(const census *c, int known, int ahead, int draws, uint64_t stream,
                        ku_run_context *context, projection *out, ku_error *err)
{
    ku_arena *arena = ku_run_arena(context);
    int k = c->counts.count, first = known - MEMORY_YEARS * c->counts.season + 1;
    course_set s = {.c = c,
                    .known = known,
                    .ahead = ahead,
                    .series = k + 1,
                    .context = context,
                    .stream = stream};
    *out = (projection){.ahead = ahead};
    KU_TRY(foresee_all(&s, err));
    chain_counts counts = c->counts;
    counts.lively = s.season[0];
    chain_fit(&counts, first > 1 ? first : 1, known, &out->chain);
    futures f = {.s = &s, .chain = &out->chain, .draws = draws, .shared = shared_miss(&s)};
    size_t cells = (size_t)ahead * (size_t)(k + 1);
    f.size = KU_ARRAY(arena, cells * (size_t)draws, double);
    f.revenue = KU_ARRAY(arena, cells * (size_t)draws, double);
    ku_pool_each(ku_run_pool(context), (size_t)draws, 16, draw_future, &f);
    out->size = KU_ARRAY(arena, cells, figure);
    out->revenue = KU_ARRAY(arena, cells, figure);
    for (size_t i = 0; i < cells; i++) {
        out->size[i] = summarise(f.size + i * (size_t)draws, draws);
        out->revenue[i] = summarise(f.revenue + i * (size_t)draws, draws);
    }
    return KU_OK;
}

static void widen(figure *f, double wider)
{
    for (int b = 0; b < 4; b++) f->bound[b] = fmax(0, f->mean + wider * (f->bound[b] - f->mean));
}

void project_widen(projection *p, int segments, bool young, const double *size,
                   const double *revenue)
{
    int groups = segments + 1;
    for (int i = 0; i < p->ahead * groups; i++) {
        double growing = young ? sqrt(1 + i / groups) : 1;
        widen(&p->size[i], size[i % groups] * growing);
        widen(&p->revenue[i], revenue[i % groups]);
    }
}
