/* brands.c - the shares of brands that follow from the ranks customers gave them. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "analyses/customers/wallet/wallet_internal.h"

/* What the ranks of one brand come to, weighted. */
typedef struct brand_sum {
    const char *name;
    double users, weight, place, first, share, if_first;
    double square, cross; /* of weight x share with itself and with the weight */
} brand_sum;

/* Keiningham et al. (2011): (1 - rank / (brands + 1)) x 2 / brands. */
static double allocation(double place, double brands)
{
    return (1 - place / (brands + 1)) * 2 / brands;
}

static void add_brand(brand_sum *b, double weight, double place, double brands)
{
    double share = allocation(place, brands);
    b->users++;
    b->weight += weight;
    b->place += weight * place;
    b->first += place < 1.5 ? weight : 0;
    b->share += weight * share;
    b->if_first += weight * allocation(1, brands);
    b->square += weight * weight * share * share;
    b->cross += weight * weight * share;
}

static void put_brand(ku_frame_builder *table, const wallet_run_state *r, const brand_sum *b,
                      double weight, double squares)
{
    double mean = b->share / weight;
    /* a ratio of sums: residuals are weight x (share - mean), the share 0 where not used */
    double variance = (b->square - 2 * mean * b->cross + mean * mean * squares) / weight / weight;
    double reach = WALLET_Z95 * sqrt(fmax(0, variance));
    ku_build_text(table, 0, b->name);
    ku_build_bool(table, 1, strcasecmp(b->name, ku_param_text_value(r->params, "us")) == 0);
    ku_build_int(table, 2, (int64_t)b->users);
    ku_build_double(table, 3, b->weight / weight);
    ku_build_double(table, 4, b->place / b->weight);
    ku_build_double(table, 5, b->first / weight);
    ku_build_double(table, 6, mean);
    ku_build_double(table, 7, fmax(0, mean - reach));
    ku_build_double(table, 8, fmin(1, mean + reach));
    ku_build_double(table, 9, b->if_first / weight);
    ku_build_row(table);
}

static int by_share(const void *a, const void *b)
{
    const brand_sum *p = a, *q = b;
    return p->share != q->share ? (p->share < q->share) - (p->share > q->share)
                                : strcmp(p->name, q->name);
}

ku_frame_builder *wallet_put_brands(const wallet_run_state *r)
{
    ku_frame_builder *table = ku_run_output(r->context, "brands");
    const ku_frame *f = ku_frames_find(r->in, "ranked");
    const ku_column *who = ku_frame_column(f, "respondent"), *name = ku_frame_column(f, "brand");
    brand_sum *brand = KU_ARRAY(r->arena, (size_t)name->dictionary.size + 1, brand_sum);
    double weight = 0, squares = 0;
    for (int64_t row = 0; row < f->rows; row++) {
        brand_sum *b = &brand[name->as.codes[row]];
        double w = wallet_number(f, "weight", row);
        if (b->name == NULL) b->name = ku_column_text(name, row, r->arena);
        add_brand(b, w, wallet_number(f, "place", row), wallet_number(f, "brands", row));
        if (row > 0 && who->as.codes[row] == who->as.codes[row - 1]) continue;
        weight += w;
        squares += w * w;
    }
    int brands = 0;
    for (int32_t i = 0; i < name->dictionary.size; i++)
        if (brand[i].name != NULL) brand[brands++] = brand[i];
    qsort(brand, (size_t)brands, sizeof *brand, by_share);
    for (int i = 0; i < brands && weight > 0; i++) put_brand(table, r, &brand[i], weight, squares);
    return table;
}
