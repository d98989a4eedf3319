/* status.c - the tables behind the list of errors, made from KU_STATUS_MAP. */
#include "kemudi/status.h"

#include <assert.h>

typedef struct entry {
    const char *name, *text;
    int http, exit;
} entry;

static const entry table[KU_STATUS_COUNT] = {
#define ENTRY(name, text, http, exit) [KU_##name] = {#name, text, http, exit},
    KU_STATUS_MAP(ENTRY)
#undef ENTRY
};

static const entry *look_up(ku_status status)
{
    assert((unsigned)status < KU_STATUS_COUNT);
    return &table[status];
}

const char *ku_status_name(ku_status status)
{
    return look_up(status)->name;
}

const char *ku_status_text(ku_status status)
{
    return look_up(status)->text;
}

int ku_status_http(ku_status status)
{
    return look_up(status)->http;
}

int ku_status_exit(ku_status status)
{
    return look_up(status)->exit;
}
