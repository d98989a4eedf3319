/* kernel.c - customers.value from the extracts to the tables, step by step. */
#include <string.h>

#include "analyses/customers/value/value.h"

static ku_status report(const value_case *c, const ku_frames *in, ku_frames *out, ku_error *err)
{
    KU_TRY(value_customers(c, out, err));
    KU_TRY(value_equity(c, in, out, err));
    KU_TRY(value_report(c, in, out, err));
    return c->contracts.cohorts > 0 ? value_retention(c, out, err) : KU_OK;
}

ku_status value_run(const ku_frames *in, const ku_params *params, ku_run_context *context,
                    ku_frames *out, ku_error *err)
{
    value_case c = {.context = context,
                    .arena = ku_run_arena(context),
                    .params = params,
                    .tested = strcmp(ku_param_text_value(params, "intervals"), "tested") == 0};
    KU_TRY(value_read(in, &c, err));
    value_remark_data(&c);
    value_season_make(ku_frames_find(in, "months"), &c);
    KU_TRY(value_traits_read(ku_frames_find(in, "traits"), &c, err));
    KU_TRY(value_choose(&c, err));
    KU_TRY(value_conditions_make(ku_frames_find(in, "lived"), &c, err));
    KU_TRY(value_money_make(&c, err));
    KU_TRY(value_contracts_make(ku_frames_find(in, "contracts"), &c, err));
    ku_run_progress(context, 0.9, "Tables");
    return report(&c, in, out, err);
}
