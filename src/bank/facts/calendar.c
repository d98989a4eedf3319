/* calendar.c - days that differ, and measures that move demand, one a row. */
#include "bank/fact_internal.h"

static const ku_fact_column columns[] = {
    {.name = "date",
     .type = KU_DATE,
     .unit = "",
     .required = true,
     .label = "Date",
     .meaning = "The day, or the first day of its week or month.",
     .aliases = NAMES("day", "ds", "week", "month", "period", "time")},
    {.name = "event",
     .type = KU_TEXT,
     .unit = "",
     .required = true,
     .label = "Event",
     .meaning = "Name of the holiday, event or measure.",
     .aliases = NAMES("holiday", "name", "regressor", "variable", "event_name", "description")},
    {.name = "region",
     .type = KU_TEXT,
     .unit = "",
     .label = "Region",
     .meaning = "Region it holds in; empty means everywhere.",
     .aliases = NAMES("country", "area", "state", "territory")},
    {.name = "value",
     .type = KU_DOUBLE,
     .unit = "",
     .label = "Value",
     .meaning = "Size of the measure: 1 for an event, else its figure.",
     .aliases = NAMES("amount", "level", "measure")},
    {.name = NULL},
};

const ku_fact ku_fact_calendar = {
    .name = "calendar",
    .kind = KU_FACT,
    .title = "Calendar",
    .meaning = "What made a day special: holiday, event, weather, a price change; the "
               "regressors of demand.",
    .time_column = "date",
    .columns = columns,
};
