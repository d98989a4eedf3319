/* calendar.h - what the calendar itself does to a period: working days and days that move.
 * Each becomes a column of a series, known for the future too. Owns nothing; columns lie in
 * the arena. */
#ifndef KU_FORECAST_CALENDAR_H
#define KU_FORECAST_CALENDAR_H

#include "forecast/series.h"

/* The names --calendar knows, "all" among them, for help: "working-days, easter, ...". */
extern const char *const ku_calendar_names;

/* Adds the columns that `list` ("easter,islamic") asks for to every series, for the past and
 * `horizon` periods ahead; columns the series have ahead stay. `events` (may be NULL) is the
 * fact calendar: each event of no region, or of the region a series is named for, becomes a
 * column, for "events". Nothing is added to numbered periods but a KU_USAGE error. KU_USAGE
 * at `calendar` for a name that is not known. */
ku_status ku_calendar_add(ku_series_set *set, const char *list, const ku_frame *events, int horizon,
                          ku_arena *arena, ku_error *err);

#endif
