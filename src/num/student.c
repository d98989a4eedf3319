/* student.c - Student's t by the angle of its tangent.
 *
 * With t = sqrt(v) tan(a) the probability between 0 and t is c times the integral of
 * cos^(v-1) from 0 to a, a smooth function over a short way (Abramowitz & Stegun 1964,
 * 26.7.3 is its closed form for whole v). The angle is found by Newton's method, whose
 * slope is the integrand itself. With many degrees of freedom the expansion around the
 * normal quantile (26.7.5) is exact to more digits than are asked for. */
#include "num/student.h"

#include <assert.h>
#include <math.h>

#include "kemudi/rng.h"
#include "num/cumulative.h"

enum { MANY = 200, NODES = 5, PIECES = 16 };

static const double pi = 3.14159265358979323846;

/* Gauss-Legendre nodes and weights on [-1, 1] (Abramowitz & Stegun, table 25.4). */
static const double node[NODES] = {-0.906179845938664, -0.538469310105683, 0, 0.538469310105683,
                                   0.906179845938664};
static const double weight[NODES] = {0.236926885056189, 0.478628670499366, 0.568888888888889,
                                     0.478628670499366, 0.236926885056189};

static double integral(double angle, double freedom)
{
    double half = angle / (2 * PIECES), sum = 0;
    for (int piece = 0; piece < PIECES; piece++)
        for (int i = 0; i < NODES; i++)
            sum += weight[i] * pow(cos(half * (2 * piece + 1 + node[i])), freedom - 1);
    return half * sum;
}

static double expansion(double z, double v)
{
    double z2 = z * z;
    double g1 = (z2 + 1) * z / 4;
    double g2 = ((5 * z2 + 16) * z2 + 3) * z / 96;
    double g3 = (((3 * z2 + 19) * z2 + 17) * z2 - 15) * z / 384;
    double g4 = ((((79 * z2 + 776) * z2 + 1482) * z2 - 1920) * z2 - 945) * z / 92160;
    return z + (g1 + (g2 + (g3 + g4 / v) / v) / v) / v;
}

double ku_student_quantile(double p, double freedom)
{
    double normal = ku_normal_quantile(p);
    if (freedom >= MANY) return expansion(normal, freedom);
    int sign;
    double c = exp(lgamma_r((freedom + 1) / 2, &sign) - lgamma_r(freedom / 2, &sign)) / sqrt(pi);
    double share = fabs(p - 0.5), low = 0, high = pi / 2;
    double angle = fmin(atan(fabs(normal) / sqrt(freedom)), 1.5);
    for (int step = 0; step < 100; step++) {
        double error = c * integral(angle, freedom) - share;
        if (error < 0) low = angle;
        if (error > 0) high = angle;
        double next = angle - error / (c * pow(cos(angle), freedom - 1));
        if (!(next > low && next < high)) next = (low + high) / 2;
        if (fabs(next - angle) <= 1e-15 * angle) break;
        angle = next;
    }
    return copysign(sqrt(freedom) * tan(angle), p - 0.5);
}

double ku_student_below(double t, double freedom)
{
    assert(freedom > 0);
    double tail = ku_beta_below(freedom / (freedom + t * t), freedom / 2, 0.5) / 2;
    return t > 0 ? 1 - tail : tail;
}
