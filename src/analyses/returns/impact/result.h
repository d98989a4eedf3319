/* result.h - what a run of returns.impact found, for those who write it down. All lies in the
 * run's arena. */
#ifndef KU_ANALYSES_RETURNS_IMPACT_RESULT_H
#define KU_ANALYSES_RETURNS_IMPACT_RESULT_H

#include "analyses/returns/impact/study.h"

enum { IMPACT_PLACEBOS = 20 };

typedef struct impact_result {
    const impact_study *study;
    ku_impact impact;
    ku_impact_move *move; /* of each column */
    ku_impact_placebo placebo[IMPACT_PLACEBOS];
    int placebos;
    double cost, worth; /* cost NAN: not given */
} impact_result;

/* The date or number of a period as text, in the arena. */
const char *impact_date(const impact_study *study, int place, ku_arena *arena);

/* Judges the result: fills the table of checks, and makes remarks of what is not good. */
void impact_check(const impact_result *result, ku_run_context *context, ku_frame_builder *checks);

/* The result as one paragraph, in the arena. */
const char *impact_words(const impact_result *result, ku_arena *arena);

#endif
