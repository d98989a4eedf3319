/* effects.c - what the arms brought, whether the draw was fair, and whether the effect differs
 * between people. */
#include "analyses/customers/churn/effects.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "num/cumulative.h"
#include "num/linear.h"

enum { TENTHS = 10, QINI_STEPS = 20 };

static const double absurd = 1e-6; /* chance below which a difference before is no chance */

static double two_sided(double z)
{
    return erfc(fabs(z) / sqrt(2));
}

static int put_estimate(ku_frame_builder *to, int column, estimate e)
{
    ku_build_double(to, column, e.value);
    ku_build_double(to, column + 1, e.lo);
    ku_build_double(to, column + 2, e.hi);
    return column + 3;
}

ku_status effects_finish(const experiment *e, ku_frames *out, ku_error *err)
{
    ku_frame_builder *all[] = {e->to_arms,        e->to_effects,   e->to_balance,
                               e->to_differences, e->to_reactions, e->to_uplift,
                               e->to_qini,        e->to_policy,    e->to_targets};
    return ku_frames_add_all(out, all, sizeof all / sizeof *all, err);
}

void effects_drop(experiment *e)
{
    ku_frame_builder *all[] = {e->to_arms,        e->to_effects,   e->to_balance,
                               e->to_differences, e->to_reactions, e->to_uplift,
                               e->to_qini,        e->to_policy,    e->to_targets};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) ku_frame_builder_free(all[i]);
}

/* ---- was the draw fair ---------------------------------------------------------------------------- */

typedef struct moments {
    double n, mean, variance;
} moments;

static moments of_arm(const trial *t, const double *value, size_t stride, int a)
{
    moments m = {0};
    double squares = 0;
    for (size_t i = 0; i < t->rows; i++) {
        if (t->arm[i] != a) continue;
        m.n++;
        m.mean += value[i * stride];
    }
    m.mean /= m.n;
    for (size_t i = 0; i < t->rows; i++)
        if (t->arm[i] == a) squares += (value[i * stride] - m.mean) * (value[i * stride] - m.mean);
    m.variance = squares / fmax(m.n - 1, 1);
    return m;
}

/* All features at once: the squared distance of the means against chance, Hansen & Bowers
 * (2008), Statistical Science 23, eq. (7); a feature that follows from the others is left out. */
static double all_together(const trial *t, int a, ku_arena *arena)
{
    int p = t->features, kept = 0;
    size_t n = (size_t)p;
    double *square = KU_ARRAY(arena, n * n + 1, double), *gap = KU_ARRAY(arena, n + 1, double);
    double people[2] = {0}, distance = 0;
    for (size_t i = 0; i < t->rows; i++) {
        if (t->arm[i] != a && t->arm[i] != 0) continue;
        const double *x = t->x + i * n;
        people[t->arm[i] == a]++;
        for (int j = 0; j < p; j++)
            for (int k = 0; k <= j; k++) square[(size_t)j * n + (size_t)k] += x[j] * x[k];
    }
    for (int j = 0; j < p; j++)
        gap[j] = of_arm(t, t->x + j, n, a).mean - of_arm(t, t->x + j, n, 0).mean;
    /* Cholesky by hand, so that dependent columns can be passed over. */
    double total = people[0] + people[1], *l = KU_ARRAY(arena, n * n + 1, double);
    double *z = KU_ARRAY(arena, n + 1, double);
    int *which = KU_ARRAY(arena, n + 1, int);
    for (int j = 0; j < p; j++) {
        double pivot = square[(size_t)j * n + (size_t)j] / total, solved = gap[j];
        double *line = l + (size_t)kept * n;
        for (int k = 0; k < kept; k++) {
            int other = which[k];
            double value = square[(size_t)j * n + (size_t)other] / total;
            for (int m = 0; m < k; m++) value -= line[m] * l[(size_t)k * n + (size_t)m];
            line[k] = value / l[(size_t)k * n + (size_t)k];
            pivot -= line[k] * line[k];
            solved -= line[k] * z[k];
        }
        if (pivot < 1e-6) continue;
        line[kept] = sqrt(pivot);
        z[kept] = solved / line[kept];
        distance += z[kept] * z[kept];
        which[kept++] = j;
    }
    distance *= people[0] * people[1] / total;
    return kept > 0 ? ku_gamma_above(distance / 2, kept / 2.0) : NAN;
}

static void put_balance(experiment *e, const char *feature, int a, double mean, double control,
                        double deviations, double p)
{
    ku_frame_builder *to = e->to_balance;
    ku_build_text(to, 0, feature);
    ku_build_text(to, 1, e->t.arm_name[a]);
    ku_build_double(to, 2, mean);
    ku_build_double(to, 3, control);
    ku_build_double(to, 4, deviations);
    ku_build_double(to, 5, p);
    ku_build_row(to);
}

void effects_balance(experiment *e)
{
    trial *t = &e->t;
    for (int a = 1; a < t->arms; a++) {
        int suspect = 0;
        for (int j = 0; j < t->features; j++) {
            trial_feature *f = &t->feature[j];
            moments arm = of_arm(t, t->x + j, (size_t)t->features, a);
            moments control = of_arm(t, t->x + j, (size_t)t->features, 0);
            double error = sqrt(arm.variance / arm.n + control.variance / control.n);
            double p = error > 0 ? two_sided((arm.mean - control.mean) / error) : 1;
            put_balance(e, f->name, a, f->mean + f->deviation * arm.mean,
                        f->mean + f->deviation * control.mean, arm.mean - control.mean, p);
            if (p >= absurd) continue;
            f->left_out = true;
            suspect++;
            ku_run_remark(e->context, KU_WARN, "balance",
                          "%s differs between %s and %s more than chance allows: either it was"
                          " measured after the experiment began, or the draw was not fair. It is"
                          " left out.",
                          f->name, t->arm_name[a], t->arm_name[0]);
        }
        double p = all_together(t, a, ku_run_arena(e->context));
        if (t->features > 0) put_balance(e, "All together", a, NAN, NAN, NAN, p);
        if (p < 0.001 && suspect == 0)
            ku_run_remark(e->context, KU_WARN, "balance",
                          "%s and %s differed before the experiment by more than chance allows"
                          " (probability %.2g): the draw may not have been fair.",
                          t->arm_name[a], t->arm_name[0], p);
    }
}

/* ---- what the arms brought ---------------------------------------------------------------------- */

void effects_of_arms(experiment *e, int outcome, const uplift *u)
{
    const trial *t = &e->t;
    const trial_outcome *o = &t->outcome[outcome];
    moments control = of_arm(t, o->y, 1, 0);
    double *difference = KU_ARRAY(ku_run_arena(e->context), t->rows + 1, double);
    for (int a = 0; a < t->arms; a++) {
        moments m = of_arm(t, o->y, 1, a);
        estimate rate = o->binary ? churn_share(m.mean * m.n, m.n)
                                  : churn_around(m.mean, sqrt(m.variance / m.n));
        ku_build_text(e->to_arms, 0, t->arm_name[a]);
        ku_build_text(e->to_arms, 1, o->title);
        ku_build_int(e->to_arms, 2, (int64_t)m.n);
        put_estimate(e->to_arms, 3, rate);
        ku_build_row(e->to_arms);
        if (a == 0) continue;
        double plain_error = sqrt(m.variance / m.n + control.variance / control.n), error;
        for (size_t i = 0; i < t->rows; i++) difference[i] = u->score[a][i] - u->score[0][i];
        estimate adjusted = mean_of(difference, t->rows, &error);
        ku_build_text(e->to_effects, 0, t->arm_name[a]);
        ku_build_text(e->to_effects, 1, o->title);
        int at = put_estimate(e->to_effects, 2, churn_around(m.mean - control.mean, plain_error));
        at = put_estimate(e->to_effects, at, adjusted);
        ku_build_double(e->to_effects, at++,
                        control.mean > 0 ? adjusted.value / control.mean : NAN);
        ku_build_double(e->to_effects, at++,
                        plain_error > 0 ? 1 - error * error / (plain_error * plain_error) : NAN);
        ku_build_double(e->to_effects, at, error > 0 ? two_sided(adjusted.value / error) : NAN);
        ku_build_row(e->to_effects);
    }
}

/* ---- does the effect differ ----------------------------------------------------------------------- */

typedef struct placed {
    double tilt;
    uint64_t draw; /* breaks ties by chance */
    size_t i;
} placed;

static int by_tilt(const void *a, const void *b)
{
    const placed *x = a, *y = b;
    if (x->tilt != y->tilt) return x->tilt > y->tilt ? -1 : 1;
    return (x->draw > y->draw) - (x->draw < y->draw);
}

/* People by expected effect, most first, and their differences of scores in that order. */
typedef struct ranking {
    size_t n;
    placed *place;
    double *psi, *work;
    double mean;
} ranking;

static ranking rank_people(const experiment *e, const uplift *u, int a)
{
    const trial *t = &e->t;
    ku_arena *arena = ku_run_arena(e->context);
    ku_rng rng = ku_run_rng(e->context, 2);
    ranking r = {.n = t->rows,
                 .place = KU_ARRAY(arena, t->rows + 1, placed),
                 .psi = KU_ARRAY(arena, t->rows + 1, double),
                 .work = KU_ARRAY(arena, t->rows + 1, double)};
    for (size_t i = 0; i < t->rows; i++) r.place[i] = (placed){u->tilt[a][i], ku_rng_u64(&rng), i};
    qsort(r.place, t->rows, sizeof *r.place, by_tilt);
    for (size_t k = 0; k < t->rows; k++) {
        size_t i = r.place[k].i;
        r.psi[k] = u->score[a][i] - u->score[0][i];
        r.mean += r.psi[k] / (double)t->rows;
    }
    return r;
}

/* Tenths by expected effect: what was expected against what was seen. */
static void put_uplift(experiment *e, int a, const trial_outcome *o, const uplift *u,
                       const ranking *r)
{
    for (size_t g = 0; g < TENTHS; g++) {
        size_t from = r->n * g / TENTHS, to = r->n * (g + 1) / TENTHS;
        double expected = 0;
        if (from == to) continue;
        for (size_t k = from; k < to; k++)
            expected += u->effect[a][r->place[k].i] / (double)(to - from);
        ku_build_text(e->to_uplift, 0, e->t.arm_name[a]);
        ku_build_text(e->to_uplift, 1, o->title);
        ku_build_int(e->to_uplift, 2, (int64_t)g + 1);
        ku_build_int(e->to_uplift, 3, (int64_t)(to - from));
        ku_build_double(e->to_uplift, 4, expected);
        put_estimate(e->to_uplift, 5, mean_of(r->psi + from, to - from, NULL));
        ku_build_row(e->to_uplift);
    }
}

/* The sum of work[] over everybody. */
static estimate total_of(const ranking *r)
{
    double error, n = (double)r->n;
    estimate m = mean_of(r->work, r->n, &error);
    return churn_around(n * m.value, n * error);
}

/* Radcliffe's (2007) curve: what is gained by treating the most promising share, against a share
 * drawn blindly. */
static void put_qini(experiment *e, int a, const trial_outcome *o, const ranking *r)
{
    for (size_t step = 0; step <= QINI_STEPS; step++) {
        double share = (double)step / QINI_STEPS;
        size_t reach = r->n * step / QINI_STEPS;
        for (size_t k = 0; k < r->n; k++) r->work[k] = k < reach ? r->psi[k] : 0;
        estimate gain = total_of(r);
        for (size_t k = 0; k < r->n; k++)
            r->work[k] = (r->psi[k] - r->mean) * ((k < reach ? 1 : 0) - share);
        estimate above = total_of(r);
        ku_build_text(e->to_qini, 0, e->t.arm_name[a]);
        ku_build_text(e->to_qini, 1, o->title);
        ku_build_double(e->to_qini, 2, share);
        int at = put_estimate(e->to_qini, 3, gain);
        ku_build_double(e->to_qini, at, share * r->mean * (double)r->n);
        put_estimate(e->to_qini, at + 1, above);
        ku_build_row(e->to_qini);
    }
}

/* The area between the curve and the straight line, for each person treated. */
static estimate qini_area(const ranking *r, double *error)
{
    for (size_t k = 0; k < r->n; k++) {
        double rank = ((double)k + 0.5) / (double)r->n;
        r->work[k] = (r->psi[k] - r->mean) * (0.5 - rank);
    }
    return mean_of(r->work, r->n, error);
}

/* The slope of what was seen on what was expected: 1 where differences are as expected, 0 where
 * there are none. Chernozhukov, Demirer, Duflo & Fernandez-Val (2018), NBER 24678, eq. (2.1). */
static estimate tilt_slope(const ranking *r)
{
    double mean = 0, square = 0, product = 0, meat = 0;
    for (size_t k = 0; k < r->n; k++) mean += r->place[k].tilt / (double)r->n;
    for (size_t k = 0; k < r->n; k++) {
        double away = r->place[k].tilt - mean;
        square += away * away;
        product += away * (r->psi[k] - r->mean);
    }
    if (!(square > 0)) return (estimate){NAN, NAN, NAN};
    double slope = product / square;
    for (size_t k = 0; k < r->n; k++) {
        double away = r->place[k].tilt - mean;
        double miss = r->psi[k] - r->mean - slope * away;
        meat += away * away * miss * miss;
    }
    return churn_around(slope, sqrt(meat) / square);
}

static const char *finding(estimate slope, estimate area)
{
    if (isnan(slope.value)) return "no difference between people found: treat all or none";
    if (slope.lo > 0 && area.lo > 0) return "the effect differs: choosing whom to treat pays";
    if (slope.lo > 0 || area.lo > 0) return "signs that the effect differs, not established";
    return "no difference between people established: treat all or none";
}

/* By what the effect differs. */
static void put_reactions(experiment *e, int a, const trial_outcome *o, const uplift *u)
{
    estimate change[TRIAL_FEATURES];
    if (!uplift_reactions(&e->t, u, a, e->context, change)) return;
    for (int j = 0; j < e->t.features; j++) {
        if (e->t.feature[j].left_out) continue;
        ku_build_text(e->to_reactions, 0, e->t.feature[j].name);
        ku_build_text(e->to_reactions, 1, e->t.arm_name[a]);
        ku_build_text(e->to_reactions, 2, o->title);
        ku_build_text(e->to_reactions, 3,
                      e->t.feature[j].two_values ? "has it, against not" : "one deviation more");
        put_estimate(e->to_reactions, 4, change[j]);
        ku_build_row(e->to_reactions);
    }
}

void effects_differences(experiment *e, int outcome, const uplift *u)
{
    const trial_outcome *o = &e->t.outcome[outcome];
    for (int a = 1; a < e->t.arms; a++) {
        double error;
        ranking r = rank_people(e, u, a);
        estimate slope = tilt_slope(&r), area = qini_area(&r, &error);
        put_reactions(e, a, o, u);
        put_uplift(e, a, o, u, &r);
        put_qini(e, a, o, &r);
        ku_build_text(e->to_differences, 0, e->t.arm_name[a]);
        ku_build_text(e->to_differences, 1, o->title);
        int at = put_estimate(e->to_differences, 2, slope);
        at = put_estimate(e->to_differences, at, area);
        ku_build_double(e->to_differences, at, error > 0 ? two_sided(area.value / error) : NAN);
        ku_build_text(e->to_differences, at + 1, finding(slope, area));
        ku_build_row(e->to_differences);
    }
}
