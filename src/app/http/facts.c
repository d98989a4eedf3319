/* facts.c - what the bank can hold and what it holds. */
#include "app/http/facts.h"

#include <math.h>

#include "app/http/server_internal.h"

/* JSON has no infinity: no limit on that side is null. */
static json_t *limit_json(double limit)
{
    return isfinite(limit) ? json_real(limit) : json_null();
}

static json_t *fact_columns(const ku_fact *fact)
{
    json_t *list = json_array();
    for (const ku_fact_column *c = fact->columns; c->name != NULL; c++) {
        bool limited = c->min != 0 || c->max != 0;
        json_array_append_new(
            list, json_pack("{s:s, s:s, s:s, s:b, s:s, s:s, s:o, s:o, s:o}", "name", c->name,
                            "type", ku_type_name(c->type), "unit", c->unit != NULL ? c->unit : "",
                            "required", c->required, "label", c->label != NULL ? c->label : c->name,
                            "meaning", c->meaning != NULL ? c->meaning : "", "min",
                            limited ? limit_json(c->min) : json_null(), "max",
                            limited ? limit_json(c->max) : json_null(), "aliases",
                            http_json_texts(c->aliases)));
    }
    return list;
}

static json_t *fact_json(const ku_fact_count *count)
{
    const ku_fact *fact = count->fact;
    return json_pack("{s:s, s:s, s:s, s:s, s:o, s:o, s:o, s:I, s:o, s:o}", "name", fact->name,
                     "kind", http_fact_kind(fact), "title", fact->title, "meaning", fact->meaning,
                     "time_column", http_json_text(fact->time_column), "key",
                     http_json_texts(fact->key), "columns", fact_columns(fact), "rows",
                     (json_int_t)count->rows, "first", http_json_day(count->dated, count->first),
                     "last", http_json_day(count->dated, count->last));
}

const char *http_fact_kind(const ku_fact *fact)
{
    return fact->kind == KU_DIMENSION ? "dimension" : "fact";
}

ku_status http_fact_counts(http_call *call, ku_fact_count **counts, size_t *count, ku_error *err)
{
    size_t room;
    ku_bank *bank;
    ku_facts(&room);
    *counts = KU_ARRAY(call->arena, room, ku_fact_count);
    KU_TRY(ku_workspace_bank(call->server->workspace, KU_BANK_READ, &bank, err));
    ku_status status = ku_bank_counts(bank, *counts, room, count, err);
    ku_workspace_bank_done(call->server->workspace, bank);
    return status;
}

ku_status http_list_facts(http_call *call, ku_error *err)
{
    ku_fact_count *counts;
    size_t count;
    KU_TRY(http_fact_counts(call, &counts, &count, err));
    json_t *items = json_array();
    for (size_t i = 0; i < count; i++) json_array_append_new(items, fact_json(&counts[i]));
    return http_reply_json(call, 200, http_json_list(items, NULL), err);
}

ku_status http_get_fact(http_call *call, ku_error *err)
{
    const char *name = http_path(call, "name");
    ku_fact_count *counts;
    size_t count;
    if (ku_fact_find(name) == NULL) return http_no_fact(name, "path, name", KU_NOT_FOUND, err);
    KU_TRY(http_fact_counts(call, &counts, &count, err));
    for (size_t i = 0; i < count; i++) {
        if (strcmp(counts[i].fact->name, name) == 0)
            return http_reply_json(call, 200, fact_json(&counts[i]), err);
    }
    return ku_error_set(err, KU_FAULT, name, "the bank did not count this fact");
}

ku_status http_no_fact(const char *name, const char *where, ku_status code, ku_error *err)
{
    const ku_fact *fact = ku_fact_nearest(name);
    const char *near = fact != NULL ? fact->name : NULL;
    return ku_error_set(err, code, where, "there is no fact \"%.60s\"%s%s%s", name,
                        near != NULL ? "; did you mean \"" : "", near != NULL ? near : "",
                        near != NULL ? "\"?" : "");
}
