/* result.h - what a run of returns.ab found, for those who write it down. All lies in the run's
 * arena. */
#ifndef KU_ANALYSES_RETURNS_AB_RESULT_H
#define KU_ANALYSES_RETURNS_AB_RESULT_H

#include "analyses/returns/ab/data.h"
#include "returns/ab/effect.h"

typedef struct ab_found {
    ku_ab_values how;
    ku_ab_value value[KU_AB_ARMS];
    ku_ab_effect effect[KU_AB_ARMS]; /* against the control; its own is 0 */
    double holm[KU_AB_ARMS], benjamini[KU_AB_ARMS];
} ab_found;

typedef struct ab_result {
    const ab_data *data;
    ab_found *found; /* [metrics] */
    ku_ab_plan plan;
    double ratio_p, ratio_always;
    ku_ab_chance chance[KU_AB_ARMS]; /* by the metric that is money */
    double worth, audience, aim;
    int best; /* the variant most likely to be best; may be the control */
} ab_result;

/* Works a metric out from its arms. */
void ab_estimate(const ab_data *data, const ku_ab_metric *metric, const ku_ab_arm *arm,
                 const ku_ab_plan *plan, ab_found *out);

/* The effect on the first metric in each segment, when there are any. */
void ab_put_segments(const ab_result *result, ku_run_context *context, ku_frame_builder *to);

/* Remarks of what limits the use of the result, and the result as a paragraph in the arena. */
void ab_check(const ab_result *result, ku_run_context *context);
const char *ab_words(const ab_result *result, ku_arena *arena);
/* Whether the shares of the variants are not those planned. */
bool ab_ratio_wrong(const ab_result *result);
/* Units of two equal arms that find the change worth finding in four cases of five; NAN. */
double ab_needed(const ab_result *result, int metric, int variant);

#endif
