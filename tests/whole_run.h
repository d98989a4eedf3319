/* whole_run.h - for tests of analyses: a whole run, from CSV text through the bank's engine and
 * the worker to the tables. The run owns its folder, arena and tables until whole_end. A program
 * that uses it begins main with the lines of runs/run.h, ku_worker_asked. */
#ifndef KU_TESTS_WHOLE_RUN_H
#define KU_TESTS_WHOLE_RUN_H

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "check.h"
#include "runs/run.h"

typedef struct whole_run {
    ku_arena *arena;
    char folder[64];
    ku_table_file files[8];
    bool made[8]; /* by the run, in its folder */
    size_t file_count;
    ku_param_text params[16];
    size_t param_count;
    ku_frames out;
    ku_run_record record;
    ku_error err;
} whole_run;

static inline void whole_begin(whole_run *run)
{
    *run = (whole_run){.arena = ku_arena_new()};
    ku_frames_init(&run->out);
    snprintf(run->folder, sizeof run->folder, "/tmp/kemudi-whole-XXXXXX");
    assert_non_null(mkdtemp(run->folder));
}

/* No input tables any more. */
static inline void whole_forget(whole_run *run)
{
    for (size_t i = 0; i < run->file_count; i++)
        if (run->made[i]) unlink(run->files[i].path);
    run->file_count = 0;
}

static inline void whole_end(whole_run *run)
{
    whole_forget(run);
    rmdir(run->folder);
    ku_frames_clear(&run->out);
    ku_arena_free(run->arena);
}

/* An input table as CSV text. */
static inline void whole_table(whole_run *run, const char *table, const char *csv)
{
    const char *path = ku_arena_printf(run->arena, "%s/%s.csv", run->folder, table);
    check_ok(ku_file_write(path, csv, strlen(csv), 0600, &run->err), &run->err);
    run->made[run->file_count] = true;
    run->files[run->file_count++] = (ku_table_file){table, path};
}

/* An input table as a file that stays where it is. */
static inline void whole_file(whole_run *run, const char *table, const char *path)
{
    run->made[run->file_count] = false;
    run->files[run->file_count++] = (ku_table_file){table, ku_arena_strdup(run->arena, path)};
}

/* For cmocka: the run is the state of a test. */
static inline int whole_setup(void **state)
{
    whole_run *run = malloc(sizeof *run);
    assert_non_null(run);
    whole_begin(run);
    *state = run;
    return 0;
}

static inline int whole_teardown(void **state)
{
    whole_end(*state);
    free(*state);
    return 0;
}
#define WHOLE_TEST(test) cmocka_unit_test_setup_teardown(test, whole_setup, whole_teardown)

static inline void whole_param(whole_run *run, const char *name, const char *value)
{
    run->params[run->param_count++] = (ku_param_text){name, value};
}

static inline ku_status whole_go(whole_run *run, const char *id)
{
    ku_run_request request = {.analysis = ku_analysis_find(id),
                              .params = run->params,
                              .param_count = run->param_count,
                              .files = run->files,
                              .file_count = run->file_count,
                              .seed = 1};
    assert_non_null(request.analysis);
    ku_frames_clear(&run->out);
    return ku_run_now(NULL, &request, NULL, NULL, run->arena, &run->record, &run->out, &run->err);
}

static inline int64_t whole_rows(const whole_run *run, const char *table)
{
    return ku_frames_find(&run->out, table)->rows;
}

static inline double whole_number(const whole_run *run, const char *table, const char *column,
                                  int64_t row)
{
    return ku_column_number(ku_frame_column(ku_frames_find(&run->out, table), column), row);
}

/* "" for a cell without text. */
static inline const char *whole_text(const whole_run *run, const char *table, const char *column,
                                     int64_t row)
{
    const char *text = ku_column_text(ku_frame_column(ku_frames_find(&run->out, table), column),
                                      row, run->arena);
    return text != NULL ? text : "";
}

/* Whether a remark has these words. */
static inline bool whole_remarks(const whole_run *run, const char *words)
{
    for (size_t i = 0; i < run->record.remark_count; i++)
        if (strstr(run->record.remark[i].text, words) != NULL) return true;
    return false;
}

#endif
