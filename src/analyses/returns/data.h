/* data.h - the tables of an analysis of return as grids: outcome, media, and what else moves
 * the outcome, by period and region; and what was found in them on the way. Everything lies in
 * the arena it was read into.
 *
 * Grids are those of returns/mix/mix.h: the value of region g in period t stands at
 * [t * regions + g]; media have `before` periods ahead of the first outcome. */
#ifndef KU_ANALYSES_RETURNS_DATA_H
#define KU_ANALYSES_RETURNS_DATA_H

#include "base/date.h"
#include "kemudi/analysis.h"

/* ---- findings --------------------------------------------------------------------------- */

/* One thing looked at: what it is, how it is, its figure, what that means, what to do. */
typedef struct ku_returns_finding {
    const char *check; /* "Gaps" */
    const char *about; /* a channel, a region, a pair of channels; "" for the whole */
    ku_severity verdict;
    double figure; /* NAN: none */
    const char *unit;
    const char *meaning, *advice; /* sentences; advice may be "" */
} ku_returns_finding;

typedef struct ku_returns_findings {
    ku_arena *arena;
    size_t count, room;
    ku_returns_finding *item;
} ku_returns_findings;

/* Adds one; the texts of meaning and advice are the caller's or of the arena. */
void ku_returns_find(ku_returns_findings *all, const char *check, const char *about,
                     ku_severity verdict, double figure, const char *unit, const char *meaning,
                     const char *advice);
/* "good", "take care", "not usable" */
const char *ku_returns_verdict(ku_severity verdict);

/* ---- rows: what the tables say, names as numbers ---------------------------------------- */

typedef struct ku_returns_names {
    int count, room;
    const char **name;
} ku_returns_names;

/* The number of a name, added where it is new. */
int ku_returns_name(ku_returns_names *names, const char *name, ku_arena *arena);
/* The same without adding, however it is written (capitals, spaces); -1 where there is none. */
int ku_returns_name_find(const ku_returns_names *names, const char *name);

typedef struct ku_returns_media_row {
    int32_t date;
    int region; /* -1: everywhere */
    int channel;
    double spend, exposure, reach, frequency; /* NAN: not given */
} ku_returns_media_row;

typedef struct ku_returns_outcome_row {
    int32_t date;
    int region;
    double value, revenue, population; /* NAN: not given */
} ku_returns_outcome_row;

typedef enum ku_returns_kind {
    KU_RETURNS_CONTROL,
    KU_RETURNS_TREATMENT,
    KU_RETURNS_EVENT
} ku_returns_kind;

typedef struct ku_returns_control_row {
    int32_t date;
    int region, series;
    double value;
} ku_returns_control_row;

typedef struct ku_returns_rows {
    ku_returns_names region, channel, series;
    bool *organic;         /* [channel] */
    ku_returns_kind *kind; /* [series] */
    size_t media_count, outcome_count, control_count;
    ku_returns_media_row *media;
    ku_returns_outcome_row *outcome;
    ku_returns_control_row *control;
} ku_returns_rows;

/* From the tables media, outcome and controls, or from `wide` where there is one. KU_BAD_DATA
 * in plain words where there is nothing to work with. */
ku_status ku_returns_read(const ku_frames *in, const ku_params *params,
                          ku_returns_findings *findings, ku_arena *arena, ku_returns_rows *out,
                          ku_error *err);

/* ---- the wide table ---------------------------------------------------------------------- */

typedef enum ku_returns_part {
    KU_RETURNS_UNUSED,
    KU_RETURNS_DATE,
    KU_RETURNS_REGION,
    KU_RETURNS_OUTCOME_VALUE,
    KU_RETURNS_REVENUE_PER_UNIT,
    KU_RETURNS_POPULATION,
    KU_RETURNS_SPEND,
    KU_RETURNS_EXPOSURE,
    KU_RETURNS_REACH,
    KU_RETURNS_FREQUENCY,
    KU_RETURNS_A_CONTROL,
    KU_RETURNS_A_TREATMENT,
    KU_RETURNS_AN_EVENT,
} ku_returns_part;

/* What a column of a wide table is, by its name alone; `stem` (of `size` bytes) gets the
 * channel's or the series' name. "Channel0_impression" is the exposure of Channel0, "tv_S"
 * (Robyn) the spend of tv, "x1" (PyMC-Marketing) a channel's spend. */
ku_returns_part ku_returns_column_part(const char *column, char *stem, size_t size);
/* The rows of a wide table. The parameters outcome-column, media, organic, control, treatment,
 * event and ignore name columns, parted by commas. */
ku_status ku_returns_read_wide(const ku_frame *wide, const ku_params *params,
                               ku_returns_findings *findings, ku_arena *arena, ku_returns_rows *out,
                               ku_error *err);

/* ---- grids -------------------------------------------------------------------------------- */

typedef struct ku_returns_channel {
    const char *name;
    bool by_spend;     /* no exposure is known: the money stands for it */
    double *exposure;  /* media grid; reach where there is a frequency */
    double *spend;     /* media grid; NULL: nothing was ever paid for it */
    double *frequency; /* media grid, or NULL */
} ku_returns_channel;

typedef struct ku_returns_series {
    const char *name;
    ku_returns_kind kind;
    double *value; /* grid of the outcome; of an event [period] */
} ku_returns_series;

typedef struct ku_returns_experiment {
    const char *name, *outcome; /* outcome: what it counted, "" for this analysis' */
    int channel;
    const bool *regions;      /* [region]; NULL: all */
    int from, to, until;      /* periods; to and until one past the last */
    double spend;             /* change of spend */
    double effect, error;     /* in money or units of the outcome */
    const char *why_not;      /* it cannot be used: a sentence; NULL: it can */
    const char *channel_name; /* as the table calls it */
    const char *region_names;
    int32_t starts, ends;
} ku_returns_experiment;

typedef struct ku_returns_data {
    ku_period period;
    int regions, periods, before;
    const int32_t *date;       /* [before + periods]: the first day of each */
    const char *const *region; /* [region] */
    double *outcome;           /* grid; NAN: not known */
    double *revenue;           /* per unit, grid; NULL: the outcome is money */
    double *population;        /* [region]; NULL: not known */
    int channels, series, experiments;
    ku_returns_channel *channel;
    ku_returns_series *serie;
    ku_returns_experiment *experiment;
} ku_returns_data;

/* The rows as grids by the parameters period, from, until and by-region; `lag`: how many periods
 * of media before the first outcome are wanted. What is odd goes to the findings. */
ku_status ku_returns_grid(const ku_returns_rows *rows, const ku_params *params, int lag,
                          ku_returns_findings *findings, ku_arena *arena, ku_returns_data *out,
                          ku_error *err);
/* The table experiments, held against the grids. `experiments` may be NULL. */
void ku_returns_read_experiments(const ku_frame *experiments, ku_returns_findings *findings,
                                 ku_arena *arena, ku_returns_data *data);

/* What the data can and cannot tell, before anything is estimated: checks.c. */
void ku_returns_check(const ku_returns_data *data, ku_returns_findings *findings);

#endif
