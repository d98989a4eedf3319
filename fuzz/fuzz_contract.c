/* fuzz_contract.c - any bytes as cohorts of customers under contract: refused in words, or
 * fitted with figures that can be shares, numbers and times. */
#include "bytes.h"

#include "customers/contract/contract.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { COHORTS = 6, PERIODS = 60 };

static void check_share(const char *what, ku_contract_interval i)
{
    if (!(i.lo <= i.mean + 1e-12 && i.mean <= i.hi + 1e-12) || i.lo < 0 || i.hi > 1)
        wrong("%s: %g, interval %g to %g", what, i.mean, i.lo, i.hi);
}

static void check_time(const char *what, ku_contract_interval i)
{
    if (isnan(i.mean) || isnan(i.lo) || isnan(i.hi) || i.lo < 0 || i.lo > i.hi)
        wrong("%s: %g, interval %g to %g", what, i.mean, i.lo, i.hi);
}

static void check_fit(const ku_contract_fit *fit, int periods)
{
    double before = 1;
    for (int t = 1; t <= periods + 5; t++) {
        ku_contract_interval s = ku_contract_survival(fit, t);
        check_share("survival", s);
        check_share("retention", ku_contract_retention(fit, t));
        if (s.mean > before) wrong("survival rises at %d", t);
        before = s.mean;
    }
    check_time("alive", ku_contract_alive(fit, 100, periods, periods + 3));
    check_time("lifetime", ku_contract_lifetime(fit, periods, 50));
    check_time("lifetime for ever", ku_contract_lifetime(fit, periods, INFINITY));
    check_time("residual", ku_contract_residual(fit, periods, 0.1, INFINITY));
    check_time("new", ku_contract_new(fit, 0.01, INFINITY));
}

/* Mostly falling numbers, now and then something else. */
static void take_cohort(bytes *from, ku_cohort *cohort, double *alive)
{
    cohort->periods = take_below(from, PERIODS);
    cohort->alive = alive;
    alive[0] = take_below(from, 8) == 7 ? take_scale(from) : take_below(from, 2000);
    for (int t = 1; t <= cohort->periods; t++) {
        int kind = take_below(from, 64);
        alive[t] = floor(alive[t - 1] * (255 - take_below(from, 128)) / 255);
        if (kind == 63) alive[t] = take_scale(from);
        if (kind == 62) alive[t] = alive[t - 1];
        if (kind == 61) alive[t] = NAN;
        if (kind == 60) alive[t] = alive[t - 1] / 3;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    bytes from = {data, size};
    double alive[COHORTS][PERIODS];
    ku_cohort cohorts[COHORTS];
    ku_tenure tenure;
    ku_contract_fit fit;
    ku_error err = {0};
    int count = take_below(&from, COHORTS + 1);
    for (int i = 0; i < count; i++) take_cohort(&from, &cohorts[i], alive[i]);
    ku_arena *arena = ku_arena_new();
    ku_status status = ku_tenure_of(cohorts, count, arena, &tenure, &err);
    if (status != KU_OK && (status != KU_BAD_DATA || err.message[0] == '\0'))
        wrong("%s: %s", ku_status_name(status), err.message);
    for (int weibull = 0; status == KU_OK && weibull < 2; weibull++)
        if (ku_contract_estimate(&tenure, weibull, &fit, &err) == KU_OK)
            check_fit(&fit, tenure.periods);
    ku_arena_free(arena);
    return 0;
}
