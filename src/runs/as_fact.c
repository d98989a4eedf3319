/* as_fact.c - a result as rows of a fact.
 *
 * What was forecast becomes knowledge of its own: it must be imported like everything
 * else, counted once, undone when wrong. So the table is written as a file with the
 * columns the fact lacks filled in, and goes the way of all files. */
#include "runs/as_fact.h"

#include <stdlib.h>
#include <string.h>

#include "bank/match.h"
#include "base/date.h"
#include "base/file.h"
#include "frames/csv.h"
#include "runs/register.h"

#define PORTION 4096 /* rows written at once */
#define FIELDS  64   /* columns of a fact at most */

/* A field of the fact that the table itself has not. */
typedef struct addition {
    const char *field;
    const char *text;        /* the same in every row, or NULL: */
    const ku_column *column; /* of another table, */
    const int32_t *row;      /* whose row to take for a code of `by`; -1: none */
    const ku_column *by;     /* the shared column, in the table kept */
} addition;

typedef struct keeping {
    ku_workspace *workspace;
    ku_arena *arena;
    ku_run_record record;
    const ku_fact *fact;
    ku_frames tables; /* the one that is kept first */
    addition added[FIELDS];
    size_t added_count;
} keeping;

/* ---- what the table lacks ---------------------------------------------------------------- */

static int place_of(const ku_frame *frame, const ku_fact_column *field, ku_arena *arena)
{
    const char **names = KU_ARRAY(arena, (size_t)frame->columns + 1, const char *);
    for (int32_t i = 0; i < frame->columns; i++) names[i] = frame->column[i].name;
    return ku_match_column(field->name, field->aliases, names, NULL, (size_t)frame->columns);
}

typedef struct entry {
    const char *at;
    int32_t length, number; /* row, or code */
} entry;

static int by_text(const void *a, const void *b)
{
    const entry *x = a, *y = b;
    int32_t shorter = x->length < y->length ? x->length : y->length;
    int order = memcmp(x->at, y->at, (size_t)shorter);
    return order != 0 ? order : (x->length > y->length) - (x->length < y->length);
}

/* For each code of `by` the row of `key` with the same text, -1 for none; NULL when a text
 * stands in more than one row. */
static const int32_t *rows_by_code(const ku_column *by, const ku_column *key, ku_arena *arena)
{
    entry *list = KU_ARRAY(arena, (size_t)key->rows + 1, entry);
    int32_t *row = KU_ARRAY(arena, (size_t)by->dictionary.size + 1, int32_t);
    size_t count = 0;
    for (int64_t i = 0; i < key->rows; i++) {
        if (!ku_column_valid(key, i)) continue;
        entry *e = &list[count++];
        e->at = ku_dictionary_at(&key->dictionary, key->as.codes[i], &e->length);
        e->number = (int32_t)i;
    }
    qsort(list, count, sizeof *list, by_text);
    for (size_t i = 1; i < count; i++)
        if (by_text(&list[i - 1], &list[i]) == 0) return NULL;
    for (int32_t code = 0; code < by->dictionary.size; code++) {
        entry wanted = {.number = code};
        wanted.at = ku_dictionary_at(&by->dictionary, code, &wanted.length);
        const entry *found = count == 0 ? NULL
                                        : bsearch(&wanted, list, count, sizeof *list, by_text);
        row[code] = found != NULL ? found->number : -1;
    }
    return row;
}

/* Looks the field up in the other tables of the run. */
static void look_up(keeping *k, const ku_fact_column *field)
{
    const ku_frame *kept = k->tables.frame[0];
    for (size_t t = 1; t < k->tables.count; t++) {
        const ku_frame *other = k->tables.frame[t];
        const ku_column *column = ku_frame_column(other, field->name);
        if (column == NULL || column->type != field->type) continue;
        for (int32_t c = 0; c < kept->columns; c++) {
            const ku_column *by = &kept->column[c];
            const ku_column *key = ku_frame_column(other, by->name);
            if (by->type != KU_TEXT || key == NULL || key->type != KU_TEXT) continue;
            const int32_t *row = rows_by_code(by, key, k->arena);
            if (row == NULL) continue;
            k->added[k->added_count++] = (addition){field->name, NULL, column, row, by};
            return;
        }
    }
}

static void add_field(keeping *k, const ku_fact_column *field)
{
    if (place_of(k->tables.frame[0], field, k->arena) >= 0) return;
    addition *a = &k->added[k->added_count];
    const char *time_column = k->fact->time_column;
    if (field->type == KU_TIMESTAMP && time_column && strcmp(field->name, time_column) == 0) {
        char time[KU_TIMESTAMP_TEXT];
        ku_timestamp_format(k->record.as_of > 0 ? k->record.as_of : k->record.ended, time);
        *a = (addition){.field = field->name, .text = ku_arena_strdup(k->arena, time)};
        k->added_count++;
    } else if (field->type == KU_TEXT && strcmp(field->name, "note") == 0) {
        *a = (addition){.field = field->name,
                        .text = ku_arena_printf(k->arena, "run %s of %s %s", k->record.id,
                                                k->record.analysis, k->record.version)};
        k->added_count++;
    } else {
        look_up(k, field);
    }
}

/* ---- writing ------------------------------------------------------------------------------ */

static void add_cell(const addition *a, int64_t row, ku_text *out)
{
    if (a->text != NULL) {
        ku_csv_add(out, a->text, strlen(a->text), KU_CSV_EXACT);
        return;
    }
    int32_t at = ku_column_valid(a->by, row) ? a->row[a->by->as.codes[row]] : -1;
    if (at >= 0) ku_frame_csv_cell(a->column, at, KU_CSV_EXACT, out);
}

static void add_rows(const keeping *k, int64_t from, int64_t to, ku_text *out)
{
    const ku_frame *kept = k->tables.frame[0];
    for (int64_t row = from; row < to; row++) {
        for (int32_t i = 0; i < kept->columns; i++) {
            if (i > 0) ku_text_addc(out, ',');
            ku_frame_csv_cell(&kept->column[i], row, KU_CSV_EXACT, out);
        }
        for (size_t i = 0; i < k->added_count; i++) {
            ku_text_addc(out, ',');
            add_cell(&k->added[i], row, out);
        }
        ku_text_addc(out, '\n');
    }
}

static void add_heading(const keeping *k, ku_text *out)
{
    const ku_frame *kept = k->tables.frame[0];
    for (int32_t i = 0; i < kept->columns; i++) {
        if (i > 0) ku_text_addc(out, ',');
        ku_text_add(out, kept->column[i].name);
    }
    for (size_t i = 0; i < k->added_count; i++) {
        ku_text_addc(out, ',');
        ku_text_add(out, k->added[i].field);
    }
    ku_text_addc(out, '\n');
}

static ku_status write_out(ku_file *file, ku_text *text, ku_error *err)
{
    ku_status status = ku_text_check(text, err);
    if (status == KU_OK) status = ku_file_add(file, text->bytes, text->length, err);
    ku_text_clear(text);
    return status;
}

static ku_status write_file(const keeping *k, const char *path, ku_error *err)
{
    const int64_t rows = k->tables.frame[0]->rows;
    ku_file file;
    ku_text text = {0};
    KU_TRY(ku_file_create(&file, path, 0600, err));
    add_heading(k, &text);
    ku_status status = write_out(&file, &text, err);
    for (int64_t from = 0; from < rows && status == KU_OK; from += PORTION) {
        add_rows(k, from, from + PORTION < rows ? from + PORTION : rows, &text);
        status = write_out(&file, &text, err);
    }
    if (status == KU_OK) return ku_file_commit(&file, err);
    ku_file_drop(&file);
    return status;
}

/* ---- the run -------------------------------------------------------------------------------- */

/* The record; of a repetition the one it repeats, whose tables are the same bits. */
static ku_status find_run(keeping *k, const char *run, ku_error *err)
{
    KU_TRY(ku_run_get(k->workspace, run, k->arena, &k->record, err));
    if (k->record.state != KU_RUN_DONE)
        return ku_error_set(err, KU_CONFLICT, NULL,
                            "run %s is %s; only the result of a run that is done can be kept",
                            k->record.id, ku_run_state_name(k->record.state));
    while (k->record.again_of != NULL) {
        ku_run_record first;
        ku_error gone;
        if (ku_run_get(k->workspace, k->record.again_of, k->arena, &first, &gone) != KU_OK) break;
        if (first.state != KU_RUN_DONE) break;
        k->record = first;
    }
    return KU_OK;
}

static ku_status read_tables(keeping *k, const char *table, ku_error *err)
{
    ku_frame *frame;
    KU_TRY(ku_run_table_read(k->workspace, k->record.id, table, &frame, err));
    KU_TRY(ku_frames_add(&k->tables, frame, err));
    if (frame->rows == 0)
        return ku_error_set(err, KU_BAD_DATA, NULL, "the result table %s of run %s has no rows",
                            table, k->record.id);
    for (size_t i = 0; i < k->record.output_count; i++) {
        if (strcmp(k->record.output[i].name, table) == 0) continue;
        KU_TRY(
            ku_run_table_read(k->workspace, k->record.id, k->record.output[i].name, &frame, err));
        KU_TRY(ku_frames_add(&k->tables, frame, err));
    }
    return KU_OK;
}

/* Whether the table has, under their own names, all columns every row of the fact needs. */
static bool holds_rows_of(const ku_table_spec *table, const ku_fact *fact)
{
    for (const ku_fact_column *field = fact->columns; field->name != NULL; field++) {
        bool timed = fact->time_column != NULL && strcmp(field->name, fact->time_column) == 0;
        const ku_column_spec *c = table->columns;
        while (c->name != NULL && strcmp(c->name, field->name) != 0) c++;
        if (c->name == NULL && field->required && !timed) return false;
    }
    return true;
}

/* The table called like the fact, else the first that holds rows of it; where there is
 * neither, the name under which one is then missed. */
static const char *usual_table(const keeping *k)
{
    const ku_analysis *analysis = ku_analysis_find(k->record.analysis);
    const char *found = NULL;
    for (const ku_table_spec *t = analysis != NULL ? analysis->outputs : NULL;
         t != NULL && t->name != NULL; t++) {
        if (strcmp(t->name, k->fact->name) == 0) return t->name;
        if (found == NULL && holds_rows_of(t, k->fact)) found = t->name;
    }
    return found != NULL ? found : k->fact->name;
}

static ku_status write_result(keeping *k, const char *run, const char *table, const char *path,
                              ku_error *err)
{
    KU_TRY(find_run(k, run, err));
    if (table == NULL) table = usual_table(k);
    KU_TRY(read_tables(k, table, err));
    for (const ku_fact_column *c = k->fact->columns; c->name != NULL; c++) add_field(k, c);
    return write_file(k, path, err);
}

ku_status ku_run_as_fact(ku_workspace *workspace, const char *run, const char *table,
                         const ku_fact *fact, const char *folder, ku_arena *arena,
                         ku_import_options *options, ku_error *err)
{
    int64_t number;
    char id[KU_RUN_ID];
    if (ku_run_number(run, &number)) {
        ku_run_id(number, id); /* as it is written, not as it was typed */
        run = id;
    }
    keeping k = {.workspace = workspace, .arena = arena, .fact = fact};
    const char *path = ku_arena_printf(arena, "%s/%s-%s.csv", folder, run,
                                       table != NULL ? table : fact->name);
    ku_frames_init(&k.tables);
    ku_status status = write_result(&k, run, table, path, err);
    ku_frames_clear(&k.tables);
    if (status != KU_OK) return status;
    const char **paths = KU_ARRAY(arena, 1, const char *);
    paths[0] = path;
    *options = (ku_import_options){.fact = fact,
                                   .paths = paths,
                                   .path_count = 1,
                                   .format = "csv",
                                   .encoding = "utf-8",
                                   .delimiter = ',',
                                   .quote = '"',
                                   .decimal = '.',
                                   .date_order = "ymd",
                                   .header = 1};
    return KU_OK;
}
