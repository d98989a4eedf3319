/* history.c - from rows of customer and month to what segments are told by. */
#include "analyses/customers/dynamics/history.h"

#include <string.h>

static int64_t *offsets(const ku_column *count, int64_t persons, ku_arena *arena)
{
    int64_t *start = KU_ARRAY(arena, (size_t)persons + 1, int64_t);
    for (int64_t i = 0; i < persons; i++)
        start[i + 1] = start[i] + (ku_column_valid(count, i) ? count->as.i64[i] : 0);
    return start;
}

void history_read(const ku_frames *in, const panel *p, ku_arena *arena, history *out)
{
    const ku_frame *person = ku_frames_find(in, "person");
    const ku_frame *rows = ku_frames_find(in, "history");
    const ku_frame *belonging = ku_frames_find(in, "belonging");
    const ku_column *month = ku_frame_column(rows, "month");
    *out = (history){.persons = person->rows, .rows = rows->rows, .person = person};
    out->start = offsets(ku_frame_column(person, "months"), person->rows, arena);
    out->belong_start = offsets(ku_frame_column(person, "memberships"), person->rows, arena);
    out->month = KU_ARRAY(arena, (size_t)rows->rows + 1, int);
    for (int64_t i = 0; i < rows->rows; i++)
        out->month[i] = panel_month(month->as.days[i]) - p->first;
    out->purchases = ku_frame_column(rows, "purchases")->as.i64;
    out->amount = ku_frame_column(rows, "amount")->as.f64;
    out->last_day = ku_frame_column(rows, "last_day")->as.days;
    out->label = ku_frame_column(rows, "label");
    out->belong_date = ku_frame_column(belonging, "date");
    out->belong_segment = ku_frame_column(belonging, "segment");
}

/* ---- attributes of customers ---------------------------------------------------------------- */

static int32_t value_of(const attribute *a, const char *text, int32_t length)
{
    for (int v = 0; v < a->values; v++)
        if ((int32_t)strlen(a->value[v]) == length &&
            memcmp(a->value[v], text, (size_t)length) == 0)
            return v;
    return -1;
}

int32_t **history_codes(const history *h, const panel *p, ku_arena *arena)
{
    int32_t **code = KU_ARRAY(arena, (size_t)p->attributes + 1, int32_t *);
    for (int a = 0; a < p->attributes; a++) {
        const ku_column *column = ku_frame_column(h->person, p->attribute[a].column);
        code[a] = KU_ARRAY(arena, (size_t)h->persons + 1, int32_t);
        bool known = column != NULL && column->type == KU_TEXT;
        int32_t size = known ? column->dictionary.size : 0;
        int32_t *place = KU_ARRAY(arena, (size_t)size + 1, int32_t);
        for (int32_t v = 0; v < size; v++) {
            int32_t length;
            const char *text = ku_dictionary_at(&column->dictionary, v, &length);
            place[v] = value_of(&p->attribute[a], text, length);
        }
        for (int64_t i = 0; i < h->persons; i++)
            code[a][i] = known && ku_column_valid(column, i) ? place[column->as.codes[i]] : -1;
    }
    return code;
}

/* ---- purchases of active customers ------------------------------------------------------------ */

typedef struct counter {
    const history *h;
    const search *s;
    int32_t **code;
    int reach;
    sums *sums;
} counter;

static void add_row(sums *to, double purchases, double amount)
{
    to->n += 1;
    to->x += purchases, to->xx += purchases * purchases;
    to->y += amount, to->yy += amount * amount;
    to->xy += purchases * amount;
}

/* The months in which the customer is active, with what was bought in them. */
static void add_person(const counter *c, int64_t person, sums *to)
{
    const history *h = c->h;
    int months = c->s->panel->months;
    for (int64_t i = h->start[person]; i < h->start[person + 1]; i++) {
        bool last = i + 1 == h->start[person + 1];
        int next = last ? months : h->month[i + 1], until = h->month[i] + c->reach;
        int from = h->month[i] + 1 > c->reach ? h->month[i] + 1 : c->reach;
        for (int t = from; t <= until && t < next && t < months; t++) to[t].n += 1;
        if (!last && next <= until && next >= c->reach && next < months)
            add_row(&to[next], (double)h->purchases[i + 1], h->amount[i + 1]);
    }
}

static void count_segment(void *data, size_t item, unsigned thread)
{
    const counter *c = data;
    const panel *p = c->s->panel;
    const segment *g = &c->s->segment[item];
    (void)thread;
    for (int i = 0; i < 2; i++) /* of purchases, not of customers */
        if (g->attribute[i] >= 0 &&
            ku_frame_column(c->h->person, p->attribute[g->attribute[i]].column) == NULL)
            return;
    for (int64_t k = 0; k < c->h->persons; k++) {
        bool in = true;
        for (int i = 0; i < 2; i++)
            in &= g->attribute[i] < 0 || c->code[g->attribute[i]][k] == g->value[i];
        if (in) add_person(c, k, c->sums + (ptrdiff_t)item * p->months);
    }
}

sums *history_members(const history *h, const search *s, int reach, ku_run_context *context)
{
    ku_arena *arena = ku_run_arena(context);
    counter c = {.h = h, .s = s, .reach = reach, .code = history_codes(h, s->panel, arena)};
    c.sums = KU_ARRAY(arena, (size_t)s->segments * (size_t)s->panel->months, sums);
    ku_pool_each(ku_run_pool(context), (size_t)s->segments, 1, count_segment, &c);
    return c.sums;
}
