/* denied.c - refusals in the log.
 *
 * A program that knocks a thousand times a minute must not fill the log with a thousand rows,
 * nor may its knocking go unseen: the first refusal of a kind is written at once, those like it
 * within the next minute are counted beside the log, and the count is written as an event of
 * its own with the next refusal of any kind. */
#include <inttypes.h>
#include <string.h>

#include "access/event.h"
#include "base/date.h"
#include "workspace/sql.h"

enum { ALIKE_MICROS = 60 * 1000000 };

/* Who was refused. Their session may be over, so it is read without asking whether it holds. */
static ku_status identify(sqlite3 *db, const ku_who *who, ku_arena *arena, ku_actor *actor,
                          ku_error *err)
{
    sqlite3_stmt *statement;
    bool row;
    if (who->kind != KU_WHO_USER && who->kind != KU_WHO_TOKEN) return KU_OK;
    bool session = who->kind == KU_WHO_USER;
    KU_TRY(ku_sql_prepare(db, &statement, err,
                          session ? "SELECT u.id, u.person, u.name FROM user_session s"
                                    " JOIN app_user u ON u.id = s.user WHERE s.id = ?1"
                                  : "SELECT u.id, u.person, u.name FROM api_token t"
                                    " JOIN app_user u ON u.id = t.user WHERE t.id = ?1",
                          "i", session ? who->session : who->token));
    KU_TRY(ku_sql_step(&statement, &row, err));
    if (row) {
        actor->user = sqlite3_column_int64(statement, 0);
        actor->person = sqlite3_column_int64(statement, 1);
        actor->name = ku_sql_text(statement, 2, arena);
    }
    sqlite3_finalize(statement);
    return KU_OK;
}

/* ---- the counts ----------------------------------------------------------------------------------- */

typedef struct counted {
    const char *what;
    int64_t since, count;
} counted;

static ku_status write_count(ku_workspace *workspace, sqlite3 *db, int64_t now, const counted *c,
                             ku_error *err)
{
    char since[KU_TIMESTAMP_TEXT];
    ku_actor program = {.who = {.kind = KU_WHO_PROGRAM, .via = "program"}, .at = now};
    json_t *detail = json_pack("{s:s, s:I, s:s}", "what", c->what, "again", (json_int_t)c->count,
                               "since", ku_timestamp_format(c->since, since));
    ku_event event = {.action = "denied-again", .detail = detail};
    ku_status status = ku_event_add(workspace, db, &program, &event, NULL, err);
    json_decref(detail);
    return status;
}

/* Writes the counts whose minute is over and forgets them. */
static ku_status settle(ku_workspace *workspace, sqlite3 *db, int64_t now, ku_arena *arena,
                        ku_error *err)
{
    for (;;) {
        sqlite3_stmt *statement;
        bool row;
        counted c = {0};
        KU_TRY(ku_sql_prepare(db, &statement, err,
                              "SELECT what, since, count FROM denial WHERE since < ?1 LIMIT 1", "i",
                              now - ALIKE_MICROS));
        KU_TRY(ku_sql_step(&statement, &row, err));
        if (!row) return KU_OK;
        c = (counted){ku_sql_text(statement, 0, arena), sqlite3_column_int64(statement, 1),
                      sqlite3_column_int64(statement, 2)};
        sqlite3_finalize(statement);
        if (c.count > 0) KU_TRY(write_count(workspace, db, now, &c, err));
        KU_TRY(ku_sql_run(db, err, "DELETE FROM denial WHERE what = ?1", "s", c.what));
    }
}

static ku_status count_again(sqlite3 *db, const char *key, bool *counted_already, ku_error *err)
{
    KU_TRY(ku_sql_run(db, err, "UPDATE denial SET count = count + 1 WHERE what = ?1", "s", key));
    *counted_already = sqlite3_changes(db) > 0;
    return KU_OK;
}

/* ---- one refusal ------------------------------------------------------------------------------------ */

static ku_status write_denial(ku_workspace *workspace, sqlite3 *db, const ku_actor *actor,
                              const char *what, const char *why, ku_error *err)
{
    json_t *detail = json_pack("{s:s}", "what", what);
    ku_event event = {.action = "denied", .reason = why, .detail = detail};
    if (detail == NULL) /* not UTF-8: what came from outside is not repeated then */
        event.detail = detail = json_pack("{s:s}", "what", "(not readable)");
    ku_status status = ku_event_add(workspace, db, actor, &event, NULL, err);
    json_decref(detail);
    return status;
}

static ku_status deny(ku_workspace *workspace, sqlite3 *db, const ku_who *who, const char *what,
                      const char *why, ku_arena *arena, ku_error *err)
{
    bool again;
    ku_actor actor = {.who = *who, .at = ku_now_micros()};
    KU_TRY(identify(db, who, arena, &actor, err));
    const char *key = ku_arena_printf(arena, "%s %s", ku_actor_mark(&actor, arena), what);
    KU_TRY(settle(workspace, db, actor.at, arena, err));
    KU_TRY(count_again(db, key, &again, err));
    if (again) return KU_OK;
    KU_TRY(write_denial(workspace, db, &actor, what, why, err));
    return ku_sql_run(db, err, "INSERT INTO denial (what, since, count) VALUES (?1, ?2, 0)", "si",
                      key, actor.at);
}

static ku_status in_transaction(ku_workspace *workspace, sqlite3 *db, const ku_who *who,
                                const char *what, const char *why, ku_error *err)
{
    ku_arena *arena = ku_arena_new();
    if (arena == NULL) return ku_error_set(err, KU_NO_MEMORY, NULL, "no memory");
    ku_status status = ku_sql_run(db, err, "BEGIN IMMEDIATE", "");
    if (status == KU_OK) status = deny(workspace, db, who, what, why, arena, err);
    if (status == KU_OK) status = ku_sql_run(db, err, "COMMIT", "");
    ku_arena_free(arena);
    return status;
}

ku_status ku_event_denied(ku_workspace *workspace, const ku_who *who, const char *what,
                          const char *why, ku_error *err)
{
    sqlite3 *db;
    KU_TRY(ku_workspace_office(workspace, &db, err));
    ku_status status = in_transaction(workspace, db, who, what, why, err);
    ku_workspace_office_done(workspace, db); /* takes back what failed half-way */
    return status;
}
