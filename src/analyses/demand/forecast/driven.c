/* driven.c - regressors and scenarios in the run of demand.forecast.
 *
 * A series is forecast without the effects, once, by whatever method it gets; every future,
 * the planned one and each scenario, is that forecast with its own effects put back. */
#include "analyses/demand/forecast/driven.h"

#include <math.h>
#include <string.h>

#include "forecast/calendar/calendar.h"
#include "num/student.h"

static bool make_room(driven *d, size_t threads, ku_arena *arena)
{
    const ku_series_set *set = d->set;
    size_t futures = (size_t)d->scenarios.count * (1 + KU_BOUNDS) * (size_t)d->drivers.horizon;
    d->fit = KU_ARRAY(arena, set->count + 1, ku_regress_fit);
    d->foreseen = KU_ARRAY(arena, set->count + 1, int);
    d->future = KU_ARRAY(arena, set->count + 1, double *);
    d->adjusted = KU_ARRAY(arena, threads, double *);
    for (size_t t = 0; t < threads; t++) {
        d->adjusted[t] = ku_arena_try(arena, ((size_t)set->longest + 1) * sizeof(double));
        if (d->adjusted[t] == NULL) return false;
    }
    for (size_t i = 0; i < set->count; i++) {
        if (set->series[i].value == NULL) continue;
        if (!ku_regress_room(arena, d->drivers.columns, &d->fit[i])) return false;
        if (futures > 0) d->future[i] = ku_arena_try(arena, futures * sizeof(double));
        if (futures > 0 && d->future[i] == NULL) return false;
    }
    return true;
}

ku_status driven_init(driven *d, ku_series_set *set, const ku_frames *in, const ku_params *params,
                      ku_run_context *context, ku_error *err)
{
    ku_arena *arena = ku_run_arena(context);
    size_t threads = ku_pool_threads(ku_run_pool(context));
    int horizon = (int)ku_param_int(params, "horizon");
    bool relative = strcmp(ku_param_text_value(params, "response"), "relative") == 0;
    const char *calendar = ku_param_text_value(params, "calendar");
    const ku_frame *futures = ku_frames_find(in, "scenario");
    *d = (driven){.set = set, .without = set->unused};
    if (calendar != NULL)
        KU_TRY(ku_calendar_add(set, calendar, ku_frames_find(in, "events"), horizon, arena, err));
    KU_TRY(ku_drivers_init(&d->drivers, set, horizon, relative, ku_param_bool(params, "below-zero"),
                           threads, arena, err));
    if (set->columns == 0 && futures != NULL)
        return ku_error_set(err, KU_BAD_DATA, "scenario",
                            "the series have no regressors, so scenarios have nothing to change");
    if (set->columns == 0) return KU_OK;
    KU_TRY(ku_scenarios_read(futures, set, horizon, arena, &d->scenarios, err));
    if (make_room(d, threads, arena)) return KU_OK;
    return ku_error_set(err, KU_NO_MEMORY, "series",
                        "these series and regressors do not fit into the memory");
}

const double *driven_past(driven *d, unsigned thread, size_t item)
{
    const ku_series *s = &d->set->series[item];
    if (d->drivers.columns == 0) return s->value;
    ku_drivers_remove(&d->drivers, thread, s, &d->fit[item], d->adjusted[thread]);
    return d->adjusted[thread];
}

/* ---- the futures ------------------------------------------------------------------------------- */

/* Mean and bounds of one scenario of one series. */
static double *future_of(const driven *d, size_t item, int scenario)
{
    return d->future[item] + (size_t)scenario * (1 + KU_BOUNDS) * (size_t)d->drivers.horizon;
}

static void put_future(driven *d, unsigned thread, size_t item, int scenario, const ku_outlook *o)
{
    size_t h = (size_t)d->drivers.horizon;
    double *mean = future_of(d, item, scenario), *bound[KU_BOUNDS];
    memcpy(mean, o->mean, h * sizeof *mean);
    for (size_t b = 0; b < KU_BOUNDS; b++) {
        bound[b] = mean + (1 + b) * h;
        memcpy(bound[b], o->bound[b], h * sizeof *mean);
    }
    const double *plan = d->scenarios.plan[(size_t)scenario * d->set->count + item];
    ku_drivers_restore(&d->drivers, thread, &d->set->series[item], &d->fit[item], plan, mean,
                       bound);
}

/* The one-step fits and their mean relative error, of the series instead of the adjusted. */
static void restore_fits(const driven *d, unsigned thread, size_t item, ku_outlook *o)
{
    const ku_series *s = &d->set->series[item];
    const double *adjusted = d->adjusted[thread];
    double sum = 0;
    for (int t = 0; t < s->n; t++) {
        double y = s->value[t], fit = o->fitted[t];
        fit = d->fit[item].relative ? fit * (y / adjusted[t]) : fit + (y - adjusted[t]);
        double size = fabs(y) + fabs(fit);
        if (size > 0) sum += 2 * fabs(y - fit) / size;
        o->fitted[t] = fit;
    }
    o->smape = sum / s->n;
}

void driven_restore(driven *d, unsigned thread, size_t item, ku_outlook *o)
{
    if (d->drivers.columns == 0 || !o->forecast) return;
    for (int k = 0; k < d->scenarios.count; k++) put_future(d, thread, item, k, o);
    if (d->fit[item].used == 0) return;
    d->foreseen[item] = ku_drivers_restore(&d->drivers, thread, &d->set->series[item],
                                           &d->fit[item], NULL, o->mean, o->bound);
    restore_fits(d, thread, item, o);
}

/* ---- tables ----------------------------------------------------------------------------------------- */

const char *driven_remark(const driven *d, size_t item, ku_arena *arena)
{
    if (d->drivers.columns == 0 || d->set->series[item].value == NULL) return "";
    return ku_drivers_remark(&d->drivers, &d->fit[item], d->foreseen[item], arena);
}

static const char *effect_words(const ku_regress_fit *fit, const ku_regress_effect *e)
{
    switch (e->fate) {
    case KU_REGRESS_EMPTY:
        return "not used: without a value";
    case KU_REGRESS_SHORT:
        return "not used: the past is too short";
    case KU_REGRESS_CONSTANT:
        return "not used: it never changed";
    case KU_REGRESS_COLLINEAR:
        return "not used: it follows from the others";
    default:
        return !fit->relative ? "added per unit"
               : e->logged    ? "% of demand per % of it"
                              : "relative per unit";
    }
}

void driven_put_effects(const driven *d, ku_frame_builder *to)
{
    for (size_t i = 0; i < d->set->count; i++) {
        const ku_regress_fit *fit = &d->fit[i];
        if (d->set->series[i].value == NULL) continue;
        double wide = fit->used > 0 ? ku_student_quantile(0.975, fit->freedom) : 0;
        for (int j = 0; j < d->drivers.columns; j++) {
            const ku_regress_effect *e = &fit->effect[j];
            if (e->fate == KU_REGRESS_HELPER) continue;
            ku_build_text(to, 0, d->set->series[i].name);
            ku_build_text(to, 1, d->drivers.name[j]);
            ku_build_text(to, 5, effect_words(fit, e));
            if (e->fate == KU_REGRESS_USED) {
                /* A relative effect per unit is said as a factor, less one. */
                bool factor = fit->relative && !e->logged;
                const double value[] = {e->beta, e->beta - wide * e->deviation,
                                        e->beta + wide * e->deviation};
                for (int k = 0; k < 3; k++)
                    ku_build_double(to, 2 + k, factor ? expm1(fmin(value[k], 300)) : value[k]);
            }
            ku_build_row(to);
        }
    }
}

void driven_put_scenarios(const driven *d, const ku_outlook *outlook, ku_frame_builder *to)
{
    int h = d->drivers.horizon;
    for (size_t i = 0; i < d->set->count; i++)
        for (int scenario = 0;
             scenario < d->scenarios.count && outlook[i].forecast && d->fit[i].used > 0; scenario++)
            for (int k = 0; k < h; k++) {
                const ku_series *s = &d->set->series[i];
                const double *value = future_of(d, i, scenario) + k;
                ku_build_text(to, 0, d->scenarios.name[scenario]);
                ku_build_text(to, 1, s->name);
                ku_series_put_date(to, 2, &d->set->period, s->first, s->n + k);
                for (int b = 0; b <= KU_BOUNDS; b++)
                    ku_build_double(to, 3 + b, ku_outlook_in_range(value[(size_t)b * (size_t)h]));
                ku_build_double(to, 8, ku_outlook_in_range(*value - outlook[i].mean[k]));
                ku_build_row(to);
            }
}
