/* kernel.c - who is about to leave, why, whom to contact and what that brings. */
#include "analyses/customers/churn/churn.h"
#include "analyses/customers/churn/trial.h"

#include <math.h>

/* What acting is assumed to cost and to keep. */
static ku_status read_action(const ku_params *params, action *out, ku_error *err)
{
    double lo = ku_param_real(params, "save-low"), hi = ku_param_real(params, "save-high");
    *out = (action){.cost = ku_param_real(params, "contact-cost"),
                    .save = ku_param_real(params, "save-rate")};
    if (lo > out->save || hi < out->save)
        return ku_error_set(err, KU_USAGE, "--save-rate",
                            "%g lies outside of --save-low %g and --save-high %g", out->save, lo,
                            hi);
    out->save_error = (hi - lo) / (2 * CHURN_Z);
    return KU_OK;
}

ku_status churn_run(const ku_frames *in, const ku_params *params, ku_run_context *context,
                    ku_frames *out, ku_error *err)
{
    action act;
    const ku_frame *span = ku_frames_find(in, "span"), *drawn = ku_frames_find(in, "trial");
    bool sold = ku_column_number(ku_frame_column(span, "lines"), 0) > 0;
    if (!sold && drawn->rows == 0 && ku_param_set(params, "until"))
        return ku_error_set(err, KU_BAD_DATA, "sales", "there are no sales up to %s (--until)",
                            ku_param_canonical(params, "until"));
    if (!sold && drawn->rows == 0)
        return ku_error_set(err, KU_BAD_DATA, "sales",
                            "there are neither sales nor an experiment to look at; import sales, or"
                            " give files: --in sales=FILE, --in experiment=FILE");
    KU_TRY(read_action(params, &act, err));
    if (drawn->rows > 0) KU_TRY(churn_experiment(drawn, params, context, &act, out, err));
    return sold ? churn_customers(in, params, context, &act, out, err) : KU_OK;
}
