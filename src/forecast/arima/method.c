/* method.c - ARIMA as a forecasting method: the order with the smallest AICc, the
 * regressors that come with the series as a regression with ARIMA errors. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "forecast/arima/arima.h"
#include "forecast/method.h"

enum { MOST_COLUMNS = 64 };

typedef struct work {
    ku_arima_work *arima;
    double *variance;
} work;

static void *work_new(ku_arena *arena, int observations, int season, int horizon)
{
    work *w = KU_NEW(arena, work);
    w->arima = ku_arima_work_new(arena, observations, season, horizon, MOST_COLUMNS);
    w->variance = ku_arena_try(arena, (size_t)horizon * sizeof(double));
    return w->arima != NULL && w->variance != NULL ? w : NULL;
}

static size_t describe_part(char *to, size_t size, size_t at, const char *name, const double *value,
                            int count)
{
    for (int i = 0; i < count && at < size; i++) {
        int more = snprintf(to + at, size - at, "%s%s%d=%.4g", at > 0 ? "; " : "", name, i + 1,
                            value[i]);
        if (more > 0) at += (size_t)more;
    }
    return at < size ? at : size;
}

static void describe(const ku_arima_fit *fit, int columns, ku_ahead *ahead)
{
    const ku_arima_order *o = &fit->order;
    char name[KU_ARIMA_NAME], *to = ahead->parameters;
    size_t size = sizeof ahead->parameters, at = 0;
    ku_arima_name(o, columns, name);
    snprintf(ahead->model, sizeof ahead->model, "%.*s", (int)sizeof ahead->model - 1, name);
    to[0] = '\0';
    at = describe_part(to, size, at, "ar", fit->phi, o->p);
    at = describe_part(to, size, at, "ma", fit->theta, o->q);
    at = describe_part(to, size, at, "sar", fit->Phi, o->P);
    at = describe_part(to, size, at, "sma", fit->Theta, o->Q);
    if (o->constant && at < size)
        snprintf(to + at, size - at, "%s%s=%.6g", at > 0 ? "; " : "",
                 o->d + o->D > 0 ? "drift" : "mean", fit->constant);
    ahead->likelihood = !fit->exact && isfinite(fit->aicc);
    ahead->loglik = fit->loglik;
    ahead->aicc = fit->aicc;
    ahead->sigma2 = fit->sigma2;
}

static bool forecast(void *work_, const ku_past *past, ku_rng rng, ku_ahead *ahead)
{
    (void)rng;
    work *w = work_;
    ku_arima_fit fit;
    int columns = past->x == NULL ? 0 : past->columns;
    ku_arima_data data = {past->y, past->n, past->x, columns, past->n + ahead->h};
    if (columns > MOST_COLUMNS || past->n < 3) return false;
    if (!ku_arima_choose(w->arima, &data, past->season, &fit)) return false;
    describe(&fit, columns, ahead);
    ku_arima_predict(w->arima, &data, &fit, ahead->h, ahead->mean, w->variance);
    ku_ahead_normal(ahead, w->variance);
    if (ahead->fitted != NULL) ku_arima_fitted(w->arima, &data, &fit, ahead->fitted);
    return ku_ahead_finite(ahead, past->n);
}

const ku_method ku_method_arima = {
    .name = "arima",
    .title = "ARIMA",
    .about = "what follows from the latest changes and errors, season included",
    .regressors = true,
    .work_new = work_new,
    .forecast = forecast,
};
