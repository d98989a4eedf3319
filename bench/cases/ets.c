/* ets.c - automatic exponential smoothing on the M3 competition's series against R
 * forecast's ets(), in one run on the same series: time, whether the same model is chosen
 * or one with a better AICc, and the accuracy of the forecasts.
 *
 * R needs a third of a second a series, so a fixed sample is taken; KEMUDI_BENCH_SERIES
 * names another number, 3003 is all. Times against R are of the processor, so that other
 * work on the machine does not count. */
#include <math.h>
#include <spawn.h>
#include <sys/wait.h>
#include <zlib.h>

#include "../process.h"
#include "base/date.h"
#include "base/number.h"
#include "forecast/ets/ets.h"
#include "kemudi/pool.h"

extern char **environ;

enum { MOST = 3003, LONGEST = 200, FURTHEST = 18, SAMPLE = 300 };

typedef struct series {
    char id[8], model[8], peer[8];
    int season, ahead, n, tests;
    double past[LONGEST], future[FURTHEST];
    double mean[FURTHEST], peer_mean[FURTHEST];
    double aicc, peer_aicc, peer_seconds;
} series;

typedef struct bench {
    series *all;
    int count; /* in the file */
    series **chosen;
    int sample;
    ku_ets_work **work;
} bench;

static void skipped(const char *why)
{
    printf("ETS on M3\tskipped\t\t\t%s\n", why);
    exit(0);
}

/* ---- the series --------------------------------------------------------------------------- */

static void read_series(bench *b, const char *folder)
{
    char path[512], line[256], id[8], part[8];
    snprintf(path, sizeof path, "%s/demand/m3/M3_long.csv.gz", folder ? folder : ".");
    gzFile file = gzopen(path, "r");
    if (file == NULL) skipped("the M3 series are not here");
    while (gzgets(file, line, sizeof line) != NULL) {
        int season, ahead;
        double value;
        if (sscanf(line, "%7[^,],%*[^,],%d,%d,%*[^,],%7[^,],%*d,%lf", id, &season, &ahead, part,
                   &value) != 5)
            continue; /* the heading */
        if (b->count == 0 || strcmp(b->all[b->count - 1].id, id) != 0) {
            if (b->count == MOST) break;
            series *s = &b->all[b->count++];
            memcpy(s->id, id, sizeof id);
            s->season = season;
            s->ahead = ahead;
        }
        series *s = &b->all[b->count - 1];
        if (strcmp(part, "train") == 0 && s->n < LONGEST)
            s->past[s->n++] = value;
        else if (s->tests < FURTHEST)
            s->future[s->tests++] = value;
    }
    gzclose(file);
}

/* The first `sample` of a fixed shuffle. */
static void choose_sample(bench *b, ku_arena *arena)
{
    const char *asked = getenv("KEMUDI_BENCH_SERIES");
    int64_t number = SAMPLE;
    if (asked != NULL && ku_parse_int(asked, strlen(asked), &number, NULL) != KU_OK)
        number = SAMPLE;
    b->sample = number < 1 || number > b->count ? b->count : (int)number;
    b->chosen = KU_ARRAY(arena, (size_t)b->count, series *);
    ku_rng rng = ku_rng_make(3003, 0);
    for (int i = 0; i < b->count; i++) b->chosen[i] = &b->all[i];
    for (int i = 0; i < b->sample; i++) {
        int other = i + (int)ku_rng_below(&rng, (uint64_t)(b->count - i));
        series *swap = b->chosen[i];
        b->chosen[i] = b->chosen[other];
        b->chosen[other] = swap;
    }
}

/* ---- ours ------------------------------------------------------------------------------------ */

static void short_name(ku_ets_model model, char to[8])
{
    char name[KU_ETS_NAME];
    int n = 0;
    ku_ets_name(model, name);
    for (const char *c = name + 4; *c != ')'; c++)
        if (*c != ',') to[n++] = *c;
    to[n] = '\0';
}

static void forecast_one(void *data, size_t item, unsigned thread)
{
    bench *b = data;
    series *s = b->chosen[item];
    ku_ets_fit fit;
    double variance[FURTHEST];
    if (!ku_ets_choose(b->work[thread], (1U << KU_ETS_MODELS) - 1, s->past, s->n, s->season, &fit))
        return;
    ku_ets_predict(&fit, s->ahead, s->mean, variance);
    short_name(fit.model, s->model);
    s->aicc = fit.aicc;
}

/* Processor seconds for the first `count` of the shuffle, choice and intervals; the time
 * on the clock in *elapsed. */
static double ours(bench *b, int count, unsigned threads, ku_arena *arena, double *elapsed)
{
    ku_pool *pool = ku_pool_new(threads);
    b->work = KU_ARRAY(arena, threads, ku_ets_work *);
    for (unsigned t = 0; t < threads; t++) b->work[t] = ku_ets_work_new(arena, LONGEST, 12);
    double began = processor_seconds(), clock = ku_clock_seconds();
    ku_pool_each(pool, (size_t)count, 1, forecast_one, b);
    double seconds = processor_seconds() - began;
    *elapsed = ku_clock_seconds() - clock;
    ku_pool_free(pool);
    return seconds;
}

/* ---- the peer ---------------------------------------------------------------------------------- */

static void write_sample(const bench *b, const char *path)
{
    FILE *file = fopen(path, "w");
    if (file == NULL) skipped("no scratch folder; start it with bench/run");
    fprintf(file, "id,season,ahead,value\n");
    for (int i = 0; i < b->sample; i++)
        for (int t = 0; t < b->chosen[i]->n; t++)
            fprintf(file, "%s,%d,%d,%.17g\n", b->chosen[i]->id, b->chosen[i]->season,
                    b->chosen[i]->ahead, b->chosen[i]->past[t]);
    fclose(file);
}

static void run_peer(const char *in, const char *out)
{
    char script[512];
    const char *source = getenv("KEMUDI_SOURCE");
    snprintf(script, sizeof script, "%s/bench/peers/ets.R", source ? source : ".");
    char *const arguments[] = {(char *)(uintptr_t) "Rscript", script, (char *)(uintptr_t)in,
                               (char *)(uintptr_t)out, NULL};
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, 2, 1); /* its version line is not a measurement */
    pid_t child;
    int status = 1;
    if (posix_spawnp(&child, "Rscript", &actions, NULL, arguments, environ) != 0)
        skipped("Rscript is not installed (apt-get install r-cran-forecast)");
    posix_spawn_file_actions_destroy(&actions);
    waitpid(child, &status, 0);
    if (status != 0) skipped("R forecast did not run (apt-get install r-cran-forecast)");
}

static double read_peer(bench *b, const char *path)
{
    FILE *file = fopen(path, "r");
    char line[1024];
    double seconds = 0;
    for (int i = 0; file != NULL && i < b->sample && fgets(line, sizeof line, file); i++) {
        series *s = b->chosen[i];
        int used = 0;
        if (sscanf(line, "%*[^,],%7[^,],%lf,%lf%n", s->peer, &s->peer_aicc, &s->peer_seconds,
                   &used) != 3)
            skipped("the results of R could not be read");
        seconds += s->peer_seconds;
        char *at = line + used;
        for (int h = 0; h < s->ahead && *at == ','; h++) s->peer_mean[h] = strtod(at + 1, &at);
    }
    if (file != NULL) fclose(file);
    return seconds;
}

/* ---- accuracy ------------------------------------------------------------------------------------ */

static double smape(const series *s, const double *mean)
{
    double sum = 0;
    for (int h = 0; h < s->ahead; h++)
        sum += 200 * fabs(mean[h] - s->future[h]) / (fabs(mean[h]) + fabs(s->future[h]));
    return sum / s->ahead;
}

static double mase(const series *s, const double *mean)
{
    double scale = 0, sum = 0;
    for (int t = s->season; t < s->n; t++)
        scale += fabs(s->past[t] - s->past[t - s->season]) / (s->n - s->season);
    for (int h = 0; h < s->ahead; h++) sum += fabs(mean[h] - s->future[h]) / s->ahead;
    return sum / scale;
}

static void compare(const bench *b)
{
    int same = 0, better = 0;
    double error[4] = {0};
    for (int i = 0; i < b->sample; i++) {
        const series *s = b->chosen[i];
        if (strcmp(s->model, s->peer) == 0)
            same++;
        else if (s->aicc <= s->peer_aicc + 1e-6)
            better++;
        error[0] += smape(s, s->mean) / b->sample;
        error[1] += smape(s, s->peer_mean) / b->sample;
        error[2] += mase(s, s->mean) / b->sample;
        error[3] += mase(s, s->peer_mean) / b->sample;
    }
    printf("ETS: same model as R, or better AICc\t%.1f\t%%\t>= 95\tsame %d, better %d of %d\n",
           100.0 * (same + better) / b->sample, same, better, b->sample);
    printf("ETS: sMAPE of the sample\t%.2f\t%%\t\tR %.2f\n", error[0], error[1]);
    printf("ETS: MASE of the sample\t%.3f\t\t\tR %.3f\n", error[2], error[3]);
}

static void accuracy_of_all(const bench *b)
{
    double error[2] = {0};
    for (int i = 0; i < b->count; i++) {
        error[0] += smape(&b->all[i], b->all[i].mean) / b->count;
        error[1] += mase(&b->all[i], b->all[i].mean) / b->count;
    }
    printf("ETS: sMAPE of all %d\t%.2f\t%%\t\tR 13.07 (earlier run)\n", b->count, error[0]);
    printf("ETS: MASE of all %d\t%.3f\t\t\tR 1.425 (earlier run)\n", b->count, error[1]);
}

int main(void)
{
    ku_arena *arena = ku_arena_new();
    const char *scratch = getenv("KEMUDI_SCRATCH");
    char in[512], out[512];
    bench b = {.all = KU_ARRAY(arena, MOST, series)};
    read_series(&b, getenv("KEMUDI_DATA"));
    choose_sample(&b, arena);
    snprintf(in, sizeof in, "%s/series.csv", scratch ? scratch : "/nowhere");
    snprintf(out, sizeof out, "%s/results.csv", scratch ? scratch : "/nowhere");
    write_sample(&b, in);
    double clock[3], all = ours(&b, b.count, 1, arena, &clock[0]);
    double one = ours(&b, b.sample, 1, arena, &clock[1]);
    ours(&b, b.sample, 2, arena, &clock[2]);
    run_peer(in, out);
    double peer = read_peer(&b, out);
    printf("ETS on M3: times R forecast's ets()\t%.0f\tx\t>= 20\tprocessor time, %d series:"
           " %.2f s, R %.1f s\n",
           peer / one, b.sample, one, peer);
    printf("ETS on M3: two threads against one\t%.2f\tx\t\ton the clock: %.2f s, %.2f s\n",
           clock[1] / clock[2], clock[2], clock[1]);
    printf("ETS on M3: all %d series\t%.2f\ts\t\tprocessor time, models and intervals\n", b.count,
           all);
    compare(&b);
    accuracy_of_all(&b);
    ku_arena_free(arena);
    return 0;
}
