/* m4.c - the M4 competition's weekly and hourly series under its official scoring: the
 * default and single methods.
 *
 * The score OWA is the mean of sMAPE and MASE, each relative to that of the benchmark Naive2
 * (Makridakis, Spiliotis & Assimakopoulos 2020, Int. J. Forecasting 36): the last value,
 * multiplied by a season where a 90 % test of the autocorrelation sees one. MASE is scaled by
 * the steps of a week, or of a day for hourly series. MSIS is the width of the 95 % interval
 * and 40 times what lies outside, on that scale. Below zero counts as zero.
 *
 * What the default does with long and several seasons was chosen on origins inside the
 * training parts, which are the rows named "training": the last two horizons of each hourly
 * series, the last three of each weekly one. The test parts chose nothing. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "../process.h"
#include "forecast/outlook.h"

enum { MOST = 414, LONGEST = 2600, FURTHEST = 48, LINE = 1 << 17, DAY = 24 };

typedef struct contest {
    const char *name;
    int ahead, season, seasons[2], season_count;
    int scale;   /* periods back in the scale of MASE and in Naive2's season */
    int origins; /* inside the training parts */
    int fewest;  /* values before such an origin */
    double owa;  /* to reach */
} contest;

static const contest contests[] = {
    {"weekly", 13, 52, {52, 0}, 1, 1, 3, 50, 0.80},
    {"hourly", 48, 24, {24, 168}, 2, DAY, 2, 400, 0.50},
};

/* The methods that are measured by themselves; "" is the mean of mstl and lags. */
static const char *const names[] = {"naive", "snaive", "theta", "mstl", "lags", "", "auto"};
enum { NAMES = sizeof names / sizeof *names, BOTH = 5, AUTO = 6, MSTL = 3, LAGS = 4 };

typedef struct series {
    int n;
    double past[LONGEST], future[FURTHEST];
} series;

/* What one method says of one series. */
typedef struct forecast {
    double mean[FURTHEST], lo[FURTHEST], hi[FURTHEST];
} forecast;

typedef struct score {
    double smape, mase, covered, msis, seconds;
    int failed;
} score;

typedef struct bench {
    const contest *set;
    series *all;
    int count;
    void *work[NAMES];
    ku_outlook_work *outlook;
    ku_outlook out;
    ku_ahead ahead;
    int cases;
    score naive2, score[NAMES];
} bench;

/* ---- the series ----------------------------------------------------------------------------- */

/* The numbers of a line after its first field; fields may be quoted, empty ones end it. */
static int read_numbers(const char *line, double *to, int most)
{
    int n = 0;
    for (const char *at = strchr(line, ','); at != NULL && n < most; at = strchr(at, ',')) {
        char *end;
        at += at[1] == '"' ? 2 : 1;
        double value = strtod(at, &end);
        if (end == at) break;
        to[n++] = value;
    }
    return n;
}

static bool read_set(bench *b, const char *folder, char *line)
{
    char path[512], name[16];
    snprintf(name, sizeof name, "%s", b->set->name);
    name[0] = (char)(name[0] - 'a' + 'A');
    for (int test = 0; test < 2; test++) {
        snprintf(path, sizeof path, "%s/demand/m4/%s/%s-%s.csv%s", folder ? folder : ".",
                 test ? "Test" : "Train", name, test ? "test" : "train", test ? "" : ".gz");
        gzFile file = gzopen(path, "r"); /* reads plain files too */
        if (file == NULL || gzgets(file, line, LINE) == NULL) return false;
        b->count = 0;
        while (b->count < MOST && gzgets(file, line, LINE) != NULL) {
            series *s = &b->all[b->count++];
            if (test)
                read_numbers(line, s->future, FURTHEST);
            else
                s->n = read_numbers(line, s->past, LONGEST);
        }
        gzclose(file);
    }
    return true;
}

/* ---- the benchmark ---------------------------------------------------------------------------- */

/* The competition's test: is the autocorrelation at the season beyond 1.645 standard errors? */
static bool is_seasonal(const double *y, int n, int m)
{
    double mean = 0, all = 0, squares = 1, r = 0;
    if (m < 2 || n < 3 * m) return false;
    for (int t = 0; t < n; t++) mean += y[t] / n;
    for (int t = 0; t < n; t++) all += (y[t] - mean) * (y[t] - mean);
    for (int lag = 1; lag <= m; lag++) {
        r = 0;
        for (int t = lag; t < n; t++) r += (y[t] - mean) * (y[t - lag] - mean) / all;
        if (lag < m) squares += 2 * r * r;
    }
    return fabs(r) > 1.645 * sqrt(squares / n);
}

/* Factors of a classical multiplicative decomposition. */
static void factors(const double *y, int n, int m, double *to)
{
    int count[DAY] = {0};
    double sum = 0;
    for (int j = 0; j < m; j++) to[j] = 0;
    for (int t = m / 2; t < n - m / 2; t++) {
        double mean = (y[t - m / 2] + y[t + m / 2]) / 2;
        for (int k = 1 - m / 2; k < m / 2; k++) mean += y[t + k];
        to[t % m] += y[t] * m / mean;
        count[t % m]++;
    }
    for (int j = 0; j < m; j++) sum += (to[j] /= count[j]);
    for (int j = 0; j < m; j++) to[j] *= m / sum;
}

static void naive2(const contest *set, const double *y, int n, double *mean)
{
    double factor[DAY];
    int m = set->scale;
    bool seasonal = is_seasonal(y, n, m);
    if (seasonal) factors(y, n, m, factor);
    for (int j = 0; j < set->ahead; j++)
        mean[j] = seasonal ? y[n - 1] / factor[(n - 1) % m] * factor[(n + j) % m] : y[n - 1];
}

/* ---- scores ------------------------------------------------------------------------------------ */

static double scale_of(const contest *set, const double *y, int n)
{
    double sum = 0;
    for (int t = set->scale; t < n; t++) sum += fabs(y[t] - y[t - set->scale]);
    return sum / (n - set->scale);
}

static void add_errors(const contest *set, const double *future, const double *mean, double scale,
                       score *to)
{
    for (int j = 0; j < set->ahead; j++) {
        double m = fmax(mean[j], 0), miss = fabs(future[j] - m);
        to->smape += 200 * miss / (fabs(future[j]) + fabs(m)) / set->ahead;
        to->mase += miss / scale / set->ahead;
    }
}

static void add_interval(const contest *set, const double *future, const forecast *f, double scale,
                         score *to)
{
    for (int j = 0; j < set->ahead; j++) {
        double lo = fmax(f->lo[j], 0), hi = fmax(f->hi[j], 0);
        double outside = fmax(lo - future[j], 0) + fmax(future[j] - hi, 0);
        to->covered += (outside == 0) / (double)set->ahead;
        to->msis += (hi - lo + 40 * outside) / scale / set->ahead;
    }
}

/* ---- forecasts ----------------------------------------------------------------------------------- */

static void keep(const contest *set, const double *mean, double *const *bound, forecast *f)
{
    size_t size = (size_t)set->ahead * sizeof(double);
    memcpy(f->mean, mean, size);
    memcpy(f->lo, bound[2], size);
    memcpy(f->hi, bound[3], size);
}

/* False: refused, and the last value stands in. */
static bool run_one(bench *b, int name, const ku_past *past, forecast *f)
{
    bool made;
    if (name == AUTO) {
        ku_outlook_make(b->outlook, past, ku_rng_make(4, 0), &b->out);
        made = b->out.forecast;
        if (made) keep(b->set, b->out.mean, b->out.bound, f);
    } else {
        made = ku_method_find(names[name])
                   ->forecast(b->work[name], past, ku_rng_make(4, 0), &b->ahead);
        if (made) keep(b->set, b->ahead.mean, b->ahead.bound, f);
    }
    for (int j = 0; !made && j < b->set->ahead; j++)
        f->mean[j] = f->lo[j] = f->hi[j] = past->y[past->n - 1];
    return made;
}

static void mean_of_two(const contest *set, const forecast *a, const forecast *c, forecast *to)
{
    for (int j = 0; j < set->ahead; j++) {
        to->mean[j] = (a->mean[j] + c->mean[j]) / 2;
        to->lo[j] = (a->lo[j] + c->lo[j]) / 2;
        to->hi[j] = (a->hi[j] + c->hi[j]) / 2;
    }
}

static void run_case(bench *b, const double *y, int n, const double *future)
{
    const contest *set = b->set;
    ku_past past = {.y = y, .n = n, .season = set->season, .season_count = set->season_count};
    memcpy(past.seasons, set->seasons, sizeof set->seasons);
    double mean[FURTHEST], scale = scale_of(set, y, n);
    forecast made[NAMES];
    if (!(scale > 0)) return;
    b->cases++;
    naive2(set, y, n, mean);
    add_errors(set, future, mean, scale, &b->naive2);
    for (int i = 0; i < NAMES; i++) {
        double began = processor_seconds();
        if (i == BOTH)
            mean_of_two(set, &made[MSTL], &made[LAGS], &made[i]);
        else
            b->score[i].failed += !run_one(b, i, &past, &made[i]);
        b->score[i].seconds += processor_seconds() - began;
        add_errors(set, future, made[i].mean, scale, &b->score[i]);
        add_interval(set, future, &made[i], scale, &b->score[i]);
    }
}

static bool prepare(bench *b, ku_arena *arena)
{
    const int h = b->set->ahead, season = b->set->seasons[b->set->season_count - 1];
    ku_outlook_options options = {.horizon = h, .shortest = 3, .model = KU_OUTLOOK_AUTO};
    b->outlook = ku_outlook_work_new(arena, LONGEST, season, &options);
    b->ahead = (ku_ahead){.h = h, .mean = KU_ARRAY(arena, (size_t)h, double)};
    for (int i = 0; i < KU_BOUNDS; i++) b->ahead.bound[i] = KU_ARRAY(arena, (size_t)h, double);
    for (int i = 0; i < BOTH; i++) {
        b->work[i] = ku_method_find(names[i])->work_new(arena, LONGEST, season, h);
        if (b->work[i] == NULL) return false;
    }
    return b->outlook != NULL && ku_outlook_room(arena, h, LONGEST, &b->out);
}

/* ---- the table ------------------------------------------------------------------------------------- */

static void report(const bench *b, bool test)
{
    for (int i = 0; i < NAMES; i++) {
        const score *s = &b->score[i];
        double owa = (s->smape / b->naive2.smape + s->mase / b->naive2.mase) / 2;
        char target[16] = "", refused[32] = "";
        if (test && i == AUTO) snprintf(target, sizeof target, "<= %.2f", b->set->owa);
        if (s->failed > 0) snprintf(refused, sizeof refused, ", %d refused", s->failed);
        printf("M4 %s, %s: OWA of %s\t%.3f\t\t%s\tsMAPE %.2f, MASE %.3f, 95 %% coverage %.3f,"
               " MSIS %.2f, processor %.2f s%s\n",
               b->set->name, test ? "test" : "training", i == BOTH ? "mstl+lags" : names[i], owa,
               target, s->smape / b->cases, s->mase / b->cases, s->covered / b->cases,
               s->msis / b->cases,
               i == BOTH ? b->score[MSTL].seconds + b->score[LAGS].seconds : s->seconds, refused);
    }
}

/* Training origins, or the test part. */
static void measure(bench *b, bool test)
{
    const contest *set = b->set;
    b->cases = 0;
    b->naive2 = (score){0};
    memset(b->score, 0, sizeof b->score);
    for (int i = 0; i < b->count; i++) {
        const series *s = &b->all[i];
        if (test) run_case(b, s->past, s->n, s->future);
        for (int k = 1; !test && k <= set->origins; k++) {
            int n = s->n - k * set->ahead;
            if (n >= set->fewest) run_case(b, s->past, n, s->past + n);
        }
    }
    printf("M4 %s, %s: sMAPE of Naive2\t%.3f\t%%\t\tMASE %.3f, %d forecasts%s\n", set->name,
           test ? "test" : "training", b->naive2.smape / b->cases, b->naive2.mase / b->cases,
           b->cases,
           !test            ? ""
           : set->scale > 1 ? "; official 18.383, 2.395"
                            : "; official 9.161, 2.777");
    report(b, test);
}

int main(void)
{
    for (size_t i = 0; i < sizeof contests / sizeof *contests; i++) {
        ku_arena *arena = ku_arena_new();
        bench b = {.set = &contests[i], .all = KU_ARRAY(arena, MOST, series)};
        char *line = KU_ARRAY(arena, LINE, char);
        if (!read_set(&b, getenv("KEMUDI_DATA"), line) || !prepare(&b, arena)) {
            printf("M4 %s\tskipped\t\t\tthe M4 series are not here\n", contests[i].name);
        } else {
            measure(&b, false);
            measure(&b, true);
        }
        ku_arena_free(arena);
    }
    return 0;
}
