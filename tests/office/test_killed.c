/* Killed in the middle of writing, nothing acknowledged is lost (the thousand rounds are a
 * measurement, bench/cases/office.c). */
#include "office_support.h"

#include "killed.h"

static void nothing_acknowledged_is_lost(void **state)
{
    char place[PLACE], path[2 * PLACE];
    int64_t changes = 0;
    ku_error err = {0};
    (void)state;
    place_make(place);
    check_ok(ku_workspace_init(place_path(place, "w", path), NULL, &err), &err);
    const char *fault = killed_rounds(path, 20, 7, &changes);
    if (fault != NULL) fail_msg("%s", fault);
    assert_true(changes >= 20);
    place_remove(place);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(nothing_acknowledged_is_lost)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
