/* throttle.c - waits after many attempts. What is quiet for long enough is forgotten. */
#include "access/throttle.h"

#include <inttypes.h>

#include "base/text.h"
#include "workspace/sql.h"

static const int64_t second = INT64_C(1000000), day = INT64_C(86400000000);

typedef struct rule {
    const char *begins;
    int64_t free, longest, quiet; /* attempts; seconds; microseconds */
} rule;

enum { FIRST_WAIT = 2 };
static const rule rules[] = {
    {"address:", 50, 60, INT64_C(3600000000)}, {"", 5, 900, INT64_C(86400000000)}, /* users */
};

static const rule *rule_of(const char *what)
{
    const rule *found = rules;
    while (!ku_text_starts(what, found->begins)) found++;
    return found;
}

static int64_t wait_after(const rule *r, int64_t count)
{
    int64_t wait = FIRST_WAIT;
    if (count < r->free) return 0;
    for (int64_t i = r->free; i < count && wait < r->longest; i++) wait *= 2;
    return wait < r->longest ? wait : r->longest;
}

/* How many there were, and the instant of the last; 0 when they are forgotten. */
static ku_status read_count(sqlite3 *db, const char *what, int64_t since, int64_t *count,
                            int64_t *last, ku_error *err)
{
    sqlite3_stmt *statement;
    bool row;
    *count = *last = 0;
    KU_TRY(ku_sql_prepare(db, &statement, err,
                          "SELECT count, last FROM attempt WHERE what = ?1 AND last >= ?2", "si",
                          what, since));
    KU_TRY(ku_sql_step(&statement, &row, err));
    if (!row) return KU_OK;
    *count = sqlite3_column_int64(statement, 0);
    *last = sqlite3_column_int64(statement, 1);
    sqlite3_finalize(statement);
    return KU_OK;
}

ku_status ku_throttle_take(sqlite3 *db, const char *what, int64_t now, ku_error *err)
{
    const rule *r = rule_of(what);
    int64_t count, last;
    KU_TRY(read_count(db, what, now - r->quiet, &count, &last, err));
    int64_t until = last + second * wait_after(r, count);
    if (now < until)
        return ku_error_set(err, KU_NOT_ALLOWED, "throttle",
                            "too many attempts; try again in %" PRId64 " seconds",
                            (until - now + second - 1) / second);
    KU_TRY(ku_sql_run(db, err, "DELETE FROM attempt WHERE last < ?1", "i", now - day));
    return ku_sql_run(db, err,
                      "INSERT INTO attempt (what, count, last) VALUES (?1, ?2, ?3)"
                      " ON CONFLICT (what) DO UPDATE SET count = ?2, last = ?3",
                      "sii", what, count + 1, now);
}

ku_status ku_throttle_give_back(sqlite3 *db, const char *what, ku_error *err)
{
    return ku_sql_run(db, err, "UPDATE attempt SET count = count - 1 WHERE what = ?1 AND count > 0",
                      "s", what);
}

ku_status ku_throttle_clear(sqlite3 *db, const char *what, ku_error *err)
{
    return ku_sql_run(db, err, "DELETE FROM attempt WHERE what = ?1", "s", what);
}
