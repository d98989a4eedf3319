/* descriptor.c - demand.hierarchy: forecasts of products, groups, countries and the total
 * that add up. */
#include "analyses/demand/hierarchy/hierarchy.h"
#include "analyses/demand/settings.h"

static const ku_column_spec series_columns[] = {
    {"series", KU_TEXT, "", true, "Series",
     "Name of the smallest thing forecast; a path such as Total/Drinks/Tea where there is no"
     " table of groups."},
    {"date", KU_DATE_OR_INT64, "", true, "Date",
     "A date in the period, or its number; all at the same distance, gaps allowed."},
    {"value", KU_DOUBLE, "", true, "Value", "What was asked for in the period: units or money."},
    {"complete", KU_BOOL, "", false, "Complete",
     "False for a period that is not over; such a period is left out."},
    {.name = NULL},
};

static const ku_column_spec group_columns[] = {
    {"series", KU_TEXT, "", true, "Series", "Name of the series, as in the other table."},
    {"level", KU_TEXT, "", true, "Level", "What the group is one of: Product group, Country."},
    {"member", KU_TEXT, "", true, "Group", "The group of that level which the series is in."},
    {.name = NULL},
};

static const ku_table_spec inputs[] = {
    {.name = "series",
     .meaning = "One row a series and period, only series that are not sums of others. From the"
                " bank: the sales added up, periods without a sale as zero.",
     .columns = series_columns,
     .query = "series"},
    {.name = "groups",
     .meaning = "One row a series and level. Levels may lie inside each other or cross. Without"
                " this table the names of the series are read as paths.",
     .columns = group_columns,
     .query = "groups",
     .optional = true},
    {.name = NULL},
};

static const ku_choice by_choices[] = {
    {"product", "Product, in its group"},
    {"product-channel", "Product by channel"},
    {"product-country", "Product by country or region"},
    {"group-channel", "Product group by channel"},
    {"group-country", "Product group by country or region"},
    {.value = NULL},
};

static const ku_choice method_choices[] = {
    {"mint", "All levels, by how they erred together (MinT)"},
    {"wls-variance", "All levels, by how much each erred"},
    {"wls-structure", "All levels, by how many series each holds"},
    {"ols", "All levels alike"},
    {"bottom-up", "From the single series up"},
    {"top-down-average", "From the total down, by the mean of past shares"},
    {"top-down-total", "From the total down, by the shares of all the past"},
    {"top-down-forecast", "From the total down, by the shares of the forecasts"},
    {.value = NULL},
};

#define KU_METHOD(name, title) {#name, title},
static const ku_choice model_choices[] = {
    {"auto", "By itself"},
#include "forecast/methods.def"
    {.value = NULL},
};
#undef KU_METHOD

static const ku_choice missing_choices[] = {
    {"between", "Not known: fill between the neighbours"},
    {"zero", "Nothing was asked for: zero"},
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
    {.name = "by",
     .type = KU_PARAM_CHOICE,
     .unit = "",
     .default_value = "product",
     .choices = by_choices,
     .label = "Smallest unit",
     .help = "What the sales of the bank are added up by; a file has its own series."},
    KU_DEMAND_MEASURE,
    KU_DEMAND_PERIOD,
    {.name = "method",
     .type = KU_PARAM_CHOICE,
     .unit = "",
     .default_value = "mint",
     .choices = method_choices,
     .label = "Which levels decide",
     .help = "How the forecasts of all levels are brought together."},
    {.name = "cross",
     .type = KU_PARAM_BOOL,
     .unit = "",
     .default_value = "true",
     .label = "Cross levels",
     .help = "Also forecast each pair of groups of levels that cross: drinks on the web."},
    {.name = "missing",
     .type = KU_PARAM_CHOICE,
     .unit = "",
     .default_value = "between",
     .choices = missing_choices,
     .label = "Periods without a row",
     .help = "What a period without a row in a file means; the bank's are zero.",
     .advanced = true},
    KU_DEMAND_SEASON,
    {.name = "model",
     .type = KU_PARAM_CHOICE,
     .unit = "",
     .default_value = "auto",
     .choices = model_choices,
     .label = "Model",
     .help = "The method for every node's own forecast; by itself each node gets what its own past"
             " speaks for. One method is faster where there are tens of thousands.",
     .advanced = true},
    {.name = "separator",
     .type = KU_PARAM_TEXT,
     .unit = "",
     .default_value = "/",
     .label = "Separator",
     .help = "What stands between the parts of a path where there is no table of groups.",
     .advanced = true},
    {.name = "futures",
     .type = KU_PARAM_INT,
     .unit = "count",
     .min = 100,
     .max = 100000,
     .default_value = "1000",
     .label = "Simulated futures",
     .help = "Number of futures that the intervals are counted out from.",
     .advanced = true},
    KU_DEMAND_BELOW_ZERO,
    {.name = NULL},
};

static const ku_column_spec forecast_columns[] = {
    {"level", KU_TEXT, "", true, "Level", "Level of the node."},
    {"node", KU_TEXT, "", true, "Item", "The total, a group or a single series."},
    {"date", KU_DATE_OR_INT64, "", true, "Date",
     "Date of the period, as the dates of the series run on."},
    {"mean", KU_DOUBLE, "", true, "Forecast", "What is expected on average; adds up."},
    {"lo80", KU_DOUBLE, "", true, "Low 80 %", "Lower end of the 80 % interval."},
    {"hi80", KU_DOUBLE, "", true, "High 80 %", "Upper end of the 80 % interval."},
    {"lo95", KU_DOUBLE, "", true, "Low 95 %", "Lower end of the 95 % interval."},
    {"hi95", KU_DOUBLE, "", true, "High 95 %", "Upper end of the 95 % interval."},
    {"base", KU_DOUBLE, "", true, "By itself", "The node's own forecast; these do not add up."},
    {.name = NULL},
};

static const ku_column_spec level_columns[] = {
    {"level", KU_TEXT, "", true, "Level", "Level."},
    {"nodes", KU_INT64, "count", true, "Items", "Groups or series of the level."},
    {"base", KU_DOUBLE, "", true, "By themselves",
     "What the own forecasts of the level's nodes add up to, all periods."},
    {"reconciled", KU_DOUBLE, "", true, "Brought together",
     "What the reconciled forecasts add up to, all periods."},
    {"moved", KU_DOUBLE, "share", false, "Moved",
     "How far the nodes were moved, taken together: sum of |reconciled - own| of own."},
    {.name = NULL},
};

static const ku_column_spec node_columns[] = {
    {"level", KU_TEXT, "", true, "Level", "Level of the node."},
    {"node", KU_TEXT, "", true, "Item", "The total, a group or a single series."},
    {"series", KU_INT64, "count", true, "Series", "Single series in it."},
    {"periods", KU_INT64, "periods", true, "Past", "Periods of the past that were used."},
    {"model", KU_TEXT, "", true, "Model", "The model of the node's own forecast."},
    {"change", KU_DOUBLE, "change", false, "Moved by",
     "What reconciling changed in the node's forecast, all periods."},
    {"remark", KU_TEXT, "", false, "Remark", "What limits this forecast."},
    {.name = NULL},
};

static const ku_column_spec course_columns[] = {
    {"node", KU_TEXT, "", true, "Item", "The total, a group or a single series."},
    {"date", KU_DATE_OR_INT64, "", true, "Date", "Date of the period."},
    {"kind", KU_TEXT, "", true, "Kind", "actual or forecast."},
    {"value", KU_DOUBLE, "", true, "Value", "The actual value, or the forecast."},
    {"lo80", KU_DOUBLE, "", false, "Low 80 %", "Lower end of the 80 % interval."},
    {"hi80", KU_DOUBLE, "", false, "High 80 %", "Upper end of the 80 % interval."},
    {"lo95", KU_DOUBLE, "", false, "Low 95 %", "Lower end of the 95 % interval."},
    {"hi95", KU_DOUBLE, "", false, "High 95 %", "Upper end of the 95 % interval."},
    {.name = NULL},
};

static const ku_table_spec outputs[] = {
    {.name = "forecast",
     .meaning = "The forecast of every node with its intervals, the total first.",
     .columns = forecast_columns},
    {.name = "levels",
     .meaning = "What the forecasts of each level said by themselves and what became of them.",
     .columns = level_columns},
    {.name = "nodes",
     .meaning = "How each node was forecast and how far reconciling moved it.",
     .columns = node_columns},
    {.name = "course",
     .meaning = "Past and forecast, for the chart; of more than 5,000 nodes the groups only.",
     .columns = course_columns},
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
     .filter = "node",
     .kind_column = "kind"},
    {.name = "levels",
     .title = "What each level said, and what adds up",
     .kind = KU_VIEW_TABLE,
     .table = "levels"},
    {.name = "forecast",
     .title = "Forecast",
     .kind = KU_VIEW_TABLE,
     .table = "forecast",
     .filter = "node"},
    {.name = "nodes",
     .title = "Every total, group and product",
     .kind = KU_VIEW_TABLE,
     .table = "nodes"},
    {.name = NULL},
};

static const char *const assumptions[] = {
    "The forecasts of the nodes by themselves are right on average; reconciling keeps them so,"
    " except from the total down.",
    "Nodes that erred together will err together; the covariance of errors several periods ahead"
    " is that of one period, scaled to each node's own interval. No interval is narrower than"
    " that of the node's own forecast.",
    "The ends of intervals do not add up and should not: all groups are rarely low at once. The"
    " futures that they are counted out from do.",
    "A series that began later counts as zero in the sums before, one that ended earlier as zero"
    " since.",
    NULL,
};

static const ku_source_spec sources[] = {
    {"Wickramasuriya, S. L., Athanasopoulos, G. & Hyndman, R. J. (2019). Optimal forecast"
     " reconciliation for hierarchical and grouped time series through trace minimization."
     " Journal of the American Statistical Association 114, 804-819.",
     "MinT: theorem 1; the estimates of the covariance: section 2.4"},
    {"Schaefer, J. & Strimmer, K. (2005). A shrinkage approach to large-scale covariance matrix"
     " estimation. Statistical Applications in Genetics and Molecular Biology 4(1), 32.",
     "the shrinkage: section 2.4, target D"},
    {"Wickramasuriya, S. L., Turlach, B. A. & Hyndman, R. J. (2020). Optimal non-negative forecast"
     " reconciliation. Statistics and Computing 30, 1167-1182.",
     "no negative forecasts: section 2"},
    {"Panagiotelis, A., Gamakumara, P., Athanasopoulos, G. & Hyndman, R. J. (2023). Probabilistic"
     " forecast reconciliation. European Journal of Operational Research 306, 693-706.",
     "intervals from reconciled futures: section 3"},
    {"Gross, C. W. & Sohl, J. E. (1990). Disaggregation methods to expedite product line"
     " forecasting. Journal of Forecasting 9, 233-254.",
     "from the total down: methods A and F"},
    {.citation = NULL},
};

static const char *const example_args[] = {
    "--horizon", "2", "--method", "wls-structure", "--model", "mean", "--futures", "400", NULL};
static const ku_example_spec example = {
    .title = "Two products in two countries",
    .args = example_args,
    .tolerance = 1e-6,
    .reading = "Coffee came to Peru only in 2025, so the mean of all sales so far is lower than"
               " the means of the four series together. Reconciled, tea and coffee, Norway and"
               " Peru, and the four add up to the same total. MinT, the usual method, would also"
               " weigh how much each erred.",
};

const ku_analysis ku_analysis_demand_hierarchy = {
    .id = "demand.hierarchy",
    .version = "1",
    .title = "Demand that adds up",
    .area = "Demand",
    .question = "How much will be asked for, from single products up to the total?",
    .summary = "Forecasts products, groups, countries and the total each by itself and brings the"
               " forecasts together so that they add up, giving the more weight to what erred"
               " less. No forecast of what was never negative becomes negative. Every node has"
               " its 80 % and 95 % intervals.",
    .inputs = inputs,
    .params = params,
    .outputs = outputs,
    .views = views,
    .assumptions = assumptions,
    .sources = sources,
    .example = &example,
    .run = ku_demand_hierarchy_run,
};
