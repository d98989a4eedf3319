/* test_security.c - what SECURITY.md says is shown by tests: every test it names is there. */
#include <string.h>

#include "base/file.h"
#include "base/text.h"
#include "check.h"

/* "tests/access/test_keys.c:opens_nowhere_else": the file has a test of that name, and runs it. */
static bool is_there(ku_arena *arena, const char *file, const char *name)
{
    char path[1024], *bytes;
    size_t length;
    source_path(file, path, sizeof path);
    if (ku_file_read(path, 1 << 24, arena, &bytes, &length, NULL) != KU_OK) return false;
    const char *head = ku_arena_printf(arena, "static void %s(", name);
    const char *defined = strstr(bytes, head);
    /* Named once more further down: in the list of what is run. */
    return defined != NULL && strstr(defined + strlen(head), name) != NULL;
}

static void every_test_it_names_is_there(void **state)
{
    char path[1024], *bytes;
    size_t length;
    int found = 0, missing = 0;
    ku_error err = {0};
    ku_arena *arena = ku_arena_new();
    (void)state;
    source_path("SECURITY.md", path, sizeof path);
    check_ok(ku_file_read(path, 1 << 20, arena, &bytes, &length, &err), &err);
    for (const char *at = bytes; (at = strstr(at, "`tests/")) != NULL; at++) {
        size_t span = strcspn(at + 1, "`");
        char *named = ku_arena_strndup(arena, at + 1, span), *colon = strchr(named, ':');
        if (colon == NULL) continue; /* a folder or a whole file */
        *colon = '\0';
        found++;
        if (is_there(arena, named, colon + 1)) continue;
        print_error("SECURITY.md names %s in %s, which is not there\n", colon + 1, named);
        missing++;
    }
    ku_arena_free(arena);
    assert_true(found > 40);
    assert_int_equal(missing, 0);
}

int main(void)
{
    cmocka_set_message_output(CM_OUTPUT_TAP);
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_test_it_names_is_there)};
    return cmocka_run_group_tests_name("access: SECURITY.md", tests, NULL, NULL);
}
