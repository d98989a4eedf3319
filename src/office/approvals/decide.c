/* decide.c - asking for an approval and deciding on it.
 *
 * The route is taken from the matrix when the approval is asked for and stays as it was then.
 * Who may decide is looked up at the moment of deciding: a position held today, or an order
 * in force today that reaches this kind and amount. Each decision is signed with the person's
 * own key over everything that makes it up, so that none can be altered or put in another's
 * mouth afterwards. */
#include <inttypes.h>
#include <sodium.h>
#include <string.h>

#include "access/keys.h"
#include "base/date.h"
#include "base/hash.h"
#include "base/money.h"
#include "office/approvals/approvals.h"
#include "office/organisation/organisation.h"
#include "workspace/sql.h"

static const char *text(const json_t *values, const char *name)
{
    return json_string_value(json_object_get(values, name));
}

static int64_t number(const json_t *values, const char *name)
{
    return json_integer_value(json_object_get(values, name));
}

/* ---- what is to be approved ------------------------------------------------------------------------ */

static ku_status add_document(ku_office *office, int64_t id, json_t *what, ku_error *err)
{
    json_t *document;
    if (id == 0) return KU_OK;
    KU_TRY(ku_workflow_read(office, ku_entity_find("document"), id, &document, err));
    if (text(document, "content") == NULL)
        return ku_error_set(err, KU_CONFLICT, "document", "the document has no file yet");
    json_object_set(what, "document", json_object_get(document, "content"));
    return KU_OK;
}

static ku_status add_contract(ku_office *office, int64_t id, json_t *what, ku_error *err)
{
    json_t *contract;
    if (id == 0) return KU_OK;
    KU_TRY(ku_workflow_read(office, ku_entity_find("contract"), id, &contract, err));
    json_t *copy = json_copy(contract);
    static const char *const course[] = {"version", "state", "changed"};
    for (size_t i = 0; i < sizeof course / sizeof *course; i++) json_object_del(copy, course[i]);
    json_object_set_new(what, "contract", copy);
    return KU_OK;
}

/* The hash of the thing as it is now: its file, its contract's terms, or what was written. */
static ku_status content_hash(ku_office *office, const json_t *approval, const char **hash,
                              ku_error *err)
{
    static const char *const own[] = {"title", "kind", "category", "amount", "unit"};
    ku_text canonical = {0};
    char hex[KU_HASH_TEXT];
    json_t *what = json_object();
    for (size_t i = 0; i < sizeof own / sizeof *own; i++) {
        json_t *value = json_object_get(approval, own[i]); /* absent and null are the same */
        json_object_set_new(what, own[i], value != NULL ? json_incref(value) : json_null());
    }
    ku_status status = add_document(office, number(approval, "document"), what, err);
    if (status == KU_OK) status = add_contract(office, number(approval, "contract"), what, err);
    if (status == KU_OK) {
        ku_json_dump(what, &canonical);
        ku_hash_bytes(ku_text_string(&canonical), canonical.length, hex);
        *hash = ku_arena_strdup(office->arena, hex);
    }
    ku_text_clear(&canonical);
    json_decref(what);
    return status;
}

static ku_signing signing_of(ku_office *office, const json_t *approval)
{
    ku_money money = {0};
    const char *amount = text(approval, "amount");
    const ku_currency *currency = ku_currency_find(
        ku_workspace_settings(office->workspace)->currency);
    if (amount != NULL) ku_money_parse(amount, strlen(amount), '.', currency, &money, NULL);
    return (ku_signing){.kind = text(approval, "kind"),
                        .category = text(approval, "category"),
                        .has_amount = amount != NULL,
                        .amount = money.minor,
                        .unit = number(approval, "unit"),
                        .date = ku_office_today(office)};
}

/* ---- asking ------------------------------------------------------------------------------------------- */

static ku_status check_kind(const json_t *values, ku_error *err)
{
    const char *kind = text(values, "kind");
    bool document = strcmp(kind, "document") == 0, contract = strcmp(kind, "contract") == 0;
    if (document && number(values, "document") == 0)
        return ku_error_set(err, KU_BAD_DATA, "document", "Document: say which one");
    if (contract && number(values, "contract") == 0)
        return ku_error_set(err, KU_BAD_DATA, "contract", "Contract: say which one");
    if (!document && text(values, "amount") == NULL)
        return ku_error_set(err, KU_BAD_DATA, "amount", "Amount: the matrix goes by it");
    return KU_OK;
}

ku_status ku_approval_check(ku_change *change, ku_error *err)
{
    const char *hash;
    json_t *route;
    if (change->before != NULL)
        return ku_error_set(err, KU_CONFLICT, "state",
                            "what was asked for is not changed; withdraw it and ask anew");
    KU_TRY(check_kind(change->values, err));
    KU_TRY(content_hash(change->office, change->values, &hash, err));
    json_object_set_new(change->values, "content", json_string(hash));
    ku_signing signing = signing_of(change->office, change->values);
    KU_TRY(ku_approval_route(change->office, &signing, &route, err));
    bool none = json_array_size(route) == 0;
    const json_t *first = json_array_get(route, 0);
    if (!none) json_object_set(change->values, "place", json_object_get(first, "place"));
    json_decref(route);
    if (!none) return KU_OK;
    return ku_error_set(err, KU_CONFLICT, "kind",
                        "the signing matrix has no route for this kind, amount and unit");
}

static ku_status add_step(ku_office *office, int64_t approval, const json_t *step, int64_t place,
                          ku_error *err)
{
    int64_t id;
    json_t *values = json_pack(
        "{s:I, s:O, s:O, s:O, s:O, s:s}", "approval", (json_int_t)approval, "place",
        json_object_get(step, "place"), "position", json_object_get(step, "position"), "needed",
        json_object_get(step, "needed"), "days", json_object_get(step, "days"), "state",
        number(step, "place") == place ? "open" : "waiting");
    ku_status status = ku_workflow_add(office, ku_entity_find("approval_step"), "add", values, &id,
                                       err);
    json_decref(values);
    return status;
}

static ku_status set_due(ku_office *office, int64_t approval, int64_t place, int64_t days,
                         const char *action, ku_error *err)
{
    char due[KU_DATE_TEXT];
    ku_date_format(ku_date_of(office->now) + (int32_t)days, due);
    json_t *values = json_pack("{s:I, s:s}", "place", (json_int_t)place, "due", due);
    ku_status status = ku_workflow_write(office, ku_entity_find("approval"), approval, action,
                                         values, NULL, err);
    json_decref(values);
    return status;
}

ku_status ku_approval_begun(ku_change *change, ku_error *err)
{
    json_t *route, *step;
    size_t at;
    ku_signing signing = signing_of(change->office, change->values);
    KU_TRY(ku_approval_route(change->office, &signing, &route, err));
    int64_t place = number(json_array_get(route, 0), "place");
    int64_t days = number(json_array_get(route, 0), "days");
    ku_status status = KU_OK;
    json_array_foreach(route, at, step)
    {
        if (status == KU_OK) status = add_step(change->office, change->id, step, place, err);
    }
    json_decref(route);
    KU_TRY(status);
    return set_due(change->office, change->id, place, days, "route", err);
}

/* ---- who may decide now ----------------------------------------------------------------------------------- */

typedef struct authority {
    int64_t position, stead, delegation; /* position 0: none */
    const char *order;
} authority;

/* The first open step of the approval that the person may decide: as holder, else by order.
 * One who has decided in this place already does not count twice. */
static const char authority_sql[] =
    "SELECT s.position, NULL, NULL, NULL FROM approval_step s JOIN assignment a"
    " ON a.position = s.position WHERE s.approval = ?1 AND s.state = 'open' AND a.person = ?2"
    " AND a.starts <= ?3 AND (a.ends IS NULL OR a.ends >= ?3)"
    " AND NOT EXISTS (SELECT 1 FROM approval_decision d WHERE d.approval = ?1"
    " AND d.place = s.place AND (d.person = ?2 OR d.position = s.position))"
    " UNION ALL SELECT s.position, d.holder, d.id, d.number FROM approval_step s"
    " JOIN delegation d ON d.position = s.position JOIN assignment a ON a.position = s.position"
    " AND a.person = d.holder WHERE s.approval = ?1 AND s.state = 'open' AND d.deputy = ?2"
    " AND d.state = 'active' AND d.starts <= ?3 AND d.ends >= ?3 AND a.starts <= ?3"
    " AND (a.ends IS NULL OR a.ends >= ?3) AND d.scope IN ('all', 'decide', ?4)"
    " AND (d.amount IS NULL OR ?5 <= d.amount) AND d.holder <> ?6"
    " AND NOT EXISTS (SELECT 1 FROM approval_decision x WHERE x.approval = ?1"
    " AND x.place = s.place AND (x.person = ?2 OR x.position = s.position)) LIMIT 1";

static ku_status find_authority(ku_office *office, const json_t *approval, authority *found,
                                ku_error *err)
{
    sqlite3_stmt *statement;
    bool row;
    ku_signing signing = signing_of(office, approval);
    *found = (authority){0};
    if (office->actor->person == 0) return KU_OK;
    KU_TRY(ku_sql_prepare(office->db, &statement, err, authority_sql, "iissii",
                          number(approval, "id"), office->actor->person, signing.date, signing.kind,
                          signing.amount, number(approval, "asked_by")));
    KU_TRY(ku_sql_step(&statement, &row, err));
    if (!row) return KU_OK;
    found->position = sqlite3_column_int64(statement, 0);
    found->stead = sqlite3_column_int64(statement, 1);
    found->delegation = sqlite3_column_int64(statement, 2);
    found->order = ku_sql_text(statement, 3, office->arena);
    sqlite3_finalize(statement);
    return KU_OK;
}

ku_status ku_approval_may_decide(ku_change *change, ku_error *err)
{
    authority mine;
    const char *hash;
    const char *due = text(change->before, "due");
    ku_office *office = change->office;
    if (number(change->before, "asked_by") == office->actor->person)
        return ku_error_set(err, KU_NOT_ALLOWED, "asked_by", "nobody approves their own");
    KU_TRY(find_authority(office, change->before, &mine, err));
    if (mine.position == 0)
        return ku_error_set(err, KU_NOT_ALLOWED, "position",
                            "it is not yours to decide now: you hold none of the positions that "
                            "are asked, and no order in force reaches this kind and amount");
    if (due != NULL && strcmp(due, ku_office_today(office)) < 0)
        return ku_error_set(err, KU_CONFLICT, "due", "it was to be decided by %s", due);
    KU_TRY(content_hash(office, change->before, &hash, err));
    if (strcmp(hash, text(change->before, "content")) == 0) return KU_OK;
    return ku_error_set(err, KU_CONFLICT, "content",
                        "what was to be approved has changed since it was asked for; it is to be "
                        "withdrawn and asked for anew");
}

/* ---- deciding ------------------------------------------------------------------------------------------------ */

/* What is signed: every member that makes the decision up, canonical. */
static void signed_text(const json_t *decision, ku_text *out)
{
    static const char *const members[] = {"approval", "place",      "position", "person",
                                          "stead",    "delegation", "decision", "remarks",
                                          "content",  "decided"};
    json_t *part = json_object();
    for (size_t i = 0; i < sizeof members / sizeof *members; i++) {
        json_t *value = json_object_get(decision, members[i]);
        json_object_set_new(part, members[i], value != NULL ? json_incref(value) : json_null());
    }
    ku_json_dump(part, out);
    json_decref(part);
}

static json_t *or_null(int64_t id)
{
    return id != 0 ? json_integer(id) : json_null();
}

static ku_status sign(ku_office *office, json_t *decision, ku_error *err)
{
    unsigned char signature[KU_SIGNATURE_BYTES], public_key[KU_PUBLIC_BYTES];
    char hex[2 * KU_SIGNATURE_BYTES + 1];
    ku_text message = {0};
    signed_text(decision, &message);
    ku_status status = ku_text_check(&message, err);
    if (status == KU_OK)
        status = ku_sign(office->workspace, office->db, office->actor->person, message.bytes,
                         message.length, signature, public_key, err);
    ku_text_clear(&message);
    KU_TRY(status);
    sodium_bin2hex(hex, sizeof hex, signature, sizeof signature);
    json_object_set_new(decision, "signature", json_string(hex));
    sodium_bin2hex(hex, sizeof hex, public_key, sizeof public_key);
    json_object_set_new(decision, "public_key", json_string(hex));
    return KU_OK;
}

static ku_status write_decision(ku_change *change, const char *decision, const authority *mine,
                                ku_error *err)
{
    char now[KU_TIMESTAMP_TEXT];
    int64_t id;
    ku_office *office = change->office;
    json_t *values = json_pack(
        "{s:I, s:O, s:I, s:I, s:o, s:o, s:s, s:o, s:O, s:s}", "approval", (json_int_t)change->id,
        "place", json_object_get(change->values, "place"), "position", (json_int_t)mine->position,
        "person", (json_int_t)office->actor->person, "stead", or_null(mine->stead), "delegation",
        or_null(mine->delegation), "decision", decision, "remarks",
        change->reason != NULL && *change->reason != '\0' ? json_string(change->reason)
                                                          : json_null(),
        "content", json_object_get(change->values, "content"), "decided",
        ku_timestamp_format(office->now, now));
    ku_status status = sign(office, values, err);
    if (status == KU_OK)
        status = ku_workflow_add(office, ku_entity_find("approval_decision"), decision, values, &id,
                                 err);
    json_decref(values);
    return status;
}

/* Of the place: how many positions it asks, how many must approve, how many have. */
static ku_status count_place(ku_office *office, int64_t approval, int64_t place, int64_t *needed,
                             int64_t *given, ku_error *err)
{
    sqlite3_stmt *statement;
    bool row;
    KU_TRY(ku_sql_prepare(
        office->db, &statement, err,
        "SELECT coalesce(min(max(needed), count(*)), count(*)), (SELECT count(*) FROM"
        " approval_decision WHERE approval = ?1 AND place = ?2 AND decision = 'approve')"
        " FROM approval_step WHERE approval = ?1 AND place = ?2",
        "ii", approval, place));
    KU_TRY(ku_sql_step(&statement, &row, err));
    *needed = sqlite3_column_int64(statement, 0);
    *given = sqlite3_column_int64(statement, 1);
    sqlite3_finalize(statement);
    return KU_OK;
}

/* Every step of the place into that state, each with its event. */
static ku_status set_steps(ku_office *office, int64_t approval, int64_t place, const char *state,
                           ku_error *err)
{
    enum { MOST = 100 };
    int64_t ids[MOST];
    int count = 0;
    sqlite3_stmt *statement;
    bool row;
    ku_status status;
    KU_TRY(ku_sql_prepare(office->db, &statement, err,
                          "SELECT id FROM approval_step WHERE approval = ?1"
                          " AND (?2 = 0 OR place = ?2) AND state IN ('waiting', 'open') LIMIT 100",
                          "ii", approval, place));
    while ((status = ku_sql_step(&statement, &row, err)) == KU_OK && row)
        ids[count++] = sqlite3_column_int64(statement, 0);
    KU_TRY(status);
    json_t *values = json_pack("{s:s}", "state", state);
    for (int i = 0; i < count && status == KU_OK; i++)
        status = ku_workflow_write(office, ku_entity_find("approval_step"), ids[i], state, values,
                                   NULL, err);
    json_decref(values);
    return status;
}

static ku_status end_with(ku_change *change, const char *state, ku_error *err)
{
    json_t *values = json_pack("{s:s}", "state", state);
    ku_status status = set_steps(change->office, change->id, 0, "closed", err);
    if (status == KU_OK)
        status = ku_workflow_write(change->office, change->entity, change->id, state, values,
                                   change->reason, err);
    json_decref(values);
    return status;
}

/* What was approved moves on by itself: a document under review is approved. */
static ku_status pass_on(ku_change *change, ku_error *err)
{
    int64_t id = number(change->values, "document");
    json_t *document;
    if (id == 0) return KU_OK;
    const ku_entity *entity = ku_entity_find("document");
    KU_TRY(ku_workflow_read(change->office, entity, id, &document, err));
    if (strcmp(text(document, "state"), "review") != 0) return KU_OK;
    json_t *values = json_pack("{s:s}", "state", "approved");
    ku_status status = ku_workflow_write(change->office, entity, id, "approve", values, NULL, err);
    json_decref(values);
    return status;
}

/* The next place of the route; 0 after the last. */
static ku_status next_place(ku_office *office, int64_t approval, int64_t place, int64_t *next,
                            int64_t *days, ku_error *err)
{
    sqlite3_stmt *statement;
    bool row;
    *next = 0;
    KU_TRY(ku_sql_prepare(office->db, &statement, err,
                          "SELECT place, max(days) FROM approval_step WHERE approval = ?1"
                          " AND place > ?2 GROUP BY place ORDER BY place LIMIT 1",
                          "ii", approval, place));
    KU_TRY(ku_sql_step(&statement, &row, err));
    if (!row) return KU_OK;
    *next = sqlite3_column_int64(statement, 0);
    *days = sqlite3_column_int64(statement, 1);
    sqlite3_finalize(statement);
    return KU_OK;
}

static ku_status move_on(ku_change *change, int64_t place, ku_error *err)
{
    int64_t next, days = 0;
    KU_TRY(set_steps(change->office, change->id, place, "approved", err));
    KU_TRY(next_place(change->office, change->id, place, &next, &days, err));
    if (next == 0) {
        KU_TRY(end_with(change, "approved", err));
        return pass_on(change, err);
    }
    KU_TRY(set_steps(change->office, change->id, next, "open", err));
    return set_due(change->office, change->id, next, days, "next step", err);
}

ku_status ku_approval_approve(ku_change *change, ku_error *err)
{
    authority mine;
    int64_t needed, given, place = number(change->values, "place");
    KU_TRY(find_authority(change->office, change->values, &mine, err));
    KU_TRY(write_decision(change, "approve", &mine, err));
    KU_TRY(count_place(change->office, change->id, place, &needed, &given, err));
    return given >= needed ? move_on(change, place, err) : KU_OK;
}

static ku_status end_by(ku_change *change, const char *decision, const char *state, ku_error *err)
{
    authority mine;
    KU_TRY(find_authority(change->office, change->values, &mine, err));
    KU_TRY(write_decision(change, decision, &mine, err));
    return end_with(change, state, err);
}

ku_status ku_approval_refuse(ku_change *change, ku_error *err)
{
    return end_by(change, "refuse", "refused", err);
}

ku_status ku_approval_return(ku_change *change, ku_error *err)
{
    return end_by(change, "return", "returned", err);
}

/* ---- what waits ---------------------------------------------------------------------------------------------------- */

static ku_status add_waiting(ku_office *office, int64_t id, json_t *items, ku_error *err)
{
    json_t *approval;
    authority mine;
    const char *asker = NULL, *stead = NULL;
    KU_TRY(ku_workflow_read(office, ku_entity_find("approval"), id, &approval, err));
    KU_TRY(find_authority(office, approval, &mine, err));
    if (mine.position == 0 || number(approval, "asked_by") == office->actor->person) return KU_OK;
    KU_TRY(ku_person_name(office, number(approval, "asked_by"), &asker, err));
    if (mine.stead != 0) KU_TRY(ku_person_name(office, mine.stead, &stead, err));
    json_array_append_new(items, json_pack("{s:s, s:I, s:O, s:O, s:O, s:s?, s:s?, s:s?}", "entity",
                                           "approval", "id", (json_int_t)id, "title",
                                           json_object_get(approval, "title"), "amount",
                                           json_object_get(approval, "amount"), "due",
                                           json_object_get(approval, "due"), "from", asker, "stead",
                                           stead, "order", mine.order));
    return KU_OK;
}

/* Candidates by position first, so that a thousand approvals of others cost nothing. */
static const char waiting_sql[] =
    "SELECT DISTINCT s.approval FROM approval_step s WHERE s.state = 'open' AND s.position IN"
    " (SELECT position FROM assignment WHERE person = ?1"
    "  UNION SELECT position FROM delegation WHERE deputy = ?1 AND state = 'active')"
    " ORDER BY s.approval LIMIT 500";

ku_status ku_approval_waiting(ku_office *office, json_t **items, ku_error *err)
{
    enum { MOST = 500 };
    int64_t *ids = KU_ARRAY(office->arena, MOST, int64_t);
    int count = 0;
    sqlite3_stmt *statement;
    bool row;
    ku_status status;
    *items = json_array();
    KU_TRY(ku_sql_prepare(office->db, &statement, err, waiting_sql, "i", office->actor->person));
    while ((status = ku_sql_step(&statement, &row, err)) == KU_OK && row)
        ids[count++] = sqlite3_column_int64(statement, 0);
    for (int i = 0; i < count && status == KU_OK; i++)
        status = add_waiting(office, ids[i], *items, err);
    return status;
}

ku_status ku_approval_expire(ku_office *office, int64_t *count, ku_error *err)
{
    json_t *values = json_pack("{s:s}", "state", "expired");
    ku_status status = KU_OK;
    for (*count = 0; status == KU_OK; ++*count) {
        sqlite3_stmt *statement;
        bool row;
        status = ku_sql_prepare(office->db, &statement, err,
                                "SELECT id FROM approval WHERE state = 'open' AND due < ?1 LIMIT 1",
                                "s", ku_office_today(office));
        if (status == KU_OK) status = ku_sql_step(&statement, &row, err);
        if (status != KU_OK || !row) break;
        int64_t id = sqlite3_column_int64(statement, 0);
        sqlite3_finalize(statement);
        status = set_steps(office, id, 0, "closed", err);
        if (status == KU_OK)
            status = ku_workflow_write(office, ku_entity_find("approval"), id, "expired", values,
                                       "its day is over", err);
    }
    json_decref(values);
    return status;
}

/* ---- verifying ----------------------------------------------------------------------------------------------------- */

static bool from_hex(const char *hex, unsigned char *bytes, size_t length)
{
    size_t found = 0;
    return hex != NULL &&
           sodium_hex2bin(bytes, length, hex, strlen(hex), NULL, &found, NULL) == 0 &&
           found == length;
}

static bool signature_holds(const json_t *decision)
{
    unsigned char signature[KU_SIGNATURE_BYTES], public_key[KU_PUBLIC_BYTES];
    ku_text message = {0};
    if (!from_hex(text(decision, "signature"), signature, sizeof signature) ||
        !from_hex(text(decision, "public_key"), public_key, sizeof public_key))
        return false;
    signed_text(decision, &message);
    bool holds = !message.failed &&
                 ku_signature_holds(signature, public_key, message.bytes, message.length);
    ku_text_clear(&message);
    return holds;
}

/* One number of a question about the decision. */
static ku_status ask(ku_office *office, const char *sql, int64_t a, int64_t b, const char *c,
                     bool *yes, ku_error *err)
{
    sqlite3_stmt *statement;
    KU_TRY(ku_sql_prepare(office->db, &statement, err, sql, "iis", a, b, c));
    KU_TRY(ku_sql_step(&statement, yes, err));
    sqlite3_finalize(statement);
    return KU_OK;
}

static ku_status find_fault(ku_office *office, const json_t *decision, const char **fault,
                            ku_error *err)
{
    bool yes;
    json_t *approval;
    const char *day = ku_arena_strndup(office->arena, text(decision, "decided"), 10);
    *fault = NULL;
    if (!signature_holds(decision)) {
        *fault = "the signature does not fit what was decided";
        return KU_OK;
    }
    KU_TRY(ask(office,
               "SELECT 1 FROM person_signer WHERE person = ?1 AND ?2 = 0"
               " AND lower(hex(public)) = ?3",
               number(decision, "person"), 0, text(decision, "public_key"), &yes, err));
    if (!yes) *fault = "the key is not that person's";
    KU_TRY(ku_workflow_read(office, ku_entity_find("approval"), number(decision, "approval"),
                            &approval, err));
    if (strcmp(text(approval, "content"), text(decision, "content")) != 0)
        *fault = "something else was signed than was asked for";
    int64_t stead = number(decision, "stead");
    KU_TRY(ask(office,
               "SELECT 1 FROM assignment WHERE person = ?1 AND position = ?2 AND starts <= ?3"
               " AND (ends IS NULL OR ends >= ?3)",
               stead != 0 ? stead : number(decision, "person"), number(decision, "position"), day,
               &yes, err));
    if (!yes) *fault = "the position was not held on that day";
    if (stead == 0) return KU_OK;
    KU_TRY(ask(office,
               "SELECT 1 FROM delegation WHERE id = ?1 AND deputy = ?2 AND starts <= ?3"
               " AND ends >= ?3 AND number IS NOT NULL",
               number(decision, "delegation"), number(decision, "person"), day, &yes, err));
    if (!yes) *fault = "no order was in force on that day";
    return KU_OK;
}

static ku_status verify_one(ku_office *office, int64_t id, json_t *items, ku_error *err)
{
    json_t *decision, *approval;
    const char *fault, *name = NULL;
    KU_TRY(ku_workflow_read(office, ku_entity_find("approval_decision"), id, &decision, err));
    KU_TRY(find_fault(office, decision, &fault, err));
    KU_TRY(ku_workflow_read(office, ku_entity_find("approval"), number(decision, "approval"),
                            &approval, err));
    KU_TRY(ku_person_name(office, number(decision, "person"), &name, err));
    json_array_append_new(items, json_pack("{s:O, s:O, s:s?, s:O, s:O, s:b, s:s?}", "approval",
                                           json_object_get(decision, "approval"), "title",
                                           json_object_get(approval, "title"), "person", name,
                                           "decision", json_object_get(decision, "decision"),
                                           "decided", json_object_get(decision, "decided"), "holds",
                                           fault == NULL, "why", fault));
    return KU_OK;
}

ku_status ku_approval_verify(ku_office *office, int64_t approval, json_t **items, ku_error *err)
{
    sqlite3_stmt *statement;
    bool row;
    ku_status status;
    *items = json_array();
    for (int64_t last = 0;;) {
        KU_TRY(ku_sql_prepare(office->db, &statement, err,
                              "SELECT min(id) FROM approval_decision WHERE id > ?1"
                              " AND (?2 = 0 OR approval = ?2)",
                              "ii", last, approval));
        KU_TRY(ku_sql_step(&statement, &row, err));
        last = sqlite3_column_int64(statement, 0);
        sqlite3_finalize(statement);
        if (last == 0) return KU_OK;
        status = verify_one(office, last, *items, err);
        KU_TRY(status);
    }
}
