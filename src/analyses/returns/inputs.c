/* inputs.c - the columns of the tables that the analyses of return share. */
#include "analyses/returns/inputs.h"

const ku_column_spec ku_returns_media_columns[] = {
    {"date", KU_DATE, "", true, "Date", "Day the money worked, or first day of its period."},
    {"region", KU_TEXT, "", false, "Region", "Where; empty: everywhere, shared out by size."},
    {"channel", KU_TEXT, "", true, "Channel", "Where the money went: television, search, print."},
    {"spend", KU_DOUBLE, "money", false, "Spend", "Money spent; empty for what cost nothing."},
    {"exposure", KU_DOUBLE, "count", false, "Exposure",
     "What it bought: impressions, clicks, rating points; empty: the money stands for it."},
    {"reach", KU_DOUBLE, "count", false, "Reach", "People who saw it."},
    {"frequency", KU_DOUBLE, "", false, "Frequency", "How often each of them saw it."},
    {"kind", KU_TEXT, "", false, "Kind", "paid or organic (seen without being paid for)."},
    {.name = NULL},
};

const ku_column_spec ku_returns_outcome_columns[] = {
    {"date", KU_DATE, "", true, "Date", "Day, or first day of the period."},
    {"region", KU_TEXT, "", false, "Region", "Where; empty: everywhere."},
    {"value", KU_DOUBLE, "", true, "Outcome", "What was sold or reached; empty: not known."},
    {"revenue_per_unit", KU_DOUBLE, "money/unit", false, "Revenue per unit",
     "Money that one unit of the outcome brings; empty where it is money itself."},
    {"population", KU_DOUBLE, "customers", false, "Population", "People living in the region."},
    {.name = NULL},
};

const ku_column_spec ku_returns_controls_columns[] = {
    {"date", KU_DATE, "", true, "Date", "Day, or first day of the period."},
    {"region", KU_TEXT, "", false, "Region", "Where; empty: everywhere."},
    {"name", KU_TEXT, "", true, "Name", "What it is: temperature, competitors' prices, Easter."},
    {"value", KU_DOUBLE, "", true, "Value", "Its figure; 1 for an event."},
    {"kind", KU_TEXT, "", false, "Kind",
     "control (moves sales), treatment (moves sales and was decided here, such as a price) or"
     " event (a day or week unlike others); empty: control."},
    {.name = NULL},
};

const ku_column_spec ku_returns_experiments_columns[] = {
    {"experiment", KU_TEXT, "", true, "Experiment", "Name of the test."},
    {"channel", KU_TEXT, "", true, "Channel", "Channel whose spend was changed."},
    {"region", KU_TEXT, "", false, "Regions",
     "Regions where it was changed, parted by semicolons; empty: everywhere."},
    {"starts", KU_DATE, "", true, "Starts", "First day with other spend than usual."},
    {"ends", KU_DATE, "", true, "Ends", "Last day with other spend than usual."},
    {"counted_until", KU_DATE, "", false, "Counted until",
     "Last day whose outcome is in the effect; empty: the last day of the test."},
    {"spend", KU_DOUBLE, "money", true, "Spend tested",
     "How much more was spent because of the test; negative: less."},
    {"effect", KU_DOUBLE, "", true, "Effect", "Outcome won by it; negative: lost."},
    {"effect_lo", KU_DOUBLE, "", false, "Effect, low", "Lower end of its 95 % interval."},
    {"effect_hi", KU_DOUBLE, "", false, "Effect, high", "Upper end of its 95 % interval."},
    {"effect_error", KU_DOUBLE, "", false, "Error",
     "Standard error of the effect; empty: from the interval."},
    {"outcome", KU_TEXT, "", false, "Outcome",
     "What was counted: revenue, margin, units, orders; empty: the outcome of this analysis."},
    {.name = NULL},
};

const ku_column_spec ku_returns_wide_columns[] = {
    {"date", KU_TEXT, "", false, "Date",
     "Date of the row; may also be called time, week, month, day or date_week."},
    {.name = NULL},
};

const ku_choice ku_returns_periods[] = {
    {"day", "Days"}, {"week", "Weeks"}, {"month", "Months"}, {.value = NULL}};

const ku_choice ku_returns_outcomes[] = {{"revenue", "Revenue"},  {"margin", "Margin"},
                                         {"units", "Units"},      {"orders", "Orders"},
                                         {"customers", "Buyers"}, {.value = NULL}};

const ku_choice ku_returns_exposures[] = {{"seen", "Impressions where known, else money"},
                                          {"spend", "Money"},
                                          {"reach", "Reach and frequency"},
                                          {.value = NULL}};

const ku_column_spec ku_returns_response_columns[] = {
    {"draw", KU_INT64, "", true, "Draw", "Number of the draw from the posterior."},
    {"channel", KU_TEXT, "", true, "Channel", "Where the money goes."},
    {"region", KU_TEXT, "", true, "Region", "Where."},
    {"coefficient", KU_DOUBLE, "money", true, "Coefficient",
     "Money of outcome per unit of saturated exposure and period."},
    {"carry", KU_DOUBLE, "", false, "Carry-over", "How long exposure works on."},
    {"delay", KU_DOUBLE, "periods", false, "Delay", "Where the adstock has one."},
    {"half", KU_DOUBLE, "", false, "Half-saturation", "In scaled exposure."},
    {"slope", KU_DOUBLE, "", false, "Slope", "Of the saturation."},
    {"scale", KU_DOUBLE, "", true, "Scale", "Exposure units per scaled unit."},
    {"price", KU_DOUBLE, "money/unit", false, "Price", "Money per exposure unit."},
    {"adstock", KU_TEXT, "", true, "Adstock", "Its kind."},
    {"saturation", KU_TEXT, "", true, "Saturation", "Its kind."},
    {"lag", KU_INT64, "periods", true, "Longest lag", "The last period exposure works in."},
    {"normalised", KU_BOOL, "", false, "Normalised", "Whether the adstock's weights sum to 1."},
    {"saturated_first", KU_BOOL, "", false, "Saturated first",
     "Whether saturation comes before adstock."},
    {.name = NULL},
};
