/* checks.c - what the data can and cannot tell of return, before anything is estimated.
 *
 * A return is found from how the outcome moved when spend moved otherwise than usual. So what is
 * looked at is whether it did: whether anything is missing, whether spend varies, whether
 * channels move together or with the season, whether money and what it bought hang together.
 * Every check gives its figure, also where all is well. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analyses/returns/data.h"
#include "base/format.h"
#include "num/linear.h"

/* The limits, each where it is told. */
static const double little_variation = 0.10; /* sd over mean */
static const double few_periods = 0.20;      /* share of periods in which a channel runs */
static const double moves_together = 0.80, moves_as_one = 0.99; /* correlation */
static const double inflated = 10;                              /* variance inflation */
static const double seasonal = 0.75;                            /* share of a channel's variance */
static const double price_jump = 4;    /* dearest against cheapest quarter of a year */
static const double tiny_share = 0.01; /* of all spend */
static const double cells_per_unknown = 4;

typedef struct looking {
    const ku_returns_data *d;
    ku_returns_findings *out;
    ku_arena *arena;
} looking;

#define SAY(...) ku_arena_printf(l->arena, __VA_ARGS__)

static const char *periods_word(const looking *l)
{
    static const char *const words[] = {"days", "weeks", "months", "quarters", "years"};
    return words[l->d->period];
}

/* A media grid's value of a period of the outcome, summed over regions. */
static double sum_at(const looking *l, const double *grid, int t)
{
    const ku_returns_data *d = l->d;
    double sum = 0;
    for (int r = 0; r < d->regions; r++)
        sum += grid[(size_t)(d->before + t) * (size_t)d->regions + (size_t)r];
    return sum;
}

static double total(const looking *l, const double *grid)
{
    double sum = 0;
    for (int t = 0; t < l->d->periods; t++) sum += sum_at(l, grid, t);
    return sum;
}

/* ---- the outcome -------------------------------------------------------------------------- */

static void look_at_gaps(const looking *l)
{
    const ku_returns_data *d = l->d;
    int missing = 0, whole = 0, cells = d->periods * d->regions;
    for (int t = 0; t < d->periods; t++) {
        int known = 0;
        for (int r = 0; r < d->regions; r++)
            known += isfinite(d->outcome[(size_t)t * (size_t)d->regions + (size_t)r]);
        missing += d->regions - known;
        whole += known == 0;
    }
    double share = (double)missing / cells;
    if (missing == 0)
        ku_returns_find(l->out, "Gaps", "", KU_NOTE, 0, "share",
                        SAY("The outcome is known in all %d %s%s.", d->periods, periods_word(l),
                            d->regions > 1 ? SAY(" of %d regions", d->regions) : ""),
                        "");
    else
        ku_returns_find(l->out, "Gaps", "", KU_WARN, share, "share",
                        SAY("%d of %d cells of the outcome are missing%s; they are left out, spend"
                            " in them still works on.",
                            missing, cells,
                            whole > 0 ? SAY(", %d %s altogether", whole, periods_word(l)) : ""),
                        "Fill them in, or write 0 where nothing was sold.");
}

static void look_at_negative(const looking *l)
{
    const ku_returns_data *d = l->d;
    int below = 0, zero = 0, cells = d->periods * d->regions;
    for (int i = 0; i < cells; i++) {
        below += d->outcome[i] < 0;
        zero += !(d->outcome[i] < 0) && !(d->outcome[i] > 0) && isfinite(d->outcome[i]);
    }
    ku_returns_find(l->out, "Negative outcome", "", below > 0 ? KU_WARN : KU_NOTE, below, "count",
                    below > 0 ? SAY("%d cells have less than no sales: more was sent back than"
                                    " sold.",
                                    below)
                              : "No cell of the outcome is below zero.",
                    below > 0 ? "Book returns to the day of the sale, or take longer periods."
                              : "");
    if (4 * zero > cells)
        ku_returns_find(l->out, "Empty periods", "", KU_WARN, (double)zero / cells, "share",
                        SAY("%.0f %% of the cells have no sales at all.", 100.0 * zero / cells),
                        "Take longer periods or larger regions.");
}

static void look_at_size(const looking *l)
{
    const ku_returns_data *d = l->d;
    double unknowns = 4.0 * d->channels + d->series + 6;
    double cells = (double)d->periods * d->regions, share = cells / unknowns;
    bool fewer = d->periods <= d->channels;
    ku_returns_find(
        l->out, "Length", "",
        fewer                       ? KU_FAIL
        : share < cells_per_unknown ? KU_WARN
                                    : KU_NOTE,
        share, "",
        SAY("%d %s%s for about %.0f unknowns: %.1f for each.%s", d->periods, periods_word(l),
            d->regions > 1 ? SAY(" of %d regions", d->regions) : "", unknowns, share,
            fewer ? SAY(" There are no more %s than channels, so the data cannot tell the channels"
                        " apart: what comes out is what was believed before.",
                        periods_word(l))
                  : ""),
        share < cells_per_unknown
            ? "Put channels together, use regions, or take two to three years."
            : "");
    bool year = d->date[d->before + d->periods - 1] - d->date[d->before] >= 365 + 180;
    if (!year)
        ku_returns_find(l->out, "Seasons", "", KU_WARN, d->periods, "periods",
                        "Less than a year and a half: the season cannot be told from media that"
                        " run in it.",
                        "Use two years or more.");
}

static void look_at_regions(const looking *l)
{
    const ku_returns_data *d = l->d;
    ku_returns_find(l->out, "Regions", "", d->regions == 1 ? KU_WARN : KU_NOTE, d->regions, "count",
                    d->regions == 1
                        ? "One series for the whole: media are told from everything else by time"
                          " alone."
                        : "Regions can be compared, which tells media from what moves all alike.",
                    d->regions == 1 ? "Give sales and spend by region where they are known." : "");
}

/* ---- one channel -------------------------------------------------------------------------- */

static void look_at_activity(const looking *l, const ku_returns_channel *c)
{
    int active = 0;
    for (int t = 0; t < l->d->periods; t++) active += sum_at(l, c->exposure, t) > 0;
    double share = (double)active / l->d->periods;
    ku_severity verdict = active == 0 ? KU_FAIL : share < few_periods ? KU_WARN : KU_NOTE;
    ku_returns_find(l->out, "Running", c->name, verdict, share, "share",
                    active == 0
                        ? "It never ran in these periods; it is left out."
                        : SAY("It ran in %d of %d %s.", active, l->d->periods, periods_word(l)),
                    active > 0 && share < few_periods
                        ? "Its return rests on few periods; read its interval, not its middle."
                        : "");
}

static void look_at_variation(const looking *l, const ku_returns_channel *c)
{
    const ku_returns_data *d = l->d;
    double sum = 0, squares = 0, n = (double)d->periods * d->regions;
    for (int t = 0; t < d->periods; t++)
        for (int r = 0; r < d->regions; r++) {
            double heads = d->population != NULL ? d->population[r] : 1;
            double v = c->exposure[(size_t)(d->before + t) * (size_t)d->regions + (size_t)r] /
                       heads;
            sum += v;
            squares += v * v;
        }
    double mean = sum / n, spread = sqrt(fmax(0, squares / n - mean * mean));
    if (!(mean > 0)) return;
    double share = spread / mean;
    bool little = share < little_variation;
    ku_returns_find(l->out, "Variation", c->name, little ? KU_WARN : KU_NOTE, share, "share",
                    SAY("It varies by %.0f %% of its mean.%s", 100 * share,
                        little ? " The data cannot tell what such steady spend brings; its return"
                                 " will be what was believed before."
                               : ""),
                    little ? "Vary it on purpose: pause it in some regions for some weeks." : "");
}

static void look_at_exposure(const looking *l, const ku_returns_channel *c)
{
    const ku_returns_data *d = l->d;
    if (c->spend == NULL) {
        ku_returns_find(l->out, "Spend against exposure", c->name, KU_NOTE, NAN, "",
                        "It was seen without being paid for: it gets a contribution, but no"
                        " return.",
                        "If it did cost money, give its spend.");
        return;
    }
    if (c->by_spend) return;
    double unseen = 0, unpaid = 0, spend = 0, exposure = 0;
    size_t cells = (size_t)(d->before + d->periods) * (size_t)d->regions;
    for (size_t i = (size_t)d->before * (size_t)d->regions; i < cells; i++) {
        spend += c->spend[i];
        exposure += c->exposure[i];
        if (c->spend[i] > 0 && !(c->exposure[i] > 0)) unseen += c->spend[i];
        if (c->exposure[i] > 0 && !(c->spend[i] > 0)) unpaid += c->exposure[i];
    }
    if (unseen > 0.005 * spend)
        ku_returns_find(l->out, "Spend without exposure", c->name, KU_WARN, unseen / spend, "share",
                        SAY("%.1f %% of its money bought nothing that was counted; it costs, but"
                            " cannot have worked.",
                            100 * unseen / spend),
                        "Complete the impressions, or run it with --exposure spend.");
    if (unpaid > 0.005 * exposure)
        ku_returns_find(l->out, "Exposure without spend", c->name, KU_WARN, unpaid / exposure,
                        "share",
                        SAY("%.1f %% of its exposure cost nothing; what it brought makes the return"
                            " look better.",
                            100 * unpaid / exposure),
                        "Complete the spend, or make what was free a channel of its own.");
}

/* Money per unit of exposure in stretches of a quarter of a year. */
static void look_at_price(const looking *l, const ku_returns_channel *c)
{
    static const int quarters[] = {91, 13, 3, 1, 1};
    const ku_returns_data *d = l->d;
    int length = quarters[d->period], counted = 0;
    double low = INFINITY, high = 0;
    if (c->spend == NULL || c->by_spend || c->frequency != NULL) return;
    double all = total(l, c->spend);
    for (int from = 0; from + length <= d->periods; from += length) {
        double spend = 0, exposure = 0;
        for (int t = from; t < from + length; t++) {
            spend += sum_at(l, c->spend, t);
            exposure += sum_at(l, c->exposure, t);
        }
        if (!(exposure > 0) || spend < 0.01 * all) continue;
        low = fmin(low, spend / exposure);
        high = fmax(high, spend / exposure);
        counted++;
    }
    if (counted < 2 || !(low > 0)) return;
    bool jump = high > price_jump * low;
    ku_returns_find(l->out, "Price of exposure", c->name, jump ? KU_WARN : KU_NOTE, high / low, "",
                    SAY("Its dearest quarter paid %.1f times as much for a unit of exposure as its"
                        " cheapest.",
                        high / low),
                    jump ? "See whether spend and exposure are of the same days and the same"
                           " currency; a return at the mean price misleads."
                         : "");
}

static void look_at_share(const looking *l, const ku_returns_channel *c, double all)
{
    double share = c->spend != NULL && all > 0 ? total(l, c->spend) / all : 1;
    if (share < tiny_share)
        ku_returns_find(
            l->out, "Size", c->name, KU_WARN, share, "share",
            SAY("It takes %.2f %% of the money, less than such data can measure.", 100 * share),
            "Put it together with a channel like it.");
}

static void look_at_history(const looking *l)
{
    const ku_returns_data *d = l->d;
    if (d->before > 0) return;
    ku_returns_find(l->out, "Spend before", "", KU_NOTE, 0, "periods",
                    "Spend is known from the first period of the outcome on; what ran before and"
                    " still worked on is not, so the first periods count it as baseline.",
                    "Give spend of some earlier periods where it is known.");
}

/* ---- channels together --------------------------------------------------------------------- */

/* What channels, seasons and controls do per head, less each region's mean, scaled to length 1:
 * columns of a matrix. */
typedef struct together {
    int columns, media;
    size_t rows;
    double *x; /* [column][row] */
    const char **name;
} together;

static void centre(const ku_returns_data *d, double *x)
{
    double length = 0;
    for (int r = 0; r < d->regions; r++) {
        double mean = 0;
        for (int t = 0; t < d->periods; t++)
            mean += x[(size_t)t * (size_t)d->regions + (size_t)r] / d->periods;
        for (int t = 0; t < d->periods; t++) x[(size_t)t * (size_t)d->regions + (size_t)r] -= mean;
    }
    for (size_t i = 0; i < (size_t)d->periods * (size_t)d->regions; i++) length += x[i] * x[i];
    for (size_t i = 0; i < (size_t)d->periods * (size_t)d->regions; i++)
        x[i] = length > 1e-300 ? x[i] / sqrt(length) : 0;
}

static void add_channel(const looking *l, together *m, const ku_returns_channel *c)
{
    const ku_returns_data *d = l->d;
    double *x = m->x + (size_t)m->columns * m->rows;
    for (int t = 0; t < d->periods; t++)
        for (int r = 0; r < d->regions; r++) {
            size_t at = (size_t)(d->before + t) * (size_t)d->regions + (size_t)r;
            double seen = c->exposure[at] * (c->frequency != NULL ? c->frequency[at] : 1);
            x[(size_t)t * (size_t)d->regions + (size_t)r] = seen / (d->population != NULL
                                                                        ? d->population[r]
                                                                        : 1);
        }
    centre(d, x);
    m->name[m->columns++] = c->name;
}

static double dot(const double *a, const double *b, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++) sum += a[i] * b[i];
    return sum;
}

static void look_at_pairs(const looking *l, const together *m)
{
    double worst = 0;
    int told = 0;
    const char *pair = "";
    for (int a = 0; a < m->media; a++)
        for (int b = a + 1; b < m->media; b++) {
            double r = dot(m->x + (size_t)a * m->rows, m->x + (size_t)b * m->rows, m->rows);
            if (fabs(r) > fabs(worst)) {
                worst = r;
                pair = SAY("%s and %s", m->name[a], m->name[b]);
            }
            if (fabs(r) < moves_together || told++ >= 12) continue;
            ku_returns_find(
                l->out, "Moving together", SAY("%s and %s", m->name[a], m->name[b]),
                fabs(r) >= moves_as_one ? KU_FAIL : KU_WARN, r, "",
                SAY("Their correlation is %.2f: the data know what both bring together"
                    " and hardly what each does.",
                    r),
                "Read their sum, run an experiment on one of them, or plan them apart.");
        }
    if (told == 0 && m->media > 1)
        ku_returns_find(
            l->out, "Moving together", pair, KU_NOTE, worst, "",
            SAY("The two channels that move most alike have a correlation of %.2f.", worst), "");
}

/* How much larger the error of each channel's effect is for the others: the diagonal of the
 * inverse correlations. */
static void look_at_inflation(const looking *l, const together *m)
{
    int n = m->media;
    double *a = KU_ARRAY(l->arena, (size_t)n * (size_t)n, double);
    double *unit = KU_ARRAY(l->arena, (size_t)n, double);
    for (int i = 0; i < n; i++)
        for (int j = 0; j <= i; j++)
            a[i * n + j] = i == j ? 1
                                  : dot(m->x + (size_t)i * m->rows, m->x + (size_t)j * m->rows,
                                        m->rows);
    if (n < 2) return;
    if (!ku_cholesky(a, n, n)) {
        ku_returns_find(l->out, "Collinear channels", "", KU_FAIL, INFINITY, "",
                        "One channel is exactly a mixture of others: no data can tell them apart.",
                        "Put such channels together.");
        return;
    }
    double worst = 0;
    int at = 0;
    for (int i = 0; i < n; i++) {
        memset(unit, 0, (size_t)n * sizeof *unit);
        unit[i] = 1;
        ku_cholesky_solve(a, n, n, unit);
        if (unit[i] > worst) worst = unit[i], at = i;
        if (unit[i] > inflated)
            ku_returns_find(l->out, "Collinear channels", m->name[i], KU_WARN, unit[i], "",
                            SAY("The other channels together nearly make it up: its effect is %.1f"
                                " times less certain for them (variance inflation %.0f).",
                                sqrt(unit[i]), unit[i]),
                            "Put channels together that are always planned together.");
    }
    if (worst <= inflated)
        ku_returns_find(l->out, "Collinear channels", m->name[at], KU_NOTE, worst, "",
                        SAY("The largest variance inflation is %.1f; up to 10 is bearable.", worst),
                        "");
}

/* The share of a channel's movements that two waves a year and a straight line explain. */
static double seasonal_share(const looking *l, const double *x, double *design, double *y)
{
    enum { TERMS = 6 };
    const ku_returns_data *d = l->d;
    int n = d->periods;
    double coefficient[TERMS], all = 0;
    for (int t = 0; t < n; t++) {
        double year = 2 * acos(-1) * d->date[d->before + t] / 365.25;
        y[t] = 0;
        for (int r = 0; r < d->regions; r++) y[t] += x[(size_t)t * (size_t)d->regions + (size_t)r];
        all += y[t] * y[t];
        double terms[TERMS] = {1,         t / (double)n, sin(year),
                               cos(year), sin(2 * year), cos(2 * year)};
        for (int k = 0; k < TERMS; k++) design[(size_t)k * (size_t)n + (size_t)t] = terms[k];
    }
    double rest = ku_least_squares(design, n, TERMS, y, coefficient);
    return all > 1e-12 ? 1 - rest / all : 0;
}

static void look_at_seasons(const looking *l, const together *m)
{
    const ku_returns_data *d = l->d;
    if (d->periods < 30) return;
    double *design = KU_ARRAY(l->arena, 6 * (size_t)d->periods, double);
    double *y = KU_ARRAY(l->arena, (size_t)d->periods, double);
    for (int i = 0; i < m->media; i++) {
        double share = seasonal_share(l, m->x + (size_t)i * m->rows, design, y);
        if (share < seasonal) continue;
        ku_returns_find(l->out, "Moving with the season", m->name[i], KU_WARN, share, "share",
                        SAY("%.0f %% of its movements follow the year and the trend: what it brings"
                            " and what the season brings are hard to tell apart, and it may get the"
                            " season's sales.",
                            100 * share),
                        "Hold it steady in some regions through a season, or test it.");
    }
}

static void look_together(const looking *l)
{
    const ku_returns_data *d = l->d;
    together m = {.rows = (size_t)d->periods * (size_t)d->regions};
    m.x = KU_ARRAY(l->arena, m.rows * (size_t)d->channels + 1, double);
    m.name = KU_ARRAY(l->arena, (size_t)d->channels + 1, const char *);
    for (int c = 0; c < d->channels; c++)
        if (total(l, d->channel[c].exposure) > 0) add_channel(l, &m, &d->channel[c]);
    m.media = m.columns;
    look_at_pairs(l, &m);
    look_at_inflation(l, &m);
    look_at_seasons(l, &m);
}

/* ---- all ------------------------------------------------------------------------------------ */

void ku_returns_check(const ku_returns_data *data, ku_returns_findings *findings)
{
    looking l = {.d = data, .out = findings, .arena = findings->arena};
    double all = 0;
    look_at_gaps(&l);
    look_at_negative(&l);
    look_at_size(&l);
    look_at_regions(&l);
    look_at_history(&l);
    for (int c = 0; c < data->channels; c++)
        if (data->channel[c].spend != NULL) all += total(&l, data->channel[c].spend);
    for (int c = 0; c < data->channels; c++) {
        const ku_returns_channel *channel = &data->channel[c];
        look_at_activity(&l, channel);
        look_at_variation(&l, channel);
        look_at_exposure(&l, channel);
        look_at_price(&l, channel);
        look_at_share(&l, channel, all);
    }
    look_together(&l);
}
