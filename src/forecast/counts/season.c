/* season.c - the season of many sparse series together: a part sold twice a year shows none,
 * a thousand of them do.
 *
 * The counts of all series, over what they sell on average, are laid against their moving
 * mean over one season. Each place in the season gets the mean of its ratios, drawn towards 1
 * by the share of their spread that the differences between years explain. What remains, the
 * tide, is how all of them rise and fall. */
#include <math.h>
#include <string.h>

#include "forecast/counts/counts_internal.h"

int ku_counts_span(const ku_counts_series *series, size_t count, int *begin)
{
    int first = series[0].first, end = first + series[0].n;
    for (size_t i = 1; i < count; i++) {
        if (series[i].first < first) first = series[i].first;
        if (series[i].first + series[i].n > end) end = series[i].first + series[i].n;
    }
    *begin = first;
    return end - first;
}

/* Counts of each period over what the series there sell on average. */
static void add_up(const ku_counts_series *series, size_t count, int begin, double *total,
                   double *expected)
{
    for (size_t i = 0; i < count; i++) {
        const ku_counts_series *s = &series[i];
        double mean = 0;
        for (int t = 0; t < s->n; t++) mean += s->y[t] / s->n;
        for (int t = 0; t < s->n; t++) {
            total[s->first - begin + t] += s->y[t];
            expected[s->first - begin + t] += mean;
        }
    }
}

/* Mean over a season around t; the two ends of an even season count half. */
static double moving_mean(const double *ratio, int t, int season)
{
    int half = season / 2;
    double sum = 0;
    for (int k = -half; k <= half; k++) sum += ratio[t + k];
    if (season % 2 == 0) sum -= (ratio[t - half] + ratio[t + half]) / 2;
    return sum / season;
}

/* Means of the ratios by place into wave; returns the share of their spread that is more than
 * the years' differences. */
static double means_by_place(const double *ratio, int span, int season, double *wave, double *times)
{
    int half = season / 2, used = 0, places = 0;
    double within = 0, between = 0, error = 0;
    memset(times, 0, (size_t)season * sizeof *times);
    memset(wave, 0, (size_t)season * sizeof *wave);
    for (int pass = 0; pass < 2; pass++) {
        for (int t = half; t < span - half; t++) {
            double level = moving_mean(ratio, t, season);
            if (level <= 0) continue;
            int j = t % season;
            if (pass == 0)
                wave[j] += ratio[t] / level, times[j]++, used++;
            else
                within += pow(ratio[t] / level - wave[j], 2);
        }
        for (int j = 0; pass == 0 && j < season; j++)
            if (times[j] > 0) wave[j] /= times[j], places++;
    }
    if (places < season || used <= season) return 0;
    double sum = 0;
    for (int j = 0; j < season; j++) sum += wave[j] / season;
    if (sum <= 0) return 0;
    for (int j = 0; j < season; j++) {
        wave[j] /= sum;
        between += pow(wave[j] - 1, 2) / (season - 1);
        error += within / (used - season) / times[j] / season;
    }
    return between > error ? 1 - error / between : 0;
}

/* One step ahead smoothed ratio / wave into tide[span + 1]; the squared errors. */
static double smooth(const double *ratio, int span, int season, const double *wave, double weight,
                     double *tide)
{
    double level = 0, cost = 0;
    int first = season < span ? season : span;
    for (int t = 0; t < first; t++) level += ratio[t] / wave[t % season] / first;
    for (int t = 0; t < span; t++) {
        double error = ratio[t] / wave[t % season] - level;
        tide[t] = level;
        cost += error * error;
        level += weight * error;
    }
    tide[span] = level;
    return cost;
}

/* The weight of least squares; none, if the mean of all would have been as good, which it
 * could not even have known. */
static void find_tide(const double *ratio, int span, int season, const double *wave, double *tide)
{
    static const double weights[] = {0.05, 0.1, 0.2, 0.3, 0.5};
    double best = 0, chosen = 0;
    for (int t = 0; t < span; t++) best += pow(ratio[t] / wave[t % season] - 1, 2);
    for (size_t i = 0; i < sizeof weights / sizeof *weights; i++) {
        double cost = smooth(ratio, span, season, wave, weights[i], tide);
        if (cost < best) best = cost, chosen = weights[i];
    }
    if (chosen > 0) smooth(ratio, span, season, wave, chosen, tide);
    for (int t = 0; t <= span; t++) tide[t] = chosen > 0 ? fmax(tide[t], 0.01) : 1;
}

void ku_counts_season(const ku_counts_series *series, size_t count, int season, double *wave,
                      double *tide, double *room)
{
    int begin, span = ku_counts_span(series, count, &begin);
    double *total = room, *expected = room + (span > season ? span : season), kept = 0;
    memset(total, 0, (size_t)span * sizeof *total);
    memset(expected, 0, (size_t)span * sizeof *expected);
    add_up(series, count, begin, total, expected);
    for (int t = 0; t < span; t++) total[t] = expected[t] > 0 ? total[t] / expected[t] : 1;
    if (span > 2 * season && season > 1) kept = means_by_place(total, span, season, wave, expected);
    for (int j = 0; j < season; j++) wave[j] = kept > 0 ? fmax(1 + kept * (wave[j] - 1), 0.01) : 1;
    for (int t = 0; t <= span; t++) tide[t] = 1;
    if (count > 1) find_tide(total, span, season, wave, tide);
    /* From the place in the span to the place on the calendar. */
    memcpy(expected, wave, (size_t)season * sizeof *wave);
    for (int j = 0; j < season; j++) {
        int place = (begin + j) % season;
        wave[place < 0 ? place + season : place] = expected[j];
    }
}
