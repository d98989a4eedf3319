/* fuzz_buying.c - any parameters and customers within the contract of customers/model.h:
 * every model must give a finite likelihood with a finite gradient, shares between 0 and 1,
 * expectations that are not negative, and draws within the time. The first byte chooses the
 * model, two bytes each a parameter, the rest are customers. */
#include "bytes.h"

#include "customers/model.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { ROWS = 20, TIMES = 4 };

static double take_share(bytes *from)
{
    int high = take(from);
    return (high << 8 | take(from)) / 65535.0;
}

/* A whole number: mostly few, at times up to a million. */
static double take_count(bytes *from)
{
    int n = take(from);
    return n < 240 ? n % 60 : floor(pow(10, 6 * take_share(from)));
}

static void take_customer(bytes *from, bool discrete, double *x, double *t_x, double *T)
{
    *x = take_count(from);
    if (discrete) {
        *t_x = *x > 0 ? *x + take_count(from) : 0;
        *T = *t_x + take_count(from);
        return;
    }
    double unit = pow(10, take_below(from, 9) - 4), share = take_share(from);
    *T = unit * (1 + take(from));
    *t_x = *x > 0 ? *T * share : 0;
    if (*x == 0 && take(from) % 8 == 0) *T = 0;
}

static void check_sums(const ku_buying_model *model, const double *p, const ku_buyers *buyers)
{
    double gradient[KU_BUYING_PARAMETERS] = {0};
    double sum = model->loglik(p, buyers, 0, buyers->rows, gradient);
    if (!isfinite(sum)) wrong("%s: log-likelihood %g", model->title, sum);
    for (int k = 0; k < model->parameters; k++)
        if (!isfinite(gradient[k])) wrong("%s: gradient %d is %g", model->title, k, gradient[k]);
}

static void check_scores(const ku_buying_model *model, const double *p, const ku_buyers *buyers,
                         double t)
{
    double out[ROWS], fresh = model->expected_new(p, t);
    if (!isfinite(fresh) || fresh < 0) wrong("%s: %g expected of the new", model->title, fresh);
    model->expected(p, buyers, 0, buyers->rows, t, out);
    for (size_t i = 0; i < buyers->rows; i++)
        if (!isfinite(out[i]) || out[i] < 0) wrong("%s: %g expected", model->title, out[i]);
    if (model->alive == NULL) return;
    model->alive(p, buyers, 0, buyers->rows, out);
    for (size_t i = 0; i < buyers->rows; i++)
        if (!(out[i] >= 0 && out[i] <= 1)) wrong("%s: alive %g", model->title, out[i]);
}

static void check_draw(const ku_buying_model *model, const double *p, const ku_buyers *buyers,
                       double t)
{
    double times[TIMES], last = 0;
    ku_rng rng = ku_rng_make(1, 2);
    int n = model->draw(p, buyers->x[0], buyers->t_x[0], buyers->T[0], t, &rng, times, TIMES);
    if (n < 0) wrong("%s: drew %d", model->title, n);
    for (int i = 0; i < n && i < TIMES; i++) {
        if (!(times[i] >= last && times[i] <= t)) wrong("%s: drew %g", model->title, times[i]);
        last = times[i];
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    bytes from = {data, size};
    double x[ROWS], t_x[ROWS], T[ROWS], weight[ROWS], p[KU_BUYING_PARAMETERS];
    const ku_buying_model *model = ku_buying_models[take_below(&from, ku_buying_model_count)];
    for (int k = 0; k < model->parameters; k++) p[k] = pow(10, 16 * take_share(&from) - 8);
    double t = model->discrete ? take_count(&from) : take(&from);
    size_t rows = 0;
    for (; rows < ROWS && (rows == 0 || from.left > 0); rows++) {
        take_customer(&from, model->discrete, &x[rows], &t_x[rows], &T[rows]);
        weight[rows] = 1 + take_below(&from, 3);
    }
    ku_buyers buyers = {rows, x, t_x, T, weight};
    check_sums(model, p, &buyers);
    check_scores(model, p, &buyers, t);
    check_draw(model, p, &buyers, t);
    return 0;
}
