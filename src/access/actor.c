/* actor.c - who acts, and by what right, at one instant.
 *
 * Nothing is remembered between two requests: every transaction looks up anew whether the
 * session still holds, which positions the person holds on the day, what those positions carry
 * and whose orders they act under. A right taken away is gone with the next statement.
 *
 * A deputy gets what the position carries, never what its holder has besides, and only while
 * the holder still holds it; what is held by an order carries no order further. */
#include "access/actor.h"

#include <inttypes.h>
#include <string.h>

#include "base/date.h"
#include "base/text.h"
#include "workspace/sql.h"

enum { FRESH_MICROS = 5 * 60 * 1000000 };

/* What is being put together. Grants are collected in blocks that double. */
typedef struct loading {
    sqlite3 *db;
    ku_arena *arena;
    ku_actor *actor;
    ku_grant *grants;
    size_t count, room;
    char today[KU_DATE_TEXT];
} loading;

static void add_grant(loading *l, ku_grant grant)
{
    if (l->count == l->room) {
        size_t room = l->room == 0 ? 16 : 2 * l->room;
        ku_grant *larger = KU_ARRAY(l->arena, room, ku_grant);
        if (l->count > 0) memcpy(larger, l->grants, l->count * sizeof *larger);
        l->grants = larger;
        l->room = room;
    }
    l->grants[l->count++] = grant;
    l->actor->grants = l->grants;
    l->actor->grant_count = l->count;
}

/* ---- units ------------------------------------------------------------------------------------- */

/* The unit and all below it. UNION leaves doubles out, so a ring of units ends too. */
static const char below_sql[] =
    "WITH RECURSIVE below (id) AS (SELECT ?1 UNION"
    " SELECT u.id FROM org_unit u JOIN below b ON u.parent = b.id) SELECT id FROM below";

static const ku_grant *with_root(const loading *l, int64_t unit)
{
    for (size_t i = 0; i < l->count; i++)
        if (l->grants[i].unit_count > 0 && l->grants[i].units[0] == unit) return &l->grants[i];
    return NULL;
}

static ku_status find_units(loading *l, int64_t unit, ku_grant *grant, ku_error *err)
{
    sqlite3_stmt *statement;
    bool row;
    size_t room = 8;
    const ku_grant *known = with_root(l, unit);
    if (known != NULL) {
        grant->units = known->units;
        grant->unit_count = known->unit_count;
        return KU_OK;
    }
    int64_t *units = KU_ARRAY(l->arena, room, int64_t);
    grant->unit_count = 0;
    KU_TRY(ku_sql_prepare(l->db, &statement, err, below_sql, "i", unit));
    for (;;) {
        KU_TRY(ku_sql_step(&statement, &row, err));
        if (!row) break;
        if (grant->unit_count == room) {
            int64_t *larger = KU_ARRAY(l->arena, 2 * room, int64_t);
            memcpy(larger, units, room * sizeof *units);
            units = larger;
            room *= 2;
        }
        units[grant->unit_count++] = sqlite3_column_int64(statement, 0);
    }
    grant->units = units;
    return KU_OK;
}

/* ---- one's own roles ----------------------------------------------------------------------------- */

/* What staff is, over the units of the positions held; without one over no unit. */
static const char positions_sql[] =
    "SELECT p.id, p.unit, p.title, a.acting FROM assignment a JOIN position p ON p.id = a.position"
    " WHERE a.person = ?1 AND a.state IN ('', 'active') AND a.starts <= ?2"
    " AND (a.ends IS NULL OR a.ends >= ?2) ORDER BY a.acting, a.share DESC, p.id";

static const int64_t no_units[1];

static ku_status add_staff(loading *l, ku_error *err)
{
    sqlite3_stmt *statement;
    bool row, any = false;
    KU_TRY(ku_sql_prepare(l->db, &statement, err, positions_sql, "is", l->actor->person, l->today));
    for (;; any = true) {
        KU_TRY(ku_sql_step(&statement, &row, err));
        if (!row) break;
        ku_grant grant = {.role = "staff", .highest = KU_CLASS_SECRET, .limit = -1};
        grant.position = sqlite3_column_int64(statement, 0);
        grant.because = ku_arena_printf(l->arena, "as %s%s",
                                        sqlite3_column_int(statement, 3) != 0 ? "acting " : "",
                                        ku_sql_text(statement, 2, l->arena));
        ku_status status = find_units(l, sqlite3_column_int64(statement, 1), &grant, err);
        if (status != KU_OK) {
            sqlite3_finalize(statement);
            return status;
        }
        add_grant(l, grant);
    }
    if (!any)
        add_grant(l, (ku_grant){.role = "staff",
                                .highest = KU_CLASS_SECRET,
                                .units = no_units,
                                .limit = -1,
                                .because = "as one of the staff"});
    return KU_OK;
}

/* Columns every query of grants begins with: role, highest, unit. */
static ku_status read_grant(loading *l, sqlite3_stmt *statement, ku_grant *grant, ku_error *err)
{
    *grant = (ku_grant){.limit = -1};
    grant->role = ku_sql_text(statement, 0, l->arena);
    const ku_role *role = ku_role_find(grant->role);
    const char *highest = (const char *)sqlite3_column_text(statement, 1);
    /* A role this program does not know carries nothing. */
    grant->role = role != NULL ? role->name : "";
    if (!ku_class_find(highest, &grant->highest)) grant->highest = KU_CLASS_OPEN;
    if (sqlite3_column_type(statement, 2) == SQLITE_NULL) return KU_OK;
    return find_units(l, sqlite3_column_int64(statement, 2), grant, err);
}

typedef void finish_fn(loading *l, sqlite3_stmt *statement, ku_grant *grant);

static ku_status add_grants(loading *l, const char *sql, finish_fn *finish, ku_error *err)
{
    sqlite3_stmt *statement;
    bool row;
    ku_grant grant;
    KU_TRY(ku_sql_prepare(l->db, &statement, err, sql, "is", l->actor->person, l->today));
    for (;;) {
        KU_TRY(ku_sql_step(&statement, &row, err));
        if (!row) return KU_OK;
        ku_status status = read_grant(l, statement, &grant, err);
        if (status != KU_OK) {
            sqlite3_finalize(statement);
            return status;
        }
        finish(l, statement, &grant);
        if (*grant.role != '\0') add_grant(l, grant);
    }
}

#define IN_FORCE(table)                                                                            \
    " AND (" table ".starts IS NULL OR " table ".starts <= ?2)"                                    \
    " AND (" table ".ends IS NULL OR " table ".ends >= ?2)"

static const char by_position_sql[] =
    "SELECT g.role, g.highest, g.unit, p.id, p.title, a.acting"
    " FROM assignment a JOIN position p ON p.id = a.position"
    " JOIN role_grant g ON g.position = p.id"
    " WHERE a.person = ?1 AND a.state IN ('', 'active')" IN_FORCE("a")
    " AND g.state IN ('', 'active')" IN_FORCE("g") " ORDER BY a.acting, p.id, g.id";

static void finish_position(loading *l, sqlite3_stmt *statement, ku_grant *grant)
{
    grant->position = sqlite3_column_int64(statement, 3);
    grant->because = ku_arena_printf(l->arena, "as %s%s",
                                     sqlite3_column_int(statement, 5) != 0 ? "acting " : "",
                                     ku_sql_text(statement, 4, l->arena));
}

static const char by_person_sql[] =
    "SELECT g.role, g.highest, g.unit FROM role_grant g WHERE g.person = ?1"
    " AND g.state IN ('', 'active')" IN_FORCE("g") " ORDER BY g.id";

static void finish_person(loading *l, sqlite3_stmt *statement, ku_grant *grant)
{
    const ku_role *role = ku_role_find(grant->role);
    (void)statement;
    grant->because = ku_arena_printf(l->arena, "by the role \"%s\" given to them in person",
                                     role != NULL ? role->title : "");
}

/* ---- in the stead of others -------------------------------------------------------------------------- */

static const char by_order_sql[] =
    "SELECT g.role, g.highest, g.unit, d.id, d.number, d.holder, h.name, d.scope, d.amount, d.ends,"
    " g.position"
    " FROM delegation d JOIN person h ON h.id = d.holder"
    " JOIN role_grant g ON g.position = d.position"
    " WHERE d.deputy = ?1 AND d.holder <> d.deputy AND d.state = 'active'" IN_FORCE("d")
    " AND g.state IN ('', 'active')" IN_FORCE("g")
    " AND EXISTS (SELECT 1 FROM assignment a WHERE a.person = d.holder"
    "   AND a.position = d.position AND a.state IN ('', 'active')" IN_FORCE("a") ")"
    " ORDER BY d.id, g.id";

static void finish_order(loading *l, sqlite3_stmt *statement, ku_grant *grant)
{
    int32_t days = 0;
    char until[KU_DATE_TEXT];
    const char *ends = ku_sql_text(statement, 9, l->arena);
    const char *number = ku_sql_text(statement, 4, l->arena);
    grant->delegation = sqlite3_column_int64(statement, 3);
    grant->stead = sqlite3_column_int64(statement, 5);
    grant->scope = ku_sql_text(statement, 7, l->arena);
    grant->position = sqlite3_column_int64(statement, 10);
    if (sqlite3_column_type(statement, 8) != SQLITE_NULL)
        grant->limit = sqlite3_column_int64(statement, 8);
    bool dated = ku_date_parse(ends, strlen(ends), KU_DATE_YMD, &days, NULL) == KU_OK;
    grant->because = ku_arena_printf(
        l->arena, "for %s by order %s until %s", ku_sql_text(statement, 6, l->arena),
        number != NULL ? number : "without number", dated ? ku_date_show(days, until) : ends);
}

/* ---- a person ------------------------------------------------------------------------------------------- */

static ku_status load_person(loading *l, ku_error *err)
{
    ku_date_format(ku_date_of(l->actor->at), l->today);
    KU_TRY(add_grants(l, by_position_sql, finish_position, err));
    KU_TRY(add_grants(l, by_person_sql, finish_person, err));
    KU_TRY(add_staff(l, err));
    return add_grants(l, by_order_sql, finish_order, err);
}

static ku_status find_name(loading *l, int64_t person, ku_error *err)
{
    sqlite3_stmt *statement;
    bool row;
    KU_TRY(ku_sql_prepare(l->db, &statement, err, "SELECT name FROM person WHERE id = ?1", "i",
                          person));
    KU_TRY(ku_sql_step(&statement, &row, err));
    if (!row) return ku_error_set(err, KU_NOT_FOUND, "person", "there is no such person");
    l->actor->name = ku_sql_text(statement, 0, l->arena);
    sqlite3_finalize(statement);
    return KU_OK;
}

static loading begin(sqlite3 *db, ku_who who, int64_t at, ku_arena *arena)
{
    ku_actor *actor = KU_NEW(arena, ku_actor);
    actor->who = who;
    actor->at = at;
    return (loading){.db = db, .arena = arena, .actor = actor};
}

ku_status ku_actor_of_person(sqlite3 *db, int64_t person, int64_t at, ku_arena *arena,
                             ku_actor **actor, ku_error *err)
{
    loading l = begin(db, (ku_who){.kind = KU_WHO_USER, .via = "program"}, at, arena);
    l.actor->person = person;
    l.actor->scopes = KU_SCOPE_ALL;
    KU_TRY(find_name(&l, person, err));
    KU_TRY(load_person(&l, err));
    *actor = l.actor;
    return KU_OK;
}

/* ---- signed in, or a program -------------------------------------------------------------------------------- */

static ku_status check_user(const char *state, ku_error *err)
{
    if (state != NULL && strcmp(state, "active") == 0) return KU_OK;
    return ku_error_set(err, KU_NOT_ALLOWED, "sign-in",
                        "this user may not sign in any more; ask an administrator");
}

/* Columns: user, person, the user's state, the user's name, then what the kind has. */
static ku_status read_user(loading *l, sqlite3_stmt *statement, ku_error *err)
{
    l->actor->user = sqlite3_column_int64(statement, 0);
    l->actor->person = sqlite3_column_int64(statement, 1);
    l->actor->name = ku_sql_text(statement, 3, l->arena);
    return check_user((const char *)sqlite3_column_text(statement, 2), err);
}

static ku_status read_session(loading *l, sqlite3_stmt *statement, ku_error *err)
{
    int64_t at = l->actor->at, confirmed = sqlite3_column_int64(statement, 6);
    if (sqlite3_column_type(statement, 4) != SQLITE_NULL)
        return ku_error_set(err, KU_NOT_ALLOWED, "sign-in",
                            "this session was ended; sign in again");
    if (sqlite3_column_int64(statement, 5) <= at)
        return ku_error_set(err, KU_NOT_ALLOWED, "sign-in",
                            "this session has run out; sign in again");
    l->actor->scopes = KU_SCOPE_ALL;
    l->actor->fresh = confirmed <= at && at - confirmed <= FRESH_MICROS;
    return KU_OK;
}

static ku_status read_token(loading *l, sqlite3_stmt *statement, ku_error *err)
{
    if (sqlite3_column_type(statement, 4) != SQLITE_NULL)
        return ku_error_set(err, KU_NOT_ALLOWED, "token", "this token was revoked");
    if (sqlite3_column_int64(statement, 5) <= l->actor->at)
        return ku_error_set(err, KU_NOT_ALLOWED, "token", "this token has run out");
    l->actor->scopes = (unsigned)sqlite3_column_int64(statement, 6) & KU_SCOPE_ALL;
    return KU_OK;
}

static const char session_sql[] =
    "SELECT u.id, u.person, u.state, u.name, s.revoked, s.expires, s.confirmed"
    " FROM user_session s JOIN app_user u ON u.id = s.user WHERE s.id = ?1";
static const char token_sql[] =
    "SELECT u.id, u.person, u.state, u.name, t.revoked, t.expires, t.scopes"
    " FROM api_token t JOIN app_user u ON u.id = t.user WHERE t.id = ?1";

static ku_status load_user(loading *l, ku_error *err)
{
    sqlite3_stmt *statement;
    bool row, session = l->actor->who.kind == KU_WHO_USER;
    KU_TRY(ku_sql_prepare(l->db, &statement, err, session ? session_sql : token_sql, "i",
                          session ? l->actor->who.session : l->actor->who.token));
    KU_TRY(ku_sql_step(&statement, &row, err));
    if (!row)
        return ku_error_set(err, KU_NOT_ALLOWED, "sign-in",
                            session ? "there is no such session; sign in"
                                    : "there is no such token");
    ku_status status = read_user(l, statement, err);
    if (status == KU_OK)
        status = session ? read_session(l, statement, err) : read_token(l, statement, err);
    sqlite3_finalize(statement);
    KU_TRY(status);
    if (l->actor->person == 0) return KU_OK;
    KU_TRY(find_name(l, l->actor->person, err));
    return load_person(l, err);
}

/* At the computer itself: whoever can read the workspace's files arranges it. They are no
 * person of the company, so they decide nothing and see nothing personal. */
static void load_local(loading *l)
{
    static const char *const roles[] = {"administrator", "analyst"};
    l->actor->scopes = KU_SCOPE_ALL;
    l->actor->name = ku_arena_printf(l->arena, "this computer (%s)",
                                     l->actor->who.name != NULL ? l->actor->who.name : "unknown");
    for (size_t i = 0; i < sizeof roles / sizeof *roles; i++)
        add_grant(l, (ku_grant){.role = roles[i],
                                .highest = KU_CLASS_INTERNAL,
                                .limit = -1,
                                .because = "at the computer that holds the workspace"});
}

ku_status ku_actor_load(sqlite3 *db, const ku_who *who, int64_t at, ku_arena *arena,
                        ku_actor **actor, ku_error *err)
{
    loading l = begin(db, *who, at, arena);
    switch (who->kind) {
    case KU_WHO_NOBODY:
        return ku_error_set(err, KU_NOT_ALLOWED, "sign-in", "sign in first");
    case KU_WHO_LOCAL:
        load_local(&l);
        break;
    case KU_WHO_PROGRAM:
        l.actor->name = "Kemudi";
        l.actor->scopes = KU_SCOPE_ALL;
        break;
    case KU_WHO_USER:
    case KU_WHO_TOKEN:
        KU_TRY(load_user(&l, err));
        break;
    }
    *actor = l.actor;
    return KU_OK;
}

const char *ku_actor_mark(const ku_actor *actor, ku_arena *arena)
{
    switch (actor->who.kind) {
    case KU_WHO_LOCAL:
        return ku_arena_printf(arena, "local:%s",
                               actor->who.name != NULL ? actor->who.name : "unknown");
    case KU_WHO_USER:
        return ku_arena_printf(arena, "user:%" PRId64, actor->user);
    case KU_WHO_TOKEN:
        return ku_arena_printf(arena, "token:%" PRId64, actor->who.token);
    case KU_WHO_PROGRAM:
        return "program";
    case KU_WHO_NOBODY:
        break;
    }
    return "nobody";
}
