/* arima.c - automatic ARIMA on the M3 competition's series against R forecast's
 * auto.arima(), in one run on the same series: time, whether the same order is chosen or
 * one with a better AICc, and the accuracy of the forecasts. (Against statsforecast:
 * theta.c.)
 *
 * An AICc says something only against another of the same differences: a choice with
 * other differences counts as a miss. R needs more than a second a series, so a fixed
 * sample is taken; KEMUDI_BENCH_ARIMA names another number, 3003 is all. Times are of the
 * processor, so that other work on the machine does not count. */
#include <spawn.h>
#include <stdlib.h>
#include <sys/wait.h>

#include "../m3.h"
#include "../process.h"
#include "base/date.h"
#include "base/number.h"
#include "forecast/arima/arima.h"
#include "forecast/method.h"
#include "kemudi/pool.h"

extern char **environ;

enum { SAMPLE = 60, THREADS = 2 };

/* What was chosen for a series, by its place in the shuffle. */
typedef struct choice {
    ku_arima_order order;
    char model[KU_ARIMA_NAME], peer_model[KU_ARIMA_NAME];
    double aicc, peer_aicc;
} choice;

typedef struct bench {
    ku_arena *arena;
    m3_series *all, **order;
    choice *choice;
    ku_arima_work *work[THREADS];
} bench;

static void skipped(const char *why)
{
    printf("ARIMA on M3\tskipped\t\t\t%s\n", why);
    exit(0);
}

/* ---- ours --------------------------------------------------------------------------------- */

static void forecast_one(void *data, size_t item, unsigned thread)
{
    bench *b = data;
    m3_series *s = b->order[item];
    choice *c = &b->choice[item];
    ku_arima_data past = {.y = s->past, .n = s->n};
    ku_arima_fit fit;
    double variance[M3_FURTHEST];
    if (!ku_arima_choose(b->work[thread], &past, s->season, &fit)) return;
    ku_arima_predict(b->work[thread], &past, &fit, s->ahead, s->mean, variance);
    for (int h = 0; h < s->ahead; h++) {
        s->bound[2][h] = s->mean[h] - 1.9599639845400545 * sqrt(variance[h]);
        s->bound[3][h] = s->mean[h] + 1.9599639845400545 * sqrt(variance[h]);
    }
    ku_arima_name(&fit.order, 0, c->model);
    c->order = fit.order;
    c->aicc = fit.aicc;
}

/* Processor seconds for the first `count` of the shuffle; those on the clock in *elapsed. */
static double ours(bench *b, int count, unsigned threads, double *elapsed)
{
    ku_pool *pool = ku_pool_new(threads);
    for (unsigned t = 0; t < threads; t++)
        b->work[t] = ku_arima_work_new(b->arena, M3_LONGEST, 12, M3_FURTHEST, 0);
    double began = processor_seconds(), clock = ku_clock_seconds();
    ku_pool_each(pool, (size_t)count, 1, forecast_one, b);
    *elapsed = ku_clock_seconds() - clock;
    double used = processor_seconds() - began;
    ku_pool_free(pool);
    return used;
}

static void accuracy_of_all(const bench *b)
{
    double smape = 0, mase = 0, inside = 0, steps = 0;
    for (int i = 0; i < M3_SERIES; i++) {
        const m3_series *s = &b->all[i];
        smape += m3_smape(s, s->mean) / M3_SERIES;
        mase += m3_mase(s, s->mean) / M3_SERIES;
        for (int h = 0; h < s->ahead; h++, steps++)
            inside += s->future[h] >= s->bound[2][h] && s->future[h] <= s->bound[3][h];
    }
    printf("ARIMA: sMAPE of all %d\t%.2f\t%%\t<= 13.60\tR 13.60 (earlier run)\n", M3_SERIES, smape);
    printf("ARIMA: MASE of all %d\t%.3f\t\t\tR 1.454 (earlier run); 95 %% interval holds %.1f %%\n",
           M3_SERIES, mase, 100 * inside / steps);
}

/* ---- the peer ------------------------------------------------------------------------------ */

static void run_peer(char *in, char *out)
{
    char script[512];
    const char *source = getenv("KEMUDI_SOURCE");
    snprintf(script, sizeof script, "%s/bench/peers/arima.R", source ? source : ".");
    char *const arguments[] = {(char *)(uintptr_t) "Rscript", script, in, out, NULL};
    pid_t child;
    int status = 1;
    if (posix_spawnp(&child, "Rscript", NULL, NULL, arguments, environ) != 0)
        skipped("Rscript is not installed (apt-get install r-cran-forecast)");
    waitpid(child, &status, 0);
    if (status != 0) skipped("R forecast did not run (apt-get install r-cran-forecast)");
}

/* R's choices and forecasts; its processor seconds. */
static double read_peer(bench *b, int count, const char *path)
{
    FILE *file = fopen(path, "r");
    char line[1024];
    double seconds = 0, one;
    for (int i = 0; file != NULL && i < count && fgets(line, sizeof line, file); i++) {
        choice *c = &b->choice[i];
        char *at = strchr(line, '|');
        if (at == NULL ||
            sscanf(line, "%*[^,],%lf,%lf,%63[^|]", &c->peer_aicc, &one, c->peer_model) != 3)
            skipped("the results of R could not be read");
        seconds += one;
        for (int h = 0; h < b->order[i]->ahead; h++) b->order[i]->peer[h] = strtod(at + 1, &at);
    }
    if (file != NULL) fclose(file);
    return seconds;
}

static bool same_differences(const choice *c)
{
    int d = -1, D = 0;
    if (sscanf(c->peer_model, "ARIMA(%*d,%d,%*d)(%*d,%d", &d, &D) < 1) return false;
    return d == c->order.d && D == c->order.D;
}

static void compare(const bench *b, int count)
{
    int same = 0, better = 0;
    double smape[2] = {0};
    for (int i = 0; i < count; i++) {
        const choice *c = &b->choice[i];
        if (strcmp(c->model, c->peer_model) == 0)
            same++;
        else if (same_differences(c) && c->aicc <= c->peer_aicc + 1e-4)
            better++;
        smape[0] += m3_smape(b->order[i], b->order[i]->mean) / count;
        smape[1] += m3_smape(b->order[i], b->order[i]->peer) / count;
    }
    printf(
        "ARIMA: the same order or a better AICc\t%.1f\t%%\t>= 95\t%d the same, %d better, of %d\n",
        100.0 * (same + better) / count, same, better, count);
    printf("ARIMA: sMAPE of the sample\t%.2f\t%%\t\tR %.2f\n", smape[0], smape[1]);
}

static int sample_size(void)
{
    const char *asked = getenv("KEMUDI_BENCH_ARIMA");
    int64_t number = SAMPLE;
    if (asked != NULL && ku_parse_int(asked, strlen(asked), &number, NULL) != KU_OK)
        number = SAMPLE;
    return number < 1 || number > M3_SERIES ? M3_SERIES : (int)number;
}

int main(void)
{
    bench b = {.arena = ku_arena_new()};
    const char *scratch = getenv("KEMUDI_SCRATCH");
    char in[512], out[512];
    int count = sample_size();
    double clock[3];
    b.all = m3_read(b.arena, getenv("KEMUDI_DATA"));
    if (b.all == NULL) skipped("the M3 series are not here");
    b.order = m3_shuffle(b.arena, b.all);
    b.choice = KU_ARRAY(b.arena, M3_SERIES, choice);
    snprintf(in, sizeof in, "%s/series.csv", scratch ? scratch : "/nowhere");
    snprintf(out, sizeof out, "%s/results.csv", scratch ? scratch : "/nowhere");
    if (!m3_write(b.order, count, in)) skipped("no scratch folder; start it with bench/run");
    double all = ours(&b, M3_SERIES, 1, &clock[0]);
    double one = ours(&b, count, 1, &clock[1]);
    ours(&b, count, 2, &clock[2]);
    run_peer(in, out);
    double peer = read_peer(&b, count, out);
    printf(
        "ARIMA on M3: times R forecast's auto.arima()\t%.0f\tx\t>= 30\tprocessor time, %d series:"
        " %.2f s, R %.1f s\n",
        peer / one, count, one, peer);
    printf("ARIMA on M3: two threads against one\t%.2f\tx\t\ton the clock: %.2f s, %.2f s\n",
           clock[1] / clock[2], clock[2], clock[1]);
    printf("ARIMA on M3: all %d series\t%.2f\ts\t<= 30\tprocessor time, models and intervals\n",
           M3_SERIES, all);
    compare(&b, count);
    accuracy_of_all(&b);
    ku_arena_free(b.arena);
    return 0;
}
