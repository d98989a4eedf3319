/* m3.h - the M3 competition's series with the forecasts that R forecast 8.20 made of them,
 * for tests of methods against it. Everything lies in the caller's arena. A test that
 * reads them is skipped without the data. */
#ifndef KU_TESTS_FORECAST_M3_H
#define KU_TESTS_FORECAST_M3_H

#include <string.h>
#include <zlib.h>

#include "check.h"
#include "kemudi/arena.h"

enum { M3_SERIES = 3003, M3_LONGEST = 200, M3_FURTHEST = 18 };

typedef struct m3_series {
    char id[8];
    int season, n, ahead, tests;
    double past[M3_LONGEST], future[M3_FURTHEST];
    double mean[M3_FURTHEST], bound[4][M3_FURTHEST]; /* R's: lo80, hi80, lo95, hi95 */
    char parameters[200];                            /* R's: "alpha=...;..." */
    double sigma2;
} m3_series;

static inline void m3_read_values(m3_series *all)
{
    char path[512], line[256], id[8], part[8];
    double value;
    int at = -1, season, ahead;
    gzFile file = gzopen(data_path("demand/m3/M3_long.csv.gz", path, sizeof path), "r");
    assert_non_null(file);
    gzgets(file, line, sizeof line);
    while (gzgets(file, line, sizeof line) != NULL) {
        assert_int_equal(sscanf(line, "%7[^,],%*[^,],%d,%d,%*[^,],%7[^,],%*d,%lf", id, &season,
                                &ahead, part, &value),
                         5);
        if (at < 0 || strcmp(all[at].id, id) != 0) {
            assert_true(++at < M3_SERIES);
            memcpy(all[at].id, id, sizeof id);
            all[at].season = season;
            all[at].ahead = ahead;
        }
        m3_series *s = &all[at];
        if (part[1] == 'r' && s->n < M3_LONGEST)
            s->past[s->n++] = value;
        else if (s->tests < M3_FURTHEST)
            s->future[s->tests++] = value;
    }
    assert_int_equal(at, M3_SERIES - 1);
    gzclose(file);
}

static inline void m3_read_forecasts(m3_series *all, const char *method)
{
    char name[64], path[512], line[1024];
    snprintf(name, sizeof name, "demand/oracle/m3_%s_fc.csv.gz", method);
    gzFile file = gzopen(data_path(name, path, sizeof path), "r");
    assert_non_null(file);
    gzgets(file, line, sizeof line);
    while (gzgets(file, line, sizeof line) != NULL) {
        int index, step;
        double mean, b[4];
        assert_int_equal(sscanf(line, "%d,%d,%lf,%lf,%lf,%lf,%lf", &index, &step, &mean, &b[0],
                                &b[1], &b[2], &b[3]),
                         7);
        m3_series *s = &all[index - 1];
        s->mean[step - 1] = mean;
        for (int i = 0; i < 4; i++) s->bound[i][step - 1] = b[i];
    }
    gzclose(file);
    snprintf(name, sizeof name, "demand/oracle/m3_%s.csv.gz", method);
    file = gzopen(data_path(name, path, sizeof path), "r");
    assert_non_null(file);
    gzgets(file, line, sizeof line);
    while (gzgets(file, line, sizeof line) != NULL) {
        int index;
        assert_int_equal(sscanf(line, "%d,", &index), 1);
        m3_series *s = &all[index - 1];
        const char *at = strchr(strchr(line, '"') + 1, '"'); /* the end of the model's name */
        for (int field = 0; field < 5; field++) at = strchr(at, ',') + 1;
        assert_true(sscanf(at, "%lf,\"%199[^\"]\"", &s->sigma2, s->parameters) >= 1);
    }
    gzclose(file);
}

/* All series, with the forecasts of R's `method` ("thetaf") unless NULL. */
static inline m3_series *m3_read(ku_arena *arena, const char *method)
{
    m3_series *all = KU_ARRAY(arena, M3_SERIES, m3_series);
    m3_read_values(all);
    if (method != NULL) m3_read_forecasts(all, method);
    return all;
}

/* Symmetric MAPE of a forecast in percent, as the competition scored it. */
static inline double m3_smape(const m3_series *s, const double *mean)
{
    double sum = 0;
    for (int h = 0; h < s->ahead; h++)
        sum += 200 * fabs(mean[h] - s->future[h]) / (fabs(mean[h]) + fabs(s->future[h])) / s->ahead;
    return sum;
}

/* Mean error in units of the seasonal naive forecast's one in the past. */
static inline double m3_mase(const m3_series *s, const double *mean)
{
    double scale = 0, sum = 0;
    for (int t = s->season; t < s->n; t++)
        scale += fabs(s->past[t] - s->past[t - s->season]) / (s->n - s->season);
    for (int h = 0; h < s->ahead; h++) sum += fabs(mean[h] - s->future[h]) / s->ahead;
    return sum / scale;
}

#endif
