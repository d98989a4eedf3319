/* task_internal.h - what the parts of carrying out a run share. Owns nothing. */
#ifndef KU_RUNS_TASK_INTERNAL_H
#define KU_RUNS_TASK_INTERNAL_H

#include "runs/channel.h"
#include "runs/task.h"

/* For a worker's watch; `task` is the ku_task. */
bool ku_task_progress(void *task, double done, const char *doing);
void ku_task_remark(void *task, ku_severity severity, const char *check, const char *text);

/* The job of the task's worker. */
ku_job ku_task_job(const ku_task *task);

#endif
