/* migrate.c - bringing the bank's tables up to date.
 *
 * A migration is a file of SQL, bank/schema/<engine>/NNN_name.sql, run once, in the order
 * of its number; the table `migration` remembers which have been. All that are missing
 * run in one transaction, so a bank has either the old tables or the new ones. */
#include <assert.h>
#include <ctype.h>
#include <string.h>

#include "bank/bank_internal.h"
#include "base/asset.h"

typedef struct migration_list {
    const char *path[100];
    size_t count;
} migration_list;

static void collect(void *data, const char *path)
{
    migration_list *list = data;
    assert(list->count < sizeof list->path / sizeof *list->path);
    list->path[list->count++] = path;
}

/* Sorted by path, so by number, as the table of embedded files is. */
static migration_list migrations_of(const ku_engine *engine)
{
    char prefix[64];
    snprintf(prefix, sizeof prefix, "src/bank/schema/%s/", engine->name);
    migration_list list = {.count = 0};
    ku_asset_each(prefix, collect, &list);
    assert(list.count > 0);
    return list;
}

static const char *file_name(const char *path)
{
    return strrchr(path, '/') + 1;
}

static int64_t number_of(const char *path)
{
    int64_t number = 0;
    for (const char *p = file_name(path); isdigit((unsigned char)*p); p++)
        number = number * 10 + (*p - '0');
    return number;
}

/* The number of the last migration the database has seen, 0 for an empty database. */
static ku_status last_seen(ku_session *session, int64_t *last, ku_error *err)
{
    int64_t tables, known;
    KU_TRY(ku_session_number(session, "SELECT count(*) FROM duckdb_tables() WHERE NOT temporary",
                             NULL, 0, &tables, err));
    KU_TRY(ku_session_number(session,
                             "SELECT count(*) FROM duckdb_tables() "
                             "WHERE NOT temporary AND table_name = 'migration'",
                             NULL, 0, &known, err));
    *last = 0;
    if (known > 0)
        return ku_session_number(session, "SELECT max(number)::BIGINT FROM migration", NULL, 0,
                                 last, err);
    if (tables > 0)
        return ku_error_set(err, KU_BAD_DATA, NULL,
                            "the file is a database, but not a bank of this program");
    return KU_OK;
}

static ku_status apply_one(ku_session *session, const char *path, ku_error *err)
{
    const ku_bind binds[] = {
        {.name = "number", .type = KU_INT64, .as.i64 = number_of(path)},
        {.name = "name", .type = KU_TEXT, .as.text = file_name(path)},
    };
    ku_status status = ku_session_exec(session, ku_asset(path, NULL), NULL, 0, NULL, err);
    if (status != KU_OK) return ku_error_at(err, "%s", path);
    return ku_session_exec(session, "INSERT INTO migration VALUES ($number, $name)", binds, 2, NULL,
                           err);
}

static ku_status apply(ku_session *session, const migration_list *list, int64_t last, ku_error *err)
{
    KU_TRY(ku_session_begin(session, err));
    KU_TRY(ku_session_exec(session,
                           "CREATE TABLE IF NOT EXISTS migration ("
                           "number BIGINT PRIMARY KEY, name VARCHAR NOT NULL)",
                           NULL, 0, NULL, err));
    for (size_t i = 0; i < list->count; i++)
        if (number_of(list->path[i]) > last) KU_TRY(apply_one(session, list->path[i], err));
    return ku_session_commit(session, err);
}

static ku_status migrate(ku_session *session, const ku_engine *engine, bool only_look, bool *behind,
                         ku_error *err)
{
    migration_list list = migrations_of(engine);
    int64_t newest = number_of(list.path[list.count - 1]), last;
    KU_TRY(last_seen(session, &last, err));
    if (last > newest)
        return ku_error_set(err, KU_CONFLICT, NULL,
                            "the bank was written by a newer program; update this one");
    if (only_look && behind != NULL) *behind = last < newest;
    if (only_look || last == newest) return KU_OK;
    return apply(session, &list, last, err);
}

ku_status ku_bank_migrate(ku_bank *bank, bool only_look, bool *behind, ku_error *err)
{
    ku_session *session;
    KU_TRY(ku_session_open(bank, &session, err));
    ku_status status = migrate(session, bank->engine, only_look, behind, err);
    ku_session_close(session);
    return status;
}
