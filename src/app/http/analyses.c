/* analyses.c - what there is to be run, told from the descriptors. */
#include <math.h>

#include "app/http/handlers.h"

static json_t *columns_json(const ku_column_spec *columns)
{
    json_t *list = json_array();
    for (const ku_column_spec *c = columns; c != NULL && c->name != NULL; c++) {
        json_array_append_new(
            list, json_pack("{s:s, s:s, s:s, s:b, s:s, s:s}", "name", c->name, "type",
                            ku_type_name(c->type), "unit", c->unit != NULL ? c->unit : "",
                            "required", c->required, "label", c->label != NULL ? c->label : c->name,
                            "meaning", c->meaning != NULL ? c->meaning : ""));
    }
    return list;
}

static json_t *tables_json(const ku_table_spec *tables)
{
    json_t *list = json_array();
    for (const ku_table_spec *t = tables; t != NULL && t->name != NULL; t++) {
        json_array_append_new(
            list, json_pack("{s:s, s:s, s:b, s:b, s:o, s:o, s:o}", "name", t->name, "meaning",
                            t->meaning != NULL ? t->meaning : "", "optional", t->optional,
                            "from_bank", t->fact != NULL || t->query != NULL || t->result != NULL,
                            "result", http_json_text(t->result), "further",
                            http_json_text(t->further), "columns", columns_json(t->columns)));
    }
    return list;
}

static const char *param_type(ku_param_type type)
{
    static const char *const names[] = {
        [KU_PARAM_INT] = "int",   [KU_PARAM_REAL] = "real", [KU_PARAM_BOOL] = "bool",
        [KU_PARAM_TEXT] = "text", [KU_PARAM_DATE] = "date", [KU_PARAM_CHOICE] = "choice"};
    return names[type];
}

static json_t *limit_json(const ku_param_spec *p, double limit)
{
    bool number = p->type == KU_PARAM_INT || p->type == KU_PARAM_REAL || p->type == KU_PARAM_CHOICE;
    if (!number || (p->min == 0 && p->max == 0) || !isfinite(limit)) return json_null();
    return p->type != KU_PARAM_REAL ? json_integer((json_int_t)limit) : json_real(limit);
}

static json_t *choices_json(const ku_choice *choices)
{
    json_t *list = json_array();
    for (const ku_choice *c = choices; c != NULL && c->value != NULL; c++) {
        json_array_append_new(list, json_pack("{s:s, s:s}", "value", c->value, "label",
                                              c->label != NULL ? c->label : c->value));
    }
    return list;
}

static json_t *params_json(const ku_param_spec *params)
{
    json_t *list = json_array();
    for (const ku_param_spec *p = params; p != NULL && p->name != NULL; p++) {
        json_array_append_new(
            list, json_pack("{s:s, s:s, s:s, s:o, s:o, s:o, s:o, s:s, s:s, s:b}", "name", p->name,
                            "type", param_type(p->type), "unit", p->unit != NULL ? p->unit : "",
                            "min", limit_json(p, p->min), "max", limit_json(p, p->max), "default",
                            http_json_text(p->default_value), "choices", choices_json(p->choices),
                            "label", p->label != NULL ? p->label : p->name, "help",
                            p->help != NULL ? p->help : "", "advanced", p->advanced));
    }
    return list;
}

static const char *view_kind(ku_view_kind kind)
{
    static const char *const names[] = {
        [KU_VIEW_LINE] = "line",           [KU_VIEW_BAR] = "bar",
        [KU_VIEW_WATERFALL] = "waterfall", [KU_VIEW_PARETO] = "pareto",
        [KU_VIEW_HEATMAP] = "heatmap",     [KU_VIEW_TABLE] = "table",
        [KU_VIEW_FIGURES] = "figures"};
    return names[kind];
}

static json_t *view_json(const ku_view_spec *v)
{
    json_t *view = json_pack("{s:s, s:s, s:s, s:s}", "name", v->name, "title",
                             v->title != NULL ? v->title : v->name, "kind", view_kind(v->kind),
                             "table", v->table);
    const struct {
        const char *name, *column;
    } columns[] = {{"x", v->x},
                   {"y", v->y},
                   {"series", v->series},
                   {"lo", v->lo},
                   {"hi", v->hi},
                   {"lo_inner", v->lo_inner},
                   {"hi_inner", v->hi_inner},
                   {"filter", v->filter},
                   {"kind_column", v->kind_column},
                   {"unit_column", v->unit_column}};
    for (size_t i = 0; i < sizeof columns / sizeof *columns; i++) {
        json_object_set_new(view, columns[i].name, http_json_text(columns[i].column));
    }
    return view;
}

static json_t *views_json(const ku_view_spec *views)
{
    json_t *list = json_array();
    for (const ku_view_spec *v = views; v != NULL && v->name != NULL; v++) {
        json_array_append_new(list, view_json(v));
    }
    return list;
}

static json_t *sources_json(const ku_source_spec *sources)
{
    json_t *list = json_array();
    for (const ku_source_spec *s = sources; s != NULL && s->citation != NULL; s++) {
        json_array_append_new(list, json_pack("{s:s, s:s}", "citation", s->citation, "where",
                                              s->where != NULL ? s->where : ""));
    }
    return list;
}

static json_t *example_json(const ku_analysis *analysis)
{
    const ku_example_spec *example = analysis->example;
    if (example == NULL) return json_null();
    json_t *inputs = json_object();
    for (const ku_table_spec *t = analysis->inputs; t != NULL && t->name != NULL; t++) {
        char path[128];
        snprintf(path, sizeof path, "example/%s.csv", t->name);
        const char *csv = ku_analysis_file(analysis, path, NULL);
        if (csv != NULL) json_object_set_new(inputs, t->name, json_string(csv));
    }
    return json_pack("{s:s, s:o, s:s, s:o}", "title", example->title != NULL ? example->title : "",
                     "args", http_json_texts(example->args), "reading",
                     example->reading != NULL ? example->reading : "", "inputs", inputs);
}

json_t *http_json_analysis(const ku_analysis *a)
{
    const char *readme = ku_analysis_file(a, "README.md", NULL);
    return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:s}", "id",
                     a->id, "version", a->version, "title", a->title, "area", a->area, "question",
                     a->question, "summary", a->summary != NULL ? a->summary : "", "inputs",
                     tables_json(a->inputs), "params", params_json(a->params), "outputs",
                     tables_json(a->outputs), "views", views_json(a->views), "assumptions",
                     http_json_texts(a->assumptions), "sources", sources_json(a->sources),
                     "example", example_json(a), "readme", readme != NULL ? readme : "");
}

ku_status http_list_analyses(http_call *call, ku_error *err)
{
    size_t count;
    const ku_analysis *const *all = ku_analyses(&count);
    json_t *items = json_array();
    for (size_t i = 0; i < count; i++) json_array_append_new(items, http_json_analysis(all[i]));
    return http_reply_json(call, 200, http_json_list(items, NULL), err);
}

ku_status http_get_analysis(http_call *call, ku_error *err)
{
    const char *id = http_path(call, "id");
    const ku_analysis *analysis = ku_analysis_find(id);
    if (analysis != NULL) return http_reply_json(call, 200, http_json_analysis(analysis), err);
    const char *near = ku_analysis_nearest(id);
    return ku_error_set(err, KU_NOT_FOUND, "path, id", "there is no analysis \"%.60s\"%s%s%s", id,
                        near != NULL ? "; did you mean \"" : "", near != NULL ? near : "",
                        near != NULL ? "\"?" : "");
}
