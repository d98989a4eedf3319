/* earlier.c - tables of earlier runs as input. */
#include "runs/earlier.h"

#include <string.h>

#include "base/date.h"
#include "runs/keep.h"
#include "runs/task_internal.h"

static const char prefix[] = "run:";

bool ku_earlier_named(const char *path)
{
    return strncmp(path, prefix, sizeof prefix - 1) == 0;
}

/* "run:RUN/TABLE" taken apart. */
static ku_status parse(const ku_table_file *file, ku_arena *arena, const char **run,
                       const char **table, ku_error *err)
{
    const char *from = file->path + sizeof prefix - 1, *slash = strchr(from, '/');
    if (slash == NULL || slash == from || slash[1] == '\0')
        return ku_error_set(err, KU_USAGE, file->table,
                            "found \"%.80s\", expected run:RUN/TABLE, as in run:r7k3m9q2/%s",
                            file->path, file->table);
    *run = ku_arena_strndup(arena, from, (size_t)(slash - from));
    *table = slash + 1;
    return KU_OK;
}

/* The result table of that name, else what the run itself was given under it (whole, not in
 * pieces), or NULL. */
static const ku_run_table *find_table(const ku_run_record *record, const char *table)
{
    const ku_run_table *found = NULL;
    for (size_t i = 0; i < record->output_count; i++)
        if (strcmp(record->output[i].name, table) == 0) return &record->output[i];
    for (size_t i = 0; i < record->input_count; i++)
        if (strcmp(record->input[i].name, table) == 0) {
            if (found != NULL) return NULL;
            found = &record->input[i];
        }
    return found;
}

/* ---- before the run ----------------------------------------------------------------------- */

static ku_status check_named(ku_task *task, const ku_table_file *file, ku_error *err)
{
    const char *run, *table;
    ku_run_record record;
    KU_TRY(parse(file, task->arena, &run, &table, err));
    if (task->workspace == NULL)
        return ku_error_set(err, KU_USAGE, file->table,
                            "a table of an earlier run needs the workspace it is kept in: -w "
                            "FOLDER");
    KU_TRY(ku_run_get(task->workspace, run, task->arena, &record, err));
    if (record.state == KU_RUN_DONE && find_table(&record, table) != NULL) return KU_OK;
    if (record.state != KU_RUN_DONE)
        return ku_error_set(err, KU_NOT_FOUND, file->table, "run %s is %s, it has no results",
                            record.id, ku_run_state_name(record.state));
    return ku_error_set(err, KU_NOT_FOUND, file->table, "run %s of %s has no table %s", record.id,
                        record.analysis, table);
}

/* The id of the latest finished run of the analysis that has the table, or NULL. */
static ku_status latest(ku_task *task, const char *analysis, const char *table, const char **id,
                        ku_error *err)
{
    enum { PAGE = 20 };
    const char *before = NULL;
    *id = NULL;
    for (;;) {
        ku_run_record *records;
        size_t count;
        KU_TRY(ku_run_list(task->workspace, analysis, before, PAGE, task->arena, &records, &count,
                           err));
        for (size_t i = 0; i < count; i++) {
            if (records[i].state != KU_RUN_DONE) continue;
            KU_TRY(ku_run_get(task->workspace, records[i].id, task->arena, &records[i], err));
            if (find_table(&records[i], table) == NULL) continue;
            *id = records[i].id;
            return KU_OK;
        }
        if (count < PAGE) return KU_OK;
        before = records[count - 1].id;
    }
}

static ku_status none_yet(const ku_table_spec *spec, const char *analysis, ku_error *err)
{
    const ku_analysis *first = ku_analysis_find(analysis);
    return ku_error_set(err, KU_NOT_FOUND, spec->name,
                        "this needs the result of %s%s%s%s first, and no finished run of it is in "
                        "this workspace: kemudi run %s, or name a table: --in %s=FILE",
                        first != NULL ? first->title : "", first != NULL ? " (" : "", analysis,
                        first != NULL ? ")" : "", analysis, spec->name);
}

/* Adds run:ID/TABLE to the files, or leaves them where the table may be absent. */
static ku_status settle(ku_task *task, const ku_table_spec *spec, ku_table_file *files,
                        size_t *count, ku_error *err)
{
    const char *slash = strchr(spec->result, '/'), *id;
    const char *analysis = ku_arena_strndup(task->arena, spec->result,
                                            (size_t)(slash - spec->result));
    KU_TRY(latest(task, analysis, slash + 1, &id, err));
    if (id == NULL)
        return spec->optional || spec->fact != NULL || spec->query != NULL
                   ? KU_OK
                   : none_yet(spec, analysis, err);
    files[(*count)++] = (ku_table_file){
        spec->name, ku_arena_printf(task->arena, "%s%s/%s", prefix, id, slash + 1)};
    return KU_OK;
}

static bool is_given(const ku_run_limits *limits, const char *table)
{
    for (size_t i = 0; i < limits->file_count; i++)
        if (strcmp(limits->files[i].table, table) == 0) return true;
    return false;
}

ku_status ku_earlier_settle(ku_task *task, ku_error *err)
{
    const ku_table_spec *specs = task->analysis->inputs;
    size_t count = task->limits.file_count, tables = 0;
    for (size_t i = 0; i < count; i++)
        if (ku_earlier_named(task->limits.files[i].path))
            KU_TRY(check_named(task, &task->limits.files[i], err));
    while (specs != NULL && specs[tables].name != NULL) tables++;
    ku_table_file *files = KU_ARRAY(task->arena, count + tables + 1, ku_table_file);
    if (count > 0) memcpy(files, task->limits.files, count * sizeof *files);
    for (size_t i = 0; task->workspace != NULL && i < tables; i++)
        if (specs[i].result != NULL && !is_given(&task->limits, specs[i].name))
            KU_TRY(settle(task, &specs[i], files, &count, err));
    task->limits.files = files;
    task->limits.file_count = count;
    return KU_OK;
}

/* ---- as the run begins ----------------------------------------------------------------------- */

static void remark_origin(ku_task *task, const ku_table_file *file, const ku_run_record *record)
{
    char day[KU_DATE_TEXT];
    ku_date_show(ku_date_of(record->ended), day);
    const ku_analysis *analysis = ku_analysis_find(record->analysis);
    ku_task_remark(task, KU_NOTE, file->table,
                   ku_arena_printf(task->arena, "The table %s comes from run %s of %s, %s.",
                                   file->table, record->id,
                                   analysis != NULL ? analysis->title : record->analysis, day));
}

static ku_status read_named(ku_task *task, const ku_table_file *file, ku_earlier *earlier,
                            ku_error *err)
{
    const char *run, *table;
    ku_run_record record;
    ku_frame *frame;
    KU_TRY(parse(file, task->arena, &run, &table, err));
    KU_TRY(ku_run_get(task->workspace, run, task->arena, &record, err));
    const ku_run_table *found = find_table(&record, table);
    if (found == NULL)
        return ku_error_set(err, KU_NOT_FOUND, file->table, "run %s of %s has no table %s",
                            record.id, record.analysis, table);
    KU_TRY(ku_keep_read(task->workspace, found, task->arena, &frame, err));
    remark_origin(task, file, &record);
    earlier->given[earlier->given_count++] = (ku_table_frame){file->table, frame};
    return ku_frames_add(&earlier->frames, frame, err);
}

ku_status ku_earlier_read(ku_task *task, ku_earlier *earlier, ku_error *err)
{
    const ku_run_limits *limits = &task->limits;
    *earlier = (ku_earlier){.files = KU_ARRAY(task->arena, limits->file_count + 1, ku_table_file),
                            .given = KU_ARRAY(task->arena, limits->file_count + 1, ku_table_frame)};
    ku_frames_init(&earlier->frames);
    for (size_t i = 0; i < limits->file_count; i++) {
        const ku_table_file *file = &limits->files[i];
        if (!ku_earlier_named(file->path))
            earlier->files[earlier->file_count++] = *file;
        else
            KU_TRY(read_named(task, file, earlier, err));
    }
    return KU_OK;
}

void ku_earlier_clear(ku_earlier *earlier)
{
    ku_frames_clear(&earlier->frames);
}
