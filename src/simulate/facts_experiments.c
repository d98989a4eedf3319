/* facts_experiments.c - what the company found by leaving two regions out of each campaign of
 * radio and video: by how much more was sold, in a year, where such a campaign ran.
 *
 * Logarithms of weekly sales are explained by the region, the week, and whether radio and video
 * ran there (or the week before, as media work on); regions and weeks are taken out by demeaning
 * twice, what is left is a least-squares problem of two unknowns. Both media are in it together
 * because they run at the same time in different regions. The errors are those of least squares,
 * so chance in sales, branches that open and whatever else differs is in them. The company
 * measures from its books; nothing here looks at the truth. */
#include "simulate/facts_internal.h"

#include <math.h>

#include "base/date.h"

enum { TESTED = 2 };
static const int tested[TESTED] = {MEDIUM_RADIO, MEDIUM_VIDEO};

/* The weeks of one year: x[k][region][week], y likewise, week 0 being `from`. */
typedef struct panel {
    int year, from, weeks;
    double x[TESTED][REGIONS][53], y[REGIONS][53];
    double lift[TESTED], error[TESTED]; /* relative, in logarithms */
} panel;

static double sales(const world *w, const tally *t, int region, int week)
{
    return (double)t->revenue[(size_t)region * (size_t)w->weeks + (size_t)week] / 100.0;
}

static bool runs(const world *w, int medium, int region, int week)
{
    return week >= 0 && w->spend[ku_sim_world_mrw(w, medium, region, week)] > 0;
}

static bool works(const world *w, int medium, int region, int week)
{
    return runs(w, medium, region, week) || runs(w, medium, region, week - 1);
}

/* False where a region sold nothing in some week. */
static bool read_panel(const world *w, const tally *t, panel *p)
{
    for (int r = 0; r < REGIONS; r++)
        for (int k = 0; k < p->weeks; k++) {
            double sold = sales(w, t, r, p->from + k);
            if (!(sold > 0)) return false;
            p->y[r][k] = log(sold);
            for (int m = 0; m < TESTED; m++) p->x[m][r][k] = works(w, tested[m], r, p->from + k);
        }
    return true;
}

static void demean(double v[REGIONS][53], int weeks)
{
    double region[REGIONS] = {0}, week[53] = {0}, all = 0;
    for (int r = 0; r < REGIONS; r++)
        for (int k = 0; k < weeks; k++) {
            region[r] += v[r][k] / weeks;
            week[k] += v[r][k] / REGIONS;
            all += v[r][k] / weeks / REGIONS;
        }
    for (int r = 0; r < REGIONS; r++)
        for (int k = 0; k < weeks; k++) v[r][k] += all - region[r] - week[k];
}

static double inner(double a[REGIONS][53], double b[REGIONS][53], int weeks)
{
    double sum = 0;
    for (int r = 0; r < REGIONS; r++)
        for (int k = 0; k < weeks; k++) sum += a[r][k] * b[r][k];
    return sum;
}

/* Two unknowns by hand; false when radio and video cannot be told apart. */
static bool solve_panel(panel *p)
{
    int freedom = (REGIONS - 1) * (p->weeks - 1) - TESTED;
    demean(p->y, p->weeks);
    for (int m = 0; m < TESTED; m++) demean(p->x[m], p->weeks);
    double a = inner(p->x[0], p->x[0], p->weeks), b = inner(p->x[0], p->x[1], p->weeks);
    double c = inner(p->x[1], p->x[1], p->weeks), determinant = a * c - b * b;
    double u = inner(p->x[0], p->y, p->weeks), v = inner(p->x[1], p->y, p->weeks);
    if (freedom < 1 || !(determinant > 1e-3 * a * c)) return false;
    p->lift[0] = (c * u - b * v) / determinant;
    p->lift[1] = (a * v - b * u) / determinant;
    double rest = inner(p->y, p->y, p->weeks) - p->lift[0] * u - p->lift[1] * v;
    double noise = fmax(0, rest) / freedom;
    p->error[0] = sqrt(noise * c / determinant);
    p->error[1] = sqrt(noise * a / determinant);
    return noise > 0;
}

/* Empty for all of them. */
static char *put_campaign_regions(const world *w, const panel *p, int medium, char *to)
{
    char *start = to;
    int regions = 0;
    for (int r = 0; r < REGIONS; r++) {
        int weeks = 0;
        for (int k = 0; k < p->weeks; k++) weeks += runs(w, medium, r, p->from + k);
        if (weeks == 0) continue;
        if (to != start) to[-1] = ';';
        to = put_text(to, ku_sim_world_regions[r].name);
        regions++;
    }
    return regions > 0 && regions < REGIONS ? to : put_none(start);
}

static void put_experiment(const world *w, const tally *t, const panel *p, int m, rows *out)
{
    const medium_params *medium = &ku_sim_world_media[tested[m]];
    char text[KU_DATE_TEXT], name[64];
    int64_t spent = 0;
    double sold = 0;
    for (int r = 0; r < REGIONS; r++)
        for (int k = 0; k < p->weeks; k++) {
            spent += w->spend[ku_sim_world_mrw(w, tested[m], r, p->from + k)];
            if (works(w, tested[m], r, p->from + k)) sold += sales(w, t, r, p->from + k);
        }
    double without = sold * exp(-p->lift[m]);
    int last = ku_sim_world_week_to(w, p->from + p->weeks - 1) - 1;
    snprintf(name, sizeof name, "%s %d", medium->name, p->year);
    char *to = put_text(rows_begin(out), name);
    to = put_text(to, medium->id);
    to = put_campaign_regions(w, p, tested[m], to);
    to = put_text(to, ku_date_format(w->start + ku_sim_world_week_from(w, p->from), text));
    to = put_text(to, ku_date_format(w->start + last, text));
    to = put_cents(to, spent);
    to = put_cents(to, (int64_t)floor((sold - without) * 100 + 0.5));
    to = put_cents(to, (int64_t)floor(without * p->error[m] * 100 + 0.5));
    to = put_text(to, "revenue");
    rows_end(out, put_text(to, "two regions left out of each campaign"));
}

/* A year of at least half a year, so that there are weeks with campaigns and without. */
static void put_year(const world *w, const tally *t, panel *p, rows *out)
{
    if (p->weeks < 26 || !read_panel(w, t, p) || !solve_panel(p)) return;
    for (int m = 0; m < TESTED; m++) put_experiment(w, t, p, m, out);
}

void ku_sim_write_experiments(const world *w, const tally *t, rows *out)
{
    panel p = {.from = 0};
    for (int week = 0; week < w->weeks; week++) {
        int year = ku_date_to_week(w->monday + 7 * week).year;
        if (week == 0) p.year = year;
        if (year != p.year) {
            put_year(w, t, &p, out);
            p = (panel){.year = year, .from = week};
        }
        p.weeks++;
    }
    put_year(w, t, &p, out);
}
