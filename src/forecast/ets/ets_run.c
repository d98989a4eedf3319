/* ets_run.c - the hot loops: the recursion of one model over a series, with and
 * without derivatives, and the normal equations. Each is written once as an inline
 * function of the model's class and compiled once for each class, so that no test of
 * the class remains inside a loop. Derivatives are carried in lanes of four; each lane
 * does the same operations in the same order whatever the processor, so that the bits
 * do not depend on how wide its registers are. */
#include <assert.h>
#include <math.h>
#include <string.h>

#include "forecast/ets/ets_internal.h"

#define INLINE static inline __attribute__((always_inline))

typedef double lane __attribute__((vector_size(ETS_LANES * sizeof(double)), aligned(32)));

/* A fit below this share of the series' scale counts as not positive. */
static const double smallest_fit = 1e-12;
#define LOG_BLOCK 8 /* 1e-12 to the 8th is still far from underflow */

INLINE bool run(const char error, const char trend, const char season_kind, const double *y, int n,
                int season, const double natural[4], ets_states *states, ets_sum *sum,
                double *fitted)
{
    const double alpha = natural[0], beta = natural[1], gamma = natural[2], phi = natural[3];
    double level = states->level, slope = states->slope, squares = 0, logs = 0, product = 1;
    double *seasonal = states->seasonal;
    for (int t = 0, j = 0; t < n; t++) {
        double carried = trend == 'N' ? 0 : trend == 'A' ? slope : phi * slope;
        double q = trend == 'N' ? level : level + carried;
        double s = season_kind == 'N' ? 0 : seasonal[j];
        double f = season_kind == 'N' ? q : season_kind == 'A' ? q + s : q * s;
        double e = y[t] - f;
        double pull = season_kind == 'M' ? e / s : e;
        if (season_kind != 'N') {
            seasonal[j] = s + gamma * (season_kind == 'M' ? e / q : e);
            j = j + 1 == season ? 0 : j + 1;
        }
        level = q + alpha * pull;
        if (trend != 'N') slope = carried + beta * pull;
        if (error == 'M') {
            if (!(f > smallest_fit)) return false;
            e /= f;
            product *= f;
            if (t % LOG_BLOCK == LOG_BLOCK - 1) {
                logs += log(product);
                product = 1;
            }
        }
        squares += e * e;
        if (fitted) fitted[t] = f;
    }
    states->level = level;
    states->slope = slope;
    sum->squares = squares;
    sum->logs = logs + (product == 1 ? 0 : log(product));
    return isfinite(squares) && isfinite(sum->logs);
}

/* Calls `body` with the class of `model` as constants. */
#define BY_SEASON(body, e, t, s, ...)                                                              \
    ((s) == 'N'   ? body(e, t, 'N', __VA_ARGS__)                                                   \
     : (s) == 'A' ? body(e, t, 'A', __VA_ARGS__)                                                   \
                  : body(e, t, 'M', __VA_ARGS__))
#define BY_TREND(body, e, t, s, ...)                                                               \
    ((t) == 'N'   ? BY_SEASON(body, e, 'N', s, __VA_ARGS__)                                        \
     : (t) == 'A' ? BY_SEASON(body, e, 'A', s, __VA_ARGS__)                                        \
                  : BY_SEASON(body, e, 'D', s, __VA_ARGS__))
#define BY_CLASS(body, model, ...)                                                                 \
    ((model).error == 'A' ? BY_TREND(body, 'A', (model).trend, (model).season, __VA_ARGS__)        \
                          : BY_TREND(body, 'M', (model).trend, (model).season, __VA_ARGS__))

bool ku_ets_run(ku_ets_model model, const double *y, int n, int season, const double natural[4],
                ets_states *states, ets_sum *sum, double *fitted)
{
    return fitted ? BY_CLASS(run, model, y, n, season, natural, states, sum, fitted)
                  : BY_CLASS(run, model, y, n, season, natural, states, sum, NULL);
}

/* What one observation's derivatives need besides the derivatives of the states. */
typedef struct moment {
    double q, s, f, e, y, slope, inv_s, inv_q;
} moment;

INLINE void derive(const char error, const char trend, const char season_kind, const double *y,
                   int n, int season, const double natural[4], int lanes, ets_states *states,
                   double *jacobian, double *residual, double *drift, double *carried)
{
    const double alpha = natural[0], beta = natural[1], gamma = natural[2], phi = natural[3];
    const int groups = lanes / ETS_LANES;
    lane *d_level = (lane *)(void *)carried, *d_slope = d_level + groups;
    lane *d_seasonal = d_slope + groups, *d_drift = (lane *)(void *)drift;
    for (int t = 0, j = 0; t < n; t++) {
        moment o = {.y = y[t], .slope = states->slope};
        double damped = trend == 'N' ? 0 : trend == 'A' ? o.slope : phi * o.slope;
        o.q = trend == 'N' ? states->level : states->level + damped;
        o.s = season_kind == 'N' ? 0 : states->seasonal[j];
        o.f = season_kind == 'N' ? o.q : season_kind == 'A' ? o.q + o.s : o.q * o.s;
        o.e = o.y - o.f;
        if (season_kind == 'M') {
            o.inv_s = 1 / o.s;
            o.inv_q = 1 / o.q;
        }
        const double by_s = season_kind == 'M' ? o.e * o.inv_s : o.e;
        const double by_q = season_kind == 'M' ? o.e * o.inv_q : o.e;
        const double inv_f = 1 / o.f, weight = error == 'M' ? -o.y * inv_f * inv_f : -1;
        lane *row = (lane *)(void *)(jacobian + (size_t)t * (size_t)lanes);
        lane *ds_row = season_kind == 'N' ? NULL : d_seasonal + (size_t)j * (size_t)groups;
        for (int g = 0; g < groups; g++) {
            lane db = trend == 'N' ? (lane){0} : trend == 'A' ? d_slope[g] : phi * d_slope[g];
            if (trend == 'D' && g == 0) db[3] += o.slope;
            lane dq = trend == 'N' ? d_level[g] : d_level[g] + db;
            lane ds = season_kind == 'N' ? (lane){0} : ds_row[g];
            lane df = season_kind == 'N' ? dq : season_kind == 'A' ? dq + ds : dq * o.s + ds * o.q;
            lane by_s_d = season_kind == 'M' ? -(df + by_s * ds) * o.inv_s : -df;
            lane new_level = dq + alpha * by_s_d;
            if (g == 0) new_level[0] += by_s;
            d_level[g] = new_level;
            if (trend != 'N') {
                lane new_slope = db + beta * by_s_d;
                if (g == 0) new_slope[1] += by_s;
                d_slope[g] = new_slope;
            }
            if (season_kind != 'N') {
                lane by_q_d = season_kind == 'M' ? -(df + by_q * dq) * o.inv_q : -df;
                lane new_season = ds + gamma * by_q_d;
                if (g == 0) new_season[2] += by_q;
                ds_row[g] = new_season;
            }
            row[g] = df * weight;
            if (error == 'M') d_drift[g] += df * inv_f;
        }
        residual[t] = error == 'M' ? o.e * inv_f : o.e;
        states->level = o.q + alpha * by_s;
        if (trend != 'N') states->slope = damped + beta * by_s;
        if (season_kind != 'N') {
            states->seasonal[j] = o.s + gamma * by_q;
            j = j + 1 == season ? 0 : j + 1;
        }
    }
    if (error == 'M')
        for (int i = 0; i < lanes; i++) drift[i] /= n;
}

void ku_ets_run_derivatives(ku_ets_model model, const double *y, int n, int season,
                            const double natural[4], const ets_layout *layout, ets_states *states,
                            double *jacobian, double *residual, double *drift, double *carried)
{
    const int lanes = layout->lanes;
    assert(lanes % ETS_LANES == 0);
    int rings = model.season == 'N' ? 0 : season;
    size_t width = (size_t)lanes;
    memset(carried, 0, (2 + (size_t)rings) * width * sizeof *carried);
    memset(drift, 0, width * sizeof *drift);
    carried[ETS_LEVEL] = 1;
    if (layout->slope >= 0) carried[width + (size_t)layout->slope] = 1;
    /* The last seasonal factor is what the free ones leave: its derivative is -1 by each. */
    for (int j = 0; j + 1 < rings; j++) {
        carried[(2 + (size_t)j) * width + (size_t)(layout->seasonal + j)] = 1;
        carried[(1 + (size_t)rings) * width + (size_t)(layout->seasonal + j)] = -1;
    }
    BY_CLASS(derive, model, y, n, season, natural, lanes, states, jacobian, residual, drift,
             carried);
}

/* Sums of products of one group of columns with four single columns. */
INLINE void block(const double *jacobian, int n, int lanes, int group, int column, lane out[4])
{
    lane a = {0}, b = {0}, c = {0}, d = {0};
    for (int t = 0; t < n; t++) {
        const double *row = jacobian + (size_t)t * (size_t)lanes;
        const lane x = *(const lane *)(const void *)(row + group);
        a += x * row[column];
        b += x * row[column + 1];
        c += x * row[column + 2];
        d += x * row[column + 3];
    }
    out[0] = a;
    out[1] = b;
    out[2] = c;
    out[3] = d;
}

void ku_ets_normal(const double *jacobian, const double *residual, int n, int lanes, double *matrix,
                   int stride, double *gradient)
{
    lane out[4];
    for (int column = 0; column < lanes; column += ETS_LANES) {
        for (int group = 0; group <= column; group += ETS_LANES) {
            block(jacobian, n, lanes, group, column, out);
            for (int i = 0; i < 4; i++)
                for (int k = 0; k < 4; k++)
                    matrix[(size_t)(column + i) * (size_t)stride + (size_t)(group + k)] = out[i][k];
        }
    }
    for (int group = 0; group < lanes; group += ETS_LANES) {
        lane sum = {0};
        for (int t = 0; t < n; t++)
            sum += *(const lane *)(const void *)(jacobian + (size_t)t * (size_t)lanes + group) *
                   residual[t];
        for (int k = 0; k < 4; k++) gradient[group + k] = sum[k];
    }
}
