/* cdnow.h - the CDNOW customers of Fader & Hardie for tests: 2,357 of them, 39 weeks seen.
 * The arrays come from the arena. */
#ifndef KU_TESTS_CDNOW_H
#define KU_TESTS_CDNOW_H

#include "check.h"

#include "customers/model.h"
#include "kemudi/arena.h"

enum { CDNOW_ROWS = 2357 };

/* The table of R's BTYD with all its digits: x, t.x, T.cal and the purchases of the 39 weeks
 * after in *later (NULL: not wanted). Skips the test where the data are absent. */
static inline ku_buyers cdnow_read(ku_arena *arena, double **later)
{
    char path[512], line[256];
    double *column[5];
    for (int c = 0; c < 5; c++) column[c] = KU_ARRAY(arena, CDNOW_ROWS, double);
    FILE *file = fopen(
        data_path("customers/cdnow/BTYD_cdnowSummary.cdnowSummary_cbs.csv", path, sizeof path),
        "r");
    assert_non_null(file);
    assert_non_null(fgets(line, sizeof line, file));
    for (size_t i = 0; i < CDNOW_ROWS; i++) {
        assert_non_null(fgets(line, sizeof line, file));
        assert_int_equal(4, sscanf(line, "%lf,%lf,%lf,%lf", &column[0][i], &column[1][i],
                                   &column[2][i], &column[3][i]));
        column[4][i] = 1;
    }
    fclose(file);
    if (later != NULL) *later = column[3];
    return (ku_buyers){CDNOW_ROWS, column[0], column[1], column[2], column[4]};
}

#endif
