/* erase.c - taking a person out of the records for good.
 *
 * Everything personal lies sealed under the person's own key: in their record, in records about
 * them, in the log. So erasing is destroying that key. What lies open is overwritten: the
 * name, the words it was found by, the sign-in. The rows stay, and with them every count and
 * every event, whose hashes were taken over the sealed bytes; the chain still holds. */
#include <inttypes.h>
#include <string.h>

#include "access/event.h"
#include "access/keys.h"
#include "office/personal/personal.h"
#include "workspace/sql.h"

/* ---- the person's own record ------------------------------------------------------------------ */

static ku_status check_state(ku_office *office, int64_t person, ku_error *err)
{
    json_t *record;
    KU_TRY(ku_workflow_read(office, ku_entity_find("person"), person, &record, err));
    const char *state = json_string_value(json_object_get(record, "state"));
    if (strcmp(state, "left") == 0) return KU_OK;
    if (strcmp(state, "erased") == 0)
        return ku_error_set(err, KU_CONFLICT, "person", "this person has been erased already");
    return ku_error_set(err, KU_CONFLICT, "person",
                        "they are still with the company; only who has left is erased");
}

static ku_status overwrite_record(ku_office *office, int64_t person, const char *reason,
                                  ku_error *err)
{
    const ku_entity *entity = ku_entity_find("person");
    json_t *values = json_object();
    const char *name = ku_arena_printf(office->arena, "Erased person %" PRId64, person);
    for (const ku_field_spec *f = entity->fields; f->name != NULL; f++)
        if (f->sealed) json_object_set_new(values, f->name, json_null());
    json_object_set_new(values, "name", json_string(name));
    json_object_set_new(values, "state", json_string("erased"));
    ku_status status = ku_workflow_write(office, entity, person, "erase", values, reason, err);
    json_decref(values);
    return status;
}

/* ---- sign-in -------------------------------------------------------------------------------------- */

static ku_status find_user(ku_office *office, int64_t person, int64_t *user, ku_error *err)
{
    sqlite3_stmt *statement;
    bool row;
    KU_TRY(ku_sql_prepare(office->db, &statement, err, "SELECT id FROM app_user WHERE person = ?1",
                          "i", person));
    KU_TRY(ku_sql_step(&statement, &row, err));
    *user = row ? sqlite3_column_int64(statement, 0) : 0;
    sqlite3_finalize(statement);
    return KU_OK;
}

static ku_status overwrite_user(ku_office *office, int64_t user, const char *reason, ku_error *err)
{
    const char *name = ku_arena_printf(office->arena, "erased-%" PRId64, user);
    json_t *values = json_pack("{s:s, s:s}", "name", name, "state", "locked");
    ku_status status = ku_workflow_write(office, ku_entity_find("app_user"), user, "erase", values,
                                         reason, err);
    json_decref(values);
    return status;
}

static ku_status forget_sign_in(ku_office *office, int64_t person, const char *reason,
                                ku_error *err)
{
    static const char *const statements[] = {
        "DELETE FROM attempt WHERE ?2 > 0 AND what = 'user:' || ?1",
        "DELETE FROM credential WHERE ?2 > 0 AND user = ?1",
        "UPDATE user_session SET agent = NULL, revoked = coalesce(revoked, ?2) WHERE user = ?1",
        "UPDATE api_token SET name = 'erased', revoked = coalesce(revoked, ?2) WHERE user = ?1",
    };
    int64_t user;
    KU_TRY(find_user(office, person, &user, err));
    if (user == 0) return KU_OK;
    for (size_t i = 0; i < sizeof statements / sizeof *statements; i++)
        KU_TRY(ku_sql_run(office->db, err, statements[i], "ii", user, office->now));
    return overwrite_user(office, user, reason, err);
}

/* The indexes of words forget at once, not when they are next put in order. */
static ku_status forget_words(ku_office *office, ku_error *err)
{
    KU_TRY(ku_sql_run(office->db, err,
                      "INSERT INTO person_search (person_search) VALUES ('optimize')", ""));
    return ku_sql_run(office->db, err,
                      "INSERT INTO app_user_search (app_user_search) VALUES ('optimize')", "");
}

/* ---- all of it ------------------------------------------------------------------------------------- */

ku_status ku_personal_erase(ku_office *office, int64_t person, const char *reason, ku_error *err)
{
    KU_TRY(check_state(office, person, err));
    KU_TRY(overwrite_record(office, person, reason, err));
    KU_TRY(forget_sign_in(office, person, reason, err));
    KU_TRY(forget_words(office, err));
    KU_TRY(ku_sql_run(office->db, err, "DELETE FROM access_list WHERE person = ?1", "i", person));
    /* Last: the event of the overwriting seals what was, and goes with the key. */
    return ku_key_destroy(office->db, person, office->now, err);
}

ku_status ku_personal_sweep(ku_workspace *workspace, ku_error *err)
{
    sqlite3 *db;
    KU_TRY(ku_workspace_office(workspace, &db, err));
    int busy = sqlite3_wal_checkpoint_v2(db, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
    ku_status status = busy == SQLITE_OK ? KU_OK : ku_sql_error(db, err, "emptying the journal");
    ku_workspace_office_done(workspace, db);
    return status;
}
