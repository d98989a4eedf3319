/* test_open.c - opening the bank: made when it is not there, kept when its writer dies,
 * waited for when another holds it, refused when it is damaged; and what it says of itself. */
#include "bank/support.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/date.h"

typedef struct place {
    char folder[64];
    char path[128];
} place;

static int place_new(void **state)
{
    place *p = calloc(1, sizeof *p);
    folder_new(p->folder);
    snprintf(p->path, sizeof p->path, "%s/bank.duckdb", p->folder);
    *state = p;
    return 0;
}

static int place_end(void **state)
{
    place *p = *state;
    folder_end(p->folder);
    free(p);
    return 0;
}

static ku_bank *open_bank(const place *p, ku_bank_mode mode)
{
    ku_bank *bank = NULL;
    const ku_bank_options options = {.mode = mode, .threads = 2};
    assert_ok(ku_bank_open, p->path, &options, &bank);
    return bank;
}

static void add_event(ku_bank *bank, int batch)
{
    ku_session *s = NULL;
    const ku_bind bind = {.name = "batch", .type = KU_INT64, .as.i64 = batch};
    assert_ok(ku_session_open, bank, &s);
    assert_ok(ku_session_exec, s,
              "INSERT INTO calendar (date, event, batch) VALUES (DATE '2024-01-01' + $batch::INT, "
              "'event', $batch)",
              &bind, 1, NULL);
    ku_session_close(s);
}

static int64_t events_in(ku_bank *bank)
{
    ku_frame *f = NULL;
    assert_ok(ku_bank_query, bank, "q", "SELECT count(*) AS n FROM calendar", NULL, 0, &f);
    int64_t n = int_at(f, "n", 0);
    ku_frame_free(f);
    return n;
}

/* A child that opens the bank, tells so, and holds it until it is killed. */
static pid_t child_holds(const place *p, ku_bank_mode mode)
{
    int ready[2];
    assert_int_equal(pipe(ready), 0);
    pid_t child = fork();
    if (child == 0) {
        ku_bank *bank = NULL;
        ku_error err = {0};
        const ku_bank_options options = {.mode = mode};
        if (ku_bank_open(p->path, &options, &bank, &err) != KU_OK) _exit(1);
        if (mode == KU_BANK_WRITE) add_event(bank, 1);
        if (write(ready[1], "x", 1) != 1) _exit(1);
        for (;;) pause();
    }
    char byte;
    close(ready[1]);
    assert_int_equal(read(ready[0], &byte, 1), 1);
    close(ready[0]);
    return child;
}

static void kill_child(pid_t child)
{
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
}

static void a_bank_is_made_and_kept(void **state)
{
    place *p = *state;
    ku_bank *bank = open_bank(p, KU_BANK_WRITE);
    add_event(bank, 1);
    ku_bank_close(bank);
    bank = open_bank(p, KU_BANK_READ);
    assert_int_equal(events_in(bank), 1);
    ku_session *s = NULL;
    ku_error err = {0};
    assert_ok(ku_session_open, bank, &s);
    assert_true(ku_session_exec(s, "DELETE FROM calendar", NULL, 0, NULL, &err) != KU_OK);
    assert_true(ku_session_exec(s, "SET threads = 1", NULL, 0, NULL, &err) != KU_OK);
    ku_session_close(s);
    ku_bank_close(bank);
    bank = open_bank(p, KU_BANK_WRITE);
    assert_int_equal(events_in(bank), 1);
    ku_bank_close(bank);
}

static void reading_wants_a_bank(void **state)
{
    place *p = *state;
    ku_bank *bank = NULL;
    ku_error err = {0};
    const ku_bank_options options = {.mode = KU_BANK_READ};
    ku_bank_open(p->path, &options, &bank, &err);
    assert_says(&err, KU_NOT_FOUND, p->path, "");
    assert_false(ku_file_exists(p->path));
    ku_bank_open(p->folder, &options, &bank, &err);
    assert_says(&err, KU_BAD_DATA, p->folder, "must be a file");
    assert_null(bank);
}

static void damaged_and_foreign_files_are_refused(void **state)
{
    place *p = *state;
    ku_bank *bank = NULL;
    ku_error err = {0};
    char noise[20000];
    for (size_t i = 0; i < sizeof noise; i++) noise[i] = (char)(i * 31 % 251);
    assert_ok(ku_file_write, p->path, noise, sizeof noise, 0600);
    ku_bank_open(p->path, NULL, &bank, &err);
    assert_says(&err, KU_BAD_DATA, p->path, "damaged or is not a bank");
    char *kept = NULL;
    size_t length = 0;
    ku_arena *arena = ku_arena_new();
    assert_ok(ku_file_read, p->path, sizeof noise, arena, &kept, &length);
    assert_int_equal(length, sizeof noise);
    assert_memory_equal(kept, noise, sizeof noise);
    ku_arena_free(arena);
    assert_null(bank);
}

static void a_damaged_block_is_found_out(void **state)
{
    place *p = *state;
    ku_bank *bank = open_bank(p, KU_BANK_WRITE);
    add_event(bank, 1);
    ku_bank_close(bank);
    FILE *file = fopen(p->path, "r+b");
    assert_non_null(file);
    for (long at = 4096; at < 12288; at += 64) { /* both copies of the header */
        fseek(file, at, SEEK_SET);
        fputc(0x5a, file);
    }
    fclose(file);
    ku_error err = {0};
    assert_true(ku_bank_open(p->path, NULL, &bank, &err) != KU_OK);
    assert_says(&err, KU_BAD_DATA, p->path, "damaged");
}

static void a_newer_bank_is_left_alone(void **state)
{
    place *p = *state;
    ku_bank *bank = open_bank(p, KU_BANK_WRITE);
    ku_session *s = NULL;
    assert_ok(ku_session_open, bank, &s);
    assert_ok(ku_session_exec, s, "INSERT INTO migration VALUES (9999, '9999_later.sql')", NULL, 0,
              NULL);
    ku_session_close(s);
    ku_bank_close(bank);
    ku_error err = {0};
    ku_bank_open(p->path, NULL, &bank, &err);
    assert_says(&err, KU_CONFLICT, p->path, "newer program");
}

static void an_older_bank_is_brought_up_to_date_even_for_reading(void **state)
{
    place *p = *state;
    ku_bank *bank = open_bank(p, KU_BANK_WRITE);
    ku_session *s = NULL;
    assert_ok(ku_session_open, bank, &s);
    assert_ok(ku_session_exec, s,
              "CREATE TABLE kept AS SELECT table_name FROM duckdb_tables(); "
              "DELETE FROM migration; DROP VIEW customer",
              NULL, 0, NULL);
    ku_frame *f = NULL;
    assert_ok(
        ku_session_query, s, "q",
        "SELECT string_agg('DROP ' || CASE kind WHEN 'BASE TABLE' THEN 'TABLE' ELSE kind END "
        "|| ' \"' || name || '\"', '; ' ORDER BY kind DESC) AS sql FROM (SELECT table_name AS "
        "name, table_type AS kind FROM information_schema.tables WHERE table_name NOT IN "
        "('migration', 'kept'))",
        NULL, 0, &f);
    ku_arena *arena = ku_arena_new();
    assert_ok(ku_session_exec, s, ku_column_text(&f->column[0], 0, arena), NULL, 0, NULL);
    ku_arena_free(arena);
    ku_frame_free(f);
    ku_session_close(s);
    ku_bank_close(bank);
    bank = open_bank(p, KU_BANK_READ);
    assert_int_equal(events_in(bank), 0);
    ku_bank_close(bank);
}

/* A bank as it was before people's traits and kept segments: its customers are still there,
 * with nothing known of what was not asked for then. */
static void customers_of_an_older_bank_are_kept(void **state)
{
    place *p = *state;
    ku_bank *bank = open_bank(p, KU_BANK_WRITE);
    ku_session *s = NULL;
    assert_ok(ku_session_open, bank, &s);
    assert_ok(ku_session_exec, s,
              "DELETE FROM migration WHERE number >= 3; DROP TABLE segment; DROP TABLE experiment; "
              "DROP VIEW customer; DROP TABLE customer_rows; CREATE TABLE customer_rows (customer "
              "VARCHAR NOT NULL, "
              "name VARCHAR, type VARCHAR, segment VARCHAR, region VARCHAR, city VARCHAR, outlet "
              "VARCHAR, channel VARCHAR, since DATE, contact_allowed BOOLEAN, batch BIGINT NOT "
              "NULL); CREATE VIEW customer AS SELECT * FROM customer_rows; INSERT INTO "
              "customer_rows (customer, city, contact_allowed, batch) VALUES ('a', 'Bonn', true, "
              "1), ('b', 'Kiel', false, 1), ('a', 'Mainz', false, 2)",
              NULL, 0, NULL);
    ku_session_close(s);
    ku_bank_close(bank);
    bank = open_bank(p, KU_BANK_WRITE);
    ku_frame *f = NULL;
    assert_ok(ku_bank_query, bank, "q",
              "SELECT customer, city, contact_allowed, birth_year, gender, batch FROM customer "
              "ORDER BY customer",
              NULL, 0, &f);
    assert_int_equal(f->rows, 2);
    assert_text_at(f, "city", 0, "Mainz");
    assert_text_at(f, "city", 1, "Kiel");
    assert_false(ku_column_bool(ku_frame_column(f, "contact_allowed"), 0));
    assert_int_equal(int_at(f, "batch", 0), 2);
    assert_int_equal(ku_frame_column(f, "birth_year")->nulls, 2);
    assert_int_equal(ku_frame_column(f, "gender")->nulls, 2);
    ku_frame_free(f);
    ku_bank_close(bank);
}

static void what_a_killed_writer_had_committed_is_there(void **state)
{
    place *p = *state;
    pid_t child = child_holds(p, KU_BANK_WRITE);
    kill_child(child);
    ku_bank *bank = open_bank(p, KU_BANK_READ);
    assert_int_equal(events_in(bank), 1);
    ku_bank_close(bank);
    bank = open_bank(p, KU_BANK_WRITE);
    assert_int_equal(events_in(bank), 1);
    ku_bank_close(bank);
}

static void a_writer_keeps_others_out_and_is_named(void **state)
{
    place *p = *state;
    pid_t child = child_holds(p, KU_BANK_WRITE);
    char process[32];
    snprintf(process, sizeof process, "process %d (", (int)child);
    for (int mode = KU_BANK_READ; mode <= KU_BANK_WRITE; mode++) {
        ku_bank *bank = NULL;
        ku_error err = {0};
        const ku_bank_options options = {.mode = (ku_bank_mode)mode, .wait_ms = 200};
        double began = ku_clock_seconds();
        ku_bank_open(p->path, &options, &bank, &err);
        double waited = ku_clock_seconds() - began;
        assert_says(&err, KU_BUSY, p->path, process);
        assert_true(waited >= 0.19 && waited < 5);
    }
    kill_child(child);
}

static void waiting_ends_when_the_bank_is_free(void **state)
{
    place *p = *state;
    pid_t child = child_holds(p, KU_BANK_WRITE);
    pid_t killer = fork();
    if (killer == 0) {
        usleep(300000);
        kill(child, SIGKILL);
        _exit(0);
    }
    ku_bank *bank = NULL;
    const ku_bank_options options = {.mode = KU_BANK_WRITE, .wait_ms = 20000};
    assert_ok(ku_bank_open, p->path, &options, &bank);
    assert_int_equal(events_in(bank), 1);
    ku_bank_close(bank);
    waitpid(killer, NULL, 0);
    waitpid(child, NULL, 0);
}

static void readers_share_and_keep_writers_out(void **state)
{
    place *p = *state;
    ku_bank_close(open_bank(p, KU_BANK_WRITE));
    pid_t child = child_holds(p, KU_BANK_READ);
    ku_bank *bank = open_bank(p, KU_BANK_READ);
    assert_int_equal(events_in(bank), 0);
    ku_bank_close(bank);
    ku_error err = {0};
    ku_bank_open(p->path, NULL, &bank, &err);
    assert_says(&err, KU_BUSY, p->path, "in use by process");
    kill_child(child);
}

static void one_process_does_not_open_it_twice_for_writing(void **state)
{
    place *p = *state;
    ku_bank *bank = open_bank(p, KU_BANK_WRITE), *second = NULL;
    ku_error err = {0};
    ku_bank_open(p->path, NULL, &second, &err);
    assert_says(&err, KU_BUSY, p->path, "in use");
    assert_null(second);
    add_event(bank, 1);
    ku_bank_close(bank);
}

static void limits_are_set_and_held(void **state)
{
    place *p = *state;
    ku_bank *bank = NULL;
    const ku_bank_options options = {
        .mode = KU_BANK_WRITE, .memory_limit = UINT64_C(64) << 20, .threads = 1};
    assert_ok(ku_bank_open, p->path, &options, &bank);
    ku_frame *f = NULL;
    assert_ok(ku_bank_query, bank, "q",
              "SELECT current_setting('threads')::BIGINT AS threads, "
              "current_setting('memory_limit') AS memory, "
              "current_setting('temp_directory') AS temp",
              NULL, 0, &f);
    assert_int_equal(int_at(f, "threads", 0), 1);
    assert_text_at(f, "memory", 0, "64.0 MiB");
    ku_frame_free(f);
    ku_error err = {0};
    ku_bank_query(bank, "q", "SELECT length(string_agg(i::VARCHAR, ',')) FROM range(60000000) t(i)",
                  NULL, 0, &f, &err);
    assert_int_equal(err.code, KU_LIMIT);
    ku_bank_close(bank);
}

static void it_tells_what_it_holds(void **state)
{
    place *p = *state;
    ku_bank *bank = open_bank(p, KU_BANK_WRITE);
    add_event(bank, 1);
    add_event(bank, 3);
    ku_fact_count counts[64];
    size_t count = 0, facts;
    ku_facts(&facts);
    assert_ok(ku_bank_counts, bank, counts, 64, &count);
    assert_int_equal(count, facts);
    for (size_t i = 0; i < count; i++) {
        bool calendar = strcmp(counts[i].fact->name, "calendar") == 0;
        assert_int_equal(counts[i].rows, calendar ? 2 : 0);
        assert_true(counts[i].dated == calendar);
        if (!calendar) continue;
        assert_true(counts[i].first == ku_date_from_civil(2024, 1, 2) * KU_DAY_MICROS);
        assert_true(counts[i].last == ku_date_from_civil(2024, 1, 4) * KU_DAY_MICROS);
    }
    assert_ok(ku_bank_counts, bank, counts, 3, &count);
    assert_int_equal(count, 3);
    ku_bank_close(bank);
}

static void its_rows_can_be_looked_up(void **state)
{
    place *p = *state;
    ku_bank *bank = open_bank(p, KU_BANK_WRITE);
    const ku_fact *fact = ku_fact_find("calendar");
    ku_frame *f = NULL;
    ku_error err = {0};
    add_event(bank, 1);
    add_event(bank, 3);
    assert_ok(ku_bank_rows, bank, fact, NULL, 0, 0, 10, &f);
    assert_int_equal(f->rows, 2);
    assert_true(f->column[0].as.days[0] > f->column[0].as.days[1]); /* the latest first */
    ku_frame_free(f);
    assert_ok(ku_bank_rows, bank, fact, NULL, 0, 1, 10, &f);
    assert_int_equal(f->rows, 1);
    ku_frame_free(f);
    ku_row_filter filters[] = {{"date", "2024-01-02"}, {"event", "nothing'; DROP"}};
    assert_ok(ku_bank_rows, bank, fact, filters, 1, 0, 10, &f);
    assert_int_equal(f->rows, 1);
    ku_frame_free(f);
    assert_ok(ku_bank_rows, bank, fact, filters, 2, 0, 10, &f);
    assert_int_equal(f->rows, 0);
    ku_frame_free(f);
    filters[0].column = "nobody";
    assert_int_equal(ku_bank_rows(bank, fact, filters, 1, 0, 10, &f, &err), KU_USAGE);
    assert_string_equal(err.where, "nobody");
    ku_bank_close(bank);
}

static void its_state_rises_with_every_change(void **state)
{
    place *p = *state;
    ku_bank *bank = open_bank(p, KU_BANK_WRITE);
    ku_session *s = NULL;
    ku_bank_state at[4];
    assert_ok(ku_bank_state_get, bank, &at[0]);
    assert_int_equal(at[0].number, 0);
    assert_int_equal(at[0].at, 0);
    static const char *const changes[] = {
        "INSERT INTO batch VALUES (1, 'sale', 'a.csv', 'x', NULL, '2026-11-23 10:00:00', 1, 1, 0, "
        "0, NULL, NULL)",
        "INSERT INTO batch VALUES (2, 'sale', 'b.csv', 'y', NULL, '2026-11-23 11:00:00', 1, 1, 0, "
        "0, NULL, NULL)",
        "UPDATE batch SET undone_at = '2026-11-23 12:00:00' WHERE batch = 1",
    };
    assert_ok(ku_session_open, bank, &s);
    for (int i = 0; i < 3; i++) {
        assert_ok(ku_session_exec, s, changes[i], NULL, 0, NULL);
        assert_ok(ku_bank_state_get, bank, &at[i + 1]);
        assert_int_equal(at[i + 1].number, i + 1);
        assert_true(at[i + 1].at == ku_date_from_civil(2026, 11, 23) * KU_DAY_MICROS +
                                        (10 + i) * INT64_C(3600000000));
    }
    ku_session_close(s);
    ku_bank_close(bank);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, place_new, place_end)
    const struct CMUnitTest tests[] = {
        TEST(a_bank_is_made_and_kept),
        TEST(reading_wants_a_bank),
        TEST(damaged_and_foreign_files_are_refused),
        TEST(a_damaged_block_is_found_out),
        TEST(a_newer_bank_is_left_alone),
        TEST(an_older_bank_is_brought_up_to_date_even_for_reading),
        TEST(customers_of_an_older_bank_are_kept),
        TEST(what_a_killed_writer_had_committed_is_there),
        TEST(a_writer_keeps_others_out_and_is_named),
        TEST(waiting_ends_when_the_bank_is_free),
        TEST(readers_share_and_keep_writers_out),
        TEST(one_process_does_not_open_it_twice_for_writing),
        TEST(limits_are_set_and_held),
        TEST(it_tells_what_it_holds),
        TEST(its_rows_can_be_looked_up),
        TEST(its_state_rises_with_every_change),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
