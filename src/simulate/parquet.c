/* parquet.c - turns the simulated CSV files into Parquet by the bank's engine, one after
 * the other, in an empty bank in memory. The types are those of the canonical facts. The
 * copy runs in a thread of its own, so that the caller's thread can show progress and stop
 * it. */
#include "simulate/stream_internal.h"

#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bank/session.h"

typedef struct copy_job {
    ku_session *session;
    const char *sql;
    ku_status status;
    ku_error error;
    atomic_bool done;
} copy_job;

static const ku_fact_column *find_column(const ku_fact *fact, const char *name, size_t length)
{
    for (const ku_fact_column *c = fact->columns; c->name != NULL; c++)
        if (strlen(c->name) == length && memcmp(c->name, name, length) == 0) return c;
    return NULL;
}

/* {'time': 'TIMESTAMP', ...} from the header and the fact's own types. */
static void add_types(ku_text *sql, const fact_file *file)
{
    const ku_fact *fact = ku_fact_find(file->name);
    assert(fact != NULL);
    const char *at = file->columns;
    ku_text_add(sql, "{");
    while (*at != '\0') {
        size_t length = strcspn(at, ",");
        const ku_fact_column *column = find_column(fact, at, length);
        assert(column != NULL);
        ku_sql_literal(sql, column->name);
        ku_text_add(sql, ": ");
        ku_sql_literal(sql, ku_sql_type(column->type));
        at += length;
        if (*at == ',') at++;
        if (*at != '\0') ku_text_add(sql, ", ");
    }
    ku_text_add(sql, "}");
}

static void add_copy(ku_text *sql, const fact_file *file, const char *from, const char *to)
{
    ku_text_add(sql, "COPY (SELECT * FROM read_csv(");
    ku_sql_literal(sql, from);
    ku_text_add(sql, ", header = true, auto_detect = false, delim = ',', quote = '\"', "
                     "escape = '\"', columns = ");
    add_types(sql, file);
    ku_text_add(sql, ")) TO ");
    ku_sql_literal(sql, to);
    ku_text_add(sql, " (FORMAT parquet, COMPRESSION zstd)");
}

static void *run_copy(void *data)
{
    copy_job *job = data;
    job->status = ku_session_exec(job->session, job->sql, NULL, 0, NULL, &job->error);
    atomic_store(&job->done, true);
    return NULL;
}

/* Runs the statement, telling the plan meanwhile. */
static ku_status copy_with_progress(plan *p, ku_session *session, const char *sql, double done,
                                    ku_error *err)
{
    copy_job job = {.session = session, .sql = sql};
    pthread_t thread;
    if (pthread_create(&thread, NULL, run_copy, &job) != 0)
        return ku_error_errno(err, EAGAIN, NULL, "starting a thread");
    ku_status told = KU_OK;
    while (!atomic_load(&job.done)) {
        if (told == KU_OK) told = ku_sim_plan_tell(p, done, "packing Parquet files", err);
        if (told != KU_OK) ku_session_interrupt(session);
        nanosleep(&(struct timespec){.tv_nsec = 5000000}, NULL);
    }
    pthread_join(thread, NULL);
    if (told != KU_OK) return told;
    if (job.status != KU_OK && err != NULL) *err = job.error;
    return job.status;
}

static ku_status pack(plan *p, ku_session *session, int f, out_file *file, ku_error *err)
{
    char from[PATH_ROOM], to[PATH_ROOM];
    ku_sim_stream_path(from, p->folder, ku_sim_fact_files[f].name, "csv");
    ku_sim_stream_path(to, p->folder, ku_sim_fact_files[f].name, "parquet");
    ku_text sql = {0};
    add_copy(&sql, &ku_sim_fact_files[f], from, to);
    ku_status status = ku_text_check(&sql, err);
    if (status == KU_OK) status = copy_with_progress(p, session, ku_text_string(&sql), 0.99, err);
    ku_text_clear(&sql);
    if (status != KU_OK) return status;
    struct stat about;
    if (unlink(from) != 0 || stat(to, &about) != 0)
        return ku_error_errno(err, errno, to, "packing the file");
    file->bytes = about.st_size;
    return KU_OK;
}

ku_status ku_sim_parquet_company(plan *p, out_file files[FACT_FILES], ku_error *err)
{
    ku_bank_options options = {
        .mode = KU_BANK_WRITE, .memory_limit = UINT64_C(1) << 30, .threads = p->threads};
    ku_bank *bank = NULL;
    ku_session *session = NULL;
    ku_status status = ku_bank_open(NULL, &options, &bank, err);
    if (status == KU_OK) status = ku_session_open(bank, &session, err);
    for (int f = 0; status == KU_OK && f < FACT_FILES; f++)
        if (files[f].wanted) status = pack(p, session, f, &files[f], err);
    ku_session_close(session);
    ku_bank_close(bank);
    return status;
}
