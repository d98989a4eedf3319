/* exceptions.c - the series that need a look first: those where something is wrong that a
 * person may put right, the costliest at the top. What is wrong is said in a sentence; a
 * series whose errors are merely large is none of them unless it weighs on the whole. */
#include <math.h>

#include "analyses/demand/backtest/backtest.h"
#include "base/format.h"
#include "base/text.h"

/* The mean error is more than the half of the mean absolute one, and always to one side. */
static const double one_sided = 0.5;
/* So many of the last periods beyond one end of the 80 % interval mean a new level. */
static const double shifted = 0.6;
static const double heavy = 0.1; /* of the cost of all series */

typedef struct reasons {
    ku_text text;
    int count;
} reasons;

static void say(reasons *r, const char *format, ...) KU_PRINTF(2, 3);
static void say(reasons *r, const char *format, ...)
{
    va_list args;
    if (r->count++ > 0) ku_text_addc(&r->text, ' ');
    va_start(args, format);
    ku_text_addv(&r->text, format, args);
    va_end(args);
}

static void look_at_level(const ku_backtest *b, size_t at, reasons *r)
{
    const ku_series_signs *s = &b->signs[at];
    if (s->shown < 2) return;
    if (s->above >= shifted * s->shown)
        say(r,
            "Demand rose to a new level: %d of the last %d periods lie above the 80 %% "
            "interval.",
            s->above, s->shown);
    if (s->below >= shifted * s->shown)
        say(r,
            "Demand fell to a new level: %d of the last %d periods lie below the 80 %% "
            "interval.",
            s->below, s->shown);
}

static void look_at_bias(const ku_tally *t, reasons *r)
{
    if (t->forecasts < 3 || !(t->size > 0)) return;
    double share = t->error / t->size;
    if (fabs(t->error) < one_sided * t->absolute || fabs(share) < 0.05) return;
    say(r, "The forecast is %s by %.0f %% on average.", share > 0 ? "too high" : "too low",
        100 * fabs(share));
}

/* Fewer inside the 95 % interval than chance explains, were the forecasts no more than one
 * piece of evidence each. */
static void look_at_coverage(const ku_tally *t, reasons *r)
{
    double inside = t->in95 / t->n;
    if (ku_wilson(inside * t->forecasts, t->forecasts, 0.95).hi >= 0.95) return;
    say(r, "Its intervals are too narrow: %.0f of %.0f periods were inside the 95 %% interval.",
        t->in95, t->n);
}

static void look_at_skill(const ku_backtest *b, size_t at, reasons *r)
{
    const ku_tally *mine = ku_backtest_cell(b, at, 0);
    const ku_tally *theirs = ku_backtest_cell(b, at, b->methods - 1);
    if (!(theirs->n > 0) || mine->absolute <= 1.1 * theirs->absolute) return;
    if (theirs->absolute > 0)
        say(r, "Repeating the past would have erred %.0f %% less.",
            100 * (1 - theirs->absolute / mine->absolute));
    else
        say(r, "Repeating the past would have made no error.");
}

static void look_at_weight(const ku_backtest *b, size_t at, double all, reasons *r)
{
    if (b->set.count < 5 || !(b->signs[at].stake > heavy * all)) return;
    say(r, "It makes %.0f %% of the cost of all errors.", 100 * b->signs[at].stake / all);
}

static void look_at_data(const ku_backtest *b, size_t at, reasons *r)
{
    const ku_series *s = &b->set.series[at];
    if (s->value == NULL)
        say(r, s->n == 0 ? "No period is over yet." : "More than half of its periods are missing.");
    else if (ku_backtest_training(b, s, 0) == 0)
        say(r, "Too short to be tested: %d periods.", s->n);
}

static void put(const ku_backtest *b, size_t at, int rank, const char *why, ku_frame_builder *to)
{
    const ku_tally *t = ku_backtest_cell(b, at, 0);
    ku_build_int(to, 0, rank);
    ku_build_text(to, 1, b->set.series[at].name);
    ku_build_text(to, 2, why);
    if (t->n > 0) {
        if (b->money && !isnan(b->cost[at].over)) ku_build_double(to, 3, b->signs[at].stake);
        ku_build_double(to, 4, t->absolute / t->n);
        if (t->size > 0) ku_build_double(to, 5, t->error / t->size);
        ku_build_double(to, 6, t->in95 / t->n);
    }
    ku_build_row(to);
}

void ku_backtest_exceptions(const ku_backtest *b, ku_frame_builder *to)
{
    double all = 0;
    int rank = 0;
    for (size_t i = 0; b->money && i < b->set.count; i++) all += b->signs[i].stake;
    for (size_t i = 0; i < b->set.count; i++) {
        size_t at = b->order[i];
        reasons r = {.count = 0};
        const ku_tally *t = ku_backtest_cell(b, at, 0);
        look_at_data(b, at, &r);
        if (t->n > 0) {
            look_at_level(b, at, &r);
            look_at_bias(t, &r);
            look_at_coverage(t, &r);
            look_at_skill(b, at, &r);
            if (b->money) look_at_weight(b, at, all, &r);
        }
        if (r.count > 0) put(b, at, ++rank, ku_text_string(&r.text), to);
        ku_text_clear(&r.text);
    }
}
