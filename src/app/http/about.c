/* about.c - the server, its interface and the company. */
#include "app/http/facts.h"
#include "app/http/server_internal.h"
#include "kemudi/kemudi.h"

ku_status http_health(http_call *call, ku_error *err)
{
    return http_reply_json(call, 200,
                           json_pack("{s:s, s:s}", "status", "ok", "version", KEMUDI_VERSION), err);
}

ku_status http_openapi(http_call *call, ku_error *err)
{
    return http_reply_json(call, 200, http_openapi_document(), err);
}

static json_t *count_json(const ku_fact_count *count)
{
    return json_pack("{s:s, s:s, s:s, s:I, s:o, s:o}", "name", count->fact->name, "title",
                     count->fact->title, "kind", http_fact_kind(count->fact), "rows",
                     (json_int_t)count->rows, "first", http_json_day(count->dated, count->first),
                     "last", http_json_day(count->dated, count->last));
}

ku_status http_workspace(http_call *call, ku_error *err)
{
    const ku_settings *settings = ku_workspace_settings(call->server->workspace);
    ku_fact_count *counts;
    size_t count;
    KU_TRY(http_fact_counts(call, &counts, &count, err));
    json_t *facts = json_array();
    for (size_t i = 0; i < count; i++) json_array_append_new(facts, count_json(&counts[i]));
    return http_reply_json(
        call, 200,
        json_pack("{s:s, s:s, s:s, s:s, s:i, s:s, s:o}", "company", settings->company, "currency",
                  settings->currency, "language", settings->language, "version", KEMUDI_VERSION,
                  "fiscal_year_start", settings->fiscal_year_start, "listen_note",
                  "Only this computer can reach Kemudi until sign-in is set up.", "facts", facts),
        err);
}
