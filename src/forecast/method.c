/* method.c - the list of methods, made from methods.def. */
#include "forecast/method.h"

#include <math.h>
#include <string.h>

const double ku_bound_share[KU_BOUNDS] = {0.1, 0.9, 0.025, 0.975};

/* The normal quantiles of ku_bound_share. */
static const double bound_normal[KU_BOUNDS] = {-1.2815515655446004, 1.2815515655446004,
                                               -1.9599639845400545, 1.9599639845400545};

#define KU_METHOD(name, title) &ku_method_##name,
const ku_method *const ku_methods[] = {
#include "forecast/methods.def"
};
#undef KU_METHOD

const int ku_method_count = sizeof ku_methods / sizeof *ku_methods;

const ku_method *ku_method_find(const char *name)
{
    for (int i = 0; i < ku_method_count; i++)
        if (strcmp(ku_methods[i]->name, name) == 0) return ku_methods[i];
    return NULL;
}

void ku_ahead_normal(ku_ahead *ahead, const double *variance)
{
    for (int b = 0; b < KU_BOUNDS; b++)
        for (int i = 0; i < ahead->h; i++)
            ahead->bound[b][i] = ahead->mean[i] + bound_normal[b] * sqrt(variance[i]);
}

bool ku_ahead_finite(const ku_ahead *ahead, int n)
{
    for (int i = 0; i < ahead->h; i++) {
        if (!isfinite(ahead->mean[i])) return false;
        for (int b = 0; b < KU_BOUNDS; b++)
            if (!isfinite(ahead->bound[b][i])) return false;
    }
    for (int t = 0; ahead->fitted != NULL && t < n; t++)
        if (!isfinite(ahead->fitted[t])) return false;
    return true;
}
