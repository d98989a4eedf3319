/* kernel.c - returns.mix: read, check, specify, sample, tell.
 *
 * The tables become grids and are looked at; the model of returns/mix is drawn from; each draw is
 * asked what every channel brought; what the draws say together goes into the tables, with what
 * was believed before beside it. */
#include <math.h>
#include <string.h>

#include "analyses/returns/mix/internal.h"

typedef struct watching {
    ku_run_context *context;
} watching;

static bool watch_draws(void *data, double done)
{
    watching *w = data;
    ku_run_progress(w->context, 0.1 + 0.7 * done, "drawing from the posterior");
    return !ku_run_cancelled(w->context);
}

ku_status rmix_read(rmix_run_state *r, ku_error *err)
{
    ku_returns_rows rows;
    KU_TRY(ku_returns_read(r->in, r->params, &r->checks, r->arena, &rows, err));
    KU_TRY(ku_returns_grid(&rows, r->params, rmix_lag(r->params), &r->checks, r->arena, &r->data,
                           err));
    ku_returns_read_experiments(ku_frames_find(r->in, "experiments"), &r->checks, r->arena,
                                &r->data);
    ku_returns_check(&r->data, &r->checks);
    return KU_OK;
}

/* The seed of the run, as one number. */
static uint64_t seed_of(const rmix_run_state *r)
{
    ku_rng rng = ku_run_rng(r->context, 1);
    return ku_rng_u64(&rng);
}

ku_status rmix_sample(rmix_run_state *r, ku_error *err)
{
    ku_mix_options options = {.chains = (int)ku_param_int(r->params, "chains"),
                              .warmup = (int)ku_param_int(r->params, "warmup"),
                              .draws = (int)ku_param_int(r->params, "draws"),
                              .accept = ku_param_real(r->params, "accept"),
                              .seed = seed_of(r)};
    watching w = {r->context};
    ku_nuts_watch watch = {watch_draws, &w};
    KU_TRY(ku_mix_new(&r->mix, r->spec, r->arena, &r->model, err));
    return ku_mix_sample(r->model, &options, ku_run_pool(r->context), &watch, r->arena, &r->fit,
                         err);
}

ku_status rmix_run(const ku_frames *in, const ku_params *params, ku_run_context *context,
                   ku_frames *out, ku_error *err)
{
    ku_arena *arena = ku_run_arena(context);
    rmix_run_state r = {.in = in,
                        .params = params,
                        .context = context,
                        .arena = arena,
                        .checks = {.arena = arena},
                        .health = {.arena = arena}};
    ku_run_progress(context, 0, "looking at the data");
    KU_TRY(rmix_read(&r, err));
    KU_TRY(rmix_specify(&r, err));
    KU_TRY(rmix_sample(&r, err));
    ku_run_progress(context, 0.8, "asking the draws");
    rmix_tell(&r);
    rmix_judge(&r);
    rmix_remark(&r);
    return rmix_put_tables(&r, out, err);
}
