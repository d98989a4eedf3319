/* theta.c - the forecasting methods on the M3 competition's series: their accuracy on all of
 * them, and their time against statsforecast (PyPI) and R forecast's thetaf() in one run on
 * the same series.
 *
 * statsforecast runs with its own parallel settings, two processes against our two threads,
 * compiled beforehand; the time that its processes take to start is taken off. Both sides
 * make forecasts with intervals at 80 and 95 %. Its processor time is in the note, because
 * the clock's ratio suffers when the machine is busy. ARIMA gets a smaller sample: the peer
 * needs half a second a series. */
#include <spawn.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../m3.h"
#include "../process.h"
#include "base/date.h"
#include "forecast/method.h"
#include "kemudi/pool.h"

extern char **environ;

enum { THREADS = 2 };

typedef struct bench {
    ku_arena *arena;
    m3_series *all, **order;
    const ku_method *method;
    void *work[THREADS];
    const char *scratch;
} bench;

/* ---- ours ----------------------------------------------------------------------------------- */

static void forecast_one(void *data, size_t item, unsigned thread)
{
    bench *b = data;
    m3_series *s = b->order[item];
    ku_past past = {.y = s->past, .n = s->n, .season = s->season};
    if (s->season > 1) past.seasons[past.season_count++] = s->season;
    ku_ahead ahead = {.h = s->ahead, .mean = s->mean};
    for (int k = 0; k < KU_BOUNDS; k++) ahead.bound[k] = s->bound[k];
    if (b->method->forecast(b->work[thread], &past, ku_rng_make(1, item), &ahead)) return;
    for (int h = 0; h < s->ahead; h++) s->mean[h] = s->past[s->n - 1];
}

typedef struct seconds {
    double clock, processor;
} seconds;

/* The method over the first `count` series of the shuffle. */
static seconds ours(bench *b, const ku_method *method, int count, unsigned threads)
{
    ku_pool *pool = ku_pool_new(threads);
    b->method = method;
    for (unsigned t = 0; t < threads; t++)
        b->work[t] = method->work_new(b->arena, M3_LONGEST, 12, M3_FURTHEST);
    seconds used = {ku_clock_seconds(), processor_seconds()};
    ku_pool_each(pool, (size_t)count, 1, forecast_one, b);
    used = (seconds){ku_clock_seconds() - used.clock, processor_seconds() - used.processor};
    ku_pool_free(pool);
    return used;
}

static void accuracy(bench *b, const char *name, const char *most, const char *peer)
{
    const ku_method *method = ku_method_find(name);
    if (method == NULL) return;
    seconds used = ours(b, method, M3_SERIES, 1);
    double smape = 0, mase = 0, inside = 0, steps = 0;
    for (int i = 0; i < M3_SERIES; i++) {
        const m3_series *s = &b->all[i];
        smape += m3_smape(s, s->mean) / M3_SERIES;
        mase += m3_mase(s, s->mean) / M3_SERIES;
        for (int h = 0; h < s->ahead; h++, steps++)
            inside += s->future[h] >= s->bound[2][h] && s->future[h] <= s->bound[3][h];
    }
    printf("%s: sMAPE on M3\t%.2f\t%%\t%s\tMASE %.3f, 95 %% interval holds %.1f %%%s\n",
           method->title, smape, most, mase, 100 * inside / steps, peer);
    printf("%s: all %d series\t%.2f\ts\t\tprocessor time, with intervals\n", method->title,
           M3_SERIES, used.processor);
}

/* ---- the peers ------------------------------------------------------------------------------ */

/* Runs a program to its end; its last line on standard error, if any, into `said`. */
static bool run(char *const *arguments, char *said, size_t size)
{
    int lines[2], status = 1;
    pid_t child;
    posix_spawn_file_actions_t actions;
    said[0] = '\0';
    if (pipe(lines) != 0) return false;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, lines[1], 2);
    posix_spawn_file_actions_addclose(&actions, lines[0]);
    bool started = posix_spawnp(&child, arguments[0], &actions, NULL, arguments, environ) == 0;
    posix_spawn_file_actions_destroy(&actions);
    close(lines[1]);
    FILE *file = fdopen(lines[0], "r");
    char line[400];
    while (file != NULL && fgets(line, sizeof line, file) != NULL)
        snprintf(said, size, "%.*s", (int)strcspn(line, "\t\n"), line);
    if (file != NULL) fclose(file);
    if (!started) snprintf(said, size, "%s is not installed", arguments[0]);
    if (started) waitpid(child, &status, 0);
    return started && status == 0;
}

typedef struct peer_time {
    double clock, processor, starting;
    int series;
} peer_time;

/* Times and forecasts of one peer model from the results file. */
static peer_time read_peer(bench *b, const char *path, const char *model, int count)
{
    peer_time used = {0};
    char line[1024], name[64], id[16];
    FILE *file = fopen(path, "r");
    while (file != NULL && fgets(line, sizeof line, file) != NULL) {
        int end = 0;
        if (sscanf(line, "time,%63[^,],%n", name, &end) == 1 && strcmp(name, model) == 0 &&
            sscanf(line + end, "%lf,%lf,%lf", &used.clock, &used.processor, &used.starting) == 3)
            continue;
        if (sscanf(line, "%63[^,],%15[^,]%n", name, id, &end) != 2 || strcmp(name, model) != 0)
            continue;
        for (int i = 0; i < count; i++) {
            m3_series *s = b->order[i];
            if (strcmp(s->id, id) != 0) continue;
            char *at = line + end;
            for (int h = 0; h < s->ahead && *at == ','; h++) s->peer[h] = strtod(at + 1, &at);
            used.series++;
        }
    }
    if (file != NULL) fclose(file);
    return used;
}

static void compare(bench *b, const char *title, int count, double ratio, const char *target,
                    const char *how)
{
    double smape[2] = {0};
    for (int i = 0; i < count; i++) {
        smape[0] += m3_smape(b->order[i], b->order[i]->mean) / count;
        smape[1] += m3_smape(b->order[i], b->order[i]->peer) / count;
    }
    printf("%s\t%.0f\tx\t%s\t%s; sMAPE %.2f, peer %.2f\n", title, ratio, target, how, smape[0],
           smape[1]);
}

/* One of our methods against one of statsforecast's. */
static void against_statsforecast(bench *b, const char *python, const char *name, const char *model,
                                  int count)
{
    const ku_method *method = ku_method_find(name);
    char in[512], out[512], script[512], said[512], title[128], how[200];
    const char *source = getenv("KEMUDI_SOURCE");
    if (method == NULL) return;
    snprintf(title, sizeof title, "%s: times statsforecast's %s", method->title, model);
    snprintf(in, sizeof in, "%s/series.csv", b->scratch);
    snprintf(out, sizeof out, "%s/%s.csv", b->scratch, model);
    snprintf(script, sizeof script, "%s/bench/peers/statsforecast_peer.py", source ? source : ".");
    char jobs[4], *const arguments[] = {(char *)(uintptr_t)python, script, in, out, jobs,
                                        (char *)(uintptr_t)model,  NULL};
    snprintf(jobs, sizeof jobs, "%d", THREADS);
    if (!m3_write(b->order, count, in) || !run(arguments, said, sizeof said)) {
        printf("%s\tskipped\t\t\t%s\n", title, said);
        return;
    }
    seconds used = ours(b, method, count, THREADS);
    peer_time peer = read_peer(b, out, model, count);
    if (peer.series != count) {
        printf("%s\tskipped\t\t\tthe peer's results could not be read\n", title);
        return;
    }
    double clock = fmax(peer.clock - peer.starting, peer.processor / THREADS);
    snprintf(how, sizeof how,
             "clock, %d series: %.2f s, peer %.1f s; processor %.2f s, peer %.1f s (%.0fx)", count,
             used.clock, clock, used.processor, peer.processor, peer.processor / used.processor);
    compare(b, title, count, clock / used.clock, ">= 5", how);
}

static void all_statsforecast(bench *b)
{
    char script[512], folder[512], python[600], said[512];
    const char *source = getenv("KEMUDI_SOURCE"), *program = getenv("KEMUDI");
    const char *end = program ? strrchr(program, '/') : NULL;
    int length = end ? (int)(end - program) : 0;
    snprintf(script, sizeof script, "%s/bench/peers/statsforecast_setup", source ? source : ".");
    snprintf(folder, sizeof folder, "%.*s/../bench/statsforecast", length, length ? program : ".");
    snprintf(python, sizeof python, "%s/bin/python", folder);
    char *const arguments[] = {script, folder, NULL};
    if (length == 0 || !run(arguments, said, sizeof said)) {
        printf("Times statsforecast's\tskipped\t\t\t%s\n",
               length ? said : "no build folder; start it with bench/run");
        return;
    }
    against_statsforecast(b, python, "ets", "AutoETS", 300);
    against_statsforecast(b, python, "arima", "AutoARIMA", 60);
    against_statsforecast(b, python, "theta", "AutoTheta", 600);
    against_statsforecast(b, python, "dotm", "DynamicOptimizedTheta", 600);
}

static void against_r(bench *b, int count)
{
    char in[512], out[512], script[512], said[512], how[200];
    const char *source = getenv("KEMUDI_SOURCE"), *title = "Theta: times R forecast's thetaf()";
    snprintf(in, sizeof in, "%s/series.csv", b->scratch);
    snprintf(out, sizeof out, "%s/thetaf.csv", b->scratch);
    snprintf(script, sizeof script, "%s/bench/peers/theta.R", source ? source : ".");
    char *const arguments[] = {(char *)(uintptr_t) "Rscript", script, in, out, NULL};
    if (!m3_write(b->order, count, in) || !run(arguments, said, sizeof said)) {
        printf("%s\tskipped\t\t\tR forecast did not run (apt-get install r-cran-forecast)\n",
               title);
        return;
    }
    seconds used = ours(b, ku_method_find("theta"), count, 1);
    peer_time peer = read_peer(b, out, "thetaf", count);
    int same = 0;
    for (int i = 0; i < count; i++) {
        double worst = 0;
        const m3_series *s = b->order[i];
        for (int h = 0; h < s->ahead; h++) worst = fmax(worst, fabs(s->mean[h] / s->peer[h] - 1));
        same += worst < 5e-5;
    }
    snprintf(how, sizeof how, "processor time, %d series: %.3f s, R %.2f s", count, used.processor,
             peer.processor);
    compare(b, title, count, peer.processor / used.processor, "", how);
    printf("Theta: forecasts equal to R's\t%.1f\t%%\t>= 99\tto four digits, %d of %d\n",
           100.0 * same / count, same, count);
}

int main(void)
{
    bench b = {.arena = ku_arena_new(), .scratch = getenv("KEMUDI_SCRATCH")};
    b.all = m3_read(b.arena, getenv("KEMUDI_DATA"));
    if (b.all == NULL || b.scratch == NULL) {
        printf("Theta on M3\tskipped\t\t\t%s\n",
               b.all ? "no scratch folder; start it with bench/run" : "the M3 series are not here");
        return 0;
    }
    b.order = m3_shuffle(b.arena, b.all);
    accuracy(&b, "theta", "<= 12.80", "; R thetaf 12.79 / 1.419");
    accuracy(&b, "dotm", "<= 12.90", "; published 12.9");
    accuracy(&b, "otm", "", "");
    accuracy(&b, "ces", "", "; R ets 13.07 / 1.425");
    against_r(&b, 1000);
    all_statsforecast(&b);
    ku_arena_free(b.arena);
    return 0;
}
