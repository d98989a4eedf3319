/* clusters.h - groups of customers who behave alike, and how far such groups can be trusted.
 * Arrays belong to the caller; work memory comes from the arena.
 *
 * Groups are those of k-means: each row belongs to the nearest of k centres, and the centres
 * are the means of their rows. How many there are is chosen by stability: the groups found in
 * one part of the customers and those found in another must sort a third part alike. */
#ifndef KU_CUSTOMERS_CLUSTERS_H
#define KU_CUSTOMERS_CLUSTERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kemudi/arena.h"
#include "kemudi/pool.h"

enum { KU_CLUSTERS_MOST = 12, KU_CLUSTER_COLUMNS = 16 };

/* Finite values, a row a customer: value[row x columns + column], columns at most
 * KU_CLUSTER_COLUMNS. */
typedef struct ku_cluster_data {
    size_t rows;
    int columns;
    const double *value;
} ku_cluster_data;

typedef struct ku_clusters {
    int count; /* may be less than asked for: never more than there are different rows */
    double centre[KU_CLUSTERS_MOST * KU_CLUSTER_COLUMNS]; /* rows `columns` apart */
    double explained; /* 1 - squares within / squares in all, of the rows fitted; 0 .. 1 */
} ku_clusters;

/* Takes mean and spread out of the columns in place: each gets mean 0 and standard deviation
 * 1, and values beyond `limit` of those are moved there, so that a few oddities do not make
 * groups of their own. A column without spread becomes 0. mean[], spread[] by column. */
void ku_cluster_scale(double *value, size_t rows, int columns, double limit, double *mean,
                      double *spread);

/* The best of several starts by k-means++ (Arthur & Vassilvitskii 2007), with Lloyd's steps;
 * on a sample where there are many rows, then two steps over all of them. Depends on the seed
 * alone, not on threads. rows >= 1, 1 <= k <= KU_CLUSTERS_MOST. */
void ku_clusters_fit(const ku_cluster_data *data, int k, uint64_t seed, ku_arena *arena,
                     ku_pool *pool, ku_clusters *clusters);
/* The nearest centre of each row; of equally near ones the first. */
void ku_clusters_assign(const ku_cluster_data *data, const ku_clusters *clusters, ku_pool *pool,
                        int32_t *cluster);

typedef struct ku_cluster_stability {
    int count;           /* groups; less than asked for where rows are too much alike */
    double mean, lo, hi; /* adjusted Rand index of sorting alike, mean and 95 % interval */
    double weakest;      /* the least group's mean Jaccard index with the group like it */
    double explained;
} ku_cluster_stability;

/* Wang (2010), Biometrika 97, 893-904, algorithm 1 with the adjusted Rand index: `pairs` times
 * (at most KU_CLUSTER_PAIRS) two parts are grouped and a third is sorted by both; beside it,
 * by group, the Jaccard index with the groups of all (Hennig 2007). rows >= 6. */
enum { KU_CLUSTER_PAIRS = 40 };
void ku_clusters_stability(const ku_cluster_data *data, int k, int pairs, uint64_t seed,
                           ku_arena *arena, ku_pool *pool, ku_cluster_stability *stability);

/* How alike two sortings of the same rows are: 1 the same, 0 no more alike than by chance
 * (Hubert & Arabie 1985, eq. 5). Codes 0 .. KU_CLUSTERS_MOST - 1. 1 where both put all rows
 * into one group or each into its own. */
double ku_adjusted_rand(const int32_t *a, const int32_t *b, size_t rows);

#endif
