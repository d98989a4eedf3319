/* descriptor.c - demand.vintages: what was believed, what changed, and who was right. */
#include "analyses/demand/settings.h"
#include "analyses/demand/vintages/vintages.h"

static const ku_column_spec forecast_columns[] = {
    {"made_at", KU_TIMESTAMP, "", true, "Made at",
     "When it was made; all rows of a series and a moment are one vintage."},
    {"series", KU_TEXT, "", true, "Series", "What was forecast, named as in the actual values."},
    {"date", KU_DATE, "", true, "Date", "A date in the period."},
    {"mean", KU_DOUBLE, "", true, "Forecast", "What was expected."},
    {"lo80", KU_DOUBLE, "", false, "Low 80 %", "Lower end of the 80 % interval."},
    {"hi80", KU_DOUBLE, "", false, "High 80 %", "Upper end of the 80 % interval."},
    {"lo95", KU_DOUBLE, "", false, "Low 95 %", "Lower end of the 95 % interval."},
    {"hi95", KU_DOUBLE, "", false, "High 95 %", "Upper end of the 95 % interval."},
    {"model", KU_TEXT, "", false, "Model", "What it was forecast with."},
    {.name = NULL},
};

static const ku_column_spec override_columns[] = {
    {"made_at", KU_TIMESTAMP, "", true, "Made at", "When the person decided."},
    {"series", KU_TEXT, "", true, "Series", "What it is for, named as in the forecast."},
    {"date", KU_DATE, "", true, "Date", "A date in the period."},
    {"value", KU_DOUBLE, "", true, "Value", "The number put in the forecast's place."},
    {"reason", KU_TEXT, "", false, "Reason", "Why."},
    {"person", KU_TEXT, "", false, "Person", "Who."},
    {"model_value", KU_DOUBLE, "", false, "Model's value",
     "The forecast it replaces; empty: the latest kept before it."},
    {.name = NULL},
};

static const ku_column_spec series_columns[] = {
    {"series", KU_TEXT, "", true, "Series", "Name of what is forecast."},
    {"date", KU_DATE, "", true, "Date",
     "A date in the period; all at the same distance, gaps allowed."},
    {"value", KU_DOUBLE, "", true, "Value", "What came: units or money."},
    {"complete", KU_BOOL, "", false, "Complete",
     "False for a period that is not over; such a period is left out."},
    {"cost_over", KU_DOUBLE, "money/unit", false, "Cost of too much",
     "What one unit forecast too much costs, the same in all rows of a series."},
    {"cost_under", KU_DOUBLE, "money/unit", false, "Cost of too little",
     "What one unit forecast too little costs, the same in all rows of a series."},
    {.name = NULL},
};

static const ku_table_spec inputs[] = {
    {.name = "forecast",
     .meaning = "Forecasts as they were kept: kemudi import forecast --run RUN.",
     .columns = forecast_columns,
     .fact = "forecast"},
    {.name = "series",
     .meaning = "The actual values, one row a series and period; from the bank the sales added up"
                " as for the forecast.",
     .columns = series_columns,
     .query = "series"},
    {.name = "forecast_override",
     .meaning = "Numbers that people put in the place of a forecast.",
     .columns = override_columns,
     .fact = "forecast_override",
     .optional = true},
    {.name = NULL},
};

static const ku_param_spec params[] = {
    KU_DEMAND_BY,       KU_DEMAND_MEASURE,   KU_DEMAND_PERIOD,
    KU_DEMAND_PRICE,    KU_DEMAND_COST_OVER, KU_DEMAND_COST_UNDER,
    KU_DEMAND_LEFTOVER, KU_DEMAND_SEASON,    {.name = NULL},
};

#define SERIES                                                                                     \
    {                                                                                              \
        "series", KU_TEXT, "", true, "Series", "Name of the series."                               \
    }
#define PARTS                                                                                      \
    {"level", KU_DOUBLE,   "",                                                                     \
     true,    "New level", "By actual values since: where the coming periods now begin."},         \
        {"trend_season",                                                                           \
         KU_DOUBLE,                                                                                \
         "",                                                                                       \
         true,                                                                                     \
         "Trend and season",                                                                       \
         "By actual values since: how the coming periods go on from there."},                      \
        {"model", KU_DOUBLE, "", true, "Another model", "By forecasting with another model."},     \
        {"plan",                                                                                   \
         KU_DOUBLE,                                                                                \
         "",                                                                                       \
         true,                                                                                     \
         "Plan and settings",                                                                      \
         "What remains: changed plans and regressors, corrected history, other settings."},        \
    {                                                                                              \
        "override", KU_DOUBLE, "", true, "Overrides", "By what people put in its place."           \
    }
#define GAIN                                                                                       \
    {"gain", KU_DOUBLE,     "change",                                                              \
     false,  "Value added", "How much smaller the error is; below zero: larger."},                 \
        {"gain_lo", KU_DOUBLE, "change", false, "Low", "Lower end of its 95 % interval."},         \
        {"gain_hi", KU_DOUBLE, "change", false, "High", "Upper end of its 95 % interval."},        \
    {                                                                                              \
        "money", KU_DOUBLE, "money", false, "Money saved",                                         \
            "Cost of the errors before less that of the errors after."                             \
    }
#define WHO                                                                                        \
    {"who", KU_TEXT, "", true, "Who", "Whose forecast it was."},                                   \
    {                                                                                              \
        "over", KU_TEXT, "", true, "Improving on", "What it is held against."                      \
    }
#define BETTER                                                                                     \
    {                                                                                              \
        "better", KU_DOUBLE, "share", true, "Better", "Share of periods with a smaller error."     \
    }

static const ku_column_spec change_columns[] = {
    SERIES,
    {"made_before", KU_TIMESTAMP, "", true, "Forecast of", "When the earlier one was made."},
    {"made_now", KU_TIMESTAMP, "", true, "And of", "When the later one was made."},
    {"periods", KU_INT64, "periods", true, "Periods", "Coming periods in both."},
    {"before", KU_DOUBLE, "", true, "Before", "Sum over these periods, overrides included."},
    {"now", KU_DOUBLE, "", true, "Now", "Sum over these periods, overrides included."},
    {"change", KU_DOUBLE, "", true, "Change", "Now less before."},
    {"share", KU_DOUBLE, "change", false, "Relative", "The change as a share of before."},
    PARTS,
    {"model_before", KU_TEXT, "", false, "Model before", "What the earlier one was made with."},
    {"model_now", KU_TEXT, "", false, "Model now", "What the later one was made with."},
    {"why", KU_TEXT, "", true, "Why", "What changed it, in a sentence."},
    {.name = NULL},
};

static const ku_column_spec step_columns[] = {
    SERIES,
    {"step", KU_TEXT, "", true, "Step", "From before to now."},
    {"value", KU_DOUBLE, "", true, "Value", "The sum, or what was added to it."},
    {.name = NULL},
};

static const ku_column_spec period_columns[] = {
    SERIES,
    {"date", KU_DATE, "", true, "Date", "First day of the period."},
    {"before", KU_DOUBLE, "", true, "Before", "What was believed, overrides included."},
    {"now", KU_DOUBLE, "", true, "Now", "What is believed, overrides included."},
    {"change", KU_DOUBLE, "", true, "Change", "Now less before."},
    PARTS,
    {.name = NULL},
};

static const ku_column_spec value_columns[] = {
    WHO,
    {"series", KU_INT64, "count", true, "Series", "Series with periods that are over."},
    {"periods", KU_INT64, "count", true, "Forecasts", "Forecasts of periods that are over."},
    BETTER,
    GAIN,
    {.name = NULL},
};

static const ku_column_spec by_series_columns[] = {
    SERIES,
    WHO,
    {"periods", KU_INT64, "count", true, "Forecasts", "Forecasts of periods that are over."},
    {"error_before", KU_DOUBLE, "", true, "Error before",
     "Mean absolute error of what it is held against, in the series' unit."},
    {"error_after", KU_DOUBLE, "", true, "Error after", "Mean absolute error of the forecast."},
    BETTER,
    GAIN,
    {.name = NULL},
};

static const ku_column_spec by_override_columns[] = {
    SERIES,
    {"date", KU_DATE, "", true, "Date", "First day of the period."},
    {"person", KU_TEXT, "", true, "Person", "Who decided."},
    {"reason", KU_TEXT, "", false, "Reason", "Why."},
    {"model_value", KU_DOUBLE, "", true, "Model", "What the model had said."},
    {"value", KU_DOUBLE, "", true, "Person", "What the person said."},
    {"actual", KU_DOUBLE, "", true, "Actual", "What came."},
    {"gain", KU_DOUBLE, "", true, "Error saved", "Error of the model less that of the person."},
    {"money", KU_DOUBLE, "money", false, "Money saved", "Cost of the error saved."},
    {"verdict", KU_TEXT, "", true, "Verdict", "better, worse or the same."},
    {.name = NULL},
};

static const ku_column_spec grade_columns[] = {
    SERIES,
    {"made_at", KU_TIMESTAMP, "", true, "Made at", "When it was forecast."},
    {"date", KU_DATE, "", true, "Date", "First day of the period."},
    {"mean", KU_DOUBLE, "", true, "Forecast", "What was expected."},
    {"lo80", KU_DOUBLE, "", false, "Low 80 %", "Lower end of the 80 % interval."},
    {"hi80", KU_DOUBLE, "", false, "High 80 %", "Upper end of the 80 % interval."},
    {"lo95", KU_DOUBLE, "", false, "Low 95 %", "Lower end of the 95 % interval."},
    {"hi95", KU_DOUBLE, "", false, "High 95 %", "Upper end of the 95 % interval."},
    {"actual", KU_DOUBLE, "", true, "Actual", "What came."},
    {"error", KU_DOUBLE, "", true, "Error", "Forecast less actual value."},
    {"grade", KU_TEXT, "", true, "Grade", "Inside which interval, or on which side outside."},
    {.name = NULL},
};

static const ku_table_spec outputs[] = {
    {.name = "changes",
     .meaning = "What changed between the last two forecasts of each series, largest first.",
     .columns = change_columns},
    {.name = "steps", .meaning = "The same as steps from before to now.", .columns = step_columns},
    {.name = "periods", .meaning = "The same period by period.", .columns = period_columns},
    {.name = "value",
     .meaning = "Value added: by the model over repeating the past, by people over the model.",
     .columns = value_columns},
    {.name = "series", .meaning = "Value added, by series.", .columns = by_series_columns},
    {.name = "overrides",
     .meaning = "Each override whose period is over.",
     .columns = by_override_columns},
    {.name = "grades",
     .meaning = "Each kept forecast of a period that is over, and what came.",
     .columns = grade_columns},
    {.name = NULL},
};

static const ku_view_spec views[] = {
    {.name = "steps",
     .title = "From the forecast before to the one now",
     .kind = KU_VIEW_WATERFALL,
     .table = "steps",
     .x = "step",
     .y = "value",
     .filter = "series"},
    {.name = "changes", .title = "What changed most", .kind = KU_VIEW_TABLE, .table = "changes"},
    {.name = "value",
     .title = "How much smaller the error became, and by whom",
     .kind = KU_VIEW_BAR,
     .table = "value",
     .x = "who",
     .y = "gain",
     .lo = "gain_lo",
     .hi = "gain_hi"},
    {.name = "series",
     .title = "Value added by series",
     .kind = KU_VIEW_TABLE,
     .table = "series",
     .filter = "series"},
    {.name = "overrides",
     .title = "Overrides",
     .kind = KU_VIEW_TABLE,
     .table = "overrides",
     .filter = "person"},
    {.name = "grades",
     .title = "Kept forecasts and what came",
     .kind = KU_VIEW_TABLE,
     .table = "grades",
     .filter = "series"},
    {.name = NULL},
};

static const char *const assumptions[] = {
    "A forecast was made with all values before its first period, as they are known now.",
    "The models that are fitted again are those named in the kept forecasts; one that is not known"
    " by its name counts as the automatic choice.",
    "Of several overrides of one period the last made before its end holds.",
    "An error costs in proportion to its size. From the bank, a unit too little costs its margin,"
    " a unit too much the given part of its cost.",
    "People choose what they override; what they did for those series says nothing of others.",
    NULL,
};

static const ku_source_spec sources[] = {
    {"Gilliland, M. (2010). The Business Forecasting Deal. Wiley.",
     "forecast value added: chapter 4"},
    {"Fildes, R., Goodwin, P., Lawrence, M. & Nikolopoulos, K. (2009). Effective forecasting and"
     " judgmental adjustments. International Journal of Forecasting 25, 3-23.",
     "overrides held against the model's forecast: section 3"},
    {"Harvey, D., Leybourne, S. & Newbold, P. (1997). Testing the equality of prediction mean"
     " squared errors. International Journal of Forecasting 13, 281-291.",
     "interval by series: eq. 9"},
    {"Owen, A. B. (2007). The pigeonhole bootstrap. Annals of Applied Statistics 1, 386-411.",
     "interval over all series: section 3"},
    {.citation = NULL},
};

static const char *const example_args[] = {"--season",     "1", "--cost-over", "1",
                                           "--cost-under", "3", NULL};
static const ku_example_spec example = {
    .title = "Two vintages and two people, worked by hand",
    .args = example_args,
    .tolerance = 1e-9,
    .reading = "Tea sold less than thought, so its level fell by one a month; Ana's override more"
               " than makes up for it, and she was right, Ben was not. For rum the mean of the past"
               " took the place of the last value, and a plan added two a month.",
};

const ku_analysis ku_analysis_demand_vintages = {
    .id = "demand.vintages",
    .version = "1",
    .title = "Forecast changes and value added",
    .area = "Demand",
    .question = "What did we believe, what changed it, and who was right?",
    .summary = "Takes the change between the last two kept forecasts of each series apart into new"
               " actual values, another model, changed plans and overrides. Once periods are over,"
               " it tells whether the model was better than repeating the past and whether people"
               " were better than the model, by person, by series and in money.",
    .inputs = inputs,
    .params = params,
    .outputs = outputs,
    .views = views,
    .assumptions = assumptions,
    .sources = sources,
    .example = &example,
    .run = ku_demand_vintages_run,
};
