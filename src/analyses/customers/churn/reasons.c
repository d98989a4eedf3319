/* reasons.c - what drives leaving, and why one customer is likelier to leave than others.
 *
 * A coefficient says nothing to a director, so each driver is told by a comparison: a value
 * that one customer in five exceeds against one that one in five stays below, all else being
 * as it is. Where most customers share one value (no complaint), the others' mean is held
 * against it. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analyses/customers/churn/outlook.h"

enum { SAMPLE = 4000, MOST_ROWS = DRIVERS + FACTORS * 40, REASONS = 3 };

static const double tells = 0.15; /* log odds below which a reason is none */

typedef struct told {
    char name[128], from[64], to[64];
    estimate odds, points;
    double p_from, p_to;
    double log_odds;
} told;

typedef struct telling {
    const outlook *o;
    size_t sample;
    double *eta;   /* log odds of the sample */
    double *value; /* of the driver at hand */
    double *sorted;
    told *row;
    int rows;
} telling;

/* Every so many-th active customer. */
static int64_t sampled(const telling *t, size_t k)
{
    return t->o->d->active_row[k * t->o->d->active / t->sample];
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* ---- comparisons ------------------------------------------------------------------------------ */

/* The mean probability of the sample with the driver's part moved to where `shift` puts it. */
static double mean_p(const telling *t, const double *part, double moved)
{
    double sum = 0;
    for (size_t k = 0; k < t->sample; k++) sum += ku_logistic(t->eta[k] - part[k] + moved);
    return sum / (double)t->sample;
}

/* From `from` to `to` log odds of a part whose own value in the sample is part[]. */
static void tell(telling *t, told *row, const double *part, double from, double to, double error)
{
    double change = to - from;
    row->log_odds = change;
    row->odds = (estimate){exp(change), exp(change - CHURN_Z * error),
                           exp(change + CHURN_Z * error)};
    row->p_from = mean_p(t, part, from);
    row->p_to = mean_p(t, part, to);
    row->points = (estimate){row->p_to - row->p_from,
                             mean_p(t, part, to - CHURN_Z * error) - row->p_from,
                             mean_p(t, part, to + CHURN_Z * error) - row->p_from};
    t->rows++;
}

/* Two values of the driver worth comparing. */
static void find_values(telling *t, driver_id id, double *from, double *to)
{
    double sum = 0, others = 0;
    for (size_t k = 0; k < t->sample; k++)
        t->sorted[k] = t->value[k] = design_value(t->o->d, id, sampled(t, k));
    qsort(t->sorted, t->sample, sizeof *t->sorted, by_value);
    *from = t->sorted[t->sample / 5];
    *to = t->sorted[t->sample - 1 - t->sample / 5];
    if (*to > *from) return;
    for (size_t k = 0; k < t->sample; k++) {
        if (t->value[k] == *from) continue;
        sum += t->value[k];
        others++;
    }
    *to = others > 0 ? sum / others : *from;
}

static void tell_driver(telling *t, driver_id id, double *part)
{
    const outlook *o = t->o;
    const driver *own = &o->d->driver[id];
    const double *beta = o->h->leave.beta + own->column;
    int columns = 1 + driver_specs[id].knots, all = o->h->leave.columns;
    double from, to, low[1 + DRIVER_KNOTS], high[1 + DRIVER_KNOTS], has[1 + DRIVER_KNOTS];
    double *contrast = KU_ARRAY(ku_run_arena(o->context), (size_t)all, double);
    double at_low = 0, at_high = 0;
    find_values(t, id, &from, &to);
    if (from == to) return;
    design_columns(o->d, id, from, low);
    design_columns(o->d, id, to, high);
    for (int j = 0; j < columns; j++) {
        at_low += o->h->slope * beta[j] * low[j];
        at_high += o->h->slope * beta[j] * high[j];
        contrast[own->column + j] = o->h->slope * (high[j] - low[j]);
    }
    for (size_t k = 0; k < t->sample; k++) {
        design_columns(o->d, id, t->value[k], has);
        part[k] = 0;
        for (int j = 0; j < columns; j++) part[k] += o->h->slope * beta[j] * has[j];
    }
    told *row = &t->row[t->rows];
    if (id == DRIVER_ONCE) {
        snprintf(row->name, sizeof row->name, "%s", driver_specs[id].name);
        snprintf(row->from, sizeof row->from, "no");
        snprintf(row->to, sizeof row->to, "yes");
    } else {
        snprintf(row->name, sizeof row->name, "%s: %.2g against %.2g", driver_specs[id].name, to,
                 from);
        snprintf(row->from, sizeof row->from, "%.2g %s", from, driver_specs[id].unit);
        snprintf(row->to, sizeof row->to, "%.2g %s", to, driver_specs[id].unit);
    }
    tell(t, row, part, at_low, at_high, sqrt(ku_quadratic(o->h->leave.covariance, contrast, all)));
}

/* Each level against the mean of all; kept where it is more than chance. */
static void tell_factor(telling *t, int f, double *part)
{
    const outlook *o = t->o;
    const factor *of = &o->d->factor[f];
    double slope = o->h->slope, mean = slope * o->h->factor_mean[f];
    int all = o->h->leave.columns;
    double *contrast = KU_ARRAY(ku_run_arena(o->context), (size_t)all, double);
    for (size_t k = 0; k < t->sample; k++) {
        int64_t at = sampled(t, k);
        bool known = ku_column_valid(of->column, at);
        int32_t column = known ? of->level[of->column->as.codes[at]] : -1;
        part[k] = column >= 0 ? slope * o->h->leave.beta[column] : 0;
    }
    for (size_t i = 0; i < o->d->learn; i++) {
        int32_t column = o->d->rows.level[i * FACTORS + (size_t)f];
        if (column >= 0) contrast[column] -= slope / (double)o->d->learn;
    }
    for (int k = 0; k < of->count && t->rows < MOST_ROWS; k++) {
        told *row = &t->row[t->rows];
        int32_t length;
        const char *name = ku_dictionary_at(&of->column->dictionary, of->code[k], &length);
        snprintf(row->name, sizeof row->name, "%s %.*s", factor_names[f], length, name);
        snprintf(row->from, sizeof row->from, "the average");
        snprintf(row->to, sizeof row->to, "%.*s", length, name);
        contrast[of->first + k] += slope;
        tell(t, row, part, mean, slope * o->h->leave.beta[of->first + k],
             sqrt(ku_quadratic(o->h->leave.covariance, contrast, all)));
        contrast[of->first + k] -= slope;
        if (row->odds.lo <= 1 && row->odds.hi >= 1) t->rows--; /* dozens of these say nothing */
    }
}

/* ---- the table ---------------------------------------------------------------------------------- */

static int by_strength(const void *a, const void *b)
{
    double x = fabs(((const told *)a)->points.value), y = fabs(((const told *)b)->points.value);
    return (x < y) - (x > y);
}

static void put(const told *r, ku_frame_builder *to, ku_arena *arena)
{
    bool sure = r->odds.lo > 1 || r->odds.hi < 1;
    const char *more = r->log_odds > 0 ? "more" : "fewer";
    ku_build_text(to, 0, r->name);
    ku_build_text(to, 1, r->from);
    ku_build_text(to, 2, r->to);
    ku_build_double(to, 3, r->p_from);
    ku_build_double(to, 4, r->p_to);
    ku_build_double(to, 5, r->points.value);
    ku_build_double(to, 6, r->points.lo);
    ku_build_double(to, 7, r->points.hi);
    ku_build_double(to, 8, r->odds.value);
    ku_build_double(to, 9, r->odds.lo);
    ku_build_double(to, 10, r->odds.hi);
    ku_build_text(to, 11,
                  sure ? ku_arena_printf(arena, "%s leave: %.0f in 100 in place of %.0f", more,
                                         100 * r->p_to, 100 * r->p_from)
                       : "may be chance");
    ku_build_row(to);
}

static void tell_all(telling *t)
{
    const outlook *o = t->o;
    ku_arena *arena = ku_run_arena(o->context);
    double *part;
    t->sample = o->d->active < SAMPLE ? o->d->active : SAMPLE;
    t->eta = KU_ARRAY(arena, 4 * t->sample, double);
    t->value = t->eta + t->sample;
    t->sorted = t->value + t->sample;
    part = t->sorted + t->sample;
    t->row = KU_ARRAY(arena, MOST_ROWS, told);
    for (size_t k = 0; k < t->sample; k++)
        t->eta[k] = score_log_odds(o->of[k * o->d->active / t->sample].leave.value);
    for (int id = 0; id < DRIVERS; id++)
        if (o->d->driver[id].used && !driver_specs[id].value_only)
            tell_driver(t, (driver_id)id, part);
    for (int f = 0; f < FACTORS; f++)
        if (o->d->factor[f].used) tell_factor(t, f, part);
    qsort(t->row, (size_t)t->rows, sizeof *t->row, by_strength);
}

ku_status drivers_put(const outlook *o, ku_frames *out, ku_error *err)
{
    telling t = {.o = o};
    ku_frame_builder *to = ku_run_output(o->context, "drivers");
    if (o->h->learned && o->d->active > 0) tell_all(&t);
    for (int r = 0; r < t.rows; r++) put(&t.row[r], to, ku_run_arena(o->context));
    return ku_frames_add_built(out, to, err);
}

/* ---- one customer's reasons ------------------------------------------------------------------------ */

typedef struct reason {
    double part;
    int id; /* a driver, or DRIVERS + a factor */
} reason;

static void consider(reason best[REASONS], double part, int id)
{
    if (part < tells) return;
    for (int k = 0; k < REASONS; k++)
        if (part > best[k].part) {
            memmove(best + k + 1, best + k, (size_t)(REASONS - 1 - k) * sizeof *best);
            best[k] = (reason){part, id};
            return;
        }
}

const char *reasons_of(const outlook *o, size_t i, const double *x, const int32_t *level, char *to,
                       size_t size)
{
    const hazard *h = o->h;
    reason best[REASONS] = {{0}};
    size_t length = 0;
    if (!h->learned) return NULL;
    for (int id = 0; id < DRIVERS; id++) {
        const driver *own = &o->d->driver[id];
        double part = 0;
        for (int k = 0; k <= driver_specs[id].knots && own->used; k++)
            part += h->slope * h->leave.beta[own->column + k] * x[own->column - 1 + k];
        if (!driver_specs[id].value_only) consider(best, part, id);
    }
    for (int f = 0; f < FACTORS; f++)
        if (level[f] >= 0)
            consider(best, h->slope * (h->leave.beta[level[f]] - h->factor_mean[f]), DRIVERS + f);
    to[0] = '\0';
    for (int k = 0; k < REASONS && best[k].part > 0 && length < size; k++) {
        const char *comma = k > 0 ? "; " : "";
        int id = best[k].id, wrote;
        if (id < DRIVERS) {
            const driver_spec *spec = &driver_specs[id];
            bool high = x[o->d->driver[id].column - 1] > 0;
            wrote = snprintf(to + length, size - length, "%s%s", comma,
                             high ? spec->when_high : spec->when_low);
        } else {
            const ku_column *column = o->d->factor[id - DRIVERS].column;
            int32_t bytes;
            const char *name = ku_dictionary_at(&column->dictionary,
                                                column->as.codes[o->d->active_row[i]], &bytes);
            wrote = snprintf(to + length, size - length, "%s%s %.*s", comma,
                             factor_names[id - DRIVERS], bytes < 80 ? bytes : 80, name);
        }
        length += wrote > 0 ? (size_t)wrote : 0;
    }
    return to[0] != '\0' ? to : "nothing in particular";
}
