/* simulated.h - a simulated company as tables of a bank in memory, for tests that compare
 * what can be estimated from the files with the truth. All is owned by the `simulated`
 * and freed by simulated_clear. */
#ifndef KU_TESTS_SIMULATE_SIMULATED_H
#define KU_TESTS_SIMULATE_SIMULATED_H

#include "check.h"

#include <jansson.h>
#include <string.h>

#include "bank/session.h"
#include "base/file.h"
#include "simulate/company.h"

typedef struct simulated {
    char place[64], folder[80];
    ku_company_report report;
    json_t *truth;
    ku_bank *bank;
    ku_session *session;
} simulated;

static inline void simulated_place(simulated *s)
{
    *s = (simulated){0};
    snprintf(s->place, sizeof s->place, "/tmp/kemudi-simulate-XXXXXX");
    assert_non_null(mkdtemp(s->place));
    snprintf(s->folder, sizeof s->folder, "%s/company", s->place);
}

static inline void simulated_path(const simulated *s, const char *name, char to[256])
{
    snprintf(to, 256, "%s/%s", s->folder, name);
}

/* Every CSV file as a table of its fact's name with an f_ in front. */
static inline void simulated_load(simulated *s)
{
    ku_error err = {0};
    ku_bank_options options = {.mode = KU_BANK_WRITE};
    check_ok(ku_bank_open(NULL, &options, &s->bank, &err), &err);
    check_ok(ku_session_open(s->bank, &s->session, &err), &err);
    for (size_t k = 0; k < s->report.file_count; k++) {
        char sql[512];
        snprintf(sql, sizeof sql,
                 "CREATE TEMP TABLE f_%s AS SELECT * FROM read_csv('%s/%s.csv', header = true)",
                 s->report.file[k].fact, s->folder, s->report.file[k].fact);
        check_ok(ku_session_exec(s->session, sql, NULL, 0, NULL, &err), &err);
    }
    char path[256];
    simulated_path(s, "truth.json", path);
    s->truth = json_load_file(path, 0, NULL);
    assert_non_null(s->truth);
}

static inline void simulated_clear(simulated *s)
{
    json_decref(s->truth);
    ku_session_close(s->session);
    ku_bank_close(s->bank);
    ku_folder_remove(s->place, NULL);
}

/* The rows of a query; the caller frees the frame. */
static inline ku_frame *simulated_ask(const simulated *s, const char *sql)
{
    ku_error err = {0};
    ku_frame *frame = NULL;
    check_ok(ku_session_query(s->session, "answer", sql, NULL, 0, &frame, &err), &err);
    return frame;
}

static inline double frame_number(const ku_frame *frame, int column, int64_t row)
{
    return ku_column_number(&frame->column[column], row);
}

/* The first number of a query's first row. */
static inline double simulated_number(const simulated *s, const char *sql)
{
    ku_frame *frame = simulated_ask(s, sql);
    assert_true(frame->rows > 0);
    double value = frame_number(frame, 0, 0);
    ku_frame_free(frame);
    return value;
}

/* A number of truth.json by the keys on the way, ended by NULL. */
static inline double truth_number(const json_t *at, const char *const *keys)
{
    for (; *keys != NULL; keys++) {
        at = json_object_get(at, *keys);
        if (at == NULL) print_error("truth.json has no %s\n", *keys);
        assert_non_null(at);
    }
    return json_number_value(at);
}
#define TRUTH(s, ...) truth_number((s)->truth, (const char *const[]){__VA_ARGS__, NULL})

/* The object of an array whose member `key` is `value`. */
static inline const json_t *truth_entry(const json_t *array, const char *key, const char *value)
{
    for (size_t i = 0; i < json_array_size(array); i++) {
        const json_t *entry = json_array_get(array, i);
        const char *found = json_string_value(json_object_get(entry, key));
        if (found != NULL && strcmp(found, value) == 0) return entry;
    }
    print_error("truth.json has no entry with %s = %s\n", key, value);
    fail();
    return NULL;
}

#endif
