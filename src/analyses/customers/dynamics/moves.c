/* moves.c - the migration of customers in tables. */
#include "analyses/customers/dynamics/moves.h"

#include <math.h>
#include <string.h>

#include "num/cumulative.h"

enum {
    LEAST_PERIODS = 8, /* of moves, for a forecast */
    LEAST_HELD = 6,    /* that stay when others are held out */
    TRIALS = 10,       /* forecasts made of known periods, */
    ORIGINS = 6,       /* of which are shown */
    HELD_DRAWS = 400,
    FIRST_LEAN = 4, /* periods of misses that weigh as much as the first belief */
    LEANING = 6,    /* misses of all that weigh as much as a group's own */
};
static const double wide_spread = 0.01;
static const double z80 = 1.2815515655446004;
static const double narrowest = 0.5, most_missed = 6;
static const double first_widening = 2; /* where no miss is known yet */

typedef struct writer {
    const states *s;
    const census *c;
    const move_options *o;
    ku_run_context *context;
    move_tables *to;
} writer;

static int32_t day_of(const states *s, int period)
{
    return panel_day(s->first + period * s->step);
}

/* ---- sizes and revenue ------------------------------------------------------------------------- */

static const char *name_of(const states *s, int group)
{
    return group < s->count ? s->name[group] : "All together";
}

static double value_at(const writer *w, bool revenue, int period, int group)
{
    const double *from = (revenue ? w->s->revenue : w->c->size) + (long)period * w->s->count;
    double sum = 0;
    if (group < w->s->count) return from[group];
    for (int j = 0; j < w->s->count; j++) sum += from[j];
    return sum;
}

static void put_value(const writer *w, bool revenue, int group, int period, const figure *f,
                      double value, double size)
{
    ku_frame_builder *to = revenue ? w->to->revenue : w->to->sizes;
    ku_build_text(to, 0, name_of(w->s, group));
    ku_build_date(to, 1, day_of(w->s, period));
    ku_build_text(to, 2, f == NULL ? "actual" : "forecast");
    ku_build_double(to, 3, value);
    for (int b = 0; f != NULL && b < 4; b++) ku_build_double(to, 4 + b, f->bound[b]);
    if (revenue) ku_build_double(to, 8, size > 0 ? value / size : NAN);
    ku_build_row(to);
}

static void put_values(const writer *w, const projection *p)
{
    int k = w->s->count, known = w->s->periods;
    for (int i = 0; i <= k; i++) {
        for (int t = 0; t < known; t++) {
            double size = value_at(w, false, t, i);
            put_value(w, false, i, t, NULL, size, 0);
            put_value(w, true, i, t, NULL, value_at(w, true, t, i), size);
        }
        for (int h = 0; p != NULL && h < p->ahead; h++) {
            const figure *size = &p->size[h * (k + 1) + i], *money = &p->revenue[h * (k + 1) + i];
            put_value(w, false, i, known + h, size, size->mean, 0);
            put_value(w, true, i, known + h, money, money->mean, size->mean);
        }
    }
}

/* ---- flows ----------------------------------------------------------------------------------------- */

static void put_flow(const writer *w, int period, int group, const char *flow, double customers)
{
    ku_frame_builder *to = w->to->flows;
    ku_build_date(to, 0, day_of(w->s, period));
    ku_build_text(to, 1, name_of(w->s, group));
    ku_build_text(to, 2, flow);
    ku_build_double(to, 3, customers);
    ku_build_row(to);
}

static void put_flows(const writer *w)
{
    const chain_counts *c = &w->c->counts;
    int k = c->count;
    for (int t = 1; t < c->periods; t++)
        for (int i = 0; i < k; i++) {
            double in = 0, out = 0;
            for (int j = 0; j < k; j++) {
                if (j == i) continue;
                in += c->moves[(t * k + j) * k + i];
                out += c->moves[(t * k + i) * k + j];
            }
            put_flow(w, t, i, "stayed", c->moves[(t * k + i) * k + i]);
            put_flow(w, t, i, "new customers", c->arrive[t * k + i]);
            put_flow(w, t, i, "came from other segments", in);
            put_flow(w, t, i, "left for other segments", -out);
        }
}

/* ---- moves -------------------------------------------------------------------------------------------- */

static double share_between(const chain_counts *c, int first, int last, int from, int to)
{
    double moved = 0, all = 0;
    for (int t = first; t <= last; t++)
        for (int j = 0; j < c->count; j++) {
            double n = c->moves[(t * c->count + from) * c->count + j];
            all += n;
            if (j == to) moved += n;
        }
    return all > 0 ? moved / all : NAN;
}

/* The share in the long run: beta, with the doubt of periods that differ and of the counts. */
static void put_move(const writer *w, const chain_row *r, int from, int to, int first)
{
    const chain_counts *c = &w->c->counts;
    ku_frame_builder *b = w->to->migration;
    double periods = c->periods - first;
    double rho = fmin(0.5, (r->spread + periods / fmax(r->total, periods)) / periods);
    double size = fmax(1 / rho - 1, 1), p = r->share[to];
    int middle = (first + c->periods) / 2;
    ku_build_text(b, 0, w->s->name[from]);
    ku_build_text(b, 1, w->s->name[to]);
    ku_build_double(b, 2, round(p * (r->total + 0.5) - 0.5 / c->count));
    ku_build_double(b, 3, p);
    ku_build_double(b, 4, ku_beta_quantile(0.025, size * p, size * (1 - p)));
    ku_build_double(b, 5, ku_beta_quantile(0.975, size * p, size * (1 - p)));
    ku_build_double(b, 6, share_between(c, first, middle - 1, from, to));
    ku_build_double(b, 7, share_between(c, middle, c->periods - 1, from, to));
    ku_build_row(b);
}

static const char *verdict(const chain_row *r)
{
    if (!(r->freedom > 0)) return "too few periods to tell";
    if (r->chance > 0.05) return "steady: the moves of all periods can be those of one chain";
    if (r->spread < wide_spread)
        return "nearly steady: periods differ more than chance, but by little";
    return "unsteady: periods differ; the forecast leans on the time of year and widens its"
           " intervals";
}

static void put_chain(const writer *w, const chain *c, int first)
{
    for (int i = 0; i < c->count; i++) {
        const chain_row *r = &c->row[i];
        ku_frame_builder *b = w->to->stability;
        if (!(r->total > 0)) continue;
        for (int j = 0; j < c->count; j++) put_move(w, r, i, j, first);
        double typical = 0;
        for (int j = 0; j < c->count; j++) typical = fmax(typical, r->share[j] * (1 - r->share[j]));
        ku_build_text(b, 0, w->s->name[i]);
        ku_build_double(b, 1, r->total);
        ku_build_double(b, 2, r->statistic);
        ku_build_double(b, 3, r->freedom);
        ku_build_double(b, 4, r->chance);
        ku_build_double(b, 5, sqrt(r->spread * typical));
        ku_build_text(b, 6, verdict(r));
        ku_build_row(b);
    }
}

/* ---- the holdout ------------------------------------------------------------------------------------------ */

/* A forecast made of periods that are known, as if at the end of `known`. */
typedef struct origin {
    int known, far;
    projection chain; /* as the chain of moves has it, */
    projection told;  /* and leaning on what is there */
} origin;

typedef struct tally {
    double rows, in80, in95, error, unchanged;
} tally;

/* Misses of earlier forecasts against the 80 % interval they gave. */
typedef struct misses {
    double square, count;
} misses;

static void put_held(const writer *w, bool revenue, int group, const origin *o, int h,
                     const figure *f, tally *sum)
{
    ku_frame_builder *to = w->to->holdout;
    double actual = value_at(w, revenue, o->known + h + 1, group);
    double last = value_at(w, revenue, o->known, group);
    bool in80 = actual >= f->bound[0] && actual <= f->bound[1];
    bool in95 = actual >= f->bound[2] && actual <= f->bound[3];
    ku_build_text(to, 0, name_of(w->s, group));
    ku_build_text(to, 1, revenue ? "revenue" : "customers");
    ku_build_date(to, 2, day_of(w->s, o->known));
    ku_build_date(to, 3, day_of(w->s, o->known + h + 1));
    ku_build_int(to, 4, h + 1);
    ku_build_double(to, 5, actual);
    ku_build_double(to, 6, f->mean);
    for (int b = 0; b < 4; b++) ku_build_double(to, 7 + b, f->bound[b]);
    ku_build_bool(to, 11, in80);
    ku_build_bool(to, 12, in95);
    ku_build_double(to, 13, actual > 0 ? f->mean / actual - 1 : NAN);
    ku_build_double(to, 14, actual > 0 ? last / actual - 1 : NAN);
    ku_build_row(to);
    if (!(actual > 0)) return;
    sum->rows++;
    sum->in80 += in80, sum->in95 += in95;
    sum->error += fabs(f->mean / actual - 1), sum->unchanged += fabs(last / actual - 1);
}

static void say_held(const writer *w, const char *what, const tally *t)
{
    if (!(t->rows > 0)) return;
    bool worse = t->error > t->unchanged, narrow = t->in95 < 0.8 * t->rows;
    ku_run_remark(w->context, worse || narrow ? KU_WARN : KU_NOTE, "holdout",
                  "Known periods forecast as if they were not, %s: the 80 %% interval held %.0f %%,"
                  " the 95 %% interval %.0f %% of %.0f values; mean error %.1f %%, against %.1f %%"
                  " had nothing moved%s.",
                  what, 100 * t->in80 / t->rows, 100 * t->in95 / t->rows, t->rows,
                  100 * t->error / t->rows, 100 * t->unchanged / t->rows,
                  worse ? "; the last known values are the better forecast here" : "");
}

/* What was known at the end of period `now` of the misses of a group's forecasts. */
static misses misses_of(const writer *w, bool revenue, const origin *list, int count, int now,
                        int group)
{
    misses m = {0, 0};
    int k = w->s->count;
    for (int i = 0; i < count; i++)
        for (int h = 0; h < list[i].far && list[i].known + h + 1 <= now; h++) {
            const projection *p = &list[i].told;
            const figure *f = (revenue ? p->revenue : p->size) + h * (k + 1) + group;
            double actual = value_at(w, revenue, list[i].known + h + 1, group);
            double reach = (f->bound[1] - f->bound[0]) / 2 / z80;
            if (!revenue) reach = fmax(reach, 0.5);
            if (!(reach > 0) || !(actual > 0)) continue;
            double z = fmin(fabs(actual - f->mean) / reach, most_missed);
            m.square += z * z, m.count++;
        }
    return m;
}

/* How much wider (or narrower) intervals must be to have held the misses seen so far: a group's
 * own, leaning on those of all groups while they are few. */
static void widening(const writer *w, bool revenue, const origin *list, int count, int now,
                     double *wider)
{
    misses all = {0, 0}, own[STATES_MOST + 1];
    int k = w->s->count;
    for (int g = 0; g <= k; g++) {
        own[g] = misses_of(w, revenue, list, count, now, g);
        all.square += own[g].square, all.count += own[g].count;
    }
    double pooled = all.count > k ? all.square / all.count : first_widening * first_widening;
    for (int g = 0; g <= k; g++)
        wider[g] = fmax(narrowest,
                        sqrt((own[g].square + LEANING * pooled) / (own[g].count + LEANING)));
}

static void widen_by(const writer *w, const origin *list, int count, int now, projection *p)
{
    double size[STATES_MOST + 1], money[STATES_MOST + 1];
    widening(w, false, list, count, now, size);
    widening(w, true, list, count, now, money);
    project_widen(p, w->s->count, now <= w->c->counts.season, size, money);
}

/* ---- leaning on what is there ------------------------------------------------------------------- */

/* The value h + 1 periods ahead had nobody moved: the last known; of sizes in proportion to the
 * customers that there will be. */
static double unmoved(const writer *w, bool revenue, const origin *o, int h, int group)
{
    double last = value_at(w, revenue, o->known, group);
    if (revenue) return last;
    int k = w->s->count;
    double all = value_at(w, false, o->known, k);
    return all > 0 ? last * o->chain.size[h * (k + 1) + k].mean / all : last;
}

/* Mean relative error of earlier forecasts, had they leaned on the chain so far. */
static double error_leaning(const writer *w, bool revenue, const origin *list, int count, int now,
                            double lean, int *n)
{
    int k = w->s->count;
    double sum = 0;
    *n = 0;
    for (int i = 0; i < count; i++)
        for (int h = 0; h < list[i].far && list[i].known + h + 1 <= now; h++)
            for (int g = 0; g <= k; g++) {
                const projection *p = &list[i].chain;
                double moved = (revenue ? p->revenue : p->size)[h * (k + 1) + g].mean;
                double actual = value_at(w, revenue, list[i].known + h + 1, g);
                if (!(actual > 0)) continue;
                double told = lean * moved + (1 - lean) * unmoved(w, revenue, &list[i], h, g);
                sum += fabs(told / actual - 1);
                ++*n;
            }
    return *n > 0 ? sum / *n : 0;
}

/* How far to lean on the chain of moves, by the forecasts whose outcome is known `now`; while
 * there are few, half, and less in the first year, of which the chain knows no season. */
static double choose_lean(const writer *w, bool revenue, const origin *list, int count, int now)
{
    enum { STEPS = 20 };
    int n;
    double first = 0.5, best = first, least = INFINITY;
    double typical = error_leaning(w, revenue, list, count, now, first, &n);
    for (int i = 0; i <= STEPS; i++) {
        double lean = (double)i / STEPS, off = lean - first;
        double error = error_leaning(w, revenue, list, count, now, lean, &n) * n +
                       typical * FIRST_LEAN * (w->s->count + 1) * off * off;
        if (error < least) least = error, best = lean;
    }
    return best;
}

static void shift_to(figure *f, double mean)
{
    for (int b = 0; b < 4; b++) f->bound[b] = fmax(0, f->bound[b] + mean - f->mean);
    f->mean = mean;
}

/* The forecast as told: between the chain and what is there. */
static void lean(const writer *w, const origin *list, int count, origin *o)
{
    int k = w->s->count, cells = o->far * (k + 1);
    ku_arena *arena = ku_run_arena(w->context);
    o->told = o->chain;
    for (int revenue = 0; revenue < 2; revenue++) {
        double share = choose_lean(w, revenue, list, count, o->known);
        figure *f = KU_ARRAY(arena, (size_t)cells, figure);
        memcpy(f, revenue ? o->chain.revenue : o->chain.size, (size_t)cells * sizeof *f);
        for (int i = 0; i < cells; i++)
            shift_to(&f[i], share * f[i].mean +
                                (1 - share) * unmoved(w, revenue, o, i / (k + 1), i % (k + 1)));
        *(revenue ? &o->told.revenue : &o->told.size) = f;
    }
}

static void put_origin(const writer *w, const origin *o, tally *size, tally *money)
{
    int k = w->s->count;
    for (int h = 0; h < o->far; h++)
        for (int g = 0; g <= k; g++) {
            put_held(w, false, g, o, h, &o->told.size[h * (k + 1) + g], size);
            put_held(w, true, g, o, h, &o->told.revenue[h * (k + 1) + g], money);
        }
}

/* Forecasts from several points in the past, and the one that counts. Each leans on the chain
 * as far, and gets its intervals widened, as the misses known by then say; the last ORIGINS of
 * the past are shown. */
static ku_status foretell(const writer *w, projection *final, ku_error *err)
{
    int last = w->s->periods - 1, count = 0;
    int step = (last - LEAST_HELD + TRIALS - 1) / TRIALS;
    tally size = {0}, money = {0};
    origin list[TRIALS + 2];
    if (step < 1) step = 1;
    for (int known = last - (last - LEAST_HELD) / step * step; known <= last; known += step) {
        bool counts = known == last;
        origin *o = &list[count++];
        *o = (origin){.known = known,
                      .far = counts || last - known > w->o->ahead ? w->o->ahead : last - known};
        KU_TRY(project_ahead(w->c, known, o->far, counts ? w->o->draws : HELD_DRAWS,
                             counts ? 1 : ku_rng_stream(77, (uint64_t)known), w->context, &o->chain,
                             err));
        lean(w, list, count - 1, o);
    }
    for (int i = count - 1; i >= 0; i--) /* the later ones first: they lean on earlier misses */
        widen_by(w, list, i, list[i].known, &list[i].told);
    for (int i = count > ORIGINS + 1 ? count - ORIGINS - 1 : 0; i < count - 1; i++)
        put_origin(w, &list[i], &size, &money);
    say_held(w, "customers", &size);
    say_held(w, "revenue", &money);
    *final = list[count - 1].told;
    return KU_OK;
}

/* ---- figures -------------------------------------------------------------------------------------------------- */

static void put_figure(const writer *w, const char *what, double value, const char *unit,
                       const figure *f)
{
    ku_build_text(w->to->figures, 0, what);
    ku_build_double(w->to->figures, 1, value);
    ku_build_text(w->to->figures, 2, unit);
    if (f != NULL) {
        ku_build_double(w->to->figures, 3, f->bound[2]);
        ku_build_double(w->to->figures, 4, f->bound[3]);
    }
    ku_build_row(w->to->figures);
}

static void put_figures(const writer *w, const projection *p)
{
    int k = w->s->count, last = w->s->periods - 1;
    put_figure(w, "Customers ever won", value_at(w, false, last, k), "customers", NULL);
    put_figure(w, "Revenue of the last period", value_at(w, true, last, k), "money", NULL);
    if (p == NULL) return;
    const figure *size = &p->size[(p->ahead - 1) * (k + 1) + k];
    const figure *money = &p->revenue[(p->ahead - 1) * (k + 1) + k];
    put_figure(w, "Customers won by the end of the forecast", size->mean, "customers", size);
    put_figure(w, "Revenue of its last period", money->mean, "money", money);
}

ku_status moves_write(const states *s, const move_options *options, ku_run_context *context,
                      move_tables *to, ku_error *err)
{
    census *c = KU_NEW(ku_run_arena(context), census);
    writer w = {s, c, options, context, to};
    projection p;
    census_take(s, ku_run_arena(context), c);
    bool enough = s->periods > LEAST_PERIODS;
    if (!enough) {
        ku_run_remark(context, KU_WARN, "periods",
                      "Only %d periods are known; from %d on sizes and revenue are forecast.",
                      s->periods, LEAST_PERIODS + 1);
    } else {
        KU_TRY(foretell(&w, &p, err));
    }
    put_values(&w, enough ? &p : NULL);
    if (s->periods < 2) return KU_OK;
    put_flows(&w);
    chain all;
    chain_fit(&c->counts, 1, s->periods - 1, &all);
    put_chain(&w, &all, 1);
    put_figures(&w, enough ? &p : NULL);
    return KU_OK;
}
