/* kernel.c - returns.experiment-design: candidates are tried in past windows and ranked. */
#include <math.h>

#include "analyses/returns/experiment_design/design_internal.h"

static void report(void *watch, double done)
{
    ku_run_progress(watch, done, "trying designs in the past");
}

static bool cancelled(void *watch)
{
    return ku_run_cancelled(watch);
}

/* Sizes that leave somebody to compare with. */
static ku_status make_designs(planning *p, ku_error *err)
{
    ku_rng rng = ku_run_rng(p->context, 1);
    int free = 0, least = (int)ku_param_int(p->params, "least");
    int most = (int)ku_param_int(p->params, "most");
    for (int i = 0; i < p->panel.regions; i++) free += !p->without[i];
    int room = free < p->panel.regions ? free : p->panel.regions - 1;
    most = most < room ? most : room;
    if (least > most)
        return ku_error_set(err, KU_BAD_DATA, "least",
                            "%d regions are to be treated, and %d may be", least, most);
    ku_set_question question = {.regions = p->panel.regions,
                                .periods = p->panel.periods,
                                .value = p->panel.value,
                                .with = p->with,
                                .without = p->without,
                                .smallest = least,
                                .largest = most,
                                .drawn = (int)ku_param_int(p->params, "drawn"),
                                .seed = rng.seed,
                                .stream = rng.stream};
    ku_region_set *sets;
    size_t count = ku_region_sets(&question, p->arena, &sets);
    p->design = KU_ARRAY(p->arena, count * (size_t)p->durations + 1, ku_design);
    for (size_t i = 0; i < count; i++)
        for (int k = 0; k < p->durations; k++)
            p->design[p->designs++] = (ku_design){.set = sets[i], .duration = p->duration[k]};
    return KU_OK;
}

static void try_designs(planning *p)
{
    ku_rng rng = ku_run_rng(p->context, 2);
    ku_design_question *q = &p->question;
    q->regions = p->panel.regions;
    q->periods = p->panel.periods;
    q->value = p->panel.value;
    q->apart = p->apart;
    q->windows = (int)ku_param_int(p->params, "windows");
    q->confidence = (double)ku_param_int(p->params, "level") / 100;
    q->days = ku_param_text_value(p->params, "test")[0] == 'd';
    q->test = KU_LIFT_AVERAGE;
    q->draws = 999;
    q->seed = rng.seed;
    q->stream = rng.stream;
    q->watch = p->context;
    q->progress = report;
    q->cancelled = cancelled;
    ku_designs_try(q, p->design, p->designs, p->arena, ku_run_pool(p->context));
}

/* The best of many looks better than it is, because the windows that were kind to it helped to
 * choose it. So the best are tried again, in windows between those. */
static void try_again(planning *p)
{
    size_t named = (size_t)ku_param_int(p->params, "named");
    ku_design_question q = p->question;
    int shortest = p->duration[0];
    if (named > p->choices) named = p->choices;
    for (int k = 1; k < p->durations; k++)
        if (p->duration[k] < shortest) shortest = p->duration[k];
    q.offset = (shortest + 1) / 2;
    q.progress = NULL;
    q.thorough = true;
    q.stream = ku_run_rng(p->context, 3).stream;
    ku_design *again = KU_ARRAY(p->arena, named + 1, ku_design);
    for (size_t i = 0; i < named; i++)
        again[i] = (ku_design){.set = p->choice[i].design->set,
                               .duration = p->choice[i].design->duration};
    ku_designs_try(&q, again, named, p->arena, ku_run_pool(p->context));
    for (size_t i = 0; i < named; i++)
        if (again[i].windows > 0) p->choice[i].again = &again[i];
}

static ku_status finish_tables(planning *p, ku_frames *out, ku_error *err)
{
    ku_frame_builder *tables[] = {p->best, p->table, p->power, p->regions};
    ku_status status = KU_OK;
    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++) {
        ku_status added = ku_frames_add_built(out, tables[i], status == KU_OK ? err : NULL);
        if (status == KU_OK) status = added;
    }
    return status;
}

ku_status experiment_design_run(const ku_frames *in, const ku_params *params,
                                ku_run_context *context, ku_frames *out, ku_error *err)
{
    planning p = {.context = context, .params = params, .arena = ku_run_arena(context)};
    KU_TRY(ku_region_panel_read(ku_frames_find(in, "panel"), p.arena, &p.panel, err));
    bool *needed = KU_ARRAY(p.arena, (size_t)p.panel.regions, bool);
    ku_region_panel_close(&p.panel, needed, ku_param_text_value(params, "gaps")[0] == 'z', context);
    if (p.panel.regions < 2)
        return ku_error_set(err, KU_BAD_DATA, "outcome",
                            "%s; ask for gaps to be zero if nothing was sold then",
                            p.panel.regions == 0 ? "every region has dates without a figure"
                                                 : "only one region has a figure on every date");
    KU_TRY(planning_ask(&p, err));
    KU_TRY(make_designs(&p, err));
    try_designs(&p);
    if (ku_run_cancelled(context)) return ku_error_set(err, KU_CANCELLED, NULL, "cancelled");
    planning_rank(&p);
    if (p.choices == 0)
        return ku_error_set(err, KU_BAD_DATA, "reach",
                            "none of %zu designs treats as little as asked for: the smallest part "
                            "of the outcome that can be treated is above it",
                            p.designs);
    try_again(&p);
    planning_put(&p);
    planning_advise(&p);
    return finish_tables(&p, out, err);
}
