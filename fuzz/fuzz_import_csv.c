/* fuzz_import_csv.c - any bytes as a CSV or JSON lines file: looked at, mapped to the sale
 * fact, read to its end. Every row read is either handed over or refused, every text
 * handed over is UTF-8, and none of it reads or writes where it must not. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "bank/import/detect.h"
#include "bank/import/map.h"
#include "bank/import/rows.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define CAPACITY 64 /* small, so that inputs of a few lines fill several chunks */

static void check_texts(const ku_feed *feed, const ku_feed_chunk *chunk)
{
    for (size_t c = 0; c < feed->field_count; c++) {
        if (feed->field[c].type != KU_TEXT) continue;
        for (size_t r = 0; r < chunk->rows; r++) {
            const ku_span text = chunk->column[c].as.text[r];
            if ((chunk->column[c].validity[r / 64] >> (r % 64) & 1) == 0) continue;
            if (!ku_utf8_valid(text.at, text.length, NULL)) abort();
        }
    }
}

static void read_chunks(ku_rows *rows)
{
    static uint64_t value[KU_FIELD_LIMIT + 1][CAPACITY * 2];
    uint64_t validity[KU_FIELD_LIMIT + 1][1];
    ku_feed_column column[KU_FIELD_LIMIT + 1];
    const ku_feed *feed = ku_rows_feed(rows);
    ku_error err = {0};
    void *thread = NULL;
    int64_t handed_over = 0;
    if (feed->start(feed->data, &thread, &err) != KU_OK) return;
    ku_status status;
    ku_feed_chunk chunk = {CAPACITY, 0, column};
    do {
        for (size_t i = 0; i < feed->field_count; i++) {
            validity[i][0] = UINT64_MAX;
            column[i] = (ku_feed_column){{value[i]}, validity[i]};
        }
        status = feed->fill(feed->data, thread, &chunk, &err);
        if (status == KU_OK) check_texts(feed, &chunk);
        handed_over += (int64_t)chunk.rows;
    } while (status == KU_OK && chunk.rows > 0);
    feed->end(thread);
    const ku_tally *tally = ku_rows_tally(rows);
    if (status == KU_OK && tally->read != handed_over + tally->refused) abort();
}

static void read_file(const char *path, ku_arena *arena)
{
    const ku_fact *fact = ku_fact_find("sale");
    const ku_mapping mapping[] = {
        {"time", "column1"}, {"quantity", "column2"}, {"amount", "column3"}};
    const ku_mappings none = {NULL, 0}, by_place = {mapping, 3};
    const ku_import_options options = {.fact = fact};
    const char *how;
    const atomic_bool stop = false;
    ku_plan plan;
    ku_sample sample;
    ku_error err = {0};
    ku_import_match match[KU_FIELD_LIMIT];
    ku_rejects *rejects = NULL;
    ku_rows *rows = NULL;
    if (ku_detect_layout(&options, path, arena, arena, &plan, &sample, &err) != KU_OK) return;
    if (plan.format == KU_FORMAT_PARQUET || plan.format == KU_FORMAT_XLSX) return;
    if (ku_map_fields(fact, none, by_place, arena, &plan, match, &err) != KU_OK) return;
    if (ku_detect_style(&options, &sample, arena, &plan, &how, &err) != KU_OK) return;
    const ku_rows_setup setup = {.plan = &plan, .rejects = rejects, .stop = &stop};
    if (ku_rows_open(&setup, &rows, &err) == KU_OK) read_chunks(rows);
    ku_rows_free(rows);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static int fd = -1;
    char path[40];
    if (fd < 0) fd = memfd_create("fuzz", MFD_CLOEXEC);
    if (fd < 0 || ftruncate(fd, 0) != 0 || pwrite(fd, data, size, 0) != (ssize_t)size) abort();
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    ku_arena *arena = ku_arena_new();
    read_file(path, arena);
    ku_arena_free(arena);
    return 0;
}
