/* test_keys.c - what is sealed opens where it was sealed and nowhere else; a destroyed key takes
 * everything with it; a signature holds for one message and one key. */
#include "access_support.h"

#include <string.h>
#include <sys/stat.h>

#include "access/keys.h"

static access_fixture f;

static int setup(void **state)
{
    (void)state;
    access_init(&f);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    access_clear(&f);
    return 0;
}

static const char *key_path(char path[3 * PLACE])
{
    snprintf(path, 3 * PLACE, "%s/keys/master.key", f.path);
    return path;
}

typedef struct sealed_value {
    void *bytes;
    size_t length;
} sealed_value;

static sealed_value seal(int64_t person, const char *about, const char *text)
{
    sealed_value s;
    ku_error err = {0};
    check_ok(ku_seal(f.workspace, f.db, person, about, text, strlen(text), f.arena, &s.bytes,
                     &s.length, &err),
             &err);
    return s;
}

static ku_status unseal(int64_t person, const char *about, sealed_value s, char **text,
                        ku_error *err)
{
    void *plain;
    size_t length;
    KU_TRY(ku_unseal(f.workspace, f.db, person, about, s.bytes, s.length, f.arena, &plain, &length,
                     err));
    *text = ku_arena_strndup(f.arena, plain, length);
    return KU_OK;
}

static void opens_what_was_sealed(void **state)
{
    (void)state;
    char *text;
    ku_error err = {0};
    access_begin(&f);
    sealed_value phone = seal(17, "person.phone:17", "+36 30 123 4567");
    sealed_value again = seal(17, "person.phone:17", "+36 30 123 4567");
    sealed_value empty = seal(17, "person.notes:17", "");
    assert_null(memmem(phone.bytes, phone.length, "4567", 4));
    assert_int_not_equal(memcmp(phone.bytes, again.bytes, phone.length), 0);
    check_ok(unseal(17, "person.phone:17", phone, &text, &err), &err);
    assert_string_equal(text, "+36 30 123 4567");
    check_ok(unseal(17, "person.notes:17", empty, &text, &err), &err);
    assert_string_equal(text, "");
    access_end(&f);
}

static void opens_nowhere_else(void **state)
{
    (void)state;
    char *text;
    ku_error err = {0};
    access_begin(&f);
    sealed_value phone = seal(17, "person.phone:17", "+36 30 123 4567");
    seal(18, "person.phone:18", "x");
    check_fails(KU_BAD_DATA, "altered or moved", unseal(17, "person.phone:18", phone, &text, &err),
                &err);
    check_fails(KU_BAD_DATA, "altered or moved", unseal(18, "person.phone:17", phone, &text, &err),
                &err);
    check_fails(KU_BAD_DATA, "is missing", unseal(99, "person.phone:17", phone, &text, &err), &err);
    for (size_t i = 0; i < phone.length; i++) {
        ((unsigned char *)phone.bytes)[i] ^= 1;
        check_fails(KU_BAD_DATA, "altered", unseal(17, "person.phone:17", phone, &text, &err),
                    &err);
        ((unsigned char *)phone.bytes)[i] ^= 1;
    }
    for (size_t cut = 0; cut < phone.length; cut++)
        assert_int_equal(unseal(17, "person.phone:17", (sealed_value){phone.bytes, cut}, &text,
                                &err),
                         KU_BAD_DATA);
    access_end(&f);
}

static void a_destroyed_key_takes_all_with_it(void **state)
{
    (void)state;
    char *text;
    ku_error err = {0};
    unsigned char signature[KU_SIGNATURE_BYTES], public[KU_PUBLIC_BYTES];
    access_begin(&f);
    sealed_value phone = seal(20, "person.phone:20", "1");
    check_ok(ku_sign(f.workspace, f.db, 20, "yes", 3, signature, public, &err), &err);
    check_ok(ku_key_destroy(f.db, 20, NOON, &err), &err);
    check_fails(KU_NOT_FOUND, "erased", unseal(20, "person.phone:20", phone, &text, &err), &err);
    void *bytes;
    size_t length;
    check_fails(KU_NOT_FOUND, "erased",
                ku_seal(f.workspace, f.db, 20, "person.phone:20", "2", 1, f.arena, &bytes, &length,
                        &err),
                &err);
    unsigned char second[KU_SIGNATURE_BYTES];
    check_fails(KU_NOT_FOUND, "signs nothing",
                ku_sign(f.workspace, f.db, 20, "no", 2, second, public, &err), &err);
    assert_int_equal(access_number(&f, "SELECT count(*) FROM person_key WHERE person = 20 AND"
                                       " wrapped IS NULL AND destroyed IS NOT NULL"),
                     1);
    assert_int_equal(access_number(&f, "SELECT count(*) FROM person_signer WHERE person = 20 AND"
                                       " wrapped IS NOT NULL"),
                     0);
    /* What they signed can still be checked. */
    assert_true(ku_signature_holds(signature, public, "yes", 3));
    access_end(&f);
}

static void a_signature_is_of_one_message(void **state)
{
    (void)state;
    ku_error err = {0};
    unsigned char one[KU_SIGNATURE_BYTES], two[KU_SIGNATURE_BYTES];
    unsigned char ana[KU_PUBLIC_BYTES], ben[KU_PUBLIC_BYTES], again[KU_PUBLIC_BYTES];
    access_begin(&f);
    check_ok(ku_sign(f.workspace, f.db, 31, "approve 7", 9, one, ana, &err), &err);
    check_ok(ku_sign(f.workspace, f.db, 32, "approve 7", 9, two, ben, &err), &err);
    assert_true(ku_signature_holds(one, ana, "approve 7", 9));
    assert_false(ku_signature_holds(one, ana, "approve 8", 9));
    assert_false(ku_signature_holds(one, ben, "approve 7", 9));
    check_ok(ku_sign(f.workspace, f.db, 31, "x", 1, one, again, &err), &err);
    assert_memory_equal(ana, again, KU_PUBLIC_BYTES);
    access_end(&f);
}

static void the_master_key_is_for_its_owner(void **state)
{
    (void)state;
    struct stat st;
    char path[3 * PLACE], *text;
    ku_error err = {0};
    access_begin(&f);
    sealed_value v = seal(17, "person.phone:17", "secret");
    assert_int_equal(stat(key_path(path), &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    assert_int_equal(st.st_size, 32);
    chmod(path, 0640);
    check_fails(KU_NOT_ALLOWED, "chmod 600", unseal(17, "person.phone:17", v, &text, &err), &err);
    chmod(path, 0600);
    check_ok(unseal(17, "person.phone:17", v, &text, &err), &err);
    access_end(&f);
}

/* With keys in the database a lost master key is never quietly made anew. */
static void a_lost_master_key_is_not_replaced(void **state)
{
    (void)state;
    char path[3 * PLACE], away[4 * PLACE], *text;
    ku_error err = {0};
    access_begin(&f);
    sealed_value v = seal(17, "person.phone:17", "secret");
    snprintf(away, sizeof away, "%s.away", key_path(path));
    assert_int_equal(rename(path, away), 0);
    check_fails(KU_BAD_DATA, "missing", unseal(17, "person.phone:17", v, &text, &err), &err);
    void *bytes;
    size_t length;
    check_fails(KU_BAD_DATA, "missing",
                ku_seal(f.workspace, f.db, 40, "person.phone:40", "1", 1, f.arena, &bytes, &length,
                        &err),
                &err);
    assert_false(ku_file_exists(path));
    check_ok(ku_file_write(path, "0123456789abcdef0123456789abcdef", 32, 0600, &err), &err);
    check_fails(KU_BAD_DATA, "another workspace", unseal(17, "person.phone:17", v, &text, &err),
                &err);
    assert_int_equal(rename(away, path), 0);
    check_ok(unseal(17, "person.phone:17", v, &text, &err), &err);
    access_end(&f);
}

int main(void)
{
    cmocka_set_message_output(CM_OUTPUT_TAP);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(opens_what_was_sealed),
        cmocka_unit_test(opens_nowhere_else),
        cmocka_unit_test(a_destroyed_key_takes_all_with_it),
        cmocka_unit_test(a_signature_is_of_one_message),
        cmocka_unit_test(the_master_key_is_for_its_owner),
        cmocka_unit_test(a_lost_master_key_is_not_replaced),
    };
    return cmocka_run_group_tests_name("access: keys", tests, setup, teardown);
}
