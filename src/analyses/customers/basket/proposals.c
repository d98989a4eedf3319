/* proposals.c - next and check: what each known customer is likely to buy next. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analyses/customers/basket/basket.h"

typedef struct job {
    ku_run_context *context;
    ku_arena *arena;
    ku_owned owned;
    const ku_frame *buyers;
    const char **name; /* of the products compared, by place */
    double *line_amount;
    int most, within;
} job;

/* ---- what is owned -------------------------------------------------------------------------------------- */

typedef struct bought {
    int32_t first, product;
} bought;

static int by_day(const void *a, const void *b)
{
    const bought *x = a, *y = b;
    if (x->first != y->first) return x->first < y->first ? -1 : 1;
    return (x->product > y->product) - (x->product < y->product);
}

/* Rows in any order become lists by customer, each in order of the first day. */
static bool read_owned(job *j, const ku_frame *owned)
{
    size_t customers = (size_t)j->owned.customers, rows = (size_t)owned->rows;
    const int64_t *buyer = ku_frame_column(owned, "buyer")->as.i64;
    const int64_t *product = ku_frame_column(owned, "product")->as.i64;
    const int32_t *day = ku_frame_column(owned, "first_day")->as.days;
    int64_t *start = KU_ARRAY(j->arena, customers + 2, int64_t);
    bought *list = ku_arena_try(j->arena, (rows + 1) * sizeof *list);
    int32_t *products = ku_arena_try(j->arena, (rows + 1) * sizeof *products);
    int32_t *first = ku_arena_try(j->arena, (rows + 1) * sizeof *first);
    if (list == NULL || products == NULL || first == NULL) return false;
    for (size_t i = 0; i < rows; i++) start[buyer[i] + 2]++;
    for (size_t c = 2; c < customers + 2; c++) start[c] += start[c - 1];
    for (size_t i = 0; i < rows; i++)
        list[start[buyer[i] + 1]++] = (bought){day[i], (int32_t)product[i]};
    for (size_t c = 0; c < customers; c++)
        qsort(list + start[c], (size_t)(start[c + 1] - start[c]), sizeof *list, by_day);
    for (size_t i = 0; i < rows; i++) {
        products[i] = list[i].product;
        first[i] = list[i].first;
    }
    j->owned.start = start;
    j->owned.product = products;
    j->owned.first = first;
    return true;
}

static void read_buyers(job *j, const ku_frame *span)
{
    static const char *const last[KU_NEXT_MOMENTS] = {"last_0", "last_1", "last_2"};
    static const char *const moment[KU_NEXT_MOMENTS] = {"moment_0", "moment_1", "last_day"};
    for (int m = 0; m < KU_NEXT_MOMENTS; m++) {
        const ku_column *column = ku_frame_column(j->buyers, last[m]);
        int32_t *day = KU_ARRAY(j->arena, (size_t)j->owned.customers + 1, int32_t);
        for (int32_t c = 0; c < j->owned.customers; c++)
            day[c] = ku_column_valid(column, c) ? column->as.days[c] : INT32_MIN;
        j->owned.last[m] = day;
        j->owned.moment[m] = ku_frame_column(span, moment[m])->as.days[0];
    }
}

static void read_products(job *j, const ku_frame *products)
{
    j->name = KU_ARRAY(j->arena, (size_t)products->rows + 1, const char *);
    j->line_amount = KU_ARRAY(j->arena, (size_t)products->rows + 1, double);
    const ku_column *place = ku_frame_column(products, "place");
    for (int64_t p = 0; p < products->rows; p++) {
        if (!ku_column_valid(place, p)) continue;
        int64_t at = place->as.i64[p];
        j->name[at] = basket_text(products, "name", p, j->arena);
        j->line_amount[at] = basket_line_amount(products, p);
        if (at >= j->owned.products) j->owned.products = (int32_t)at + 1;
    }
}

/* ---- tables --------------------------------------------------------------------------------------------- */

static void put_check(const job *j, const ku_next *next, ku_frame_builder *to)
{
    static const char *const words[3] = {"the best one", "the best three", "the best five"};
    ku_next_hit hit[3];
    ku_next_hits(next, hit);
    for (int i = 0; i < 3; i++) {
        ku_build_text(to, 0, words[i]);
        ku_build_int(to, 1, hit[i].customers);
        ku_build_double(to, 2, hit[i].share);
        ku_build_double(to, 3, hit[i].share_range.lo);
        ku_build_double(to, 4, hit[i].share_range.hi);
        ku_build_double(to, 5, hit[i].popular);
        ku_build_double(to, 6, hit[i].popular_range.lo);
        ku_build_double(to, 7, hit[i].popular_range.hi);
        ku_build_row(to);
    }
    if (hit[1].share_range.hi < hit[1].popular_range.lo || hit[1].share <= hit[1].popular)
        ku_run_remark(j->context, KU_WARN, "proposals",
                      "Naming the best sellers a customer does not own would have done as well: "
                      "%.1f %% against %.1f %% with three proposals.",
                      100 * hit[1].popular, 100 * hit[1].share);
}

static void put_proposal(const job *j, int32_t customer, int place, const ku_proposal *p,
                         ku_frame_builder *to)
{
    const ku_column *name = ku_frame_column(j->buyers, "customer");
    int32_t length;
    const char *text = ku_dictionary_at(&name->dictionary, name->as.codes[customer], &length);
    double amount = j->line_amount[p->product];
    ku_build_textn(to, 0, text, (size_t)length);
    ku_build_int(to, 1, place);
    ku_build_text(to, 2, j->name[p->product]);
    ku_build_double(to, 3, p->chance);
    ku_build_double(to, 4, p->range.lo);
    ku_build_double(to, 5, p->range.hi);
    ku_build_text(to, 6, p->because >= 0 ? j->name[p->because] : NULL);
    ku_build_double(to, 7, p->chance * amount);
    ku_build_double(to, 8, p->range.lo * amount);
    ku_build_double(to, 9, p->range.hi * amount);
    const ku_column *contact = ku_frame_column(j->buyers, "contact_allowed");
    if (ku_column_valid(contact, customer))
        ku_build_bool(to, 10, ku_column_bool(contact, customer));
    ku_build_row(to);
}

static ku_status put_proposals(const job *j, const ku_next *next, ku_frame_builder *to,
                               ku_error *err)
{
    size_t customers = (size_t)j->owned.customers, most = (size_t)j->most;
    ku_proposal *proposal = ku_arena_try(j->arena, customers * most * sizeof *proposal);
    int *count = ku_arena_try(j->arena, customers * sizeof *count);
    if (proposal == NULL || count == NULL)
        return ku_error_set(err, KU_NO_MEMORY, "next",
                            "there is not memory enough for %zu proposals to each of %zu customers",
                            most, customers);
    ku_next_propose(next, j->most, ku_run_pool(j->context), proposal, count);
    for (size_t c = 0; c < customers; c++)
        for (int k = 0; k < count[c]; k++)
            put_proposal(j, (int32_t)c, k + 1, &proposal[c * most + (size_t)k], to);
    return KU_OK;
}

static ku_status no_proposals(const job *j, const char *why)
{
    ku_run_remark(j->context, KU_WARN, "proposals", "No proposals: %s.", why);
    return KU_OK;
}

static ku_status propose(job *j, const ku_frames *in, ku_frame_builder *check, ku_frame_builder *to,
                         ku_error *err)
{
    const char *why;
    ku_next *next;
    if (j->most == 0) return KU_OK;
    if (j->buyers->rows == 0)
        return no_proposals(j, "no line tells of a customer and the day they bought");
    if (j->buyers->rows >= INT32_MAX) return no_proposals(j, "there are too many customers");
    ku_run_progress(j->context, 0.6, "looking for what comes next");
    j->owned.customers = (int32_t)j->buyers->rows;
    read_products(j, ku_frames_find(in, "products"));
    read_buyers(j, ku_frames_find(in, "span"));
    if (!read_owned(j, ku_frames_find(in, "owned")))
        return ku_error_set(err, KU_NO_MEMORY, "next",
                            "there is not memory enough for what %d customers own",
                            j->owned.customers);
    KU_TRY(ku_next_learn(&j->owned, j->arena, ku_run_pool(j->context), &next, &why, err));
    if (next == NULL)
        return no_proposals(
            j, ku_arena_printf(j->arena, "%s within %d days; see --within", why, j->within));
    put_check(j, next, check);
    return put_proposals(j, next, to, err);
}

ku_status basket_put_next(const ku_frames *in, const ku_params *params, ku_run_context *context,
                          ku_frames *out, ku_error *err)
{
    job j = {.context = context,
             .arena = ku_run_arena(context),
             .buyers = ku_frames_find(in, "buyers"),
             .most = (int)ku_param_int(params, "next"),
             .within = (int)ku_param_int(params, "within")};
    ku_frame_builder *check = ku_run_output(context, "check"),
                     *next = ku_run_output(context, "next");
    ku_status status = propose(&j, in, check, next, err);
    ku_status added = ku_frames_add_built(out, next, status == KU_OK ? err : NULL);
    if (status == KU_OK) status = added;
    added = ku_frames_add_built(out, check, status == KU_OK ? err : NULL);
    return status == KU_OK ? added : status;
}
