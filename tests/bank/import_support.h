/* import_support.h - writing small files and importing them. */
#ifndef KU_TESTS_BANK_IMPORT_SUPPORT_H
#define KU_TESTS_BANK_IMPORT_SUPPORT_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bank/import.h"
#include "support.h"

typedef struct import_test {
    char folder[64];
    ku_bank *bank;
    ku_arena *arena;
    ku_import_report report;
    ku_error err;
} import_test;

/* A bank file in a folder of its own. */
static inline void import_begin(import_test *t)
{
    char path[96];
    memset(t, 0, sizeof *t);
    folder_new(t->folder);
    snprintf(path, sizeof path, "%s/bank.duckdb", t->folder);
    t->arena = ku_arena_new();
    assert_ok(ku_bank_open, path, NULL, &t->bank);
}

static inline void import_end(import_test *t)
{
    ku_bank_close(t->bank);
    ku_arena_free(t->arena);
    folder_end(t->folder);
}

static inline const char *in_folder(import_test *t, const char *name)
{
    return ku_arena_printf(t->arena, "%s/%s", t->folder, name);
}

static inline const char *write_bytes(import_test *t, const char *name, const void *bytes,
                                      size_t length)
{
    const char *path = in_folder(t, name);
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, length, file), length);
    assert_int_equal(fclose(file), 0);
    return path;
}

static inline const char *write_text(import_test *t, const char *name, const char *text)
{
    return write_bytes(t, name, text, strlen(text));
}

static inline ku_import_options import_options(const char *fact, const char *const *paths,
                                               size_t count)
{
    return (ku_import_options){.fact = ku_fact_find(fact), .paths = paths, .path_count = count};
}

static inline ku_status import_with(import_test *t, const ku_import_options *options)
{
    memset(&t->err, 0, sizeof t->err);
    return ku_import_run(t->bank, options, t->arena, &t->report, &t->err);
}

static inline ku_status import_file(import_test *t, const char *fact, const char *path)
{
    ku_import_options options = import_options(fact, &path, 1);
    return import_with(t, &options);
}

#define assert_imported(t, call)                                                                   \
    do {                                                                                           \
        if ((call) != KU_OK)                                                                       \
            fail_msg("%s: %s: %s", ku_status_name((t)->err.code), (t)->err.where,                  \
                     (t)->err.message);                                                            \
    } while (0)

/* The first number of a query's first row. */
static inline int64_t number_of(import_test *t, const char *sql)
{
    ku_session *session = NULL;
    int64_t number = 0;
    assert_ok(ku_session_open, t->bank, &session);
    assert_ok(ku_session_number, session, sql, NULL, 0, &number);
    ku_session_close(session);
    return number;
}

static inline const char *text_of(import_test *t, const char *sql)
{
    ku_frame *frame = NULL;
    assert_ok(ku_bank_query, t->bank, "text", sql, NULL, 0, &frame);
    assert_true(frame->rows > 0);
    const char *text = ku_column_text(&frame->column[0], 0, t->arena);
    ku_frame_free(frame);
    return text;
}

static inline int64_t count_in(const ku_import_count *list, size_t count, const char *what)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(list[i].what, what) == 0) return list[i].rows;
    return 0;
}

static inline const ku_import_match *match_of(const ku_import_report *report, const char *field)
{
    for (size_t i = 0; i < report->match_count; i++)
        if (strcmp(report->match[i].field, field) == 0) return &report->match[i];
    return NULL;
}

#endif
