/* differ.c - what is not the same: settings, beliefs, figures that were corrected. */
#include <math.h>
#include <string.h>

#include "analyses/returns/refresh/refresh.h"

void refresh_differ(refresh *r, refresh_step step, const char *about, const char *before,
                    const char *now, const char *meaning)
{
    if (r->differences == r->difference_room) {
        int room = r->difference_room == 0 ? 32 : 2 * r->difference_room;
        refresh_difference *wider = KU_ARRAY(r->arena, (size_t)room, refresh_difference);
        if (r->differences > 0)
            memcpy(wider, r->difference, (size_t)r->differences * sizeof *wider);
        r->difference = wider;
        r->difference_room = room;
    }
    r->difference[r->differences++] = (refresh_difference){step, about, before, now, meaning};
}

/* ---- settings ---------------------------------------------------------------------------------- */

static bool is_belief(const char *name)
{
    return strcmp(name, "prior-low") == 0 || strcmp(name, "prior-high") == 0;
}

/* What the table of old settings says of a parameter, or what it is now. */
static const char *old_value(const refresh *r, const char *name, const char *now)
{
    const ku_frame *f = ku_frames_find(r->in, "settings_before");
    for (int64_t row = 0; f != NULL && row < f->rows; row++)
        if (strcmp(ku_column_text(ku_frame_column(f, "name"), row, r->arena), name) == 0)
            return ku_column_text(ku_frame_column(f, "value"), row, r->arena);
    return now;
}

static ku_status check_names(const refresh *r, ku_error *err)
{
    const ku_frame *f = ku_frames_find(r->in, "settings_before");
    for (int64_t row = 0; f != NULL && row < f->rows; row++) {
        const char *name = ku_column_text(ku_frame_column(f, "name"), row, r->arena);
        const ku_param_spec *spec = rmix_params;
        while (spec->name != NULL && strcmp(spec->name, name) != 0) spec++;
        if (spec->name == NULL)
            return ku_error_set(err, KU_BAD_DATA, "settings_before",
                                "row %lld: the model has no setting \"%.60s\"", (long long)row + 1,
                                name);
    }
    return KU_OK;
}

static bool same_text(const char *a, const char *b)
{
    return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

static void note_setting(refresh *r, const ku_param_spec *spec, const char *before, const char *now)
{
    bool belief = is_belief(spec->name);
    if (same_text(before, now)) return;
    refresh_differ(r, belief ? REFRESH_PRIOR : REFRESH_SETTINGS, spec->label,
                   before != NULL ? before : "not set", now != NULL ? now : "not set",
                   belief ? "What was believed before is other." : "The model is set otherwise.");
    *(belief ? &r->prior_differs : &r->settings_differ) = true;
}

/* Tables of beliefs, cell by cell. */
static bool same_priors(const refresh *r)
{
    const ku_frame *a = ku_frames_find(&r->before, "priors");
    const ku_frame *b = ku_frames_find(&r->now, "priors");
    if (a == NULL || b == NULL) return a == b;
    if (a->rows != b->rows || a->columns != b->columns) return false;
    for (int32_t c = 0; c < a->columns; c++) {
        const ku_column *x = &a->column[c], *y = ku_frame_column(b, x->name);
        if (y == NULL || y->type != x->type) return false;
        for (int64_t row = 0; row < a->rows; row++) {
            double p = x->type == KU_TEXT ? 0 : ku_column_number(x, row);
            double q = x->type == KU_TEXT ? 0 : ku_column_number(y, row);
            if (!(p == q || (isnan(p) && isnan(q)))) return false;
            if (x->type == KU_TEXT &&
                !same_text(ku_column_text(x, row, r->arena), ku_column_text(y, row, r->arena)))
                return false;
        }
    }
    return true;
}

ku_status refresh_settings(refresh *r, const ku_params *params, ku_error *err)
{
    ku_param_text *old = KU_ARRAY(r->arena, 256, ku_param_text);
    ku_param_text *between = KU_ARRAY(r->arena, 256, ku_param_text);
    size_t olds = 0, betweens = 0;
    ku_params *parsed;
    KU_TRY(check_names(r, err));
    for (const ku_param_spec *spec = rmix_params; spec->name != NULL; spec++) {
        const char *now = ku_param_canonical(params, spec->name);
        const char *before = old_value(r, spec->name, now);
        note_setting(r, spec, before, now);
        if (before != NULL) old[olds++] = (ku_param_text){spec->name, before};
        const char *mixed = is_belief(spec->name) ? before : now;
        if (mixed != NULL) between[betweens++] = (ku_param_text){spec->name, mixed};
    }
    KU_TRY(ku_params_parse(&ku_analysis_returns_refresh, old, olds, r->arena, &parsed, err));
    r->params_before = parsed;
    KU_TRY(
        ku_params_parse(&ku_analysis_returns_refresh, between, betweens, r->arena, &parsed, err));
    r->params_between = parsed;
    r->params_now = params;
    if (!same_priors(r)) {
        refresh_differ(r, REFRESH_PRIOR, "Beliefs", "table priors_before", "table priors",
                       "What is believed of channels is other.");
        r->prior_differs = true;
    }
    return KU_OK;
}

/* ---- figures ------------------------------------------------------------------------------------- */

/* Where two grids of the same shape differ, and their sums. */
typedef struct grid_change {
    int64_t cells;
    double before, now;
} grid_change;

static void add_cells(grid_change *g, const double *a, const double *b, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        double x = a != NULL && isfinite(a[i]) ? a[i] : 0,
               y = b != NULL && isfinite(b[i]) ? b[i] : 0;
        if (fabs(x - y) > 1e-9 * (fabs(x) + fabs(y))) g->cells++;
        g->before += x;
        g->now += y;
    }
}

static bool tell_grid(refresh *r, const char *about, const grid_change *g)
{
    if (g->cells == 0) return true;
    refresh_differ(r, REFRESH_RESTATED, about, ku_arena_printf(r->arena, "%.0f", g->before),
                   ku_arena_printf(r->arena, "%.0f", g->now),
                   ku_arena_printf(r->arena, "Corrected figures: %lld; these are the sums.",
                                   (long long)g->cells));
    return false;
}

static const ku_returns_channel *channel_of(const ku_returns_data *d, const char *name)
{
    for (int c = 0; c < d->channels; c++)
        if (strcmp(d->channel[c].name, name) == 0) return &d->channel[c];
    return NULL;
}

static bool same_shape(refresh *r, const ku_returns_data *a, const ku_returns_data *b)
{
    bool same = a->regions == b->regions && a->periods == b->periods && a->before == b->before &&
                a->period == b->period;
    for (int g = 0; same && g < a->regions; g++) same = strcmp(a->region[g], b->region[g]) == 0;
    if (same) same = a->date[a->before] == b->date[b->before];
    if (!same)
        refresh_differ(r, REFRESH_RESTATED, "Regions and periods",
                       ku_arena_printf(r->arena, "%d regions, %d periods", a->regions, a->periods),
                       ku_arena_printf(r->arena, "%d regions, %d periods", b->regions, b->periods),
                       "The old time is cut up otherwise now.");
    return same;
}

static bool compare_channel(refresh *r, const ku_returns_channel *a, const ku_returns_channel *b,
                            size_t n)
{
    grid_change spend = {0}, seen = {0};
    add_cells(&spend, a->spend, b->spend, n);
    if (!a->by_spend || !b->by_spend) add_cells(&seen, a->exposure, b->exposure, n);
    bool same = tell_grid(r, ku_arena_printf(r->arena, "Spend on %s", a->name), &spend);
    return tell_grid(r, ku_arena_printf(r->arena, "Exposure of %s", a->name), &seen) && same;
}

static bool compare_series(refresh *r, const ku_returns_data *a, const ku_returns_data *b)
{
    bool same = a->series == b->series;
    for (int s = 0; same && s < a->series; s++) {
        size_t n = (size_t)a->periods *
                   (a->serie[s].kind == KU_RETURNS_EVENT ? 1 : (size_t)a->regions);
        grid_change g = {0};
        same = strcmp(a->serie[s].name, b->serie[s].name) == 0 &&
               a->serie[s].kind == b->serie[s].kind;
        if (same) add_cells(&g, a->serie[s].value, b->serie[s].value, n);
        same = same && tell_grid(r, a->serie[s].name, &g);
    }
    if (a->series != b->series)
        refresh_differ(r, REFRESH_RESTATED, "What else moves the outcome",
                       ku_arena_printf(r->arena, "%d series", a->series),
                       ku_arena_printf(r->arena, "%d series", b->series), "");
    return same;
}

bool refresh_compare(refresh *r, const ku_returns_data *before, const ku_returns_data *now)
{
    if (!same_shape(r, before, now)) return false;
    size_t cells = (size_t)before->periods * (size_t)before->regions;
    size_t media = cells + (size_t)before->before * (size_t)before->regions;
    grid_change outcome = {0};
    add_cells(&outcome, before->outcome, now->outcome, cells);
    bool same = tell_grid(r, "Outcome", &outcome);
    for (int c = 0; c < before->channels; c++) {
        const ku_returns_channel *old = &before->channel[c];
        const ku_returns_channel *own = channel_of(now, old->name);
        if (own != NULL)
            same = compare_channel(r, old, own, media) && same;
        else {
            refresh_differ(r, REFRESH_RESTATED, old->name, "there", "gone", "A channel is gone.");
            same = false;
        }
    }
    for (int c = 0; c < now->channels; c++)
        if (channel_of(before, now->channel[c].name) == NULL) {
            refresh_differ(r, REFRESH_RESTATED, now->channel[c].name, "not there", "there",
                           "A channel is new in the old time.");
            same = false;
        }
    return compare_series(r, before, now) && same && before->experiments == now->experiments;
}
