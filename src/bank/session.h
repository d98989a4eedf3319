/* session.h - one connection to the bank for work of several steps: import, undo,
 * analyses' inputs. A session is owned by its opener, belongs to one thread at a time and
 * must be closed before its bank; closing rolls back what was begun and not committed.
 *
 * What the SQL finds: the tables of the files in bank/schema/<engine> by their plain names (the
 * fact `check` is a reserved word: write "check"). Temporary tables and views of a
 * session hide them and are seen by no other session. The configuration is locked: SET
 * fails. Timestamps are without zone and mean UTC. */
#ifndef KU_BANK_SESSION_H
#define KU_BANK_SESSION_H

#include "bank/bank.h"
#include "bank/feed.h"
#include "base/text.h"

typedef struct ku_session ku_session;

ku_status ku_session_open(ku_bank *bank, ku_session **session, ku_error *err);
void ku_session_close(ku_session *session); /* NULL is safe */

/* One or several statements whose result is not wanted; `changed` (may be NULL) is the
 * number of rows the last one inserted, updated or deleted. A value the SQL does not name
 * is left out; a $name without a value is KU_FAULT. KU_CANCELLED after an interrupt,
 * KU_NO_SPACE when the disk is full, KU_LIMIT beyond the memory limit. */
ku_status ku_session_exec(ku_session *session, const char *sql, const ku_bind *binds, size_t count,
                          int64_t *changed, ku_error *err);
/* As ku_bank_query, within the session's transaction. */
ku_status ku_session_query(ku_session *session, const char *name, const char *sql,
                           const ku_bind *binds, size_t count, ku_frame **frame, ku_error *err);
/* The result in pieces, see engine.h. No other query may run in the session meanwhile. */
ku_status ku_session_pieces(ku_session *session, const char *name, const char *sql, const char *by,
                            const ku_cut *cut, int64_t total, ku_error *err);
/* One whole number: the first column of the first row; 0 for no row or a null. */
ku_status ku_session_number(ku_session *session, const char *sql, const ku_bind *binds,
                            size_t count, int64_t *number, ku_error *err);
/* Adds the frame's rows to a table, columns by name; the table's other columns are null. */
ku_status ku_session_append(ku_session *session, const char *table, const ku_frame *rows,
                            ku_error *err);

/* Makes a feed readable: its SQL name (a table function's call) is appended to `table`.
 * Give it back with _unfeed once the statement is over; that returns the failure by which
 * the feed ended the statement, if it did. */
ku_status ku_session_feed(ku_session *session, const ku_feed *feed, ku_text *table, int64_t *number,
                          ku_error *err);
ku_status ku_session_unfeed(ku_session *session, int64_t number, ku_error *err);

ku_status ku_session_begin(ku_session *session, ku_error *err);
ku_status ku_session_commit(ku_session *session, ku_error *err);
void ku_session_rollback(ku_session *session); /* nothing begun is safe */

/* For another thread than the one that works: stops it (KU_CANCELLED there), or tells
 * how far its statement is, 0..1, negative when not known. */
void ku_session_interrupt(ku_session *session);
double ku_session_progress(ku_session *session);

/* Appends the name as a quoted identifier, or the text as a quoted literal: for names of
 * columns and files, which cannot be bound. Every other value is bound. */
void ku_sql_name(ku_text *sql, const char *name);
void ku_sql_literal(ku_text *sql, const char *text);
/* "VARCHAR", "DOUBLE", ...: the engine's name for a type. */
const char *ku_sql_type(ku_type type);

/* The table that takes a fact's rows: the fact's name, for a dimension <name>_rows. */
const char *ku_fact_table(const ku_fact *fact, ku_arena *arena);

#endif
