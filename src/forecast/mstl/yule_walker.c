/* yule_walker.c - autoregression by the Durbin-Levinson recursion: every order comes out of
 * the one before, so all are tried at the price of the last. */
#include "forecast/mstl/yule_walker.h"

#include <math.h>
#include <string.h>

static int highest_order(int n)
{
    int order = (int)(10 * log10(n));
    if (order > n / 4) order = n / 4;
    return order < KU_AR_ORDER ? order : KU_AR_ORDER;
}

static void covariances(const double *x, int n, double mean, int lags, double *to)
{
    for (int k = 0; k <= lags; k++) {
        double sum = 0;
        for (int t = k; t < n; t++) sum += (x[t] - mean) * (x[t - k] - mean);
        to[k] = sum / n;
    }
}

void ku_ar_fit(const double *x, int n, ku_ar *ar)
{
    double covariance[KU_AR_ORDER + 1] = {0}, weight[KU_AR_ORDER] = {0}, before[KU_AR_ORDER];
    int most = highest_order(n);
    ar->order = 0;
    ar->mean = 0;
    for (int t = 0; t < n; t++) ar->mean += x[t] / n;
    covariances(x, n, ar->mean, most, covariance);
    double variance = covariance[0], best = n * log(variance);
    ar->variance = variance;
    for (int k = 0; k < most && variance > 0; k++) {
        double partial = covariance[k + 1];
        for (int i = 0; i < k; i++) partial -= weight[i] * covariance[k - i];
        partial /= variance;
        memcpy(before, weight, sizeof before);
        for (int i = 0; i < k; i++) weight[i] = before[i] - partial * before[k - 1 - i];
        weight[k] = partial;
        variance *= 1 - partial * partial;
        double aic = n * log(variance) + 2 * (k + 1);
        if (!(variance > 0) || !(aic < best)) continue;
        best = aic;
        ar->order = k + 1;
        ar->variance = variance;
        memcpy(ar->weight, weight, sizeof weight);
    }
}

double ku_ar_forecast(const ku_ar *ar, const double *x, int t)
{
    double value = ar->mean;
    for (int i = 0; i < ar->order && i < t; i++) value += ar->weight[i] * (x[t - 1 - i] - ar->mean);
    return value;
}
