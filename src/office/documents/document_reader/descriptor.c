/* descriptor.c - document_reader: who may see a secret document. access_list follows it. */
#include "office/documents/documents.h"

static const ku_field_spec fields[] = {
    {.name = "document",
     .type = KU_FIELD_REF,
     .label = "Document",
     .meaning = "The secret one.",
     .target = "document",
     .required = true,
     .fixed = true,
     .listed = true},
    {.name = "person",
     .type = KU_FIELD_REF,
     .label = "Person",
     .meaning = "Who may see it.",
     .target = "person",
     .required = true,
     .fixed = true,
     .listed = true},
    {.name = "why",
     .type = KU_FIELD_TEXT,
     .label = "What for",
     .meaning = "What the person needs it for.",
     .listed = true},
    {.name = "given_by",
     .type = KU_FIELD_REF,
     .label = "Added by",
     .meaning = "Who put the person on the list.",
     .target = "person",
     .derived = true,
     .listed = true,
     .fallback = "me"},
    {.name = NULL},
};

/* Whoever sees the document may see the list; who may add to it is checked below; off it
 * takes who put on it. */
static const ku_right rights[] = {
    {"staff", KU_SEE | KU_ADD, KU_REACH_ALL, KU_CLASS_INTERNAL},
    {"staff", KU_REMOVE, KU_REACH_OWN, KU_CLASS_INTERNAL},
    {"director", KU_REMOVE, KU_REACH_ALL, KU_CLASS_INTERNAL},
    {"deputy-director", KU_REMOVE, KU_REACH_ALL, KU_CLASS_INTERNAL},
    {.role = NULL},
};

static ku_status check(ku_change *change, ku_error *err)
{
    static const char *const keepers[] = {"director", "deputy-director", NULL};
    json_t *document;
    ku_office *office = change->office;
    KU_TRY(ku_workflow_read(office, &ku_entity_document, ku_member_id(change->values, "document"),
                            &document, err));
    bool own = office->actor->person != 0 &&
               ku_member_id(document, "owner") == office->actor->person;
    if (!own && !ku_holds_role(office->actor, keepers))
        return ku_error_set(err, KU_NOT_ALLOWED, "person",
                            "only its owner and the director say who may see a secret document");
    if (ku_member_secret(document)) return KU_OK;
    return ku_error_set(err, KU_CONFLICT, "document",
                        "the document is not secret; it needs no list of readers");
}

const ku_entity ku_entity_document_reader = {
    .name = "document_reader",
    .title = "Reader",
    .plural = "Readers",
    .area = "Documents",
    .order = 12,
    .meaning = "Who may see a secret document.",
    .fields = fields,
    .label = "person",
    .owner = "given_by",
    .within = "document",
    .fixed_secrecy = KU_CLASS_INTERNAL,
    .rights = rights,
    .hidden = true,
    .check = check,
};
