/* stream.c - runs the blocks and writes the files.
 *
 * Memory must not grow with the company, and its bytes must not depend on the threads.
 * So blocks are taken in batches of a few per thread: all of a batch are lived and
 * formatted in parallel, each into buffers of its own; their sizes give every block its
 * place in each file; then all are written in parallel. */
#include "simulate/stream_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/date.h"
#include "kemudi/pool.h"

enum { SLOTS_A_THREAD = 3 };

typedef struct slot {
    rows out[FACT_FILES];
    int64_t at[FACT_FILES]; /* place in the file */
    int failed;             /* errno */
} slot;

typedef struct crew {
    plan *plan;
    out_file *files;
    ku_pool *pool;
    unsigned threads;
    block *blocks; /* one a thread */
    slot *slots;
    size_t slot_count;
    int64_t first; /* block of slot 0 */
} crew;

char *ku_sim_stream_path(char to[PATH_ROOM], const char *folder, const char *fact,
                         const char *ending)
{
    snprintf(to, PATH_ROOM, "%s/%s.%s", folder, fact, ending);
    return to;
}

ku_status ku_sim_plan_tell(plan *p, double done, const char *doing, ku_error *err)
{
    double now = ku_clock_seconds();
    if (p->progress == NULL || now - p->last_told < 0.1) return KU_OK;
    p->last_told = now;
    if (p->progress(p->progress_data, done, doing)) return KU_OK;
    return ku_error_set(err, KU_CANCELLED, NULL, "the simulation was stopped; nothing was kept");
}

/* ---- a batch of blocks ----------------------------------------------------------------- */

static void make_slot(void *data, size_t item, unsigned thread)
{
    crew *c = data;
    block *b = &c->blocks[thread];
    slot *s = &c->slots[item];
    ku_sim_block_live(b, c->first + (int64_t)item, c->plan->orders);
    s->failed = b->failed ? ENOMEM : 0;
    for (int f = 0; f < FACT_FILES; f++) {
        ku_sim_rows_empty(&s->out[f]);
        if (!c->plan->wanted[f] || ku_sim_fact_files[f].block == NULL || s->failed != 0) continue;
        ku_sim_fact_files[f].block(b, &s->out[f]);
        s->failed = s->out[f].failed;
    }
}

static void place_slots(crew *c, size_t count)
{
    for (size_t i = 0; i < count; i++)
        for (int f = 0; f < FACT_FILES; f++) {
            rows *r = &c->slots[i].out[f];
            c->slots[i].at[f] = c->files[f].bytes;
            c->files[f].bytes += r->at - r->base;
            c->files[f].rows += r->count;
        }
}

static int write_at(int fd, const char *bytes, size_t length, int64_t at)
{
    while (length > 0) {
        ssize_t n = pwrite(fd, bytes, length, at);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return errno;
        bytes += n;
        length -= (size_t)n;
        at += n;
    }
    return 0;
}

static void write_slot(void *data, size_t item, unsigned thread)
{
    (void)thread;
    crew *c = data;
    slot *s = &c->slots[item];
    for (int f = 0; f < FACT_FILES && s->failed == 0; f++) {
        const rows *r = &s->out[f];
        if (r->at > r->base)
            s->failed = write_at(c->files[f].fd, r->base, (size_t)(r->at - r->base), s->at[f]);
    }
}

static ku_status check_slots(const crew *c, size_t count, ku_error *err)
{
    for (size_t i = 0; i < count; i++)
        if (c->slots[i].failed != 0)
            return ku_error_errno(err, c->slots[i].failed, c->plan->folder,
                                  "writing the simulated company");
    return KU_OK;
}

static ku_status run_blocks(crew *c, ku_error *err)
{
    int64_t blocks = ku_sim_block_count(c->plan->world);
    for (c->first = 0; c->first < blocks; c->first += (int64_t)c->slot_count) {
        int64_t left = blocks - c->first;
        size_t count = left < (int64_t)c->slot_count ? (size_t)left : c->slot_count;
        ku_pool_each(c->pool, count, 1, make_slot, c);
        KU_TRY(check_slots(c, count, err));
        place_slots(c, count);
        ku_pool_each(c->pool, count, 1, write_slot, c);
        KU_TRY(check_slots(c, count, err));
        KU_TRY(ku_sim_plan_tell(c->plan, (double)c->first / (double)blocks,
                                "living customers' lives", err));
    }
    return KU_OK;
}

/* ---- the crew --------------------------------------------------------------------------- */

static bool crew_hire(crew *c)
{
    c->pool = ku_pool_new(c->plan->threads);
    c->threads = c->pool != NULL ? ku_pool_threads(c->pool) : 1;
    c->slot_count = (size_t)c->threads * SLOTS_A_THREAD;
    c->blocks = calloc(c->threads, sizeof *c->blocks);
    c->slots = calloc(c->slot_count, sizeof *c->slots);
    if (c->blocks == NULL || c->slots == NULL) return false;
    for (size_t i = 0; i < c->slot_count; i++)
        for (int f = 0; f < FACT_FILES; f++) ku_sim_rows_init(&c->slots[i].out[f], -1);
    for (unsigned t = 0; t < c->threads; t++)
        if (!ku_sim_block_init(&c->blocks[t], c->plan->world)) return false;
    return true;
}

static void crew_dismiss(crew *c)
{
    for (size_t i = 0; c->slots != NULL && i < c->slot_count; i++)
        for (int f = 0; f < FACT_FILES; f++) ku_sim_rows_clear(&c->slots[i].out[f]);
    for (unsigned t = 0; c->blocks != NULL && t < c->threads; t++)
        ku_sim_block_clear(&c->blocks[t]);
    free(c->slots);
    free(c->blocks);
    ku_pool_free(c->pool);
}

static ku_status stream_blocks(plan *p, out_file files[FACT_FILES], tally *total, ku_error *err)
{
    crew c = {.plan = p, .files = files};
    ku_status status = crew_hire(&c) ? run_blocks(&c, err)
                                     : ku_error_errno(err, ENOMEM, NULL, "simulating");
    for (unsigned t = 0; status == KU_OK && t < c.threads; t++)
        ku_sim_tally_add(total, &c.blocks[t].tally, p->world);
    crew_dismiss(&c);
    return status;
}

/* ---- files ------------------------------------------------------------------------------- */

static ku_status open_file(const plan *p, int f, out_file *file, ku_error *err)
{
    char path[PATH_ROOM], header[256];
    ku_sim_stream_path(path, p->folder, ku_sim_fact_files[f].name, "csv");
    file->fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (file->fd < 0) return ku_error_errno(err, errno, path, "making the file");
    int length = snprintf(header, sizeof header, "%s\n", ku_sim_fact_files[f].columns);
    int failed = write_at(file->fd, header, (size_t)length, 0);
    if (failed != 0) return ku_error_errno(err, failed, path, "writing the file");
    file->bytes = length;
    return KU_OK;
}

static ku_status write_whole(plan *p, int f, out_file *file, const tally *total, ku_error *err)
{
    if (lseek(file->fd, file->bytes, SEEK_SET) < 0)
        return ku_error_errno(err, errno, ku_sim_fact_files[f].name, "writing the file");
    rows out;
    ku_sim_rows_init(&out, file->fd);
    ku_sim_fact_files[f].whole(p->world, total, &out);
    ku_sim_rows_flush(&out);
    file->rows = out.count;
    file->bytes += out.written;
    int failed = out.failed;
    ku_sim_rows_clear(&out);
    if (failed != 0)
        return ku_error_errno(err, failed, ku_sim_fact_files[f].name, "writing the file");
    return ku_sim_plan_tell(p, 0.99, "writing prices, media and the market", err);
}

static ku_status write_files(plan *p, out_file files[FACT_FILES], tally *total, ku_error *err)
{
    bool blocks = p->orders;
    for (int f = 0; f < FACT_FILES; f++) {
        if (!p->wanted[f]) continue;
        KU_TRY(open_file(p, f, &files[f], err));
        if (ku_sim_fact_files[f].block != NULL) blocks = true;
    }
    if (blocks) KU_TRY(stream_blocks(p, files, total, err));
    for (int f = 0; f < FACT_FILES; f++)
        if (p->wanted[f] && ku_sim_fact_files[f].whole != NULL)
            KU_TRY(write_whole(p, f, &files[f], total, err));
    return KU_OK;
}

ku_status ku_sim_stream_company(plan *p, out_file files[FACT_FILES], tally *total, ku_error *err)
{
    for (int f = 0; f < FACT_FILES; f++) files[f] = (out_file){.wanted = p->wanted[f], .fd = -1};
    ku_status status = write_files(p, files, total, err);
    for (int f = 0; f < FACT_FILES; f++) {
        if (files[f].fd < 0) continue;
        if (close(files[f].fd) != 0 && status == KU_OK)
            status = ku_error_errno(err, errno, p->folder, "writing the simulated company");
        files[f].fd = -1;
    }
    return status;
}
