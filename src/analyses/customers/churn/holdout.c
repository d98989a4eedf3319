/* holdout.c - what the forecasts of past dates were worth. */
#include <math.h>

#include "analyses/customers/churn/outlook.h"

enum { TENTHS = 10 };

typedef struct tested {
    forecasts f;
    const double *silent;           /* days since the last purchase */
    double expected, actual, noise; /* margin of those who stayed */
} tested;

/* The test of the last window, corrected by the tests before it, or of all windows as they
 * were forecast. */
static tested gather(const outlook *o, bool last)
{
    const design *d = o->d;
    const hazard *h = o->h;
    ku_arena *arena = ku_run_arena(o->context);
    double *p = KU_ARRAY(arena, d->learn + 1, double), *y = KU_ARRAY(arena, d->learn + 1, double);
    double *silent = KU_ARRAY(arena, d->learn + 1, double);
    tested t = {.f = {.p = p, .y = y}, .silent = silent};
    for (size_t i = 0; i < d->learn; i++) {
        if (isnan(h->forecast[i]) || (last && d->learn_window[i] != 1)) continue;
        double eta = score_log_odds(h->forecast[i]);
        p[t.f.rows] = last ? ku_logistic(h->shift_last + h->slope_last * eta) : h->forecast[i];
        y[t.f.rows] = h->left[i];
        silent[t.f.rows++] = ku_column_number(d->silent, d->learn_row[i]);
        if (h->left[i] != 0 || isnan(h->worth[i])) continue;
        double came = ku_column_number(d->later_margin, d->learn_row[i]);
        t.expected += h->worth[i];
        t.actual += came;
        t.noise += (came - h->worth[i]) * (came - h->worth[i]);
    }
    return t;
}

static void put(ku_frame_builder *to, const char *test, const char *measure, estimate e,
                const char *unit, const char *reading)
{
    ku_build_text(to, 0, test);
    ku_build_text(to, 1, measure);
    ku_build_double(to, 2, e.value);
    ku_build_double(to, 3, e.lo);
    ku_build_double(to, 4, e.hi);
    ku_build_text(to, 5, unit);
    ku_build_text(to, 6, reading);
    ku_build_row(to);
}

static estimate plain(double value)
{
    return (estimate){value, NAN, NAN};
}

/* Of those who left, how many were in the tenth most at risk. */
static estimate found_in_top(const tenth *group, int groups)
{
    double left = 0;
    for (int g = 0; g < groups; g++) left += group[g].happened;
    return churn_share(groups > 0 ? group[groups - 1].happened : 0, left);
}

static void put_test(const outlook *o, const tested *t, const char *test, const tenth *group,
                     int groups, ku_frame_builder *to)
{
    ku_arena *arena = ku_run_arena(o->context);
    forecasts silence = {t->f.rows, t->silent, t->f.y}, same = t->f;
    double left = 0, expected = 0, *constant = KU_ARRAY(arena, t->f.rows + 1, double);
    calibration c;
    for (size_t i = 0; i < t->f.rows; i++) left += t->f.y[i];
    for (size_t i = 0; i < t->f.rows; i++) expected += t->f.p[i];
    for (size_t i = 0; i < t->f.rows; i++) constant[i] = left / (double)t->f.rows;
    same.p = constant;
    put(to, test, "Customers tested", plain((double)t->f.rows), "customers", "");
    put(to, test, "Left", churn_share(left, (double)t->f.rows), "share", "what happened");
    put(to, test, "Expected to leave", plain(expected / (double)t->f.rows), "share",
        "what was forecast");
    put(to, test, "Of a leaver and a stayer, told apart", score_auc(&t->f, arena), "share",
        "50 % is guessing; area under the ROC curve");
    put(to, test, "The same by days of silence alone", score_auc(&silence, arena), "share",
        "what the drivers must beat");
    put(to, test, "Of the leavers, in the tenth most at risk", found_in_top(group, groups), "share",
        "10 % is guessing");
    put(to, test, "Squared miss", score_brier(&t->f), "", "Brier score; 0 is perfect");
    put(to, test, "Squared miss with one rate for all", score_brier(&same), "",
        "what the forecast must beat");
    if (score_calibration(&t->f, arena, &c)) {
        put(to, test, "Calibration level", c.intercept, "", "0 is perfect; log odds");
        put(to, test, "Calibration slope", c.slope, "", "1 is perfect; below: too bold");
    }
    if (t->expected > 0)
        put(to, test, "Margin of those who stayed, against forecast",
            churn_around(t->actual / t->expected, sqrt(t->noise) / t->expected), "share",
            "100 % is perfect");
}

ku_status holdout_put(const outlook *o, ku_frames *out, ku_error *err)
{
    ku_frame_builder *holdout = ku_run_output(o->context, "holdout");
    ku_frame_builder *tenths = ku_run_output(o->context, "calibration");
    for (int last = 1; last >= 0 && o->h->test != TEST_NONE; last--) {
        tenth group[TENTHS];
        tested t = gather(o, last);
        int groups = score_groups(&t.f, TENTHS, ku_run_arena(o->context), group);
        const char *test = o->h->test == TEST_CUSTOMERS ? "Other half of customers"
                           : last                       ? "Latest horizon"
                                                        : "All test horizons";
        if (!last && o->h->tests < 2) break;
        put_test(o, &t, test, group, groups, holdout);
        for (int g = 0; g < groups; g++) {
            estimate seen = churn_share(group[g].happened, group[g].rows);
            ku_build_text(tenths, 0, test);
            ku_build_int(tenths, 1, g + 1);
            ku_build_int(tenths, 2, (int64_t)group[g].rows);
            ku_build_double(tenths, 3, group[g].expected);
            ku_build_double(tenths, 4, seen.value);
            ku_build_double(tenths, 5, seen.lo);
            ku_build_double(tenths, 6, seen.hi);
            ku_build_row(tenths);
        }
    }
    KU_TRY(ku_frames_add_built(out, holdout, err));
    return ku_frames_add_built(out, tenths, err);
}
