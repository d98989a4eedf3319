/* customers.c - the customers of the sales: prospects, tables, figures and what must be said
 * about them. */
#include <math.h>

#include "analyses/customers/churn/outlook.h"
#include "base/date.h"

typedef struct cover {
    const ku_frame *span, *plan, *gone, *rhythm;
} cover;

static double at(const ku_frame *frame, const char *column)
{
    return ku_column_number(ku_frame_column(frame, column), 0);
}

/* ---- remarks ------------------------------------------------------------------------------------ */

static void remark_lines(ku_run_context *context, const cover *c)
{
    double lines = at(c->span, "lines"), nobody = at(c->span, "nobody_lines");
    double share = at(c->span, "nobody_amount") / at(c->span, "amount");
    if (nobody > 0)
        ku_run_remark(
            context, KU_NOTE, "customers",
            "%.0f of %.0f lines name no customer (%.1f %% of revenue); nothing can be said"
            " of who bought them.",
            nobody, lines, 100 * share);
    if (at(c->gone, "in_debt") > 0)
        ku_run_remark(context, KU_NOTE, "returns",
                      "%.0f customers sent back more than they bought; they stay in the counts.",
                      at(c->gone, "in_debt"));
    if (at(c->span, "margin_lines") == 0)
        ku_run_remark(
            context, KU_WARN, "margin",
            "No line has a margin: without --margin all revenue counts as margin, which is"
            " too much.");
}

static void remark_horizon(ku_run_context *context, const cover *c, bool given)
{
    double horizon = at(c->plan, "horizon"), most = at(c->rhythm, "most");
    if (given)
        ku_run_remark(context, KU_NOTE, "horizon",
                      "Who buys nothing for %.0f days has left (--horizon).", horizon);
    else if (isnan(most))
        ku_run_remark(context, KU_WARN, "horizon",
                      "No customer has bought on two days, so no rhythm can be learned; %.0f days"
                      " without a purchase, a quarter of the data, count as leaving.",
                      horizon);
    else
        ku_run_remark(context, at(c->plan, "shortened") != 0 ? KU_WARN : KU_NOTE, "horizon",
                      "Who buys nothing for %.0f days has left: 90 %% of %.0f pauses between"
                      " purchases are at most %.0f days long.%s",
                      horizon, at(c->rhythm, "gaps"), most,
                      at(c->plan, "shortened") != 0
                          ? " The data are too short for that, so some who come back count as gone."
                          : "");
    ku_run_remark(context, KU_NOTE, "with us",
                  "%.0f of %.0f customers bought in the last %.0f days; the others had left before"
                  " and are not on the list.",
                  at(c->gone, "active"), at(c->gone, "customers"), horizon);
}

static void remark_tests(ku_run_context *context, const design *d, const hazard *h)
{
    if (!h->learned) {
        ku_run_remark(context, KU_FAIL, "learning",
                      d->windows < 1
                          ? "The sales cover less than two horizons of %.0f days: there is no past"
                            " date whose outcome is known, so no probabilities can be given. A"
                            " shorter --horizon may help."
                          : "At past dates nearly all customers did the same in the next %.0f days"
                            " (all stayed or all left): nothing tells them apart, so no"
                            " probabilities can be given.",
                      d->horizon);
        return;
    }
    if (h->test == TEST_NONE)
        ku_run_remark(context, KU_WARN, "holdout",
                      "The data are too few to test the forecast on customers it had not seen.");
    if (h->test == TEST_CUSTOMERS)
        ku_run_remark(context, KU_WARN, "holdout",
                      "Only one past date has a known outcome: the forecast was tested on other"
                      " customers, not on a later time, so how the level drifts is not known.");
    if (h->recalibrated)
        ku_run_remark(context, KU_NOTE, "calibration",
                      "Forecasts of past dates were off, so all are corrected by what those tests"
                      " say: log odds %+.2f and times %.2f.",
                      h->shift, h->slope);
    if (d->season[0] == 1)
        ku_run_remark(context, KU_WARN, "season",
                      "The sales do not reach back far enough to know the season of the coming %.0f"
                      " days (about a year and a half is needed); it is taken as an average one.",
                      d->horizon);
    if (h->drift > 0)
        ku_run_remark(
            context, KU_NOTE, "drift",
            "Judged by forecasts of %d past date%s, the odds of leaving drift by a factor of"
            " about %.2f for all alike, which no customer shows. Intervals allow for"
            " it.",
            h->tests, h->tests == 1 ? "" : "s", exp(sqrt(h->drift)));
    if (!h->valued)
        ku_run_remark(context, KU_WARN, "value",
                      "Customers who stayed brought no positive margin, so nothing can be said of"
                      " what is at stake.");
}

static void remark_action(ku_run_context *context, const outlook *o, const total *list)
{
    const action *a = o->action;
    if (!o->h->learned || !o->h->valued) return;
    if (!a->measured)
        ku_run_remark(
            context, KU_WARN, "assumed",
            "Assumed, not measured: a contact keeps %.1f %% (%.1f to %.1f %%) of those about"
            " to leave and costs %g. An experiment would tell (--in experiment=FILE).",
            100 * a->save, 100 * (a->save - CHURN_Z * a->save_error),
            100 * (a->save + CHURN_Z * a->save_error), a->cost);
    if (list->customers == 0)
        ku_run_remark(context, KU_NOTE, "list",
                      "No contact is expected to bring more than it costs: nobody is on the list.");
    if (!o->consent_known)
        ku_run_remark(context, KU_WARN, "consent",
                      "Nothing is known of who agreed to be contacted; check before writing.");
}

/* ---- figures ------------------------------------------------------------------------------------ */

static void put_figure(ku_frame_builder *to, const char *measure, estimate e, const char *unit)
{
    ku_build_text(to, 0, measure);
    ku_build_double(to, 1, e.value);
    ku_build_text(to, 2, unit);
    ku_build_double(to, 3, e.lo);
    ku_build_double(to, 4, e.hi);
    ku_build_row(to);
}

static estimate plain(double value)
{
    return (estimate){value, NAN, NAN};
}

static ku_status put_figures(const outlook *o, const total *list, ku_frames *out, ku_error *err)
{
    ku_frame_builder *to = ku_run_output(o->context, "figures");
    total all;
    sum_new(o, &all);
    for (size_t i = 0; i < o->d->active; i++) sum_add(o, i, &all);
    estimate share = sum_leave(o, &all), stake = sum_at_stake(o, &all);
    put_figure(to, "Customers with us", plain(all.customers), "customers");
    put_figure(to, "A customer has left after", plain(o->d->horizon), "days");
    if (o->h->learned) {
        put_figure(to, "Expected to leave", share, "share");
        put_figure(to, "Leavers expected",
                   (estimate){share.value * all.customers, share.lo * all.customers,
                              share.hi * all.customers},
                   "customers");
    }
    if (o->h->learned && o->h->valued) {
        put_figure(to, "Margin at stake", stake, "money");
        put_figure(to, "Worth contacting", plain(list->customers), "customers");
        put_figure(to, "Gain of contacting them", sum_gain(o, list), "money");
        if (list->at_stake > 0)
            put_figure(to, "Kept share that pays for it",
                       plain(o->action->cost * list->customers / list->at_stake), "share");
    }
    return ku_frames_add_built(out, to, err);
}

ku_status churn_customers(const ku_frames *in, const ku_params *params, ku_run_context *context,
                          const action *act, ku_frames *out, ku_error *err)
{
    cover c = {ku_frames_find(in, "span"), ku_frames_find(in, "plan"), ku_frames_find(in, "gone"),
               ku_frames_find(in, "rhythm")};
    design d;
    hazard h;
    outlook o;
    total list;
    KU_TRY(design_make(ku_frames_find(in, "state"), ku_frames_find(in, "days"), at(c.plan, "days"),
                       at(c.plan, "horizon"), (int)at(c.plan, "windows"), ku_run_arena(context), &d,
                       err));
    KU_TRY(hazard_fit(&d, context, &h, err));
    KU_TRY(outlook_make(&d, &h, act, at(c.gone, "asked") > 0, context, &o, err));
    ku_run_progress(context, 0.8, "Laying out who is about to leave");
    KU_TRY(list_put(&o, out, &list, err));
    KU_TRY(put_figures(&o, &list, out, err));
    KU_TRY(groups_put(&o, out, err));
    KU_TRY(drivers_put(&o, out, err));
    KU_TRY(holdout_put(&o, out, err));
    remark_lines(context, &c);
    remark_horizon(context, &c, ku_param_set(params, "horizon"));
    remark_tests(context, &d, &h);
    remark_action(context, &o, &list);
    return KU_OK;
}
