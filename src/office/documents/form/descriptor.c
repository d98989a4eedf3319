/* descriptor.c - form: kinds of documents with their numbers, class and time of keeping. */
#include "office/documents/documents.h"

static const ku_choice routes[] = {
    {"decision", "By one decision"}, {"matrix", "By the signing matrix"}, {.value = NULL}};

static const ku_field_spec fields[] = {
    {.name = "code",
     .type = KU_FIELD_TEXT,
     .label = "Code",
     .meaning = "A short name.",
     .required = true,
     .listed = true,
     .unique = true,
     .max = 12},
    {.name = "title",
     .type = KU_FIELD_TEXT,
     .label = "Title",
     .meaning = "What its documents are called.",
     .required = true,
     .listed = true},
    {.name = "kind",
     .type = KU_FIELD_CHOICE,
     .label = "Kind",
     .meaning = "What it is.",
     .required = true,
     .listed = true,
     .choices = ku_document_kinds},
    {.name = "pattern",
     .type = KU_FIELD_TEXT,
     .label = "Numbers",
     .meaning = "How its documents are numbered: {year} is the year, {n:4} the number with at "
                "least four digits.",
     .required = true,
     .listed = true,
     .max = 40},
    {.name = "secrecy",
     .type = KU_FIELD_CHOICE,
     .label = "Least class",
     .meaning = "No document of this form is more widely known than this.",
     .required = true,
     .listed = true,
     .choices = ku_document_classes,
     .fallback = "internal"},
    {.name = "retention",
     .type = KU_FIELD_INT,
     .unit = "years",
     .label = "Kept for",
     .meaning = "Years after it was archived; empty: for ever.",
     .listed = true,
     .min = 0,
     .max = 100},
    {.name = "route",
     .type = KU_FIELD_CHOICE,
     .label = "Approved",
     .meaning = "How its documents are approved.",
     .required = true,
     .choices = routes,
     .fallback = "decision"},
    {.name = "ack_days",
     .type = KU_FIELD_INT,
     .unit = "days",
     .label = "To acknowledge within",
     .meaning = "The usual time to take note of one; empty: nobody must.",
     .min = 1,
     .max = 365},
    {.name = NULL},
};

static const ku_state states[] = {
    {"active", "In use", false}, {"retired", "No longer used", true}, {.name = NULL}};

static const ku_transition transitions[] = {
    {.name = "retire",
     .label = "Retire",
     .help = "No new documents of this form.",
     .from = "active",
     .to = "retired",
     .action = KU_ARRANGE},
    {.name = "revive",
     .label = "Use again",
     .from = "retired",
     .to = "active",
     .action = KU_ARRANGE},
    {.name = NULL},
};

static const ku_right rights[] = {
    {"staff", KU_SEE, KU_REACH_ALL, KU_CLASS_INTERNAL},
    {"director", KU_SEE | KU_ADD | KU_CHANGE | KU_ARRANGE | KU_EXPORT, KU_REACH_ALL,
     KU_CLASS_INTERNAL},
    {"deputy-director", KU_SEE | KU_ADD | KU_CHANGE | KU_ARRANGE | KU_EXPORT, KU_REACH_ALL,
     KU_CLASS_INTERNAL},
    {"clerk", KU_SEE | KU_ADD | KU_CHANGE | KU_ARRANGE | KU_EXPORT, KU_REACH_ALL,
     KU_CLASS_INTERNAL},
    {"auditor", KU_SEE | KU_EXPORT, KU_REACH_ALL, KU_CLASS_INTERNAL},
    {.role = NULL},
};

static ku_status check(ku_change *change, ku_error *err)
{
    return ku_pattern_check(ku_member_text(change->values, "pattern"), err);
}

const ku_entity ku_entity_form = {
    .name = "form",
    .title = "Form",
    .plural = "Forms",
    .area = "Documents",
    .order = 90,
    .meaning = "Kinds of documents: how they are numbered, approved, and how long they are kept.",
    .fields = fields,
    .label = "title",
    .fixed_secrecy = KU_CLASS_INTERNAL,
    .states = states,
    .initial = "active",
    .transitions = transitions,
    .rights = rights,
    .sort = "code",
    .check = check,
};
