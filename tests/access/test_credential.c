/* Passwords, recovery codes and one-time links: what is taken, what is refused, what is kept. */
#include <ctype.h>
#include <string.h>
#include <sys/resource.h>

#include "access/credential.h"
#include "access/secret.h"
#include "access_support.h"

static const int64_t second = INT64_C(1000000);

static int make(void **state)
{
    access_fixture *f = calloc(1, sizeof *f);
    access_init(f);
    access_begin(f);
    access_sql(f, "INSERT INTO app_user (id, created, changed, name, state) VALUES"
                  " (1, 0, 0, 'ana', 'active'), (2, 0, 0, 'ben', 'active')");
    *state = f;
    return 0;
}

static int clear(void **state)
{
    access_fixture *f = *state;
    access_end(f);
    access_clear(f);
    free(f);
    return 0;
}

/* ---- passwords ------------------------------------------------------------------------------ */

static void unfit(const char *password, const char *user, const char *words)
{
    ku_error err = {0};
    check_fails(KU_BAD_DATA, words, ku_password_fit(password, user, &err), &err);
    assert_string_equal(err.where, "password");
    /* What was typed is not repeated: the message may be shown and logged. */
    if (*password != '\0') assert_null(strstr(err.message, password));
}

static void weak_passwords_are_refused(void **state)
{
    char long_one[130];
    (void)state;
    unfit("", "ana", "0 characters");
    unfit("elevenchars", "ana", "11 characters");
    unfit("ääääääääää", "ana", "10 characters"); /* characters, not bytes */
    memset(long_one, 'x', 129);
    for (int i = 0; i < 129; i += 2) long_one[i] = 'y';
    long_one[129] = '\0';
    unfit(long_one, "ana", "129 characters");
    unfit("Password1234", "ana", "first that are tried");
    unfit("CORRECTHORSEBATTERYSTAPLE", "ana", "first that are tried");
    unfit("zzzzzzzzzzzzzz", "ana", "too easy");
    unfit("Anastasia.Petrova", "anastasia.petrova", "too easy");
}

static void long_ones_of_any_characters_are_taken(void **state)
{
    ku_error err = {0};
    char longest[129];
    (void)state;
    memset(longest, 'x', 128);
    longest[0] = 'y';
    longest[128] = '\0';
    check_ok(ku_password_fit(longest, "ana", &err), &err);
    check_ok(ku_password_fit("a quiet harbour", "ana", &err), &err);
    check_ok(ku_password_fit("тихая гавань", "ana", &err), &err);
    check_ok(ku_password_fit("            1", NULL, &err), &err);
}

static void a_password_is_kept_as_argon2id(void **state)
{
    access_fixture *f = *state;
    ku_error err = {0};
    const char *hash, *again, *stored;
    check_ok(ku_password_hash("a quiet harbour", f->arena, &hash, &err), &err);
    check_ok(ku_password_hash("a quiet harbour", f->arena, &again, &err), &err);
    assert_string_not_equal(hash, again); /* salted */
    /* At least 19 MiB and two passes (OWASP, Password Storage). */
    assert_non_null(strstr(hash, "$argon2id$v=19$m=65536,t=3,p=1$"));
    check_ok(ku_password_set(f->db, 1, hash, NOON, &err), &err);
    check_ok(ku_password_set(f->db, 1, again, NOON, &err), &err);
    assert_int_equal(access_number(f, "SELECT count(*) FROM credential"), 1);
    check_ok(ku_password_stored(f->db, 1, f->arena, &stored, &err), &err);
    assert_string_equal(stored, again);
    assert_true(ku_password_matches(stored, "a quiet harbour"));
    assert_false(ku_password_matches(stored, "a quiet harbous"));
    assert_false(ku_password_matches(stored, ""));
}

/* Seconds of this process' own work, so that a busy machine does not count. */
static double work_of(const char *hash)
{
    struct rusage before, after;
    getrusage(RUSAGE_SELF, &before);
    assert_false(ku_password_matches(hash, "not it"));
    getrusage(RUSAGE_SELF, &after);
    return (double)(after.ru_utime.tv_sec - before.ru_utime.tv_sec) +
           1e-6 * (double)(after.ru_utime.tv_usec - before.ru_utime.tv_usec) +
           (double)(after.ru_stime.tv_sec - before.ru_stime.tv_sec) +
           1e-6 * (double)(after.ru_stime.tv_usec - before.ru_stime.tv_usec);
}

static void an_unknown_user_takes_as_long_as_a_known_one(void **state)
{
    access_fixture *f = *state;
    ku_error err = {0};
    const char *hash, *nobody;
    double known = 1e9, unknown = 1e9;
    check_ok(ku_password_hash("a quiet harbour", f->arena, &hash, &err), &err);
    check_ok(ku_password_stored(f->db, 99, f->arena, &nobody, &err), &err);
    for (int i = 0; i < 3; i++) {
        known = fmin(known, work_of(hash));
        unknown = fmin(unknown, work_of(nobody));
    }
    print_message("# known %.3f s, unknown %.3f s\n", known, unknown);
    assert_true(known > 0.02);
    assert_true(unknown > 0.5 * known && unknown < 2 * known);
}

/* ---- recovery codes --------------------------------------------------------------------------- */

static bool takes(access_fixture *f, int64_t user, const char *code)
{
    ku_error err = {0};
    bool good;
    check_ok(ku_recovery_accept(f->db, user, code, NOON, &good, &err), &err);
    return good;
}

static void recovery_codes_are_good_once_and_for_their_user(void **state)
{
    access_fixture *f = *state;
    ku_error err = {0};
    const char *codes[KU_RECOVERY_CODES];
    int64_t left;
    check_ok(ku_recovery_make(f->db, 1, NOON, f->arena, codes, &err), &err);
    for (int i = 0; i < KU_RECOVERY_CODES; i++) {
        assert_int_equal(strlen(codes[i]), 29); /* 24 of 32 letters: 120 bits */
        for (int k = 0; k < i; k++) assert_string_not_equal(codes[i], codes[k]);
    }
    assert_false(takes(f, 2, codes[0]));
    assert_true(takes(f, 1, codes[0]));
    assert_false(takes(f, 1, codes[0]));
    assert_false(takes(f, 1, ""));
    assert_false(takes(f, 1, "AAAA-AAAA-AAAA-AAAA-AAAA-AAAA"));
    check_ok(ku_recovery_left(f->db, 1, &left, &err), &err);
    assert_int_equal(left, KU_RECOVERY_CODES - 1);
}

static void recovery_codes_are_read_however_they_are_typed(void **state)
{
    access_fixture *f = *state;
    ku_error err = {0};
    const char *codes[KU_RECOVERY_CODES];
    char typed[80];
    size_t at = 0;
    check_ok(ku_recovery_make(f->db, 1, NOON, f->arena, codes, &err), &err);
    for (const char *c = codes[4]; *c != '\0'; c++)
        if (*c != '-') typed[at++] = (char)tolower((unsigned char)*c);
    typed[at] = '\0';
    assert_true(takes(f, 1, typed));
    snprintf(typed, sizeof typed, " %.7s %s", codes[5], codes[5] + 7);
    assert_true(takes(f, 1, typed));
}

static void new_recovery_codes_void_the_old_and_none_is_kept_plain(void **state)
{
    access_fixture *f = *state;
    ku_error err = {0};
    const char *old[KU_RECOVERY_CODES], *codes[KU_RECOVERY_CODES];
    check_ok(ku_recovery_make(f->db, 1, NOON, f->arena, old, &err), &err);
    check_ok(ku_recovery_make(f->db, 1, NOON, f->arena, codes, &err), &err);
    assert_false(takes(f, 1, old[0]));
    assert_int_equal(access_number(f, "SELECT count(*) FROM credential"), KU_RECOVERY_CODES);
    const char *sql = ku_arena_printf(
        f->arena, "SELECT count(*) FROM credential WHERE instr(secret, CAST('%.4s' AS BLOB)) > 0",
        codes[0]);
    assert_int_equal(access_number(f, sql), 0);
}

/* ---- one-time links ------------------------------------------------------------------------------ */

static ku_status open_link(access_fixture *f, const char *link, bool use, int64_t now,
                           int64_t *user, ku_error *err)
{
    *user = 0;
    *err = (ku_error){0};
    return ku_link_user(f->db, link, use, now, user, err);
}

static void a_link_is_good_once_and_for_its_time(void **state)
{
    access_fixture *f = *state;
    ku_error err = {0};
    const char *link, *other;
    int64_t user;
    check_ok(ku_link_make(f->db, 1, 2, NOON, f->arena, &link, &err), &err);
    check_ok(ku_link_make(f->db, 2, 2, NOON, f->arena, &other, &err), &err);
    assert_int_equal(strlen(link), 43);
    check_ok(open_link(f, link, false, NOON, &user, &err), &err);
    assert_int_equal(user, 1);
    check_ok(open_link(f, link, true, NOON + 7200 * second - 1, &user, &err), &err);
    check_fails(KU_NOT_ALLOWED, "not good", open_link(f, link, true, NOON, &user, &err), &err);
    check_fails(KU_NOT_ALLOWED, "not good",
                open_link(f, other, true, NOON + 7200 * second, &user, &err), &err);
    check_fails(KU_NOT_ALLOWED, "not good", open_link(f, "", true, NOON, &user, &err), &err);
}

static void a_new_link_voids_the_one_before(void **state)
{
    access_fixture *f = *state;
    ku_error err = {0};
    const char *first, *next;
    int64_t user;
    check_ok(ku_link_make(f->db, 1, 2, NOON, f->arena, &first, &err), &err);
    check_ok(ku_link_make(f->db, 1, 2, NOON, f->arena, &next, &err), &err);
    check_fails(KU_NOT_ALLOWED, "replaced", open_link(f, first, true, NOON, &user, &err), &err);
    check_ok(open_link(f, next, true, NOON, &user, &err), &err);
    assert_int_equal(access_number(f, "SELECT count(*) FROM credential WHERE length(secret) <> 32"),
                     0);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, make, clear)
    const struct CMUnitTest tests[] = {
        T(weak_passwords_are_refused),
        T(long_ones_of_any_characters_are_taken),
        T(a_password_is_kept_as_argon2id),
        T(an_unknown_user_takes_as_long_as_a_known_one),
        T(recovery_codes_are_good_once_and_for_their_user),
        T(recovery_codes_are_read_however_they_are_typed),
        T(new_recovery_codes_void_the_old_and_none_is_kept_plain),
        T(a_link_is_good_once_and_for_its_time),
        T(a_new_link_voids_the_one_before),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
