/* course.c - what must hold for each step of a document's course, and what follows from it.
 *
 * Three things are never given up: a number has no gaps and is given once; what was approved
 * is not altered afterwards (a new file goes through approval again); and nothing is
 * destroyed before its time or under a legal hold, nor its line in the register ever. */
#include "office/documents/document/course.h"

#include <stdlib.h>
#include <string.h>

#include "base/date.h"
#include "workspace/sql.h"

static const char *text_of(const json_t *values, const char *name)
{
    const char *text = ku_member_text(values, name);
    return text != NULL ? text : "";
}

static bool is(const json_t *values, const char *name, const char *value)
{
    return strcmp(text_of(values, name), value) == 0;
}

static ku_status refuse(ku_error *err, const char *where, const char *why)
{
    return ku_error_set(err, KU_CONFLICT, where, "%s", why);
}

/* Writes further members of the record; takes `values` over. */
static ku_status write_on(ku_change *change, json_t *values, ku_error *err)
{
    ku_status status = values != NULL
                           ? ku_workflow_write(change->office, change->entity, change->id,
                                               change->transition->name, values, NULL, err)
                           : ku_error_set(err, KU_NO_MEMORY, NULL, "no memory");
    json_decref(values);
    return status;
}

static ku_status load_form(ku_change *change, const json_t *values, json_t **form, ku_error *err)
{
    int64_t id = ku_member_id(values, "form");
    *form = NULL;
    return id != 0 ? ku_workflow_read(change->office, &ku_entity_form, id, form, err) : KU_OK;
}

/* ---- adding and changing -------------------------------------------------------------------------- */

static int class_rank(const json_t *values)
{
    ku_class rank = KU_CLASS_SECRET;
    ku_class_find(text_of(values, "secrecy"), &rank);
    return (int)rank;
}

/* The form decides the kind, and the least class. */
static ku_status follow_form(ku_change *change, ku_error *err)
{
    json_t *form;
    KU_TRY(load_form(change, change->values, &form, err));
    if (form == NULL) return KU_OK;
    bool newly = change->before == NULL || !ku_member_same(change->before, change->values, "form");
    if (newly && !is(form, "state", "active"))
        return ku_error_set(err, KU_CONFLICT, "form", "this form is no longer used");
    if (class_rank(change->values) < class_rank(form))
        return ku_error_set(err, KU_BAD_DATA, "secrecy",
                            "documents of the form \"%s\" are at least of the class \"%s\"",
                            text_of(form, "title"), text_of(form, "secrecy"));
    json_object_set(change->values, "kind", json_object_get(form, "kind"));
    return KU_OK;
}

/* What was approved stays as it is; when it is due may change, and who deals with it. */
static ku_status check_frozen(const ku_change *change, ku_error *err)
{
    static const char *const frozen[] = {"title", "kind",         "form",   "party",
                                         "date",  "their_number", "summary"};
    if (is(change->before, "state", "draft") || is(change->before, "state", "review")) return KU_OK;
    bool letter = is(change->before, "direction", "incoming");
    for (size_t i = 0; i < sizeof frozen / sizeof *frozen; i++) {
        if (ku_member_same(change->before, change->values, frozen[i])) continue;
        if (letter && strcmp(frozen[i], "summary") == 0) continue;
        return ku_error_set(err, KU_CONFLICT, frozen[i],
                            "the document is approved and stays as it is; a new version begins it "
                            "anew");
    }
    return KU_OK;
}

ku_status course_check(ku_change *change, ku_error *err)
{
    if (change->before != NULL) KU_TRY(check_frozen(change, err));
    bool letter = !is(change->values, "direction", "internal");
    if (letter && ku_member_id(change->values, "party") == 0)
        return ku_error_set(err, KU_BAD_DATA, "party",
                            "a letter in or out needs its correspondent");
    return follow_form(change, err);
}

/* Who begins a list stands on it first: a record may only name what its writer may see. */
static ku_status admit(ku_office *office, int64_t document, int64_t person, ku_error *err)
{
    if (person != office->actor->person) return KU_OK;
    return ku_sql_run(office->db, err,
                      "INSERT OR IGNORE INTO access_list (entity, record, person, since)"
                      " VALUES ('document', ?1, ?2, ?3)",
                      "iii", document, person, office->now);
}

static ku_status add_reader(ku_office *office, int64_t document, int64_t person, const char *why,
                            ku_error *err)
{
    bool listed;
    int64_t id;
    if (person == 0) return KU_OK;
    KU_TRY(ku_document_listed(office, document, person, &listed, err));
    if (listed) return KU_OK;
    KU_TRY(admit(office, document, person, err));
    json_t *values = json_pack("{s:I, s:I, s:s, s:I}", "document", (json_int_t)document, "person",
                               (json_int_t)person, "why", why, "given_by", (json_int_t)person);
    ku_status status = ku_workflow_add(office, &ku_entity_document_reader, "add", values, &id, err);
    json_decref(values);
    return status;
}

/* Who made it secret, and those who had it in hand. */
static ku_status begin_list(ku_change *change, const json_t *values, ku_error *err)
{
    ku_office *office = change->office;
    KU_TRY(add_reader(office, change->id, office->actor->person, "made the document secret", err));
    KU_TRY(add_reader(office, change->id, ku_member_id(values, "owner"), "owns the document", err));
    return add_reader(office, change->id, ku_member_id(values, "author"), "entered the document",
                      err);
}

ku_status course_after(ku_change *change, ku_error *err)
{
    if (change->before != NULL || !ku_member_secret(change->values)) return KU_OK;
    return begin_list(change, change->values, err);
}

/* ---- review and approval ----------------------------------------------------------------------------- */

ku_status course_has_file(ku_change *change, ku_error *err)
{
    if (ku_member_id(change->before, "latest") > 0) return KU_OK;
    return refuse(err, "latest", "there is no file yet; send one first");
}

static ku_status newest_author(ku_change *change, int64_t *person, ku_error *err)
{
    int64_t id;
    json_t *version;
    KU_TRY(ku_document_newest(change->office, change->id, &id, err));
    KU_TRY(ku_workflow_read(change->office, &ku_entity_document_version, id, &version, err));
    *person = ku_member_id(version, "author");
    return KU_OK;
}

/* Nobody approves what they wrote, under whosever name it stands. */
ku_status course_may_approve(ku_change *change, ku_error *err)
{
    json_t *form;
    int64_t me = change->office->actor->person, author;
    KU_TRY(course_has_file(change, err));
    KU_TRY(load_form(change, change->before, &form, err));
    if (form != NULL && is(form, "route", "matrix"))
        return refuse(err, "form",
                      "documents of this form are approved through the signing matrix");
    KU_TRY(newest_author(change, &author, err));
    if (me != 0 && (author == me || ku_member_id(change->before, "author") == me))
        return ku_error_set(err, KU_NOT_ALLOWED, "author", "nobody approves what they wrote");
    return KU_OK;
}

/* ---- the register --------------------------------------------------------------------------------------- */

ku_status course_may_register(ku_change *change, ku_error *err)
{
    bool letter = is(change->before, "direction", "incoming");
    if (is(change->before, "state", "draft") && !letter)
        return refuse(err, "state", "it is approved first; only letters that came in are not");
    if (ku_member_id(change->before, "form") == 0)
        return refuse(err, "form", "choose its form first: the form gives the number");
    return KU_OK;
}

/* A document approved anew keeps the number it has. */
ku_status course_register(ku_change *change, ku_error *err)
{
    const char *today = ku_office_today(change->office), *number;
    if (ku_member_text(change->before, "number") != NULL) return KU_OK;
    int year = ku_date_to_civil(ku_date_of(change->office->now)).year;
    KU_TRY(
        ku_form_number(change->office, ku_member_id(change->before, "form"), year, &number, err));
    return write_on(change, json_pack("{s:s, s:s}", "number", number, "registered", today), err);
}

ku_status course_may_enforce(ku_change *change, ku_error *err)
{
    if (!is(change->before, "direction", "incoming")) return KU_OK;
    return refuse(err, "direction", "a letter that came in is not put into force");
}

ku_status course_may_supersede(ku_change *change, ku_error *err)
{
    json_t *newer;
    int64_t id = ku_member_id(change->asked, "newer");
    if (id == change->id) return refuse(err, "newer", "a document does not supersede itself");
    KU_TRY(ku_workflow_read(change->office, change->entity, id, &newer, err));
    if (is(newer, "state", "in_force")) return KU_OK;
    return refuse(err, "newer", "the newer document is not in force yet");
}

ku_status course_supersede(ku_change *change, ku_error *err)
{
    int64_t newer = ku_member_id(change->asked, "newer");
    return write_on(change, json_pack("{s:I}", "replaced_by", (json_int_t)newer), err);
}

/* ---- keeping and destroying ------------------------------------------------------------------------------- */

ku_status course_archive(ku_change *change, ku_error *err)
{
    json_t *form;
    KU_TRY(load_form(change, change->before, &form, err));
    const json_t *years = json_object_get(form, "retention");
    if (!json_is_integer(years)) return KU_OK; /* for ever */
    const char *until = ku_day_after(change->office, ku_office_today(change->office),
                                     (int)json_integer_value(years), 0);
    return write_on(change, json_pack("{s:s}", "retain_until", until), err);
}

ku_status course_may_destroy(ku_change *change, ku_error *err)
{
    const char *until = ku_member_text(change->before, "retain_until");
    if (json_is_true(json_object_get(change->before, "hold")))
        return refuse(err, "hold", "it is under a legal hold and must not be destroyed");
    if (until == NULL) return refuse(err, "retain_until", "it is kept for ever");
    if (strcmp(until, ku_office_today(change->office)) < 0) return KU_OK;
    return ku_error_set(err, KU_CONFLICT, "retain_until", "it must be kept until %s", until);
}

ku_status course_destroy(ku_change *change, ku_error *err)
{
    KU_TRY(ku_versions_destroy(change->office, change->id, err));
    return write_on(change, json_pack("{s:s}", "destroyed", ku_office_today(change->office)), err);
}

static ku_status for_lawyers(ku_change *change, ku_error *err)
{
    static const char *const roles[] = {"lawyer", "director", NULL};
    if (ku_holds_role(change->office->actor, roles)) return KU_OK;
    return ku_error_set(err, KU_NOT_ALLOWED, "hold",
                        "a legal hold is set and lifted by a lawyer or the director");
}

ku_status course_may_hold(ku_change *change, ku_error *err)
{
    KU_TRY(for_lawyers(change, err));
    if (!json_is_true(json_object_get(change->before, "hold"))) return KU_OK;
    return refuse(err, "hold", "it is under a legal hold already");
}

ku_status course_hold(ku_change *change, ku_error *err)
{
    char why[200];
    ku_text_copy(why, sizeof why, change->reason);
    return write_on(change, json_pack("{s:b, s:s}", "hold", 1, "hold_reason", why), err);
}

ku_status course_may_release(ku_change *change, ku_error *err)
{
    KU_TRY(for_lawyers(change, err));
    if (json_is_true(json_object_get(change->before, "hold"))) return KU_OK;
    return refuse(err, "hold", "it is not under a legal hold");
}

ku_status course_release(ku_change *change, ku_error *err)
{
    return write_on(change, json_pack("{s:b, s:n}", "hold", 0, "hold_reason"), err);
}

/* ---- class ---------------------------------------------------------------------------------------------- */

ku_status course_may_classify(ku_change *change, ku_error *err)
{
    json_t *form;
    KU_TRY(load_form(change, change->before, &form, err));
    if (ku_member_same(change->before, change->asked, "secrecy"))
        return refuse(err, "secrecy", "it is of this class already");
    if (form == NULL || class_rank(change->asked) >= class_rank(form)) return KU_OK;
    return ku_error_set(err, KU_CONFLICT, "secrecy",
                        "documents of its form are at least of the class \"%s\"",
                        text_of(form, "secrecy"));
}

ku_status course_classify(ku_change *change, ku_error *err)
{
    const char *class = ku_member_text(change->asked, "secrecy");
    KU_TRY(write_on(change, json_pack("{s:s}", "secrecy", class), err));
    if (strcmp(class, "secret") == 0) KU_TRY(begin_list(change, change->before, err));
    return ku_versions_reclass(change->office, change->id, err);
}

/* ---- taking note ------------------------------------------------------------------------------------------ */

ku_status course_may_acquaint(ku_change *change, ku_error *err)
{
    KU_TRY(course_has_file(change, err));
    if (ku_member_id(change->asked, "unit") != 0 || ku_member_id(change->asked, "person") != 0)
        return KU_OK;
    return ku_error_set(err, KU_BAD_DATA, "person", "name a person or a unit");
}

/* Those with a position in the unit or below it today. */
static const char members_sql[] =
    "WITH RECURSIVE below (id) AS (SELECT ?1 UNION SELECT u.id FROM org_unit u"
    " JOIN below b ON u.parent = b.id) SELECT DISTINCT a.person FROM assignment a"
    " JOIN position p ON p.id = a.position WHERE p.unit IN (SELECT id FROM below)"
    " AND a.state IN ('', 'active') AND a.starts <= ?2 AND (a.ends IS NULL OR a.ends >= ?2)"
    " AND a.person > ?3 ORDER BY a.person LIMIT 1";

static ku_status ask_unit(ku_change *change, int64_t unit, const char *due, ku_error *err)
{
    ku_office *office = change->office;
    const char *today = ku_office_today(office);
    int64_t person = 0, id;
    for (;;) {
        sqlite3_stmt *statement;
        bool row;
        KU_TRY(
            ku_sql_prepare(office->db, &statement, err, members_sql, "isi", unit, today, person));
        KU_TRY(ku_sql_step(&statement, &row, err));
        if (!row) return KU_OK;
        person = sqlite3_column_int64(statement, 0);
        sqlite3_finalize(statement);
        KU_TRY(ku_ack_ask(office, change->id, person, due, &id, err));
    }
}

ku_status course_acquaint(ku_change *change, ku_error *err)
{
    int64_t unit = ku_member_id(change->asked, "unit"), id;
    int64_t person = ku_member_id(change->asked, "person");
    const char *due = ku_member_text(change->asked, "due");
    if (unit != 0) KU_TRY(ask_unit(change, unit, due, err));
    return person != 0 ? ku_ack_ask(change->office, change->id, person, due, &id, err) : KU_OK;
}
