/* pieces.c - one run, many workers.
 *
 * The bank hands over the input cut between series. Each piece is sealed, stored and run
 * like the input of any run; its tables go to a scratch file. When all are done, each table
 * is joined there (frames/concat.h) and mapped, so neither all of the input nor all of
 * the output is ever in memory. The record lists every stored piece of the input under the
 * table's name; a repetition takes the same pieces. */
#include "runs/pieces.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/date.h"
#include "base/file.h"
#include "base/format.h"
#include "frames/concat.h"
#include "frames/pack.h"
#include "runs/keep.h"
#include "runs/outputs.h"
#include "runs/process.h"

enum { PAGE = 1 << 16 }; /* a multiple of every page size */

/* A table of one piece's result in the scratch file. */
typedef struct part {
    uint64_t offset, length;
    struct part *next;
} part;

/* A remark and how many pieces make one of the kind. */
typedef struct said {
    ku_severity severity;
    const char *check, *text;
    int64_t piece, times;
    struct said *next;
} said;

struct ku_pieces {
    ku_task *task;
    int64_t count, total, rows; /* pieces so far; rows of all, and of those that are done */
    int64_t rows_now;
    double begun;
    int fd; /* of the scratch file, -1: none */
    uint64_t at;
    part **last; /* by output table: where the next part is hung */
    part **first;
    size_t tables;
    said *saids, **next_said;
    size_t input_room;
};

ku_pieces *ku_pieces_new(ku_task *task)
{
    ku_pieces *p = KU_NEW(task->arena, ku_pieces);
    p->task = task;
    p->fd = -1;
    p->begun = ku_clock_seconds();
    p->next_said = &p->saids;
    return p;
}

void ku_pieces_clear(ku_pieces *pieces)
{
    if (pieces->fd >= 0) close(pieces->fd);
    pieces->fd = -1;
}

bool ku_pieces_any(const ku_pieces *pieces)
{
    return pieces->count > 0;
}

/* ---- what a worker says --------------------------------------------------------------- */

static bool on_progress(void *data, double done, const char *doing)
{
    ku_pieces *p = data;
    double rows = (double)p->rows + done * (double)p->rows_now;
    return ku_task_progress(p->task, done < 0 ? done : rows / (double)p->total, doing);
}

/* The pieces of a run mostly have the same remarks to make; the first of each kind is kept. */
static void on_remark(void *data, ku_severity severity, const char *check, const char *text)
{
    ku_pieces *p = data;
    ku_arena *arena = p->task->arena;
    for (said *s = p->saids; s != NULL; s = s->next)
        if (s->severity == severity && strcmp(s->check, check) == 0) {
            s->times++;
            return;
        }
    said *s = KU_NEW(arena, said);
    *s = (said){
        severity, ku_arena_strdup(arena, check), ku_arena_strdup(arena, text), p->count + 1, 1,
        NULL};
    *p->next_said = s;
    p->next_said = &s->next;
}

static void pass_remarks(ku_pieces *p)
{
    char text[1400], parts[KU_NUMBER_TEXT], rows[KU_NUMBER_TEXT];
    snprintf(text, sizeof text,
             "Worked in %s parts, as %s rows are too many for one; what is learnt from all "
             "series together was learnt within each part.",
             ku_format_int(parts, p->count, NULL), ku_format_int(rows, p->total, NULL));
    ku_task_remark(p->task, KU_NOTE, "parts", text);
    for (const said *s = p->saids; s != NULL; s = s->next) {
        snprintf(text, sizeof text, "%s%s", s->text,
                 s->times == p->count ? " (Said of every part;"
                                        " this is of the first.)"
                                      : "");
        if (s->times < p->count)
            snprintf(text, sizeof text, "%s (Part %s; %s parts say the like.)", s->text,
                     ku_format_int(parts, s->piece, NULL), ku_format_int(rows, s->times, NULL));
        ku_task_remark(p->task, s->severity, s->check, text);
    }
}

/* ---- one piece --------------------------------------------------------------------------- */

/* A new entry at the end of the record's list of inputs. */
static ku_run_table *new_input(ku_pieces *p)
{
    ku_run_record *r = p->task->record;
    if (r->input_count == p->input_room) {
        p->input_room = p->input_room == 0 ? 16 : 2 * p->input_room;
        ku_run_table *wider = KU_ARRAY(p->task->arena, p->input_room, ku_run_table);
        if (r->input_count > 0) memcpy(wider, r->input, r->input_count * sizeof *wider);
        r->input = wider;
    }
    return &r->input[r->input_count++];
}

/* Describes, seals and stores the piece. */
static ku_status seal(ku_pieces *p, const ku_job *job, ku_frame *piece, ku_arena *scratch,
                      ku_parcel *parcel, ku_error *err)
{
    ku_task *task = p->task;
    ku_run_table *described;
    size_t count;
    ku_frames in = {1, &piece};
    ku_keep_describe(&in, task->arena, &described, &count);
    ku_run_table *entry = new_input(p);
    *entry = *described;
    ku_status status = ku_parcel_seal(job, &in, scratch, parcel, err);
    if (status == KU_OK) status = ku_keep_parcel(task->workspace, parcel, entry, task->arena, err);
    return status;
}

static ku_status run_parcel(ku_pieces *p, ku_job *job, const ku_parcel *parcel, ku_frames *out,
                            ku_error *err)
{
    ku_task *task = p->task;
    ku_run_record *r = task->record;
    ku_watch watch = {on_progress, on_remark, p};
    ku_usage usage = {0};
    int spent = (int)(ku_clock_seconds() - p->begun);
    if (spent >= job->seconds)
        return ku_error_set(err, KU_LIMIT, NULL,
                            "the time limit of %d seconds was reached after %lld of %lld rows",
                            job->seconds, (long long)p->rows, (long long)p->total);
    job->seconds -= spent;
    ku_status status = ku_worker_run(task->program, job, parcel, &watch, out, &usage, err);
    r->cpu_seconds += usage.cpu_seconds;
    if (usage.peak_bytes > r->peak_bytes) r->peak_bytes = usage.peak_bytes;
    if (status == KU_OK) status = ku_outputs_check(task->analysis, out, err);
    return status;
}

/* ---- the scratch file ----------------------------------------------------------------------- */

static ku_status open_scratch(ku_pieces *p, size_t tables, ku_error *err)
{
    if (p->fd >= 0) return KU_OK;
    p->tables = tables;
    p->first = KU_ARRAY(p->task->arena, tables + 1, part *);
    p->last = KU_ARRAY(p->task->arena, tables + 1, part *);
    return ku_file_scratch(&p->fd, err);
}

static ku_status spool_table(ku_pieces *p, size_t table, const ku_frame *frame, ku_error *err)
{
    part *entry = KU_NEW(p->task->arena, part);
    entry->offset = (p->at + PAGE - 1) / PAGE * PAGE;
    entry->length = ku_pack_size(frame);
    p->at = entry->offset + entry->length;
    if (ftruncate(p->fd, (off_t)p->at) != 0)
        return ku_error_errno(err, errno, ku_scratch_folder(), "keeping a part of the result");
    void *bytes = mmap(NULL, entry->length, PROT_READ | PROT_WRITE, MAP_SHARED, p->fd,
                       (off_t)entry->offset);
    if (bytes == MAP_FAILED)
        return ku_error_errno(err, errno, ku_scratch_folder(), "keeping a part of the result");
    /* Space first: a full disk must be an error, not a signal while the bytes are written. */
    int full = posix_fallocate(p->fd, (off_t)entry->offset, (off_t)entry->length);
    if (full == 0) ku_pack_write(frame, bytes);
    munmap(bytes, entry->length);
    if (full != 0)
        return ku_error_errno(err, full, ku_scratch_folder(), "keeping a part of the result");
    if (p->last[table] != NULL)
        p->last[table]->next = entry;
    else
        p->first[table] = entry;
    p->last[table] = entry;
    return KU_OK;
}

static ku_status spool(ku_pieces *p, const ku_frames *out, ku_error *err)
{
    KU_TRY(open_scratch(p, out->count, err));
    assert(out->count == p->tables);
    for (size_t i = 0; i < out->count; i++) KU_TRY(spool_table(p, i, out->frame[i], err));
    return KU_OK;
}

/* ---- all pieces ------------------------------------------------------------------------------- */

static ku_status begin_running(ku_pieces *p, ku_error *err)
{
    ku_task *task = p->task;
    if (p->count > 0) return KU_OK;
    task->record->state = KU_RUN_RUNNING;
    return task->workspace != NULL ? ku_register_update(task->workspace, task->record, err) : KU_OK;
}

static ku_status run_piece(ku_pieces *p, ku_frame *piece, ku_error *err)
{
    ku_arena *scratch = ku_arena_new();
    if (scratch == NULL) return ku_error_set(err, KU_NO_MEMORY, NULL, "no memory for the run");
    ku_job job = ku_task_job(p->task);
    ku_parcel parcel = {.fd = -1};
    ku_frames out;
    ku_frames_init(&out);
    p->rows_now = piece->rows;
    ku_status status = seal(p, &job, piece, scratch, &parcel, err);
    if (status == KU_OK) status = begin_running(p, err);
    if (status == KU_OK) status = run_parcel(p, &job, &parcel, &out, err);
    if (status == KU_OK) status = spool(p, &out, err);
    ku_frames_clear(&out);
    ku_parcel_clear(&parcel);
    ku_arena_free(scratch);
    p->rows += p->rows_now;
    p->count++;
    return status;
}

static ku_status visit(void *data, ku_frame *piece, int64_t total, ku_error *err)
{
    ku_pieces *p = data;
    p->total = total;
    ku_status status = run_piece(p, piece, err);
    ku_frame_free(piece);
    return status;
}

ku_cut ku_pieces_cut(ku_pieces *pieces)
{
    const ku_task *task = pieces->task;
    return (ku_cut){task->piece_rows > 0 ? task->piece_rows : KU_PIECE_ROWS, visit, pieces};
}

ku_status ku_pieces_again(ku_pieces *pieces, const ku_run_table *input, size_t count, int64_t total,
                          ku_error *err)
{
    for (size_t i = 0; i < count; i++) {
        ku_frame *piece;
        ku_arena *arena = ku_arena_new();
        if (arena == NULL) return ku_error_set(err, KU_NO_MEMORY, NULL, "no memory for the run");
        ku_status status = ku_keep_read(pieces->task->workspace, &input[i], arena, &piece, err);
        if (status == KU_OK) status = visit(pieces, piece, total, err);
        ku_arena_free(arena);
        KU_TRY(status);
    }
    return KU_OK;
}

/* ---- the result -------------------------------------------------------------------------------- */

static ku_status map_part(ku_pieces *p, const part *entry, void **bytes, ku_frame **frame,
                          ku_error *err)
{
    *bytes = mmap(NULL, entry->length, PROT_READ, MAP_SHARED, p->fd, (off_t)entry->offset);
    if (*bytes == MAP_FAILED)
        return ku_error_errno(err, errno, ku_scratch_folder(), "reading a part of the result");
    return ku_pack_view(*bytes, entry->length, frame, err);
}

static ku_status concat(const ku_frame *const *frames, size_t count, ku_frames *out, ku_error *err)
{
    int fd;
    ku_frame *joined;
    KU_TRY(ku_file_scratch(&fd, err));
    KU_TRY(ku_frames_concat(frames, count, fd, &joined, err));
    return ku_frames_add(out, joined, err);
}

static ku_status join_table(ku_pieces *p, size_t table, ku_frames *out, ku_error *err)
{
    size_t count = (size_t)p->count, mapped = 0;
    void **bytes = KU_ARRAY(p->task->arena, count, void *);
    ku_frame **frames = KU_ARRAY(p->task->arena, count, ku_frame *);
    ku_status status = KU_OK;
    const part *entry = p->first[table];
    for (; status == KU_OK && entry != NULL; entry = entry->next, mapped++)
        status = map_part(p, entry, &bytes[mapped], &frames[mapped], err);
    if (status == KU_OK) status = concat((const ku_frame *const *)frames, count, out, err);
    entry = p->first[table];
    for (size_t i = 0; i < mapped; i++, entry = entry->next) {
        ku_frame_free(frames[i]);
        if (bytes[i] != MAP_FAILED) munmap(bytes[i], entry->length);
    }
    return status;
}

ku_status ku_pieces_join(ku_pieces *pieces, ku_frames *out, ku_error *err)
{
    ku_run_record *r = pieces->task->record;
    r->input_hash = ku_keep_hash(r->input, r->input_count, pieces->task->arena);
    pass_remarks(pieces);
    if (pieces->task->workspace != NULL)
        KU_TRY(ku_register_update(pieces->task->workspace, r, err));
    for (size_t i = 0; i < pieces->tables; i++) KU_TRY(join_table(pieces, i, out, err));
    return KU_OK;
}
