/* together.c - rules, sets and pairs: the combinations that are no luck.
 *
 * Whoever looks through a million combinations finds some by luck. A set counts when even the
 * likeliest way to part it in two would give it too rarely (a productive set), a rule when
 * each product it asks for makes it better; the chance that luck does as much is corrected
 * for all combinations there could have been of that size. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analyses/customers/basket/basket.h"
#include "customers/baskets/association.h"
#include "num/gamma.h"
#include "num/share.h"

enum { MOST_SETS = 100000, SHOWN_PAIRS = 14 };
static const double doubtful = 0.05;

typedef struct job {
    ku_run_context *context;
    ku_arena *arena;
    ku_baskets baskets;
    ku_basket_sets sets;
    const char **name;   /* by rank */
    double *line_amount; /* by rank */
    int size;
    uint32_t *slot; /* hash table of 1 + place of a set, 0: free */
    uint64_t mask;
} job;

/* ---- baskets from frames ----------------------------------------------------------------------------- */

/* Marks of baskets to numbers from 0: basket[lines], their count. */
static bool number_baskets(const int64_t *mark, int64_t lines, ku_arena *arena, int64_t *basket,
                           int64_t *count)
{
    size_t slots = 64;
    while (slots < 2 * (size_t)lines) slots *= 2;
    int64_t *key = ku_arena_try(arena, slots * sizeof *key);
    int32_t *number = ku_arena_try(arena, slots * sizeof *number);
    if (key == NULL || number == NULL) return false;
    memset(number, 0, slots * sizeof *number);
    *count = 0;
    for (int64_t i = 0; i < lines; i++) {
        if (i > 0 && mark[i] == mark[i - 1]) {
            basket[i] = basket[i - 1];
            continue;
        }
        size_t at = ((uint64_t)mark[i] * UINT64_C(0x9E3779B97F4A7C15)) >> 20 & (slots - 1);
        while (number[at] != 0 && key[at] != mark[i]) at = (at + 1) & (slots - 1);
        if (number[at] == 0) {
            key[at] = mark[i];
            number[at] = (int32_t)++ * count;
        }
        basket[i] = number[at] - 1;
    }
    return true;
}

static ku_status make_baskets(job *j, const ku_frame *lines, int64_t least, ku_error *err)
{
    const ku_column *product = ku_frame_column(lines, "product");
    int64_t count = 0;
    /* Numbering needs memory that is not needed afterwards. */
    ku_arena *work = ku_arena_new();
    int64_t *basket = ku_arena_try(j->arena, ((size_t)lines->rows + 1) * sizeof *basket);
    bool ok = work != NULL && basket != NULL && lines->rows < INT32_MAX &&
              number_baskets(ku_frame_column(lines, "basket")->as.i64, lines->rows, work, basket,
                             &count);
    ku_arena_free(work);
    if (!ok)
        return ku_error_set(err, KU_NO_MEMORY, "sales",
                            "there is not memory enough for baskets of %lld lines",
                            (long long)lines->rows);
    if (least == 0) least = count / 2000 > 5 ? count / 2000 : 5;
    return ku_baskets_make(basket, product->as.codes, lines->rows, count, product->dictionary.size,
                           least, j->arena, &j->baskets, err);
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

typedef struct named {
    const char *product, *name;
    double line_amount;
} named;

/* Names and amounts by rank; the products table is sorted by product, as bytes. */
static void name_products(job *j, const ku_frame *lines, const ku_frame *products)
{
    size_t ranks = (size_t)j->baskets.products, count = (size_t)products->rows;
    named *list = KU_ARRAY(j->arena, count + 1, named);
    j->name = KU_ARRAY(j->arena, ranks + 1, const char *);
    j->line_amount = KU_ARRAY(j->arena, ranks + 1, double);
    for (size_t p = 0; p < count; p++)
        list[p] = (named){basket_text(products, "product", (int64_t)p, j->arena),
                          basket_text(products, "name", (int64_t)p, j->arena),
                          basket_line_amount(products, (int64_t)p)};
    qsort(list, count, sizeof *list, by_text);
    const ku_dictionary *words = &ku_frame_column(lines, "product")->dictionary;
    for (size_t r = 0; r < ranks; r++) {
        int32_t length;
        const char *text = ku_dictionary_at(words, j->baskets.product[r], &length);
        const char *key = ku_arena_strndup(j->arena, text, (size_t)length);
        const named *found = bsearch(&key, list, count, sizeof *list, by_text);
        j->name[r] = found != NULL ? found->name : key;
        j->line_amount[r] = found != NULL ? found->line_amount : (double)NAN;
    }
}

/* ---- how many baskets have a set ----------------------------------------------------------------------- */

static uint64_t hash_of(const int32_t *rank, int size)
{
    uint64_t hash = (uint64_t)size;
    for (int i = 0; i < size; i++) {
        hash = (hash ^ (uint32_t)rank[i]) * UINT64_C(0x9E3779B97F4A7C15);
        hash ^= hash >> 31;
    }
    return hash;
}

static const int32_t *ranks_of(const job *j, const ku_basket_set *set)
{
    return j->sets.rank + set->first;
}

static void index_sets(job *j)
{
    size_t slots = 64;
    while (slots < 2 * j->sets.count) slots *= 2;
    j->slot = KU_ARRAY(j->arena, slots, uint32_t);
    j->mask = slots - 1;
    for (size_t s = 0; s < j->sets.count; s++) {
        const ku_basket_set *set = &j->sets.set[s];
        uint64_t at = hash_of(ranks_of(j, set), set->size) & j->mask;
        while (j->slot[at] != 0) at = (at + 1) & j->mask;
        j->slot[at] = (uint32_t)s + 1;
    }
}

/* Of a set that is part of a frequent one, so is frequent itself; none at all is everything. */
static int64_t baskets_with(const job *j, const int32_t *rank, int size)
{
    if (size == 0) return j->baskets.count;
    if (size == 1) return j->baskets.found[rank[0]];
    for (uint64_t at = hash_of(rank, size) & j->mask; j->slot[at] != 0; at = (at + 1) & j->mask) {
        const ku_basket_set *set = &j->sets.set[j->slot[at] - 1];
        if (set->size == size && memcmp(ranks_of(j, set), rank, (size_t)size * sizeof *rank) == 0)
            return set->found;
    }
    return 0;
}

/* The members of `rank` whose bit is set in `chosen`; their number. */
static int choose(const int32_t *rank, int size, unsigned chosen, int32_t *to)
{
    int count = 0;
    for (int i = 0; i < size; i++)
        if (chosen >> i & 1) to[count++] = rank[i];
    return count;
}

static int64_t baskets_with_part(const job *j, const int32_t *rank, int size, unsigned chosen)
{
    int32_t part[KU_SET_SIZE];
    return baskets_with(j, part, choose(rank, size, chosen, part));
}

/* ---- sets --------------------------------------------------------------------------------------------- */

/* ln of how many tests there are of sets of this size, and of each size. */
static double log_tests(const job *j, int size)
{
    double products = j->baskets.products;
    return ku_log_gamma(products + 1) - ku_log_gamma(size + 1.0) -
           ku_log_gamma(products - size + 1) + log(j->size - 1.0);
}

typedef struct tested {
    const ku_basket_set *set;
    ku_together parts; /* likeliest two */
    double luck;       /* corrected */
} tested;

/* Webb (2010), section 4: the set against each way to part it in two. */
static tested test_set(const job *j, const ku_basket_set *set)
{
    const int32_t *rank = ranks_of(j, set);
    unsigned all = (1u << set->size) - 1;
    double worst = -INFINITY;
    tested t = {.set = set};
    for (unsigned part = 1; part < 1u << (set->size - 1); part++) {
        ku_together both = {set->found, baskets_with_part(j, rank, set->size, part),
                            baskets_with_part(j, rank, set->size, all & ~part), j->baskets.count};
        double luck = ku_together_luck(&both);
        if (luck <= worst && part > 1) continue;
        worst = luck;
        t.parts = both;
    }
    t.luck = exp(fmin(worst + log_tests(j, set->size), 0));
    return t;
}

static double extra_of(const ku_together *t, double lift)
{
    return (double)t->both * (1 - 1 / lift);
}

/* Most certain baskets beyond chance first; then as the search met them. */
static int by_extra(const void *a, const void *b)
{
    const tested *x = a, *y = b;
    double ex = extra_of(&x->parts, ku_together_lift(&x->parts).lo),
           ey = extra_of(&y->parts, ku_together_lift(&y->parts).lo);
    if (ex != ey) return ex > ey ? -1 : 1;
    return (x->set > y->set) - (x->set < y->set);
}

static const char *words_of(const job *j, const int32_t *rank, int size)
{
    const char *text = j->name[rank[0]];
    for (int i = 1; i < size; i++)
        text = ku_arena_printf(j->arena, "%s + %s", text, j->name[rank[i]]);
    return text;
}

static void put_range(ku_frame_builder *to, int column, double value, double lo, double hi)
{
    ku_build_double(to, column, value);
    ku_build_double(to, column + 1, lo);
    ku_build_double(to, column + 2, hi);
}

static void put_set(const job *j, const tested *t, ku_frame_builder *to)
{
    double found = (double)t->set->found, all = (double)j->baskets.count;
    ku_interval share = ku_wilson(found, all, 0.95);
    ku_lift lift = ku_together_lift(&t->parts);
    ku_build_text(to, 0, words_of(j, ranks_of(j, t->set), t->set->size));
    ku_build_int(to, 1, t->set->size);
    ku_build_int(to, 2, t->set->found);
    put_range(to, 3, found / all, share.lo, share.hi);
    put_range(to, 6, lift.value, lift.lo, lift.hi);
    ku_build_double(to, 9, t->luck);
    ku_build_row(to);
}

/* ---- rules -------------------------------------------------------------------------------------------- */

typedef struct rule {
    const ku_basket_set *set;
    int also; /* place in the set of what is also bought */
    ku_together parts;
    double luck, worth;
} rule;

/* Each product asked for must make the rule better among the baskets with the others. */
static double rule_luck(const job *j, const ku_basket_set *set, int also)
{
    const int32_t *rank = ranks_of(j, set);
    unsigned all = (1u << set->size) - 1, bought = all & ~(1u << also);
    double worst = -INFINITY;
    for (int x = 0; x < set->size; x++) {
        if (x == also) continue;
        unsigned others = bought & ~(1u << x);
        ku_together t = {set->found, baskets_with_part(j, rank, set->size, bought),
                         baskets_with_part(j, rank, set->size, others | 1u << also),
                         baskets_with_part(j, rank, set->size, others)};
        worst = fmax(worst, ku_together_luck(&t));
    }
    /* Of two products either rule is the same test. */
    double ways = set->size > 2 ? log(set->size) : 0;
    return exp(fmin(worst + log_tests(j, set->size) + ways, 0));
}

static rule make_rule(const job *j, const ku_basket_set *set, int also)
{
    const int32_t *rank = ranks_of(j, set);
    unsigned all = (1u << set->size) - 1;
    rule r = {.set = set, .also = also};
    r.parts = (ku_together){set->found, baskets_with_part(j, rank, set->size, all & ~(1u << also)),
                            j->baskets.found[rank[also]], j->baskets.count};
    r.luck = rule_luck(j, set, also);
    double amount = j->line_amount[rank[also]];
    r.worth = extra_of(&r.parts, ku_together_lift(&r.parts).lo) * (isnan(amount) ? 1 : amount);
    return r;
}

static int by_worth(const void *a, const void *b)
{
    const rule *x = a, *y = b;
    if (x->worth != y->worth) return x->worth > y->worth ? -1 : 1;
    if (x->set != y->set) return x->set < y->set ? -1 : 1;
    return x->also - y->also;
}

static void put_rule(const job *j, const rule *r, ku_frame_builder *to)
{
    int32_t bought[KU_SET_SIZE];
    const int32_t *rank = ranks_of(j, r->set);
    int size = choose(rank, r->set->size, ((1u << r->set->size) - 1) & ~(1u << r->also), bought);
    const ku_together *t = &r->parts;
    ku_interval share = ku_wilson((double)t->both, (double)t->a, 0.95);
    ku_lift lift = ku_together_lift(t);
    double amount = j->line_amount[rank[r->also]];
    double extra[3] = {extra_of(t, lift.value), extra_of(t, lift.lo), extra_of(t, lift.hi)};
    ku_build_text(to, 0, words_of(j, bought, size));
    ku_build_text(to, 1, j->name[rank[r->also]]);
    ku_build_int(to, 2, t->both);
    put_range(to, 3, (double)t->both / (double)t->a, share.lo, share.hi);
    ku_build_double(to, 6, (double)t->b / (double)t->all);
    put_range(to, 7, lift.value, lift.lo, lift.hi);
    ku_build_double(to, 10, r->luck);
    put_range(to, 11, extra[0], extra[1], extra[2]);
    put_range(to, 14, extra[0] * amount, extra[1] * amount, extra[2] * amount);
    ku_build_row(to);
}

/* ---- tables ------------------------------------------------------------------------------------------- */

static bool beyond_chance(const ku_together *t)
{
    return (double)t->both * (double)t->all > (double)t->a * (double)t->b;
}

/* The sets that are no luck, the best first. */
static tested *keep_sets(const job *j, size_t *count)
{
    tested *kept = KU_ARRAY(j->arena, j->sets.count + 1, tested);
    *count = 0;
    for (size_t s = 0; s < j->sets.count; s++) {
        tested t = test_set(j, &j->sets.set[s]);
        if (t.luck < doubtful && beyond_chance(&t.parts)) kept[(*count)++] = t;
    }
    qsort(kept, *count, sizeof *kept, by_extra);
    return kept;
}

static ku_status put_sets(const job *j, const tested *kept, size_t count, size_t most,
                          ku_frames *out, ku_error *err)
{
    ku_frame_builder *to = ku_run_output(j->context, "sets");
    for (size_t s = 0; s < count && s < most; s++) put_set(j, &kept[s], to);
    return ku_frames_add_built(out, to, err);
}

static rule *find_rules(const job *j, const tested *kept, size_t count, size_t *found_)
{
    rule *rules = KU_ARRAY(j->arena, count * (size_t)j->size + 1, rule);
    size_t found = 0;
    for (size_t s = 0; s < count; s++)
        for (int also = 0; also < kept[s].set->size; also++) {
            rule r = make_rule(j, kept[s].set, also);
            if (r.luck < doubtful && beyond_chance(&r.parts)) rules[found++] = r;
        }
    qsort(rules, found, sizeof *rules, by_worth);
    *found_ = found;
    return rules;
}

static ku_status put_rules(const job *j, const rule *rules, size_t count, size_t most,
                           ku_frames *out, ku_error *err)
{
    ku_frame_builder *to = ku_run_output(j->context, "rules");
    for (size_t r = 0; r < count && r < most; r++) put_rule(j, &rules[r], to);
    return ku_frames_add_built(out, to, err);
}

static ku_status put_pairs(const job *j, ku_frames *out, ku_error *err)
{
    ku_frame_builder *to = ku_run_output(j->context, "pairs");
    int32_t shown = j->baskets.products < SHOWN_PAIRS ? j->baskets.products : SHOWN_PAIRS;
    for (int32_t a = 0; a < shown; a++)
        for (int32_t b = 0; b < shown; b++) {
            int32_t pair[2] = {a < b ? a : b, a < b ? b : a};
            /* The row of a product with itself keeps the rows of a chart in their order. */
            int64_t both = a == b ? j->baskets.found[a] : baskets_with(j, pair, 2);
            if (both == 0) continue;
            ku_together t = {both, j->baskets.found[a], j->baskets.found[b], j->baskets.count};
            ku_lift lift = ku_together_lift(&t);
            ku_build_text(to, 0, j->name[a]);
            ku_build_text(to, 1, j->name[b]);
            ku_build_int(to, 2, both);
            if (a != b) put_range(to, 3, lift.value, lift.lo, lift.hi);
            ku_build_row(to);
        }
    return ku_frames_add_built(out, to, err);
}

static void remark_result(const job *j, size_t sets, size_t rules, size_t most, int64_t asked)
{
    if (j->sets.count == 0)
        ku_run_remark(j->context, KU_WARN, "combinations",
                      "No two products are together in %lld of the %lld baskets. Ask for fewer: "
                      "--least.",
                      (long long)j->sets.least, (long long)j->baskets.count);
    else
        ku_run_remark(j->context, KU_NOTE, "combinations",
                      "%zu combinations are in at least %lld of the %lld baskets; %zu of them are "
                      "more than luck.",
                      j->sets.count, (long long)j->sets.least, (long long)j->baskets.count, sets);
    if (j->sets.cut)
        ku_run_remark(j->context, KU_WARN, "combinations",
                      "More than %d combinations were in %lld baskets; the bound was raised to "
                      "%lld.",
                      MOST_SETS, (long long)asked, (long long)j->sets.least);
    if (rules > most)
        ku_run_remark(j->context, KU_NOTE, "shown", "%zu of %zu rules are shown; see --most.", most,
                      rules);
}

ku_status basket_put_together(const ku_frames *in, const ku_params *params, ku_run_context *context,
                              ku_frames *out, ku_error *err)
{
    const ku_frame *lines = ku_frames_find(in, "lines");
    size_t most = (size_t)ku_param_int(params, "most"), count = 0;
    int64_t least = ku_param_set(params, "least") ? ku_param_int(params, "least") : 0;
    job j = {.context = context,
             .arena = ku_run_arena(context),
             .size = (int)ku_param_int(params, "size")};
    KU_TRY(make_baskets(&j, lines, least, err));
    if (least == 0) least = j.baskets.count / 2000 > 5 ? j.baskets.count / 2000 : 5;
    name_products(&j, lines, ku_frames_find(in, "products"));
    ku_run_progress(context, 0.3, "looking for what is bought together");
    KU_TRY(ku_baskets_search(&j.baskets, least, j.size, MOST_SETS, j.arena, ku_run_pool(context),
                             &j.sets, err));
    index_sets(&j);
    tested *kept = keep_sets(&j, &count);
    size_t found;
    rule *rules = find_rules(&j, kept, count, &found);
    KU_TRY(put_rules(&j, rules, found, most, out, err));
    KU_TRY(put_sets(&j, kept, count, most, out, err));
    KU_TRY(put_pairs(&j, out, err));
    remark_result(&j, count, found, most, least);
    return KU_OK;
}
