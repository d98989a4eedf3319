/* descriptor.c - ack: that a person has taken note of a version of a document. */
#include "base/date.h"
#include "office/documents/documents.h"

static const ku_field_spec fields[] = {
    {.name = "document",
     .type = KU_FIELD_REF,
     .label = "Document",
     .meaning = "What is to be taken note of.",
     .target = "document",
     .required = true,
     .fixed = true,
     .listed = true},
    {.name = "of",
     .type = KU_FIELD_REF,
     .label = "Version",
     .meaning = "Of which file: the newest when it was asked.",
     .target = "document_version",
     .derived = true,
     .listed = true},
    {.name = "person",
     .type = KU_FIELD_REF,
     .label = "Person",
     .meaning = "Who is to.",
     .target = "person",
     .required = true,
     .fixed = true,
     .listed = true},
    {.name = "due",
     .type = KU_FIELD_DATE,
     .label = "Due",
     .meaning = "Until when.",
     .required = true,
     .fixed = true,
     .listed = true},
    {.name = "seen",
     .type = KU_FIELD_TIME,
     .label = "Opened",
     .meaning = "When it was opened.",
     .derived = true,
     .listed = true},
    {.name = "signed",
     .type = KU_FIELD_TIME,
     .label = "Signed",
     .meaning = "When the person signed to have taken note.",
     .derived = true,
     .listed = true},
    {.name = NULL},
};

static const ku_state states[] = {{"due", "To be read", false},
                                  {"seen", "Opened", false},
                                  {"signed", "Signed", true},
                                  {"overtaken", "Overtaken by a newer version", true},
                                  {.name = NULL}};

static ku_status only_oneself(ku_change *change, ku_error *err)
{
    int64_t person = change->office->actor->person;
    if (person != 0 && ku_member_id(change->before, "person") == person) return KU_OK;
    return ku_error_set(err, KU_NOT_ALLOWED, "person",
                        "only the person can sign to have taken note");
}

static ku_status write_signed(ku_change *change, ku_error *err)
{
    char now[KU_TIMESTAMP_TEXT];
    json_t *values = json_pack("{s:s}", "signed", ku_timestamp_format(change->office->now, now));
    ku_status status = ku_workflow_write(change->office, &ku_entity_ack, change->id, "signed",
                                         values, NULL, err);
    json_decref(values);
    return status;
}

static const ku_transition transitions[] = {
    {.name = "sign",
     .label = "I have taken note",
     .help = "Open the document first.",
     .from = "seen",
     .to = "signed",
     .action = KU_CHANGE,
     .sign = true,
     .guard = only_oneself,
     .effect = write_signed},
    {.name = NULL},
};

enum { ASK = KU_SEE | KU_ADD | KU_EXPORT };
static const ku_right rights[] = {
    {"staff", KU_SEE | KU_CHANGE, KU_REACH_OWN, KU_CLASS_SECRET},
    {"head", ASK, KU_REACH_ALL, KU_CLASS_INTERNAL},
    {"clerk", ASK, KU_REACH_ALL, KU_CLASS_INTERNAL},
    {"hr", ASK, KU_REACH_ALL, KU_CLASS_INTERNAL},
    {"director", ASK, KU_REACH_ALL, KU_CLASS_INTERNAL},
    {"deputy-director", ASK, KU_REACH_ALL, KU_CLASS_INTERNAL},
    {"auditor", KU_SEE | KU_EXPORT, KU_REACH_ALL, KU_CLASS_INTERNAL},
    {.role = NULL},
};

/* Asked of the newest file. */
static ku_status check(ku_change *change, ku_error *err)
{
    int64_t document = ku_member_id(change->values, "document"), of;
    if (change->before != NULL) return KU_OK;
    KU_TRY(ku_ack_may_open(change->office, document, ku_member_id(change->values, "person"), err));
    KU_TRY(ku_document_newest(change->office, document, &of, err));
    json_object_set_new(change->values, "of", json_integer(of));
    return KU_OK;
}

const ku_entity ku_entity_ack = {
    .name = "ack",
    .title = "Acknowledgement",
    .plural = "Acknowledgements",
    .area = "Documents",
    .order = 20,
    .meaning = "Who is to take note of which document, and who has.",
    .fields = fields,
    .label = "document",
    .owner = "person",
    .within = "document",
    .fixed_secrecy = KU_CLASS_INTERNAL,
    .states = states,
    .initial = "due",
    .transitions = transitions,
    .rights = rights,
    .ends = "due",
    .sort = "due",
    .check = check,
};
