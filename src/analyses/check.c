/* check.c - whether a descriptor is consistent in itself. Everything else is made from
 * descriptors, so a slip in one would show in six places; here it shows in one. */
#include "analyses/check.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"

typedef struct checker {
    const ku_analysis *analysis;
    ku_error *err;
} checker;

static ku_status wrong(const checker *c, const char *format, ...) KU_PRINTF(2, 3);

static ku_status wrong(const checker *c, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    ku_error_setv(c->err, KU_FAULT, c->analysis->id, format, args);
    va_end(args);
    return KU_FAULT;
}

static bool is_said(const char *text)
{
    return text != NULL && text[0] != '\0';
}

static bool is_name(const char *name)
{
    size_t good = strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_-");
    return name[0] >= 'a' && name[0] <= 'z' && good == strlen(name) && good < 64;
}

/* ---- the head ---------------------------------------------------------------------------- */

static ku_status check_head(const checker *c)
{
    const ku_analysis *a = c->analysis;
    const char *dot = strchr(a->id, '.');
    char area[64];
    if (dot == NULL || !is_name(dot + 1)) return wrong(c, "the id must be area.name");
    ku_text_copyn(area, sizeof area, a->id, (size_t)(dot - a->id));
    if (!is_name(area)) return wrong(c, "the id must be area.name");
    if (!is_said(a->version) || !is_said(a->title) || !is_said(a->area) || !is_said(a->question) ||
        !is_said(a->summary))
        return wrong(c, "version, title, area, question and summary must all be there");
    if (!ku_text_ends(a->question, "?")) return wrong(c, "the question must end with ?");
    if (a->run == NULL) return wrong(c, "there is no run function");
    if (a->assumptions == NULL || a->assumptions[0] == NULL)
        return wrong(c, "no assumption is named");
    if (a->sources == NULL || a->sources[0].citation == NULL) return wrong(c, "no source is cited");
    return KU_OK;
}

/* ---- tables ------------------------------------------------------------------------------- */

static const ku_column_spec *find_column(const ku_column_spec *columns, const char *name)
{
    for (; columns != NULL && columns->name != NULL; columns++)
        if (strcmp(columns->name, name) == 0) return columns;
    return NULL;
}

static const ku_table_spec *find_table(const ku_table_spec *tables, const char *name)
{
    for (; tables != NULL && tables->name != NULL; tables++)
        if (strcmp(tables->name, name) == 0) return tables;
    return NULL;
}

static ku_status check_column(const checker *c, const ku_table_spec *table,
                              const ku_column_spec *column)
{
    if (!is_name(column->name))
        return wrong(c, "table %s: \"%s\" is no name for a column", table->name, column->name);
    if (find_column(table->columns, column->name) != column)
        return wrong(c, "table %s has two columns %s", table->name, column->name);
    if ((unsigned)column->type > KU_DATE_OR_INT64)
        return wrong(c, "column %s.%s has no type", table->name, column->name);
    if (!ku_unit_known(column->unit))
        return wrong(c, "column %s.%s has the unknown unit \"%s\"", table->name, column->name,
                     column->unit != NULL ? column->unit : "(none)");
    if (!is_said(column->label) || !is_said(column->meaning))
        return wrong(c, "column %s.%s lacks its label or meaning", table->name, column->name);
    return KU_OK;
}

static ku_status check_tables(const checker *c, const ku_table_spec *tables, const char *what)
{
    if (tables == NULL || tables->name == NULL) return wrong(c, "there is no %s table", what);
    for (const ku_table_spec *t = tables; t->name != NULL; t++) {
        if (!is_name(t->name)) return wrong(c, "\"%s\" is no name for a table", t->name);
        if (find_table(tables, t->name) != t) return wrong(c, "two %s tables %s", what, t->name);
        if (!is_said(t->meaning)) return wrong(c, "table %s lacks its meaning", t->name);
        if (t->columns == NULL || t->columns->name == NULL)
            return wrong(c, "table %s has no columns", t->name);
        for (const ku_column_spec *column = t->columns; column->name != NULL; column++)
            KU_TRY(check_column(c, t, column));
        const ku_column_spec *blank = t->blank != NULL ? find_column(t->columns, t->blank) : NULL;
        if (t->blank != NULL && (blank == NULL || !blank->required))
            return wrong(c, "table %s: %s is no required column", t->name, t->blank);
        if (t->result != NULL && strchr(t->result, '/') == NULL)
            return wrong(c, "table %s: a result is written ANALYSIS/TABLE", t->name);
        if (t->further != NULL && t->fact != NULL)
            return wrong(c, "table %s comes from a fact and cannot have further columns", t->name);
    }
    return KU_OK;
}

/* The column by which the first input may be cut; extracts would see a part only. */
static ku_status check_partition(const checker *c)
{
    const ku_analysis *a = c->analysis;
    if (a->partition == NULL) return KU_OK;
    const ku_column_spec *column = find_column(a->inputs->columns, a->partition);
    if (column == NULL || column->type != KU_TEXT || !column->required)
        return wrong(c, "the partition must be a required text column of the first input");
    if (a->extracts != NULL) return wrong(c, "an analysis with extracts cannot be cut");
    return KU_OK;
}

static ku_status check_extracts(const checker *c)
{
    const ku_extract_spec *extracts = c->analysis->extracts;
    for (const ku_extract_spec *e = extracts; e != NULL && e->name != NULL; e++) {
        if (!is_name(e->name)) return wrong(c, "\"%s\" is no name for an extract", e->name);
        for (const ku_extract_spec *other = extracts; other != e; other++)
            if (strcmp(other->name, e->name) == 0) return wrong(c, "two extracts %s", e->name);
    }
    return KU_OK;
}

/* ---- parameters ------------------------------------------------------------------------------ */

static ku_status check_choices(const checker *c, const ku_param_spec *p)
{
    if (p->type != KU_PARAM_CHOICE)
        return p->choices == NULL ? KU_OK
                                  : wrong(c, "setting %s has choices it does not use", p->name);
    if (p->choices == NULL || p->choices->value == NULL)
        return wrong(c, "setting %s has no choices", p->name);
    for (const ku_choice *choice = p->choices; choice->value != NULL; choice++) {
        if (!is_said(choice->label))
            return wrong(c, "choice %s of setting %s has no label", choice->value, p->name);
        for (const ku_choice *other = p->choices; other != choice; other++)
            if (strcmp(other->value, choice->value) == 0)
                return wrong(c, "setting %s has the choice %s twice", p->name, choice->value);
    }
    return KU_OK;
}

static ku_status check_param(const checker *c, const ku_param_spec *p)
{
    static const char *const reserved[] = {"in",        "out",  "format",  "plot", "table",
                                           "workspace", "seed", "threads", "help", "again"};
    if (!is_name(p->name)) return wrong(c, "\"%s\" is no name for a setting", p->name);
    for (size_t i = 0; i < sizeof reserved / sizeof *reserved; i++)
        if (strcmp(reserved[i], p->name) == 0)
            return wrong(c, "setting %s has a name the command line uses itself", p->name);
    for (const ku_param_spec *other = c->analysis->params; other != p; other++)
        if (strcmp(other->name, p->name) == 0) return wrong(c, "two settings %s", p->name);
    if (!ku_unit_known(p->unit)) return wrong(c, "setting %s has an unknown unit", p->name);
    if (!is_said(p->label) || !is_said(p->help))
        return wrong(c, "setting %s lacks its label or help", p->name);
    if (p->max < p->min) return wrong(c, "setting %s has its limits the wrong way round", p->name);
    return check_choices(c, p);
}

static ku_status check_defaults(const checker *c, ku_arena *arena)
{
    ku_params *params;
    ku_error why = {0};
    if (ku_params_parse(c->analysis, NULL, 0, arena, &params, &why) == KU_OK) return KU_OK;
    return wrong(c, "the default of setting %s %s", why.where, why.message);
}

static ku_status check_params(const checker *c)
{
    for (const ku_param_spec *p = c->analysis->params; p != NULL && p->name != NULL; p++)
        KU_TRY(check_param(c, p));
    ku_arena *arena = ku_arena_new();
    if (arena == NULL) return ku_error_set(c->err, KU_NO_MEMORY, NULL, "no memory");
    ku_status status = check_defaults(c, arena);
    ku_arena_free(arena);
    return status;
}

/* ---- views ------------------------------------------------------------------------------------ */

static ku_status check_view_columns(const checker *c, const ku_view_spec *v,
                                    const ku_table_spec *table)
{
    const char *const used[] = {v->x,           v->y,          v->series,   v->lo,
                                v->hi,          v->lo_inner,   v->hi_inner, v->filter,
                                v->kind_column, v->unit_column};
    for (size_t i = 0; i < sizeof used / sizeof *used; i++)
        if (used[i] != NULL && find_column(table->columns, used[i]) == NULL)
            return wrong(c, "view %s uses %s.%s, which is not there", v->name, v->table, used[i]);
    if ((v->lo == NULL) != (v->hi == NULL) || (v->lo_inner == NULL) != (v->hi_inner == NULL))
        return wrong(c, "view %s has a band with one edge only", v->name);
    if (v->kind != KU_VIEW_TABLE && (v->x == NULL || v->y == NULL))
        return wrong(c, "view %s needs x and y", v->name);
    if (v->kind == KU_VIEW_HEATMAP && v->series == NULL)
        return wrong(c, "view %s needs series for its rows", v->name);
    return KU_OK;
}

static ku_status check_views(const checker *c)
{
    const ku_view_spec *views = c->analysis->views;
    if (views == NULL || views->name == NULL) return wrong(c, "there is no view");
    for (const ku_view_spec *v = views; v->name != NULL; v++) {
        if (!is_name(v->name)) return wrong(c, "\"%s\" is no name for a view", v->name);
        for (const ku_view_spec *other = views; other != v; other++)
            if (strcmp(other->name, v->name) == 0) return wrong(c, "two views %s", v->name);
        if (!is_said(v->title)) return wrong(c, "view %s has no title", v->name);
        const ku_table_spec *table = find_table(c->analysis->outputs, v->table);
        if (table == NULL)
            return wrong(c, "view %s shows table %s, which is not there", v->name, v->table);
        KU_TRY(check_view_columns(c, v, table));
    }
    return KU_OK;
}

/* ---- the example -------------------------------------------------------------------------------- */

/* Flags come in pairs, "--name" and value; turned into what the parser reads. */
static ku_status check_args(const checker *c, ku_arena *arena)
{
    const char *const *args = c->analysis->example->args;
    size_t n = 0;
    while (args != NULL && args[n] != NULL) n++;
    if (n % 2 != 0) return wrong(c, "the example has a flag without a value");
    ku_param_text *texts = KU_ARRAY(arena, n / 2 + 1, ku_param_text);
    for (size_t i = 0; i < n; i += 2) {
        if (!ku_text_starts(args[i], "--")) return wrong(c, "the example's %s is no flag", args[i]);
        texts[i / 2] = (ku_param_text){args[i] + 2, args[i + 1]};
    }
    ku_params *params;
    ku_error why = {0};
    if (ku_params_parse(c->analysis, texts, n / 2, arena, &params, &why) == KU_OK) return KU_OK;
    return wrong(c, "the example's --%s: %s", why.where, why.message);
}

static ku_status check_example(const checker *c)
{
    const ku_example_spec *example = c->analysis->example;
    if (example == NULL) return wrong(c, "there is no worked example");
    if (!is_said(example->title) || !is_said(example->reading))
        return wrong(c, "the example lacks its title or how to read it");
    if (!(example->tolerance > 0 && example->tolerance < 1))
        return wrong(c, "the example's tolerance must be between 0 and 1");
    ku_arena *arena = ku_arena_new();
    if (arena == NULL) return ku_error_set(c->err, KU_NO_MEMORY, NULL, "no memory");
    ku_status status = check_args(c, arena);
    ku_arena_free(arena);
    return status;
}

ku_status ku_analysis_check(const ku_analysis *analysis, ku_error *err)
{
    checker c = {analysis, err};
    KU_TRY(check_head(&c));
    KU_TRY(check_tables(&c, analysis->inputs, "input"));
    KU_TRY(check_tables(&c, analysis->outputs, "output"));
    KU_TRY(check_partition(&c));
    KU_TRY(check_extracts(&c));
    KU_TRY(check_params(&c));
    KU_TRY(check_views(&c));
    return check_example(&c);
}
