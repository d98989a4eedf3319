/* list.c - whom to contact, in the order of what it is expected to bring, and how that adds up
 * as the list gets longer.
 *
 * A contact is expected to bring P(leave) x the share it keeps x the margin kept, less its
 * cost. The list ends where that is nothing any more. */
#include <math.h>

#include "analyses/customers/churn/outlook.h"

enum { STEPS = 60, REASONS = 400 };

/* The same formula for one customer. */
static estimate one_gain(const outlook *o, size_t i)
{
    const action *a = o->action;
    const prospect *p = &o->of[i];
    double stake = o->at_stake[i];
    if (isnan(stake)) return (estimate){NAN, NAN, NAN};
    double by_leave = (1 - p->leave.value) * p->leave_error, by_worth = p->worth_error;
    double error = sqrt(a->save * a->save * stake * stake *
                            (by_leave * by_leave + by_worth * by_worth) +
                        stake * stake * a->save_error * a->save_error);
    estimate gain = churn_around(a->save * stake - a->cost, error);
    if (a->save - CHURN_Z * a->save_error >= 0) gain.lo = fmax(gain.lo, -a->cost);
    return gain;
}

static bool may_contact(const outlook *o, size_t i)
{
    consent c = outlook_consent(o, i);
    return c == CONSENT_YES || (c == CONSENT_UNKNOWN && !o->consent_known);
}

static int put_estimate(ku_frame_builder *to, int column, estimate e)
{
    ku_build_double(to, column, e.value);
    ku_build_double(to, column + 1, e.lo);
    ku_build_double(to, column + 2, e.hi);
    return column + 3;
}

static void put_customer(const outlook *o, size_t i, bool act, ku_frame_builder *to)
{
    static const char *const consents[] = {"allowed", "not allowed", "not known"};
    const design *d = o->d;
    int64_t row = d->active_row[i];
    double x[DESIGN_DENSE] = {0};
    int32_t level[FACTORS];
    char reasons[REASONS];
    ku_arena *arena = ku_run_arena(o->context);
    design_row(d, row, x, level);
    ku_build_text(to, 0, ku_column_text(d->code, row, arena));
    ku_build_text(to, 1, act ? "contact" : may_contact(o, i) ? "leave alone" : "may not contact");
    int at = put_estimate(to, 2, o->of[i].leave);
    at = put_estimate(to, at, o->of[i].worth);
    ku_build_double(to, at++, o->at_stake[i]);
    at = put_estimate(to, at, one_gain(o, i));
    ku_build_text(to, at++, reasons_of(o, i, x, level, reasons, sizeof reasons));
    ku_build_double(to, at++, ku_column_number(d->silent, row));
    ku_build_double(to, at++, design_pause(d, row));
    ku_build_int(to, at++, d->purchases->as.i64[row]);
    ku_build_text(to, at++, consents[outlook_consent(o, i)]);
    for (int f = 0; f < FACTORS; f++)
        if (ku_column_valid(d->factor[f].column, row))
            ku_build_text(to, at + f, ku_column_text(d->factor[f].column, row, arena));
    ku_build_row(to);
}

static void put_step(const outlook *o, const total *s, double chosen, ku_frame_builder *to)
{
    ku_build_double(to, 0, s->customers);
    int at = put_estimate(to, 1, sum_gain(o, s));
    ku_build_double(to, at++, o->action->cost * s->customers);
    ku_build_double(to, at++, o->total_at_stake > 0 ? s->at_stake / o->total_at_stake : NAN);
    ku_build_bool(to, at, s->customers <= chosen);
    ku_build_row(to);
}

/* How many of those who may be contacted are worth it, and how many there are. */
static void count(const outlook *o, size_t *worth_it, size_t *allowed)
{
    *worth_it = *allowed = 0;
    for (size_t k = 0; k < o->d->active; k++) {
        size_t i = o->order[k];
        if (!may_contact(o, i)) continue;
        ++*allowed;
        *worth_it += one_gain(o, i).value > 0;
    }
}

/* Steps are closer together at the beginning, and one is the end of the list. */
static void put_gain(const outlook *o, size_t worth_it, size_t allowed, total *list,
                     ku_frame_builder *to)
{
    total s;
    size_t reached = 0, next = 1, step = 0;
    sum_new(o, &s);
    for (size_t k = 0; k < o->d->active; k++) {
        size_t i = o->order[k];
        if (!may_contact(o, i)) continue;
        sum_add(o, i, &s);
        reached++;
        if (reached <= worth_it) sum_add(o, i, list);
        bool due = reached >= next || reached == worth_it || reached == allowed;
        if (due) put_step(o, &s, (double)worth_it, to);
        while (next <= reached && step <= STEPS) {
            double share = (double)++step / STEPS;
            next = (size_t)ceil(share * share * (double)allowed);
        }
    }
}

ku_status list_put(const outlook *o, ku_frames *out, total *list, ku_error *err)
{
    ku_frame_builder *customers = ku_run_output(o->context, "customers");
    ku_frame_builder *gain = ku_run_output(o->context, "gain");
    size_t worth_it, allowed;
    count(o, &worth_it, &allowed);
    for (int contact = 1; contact >= 0; contact--) /* those to contact come first */
        for (size_t k = 0; k < o->d->active; k++) {
            size_t i = o->order[k];
            bool act = may_contact(o, i) && one_gain(o, i).value > 0;
            if (act == contact) put_customer(o, i, act, customers);
        }
    sum_new(o, list);
    if (o->h->learned && o->h->valued) put_gain(o, worth_it, allowed, list, gain);
    KU_TRY(ku_frames_add_built(out, customers, err));
    return ku_frames_add_built(out, gain, err);
}
