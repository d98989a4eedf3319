/* tables.c - segments, customers and the check of the model as tables. */
#include <math.h>
#include <stdlib.h>

#include "analyses/customers/wallet/wallet_internal.h"

static double share_of(double own, double wallet)
{
    return wallet > 0 ? own / wallet : NAN;
}

static const char *basis_of(const wallet_run_state *r)
{
    return r->modelled ? "what customers told" : "the best of like customers";
}

static void put_segment(ku_frame_builder *table, const wallet_run_state *r, int s)
{
    const segment_sum *sum = &r->sum[s];
    range ahead = wallet_sum_limits(r, sum);
    double elsewhere = sum->elsewhere;
    double value[] = {sum->own,
                      sum->own + elsewhere,
                      sum->own + ahead.lo,
                      sum->own + ahead.hi,
                      share_of(sum->own, sum->own + elsewhere),
                      share_of(sum->own, sum->own + ahead.hi),
                      share_of(sum->own, sum->own + ahead.lo),
                      elsewhere,
                      ahead.lo,
                      ahead.hi,
                      elsewhere / sum->customers};
    ku_build_text(table, 0, s < r->segments ? r->name[s] : "All customers");
    ku_build_text(table, 1, sum->given ? "a panel" : basis_of(r));
    ku_build_int(table, 2, (int64_t)sum->customers);
    ku_build_int(table, 3, (int64_t)sum->surveyed);
    for (int k = 0; k < 11; k++) ku_build_double(table, 4 + k, value[k]);
    ku_build_row(table);
}

ku_frame_builder *wallet_put_segments(const wallet_run_state *r)
{
    ku_frame_builder *table = ku_run_output(r->context, "segments");
    int *order = KU_ARRAY(r->arena, (size_t)r->segments, int);
    for (int s = 0; s < r->segments; s++) {
        int at = s;
        for (; at > 0 && r->sum[order[at - 1]].elsewhere < r->sum[s].elsewhere; at--)
            order[at] = order[at - 1];
        order[at] = s;
    }
    put_segment(table, r, r->segments);
    for (int s = 0; s < r->segments; s++)
        if (r->sum[order[s]].customers > 0) put_segment(table, r, order[s]);
    return table;
}

static double headroom(const wallet_run_state *r, size_t i)
{
    return r->belief[i].wallet - r->person[i].own;
}

static int by_headroom(const void *a, const void *b, void *state)
{
    size_t i = *(const size_t *)a, j = *(const size_t *)b;
    double x = headroom(state, i), y = headroom(state, j);
    return x != y ? (x < y) - (x > y) : (i > j) - (i < j);
}

static void put_customer(ku_frame_builder *table, const wallet_run_state *r,
                         const ku_column *customer, size_t i)
{
    const belief *b = &r->belief[i];
    double own = r->person[i].own;
    int32_t length;
    const char *name = ku_dictionary_at(&customer->dictionary, customer->as.codes[i], &length);
    double value[] = {own,
                      b->wallet,
                      b->limits.lo,
                      b->limits.hi,
                      share_of(own, b->wallet),
                      share_of(own, b->limits.hi),
                      share_of(own, b->limits.lo),
                      b->wallet - own,
                      b->limits.lo - own,
                      b->limits.hi - own};
    ku_build_textn(table, 0, name, (size_t)length);
    ku_build_text(table, 1, r->name[r->person[i].segment]);
    ku_build_bool(table, 2, r->told[i]);
    ku_build_int(table, 3, (int64_t)r->person[i].purchases);
    for (int k = 0; k < 10; k++) ku_build_double(table, 4 + k, value[k]);
    ku_build_row(table);
}

ku_frame_builder *wallet_put_customers(wallet_run_state *r)
{
    ku_frame_builder *table = ku_run_output(r->context, "customers");
    const ku_column *customer = ku_frame_column(r->own, "customer");
    size_t *order = KU_ARRAY(r->arena, r->people, size_t);
    for (size_t i = 0; i < r->people; i++) order[i] = i;
    qsort_r(order, r->people, sizeof *order, by_headroom, r);
    for (size_t i = 0; i < r->people; i++) put_customer(table, r, customer, order[i]);
    return table;
}

static void put_method(ku_frame_builder *table, const wallet_run_state *r, const char *method,
                       const wallet_check *check)
{
    ku_build_text(table, 0, method);
    ku_build_int(table, 1, (int64_t)r->answers);
    ku_build_double(table, 2, check->miss);
    ku_build_double(table, 3, check->bias);
    ku_build_double(table, 4, check->inside80);
    ku_build_double(table, 5, check->inside95);
    ku_build_row(table);
}

ku_frame_builder *wallet_put_check(const wallet_run_state *r)
{
    ku_frame_builder *table = ku_run_output(r->context, "check");
    if (!r->judged) return table;
    put_method(table, r, "model", &r->by_model);
    put_method(table, r, "the segment's mean share", &r->by_plain);
    return table;
}
