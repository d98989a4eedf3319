/* levers.c - what each channel brings with less and more money, draw by draw, for pages on which
 * people move the money and see what it does. Draws of different channels belong together, so
 * sums and differences of channels have honest intervals. */
#include "analyses/returns/plan/planning.h"

enum { LEVER_DRAWS = 100, LEVER_LEVELS = 9 };

static void lever_rows(const planning *p, const double *by, int channel, double factor,
                       double spend, ku_frame_builder *b)
{
    int draws = p->media.draws, shown = draws < LEVER_DRAWS ? draws : LEVER_DRAWS;
    for (int n = 0; n < shown; n++) {
        int draw = (int)((int64_t)n * draws / shown);
        ku_build_text(b, 0, p->channel.name[channel]);
        ku_build_double(b, 1, factor);
        ku_build_int(b, 2, n);
        ku_build_double(b, 3, spend);
        ku_build_double(b, 4, by[draw * p->media.channels + channel]);
        ku_build_row(b);
    }
}

ku_status planning_levers(planning *p, ku_frames *out, ku_error *err)
{
    ku_frame_builder *b = ku_run_output(p->context, "levers");
    size_t numbers = (size_t)p->media.draws * (size_t)p->media.channels;
    double *amount = KU_ARRAY(p->arena, (size_t)p->cells, double);
    double *by = KU_ARRAY(p->arena, numbers, double);
    for (int level = 0; level < LEVER_LEVELS; level++) {
        double factor = 2.0 * level / (LEVER_LEVELS - 1);
        for (int i = 0; i < p->cells; i++) amount[i] = factor * (double)p->plan[0].amount[i];
        ku_plan_outcomes(p->model, amount, by);
        for (int c = 0; c < p->channel.count; c++) {
            double spend = planning_channel_spend(p, &p->plan[0], c);
            if (spend > 0) lever_rows(p, by, c, factor, spend, b);
        }
    }
    return ku_frames_add_built(out, b, err);
}
