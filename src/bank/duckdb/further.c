/* further.c - columns of a file whose type the analysis leaves to the file: the further ones
 * of an open table, and dates that may be whole numbers.
 *
 * The first value decides, and every other one is then held to it: a word in a column that
 * began with numbers is an error with its line, not a column of words that nobody notices. */
#include <string.h>

#include "bank/duckdb/attach_internal.h"
#include "bank/match.h"
#include "bank/session.h"
#include "base/number.h"

enum { HEAD_ROWS = 200 };

static bool is_undecided(const ku_wanted *w)
{
    return w->type == KU_DATE_OR_INT64 && w->from >= 0;
}

/* ---- which columns -------------------------------------------------------------------------- */

static ku_status two_columns(const ku_attaching *a, const char *name, ku_error *err)
{
    return ku_error_set(err, KU_BAD_DATA, a->file->path,
                        "two columns are called '%s'; expected one", name);
}

/* Every named column nobody asked for, undecided as yet. */
static ku_status add_further(ku_attaching *a, ku_error *err)
{
    bool *taken = KU_ARRAY(a->arena, a->name_count + 1, bool);
    for (size_t i = 0; i < a->wanted_count; i++)
        if (a->wanted[i].from >= 0) taken[a->wanted[i].from] = true;
    for (size_t i = 0; i < a->name_count; i++) {
        if (taken[i] || a->names[i][0] == '\0') continue;
        for (size_t k = 0; k < a->wanted_count; k++)
            if (ku_text_fold_equal(a->wanted[k].name, a->names[i]))
                return two_columns(a, a->names[i], err);
        a->wanted[a->wanted_count++] = (ku_wanted){a->names[i], KU_DATE_OR_INT64, (int)i};
    }
    a->asked_count = a->wanted_count;
    return KU_OK;
}

/* ---- what their first values are ------------------------------------------------------------ */

static bool is_whole(const char *text)
{
    if (*text == '-' || *text == '+') text++;
    size_t digits = strspn(text, "0123456789");
    return digits > 0 && text[digits + strspn(text + digits, " ")] == '\0';
}

static ku_type further_type(const ku_attaching *a, const char *text)
{
    double number;
    char decimal = a->layout == KU_LAYOUT_CSV ? a->decimal : '.';
    if (ku_parse_double(text, strlen(text), decimal, &number, NULL) == KU_OK) return KU_DOUBLE;
    if (ku_text_fold_equal(text, "nan") || ku_text_fold_equal(text, "inf")) return KU_DOUBLE;
    bool truth = ku_text_fold_equal(text, "true") || ku_text_fold_equal(text, "false");
    return truth ? KU_BOOL : KU_TEXT;
}

/* A column without any value gets the type that says least. */
static void decide(const ku_attaching *a, size_t column, const char *text)
{
    const ku_column_spec *asked = a->file->table->columns;
    size_t declared = 0;
    while (asked[declared].name != NULL) declared++;
    if (column < declared)
        a->wanted[column].type = text != NULL && is_whole(text) ? KU_INT64 : KU_DATE;
    else
        a->wanted[column].type = text != NULL ? further_type(a, text) : KU_DOUBLE;
}

/* The undecided columns of the first rows, or with `only` that one where it has a value. */
static ku_status read_head(const ku_attaching *a, const ku_wanted *only, ku_frame **head,
                           ku_error *err)
{
    ku_text sql = {0};
    ku_text_add(&sql, "SELECT ");
    size_t count = 0;
    for (size_t i = 0; i < a->wanted_count; i++) {
        const ku_wanted *w = &a->wanted[i];
        if (!is_undecided(w) || (only != NULL && w != only)) continue;
        ku_text_addf(&sql, "%snullif(trim(CAST(", count++ > 0 ? ", " : "");
        ku_attach_source(a, w->from, &sql);
        ku_text_addf(&sql, " AS VARCHAR)), '') AS w%zu", i);
    }
    ku_text_add(&sql, " FROM ");
    ku_attach_reader(a, &sql);
    if (only != NULL) ku_text_addf(&sql, " WHERE w%zu IS NOT NULL", (size_t)(only - a->wanted));
    ku_text_addf(&sql, " LIMIT %d", only != NULL ? 1 : HEAD_ROWS);
    return ku_attach_query(a, &sql, head, err);
}

static const char *first_value(const ku_attaching *a, const ku_column *column)
{
    for (int64_t row = 0; row < column->rows; row++)
        if (ku_column_valid(column, row)) return ku_column_text(column, row, a->arena);
    return NULL;
}

/* A column that is empty in the first rows is looked through to its first value. */
static ku_status decide_late(const ku_attaching *a, const ku_wanted *w, ku_error *err)
{
    ku_frame *head = NULL;
    KU_TRY(read_head(a, w, &head, err));
    decide(a, (size_t)(w - a->wanted), first_value(a, &head->column[0]));
    ku_frame_free(head);
    return KU_OK;
}

static ku_status decide_all(const ku_attaching *a, ku_error *err)
{
    ku_frame *head = NULL;
    KU_TRY(read_head(a, NULL, &head, err));
    int32_t at = 0;
    for (size_t i = 0; i < a->wanted_count; i++) {
        if (!is_undecided(&a->wanted[i])) continue;
        const char *text = first_value(a, &head->column[at++]);
        if (text != NULL || head->rows < HEAD_ROWS) decide(a, i, text);
    }
    ku_frame_free(head);
    for (size_t i = 0; i < a->wanted_count; i++)
        if (is_undecided(&a->wanted[i])) KU_TRY(decide_late(a, &a->wanted[i], err));
    return KU_OK;
}

ku_status ku_attach_further(ku_attaching *a, ku_error *err)
{
    if (a->file->table->further != NULL) KU_TRY(add_further(a, err));
    size_t undecided = 0;
    for (size_t i = 0; i < a->wanted_count; i++) {
        if (a->wanted[i].from < 0 && a->wanted[i].type == KU_DATE_OR_INT64)
            a->wanted[i].type = KU_DATE; /* not in the file */
        undecided += is_undecided(&a->wanted[i]);
    }
    if (undecided == 0) return KU_OK;
    ku_error found = {0};
    a->untyped = true;
    ku_status status = decide_all(a, &found);
    a->untyped = false;
    /* A file that cannot be read even as text: making the table says where and why. */
    for (size_t i = 0; status != KU_OK && i < a->wanted_count; i++)
        if (is_undecided(&a->wanted[i])) a->wanted[i].type = KU_TEXT;
    return KU_OK;
}
