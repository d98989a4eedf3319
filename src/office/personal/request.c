/* request.c - the course of a request about personal data: when it is due, when it can be
 * fulfilled, and what its fulfilment does. */
#include <string.h>

#include "base/date.h"
#include "office/personal/personal.h"

static const char *text(const json_t *values, const char *key)
{
    const char *value = json_string_value(json_object_get(values, key));
    return value != NULL ? value : "";
}

static bool is_erasure(const ku_change *change)
{
    return strcmp(text(change->values, "kind"), "erasure") == 0;
}

/* The same day of the next month, or its last. Regulation (EU) 2016/679, Art. 12(3). */
static int32_t a_month_later(int32_t days)
{
    ku_civil c = ku_date_to_civil(days);
    c.year += c.month == 12;
    c.month = c.month == 12 ? 1 : c.month + 1;
    int last = ku_month_days(c.year, c.month);
    return ku_date_from_civil(c.year, c.month, c.day < last ? c.day : last);
}

ku_status ku_personal_request_check(ku_change *change, ku_error *err)
{
    int32_t received;
    char due[KU_DATE_TEXT];
    const char *day = text(change->values, "received");
    KU_TRY(ku_date_parse(day, strlen(day), KU_DATE_YMD, &received, err));
    if (received > ku_date_of(change->office->now))
        return ku_error_set(err, KU_BAD_DATA, "received", "Received: %s is still to come", day);
    json_object_set_new(change->values, "due",
                        json_string(ku_date_format(a_month_later(received), due)));
    return KU_OK;
}

/* Nobody is erased while they work here: their pay, orders and acknowledgements are needed. */
ku_status ku_personal_request_ready(ku_change *change, ku_error *err)
{
    json_t *person;
    if (!is_erasure(change)) return KU_OK;
    KU_TRY(ku_workflow_read(change->office, ku_entity_find("person"),
                            json_integer_value(json_object_get(change->values, "person")), &person,
                            err));
    if (strcmp(text(person, "state"), "active") != 0) return KU_OK;
    return ku_error_set(err, KU_CONFLICT, "person",
                        "they are still with the company; only who has left is erased");
}

ku_status ku_personal_request_done(ku_change *change, ku_error *err)
{
    char today[KU_DATE_TEXT];
    bool erase = change->transition->guard != NULL && is_erasure(change);
    json_t *values = json_pack("{s:s}", "closed",
                               ku_date_format(ku_date_of(change->office->now), today));
    ku_status status = ku_workflow_write(change->office, change->entity, change->id, "close",
                                         values, NULL, err);
    json_decref(values);
    KU_TRY(status);
    if (!erase) return KU_OK;
    return ku_personal_erase(change->office,
                             json_integer_value(json_object_get(change->values, "person")),
                             change->reason, err);
}
