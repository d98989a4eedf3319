/* rank.c - designs in order.
 *
 * A design is good when it finds small lifts, when it sees little where nothing was done and when
 * other regions can follow its own, and when it finds nothing where nothing is. Each of the four
 * orders the designs, designs alike in it sharing a place; the mean of the places decides, as in
 * GeoLift, which takes smallest lift, power and the size of the error. Designs that cost too much come behind all others; of equals the cheaper is first. */
#include <math.h>
#include <stdlib.h>

#include "analyses/returns/experiment_design/design_internal.h"

enum { PLACES = 4 };

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Adds to each design's score its place by `key`, equals sharing one. */
static void add_places(planning *p, double *key)
{
    double *sorted = KU_ARRAY(p->arena, p->choices, double);
    size_t places = 0;
    for (size_t i = 0; i < p->choices; i++) sorted[i] = key[i];
    qsort(sorted, p->choices, sizeof *sorted, by_size);
    for (size_t i = 0; i < p->choices; i++)
        if (i == 0 || sorted[i] != sorted[places - 1]) sorted[places++] = sorted[i];
    for (size_t i = 0; i < p->choices; i++) {
        const double *found = bsearch(&key[i], sorted, places, sizeof *sorted, by_size);
        p->choice[i].score += (double)(found - sorted) / PLACES;
    }
}

static void score(planning *p)
{
    double *key = KU_ARRAY(p->arena, p->choices, double);
    for (size_t i = 0; i < p->choices; i++) {
        const choice *c = &p->choice[i];
        key[i] = c->smallest < 0 ? 1e9 : fabs(p->question.effect[c->smallest]);
    }
    add_places(p, key);
    for (size_t i = 0; i < p->choices; i++) key[i] = floor(p->choice[i].design->error * 1000 + 0.5);
    add_places(p, key);
    for (size_t i = 0; i < p->choices; i++)
        key[i] = floor(p->choice[i].design->imbalance * 100 + 0.5);
    add_places(p, key);
    for (size_t i = 0; i < p->choices; i++)
        key[i] = ceil(10 * fmax(0, p->choice[i].design->found[0] - 1 + p->question.confidence) -
                      1e-9);
    add_places(p, key);
}

static double price(const choice *c)
{
    return isnan(c->cost) ? c->design->outcome : c->cost;
}

static int better(const void *a, const void *b)
{
    const choice *x = a, *y = b;
    if (x->affordable != y->affordable) return x->affordable ? -1 : 1;
    if ((x->smallest < 0) != (y->smallest < 0)) return x->smallest < 0 ? 1 : -1;
    if (fabs(x->score - y->score) > 1e-9) return x->score < y->score ? -1 : 1;
    if (price(x) != price(y)) return price(x) < price(y) ? -1 : 1;
    return (x->design > y->design) - (x->design < y->design);
}

void planning_rank(planning *p)
{
    double power = ku_param_real(p->params, "power"), reach = ku_param_real(p->params, "reach");
    p->choice = KU_ARRAY(p->arena, p->designs + 1, choice);
    for (size_t i = 0; i < p->designs; i++) {
        const ku_design *d = &p->design[i];
        if (d->windows == 0) continue;
        if (d->share > reach) {
            p->too_large++;
            continue;
        }
        choice c = {.design = d, .smallest = ku_design_smallest(&p->question, d, power)};
        c.needed = c.smallest < 0 ? NAN : fabs(p->question.effect[c.smallest]) * d->outcome;
        c.cost = c.needed * p->cost;
        c.affordable = isnan(p->budget) || isnan(p->cost) || !(c.cost > p->budget);
        p->choice[p->choices++] = c;
    }
    score(p);
    qsort(p->choice, p->choices, sizeof *p->choice, better);
}
