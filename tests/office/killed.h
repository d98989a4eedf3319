/* killed.h - a writer killed in the middle, again and again: what it acknowledged is there, what
 * it did not is whole or absent, and the log's chain holds. For a test and a measurement;
 * needs no test framework. The caller owns the folder. */
#ifndef KU_TESTS_OFFICE_KILLED_H
#define KU_TESTS_OFFICE_KILLED_H

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "access/event.h"
#include "office/store.h"
#include "workspace/sql.h"

enum { KILLED_WRITERS = 3 };

typedef struct killed_writer {
    ku_workspace *workspace;
    int pipe, round, number;
} killed_writer;

/* Adds units one after the other; each is told through the pipe once it is committed. */
static inline void *killed_write(void *data)
{
    const killed_writer *w = data;
    const ku_who who = {.kind = KU_WHO_PROGRAM, .via = "test", .name = "test"};
    for (int i = 0;; i++) {
        char code[16];
        int64_t id;
        ku_office *office;
        snprintf(code, sizeof code, "%d-%d-%d", w->round, w->number, i);
        if (ku_office_begin(w->workspace, &who, true, &office, NULL) != KU_OK) continue;
        json_t *values = json_pack("{s:s, s:s}", "name", "A unit", "code", code);
        bool done = ku_workflow_add(office, ku_entity_find("org_unit"), "add", values, &id, NULL) ==
                        KU_OK &&
                    ku_office_commit(office, NULL) == KU_OK;
        json_decref(values);
        ku_office_end(office);
        if (done && write(w->pipe, &id, sizeof id) != sizeof id) _exit(1);
    }
    return NULL;
}

static inline void killed_child(const char *path, int pipe, int round)
{
    ku_workspace *workspace;
    pthread_t threads[KILLED_WRITERS];
    killed_writer writers[KILLED_WRITERS];
    if (ku_workspace_open(path, &workspace, NULL) != KU_OK) _exit(2);
    for (int i = 0; i < KILLED_WRITERS; i++) {
        writers[i] = (killed_writer){workspace, pipe, round, i};
        pthread_create(&threads[i], NULL, killed_write, &writers[i]);
    }
    pause();
    _exit(0);
}

/* The acknowledged are there, with their event; every unit has its event; the chain holds. */
static inline const char *killed_check(const char *path, const int64_t *acked, int count)
{
    ku_workspace *workspace;
    sqlite3 *db;
    sqlite3_stmt *statement;
    bool row;
    ku_error err = {0};
    const char *fault = NULL;
    if (ku_workspace_open(path, &workspace, &err) != KU_OK) return "it does not open any more";
    if (ku_workspace_reader(workspace, &db, &err) != KU_OK) return "it cannot be read";
    for (int i = 0; i < count && fault == NULL; i++) {
        row = false;
        if (ku_sql_prepare(db, &statement, &err,
                           "SELECT 1 FROM org_unit u JOIN event e ON e.entity = 'org_unit'"
                           " AND e.record = u.id WHERE u.id = ?1",
                           "i", acked[i]) == KU_OK &&
            ku_sql_step(&statement, &row, &err) == KU_OK && row)
            sqlite3_finalize(statement);
        if (!row) fault = "an acknowledged change is lost";
    }
    row = false;
    if (fault == NULL &&
        ku_sql_prepare(db, &statement, &err,
                       "SELECT (SELECT count(*) FROM org_unit) ="
                       " (SELECT count(*) FROM event WHERE entity = 'org_unit')",
                       "") == KU_OK &&
        ku_sql_step(&statement, &row, &err) == KU_OK && row) {
        if (sqlite3_column_int(statement, 0) != 1) fault = "a change and its event came apart";
        sqlite3_finalize(statement);
    }
    ku_workspace_reader_done(workspace, db);
    if (fault == NULL && ku_events_verify(workspace, NULL, NULL, &err) != KU_OK)
        fault = "the chain of events is broken";
    ku_workspace_close(workspace);
    return fault;
}

/* Kills it `rounds` times after 1 to 30 thousandths of a second of writing; *changes counts
 * what was acknowledged. NULL: all went well; else what did not. */
static inline const char *killed_rounds(const char *path, int rounds, unsigned seed,
                                        int64_t *changes)
{
    enum { MOST = 65536 };
    int64_t *acked = malloc(MOST * sizeof *acked);
    const char *fault = NULL;
    for (int round = 0; round < rounds && fault == NULL; round++) {
        int ends[2], count = 0;
        if (pipe(ends) != 0) return "no pipe";
        pid_t child = fork();
        if (child == 0) {
            close(ends[0]);
            killed_child(path, ends[1], round);
        }
        close(ends[1]);
        /* From the first acknowledged change on, so that it is writing when it dies. */
        int64_t id;
        if (read(ends[0], &id, sizeof id) == sizeof id) acked[count++] = id;
        seed = seed * 1103515245u + 12345u;
        struct timespec wait = {0, (long)(1000000 + (seed >> 8) % 29000000)};
        nanosleep(&wait, NULL);
        kill(child, SIGKILL);
        while (count < MOST && read(ends[0], &id, sizeof id) == sizeof id) acked[count++] = id;
        close(ends[0]);
        waitpid(child, NULL, 0);
        *changes += count;
        fault = count == 0 ? "it wrote nothing" : killed_check(path, acked, count);
    }
    free(acked);
    return fault;
}

#endif
