/* experiment.c - an experiment from its frame to its tables. */
#include <math.h>
#include <string.h>

#include "analyses/customers/churn/effects.h"

/* What a contact keeps of those about to leave: the effect on staying over the share that left
 * without it. A ratio of two means over the same people, with its error by the delta method. */
static void measure_save(const experiment *e, const uplift *u, action *act)
{
    const trial *t = &e->t;
    double best = -INFINITY;
    for (int a = 1; a < t->arms; a++) {
        double kept = 0, left = 0, n = (double)t->rows, squares = 0;
        for (size_t i = 0; i < t->rows; i++) {
            kept += (u->score[a][i] - u->score[0][i]) / n;
            left += (1 - u->score[0][i]) / n;
        }
        if (!(left > 0) || kept / left <= best) continue;
        best = kept / left;
        for (size_t i = 0; i < t->rows; i++) {
            double part = u->score[a][i] - u->score[0][i] - best * (1 - u->score[0][i]);
            squares += part * part;
        }
        *act = (action){act->cost, best, sqrt(squares) / (n * left), true};
        ku_run_remark(
            e->context, KU_NOTE, "experiment",
            "Measured on customers of our own: %s keeps %.1f %% (%.1f to %.1f %%) of those"
            " who would have left; this replaces --save-rate.",
            t->arm_name[a], 100 * best, 100 * (best - CHURN_Z * act->save_error),
            100 * (best + CHURN_Z * act->save_error));
    }
}

/* Money that one unit of the main outcome is worth; NaN when nothing tells. */
static double worth_of(const experiment *e, const ku_params *params)
{
    const trial_outcome *o = &e->t.outcome[e->t.main];
    if (strcmp(o->name, "margin") == 0) return 1;
    if (strcmp(o->name, "spend") == 0) {
        if (ku_param_set(params, "margin")) return ku_param_real(params, "margin");
        ku_run_remark(
            e->context, KU_WARN, "experiment",
            "Gains of the experiment are revenue less the cost of contact: without --margin"
            " all spend counts as margin.");
        return 1;
    }
    if (ku_param_set(params, "worth")) return ku_param_real(params, "worth");
    ku_run_remark(e->context, KU_WARN, "experiment",
                  "The experiment has no spend or margin: without --worth (what one more of '%s' is"
                  " worth) no gain in money can be given.",
                  o->title);
    return NAN;
}

static void open_tables(experiment *e)
{
    e->to_arms = ku_run_output(e->context, "arms");
    e->to_effects = ku_run_output(e->context, "effects");
    e->to_balance = ku_run_output(e->context, "balance");
    e->to_differences = ku_run_output(e->context, "differences");
    e->to_reactions = ku_run_output(e->context, "reactions");
    e->to_uplift = ku_run_output(e->context, "uplift");
    e->to_qini = ku_run_output(e->context, "qini");
    e->to_policy = ku_run_output(e->context, "policy");
    e->to_targets = ku_run_output(e->context, "targets");
}

static ku_status look_at_outcomes(experiment *e, double worth, action *act, ku_error *err)
{
    uplift u;
    for (int k = 0; k < e->t.outcomes && !ku_run_cancelled(e->context); k++) {
        ku_run_progress(e->context, (double)k / e->t.outcomes, "Learning from the experiment");
        KU_TRY(uplift_estimate(&e->t, &e->t.outcome[k], e->context, &u, err));
        effects_of_arms(e, k, &u);
        effects_differences(e, k, &u);
        if (k == e->t.main && !isnan(worth)) policy_put(e, &u, worth, act->cost);
        if (strcmp(e->t.outcome[k].name, "retained") == 0 && e->t.ours >= 0.5)
            measure_save(e, &u, act);
    }
    return KU_OK;
}

ku_status churn_experiment(const ku_frame *frame, const ku_params *params, ku_run_context *context,
                           action *act, ku_frames *out, ku_error *err)
{
    experiment e = {.context = context};
    KU_TRY(trial_read(frame, params, context, &e.t, err));
    open_tables(&e);
    effects_balance(&e);
    ku_status status = look_at_outcomes(&e, worth_of(&e, params), act, err);
    if (status == KU_OK) return effects_finish(&e, out, err);
    effects_drop(&e);
    return status;
}
