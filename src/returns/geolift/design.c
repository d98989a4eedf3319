/* design.c - trying designs in past windows.
 *
 * A window's estimate needs one match on the periods before it; each effect needs a match on all
 * periods up to the window's end, which differ in the inner products with the target alone
 * (synth.c), so that a hundred effects cost little more than one. Threads get all memory before
 * they start: what the sandbox forbids is what the C library does at a thread's first allocation. */
#include "returns/geolift/design.h"

#include <math.h>
#include <string.h>

enum { LEAST_BEFORE = 20, FEW_EFFECTS = 12, MOST_SHARED = 40000000 };

typedef struct bench {
    ku_synth_case series; /* of the design at hand; the match has room for any */
    ku_synth *synth;
    double *target, *donor, *shape;
    int *period, *room, *number; /* of the donors */
} bench;

typedef struct trial {
    const ku_design_question *question;
    ku_design *design;
    size_t count;
    bench *bench;              /* one a thread */
    ku_synth_products *shared; /* by number of periods, 0 .. periods; regions 0: not worked out */
    bool ordered;              /* effects have one sign and rise */
    double *total;             /* periods: outcome of all regions */
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
            b->number[donors] = i;
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

static void match(const trial *y, const ku_design *d, bench *b, int count)
{
    const ku_synth_products *shared = &y->shared[count];
    if (shared->regions > 0)
        ku_synth_fit_shared(b->synth, shared, b->number, d->set.region, d->set.count);
    else
        ku_synth_fit(b->synth, b->period, count, KU_NO_RIDGE);
}

static bool finds(const ku_design_question *q, const ku_design *d, bench *b, int effect,
                  ku_rng *rng)
{
    ku_synth *s = b->synth;
    double p;
    ku_synth_lower(s, d->duration, -q->effect[effect], b->shape);
    if (q->days)
        p = ku_conformal_days(s->residual, s->count, d->duration, q->draws, rng, b->room);
    else
        p = ku_conformal_blocks(s->residual, s->count, d->duration, q->test);
    return p <= 1 - q->confidence + 1e-12;
}

static void add_findings(const trial *y, ku_design *d, bench *b, ku_rng *rng)
{
    const ku_design_question *q = y->question;
    int first = b->synth->count - d->duration, lo = 0, hi = q->effects - 1;
    for (int k = 0; k < d->duration; k++) b->shape[k] = b->target[first + k];
    d->found[0] += finds(q, d, b, 0, rng);
    if (!y->ordered || q->thorough) {
        for (int e = 1; e < q->effects; e++) d->found[e] += finds(q, d, b, e, rng);
        return;
    }
    if (!finds(q, d, b, hi, rng)) return;
    while (hi - lo > 1) { /* found at hi, not known to be at lo */
        int middle = lo + (hi - lo) / 2;
        if (finds(q, d, b, middle, rng))
            hi = middle;
        else
            lo = middle;
    }
    for (int e = hi; e < q->effects; e++) d->found[e]++;
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
    ku_rng rng = ku_rng_make(q->seed, ku_rng_stream(q->stream, item));
    for (int end = q->periods - q->offset; d->windows < q->windows && end - d->duration >= least;
         end -= step) {
        match(y, d, b, end - d->duration);
        add_estimates(q, d, b->synth, b, end - d->duration);
        match(y, d, b, end);
        add_findings(y, d, b, &rng);
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
        b->number = KU_ARRAY(arena, regions, int);
        b->series = (ku_synth_case){(int)regions, (int)periods, b->target, b->donor};
        b->synth = ku_synth_new(arena, &b->series);
        for (size_t t = 0; t < periods; t++) b->period[t] = (int)t;
    }
}

/* ---- what designs share ---------------------------------------------------------------------- */

typedef struct sharing {
    trial *trial;
    int *count; /* numbers of periods to be worked out */
} sharing;

static void multiply(void *data, size_t item, unsigned thread)
{
    const sharing *h = data;
    const trial *y = h->trial;
    ku_synth_multiply(y->question->value, y->question->periods, &y->shared[h->count[item]],
                      y->bench[thread].donor);
}

/* The products of all regions for every stretch that a window needs, unless that is too much. */
static void share(trial *y, ku_arena *arena, ku_pool *pool)
{
    const ku_design_question *q = y->question;
    size_t regions = (size_t)q->regions, periods = (size_t)q->periods, counts = 0;
    bool *wanted = KU_ARRAY(arena, periods + 1, bool);
    sharing h = {y, KU_ARRAY(arena, periods + 1, int)};
    y->shared = KU_ARRAY(arena, periods + 1, ku_synth_products);
    for (size_t i = 0; i < y->count; i++) {
        const ku_design *d = &y->design[i];
        int step = step_of(q, d), least = ku_design_least_before(d->duration), end = q->periods;
        end -= q->offset;
        for (int k = 0; k < q->windows && step > 0 && end - d->duration >= least; k++, end -= step)
            wanted[end] = wanted[end - d->duration] = true;
    }
    for (size_t t = 0; t <= periods; t++)
        if (wanted[t]) h.count[counts++] = (int)t;
    if (counts * regions * regions > MOST_SHARED) return;
    for (size_t i = 0; i < counts; i++)
        y->shared[h.count[i]] = (ku_synth_products){q->regions, h.count[i],
                                                    KU_ARRAY(arena, regions, double),
                                                    KU_ARRAY(arena, regions * regions, double)};
    ku_pool_each(pool, counts, 1, multiply, &h);
}

static bool rise(const ku_design_question *q)
{
    bool ordered = q->effects > FEW_EFFECTS;
    for (int e = 1; e < q->effects && ordered; e++)
        ordered = q->effect[e] * q->effect[1] > 0 && fabs(q->effect[e]) > fabs(q->effect[e - 1]);
    return ordered;
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
    y.ordered = rise(q);
    share(&y, arena, pool);
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
