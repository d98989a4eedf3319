/* prepare.c - memory, and the series as the likelihood sees it: y, the constant and the
 * regressors, differenced alike, y and every column on a scale of their own so that
 * neither the unit nor the size of the data matters. A regressor that differencing made
 * constant, or that others explain, is left out with coefficient 0: the model is the same
 * without it. */
#include <math.h>
#include <string.h>

#include "forecast/arima/arima_internal.h"
#include "num/levenberg.h"

/* A column with less than this share of its size left over is a sum of the others. */
static const double independent_share = 1e-9;

static bool take_series(ku_arena *arena, double **to, size_t count, size_t length)
{
    for (size_t i = 0; i < count; i++) {
        to[i] = ku_arena_try(arena, (length < 8 ? 8 : length) * sizeof(double));
        if (to[i] == NULL) return false;
    }
    return true;
}

static bool take_columns(ku_arima_work *w, ku_arena *arena, size_t length)
{
    size_t count = (size_t)w->columns + 2; /* y and the constant */
    w->in = KU_ARRAY(arena, count, double *);
    w->error = KU_ARRAY(arena, count, double *);
    w->ahead = KU_ARRAY(arena, count, double *);
    w->column = KU_ARRAY(arena, count, int);
    w->scale = KU_ARRAY(arena, count, double);
    w->dependent = KU_ARRAY(arena, count, bool);
    w->beta = KU_ARRAY(arena, count, double);
    w->slope = KU_ARRAY(arena, count, double);
    w->coefficient = KU_ARRAY(arena, count, double);
    return take_series(arena, w->in, count, length) &&
           take_series(arena, w->error, count, length) &&
           take_series(arena, w->ahead, count, length + (size_t)w->reach + 2);
}

ku_arima_work *ku_arima_work_new(ku_arena *arena, int observations, int season, int horizon,
                                 int columns)
{
    ku_arima_work *w = KU_NEW(arena, ku_arima_work);
    int reach = KU_ARIMA_ORDER +
                KU_ARIMA_SEASONAL * (season < observations ? season : observations);
    w->observations = observations;
    w->season = season;
    w->horizon = horizon;
    w->columns = columns;
    w->reach = reach < observations ? reach : observations;
    size_t n = (size_t)observations, r = (size_t)w->reach, k = (size_t)columns + 2;
    size_t length = n + (size_t)horizon;
    struct {
        double **to;
        size_t count;
    } parts[] = {
        {&w->triangle, k * k},
        {&w->gain, r + 2},
        {&w->change, length + r + 2},
        {&w->covariance, r + 1 + ku_arima_covariance_room((int)r)},
        {&w->base, n},
        {&w->jacobian, n * KU_ARIMA_ARMA},
        {&w->search, ku_levenberg_room(KU_ARIMA_ARMA)},
        {&w->innovation, n},
        {&w->rest, n},
        {&w->regression, n * (KU_ARIMA_ARMA + 2)},
    };
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        if (!take_series(arena, parts[i].to, 1, parts[i].count)) return NULL;
    bool seasonal = season > 1 && season < observations / 2;
    if (seasonal) w->stl = ku_stl_work_new(arena, observations, season);
    return (!seasonal || w->stl != NULL) && take_columns(w, arena, length) ? w : NULL;
}

bool ku_arima_possible(const ku_arima_order *o, int n)
{
    bool within = o->p >= 0 && o->q >= 0 && o->P >= 0 && o->Q >= 0 && o->d >= 0 && o->D >= 0 &&
                  o->d <= 2 && o->D <= 2 && o->p <= KU_ARIMA_ORDER && o->q <= KU_ARIMA_ORDER &&
                  o->P <= KU_ARIMA_SEASONAL && o->Q <= KU_ARIMA_SEASONAL && o->season >= 1;
    if (!within || (o->season == 1 && o->P + o->D + o->Q > 0)) return false;
    long used = (long)n - o->d - (long)o->D * o->season, season = o->season;
    long constant = o->constant && o->d + o->D <= 1;
    return used > o->p + o->P * season && used > o->q + o->Q * season &&
           used > o->p + o->q + o->P + o->Q + constant;
}

static int difference(double *y, int n, int lag, int times)
{
    for (; times > 0 && n > 0; times--, n -= lag)
        for (int t = 0; t + lag < n; t++) y[t] = y[t + lag] - y[t];
    return n;
}

/* In place; the number of values left. */
static int difference_all(double *y, int n, const ku_arima_order *order)
{
    return difference(y, difference(y, n, order->season, order->D), 1, order->d);
}

void ku_arima_integration(const ku_arima_order *order, arima_terms *terms)
{
    /* -(1 - B)^d and -(1 - B^m)^D without their constant terms are autoregressions. */
    static const double power[3][2] = {{0, 0}, {1, 0}, {2, -1}};
    const ku_arima_order plain = {
        .p = order->d, .P = order->D, .season = order->D > 0 ? order->season : 1};
    arima_process process;
    ku_arima_process(&process, &plain, power[order->d], NULL, power[order->D], NULL);
    *terms = process.ar;
}

/* Divides by the largest value; that value, or 1 when all are zero. */
static double scale_down(double *y, int rows, int total)
{
    double most = 0;
    for (int t = 0; t < rows; t++) most = fmax(most, fabs(y[t]));
    if (most == 0) return 1;
    for (int t = 0; t < total; t++) y[t] /= most;
    return most;
}

/* Puts the column last and keeps it if it adds to those before it. `error` serves as room
 * for an orthonormal basis. */
static bool keep_column(ku_arima_work *w, int which, double size)
{
    int at = w->kept + 1, rows = w->used;
    double *x = w->in[at], *q = w->error[at], norm = 0, left = 0, shift = 0;
    w->scale[at] = scale_down(x, rows, w->total);
    if (w->scale[at] <= 1e-12 * size) return false;
    memcpy(q, x, (size_t)rows * sizeof(double));
    for (int t = 0; t < rows; t++) norm += x[t] * x[t];
    for (int pass = 0; pass < 2; pass++)
        for (int k = 1; k < at; k++) {
            shift = 0;
            for (int t = 0; t < rows; t++) shift += w->error[k][t] * q[t];
            for (int t = 0; t < rows; t++) q[t] -= shift * w->error[k][t];
        }
    for (int t = 0; t < rows; t++) left += q[t] * q[t];
    if (!(left > independent_share * independent_share * norm)) return false;
    for (int t = 0; t < rows; t++) q[t] /= sqrt(left);
    w->column[w->kept++] = which;
    return true;
}

static void prepare_constant(ku_arima_work *w)
{
    double *x = w->in[1];
    for (int t = 0; t < w->total; t++) x[t] = w->order.D > 0 ? w->order.season : 1;
    keep_column(w, -1, 0);
}

static void prepare_regressor(ku_arima_work *w, const ku_arima_data *data, int k)
{
    double *x = w->in[w->kept + 1], most = 0;
    const double *from = data->x + (size_t)k * (size_t)data->rows;
    int rows = data->n + (w->total - w->used);
    memcpy(x, from, (size_t)rows * sizeof(double));
    for (int t = 0; t < data->n; t++) most = fmax(most, fabs(x[t]));
    difference_all(x, rows, &w->order);
    w->dependent[k] = !keep_column(w, k, most);
}

bool ku_arima_prepare(ku_arima_work *w, const ku_arima_data *data, const ku_arima_order *order,
                      int most)
{
    w->order = *order;
    w->order.constant = order->constant && order->d + order->D <= 1;
    w->n = data->n;
    w->given = data->columns;
    w->used = data->n - order->d - order->D * order->season;
    w->started = false;
    w->kept = 0;
    if (w->used < 1 || data->n > w->observations || data->columns > w->columns) return false;
    int future = data->rows - data->n;
    future = data->x == NULL || future < 0 ? 0 : future < w->horizon ? future : w->horizon;
    w->total = w->used + (data->x == NULL ? w->horizon : future);
    memcpy(w->in[0], data->y, (size_t)data->n * sizeof(double));
    difference_all(w->in[0], data->n, &w->order);
    w->scale[0] = scale_down(w->in[0], w->used, w->used);
    if (w->order.constant && most > 0) prepare_constant(w);
    for (int k = 0; k < data->columns; k++)
        if (w->kept < most)
            prepare_regressor(w, data, k);
        else
            w->dependent[k] = true;
    return true;
}
