/* test_authorize.c - the one rule: single cases by hand, then thousands by chance, where the
 * verdict on a record and the condition on its table must say the same. */
#include "access_support.h"

#include <string.h>

#include "access/authorize.h"
#include "kemudi/rng.h"

static access_fixture f;

/* ---- an entity of the test's own --------------------------------------------------------------- */

static const ku_choice classes[] = {{"open", "Open"},
                                    {"internal", "Internal"},
                                    {"personal", "Personal"},
                                    {"secret", "Secret"},
                                    {.value = NULL}};

static const ku_field_spec fields[] = {
    {.name = "name", .type = KU_FIELD_TEXT, .label = "Name"},
    {.name = "pay", .type = KU_FIELD_MONEY, .label = "Pay", .secrecy = KU_CLASS_PERSONAL},
    {.name = "owner", .type = KU_FIELD_REF, .label = "Owner", .target = "person"},
    {.name = "unit", .type = KU_FIELD_REF, .label = "Unit", .target = "org_unit"},
    {.name = "class", .type = KU_FIELD_CHOICE, .label = "Class", .choices = classes},
    {.name = NULL},
};

static const ku_right by_hand[] = {
    {"staff", KU_SEE, KU_REACH_ALL, KU_CLASS_OPEN},
    {"staff", KU_SEE | KU_CHANGE, KU_REACH_OWN, KU_CLASS_PERSONAL},
    {"specialist", KU_SEE | KU_ADD, KU_REACH_UNIT, KU_CLASS_INTERNAL},
    {"head", KU_SEE | KU_ADD | KU_CHANGE | KU_DECIDE | KU_ARRANGE, KU_REACH_UNIT,
     KU_CLASS_PERSONAL},
    {"director", KU_SEE | KU_DECIDE, KU_REACH_ALL, KU_CLASS_SECRET},
    {"administrator", KU_SEE | KU_DECIDE | KU_ARRANGE, KU_REACH_ALL, KU_CLASS_INTERNAL},
    {.role = NULL},
};

static const ku_entity thing = {
    .name = "thing",
    .title = "Thing",
    .plural = "Things",
    .fields = fields,
    .owner = "owner",
    .unit = "unit",
    .secrecy = "class",
    .rights = by_hand,
};

static const char things_sql[] =
    "CREATE TABLE thing (id INTEGER PRIMARY KEY, version INTEGER, state TEXT, created INTEGER,"
    " changed INTEGER, name TEXT, pay INTEGER, owner INTEGER, unit INTEGER, class TEXT)";

static int setup(void **state)
{
    (void)state;
    access_init(&f);
    access_do(&f, things_sql);
    access_do(&f, "INSERT INTO person (id, version, state, created, changed, name) VALUES"
                  " (1, 1, '', 0, 0, 'A'), (2, 1, '', 0, 0, 'B'), (3, 1, '', 0, 0, 'C'),"
                  " (4, 1, '', 0, 0, 'D')");
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    access_clear(&f);
    return 0;
}

/* ---- by hand ------------------------------------------------------------------------------------- */

static const int64_t advertising[] = {2, 3};

static ku_grant grant_in(const char *role, ku_class highest)
{
    return (ku_grant){.role = role,
                      .highest = highest,
                      .units = advertising,
                      .unit_count = 2,
                      .limit = -1,
                      .because = "as Head of Advertising"};
}

static ku_actor with(const ku_grant *grants, size_t count)
{
    return (ku_actor){.who = {.kind = KU_WHO_USER},
                      .user = 1,
                      .person = 1,
                      .name = "Ana Putri",
                      .scopes = KU_SCOPE_ALL,
                      .at = NOON,
                      .grants = grants,
                      .grant_count = count};
}

static void expect(bool allowed, const char *words, ku_verdict verdict)
{
    if (verdict.allowed == allowed && strstr(verdict.because, words) != NULL) return;
    print_error("expected %s with \"%s\", found %s: %s\n", allowed ? "allowed" : "refused", words,
                verdict.allowed ? "allowed" : "refused", verdict.because);
    fail();
}

static void reach_is_kept(void **state)
{
    (void)state;
    ku_grant head = grant_in("head", KU_CLASS_PERSONAL);
    ku_actor ana = with(&head, 1);
    ku_standing inside = {.id = 1, .unit = 3, .owner = 9};
    ku_standing outside = {.id = 2, .unit = 4}, nobodys = {.id = 3};
    expect(true, "Ana Putri may change this thing: as Head of Advertising, as they may with all of",
           ku_authorize(&ana, &thing, KU_CHANGE, &inside, NULL, f.arena));
    expect(false, "none of the units they answer for",
           ku_authorize(&ana, &thing, KU_CHANGE, &outside, NULL, f.arena));
    expect(false, "none of the units",
           ku_authorize(&ana, &thing, KU_CHANGE, &nobodys, NULL, f.arena));
    expect(true, "Ana Putri may change things",
           ku_authorize(&ana, &thing, KU_CHANGE, NULL, NULL, f.arena));
    expect(false, "nobody does this by hand",
           ku_authorize(&ana, &thing, KU_REMOVE, NULL, NULL, f.arena));
    head.units = NULL; /* the whole company */
    expect(true, "whole company", ku_authorize(&ana, &thing, KU_CHANGE, &nobodys, NULL, f.arena));
}

static void ones_own_is_ones_own(void **state)
{
    (void)state;
    ku_grant staff = {.role = "staff", .highest = KU_CLASS_SECRET, .units = advertising,
                      .limit = -1, .because = "as one of the staff"};
    ku_actor ana = with(&staff, 1);
    ku_standing own = {.id = 1, .owner = 1, .secrecy = KU_CLASS_PERSONAL};
    ku_standing other = {.id = 2, .owner = 2, .secrecy = KU_CLASS_PERSONAL};
    expect(true, "their own", ku_authorize(&ana, &thing, KU_CHANGE, &own, NULL, f.arena));
    expect(false, "only with their own",
           ku_authorize(&ana, &thing, KU_CHANGE, &other, NULL, f.arena));
    assert_null(ku_authorize(&ana, &thing, KU_CHANGE, &own, NULL, f.arena).grant);
    /* Who is no person owns nothing, not even what nobody owns. */
    ana.person = 0;
    other.owner = 0;
    expect(false, "", ku_authorize(&ana, &thing, KU_CHANGE, &other, NULL, f.arena));
}

static void classes_are_kept(void **state)
{
    (void)state;
    ku_grant head = grant_in("head", KU_CLASS_INTERNAL);
    ku_actor ana = with(&head, 1);
    ku_standing s = {.id = 1, .unit = 2, .secrecy = KU_CLASS_INTERNAL};
    expect(true, "", ku_authorize(&ana, &thing, KU_SEE, &s, NULL, f.arena));
    expect(true, "\"Name\"", ku_authorize(&ana, &thing, KU_SEE, &s, &fields[0], f.arena));
    expect(false, "it is personal, and as Head of Advertising they reach no further than internal",
           ku_authorize(&ana, &thing, KU_SEE, &s, &fields[1], f.arena));
    s.secrecy = KU_CLASS_PERSONAL;
    expect(false, "it is personal", ku_authorize(&ana, &thing, KU_SEE, &s, NULL, f.arena));
    head.highest = KU_CLASS_SECRET; /* the right itself ends at personal */
    expect(true, "", ku_authorize(&ana, &thing, KU_SEE, &s, &fields[1], f.arena));
    s.secrecy = KU_CLASS_SECRET;
    s.listed = true;
    expect(false, "it is secret", ku_authorize(&ana, &thing, KU_SEE, &s, NULL, f.arena));
}

static void a_secret_is_for_its_list(void **state)
{
    (void)state;
    ku_grant director = {.role = "director", .highest = KU_CLASS_SECRET, .limit = -1,
                         .because = "as Marketing Director"};
    ku_actor cleo = with(&director, 1);
    ku_standing s = {.id = 1, .secrecy = KU_CLASS_SECRET};
    expect(false, "they do not stand on its list",
           ku_authorize(&cleo, &thing, KU_SEE, &s, NULL, f.arena));
    s.listed = true;
    expect(true, "", ku_authorize(&cleo, &thing, KU_SEE, &s, NULL, f.arena));
}

static void an_administrator_decides_nothing(void **state)
{
    (void)state;
    ku_grant grants[] = {{.role = "administrator", .highest = KU_CLASS_INTERNAL, .limit = -1,
                          .because = "as Administrator"},
                         {.role = "director", .highest = KU_CLASS_SECRET, .limit = -1,
                          .because = "as Marketing Director"}};
    ku_actor admin = with(grants, 1), both = with(grants, 2), local = with(grants, 2);
    ku_standing s = {.id = 1};
    expect(true, "", ku_authorize(&admin, &thing, KU_ARRANGE, &s, NULL, f.arena));
    expect(false, "one of these roles",
           ku_authorize(&admin, &thing, KU_DECIDE, &s, NULL, f.arena));
    /* Two hats: decides as the director. */
    assert_string_equal(
        ku_authorize(&both, &thing, KU_DECIDE, &s, NULL, f.arena).grant->role, "director");
    local.person = 0;
    expect(false, "only a person of the company decides",
           ku_authorize(&local, &thing, KU_DECIDE, &s, NULL, f.arena));
}

static void an_order_carries_its_scope(void **state)
{
    (void)state;
    ku_grant order = grant_in("head", KU_CLASS_PERSONAL);
    ku_actor ben = with(&order, 1);
    ku_standing s = {.id = 1, .unit = 2};
    order.delegation = 5;
    order.stead = 2;
    order.because = "for Ben Ode by order O-5 until 30 Nov 2026";
    static const struct {
        const char *scope;
        unsigned carried;
    } cases[] = {
        {"all", KU_SEE | KU_ADD | KU_CHANGE | KU_DECIDE},
        {"decide", KU_SEE | KU_DECIDE},
        {"thing", KU_SEE | KU_ADD | KU_CHANGE | KU_DECIDE},
        {"document", 0},
        {NULL, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        order.scope = cases[i].scope;
        for (unsigned action = KU_SEE; action <= KU_ARRANGE; action <<= 1)
            assert_int_equal(ku_authorize(&ben, &thing, action, &s, NULL, f.arena).allowed,
                             (cases[i].carried & action) != 0);
    }
    order.scope = "all";
    expect(true, "for Ben Ode by order O-5",
           ku_authorize(&ben, &thing, KU_DECIDE, &s, NULL, f.arena));
    assert_int_equal(ku_authorize(&ben, &thing, KU_DECIDE, &s, NULL, f.arena).grant->delegation, 5);
}

static void a_token_does_what_it_was_made_for(void **state)
{
    (void)state;
    ku_grant head = grant_in("head", KU_CLASS_PERSONAL);
    ku_actor token = with(&head, 1);
    ku_standing s = {.id = 1, .unit = 2};
    token.who.kind = KU_WHO_TOKEN;
    token.scopes = KU_SCOPE_READ;
    expect(true, "", ku_authorize(&token, &thing, KU_SEE, &s, NULL, f.arena));
    expect(false, "not given this use",
           ku_authorize(&token, &thing, KU_CHANGE, &s, NULL, f.arena));
    token.scopes = KU_SCOPE_ALL;
    expect(true, "", ku_authorize(&token, &thing, KU_CHANGE, &s, NULL, f.arena));
    expect(false, "decides nothing", ku_authorize(&token, &thing, KU_DECIDE, &s, NULL, f.arena));
}

static void what_may_not_be_seen_is_not_there(void **state)
{
    (void)state;
    ku_error err = {0};
    ku_grant head = grant_in("head", KU_CLASS_INTERNAL);
    ku_actor ana = with(&head, 1);
    ku_standing hidden = {.id = 77, .unit = 4}, seen = {.id = 78, .unit = 2};
    check_fails(KU_NOT_FOUND, "no such record (77)",
                ku_authorize_or_refuse(&ana, &thing, KU_CHANGE, &hidden, NULL, f.arena, &err),
                &err);
    check_fails(KU_NOT_ALLOWED, "may not remove this thing",
                ku_authorize_or_refuse(&ana, &thing, KU_REMOVE, &seen, NULL, f.arena, &err), &err);
    check_fails(KU_NOT_ALLOWED, "\"Pay\"",
                ku_authorize_or_refuse(&ana, &thing, KU_SEE, &seen, &fields[1], f.arena, &err),
                &err);
    check_ok(ku_authorize_or_refuse(&ana, &thing, KU_CHANGE, &seen, NULL, f.arena, &err), &err);
}

static void an_entity_without_rights_is_closed(void **state)
{
    (void)state;
    ku_grant director = {.role = "director", .highest = KU_CLASS_SECRET, .limit = -1,
                         .because = "as Marketing Director"};
    ku_actor cleo = with(&director, 1), kemudi = {.who = {.kind = KU_WHO_PROGRAM}};
    ku_entity closed = thing;
    ku_standing s = {.id = 1};
    closed.rights = NULL;
    expect(false, "nobody", ku_authorize(&cleo, &closed, KU_SEE, &s, NULL, f.arena));
    expect(true, "Kemudi itself", ku_authorize(&kemudi, &closed, KU_SEE, &s, NULL, f.arena));
    expect(false, "", ku_authorize(&kemudi, &closed, KU_CHANGE, &s, NULL, f.arena));
}

/* ---- by chance ------------------------------------------------------------------------------------------ */

enum { ACTORS = 400, RECORDS = 60, RIGHTS_MAX = 6, GRANTS_MAX = 5, PEOPLE = 4, UNITS = 5 };

static unsigned pick(ku_rng *rng, unsigned below)
{
    return (unsigned)ku_rng_below(rng, below);
}

static const char *any_role(ku_rng *rng)
{
    unsigned count = 0;
    while (ku_roles[count].name != NULL) count++;
    unsigned at = pick(rng, count + 1);
    return at == count ? "staff" : ku_roles[at].name;
}

static void make_records(ku_rng *rng)
{
    static const char *const texts[] = {"'open'", "'internal'", "'personal'",
                                        "'secret'", "NULL",      "'unheard of'"};
    access_sql(&f, "DELETE FROM thing; DELETE FROM access_list");
    for (int id = 1; id <= RECORDS; id++) {
        char sql[300], owner[16] = "NULL", unit[16] = "NULL";
        if (pick(rng, 4) > 0) snprintf(owner, sizeof owner, "%u", 1 + pick(rng, PEOPLE));
        if (pick(rng, 4) > 0) snprintf(unit, sizeof unit, "%u", 1 + pick(rng, UNITS));
        snprintf(sql, sizeof sql,
                 "INSERT INTO thing (id, version, state, owner, unit, class)"
                 " VALUES (%d, 1, '', %s, %s, %s)",
                 id, owner, unit, texts[pick(rng, 6)]);
        access_sql(&f, sql);
        for (unsigned person = 1; person <= PEOPLE; person++) {
            if (pick(rng, 2) == 0) continue;
            snprintf(sql, sizeof sql, "INSERT INTO access_list VALUES ('%s', %d, %u, 0)",
                     pick(rng, 5) > 0 ? "thing" : "other", id, person);
            access_sql(&f, sql);
        }
    }
}

typedef struct chance {
    ku_entity entity;
    ku_right rights[RIGHTS_MAX + 1];
    ku_grant grants[GRANTS_MAX];
    int64_t units[GRANTS_MAX][UNITS];
    ku_actor actor;
} chance;

static void make_entity(ku_rng *rng, chance *c)
{
    c->entity = thing;
    c->entity.rights = c->rights;
    if (pick(rng, 5) == 0) c->entity.owner = NULL;
    if (pick(rng, 5) == 0) c->entity.unit = NULL;
    if (pick(rng, 4) == 0) {
        c->entity.secrecy = NULL;
        c->entity.fixed_secrecy = (ku_class)pick(rng, KU_CLASS_COUNT);
    }
    unsigned count = pick(rng, RIGHTS_MAX + 1);
    for (unsigned i = 0; i < count; i++)
        c->rights[i] = (ku_right){any_role(rng), pick(rng, KU_ALL_ACTIONS + 1),
                                  (ku_reach)pick(rng, 3), (ku_class)pick(rng, KU_CLASS_COUNT)};
    c->rights[count] = (ku_right){.role = NULL};
}

static void make_grant(ku_rng *rng, chance *c, unsigned i)
{
    static const char *const scopes[] = {"all", "decide", "thing", "document"};
    ku_grant *grant = &c->grants[i];
    *grant = (ku_grant){.role = any_role(rng),
                        .highest = (ku_class)pick(rng, KU_CLASS_COUNT),
                        .limit = -1,
                        .because = "by chance"};
    /* Half of the time a role the entity knows. */
    if (c->rights[0].role != NULL && pick(rng, 2) == 0) grant->role = c->rights[0].role;
    if (pick(rng, 3) > 0) {
        grant->units = c->units[i];
        grant->unit_count = pick(rng, UNITS);
        for (size_t u = 0; u < grant->unit_count; u++) c->units[i][u] = 1 + pick(rng, UNITS);
    }
    if (pick(rng, 3) > 0) return;
    grant->delegation = 1;
    grant->scope = scopes[pick(rng, 4)];
}

static void make_actor(ku_rng *rng, chance *c)
{
    static const ku_who_kind kinds[] = {KU_WHO_USER,  KU_WHO_USER,    KU_WHO_USER,  KU_WHO_TOKEN,
                                        KU_WHO_LOCAL, KU_WHO_PROGRAM, KU_WHO_NOBODY};
    unsigned count = pick(rng, GRANTS_MAX + 1);
    for (unsigned i = 0; i < count; i++) make_grant(rng, c, i);
    c->actor = (ku_actor){.who = {.kind = kinds[pick(rng, 7)]},
                          .person = pick(rng, PEOPLE + 1),
                          .name = "Someone",
                          .scopes = KU_SCOPE_ALL,
                          .grants = c->grants,
                          .grant_count = count};
    if (c->actor.who.kind == KU_WHO_TOKEN) c->actor.scopes = pick(rng, KU_SCOPE_ALL + 1);
}

static bool says_sql(const char *condition, int64_t id)
{
    const char *sql = ku_arena_printf(f.arena, "SELECT EXISTS (SELECT 1 FROM thing r WHERE %s AND"
                                               " r.id = %lld)",
                                      condition, (long long)id);
    return access_number(&f, sql) != 0;
}

static ku_standing standing_of(const chance *c, int64_t id)
{
    sqlite3_stmt *s;
    bool row;
    ku_error err = {0};
    check_ok(ku_sql_prepare(f.db, &s, &err,
                            "SELECT owner, unit, class, EXISTS (SELECT 1 FROM access_list WHERE"
                            " entity = 'thing' AND record = ?1 AND person = ?2) FROM thing"
                            " WHERE id = ?1",
                            "ii", id, c->actor.person),
             &err);
    check_ok(ku_sql_step(&s, &row, &err), &err);
    ku_standing standing = {.id = id, .secrecy = c->entity.fixed_secrecy, .state = ""};
    if (c->entity.owner != NULL) standing.owner = sqlite3_column_int64(s, 0);
    if (c->entity.unit != NULL) standing.unit = sqlite3_column_int64(s, 1);
    const char *class = (const char *)sqlite3_column_text(s, 2);
    if (c->entity.secrecy != NULL) {
        standing.secrecy = KU_CLASS_SECRET; /* also where it says nothing, or nothing known */
        if (class != NULL) ku_class_find(class, &standing.secrecy);
    }
    standing.listed = sqlite3_column_int(s, 3) != 0;
    sqlite3_finalize(s);
    return standing;
}

static unsigned compare(const chance *c, unsigned action)
{
    ku_text sql = {0};
    unsigned allowed = 0;
    ku_authorize_sql(&c->actor, &c->entity, action, "r", &sql);
    for (int64_t id = 1; id <= RECORDS; id++) {
        ku_standing standing = standing_of(c, id);
        ku_verdict one = ku_authorize(&c->actor, &c->entity, action, &standing, NULL, f.arena);
        bool listed = says_sql(ku_text_string(&sql), id);
        if (one.allowed != listed) {
            print_error("record %lld, %s: %s\nbut the list says %s: %s\n", (long long)id,
                        ku_action_name(action), one.because, listed ? "yes" : "no",
                        ku_text_string(&sql));
            fail();
        }
        allowed += one.allowed;
    }
    ku_text_clear(&sql);
    return allowed;
}

static void a_list_and_a_record_agree(void **state)
{
    (void)state;
    ku_rng rng = ku_rng_make(20261124, 0);
    unsigned allowed = 0, asked = 0;
    access_begin(&f);
    for (int i = 0; i < ACTORS; i++) {
        chance c;
        if (i % 20 == 0) make_records(&rng);
        make_entity(&rng, &c);
        make_actor(&rng, &c);
        allowed += compare(&c, 1u << pick(&rng, 7));
        asked += RECORDS;
        ku_arena_reset(f.arena);
    }
    access_end(&f);
    print_message("# %u of %u allowed\n", allowed, asked);
    /* Neither all nor nothing: the cases do tell something. */
    assert_true(allowed > asked / 50 && allowed < asked / 2);
}

/* ---- areas ------------------------------------------------------------------------------------------------- */

static void areas_are_kept(void **state)
{
    (void)state;
    ku_grant analyst = {.role = "analyst", .highest = KU_CLASS_INTERNAL, .limit = -1,
                        .because = "as Analyst"};
    ku_actor ana = with(&analyst, 1), nobody = {.who = {.kind = KU_WHO_NOBODY}};
    expect(true, "as Analyst", ku_authorize_area(&ana, "bank", KU_ADD, f.arena));
    expect(false, "Administrator", ku_authorize_area(&ana, "settings", KU_ARRANGE, f.arena));
    expect(false, "nobody may", ku_authorize_area(&ana, "no such area", KU_SEE, f.arena));
    expect(true, "everyone", ku_authorize_area(&ana, "analyses", KU_SEE, f.arena));
    expect(false, "nobody has signed in",
           ku_authorize_area(&nobody, "analyses", KU_SEE, f.arena));
    for (unsigned action = KU_SEE; action <= KU_ARRANGE; action <<= 1)
        assert_false(ku_authorize_area(&nobody, "bank", action, f.arena).allowed);
    ana.who.kind = KU_WHO_TOKEN;
    ana.scopes = KU_SCOPE_RUN;
    expect(true, "", ku_authorize_area(&ana, "runs", KU_ADD, f.arena));
    expect(false, "not given this use", ku_authorize_area(&ana, "bank", KU_ADD, f.arena));
    ana.scopes = KU_SCOPE_ALL;
    expect(false, "their own account", ku_authorize_area(&ana, "account", KU_CHANGE, f.arena));
}

int main(void)
{
    cmocka_set_message_output(CM_OUTPUT_TAP);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reach_is_kept),
        cmocka_unit_test(ones_own_is_ones_own),
        cmocka_unit_test(classes_are_kept),
        cmocka_unit_test(a_secret_is_for_its_list),
        cmocka_unit_test(an_administrator_decides_nothing),
        cmocka_unit_test(an_order_carries_its_scope),
        cmocka_unit_test(a_token_does_what_it_was_made_for),
        cmocka_unit_test(what_may_not_be_seen_is_not_there),
        cmocka_unit_test(an_entity_without_rights_is_closed),
        cmocka_unit_test(a_list_and_a_record_agree),
        cmocka_unit_test(areas_are_kept),
    };
    return cmocka_run_group_tests_name("access: authorize", tests, setup, teardown);
}
