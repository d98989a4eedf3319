/* transaction.c - one transaction by one actor.
 *
 * The actor is looked up within the transaction, so that what they may do is what holds at
 * that instant and in that snapshot: a right taken away a moment ago is gone. */
#include <assert.h>
#include <stdlib.h>

#include "base/date.h"
#include "office/store_internal.h"
#include "workspace/sql.h"

enum { WHEN_DONE_MAX = 8, KEPT_MAX = 16 };

typedef struct kept_statement {
    const ku_entity *entity; /* NULL: the place is free */
    ku_kept what;
    sqlite3_stmt *statement;
} kept_statement;

typedef struct office_whole {
    ku_office office; /* first: the caller's pointer */
    json_t *held;
    kept_statement kept[KEPT_MAX];
    void (*then[WHEN_DONE_MAX])(ku_workspace *);
    size_t then_count;
    bool committed;
} office_whole;

json_t *ku_office_hold(ku_office *office, json_t *json)
{
    office_whole *whole = (office_whole *)office;
    if (json == NULL || json_array_append_new(whole->held, json) != 0) abort();
    return json;
}

sqlite3_stmt *ku_office_take(ku_office *office, const ku_entity *entity, ku_kept what)
{
    office_whole *whole = (office_whole *)office;
    for (int i = 0; i < KEPT_MAX; i++) {
        kept_statement *kept = &whole->kept[i];
        if (kept->entity != entity || kept->what != what) continue;
        kept->entity = NULL;
        return kept->statement;
    }
    return NULL;
}

void ku_office_give(ku_office *office, const ku_entity *entity, ku_kept what,
                    sqlite3_stmt *statement)
{
    office_whole *whole = (office_whole *)office;
    sqlite3_reset(statement);
    for (int i = 0; i < KEPT_MAX && statement != NULL; i++) {
        if (whole->kept[i].entity != NULL) continue;
        whole->kept[i] = (kept_statement){entity, what, statement};
        return;
    }
    sqlite3_finalize(statement);
}

static void finalize_kept(office_whole *whole)
{
    for (int i = 0; i < KEPT_MAX; i++)
        if (whole->kept[i].entity != NULL) sqlite3_finalize(whole->kept[i].statement);
}

static ku_status open_transaction(ku_office *office, ku_error *err)
{
    if (!office->writing) {
        KU_TRY(ku_workspace_reader(office->workspace, &office->db, err));
        return ku_sql_run(office->db, err, "BEGIN", "");
    }
    KU_TRY(ku_workspace_office(office->workspace, &office->db, err));
    return ku_sql_run(office->db, err, "BEGIN IMMEDIATE", "");
}

ku_status ku_office_begin(ku_workspace *workspace, const ku_who *who, bool write,
                          ku_office **office, ku_error *err)
{
    ku_arena *arena = ku_arena_new();
    if (arena == NULL) return ku_error_set(err, KU_NO_MEMORY, NULL, "no memory");
    office_whole *whole = KU_NEW(arena, office_whole);
    whole->office = (ku_office){.workspace = workspace, .arena = arena, .writing = write};
    whole->held = json_array();
    ku_status status = open_transaction(&whole->office, err);
    /* After the wait for one's turn: the instant of the change, not of the asking. */
    whole->office.now = ku_now_micros();
    if (status == KU_OK)
        status = ku_actor_load(whole->office.db, who, whole->office.now, arena,
                               &whole->office.actor, err);
    if (status == KU_OK) {
        *office = &whole->office;
        return KU_OK;
    }
    ku_office_end(&whole->office);
    return status;
}

ku_status ku_office_commit(ku_office *office, ku_error *err)
{
    KU_TRY(ku_sql_run(office->db, err, "COMMIT", ""));
    ((office_whole *)office)->committed = true;
    return KU_OK;
}

void ku_office_when_done(ku_office *office, void (*then)(ku_workspace *workspace))
{
    office_whole *whole = (office_whole *)office;
    for (size_t i = 0; i < whole->then_count; i++)
        if (whole->then[i] == then) return;
    assert(whole->then_count < WHEN_DONE_MAX && "few kinds of work are left for later");
    whole->then[whole->then_count++] = then;
}

void ku_office_end(ku_office *office)
{
    if (office == NULL) return;
    office_whole *whole = (office_whole *)office;
    finalize_kept(whole);
    if (office->db != NULL && office->writing)
        ku_workspace_office_done(office->workspace, office->db);
    else if (office->db != NULL)
        ku_workspace_reader_done(office->workspace, office->db);
    for (size_t i = 0; whole->committed && i < whole->then_count; i++)
        whole->then[i](office->workspace);
    json_decref(whole->held);
    ku_arena_free(office->arena); /* `whole` itself lies in it */
}
