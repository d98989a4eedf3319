/* kernel.c - effective demand: people x interested x able to pay x served.
 *
 * Wants are no demand: of those who want a thing some cannot pay it and some find the shelf
 * empty. Each share is known with its own doubt: interest from a survey, incomes from counts
 * in bands, the affordable share from judgement, availability from visits. Figures are the
 * product at the likeliest shares. Intervals come from simulated cases in which every share
 * is drawn from what is known of it; what segments or products have in common (a segment's
 * incomes, a product's affordable share and availability) is the same draw for all of them in
 * one case, so that totals are as uncertain as they should be. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analyses/demand/effective/effective.h"
#include "analyses/demand/effective/market.h"

enum { FEW_ASKED = 30 };

/* What is followed through the simulated cases, in units or money of one product or all. */
typedef enum part {
    UNITS, /* effective demand, the chance of who buys included */
    MONEY, /* the same in money */
    UNINTERESTED,
    LOST_PRICE,
    LOST_STOCK,
    LOST_STOCK_MONEY,
    CUT_UNITS, /* won by the price cut */
    CUT_MONEY,
    PARTS
} part;

typedef struct tally {
    double point[PARTS]; /* at the likeliest shares */
    double *drawn[PARTS];
    double people, potential, interested, able, served;
} tally;

typedef struct run {
    ku_run_context *context;
    market market;
    int draws;
    double cut, differ;
    tally segment, product, total;
    double *sorted;
    ku_frame_builder *figures, *demand, *steps, *levers;
} run;

/* ---- simulated cases ------------------------------------------------------------------------ */

enum { SEGMENT_STREAM = 1, PRODUCT_STREAM, INTEREST_STREAM };

static ku_rng stream(const run *r, int kind, int at)
{
    return ku_run_rng(r->context, ku_rng_stream((uint64_t)kind, (uint64_t)at));
}

/* The shares of one case, or the likeliest. */
typedef struct shares {
    double interest, middle, spread, afford, available;
} shares;

/* Jeffreys' posterior of x of n. */
static double draw_share(ku_rng *rng, double x, double n)
{
    return ku_rng_beta(rng, x + 0.5, n - x + 0.5);
}

static double likely_share(double x, double n)
{
    return (x + 0.5) / (n + 1);
}

static shares likely(const market *m, const interest *c)
{
    const income_fit *f = &m->segment[c->segment].income;
    const product *p = &m->product[c->product];
    return (shares){likely_share(c->interested, c->asked), f->middle, f->spread, p->afford,
                    isnan(p->checks) ? p->available
                                     : likely_share(p->available * p->checks, p->checks)};
}

/* Each kind of share from its own stream, so that a segment's incomes are the same draws for
 * every product. */
static shares draw(const market *m, const interest *c, ku_rng *segment_rng, ku_rng *product_rng,
                   ku_rng *rng)
{
    const income_fit *f = &m->segment[c->segment].income;
    const product *p = &m->product[c->product];
    double a = ku_rng_normal(segment_rng), b = ku_rng_normal(segment_rng);
    shares s = {.middle = f->middle + f->error[0] * a,
                .spread = f->spread * exp(f->error[1] * a + f->error[2] * b),
                .afford = p->afford * exp(p->doubt * ku_rng_normal(product_rng)),
                .available = p->available};
    if (!isnan(p->checks))
        s.available = draw_share(product_rng, p->available * p->checks, p->checks);
    s.interest = draw_share(rng, c->interested, c->asked);
    return s;
}

/* Everything that follows from the shares of a case. `chance`: a normal number for who of
 * those likely to buy does; 0: as many as are likely. */
static void follow(const run *r, const interest *c, shares s, double chance, double value[PARTS])
{
    const product *p = &r->market.product[c->product];
    double cheaper = p->price * (1 - r->cut);
    double able = ability_share(p->price, s.afford, r->differ, s.middle, s.spread);
    double able_cut = ability_share(cheaper, s.afford, r->differ, s.middle, s.spread);
    double wanted = c->people * s.interest * p->units, buying = s.interest * able * s.available;
    double buyers = c->people * buying + chance * sqrt(c->people * buying * (1 - buying));
    value[UNITS] = fmin(fmax(buyers, 0), c->people) * p->units;
    value[MONEY] = value[UNITS] * p->price;
    value[UNINTERESTED] = c->people * p->units - wanted;
    value[LOST_PRICE] = wanted * (1 - able);
    value[LOST_STOCK] = wanted * able * (1 - s.available);
    value[LOST_STOCK_MONEY] = value[LOST_STOCK] * p->price;
    value[CUT_UNITS] = wanted * (able_cut - able) * s.available;
    value[CUT_MONEY] = wanted * s.available * (able_cut * cheaper - able * p->price);
}

static void tally_clear(const run *r, tally *t)
{
    for (int k = 0; k < PARTS; k++) {
        t->point[k] = 0;
        memset(t->drawn[k], 0, (size_t)r->draws * sizeof *t->drawn[k]);
    }
    t->people = t->potential = t->interested = t->able = t->served = 0;
}

static void tally_add(const run *r, tally *to, const tally *from)
{
    for (int k = 0; k < PARTS; k++) {
        to->point[k] += from->point[k];
        for (int i = 0; i < r->draws; i++) to->drawn[k][i] += from->drawn[k][i];
    }
    to->people += from->people;
    to->potential += from->potential;
    to->interested += from->interested;
    to->able += from->able;
    to->served += from->served;
}

static void tally_interest(const run *r, const interest *c, tally *to)
{
    const market *m = &r->market;
    const product *p = &m->product[c->product];
    shares s = likely(m, c);
    double value[PARTS];
    follow(r, c, s, 0, to->point);
    to->people = c->people;
    to->potential = c->people * p->units;
    to->interested = c->people * s.interest;
    to->able = to->interested - to->point[LOST_PRICE] / p->units;
    to->served = to->point[UNITS] / p->units;
    ku_rng segment_rng = stream(r, SEGMENT_STREAM, c->segment);
    ku_rng product_rng = stream(r, PRODUCT_STREAM, c->product);
    ku_rng rng = stream(r, INTEREST_STREAM, (int)(c - m->interest));
    for (int i = 0; i < r->draws; i++) {
        shares drawn = draw(m, c, &segment_rng, &product_rng, &rng);
        follow(r, c, drawn, ku_rng_normal(&rng), value);
        for (int k = 0; k < PARTS; k++) to->drawn[k][i] = value[k];
    }
}

/* ---- tables ------------------------------------------------------------------------------------- */

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Quantiles of the cases, linear between them: definition 7 of Hyndman & Fan (1996). */
static void put_range(const run *r, const tally *t, part k, ku_frame_builder *to, int column,
                      const double *share, int count)
{
    memcpy(r->sorted, t->drawn[k], (size_t)r->draws * sizeof *r->sorted);
    qsort(r->sorted, (size_t)r->draws, sizeof *r->sorted, by_value);
    for (int i = 0; i < count; i++) {
        double at = share[i] * (r->draws - 1);
        int below = (int)at;
        ku_build_double(to, column + i,
                        r->sorted[below] +
                            (at - below) * (r->sorted[below + 1] - r->sorted[below]));
    }
}

static const double both[4] = {0.1, 0.9, 0.025, 0.975};
static const double wide[2] = {0.025, 0.975};

static void put_demand(const run *r, const char *segment_name, const char *name, const tally *t)
{
    ku_frame_builder *to = r->demand;
    const double value[] = {t->people, t->interested, t->able, t->served, t->point[UNITS]};
    ku_build_text(to, 0, segment_name);
    ku_build_text(to, 1, name);
    for (int i = 0; i < 5; i++) ku_build_double(to, 2 + i, value[i]);
    put_range(r, t, UNITS, to, 7, both, 4);
    ku_build_double(to, 11, t->point[MONEY]);
    put_range(r, t, MONEY, to, 12, both, 4);
    ku_build_double(to, 16, t->point[LOST_PRICE]);
    ku_build_double(to, 17, t->point[LOST_STOCK]);
    ku_build_row(to);
}

static void put_steps(const run *r, const char *name, const tally *t)
{
    static const struct {
        const char *step;
        part part;
    } lost[] = {{"Not interested", UNINTERESTED},
                {"Price too high", LOST_PRICE},
                {"Not in stock", LOST_STOCK}};
    ku_frame_builder *to = r->steps;
    ku_build_text(to, 0, name);
    ku_build_text(to, 1, "Everyone in the market");
    for (int i = 2; i < 5; i++) ku_build_double(to, i, t->potential);
    ku_build_row(to);
    for (size_t i = 0; i < sizeof lost / sizeof *lost; i++) {
        double *drawn = t->drawn[lost[i].part];
        ku_build_text(to, 0, name);
        ku_build_text(to, 1, lost[i].step);
        ku_build_double(to, 2, -t->point[lost[i].part]);
        for (int k = 0; k < r->draws; k++) drawn[k] = -drawn[k];
        put_range(r, t, lost[i].part, to, 3, wide, 2);
        for (int k = 0; k < r->draws; k++) drawn[k] = -drawn[k];
        ku_build_row(to);
    }
    ku_build_text(to, 0, name);
    ku_build_text(to, 1, "Effective demand");
    ku_build_double(to, 2, t->point[UNITS]);
    put_range(r, t, UNITS, to, 3, wide, 2);
    ku_build_row(to);
}

static void put_lever(const run *r, const char *name, const char *lever, const tally *t, part units,
                      part money)
{
    ku_frame_builder *to = r->levers;
    ku_build_text(to, 0, name);
    ku_build_text(to, 1, lever);
    ku_build_double(to, 2, t->point[units]);
    put_range(r, t, units, to, 3, wide, 2);
    ku_build_double(to, 5, t->point[money]);
    put_range(r, t, money, to, 6, wide, 2);
    ku_build_row(to);
}

static void put_levers(const run *r, const char *name, const tally *t)
{
    const char *cheaper = ku_arena_printf(ku_run_arena(r->context), "Price %g %% lower",
                                          100 * r->cut);
    put_lever(r, name, cheaper, t, CUT_UNITS, CUT_MONEY);
    put_lever(r, name, "Always in stock", t, LOST_STOCK, LOST_STOCK_MONEY);
}

static void put_figures(const run *r, const tally *t)
{
    static const struct {
        const char *measure, *unit;
        part part;
    } figure[] = {{"Effective demand", "units", UNITS},
                  {"Effective demand in money", "money", MONEY},
                  {"Lost to price", "units", LOST_PRICE},
                  {"Lost to empty shelves", "units", LOST_STOCK},
                  {"Lost to empty shelves, in money", "money", LOST_STOCK_MONEY}};
    for (size_t i = 0; i < sizeof figure / sizeof *figure; i++) {
        ku_build_text(r->figures, 0, figure[i].measure);
        ku_build_double(r->figures, 1, t->point[figure[i].part]);
        ku_build_text(r->figures, 2, figure[i].unit);
        put_range(r, t, figure[i].part, r->figures, 3, wide, 2);
        ku_build_row(r->figures);
    }
}

/* ---- remarks -------------------------------------------------------------------------------------- */

static void remark(const run *r)
{
    const market *m = &r->market;
    int few = 0, unstocked = 0, assumed = 0;
    for (int i = 0; i < m->interests; i++) few += m->interest[i].asked < FEW_ASKED;
    for (int i = 0; i < m->products; i++) {
        unstocked += !m->product[i].stocked;
        assumed += !m->product[i].own_range;
    }
    if (few > 0)
        ku_run_remark(
            r->context, KU_WARN, "asked",
            "In %d of %d cases fewer than %d people were asked; their intervals are wide.", few,
            m->interests, FEW_ASKED);
    if (unstocked > 0)
        ku_run_remark(r->context, KU_WARN, "stock",
                      "Nothing is known of the stock of %d of %d products; they count as always"
                      " available.",
                      unstocked, m->products);
    if (assumed > 0)
        ku_run_remark(r->context, KU_NOTE, "affordable",
                      "For %d of %d products the affordable share of income is the one set for all;"
                      " asking customers would narrow the intervals.",
                      assumed, m->products);
}

/* ---- the run ---------------------------------------------------------------------------------------- */

static bool tally_new(const run *r, tally *t)
{
    ku_arena *arena = ku_run_arena(r->context);
    for (int k = 0; k < PARTS; k++) {
        t->drawn[k] = ku_arena_try(arena, (size_t)r->draws * sizeof(double));
        if (t->drawn[k] == NULL) return false;
    }
    return true;
}

/* The segments of one product, from `at` on; returns the place after them. */
static int one_product(run *r, int at)
{
    const market *m = &r->market;
    int first = at, of = m->interest[at].product;
    const char *name = m->product[of].name;
    tally_clear(r, &r->product);
    for (; at < m->interests && m->interest[at].product == of; at++) {
        tally_interest(r, &m->interest[at], &r->segment);
        put_demand(r, m->segment[m->interest[at].segment].name, name, &r->segment);
        tally_add(r, &r->product, &r->segment);
    }
    if (at > first + 1) put_demand(r, "All segments", name, &r->product);
    put_steps(r, name, &r->product);
    put_levers(r, name, &r->product);
    tally_add(r, &r->total, &r->product);
    return at;
}

static ku_status finish(const run *r, ku_frames *out, ku_error *err)
{
    ku_frame_builder *all[] = {r->figures, r->demand, r->steps, r->levers};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        ku_frame *frame = NULL;
        KU_TRY(ku_frame_builder_finish(all[i], &frame, err));
        KU_TRY(ku_frames_add(out, frame, err));
    }
    return KU_OK;
}

ku_status effective_run(const ku_frames *in, const ku_params *params, ku_run_context *context,
                        ku_frames *out, ku_error *err)
{
    ku_arena *arena = ku_run_arena(context);
    run r = {.context = context,
             .draws = (int)ku_param_int(params, "draws"),
             .cut = ku_param_real(params, "cut"),
             .differ = ku_param_real(params, "differ")};
    KU_TRY(market_read(in, params, arena, &r.market, err));
    r.sorted = ku_arena_try(arena, ((size_t)r.draws + 1) * sizeof *r.sorted);
    if (r.sorted == NULL || !tally_new(&r, &r.segment) || !tally_new(&r, &r.product) ||
        !tally_new(&r, &r.total))
        return ku_error_set(err, KU_NO_MEMORY, NULL, "%d simulated cases do not fit into memory",
                            r.draws);
    r.figures = ku_run_output(context, "figures");
    r.demand = ku_run_output(context, "demand");
    r.steps = ku_run_output(context, "steps");
    r.levers = ku_run_output(context, "levers");
    tally_clear(&r, &r.total);
    for (int at = 0; at < r.market.interests && !ku_run_cancelled(context);) {
        at = one_product(&r, at);
        ku_run_progress(context, (double)at / r.market.interests, "Simulating each product");
    }
    if (r.market.products > 1) {
        put_steps(&r, "All products", &r.total);
        put_levers(&r, "All products", &r.total);
    }
    put_figures(&r, &r.total);
    remark(&r);
    return finish(&r, out, err);
}
