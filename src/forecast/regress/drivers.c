/* drivers.c - between a set of series and the regression of each. */
#include "forecast/regress/drivers.h"

#include <math.h>
#include <string.h>

ku_status ku_drivers_init(ku_drivers *d, const ku_series_set *set, int horizon, bool relative,
                          bool below_zero, size_t threads, ku_arena *arena, ku_error *err)
{
    size_t columns = (size_t)set->columns;
    *d = (ku_drivers){.columns = set->columns,
                      .name = set->column,
                      .relative = relative,
                      .below_zero = below_zero,
                      .season = set->season,
                      .horizon = horizon};
    if (columns == 0) return KU_OK;
    if (columns > KU_REGRESSORS)
        return ku_error_set(err, KU_BAD_DATA, "series", "%d regressors are too many; at most %d",
                            set->columns, KU_REGRESSORS);
    d->helper = KU_ARRAY(arena, columns, bool);
    d->sd = KU_ARRAY(arena, columns, int);
    ku_regress_pair(d->name, d->columns, d->helper, d->sd);
    d->work = KU_ARRAY(arena, threads, ku_regress_work *);
    d->room = KU_ARRAY(arena, threads, double *);
    size_t room = ku_regress_ahead_room(set->longest, d->columns, horizon) + 2 * (size_t)horizon;
    for (size_t t = 0; t < threads; t++) {
        d->work[t] = ku_regress_work_new(arena, set->longest, set->season, d->columns);
        d->room[t] = ku_arena_try(arena, room * sizeof(double));
        if (d->work[t] == NULL || d->room[t] == NULL)
            return ku_error_set(err, KU_NO_MEMORY, "series",
                                "these series and regressors do not fit into the memory");
    }
    return KU_OK;
}

ku_regress_data ku_drivers_data(const ku_drivers *d, const ku_series *s)
{
    return (ku_regress_data){.y = s->value,
                             .n = s->n,
                             .season = d->season,
                             .columns = d->columns,
                             .ahead = s->ahead,
                             .x = s->x,
                             .sd = d->sd,
                             .helper = d->helper,
                             .relative = d->relative};
}

void ku_drivers_remove(const ku_drivers *d, unsigned thread, const ku_series *s,
                       ku_regress_fit *fit, double *adjusted)
{
    ku_regress_data data = ku_drivers_data(d, s);
    ku_regress_estimate(d->work[thread], &data, fit);
    if (fit->used > 0)
        ku_regress_remove(&data, fit, adjusted);
    else
        memcpy(adjusted, s->value, (size_t)s->n * sizeof *adjusted);
}

int ku_drivers_restore(const ku_drivers *d, unsigned thread, const ku_series *s,
                       const ku_regress_fit *fit, const double *plan, double *mean,
                       double *const bound[KU_BOUNDS])
{
    ku_regress_data data = ku_drivers_data(d, s);
    double *effect = d->room[thread], *variance = effect + d->horizon;
    if (fit->used == 0) return 0;
    int foreseen = ku_regress_ahead(&data, fit, plan, d->horizon, variance + d->horizon, effect,
                                    variance);
    ku_regress_restore(&data, fit, effect, variance, d->horizon, d->below_zero, mean, bound);
    return foreseen;
}

/* ---- remarks ------------------------------------------------------------------------------------- */

static const char *list_fate(const ku_drivers *d, const ku_regress_fit *fit, ku_regress_fate fate,
                             ku_arena *arena)
{
    const char *list = NULL;
    for (int j = 0; j < d->columns; j++)
        if (fit->effect[j].fate == fate)
            list = list != NULL ? ku_arena_printf(arena, "%s, %s", list, d->name[j]) : d->name[j];
    return list;
}

const char *ku_drivers_remark(const ku_drivers *d, const ku_regress_fit *fit, int foreseen,
                              ku_arena *arena)
{
    static const struct {
        ku_regress_fate fate;
        const char *words;
    } fates[] = {
        {KU_REGRESS_CONSTANT, "Never changed, so without a known effect:"},
        {KU_REGRESS_COLLINEAR, "Moves only with the trend, the season or other regressors:"}};
    const char *text = "";
    int given = 0; /* a series need not have the regressors of the others */
    for (int j = 0; j < d->columns; j++)
        given += fit->effect[j].fate != KU_REGRESS_EMPTY &&
                 fit->effect[j].fate != KU_REGRESS_HELPER;
    if (given == 0) return text;
    for (size_t i = 0; i < sizeof fates / sizeof *fates; i++) {
        const char *list = list_fate(d, fit, fates[i].fate, arena);
        if (list != NULL)
            text = ku_arena_printf(arena, "%s%s%s %s.", text, text[0] ? " " : "", fates[i].words,
                                   list);
    }
    const char *also[] = {
        fit->used == 0 ? "No effect of a regressor could be estimated." : NULL,
        fit->shrunk && fit->used > 0
            ? "More regressors than the past can tell apart; their effects are drawn towards zero."
            : NULL,
        d->relative && !fit->relative && fit->used > 0
            ? "Not above zero throughout, so effects are added instead of multiplied."
            : NULL,
        fit->filled > 0
            ? ku_arena_printf(arena, "%d empty cells of regressors took the value before.",
                              fit->filled)
            : NULL,
        foreseen > 0
            ? ku_arena_printf(arena, "%d regressor%s not planned throughout and forecast too.",
                              foreseen, foreseen == 1 ? " is" : "s are")
            : NULL,
    };
    for (size_t i = 0; i < sizeof also / sizeof *also; i++)
        if (also[i] != NULL)
            text = ku_arena_printf(arena, "%s%s%s", text, text[0] ? " " : "", also[i]);
    return text;
}
