/* descriptor.c - demand.forecast: how much will be asked for, series by series. */
#include "analyses/demand/forecast/forecast.h"
#include "analyses/demand/settings.h"

static const ku_column_spec series_columns[] = {
    {"series", KU_TEXT, "", true, "Series",
     "Name of what is forecast: a product, a group, a country."},
    {"date", KU_DATE_OR_INT64, "", true, "Date",
     "A date in the period, or its number (1, 2, 3 ...); all at the same distance, gaps allowed."},
    {"value", KU_DOUBLE, "", true, "Value",
     "What was asked for in the period: units or money. Empty: not known, or still to come."},
    {"complete", KU_BOOL, "", false, "Complete",
     "False for a period that is not over; such a period is left out."},
    {.name = NULL},
};

static const ku_column_spec replacement_columns[] = {
    {"old", KU_TEXT, "", true, "Old", "Series of the product that was replaced."},
    {"new", KU_TEXT, "", true, "New", "Series of its successor."},
    {"date", KU_DATE_OR_INT64, "", true, "Date", "When the old one began to run out."},
    {.name = NULL},
};

static const ku_table_spec inputs[] = {
    {.name = "series",
     .meaning = "One row a series and period. From the bank: the sales added up, periods"
                " without a sale as zero.",
     .columns = series_columns,
     .query = "series",
     .further = "Any further column of numbers or true and false is a regressor, such as price,"
                " promotion, holiday, media or temperature; a column NAME_sd is the uncertainty of"
                " the planned values of NAME. Rows behind the last value, the value empty, are"
                " what is planned. The columns available (share of the period in stock, 0 to 1) and"
                " stockout (true where it ran out) are no regressors: where they say so, sales are"
                " less than demand, which is then estimated.",
     .blank = "value"},
    {.name = "scenario",
     .meaning = "Futures to stand side by side: what the regressors would be. What a scenario"
                " leaves out stays as planned.",
     .columns = ku_demand_scenario_columns,
     .optional = true,
     .further = "The regressors the scenario changes, called as in the series."},
    {.name = "replacement",
     .meaning = "Products that took the place of others: their past goes on from the old one's.",
     .columns = replacement_columns,
     .optional = true},
    {.name = "events",
     .meaning = "Days with an event, for --calendar events: each event is a regressor.",
     .columns = ku_demand_event_columns,
     .optional = true,
     .query = "events"},
    {.name = NULL},
};

/* The methods, then the models of exponential smoothing by their short names. */
#define KU_METHOD(name, title)                          {#name, title},
#define KU_ETS_MODEL(error, trend, season, name, words) {#name, #name ": " words},
static const ku_choice model_choices[] = {
    {"auto", "By itself"},
#include "forecast/ets/models.def"
#include "forecast/methods.def"
    {.value = NULL},
};
#undef KU_METHOD
#undef KU_ETS_MODEL

static const ku_choice response_choices[] = {
    {"additive", "Added: so many units more"},
    {"relative", "Relative: so many % more"},
    {.value = NULL},
};

static const ku_choice outlier_choices[] = {
    {"keep", "Keep, do not look for them"},
    {"name", "Name them"},
    {"soften", "Name them and put them on the course"},
    {.value = NULL},
};

static const ku_choice gone_choices[] = {
    {"forecast", "Forecast as any other"},
    {"zero", "Forecast zero"},
    {.value = NULL},
};

static const ku_choice interval_choices[] = {
    {"tested", "Corrected by past misses"},
    {"model", "As the models give them"},
    {.value = NULL},
};

static const ku_param_spec params[] = {
    {.name = "horizon",
     .type = KU_PARAM_INT,
     .unit = "periods",
     .min = 1,
     .max = 1000,
     .default_value = "12",
     .label = "How far",
     .help = "Number of periods to forecast."},
    KU_DEMAND_BY,
    KU_DEMAND_MEASURE,
    KU_DEMAND_PERIOD,
    KU_DEMAND_SEASON,
    KU_DEMAND_WITH,
    {.name = "calendar",
     .type = KU_PARAM_TEXT,
     .unit = "",
     .label = "Calendar",
     .help = "Some of working-days, easter, islamic, chinese, christmas and events, or all."
             " Islamic holidays go by the tabular calendar and can be a day off.",
     .advanced = true},
    {.name = "response",
     .type = KU_PARAM_CHOICE,
     .unit = "",
     .default_value = "additive",
     .choices = response_choices,
     .label = "Effects",
     .help = "Whether regressors add to demand or multiply it; then regressors above zero act by"
             " their percent change (price elasticity).",
     .advanced = true},
    {.name = "outliers",
     .type = KU_PARAM_CHOICE,
     .unit = "",
     .default_value = "keep",
     .choices = outlier_choices,
     .label = "Outliers",
     .help = "What to do with values that do not belong to the course of their series, such as"
             " one large order.",
     .advanced = true},
    {.name = "gone",
     .type = KU_PARAM_CHOICE,
     .unit = "",
     .default_value = "forecast",
     .choices = gone_choices,
     .label = "Products gone",
     .help = "What to forecast for a series that seems to have ended in zeros.",
     .advanced = true},
    {.name = "model",
     .type = KU_PARAM_CHOICE,
     .unit = "",
     .default_value = "auto",
     .choices = model_choices,
     .label = "Model",
     .help = "The method or model for every series; by itself each series gets what its own past"
             " speaks for.",
     .advanced = true},
    {.name = "intervals",
     .type = KU_PARAM_CHOICE,
     .unit = "",
     .default_value = "tested",
     .choices = interval_choices,
     .label = "Intervals",
     .help = "Models take themselves for true, so their intervals are too narrow; tested ones are"
             " corrected by what was missed in the past.",
     .advanced = true},
    {.name = "min-length",
     .type = KU_PARAM_INT,
     .unit = "periods",
     .min = 2,
     .max = 10000,
     .default_value = "3",
     .label = "Shortest series",
     .help = "A series with fewer periods gets no forecast, only a remark.",
     .advanced = true},
    KU_DEMAND_BELOW_ZERO,
    {.name = "course",
     .type = KU_PARAM_BOOL,
     .unit = "",
     .default_value = "true",
     .label = "Past in the result",
     .help = "Give the past beside the forecast, for the chart; of a million series it is large.",
     .advanced = true},
    {.name = NULL},
};

static const ku_column_spec forecast_columns[] = {
    {"series", KU_TEXT, "", true, "Series", "Name of the series."},
    {"date", KU_DATE_OR_INT64, "", true, "Date",
     "Date or number of the period, as the dates of the series run on."},
    {"mean", KU_DOUBLE, "", true, "Forecast", "What is expected on average."},
    {"lo80", KU_DOUBLE, "", true, "Low 80 %", "Lower end of the 80 % interval."},
    {"hi80", KU_DOUBLE, "", true, "High 80 %", "Upper end of the 80 % interval."},
    {"lo95", KU_DOUBLE, "", true, "Low 95 %", "Lower end of the 95 % interval."},
    {"hi95", KU_DOUBLE, "", true, "High 95 %", "Upper end of the 95 % interval."},
    {.name = NULL},
};

static const ku_column_spec model_columns[] = {
    {"series", KU_TEXT, "", true, "Series", "Name of the series."},
    {"model", KU_TEXT, "", true, "Model",
     "What made the forecast: a mean of methods, one model, or a plain rule."},
    {"why", KU_TEXT, "", false, "Why", "Why this forecast and no other, in a sentence."},
    {"parameters", KU_TEXT, "", false, "Parameters",
     "The weights of the methods, or the parameters of the one model."},
    {"loglik", KU_DOUBLE, "", false, "Log-likelihood",
     "Of the one model, without constants; for comparing models."},
    {"aicc", KU_DOUBLE, "", false, "AICc", "Of the one model; of several the smallest is best."},
    {"smape", KU_DOUBLE, "share", false, "Error so far",
     "Mean of 2 |actual - fit| / (|actual| + |fit|), one period ahead, over the past."},
    {"period", KU_TEXT, "", true, "Period", "Length of a period."},
    {"season", KU_INT64, "periods", true, "Season",
     "Periods in the season that was looked for; 1: none."},
    {"periods", KU_INT64, "periods", true, "Past", "Periods of the past that were used."},
    {"remark", KU_TEXT, "", false, "Remark", "What limits this forecast."},
    {"ahead", KU_DOUBLE, "", false, "In all", "The forecasts of all periods together."},
    {"ahead_lo", KU_DOUBLE, "", false, "In all, low 95 %",
     "The lower ends together: lower than 95 % needs unless all periods err alike."},
    {"ahead_hi", KU_DOUBLE, "", false, "In all, high 95 %", "The upper ends together."},
    {"change", KU_DOUBLE, "change", false, "Change",
     "Of the forecasts together against as many periods before."},
    {"held_out", KU_INT64, "periods", false, "Held out",
     "Periods at the end of the past that were held out once and forecast from those before."},
    {"covered", KU_DOUBLE, "share", false, "Held inside",
     "Share of the held-out periods whose value lay in its 95 % interval."},
    {.name = NULL},
};

static const ku_column_spec course_columns[] = {
    {"series", KU_TEXT, "", true, "Series", "Name of the series."},
    {"date", KU_DATE_OR_INT64, "", true, "Date", "Date or number of the period."},
    {"kind", KU_TEXT, "", true, "Kind", "actual or forecast."},
    {"value", KU_DOUBLE, "", true, "Value", "The actual value, or the forecast."},
    {"fitted", KU_DOUBLE, "", false, "One ahead", "What the model said one period before."},
    {"lo80", KU_DOUBLE, "", false, "Low 80 %", "Lower end of the 80 % interval."},
    {"hi80", KU_DOUBLE, "", false, "High 80 %", "Upper end of the 80 % interval."},
    {"lo95", KU_DOUBLE, "", false, "Low 95 %", "Lower end of the 95 % interval."},
    {"hi95", KU_DOUBLE, "", false, "High 95 %", "Upper end of the 95 % interval."},
    {.name = NULL},
};

static const ku_column_spec future_columns[] = {
    {"scenario", KU_TEXT, "", true, "Scenario", "Name of the scenario."},
    {"series", KU_TEXT, "", true, "Series", "Name of the series."},
    {"date", KU_DATE_OR_INT64, "", true, "Date", "Date or number of the period."},
    {"mean", KU_DOUBLE, "", true, "Forecast", "What is expected on average."},
    {"lo80", KU_DOUBLE, "", true, "Low 80 %", "Lower end of the 80 % interval."},
    {"hi80", KU_DOUBLE, "", true, "High 80 %", "Upper end of the 80 % interval."},
    {"lo95", KU_DOUBLE, "", true, "Low 95 %", "Lower end of the 95 % interval."},
    {"hi95", KU_DOUBLE, "", true, "High 95 %", "Upper end of the 95 % interval."},
    {"difference", KU_DOUBLE, "", true, "Against the plan", "Above or below the plan's forecast."},
    {.name = NULL},
};

static const ku_column_spec effect_columns[] = {
    {"series", KU_TEXT, "", true, "Series", "Name of the series."},
    {"regressor", KU_TEXT, "", true, "Regressor", "Name of the regressor."},
    {"effect", KU_DOUBLE, "", false, "Effect", "What one unit of it, or one % of it, does."},
    {"lo95", KU_DOUBLE, "", false, "Low 95 %", "Lower end of the 95 % interval."},
    {"hi95", KU_DOUBLE, "", false, "High 95 %", "Upper end of the 95 % interval."},
    {"kind", KU_TEXT, "", true, "Kind", "How the effect counts, or why there is none."},
    {.name = NULL},
};

static const ku_table_spec outputs[] = {
    {.name = "forecast",
     .meaning = "The forecast of each series with its intervals.",
     .columns = forecast_columns},
    {.name = "models",
     .meaning =
         "What made the forecast of each series, why, how well it fitted, and what limits it.",
     .columns = model_columns},
    {.name = "course",
     .meaning = "Past and forecast of each series, for the chart.",
     .columns = course_columns},
    {.name = "scenarios",
     .meaning = "The forecast of each series in each scenario.",
     .columns = future_columns,
     .optional = true},
    {.name = "effects",
     .meaning = "What the regressors do to each series.",
     .columns = effect_columns,
     .optional = true},
    {.name = NULL},
};

static const ku_view_spec views[] = {
    {.name = "course",
     .title = "Past and forecast",
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
    {.name = "forecast",
     .title = "Forecast",
     .kind = KU_VIEW_TABLE,
     .table = "forecast",
     .filter = "series"},
    {.name = "models", .title = "Models", .kind = KU_VIEW_TABLE, .table = "models"},
    {.name = "scenarios",
     .title = "Scenarios side by side",
     .kind = KU_VIEW_LINE,
     .table = "scenarios",
     .x = "date",
     .y = "mean",
     .series = "scenario",
     .filter = "series"},
    {.name = "effects",
     .title = "Effects",
     .kind = KU_VIEW_TABLE,
     .table = "effects",
     .filter = "series"},
    {.name = NULL},
};

static const char *const assumptions[] = {
    "The future moves as the past did: promotion, price or competitor are known only by the"
    " regressors that are given, and those had one effect throughout.",
    "A regressor that is not planned goes on as it did; how far it may stray widens the interval.",
    "What was missed in the past is as much as will be missed; the intervals are widened by it.",
    "A series whose values were all above zero stays so: its intervals multiply, others add.",
    "From the bank, a period without a sale is a demand of zero; in a file, a period without a"
    " row is not known and is filled between its neighbours.",
    "The present assortment stays; what was out of stock counts as not asked for, unless the"
    " column available or stockout says so.",
    NULL,
};

static const ku_source_spec sources[] = {
    {"Bates, J. M. & Granger, C. W. J. (1969). The combination of forecasts. Operational Research"
     " Quarterly 20, 451-468.",
     "weights by past errors: section 3"},
    {"Petropoulos, F. & Svetunkov, I. (2020). A simple combination of univariate models."
     " International Journal of Forecasting 36, 110-115.",
     "which methods: section 2"},
    {"Burnham, K. P. & Anderson, D. R. (2002). Model Selection and Multimodel Inference. Springer.",
     "averaging models by AICc: section 2.9"},
    {"Hyndman, R. J., Koehler, A. B., Ord, J. K. & Snyder, R. D. (2008). Forecasting with"
     " Exponential Smoothing: The State Space Approach. Springer.",
     "models: tables 2.2, 2.3; likelihood: eq. 5.3; variances: eqs. 6.1, 6.2, table 6.1;"
     " admissible parameters: section 10.2"},
    {"Hyndman, R. J., Koehler, A. B., Snyder, R. D. & Grose, S. (2002). A state space framework"
     " for automatic forecasting using exponential smoothing methods. International Journal of"
     " Forecasting 18, 439-454.",
     "automatic choice: section 3"},
    {"Madsen, K., Nielsen, H. B. & Tingleff, O. (2004). Methods for Non-Linear Least Squares"
     " Problems. Technical University of Denmark.",
     "search for the parameters: section 3.2"},
    {"Harville, D. A. (1977). Maximum likelihood approaches to variance component estimation and to"
     " related problems. Journal of the American Statistical Association 72, 320-338.",
     "effects of regressors: restricted likelihood, section 5"},
    {.citation = NULL},
};

static const char *const example_args[] = {"--horizon", "6", NULL};
static const ku_example_spec example = {
    .title = "Three products, three years of months",
    .args = example_args,
    .tolerance = 1e-5,
    .reading = "Umbrellas sell with a season around a slowly moving level, so the forecast repeats"
               " its shape; coffee has a level only, so the forecast is nearly flat."
               " Water was sold at changing prices and with promotions: what they did is estimated,"
               " and two scenarios show what a higher price, or no promotion in March, would mean."
               " In four cases of five the actual value should lie in the 80 % interval.",
};

const ku_analysis ku_analysis_demand_forecast = {
    .id = "demand.forecast",
    .version = "2",
    .title = "Demand forecast",
    .area = "Demand",
    .question = "How much will be asked for?",
    .summary = "Forecasts each series from its own past: the mean of several methods, each weighing"
               " by what it missed when the end of the past was held out. Every forecast says why"
               " it is what it is and comes with its 80 % and 95 % intervals, widened by what was"
               " missed before.",
    .inputs = inputs,
    .partition = "series",
    .params = params,
    .outputs = outputs,
    .views = views,
    .assumptions = assumptions,
    .sources = sources,
    .example = &example,
    .run = ku_demand_forecast_run,
};
