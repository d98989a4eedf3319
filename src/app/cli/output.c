/* output.c - tables for people, CSV and JSON for machines. */
#include "app/cli/output.h"

#include <string.h>

#include "app/cli/table.h"
#include "base/file.h"
#include "base/format.h"
#include "base/text.h"
#include "frames/csv.h"
#include "frames/json.h"

enum { PORTION = 4096 };

static const ku_table_spec *table_spec(const ku_analysis *analysis, const char *name)
{
    for (const ku_table_spec *t = analysis->outputs; t->name; t++)
        if (strcmp(t->name, name) == 0) return t;
    return NULL;
}

static ku_status check_table(const ku_analysis *analysis, const char *name, ku_error *err)
{
    ku_text names = {0};
    if (!name || table_spec(analysis, name)) return KU_OK;
    for (const ku_table_spec *t = analysis->outputs; t->name; t++)
        ku_text_addf(&names, "%s%s", t == analysis->outputs ? "" : ", ", t->name);
    ku_error_set(err, KU_USAGE, NULL, "%s has no table \"%s\"; its tables are %s", analysis->id,
                 name, ku_text_string(&names));
    ku_text_clear(&names);
    return KU_USAGE;
}

static bool is_format(const char *format)
{
    return strcmp(format, "table") == 0 || strcmp(format, "csv") == 0 ||
           strcmp(format, "json") == 0;
}

ku_status cli_output_check(const cli_args *args, const ku_analysis *analysis, ku_error *err)
{
    const char *format = cli_option_value(args, "format");
    int64_t rows;
    if (format && !is_format(format))
        return ku_error_set(err, KU_USAGE, NULL,
                            "--format: found \"%s\", expected table, csv or json", format);
    KU_TRY(cli_option_int(args, "rows", 0, INT64_MAX, 40, &rows, err));
    return check_table(analysis, cli_option_value(args, "table"), err);
}

/* ---- CSV --------------------------------------------------------------------------------- */

static void print_csv(const ku_frame *frame, FILE *out)
{
    ku_text text = {0};
    ku_frame_csv_heading(frame, KU_CSV_EXACT, &text);
    for (int64_t first = 0;; first += PORTION) {
        fwrite(ku_text_string(&text), 1, text.length, out);
        if (first >= frame->rows || ferror(out)) break;
        int64_t left = frame->rows - first;
        ku_text_empty(&text);
        ku_frame_csv_rows(frame, first, left < PORTION ? left : PORTION, KU_CSV_EXACT, &text);
    }
    ku_text_clear(&text);
}

static ku_status write_csv(const ku_frame *frame, const char *path, ku_error *err)
{
    ku_file file;
    ku_text text = {0};
    KU_TRY(ku_file_create(&file, path, 0666, err));
    ku_frame_csv_heading(frame, KU_CSV_EXACT, &text);
    ku_status status = KU_OK;
    for (int64_t first = 0; status == KU_OK; first += PORTION) {
        status = ku_text_check(&text, err);
        if (status == KU_OK) status = ku_file_add(&file, text.bytes, text.length, err);
        if (first >= frame->rows) break;
        int64_t left = frame->rows - first;
        ku_text_empty(&text);
        ku_frame_csv_rows(frame, first, left < PORTION ? left : PORTION, KU_CSV_EXACT, &text);
    }
    ku_text_clear(&text);
    if (status == KU_OK) return ku_file_commit(&file, err);
    ku_file_drop(&file);
    return status;
}

static ku_status write_folder(cli_session *session, const char *folder, const ku_frames *tables,
                              ku_error *err)
{
    char rows[KU_NUMBER_TEXT];
    KU_TRY(ku_folder_make(folder, 0777, err));
    for (size_t i = 0; i < tables->count; i++) {
        const ku_frame *frame = tables->frame[i];
        const char *path = ku_arena_printf(session->arena, "%s/%s.csv", folder, frame->name);
        KU_TRY(write_csv(frame, path, err));
        cli_say(session, "%s: %s %s\n", path, ku_format_int(rows, frame->rows, NULL),
                frame->rows == 1 ? "row" : "rows");
    }
    return KU_OK;
}

/* ---- JSON -------------------------------------------------------------------------------- */

static void print_json_rows(const ku_frame *frame, FILE *out)
{
    ku_text text = {0};
    for (int64_t first = 0; first < frame->rows && !ferror(out); first += PORTION) {
        int64_t left = frame->rows - first;
        ku_text_empty(&text);
        ku_frame_json_objects(frame, first, left < PORTION ? left : PORTION, &text);
        /* each portion is an array of its own: its brackets go, a comma joins */
        if (first > 0) fputc(',', out);
        if (text.length > 2) fwrite(text.bytes + 1, 1, text.length - 2, out);
    }
    ku_text_clear(&text);
}

static void print_json(const cli_args *args, const ku_run_record *record, const ku_frames *tables,
                       FILE *out)
{
    const char *only = cli_option_value(args, "table");
    bool first = true;
    fprintf(out, "{\"run\":%s%s%s,\"analysis\":\"%s\",\"version\":\"%s\",\"tables\":{",
            record->id ? "\"" : "", record->id ? record->id : "null", record->id ? "\"" : "",
            record->analysis, record->version);
    for (size_t i = 0; i < tables->count; i++) {
        const ku_frame *frame = tables->frame[i];
        if (only && strcmp(only, frame->name) != 0) continue;
        fprintf(out, "%s\"%s\":[", first ? "" : ",", frame->name);
        print_json_rows(frame, out);
        fputc(']', out);
        first = false;
    }
    fputs("}}\n", out);
}

/* ---- tables ------------------------------------------------------------------------------ */

static ku_status print_tables(cli_session *session, const cli_args *args,
                              const ku_analysis *analysis, const ku_frames *tables,
                              const char *currency, ku_error *err)
{
    const char *only = cli_option_value(args, "table");
    ku_format format = {.currency = currency};
    int64_t rows;
    KU_TRY(cli_option_int(args, "rows", 0, INT64_MAX, 40, &rows, err));
    for (size_t i = 0; i < tables->count; i++) {
        const ku_frame *frame = tables->frame[i];
        const ku_table_spec *spec = table_spec(analysis, frame->name);
        if (only && strcmp(only, frame->name) != 0) continue;
        fprintf(session->out, "%s%s: %s\n\n", i && !only ? "\n" : "", frame->name,
                spec ? spec->meaning : "");
        cli_table_print(session, frame, spec ? spec->columns : NULL, &format, rows, session->out);
    }
    return KU_OK;
}

ku_status cli_output_tables(cli_session *session, const cli_args *args, const ku_analysis *analysis,
                            const ku_run_record *record, const ku_frames *tables,
                            const char *currency, ku_error *err)
{
    const char *format = cli_option_value(args, "format");
    const char *folder = cli_option_value(args, "out");
    const char *only = cli_option_value(args, "table");
    if (folder) return write_folder(session, folder, tables, err);
    if (format && strcmp(format, "json") == 0) {
        print_json(args, record, tables, session->out);
        return KU_OK;
    }
    if (format && strcmp(format, "csv") == 0) {
        const ku_frame *frame = ku_frames_find(tables, only ? only : analysis->outputs[0].name);
        if (frame) print_csv(frame, session->out);
        return KU_OK;
    }
    return print_tables(session, args, analysis, tables, currency, err);
}

void cli_output_remarks(cli_session *session, const ku_run_record *record)
{
    static const char *const word[] = {"note", "caution", "do not use"};
    for (int severity = KU_FAIL; severity >= KU_NOTE; severity--)
        for (size_t i = 0; i < record->remark_count; i++)
            if ((int)record->remark[i].severity == severity)
                cli_say(session, "%s: %s\n", word[severity], record->remark[i].text);
}
