/* member.c - members of records, days and roles, as the workflow of documents asks for them. */
#include <string.h>

#include "base/date.h"
#include "office/documents/documents.h"

const ku_choice ku_document_kinds[] = {
    {"order", "Order"},   {"policy", "Policy"},     {"regulation", "Regulation"},
    {"letter", "Letter"}, {"contract", "Contract"}, {"memo", "Memo"},
    {"report", "Report"}, {"minutes", "Minutes"},   {"application", "Application"},
    {"other", "Other"},   {.value = NULL},
};

const ku_choice ku_document_classes[] = {
    {"open", "Open"},     {"internal", "Internal"}, {"personal", "Personal"},
    {"secret", "Secret"}, {.value = NULL},
};

int64_t ku_member_id(const json_t *values, const char *name)
{
    return json_integer_value(json_object_get(values, name));
}

const char *ku_member_text(const json_t *values, const char *name)
{
    return json_string_value(json_object_get(values, name));
}

bool ku_member_same(const json_t *a, const json_t *b, const char *name)
{
    const json_t *in_a = json_object_get(a, name), *in_b = json_object_get(b, name);
    bool none_a = in_a == NULL || json_is_null(in_a), none_b = in_b == NULL || json_is_null(in_b);
    return none_a || none_b ? none_a == none_b : json_equal(in_a, in_b) == 1;
}

bool ku_member_secret(const json_t *values)
{
    const char *secrecy = ku_member_text(values, "secrecy");
    return secrecy == NULL || strcmp(secrecy, "secret") == 0;
}

const char *ku_day_after(ku_office *office, const char *day, int years, int days)
{
    int32_t date = 0;
    char text[KU_DATE_TEXT];
    ku_date_parse(day, strlen(day), KU_DATE_YMD, &date, NULL);
    ku_civil civil = ku_date_to_civil(date);
    civil.year += years;
    if (!ku_civil_valid(civil.year, civil.month, civil.day)) civil.day = 28;
    date = ku_date_from_civil(civil.year, civil.month, civil.day) + days;
    return ku_arena_strdup(office->arena, ku_date_format(date, text));
}

bool ku_holds_role(const ku_actor *actor, const char *const *roles)
{
    for (size_t i = 0; i < actor->grant_count; i++)
        for (const char *const *role = roles; *role != NULL; role++)
            if (strcmp(actor->grants[i].role, *role) == 0) return true;
    return false;
}
