/* experiments.c - the table of experiments held against the data: which channel, which periods,
 * and what multiple of its exposure would have run without the test. */
#include <math.h>
#include <string.h>

#include "analyses/returns/data.h"
#include "base/format.h"
#include "base/text.h"

static const char *text_of(const ku_frame *f, const char *column, int64_t row, ku_arena *arena)
{
    const ku_column *c = ku_frame_column(f, column);
    const char *text = c != NULL && c->type == KU_TEXT ? ku_column_text(c, row, arena) : NULL;
    return text != NULL ? text : "";
}

static double number_of(const ku_frame *f, const char *column, int64_t row)
{
    const ku_column *c = ku_frame_column(f, column);
    return c != NULL ? ku_column_number(c, row) : NAN;
}

/* The start of the period n after one that starts on that day; weeks may start on any day. */
static int32_t start_after(const ku_returns_data *d, int32_t start, int n)
{
    return d->period == KU_PERIOD_WEEK ? start + 7 * n : ku_period_add(d->period, start, n);
}

/* The period that holds a date: -1 before the first, `periods` after the last. */
static int period_at(const ku_returns_data *d, double date)
{
    const int32_t *first = d->date + d->before;
    if (!(date >= first[0])) return -1;
    int t = 0;
    while (t + 1 < d->periods && first[t + 1] <= date) t++;
    if (t == d->periods - 1 && date >= start_after(d, first[t], 1)) return d->periods;
    return t;
}

/* Regions by name, parted by semicolons; false when one is not in the data. With one region
 * all of them are the country's. */
static bool read_regions(const ku_returns_data *d, const char *list, ku_arena *arena,
                         const bool **out)
{
    bool *in = KU_ARRAY(arena, (size_t)d->regions, bool);
    bool any = false;
    *out = NULL;
    if (d->regions == 1) return true;
    while (*list != '\0') {
        size_t length = strcspn(list, ";");
        ku_span item = ku_text_trim(list, length);
        const char *name = ku_arena_strndup(arena, item.at, item.length);
        bool found = item.length == 0;
        for (int r = 0; r < d->regions; r++)
            if (ku_text_fold_equal(d->region[r], name)) in[r] = found = any = true;
        if (!found) return false;
        list += length + (list[length] == ';');
    }
    if (any) *out = in;
    return true;
}

static double error_of(const ku_frame *f, int64_t row)
{
    double error = number_of(f, "effect_error", row);
    double lo = number_of(f, "effect_lo", row), hi = number_of(f, "effect_hi", row);
    if (isfinite(error)) return error;
    return (hi - lo) / (2 * 1.959963984540054);
}

static double mean_revenue(const ku_returns_data *d)
{
    double money = 0, units = 0;
    for (size_t i = 0; i < (size_t)d->periods * (size_t)d->regions; i++)
        if (isfinite(d->outcome[i])) {
            money += d->outcome[i] * d->revenue[i];
            units += d->outcome[i];
        }
    return fabs(units) > 0 ? money / units : 1;
}

/* An effect in money becomes one in the outcome's units. */
static void to_units(const ku_returns_data *d, ku_returns_experiment *e)
{
    if (d->revenue == NULL) return;
    if (!ku_text_fold_equal(e->outcome, "revenue") && !ku_text_fold_equal(e->outcome, "margin"))
        return;
    double unit = mean_revenue(d);
    e->effect /= unit;
    e->error /= unit;
}

static int find_channel(const ku_returns_data *d, const char *name)
{
    for (int c = 0; c < d->channels; c++)
        if (ku_text_fold_equal(d->channel[c].name, name)) return c;
    return -1;
}

static const char *why_not(const ku_returns_data *d, const ku_returns_experiment *e,
                           bool known_regions, ku_arena *arena)
{
    if (e->channel < 0) return ku_arena_printf(arena, "No channel is called %s.", e->channel_name);
    if (!known_regions)
        return ku_arena_printf(arena, "A region of %s is not in the data.", e->region_names);
    if (e->ends < e->starts) return "It ends before it starts.";
    if (e->from < 0 || e->to > d->periods || e->from >= e->to)
        return "Its days are not all within the data.";
    if (!(e->error > 0)) return "Its effect has no error, so nobody knows how much it counts.";
    return NULL;
}

/* The outcome's first and last periods are whole, so a test of a year may begin or end in the one
 * left out beside them. */
static void forgive_edges(const ku_returns_data *d, ku_returns_experiment *e)
{
    const int32_t *first = d->date + d->before;
    int32_t before = start_after(d, first[0], -1);
    int32_t after = start_after(d, first[d->periods - 1], 2);
    if (e->from < 0 && e->starts >= before) e->from = 0;
    if (e->to > d->periods && e->ends < after) e->to = d->periods;
}

static void read_one(const ku_frame *f, int64_t row, ku_arena *arena, ku_returns_data *d)
{
    ku_returns_experiment *e = &d->experiment[d->experiments++];
    *e = (ku_returns_experiment){.name = text_of(f, "experiment", row, arena),
                                 .outcome = text_of(f, "outcome", row, arena),
                                 .channel_name = text_of(f, "channel", row, arena),
                                 .region_names = text_of(f, "region", row, arena),
                                 .spend = number_of(f, "spend", row),
                                 .effect = number_of(f, "effect", row),
                                 .error = error_of(f, row)};
    double starts = number_of(f, "starts", row), ends = number_of(f, "ends", row);
    double counted = number_of(f, "counted_until", row);
    e->starts = isfinite(starts) ? (int32_t)starts : 0;
    e->ends = isfinite(ends) ? (int32_t)ends : 0;
    e->channel = find_channel(d, e->channel_name);
    e->from = period_at(d, starts);
    e->to = period_at(d, ends) + 1;
    forgive_edges(d, e);
    e->until = isfinite(counted) && counted > ends ? period_at(d, counted) + 1 : e->to;
    if (e->until > d->periods) e->until = d->periods;
    bool known = read_regions(d, e->region_names, arena, &e->regions);
    to_units(d, e);
    e->why_not = why_not(d, e, known, arena);
}

void ku_returns_read_experiments(const ku_frame *experiments, ku_returns_findings *findings,
                                 ku_arena *arena, ku_returns_data *data)
{
    if (experiments == NULL) return;
    data->experiment = KU_ARRAY(arena, (size_t)experiments->rows + 1, ku_returns_experiment);
    for (int64_t row = 0; row < experiments->rows; row++) read_one(experiments, row, arena, data);
    for (int i = 0; i < data->experiments; i++) {
        const ku_returns_experiment *e = &data->experiment[i];
        if (e->why_not != NULL)
            ku_returns_find(findings, "Experiments", e->name, KU_WARN, NAN, "",
                            ku_arena_printf(arena, "Not used. %s", e->why_not),
                            "Correct its row, or leave it as a note.");
    }
}
