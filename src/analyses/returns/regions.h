/* regions.h - the outcome by region and date that experiments with regions look at: the columns
 * and parameters the analyses share, and the rows as a table of regions by periods. Descriptors
 * are constants; what is read lives in the caller's arena.
 *
 * An analysis that takes KU_RETURNS_REGIONS takes KU_RETURNS_REGION_PARAMS, which its queries
 * bind, and has the extract `panel`. */
#ifndef KU_ANALYSES_RETURNS_REGIONS_H
#define KU_ANALYSES_RETURNS_REGIONS_H

#include "kemudi/analysis.h"

extern const ku_column_spec ku_returns_region_columns[];
extern const ku_alias_spec ku_returns_region_aliases[];
extern const ku_choice ku_returns_region_periods[];
extern const ku_choice ku_returns_region_outcomes[];
extern const ku_choice ku_returns_region_gaps[];

#define KU_RETURNS_REGIONS                                                                         \
    {                                                                                              \
        .name = "outcome",                                                                         \
        .meaning = "What was sold or reached, one row a date and region. From the bank: the fact " \
                   "sale.",                                                                        \
        .columns = ku_returns_region_columns, .aliases = ku_returns_region_aliases,                \
        .query = "regions", .blank = "value"                                                       \
    }

#define KU_RETURNS_REGION_PARAMS                                                                   \
    {.name = "period",                                                                             \
     .type = KU_PARAM_CHOICE,                                                                      \
     .unit = "",                                                                                   \
     .default_value = "given",                                                                     \
     .choices = ku_returns_region_periods,                                                         \
     .label = "Period",                                                                            \
     .help = "What is added up before regions are compared."},                                     \
        {.name = "outcome",                                                                        \
         .type = KU_PARAM_CHOICE,                                                                  \
         .unit = "",                                                                               \
         .default_value = "revenue",                                                               \
         .choices = ku_returns_region_outcomes,                                                    \
         .label = "Outcome",                                                                       \
         .help = "What of the bank's sales is looked at."},                                        \
    {                                                                                              \
        .name = "gaps", .type = KU_PARAM_CHOICE, .unit = "", .default_value = "leave",             \
        .choices = ku_returns_region_gaps, .label = "Where figures are missing",                   \
        .help = "What a region without a row on a date means.", .advanced = true                   \
    }

/* Regions by periods, both in order. */
typedef struct ku_region_panel {
    int regions, periods;
    const char **name; /* regions, by name */
    int32_t *date;     /* periods: days */
    double *value;     /* regions x periods; NaN: no figure */
    double *money;     /* the same in money, or NULL */
} ku_region_panel;

/* From the extract `panel`. KU_BAD_DATA where there are no rows, one region, or too many figures
 * for memory. */
ku_status ku_region_panel_read(const ku_frame *frame, ku_arena *arena, ku_region_panel *panel,
                               ku_error *err);
/* The region of that name, letters' case aside; -1: none. */
int ku_region_find(const ku_region_panel *panel, const char *name, size_t length);
/* A name of the panel that may have been meant, or NULL. */
const char *ku_region_nearest(const ku_region_panel *panel, const char *name);
/* Regions from a list parted by semicolons or, where there is none, by commas; which[] gets
 * their numbers, each once; *unknown the first name that is not there, or NULL. */
int ku_region_list(const ku_region_panel *panel, const char *text, ku_arena *arena, int *which,
                   const char **unknown);

/* Gaps: with `zero` they become 0. Else periods in which one of the `needed` regions (a flag a
 * region) has no figure are left out for all, then the other regions that still have gaps; says
 * so in remarks. */
void ku_region_panel_close(ku_region_panel *panel, const bool *needed, bool zero,
                           ku_run_context *context);

#endif
