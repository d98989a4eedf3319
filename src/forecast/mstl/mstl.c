/* mstl.c - several seasons by STL in turn.
 *
 * One decomposition finds one season. From the shortest to the longest each season is
 * found in the series without the others, and the round is repeated once, since the first
 * season was found before the others were known. The longer a season the fewer of its
 * cycles there are, so the more of them shape it: spans 11, 15, 19, ... */
#include "forecast/mstl/mstl.h"

#include <string.h>

enum { ROUNDS = 2 };

bool ku_mstl(ku_stl_work *work, const int *periods, int count, bool robust, const double *y, int n,
             ku_mstl_parts *parts)
{
    parts->count = 0;
    for (int i = 0; i < count && i < KU_SEASONS; i++)
        if (periods[i] > 1 && n > 2 * periods[i]) parts->period[parts->count++] = periods[i];
    if (parts->count == 0) return false;
    for (int i = 0; i < parts->count; i++) memset(parts->season[i], 0, (size_t)n * sizeof *y);
    memcpy(parts->remainder, y, (size_t)n * sizeof *y); /* here: without the seasons so far */
    for (int round = 0; round < (parts->count > 1 ? ROUNDS : 1); round++)
        for (int i = 0; i < parts->count; i++) {
            double *rest = parts->remainder, *season = parts->season[i];
            for (int t = 0; t < n; t++) rest[t] += season[t];
            ku_stl_options options = {
                .period = parts->period[i], .season_span = KU_MSTL_SPAN(i), .robust = robust};
            if (!ku_stl(work, &options, rest, n, season, parts->trend, NULL)) return false;
            for (int t = 0; t < n; t++) rest[t] -= season[t];
        }
    for (int t = 0; t < n; t++) parts->remainder[t] -= parts->trend[t];
    return true;
}
