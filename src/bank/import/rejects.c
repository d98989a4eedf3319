/* rejects.c - writing refused rows in the order of the file.
 *
 * Threads finish their blocks in any order, but a person who mends a file goes through it
 * from top to bottom. So a block that is finished early waits in a list until those
 * before it are written; the list is never longer than the number of threads. */
#include "bank/import/rejects.h"

#include <pthread.h>

#include "base/csv.h"

#define VALUE_LIMIT ((size_t)1000)
#define ROW_LIMIT   ((size_t)32 * 1024)

typedef struct waiting {
    struct waiting *next;
    uint64_t sequence;
    ku_text lines;
    int64_t count;
} waiting;

struct ku_rejects {
    pthread_mutex_t lock;
    char *path;
    ku_file file;
    bool begun;
    int64_t count;
    uint64_t expected;
    waiting *first; /* by sequence */
};

static ku_status no_memory(ku_error *err)
{
    return ku_error_set(err, KU_NO_MEMORY, NULL, "there is not enough memory");
}

ku_status ku_rejects_new(const char *path, ku_rejects **rejects, ku_error *err)
{
    ku_rejects *r = calloc(1, sizeof *r);
    if (r != NULL) r->path = strdup(path);
    if (r == NULL || r->path == NULL || pthread_mutex_init(&r->lock, NULL) != 0) {
        if (r != NULL) free(r->path);
        free(r);
        return no_memory(err);
    }
    r->file.fd = -1;
    *rejects = r;
    return KU_OK;
}

static void drop_waiting(ku_rejects *r)
{
    while (r->first != NULL) {
        waiting *w = r->first;
        r->first = w->next;
        ku_text_clear(&w->lines);
        free(w);
    }
}

void ku_rejects_free(ku_rejects *rejects)
{
    if (rejects == NULL) return;
    drop_waiting(rejects);
    if (rejects->begun) ku_file_drop(&rejects->file);
    pthread_mutex_destroy(&rejects->lock);
    free(rejects->path);
    free(rejects);
}

/* ---- one line ---------------------------------------------------------------------------- */

/* One field; text that a spreadsheet would take for a formula is guarded. */
static void add_field(ku_text *out, ku_span text, size_t limit)
{
    size_t length = text.length < limit ? text.length : limit;
    if (ku_utf8_valid(text.at, length, NULL)) {
        ku_csv_add(out, text.at, length, KU_CSV_GUARDED);
        return;
    }
    ku_text clean = {0};
    size_t at = 0;
    while (at < length) {
        size_t start = at;
        if (ku_utf8_next(text.at, length, &at) == 0xFFFD)
            ku_text_add(&clean, "\xEF\xBF\xBD");
        else
            ku_text_addn(&clean, text.at + start, at - start);
    }
    ku_csv_add(out, ku_text_string(&clean), clean.length, KU_CSV_GUARDED);
    ku_text_clear(&clean);
}

static ku_span span(const char *text)
{
    return (ku_span){text, strlen(text)};
}

void ku_rejects_line(ku_text *out, const char *file, int64_t line, const char *column,
                     ku_span value, const char *reason, ku_span row)
{
    add_field(out, span(file), SIZE_MAX);
    ku_text_addf(out, ",%lld,", (long long)line);
    add_field(out, span(column), SIZE_MAX);
    ku_text_addc(out, ',');
    add_field(out, value, VALUE_LIMIT);
    ku_text_addc(out, ',');
    add_field(out, span(reason), SIZE_MAX);
    ku_text_addc(out, ',');
    add_field(out, row, ROW_LIMIT);
    ku_text_addc(out, '\n');
}

/* ---- the file ------------------------------------------------------------------------------ */

static ku_status make_folder(const char *path, ku_error *err)
{
    const char *slash = strrchr(path, '/');
    if (slash == NULL || slash == path) return KU_OK;
    char *folder = strndup(path, (size_t)(slash - path));
    if (folder == NULL) return no_memory(err);
    ku_status status = ku_folder_make(folder, 0700, err);
    free(folder);
    return status;
}

static ku_status write_lines(ku_rejects *r, ku_text *lines, int64_t count, ku_error *err)
{
    static const char head[] = "file,line,column,value,reason,row\n";
    if (lines->length == 0 || r->count >= KU_REJECTS_LIMIT) return KU_OK;
    KU_TRY(ku_text_check(lines, err));
    if (!r->begun) {
        KU_TRY(make_folder(r->path, err));
        KU_TRY(ku_file_create(&r->file, r->path, 0600, err));
        r->begun = true;
        KU_TRY(ku_file_add(&r->file, head, sizeof head - 1, err));
    }
    r->count += count;
    return ku_file_add(&r->file, lines->bytes, lines->length, err);
}

static ku_status keep_waiting(ku_rejects *r, uint64_t sequence, ku_text *lines, int64_t count,
                              ku_error *err)
{
    waiting *w = calloc(1, sizeof *w);
    if (w == NULL) return no_memory(err);
    w->sequence = sequence;
    w->lines = *lines;
    w->count = count;
    ku_text_init(lines);
    waiting **place = &r->first;
    while (*place != NULL && (*place)->sequence < sequence) place = &(*place)->next;
    w->next = *place;
    *place = w;
    return KU_OK;
}

static ku_status write_in_order(ku_rejects *r, uint64_t sequence, ku_text *lines, int64_t count,
                                ku_error *err)
{
    if (sequence != r->expected) return keep_waiting(r, sequence, lines, count, err);
    KU_TRY(write_lines(r, lines, count, err));
    r->expected++;
    while (r->first != NULL && r->first->sequence == r->expected) {
        waiting *w = r->first;
        KU_TRY(write_lines(r, &w->lines, w->count, err));
        r->first = w->next;
        r->expected++;
        ku_text_clear(&w->lines);
        free(w);
    }
    return KU_OK;
}

ku_status ku_rejects_add(ku_rejects *rejects, uint64_t sequence, ku_text *lines, int64_t count,
                         ku_error *err)
{
    pthread_mutex_lock(&rejects->lock);
    ku_status status = write_in_order(rejects, sequence, lines, count, err);
    pthread_mutex_unlock(&rejects->lock);
    ku_text_empty(lines);
    return status;
}

void ku_rejects_next_file(ku_rejects *rejects)
{
    drop_waiting(rejects);
    rejects->expected = 0;
}

ku_status ku_rejects_finish(ku_rejects *rejects, bool *written, ku_error *err)
{
    *written = rejects->begun;
    if (!rejects->begun) return KU_OK;
    rejects->begun = false;
    return ku_file_commit(&rejects->file, err);
}
