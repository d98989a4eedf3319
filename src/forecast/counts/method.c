/* method.c - counts as a forecasting method: with what the series of the run have in common,
 * or, alone, with a pool of the one series that it sees. */
#include "forecast/counts/counts_internal.h"

static const double many = 1000; /* a period: no longer sparse, other methods do better */

typedef struct memory {
    double *wave, *tide, *room;
} memory;

static void *work_new(ku_arena *arena, int observations, int season, int horizon)
{
    (void)horizon;
    memory *w = KU_NEW(arena, memory);
    size_t span = (size_t)(observations > season ? observations : season) + 1;
    w->wave = ku_arena_try(arena, span * sizeof(double));
    w->tide = ku_arena_try(arena, span * sizeof(double));
    w->room = ku_arena_try(arena, 2 * span * sizeof(double));
    return w->wave != NULL && w->tide != NULL && w->room != NULL ? w : NULL;
}

static bool forecast(void *work, const ku_past *past, ku_rng rng, ku_ahead *ahead)
{
    (void)rng;
    memory *w = work;
    double sum = 0;
    if (!ku_counts_possible(past->y, past->n)) return false;
    for (int t = 0; t < past->n; t++) sum += past->y[t];
    if (sum > many * past->n) return false;
    ku_counts_series one = {past->y, past->n, past->place};
    if (past->pool != NULL) {
        ku_counts_ahead(past->pool, &one, ahead);
        return true;
    }
    one.first = 0;
    ku_counts_pool pool = {
        .season = past->season, .wave = w->wave, .span = past->n, .tide = w->tide, .series = 1};
    ku_counts_season(&one, 1, past->season, w->wave, w->tide, w->room);
    ku_counts_search(&pool, &one, 1, 1, NULL);
    ku_counts_ahead(&pool, &one, ahead);
    return true;
}

const ku_method ku_method_counts = {
    .name = "counts",
    .title = "Counts",
    .about = "few units a period: a rate that moves, and whole numbers around it",
    .work_new = work_new,
    .forecast = forecast,
};
