/* facts_customers.c - rows of customers: what is known of them as people and companies.
 *
 * Age, gender, income and field of activity are drawn from a stream of their own beside the
 * one a customer lives from, so that they change nothing a customer does; they only hang
 * together with it: income with the segment and the level of spend, age with the segment,
 * activity with age. Of many customers some of it is not known. */
#include "simulate/facts_internal.h"

#include <math.h>

#include "base/date.h"

enum { INCOME_LOW, INCOME_MIDDLE, INCOME_HIGH };
enum { YOUNGEST = 18, OLDEST = 92 };

const person_params ku_sim_world_person = {
    .income = {"low", "middle", "high"},
    .income_cut = {-0.6, 0.7},
    .income_mean = {0.0, -0.7, 0.9, 0.2, 0},
    .income_by_spend = 0.5,
    .age_mean = {46, 36, 49, 43, 0},
    .age_spread = {15, 12, 12, 14, 0},
    .women = {0.53, 0.55, 0.44, 0.66, 0},
    .activity = {"employee", "self-employed", "public service", "at home"},
    .activity_share = {{0.62, 0.10, 0.18, 0.10},
                       {0.60, 0.06, 0.12, 0.22},
                       {0.44, 0.32, 0.19, 0.05},
                       {0.60, 0.10, 0.20, 0.10},
                       {0, 0, 0, 0}},
    .student_until = 26,
    .student = 0.6,
    .retired_from = 65,
    .retired = 0.85,
    .trade = {"restaurants", "offices", "hotels", "shops", "care and schools"},
    .trade_share = {0.34, 0.30, 0.12, 0.14, 0.10},
    .unknown_birth = 0.12,
    .unknown_gender = 0.05,
    .unknown_income = 0.30,
    .unknown_activity = 0.15,
};

static int pick_share(ku_rng *rng, const double *share, int count)
{
    double at = ku_rng_uniform(rng);
    int i = 0;
    while (i < count - 1 && at >= share[i]) at -= share[i++];
    return i;
}

static int draw_age(const person_params *q, int segment, ku_rng *rng)
{
    double age = q->age_mean[segment] + q->age_spread[segment] * ku_rng_normal(rng);
    return (int)fmin(OLDEST, fmax(YOUNGEST, age));
}

/* Income on a scale of standard deviations: the segment's mean, what the customer's own
 * level of spend tells, and all that it does not. */
static int draw_income(const person_params *q, const buyer *c, ku_rng *rng)
{
    double usual = ku_sim_world_life.extra_quantity * ku_sim_world_segments[c->segment].spend;
    double level = fmax(-2, fmin(2, log(fmax(c->spend, 1e-6) / usual)));
    double income = q->income_mean[c->segment] + q->income_by_spend * level + ku_rng_normal(rng);
    return income < q->income_cut[0]   ? INCOME_LOW
           : income < q->income_cut[1] ? INCOME_MIDDLE
                                       : INCOME_HIGH;
}

static const char *draw_activity(const person_params *q, int segment, int age, ku_rng *rng)
{
    bool special = ku_rng_uniform(rng) < (age < q->student_until ? q->student : q->retired);
    const char *usual = q->activity[pick_share(rng, q->activity_share[segment], ACTIVITIES)];
    if (special && age < q->student_until) return "student";
    if (special && age >= q->retired_from) return "retired";
    return usual;
}

/* Text that is known but for a chance of `unknown`. */
static char *put_known(char *p, const char *text, double unknown, ku_rng *rng)
{
    return rng_chance(rng, unknown) ? put_none(p) : put_text(p, text);
}

static char *put_person(char *p, const world *w, const buyer *c, ku_rng *rng)
{
    const person_params *q = &ku_sim_world_person;
    int age = draw_age(q, c->segment, rng);
    int year = ku_date_to_civil(w->start + w->days - 1).year - age;
    bool known = !rng_chance(rng, q->unknown_birth);
    p = known ? put_int(p, year) : put_none(p);
    const char *gender = ku_rng_uniform(rng) < q->women[c->segment] ? "female" : "male";
    p = put_known(p, gender, q->unknown_gender, rng);
    p = put_known(p, q->income[draw_income(q, c, rng)], q->unknown_income, rng);
    return put_known(p, draw_activity(q, c->segment, age, rng), q->unknown_activity, rng);
}

static char *put_company(char *p, ku_rng *rng)
{
    const person_params *q = &ku_sim_world_person;
    p = put_none(put_none(put_none(p)));
    return put_known(p, q->trade[pick_share(rng, q->trade_share, TRADES)], q->unknown_activity,
                     rng);
}

static char *put_day(char *p, const world *w, int day)
{
    char text[KU_DATE_TEXT];
    return put_text(p, ku_date_format(w->start + day, text));
}

void ku_sim_write_customers(block *b, rows *out)
{
    const world *w = b->world;
    for (int i = 0; i < b->count; i++) {
        const buyer *c = &b->buyer[i];
        ku_rng rng = ku_sim_world_rng(w, STREAM_PERSON, (uint64_t)(b->first + i));
        bool company = c->segment == SEGMENT_BUSINESS;
        char *p = rows_begin(out);
        p = put_mark(p, 'C', (uint64_t)(b->first + i) + 1, 8);
        p = put_text(p, company ? "company" : "person");
        p = put_text(p, ku_sim_world_segments[c->segment].name);
        p = put_text(p, ku_sim_world_regions[w->outlet[c->outlet].region].name);
        p = put_text(p, w->outlet[c->outlet].id);
        p = put_text(p, ku_sim_world_channels[c->channel].id);
        p = put_day(p, w, c->born);
        p = put_bool(p, c->contact);
        rows_end(out, company ? put_company(p, &rng) : put_person(p, w, c, &rng));
    }
}
