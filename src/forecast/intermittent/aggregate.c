/* aggregate.c - demand added up over several periods has fewer zeros and can be smoothed as
 * it is; the forecast is spread evenly over the periods again. */
#include "forecast/intermittent/intermittent.h"

#include <math.h>
#include <stddef.h>

static const double least_weight = 0.01, most_weight = 0.3;
enum { GRID = 12 };

/* Block b of those that end with the past; what does not fill a block is the oldest part
 * and left out. */
static double block_sum(const double *y, int n, int block, int b)
{
    double sum = 0;
    int from = n % block + b * block;
    for (int t = from; t < from + block; t++) sum += y[t];
    return sum;
}

/* Smooths the blocks; the squares of the errors in *cost. */
static double smooth(const double *y, int n, int block, double weight, double *fitted, double *cost)
{
    int blocks = n / block;
    double level = block_sum(y, n, block, 0);
    for (int t = 0; fitted != NULL && t < n % block; t++) fitted[t] = level / block;
    *cost = 0;
    for (int b = 0; b < blocks; b++) {
        double sum = block_sum(y, n, block, b), error = sum - level;
        for (int t = 0; fitted != NULL && t < block; t++)
            fitted[n % block + b * block + t] = level / block;
        *cost += error * error;
        level += weight * error;
    }
    return level / block;
}

double ku_adida(const double *y, int n, int block, double *fitted)
{
    double best = INFINITY, chosen = least_weight, cost;
    for (int i = 0; i < GRID; i++) {
        double weight = least_weight * pow(most_weight / least_weight, (double)i / (GRID - 1));
        smooth(y, n, block, weight, NULL, &cost);
        if (cost < best) best = cost, chosen = weight;
    }
    return smooth(y, n, block, chosen, fitted, &cost);
}

double ku_imapa(const double *y, int n, int longest, double *fitted, double *room)
{
    double sum = 0;
    for (int t = 0; fitted != NULL && t < n; t++) fitted[t] = 0;
    for (int block = 1; block <= longest; block++) {
        sum += ku_adida(y, n, block, fitted != NULL ? room : NULL);
        for (int t = 0; fitted != NULL && t < n; t++) fitted[t] += room[t] / longest;
    }
    return sum / longest;
}
