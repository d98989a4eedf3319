/* fuzz_forecast.c - any bytes as the past of a series, forecast by one of the methods or as
 * a whole: the method refuses, or every number is finite and the bounds are in order; the
 * same twice; a past without negative values gives a forecast without them; and it ends.
 *
 * The environment variable KU_FUZZ_ONLY keeps to one method or model by its name. */
#include "bytes.h"

#include "forecast/ets/named.h"
#include "forecast/outlook.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { LONGEST = 300, COLUMNS = 40, HORIZON = 1000 };
/* Of processor time, for one past; the sanitizers cost some five times. */
static const double slow = 2, too_slow = 15;

typedef struct job {
    double y[LONGEST], x[COLUMNS * (LONGEST + HORIZON)];
    ku_past past;
    int horizon;
} job;

/* Further seasons, ascending, the main one among them. */
static void take_seasons(bytes *from, ku_past *past)
{
    past->season = take_season(from);
    if (past->season > 1) past->seasons[past->season_count++] = past->season;
    for (int more = take_below(from, 8) - 4; more > 0 && past->season_count > 0; more--) {
        int season = take_season(from), at = past->season_count;
        bool known = season == 1 || at == KU_SEASONS;
        for (int i = 0; i < at; i++) known = known || past->seasons[i] == season;
        if (known) continue;
        for (; at > 0 && past->seasons[at - 1] > season; at--)
            past->seasons[at] = past->seasons[at - 1];
        past->seasons[at] = season;
        past->season_count++;
    }
}

static void take_regressors(bytes *from, job *j)
{
    int length = j->past.n + j->horizon;
    j->past.columns = take_below(from, 8) == 7 ? take_below(from, COLUMNS) : 0;
    if (j->past.columns == 0) return;
    j->past.x = j->x;
    for (int c = 0; c < j->past.columns; c++) {
        double *column = j->x + (size_t)c * (size_t)length;
        if (c > 0 && take_below(from, 4) == 3) /* collinear */
            for (int t = 0; t < length; t++) column[t] = 2 * j->x[t] - 1;
        else
            take_series(from, column, length, 7);
    }
}

static int take_job(bytes *from, job *j)
{
    j->past.n = take_below(from, LONGEST + 1);
    j->horizon = take_below(from, 16) == 15 ? 1 + take_below(from, HORIZON)
                                            : 1 + take_below(from, 30);
    take_seasons(from, &j->past);
    take_series(from, j->y, j->past.n, j->past.season);
    j->past.y = j->y;
    take_regressors(from, j);
    return j->past.season_count > 0 ? j->past.seasons[j->past.season_count - 1] : 1;
}

static void check_bounds(const char *name, const double *mean, double *const bound[KU_BOUNDS],
                         const double *fitted, int n, int h)
{
    for (int i = 0; i < h; i++) {
        double lo80 = bound[0][i], hi80 = bound[1][i], lo95 = bound[2][i], hi95 = bound[3][i];
        if (!isfinite(mean[i]) || !isfinite(lo80) || !isfinite(hi80) || !isfinite(lo95) ||
            !isfinite(hi95))
            wrong("%s: not finite: mean %g, bounds %g %g %g %g, period %d", name, mean[i], lo95,
                  lo80, hi80, hi95, i + 1);
        if (!(lo95 <= lo80 && lo80 <= hi80 && hi80 <= hi95))
            wrong("%s: bounds out of order: %g %g %g %g, period %d", name, lo95, lo80, hi80, hi95,
                  i + 1);
    }
    for (int t = 0; t < n; t++)
        if (!isfinite(fitted[t]))
            wrong("%s: fit of value %d of %d is %g", name, t + 1, n, fitted[t]);
}

static void check_time(const char *name, const job *j, double start)
{
    double used = seconds_used() - start;
    if (used < slow) return;
    fprintf(stderr, "%s: %.1f s for %d values, season %d of %d, %d ahead\n", name, used, j->past.n,
            j->past.season, j->past.season_count, j->horizon);
    if (used > too_slow) abort();
}

/* ---- a method ---------------------------------------------------------------------------- */

static bool forecast(const ku_method *method, const job *j, int season, ku_arena *arena,
                     ku_ahead *ahead)
{
    size_t h = (size_t)j->horizon;
    *ahead = (ku_ahead){.h = j->horizon, .mean = KU_ARRAY(arena, h, double)};
    for (int b = 0; b < KU_BOUNDS; b++) ahead->bound[b] = KU_ARRAY(arena, h, double);
    ahead->fitted = KU_ARRAY(arena, (size_t)j->past.n + 1, double);
    void *work = method->work_new(arena, j->past.n, season, j->horizon);
    return work != NULL && method->forecast(work, &j->past, ku_rng_make(1, 2), ahead);
}

static void use_method(const ku_method *method, const job *j, int season, ku_arena *arena)
{
    ku_ahead first, second;
    double start = seconds_used();
    bool made = forecast(method, j, season, arena, &first);
    check_time(method->name, j, start);
    if (made) {
        check_bounds(method->name, first.mean, first.bound, first.fitted, j->past.n, j->horizon);
        if (!(first.sigma2 >= 0) || isinf(first.sigma2))
            wrong("%s: variance of the errors %g", method->name, first.sigma2);
        if (first.likelihood && (!isfinite(first.loglik) || isnan(first.aicc)))
            wrong("%s: likelihood %g, aicc %g", method->name, first.loglik, first.aicc);
    }
    if (made != forecast(method, j, season, arena, &second))
        wrong("%s: refused once", method->name);
    if (made && memcmp(first.mean, second.mean, (size_t)j->horizon * sizeof(double)) != 0)
        wrong("%s: another forecast the second time", method->name);
    for (int b = 0; made && b < KU_BOUNDS; b++)
        if (memcmp(first.bound[b], second.bound[b], (size_t)j->horizon * sizeof(double)) != 0)
            wrong("%s: other bounds the second time", method->name);
}

/* ---- the whole --------------------------------------------------------------------------- */

static void check_outlook(const char *name, const ku_outlook *out, const job *j, bool below_zero)
{
    bool negative = below_zero;
    if (!out->forecast) {
        if (out->remark[0] == '\0') wrong("%s: no forecast and no remark", name);
        return;
    }
    check_bounds(name, out->mean, out->bound, out->fitted, j->past.n, j->horizon);
    for (int t = 0; t < j->past.n; t++) negative = negative || j->y[t] < 0;
    for (int i = 0; i < j->horizon && !negative; i++)
        if (out->mean[i] < 0 || out->bound[2][i] < 0) wrong("%s: below zero", name);
    if (!isfinite(out->deviation) || !isfinite(out->smape))
        wrong("%s: deviation %g, smape %g", name, out->deviation, out->smape);
    if (out->likelihood && (!isfinite(out->loglik) || isnan(out->aicc)))
        wrong("%s: likelihood %g, aicc %g", name, out->loglik, out->aicc);
    if (!isfinite(ku_outlook_quantile(out, j->horizon - 1, 0.999)))
        wrong("%s: quantile not finite", name);
}

static void use_outlook(int model, const job *j, int season, bytes *from, ku_arena *arena)
{
    char name[40];
    int switches = take(from);
    ku_outlook_options options = {.horizon = j->horizon,
                                  .shortest = 1 + take_below(from, 4),
                                  .model = model,
                                  .plain_intervals = switches & 1,
                                  .below_zero = switches & 2};
    ku_outlook out[2] = {{0}, {0}};
    snprintf(name, sizeof name, "outlook, model %d", model);
    double start = seconds_used();
    for (int i = 0; i < 2; i++) {
        ku_outlook_work *work = ku_outlook_work_new(arena, j->past.n, season, &options);
        if (work == NULL || !ku_outlook_room(arena, j->horizon, j->past.n, &out[i])) return;
        ku_outlook_make(work, &j->past, ku_rng_make(1, 2), &out[i]);
        if (i == 0) check_time(name, j, start);
    }
    check_outlook(name, &out[0], j, options.below_zero);
    if (out[0].forecast != out[1].forecast || strcmp(out[0].remark, out[1].remark) != 0 ||
        strcmp(out[0].model, out[1].model) != 0)
        wrong("%s: said otherwise the second time", name);
    if (out[0].forecast &&
        memcmp(out[0].mean, out[1].mean, (size_t)j->horizon * sizeof(double)) != 0)
        wrong("%s: another forecast the second time", name);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static job j;
    bytes from = {data, size};
    ku_arena *arena = ku_arena_new();
    const char *only = getenv("KU_FUZZ_ONLY");
    int which = take(&from);
    j = (job){0};
    int season = take_job(&from, &j);
    /* Methods by themselves, then every --model: auto, methods, models by name. */
    int models = 1 + ku_method_count + KU_ETS_MODELS;
    which %= ku_method_count + models;
    if (only) which = ku_outlook_model(only) + (which % 2 ? 0 : 1 + ku_method_count);
    if (only && which < 0) which = ku_method_count; /* auto has no method of its own */
    if (which < ku_method_count)
        use_method(ku_methods[which], &j, season, arena);
    else
        use_outlook(which - ku_method_count + KU_OUTLOOK_AUTO, &j, season, &from, arena);
    ku_arena_free(arena);
    return 0;
}
