/* scale.c - demand.forecast over many series of 156 weeks from one file: does time grow with
 * the number of series and not faster, does memory stop growing? KEMUDI_BENCH_SERIES names
 * the larger number (1,000,000 takes a file of 4 GB and about as much scratch space). */
#include <sys/resource.h>
#include <unistd.h>

#include "bank/session.h"
#include "base/date.h"
#include "base/format.h"
#include "base/number.h"
#include "base/text.h"
#include "runs/run.h"

enum { WEEKS = 156, SERIES = 100000, FEWER = 10 };

typedef struct measured {
    double seconds, worker; /* peak MiB of the largest worker */
    int64_t rows;
} measured;

/* Series with a level, a trend and a season of their own, in the order of the weeks, as a
 * till exports them. */
static ku_status make_file(const char *path, int64_t series, ku_error *err)
{
    ku_bank *bank;
    ku_session *session;
    ku_text sql = {0};
    const ku_bank_options options = {.mode = KU_BANK_WRITE, .temp_dir = getenv("KEMUDI_SCRATCH")};
    ku_text_addf(&sql,
                 "COPY (SELECT 'product ' || (i %% %lld) AS series, DATE '2021-01-04' + "
                 "7 * (i // %lld)::INT AS date, round(50 + (i %% %lld) %% 97 + 10 * "
                 "sin((i // %lld) / 8.3) + (hash(i) %% 2000) / 100.0, 1) AS value "
                 "FROM range(%lld) t(i)) TO '%s' (HEADER)",
                 (long long)series, (long long)series, (long long)series, (long long)series,
                 (long long)series * WEEKS, path);
    KU_TRY(ku_bank_open(NULL, &options, &bank, err));
    ku_status status = ku_session_open(bank, &session, err);
    if (status == KU_OK) {
        status = ku_session_exec(session, ku_text_string(&sql), NULL, 0, NULL, err);
        ku_session_close(session);
    }
    ku_bank_close(bank);
    ku_text_clear(&sql);
    return status;
}

static ku_status forecast(const char *path, measured *m, ku_error *err)
{
    ku_param_text params[] = {{"model", "ANN"}, {"horizon", "13"}, {"course", "false"}};
    ku_table_file file = {"series", path};
    ku_run_request request = {.analysis = ku_analysis_find("demand.forecast"),
                              .params = params,
                              .param_count = sizeof params / sizeof *params,
                              .files = &file,
                              .file_count = 1,
                              .seconds = 36000,
                              .seed = 1};
    ku_run_record record;
    ku_frames out;
    ku_arena *arena = ku_arena_new();
    ku_frames_init(&out);
    double begun = ku_clock_seconds();
    ku_status status = ku_run_now(NULL, &request, NULL, NULL, arena, &record, &out, err);
    if (status == KU_OK) {
        m->rows = ku_frames_find(&out, "forecast")->rows;
        m->worker = (double)record.peak_bytes / (1 << 20);
    }
    m->seconds = ku_clock_seconds() - begun;
    ku_frames_clear(&out);
    ku_arena_free(arena);
    return status;
}

static ku_status measure(const char *folder, int64_t series, measured *m, ku_error *err)
{
    char path[512], count[KU_NUMBER_TEXT], rows[KU_NUMBER_TEXT];
    ku_format_int(count, series, NULL);
    snprintf(path, sizeof path, "%s/series.csv", folder);
    KU_TRY(make_file(path, series, err));
    ku_status status = forecast(path, m, err);
    unlink(path);
    KU_TRY(status);
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    printf("%s series of %d weeks\t%.1f\ts\t\tfrom CSV to %s rows of forecast, one model\n", count,
           WEEKS, m->seconds, ku_format_int(rows, m->rows, NULL));
    printf("%s series, memory of the worker\t%.0f\tMiB\t<= 1024\tthe largest of the parts\n", count,
           m->worker);
    printf("%s series, memory of the program\t%.0f\tMiB\t<= 3072\treading, sorting, joining\n",
           count, (double)usage.ru_maxrss / 1024);
    return KU_OK;
}

int main(int argc, char **argv)
{
    int fd;
    if (ku_worker_asked(argc, argv, &fd)) return ku_worker_main(fd, NULL);
    const char *folder = getenv("KEMUDI_SCRATCH"), *named = getenv("KEMUDI_BENCH_SERIES");
    int64_t most = SERIES;
    ku_error err = {0};
    measured few = {0}, many = {0};
    if (folder == NULL) folder = "/var/tmp";
    ku_status status = named != NULL ? ku_parse_int(named, strlen(named), &most, &err) : KU_OK;
    if (status == KU_OK) status = measure(folder, most / FEWER, &few, &err);
    if (status == KU_OK) status = measure(folder, most, &many, &err);
    if (status != KU_OK) {
        fprintf(stderr, "%s: %s\n", err.where, err.message);
        return ku_status_exit(status);
    }
    printf("time a series, against a tenth of them\t%.2f\tx\t<= 1.5\tlinear is 1\n",
           many.seconds / few.seconds / FEWER);
    return 0;
}
