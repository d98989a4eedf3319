/* profile.c - what sets each segment apart: its means and shares against those of all, and the
 * few traits in which the segments differ most. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analyses/customers/segments/segments.h"

enum { SHOWN = 6 }; /* values of a text that are shown */

/* A trait with its means by segment, kept until the most telling are known. */
typedef struct trait {
    const char *feature;
    double telling; /* variance between segments, in that of the customers */
    double *difference;
} trait;

typedef struct profile {
    segmentation *s;
    ku_frame_builder *table;
    trait *trait;
    int traits;
} profile;

typedef struct moments {
    double n, sum, squares;
} moments;

static void put_trait(profile *p, const char *feature, const char *unit, const moments *of)
{
    const segmentation *s = p->s;
    moments all = {0, 0, 0};
    for (int k = 0; k < s->groups; k++) {
        all.n += of[k].n;
        all.sum += of[k].sum;
        all.squares += of[k].squares;
    }
    if (!(all.n > 0)) return;
    double mean = all.sum / all.n;
    double spread = sqrt(fmax(0, all.squares / all.n - mean * mean));
    trait *t = &p->trait[p->traits++];
    *t = (trait){feature, 0, KU_ARRAY(s->arena, (size_t)s->groups, double)};
    for (int k = 0; k < s->groups; k++) {
        t->difference[k] = NAN;
        if (!(of[k].n > 0)) continue;
        double own = of[k].sum / of[k].n;
        t->difference[k] = spread > 1e-9 * fabs(mean) ? (own - mean) / spread : 0;
        t->telling += of[k].n / all.n * t->difference[k] * t->difference[k];
        ku_build_text(p->table, 0, s->group[k].name);
        ku_build_text(p->table, 1, feature);
        ku_build_text(p->table, 2, unit);
        ku_build_double(p->table, 3, own);
        ku_build_double(p->table, 4, mean);
        ku_build_double(p->table, 5, t->difference[k]);
        ku_build_int(p->table, 6, (int64_t)of[k].n);
        ku_build_row(p->table);
    }
}

static void put_number_trait(profile *all, int word)
{
    const segmentation *s = all->s;
    const segments_people *p = &s->now;
    const ku_column *column = segments_column(p, segments_words[word].name);
    moments *of = KU_ARRAY(s->arena, (size_t)s->groups, moments);
    for (size_t i = 0; i < p->rows; i++) {
        double x = segments_value(p, column, i);
        if (isnan(x)) continue;
        moments *m = &of[p->segment[i]];
        m->n++;
        m->sum += x;
        m->squares += x * x;
    }
    put_trait(all, segments_words[word].label, segments_words[word].unit, of);
}

typedef struct level {
    int64_t customers;
    int32_t code;
} level;

static int by_customers(const void *a, const void *b)
{
    const level *x = a, *y = b;
    if (x->customers != y->customers) return x->customers < y->customers ? 1 : -1;
    return x->code - y->code;
}

/* The shares of the largest few of a text's values. */
static void put_text_traits(profile *all, int word)
{
    const segmentation *s = all->s;
    const segments_people *p = &s->now;
    const ku_column *column = segments_column(p, segments_words[word].name);
    size_t texts = (size_t)column->dictionary.size;
    level *count = KU_ARRAY(s->arena, texts + 1, level);
    double *known_of = KU_ARRAY(s->arena, (size_t)s->groups, double);
    for (size_t t = 0; t < texts; t++) count[t].code = (int32_t)t;
    for (size_t i = 0; i < p->rows; i++) {
        int64_t row = (int64_t)(p->from + i);
        if (!ku_column_valid(column, row)) continue;
        count[column->as.codes[row]].customers++;
        known_of[p->segment[i]]++;
    }
    qsort(count, texts, sizeof *count, by_customers);
    for (size_t t = 0; t < texts && t < SHOWN && count[t].customers > 0; t++) {
        moments *of = KU_ARRAY(s->arena, (size_t)s->groups, moments);
        for (int k = 0; k < s->groups; k++) of[k].n = known_of[k];
        for (size_t i = 0; i < p->rows; i++) {
            int64_t row = (int64_t)(p->from + i);
            if (ku_column_valid(column, row) && column->as.codes[row] == count[t].code)
                of[p->segment[i]].sum++;
        }
        for (int k = 0; k < s->groups; k++) of[k].squares = of[k].sum;
        int32_t length;
        const char *text = ku_dictionary_at(&column->dictionary, count[t].code, &length);
        const char *feature = ku_arena_printf(s->arena, "%s: %.*s", segments_words[word].label,
                                              (int)length, text);
        put_trait(all, feature, "share", of);
    }
}

/* ---- the most telling ------------------------------------------------------------------------ */

static int by_telling(const void *a, const void *b)
{
    const trait *x = a, *y = b;
    if (x->telling < y->telling || x->telling > y->telling) return x->telling < y->telling ? 1 : -1;
    return strcmp(x->feature, y->feature);
}

ku_frame_builder *segments_put_traits(segmentation *s, ku_frame_builder **telling)
{
    enum { TOLD = 12 };
    profile p = {.s = s, .table = ku_run_output(s->context, "profile")};
    p.trait = KU_ARRAY(s->arena, WORDS * SHOWN, trait);
    for (int w = 0; w < WORDS; w++) {
        bool score = w == WORD_R || w == WORD_F || w == WORD_M;
        if (segments_words[w].kind == KU_RULE_NUMBER && !score) put_number_trait(&p, w);
        if (segments_words[w].kind == KU_RULE_TEXT && w != WORD_CITY) put_text_traits(&p, w);
    }
    qsort(p.trait, (size_t)p.traits, sizeof *p.trait, by_telling);
    *telling = ku_run_output(s->context, "traits");
    for (int t = 0; t < p.traits && t < TOLD && p.trait[t].telling > 0; t++)
        for (int k = 0; k < s->groups; k++) {
            if (isnan(p.trait[t].difference[k])) continue;
            ku_build_text(*telling, 0, s->group[k].name);
            ku_build_text(*telling, 1, p.trait[t].feature);
            ku_build_double(*telling, 2, p.trait[t].difference[k]);
            ku_build_row(*telling);
        }
    return p.table;
}
