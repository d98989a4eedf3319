/* attach.c - a file given for a table of an analysis, as a temporary table with exactly the
 * columns the analysis asks for, checked.
 *
 * The file may call its columns by any of the usual names the fact behind the table knows,
 * and may leave out what can be derived from the others; what is optional and absent is
 * null. The table keeps the file's order, so its row number tells the line of a value that
 * is missing. Errors name the file's own columns. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bank/duckdb/attach_internal.h"
#include "bank/match.h"
#include "bank/session.h"

void ku_attach_path(const ku_attaching *a, ku_text *sql)
{
    ku_sql_literal(sql, a->unpacked != NULL ? a->unpacked : a->file->path);
}

const char *ku_attach_expected(ku_type type)
{
    static const char *const words[KU_TYPE_COUNT] = {
        [KU_INT64] = "a whole number",
        [KU_DOUBLE] = "a number",
        [KU_BOOL] = "true or false",
        [KU_DATE] = "a date such as 2026-11-23",
        [KU_TIMESTAMP] = "a date and time such as 2026-11-23 14:05:00",
        [KU_TEXT] = "a text"};
    return words[type];
}

ku_status ku_attach_query(const ku_attaching *a, ku_text *sql, ku_frame **frame, ku_error *err)
{
    ku_status status = ku_text_check(sql, err);
    if (status == KU_OK)
        status = ku_duckdb_query(a->connection, "file", ku_text_string(sql), NULL, 0, frame, err);
    ku_text_clear(sql);
    return status;
}

/* ---- what the file is ------------------------------------------------------------------ */

static ku_status layout_of(const char *path, ku_layout *layout, ku_error *err)
{
    static const struct {
        const char *suffix;
        ku_layout layout;
    } known[] = {
        {".csv", KU_LAYOUT_CSV},
        {".csv.gz", KU_LAYOUT_CSV},
        {".csv.zst", KU_LAYOUT_CSV},
        {".tsv", KU_LAYOUT_CSV},
        {".tsv.gz", KU_LAYOUT_CSV},
        {".txt", KU_LAYOUT_CSV},
        {".parquet", KU_LAYOUT_PARQUET},
        {".jsonl", KU_LAYOUT_JSON_LINES},
        {".xlsx", KU_LAYOUT_CSV},
        {".ndjson", KU_LAYOUT_JSON_LINES},
        {".jsonl.gz", KU_LAYOUT_JSON_LINES},
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (ku_text_ends(path, known[i].suffix)) {
            *layout = known[i].layout;
            return KU_OK;
        }
    return ku_error_set(err, KU_USAGE, path,
                        "the name does not tell what the file is; expected .csv, .csv.gz, "
                        ".csv.zst, .parquet, .jsonl or .xlsx");
}

/* Says early and in plain words what would be wrong with opening it; also keeps the reader
 * to files of this machine. */
static ku_status check_file(const char *path, ku_error *err)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0) return ku_error_errno(err, errno, path, "read the file");
    struct stat st;
    ku_status status = KU_OK;
    if (fstat(fd, &st) != 0)
        status = ku_error_errno(err, errno, path, "read the file");
    else if (!S_ISREG(st.st_mode))
        status = ku_error_set(err, KU_USAGE, path, "this is not a file");
    close(fd);
    return status;
}

void ku_attach_reader(const ku_attaching *a, ku_text *sql)
{
    if (a->layout == KU_LAYOUT_CSV) {
        ku_attach_csv_reader(a, NULL, sql);
        return;
    }
    ku_text_add(sql, a->layout == KU_LAYOUT_PARQUET ? "read_parquet(" : "read_json(");
    ku_attach_path(a, sql);
    if (a->layout == KU_LAYOUT_JSON_LINES) {
        ku_text_add(sql, ", format = 'newline_delimited', columns = {");
        for (size_t i = 0; i < a->name_count; i++) {
            ku_text_add(sql, i > 0 ? ", " : "");
            ku_sql_literal(sql, a->names[i]);
            ku_text_add(sql, ": 'VARCHAR'");
        }
        ku_text_add(sql, "}");
    }
    ku_text_add(sql, ")");
}

static ku_status describe(ku_attaching *a, ku_error *err)
{
    ku_text sql = {0};
    ku_text_add(&sql, "SELECT column_name FROM (DESCRIBE SELECT * FROM ");
    ku_text_add(&sql, a->layout == KU_LAYOUT_PARQUET ? "read_parquet(" : "read_json(");
    ku_attach_path(a, &sql);
    if (a->layout == KU_LAYOUT_JSON_LINES) ku_text_add(&sql, ", format = 'newline_delimited'");
    ku_text_add(&sql, "))");
    ku_frame *list = NULL;
    ku_error found = {0};
    ku_status status = ku_attach_query(a, &sql, &list, &found);
    if (status != KU_OK)
        return ku_error_set(err, status == KU_FAULT || status == KU_IO ? KU_BAD_DATA : status,
                            a->file->path, "the file cannot be read: %s", found.message);
    const char **names = KU_ARRAY(a->arena, (size_t)list->rows, const char *);
    for (int64_t i = 0; i < list->rows; i++)
        names[i] = ku_column_text(&list->column[0], i, a->arena);
    a->names = names;
    a->name_count = (size_t)list->rows;
    ku_frame_free(list);
    return KU_OK;
}

/* ---- which columns are meant ---------------------------------------------------------- */

static const ku_fact_column *fact_column(const ku_fact *fact, const char *name)
{
    if (fact == NULL) return NULL;
    for (const ku_fact_column *c = fact->columns; c->name != NULL; c++)
        if (strcmp(c->name, name) == 0) return c;
    return NULL;
}

static void want(ku_attaching *a, const char *name, ku_type type)
{
    a->wanted[a->wanted_count++] = (ku_wanted){.name = name, .type = type, .from = -1};
}

static const ku_wanted *find_wanted(const ku_attaching *a, const char *name)
{
    for (size_t i = 0; i < a->wanted_count; i++)
        if (strcmp(a->wanted[i].name, name) == 0) return &a->wanted[i];
    return NULL;
}

/* By one of the names the table's own descriptor knows. */
static int alias_column(const ku_attaching *a, const char *column, const bool *taken)
{
    int from = -1;
    for (const ku_alias_spec *s = a->file->table->aliases;
         s != NULL && s->column != NULL && from < 0; s++)
        if (strcmp(s->column, column) == 0)
            from = ku_match_column(s->name, NULL, a->names, taken, a->name_count);
    return from;
}

/* Columns of the very name are given out before an alias may take one. */
static void match_columns(ku_attaching *a)
{
    bool *taken = KU_ARRAY(a->arena, a->name_count + 1, bool);
    for (int with_aliases = 0; with_aliases <= 1; with_aliases++)
        for (size_t i = 0; i < a->wanted_count; i++) {
            ku_wanted *w = &a->wanted[i];
            const ku_fact_column *known = fact_column(a->file->fact, w->name);
            if (w->from >= 0) continue;
            if (with_aliases && known == NULL)
                w->from = alias_column(a, w->name, taken);
            else
                w->from = ku_match_column(w->name, with_aliases ? known->aliases : NULL, a->names,
                                          taken, a->name_count);
            if (w->from >= 0) taken[w->from] = true;
        }
}

static void choose_columns(ku_attaching *a)
{
    size_t room = 0;
    for (const ku_column_spec *c = a->file->table->columns; c->name != NULL; c++) room++;
    a->asked_count = room;
    room += a->name_count;
    if (a->file->fact != NULL)
        for (const ku_fact_column *c = a->file->fact->columns; c->name != NULL; c++) room++;
    a->wanted = KU_ARRAY(a->arena, room, ku_wanted);
    for (const ku_column_spec *c = a->file->table->columns; c->name != NULL; c++)
        want(a, c->name, c->type);
    if (a->file->fact != NULL)
        for (const ku_fact_column *c = a->file->fact->columns; c->name != NULL; c++)
            if (find_wanted(a, c->name) == NULL) want(a, c->name, c->type);
    match_columns(a);
}

/* Whether every column of the fact that the formula names is in the file. */
static bool can_derive(const ku_attaching *a, const char *formula)
{
    for (const char *p = formula; *p != '\0';) {
        size_t length = strspn(p, "abcdefghijklmnopqrstuvwxyz_0123456789");
        char word[64];
        ku_text_copyn(word, sizeof word, p, length);
        const ku_wanted *w = length > 0 && length < sizeof word ? find_wanted(a, word) : NULL;
        if (w != NULL && w->from < 0) return false;
        p += length > 0 ? length : 1;
    }
    return true;
}

static const char *formula_of(const ku_attaching *a, const ku_wanted *w)
{
    const ku_fact_column *known = fact_column(a->file->fact, w->name);
    if (known == NULL || known->derive == NULL || !can_derive(a, known->derive)) return NULL;
    return known->derive;
}

static const char *name_at(const void *data, size_t i)
{
    return ((const char *const *)data)[i];
}

static ku_status missing_column(const ku_attaching *a, const char *name, ku_error *err)
{
    ku_text has = {0};
    for (size_t i = 0; i < a->name_count && has.length < 200; i++)
        ku_text_addf(&has, "%s%s", i > 0 ? ", " : "", a->names[i]);
    const char *nearest = ku_text_nearest(name, a->name_count, name_at, a->names);
    ku_status status = ku_error_set(
        err, KU_BAD_DATA, a->file->path, "the column '%s' is missing%s%s%s; the file has: %s", name,
        nearest != NULL ? " (is it '" : "", nearest != NULL ? nearest : "",
        nearest != NULL ? "'?)" : "", ku_text_string(&has));
    ku_text_clear(&has);
    return status;
}

static ku_status check_columns(const ku_attaching *a, ku_error *err)
{
    const ku_column_spec *columns = a->file->table->columns;
    for (size_t i = 0; columns[i].name != NULL; i++)
        if (columns[i].required && a->wanted[i].from < 0 && formula_of(a, &a->wanted[i]) == NULL)
            return missing_column(a, a->wanted[i].name, err);
    return KU_OK;
}

/* ---- making the table ------------------------------------------------------------------ */

/* The file's column as the reader calls it. */
void ku_attach_source(const ku_attaching *a, int from, ku_text *sql)
{
    if (a->layout == KU_LAYOUT_CSV)
        ku_text_addf(sql, "c%d", from);
    else
        ku_sql_name(sql, a->names[from]);
}

static void inner_sql(const ku_attaching *a, ku_text *sql)
{
    ku_text_add(sql, "SELECT ");
    for (size_t i = 0; i < a->wanted_count; i++) {
        const ku_wanted *w = &a->wanted[i];
        ku_text_add(sql, i > 0 ? ", CAST(" : "CAST(");
        if (w->from >= 0)
            ku_attach_source(a, w->from, sql);
        else
            ku_text_add(sql, "NULL");
        ku_text_addf(sql, " AS %s) AS ", ku_sql_type(w->type));
        ku_sql_name(sql, w->name);
    }
    ku_text_add(sql, " FROM ");
    ku_attach_reader(a, sql);
}

/* Not-a-number and infinity are as good as nothing. */
static void outer_column(const ku_attaching *a, const ku_wanted *w, ku_text *sql)
{
    const char *formula = w->from < 0 ? formula_of(a, w) : NULL;
    ku_text value = {0};
    if (formula != NULL)
        ku_text_addf(&value, "CAST(%s AS %s)", formula, ku_sql_type(w->type));
    else
        ku_sql_name(&value, w->name);
    const char *v = ku_text_string(&value);
    if (w->type == KU_DOUBLE && (w->from >= 0 || formula != NULL))
        ku_text_addf(sql, "CASE WHEN isfinite(%s) THEN %s END", v, v);
    else
        ku_text_add(sql, v);
    ku_text_add(sql, " AS ");
    ku_sql_name(sql, w->name);
    ku_text_clear(&value);
}

static ku_status make_table(const ku_attaching *a, ku_error *err)
{
    ku_text sql = {0};
    ku_text_add(&sql, "CREATE TEMP TABLE ");
    ku_sql_name(&sql, a->file->view);
    ku_text_add(&sql, " AS SELECT ");
    for (size_t i = 0; i < a->asked_count; i++) {
        ku_text_add(&sql, i > 0 ? ", " : "");
        outer_column(a, &a->wanted[i], &sql);
    }
    ku_text_add(&sql, " FROM (");
    inner_sql(a, &sql);
    ku_text_add(&sql, ")");
    ku_status status = ku_text_check(&sql, err);
    if (status == KU_OK)
        status = ku_duckdb_exec(a->connection, ku_text_string(&sql), NULL, 0, NULL, err);
    ku_text_clear(&sql);
    return status;
}

/* ---- what is wrong ---------------------------------------------------------------------- */

/* The first row of a Parquet or JSON file whose value of this column is not of its type. */
static ku_status explain_column(const ku_attaching *a, const ku_wanted *w, ku_error *err)
{
    ku_text sql = {0};
    ku_text_add(&sql, "SELECT row, value FROM (SELECT row_number() OVER () AS row, ");
    ku_attach_source(a, w->from, &sql);
    ku_text_add(&sql, "::VARCHAR AS value FROM ");
    ku_attach_reader(a, &sql);
    ku_text_addf(&sql,
                 ") WHERE value IS NOT NULL AND TRY_CAST(value AS %s) IS NULL "
                 "ORDER BY row LIMIT 1",
                 ku_sql_type(w->type));
    ku_frame *first = NULL;
    ku_error ignored = {0};
    if (ku_attach_query(a, &sql, &first, &ignored) != KU_OK || first->rows == 0) {
        ku_frame_free(first);
        return KU_OK;
    }
    char where[sizeof err->where];
    snprintf(where, sizeof where, "%s, %s %lld, column %s", a->file->path,
             a->layout == KU_LAYOUT_PARQUET ? "row" : "line", (long long)first->column[0].as.i64[0],
             a->names[w->from]);
    const char *value = ku_column_text(&first->column[1], 0, a->arena);
    ku_status status = ku_error_set(err, KU_BAD_DATA, where, "found '%.60s', expected %s", value,
                                    ku_attach_expected(w->type));
    ku_frame_free(first);
    return status;
}

static ku_status explain(const ku_attaching *a, const ku_error *found, ku_error *err)
{
    if (found->code != KU_BAD_DATA && found->code != KU_IO)
        return ku_error_set(err, found->code, a->file->path, "%s", found->message);
    if (a->layout == KU_LAYOUT_CSV) KU_TRY(ku_attach_csv_explain(a, err));
    for (size_t i = 0; a->layout != KU_LAYOUT_CSV && i < a->wanted_count; i++)
        if (a->wanted[i].from >= 0) KU_TRY(explain_column(a, &a->wanted[i], err));
    return ku_error_set(err, KU_BAD_DATA, a->file->path, "the file cannot be read: %s",
                        found->message);
}

/* The first row in which a required column is empty. */
static ku_status check_required(const ku_attaching *a, size_t column, ku_error *err)
{
    const ku_wanted *w = &a->wanted[column];
    ku_text sql = {0};
    ku_text_add(&sql, "SELECT min(rowid)::BIGINT AS row FROM ");
    ku_sql_name(&sql, a->file->view);
    ku_text_add(&sql, " WHERE ");
    ku_sql_name(&sql, w->name);
    ku_text_add(&sql, " IS NULL");
    ku_frame *first = NULL;
    KU_TRY(ku_attach_query(a, &sql, &first, err));
    bool none = first->column[0].nulls > 0;
    long long row = none ? 0 : (long long)first->column[0].as.i64[0];
    ku_frame_free(first);
    if (none) return KU_OK;
    char where[sizeof err->where];
    snprintf(where, sizeof where, "%s, %s %lld, column %s", a->file->path,
             a->layout == KU_LAYOUT_PARQUET ? "row" : "line",
             row + (a->layout == KU_LAYOUT_CSV ? 2 : 1),
             w->from >= 0 ? a->names[w->from] : w->name);
    return ku_error_set(err, KU_BAD_DATA, where, "found nothing, expected %s",
                        ku_attach_expected(w->type));
}

/* A dimension's file with one key in two rows would count every sale of it twice. */
static ku_status check_keys(const ku_attaching *a, ku_error *err)
{
    const ku_fact *fact = a->file->fact;
    ku_text sql = {0}, keys = {0};
    if (fact == NULL || fact->kind != KU_DIMENSION) return KU_OK;
    for (size_t i = 0; fact->key[i] != NULL; i++) {
        size_t asked = 0;
        while (asked < a->asked_count && strcmp(a->wanted[asked].name, fact->key[i]) != 0) asked++;
        if (asked == a->asked_count) { /* the analysis does not use the key */
            ku_text_clear(&keys);
            return KU_OK;
        }
        if (i > 0) ku_text_add(&keys, ", ");
        ku_sql_name(&keys, fact->key[i]);
    }
    ku_text_addf(&sql, "SELECT count(*) FROM (SELECT %s FROM ", ku_text_string(&keys));
    ku_sql_name(&sql, a->file->view);
    ku_text_addf(&sql, " GROUP BY %s HAVING count(*) > 1)", ku_text_string(&keys));
    ku_text_clear(&keys);
    ku_frame *count = NULL;
    KU_TRY(ku_attach_query(a, &sql, &count, err));
    int64_t twice = count->column[0].as.i64[0];
    ku_frame_free(count);
    if (twice == 0) return KU_OK;
    return ku_error_set(err, KU_BAD_DATA, a->file->path,
                        "%lld %s stand in more than one row; expected one row for each",
                        (long long)twice, fact->key[0]);
}

static ku_status attach(ku_attaching *a, ku_error *err)
{
    KU_TRY(check_file(a->file->path, err));
    KU_TRY(layout_of(a->file->path, &a->layout, err));
    if (ku_text_ends(a->file->path, ".xlsx")) KU_TRY(ku_attach_workbook(a, err));
    if (ku_text_ends(a->file->path, ".gz") || ku_text_ends(a->file->path, ".zst"))
        KU_TRY(ku_attach_check_whole(a->file->path, err));
    KU_TRY(a->layout == KU_LAYOUT_CSV ? ku_attach_csv_head(a, err) : describe(a, err));
    choose_columns(a);
    KU_TRY(check_columns(a, err));
    KU_TRY(ku_attach_further(a, err));
    ku_error found = {0};
    if (make_table(a, &found) != KU_OK) return explain(a, &found, err);
    const ku_table_spec *table = a->file->table;
    for (size_t i = 0; table->columns[i].name != NULL; i++)
        if (table->columns[i].required &&
            (table->blank == NULL || strcmp(table->blank, table->columns[i].name) != 0))
            KU_TRY(check_required(a, i, err));
    return check_keys(a, err);
}

ku_status ku_duckdb_attach(void *connection, const ku_file_view *file, ku_error *err)
{
    ku_attaching a = {.connection = connection, .file = file, .arena = ku_arena_new()};
    if (a.arena == NULL) return ku_error_set(err, KU_NO_MEMORY, file->path, "no memory to read it");
    ku_status status = attach(&a, err);
    if (a.unpacked != NULL) unlink(a.unpacked);
    ku_arena_free(a.arena);
    return status;
}
