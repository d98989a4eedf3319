/* fuzz_plan.c - the planner under any limits: bounds of cells and limits on any sums of them,
 * possible together or not. What comes back as a plan satisfies every limit to the unit; limits
 * that cannot all hold are loosened until a plan is found, and only those that must be. */
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "bytes.h"
#include "returns/plan/plan.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { CHANNELS = 2, REGIONS = 2, STRETCHES = 2, DRAWS = 3, PERIODS = 4, BEFORE = 2, TAIL = 2 };
enum { CELLS = CHANNELS * REGIONS * STRETCHES, GRID = CHANNELS * PERIODS * REGIONS, ROWS = 10 };
enum { VALUES = DRAWS * CHANNELS * REGIONS };

typedef struct world {
    ku_response_form form[CHANNELS];
    ku_response_values values[VALUES];
    double coefficient[VALUES], unit[VALUES], history[CHANNELS * BEFORE * REGIONS], weight[GRID];
    int cell[GRID];
    double low[CELLS], high[CELLS], least[ROWS], most[ROWS], dear[ROWS];
    int start[CELLS + 1], row[CELLS * ROWS];
    ku_plan_media media;
    ku_plan_cells cells;
    ku_plan_limits limits;
} world;

static void make_market(world *w, bytes *in)
{
    for (int c = 0; c < CHANNELS; c++)
        w->form[c] = (ku_response_form){(ku_adstock_kind)(take(in) % 3),
                                        take(in) % 2 == 0 ? KU_SATURATION_MICHAELIS_MENTEN
                                                          : KU_SATURATION_HILL,
                                        TAIL, true, false};
    for (int i = 0; i < VALUES; i++) {
        w->values[i] = (ku_response_values){take(in) / 255., 0, 0.1 + take(in) / 50.,
                                            0.3 + take(in) / 60.};
        w->coefficient[i] = take(in) * 10;
        w->unit[i] = take(in) / 1000.;
    }
    for (int i = 0; i < CHANNELS * BEFORE * REGIONS; i++) w->history[i] = take(in);
    for (int i = 0; i < GRID; i++) {
        int c = i / REGIONS / PERIODS, t = i / REGIONS % PERIODS;
        w->cell[i] = (c * REGIONS + i % REGIONS) * STRETCHES + t * STRETCHES / PERIODS;
        w->weight[i] = (double)STRETCHES / PERIODS;
    }
    w->media = (ku_plan_media){CHANNELS, REGIONS,   DRAWS,          BEFORE,  PERIODS,   TAIL,
                               w->form,  w->values, w->coefficient, w->unit, w->history};
    w->cells = (ku_plan_cells){CELLS, w->cell, w->weight};
}

static void make_limits(world *w, bytes *in)
{
    int rows = 1 + take(in) % ROWS, at = 0;
    uint8_t members[ROWS];
    for (int i = 0; i < CELLS; i++) {
        w->low[i] = take(in) % 4 == 0 ? take(in) * 7 : 0;
        w->high[i] = w->low[i] + take(in) * 13;
    }
    for (int k = 0; k < rows; k++) {
        int kind = take(in) % 4;
        double from = take(in) * 31, width = take(in) * 3;
        members[k] = take(in);
        w->least[k] = kind == 0 ? -INFINITY : from;
        w->most[k] = kind == 1 ? INFINITY : kind == 2 ? from : from + width;
        w->dear[k] = 1 + take(in) % 4 * 300;
    }
    for (int i = 0; i < CELLS; i++) {
        for (int k = 0; k < rows; k++)
            if (members[k] >> i & 1) w->row[at++] = k;
        w->start[i + 1] = at;
    }
    w->limits = (ku_plan_limits){w->low, w->high, rows, w->least, w->most, w->start, w->row};
}

static void must_hold(const ku_plan_limits *l, const int64_t *whole)
{
    double sum[ROWS] = {0};
    for (int i = 0; i < CELLS; i++) {
        if ((double)whole[i] < l->low[i] || (double)whole[i] > l->high[i]) abort();
        for (int at = l->start[i]; at < l->start[i + 1]; at++) sum[l->row[at]] += (double)whole[i];
    }
    for (int k = 0; k < l->rows; k++)
        if (sum[k] < l->least[k] || sum[k] > l->most[k]) abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    bytes in = {data, size};
    world *w = calloc(1, sizeof *w);
    ku_arena *arena = ku_arena_new();
    double least[ROWS], most[ROWS], amount[CELLS] = {0};
    int64_t whole[CELLS];
    ku_plan_best best;
    make_market(w, &in);
    make_limits(w, &in);
    ku_plan_model *model = ku_plan_model_new(&w->media, &w->cells, NULL, arena);
    memcpy(least, w->least, sizeof least);
    memcpy(most, w->most, sizeof most);
    bool fits = ku_plan_improve(model, &w->limits, 1, 1e-6, amount, NULL, &best);
    if (fits && !isfinite(best.value)) abort();
    int changed = ku_plan_loosen(&w->limits, CELLS, w->dear, arena, least, most, amount);
    w->limits.least = least;
    w->limits.most = most;
    for (int k = 0; k < w->limits.rows; k++)
        if (least[k] > w->least[k] || most[k] < w->most[k]) abort(); /* only ever looser */
    (void)changed;
    if (!ku_plan_improve(model, &w->limits, 1, 1e-6, amount, NULL, &best)) abort();
    if (ku_plan_whole(&w->limits, CELLS, amount, arena, whole)) must_hold(&w->limits, whole);
    ku_arena_free(arena);
    free(w);
    return 0;
}
