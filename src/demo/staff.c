/* staff.c - the people of the simulated company: its units, staffing table, duties, who holds
 * what, who is away, and one order by which another stands in. All names are invented. */
#include "demo/staff.h"

#include <stdio.h>
#include <string.h>

#include "base/date.h"
#include "office/store.h"

/* ---- who there is --------------------------------------------------------------------------------- */

typedef struct unit_row {
    const char *code, *name, *kind, *parent, *purpose;
} unit_row;

static const unit_row units[] = {
    {"SR", "Sunda Roasters", "company", NULL, "Roasts and sells coffee and tea."},
    {"MD", "Marketing directorate", "group", "SR",
     "Studies the market, sets the plans, runs the campaigns and answers for what they earn."},
    {"MK", "Marketing department", "department", "MD", "Market, demand, prices, assortment."},
    {"PR", "Public relations", "department", "MD", "Press, events, the name of the house."},
    {"AD", "Advertising department", "department", "MD", "Campaigns, media, agencies."},
    {"DB", "Design bureau", "bureau", "MD", "Packaging, points of sale, everything to look at."},
    {"PD", "Production", "department", "SR", "Roasting and packing."},
    {"SA", "Sales", "department", "SR", "Outlets, key customers, orders."},
    {"LG", "Legal", "department", "SR", "Contracts and claims."},
    {"FN", "Finance", "department", "SR", "Budget, payments, accounts."},
    {"SV", "Customer service", "department", "SR", "Complaints and after-sales."},
    {"HR", "Personnel", "department", "SR", "People and their papers."},
};

/* A position, who holds it, and the role that goes with it (NULL: none). `above` is the
 * title of the position reported to. */
typedef struct seat_row {
    const char *unit, *title, *above, *person, *role, *highest;
    bool head;
} seat_row;

static const seat_row seats[] = {
    {"SR", "Chief executive", NULL, "Surya Wijaya", "auditor", "internal", true},
    {"MD", "Marketing director", "Chief executive", "Ratna Maharani", "director", "secret", true},
    {"MD", "Deputy marketing director", "Marketing director", "Bagus Pratama", "deputy-director",
     "personal", false},
    {"MD", "Office clerk", "Marketing director", "Sari Utami", "clerk", "internal", false},
    {"MK", "Head of Marketing", "Marketing director", "Dimas Saputra", "head", "personal", true},
    {"MK", "Market analyst", "Head of Marketing", "Intan Permata", "analyst", "internal", false},
    {"MK", "Price and assortment specialist", "Head of Marketing", "Yusuf Hidayat", "specialist",
     "internal", false},
    {"MK", "Market researcher", "Head of Marketing", "Melati Siregar", "specialist", "internal",
     false},
    {"PR", "Head of Public Relations", "Marketing director", "Nadia Lubis", "head", "personal",
     true},
    {"PR", "Press officer", "Head of Public Relations", "Rizky Ananda", "specialist", "internal",
     false},
    {"PR", "Event specialist", "Head of Public Relations", "Putri Ayu", "specialist", "internal",
     false},
    {"AD", "Head of Advertising", "Marketing director", "Arif Kurniawan", "head", "personal", true},
    {"AD", "Media planner", "Head of Advertising", "Lina Hartono", "specialist", "internal", false},
    {"AD", "Online advertising specialist", "Head of Advertising", "Fajar Nugraha", "specialist",
     "internal", false},
    {"AD", "Copywriter", "Head of Advertising", "Tari Kusuma", "specialist", "internal", false},
    {"DB", "Head of the Design Bureau", "Marketing director", "Galih Ramadhan", "head", "personal",
     true},
    {"DB", "Packaging designer", "Head of the Design Bureau", "Wulan Safitri", "specialist",
     "internal", false},
    {"DB", "Graphic designer", "Head of the Design Bureau", NULL, "specialist", "internal", false},
    {"PD", "Head of Production", "Chief executive", "Hendra Gunawan", NULL, NULL, true},
    {"SA", "Head of Sales", "Chief executive", "Maya Sitorus", "head", "internal", true},
    {"LG", "Lawyer", "Chief executive", "Indra Simanjuntak", "lawyer", "internal", true},
    {"FN", "Head of Finance", "Chief executive", "Kartika Dewi", "auditor", "internal", true},
    {"SV", "Head of Customer Service", "Chief executive", "Agus Setiawan", NULL, NULL, true},
    {"HR", "Personnel officer", "Chief executive", "Rina Marlina", "hr", "personal", true},
    {"FN", "System administrator", "Head of Finance", "Eko Prasetyo", "administrator", "internal",
     false},
};

typedef struct duty_row {
    const char *position, *text, *evidence;
    double weight;
} duty_row;

static const duty_row duties[] = {
    {"Marketing director", "Set the marketing strategy and the plans of year, quarter and month.",
     "Plans approved on time; results against them.", .25},
    {"Marketing director", "Agree the marketing budget and answer for what each amount earns.",
     "Return by channel; budget kept.", .25},
    {"Marketing director", "Hand out work to the four departments evenly and on time.",
     "Share of work done on time; load by week.", .2},
    {"Marketing director", "Give the chief executive conclusions from reliable data, in money.",
     "Monthly report; grade of predictions.", .15},
    {"Marketing director", "Keep documents, signing authority and trade secrets in order.",
     "Registers without gaps.", .15},
    {"Head of Advertising", "Plan, book and run the campaigns within the budget.",
     "Campaigns live on their day; spend against plan.", .5},
    {"Head of Advertising", "Choose and lead the agencies.", "Contracts kept; claims settled.", .2},
    {"Head of Advertising", "Measure what each campaign brought.", "Evaluation within 30 days.",
     .3},
    {"Market analyst", "Keep the data bank complete and the forecasts current.",
     "Imports without refused rows; forecast error.", .6},
    {"Market analyst", "Study competitors, prices and demand.", "Monthly market note.", .4},
};

enum {
    UNITS = sizeof units / sizeof *units,
    SEATS = sizeof seats / sizeof *seats,
    DUTIES = sizeof duties / sizeof *duties
};

/* ---- making them -------------------------------------------------------------------------------------- */

typedef struct staff {
    ku_office *office;
    int64_t unit[UNITS], position[SEATS], person[SEATS];
} staff;

static ku_status add(staff *s, const char *entity, json_t *values, int64_t *id, ku_error *err)
{
    ku_status status = ku_workflow_add(s->office, ku_entity_find(entity), "add", values, id, err);
    json_decref(values);
    return status;
}

static void set_text(json_t *values, const char *name, const char *text)
{
    if (text != NULL) json_object_set_new(values, name, json_string(text));
}

static int64_t unit_of(const staff *s, const char *code)
{
    for (int i = 0; i < UNITS; i++)
        if (strcmp(units[i].code, code) == 0) return s->unit[i];
    return 0;
}

static int seat_titled(const char *title)
{
    int at = 0;
    while (strcmp(seats[at].title, title) != 0) at++;
    return at;
}

static ku_status add_units(staff *s, ku_error *err)
{
    for (int i = 0; i < UNITS; i++) {
        json_t *values = json_pack("{s:s, s:s, s:s, s:s}", "code", units[i].code, "name",
                                   units[i].name, "kind", units[i].kind, "purpose",
                                   units[i].purpose);
        if (units[i].parent != NULL)
            json_object_set_new(values, "parent", json_integer(unit_of(s, units[i].parent)));
        KU_TRY(add(s, "org_unit", values, &s->unit[i], err));
    }
    return KU_OK;
}

/* "ratna.maharani@sunda-roasters.example", a number nobody is called by. */
static ku_status add_person(staff *s, int at, ku_error *err)
{
    const char *name = seats[at].person;
    char email[120], phone[40];
    size_t length = 0;
    for (const char *c = name; *c != '\0' && length < 60; c++)
        email[length++] = *c == ' ' ? '.' : ku_char_lower(*c);
    snprintf(email + length, sizeof email - length, "@sunda-roasters.example");
    snprintf(phone, sizeof phone, "+62 21 555 01%02d", at);
    return add(s, "person",
               json_pack("{s:s, s:s, s:s, s:s}", "name", name, "email", email, "phone", phone,
                         "language", "id"),
               &s->person[at], err);
}

static ku_status add_seat(staff *s, int at, const char *since, ku_error *err)
{
    const seat_row *seat = &seats[at];
    int64_t id;
    json_t *values = json_pack("{s:s, s:I, s:b}", "title", seat->title, "unit",
                               (json_int_t)unit_of(s, seat->unit), "head", seat->head);
    if (seat->above != NULL)
        json_object_set_new(values, "reports_to",
                            json_integer(s->position[seat_titled(seat->above)]));
    KU_TRY(add(s, "position", values, &s->position[at], err));
    if (seat->role != NULL) {
        values = json_pack("{s:s, s:I, s:s}", "role", seat->role, "position",
                           (json_int_t)s->position[at], "highest", seat->highest);
        bool whole = strcmp(seat->role, "head") != 0 && strcmp(seat->role, "specialist") != 0;
        if (!whole) json_object_set_new(values, "unit", json_integer(unit_of(s, seat->unit)));
        KU_TRY(add(s, "role_grant", values, &id, err));
    }
    if (seat->person == NULL) return KU_OK; /* vacant */
    KU_TRY(add_person(s, at, err));
    return add(s, "assignment",
               json_pack("{s:I, s:I, s:s}", "person", (json_int_t)s->person[at], "position",
                         (json_int_t)s->position[at], "starts", since),
               &id, err);
}

static ku_status add_duties(staff *s, ku_error *err)
{
    int64_t id;
    int place = 0;
    for (int i = 0; i < DUTIES; i++) {
        bool same = i > 0 && strcmp(duties[i].position, duties[i - 1].position) == 0;
        place = same ? place + 1 : 1;
        KU_TRY(add(s, "duty",
                   json_pack("{s:I, s:i, s:s, s:f, s:s}", "position",
                             (json_int_t)s->position[seat_titled(duties[i].position)], "place",
                             place, "text", duties[i].text, "weight", duties[i].weight, "evidence",
                             duties[i].evidence),
                   &id, err));
    }
    return KU_OK;
}

/* ---- who is away, and who stands in ---------------------------------------------------------------------- */

static const char *in_days(staff *s, int days)
{
    char text[KU_DATE_TEXT];
    return ku_arena_strdup(s->office->arena,
                           ku_date_format(ku_date_of(s->office->now) + days, text));
}

static ku_status add_absence(staff *s, const char *title, const char *kind, int from, int until,
                             bool covered, const char *state, ku_error *err)
{
    int64_t id;
    int at = seat_titled(title);
    return add(s, "absence",
               json_pack("{s:I, s:I, s:s, s:s, s:s, s:b, s:s}", "person", (json_int_t)s->person[at],
                         "unit", (json_int_t)unit_of(s, seats[at].unit), "starts", in_days(s, from),
                         "ends", in_days(s, until), "kind", kind, "covered", covered, "state",
                         state),
               &id, err);
}

static ku_status add_order(staff *s, const char *number, const char *title, const char *deputy,
                           int from, int until, const char *amount, const char *state,
                           ku_error *err)
{
    int64_t id;
    int at = seat_titled(title), other = seat_titled(deputy);
    json_t *values = json_pack(
        "{s:I, s:I, s:I, s:I, s:s, s:s, s:s, s:s, s:s}", "position", (json_int_t)s->position[at],
        "unit", (json_int_t)unit_of(s, seats[at].unit), "holder", (json_int_t)s->person[at],
        "deputy", (json_int_t)s->person[other], "scope", "all", "starts", in_days(s, from), "ends",
        in_days(s, until), "state", state, "reason", "holiday");
    set_text(values, "amount", amount);
    set_text(values, "number", number);
    return add(s, "delegation", values, &id, err);
}

static ku_status add_absences(staff *s, ku_error *err)
{
    const char *number = ku_arena_printf(s->office->arena, "D-%.4s-001", in_days(s, 0));
    KU_TRY(add_absence(s, "Head of Advertising", "holiday", -2, 12, true, "agreed", err));
    KU_TRY(add_order(s, number, "Head of Advertising", "Media planner", -2, 12, "20000.00",
                     "active", err));
    KU_TRY(add_absence(s, "Press officer", "training", 0, 3, false, "agreed", err));
    KU_TRY(add_absence(s, "Packaging designer", "holiday", 20, 33, false, "asked", err));
    return add_order(s, NULL, "Marketing director", "Deputy marketing director", 30, 44, NULL,
                     "draft", err);
}

/* ---- who signs what -------------------------------------------------------------------------------------- */

typedef struct rule_row {
    const char *kind, *lowest, *highest, *signs, *unit;
    int place, needed; /* 0: all */
} rule_row;

static const rule_row rules[] = {
    {"spend", NULL, "5000.00", "Head of Advertising", "AD", 1, 0},
    {"spend", NULL, "5000.00", "Head of Marketing", "MK", 1, 0},
    {"spend", NULL, "5000.00", "Head of Public Relations", "PR", 1, 0},
    {"spend", NULL, "5000.00", "Head of the Design Bureau", "DB", 1, 0},
    {"spend", "5000.00", "50000.00", "Marketing director", NULL, 1, 0},
    {"spend", "50000.00", NULL, "Head of Finance", NULL, 1, 1},
    {"spend", "50000.00", NULL, "Lawyer", NULL, 1, 1},
    {"spend", "50000.00", NULL, "Marketing director", NULL, 2, 0},
    {"spend", "50000.00", NULL, "Chief executive", NULL, 3, 0},
    {"contract", NULL, NULL, "Lawyer", NULL, 1, 0},
    {"contract", NULL, NULL, "Marketing director", NULL, 2, 0},
    {"document", NULL, NULL, "Marketing director", NULL, 1, 0},
};

static ku_status add_rules(staff *s, ku_error *err)
{
    for (size_t i = 0; i < sizeof rules / sizeof *rules; i++) {
        const rule_row *r = &rules[i];
        int64_t id;
        json_t *values = json_pack("{s:s, s:i, s:I, s:i}", "kind", r->kind, "place", r->place,
                                   "position", (json_int_t)s->position[seat_titled(r->signs)],
                                   "days", 5);
        set_text(values, "lowest", r->lowest);
        set_text(values, "highest", r->highest);
        if (r->unit != NULL) json_object_set_new(values, "unit", json_integer(unit_of(s, r->unit)));
        if (r->needed > 0) json_object_set_new(values, "needed", json_integer(r->needed));
        KU_TRY(add(s, "route_rule", values, &id, err));
    }
    return KU_OK;
}

/* Asked for as people would: checked against the matrix, with a route of their own. */
static ku_status ask(staff *s, const char *what, const char *amount, const char *by, ku_error *err)
{
    int at = seat_titled(by);
    const ku_entity *entity = ku_entity_find("approval");
    json_t *values = json_pack("{s:s, s:s, s:s, s:I, s:I}", "title", what, "kind", "spend",
                               "amount", amount, "unit", (json_int_t)unit_of(s, seats[at].unit),
                               "asked_by", (json_int_t)s->person[at]);
    ku_change change = {.office = s->office, .entity = entity, .values = values};
    ku_status status = entity->check(&change, err);
    if (status == KU_OK)
        status = ku_workflow_add(s->office, entity, "add", values, &change.id, err);
    json_decref(values);
    return status;
}

static ku_status add_approvals(staff *s, ku_error *err)
{
    KU_TRY(add_rules(s, err));
    KU_TRY(ask(s, "Online campaign for the new blend", "3800.00", "Online advertising specialist",
               err));
    KU_TRY(ask(s, "Stand at the spring fair", "24500.00", "Event specialist", err));
    KU_TRY(ask(s, "Television flight, second quarter", "180000.00", "Media planner", err));
    return ask(s, "Price survey in five cities", "4200.00", "Market researcher", err);
}

static ku_status add_all(staff *s, ku_error *err)
{
    const char *since = in_days(s, -900);
    KU_TRY(add_units(s, err));
    for (int i = 0; i < SEATS; i++) KU_TRY(add_seat(s, i, since, err));
    KU_TRY(add_duties(s, err));
    KU_TRY(add_absences(s, err));
    return add_approvals(s, err);
}

ku_status ku_demo_staff(ku_workspace *workspace, ku_error *err)
{
    static const ku_who program = {.kind = KU_WHO_PROGRAM, .via = "demo", .name = "demo"};
    staff s = {0};
    KU_TRY(ku_office_begin(workspace, &program, true, &s.office, err));
    ku_status status = add_all(&s, err);
    if (status == KU_OK) status = ku_office_commit(s.office, err);
    ku_office_end(s.office);
    return status;
}
