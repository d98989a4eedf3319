/* import_jobs.c - the queue of imports.
 *
 * An import takes minutes, must show how far it is, must be cancelled when asked, and two
 * at once would only wait for each other's lock on the bank. So one thread works through
 * a list; readers look at the entries under one lock and never wait for the work. */
#include "app/http/import_jobs.h"

#include <errno.h>
#include <pthread.h>
#include <sodium.h>
#include <stdatomic.h>

#include "app/http/handlers.h"
#include "base/date.h"
#include "base/file.h"

#define WAITING_LIMIT 50
#define KEPT          200 /* ended ones that are remembered */

typedef enum import_state {
    IMPORT_QUEUED,
    IMPORT_RUNNING,
    IMPORT_DONE,
    IMPORT_FAILED,
    IMPORT_CANCELLED
} import_state;

typedef struct import_job {
    struct import_job *next; /* newest first */
    http_imports *home;
    char id[HTTP_IMPORT_ID];
    ku_arena *arena; /* options, files and the report */
    ku_import_options options;
    const char **files;
    atomic_bool cancelled;
    /* Under the lock: */
    import_state state;
    uint64_t version;
    double progress;
    char doing[96];
    int64_t at;
    ku_import_report report; /* whole once the job is DONE */
    const char *rejects;     /* NULL: none */
    bool undone;             /* its batch was taken out again */
    ku_error err;
} import_job;

struct http_imports {
    ku_workspace *workspace;
    char *rejects; /* folder */
    pthread_mutex_t lock;
    pthread_cond_t changed;
    pthread_t thread;
    bool threaded, closing;
    import_job *first;
    size_t count;
};

static bool over(import_state state)
{
    return state == IMPORT_DONE || state == IMPORT_FAILED || state == IMPORT_CANCELLED;
}

static import_job *find(http_imports *imports, const char *id)
{
    import_job *job = imports->first;
    while (job != NULL && strcmp(job->id, id) != 0) job = job->next;
    return job;
}

/* ---- copying what was asked for ---------------------------------------------------------------------- */

static const char *copy(ku_arena *arena, const char *text)
{
    return text != NULL ? ku_arena_strdup(arena, text) : NULL;
}

static const char **copy_texts(ku_arena *arena, const char *const *texts, size_t count)
{
    const char **copies = KU_ARRAY(arena, count + 1, const char *);
    for (size_t i = 0; i < count; i++) copies[i] = copy(arena, texts[i]);
    return copies;
}

static void copy_options(import_job *job, const ku_import_options *from)
{
    ku_import_options *to = &job->options;
    ku_mapping *mapping = KU_ARRAY(job->arena, from->mapping_count + 1, ku_mapping);
    *to = *from;
    for (size_t i = 0; i < from->mapping_count; i++) {
        mapping[i].field = copy(job->arena, from->mapping[i].field);
        mapping[i].column = copy(job->arena, from->mapping[i].column);
    }
    to->mapping = mapping;
    to->paths = copy_texts(job->arena, from->paths, from->path_count);
    to->profile = copy(job->arena, from->profile);
    to->format = copy(job->arena, from->format);
    to->encoding = copy(job->arena, from->encoding);
    to->date_order = copy(job->arena, from->date_order);
    to->sheet = copy(job->arena, from->sheet);
    to->actor = copy(job->arena, from->actor);
}

/* ---- the work ------------------------------------------------------------------------------------------ */

static bool on_progress(void *data, double done, const char *doing)
{
    import_job *job = data;
    pthread_mutex_lock(&job->home->lock);
    job->progress = done;
    ku_text_copy(job->doing, sizeof job->doing, doing != NULL ? doing : "");
    job->version++;
    pthread_mutex_unlock(&job->home->lock);
    return !atomic_load(&job->cancelled);
}

static ku_status import_now(import_job *job, ku_import_report *report, ku_error *err)
{
    ku_bank *bank;
    ku_workspace *workspace = job->home->workspace;
    /* A check works as an import that is never committed. */
    KU_TRY(ku_workspace_bank(workspace, KU_BANK_WRITE, &bank, err));
    ku_status status = ku_import_run(bank, &job->options, job->arena, report, err);
    ku_workspace_bank_done(workspace, bank);
    return status;
}

/* The rejects get the batch's name, so that they are found when this job is forgotten. */
static const char *keep_rejects(import_job *job, const ku_import_report *report)
{
    const char *path = report->rejects_path != NULL ? report->rejects_path
                                                    : job->options.rejects_path;
    if (report->refused == 0 || !ku_file_exists(path)) return NULL;
    if (report->batch == NULL) return path;
    const char *named = ku_arena_printf(job->arena, "%s/%s.csv", job->home->rejects, report->batch);
    return rename(path, named) == 0 ? named : path;
}

static void finish(import_job *job, ku_status status, const ku_import_report *report,
                   const ku_error *err)
{
    const char *rejects = keep_rejects(job, report);
    pthread_mutex_lock(&job->home->lock);
    job->report = *report;
    job->rejects = rejects;
    if (status != KU_OK) job->err = *err;
    job->state = status == KU_OK          ? IMPORT_DONE
                 : status == KU_CANCELLED ? IMPORT_CANCELLED
                                          : IMPORT_FAILED;
    if (status == KU_OK) job->progress = 1;
    job->doing[0] = '\0';
    job->version++;
    pthread_mutex_unlock(&job->home->lock);
}

static void work_on(import_job *job)
{
    ku_import_report report = {0};
    ku_error err = {0};
    ku_status status;
    if (atomic_load(&job->cancelled))
        status = ku_error_set(&err, KU_CANCELLED, NULL, "cancelled before it began");
    else
        status = import_now(job, &report, &err);
    finish(job, status, &report, &err);
}

static import_job *oldest_waiting(http_imports *imports)
{
    import_job *found = NULL;
    for (import_job *job = imports->first; job != NULL; job = job->next) {
        if (job->state == IMPORT_QUEUED) found = job;
    }
    return found;
}

static void *work(void *data)
{
    http_imports *imports = data;
    pthread_mutex_lock(&imports->lock);
    for (;;) {
        import_job *job = oldest_waiting(imports);
        if (job == NULL && imports->closing) break;
        if (job == NULL) {
            pthread_cond_wait(&imports->changed, &imports->lock);
            continue;
        }
        job->state = IMPORT_RUNNING;
        job->version++;
        pthread_mutex_unlock(&imports->lock);
        work_on(job);
        pthread_mutex_lock(&imports->lock);
    }
    pthread_mutex_unlock(&imports->lock);
    return NULL;
}

/* ---- life ------------------------------------------------------------------------------------------------ */

ku_status http_imports_new(ku_workspace *workspace, http_imports **out, ku_error *err)
{
    http_imports *imports = calloc(1, sizeof *imports);
    if (imports == NULL ||
        asprintf(&imports->rejects, "%s/rejects", ku_workspace_path(workspace)) < 0) {
        free(imports);
        return ku_error_set(err, KU_NO_MEMORY, NULL, "out of memory");
    }
    imports->workspace = workspace;
    pthread_mutex_init(&imports->lock, NULL);
    pthread_cond_init(&imports->changed, NULL);
    ku_status status = ku_folder_make(imports->rejects, 0700, err);
    if (status == KU_OK) {
        imports->threaded = pthread_create(&imports->thread, NULL, work, imports) == 0;
        if (!imports->threaded)
            status = ku_error_set(err, KU_NO_MEMORY, NULL, "no thread for imports");
    }
    if (status == KU_OK)
        *out = imports;
    else
        http_imports_free(imports);
    return status;
}

void http_imports_cancel_all(http_imports *imports)
{
    if (imports == NULL || !imports->threaded) return;
    pthread_mutex_lock(&imports->lock);
    imports->closing = true;
    for (import_job *job = imports->first; job != NULL; job = job->next) {
        if (!over(job->state)) atomic_store(&job->cancelled, true);
    }
    pthread_cond_signal(&imports->changed);
    pthread_mutex_unlock(&imports->lock);
    pthread_join(imports->thread, NULL);
    imports->threaded = false;
}

void http_imports_free(http_imports *imports)
{
    if (imports == NULL) return;
    http_imports_cancel_all(imports);
    while (imports->first != NULL) {
        import_job *job = imports->first;
        imports->first = job->next;
        ku_arena_free(job->arena);
        free(job);
    }
    pthread_cond_destroy(&imports->changed);
    pthread_mutex_destroy(&imports->lock);
    free(imports->rejects);
    free(imports);
}

/* The lock is held. */
static void forget_old(http_imports *imports)
{
    size_t ended = 0;
    for (import_job **link = &imports->first; *link != NULL;) {
        import_job *job = *link;
        if (!over(job->state) || ++ended <= KEPT) {
            link = &job->next;
            continue;
        }
        *link = job->next;
        imports->count--;
        ku_arena_free(job->arena);
        free(job);
    }
}

static size_t waiting(const http_imports *imports)
{
    size_t count = 0;
    for (const import_job *job = imports->first; job != NULL; job = job->next)
        count += !over(job->state);
    return count;
}

static import_job *new_job(http_imports *imports, const ku_import_options *options,
                           const char *const *files)
{
    unsigned char secret[6];
    import_job *job = calloc(1, sizeof *job);
    if (job == NULL) return NULL;
    job->arena = ku_arena_new();
    if (job->arena == NULL) {
        free(job);
        return NULL;
    }
    randombytes_buf(secret, sizeof secret);
    job->id[0] = 'i';
    sodium_bin2hex(job->id + 1, sizeof job->id - 1, secret, sizeof secret);
    job->home = imports;
    job->at = ku_now_micros();
    copy_options(job, options);
    job->files = copy_texts(job->arena, files, options->path_count);
    job->options.rejects_path = ku_arena_printf(job->arena, "%s/%s.csv", imports->rejects, job->id);
    job->options.progress = on_progress;
    job->options.progress_data = job;
    return job;
}

ku_status http_import_submit(http_imports *imports, const ku_import_options *options,
                             const char *const *files, char id[HTTP_IMPORT_ID], ku_error *err)
{
    import_job *job = new_job(imports, options, files);
    if (job == NULL) return ku_error_set(err, KU_NO_MEMORY, NULL, "out of memory");
    ku_text_copy(id, HTTP_IMPORT_ID, job->id);
    pthread_mutex_lock(&imports->lock);
    bool full = waiting(imports) >= WAITING_LIMIT || imports->closing;
    if (!full) {
        forget_old(imports);
        job->next = imports->first;
        imports->first = job;
        imports->count++;
        pthread_cond_signal(&imports->changed);
    }
    pthread_mutex_unlock(&imports->lock);
    if (!full) return KU_OK;
    ku_arena_free(job->arena);
    free(job);
    return ku_error_set(err, KU_BUSY, NULL, "%d imports wait already; try again when some are done",
                        WAITING_LIMIT);
}

ku_status http_import_cancel(http_imports *imports, const char *id, ku_error *err)
{
    pthread_mutex_lock(&imports->lock);
    import_job *job = find(imports, id);
    bool ended = job != NULL && over(job->state);
    if (job != NULL && !ended) atomic_store(&job->cancelled, true);
    pthread_mutex_unlock(&imports->lock);
    if (job == NULL)
        return ku_error_set(err, KU_NOT_FOUND, "path, id", "there is no import \"%.40s\" under way",
                            id);
    if (ended)
        return ku_error_set(err, KU_CONFLICT, "path, id",
                            "the import has ended; undo takes its rows out again");
    return KU_OK;
}

/* ---- telling --------------------------------------------------------------------------------------------- */

static json_t *counts_json(const ku_import_count *counts, size_t count)
{
    json_t *list = json_array();
    for (size_t i = 0; i < count; i++) {
        json_array_append_new(list, json_pack("{s:s, s:I}", "what", counts[i].what, "rows",
                                              (json_int_t)counts[i].rows));
    }
    return list;
}

static json_t *job_json(const import_job *job)
{
    static const char *const names[] = {[IMPORT_QUEUED] = "queued",
                                        [IMPORT_RUNNING] = "running",
                                        [IMPORT_DONE] = "done",
                                        [IMPORT_FAILED] = "failed",
                                        [IMPORT_CANCELLED] = "cancelled"};
    const ku_import_report *r = &job->report;
    return json_pack(
        "{s:s, s:s, s:b, s:s, s:o, s:f, s:o, s:I, s:I, s:I, s:I, s:o, s:o, s:b, s:f, s:o, s:o, "
        "s:b, s:o, s:o}",
        "id", job->id, "state", names[job->state], "dry_run", job->options.dry_run, "fact",
        job->options.fact->name, "files", http_json_texts((const char *const *)job->files),
        "progress", job->progress, "doing",
        http_json_text(job->doing[0] != '\0' ? job->doing : NULL), "read", (json_int_t)r->read,
        "added", (json_int_t)r->added, "already", (json_int_t)r->already, "refused",
        (json_int_t)r->refused, "flags", counts_json(r->flag, r->flag_count), "reasons",
        counts_json(r->reason, r->reason_count), "rejects", job->rejects != NULL, "seconds",
        r->seconds, "at", http_json_time(job->at), "actor", http_json_text(job->options.actor),
        "undone", job->undone, "failure", http_json_failure(&job->err), "batch",
        http_json_text(r->batch));
}

json_t *http_import_json(http_imports *imports, const char *id, uint64_t *version, bool *ended)
{
    json_t *json = NULL;
    pthread_mutex_lock(&imports->lock);
    const import_job *job = find(imports, id);
    if (job != NULL) {
        json = job_json(job);
        if (version != NULL) *version = job->version;
        if (ended != NULL) *ended = over(job->state);
    }
    pthread_mutex_unlock(&imports->lock);
    return json;
}

json_t *http_import_open(http_imports *imports)
{
    json_t *list = json_array();
    pthread_mutex_lock(&imports->lock);
    for (const import_job *job = imports->first; job != NULL; job = job->next) {
        if (!over(job->state) && !job->options.dry_run) json_array_append_new(list, job_json(job));
    }
    pthread_mutex_unlock(&imports->lock);
    return list;
}

const char *http_import_batch(http_imports *imports, const char *id, ku_arena *arena)
{
    pthread_mutex_lock(&imports->lock);
    const import_job *job = find(imports, id);
    const char *batch = job != NULL && over(job->state) ? copy(arena, job->report.batch) : NULL;
    pthread_mutex_unlock(&imports->lock);
    return batch;
}

void http_import_undone(http_imports *imports, const char *batch)
{
    pthread_mutex_lock(&imports->lock);
    for (import_job *job = imports->first; job != NULL; job = job->next) {
        if (!over(job->state) || job->report.batch == NULL) continue;
        if (strcmp(job->report.batch, batch) == 0) job->undone = true;
    }
    pthread_mutex_unlock(&imports->lock);
}

const char *http_import_rejects_path(http_imports *imports, const char *id, ku_arena *arena)
{
    pthread_mutex_lock(&imports->lock);
    const import_job *job = find(imports, id);
    const char *path = job != NULL ? copy(arena, job->rejects) : NULL;
    pthread_mutex_unlock(&imports->lock);
    if (job != NULL) return path;
    path = ku_arena_printf(arena, "%s/%s.csv", imports->rejects, id);
    return ku_file_exists(path) ? path : NULL;
}
