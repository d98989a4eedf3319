/* throttle.c - waits after failed attempts. What is quiet for a day is forgotten. */
#include "access/throttle.h"

#include <inttypes.h>

#include "workspace/sql.h"

enum { FREE = 5, FIRST_WAIT = 2, LONGEST_WAIT = 900 };
static const int64_t second = INT64_C(1000000), day = INT64_C(86400000000);

static int64_t wait_after(int64_t count)
{
    int64_t wait = FIRST_WAIT;
    if (count < FREE) return 0;
    for (int64_t i = FREE; i < count && wait < LONGEST_WAIT; i++) wait *= 2;
    return wait < LONGEST_WAIT ? wait : LONGEST_WAIT;
}

ku_status ku_throttle_check(sqlite3 *db, const char *what, int64_t now, ku_error *err)
{
    sqlite3_stmt *statement;
    bool row;
    KU_TRY(ku_sql_prepare(db, &statement, err, "SELECT count, last FROM attempt WHERE what = ?1",
                          "s", what));
    KU_TRY(ku_sql_step(&statement, &row, err));
    if (!row) return KU_OK;
    int64_t until = sqlite3_column_int64(statement, 1) +
                    second * wait_after(sqlite3_column_int64(statement, 0));
    sqlite3_finalize(statement);
    if (now >= until) return KU_OK;
    return ku_error_set(err, KU_NOT_ALLOWED, "throttle",
                        "too many attempts; try again in %" PRId64 " seconds",
                        (until - now + second - 1) / second);
}

ku_status ku_throttle_count(sqlite3 *db, const char *what, int64_t now, ku_error *err)
{
    KU_TRY(ku_sql_run(db, err, "DELETE FROM attempt WHERE last < ?1", "i", now - day));
    return ku_sql_run(db, err,
                      "INSERT INTO attempt (what, count, last) VALUES (?1, 1, ?2)"
                      " ON CONFLICT (what) DO UPDATE SET count = count + 1, last = ?2",
                      "si", what, now);
}

ku_status ku_throttle_clear(sqlite3 *db, const char *what, ku_error *err)
{
    return ku_sql_run(db, err, "DELETE FROM attempt WHERE what = ?1", "s", what);
}
