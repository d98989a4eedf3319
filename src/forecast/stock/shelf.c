/* shelf.c - from the columns of a table to the demand of each series. */
#include "forecast/stock/shelf.h"

#include <math.h>
#include <string.h>

#include "base/format.h"

typedef struct shelf {
    ku_series_set *set;
    int share, flag; /* columns; -1: not there */
    double **room;   /* by thread */
    ku_stock_summary *lost;
} shelf;

static int find(const ku_series_set *set, const char *name)
{
    for (int c = 0; c < set->columns; c++)
        if (strcmp(set->column[c], name) == 0) return c;
    return -1;
}

static double cell(const ku_series *s, int column, int t)
{
    return column < 0 ? NAN : s->x[(size_t)column * (size_t)(s->n + s->ahead) + (size_t)t];
}

static ku_status check(const shelf *f, ku_error *err)
{
    for (size_t i = 0; i < f->set->count; i++) {
        const ku_series *s = &f->set->series[i];
        for (int t = 0; s->value != NULL && t < s->n; t++) {
            double a = cell(s, f->share, t);
            char date[KU_SERIES_DATE];
            if (isnan(a) || (a >= 0 && a <= 1)) continue;
            ku_series_date_text(&f->set->period, ku_series_date(&f->set->period, s->first, t),
                                date);
            return ku_error_set(err, KU_BAD_DATA, "series, column available",
                                "\"%s\" has %g at %s; the share of the period in stock is"
                                " expected, 0 to 1",
                                s->name, a, date);
        }
    }
    return KU_OK;
}

/* As ku_stock_uncensor wants it: 1 in stock, NaN ran out for an unknown time. */
static double available(const shelf *f, const ku_series *s, int t)
{
    double share = cell(s, f->share, t), flag = cell(s, f->flag, t);
    bool ran_out = !isnan(flag) && flag != 0;
    if (!isnan(share) && (share < 1 || !ran_out)) return share;
    return ran_out ? NAN : 1;
}

/* Takes the periods without a value out of what was lost: they were not sold out but not told. */
static void leave_out_gaps(const ku_series *s, const double *demand, ku_stock_summary *lost)
{
    double all = lost->lost;
    for (int t = 0; s->known != NULL && t < s->n; t++) {
        if (s->known[t]) continue;
        lost->periods--;
        lost->lost -= demand[t];
        lost->demand -= demand[t];
    }
    lost->lost = lost->periods > 0 ? fmax(lost->lost, 0) : 0;
    if (all > 0) lost->lost_deviation *= sqrt(lost->lost / all);
}

static void uncensor_one(void *data, size_t item, unsigned thread)
{
    shelf *f = data;
    ku_series *s = &f->set->series[item];
    if (s->value == NULL) return;
    size_t n = (size_t)s->n;
    double *share = f->room[thread], *sold = share + n, *deviation = sold + n;
    for (int t = 0; t < s->n; t++) {
        bool known = s->known == NULL || s->known[t];
        share[t] = known ? available(f, s, t) : 0;
        sold[t] = known ? s->value[t] : 0;
    }
    ku_stock_summary *lost = &f->lost[item];
    bool estimated = ku_stock_uncensor(sold, share, s->n, f->set->season, sold, deviation,
                                       deviation + n, lost);
    leave_out_gaps(s, sold, lost);
    if (!estimated) return;
    for (int t = 0; t < s->n; t++)
        if (s->known == NULL || s->known[t]) s->value[t] = sold[t];
}

static void drop_column(ku_series_set *set, int column)
{
    if (column < 0) return;
    for (size_t i = 0; i < set->count; i++) {
        ku_series *s = &set->series[i];
        if (s->x == NULL) continue;
        size_t length = (size_t)(s->n + s->ahead), after = (size_t)(set->columns - column - 1);
        memmove(s->x + (size_t)column * length, s->x + (size_t)(column + 1) * length,
                after * length * sizeof *s->x);
    }
    for (int c = column; c + 1 < set->columns; c++) set->column[c] = set->column[c + 1];
    set->columns--;
}

ku_status ku_shelf_uncensor(ku_series_set *set, ku_pool *threads, ku_arena *arena,
                            ku_stock_summary **lost, ku_error *err)
{
    shelf f = {.set = set, .share = find(set, "available"), .flag = find(set, "stockout")};
    *lost = NULL;
    if (f.share < 0 && f.flag < 0) return KU_OK;
    KU_TRY(check(&f, err));
    unsigned count = threads != NULL ? ku_pool_threads(threads) : 1;
    size_t room = 3 * (size_t)set->longest + ku_stock_room(set->longest, set->season);
    f.lost = KU_ARRAY(arena, set->count + 1, ku_stock_summary);
    f.room = KU_ARRAY(arena, count, double *);
    for (unsigned t = 0; t < count; t++) {
        f.room[t] = ku_arena_try(arena, room * sizeof(double));
        if (f.room[t] == NULL)
            return ku_error_set(err, KU_NO_MEMORY, "series", "too many rows for the memory");
    }
    ku_pool_each(threads, set->count, 1, uncensor_one, &f);
    /* The later one first, so that the place of the other stays. */
    drop_column(set, f.share > f.flag ? f.share : f.flag);
    drop_column(set, f.share > f.flag ? f.flag : f.share);
    *lost = f.lost;
    return KU_OK;
}

const char *ku_shelf_remark(const ku_stock_summary *lost, int n, ku_arena *arena)
{
    char more[KU_NUMBER_TEXT], low[KU_NUMBER_TEXT], high[KU_NUMBER_TEXT];
    if (lost == NULL || lost->periods == 0) return "";
    if (lost->reason[0] != '\0') return lost->reason;
    double half = 1.959963984540054 * lost->lost_deviation;
    return ku_arena_printf(arena,
                           "Stock ran out in %d of %d periods: about %s more would have been asked"
                           " for (95 %% interval %s to %s); past and forecast are that demand.",
                           lost->periods, n, ku_format_number(more, lost->lost, "", NULL),
                           ku_format_number(low, fmax(lost->lost - half, 0), "", NULL),
                           ku_format_number(high, lost->lost + half, "", NULL));
}
