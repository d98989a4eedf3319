/* test_rights.c - every route x role x class, compared with a table.
 *
 * rights.txt beside this file has a row for every route of the table of routes, and for those
 * that speak of one document a row for every class; a column for every role, for staff
 * without one, for the head of another unit, for a director's token that may only read, and
 * for who has not signed in. A cell says what comes of it:
 *     +  let through: the answer may be anything but the three below
 *     -  refused, 403      0  hidden: 404, or missing from the list      x  401
 * A route without a row fails, and so does a row without a route. When the test fails it prints
 * the row as it found it; whoever changes the table says in the commit why that is right. */
#include "access/session.h"
#include "app/http/route.h"
#include "served.h"
#include "workspace/sql.h"

enum { ROLES_MOST = 24, ROWS_MOST = 400, CLASSES = 5 };

static const char *const class_names[CLASSES] = {"open", "internal", "personal", "secret",
                                                 "listed"};

typedef struct row {
    char route[48], class[12], cells[ROLES_MOST][2];
    bool used;
} row;

typedef struct fixture {
    served s;
    client c;
    char column[ROLES_MOST][24];
    size_t columns;
    row rows[ROWS_MOST];
    size_t row_count;
    char token[KU_TOKEN_TEXT];
    int wrong;
} fixture;

/* ---- the table -------------------------------------------------------------------------------- */

static void read_cells(fixture *f, char *line)
{
    char *rest = NULL, *word = strtok_r(line, " \t", &rest);
    row *r = &f->rows[f->row_count];
    if (word == NULL || *word == '#') return;
    bool heading = strcmp(word, "route") == 0;
    ku_text_copy(r->route, sizeof r->route, word);
    word = strtok_r(NULL, " \t", &rest);
    assert_non_null(word);
    ku_text_copy(r->class, sizeof r->class, word);
    for (size_t i = 0; (word = strtok_r(NULL, " \t", &rest)) != NULL; i++) {
        assert_true(i < ROLES_MOST);
        if (heading) {
            ku_text_copy(f->column[i], sizeof f->column[i], word);
            f->columns = i + 1;
        } else
            ku_text_copy(r->cells[i], sizeof r->cells[i], word);
    }
    if (!heading) assert_true(++f->row_count < ROWS_MOST);
}

static void read_table(fixture *f)
{
    char path[1024], *bytes, *rest = NULL;
    size_t length;
    ku_error err = {0};
    source_path("tests/http/rights.txt", path, sizeof path);
    check_ok(ku_file_read(path, 1 << 20, f->c.arena, &bytes, &length, &err), &err);
    for (char *line = strtok_r(bytes, "\n", &rest); line != NULL;
         line = strtok_r(NULL, "\n", &rest))
        read_cells(f, line);
}

/* ---- the company -------------------------------------------------------------------------------- */

static void sql(fixture *f, const char *format, ...) KU_PRINTF(2, 3);
static void sql(fixture *f, const char *format, ...)
{
    sqlite3 *db;
    char *message = NULL;
    ku_error err = {0};
    va_list args;
    va_start(args, format);
    const char *text = ku_arena_vprintf(f->c.arena, format, args);
    va_end(args);
    check_ok(ku_workspace_office(f->s.workspace, &db, &err), &err);
    int failed = sqlite3_exec(db, text, NULL, NULL, &message);
    if (failed != SQLITE_OK) print_error("%s\n%s\n", message, text);
    assert_int_equal(failed, SQLITE_OK);
    ku_workspace_office_done(f->s.workspace, db);
}

/* Person, position, user and, unless they are only staff, the role; number i + 1. All are
 * of Marketing (2), "stranger" heads Sales (3). Every grant reaches as far as the role may. */
static void add_person(fixture *f, size_t i)
{
    const char *name = f->column[i];
    bool stranger = strcmp(name, "stranger") == 0, plain = ku_role_find(name) == NULL;
    unsigned n = (unsigned)i + 1;
    const char *role = stranger ? "head" : strcmp(name, "reader") == 0 ? "director" : name;
    bool scoped = strcmp(role, "head") == 0 || strcmp(role, "specialist") == 0;
    sql(f,
        "INSERT INTO person (id, version, state, created, changed, name)"
        " VALUES (%u, 1, 'active', 0, 0, '%s');"
        "INSERT INTO position (id, version, state, created, changed, title, unit)"
        " VALUES (%u, 1, 'active', 0, 0, 'the %s', %d);"
        "INSERT INTO assignment (id, version, state, created, changed, person, position, starts)"
        " VALUES (%u, 1, '', 0, 0, %u, %u, '2020-01-01');"
        "INSERT INTO app_user (id, version, state, created, changed, name, person)"
        " VALUES (%u, 1, 'active', 0, 0, '%s', %u)",
        n, name, n, name, stranger ? 3 : 2, n, n, n, n, name, n);
    if (plain && !stranger && strcmp(name, "reader") != 0) return;
    sql(f,
        "INSERT INTO role_grant (id, version, state, created, changed, role, position, unit,"
        " highest) VALUES (%u, 1, '', 0, 0, '%s', %u, %s, 'secret')",
        n, role, n, !scoped ? "NULL" : stranger ? "3" : "2");
}

/* Documents 1..5, one of each class, of Marketing, owned by nobody who asks; on the list of
 * the fifth, a secret, stand all. */
static void add_documents(fixture *f)
{
    sql(f, "INSERT INTO person (id, version, state, created, changed, name)"
           " VALUES (99, 1, 'active', 0, 0, 'Owner')");
    for (int i = 0; i < CLASSES; i++) {
        const char *class = i == 4 ? "secret" : class_names[i];
        sql(f,
            "INSERT INTO document (id, version, state, created, changed, title, kind, direction,"
            " unit, owner, secrecy) VALUES (%d, 1, 'draft', 0, 0, 'about %s', 'memo', 'internal',"
            " 2, 99, '%s')",
            i + 1, class_names[i], class);
    }
    for (size_t i = 0; i < f->columns; i++)
        sql(f, "INSERT INTO document_reader (version, state, created, changed, document, person)"
               " VALUES (1, '', 0, 0, 5, %zu)",
            i + 1);
}

static void add_token(fixture *f)
{
    sqlite3 *db;
    int64_t id, user = 0, now = ku_now_micros();
    ku_error err = {0};
    for (size_t i = 0; i < f->columns; i++)
        if (strcmp(f->column[i], "reader") == 0) user = (int64_t)i + 1;
    assert_true(user != 0);
    check_ok(ku_workspace_office(f->s.workspace, &db, &err), &err);
    check_ok(ku_token_make(db, user, "reader", KU_SCOPE_READ, now + KU_DAY_MICROS, now, &id,
                           f->token, &err),
             &err);
    ku_workspace_office_done(f->s.workspace, db);
}

static int setup(void **state)
{
    static fixture f;
    served_begin(&f.s, NULL);
    client_begin(&f.c, &f.s);
    read_table(&f);
    sql(&f, "INSERT INTO org_unit (id, version, state, created, changed, name, code, kind, parent)"
            " VALUES (1, 1, 'active', 0, 0, 'Company', 'C', 'company', NULL),"
            " (2, 1, 'active', 0, 0, 'Marketing', 'M', 'department', 1),"
            " (3, 1, 'active', 0, 0, 'Sales', 'S', 'department', 1)");
    for (size_t i = 0; i < f.columns; i++) add_person(&f, i);
    add_documents(&f);
    add_token(&f);
    *state = &f;
    return 0;
}

static int teardown(void **state)
{
    fixture *f = *state;
    client_end(&f->c);
    served_end(&f->s);
    return 0;
}

/* ---- asking ---------------------------------------------------------------------------------------- */

/* The header by which this column signs in: a session of its own for every request, so that
 * what a request does to it (signing out, a new password) touches no other. */
static const char *credentials(fixture *f, size_t column)
{
    sqlite3 *db;
    int64_t session;
    char token[KU_SECRET_TEXT];
    ku_error err = {0};
    if (strcmp(f->column[column], "nobody") == 0) return NULL;
    if (strcmp(f->column[column], "reader") == 0)
        return ku_arena_printf(f->c.arena, "Authorization: Bearer %s", f->token);
    check_ok(ku_workspace_office(f->s.workspace, &db, &err), &err);
    check_ok(ku_user_session_begin(db, (int64_t)column + 1, "test", ku_now_micros(), &session,
                                   token, &err),
             &err);
    ku_workspace_office_done(f->s.workspace, db);
    return ku_arena_printf(f->c.arena, "Cookie: kemudi=%s", token);
}

static bool of_document(const http_route *route)
{
    return strcmp(route->area, HTTP_RECORDS) == 0 &&
           (strstr(route->path, "/records/{entity}") != NULL ||
            strstr(route->path, "/records/document/") != NULL) &&
           strstr(route->path, "import") == NULL && strstr(route->path, "xlsx") == NULL;
}

/* What stands in the place of a parameter: the document, or something that is not there. */
static const char *filling(const char *name, int document)
{
    static const char *const ids[] = {"1", "2", "3", "4", "5"};
    if (document >= 0 && ku_text_starts(name, "entity}")) return "document";
    if (document >= 0 && ku_text_starts(name, "id}")) return ids[document];
    if (document >= 0 && ku_text_starts(name, "transition}")) return "submit";
    if (ku_text_starts(name, "entity}")) return "document";
    if (ku_text_starts(name, "n}")) return "0"; /* the newest version */
    return "999";
}

static const char *path_of(fixture *f, const http_route *route, int document)
{
    ku_text path = {0};
    for (const char *at = route->path; *at != '\0'; at++) {
        if (*at == '{') {
            ku_text_add(&path, filling(at + 1, document));
            at = strchr(at, '}');
        } else
            ku_text_addc(&path, *at);
    }
    if (strcmp(route->name, "addVersion") == 0) ku_text_add(&path, "?name=note.txt");
    const char *kept = ku_arena_strdup(f->c.arena, ku_text_string(&path));
    ku_text_clear(&path);
    return kept;
}

static const char *body_of(fixture *f, const http_route *route, int document)
{
    if (route->body == HTTP_NO_BODY) return NULL;
    if (route->body == HTTP_BYTES_BODY) return "text";
    if (document >= 0 && strcmp(route->name, "addRecord") == 0)
        return ku_arena_printf(f->c.arena,
                               "{\"values\":{\"title\":\"new\",\"kind\":\"memo\",\"unit\":2,"
                               "\"secrecy\":\"%s\"}}",
                               document == 4 ? "secret" : class_names[document]);
    if (document >= 0 && strcmp(route->body_type, "NewRecord") == 0)
        return "{\"values\":{\"summary\":\"changed\"}}";
    return "{}";
}

static answer call(fixture *f, const http_route *route, int document, size_t column)
{
    asked a = {.method = route->method, .body = body_of(f, route, document)};
    size_t headers = 0;
    if (route->body == HTTP_BYTES_BODY) a.type = "application/octet-stream";
    const char *who = credentials(f, column);
    if (who != NULL) a.header[headers++] = who;
    /* A version that is none: who is let through changes nothing. */
    a.header[headers] = "If-Match: \"999\"";
    return ask(&f->c, path_of(f, route, document), a);
}

static bool in_list(const answer *found, int document)
{
    size_t i;
    json_t *item;
    json_array_foreach(json_object_get(found->json, "items"), i, item)
    {
        if (number(item, "id") == document + 1) return true;
    }
    return false;
}

/* The file of a list's export. */
static bool in_file(const answer *found, int document)
{
    char title[32];
    snprintf(title, sizeof title, "about %s", class_names[document]);
    return strstr(found->body.bytes, title) != NULL;
}

static char outcome(const http_route *route, int document, const answer *found)
{
    if (found->status == 401) return 'x';
    if (found->status == 403) return '-';
    if (document >= 0 && found->status == 404) return '0';
    if (document >= 0 && strcmp(route->name, "listRecords") == 0 && !in_list(found, document))
        return '0';
    if (document >= 0 && strcmp(route->name, "exportRecords") == 0 && !in_file(found, document))
        return '0';
    return '+';
}

/* ---- the walk --------------------------------------------------------------------------------------- */

static row *row_for(fixture *f, const char *route, const char *class)
{
    for (size_t i = 0; i < f->row_count; i++) {
        row *r = &f->rows[i];
        if (strcmp(r->route, route) == 0 && strcmp(r->class, class) == 0) return r;
    }
    return NULL;
}

static void walk(fixture *f, const http_route *route, int document)
{
    const char *class = document < 0 ? "any" : class_names[document];
    row *expected = row_for(f, route->name, class);
    char found[ROLES_MOST];
    bool same = expected != NULL;
    for (size_t i = 0; i < f->columns; i++) {
        answer a = call(f, route, document, i);
        assert_true(a.status != 0 && a.status != 500);
        found[i] = outcome(route, document, &a);
        same = same && expected->cells[i][0] == found[i];
    }
    if (expected != NULL) expected->used = true;
    if (same) return;
    f->wrong++;
    print_error("%s row; found:\n%-22s %-9s", expected != NULL ? "another" : "no", route->name,
                class);
    for (size_t i = 0; i < f->columns; i++) print_error(" %c", found[i]);
    print_error("\n");
}

static void every_route_role_and_class(void **state)
{
    fixture *f = *state;
    for (const http_route *r = http_routes; r->method != NULL; r++) {
        if (!of_document(r)) {
            walk(f, r, -1);
            continue;
        }
        for (int document = 0; document < CLASSES; document++) walk(f, r, document);
    }
    for (size_t i = 0; i < f->row_count; i++) {
        if (f->rows[i].used) continue;
        print_error("no route for the row %s %s\n", f->rows[i].route, f->rows[i].class);
        f->wrong++;
    }
    assert_int_equal(f->wrong, 0);
}

/* A new role must get a column. */
static void every_role_has_a_column(void **state)
{
    fixture *f = *state;
    for (const ku_role *role = ku_roles; role->name != NULL; role++) {
        bool found = false;
        for (size_t i = 0; i < f->columns; i++)
            found = found || strcmp(f->column[i], role->name) == 0;
        if (!found) print_error("the table has no column for %s\n", role->name);
        assert_true(found);
    }
}

int main(void)
{
    cmocka_set_message_output(CM_OUTPUT_TAP);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_role_has_a_column),
        cmocka_unit_test(every_route_role_and_class),
    };
    return cmocka_run_group_tests_name("http: rights", tests, setup, teardown);
}
