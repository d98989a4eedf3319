/* ask.c - regions, lengths and effects that are asked for. */
#include <math.h>
#include <string.h>

#include "analyses/returns/experiment_design/design_internal.h"
#include "base/number.h"
#include "base/text.h"

static ku_status mark(planning *p, const char *setting, bool *flag, ku_error *err)
{
    const char *unknown = NULL;
    int *which = KU_ARRAY(p->arena, (size_t)p->panel.regions, int);
    if (!ku_param_set(p->params, setting)) return KU_OK;
    int count = ku_region_list(&p->panel, ku_param_text_value(p->params, setting), p->arena, which,
                               &unknown);
    for (int i = 0; i < count; i++) flag[which[i]] = true;
    if (unknown == NULL) return KU_OK;
    const char *nearest = ku_region_nearest(&p->panel, unknown);
    return ku_error_set(err, KU_BAD_DATA, setting, "the data know no region '%s'%s%s%s", unknown,
                        nearest != NULL ? " (is it '" : "", nearest != NULL ? nearest : "",
                        nearest != NULL ? "'?)" : "");
}

static ku_status ask_regions(planning *p, ku_error *err)
{
    size_t regions = (size_t)p->panel.regions;
    int must = 0;
    p->with = KU_ARRAY(p->arena, regions, bool);
    p->without = KU_ARRAY(p->arena, regions, bool);
    p->apart = KU_ARRAY(p->arena, regions, bool);
    KU_TRY(mark(p, "with", p->with, err));
    KU_TRY(mark(p, "without", p->without, err));
    KU_TRY(mark(p, "apart", p->apart, err));
    for (int i = 0; i < p->panel.regions; i++) {
        if (p->with[i] && (p->without[i] || p->apart[i]))
            return ku_error_set(err, KU_USAGE, "with",
                                "%s both must have the campaign and must not have it",
                                p->panel.name[i]);
        p->without[i] = p->without[i] || p->apart[i];
        must += p->with[i];
    }
    if (must > ku_param_int(p->params, "most"))
        return ku_error_set(err, KU_USAGE, "with",
                            "%d regions must have the campaign, and %d may have it", must,
                            (int)ku_param_int(p->params, "most"));
    return KU_OK;
}

/* ---- lengths --------------------------------------------------------------------------------- */

static void add_duration(planning *p, int duration)
{
    for (int i = 0; i < p->durations; i++)
        if (p->duration[i] == duration) return;
    if (p->durations < MOST_DURATIONS) p->duration[p->durations++] = duration;
}

static ku_status read_durations(planning *p, ku_error *err)
{
    const char *text = ku_param_text_value(p->params, "durations");
    while (*text != '\0') {
        size_t length = strcspn(text, ",; ");
        double value;
        if (length > 0) {
            if (ku_parse_double(text, length, '.', &value, NULL) != KU_OK || value < 1 ||
                value > 10000 || value != floor(value))
                return ku_error_set(err, KU_USAGE, "durations",
                                    "'%.*s' is no length; expected whole numbers of dates such as "
                                    "14,28",
                                    (int)length, text);
            add_duration(p, (int)value);
        }
        text += length + (text[length] != '\0');
    }
    return KU_OK;
}

/* Two and four weeks of days, four and eight weeks, two and three months. */
static void usual_durations(planning *p)
{
    const ku_region_panel *d = &p->panel;
    double step = (double)(d->date[d->periods - 1] - d->date[0]) / fmax(1, d->periods - 1);
    add_duration(p, step < 3 ? 14 : step < 20 ? 4 : 2);
    add_duration(p, step < 3 ? 28 : step < 20 ? 8 : 3);
}

static ku_status ask_durations(planning *p, ku_error *err)
{
    int kept = 0, shortest = 0;
    if (ku_param_set(p->params, "durations"))
        KU_TRY(read_durations(p, err));
    else
        usual_durations(p);
    for (int i = 0; i < p->durations; i++) {
        int duration = p->duration[i];
        shortest = i == 0 || duration < shortest ? duration : shortest;
        if (duration + ku_design_least_before(duration) <= p->panel.periods)
            p->duration[kept++] = duration;
        else
            ku_run_remark(p->context, KU_WARN, "durations",
                          "A test of %d dates cannot be tried in the past: it needs %d dates with "
                          "those before it, and the data have %d.",
                          duration, duration + ku_design_least_before(duration), p->panel.periods);
    }
    p->durations = kept;
    if (kept == 0)
        return ku_error_set(
            err, KU_BAD_DATA, "outcome",
            "the data have %d dates, and a test of %d needs at least %d to be tried "
            "in; give more past data, or shorter tests",
            p->panel.periods, shortest, shortest + ku_design_least_before(shortest));
    return KU_OK;
}

/* ---- effects --------------------------------------------------------------------------------- */

/* 0, then steps up to the largest; the one hoped for is among them. */
static void ask_effects(planning *p)
{
    double step = ku_param_real(p->params, "step"), hoped = ku_param_real(p->params, "lift");
    double largest = fmax(ku_param_real(p->params, "largest"), hoped);
    double sign = ku_param_text_value(p->params, "direction")[0] == 'l' ? -1 : 1;
    if (sign < 0) largest = fmin(largest, 1);
    int steps = (int)fmin(500, floor(largest / step + 1e-9)), count = 0;
    double *effect = KU_ARRAY(p->arena, (size_t)steps + 2, double);
    p->hoped = -1;
    effect[count++] = 0;
    for (int k = 1; k <= steps; k++) {
        if (p->hoped < 0 && hoped < k * step - 1e-9) effect[p->hoped = count++] = sign * hoped;
        if (fabs(k * step - hoped) <= 1e-9) p->hoped = count;
        effect[count++] = sign * k * step;
    }
    if (p->hoped < 0) effect[p->hoped = count++] = sign * hoped;
    p->question.effect = effect;
    p->question.effects = count;
}

static void cut(planning *p)
{
    ku_region_panel *d = &p->panel;
    int kept = 0;
    if (!ku_param_set(p->params, "until")) return;
    int32_t until = ku_param_date(p->params, "until");
    while (kept < d->periods && d->date[kept] <= until) kept++;
    for (int i = 0; i < d->regions; i++)
        memmove(d->value + (size_t)i * (size_t)kept, d->value + (size_t)i * (size_t)d->periods,
                (size_t)kept * sizeof *d->value);
    d->periods = kept;
}

ku_status planning_ask(planning *p, ku_error *err)
{
    cut(p);
    if (p->panel.periods == 0)
        return ku_error_set(err, KU_BAD_DATA, "until", "no date of the data is that early");
    p->cost = ku_param_set(p->params, "cost") ? ku_param_real(p->params, "cost") : NAN;
    p->budget = ku_param_set(p->params, "budget") ? ku_param_real(p->params, "budget") : NAN;
    KU_TRY(ask_regions(p, err));
    KU_TRY(ask_durations(p, err));
    ask_effects(p);
    return KU_OK;
}
