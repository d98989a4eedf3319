/* kernel.c - returns.refresh: from the last media-mix model to this one, one change at a time.
 *
 * A return that moved since the last model moved because old figures were corrected, because
 * there are new ones, because the model is set otherwise or because other things are believed. The
 * model is therefore fitted again with one of these changed after the other, in this order, and
 * what a channel's return moves by in each step is its share; so the shares add up to the whole
 * change. Returns are taken over the periods that both models know until the end, where the new
 * periods enter the window as well. A step that changes nothing needs no fit. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analyses/returns/refresh/refresh.h"

enum { LOOKED_AT = 400 /* draws, at most */ };

/* ---- the two inputs ------------------------------------------------------------------------- */

static const char *const tables[] = {"media",       "outcome", "controls",
                                     "experiments", "wide",    "priors"};
enum { TABLES = sizeof tables / sizeof *tables };

/* A frame under another name; the columns stay where they are. */
static ku_frame *renamed(const ku_frame *frame, const char *name, ku_arena *arena)
{
    ku_frame *copy = KU_NEW(arena, ku_frame);
    *copy = *frame;
    copy->name = name;
    return copy;
}

static void collect(refresh *r)
{
    r->now.frame = KU_ARRAY(r->arena, TABLES, ku_frame *);
    r->before.frame = KU_ARRAY(r->arena, TABLES, ku_frame *);
    for (int t = 0; t < TABLES; t++) {
        const ku_frame *now = ku_frames_find(r->in, tables[t]);
        const char *old = ku_arena_printf(r->arena, "%s_before", tables[t]);
        const ku_frame *before = ku_frames_find(r->in, old);
        if (now != NULL) r->now.frame[r->now.count++] = renamed(now, tables[t], r->arena);
        if (before != NULL)
            r->before.frame[r->before.count++] = renamed(before, tables[t], r->arena);
    }
}

/* A set with other beliefs. */
static ku_frames *with_priors(const refresh *r, const ku_frames *set, const ku_frames *priors)
{
    ku_frames *mixed = KU_NEW(r->arena, ku_frames);
    mixed->frame = KU_ARRAY(r->arena, TABLES + 1, ku_frame *);
    for (size_t i = 0; i < set->count; i++)
        if (strcmp(set->frame[i]->name, "priors") != 0)
            mixed->frame[mixed->count++] = set->frame[i];
    ku_frame *own = ku_frames_find(priors, "priors");
    if (own != NULL) mixed->frame[mixed->count++] = own;
    return mixed;
}

/* ---- one model ------------------------------------------------------------------------------------ */

static rmix_run_state *state_new(const refresh *r, const ku_frames *in, const ku_params *params)
{
    rmix_run_state *s = KU_NEW(r->arena, rmix_run_state);
    *s = (rmix_run_state){.in = in,
                          .params = params,
                          .context = r->context,
                          .arena = r->arena,
                          .checks = {.arena = r->arena},
                          .health = {.arena = r->arena}};
    return s;
}

static ku_status fit(refresh *r, refresh_step step, rmix_run_state *s, ku_error *err)
{
    static const char *const doing[REFRESH_STEPS] = {
        "fitting the last model again", "with the old figures as they are now",
        "with the new periods", "with the new settings", "with the new beliefs"};
    ku_run_progress(r->context, step / (double)REFRESH_STEPS, doing[step]);
    KU_TRY(rmix_specify(s, err));
    KU_TRY(rmix_sample(s, err));
    r->fit[step].state = s;
    return KU_OK;
}

/* Channels by the numbers of the whole analysis. */
static void name_channels(refresh *r)
{
    for (int k = 0; k < REFRESH_STEPS; k++)
        for (int c = 0; r->fit[k].state != NULL && c < r->fit[k].state->mix.channels; c++)
            if (r->fit[k].state->mix.channel[c].spend != NULL)
                ku_returns_name(&r->channel, r->fit[k].state->mix.channel[c].name, r->arena);
}

/* ---- what it says ------------------------------------------------------------------------------------ */

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double quantile(const double *sorted, size_t n, double p)
{
    double at = p * (double)(n - 1);
    size_t low = (size_t)at;
    return low + 1 < n ? sorted[low] + (at - (double)low) * (sorted[low + 1] - sorted[low])
                       : sorted[n - 1];
}

static refresh_estimate estimate(double *x, size_t n, double ess)
{
    refresh_estimate e = {.mean = 0};
    double squares = 0;
    for (size_t i = 0; i < n; i++) {
        if (!isfinite(x[i])) return (refresh_estimate){NAN, NAN, NAN, NAN, NAN};
        e.mean += x[i] / (double)n;
    }
    for (size_t i = 0; i < n; i++) squares += (x[i] - e.mean) * (x[i] - e.mean);
    e.sd = sqrt(squares / (double)(n > 1 ? n - 1 : 1));
    e.error = e.sd / sqrt(fmax(fmin(ess, (double)n), 4));
    qsort(x, n, sizeof *x, by_size);
    e.lo = quantile(x, n, 0.025);
    e.hi = quantile(x, n, 0.975);
    return e;
}

/* The periods of a fit between two dates. */
static ku_mix_window window_of(const rmix_run_state *s, int32_t first, int32_t last)
{
    const ku_returns_data *d = &s->data;
    ku_mix_window w = {d->periods, 0, NULL};
    for (int t = 0; t < d->periods; t++) {
        int32_t day = d->date[d->before + t];
        if (day < first || day > last) continue;
        if (t < w.from) w.from = t;
        w.to = t + 1;
    }
    return w;
}

static void look(refresh *r, refresh_fit *f)
{
    rmix_run_state *s = f->state;
    size_t all = ku_mix_draws(&s->fit), n = all < LOOKED_AT ? all : LOOKED_AT;
    size_t channels = (size_t)s->mix.channels;
    ku_mix_view *view = ku_mix_view_new(s->model, r->arena);
    ku_mix_window same = window_of(s, r->first, r->last), own = {0, s->data.periods, NULL};
    double *a = KU_ARRAY(r->arena, channels * n + 1, double);
    double *b = KU_ARRAY(r->arena, channels * n + 1, double);
    for (size_t i = 0; i < n; i++) {
        ku_mix_look(view, ku_mix_draw(&s->fit, i * all / n));
        for (size_t c = 0; c < channels; c++) {
            a[c * n + i] = same.from < same.to ? ku_mix_returns(view, (int)c, &same).roi : NAN;
            b[c * n + i] = ku_mix_returns(view, (int)c, &own).roi;
        }
    }
    refresh_estimate none = {NAN, NAN, NAN, NAN, NAN};
    f->same = KU_ARRAY(r->arena, (size_t)r->channel.count + 1, refresh_estimate);
    f->own = KU_ARRAY(r->arena, (size_t)r->channel.count + 1, refresh_estimate);
    for (int k = 0; k < r->channel.count; k++) f->same[k] = f->own[k] = none;
    for (size_t c = 0; c < channels; c++) {
        int k = ku_returns_name_find(&r->channel, s->mix.channel[c].name);
        if (k < 0) continue;
        f->same[k] = estimate(a + c * n, n, s->fit.ess_returns);
        f->own[k] = estimate(b + c * n, n, s->fit.ess_returns);
    }
}

/* ---- the steps ------------------------------------------------------------------------------------------ */

/* The same parameters with another window. */
static ku_status within(const refresh *r, const ku_params *params, const ku_returns_data *d,
                        const ku_params **out, ku_error *err)
{
    ku_param_text *texts = KU_ARRAY(r->arena, 256, ku_param_text);
    char first[KU_DATE_TEXT], last[KU_DATE_TEXT];
    size_t count = 0;
    ku_params *parsed;
    for (const ku_param_spec *spec = rmix_params; spec->name != NULL; spec++) {
        const char *value = ku_param_canonical(params, spec->name);
        if (value == NULL || strcmp(spec->name, "from") == 0 || strcmp(spec->name, "until") == 0)
            continue;
        texts[count++] = (ku_param_text){spec->name, value};
    }
    ku_date_format(d->date[d->before], first);
    ku_date_format(ku_period_add(d->period, d->date[d->before + d->periods - 1], 1) - 1, last);
    texts[count++] = (ku_param_text){"from", ku_arena_strdup(r->arena, first)};
    texts[count++] = (ku_param_text){"until", ku_arena_strdup(r->arena, last)};
    KU_TRY(ku_params_parse(&ku_analysis_returns_refresh, texts, count, r->arena, &parsed, err));
    *out = parsed;
    return KU_OK;
}

static ku_status last_model(refresh *r, ku_error *err)
{
    rmix_run_state *s = state_new(r, &r->before, r->params_before);
    KU_TRY(rmix_read(s, err));
    r->first = s->data.date[s->data.before];
    r->last = s->data.date[s->data.before + s->data.periods - 1];
    return fit(r, REFRESH_LAST, s, err);
}

static ku_status restated(refresh *r, ku_error *err)
{
    const ku_params *params;
    const ku_returns_data *old = &r->fit[REFRESH_LAST].state->data;
    KU_TRY(within(r, r->params_before, old, &params, err));
    rmix_run_state *s = state_new(r, with_priors(r, &r->now, &r->before), params);
    KU_TRY(rmix_read(s, err));
    if (refresh_compare(r, old, &s->data)) return KU_OK;
    return fit(r, REFRESH_RESTATED, s, err);
}

static ku_status new_periods(refresh *r, ku_error *err)
{
    rmix_run_state *s = state_new(r, with_priors(r, &r->now, &r->before), r->params_before);
    KU_TRY(rmix_read(s, err));
    const ku_returns_data *d = &s->data;
    int added = 0;
    for (int t = 0; t < d->periods; t++) {
        int32_t day = d->date[d->before + t];
        added += day < r->first || day > r->last;
    }
    if (added == 0) return KU_OK;
    refresh_differ(r, REFRESH_NEW, "periods",
                   ku_arena_printf(r->arena, "%d", r->fit[REFRESH_LAST].state->data.periods),
                   ku_arena_printf(r->arena, "%d", d->periods),
                   ku_arena_printf(r->arena, "%d periods are new.", added));
    return fit(r, REFRESH_NEW, s, err);
}

static ku_status settings_and_prior(refresh *r, ku_error *err)
{
    if (r->settings_differ) {
        rmix_run_state *s = state_new(r, with_priors(r, &r->now, &r->before), r->params_between);
        KU_TRY(rmix_read(s, err));
        KU_TRY(fit(r, REFRESH_SETTINGS, s, err));
    }
    if (!r->prior_differs) return KU_OK;
    rmix_run_state *s = state_new(r, &r->now, r->params_now);
    KU_TRY(rmix_read(s, err));
    return fit(r, REFRESH_PRIOR, s, err);
}

static void tell_health(refresh *r)
{
    for (int k = 0; k < REFRESH_STEPS; k++) {
        const rmix_run_state *s = r->fit[k].state;
        if (s == NULL || s->fit.rhat_returns < 1.05) continue;
        ku_run_remark(
            r->context, KU_WARN, "chains",
            "In step %d of the comparison the chains do not agree (R-hat %.2f): a part of "
            "the change is chance. More draws help: --draws 1000.",
            k + 1, s->fit.rhat_returns);
    }
}

ku_status refresh_run(const ku_frames *in, const ku_params *params, ku_run_context *context,
                      ku_frames *out, ku_error *err)
{
    ku_arena *arena = ku_run_arena(context);
    refresh *r = KU_NEW(arena, refresh);
    *r = (refresh){.in = in, .context = context, .arena = arena};
    collect(r);
    if (r->before.count == 0)
        return ku_error_set(
            err, KU_BAD_DATA, "media_before",
            "there is nothing to compare with: run returns.mix in this workspace "
            "first, or give the tables that the last model was made from (--in "
            "media_before=FILE --in outcome_before=FILE, or --in wide_before=FILE)");
    KU_TRY(refresh_settings(r, params, err));
    KU_TRY(last_model(r, err));
    KU_TRY(restated(r, err));
    KU_TRY(new_periods(r, err));
    KU_TRY(settings_and_prior(r, err));
    if (ku_run_cancelled(context)) return ku_error_set(err, KU_CANCELLED, NULL, "cancelled");
    name_channels(r);
    for (int k = 0; k < REFRESH_STEPS; k++)
        if (r->fit[k].state != NULL) look(r, &r->fit[k]);
    tell_health(r);
    return refresh_tables(r, out, err);
}
