/* kernel.c - who is about to leave, why, whom to contact and what that brings. */
#include "analyses/customers/churn/churn.h"

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
    KU_TRY(read_action(params, &act, err));
    return churn_customers(in, params, context, &act, out, err);
}
