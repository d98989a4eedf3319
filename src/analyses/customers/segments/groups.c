/* groups.c - segments of customers who behave alike.
 *
 * Groups are formed of those who bought in the window, by how they buy and not by who they
 * are. Amounts and counts go in by their logarithms, since twice as much is what matters.
 * A share of few purchases is mostly chance (of one purchase it is 0 or 1), so it is drawn
 * towards the share of all as if PRIOR further purchases had been like theirs; otherwise the
 * groups would be those who happened to buy on a Saturday. What is not known stands at the
 * mean. How many groups there are is the largest number that is stable. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analyses/customers/segments/segments.h"
#include "base/format.h"
#include "base/number.h"
#include "base/text.h"

enum { PRIOR = 4, PAIRS = 20, FEWEST = 30, LARGEST = 8 };
#define STABLE 0.8  /* adjusted Rand index */
#define FIRM   0.6  /* the weakest group's Jaccard index */
#define LIMIT  4.0  /* standard deviations */
#define SPEAKS 0.35 /* a group differs by that much, in standard deviations, or is not named so */

typedef enum form { PLAIN, LOGARITHM, SHARE } form;

typedef struct feature {
    int word;
    form form;
    const char *low, *high;               /* what such customers are called */
    const char *low_action, *high_action; /* what to do about them */
} feature;

static const feature features[] = {
    {WORD_RECENCY, LOGARITHM, "recent", "long away",
     "They are here: offer the next purchase now, without a discount.",
     "Bring them back with a reason and a date, in the range they know."},
    {WORD_PURCHASES, LOGARITHM, "rare", "frequent",
     "Win the next purchase: remind them at the time when they would need it.",
     "Thank them and keep stock and service right; they carry the business."},
    {WORD_AVERAGE_ORDER, LOGARITHM, "small purchases", "large purchases",
     "Offer what goes with their purchase, sets and free delivery from an amount.",
     "Advise them personally; show the best of the range."},
    {WORD_TENURE, LOGARITHM, "new", "long-standing",
     "Welcome them and make the second and third purchase easy.",
     "Reward their loyalty; ask them to recommend."},
    {WORD_GAP_SPREAD, PLAIN, "regular", "irregular",
     "Offer a subscription or standing order; be there on their day.",
     "Use occasions: seasons, news and events bring them."},
    {WORD_PRODUCTS, LOGARITHM, "narrow choice", "wide choice",
     "Show them a second range that goes with the first.",
     "Tell them first what is new; they try things."},
    {WORD_WEEKEND_SHARE, SHARE, "weekday", "weekend", "Reach them on working days and at work.",
     "Reach them before the weekend; staff for it."},
    {WORD_CHANNEL_SHARE, SHARE, "several channels", "one channel",
     "Keep stock, price and basket the same everywhere.",
     "Make their channel good before showing them another."},
    {WORD_DISCOUNT_SHARE, SHARE, "full price", "at a discount",
     "Do not teach them discounts; offer service and novelty.",
     "Cut discounts by steps and watch who stays; offer bundles."},
};
enum { FEATURES = sizeof features / sizeof *features };

typedef struct grouping {
    segmentation *s;
    int columns;
    const feature *column[FEATURES]; /* those that the data know */
    double prior[FEATURES];          /* mean share of all, of SHARE */
    double mean[FEATURES], spread[FEATURES];
    ku_cluster_data now, then;
    size_t *row_now, *row_then; /* of the people, by row of the data */
    ku_clusters clusters;
} grouping;

/* ---- features ------------------------------------------------------------------------------- */

static double feature_value(const grouping *g, const segments_people *people, int column,
                            size_t row)
{
    const feature *f = g->column[column];
    double x = people->column[f->word].number[row];
    double n = people->column[WORD_PURCHASES].number[row];
    if (isnan(x)) return x;
    if (f->form == SHARE) return (x * n + g->prior[column] * PRIOR) / (n + PRIOR);
    return f->form == LOGARITHM ? log1p(fmax(0, x)) : x;
}

/* The mean of a feature over those who bought; NAN when it is known of less than half. */
static double known_mean(const segments_people *people, int word)
{
    double sum = 0, known = 0, all = 0;
    const double *purchases = people->column[WORD_PURCHASES].number;
    for (size_t i = 0; i < people->rows; i++) {
        double x = people->column[word].number[i];
        if (!(purchases[i] > 0)) continue;
        all++;
        if (isnan(x)) continue;
        known++;
        sum += x;
    }
    return known > 0 && 2 * known >= all ? sum / known : NAN;
}

static void choose_columns(grouping *g)
{
    bool words[WORDS] = {[WORD_PURCHASES] = true};
    for (int f = 0; f < FEATURES; f++) words[features[f].word] = true;
    segments_need(g->s, &g->s->now, words);
    segments_need(g->s, &g->s->then, words);
    for (int f = 0; f < FEATURES; f++) {
        double mean = known_mean(&g->s->now, features[f].word);
        if (isnan(mean)) continue;
        g->column[g->columns] = &features[f];
        g->prior[g->columns++] = mean;
    }
}

static ku_cluster_data gather(grouping *g, const segments_people *people, size_t **rows)
{
    ku_cluster_data data = {.columns = g->columns};
    double *value = KU_ARRAY(g->s->arena, people->rows * (size_t)g->columns + 1, double);
    *rows = KU_ARRAY(g->s->arena, people->rows + 1, size_t);
    for (size_t i = 0; i < people->rows; i++) {
        if (!(people->column[WORD_PURCHASES].number[i] > 0)) continue;
        (*rows)[data.rows] = i;
        double *to = value + data.rows++ * (size_t)g->columns;
        for (int c = 0; c < g->columns; c++) to[c] = feature_value(g, people, c, i);
    }
    data.value = value;
    return data;
}

/* What is not known becomes the mean of what is. */
static void fill(const grouping *g, const ku_cluster_data *data)
{
    double *value = (double *)(uintptr_t)data->value; /* ours: made by gather */
    const size_t width = (size_t)g->columns;
    for (size_t c = 0; c < width; c++) {
        double sum = 0, n = 0;
        for (size_t i = 0; i < data->rows; i++)
            if (!isnan(value[i * width + c])) {
                sum += value[i * width + c];
                n++;
            }
        for (size_t i = 0; i < data->rows; i++)
            if (isnan(value[i * width + c])) value[i * width + c] = n > 0 ? sum / n : 0;
    }
}

/* The scale of today for the customers of a year before. */
static void scale_then(const grouping *g)
{
    double *value = (double *)(uintptr_t)g->then.value;
    for (size_t i = 0; i < g->then.rows; i++)
        for (int c = 0; c < g->columns; c++) {
            double *x = &value[i * (size_t)g->columns + (size_t)c];
            double off = isnan(*x) || !(g->spread[c] > 0) ? 0 : (*x - g->mean[c]) / g->spread[c];
            *x = fmax(-LIMIT, fmin(LIMIT, off));
        }
}

static void prepare(grouping *g)
{
    choose_columns(g);
    g->now = gather(g, &g->s->now, &g->row_now);
    g->then = gather(g, &g->s->then, &g->row_then);
    fill(g, &g->now);
    ku_cluster_scale((double *)(uintptr_t)g->now.value, g->now.rows, g->columns, LIMIT, g->mean,
                     g->spread);
    scale_then(g);
}

/* ---- how many ------------------------------------------------------------------------------- */

static void put_stability(segmentation *s, int k, const ku_cluster_stability *at, bool chosen)
{
    ku_build_int(s->stability, 0, k);
    ku_build_double(s->stability, 1, at->mean);
    ku_build_double(s->stability, 2, at->lo);
    ku_build_double(s->stability, 3, at->hi);
    ku_build_double(s->stability, 4, at->weakest);
    ku_build_double(s->stability, 5, at->explained);
    ku_build_bool(s->stability, 6, chosen);
    ku_build_row(s->stability);
}

static void remark_stability(segmentation *s, const ku_cluster_stability *chosen, int k)
{
    if (chosen->mean < STABLE)
        ku_run_remark(s->context, KU_WARN, "stability",
                      "The customers form no clear groups: two parts of them agree on %d groups "
                      "only to %.2f (1: fully, 0: by chance; wanted: %.1f). Take the groups as a "
                      "convenient cut, not as kinds of people.",
                      k, chosen->mean, STABLE);
    else if (chosen->weakest < FIRM)
        ku_run_remark(s->context, KU_WARN, "stability",
                      "Of the %d groups, the least sure is found again only to %.2f (1: fully; "
                      "wanted: %.1f).",
                      k, chosen->weakest, FIRM);
}

static int choose_number(grouping *g, int wanted, uint64_t seed)
{
    segmentation *s = g->s;
    ku_cluster_stability at[KU_CLUSTERS_MOST + 1];
    int from = wanted > 0 ? wanted : 2, to = wanted > 0 ? wanted : LARGEST, best = 0, last = 0;
    for (int k = from; k <= to; k++) {
        ku_run_progress(s->context, 0.1 + 0.6 * (k - from) / (to - from + 1),
                        "looking for groups that hold");
        ku_clusters_stability(&g->now, k, PAIRS, seed, s->arena, ku_run_pool(s->context), &at[k]);
        if (at[k].count < k) break; /* no more different customers than that */
        last = k;
        bool firm = at[k].mean >= STABLE && at[k].weakest >= FIRM;
        bool best_firm = best > 0 && at[best].mean >= STABLE && at[best].weakest >= FIRM;
        if (best == 0 || firm || (!best_firm && at[k].mean > at[best].mean)) best = k;
    }
    if (best == 0) return 1;
    for (int k = from; k <= last; k++) put_stability(s, k, &at[k], k == best);
    remark_stability(s, &at[best], best);
    return best;
}

/* ---- names ---------------------------------------------------------------------------------- */

typedef struct trait {
    double size; /* standard deviations off the mean */
    const feature *feature;
    bool high;
} trait;

static int by_size(const void *a, const void *b)
{
    double x = ((const trait *)a)->size, y = ((const trait *)b)->size;
    return (x < y) - (x > y);
}

static void traits_of(const grouping *g, int cluster, trait *traits)
{
    for (int c = 0; c < g->columns; c++) {
        double z = g->clusters.centre[cluster * g->columns + c];
        traits[c] = (trait){fabs(z), g->column[c], z > 0};
    }
    qsort(traits, (size_t)g->columns, sizeof *traits, by_size);
}

static bool taken(const segmentation *s, const char *name)
{
    for (int k = 0; k < s->groups; k++)
        if (strcmp(s->group[k].name, name) == 0) return true;
    return false;
}

/* "Frequent, large purchases": the two traits that stand out most, more where another group
 * has the same name. */
static const char *name_of(const grouping *g, const trait *traits)
{
    const segmentation *s = g->s;
    char *name = ku_arena_strdup(s->arena, "");
    for (int c = 0; c < g->columns && (c < 2 || taken(s, name)); c++) {
        if (traits[c].size < SPEAKS) break;
        name = ku_arena_printf(s->arena, "%s%s%s", name, c > 0 ? ", " : "",
                               traits[c].high ? traits[c].feature->high : traits[c].feature->low);
    }
    if (name[0] == '\0') name = ku_arena_strdup(s->arena, "average in all");
    if (name[0] >= 'a' && name[0] <= 'z') name[0] = (char)(name[0] - 'a' + 'A');
    const char *base = name;
    for (int n = 2; taken(s, name); n++) name = ku_arena_printf(s->arena, "%s (%d)", base, n);
    return name;
}

/* "nearest to: 12 purchases, the last 20 days ago": the means of the strongest traits. */
static const char *rule_of(const grouping *g, const trait *traits, const int32_t *cluster,
                           int which)
{
    ku_text text = {0};
    ku_text_add(&text, "nearest to:");
    for (int c = 0; c < g->columns && c < 4; c++) {
        int word = traits[c].feature->word;
        double sum = 0, n = 0;
        char number[KU_NUMBER_TEXT];
        for (size_t i = 0; i < g->now.rows; i++) {
            double x = g->s->now.column[word].number[g->row_now[i]];
            if (cluster[i] != which || isnan(x)) continue;
            sum += x;
            n++;
        }
        if (!(n > 0)) continue;
        ku_format_number(number, sum / n, segments_words[word].unit, NULL);
        ku_text_addf(&text, "%s %s %s", c > 0 ? ";" : "", segments_words[word].label, number);
    }
    const char *rule = ku_arena_strdup(g->s->arena, ku_text_string(&text));
    ku_text_clear(&text);
    return rule;
}

/* ---- groups --------------------------------------------------------------------------------- */

typedef struct ranked {
    double revenue;
    int cluster;
} ranked;

static int by_revenue(const void *a, const void *b)
{
    const ranked *x = a, *y = b;
    if (x->revenue < y->revenue || x->revenue > y->revenue) return x->revenue < y->revenue ? 1 : -1;
    return x->cluster - y->cluster;
}

static void order_of(const grouping *g, const int32_t *cluster, ranked *order)
{
    const ku_column *revenue = segments_column(&g->s->now, "year_revenue");
    for (int k = 0; k < g->clusters.count; k++) order[k] = (ranked){0, k};
    for (size_t i = 0; i < g->now.rows; i++)
        order[cluster[i]].revenue += segments_value(&g->s->now, revenue, g->row_now[i]);
    qsort(order, (size_t)g->clusters.count, sizeof *order, by_revenue);
}

static void spread_out(segmentation *s, segments_people *people, const ku_cluster_data *data,
                       const size_t *rows, const int32_t *cluster, const int *place)
{
    people->segment = ku_arena_alloc(s->arena, (people->rows + 1) * sizeof *people->segment);
    for (size_t i = 0; i < people->rows; i++) people->segment[i] = s->groups - 1; /* dormant */
    for (size_t i = 0; i < data->rows; i++) people->segment[rows[i]] = place[cluster[i]];
}

static void name_groups(grouping *g, const int32_t *cluster, int *place)
{
    segmentation *s = g->s;
    ranked order[KU_CLUSTERS_MOST];
    order_of(g, cluster, order);
    for (int k = 0; k < g->clusters.count; k++) {
        trait traits[FEATURES];
        traits_of(g, order[k].cluster, traits);
        place[order[k].cluster] = k;
        const feature *first = traits[0].feature;
        bool alone = g->clusters.count == 1;
        const segments_group group = {
            alone ? "All who bought" : name_of(g, traits),
            alone ? "bought in the window" : rule_of(g, traits, cluster, order[k].cluster), "",
            alone            ? "Look at them by other segments; they are too few or too much alike."
            : traits[0].high ? first->high_action
                             : first->low_action};
        s->group[s->groups++] = group;
    }
    const ku_rfm_segment *lost = &ku_rfm_segments[ku_rfm_segment_count - 1];
    s->group[s->groups++] = (segments_group){"Dormant", "bought nothing in the window", "",
                                             lost->action};
}

/* The number asked for; 0: the most that hold. */
static int wanted_number(const ku_params *params)
{
    const char *wanted = ku_param_text_value(params, "groups");
    int64_t number = 0;
    ku_error ignored;
    if (strcmp(wanted, "auto") == 0) return 0;
    return ku_parse_int(wanted, strlen(wanted), &number, &ignored) == KU_OK ? (int)number : 0;
}

void segments_by_clusters(segmentation *s, const ku_params *params)
{
    grouping g = {.s = s};
    uint64_t seed = ku_run_rng(s->context, 0).seed;
    int place[KU_CLUSTERS_MOST];
    prepare(&g);
    int k = 1;
    if (g.now.rows >= FEWEST && g.columns > 0)
        k = choose_number(&g, wanted_number(params), seed);
    else
        ku_run_remark(s->context, KU_WARN, "groups",
                      "Only %zu customers bought in the window; groups need at least %d.",
                      g.now.rows, FEWEST);
    int32_t *now = KU_ARRAY(s->arena, g.now.rows + 1, int32_t);
    int32_t *then = KU_ARRAY(s->arena, g.then.rows + 1, int32_t);
    if (g.now.rows > 0) {
        ku_run_progress(s->context, 0.75, "forming groups");
        ku_clusters_fit(&g.now, k, seed, s->arena, ku_run_pool(s->context), &g.clusters);
        ku_clusters_assign(&g.now, &g.clusters, ku_run_pool(s->context), now);
        ku_clusters_assign(&g.then, &g.clusters, ku_run_pool(s->context), then);
    }
    name_groups(&g, now, place);
    spread_out(s, &s->now, &g.now, g.row_now, now, place);
    spread_out(s, &s->then, &g.then, g.row_then, then, place);
}
