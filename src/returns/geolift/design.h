/* design.h - experiments with regions that have not been run yet: which regions to treat, for how
 * long, and how small an effect would be seen. Results live in the caller's arena.
 *
 * Each design is tried in past windows in which nothing was done: effects are added to the
 * regions' figures there and looked for by the test that would be used afterwards. */
#ifndef KU_RETURNS_GEOLIFT_DESIGN_H
#define KU_RETURNS_GEOLIFT_DESIGN_H

#include <stdbool.h>
#include <stdint.h>

#include "kemudi/arena.h"
#include "kemudi/pool.h"
#include "returns/geolift/conformal.h"

/* ---- which regions ------------------------------------------------------------------------- */

typedef struct ku_region_set {
    int count;
    int *region; /* ascending */
} ku_region_set;

typedef struct ku_set_question {
    int regions, periods;
    const double *value;   /* regions x periods */
    const bool *with;      /* regions that every set must have */
    const bool *without;   /* regions that no set may have */
    int smallest, largest; /* regions of a set, 1 .. regions - 1 */
    int drawn;             /* sets of each size drawn by strata */
    uint64_t seed, stream;
} ku_set_question;

/* Candidates, each once, by size. For each size: every region with those that move most like it
 * (correlation of the outcome), as GeoLift takes them; and sets drawn by strata, one region of each
 * of as many classes of size as the set has regions. Where `with` leaves none of them, the regions
 * of `with` filled up by those that move most like their sum. */
size_t ku_region_sets(const ku_set_question *question, ku_arena *arena, ku_region_set **sets);

/* ---- what they would show ------------------------------------------------------------------- */

typedef struct ku_design_question {
    int regions, periods;
    const double *value;  /* regions x periods */
    const bool *apart;    /* regions neither treated nor compared with, or NULL */
    const double *effect; /* relative effects to be tried; the first is 0 */
    int effects;
    bool thorough; /* every effect in every window. Else, where effects have one sign and
                             rise, the first one found is searched by halving, and larger ones are
                             taken as found */
    int windows;   /* past windows tried at most; 1: the last */
    int offset;    /* the last window ends so many periods before the data do */
    double confidence;
    ku_lift_test test;
    bool days; /* test by days in random order, for any effect (GeoLift's) */
    int draws;
    uint64_t seed, stream;
    void *watch; /* may be NULL; both may be called by any thread */
    void (*progress)(void *watch, double done);
    bool (*cancelled)(void *watch);
} ku_design_question;

typedef struct ku_design {
    ku_region_set set;
    int duration;
    /* results */
    int windows;      /* tried; 0: the data are too short */
    double imbalance; /* of an equal mixture's, mean over windows */
    double outcome;   /* of the treated regions in a window, all periods, mean over windows */
    double share;     /* of the outcome of all regions in the data */
    double alike;     /* correlation of the treated regions' sum with the rest's */
    double error;     /* root mean square of the lifts found where nothing was done */
    double *found;    /* effects: share of windows in which the effect was found */
    double *lift;     /* effects: mean lift estimated */
    double *average;  /* effects: mean effect estimated, a region and period */
} ku_design;

/* The periods a window needs before it. */
int ku_design_least_before(int duration);
/* Fills in the results of designs[count]. Same bits whatever the pool's threads. */
void ku_designs_try(const ku_design_question *question, ku_design *designs, size_t count,
                    ku_arena *arena, ku_pool *pool);
/* The index of the smallest effect, by size, that is found with `power` as are all larger ones of
 * its sign; -1: none. */
int ku_design_smallest(const ku_design_question *question, const ku_design *design, double power);

#endif
