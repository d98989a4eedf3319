/* map.c - finding the columns of a foreign file.
 *
 * Names differ from export to export: "Customer ID", "CustomerID", "client". A field
 * takes its column from, in this order: what the user said, the profile, a column of the
 * field's own name, a column known by one of its usual foreign names, and at last from
 * other fields if it can be worked out. Names are compared without regard to case,
 * spaces and punctuation. */
#include "bank/import/map.h"

#include <ctype.h>
#include <string.h>

#include "base/number.h"
#include "base/text.h"

size_t ku_fact_width(const ku_fact *fact)
{
    size_t n = 0;
    while (fact->columns[n].name != NULL) n++;
    return n;
}

/* Letters and digits of the name in lower case; bytes beyond ASCII as they are. */
static void plain_name(char to[80], const char *name)
{
    size_t n = 0;
    for (; *name != '\0' && n + 1 < 80; name++) {
        unsigned char c = (unsigned char)*name;
        if (isalnum(c) || c >= 0x80) to[n++] = ku_char_lower(*name);
    }
    to[n] = '\0';
}

static bool same_name(const char *a, const char *b)
{
    char x[80], y[80];
    plain_name(x, a);
    plain_name(y, b);
    return x[0] != '\0' && strcmp(x, y) == 0;
}

/* The mapping under way. */
typedef struct mapper {
    const ku_fact *fact;
    ku_plan *plan;
    ku_import_match *match; /* one for each column of the fact */
    ku_plan_field *found;   /* likewise; spec NULL: not mapped yet */
    bool *used;             /* columns of the file */
} mapper;

static int exact_column(const ku_plan *plan, const char *name)
{
    for (size_t i = 0; i < plan->column_count; i++)
        if (strcmp(plan->column[i], name) == 0) return (int)i;
    for (size_t i = 0; i < plan->column_count; i++)
        if (ku_text_fold_equal(plan->column[i], name)) return (int)i;
    return -1;
}

/* Where a field comes from. */
typedef struct origin {
    int column;           /* of the file, or -1 */
    const char *constant; /* if there is no column */
    size_t first;         /* characters of the column's value; 0: all */
} origin;

/* A column of which only the beginning is taken stays free for a field that takes all. */
static void take(mapper *m, size_t field, origin from, const char *source, const char *how)
{
    m->found[field] = (ku_plan_field){.spec = &m->fact->columns[field],
                                      .column = from.column,
                                      .constant = from.constant,
                                      .first = from.first};
    m->match[field].how = how;
    m->match[field].source = source;
    m->match[field].column = from.column >= 0 ? m->plan->column[from.column] : from.constant;
    if (from.column >= 0 && from.first == 0) m->used[from.column] = true;
}

enum { MOST_FIRST = 1000 }; /* characters that a mapping may take from a column's start */

/* "column:5": the column, and how many characters of it. */
static bool beginning_of(const mapper *m, const char *text, origin *from)
{
    const char *colon = strrchr(text, ':');
    char name[256];
    int64_t first = 0;
    if (colon == NULL || colon == text || (size_t)(colon - text) >= sizeof name) return false;
    if (ku_parse_int(colon + 1, strlen(colon + 1), &first, NULL) != KU_OK) return false;
    if (first < 1 || first > MOST_FIRST) return false;
    ku_text_copyn(name, sizeof name, text, (size_t)(colon - text));
    *from = (origin){.column = exact_column(m->plan, name), .first = (size_t)first};
    return from->column >= 0;
}

/* What a pair says; a column whose own name looks like "column:5" goes first. */
static bool find_origin(const mapper *m, const char *text, origin *from)
{
    *from = (origin){.column = -1, .constant = text + 1};
    if (text[0] == '=') return true;
    *from = (origin){.column = exact_column(m->plan, text)};
    return from->column >= 0 || beginning_of(m, text, from);
}

/* Takes the first of the pairs for this field that the file has. */
static bool take_pair(mapper *m, size_t field, ku_mappings pairs, const char *how)
{
    for (size_t i = 0; i < pairs.count; i++) {
        if (strcmp(pairs.pair[i].field, m->fact->columns[field].name) != 0) continue;
        origin from;
        if (!find_origin(m, pairs.pair[i].column, &from)) continue;
        take(m, field, from, pairs.pair[i].column, how);
        return true;
    }
    return false;
}

static void take_named(mapper *m, size_t field, const char *name, const char *how)
{
    for (size_t i = 0; i < m->plan->column_count && m->found[field].spec == NULL; i++)
        if (!m->used[i] && same_name(m->plan->column[i], name))
            take(m, field, (origin){.column = (int)i}, m->plan->column[i], how);
}

static void take_alias(mapper *m, size_t field)
{
    const char *const *alias = m->fact->columns[field].aliases;
    for (; alias != NULL && *alias != NULL; alias++) take_named(m, field, *alias, "alias");
}

/* ---- derived fields ------------------------------------------------------------------------------ */

/* The field that the identifier at `at` names, or -1; *length gets the identifier's. */
static int field_at(const ku_fact *fact, const char *at, size_t *length)
{
    *length = 0;
    while (isalnum((unsigned char)at[*length]) || at[*length] == '_') ++*length;
    for (int i = 0; fact->columns[i].name != NULL; i++)
        if (strlen(fact->columns[i].name) == *length &&
            memcmp(fact->columns[i].name, at, *length) == 0)
            return i;
    return -1;
}

/* The fields (bits, by their place in the fact) that an expression names. */
static uint64_t fields_named(const ku_fact *fact, const char *expression)
{
    uint64_t named = 0;
    size_t length;
    for (const char *p = expression; *p != '\0'; p += length > 0 ? length : 1) {
        int field = field_at(fact, p, &length);
        if (field >= 0) named |= UINT64_C(1) << field;
    }
    return named;
}

static bool all_found(const mapper *m, uint64_t fields)
{
    for (; fields != 0; fields &= fields - 1)
        if (m->found[__builtin_ctzll(fields)].spec == NULL) return false;
    return true;
}

/* A field that can be worked out is, where its own column is absent or empty. */
static void derive(mapper *m, size_t field)
{
    const ku_fact_column *spec = &m->fact->columns[field];
    if (spec->derive == NULL) return;
    uint64_t from = fields_named(m->fact, spec->derive);
    if (!all_found(m, from)) return;
    if (m->found[field].spec == NULL) {
        m->found[field] = (ku_plan_field){.spec = spec, .column = -1, .constant = ""};
        m->match[field].how = "derived";
    }
    m->found[field].derived_from = from;
}

/* ---- the plan's fields --------------------------------------------------------------------------- */

/* Closes the gaps of unmapped fields; bits of derived_from become places in the plan. */
static void fill_plan(mapper *m, size_t width, ku_arena *arena)
{
    size_t place[KU_FIELD_LIMIT], n = 0;
    m->plan->field = KU_ARRAY(arena, width, ku_plan_field);
    for (size_t i = 0; i < width; i++) {
        place[i] = n;
        if (m->found[i].spec != NULL) m->plan->field[n++] = m->found[i];
    }
    m->plan->field_count = n;
    m->plan->time_field = -1;
    for (size_t i = 0; i < n; i++) {
        ku_plan_field *field = &m->plan->field[i];
        uint64_t from = 0;
        for (uint64_t bits = field->derived_from; bits != 0; bits &= bits - 1)
            from |= UINT64_C(1) << place[__builtin_ctzll(bits)];
        field->derived_from = from;
        if (m->fact->time_column != NULL && strcmp(field->spec->name, m->fact->time_column) == 0)
            m->plan->time_field = (int)i;
    }
}

/* ---- what the user said ---------------------------------------------------------------------------- */

static const char *field_name(const void *data, size_t i)
{
    return ((const ku_fact *)data)->columns[i].name;
}

static const char *column_name(const void *data, size_t i)
{
    return ((const ku_plan *)data)->column[i];
}

enum { LISTED = 250, LISTED_NAME = 40 }; /* bytes of the list, and of a name in it */

/* The file's columns for a message: as many as it has room for. */
static const char *list_columns(const ku_plan *plan, ku_arena *arena)
{
    const char *list = "";
    for (size_t i = 0; i < plan->column_count; i++) {
        const char *name = plan->column[i], *comma = i > 0 ? ", " : "";
        size_t cut = ku_utf8_cut(name, strlen(name), LISTED_NAME);
        if (strlen(list) + cut > LISTED)
            return ku_arena_printf(arena, "%s and %zu more", list, plan->column_count - i);
        list = ku_arena_printf(arena, "%s%s%.*s%s", list, comma, (int)cut, name,
                               name[cut] != '\0' ? "\u2026" : "");
    }
    return list;
}

/* Two columns of one name: which is meant cannot be known. */
static ku_status check_twice(const mapper *m, size_t width, ku_error *err)
{
    for (size_t i = 0; i < width; i++) {
        int column = m->found[i].spec != NULL ? m->found[i].column : -1;
        for (int k = 0; column >= 0 && k < (int)m->plan->column_count; k++)
            if (k != column && strcmp(m->plan->column[k], m->plan->column[column]) == 0)
                return ku_error_set(err, KU_BAD_DATA, m->plan->path,
                                    "two columns are named %s; rename the one that is not %s",
                                    m->plan->column[k], m->fact->columns[i].name);
    }
    return KU_OK;
}

static ku_status check_given(const mapper *m, ku_mappings given, size_t width, ku_arena *arena,
                             ku_error *err)
{
    for (size_t i = 0; i < given.count; i++) {
        const ku_mapping *pair = &given.pair[i];
        size_t field = 0;
        while (field < width && strcmp(m->fact->columns[field].name, pair->field) != 0) field++;
        if (field == width) {
            const char *nearest = ku_text_nearest(pair->field, width, field_name, m->fact);
            return ku_error_set(err, KU_USAGE, pair->field, "%s has no field %s%s%s%s",
                                m->fact->name, pair->field, nearest ? "; did you mean " : "",
                                nearest ? nearest : "", nearest ? "?" : "");
        }
        if (strcmp(m->match[field].how, "given") == 0) continue;
        const char *nearest = ku_text_nearest(pair->column, m->plan->column_count, column_name,
                                              m->plan);
        return ku_error_set(err, KU_BAD_DATA, m->plan->path,
                            "there is no column %s%s%s%s; the columns are: %s", pair->column,
                            nearest ? " (did you mean " : "", nearest ? nearest : "",
                            nearest ? "?)" : "", list_columns(m->plan, arena));
    }
    return KU_OK;
}

ku_status ku_map_fields(const ku_fact *fact, ku_mappings given, ku_mappings profile,
                        ku_arena *arena, ku_plan *plan, ku_import_match *match, ku_error *err)
{
    size_t width = ku_fact_width(fact);
    if (width > KU_FIELD_LIMIT)
        return ku_error_set(err, KU_FAULT, fact->name, "a fact has at most %d columns",
                            KU_FIELD_LIMIT);
    mapper m = {fact, plan, match, KU_ARRAY(arena, width, ku_plan_field),
                KU_ARRAY(arena, plan->column_count, bool)};
    for (size_t i = 0; i < width; i++)
        match[i] = (ku_import_match){.field = fact->columns[i].name, .how = "absent"};
    for (size_t i = 0; i < width; i++)
        if (!take_pair(&m, i, given, "given")) take_pair(&m, i, profile, "profile");
    for (size_t i = 0; i < width; i++) take_named(&m, i, fact->columns[i].name, "name");
    for (size_t i = 0; i < width; i++) take_alias(&m, i);
    for (size_t i = 0; i < width; i++) derive(&m, i);
    fill_plan(&m, width, arena);
    KU_TRY(check_given(&m, given, width, arena, err));
    return check_twice(&m, width, err);
}

/* ---- required fields ------------------------------------------------------------------------------------ */

static const char *nearest_column(const ku_fact_column *spec, const ku_plan *plan)
{
    const char *nearest = ku_text_nearest(spec->name, plan->column_count, column_name, plan);
    const char *const *alias = spec->aliases;
    for (; nearest == NULL && alias != NULL && *alias != NULL; alias++)
        nearest = ku_text_nearest(*alias, plan->column_count, column_name, plan);
    return nearest;
}

ku_status ku_map_check(const ku_fact *fact, const ku_plan *plan, ku_arena *arena, ku_error *err)
{
    size_t n = 0;
    for (const ku_fact_column *spec = fact->columns; spec->name != NULL; spec++) {
        if (n < plan->field_count && plan->field[n].spec == spec) {
            n++;
            continue;
        }
        if (!spec->required) continue;
        const char *nearest = nearest_column(spec, plan);
        return ku_error_set(
            err, KU_BAD_DATA, plan->path,
            "no column holds %s (%s), which every row needs%s%s%s; the columns "
            "are: %s",
            spec->name, spec->label, nearest ? "; the nearest is " : "", nearest ? nearest : "",
            plan->header ? "" : "; there is no row of names", list_columns(plan, arena));
    }
    return KU_OK;
}
