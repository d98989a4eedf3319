/* impact.c - the effect of an intervention by a structural time series, against the same model
 * in Rust (bsts-causalimpact, which says it is 10 to 30 times as fast as R's bsts): seconds of
 * CPU for 10,000 draws on one thread, and whether the two agree. With columns to choose from the
 * peer does not always find the one that tells; there the truth is what is compared with. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "../process.h"
#include "kemudi/rng.h"
#include "returns/impact/impact.h"

enum { MOST = 600, COLUMNS = 10, CASES = 3, TURNS = 3, DRAWS = 9000, WARMUP = 1000 };

typedef struct made {
    int n, first, columns;
    double y[MOST], x[COLUMNS * MOST];
    bool seen[MOST];
} made;

static const struct {
    int n, columns;
} size[CASES] = {{100, 1}, {100, 10}, {500, 10}};

/* Of the columns the first tells of the outcome; from 70 % of the periods on it is 2 higher. */
static void make(int which, made *m)
{
    ku_rng rng = ku_rng_make(1, (uint64_t)which);
    m->n = size[which].n;
    m->columns = size[which].columns;
    m->first = m->n * 7 / 10;
    double level = 50;
    for (int t = 0; t < m->n; t++) {
        for (int j = 0; j < m->columns; j++) {
            double before = t > 0 ? m->x[j * m->n + t - 1] - 100 : 0;
            m->x[j * m->n + t] = 100 + 0.9 * before + ku_rng_normal(&rng);
        }
        level += 0.02 * ku_rng_normal(&rng);
        m->y[t] = level + 1.2 * m->x[t] + ku_rng_normal(&rng) + (t >= m->first ? 2 : 0);
        m->seen[t] = true;
    }
}

static bool write_made(const made *m, const char *path)
{
    FILE *file = fopen(path, "w");
    if (file == NULL) return false;
    fputs("y", file);
    for (int j = 0; j < m->columns; j++) fprintf(file, ",x%d", j);
    for (int t = 0; t < m->n; t++) {
        fprintf(file, "\n%.17g", m->y[t]);
        for (int j = 0; j < m->columns; j++) fprintf(file, ",%.17g", m->x[j * m->n + t]);
    }
    fputc('\n', file);
    return fclose(file) == 0;
}

static double time_ours(const made *m, ku_impact_estimate *effect)
{
    ku_impact_series series = {m->n, m->first, m->y, m->seen, m->columns, m->x};
    ku_impact_options options = {.structural = {.chains = 1,
                                                .warmup = WARMUP,
                                                .draws = DRAWS,
                                                .seasons = 1,
                                                .duration = 1,
                                                .level_sd = 0.01,
                                                .model_size = 3,
                                                .seed = 1},
                                 .confidence = 0.95};
    double best = INFINITY;
    for (int turn = 0; turn < TURNS; turn++) {
        ku_arena *arena = ku_arena_new();
        ku_error err = {0};
        ku_impact out;
        double began = processor_seconds();
        if (ku_impact_estimate_effect(&series, &options, arena, &out, &err) != KU_OK) {
            fprintf(stderr, "%s\n", err.message);
            exit(1);
        }
        best = fmin(best, processor_seconds() - began);
        *effect = out.average.effect;
        ku_arena_free(arena);
    }
    return best;
}

static int compare(const made *all, const char *answers)
{
    FILE *file = fopen(answers, "r");
    if (file == NULL) return 1;
    for (int i = 0; i < CASES; i++) {
        ku_impact_estimate ours;
        double effect, lo, hi, seconds;
        if (fscanf(file, "%lf %lf %lf %lf", &effect, &lo, &hi, &seconds) != 4) return 1;
        double own = time_ours(&all[i], &ours);
        printf("impact, %d periods, %d columns\t%.2f\tx\t>= 1\t10,000 draws in %.3f s of CPU, "
               "bsts-causalimpact %.3f s\n",
               all[i].n, all[i].columns, seconds / own, own, seconds);
        bool alone = all[i].columns == 1; /* both must find the same where none is to choose */
        printf("impact, %d periods, %d columns, effect\t%.3f\t%s\t%s\t%.3f (%.3f to %.3f), peer "
               "%.3f (%.3f to %.3f), truth 2\n",
               all[i].n, all[i].columns,
               alone ? fabs(effect - ours.mean) / ours.sd : fabs(ours.mean - 2) / ours.sd,
               alone ? "sd from the peer" : "sd from the truth", alone ? "<= 0.1" : "<= 2.5",
               ours.mean, ours.lo, ours.hi, effect, lo, hi);
    }
    fclose(file);
    return 0;
}

int main(void)
{
    static made all[CASES];
    const char *scratch = getenv("KEMUDI_SCRATCH"), *source = getenv("KEMUDI_SOURCE");
    char path[CASES][600], answers[600], venv[600], setup[600], peer[600], python[700];
    snprintf(answers, sizeof answers, "%s/answers.txt", scratch);
    snprintf(venv, sizeof venv, "%s/build/bench/bsts", source);
    snprintf(setup, sizeof setup, "%s/bench/peers/bsts_setup", source);
    snprintf(peer, sizeof peer, "%s/bench/peers/bsts_peer.py", source);
    snprintf(python, sizeof python, "%s/bin/python", venv);
    const char *const set_up[] = {setup, venv, NULL};
    if (run_program(set_up) != 0) {
        printf("impact\tskipped\tx\t>= 1\tbsts-causalimpact could not be installed\n");
        return 0;
    }
    for (int i = 0; i < CASES; i++) {
        make(i, &all[i]);
        snprintf(path[i], sizeof path[i], "%s/series%d.csv", scratch, i);
        if (!write_made(&all[i], path[i])) return 1;
    }
    const char *const ask[] = {python, peer, answers, "10000", path[0], path[1], path[2], NULL};
    if (run_program(ask) != 0) return 1;
    return compare(all, answers);
}
