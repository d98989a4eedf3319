/* kernel.c - returns.plan: from draws of the response and what was spent to a calendar.
 *
 * What the next period's money brings is looked at over all draws of a media-mix model's
 * response, carry-over from the past included; the plan is the one whose mean outcome is highest
 * within all limits, to the cent. Everything that depends on the draws has an interval, and
 * two plans are compared draw by draw, so what is unsure about both alike does not blur the
 * comparison. */
#include "analyses/returns/plan/planning.h"

ku_status planning_run(const ku_frames *in, const ku_params *params, ku_run_context *context,
                       ku_frames *out, ku_error *err)
{
    ku_arena *arena = ku_run_arena(context);
    planning *p = KU_NEW(arena, planning);
    *p = (planning){.in = in, .params = params, .context = context, .arena = arena};
    ku_run_progress(context, 0.05, "reading the response");
    KU_TRY(planning_read(p, err));
    KU_TRY(planning_calendar(p, err));
    KU_TRY(planning_limits(p, err));
    KU_TRY(planning_solve(p, err));
    KU_TRY(planning_tables(p, out, err));
    KU_TRY(planning_learn(p, out, err));
    KU_TRY(planning_levers(p, out, err));
    KU_TRY(planning_frontier(p, out, err));
    if (ku_run_cancelled(context)) return ku_error_set(err, KU_CANCELLED, NULL, "cancelled");
    return KU_OK;
}
