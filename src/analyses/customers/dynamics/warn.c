/* warn.c - findings in the director's words. */
#include "analyses/customers/dynamics/warn.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/date.h"
#include "base/format.h"

enum { YEAR = 12 };

static const double z95 = 1.959963984540054;

/* ---- words -------------------------------------------------------------------------------------- */

static const char *month_name(int32_t month, ku_arena *arena)
{
    static const char *const name[] = {"January",   "February", "March",    "April",
                                       "May",       "June",     "July",     "August",
                                       "September", "October",  "November", "December"};
    return ku_arena_printf(arena, "%s %d", name[month % 12], month / 12);
}

static const char *finding_text(const search *s, const course *c, ku_arena *arena)
{
    const measure *m = &s->panel->measure[c->measure];
    char before[KU_NUMBER_TEXT], after[KU_NUMBER_TEXT];
    bool word = strcmp(m->unit, "share") == 0 || strcmp(m->unit, "days") == 0;
    const char *unit = word ? m->unit : ""; /* counts would be rounded to whole ones */
    ku_format_number(before, c->before, unit, NULL);
    ku_format_number(after, c->after, unit, NULL);
    return ku_arena_printf(arena, "%s from %s to %s, %s %s", c->size < 0 ? "fell" : "rose", before,
                           after, c->shift.gradual ? "little by little since" : "since",
                           month_name(s->panel->first + c->shift.at, arena));
}

/* ---- warnings -------------------------------------------------------------------------------------- */

static void put_warning(const search *s, const course *c, ku_run_context *context,
                        ku_frame_builder *to)
{
    const segment *g = &s->segment[c->segment];
    const measure *m = &s->panel->measure[c->measure];
    bool relative = m->kind == MEASURE_COUNT;
    int i = 0;
    ku_build_text(to, i++, g->name);
    ku_build_text(to, i++, m->label);
    ku_build_text(to, i++, finding_text(s, c, ku_run_arena(context)));
    ku_build_text(to, i++, c->unclear ? "unclear" : c->money < 0 ? "loses" : "gains");
    ku_build_double(to, i++, c->money);
    ku_build_double(to, i++, c->money_lo);
    ku_build_double(to, i++, c->money_hi);
    ku_build_date(to, i++, panel_day(s->panel->first + c->shift.at));
    ku_build_date(to, i++, panel_day(s->panel->first + c->shift.at_low));
    ku_build_date(to, i++, panel_day(s->panel->first + c->shift.at_high));
    ku_build_double(to, i++, c->before);
    ku_build_double(to, i++, c->after);
    ku_build_text(to, i++, ku_unit_known(m->unit) && *m->unit != '\0' ? m->unit : "per visit");
    double change = relative ? c->before : 1;
    ku_build_double(to, i++, c->size * change);
    ku_build_double(to, i++, c->lo * change);
    ku_build_double(to, i++, c->hi * change);
    ku_build_double(to, i++, g->visits * s->panel->every);
    ku_build_double(to, i++, g->amount * s->panel->every);
    ku_build_double(to, i++, search_worth(s, g) - 1);
    ku_build_bool(to, i++, search_worth(s, g) > 1);
    ku_build_double(to, i++, c->p);
    ku_build_row(to);
}

/* ---- courses ------------------------------------------------------------------------------------------ */

static void put_course(const search *s, const course *c, ku_run_context *context,
                       ku_frame_builder *to)
{
    const segment *g = &s->segment[c->segment];
    const measure *m = &s->panel->measure[c->measure];
    bool counts = m->kind == MEASURE_COUNT;
    const char *title = ku_arena_printf(ku_run_arena(context), "%s – %s", g->name, m->label);
    for (int t = 0; t < s->panel->months; t++) {
        double reach = z95 * c->doubt[t], at = c->expected[t];
        if (isnan(c->value[t])) continue;
        ku_build_text(to, 0, title);
        ku_build_text(to, 1, g->name);
        ku_build_text(to, 2, m->label);
        ku_build_date(to, 3, panel_day(s->panel->first + t));
        ku_build_double(to, 4, counts ? exp(c->value[t]) : c->value[t]);
        ku_build_double(to, 5, counts ? exp(at) : at);
        ku_build_double(to, 6, counts ? exp(at - reach) : at - reach);
        ku_build_double(to, 7, counts ? exp(at + reach) : at + reach);
        ku_build_row(to);
    }
}

/* Everybody's courses stand beside those of the findings. */
static void put_courses(search *s, ku_run_context *context, ku_frame_builder *to)
{
    int all = 0;
    for (int i = 0; i < s->findings; i++) put_course(s, s->finding[i], context, to);
    while (s->segment[all].attribute[0] >= 0) all++;
    for (int m = 0; m < s->panel->measures; m++) {
        course c = {.segment = all, .measure = m};
        bool shown = false;
        for (int i = 0; i < s->findings; i++)
            shown |= s->finding[i]->segment == all && s->finding[i]->measure == m;
        if (shown) continue;
        search_trace(s, &c, ku_run_arena(context));
        put_course(s, &c, context, to);
    }
}

/* ---- customers ------------------------------------------------------------------------------------------ */

typedef struct mover {
    int64_t person;
    double purchases[2], amount[2]; /* a year, before and since */
} mover;

static double lost_by(const mover *m)
{
    return m->amount[1] - m->amount[0];
}

static int larger_loss_first(const void *a, const void *b)
{
    const mover *x = a, *y = b;
    if (lost_by(x) < lost_by(y)) return -1;
    if (lost_by(x) > lost_by(y)) return 1;
    return (x->person > y->person) - (x->person < y->person);
}

/* What the customer bought in the year before the change and since, both as of a year. */
static mover follow(const history *h, int64_t person, int at, int months)
{
    mover m = {.person = person};
    int from = at > YEAR ? at - YEAR : 0;
    double length[2] = {at - from, months - at};
    for (int64_t i = h->start[person]; i < h->start[person + 1]; i++) {
        int t = h->month[i];
        if (t < from || t >= months) continue;
        m.purchases[t >= at] += (double)h->purchases[i];
        m.amount[t >= at] += h->amount[i];
    }
    for (int k = 0; k < 2; k++) {
        m.purchases[k] *= YEAR / length[k];
        m.amount[k] *= YEAR / length[k];
    }
    return m;
}

static bool in_segment(int32_t *const *code, const segment *g, int64_t person)
{
    for (int i = 0; i < 2; i++)
        if (g->attribute[i] >= 0 && code[g->attribute[i]][person] != g->value[i]) return false;
    return true;
}

/* The customers of the segment who bought before and now bring the least compared with it. */
static void put_customers(const search *s, const course *c, const history *h, int32_t **code,
                          int most, ku_frame_builder *to)
{
    const segment *g = &s->segment[c->segment];
    const ku_column *name = ku_frame_column(h->person, "customer");
    const ku_column *contact = ku_frame_column(h->person, "contact_allowed");
    ku_arena *arena = ku_arena_new();
    mover *list = arena != NULL ? KU_ARRAY(arena, (size_t)h->persons + 1, mover) : NULL;
    size_t n = 0;
    for (int64_t k = 0; list != NULL && k < h->persons; k++) {
        if (!in_segment(code, g, k)) continue;
        mover m = follow(h, k, c->shift.at, s->panel->months);
        if (m.amount[0] > 0 && lost_by(&m) < 0) list[n++] = m;
    }
    if (n > 0) qsort(list, n, sizeof *list, larger_loss_first);
    for (size_t i = 0; i < n && i < (size_t)most; i++) {
        ku_build_text(to, 0, ku_column_text(name, list[i].person, arena));
        ku_build_text(to, 1, g->name);
        ku_build_text(to, 2, s->panel->measure[c->measure].label);
        ku_build_date(to, 3, panel_day(s->panel->first + c->shift.at));
        for (int k = 0; k < 2; k++) {
            ku_build_double(to, 4 + k, list[i].purchases[k]);
            ku_build_double(to, 6 + k, list[i].amount[k]);
        }
        ku_build_double(to, 8, lost_by(&list[i]));
        if (ku_column_valid(contact, list[i].person))
            ku_build_bool(to, 9, ku_column_bool(contact, list[i].person));
        ku_build_row(to);
    }
    ku_arena_free(arena);
}

/* How many warnings cost money, and the largest of them. */
static void put_figures(const search *s, ku_frame_builder *to)
{
    int losses = 0;
    while (losses < s->findings && !s->finding[losses]->unclear && s->finding[losses]->money < 0)
        losses++;
    ku_build_text(to, 0, "Warnings that cost money");
    ku_build_double(to, 1, losses);
    ku_build_text(to, 2, "count");
    ku_build_row(to);
    if (losses == 0) return;
    ku_build_text(to, 0, "Largest loss a year");
    ku_build_double(to, 1, s->finding[0]->money);
    ku_build_text(to, 2, "money");
    ku_build_double(to, 3, s->finding[0]->money_lo);
    ku_build_double(to, 4, s->finding[0]->money_hi);
    ku_build_row(to);
}

void warn_write(search *s, const history *h, int most, ku_run_context *context, warn_tables *to)
{
    ku_arena *arena = ku_run_arena(context);
    int32_t **code = h != NULL ? history_codes(h, s->panel, arena) : NULL;
    for (int i = 0; i < s->findings; i++) {
        const course *c = s->finding[i];
        put_warning(s, c, context, to->warnings);
        if (h != NULL && !c->unclear && c->money < 0)
            put_customers(s, c, h, code, most, to->customers);
    }
    put_courses(s, context, to->behaviour);
    put_figures(s, to->figures);
}
