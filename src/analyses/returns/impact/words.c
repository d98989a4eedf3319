/* words.c - the result in words, and whether to believe it.
 *
 * Three things make such a result wrong: a past that tells little of the series, something to
 * compare with that was itself changed, and a world that went another way at the same time. The
 * first two leave marks that can be looked for; each check says what was found and what to do. */
#include <math.h>

#include "analyses/returns/impact/result.h"
#include "base/format.h"

const char *impact_date(const impact_study *study, int place, ku_arena *arena)
{
    char text[KU_SERIES_DATE];
    int64_t date = ku_series_date(&study->period, study->start, place);
    return ku_arena_strdup(arena, ku_series_date_text(&study->period, date, text));
}

static const char *number(double value, const char *unit, ku_arena *arena)
{
    char text[KU_NUMBER_TEXT];
    return ku_arena_strdup(arena, ku_format_number(text, value, unit, NULL));
}

static const char *range(ku_impact_estimate e, const char *unit, ku_arena *arena)
{
    return ku_arena_printf(arena, "%s to %s", number(e.lo, unit, arena), number(e.hi, unit, arena));
}

/* ---- in words --------------------------------------------------------------------------------------- */

static const char *period_name(const impact_result *r, ku_arena *arena)
{
    char text[KU_SERIES_PERIOD];
    if (r->study->period.numbers) return "period";
    return ku_arena_strdup(arena, ku_series_period_name(&r->study->period, text));
}

static const char *say_expected(const impact_result *r, ku_arena *arena)
{
    const impact_study *s = r->study;
    const ku_impact_total *a = &r->impact.average;
    return ku_arena_printf(
        arena,
        "From %s to %s, \"%s\" had %s a %s on average (%d counted). Without what was done, %s "
        "would have been expected (95 %% interval %s).",
        impact_date(s, s->series.first, arena), impact_date(s, s->series.n - 1, arena), s->name,
        number(a->actual, "", arena), period_name(r, arena), r->impact.periods,
        number(a->predicted.mean, "", arena), range(a->predicted, "", arena));
}

static const char *say_effect(const impact_result *r, ku_arena *arena)
{
    const ku_impact *i = &r->impact;
    const ku_impact_estimate *e = &i->sum.effect;
    const char *period = period_name(r, arena);
    const char *relative = isnan(i->sum.relative.mean)
                               ? ""
                               : ku_arena_printf(arena, ", %s (%s)",
                                                 number(i->sum.relative.mean, "change", arena),
                                                 range(i->sum.relative, "change", arena));
    if (e->lo > 0 || e->hi < 0)
        return ku_arena_printf(
            arena,
            "It %s the outcome by %s a %s%s, in all by %s (%s). As much by chance alone would "
            "be seen in %s of cases.",
            e->mean > 0 ? "raised" : "lowered", number(fabs(i->average.effect.mean), "", arena),
            period, relative, number(fabs(e->mean), "", arena), range(*e, "", arena),
            number(i->tail, "share", arena));
    return ku_arena_printf(
        arena,
        "The difference is %s a %s%s, in all %s (%s): the interval holds 0, so it may be "
        "chance. An effect below about %s a %s could hardly have been seen here.",
        number(i->average.effect.mean, "", arena), period, relative, number(e->mean, "", arena),
        range(*e, "", arena), number(2.8 * i->average.effect.sd, "", arena), period);
}

static const char *say_cost(const impact_result *r, ku_arena *arena)
{
    const ku_impact_estimate *e = &r->impact.sum.effect;
    if (isnan(r->cost) || r->cost <= 0) return "";
    double by = r->worth / r->cost;
    return ku_arena_printf(
        arena, " It cost %s; for each 1 spent %s came back (%s).", number(r->cost, "money", arena),
        number(e->mean * by, "", arena),
        range((ku_impact_estimate){e->mean * by, 0, e->lo * by, e->hi * by}, "", arena));
}

static int right_placebos(const impact_result *r)
{
    int right = 0;
    for (int i = 0; i < r->placebos; i++) right += r->placebo[i].covers;
    return right;
}

static const char *say_placebos(const impact_result *r, ku_arena *arena)
{
    if (r->placebos == 0) return "";
    return ku_arena_printf(arena,
                           " On %d earlier days, when nothing was done, the same reckoning rightly "
                           "found nothing %d times.",
                           r->placebos, right_placebos(r));
}

const char *impact_words(const impact_result *r, ku_arena *arena)
{
    return ku_arena_printf(arena, "%s %s%s%s", say_expected(r, arena), say_effect(r, arena),
                           say_cost(r, arena), say_placebos(r, arena));
}

/* ---- checks ----------------------------------------------------------------------------------------- */

typedef enum verdict { GOOD, DOUBTFUL, BAD } verdict;

typedef struct checker {
    const impact_result *r;
    ku_run_context *context;
    ku_arena *arena;
    ku_frame_builder *to;
} checker;

static void say(const checker *c, const char *check, verdict v, double value, const char *unit,
                const char *meaning)
{
    static const char *const word[] = {"good", "doubtful", "bad"};
    ku_build_text(c->to, 0, check);
    ku_build_text(c->to, 1, word[v]);
    ku_build_double(c->to, 2, value);
    ku_build_text(c->to, 3, unit);
    ku_build_text(c->to, 4, meaning);
    ku_build_row(c->to);
    if (v != GOOD) ku_run_remark(c->context, v == BAD ? KU_FAIL : KU_WARN, check, "%s", meaning);
}

static void check_fit(const checker *c)
{
    const ku_impact *i = &c->r->impact;
    double explained = fmax(i->explained, 0);
    const char *off = number(i->off, "", c->arena);
    if (explained >= 0.4)
        say(c, "The past", GOOD, explained, "share",
            ku_arena_printf(c->arena,
                            "Before the start each period was expected to within %s on average.",
                            off));
    else
        say(c, "The past", DOUBTFUL, explained, "share",
            ku_arena_printf(c->arena,
                            "Before the start periods were expected no nearer than %s on average: "
                            "most of what moves the series is not known. Give more to compare "
                            "with.",
                            off));
}

static void check_length(const checker *c)
{
    const ku_impact_series *s = &c->r->study->series;
    double times = (double)s->first / (s->n - s->first);
    if (times >= 2)
        say(c, "Length of the past", GOOD, times, "", "The past is long against what is counted.");
    else
        say(c, "Length of the past", DOUBTFUL, times, "",
            ku_arena_printf(c->arena,
                            "%d periods to learn from are few for %d that are counted; count "
                            "fewer, or give a longer past.",
                            s->first, s->n - s->first));
}

static void check_placebos(const checker *c)
{
    int n = c->r->placebos, right = right_placebos(c->r), wrong = n - right;
    if (n == 0) {
        say(c, "Pretended starts", DOUBTFUL, NAN, "share",
            "The past is too short to try the reckoning on days when nothing was done.");
        return;
    }
    verdict v = wrong <= n / 6 ? GOOD : wrong <= n / 2 ? DOUBTFUL : BAD;
    say(c, "Pretended starts", v, (double)right / n, "share",
        ku_arena_printf(c->arena,
                        v == GOOD ? "On days when nothing was done it rightly found nothing %d of "
                                    "%d times."
                                  : "On days when nothing was done it rightly found nothing only "
                                    "%d of %d times: its intervals are too narrow for this "
                                    "series. Compare with something else, or set a larger "
                                    "--level-step.",
                        right, n));
}

/* A column that counts and changed at the start as it never did before. */
static void check_moves(const checker *c)
{
    const impact_study *s = c->r->study;
    int worst = -1;
    for (int j = 0; j < s->series.columns; j++) {
        const ku_impact_move *m = &c->r->move[j];
        if (c->r->impact.column[j].counts < 0.3 || !(m->compared > 1.5) || m->places < 8) continue;
        if (worst < 0 || m->compared > c->r->move[worst].compared) worst = j;
    }
    if (s->series.columns == 0) return;
    if (worst < 0) {
        say(c, "Comparisons", GOOD, NAN, "change",
            "Nothing compared with that counts changed at the start more than at other times.");
        return;
    }
    const ku_impact_move *m = &c->r->move[worst];
    say(c, "Comparisons", DOUBTFUL, m->jump, "change",
        ku_arena_printf(c->arena,
                        "\"%.80s\" changed by %s at the start, more than ever before. If what was "
                        "done changed it too, the effect is wrong: leave it out and compare.",
                        s->column[worst], number(m->jump, "change", c->arena)));
}

/* Share of the periods counted in which a column that counts lies far outside its past. */
static double outside(const ku_impact_series *s, const double *x)
{
    double low = x[0], high = x[0];
    int count = 0;
    for (int t = 0; t < s->first; t++) low = fmin(low, x[t]), high = fmax(high, x[t]);
    double room = 0.25 * (high - low);
    for (int t = s->first; t < s->n; t++) count += x[t] < low - room || x[t] > high + room;
    return (double)count / (s->n - s->first);
}

static void check_outside(const checker *c)
{
    const impact_study *s = c->r->study;
    int worst = -1;
    double most = 0.2;
    for (int j = 0; j < s->series.columns; j++) {
        double share = outside(&s->series, s->series.x + (size_t)j * (size_t)s->series.n);
        if (c->r->impact.column[j].counts < 0.3 || share <= most) continue;
        most = share;
        worst = j;
    }
    if (s->series.columns == 0) return;
    if (worst < 0)
        say(c, "Range", GOOD, NAN, "share",
            "What it is compared with stayed about where it was before the start.");
    else
        say(c, "Range", DOUBTFUL, most, "share",
            ku_arena_printf(c->arena,
                            "\"%.80s\" is outside all it was before the start in %s of the periods "
                            "counted; what is expected there is a guess beyond the past.",
                            s->column[worst], number(most, "share", c->arena)));
}

static void check_draws(const checker *c)
{
    const ku_impact *i = &c->r->impact;
    bool good = i->rhat < 1.02 && i->error < 0.1 * i->sum.effect.sd;
    say(c, "Draws", good ? GOOD : DOUBTFUL, i->error / i->average.effect.sd / i->periods, "share",
        good ? "The random draws agree with each other; more of them would change nothing of note."
             : "The random draws do not agree yet: run it again with more --draws.");
}

void impact_check(const impact_result *result, ku_run_context *context, ku_frame_builder *checks)
{
    checker c = {result, context, ku_run_arena(context), checks};
    check_fit(&c);
    check_length(&c);
    check_placebos(&c);
    check_moves(&c);
    check_outside(&c);
    check_draws(&c);
}
