/* support.h - small things every test of the bank needs. Files made here lie in a folder
 * that the test removes. */
#ifndef KU_TESTS_BANK_SUPPORT_H
#define KU_TESTS_BANK_SUPPORT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "bank/bank.h"
#include "bank/session.h"
#include "base/file.h"
#include "base/text.h"

/* Calls fn(..., error) and fails the test with the error's own words:
 * assert_ok(ku_session_begin, session). */
#define assert_ok(fn, ...)                                                                         \
    do {                                                                                           \
        ku_error shown_ = {0};                                                                     \
        if (fn(__VA_ARGS__, &shown_) != KU_OK)                                                     \
            fail_msg("%s: %s: %s", ku_status_name(shown_.code), shown_.where, shown_.message);     \
    } while (0)

/* The error the call must end with, and words its place and message must hold. */
static inline void assert_says(const ku_error *err, ku_status code, const char *where,
                               const char *words)
{
    if (err->code != code)
        fail_msg("expected %s, found %s: %s: %s", ku_status_name(code), ku_status_name(err->code),
                 err->where, err->message);
    if (strstr(err->where, where) == NULL)
        fail_msg("expected a place with '%s', found '%s' (%s)", where, err->where, err->message);
    if (strstr(err->message, words) == NULL)
        fail_msg("expected a message with '%s', found '%s'", words, err->message);
}

static inline ku_bank *memory_bank(void)
{
    ku_bank *bank = NULL;
    assert_ok(ku_bank_open, NULL, NULL, &bank);
    return bank;
}

/* A new folder of the test's own, in `to`. */
static inline const char *folder_new(char to[64])
{
    snprintf(to, 64, "/tmp/kemudi-test-XXXXXX");
    assert_non_null(mkdtemp(to));
    return to;
}

static inline void folder_end(const char *folder)
{
    assert_ok(ku_folder_remove, folder);
}

static inline int64_t int_at(const ku_frame *frame, const char *column, int64_t row)
{
    const ku_column *c = ku_frame_column(frame, column);
    assert_non_null(c);
    assert_int_equal(c->type, KU_INT64);
    assert_true(ku_column_valid(c, row));
    return c->as.i64[row];
}

static inline void assert_text_at(const ku_frame *frame, const char *column, int64_t row,
                                  const char *expected)
{
    const ku_column *c = ku_frame_column(frame, column);
    assert_non_null(c);
    ku_arena *arena = ku_arena_new();
    const char *found = ku_column_text(c, row, arena);
    if (expected == NULL)
        assert_null(found);
    else
        assert_string_equal(found != NULL ? found : "(null)", expected);
    ku_arena_free(arena);
}

#endif
