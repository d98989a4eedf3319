/* kernel.c - returns.geolift: regions with a campaign against what would have been without it.
 *
 * The regions without any campaign are the pool for every campaign; each campaign's regions are
 * averaged and matched by themselves (src/returns/geolift). A campaign that the data cannot answer
 * is named with the reason; the others are answered. */
#include <math.h>

#include "analyses/returns/geolift/geolift_internal.h"

static void estimate(geolift *g, cell *c, uint64_t stream)
{
    ku_rng rng = ku_run_rng(g->context, stream);
    ku_lift_question question = {
        .regions = g->panel.regions,
        .periods = g->panel.periods,
        .value = g->panel.value,
        .treated = c->region,
        .treated_count = c->regions,
        .donor = g->donor,
        .donors = g->donors,
        .first = c->first,
        .last = c->last,
        .ridge = ku_param_text_value(g->params, "match")[0] == 'r',
        .confidence = g->confidence,
        .draws = (int)ku_param_int(g->params, "draws"),
        .seed = rng.seed,
        .stream = rng.stream,
    };
    ku_lift_estimate(&question, g->arena, ku_run_pool(g->context), &c->lift);
    c->limits = ku_lift_best_interval(&c->lift);
}

/* One campaign without an answer is an error; among several it is a remark. */
static ku_status say_troubles(geolift *g, ku_error *err)
{
    int answered = 0;
    const char *last = "";
    if (g->donors == 0)
        return ku_error_set(err, KU_BAD_DATA, "regions",
                            "all %d regions had a campaign or are left out; none is there to "
                            "compare with",
                            g->panel.regions);
    for (int i = 0; i < g->cells; i++) {
        answered += g->cell[i].trouble == NULL;
        if (g->cell[i].trouble != NULL) last = g->cell[i].trouble;
    }
    if (answered == 0) return ku_error_set(err, KU_BAD_DATA, "outcome", "%s", last);
    for (int i = 0; i < g->cells; i++)
        if (g->cell[i].trouble != NULL)
            ku_run_remark(g->context, KU_WARN, "campaign", "%s has no answer: %s.", g->cell[i].name,
                          g->cell[i].trouble);
    return KU_OK;
}

static void make_tables(geolift *g)
{
    g->effect = ku_run_output(g->context, "effect");
    g->course = ku_run_output(g->context, "course");
    g->lines = ku_run_output(g->context, "lines");
    g->weights = ku_run_output(g->context, "weights");
    g->quality = ku_run_output(g->context, "quality");
    g->experiment = ku_run_output(g->context, "experiment");
}

static ku_status finish_tables(geolift *g, ku_frames *out, ku_error *err)
{
    ku_frame_builder *tables[] = {g->effect,  g->course,  g->lines,
                                  g->weights, g->quality, g->experiment};
    return ku_frames_add_all(out, tables, sizeof tables / sizeof *tables, err);
}

ku_status geolift_run(const ku_frames *in, const ku_params *params, ku_run_context *context,
                      ku_frames *out, ku_error *err)
{
    geolift g = {.in = in, .params = params, .context = context, .arena = ku_run_arena(context)};
    g.confidence = (double)ku_param_int(params, "level") / 100;
    g.after = (int)ku_param_int(params, "after");
    KU_TRY(ku_region_panel_read(ku_frames_find(in, "panel"), g.arena, &g.panel, err));
    KU_TRY(geolift_read_cells(&g, err));
    ku_region_panel_close(&g.panel, g.needed, ku_param_text_value(params, "gaps")[0] == 'z',
                          context);
    if (g.panel.periods == 0)
        return ku_error_set(err, KU_BAD_DATA, "outcome",
                            "on every date a region of the campaign has no figure");
    geolift_place_cells(&g);
    KU_TRY(say_troubles(&g, err));
    make_tables(&g);
    for (int i = 0; i < g.cells; i++) {
        if (g.cell[i].trouble != NULL) continue;
        ku_run_progress(context, (double)i / g.cells, "comparing regions");
        estimate(&g, &g.cell[i], (uint64_t)i);
        geolift_put(&g, &g.cell[i]);
        geolift_remark(&g, &g.cell[i]);
    }
    return finish_tables(&g, out, err);
}
