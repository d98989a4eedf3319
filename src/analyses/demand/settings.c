/* settings.c - what the shared settings can be. */
#include "analyses/demand/settings.h"

const ku_choice ku_demand_by_choices[] = {
    {"total", "All sales together"},
    {"product-group", "Product group"},
    {"product", "Product"},
    {"country", "Country or region"},
    {"channel", "Channel"},
    {"outlet", "Outlet"},
    {.value = NULL},
};

const ku_choice ku_demand_measure_choices[] = {
    {"quantity", "Units"},
    {"amount", "Revenue"},
    {.value = NULL},
};

const ku_choice ku_demand_period_choices[] = {
    {"auto", "As the dates suggest"}, {"day", "Day"},   {"week", "Week"}, {"month", "Month"},
    {"quarter", "Quarter"},           {"year", "Year"}, {.value = NULL},
};

const ku_column_spec ku_demand_scenario_columns[] = {
    {"scenario", KU_TEXT, "", true, "Scenario", "Name of the scenario."},
    {"series", KU_TEXT, "", false, "Series", "Name of the series; empty: all of them."},
    {"date", KU_DATE_OR_INT64, "", true, "Date", "A date in the period, or its number."},
    {.name = NULL},
};

const ku_column_spec ku_demand_event_columns[] = {
    {"date", KU_DATE, "", true, "Date", "The day."},
    {"event", KU_TEXT, "", true, "Event", "What is on that day."},
    {"region", KU_TEXT, "", false, "Region", "The series it is for, by name; empty: all of them."},
    {"value", KU_DOUBLE, "", false, "Size", "How much of it; 1 when empty."},
    {.name = NULL},
};
