/* inputs.c - the frames an analysis' kernel is to get.
 *
 * Each input table becomes something the analysis' SQL can read under the table's own name:
 * a file or a frame given for it (a temporary table), else its fact (a view), else the result
 * of its own query. Files come first, so that a query sees a file given in place of a fact. Then
 * each extract is one query over them and over the extracts before it; without extracts
 * the kernel gets the tables themselves. From the facts on all is read in one transaction: one state of the bank,
 * whatever is imported meanwhile. */
#include <assert.h>
#include <string.h>

#include "bank/bank_internal.h"

typedef struct gathering {
    ku_session *session;
    const ku_analysis *analysis;
    const ku_table_file *files;
    size_t file_count;
    const ku_table_frame *given;
    size_t given_count;
    ku_bind *binds;
    size_t bind_count;
    ku_arena *arena;
    const ku_cut *cut; /* NULL: everything whole */
} gathering;

static ku_status exec_text(const gathering *g, ku_text *sql, bool bound, ku_error *err)
{
    ku_status status = ku_text_check(sql, err);
    if (status == KU_OK)
        status = ku_session_exec(g->session, ku_text_string(sql), bound ? g->binds : NULL,
                                 bound ? g->bind_count : 0, NULL, err);
    ku_text_clear(sql);
    return status;
}

static ku_status query_text(const gathering *g, const char *name, ku_text *sql, ku_frame **frame,
                            ku_error *err)
{
    ku_status status = ku_text_check(sql, err);
    if (status == KU_OK)
        status = ku_session_query(g->session, name, ku_text_string(sql), g->binds, g->bind_count,
                                  frame, err);
    ku_text_clear(sql);
    return status;
}

/* ---- parameters ------------------------------------------------------------------------- */

static ku_bind bind_of(const ku_params *params, const ku_param_spec *spec, ku_arena *arena)
{
    static const ku_type types[] = {
        [KU_PARAM_INT] = KU_INT64, [KU_PARAM_REAL] = KU_DOUBLE, [KU_PARAM_BOOL] = KU_BOOL,
        [KU_PARAM_TEXT] = KU_TEXT, [KU_PARAM_DATE] = KU_DATE,   [KU_PARAM_CHOICE] = KU_TEXT};
    char *name = ku_arena_strdup(arena, spec->name);
    for (char *c = name; *c != '\0'; c++)
        if (*c == '-') *c = '_';
    ku_bind bind = {.name = name, .type = types[spec->type]};
    bind.null = !ku_param_set(params, spec->name);
    if (bind.null) return bind;
    switch (bind.type) {
    case KU_INT64:
        bind.as.i64 = ku_param_int(params, spec->name);
        break;
    case KU_DOUBLE:
        bind.as.f64 = ku_param_real(params, spec->name);
        break;
    case KU_BOOL:
        bind.as.boolean = ku_param_bool(params, spec->name);
        break;
    case KU_DATE:
        bind.as.days = ku_param_date(params, spec->name);
        break;
    default:
        bind.as.text = ku_param_text_value(params, spec->name);
        break;
    }
    return bind;
}

static void bind_params(gathering *g, const ku_params *params)
{
    size_t count = 0;
    const ku_param_spec *specs = g->analysis->params;
    while (specs != NULL && specs[count].name != NULL) count++;
    g->binds = KU_ARRAY(g->arena, count + 1, ku_bind);
    for (size_t i = 0; i < count; i++) g->binds[i] = bind_of(params, &specs[i], g->arena);
    g->bind_count = count;
}

/* ---- files ------------------------------------------------------------------------------ */

static const ku_table_file *file_of(const gathering *g, const char *table)
{
    for (size_t i = 0; i < g->file_count; i++)
        if (strcmp(g->files[i].table, table) == 0) return &g->files[i];
    return NULL;
}

static const ku_frame *frame_of(const gathering *g, const char *table)
{
    for (size_t i = 0; i < g->given_count; i++)
        if (strcmp(g->given[i].table, table) == 0) return g->given[i].frame;
    return NULL;
}

static bool at_hand(const gathering *g, const char *table)
{
    return file_of(g, table) != NULL || frame_of(g, table) != NULL;
}

static const char *input_name(const void *data, size_t i)
{
    return ((const ku_table_spec *)data)[i].name;
}

static ku_status unknown_table(const gathering *g, const char *table, ku_error *err)
{
    size_t count = 0;
    ku_text names = {0};
    for (const ku_table_spec *t = g->analysis->inputs; t != NULL && t->name != NULL; t++, count++)
        ku_text_addf(&names, "%s%s", count > 0 ? ", " : "", t->name);
    const char *nearest = ku_text_nearest(table, count, input_name, g->analysis->inputs);
    ku_status status = ku_error_set(
        err, KU_USAGE, table, "%s has no table of this name%s%s%s; its tables are: %s",
        g->analysis->id, nearest != NULL ? " (is it '" : "", nearest != NULL ? nearest : "",
        nearest != NULL ? "'?)" : "", ku_text_string(&names));
    ku_text_clear(&names);
    return status;
}

static ku_status check_files(const gathering *g, ku_error *err)
{
    for (size_t i = 0; i < g->file_count; i++) {
        const ku_table_spec *t = g->analysis->inputs;
        while (t != NULL && t->name != NULL && strcmp(t->name, g->files[i].table) != 0) t++;
        if (t == NULL || t->name == NULL) return unknown_table(g, g->files[i].table, err);
        if (file_of(g, t->name) != &g->files[i])
            return ku_error_set(err, KU_USAGE, t->name, "two files are given for one table");
    }
    return KU_OK;
}

static ku_status attach_file(const gathering *g, const ku_table_spec *table, ku_error *err)
{
    const ku_table_file *given = file_of(g, table->name);
    const ku_file_view file = {
        .view = table->name,
        .path = given->path,
        .table = table,
        .fact = table->fact != NULL ? ku_fact_find(table->fact) : NULL,
    };
    return g->session->bank->engine->attach(g->session->connection, &file, err);
}

/* ---- frames given ------------------------------------------------------------------------ */

/* Whether the column is one of the descriptor's. */
static bool is_known(const ku_table_spec *table, const char *name)
{
    for (const ku_column_spec *c = table->columns; c->name != NULL; c++)
        if (strcmp(c->name, name) == 0) return true;
    return false;
}

static ku_status check_given(const gathering *g, const ku_table_spec *table, const ku_frame *frame,
                             ku_error *err)
{
    for (const ku_column_spec *c = table->columns; c->name != NULL; c++) {
        const ku_column *found = ku_frame_column(frame, c->name);
        bool number = c->type == KU_DOUBLE && found != NULL && found->type == KU_INT64;
        bool period = c->type == KU_DATE_OR_INT64 && found != NULL &&
                      (found->type == KU_DATE || found->type == KU_INT64);
        if (found == NULL && c->required)
            return ku_error_set(err, KU_BAD_DATA, table->name,
                                "the earlier run's table has no column %s, which %s needs", c->name,
                                g->analysis->id);
        if (found != NULL && found->type != c->type && !number && !period)
            return ku_error_set(err, KU_BAD_DATA, table->name,
                                "column %s of the earlier run's table holds %s; %s needs %s",
                                c->name, ku_type_name(found->type), g->analysis->id,
                                ku_type_name(c->type));
    }
    return KU_OK;
}

/* The frame as a table of its own types, under a name no analysis can use. */
static ku_status copy_given(const gathering *g, const ku_frame *frame, const char *name,
                            ku_error *err)
{
    ku_text sql = {0};
    ku_text_add(&sql, "CREATE TEMP TABLE ");
    ku_sql_name(&sql, name);
    for (int32_t c = 0; c < frame->columns; c++) {
        ku_text_add(&sql, c == 0 ? " (" : ", ");
        ku_sql_name(&sql, frame->column[c].name);
        ku_text_addf(&sql, " %s", ku_sql_type(frame->column[c].type));
    }
    ku_text_add(&sql, ")");
    KU_TRY(exec_text(g, &sql, false, err));
    return ku_session_append(g->session, name, frame, err);
}

static void add_given_columns(const ku_table_spec *table, const ku_frame *frame, ku_text *sql)
{
    for (const ku_column_spec *c = table->columns; c->name != NULL; c++) {
        const ku_column *found = ku_frame_column(frame, c->name);
        bool kept = found != NULL && c->type == KU_DATE_OR_INT64;
        ku_text_add(sql, c == table->columns ? "CAST(" : ", CAST(");
        if (found != NULL)
            ku_sql_name(sql, c->name);
        else
            ku_text_add(sql, "NULL");
        ku_text_addf(sql, " AS %s) AS ", ku_sql_type(kept ? found->type : c->type));
        ku_sql_name(sql, c->name);
    }
    for (int32_t c = 0; table->further != NULL && c < frame->columns; c++)
        if (!is_known(table, frame->column[c].name)) {
            ku_text_add(sql, ", ");
            ku_sql_name(sql, frame->column[c].name);
        }
}

static ku_status attach_frame(const gathering *g, const ku_table_spec *table, ku_error *err)
{
    const ku_frame *frame = frame_of(g, table->name);
    const char *raw = ku_arena_printf(g->arena, "%s as given", table->name);
    ku_text sql = {0};
    KU_TRY(check_given(g, table, frame, err));
    KU_TRY(copy_given(g, frame, raw, err));
    ku_text_add(&sql, "CREATE TEMP TABLE ");
    ku_sql_name(&sql, table->name);
    ku_text_add(&sql, " AS SELECT ");
    add_given_columns(table, frame, &sql);
    ku_text_add(&sql, " FROM ");
    ku_sql_name(&sql, raw);
    ku_text_add(&sql, " ORDER BY rowid");
    return exec_text(g, &sql, false, err);
}

/* ---- facts and queries ------------------------------------------------------------------ */

/* "CAST(x AS T) AS x, ...": exactly the columns and types of the descriptor. */
static void add_columns(const ku_column_spec *columns, ku_text *sql)
{
    for (const ku_column_spec *c = columns; c->name != NULL; c++) {
        ku_text_add(sql, c == columns ? "CAST(" : ", CAST(");
        ku_sql_name(sql, c->name);
        ku_text_addf(sql, " AS %s) AS ", ku_sql_type(c->type));
        ku_sql_name(sql, c->name);
    }
}

/* A view may carry the fact's own name, so the fact is named with its database. */
static ku_status view_fact(const gathering *g, const ku_table_spec *table, ku_error *err)
{
    ku_frame *database = NULL;
    KU_TRY(ku_session_query(g->session, "database", "SELECT current_database()", NULL, 0, &database,
                            err));
    const char *catalog = ku_column_text(&database->column[0], 0, g->arena);
    ku_frame_free(database);
    ku_text sql = {0};
    ku_text_add(&sql, "CREATE TEMP VIEW ");
    ku_sql_name(&sql, table->name);
    ku_text_add(&sql, " AS SELECT ");
    add_columns(table->columns, &sql);
    ku_text_add(&sql, " FROM ");
    ku_sql_name(&sql, catalog);
    ku_text_add(&sql, ".main.");
    ku_sql_name(&sql, table->fact);
    return exec_text(g, &sql, false, err);
}

static ku_status query_file(const gathering *g, const char *query, const char **text, ku_error *err)
{
    char path[256];
    snprintf(path, sizeof path, "queries/%s/%s.sql", g->session->bank->engine->name, query);
    *text = ku_analysis_file(g->analysis, path, NULL);
    if (*text != NULL) return KU_OK;
    return ku_error_set(err, KU_FAULT, path, "%s lacks this file", g->analysis->id);
}

static ku_status run_own_query(const gathering *g, const ku_table_spec *table, ku_error *err)
{
    const char *text;
    KU_TRY(query_file(g, table->query, &text, err));
    ku_text sql = {0};
    ku_text_add(&sql, "CREATE TEMP TABLE ");
    ku_sql_name(&sql, table->name);
    /* An open table keeps what else its query gives. */
    ku_text_add(&sql, table->further != NULL ? " AS SELECT * REPLACE (" : " AS SELECT ");
    add_columns(table->columns, &sql);
    ku_text_addf(&sql, "%s FROM (\n%s\n)", table->further != NULL ? ")" : "", text);
    return exec_text(g, &sql, true, err);
}

/* A table nobody gave and nobody must: there for the extracts, without rows. */
static ku_status make_empty(const gathering *g, const ku_table_spec *table, ku_error *err)
{
    ku_text sql = {0};
    ku_text_add(&sql, "CREATE TEMP TABLE ");
    ku_sql_name(&sql, table->name);
    ku_text_add(&sql, " (");
    for (const ku_column_spec *c = table->columns; c->name != NULL; c++) {
        ku_text_add(&sql, c == table->columns ? "" : ", ");
        ku_sql_name(&sql, c->name);
        ku_text_addf(&sql, " %s", ku_sql_type(c->type));
    }
    ku_text_add(&sql, ")");
    return exec_text(g, &sql, false, err);
}

static ku_status provide(const gathering *g, const ku_table_spec *table, ku_error *err)
{
    if (at_hand(g, table->name)) return KU_OK; /* attached before */
    if (table->fact != NULL) return view_fact(g, table, err);
    if (table->query != NULL) return run_own_query(g, table, err);
    if (table->optional) return make_empty(g, table, err);
    return ku_error_set(err, KU_USAGE, table->name,
                        "this table must be given as a file: --in %s=FILE", table->name);
}

/* ---- checks ----------------------------------------------------------------------------- */

static ku_status count_rows(const gathering *g, const char *table, int64_t most, int64_t *rows,
                            ku_error *err)
{
    ku_text sql = {0};
    ku_frame *count = NULL;
    ku_text_add(&sql, "SELECT count(*) FROM (SELECT 1 FROM ");
    ku_sql_name(&sql, table);
    ku_text_addf(&sql, " LIMIT %lld)", (long long)most);
    KU_TRY(query_text(g, "count", &sql, &count, err));
    *rows = count->column[0].as.i64[0];
    ku_frame_free(count);
    return KU_OK;
}

static ku_status check_rows(const gathering *g, const ku_table_spec *table, ku_error *err)
{
    if (table->optional) return KU_OK;
    int64_t rows;
    KU_TRY(count_rows(g, table->name, 1, &rows, err));
    if (rows > 0) return KU_OK;
    const ku_table_file *given = file_of(g, table->name);
    if (given != NULL) return ku_error_set(err, KU_BAD_DATA, given->path, "the file has no rows");
    if (frame_of(g, table->name) != NULL)
        return ku_error_set(err, KU_BAD_DATA, table->name, "the earlier run's table has no rows");
    return ku_error_set(err, KU_BAD_DATA, table->name,
                        "the bank holds nothing for this table; import %s first, or give a file: "
                        "--in %s=FILE",
                        table->fact != NULL ? table->fact : "the data", table->name);
}

/* Columns the analysis needs in every row; files are checked as they are read. */
static ku_status check_nulls(const gathering *g, const ku_table_spec *table, ku_error *err)
{
    if (file_of(g, table->name) != NULL) return KU_OK;
    ku_text sql = {0};
    ku_text_add(&sql, "SELECT 0 AS none");
    for (const ku_column_spec *c = table->columns; c->name != NULL; c++) {
        if (!c->required || (table->blank != NULL && strcmp(table->blank, c->name) == 0)) continue;
        ku_text_add(&sql, ", count(*) - count(");
        ku_sql_name(&sql, c->name);
        ku_text_add(&sql, ") AS ");
        ku_sql_name(&sql, c->name);
    }
    ku_text_add(&sql, " FROM ");
    ku_sql_name(&sql, table->name);
    ku_frame *nulls = NULL;
    KU_TRY(query_text(g, "nulls", &sql, &nulls, err));
    ku_status status = KU_OK;
    for (int32_t i = 1; status == KU_OK && i < nulls->columns; i++)
        if (nulls->column[i].as.i64[0] > 0)
            status = ku_error_set(err, KU_BAD_DATA, table->name,
                                  "%lld rows of the bank have no %s, which %s needs in every row",
                                  (long long)nulls->column[i].as.i64[0], nulls->column[i].name,
                                  g->analysis->id);
    ku_frame_free(nulls);
    return status;
}

/* ---- frames ----------------------------------------------------------------------------- */

/* A cell as a value for later queries. */
static ku_bind bind_cell(const ku_column *column, int64_t row, const char *name, ku_arena *arena)
{
    ku_bind bind = {.name = name, .type = column->type, .null = !ku_column_valid(column, row)};
    if (bind.null) return bind;
    switch (column->type) {
    case KU_DOUBLE:
        bind.as.f64 = column->as.f64[row];
        break;
    case KU_BOOL:
        bind.as.boolean = ku_column_bool(column, row);
        break;
    case KU_DATE:
        bind.as.days = column->as.days[row];
        break;
    case KU_TEXT:
        bind.as.text = ku_column_text(column, row, arena);
        break;
    default: /* whole numbers and instants */
        bind.as.i64 = column->as.i64[row];
        break;
    }
    return bind;
}

/* The columns of a one-row extract become $<extract>_<column> of those after it. */
static void bind_row(gathering *g, const ku_frame *frame)
{
    size_t count = g->bind_count + (size_t)frame->columns;
    ku_bind *binds = KU_ARRAY(g->arena, count + 1, ku_bind);
    memcpy(binds, g->binds, g->bind_count * sizeof *binds);
    for (int32_t c = 0; c < frame->columns; c++) {
        const ku_column *column = &frame->column[c];
        const char *name = ku_arena_printf(g->arena, "%s_%s", frame->name, column->name);
        binds[g->bind_count++] = bind_cell(column, 0, name, g->arena);
    }
    g->binds = binds;
}

static ku_status make_extract(const gathering *g, const ku_extract_spec *extract, ku_error *err)
{
    const char *text;
    ku_text sql = {0};
    KU_TRY(query_file(g, extract->name, &text, err));
    ku_text_add(&sql, "CREATE TEMP TABLE ");
    ku_sql_name(&sql, extract->name);
    ku_text_addf(&sql, " AS (\n%s\n)", text);
    ku_status status = exec_text(g, &sql, true, err);
    if (status == KU_FAULT) ku_error_at(err, "%s, query %s", g->analysis->id, extract->name);
    return status;
}

/* Tables that queries made are read in the order they were made in: while something is
 * imported into the same bank, the engine keeps no order by itself. */
static ku_status read_table(const gathering *g, const char *name, bool ordered, ku_frame **frame,
                            ku_error *err)
{
    ku_text sql = {0};
    ku_text_add(&sql, "FROM ");
    ku_sql_name(&sql, name);
    if (ordered) ku_text_add(&sql, " ORDER BY rowid");
    return query_text(g, name, &sql, frame, err);
}

static ku_status add_extracts(gathering *g, ku_frames *inputs, ku_error *err)
{
    for (const ku_extract_spec *e = g->analysis->extracts; e->name != NULL; e++) {
        ku_frame *frame = NULL;
        KU_TRY(make_extract(g, e, err));
        if (e->intermediate) continue;
        KU_TRY(read_table(g, e->name, true, &frame, err));
        if (frame->rows == 1) bind_row(g, frame);
        KU_TRY(ku_frames_add(inputs, frame, err));
    }
    return KU_OK;
}

static ku_status add_tables(const gathering *g, ku_frames *inputs, ku_error *err)
{
    for (const ku_table_spec *t = g->analysis->inputs; t->name != NULL; t++) {
        ku_frame *frame = NULL;
        bool own = file_of(g, t->name) == NULL && t->fact == NULL;
        KU_TRY(read_table(g, t->name, own, &frame, err));
        if (frame->rows == 0 && t->optional)
            ku_frame_free(frame);
        else
            KU_TRY(ku_frames_add(inputs, frame, err));
    }
    return KU_OK;
}

/* ---- pieces ----------------------------------------------------------------------------- */

/* Whether the first table is the only one with rows, and has more than a piece takes. */
static ku_status worth_cutting(const gathering *g, bool *yes, int64_t *total, ku_error *err)
{
    const ku_table_spec *tables = g->analysis->inputs;
    *yes = false;
    if (g->cut == NULL) return KU_OK;
    for (const ku_table_spec *t = tables + 1; t->name != NULL; t++) {
        int64_t further;
        KU_TRY(count_rows(g, t->name, 1, &further, err));
        if (further > 0) return KU_OK;
    }
    KU_TRY(count_rows(g, tables->name, INT64_MAX, total, err));
    *yes = *total > g->cut->rows;
    return KU_OK;
}

static ku_status hand_pieces(const gathering *g, int64_t total, ku_error *err)
{
    const char *name = g->analysis->inputs->name, *by = g->analysis->partition;
    ku_text sql = {0};
    ku_text_add(&sql, "FROM ");
    ku_sql_name(&sql, name);
    ku_text_add(&sql, " ORDER BY ");
    ku_sql_name(&sql, by);
    ku_text_add(&sql, ", rowid");
    ku_status status = ku_text_check(&sql, err);
    if (status == KU_OK)
        status = ku_session_pieces(g->session, name, ku_text_string(&sql), by, g->cut, total, err);
    ku_text_clear(&sql);
    return status;
}

static ku_status gather(gathering *g, ku_frames *inputs, ku_error *err)
{
    const ku_table_spec *tables = g->analysis->inputs;
    KU_TRY(check_files(g, err));
    for (const ku_table_spec *t = tables; t->name != NULL; t++)
        if (file_of(g, t->name) != NULL)
            KU_TRY(attach_file(g, t, err));
        else if (frame_of(g, t->name) != NULL)
            KU_TRY(attach_frame(g, t, err));
    KU_TRY(ku_session_begin(g->session, err));
    for (int queries = 0; queries <= 1; queries++) /* queries may read the other tables */
        for (const ku_table_spec *t = tables; t->name != NULL; t++)
            if ((t->fact == NULL && t->query != NULL) == queries) KU_TRY(provide(g, t, err));
    for (const ku_table_spec *t = tables; t->name != NULL; t++) {
        KU_TRY(check_rows(g, t, err));
        KU_TRY(check_nulls(g, t, err));
    }
    bool cut;
    int64_t total = 0;
    KU_TRY(worth_cutting(g, &cut, &total, err));
    if (cut) return hand_pieces(g, total, err);
    return g->analysis->extracts != NULL ? add_extracts(g, inputs, err)
                                         : add_tables(g, inputs, err);
}

ku_status ku_bank_inputs_cut(ku_bank *bank, const ku_analysis *analysis, const ku_params *params,
                             const ku_table_file *files, size_t file_count,
                             const ku_table_frame *given, size_t given_count, const ku_cut *cut,
                             ku_frames *inputs, ku_error *err)
{
    static const ku_table_spec no_tables[] = {{.name = NULL}};
    ku_analysis described = *analysis;
    if (described.inputs == NULL) described.inputs = no_tables;
    assert(cut == NULL || (analysis->partition != NULL && analysis->extracts == NULL));
    gathering g = {.analysis = &described,
                   .files = files,
                   .file_count = file_count,
                   .given = given,
                   .given_count = given_count,
                   .cut = cut};
    g.arena = ku_arena_new();
    if (g.arena == NULL) return ku_error_set(err, KU_NO_MEMORY, NULL, "no memory for the inputs");
    bind_params(&g, params);
    ku_status status = ku_session_open(bank, &g.session, err);
    if (status == KU_OK) status = gather(&g, inputs, err);
    if (status != KU_OK) ku_frames_clear(inputs);
    ku_session_close(g.session);
    ku_arena_free(g.arena);
    return status;
}

ku_status ku_bank_inputs(ku_bank *bank, const ku_analysis *analysis, const ku_params *params,
                         const ku_table_file *files, size_t file_count, ku_frames *inputs,
                         ku_error *err)
{
    return ku_bank_inputs_cut(bank, analysis, params, files, file_count, NULL, 0, NULL, inputs,
                              err);
}
