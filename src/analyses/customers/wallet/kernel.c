/* kernel.c - customers.wallet: how much of what customers spend in the category is spent with
 * us, by what some of them told, or, where nobody told, by the best of those like them.
 *
 * Those who told teach the model of model.c; it is then read off for everybody at what they
 * spend now. Intervals of segments come from the doubt about the model's coefficients and the
 * chance of the persons in it; intervals of one customer from how far answers lay from what a
 * model without them expected, less what answers themselves are off by. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analyses/customers/wallet/wallet_internal.h"

/* ---- reading ------------------------------------------------------------------------------ */

static int segment_of(wallet_run_state *r, const char *name)
{
    for (int s = 0; s < r->segments; s++)
        if (strcmp(r->name[s], name) == 0) return s;
    r->name[r->segments] = name;
    return r->segments++;
}

/* Places in the list of names of every entry of the column's dictionary. */
static int *read_names(wallet_run_state *r, const ku_column *column)
{
    const ku_dictionary *d = &column->dictionary;
    int *place = KU_ARRAY(r->arena, (size_t)d->size + 1, int);
    for (int32_t code = 0; code < d->size; code++) {
        int32_t length;
        const char *text = ku_dictionary_at(d, code, &length);
        place[code] = segment_of(r, ku_arena_strndup(r->arena, text, (size_t)length));
    }
    return place;
}

static wallet_person person_at(const ku_frame *frame, const int *place, int64_t row)
{
    const ku_column *segment = ku_frame_column(frame, "segment");
    return (wallet_person){.segment = place[segment->as.codes[row]],
                           .own = fmax(0, wallet_number(frame, "own", row)),
                           .purchases = fmax(1, wallet_number(frame, "purchases", row)),
                           .ever = fmax(1, wallet_number(frame, "ever", row)),
                           .known = fmax(0, wallet_number(frame, "known", row))};
}

static ku_status read_people(wallet_run_state *r, ku_error *err)
{
    const ku_frame *answers = ku_frames_find(r->in, "answer");
    const ku_column *own_segment, *answer_segment;
    r->own = ku_frames_find(r->in, "own");
    r->people = (size_t)r->own->rows;
    if (r->people == 0)
        return ku_error_set(err, KU_BAD_DATA, "sales",
                            "no known customer bought anything in the months looked at");
    own_segment = ku_frame_column(r->own, "segment");
    answer_segment = ku_frame_column(answers, "segment");
    r->name = KU_ARRAY(r->arena,
                       (size_t)own_segment->dictionary.size +
                           (size_t)answer_segment->dictionary.size + 1,
                       const char *);
    const int *place = read_names(r, own_segment);
    r->person = KU_ARRAY(r->arena, r->people, wallet_person);
    r->belief = KU_ARRAY(r->arena, r->people, belief);
    r->told = KU_ARRAY(r->arena, r->people, bool);
    for (size_t i = 0; i < r->people; i++) r->person[i] = person_at(r->own, place, (int64_t)i);
    return KU_OK;
}

/* An answer as spend in the months looked at; NaN when it cannot be one. */
static double spend_of(const wallet_run_state *r, double said, const char *origin, double own)
{
    const char *meaning = ku_param_text_value(r->params, "meaning");
    double months = (double)ku_param_int(r->params, "months");
    if (strcmp(origin, "panel") == 0) return said;
    if (strcmp(meaning, "month") == 0) return said * months;
    if (strcmp(meaning, "year") == 0) return said * months / 12;
    if (said > 1) said /= 100;
    return said > 0 && said <= 1 ? own / said : NAN;
}

/* Who told, in the order of customers, so that those of one stand together. */
static void read_answers(wallet_run_state *r)
{
    const ku_frame *said = ku_frames_find(r->in, "answer");
    const ku_column *customer = ku_frame_column(said, "customer");
    const ku_column *origin = ku_frame_column(said, "origin");
    const int *place = read_names(r, ku_frame_column(said, "segment"));
    const int32_t *before = NULL;
    int who = -1;
    r->answer = KU_ARRAY(r->arena, (size_t)said->rows, wallet_answer);
    for (int64_t row = 0; row < said->rows; row++) {
        wallet_answer a = {.person = person_at(said, place, row),
                           .own_then = fmax(0, wallet_number(said, "own_then", row)),
                           .weight = wallet_number(said, "weight", row)};
        a.said = spend_of(r, wallet_number(said, "said", row),
                          ku_column_text(origin, row, r->arena), a.own_then);
        if (!(a.said > 0) || !isfinite(a.said)) continue;
        if (before == NULL || *before != customer->as.codes[row]) who++;
        before = &customer->as.codes[row];
        a.who = who;
        r->answer[r->answers++] = a;
    }
}

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* The middle answer of a segment, of all where it has few. */
static double middle_answer(const wallet_run_state *r, int segment, double *room)
{
    size_t count = 0;
    for (size_t i = 0; i < r->answers; i++)
        if (segment < 0 || r->answer[i].person.segment == segment)
            room[count++] = r->answer[i].said;
    if (count < 10 && segment >= 0) return middle_answer(r, -1, room);
    qsort(room, count, sizeof *room, by_size);
    return count > 0 ? room[count / 2] : 0;
}

/* A slip of the pen, a hundred times what is usual, would count as much as a hundred others. */
static void drop_slips(wallet_run_state *r)
{
    double *room = KU_ARRAY(r->arena, r->answers + 1, double);
    double *most = KU_ARRAY(r->arena, (size_t)r->segments + 1, double);
    size_t kept = 0;
    for (int s = 0; s < r->segments; s++) most[s] = 100 * middle_answer(r, s, room);
    for (size_t i = 0; i < r->answers; i++)
        if (r->answer[i].said <= most[r->answer[i].person.segment])
            r->answer[kept++] = r->answer[i];
    r->slips = r->answers - kept;
    r->answers = kept;
}

/* Both frames are in the order of customers. */
static void mark_told(wallet_run_state *r)
{
    const ku_frame *said = ku_frames_find(r->in, "answer");
    const ku_column *one = ku_frame_column(said, "customer");
    const ku_column *all = ku_frame_column(r->own, "customer");
    size_t at = 0;
    for (int64_t row = 0; row < said->rows; row++) {
        const char *name = ku_column_text(one, row, r->arena);
        for (; at < r->people; at++) {
            int32_t length;
            const char *text = ku_dictionary_at(&all->dictionary, all->as.codes[at], &length);
            int order = strncmp(text, name, (size_t)length);
            if (order == 0) order = strlen(name) > (size_t)length ? -1 : 0;
            if (order == 0) r->told[at] = true;
            if (order >= 0) break;
        }
    }
}

/* ---- the run ------------------------------------------------------------------------------ */

static void learn(wallet_run_state *r)
{
    if (r->answers < WALLET_LEAST_ANSWERS) return;
    r->judged = wallet_judge(r->answer, r->answers, r->segments, r->arena, &r->spread, &r->by_model,
                             &r->by_plain);
    r->modelled = r->judged && wallet_fit(r->answer, r->answers, r->segments, r->arena, &r->model);
}

ku_status wallet_run(const ku_frames *in, const ku_params *params, ku_run_context *context,
                     ku_frames *out, ku_error *err)
{
    wallet_run_state r = {
        .in = in, .params = params, .context = context, .arena = ku_run_arena(context)};
    KU_TRY(read_people(&r, err));
    read_answers(&r);
    drop_slips(&r);
    mark_told(&r);
    ku_run_progress(context, 0.2, "learning from those who told");
    learn(&r);
    wallet_believe(&r);
    wallet_remark(&r);
    ku_frame_builder *tables[] = {wallet_put_segments(&r), wallet_put_customers(&r),
                                  wallet_put_brands(&r), wallet_put_check(&r)};
    return ku_frames_add_all(out, tables, sizeof tables / sizeof *tables, err);
}
