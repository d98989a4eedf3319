/* fuzz_spend.c - any bytes as customers' purchases and averages: a model of spend is found or
 * refused in words, every figure is finite or said to be unknown, what is expected lies
 * within its interval, and the same twice. */
#include "bytes.h"

#include "customers/spend/spend.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MOST = 300 };

static void check_outlook(const ku_spend *spend, double orders, double average)
{
    ku_spend_outlook o = ku_spend_expect(spend, orders, average);
    if (!isfinite(o.mean) || !isfinite(o.lo) || !isfinite(o.hi))
        wrong("%g of %g: mean %g, interval %g to %g", orders, average, o.mean, o.lo, o.hi);
    if (!(o.variance >= 0) || !(o.within >= 0) || o.lo > o.hi)
        wrong("%g of %g: variance %g, within %g, interval %g to %g", orders, average, o.variance,
              o.within, o.lo, o.hi);
}

static void check_spend(const ku_spend *spend, const ku_spenders *s)
{
    if (spend->kind == KU_SPEND_GAMMA && !(spend->q > 1)) wrong("a mean that does not exist");
    if (!isfinite(spend->mean) || spend->mean_lo > spend->mean || spend->mean_hi < spend->mean)
        wrong("mean %g, interval %g to %g", spend->mean, spend->mean_lo, spend->mean_hi);
    for (size_t i = 0; i < s->rows; i++) check_outlook(spend, s->orders[i], s->mean[i]);
    check_outlook(spend, 0, 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    bytes from = {data, size};
    double orders[MOST], mean[MOST], weight[MOST];
    ku_spend spend, again;
    ku_error err = {0};
    int n = take_below(&from, MOST);
    bool heavy = take_below(&from, 4) == 3, large = take_below(&from, 8) == 7;
    take_series(&from, mean, n, 7);
    for (int i = 0; i < n; i++) {
        orders[i] = take_below(&from, 8) == 7 ? take_below(&from, large ? 60000 : 300)
                                              : take_below(&from, 4);
        weight[i] = heavy ? 1 + take_below(&from, 1000) : 1;
        mean[i] = fmax(-1e15, fmin(1e15, mean[i])); /* money */
        if (mean[i] != 0 && fabs(mean[i]) < 1e-6) mean[i] = 0;
    }
    ku_spenders s = {(size_t)n, orders, mean, weight};
    ku_arena *arena = ku_arena_new();
    ku_status status = ku_spend_estimate(&s, arena, &spend, &err);
    if (status != KU_OK && (status != KU_BAD_DATA || err.message[0] == '\0'))
        wrong("%s: %s", ku_status_name(status), err.message);
    if (status == KU_OK) {
        check_spend(&spend, &s);
        ku_spend_estimate(&s, arena, &again, &err);
        if (memcmp(&spend.mean, &again.mean, sizeof spend.mean) != 0) wrong("not the same twice");
    }
    ku_arena_free(arena);
    return 0;
}
