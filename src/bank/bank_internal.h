/* bank_internal.h - what the bank's own files share. A ku_bank is owned by its opener; it
 * keeps the list of its sessions, each owned by whoever opened it. */
#ifndef KU_BANK_BANK_INTERNAL_H
#define KU_BANK_BANK_INTERNAL_H

#include <pthread.h>

#include "bank/engine.h"
#include "bank/session.h"

struct ku_bank {
    const ku_engine *engine;
    void *database;
    char *path; /* NULL: in memory */
    int lock;   /* descriptor, -1: none */
    pthread_mutex_t mutex;
    ku_session *sessions;
};

struct ku_session {
    ku_bank *bank;
    void *connection;
    bool begun;
    ku_session *next, *before;
};

/* The migrations the database has not seen yet, in one transaction. *behind (with NULL
 * allowed) asks only whether there are any. A file of another origin is KU_BAD_DATA, one
 * with later migrations than this program knows KU_CONFLICT. */
ku_status ku_bank_migrate(ku_bank *bank, bool only_look, bool *behind, ku_error *err);

#endif
