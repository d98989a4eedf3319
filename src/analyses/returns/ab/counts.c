/* counts.c - a test from counts: how many units each variant had, how many of them did what, and
 * of means their mean and standard deviation. That is all the sums need. */
#include <math.h>
#include <string.h>

#include "analyses/returns/ab/data_internal.h"
#include "base/text.h"

typedef struct count_reader {
    ab_reader *r;
    const ku_frame *tallies;
    const ku_column *units;
    const ku_column **hits, **sd; /* [columns]: counts or means; sd NULL for counts */
} count_reader;

static const ku_column *sd_of(const ku_frame *tallies, const char *mean, ku_arena *arena)
{
    size_t length = strlen(mean) - strlen("_mean");
    return ku_frame_column(tallies, ku_arena_printf(arena, "%.*s_sd", (int)length, mean));
}

static bool is_further(const ku_column *c)
{
    static const char *const own[] = {"variant", "units", "date"};
    for (size_t i = 0; i < sizeof own / sizeof *own; i++)
        if (strcmp(c->name, own[i]) == 0) return false;
    return (c->type == KU_DOUBLE || c->type == KU_INT64) && c->nulls < c->rows;
}

static ku_status find_columns(count_reader *u, ku_error *err)
{
    ku_arena *arena = u->r->arena;
    ab_data *out = u->r->out;
    size_t most = (size_t)u->tallies->columns + 1;
    u->hits = KU_ARRAY(arena, most, const ku_column *);
    u->sd = KU_ARRAY(arena, most, const ku_column *);
    out->column = KU_ARRAY(arena, most, const char *);
    for (int32_t i = 0; i < u->tallies->columns; i++) {
        const ku_column *c = &u->tallies->column[i], *sd = NULL;
        if (!is_further(c) || ku_text_ends(c->name, "_sd")) continue;
        const char *name = ku_arena_strdup(arena, c->name);
        if (ku_text_ends(name, "_mean")) {
            sd = sd_of(u->tallies, name, arena);
            if (sd == NULL)
                return ku_error_set(err, KU_BAD_DATA, name,
                                    "a mean needs its standard deviation in a column %.*s_sd",
                                    (int)strlen(name) - 5, name);
            name = ku_arena_strndup(arena, name, strlen(name) - 5);
        }
        u->hits[out->columns] = c;
        u->sd[out->columns] = sd;
        out->column[out->columns++] = name;
    }
    return KU_OK;
}

static ku_status choose_metrics(count_reader *u, ku_error *err)
{
    ab_data *out = u->r->out;
    bool *metric = KU_ARRAY(u->r->arena, (size_t)out->columns + 1, bool);
    for (int j = 0; j < out->columns; j++) metric[j] = true;
    KU_TRY(ab_choose_metrics(u->r, metric, err));
    for (int k = 0; k < out->metrics; k++) {
        ab_metric *m = &out->metric[k];
        if (m->d >= 0)
            return ku_error_set(err, KU_USAGE, "metrics",
                                "a ratio such as \"%.60s\" needs rows of units, not counts",
                                m->name);
        m->record.kind = u->sd[m->y] == NULL ? KU_AB_SHARE : KU_AB_MEAN;
        m->record.shift[1] = 1;
        if (u->sd[m->y] == NULL) continue;
        for (int64_t i = 0; i < u->tallies->rows; i++)
            if (ku_column_valid(u->hits[m->y], i))
                m->record.shift[0] += ku_column_number(u->hits[m->y], i) / (double)u->tallies->rows;
    }
    return KU_OK;
}

static ku_status bad_row(int64_t row, const char *column, const char *what, double value,
                         ku_error *err)
{
    char where[160];
    snprintf(where, sizeof where, "counts, row %lld, column %.80s", (long long)row + 1, column);
    return ku_error_set(err, KU_BAD_DATA, where, "%s; found %g", what, value);
}

static ku_status add_cell(count_reader *u, const ab_metric *m, ku_ab_arm *arm, int64_t row,
                          double units, ku_error *err)
{
    const ku_column *c = u->hits[m->y], *sd = u->sd[m->y];
    double value = ku_column_number(c, row), spread = sd != NULL ? ku_column_number(sd, row) : 0;
    if (isnan(value)) value = 0;
    arm->units += units;
    if (sd == NULL) {
        if (!(value >= 0 && value <= units))
            return bad_row(row, c->name, "a count of units must lie between 0 and the units", value,
                           err);
        arm->sum[0] += value;
        arm->cross[0] += value;
        return KU_OK;
    }
    if (!(fabs(value) <= 1e100))
        return bad_row(row, c->name, "no number of usual size", value, err);
    if (!(spread >= 0 && spread <= 1e100))
        return bad_row(row, sd->name, "a standard deviation must be a number not below 0", spread,
                       err);
    double off = value - m->record.shift[0];
    arm->sum[0] += units * off;
    arm->cross[0] += fmax(units - 1, 0) * spread * spread + units * off * off;
    return KU_OK;
}

static ku_status add_rows(count_reader *u, const int *variant, ku_error *err)
{
    ab_data *out = u->r->out;
    const ku_column *code = ku_frame_column(u->tallies, "variant");
    const ku_column *date = ku_frame_column(u->tallies, "date");
    ab_count_days(u->r, date);
    for (int64_t i = 0; i < u->tallies->rows; i++) out->total += ku_column_number(u->units, i);
    for (int64_t i = 0; i < u->tallies->rows; i++) {
        double units = ku_column_number(u->units, i);
        int g = variant[code->as.codes[i]];
        ab_next_day(u->r, ku_column_number(date, i), false);
        if (!(units >= 0 && units <= 1e15) || units != floor(units))
            return bad_row(i, "units", "expected a whole number of units", units, err);
        for (int k = 0; k < out->metrics; k++)
            KU_TRY(add_cell(u, &out->metric[k], out->arm + (size_t)k * (size_t)out->variants + g, i,
                            units, err));
    }
    ab_next_day(u->r, NAN, true);
    return KU_OK;
}

ku_status ab_read_counts(ab_reader *r, const ku_frame *tallies, ku_error *err)
{
    count_reader u = {.r = r, .tallies = tallies, .units = ku_frame_column(tallies, "units")};
    int *variant;
    KU_TRY(ab_read_variants(r, ku_frame_column(tallies, "variant"), &variant, err));
    KU_TRY(ab_read_plan(r, err));
    KU_TRY(find_columns(&u, err));
    KU_TRY(choose_metrics(&u, err));
    return add_rows(&u, variant, err);
}
