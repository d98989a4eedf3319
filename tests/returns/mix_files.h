/* mix_files.h - panels of region and week from the field's CSV files, for tests of the mix model
 * on real data. Everything lives in the caller's arena. */
#ifndef KU_TESTS_MIX_FILES_H
#define KU_TESTS_MIX_FILES_H

#include "check.h"

#include <string.h>
#include <zlib.h>

#include "returns/mix/mix.h"

enum { FILE_COLUMNS = 40, FILE_ROWS = 8000, FILE_REGIONS = 60 };

typedef struct panel {
    ku_arena *arena;
    int columns, rows, regions, periods;
    char name[FILE_COLUMNS][64];
    double *value[FILE_COLUMNS]; /* as the rows stand */
    int *cell;                   /* of each row: period * regions + region */
    const char *region[FILE_REGIONS];
} panel;

static inline int panel_split(char *line, char **to)
{
    int n = 0;
    line[strcspn(line, "\r\n")] = '\0';
    for (char *at = line; at != NULL && n < FILE_COLUMNS; n++) {
        to[n] = at;
        at = strchr(at, ',');
        if (at != NULL) *at++ = '\0';
    }
    return n;
}

static inline int panel_region(panel *p, const char *name)
{
    for (int g = 0; g < p->regions; g++)
        if (strcmp(p->region[g], name) == 0) return g;
    assert_true(p->regions < FILE_REGIONS);
    p->region[p->regions] = ku_arena_strdup(p->arena, name);
    return p->regions++;
}

/* Rows of a region stand in the order of time; without a column "geo" all are of one region. */
static inline panel *panel_read(const char *file, ku_arena *arena)
{
    char path[512], line[4096], *field[FILE_COLUMNS];
    gzFile in = gzopen(data_path(file, path, sizeof path), "r");
    assert_non_null(in);
    panel *p = KU_NEW(arena, panel);
    p->arena = arena;
    assert_non_null(gzgets(in, line, sizeof line));
    p->columns = panel_split(line, field);
    int geo = -1, *region = KU_ARRAY(arena, FILE_ROWS, int), seen[FILE_REGIONS] = {0};
    for (int c = 0; c < p->columns; c++) {
        snprintf(p->name[c], sizeof p->name[c], "%s", field[c]);
        p->value[c] = KU_ARRAY(arena, FILE_ROWS, double);
        if (strcmp(field[c], "geo") == 0) geo = c;
    }
    int *period = KU_ARRAY(arena, FILE_ROWS, int);
    for (; p->rows < FILE_ROWS && gzgets(in, line, sizeof line) != NULL; p->rows++) {
        assert_int_equal(panel_split(line, field), p->columns);
        for (int c = 0; c < p->columns; c++) p->value[c][p->rows] = strtod(field[c], NULL);
        region[p->rows] = panel_region(p, geo >= 0 ? field[geo] : "all");
        period[p->rows] = seen[region[p->rows]]++;
    }
    gzclose(in);
    p->periods = seen[0];
    p->cell = KU_ARRAY(arena, FILE_ROWS, int);
    for (int i = 0; i < p->rows; i++) p->cell[i] = period[i] * p->regions + region[i];
    return p;
}

/* A column as a grid. */
static inline double *panel_grid(const panel *p, const char *name)
{
    for (int c = 0; c < p->columns; c++) {
        if (strcmp(p->name[c], name) != 0) continue;
        double *grid = KU_ARRAY(p->arena, (size_t)p->rows, double);
        for (int i = 0; i < p->rows; i++) grid[p->cell[i]] = p->value[c][i];
        return grid;
    }
    fail_msg("no column %s", name);
    return NULL;
}

#endif
