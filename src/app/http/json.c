/* json.c - small pieces of JSON that several handlers need. */
#include "app/http/handlers.h"
#include "app/http/uploads.h"

#include "base/date.h"

/* Messages quote what was found and cut it somewhere: half a character becomes U+FFFD, as
 * JSON takes only whole ones. */
static json_t *repaired(const char *text)
{
    ku_text whole = {0};
    size_t at = 0, length = strlen(text);
    while (at < length) {
        size_t start = at;
        if (ku_utf8_next(text, length, &at) == 0xFFFD)
            ku_text_add(&whole, "\xEF\xBF\xBD");
        else
            ku_text_addn(&whole, text + start, at - start);
    }
    json_t *json = json_string(ku_text_string(&whole));
    ku_text_clear(&whole);
    return json;
}

json_t *http_json_text(const char *text)
{
    if (text == NULL) return json_null();
    json_t *json = json_string(text);
    return json != NULL ? json : repaired(text);
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
    ku_error shown = *err;
    if (err->code == KU_OK) return json_null();
    http_upload_hide(&shown);
    return json_pack("{s:s, s:o, s:o}", "code", ku_status_name(shown.code), "message",
                     http_json_text(shown.message), "where", http_json_text(shown.where));
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
