/* tables.c - the results: calendar, channels, cells, scenarios, comparison, frontier. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analyses/returns/plan/planning.h"

/* ---- spreads ------------------------------------------------------------------------------ */

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

void planning_sort(double *x, int n)
{
    qsort(x, (size_t)n, sizeof *x, by_size);
}

double planning_quantile(const double *sorted, int n, double p)
{
    double at = p * (n - 1);
    int low = (int)at;
    if (low >= n - 1) return sorted[n - 1];
    return sorted[low] + (at - low) * (sorted[low + 1] - sorted[low]);
}

planning_spread planning_spread_of(const double *x, int n, double *room)
{
    planning_spread s = {0, 0, 0};
    for (int i = 0; i < n; i++) s.mean += x[i] / n;
    memcpy(room, x, (size_t)n * sizeof *room);
    planning_sort(room, n);
    s.lo = planning_quantile(room, n, 0.025);
    s.hi = planning_quantile(room, n, 0.975);
    return s;
}

static void put_spread(ku_frame_builder *b, int column, planning_spread s)
{
    ku_build_double(b, column, s.mean);
    ku_build_double(b, column + 1, s.lo);
    ku_build_double(b, column + 2, s.hi);
}

/* ---- the plan --------------------------------------------------------------------------------- */

static double money_of(const planning *p, int64_t minor)
{
    return (double)minor / p->minor;
}

static ku_status calendar(planning *p, ku_frames *out, ku_error *err)
{
    ku_frame_builder *b = ku_run_output(p->context, "calendar");
    const int64_t *now = p->plan[0].amount, *best = p->plan[1].amount;
    for (int i = 0; i < p->cells; i++) {
        ku_build_text(b, 0, p->channel.name[i / p->stretches / p->group.count]);
        ku_build_text(b, 1, p->group.name[i / p->stretches % p->group.count]);
        ku_build_date(b, 2, p->stretch_date[i % p->stretches]);
        ku_build_double(b, 3, money_of(p, best[i]));
        ku_build_double(b, 4, money_of(p, now[i]));
        ku_build_double(b, 5, money_of(p, best[i] - now[i]));
        ku_build_double(b, 6, p->low[i] > 0 ? p->low[i] / p->minor : NAN);
        ku_build_int(b, 7, best[i]);
        ku_build_row(b);
    }
    return ku_frames_add_built(out, b, err);
}

double planning_channel_spend(const planning *p, const planning_plan *plan, int channel)
{
    int64_t sum = 0;
    int each = p->stretches * p->group.count;
    for (int i = channel * each; i < (channel + 1) * each; i++) sum += plan->amount[i];
    return money_of(p, sum);
}

static planning_spread channel_outcome(const planning *p, const planning_plan *plan, int channel,
                                       double per, double *x, double *room)
{
    for (int d = 0; d < p->media.draws; d++) x[d] = plan->by[d * p->media.channels + channel] / per;
    return planning_spread_of(x, p->media.draws, room);
}

/* The marginal return of a channel's next unit, spread over its cells as the plan is. */
static planning_spread channel_marginal(const planning *p, const double *marginal, int channel,
                                        double *x, double *room)
{
    int each = p->stretches * p->group.count, draws = p->media.draws;
    double sum = 0;
    memset(x, 0, (size_t)draws * sizeof *x);
    for (int i = channel * each; i < (channel + 1) * each; i++) {
        double w = (double)p->plan[1].amount[i];
        sum += w;
        for (int d = 0; d < draws; d++) x[d] += w * marginal[(size_t)i * (size_t)draws + (size_t)d];
    }
    for (int d = 0; d < draws; d++) x[d] *= sum > 0 ? p->minor / sum : 0;
    return planning_spread_of(x, draws, room);
}

static ku_status channels(planning *p, const double *marginal, ku_frames *out, ku_error *err)
{
    ku_frame_builder *b = ku_run_output(p->context, "channels");
    double *x = KU_ARRAY(p->arena, (size_t)p->media.draws, double);
    double *room = KU_ARRAY(p->arena, (size_t)p->media.draws, double);
    for (int c = 0; c < p->channel.count; c++) {
        double now = planning_channel_spend(p, &p->plan[0], c),
               best = planning_channel_spend(p, &p->plan[1], c);
        ku_build_text(b, 0, p->channel.name[c]);
        ku_build_double(b, 1, now);
        ku_build_double(b, 2, best);
        ku_build_double(b, 3, now > 0 ? best / now - 1 : NAN);
        put_spread(b, 4, channel_outcome(p, &p->plan[0], c, 1, x, room));
        put_spread(b, 7, channel_outcome(p, &p->plan[1], c, 1, x, room));
        if (best > 0) put_spread(b, 10, channel_outcome(p, &p->plan[1], c, best, x, room));
        if (best > 0) put_spread(b, 13, channel_marginal(p, marginal, c, x, room));
        ku_build_row(b);
    }
    return ku_frames_add_built(out, b, err);
}

static ku_status cells(planning *p, const double *marginal, ku_frames *out, ku_error *err)
{
    ku_frame_builder *b = ku_run_output(p->context, "cells");
    int draws = p->media.draws;
    double *x = KU_ARRAY(p->arena, (size_t)draws, double);
    double *room = KU_ARRAY(p->arena, (size_t)draws, double);
    planning_stoppers stoppers = planning_stoppers_of(p, p->plan[1].amount);
    for (int i = 0; i < p->cells; i++) {
        for (int d = 0; d < draws; d++)
            x[d] = marginal[(size_t)i * (size_t)draws + (size_t)d] * p->minor;
        ku_build_text(b, 0, p->channel.name[i / p->stretches / p->group.count]);
        ku_build_text(b, 1, p->group.name[i / p->stretches % p->group.count]);
        ku_build_date(b, 2, p->stretch_date[i % p->stretches]);
        ku_build_double(b, 3, money_of(p, p->plan[1].amount[i]));
        put_spread(b, 4, planning_spread_of(x, draws, room));
        ku_build_text(b, 7, planning_stopper(p, &stoppers, i, true));
        ku_build_text(b, 8, planning_stopper(p, &stoppers, i, false));
        ku_build_row(b);
    }
    return ku_frames_add_built(out, b, err);
}

/* ---- plans against each other --------------------------------------------------------------------- */

static ku_status scenarios(planning *p, ku_frames *out, ku_error *err)
{
    ku_frame_builder *b = ku_run_output(p->context, "scenarios");
    int draws = p->media.draws;
    double *x = KU_ARRAY(p->arena, (size_t)draws, double);
    double *room = KU_ARRAY(p->arena, (size_t)draws, double);
    for (int n = 0; n < p->plans; n++) {
        const planning_plan *plan = &p->plan[n];
        ku_build_text(b, 0, plan->name);
        ku_build_double(b, 1, plan->spend);
        put_spread(b, 2, planning_spread_of(plan->outcome, draws, room));
        for (int d = 0; d < draws; d++) x[d] = plan->outcome[d] - plan->spend;
        put_spread(b, 5, planning_spread_of(x, draws, room));
        for (int d = 0; d < draws; d++) x[d] = plan->outcome[d] / plan->spend;
        if (plan->spend > 0) put_spread(b, 8, planning_spread_of(x, draws, room));
        ku_build_row(b);
    }
    return ku_frames_add_built(out, b, err);
}

static void compare(planning *p, const planning_plan *a, const planning_plan *other,
                    ku_frame_builder *b, double *x)
{
    int draws = p->media.draws;
    double better = 0, sum = 0;
    for (int d = 0; d < draws; d++) { /* profit: plans may cost different sums */
        x[d] = (a->outcome[d] - a->spend) - (other->outcome[d] - other->spend);
        better += x[d] > 0 ? 1 : x[d] == 0 ? 0.5 : 0;
        sum += x[d];
    }
    planning_sort(x, draws);
    ku_build_text(b, 0, a->name);
    ku_build_text(b, 1, other->name);
    ku_build_double(b, 2, better / draws);
    ku_build_double(b, 3, sum / draws);
    ku_build_double(b, 4, planning_quantile(x, draws, 0.025));
    ku_build_double(b, 5, planning_quantile(x, draws, 0.975));
    ku_build_double(b, 6, planning_quantile(x, draws, 0.1));
    ku_build_double(b, 7, planning_quantile(x, draws, 0.5));
    ku_build_double(b, 8, planning_quantile(x, draws, 0.9));
    ku_build_double(b, 9, a->spend - other->spend);
    ku_build_row(b);
}

static ku_status comparison(planning *p, ku_frames *out, ku_error *err)
{
    ku_frame_builder *b = ku_run_output(p->context, "comparison");
    double *x = KU_ARRAY(p->arena, (size_t)p->media.draws, double);
    for (int n = 1; n < p->plans; n++) compare(p, &p->plan[n], &p->plan[0], b, x);
    for (int n = 2; n < p->plans; n++) compare(p, &p->plan[n], &p->plan[1], b, x);
    for (int n = 2; n < p->plans; n++)
        for (int k = 2; k < n; k++) compare(p, &p->plan[n], &p->plan[k], b, x);
    return ku_frames_add_built(out, b, err);
}

ku_status planning_tables(planning *p, ku_frames *out, ku_error *err)
{
    size_t draws = (size_t)p->media.draws;
    double *amount = KU_ARRAY(p->arena, (size_t)p->cells, double);
    double *marginal = ku_arena_try(p->arena, (size_t)p->cells * draws * sizeof *marginal);
    if (marginal == NULL)
        return ku_error_set(err, KU_NO_MEMORY, NULL, "no memory for the returns of %d cells",
                            p->cells);
    for (int i = 0; i < p->cells; i++) amount[i] = (double)p->plan[1].amount[i];
    ku_run_progress(p->context, 0.5, "working out what the next unit of money would bring");
    ku_plan_marginals(p->model, amount, marginal);
    KU_TRY(calendar(p, out, err));
    KU_TRY(channels(p, marginal, out, err));
    KU_TRY(cells(p, marginal, out, err));
    KU_TRY(scenarios(p, out, err));
    return comparison(p, out, err);
}

/* ---- more or less money ------------------------------------------------------------------------------ */

static void frontier_row(planning *p, const double *amount, double price, ku_frame_builder *b,
                         double *x, double *room)
{
    int draws = p->media.draws, count = p->media.channels;
    double spend = 0, *by = KU_ARRAY(p->arena, (size_t)draws * (size_t)count, double);
    ku_plan_outcomes(p->model, amount, by);
    for (int i = 0; i < p->cells; i++) spend += amount[i] / p->minor;
    memset(x, 0, (size_t)draws * sizeof *x);
    for (int d = 0; d < draws * count; d++) x[d / count] += by[d];
    ku_build_double(b, 0, spend);
    put_spread(b, 1, planning_spread_of(x, draws, room));
    for (int d = 0; d < draws; d++) x[d] -= spend;
    put_spread(b, 4, planning_spread_of(x, draws, room));
    ku_build_double(b, 7, price);
    ku_build_row(b);
}

ku_status planning_frontier(planning *p, ku_frames *out, ku_error *err)
{
    static const double factor[] = {0.5, 0.6, 0.7, 0.8, 0.9, 1, 1.1, 1.2, 1.3, 1.4, 1.5};
    enum { POINTS = sizeof factor / sizeof *factor };
    ku_frame_builder *b = ku_run_output(p->context, "frontier");
    int every = p->media.draws > 100 ? p->media.draws / 100 : 1;
    double *x = KU_ARRAY(p->arena, (size_t)p->media.draws, double);
    double *room = KU_ARRAY(p->arena, (size_t)p->media.draws, double);
    double *amount = KU_ARRAY(p->arena, (size_t)p->cells, double);
    double total = p->plan[1].spend * p->minor;
    for (int n = 0; n < POINTS && !ku_run_cancelled(p->context); n++) {
        double price;
        ku_plan_best best;
        ku_run_progress(p->context, 0.6 + 0.2 * n / POINTS, "trying other totals");
        for (int i = 0; i < p->cells; i++) amount[i] = (double)p->plan[1].amount[i] * factor[n];
        if (planning_best(p, total * factor[n], every, 1e-4, amount, &price, &best))
            frontier_row(p, amount, price, b, x, room);
    }
    return ku_frames_add_built(out, b, err);
}
