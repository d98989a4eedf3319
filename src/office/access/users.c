/* users.c - who signs in, and which roles they hold. */
#include "office/access/users.h"

#include <string.h>

#include "access/credential.h"
#include "access/event.h"
#include "access/oidc.h"
#include "access/session.h"
#include "workspace/sql.h"

ku_status ku_user_lock(ku_change *change, ku_error *err)
{
    if (change->id != change->office->actor->user) return KU_OK;
    return ku_error_set(err, KU_CONFLICT, "state",
                        "you would lock yourself out; ask another administrator");
}

/* Locked means at once: sessions, tokens and links end with it. */
ku_status ku_user_locked(ku_change *change, ku_error *err)
{
    ku_office *office = change->office;
    KU_TRY(ku_user_session_end(office->db, change->id, 0, 0, office->now, err));
    KU_TRY(ku_sql_run(office->db, err, "DELETE FROM credential WHERE user = ?1 AND kind = 'link'",
                      "i", change->id));
    return ku_sql_run(office->db, err,
                      "UPDATE api_token SET revoked = ?2, state = 'revoked' WHERE user = ?1"
                      " AND revoked IS NULL",
                      "ii", change->id, office->now);
}

static ku_status check_open(ku_office *office, int64_t user, ku_error *err)
{
    const ku_entity *entity = ku_entity_find("app_user");
    ku_standing standing;
    KU_TRY(ku_record_standing(office, entity, user, &standing, err));
    KU_TRY(ku_authorize_or_refuse(office->actor, entity, KU_CHANGE, &standing, NULL, office->arena,
                                  err));
    if (strcmp(standing.state, "locked") != 0) return KU_OK;
    return ku_error_set(err, KU_CONFLICT, "state", "this user is locked; unlock them first");
}

ku_status ku_user_link(ku_office *office, int64_t user, int64_t hours, const char **link,
                       ku_error *err)
{
    KU_TRY(check_open(office, user, err));
    KU_TRY(ku_link_make(office->db, user, hours, office->now, office->arena, link, err));
    const ku_event event = {.action = "link", .entity = "app_user", .record = user};
    return ku_event_add(office->workspace, office->db, office->actor, &event, NULL, err);
}

ku_status ku_user_connect(ku_office *office, int64_t user, const char *subject, ku_error *err)
{
    const ku_settings *settings = ku_workspace_settings(office->workspace);
    KU_TRY(check_open(office, user, err));
    if (!ku_oidc_on(settings))
        return ku_error_set(err, KU_CONFLICT, "oidc",
                            "no sign-in service is set; see [oidc] in kemudi.toml");
    KU_TRY(ku_oidc_connect(office->db, settings->oidc_issuer, user, subject, office->now, err));
    json_t *detail = json_pack("{s:s, s:s}", "service", settings->oidc_issuer, "subject", subject);
    const ku_event event = {
        .action = "connect", .entity = "app_user", .record = user, .detail = detail};
    ku_status status = ku_event_add(office->workspace, office->db, office->actor, &event, NULL,
                                    err);
    json_decref(detail);
    return status;
}

/* ---- roles ------------------------------------------------------------------------------------- */

static ku_status holds(ku_office *office, int64_t position, bool *own, ku_error *err)
{
    sqlite3_stmt *statement;
    KU_TRY(ku_sql_prepare(office->db, &statement, err,
                          "SELECT 1 FROM assignment WHERE position = ?1 AND person = ?2"
                          " AND (ends IS NULL OR ends >= date('now'))",
                          "ii", position, office->actor->person));
    KU_TRY(ku_sql_step(&statement, own, err));
    sqlite3_finalize(statement);
    return KU_OK;
}

/* Who hands out roles hands none to themselves. */
static ku_status check_not_own(ku_office *office, int64_t person, int64_t position, ku_error *err)
{
    bool own = person != 0 && person == office->actor->person;
    if (!own && position != 0 && office->actor->person != 0)
        KU_TRY(holds(office, position, &own, err));
    if (!own) return KU_OK;
    return ku_error_set(err, KU_NOT_ALLOWED, "role",
                        "nobody changes their own rights; ask another administrator");
}

ku_status ku_grant_check(ku_change *change, ku_error *err)
{
    const json_t *v = change->values;
    int64_t person = json_integer_value(json_object_get(v, "person"));
    int64_t position = json_integer_value(json_object_get(v, "position"));
    const char *starts = json_string_value(json_object_get(v, "starts"));
    const char *ends = json_string_value(json_object_get(v, "ends"));
    if ((person == 0) == (position == 0))
        return ku_error_set(err, KU_BAD_DATA, "position",
                            "give either a position or a person, not both");
    if (starts != NULL && ends != NULL && strcmp(ends, starts) < 0)
        return ku_error_set(err, KU_BAD_DATA, "ends", "Until: %s is before the first day, %s", ends,
                            starts);
    return check_not_own(change->office, person, position, err);
}
