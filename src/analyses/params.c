/* params.c - parameters of an analysis: texts checked against the descriptor.
 *
 * Values stand in the order of the descriptor, each with its canonical text, which is
 * what the run record stores: the same settings always give the same record. */
#include <assert.h>
#include <math.h>
#include <string.h>

#include "base/date.h"
#include "base/number.h"
#include "base/text.h"
#include "kemudi/analysis.h"

typedef struct value {
    bool set;
    union {
        int64_t integer;
        double real;
        bool boolean;
        int32_t days;
    } as;
    const char *text; /* canonical */
} value;

struct ku_params {
    const ku_param_spec *spec;
    size_t count;
    value value[];
};

static size_t spec_count(const ku_param_spec *spec)
{
    size_t n = 0;
    while (spec != NULL && spec[n].name != NULL) n++;
    return n;
}

static size_t index_of(const ku_param_spec *spec, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(spec[i].name, name) == 0) return i;
    return count;
}

/* ---- one value ----------------------------------------------------------------------- */

static ku_status check_range(const ku_param_spec *spec, double number, const char *found,
                             ku_error *err)
{
    bool limited = spec->min != 0 || spec->max != 0;
    if (!limited || (number >= spec->min && number <= spec->max)) return KU_OK;
    char low[KU_DOUBLE_TEXT], high[KU_DOUBLE_TEXT];
    ku_double_print(spec->min, low);
    ku_double_print(spec->max, high);
    return ku_error_set(err, KU_USAGE, spec->name, "must be from %s to %s, found %s", low, high,
                        found);
}

static ku_status parse_int(const ku_param_spec *spec, const char *text, ku_arena *arena, value *out,
                           ku_error *err)
{
    if (ku_parse_int(text, strlen(text), &out->as.integer, NULL) != KU_OK)
        return ku_error_set(err, KU_USAGE, spec->name, "must be a whole number, found \"%.60s\"",
                            text);
    KU_TRY(check_range(spec, (double)out->as.integer, text, err));
    out->text = ku_arena_printf(arena, "%lld", (long long)out->as.integer);
    return KU_OK;
}

static ku_status parse_real(const ku_param_spec *spec, const char *text, ku_arena *arena,
                            value *out, ku_error *err)
{
    if (ku_parse_double(text, strlen(text), '.', &out->as.real, NULL) != KU_OK)
        return ku_error_set(err, KU_USAGE, spec->name, "must be a number, found \"%.60s\"", text);
    KU_TRY(check_range(spec, out->as.real, text, err));
    char canonical[KU_DOUBLE_TEXT];
    ku_double_print(out->as.real, canonical);
    out->text = ku_arena_strdup(arena, canonical);
    return KU_OK;
}

static ku_status parse_bool(const ku_param_spec *spec, const char *text, value *out, ku_error *err)
{
    static const char *const words[2][4] = {{"false", "no", "off", "0"},
                                            {"true", "yes", "on", "1"}};
    for (int answer = 0; answer < 2; answer++)
        for (int i = 0; i < 4; i++)
            if (ku_text_fold_equal(text, words[answer][i])) {
                out->as.boolean = answer == 1;
                out->text = words[answer][0];
                return KU_OK;
            }
    return ku_error_set(err, KU_USAGE, spec->name, "must be yes or no, found \"%.60s\"", text);
}

static ku_status parse_date(const ku_param_spec *spec, const char *text, ku_arena *arena,
                            value *out, ku_error *err)
{
    ku_error why = {0};
    if (ku_date_parse(text, strlen(text), KU_DATE_YMD, &out->as.days, &why) != KU_OK)
        return ku_error_set(err, KU_USAGE, spec->name, "must be a date such as 2026-11-23: %s",
                            why.message);
    char canonical[KU_DATE_TEXT];
    out->text = ku_arena_strdup(arena, ku_date_format(out->as.days, canonical));
    return KU_OK;
}

static const char *choice_at(const void *choices, size_t i)
{
    return ((const ku_choice *)choices)[i].value;
}

static ku_status parse_choice(const ku_param_spec *spec, const char *text, ku_arena *arena,
                              value *out, ku_error *err)
{
    size_t count = 0;
    for (const ku_choice *c = spec->choices; c->value != NULL; c++, count++)
        if (strcmp(c->value, text) == 0) {
            out->text = c->value;
            return KU_OK;
        }
    bool numbers = spec->min != 0 || spec->max != 0;
    if (numbers && ku_parse_int(text, strlen(text), &out->as.integer, NULL) == KU_OK)
        return parse_int(spec, text, arena, out, err);
    const char *list = "";
    for (size_t i = 0; i < count; i++)
        list = ku_arena_printf(arena, "%s%s%s", list,
                               i == 0                     ? ""
                               : i + 1 < count || numbers ? ", "
                                                          : " or ",
                               spec->choices[i].value);
    if (numbers) list = ku_arena_printf(arena, "%s or a whole number", list);
    const char *nearest = ku_text_nearest(text, count, choice_at, spec->choices);
    return ku_error_set(err, KU_USAGE, spec->name, "must be %s, found \"%.60s\"%s%s%s", list, text,
                        nearest != NULL ? "; did you mean " : "", nearest != NULL ? nearest : "",
                        nearest != NULL ? "?" : "");
}

static ku_status parse_text(const ku_param_spec *spec, const char *text, ku_arena *arena,
                            value *out, ku_error *err)
{
    if (!ku_utf8_valid(text, strlen(text), NULL))
        return ku_error_set(err, KU_USAGE, spec->name, "must be text in UTF-8");
    out->text = ku_arena_strdup(arena, text);
    return KU_OK;
}

static ku_status parse_value(const ku_param_spec *spec, const char *text, ku_arena *arena,
                             value *out, ku_error *err)
{
    out->set = true;
    switch (spec->type) {
    case KU_PARAM_INT:
        return parse_int(spec, text, arena, out, err);
    case KU_PARAM_REAL:
        return parse_real(spec, text, arena, out, err);
    case KU_PARAM_BOOL:
        return parse_bool(spec, text, out, err);
    case KU_PARAM_DATE:
        return parse_date(spec, text, arena, out, err);
    case KU_PARAM_CHOICE:
        return parse_choice(spec, text, arena, out, err);
    default:
        return parse_text(spec, text, arena, out, err);
    }
}

/* ---- all of them ----------------------------------------------------------------------- */

static const char *name_at(const void *specs, size_t i)
{
    return ((const ku_param_spec *)specs)[i].name;
}

static ku_status unknown(const ku_analysis *analysis, size_t count, const char *name, ku_error *err)
{
    const char *nearest = ku_text_nearest(name, count, name_at, analysis->params);
    if (nearest != NULL)
        return ku_error_set(err, KU_USAGE, name, "%s has no setting \"%.60s\"; did you mean %s?",
                            analysis->id, name, nearest);
    return ku_error_set(err, KU_USAGE, name, "%s has no setting \"%.60s\"", analysis->id, name);
}

ku_status ku_params_parse(const ku_analysis *analysis, const ku_param_text *texts, size_t count,
                          ku_arena *arena, ku_params **out, ku_error *err)
{
    size_t specs = spec_count(analysis->params);
    ku_params *params = ku_arena_zero(arena, sizeof *params + specs * sizeof(value));
    params->spec = analysis->params;
    params->count = specs;
    for (size_t i = 0; i < count; i++) {
        size_t at = index_of(analysis->params, specs, texts[i].name);
        if (at == specs) return unknown(analysis, specs, texts[i].name, err);
        if (params->value[at].set)
            return ku_error_set(err, KU_USAGE, texts[i].name, "is given twice");
        KU_TRY(parse_value(&analysis->params[at], texts[i].value, arena, &params->value[at], err));
    }
    for (size_t i = 0; i < specs; i++) {
        const char *usual = analysis->params[i].default_value;
        if (!params->value[i].set && usual != NULL)
            KU_TRY(parse_value(&analysis->params[i], usual, arena, &params->value[i], err));
    }
    *out = params;
    return KU_OK;
}

/* ---- reading ----------------------------------------------------------------------------- */

/* Asking for a parameter that the descriptor has not is a programmer's error. */
static const value *find(const ku_params *params, const char *name)
{
    size_t at = index_of(params->spec, params->count, name);
    assert(at < params->count);
    return &params->value[at];
}

static const value *find_set(const ku_params *params, const char *name, ku_param_type type)
{
    const value *v = find(params, name);
    assert(v->set && params->spec[v - params->value].type == type);
    (void)type;
    return v;
}

bool ku_param_set(const ku_params *params, const char *name)
{
    return find(params, name)->set;
}

int64_t ku_param_int(const ku_params *params, const char *name)
{
    return find_set(params, name, KU_PARAM_INT)->as.integer;
}

double ku_param_real(const ku_params *params, const char *name)
{
    return find_set(params, name, KU_PARAM_REAL)->as.real;
}

bool ku_param_bool(const ku_params *params, const char *name)
{
    return find_set(params, name, KU_PARAM_BOOL)->as.boolean;
}

const char *ku_param_text_value(const ku_params *params, const char *name)
{
    const value *v = find(params, name);
    assert(params->spec[v - params->value].type == KU_PARAM_TEXT ||
           params->spec[v - params->value].type == KU_PARAM_CHOICE);
    return v->set ? v->text : NULL;
}

int32_t ku_param_date(const ku_params *params, const char *name)
{
    return find_set(params, name, KU_PARAM_DATE)->as.days;
}

const char *ku_param_canonical(const ku_params *params, const char *name)
{
    const value *v = find(params, name);
    return v->set ? v->text : NULL;
}
