/* hazard.c - a discrete-time hazard by penalised logistic regression.
 *
 * In: all past dates at once, a row for each customer and date, errors by customer. Tested as it
 * will be used: each of the latest dates is forecast from the dates whose outcome was known on
 * that day. What these forecasts missed by, as a whole, from date to date, is more than chance
 * (seasons, prices, rivals); this drift widens every interval. Where the forecasts were too
 * bold or too shy (Cox's calibration), or off at date after date, they are corrected by what the
 * tests say (Platt 1999); the last test is corrected only by the tests before it, so that it
 * stays a test.
 *
 * The margin of those who stay has a long tail: its mean is log-linear and estimated by
 * Poisson's score equations, which need nothing but that mean (Gourieroux, Monfort & Trognon
 * 1984) and make the sum right. */
#include "analyses/customers/churn/hazard.h"

#include <math.h>

static const double never = 1e9;         /* penalty that keeps a column out */
static const double numeric = 1;         /* a prior deviation of 1 on the column's own deviation */
static const double of_level = 4;        /* levels of a factor differ by about 0.5 */
static const double common_drift = 0.15; /* of log odds */
static const double for_value = 10;      /* money is noisier than leaving */

enum { FEWEST = 20, FEWEST_TESTED = 200, FEW = 8000, PRIOR_DATES = 2 };

typedef struct fitting {
    const design *d;
    ku_run_context *context;
    ku_glm_rows rows;
    double *y, *weight, *penalty;
} fitting;

static void set_penalty(fitting *f, bool value)
{
    const design *d = f->d;
    int columns = ku_glm_columns(&f->rows);
    for (int j = 0; j < columns; j++)
        f->penalty[j] = j == 0 ? 0 : j <= d->dense ? numeric : of_level;
    for (int id = 0; id < DRIVERS; id++)
        for (int k = 0; k <= driver_specs[id].knots && d->driver[id].used; k++)
            if (driver_specs[id].value_only && !value) f->penalty[d->driver[id].column + k] = never;
    for (int j = 1; j < columns && value; j++) f->penalty[j] *= for_value;
}

static ku_status fit(fitting *f, ku_glm_link link, ku_glm *out, ku_error *err)
{
    f->rows.y = f->y;
    f->rows.weight = f->weight;
    return ku_glm_fit(link, &f->rows, f->penalty, ku_run_arena(f->context), ku_run_pool(f->context),
                      out, err);
}

/* ---- what a fit learns from -------------------------------------------------------------------- */

/* Learn from windows `from` and earlier, or with `half` from that half of the customers. */
typedef struct lesson {
    int from, half; /* half: 0, 1, or -1 for all */
} lesson;

static int half_of(const design *d, size_t i)
{
    uint64_t mixed = (uint64_t)d->code->as.codes[d->learn_row[i]] * UINT64_C(0x9E3779B97F4A7C15);
    return (int)(mixed >> 63);
}

static bool in_lesson(const design *d, size_t i, lesson l)
{
    return d->learn_window[i] >= l.from && (l.half < 0 || half_of(d, i) == l.half);
}

/* False when too few left or stayed to learn from. */
static bool lesson_leave(fitting *f, const hazard *h, lesson l)
{
    double left = 0, stayed = 0;
    for (size_t i = 0; i < f->d->learn; i++) {
        f->y[i] = h->left[i];
        f->weight[i] = in_lesson(f->d, i, l);
        left += f->weight[i] * h->left[i];
        stayed += f->weight[i] * (1 - h->left[i]);
    }
    set_penalty(f, false);
    return left >= FEWEST && stayed >= FEWEST;
}

static bool lesson_value(fitting *f, const hazard *h, lesson l, double *money)
{
    double sum = 0, stayed = 0;
    for (size_t i = 0; i < f->d->learn; i++) {
        f->weight[i] = in_lesson(f->d, i, l) && h->left[i] == 0;
        f->y[i] = ku_column_number(f->d->later_margin, f->d->learn_row[i]);
        sum += f->weight[i] * f->y[i];
        stayed += f->weight[i];
    }
    *money = sum / fmax(stayed, 1);
    if (stayed < FEWEST || !(*money > 0)) return false;
    for (size_t i = 0; i < f->d->learn; i++) f->y[i] /= *money;
    set_penalty(f, true);
    return true;
}

/* ---- how strong a penalty -------------------------------------------------------------------- */

static int fold_of(const design *d, size_t i)
{
    uint64_t mixed = (uint64_t)(d->code->as.codes[d->learn_row[i]] + 1) *
                     UINT64_C(0xD1B54A32D192ED03);
    return (int)(mixed >> 62);
}

/* The log-likelihood of the customers of one fold, learned from the others. */
static ku_status left_out(fitting *f, const hazard *h, lesson l, int fold, ku_arena *scratch,
                          double *loglik, ku_error *err)
{
    ku_glm glm;
    for (size_t i = 0; i < f->d->learn; i++)
        f->weight[i] = in_lesson(f->d, i, l) && fold_of(f->d, i) != fold;
    f->rows.y = f->y;
    f->rows.weight = f->weight;
    KU_TRY(ku_glm_fit(KU_GLM_LOGIT, &f->rows, f->penalty, scratch, ku_run_pool(f->context), &glm,
                      err));
    for (size_t i = 0; i < f->d->learn; i++) {
        if (!in_lesson(f->d, i, l) || fold_of(f->d, i) != fold) continue;
        double p = ku_logistic(ku_glm_predictor(&f->rows, i, glm.beta));
        *loglik += log(fmax(h->left[i] != 0 ? p : 1 - p, 1e-12));
    }
    return KU_OK;
}

/* With few cases a stronger penalty forecasts better: the best of a few on customers left out.
 * The penalty is then multiplied by it. */
static ku_status choose_strength(fitting *f, const hazard *h, lesson l, ku_error *err)
{
    static const double tried[] = {1, 4, 16, 64, 256};
    int columns = ku_glm_columns(&f->rows);
    double rows = 0, best = -INFINITY, chosen = 1, now = 1;
    for (size_t i = 0; i < f->d->learn; i++) rows += in_lesson(f->d, i, l);
    if (rows > FEW) return KU_OK;
    ku_arena *scratch = ku_arena_new();
    if (scratch == NULL) return ku_error_set(err, KU_NO_MEMORY, NULL, "no memory for a fit");
    ku_status status = KU_OK;
    for (size_t k = 0; k < sizeof tried / sizeof *tried && status == KU_OK; k++) {
        double loglik = 0;
        for (int j = 0; j < columns; j++) f->penalty[j] *= tried[k] / now;
        now = tried[k];
        for (int fold = 0; fold < 4 && status == KU_OK; fold++) {
            ku_arena_reset(scratch);
            status = left_out(f, h, l, fold, scratch, &loglik, err);
        }
        if (loglik > best) chosen = tried[k];
        best = fmax(best, loglik);
    }
    ku_arena_free(scratch);
    for (int j = 0; j < columns; j++) f->penalty[j] *= chosen / now;
    for (size_t i = 0; i < f->d->learn; i++) f->weight[i] = in_lesson(f->d, i, l);
    return status;
}

/* ---- tests --------------------------------------------------------------------------------------- */

/* Forecasts the rows that `tested` tells from what `l` learned. */
static ku_status forecast(fitting *f, hazard *h, lesson l, lesson tested, bool *done, ku_error *err)
{
    ku_glm leave, value;
    double money;
    *done = lesson_leave(f, h, l);
    if (!*done) return KU_OK;
    KU_TRY(choose_strength(f, h, l, err));
    KU_TRY(fit(f, KU_GLM_LOGIT, &leave, err));
    bool valued = lesson_value(f, h, l, &money);
    if (valued) KU_TRY(fit(f, KU_GLM_LOG, &value, err));
    for (size_t i = 0; i < f->d->learn; i++) {
        if (f->d->learn_window[i] != tested.from) continue;
        if (tested.half >= 0 && half_of(f->d, i) != tested.half) continue;
        h->forecast[i] = ku_logistic(ku_glm_predictor(&f->rows, i, leave.beta));
        if (valued) h->worth[i] = money * exp(ku_glm_predictor(&f->rows, i, value.beta));
    }
    return KU_OK;
}

static ku_status run_tests(fitting *f, hazard *h, ku_error *err)
{
    bool done = true;
    for (size_t i = 0; i < f->d->learn; i++) h->forecast[i] = h->worth[i] = NAN;
    for (int w = 1; w < f->d->windows && w <= HAZARD_TESTS && done; w++) {
        KU_TRY(forecast(f, h, (lesson){w + 1, -1}, (lesson){w, -1}, &done, err));
        if (done) h->tests = w;
        ku_run_progress(f->context, 0.1 * w, "Forecasting past dates");
    }
    h->test = h->tests > 0 ? TEST_TIME : TEST_NONE;
    if (h->tests > 0 || f->d->windows < 1) return KU_OK;
    bool other = true;
    KU_TRY(forecast(f, h, (lesson){1, 0}, (lesson){1, 1}, &done, err));
    KU_TRY(forecast(f, h, (lesson){1, 1}, (lesson){1, 0}, &other, err));
    h->tests = done && other;
    h->test = h->tests > 0 ? TEST_CUSTOMERS : TEST_NONE;
    return KU_OK;
}

/* ---- what the tests teach ------------------------------------------------------------------------- */

/* The forecasts of windows [from, to], in one list. */
static forecasts collect(const design *d, const hazard *h, int from, int to, ku_arena *arena)
{
    double *p = KU_ARRAY(arena, d->learn + 1, double), *y = KU_ARRAY(arena, d->learn + 1, double);
    forecasts f = {.p = p, .y = y};
    for (size_t i = 0; i < d->learn; i++) {
        if (d->learn_window[i] < from || d->learn_window[i] > to || isnan(h->forecast[i])) continue;
        p[f.rows] = h->forecast[i];
        y[f.rows++] = h->left[i];
    }
    return f;
}

/* What the level of window w was missed by, in log odds, after the correction; its variance by
 * chance in *chance. */
static double missed_by(const design *d, const hazard *h, int w, double shift, double slope,
                        double *chance)
{
    double missed = 0, curvature = 0;
    for (size_t i = 0; i < d->learn; i++) {
        if (d->learn_window[i] != w || isnan(h->forecast[i])) continue;
        double p = ku_logistic(shift + slope * score_log_odds(h->forecast[i]));
        missed += h->left[i] - p;
        curvature += p * (1 - p);
    }
    *chance = curvature > 0 ? 1 / curvature : 0;
    return curvature > 0 ? missed / curvature : 0;
}

/* Whether dates from..to agree that the level was off: a mean beyond three errors of itself. One
 * or two dates may have been a season, whose return would be corrected the wrong way. */
static bool level_off(const design *d, const hazard *h, int from, int to, double slope,
                      double *shift)
{
    double sum = 0, squares = 0, chance, n = to - from + 1;
    *shift = 0;
    if (n < 3) return false;
    for (int w = from; w <= to; w++) {
        double offset = missed_by(d, h, w, 0, slope, &chance);
        sum += offset;
        squares += offset * offset;
    }
    double mean = sum / n, error = sqrt(fmax(squares - sum * mean, 0) / (n - 1) / n);
    if (fabs(mean) < 0.02 || fabs(mean) < 3 * error) return false;
    *shift = mean;
    return true;
}

/* Whether forecasts of these windows were too bold, too shy or off, more than chance. */
static bool needs_correction(const design *d, const hazard *h, int from, int to, ku_arena *arena,
                             double *shift, double *slope)
{
    calibration c;
    *shift = 0;
    *slope = 1;
    if (to - from < 1) return false; /* one date may be its own season */
    forecasts f = collect(d, h, from, to, arena);
    if (f.rows < FEWEST_TESTED || !score_calibration(&f, arena, &c)) return false;
    bool bold = (c.slope.lo > 1 || c.slope.hi < 1) && fabs(c.slope.value - 1) > 0.05;
    if (bold && c.slope.value > 0) *slope = c.slope.value;
    bool off = level_off(d, h, from, to, *slope, shift);
    return off || *slope != 1;
}

/* The variance behind n dates whose squares, chance taken off, add up to `sum`. Few dates tell it
 * badly and may show none by luck: a prior as strong as PRIOR_DATES dates that drift as companies
 * commonly do, then the mean of what a variance seen n times can be. */
static double of_few(double sum, int n)
{
    double seen = (fmax(sum, 0) + PRIOR_DATES * common_drift * common_drift) / (n + PRIOR_DATES);
    return n > 0 ? seen * (n + 1) / n : 0;
}

/* Variance between dates of what the level was missed by, beyond chance: of log odds (or of the
 * logarithm of money), after the correction. */
static double find_drift(const design *d, const hazard *h)
{
    double sum = 0, chance;
    for (int w = 1; w <= h->tests; w++) {
        double offset = missed_by(d, h, w, h->shift, h->slope, &chance);
        sum += offset * offset - chance;
    }
    return h->test == TEST_TIME ? of_few(sum, h->tests) : 0;
}

static double find_value_drift(const design *d, const hazard *h)
{
    double sum = 0;
    int counted = 0;
    for (int w = 1; w <= h->tests; w++) {
        double expected = 0, actual = 0, noise = 0;
        for (size_t i = 0; i < d->learn; i++) {
            if (d->learn_window[i] != w || isnan(h->worth[i]) || h->left[i] != 0) continue;
            double came = ku_column_number(d->later_margin, d->learn_row[i]);
            expected += h->worth[i];
            actual += came;
            noise += (came - h->worth[i]) * (came - h->worth[i]);
        }
        if (!(expected > 0) || !(actual > 0)) continue;
        sum += log(actual / expected) * log(actual / expected) - noise / (actual * actual);
        counted++;
    }
    return of_few(sum, counted);
}

/* What the average customer has of each factor, so that levels are told against it. */
static void find_factor_means(const design *d, hazard *h)
{
    for (size_t i = 0; i < d->learn; i++)
        for (int k = 0; k < FACTORS; k++) {
            int32_t column = d->rows.level[i * FACTORS + (size_t)k];
            if (column >= 0) h->factor_mean[k] += h->leave.beta[column] / (double)d->learn;
        }
}

/* ---- the whole --------------------------------------------------------------------------------------- */

static ku_status make_room(fitting *f, hazard *h, ku_error *err)
{
    ku_arena *arena = ku_run_arena(f->context);
    double **room[] = {&f->y, &f->weight, &h->left, &h->forecast, &h->worth};
    for (size_t k = 0; k < sizeof room / sizeof *room; k++) {
        *room[k] = ku_arena_try(arena, (f->d->learn + 1) * sizeof(double));
        if (*room[k] == NULL)
            return ku_error_set(err, KU_NO_MEMORY, NULL,
                                "%zu rows to learn from do not fit into memory", f->d->learn);
    }
    f->penalty = KU_ARRAY(arena, (size_t)ku_glm_columns(&f->rows) + 1, double);
    for (size_t i = 0; i < f->d->learn; i++)
        h->left[i] = ku_column_number(f->d->later, f->d->learn_row[i]) == 0;
    return KU_OK;
}

ku_status hazard_fit(const design *d, ku_run_context *context, hazard *out, ku_error *err)
{
    fitting f = {.d = d, .context = context, .rows = d->rows};
    ku_arena *arena = ku_run_arena(context);
    *out = (hazard){.slope = 1, .slope_last = 1};
    KU_TRY(make_room(&f, out, err));
    if (d->learn == 0) return KU_OK;
    KU_TRY(run_tests(&f, out, err));
    out->recalibrated_last = needs_correction(d, out, 2, out->tests, arena, &out->shift_last,
                                              &out->slope_last);
    out->recalibrated = needs_correction(d, out, 1, out->tests, arena, &out->shift, &out->slope);
    out->drift = find_drift(d, out);
    out->value_drift = find_value_drift(d, out);
    out->learned = lesson_leave(&f, out, (lesson){1, -1});
    if (!out->learned) return KU_OK;
    KU_TRY(choose_strength(&f, out, (lesson){1, -1}, err));
    KU_TRY(fit(&f, KU_GLM_LOGIT, &out->leave, err));
    find_factor_means(d, out);
    ku_run_progress(context, 0.6, "Learning from all past dates");
    out->valued = lesson_value(&f, out, (lesson){1, -1}, &out->money);
    if (out->valued) KU_TRY(fit(&f, KU_GLM_LOG, &out->value, err));
    return KU_OK;
}

prospect hazard_prospect(const design *d, const hazard *h, const double *x, const int32_t *level)
{
    prospect r = {.leave = {NAN, NAN, NAN}, .worth = {NAN, NAN, NAN}};
    ku_glm_rows one = design_single(d, x, level);
    if (h->learned) {
        double eta = h->shift + h->slope * ku_glm_predictor(&one, 0, h->leave.beta);
        double variance = h->slope * h->slope * ku_glm_variance(&one, 0, h->leave.covariance);
        r.leave_error = sqrt(variance + h->drift);
        r.leave = (estimate){ku_logistic(eta), ku_logistic(eta - CHURN_Z * r.leave_error),
                             ku_logistic(eta + CHURN_Z * r.leave_error)};
        r.leave_slope = r.leave.value * (1 - r.leave.value) * h->slope;
    }
    if (h->valued) {
        double eta = log(h->money) + ku_glm_predictor(&one, 0, h->value.beta);
        double variance = ku_glm_variance(&one, 0, h->value.covariance);
        r.worth_error = sqrt(variance + h->value_drift);
        r.worth = (estimate){exp(eta), exp(eta - CHURN_Z * r.worth_error),
                             exp(eta + CHURN_Z * r.worth_error)};
    }
    return r;
}
