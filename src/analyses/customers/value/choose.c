/* choose.c - which model of repeat buying the results rest on.
 *
 * Each model is fitted to what lies before the holdout and asked what each history will buy in
 * it. Totals can be right by luck, so models are judged customer by customer, by the Poisson
 * deviance 2 sum [y ln(y / m) - (y - m)] of what was bought, y, against the mean expected, m:
 * it is least where means are right (Gneiting 2011, JASA 106, theorem 7). With the histories
 * as rows it needs one pass over the rows: sums of y are enough but for a constant.
 *
 * Without a holdout the smallest BIC decides. */
#include <float.h>
#include <math.h>
#include <string.h>

#include "analyses/customers/value/value.h"
#include "base/date.h"

enum { FEW_REPEATERS = 10, BLOCK = 4096 };

/* ---- expectations --------------------------------------------------------------------------- */

typedef struct asking {
    const ku_buying_fit *fit;
    const value_history *h;
    double t;
    double *out;
} asking;

static void ask_block(void *data, size_t block, unsigned thread)
{
    const asking *a = data;
    const ku_buying_model *model = a->fit->model;
    size_t from = block * BLOCK, to = from + BLOCK;
    (void)thread;
    if (to > a->h->buyers.rows) to = a->h->buyers.rows;
    if (value_covariates(a->h) == NULL) {
        model->expected(a->fit->parameter, &a->h->buyers, from, to, a->t, a->out + from);
        return;
    }
    size_t k = (size_t)a->h->covariates.columns;
    for (size_t i = from; i < to; i++) {
        double parameter[KU_BUYING_PARAMETERS];
        ku_buying_parameters(a->fit, a->h->covariates.value + i * k, parameter);
        model->expected(parameter, &a->h->buyers, i, i + 1, a->t, a->out + i);
    }
}

void value_expected(const ku_buying_fit *fit, const value_history *h, double t, ku_pool *pool,
                    double *out)
{
    asking a = {fit, h, t, out};
    ku_pool_each(pool, (h->buyers.rows + BLOCK - 1) / BLOCK, 1, ask_block, &a);
}

/* ---- the holdout ---------------------------------------------------------------------------- */

/* Bought in the holdout: by each row, and the deviance's constant 2 sum (y ln y - y). */
typedef struct truth {
    double *row;
    double sum, constant;
} truth;

static int64_t held_by(const value_case *c, size_t person, bool discrete)
{
    const ku_column *held = discrete ? ku_frame_column(c->people.occasions, "held")
                                     : c->people.held;
    return held->as.i64[person];
}

static truth truth_of(const value_case *c, bool discrete)
{
    const value_history *h = &c->fit;
    truth t = {KU_ARRAY(c->arena, h->buyers.rows + 1, double), 0, 0};
    for (size_t i = 0; i < h->customers; i++) {
        double y = (double)held_by(c, h->who[i], discrete);
        t.row[h->row[i]] += y;
        t.sum += y;
        if (y > 0) t.constant += 2 * (y * log(y) - y);
    }
    return t;
}

static double held_time(const value_case *c, bool discrete)
{
    if (discrete) return floor((c->span.held_to - c->span.fit_to) / c->span.unit_days);
    return value_days(c, c->span.fit_to, c->span.held_to) / c->span.unit_days;
}

static void judge(const value_case *c, const truth *t, value_candidate *m)
{
    const value_history *h = &c->fit;
    double deviance = t->constant;
    m->expected = KU_ARRAY(c->arena, h->buyers.rows + 1, double);
    value_expected(&m->fit, h, held_time(c, m->model->discrete), ku_run_pool(c->context),
                   m->expected);
    for (size_t i = 0; i < h->buyers.rows; i++) {
        double mean = fmax(m->expected[i], DBL_MIN), sum = mean * h->buyers.weight[i];
        m->expected_sum += sum;
        deviance -= 2 * (t->row[i] * log(mean) - sum);
    }
    m->actual_sum = t->sum;
    m->deviance = deviance / (double)h->customers;
    if (!isfinite(m->expected_sum) || !isfinite(m->deviance)) {
        m->usable = false;
        m->why = "what it expects of the holdout is no number";
    }
}

/* ---- the choice ------------------------------------------------------------------------------- */

static bool asked_for(const value_case *c, const ku_buying_model *model)
{
    const char *asked = ku_param_text_value(c->params, "model");
    return strcmp(asked, "auto") == 0 ? !model->discrete : strcmp(asked, model->name) == 0;
}

static bool has_holdout(const value_case *c)
{
    return c->span.held_to > c->span.fit_to && c->fit.customers > 0;
}

static void try_model(value_case *c, const value_history *h, value_candidate *m)
{
    ku_error why = {0};
    ku_status status = ku_buying_estimate(m->model, &h->buyers, value_covariates(h), c->arena,
                                          ku_run_pool(c->context), &m->fit, &why);
    m->usable = status == KU_OK && isfinite(m->fit.loglik);
    if (m->usable) return;
    m->why = status != KU_OK && why.message[0] != '\0' ? ku_arena_strdup(c->arena, why.message)
                                                       : "its likelihood is no number";
    m->fit.model = m->model;
}

static double badness(const value_case *c, const value_candidate *m)
{
    double score = has_holdout(c) ? m->deviance : m->fit.bic;
    return m->usable && !isnan(score) ? score : INFINITY;
}

/* Whether one is better than the other: clearly, or as good with fewer parameters. */
static bool is_better(const value_case *c, const value_candidate *one, const value_candidate *other)
{
    double a = badness(c, one), b = badness(c, other), same = 1e-4 * fabs(b);
    if (!isfinite(a)) return false;
    if (fabs(a - b) > same) return a < b;
    return one->model->parameters < other->model->parameters;
}

static int best_of(const value_case *c)
{
    int best = -1;
    for (int i = 0; i < c->choice.candidates; i++) {
        const value_candidate *m = &c->choice.candidate[i];
        if (best < 0 ? isfinite(badness(c, m)) : is_better(c, m, &c->choice.candidate[best]))
            best = i;
    }
    return best;
}

static void remark_choice(const value_case *c)
{
    const value_candidate *m = &c->choice.candidate[c->choice.chosen];
    char from[KU_DATE_TEXT], to[KU_DATE_TEXT];
    ku_date_show(c->span.fit_to + 1, from);
    ku_date_show(c->span.held_to, to);
    double error = m->actual_sum > 0 ? m->expected_sum / m->actual_sum - 1 : NAN;
    const char *how = c->choice.candidates > 1 ? "is the model whose forecast of single customers"
                                                 " was nearest to what they bought"
                                               : "was asked for; it was tested on what was bought";
    if (has_holdout(c) && m->actual_sum > 0)
        ku_run_remark(c->context, fabs(error) > 0.25 ? KU_WARN : KU_NOTE, "model",
                      "%s %s from %s to %s: %.0f purchases expected, %.0f made (%+.1f %%).",
                      m->model->title, how, from, to, m->expected_sum, m->actual_sum, 100 * error);
    else if (has_holdout(c))
        ku_run_remark(c->context, KU_WARN, "model",
                      "From %s to %s nobody known before bought again, while %s expected %.0f"
                      " purchases.",
                      from, to, m->model->title, m->expected_sum);
    else if (c->choice.candidates > 1)
        ku_run_remark(c->context, KU_WARN, "model",
                      "%s has the smallest BIC; no forecast was tested, as there is no holdout.",
                      m->model->title);
    else
        ku_run_remark(c->context, KU_WARN, "model",
                      "%s was asked for; no forecast was tested, as there is no holdout.",
                      m->model->title);
}

static void remark_fit(const value_case *c)
{
    const ku_buying_fit *fit = &c->choice.fit;
    if (!fit->model->leaves)
        ku_run_remark(c->context, KU_WARN, "nobody leaves",
                      "In %.0f months of sales nobody is seen to leave, so all count as customers"
                      " for good; what is further ahead is more than will come.",
                      (c->span.until_day - c->span.first_day) * 12 / 365.25);
    if (!fit->converged)
        ku_run_remark(c->context, KU_WARN, "fit",
                      "The search for %s did not end at a maximum; take the figures with care.",
                      fit->model->title);
    else if (fit->at_edge)
        ku_run_remark(c->context, KU_NOTE, "fit",
                      "%s is more than these data can tell: one of its parameters ran to its limit"
                      " and has no interval.",
                      fit->model->title);
}

/* Why nothing can be said of the future, with what the data do say. */
static void remark_nothing(const value_case *c)
{
    const value_people *p = &c->people;
    char first[KU_DATE_TEXT], last[KU_DATE_TEXT];
    ku_date_show(c->span.first_day, first);
    ku_date_show(c->span.until_day, last);
    double n = (double)p->count, most = 1 - pow(0.05, 1 / n);
    if (c->span.first_day == c->span.until_day)
        ku_run_remark(c->context, KU_FAIL, "one day",
                      "All purchases are of one day, %s, so nothing shows who comes back; what"
                      " customers spent so far is all that can be given.",
                      first);
    else if (p->count == 1)
        ku_run_remark(c->context, KU_FAIL, "one customer",
                      "There is one customer. Models learn from differences between customers, so"
                      " only the past of this one (%lld purchases) can be given.",
                      (long long)p->repeats->as.i64[0] + 1);
    else if (p->repeaters == 0)
        ku_run_remark(c->context, KU_FAIL, "no repeat buyer",
                      "None of %zu customers bought a second time from %s to %s. At most %.1f %% of"
                      " such customers would do so (95 %% sure); more than what they spent so far"
                      " cannot be given.",
                      p->count, first, last, 100 * most);
    else
        ku_run_remark(c->context, KU_FAIL, "few repeat buyers",
                      "Only %zu of %zu customers bought a second time; a model needs at least %d"
                      " such customers. What they spent so far is all that can be given.",
                      p->repeaters, p->count, FEW_REPEATERS);
}

static ku_status make_histories(value_case *c, bool discrete, ku_error *err)
{
    KU_TRY(value_history_of(c, VALUE_NOW, discrete, &c->now, err));
    KU_TRY(value_history_of(c, VALUE_BEFORE, discrete, &c->before, err));
    c->same = c->span.fit_to == c->span.until_day;
    if (c->same)
        c->fit = c->now;
    else
        KU_TRY(value_history_of(c, VALUE_FIT, discrete, &c->fit, err));
    return KU_OK;
}

static void list_candidates(value_case *c)
{
    value_choice *all = &c->choice;
    all->candidate = KU_ARRAY(c->arena, (size_t)ku_buying_model_count + 1, value_candidate);
    for (int i = 0; i < ku_buying_model_count; i++)
        if (asked_for(c, ku_buying_models[i]))
            all->candidate[all->candidates++].model = ku_buying_models[i];
}

/* What lies before the holdout must show enough of repeat buying itself. */
static size_t repeaters_before(const value_case *c)
{
    size_t n = 0;
    for (size_t i = 0; i < c->fit.buyers.rows; i++)
        if (c->fit.buyers.x[i] > 0) n += (size_t)c->fit.buyers.weight[i];
    return n;
}

static void drop_holdout(value_case *c)
{
    ku_run_remark(c->context, KU_WARN, "holdout",
                  "Before the holdout too few customers bought again, so no forecast is tested.");
    c->span.fit_to = c->span.held_to = c->span.until_day;
    c->fit = c->now;
    c->same = true;
}

static ku_status fit_all(value_case *c, ku_error *err)
{
    value_choice *all = &c->choice;
    bool discrete = all->candidate[0].model->discrete;
    truth t = {0};
    if (has_holdout(c)) t = truth_of(c, discrete);
    for (int i = 0; i < all->candidates; i++) {
        value_candidate *m = &all->candidate[i];
        ku_run_progress(c->context, 0.05 + 0.5 * i / all->candidates, m->model->title);
        if (ku_run_cancelled(c->context)) return KU_CANCELLED;
        try_model(c, &c->fit, m);
        if (m->usable && has_holdout(c)) judge(c, &t, m);
    }
    all->chosen = best_of(c);
    if (all->chosen < 0)
        return ku_error_set(err, KU_BAD_DATA, "sales", "no model can be fitted: %s",
                            all->candidate[0].why != NULL ? all->candidate[0].why : "");
    return KU_OK;
}

/* What one holdout missed, as the standard error of what lies ahead: further ahead than the
 * holdout was long, a miss grows as a random walk does. */
static double missed_by(const value_case *c, const value_candidate *m)
{
    double ahead = (double)ku_param_int(c->params, "horizon") * 365.25 / 12;
    double held = c->span.held_to - c->span.fit_to;
    if (!has_holdout(c) || !(m->actual_sum > 0) || !(m->expected_sum > 0)) return 0;
    return fabs(log(m->expected_sum / m->actual_sum)) * sqrt(fmax(1, ahead / held));
}

static ku_status fit_chosen(value_case *c, ku_error *err)
{
    value_choice *all = &c->choice;
    const value_candidate *m = &all->candidate[all->chosen];
    ku_run_progress(c->context, 0.6, m->model->title);
    all->fit = m->fit;
    if (!c->same)
        KU_TRY(ku_buying_estimate(m->model, &c->now.buyers, value_covariates(&c->now), c->arena,
                                  ku_run_pool(c->context), &all->fit, err));
    if (value_covariates(&c->now) != NULL)
        KU_TRY(ku_buying_estimate(m->model, &c->now.buyers, NULL, c->arena, ku_run_pool(c->context),
                                  &all->plain, err));
    all->missed = missed_by(c, m);
    return KU_OK;
}

ku_status value_choose(value_case *c, ku_error *err)
{
    c->choice.chosen = -1;
    list_candidates(c);
    KU_TRY(make_histories(c, c->choice.candidate[0].model->discrete, err));
    if (c->people.repeaters < FEW_REPEATERS) {
        c->choice.candidates = 0;
        remark_nothing(c);
        return KU_OK;
    }
    if (has_holdout(c) && repeaters_before(c) < FEW_REPEATERS) drop_holdout(c);
    KU_TRY(fit_all(c, err));
    KU_TRY(fit_chosen(c, err));
    remark_choice(c);
    remark_fit(c);
    return KU_OK;
}
