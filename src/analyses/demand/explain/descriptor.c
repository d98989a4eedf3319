/* descriptor.c - demand.explain: what made demand what it was. */
#include "analyses/demand/explain/explain.h"
#include "analyses/demand/settings.h"

static const ku_column_spec series_columns[] = {
    {"series", KU_TEXT, "", true, "Series", "Name of what is sold: a product, an article."},
    {"date", KU_DATE_OR_INT64, "", true, "Date",
     "A date in the period, or its number; all at the same distance, gaps allowed."},
    {"value", KU_DOUBLE, "units", true, "Value", "Units asked for. Empty: still to come."},
    {"complete", KU_BOOL, "", false, "Complete",
     "False for a period that is not over; such a period is left out."},
    {"group", KU_TEXT, "", false, "Group",
     "Products that take demand from each other have the same group."},
    {.name = NULL},
};

static const ku_table_spec inputs[] = {
    {.name = "series",
     .meaning = "One row a series and period with what may have moved it. From the bank: units"
                " by product with the average price, the share of lines on promotion, and media.",
     .columns = series_columns,
     .query = "series",
     .further = "Any further column of numbers or true and false may explain demand: price,"
                " promotion, media, holiday, temperature. Rows behind the last value, the value"
                " empty, are what is planned.",
     .blank = "value"},
    {.name = "scenario",
     .meaning = "Other futures, to see what would change against the plan and why.",
     .columns = ku_demand_scenario_columns,
     .optional = true,
     .further = "What the scenario changes, called as in the series."},
    {.name = "events",
     .meaning = "Days with an event, for --calendar events.",
     .columns = ku_demand_event_columns,
     .optional = true,
     .query = "events"},
    {.name = NULL},
};

static const ku_choice response_choices[] = {
    {"relative", "Relative: so many % more"},
    {"additive", "Added: so many units more"},
    {.value = NULL},
};

static const ku_param_spec params[] = {
    {.name = "response",
     .type = KU_PARAM_CHOICE,
     .unit = "",
     .default_value = "relative",
     .choices = response_choices,
     .label = "Effects",
     .help = "Whether price and promotion multiply demand or add to it; a series that is not"
             " above zero throughout is explained by adding."},
    {.name = "period",
     .type = KU_PARAM_CHOICE,
     .unit = "",
     .default_value = "auto",
     .min = 1,
     .max = 10000,
     .choices = ku_demand_period_choices,
     .label = "Period",
     .help = "Length of a period; where dates are whole numbers, the periods in a season."},
    {.name = "calendar",
     .type = KU_PARAM_TEXT,
     .unit = "",
     .label = "Calendar",
     .help = "Some of working-days, easter, islamic, chinese, christmas and events, or all."
             " Islamic holidays go by the tabular calendar and can be a day off."},
    {.name = "price",
     .type = KU_PARAM_TEXT,
     .unit = "",
     .label = "Prices",
     .help = "Columns that are prices; by itself those with price in their name. The first one"
             " values units in money.",
     .advanced = true},
    {.name = "promotion",
     .type = KU_PARAM_TEXT,
     .unit = "",
     .label = "Promotions",
     .help = "Columns that are promotions; by itself those named after promo, discount, display,"
             " feature or coupon.",
     .advanced = true},
    {.name = "media",
     .type = KU_PARAM_TEXT,
     .unit = "",
     .label = "Media",
     .help = "Columns that are media; by itself those named after media, spend, advert, tv or"
             " campaign.",
     .advanced = true},
    {.name = "holiday",
     .type = KU_PARAM_TEXT,
     .unit = "",
     .label = "Holidays",
     .help = "Columns that are holidays; by itself those of the calendar and those named after a"
             " holiday or a day.",
     .advanced = true},
    {.name = "season",
     .type = KU_PARAM_TEXT,
     .unit = "periods",
     .label = "Season",
     .help = "Periods after which the season repeats, 1 for none.",
     .advanced = true},
    {.name = NULL},
};

static const ku_column_spec summary_columns[] = {
    {"series", KU_TEXT, "", true, "Series", "Name of the series."},
    {"part", KU_TEXT, "", true, "Part", "Baseline, what moved it, and the actual demand."},
    {"units", KU_DOUBLE, "units", true, "Units", "Over the whole past."},
    {"lo95", KU_DOUBLE, "units", true, "Low 95 %", "Lower end of the 95 % interval."},
    {"hi95", KU_DOUBLE, "units", true, "High 95 %", "Upper end of the 95 % interval."},
    {"share", KU_DOUBLE, "share", true, "Share", "Of the actual demand."},
    {"money", KU_DOUBLE, "money", false, "Money", "Units times the price of their period."},
    {.name = NULL},
};

static const ku_column_spec part_columns[] = {
    {"series", KU_TEXT, "", true, "Series", "Name of the series."},
    {"date", KU_DATE_OR_INT64, "", true, "Date", "Date or number of the period."},
    {"kind", KU_TEXT, "", true, "Kind", "actual or planned."},
    {"part", KU_TEXT, "", true, "Part", "Baseline, or what moved demand away from it."},
    {"units", KU_DOUBLE, "units", true, "Units", "The part of the period's demand."},
    {"lo95", KU_DOUBLE, "units", true, "Low 95 %", "Lower end of the 95 % interval."},
    {"hi95", KU_DOUBLE, "units", true, "High 95 %", "Upper end of the 95 % interval."},
    {"money", KU_DOUBLE, "money", false, "Money", "Units times the price of the period."},
    {.name = NULL},
};

static const ku_column_spec effect_columns[] = {
    {"series", KU_TEXT, "", true, "Series", "Name of the series."},
    {"cause", KU_TEXT, "", true, "Cause", "Name of the column."},
    {"part", KU_TEXT, "", true, "Part", "Which part it belongs to."},
    {"kind", KU_TEXT, "", true, "Kind",
     "elasticity: % of demand for each % of it; uplift: change of demand by one unit of it."},
    {"effect", KU_DOUBLE, "", false, "Effect", "The elasticity or the relative uplift (.2: 20 %)."},
    {"lo95", KU_DOUBLE, "", false, "Low 95 %", "Lower end of the 95 % interval."},
    {"hi95", KU_DOUBLE, "", false, "High 95 %", "Upper end of the 95 % interval."},
    {.name = NULL},
};

static const ku_column_spec change_columns[] = {
    {"scenario", KU_TEXT, "", true, "Scenario", "Name of the scenario."},
    {"series", KU_TEXT, "", true, "Series", "Name of the series."},
    {"cause", KU_TEXT, "", true, "Cause", "What differs from the plan."},
    {"units", KU_DOUBLE, "units", true, "Units", "What that changes over the planned periods."},
    {"lo95", KU_DOUBLE, "units", true, "Low 95 %", "Lower end of the 95 % interval."},
    {"hi95", KU_DOUBLE, "units", true, "High 95 %", "Upper end of the 95 % interval."},
    {.name = NULL},
};

static const ku_table_spec outputs[] = {
    {.name = "summary",
     .meaning = "The demand of the past from its parts.",
     .columns = summary_columns},
    {.name = "parts",
     .meaning = "The parts period by period, past and planned.",
     .columns = part_columns},
    {.name = "effects",
     .meaning = "Price elasticities and uplifts with their intervals.",
     .columns = effect_columns},
    {.name = "changes",
     .meaning = "What each scenario changes against the plan, by cause.",
     .columns = change_columns,
     .optional = true},
    {.name = NULL},
};

static const ku_view_spec views[] = {
    {.name = "summary",
     .title = "From baseline to actual",
     .kind = KU_VIEW_WATERFALL,
     .table = "summary",
     .x = "part",
     .y = "units",
     .filter = "series"},
    {.name = "parts",
     .title = "Parts of demand",
     .kind = KU_VIEW_LINE,
     .table = "parts",
     .x = "date",
     .y = "units",
     .series = "part",
     .filter = "series"},
    {.name = "effects",
     .title = "Effects",
     .kind = KU_VIEW_TABLE,
     .table = "effects",
     .filter = "series"},
    {.name = "changes",
     .title = "What scenarios change",
     .kind = KU_VIEW_TABLE,
     .table = "changes",
     .filter = "series"},
    {.name = NULL},
};

static const char *const assumptions[] = {
    "Prices and promotions were not set because demand was about to rise or fall; where they"
    " were, part of that stands in their effects.",
    "An effect was the same throughout the past and does not last beyond its period: stocks"
    " bought in a promotion that are missing later are not told apart.",
    "What a promotion takes from other products is proportional to how much of the group's other"
    " sales is on promotion.",
    "What no column explains, chance included, is part of the baseline.",
    NULL,
};

static const ku_source_spec sources[] = {
    {"Harville, D. A. (1977). Maximum likelihood approaches to variance component estimation and to"
     " related problems. Journal of the American Statistical Association 72, 320-338.",
     "effects: restricted likelihood, section 5"},
    {"Ang, B. W. (2005). The LMDI approach to decomposition analysis: a practical guide. Energy"
     " Policy 33, 867-871.",
     "parts where effects multiply: eq. 5"},
    {"van Heerde, H. J., Leeflang, P. S. H. & Wittink, D. R. (2004). Decomposing the sales"
     " promotion bump with store data. Marketing Science 23, 317-334.",
     "baseline, uplift and cannibalisation: section 2"},
    {.citation = NULL},
};

static const char *const example_args[] = {"--season", "1", NULL};
static const ku_example_spec example = {
    .title = "Two juices that take demand from each other",
    .args = example_args,
    .tolerance = 1e-6,
    .reading = "Both juices sell about half as much again in a promotion, and a part of that is"
               " missing from the other one: cannibalisation. One per cent more of the price"
               " costs about two per cent of demand. The parts add up to what was sold.",
};

const ku_analysis ku_analysis_demand_explain = {
    .id = "demand.explain",
    .version = "1",
    .title = "Demand explained",
    .area = "Demand",
    .question = "What made demand what it was?",
    .summary = "Splits the demand of each series into the baseline and what price, promotion,"
               " media, holidays and the promotions of sister products did to it, each with its"
               " interval, in units and in money. Gives price elasticities and promotion uplifts,"
               " and says what a scenario would change, and why.",
    .inputs = inputs,
    .params = params,
    .outputs = outputs,
    .views = views,
    .assumptions = assumptions,
    .sources = sources,
    .example = &example,
    .run = explain_run,
};
