/* data.h - a test's units or counts, read and laid out. All lies in the run's arena. */
#ifndef KU_ANALYSES_RETURNS_AB_DATA_H
#define KU_ANALYSES_RETURNS_AB_DATA_H

#include "kemudi/analysis.h"
#include "returns/ab/arms.h"

enum { AB_METRICS = 64, AB_SPLITS = 12, AB_SEGMENTS = 24 };

typedef struct ab_metric {
    const char *name;
    ku_ab_metric record;
    int y, d;                 /* columns of the values; d: of a ratio */
    int before[KU_AB_BEFORE]; /* columns */
} ab_metric;

/* A column of text that divides the units. */
typedef struct ab_split {
    const char *name;
    int segments;
    const char *segment[AB_SEGMENTS];
    int8_t *of; /* [units]; -1: none */
} ab_split;

typedef struct ab_data {
    int variants, control;
    const char *variant[KU_AB_ARMS];
    double share[KU_AB_ARMS]; /* planned */
    int metrics;
    ab_metric metric[AB_METRICS];
    int money;     /* the metric that is worth money */
    double total;  /* units of all variants, those left out too */
    int64_t units; /* rows of `value`; 0 when only counts are known */
    int8_t *of;    /* [units]: variant; -1: left out */
    int columns;
    const char **column;
    double *value; /* [units][columns] */
    int splits;
    ab_split split[AB_SPLITS];
    bool dated;
    int32_t first, last; /* days */
    ku_ab_arm *arm;      /* [metrics][variants]: at the end */
    double evidence;     /* largest ln of evidence of a wrong ratio at any look */
} ab_data;

/* The arms of a metric. */
static inline const ku_ab_arm *ab_arms(const ab_data *data, int metric)
{
    return data->arm + (size_t)metric * (size_t)data->variants;
}

/* The record of a unit for a metric. */
void ab_record(const ab_data *data, const ab_metric *metric, int64_t unit,
               double record[KU_AB_SIZE]);

/* Called when all of a day has been added to the arms. */
typedef void ab_look_fn(void *to, const ab_data *data, int32_t day);

/* Reads units, or counts where there are none; calls `look` (may be NULL) at the end of each of
 * up to 400 days. What cannot be used is left out with a remark. KU_USAGE and KU_BAD_DATA in
 * words. */
ku_status ab_read(const ku_frames *in, const ku_params *params, ku_run_context *context,
                  ab_data *out, ab_look_fn *look, void *to, ku_error *err);

#endif
