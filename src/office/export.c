/* export.c - lists taken out: page after page of the store's own lists, so that what may be
 * exported is judged where everything else is. */
#include "office/export.h"

#include <string.h>

#include "access/event.h"
#include "base/csv.h"

static void add_text(ku_text *csv, const char *text)
{
    ku_csv_add(csv, text, strlen(text), KU_CSV_GUARDED);
}

static void add_heading(const ku_entity *entity, ku_text *csv)
{
    ku_text_add(csv, "id");
    if (entity->states != NULL) ku_text_add(csv, ",state");
    for (const ku_field_spec *f = entity->fields; f->name != NULL; f++)
        if (f->type != KU_FIELD_LONG || f->listed) ku_text_addf(csv, ",%s", f->name);
    ku_text_add(csv, "\r\n");
}

static void add_value(const json_t *item, const ku_field_spec *field, ku_text *csv)
{
    const json_t *value = json_object_get(item, field->name);
    const char *label = json_string_value(
        json_object_get(json_object_get(item, "labels"), field->name));
    ku_text_addc(csv, ',');
    if (value == NULL || json_is_null(value)) return;
    if (label != NULL)
        add_text(csv, label);
    else if (json_is_string(value))
        /* Money and dates are no texts that could be formulas; a minus is theirs to have. */
        field->type == KU_FIELD_TEXT || field->type == KU_FIELD_LONG ||
                field->type == KU_FIELD_CHOICE
            ? add_text(csv, json_string_value(value))
            : ku_text_add(csv, json_string_value(value));
    else if (json_is_boolean(value))
        ku_text_add(csv, json_is_true(value) ? "yes" : "no");
    else
        ku_json_dump(value, csv);
}

static void add_item(const ku_entity *entity, const json_t *item, ku_text *csv)
{
    ku_json_dump(json_object_get(item, "id"), csv);
    if (entity->states != NULL) {
        ku_text_addc(csv, ',');
        add_text(csv, json_string_value(json_object_get(item, "state")));
    }
    for (const ku_field_spec *f = entity->fields; f->name != NULL; f++)
        if (f->type != KU_FIELD_LONG || f->listed) add_value(item, f, csv);
    ku_text_add(csv, "\r\n");
}

static ku_status add_all(ku_office *office, const ku_entity *entity, const ku_query *asked,
                         ku_text *csv, int64_t *count, ku_error *err)
{
    ku_query query = *asked;
    query.action = KU_EXPORT;
    query.limit = 200;
    for (*count = 0;;) {
        ku_page page;
        size_t at;
        json_t *item;
        KU_TRY(ku_records_list(office, entity, &query, &page, err));
        json_array_foreach(page.items, at, item) add_item(entity, item, csv);
        *count += (int64_t)json_array_size(page.items);
        if (page.next == NULL) return KU_OK;
        if (*count >= KU_EXPORT_MOST)
            return ku_error_set(err, KU_TOO_LARGE, entity->plural,
                                "there are more than %d; narrow the list by a filter",
                                KU_EXPORT_MOST);
        json_array_clear(page.items); /* a long export holds one page at a time */
        query.cursor = page.next;
    }
}

ku_status ku_records_export(ku_office *office, const ku_entity *entity, const ku_query *query,
                            ku_text *csv, ku_error *err)
{
    int64_t count;
    add_heading(entity, csv);
    KU_TRY(add_all(office, entity, query, csv, &count, err));
    KU_TRY(ku_text_check(csv, err));
    json_t *detail = json_pack("{s:s, s:I}", "what", entity->plural, "records", (json_int_t)count);
    const ku_event event = {.action = "export", .detail = detail};
    ku_status status = ku_event_add(office->workspace, office->db, office->actor, &event, NULL,
                                    err);
    json_decref(detail);
    return status;
}
