/* customers.c - the table of all customers, the most valuable first, and how much of the
 * equity the first hold. Millions of rows: sorted by the bits of their values (radix), written
 * column by column into the builder. */
#include <math.h>
#include <string.h>

#include "analyses/customers/value/value.h"

enum { STEPS = 100, DIGIT = 11, BUCKETS = 1 << DIGIT };

/* ---- order ---------------------------------------------------------------------------------- */

typedef struct place {
    uint32_t key, who;
} place;

/* Larger floats have smaller keys. */
static uint32_t key_of(float value)
{
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    bits = bits & 0x80000000u ? ~bits : bits | 0x80000000u;
    return ~bits;
}

static void sort_by_digit(const place *from, place *to, size_t n, int shift)
{
    size_t start[BUCKETS + 1] = {0};
    for (size_t i = 0; i < n; i++) start[(from[i].key >> shift & (BUCKETS - 1)) + 1]++;
    for (int k = 0; k < BUCKETS; k++) start[k + 1] += start[k];
    for (size_t i = 0; i < n; i++) to[start[from[i].key >> shift & (BUCKETS - 1)]++] = from[i];
}

static float rank_value(const value_case *c, size_t i)
{
    if (c->choice.chosen < 0) return (float)c->people.money->as.f64[i];
    return c->money.money ? c->money.now.one[i].value : c->money.now.one[i].purchases;
}

/* The customers' numbers by value; NULL without memory. */
static const place *ranked(const value_case *c)
{
    size_t n = c->people.count;
    place *a = ku_arena_try(c->arena, (n + 1) * sizeof *a);
    place *b = ku_arena_try(c->arena, (n + 1) * sizeof *b);
    if (a == NULL || b == NULL) return NULL;
    for (size_t i = 0; i < n; i++) a[i] = (place){key_of(rank_value(c, i)), (uint32_t)i};
    for (int shift = 0; shift < 32; shift += DIGIT) {
        sort_by_digit(a, b, n, shift);
        place *other = a;
        a = b;
        b = other;
    }
    return a;
}

/* ---- rows ------------------------------------------------------------------------------------- */

static void put_words(ku_frame_builder *b, int at, const ku_column *column, int64_t row)
{
    int32_t length;
    if (!ku_column_valid(column, row)) return;
    const char *word = ku_dictionary_at(&column->dictionary, column->as.codes[row], &length);
    ku_build_textn(b, at, word, (size_t)length);
}

static void put_worth(const value_case *c, const ku_worth_one *one, ku_frame_builder *b)
{
    const float value[] = {one->alive,    one->purchases, one->purchases_lo, one->purchases_hi,
                           one->spend,    one->spend_lo,  one->spend_hi,     one->value,
                           one->value_lo, one->value_hi};
    int shown = c->money.money ? 10 : 4;
    for (int k = 0; k < shown; k++) ku_build_double(b, 9 + k, (double)value[k]);
}

static void put_customer(const value_case *c, size_t i, ku_frame_builder *b)
{
    const value_people *p = &c->people;
    int64_t row = (int64_t)i;
    put_words(b, 0, p->customer, row);
    put_words(b, 1, p->segment, row);
    put_words(b, 2, p->channel, row);
    put_words(b, 3, p->region, row);
    put_words(b, 4, p->cohort, row);
    if (ku_column_valid(p->contact_allowed, row))
        ku_build_bool(b, 5, ku_column_bool(p->contact_allowed, row));
    ku_build_int(b, 6, p->repeats->as.i64[i] + 1);
    ku_build_date(b, 7, p->last_day->as.days[i]);
    ku_build_double(b, 8, p->money->as.f64[i]);
    if (c->choice.chosen >= 0) put_worth(c, &c->money.now.one[i], b);
    ku_build_row(b);
}

/* Rows come in the order of value, so what they need lies all over the memory: it is asked for
 * some rows ahead, first what is there by customer, then the names. */
static void fetch_ahead(const value_case *c, const place *order, size_t i)
{
    enum { NEAR = 8, FAR = 16 };
    const value_people *p = &c->people;
    if (i + FAR < p->count) {
        size_t who = order[i + FAR].who;
        __builtin_prefetch(&p->customer->as.codes[who]);
        __builtin_prefetch(&p->repeats->as.i64[who]);
        __builtin_prefetch(&p->last_day->as.days[who]);
        __builtin_prefetch(&p->money->as.f64[who]);
        if (c->choice.chosen >= 0) {
            const char *one = (const char *)&c->money.now.one[who];
            __builtin_prefetch(one);
            __builtin_prefetch(one + sizeof(ku_worth_one) - 1);
        }
    }
    if (i + NEAR < p->count) {
        int32_t length, code = p->customer->as.codes[order[i + NEAR].who];
        __builtin_prefetch(ku_dictionary_at(&p->customer->dictionary, code, &length));
    }
}

static void put_step(ku_frame_builder *b, double customers, double value)
{
    ku_build_double(b, 0, customers);
    ku_build_double(b, 1, value);
    ku_build_row(b);
}

/* Steps of a hundredth of the customers; nothing where all together are worth nothing. */
static void put_spread(const value_case *c, const place *order, ku_frame_builder *b)
{
    double sum = 0, held = 0;
    size_t n = c->people.count, step = 1;
    for (size_t i = 0; i < n; i++) sum += rank_value(c, i);
    if (!(sum > 0)) return;
    put_step(b, 0, 0);
    for (size_t i = 0; i < n; i++) {
        held += rank_value(c, order[i].who);
        if ((i + 1) * STEPS < step * n) continue;
        put_step(b, (double)(i + 1) / (double)n, held / sum);
        while (step <= (i + 1) * STEPS / n) step++;
    }
}

ku_status value_customers(const value_case *c, ku_frames *out, ku_error *err)
{
    const place *order = ranked(c);
    if (order == NULL)
        return ku_error_set(err, KU_NO_MEMORY, NULL, "%zu customers do not fit into memory",
                            c->people.count);
    ku_frame_builder *customers = ku_run_output(c->context, "customers");
    ku_frame_builder *spread = ku_run_output(c->context, "spread");
    for (size_t i = 0; i < c->people.count; i++) {
        fetch_ahead(c, order, i);
        put_customer(c, order[i].who, customers);
    }
    if (c->choice.chosen >= 0) put_spread(c, order, spread);
    KU_TRY(ku_frames_add_built(out, customers, err));
    return ku_frames_add_built(out, spread, err);
}
