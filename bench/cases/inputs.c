/* inputs.c - how long an analysis waits for its input: 3,003 series of 80 rows, and ten
 * million rows of sales, from CSV files, against DuckDB's bare reading of the same file. */
#include <sys/resource.h>

#include "bank/session.h"
#include "base/date.h"
#include "base/text.h"

static ku_status no_run(const ku_frames *in, const ku_params *params, ku_run_context *context,
                        ku_frames *out, ku_error *err)
{
    (void)in, (void)params, (void)context, (void)out, (void)err;
    return KU_OK;
}

static const ku_column_spec series_columns[] = {
    {.name = "series", .type = KU_TEXT, .required = true},
    {.name = "date", .type = KU_DATE, .required = true},
    {.name = "value", .type = KU_DOUBLE, .required = true},
    {.name = NULL}};

static const ku_column_spec sale_columns[] = {
    {.name = "time", .type = KU_TIMESTAMP, .required = true},
    {.name = "order_id", .type = KU_TEXT},
    {.name = "customer", .type = KU_TEXT},
    {.name = "product", .type = KU_TEXT},
    {.name = "channel", .type = KU_TEXT},
    {.name = "quantity", .type = KU_DOUBLE, .required = true},
    {.name = "amount", .type = KU_DOUBLE, .required = true},
    {.name = NULL}};

static const struct {
    const char *name, *file, *make, *read;
    const ku_column_spec *columns;
    const char *target;
} cases[] = {
    {"input of 3,003 series x 80 rows", "series.csv",
     "SELECT 's' || (i % 3003) AS series, DATE '1990-01-01' + (i // 3003)::INT AS date, "
     "(hash(i) % 100000) / 100.0 AS value FROM range(240240) t(i)",
     "CREATE TEMP TABLE bare AS SELECT * FROM read_csv('%s', columns = {'series': 'VARCHAR', "
     "'date': 'DATE', 'value': 'DOUBLE'})",
     series_columns, ""},
    {"input of 10 million sale lines", "sale.csv",
     "SELECT TIMESTAMP '2020-01-01' + to_seconds(i * 12) AS time, 'o' || (i // 3) AS order_id, "
     "'c' || (hash(i // 3) % 500000) AS customer, 'p' || (hash(i) % 3000) AS product, "
     "['web', 'shop', 'phone'][1 + i % 3] AS channel, 1 + i % 4 AS quantity, "
     "(hash(i) % 10000) / 100.0 AS amount FROM range(10000000) t(i)",
     "CREATE TEMP TABLE bare AS SELECT * FROM read_csv('%s', columns = {'time': 'TIMESTAMP', "
     "'order_id': 'VARCHAR', 'customer': 'VARCHAR', 'product': 'VARCHAR', 'channel': 'VARCHAR', "
     "'quantity': 'DOUBLE', 'amount': 'DOUBLE'})",
     sale_columns, ""},
};

static ku_status timed_exec(ku_bank *bank, const char *sql, double *seconds, ku_error *err)
{
    ku_session *session;
    KU_TRY(ku_session_open(bank, &session, err));
    double began = ku_clock_seconds();
    ku_status status = ku_session_exec(session, sql, NULL, 0, NULL, err);
    *seconds = ku_clock_seconds() - began;
    ku_session_close(session);
    return status;
}

static ku_status timed_inputs(ku_bank *bank, size_t which, const char *path, double *seconds,
                              ku_error *err)
{
    const ku_table_spec tables[] = {{.name = "t", .columns = cases[which].columns}, {.name = NULL}};
    const ku_analysis analysis = {.id = "bench.inputs", .inputs = tables, .run = no_run};
    const ku_table_file file = {.table = "t", .path = path};
    ku_params *params = NULL;
    ku_frames frames;
    ku_arena *arena = ku_arena_new();
    ku_frames_init(&frames);
    double began = ku_clock_seconds();
    ku_status status = ku_params_parse(&analysis, NULL, 0, arena, &params, err);
    if (status == KU_OK) status = ku_bank_inputs(bank, &analysis, params, &file, 1, &frames, err);
    *seconds = ku_clock_seconds() - began;
    ku_frames_clear(&frames);
    ku_arena_free(arena);
    return status;
}

static ku_status measure(ku_bank *bank, const char *folder, size_t which, ku_error *err)
{
    char path[512];
    double ignored, bare, ours;
    snprintf(path, sizeof path, "%s/%s", folder, cases[which].file);
    ku_text sql = {0};
    ku_text_addf(&sql, "COPY (%s) TO '%s' (HEADER)", cases[which].make, path);
    KU_TRY(timed_exec(bank, ku_text_string(&sql), &ignored, err));
    ku_text_empty(&sql);
    const char *hole = strstr(cases[which].read, "%s");
    ku_text_addn(&sql, cases[which].read, (size_t)(hole - cases[which].read));
    ku_text_add(&sql, path);
    ku_text_add(&sql, hole + 2);
    ku_status status = timed_exec(bank, ku_text_string(&sql), &bare, err);
    ku_text_clear(&sql);
    KU_TRY(status);
    KU_TRY(timed_inputs(bank, which, path, &ours, err));
    printf("%s\t%.2f\ts\t\tfrom CSV to frames\n", cases[which].name, ours);
    printf("%s, against DuckDB\t%.2f\tx\t%s\tbare CREATE TABLE AS SELECT: %.2f s\n",
           cases[which].name, ours / bare, cases[which].target, bare);
    return KU_OK;
}

int main(void)
{
    const char *folder = getenv("KEMUDI_SCRATCH");
    const ku_bank_options options = {.mode = KU_BANK_WRITE, .temp_dir = folder};
    ku_bank *bank = NULL;
    ku_error err = {0};
    ku_status status = ku_bank_open(NULL, &options, &bank, &err);
    for (size_t i = 0; status == KU_OK && i < sizeof cases / sizeof *cases; i++)
        status = measure(bank, folder != NULL ? folder : "/tmp", i, &err);
    ku_bank_close(bank);
    if (status != KU_OK) {
        fprintf(stderr, "%s: %s\n", err.where, err.message);
        return ku_status_exit(status);
    }
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    printf("peak memory of these inputs\t%.2f\tGiB\t<= 4\tfile, table and frames together\n",
           (double)usage.ru_maxrss / (1 << 20));
    return 0;
}
