/* search.c - which segments there are, how each behaves month by month, and what changed.
 *
 * Segments are the values of one attribute and the pairs of values of two that hold enough
 * visits; with a handful of attributes these are hundreds, times a dozen measures thousands of
 * tests. So what is called a finding must stand out among all of them (Benjamini & Hochberg),
 * its interval is widened for having been picked (Benjamini & Yekutieli 2005, false coverage
 * rate), and of findings about mostly the same visits only the clearest is shown. */
#include "analyses/customers/dynamics/search.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "num/student.h"

enum {
    LEAST_BEFORE = 6, /* known months before a change; a third of the data when they are few */
    LEAST_AFTER = 3,
    LEAST_IN_MONTH = 5, /* visits from which a month's mean is used */
    SEASON_MONTHS = 18, /* from so many on the season can be taken out */
    YEAR = 12,
};

/* A pair's share of one of its halves from which it is the same segment. */
static const double same_segment = 0.95;
static const double most_weight = 4;     /* of a segment's tests */
static const double worth_telling = 1.1; /* times as much a visit as a clearer finding's */
static const double room_limit = 400e6;  /* bytes for the sums */

/* ---- which segments ------------------------------------------------------------------------ */

typedef struct chooser {
    const panel *p;
    const search_options *o;
    ku_arena *arena;
    segment *list;
    int count, room;
    double total;
} chooser;

static void add_segment(chooser *c, segment s)
{
    if (c->count == c->room) {
        int room = c->room == 0 ? 256 : c->room * 2;
        segment *more = KU_ARRAY(c->arena, (size_t)room, segment);
        if (c->count > 0) memcpy(more, c->list, (size_t)c->count * sizeof *more);
        c->list = more;
        c->room = room;
    }
    c->list[c->count++] = s;
}

static const char *condition_name(const chooser *c, int at, int value)
{
    const attribute *a = &c->p->attribute[at];
    if (strcmp(a->column, "segment") == 0) return a->value[value];
    return ku_arena_printf(c->arena, "%s: %s", a->label, a->value[value]);
}

static const char *segment_name(const chooser *c, const segment *s)
{
    if (s->attribute[0] < 0) return c->p->of_customers ? "All customers" : "All visits";
    const char *first = condition_name(c, s->attribute[0], s->value[0]);
    if (s->attribute[1] < 0) return first;
    return ku_arena_printf(c->arena, "%s, %s", first,
                           condition_name(c, s->attribute[1], s->value[1]));
}

/* Visits of each value, and of each pair of values. */
static double *count_pairs(const chooser *c, int a, int b)
{
    const attribute *x = &c->p->attribute[a], *y = &c->p->attribute[b];
    double *visits = KU_ARRAY(c->arena, (size_t)x->values * (size_t)y->values, double);
    for (int64_t i = 0; i < c->p->cells; i++)
        if (c->p->month[i] >= 0 && x->code[i] >= 0 && y->code[i] >= 0)
            visits[x->code[i] * y->values + y->code[i]] += c->p->kept[i];
    return visits;
}

static double *count_values(const chooser *c, int a)
{
    const attribute *x = &c->p->attribute[a];
    double *visits = KU_ARRAY(c->arena, (size_t)x->values, double);
    for (int64_t i = 0; i < c->p->cells; i++)
        if (c->p->month[i] >= 0 && x->code[i] >= 0) visits[x->code[i]] += c->p->kept[i];
    return visits;
}

static void add_singles(chooser *c, int a, const double *visits)
{
    for (int v = 0; v < c->p->attribute[a].values; v++)
        if (visits[v] * c->p->every >= c->o->least && visits[v] < same_segment * c->total)
            add_segment(c,
                        (segment){.attribute = {a, -1}, .value = {v, -1}, .all_visits = visits[v]});
}

static void add_pairs(chooser *c, int a, int b, const double *of_a, const double *of_b)
{
    const double *both = count_pairs(c, a, b);
    int nb = c->p->attribute[b].values;
    for (int v = 0; v < c->p->attribute[a].values; v++)
        for (int w = 0; w < nb; w++) {
            double visits = both[v * nb + w];
            if (visits * c->p->every < c->o->least ||
                visits >= same_segment * fmin(of_a[v], of_b[w]))
                continue;
            if (fmax(of_a[v], of_b[w]) >= same_segment * c->total) continue;
            add_segment(c, (segment){.attribute = {a, b}, .value = {v, w}, .all_visits = visits});
        }
}

static int larger_first(const void *a, const void *b)
{
    const segment *x = a, *y = b;
    if (x->all_visits > y->all_visits) return -1;
    if (x->all_visits < y->all_visits) return 1;
    for (int i = 0; i < 2; i++) {
        if (x->attribute[i] != y->attribute[i]) return x->attribute[i] < y->attribute[i] ? -1 : 1;
        if (x->value[i] != y->value[i]) return x->value[i] < y->value[i] ? -1 : 1;
    }
    return 0;
}

static int affordable(const chooser *c)
{
    double each = (double)c->p->measures * c->p->months * (double)sizeof(sums);
    double most = fmin(c->o->most, room_limit / fmax(each, 1));
    return (int)fmin(c->count, fmax(most, 1));
}

ku_status search_segments(const panel *p, const search_options *options, ku_run_context *context,
                          search *out, ku_error *err)
{
    chooser c = {.p = p, .o = options, .arena = ku_run_arena(context)};
    *out = (search){.panel = p, .season = p->months >= SEASON_MONTHS};
    for (int64_t i = 0; i < p->cells; i++)
        if (p->month[i] >= 0) c.total += p->kept[i];
    if (!(c.total > 0))
        return ku_error_set(err, KU_BAD_DATA, p->visits, "no %s of a complete month is left",
                            p->visit);
    add_segment(&c, (segment){.attribute = {-1, -1}, .value = {-1, -1}, .all_visits = c.total});
    double *visits[PANEL_ATTRIBUTES];
    for (int a = 0; a < p->attributes; a++) {
        visits[a] = count_values(&c, a);
        if (p->attribute[a].makes_segments) add_singles(&c, a, visits[a]);
    }
    for (int a = 0; options->pairs && a < p->attributes; a++)
        for (int b = a + 1; b < p->attributes; b++)
            if (p->attribute[a].makes_segments && p->attribute[b].makes_segments)
                add_pairs(&c, a, b, visits[a], visits[b]);
    qsort(c.list, (size_t)c.count, sizeof *c.list, larger_first);
    out->segments = affordable(&c);
    if (out->segments < c.count)
        ku_run_remark(context, KU_NOTE, "segments",
                      "Of %d segments with enough %s the %d largest are watched.", c.count,
                      p->visits, out->segments);
    out->segment = c.list;
    for (int i = 0; i < out->segments; i++) out->segment[i].name = segment_name(&c, &c.list[i]);
    return KU_OK;
}

bool search_holds(const panel *p, const segment *s, int64_t cell)
{
    for (int i = 0; i < 2; i++)
        if (s->attribute[i] >= 0 && p->attribute[s->attribute[i]].code[cell] != s->value[i])
            return false;
    return true;
}

/* ---- adding up -------------------------------------------------------------------------------- */

/* All segments made of the same one or two attributes: one pass over the cells. */
typedef struct pass {
    int attribute[2];
    int *place; /* of the pair of values: a segment or -1 */
} pass;

typedef struct adder {
    const search *s;
    pass *pass;
    int passes;
    sums *sums;
} adder;

static int values_of(const panel *p, int at)
{
    return at >= 0 ? p->attribute[at].values : 1;
}

static void list_passes(adder *a, ku_arena *arena)
{
    const panel *p = a->s->panel;
    a->pass = KU_ARRAY(arena, (size_t)a->s->segments, pass);
    for (int i = 0; i < a->s->segments; i++) {
        const segment *s = &a->s->segment[i];
        int k = 0;
        while (k < a->passes && memcmp(a->pass[k].attribute, s->attribute, sizeof s->attribute))
            k++;
        pass *to = &a->pass[k];
        int nb = values_of(p, s->attribute[1]), n = values_of(p, s->attribute[0]) * nb;
        if (k == a->passes) {
            a->passes++;
            memcpy(to->attribute, s->attribute, sizeof s->attribute);
            to->place = KU_ARRAY(arena, (size_t)n, int);
            for (int v = 0; v < n; v++) to->place[v] = -1;
        }
        int v = s->value[0] < 0 ? 0 : s->value[0], w = s->value[1] < 0 ? 0 : s->value[1];
        to->place[v * nb + w] = i;
    }
}

static int code_at(const panel *p, int at, int64_t cell)
{
    return at >= 0 ? p->attribute[at].code[cell] : 0;
}

static void add_pass(void *data, size_t item, unsigned thread)
{
    const adder *a = data;
    const panel *p = a->s->panel;
    const pass *at = &a->pass[item];
    int nb = values_of(p, at->attribute[1]);
    (void)thread;
    for (int64_t i = 0; i < p->cells; i++) {
        int month = p->month[i];
        int v = code_at(p, at->attribute[0], i), w = code_at(p, at->attribute[1], i);
        if (month < 0 || v < 0 || w < 0) continue;
        int s = at->place[v * nb + w];
        if (s < 0) continue;
        sums *to = a->sums + (ptrdiff_t)s * p->measures * p->months + month;
        for (int m = 0; m < p->measures; m++, to += p->months)
            if (p->measure[m].kind != MEASURE_MEMBERS) panel_add(p, &p->measure[m], i, to);
        if (!(p->kept[i] > 0)) continue;
        segment *year = &a->s->segment[s];
        year->all_amount += p->y[i];
        if (month < p->months - YEAR) continue;
        year->visits += p->kept[i];
        year->amount += p->y[i];
        year->margin += p->margin != NULL ? p->margin[i] : NAN;
    }
}

static void lay_members(const search *s, const sums *members, sums *to)
{
    const panel *p = s->panel;
    for (int m = 0; m < p->measures; m++)
        for (int i = 0; members != NULL && i < s->segments; i++)
            if (p->measure[m].kind == MEASURE_MEMBERS)
                memcpy(to + ((ptrdiff_t)i * p->measures + m) * p->months,
                       members + (ptrdiff_t)i * p->months, (size_t)p->months * sizeof *to);
}

const sums *search_sums(const search *s, int group, int what)
{
    return s->sums + ((ptrdiff_t)group * s->panel->measures + what) * s->panel->months;
}

/* ---- what a visit brings ---------------------------------------------------------------------- */

static const segment *everybody(const search *s)
{
    const segment *all = s->segment;
    while (all->attribute[0] >= 0) all++;
    return all;
}

bool search_rises_together(const search *s)
{
    for (int i = 0; i < s->findings; i++) {
        const course *c = s->finding[i];
        if (&s->segment[c->segment] == everybody(s) && c->size > 0 && c->shift.gradual &&
            s->panel->measure[c->measure].kind == MEASURE_MEMBERS)
            return true;
    }
    return false;
}

double search_worth(const search *s, const segment *g)
{
    const segment *all = everybody(s);
    bool margin = g->margin > 0 && all->margin > 0;
    double mine = (margin ? g->margin : g->amount) / g->visits;
    double average = (margin ? all->margin : all->amount) / all->visits;
    return average > 0 ? mine / average : NAN;
}

/* The same by revenue over all months, so that it does not know of the change; within reason. */
static double weight_of(const search *s, int group)
{
    const segment *g = &s->segment[group], *all = everybody(s);
    double each = g->all_visits > 0 ? g->all_amount / g->all_visits : 0;
    double average = all->all_amount / all->all_visits;
    return average > 0 ? fmin(most_weight, fmax(1 / most_weight, each / average)) : 1;
}

/* ---- one test ----------------------------------------------------------------------------------- */

typedef struct tester {
    const search *s;
    course *course;
    double level; /* of the intervals */
    shift_series *series;
    double *numbers; /* of the threads */
    shift_family *family;
} tester;

static bool makes_sense(const search *s, const course *c)
{
    const measure *m = &s->panel->measure[c->measure];
    const segment *g = &s->segment[c->segment];
    return m->kind != MEASURE_SHARE ||
           (g->attribute[0] != m->attribute && g->attribute[1] != m->attribute);
}

/* Variance of one observation around its month's mean. */
static double within_months(const sums *month, int months)
{
    double square = 0, n = 0;
    for (int t = 0; t < months; t++) {
        if (month[t].n < 2) continue;
        square += month[t].xx - month[t].x * month[t].x / month[t].n;
        n += month[t].n - 1;
    }
    return n > 0 ? fmax(square / n, 0) : 0;
}

/* Money that goes with one more of the measure, between visits of a month, and its variance. */
static double slope_of(const sums *month, int months, double *variance)
{
    double sxx = 0, sxy = 0, syy = 0, n = -1;
    for (int t = 0; t < months; t++) {
        const sums *s = &month[t];
        if (s->n < 2) continue;
        sxx += s->xx - s->x * s->x / s->n;
        sxy += s->xy - s->x * s->y / s->n;
        syy += s->yy - s->y * s->y / s->n;
        n += s->n - 1;
    }
    *variance = 0;
    if (!(sxx > 0) || n <= 0) return 0;
    double slope = sxy / sxx;
    *variance = fmax(0, syy - slope * sxy) / n / sxx;
    return slope;
}

static double money_each(const measure *m, const sums *month, int months, double *variance)
{
    *variance = 0;
    if (m->kind == MEASURE_MONEY) return 1;
    if (m->kind != MEASURE_LOST) return slope_of(month, months, variance);
    double y = 0, n = 0;
    for (int t = 0; t < months; t++) y += month[t].y, n += month[t].n;
    return n > 0 ? -y / n : 0;
}

static double of_year(const sums *month, int months, size_t offset)
{
    double sum = 0;
    int from = months > YEAR ? months - YEAR : 0;
    for (int t = from; t < months; t++)
        sum += *(const double *)(const void *)((const char *)&month[t] + offset);
    return sum * YEAR / (months - from);
}
#define OF_YEAR(month, months, field) of_year(month, months, offsetof(sums, field))

/* The means of the months, or the logarithms of their counts. */
static shift_series lay_series(const search *s, const course *c, double *y, double *count)
{
    const panel *p = s->panel;
    const sums *month = search_sums(s, c->segment, c->measure);
    bool counts = p->measure[c->measure].kind == MEASURE_COUNT;
    for (int t = 0; t < p->months; t++) {
        bool known = month[t].n >= LEAST_IN_MONTH;
        count[t] = known ? month[t].n : 0;
        y[t] = !known ? 0 : counts ? log(month[t].n) : month[t].x / month[t].n;
    }
    return (shift_series){p->months,
                          y,
                          count,
                          counts ? 1 : within_months(month, p->months),
                          s->season ? YEAR : 1,
                          p->first % YEAR,
                          s->family[c->measure]};
}

static int least_before(const search *s)
{
    int third = s->panel->months / 3;
    return third < LEAST_BEFORE ? (third > LEAST_AFTER ? third : LEAST_AFTER) : LEAST_BEFORE;
}

/* A share that hardly anyone or nearly everyone has. */
static bool is_rare(const measure *m, const sums *month, int months)
{
    double x = 0, n = 0;
    if (m->kind != MEASURE_SHARE && m->kind != MEASURE_LOST) return false;
    for (int t = 0; t < months; t++) x += month[t].x, n += month[t].n;
    return !(x > 0.01 * n && x < 0.99 * n);
}

/* What all segments' courses of a measure have in common. */
static void learn_measure(void *data, size_t item, unsigned thread)
{
    const tester *k = data;
    const search *s = k->s;
    size_t months = (size_t)s->panel->months, n = (size_t)s->segments;
    shift_series *series = k->series + thread * n;
    double *room = k->numbers + thread * n * (2 * months + 2), *y = room + 2 * n;
    const measure *m = &s->panel->measure[item];
    int count = 0;
    for (int i = 0; i < s->segments; i++, y += 2 * months) {
        const course c = {.segment = i, .measure = (int)item};
        if (!makes_sense(s, &c) || is_rare(m, search_sums(s, i, (int)item), (int)months)) continue;
        series[count++] = lay_series(s, &c, y, y + months);
    }
    shift_family *f = k->family + item;
    if (shift_family_learn(series, count, room, f)) s->family[item] = f;
}

static void learn(tester *k, ku_run_context *context)
{
    const search *s = k->s;
    ku_arena *arena = ku_run_arena(context);
    size_t months = (size_t)s->panel->months, n = (size_t)s->segments;
    size_t threads = ku_pool_threads(ku_run_pool(context));
    k->series = KU_ARRAY(arena, threads * n, shift_series);
    k->numbers = KU_ARRAY(arena, threads * n * (2 * months + 2), double);
    k->family = KU_ARRAY(arena, (size_t)s->panel->measures, shift_family);
    ku_pool_each(ku_run_pool(context), (size_t)s->panel->measures, 1, learn_measure, k);
}

static void test_one(void *data, size_t item, unsigned thread)
{
    const tester *k = data;
    const panel *p = k->s->panel;
    course *c = &k->course[item];
    const measure *m = &p->measure[c->measure];
    const sums *month = search_sums(k->s, c->segment, c->measure);
    double y[SHIFT_LONGEST], count[SHIFT_LONGEST];
    (void)thread;
    if (!makes_sense(k->s, c)) return;
    shift_series series = lay_series(k->s, c, y, count);
    if (!(series.within > 0) || is_rare(m, month, p->months)) return;
    c->tested = shift_find(&series, least_before(k->s), LEAST_AFTER, &c->shift);
    c->p = c->tested ? c->shift.p : 1;
    double year_x = OF_YEAR(month, p->months, x), year_n = OF_YEAR(month, p->months, n);
    c->level = m->kind == MEASURE_COUNT ? year_n / YEAR : year_n > 0 ? year_x / year_n : NAN;
}

void search_trace(const search *s, course *c, ku_arena *arena)
{
    double count[SHIFT_LONGEST];
    size_t months = (size_t)s->panel->months;
    shift again;
    c->value = KU_ARRAY(arena, months, double);
    c->expected = KU_ARRAY(arena, months, double);
    c->doubt = KU_ARRAY(arena, months, double);
    shift_series series = lay_series(s, c, c->value, count);
    if (!shift_trace(&series, least_before(s), LEAST_AFTER, &again, c->expected, c->doubt))
        for (size_t t = 0; t < months; t++) c->expected[t] = c->doubt[t] = NAN;
    for (size_t t = 0; t < months; t++)
        if (!(count[t] > 0)) c->value[t] = NAN;
}

/* ---- what a change is worth ----------------------------------------------------------------------- */

/* The level of the last twelve months had nothing changed. */
static double level_before(const course *c, const sums *month, int months)
{
    double sum = 0, n = 0;
    for (int t = months > YEAR ? months - YEAR : 0; t < months; t++)
        if (!isnan(c->expected[t]) && month[t].n > 0)
            sum += c->expected[t] * month[t].n, n += month[t].n;
    return n > 0 ? sum / n : NAN;
}

static void value_count(course *c, double reach, double year)
{
    double low = c->shift.size - reach, high = c->shift.size + reach;
    c->before = exp(c->before);
    c->after = c->before * exp(c->shift.size);
    c->size = expm1(c->shift.size), c->lo = expm1(low), c->hi = expm1(high);
    c->money = -expm1(-c->shift.size) * year;
    c->money_lo = -expm1(-low) * year, c->money_hi = -expm1(-high) * year;
}

static void value_change(const tester *k, course *c)
{
    const panel *p = k->s->panel;
    const measure *m = &p->measure[c->measure];
    const sums *month = search_sums(k->s, c->segment, c->measure);
    double reach = ku_student_quantile(0.5 + k->level / 2, c->shift.freedom) * c->shift.error;
    c->before = level_before(c, month, p->months);
    if (m->kind == MEASURE_COUNT) {
        value_count(c, reach, OF_YEAR(month, p->months, y) * p->every);
    } else {
        double vb, b = money_each(m, month, p->months, &vb), d = c->shift.size;
        double vd = c->shift.error * c->shift.error, n = OF_YEAR(month, p->months, n);
        if (m->kind != MEASURE_MEMBERS) n *= p->every; /* members are all there */
        double wide = n * sqrt(b * b * vd + d * d * vb + vd * vb) *
                      (c->shift.error > 0 ? reach / c->shift.error : 0);
        c->after = c->before + d;
        if (c->after > 0) c->before = fmax(c->before, 0); /* an earlier level carried too far */
        c->size = d, c->lo = d - reach, c->hi = d + reach;
        c->money = n * b * d;
        c->money_lo = c->money - wide, c->money_hi = c->money + wide;
    }
    c->unclear = !(c->money_lo > 0 || c->money_hi < 0);
}

/* ---- findings ----------------------------------------------------------------------------------------- */

/* Kinds of visits: cells whose attributes that make segments are all alike, added up, so that
 * segments are compared over thousands of kinds in place of millions of cells. The kinds of a
 * segment are bits, made when first asked for. */
typedef struct shadows {
    const search *s;
    ku_arena *arena;
    int64_t *cell; /* one of each kind */
    double *visits;
    int64_t kinds;
    uint64_t **bits; /* [segment] */
} shadows;

static uint64_t mix_codes(const panel *p, int64_t cell)
{
    uint64_t h = 0;
    for (int a = 0; a < p->attributes; a++)
        if (p->attribute[a].makes_segments)
            h = (h ^ (uint64_t)(p->attribute[a].code[cell] + 1)) * UINT64_C(0x9E3779B97F4A7C15);
    return h ^ h >> 29;
}

static bool same_kind(const panel *p, int64_t x, int64_t y)
{
    for (int a = 0; a < p->attributes; a++)
        if (p->attribute[a].makes_segments && p->attribute[a].code[x] != p->attribute[a].code[y])
            return false;
    return true;
}

static void find_kinds(shadows *h)
{
    const panel *p = h->s->panel;
    size_t room = 1024;
    while (room < 2 * (size_t)p->cells) room *= 2;
    int64_t *slot = KU_ARRAY(h->arena, room, int64_t); /* a kind + 1 */
    h->cell = KU_ARRAY(h->arena, (size_t)p->cells + 1, int64_t);
    h->visits = KU_ARRAY(h->arena, (size_t)p->cells + 1, double);
    for (int64_t i = 0; i < p->cells; i++) {
        if (p->month[i] < 0 || !(p->kept[i] > 0)) continue;
        size_t at = (size_t)mix_codes(p, i) & (room - 1);
        while (slot[at] > 0 && !same_kind(p, h->cell[slot[at] - 1], i)) at = (at + 1) & (room - 1);
        if (slot[at] == 0) {
            h->cell[h->kinds++] = i;
            slot[at] = h->kinds;
        }
        h->visits[slot[at] - 1] += p->kept[i];
    }
}

static const uint64_t *bits_of(shadows *h, int group)
{
    if (h->bits[group] != NULL) return h->bits[group];
    uint64_t *bits = KU_ARRAY(h->arena, (size_t)h->kinds / 64 + 1, uint64_t);
    for (int64_t k = 0; k < h->kinds; k++)
        if (search_holds(h->s->panel, &h->s->segment[group], h->cell[k]))
            bits[k / 64] |= UINT64_C(1) << (k % 64);
    return h->bits[group] = bits;
}

static double overlap(shadows *h, int a, int b)
{
    const uint64_t *x = bits_of(h, a), *y = bits_of(h, b);
    double visits = 0;
    for (int64_t w = 0; w <= h->kinds / 64; w++)
        for (uint64_t both = x[w] & y[w]; both != 0; both &= both - 1)
            visits += h->visits[w * 64 + __builtin_ctzll(both)];
    return visits;
}

/* Whether most of the weaker finding's visits are those of a stronger one; but a loss among
 * visits that bring clearly more than those is told too. */
static bool is_shadow(shadows *h, const course *weak, const course *strong)
{
    const search *s = h->s;
    if (weak->measure != strong->measure || (weak->size > 0) != (strong->size > 0)) return false;
    double mine = search_worth(s, &s->segment[weak->segment]);
    double worth = search_worth(s, &s->segment[strong->segment]);
    if (!weak->unclear && weak->money < 0 && mine > 1 && mine > worth_telling * worth) return false;
    double both = overlap(h, weak->segment, strong->segment);
    return both >= 0.5 * s->segment[weak->segment].all_visits;
}

static int clearer_first(const void *a, const void *b)
{
    const course *x = *(course *const *)a, *y = *(course *const *)b;
    if (x->clear < y->clear) return -1;
    if (x->clear > y->clear) return 1;
    return x->segment != y->segment ? (x->segment < y->segment ? -1 : 1)
                                    : (x->measure > y->measure) - (x->measure < y->measure);
}

/* Certain losses first, then certain gains, each the largest first, then what is unclear. */
static int costlier_first(const void *a, const void *b)
{
    const course *x = *(course *const *)a, *y = *(course *const *)b;
    if (x->unclear != y->unclear) return x->unclear ? 1 : -1;
    if (x->money < y->money) return -1;
    if (x->money > y->money) return 1;
    return clearer_first(a, b);
}

static void choose_findings(search *s, course *all, int count, ku_arena *arena)
{
    shadows h = {.s = s, .arena = arena};
    find_kinds(&h);
    h.bits = KU_ARRAY(arena, (size_t)s->segments, uint64_t *);
    course **held = KU_ARRAY(arena, (size_t)s->held + 1, course *);
    int n = 0;
    for (int i = 0; i < count; i++)
        if (all[i].held) held[n++] = &all[i];
    qsort(held, (size_t)n, sizeof *held, clearer_first);
    for (int i = 0; i < n; i++) {
        bool shadow = false;
        for (int k = 0; k < s->findings && !shadow; k++) shadow = is_shadow(&h, held[i], held[k]);
        if (!shadow) held[s->findings++] = held[i];
    }
    qsort(held, (size_t)s->findings, sizeof *held, costlier_first);
    s->finding = held;
}

/* Among the p-values of all tests, those of segments that bring more counting for more:
 * Genovese, Roeder & Wasserman (2006), Biometrika 93, eq. 2: p / weight, weights of mean 1. */
static void hold(search *s, course *all, int count, double wrong, ku_arena *arena)
{
    double *p = KU_ARRAY(arena, (size_t)count + 1, double), weights = 0;
    int *order = KU_ARRAY(arena, (size_t)count + 1, int);
    bool *held = KU_ARRAY(arena, (size_t)count + 1, bool);
    for (int i = 0; i < count; i++)
        if (all[i].tested) weights += weight_of(s, all[i].segment), s->tests++;
    for (int i = 0, k = 0; i < count; i++) {
        if (!all[i].tested) continue;
        double weight = weight_of(s, all[i].segment) * s->tests / weights;
        p[k++] = all[i].clear = fmin(1, all[i].p / weight);
    }
    s->held = s->tests > 0 ? shift_hold(p, s->tests, wrong, held, order) : 0;
    for (int i = 0, k = 0; i < count; i++)
        if (all[i].tested) all[i].held = held[k++];
}

ku_status search_run(search *s, const search_options *options, const sums *members,
                     ku_run_context *context, ku_error *err)
{
    const panel *p = s->panel;
    ku_arena *arena = ku_run_arena(context);
    int count = s->segments * p->measures;
    adder a = {.s = s};
    if (p->months > SHIFT_LONGEST)
        return ku_error_set(err, KU_BAD_DATA, p->visits,
                            "the data reach over %d months; at most %d can be looked at", p->months,
                            SHIFT_LONGEST);
    a.sums = KU_ARRAY(arena, (size_t)count * (size_t)p->months, sums);
    list_passes(&a, arena);
    ku_pool_each(ku_run_pool(context), (size_t)a.passes, 1, add_pass, &a);
    lay_members(s, members, a.sums);
    s->sums = a.sums;
    s->family = KU_ARRAY(arena, (size_t)p->measures, const shift_family *);
    tester k = {.s = s, .course = KU_ARRAY(arena, (size_t)count, course)};
    for (int i = 0; i < count; i++)
        k.course[i].segment = i / p->measures, k.course[i].measure = i % p->measures;
    learn(&k, context);
    ku_pool_each(ku_run_pool(context), (size_t)count, 8, test_one, &k);
    hold(s, k.course, count, options->wrong, arena);
    k.level = 1 - 0.05 * (s->tests > 0 ? fmax(s->held, 1) / s->tests : 1);
    for (int i = 0; i < count; i++) {
        if (!k.course[i].held) continue;
        search_trace(s, &k.course[i], arena);
        value_change(&k, &k.course[i]);
    }
    choose_findings(s, k.course, count, arena);
    return KU_OK;
}
