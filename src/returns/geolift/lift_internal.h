/* lift_internal.h - what the parts of an estimate share. Owns nothing. */
#ifndef KU_RETURNS_GEOLIFT_LIFT_INTERNAL_H
#define KU_RETURNS_GEOLIFT_LIFT_INTERNAL_H

#include "returns/geolift/lift.h"

typedef struct lift_work {
    const ku_lift_question *question;
    ku_synth_case series; /* mean of the treated, donors */
    ku_lift *out;
    ku_arena *arena;
    ku_pool *pool;
    ku_synth *before; /* fitted to the periods before the window */
    ku_synth **synth; /* one a thread */
    int **period;     /* a list of periods for each thread */
    double lambda;
} lift_work;

/* jackknife.c */
void lift_jackknife(lift_work *w);
/* placebo.c */
void lift_placebo(lift_work *w);

#endif
