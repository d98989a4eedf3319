/* classify.c - how often and in how even amounts something is asked for. */
#include "forecast/intermittent/intermittent.h"

#include <math.h>
#include <stddef.h>

static const double seldom = 1.32, uneven = 0.49;

const char *ku_demand_class_name(ku_demand_class class)
{
    static const char *const names[] = {"no demand", "smooth", "erratic", "intermittent", "lumpy"};
    return names[class];
}

static ku_demand_class class_of(double interval, double variation)
{
    if (interval < seldom) return variation < uneven ? KU_DEMAND_SMOOTH : KU_DEMAND_ERRATIC;
    return variation < uneven ? KU_DEMAND_INTERMITTENT : KU_DEMAND_LUMPY;
}

ku_demand_pattern ku_demand_classify(const double *y, int n)
{
    ku_demand_pattern p = {.class = KU_DEMAND_NONE, .whole = true};
    double squares = 0;
    for (int t = 0; t < n; t++) {
        p.whole = p.whole && y[t] == floor(y[t]);
        if (y[t] <= 0) continue;
        double before = y[t] - p.size;
        p.demands++;
        p.size += before / p.demands;
        squares += before * (y[t] - p.size);
    }
    if (p.demands == 0) return p;
    p.interval = (double)n / p.demands;
    p.size_variance = p.demands > 1 ? squares / (p.demands - 1) : 0;
    p.variation = p.size_variance / (p.size * p.size);
    p.class = class_of(p.interval, p.variation);
    return p;
}
