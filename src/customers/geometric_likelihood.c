/* geometric_likelihood.c - the likelihood of customers who may leave after each purchase,
 * for millions of rows a time.
 *
 * With k = x + first occasions to leave survived, the likelihood of (x, t_x, T) is
 * (Fader, Hardie & Lee 2005, eq. 6; Batislam et al. 2007, eq. 6)
 *     Γ(r+x)/Γ(r) alpha^r { B(a, b+k)/B(a, b) (alpha+T)^-(r+x)
 *                           + B(a+1, b+k-1)/B(a, b) (alpha+t_x)^-(r+x) [k > 0] }
 * The second part, those who left at t_x, is a/(b+k-1) ((alpha+T)/(alpha+t_x))^(r+x) times
 * the first. Its logarithm `odds` holds all that is needed: the log-likelihood is that of
 * the first part plus ln(1 + e^odds), and the share that left 1 / (1 + e^-odds).
 *
 * What depends on x alone is worked out once for each x and multiplied in the end with the
 * weight of all who share it. What depends on times goes through vector instructions, LANES
 * rows at once. */
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC optimize("no-trapping-math") /* else a choice between two numbers is a branch */
#endif

#include <math.h>
#include <string.h>

#include "customers/geometric.h"
#include "num/gamma.h"
#include "num/lanes.h"

enum {
    R = KU_GEOMETRIC_R,
    ALPHA = KU_GEOMETRIC_ALPHA,
    A = KU_GEOMETRIC_A,
    B = KU_GEOMETRIC_B,
    LANES = 16,
    COUNTS = 128, /* numbers of purchases with a place of their own */
    PLACES = COUNTS + LANES,
};

/* Stands for ln 0 in sums. */
static const double nothing = -1e300;

/* By number of purchases; places from COUNTS on belong to a lane for one batch. What costs a
 * logarithm is worked out only for numbers that occur. */
typedef struct by_count {
    int known;                /* places filled below COUNTS */
    bool used[COUNTS];        /* odds, by_b_left and value too */
    double product[COUNTS];   /* Γ(r+x)/Γ(r) B(a, b+k)/B(a, b), less what was taken out of it: */
    double taken[COUNTS];     /* its logarithm */
    double odds[PLACES];      /* ln a/(b+k-1); `nothing` where k = 0 */
    double by_b_left[PLACES]; /* its derivative by ln b */
    double value[PLACES];     /* ln Γ(r+x)/Γ(r) + ln B(a, b+k)/B(a, b) */
    double by_r[PLACES], by_a[PLACES], by_b[PLACES];
    double weight[PLACES], left[PLACES]; /* of the rows there: all, and the share that left */
} by_count;

/* Rows side by side, and the sums of each lane. */
typedef struct lanes {
    double x[LANES], t_x[LANES], T[LANES], weight[LANES], odds[LANES], left[LANES];
    double value[LANES], by_r[LANES], by_alpha[LANES];
} lanes;

/* ---- what depends on x alone ------------------------------------------------------------------ */

static void set_odds(by_count *c, int place, const double *p, double k)
{
    c->odds[place] = k > 0 ? log(p[A] / (p[B] + (k - 1))) : nothing;
    c->by_b_left[place] = k > 0 ? -p[B] / (p[B] + (k - 1)) : 0;
    c->weight[place] = c->left[place] = 0;
}

static void set_far(by_count *c, int place, const double *p, double x, double k)
{
    double a = p[A], b = p[B], both = ku_digamma_step(a + b, k);
    set_odds(c, place, p, k);
    c->value[place] = ku_log_gamma_step(p[R], x) + ku_log_gamma_step(b, k) -
                      ku_log_gamma_step(a + b, k);
    c->by_r[place] = p[R] * ku_digamma_step(p[R], x);
    c->by_a[place] = -a * both;
    c->by_b[place] = b * (ku_digamma_step(b, k) - both);
}

/* One purchase and one occasion more, from those before. */
static void step_on(by_count *c, int from, int to, const double *p, double r_plus, double k)
{
    double all = 1 / (p[A] + p[B] + k), stay = (p[B] + k) * all;
    double product = c->product[from] * (r_plus * stay);
    bool far = !(product > 1e-100 && product < 1e100);
    c->product[to] = far ? 1 : product;
    c->taken[to] = c->taken[from] + (far ? log(product) : 0);
    c->by_r[to] = c->by_r[from] + (to > 0 ? p[R] / r_plus : 0);
    c->by_a[to] = c->by_a[from] - p[A] * all;
    c->by_b[to] = c->by_b[from] + p[B] * (p[A] * all / (p[B] + k));
}

static void fill_to(by_count *c, int x, const double *p, int first)
{
    if (c->known == 0) {
        c->product[0] = 1;
        c->taken[0] = c->by_r[0] = c->by_a[0] = c->by_b[0] = 0;
        if (first) step_on(c, 0, 0, p, 1, 0);
        c->known = 1;
    }
    for (; c->known <= x; c->known++)
        step_on(c, c->known - 1, c->known, p, p[R] + (c->known - 1), c->known - 1 + first);
}

static void use(by_count *c, int x, const double *p, int first)
{
    fill_to(c, x, p, first);
    set_odds(c, x, p, x + first);
    c->value[x] = c->taken[x] + log(c->product[x]);
    c->used[x] = true;
}

/* ---- what depends on times -------------------------------------------------------------------- */

KU_LANES void add_lanes(const double *p, lanes *restrict l)
{
    const double r = p[R], alpha = p[ALPHA], per_alpha = 1 / alpha;
    for (int i = 0; i < LANES; i++) {
        double x = l->x[i], t_x = l->t_x[i], T = l->T[i], weight = l->weight[i];
        double per_T = 1 / (alpha + T), per_t = 1 / (alpha + t_x), since = (T - t_x) * per_t;
        double longer = ku_lane_log1p(T * per_alpha, alpha * per_T);
        double wait = ku_lane_log1p(since, (alpha + t_x) * per_T);
        double odds = l->odds[i] + (r + x) * wait;
        double size = fabs(odds), limited = size < 700 ? size : 700;
        double small = ku_lane_exp(-limited), share = 1 / (1 + small), other = small * share;
        double left = odds > 0 ? share : other, high = odds > 0 ? odds : 0;
        double more = high + ku_lane_log1p(small, share);
        l->left[i] = weight * left;
        l->value[i] += weight * (more - (r + x) * longer);
        l->by_r[i] += weight * (left * wait - longer);
        l->by_alpha[i] += weight * ((r * T - x * alpha - left * (r + x) * alpha * since) * per_T);
    }
}

static void add_narrow(const double *p, lanes *l)
{
    add_lanes(p, l);
}

KU_WIDE_LANES static void add_wide(const double *p, lanes *l)
{
    add_lanes(p, l);
}

KU_WIDEST_LANES static void add_widest(const double *p, lanes *l)
{
    add_lanes(p, l);
}

typedef void adder(const double *p, lanes *l);

static adder *best_adder(void)
{
    return KU_HAS_WIDEST_LANES ? add_widest : KU_HAS_WIDE_LANES ? add_wide : add_narrow;
}

/* ---- the sum ------------------------------------------------------------------------------------ */

/* Rows [from, from + count) into the lanes; those beyond weigh nothing. */
KU_LANES void load(lanes *l, const ku_buyers *buyers, size_t from, size_t count)
{
    size_t bytes = count * sizeof *l->x;
    memcpy(l->x, buyers->x + from, bytes);
    memcpy(l->t_x, buyers->t_x + from, bytes);
    memcpy(l->T, buyers->T + from, bytes);
    memcpy(l->weight, buyers->weight + from, bytes);
    for (size_t i = count; i < LANES; i++) l->x[i] = l->t_x[i] = l->T[i] = l->weight[i] = 0;
}

/* The sums over x, once all weights are known. */
static double add_place(const by_count *c, int place, double gradient[KU_GEOMETRIC_COUNT])
{
    double weight = c->weight[place], left = c->left[place];
    gradient[R] += weight * c->by_r[place];
    gradient[A] += weight * c->by_a[place] + left;
    gradient[B] += weight * c->by_b[place] + left * c->by_b_left[place];
    return weight * c->value[place];
}

/* The whole batch bought equally often and fewer than COUNTS times: common where rows are
 * sorted. */
static bool is_alike(const lanes *l)
{
    double off = 0;
    for (int i = 0; i < LANES; i++) off += fabs(l->x[i] - l->x[0]);
    return off <= 0 && l->x[0] < COUNTS;
}

static void add_alike(by_count *c, lanes *l, const double *p, int first, adder *add)
{
    int place = (int)l->x[0];
    if (!c->used[place]) use(c, place, p, first);
    for (int i = 0; i < LANES; i++) l->odds[i] = c->odds[place];
    add(p, l);
    double weight = 0, left = 0;
    for (int i = 0; i < LANES; i++) weight += l->weight[i], left += l->left[i];
    c->weight[place] += weight;
    c->left[place] += left;
}

/* Returns what those add to the sum who bought COUNTS times or more. */
static double add_mixed(by_count *c, lanes *l, const double *p, int first, adder *add,
                        double *gradient)
{
    int place[LANES];
    double sum = 0;
    for (int i = 0; i < LANES; i++) {
        place[i] = l->x[i] < COUNTS ? (int)l->x[i] : COUNTS + i;
        if (place[i] >= COUNTS)
            set_far(c, place[i], p, l->x[i], l->x[i] + first);
        else if (!c->used[place[i]])
            use(c, place[i], p, first);
        l->odds[i] = c->odds[place[i]];
    }
    add(p, l);
    for (int i = 0; i < LANES; i++) {
        c->weight[place[i]] += l->weight[i];
        c->left[place[i]] += l->left[i];
        if (place[i] >= COUNTS) sum += add_place(c, place[i], gradient);
    }
    return sum;
}

double ku_geometric_loglik(int first, const double *parameter, const ku_buyers *buyers, size_t from,
                           size_t to, double *gradient)
{
    by_count c; /* large: not cleared */
    lanes l = {.value = {0}};
    const double *p = parameter;
    adder *add = best_adder();
    double log_alpha = log(p[ALPHA]);
    double sum = 0, bought[LANES] = {0}, all[KU_GEOMETRIC_COUNT] = {0};
    c.known = 0;
    memset(c.used, 0, sizeof c.used);
    for (size_t at = from; at < to; at += LANES) {
        size_t count = to - at < LANES ? to - at : LANES;
        if (count == LANES)
            load(&l, buyers, at, LANES); /* of a size known here: no call */
        else
            load(&l, buyers, at, count);
        if (is_alike(&l))
            add_alike(&c, &l, p, first, add);
        else
            sum += add_mixed(&c, &l, p, first, add, all);
        for (int i = 0; i < LANES; i++) bought[i] += l.weight[i] * l.x[i];
    }
    for (int x = 0; x < COUNTS; x++)
        if (c.used[x]) sum += add_place(&c, x, all);
    for (int i = 0; i < LANES; i++) {
        sum += l.value[i] - bought[i] * log_alpha;
        all[R] += p[R] * l.by_r[i];
        all[ALPHA] += l.by_alpha[i];
    }
    for (int k = 0; gradient != NULL && k < KU_GEOMETRIC_COUNT; k++) gradient[k] += all[k];
    return sum;
}
