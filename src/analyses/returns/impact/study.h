/* study.h - the series that returns.impact studies and what it is compared with, from the rows
 * of its input. All lies in the run's arena. */
#ifndef KU_ANALYSES_RETURNS_IMPACT_STUDY_H
#define KU_ANALYSES_RETURNS_IMPACT_STUDY_H

#include "forecast/series.h"
#include "returns/impact/impact.h"

typedef struct impact_study {
    const char *name; /* of the series */
    ku_series_period period;
    int64_t start; /* date of the first period, or its number */
    int season;    /* periods in a cycle, 1: none */
    ku_impact_series series;
    const char **column; /* names of what it is compared with */
} impact_study;

/* Chooses the series, cuts it to the periods asked for, and lines up what it is compared with;
 * what cannot be used is left out with a remark. KU_USAGE and KU_BAD_DATA in words where there
 * is nothing to learn from or nothing to study. */
ku_status impact_read(const ku_frame *table, const ku_params *params, ku_run_context *context,
                      impact_study *out, ku_error *err);

#endif
