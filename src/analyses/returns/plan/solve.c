/* solve.c - the best plan for what is asked, today's split beside it, and plans given by name. */
#include <math.h>
#include <string.h>

#include "analyses/returns/plan/planning.h"

enum { THIN = 100 /* draws for a first look */, SEARCHES = 24 };

/* ---- the value of a plan --------------------------------------------------------------------- */

static double *as_doubles(const planning *p, const int64_t *amount)
{
    double *x = KU_ARRAY(p->arena, (size_t)p->cells, double);
    for (int i = 0; i < p->cells; i++) x[i] = (double)amount[i];
    return x;
}

void planning_value(planning *p, planning_plan *plan)
{
    int draws = p->media.draws, channels = p->media.channels;
    int64_t sum = 0;
    plan->by = KU_ARRAY(p->arena, (size_t)draws * (size_t)channels, double);
    plan->outcome = KU_ARRAY(p->arena, (size_t)draws, double);
    ku_plan_outcomes(p->model, as_doubles(p, plan->amount), plan->by);
    for (int d = 0; d < draws; d++)
        for (int c = 0; c < channels; c++) plan->outcome[d] += plan->by[d * channels + c];
    for (int i = 0; i < p->cells; i++) sum += plan->amount[i];
    plan->spend = (double)sum / p->minor;
}

/* ---- the best at a total ------------------------------------------------------------------------- */

static int total_row(const planning *p)
{
    int k = 0;
    while (p->row[k].kind != PLANNING_TOTAL) k++;
    return k;
}

bool planning_best(planning *p, double total, int every, double tolerance, double *amount,
                   double *price, ku_plan_best *best)
{
    double *prices = KU_ARRAY(p->arena, (size_t)p->rows, double);
    ku_plan_limits kept = p->limits;
    if (total >= 0) planning_set_total(p, total);
    bool found = ku_plan_improve(p->model, &p->limits, every, tolerance, amount, prices, best);
    if (!found && total >= 0) { /* the same limits give way as in the plan, but never the total */
        int k = total_row(p);
        planning_loosen(p, amount, false);
        found = p->limits.least[k] == p->limits.most[k] &&
                ku_plan_improve(p->model, &p->limits, every, tolerance, amount, prices, best);
    }
    if (price != NULL) *price = prices[total_row(p)] * p->minor;
    if (total >= 0) p->limits = kept;
    return found;
}

/* Where curves bend up first there may be several best plans of their neighbourhood: the search
 * begins from today's split, from all alike, and from each channel favoured in turn. */
static void several_starts(planning *p, int every, double *amount, ku_plan_best *best)
{
    double *trial = KU_ARRAY(p->arena, (size_t)p->cells, double);
    double first = best->value;
    int better = 0;
    for (int favoured = -1; favoured < p->channel.count; favoured++) {
        ku_plan_best found;
        for (int i = 0; i < p->cells; i++) {
            bool own = i / p->stretches / p->group.count == favoured;
            trial[i] = favoured < 0 ? p->total / p->cells : p->today[i] * (own ? 3 : 0.5);
        }
        if (!planning_best(p, -1, every, 1e-5, trial, NULL, &found)) continue;
        if (found.value <= best->value * (1 + 1e-6)) continue;
        *best = found;
        memcpy(amount, trial, (size_t)p->cells * sizeof *amount);
        better++;
    }
    ku_run_remark(
        p->context, KU_NOTE, "curves",
        "In some draws curves are S-shaped: little spend brings almost nothing. There may "
        "then be several good plans; the search began from %d sides and the best is "
        "taken%s.",
        p->channel.count + 2,
        better > 0 ? ku_arena_printf(p->arena, "; it brings %s more than the first found",
                                     planning_money(p, (best->value - first) * p->minor))
                   : "; none was better than the first");
}

/* From a first look at some draws to all of them. */
static bool optimise(planning *p, double *amount, double *price)
{
    int every = p->media.draws / THIN > 1 ? p->media.draws / THIN : 1;
    bool concave = ku_plan_concave(&p->media);
    bool found = planning_best(p, -1, every, 1e-5, amount, NULL, &p->best);
    if (found && !concave) several_starts(p, every, amount, &p->best);
    if (found) found = planning_best(p, -1, 1, 1e-8, amount, price, &p->best);
    return found;
}

/* ---- the total that is asked for ------------------------------------------------------------------ */

typedef struct target {
    const char *objective;
    double wanted;
} target;

/* Whether a total is more than the target allows (target ROI, marginal floor) or enough for it
 * (volume); and what it reaches. */
static bool beyond(planning *p, const target *t, double total, double *amount, double *reached)
{
    ku_plan_best best;
    double price = NAN;
    int every = p->media.draws / THIN > 1 ? p->media.draws / THIN : 1;
    *reached = NAN;
    if (!planning_best(p, total, every, 1e-4, amount, &price, &best)) return true;
    if (strcmp(t->objective, "roi") == 0) *reached = best.value / (total / p->minor);
    if (strcmp(t->objective, "volume") == 0) *reached = best.value;
    if (strcmp(t->objective, "marginal") == 0) *reached = price;
    return strcmp(t->objective, "volume") == 0 ? *reached >= t->wanted : *reached < t->wanted;
}

/* The totals between which the limits leave a choice. */
static void range_of_totals(const planning *p, double *least, double *most)
{
    *least = 0;
    *most = 0;
    for (int i = 0; i < p->cells; i++) {
        *least += p->low[i];
        *most += p->high[i];
    }
    for (int k = 0; k < p->rows; k++)
        if (p->row[k].kind == PLANNING_BOOKED) *least = fmax(*least, p->row[k].least);
    double today = 0;
    for (int i = 0; i < p->cells; i++) today += p->today[i];
    *most = fmin(*most, 4 * fmax(today, p->total));
    if (ku_param_set(p->params, "total"))
        *most = fmin(*most, ku_param_real(p->params, "total") * p->minor);
    *least = fmax(*least, *most * 1e-3);
}

static double aim(planning *p, const target *t, double *amount)
{
    double low, high, at_low, at_high, reached;
    range_of_totals(p, &low, &high);
    bool low_beyond = beyond(p, t, low, amount, &at_low);
    bool high_beyond = beyond(p, t, high, amount, &at_high);
    if (low_beyond == high_beyond) {
        bool volume = strcmp(t->objective, "volume") == 0;
        bool unreachable = volume ? !high_beyond : low_beyond;
        if (unreachable)
            ku_run_remark(p->context, KU_WARN, "target",
                          volume
                              ? "The outcome of %s cannot be reached: spending %s, the most that "
                                "the limits allow, brings %s. That plan is shown."
                              : "A return of %s cannot be reached: even with a total of %s it is "
                                "%s. That plan is shown.",
                          volume ? planning_money(p, t->wanted * p->minor)
                                 : ku_arena_printf(p->arena, "%.2f", t->wanted),
                          planning_money(p, volume ? high : low),
                          volume ? planning_money(p, at_high * p->minor)
                                 : ku_arena_printf(p->arena, "%.2f", at_low));
        return volume ? (unreachable ? high : low) : (unreachable ? low : high);
    }
    for (int n = 0; n < SEARCHES && high - low > 1e-4 * high; n++) {
        double middle = (low + high) / 2;
        if (beyond(p, t, middle, amount, &reached))
            high = middle;
        else
            low = middle;
    }
    return strcmp(t->objective, "volume") == 0 ? high : low;
}

static ku_status find_total(planning *p, double *amount, ku_error *err)
{
    target t = {ku_param_text_value(p->params, "objective"), 0};
    double today = 0;
    for (int i = 0; i < p->cells; i++) today += p->today[i];
    bool given = ku_param_set(p->params, "total");
    p->total = given ? nearbyint(ku_param_real(p->params, "total") * p->minor) : nearbyint(today);
    if (!(p->total > 0))
        return ku_error_set(err, KU_BAD_DATA, given ? "total" : "media",
                            "there is no money to plan: give --total, or a table media with what "
                            "was spent in the last year");
    if (strcmp(t.objective, "profit") == 0) return KU_OK;
    if (!ku_param_set(p->params, "target"))
        return ku_error_set(err, KU_USAGE, "target",
                            "this objective needs a target: --target NUMBER (a return, an outcome "
                            "in money, or the least that the last unit spent must bring)");
    t.wanted = ku_param_real(p->params, "target");
    p->total = nearbyint(aim(p, &t, amount));
    return KU_OK;
}

/* ---- plans by name ------------------------------------------------------------------------------------- */

static planning_plan *add_plan(planning *p, const char *name)
{
    planning_plan *plan = &p->plan[p->plans++];
    *plan = (planning_plan){.name = name, .amount = KU_ARRAY(p->arena, (size_t)p->cells, int64_t)};
    return plan;
}

/* Whole amounts that add up to the plan's total, whatever the limits say. */
static void round_to(planning *p, double *amount, double total, int64_t *whole)
{
    double sum = 0;
    double least = nearbyint(total), most = least;
    int *start = KU_ARRAY(p->arena, (size_t)p->cells + 1, int);
    int *row = KU_ARRAY(p->arena, (size_t)p->cells, int);
    double *low = KU_ARRAY(p->arena, (size_t)p->cells, double);
    double *high = KU_ARRAY(p->arena, (size_t)p->cells, double);
    for (int i = 0; i < p->cells; i++) sum += amount[i];
    for (int i = 0; i < p->cells; i++) {
        amount[i] = sum > 0 ? amount[i] * total / sum : total / p->cells;
        start[i + 1] = i + 1;
        high[i] = amount[i] > 0 ? total : 0;
    }
    ku_plan_limits only = {low, high, 1, &least, &most, start, row};
    ku_plan_whole(&only, p->cells, amount, p->arena, whole);
}

static void add_today(planning *p, double total)
{
    double *amount = KU_ARRAY(p->arena, (size_t)p->cells, double);
    memcpy(amount, p->today, (size_t)p->cells * sizeof *amount);
    round_to(p, amount, total, add_plan(p, "As today")->amount);
    planning_value(p, &p->plan[p->plans - 1]);
}

static bool plan_row_covers(const planning *p, int cell, int channel, int group, int stretch)
{
    return cell / p->stretches / p->group.count == channel &&
           (group < 0 || cell / p->stretches % p->group.count == group) &&
           (stretch < 0 || cell % p->stretches == stretch);
}

/* A row of the table plans, shared out as today's money is. */
static ku_status add_given_row(planning *p, const ku_frame *f, int64_t row, double *amount,
                               ku_error *err)
{
    const ku_column *region = ku_frame_column(f, "region"), *month = ku_frame_column(f, "month");
    const char *channel = ku_column_text(ku_frame_column(f, "channel"), row, p->arena);
    const char *group = region != NULL ? ku_column_text(region, row, p->arena) : NULL;
    int c = ku_returns_name_find(&p->channel, channel), g = -1, b = -1, count = 0;
    double money = ku_column_number(ku_frame_column(f, "amount"), row) * p->minor, today = 0;
    if (group != NULL && group[0] != '\0') g = ku_returns_name_find(&p->group, group);
    bool dated = month != NULL && ku_column_valid(month, row);
    if (dated) b = planning_stretch(p, month->as.days[row]);
    if (c < 0 || (group != NULL && group[0] != '\0' && g < 0) || (dated && b < 0) || !(money >= 0))
        return ku_error_set(err, KU_BAD_DATA, "plans",
                            "row %lld: channel, region, month and amount must be of the plan",
                            (long long)row + 1);
    for (int i = 0; i < p->cells; i++)
        if (plan_row_covers(p, i, c, g, b)) {
            today += p->today[i];
            count++;
        }
    for (int i = 0; i < p->cells; i++)
        if (plan_row_covers(p, i, c, g, b))
            amount[i] += today > 0 ? money * p->today[i] / today : money / count;
    return KU_OK;
}

static ku_status add_given(planning *p, ku_error *err)
{
    const ku_frame *f = ku_frames_find(p->in, "plans");
    ku_returns_names names = {0};
    if (f == NULL) return KU_OK;
    const ku_column *plan = ku_frame_column(f, "plan");
    for (int64_t row = 0; row < f->rows; row++)
        ku_returns_name(&names, ku_column_text(plan, row, p->arena), p->arena);
    for (int n = 0; n < names.count; n++) {
        double *amount = KU_ARRAY(p->arena, (size_t)p->cells, double), sum = 0;
        for (int64_t row = 0; row < f->rows; row++)
            if (ku_returns_name_find(&names, ku_column_text(plan, row, p->arena)) == n)
                KU_TRY(add_given_row(p, f, row, amount, err));
        for (int i = 0; i < p->cells; i++) sum += amount[i];
        round_to(p, amount, sum, add_plan(p, names.name[n])->amount);
        planning_value(p, &p->plan[p->plans - 1]);
    }
    return KU_OK;
}

/* ---- the whole ------------------------------------------------------------------------------------------- */

static void make_model(planning *p)
{
    size_t all = (size_t)p->channel.count * (size_t)p->media.periods * (size_t)p->region.count;
    double *weight = KU_ARRAY(p->arena, all, double);
    for (size_t i = 0; i < all; i++) weight[i] = p->weight[i] / p->minor;
    ku_plan_cells cells = {p->cells, p->cell, weight};
    p->model = ku_plan_model_new(&p->media, &cells, ku_run_pool(p->context), p->arena);
}

static void tell_best(planning *p, double price)
{
    if (isfinite(p->best.gap))
        ku_run_remark(p->context, KU_NOTE, "optimum",
                      "No other plan within the limits brings %s more than this one; one more unit "
                      "of money in total would bring %.2f.",
                      planning_money(p, fmax(p->best.gap, 1) * p->minor), price);
    if (!p->best.converged)
        ku_run_remark(p->context, KU_WARN, "optimum",
                      "The search ended before it was sure; a slightly better plan may exist.");
}

ku_status planning_solve(planning *p, ku_error *err)
{
    const ku_frame *given = ku_frames_find(p->in, "plans");
    double *amount = KU_ARRAY(p->arena, (size_t)p->cells, double), price = NAN;
    p->plan = KU_ARRAY(p->arena, 2 + (size_t)(given != NULL ? given->rows : 0), planning_plan);
    make_model(p);
    memcpy(amount, p->today, (size_t)p->cells * sizeof *amount);
    KU_TRY(find_total(p, amount, err));
    planning_set_total(p, p->total);
    planning_loosen(p, amount, true);
    ku_run_progress(p->context, 0.2, "looking for the best plan");
    if (!optimise(p, amount, &price))
        return ku_error_set(err, KU_FAULT, NULL, "the optimiser found no plan within the limits");
    planning_plan best = {.name = "Best"};
    best.amount = KU_ARRAY(p->arena, (size_t)p->cells, int64_t);
    if (!ku_plan_whole(&p->limits, p->cells, amount, p->arena, best.amount))
        ku_run_remark(p->context, KU_WARN, "rounding",
                      "Not every limit could be met to the last unit; the plan keeps them within a "
                      "few units.");
    planning_value(p, &best);
    add_today(p, best.spend * p->minor);
    p->plan[p->plans++] = best;
    tell_best(p, price);
    return add_given(p, err);
}
