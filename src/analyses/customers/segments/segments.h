/* segments.h - customers.segments: its kernel and what the parts of it share. Everything
 * lives in the arena of the run. */
#ifndef KU_ANALYSES_CUSTOMERS_SEGMENTS_H
#define KU_ANALYSES_CUSTOMERS_SEGMENTS_H

#include "customers/segments/clusters.h"
#include "customers/segments/rfm.h"
#include "customers/segments/rules.h"
#include "kemudi/analysis.h"

ku_analysis_fn segments_run;

/* ---- what is known of customers ----------------------------------------------------------- */

/* The columns that rules may name, in the order of segments_words. All but the scores are
 * columns of the extract `behaviour` with the same name. */
enum segments_word {
    WORD_RECENCY,
    WORD_TENURE,
    WORD_PURCHASES,
    WORD_PURCHASES_EVER,
    WORD_SPEND,
    WORD_SPEND_EVER,
    WORD_SPEND_BEFORE,
    WORD_GROWTH,
    WORD_MARGIN,
    WORD_MARGIN_SHARE,
    WORD_AVERAGE_ORDER,
    WORD_GAP,
    WORD_GAP_SPREAD,
    WORD_LATENESS,
    WORD_WEEKEND_SHARE,
    WORD_PRODUCTS,
    WORD_PRODUCT_GROUPS,
    WORD_CHANNELS,
    WORD_CHANNEL_SHARE,
    WORD_RETURN_SHARE,
    WORD_DISCOUNT_SHARE,
    WORD_AGE,
    WORD_R,
    WORD_F,
    WORD_M,
    WORD_FIRST,
    WORD_LAST,
    WORD_CONTACT_ALLOWED,
    WORD_CHANNEL,
    WORD_PRODUCT_GROUP,
    WORD_REGION,
    WORD_CITY,
    WORD_TYPE,
    WORD_GENDER,
    WORD_INCOME_BAND,
    WORD_ACTIVITY,
    WORD_SEGMENT,
    WORD_FIRST_CHANNEL,
    WORDS
};
extern const ku_rule_word segments_words[WORDS + 1];

/* The customers at one moment: rows [from, from + rows) of `behaviour`. */
typedef struct segments_people {
    const ku_frame *frame;
    size_t from, rows;
    ku_rule_column column[WORDS]; /* those asked for by segments_need */
    int32_t *segment;             /* -1: none */
    int32_t *held;                /* rules that were true */
} segments_people;

/* A segment as it is shown. */
typedef struct segments_group {
    const char *name, *rule, *reason, *action;
} segments_group;

enum { SEGMENTS_MOST = KU_RULES_MOST + 1 };
typedef enum segments_by { BY_RFM, BY_CLUSTERS, BY_RULES } segments_by;

typedef struct segmentation {
    ku_run_context *context;
    ku_arena *arena;
    const ku_frames *in;
    segments_by by;
    const char *scheme;
    int32_t until;
    int64_t window; /* days */
    segments_people now, then;
    int32_t *then_of_now; /* row a year before; -1: was no customer yet */
    int32_t *now_of_then;
    const ku_rules *rules; /* BY_RULES */
    int groups;
    segments_group group[SEGMENTS_MOST];
    /* the version kept last */
    int64_t kept_version, kept_made_at, kept_customers; /* made_at in microseconds; 0: none */
    int64_t version;
    ku_frame_builder *stability;
} segmentation;

/* Makes the columns of these words ready; [WORDS] flags. */
void segments_need(segmentation *s, segments_people *people, const bool *words);
/* The value of a row in a column of the extract; NAN when it is not known. */
double segments_value(const segments_people *people, const ku_column *column, size_t row);
const ku_column *segments_column(const segments_people *people, const char *name);

/* ---- who belongs where ---------------------------------------------------------------------- */

/* The scores, as columns R, F and M; and, by RFM, the segments. */
void segments_score(segmentation *s, bool assign);
void segments_by_clusters(segmentation *s, const ku_params *params);
ku_status segments_by_rules(segmentation *s, const ku_params *params, ku_error *err);

/* ---- tables --------------------------------------------------------------------------------- */

ku_frame_builder *segments_put_segments(segmentation *s);
ku_frame_builder *segments_put_members(segmentation *s);
/* The profile; the few traits that tell the segments apart best in *telling. */
ku_frame_builder *segments_put_traits(segmentation *s, ku_frame_builder **telling);
ku_frame_builder *segments_put_changes(segmentation *s);

#endif
