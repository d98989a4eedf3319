/* rfm.c - scores of recency, frequency and money, and the table of named segments.
 *
 * The segments are rules like those a director writes, over the scores and the number of
 * purchases, so that what a name means can be read, shown and changed by copying it. */
#include "customers/segments/rfm.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

#include "base/text.h"

const ku_rfm_segment ku_rfm_segments[] = {
    {"Champions", "r >= 4 and f >= 4 and m >= 4 and purchases >= 2",
     "bought lately, often and for much",
     "Thank them, show them what is new first, ask them to recommend; never win them with price."},
    {"Cannot lose", "r <= 2 and f >= 4 and m >= 4 and purchases >= 2",
     "bought often and for much, but not lately",
     "Call or visit them one by one this week; find out what went wrong and put it right."},
    {"Loyal", "r >= 3 and f >= 4 and purchases >= 2", "buy often, and lately enough",
     "Keep service and stock right; offer what goes with what they buy, and a loyalty reward."},
    {"Big spenders", "r >= 3 and m = 5", "buy for much, though not often",
     "Give them personal advice; bring them back a second time with what goes with their "
     "purchase."},
    {"New", "r >= 4 and ever = 1", "came not long ago and bought once",
     "Welcome them; make the second purchase easy within the usual time between purchases."},
    {"Promising", "r >= 4", "bought lately, not yet often",
     "Build the habit: remind them at the time they would buy again, show a second range."},
    {"At risk", "r <= 2 and f >= 3 and purchases >= 2",
     "used to buy regularly and have stayed away",
     "Write to them before they are gone: a reason to come back, in the range they know."},
    {"Needs attention", "r = 3", "neither lately nor long ago, of middling value",
     "Remind them with a dated offer; those who do not answer cost nothing more."},
    {"Hibernating", "r <= 2", "bought rarely and long ago",
     "Contact them seldom and cheaply, at the season in which they once bought."},
    {"Lost", "otherwise", "have bought nothing in the time looked at",
     "Spend nothing on them but a yearly attempt to win them back where margins allow."},
    {NULL, NULL, NULL, NULL},
};

const int ku_rfm_segment_count = (int)(sizeof ku_rfm_segments / sizeof *ku_rfm_segments) - 1;

enum { WORD_R, WORD_F, WORD_M, WORD_PURCHASES, WORD_EVER, WORDS };

static const ku_rule_word words[] = {
    [WORD_R] = {"r", KU_RULE_NUMBER, "score", "Recency score", "how lately, 1 to 5"},
    [WORD_F] = {"f", KU_RULE_NUMBER, "score", "Frequency score", "how often, 1 to 5"},
    [WORD_M] = {"m", KU_RULE_NUMBER, "score", "Money score", "for how much, 1 to 5"},
    [WORD_PURCHASES] = {"purchases", KU_RULE_NUMBER, "count", "Purchases", "days with a purchase"},
    [WORD_EVER] = {"ever", KU_RULE_NUMBER, "count", "Purchases ever", "days with a purchase, ever"},
    [WORDS] = {.name = NULL},
};

/* ---- bands --------------------------------------------------------------------------------- */

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

void ku_bands_learn(const double *value, size_t rows, double *work, ku_bands *bands)
{
    size_t count = 0;
    for (size_t i = 0; i < rows; i++)
        if (!isnan(value[i])) work[count++] = value[i];
    qsort(work, count, sizeof *work, by_value);
    for (int b = 0; b < KU_RFM_BANDS - 1; b++) bands->border[b] = INFINITY;
    int reached = 1; /* the band of the values so far */
    for (size_t from = 0, to; from < count; from = to) {
        for (to = from + 1; to < count && !(work[to] > work[from]);) to++;
        /* the middle of the places from + 1 .. to, on the scale 0 .. 1 */
        double middle = ((double)from + (double)to) / 2 / (double)count;
        int band = 1 + (int)(middle * KU_RFM_BANDS);
        if (band > KU_RFM_BANDS) band = KU_RFM_BANDS;
        while (reached < band) bands->border[reached++ - 1] = work[from];
    }
}

double ku_band_of(const ku_bands *bands, double value)
{
    if (isnan(value)) return value;
    int band = 1;
    while (band < KU_RFM_BANDS && value >= bands->border[band - 1]) band++;
    return band;
}

/* ---- scores and segments ------------------------------------------------------------------- */

static bool bought(const ku_rfm_customers *c, size_t i)
{
    return c->purchases[i] > 0;
}

/* The values of those who bought, sign turned where little is good. */
static void learn(const ku_rfm_customers *c, const double *value, double sign, double *room,
                  ku_bands *bands)
{
    double *kept = room + c->rows;
    size_t count = 0;
    for (size_t i = 0; i < c->rows; i++)
        if (bought(c, i)) kept[count++] = sign * value[i];
    ku_bands_learn(kept, count, room, bands);
}

void ku_rfm_learn(const ku_rfm_customers *customers, ku_arena *arena, ku_rfm_borders *borders)
{
    double *room = KU_ARRAY(arena, 2 * customers->rows + 1, double);
    learn(customers, customers->recency, -1, room, &borders->recency);
    learn(customers, customers->purchases, 1, room, &borders->purchases);
    learn(customers, customers->spend, 1, room, &borders->spend);
}

static ku_rules *named_rules(ku_arena *arena)
{
    ku_text text = {0};
    for (const ku_rfm_segment *s = ku_rfm_segments; s->name != NULL; s++)
        ku_text_addf(&text, "%s: %s\n", s->name, s->rule);
    ku_rules *rules = NULL;
    ku_error err = {0};
    ku_status status = ku_rules_parse(ku_text_string(&text), words, arena, &rules, &err);
    assert(status == KU_OK); /* the table is ours */
    (void)status;
    ku_text_clear(&text);
    return rules;
}

void ku_rfm_assign(const ku_rfm_customers *customers, const ku_rfm_borders *borders,
                   ku_arena *arena, ku_pool *pool, double *r, double *f, double *m,
                   int32_t *segment)
{
    for (size_t i = 0; i < customers->rows; i++) {
        bool any = bought(customers, i);
        r[i] = any ? ku_band_of(&borders->recency, -customers->recency[i]) : NAN;
        f[i] = any ? ku_band_of(&borders->purchases, customers->purchases[i]) : NAN;
        m[i] = any ? ku_band_of(&borders->spend, customers->spend[i]) : NAN;
    }
    const ku_rule_column column[WORDS] = {
        [WORD_R] = {.number = r},
        [WORD_F] = {.number = f},
        [WORD_M] = {.number = m},
        [WORD_PURCHASES] = {.number = customers->purchases},
        [WORD_EVER] = {.number = customers->ever},
    };
    ku_rules_assign(named_rules(arena), column, customers->rows, arena, pool, segment, NULL);
}
