/* geolift_internal.h - what the parts of the kernel share. Owns nothing; all lies in the run's
 * arena. */
#ifndef KU_RETURNS_GEOLIFT_INTERNAL_H
#define KU_RETURNS_GEOLIFT_INTERNAL_H

#include "analyses/returns/geolift/geolift.h"
#include "analyses/returns/regions.h"
#include "returns/geolift/lift.h"

/* A campaign: regions treated alike. */
typedef struct cell {
    const char *name, *channel; /* channel: NULL where not known */
    const char **place;         /* names of its regions, as the panel has them */
    int *region, regions;
    int32_t starts, ends; /* days; counted until `ends` + the days after */
    bool has_start, has_end;
    double spend;        /* NaN: not known */
    int first, last;     /* periods that count */
    const char *trouble; /* why there is no answer, or NULL */
    ku_lift lift;
    ku_lift_interval limits; /* of the average effect */
} cell;

typedef struct geolift {
    ku_run_context *context;
    const ku_frames *in;
    const ku_params *params;
    ku_arena *arena;
    ku_region_panel panel;
    bool *needed;       /* regions treated, before gaps are closed */
    const char **apart; /* regions not to be compared with */
    int aparts;
    cell *cell;
    int cells;
    int *donor, donors;
    int after;
    double confidence;
    ku_frame_builder *effect, *course, *lines, *weights, *quality, *experiment;
} geolift;

/* cells.c: which regions and dates. */
ku_status geolift_read_cells(geolift *g, ku_error *err);
/* After gaps were closed: numbers of regions and periods anew, and what stands in the way. */
void geolift_place_cells(geolift *g);

/* tables.c: rows of one campaign. */
void geolift_put(geolift *g, const cell *c);
/* remarks.c: what limits the answer. */
void geolift_remark(geolift *g, const cell *c);
/* What follows, in words. */
const char *geolift_verdict(const geolift *g, const cell *c);

#endif
