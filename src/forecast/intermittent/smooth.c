/* smooth.c - how often and how much, smoothed apart.
 *
 * Smoothing demand that is mostly zero forecasts too much right after a demand and too
 * little before the next. Croston's answer is to smooth the amounts and the intervals and
 * to divide. His ratio is somewhat too high (Syntetos & Boylan), and it does not move while
 * nothing is asked for, so a dying product is forecast for ever (Teunter, Syntetos & Babai).
 *
 * The weights are chosen by what each state is for: the amount's by the squares of its
 * errors, the chance's by the likelihood of demand and no demand in each period. */
#include "forecast/intermittent/intermittent.h"

#include <math.h>
#include <stddef.h>

static const double least_weight = 0.01, most_weight = 0.5;
enum { GRID = 15 };

/* Even steps in the logarithm, from the smallest to the largest weight. */
static double grid_weight(int i)
{
    return least_weight * pow(most_weight / least_weight, (double)i / (GRID - 1));
}

/* The chance of demand in a period by ln likelihood; both ends are kept off 0 and 1, which
 * one period proves nothing about. */
static double log_chance(double chance, bool demand)
{
    double p = fmin(fmax(chance, 1e-4), 1 - 1e-4);
    return demand ? log(p) : log1p(-p);
}

/* Squares of the amounts' one-step errors. */
static double size_cost(const double *y, int n, double weight, double start)
{
    double level = start, cost = 0;
    bool begun = false;
    for (int t = 0; t < n; t++) {
        if (y[t] <= 0) continue;
        if (!begun && start <= 0) level = y[t];
        begun = true;
        double error = y[t] - level;
        cost += error * error;
        level += weight * error;
    }
    return cost;
}

/* ---- Croston ------------------------------------------------------------------------------ */

static double interval_cost(const double *y, int n, double weight)
{
    double interval = 0, cost = 0;
    int last = -1;
    for (int t = 0; t < n; t++) {
        bool demand = y[t] > 0;
        if (last >= 0) cost -= log_chance(1 / interval, demand);
        if (!demand) continue;
        interval = last < 0 ? t + 1 : interval + weight * (t - last - interval);
        last = t;
    }
    return cost;
}

ku_occurrence ku_croston(const double *y, int n, double size_weight, double interval_weight,
                         double *fitted)
{
    ku_occurrence s = {.size_weight = size_weight, .interval_weight = interval_weight};
    double interval = 0;
    int last = -1;
    for (int t = 0; t < n; t++) {
        if (fitted != NULL) fitted[t] = s.mean;
        if (y[t] <= 0) continue;
        s.size = last < 0 ? y[t] : s.size + size_weight * (y[t] - s.size);
        interval = last < 0 ? t + 1 : interval + interval_weight * (t - last - interval);
        if (last < 0)
            for (int i = 0; fitted != NULL && i <= t; i++) fitted[i] = s.size / interval;
        last = t;
        s.mean = s.size / interval;
    }
    s.chance = last < 0 ? 0 : 1 / interval;
    return s;
}

ku_occurrence ku_croston_best(const double *y, int n, double *fitted)
{
    double best[2] = {INFINITY, INFINITY}, weight[2] = {least_weight, least_weight};
    for (int i = 0; i < GRID; i++) {
        double w = grid_weight(i);
        double cost[2] = {size_cost(y, n, w, 0), interval_cost(y, n, w)};
        for (int k = 0; k < 2; k++)
            if (cost[k] < best[k]) best[k] = cost[k], weight[k] = w;
    }
    return ku_croston(y, n, weight[0], weight[1], fitted);
}

ku_occurrence ku_sba(const double *y, int n, double size_weight, double interval_weight,
                     double *fitted)
{
    ku_occurrence s = ku_croston(y, n, size_weight, interval_weight, fitted);
    double less = 1 - interval_weight / 2;
    for (int t = 0; fitted != NULL && t < n; t++) fitted[t] *= less;
    s.chance *= less;
    s.mean *= less;
    return s;
}

/* ---- Teunter, Syntetos & Babai ------------------------------------------------------------ */

static double chance_cost(const double *y, int n, double weight, double start)
{
    double chance = start, cost = 0;
    for (int t = 0; t < n; t++) {
        bool demand = y[t] > 0;
        cost -= log_chance(chance, demand);
        chance += weight * (demand - chance);
    }
    return cost;
}

static ku_occurrence tsb(const double *y, int n, const ku_demand_pattern *start, double size_weight,
                         double chance_weight, double *fitted)
{
    ku_occurrence s = {.size_weight = size_weight,
                       .interval_weight = chance_weight,
                       .size = start->size,
                       .chance = (double)start->demands / n};
    for (int t = 0; t < n; t++) {
        if (fitted != NULL) fitted[t] = s.chance * s.size;
        if (y[t] > 0) s.size += size_weight * (y[t] - s.size);
        s.chance += chance_weight * ((y[t] > 0) - s.chance);
    }
    s.mean = s.chance * s.size;
    return s;
}

ku_occurrence ku_tsb_best(const double *y, int n, double *fitted)
{
    ku_demand_pattern start = ku_demand_classify(y, n);
    double best[2] = {INFINITY, INFINITY}, weight[2] = {least_weight, least_weight};
    for (int i = 0; i < GRID; i++) {
        double w = grid_weight(i);
        double cost[2] = {size_cost(y, n, w, start.size),
                          chance_cost(y, n, w, (double)start.demands / n)};
        for (int k = 0; k < 2; k++)
            if (cost[k] < best[k]) best[k] = cost[k], weight[k] = w;
    }
    return tsb(y, n, &start, weight[0], weight[1], fitted);
}
