/* fuzz_wide_media.c - wide tables of media with any columns: how columns are recognised, the
 * grids and the checks made from them. Whatever comes, there is an answer or a sentence. */
#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "analyses/returns/data.h"

enum { COLUMNS_MOST = 12, ROWS_MOST = 40 };

static const char *const ends[] = {"_spend", "_impression", "_reach", "_frequency", "_S",
                                   "_I",     "_control",    "",       "_clicks_P",  "_event"};
static const char *const names[] = {"time",  "geo", "revenue",  "population",
                                    "Promo", "x1",  "c1_effect"};

typedef struct feed {
    const uint8_t *at;
    size_t left;
} feed;

static uint8_t next(feed *f)
{
    if (f->left == 0) return 0;
    f->left--;
    return *f->at++;
}

/* A name from the bytes: a known one, or letters with a known ending. */
static void column_name(feed *f, char *to, size_t size)
{
    uint8_t kind = next(f);
    if (kind < 120) {
        snprintf(to, size, "%s", names[kind % (sizeof names / sizeof *names)]);
        return;
    }
    char word[9] = {0};
    for (size_t i = 0; i < kind % 8U + 1U; i++) word[i] = (char)(32 + next(f) % 95);
    snprintf(to, size, "%s%s", word, ends[kind % (sizeof ends / sizeof *ends)]);
}

static double number(feed *f)
{
    uint8_t kind = next(f);
    double value = next(f) * 256.0 + next(f);
    return kind < 200 ? value : kind < 220 ? -value : kind < 240 ? 0 : (double)NAN;
}

static ku_frame *make_table(feed *f)
{
    ku_field fields[COLUMNS_MOST];
    char name[COLUMNS_MOST][64];
    size_t columns = next(f) % COLUMNS_MOST + 1U, rows = next(f) % ROWS_MOST + 1U;
    for (size_t c = 0; c < columns; c++) {
        column_name(f, name[c], sizeof name[c]);
        bool text = strcmp(name[c], "time") == 0 || strcmp(name[c], "geo") == 0 || next(f) > 240;
        fields[c] = (ku_field){name[c], text ? KU_TEXT : KU_DOUBLE};
    }
    ku_frame_builder *b = ku_frame_builder_new("wide", fields, columns);
    for (size_t r = 0; r < rows; r++) {
        for (size_t c = 0; c < columns; c++) {
            char text[32];
            uint8_t byte = next(f);
            snprintf(text, sizeof text, "20%02d-%02d-%02d", byte % 100, (int)(r % 12) + 1,
                     next(f) % 32);
            if (strcmp(name[c], "geo") == 0) snprintf(text, sizeof text, "%c", 'a' + byte % 5);
            if (fields[c].type == KU_TEXT)
                ku_build_text(b, (int)c, text);
            else
                ku_build_double(b, (int)c, number(f));
        }
        ku_build_row(b);
    }
    ku_frame *frame = NULL;
    ku_error err = {0};
    return ku_frame_builder_finish(b, &frame, &err) == KU_OK ? frame : NULL;
}

static void look(const ku_frame *wide, const ku_params *params, ku_arena *arena)
{
    ku_returns_findings findings = {.arena = arena};
    ku_returns_rows rows = {0};
    ku_returns_data data;
    ku_error err = {0};
    ku_status status = ku_returns_read_wide(wide, params, &findings, arena, &rows, &err);
    if (status == KU_OK) status = ku_returns_grid(&rows, params, 8, &findings, arena, &data, &err);
    if (status != KU_OK) {
        assert(err.message[0] != '\0');
        return;
    }
    ku_returns_check(&data, &findings);
    for (size_t i = 0; i < findings.count; i++) assert(findings.item[i].meaning[0] != '\0');
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    feed f = {bytes, size};
    char stem[64], name[128];
    size_t length = size < sizeof name - 1 ? size : sizeof name - 1;
    memcpy(name, bytes, length);
    name[length] = '\0';
    ku_returns_column_part(name, stem, sizeof stem);
    ku_arena *arena = ku_arena_new();
    ku_params *params = NULL;
    ku_error err = {0};
    ku_param_text text = {"period", next(&f) % 2 == 0 ? "month" : "week"};
    ku_status status = ku_params_parse(ku_analysis_find("returns.mix"), &text, 1, arena, &params,
                                       &err);
    assert(status == KU_OK);
    ku_frame *wide = make_table(&f);
    if (wide != NULL) look(wide, params, arena);
    ku_frame_free(wide);
    ku_arena_free(arena);
    return 0;
}
