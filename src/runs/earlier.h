/* earlier.h - tables of earlier runs as the input of a new one: named as "run:RUN/TABLE" in
 * place of a file (a result, or what that run was given), or taken from the latest finished run of the analysis that a table's
 * descriptor names. Texts live in the task's arena. */
#ifndef KU_RUNS_EARLIER_H
#define KU_RUNS_EARLIER_H

#include "runs/task.h"

/* Whether what is given for a table names one of an earlier run. */
bool ku_earlier_named(const char *path);

/* Checks what is given, and for every table with a `result` and nothing given looks up the
 * latest finished run; from now on the task's limits name it. KU_NOT_FOUND: no such run or
 * table, or none finished yet of an analysis that must come first; says which. */
ku_status ku_earlier_settle(ku_task *task, ku_error *err);

/* What a task is given for its tables: files, and tables of earlier runs. */
typedef struct ku_earlier {
    ku_table_file *files;
    size_t file_count;
    ku_table_frame *given;
    size_t given_count;
    ku_frames frames; /* owns the frames of `given` */
} ku_earlier;

/* Reads the tables of earlier runs that the task names, with a remark on where each comes
 * from. ku_earlier_clear it, also after a failure. */
ku_status ku_earlier_read(ku_task *task, ku_earlier *earlier, ku_error *err);
void ku_earlier_clear(ku_earlier *earlier);

#endif
