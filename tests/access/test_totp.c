/* Codes of the second factor against RFC 6238, appendix B (SHA-1, the last six of its eight
 * digits), with clocks a little wrong, and each step accepted once. */
#include <string.h>

#include "access/credential.h"
#include "access/keys.h"
#include "access_support.h"

static const int64_t second = INT64_C(1000000);
static const char rfc_key[] = "12345678901234567890";

static int make(void **state)
{
    access_fixture *f = calloc(1, sizeof *f);
    access_init(f);
    access_begin(f);
    access_sql(f, "INSERT INTO app_user (id, created, changed, name, state) VALUES"
                  " (1, 0, 0, 'ana maria', 'active'), (2, 0, 0, 'ben', 'active')");
    *state = f;
    return 0;
}

static int clear(void **state)
{
    access_fixture *f = *state;
    access_end(f);
    access_clear(f);
    free(f);
    return 0;
}

/* The RFC's key, sealed as ours are; `expires` 0: in use. */
static void give_key(access_fixture *f, int64_t user, int64_t expires)
{
    ku_error err = {0};
    void *sealed;
    size_t length;
    sqlite3_stmt *statement;
    bool row;
    check_ok(ku_seal(f->workspace, f->db, 0, "second factor", rfc_key, 20, f->arena, &sealed,
                     &length, &err),
             &err);
    check_ok(ku_sql_prepare(f->db, &statement, &err,
                            "INSERT INTO credential (user, kind, created, secret, expires)"
                            " VALUES (?1, 'totp', 0, ?2, nullif(?3, 0))",
                            "i", user),
             &err);
    sqlite3_bind_blob64(statement, 2, sealed, length, SQLITE_TRANSIENT);
    sqlite3_bind_int64(statement, 3, expires);
    check_ok(ku_sql_step(&statement, &row, &err), &err);
}

static bool takes(access_fixture *f, const char *code, int64_t at)
{
    ku_error err = {0};
    bool good;
    check_ok(ku_totp_accept(f->workspace, f->db, 1, code, at * second, &good, &err), &err);
    return good;
}

static void the_codes_are_the_standards(void **state)
{
    static const struct {
        int64_t time;
        const char *code;
    } known[] = {{59, "287082"},         {1111111109, "081804"}, {1111111111, "050471"},
                 {1234567890, "005924"}, {2000000000, "279037"}, {20000000000, "353130"}};
    access_fixture *f = *state;
    give_key(f, 1, 0);
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        assert_false(takes(f, "000000", known[i].time));
        assert_true(takes(f, known[i].code, known[i].time));
    }
}

static void a_code_is_good_once_and_so_is_all_before_it(void **state)
{
    access_fixture *f = *state;
    give_key(f, 1, 0);
    assert_true(takes(f, "050471", 1111111111)); /* step 37037037 */
    assert_false(takes(f, "050471", 1111111111));
    assert_false(takes(f, "081804", 1111111111)); /* the step before, not used yet */
}

static void a_clock_may_be_one_step_wrong(void **state)
{
    access_fixture *f = *state;
    give_key(f, 1, 0);
    assert_false(takes(f, "005924", 1234567890 - 31)); /* two steps early */
    assert_false(takes(f, "005924", 1234567890 + 60)); /* two steps late */
    assert_true(takes(f, "005924", 1234567890 + 30));
}

static void what_is_no_code_is_refused(void **state)
{
    access_fixture *f = *state;
    give_key(f, 1, 0);
    const char *const wrong[] = {"", "28708", "2870822", "94287082", " 287082", "28708x"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) assert_false(takes(f, wrong[i], 59));
    assert_true(takes(f, "287082", 59));
}

static void a_new_key_takes_a_first_code_and_its_time(void **state)
{
    access_fixture *f = *state;
    ku_error err = {0};
    give_key(f, 1, 1000 * second);
    assert_false(ku_totp_on(f->db, 1));
    assert_false(takes(f, "287082", 59)); /* not in use yet */
    check_fails(KU_NOT_ALLOWED, "not the code",
                ku_totp_confirm(f->workspace, f->db, 1, "123456", 59 * second, &err), &err);
    check_fails(KU_CONFLICT, "begin again",
                ku_totp_confirm(f->workspace, f->db, 1, "287082", 1000 * second, &err), &err);
    check_fails(KU_CONFLICT, "begin again",
                ku_totp_confirm(f->workspace, f->db, 2, "287082", 59 * second, &err), &err);
    check_ok(ku_totp_confirm(f->workspace, f->db, 1, "287082", 59 * second, &err), &err);
    assert_true(ku_totp_on(f->db, 1));
    assert_false(ku_totp_on(f->db, 2));
    assert_false(takes(f, "287082", 59)); /* it was used to confirm */
}

static void beginning_anew_keeps_the_old_until_confirmed(void **state)
{
    access_fixture *f = *state;
    ku_error err = {0};
    const char *secret, *uri, *codes[KU_RECOVERY_CODES];
    give_key(f, 1, 0);
    check_ok(
        ku_totp_begin(f->workspace, f->db, 1, "ana maria", NOON, f->arena, &secret, &uri, &err),
        &err);
    assert_int_equal(strlen(secret), 32); /* 160 bits */
    assert_non_null(strstr(uri, "otpauth://totp/Kemudi:ana%20maria?secret="));
    assert_true(takes(f, "287082", 59));
    check_ok(ku_recovery_make(f->db, 1, NOON, f->arena, codes, &err), &err);
    check_ok(ku_totp_remove(f->db, 1, &err), &err);
    assert_int_equal(access_number(f, "SELECT count(*) FROM credential"), 0);
}

static void a_damaged_key_lets_nobody_in(void **state)
{
    access_fixture *f = *state;
    ku_error err = {0};
    bool good = true;
    give_key(f, 1, 0);
    access_sql(f, "UPDATE credential SET secret = zeroblob(length(secret))");
    assert_int_not_equal(ku_totp_accept(f->workspace, f->db, 1, "287082", 59 * second, &good, &err),
                         KU_OK);
    assert_false(good);
    assert_true(ku_totp_on(f->db, 1)); /* it is still asked for */
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, make, clear)
    const struct CMUnitTest tests[] = {
        T(the_codes_are_the_standards),
        T(a_code_is_good_once_and_so_is_all_before_it),
        T(a_clock_may_be_one_step_wrong),
        T(what_is_no_code_is_refused),
        T(a_new_key_takes_a_first_code_and_its_time),
        T(beginning_anew_keeps_the_old_until_confirmed),
        T(a_damaged_key_lets_nobody_in),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
