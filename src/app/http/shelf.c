/* shelf.c - a short list of frames, the one used last in front. An entry is held by the shelf
 * and by every frame handed out over it, and goes when the last of them lets go. */
#include "app/http/shelf.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/date.h"
#include "frames/pack.h"

/* A table that alone is larger is read each time; what nobody asked for in a while goes as
 * soon as something else is asked for. */
enum { MOST_BYTES = 1 << 30, KEEP_SECONDS = 120 }; /* a hundred thousand products fit */

typedef struct entry {
    struct entry *next;
    atomic_int held;
    ku_frame *frame;
    size_t bytes;
    double used;
    char run[KU_RUN_ID], table[64];
} entry;

struct http_shelf {
    pthread_mutex_t lock;
    entry *first;
};

static void let_go(void *data)
{
    entry *e = data;
    if (atomic_fetch_sub(&e->held, 1) > 1) return;
    ku_frame_free(e->frame);
    free(e);
}

http_shelf *http_shelf_new(void)
{
    http_shelf *shelf = calloc(1, sizeof *shelf);
    if (shelf != NULL) pthread_mutex_init(&shelf->lock, NULL);
    return shelf;
}

void http_shelf_free(http_shelf *shelf)
{
    if (shelf == NULL) return;
    for (entry *e = shelf->first, *next; e != NULL; e = next) {
        next = e->next;
        let_go(e);
    }
    pthread_mutex_destroy(&shelf->lock);
    free(shelf);
}

/* The entry's frame for a caller, who holds the entry by it. */
static ku_status hand_out(entry *e, ku_frame **frame, ku_error *err)
{
    *frame = malloc(sizeof **frame);
    if (*frame == NULL) return ku_error_set(err, KU_NO_MEMORY, e->table, "no memory for a table");
    **frame = *e->frame;
    (*frame)->owner = e;
    (*frame)->release = let_go;
    atomic_fetch_add(&e->held, 1);
    return KU_OK;
}

/* The entry, moved to the front; NULL when it is not there. Call with the lock. */
static entry *take(http_shelf *shelf, const char *run, const char *table, double now)
{
    for (entry **link = &shelf->first; *link != NULL; link = &(*link)->next) {
        entry *e = *link;
        if (strcmp(e->run, run) != 0 || strcmp(e->table, table) != 0) continue;
        *link = e->next;
        e->next = shelf->first;
        e->used = now;
        shelf->first = e;
        return e;
    }
    return NULL;
}

/* Drops from the end what is old or too much. Call with the lock. */
static void clean(http_shelf *shelf, double now)
{
    size_t bytes = 0;
    entry **link = &shelf->first;
    while (*link != NULL) {
        entry *e = *link;
        bytes += e->bytes;
        if (bytes <= MOST_BYTES && now - e->used <= KEEP_SECONDS) {
            link = &e->next;
            continue;
        }
        bytes -= e->bytes;
        *link = e->next;
        let_go(e);
    }
}

static ku_status find(http_shelf *shelf, const char *run, const char *table, ku_frame **frame,
                      ku_error *err)
{
    double now = ku_clock_seconds();
    ku_status status = KU_OK;
    pthread_mutex_lock(&shelf->lock);
    entry *e = take(shelf, run, table, now);
    *frame = NULL;
    if (e != NULL) status = hand_out(e, frame, err);
    clean(shelf, now);
    pthread_mutex_unlock(&shelf->lock);
    return status;
}

/* Takes the frame over and hands it out again. */
static ku_status put(http_shelf *shelf, const char *run, const char *table, ku_frame *read,
                     ku_frame **frame, ku_error *err)
{
    entry *e = calloc(1, sizeof *e);
    size_t bytes = ku_pack_size(read);
    if (e == NULL || bytes > MOST_BYTES || strlen(run) >= sizeof e->run ||
        strlen(table) >= sizeof e->table) {
        free(e);
        *frame = read;
        return KU_OK;
    }
    e->held = 1;
    e->frame = read;
    e->bytes = bytes;
    e->used = ku_clock_seconds();
    memcpy(e->run, run, strlen(run));
    memcpy(e->table, table, strlen(table));
    pthread_mutex_lock(&shelf->lock);
    ku_status status = hand_out(e, frame, err);
    e->next = shelf->first;
    shelf->first = e;
    clean(shelf, e->used);
    pthread_mutex_unlock(&shelf->lock);
    return status;
}

ku_status http_shelf_table(http_shelf *shelf, ku_workspace *workspace, const char *run,
                           const char *table, ku_frame **frame, ku_error *err)
{
    ku_frame *read;
    KU_TRY(find(shelf, run, table, frame, err));
    if (*frame != NULL) return KU_OK;
    KU_TRY(ku_run_table_read(workspace, run, table, &read, err));
    return put(shelf, run, table, read, frame, err);
}
