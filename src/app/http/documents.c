/* documents.c - the files of documents: sent, fetched, acknowledged, and who has read them.
 *
 * A file is taken into a scratch file without a name, so that a request that ends half-way
 * leaves nothing. It is handed out only to be saved, never to be shown by the browser as if
 * it were a page of ours. */
#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

#include "app/http/handlers.h"
#include "app/http/server_internal.h"
#include "base/file.h"
#include "office/documents/documents.h"

static int64_t document_id(const http_call *call)
{
    return strtoll(http_path(call, "id"), NULL, 10);
}

/* ---- sending -------------------------------------------------------------------------------------- */

typedef struct sending {
    int fd;
    size_t bytes;
} sending;

static ku_status open_sending(http_call *call, ku_error *err)
{
    sending *s = KU_NEW(call->arena, sending);
    KU_TRY(ku_file_scratch(&s->fd, err));
    call->sink_state = s;
    return KU_OK;
}

static ku_status write_sending(http_call *call, const char *bytes, size_t length, ku_error *err)
{
    sending *s = call->sink_state;
    s->bytes += length;
    return ku_write_all(s->fd, bytes, length, "file", err);
}

static void drop_sending(http_call *call)
{
    close(((sending *)call->sink_state)->fd);
}

const http_sink http_document_sink = {open_sending, write_sending, drop_sending};

static ku_status take_in(http_call *call, const void *bytes, size_t length, int64_t *version,
                         ku_error *err)
{
    return ku_document_upload(call->server->workspace, &call->who, document_id(call),
                              http_text(call, "name"), http_text(call, "remark"), bytes, length,
                              version, err);
}

static ku_status take_sent(http_call *call, const sending *s, int64_t *version, ku_error *err)
{
    if (s->bytes == 0) return take_in(call, "", 0, version, err);
    void *bytes = mmap(NULL, s->bytes, PROT_READ, MAP_PRIVATE, s->fd, 0);
    if (bytes == MAP_FAILED) return ku_error_errno(err, errno, "file", "reading the file sent");
    ku_status status = take_in(call, bytes, s->bytes, version, err);
    munmap(bytes, s->bytes);
    return status;
}

static ku_status reply_version(http_call *call, int64_t version, ku_error *err)
{
    ku_office *office;
    json_t *record;
    KU_TRY(ku_office_begin(call->server->workspace, &call->who, true, &office, err));
    ku_status status = ku_record_get(office, &ku_entity_document_version, version, &record, err);
    if (status == KU_OK) status = http_reply_json(call, 201, json_incref(record), err);
    if (status == KU_OK) {
        const char *at = ku_arena_printf(call->arena, HTTP_API "/records/document_version/%lld",
                                         (long long)version);
        http_reply_header(call, "Location", at);
        status = ku_office_commit(office, err);
    }
    ku_office_end(office);
    return status;
}

ku_status http_add_version(http_call *call, ku_error *err)
{
    sending *s = call->sink_state;
    int64_t version;
    ku_status status = take_sent(call, s, &version, err);
    close(s->fd);
    KU_TRY(status);
    return reply_version(call, version, err);
}

/* ---- fetching --------------------------------------------------------------------------------------- */

/* The name for old clients in ASCII, and the whole of it (RFC 6266, RFC 8187). */
static const char *disposition(const char *name, ku_arena *arena)
{
    ku_text text = {0};
    ku_text_add(&text, "attachment; filename=\"");
    for (const char *c = name; *c != '\0'; c++)
        if (((unsigned char)*c & 0xc0) != 0x80)
            ku_text_addc(&text, (unsigned char)*c < 0x80 ? *c : '_');
    ku_text_add(&text, "\"; filename*=UTF-8''");
    for (const char *c = name; *c != '\0'; c++) {
        char low = ku_char_lower(*c);
        bool plain = (low >= 'a' && low <= 'z') || (*c >= '0' && *c <= '9') ||
                     strchr("-._~", *c) != NULL;
        if (plain)
            ku_text_addc(&text, *c);
        else
            ku_text_addf(&text, "%%%02X", (unsigned)(unsigned char)*c);
    }
    const char *kept = ku_arena_strdup(arena, ku_text_string(&text));
    ku_text_clear(&text);
    return kept;
}

ku_status http_version_content(http_call *call, ku_error *err)
{
    ku_version_content content;
    KU_TRY(ku_document_read(call->server->workspace, &call->who, document_id(call),
                            strtoll(http_path(call, "n"), NULL, 10), call->arena, &content, err));
    http_reply_bytes(call, 200, "application/octet-stream", content.bytes, content.length);
    http_reply_header(call, "Content-Disposition", disposition(content.name, call->arena));
    http_reply_header(call, "Content-Security-Policy", "sandbox; default-src 'none'");
    http_reply_header(call, "X-Kemudi-Kind", content.kind->name);
    return KU_OK;
}

/* ---- acknowledgements and readings --------------------------------------------------------------------- */

static ku_status list_mine(http_call *call, ku_office *office, ku_error *err)
{
    const ku_filter mine[] = {{.field = "person", .how = KU_IS, .value = "me"}};
    ku_query query = {.filters = mine, .filter_count = 1, .sort = "due"};
    ku_page page;
    query.limit = (int)http_int(call, "limit");
    query.cursor = http_text(call, "cursor");
    if (office->actor->person == 0)
        return http_reply_json(call, 200, http_json_list(json_array(), NULL), err);
    KU_TRY(ku_records_list(office, &ku_entity_ack, &query, &page, err));
    return http_reply_json(call, 200, http_json_list(json_incref(page.items), page.next), err);
}

ku_status http_my_acks(http_call *call, ku_error *err)
{
    ku_office *office;
    KU_TRY(ku_office_begin(call->server->workspace, &call->who, false, &office, err));
    ku_status status = list_mine(call, office, err);
    ku_office_end(office);
    return status;
}

ku_status http_my_reminders(http_call *call, ku_error *err)
{
    ku_office *office;
    json_t *items;
    KU_TRY(ku_office_begin(call->server->workspace, &call->who, false, &office, err));
    ku_status status = ku_reminders_mine(office, &items, err);
    if (status == KU_OK)
        status = http_reply_json(call, 200, http_json_list(json_incref(items), NULL), err);
    ku_office_end(office);
    return status;
}

ku_status http_document_readings(http_call *call, ku_error *err)
{
    ku_office *office;
    json_t *items;
    KU_TRY(ku_office_begin(call->server->workspace, &call->who, false, &office, err));
    ku_status status = ku_document_readings(office, document_id(call), &items, err);
    if (status == KU_OK)
        status = http_reply_json(call, 200, http_json_list(json_incref(items), NULL), err);
    ku_office_end(office);
    return status;
}
