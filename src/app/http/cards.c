/* cards.c - a document's card on paper: what the register says of it, its files, who has taken
 * note, and its course; as far as whoever asks may see. */
#include "app/http/handlers.h"
#include "app/http/server_internal.h"
#include "base/format.h"
#include "office/documents/documents.h"
#include "report/paper.h"

typedef struct card {
    http_call *call;
    ku_office *office;
    ku_paper *paper;
    json_t *document;
    int64_t id;
} card;

/* ---- values as people read them ------------------------------------------------------------------ */

static const char *choice_label(const ku_field_spec *field, const char *value)
{
    for (const ku_choice *c = field->choices; c->value != NULL; c++)
        if (strcmp(c->value, value) == 0) return c->label;
    return value;
}

/* "2026-11-24 09:00" */
static const char *shown_time(const card *c, const char *time)
{
    if (time == NULL || strlen(time) < 16) return "";
    return ku_arena_printf(c->call->arena, "%.10s %.5s", time, time + 11);
}

/* NULL: there is none. */
static const char *shown(const card *c, const ku_entity *entity, const json_t *record,
                         const char *name)
{
    char number[KU_NUMBER_TEXT];
    const ku_field_spec *field = ku_entity_field(entity, name);
    const json_t *value = json_object_get(record, name);
    const char *text = json_string_value(value);
    if (value == NULL || json_is_null(value)) return NULL;
    switch (field->type) {
    case KU_FIELD_REF:
        return ku_member_text(json_object_get(record, "labels"), name);
    case KU_FIELD_CHOICE:
        return choice_label(field, text);
    case KU_FIELD_BOOL:
        return json_is_true(value) ? "yes" : "no";
    case KU_FIELD_TIME:
        return shown_time(c, text);
    case KU_FIELD_INT:
        ku_format_int(number, json_integer_value(value), NULL);
        return ku_arena_strdup(c->call->arena, number);
    default:
        return text;
    }
}

static const char *state_label(const ku_entity *entity, const json_t *record)
{
    const ku_state *state = ku_entity_state(entity, ku_member_text(record, "state"));
    return state != NULL ? state->label : "";
}

/* ---- the parts --------------------------------------------------------------------------------------- */

static void add_fields(const card *c)
{
    ku_paper_heading(c->paper, 1, ku_member_text(c->document, "title"));
    ku_paper_field(c->paper, "State", state_label(&ku_entity_document, c->document));
    for (const ku_field_spec *f = ku_entity_document.fields; f->name != NULL; f++) {
        const char *value = shown(c, &ku_entity_document, c->document, f->name);
        if (value != NULL && strcmp(f->name, "title") != 0)
            ku_paper_field(c->paper, f->label, value);
    }
}

/* Up to a page of the store's; a card is no archive. */
static ku_status parts_of(const card *c, const ku_entity *entity, const char *sort, json_t **items,
                          ku_error *err)
{
    const ku_filter of[] = {{.field = "document",
                             .how = KU_IS,
                             .value = ku_arena_printf(c->call->arena, "%lld", (long long)c->id)}};
    ku_query query = {.filters = of, .filter_count = 1, .sort = sort, .limit = 200, .closed = true};
    ku_page page;
    KU_TRY(ku_records_list(c->office, entity, &query, &page, err));
    *items = page.items;
    return KU_OK;
}

static void add_version(const card *c, const json_t *version)
{
    char size[KU_NUMBER_TEXT];
    const ku_entity *entity = &ku_entity_document_version;
    ku_format_bytes(size, (double)ku_member_id(version, "bytes"));
    const char *cells[] = {shown(c, entity, version, "number"),
                           ku_member_text(version, "name"),
                           size,
                           shown(c, entity, version, "author"),
                           shown_time(c, ku_member_text(version, "created")),
                           ku_member_text(version, "hash")};
    ku_paper_row(c->paper, cells);
}

static ku_status add_versions(const card *c, ku_error *err)
{
    static const char *const heads[] = {"Version", "File",       "Size",
                                        "Sent by", "Time (UTC)", "Fingerprint"};
    static const double shares[] = {1, 2.4, 1, 1.6, 1.3, 2.4};
    json_t *items;
    KU_TRY(parts_of(c, &ku_entity_document_version, "number", &items, err));
    if (json_array_size(items) == 0) return KU_OK;
    ku_paper_heading(c->paper, 2, "Files");
    ku_paper_table(c->paper, 6, heads, shares);
    for (size_t i = 0; i < json_array_size(items); i++) add_version(c, json_array_get(items, i));
    return KU_OK;
}

static void add_ack(const card *c, const json_t *ack)
{
    const ku_entity *entity = &ku_entity_ack;
    const char *cells[] = {shown(c, entity, ack, "person"), shown(c, entity, ack, "of"),
                           ku_member_text(ack, "due"),      shown(c, entity, ack, "seen"),
                           shown(c, entity, ack, "signed"), state_label(entity, ack)};
    ku_paper_row(c->paper, cells);
}

/* The sheet is for those who may see who has taken note; others are shown their own line. */
static ku_status add_acks(const card *c, ku_error *err)
{
    static const char *const heads[] = {"Person",       "File",         "Due",
                                        "Opened (UTC)", "Signed (UTC)", "State"};
    static const double shares[] = {2, 2.2, 1.1, 1.5, 1.5, 1.6};
    json_t *items;
    ku_verdict may = ku_authorize(c->office->actor, &ku_entity_ack, KU_SEE, NULL, NULL,
                                  c->office->arena);
    if (!may.allowed) return KU_OK;
    KU_TRY(parts_of(c, &ku_entity_ack, "due", &items, err));
    if (json_array_size(items) == 0) return KU_OK;
    ku_paper_heading(c->paper, 2, "Acknowledgements");
    ku_paper_table(c->paper, 6, heads, shares);
    for (size_t i = 0; i < json_array_size(items); i++) add_ack(c, json_array_get(items, i));
    return KU_OK;
}

static ku_status add_course(const card *c, ku_error *err)
{
    static const char *const heads[] = {"Time (UTC)", "Who", "What", "Reason"};
    static const double shares[] = {1.4, 2, 1.4, 3};
    json_t *items;
    KU_TRY(ku_record_history(c->office, &ku_entity_document, c->id, &items, err));
    ku_paper_heading(c->paper, 2, "Course");
    ku_paper_table(c->paper, 4, heads, shares);
    for (size_t i = json_array_size(items); i-- > 0;) {
        const json_t *item = json_array_get(items, i);
        const char *cells[] = {shown_time(c, ku_member_text(item, "time")),
                               ku_member_text(item, "who"), ku_member_text(item, "action"),
                               ku_member_text(item, "reason")};
        ku_paper_row(c->paper, cells);
    }
    return KU_OK;
}

/* ---- the whole ------------------------------------------------------------------------------------------ */

static ku_status write_card(card *c, ku_error *err)
{
    void *bytes;
    size_t length;
    add_fields(c);
    KU_TRY(add_versions(c, err));
    KU_TRY(add_acks(c, err));
    KU_TRY(add_course(c, err));
    KU_TRY(ku_paper_finish(c->paper, c->call->arena, &bytes, &length, err));
    http_reply_bytes(c->call, 200, "application/pdf", bytes, length);
    return KU_OK;
}

static const char *foot(const card *c)
{
    const char *number = ku_member_text(c->document, "number");
    const char *company = ku_workspace_settings(c->call->server->workspace)->company;
    return ku_arena_printf(c->call->arena, "%s \xc2\xb7 %s%s%s \xc2\xb7 %s", company,
                           number != NULL ? number : "", number != NULL ? " " : "",
                           ku_member_text(c->document, "title"),
                           shown(c, &ku_entity_document, c->document, "secrecy"));
}

static ku_status make_card(card *c, ku_error *err)
{
    KU_TRY(ku_record_get(c->office, &ku_entity_document, c->id, &c->document, err));
    KU_TRY(ku_paper_new(foot(c), &c->paper, err));
    ku_status status = write_card(c, err);
    ku_paper_free(c->paper);
    KU_TRY(status);
    return ku_office_commit(c->office, err); /* the reading of a secret is in the log */
}

ku_status http_document_card(http_call *call, ku_error *err)
{
    card c = {.call = call, .id = strtoll(http_path(call, "id"), NULL, 10)};
    KU_TRY(ku_office_begin(call->server->workspace, &call->who, true, &c.office, err));
    ku_status status = make_card(&c, err);
    ku_office_end(c.office);
    return status;
}
