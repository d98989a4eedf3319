/* fuzz_regress.c - any bytes as a series and its regressors, collinear, constant, with holes
 * or more than there are values: effects, the series without them and the forecast with them
 * are finite and its bounds in order. */
#include "bytes.h"

#include "forecast/regress/regress.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { LONGEST = 200, COLUMNS = 30, AHEAD = 40 };

typedef struct job {
    double y[LONGEST], x[COLUMNS * (LONGEST + AHEAD)], plan[COLUMNS * AHEAD];
    bool helper[COLUMNS];
    int sd[COLUMNS];
    ku_regress_data data;
    int horizon;
} job;

static void take_column(bytes *from, double *x, int length)
{
    take_series(from, x, length, 12);
    for (int holes = take_below(from, 6); holes > 0; holes--) {
        int first = take_below(from, length), count = take_below(from, length + 1);
        for (int t = first; t < length && t < first + count; t++) x[t] = NAN;
    }
}

static void take_columns(bytes *from, job *j)
{
    int length = j->data.n + j->data.ahead;
    for (int c = 0; c < j->data.columns; c++) {
        double *x = j->x + (size_t)c * (size_t)length;
        int kind = take_below(from, 8);
        j->sd[c] = -1;
        if (kind == 0 && c > 0)
            for (int t = 0; t < length; t++) x[t] = 3 - j->x[t];
        else
            take_column(from, x, length);
        if (kind == 1 && c > 0 && !j->helper[c - 1]) {
            j->helper[c] = true;
            j->sd[c - 1] = c;
        }
    }
    for (int i = 0; i < j->data.columns * j->horizon; i++)
        j->plan[i] = take_below(from, 4) ? NAN : take_scale(from) * take(from);
}

static void take_job(bytes *from, job *j)
{
    j->data.n = 1 + take_below(from, LONGEST);
    j->data.ahead = take_below(from, AHEAD);
    j->horizon = 1 + take_below(from, AHEAD);
    j->data.season = take_season(from);
    j->data.relative = take(from) & 1;
    j->data.columns = 1 + take_below(from, COLUMNS);
    take_series(from, j->y, j->data.n, j->data.season);
    take_columns(from, j);
    j->data.y = j->y;
    j->data.x = j->x;
    j->data.sd = j->sd;
    j->data.helper = j->helper;
}

static void check(const char *what, const double *v, int n)
{
    for (int i = 0; i < n; i++)
        if (!isfinite(v[i])) wrong("%s %d of %d is %g", what, i + 1, n, v[i]);
}

/* The adjusted series carried on as it was, with bounds around it. */
static void restore(const job *j, const ku_regress_fit *fit, const double *adjusted,
                    const double *effect, const double *variance)
{
    double mean[AHEAD], room[KU_BOUNDS][AHEAD];
    double *bound[KU_BOUNDS] = {room[0], room[1], room[2], room[3]};
    double last = adjusted[j->data.n - 1], width = fabs(last);
    for (int i = 0; i < j->horizon; i++) {
        mean[i] = last;
        bound[0][i] = last - width;
        bound[1][i] = last + width;
        bound[2][i] = last - 2 * width;
        bound[3][i] = last + 2 * width;
    }
    ku_regress_restore(&j->data, fit, effect, variance, j->horizon, false, mean, bound);
    check("forecast", mean, j->horizon);
    for (int b = 0; b < KU_BOUNDS; b++) check("bound", bound[b], j->horizon);
    for (int i = 0; i < j->horizon; i++)
        if (!(bound[2][i] <= bound[0][i] && bound[0][i] <= bound[1][i] &&
              bound[1][i] <= bound[3][i]))
            wrong("bounds out of order: %g %g %g %g", bound[2][i], bound[0][i], bound[1][i],
                  bound[3][i]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static job j;
    bytes from = {data, size};
    ku_arena *arena = ku_arena_new();
    ku_regress_fit fit = {0};
    j = (job){0};
    take_job(&from, &j);
    int n = j.data.n, h = j.horizon, columns = j.data.columns;
    double start = seconds_used();
    ku_regress_work *work = ku_regress_work_new(arena, n, j.data.season, columns);
    if (work && ku_regress_room(arena, columns, &fit)) {
        bool made = ku_regress_estimate(work, &j.data, &fit);
        for (int c = 0; c < columns; c++) {
            check("effect", &fit.effect[c].beta, 1);
            check("its deviation", &fit.effect[c].deviation, 1);
        }
        if (made) {
            double *adjusted = KU_ARRAY(arena, (size_t)n, double);
            double *effect = KU_ARRAY(arena, (size_t)(2 * h), double);
            double *room = KU_ARRAY(arena, ku_regress_ahead_room(n, columns, h), double);
            ku_regress_remove(&j.data, &fit, adjusted);
            check("adjusted value", adjusted, n);
            ku_regress_ahead(&j.data, &fit, j.y[0] > 0 ? j.plan : NULL, h, room, effect,
                             effect + h);
            check("effect ahead", effect, h);
            check("variance ahead", effect + h, h);
            restore(&j, &fit, adjusted, effect, effect + h);
        }
    }
    if (seconds_used() - start > 5) wrong("took %.1f s", seconds_used() - start);
    ku_arena_free(arena);
    return 0;
}
