/* health.c - whether the estimates can be relied on: the chains, the fit, the baseline, how much
 * was believed before, and experiments. Every check gives its figure and, where it is not good,
 * what to do.
 *
 * Limits: R-hat and effective draws after Vehtari et al. (2021); the baseline's 0.2 and 0.8 and the
 * predictive 0.05 are Meridian's health checks. */
#include <math.h>
#include <string.h>

#include "analyses/returns/mix/internal.h"
#include "base/format.h"

#define SAY(...) ku_arena_printf(r->arena, __VA_ARGS__)

static void find(rmix_run_state *r, const char *check, const char *about, ku_severity verdict,
                 double figure, const char *unit, const char *meaning, const char *advice)
{
    ku_returns_find(&r->health, check, about, verdict, figure, unit, meaning, advice);
}

/* ---- the chains ---------------------------------------------------------------------------- */

static void judge_agreement(rmix_run_state *r)
{
    const ku_mix_fit *f = &r->fit;
    double worst = isfinite(f->rhat) ? f->rhat : INFINITY;
    bool returns_agree = f->rhat_returns < 1.01;
    ku_severity verdict = worst < 1.01 || (returns_agree && worst < 1.05)  ? KU_NOTE
                          : worst < 1.05 || (returns_agree && worst < 1.1) ? KU_WARN
                                                                           : KU_FAIL;
    find(r, "Chains agree", "", verdict, f->rhat, "",
         verdict == KU_NOTE
             ? SAY("All %d chains found the same returns (R-hat %.3f; below 1.01 is right; of the"
                   " worst unknown %.3f).",
                   f->nuts.chains, f->rhat_returns, f->rhat)
             : SAY("The chains do not agree yet (R-hat %.3f, of returns alone %.3f; below 1.01 is"
                   " right): another run could answer otherwise.",
                   f->rhat, f->rhat_returns),
         verdict == KU_NOTE ? ""
                            : "Run it with --warmup 1000 --draws 1000; if that does not help, the"
                              " model asks for more than the data tell: fewer knots or channels.");
    double least = isfinite(f->ess) ? f->ess : 0;
    double returns = isfinite(f->ess_returns) ? f->ess_returns : 0;
    verdict = returns >= 400 && least >= 100 ? KU_NOTE : returns >= 100 ? KU_WARN : KU_FAIL;
    find(r, "Enough draws", "", verdict, least, "count",
         SAY("The draws are worth %.0f independent ones for the worst unknown, %.0f for the worst"
             " return; 400 are enough.",
             least, returns),
         verdict == KU_NOTE ? "" : "Run it with more --draws.");
}

static void judge_divergences(rmix_run_state *r)
{
    double all = (double)ku_mix_draws(&r->fit), share = r->fit.divergent / all;
    ku_severity verdict = r->fit.divergent == 0 ? KU_NOTE : share < 0.02 ? KU_WARN : KU_FAIL;
    find(r, "Divergences", "", verdict, share, "share",
         r->fit.divergent == 0
             ? "No draw left the path."
             : SAY("%d of %.0f draws left the path: a narrow part of what is possible may be"
                   " missing.",
                   r->fit.divergent, all),
         r->fit.divergent == 0 ? "" : "Run it with --accept 0.95.");
}

static void judge_chains(rmix_run_state *r)
{
    for (int c = 0; c < r->fit.nuts.chains; c++) {
        char why[512];
        if (r->fit.nuts.chain[c].fate == KU_NUTS_WELL) continue;
        ku_nuts_explain(&r->fit.nuts, c, why, sizeof why);
        find(r, "Stuck chain", SAY("chain %d", c + 1), KU_FAIL, NAN, "",
             ku_arena_strdup(r->arena, why), "");
    }
}

/* ---- the model's own warnings ------------------------------------------------------------------ */

static void judge_model(rmix_run_state *r)
{
    const ku_mix_warning *w;
    int count = ku_mix_warnings(r->model, &w);
    for (int i = 0; i < count; i++)
        if (w[i].flag == KU_MIX_FEW_PERIODS)
            find(r, "Length", "", KU_WARN, w[i].figure, "",
                 SAY("%.2f known cells for each unknown of the model: much of what comes out is"
                     " what was believed before.",
                     w[i].figure),
                 "Fewer knots (--knots), channels put together, or more data.");
}

/* ---- the baseline ------------------------------------------------------------------------------ */

static void judge_baseline(rmix_run_state *r)
{
    double below = 1 - rmix_share_above(r->told.baseline, 1, r->told.draws, 0);
    ku_severity verdict = below >= 0.8 ? KU_FAIL : below >= 0.2 ? KU_WARN : KU_NOTE;
    find(r, "Baseline", "", verdict, below, "share",
         SAY("With a probability of %.0f %% there would be less than nothing without media%s",
             100 * below,
             verdict == KU_NOTE ? ": as it should be, nearly none."
                                : ", which cannot be: media get too much."),
         verdict == KU_NOTE
             ? ""
             : "Lower what is believed of returns (--prior-low, --prior-high), or add"
               " what else moves sales.");
}

static void judge_prediction(rmix_run_state *r)
{
    size_t draws = r->told.draws;
    double above = rmix_share_above(r->told.replicate, 1, draws, r->total);
    double p = 2 * fmin(above, 1 - above);
    find(r, "Prediction", "", p < 0.05 ? KU_WARN : KU_NOTE, p, "share",
         p < 0.05 ? SAY("Outcomes made by the model are in sum as far off as the actual one in only"
                        " %.1f %% of the cases.",
                        100 * p)
                  : "Outcomes made by the model add up to the actual one.",
         p < 0.05 ? "See the course for periods that nothing explains; add them as events." : "");
}

/* ---- the fit --------------------------------------------------------------------------------- */

typedef struct fit_sums {
    double n, y, yy, miss, squares, inside;
} fit_sums;

static double explained(const fit_sums *s)
{
    double spread = s->yy - s->y * s->y / s->n;
    return s->n > 1 && spread > 0 ? 1 - s->squares / spread : NAN;
}

static void add_cell(fit_sums *s, double actual, double expected)
{
    s->n++;
    s->y += actual;
    s->yy += actual * actual;
    s->miss += fabs(actual - expected);
    s->squares += (actual - expected) * (actual - expected);
}

rmix_fit_of rmix_measure_fit(const rmix_run_state *r, bool held_out)
{
    size_t regions = (size_t)r->data.regions;
    fit_sums cells = {0}, totals = {0};
    for (size_t t = 0; t < (size_t)r->data.periods; t++) {
        double actual = 0, expected = 0;
        bool any = false;
        for (size_t g = 0; g < regions; g++) {
            size_t i = t * regions + g;
            bool held = r->mix.held_out != NULL && r->mix.held_out[i];
            if (!isfinite(r->data.outcome[i]) || held != held_out) continue;
            double below = (r->told.below[i] + 0.5) / ((double)r->told.draws + 1);
            any = true;
            actual += r->data.outcome[i];
            expected += r->told.expected[i];
            add_cell(&cells, r->data.outcome[i], r->told.expected[i]);
            cells.inside += below > 0.05 && below < 0.95;
        }
        if (any) add_cell(&totals, actual, expected);
    }
    return (rmix_fit_of){.count = (int64_t)cells.n,
                         .r_squared = explained(&cells),
                         .r_squared_total = explained(&totals),
                         .mean_error = cells.n > 0 && cells.y > 0 ? cells.miss / cells.y : NAN,
                         .coverage = cells.n > 0 ? cells.inside / cells.n : NAN};
}

static void judge_fit(rmix_run_state *r)
{
    rmix_fit_of in = rmix_measure_fit(r, false), out = rmix_measure_fit(r, true);
    bool poor = in.r_squared_total < 0.5;
    find(r, "Fit", "", poor ? KU_WARN : KU_NOTE, in.r_squared_total, "share",
         SAY("It explains %.0f %% of how the outcome moves from period to period; it misses a cell"
             " by %.1f %% on average.",
             100 * in.r_squared_total, 100 * in.mean_error),
         poor ? "Something that moves sales is missing: prices, promotions, events, stock." : "");
    if (out.count == 0) return;
    bool worse = out.mean_error > 1.5 * in.mean_error || out.coverage < 0.75;
    find(r, "Fit held out", "", worse ? KU_WARN : KU_NOTE, out.mean_error, "share",
         SAY("Periods it had not seen are missed by %.1f %% on average, against %.1f %% of those it"
             " had; %.0f %% lie within their 90 %% interval.",
             100 * out.mean_error, 100 * in.mean_error, 100 * out.coverage),
         worse ? "It follows the past too closely: fewer knots, or more that explains." : "");
}

/* Misses that follow each other: what is left over from one period to the next. */
static void judge_residuals(rmix_run_state *r)
{
    size_t regions = (size_t)r->data.regions;
    double both = 0, alone = 0;
    for (size_t t = 1; t < (size_t)r->data.periods; t++)
        for (size_t g = 0; g < regions; g++) {
            size_t i = t * regions + g, j = i - regions;
            double a = r->data.outcome[j] - r->told.expected[j];
            double b = r->data.outcome[i] - r->told.expected[i];
            if (!isfinite(a) || !isfinite(b)) continue;
            both += a * b;
            alone += b * b;
        }
    double carried = alone > 0 ? both / alone : 0;
    bool strong = fabs(carried) > 0.35;
    find(r, "What is left over", "", strong ? KU_WARN : KU_NOTE, carried, "",
         strong ? SAY("Misses follow each other (%.2f from one period to the next): something slow"
                      " is missing, and intervals are narrower than they should be.",
                      carried)
                : SAY("Misses of one period say little of the next (%.2f).", carried),
         strong ? "More knots (--knots), or add what moves slowly: distribution, economy." : "");
}

/* ---- prior and data -------------------------------------------------------------------------- */

static void judge_beliefs(rmix_run_state *r)
{
    for (int c = 0; c < r->mix.channels; c++) {
        if (r->mix.channel[c].spend == NULL) continue;
        rmix_belief b = rmix_belief_of_return(r, c);
        if (isnan(b.data)) continue;
        bool prior = b.data<0.3, far = fabs(b.shift)> 2;
        find(r, "Prior or data", r->mix.channel[c].name, prior || far ? KU_WARN : KU_NOTE, b.data,
             "share",
             prior
                 ? SAY("The data took away %.0f %% of the doubt about its return; the rest is what"
                       " was believed before: %.2f, between %.2f and %.2f.",
                       100 * b.data, b.median, b.lo, b.hi)
             : far ? SAY("The data moved its return by %.1f standard deviations of what was"
                         " believed: either that was wrong, or something else is taken for it.",
                         b.shift)
                   : SAY("The data took away %.0f %% of the doubt about its return.", 100 * b.data),
             prior ? "Do not shift its money on this; test it: leave it out in some regions."
             : far ? "Look for what happens at the same time as its spend; test it."
                   : "");
    }
}

/* ---- experiments -------------------------------------------------------------------------------- */

rmix_estimate rmix_trial_lift(const rmix_run_state *r, int trial, double *apart)
{
    double *work = KU_ARRAY(r->arena, r->told.draws + 1, double);
    rmix_estimate e = rmix_estimate_of(r->told.lift + trial, (size_t)r->trials, r->told.draws,
                                       work);
    double sd = sqrt(e.sd * e.sd + r->trial[trial].sd * r->trial[trial].sd);
    *apart = sd > 0 ? (e.mean - r->trial[trial].lift) / sd : NAN;
    return e;
}

static void judge_trials(rmix_run_state *r)
{
    for (int k = 0; k < r->trials; k++) {
        const ku_returns_experiment *e = &r->data.experiment[r->experiment[k]];
        double apart;
        rmix_estimate model = rmix_trial_lift(r, k, &apart);
        char said[KU_NUMBER_TEXT], found[KU_NUMBER_TEXT], error[KU_NUMBER_TEXT];
        bool against = fabs(apart) > 2;
        ku_format_number(said, model.mean, "count", NULL);
        ku_format_number(found, e->effect, "count", NULL);
        ku_format_number(error, e->error, "count", NULL);
        find(r, "Experiment", e->name,
             fabs(apart) > 3 ? KU_FAIL
             : against       ? KU_WARN
                             : KU_NOTE,
             apart, "",
             SAY("It measured %s with an error of %s; the model says %s: %.1f standard deviations"
                 " apart%s",
                 found, error, said, fabs(apart), against ? ", a contradiction." : "."),
             against
                 ? "Believe the experiment if its regions were chosen by lot; then run the model"
                   " with --experiments use, and look for what moves with the spend."
                 : "");
    }
}

void rmix_judge(rmix_run_state *r)
{
    judge_agreement(r);
    judge_divergences(r);
    judge_chains(r);
    judge_model(r);
    judge_baseline(r);
    judge_prediction(r);
    judge_fit(r);
    judge_residuals(r);
    judge_beliefs(r);
    judge_trials(r);
}
