/* channel.c - packing jobs and results into shared memory.
 *
 * Job memory: a fixed header, the texts (each ended by NUL), a table of parts, the packed
 * frames at multiples of 64 bytes. It is sealed before the worker sees it, so neither
 * side can change it under the other. Result memory: a count, a table of parts, the
 * packed frames, each on pages of its own, so that each can be mapped and freed by itself;
 * sealed by the parent when the worker is gone. */
#include "runs/channel.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "frames/pack.h"

enum { LINE = 64, PARTS_MAX = 4096 };

typedef struct job_header {
    char mark[8];
    uint64_t seed, memory_limit;
    int64_t parent;
    uint64_t texts_size; /* the id, then name and value of each parameter */
    uint32_t threads, seconds, params, frames;
} job_header;

typedef struct part_entry {
    uint64_t offset, length;
} part_entry;

typedef struct result_header {
    char mark[8];
    uint64_t frames;
} result_header;

static const char job_mark[8] = "ku-job1", result_mark[8] = "ku-out1";

static size_t align_to(size_t size, size_t grain)
{
    return (size + grain - 1) / grain * grain;
}

static size_t align(size_t size)
{
    return align_to(size, LINE);
}

static size_t page_size(void)
{
    return (size_t)sysconf(_SC_PAGESIZE);
}

int ku_memory_file(const char *name)
{
    return memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
}

/* Fixes the size and reserves the memory, so that writing cannot fail later. */
static ku_status reserve(int fd, size_t size, ku_error *err)
{
    if (fallocate(fd, 0, 0, (off_t)size) == 0) return KU_OK;
    if (errno == EFBIG)
        return ku_error_set(err, KU_LIMIT, NULL,
                            "the tables would take %zu MiB, which is more "
                            "than the limit",
                            size >> 20);
    return ku_error_set(err, KU_NO_MEMORY, NULL, "no memory for tables of %zu MiB", size >> 20);
}

/* Where each frame goes, from `at` on, each at a multiple of `grain`; returns the end. */
static size_t plan(const ku_frames *frames, size_t at, size_t grain, part_entry *parts)
{
    for (size_t i = 0; i < frames->count; i++) {
        at = align_to(at, grain);
        parts[i] = (part_entry){at, ku_pack_size(frames->frame[i])};
        at += parts[i].length;
    }
    return align(at);
}

static void write_frames(const ku_frames *frames, const part_entry *parts, char *base)
{
    for (size_t i = 0; i < frames->count; i++)
        ku_pack_write(frames->frame[i], base + parts[i].offset);
}

/* ---- the job -------------------------------------------------------------------- */

static size_t texts_size(const ku_job *job)
{
    size_t size = strlen(job->analysis) + 1;
    for (size_t i = 0; i < job->param_count; i++)
        size += strlen(job->params[i].name) + strlen(job->params[i].value) + 2;
    return size;
}

static char *write_text(char *at, const char *text)
{
    size_t size = strlen(text) + 1;
    memcpy(at, text, size);
    return at + size;
}

static void write_job(const ku_job *job, const ku_frames *frames, const part_entry *parts,
                      char *base)
{
    job_header h = {.seed = job->seed,
                    .memory_limit = job->memory_limit,
                    .parent = job->parent,
                    .texts_size = texts_size(job),
                    .threads = job->threads,
                    .seconds = (uint32_t)job->seconds,
                    .params = (uint32_t)job->param_count,
                    .frames = (uint32_t)frames->count};
    memcpy(h.mark, job_mark, sizeof h.mark);
    memcpy(base, &h, sizeof h);
    char *at = write_text(base + sizeof h, job->analysis);
    for (size_t i = 0; i < job->param_count; i++) {
        at = write_text(at, job->params[i].name);
        at = write_text(at, job->params[i].value);
    }
    memcpy(base + align(sizeof h + h.texts_size), parts, frames->count * sizeof *parts);
    write_frames(frames, parts, base);
}

static ku_status map_shared(int fd, size_t size, int protection, void **map, ku_error *err)
{
    void *at = mmap(NULL, size, protection, MAP_SHARED, fd, 0);
    if (at == MAP_FAILED) return ku_error_errno(err, errno, NULL, "sharing memory");
    *map = at;
    return KU_OK;
}

static ku_status fill(ku_parcel *p, const ku_job *job, const ku_frames *frames,
                      const part_entry *parts, ku_error *err)
{
    void *map = NULL;
    KU_TRY(reserve(p->fd, p->size, err));
    KU_TRY(map_shared(p->fd, p->size, PROT_READ | PROT_WRITE, &map, err));
    write_job(job, frames, parts, map);
    munmap(map, p->size);
    if (fcntl(p->fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL) != 0)
        return ku_error_errno(err, errno, NULL, "sealing memory");
    return map_shared(p->fd, p->size, PROT_READ, &p->map, err);
}

ku_status ku_parcel_seal(const ku_job *job, const ku_frames *frames, ku_arena *arena,
                         ku_parcel *parcel, ku_error *err)
{
    part_entry *parts = KU_ARRAY(arena, frames->count + 1, part_entry);
    ku_parcel p = {.count = frames->count};
    p.part = KU_ARRAY(arena, frames->count + 1, struct ku_parcel_part);
    size_t table = align(sizeof(job_header) + texts_size(job));
    p.size = plan(frames, table + frames->count * sizeof *parts, LINE, parts);
    for (size_t i = 0; i < p.count; i++)
        p.part[i] = (struct ku_parcel_part){(size_t)parts[i].offset, (size_t)parts[i].length};
    p.fd = ku_memory_file("kemudi-job");
    if (p.fd < 0) return ku_error_errno(err, errno, NULL, "sharing memory");
    ku_status status = fill(&p, job, frames, parts, err);
    if (status == KU_OK)
        *parcel = p;
    else
        ku_parcel_clear(&p);
    return status;
}

void ku_parcel_clear(ku_parcel *parcel)
{
    if (parcel->map != NULL) munmap(parcel->map, parcel->size);
    if (parcel->fd > 0) close(parcel->fd);
    *parcel = (ku_parcel){.fd = -1};
}

/* The next text of the job's memory. */
static const char *read_text(const char **at, const char *end)
{
    const char *text = *at;
    const char *stop = memchr(text, '\0', (size_t)(end - text));
    if (stop == NULL) return NULL;
    *at = stop + 1;
    return text;
}

static bool read_texts(const char *base, const job_header *h, ku_arena *arena, ku_job *job)
{
    const char *at = base + sizeof *h, *end = at + h->texts_size;
    ku_param_text *params = KU_ARRAY(arena, (size_t)h->params + 1, ku_param_text);
    job->analysis = read_text(&at, end);
    for (size_t i = 0; job->analysis != NULL && i < h->params; i++) {
        params[i].name = read_text(&at, end);
        params[i].value = params[i].name != NULL ? read_text(&at, end) : NULL;
        if (params[i].value == NULL) return false;
    }
    job->params = params;
    job->param_count = h->params;
    return job->analysis != NULL;
}

static ku_status view_frames(const char *base, const part_entry *parts, size_t count,
                             ku_frames *frames, ku_error *err)
{
    for (size_t i = 0; i < count; i++) {
        ku_frame *frame;
        KU_TRY(ku_pack_view(base + parts[i].offset, (size_t)parts[i].length, &frame, err));
        KU_TRY(ku_frames_add(frames, frame, err));
    }
    return KU_OK;
}

ku_status ku_parcel_open(int fd, ku_arena *arena, ku_job *job, ku_frames *frames, ku_error *err)
{
    struct stat st;
    void *map = NULL;
    job_header h;
    if (fstat(fd, &st) != 0 || (size_t)st.st_size < sizeof h)
        return ku_error_set(err, KU_FAULT, NULL, "the worker was given no job");
    KU_TRY(map_shared(fd, (size_t)st.st_size, PROT_READ, &map, err));
    const char *base = map;
    memcpy(&h, base, sizeof h);
    size_t table = align(sizeof h + (size_t)h.texts_size);
    if (memcmp(h.mark, job_mark, sizeof h.mark) != 0 ||
        table + h.frames * sizeof(part_entry) > (size_t)st.st_size ||
        !read_texts(base, &h, arena, job))
        return ku_error_set(err, KU_FAULT, NULL, "the worker does not understand its job");
    job->seed = h.seed;
    job->threads = h.threads;
    job->memory_limit = h.memory_limit;
    job->seconds = (int)h.seconds;
    job->parent = h.parent;
    return view_frames(base, (const part_entry *)(const void *)(base + table), h.frames, frames,
                       err);
}

/* ---- the result ----------------------------------------------------------------- */

ku_status ku_result_write(int fd, const ku_frames *frames, ku_error *err)
{
    part_entry parts[PARTS_MAX];
    result_header h = {.frames = frames->count};
    void *map = NULL;
    if (frames->count > PARTS_MAX)
        return ku_error_set(err, KU_FAULT, NULL, "the result has too many tables");
    memcpy(h.mark, result_mark, sizeof h.mark);
    size_t size = plan(frames, sizeof h + frames->count * sizeof *parts, page_size(), parts);
    KU_TRY(reserve(fd, size, err));
    KU_TRY(map_shared(fd, size, PROT_READ | PROT_WRITE, &map, err));
    memcpy(map, &h, sizeof h);
    memcpy((char *)map + sizeof h, parts, frames->count * sizeof *parts);
    write_frames(frames, parts, map);
    munmap(map, size);
    return KU_OK;
}

static ku_status strange(ku_error *err)
{
    return ku_error_set(err, KU_FAULT, NULL, "the worker's result is not readable");
}

static void unmap(void *bytes, size_t length)
{
    munmap(bytes, length);
}

static ku_status adopt(int fd, const part_entry *part, size_t size, ku_frames *frames,
                       ku_error *err)
{
    ku_frame *frame;
    if (part->offset % page_size() != 0 || part->offset > size || part->length == 0 ||
        part->length > size - part->offset)
        return strange(err);
    void *map = mmap(NULL, (size_t)part->length, PROT_READ, MAP_SHARED, fd, (off_t)part->offset);
    if (map == MAP_FAILED) return ku_error_errno(err, errno, NULL, "sharing memory");
    KU_TRY(ku_pack_adopt(map, (size_t)part->length, unmap, &frame, err));
    return ku_frames_add(frames, frame, err);
}

static ku_status read_parts(int fd, size_t size, ku_frames *frames, ku_error *err)
{
    result_header h;
    part_entry part;
    if (pread(fd, &h, sizeof h, 0) != (ssize_t)sizeof h ||
        memcmp(h.mark, result_mark, sizeof h.mark) != 0 || h.frames > PARTS_MAX)
        return strange(err);
    for (size_t i = 0; i < h.frames; i++) {
        off_t at = (off_t)(sizeof h + i * sizeof part);
        if (pread(fd, &part, sizeof part, at) != (ssize_t)sizeof part) return strange(err);
        KU_TRY(adopt(fd, &part, size, frames, err));
    }
    return KU_OK;
}

ku_status ku_result_read(int fd, ku_frames *frames, ku_error *err)
{
    struct stat st;
    if (fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL) != 0)
        return ku_error_errno(err, errno, NULL, "sealing memory");
    if (fstat(fd, &st) != 0 || st.st_size <= 0) return strange(err);
    return read_parts(fd, (size_t)st.st_size, frames, err);
}

/* ---- messages ------------------------------------------------------------------- */

uint64_t ku_peak_bytes(int status_fd)
{
    char text[4096];
    unsigned long long kib = 0;
    if (status_fd < 0 || lseek(status_fd, 0, SEEK_SET) != 0) return 0;
    ssize_t n = read(status_fd, text, sizeof text - 1);
    if (n <= 0) return 0;
    text[n] = '\0';
    const char *line = strstr(text, "VmHWM:");
    if (line == NULL || sscanf(line, "VmHWM: %llu kB", &kib) != 1) return 0;
    return kib << 10;
}

void ku_message_send(int fd, const ku_message *message)
{
    ssize_t n;
    do n = write(fd, message, sizeof *message);
    while (n < 0 && errno == EINTR);
}
