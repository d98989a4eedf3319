/* documents.c - the demo's documents. They are entered by the program itself, in the names of
 * the people who are there, and stand at every point of their course. */
#include "demo/documents.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/date.h"
#include "demo/docx.h"
#include "office/documents/documents.h"
#include "workspace/sql.h"

typedef struct form_row {
    const char *code, *title, *kind, *pattern, *secrecy;
    int retention; /* years; -1: for ever */
} form_row;

static const form_row forms[] = {
    {"ORD", "Order", "order", "ORD-{year}-{n:3}", "internal", 5},
    {"POL", "Policy", "policy", "POL-{n:2}", "internal", -1},
    {"REG", "Regulation", "regulation", "REG-{year}-{n:2}", "internal", -1},
    {"CON", "Contract", "contract", "CON-{year}-{n:3}", "internal", 6},
    {"IN", "Letter in", "letter", "IN-{year}-{n:4}", "internal", 3},
    {"OUT", "Letter out", "letter", "OUT-{year}-{n:4}", "internal", 3},
    {"MIN", "Minutes", "minutes", "MIN-{year}-{n:3}", "internal", 5},
};

static const struct {
    const char *name, *kind;
} parties[] = {
    {"Lantern Media", "agency"}, {"Harbour Print", "supplier"}, {"Corner Shops Union", "client"}};

enum { NO_DUE = 1000 };

typedef struct document_row {
    const char *form, *title, *state, *secrecy, *direction;
    int party; /* from 1; 0: none */
    int day;   /* its date, days from today */
    int due;   /* days from today; NO_DUE: none */
    bool acks; /* some people are to take note of it */
    const char *text;
} document_row;

static const document_row documents[] = {
    {"ORD", "On the staffing table of the marketing department", "in_force", "internal", "internal",
     0, -210, NO_DUE, false,
     "The staffing table in the annex comes into force on the first of the month.\nHeads of "
     "units see to it that every duty has one owner."},
    {"ORD", "On preparing the spring fair", "in_force", "internal", "internal", 0, -30, 12, true,
     "The advertising unit plans the stand and its budget.\nThe plan of the stand is to be "
     "approved three weeks before the fair."},
    {"ORD", "On deputising for the marketing director", "registered", "internal", "internal", 0, -6,
     NO_DUE, false,
     "During the leave the deputy decides on spending up to the amount named here.\nWhat is "
     "above it waits."},
    {"POL", "Brand and style", "in_force", "open", "internal", 0, -400, NO_DUE, true,
     "Name, colours and type as on the first page of the style guide.\nNo picture of a customer "
     "without written consent."},
    {"POL", "Handling of customer data", "review", "internal", "internal", 0, -3, 9, false,
     "Customer lists are kept in the data bank only.\nNobody takes them out in files without a "
     "reason that is written down."},
    {"REG", "Prices and margins for next year", "in_force", "secret", "internal", 0, -45, NO_DUE,
     false,
     "Lowest margin by product group.\nDiscounts above twelve percent are approved by the "
     "marketing director."},
    {"REG", "Discounts for repeat orders", "draft", "internal", "internal", 0, -1, 20, false,
     "A second order within sixty days gets a discount.\nThe share is still to be agreed with "
     "sales."},
    {"CON", "Media buying for next year", "in_force", "internal", "internal", 1, -60, NO_DUE, false,
     "The agency plans and buys advertising time.\nPlans are delivered by the tenth of each "
     "month."},
    {"CON", "Printing of the product catalogue", "approved", "internal", "internal", 2, -4, 5,
     false, "Eight thousand copies of the catalogue.\nProofs are accepted in writing."},
    {"IN", "Complaint about a late delivery of displays", "registered", "internal", "incoming", 3,
     -5, 2, false,
     "Forty displays came nine days late.\nWe ask for a credit and an answer within the week."},
    {"OUT", "Answer on the late displays", "draft", "internal", "outgoing", 3, -1, 2, false,
     "We are sorry for the delay.\nThe credit is booked and the cause has been removed."},
    {"MIN", "Minutes of the quarterly review", "archived", "internal", "internal", 0, -380, NO_DUE,
     false, "Results by channel were discussed.\nThe plan for the next quarter was accepted."},
};
enum {
    FORMS = sizeof forms / sizeof *forms,
    PARTIES = sizeof parties / sizeof *parties,
    DOCUMENTS = sizeof documents / sizeof *documents,
    MEDIA = 7,    /* the contract with the agency */
    PRINTING = 8, /* and with the printer */
    PRICES = 5,   /* the secret regulation */
    ACK_PEOPLE = 5,
};

typedef struct making {
    ku_office *office;
    int64_t director, writer; /* people; the same where there are few */
    int64_t unit;             /* the writer's; 0: none */
    int64_t form[FORMS], party[PARTIES], document[DOCUMENTS];
} making;

/* ---- people --------------------------------------------------------------------------------- */

static ku_status ask_number(making *m, const char *sql, const char *text, int64_t otherwise,
                            int64_t *number, ku_error *err)
{
    sqlite3_stmt *statement;
    bool row;
    KU_TRY(ku_sql_prepare(m->office->db, &statement, err, sql, "s", text));
    KU_TRY(ku_sql_step(&statement, &row, err));
    *number = row ? sqlite3_column_int64(statement, 0) : otherwise;
    sqlite3_finalize(statement);
    return KU_OK;
}

static ku_status find_people(making *m, ku_error *err)
{
    static const char by_role[] =
        "SELECT coalesce(g.person, a.person) FROM role_grant g LEFT JOIN assignment a"
        " ON a.position = g.position WHERE g.role = ?1 AND coalesce(g.person, a.person) IS NOT NULL"
        " ORDER BY g.id, a.id LIMIT 1";
    int64_t anyone;
    KU_TRY(ask_number(m, "SELECT min(id) FROM person WHERE ?1 IS NOT NULL", "", 0, &anyone, err));
    if (anyone == 0)
        return ku_error_set(err, KU_CONFLICT, "person", "there are no people to hold documents");
    KU_TRY(ask_number(m, by_role, "director", anyone, &m->director, err));
    KU_TRY(ask_number(m, by_role, "specialist", m->director, &m->writer, err));
    return ask_number(m,
                      "SELECT p.unit FROM assignment a JOIN position p ON p.id = a.position"
                      " WHERE a.person = CAST(?1 AS INTEGER) ORDER BY a.id LIMIT 1",
                      ku_arena_printf(m->office->arena, "%" PRId64, m->writer), 0, &m->unit, err);
}

/* ---- records ----------------------------------------------------------------------------------- */

static ku_status add(making *m, const ku_entity *entity, json_t *values, int64_t *id, ku_error *err)
{
    ku_status status = values != NULL ? ku_workflow_add(m->office, entity, "add", values, id, err)
                                      : ku_error_set(err, KU_NO_MEMORY, NULL, "no memory");
    json_decref(values);
    return status;
}

static ku_status change(making *m, const ku_entity *entity, int64_t id, json_t *values,
                        ku_error *err)
{
    ku_status status = ku_workflow_write(m->office, entity, id, "change", values, NULL, err);
    json_decref(values);
    return status;
}

static const char *day(making *m, int days)
{
    return ku_day_after(m->office, ku_office_today(m->office), 0, days);
}

static ku_status add_form(making *m, size_t i, ku_error *err)
{
    const form_row *f = &forms[i];
    json_t *years = f->retention >= 0 ? json_integer(f->retention) : json_null();
    return add(m, &ku_entity_form,
               json_pack("{s:s, s:s, s:s, s:s, s:s, s:o}", "code", f->code, "title", f->title,
                         "kind", f->kind, "pattern", f->pattern, "secrecy", f->secrecy, "retention",
                         years),
               &m->form[i], err);
}

static size_t form_of(const document_row *row)
{
    size_t i = 0;
    while (strcmp(forms[i].code, row->form) != 0) i++;
    return i;
}

static ku_status add_entry(making *m, size_t i, ku_error *err)
{
    const document_row *row = &documents[i];
    size_t form = form_of(row);
    json_t *due = row->due != NO_DUE ? json_string(day(m, row->due)) : json_null();
    json_t *party = row->party > 0 ? json_integer(m->party[row->party - 1]) : json_null();
    json_t *unit = m->unit != 0 ? json_integer(m->unit) : json_null();
    return add(m, &ku_entity_document,
               json_pack("{s:s, s:s, s:I, s:s, s:o, s:o, s:I, s:I, s:s, s:s, s:o}", "title",
                         row->title, "kind", forms[form].kind, "form", (json_int_t)m->form[form],
                         "direction", row->direction, "party", party, "unit", unit, "owner",
                         (json_int_t)(row->secrecy[0] == 's' ? m->director : m->writer), "author",
                         (json_int_t)m->writer, "secrecy", row->secrecy, "date", day(m, row->day),
                         "due", due),
               &m->document[i], err);
}

static ku_status add_file(making *m, size_t i, ku_error *err)
{
    const document_row *row = &documents[i];
    ku_words words;
    int64_t id;
    ku_arena *arena = m->office->arena;
    ku_new_version file = {.author = m->writer, .words = &words};
    const char *text = ku_arena_printf(arena, "%s\n%s\n", row->title, row->text);
    KU_TRY(ku_demo_docx(text, arena, &file.bytes, &file.length, err));
    KU_TRY(ku_words_take(file.bytes, file.length, NULL, arena, &words, err));
    file.name = ku_arena_printf(arena, "%s.docx", row->title);
    return ku_version_add(m->office, m->document[i], &file, &id, err);
}

/* Its number, unless it has not come so far, and the state it stands in. */
static ku_status put_in_place(making *m, size_t i, ku_error *err)
{
    static const char *const numbered[] = {"registered", "in_force", "archived"};
    const document_row *row = &documents[i];
    const char *number = NULL;
    json_t *values = json_pack("{s:s}", "state", row->state);
    for (size_t k = 0; k < sizeof numbered / sizeof *numbered; k++) {
        if (strcmp(row->state, numbered[k]) != 0) continue;
        const char *date = day(m, row->day);
        int year = (int)strtol(date, NULL, 10);
        KU_TRY(ku_form_number(m->office, m->form[form_of(row)], year, &number, err));
        json_object_set_new(values, "number", json_string(number));
        json_object_set_new(values, "registered", json_string(date));
    }
    /* Its time of keeping is over: it is shown among what may be destroyed. */
    if (strcmp(row->state, "archived") == 0)
        json_object_set_new(values, "retain_until", json_string(day(m, -2)));
    return change(m, &ku_entity_document, m->document[i], values, err);
}

/* The first people who work with the writer. */
static ku_status ask_to_acknowledge(making *m, size_t i, ku_error *err)
{
    int64_t person = 0, id;
    for (int asked = 0; documents[i].acks && asked < ACK_PEOPLE; asked++) {
        const char *sql = ku_arena_printf(
            m->office->arena,
            "SELECT a.person FROM assignment a JOIN position p ON p.id = a.position"
            " WHERE p.unit = CAST(?1 AS INTEGER) AND a.person > %" PRId64 " ORDER BY 1 LIMIT 1",
            person);
        const char *unit = ku_arena_printf(m->office->arena, "%" PRId64, m->unit);
        KU_TRY(ask_number(m, sql, unit, 0, &person, err));
        if (person == 0) return KU_OK;
        KU_TRY(ku_ack_ask(m->office, m->document[i], person, day(m, 7), &id, err));
    }
    return KU_OK;
}

static ku_status add_document(making *m, size_t i, ku_error *err)
{
    KU_TRY(add_entry(m, i, err));
    KU_TRY(add_file(m, i, err));
    KU_TRY(put_in_place(m, i, err));
    return ask_to_acknowledge(m, i, err);
}

/* ---- what belongs to documents --------------------------------------------------------------------- */

static ku_status add_secret(making *m, ku_error *err)
{
    int64_t id;
    return add(m, &ku_entity_trade_secret,
               json_pack("{s:s, s:I, s:s, s:s, s:I, s:s}", "what", "How prices and margins are set",
                         "document", (json_int_t)m->document[PRICES], "why",
                         "A competitor who knows the lowest margin can undercut every offer.",
                         "measures",
                         "Stored sealed, a list of readers, marked on every page, clauses in the "
                         "contracts of employment.",
                         "keeper", (json_int_t)m->director, "since", day(m, -45)),
               &id, err);
}

static ku_status add_obligation(making *m, int64_t contract, const char *what, int due,
                                const char *amount, ku_error *err)
{
    int64_t id;
    return add(m, &ku_entity_obligation,
               json_pack("{s:I, s:s, s:s, s:s, s:I}", "contract", (json_int_t)contract,
                         "deliverable", what, "due", day(m, due), "amount", amount, "owner",
                         (json_int_t)m->writer),
               &id, err);
}

static ku_status add_contract(making *m, size_t document, const char *state, const char *amount,
                              int starts, int ends, int64_t *id, ku_error *err)
{
    const document_row *row = &documents[document];
    json_t *unit = m->unit != 0 ? json_integer(m->unit) : json_null();
    KU_TRY(add(m, &ku_entity_contract,
               json_pack("{s:s, s:I, s:I, s:s, s:s, s:s, s:I, s:o, s:s}", "title", row->title,
                         "party", (json_int_t)m->party[row->party - 1], "document",
                         (json_int_t)m->document[document], "amount", amount, "starts",
                         day(m, starts), "ends", day(m, ends), "owner", (json_int_t)m->writer,
                         "unit", unit, "summary", row->text),
               id, err));
    return change(m, &ku_entity_contract, *id, json_pack("{s:s}", "state", state), err);
}

static ku_status add_contracts(making *m, ku_error *err)
{
    int64_t media, printing;
    KU_TRY(add_contract(m, MEDIA, "in_force", "180000", -60, 305, &media, err));
    KU_TRY(add_obligation(m, media, "Plan of advertising for the next month", 6, "15000", err));
    KU_TRY(add_obligation(m, media, "Report on the month's advertising", -2, "0", err));
    KU_TRY(add_contract(m, PRINTING, "agreed", "24600", 10, 60, &printing, err));
    return add_obligation(m, printing, "Proofs of the catalogue", 25, "4600", err);
}

/* ---- all of it --------------------------------------------------------------------------------------- */

static ku_status make(making *m, ku_error *err)
{
    int64_t there;
    KU_TRY(ask_number(m, "SELECT count(*) FROM form WHERE ?1 IS NOT NULL", "", 0, &there, err));
    if (there > 0) return KU_OK;
    KU_TRY(find_people(m, err));
    for (size_t i = 0; i < FORMS; i++) KU_TRY(add_form(m, i, err));
    for (size_t i = 0; i < PARTIES; i++)
        KU_TRY(add(m, &ku_entity_party,
                   json_pack("{s:s, s:s}", "name", parties[i].name, "kind", parties[i].kind),
                   &m->party[i], err));
    for (size_t i = 0; i < DOCUMENTS; i++) KU_TRY(add_document(m, i, err));
    KU_TRY(add_secret(m, err));
    return add_contracts(m, err);
}

ku_status ku_demo_documents(ku_workspace *workspace, ku_error *err)
{
    const ku_who program = {.kind = KU_WHO_PROGRAM, .via = "program"};
    making m = {0};
    KU_TRY(ku_office_begin(workspace, &program, true, &m.office, err));
    ku_status status = make(&m, err);
    if (status == KU_OK) status = ku_office_commit(m.office, err);
    ku_office_end(m.office);
    return status;
}
