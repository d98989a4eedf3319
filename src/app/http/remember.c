/* remember.c - a list of remembered answers, newest first; short enough to walk. */
#include "app/http/remember.h"

#include <pthread.h>

#include "base/date.h"
#include "base/hash.h"

#define KEEP_SECONDS (24.0 * 3600.0)
#define KEEP_COUNT   2000

typedef struct memory_entry {
    struct memory_entry *next;
    char *key;
    char print[KU_HASH_TEXT];
    double at;
    int status; /* 0: still under way */
    char *type, *location, *bytes;
    size_t length;
} memory_entry;

struct http_memory {
    pthread_mutex_t lock;
    memory_entry *first;
    size_t count;
};

http_memory *http_memory_new(void)
{
    http_memory *memory = calloc(1, sizeof *memory);
    if (memory != NULL) pthread_mutex_init(&memory->lock, NULL);
    return memory;
}

static void entry_free(memory_entry *entry)
{
    free(entry->key);
    free(entry->type);
    free(entry->location);
    free(entry->bytes);
    free(entry);
}

void http_memory_free(http_memory *memory)
{
    if (memory == NULL) return;
    while (memory->first != NULL) {
        memory_entry *entry = memory->first;
        memory->first = entry->next;
        entry_free(entry);
    }
    pthread_mutex_destroy(&memory->lock);
    free(memory);
}

static void forget(http_memory *memory, memory_entry **link)
{
    memory_entry *entry = *link;
    *link = entry->next;
    memory->count--;
    entry_free(entry);
}

/* Drops what is too old, and the oldest when there are too many. Entries under way stay. */
static void clean(http_memory *memory, double now)
{
    size_t at = 0;
    for (memory_entry **link = &memory->first; *link != NULL;) {
        bool old = now - (*link)->at > KEEP_SECONDS || ++at >= KEEP_COUNT;
        if (old && (*link)->status != 0)
            forget(memory, link);
        else
            link = &(*link)->next;
    }
}

static memory_entry **find(http_memory *memory, const char *key)
{
    memory_entry **link = &memory->first;
    while (*link != NULL && strcmp((*link)->key, key) != 0) link = &(*link)->next;
    return link;
}

static void replay(const memory_entry *entry, http_call *call)
{
    char *bytes = ku_arena_strndup(call->arena, entry->bytes, entry->length);
    const char *type = entry->type != NULL ? ku_arena_strdup(call->arena, entry->type) : NULL;
    http_reply_bytes(call, entry->status, type, bytes, entry->length);
    if (entry->location != NULL) http_reply_header(call, "Location", entry->location);
    http_reply_header(call, "Idempotent-Replayed", "true");
}

static ku_status take(http_memory *memory, const char *key, const char *print, double now,
                      ku_error *err)
{
    memory_entry *entry = calloc(1, sizeof *entry);
    char *copy = strdup(key);
    if (entry == NULL || copy == NULL) {
        free(entry);
        free(copy);
        return ku_error_set(err, KU_NO_MEMORY, NULL, "out of memory");
    }
    entry->key = copy;
    ku_text_copy(entry->print, sizeof entry->print, print);
    entry->at = now;
    entry->next = memory->first;
    memory->first = entry;
    memory->count++;
    return KU_OK;
}

static ku_status ask(http_memory *memory, const char *key, const char *print, http_call *call,
                     bool *known, ku_error *err)
{
    static const char where[] = "header Idempotency-Key";
    double now = ku_clock_seconds();
    clean(memory, now);
    memory_entry *entry = *find(memory, key);
    *known = false;
    if (entry == NULL) return take(memory, key, print, now, err);
    if (strcmp(entry->print, print) != 0) {
        return ku_error_set(err, KU_CONFLICT, where,
                            "this key was used for another request; use a new one");
    }
    if (entry->status == 0) {
        return ku_error_set(err, KU_CONFLICT, where,
                            "the first request with this key is still under way");
    }
    replay(entry, call);
    *known = true;
    return KU_OK;
}

ku_status http_memory_ask(http_memory *memory, const char *key, const char *print, http_call *call,
                          bool *known, ku_error *err)
{
    pthread_mutex_lock(&memory->lock);
    ku_status status = ask(memory, key, print, call, known, err);
    pthread_mutex_unlock(&memory->lock);
    return status;
}

static const char *header_of(const http_reply *reply, const char *name)
{
    for (size_t i = 0; i < reply->header_count; i++) {
        if (strcmp(reply->header_name[i], name) == 0) return reply->header_value[i];
    }
    return NULL;
}

/* False when there was no memory for the copy. */
static bool copy_answer(memory_entry *entry, const http_reply *reply)
{
    const char *location = header_of(reply, "Location");
    entry->bytes = malloc(reply->length + 1);
    entry->type = reply->type != NULL ? strdup(reply->type) : NULL;
    entry->location = location != NULL ? strdup(location) : NULL;
    if (entry->bytes == NULL || (reply->type != NULL && entry->type == NULL) ||
        (location != NULL && entry->location == NULL)) {
        return false;
    }
    memcpy(entry->bytes, reply->bytes, reply->length);
    entry->length = reply->length;
    entry->status = reply->status;
    return true;
}

void http_memory_keep(http_memory *memory, const char *key, const http_call *call)
{
    const http_reply *reply = &call->reply;
    pthread_mutex_lock(&memory->lock);
    memory_entry **link = find(memory, key);
    if (*link != NULL) {
        bool keep = reply->kind == HTTP_REPLY_BYTES && reply->status < 500 && reply->status > 0;
        if (!keep || !copy_answer(*link, reply)) forget(memory, link);
    }
    pthread_mutex_unlock(&memory->lock);
}
