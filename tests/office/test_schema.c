/* Schema and descriptors together: every entity is whole, and its table has just the columns
 * its fields say, of the kinds they say. */
#include <ctype.h>

#include "office_support.h"

static const char *kind_of(const ku_field_spec *f)
{
    static const char *const kinds[KU_FIELD_COUNT] = {"TEXT",    "TEXT",   "INTEGER", "REAL",
                                                      "INTEGER", "TEXT",   "INTEGER", "TEXT",
                                                      "INTEGER", "INTEGER"};
    return f->sealed ? "BLOB" : kinds[f->type];
}

static const char *fixed_kind(const char *name)
{
    if (strcmp(name, "state") == 0) return "TEXT";
    for (const char *const *n = (const char *const[]){"id", "version", "created", "changed", NULL};
         *n != NULL; n++)
        if (strcmp(*n, name) == 0) return "INTEGER";
    return NULL;
}

/* Tables may have columns of the workflow's own; fields must all be there. */
static void check_table(sqlite3 *db, const ku_entity *entity, ku_arena *arena)
{
    for (const ku_field_spec *f = entity->fields; f->name != NULL; f++) {
        sqlite3_stmt *statement;
        bool row;
        ku_error err = {0};
        check_ok(ku_sql_prepare(db, &statement, &err,
                                "SELECT type FROM pragma_table_info(?1) WHERE name = ?2", "ss",
                                entity->name, f->name),
                 &err);
        check_ok(ku_sql_step(&statement, &row, &err), &err);
        if (!row) fail_msg("the table %s has no column %s", entity->name, f->name);
        const char *type = ku_sql_text(statement, 0, arena);
        if (strcmp(type, kind_of(f)) != 0)
            fail_msg("%s.%s is %s, its field says %s", entity->name, f->name, type, kind_of(f));
        sqlite3_finalize(statement);
    }
}

static void check_fixed(sqlite3 *db, const ku_entity *entity)
{
    static const char *const names[] = {"id", "version", "state", "created", "changed"};
    for (size_t i = 0; i < 5; i++) {
        sqlite3_stmt *statement;
        bool row;
        ku_error err = {0};
        check_ok(ku_sql_prepare(db, &statement, &err,
                                "SELECT 1 FROM pragma_table_info(?1) WHERE name = ?2 AND type = ?3",
                                "sss", entity->name, names[i], fixed_kind(names[i])),
                 &err);
        check_ok(ku_sql_step(&statement, &row, &err), &err);
        if (!row) fail_msg("the table %s has no column %s", entity->name, names[i]);
        sqlite3_finalize(statement);
    }
}

static void check_search(sqlite3 *db, const ku_entity *entity, ku_arena *arena)
{
    sqlite3_stmt *statement;
    ku_error err = {0};
    bool searched = false;
    for (const ku_field_spec *f = entity->fields; f->name != NULL; f++) searched |= f->searched;
    if (!searched) return;
    const char *sql = ku_arena_printf(arena, "SELECT text, body FROM %s_search LIMIT 0",
                                      entity->name);
    check_ok(ku_sql_prepare(db, &statement, &err, sql, ""), &err);
    sqlite3_finalize(statement);
}

static void every_table_fits_its_descriptor(void **state)
{
    office_fixture f;
    sqlite3 *db;
    size_t count;
    ku_error err = {0};
    ku_arena *arena = ku_arena_new();
    (void)state;
    office_make(&f);
    check_ok(ku_workspace_reader(f.workspace, &db, &err), &err);
    const ku_entity *const *all = ku_entities(&count);
    assert_true(count > 5);
    for (size_t i = 0; i < count; i++) {
        check_table(db, all[i], arena);
        check_fixed(db, all[i]);
        check_search(db, all[i], arena);
    }
    ku_workspace_reader_done(f.workspace, db);
    office_clear(&f);
    ku_arena_free(arena);
}

/* ---- descriptors by themselves ------------------------------------------------------------------ */

static void check_ref(const ku_entity *e, const char *what, const char *name, const char *target)
{
    if (name == NULL || strcmp(name, "id") == 0) return;
    const ku_field_spec *f = ku_entity_field(e, name);
    if (f == NULL) fail_msg("%s: %s names no field: %s", e->name, what, name);
    if (target != NULL && (f->type != KU_FIELD_REF || strcmp(f->target, target) != 0))
        fail_msg("%s: %s (%s) is no reference to %s", e->name, what, name, target);
}

static void check_field(const ku_entity *e, const ku_field_spec *f)
{
    if (f->label == NULL) fail_msg("%s.%s has no label", e->name, f->name);
    if (!isupper((unsigned char)f->label[0])) fail_msg("%s.%s: %s", e->name, f->name, f->label);
    if (f->type == KU_FIELD_CHOICE && f->choices == NULL)
        fail_msg("%s.%s has no choices", e->name, f->name);
    if (f->type == KU_FIELD_REF && (f->target == NULL || ku_entity_find(f->target) == NULL))
        fail_msg("%s.%s refers to nothing known", e->name, f->name);
    if (f->sealed && (f->searched || f->unique || f->secrecy < KU_CLASS_PERSONAL))
        fail_msg("%s.%s is sealed and searched, unique or open", e->name, f->name);
    if (f->searched && f->secrecy >= KU_CLASS_PERSONAL)
        fail_msg("%s.%s is personal and searched", e->name, f->name);
    if (fixed_kind(f->name) != NULL) fail_msg("%s.%s is a column of all", e->name, f->name);
}

static void check_states(const ku_entity *e)
{
    if (e->states != NULL && ku_entity_state(e, e->initial) == NULL)
        fail_msg("%s: its first state is none of its states", e->name);
    for (const ku_transition *t = e->transitions; t != NULL && t->name != NULL; t++) {
        char from[256], *rest = from;
        if (t->to != NULL && ku_entity_state(e, t->to) == NULL)
            fail_msg("%s.%s leads to no state", e->name, t->name);
        if (t->action == 0 || (t->action & (t->action - 1)) != 0)
            fail_msg("%s.%s takes not just one right", e->name, t->name);
        if (strcmp(t->from, "*") == 0) continue;
        snprintf(from, sizeof from, "%s", t->from);
        for (char *word; (word = strsep(&rest, " ")) != NULL;)
            if (ku_entity_state(e, word) == NULL)
                fail_msg("%s.%s starts from no state \"%s\"", e->name, t->name, word);
    }
}

static void check_rights(const ku_entity *e)
{
    bool any = false;
    for (const ku_right *r = e->rights; r->role != NULL; r++) {
        if (strcmp(r->role, "staff") != 0 && ku_role_find(r->role) == NULL)
            fail_msg("%s: there is no role %s", e->name, r->role);
        if (strcmp(r->role, "administrator") == 0 && (r->actions & KU_DECIDE) != 0)
            fail_msg("%s: an administrator decides nothing", e->name);
        if (strcmp(r->role, "auditor") == 0 && (r->actions & ~(KU_SEE | KU_EXPORT)) != 0)
            fail_msg("%s: an auditor changes nothing", e->name);
        if (r->reach == KU_REACH_OWN && e->owner == NULL)
            fail_msg("%s: a right to one's own, and no owner", e->name);
        if (r->reach == KU_REACH_UNIT && e->unit == NULL)
            fail_msg("%s: a right within units, and no unit", e->name);
        any = true;
    }
    if (!any) fail_msg("%s: nobody may anything", e->name);
}

static void every_descriptor_is_whole(void **state)
{
    size_t count;
    (void)state;
    const ku_entity *const *all = ku_entities(&count);
    for (size_t i = 0; i < count; i++) {
        const ku_entity *e = all[i];
        assert_non_null(e->title);
        assert_non_null(e->plural);
        assert_non_null(e->area);
        assert_non_null(e->meaning);
        check_ref(e, "its label", e->label, NULL);
        check_ref(e, "its owner", e->owner, "person");
        check_ref(e, "its unit", e->unit, "org_unit");
        check_ref(e, "its subject", e->subject, "person");
        check_ref(e, "its whole", e->within, NULL);
        check_ref(e, "its class", e->secrecy, NULL);
        check_ref(e, "its first day", e->starts, NULL);
        check_ref(e, "its last day", e->ends, NULL);
        bool sealed = false;
        for (const ku_field_spec *f = e->fields; f->name != NULL; f++) {
            check_field(e, f);
            sealed |= f->sealed;
        }
        if (sealed && e->subject == NULL) fail_msg("%s: sealed fields about nobody", e->name);
        check_states(e);
        check_rights(e);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_table_fits_its_descriptor),
        cmocka_unit_test(every_descriptor_is_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
