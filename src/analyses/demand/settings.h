/* settings.h - the parameters and tables that several analyses of demand share. Constants; they
 * live for ever. */
#ifndef KU_ANALYSES_DEMAND_SETTINGS_H
#define KU_ANALYSES_DEMAND_SETTINGS_H

#include "kemudi/analysis.h"

extern const ku_choice ku_demand_by_choices[];
extern const ku_choice ku_demand_measure_choices[];
extern const ku_choice ku_demand_period_choices[];
extern const ku_column_spec ku_demand_scenario_columns[];
extern const ku_column_spec ku_demand_event_columns[];

/* Entries of an analysis' list of parameters. */
#define KU_DEMAND_BY                                                                               \
    {                                                                                              \
        .name = "by", .type = KU_PARAM_CHOICE, .unit = "", .default_value = "product-group",       \
        .choices = ku_demand_by_choices, .label = "A forecast for each",                           \
        .help = "What the sales of the bank are added up by; a file has its own series."           \
    }
#define KU_DEMAND_MEASURE                                                                          \
    {                                                                                              \
        .name = "measure", .type = KU_PARAM_CHOICE, .unit = "", .default_value = "quantity",       \
        .choices = ku_demand_measure_choices, .label = "Measured in",                              \
        .help = "Units or revenue of the bank's sales; returns are subtracted."                    \
    }
#define KU_DEMAND_PERIOD                                                                           \
    {                                                                                              \
        .name = "period", .type = KU_PARAM_CHOICE, .unit = "", .default_value = "auto", .min = 1,  \
        .max = 10000, .choices = ku_demand_period_choices, .label = "Period",                      \
        .help = "Length of a period. By itself: for the bank months from three years of sales on," \
                " weeks from half a year on, else days; for a file what its dates show. Where the" \
                " dates are whole numbers: the periods in a season."                               \
    }
#define KU_DEMAND_SEASON                                                                           \
    {                                                                                              \
        .name = "season", .type = KU_PARAM_TEXT, .unit = "periods", .label = "Season",             \
        .help =                                                                                    \
            "Periods after which the season repeats, 1 for none, or several: 24,168. By itself:"   \
            " 7 days, 52 weeks, 12 months, 4 quarters.",                                           \
        .advanced = true                                                                           \
    }
#define KU_DEMAND_WITH                                                                             \
    {                                                                                              \
        .name = "with", .type = KU_PARAM_TEXT, .unit = "", .label = "Regressors of the bank",      \
        .help = "Some of price (average paid), discount (share of lines at a discount) and media"  \
                " (spend), as in price,discount.",                                                 \
        .advanced = true                                                                           \
    }
#define KU_DEMAND_BELOW_ZERO                                                                       \
    {                                                                                              \
        .name = "below-zero", .type = KU_PARAM_BOOL, .unit = "", .default_value = "false",         \
        .label = "Below zero",                                                                     \
        .help = "Let the forecast of a series that never was negative go below zero.",             \
        .advanced = true                                                                           \
    }
#define KU_DEMAND_PRICE                                                                            \
    {                                                                                              \
        .name = "price", .type = KU_PARAM_REAL, .unit = "money/unit", .min = 0, .max = 1e12,       \
        .label = "Price",                                                                          \
        .help = "What a unit is worth: an error of one unit costs it, to either side.",            \
        .advanced = true                                                                           \
    }
#define KU_DEMAND_COST_OVER                                                                        \
    {                                                                                              \
        .name = "cost-over", .type = KU_PARAM_REAL, .unit = "money/unit", .min = 0, .max = 1e12,   \
        .label = "Cost of too much",                                                               \
        .help = "What one unit forecast too much costs, such as its storage or write-off.",        \
        .advanced = true                                                                           \
    }
#define KU_DEMAND_COST_UNDER                                                                       \
    {                                                                                              \
        .name = "cost-under", .type = KU_PARAM_REAL, .unit = "money/unit", .min = 0, .max = 1e12,  \
        .label = "Cost of too little",                                                             \
        .help = "What one unit forecast too little costs, such as the margin of the sale lost.",   \
        .advanced = true                                                                           \
    }
#define KU_DEMAND_LEFTOVER                                                                         \
    {                                                                                              \
        .name = "leftover", .type = KU_PARAM_REAL, .unit = "share", .min = 0, .max = 1,            \
        .default_value = "0.25", .label = "Lost on leftovers",                                     \
        .help =                                                                                    \
            "From the bank: the part of a unit's cost that is lost when it was not asked for.",    \
        .advanced = true                                                                           \
    }

#endif
