/* m3.c - the automatic forecast on the M3 competition's 3,003 series: accuracy, coverage and
 * cost of the default, and from what its few constants were chosen.
 *
 * The test parts only grade. What was chosen was chosen on the held-out ends: each training
 * part without its last horizon is forecast and compared with that horizon. The rows that
 * begin with "held-out ends" print those comparisons: how slowly the weights of the
 * exponential smoothing models fall (ku_ets_temper), the power of the errors in the weights
 * of the methods, and the standardised errors' quantiles by length (spread.c). */
#include <math.h>
#include <string.h>
#include <zlib.h>

#include "../process.h"
#include "forecast/combine/combine.h"
#include "forecast/ets/average.h"
#include "forecast/outlook.h"

enum { MOST = 3003, LONGEST = 200, FURTHEST = 18 };

typedef struct series {
    char id[8];
    int season, ahead, train, n; /* values of the training part, and of both */
    double y[LONGEST + FURTHEST];
} series;

typedef struct bench {
    series *all;
    int count;
    ku_arena *arena;
} bench;

/* What a set of forecasts was worth. */
typedef struct score {
    double smape, mase;
    int graded, scaled, values, inside80, inside95, above, below;
} score;

static void skipped(const char *why)
{
    printf("Default on M3\tskipped\t\t\t%s\n", why);
    exit(0);
}

static void read_series(bench *b, const char *folder)
{
    char path[512], line[256], id[8], part[8];
    int season, ahead;
    double value;
    snprintf(path, sizeof path, "%s/demand/m3/M3_long.csv.gz", folder ? folder : ".");
    gzFile file = gzopen(path, "r");
    if (file == NULL) skipped("the M3 series are not here");
    b->all = KU_ARRAY(b->arena, MOST, series);
    while (gzgets(file, line, sizeof line) != NULL) {
        if (sscanf(line, "%7[^,],%*[^,],%d,%d,%*[^,],%7[^,],%*d,%lf", id, &season, &ahead, part,
                   &value) != 5)
            continue; /* the heading */
        if (b->count == 0 || strcmp(b->all[b->count - 1].id, id) != 0) {
            if (b->count == MOST) break;
            series *s = &b->all[b->count++];
            memcpy(s->id, id, sizeof id);
            s->season = season;
            s->ahead = ahead;
        }
        series *s = &b->all[b->count - 1];
        if (s->n < LONGEST + FURTHEST) s->y[s->n++] = value;
        if (strcmp(part, "train") == 0) s->train = s->n;
    }
    gzclose(file);
}

/* ---- grading ------------------------------------------------------------------------------- */

/* The past of a series that ends `held` values before the end of its training part. */
static ku_past past_of(const series *s, int held)
{
    ku_past past = {.y = s->y, .n = s->train - held, .season = s->season};
    if (s->season > 1) past.seasons[past.season_count++] = s->season;
    return past;
}

/* Mean absolute error of the seasonal naive forecast within the past: the scale of MASE. */
static double scale_of(const ku_past *past)
{
    int m = past->season < past->n ? past->season : 1;
    double sum = 0;
    for (int t = m; t < past->n; t++) sum += fabs(past->y[t] - past->y[t - m]);
    return sum / (past->n - m);
}

static void grade(score *to, const ku_past *past, int h, const double *mean)
{
    const double *truth = past->y + past->n;
    double smape = 0, mae = 0, scale = scale_of(past);
    for (int k = 0; k < h; k++) {
        double error = fabs(truth[k] - mean[k]);
        smape += 200 * error / (fabs(truth[k]) + fabs(mean[k])) / h;
        mae += error / h;
    }
    to->smape += smape;
    to->graded++;
    if (!(scale > 0)) return;
    to->mase += mae / scale;
    to->scaled++;
}

static void grade_bounds(score *to, const ku_past *past, int h, double *const bound[KU_BOUNDS])
{
    const double *truth = past->y + past->n;
    for (int k = 0; k < h; k++) {
        to->values++;
        to->inside80 += truth[k] >= bound[0][k] && truth[k] <= bound[1][k];
        to->inside95 += truth[k] >= bound[2][k] && truth[k] <= bound[3][k];
        to->above += truth[k] > bound[3][k];
        to->below += truth[k] < bound[2][k];
    }
}

static double percent(int part, int of)
{
    return 100.0 * part / of;
}

/* ---- the default ------------------------------------------------------------------------------ */

/* Held: how many horizons of the training part are held back; 0 grades on the test part. */
static score run_default(const bench *b, int held, double *seconds)
{
    score total = {0};
    ku_outlook_work *work[FURTHEST + 1] = {NULL};
    ku_outlook out = {0};
    ku_outlook_room(b->arena, FURTHEST, LONGEST, &out);
    const ku_outlook empty = out;
    double began = processor_seconds();
    for (int i = 0; i < b->count; i++) {
        const series *s = &b->all[i];
        ku_past past = past_of(s, held * s->ahead);
        ku_outlook_options options = {.horizon = s->ahead, .shortest = 3, .model = KU_OUTLOOK_AUTO};
        if (work[s->ahead] == NULL)
            work[s->ahead] = ku_outlook_work_new(b->arena, LONGEST, 12, &options);
        out = empty;
        ku_outlook_make(work[s->ahead], &past, ku_rng_make(1, (uint64_t)i), &out);
        grade(&total, &past, s->ahead, out.mean);
        grade_bounds(&total, &past, s->ahead, out.bound);
    }
    *seconds = processor_seconds() - began;
    return total;
}

static void show_default(const bench *b)
{
    double seconds, unused;
    score s = run_default(b, 0, &seconds);
    double cover = percent(s.inside95, s.values);
    printf("Default on M3: sMAPE\t%.2f\t%%\t<= 12.30\tmean over %d series, all horizons\n",
           s.smape / s.graded, s.graded);
    printf("Default on M3: MASE\t%.3f\t\t<= 1.335\tmean over %d series\n", s.mase / s.scaled,
           s.scaled);
    printf("Default on M3: 95 %% intervals hold, at least\t%.1f\t%%\t>= 93\t%d values; above"
           " %.1f %%, below %.1f %%\n",
           cover, s.values, percent(s.above, s.values), percent(s.below, s.values));
    printf("Default on M3: 95 %% intervals hold, at most\t%.1f\t%%\t<= 97\t\n", cover);
    printf("Default on M3: 80 %% intervals hold\t%.1f\t%%\t\t\n", percent(s.inside80, s.values));
    printf("Default on M3: processor time\t%.1f\ts\t<= 60\tone thread, forecasts with"
           " intervals\n",
           seconds);
    s = run_default(b, 1, &unused);
    printf("Default on held-out ends\t%.2f\t%%\t\tsMAPE; MASE %.3f; 95 %% intervals hold %.1f %%,"
           " 80 %% %.1f %%\n",
           s.smape / s.graded, s.mase / s.scaled, percent(s.inside95, s.values),
           percent(s.inside80, s.values));
}

/* Series made of several copies end to end: time a value must not grow with length. */
static void show_growth(const bench *b)
{
    enum { COPIES = 4, SAMPLE = 100, STEP = 29 };
    double seconds[2] = {0}, *y = KU_ARRAY(b->arena, COPIES * LONGEST, double);
    ku_outlook_options options = {.horizon = 12, .shortest = 3, .model = KU_OUTLOOK_AUTO};
    ku_outlook_work *work = ku_outlook_work_new(b->arena, COPIES * LONGEST, 12, &options);
    ku_outlook out = {0};
    ku_outlook_room(b->arena, 12, COPIES * LONGEST, &out);
    const ku_outlook empty = out;
    for (int i = 0; i < SAMPLE; i++) {
        const series *s = &b->all[b->count - 200 - i * STEP % 1400]; /* of the monthly ones */
        ku_past past = past_of(s, 0);
        for (int copies = 1, k = 0; copies <= COPIES; copies *= COPIES, k++) {
            for (int t = 0; t < copies * s->train; t++)
                y[t] = s->y[t % s->train] * (1 + 0.1 * (t / s->train));
            past.y = y;
            past.n = copies * s->train;
            out = empty;
            double began = processor_seconds();
            ku_outlook_make(work, &past, ku_rng_make(1, 1), &out);
            seconds[k] += processor_seconds() - began;
        }
    }
    printf("Default: time of series four times as long\t%.1f\tx\t<= 6\t%d series\n",
           seconds[1] / seconds[0], SAMPLE);
}

/* ---- what was chosen on the held-out ends -------------------------------------------------------- */

static void show_temper(const bench *b)
{
    static const double temper[] = {2, 4, 8, 16, 32};
    double mean[FURTHEST], bound[KU_BOUNDS][FURTHEST];
    ku_ahead ahead = {.mean = mean};
    for (int k = 0; k < KU_BOUNDS; k++) ahead.bound[k] = bound[k];
    void *work = ku_ets_average_new(b->arena, LONGEST, 12, FURTHEST);
    for (size_t k = 0; k < sizeof temper / sizeof *temper; k++) {
        score s = {0};
        for (int i = 0; i < b->count; i++) {
            ku_past past = past_of(&b->all[i], b->all[i].ahead);
            ahead.h = b->all[i].ahead;
            if (ku_ets_average(work, temper[k], &past, &ahead))
                grade(&s, &past, ahead.h, ahead.mean);
        }
        printf("held-out ends: smoothing models averaged, temper %.0f%s\t%.2f\t%%\t\tsMAPE; MASE"
               " %.3f\n",
               temper[k], temper[k] == ku_ets_temper ? " (chosen)" : "", s.smape / s.graded,
               s.mase / s.scaled);
    }
}

typedef struct made {
    ku_combine_result result;
    double mean[KU_COMBINE_MEMBERS][FURTHEST];
} made;

/* The members' own forecasts at the held-out origin and what each missed before it. */
static made *make_members(const bench *b)
{
    made *all = KU_ARRAY(b->arena, (size_t)b->count, made);
    double mean[FURTHEST], bound[KU_BOUNDS][FURTHEST];
    void *work[64] = {NULL};
    ku_combine_work *combine[FURTHEST + 1] = {NULL};
    for (int i = 0; i < b->count; i++) {
        const series *s = &b->all[i];
        ku_past past = past_of(s, s->ahead);
        ku_ahead ahead = {.h = s->ahead, .mean = mean};
        for (int k = 0; k < KU_BOUNDS; k++) ahead.bound[k] = bound[k];
        if (combine[s->ahead] == NULL)
            combine[s->ahead] = ku_combine_work_new(b->arena, LONGEST, 12, s->ahead, NULL);
        ku_combine(combine[s->ahead], &past, false, ku_rng_make(1, (uint64_t)i), &ahead,
                   &all[i].result);
        for (int m = 0; m < all[i].result.members; m++) {
            const ku_method *method = all[i].result.member[m].method;
            int at = 0;
            while (ku_methods[at] != method) at++;
            if (work[at] == NULL) work[at] = method->work_new(b->arena, LONGEST, 12, FURTHEST);
            ahead.mean = all[i].mean[m];
            method->forecast(work[at], &past, ku_rng_make(1, (uint64_t)i), &ahead);
        }
    }
    return all;
}

static void show_members(const bench *b, const made *all)
{
    for (int m = 0; m < KU_COMBINE_MEMBERS; m++) {
        score s = {0};
        const char *title = NULL;
        for (int i = 0; i < b->count; i++) {
            if (all[i].result.kind != KU_COMBINE_USUAL || m >= all[i].result.members) continue;
            ku_past past = past_of(&b->all[i], b->all[i].ahead);
            title = all[i].result.member[m].method->title;
            grade(&s, &past, b->all[i].ahead, all[i].mean[m]);
        }
        if (s.graded == b->count)
            printf("held-out ends: %s alone\t%.2f\t%%\t\tsMAPE; MASE %.3f\n", title,
                   s.smape / s.graded, s.mase / s.scaled);
    }
}

static void show_power(const bench *b, const made *all)
{
    static const double power[] = {0, 0.5, 1, 2};
    for (size_t k = 0; k < sizeof power / sizeof *power; k++) {
        score s = {0};
        for (int i = 0; i < b->count; i++) {
            double mean[FURTHEST] = {0};
            ku_combine_result r = all[i].result;
            ku_past past = past_of(&b->all[i], b->all[i].ahead);
            bool weighed = r.kind == KU_COMBINE_USUAL && r.misses.count > 0;
            ku_combine_weigh(r.member, r.members, weighed ? power[k] : 0);
            for (int m = 0; m < r.members; m++)
                for (int t = 0; t < b->all[i].ahead; t++)
                    mean[t] += r.member[m].weight * all[i].mean[m][t];
            grade(&s, &past, b->all[i].ahead, mean);
        }
        printf("held-out ends: weights 1 / error^%.1f\t%.2f\t%%\t\tsMAPE; MASE %.3f\n", power[k],
               s.smape / s.graded, s.mase / s.scaled);
    }
}

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Quantiles of |error| over its standard deviation, as a multiple of the normal ones. The
 * deviation is taken from intervals that nothing widened. */
static void show_spread(const bench *b)
{
    static const int edge[] = {0, 12, 16, 30, 50, 100, 200};
    double *ratio = KU_ARRAY(b->arena, (size_t)b->count * FURTHEST, double);
    double mean[FURTHEST], bound[KU_BOUNDS][FURTHEST];
    ku_combine_work *work = ku_combine_work_new(b->arena, LONGEST, 12, FURTHEST, NULL);
    for (size_t k = 0; k + 1 < sizeof edge / sizeof *edge; k++) {
        size_t count = 0;
        for (int i = 0; i < b->count; i++) {
            ku_combine_result r;
            ku_past past = past_of(&b->all[i], b->all[i].ahead);
            ku_ahead ahead = {.h = b->all[i].ahead, .mean = mean};
            for (int q = 0; q < KU_BOUNDS; q++) ahead.bound[q] = bound[q];
            if (past.n < edge[k] || past.n >= edge[k + 1]) continue;
            if (!ku_combine(work, &past, true, ku_rng_make(1, 1), &ahead, &r)) continue;
            for (int t = 0; t < ahead.h; t++)
                ratio[count++] = fabs(past.y[past.n + t] - mean[t]) /
                                 sqrt(ku_combine_variance(work, t));
        }
        if (count == 0) continue;
        qsort(ratio, count, sizeof *ratio, ascending);
        double middle = (edge[k] ? edge[k] : 8) / 2.0 + edge[k + 1] / 2.0;
        printf("held-out ends: error over deviation, %d to %d values\t%.2f\tx\t\tat 95 %%, used"
               " near %.2f; at 80 %% %.2f, used near %.2f\n",
               edge[k], edge[k + 1] - 1, ratio[(size_t)(0.95 * (double)count)] / 1.959964,
               ku_spread_factor(3, (int)middle, &(ku_misses){0}),
               ratio[(size_t)(0.8 * (double)count)] / 1.281552,
               ku_spread_factor(1, (int)middle, &(ku_misses){0}));
    }
}

int main(void)
{
    bench b = {.arena = ku_arena_new()};
    setvbuf(stdout, NULL, _IOLBF, 0);
    read_series(&b, getenv("KEMUDI_DATA"));
    show_default(&b);
    show_growth(&b);
    show_temper(&b);
    const made *all = make_members(&b);
    show_members(&b, all);
    show_power(&b, all);
    show_spread(&b);
    ku_arena_free(b.arena);
    return 0;
}
