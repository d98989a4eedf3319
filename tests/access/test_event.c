/* test_event.c - the log: a row altered, taken out, moved or cut off at the end is found;
 * so is a head; a clock set back writes nothing; refusals are counted. */
#include "access_support.h"

#include <string.h>

#include "access/event.h"
#include "access/keys.h"

#define DAY KU_DAY_MICROS

static access_fixture f;

static int setup(void **state)
{
    (void)state;
    access_init(&f);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    access_clear(&f);
    return 0;
}

static ku_status add_at(int64_t at, const char *action, const char *reason, ku_error *err)
{
    json_t *detail = json_pack("{s:s}", "note", action);
    ku_actor actor = {
        .who = {.kind = KU_WHO_LOCAL, .via = "cli", .name = "root"}, .at = at, .person = 0};
    ku_event event = {.action = action,
                      .entity = "person",
                      .record = 7,
                      .before = "aa",
                      .after = "",
                      .reason = reason,
                      .detail = detail};
    ku_status status = ku_event_add(f.workspace, f.db, &actor, &event, NULL, err);
    json_decref(detail);
    return status;
}

/* Ten events on each of three days. */
static void fill(void)
{
    ku_error err = {0};
    access_begin(&f);
    for (int day = 0; day < 3; day++)
        for (int i = 0; i < 10; i++)
            check_ok(add_at(NOON + day * DAY + i, "change", i % 2 != 0 ? "why" : NULL, &err), &err);
    access_end(&f);
}

static void holds(void)
{
    ku_error err = {0};
    check_ok(ku_events_verify(f.workspace, NULL, NULL, &err), &err);
}

static void broken(const char *words)
{
    ku_error err = {0};
    check_fails(KU_BAD_DATA, words, ku_events_verify(f.workspace, NULL, NULL, &err), &err);
}

/* Does something to the log, expects it to be found, and takes it back. */
static void tamper(const char *sql, const char *words)
{
    access_do(&f, "DROP TABLE IF EXISTS kept; CREATE TABLE kept AS SELECT * FROM event;"
                  "DROP TABLE IF EXISTS kept_head; CREATE TABLE kept_head AS"
                  " SELECT * FROM event_head");
    access_do(&f, sql);
    broken(words);
    access_do(&f, "DELETE FROM event; INSERT INTO event SELECT * FROM kept;"
                  "DELETE FROM event_head; INSERT INTO event_head SELECT * FROM kept_head;"
                  "DROP TABLE kept; DROP TABLE kept_head");
    holds();
}

static void an_untouched_log_holds(void **state)
{
    (void)state;
    holds(); /* empty */
    fill();
    holds();
    assert_int_equal(access_number(&f, "SELECT count(*) FROM event"), 30);
    assert_int_equal(access_number(&f, "SELECT max(seq) FROM event"), 30);
    assert_int_equal(access_number(&f, "SELECT count(*) FROM event_head"), 2);
    assert_int_equal(access_number(&f, "SELECT seq FROM event_head WHERE day = '2026-11-25'"), 20);
}

static void an_altered_event_is_found(void **state)
{
    (void)state;
    static const char *const changes[] = {
        "time = time + 1",    "user = 3",          "person = 3",        "actor = 'local:ann'",
        "stead = 3",          "delegation = 3",    "via = 'web'",       "action = 'approve'",
        "entity = 'persons'", "record = 8",        "before = 'ab'",     "after = NULL",
        "reason = 'because'", "detail = '{}'",     "subject = 4",       "sealed = x'00'",
        "detail = NULL",      "entity = 'p', action = 'changeerson'",
        "hash = substr(hash, 2) || '0'",
    };
    char sql[200];
    for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
        snprintf(sql, sizeof sql, "UPDATE event SET %s WHERE seq = 13", changes[i]);
        tamper(sql, "event 13 was altered");
    }
    /* Nothing and the empty text are two things. */
    tamper("UPDATE event SET reason = '' WHERE seq = 13", "event 13 was altered");
}

static void a_missing_event_is_found(void **state)
{
    (void)state;
    tamper("DELETE FROM event WHERE seq = 13", "event 13 is missing");
    tamper("DELETE FROM event WHERE seq = 1", "event 1 is missing");
    tamper("DELETE FROM event WHERE seq = 13; UPDATE event SET seq = seq - 1 WHERE seq > 13",
           "event 13 was altered");
    tamper("DELETE FROM event", "was cut off");
    tamper("DELETE FROM event WHERE seq > 15", "was cut off");
}

static void a_moved_event_is_found(void **state)
{
    (void)state;
    tamper("UPDATE event SET seq = -1 WHERE seq = 13; UPDATE event SET seq = 13 WHERE seq = 14;"
           "UPDATE event SET seq = 14 WHERE seq = -1",
           "event 13 was altered");
}

/* The hash is no secret: who rewrites an event can compute it. Then the next one gives it
 * away, and when all the rest is rewritten too, the signed head. */
static void a_rewritten_event_is_found(void **state)
{
    (void)state;
    ku_error err = {0};
    tamper("UPDATE event SET previous = (SELECT hash FROM event WHERE seq = 3) WHERE seq = 13",
           "event 13 was altered");
    access_do(&f, "CREATE TABLE kept AS SELECT * FROM event; DELETE FROM event WHERE seq > 15;"
                  "CREATE TABLE kept_head AS SELECT * FROM event_head;"
                  "DELETE FROM event_head WHERE seq > 15");
    access_begin(&f);
    for (int i = 0; i < 15; i++) /* a whole new end, well chained */
        check_ok(add_at(NOON + DAY + 10 + i, "change", "rewritten", &err), &err);
    access_end(&f);
    holds();
    /* With the true head put back it does not hold. */
    access_do(&f, "INSERT INTO event_head SELECT * FROM kept_head WHERE seq > 15");
    broken("is not the one that was signed");
    access_do(&f, "DELETE FROM event; INSERT INTO event SELECT * FROM kept; DROP TABLE kept;"
                  "DELETE FROM event_head; INSERT INTO event_head SELECT * FROM kept_head;"
                  "DROP TABLE kept_head");
    holds();
}

static void a_false_head_is_found(void **state)
{
    (void)state;
    ku_error err = {0};
    unsigned char signature[KU_SIGNATURE_BYTES], public[KU_PUBLIC_BYTES];
    sqlite3_stmt *statement;
    bool row;
    tamper("UPDATE event_head SET signature = zeroblob(64) WHERE seq = 20",
           "signature does not hold");
    tamper("UPDATE event_head SET day = '2026-11-23' WHERE seq = 10", "signature does not hold");
    tamper("UPDATE event_head SET signature = zeroblob(3) WHERE seq = 20",
           "signature does not hold");
    tamper("DELETE FROM event_head WHERE seq = 10", "signed head of 2026-11-24 is missing");
    /* Signed well, but by somebody else's key. */
    access_do(&f, "CREATE TABLE kept_head AS SELECT * FROM event_head");
    access_begin(&f);
    const char *text = ku_arena_printf(f.arena, "kemudi head 1\n2026-11-25\n20\n%s\n", "00");
    check_ok(ku_sign(f.workspace, f.db, 99, text, strlen(text), signature, public, &err), &err);
    check_ok(ku_sql_prepare(f.db, &statement, &err,
                            "UPDATE event_head SET hash = '00', signature = ?1, public = ?2"
                            " WHERE seq = 20",
                            ""),
             &err);
    sqlite3_bind_blob(statement, 1, signature, sizeof signature, SQLITE_STATIC);
    sqlite3_bind_blob(statement, 2, public, sizeof public, SQLITE_STATIC);
    check_ok(ku_sql_step(&statement, &row, &err), &err);
    access_end(&f);
    broken("not this workspace's");
    access_do(&f, "DELETE FROM event_head; INSERT INTO event_head SELECT * FROM kept_head;"
                  "DROP TABLE kept_head");
    holds();
}

static void a_clock_set_back_writes_nothing(void **state)
{
    (void)state;
    ku_error err = {0};
    int64_t last = access_number(&f, "SELECT time FROM event ORDER BY seq DESC LIMIT 1");
    int64_t count = access_number(&f, "SELECT count(*) FROM event");
    access_begin(&f);
    check_fails(KU_CONFLICT, "clock was set back", add_at(last - 3000000, "change", NULL, &err),
                &err);
    /* A correction of a second is no setting back; time in the log never runs backwards. */
    check_ok(add_at(last - 1000000, "change", NULL, &err), &err);
    access_end(&f);
    assert_int_equal(access_number(&f, "SELECT count(*) FROM event"), count + 1);
    assert_true(access_number(&f, "SELECT time FROM event ORDER BY seq DESC LIMIT 1") == last);
    holds();
}

static void an_event_is_there_with_its_change_or_not_at_all(void **state)
{
    (void)state;
    ku_error err = {0};
    int64_t count = access_number(&f, "SELECT count(*) FROM event");
    access_begin(&f);
    check_ok(add_at(NOON + 3 * DAY, "change", NULL, &err), &err);
    access_sql(&f, "ROLLBACK; BEGIN");
    access_end(&f);
    assert_int_equal(access_number(&f, "SELECT count(*) FROM event"), count);
    holds();
}

static void sealed_values_open_until_the_key_is_destroyed(void **state)
{
    (void)state;
    ku_error err = {0};
    int64_t seq = 0;
    json_t *pay = json_pack("{s:[s,s]}", "pay", "100.00", "120.00"), *opened = NULL;
    ku_actor actor = {.who = {.kind = KU_WHO_USER, .via = "web"},
                      .user = 1,
                      .person = 2,
                      .at = NOON + 4 * DAY};
    ku_event event = {.action = "change", .entity = "person", .record = 5, .sealed = pay,
                      .subject = 5};
    access_begin(&f);
    check_ok(ku_event_add(f.workspace, f.db, &actor, &event, &seq, &err), &err);
    check_ok(ku_event_unseal(f.workspace, f.db, seq, f.arena, &opened, &err), &err);
    assert_true(json_equal(opened, pay));
    json_decref(opened);
    assert_int_equal(access_number(&f, "SELECT count(*) FROM event WHERE"
                                       " instr(cast(sealed AS TEXT), '120.00') > 0"),
                     0);
    check_ok(ku_key_destroy(f.db, 5, NOON + 4 * DAY, &err), &err);
    check_fails(KU_NOT_FOUND, "erased",
                ku_event_unseal(f.workspace, f.db, seq, f.arena, &opened, &err), &err);
    access_end(&f);
    json_decref(pay);
    holds(); /* the chain is over the sealed bytes */
}

/* ---- heads kept elsewhere ------------------------------------------------------------------------- */

static json_t *kept_heads(void)
{
    json_t *heads = NULL;
    ku_error err = {0};
    access_begin(&f);
    check_ok(ku_events_heads(f.db, &heads, &err), &err);
    access_end(&f);
    return heads;
}

static ku_status compare(const json_t *heads, ku_error *err)
{
    access_begin(&f);
    ku_status status = ku_events_compare(f.db, heads, err);
    access_end(&f);
    return status;
}

/* Whoever has database and keys can write the log anew, sign it again, and verify finds
 * nothing; a copy kept elsewhere does. */
static void kept_heads_find_what_verify_cannot(void **state)
{
    (void)state;
    ku_error err = {0};
    json_t *heads = kept_heads();
    assert_true(json_array_size(heads) >= 2);
    check_ok(compare(heads, &err), &err);
    access_do(&f, "DELETE FROM event; DELETE FROM event_head");
    access_begin(&f);
    check_ok(add_at(NOON - 1, "change", "never happened", &err), &err);
    access_end(&f);
    fill();
    holds();
    check_fails(KU_BAD_DATA, "written anew", compare(heads, &err), &err);
    access_do(&f, "DELETE FROM event; DELETE FROM event_head");
    holds();
    check_fails(KU_BAD_DATA, "cut off", compare(heads, &err), &err);
    json_object_set_new(json_array_get(heads, 0), "seq", json_integer(9));
    check_fails(KU_BAD_DATA, "copy was altered", compare(heads, &err), &err);
    json_object_set_new(json_array_get(heads, 0), "signature", json_string("zz"));
    check_fails(KU_BAD_DATA, "copy was altered", compare(heads, &err), &err);
    json_object_del(json_array_get(heads, 0), "day");
    assert_int_not_equal(compare(heads, &err), KU_OK);
    json_decref(heads);
    fill();
}

static void refusals_alike_are_counted(void **state)
{
    (void)state;
    ku_error err = {0};
    ku_who who = {.kind = KU_WHO_NOBODY, .via = "web"};
    access_fixture own;
    access_init(&own);
    for (int i = 0; i < 100; i++)
        check_ok(ku_event_denied(own.workspace, &who, "GET /api/v1/runs", "sign in first", &err),
                 &err);
    check_ok(ku_event_denied(own.workspace, &who, "GET /api/v1/facts", "sign in first", &err),
             &err);
    assert_int_equal(access_number(&own, "SELECT count(*) FROM event WHERE action = 'denied'"), 2);
    assert_int_equal(access_number(&own, "SELECT sum(count) FROM denial"), 99);
    /* A minute later the count itself goes into the log. */
    access_do(&own, "UPDATE denial SET since = since - 61000000");
    check_ok(ku_event_denied(own.workspace, &who, "GET /api/v1/runs", "sign in first", &err), &err);
    assert_int_equal(access_number(&own, "SELECT json_extract(detail, '$.again') FROM event"
                                         " WHERE action = 'denied-again'"),
                     99);
    assert_int_equal(access_number(&own, "SELECT count(*) FROM event WHERE action = 'denied'"), 3);
    check_ok(ku_events_verify(own.workspace, NULL, NULL, &err), &err);
    access_clear(&own);
}

int main(void)
{
    cmocka_set_message_output(CM_OUTPUT_TAP);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_untouched_log_holds),
        cmocka_unit_test(an_altered_event_is_found),
        cmocka_unit_test(a_missing_event_is_found),
        cmocka_unit_test(a_moved_event_is_found),
        cmocka_unit_test(a_rewritten_event_is_found),
        cmocka_unit_test(a_false_head_is_found),
        cmocka_unit_test(a_clock_set_back_writes_nothing),
        cmocka_unit_test(an_event_is_there_with_its_change_or_not_at_all),
        cmocka_unit_test(sealed_values_open_until_the_key_is_destroyed),
        cmocka_unit_test(kept_heads_find_what_verify_cannot),
        cmocka_unit_test(refusals_alike_are_counted),
    };
    return cmocka_run_group_tests_name("access: event log", tests, setup, teardown);
}
