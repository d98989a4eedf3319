/* tables.c - the bridge from the last returns to the present ones, and what was different. */
#include <math.h>
#include <string.h>

#include "analyses/returns/refresh/refresh.h"

static const char *const labels[REFRESH_STEPS] = {"Last model", "Restated data", "New data",
                                                  "Settings", "Beliefs"};

typedef struct bridge {
    ku_frame_builder *b;
    const char *channel;
    int step;
} bridge;

static void row(bridge *to, const char *label, const refresh_estimate *after, double change,
                double error, const char *note)
{
    ku_build_text(to->b, 0, to->channel);
    ku_build_int(to->b, 1, to->step++);
    ku_build_text(to->b, 2, label);
    ku_build_double(to->b, 3, change);
    ku_build_double(to->b, 4, change - 1.959963984540054 * error);
    ku_build_double(to->b, 5, change + 1.959963984540054 * error);
    ku_build_double(to->b, 6, after->mean);
    ku_build_double(to->b, 7, after->lo);
    ku_build_double(to->b, 8, after->hi);
    ku_build_text(to->b, 9, note);
    ku_build_row(to->b);
}

/* New data alone should move an estimate by no more than the doubt that they take away: the
 * variance of the change of a posterior mean is what the posterior variance falls by. That is
 * about the share of new data in all, and may show in the two models too. */
static const char *note_on_new_data(const refresh_estimate *before, const refresh_estimate *after,
                                    double share, double error)
{
    double fell = fmax(share * before->sd * before->sd,
                       before->sd * before->sd - after->sd * after->sd);
    double moved = fabs(after->mean - before->mean);
    if (moved <= 1.959963984540054 * error) return "within the error of the calculation";
    return moved <= 1.959963984540054 * sqrt(fell + error * error)
               ? "as much as new data may move it"
               : "more than new data should move it: look for what else has changed";
}

static double share_new(const refresh *r)
{
    double before = r->fit[REFRESH_LAST].state->data.periods;
    return fmax(0, 1 - before / r->fit[REFRESH_NEW].state->data.periods);
}

static const char *note_on(const refresh *r, int step, const refresh_estimate *before,
                           const refresh_estimate *after, double error)
{
    if (r->fit[step].state == NULL) return "nothing changed";
    if (step == REFRESH_NEW) return note_on_new_data(before, after, share_new(r), error);
    return fabs(after->mean - before->mean) <= 1.959963984540054 * error
               ? "within the error of the calculation"
               : "";
}

static void channel_bridge(const refresh *r, int channel, bridge *to)
{
    const refresh_fit *last = &r->fit[REFRESH_LAST];
    const refresh_estimate *at = &last->own[channel];
    if (isnan(at->mean)) { /* the last model did not know it */
        for (int k = REFRESH_STEPS - 1; k > REFRESH_LAST; k--)
            if (r->fit[k].state != NULL && !isnan(r->fit[k].own[channel].mean)) {
                const refresh_estimate *own = &r->fit[k].own[channel];
                row(to, "This model", own, own->mean, own->error, "the last model did not have it");
                return;
            }
        return;
    }
    row(to, labels[REFRESH_LAST], at, at->mean, at->error, "");
    for (int k = REFRESH_RESTATED; k < REFRESH_STEPS; k++) {
        const refresh_fit *f = r->fit[k].state != NULL ? &r->fit[k] : last;
        const refresh_estimate *before = &last->same[channel], *after = &f->same[channel];
        bool gone = isnan(after->mean);
        double error = f == last || gone ? 0 : hypot(before->error, after->error);
        row(to, labels[k], gone ? before : after, gone ? 0 : after->mean - before->mean, error,
            gone ? "no spend in it any more" : note_on(r, k, before, after, error));
        if (!gone) last = f;
    }
    const refresh_estimate *own = &last->own[channel];
    row(to, "Later window", own, own->mean - last->same[channel].mean, 0,
        "the same model, over the new periods too");
    row(to, "This model", own, own->mean, own->error, "");
}

static ku_status put_differences(const refresh *r, ku_frames *out, ku_error *err)
{
    ku_frame_builder *b = ku_run_output(r->context, "differences");
    for (int i = 0; i < r->differences; i++) {
        const refresh_difference *d = &r->difference[i];
        ku_build_text(b, 0, labels[d->step]);
        ku_build_text(b, 1, d->about);
        ku_build_text(b, 2, d->before);
        ku_build_text(b, 3, d->now);
        ku_build_text(b, 4, d->meaning);
        ku_build_row(b);
    }
    return ku_frames_add_built(out, b, err);
}

static void tell(const refresh *r)
{
    int fits = 0;
    for (int k = 0; k < REFRESH_STEPS; k++) fits += r->fit[k].state != NULL;
    if (fits == 1)
        ku_run_remark(r->context, KU_NOTE, "differences",
                      "Nothing is other than in the last model: the same data, settings and "
                      "beliefs.");
}

ku_status refresh_tables(refresh *r, ku_frames *out, ku_error *err)
{
    bridge to = {.b = ku_run_output(r->context, "bridge")};
    tell(r);
    for (int c = 0; c < r->channel.count; c++) {
        to.channel = r->channel.name[c];
        to.step = 1;
        channel_bridge(r, c, &to);
    }
    KU_TRY(ku_frames_add_built(out, to.b, err));
    return put_differences(r, out, err);
}
