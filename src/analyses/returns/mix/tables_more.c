/* tables_more.c - the tables beside the answer: findings, fit, experiments, parameters, and the
 * draws of each channel's response that plans are made with. */
#include <math.h>

#include "analyses/returns/mix/internal.h"

ku_status rmix_put_findings(rmix_run_state *r, const char *table,
                            const ku_returns_findings *findings, ku_frames *out, ku_error *err)
{
    ku_frame_builder *b = ku_run_output(r->context, table);
    for (int verdict = KU_FAIL; verdict >= KU_NOTE; verdict--) /* what matters first */
        for (size_t i = 0; i < findings->count; i++) {
            const ku_returns_finding *f = &findings->item[i];
            if ((int)f->verdict != verdict) continue;
            ku_build_text(b, 0, f->check);
            ku_build_text(b, 1, f->about);
            ku_build_text(b, 2, ku_returns_verdict(f->verdict));
            if (isfinite(f->figure)) ku_build_double(b, 3, f->figure);
            ku_build_text(b, 4, f->unit);
            ku_build_text(b, 5, f->meaning);
            ku_build_text(b, 6, f->advice);
            ku_build_row(b);
        }
    return ku_frames_add_built(out, b, err);
}

ku_status rmix_put_fit(rmix_run_state *r, ku_frames *out, ku_error *err)
{
    ku_frame_builder *b = ku_run_output(r->context, "fit");
    for (int held_out = 0; held_out <= 1; held_out++) {
        rmix_fit_of f = rmix_measure_fit(r, held_out != 0);
        if (f.count == 0) continue;
        ku_build_text(b, 0, held_out ? "held out" : "fitted");
        ku_build_int(b, 1, f.count);
        ku_build_double(b, 2, f.r_squared);
        ku_build_double(b, 3, f.r_squared_total);
        ku_build_double(b, 4, f.mean_error);
        ku_build_double(b, 5, f.coverage);
        ku_build_row(b);
    }
    return ku_frames_add_built(out, b, err);
}

/* ---- experiments -------------------------------------------------------------------------------- */

static int trial_of(const rmix_run_state *r, int experiment)
{
    for (int k = 0; k < r->trials; k++)
        if (r->experiment[k] == experiment) return k;
    return -1;
}

static void put_experiment(rmix_run_state *r, ku_frame_builder *b, int i)
{
    const double z = 1.959963984540054;
    const ku_returns_experiment *e = &r->data.experiment[i];
    int trial = trial_of(r, i);
    ku_build_text(b, 0, e->name);
    ku_build_text(b, 1, e->channel >= 0 ? r->mix.channel[e->channel].name : e->channel_name);
    ku_build_date(b, 2, e->starts);
    ku_build_date(b, 3, e->ends);
    ku_build_double(b, 4, e->spend);
    ku_build_double(b, 5, e->effect);
    ku_build_double(b, 6, e->effect - z * e->error);
    ku_build_double(b, 7, e->effect + z * e->error);
    if (trial >= 0) {
        double apart;
        rmix_estimate model = rmix_trial_lift(r, trial, &apart);
        ku_build_double(b, 8, model.mean);
        ku_build_double(b, 9, model.lo);
        ku_build_double(b, 10, model.hi);
        ku_build_double(b, 11, apart);
    }
    ku_build_text(b, 12,
                  trial < 0        ? (e->why_not != NULL ? e->why_not : "not used")
                  : r->trials_used ? "evidence"
                                   : "compared");
    ku_build_row(b);
}

ku_status rmix_put_experiments(rmix_run_state *r, ku_frames *out, ku_error *err)
{
    ku_frame_builder *b = ku_run_output(r->context, "experiments");
    for (int i = 0; i < r->data.experiments; i++) put_experiment(r, b, i);
    return ku_frames_add_built(out, b, err);
}

/* ---- parameters --------------------------------------------------------------------------------- */

ku_status rmix_put_parameters(rmix_run_state *r, ku_frames *out, ku_error *err)
{
    ku_frame_builder *b = ku_run_output(r->context, "parameters");
    size_t draws = ku_mix_draws(&r->fit);
    double *work = KU_ARRAY(r->arena, draws + 1, double);
    double *values = KU_ARRAY(r->arena, draws + 1, double);
    for (int k = 0; k < ku_mix_unknowns(r->model); k++) {
        if (!ku_mix_is_main(r->model, k)) continue;
        for (size_t i = 0; i < draws; i++)
            values[i] = ku_mix_natural(r->model, k, ku_mix_draw(&r->fit, i)[k]);
        rmix_estimate e = rmix_estimate_of(values, 1, draws, work);
        rmix_belief belief = rmix_belief_of_unknown(r, k);
        const double cells[] = {e.mean,
                                e.sd,
                                e.lo,
                                e.hi,
                                belief.median,
                                belief.lo,
                                belief.hi,
                                belief.data,
                                belief.shift,
                                r->fit.unknown_rhat[k],
                                r->fit.unknown_ess[k]};
        ku_build_text(b, 0, ku_mix_name(r->model, k));
        for (int i = 0; i < (int)(sizeof cells / sizeof *cells); i++)
            if (isfinite(cells[i])) ku_build_double(b, i + 1, cells[i]);
        ku_build_row(b);
    }
    return ku_frames_add_built(out, b, err);
}

/* ---- the response ------------------------------------------------------------------------------- */

static void put_response(rmix_run_state *r, ku_frame_builder *b, const ku_mix_view *view,
                         int64_t draw, int c)
{
    const ku_response_form *form = &r->spec->channel[c].form;
    ku_response_values v = ku_mix_response(view, c);
    for (int g = 0; g < r->data.regions; g++) {
        double price = ku_mix_exposure_price(r->model, c, g);
        ku_build_int(b, 0, draw);
        ku_build_text(b, 1, r->mix.channel[c].name);
        ku_build_text(b, 2, r->data.region[g]);
        ku_build_double(b, 3, ku_mix_coefficient(view, c, g));
        ku_build_double(b, 4, v.carry);
        ku_build_double(b, 5, v.delay);
        ku_build_double(b, 6, v.half);
        ku_build_double(b, 7, v.slope);
        ku_build_double(b, 8, ku_mix_exposure_scale(r->model, c, g));
        if (isfinite(price)) ku_build_double(b, 9, price);
        ku_build_text(b, 10, ku_adstock_name(form->adstock));
        ku_build_text(b, 11, ku_saturation_name(form->saturation));
        ku_build_int(b, 12, form->lag);
        ku_build_bool(b, 13, form->normalised);
        ku_build_bool(b, 14, form->saturated_first);
        ku_build_row(b);
    }
}

ku_status rmix_put_response(rmix_run_state *r, ku_frames *out, ku_error *err)
{
    ku_frame_builder *b = ku_run_output(r->context, "response");
    ku_mix_view *view = ku_mix_view_new(r->model, r->arena);
    size_t all = ku_mix_draws(&r->fit), most = (size_t)ku_param_int(r->params, "response-draws");
    size_t draws = all < most ? all : most;
    for (size_t i = 0; i < draws; i++) {
        ku_mix_look(view, ku_mix_draw(&r->fit, i * all / draws));
        for (int c = 0; c < r->mix.channels; c++) put_response(r, b, view, (int64_t)i + 1, c);
    }
    return ku_frames_add_built(out, b, err);
}
