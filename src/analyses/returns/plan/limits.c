/* limits.c - what a plan must hold to: the total, ranges of channels, caps, minimum bookings,
 * commitments, cash; which of them give way where they cannot all hold, and what stops a cell. */
#include <math.h>
#include <string.h>

#include "analyses/returns/plan/planning.h"

/* How dear a limit is: commitments are kept before caps, caps before wishes. */
static const double dearness[PLANNING_KINDS] = {
    [PLANNING_BOOKED] = 3000, [PLANNING_CASH] = 1000, [PLANNING_MOST] = 300,
    [PLANNING_TOTAL] = 100,   [PLANNING_LEAST] = 30,  [PLANNING_RANGE] = 10};

const char *planning_money(const planning *p, double minor_units)
{
    char digits[64];
    int n = snprintf(digits, sizeof digits, "%.0f", fabs(minor_units / p->minor));
    char *text = ku_arena_alloc(p->arena, 96);
    int at = 0;
    if (minor_units / p->minor <= -0.5) text[at++] = '-';
    for (int i = 0; i < n; i++) {
        text[at++] = digits[i];
        if ((n - 1 - i) % 3 == 0 && i < n - 1) text[at++] = ',';
    }
    text[at] = '\0';
    return text;
}

/* ---- rows ------------------------------------------------------------------------------------ */

static planning_row *add_row(planning *p, planning_kind kind, const char *about, double least,
                             double most)
{
    if (p->rows == p->row_room) {
        int room = p->row_room == 0 ? 64 : 2 * p->row_room;
        planning_row *wider = KU_ARRAY(p->arena, (size_t)room, planning_row);
        if (p->rows > 0) memcpy(wider, p->row, (size_t)p->rows * sizeof *wider);
        p->row = wider;
        p->row_room = room;
    }
    p->row[p->rows] = (planning_row){
        .kind = kind, .about = about, .least = least, .most = most, .channel = -1, .group = -1};
    return &p->row[p->rows++];
}

static bool covers(const planning *p, const planning_row *row, int channel, int group, int stretch)
{
    ku_civil begins = ku_date_to_civil(p->stretch_date[stretch]);
    return (row->channel < 0 || row->channel == channel) &&
           (row->group < 0 || row->group == group) &&
           (row->year == 0 || (row->year == begins.year && row->month == begins.month));
}

static int count_covered(const planning *p, const planning_row *row, int *last)
{
    int count = 0;
    for (int i = 0; i < p->cells; i++) {
        int b = i % p->stretches, g = i / p->stretches % p->group.count;
        if (!covers(p, row, i / p->stretches / p->group.count, g, b)) continue;
        *last = i;
        count++;
    }
    return count;
}

/* ---- the tables ----------------------------------------------------------------------------- */

/* A name of the table as a number; -1 where it is empty, KU_BAD_DATA where it is unknown. */
static ku_status name_at(const planning *p, const ku_frame *f, const char *column,
                         const ku_returns_names *names, int64_t row, int *out, ku_error *err)
{
    const ku_column *c = ku_frame_column(f, column);
    const char *name = c != NULL ? ku_column_text(c, row, p->arena) : NULL;
    *out = -1;
    if (name == NULL || name[0] == '\0') return KU_OK;
    *out = ku_returns_name_find(names, name);
    if (*out >= 0) return KU_OK;
    return ku_error_set(err, KU_BAD_DATA, f->name, "row %lld: there is no %s \"%.60s\" in the plan",
                        (long long)row + 1, column, name);
}

static const char *about_of(const planning *p, const planning_row *row)
{
    static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                         "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    const char *channel = row->channel >= 0 ? p->channel.name[row->channel] : "all channels";
    const char *group = row->group >= 0 ? p->group.name[row->group] : NULL;
    const char *month = row->year == 0
                            ? NULL
                            : ku_arena_printf(p->arena, "%s %d", months[row->month - 1], row->year);
    return ku_arena_printf(p->arena, "%s%s%s%s%s", channel, group != NULL ? ", " : "",
                           group != NULL ? group : "", month != NULL ? ", " : "",
                           month != NULL ? month : "");
}

/* The month of a limit; true where the calendar has no such month by itself. */
static bool take_month(const planning *p, const ku_frame *f, int64_t at, planning_row *row)
{
    const ku_column *month = ku_frame_column(f, "month");
    if (month == NULL || !ku_column_valid(month, at)) return false;
    ku_civil c = ku_date_to_civil(month->as.days[at]);
    row->year = c.year;
    row->month = c.month;
    return strcmp(p->by, "quarter") == 0 || strcmp(p->by, "whole") == 0;
}

static double minor_at(const planning *p, const ku_frame *f, const char *column, int64_t row)
{
    const ku_column *c = ku_frame_column(f, column);
    double x = c != NULL ? ku_column_number(c, row) : NAN;
    return isnan(x) ? NAN : nearbyint(x * p->minor);
}

/* One side of a limit as a row, or as the bound of the only cell that it covers. */
static void limit(planning *p, planning_kind kind, const planning_row *where, double least,
                  double most)
{
    planning_row *row = add_row(p, kind, about_of(p, where), least, most);
    row->channel = where->channel;
    row->group = where->group;
    row->year = where->year;
    row->month = where->month;
}

static ku_status read_limit(planning *p, const ku_frame *f, int64_t at, int *outside, ku_error *err)
{
    planning_row where = {.channel = -1, .group = -1};
    int last;
    double least = minor_at(p, f, "least", at), most = minor_at(p, f, "most", at);
    double booked = minor_at(p, f, "booked", at);
    KU_TRY(name_at(p, f, "channel", &p->channel, at, &where.channel, err));
    KU_TRY(name_at(p, f, "region", &p->group, at, &where.group, err));
    if (least < 0 || most < 0 || booked < 0)
        return ku_error_set(err, KU_BAD_DATA, f->name, "row %lld: an amount is below 0",
                            (long long)at + 1);
    if (take_month(p, f, at, &where) || count_covered(p, &where, &last) == 0) {
        (*outside)++;
        return KU_OK;
    }
    if (!isnan(booked)) limit(p, PLANNING_BOOKED, &where, booked, INFINITY);
    if (!isnan(most)) limit(p, PLANNING_MOST, &where, -INFINITY, most);
    if (!isnan(least)) limit(p, PLANNING_LEAST, &where, least, INFINITY);
    return KU_OK;
}

static ku_status read_limits(planning *p, ku_error *err)
{
    const ku_frame *f = ku_frames_find(p->in, "limits"), *cash = ku_frames_find(p->in, "cash");
    int outside = 0, last;
    for (int64_t row = 0; f != NULL && row < f->rows; row++)
        KU_TRY(read_limit(p, f, row, &outside, err));
    for (int64_t row = 0; cash != NULL && row < cash->rows; row++) {
        planning_row where = {.channel = -1, .group = -1};
        double most = minor_at(p, cash, "most", row);
        if (most < 0)
            return ku_error_set(err, KU_BAD_DATA, "cash", "row %lld: an amount is below 0",
                                (long long)row + 1);
        if (take_month(p, cash, row, &where) || count_covered(p, &where, &last) == 0)
            outside++;
        else if (!isnan(most))
            limit(p, PLANNING_CASH, &where, -INFINITY, most);
    }
    if (outside > 0)
        ku_run_remark(p->context, KU_WARN, "limits",
                      "%d limits are of months that the plan does not have (it runs by %s from %s "
                      "on); they are left out.",
                      outside, p->by, planning_stretch_name(p, 0));
    return KU_OK;
}

/* ---- all of them -------------------------------------------------------------------------------- */

static double today_of(const planning *p, int channel)
{
    double sum = 0;
    for (int i = 0; i < p->cells; i++)
        if (channel < 0 || i / p->stretches / p->group.count == channel) sum += p->today[i];
    return sum;
}

/* No cell beyond so many times what was ever spent in as long: there the curves are guesses. */
static void bound_cells(planning *p)
{
    double stretch = ku_param_real(p->params, "stretch");
    p->low = KU_ARRAY(p->arena, (size_t)p->cells, double);
    p->high = KU_ARRAY(p->arena, (size_t)p->cells, double);
    double all = fmax(today_of(p, -1), 1) * 100;
    if (ku_param_set(p->params, "total"))
        all = fmax(all, 4 * ku_param_real(p->params, "total") * p->minor);
    for (int i = 0; i < p->cells; i++) {
        double busiest = p->busiest[i / p->stretches];
        p->high[i] = stretch > 0 ? ceil(busiest * stretch) : ceil(all);
    }
}

/* Limits of a single cell become its bounds; a commitment stands above all. */
static void bound_by_rows(planning *p)
{
    int kept = 0;
    for (int k = 0; k < p->rows; k++) {
        planning_row row = p->row[k];
        int cell;
        if (row.kind == PLANNING_TOTAL || row.kind == PLANNING_RANGE || row.kind == PLANNING_CASH ||
            count_covered(p, &row, &cell) != 1) {
            p->row[kept++] = row;
            continue;
        }
        p->low[cell] = fmax(p->low[cell], row.least);
        if (row.most < p->low[cell] || row.least > p->high[cell]) {
            bool cap = row.kind == PLANNING_MOST;
            if (cap)
                ku_run_remark(p->context, KU_WARN, "limits",
                              "%s: at least %s is wanted or booked, which is more than the cap of "
                              "%s; the larger amount is planned.",
                              row.about, planning_money(p, p->low[cell]),
                              planning_money(p, row.most));
            p->high[cell] = p->low[cell];
            continue;
        }
        p->high[cell] = fmin(p->high[cell], row.most);
    }
    p->rows = kept;
}

static void list_members(planning *p)
{
    size_t room = (size_t)p->cells * (size_t)p->rows;
    int at = 0;
    p->member_start = KU_ARRAY(p->arena, (size_t)p->cells + 1, int);
    p->member_row = KU_ARRAY(p->arena, room + 1, int);
    for (int i = 0; i < p->cells; i++) {
        int b = i % p->stretches, g = i / p->stretches % p->group.count;
        for (int k = 0; k < p->rows; k++)
            if (covers(p, &p->row[k], i / p->stretches / p->group.count, g, b))
                p->member_row[at++] = k;
        p->member_start[i + 1] = at;
    }
}

ku_status planning_limits(planning *p, ku_error *err)
{
    bound_cells(p);
    KU_TRY(read_limits(p, err));
    bound_by_rows(p);
    add_row(p, PLANNING_TOTAL, "the total", 0, INFINITY);
    for (int c = 0; c < p->channel.count; c++)
        if (ku_param_set(p->params, "range"))
            add_row(p, PLANNING_RANGE, p->channel.name[c], 0, INFINITY)->channel = c;
    list_members(p);
    p->limits = (ku_plan_limits){.low = p->low,
                                 .high = p->high,
                                 .rows = p->rows,
                                 .least = KU_ARRAY(p->arena, (size_t)p->rows, double),
                                 .most = KU_ARRAY(p->arena, (size_t)p->rows, double),
                                 .start = p->member_start,
                                 .row = p->member_row};
    return KU_OK;
}

/* Ranges are of today's share in the total. */
void planning_set_total(planning *p, double total)
{
    double *least = KU_ARRAY(p->arena, (size_t)p->rows, double);
    double *most = KU_ARRAY(p->arena, (size_t)p->rows, double), all = today_of(p, -1);
    double range = ku_param_set(p->params, "range") ? ku_param_real(p->params, "range") : 0;
    for (int k = 0; k < p->rows; k++) {
        planning_row *row = &p->row[k];
        if (row->kind == PLANNING_TOTAL) row->least = row->most = nearbyint(total);
        if (row->kind == PLANNING_RANGE && all > 0) {
            double now = today_of(p, row->channel) / all * total;
            row->least = ceil(fmax(0, now * (1 - range)));
            row->most = floor(now * (1 + range));
        }
        least[k] = row->least;
        most[k] = row->most;
    }
    p->limits.least = least;
    p->limits.most = most;
}

/* ---- limits that cannot all hold ------------------------------------------------------------------- */

static void tell_loosened(planning *p, const planning_row *row, double least, double most)
{
    static const char *const what[PLANNING_KINDS] = {
        [PLANNING_BOOKED] = "what is booked",  [PLANNING_CASH] = "the cash",
        [PLANNING_MOST] = "the most allowed",  [PLANNING_TOTAL] = "the total",
        [PLANNING_LEAST] = "the least wanted", [PLANNING_RANGE] = "the range of the channel",
    };
    bool over = most > row->most;
    const char *wanted = planning_money(p, over ? row->most : row->least);
    const char *found = planning_money(p, over ? most : least);
    ku_run_remark(p->context, KU_WARN, "limits",
                  row->kind == PLANNING_TOTAL
                      ? "Not all limits can hold together. Of %s, %s, %s can be planned within the "
                        "others.%s"
                      : "Not all limits can hold together. For %s, %s of %s cannot be kept; the "
                        "nearest possible is %s.",
                  row->kind == PLANNING_TOTAL ? what[row->kind] : row->about,
                  row->kind == PLANNING_TOTAL ? wanted : what[row->kind],
                  row->kind == PLANNING_TOTAL ? found : wanted,
                  row->kind == PLANNING_TOTAL ? "" : found);
}

void planning_loosen(planning *p, double *amount, bool tell)
{
    double *least = KU_ARRAY(p->arena, (size_t)p->rows, double);
    double *most = KU_ARRAY(p->arena, (size_t)p->rows, double);
    double *weight = KU_ARRAY(p->arena, (size_t)p->rows, double);
    memcpy(least, p->limits.least, (size_t)p->rows * sizeof *least);
    memcpy(most, p->limits.most, (size_t)p->rows * sizeof *most);
    for (int k = 0; k < p->rows; k++) weight[k] = dearness[p->row[k].kind];
    ku_plan_loosen(&p->limits, p->cells, weight, p->arena, least, most, amount);
    for (int k = 0; tell && k < p->rows; k++)
        if (least[k] != p->limits.least[k] || most[k] != p->limits.most[k])
            tell_loosened(p, &p->row[k], least[k], most[k]);
    p->limits.least = least;
    p->limits.most = most;
}

/* ---- what stops a cell ------------------------------------------------------------------------------- */

planning_stoppers planning_stoppers_of(const planning *p, const int64_t *amount)
{
    planning_stoppers s = {amount, KU_ARRAY(p->arena, (size_t)p->rows, double)};
    for (int i = 0; i < p->cells; i++)
        for (int at = p->member_start[i]; at < p->member_start[i + 1]; at++)
            s.sum[p->member_row[at]] += (double)amount[i];
    return s;
}

const char *planning_stopper(const planning *p, const planning_stoppers *s, int cell, bool up)
{
    static const char *const words[PLANNING_KINDS] = {
        [PLANNING_BOOKED] = "booked", [PLANNING_CASH] = "cash",     [PLANNING_MOST] = "cap",
        [PLANNING_TOTAL] = "",        [PLANNING_LEAST] = "minimum", [PLANNING_RANGE] = "range"};
    double near = p->minor, amount = (double)s->amount[cell]; /* what rounding may leave */
    if (up && amount >= p->high[cell] - near) return "limit of the cell";
    if (!up && amount <= p->low[cell] + near)
        return p->low[cell] > 0 ? "minimum of the cell" : "nothing left to take";
    for (int at = p->member_start[cell]; at < p->member_start[cell + 1]; at++) {
        int k = p->member_row[at];
        bool full = s->sum[k] >= p->limits.most[k] - near,
             least = s->sum[k] <= p->limits.least[k] + near;
        if (p->row[k].kind != PLANNING_TOTAL && (up ? full : least)) return words[p->row[k].kind];
    }
    return "";
}
