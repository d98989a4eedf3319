/* rfm.h - how lately, how often and for how much customers buy, each as a score of 1 to 5,
 * and the segments that follow. Arrays belong to the caller.
 *
 * A score is a band of quantiles. Equal values get equal scores: a value's place is the
 * middle of the places its equals take (mid-rank), and the band is the fifth of the scale the
 * middle lies in. So the bands do not depend on the order of rows, all customers alike are
 * all in the middle band, and a value that most share does not tear them apart. The borders
 * can be kept and held against other customers or the same at another time. */
#ifndef KU_CUSTOMERS_RFM_H
#define KU_CUSTOMERS_RFM_H

#include "customers/segments/rules.h"

enum { KU_RFM_BANDS = 5 };

/* Borders of bands: a value belongs to the band above every border that is not above it. */
typedef struct ku_bands {
    double border[KU_RFM_BANDS - 1]; /* ascending; INFINITY: nobody is above */
} ku_bands;

/* From the values that are not NAN; with none of them every border is INFINITY. `work` is
 * room for as many values. */
void ku_bands_learn(const double *value, size_t rows, double *work, ku_bands *bands);
/* 1 (lowest) .. 5; NAN stays NAN. */
double ku_band_of(const ku_bands *bands, double value);

/* One named segment: the table of rfm.c is where its name, its rule in the language of
 * rules.h, its reason and what to do are written, and nowhere else. */
typedef struct ku_rfm_segment {
    const char *name;   /* "Champions" */
    const char *rule;   /* "r >= 4 and f >= 4 and m >= 4" */
    const char *reason; /* "bought lately, often and for much" */
    const char *action; /* what to do about them */
} ku_rfm_segment;

/* Ends with name NULL; in the order in which they take customers, the last takes all. */
extern const ku_rfm_segment ku_rfm_segments[];
extern const int ku_rfm_segment_count;

/* What RFM knows of customers within the window that is looked at. */
typedef struct ku_rfm_customers {
    size_t rows;
    const double *recency;   /* days since the last purchase */
    const double *purchases; /* in the window; 0: none */
    const double *spend;     /* in the window */
    const double *ever;      /* purchases of all time */
} ku_rfm_customers;

typedef struct ku_rfm_borders {
    ku_bands recency, purchases, spend;
} ku_rfm_borders;

/* Borders from those who bought in the window. */
void ku_rfm_learn(const ku_rfm_customers *customers, ku_arena *arena, ku_rfm_borders *borders);
/* The scores (5 is best: the latest, the most often, the most), NAN for who bought nothing in
 * the window, and the segment of each customer, an index into ku_rfm_segments. The scores'
 * arrays must be given. */
void ku_rfm_assign(const ku_rfm_customers *customers, const ku_rfm_borders *borders,
                   ku_arena *arena, ku_pool *pool, double *r, double *f, double *m,
                   int32_t *segment);

#endif
