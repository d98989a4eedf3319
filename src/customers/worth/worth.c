/* worth.c - what each customer will bring.
 *
 * A million customers have few different futures: given that someone is a customer still,
 * what he will do depends on how often he bought and for how long he was seen (x, T), not on
 * when he last did (t_x), which only says whether he is one still. So the dear part, sums of
 * hypergeometric functions over the horizon, their derivatives and the spread of counts, is
 * worked out once for each (x, T) that occurs (ahead.c, spread.c, match.c); a row adds its
 * probability to be alive, a customer his spend.
 *
 * The interval of one customer: his number of purchases is 0 with an exactly known
 * probability and else negative binomial; what he brings, if he buys at all, is taken as
 * lognormal with the first two moments of the sum of discounted purchases (normal where
 * purchases may lose money). */
#include "customers/worth/worth.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "customers/worth/worth_internal.h"

enum { BLOCK = 4096, KNOWN_TAILS = 1024 };
static const size_t slope_rows = 60000; /* rows with a derivative of their own, at most */

/* ---- knowledge ----------------------------------------------------------------------------- */

void ku_worth_chain(const ku_buying_fit *fit, const double *covariate, const double *slope,
                    double scale, double *unknown)
{
    const ku_buying_effect *effect = &fit->model->effect;
    int parameters = fit->model->parameters, columns = fit->covariates;
    double rate = 0, dropout = 0;
    for (int p = 0; p < parameters; p++) {
        unknown[p] += scale * slope[p];
        rate += effect->rate[p] * slope[p];
        dropout += effect->dropout[p] * slope[p];
    }
    if (covariate == NULL) return;
    int at = parameters;
    for (int k = 0; k < columns && at < fit->unknowns; k++)
        unknown[at++] += scale * rate * covariate[k];
    for (int k = 0; k < columns && at < fit->unknowns; k++)
        unknown[at++] += scale * dropout * covariate[k];
}

double ku_worth_knowledge(const ku_buying_fit *fit, const double *unknown)
{
    double sum = 0;
    int n = fit->unknowns;
    for (int i = 0; i < n; i++)
        for (int j = 0; j < n; j++) sum += unknown[i] * unknown[j] * fit->covariance[i * n + j];
    return fmax(sum, 0);
}

double ku_worth_spend_knowledge(const ku_spend *spend, const double *unknown)
{
    double sum = 0;
    for (int i = 0; i < KU_SPEND_UNKNOWNS; i++)
        for (int j = 0; j < KU_SPEND_UNKNOWNS; j++)
            sum += unknown[i] * unknown[j] * spend->covariance[i * KU_SPEND_UNKNOWNS + j];
    return fmax(sum, 0);
}

/* ---- the job ------------------------------------------------------------------------------- */

typedef struct job {
    const ku_buying_fit *fit;
    const ku_buying_model *model;
    const ku_spend *spend;
    const ku_worth_customers *who;
    const ku_worth_terms *terms;
    ku_arena *arena;
    ku_pool *pool;
    ku_worth_nodes nodes;
    size_t rows, futures;
    ku_worth_future *future;
    uint32_t *future_of;
    float *alive, *alive_slope, *spend_slope;
    size_t step;
    ku_worth_one *row_one; /* purchases of each row */
    ku_worth_one *one;
    ku_spend_tail *tail; /* by number of orders */
} job;

static const double *covariate_of(const job *j, size_t row)
{
    const ku_buying_covariates *c = j->who->covariates;
    return c != NULL ? c->value + row * (size_t)c->columns : NULL;
}

/* Do two rows have the same parameters? */
static bool is_same_class(const job *j, size_t a, size_t b)
{
    if (j->who->covariates == NULL) return true;
    size_t bytes = (size_t)j->who->covariates->columns * sizeof(double);
    return memcmp(covariate_of(j, a), covariate_of(j, b), bytes) == 0;
}

/* ---- input --------------------------------------------------------------------------------- */

static ku_status check_terms(const ku_worth_terms *t, ku_error *err)
{
    if (!(t->horizon > 0) || !isfinite(t->horizon))
        return ku_error_set(err, KU_BAD_DATA, "horizon", "Found %g: expected a time above 0.",
                            t->horizon);
    if (!(t->year > 0) || !isfinite(t->year))
        return ku_error_set(err, KU_BAD_DATA, "year", "Found %g: expected a time above 0.",
                            t->year);
    if (!(t->discount >= 0) || !(t->discount < 100))
        return ku_error_set(err, KU_BAD_DATA, "discount",
                            "Found %g a year: expected a share of 0 or more.", t->discount);
    if (!isfinite(t->margin))
        return ku_error_set(err, KU_BAD_DATA, "margin", "Found %g: expected a share.", t->margin);
    return KU_OK;
}

static ku_status check_rows(const ku_buyers *b, ku_error *err)
{
    for (size_t i = 0; i < b->rows; i++) {
        double x = b->x[i], t_x = b->t_x[i], T = b->T[i];
        if (x >= 0 && x <= 1e6 && t_x >= 0 && t_x <= T && isfinite(T)) continue;
        char where[48];
        snprintf(where, sizeof where, "history %zu", i + 1);
        return ku_error_set(err, KU_BAD_DATA, where,
                            "%g purchases, the last at %g of %g: not a history of purchases.", x,
                            t_x, T);
    }
    return KU_OK;
}

static ku_status check_customers(const ku_worth_customers *w, bool money, ku_error *err)
{
    KU_TRY(check_rows(w->buyers, err));
    for (size_t i = 0; i < w->customers; i++) {
        char where[48];
        snprintf(where, sizeof where, "customer %zu", i + 1);
        if ((w->row != NULL ? w->row[i] : i) >= w->buyers->rows)
            return ku_error_set(err, KU_BAD_DATA, where, "The customer has no history.");
        if (money && (!(w->orders[i] >= 0) || (w->orders[i] > 0 && !isfinite(w->average[i]))))
            return ku_error_set(err, KU_BAD_DATA, where,
                                "%g purchases of %g on average: not what a customer can spend.",
                                w->orders[i], w->average[i]);
    }
    return KU_OK;
}

/* ---- the futures that occur ----------------------------------------------------------------- */

static uint64_t hash_of(double x, double T, uint32_t class)
{
    uint64_t a, b;
    memcpy(&a, &x, sizeof a);
    memcpy(&b, &T, sizeof b);
    a = (a ^ (b * 0x9E3779B97F4A7C15u) ^ class) * 0xD6E8FEB86659FD93u;
    return a ^ (a >> 32);
}

/* future_of each row, and the futures in the order in which they first occur; class[row]
 * tells rows with different parameters apart. */
static void collect_futures(job *j, const uint32_t *class, const double *const *parameter)
{
    const ku_buyers *b = j->who->buyers;
    size_t size = 16;
    while (size < 2 * j->rows) size *= 2;
    uint32_t *slot = KU_ARRAY(j->arena, size, uint32_t); /* 1 + row that came first; 0: free */
    size_t count = 0;
    for (size_t i = 0; i < j->rows; i++) {
        size_t at = hash_of(b->x[i], b->T[i], class[i]) & (size - 1);
        for (; slot[at] != 0; at = (at + 1) & (size - 1)) {
            size_t k = slot[at] - 1;
            if (b->x[k] == b->x[i] && b->T[k] == b->T[i] && class[k] == class[i]) break;
        }
        if (slot[at] == 0) {
            slot[at] = (uint32_t)(i + 1);
            j->future_of[i] = (uint32_t)count++;
        } else {
            j->future_of[i] = j->future_of[slot[at] - 1];
        }
    }
    j->futures = count;
    j->future = KU_ARRAY(j->arena, count, ku_worth_future);
    for (size_t i = j->rows; i-- > 0;) {
        ku_worth_future *f = &j->future[j->future_of[i]];
        f->x = b->x[i];
        f->T = b->T[i];
        f->parameter = parameter[class[i]];
    }
}

/* Rows with the same covariates in a row are a class with parameters of its own. */
static void find_classes(job *j, uint32_t *class, const double ***parameter)
{
    size_t classes = 0;
    for (size_t i = 0; i < j->rows; i++) {
        if (i == 0 || !is_same_class(j, i - 1, i)) classes++;
        class[i] = (uint32_t)(classes - 1);
    }
    *parameter = KU_ARRAY(j->arena, classes, const double *);
    for (size_t i = 0; i < j->rows; i++) {
        if (i > 0 && class[i] == class[i - 1]) continue;
        double *own = KU_ARRAY(j->arena, KU_BUYING_PARAMETERS, double);
        ku_buying_parameters(j->fit, covariate_of(j, i), own);
        (*parameter)[class[i]] = own;
    }
}

static void look_at_block(void *data, size_t block, unsigned thread)
{
    (void)thread;
    job *j = data;
    size_t to = (block + 1) * 64 < j->futures ? (block + 1) * 64 : j->futures;
    for (size_t i = block * 64; i < to; i++)
        ku_worth_look_ahead(j->model, &j->nodes, &j->future[i]);
}

/* How many customers share each future. */
static double *count_customers(const job *j)
{
    double *weight = KU_ARRAY(j->arena, j->futures, double);
    for (size_t i = 0; i < j->who->customers; i++)
        weight[j->future_of[j->who->row != NULL ? j->who->row[i] : i]] += 1;
    return weight;
}

static void find_futures(job *j)
{
    uint32_t *class = KU_ARRAY(j->arena, j->rows, uint32_t);
    const double **parameter;
    find_classes(j, class, &parameter);
    collect_futures(j, class, parameter);
    ku_pool_each(j->pool, (j->futures + 63) / 64, 0, look_at_block, j);
    ku_worth_spread(j->model, &j->nodes, j->future, count_customers(j), j->futures, j->terms->seed,
                    j->arena);
}

/* ---- who is a customer still ---------------------------------------------------------------- */

/* Alive of rows [from, to), which share their parameters. */
static void alive_of_run(const job *j, const double *parameter, const ku_buyers *buyers,
                         size_t from, size_t to, double *work, float *alive)
{
    if (j->model->alive == NULL) {
        for (size_t i = from; i < to; i++) alive[i] = 1;
        return;
    }
    for (size_t at = from; at < to; at += BLOCK) {
        size_t end = at + BLOCK < to ? at + BLOCK : to;
        j->model->alive(parameter, buyers, at, end, work);
        for (size_t i = at; i < end; i++) alive[i] = (float)work[i - at];
    }
}

/* Sorted rows are like their neighbours: a part of them can have derivatives for all. */
static size_t choose_step(const job *j)
{
    const ku_buyers *b = j->who->buyers;
    if (j->who->covariates != NULL) return 1;
    for (size_t i = 1; i < j->rows; i++)
        if (b->x[i] < b->x[i - 1] || (b->x[i] == b->x[i - 1] && b->t_x[i] < b->t_x[i - 1]))
            return 1;
    return 1 + j->rows / slope_rows;
}

static void alive_slope_of(const job *j, size_t row, float *slope)
{
    static const double step = 1e-4;
    int parameters = j->model->parameters;
    double moved[KU_BUYING_PARAMETERS], now, then;
    const double *parameter = j->future[j->future_of[row]].parameter;
    memset(slope, 0, (size_t)parameters * sizeof *slope);
    if (j->model->alive == NULL) return;
    memcpy(moved, parameter, (size_t)parameters * sizeof *moved);
    j->model->alive(parameter, j->who->buyers, row, row + 1, &now);
    for (int p = 0; p < parameters; p++) {
        moved[p] = parameter[p] * exp(step);
        j->model->alive(moved, j->who->buyers, row, row + 1, &then);
        moved[p] = parameter[p];
        slope[p] = (float)((then - now) / step);
    }
}

static void slope_block(void *data, size_t block, unsigned thread)
{
    (void)thread;
    job *j = data;
    size_t parameters = (size_t)j->model->parameters, end = (block + 1) * BLOCK;
    for (size_t k = block * BLOCK; k < end && k * j->step < j->rows; k++)
        alive_slope_of(j, k * j->step, j->alive_slope + k * parameters);
}

static void find_alive(job *j)
{
    double *work = KU_ARRAY(j->arena, BLOCK, double);
    j->alive = KU_ARRAY(j->arena, j->rows, float);
    for (size_t from = 0, to; from < j->rows; from = to) {
        const double *parameter = j->future[j->future_of[from]].parameter;
        for (to = from + 1; to < j->rows && j->future[j->future_of[to]].parameter == parameter;)
            to++;
        alive_of_run(j, parameter, j->who->buyers, from, to, work, j->alive);
    }
    j->step = choose_step(j);
    size_t sloped = (j->rows + j->step - 1) / j->step;
    j->alive_slope = KU_ARRAY(j->arena, sloped * (size_t)j->model->parameters, float);
    ku_pool_each(j->pool, (sloped + BLOCK - 1) / BLOCK, 1, slope_block, j);
}

/* ---- purchases of a row ---------------------------------------------------------------------- */

static void purchases_of(const job *j, size_t row, ku_worth_one *one)
{
    const ku_worth_future *f = &j->future[j->future_of[row]];
    double alive = j->alive[row], none = 1 - alive * (1 - f->none), below, above;
    double mean = alive * f->mean, active = alive * (1 - f->idle);
    one->alive = (float)alive;
    one->none = (float)none;
    one->purchases = (float)mean;
    one->discounted = (float)(alive * f->discounted);
    one->purchases_sd = (float)sqrt(fmax(alive * f->second + mean - mean * mean, 0));
    ku_worth_left_out(none, &below, &above);
    one->purchases_hi = none >= 1 - above ? 0 : (float)ku_worth_count_above(f, above / active);
    one->purchases_lo = below == 0 ? 0
                                   : (float)ku_worth_count_above(f, fmin((1 - below) / active, 1));
}

static void row_block(void *data, size_t block, unsigned thread)
{
    (void)thread;
    job *j = data;
    size_t end = (block + 1) * BLOCK < j->rows ? (block + 1) * BLOCK : j->rows;
    for (size_t i = block * BLOCK; i < end; i++) purchases_of(j, i, &j->row_one[i]);
}

/* ---- money of a customer --------------------------------------------------------------------- */

/* The first two moments of what is brought, given that something is bought. */
typedef struct bring {
    double none, mean, variance;
    bool may_lose;
} bring;

static double lognormal_at(const bring *b, double share)
{
    double sigma2 = log1p(b->variance / (b->mean * b->mean));
    return b->mean * exp(sqrt(sigma2) * ku_normal_quantile(share) - sigma2 / 2);
}

static double normal_at(const bring *b, double share)
{
    return b->mean + sqrt(b->variance) * ku_normal_quantile(share);
}

/* The quantile of a normal with a mass of `none` at 0. */
static double mixed_at(const bring *b, double share)
{
    double some = 1 - b->none;
    double losing = some * 0.5 * erfc(b->mean / sqrt(2 * fmax(b->variance, 1e-300)));
    if (share < losing) return normal_at(b, share / some);
    if (share <= losing + b->none) return 0;
    return normal_at(b, (share - b->none) / some);
}

static void put_money_interval(const bring *b, ku_worth_one *one)
{
    double below, above, some = 1 - b->none;
    one->value_lo = one->value_hi = 0;
    if (b->may_lose || !(b->mean > 0)) {
        if (!(some > 0)) return;
        one->value_lo = (float)mixed_at(b, 0.025);
        one->value_hi = (float)mixed_at(b, 0.975);
        return;
    }
    ku_worth_left_out(b->none, &below, &above);
    if (b->none < 1 - above) one->value_hi = (float)lognormal_at(b, 1 - above / some);
    if (below > 0) one->value_lo = (float)lognormal_at(b, fmax((below - b->none) / some, 1e-12));
}

/* Second moment of the sum of discounted purchases of a customer still: each purchase by
 * itself, and pairs of purchases, which share the customer's own mean. Purchases and their
 * discount are taken as those of the average time. */
static double second_moment(const ku_worth_future *f, double second, double own, double single)
{
    double average = f->mean > 0 ? f->discounted / f->mean : 0;
    return single * f->twice + own * second * average * average;
}

static void money_of(const job *j, size_t i, size_t row, ku_worth_one *one)
{
    const ku_worth_future *f = &j->future[j->future_of[row]];
    double orders = j->who->orders[i], average = orders > 0 ? j->who->average[i] : 0;
    bool loss = j->spend->kind == KU_SPEND_GAMMA && !(average > 0);
    size_t index = loss ? 0 : (size_t)fmin(orders, KNOWN_TAILS);
    ku_spend_tail far = {0};
    const ku_spend_tail *tail = &j->tail[index];
    if (index == KNOWN_TAILS) far = ku_spend_tail_at(j->spend, orders), tail = &far;
    ku_spend_outlook s = ku_spend_expect_at(j->spend, tail, orders, average);
    double margin = j->terms->margin, alive = j->alive[row], unsure = 0;
    float *slope = j->spend_slope + i * KU_SPEND_UNKNOWNS;
    for (int k = 0; k < KU_SPEND_UNKNOWNS; k++) slope[k] = (float)s.slope[k];
    unsure = ku_worth_spend_knowledge(j->spend, s.slope);
    one->spend = (float)s.mean;
    one->spend_lo = (float)s.lo;
    one->spend_hi = (float)s.hi;
    double own = s.mean * s.mean + s.variance, single = own + s.within;
    double mean = alive * f->discounted * s.mean;
    double chance = alive * second_moment(f, f->second, own, single) - mean * mean;
    one->value = (float)(margin * mean);
    one->value_sd = (float)(fabs(margin) * sqrt(fmax(chance, 0)));
    double some = alive * (1 - f->none);
    if (!(some > 0)) return;
    double more = f->extra * f->second; /* what is not known of the parameters */
    double all = second_moment(f, f->second + more, own + unsure, single + unsure);
    bring b = {.none = 1 - some, .mean = margin * mean / some};
    b.variance = fmax(margin * margin * alive * all / some - b.mean * b.mean, 0);
    b.may_lose = j->spend->check.losses > 0 && j->spend->kind == KU_SPEND_DRAWN;
    put_money_interval(&b, one);
}

static void customer_block(void *data, size_t block, unsigned thread)
{
    (void)thread;
    job *j = data;
    size_t n = j->who->customers, end = (block + 1) * BLOCK < n ? (block + 1) * BLOCK : n;
    for (size_t i = block * BLOCK; i < end; i++) {
        size_t row = j->who->row != NULL ? j->who->row[i] : i;
        j->one[i] = j->row_one[row];
        if (j->spend != NULL) money_of(j, i, row, &j->one[i]);
    }
}

/* ---- all ------------------------------------------------------------------------------------- */

/* What is not known of a future's mean, squared and relative. */
static double relative_knowledge(const job *j, const ku_worth_future *f, const double *covariate)
{
    double unknown[KU_BUYING_UNKNOWNS] = {0};
    ku_worth_chain(j->fit, covariate, f->slope, 1, unknown);
    /* More than this is no knowledge at all. */
    return fmin(ku_worth_knowledge(j->fit, unknown), 4);
}

static void match_futures(job *j)
{
    for (size_t i = j->rows; i-- > 0;) {
        ku_worth_future *f = &j->future[j->future_of[i]];
        if (f->matched) continue;
        f->matched = true;
        f->extra = relative_knowledge(j, f, covariate_of(j, i));
        ku_worth_match(f, f->extra);
    }
}

static void prepare_spend(job *j)
{
    if (j->spend == NULL) return;
    j->spend_slope = KU_ARRAY(j->arena, j->who->customers * KU_SPEND_UNKNOWNS, float);
    j->tail = KU_ARRAY(j->arena, KNOWN_TAILS, ku_spend_tail);
    for (int n = 0; n < KNOWN_TAILS; n++) j->tail[n] = ku_spend_tail_at(j->spend, n);
}

static bool is_known(const ku_buying_fit *fit)
{
    for (int i = 0; i < fit->unknowns; i++)
        if (!(fit->covariance[i * fit->unknowns + i] > 0)) return false;
    return fit->unknowns > 0;
}

static void hand_over(const job *j, ku_worth *worth)
{
    ku_worth_inside *inside = KU_NEW(j->arena, ku_worth_inside);
    ku_worth_customers *who = KU_NEW(j->arena, ku_worth_customers);
    ku_buying_fit *fit = KU_NEW(j->arena, ku_buying_fit);
    ku_spend *spend = NULL;
    *who = *j->who;
    *fit = *j->fit;
    if (j->spend != NULL) {
        spend = KU_NEW(j->arena, ku_spend);
        *spend = *j->spend;
    }
    *inside = (ku_worth_inside){.arena = j->arena,
                                .fit = fit,
                                .spend = spend,
                                .customers = who,
                                .step = j->step,
                                .alive = j->alive,
                                .alive_slope = j->alive_slope,
                                .future_of = j->future_of,
                                .futures = j->future,
                                .spend_slope = j->spend_slope,
                                .margin = j->terms->margin};
    *worth = (ku_worth){.customers = j->who->customers,
                        .one = j->one,
                        .money = j->spend != NULL,
                        .knowledge = is_known(j->fit),
                        .inside = inside};
}

ku_status ku_worth_estimate(const ku_buying_fit *fit, const ku_spend *spend,
                            const ku_worth_customers *customers, const ku_worth_terms *terms,
                            ku_arena *arena, ku_pool *pool, ku_worth *worth, ku_error *err)
{
    KU_TRY(check_terms(terms, err));
    KU_TRY(check_customers(customers, spend != NULL, err));
    job j = {.fit = fit,
             .model = fit->model,
             .spend = spend,
             .who = customers,
             .terms = terms,
             .arena = arena,
             .pool = pool,
             .rows = customers->buyers->rows};
    ku_worth_place_nodes(terms->horizon, -log1p(terms->discount) / terms->year,
                         fit->model->discrete, &j.nodes);
    j.future_of = KU_ARRAY(arena, j.rows, uint32_t);
    j.row_one = KU_ARRAY(arena, j.rows, ku_worth_one);
    j.one = KU_ARRAY(arena, customers->customers, ku_worth_one);
    find_futures(&j);
    find_alive(&j);
    match_futures(&j);
    prepare_spend(&j);
    ku_pool_each(pool, (j.rows + BLOCK - 1) / BLOCK, 1, row_block, &j);
    ku_pool_each(pool, (customers->customers + BLOCK - 1) / BLOCK, 1, customer_block, &j);
    hand_over(&j, worth);
    return KU_OK;
}
