/* The office's chores are done while the server runs, once for each thing that is due, and the
 * clock stops at once. */
#include "../office/documents_support.h"
#include "app/http/clock.h"

static void chores_are_done_in_time(void **state)
{
    documents *d = *state;
    add(d, CITRA, &ku_entity_document, "{\"title\":\"Late\",\"unit\":3,\"due\":\"2020-01-01\"}");
    http_clock *clock = http_clock_new(d->f.workspace, true, 1, 5);
    assert_non_null(clock);
    int64_t written = 0;
    for (int i = 0; i < 500 && written == 0; i++) {
        nanosleep(&(struct timespec){.tv_nsec = 10000000}, NULL);
        written = number_of(d, "SELECT count(*) FROM reminder");
    }
    nanosleep(&(struct timespec){.tv_nsec = 50000000}, NULL);
    http_clock_free(clock);
    assert_int_equal(number_of(d, "SELECT count(*) FROM reminder"), 1);
    assert_int_equal(number_of(d, "SELECT count(*) FROM event WHERE action = 'remind'"), 1);
}

static void it_stops_at_once(void **state)
{
    documents *d = *state;
    double began = ku_clock_seconds();
    http_clock_free(http_clock_new(d->f.workspace, true, 0, 0));
    http_clock_free(NULL);
    assert_true(ku_clock_seconds() - began < 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(chores_are_done_in_time, documents_make, documents_clear),
        cmocka_unit_test_setup_teardown(it_stops_at_once, documents_make, documents_clear),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
