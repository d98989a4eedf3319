/* json.c - small pieces of JSON that several handlers need. */
#include "app/http/handlers.h"

#include "base/date.h"

json_t *http_json_text(const char *text)
{
    return text != NULL ? json_string(text) : json_null();
}

json_t *http_json_time(int64_t micros)
{
    char text[KU_TIMESTAMP_TEXT];
    return micros != 0 ? json_string(ku_timestamp_format(micros, text)) : json_null();
}

json_t *http_json_day(bool known, int64_t micros)
{
    char text[KU_DATE_TEXT];
    return known ? json_string(ku_date_format(ku_date_of(micros), text)) : json_null();
}

json_t *http_json_failure(const ku_error *err)
{
    if (err->code == KU_OK) return json_null();
    return json_pack("{s:s, s:s, s:s}", "code", ku_status_name(err->code), "message", err->message,
                     "where", err->where);
}

json_t *http_json_texts(const char *const *texts)
{
    json_t *list = json_array();
    for (; texts != NULL && *texts != NULL; texts++)
        json_array_append_new(list, json_string(*texts));
    return list;
}

json_t *http_json_list(json_t *items, const char *next)
{
    return json_pack("{s:o, s:o}", "items", items, "next", http_json_text(next));
}
