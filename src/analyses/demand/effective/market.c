/* market.c - four tables into one market: names to places, values checked where they stand. */
#include "analyses/demand/effective/market.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Normal quantile of .9: the range of the affordable share holds four cases of five. */
static const double four_of_five = 1.2815515655446004;

typedef struct reader {
    ku_arena *arena;
    ku_error *err;
    const ku_frame *frame;
} reader;

#define FAIL(r, row, ...) ku_error_set((r)->err, KU_BAD_DATA, place((r), (row)), __VA_ARGS__)

static const char *place(const reader *r, int64_t row)
{
    return ku_arena_printf(r->arena, "%s, row %lld", r->frame->name, (long long)row + 1);
}

/* A number of the row; NaN where the column or the value is missing. */
static double number(const reader *r, const char *column, int64_t row)
{
    const ku_column *c = ku_frame_column(r->frame, column);
    return c != NULL && ku_column_valid(c, row) ? ku_column_number(c, row) : NAN;
}

static const char *text(const reader *r, const char *column, int64_t row)
{
    const char *found = ku_column_text(ku_frame_column(r->frame, column), row, r->arena);
    return found != NULL ? found : "";
}

/* ---- names ------------------------------------------------------------------------------------ */

static int by_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The different names of a column in order; *count of them. */
static const char **names_of(const reader *r, const char *column, int *count)
{
    const char **name = KU_ARRAY(r->arena, (size_t)r->frame->rows + 1, const char *);
    for (int64_t i = 0; i < r->frame->rows; i++) name[i] = text(r, column, i);
    qsort(name, (size_t)r->frame->rows, sizeof *name, by_text);
    int kept = 0;
    for (int64_t i = 0; i < r->frame->rows; i++)
        if (i == 0 || strcmp(name[i], name[kept - 1]) != 0) name[kept++] = name[i];
    *count = kept;
    return name;
}

static int by_segment_name(const void *name, const void *one)
{
    return strcmp(name, ((const segment *)one)->name);
}

static int by_product_name(const void *name, const void *one)
{
    return strcmp(name, ((const product *)one)->name);
}

static int segment_at(const market *m, const char *name)
{
    const segment *found = bsearch(name, m->segment, (size_t)m->segments, sizeof *m->segment,
                                   by_segment_name);
    return found != NULL ? (int)(found - m->segment) : -1;
}

static product *product_named(const market *m, const char *name)
{
    return bsearch(name, m->product, (size_t)m->products, sizeof *m->product, by_product_name);
}

/* ---- interest ----------------------------------------------------------------------------------- */

static int by_place(const void *a, const void *b)
{
    const interest *x = a, *y = b;
    if (x->product != y->product) return x->product < y->product ? -1 : 1;
    return (x->segment > y->segment) - (x->segment < y->segment);
}

static void name_all(const reader *r, market *m)
{
    const char **segments = names_of(r, "segment", &m->segments);
    const char **products = names_of(r, "product", &m->products);
    m->segment = KU_ARRAY(r->arena, (size_t)m->segments + 1, segment);
    m->product = KU_ARRAY(r->arena, (size_t)m->products + 1, product);
    for (int i = 0; i < m->segments; i++) m->segment[i].name = segments[i];
    for (int i = 0; i < m->products; i++)
        m->product[i] = (product){.name = products[i], .available = 1, .checks = NAN};
}

static ku_status read_interest(const reader *r, market *m)
{
    if (r->frame->rows == 0)
        return ku_error_set(r->err, KU_BAD_DATA, "interest", "there is not one row of interest");
    name_all(r, m);
    m->interests = (int)r->frame->rows;
    m->interest = KU_ARRAY(r->arena, (size_t)m->interests, interest);
    for (int64_t i = 0; i < r->frame->rows; i++) {
        interest *c = &m->interest[i];
        *c = (interest){segment_at(m, text(r, "segment", i)),
                        (int)(product_named(m, text(r, "product", i)) - m->product),
                        number(r, "people", i), number(r, "asked", i), number(r, "interested", i)};
        if (!(c->people >= 0 && c->people <= 1e12))
            return FAIL(r, i, "people is %g; a number of people is expected", c->people);
        if (!(c->asked > 0 && c->asked <= 1e12))
            return FAIL(r, i, "asked is %g; at least one person must have been asked", c->asked);
        if (!(c->interested >= 0 && c->interested <= c->asked))
            return FAIL(r, i, "interested is %g, but %g were asked", c->interested, c->asked);
    }
    qsort(m->interest, (size_t)m->interests, sizeof *m->interest, by_place);
    for (int i = 1; i < m->interests; i++)
        if (by_place(&m->interest[i - 1], &m->interest[i]) == 0)
            return ku_error_set(r->err, KU_BAD_DATA, "interest",
                                "segment \"%s\" and product \"%s\" are there twice",
                                m->segment[m->interest[i].segment].name,
                                m->product[m->interest[i].product].name);
    return KU_OK;
}

/* ---- income --------------------------------------------------------------------------------------- */

typedef struct placed_band {
    int segment;
    income_band band;
} placed_band;

static int by_band(const void *a, const void *b)
{
    const placed_band *x = a, *y = b;
    if (x->segment != y->segment) return x->segment < y->segment ? -1 : 1;
    return (x->band.low > y->band.low) - (x->band.low < y->band.low);
}

static ku_status read_bands(const reader *r, const market *m, placed_band *to, size_t *count)
{
    *count = 0;
    for (int64_t i = 0; i < r->frame->rows; i++) {
        double low = number(r, "low", i), high = number(r, "high", i);
        double people = number(r, "people", i);
        if (isnan(high)) high = INFINITY;
        if (!(low >= 0 && isfinite(low)))
            return FAIL(r, i, "the band begins at %g; an income of 0 or more is expected", low);
        if (!(high > low))
            return FAIL(r, i, "the band from %g ends at %g; it must end above", low, high);
        if (low == 0 && isinf(high))
            return FAIL(r, i, "a band from 0 without an end says nothing of incomes");
        if (!(people >= 0 && people <= 1e12))
            return FAIL(r, i, "people is %g; a number of people is expected", people);
        int at = segment_at(m, text(r, "segment", i));
        if (at >= 0) to[(*count)++] = (placed_band){at, {low, high, people}};
    }
    qsort(to, *count, sizeof *to, by_band);
    return KU_OK;
}

static ku_status fit_segment(const reader *r, segment *s, const placed_band *from, size_t count)
{
    income_band *band = KU_ARRAY(r->arena, count + 1, income_band);
    for (size_t i = 0; i < count; i++) {
        band[i] = from[i].band;
        if (i > 0 && band[i].low < band[i - 1].high)
            return ku_error_set(r->err, KU_BAD_DATA, "income",
                                "segment \"%s\": the bands from %g and from %g overlap", s->name,
                                band[i - 1].low, band[i].low);
    }
    if (income_fit_bands(band, (int)count, &s->income)) return KU_OK;
    return ku_error_set(r->err, KU_BAD_DATA, "income",
                        "segment \"%s\" has %zu income band%s; at least three with people in them"
                        " are needed to tell who can pay",
                        s->name, count, count == 1 ? "" : "s");
}

static ku_status read_income(const reader *r, market *m)
{
    placed_band *all = KU_ARRAY(r->arena, (size_t)r->frame->rows + 1, placed_band);
    size_t count, at = 0;
    KU_TRY(read_bands(r, m, all, &count));
    for (int s = 0; s < m->segments; s++) {
        size_t from = at;
        while (at < count && all[at].segment == s) at++;
        KU_TRY(fit_segment(r, &m->segment[s], all + from, at - from));
    }
    return KU_OK;
}

/* ---- price and stock -------------------------------------------------------------------------------- */

static void set_range(product *p, double low, double high)
{
    p->afford = sqrt(low * high);
    p->doubt = log(high / low) / (2 * four_of_five);
}

static ku_status read_price(const reader *r, market *m)
{
    for (int64_t i = 0; i < r->frame->rows; i++) {
        product *p = product_named(m, text(r, "product", i));
        if (p == NULL) continue;
        double units = number(r, "units", i), price = number(r, "price", i);
        double low = number(r, "afford_low", i), high = number(r, "afford_high", i);
        if (p->priced) return FAIL(r, i, "product \"%s\" has a price already", p->name);
        if (!(price > 0 && price <= 1e12))
            return FAIL(r, i, "the price is %g; more than 0 is expected", price);
        if (units <= 0 || units > 1e9)
            return FAIL(r, i, "a buyer takes %g units; more than 0 is expected", units);
        if (isnan(low) != isnan(high))
            return FAIL(r, i, "of the affordable share only one end is given; both are needed");
        if (!isnan(low) && !(low > 0 && high >= low && high <= 10))
            return FAIL(r, i,
                        "the affordable share goes from %g to %g; a low and a high share of"
                        " income are expected",
                        low, high);
        p->priced = true;
        p->price = price;
        p->units = isnan(units) ? 1 : units;
        p->own_range = !isnan(low);
        if (p->own_range) set_range(p, low, high);
    }
    return KU_OK;
}

static ku_status read_stock(const reader *r, market *m)
{
    for (int64_t i = 0; i < r->frame->rows; i++) {
        product *p = product_named(m, text(r, "product", i));
        if (p == NULL) continue;
        double available = number(r, "availability", i), checks = number(r, "checks", i);
        if (p->stocked) return FAIL(r, i, "product \"%s\" has an availability already", p->name);
        if (!(available >= 0 && available <= 1))
            return FAIL(r, i, "availability is %g; a share of 0 to 1 is expected", available);
        if (checks < 1)
            return FAIL(r, i, "it was looked at %g times; 1 or more is expected", checks);
        p->stocked = true;
        p->available = available;
        p->checks = checks;
    }
    return KU_OK;
}

static ku_status check_products(market *m, const ku_params *params, ku_error *err)
{
    double low = ku_param_real(params, "afford-low"), high = ku_param_real(params, "afford-high");
    if (low > high)
        return ku_error_set(err, KU_USAGE, "afford-low", "%g is above --afford-high %g", low, high);
    for (int i = 0; i < m->products; i++) {
        product *p = &m->product[i];
        if (!p->priced)
            return ku_error_set(err, KU_BAD_DATA, "price", "product \"%s\" has no price", p->name);
        if (!p->own_range) set_range(p, low, high);
    }
    return KU_OK;
}

ku_status market_read(const ku_frames *in, const ku_params *params, ku_arena *arena, market *to,
                      ku_error *err)
{
    reader r = {arena, err, ku_frames_find(in, "interest")};
    KU_TRY(read_interest(&r, to));
    r.frame = ku_frames_find(in, "income");
    KU_TRY(read_income(&r, to));
    r.frame = ku_frames_find(in, "price");
    KU_TRY(read_price(&r, to));
    r.frame = ku_frames_find(in, "stock");
    if (r.frame != NULL) KU_TRY(read_stock(&r, to));
    return check_products(to, params, err);
}
