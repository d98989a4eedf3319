/* run.c - customers.dynamics: what the run is about, in the order in which it is told. */
#include <math.h>
#include <string.h>

#include "analyses/customers/dynamics/dynamics.h"
#include "analyses/customers/dynamics/movers.h"
#include "analyses/customers/dynamics/moves.h"
#include "analyses/customers/dynamics/warn.h"

static search_options options_of(const ku_params *params)
{
    return (search_options){.least = (double)ku_param_int(params, "least"),
                            .most = (int)ku_param_int(params, "segments"),
                            .pairs = ku_param_bool(params, "pairs"),
                            .wrong = ku_param_real(params, "wrong")};
}

typedef struct dynamics {
    const ku_frames *in;
    const ku_params *params;
    ku_run_context *context;
    warn_tables warn;
    move_tables move;
    ku_frame_builder *movers;
} dynamics;

static void say_search(const dynamics *d, const search *s)
{
    const panel *p = s->panel;
    ku_run_remark(d->context, KU_NOTE, "tests",
                  "Looked at %d segments of %s in %d months: %d tests, %d changes beyond chance, %d"
                  " of them different from each other.",
                  s->segments, p->visits, p->months, s->tests, s->held, s->findings);
    if (!s->season)
        ku_run_remark(d->context, KU_WARN, "season",
                      "The data reach over %d complete months; the season can be told from a change"
                      " from 18 months on, so a change here may be the season.",
                      p->months);
    if (search_rises_together(s))
        ku_run_remark(d->context, KU_WARN, "young",
                      "Customers taken together buy more and more often, little by little: that is"
                      " what a young company sees when weaker customers leave and better ones stay."
                      " Read slow gains in purchases of a customer as that, unless a segment gains"
                      " much more than all.");
    if (p->every > 1)
        ku_run_remark(d->context, KU_NOTE, "sample",
                      "There are many purchases: changes of what is bought are looked for among one"
                      " of %.0f customers, drawn at random; figures are those of all.",
                      p->every);
    if (p->left_out > 0)
        ku_run_remark(d->context, KU_WARN, "left out",
                      "%lld visits have no day or no amount and are left out.",
                      (long long)p->left_out);
}

static const char *text_or_null(const dynamics *d, const char *name)
{
    return ku_param_set(d->params, name) ? ku_param_text_value(d->params, name) : NULL;
}

static ku_status watch(dynamics *d, panel *p, const history *h, ku_error *err)
{
    const panel_choice choice = {.attributes = text_or_null(d, "attributes"),
                                 .measures = text_or_null(d, "measures")};
    KU_TRY(panel_choose(p, &choice, ku_run_arena(d->context), err));
    search_options o = options_of(d->params);
    search *s = KU_NEW(ku_run_arena(d->context), search);
    KU_TRY(search_segments(p, &o, d->context, s, err));
    sums *members = NULL;
    int reach = p->months >= 24 ? 6 : 3;
    if (h != NULL) members = history_members(h, s, reach, d->context);
    KU_TRY(search_run(s, &o, members, d->context, err));
    say_search(d, s);
    warn_write(s, h, (int)ku_param_int(d->params, "list"), d->context, &d->warn);
    return KU_OK;
}

static ku_status watch_visits(dynamics *d, ku_error *err)
{
    const ku_frame *visit = ku_frames_find(d->in, "visit");
    if (visit->rows == 0) return KU_OK;
    panel *p = KU_NEW(ku_run_arena(d->context), panel);
    KU_TRY(panel_of_visits(visit, (double)ku_param_int(d->params, "least"),
                           ku_run_arena(d->context), p, err));
    return watch(d, p, NULL, err);
}

/* Lines of nobody known count in no segment. */
static void say_unknown(const dynamics *d, const ku_frame *span)
{
    double lines = ku_column_number(ku_frame_column(span, "lines_unknown"), 0);
    double all = ku_column_number(ku_frame_column(span, "lines"), 0);
    double money = ku_column_number(ku_frame_column(span, "revenue_unknown"), 0);
    double revenue = ku_column_number(ku_frame_column(span, "revenue"), 0);
    if (lines > 0)
        ku_run_remark(d->context, KU_NOTE, "unknown customers",
                      "%.0f of %.0f lines have no customer; their revenue of %.0f (%.1f %% of all)"
                      " is in no segment.",
                      lines, all, money, revenue > 0 ? 100 * money / revenue : 0);
}

/* What the sales cannot tell, in plain words. */
static void say_limits(const dynamics *d, const ku_frame *span, const history *h)
{
    double returned = -ku_column_number(ku_frame_column(span, "returned"), 0);
    double net = ku_column_number(ku_frame_column(span, "revenue"), 0);
    int64_t purchases = 0;
    for (int64_t i = 0; i < h->rows; i++) purchases += h->purchases[i];
    if (net <= 0)
        ku_run_remark(
            d->context, KU_WARN, "returns",
            "On the whole more money was given back (%.0f) than taken in (%.0f); only days"
            " on which a customer bought for more than was given back count as purchases.",
            returned, net + returned);
    if (purchases == h->persons)
        ku_run_remark(
            d->context, KU_WARN, "repeat",
            "Nobody bought on a second day: customers come and go, but nothing can be said"
            " of how often they buy.");
}

static ku_status migrate(dynamics *d, const panel *p, const history *h, ku_error *err)
{
    states s;
    bool quarters = strcmp(ku_param_text_value(d->params, "period"), "quarter") == 0;
    const states_options o = {.by = ku_param_text_value(d->params, "by"),
                              .rules = text_or_null(d, "rules"),
                              .step = quarters ? 3 : 1,
                              .window = (int)ku_param_int(d->params, "window")};
    const move_options m = {.ahead = (int)ku_param_int(d->params, "horizon"),
                            .draws = (int)ku_param_int(d->params, "draws")};
    KU_TRY(states_make(h, p, &o, d->context, &s, err));
    if (s.window < o.window)
        ku_run_remark(d->context, KU_WARN, "window",
                      "The data reach over %d complete months, so only %d months are looked back.",
                      p->months, s.window);
    KU_TRY(movers_write(&s, h, p, ku_param_int(d->params, "movers"), d->context, d->movers, err));
    return moves_write(&s, &m, d->context, &d->move, err);
}

static ku_status watch_sales(dynamics *d, ku_error *err)
{
    const ku_frame *cell = ku_frames_find(d->in, "cell"), *span = ku_frames_find(d->in, "span");
    if (cell->rows == 0) return KU_OK;
    panel *p = KU_NEW(ku_run_arena(d->context), panel);
    double every = ku_column_number(ku_frame_column(ku_frames_find(d->in, "sampled"), "every"), 0);
    KU_TRY(panel_of_cells(cell, every, ku_frame_column(span, "first_day")->as.days[0],
                          ku_frame_column(span, "last_day")->as.days[0],
                          (double)ku_param_int(d->params, "least"), ku_run_arena(d->context), p,
                          err));
    history *h = KU_NEW(ku_run_arena(d->context), history);
    history_read(d->in, p, ku_run_arena(d->context), h);
    say_unknown(d, span);
    say_limits(d, span, h);
    KU_TRY(migrate(d, p, h, err));
    return watch(d, p, h, err);
}

static ku_status finish_all(dynamics *d, ku_frames *out, ku_error *err)
{
    ku_frame_builder *const table[] = {d->move.figures,   d->warn.warnings,  d->warn.behaviour,
                                       d->warn.customers, d->move.sizes,     d->move.revenue,
                                       d->move.flows,     d->move.migration, d->movers,
                                       d->move.stability, d->move.holdout};
    return ku_frames_add_all(out, table, sizeof table / sizeof *table, err);
}

ku_status dynamics_run(const ku_frames *in, const ku_params *params, ku_run_context *context,
                       ku_frames *out, ku_error *err)
{
    dynamics d = {.in = in, .params = params, .context = context};
    ku_frame_builder *figures = ku_run_output(context, "figures");
    d.warn = (warn_tables){figures, ku_run_output(context, "warnings"),
                           ku_run_output(context, "behaviour"),
                           ku_run_output(context, "customers")};
    d.move = (move_tables){figures,
                           ku_run_output(context, "sizes"),
                           ku_run_output(context, "revenue"),
                           ku_run_output(context, "flows"),
                           ku_run_output(context, "migration"),
                           ku_run_output(context, "stability"),
                           ku_run_output(context, "holdout")};
    d.movers = ku_run_output(context, "movers");
    if (ku_frames_find(in, "visit")->rows == 0 && ku_frames_find(in, "cell")->rows == 0)
        return ku_error_set(err, KU_BAD_DATA, "sales, visits",
                            "there are neither purchases of known customers nor visits to look at");
    KU_TRY(watch_visits(&d, err));
    KU_TRY(watch_sales(&d, err));
    return finish_all(&d, out, err);
}
