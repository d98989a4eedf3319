/* csv.c - CSV files of analyses: their first lines tell delimiter, decimal mark and column
 * names; DuckDB reads the rest with the types the analysis asks for, in parallel.
 *
 * The delimiter is not guessed from the shape of the data, as the names of the columns are
 * known to stand in the first line: it is the candidate that occurs there most often. */
#include <string.h>

#include "bank/duckdb/attach_internal.h"
#include "bank/session.h"

enum { HEAD_LINES = 50 };

/* ---- the first lines ------------------------------------------------------------------- */

/* Each line as one text: a character no file has delimits, nothing quotes. */
static ku_status read_head(ku_attaching *a, ku_frame **lines, ku_error *err)
{
    ku_text sql = {0};
    ku_text_add(&sql, "SELECT line FROM read_csv(");
    ku_attach_path(a, &sql);
    ku_text_addf(&sql,
                 ", columns = {'line': 'VARCHAR'}, auto_detect = false, header = false, "
                 "delim = chr(1), quote = '', escape = '') LIMIT %d",
                 HEAD_LINES);
    ku_status status = ku_text_check(&sql, err);
    if (status == KU_OK)
        status = ku_duckdb_query(a->connection, "head", ku_text_string(&sql), NULL, 0, lines, err);
    ku_text_clear(&sql);
    return status;
}

static size_t count_outside_quotes(const char *line, char delimiter)
{
    size_t count = 0;
    bool quoted = false;
    for (; *line != '\0'; line++) {
        if (*line == '"') quoted = !quoted;
        if (*line == delimiter && !quoted) count++;
    }
    return count;
}

static char delimiter_of(const char *line)
{
    static const char candidates[] = ",;\t|";
    char best = ',';
    size_t most = 0;
    for (const char *c = candidates; *c != '\0'; c++) {
        size_t count = count_outside_quotes(line, *c);
        if (count > most) {
            most = count;
            best = *c;
        }
    }
    return best;
}

/* The next field of a line, without its quotes; moves *at behind the delimiter, or to NULL
 * after the last field. */
static const char *next_field(ku_arena *arena, const char **at, char delimiter)
{
    const char *p = *at;
    bool quoted = *p == '"';
    char *field = ku_arena_alloc(arena, strlen(p) + 1), *to = field;
    if (quoted) p++;
    for (; *p != '\0' && (quoted || *p != delimiter); p++) {
        if (quoted && *p == '"') {
            if (p[1] == '"')
                p++;
            else {
                quoted = false;
                continue;
            }
        }
        *to++ = *p;
    }
    *to = '\0';
    *at = *p == '\0' ? NULL : p + 1;
    ku_span trimmed = ku_text_trim(field, (size_t)(to - field));
    return ku_arena_strndup(arena, trimmed.at, trimmed.length);
}

/* "-1,5": a decimal comma and nothing else. */
static bool has_decimal_comma(const char *field)
{
    if (*field == '-' || *field == '+') field++;
    size_t whole = strspn(field, "0123456789");
    if (whole == 0 || field[whole] != ',') return false;
    size_t part = strspn(field + whole + 1, "0123456789");
    return part > 0 && field[whole + 1 + part] == '\0';
}

static char decimal_of(ku_attaching *a, const ku_frame *lines)
{
    if (a->delimiter == ',') return '.';
    for (int64_t row = 1; row < lines->rows; row++) {
        const char *at = ku_column_text(&lines->column[0], row, a->arena);
        while (at != NULL)
            if (has_decimal_comma(next_field(a->arena, &at, a->delimiter))) return ',';
    }
    return '.';
}

static void names_of(ku_attaching *a, const char *line)
{
    size_t count = count_outside_quotes(line, a->delimiter) + 1;
    const char **names = KU_ARRAY(a->arena, count, const char *);
    size_t found = 0;
    for (const char *at = line; at != NULL && found < count;)
        names[found++] = next_field(a->arena, &at, a->delimiter);
    a->names = names;
    a->name_count = found;
}

ku_status ku_attach_csv_head(ku_attaching *a, ku_error *err)
{
    ku_frame *lines = NULL;
    ku_error found = {0};
    ku_status status = read_head(a, &lines, &found);
    if (status != KU_OK && strstr(found.message, "CSV Error on Line") != NULL)
        return ku_error_set(err, KU_BAD_DATA, a->file->path,
                            "found bytes that are not text in UTF-8, or a line of more than "
                            "2 MB; expected a CSV file in UTF-8");
    if (status != KU_OK)
        return ku_error_set(err, status == KU_IO ? KU_BAD_DATA : status, a->file->path,
                            "the file cannot be read: %s", found.message);
    const char *line = lines->rows > 0 ? ku_column_text(&lines->column[0], 0, a->arena) : NULL;
    if (line == NULL) {
        ku_frame_free(lines);
        return ku_error_set(err, KU_BAD_DATA, a->file->path,
                            "the file is empty; expected a first line with the columns' names");
    }
    a->delimiter = delimiter_of(line);
    names_of(a, line);
    a->decimal = decimal_of(a, lines);
    ku_frame_free(lines);
    return KU_OK;
}

/* ---- the whole file ------------------------------------------------------------------- */

static ku_type type_of(const ku_attaching *a, size_t column)
{
    for (size_t i = 0; i < a->wanted_count && !a->untyped; i++)
        if (a->wanted[i].from == (int)column) return a->wanted[i].type;
    return KU_TEXT;
}

void ku_attach_csv_reader(const ku_attaching *a, const char *rejects, ku_text *sql)
{
    ku_text_add(sql, "read_csv(");
    ku_attach_path(a, sql);
    ku_text_add(sql, ", columns = {");
    for (size_t i = 0; i < a->name_count; i++)
        ku_text_addf(sql, "%s'c%zu': '%s'", i > 0 ? ", " : "", i, ku_sql_type(type_of(a, i)));
    ku_text_add(sql,
                "}, auto_detect = false, header = true, quote = '\"', escape = '\"', delim = ");
    ku_sql_literal(sql, (const char[]){a->delimiter, '\0'});
    if (a->unpacked != NULL) ku_text_add(sql, ", null_padding = true");
    ku_text_addf(sql, ", decimal_separator = '%c'", a->decimal);
    if (rejects != NULL)
        ku_text_addf(sql,
                     ", store_rejects = true, rejects_limit = 1000, rejects_table = '%s', "
                     "rejects_scan = '%s_scans'",
                     rejects, rejects);
    ku_text_add(sql, ")");
}

/* ---- which line is wrong -------------------------------------------------------------- */

static const char rejects_table[] = "kemudi_rejects";

/* Reads the file again, only counting, with the lines that fail put aside. */
static ku_status collect_rejects(const ku_attaching *a, ku_frame **first, ku_error *err)
{
    ku_text sql = {0};
    ku_text_add(&sql, "SELECT count(*)");
    for (size_t i = 0; i < a->wanted_count; i++)
        if (a->wanted[i].from >= 0) ku_text_addf(&sql, ", count(c%d)", a->wanted[i].from);
    ku_text_add(&sql, " FROM ");
    ku_attach_csv_reader(a, rejects_table, &sql);
    ku_frame *counts = NULL;
    ku_status status = ku_text_check(&sql, err);
    if (status == KU_OK)
        status = ku_duckdb_query(a->connection, "counts", ku_text_string(&sql), NULL, 0, &counts,
                                 err);
    ku_text_clear(&sql);
    ku_frame_free(counts);
    KU_TRY(status);
    status = ku_duckdb_query(a->connection, "rejects",
                             "SELECT line::BIGINT AS line, column_idx::BIGINT - 1 AS at, "
                             "error_type::VARCHAR AS kind, error_message AS message, "
                             "line_byte_position::BIGINT AS byte "
                             "FROM kemudi_rejects ORDER BY line, column_idx LIMIT 1",
                             NULL, 0, first, err);
    ku_error ignored = {0};
    ku_duckdb_exec(a->connection,
                   "DROP TABLE IF EXISTS kemudi_rejects; DROP TABLE IF EXISTS kemudi_rejects_scans",
                   NULL, 0, NULL, &ignored);
    return status;
}

/* DuckDB counts records; a quoted line break makes them fewer than the lines an editor
 * shows. In a file that is not compressed the record's place tells its line. */
static int64_t line_at(const ku_attaching *a, int64_t record, int64_t byte)
{
    FILE *file = ku_text_ends(a->file->path, ".csv") ? fopen(a->file->path, "re") : NULL;
    if (file == NULL || byte <= 0) {
        if (file != NULL) fclose(file);
        return record;
    }
    char bytes[65536];
    int64_t line = 1;
    for (size_t got; byte > 1 && (got = fread(bytes, 1, sizeof bytes, file)) > 0;)
        for (size_t i = 0; i < got && byte > 1; i++, byte--) line += bytes[i] == '\n';
    fclose(file);
    return line;
}

/* The value in DuckDB's message, without the doubling of quotes it has in the file. */
static const char *quoted_after(ku_arena *arena, const char *message, const char *after)
{
    const char *at = strstr(message, after);
    const char *begin = at != NULL ? strchr(at + strlen(after), '"') : NULL;
    const char *end = begin != NULL ? strstr(begin + 1, "\" to '") : NULL;
    if (end == NULL) return NULL;
    char *value = ku_arena_strndup(arena, begin + 1, (size_t)(end - begin - 1)), *to = value;
    for (const char *p = value; *p != '\0'; p++) {
        *to++ = *p;
        if (p[0] == '"' && p[1] == '"') p++;
    }
    *to = '\0';
    value[ku_utf8_cut(value, (size_t)(to - value), 60)] = '\0';
    return value;
}

static ku_status say_why(const ku_attaching *a, const ku_frame *first, ku_error *err)
{
    int64_t byte = ku_column_valid(&first->column[4], 0) ? first->column[4].as.i64[0] : 0;
    long long line = (long long)line_at(a, first->column[0].as.i64[0], byte);
    int64_t at = ku_column_valid(&first->column[1], 0) ? first->column[1].as.i64[0] : -1;
    const char *kind = ku_column_text(&first->column[2], 0, a->arena);
    const char *message = ku_column_text(&first->column[3], 0, a->arena);
    const char *column = at >= 0 && (size_t)at < a->name_count ? a->names[at] : "";
    char where[sizeof err->where];
    snprintf(where, sizeof where, "%s, line %lld%s%s", a->file->path, line,
             column[0] != '\0' ? ", column " : "", column);
    const char *value = quoted_after(a->arena, message, "Could not convert string");
    if (value != NULL)
        return ku_error_set(err, KU_BAD_DATA, where, "found '%s', expected %s", value,
                            ku_attach_expected(type_of(a, (size_t)at)));
    if (strstr(kind, "ENCODING") != NULL || strstr(message, "utf-8") != NULL)
        return ku_error_set(err, KU_BAD_DATA, where,
                            "found bytes that are not UTF-8; save the file as UTF-8");
    const char *number = strstr(message, "Found: ");
    if (number != NULL) {
        snprintf(where, sizeof where, "%s, line %lld", a->file->path, line);
        return ku_error_set(err, KU_BAD_DATA, where, "found %.*s values, expected %zu",
                            (int)strspn(number + 7, "0123456789"), number + 7, a->name_count);
    }
    return ku_error_set(err, KU_BAD_DATA, where, "%.*s", (int)strcspn(message, "\n"), message);
}

ku_status ku_attach_csv_explain(const ku_attaching *a, ku_error *err)
{
    ku_frame *first = NULL;
    ku_error again = {0};
    ku_status status = collect_rejects(a, &first, &again);
    if (status == KU_OK && first->rows > 0) status = say_why(a, first, err);
    ku_frame_free(first);
    return status == KU_BAD_DATA && again.code == KU_OK ? KU_BAD_DATA : KU_OK;
}
