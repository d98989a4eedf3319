/* rows.c - the buffer behind rows: grows in memory, or empties itself into its file. */
#include "simulate/rows_internal.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

enum { ROWS_FIRST = 1 << 16 };

void ku_sim_rows_init(rows *r, int fd)
{
    *r = (rows){.fd = fd};
}

void ku_sim_rows_clear(rows *r)
{
    free(r->base);
    ku_sim_rows_init(r, -1);
}

void ku_sim_rows_empty(rows *r)
{
    r->at = r->base;
    r->count = 0;
}

static void grow(rows *r)
{
    size_t used = (size_t)(r->at - r->base), size = (size_t)(r->limit - r->base);
    size_t wanted = size == 0 ? ROWS_FIRST : size * 2;
    char *bytes = realloc(r->base, wanted);
    if (bytes == NULL) {
        r->failed = ENOMEM;
        r->at = r->base; /* the content is lost; room for the row in hand is left */
        return;
    }
    r->base = bytes;
    r->at = bytes + used;
    r->limit = bytes + wanted;
}

void ku_sim_rows_flush(rows *r)
{
    const char *from = r->base;
    while (from < r->at && r->failed == 0) {
        ssize_t n = write(r->fd, from, (size_t)(r->at - from));
        if (n < 0 && errno != EINTR) r->failed = errno;
        if (n > 0) {
            from += n;
            r->written += n;
        }
    }
    r->at = r->base;
}

void ku_sim_rows_make_room(rows *r)
{
    if (r->fd >= 0 && r->base != NULL)
        ku_sim_rows_flush(r);
    else
        grow(r);
}
