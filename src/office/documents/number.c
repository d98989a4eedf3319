/* number.c - numbers of documents: the pattern of a form and its counter.
 *
 * Numbers of a register have no gaps, or somebody will ask what the missing one was. So a
 * number is taken in the transaction that registers the document; when that is taken back,
 * so is the number. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "office/documents/documents.h"
#include "workspace/sql.h"

enum { WIDEST = 9, PATTERN_MAX = 40 };

typedef enum piece_kind { PIECE_END, PIECE_TEXT, PIECE_YEAR, PIECE_NUMBER, PIECE_WRONG } piece_kind;

/* The next piece of the pattern; *width of {n:W}, *length of a text. */
static piece_kind next_piece(const char **at, size_t *length, int *width)
{
    const char *p = *at;
    if (*p == '\0') return PIECE_END;
    if (*p != '{') {
        *length = strcspn(p, "{");
        *at = p + *length;
        return PIECE_TEXT;
    }
    if (ku_text_starts(p, "{year}")) {
        *at = p + 6;
        return PIECE_YEAR;
    }
    *width = 1;
    if (ku_text_starts(p, "{n}")) {
        *at = p + 3;
        return PIECE_NUMBER;
    }
    if (!ku_text_starts(p, "{n:") || p[3] < '1' || p[3] > '0' + WIDEST || p[4] != '}')
        return PIECE_WRONG;
    *width = p[3] - '0';
    *at = p + 5;
    return PIECE_NUMBER;
}

static ku_status bad_pattern(ku_error *err, const char *what)
{
    return ku_error_set(err, KU_BAD_DATA, "pattern",
                        "the pattern of numbers %s; expected something like ORD-{year}-{n:4}",
                        what);
}

static bool plain(const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        char c = ku_char_lower(text[i]);
        bool letter = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
        if (!letter && strchr("-/._ ", c) == NULL) return false;
    }
    return true;
}

ku_status ku_pattern_check(const char *pattern, ku_error *err)
{
    int years = 0, numbers = 0, width;
    size_t length = 0;
    if (strlen(pattern) > PATTERN_MAX) return bad_pattern(err, "is longer than 40 characters");
    for (const char *at = pattern, *from = at;; from = at) {
        switch (next_piece(&at, &length, &width)) {
        case PIECE_TEXT:
            if (!plain(from, length))
                return bad_pattern(err, "holds a character that numbers may not have");
            break;
        case PIECE_YEAR:
            years++;
            break;
        case PIECE_NUMBER:
            numbers++;
            break;
        case PIECE_WRONG:
            return bad_pattern(err, "holds a brace that is neither {year}, {n} nor {n:4}");
        case PIECE_END:
            if (numbers != 1) return bad_pattern(err, "must hold {n} once");
            return years <= 1 ? KU_OK : bad_pattern(err, "holds {year} more than once");
        }
    }
}

const char *ku_pattern_number(ku_office *office, const char *pattern, int year, int64_t n)
{
    ku_text text = {0};
    int width = 1;
    size_t length = 0;
    piece_kind kind;
    for (const char *at = pattern, *from = at;
         (kind = next_piece(&at, &length, &width)) != PIECE_END && kind != PIECE_WRONG; from = at) {
        if (kind == PIECE_TEXT)
            ku_text_addn(&text, from, length);
        else if (kind == PIECE_YEAR)
            ku_text_addf(&text, "%04d", year);
        else
            ku_text_addf(&text, "%0*" PRId64, width, n);
    }
    const char *number = ku_arena_strdup(office->arena, ku_text_string(&text));
    ku_text_clear(&text);
    return number;
}

ku_status ku_form_number(ku_office *office, int64_t form, int year, const char **number,
                         ku_error *err)
{
    json_t *values;
    sqlite3_stmt *statement;
    bool row;
    KU_TRY(ku_workflow_read(office, &ku_entity_form, form, &values, err));
    const char *pattern = ku_member_text(values, "pattern");
    int64_t counted = strstr(pattern, "{year}") != NULL ? year : 0;
    KU_TRY(ku_sql_prepare(office->db, &statement, err,
                          "INSERT INTO form_counter (form, year, last) VALUES (?1, ?2, 1)"
                          " ON CONFLICT (form, year) DO UPDATE SET last = last + 1 RETURNING last",
                          "ii", form, counted));
    KU_TRY(ku_sql_step(&statement, &row, err));
    int64_t n = sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    *number = ku_pattern_number(office, pattern, year, n);
    return KU_OK;
}
