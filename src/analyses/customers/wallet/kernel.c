/* kernel.c - customers.wallet: how much of what customers spend in the category is spent with
 * us, by what some of them told, or, where nobody told, by the best of those like them.
 *
 * Those who told teach the model of model.c; it is then read off for everybody at what they
 * spend now. Intervals of segments come from the doubt about the model's coefficients and the
 * chance of the persons in it; intervals of one customer from how far answers lay from what a
 * model without them expected, less what answers themselves are off by. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "analyses/customers/wallet/model.h"
#include "analyses/customers/wallet/wallet.h"
#include "base/format.h"

enum { BANDS = 4, LEAST_ANSWERS = 20, LIKE_LEAST = 20 };

static const double z95 = 1.959963984540054;

typedef struct range {
    double lo, hi;
} range;

/* What is believed of one customer, or of a segment. */
typedef struct belief {
    double wallet;
    range limits;
} belief;

typedef struct segment_sum {
    double customers, surveyed, own, elsewhere, squares;
    double lo, hi; /* like customers: sums of the limits */
    bool given;    /* by a panel, without an interval */
    double *slope; /* of elsewhere, by the model's coefficients */
} segment_sum;

typedef struct wallet_run_state {
    const ku_frames *in;
    const ku_params *params;
    ku_run_context *context;
    ku_arena *arena;
    const ku_frame *own;
    int segments;
    const char **name; /* of the segments */
    size_t people;
    wallet_person *person;
    bool *told;
    belief *belief;
    size_t answers, slips; /* slips: answers beyond belief, left out */
    wallet_answer *answer;
    bool modelled, judged;
    wallet_model model;
    wallet_spread spread;
    wallet_check by_model, by_plain;
    segment_sum *sum; /* by segment, all of them last */
} wallet_run_state;

/* ---- reading ------------------------------------------------------------------------------ */

static double number_at(const ku_frame *frame, const char *column, int64_t row)
{
    return ku_column_number(ku_frame_column(frame, column), row);
}

static int segment_of(wallet_run_state *r, const char *name)
{
    for (int s = 0; s < r->segments; s++)
        if (strcmp(r->name[s], name) == 0) return s;
    r->name[r->segments] = name;
    return r->segments++;
}

/* Places in the list of names of every entry of the column's dictionary. */
static int *read_names(wallet_run_state *r, const ku_column *column)
{
    const ku_dictionary *d = &column->dictionary;
    int *place = KU_ARRAY(r->arena, (size_t)d->size + 1, int);
    for (int32_t code = 0; code < d->size; code++) {
        int32_t length;
        const char *text = ku_dictionary_at(d, code, &length);
        place[code] = segment_of(r, ku_arena_strndup(r->arena, text, (size_t)length));
    }
    return place;
}

static wallet_person person_at(const ku_frame *frame, const int *place, int64_t row)
{
    const ku_column *segment = ku_frame_column(frame, "segment");
    return (wallet_person){.segment = place[segment->as.codes[row]],
                           .own = fmax(0, number_at(frame, "own", row)),
                           .purchases = fmax(1, number_at(frame, "purchases", row)),
                           .ever = fmax(1, number_at(frame, "ever", row)),
                           .known = fmax(0, number_at(frame, "known", row))};
}

static ku_status read_people(wallet_run_state *r, ku_error *err)
{
    const ku_frame *answers = ku_frames_find(r->in, "answer");
    const ku_column *own_segment, *answer_segment;
    r->own = ku_frames_find(r->in, "own");
    r->people = (size_t)r->own->rows;
    if (r->people == 0)
        return ku_error_set(err, KU_BAD_DATA, "sales",
                            "no known customer bought anything in the months looked at");
    own_segment = ku_frame_column(r->own, "segment");
    answer_segment = ku_frame_column(answers, "segment");
    r->name = KU_ARRAY(r->arena,
                       (size_t)own_segment->dictionary.size +
                           (size_t)answer_segment->dictionary.size + 1,
                       const char *);
    const int *place = read_names(r, own_segment);
    r->person = KU_ARRAY(r->arena, r->people, wallet_person);
    r->belief = KU_ARRAY(r->arena, r->people, belief);
    r->told = KU_ARRAY(r->arena, r->people, bool);
    for (size_t i = 0; i < r->people; i++) r->person[i] = person_at(r->own, place, (int64_t)i);
    return KU_OK;
}

/* An answer as spend in the months looked at; NaN when it cannot be one. */
static double spend_of(const wallet_run_state *r, double said, const char *origin, double own)
{
    const char *meaning = ku_param_text_value(r->params, "meaning");
    double months = (double)ku_param_int(r->params, "months");
    if (strcmp(origin, "panel") == 0) return said;
    if (strcmp(meaning, "month") == 0) return said * months;
    if (strcmp(meaning, "year") == 0) return said * months / 12;
    if (said > 1) said /= 100;
    return said > 0 && said <= 1 ? own / said : NAN;
}

/* Who told, in the order of customers, so that those of one stand together. */
static void read_answers(wallet_run_state *r)
{
    const ku_frame *said = ku_frames_find(r->in, "answer");
    const ku_column *customer = ku_frame_column(said, "customer");
    const ku_column *origin = ku_frame_column(said, "origin");
    const int *place = read_names(r, ku_frame_column(said, "segment"));
    const int32_t *before = NULL;
    int who = -1;
    r->answer = KU_ARRAY(r->arena, (size_t)said->rows, wallet_answer);
    for (int64_t row = 0; row < said->rows; row++) {
        wallet_answer a = {.person = person_at(said, place, row),
                           .own_then = fmax(0, number_at(said, "own_then", row)),
                           .weight = number_at(said, "weight", row)};
        a.said = spend_of(r, number_at(said, "said", row), ku_column_text(origin, row, r->arena),
                          a.own_then);
        if (!(a.said > 0) || !isfinite(a.said)) continue;
        if (before == NULL || *before != customer->as.codes[row]) who++;
        before = &customer->as.codes[row];
        a.who = who;
        r->answer[r->answers++] = a;
    }
}

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* The middle answer of a segment, of all where it has few. */
static double middle_answer(const wallet_run_state *r, int segment, double *room)
{
    size_t count = 0;
    for (size_t i = 0; i < r->answers; i++)
        if (segment < 0 || r->answer[i].person.segment == segment)
            room[count++] = r->answer[i].said;
    if (count < 10 && segment >= 0) return middle_answer(r, -1, room);
    qsort(room, count, sizeof *room, by_size);
    return count > 0 ? room[count / 2] : 0;
}

/* A slip of the pen, a hundred times what is usual, would count as much as a hundred others. */
static void drop_slips(wallet_run_state *r)
{
    double *room = KU_ARRAY(r->arena, r->answers + 1, double);
    double *most = KU_ARRAY(r->arena, (size_t)r->segments + 1, double);
    size_t kept = 0;
    for (int s = 0; s < r->segments; s++) most[s] = 100 * middle_answer(r, s, room);
    for (size_t i = 0; i < r->answers; i++)
        if (r->answer[i].said <= most[r->answer[i].person.segment])
            r->answer[kept++] = r->answer[i];
    r->slips = r->answers - kept;
    r->answers = kept;
}

/* Both frames are in the order of customers. */
static void mark_told(wallet_run_state *r)
{
    const ku_frame *said = ku_frames_find(r->in, "answer");
    const ku_column *one = ku_frame_column(said, "customer");
    const ku_column *all = ku_frame_column(r->own, "customer");
    size_t at = 0;
    for (int64_t row = 0; row < said->rows; row++) {
        const char *name = ku_column_text(one, row, r->arena);
        for (; at < r->people; at++) {
            int32_t length;
            const char *text = ku_dictionary_at(&all->dictionary, all->as.codes[at], &length);
            int order = strncmp(text, name, (size_t)length);
            if (order == 0) order = strlen(name) > (size_t)length ? -1 : 0;
            if (order == 0) r->told[at] = true;
            if (order >= 0) break;
        }
    }
}

/* ---- what is spent elsewhere ---------------------------------------------------------------- */

static range lognormal(double mean, double error)
{
    if (mean <= 0) return (range){0, 0};
    double variance = log1p(error * error / (mean * mean)), middle = log(mean) - variance / 2;
    return (range){exp(middle - z95 * sqrt(variance)), exp(middle + z95 * sqrt(variance))};
}

/* Truths lie around expectations as answers do, less what answers are off by. */
static range truth_around(const wallet_spread *s, double wallet, double own)
{
    double reach = (s->quantile[2] - s->quantile[1]) / (2 * 1.2815515655446004);
    double part = reach > 0 ? 1 - s->answer_variance / (reach * reach) : 1;
    double by = sqrt(fmax(0.05, part)), center = s->center + s->answer_variance / 2;
    return (range){fmax(own, wallet * exp(center + by * (s->quantile[0] - s->center))),
                   fmax(own, wallet * exp(center + by * (s->quantile[3] - s->center)))};
}

static void believe_model(wallet_run_state *r)
{
    size_t n = (size_t)r->model.unknowns;
    double *slope = KU_ARRAY(r->arena, n, double);
    for (size_t i = 0; i < r->people; i++) {
        const wallet_person *p = &r->person[i];
        double elsewhere = wallet_elsewhere(&r->model, p, slope), all = p->own + elsewhere;
        r->belief[i] = (belief){all, truth_around(&r->spread, all, p->own)};
        int to[2] = {p->segment, r->segments};
        for (int k = 0; k < 2; k++) {
            segment_sum *sum = &r->sum[to[k]];
            sum->elsewhere += elsewhere;
            sum->squares += all * all;
            for (size_t j = 0; j < n; j++) sum->slope[j] += slope[j];
        }
    }
}

/* ---- without answers: the best of those alike ------------------------------------------------ */

static int band_of(double purchases)
{
    return purchases < 2 ? 0 : purchases < 4 ? 1 : purchases < 8 ? 2 : 3;
}

/* The spend that nine of ten do not exceed, with the limits of its rank (binomial). */
static belief best_tenth(double *own, size_t count)
{
    qsort(own, count, sizeof *own, by_size);
    double n = (double)count, reach = z95 * sqrt(n * 0.09), last = n - 1;
    size_t at = (size_t)fmin(last, ceil(0.9 * n) - 1);
    size_t lo = (size_t)fmax(0, floor(0.9 * n - reach) - 1);
    size_t hi = (size_t)fmin(last, ceil(0.9 * n + reach) - 1);
    return (belief){own[at], {own[lo], own[hi]}};
}

/* segment -1: of all segments. */
static belief best_alike(const wallet_run_state *r, int segment, int band, double *room,
                         size_t *count)
{
    *count = 0;
    for (size_t i = 0; i < r->people; i++)
        if ((segment < 0 || r->person[i].segment == segment) &&
            band_of(r->person[i].purchases) == band)
            room[(*count)++] = r->person[i].own;
    return *count > 0 ? best_tenth(room, *count) : (belief){0};
}

static void believe_alike(wallet_run_state *r)
{
    double *room = KU_ARRAY(r->arena, r->people, double);
    belief *best = KU_ARRAY(r->arena, (size_t)r->segments * BANDS, belief);
    for (int s = 0; s < r->segments; s++)
        for (int band = 0; band < BANDS; band++) {
            size_t count;
            belief *b = &best[s * BANDS + band];
            *b = best_alike(r, s, band, room, &count);
            if (count < LIKE_LEAST) *b = best_alike(r, -1, band, room, &count);
        }
    for (size_t i = 0; i < r->people; i++) {
        const wallet_person *p = &r->person[i];
        belief b = best[p->segment * BANDS + band_of(p->purchases)];
        r->belief[i] = (belief){fmax(p->own, b.wallet),
                                {fmax(p->own, b.limits.lo), fmax(p->own, b.limits.hi)}};
        int to[2] = {p->segment, r->segments};
        for (int k = 0; k < 2; k++) {
            r->sum[to[k]].elsewhere += r->belief[i].wallet - p->own;
            r->sum[to[k]].lo += r->belief[i].limits.lo - p->own;
            r->sum[to[k]].hi += r->belief[i].limits.hi - p->own;
        }
    }
}

/* ---- sums --------------------------------------------------------------------------------- */

static void start_sums(wallet_run_state *r)
{
    r->sum = KU_ARRAY(r->arena, (size_t)r->segments + 1, segment_sum);
    for (int s = 0; s <= r->segments; s++) {
        r->sum[s].slope = KU_ARRAY(r->arena, WALLET_TERMS + (size_t)r->segments, double);
    }
    for (size_t i = 0; i < r->people; i++) {
        int to[2] = {r->person[i].segment, r->segments};
        for (int k = 0; k < 2; k++) {
            r->sum[to[k]].customers++;
            r->sum[to[k]].own += r->person[i].own;
            r->sum[to[k]].surveyed += r->told[i];
        }
    }
}

/* A panel's spend a head of a segment takes the place of what was worked out for it; what is
 * spent elsewhere is scaled for each of its customers. */
static void take_panel(wallet_run_state *r)
{
    const ku_frame *head = ku_frames_find(r->in, "head");
    double *scale = KU_ARRAY(r->arena, (size_t)r->segments, double);
    for (int s = 0; s < r->segments; s++) scale[s] = 1;
    for (int64_t row = 0; row < head->rows; row++) {
        const char *name = ku_column_text(ku_frame_column(head, "segment"), row, r->arena);
        for (int s = 0; s < r->segments; s++) {
            segment_sum *sum = &r->sum[s], *all = &r->sum[r->segments];
            if (strcmp(name, r->name[s]) != 0 || sum->elsewhere <= 0) continue;
            double elsewhere = fmax(0, number_at(head, "spend", row) * sum->customers - sum->own);
            scale[s] = elsewhere / sum->elsewhere;
            all->elsewhere += elsewhere - sum->elsewhere;
            sum->elsewhere = elsewhere;
            sum->given = all->given = true;
        }
    }
    for (size_t i = 0; i < r->people; i++) {
        belief *b = &r->belief[i];
        double own = r->person[i].own, by = scale[r->person[i].segment];
        *b = (belief){own + by * (b->wallet - own),
                      {own + by * (b->limits.lo - own), own + by * (b->limits.hi - own)}};
    }
}

/* The doubt about the coefficients, and the chance of the persons. */
static double sum_error(const wallet_run_state *r, const segment_sum *sum)
{
    size_t n = (size_t)r->model.unknowns;
    double doubt = 0;
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++)
            doubt += sum->slope[i] * r->model.covariance[i * n + j] * sum->slope[j];
    double chance = fmax(0, r->model.variance - r->spread.answer_variance);
    return sqrt(doubt + chance * sum->squares);
}

static range sum_limits(const wallet_run_state *r, const segment_sum *sum)
{
    if (sum->given) return (range){NAN, NAN};
    if (r->modelled) return lognormal(sum->elsewhere, sum_error(r, sum));
    return (range){sum->lo, sum->hi};
}

/* ---- tables ------------------------------------------------------------------------------- */

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
    range ahead = sum_limits(r, sum);
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

static ku_frame_builder *put_segments(const wallet_run_state *r)
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

static ku_frame_builder *put_customers(wallet_run_state *r)
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

static ku_frame_builder *put_check(const wallet_run_state *r)
{
    ku_frame_builder *table = ku_run_output(r->context, "check");
    if (!r->judged) return table;
    put_method(table, r, "model", &r->by_model);
    put_method(table, r, "the segment's mean share", &r->by_plain);
    return table;
}

/* ---- brands ranked -------------------------------------------------------------------------- */

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
    double reach = z95 * sqrt(fmax(0, variance));
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

static ku_frame_builder *put_brands(const wallet_run_state *r)
{
    ku_frame_builder *table = ku_run_output(r->context, "brands");
    const ku_frame *f = ku_frames_find(r->in, "ranked");
    const ku_column *who = ku_frame_column(f, "respondent"), *name = ku_frame_column(f, "brand");
    brand_sum *brand = KU_ARRAY(r->arena, (size_t)name->dictionary.size + 1, brand_sum);
    double weight = 0, squares = 0;
    for (int64_t row = 0; row < f->rows; row++) {
        brand_sum *b = &brand[name->as.codes[row]];
        double w = number_at(f, "weight", row);
        if (b->name == NULL) b->name = ku_column_text(name, row, r->arena);
        add_brand(b, w, number_at(f, "place", row), number_at(f, "brands", row));
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

/* ---- remarks ------------------------------------------------------------------------------ */

static void remark_people(const wallet_run_state *r)
{
    const ku_frame *span = ku_frames_find(r->in, "span");
    char lines[KU_NUMBER_TEXT], money[KU_NUMBER_TEXT], count[KU_NUMBER_TEXT];
    double unknown = number_at(span, "unknown_lines", 0);
    if (unknown > 0)
        ku_run_remark(
            r->context, KU_NOTE, "customer",
            "%s %s no customer; their revenue of %s is in nobody's own spend.",
            ku_format_fixed(lines, unknown, 0, NULL), unknown == 1 ? "line has" : "lines have",
            ku_format_number(money, number_at(span, "unknown_revenue", 0), "money", NULL));
    double gone = number_at(span, "customers", 0) - (double)r->people;
    if (gone > 0)
        ku_run_remark(r->context, KU_NOTE, "gone",
                      "%s customers of earlier days bought nothing in the months looked at and "
                      "are left out.",
                      ku_format_fixed(count, gone, 0, NULL));
    int below = 0;
    for (size_t i = 0; i < r->people; i++) below += number_at(r->own, "own", (int64_t)i) < 0;
    if (below > 0)
        ku_run_remark(r->context, KU_NOTE, "returns",
                      "%d %s sent back more than was bought in these months; own spend counts as "
                      "nothing.",
                      below, below == 1 ? "customer" : "customers");
}

static void remark_slips(const wallet_run_state *r)
{
    if (r->slips > 0)
        ku_run_remark(r->context, KU_NOTE, "slips",
                      "%zu %s more than a hundred times the middle one and left out.", r->slips,
                      r->slips == 1 ? "answer is" : "answers are");
}

static void remark_model(const wallet_run_state *r)
{
    if (r->answers < 50)
        ku_run_remark(r->context, KU_WARN, "answers",
                      "Only %zu answers can be used; the intervals are as wide as that makes them.",
                      r->answers);
    if (r->by_model.miss > 1.02 * r->by_plain.miss)
        ku_run_remark(r->context, KU_WARN, "check",
                      "On customers left out, the model is off by %.0f %% of the mean answer, the "
                      "segment's mean share by %.0f %%: own behaviour tells little here.",
                      100 * r->by_model.miss, 100 * r->by_plain.miss);
    if (r->spread.repeats >= 10)
        ku_run_remark(r->context, KU_NOTE, "repeats",
                      "%d customers' second answers show that an answer is off by about %.0f %%; "
                      "the intervals of single customers are narrower by that.",
                      r->spread.repeats, 100 * sqrt(r->spread.answer_variance));
    else
        ku_run_remark(r->context, KU_NOTE, "repeats",
                      "Hardly anybody told twice, so errors of answers cannot be told from "
                      "differences between people: intervals of single customers hold both.");
}

static void remark_no_model(const wallet_run_state *r)
{
    const ku_frame *asked = ku_frames_find(r->in, "asked");
    double numbers = number_at(asked, "numbers", 0);
    const char *why = numbers == 0 ? "Nobody told what they spend in the category"
                      : r->answers < LEAST_ANSWERS
                          ? "Too few answers can be set beside own sales"
                          : "What customers told is not more than they spend with us";
    ku_run_remark(r->context, KU_WARN, "survey",
                  "%s (%.0f answers, %zu of use). Shown instead is what the best tenth of like "
                  "customers spend with us: a floor for what could be won, not the spend in the "
                  "category. Ask for it in a survey (question \"%s\") or give a panel.",
                  why, numbers, r->answers, ku_param_text_value(r->params, "question"));
}

/* ---- the run ------------------------------------------------------------------------------ */

static void learn(wallet_run_state *r)
{
    if (r->answers < LEAST_ANSWERS) return;
    r->judged = wallet_judge(r->answer, r->answers, r->segments, r->arena, &r->spread, &r->by_model,
                             &r->by_plain);
    r->modelled = r->judged && wallet_fit(r->answer, r->answers, r->segments, r->arena, &r->model);
}

static ku_status finish_tables(ku_frame_builder **tables, size_t count, ku_frames *out,
                               ku_error *err)
{
    ku_status status = KU_OK;
    for (size_t i = 0; i < count; i++) {
        ku_frame *frame = NULL;
        ku_status finished = ku_frame_builder_finish(tables[i], &frame, status ? NULL : err);
        if (finished == KU_OK && status == KU_OK)
            finished = ku_frames_add(out, frame, err);
        else
            ku_frame_free(frame);
        if (status == KU_OK) status = finished;
    }
    return status;
}

ku_status wallet_run(const ku_frames *in, const ku_params *params, ku_run_context *context,
                     ku_frames *out, ku_error *err)
{
    wallet_run_state r = {
        .in = in, .params = params, .context = context, .arena = ku_run_arena(context)};
    KU_TRY(read_people(&r, err));
    read_answers(&r);
    drop_slips(&r);
    mark_told(&r);
    ku_run_progress(context, 0.2, "learning from those who told");
    learn(&r);
    start_sums(&r);
    remark_people(&r);
    remark_slips(&r);
    if (r.modelled)
        believe_model(&r);
    else
        believe_alike(&r);
    if (r.modelled)
        remark_model(&r);
    else
        remark_no_model(&r);
    take_panel(&r);
    ku_frame_builder *tables[] = {put_segments(&r), put_customers(&r), put_brands(&r),
                                  put_check(&r)};
    return finish_tables(tables, sizeof tables / sizeof *tables, out, err);
}
