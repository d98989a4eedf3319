/* inputs.h - what the analyses of return look at: the tables they share, from files or by the
 * queries of this folder from the bank, and the parameters those queries read. Constants; they
 * live for ever.
 *
 * The queries bind $period, $from, $until, $by_region, $outcome and $exposure, so an analysis
 * that takes the tables takes KU_RETURNS_PARAMS too. */
#ifndef KU_ANALYSES_RETURNS_INPUTS_H
#define KU_ANALYSES_RETURNS_INPUTS_H

#include "kemudi/analysis.h"

extern const ku_column_spec ku_returns_media_columns[];
extern const ku_column_spec ku_returns_outcome_columns[];
extern const ku_column_spec ku_returns_controls_columns[];
extern const ku_column_spec ku_returns_experiments_columns[];
extern const ku_column_spec ku_returns_wide_columns[];
/* What returns.mix puts out and plans take in: one row a draw, channel and region. */
extern const ku_column_spec ku_returns_response_columns[];
extern const ku_choice ku_returns_periods[];
extern const ku_choice ku_returns_outcomes[];
extern const ku_choice ku_returns_exposures[];

/* Entries of an analysis' list of inputs; all may be absent, because a wide table can stand for
 * them. Whoever takes no wide table sees by himself that media and outcome are there. */
#define KU_RETURNS_MEDIA                                                                           \
    {                                                                                              \
        .name = "media",                                                                           \
        .meaning = "What was spent on each channel and what it bought, one row a date, region and" \
                   " channel. From the bank: the fact spend.",                                     \
        .columns = ku_returns_media_columns, .query = "media", .optional = true                    \
    }
#define KU_RETURNS_OUTCOME                                                                         \
    {                                                                                              \
        .name = "outcome",                                                                         \
        .meaning = "What the media are to move, one row a date and region. From the bank: the"     \
                   " fact sale.",                                                                  \
        .columns = ku_returns_outcome_columns, .query = "outcome", .optional = true,               \
        .blank = "value"                                                                           \
    }
#define KU_RETURNS_CONTROLS                                                                        \
    {                                                                                              \
        .name = "controls",                                                                        \
        .meaning = "What else moves the outcome. From the bank: calendar, own prices and"          \
                   " promotions, competitors' prices.",                                            \
        .columns = ku_returns_controls_columns, .query = "controls", .optional = true              \
    }
#define KU_RETURNS_EXPERIMENTS                                                                     \
    {                                                                                              \
        .name = "experiments",                                                                     \
        .meaning = "What tests of channels found, one row a test. From the bank: the fact"         \
                   " experiment.",                                                                 \
        .columns = ku_returns_experiments_columns, .query = "experiments", .optional = true        \
    }
#define KU_RETURNS_WIDE                                                                            \
    {                                                                                              \
        .name = "wide",                                                                            \
        .meaning = "In place of media, outcome and controls: one row a date and region, a column"  \
                   " for each figure.",                                                            \
        .columns = ku_returns_wide_columns, .optional = true,                                      \
        .further = "A column is known by how its name ends: _spend, _impression, _reach,"          \
                   " _frequency, _control, or by the parameters that name columns."                \
    }

/* Entries of an analysis' list of parameters. */
#define KU_RETURNS_PARAMS                                                                          \
    {.name = "period",                                                                             \
     .type = KU_PARAM_CHOICE,                                                                      \
     .unit = "",                                                                                   \
     .default_value = "week",                                                                      \
     .choices = ku_returns_periods,                                                                \
     .label = "Period",                                                                            \
     .help = "What money and sales are added up by."},                                             \
        {.name = "from",                                                                           \
         .type = KU_PARAM_DATE,                                                                    \
         .unit = "",                                                                               \
         .label = "From",                                                                          \
         .help = "First day of the outcome that counts; earlier spend still works on."},           \
        {.name = "until",                                                                          \
         .type = KU_PARAM_DATE,                                                                    \
         .unit = "",                                                                               \
         .label = "Until",                                                                         \
         .help = "Last day that counts."},                                                         \
        {.name = "by-region",                                                                      \
         .type = KU_PARAM_BOOL,                                                                    \
         .unit = "",                                                                               \
         .default_value = "true",                                                                  \
         .label = "By region",                                                                     \
         .help = "Compare regions, which tells far more than one series for the whole country."},  \
        {.name = "outcome",                                                                        \
         .type = KU_PARAM_CHOICE,                                                                  \
         .unit = "",                                                                               \
         .default_value = "revenue",                                                               \
         .choices = ku_returns_outcomes,                                                           \
         .label = "Outcome",                                                                       \
         .help = "What of the bank's sales the media are to move."},                               \
    {                                                                                              \
        .name = "exposure", .type = KU_PARAM_CHOICE, .unit = "", .default_value = "seen",          \
        .choices = ku_returns_exposures, .label = "Exposure",                                      \
        .help = "What measures how much of a channel people got.", .advanced = true                \
    }

#endif
