/* whole.c - whole units: a plan to the cent.
 *
 * All amounts are rounded down, which breaks no upper limit, and the units that are missing are
 * handed out where a sum lacks some, largest remainder first. Where every cell of such a sum is
 * stopped by another full sum, a chain of exchanges makes room: one unit more here, one less
 * there, one more elsewhere, found by a search in breadth. The limits are checked in whole
 * numbers, so what is returned as true holds exactly. */
#include <math.h>
#include <string.h>

#include "returns/plan/plan_internal.h"

typedef struct rounding {
    const ku_plan_limits *l;
    int cells;
    int64_t *whole, *low, *high; /* [cell] */
    int64_t *sum, *least, *most; /* [row] */
    int *member_start, *member;  /* the cells of a row */
    /* Of the search, by move, 2 * cell + (0 up, 1 down): the move before it, the row in which it
     * makes up for that one (-1: none), and the moves in line. */
    int *from, *via, *queue;
} rounding;

static const int64_t endless = INT64_MAX / 4;
static const double near_bound = 2; /* units: there the search stopped short of a bound */

static int64_t to_whole(double x, bool up)
{
    if (x >= (double)endless) return endless;
    if (x <= -(double)endless) return -endless;
    double near = nearbyint(x);
    if (fabs(x - near) < 1e-6) return (int64_t)near;
    return (int64_t)(up ? ceil(x) : floor(x));
}

static void list_members(rounding *r, ku_arena *arena)
{
    const ku_plan_limits *l = r->l;
    r->member_start = KU_ARRAY(arena, (size_t)l->rows + 2, int);
    r->member = KU_ARRAY(arena, (size_t)l->start[r->cells] + 1, int);
    for (int m = 0; m < l->start[r->cells]; m++) r->member_start[l->row[m] + 1]++;
    for (int k = 0; k < l->rows; k++) r->member_start[k + 1] += r->member_start[k];
    int *next = KU_ARRAY(arena, (size_t)l->rows + 1, int);
    memcpy(next, r->member_start, (size_t)l->rows * sizeof *next);
    for (int i = 0; i < r->cells; i++)
        for (int at = l->start[i]; at < l->start[i + 1]; at++) r->member[next[l->row[at]]++] = i;
}

static rounding rounding_of(const ku_plan_limits *l, int cells, const double *amount,
                            ku_arena *arena, int64_t *whole)
{
    rounding r = {.l = l, .cells = cells, .whole = whole};
    size_t n = (size_t)cells + 1, rows = (size_t)l->rows + 1;
    r.low = KU_ARRAY(arena, n, int64_t);
    r.high = KU_ARRAY(arena, n, int64_t);
    r.sum = KU_ARRAY(arena, rows, int64_t);
    r.least = KU_ARRAY(arena, rows, int64_t);
    r.most = KU_ARRAY(arena, rows, int64_t);
    r.from = KU_ARRAY(arena, 2 * n, int);
    r.via = KU_ARRAY(arena, 2 * n, int);
    r.queue = KU_ARRAY(arena, 2 * n, int);
    for (int k = 0; k < l->rows; k++) {
        r.least[k] = to_whole(l->least[k], true);
        r.most[k] = to_whole(l->most[k], false);
    }
    for (int i = 0; i < cells; i++) {
        r.low[i] = to_whole(l->low[i], true);
        r.high[i] = to_whole(l->high[i], false);
        int64_t down = (int64_t)floor(amount[i] + 1e-7);
        if (amount[i] - l->low[i] < near_bound) down = r.low[i];
        if (l->high[i] - amount[i] < near_bound) down = r.high[i];
        whole[i] = down < r.low[i] ? r.low[i] : down > r.high[i] ? r.high[i] : down;
        for (int at = l->start[i]; at < l->start[i + 1]; at++) r.sum[l->row[at]] += whole[i];
    }
    list_members(&r, arena);
    return r;
}

static void change(rounding *r, int cell, int64_t by)
{
    r->whole[cell] += by;
    for (int at = r->l->start[cell]; at < r->l->start[cell + 1]; at++) r->sum[r->l->row[at]] += by;
}

/* How many units the cell may go up (or down) before its own bound or a row stops it; rows that
 * stop it at once are counted, all but `except`. */
static int64_t freedom(const rounding *r, int cell, bool up, int except, int *stopped_by,
                       int *stops)
{
    int64_t most = up ? r->high[cell] - r->whole[cell] : r->whole[cell] - r->low[cell];
    *stops = 0;
    *stopped_by = -1;
    for (int at = r->l->start[cell]; at < r->l->start[cell + 1]; at++) {
        int k = r->l->row[at];
        if (k == except) continue;
        int64_t room = up ? r->most[k] - r->sum[k] : r->sum[k] - r->least[k];
        if (room <= 0) {
            (*stops)++;
            *stopped_by = k;
            room = 0;
        }
        if (room < most) most = room;
    }
    return most;
}

/* Follows the chain back from its last move and makes every move of one unit. */
static void make_chain(rounding *r, int last)
{
    for (int move = last; move >= 0; move = r->from[move] == -2 ? -1 : r->from[move])
        change(r, move / 2, move % 2 == 0 ? 1 : -1);
}

static bool own_room(const rounding *r, int move)
{
    int cell = move / 2;
    return move % 2 == 0 ? r->whole[cell] < r->high[cell] : r->whole[cell] > r->low[cell];
}

/* One unit more (or less) for row `k` by a chain of exchanges; false when there is none. A move
 * that one full row stops goes on with the opposite move of another member of that row. */
static bool exchange(rounding *r, int k, bool up)
{
    int head = 0, tail = 0, first = up ? 0 : 1;
    for (int m = 0; m < 2 * r->cells; m++) r->from[m] = -1;
    for (int at = r->member_start[k]; at < r->member_start[k + 1]; at++) {
        int move = 2 * r->member[at] + first;
        if (!own_room(r, move)) continue;
        r->from[move] = -2;
        r->via[move] = -1;
        r->queue[tail++] = move;
    }
    while (head < tail) {
        int move = r->queue[head++], stopped_by, stops;
        freedom(r, move / 2, move % 2 == 0, r->via[move], &stopped_by, &stops);
        if (stops == 0) {
            make_chain(r, move);
            return true;
        }
        if (stops > 1) continue;
        for (int at = r->member_start[stopped_by]; at < r->member_start[stopped_by + 1]; at++) {
            int next = 2 * r->member[at] + (move % 2 == 0 ? 1 : 0);
            if (r->from[next] != -1 || !own_room(r, next)) continue;
            r->from[next] = move;
            r->via[next] = stopped_by;
            r->queue[tail++] = next;
        }
    }
    return false;
}

/* Hands out (or takes back) what row k lacks, directly where nothing stands in the way. */
static bool settle(rounding *r, int k)
{
    bool up = r->sum[k] < r->least[k];
    int64_t open = up ? r->least[k] - r->sum[k] : r->sum[k] - r->most[k];
    int count = r->member_start[k + 1] - r->member_start[k];
    int64_t each = count > 0 ? open / count + 1 : 0;
    for (int at = r->member_start[k]; open > 0 && at < r->member_start[k + 1]; at++) {
        int ignored, stops, cell = r->member[at];
        int64_t by = freedom(r, cell, up, -1, &ignored, &stops);
        by = by < each ? by : each;
        by = by < open ? by : open;
        change(r, cell, up ? by : -by);
        open -= by;
    }
    while (open > 0 && exchange(r, k, up)) {
        int64_t left = up ? r->least[k] - r->sum[k] : r->sum[k] - r->most[k];
        if (left >= open) return false; /* the chain came back to this row */
        open = left;
    }
    return open <= 0;
}

static bool holds(const rounding *r, int k)
{
    return r->sum[k] >= r->least[k] && r->sum[k] <= r->most[k];
}

bool ku_plan_whole(const ku_plan_limits *limits, int cells, const double *amount, ku_arena *arena,
                   int64_t *whole)
{
    rounding r = rounding_of(limits, cells, amount, arena, whole);
    bool all = false;
    for (int pass = 0; pass < 4 && !all; pass++) {
        all = true;
        for (int k = 0; k < limits->rows; k++)
            if (!holds(&r, k)) settle(&r, k);
        for (int k = 0; k < limits->rows; k++) all = all && holds(&r, k);
    }
    for (int i = 0; i < cells; i++) all = all && whole[i] >= r.low[i] && whole[i] <= r.high[i];
    return all;
}
