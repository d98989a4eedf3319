/* effects.h - the experiment at work and the tables made of it. Lives in the run's arena. */
#ifndef KU_CUSTOMERS_CHURN_EFFECTS_H
#define KU_CUSTOMERS_CHURN_EFFECTS_H

#include "analyses/customers/churn/uplift.h"

typedef struct experiment {
    trial t;
    ku_run_context *context;
    /* in the order of the descriptor */
    ku_frame_builder *to_arms, *to_effects, *to_balance, *to_differences, *to_reactions, *to_uplift,
        *to_qini, *to_policy, *to_targets;
} experiment;

/* Held before the experiment; features that cannot have been are marked as left out. */
void effects_balance(experiment *e);
void effects_of_arms(experiment *e, int outcome, const uplift *u);
void effects_differences(experiment *e, int outcome, const uplift *u);
ku_status effects_finish(const experiment *e, ku_frames *out, ku_error *err);

void effects_drop(experiment *e); /* the tables, after a failure */

/* policy.c: what it brings to send whom what, by the main outcome worth `worth` money each, at
 * `cost` a contact; and the list. */
void policy_put(experiment *e, const uplift *u, double worth, double cost);

#endif
