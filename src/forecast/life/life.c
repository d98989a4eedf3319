/* life.c - products that ended, and those that took their place.
 *
 * A successor has no past of its own, but its predecessor's is worth more than none: it has
 * the season and the trend. Only its level is another, which the overlap of both tells. */
#include "forecast/life/life.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

int ku_life_gone(const ku_series *s, int season, int least)
{
    int end = s->n, longest = 0, run = 0;
    if (s->value == NULL) return 0;
    while (end > 0 && fabs(s->value[end - 1]) <= 0) end--;
    for (int t = 0; t < end; t++) {
        run = fabs(s->value[t]) <= 0 ? run + 1 : 0;
        if (run > longest) longest = run;
    }
    int gone = s->n - end, enough = least > 2 * longest ? least : 2 * longest;
    if (longest > 0 && season > enough && end > season) enough = season;
    return end > 0 && gone > enough ? gone : 0;
}

/* ---- replacement ------------------------------------------------------------------------------- */

static ku_status wrong_row(int64_t row, ku_error *err, const char *format, ...) KU_PRINTF(3, 4);
static ku_status wrong_row(int64_t row, ku_error *err, const char *format, ...)
{
    char where[64];
    va_list args;
    va_start(args, format);
    ku_error_setv(err, KU_BAD_DATA, NULL, format, args);
    va_end(args);
    snprintf(where, sizeof where, "replacement, row %lld", (long long)row + 1);
    return ku_error_at(err, "%s", where);
}

/* The new level as a multiple of the old: by the periods both have, else by those next to the
 * change; 1 where there is nothing to go by. `shift`: the new series' first period is the old
 * one's period `shift`. */
static double scale_of(const ku_series *old, const ku_series *new, int shift)
{
    double before = 0, after = 0;
    int common = 0;
    for (int t = 0; t < new->n; t++) {
        int there = t + shift;
        if (there < 0 || there >= old->n || !(old->value[there] > 0)) continue;
        common++;
        before += old->value[there];
        after += new->value[t];
    }
    if (common == 0) {
        int k = new->n < 4 ? new->n : 4;
        if (old->n < k) k = old->n;
        for (int i = 0; i < k; i++) {
            before += old->value[old->n - 1 - i];
            after += new->value[i];
        }
    }
    return before > 0 && after > 0 ? after / before : 1;
}

/* The old series' first `more` periods in front of the new one; from `end` on, when the old one
 * was on its way out, its last value before that. */
static bool chain(const ku_series *old, int more, int end, double scale, int columns,
                  ku_series *new, ku_arena *arena)
{
    size_t length = (size_t)(new->n + new->ahead), longer = length + (size_t)more;
    size_t old_length = (size_t)(old->n + old->ahead);
    double *value = ku_arena_try(arena, (size_t)(new->n + more) * sizeof *value);
    double *x = columns > 0 ? ku_arena_try(arena, (size_t)columns * longer * sizeof *x) : NULL;
    if (value == NULL || (columns > 0 && x == NULL)) return false;
    for (int t = 0; t < more; t++) value[t] = scale * old->value[t < end ? t : end - 1];
    memcpy(value + more, new->value, (size_t) new->n * sizeof *value);
    for (size_t c = 0; c < (size_t)columns; c++) {
        for (size_t t = 0; t < (size_t)more; t++)
            x[c * longer + t] = t < (size_t)end ? old->x[c * old_length + t] : (double)NAN;
        memcpy(x + c * longer + (size_t)more, new->x + c *length, length * sizeof *x);
    }
    new->value = value;
    new->x = x;
    new->n += more;
    return true;
}

static ku_status replace(ku_series_set *set, const ku_series *old, ku_series *new, int64_t date,
                         const char **told, ku_arena *arena, ku_error *err)
{
    int64_t shift = ku_series_place(&set->period, old->first, new->first);
    int64_t end = ku_series_place(&set->period, old->first, date);
    if (end > old->n) end = old->n;
    if (shift <= 0 || end <= 0) return KU_OK; /* the new one is as old */
    double scale = scale_of(old, new, (int)shift);
    int64_t first = old->first;
    if (!chain(old, (int)shift, (int)end, scale, set->columns, new, arena))
        return ku_error_set(err, KU_NO_MEMORY, "series", "too many rows for the memory");
    new->first = first;
    if (new->n > set->longest) set->longest = new->n;
    *told = ku_arena_printf(arena, "Goes on from \"%.60s\", whose past counts %.2f times.",
                            old->name, scale);
    return KU_OK;
}

ku_status ku_life_replace(const ku_frame *table, ku_series_set *set, const char **replaced,
                          ku_arena *arena, ku_error *err)
{
    if (table == NULL) return KU_OK;
    const ku_column *from = ku_frame_column(table, "old"), *to = ku_frame_column(table, "new");
    const ku_column *date = ku_frame_column(table, "date");
    if (table->rows > 0 && (date->type == KU_INT64) != set->period.numbers)
        return ku_error_set(err, KU_BAD_DATA, "replacement",
                            "its dates are not of the kind of the series' dates");
    for (int64_t row = 0; row < table->rows; row++) {
        const char *name[2] = {ku_column_text(from, row, arena), ku_column_text(to, row, arena)};
        const ku_series *both[2];
        for (int i = 0; i < 2; i++) {
            if (name[i] == NULL || !ku_column_valid(date, row))
                return wrong_row(row, err, "a name or the date is missing");
            both[i] = ku_series_find(set, name[i]);
            if (both[i] == NULL)
                return wrong_row(row, err, "there is no series \"%.60s\"", name[i]);
        }
        if (both[0] == both[1])
            return wrong_row(row, err, "\"%.60s\" cannot replace itself", name[0]);
        size_t at = (size_t)(both[1] - set->series);
        if (replaced[at] != NULL)
            return wrong_row(row, err, "\"%.60s\" goes on from two products; expected one",
                             name[1]);
        if (both[0]->value == NULL || both[1]->value == NULL) continue;
        KU_TRY(replace(set, both[0], &set->series[at],
                       date->type == KU_INT64 ? date->as.i64[row] : date->as.days[row],
                       &replaced[at], arena, err));
    }
    return KU_OK;
}
