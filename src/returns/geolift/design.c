/* design.c - trying designs in past windows.
 *
 * A window's estimate needs one match on the periods before it; each effect needs a match on all
 * periods up to the window's end, which differ in the inner products with the target alone
 * (synth.c), so that a hundred effects cost little more than one. Threads get all memory before
 * they start: what the sandbox forbids is what the C library does at a thread's first allocation. */
#include "returns/geolift/design.h"

#include <math.h>
#include <string.h>

enum { LEAST_BEFORE = 20 };

typedef struct bench {
    ku_synth_case series; /* of the design at hand; the match has room for any */
    ku_synth *synth;
    double *target, *donor, *shape;
    int *period, *room;
} bench;

typedef struct trial {
    const ku_design_question *question;
    ku_design *design;
    size_t count;
    bench *bench;  /* one a thread */
    double *total; /* periods: outcome of all regions */
    double all;
} trial;

int ku_design_least_before(int duration)
{
    return 2 * duration > LEAST_BEFORE ? 2 * duration : LEAST_BEFORE;
}

/* ---- one design ----------------------------------------------------------------------------- */

static bool is_treated(const ku_design *d, int region)
{
    for (int i = 0; i < d->set.count; i++)
        if (d->set.region[i] == region) return true;
    return false;
}

static void gather(const ku_design_question *q, const ku_design *d, bench *b)
{
    size_t periods = (size_t)q->periods;
    int donors = 0;
    memset(b->target, 0, periods * sizeof *b->target);
    for (int i = 0; i < q->regions; i++) {
        const double *series = q->value + (size_t)i * periods;
        if (is_treated(d, i)) {
            for (size_t t = 0; t < periods; t++) b->target[t] += series[t] / d->set.count;
        } else if (q->apart == NULL || !q->apart[i]) {
            memcpy(b->donor + (size_t)donors++ * periods, series, periods * sizeof *series);
        }
    }
    b->series.donors = donors;
}

/* What the treated regions are of the whole, and how they move with the rest. */
static void describe(const trial *y, ku_design *d, const bench *b)
{
    int n = y->question->periods;
    double own = 0, mean_own = 0, mean_rest = 0, oo = 0, rr = 0, or = 0;
    for (int t = 0; t < n; t++) {
        own += d->set.count * b->target[t];
        mean_own += d->set.count * b->target[t] / n;
        mean_rest += (y->total[t] - d->set.count * b->target[t]) / n;
    }
    for (int t = 0; t < n; t++) {
        double o = d->set.count * b->target[t], r = y->total[t] - o - mean_rest;
        o -= mean_own;
        oo += o * o;
        rr += r * r;
        or += o * r;
    }
    d->share = y->all != 0 ? own / y->all : NAN;
    d->alike = oo > 0 && rr > 0 ? or / sqrt(oo * rr) : NAN;
}

static void add_estimates(const ku_design_question *q, ku_design *d, const ku_synth *s,
                          const bench *b, int first)
{
    double actual = 0, expected = 0;
    for (int k = 0; k < d->duration; k++) {
        actual += b->target[first + k];
        expected += ku_synth_expected(s, first + k);
    }
    d->imbalance += s->uniform > 0 ? s->imbalance / s->uniform : 0;
    d->outcome += actual * d->set.count;
    for (int e = 0; e < q->effects; e++) {
        double gap = actual * (1 + q->effect[e]) - expected;
        d->lift[e] += gap / expected;
        d->average[e] += gap / d->duration;
        if (e == 0) d->error += gap / expected * (gap / expected);
    }
}

static void add_findings(const ku_design_question *q, ku_design *d, ku_synth *s, bench *b,
                         ku_rng *rng)
{
    int end = s->count, first = end - d->duration;
    for (int k = 0; k < d->duration; k++) b->shape[k] = b->target[first + k];
    for (int e = 0; e < q->effects; e++) {
        if (q->effect[e] != 0) ku_synth_lower(s, d->duration, -q->effect[e], b->shape);
        double p = q->days
                       ? ku_conformal_days(s->residual, end, d->duration, q->draws, rng, b->room)
                       : ku_conformal_blocks(s->residual, end, d->duration, q->test);
        d->found[e] += p <= 1 - q->confidence + 1e-12;
    }
}

/* How far apart windows lie: over what the data have, side by side at most. */
static int step_of(const ku_design_question *q, const ku_design *d)
{
    int room = q->periods - q->offset - d->duration - ku_design_least_before(d->duration);
    if (q->windows <= 1 || room < 1) return room < 0 ? 0 : q->periods;
    int step = room / (q->windows - 1);
    return step < 1 ? 1 : step > d->duration ? d->duration : step;
}

static void try_design(void *data, size_t item, unsigned thread)
{
    const trial *y = data;
    const ku_design_question *q = y->question;
    ku_design *d = &y->design[item];
    bench *b = &y->bench[thread];
    if (q->cancelled != NULL && q->cancelled(q->watch)) return;
    gather(q, d, b);
    describe(y, d, b);
    int step = step_of(q, d), least = ku_design_least_before(d->duration);
    if (b->series.donors < 1 || step == 0) return;
    ku_synth *s = b->synth;
    ku_rng rng = ku_rng_make(q->seed, ku_rng_stream(q->stream, item));
    for (int end = q->periods - q->offset; d->windows < q->windows && end - d->duration >= least;
         end -= step) {
        ku_synth_fit(s, b->period, end - d->duration, KU_NO_RIDGE);
        add_estimates(q, d, s, b, end - d->duration);
        ku_synth_fit(s, b->period, end, KU_NO_RIDGE);
        add_findings(q, d, s, b, &rng);
        d->windows++;
    }
    d->imbalance /= d->windows;
    d->outcome /= d->windows;
    d->error = sqrt(d->error / d->windows);
    for (int e = 0; e < q->effects; e++) {
        d->found[e] /= d->windows;
        d->lift[e] /= d->windows;
        d->average[e] /= d->windows;
    }
    if (q->progress != NULL) q->progress(q->watch, (double)(item + 1) / (double)y->count);
}

/* ---- all ------------------------------------------------------------------------------------- */

static void make_benches(trial *y, ku_arena *arena, unsigned threads)
{
    size_t regions = (size_t)y->question->regions, periods = (size_t)y->question->periods;
    y->bench = KU_ARRAY(arena, threads, bench);
    for (unsigned i = 0; i < threads; i++) {
        bench *b = &y->bench[i];
        b->target = KU_ARRAY(arena, periods, double);
        b->donor = KU_ARRAY(arena, periods * regions, double);
        b->shape = KU_ARRAY(arena, periods, double);
        b->period = KU_ARRAY(arena, periods, int);
        b->room = KU_ARRAY(arena, periods, int);
        b->series = (ku_synth_case){(int)regions, (int)periods, b->target, b->donor};
        b->synth = ku_synth_new(arena, &b->series);
        for (size_t t = 0; t < periods; t++) b->period[t] = (int)t;
    }
}

void ku_designs_try(const ku_design_question *q, ku_design *designs, size_t count, ku_arena *arena,
                    ku_pool *pool)
{
    trial y = {.question = q, .design = designs, .count = count};
    unsigned threads = ku_pool_threads(pool);
    size_t effects = (size_t)q->effects, periods = (size_t)q->periods;
    make_benches(&y, arena, threads);
    y.total = KU_ARRAY(arena, periods, double);
    for (size_t i = 0; i < (size_t)q->regions; i++)
        for (size_t t = 0; t < periods; t++) {
            y.total[t] += q->value[i * periods + t];
            y.all += q->value[i * periods + t];
        }
    for (size_t k = 0; k < count; k++) {
        designs[k].found = KU_ARRAY(arena, effects, double);
        designs[k].lift = KU_ARRAY(arena, effects, double);
        designs[k].average = KU_ARRAY(arena, effects, double);
    }
    ku_pool_each(pool, count, 1, try_design, &y);
}

int ku_design_smallest(const ku_design_question *q, const ku_design *d, double power)
{
    int best = -1;
    for (int e = 1; e < q->effects && d->windows > 0; e++) {
        bool holds = q->effect[e] != 0;
        for (int other = 1; other < q->effects && holds; other++)
            if (q->effect[other] * q->effect[e] > 0 && fabs(q->effect[other]) >= fabs(q->effect[e]))
                holds = d->found[other] >= power - 1e-12;
        if (holds && (best < 0 || fabs(q->effect[e]) < fabs(q->effect[best]))) best = e;
    }
    return best;
}
