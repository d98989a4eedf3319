/* geometric.c - the beta-geometric course of the active share over age. */
#include <math.h>

#include "analyses/customers/cohorts/project.h"
#include "num/nelder.h"

typedef struct margin {
    int ages; /* seen */
    double active[512], people[512];
} margin;

static double p_of(const double *x)
{
    return 1 / (1 + exp(-x[0]));
}

/* survivor(age) = survivor(age - 1) (delta + age - 1) / (gamma + delta + age - 1). */
static double next_survivor(double survivor, const double *x, int age)
{
    double gamma = exp(x[1]), delta = exp(x[2]);
    return survivor * (delta + age - 1) / (gamma + delta + age - 1);
}

static double misfit(void *data, const double *x)
{
    const margin *m = data;
    double survivor = 1, sum = 0;
    if (fabs(x[0]) > 20 || fabs(x[1]) > 8 || fabs(x[2]) > 8) return INFINITY;
    for (int age = 1; age < m->ages; age++) {
        survivor = next_survivor(survivor, x, age);
        double p = fmin(1 - 1e-9, fmax(1e-12, p_of(x) * survivor));
        sum -= m->active[age] * log(p) + (m->people[age] - m->active[age]) * log1p(-p);
    }
    /* weak preference for gamma and delta near 1, where few ages tell nothing */
    return sum + 0.05 * (x[1] * x[1] + x[2] * x[2]);
}

bool project_geometric_curve(const triangle *t, int ages, double *share)
{
    margin m = {.ages = t->periods < 512 ? t->periods : 512};
    double active = 0, people = 0, room[64];
    for (int c = 0; c < t->periods; c++)
        for (int age = 1; age < triangle_known(t, c) && age < m.ages; age++) {
            m.active[age] += triangle_at(t, c, age);
            m.people[age] += t->size[c];
            active += triangle_at(t, c, age);
            people += t->size[c];
        }
    if (active <= 0 || active >= people || ku_nelder_room(3) > sizeof room / sizeof *room)
        return false;
    double mean = active / people, x[3] = {log(mean / (1 - mean)) + 0.5, 0, 0.5};
    ku_nelder(misfit, &m, 3, 1e-10, 2000, x, room);
    double survivor = 1;
    for (int age = 1; age < ages; age++) {
        survivor = next_survivor(survivor, x, age);
        share[age] = fmin(1 - 1e-9, fmax(1e-12, p_of(x) * survivor));
    }
    return true;
}
