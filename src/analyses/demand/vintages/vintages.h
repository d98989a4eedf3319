/* vintages.h - demand.vintages: the run, and what its parts tell each other. Everything lies
 * in the run's arena, the work of a thread in an arena of its own. */
#ifndef KU_DEMAND_VINTAGES_H
#define KU_DEMAND_VINTAGES_H

#include "forecast/outlook.h"
#include "forecast/score/score.h"
#include "forecast/series.h"
#include "kemudi/analysis.h"

/* What was forecast for one period. */
typedef struct ku_belief {
    int32_t series, place;         /* which series, and the period's place in it */
    int64_t made_at;               /* microseconds */
    int64_t row;                   /* in the input: the later of two alike holds */
    double mean, bound[KU_BOUNDS]; /* NaN: not given */
    const char *model;             /* "" : not given */
} ku_belief;

/* What a person put in its place. */
typedef struct ku_override {
    int32_t series, place;
    int64_t made_at, row;
    double value, model_value; /* model_value NaN: not given */
    const char *person, *reason;
} ku_override;

/* The rows of one vintage of one series: beliefs [from, to), by place. */
typedef struct ku_vintage {
    size_t from, to;
} ku_vintage;

typedef struct ku_vintages {
    ku_run_context *context;
    ku_series_set set;
    ku_error_cost *cost; /* by series; NaN: not known */
    bool money;
    ku_belief *belief; /* by series, made_at, place */
    size_t beliefs;
    ku_override *override; /* by series, place, made_at */
    size_t overrides;
    size_t *belief_from, *override_from; /* by series; count + 1 */
} ku_vintages;

/* vintages.c */
/* The vintage of the series that begins at belief `from`. */
ku_vintage ku_vintage_at(const ku_vintages *v, size_t from);
/* The belief of the vintage about a place, or NULL. */
const ku_belief *ku_vintage_find(const ku_vintages *v, ku_vintage vintage, int32_t place);
/* The override that held for the place before the instant and before its end, or NULL. */
const ku_override *ku_override_find(const ku_vintages *v, int32_t series, int32_t place,
                                    int64_t before);
/* The first day after a period, in microseconds. */
int64_t ku_vintages_end(const ku_vintages *v, int32_t series, int32_t place);
void ku_vintages_put_date(const ku_vintages *v, ku_frame_builder *to, int column, int32_t series,
                          int32_t place);
/* Finishes the table and adds it. */
ku_status ku_vintages_add(ku_frame_builder *table, ku_frames *out, ku_error *err);

/* change.c: the tables changes, steps and periods. */
ku_status ku_vintages_changes(ku_vintages *v, ku_frames *out, ku_error *err);
/* The model, method or automatic choice that a text as "ARIMA(1,1,0)" speaks of. */
int ku_vintages_model(const char *text);

/* value.c: the tables value, series, overrides and grades. */
ku_status ku_vintages_value(ku_vintages *v, ku_frames *out, ku_error *err);

ku_analysis_fn ku_demand_vintages_run;

#endif
