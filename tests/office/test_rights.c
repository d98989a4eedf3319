/* test_rights.c - every kind of record x class x action x role, compared with a table.
 *
 * rights.txt beside this file has a row for every kind, class and action that anybody may do
 * anything with; what has no row nobody may. A cell says how far a role reaches by itself,
 * granted for one unit with no class held back:
 *     A all of them   U those of the unit   O one's own   B one's own and the unit's   . none
 * When the test fails it prints the row as it found it; whoever changes the table says in the
 * commit why that is right. Secrets are asked about by one who stands on their list. */
#include <string.h>

#include "access/authorize.h"
#include "base/file.h"
#include "check.h"

enum { ROLES_MOST = 16, ROWS_MOST = 1000, ME = 1, OTHER = 2, UNIT = 2, ELSEWHERE = 9 };

typedef struct row {
    const char *entity, *class, *action, *cell[ROLES_MOST];
    bool used;
} row;

typedef struct table {
    ku_arena *arena;
    const char *role[ROLES_MOST];
    size_t roles;
    row rows[ROWS_MOST];
    size_t count;
    int wrong;
} table;

/* ---- the table ------------------------------------------------------------------------------ */

static void read_row(table *t, char *line)
{
    char *rest = NULL, *word = strtok_r(line, " \t", &rest);
    const char **cells = t->rows[t->count].cell;
    size_t cell = 0;
    if (word == NULL || *word == '#') return;
    bool heading = strcmp(word, "entity") == 0;
    row *r = &t->rows[t->count];
    *r = (row){.entity = word};
    r->class = strtok_r(NULL, " \t", &rest);
    r->action = strtok_r(NULL, " \t", &rest);
    if (heading) cells = t->role;
    while ((word = strtok_r(NULL, " \t", &rest)) != NULL) {
        assert_true(cell < ROLES_MOST);
        cells[cell++] = word;
    }
    if (heading) t->roles = cell;
    if (!heading) assert_int_equal(cell, t->roles);
    if (!heading) assert_true(++t->count < ROWS_MOST);
}

static int setup(void **state)
{
    static table t;
    char path[1024], *bytes, *rest = NULL;
    size_t length;
    ku_error err = {0};
    t.arena = ku_arena_new();
    source_path("tests/office/rights.txt", path, sizeof path);
    check_ok(ku_file_read(path, 1 << 20, t.arena, &bytes, &length, &err), &err);
    for (char *line = strtok_r(bytes, "\n", &rest); line != NULL;
         line = strtok_r(NULL, "\n", &rest))
        read_row(&t, line);
    *state = &t;
    return 0;
}

static int teardown(void **state)
{
    ku_arena_free(((table *)*state)->arena);
    return 0;
}

/* ---- asking ------------------------------------------------------------------------------------ */

static bool may(table *t, const char *role, const ku_entity *entity, ku_class secrecy,
                unsigned action, int64_t owner, int64_t unit)
{
    static const int64_t units[] = {UNIT};
    ku_grant grant = {.role = role, .highest = KU_CLASS_SECRET, .units = units, .unit_count = 1,
                      .limit = -1, .because = "as asked"};
    ku_actor actor = {.who = {.kind = KU_WHO_USER}, .user = ME, .person = ME, .name = "Somebody",
                      .scopes = KU_SCOPE_ALL, .grants = &grant, .grant_count = 1};
    ku_standing standing = {.id = 1, .owner = owner, .unit = unit, .secrecy = secrecy,
                            .state = "", .listed = true};
    return ku_authorize(&actor, entity, action, &standing, NULL, t->arena).allowed;
}

static char reach(table *t, const char *role, const ku_entity *entity, ku_class secrecy,
                  unsigned action)
{
    bool own = may(t, role, entity, secrecy, action, ME, ELSEWHERE);
    bool unit = may(t, role, entity, secrecy, action, OTHER, UNIT);
    if (may(t, role, entity, secrecy, action, OTHER, ELSEWHERE)) return 'A';
    return own && unit ? 'B' : own ? 'O' : unit ? 'U' : '.';
}

/* ---- comparing ------------------------------------------------------------------------------------ */

static row *find(table *t, const char *entity, const char *class, const char *action)
{
    for (size_t i = 0; i < t->count; i++) {
        row *r = &t->rows[i];
        if (strcmp(r->entity, entity) == 0 && strcmp(r->class, class) == 0 &&
            strcmp(r->action, action) == 0)
            return r;
    }
    return NULL;
}

static void compare(table *t, const ku_entity *entity, ku_class secrecy, unsigned action)
{
    const char *class = ku_class_name(secrecy), *name = ku_action_name(action);
    row *expected = find(t, entity->name, class, name);
    char found[ROLES_MOST];
    bool same = true;
    for (size_t i = 0; i < t->roles; i++) {
        found[i] = reach(t, t->role[i], entity, secrecy, action);
        same = same && found[i] == (expected != NULL ? *expected->cell[i] : '.');
    }
    if (expected != NULL) expected->used = true;
    if (same) return;
    t->wrong++;
    print_error("%s row; found:\n%-18s %-9s %-8s", expected != NULL ? "another" : "no",
                entity->name, class, name);
    for (size_t i = 0; i < t->roles; i++) print_error(" %c", found[i]);
    print_error("\n");
}

static void every_kind_class_action_and_role(void **state)
{
    table *t = *state;
    size_t count;
    const ku_entity *const *all = ku_entities(&count);
    for (size_t i = 0; i < count; i++) {
        for (ku_class c = KU_CLASS_OPEN; c <= KU_CLASS_SECRET; c++) {
            if (all[i]->secrecy == NULL && all[i]->fixed_secrecy != c) continue;
            for (unsigned action = KU_SEE; action <= KU_ARRANGE; action <<= 1)
                compare(t, all[i], c, action);
        }
    }
    for (size_t i = 0; i < t->count; i++) {
        if (t->rows[i].used) continue;
        print_error("no such kind, class or action: %s %s %s\n", t->rows[i].entity,
                    t->rows[i].class, t->rows[i].action);
        t->wrong++;
    }
    assert_int_equal(t->wrong, 0);
}

static void every_role_has_a_column(void **state)
{
    table *t = *state;
    for (const ku_role *role = ku_roles; role->name != NULL; role++) {
        size_t i = 0;
        while (i < t->roles && strcmp(t->role[i], role->name) != 0) i++;
        if (i == t->roles) print_error("the table has no column for %s\n", role->name);
        assert_true(i < t->roles);
    }
}

/* Whatever else is changed in the table: this is not. */
static void an_administrator_decides_nowhere(void **state)
{
    table *t = *state;
    for (size_t r = 0; r < t->count; r++)
        for (size_t i = 0; i < t->roles; i++)
            if (strcmp(t->role[i], "administrator") == 0 &&
                strcmp(t->rows[r].action, "decide") == 0)
                assert_string_equal(t->rows[r].cell[i], ".");
}

int main(void)
{
    cmocka_set_message_output(CM_OUTPUT_TAP);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_role_has_a_column),
        cmocka_unit_test(every_kind_class_action_and_role),
        cmocka_unit_test(an_administrator_decides_nowhere),
    };
    return cmocka_run_group_tests_name("office: rights", tests, setup, teardown);
}
