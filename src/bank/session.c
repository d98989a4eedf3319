/* session.c - connections of a bank, and the few words of SQL that are built in C. */
#include "bank/session.h"

#include <assert.h>
#include <string.h>

#include "bank/bank_internal.h"

ku_status ku_session_open(ku_bank *bank, ku_session **out, ku_error *err)
{
    ku_session *session = calloc(1, sizeof *session);
    if (session == NULL) return ku_error_set(err, KU_NO_MEMORY, NULL, "no memory for the bank");
    session->bank = bank;
    ku_status status = bank->engine->connect(bank->database, &session->connection, err);
    if (status != KU_OK) {
        free(session);
        return status;
    }
    pthread_mutex_lock(&bank->mutex);
    session->next = bank->sessions;
    if (session->next != NULL) session->next->before = session;
    bank->sessions = session;
    pthread_mutex_unlock(&bank->mutex);
    *out = session;
    return KU_OK;
}

void ku_session_close(ku_session *session)
{
    if (session == NULL) return;
    ku_bank *bank = session->bank;
    pthread_mutex_lock(&bank->mutex);
    if (session->before != NULL)
        session->before->next = session->next;
    else
        bank->sessions = session->next;
    if (session->next != NULL) session->next->before = session->before;
    pthread_mutex_unlock(&bank->mutex);
    ku_session_rollback(session);
    bank->engine->disconnect(session->connection);
    free(session);
}

ku_status ku_session_exec(ku_session *session, const char *sql, const ku_bind *binds, size_t count,
                          int64_t *changed, ku_error *err)
{
    return session->bank->engine->exec(session->connection, sql, binds, count, changed, err);
}

ku_status ku_session_query(ku_session *session, const char *name, const char *sql,
                           const ku_bind *binds, size_t count, ku_frame **frame, ku_error *err)
{
    return session->bank->engine->query(session->connection, name, sql, binds, count, frame, err);
}

ku_status ku_session_number(ku_session *session, const char *sql, const ku_bind *binds,
                            size_t count, int64_t *number, ku_error *err)
{
    ku_frame *frame;
    KU_TRY(ku_session_query(session, "number", sql, binds, count, &frame, err));
    assert(frame->columns > 0 && frame->column[0].type == KU_INT64);
    bool there = frame->rows > 0 && ku_column_valid(&frame->column[0], 0);
    *number = there ? frame->column[0].as.i64[0] : 0;
    ku_frame_free(frame);
    return KU_OK;
}

ku_status ku_session_pieces(ku_session *session, const char *name, const char *sql, const char *by,
                            const ku_cut *cut, int64_t total, ku_error *err)
{
    return session->bank->engine->pieces(session->connection, name, sql, by, cut, total, err);
}

ku_status ku_session_append(ku_session *session, const char *table, const ku_frame *rows,
                            ku_error *err)
{
    return session->bank->engine->append(session->connection, table, rows, err);
}

ku_status ku_session_feed(ku_session *session, const ku_feed *feed, ku_text *table, int64_t *number,
                          ku_error *err)
{
    KU_TRY(session->bank->engine->feed(session->connection, feed, number, err));
    ku_text_addf(table, "feed(%lld)", (long long)*number);
    return KU_OK;
}

ku_status ku_session_unfeed(ku_session *session, int64_t number, ku_error *err)
{
    return session->bank->engine->unfeed(session->connection, number, err);
}

ku_status ku_session_begin(ku_session *session, ku_error *err)
{
    assert(!session->begun);
    KU_TRY(session->bank->engine->transaction(session->connection, KU_BEGIN, err));
    session->begun = true;
    return KU_OK;
}

ku_status ku_session_commit(ku_session *session, ku_error *err)
{
    assert(session->begun);
    ku_status status = session->bank->engine->transaction(session->connection, KU_COMMIT, err);
    if (status == KU_OK) session->begun = false;
    return status;
}

void ku_session_rollback(ku_session *session)
{
    if (!session->begun) return;
    session->begun = false;
    /* A commit that failed has rolled back by itself; then this finds nothing to do. */
    ku_error ignored = {0};
    session->bank->engine->transaction(session->connection, KU_ROLLBACK, &ignored);
}

void ku_session_interrupt(ku_session *session)
{
    session->bank->engine->interrupt(session->connection);
}

double ku_session_progress(ku_session *session)
{
    return session->bank->engine->progress(session->connection);
}

/* ---- words of SQL --------------------------------------------------------------------- */

static void quoted(ku_text *sql, char quote, const char *text)
{
    ku_text_addc(sql, quote);
    for (; *text != '\0'; text++) {
        if (*text == quote) ku_text_addc(sql, quote);
        ku_text_addc(sql, *text);
    }
    ku_text_addc(sql, quote);
}

void ku_sql_name(ku_text *sql, const char *name)
{
    quoted(sql, '"', name);
}

void ku_sql_literal(ku_text *sql, const char *text)
{
    quoted(sql, '\'', text);
}

const char *ku_sql_type(ku_type type)
{
    static const char *const names[KU_TYPE_COUNT + 1] = {
        [KU_INT64] = "BIGINT",      [KU_DOUBLE] = "DOUBLE",       [KU_BOOL] = "BOOLEAN",
        [KU_DATE] = "DATE",         [KU_TIMESTAMP] = "TIMESTAMP", [KU_TEXT] = "VARCHAR",
        [KU_DATE_OR_INT64] = "DATE"};
    assert((unsigned)type <= KU_TYPE_COUNT);
    return names[type];
}

const char *ku_fact_table(const ku_fact *fact, ku_arena *arena)
{
    if (fact->kind == KU_FACT) return fact->name;
    return ku_arena_printf(arena, "%s_rows", fact->name);
}
