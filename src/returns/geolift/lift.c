/* lift.c - the estimate of one group of regions treated alike.
 *
 * The mean of the treated regions is matched by the donors over the periods before; what it is
 * above the match in the window is the effect. The test and the interval of the average effect
 * permute residuals by blocks: in real panels neighbouring days miss alike, and orders shuffled by
 * days find effects twice as often as they say (README, "What holds"). The test by days is given
 * besides, as it is what GeoLift prints. */
#include "returns/geolift/lift.h"

#include <math.h>
#include <string.h>

#include "returns/geolift/lift_internal.h"

/* ---- the series ----------------------------------------------------------------------------- */

static void gather(lift_work *w)
{
    const ku_lift_question *q = w->question;
    size_t all = (size_t)q->periods;
    double *target = KU_ARRAY(w->arena, all, double);
    double *donor = KU_ARRAY(w->arena, all * (size_t)q->donors, double);
    for (int i = 0; i < q->treated_count; i++)
        for (size_t t = 0; t < all; t++)
            target[t] += q->value[(size_t)q->treated[i] * all + t] / q->treated_count;
    for (int j = 0; j < q->donors; j++)
        memcpy(donor + (size_t)j * all, q->value + (size_t)q->donor[j] * all, all * sizeof *donor);
    w->series = (ku_synth_case){q->donors, q->periods, target, donor};
}

static void make_room(lift_work *w)
{
    size_t threads = ku_pool_threads(w->pool), periods = (size_t)w->question->periods;
    w->before = ku_synth_new(w->arena, &w->series);
    w->synth = KU_ARRAY(w->arena, threads, ku_synth *);
    w->period = KU_ARRAY(w->arena, threads, int *);
    for (size_t i = 0; i < threads; i++) {
        w->synth[i] = ku_synth_new(w->arena, &w->series);
        w->period[i] = KU_ARRAY(w->arena, periods, int);
    }
    ku_lift *out = w->out;
    out->actual = KU_ARRAY(w->arena, periods, double);
    out->expected = KU_ARRAY(w->arena, periods, double);
    out->each = KU_ARRAY(w->arena, periods, ku_lift_interval);
    out->each_jackknife = KU_ARRAY(w->arena, periods, ku_lift_interval);
    out->weight = KU_ARRAY(w->arena, (size_t)w->question->donors, double);
    out->mixture = KU_ARRAY(w->arena, (size_t)w->question->donors, double);
}

/* ---- the fit -------------------------------------------------------------------------------- */

static double correlation_of_neighbours(const double *r, int n)
{
    double with = 0, square = 0;
    for (int t = 0; t < n; t++) {
        square += r[t] * r[t];
        if (t > 0) with += r[t] * r[t - 1];
    }
    return square > 0 ? with / square : 0;
}

static void describe_match(lift_work *w, const ku_synth *s)
{
    ku_lift *out = w->out;
    const ku_lift_question *q = w->question;
    memcpy(out->weight, s->weight, (size_t)q->donors * sizeof *s->weight);
    memcpy(out->mixture, s->mixture, (size_t)q->donors * sizeof *s->mixture);
    out->lambda = s->lambda;
    out->imbalance = s->imbalance;
    out->uniform = s->uniform;
    out->gap = s->gap;
    out->error_before = s->imbalance / sqrt(q->first);
    out->level_before = s->target_level;
    out->alike = correlation_of_neighbours(s->residual, q->first);
    out->share_explained = s->square > 0 ? 1 - s->imbalance * s->imbalance / s->square : NAN;
}

static void fit(lift_work *w)
{
    const ku_lift_question *q = w->question;
    ku_lift *out = w->out;
    ku_synth *s = w->before;
    int *period = w->period[0], window = q->last - q->first + 1;
    for (int t = 0; t < q->first; t++) period[t] = t;
    w->lambda = q->ridge ? ku_synth_lambda(s, period, q->first, w->arena) : KU_NO_RIDGE;
    ku_synth_fit(s, period, q->first, w->lambda);
    describe_match(w, s);
    for (int t = 0; t < q->periods; t++) {
        out->actual[t] = w->series.target[t];
        out->expected[t] = ku_synth_expected(s, t);
    }
    for (int t = q->first; t <= q->last; t++) {
        out->level += out->actual[t] / window;
        out->expected_level += out->expected[t] / window;
    }
    out->effect = out->level - out->expected_level;
}

/* ---- tests and intervals --------------------------------------------------------------------- */

static void test_window(lift_work *w)
{
    const ku_lift_question *q = w->question;
    ku_lift *out = w->out;
    ku_synth *s = w->synth[0];
    ku_rng rng = ku_rng_make(q->seed, q->stream);
    int *period = w->period[0], window = q->last - q->first + 1, count = q->last + 1;
    for (int t = 0; t < count; t++) period[t] = t;
    ku_synth_fit(s, period, count, w->lambda);
    out->p_average = ku_conformal_blocks(s->residual, count, window, KU_LIFT_AVERAGE);
    out->p_any = ku_conformal_blocks(s->residual, count, window, KU_LIFT_ANY);
    out->p_days = ku_conformal_days(s->residual, count, window, q->draws, &rng, period);
    out->interval = ku_conformal_interval(s, window, KU_LIFT_AVERAGE, q->confidence, out->effect);
}

/* One period of the window beside those before. */
static void test_period(void *data, size_t item, unsigned thread)
{
    const lift_work *w = data;
    const ku_lift_question *q = w->question;
    ku_synth *s = w->synth[thread];
    int t = q->first + (int)item;
    ku_synth_fit_with(s, w->before, t, w->lambda);
    w->out->each[t] = ku_conformal_interval(s, 1, KU_LIFT_ANY, q->confidence,
                                            w->out->actual[t] - w->out->expected[t]);
}

void ku_lift_estimate(const ku_lift_question *question, ku_arena *arena, ku_pool *pool,
                      ku_lift *out)
{
    lift_work w = {.question = question, .out = out, .arena = arena, .pool = pool};
    *out = (ku_lift){0};
    gather(&w);
    make_room(&w);
    fit(&w);
    test_window(&w);
    ku_pool_each(pool, (size_t)(question->last - question->first + 1), 1, test_period, &w);
    lift_jackknife(&w);
    lift_placebo(&w);
}

ku_lift_interval ku_lift_best_interval(const ku_lift *lift)
{
    return isfinite(lift->interval.lo) && isfinite(lift->interval.hi) ? lift->interval
                                                                      : lift->jackknife;
}
