/* m3.h - the M3 competition's series, a fixed sample of them, and the scores of forecasts,
 * for the cases that measure on them. Everything lies in the caller's arena. */
#ifndef KU_BENCH_M3_H
#define KU_BENCH_M3_H

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <zlib.h>

#include "kemudi/arena.h"
#include "kemudi/rng.h"

enum { M3_SERIES = 3003, M3_LONGEST = 200, M3_FURTHEST = 18, M3_BOUNDS = 4 };

typedef struct m3_series {
    char id[8];
    int season, ahead, n, tests;
    double past[M3_LONGEST], future[M3_FURTHEST];
    double mean[M3_FURTHEST], bound[M3_BOUNDS][M3_FURTHEST]; /* ours: lo80, hi80, lo95, hi95 */
    double peer[M3_FURTHEST];
} m3_series;

/* All series, or NULL where the data are not. */
static inline m3_series *m3_read(ku_arena *arena, const char *folder)
{
    char path[512], line[256], id[8], part[8];
    snprintf(path, sizeof path, "%s/demand/m3/M3_long.csv.gz", folder ? folder : ".");
    gzFile file = gzopen(path, "r");
    if (file == NULL) return NULL;
    m3_series *all = KU_ARRAY(arena, M3_SERIES, m3_series);
    int at = -1, season, ahead;
    double value;
    while (gzgets(file, line, sizeof line) != NULL) {
        if (sscanf(line, "%7[^,],%*[^,],%d,%d,%*[^,],%7[^,],%*d,%lf", id, &season, &ahead, part,
                   &value) != 5)
            continue; /* the heading */
        if (at < 0 || strcmp(all[at].id, id) != 0) {
            if (++at == M3_SERIES) break;
            memcpy(all[at].id, id, sizeof id);
            all[at].season = season;
            all[at].ahead = ahead;
        }
        m3_series *s = &all[at];
        if (strcmp(part, "train") == 0 && s->n < M3_LONGEST)
            s->past[s->n++] = value;
        else if (s->tests < M3_FURTHEST)
            s->future[s->tests++] = value;
    }
    gzclose(file);
    return all;
}

/* The series in a fixed random order: its first k are a sample of k. */
static inline m3_series **m3_shuffle(ku_arena *arena, m3_series *all)
{
    m3_series **order = KU_ARRAY(arena, M3_SERIES, m3_series *);
    ku_rng rng = ku_rng_make(3003, 0);
    for (int i = 0; i < M3_SERIES; i++) order[i] = &all[i];
    for (int i = 0; i < M3_SERIES; i++) {
        int other = i + (int)ku_rng_below(&rng, (uint64_t)(M3_SERIES - i));
        m3_series *swap = order[i];
        order[i] = order[other];
        order[other] = swap;
    }
    return order;
}

/* Writes the pasts of the first `count` as id,season,ahead,value. False when it cannot. */
static inline bool m3_write(m3_series *const *order, int count, const char *path)
{
    FILE *file = fopen(path, "w");
    if (file == NULL) return false;
    fprintf(file, "id,season,ahead,value\n");
    for (int i = 0; i < count; i++)
        for (int t = 0; t < order[i]->n; t++)
            fprintf(file, "%s,%d,%d,%.17g\n", order[i]->id, order[i]->season, order[i]->ahead,
                    order[i]->past[t]);
    return fclose(file) == 0;
}

static inline double m3_smape(const m3_series *s, const double *mean)
{
    double sum = 0;
    for (int h = 0; h < s->ahead; h++)
        sum += 200 * fabs(mean[h] - s->future[h]) / (fabs(mean[h]) + fabs(s->future[h]));
    return sum / s->ahead;
}

static inline double m3_mase(const m3_series *s, const double *mean)
{
    double scale = 0, sum = 0;
    for (int t = s->season; t < s->n; t++)
        scale += fabs(s->past[t] - s->past[t - s->season]) / (s->n - s->season);
    for (int h = 0; h < s->ahead; h++) sum += fabs(mean[h] - s->future[h]) / s->ahead;
    return sum / scale;
}

#endif
