/* test_settings.c - kemudi.toml: what is read, what is refused, and with which words. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "workspace/settings.h"
#include "workspace/toml.h"

static ku_status read_text(const char *text, ku_settings *settings, ku_arena *arena, ku_error *err)
{
    *err = (ku_error){0};
    return ku_settings_read(text, strlen(text), arena, settings, err);
}

static void defaults_hold_for_an_empty_file(void **state)
{
    (void)state;
    ku_arena *arena = ku_arena_new();
    ku_settings s;
    ku_error err;
    assert_int_equal(read_text("", &s, arena, &err), KU_OK);
    assert_string_equal(s.currency, "EUR");
    assert_string_equal(s.listen, "127.0.0.1");
    assert_int_equal(s.port, 8765);
    assert_int_equal(s.fiscal_year_start, 1);
    assert_true(s.bank_memory == UINT64_C(2) << 30);
    assert_true(s.worker_memory == UINT64_C(4) << 30);
    assert_int_equal(s.worker_seconds, 3600);
    ku_arena_free(arena);
}

static void every_setting_is_read(void **state)
{
    (void)state;
    ku_arena *arena = ku_arena_new();
    ku_settings s;
    ku_error err;
    const char *text = "\xEF\xBB\xBF# ours\r\n"
                       "company = \"Bäckerei \\\"Korn\\\" \\u0026 Co\" # trailing\r\n"
                       "currency='IDR'\n"
                       "language = \"id\"\n"
                       "fiscal_year_start = 4\n"
                       "[ bank ]\n"
                       "memory = \"512 MiB\"\n"
                       "\n"
                       "[worker]\n"
                       "memory = \"1 GiB\"\n"
                       "seconds = 1_200\n"
                       "[server]\n"
                       "listen = \"::1\"\n"
                       "port = 9000";
    assert_int_equal(read_text(text, &s, arena, &err), KU_OK);
    assert_string_equal(s.company, "Bäckerei \"Korn\" & Co");
    assert_string_equal(s.currency, "IDR");
    assert_string_equal(s.language, "id");
    assert_int_equal(s.fiscal_year_start, 4);
    assert_true(s.bank_memory == UINT64_C(512) << 20);
    assert_true(s.worker_memory == UINT64_C(1) << 30);
    assert_int_equal(s.worker_seconds, 1200);
    assert_string_equal(s.listen, "::1");
    assert_int_equal(s.port, 9000);
    ku_arena_free(arena);
}

static void what_is_written_reads_back(void **state)
{
    (void)state;
    ku_arena *arena = ku_arena_new();
    ku_settings s = {.company = "A \\ \"B\"\tÜ 商", .bank_memory = UINT64_C(100) << 20}, back;
    ku_error err = {0};
    ku_text text;
    ku_text_init(&text);
    assert_int_equal(ku_settings_complete(&s, &err), KU_OK);
    ku_settings_write(&s, &text);
    assert_int_equal(ku_settings_read(text.bytes, text.length, arena, &back, &err), KU_OK);
    assert_string_equal(back.company, s.company);
    assert_true(back.bank_memory == s.bank_memory);
    assert_true(back.worker_memory == s.worker_memory);
    assert_int_equal(back.port, s.port);
    ku_text_clear(&text);
    ku_arena_free(arena);
}

static void wrong_files_are_refused_with_their_line(void **state)
{
    (void)state;
    static const struct {
        const char *text, *where, *says;
    } wrong[] = {
        {"compnay = \"x\"\n", "kemudi.toml, line 1", "did you mean company?"},
        {"\n[worker]\nport = 1\n", "kemudi.toml, line 3", "did you mean server.port?"},
        {"zzzzzzzz = 1\n", "kemudi.toml, line 1", "there is no setting zzzzzzzz"},
        {"company = x\n", "kemudi.toml, line 1", "expected a text in quotes or a whole number"},
        {"company = \"x\n", "kemudi.toml, line 1", "no closing"},
        {"company = \"\\q\"\n", "kemudi.toml, line 1", "backslash"},
        {"company = \"\\ud800\"\n", "kemudi.toml, line 1", "backslash"},
        {"company\n", "kemudi.toml, line 1", "expected = after company"},
        {"company =\n", "kemudi.toml, line 1", "has no value"},
        {"company = \"a\" \"b\"\n", "kemudi.toml, line 1", "too much here"},
        {"company = 3\n", "kemudi.toml, line 1", "expected a text in quotes for company"},
        {"company = \"a\"\ncompany = \"b\"\n", "kemudi.toml, line 2", "first in line 1"},
        {"[server\nport = 1\n", "kemudi.toml, line 1", "expected ]"},
        {"[server]\nport = \"80\"\n", "kemudi.toml, line 2", "expected a whole number for port"},
        {"[server]\nport = 70000\n", "kemudi.toml, line 2", "expected 1 to 65535"},
        {"[server]\nport = 1.5\n", "kemudi.toml, line 2", "expected a whole number"},
        {"[server]\nport = 99999999999999999999\n", "kemudi.toml, line 2", "too large"},
        {"[bank]\nmemory = 5\n", "kemudi.toml, line 2", "expected an amount of memory"},
        {"[bank]\nmemory = \"5 apples\"\n", "kemudi.toml, line 2", "expected an amount of memory"},
        {"[bank]\nmemory = \"1 MiB\"\n", "kemudi.toml, line 2", "expected 64 to"},
        {"currency = \"Euro\"\n", "kemudi.toml, line 1", "not a currency"},
        {"company = \"\xFF\"\n", "kemudi.toml, line 1", "not text in UTF-8"},
    };
    ku_arena *arena = ku_arena_new();
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        ku_settings s;
        ku_error err;
        ku_status status = read_text(wrong[i].text, &s, arena, &err);
        if (status != KU_BAD_DATA || strcmp(err.where, wrong[i].where) != 0 ||
            strstr(err.message, wrong[i].says) == NULL)
            fail_msg("%s gave %s, %s: %s; expected %s: %s", wrong[i].text, ku_status_name(status),
                     err.where, err.message, wrong[i].where, wrong[i].says);
    }
    ku_arena_free(arena);
}

static void given_settings_are_checked(void **state)
{
    (void)state;
    ku_settings s = {.currency = "eur"};
    ku_error err = {0};
    assert_int_equal(ku_settings_complete(&s, &err), KU_USAGE);
    assert_string_equal(err.where, "currency");
    s = (ku_settings){.fiscal_year_start = 13};
    assert_int_equal(ku_settings_complete(&s, &err), KU_USAGE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(defaults_hold_for_an_empty_file),
        cmocka_unit_test(every_setting_is_read),
        cmocka_unit_test(what_is_written_reads_back),
        cmocka_unit_test(wrong_files_are_refused_with_their_line),
        cmocka_unit_test(given_settings_are_checked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
