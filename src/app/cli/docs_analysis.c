/* docs_analysis.c - the page of an analysis: the descriptor in words, and the worked example
 * with the results and charts that the program gives for it now. */
#include <string.h>

#include "app/cli/docs.h"
#include "base/file.h"
#include "base/number.h"
#include "frames/csv.h"
#include "frames/show.h"
#include "report/chart.h"
#include "runs/run.h"

#define MOST_ROWS   12
#define MOST_INPUTS 32
#define MOST_PARAMS 64

/* ---- what the descriptor says ----------------------------------------------------------------- */

static void add_values(ku_text *out, const ku_param_spec *p)
{
    static const char *const kinds[] = {"whole number", "number", "yes or no", "text", "date"};
    if (p->type == KU_PARAM_CHOICE) {
        for (const ku_choice *c = p->choices; c->value; c++)
            ku_text_addf(out, "%s`%s`", c == p->choices ? "" : ", ", c->value);
        if (p->min != 0 || p->max != 0) ku_text_addf(out, ", or %g to %g", p->min, p->max);
        return;
    }
    ku_text_add(out, kinds[p->type]);
    if (p->min == 0 && p->max == 0) return;
    ku_text_add(out, ", ");
    ku_text_add_double(out, p->min);
    ku_text_add(out, " to ");
    ku_text_add_double(out, p->max);
    if (p->unit && p->unit[0]) ku_text_addf(out, " %s", p->unit);
}

static void add_params(const ku_analysis *analysis, ku_text *out)
{
    if (!analysis->params || !analysis->params->name) return;
    ku_text_add(out, "## Parameters\n\n");
    cli_docs_heading_row(out, (const char *[]){"Flag", "Meaning", "Values", "Unless given", NULL});
    for (const ku_param_spec *p = analysis->params; p->name; p++) {
        ku_text_addf(out, "| `--%s` | ", p->name);
        cli_docs_add(out, p->help);
        ku_text_add(out, " | ");
        add_values(out, p);
        ku_text_add(out, " | ");
        if (p->default_value)
            ku_text_addf(out, "`%s`", p->default_value);
        else
            ku_text_add(out, "not set");
        ku_text_add(out, " |\n");
    }
    ku_text_addc(out, '\n');
}

static void add_inputs(const ku_analysis *analysis, ku_text *out)
{
    ku_text_add(out, "## Input\n\n");
    for (const ku_table_spec *t = analysis->inputs; t->name; t++) {
        ku_text_addf(out, "### %s\n\n", t->name);
        cli_docs_add(out, t->meaning);
        if (t->optional) ku_text_add(out, " May be absent.");
        if (t->result)
            ku_text_addf(out,
                         " Without a file, the latest result `%s` in the workspace; "
                         "`--in %s=run:RUN/TABLE` names a certain run's.",
                         t->result, t->name);
        else if (t->fact)
            ku_text_addf(out, " Without a file, from the fact [%s](../facts/%s.md).", t->fact,
                         t->fact);
        else if (t->query)
            ku_text_add(out, " Without a file, worked out from the bank.");
        ku_text_add(out, "\n\n");
        cli_docs_columns(out, t->columns, true);
        if (t->further) {
            cli_docs_add(out, t->further);
            ku_text_add(out, "\n\n");
        }
    }
}

static void add_outputs(const ku_analysis *analysis, ku_text *out)
{
    ku_text_add(out, "## Results\n\n");
    for (const ku_table_spec *t = analysis->outputs; t->name; t++) {
        ku_text_addf(out, "### Table %s\n\n", t->name);
        cli_docs_add(out, t->meaning);
        ku_text_add(out, "\n\n");
        cli_docs_columns(out, t->columns, false);
    }
}

static void add_grounds(const ku_analysis *analysis, ku_text *out)
{
    ku_text_add(out, "## What is assumed\n\n");
    for (const char *const *a = analysis->assumptions; a && *a; a++) {
        ku_text_add(out, "- ");
        cli_docs_add(out, *a);
        ku_text_addc(out, '\n');
    }
    ku_text_add(out, "\n## Sources\n\n");
    for (const ku_source_spec *s = analysis->sources; s && s->citation; s++) {
        ku_text_add(out, "- ");
        cli_docs_add(out, s->citation);
        if (s->where) {
            ku_text_add(out, " Used: ");
            cli_docs_add(out, s->where);
            ku_text_addc(out, '.');
        }
        ku_text_addc(out, '\n');
    }
    ku_text_addc(out, '\n');
}

/* The folder's README, its headings one level down; its first heading is the page's own. */
static void add_notes(const ku_analysis *analysis, ku_text *out)
{
    size_t length;
    const char *at = ku_analysis_file(analysis, "README.md", &length);
    bool fenced = false;
    if (!at) return;
    ku_text_add(out, "## Notes\n\n");
    while (*at) {
        size_t line = strcspn(at, "\n");
        if (strncmp(at, "```", 3) == 0) fenced = !fenced;
        bool heading = !fenced && *at == '#';
        if (heading) ku_text_addc(out, '#');
        if (!heading || at[1] == '#')
            ku_text_addn(out, at, line);
        else
            ku_text_add(out, "## About"); /* "# Title" becomes "### About" */
        ku_text_addc(out, '\n');
        at += line + (at[line] == '\n');
    }
    ku_text_addc(out, '\n');
}

/* ---- the worked example --------------------------------------------------------------------------- */

typedef struct example {
    const ku_analysis *analysis;
    const char *folder; /* of its files */
    ku_arena *arena;
    ku_table_file files[MOST_INPUTS];
    ku_param_text params[MOST_PARAMS];
    ku_run_request request;
    ku_frames out;
} example;

static ku_status write_inputs(example *e, ku_error *err)
{
    for (const ku_table_spec *t = e->analysis->inputs;
         t->name && e->request.file_count < MOST_INPUTS; t++) {
        size_t length;
        const char *bytes = ku_analysis_file(
            e->analysis, ku_arena_printf(e->arena, "example/%s.csv", t->name), &length);
        if (!bytes) continue;
        const char *path = ku_arena_printf(e->arena, "%s/%s.csv", e->folder, t->name);
        KU_TRY(ku_file_write(path, bytes, length, 0666, err));
        e->files[e->request.file_count++] = (ku_table_file){t->name, path};
    }
    return KU_OK;
}

static ku_status run_example(example *e, ku_error *err)
{
    ku_run_record record;
    KU_TRY(ku_folder_make(e->folder, 0777, err));
    KU_TRY(write_inputs(e, err));
    const char *const *args = e->analysis->example->args;
    for (; args && args[0] && args[1] && e->request.param_count < MOST_PARAMS; args += 2)
        e->params[e->request.param_count++] = (ku_param_text){args[0] + 2, args[1]};
    return ku_run_now(NULL, &e->request, NULL, NULL, e->arena, &record, &e->out, err);
}

static void add_command_line(const example *e, ku_text *out)
{
    ku_text_addf(out, "```\nkemudi run %s", e->analysis->id);
    for (size_t i = 0; i < e->request.file_count; i++)
        ku_text_addf(out, " --in %s=%s.csv", e->files[i].table, e->files[i].table);
    for (const char *const *a = e->analysis->example->args; a && *a; a++)
        ku_text_addf(out, " %s", *a);
    ku_text_add(out, "\n```\n\n");
    for (size_t i = 0; i < e->request.file_count; i++)
        ku_text_addf(out, "%s[%s.csv](%s/%s.csv)", i ? ", " : "Input: ", e->files[i].table,
                     e->analysis->id, e->files[i].table);
    ku_text_add(out, "\n\n");
}

/* A column that says each row's unit ("unit") speaks for the numbers of its row. */
static const char *unit_at(const ku_frame *frame, const ku_column_spec *column, int64_t row,
                           ku_arena *arena)
{
    const ku_column *unit = ku_frame_column(frame, "unit");
    if (!unit || unit->type != KU_TEXT || column->unit[0] || column->type != KU_DOUBLE)
        return column->unit;
    const char *text = ku_column_text(unit, row, arena);
    return text ? text : "";
}

static void add_table(const example *e, const ku_table_spec *table, ku_text *out)
{
    const ku_frame *frame = ku_frames_find(&e->out, table->name);
    if (!frame) return;
    ku_text_addf(out, "#### %s\n\n", table->name);
    for (const ku_column_spec *c = table->columns; c->name; c++) {
        ku_text_add(out, "| ");
        cli_docs_add(out, c->label);
        ku_text_addc(out, ' ');
    }
    ku_text_add(out, "|\n");
    for (const ku_column_spec *c = table->columns; c->name; c++)
        ku_text_add(out, c->type == KU_INT64 || c->type == KU_DOUBLE ? "| ---: " : "| --- ");
    ku_text_add(out, "|\n");
    for (int64_t row = 0; row < frame->rows && row < MOST_ROWS; row++) {
        for (const ku_column_spec *c = table->columns; c->name; c++) {
            ku_text_add(out, "| ");
            cli_docs_add(out, ku_frame_show(ku_frame_column(frame, c->name), row,
                                            unit_at(frame, c, row, e->arena), NULL, e->arena));
            ku_text_addc(out, ' ');
        }
        ku_text_add(out, "|\n");
    }
    ku_text_addc(out, '\n');
    if (frame->rows > MOST_ROWS)
        ku_text_addf(out, "and %lld more rows: ", (long long)(frame->rows - MOST_ROWS));
    ku_text_addf(out, "[%s.csv](%s/results/%s.csv)\n\n", table->name, e->analysis->id, table->name);
}

static ku_status write_table(const example *e, const ku_frame *frame, ku_error *err)
{
    ku_text csv = {0};
    ku_frame_csv_heading(frame, KU_CSV_EXACT, &csv);
    ku_frame_csv_rows(frame, 0, frame->rows, KU_CSV_EXACT, &csv);
    ku_status status = ku_text_check(&csv, err);
    if (status == KU_OK)
        status = ku_file_write(
            ku_arena_printf(e->arena, "%s/results/%s.csv", e->folder, frame->name),
            ku_text_string(&csv), csv.length, 0666, err);
    ku_text_clear(&csv);
    return status;
}

static ku_status add_chart(const example *e, const ku_view_spec *view, ku_text *out, ku_error *err)
{
    void *bytes;
    size_t length;
    ku_chart chart = {
        .analysis = e->analysis, .view = view, .frame = ku_frames_find(&e->out, view->table)};
    KU_TRY(ku_chart_draw(&chart, KU_CHART_SVG, e->arena, &bytes, &length, err));
    KU_TRY(ku_file_write(ku_arena_printf(e->arena, "%s/%s.svg", e->folder, view->name), bytes,
                         length, 0666, err));
    ku_text_addf(out, "![%s](%s/%s.svg)\n\n", view->title, e->analysis->id, view->name);
    return KU_OK;
}

static ku_status add_example(example *e, ku_text *out, ku_error *err)
{
    KU_TRY(run_example(e, err));
    ku_text_addf(out, "## Worked example: %s\n\n", e->analysis->example->title);
    add_command_line(e, out);
    KU_TRY(ku_folder_make(ku_arena_printf(e->arena, "%s/results", e->folder), 0777, err));
    for (size_t i = 0; i < e->out.count; i++) KU_TRY(write_table(e, e->out.frame[i], err));
    for (const ku_view_spec *v = e->analysis->views; v && v->name; v++)
        if (v->kind != KU_VIEW_TABLE && v->kind != KU_VIEW_FIGURES)
            KU_TRY(add_chart(e, v, out, err));
    ku_text_add(out, "### How to read it\n\n");
    cli_docs_add(out, e->analysis->example->reading);
    ku_text_add(out, "\n\n### Its tables\n\n");
    for (const ku_table_spec *t = e->analysis->outputs; t->name; t++) add_table(e, t, out);
    return KU_OK;
}

/* ---- the page ------------------------------------------------------------------------------------------ */

ku_status cli_docs_analysis(const ku_analysis *analysis, const char *folder, ku_arena *arena,
                            ku_text *out, ku_error *err)
{
    example e = {.analysis = analysis,
                 .folder = ku_arena_printf(arena, "%s/analyses/%s", folder, analysis->id),
                 .arena = arena,
                 .request = {.analysis = analysis, .seed = 1}};
    e.request.files = e.files;
    e.request.params = e.params;
    ku_frames_init(&e.out);
    ku_text_addf(out, "# %s\n\n**%s**\n\n", analysis->title, analysis->question);
    cli_docs_add(out, analysis->summary);
    ku_text_addf(out, "\n\n`kemudi run %s`, version %s, area %s.\n\n", analysis->id,
                 analysis->version, analysis->area);
    ku_status status = add_example(&e, out, err);
    ku_frames_clear(&e.out);
    if (status != KU_OK) return ku_error_at(err, "the example of %s", analysis->id);
    add_params(analysis, out);
    add_inputs(analysis, out);
    add_outputs(analysis, out);
    add_grounds(analysis, out);
    add_notes(analysis, out);
    ku_text_add(out, "[All pages](../index.md)\n");
    return KU_OK;
}
