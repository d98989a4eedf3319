/* movers.c - who is behind the moves of the last period, and why they moved.
 *
 * A segment looks back over a window, so a customer moves for two reasons: what was bought in
 * the period, and what was bought long ago and has just fallen out of the window. Both are
 * told, in money. */
#include "analyses/customers/dynamics/movers.h"

#include <math.h>
#include <stdlib.h>

#include "base/date.h"
#include "base/format.h"
#include "base/text.h"

typedef struct mover {
    int64_t person;
    int64_t purchases;           /* in the period */
    double bought, gone, before; /* money of the period, fallen out of the window, in it before */
    int32_t last_day;
} mover;

typedef struct span {
    int first, last;         /* months of the period */
    int behind_from, behind; /* months that fell out in it: [from, behind) */

} span;

static double change_of(const mover *m)
{
    return m->bought - m->gone;
}

static int larger_change_first(const void *a, const void *b)
{
    const mover *x = a, *y = b;
    double of_x = fabs(change_of(x)), of_y = fabs(change_of(y));
    if (of_x > of_y) return -1;
    if (of_x < of_y) return 1;
    return (x->person > y->person) - (x->person < y->person);
}

/* Months before the first whole one count as of it, as in the states. */
static mover follow(const history *h, int64_t person, const span *t)
{
    mover m = {.person = person, .last_day = INT32_MIN};
    for (int64_t i = h->start[person]; i < h->start[person + 1]; i++) {
        int at = h->month[i] < 0 ? 0 : h->month[i];
        if (at > t->last) break;
        m.last_day = h->last_day[i];
        if (at >= t->first)
            m.bought += h->amount[i], m.purchases += h->purchases[i];
        else if (at >= t->behind_from)
            m.before += h->amount[i];
        if (at >= t->behind_from && at < t->behind) m.gone += h->amount[i];
    }
    return m;
}

static void tell_why(const mover *m, bool is_new, ku_text *to)
{
    char money[KU_NUMBER_TEXT], day[KU_DATE_TEXT];
    ku_text_clear(to);
    if (m->purchases > 0)
        ku_text_addf(to, "%s %lld %s for %s", is_new ? "New:" : "Bought", (long long)m->purchases,
                     m->purchases == 1 ? "time" : "times",
                     ku_format_number(money, m->bought, "money", NULL));
    else
        ku_text_addf(to, "No purchase since %s", ku_date_show(m->last_day, day));
    if (m->gone > 0)
        ku_text_addf(to, "; %s bought earlier no longer count",
                     ku_format_number(money, m->gone, "money", NULL));
}

static void put_mover(const states *s, const history *h, const mover *m, ku_text *why,
                      ku_arena *arena, ku_frame_builder *to)
{
    const ku_column *contact = ku_frame_column(h->person, "contact_allowed");
    int64_t now = (int64_t)(s->periods - 1) * s->persons + m->person;
    uint8_t from = s->at[now - s->persons];
    tell_why(m, from == STATE_NONE, why);
    ku_build_text(to, 0, ku_column_text(ku_frame_column(h->person, "customer"), m->person, arena));
    ku_build_text(to, 1, from == STATE_NONE ? "No customer yet" : s->name[from]);
    ku_build_text(to, 2, s->name[s->at[now]]);
    ku_build_date(to, 3, panel_day(s->first + (s->periods - 1) * s->step));
    ku_build_double(to, 4, m->before);
    ku_build_double(to, 5, m->before + change_of(m));
    ku_build_double(to, 6, change_of(m));
    ku_build_text(to, 7, ku_text_string(why));
    ku_build_date(to, 8, m->last_day);
    if (ku_column_valid(contact, m->person))
        ku_build_bool(to, 9, ku_column_bool(contact, m->person));
    ku_build_row(to);
}

static bool has_moved(const states *s, int64_t person)
{
    int64_t now = (int64_t)(s->periods - 1) * s->persons + person;
    return s->at[now] != STATE_NONE && s->at[now] != s->at[now - s->persons];
}

ku_status movers_write(const states *s, const history *h, const panel *p, int64_t most,
                       ku_run_context *context, ku_frame_builder *to, ku_error *err)
{
    if (s->periods < 2 || most == 0) return KU_OK;
    int first = s->first - p->first + (s->periods - 1) * s->step;
    const span t = {.first = first,
                    .last = first + s->step - 1,
                    .behind_from = first - s->window,
                    .behind = first - s->window + s->step};
    int64_t count = 0, n = 0;
    ku_text why = {0};
    for (int64_t i = 0; i < s->persons; i++) count += has_moved(s, i);
    ku_arena *arena = ku_arena_new();
    mover *list = arena != NULL ? ku_arena_try(arena, ((size_t)count + 1) * sizeof *list) : NULL;
    if (list == NULL) {
        ku_arena_free(arena);
        return ku_error_set(err, KU_NO_MEMORY, "movers", "no memory for %lld customers who moved",
                            (long long)count);
    }
    for (int64_t i = 0; i < s->persons; i++)
        if (has_moved(s, i)) list[n++] = follow(h, i, &t);
    qsort(list, (size_t)n, sizeof *list, larger_change_first);
    for (int64_t i = 0; i < n && i < most; i++) put_mover(s, h, &list[i], &why, arena, to);
    if (n > most)
        ku_run_remark(context, KU_NOTE, "movers",
                      "%lld customers came to another segment in the last period; the %lld whose"
                      " revenue changed most are listed.",
                      (long long)n, (long long)most);
    ku_text_clear(&why);
    ku_arena_free(arena);
    return KU_OK;
}
