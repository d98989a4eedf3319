/* plan_internal.h - what the files of the planner share. Owns nothing. */
#ifndef KU_RETURNS_PLAN_INTERNAL_H
#define KU_RETURNS_PLAN_INTERNAL_H

#include "returns/plan/plan.h"

struct ku_plan_model {
    ku_plan_media media;
    ku_plan_cells cells;
    ku_pool *pool;
    ku_arena *arena;
    unsigned threads;
    size_t room;     /* doubles of work a thread needs */
    double *work;    /* [threads * room] */
    bool *shared;    /* [draw * channels + c]: one set of values for all regions */
    double *money;   /* grid */
    int blocks;      /* of draws */
    double *part;    /* the gradient of a block of draws and a channel, grid of periods, regions */
    double *by;      /* [draw * channels + c]: outcome of the last sweep */
    double *alone;   /* the same of the history alone */
    double *nothing; /* [cell]: 0 */
};

#endif
