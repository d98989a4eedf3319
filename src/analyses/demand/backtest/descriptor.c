/* descriptor.c - demand.backtest: how well the past would have been forecast. */
#include "analyses/demand/backtest/backtest.h"
#include "analyses/demand/settings.h"

static const ku_column_spec series_columns[] = {
    {"series", KU_TEXT, "", true, "Series", "Name of what is forecast: a product, a group."},
    {"date", KU_DATE_OR_INT64, "", true, "Date",
     "A date in the period, or its number (1, 2, 3 ...); all at the same distance, gaps allowed."},
    {"value", KU_DOUBLE, "", true, "Value", "What was asked for in the period: units or money."},
    {"complete", KU_BOOL, "", false, "Complete",
     "False for a period that is not over; such a period is left out."},
    {"cost_over", KU_DOUBLE, "money/unit", false, "Cost of too much",
     "What one unit forecast too much costs, the same in all rows of a series."},
    {"cost_under", KU_DOUBLE, "money/unit", false, "Cost of too little",
     "What one unit forecast too little costs, the same in all rows of a series."},
    {.name = NULL},
};

static const ku_table_spec inputs[] = {
    {.name = "series",
     .meaning = "One row a series and period. From the bank: the sales added up, with the margin"
                " lost by a unit too little and the part of its cost lost by a unit too much.",
     .columns = series_columns,
     .query = "series",
     .further = "Any further column of numbers or true and false is a regressor, such as price or"
                " promotion; what it was after each moment counts as planned."},
    {.name = NULL},
};

static const ku_param_spec params[] = {
    {.name = "model",
     .type = KU_PARAM_TEXT,
     .unit = "",
     .default_value = "auto",
     .label = "Methods",
     .help = "The methods to test, separated by commas: auto, ets, theta, or a model such as MAdM."
             " The first one is judged series by series; all are held against repeating the"
             " past: the same period a season ago, or the last value.",
     .advanced = true},
    {.name = "horizon",
     .type = KU_PARAM_INT,
     .unit = "periods",
     .min = 1,
     .max = 400,
     .default_value = "6",
     .label = "How far",
     .help = "Number of periods forecast at each moment."},
    {.name = "origins",
     .type = KU_PARAM_INT,
     .unit = "count",
     .min = 1,
     .max = 200,
     .default_value = "6",
     .label = "Moments",
     .help = "From how many moments of the past to forecast; everything is fitted anew at each.",
     .advanced = true},
    {.name = "step",
     .type = KU_PARAM_INT,
     .unit = "periods",
     .min = 1,
     .max = 400,
     .label = "Apart",
     .help = "Periods from one moment to the next. By itself a quarter of the horizon.",
     .advanced = true},
    KU_DEMAND_BY,
    KU_DEMAND_MEASURE,
    KU_DEMAND_PERIOD,
    KU_DEMAND_WITH,
    KU_DEMAND_PRICE,
    KU_DEMAND_COST_OVER,
    KU_DEMAND_COST_UNDER,
    KU_DEMAND_LEFTOVER,
    KU_DEMAND_SEASON,
    {.name = "min-length",
     .type = KU_PARAM_INT,
     .unit = "periods",
     .min = 2,
     .max = 10000,
     .default_value = "8",
     .label = "Shortest past",
     .help = "A moment with fewer periods before it is left out.",
     .advanced = true},
    {.name = "course",
     .type = KU_PARAM_INT,
     .unit = "count",
     .min = 0,
     .max = 10000,
     .default_value = "200",
     .label = "Series drawn",
     .help = "Of how many series the course is kept, those with the most at stake.",
     .advanced = true},
    {.name = NULL},
};

#define SERIES                                                                                     \
    {                                                                                              \
        "series", KU_TEXT, "", true, "Series", "Name of the series."                               \
    }
#define METHOD                                                                                     \
    {                                                                                              \
        "method", KU_TEXT, "", true, "Method",                                                     \
            "The method; repeating the past is what all are held against."                         \
    }
#define SMAPE                                                                                      \
    {                                                                                              \
        "smape", KU_DOUBLE, "share", false, "Relative error",                                      \
            "Mean of 2 |forecast - actual| / (|forecast| + |actual|)."                             \
    }
#define MASE                                                                                       \
    {                                                                                              \
        "mase", KU_DOUBLE, "", false, "Scaled error",                                              \
            "Mean absolute error, divided by that of repeating the season, or the last value, in " \
            "the"                                                                                  \
            " past (MASE)."                                                                        \
    }
#define BIAS                                                                                       \
    {                                                                                              \
        "bias", KU_DOUBLE, "change", false, "Bias",                                                \
            "Forecasts less actual values, as a share of these; above zero: too much."             \
    }
#define INSIDE(level)                                                                              \
    {                                                                                              \
        "inside" level, KU_DOUBLE, "share", false, "Inside " level " %",                           \
            "Share of actual values inside the " level " % interval."                              \
    }
#define INSIDE_WITH_INTERVAL(level)                                                                \
    INSIDE(level),                                                                                 \
        {"inside" level "_lo", KU_DOUBLE, "share", false, "Low", "Lower end of its interval."},    \
    {                                                                                              \
        "inside" level "_hi", KU_DOUBLE, "share", false, "High", "Upper end of its interval."      \
    }
#define SKILL                                                                                      \
    {"skill",                                                                                      \
     KU_DOUBLE,                                                                                    \
     "change",                                                                                     \
     false,                                                                                        \
     "Less error",                                                                                 \
     "How much smaller the error is than that of repeating the past; below zero: larger."},        \
        {"skill_lo", KU_DOUBLE, "change", false, "Low", "Lower end of the skill's interval."},     \
        {"skill_hi", KU_DOUBLE, "change", false, "High", "Upper end of the skill's interval."},    \
    {                                                                                              \
        "chance", KU_DOUBLE, "share", false, "By chance",                                          \
            "How often chance alone would make such a difference."                                 \
    }
#define COST                                                                                       \
    {                                                                                              \
        "cost", KU_DOUBLE, "money", false, "Cost of errors",                                       \
            "What the errors of one forecast cost on average, over its horizon."                   \
    }

static const ku_column_spec exception_columns[] = {
    {"rank", KU_INT64, "", true, "Rank", "Place by what is at stake."},
    SERIES,
    {"why", KU_TEXT, "", true, "Why", "What is wrong."},
    {"stake", KU_DOUBLE, "money", false, "At stake", "What its errors cost over a horizon."},
    {"error", KU_DOUBLE, "", false, "Mean error",
     "Mean distance of forecast and actual value, in the series' unit."},
    BIAS,
    INSIDE("95"),
    {.name = NULL},
};

static const ku_column_spec method_columns[] = {
    METHOD,
    {"series", KU_INT64, "count", true, "Series", "Series that could be tested."},
    {"forecasts", KU_INT64, "count", true, "Forecasts", "Forecasts that were made."},
    SMAPE,
    MASE,
    {"rmsse", KU_DOUBLE, "", false, "Scaled squared error",
     "Root of the mean squared error, scaled likewise (RMSSE)."},
    {"crps", KU_DOUBLE, "", false, "Probability score",
     "How far the whole range of what was held possible was off, scaled likewise (CRPS)."},
    {"msis", KU_DOUBLE, "", false, "Interval score",
     "Width of the 95 % interval and what lay outside it, scaled likewise (MSIS)."},
    BIAS,
    INSIDE_WITH_INTERVAL("80"),
    INSIDE_WITH_INTERVAL("95"),
    SKILL,
    COST,
    {.name = NULL},
};

static const ku_column_spec by_series_columns[] = {
    SERIES,
    METHOD,
    {"model", KU_TEXT, "", false, "Model", "What was used at the latest moment."},
    {"forecasts", KU_INT64, "count", true, "Forecasts", "Forecasts that were made."},
    {"mae", KU_DOUBLE, "", false, "Mean error", "Mean absolute error, in the series' unit."},
    {"rmse", KU_DOUBLE, "", false, "Squared error",
     "Root of the mean squared error, in the series' unit."},
    {"error", KU_DOUBLE, "", false, "Too much",
     "Mean of forecast less actual value, in the series' unit."},
    SMAPE,
    MASE,
    INSIDE("80"),
    INSIDE("95"),
    SKILL,
    COST,
    {.name = NULL},
};

static const ku_column_spec horizon_columns[] = {
    METHOD,
    {"ahead", KU_INT64, "periods", true, "Periods ahead", "How far ahead it was forecast."},
    SMAPE,
    MASE,
    BIAS,
    INSIDE("80"),
    INSIDE_WITH_INTERVAL("95"),
    {.name = NULL},
};

static const ku_column_spec origin_columns[] = {
    METHOD,
    {"date", KU_DATE_OR_INT64, "", true, "Forecast after", "Last period that was known."},
    {"forecasts", KU_INT64, "count", true, "Forecasts", "Forecasts that were made."},
    SMAPE,
    MASE,
    BIAS,
    INSIDE_WITH_INTERVAL("95"),
    {.name = NULL},
};

static const ku_column_spec quantile_columns[] = {
    METHOD,
    {"share", KU_DOUBLE, "share", true, "Meant",
     "The share of actual values that should lie below the bound."},
    {"observed", KU_DOUBLE, "share", true, "Observed", "The share that did."},
    {"observed_lo", KU_DOUBLE, "share", true, "Low", "Lower end of its interval."},
    {"observed_hi", KU_DOUBLE, "share", true, "High", "Upper end of its interval."},
    {"pinball", KU_DOUBLE, "", false, "Pinball loss", "Mean loss of the bound, scaled."},
    {.name = NULL},
};

static const ku_column_spec course_columns[] = {
    SERIES,
    {"date", KU_DATE_OR_INT64, "", true, "Date", "Date or number of the period."},
    {"kind", KU_TEXT, "", true, "Kind", "actual or forecast."},
    {"value", KU_DOUBLE, "", true, "Value", "The actual value, or what had been forecast."},
    {"lo80", KU_DOUBLE, "", false, "Low 80 %", "Lower end of the 80 % interval."},
    {"hi80", KU_DOUBLE, "", false, "High 80 %", "Upper end of the 80 % interval."},
    {"lo95", KU_DOUBLE, "", false, "Low 95 %", "Lower end of the 95 % interval."},
    {"hi95", KU_DOUBLE, "", false, "High 95 %", "Upper end of the 95 % interval."},
    {.name = NULL},
};

static const ku_table_spec outputs[] = {
    {.name = "exceptions",
     .meaning = "The series that need a look first, those with the most at stake at the top.",
     .columns = exception_columns},
    {.name = "methods", .meaning = "Each method over all series.", .columns = method_columns},
    {.name = "series", .meaning = "Each series and method.", .columns = by_series_columns},
    {.name = "horizons", .meaning = "By how far ahead it was.", .columns = horizon_columns},
    {.name = "origins", .meaning = "By when it was forecast.", .columns = origin_columns},
    {.name = "quantiles",
     .meaning = "How often actual values lay below each bound of the intervals.",
     .columns = quantile_columns},
    {.name = "course",
     .meaning = "What came and what the first method had said at the latest moment.",
     .columns = course_columns},
    {.name = NULL},
};

static const ku_view_spec views[] = {
    {.name = "exceptions",
     .title = "What needs a look first",
     .kind = KU_VIEW_TABLE,
     .table = "exceptions"},
    {.name = "skill",
     .title = "Less error than repeating the past",
     .kind = KU_VIEW_BAR,
     .table = "methods",
     .x = "method",
     .y = "skill",
     .lo = "skill_lo",
     .hi = "skill_hi"},
    {.name = "coverage",
     .title = "Actual values inside the 95 % interval",
     .kind = KU_VIEW_BAR,
     .table = "methods",
     .x = "method",
     .y = "inside95",
     .lo = "inside95_lo",
     .hi = "inside95_hi"},
    {.name = "course",
     .title = "What had been said, and what came",
     .kind = KU_VIEW_LINE,
     .table = "course",
     .x = "date",
     .y = "value",
     .lo = "lo95",
     .hi = "hi95",
     .lo_inner = "lo80",
     .hi_inner = "hi80",
     .filter = "series",
     .kind_column = "kind"},
    {.name = "methods",
     .title = "Each method over all series",
     .kind = KU_VIEW_TABLE,
     .table = "methods"},
    {.name = "series",
     .title = "Each method on this series",
     .kind = KU_VIEW_TABLE,
     .table = "series",
     .filter = "series"},
    {.name = NULL},
};

static const char *const assumptions[] = {
    "The coming periods are as hard to forecast as those tested.",
    "A forecast is made from the values before it as they are known now; what was corrected"
    " later is taken as if it had been known.",
    "Prices, promotions and other further columns were planned as they came; where the plan was"
    " uncertain, the errors were larger than shown.",
    "The periods of one forecast are right or wrong together: for the interval of the observed"
    " coverage each forecast counts once.",
    "An error costs in proportion to its size. From the bank, a unit too little costs its margin,"
    " a unit too much the given part of its cost.",
    NULL,
};

static const ku_source_spec sources[] = {
    {"Tashman, L. J. (2000). Out-of-sample tests of forecasting accuracy: an analysis and review."
     " International Journal of Forecasting 16, 437-450.",
     "rolling origins: section 2"},
    {"Hyndman, R. J. & Koehler, A. B. (2006). Another look at measures of forecast accuracy."
     " International Journal of Forecasting 22, 679-688.",
     "scaled errors: section 3"},
    {"Gneiting, T. & Raftery, A. E. (2007). Strictly proper scoring rules, prediction, and"
     " estimation. Journal of the American Statistical Association 102, 359-378.",
     "probability score: eq. 20; interval score: eq. 43"},
    {"Harvey, D., Leybourne, S. & Newbold, P. (1997). Testing the equality of prediction mean"
     " squared errors. International Journal of Forecasting 13, 281-291.",
     "difference from the yardstick: eq. 9"},
    {"Owen, A. B. (2007). The pigeonhole bootstrap. Annals of Applied Statistics 1, 386-411.",
     "interval of the skill: section 3"},
    {"Brown, L. D., Cai, T. T. & DasGupta, A. (2001). Interval estimation for a binomial"
     " proportion. Statistical Science 16, 101-133.",
     "interval of the coverage: eq. 4"},
    {.citation = NULL},
};

static const char *const example_args[] = {
    "--model",      "mean,naive", "--horizon", "1", "--origins",   "4",
    "--min-length", "4",          "--season",  "1", "--cost-over", "1",
    "--cost-under", "3",          NULL};
static const ku_example_spec example = {
    .title = "Two short series, worked by hand",
    .args = example_args,
    .tolerance = 1e-9,
    .reading = "The mean of the past beats the last value for the tea, which swings around a"
               " level, and loses for the rum, which climbed to a new one: that is the series to"
               " look at first.",
};

const ku_analysis ku_analysis_demand_backtest = {
    .id = "demand.backtest",
    .version = "1",
    .title = "Forecast accuracy",
    .area = "Demand",
    .question = "How well would the past have been forecast?",
    .summary = "Forecasts from several moments of the past, each time from what was known then,"
               " and compares with what came: errors, also in money, how often the intervals"
               " held, and whether a method is better than repeating the past. Names the series"
               " that need a look first.",
    .inputs = inputs,
    .params = params,
    .outputs = outputs,
    .views = views,
    .assumptions = assumptions,
    .sources = sources,
    .example = &example,
    .run = ku_demand_backtest_run,
};
