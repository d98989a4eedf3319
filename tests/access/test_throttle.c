/* Attempts are counted before they are judged, waits grow and end, and what is quiet is
 * forgotten. */
#include "access/throttle.h"
#include "access_support.h"

static const int64_t second = INT64_C(1000000);

static int make(void **state)
{
    access_fixture *f = calloc(1, sizeof *f);
    access_init(f);
    access_begin(f);
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

static void take(access_fixture *f, const char *what, int64_t now, int times)
{
    ku_error err = {0};
    for (int i = 0; i < times; i++) check_ok(ku_throttle_take(f->db, what, now, &err), &err);
}

/* The seconds it says one has to wait; 0: none. */
static int64_t wait_of(access_fixture *f, const char *what, int64_t now)
{
    ku_error err = {0};
    ku_status status = ku_throttle_take(f->db, what, now, &err);
    if (status == KU_OK) return 0;
    assert_int_equal(status, KU_NOT_ALLOWED);
    assert_string_equal(err.where, "throttle");
    const char *in = strstr(err.message, "again in ");
    assert_non_null(in);
    return strtoll(in + strlen("again in "), NULL, 10);
}

static void five_are_free_then_the_wait_doubles(void **state)
{
    access_fixture *f = *state;
    int64_t now = NOON;
    take(f, "user:7", now, 5);
    const int64_t waits[] = {2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900};
    for (size_t i = 0; i < sizeof waits / sizeof *waits; i++) {
        assert_int_equal(wait_of(f, "user:7", now), waits[i]);
        now += waits[i] * second - 1;
        assert_int_equal(wait_of(f, "user:7", now), 1); /* a microsecond too early */
        now += 1;
        take(f, "user:7", now, 1);
    }
}

static void attempts_refused_for_the_wait_do_not_lengthen_it(void **state)
{
    access_fixture *f = *state;
    take(f, "user:7", NOON, 5);
    for (int i = 0; i < 20; i++) assert_int_equal(wait_of(f, "user:7", NOON + second), 1);
    take(f, "user:7", NOON + 2 * second, 1);
}

static void users_and_addresses_are_apart(void **state)
{
    access_fixture *f = *state;
    take(f, "user:7", NOON, 5);
    take(f, "user:77", NOON, 5);
    take(f, "address:10.0.0.7", NOON, 50);
    assert_int_equal(wait_of(f, "address:10.0.0.7", NOON), 2);
    take(f, "address:10.0.0.8", NOON, 1);
}

static void an_address_waits_a_minute_at_most(void **state)
{
    access_fixture *f = *state;
    int64_t now = NOON;
    take(f, "address:10.0.0.7", now, 50);
    for (int i = 0; i < 20; i++) {
        int64_t wait = wait_of(f, "address:10.0.0.7", now);
        assert_in_range(wait, 2, 60);
        now += wait * second;
        take(f, "address:10.0.0.7", now, 1);
    }
    assert_int_equal(wait_of(f, "address:10.0.0.7", now), 60);
}

static void what_went_well_is_given_back(void **state)
{
    access_fixture *f = *state;
    ku_error err = {0};
    for (int i = 0; i < 12; i++) {
        take(f, "user:7", NOON, 1);
        check_ok(ku_throttle_give_back(f->db, "user:7", &err), &err);
    }
    take(f, "user:7", NOON, 5);
    assert_int_equal(wait_of(f, "user:7", NOON), 2);
    check_ok(ku_throttle_clear(f->db, "user:7", &err), &err);
    take(f, "user:7", NOON, 5);
}

static void quiet_is_forgotten(void **state)
{
    access_fixture *f = *state;
    take(f, "user:7", NOON, 5);
    take(f, "address:10.0.0.7", NOON, 50);
    take(f, "address:10.0.0.7", NOON + 3601 * second, 50); /* an hour */
    assert_int_equal(wait_of(f, "user:7", NOON), 2);
    take(f, "user:8", NOON + 86401 * second, 1);
    take(f, "user:7", NOON + 86401 * second, 5);
    assert_int_equal(access_number(f, "SELECT count(*) FROM attempt"), 3);
}

static void a_clock_set_back_does_not_free(void **state)
{
    access_fixture *f = *state;
    take(f, "user:7", NOON, 5);
    assert_int_equal(wait_of(f, "user:7", NOON - 600 * second), 602);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, make, clear)
    const struct CMUnitTest tests[] = {
        T(five_are_free_then_the_wait_doubles), T(attempts_refused_for_the_wait_do_not_lengthen_it),
        T(users_and_addresses_are_apart),       T(an_address_waits_a_minute_at_most),
        T(what_went_well_is_given_back),        T(quiet_is_forgotten),
        T(a_clock_set_back_does_not_free),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
