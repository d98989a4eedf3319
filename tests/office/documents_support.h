/* documents_support.h - documents in the tests' small company: Hadi is its clerk. The fixture is
 * office_support.h's; what is read lives in `arena` until the test ends. */
#ifndef KU_TESTS_OFFICE_DOCUMENTS_SUPPORT_H
#define KU_TESTS_OFFICE_DOCUMENTS_SUPPORT_H

#include <string.h>

#include "made_files.h"
#include "office/documents/documents.h"
#include "office_support.h"

typedef struct documents {
    office_fixture f;
    ku_arena *arena;
    int64_t order, policy, letter; /* forms */
    int64_t party;
} documents;

static inline json_t *json_of(const char *text)
{
    json_t *json = json_loads(text, JSON_DECODE_ANY, NULL);
    if (json == NULL) print_error("not JSON: %s\n", text);
    assert_non_null(json);
    return json;
}

static inline ku_status try_add(documents *d, int person, const ku_entity *entity, const char *text,
                                int64_t *id, ku_error *err)
{
    ku_office *office = office_as(&d->f, person, true);
    json_t *values = json_of(text);
    ku_status status = ku_record_add(office, entity, values, NULL, id, err);
    if (status == KU_OK) status = ku_office_commit(office, err);
    ku_office_end(office);
    json_decref(values);
    return status;
}

static inline int64_t add(documents *d, int person, const ku_entity *entity, const char *text)
{
    int64_t id = 0;
    ku_error err = {0};
    check_ok(try_add(d, person, entity, text, &id, &err), &err);
    return id;
}

/* The whole record, whoever may see it. A new reference. */
static inline json_t *whole(documents *d, const ku_entity *entity, int64_t id)
{
    json_t *record;
    ku_error err = {0};
    ku_office *office = office_as(&d->f, ANA, false);
    check_ok(ku_workflow_read(office, entity, id, &record, &err), &err);
    json_t *copy = json_deep_copy(record);
    ku_office_end(office);
    return copy;
}

static inline int64_t version_of(documents *d, const ku_entity *entity, int64_t id)
{
    json_t *record = whole(d, entity, id);
    int64_t version = ku_member_id(record, "version");
    json_decref(record);
    return version;
}

static inline const char *text_in(documents *d, const ku_entity *entity, int64_t id,
                                  const char *name)
{
    json_t *record = whole(d, entity, id);
    const char *text = ku_member_text(record, name);
    const char *copy = text != NULL ? ku_arena_strdup(d->arena, text) : "";
    json_decref(record);
    return copy;
}

static inline ku_status try_move(documents *d, int person, const ku_entity *entity, int64_t id,
                                 const char *step, const char *asked, const char *reason,
                                 ku_error *err)
{
    int64_t version = version_of(d, entity, id);
    ku_office *office = office_as(&d->f, person, true);
    json_t *values = asked != NULL ? json_of(asked) : NULL;
    ku_status status = ku_record_move(office, entity, id, version, step, values, reason, err);
    if (status == KU_OK) status = ku_office_commit(office, err);
    ku_office_end(office);
    json_decref(values);
    return status;
}

static inline void move(documents *d, int person, const ku_entity *entity, int64_t id,
                        const char *step, const char *asked, const char *reason)
{
    ku_error err = {0};
    check_ok(try_move(d, person, entity, id, step, asked, reason, &err), &err);
}

static inline ku_status try_upload(documents *d, int person, int64_t document, const char *name,
                                   made_file file, int64_t *id, ku_error *err)
{
    ku_who who = office_who(person);
    return ku_document_upload(d->f.workspace, &who, document, name, NULL, file.bytes, file.length,
                              id, err);
}

static inline int64_t upload(documents *d, int person, int64_t document, const char *name,
                             made_file file)
{
    int64_t id = 0;
    ku_error err = {0};
    check_ok(try_upload(d, person, document, name, file, &id, &err), &err);
    return id;
}

/* How many records of the kind the person finds by the words. */
static inline size_t found_by(documents *d, int person, const ku_entity *entity, const char *words)
{
    ku_page page;
    ku_error err = {0};
    ku_office *office = office_as(&d->f, person, false);
    ku_query query = {.words = words, .closed = true};
    check_ok(ku_records_list(office, entity, &query, &page, &err), &err);
    size_t count = json_array_size(page.items);
    ku_office_end(office);
    return count;
}

/* The first column of the first row; -1 when there is none. */
static inline int64_t number_of(documents *d, const char *sql)
{
    sqlite3 *db;
    sqlite3_stmt *statement;
    bool row;
    ku_error err = {0};
    check_ok(ku_workspace_office(d->f.workspace, &db, &err), &err);
    check_ok(ku_sql_prepare(db, &statement, &err, sql, ""), &err);
    check_ok(ku_sql_step(&statement, &row, &err), &err);
    int64_t number = row ? sqlite3_column_int64(statement, 0) : -1;
    sqlite3_finalize(statement);
    ku_workspace_office_done(d->f.workspace, db);
    return number;
}

static inline int documents_make(void **state)
{
    documents *d = calloc(1, sizeof *d);
    office_make(&d->f);
    d->arena = ku_arena_new();
    office_sql(d->f.workspace,
               "INSERT INTO role_grant (id, version, state, created, changed, role, position, unit,"
               " highest) VALUES (90, 1, '', 0, 0, 'clerk', 8, 1, 'internal')");
    d->order = add(d, HADI, &ku_entity_form,
                   "{\"code\":\"ORD\",\"title\":\"Order\",\"kind\":\"order\","
                   "\"pattern\":\"ORD-{year}-{n:4}\",\"retention\":5}");
    d->policy = add(d, HADI, &ku_entity_form,
                    "{\"code\":\"POL\",\"title\":\"Policy\",\"kind\":\"policy\","
                    "\"pattern\":\"P{n}\"}");
    d->letter = add(d, HADI, &ku_entity_form,
                    "{\"code\":\"IN\",\"title\":\"Letter in\",\"kind\":\"letter\","
                    "\"pattern\":\"IN-{n:5}\",\"retention\":0}");
    d->party = add(d, HADI, &ku_entity_party, "{\"name\":\"Angkasa Media\",\"kind\":\"agency\"}");
    *state = d;
    return 0;
}

static inline int documents_clear(void **state)
{
    documents *d = *state;
    ku_arena_free(d->arena);
    office_clear(&d->f);
    free(d);
    return 0;
}

/* A document of Citra's in Design, with a file, approved by Budi and registered. */
static inline int64_t registered(documents *d, int64_t form, const char *title)
{
    int64_t id = add(d, CITRA, &ku_entity_document,
                     ku_arena_printf(d->arena, "{\"title\":\"%s\",\"form\":%" PRId64 ",\"unit\":3}",
                                     title, form));
    upload(d, CITRA, id, "text.txt", made_text(title));
    move(d, CITRA, &ku_entity_document, id, "submit", NULL, NULL);
    move(d, BUDI, &ku_entity_document, id, "approve", NULL, NULL);
    move(d, HADI, &ku_entity_document, id, "register", NULL, NULL);
    return id;
}

#endif
