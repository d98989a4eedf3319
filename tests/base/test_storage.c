/* Memory, files, hashes, the log and JSON. */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/hash.h"
#include "base/json.h"
#include "base/log.h"
#include "check.h"

/* ---- arena ------------------------------------------------------------------------------ */

static void arenas_give_aligned_memory(void **state)
{
    (void)state;
    ku_arena *arena = ku_arena_new();
    for (size_t size = 0; size < 300000; size = size * 2 + 1) {
        char *p = ku_arena_zero(arena, size);
        assert_int_equal((uintptr_t)p % (size >= 64 ? 64 : 16), 0);
        for (size_t i = 0; i < size; i++) assert_int_equal(p[i], 0);
        memset(p, 0xAA, size);
    }
    assert_null(ku_arena_try(arena, SIZE_MAX - 100));
    assert_string_equal(ku_arena_printf(arena, "%d %s", 7, "words"), "7 words");
    assert_string_equal(ku_arena_strndup(arena, "abcdef", 3), "abc");
    ku_arena_reset(arena);
    assert_int_equal(ku_arena_used(arena), 0);
    int *zeros = KU_ARRAY(arena, 100, int);
    for (int i = 0; i < 100; i++) assert_int_equal(zeros[i], 0);
    ku_arena_free(arena);
    ku_arena_free(NULL);
}

/* ---- files -------------------------------------------------------------------------------- */

typedef struct place {
    char folder[64], file[128];
} place;

static int make_place(void **state)
{
    static place p;
    ku_text_copy(p.folder, sizeof p.folder, "/tmp/kemudi-test-XXXXXX");
    if (mkdtemp(p.folder) == NULL) return -1;
    snprintf(p.file, sizeof p.file, "%s/a/b/file.txt", p.folder);
    *state = &p;
    return 0;
}

static int remove_place(void **state)
{
    return ku_folder_remove(((place *)*state)->folder, NULL) != KU_OK;
}

static void files_appear_whole_or_not_at_all(void **state)
{
    place *p = *state;
    char folder[128], *bytes;
    size_t length;
    ku_file file;
    ku_error err = {0};
    ku_arena *arena = ku_arena_new();
    snprintf(folder, sizeof folder, "%s/a/b", p->folder);
    check_ok(ku_folder_make(folder, 0700, &err), &err);
    check_ok(ku_folder_make(folder, 0700, &err), &err);
    check_ok(ku_file_create(&file, p->file, 0600, &err), &err);
    check_ok(ku_file_add(&file, "half", 4, &err), &err);
    assert_false(ku_file_exists(p->file));
    ku_file_drop(&file);
    assert_false(ku_file_exists(p->file));
    check_ok(ku_file_write(p->file, "first", 5, 0600, &err), &err);
    check_ok(ku_file_write(p->file, "second!", 7, 0640, &err), &err);
    check_ok(ku_file_read(p->file, 7, arena, &bytes, &length, &err), &err);
    assert_int_equal(length, 7);
    assert_string_equal(bytes, "second!");
    struct stat st;
    assert_int_equal(stat(p->file, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0640);
    check_fails(KU_TOO_LARGE, "limit of 6", ku_file_read(p->file, 6, arena, &bytes, &length, &err),
                &err);
    check_fails(KU_IO, "folder", ku_file_read(folder, 6, arena, &bytes, &length, &err), &err);
    check_fails(KU_NOT_FOUND, "opened", ku_file_read("/no/such", 6, arena, &bytes, &length, &err),
                &err);
    check_fails(KU_NOT_FOUND, "made", ku_file_create(&file, "/no/such/file", 0600, &err), &err);
    ku_arena_free(arena);
}

static void a_full_disk_is_said(void **state)
{
    (void)state;
    int fd = open("/dev/full", O_WRONLY | O_CLOEXEC);
    if (fd < 0) skip();
    ku_error err = {0};
    check_fails(KU_NO_SPACE, "writing failed", ku_write_all(fd, "x", 1, "/dev/full", &err), &err);
    close(fd);
}

static void hashes_are_blake2b(void **state)
{
    place *p = *state;
    char whole[KU_HASH_TEXT], parts[KU_HASH_TEXT], file[KU_HASH_TEXT];
    ku_error err = {0};
    /* BLAKE2b with a digest of 256 bits of "" and "abc", as `b2sum -l 256` gives them. */
    ku_hash_bytes("", 0, whole);
    assert_string_equal(whole, "0e5751c026e543b2e8ab2eb06099daa1d1e5df47778f7787faab45cdf12fe3a8");
    ku_hash_bytes("abc", 3, whole);
    assert_string_equal(whole, "bddd813c634239723171ef3fee98579b94964e3bb1cb3e427262c8c068d52319");
    ku_hash hash;
    ku_hash_init(&hash);
    ku_hash_add(&hash, "a", 1);
    ku_hash_add(&hash, "bc", 2);
    ku_hash_finish(&hash, parts);
    assert_string_equal(whole, parts);
    char path[128];
    snprintf(path, sizeof path, "%s/abc", p->folder);
    check_ok(ku_file_write(path, "abc", 3, 0600, &err), &err);
    check_ok(ku_hash_file(path, file, &err), &err);
    assert_string_equal(whole, file);
}

/* ---- log ------------------------------------------------------------------------------------ */

static void log_lines_are_whole_and_hide_secrets(void **state)
{
    (void)state;
    int ends[2];
    char got[8192];
    assert_int_equal(pipe(ends), 0);
    ku_log log = {ends[1], KU_LOG_INFO};
    ku_log_event(&log, KU_LOG_INFO, "import done", KU_LOG_NUM("rows", 12),
                 KU_LOG_TEXT("file", "a b\nlevel=error"), KU_LOG_TEXT("api_token", "s3cret"),
                 KU_LOG_REAL("seconds", 0.5));
    ku_log_event(&log, KU_LOG_DEBUG, "not written", KU_LOG_NUM("n", 1));
    ssize_t n = read(ends[0], got, sizeof got - 1);
    assert_true(n > 0);
    got[n] = '\0';
    const char *rest = strstr(got, " level=");
    assert_non_null(rest);
    assert_string_equal(rest, " level=info event=\"import done\" rows=12 "
                              "file=\"a b\\x0alevel=error\" api_token=(hidden) seconds=0.5\n");
    char longer[6000];
    memset(longer, 'x', sizeof longer - 1);
    longer[sizeof longer - 1] = '\0';
    ku_log_event(&log, KU_LOG_ERROR, "long", KU_LOG_TEXT("text", longer));
    n = read(ends[0], got, sizeof got - 1);
    assert_true(n > 10 && n <= 4096);
    got[n] = '\0';
    assert_string_equal(got + n - 10, " cut=true\n");
    close(ends[0]);
    close(ends[1]);
}

/* ---- JSON ------------------------------------------------------------------------------------- */

static ku_status parse(const char *text, json_t **root, ku_error *err)
{
    return ku_json_parse(text, strlen(text), "body", NULL, root, err);
}

static void json_errors_say_where(void **state)
{
    (void)state;
    json_t *root = NULL;
    ku_error err = {0};
    check_fails(KU_USAGE, "not JSON", parse("{\"a\": 1,\n \"b\" 2}", &root, &err), &err);
    assert_memory_equal(err.where, "body, line 2, column ", 21);
    check_fails(KU_USAGE, "duplicate", parse("{\"a\": 1, \"a\": 2}", &root, &err), &err);
    check_fails(KU_USAGE, "UTF-8", parse("{\"a\": \"\xFF\"}", &root, &err), &err);
    char deep[200];
    memset(deep, '[', sizeof deep - 1);
    deep[sizeof deep - 1] = '\0';
    check_fails(KU_TOO_LARGE, "deeper than 64", parse(deep, &root, &err), &err);
    assert_string_equal(err.where, "body, line 1, column 65");
    const ku_json_limits small = {.bytes = 3};
    check_fails(KU_TOO_LARGE, "limit is 3", ku_json_parse("[1,2]", 5, "body", &small, &root, &err),
                &err);
    assert_null(root);
}

static void json_members_are_typed(void **state)
{
    (void)state;
    json_t *root = NULL, *inner;
    ku_error err = {0};
    const char *text = "unchanged";
    int64_t whole = 0;
    double real = 0;
    bool yes = false;
    check_ok(
        parse("{\"n\": 5, \"x\": 2, \"t\": \"w\", \"y\": true, \"o\": {\"k\": []}, \"z\": null}",
              &root, &err),
        &err);
    check_ok(ku_json_int(root, "", "n", &whole, &err), &err);
    check_ok(ku_json_real(root, "", "x", &real, &err), &err);
    check_ok(ku_json_bool(root, "", "y", &yes, &err), &err);
    check_ok(ku_json_object(root, "", "o", &inner, &err), &err);
    assert_true(whole == 5 && real == 2 && yes);
    check_ok(ku_json_text_opt(root, "", "z", &text, &err), &err);
    check_ok(ku_json_text_opt(root, "", "absent", &text, &err), &err);
    assert_string_equal(text, "unchanged");
    check_fails(KU_USAGE, "must be text, found a whole number",
                ku_json_text_opt(root, "p", "n", &text, &err), &err);
    assert_string_equal(err.where, "p.n");
    check_fails(KU_USAGE, "is missing", ku_json_int(root, "", "m", &whole, &err), &err);
    check_fails(KU_USAGE, "found a list", ku_json_int(inner, "o", "k", &whole, &err), &err);
    static const char *const keys[] = {"n", "x", "t", "y", "o", NULL};
    check_fails(KU_USAGE, "\"z\" is not understood", ku_json_only(root, "", keys, &err), &err);
    json_decref(root);
}

static void json_is_written_canonically(void **state)
{
    (void)state;
    json_t *root = NULL;
    ku_error err = {0};
    ku_text out = {0};
    check_ok(parse("{\"b\": [1.5, 0.1, null], \"a\": {\"d\": \"</x>\\u0001\\n€\", \"c\": false}}",
                   &root, &err),
             &err);
    ku_json_dump(root, &out);
    assert_string_equal(ku_text_string(&out),
                        "{\"a\":{\"c\":false,\"d\":\"\\u003c/x\\u003e\\u0001\\n€\"},"
                        "\"b\":[1.5,0.1,null]}");
    ku_text_empty(&out);
    ku_json_addn(&out,
                 "a\xFF"
                 "b",
                 3);
    ku_json_add(&out, NULL);
    ku_json_add_double(&out, NAN);
    assert_string_equal(ku_text_string(&out), "\"a\xEF\xBF\xBD"
                                              "b\"nullnull");
    ku_text_clear(&out);
    json_decref(root);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(arenas_give_aligned_memory),
        cmocka_unit_test(files_appear_whole_or_not_at_all),
        cmocka_unit_test(a_full_disk_is_said),
        cmocka_unit_test(hashes_are_blake2b),
        cmocka_unit_test(log_lines_are_whole_and_hide_secrets),
        cmocka_unit_test(json_errors_say_where),
        cmocka_unit_test(json_members_are_typed),
        cmocka_unit_test(json_is_written_canonically),
    };
    return cmocka_run_group_tests(tests, make_place, remove_place);
}
