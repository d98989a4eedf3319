/* design_internal.h - what the parts of the kernel share. Owns nothing; all lies in the run's
 * arena. */
#ifndef KU_RETURNS_EXPERIMENT_DESIGN_INTERNAL_H
#define KU_RETURNS_EXPERIMENT_DESIGN_INTERNAL_H

#include "analyses/returns/experiment_design/design.h"
#include "analyses/returns/regions.h"
#include "returns/geolift/design.h"

enum { MOST_DURATIONS = 8 };

typedef struct choice {
    const ku_design *design;
    const ku_design *again; /* the same in other windows, of the best designs; else NULL */
    int smallest;           /* index of the effect; -1: none */
    double needed, cost;    /* outcome and money of that effect; NaN: not known */
    bool affordable;
    double score; /* mean of its ranks, small is good */
} choice;

typedef struct planning {
    ku_run_context *context;
    const ku_params *params;
    ku_arena *arena;
    ku_region_panel panel;
    bool *with, *without, *apart;
    int duration[MOST_DURATIONS], durations;
    ku_design_question question;
    int hoped; /* index of the effect hoped for */
    ku_design *design;
    size_t designs;
    choice *choice; /* ranked */
    size_t choices;
    size_t too_large;    /* designs left out because they treat too much */
    double cost, budget; /* NaN: not given */
    ku_frame_builder *best, *table, *power, *regions;
} planning;

/* ask.c: what is asked for. */
ku_status planning_ask(planning *p, ku_error *err);
/* rank.c: designs in order. */
void planning_rank(planning *p);
/* tables.c: results; advice.c: what follows from them. */
void planning_put(planning *p);
void planning_advise(planning *p);

/* "Porto, Braga". */
const char *planning_names(const planning *p, const ku_region_set *set);

#endif
