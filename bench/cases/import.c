/* import.c - bringing ten million sale lines from a CSV file into a bank on disk, with all
 * checks, against DuckDB's bare CREATE TABLE AS SELECT * FROM read_csv of the same file
 * into a database on disk. Each runs in a process of its own, so that its peak memory is
 * its own. KEMUDI_BENCH_ROWS sets another number of rows. */
#include <duckdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bank/import.h"
#include "base/date.h"
#include "base/text.h"

/* What a process measured, sent back through a pipe. */
typedef struct measured {
    double seconds;
    int64_t rows;
    long peak_kib;
} measured;

static int64_t rows_wanted(void)
{
    const char *text = getenv("KEMUDI_BENCH_ROWS");
    return text != NULL ? strtoll(text, NULL, 10) : 10000000;
}

static bool bare_query(const char *database, const char *sql, int64_t *rows)
{
    duckdb_database db;
    duckdb_connection connection;
    duckdb_result result;
    if (duckdb_open(database, &db) != DuckDBSuccess) return false;
    bool done = duckdb_connect(db, &connection) == DuckDBSuccess &&
                duckdb_query(connection, sql, &result) == DuckDBSuccess;
    if (!done) fprintf(stderr, "%s\n", duckdb_result_error(&result));
    if (done && rows != NULL) *rows = duckdb_value_int64(&result, 0, 0);
    duckdb_destroy_result(&result);
    duckdb_disconnect(&connection);
    duckdb_close(&db);
    return done;
}

static bool make_file(const char *folder, measured *m)
{
    ku_text sql = {0};
    ku_text_addf(&sql,
                 "COPY (SELECT TIMESTAMP '2018-01-01' + to_seconds(i * 15) AS time, 'O' || "
                 "(i // 3) AS order_id, CASE WHEN hash(i // 3) %% 10 > 0 THEN 'C' || (hash(i // 3) "
                 "%% 200000) END AS customer, 'P' || (hash(i * 7) %% 2000) AS product, 'G' || "
                 "(hash(i * 7) %% 20) AS product_group, ['shop', 'web', 'phone'][1 + i // 3 %% 3] "
                 "AS channel, 'B' || (i // 3 %% 40) AS outlet, ['north', 'south', 'east', 'west']"
                 "[1 + i // 3 %% 4] AS region, 1 + i %% 5 AS quantity, (hash(i) %% 10000 / 100.0)"
                 "::DECIMAL(10, 2) AS unit_price, ((1 + i %% 5) * (hash(i) %% 10000) / 100.0)"
                 "::DECIMAL(10, 2) AS amount, (hash(i) %% 5000 / 100.0)::DECIMAL(10, 2) AS cost, "
                 "0.00 AS discount FROM range(%lld) t(i)) TO '%s/sale.csv' (HEADER)",
                 (long long)rows_wanted(), folder);
    bool done = bare_query(NULL, ku_text_string(&sql), &m->rows);
    ku_text_clear(&sql);
    return done;
}

static bool run_bare(const char *folder, measured *m)
{
    ku_text sql = {0}, database = {0};
    ku_text_addf(&sql, "CREATE TABLE sale AS SELECT * FROM read_csv('%s/sale.csv')", folder);
    ku_text_addf(&database, "%s/bare.duckdb", folder);
    bool done = bare_query(ku_text_string(&database), ku_text_string(&sql), &m->rows);
    unlink(ku_text_string(&database));
    ku_text_clear(&sql);
    ku_text_clear(&database);
    return done;
}

static bool run_import(const char *folder, measured *m)
{
    char bank_path[512], file[512];
    const char *paths[] = {file};
    ku_bank *bank = NULL;
    ku_error err = {0};
    ku_import_report report;
    ku_arena *arena = ku_arena_new();
    snprintf(bank_path, sizeof bank_path, "%s/bank.duckdb", folder);
    snprintf(file, sizeof file, "%s/sale.csv", folder);
    const ku_import_options options = {
        .fact = ku_fact_find("sale"), .paths = paths, .path_count = 1};
    ku_status status = ku_bank_open(bank_path, NULL, &bank, &err);
    if (status == KU_OK) status = ku_import_run(bank, &options, arena, &report, &err);
    if (status != KU_OK) fprintf(stderr, "%s: %s\n", err.where, err.message);
    m->rows = status == KU_OK ? report.added : 0;
    ku_bank_close(bank);
    unlink(bank_path);
    ku_arena_free(arena);
    return status == KU_OK;
}

/* Runs the work in a child and times it from start to closed database. */
static bool in_child(bool (*work)(const char *, measured *), const char *folder, measured *m)
{
    int ends[2];
    if (pipe(ends) != 0) return false;
    pid_t pid = fork();
    if (pid == 0) {
        double began = ku_clock_seconds();
        struct rusage usage;
        bool done = work(folder, m);
        m->seconds = ku_clock_seconds() - began;
        getrusage(RUSAGE_SELF, &usage);
        m->peak_kib = usage.ru_maxrss;
        _exit(done && write(ends[1], m, sizeof *m) == sizeof *m ? 0 : 1);
    }
    close(ends[1]);
    bool done = pid > 0 && read(ends[0], m, sizeof *m) == sizeof *m;
    close(ends[0]);
    if (pid > 0) waitpid(pid, NULL, 0);
    return done;
}

int main(void)
{
    const char *folder = getenv("KEMUDI_SCRATCH");
    measured made = {0}, bare = {0}, warm = {0}, ours = {0};
    if (folder == NULL) return 2;
    /* The first reading only warms the file's pages; the two measured follow each other. */
    if (!in_child(make_file, folder, &made) || !in_child(run_bare, folder, &warm) ||
        !in_child(run_bare, folder, &bare) || !in_child(run_import, folder, &ours))
        return 1;
    if (ours.rows != rows_wanted()) return 1;
    const char *memory = rows_wanted() > 10000000 ? "<= 4096" : "<= 2048";
    printf("import of %.0f million sale lines\t%.1f\ts\t\tCSV, checked, into a bank on disk\n",
           (double)ours.rows / 1e6, ours.seconds);
    printf("the same, against DuckDB\t%.2f\tx\t<= 2\tbare CREATE TABLE AS SELECT: %.1f s\n",
           ours.seconds / bare.seconds, bare.seconds);
    printf("the same, peak memory\t%.0f\tMiB\t%s\tbare: %.0f MiB\n", (double)ours.peak_kib / 1024,
           memory, (double)bare.peak_kib / 1024);
    return 0;
}
