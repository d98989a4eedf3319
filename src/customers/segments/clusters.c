/* clusters.c - k-means for many customers and few columns, and its stability.
 *
 * Lloyd's steps find only the groups near their start, so there are several starts by
 * k-means++ and the best is kept. All of this happens on a sample: centres from tens of
 * thousands of customers lie where those from millions lie, and two steps over all of them
 * take out what difference is left. Sums over rows run in fixed blocks, added in order, so
 * that threads change no bit. */
#include "customers/segments/clusters.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#include "kemudi/rng.h"
#include "num/student.h"

enum {
    SAMPLE = 30000, /* rows fitted from several starts */
    PART = 2000,    /* rows of a part when stability is measured */
    STARTS = 6,
    PART_STARTS = 3,
    STEPS = 60,
    BLOCK = 4096
};
#define GAIN 1e-6 /* a step that gains less of the squares is the last */
enum { STREAM_SAMPLE = 1, STREAM_START, STREAM_PARTS };

/* ---- scale ------------------------------------------------------------------------------- */

void ku_cluster_scale(double *value, size_t rows, int columns, double limit, double *mean,
                      double *spread)
{
    for (int c = 0; c < columns; c++) {
        double sum = 0, squares = 0, n = (double)rows;
        for (size_t i = 0; i < rows; i++) sum += value[i * (size_t)columns + (size_t)c];
        mean[c] = rows > 0 ? sum / n : 0;
        for (size_t i = 0; i < rows; i++) {
            double off = value[i * (size_t)columns + (size_t)c] - mean[c];
            squares += off * off;
        }
        spread[c] = rows > 0 ? sqrt(squares / n) : 0;
        bool flat = !(spread[c] > 1e-12 * fmax(1, fabs(mean[c])));
        for (size_t i = 0; i < rows; i++) {
            double *x = &value[i * (size_t)columns + (size_t)c];
            *x = flat ? 0 : fmax(-limit, fmin(limit, (*x - mean[c]) / spread[c]));
        }
    }
}

/* ---- distances --------------------------------------------------------------------------- */

static double distance(const double *a, const double *b, int columns)
{
    double sum = 0;
    for (int c = 0; c < columns; c++) sum += (a[c] - b[c]) * (a[c] - b[c]);
    return sum;
}

static int nearest(const double *row, const ku_clusters *k, int columns, double *least)
{
    int best = 0;
    double near = INFINITY;
    for (int g = 0; g < k->count; g++) {
        double d = distance(row, k->centre + g * columns, columns);
        if (d < near) {
            near = d;
            best = g;
        }
    }
    *least = near;
    return best;
}

/* ---- steps over a sample ----------------------------------------------------------------- */

/* Starts: each next centre is a row drawn by its squared distance from those before. Fewer
 * than k where all rows lie on centres. `gap` is room for a number a row. */
static void seed_centres(const ku_cluster_data *data, int k, ku_rng *rng, double *gap,
                         ku_clusters *clusters)
{
    const size_t width = (size_t)data->columns;
    size_t row = (size_t)ku_rng_below(rng, data->rows);
    clusters->count = 0;
    for (size_t i = 0; i < data->rows; i++) gap[i] = INFINITY;
    for (;;) {
        double *centre = clusters->centre + (size_t)clusters->count++ * width, total = 0;
        memcpy(centre, data->value + row * width, width * sizeof *centre);
        if (clusters->count == k) return;
        for (size_t i = 0; i < data->rows; i++) {
            double d = distance(data->value + i * width, centre, data->columns);
            if (d < gap[i]) gap[i] = d;
            total += gap[i];
        }
        if (!(total > 0)) return;
        double at = ku_rng_uniform(rng) * total;
        size_t last = 0; /* a row away from all centres, should rounding run past the end */
        for (row = 0; row < data->rows; row++) {
            if (gap[row] > 0) last = row;
            if ((at -= gap[row]) < 0 && gap[row] > 0) break;
        }
        if (row == data->rows) row = last;
    }
}

typedef struct sums {
    double total[KU_CLUSTERS_MOST * KU_CLUSTER_COLUMNS];
    double rows[KU_CLUSTERS_MOST];
    double within; /* squares */
} sums;

static void add_rows(const ku_cluster_data *data, const ku_clusters *k, size_t from, size_t to,
                     sums *s)
{
    for (size_t i = from; i < to; i++) {
        const double *row = data->value + i * (size_t)data->columns;
        double near;
        int g = nearest(row, k, data->columns, &near);
        s->within += near;
        s->rows[g]++;
        for (int c = 0; c < data->columns; c++) s->total[g * data->columns + c] += row[c];
    }
}

/* Moves the centres to the means; a group without rows stays where it is. Returns the largest
 * squared move. */
static double move_centres(const sums *s, int columns, ku_clusters *k)
{
    double largest = 0;
    for (int g = 0; g < k->count; g++) {
        double *centre = k->centre + g * columns, old[KU_CLUSTER_COLUMNS];
        if (!(s->rows[g] > 0)) continue;
        memcpy(old, centre, (size_t)columns * sizeof *old);
        for (int c = 0; c < columns; c++) centre[c] = s->total[g * columns + c] / s->rows[g];
        largest = fmax(largest, distance(old, centre, columns));
    }
    return largest;
}

static double descend(const ku_cluster_data *data, ku_clusters *k)
{
    double within = INFINITY;
    for (int step = 0; step < STEPS; step++) {
        sums s = {.within = 0};
        add_rows(data, k, 0, data->rows, &s);
        double moved = move_centres(&s, data->columns, k);
        bool still = s.within >= within * (1 - GAIN) || !(moved > 0);
        within = s.within;
        if (still) break;
    }
    return within;
}

static double total_squares(const ku_cluster_data *data)
{
    double total = 0;
    for (int c = 0; c < data->columns; c++) {
        double sum = 0, squares = 0;
        const double *x = data->value + c;
        for (size_t i = 0; i < data->rows; i++) sum += x[i * (size_t)data->columns];
        double mean = sum / (double)data->rows;
        for (size_t i = 0; i < data->rows; i++) {
            double off = x[i * (size_t)data->columns] - mean;
            squares += off * off;
        }
        total += squares;
    }
    return total;
}

/* The best of the starts; `gap` is room for a number a row. */
static void fit_sample(const ku_cluster_data *data, int k, int starts, ku_rng *rng, double *gap,
                       ku_clusters *best)
{
    double least = INFINITY;
    for (int s = 0; s < starts; s++) {
        ku_clusters tried = {.count = 0};
        seed_centres(data, k, rng, gap, &tried);
        double within = descend(data, &tried);
        if (!(within < least)) continue;
        least = within;
        *best = tried;
    }
    double all = total_squares(data);
    best->explained = all > 0 ? fmax(0, 1 - least / all) : 1;
}

/* Copies the rows `row[]` of the data. */
static ku_cluster_data pick_rows(const ku_cluster_data *data, const size_t *row, size_t rows,
                                 double *room)
{
    const size_t width = (size_t)data->columns;
    for (size_t i = 0; i < rows; i++)
        memcpy(room + i * width, data->value + row[i] * width, width * sizeof *room);
    return (ku_cluster_data){rows, data->columns, room};
}

/* `wanted` different rows out of all, in random order: the first steps of a shuffle of an
 * index that is kept from call to call (any order will do as a start). */
static void draw_rows(size_t *index, size_t rows, size_t wanted, ku_rng *rng)
{
    for (size_t i = 0; i < wanted; i++) {
        size_t j = i + (size_t)ku_rng_below(rng, rows - i), kept = index[i];
        index[i] = index[j];
        index[j] = kept;
    }
}

static size_t *new_index(size_t rows, ku_arena *arena)
{
    size_t *index = ku_arena_alloc(arena, (rows + 1) * sizeof *index);
    for (size_t i = 0; i < rows; i++) index[i] = i;
    return index;
}

/* At most so many rows of the data, drawn at random. */
static ku_cluster_data sample_of(const ku_cluster_data *data, size_t most, uint64_t seed,
                                 ku_arena *arena)
{
    if (data->rows <= most) return *data;
    ku_rng rng = ku_rng_make(seed, ku_rng_stream(STREAM_SAMPLE, 0));
    size_t *index = new_index(data->rows, arena);
    draw_rows(index, data->rows, most, &rng);
    return pick_rows(data, index, most, KU_ARRAY(arena, most * (size_t)data->columns, double));
}

/* ---- all rows ------------------------------------------------------------------------------ */

typedef struct pass {
    const ku_cluster_data *data;
    const ku_clusters *clusters;
    sums *block; /* NULL: only assign */
    int32_t *cluster;
} pass;

static void pass_block(void *data, size_t block, unsigned thread)
{
    (void)thread;
    const pass *p = data;
    size_t from = block * BLOCK, to = from + BLOCK < p->data->rows ? from + BLOCK : p->data->rows;
    if (p->block != NULL) {
        add_rows(p->data, p->clusters, from, to, &p->block[block]);
        return;
    }
    for (size_t i = from; i < to; i++) {
        double near;
        p->cluster[i] = nearest(p->data->value + i * (size_t)p->data->columns, p->clusters,
                                p->data->columns, &near);
    }
}

static void step_over_all(const ku_cluster_data *data, ku_arena *arena, ku_pool *pool,
                          ku_clusters *clusters)
{
    size_t blocks = (data->rows + BLOCK - 1) / BLOCK;
    pass p = {data, clusters, KU_ARRAY(arena, blocks, sums), NULL};
    ku_pool_each(pool, blocks, 0, pass_block, &p);
    for (size_t b = 1; b < blocks; b++) {
        for (int i = 0; i < clusters->count * data->columns; i++)
            p.block[0].total[i] += p.block[b].total[i];
        for (int g = 0; g < clusters->count; g++) p.block[0].rows[g] += p.block[b].rows[g];
    }
    move_centres(&p.block[0], data->columns, clusters);
}

void ku_clusters_fit(const ku_cluster_data *data, int k, uint64_t seed, ku_arena *arena,
                     ku_pool *pool, ku_clusters *clusters)
{
    assert(data->rows >= 1 && k >= 1 && k <= KU_CLUSTERS_MOST &&
           data->columns <= KU_CLUSTER_COLUMNS);
    const ku_cluster_data sample = sample_of(data, SAMPLE, seed, arena);
    bool part = sample.rows < data->rows;
    ku_rng rng = ku_rng_make(seed, ku_rng_stream(STREAM_START, (uint64_t)k));
    double *gap = KU_ARRAY(arena, sample.rows, double);
    fit_sample(&sample, k, STARTS, &rng, gap, clusters);
    for (int step = 0; part && step < 2; step++) step_over_all(data, arena, pool, clusters);
}

void ku_clusters_assign(const ku_cluster_data *data, const ku_clusters *clusters, ku_pool *pool,
                        int32_t *cluster)
{
    pass p = {data, clusters, NULL, cluster};
    ku_pool_each(pool, (data->rows + BLOCK - 1) / BLOCK, 0, pass_block, &p);
}

/* ---- how alike --------------------------------------------------------------------------- */

typedef struct crossing {
    double cell[KU_CLUSTERS_MOST][KU_CLUSTERS_MOST], a[KU_CLUSTERS_MOST], b[KU_CLUSTERS_MOST];
} crossing;

static void cross(const int32_t *a, const int32_t *b, size_t rows, crossing *x)
{
    *x = (crossing){.a = {0}};
    for (size_t i = 0; i < rows; i++) {
        x->cell[a[i]][b[i]]++;
        x->a[a[i]]++;
        x->b[b[i]]++;
    }
}

static double couples(double n)
{
    return n * (n - 1) / 2;
}

double ku_adjusted_rand(const int32_t *a, const int32_t *b, size_t rows)
{
    crossing x;
    double both = 0, in_a = 0, in_b = 0, all = couples((double)rows);
    cross(a, b, rows, &x);
    for (int i = 0; i < KU_CLUSTERS_MOST; i++) {
        in_a += couples(x.a[i]);
        in_b += couples(x.b[i]);
        for (int j = 0; j < KU_CLUSTERS_MOST; j++) both += couples(x.cell[i][j]);
    }
    if (!(all > 0)) return 1;
    double chance = in_a * in_b / all, most = (in_a + in_b) / 2;
    return most - chance > 1e-9 * most ? (both - chance) / (most - chance) : 1;
}

/* By group of a: the Jaccard index with the group of b most like it; NAN without rows. */
static void jaccard(const int32_t *a, const int32_t *b, size_t rows, double *like)
{
    crossing x;
    cross(a, b, rows, &x);
    for (int i = 0; i < KU_CLUSTERS_MOST; i++) {
        double best = 0;
        for (int j = 0; j < KU_CLUSTERS_MOST; j++) {
            double either = x.a[i] + x.b[j] - x.cell[i][j];
            if (either > 0) best = fmax(best, x.cell[i][j] / either);
        }
        like[i] = x.a[i] > 0 ? best : NAN;
    }
}

/* ---- stability --------------------------------------------------------------------------- */

typedef struct one_trial {
    double alike;
    double like[KU_CLUSTERS_MOST]; /* by group of the whole */
} one_trial;

typedef struct trials {
    const ku_cluster_data *data;
    const ku_clusters *whole;
    int k;
    size_t part; /* rows of each of the three parts */
    uint64_t seed;
    size_t **index; /* room, by thread */
    double **room;
    int32_t **sorted;
    one_trial *trial;
} trials;

static void run_trial(void *data, size_t item, unsigned thread)
{
    trials *t = data;
    const size_t width = (size_t)t->data->columns;
    ku_rng rng = ku_rng_make(t->seed, ku_rng_stream(STREAM_PARTS, item * 64 + (uint64_t)t->k));
    size_t *index = t->index[thread];
    for (size_t i = 0; i < t->data->rows; i++) index[i] = i; /* as for any other thread */
    draw_rows(index, t->data->rows, 3 * t->part, &rng);
    double *room = t->room[thread], *gap = room + t->part * width;
    int32_t *sorted[3];
    ku_clusters found[2];
    for (int half = 0; half < 2; half++) {
        ku_cluster_data part = pick_rows(t->data, index + (size_t)half * t->part, t->part, room);
        fit_sample(&part, t->k, PART_STARTS, &rng, gap, &found[half]);
    }
    ku_cluster_data third = pick_rows(t->data, index + 2 * t->part, t->part, room);
    for (int s = 0; s < 3; s++) {
        sorted[s] = t->sorted[thread] + (size_t)s * t->part;
        ku_clusters_assign(&third, s < 2 ? &found[s] : t->whole, NULL, sorted[s]);
    }
    t->trial[item].alike = ku_adjusted_rand(sorted[0], sorted[1], t->part);
    jaccard(sorted[2], sorted[0], t->part, t->trial[item].like);
}

static double weakest_group(const one_trial *trial, int pairs, int groups)
{
    double weakest = 1;
    for (int g = 0; g < groups; g++) {
        double sum = 0, n = 0;
        for (int p = 0; p < pairs; p++)
            if (!isnan(trial[p].like[g])) {
                sum += trial[p].like[g];
                n++;
            }
        if (n > 0) weakest = fmin(weakest, sum / n);
    }
    return weakest;
}

static void sum_up(const one_trial *trial, int pairs, ku_cluster_stability *s)
{
    double sum = 0, squares = 0;
    for (int p = 0; p < pairs; p++) sum += trial[p].alike;
    s->mean = sum / pairs;
    for (int p = 0; p < pairs; p++)
        squares += (trial[p].alike - s->mean) * (trial[p].alike - s->mean);
    double reach = ku_student_quantile(0.975, pairs - 1) * sqrt(squares / (pairs - 1) / pairs);
    s->lo = s->mean - reach;
    s->hi = fmin(1, s->mean + reach);
}

void ku_clusters_stability(const ku_cluster_data *data, int k, int pairs, uint64_t seed,
                           ku_arena *arena, ku_pool *pool, ku_cluster_stability *stability)
{
    assert(data->rows >= 6 && pairs >= 2 && pairs <= KU_CLUSTER_PAIRS);
    /* parts come from a sample, so that drawing them does not walk millions of rows */
    ku_cluster_data some = sample_of(data, SAMPLE, seed, arena);
    size_t part = some.rows / 3 < PART ? some.rows / 3 : PART;
    const ku_cluster_data all = sample_of(&some, 3 * part + 2, seed, arena);
    ku_clusters whole;
    ku_clusters_fit(&all, k, seed, arena, pool, &whole);
    unsigned threads = pool != NULL ? ku_pool_threads(pool) : 1;
    trials t = {.data = &some, .whole = &whole, .k = k, .part = part, .seed = seed};
    t.index = KU_ARRAY(arena, threads, size_t *);
    t.room = KU_ARRAY(arena, threads, double *);
    t.sorted = KU_ARRAY(arena, threads, int32_t *);
    t.trial = KU_ARRAY(arena, (size_t)pairs, one_trial);
    for (unsigned i = 0; i < threads; i++) {
        t.index[i] = KU_ARRAY(arena, some.rows, size_t);
        t.room[i] = KU_ARRAY(arena, part * (size_t)(data->columns + 1), double);
        t.sorted[i] = KU_ARRAY(arena, 3 * part, int32_t);
    }
    ku_pool_each(pool, (size_t)pairs, 1, run_trial, &t);
    *stability = (ku_cluster_stability){.count = whole.count, .explained = whole.explained};
    sum_up(t.trial, pairs, stability);
    stability->weakest = weakest_group(t.trial, pairs, whole.count);
}
