/* facts.c - what the bank can hold and what it holds. */
#include "app/http/facts.h"

#include <math.h>

#include "app/http/server_internal.h"
#include "base/json.h"
#include "frames/json.h"

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

/* ---- rows -------------------------------------------------------------------------------------------- */

static ku_status read_row_filters(http_call *call, ku_row_filter *filters, size_t *count,
                                  ku_error *err)
{
    static const char prefix[] = "filter.";
    *count = 0;
    for (size_t i = 0; i < call->url.pair_count; i++) {
        const http_pair *pair = &call->url.pair[i];
        if (!ku_text_starts(pair->name, prefix)) continue;
        if (*count == KU_ROW_FILTERS)
            return ku_error_set(err, KU_USAGE, "query", "more than %d filters", KU_ROW_FILTERS);
        filters[(*count)++] = (ku_row_filter){pair->name + sizeof prefix - 1, pair->value};
    }
    return KU_OK;
}

static void add_fact_columns(const ku_fact *fact, ku_text *out)
{
    for (const ku_fact_column *c = fact->columns; c->name != NULL; c++) {
        ku_text_add(out, c == fact->columns ? "{\"name\":" : ",{\"name\":");
        ku_json_add(out, c->name);
        ku_text_addf(out, ",\"type\":\"%s\",\"unit\":", ku_type_name(c->type));
        ku_json_add(out, c->unit != NULL ? c->unit : "");
        ku_text_add(out, ",\"label\":");
        ku_json_add(out, c->label != NULL ? c->label : c->name);
        ku_text_addc(out, '}');
    }
}

/* One row more than the page tells whether there is another page. */
static ku_status answer_fact_rows(http_call *call, const ku_fact *fact, const ku_frame *frame,
                                  int64_t skip, int64_t limit, ku_error *err)
{
    ku_text out = {0};
    ku_text_add(&out, "{\"name\":");
    ku_json_add(&out, fact->name);
    ku_text_add(&out, ",\"columns\":[");
    add_fact_columns(fact, &out);
    ku_text_add(&out, "],\"rows\":");
    ku_frame_json_rows(frame, 0, limit, &out);
    if (frame->rows > limit)
        ku_text_addf(&out, ",\"next\":\"%lld\"}", (long long)(skip + limit));
    else
        ku_text_add(&out, ",\"next\":null}");
    ku_status status = http_reply_text(call, 200, "application/json", &out, err);
    ku_text_clear(&out);
    return status;
}

ku_status http_fact_rows(http_call *call, ku_error *err)
{
    const char *name = http_path(call, "name");
    const ku_fact *fact = ku_fact_find(name);
    ku_row_filter filters[KU_ROW_FILTERS];
    size_t count;
    ku_bank *bank;
    ku_frame *frame = NULL;
    int64_t skip = http_int(call, "cursor"), limit = http_int(call, "limit");
    if (fact == NULL) return http_no_fact(name, "path, name", KU_NOT_FOUND, err);
    KU_TRY(read_row_filters(call, filters, &count, err));
    KU_TRY(ku_workspace_bank(call->server->workspace, KU_BANK_READ, &bank, err));
    ku_status status = ku_bank_rows(bank, fact, filters, count, skip, limit + 1, &frame, err);
    ku_workspace_bank_done(call->server->workspace, bank);
    if (status == KU_OK) status = answer_fact_rows(call, fact, frame, skip, limit, err);
    ku_frame_free(frame);
    return status;
}
