/* Files of documents over HTTP: sent, found by their words, handed out only to be saved, refused
 * when they are built to do harm, and read only by those who may. */
#include "../office/made_files.h"
#include "office/access/users.h"
#include "office/store.h"
#include "served.h"

static const char password[] = "a quiet harbour 7";

typedef struct fixture {
    served s;
    client c;
    const char *cookie[2]; /* Ana's, a director; Hadi's, without a role */
} fixture;

enum { ANA, HADI };

static int64_t add(ku_office *office, const char *entity, json_t *values)
{
    int64_t id = 0;
    ku_error err = {0};
    check_ok(ku_record_add(office, ku_entity_find(entity), values, NULL, &id, &err), &err);
    json_decref(values);
    return id;
}

/* The link by which a new user signs in first. */
static const char *add_user(fixture *f, const char *name, const char *role)
{
    ku_office *office;
    ku_error err = {0};
    const char *link;
    const ku_who who = {.kind = KU_WHO_LOCAL, .via = "test", .name = "test"};
    check_ok(ku_office_begin(f->s.workspace, &who, true, &office, &err), &err);
    int64_t person = add(office, "person", json_pack("{s:s}", "name", name));
    int64_t user = add(office, "app_user",
                       json_pack("{s:s, s:I}", "name", name, "person", (json_int_t)person));
    if (role != NULL)
        add(office, "role_grant",
            json_pack("{s:s, s:I, s:s}", "role", role, "person", (json_int_t)person, "highest",
                      "secret"));
    check_ok(ku_user_link(office, user, 1, &link, &err), &err);
    link = ku_arena_strdup(f->c.arena, link);
    check_ok(ku_office_commit(office, &err), &err);
    ku_office_end(office);
    return link;
}

static void sign_in(fixture *f, int who, const char *link)
{
    const char *body = ku_arena_printf(f->c.arena, "{\"link\":\"%s\",\"password\":\"%s\"}", link,
                                       password);
    answer in = ask(&f->c, API "/session/link", (asked){.method = "POST", .body = body});
    expect(in, 200);
    const char *set = header(&f->c, &in, "Set-Cookie");
    assert_non_null(set);
    f->cookie[who] = ku_arena_printf(f->c.arena, "Cookie: %.*s", (int)strcspn(set, ";"), set);
}

static answer as(fixture *f, int who, const char *method, const char *path, const char *body)
{
    return ask(&f->c, ku_arena_printf(f->c.arena, API "%s", path),
               (asked){.method = method, .body = body, .header = {f->cookie[who]}});
}

static answer send_file(fixture *f, int who, const char *path, made_file file)
{
    return ask(&f->c, ku_arena_printf(f->c.arena, API "%s", path),
               (asked){.method = "POST",
                       .body = file.bytes,
                       .length = file.length,
                       .type = "application/octet-stream",
                       .header = {f->cookie[who]}});
}

static int make(void **state)
{
    fixture *f = calloc(1, sizeof *f);
    served_begin(&f->s, NULL);
    client_begin(&f->c, &f->s);
    const char *ana = add_user(f, "ana", "director"), *hadi = add_user(f, "hadi", NULL);
    sign_in(f, ANA, ana);
    sign_in(f, HADI, hadi);
    *state = f;
    return 0;
}

static int clear(void **state)
{
    fixture *f = *state;
    client_end(&f->c);
    served_end(&f->s);
    free(f);
    return 0;
}

static void add_document(fixture *f, const char *class)
{
    const char *body = ku_arena_printf(
        f->c.arena, "{\"values\":{\"title\":\"Plan\",\"secrecy\":\"%s\"}}", class);
    expect(as(f, ANA, "POST", "/records/document", body), 201);
}

static void a_file_comes_back_as_it_was_sent(void **state)
{
    fixture *f = *state;
    made_file file = made_docx(f->c.arena, "billboards in Surabaya");
    add_document(f, "internal");
    answer sent = send_file(f, ANA, "/records/document/1/versions?name=Pl%C3%A4n%20%22.docx", file);
    expect_problem(&f->c, sent, 422, "BAD_DATA", "may not have");
    sent = send_file(f, ANA, "/records/document/1/versions?name=Pl%C3%A4n.docx&remark=first", file);
    expect(sent, 201);
    assert_string_equal(member(sent.json, "kind"), "docx");
    answer found = as(f, ANA, "GET", "/records/document?q=surabaya", NULL);
    expect(found, 200);
    assert_int_equal(json_array_size(json_object_get(found.json, "items")), 1);
    answer back = as(f, ANA, "GET", "/records/document/1/versions/0/content", NULL);
    expect(back, 200);
    assert_int_equal(back.body.length, file.length);
    assert_memory_equal(back.body.bytes, file.bytes, file.length);
    assert_string_equal(header(&f->c, &back, "Content-Disposition"),
                        "attachment; filename=\"Pl_n.docx\"; filename*=UTF-8''Pl%C3%A4n.docx");
    assert_string_equal(header(&f->c, &back, "Content-Type"), "application/octet-stream");
    assert_string_equal(header(&f->c, &back, "X-Content-Type-Options"), "nosniff");
    assert_non_null(strstr(header(&f->c, &back, "Content-Security-Policy"), "sandbox"));
    assert_string_equal(header(&f->c, &back, "Cache-Control"), "no-store");
    answer card = as(f, ANA, "GET", "/records/document/1/card.pdf", NULL);
    expect(card, 200);
    assert_memory_equal(card.body.bytes, "%PDF-", 5);
}

static void harm_is_refused_and_nothing_changes(void **state)
{
    fixture *f = *state;
    add_document(f, "internal");
    expect_problem(&f->c,
                   send_file(f, ANA, "/records/document/1/versions?name=a.png",
                             made_text("<svg><script>x()</script></svg>")),
                   422, "BAD_DATA", "script");
    expect_problem(
        &f->c,
        send_file(f, ANA, "/records/document/1/versions?name=..%2F..%2Fa.txt", made_text("x")), 422,
        "BAD_DATA", "names a folder");
    made_part out[] = {{"../evil", "x", 0}, {.name = NULL}};
    expect_problem(
        &f->c,
        send_file(f, ANA, "/records/document/1/versions?name=a.zip", made_zip(f->c.arena, out)),
        422, "BAD_DATA", "outside of its folder");
    size_t size = (size_t)40 << 20;
    char *zeros = calloc(1, size);
    made_part bomb[] = {{"word/document.xml", zeros, size}, {.name = NULL}};
    made_file file = made_zip(f->c.arena, bomb);
    free(zeros);
    expect_problem(&f->c, send_file(f, ANA, "/records/document/1/versions?name=a.docx", file), 413,
                   "TOO_LARGE", "unpacks to more");
    answer versions = as(f, ANA, "GET", "/records/document_version?filter.document=1", NULL);
    assert_int_equal(json_array_size(json_object_get(versions.json, "items")), 0);
}

static void strangers_see_and_send_nothing(void **state)
{
    fixture *f = *state;
    add_document(f, "secret");
    expect(send_file(f, ANA, "/records/document/1/versions?name=a.txt", made_text("margins")), 201);
    static const char *const paths[] = {"/records/document/1", "/records/document/1/readings",
                                        "/records/document/1/versions/1/content",
                                        "/records/document/1/card.pdf"};
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        expect(as(f, ANA, "GET", paths[i], NULL), 200);
        expect(as(f, HADI, "GET", paths[i], NULL), 404);
    }
    expect(send_file(f, HADI, "/records/document/1/versions?name=a.txt", made_text("x")), 404);
    answer readings = as(f, ANA, "GET", "/records/document/1/readings", NULL);
    assert_true(json_array_size(json_object_get(readings.json, "items")) >= 3);
    expect(as(f, HADI, "GET", "/acks/mine", NULL), 200);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_file_comes_back_as_it_was_sent, make, clear),
        cmocka_unit_test_setup_teardown(harm_is_refused_and_nothing_changes, make, clear),
        cmocka_unit_test_setup_teardown(strangers_see_and_send_nothing, make, clear),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
