/* sign_in.c - from a name and a password to a session.
 *
 * Hashing takes tenths of a second and must not be done while holding the database: so each
 * way in takes its attempt and reads first, hashes, and then writes what came of it in one
 * transaction. An attempt is counted before it is judged, so that many at once wait too. What it
 * read may have changed meanwhile; a password set anew in that moment lets the old one in
 * once more at most, and the sessions it begins are ended with all others. */
#include "access/sign_in.h"

#include <inttypes.h>
#include <string.h>

#include "access/credential.h"
#include "access/event.h"
#include "access/session.h"
#include "access/throttle.h"
#include "base/date.h"
#include "workspace/sql.h"

typedef struct attempt {
    ku_workspace *workspace;
    const ku_sign_in *with;
    const char *link; /* or NULL */
    ku_arena *arena;
    int64_t now, user;                /* 0: unknown */
    const char *by_user, *by_address; /* what is throttled */
    const char *hash;
    bool active, second_factor;
} attempt;

/* ---- what is known before hashing ---------------------------------------------------------------- */

static ku_status find_user(sqlite3 *db, attempt *a, ku_error *err)
{
    sqlite3_stmt *statement;
    bool row;
    KU_TRY(ku_sql_prepare(db, &statement, err, "SELECT id, state FROM app_user WHERE name = ?1",
                          "s", a->with->name));
    KU_TRY(ku_sql_step(&statement, &row, err));
    if (!row) return KU_OK;
    a->user = sqlite3_column_int64(statement, 0);
    a->active = strcmp((const char *)sqlite3_column_text(statement, 1), "active") == 0;
    sqlite3_finalize(statement);
    return KU_OK;
}

/* Unknown names wait as known ones do, or the wait would tell who is a user; by one of 4096
 * counts, so that they cannot fill the table. */
static const char *stranger(const attempt *a)
{
    unsigned char hash[KU_SECRET_HASH];
    char *name = ku_arena_strdup(a->arena, a->with->name);
    for (char *c = name; *c != '\0'; c++)
        if (*c >= 'A' && *c <= 'Z') *c = (char)(*c - 'A' + 'a');
    ku_secret_hash(name, hash);
    return ku_arena_printf(a->arena, "stranger:%d", (hash[0] | hash[1] << 8) & 0xfff);
}

/* Takes the attempt, and reads what it takes to judge it. */
static ku_status take_attempt(sqlite3 *db, attempt *a, ku_error *err)
{
    const char *address = a->with->address != NULL ? a->with->address : "";
    if (a->user == 0) KU_TRY(find_user(db, a, err));
    a->by_user = a->user != 0 ? ku_arena_printf(a->arena, "user:%" PRId64, a->user) : stranger(a);
    a->by_address = ku_arena_printf(a->arena, "address:%.60s", address);
    KU_TRY(ku_throttle_take(db, a->by_user, a->now, err));
    KU_TRY(ku_throttle_take(db, a->by_address, a->now, err));
    a->second_factor = a->user != 0 && ku_totp_on(db, a->user);
    return ku_password_stored(db, a->user, a->arena, &a->hash, err);
}

typedef ku_status step_fn(sqlite3 *db, attempt *a, ku_error *err);

static ku_status in_transaction(attempt *a, step_fn *step, ku_error *err)
{
    sqlite3 *db;
    KU_TRY(ku_workspace_office(a->workspace, &db, err));
    ku_status status = ku_sql_run(db, err, "BEGIN IMMEDIATE", "");
    if (status == KU_OK) status = step(db, a, err);
    if (status == KU_OK) status = ku_sql_run(db, err, "COMMIT", "");
    ku_workspace_office_done(a->workspace, db);
    return status;
}

/* The password was right, and a code is still to come: no attempt yet, but no clean slate
 * either, or whoever has the password could try codes for ever. */
static ku_status give_back(sqlite3 *db, attempt *a, ku_error *err)
{
    KU_TRY(ku_throttle_give_back(db, a->by_user, err));
    return ku_throttle_give_back(db, a->by_address, err);
}

static ku_status ask_code(attempt *a, ku_signed *done, ku_error *err)
{
    done->needs_code = true;
    return in_transaction(a, give_back, err);
}

static bool lacks_code(const attempt *a)
{
    return a->second_factor && (a->with->code == NULL || *a->with->code == '\0');
}

static ku_status well_done(sqlite3 *db, attempt *a, ku_error *err)
{
    KU_TRY(ku_throttle_clear(db, a->by_user, err));
    return ku_throttle_give_back(db, a->by_address, err);
}

/* ---- what comes of it ------------------------------------------------------------------------------- */

static ku_status refuse(attempt *a, const char *what, ku_error *err)
{
    static const ku_who nobody = {.kind = KU_WHO_NOBODY, .via = "web"};
    const char *why = a->user != 0 ? ku_arena_printf(a->arena, "user %" PRId64, a->user)
                                   : "an unknown user";
    KU_TRY(ku_event_denied(a->workspace, &nobody, what, why, err));
    return ku_error_set(err, KU_NOT_ALLOWED, "sign-in",
                        "the name, the password or the code is not right");
}

static ku_status accept_code(sqlite3 *db, const attempt *a, const char *code, bool *good,
                             ku_error *err)
{
    KU_TRY(ku_totp_accept(a->workspace, db, a->user, code, a->now, good, err));
    if (*good || strlen(code) < 8) return KU_OK;
    return ku_recovery_accept(db, a->user, code, a->now, good, err);
}

static ku_status log_as(ku_workspace *workspace, sqlite3 *db, int64_t session, const char *action,
                        int64_t now, ku_arena *arena, ku_error *err)
{
    const ku_who who = {.kind = KU_WHO_USER, .session = session, .via = "web"};
    ku_actor *actor;
    KU_TRY(ku_actor_load(db, &who, now, arena, &actor, err));
    const ku_event event = {.action = action, .entity = "app_user", .record = actor->user};
    return ku_event_add(workspace, db, actor, &event, NULL, err);
}

/* The second factor, where there is one, and the session; *good tells whether. */
static ku_status let_in(sqlite3 *db, attempt *a, ku_signed *done, bool *good, ku_error *err)
{
    *good = !a->second_factor;
    if (!*good) KU_TRY(accept_code(db, a, a->with->code, good, err));
    if (!*good) return KU_OK;
    KU_TRY(well_done(db, a, err));
    KU_TRY(ku_user_session_begin(db, a->user, a->with->agent, a->now, &done->session, done->token,
                                 err));
    return log_as(a->workspace, db, done->session, "sign-in", a->now, a->arena, err);
}

typedef ku_status writing_fn(sqlite3 *db, attempt *a, ku_signed *done, bool *good, ku_error *err);

/* One transaction; kept when it is good, else taken back. */
static ku_status write_once(attempt *a, writing_fn *how, ku_signed *done, bool *good, ku_error *err)
{
    sqlite3 *db;
    KU_TRY(ku_workspace_office(a->workspace, &db, err));
    ku_status status = ku_sql_run(db, err, "BEGIN IMMEDIATE", "");
    if (status == KU_OK) status = how(db, a, done, good, err);
    if (status == KU_OK && *good) status = ku_sql_run(db, err, "COMMIT", "");
    ku_workspace_office_done(a->workspace, db);
    return status;
}

static ku_status sign_in(attempt *a, ku_signed *done, ku_error *err)
{
    bool good = false;
    KU_TRY(in_transaction(a, take_attempt, err));
    bool right = ku_password_matches(a->hash, a->with->password);
    if (!right || a->user == 0 || !a->active) return refuse(a, "sign-in", err);
    if (lacks_code(a)) return ask_code(a, done, err);
    KU_TRY(write_once(a, let_in, done, &good, err));
    return good ? KU_OK : refuse(a, "second factor", err);
}

ku_status ku_sign_in_do(ku_workspace *workspace, const ku_sign_in *with, ku_signed *done,
                        ku_error *err)
{
    *done = (ku_signed){0};
    attempt a = {.workspace = workspace, .with = with, .now = ku_now_micros()};
    a.arena = ku_arena_new();
    if (a.arena == NULL) return ku_error_set(err, KU_NO_MEMORY, NULL, "no memory");
    ku_status status = sign_in(&a, done, err);
    ku_arena_free(a.arena);
    return status;
}

/* ---- by a link ------------------------------------------------------------------------------------------ */

static ku_status user_name(sqlite3 *db, int64_t user, ku_arena *arena, const char **name,
                           ku_error *err)
{
    sqlite3_stmt *statement;
    bool row;
    KU_TRY(
        ku_sql_prepare(db, &statement, err, "SELECT name FROM app_user WHERE id = ?1", "i", user));
    KU_TRY(ku_sql_step(&statement, &row, err));
    *name = row ? ku_sql_text(statement, 0, arena) : "";
    sqlite3_finalize(statement);
    return KU_OK;
}

static ku_status link_name(attempt *a, const char **name, ku_error *err)
{
    sqlite3 *db;
    KU_TRY(ku_workspace_reader(a->workspace, &db, err));
    ku_status status = ku_link_user(db, a->link, false, a->now, &a->user, err);
    if (status == KU_OK) status = user_name(db, a->user, a->arena, name, err);
    ku_workspace_reader_done(a->workspace, db);
    return status;
}

/* A link replaces a forgotten password, never the second factor. */
static ku_status use_link(sqlite3 *db, attempt *a, ku_signed *done, bool *good, ku_error *err)
{
    int64_t user;
    *good = !a->second_factor;
    if (!*good) KU_TRY(accept_code(db, a, a->with->code, good, err));
    if (!*good) return KU_OK;
    KU_TRY(ku_link_user(db, a->link, true, a->now, &user, err));
    KU_TRY(well_done(db, a, err));
    KU_TRY(ku_password_set(db, user, a->hash, a->now, err));
    KU_TRY(ku_user_session_end(db, user, 0, 0, a->now, err));
    KU_TRY(ku_sql_run(db, err,
                      "UPDATE app_user SET state = 'active', version = version + 1, changed = ?2"
                      " WHERE id = ?1 AND state = 'invited'",
                      "ii", user, a->now));
    KU_TRY(
        ku_user_session_begin(db, user, a->with->agent, a->now, &done->session, done->token, err));
    return log_as(a->workspace, db, done->session, "password by link", a->now, a->arena, err);
}

static ku_status sign_in_by_link(attempt *a, ku_signed *done, ku_error *err)
{
    const char *name;
    bool good = false;
    KU_TRY(link_name(a, &name, err));
    KU_TRY(ku_password_fit(a->with->password, name, err));
    KU_TRY(in_transaction(a, take_attempt, err));
    if (lacks_code(a)) return ask_code(a, done, err);
    KU_TRY(ku_password_hash(a->with->password, a->arena, &a->hash, err));
    KU_TRY(write_once(a, use_link, done, &good, err));
    return good ? KU_OK : refuse(a, "second factor", err);
}

ku_status ku_sign_in_by_link(ku_workspace *workspace, const char *link, const ku_sign_in *with,
                             ku_signed *done, ku_error *err)
{
    *done = (ku_signed){0};
    attempt a = {.workspace = workspace, .with = with, .link = link, .now = ku_now_micros()};
    a.arena = ku_arena_new();
    if (a.arena == NULL) return ku_error_set(err, KU_NO_MEMORY, NULL, "no memory");
    ku_status status = sign_in_by_link(&a, done, err);
    ku_arena_free(a.arena);
    return status;
}

/* ---- for who is signed in --------------------------------------------------------------------------------- */

/* The user of the session, as it stands now. */
static ku_status find_self(attempt *a, const ku_who *who, ku_error *err)
{
    sqlite3 *db;
    ku_actor *actor;
    if (who->kind != KU_WHO_USER)
        return ku_error_set(err, KU_NOT_ALLOWED, "session", "sign in first");
    KU_TRY(ku_workspace_reader(a->workspace, &db, err));
    ku_status status = ku_actor_load(db, who, a->now, a->arena, &actor, err);
    ku_workspace_reader_done(a->workspace, db);
    KU_TRY(status);
    a->user = actor->user;
    a->active = true;
    return KU_OK;
}

static ku_status confirm_written(sqlite3 *db, attempt *a, ku_signed *done, bool *good,
                                 ku_error *err)
{
    *good = !a->second_factor;
    if (!*good) KU_TRY(accept_code(db, a, a->with->code, good, err));
    if (!*good) return KU_OK;
    KU_TRY(well_done(db, a, err));
    KU_TRY(ku_user_session_confirm(db, done->session, a->now, done->token, err));
    return log_as(a->workspace, db, done->session, "confirm", a->now, a->arena, err);
}

static ku_status confirm(attempt *a, const ku_who *who, ku_signed *done, ku_error *err)
{
    bool good = false;
    KU_TRY(find_self(a, who, err));
    KU_TRY(in_transaction(a, take_attempt, err));
    if (lacks_code(a)) return ask_code(a, done, err);
    const char *password = a->with->password != NULL ? a->with->password : "";
    if (!a->second_factor && !ku_password_matches(a->hash, password))
        return refuse(a, "confirm", err);
    done->session = who->session;
    KU_TRY(write_once(a, confirm_written, done, &good, err));
    return good ? KU_OK : refuse(a, "confirm", err);
}

ku_status ku_sign_in_confirm(ku_workspace *workspace, const ku_who *who, const ku_sign_in *with,
                             ku_signed *done, ku_error *err)
{
    *done = (ku_signed){0};
    attempt a = {.workspace = workspace, .with = with, .now = ku_now_micros()};
    a.arena = ku_arena_new();
    if (a.arena == NULL) return ku_error_set(err, KU_NO_MEMORY, NULL, "no memory");
    ku_status status = confirm(&a, who, done, err);
    ku_arena_free(a.arena);
    return status;
}

static ku_status password_written(sqlite3 *db, attempt *a, ku_signed *done, bool *good,
                                  ku_error *err)
{
    *good = true;
    KU_TRY(well_done(db, a, err));
    KU_TRY(ku_password_set(db, a->user, a->hash, a->now, err));
    KU_TRY(ku_user_session_end(db, a->user, 0, done->session, a->now, err));
    return log_as(a->workspace, db, done->session, "password", a->now, a->arena, err);
}

static ku_status change_password(attempt *a, const ku_who *who, const char *password, ku_error *err)
{
    bool good = false;
    const char *name;
    sqlite3 *db;
    ku_signed done = {.session = who->session};
    KU_TRY(find_self(a, who, err));
    KU_TRY(in_transaction(a, take_attempt, err));
    KU_TRY(ku_workspace_reader(a->workspace, &db, err));
    ku_status status = user_name(db, a->user, a->arena, &name, err);
    ku_workspace_reader_done(a->workspace, db);
    KU_TRY(status);
    if (!ku_password_matches(a->hash, a->with->password)) return refuse(a, "password", err);
    KU_TRY(ku_password_fit(password, name, err));
    KU_TRY(ku_password_hash(password, a->arena, &a->hash, err));
    return write_once(a, password_written, &done, &good, err);
}

ku_status ku_sign_in_password(ku_workspace *workspace, const ku_who *who, const ku_sign_in *with,
                              const char *password, ku_error *err)
{
    attempt a = {.workspace = workspace, .with = with, .now = ku_now_micros()};
    a.arena = ku_arena_new();
    if (a.arena == NULL) return ku_error_set(err, KU_NO_MEMORY, NULL, "no memory");
    ku_status status = change_password(&a, who, password, err);
    ku_arena_free(a.arena);
    return status;
}

static ku_status sign_out_written(sqlite3 *db, attempt *a, ku_signed *done, bool *good,
                                  ku_error *err)
{
    *good = true;
    KU_TRY(log_as(a->workspace, db, done->session, "sign-out", a->now, a->arena, err));
    return ku_user_session_end(db, a->user, done->session, 0, a->now, err);
}

ku_status ku_sign_out(ku_workspace *workspace, const ku_who *who, ku_error *err)
{
    bool good = false;
    ku_signed done = {.session = who->session};
    attempt a = {.workspace = workspace, .now = ku_now_micros()};
    a.arena = ku_arena_new();
    if (a.arena == NULL) return ku_error_set(err, KU_NO_MEMORY, NULL, "no memory");
    ku_status status = find_self(&a, who, err);
    if (status == KU_OK) status = write_once(&a, sign_out_written, &done, &good, err);
    ku_arena_free(a.arena);
    return status;
}

ku_status ku_sign_in_open(ku_workspace *workspace, bool *open, ku_error *err)
{
    sqlite3 *db;
    sqlite3_stmt *statement;
    bool row;
    KU_TRY(ku_workspace_reader(workspace, &db, err));
    ku_status status = ku_sql_prepare(db, &statement, err, "SELECT 1 FROM app_user LIMIT 1", "");
    if (status == KU_OK) status = ku_sql_step(&statement, &row, err);
    if (status == KU_OK) sqlite3_finalize(statement);
    ku_workspace_reader_done(workspace, db);
    *open = status == KU_OK && !row;
    return status;
}
