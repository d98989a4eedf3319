/* overview.c - sales.overview on a bank of ten million simulated sale lines: the whole
 * run, from the command to the recorded answer, against the same SQL run bare in the same
 * bank, by turns. */
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "bank/session.h"
#include "base/date.h"
#include "base/text.h"

enum { TURNS = 5, MOST_BINDS = 64 };

typedef struct bench {
    const ku_analysis *analysis;
    char workspace[256], data[256];
    ku_arena *arena;
    ku_bind binds[MOST_BINDS];
    size_t bind_count;
} bench;

/* ---- the program ------------------------------------------------------------------------- */

static void kemudi(const bench *b, const char *format, ...) KU_PRINTF(2, 3);
static void kemudi(const bench *b, const char *format, ...)
{
    extern char **environ;
    char *argv[24] = {getenv("KEMUDI")}, *rest = NULL;
    int count = 1, status;
    pid_t pid;
    posix_spawn_file_actions_t actions;
    va_list args;
    va_start(args, format);
    char *line = ku_arena_vprintf(b->arena, format, args);
    va_end(args);
    for (char *at = strtok_r(line, " ", &rest); at; at = strtok_r(NULL, " ", &rest))
        argv[count++] = at;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, 2, 1); /* standard output is the table's */
    if (posix_spawn(&pid, argv[0], &actions, NULL, argv, environ) != 0 ||
        waitpid(pid, &status, 0) != pid || status != 0) {
        fprintf(stderr, "kemudi %s failed\n", argv[1]);
        exit(1);
    }
    posix_spawn_file_actions_destroy(&actions);
}

static void prepare(const bench *b)
{
    static const char *const facts[] = {"product", "outlet", "channel", "customer", "sale"};
    kemudi(
        b,
        "simulate company --rows 10000000 --only sale,product,outlet,channel,customer --out %s -q",
        b->data);
    kemudi(b, "init -w %s -q", b->workspace);
    for (size_t i = 0; i < sizeof facts / sizeof *facts; i++)
        kemudi(b, "import %s %s/%s.csv -w %s -q --rejects /dev/null", facts[i], b->data, facts[i],
               b->workspace);
}

static double time_whole(const bench *b)
{
    double began = ku_clock_seconds();
    kemudi(b, "run sales.overview -w %s -q --out %s/out", b->workspace, b->data);
    return ku_clock_seconds() - began;
}

/* ---- bare ---------------------------------------------------------------------------------- */

static void bind_text(bench *b, const char *name, const char *value)
{
    b->binds[b->bind_count++] = (ku_bind){
        .name = name, .type = KU_TEXT, .null = value == NULL, .as.text = value};
}

static void bind_days(bench *b, const ku_frame *span)
{
    for (int32_t c = 0; c < span->columns; c++)
        b->binds[b->bind_count++] = (ku_bind){
            .name = ku_arena_printf(b->arena, "span_%s", span->column[c].name),
            .type = KU_DATE,
            .as.days = span->column[c].as.days[0]};
}

static ku_status run_bare(bench *b, ku_session *session, ku_error *err)
{
    b->bind_count = 0;
    b->binds[b->bind_count++] = (ku_bind){.name = "most", .type = KU_INT64, .as.i64 = 12};
    bind_text(b, "window", "quarter");
    bind_text(b, "period", "month");
    bind_text(b, "since", NULL);
    bind_text(b, "until", NULL);
    for (const ku_extract_spec *e = b->analysis->extracts; e->name; e++) {
        const char *path = ku_arena_printf(b->arena, "queries/duckdb/%s.sql", e->name);
        const char *sql = ku_arena_printf(b->arena, "CREATE TEMP TABLE %s AS (\n%s\n)", e->name,
                                          ku_analysis_file(b->analysis, path, NULL));
        KU_TRY(ku_session_exec(session, sql, b->binds, b->bind_count, NULL, err));
        if (strcmp(e->name, "span") != 0) continue;
        ku_frame *span;
        KU_TRY(ku_session_query(session, "span", "FROM span", NULL, 0, &span, err));
        bind_days(b, span);
        ku_frame_free(span);
    }
    return KU_OK;
}

static ku_status time_bare(bench *b, double *seconds, ku_error *err)
{
    const char *path = ku_arena_printf(b->arena, "%s/bank.duckdb", b->workspace);
    const ku_bank_options options = {.mode = KU_BANK_READ, .wait_ms = 10000};
    ku_bank *bank;
    ku_session *session = NULL;
    KU_TRY(ku_bank_open(path, &options, &bank, err));
    ku_status status = ku_session_open(bank, &session, err);
    double began = ku_clock_seconds();
    if (status == KU_OK) status = run_bare(b, session, err);
    *seconds = ku_clock_seconds() - began;
    ku_session_close(session);
    ku_bank_close(bank);
    return status;
}

/* ---- both ---------------------------------------------------------------------------------- */

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median(double *values)
{
    qsort(values, TURNS, sizeof *values, by_size);
    return values[TURNS / 2];
}

int main(void)
{
    const char *scratch = getenv("KEMUDI_SCRATCH");
    bench b = {.analysis = ku_analysis_find("sales.overview"), .arena = ku_arena_new()};
    double whole[TURNS], bare[TURNS], ratio[TURNS];
    ku_error err = {0};
    if (!scratch || !getenv("KEMUDI") || !b.analysis) return 2;
    snprintf(b.workspace, sizeof b.workspace, "%s/shop", scratch);
    snprintf(b.data, sizeof b.data, "%s/data", scratch);
    prepare(&b);
    time_whole(&b); /* the file system's cache is warm for both */
    for (int i = 0; i < TURNS; i++) {
        whole[i] = time_whole(&b);
        if (time_bare(&b, &bare[i], &err) != KU_OK) {
            fprintf(stderr, "%s: %s\n", err.where, err.message);
            return 1;
        }
        ratio[i] = whole[i] / bare[i];
    }
    printf("sales.overview, 10 million lines\t%.2f\ts\t\tmedian of %d whole runs\n", median(whole),
           TURNS);
    printf("sales.overview, against its bare SQL\t%.2f\tx\t<= 1.3\tby turns; bare: %.2f s\n",
           median(ratio), median(bare));
    ku_arena_free(b.arena);
    return 0;
}
