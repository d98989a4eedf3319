/* event.c - adding to the log.
 *
 * Every row carries the hash of the row before it, and its own hash covers every one of its
 * columns, that one among them. To alter, remove or move a row unseen one would have to write all
 * that follow anew, and the days' heads are signed and may lie with an auditor.
 *
 * What is hashed must not be open to two readings: ("ab", "c") and ("a", "bc"), nothing and
 * the empty text, 1 and "1" give different bytes. So each column goes in with its kind and
 * its length before its content. */
#include "access/event.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "access/event_internal.h"
#include "access/keys.h"
#include "base/date.h"
#include "workspace/sql.h"

/* A clock that stands this little behind was corrected, not set back: the event then takes the
 * time of the one before it. */
enum { CLOCK_SLACK = 2 * 1000000 };

/* ---- the hash ----------------------------------------------------------------------------------- */

static void hash_number(ku_hash *hash, uint64_t number)
{
    unsigned char bytes[8];
    for (int i = 0; i < 8; i++) bytes[i] = (unsigned char)(number >> (8 * i));
    ku_hash_add(hash, bytes, sizeof bytes);
}

static void hash_cell(ku_hash *hash, const event_cell *cell)
{
    static const char letters[] = {
        [SQLITE_INTEGER] = 'i', [SQLITE_TEXT] = 't', [SQLITE_BLOB] = 'b', [SQLITE_NULL] = 'n'};
    ku_hash_add(hash, &letters[cell->kind], 1);
    if (cell->kind == SQLITE_INTEGER) hash_number(hash, (uint64_t)cell->number);
    if (cell->kind != SQLITE_TEXT && cell->kind != SQLITE_BLOB) return;
    hash_number(hash, cell->length);
    if (cell->length > 0) ku_hash_add(hash, cell->bytes, cell->length);
}

void ku_event_hash(const event_cell cells[EVENT_CELLS], char hex[KU_HASH_TEXT])
{
    static const char mark[] = "kemudi event 1\n";
    ku_hash hash;
    ku_hash_init(&hash);
    ku_hash_add(&hash, mark, sizeof mark - 1);
    for (int i = 0; i < EVENT_CELLS; i++) hash_cell(&hash, &cells[i]);
    ku_hash_finish(&hash, hex);
}

void ku_event_read(sqlite3_stmt *statement, event_cell cells[EVENT_CELLS])
{
    for (int i = 0; i < EVENT_CELLS; i++) {
        cells[i] = (event_cell){.kind = sqlite3_column_type(statement, i)};
        if (cells[i].kind == SQLITE_INTEGER) cells[i].number = sqlite3_column_int64(statement, i);
        if (cells[i].kind == SQLITE_TEXT) cells[i].bytes = sqlite3_column_text(statement, i);
        if (cells[i].kind == SQLITE_BLOB) cells[i].bytes = sqlite3_column_blob(statement, i);
        if (cells[i].kind == SQLITE_TEXT || cells[i].kind == SQLITE_BLOB)
            cells[i].length = (size_t)sqlite3_column_bytes(statement, i);
    }
}

/* ---- one event's cells ------------------------------------------------------------------------------ */

static event_cell number_cell(int64_t number)
{
    return (event_cell){.kind = SQLITE_INTEGER, .number = number};
}

/* 0 stands for none where records are meant. */
static event_cell record_cell(int64_t number)
{
    return number != 0 ? number_cell(number) : (event_cell){.kind = SQLITE_NULL};
}

static event_cell text_cell(const char *text)
{
    if (text == NULL) return (event_cell){.kind = SQLITE_NULL};
    return (event_cell){.kind = SQLITE_TEXT, .bytes = text, .length = strlen(text)};
}

static ku_status json_text(const json_t *json, ku_arena *arena, const char **text, ku_error *err)
{
    ku_text out = {0};
    ku_json_dump(json, &out);
    ku_status status = ku_text_check(&out, err);
    if (status == KU_OK) *text = ku_arena_strndup(arena, ku_text_string(&out), out.length);
    if (out.bytes != NULL) sodium_memzero(out.bytes, out.length);
    ku_text_clear(&out);
    return status;
}

static const char *about_event(int64_t seq, char about[32])
{
    snprintf(about, 32, "event:%" PRId64, seq);
    return about;
}

static ku_status seal_cell(ku_workspace *workspace, sqlite3 *db, const ku_event *event, int64_t seq,
                           ku_arena *arena, event_cell *cell, ku_error *err)
{
    const char *plain;
    void *sealed;
    char about[32];
    *cell = (event_cell){.kind = SQLITE_NULL};
    if (event->sealed == NULL) return KU_OK;
    KU_TRY(json_text(event->sealed, arena, &plain, err));
    ku_status status = ku_seal(workspace, db, event->subject, about_event(seq, about), plain,
                               strlen(plain), arena, &sealed, &cell->length, err);
    sodium_memzero((void *)(uintptr_t)plain, strlen(plain));
    KU_TRY(status);
    cell->kind = SQLITE_BLOB;
    cell->bytes = sealed;
    return KU_OK;
}

/* The last event; seq 0 when there is none yet. */
typedef struct last_event {
    int64_t seq, time;
    char hash[KU_HASH_TEXT];
} last_event;

static ku_status find_last(sqlite3 *db, last_event *last, ku_error *err)
{
    sqlite3_stmt *statement;
    bool row;
    *last = (last_event){.hash = KU_EVENT_GENESIS};
    KU_TRY(ku_sql_prepare(db, &statement, err,
                          "SELECT seq, time, hash FROM event ORDER BY seq DESC LIMIT 1", ""));
    KU_TRY(ku_sql_step(&statement, &row, err));
    if (row) {
        last->seq = sqlite3_column_int64(statement, 0);
        last->time = sqlite3_column_int64(statement, 1);
        const char *hash = (const char *)sqlite3_column_text(statement, 2);
        ku_text_copy(last->hash, sizeof last->hash, hash != NULL ? hash : "");
    }
    sqlite3_finalize(statement);
    return KU_OK;
}

static ku_status check_clock(const last_event *last, int64_t at, ku_error *err)
{
    char then[KU_TIMESTAMP_TEXT], now[KU_TIMESTAMP_TEXT];
    if (last->time - at <= CLOCK_SLACK) return KU_OK;
    return ku_error_set(err, KU_CONFLICT, "clock",
                        "the computer's clock was set back: it says %s, but the last event is of "
                        "%s; set it right, nothing can be changed before",
                        ku_timestamp_format(at, now), ku_timestamp_format(last->time, then));
}

static ku_status fill_cells(ku_workspace *workspace, sqlite3 *db, const ku_actor *actor,
                            const ku_event *event, const last_event *last, ku_arena *arena,
                            event_cell cells[EVENT_CELLS], ku_error *err)
{
    const char *detail = NULL;
    int64_t seq = last->seq + 1;
    if (event->detail != NULL) KU_TRY(json_text(event->detail, arena, &detail, err));
    cells[EVENT_SEQ] = number_cell(seq);
    cells[EVENT_TIME] = number_cell(actor->at > last->time ? actor->at : last->time);
    cells[EVENT_USER] = record_cell(actor->user);
    cells[EVENT_PERSON] = record_cell(actor->person);
    cells[EVENT_ACTOR] = text_cell(ku_actor_mark(actor, arena));
    cells[EVENT_STEAD] = record_cell(event->stead);
    cells[EVENT_DELEGATION] = record_cell(event->delegation);
    cells[EVENT_VIA] = text_cell(actor->who.via != NULL ? actor->who.via : "program");
    cells[EVENT_ACTION] = text_cell(event->action);
    cells[EVENT_ENTITY] = text_cell(event->entity);
    cells[EVENT_RECORD] = record_cell(event->record);
    cells[EVENT_BEFORE] = text_cell(event->before);
    cells[EVENT_AFTER] = text_cell(event->after);
    cells[EVENT_REASON] = text_cell(event->reason);
    cells[EVENT_DETAIL] = text_cell(detail);
    cells[EVENT_SUBJECT] = record_cell(event->sealed != NULL ? event->subject : 0);
    cells[EVENT_PREVIOUS] = text_cell(last->hash);
    return seal_cell(workspace, db, event, seq, arena, &cells[EVENT_SEALED], err);
}

/* ---- adding ------------------------------------------------------------------------------------------ */

static int bind_cell(sqlite3_stmt *statement, int place, const event_cell *cell)
{
    switch (cell->kind) {
    case SQLITE_INTEGER:
        return sqlite3_bind_int64(statement, place, cell->number);
    case SQLITE_TEXT:
        return sqlite3_bind_text64(statement, place, cell->bytes, cell->length, SQLITE_STATIC,
                                   SQLITE_UTF8);
    case SQLITE_BLOB:
        return sqlite3_bind_blob64(statement, place, cell->bytes, cell->length, SQLITE_STATIC);
    default:
        return sqlite3_bind_null(statement, place);
    }
}

static ku_status insert(sqlite3 *db, const event_cell cells[EVENT_CELLS], ku_error *err)
{
    static const char sql[] = "INSERT INTO event (" KU_EVENT_COLUMNS ", hash) VALUES (?1, ?2, ?3,"
                              " ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17,"
                              " ?18, ?19)";
    sqlite3_stmt *statement;
    bool row;
    char hash[KU_HASH_TEXT];
    int failed = SQLITE_OK;
    ku_event_hash(cells, hash);
    KU_TRY(ku_sql_prepare(db, &statement, err, sql, ""));
    for (int i = 0; i < EVENT_CELLS && failed == SQLITE_OK; i++)
        failed = bind_cell(statement, i + 1, &cells[i]);
    if (failed == SQLITE_OK)
        failed = sqlite3_bind_text(statement, EVENT_CELLS + 1, hash, -1, SQLITE_TRANSIENT);
    if (failed == SQLITE_OK) return ku_sql_step(&statement, &row, err);
    ku_status status = ku_sql_error(db, err, "writing the log");
    sqlite3_finalize(statement);
    return status;
}

static ku_status add(ku_workspace *workspace, sqlite3 *db, const ku_actor *actor,
                     const ku_event *event, ku_arena *arena, int64_t *seq, ku_error *err)
{
    last_event last;
    event_cell cells[EVENT_CELLS];
    KU_TRY(find_last(db, &last, err));
    KU_TRY(check_clock(&last, actor->at, err));
    /* The first event of a day closes the days before it. */
    if (last.seq > 0 && ku_date_of(last.time) < ku_date_of(actor->at))
        KU_TRY(ku_events_seal_days(workspace, db, actor->at, err));
    KU_TRY(fill_cells(workspace, db, actor, event, &last, arena, cells, err));
    KU_TRY(insert(db, cells, err));
    if (seq != NULL) *seq = last.seq + 1;
    return KU_OK;
}

ku_status ku_event_add(ku_workspace *workspace, sqlite3 *db, const ku_actor *actor,
                       const ku_event *event, int64_t *seq, ku_error *err)
{
    ku_arena *arena = ku_arena_new();
    if (arena == NULL) return ku_error_set(err, KU_NO_MEMORY, NULL, "no memory");
    ku_status status = add(workspace, db, actor, event, arena, seq, err);
    ku_arena_free(arena);
    return status;
}

/* ---- opening what was sealed ----------------------------------------------------------------------------- */

static ku_status open_values(ku_workspace *workspace, sqlite3 *db, int64_t seq,
                             sqlite3_stmt *statement, ku_arena *arena, json_t **values,
                             ku_error *err)
{
    void *plain;
    size_t length;
    char about[32];
    if (sqlite3_column_type(statement, 1) == SQLITE_NULL) {
        *values = json_object();
        return KU_OK;
    }
    KU_TRY(ku_unseal(workspace, db, sqlite3_column_int64(statement, 0), about_event(seq, about),
                     sqlite3_column_blob(statement, 1),
                     (size_t)sqlite3_column_bytes(statement, 1), arena, &plain, &length, err));
    *values = json_loadb(plain, length, 0, NULL);
    if (*values != NULL) return KU_OK;
    return ku_error_set(err, KU_BAD_DATA, about, "the sealed values are damaged");
}

ku_status ku_event_unseal(ku_workspace *workspace, sqlite3 *db, int64_t seq, ku_arena *arena,
                          json_t **values, ku_error *err)
{
    sqlite3_stmt *statement;
    bool row;
    KU_TRY(ku_sql_prepare(db, &statement, err, "SELECT subject, sealed FROM event WHERE seq = ?1",
                          "i", seq));
    KU_TRY(ku_sql_step(&statement, &row, err));
    if (!row) return ku_error_set(err, KU_NOT_FOUND, "log", "there is no such event");
    ku_status status = open_values(workspace, db, seq, statement, arena, values, err);
    sqlite3_finalize(statement);
    return status;
}
