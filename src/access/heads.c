/* heads.c - the last event of every finished day, signed, and the check of the whole log.
 *
 * A chain alone does not show that its end was cut off, nor that all of it was written anew.
 * A head does: it is signed with the workspace's key, and a copy of it may lie elsewhere. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "access/event_internal.h"
#include "access/keys.h"
#include "base/date.h"
#include "workspace/sql.h"

size_t ku_event_head_text(const char *day, int64_t seq, const char *hash, char to[KU_HEAD_TEXT])
{
    int n = snprintf(to, KU_HEAD_TEXT, "kemudi head 1\n%s\n%" PRId64 "\n%s\n", day, seq, hash);
    return n > 0 && n < KU_HEAD_TEXT ? (size_t)n : 0;
}

/* ---- signing the days ---------------------------------------------------------------------------- */

static ku_status add_head(ku_workspace *workspace, sqlite3 *db, const char *day, int64_t seq,
                          const char *hash, ku_error *err)
{
    unsigned char signature[KU_SIGNATURE_BYTES], public[KU_PUBLIC_BYTES];
    char text[KU_HEAD_TEXT];
    sqlite3_stmt *statement;
    bool row;
    size_t length = ku_event_head_text(day, seq, hash, text);
    KU_TRY(ku_sign(workspace, db, 0, text, length, signature, public, err));
    KU_TRY(ku_sql_prepare(db, &statement, err,
                          "INSERT INTO event_head (day, seq, hash, signature, public)"
                          " VALUES (?1, ?2, ?3, ?4, ?5)",
                          "sis", day, seq, hash));
    sqlite3_bind_blob(statement, 4, signature, sizeof signature, SQLITE_TRANSIENT);
    sqlite3_bind_blob(statement, 5, public, sizeof public, SQLITE_TRANSIENT);
    return ku_sql_step(&statement, &row, err);
}

/* The next event without a head above it that is the last of its day; *seq 0: none. */
static ku_status next_open_day(sqlite3 *db, int64_t today, char day[KU_DATE_TEXT], int64_t *seq,
                               char hash[KU_HASH_TEXT], ku_error *err)
{
    static const char sql[] =
        "WITH first AS (SELECT seq, time / 86400000000 AS day FROM event"
        "   WHERE seq > coalesce((SELECT max(seq) FROM event_head), 0) ORDER BY seq LIMIT 1)"
        " SELECT e.seq, e.hash, first.day FROM first, event e"
        " WHERE e.seq >= first.seq AND e.time < (first.day + 1) * 86400000000 AND first.day < ?1"
        " ORDER BY e.seq DESC LIMIT 1";
    sqlite3_stmt *statement;
    bool row;
    *seq = 0;
    KU_TRY(ku_sql_prepare(db, &statement, err, sql, "i", today));
    KU_TRY(ku_sql_step(&statement, &row, err));
    if (!row) return KU_OK;
    *seq = sqlite3_column_int64(statement, 0);
    ku_text_copy(hash, KU_HASH_TEXT, (const char *)sqlite3_column_text(statement, 1));
    ku_date_format(sqlite3_column_int(statement, 2), day);
    sqlite3_finalize(statement);
    return KU_OK;
}

ku_status ku_events_seal_days(ku_workspace *workspace, sqlite3 *db, int64_t now, ku_error *err)
{
    char day[KU_DATE_TEXT], hash[KU_HASH_TEXT];
    int64_t seq;
    for (;;) {
        KU_TRY(next_open_day(db, ku_date_of(now), day, &seq, hash, err));
        if (seq == 0) return KU_OK;
        KU_TRY(add_head(workspace, db, day, seq, hash, err));
    }
}

/* ---- checking ------------------------------------------------------------------------------------------ */

typedef struct checking {
    sqlite3 *db;
    int64_t events, heads;
    int64_t time;                /* of the event before */
    char previous[KU_HASH_TEXT]; /* its hash */
} checking;

static ku_status wrong(int64_t seq, ku_error *err, const char *what)
{
    return ku_error_set(err, KU_BAD_DATA, "the event log", "event %" PRId64 " %s", seq, what);
}

static bool cell_is(const event_cell *cell, const char *text)
{
    return cell->kind == SQLITE_TEXT && cell->length == strlen(text) &&
           memcmp(cell->bytes, text, cell->length) == 0;
}

static ku_status check_event(checking *c, sqlite3_stmt *statement, ku_error *err)
{
    event_cell cells[EVENT_CELLS];
    char hash[KU_HASH_TEXT];
    ku_event_read(statement, cells);
    int64_t seq = cells[EVENT_SEQ].number, expected = c->events + 1;
    if (seq != expected)
        return wrong(expected, err, "is missing: it was taken out or never belonged there");
    ku_event_hash(cells, hash);
    const char *kept = (const char *)sqlite3_column_text(statement, EVENT_CELLS);
    if (kept == NULL || strcmp(kept, hash) != 0)
        return wrong(seq, err, "was altered after it was written");
    if (!cell_is(&cells[EVENT_PREVIOUS], c->previous))
        return wrong(seq, err, "does not follow the one before it: one of the two was replaced or "
                               "stands in another's place");
    if (cells[EVENT_TIME].number < c->time)
        return wrong(seq, err, "is older than the one before it");
    c->events = seq;
    c->time = cells[EVENT_TIME].number;
    memcpy(c->previous, hash, sizeof hash);
    return KU_OK;
}

static ku_status check_chain(checking *c, ku_error *err)
{
    sqlite3_stmt *statement;
    bool row;
    KU_TRY(ku_sql_prepare(c->db, &statement, err,
                          "SELECT " KU_EVENT_COLUMNS ", hash FROM event ORDER BY seq", ""));
    for (;;) {
        KU_TRY(ku_sql_step(&statement, &row, err));
        if (!row) return KU_OK;
        ku_status status = check_event(c, statement, err);
        if (status == KU_OK) continue;
        sqlite3_finalize(statement);
        return status;
    }
}

/* Columns: day, seq, hash, signature, public; the event's hash; the workspace's own signer. */
static ku_status check_head(checking *c, sqlite3_stmt *statement, ku_error *err)
{
    char text[KU_HEAD_TEXT], what[96];
    const char *day = (const char *)sqlite3_column_text(statement, 0);
    const char *hash = (const char *)sqlite3_column_text(statement, 2);
    const char *found = (const char *)sqlite3_column_text(statement, 5);
    int64_t seq = sqlite3_column_int64(statement, 1);
    size_t length = ku_event_head_text(day, seq, hash, text);
    snprintf(what, sizeof what, "the signed head of %s", day);
    if (sqlite3_column_bytes(statement, 3) != KU_SIGNATURE_BYTES ||
        sqlite3_column_bytes(statement, 4) != KU_PUBLIC_BYTES ||
        !ku_signature_holds(sqlite3_column_blob(statement, 3), sqlite3_column_blob(statement, 4),
                            text, length))
        return ku_error_set(err, KU_BAD_DATA, what, "its signature does not hold");
    if (sqlite3_column_int(statement, 6) == 0)
        return ku_error_set(err, KU_BAD_DATA, what,
                            "it was signed with a key that is not this workspace's");
    if (found == NULL && seq > c->events)
        return ku_error_set(err, KU_BAD_DATA, what,
                            "the log had %" PRId64 " events then and has %" PRId64
                            " now: its end was cut off",
                            seq, c->events);
    if (found == NULL || strcmp(found, hash) != 0)
        return ku_error_set(err, KU_BAD_DATA, what,
                            "event %" PRId64 " is not the one that was signed", seq);
    c->heads++;
    return KU_OK;
}

static ku_status check_heads(checking *c, ku_error *err)
{
    static const char sql[] =
        "SELECT h.day, h.seq, h.hash, h.signature, h.public, e.hash,"
        " EXISTS (SELECT 1 FROM person_signer s WHERE s.person = 0 AND s.public = h.public)"
        " FROM event_head h LEFT JOIN event e ON e.seq = h.seq ORDER BY h.day";
    sqlite3_stmt *statement;
    bool row;
    KU_TRY(ku_sql_prepare(c->db, &statement, err, sql, ""));
    for (;;) {
        KU_TRY(ku_sql_step(&statement, &row, err));
        if (!row) return KU_OK;
        ku_status status = check_head(c, statement, err);
        if (status == KU_OK) continue;
        sqlite3_finalize(statement);
        return status;
    }
}

/* Whoever writes on a new day signs the days before it, so only the last day has no head. */
static ku_status check_days(checking *c, ku_error *err)
{
    static const char sql[] =
        "SELECT e.time / 86400000000 FROM event e JOIN event n ON n.seq = e.seq + 1"
        " WHERE n.time / 86400000000 > e.time / 86400000000"
        " AND NOT EXISTS (SELECT 1 FROM event_head h WHERE h.seq = e.seq) LIMIT 1";
    sqlite3_stmt *statement;
    bool row;
    char day[KU_DATE_TEXT];
    KU_TRY(ku_sql_prepare(c->db, &statement, err, sql, ""));
    KU_TRY(ku_sql_step(&statement, &row, err));
    if (!row) return KU_OK;
    ku_date_format(sqlite3_column_int(statement, 0), day);
    sqlite3_finalize(statement);
    return ku_error_set(err, KU_BAD_DATA, "the event log", "the signed head of %s is missing", day);
}

static void report(const checking *c, void (*say)(void *, const char *), void *data)
{
    char text[160];
    if (say == NULL) return;
    snprintf(text, sizeof text,
             "event log: %" PRId64 " events in one chain, %" PRId64 " days signed", c->events,
             c->heads);
    say(data, text);
}

ku_status ku_events_verify(ku_workspace *workspace, void (*say)(void *, const char *), void *data,
                           ku_error *err)
{
    checking c = {.previous = KU_EVENT_GENESIS};
    KU_TRY(ku_workspace_reader(workspace, &c.db, err));
    ku_status status = ku_sql_run(c.db, err, "BEGIN", "");
    if (status == KU_OK) status = check_chain(&c, err);
    if (status == KU_OK) status = check_heads(&c, err);
    if (status == KU_OK) status = check_days(&c, err);
    ku_workspace_reader_done(workspace, c.db);
    if (status == KU_OK) report(&c, say, data);
    return status;
}
